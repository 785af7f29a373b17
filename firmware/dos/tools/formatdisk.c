/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FORMAT's work: finds out the format, formats and reads the tracks, writes an empty file system.
 */
#include "format.h"

enum { TRACK_MAX = 36, FAT12_CLUSTERS = 4085, WRITE_PROTECTED = 19, NOT_READY = 21 };
enum { FAT12_BAD = 0xff7, FAT16_BAD = 0xfff7 };

struct shape {
    uint16_t kb;
    uint8_t cylinders, heads, sectors, media, fat_sectors, cluster_sectors, root_entries;
};
static const struct shape shapes[] = {
    { 160, 40, 1, 8, 0xfe, 1, 1, 64 },    { 180, 40, 1, 9, 0xfc, 2, 1, 64 },
    { 320, 40, 2, 8, 0xff, 1, 2, 112 },   { 360, 40, 2, 9, 0xfd, 2, 2, 112 },
    { 720, 80, 2, 9, 0xf9, 3, 2, 112 },   { 1200, 80, 2, 15, 0xf9, 7, 1, 224 },
    { 1440, 80, 2, 18, 0xf0, 9, 1, 224 }, { 2880, 80, 2, 36, 0xf0, 9, 2, 240 },
};

static uint8_t track[TRACK_MAX * SECTOR];
static uint8_t bad_clusters[8192]; /* a bit each */

static struct track_block { /* 440Dh/41h, 42h, 61h */
    uint8_t special;
    uint16_t head, cylinder, first, count;
    uint16_t offset, segment;
} PACKED block;

static int unusable(void)
{
    print("\r\nInvalid media or Track 0 bad - disk unusable\r\nFormat terminated\r\n");
    return EXIT_ERROR;
}

/* ---- which format ---- */

static void use_shape(struct job *j, const struct shape *s)
{
    j->cylinders = s->cylinders;
    j->bpb = (struct bpb){ SECTOR,
                           s->cluster_sectors,
                           1,
                           2,
                           s->root_entries,
                           (uint16_t)(s->cylinders * s->heads * s->sectors),
                           s->media,
                           s->fat_sectors,
                           s->sectors,
                           s->heads,
                           0,
                           0 };
}

/* Any other shape: clusters of one sector as long as FAT12 counts them. */
static void use_unusual(struct job *j, unsigned cylinders, unsigned sectors)
{
    uint16_t total = (uint16_t)(cylinders * 2 * sectors), clusters;
    struct bpb *b = &j->bpb;

    j->cylinders = cylinders;
    *b = (struct bpb){ SECTOR, 1, 1, 2, 224, total, 0xf0, 0, (uint16_t)sectors, 2, 0, 0 };
    while (total / b->cluster_sectors > FAT12_CLUSTERS - 1)
        b->cluster_sectors = (uint8_t)(b->cluster_sectors * 2);
    clusters = (uint16_t)(total / b->cluster_sectors + 2);
    b->fat_sectors = (uint16_t)((clusters * 3u / 2 + SECTOR) / SECTOR);
}

static const struct shape *shape_of(unsigned cylinders, unsigned heads, unsigned sectors)
{
    for (unsigned i = 0; i < COUNT(shapes); i++)
        if (shapes[i].cylinders == cylinders && shapes[i].heads == heads &&
            shapes[i].sectors == sectors)
            return &shapes[i];
    return NULL;
}

static unsigned set_parameters(const struct job *j)
{
    static struct device_parameters p;

    memset(&p, 0, sizeof(p));
    p.bpb = j->bpb;
    p.cylinders = (uint16_t)j->cylinders;
    p.track_sectors = j->bpb.track_sectors;
    for (unsigned i = 0; i < p.track_sectors && i < COUNT(p.layout); i++) {
        p.layout[i][0] = (uint16_t)(i + 1);
        p.layout[i][1] = SECTOR;
    }
    return drive_generic(j->drive, GENERIC_SET, &p);
}

static unsigned track_call(const struct job *j, unsigned function, unsigned cylinder, unsigned head,
                           unsigned first, unsigned count)
{
    block = (struct track_block){ 0,
                                  (uint16_t)head,
                                  (uint16_t)cylinder,
                                  (uint16_t)first,
                                  (uint16_t)count,
                                  NEAR16(track),
                                  own_segment() };
    return drive_generic(j->drive, function, &block);
}

