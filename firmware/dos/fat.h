/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_FAT_H
#define FIRMWARE_DOS_FAT_H

/* FAT drives: what disk.c, buffer.c, fat.c, fatdir.c and share.c give each other. */

#include "dos.h"

struct bpb {
    uint16_t sector_size;
    uint8_t cluster_sectors;
    uint16_t reserved;
    uint8_t fats;
    uint16_t root_entries, sectors;
    uint8_t media;
    uint16_t fat_sectors, track_sectors, heads;
    uint32_t hidden, big_sectors;
} PACKED;
AT(bpb, big_sectors, 21);

enum { BOOT_BPB = 11, BOOT_SIGNATURE = 38, BOOT_SERIAL = 39, EXTENDED_BOOT = 0x29 };
enum { DIR_DELETED = 0xe5, DIR_END = 0, DIR_PER_SECTOR = SECTOR / 32 };

/* ---- buffer.c ---- */

struct buffer {
    struct dpb *dpb; /* NULL: empty */
    uint32_t sector;
    uint16_t used; /* when, for what goes first */
    uint8_t data[SECTOR];
};

/* Sectors through the driver, with INT 24h: whole transfers, straight to or from memory. */
unsigned disk_transfer(struct dpb *d, bool write, uint32_t sector, uint16_t count, uint32_t memory);
/* One sector of the cache; NULL: an error. */
struct buffer *buffer_get(struct dpb *d, uint32_t sector);
/* A cached sector was changed: to the medium, and for the first FAT to all others. */
unsigned buffer_write(struct buffer *b);
void buffer_forget(const struct dpb *d);
/* What is cached of these sectors is no longer true. */
void buffer_drop(const struct dpb *d, uint32_t sector, uint16_t count);
void buffers_init(unsigned count);

/* ---- disk.c ---- */

extern uint8_t disk_scratch[SECTOR];

/* ---- fat.c ---- */

enum { CLUSTER_FREE = 0, CLUSTER_END = 0xffff, CLUSTER_BAD = 1 };
/* The next cluster, CLUSTER_END or CLUSTER_BAD (nonsense or an error). */
uint16_t fat_next(struct dpb *d, uint16_t cluster);
unsigned fat_set(struct dpb *d, uint16_t cluster, uint16_t value);
/* A free cluster, marked as the last of a chain and put behind `previous` (0: a new chain); 0: the
 * disk is full. */
uint16_t fat_append(struct dpb *d, uint16_t previous);
unsigned fat_free_chain(struct dpb *d, uint16_t cluster);
uint32_t cluster_sector(const struct dpb *d, uint16_t cluster);
static inline uint16_t cluster_sectors(const struct dpb *d)
{
    return (uint16_t)(d->cluster_mask + 1);
}

/* ---- fatdir.c ---- */

/* Writes the directory entry of an open file. */
unsigned fat_write_entry(struct sft *s);

/* ---- share.c ---- */

unsigned share_check(const struct sft *s);
bool share_is_open(const struct sft *like);
void share_tell(const struct sft *s);
unsigned share_may_transfer(const struct sft *s, uint32_t start, uint32_t count);
void share_forget(const struct sft *s);

#endif
