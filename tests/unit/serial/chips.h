/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_SERIAL_CHIPS_H
#define TESTS_UNIT_SERIAL_CHIPS_H

#include "tests/generic.h"

extern const struct generic_chip chip_i16550, chip_parallel, chip_parallel_spp;

#endif
