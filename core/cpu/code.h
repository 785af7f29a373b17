/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_CODE_H
#define CORE_CPU_CODE_H

/*
 * Decoded code: blocks of instructions that run from first to last, found by physical address and
 * code size.  A block lies in one page; only a single instruction may reach into a second one.
 */

#include "core/cpu/interp.h"

#define BLOCK_INSNS 64
#define NO_PHYS     0xffffffffu /* no block has this second page: it is page-aligned */

struct block {
    uint64_t key;             /* physical address, CS.D in bit 32; BLOCK_DEAD: overwritten */
    struct block *hash_next;  /* same bucket; in the free list: next free one */
    struct block *succ[2];    /* blocks that came after it lately */
    struct block *on_page[2]; /* next block on the first and on the second page */
    uint32_t phys2;           /* second page of a crossing instruction, or NO_PHYS */
    uint16_t bytes;
    uint8_t count;      /* instructions */
    uint8_t room;       /* instructions it was allocated for */
    uint8_t victim;     /* which succ is replaced next */
    struct insn insn[]; /* count, then a sentinel */
};

#define BLOCK_DEAD UINT64_MAX

struct code_cache *code_new(void);
void code_free(struct code_cache *code);

/* The block at CS:EIP, decoded if need be; raises what fetching raises.  The block may be one that
 * lives only until the next call. */
struct block *code_find(struct interp *c, struct block *after);

/* Makes the block that runs now (NULL: none) known, so that overwriting it stops it. */
void code_set_running(struct interp *c, struct block *block);
/* Stops the running block after the current instruction. */
void code_stop(struct interp *c);

/* Limits a block to its first n instructions until code_unlimit(). */
void code_limit(struct interp *c, struct block *block, unsigned n);
void code_unlimit(struct interp *c);

/* Prepares a decoded instruction to be run (stage.c). */
void stage_insn(struct insn *i);
void stage_sentinel(struct insn *i);
/* Makes an instruction stop the block instead of running. */
void stage_stop(struct interp *c, const struct insn *i);
/* Does it end its block? */
bool stage_ends(const struct insn *i);
/* Handlers of what cannot be executed. */
void stage_undefined(struct insn *i);
void stage_too_long(struct insn *i);

#endif
