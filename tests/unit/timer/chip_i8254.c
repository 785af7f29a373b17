/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 8254 for the generic tests: GATE2 moves at random. */
#include "tests/unit/timer/chip_i8254.h"
#include "devices/timer/i8254.h"

static bool make(struct bench *bench, struct error *err)
{
    return i8254_new(bench->board, bench_irq(bench, 0), err) != NULL;
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    struct device *pit = device_find(bench->board, "pit");

    if (random(ctx) & 3)
        i8254_set_gate2(pit, random(ctx) & 1);
    else
        bench->level[1] = i8254_out2(pit);
}

const struct generic_chip chip_i8254 = {
    .name = "i8254",
    .make = make,
    .ports = { { 0x40, 4 } },
    .poke = poke,
};
