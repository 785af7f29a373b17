/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IDENTIFY (PACKET) DEVICE, true to the image and to the present settings (ATA/ATAPI-4, 8.12 and
 * 8.13; ATA/ATAPI-6 for disks that need 48-bit addresses). */
#include <stdio.h>
#include <string.h>

#include "devices/storage/ata_internal.h"

#define CYLINDERS_MAX 16383u
#define LBA28_MAX     0x0fffffffu

void ata_default_geometry(struct ata_geometry *geometry, uint64_t sectors)
{
    uint64_t cylinders;

    if (!geometry->heads || geometry->heads > 16)
        geometry->heads = 16;
    if (!geometry->sectors || geometry->sectors > 255)
        geometry->sectors = 63;
    if (geometry->cylinders)
        return;
    cylinders = sectors / ((uint64_t)geometry->heads * geometry->sectors);
    geometry->cylinders = (uint16_t)(cylinders > CYLINDERS_MAX ? CYLINDERS_MAX : cylinders);
    if (!geometry->cylinders)
        geometry->cylinders = 1;
}

static void word(uint8_t *block, unsigned n, unsigned value)
{
    block[2 * n] = (uint8_t)value;
    block[2 * n + 1] = (uint8_t)(value >> 8);
}

static void words32(uint8_t *block, unsigned n, uint32_t value)
{
    word(block, n, value & 0xffff);
    word(block, n + 1, value >> 16);
}

/* Padded with spaces, first character in the upper byte. */
static void text(uint8_t *block, unsigned n, unsigned words, const char *string)
{
    size_t length = strlen(string);

    for (unsigned i = 0; i < 2 * words; i++)
        block[2 * n + (i ^ 1)] = i < length ? (uint8_t)string[i] : ' ';
}

static void names(const struct ata_channel *c, unsigned unit, const char *model, uint8_t *block)
{
    char serial[32];

    snprintf(serial, sizeof(serial), "BY-%.15s", c->disks[unit].drive->name);
    text(block, 10, 10, serial);
    text(block, 23, 4, "1.0");
    text(block, 27, 20, model);
}

static void present_translation(const struct ata_channel *c, unsigned unit, uint8_t *block)
{
    unsigned cylinders = ata_cylinders(c, unit);

    word(block, 54, cylinders);
    word(block, 55, c->s.heads[unit]);
    word(block, 56, c->s.sectors[unit]);
    words32(block, 57, (uint32_t)cylinders * c->s.heads[unit] * c->s.sectors[unit]);
}

static void dma_modes(const struct ata_channel *c, unsigned unit, uint8_t *block)
{
    unsigned mode = c->s.mode[unit];

    if (!c->dma.transfer)
        return;
    word(block, 62, 0x0007 | ((mode & 0xf8) == ATA_MODE_SWDMA ? 0x100u << (mode & 7) : 0));
    word(block, 63, 0x0007 | ((mode & 0xf8) == ATA_MODE_MWDMA ? 0x100u << (mode & 7) : 0));
}

static void pio_modes(uint8_t *block)
{
    word(block, 64, 3); /* 3 and 4 */
    for (unsigned n = 65; n <= 68; n++)
        word(block, n, 120); /* ns a cycle, with DMA and without */
}

static void command_sets(const struct ata_channel *c, unsigned unit, bool lba48, uint8_t *block)
{
    unsigned set = 0x7468; /* NOP, buffers, protected area, look-ahead, write cache, power */
    unsigned set2 = 0x5000, on2 = 0x1000; /* FLUSH CACHE */

    if (lba48) {
        set2 |= 0x2400; /* and FLUSH CACHE EXT */
        on2 |= 0x2400;
    }
    word(block, 80, lba48 ? 0x007e : 0x001e); /* ATA-1 to ATA/ATAPI-4, or -6 */
    word(block, 82, set);
    word(block, 83, set2);
    word(block, 84, 0x4000);
    word(block, 85,
         (set & ~0x60u) | (c->s.write_cache[unit] ? 0x20 : 0) | (c->s.look_ahead[unit] ? 0x40 : 0));
    word(block, 86, on2);
    word(block, 87, 0x4000);
}

void ata_identify(const struct ata_channel *c, unsigned unit, uint8_t *block)
{
    const struct ata_geometry *g = &c->disks[unit].geometry;
    uint64_t capacity = ata_capacity(c, unit);
    bool lba48 = ata_native_capacity(c, unit) > LBA28_MAX;

    memset(block, 0, ATA_SECTOR);
    word(block, 0, 0x0040); /* fixed disk */
    word(block, 1, g->cylinders);
    word(block, 3, g->heads);
    word(block, 4, g->sectors * (unsigned)ATA_SECTOR & 0xffff);
    word(block, 5, ATA_SECTOR);
    word(block, 6, g->sectors);
    names(c, unit, "BYGONE HARD DISK", block);
    word(block, 20, 3); /* dual-ported buffer with caching */
    word(block, 21, ATA_CHUNK);
    word(block, 22, 4);
    word(block, 47, 0x8000 | ATA_MULTIPLE_MAX);
    word(block, 48, 1);                                       /* 32-bit data port */
    word(block, 49, 0x0e00 | (c->dma.transfer ? 0x0100 : 0)); /* IORDY, LBA, DMA */
    word(block, 50, 0x4000);
    word(block, 51, 0x0200);
    word(block, 52, 0x0200);
    word(block, 53, 0x0003); /* 54-58 and 64-70 mean something */
    present_translation(c, unit, block);
    word(block, 59, c->s.multiple[unit] ? 0x100u | c->s.multiple[unit] : 0);
    words32(block, 60, (uint32_t)(capacity > LBA28_MAX ? LBA28_MAX : capacity));
    dma_modes(c, unit, block);
    pio_modes(block);
    command_sets(c, unit, lba48, block);
    if (lba48) {
        words32(block, 100, (uint32_t)capacity);
        words32(block, 102, (uint32_t)(capacity >> 32));
    }
}

void ata_identify_packet(const struct ata_channel *c, unsigned unit, uint8_t *block)
{
    enum { PACKET_SET = 0x4210 }; /* NOP, DEVICE RESET, PACKET */

    memset(block, 0, ATA_SECTOR);
    word(block, 0, 0x85c0); /* CD-ROM, removable, asks for 12 bytes within 50 us */
    names(c, unit, "BYGONE CD-ROM", block);
    word(block, 49, 0x0a00 | (c->dma.transfer ? 0x0100 : 0)); /* IORDY, LBA, DMA */
    word(block, 50, 0x4000);
    word(block, 51, 0x0200);
    word(block, 53, 0x0002); /* 64-70 mean something */
    dma_modes(c, unit, block);
    pio_modes(block);
    word(block, 80, 0x001e);
    word(block, 82, PACKET_SET);
    word(block, 83, 0x4000);
    word(block, 84, 0x4000);
    word(block, 85, PACKET_SET);
    word(block, 87, 0x4000);
}
