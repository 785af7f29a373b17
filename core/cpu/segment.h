/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_SEGMENT_H
#define CORE_CPU_SEGMENT_H

/*
 * What the files of the protected-mode machinery (segment.c, gate.c, task.c, system.c, exception.c)
 * share among themselves.
 */

#include <string.h>

#include "core/cpu/access.h"

enum {
    /* What IRET and POPF may load at any privilege */
    FL_FREE16 = FL_ARITH | FL_TF | FL_DF | FL_NT,
    FL_FREE32 = FL_FREE16 | FL_AC | FL_ID,
    /* All flags there are, but the one that is always set */
    FL_DEFINED = FL_FREE32 | FL_IF | FL_IOPL | FL_RF | FL_VM | FL_VIF | FL_VIP,
};

#define CR3_DEFINED 0xfffff018u

/* A descriptor as it lies in the table. */
struct descriptor {
    uint32_t lo, hi;
    uint32_t linear; /* where it was found */
    uint16_t selector;
};

/* Types of system descriptors */
enum {
    DESC_TSS16 = 1,
    DESC_LDT = 2,
    DESC_TSS16_BUSY = 3,
    DESC_CALL16 = 4,
    DESC_TASK_GATE = 5,
    DESC_INTR16 = 6,
    DESC_TRAP16 = 7,
    DESC_TSS32 = 9,
    DESC_TSS32_BUSY = 11,
    DESC_CALL32 = 12,
    DESC_INTR32 = 14,
    DESC_TRAP32 = 15,
    DESC_BUSY = 2,      /* the bit that makes a TSS busy */
    DESC_32 = 8,        /* the bit that makes a TSS or gate a 32-bit one */
    DESC_S_TYPE = 0x1f, /* type with the S bit */
};

static inline uint32_t desc_base(const struct descriptor *d)
{
    return d->lo >> 16 | (d->hi & 0xff) << 16 | (d->hi & 0xff000000);
}

static inline uint32_t desc_limit(const struct descriptor *d)
{
    uint32_t limit = (d->lo & 0xffff) | (d->hi & 0x000f0000);

    return d->hi & (SEG_G << 8) ? limit << 12 | 0xfff : limit;
}

/* SEG_* bits */
static inline uint16_t desc_attr(const struct descriptor *d)
{
    return d->hi >> 8 & 0xf0ff;
}

static inline unsigned desc_dpl(const struct descriptor *d)
{
    return d->hi >> 13 & 3;
}

static inline bool desc_present(const struct descriptor *d)
{
    return d->hi & SEG_P << 8;
}

/* Type and S bit: DESC_* for system descriptors, SEG_S | ... for the others. */
static inline unsigned desc_type(const struct descriptor *d)
{
    return d->hi >> 8 & DESC_S_TYPE;
}

static inline bool desc_is_code(const struct descriptor *d)
{
    return (desc_type(d) & (SEG_S | SEG_CODE)) == (SEG_S | SEG_CODE);
}

static inline bool desc_is_conforming(const struct descriptor *d)
{
    return (desc_type(d) & (SEG_S | SEG_CODE | SEG_EC)) == (SEG_S | SEG_CODE | SEG_EC);
}

static inline bool desc_is_writable(const struct descriptor *d)
{
    return (desc_type(d) & (SEG_S | SEG_CODE | SEG_W)) == (SEG_S | SEG_W);
}

/* Data, or code that may be read */
static inline bool desc_is_readable(const struct descriptor *d)
{
    unsigned type = desc_type(d);

    return (type & SEG_S) && (!(type & SEG_CODE) || (type & SEG_W));
}

static inline bool selector_is_null(uint16_t selector)
{
    return !(selector & 0xfffc);
}

/* Fault with a selector as its error code (RPL bits cleared; EXT is added where it belongs). */
_Noreturn void desc_fault(struct interp *c, unsigned vector, uint16_t selector);

