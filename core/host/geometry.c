/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shape of a disk; see the header.  Translations as SeaBIOS does them. */
#include <string.h>

#include "core/host/geometry.h"
#include "core/host/image_probe.h"

enum { HEADS_MAX = 255, SECTORS_MAX = 63, CYLINDERS_BIOS = 1024, DRIVE_HEADS = 16 };
enum { TABLE_AT = 446, ENTRY = 16, ENTRIES = 4, TYPE_GPT = 0xee };
/* All that an ATA drive can show by cylinders: 16383 x 16 x 63. */
#define DRIVE_SECTORS 16514064u

/* ---- translation ---- */

static uint16_t least(uint64_t a, uint64_t b)
{
    return (uint16_t)(a < b ? a : b);
}

static struct disk_shape by_lba(uint64_t sectors)
{
    struct disk_shape shape = { 0, HEADS_MAX, SECTORS_MAX };
    uint64_t tracks = sectors / SECTORS_MAX;

    for (unsigned heads = 128; heads >= 16; heads /= 2)
        if (tracks / CYLINDERS_BIOS <= heads)
            shape.heads = (uint16_t)heads;
    shape.cylinders = least(tracks / shape.heads, CYLINDERS_BIOS);
    return shape;
}

struct disk_shape geometry_translate(uint64_t sectors, struct disk_shape drive,
                                     enum disk_translation translation)
{
    struct disk_shape shape = drive;

    if (translation == TRANSLATION_LBA)
        return by_lba(sectors);
    if (translation == TRANSLATION_RECHS && shape.heads == 16) {
        shape.heads = 15;
        shape.cylinders = (uint16_t)(least(shape.cylinders, 61439) * 16u / 15u);
    }
    while (translation != TRANSLATION_NONE && shape.cylinders > CYLINDERS_BIOS &&
           shape.heads <= 127) {
        shape.cylinders /= 2;
        shape.heads = (uint16_t)(shape.heads * 2);
    }
    shape.cylinders = least(shape.cylinders, CYLINDERS_BIOS);
    return shape;
}

static struct disk_shape drive_shape(uint64_t sectors, unsigned heads, unsigned per_track)
{
    uint64_t shown = sectors < DRIVE_SECTORS ? sectors : DRIVE_SECTORS;
    struct disk_shape shape = { least(shown / (heads * per_track), 65535), (uint16_t)heads,
                                (uint16_t)per_track };

    if (!shape.cylinders)
        shape.cylinders = 1;
    return shape;
}

/* Is there a drive from which this translation makes those heads and sectors? */
static bool translates(uint64_t sectors, const struct disk_shape *bios,
                       enum disk_translation translation, struct disk_geometry *out)
{
    for (unsigned heads = DRIVE_HEADS; heads > 0; heads--) {
        unsigned per_track = translation == TRANSLATION_LBA ? SECTORS_MAX : bios->sectors;

        out->drive = drive_shape(sectors, heads, per_track);
        out->translation = translation;
        out->bios = geometry_translate(sectors, out->drive, translation);
        if (out->bios.heads == bios->heads && out->bios.sectors == bios->sectors)
            return true;
    }
    return false;
}

void geometry_choose(uint64_t sectors, const struct disk_shape *bios, struct disk_geometry *out)
{
    memset(out, 0, sizeof(*out));
    for (int t = TRANSLATION_NONE; bios && t <= TRANSLATION_RECHS; t++)
        if (translates(sectors, bios, (enum disk_translation)t, out))
            return;
    out->drive = drive_shape(sectors, DRIVE_HEADS, SECTORS_MAX);
    if (bios) {
        out->translation = TRANSLATION_NONE;
        out->bios = *bios;
        out->bios.cylinders =
            least(sectors / ((uint32_t)bios->heads * bios->sectors), CYLINDERS_BIOS);
        if (!out->bios.cylinders)
            out->bios.cylinders = 1;
        out->told = true;
        return;
    }
    out->translation = out->drive.cylinders > CYLINDERS_BIOS ? TRANSLATION_LBA : TRANSLATION_NONE;
    out->bios = geometry_translate(sectors, out->drive, out->translation);
}

/* ---- reading ---- */

/* A place named both ways: a partition's begin or end. */
struct point {
    uint32_t lba;
    uint16_t cylinder;
    uint8_t head, sector;
};

