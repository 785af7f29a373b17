/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The floppy controller for the generic tests: two drives, and commands that make sense. */
#include <string.h>

#include "devices/storage/i82077.h"
#include "tests/unit/storage/storage_chips.h"

#define SIZE_A (160u << 10)
#define SIZE_B (1440u << 10)

/* A DMA channel that sometimes is masked, stops half-way, or reaches terminal count. */
static unsigned transfer(void *ctx, unsigned channel, enum dma_direction direction, void *buf,
                         unsigned len, bool *terminal_count)
{
    struct board *board = ctx;
    uint64_t turn = vclock_now(board->clock) / 100000 % 8;
    unsigned n = turn == 0 ? 0 : turn == 1 ? len / 2 : len;

    (void)channel;
    *terminal_count = n && turn >= 6;
    if (direction == DMA_TO_MEMORY)
        mem_dma_write(board->memory, 0x10000, buf, n);
    else
        mem_dma_read(board->memory, 0x10000, buf, n);
    return n;
}

static void insert(struct bench *bench, const char *name)
{
    for (unsigned i = 0; i < bench->board->block_count; i++)
        if (!strcmp(bench->board->blocks[i].name, name))
            drive_set_media(media_drive(bench->board->media, name),
                            media_memory_new(bench->board->blocks[i].host,
                                             bench->board->blocks[i].size, false));
}

static bool make(struct bench *bench, struct error *err)
{
    struct board *board = bench->board;
    uint8_t *a = board_block(board, "floppy0", SIZE_A, err);
    uint8_t *b = a ? board_block(board, "floppy1", SIZE_B, err) : NULL;
    struct dma_line line = { transfer, NULL, board, 2 };

    if (!b)
        return false;
    for (unsigned i = 0; i < SIZE_A; i++)
        a[i] = (uint8_t)(i * 7 + i / 512);
    insert(bench, "floppy0");
    insert(bench, "floppy1");
    return i82077_new(board, bench_irq(bench, 6), line, media_drive(board->media, "floppy0"),
                      media_drive(board->media, "floppy1"), true, err) != NULL;
}

static void command(struct bench *bench, const uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count && (bench_in(bench, 0x3f4, 1) & 0xc0) == 0x80; i++)
        bench_out(bench, 0x3f5, bytes[i], 1);
}

/* Motors on, the right rate most of the time, and a command with likely parameters. */
static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    static const uint8_t codes[] = { 0x46, 0xe6, 0x4c, 0x6c, 0x45, 0xc5, 0x49, 0x42, 0x56, 0xd6,
                                     0x51, 0x59, 0x5d, 0x4d, 0x4a, 0x07, 0x0f, 0x8f, 0xcf, 0x08,
                                     0x03, 0x04, 0x13, 0x0e, 0x12, 0x94, 0x14, 0x10 };
    uint32_t r = random(ctx), p = random(ctx);
    uint8_t unit = r >> 5 & 1, code = codes[(r >> 8) % sizeof(codes)];
    uint8_t bytes[9] = { code, (uint8_t)(unit | (r >> 6 & 1) << 2) };

    if ((r & 0x1f) == 0) {
        insert(bench, unit ? "floppy1" : "floppy0");
        return;
    }
    while ((r & 0x1f) < 12 && bench_in(bench, 0x3f4, 1) == 0xd0)
        bench_in(bench, 0x3f5, 1);
    bench_out(bench, 0x3f2, 0x3c | unit, 1);
    bench_out(bench, 0x3f7, p & 0xf000 ? (unit ? 0 : 2) : p >> 16 & 3, 1);
    if (code == 0x4d) { /* FORMAT TRACK */
        bytes[2] = 2;
        bytes[3] = (p & 7) + 1;
    } else if (code == 0x0f || code == 0x8f || code == 0xcf) {
        bytes[2] = p & 3;
    } else if (code == 0x03 || code == 0x13) {
        bytes[2] = code == 3 ? p & 1 : p & 0x7f;
    } else {
        bytes[3] = r >> 6 & 1;
        bytes[4] = (p & 7) + 1;
        bytes[5] = 2;
        bytes[6] = (p >> 4 & 7) + 1;
        bytes[8] = p >> 8 & 3;
    }
    command(bench, bytes, 9);
    if (p & 0x10000)
        for (unsigned i = 0; i < 600 && (bench_in(bench, 0x3f4, 1) & 0xa0) == 0xa0; i++)
            bench_in(bench, 0x3f5, 1);
}

const struct generic_chip chip_i82077 = {
    .name = "i82077",
    .make = make,
    .ports = { { 0x3f0, 6 }, { 0x3f7, 1 } },
    .poke = poke,
};
