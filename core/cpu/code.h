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

/* The way from the end of a block to one in the same page. */
struct block_link {
    struct block *to; /* never NULL */
    uint64_t key;     /* what `to` must still be */
};

enum { LINK_TAKEN, LINK_NEXT };

struct block {
    uint64_t key;              /* physical address, CS.D in bit 32; BLOCK_DEAD: overwritten */
    struct block *near_next;   /* begins near it; in the free list: next free one */
    struct block_link link[2]; /* of the branch that ends it, if taken, and what follows */
    struct block *on_page[2];  /* next block on the first and on the second page */
    uint32_t phys2;            /* second page of a crossing instruction, or NO_PHYS */
    uint32_t last;             /* bytes minus one; huge if only code_find() may judge it */
    uint16_t bytes;
    uint8_t count;        /* instructions */
    uint8_t room;         /* instructions it was allocated for */
    uint8_t heat;         /* times it was entered, for the translator */
    struct xlat_code *xc; /* its translation, or NULL */
    struct insn insn[];   /* count, then a sentinel */
};

#define BLOCK_DEAD UINT64_MAX

extern struct block block_none; /* dead for ever */

struct code_cache *code_new(struct interp *c);
void code_free(struct interp *c, struct code_cache *code);

/* The block at CS:EIP, decoded if need be; raises what fetching raises.  The block may be one that
 * lives only until the next call.  If c->link is set it belongs to the block `from`, which ran
 * before. */
struct block *code_find(struct interp *c, const struct block *from);

/* Stops the running block after the current instruction. */
void code_stop(struct interp *c);

/* The memory map changed: what was decoded from other memory than is there now must go. */
void code_remapped(struct interp *c);

/* Limits a block to its first n instructions until code_unlimit(). */
void code_limit(struct interp *c, struct block *block, unsigned n);
void code_unlimit(struct interp *c);

static inline __attribute__((always_inline)) uint32_t block_slot(uint64_t key)
{
    return (uint32_t)(key ^ key >> 12) & (JUMP_SIZE - 1);
}

/* Pays for a block and makes it the running one at eip. */
static inline __attribute__((always_inline)) void block_begin(struct interp *c, struct block *b,
                                                              uint32_t eip)
{
    c->budget -= b->count;
    c->block_eip = eip;
    c->block = b;
}

/* Begins a block if nothing speaks against going there without the run loop.  Compilers that do not
 * make jumps of final calls (sanitizers) return to the loop after each block: the stack must not
 * grow. */
static inline __attribute__((always_inline)) bool block_enter(struct interp *c, struct block *b,
                                                              uint32_t eip)
{
#ifdef INTERP_RETURN
    return false;
#endif
    if ((uint64_t)eip + b->last > c->x.seg[S_CS].limit || c->budget < b->count ||
        atomic_load_explicit(&c->events, memory_order_relaxed))
        return false;
    block_begin(c, b, eip);
    return true;
}

/* What is known about the lazy flags at one place in a block, so that a branch need not ask. */
enum flags_kind {
    FLAGS_ANY,   /* nothing */
    FLAGS_LAZY,  /* SF, ZF and PF follow from lf.dst */
    FLAGS_LOGIC, /* and CF and OF are clear */
    FLAGS_SUB,   /* the flags are those of lf.a - lf.b */
};

struct flags_known {
    uint8_t kind; /* enum flags_kind */
    uint8_t size; /* of lf.dst; 0: unknown */
};

/* Prepares a decoded instruction to be run and learns what it does to the flags (stage.c). */
void stage_insn(struct insn *i, struct flags_known *flags);
/* A conditional branch that knows where its flags come from, or NULL (branch.c). */
insn_fn branch_with(const struct insn *i, const struct flags_known *flags);
void stage_sentinel(struct insn *i);
/* Makes an instruction stop the block instead of running. */
void stage_stop(struct interp *c, const struct insn *i);
/* Does it end its block? */
bool stage_ends(const struct insn *i);
/* Handlers of what cannot be executed. */
void stage_undefined(struct insn *i);
void stage_too_long(struct insn *i);
/* Is that what it got? */
bool stage_is_fault(const struct insn *i);

#endif