/* The largest usual format whose very last sector can be read. */
static bool probe(struct job *j)
{
    for (unsigned i = COUNT(shapes); i-- > 0;) {
        use_shape(j, &shapes[i]);
        if (!set_parameters(j) && !track_call(j, GENERIC_READ, shapes[i].cylinders - 1u,
                                              shapes[i].heads - 1u, shapes[i].sectors - 1u, 1))
            return true;
    }
    return false;
}

static uint32_t total_sectors(const struct bpb *b)
{
    return b->sectors ? b->sectors : b->big_sectors;
}

/* What is on the disk now; false: nothing that DOS can read. */
static bool present_format(const struct job *j, struct device_parameters *p)
{
    memset(p, 0, sizeof(*p));
    p->special = 1;
    return !drive_generic(j->drive, GENERIC_GET, p) && total_sectors(&p->bpb) &&
           p->bpb.track_sectors && p->bpb.heads;
}

/* What a diskette gets: what was asked for, what it has, what it can hold, what the drive is for.
 */
static void choose(struct job *j, bool formatted, const struct device_parameters *present)
{
    const struct options *o = j->options;
    const struct shape *s = NULL;
    static struct device_parameters usual;

    if (o->kb)
        for (unsigned i = 0; i < COUNT(shapes); i++)
            s = shapes[i].kb == o->kb ? &shapes[i] : s;
    if (o->cylinders)
        s = shape_of(o->cylinders, 2, o->sectors);
    if (o->one_side || o->small || o->eight)
        s = shape_of(40, o->one_side ? 1 : 2, o->eight ? 8 : 9);
    if (!s && o->cylinders) {
        use_unusual(j, o->cylinders, o->sectors);
        return;
    }
    if (!s && formatted) {
        s = shape_of(present->cylinders, present->bpb.heads, present->bpb.track_sectors);
        if (!s) {
            j->bpb = present->bpb;
            j->cylinders = present->cylinders;
            return;
        }
    }
    if (s) {
        use_shape(j, s);
        return;
    }
    if (probe(j))
        return;
    drive_generic(j->drive, GENERIC_GET, &usual);
    j->bpb = usual.bpb;
    j->cylinders = usual.cylinders;
}

/* ---- tracks ---- */

static uint32_t data_start(const struct bpb *b)
{
    return b->reserved + (uint32_t)b->fats * b->fat_sectors + (b->root_entries + 15u) / 16;
}

static uint32_t cluster_count(const struct bpb *b)
{
    return (total_sectors(b) - data_start(b)) / b->cluster_sectors;
}

/* A sector that cannot be read; false: nothing can be without it. */
static bool mark_bad(struct job *j, uint32_t sector)
{
    uint32_t cluster;

    if (sector < data_start(&j->bpb))
        return false;
    cluster = (sector - data_start(&j->bpb)) / j->bpb.cluster_sectors + 2;
    if (cluster < cluster_count(&j->bpb) + 2 && !(bad_clusters[cluster / 8] & 1 << cluster % 8)) {
        bad_clusters[cluster / 8] |= (uint8_t)(1 << cluster % 8);
        j->bad++;
    }
    return true;
}

static void percent(uint32_t done, uint32_t all)
{
    static unsigned last = 1000;
    unsigned now = all > 0x1000000 ? done / (all / 100) : done * 100 / all;

    if (now == last)
        return;
    last = now;
    print("\r%3u percent completed.", now);
}

/* Reads a track, sector by sector where it cannot be read at once. */
static bool check_track(struct job *j, unsigned cylinder, unsigned head)
{
    unsigned sectors = j->bpb.track_sectors;
    uint32_t first = ((uint32_t)cylinder * j->bpb.heads + head) * sectors;

    if (sectors <= TRACK_MAX && !track_call(j, GENERIC_READ, cylinder, head, 0, sectors))
        return true;
    for (unsigned i = 0; i < sectors; i++)
        if (track_call(j, GENERIC_READ, cylinder, head, i, 1) && !mark_bad(j, first + i))
            return false;
    return true;
}

