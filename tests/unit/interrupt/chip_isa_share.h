/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_INTERRUPT_CHIP_ISA_SHARE_H
#define TESTS_UNIT_INTERRUPT_CHIP_ISA_SHARE_H

#include "tests/generic.h"

extern const struct generic_chip chip_isa_share;

#endif
