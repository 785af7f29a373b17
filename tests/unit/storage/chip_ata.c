/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ATA channel with two disks, and one with a disk and a CD-ROM drive, for the generic tests. */
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
                          (struct ata_dma){ transfer, board }, true, err);
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

/* ---- with a CD-ROM drive ---- */

static bool make_cdrom(struct bench *bench, struct error *err)
{
    static const struct ata_geometry geometry[2];
    struct board *board = bench->board;
    struct drive *drives[2] = { media_drive(board->media, "disk0"),
                                media_drive(board->media, "cdrom0") };
    uint8_t *bytes = board_block(board, "cdrom0", DISK_SIZE, err);
    struct device *ata;

    if (!bytes || !board_block(board, "disk0", DISK_SIZE, err))
        return false;
    for (unsigned i = 0; i < DISK_SIZE; i++)
        bytes[i] = (uint8_t)(i * 5 + i / 2048);
    drives[1]->cdrom = true;
    insert(bench, "disk0");
    insert(bench, "cdrom0");
    ata = ata_channel_new(board, "ide1", 0x1f0, bench_irq(bench, 14), drives, geometry,
                          (struct ata_dma){ transfer, board }, false, err);
    if (ata)
        ata_channel_enable(ata, true);
    return ata != NULL;
}

static void tray(struct bench *bench, uint32_t r)
{
    struct drive *drive = media_drive(bench->board->media, "cdrom0");
    struct error err;

    if (r & 1)
        drive_open_tray(drive, r & 2, &err);
    else
        drive_close_tray(drive, &err);
}

/* A packet as the host sends it; small numbers mostly, so that sectors are met. */
static void packet(struct bench *bench, uint32_t r, uint32_t p)
{
    static const uint8_t codes[] = { 0x00, 0x03, 0x12, 0x15, 0x1a, 0x1b, 0x1e, 0x25, 0x28, 0x2b,
                                     0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x4a, 0x4b, 0x51,
                                     0x52, 0x55, 0x5a, 0xa8, 0xb9, 0xbb, 0xbd, 0xbe, 0x28, 0xbe };
    const uint8_t bytes[12] = { codes[r % sizeof(codes)],
                                p >> 8 & 3,
                                p >> 16 & 0x3f,
                                0,
                                p >> 24 & 3,
                                p & 0x3f,
                                p >> 4 & 1,
                                0,
                                (uint8_t)(r >> 8 & 0x0f),
                                p >> 8 & 0xff,
                                r >> 20 & 2,
                                0 };

    bench_out(bench, 0x1f6, 0xb0, 1);
    bench_out(bench, 0x1f1, r >> 16 & 1, 1);
    bench_out(bench, 0x1f4, r >> 17 & 0xff, 1);
    bench_out(bench, 0x1f5, r >> 25 & 0x1f, 1);
    bench_out(bench, 0x1f7, 0xa0, 1);
    bench_run(bench, 20000);
    for (unsigned i = 0; i < 6; i++)
        bench_out(bench, 0x1f0, bytes[2 * i] | (uint32_t)bytes[2 * i + 1] << 8, 2);
}

static void poke_cdrom(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    static const uint8_t codes[] = { 0x08, 0x20, 0x90, 0xa1, 0xe0, 0xe5, 0xec, 0xef };
    uint32_t r = random(ctx), p = random(ctx);
    uint8_t data[4096] = { 0 };

    switch (r & 7) {
    case 0:
        if (r & 0x70)
            tray(bench, r >> 8);
        else
            insert(bench, "cdrom0");
        break;
    case 1:
        ata_channel_kick(device_find(bench->board, "ide1"));
        break;
    case 2:
        bus_in_block(bench->board->bus, 0x1f0, data, (p & 0x3ff) + 1, 2);
        break;
    case 3:
        memset(data, (int)(p & 0x0f), sizeof(data));
        bus_out_block(bench->board->bus, 0x1f0, data, (p & 0x3f) + 1, 2);
        break;
    case 4:
        bench_out(bench, 0x1f6, 0xa0 | (r & 0x10), 1);
        bench_out(bench, 0x1f7, codes[p % sizeof(codes)], 1);
        break;
    default:
        packet(bench, r >> 3, p);
        break;
    }
}

const struct generic_chip chip_atapi = {
    .name = "ata",
    .make = make_cdrom,
    .ports = { { 0x1f0, 8 }, { 0x3f6, 1 } },
    .poke = poke_cdrom,
};

const struct generic_chip chip_ata = {
    .name = "ata",
    .make = make,
    .ports = { { 0x1f0, 8 }, { 0x3f6, 1 } },
    .poke = poke,
};
