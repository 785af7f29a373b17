/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_TRANSLATE_XLAT_H
#define CORE_CPU_TRANSLATE_XLAT_H

/*
 * The translator: blocks of the interpreter (code.h) that run often become host code.
 *
 * It is the interpreter with a faster way through hot blocks: decoding, finding and killing blocks,
 * events, interrupts and exceptions are the interpreter's, and whatever is not translated is done
 * by the interpreter's handler for that one instruction.  README in this folder tells the life of
 * a block.
 *
 *   xlat.h       this: the shared structures
 *   emit.h       bytes of host code
 *   mem.c        address and access of a memory operand
 *   insn.c, stack.c, branch.c, string.c   translations of instructions
 *   block.c      a block as a whole; linking; what happens when a block dies
 *   mode.c       what a translation takes for granted
 *   table.c      the page tables that translated code looks through
 *   window.c     memory where the guest has it, while paging is off
 *   enter.c      ways in and out; faults of translated code
 *   device.c     device memory
 *   run.c        the run loop of the engine
 *   stop.c       stopping translated code from outside
 *   log.c        what it did, for those who make it faster
 *
 * Host registers: rax rcx rdx rbx rbp rsi rdi hold the guest's, r12 holds ESP, all zero-extended;
 * the six arithmetic flags are the guest's at all times.  r8, r10 and r11 are scratch, r9 holds
 * the base of SS, r13 the page tables, r14 the budget, r15 the state.  So everything that is
 * inserted between guest instructions must leave the flags alone: LEA, MOV, MOVZX, NOT, RORX, SHRX,
 * SARX, JRCXZ.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/cpu/code.h"
#include "core/cpu/interp.h"

/* Why translated code came back. */
enum xlat_exit {
    XLAT_INDIRECT, /* x.eip is where it goes on; not known to the table of targets */
    XLAT_LINK,     /* likewise; the jump at `arg` may be linked to the block found there */
    XLAT_RESUME, /* instruction `arg` of the block `place` is the interpreter's, and what follows */
    XLAT_FAULT,  /* host code at `place` faulted on the host address `arg`; bit 63: a write */
    XLAT_DONE,   /* a handler ended the block; x.eip is where it goes on */
};

#define XLAT_WRITE (1ull << 63)

/* How an instruction's memory operand is reached; grows with what happens there. */
enum xlat_site {
    SITE_DIRECT,  /* in the window; with paging, as the next */
    SITE_ALIGNED, /* the table has entries for aligned operands only: others fault */
    SITE_ODD,     /* anywhere inside a page; border crossing ones fault */
    SITE_CHECKED, /* in the window: writes look into the map of code first */
    SITE_CALL,    /* by the interpreter's handler */
    SITE_DEVICE,  /* by the device's, without paging */
};

/* What a translation may take for granted about a segment register. */
enum xlat_seg {
    SEGC_NONE,     /* let the interpreter see to it */
    SEGC_FLAT,     /* base 0, limit 4 GB */
    SEGC_BIG,      /* limit 4 GB, base a multiple of 4 */
    SEGC_64K,      /* limit FFFFh or more, base a multiple of 4 */
    SEGC_LIMIT,    /* expand-up, present */
    SEGC_READ = 8, /* and may not be written */
};

/* Everything a translation depends on beside its bytes and its address. */
struct xlat_mode {
    uint32_t cs_base, cs_limit;
    uint32_t a20; /* mask of CPU addresses */
    uint32_t seg; /* enum xlat_seg, 4 bits a segment */
    bool code32, stack32, real, user, paging;
    bool direct; /* memory lies in a window */
    uint8_t pad[2];
};

/* The translation of a block.  Places are offsets in the code buffer. */
struct xlat_code {
    struct block *block; /* NULL: dead */
    uint32_t eip;
    uint32_t indirect; /* entry from an indirect branch, target address in r8d */
    uint32_t checked;  /* entry from another page */
    uint32_t direct;   /* entry from the same page */
    uint32_t native;   /* the same with the x87 state in the host, or 0: no use for it */
    uint32_t leave;    /* way back to the run loop, for when it is dead */
    uint32_t end;
    uint32_t phys; /* of its first byte */
    uint16_t mode;
    uint8_t count;
    bool leaves_native; /* its ends find the x87 state in the host */
    uint16_t at[];      /* of each instruction, counted from `direct`, and of the end */
};

/* Where a translation lies in the code buffer. */
struct xlat_place {
    uint32_t begin, end;
    struct xlat_code *code;
};

