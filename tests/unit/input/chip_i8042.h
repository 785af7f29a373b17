/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_INPUT_CHIP_I8042_H
#define TESTS_UNIT_INPUT_CHIP_I8042_H

#include "tests/generic.h"

/* The controller; its keyboard and mouse come with it. */
extern const struct generic_chip chip_i8042;

#endif
