/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_TOOLS_FLOPPY_H
#define FIRMWARE_DOS_TOOLS_FLOPPY_H

/* What DISKCOPY and DISKCOMP share: two diskettes in one or two drives, track by track. */

#include "tool.h"

enum { EXIT_SAME, EXIT_DIFFERENT, EXIT_BREAK, EXIT_FATAL, EXIT_START };
enum { TRACK_BYTES = 36 * SECTOR, PAIR_HELP = -1 };

struct pair {
    unsigned drive[2]; /* 0 = A: */
    bool one_side, eight, verify;
    unsigned cylinders, heads, sectors, usable_heads;
    uint16_t memory; /* tracks lie here, one behind the other */
    unsigned paragraphs;
    unsigned room; /* how many tracks */
};

/* The command line; switches: what else than /1 there may be.  0, PAIR_HELP or an exit code. */
int pair_arguments(struct pair *p, const char *help, const char *switches);
/* Asks for the first (0) or second (1) diskette by its name; with two drives only at the start. */
void pair_ask(const struct pair *p, unsigned which, const char *const names[2], bool first);
/* What the first diskette is; false and a sentence: it cannot be read. */
bool pair_geometry(struct pair *p);
/* The first diskette's format is the second's, too. */
void pair_use(const struct pair *p, unsigned which);
/* Memory for tracks; false and a sentence. */
bool pair_memory(struct pair *p);
/* Where track number `n` of those in memory lies. */
uint16_t pair_segment(const struct pair *p, unsigned n);
/* 440Dh on track `n` of the disk: GENERIC_READ, _WRITE or _FORMAT; 0 or DOS's error. */
unsigned pair_track(const struct pair *p, unsigned which, unsigned function, unsigned n,
                    uint16_t segment);
/* Reads track `n`; what cannot be read is told and zeros.  False: it was not all read. */
bool pair_read(const struct pair *p, unsigned which, unsigned n, uint16_t segment);
unsigned pair_tracks(const struct pair *p);

#endif
