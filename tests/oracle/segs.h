/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ORACLE_SEGS_H
#define TESTS_ORACLE_SEGS_H

/* The segments of the oracle's LDT and what can be said about them. */

#include "tests/oracle/oracle.h"

/* Places in the LDT. */
enum {
    SEG_C16 = 1,
    SEG_C32,
    SEG_C16_SHORT,
    SEG_C32_SHORT,
    SEG_C16_EXEC,
    SEG_C32_EXEC,
    SEG_C16_PAGES,
    SEG_C32_PAGES,
    SEG_C16_ODD,
    SEG_C32_ODD,
    SEG_C16_ABSENT,
    SEG_C32_ABSENT,
    SEG_CONFORMING_ABSENT,
    SEG_D16 = 16, /* the first of SEG_KINDS */
    SEG_D32 = 32,
    SEG_S16 = 48,
    SEG_S32 = 64,
    SEG_KINDS = 9,
    SEG_KINDS_USABLE = 7, /* of these may be loaded */
    SEG_KINDS_STACK = 6,  /* and of these into SS */
    SEG_LDT_ENTRIES = 80,
};

#define SELECTOR(index) ((uint16_t)((index) << 3 | 7))

extern const struct oracle_seg oracle_segs[];
extern const unsigned oracle_seg_count;

/* NULL: not in our LDT. */
const struct oracle_seg *seg_find(uint16_t selector);
bool seg_is_code(const struct oracle_seg *s);
bool seg_expands_down(const struct oracle_seg *s);
bool seg_writable(const struct oracle_seg *s);
/* The valid offsets. */
uint32_t seg_first(const struct oracle_seg *s);
uint32_t seg_last(const struct oracle_seg *s);
/* Its eight bytes as Linux makes them. */
uint64_t seg_descriptor(const struct oracle_seg *s);
/* What a segment register holds after loading a descriptor. */
struct x86_segment seg_cache(uint64_t descriptor, uint16_t selector);

#endif
