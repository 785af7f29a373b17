/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_SYSTEM_CHIPS_H
#define TESTS_UNIT_SYSTEM_CHIPS_H

#include "tests/generic.h"

extern const struct generic_chip chip_fw_cfg, chip_debug_ports;

#endif