enum outcome { TRACK_GOOD, TRACK_DOUBTFUL, TRACK_ENDS };

/* DOS has read the track then.  TRACK_ENDS: the sentence is said. */
static enum outcome format_track(struct job *j, unsigned cylinder, unsigned head)
{
    unsigned error = track_call(j, GENERIC_FORMAT, cylinder, head, 0, 0);

    if (error != WRITE_PROTECTED && error != NOT_READY)
        return error ? TRACK_DOUBTFUL : TRACK_GOOD;
    print("\r\n%s\r\nFormat terminated\r\n",
          error == NOT_READY ? "Drive not ready" : "Write protect error");
    return TRACK_ENDS;
}

static int do_tracks(struct job *j, bool physically)
{
    for (unsigned c = 0; c < j->cylinders; c++) {
        for (unsigned h = 0; h < j->bpb.heads; h++) {
            enum outcome o = physically ? format_track(j, c, h) : TRACK_DOUBTFUL;

            if (o == TRACK_ENDS)
                return EXIT_ERROR;
            if (o == TRACK_DOUBTFUL && !check_track(j, c, h))
                return unusable();
        }
        percent(c + 1, j->cylinders);
    }
    return 0;
}

static int do_partition(struct job *j)
{
    uint32_t total = total_sectors(&j->bpb);

    for (uint32_t at = 0; at < total; at += TRACK_MAX) {
        unsigned count = total - at < TRACK_MAX ? (unsigned)(total - at) : TRACK_MAX;

        if (sectors_read(j->drive, at, count, own_segment(), NEAR16(track)))
            for (unsigned i = 0; i < count; i++)
                if (sector_read(j->drive, at + i, track) && !mark_bad(j, at + i))
                    return unusable();
        percent(at + count, total);
    }
    return 0;
}

/* ---- the empty file system ---- */

static unsigned fat_entry(const struct job *j, uint32_t cluster, bool wide)
{
    unsigned end = wide ? 0xffff : 0xfff;

    if (cluster < 2)
        return cluster ? end : (end & 0xff00) | j->bpb.media;
    if (cluster < 65528 && bad_clusters[cluster / 8] & 1 << cluster % 8)
        return wide ? FAT16_BAD : FAT12_BAD;
    return 0;
}

static uint8_t fat_byte(const struct job *j, uint32_t at, bool wide)
{
    uint32_t pair = at / 3 * 2;

    if (wide)
        return (uint8_t)(fat_entry(j, at / 2, true) >> (at % 2 * 8));
    if (at % 3 == 0)
        return (uint8_t)fat_entry(j, pair, false);
    if (at % 3 == 1)
        return (uint8_t)(fat_entry(j, pair, false) >> 8 | fat_entry(j, pair + 1, false) << 4);
    return (uint8_t)(fat_entry(j, pair + 1, false) >> 4);
}

static bool write_fats(const struct job *j)
{
    bool wide = cluster_count(&j->bpb) >= FAT12_CLUSTERS;

    for (unsigned s = 0; s < j->bpb.fat_sectors; s++) {
        for (unsigned i = 0; i < SECTOR; i++)
            track[i] = fat_byte(j, (uint32_t)s * SECTOR + i, wide);
        for (unsigned copy = 0; copy < j->bpb.fats; copy++)
            if (sector_write(j->drive, j->bpb.reserved + (uint32_t)copy * j->bpb.fat_sectors + s,
                             track))
                return false;
    }
    return true;
}

static bool write_root(const struct job *j)
{
    uint32_t end = data_start(&j->bpb);

    memset(track, 0, SECTOR);
    for (uint32_t s = end - (j->bpb.root_entries + 15u) / 16; s < end; s++)
        if (sector_write(j->drive, s, track))
            return false;
    return true;
}