struct points {
    struct point point[2 * ENTRIES];
    unsigned count;
    uint32_t first; /* where the first partition begins */
};

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Cylinder 1023 stands for all that lie beyond, too: it says nothing. */
static void add_point(struct points *points, const uint8_t *chs, uint32_t lba)
{
    struct point p = { lba, (uint16_t)((chs[1] & 0xc0) << 2 | chs[2]), chs[0], chs[1] & 0x3f };

    if (p.sector && p.cylinder < 1023)
        points->point[points->count++] = p;
}

/* False: this is no partition table, or one that only keeps others off. */
static bool read_table(const uint8_t *sector, uint64_t sectors, struct points *points)
{
    memset(points, 0, sizeof(*points));
    if (sector[510] != 0x55 || sector[511] != 0xaa)
        return false;
    for (unsigned i = 0; i < ENTRIES; i++) {
        const uint8_t *entry = sector + TABLE_AT + i * ENTRY;
        uint32_t start = get32(entry + 8), count = get32(entry + 12);

        if (entry[0] & 0x7f || entry[4] == TYPE_GPT)
            return false;
        if (!entry[4] || !count)
            continue;
        if (!start || (uint64_t)start + count > sectors)
            return false;
        if (!points->first || start < points->first)
            points->first = start;
        add_point(points, entry + 1, start);
        add_point(points, entry + 5, start + count - 1);
    }
    return points->first != 0;
}

static bool read_bpb(const uint8_t *sector, struct disk_shape *shape)
{
    unsigned cluster = sector[13];

    shape->sectors = (uint16_t)(sector[24] | sector[25] << 8);
    shape->heads = (uint16_t)(sector[26] | sector[27] << 8);
    return (sector[0] == 0xeb || sector[0] == 0xe9) && sector[11] == 0 && sector[12] == 2 &&
           cluster && !(cluster & (cluster - 1)) && sector[21] >= 0xf0 && shape->sectors >= 1 &&
           shape->sectors <= SECTORS_MAX && shape->heads >= 1 && shape->heads <= HEADS_MAX;
}

static bool fits(const struct points *points, unsigned heads, unsigned sectors)
{
    for (unsigned i = 0; i < points->count; i++) {
        const struct point *p = &points->point[i];

        if (p->head >= heads || p->sector > sectors ||
            ((uint64_t)p->cylinder * heads + p->head) * sectors + p->sector - 1 != p->lba)
            return false;
    }
    return true;
}

/* Where the points leave a choice: partitions end with their last cylinder. */
static void last_of_cylinder(const struct points *points, struct disk_shape *shape)
{
    *shape = (struct disk_shape){ 0, 1, 1 };
    for (unsigned i = 0; i < points->count; i++) {
        if (points->point[i].head >= shape->heads)
            shape->heads = (uint16_t)(points->point[i].head + 1);
        if (points->point[i].sector > shape->sectors)
            shape->sectors = points->point[i].sector;
    }
}

/* A shape that all points of the table agree with; those in `likely` are taken first. */
static bool solve(const struct points *points, const struct disk_shape *likely, unsigned count,
                  struct disk_shape *shape)
{
    for (unsigned i = 0; i < count; i++)
        if (likely[i].heads && fits(points, likely[i].heads, likely[i].sectors)) {
            *shape = likely[i];
            return true;
        }
    for (unsigned heads = HEADS_MAX; heads > 0; heads--)
        for (unsigned sectors = SECTORS_MAX; sectors > 0; sectors--)
            if (fits(points, heads, sectors)) {
                *shape = (struct disk_shape){ 0, (uint16_t)heads, (uint16_t)sectors };
                return true;
            }
    return false;
}

enum geometry_source geometry_read(int fd, uint64_t sectors, struct disk_shape *bios)
{
    struct disk_shape likely[3];
    struct disk_geometry by_size;
    struct points points;
    uint8_t sector[512];
    bool bpb;

    if (!sectors || image_read(fd, sector, sizeof(sector), 0))
        return GEOMETRY_SIZE;
    if (!read_table(sector, sectors, &points))
        return read_bpb(sector, bios) ? GEOMETRY_BPB : GEOMETRY_SIZE;
    bpb = image_read(fd, sector, sizeof(sector), (uint64_t)points.first * 512) == 0 &&
          read_bpb(sector, bios);
    geometry_choose(sectors, NULL, &by_size);
    memset(likely, 0, sizeof(likely));
    likely[0] = by_size.bios;
    if (bpb)
        likely[1] = *bios;
    last_of_cylinder(&points, &likely[2]);
    if (points.count && solve(&points, likely, 3, bios))
        return GEOMETRY_TABLE;
    return bpb ? GEOMETRY_BPB : GEOMETRY_SIZE;
}
