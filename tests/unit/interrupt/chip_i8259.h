/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_INTERRUPT_CHIP_I8259_H
#define TESTS_UNIT_INTERRUPT_CHIP_I8259_H

#include "tests/generic.h"

extern const struct generic_chip chip_i8259;

#endif
