/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ATA channel with two disks for the generic tests. */
#include <string.h>

#include "devices/storage/ata.h"
#include "tests/unit/storage/storage_chips.h"

#define DISK_SIZE (128u << 10)

/* A bus master that sometimes is stopped, or stops half-way. */
static unsigned transfer(void *ctx, bool to_memory, uint8_t *buf, unsigned len)
{
    struct board *board = ctx;
    uint64_t turn = vclock_now(board->clock) / 1000 % 4;
    unsigned n = turn == 0 ? 0 : turn == 1 ? len / 2 : len;

    if (to_memory)
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
                            media_memory_new(bench->board->blocks[i].host, DISK_SIZE, false));
}

static bool make(struct bench *bench, struct error *err)
{
    static const struct ata_geometry geometry[2] = { { 0 }, { 16, 4, 4 } };
    struct board *board = bench->board;
    struct drive *drives[2] = { media_drive(board->media, "disk0"),
                                media_drive(board->media, "disk1") };
    uint8_t *bytes = board_block(board, "disk0", DISK_SIZE, err);
    struct device *ata;

    if (!bytes || !board_block(board, "disk1", DISK_SIZE, err))
        return false;
    for (unsigned i = 0; i < DISK_SIZE; i++)
        bytes[i] = (uint8_t)(i * 3 + i / 512);
    insert(bench, "disk0");
    insert(bench, "disk1");
    ata = ata_channel_new(board, "ide0", 0x1f0, bench_irq(bench, 14), drives, geometry,
                          (struct ata_dma){ transfer, board }, err);
    if (ata)
        ata_channel_enable(ata, true);
    return ata != NULL;
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    static const uint8_t codes[] = { 0x10, 0x20, 0x21, 0x30, 0x40, 0x70, 0x90, 0x91, 0x94, 0xc4,
                                     0xc5, 0xc6, 0xc8, 0xca, 0xe4, 0xe5, 0xe7, 0xe8, 0xec, 0xef,
                                     0xa1, 0x00, 0x3c, 0x24, 0x34, 0xc8, 0xca, 0x20, 0x30, 0xc4 };
    uint32_t r = random(ctx), p = random(ctx);
    uint8_t data[4096] = { 0 };

    switch (r & 7) {
    case 0:
        insert(bench, r & 8 ? "disk0" : "disk1");
        break;
    case 1:
        ata_channel_kick(device_find(bench->board, "ide0"));
        break;
    case 2:
        bus_in_block(bench->board->bus, 0x1f0, data, (p & 0x3ff) + 1, 2);
        break;
    case 3:
        memset(data, (int)p, sizeof(data));
        bus_out_block(bench->board->bus, 0x1f0, data, (p & 0x3ff) + 1, p & 0x400 ? 4 : 2);
        break;
    default:
        bench_out(bench, 0x1f6, 0xa0 | (r & 0x70), 1);
        bench_out(bench, 0x1f2, p & 7, 1);
        bench_out(bench, 0x1f3, p >> 8 & 0x1f, 1);
        bench_out(bench, 0x1f4, p >> 16 & 1, 1);
        bench_out(bench, 0x1f5, 0, 1);
        bench_out(bench, 0x1f7, codes[(r >> 8) % sizeof(codes)], 1);
        break;
    }
}

const struct generic_chip chip_ata = {
    .name = "ata",
    .make = make,
    .ports = { { 0x1f0, 8 }, { 0x3f6, 1 } },
    .poke = poke,
};
