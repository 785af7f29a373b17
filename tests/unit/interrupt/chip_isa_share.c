/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/interrupt/chip_isa_share.h"
#include "devices/interrupt/isa_share.h"

static bool make(struct bench *bench, struct error *err)
{
    struct irq out[16];

    for (unsigned n = 0; n < 16; n++)
        out[n] = bench_irq(bench, n);
    return isa_share_new(bench->board, out, err) != NULL;
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    struct device *share = device_find(bench->board, "isa_share");
    uint32_t r = random(ctx);
    struct irq line = isa_share_line(share, r, r >> 4);

    irq_set(&line, r >> 16 & 1);
}

const struct generic_chip chip_isa_share = {
    .name = "isa_share",
    .make = make,
    .poke = poke,
};
