/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_TIMER_CHIP_I8254_H
#define TESTS_UNIT_TIMER_CHIP_I8254_H

#include "tests/generic.h"

extern const struct generic_chip chip_i8254;

#endif
