/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_VIDEO_CHIP_VGA_H
#define TESTS_UNIT_VIDEO_CHIP_VGA_H

#include "tests/generic.h"

extern const struct generic_chip chip_vga;

#endif
