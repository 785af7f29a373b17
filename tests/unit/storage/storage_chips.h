/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_STORAGE_STORAGE_CHIPS_H
#define TESTS_UNIT_STORAGE_STORAGE_CHIPS_H

#include "tests/generic.h"

extern const struct generic_chip chip_i82077;
extern const struct generic_chip chip_ata;
extern const struct generic_chip chip_atapi; /* a channel with a CD-ROM drive */
extern const struct generic_chip chip_piix3_ide;
extern const struct generic_chip chip_hostdos;

#endif
