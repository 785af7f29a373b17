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

/* Registers before a repeated instruction, and its turns. */
struct xlat_repeat {
    uint64_t rax;
    uint32_t ecx, esi, edi, flags, turns;
};

/* What translated code and the translator hand each other; lies in struct interp. */
struct xlat_live {
    struct xlat *xlat; /* NULL: this is the plain interpreter */
    uint64_t tables;   /* r13 of the current mode */
    uint64_t targets;  /* of the current mode */
    uint64_t base;     /* of the window in use */
    struct xlat_repeat rep;
    uint64_t place; /* why translated code came back (enum xlat_exit): two words */
    uint64_t arg;
    uint32_t flags; /* AH: as LAHF and SAHF have it; AL: OF */
    uint32_t temp;
    uint32_t native; /* the guest's x87 state is in the host (fpu_to_host) */
    uint32_t noted;  /* whose x87 instructions x.fpu does not name yet: place of code, or 0 */
    uint32_t sw;     /* low half: the x87 status word before an MMX store that may fault */
    uint32_t most;   /* instructions of a block at most; 0: as usual */
    /* Where blocks read to see whether their budget lasts; somewhere unmapped: they shall stop. */
    _Atomic uintptr_t zone;
};

/* Can this host run translated code?  If not, why not. */
bool xlat_possible(const char **why_not);
/* What it has to do without on this host, at a price. */
bool xlat_has_bmi2(void);
bool xlat_has_fsgsbase(void);
/* Makes room for code now, for machines that may change to the translator when nothing executable
 * can be mapped any more; for_perf: in memory that perf takes for anonymous. */
void xlat_open(bool for_perf);
struct xlat *xlat_new(struct interp *c);
void xlat_free(struct xlat *xlat);
/* In place of the interpreter's loop over blocks, on the same terms. */
void xlat_run_blocks(struct interp *c);

/* After EV_KICK was set, by any thread or signal handler: translated code stops at the next block.
 */
void xlat_kick(struct interp *c);
/* Around the run loop: EV_KICK comes by itself in ns of the host's time, if that is soon; 0:
 * never. */
void xlat_alarm(struct interp *c, uint64_t ns);
void xlat_alarm_off(struct interp *c);

/* A block is dead; c->code holds nothing any more. */
void xlat_killed(struct interp *c, struct block *b);
void xlat_flush(struct interp *c);
/* The x87 state comes back from the host, if it is there. */
void xlat_fpu_back(struct interp *c);
/* The TLB forgets: all pages, or all that are not global; one, or the 4 MB page it may belong to.
 */
void xlat_tlb_flush(struct interp *c, bool global_too);
void xlat_tlb_drop(struct interp *c, uint32_t linear, bool large);
/* INVLPG: this page may lead elsewhere. */
void xlat_window_drop(struct interp *c, uint32_t linear);
/* No page may lead for writing to this physical one. */
void xlat_tlb_protect(struct interp *c, uint32_t phys);
/* The memory map changed. */
void xlat_remapped(struct interp *c);
/* Bytes first to last of a physical page hold code from now on; they do no longer, which
 * code_covers() knows; none of the page does. */
void xlat_covered(struct interp *c, uint32_t page, unsigned first, unsigned last);
void xlat_cover_again(struct interp *c, uint32_t page, unsigned first, unsigned last);
void xlat_uncovered(struct interp *c, uint32_t page);

#endif
