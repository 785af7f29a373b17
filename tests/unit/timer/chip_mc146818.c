/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The MC146818 for the generic tests. */
#include "tests/unit/timer/chip_mc146818.h"
#include "devices/timer/mc146818.h"

static bool make(struct bench *bench, struct error *err)
{
    bench->board->wall_start = 951868799; /* 29 February 2000, 23:59:59 */
    return mc146818_new(bench->board, bench_irq(bench, 8), err) != NULL;
}

/* Random traffic seldom finds the fourteen registers by itself. */
static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    uint32_t r = random(ctx);

    bench_out(bench, 0x70, r & 15, 1);
    if (r & 0x10)
        bench_out(bench, 0x71, r & 0x20 && (r & 15) == 10 ? 0x20 | (r >> 8 & 15) : r >> 8, 1);
    else
        bench->level[9] = bench_in(bench, 0x71, 1) & 1;
}

const struct generic_chip chip_mc146818 = {
    .name = "mc146818",
    .make = make,
    .ports = { { 0x70, 4 } },
    .poke = poke,
};
