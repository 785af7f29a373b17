/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devices/system/debug_ports.h"
#include "tests/unit/system/chips.h"

static bool make(struct bench *bench, struct error *err)
{
    return debug_ports_new(bench->board, true, err) != NULL;
}

const struct generic_chip chip_debug_ports = {
    .name = "debug-ports",
    .make = make,
    .ports = { { 0x402, 1 }, { 0xe9, 1 }, { 0xf4, 4 } },
};
