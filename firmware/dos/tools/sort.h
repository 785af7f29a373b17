/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_TOOLS_SORT_H
#define FIRMWARE_DOS_TOOLS_SORT_H

/* SORT: lines in memory and runs of sorted lines in temporary files. */

#include "dos.h"
#include "text.h"

/*
 * A line in memory, named by its linear address: the next one's, its length, its text.  A run has
 * the lines without the first field.
 */
enum { LINE_NEXT = 0, LINE_LENGTH = 4, LINE_TEXT = 6, SEGMENT_MOST = 0xfff0 };

extern struct block { /* all the memory there is */
    uint32_t begin, size;
    unsigned line_most; /* the longest line's length */
} block;

/* Below 0, 0, above 0: the line at a comes first, is equal, comes last. */
int line_compare(uint32_t a, uint32_t b);
unsigned line_length(uint32_t line);
void far_copy(uint32_t to, uint32_t from, unsigned count);
uint8_t linear_get8(uint32_t at);
/* A line's text and its end to standard output. */
void line_show(uint32_t line);

/* ---- sortrun.c ---- */

/* These return false where standard error was told why.  A run is written line by line. */
bool run_begin(uint32_t bytes); /* how long it will be */
bool run_add(uint32_t line);
bool run_end(void);
/* All runs to standard output. */
bool runs_merge(void);
/* Deletes the temporary files. */
void runs_delete(void);
extern unsigned runs;

#endif
