/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_TOOLS_CHKDSK_H
#define FIRMWARE_DOS_TOOLS_CHKDSK_H

#include "tool.h"

enum { CHK_PATH = 160 };

extern struct volume {
    unsigned drive;
    struct dpb dpb;
    uint8_t media;
    bool wide, fix, verbose, errors;
    const char *fragments; /* pattern of files that are looked at, canonical; NULL: none */
    uint32_t hidden_clusters, user_clusters, directory_clusters;
    unsigned hidden_files, user_files, directories, crossed, fragmented, named;
} volume;

/* Says what is wrong (once more lines follow: the file's name, then this) and keeps it in mind. */
void problem(const char *format, ...);

/* ---- chkfat.c ---- */

enum { END = 0xffff, BAD_CLUSTER = 0xfff7 }; /* of both widths */
enum { SEEN = 1, CROSSED = 2, REFERRED = 4 };
/* Reads the FATs; 0, or the exit code when that cannot be. */
int fat_load(void);
/* Entries: 0, 2..., BAD_CLUSTER, the marks of an end from FFF8h on, for both widths. */
uint16_t fat_get(uint32_t cluster);
void fat_put(uint32_t cluster, uint16_t value);
uint8_t mark_get(uint32_t cluster);
void mark_put(uint32_t cluster, uint8_t mark);
bool is_cluster(uint16_t n);
bool is_end(uint16_t value);
uint32_t cluster_sector(uint16_t cluster);
unsigned cluster_sectors(void);
uint32_t cluster_bytes(void);
/* Tells which copies are not as the one that was read. */
void fat_compare(void);
/* Writes what differs into all copies; false: an error. */
bool fat_store(void);

/* ---- chkwalk.c ---- */

void walk_all(void);
/* Names the files that share clusters. */
void walk_crossed(void);
/* Lost chains: to files or freed. */
void lost_chains(void);

#endif
