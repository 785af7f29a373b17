/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_INPUT_CHIP_VMMOUSE_H
#define TESTS_UNIT_INPUT_CHIP_VMMOUSE_H

#include "tests/generic.h"

/* VMware's pointer for the generic tests. */
extern const struct generic_chip chip_vmmouse;

#endif
