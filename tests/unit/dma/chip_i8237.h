/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_DMA_CHIP_I8237_H
#define TESTS_UNIT_DMA_CHIP_I8237_H

#include "tests/generic.h"

extern const struct generic_chip chip_i8237;

#endif