struct xlat;

/* ---- limits ---- */
enum {
    XLAT_BUFFER = 32 << 20,
    XLAT_BLOCK_MOST = 32 << 10, /* host code of one block at most */
    XLAT_MODES = 2048,
    XLAT_CHUNK = 2 << 20,    /* instructions until translated code comes back by itself */
    XLAT_BELOW = 65536,      /* the budget is never so far below nothing */
    XLAT_ALARM_NS = 1000000, /* slices shorter than this end by the host's clock, too */
    XLAT_HEAT = 6,
    XLAT_REFUSALS = 16, /* of the x87 state, until a block is given up */
};

/* What ran lately, for lockstep. */
struct xlat_trace {
    uint32_t phys, eip;
    uint8_t count;
    bool code32, translated;
};
enum { XLAT_TRACE = 512, XLAT_RECENT = 256 };

/* What was learnt about a block that is dead, for the one decoded in its place. */
struct xlat_grave {
    uint64_t key, when; /* in instructions */
    uint8_t count, deaths;
    uint8_t site[BLOCK_INSNS];
};
enum { XLAT_GRAVES = 512, XLAT_DEATHS = 4, XLAT_SOON = 200000 };

/* The current mode was made of this. */
struct xlat_seen {
    const struct tlb_entry *tlb;
    uint32_t a20, bits;
    struct x86_segment seg[6];
};

struct xlat {
    struct interp *c;
    uint8_t *rw, *rx; /* the code buffer, mapped twice */
    size_t used;
    size_t start; /* behind the ways in and out */
    uint32_t at_link, at_indirect, at_resume, at_done, at_step, at_fpu_step, at_device_load,
        at_device_store, at_leave;
    int (*enter)(struct interp *c, const void *code);

    uint8_t *tables;             /* table.c */
    struct xlat_window *windows; /* window.c: with A20 on and off, paged */
    uint8_t *hole;               /* 4 GB that fault: offset 0 of an empty table entry */
    uint8_t *base;               /* gs: a window's, or with paging the hole */
    struct window_paged *paged;  /* what the third one shows */
    bool windows_off;
    uint8_t
        doubt; /* about the window with paging: 1 about pages that are not global, 2 about all */
    uint32_t generation; /* of the memory map, when the windows were looked at last */
    uint8_t *budget;     /* can be read for XLAT_CHUNK bytes, and not before: xl.zone */
    uint32_t *filled;    /* pages with an entry */
    uint32_t filled_count;
    uint32_t recent[XLAT_RECENT]; /* some of them, from before the last flush */
    unsigned recent_count;

    struct xlat_place *codes; /* in the order of their places */
    size_t code_count, code_room;

    struct xlat_mode modes[XLAT_MODES];
    uint16_t mode_at[XLAT_MODES]; /* by hash: where one lies */
    unsigned mode_count;
    int mode; /* the current one, or -1 */
    struct xlat_seen seen;
    uint32_t (*targets)[65536]; /* by mode and low word of EIP: place of an entry, or 0 */

    struct xlat_grave graves[XLAT_GRAVES]; /* by place */
    unsigned heat; /* times a block is interpreted before it is translated */
    bool no_bmi2;  /* the host lacks it, or BYGONE_HOST_LACKS says so */
    bool single;   /* nothing is linked, and the trace is kept: for lockstep */
    struct xlat_trace trace[XLAT_TRACE];
    unsigned trace_count;
    uint64_t translated, faults, flushes;
    struct xlat_log *log; /* NULL: none (log.h) */

    timer_t timer; /* stop.c */
    pthread_t thread;
    bool has_timer, armed;
};

/* ---- mode.c ---- */
/* Number of the current mode, or -1: translated code cannot run in it.  May forget everything. */
int xlat_current_mode(struct interp *c);

/* ---- block.c ---- */
/* Translates a block for the current mode and address; false: it stays the interpreter's. */
bool xlat_translate(struct interp *c, struct block *b, unsigned mode);
/* Does code here die too fast for a translation? */
bool xlat_is_patched(struct interp *c, const struct block *b);
/* Makes the jump at this place go to a translation, if it may. */
void xlat_link(struct xlat *t, uint32_t place, const struct block *to);
/* The translation that holds this place of the code buffer, or NULL. */
struct xlat_code *xlat_code_at(const struct xlat *t, uint32_t place);

