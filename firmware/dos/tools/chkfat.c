/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CHKDSK: the FAT, as words in memory of its own, and a byte of marks for each cluster. */
#include "chkdsk.h"

enum { FAT12_LIMIT = 4085, PARAGRAPH = 16 };

static uint16_t fat_segment, mark_segment;
static uint8_t raw[2 * SECTOR];
static unsigned loaded_copy;

static uint32_t entries(void)
{
    return volume.dpb.highest_cluster + 1ul;
}

uint16_t fat_get(uint32_t cluster)
{
    return far_get16((uint16_t)(fat_segment + cluster / 8), (uint16_t)(cluster % 8 * 2));
}

void fat_put(uint32_t cluster, uint16_t value)
{
    far_put16((uint16_t)(fat_segment + cluster / 8), (uint16_t)(cluster % 8 * 2), value);
}

uint8_t mark_get(uint32_t cluster)
{
    return far_get8((uint16_t)(mark_segment + cluster / 16), (uint16_t)(cluster % 16));
}

void mark_put(uint32_t cluster, uint8_t mark)
{
    far_put8((uint16_t)(mark_segment + cluster / 16), (uint16_t)(cluster % 16), mark);
}

bool is_cluster(uint16_t n)
{
    return n >= 2 && n <= volume.dpb.highest_cluster;
}

unsigned cluster_sectors(void)
{
    return volume.dpb.cluster_mask + 1u;
}

uint32_t cluster_bytes(void)
{
    return (uint32_t)cluster_sectors() * SECTOR;
}

uint32_t cluster_sector(uint16_t cluster)
{
    return volume.dpb.data_sector + (cluster - 2ul) * cluster_sectors();
}

/* What an entry has on the disk, as both widths have it here. */
static uint16_t widen(uint16_t value)
{
    return !volume.wide && value >= 0xff0 ? value | 0xf000 : value;
}

bool is_end(uint16_t value)
{
    return value >= 0xfff8;
}

static uint32_t copy_start(unsigned copy)
{
    return volume.dpb.reserved + (uint32_t)copy * volume.dpb.fat_sectors;
}

/* The entries of one copy; false: it cannot be read. */
static bool load_copy(unsigned copy)
{
    uint32_t loaded = 0xffffffff;

    for (uint32_t c = 0; c < entries(); c++) {
        uint32_t at = volume.wide ? c * 2 : c * 3 / 2, sector = at / SECTOR;
        uint16_t value;

        if (sector != loaded) {
            bool last = sector + 1 == volume.dpb.fat_sectors;

            if (sectors_read(volume.drive, copy_start(copy) + sector, last ? 1 : 2, own_segment(),
                             NEAR16(raw)))
                return false;
            loaded = sector;
        }
        value = (uint16_t)(raw[at % SECTOR] | raw[at % SECTOR + 1] << 8);
        if (!volume.wide)
            value = c & 1 ? value >> 4 : value & 0xfff;
        fat_put(c, c < 2 ? value : widen(value));
    }
    return true;
}

int fat_load(void)
{
    uint32_t words = entries() + 1;
    unsigned copy = 0;

    volume.wide = volume.dpb.highest_cluster > FAT12_LIMIT;
    fat_segment = memory_take((unsigned)(words * 2 / PARAGRAPH + 1));
    mark_segment = fat_segment ? memory_take((unsigned)(words / PARAGRAPH + 1)) : 0;
    if (!mark_segment) {
        print("Insufficient memory\r\n");
        return 255;
    }
    for (uint32_t c = 0; c < entries(); c++)
        mark_put(c, 0);
    while (copy < volume.dpb.fats && !load_copy(copy))
        problem("Disk error reading FAT %u", ++copy);
    loaded_copy = copy;
    return copy == volume.dpb.fats ? 255 : 0;
}

/* Byte `at` of the FAT as it should be. */
static uint8_t byte_of(uint32_t at, uint8_t old)
{
    uint32_t first = at / 3 * 2;
    uint16_t low, high;

    if (volume.wide)
        return at / 2 < entries() ? (uint8_t)(fat_get(at / 2) >> at % 2 * 8) : old;
    low = first < entries() ? fat_get(first) & 0xfff : 0;
    high = first + 1 < entries() ? fat_get(first + 1) & 0xfff : 0;
    if (first >= entries() || (at % 3 == 2 && first + 1 >= entries()))
        return old;
    if (at % 3 == 0)
        return (uint8_t)low;
    if (at % 3 == 1)
        return (uint8_t)(low >> 8 | (first + 1 < entries() ? high << 4 : old & 0xf0));
    return (uint8_t)(high >> 4);
}

/* Sector `s` of a copy, in raw; *differs: it was made what it should be.  False: an error. */
static bool make_sector(unsigned copy, uint32_t s, bool *differs)
{
    *differs = false;
    if (sector_read(volume.drive, copy_start(copy) + s, raw))
        return false;
    for (uint32_t i = 0; i < SECTOR; i++) {
        uint8_t now = byte_of(s * SECTOR + i, raw[i]);

        *differs |= raw[i] != now;
        raw[i] = now;
    }
    return true;
}

void fat_compare(void)
{
    bool differs;

    for (unsigned copy = 0; copy < volume.dpb.fats; copy++)
        for (uint32_t s = 0; s < volume.dpb.fat_sectors; s++) {
            bool read = make_sector(copy, s, &differs);

            if (read && !differs)
                continue;
            if (read)
                problem("FAT %u is not what FAT %u is", copy + 1, loaded_copy + 1);
            break;
        }
}

bool fat_store(void)
{
    bool differs;

    for (unsigned copy = 0; copy < volume.dpb.fats; copy++)
        for (uint32_t s = 0; s < volume.dpb.fat_sectors; s++)
            if (!make_sector(copy, s, &differs) ||
                (differs && sector_write(volume.drive, copy_start(copy) + s, raw)))
                return false;
    return true;
}