static bool write_boot(struct job *j, bool fixed)
{
    struct boot_sector *boot = (struct boot_sector *)track;

    j->serial = new_serial();
    memset(boot, 0, sizeof(*boot));
    memcpy(boot->jump, "\xeb\x3c\x90", 3);
    memcpy(boot->maker, "MSDOS5.0", 8);
    boot->bpb = j->bpb;
    boot->bios_drive = fixed ? 0x80 : 0;
    boot->signature = EXTENDED_BOOT;
    boot->serial = j->serial;
    memcpy(boot->label, "NO NAME    ", 11);
    memcpy(boot->kind, cluster_count(&j->bpb) >= FAT12_CLUSTERS ? "FAT16   " : "FAT12   ", 8);
    memcpy(boot->code, boot_code, sizeof(boot->code));
    boot->mark = BOOT_MARK;
    return !sector_write(j->drive, 0, boot);
}

static int write_system(struct job *j, bool fixed)
{
    if (write_fats(j) && write_root(j) && write_boot(j, fixed))
        return 0;
    print("\r\nError writing FAT or directory\r\nFormat terminated\r\n");
    return EXIT_ERROR;
}

/* ---- all of it ---- */

static void say(const struct job *j, const char *what)
{
    uint32_t kb = total_sectors(&j->bpb) / 2;

    if (kb == 1440 || kb == 2880)
        print("%s %u.%02uM\r\n", what, kb / 1000, kb / 10 % 100);
    else if (kb == 1200)
        print("%s 1.2M\r\n", what);
    else if (kb < 2880)
        print("%s %uK\r\n", what, kb);
    else
        print("%s %u.%02uM\r\n", what, kb / 1024, kb % 1024 * 100 / 1024);
}

/* Bad clusters that the old FAT knows stay bad in a quick format. */
static void keep_bad(struct job *j)
{
    uint32_t clusters = cluster_count(&j->bpb);
    bool wide = clusters >= FAT12_CLUSTERS;
    uint32_t loaded = 0xffffffff;

    for (uint32_t c = 2; c < clusters + 2; c++) {
        uint32_t at = wide ? c * 2 : c * 3 / 2, sector = at / SECTOR;
        unsigned value;

        if (sector != loaded &&
            (sectors_read(j->drive, j->bpb.reserved + sector, 2, own_segment(), NEAR16(track))))
            return;
        loaded = sector;
        value = track[at % SECTOR] | track[at % SECTOR + 1] << 8;
        if (!wide)
            value = c & 1 ? value >> 4 : value & 0xfff;
        if (value == (wide ? FAT16_BAD : FAT12_BAD))
            mark_bad(j, data_start(&j->bpb) + (c - 2) * j->bpb.cluster_sectors);
    }
}

static int format_fixed(struct job *j)
{
    static struct device_parameters p;
    int code;

    memset(&p, 0, sizeof(p));
    if (drive_generic(j->drive, GENERIC_GET, &p))
        return unusable();
    j->bpb = p.bpb;
    if (j->options->quick) {
        say(j, "QuickFormatting");
        return write_system(j, true);
    }
    say(j, j->options->unconditional ? "Formatting" : "Verifying");
    code = do_partition(j);
    return code ? code : write_system(j, true);
}

int format_disk(struct job *j)
{
    static struct device_parameters present;
    const struct options *o = j->options;
    bool formatted, same;
    int code;

    memset(bad_clusters, 0, sizeof(bad_clusters));
    if (!drive_removable(j->drive))
        return format_fixed(j);
    drive_forget(j->drive);
    print("Checking existing disk format.\r\n");
    formatted = present_format(j, &present);
    choose(j, formatted, &present);
    same = formatted && total_sectors(&present.bpb) == total_sectors(&j->bpb) &&
           present.bpb.track_sectors == j->bpb.track_sectors && present.bpb.heads == j->bpb.heads;
    if (set_parameters(j))
        return unusable();
    if (o->quick && !same) {
        print("Invalid existing format.\r\nThis disk cannot be QuickFormatted.\r\n");
        if (!o->automatic && !ask_yes("Proceed with Unconditional Format"))
            return EXIT_NO;
    } else if (o->quick) {
        say(j, "QuickFormatting");
        keep_bad(j);
        return write_system(j, false);
    }
    if (same && !o->unconditional) {
        say(j, "Verifying");
        code = do_tracks(j, false);
    } else {
        say(j, "Formatting");
        code = do_tracks(j, true);
    }
    return code ? code : write_system(j, false);
}
