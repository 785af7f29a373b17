/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 8259 pair for the generic tests: lines move and the CPU acknowledges at random. */
#include "tests/unit/interrupt/chip_i8259.h"
#include "devices/interrupt/i8259.h"

static bool make(struct bench *bench, struct error *err)
{
    return i8259_pair_new(bench->board, err) != NULL;
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    struct device *pic = device_find(bench->board, "pic");
    uint32_t r = random(ctx);
    struct irq line = i8259_line(pic, r & 15);

    if (r & 0x300)
        irq_set(&line, r >> 4 & 1);
    else
        i8259_acknowledge(pic);
}

const struct generic_chip chip_i8259 = {
    .name = "i8259",
    .make = make,
    .ports = { { 0x20, 2 }, { 0xa0, 2 }, { 0x4d0, 2 } },
    .poke = poke,
};
