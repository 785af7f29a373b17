/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ORACLE_ORACLE_H
#define TESTS_ORACLE_ORACLE_H

/*
 * What the parts of the oracle share: the windows of linear memory, the segments, the input of one
 * case and the output of one side.
 *
 * Both sides see the same linear addresses.  There are three windows of 16 pages; all pages of one
 * window are the same physical page, so that a whole 64 KB segment costs one page to reset and to
 * compare.  Behind each window nothing is mapped.  Some pages are absent or read-only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/cpu/x86.h"

#define ORACLE_PAGE  4096u
#define ORACLE_PAGES 16u
#define ORACLE_DATA  0x20000000u
#define ORACLE_STACK 0x20020000u
#define ORACLE_CODE  0x20040000u
#define ORACLE_END   0x20060000u

/* Pages of a window that are not plain. */
enum { DATA_ABSENT = 9, DATA_READONLY = 11, STACK_ABSENT = 5, STACK_READONLY = 7, CODE_ABSENT = 6 };

/* One segment of the LDT.  index is its place there. */
struct oracle_seg {
    uint32_t base;
    uint32_t limit; /* the 20 bits of the descriptor */
    uint8_t index;
    uint8_t contents; /* as in struct user_desc: 0 data, 1 expand-down, 2 code, 3 conforming */
    bool big;         /* D/B */
    bool pages;       /* G */
    bool readonly;    /* data: read-only; code: execute-only */
    bool absent;
    bool avl;
};

struct oracle_input {
    uint32_t gpr[8];
    uint32_t eip;
    uint32_t eflags;
    uint16_t seg[6];
    uint8_t len;       /* of the instruction */
    bool fpu;          /* the x87 or MMX state matters: fx is valid */
    bool landing;      /* may go on elsewhere than behind itself */
    bool repeats;      /* one-instruction runs may stop between turns */
    uint8_t count;     /* instructions: more than one in a block */
    uint8_t code[160]; /* the instruction */
    _Alignas(16) uint8_t fx[512];
};

enum { TRAP_NONE = 0xff, TRAP_HANG = 0xfe };

struct oracle_output {
    uint32_t gpr[8];
    uint32_t eip;
    uint32_t eflags;
    uint16_t seg[6];
    uint8_t trap;  /* vector, or TRAP_NONE, TRAP_HANG */
    uint32_t code; /* error code; 0 where the vector has none */
    uint32_t cr2;  /* #PF only */
    _Alignas(16) uint8_t fx[512];
};

#endif
