/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_PCI_CHIPS_H
#define TESTS_UNIT_PCI_CHIPS_H

#include "tests/generic.h"

extern const struct generic_chip chip_i440fx, chip_piix3, chip_piix4_pm;

#endif
