/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_GEOMETRY_H
#define CORE_HOST_GEOMETRY_H

/*
 * The shape of a disk: cylinders, heads, sectors, as the drive shows them and as the BIOS shows
 * them to programs.  What a disk was partitioned with is written on it, and a system that reads
 * these numbers only starts where the BIOS gives the same ones.
 */

#include <stdbool.h>
#include <stdint.h>

struct disk_shape {
    uint16_t cylinders, heads, sectors;
};

/* How the BIOS makes its shape from the drive's; the numbers of CMOS byte 39h. */
enum disk_translation {
    TRANSLATION_NONE,
    TRANSLATION_LBA,   /* 63 sectors, heads by the size */
    TRANSLATION_LARGE, /* cylinders halved, heads doubled */
    TRANSLATION_RECHS, /* the same, but from 15 heads on */
};

struct disk_geometry {
    struct disk_shape drive, bios;
    enum disk_translation translation;
    bool told; /* no translation gives `bios`: the BIOS is told it (fw_cfg, bios-geometry) */
};

enum geometry_source { GEOMETRY_SIZE, GEOMETRY_TABLE, GEOMETRY_BPB };

/*
 * The BIOS's heads and sectors that the partition table, or the BIOS parameter block of a file
 * system, of an open image was made with; cylinders are not filled in.  GEOMETRY_SIZE: nothing in
 * it says anything.
 */
enum geometry_source geometry_read(int fd, uint64_t sectors, struct disk_shape *bios);

/* What a disk of that many sectors gets; bios NULL: by its size alone. */
void geometry_choose(uint64_t sectors, const struct disk_shape *bios, struct disk_geometry *out);

/* What the BIOS makes of a drive. */
struct disk_shape geometry_translate(uint64_t sectors, struct disk_shape drive,
                                     enum disk_translation translation);

#endif