/* ---- table.c ---- */
/* Where things lie from the start of the tables; the second half is the user's. */
enum {
    TABLE_READ = 0,
    TABLE_WRITE = 32 << 20,
    TABLE_STRIDE = 64 << 20,
    TABLE_ZONE = 2 * TABLE_STRIDE + 65536, /* 64 KB that can be read between two that cannot */
    TABLE_CODE = TABLE_ZONE + 3 * 65536,   /* the maps of code of the two windows */
    TABLE_CODE_STRIDE = (512 << 20) + 65536,
    TABLE_END = TABLE_CODE + 2 * TABLE_CODE_STRIDE,
};
bool xlat_tables_new(struct xlat *t);
void xlat_tables_free(struct xlat *t);

enum xlat_filled {
    FILL_NEW,   /* an entry was empty and is not any more */
    FILL_OLD,   /* nothing more can be had: device memory, ROM, a page with code */
    FILL_LATER, /* the interpreter has to look at the page first */
};
/* Makes the page of this linear address directly accessible as far as it may be. */
enum xlat_filled xlat_fill(struct interp *c, uint32_t linear, bool write);
/* After a flush: the pages in use before it. */
void xlat_refill(struct interp *c);

/* ---- window.c ---- */
/* From a window to its alias; the 64 KB between are never mapped. */
#define WINDOW_ALIAS ((1ull << 32) + 65536)
enum {
    CODE_SHIFT = 3,  /* a mark of the map stands for eight bytes */
    CODE_REACH = 10, /* bytes of the longest store */
    CODE_MARK = 0x80,
};
bool xlat_windows_new(struct xlat *t);
void xlat_windows_free(struct xlat *t);
/* What gs shows in a mode. */
uint8_t *xlat_base_of(const struct xlat *t, const struct xlat_mode *mode);
enum xlat_way { WAY_READ, WAY_WRITE, WAY_ALIAS };
/* Maps what lies at this linear address; without paging. */
enum xlat_filled xlat_window_fill(struct interp *c, uint32_t linear, enum xlat_way way);
/* This physical page holds code now. */
void xlat_window_protect(struct xlat *t, uint32_t phys);
/* With paging, before translated code runs: what the window shows is what the page tables say. */
void xlat_window_verify(struct interp *c);

/* ---- enter.c ---- */
/* Emits the ways in and out at the start of the buffer. */
void xlat_emit_ways(struct xlat *t);
/* Faults of this translator's code are caught from here on; false: too many translators. */
bool xlat_watch(struct xlat *t);
void xlat_unwatch(struct xlat *t);
/* The window in use, for the thread that runs translated code, each time before. */
void xlat_attach(const struct xlat *t);

/* ---- stop.c ---- */
/* Before translated code is entered: lets it run again after a stop; false: there is an event. */
bool xlat_go(struct interp *c);
void xlat_alarm_free(struct xlat *t);

/* ---- fpu.c ---- */
bool xlat_is_x87(const struct insn *i);
/* The first x87 or MMX instruction from k on, or NULL. */
struct insn *xlat_next_x87(struct block *b, unsigned k);
/* Names the last x87 instruction and its operand in x.fpu: of the blocks that ran to their end; and
 * of translated code that came to instruction k of a block. */
void xlat_fpu_named(struct interp *c);
void xlat_fpu_before(struct interp *c, const struct block *b, unsigned k);
/* Instruction k faulted: undoes what the host did to the guest's x87 state before. */
void xlat_fpu_faulted(const struct interp *c, const struct block *b, unsigned k);

/* ---- string.c ---- */
/* Is it a repeated instruction that is translated? */
bool xlat_is_repeat(const struct insn *i);
/* Some of its turns were done when it faulted: makes state and budget so. */
void xlat_repeat_broken(struct interp *c, const struct insn *i);

/* ---- device.c ---- */
/* Is it one that may go there at once? */
bool xlat_is_move(const struct insn *i);

/* Called from translated code; negative: it goes on. */
int xlat_fpu_step(struct interp *c, struct block *b, unsigned k);
int xlat_step(struct interp *c, struct block *b, unsigned k);
int xlat_device_load(struct interp *c, struct block *b, unsigned what, uint32_t phys);
int xlat_device_store(struct interp *c, struct block *b, unsigned what, uint32_t phys);
/* At the end of such a call: what follows in the block is not executed; or it is, but no other
 * block, for there is an event. */
int xlat_end_block(struct interp *c);
void xlat_end_soon(struct interp *c);

#endif
