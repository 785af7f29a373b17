/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_XLAT_H
#define CORE_CPU_XLAT_H

/*
 * What the interpreter tells the translator (core/cpu/translate).  All of it may be called without
 * one: then nothing happens.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct block;
struct interp;
struct xlat;
struct xlat_code;

/* What translated code and the translator hand each other; lies in struct interp. */
struct xlat_live {
    struct xlat *xlat; /* NULL: this is the plain interpreter */
    uint64_t tables;   /* r13 of the current mode */
    uint64_t targets;  /* of the current mode */
    uint64_t place;    /* why translated code came back (enum xlat_exit): two words */
    uint64_t arg;
    uint32_t flags; /* AH: as LAHF and SAHF have it; AL: OF */
    uint32_t temp;
    uint32_t native; /* the guest's x87 state is in the host (fpu_to_host) */
    uint32_t most;   /* instructions of a block at most; 0: as usual */
};

/* Can this host run translated code?  If not, why not. */
bool xlat_possible(const char **why_not);
/* Makes room for code now, for machines that may change to the translator when nothing executable
 * can be mapped any more. */
void xlat_open(void);
struct xlat *xlat_new(struct interp *c);
void xlat_free(struct xlat *xlat);
/* In place of the interpreter's loop over blocks, on the same terms. */
void xlat_run_blocks(struct interp *c);

/* A block is dead; c->code holds nothing any more. */
void xlat_killed(struct interp *c, struct block *b);
void xlat_flush(struct interp *c);
/* The x87 state comes back from the host, if it is there. */
void xlat_fpu_back(struct interp *c);
/* Linear pages may lead elsewhere: all, one, those of a physical page that must not be written. */
void xlat_tlb_flush(struct interp *c);
void xlat_tlb_drop(struct interp *c, uint32_t linear);
void xlat_tlb_protect(struct interp *c, uint32_t phys);
/* The memory map changed. */
void xlat_remapped(struct interp *c);
/* Bytes first to last of a physical page hold code from now on; those of the page with a bit in
 * `cover` do and no others; none of it does. */
void xlat_covered(struct interp *c, uint32_t page, unsigned first, unsigned last);
void xlat_cover_again(struct interp *c, uint32_t page, const uint64_t cover[]);
void xlat_uncovered(struct interp *c, uint32_t page);

#endif
