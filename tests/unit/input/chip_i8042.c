/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 8042 with keyboard and mouse for the generic tests: keys and movement come at random. */
#include "tests/unit/input/chip_i8042.h"
#include "devices/input/i8042.h"

static bool make(struct bench *bench, struct error *err)
{
    return i8042_new(bench->board, bench_irq(bench, 1), bench_irq(bench, 12), bench_irq(bench, 20),
                     bench_irq(bench, 21), err) != NULL;
}

/* Whole conversations, which single random bytes seldom make. */
static void talk(struct bench *bench, uint32_t r)
{
    bench_out(bench, 0x64, r & 1 ? 0xd4 : 0xae, 1);
    bench_out(bench, 0x60, 0xe6 + (r >> 8) % 26, 1);
    bench_run(bench, 2500000);
    bench_in(bench, 0x60, 1);
    if (r & 2)
        bench_out(bench, 0x64, r & 1 ? 0xd4 : 0xae, 1);
    if (r & 4)
        bench_out(bench, 0x60, r >> 16, 1);
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    uint32_t r = random(ctx);

    switch (r & 7) {
    case 0:
        talk(bench, random(ctx));
        break;
    case 1:
        bench->input.pointer(bench->input.pointer_ctx, (int8_t)(r >> 8), (int8_t)(r >> 16),
                             (int)(r >> 24 & 3) - 1, r >> 26);
        break;
    default:
        bench->input.key(bench->input.key_ctx, r >> 8 & 0x7f, r >> 16 & 1);
        break;
    }
}

const struct generic_chip chip_i8042 = {
    .name = "i8042",
    .make = make,
    .ports = { { 0x60, 1 }, { 0x64, 1 } },
    .poke = poke,
};
