/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The display adapter for the generic tests and the fuzzers; plain asserts, since a fuzzer runs no
 * check suite. */
#include <assert.h>
#include <stdlib.h>

#include "tests/unit/video/chip_vga.h"
#include "tests/unit/video/vga_bench.h"

typedef uint32_t random_fn(void *ctx);

/* An exact buffer, so that a sanitizer sees any dot beside it. */
static void draw(struct board *board, random_fn *random, void *ctx)
{
    struct screen_rect rects[SCREEN_RECTS];
    struct screen_mode mode;
    uint32_t serial, bits = random(ctx), *pixels;
    unsigned count;

    board->screen->mode(board->screen_ctx, &mode, &serial);
    assert(mode.width && mode.width <= SCREEN_MAX_W);
    assert(mode.height && mode.height <= SCREEN_MAX_H);
    assert(mode.aspect_num && mode.aspect_den);
    pixels = malloc((size_t)mode.width * mode.height * sizeof(*pixels));
    assert(pixels);
    count = board->screen->draw(board->screen_ctx, pixels, mode.width, bits & 1,
                                vclock_now(board->clock), rects);
    for (unsigned i = 0; i < count; i++)
        assert(rects[i].w && rects[i].x + rects[i].w <= mode.width && rects[i].h &&
               rects[i].y + rects[i].h <= mode.height);
    free(pixels);
}

static void look(struct board *board)
{
    static struct screen_text text;
    uint64_t now = vclock_now(board->clock);

    if (board->screen->text(board->screen_ctx, &text))
        assert(text.rows && text.rows <= 60 && text.columns && text.columns <= 132);
    assert(board->screen->next_retrace(board->screen_ctx, now) > now);
}

static void indexed(struct bench *b, random_fn *random, void *ctx)
{
    static const uint16_t ports[] = { 0x3c4, 0x3ce, 0x3d4, 0x3b4, 0x3c0 };
    static const uint8_t limits[] = { 5, 9, 25, 25, 21 };
    uint32_t bits = random(ctx);
    unsigned which = bits % 5, index = (bits >> 8) % limits[which];

    if (which == 4) {
        bench_in(b, 0x3da, 1);
        bench_in(b, 0x3ba, 1);
        bench_out(b, 0x3c0, index | 0x20, 1);
        bench_out(b, 0x3c0, bits >> 16, 1);
    } else {
        bench_out(b, ports[which], index | (bits >> 8 & 0xff00), 2);
    }
}

static void dispi(struct bench *b, random_fn *random, void *ctx)
{
    uint32_t bits = random(ctx);

    bench_out(b, 0x1ce, (bits & 0xff) % 12, 2);
    if (bits & 0x100)
        bench_in(b, 0x1d0, 2);
    else
        bench_out(b, 0x1cf, bits >> 16, 2);
}

static void configure(struct bench *b, random_fn *random, void *ctx)
{
    static const uint8_t offsets[] = { 4, 0x10, 0x18, 0x30, 0x3c };
    static const uint32_t values[] = { 3, VB_LFB, VB_MMIO, VB_ROM | 1, 0 };
    uint32_t bits = random(ctx);
    unsigned which = bits % 5;

    bench_out(b, 0xcf8, 0x80001000u | offsets[which], 4);
    bench_out(b, 0xcfc, bits & 0x100 ? values[which] : random(ctx), 4);
}

static void touch(struct bench *b, random_fn *random, void *ctx)
{
    static const uint32_t bases[] = { 0xa0000, 0xa0000, 0xa0000, VB_LFB, VB_MMIO, VB_ROM };
    static const uint32_t masks[] = { 0x1ffff, 0xff, 0x1ffff, VB_VRAM - 1, 0x7ff, 0xffff };
    uint32_t bits = random(ctx);

    for (unsigned n = bits >> 27; n-- > 0; bits = random(ctx)) {
        unsigned which = (bits >> 24 & 7) % 6, size = 1u << (bits >> 20 & 3) % 3;
        uint32_t address = bases[which] + (bits & masks[which]);

        if (bits & 0x400000)
            mem_read(b->board->memory, address, size);
        else
            mem_write(b->board->memory, address, random(ctx), size);
    }
}

static void poke(struct bench *b, random_fn *random, void *ctx)
{
    switch (random(ctx) % 16) {
    case 0:
        draw(b->board, random, ctx);
        break;
    case 1:
        look(b->board);
        break;
    case 2:
        configure(b, random, ctx);
        break;
    case 3:
    case 4:
        dispi(b, random, ctx);
        break;
    case 5:
    case 6:
    case 7:
    case 8:
        touch(b, random, ctx);
        break;
    default:
        for (unsigned n = 0; n < 8; n++)
            indexed(b, random, ctx);
        break;
    }
}

const struct generic_chip chip_vga = {
    .name = "vga",
    .make = vga_on_bench,
    .ports = { { 0x3b4, 2 },
               { 0x3ba, 1 },
               { 0x3c0, 16 },
               { 0x3d4, 2 },
               { 0x3da, 1 },
               { 0x1ce, 4 } },
    .poke = poke,
};