/* Reads a descriptor; false: beyond the table's limit.  Null is for the caller to judge. */
bool desc_read(struct interp *c, uint16_t selector, struct descriptor *d);
/* Same; raises `vector` with the selector instead. */
void desc_need(struct interp *c, uint16_t selector, struct descriptor *d, unsigned vector);
/* Sets the accessed bit of a code or data descriptor in its table. */
void desc_mark_accessed(struct interp *c, struct descriptor *d);

/* What the register holds once the descriptor is loaded; no checks. */
struct x86_segment seg_from(const struct descriptor *d, uint16_t selector);
/* A register with a null selector (or one that could not be loaded). */
struct x86_segment seg_null(uint16_t selector);
/* 64 KB at selector * 16, as in V86. */
struct x86_segment seg_v86(uint16_t selector);

/* Loads CS (marks the descriptor accessed); CPL is the caller's to set, through SS. */
void seg_load_cs(struct interp *c, struct descriptor *d, unsigned rpl);
/* Checks a stack segment for privilege `cpl`: `vector` on a bad one (#GP or #TS), #SS if not
 * present; marks it accessed and returns its register value.  Null is bad too. */
struct x86_segment seg_check_stack(struct interp *c, uint16_t selector, unsigned cpl,
                                   unsigned vector);

/* A stack being written or read, committed by the caller. */
struct stack {
    struct x86_segment seg;
    uint32_t esp;
    bool prot;           /* SS holds a descriptor (not real mode, not V86) */
    bool user;           /* accessed with the rights of CPL 3 */
    uint16_t fault_code; /* of #SS when there is no room */
};

/* The current stack */
struct stack stack_current(struct interp *c);
void stack_push(struct interp *c, struct stack *s, uint32_t value, bool op32);
uint32_t stack_pop(struct interp *c, struct stack *s, bool op32);
/* Skips n bytes up. */
void stack_skip(struct stack *s, uint32_t n);
/* Loads ESP or SP from the stack; SS stays. */
void stack_commit(struct interp *c, const struct stack *s);

/* Adds to ESP or SP, as SS.B says. */
static inline void cpu_add_esp(struct interp *c, uint32_t n)
{
    uint32_t esp = c->x.gpr[R_ESP] + n;

    if (!c->stack32)
        esp = (c->x.gpr[R_ESP] & 0xffff0000) | (esp & 0xffff);
    c->x.gpr[R_ESP] = esp;
}

/* Makes the run loop look at x before the next instruction.  The locked operation is spared where
 * the bit is set already; only the loop clears it. */
static inline void cpu_wake(struct interp *c)
{
    if (!(atomic_load_explicit(&c->events, memory_order_relaxed) & EV_CHECK))
        atomic_fetch_or(&c->events, EV_CHECK);
}

/* Replaces the flags of the mask; wakes the loop only if it has to look at them. */
void cpu_merge_flags(struct interp *c, uint32_t value, uint32_t mask);

static inline unsigned cpu_iopl(const struct interp *c)
{
    return c->x.eflags >> 12 & 3;
}

static inline void cpu_need_cpl0(struct interp *c)
{
    if (c->cpl != 0)
        cpu_raise_code(c, EXC_GP, 0);
}

/* ---- sysreg.c ---- */

/* After checks: the new CR0, with all that follows from it. */
void cpu_set_cr0(struct interp *c, uint32_t value);

/* ---- task.c ---- */

enum task_switch { TASK_JUMP, TASK_CALL /* and interrupts */, TASK_IRET };
/* JMP and CALL to a TSS, after its type and privilege were checked; the old task is to go on at
 * return_eip. */
void task_direct(struct interp *c, struct descriptor *d, enum task_switch how, uint32_t return_eip);
/* Task gate, after the gate itself was checked. */
void task_gate(struct interp *c, const struct descriptor *gate, enum task_switch how,
               uint32_t return_eip);
/* IRET with NT set */
void task_return(struct interp *c);
/* SS:ESP for an inner privilege level, from the TSS; #TS where it has none. */
void task_stack(struct interp *c, unsigned cpl, uint16_t *ss, uint32_t *esp);
/* Is interrupt n redirected to the V86 program's own handler (CR4.VME)? */
bool task_redirects(struct interp *c, unsigned vector);

#endif
