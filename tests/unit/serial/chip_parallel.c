/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devices/serial/parallel.h"
#include "tests/unit/serial/chips.h"

static bool make(struct bench *bench, struct error *err)
{
    return parallel_new(bench->board, "parallel0", 0x378, bench_irq(bench, 7), err) != NULL;
}

const struct generic_chip chip_parallel = {
    .name = "parallel",
    .make = make,
    .ports = { { 0x378, 3 } },
};
