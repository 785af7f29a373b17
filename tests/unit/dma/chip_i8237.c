/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The DMA controllers for the generic tests: devices ask for transfers at random. */
#include "tests/unit/dma/chip_i8237.h"
#include "devices/dma/i8237.h"

static bool make(struct bench *bench, struct error *err)
{
    return i8237_new(bench->board, err) != NULL;
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    uint32_t r = random(ctx);
    struct dma_line line = i8237_line(device_find(bench->board, "dma"), r & 7);
    uint8_t buf[600] = { 0 };
    bool tc;

    if (r & 8)
        dma_request(&line, r & 16);
    else if (r & 16) /* usually nobody could transfer: open the way */
        bench_out(bench, 0xd6, 0xc0, 1), bench_out(bench, 0xd4, 0, 1), bench_out(bench, 0x0e, 0, 1);
    else
        dma_transfer(&line, (r >> 5 & 3) % 3, buf, (r >> 8) % sizeof(buf), &tc);
}

const struct generic_chip chip_i8237 = {
    .name = "i8237",
    .make = make,
    .ports = { { 0x00, 16 }, { 0x80, 16 }, { 0xc0, 32 } },
    .poke = poke,
};
