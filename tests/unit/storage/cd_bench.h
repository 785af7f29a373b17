/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_STORAGE_CD_BENCH_H
#define TESTS_UNIT_STORAGE_CD_BENCH_H

/* A CD-ROM drive as secondary master, and the moves a packet driver makes. */

#include "tests/unit/storage/ide_bench.h"

#define CD_DRIVE 2 /* its place among the disks of the bench */

/* A disc of that many sectors of 2048 bytes; 0: an empty drive. */
struct ide *cd_new(unsigned sectors, bool real_speed);
/* The same after the unit attentions of power-on. */
struct ide *cd_new_ready(unsigned sectors);
/* Sends the packet ("28 00 ..." as bytes, the rest zero) with that byte count limit; features: 1
 * for DMA. Returns when the drive has taken it. */
void cd_packet(struct ide *ide, const uint8_t *packet, unsigned length, unsigned limit,
               uint8_t features);
#define CD_PACKET(ide, limit, ...)                                                                 \
    cd_packet(ide, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }),     \
              limit, 0)
/* Lets time pass until INTRQ, up to ten seconds. */
void cd_wait(struct ide *ide);
/* Takes all blocks that the drive has; returns how many bytes, and the number of blocks.  The
 * command must end well. */
unsigned cd_take(struct ide *ide, uint8_t *data, unsigned room, unsigned *blocks);
/* The end without data: well, or with that sense. */
void cd_expect_good(struct ide *ide);
void cd_expect_sense(struct ide *ide, uint8_t key, uint8_t code, uint8_t qualifier);
/* TEST UNIT READY until the drive is. */
void cd_make_ready(struct ide *ide);

#endif
