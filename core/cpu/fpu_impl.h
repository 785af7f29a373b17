/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_FPU_IMPL_H
#define CORE_CPU_FPU_IMPL_H

/*
 * What the files of the x87 and mmx.c share.  Names of bits as in SDM volume 1, chapter 8.
 *
 *   fpu.c        handlers of arithmetic and compares; the dispatch table
 *   fpu_move.c   handlers of loads, stores and moves within the stack
 *   fpu_exact.c  any instruction, the exact way
 *   fpu_env.c    state in and out, pending exceptions, control instructions, FXSAVE
 *
 * Each instruction has a quick way and an exact way.  The quick way computes with an inline thunk
 * or in integers, as if all exceptions were masked.  Whatever is not plain (a register that is
 * empty or should be, an exception that the guest wants to see, special operands) and every rare
 * instruction goes the exact way: the host executes the same instruction on the whole state.  So a
 * quick way gives up before it has changed anything but the host's flags, which the exact way
 * clears.  All handlers are chained (ops.h).  A quick one leaves for anything slow by a call in
 * tail position, so that it needs no frame; the slow one sets c->current, and goes on to the next.
 */

#include "core/cpu/access.h"
#include "core/cpu/fpu.h"
#include "core/cpu/ops.h"

/*
 * For what has variables whose address is taken: they keep the compiler from making a jump of NEXT,
 * and blocks follow one another by NEXT for as long as the guest likes.  So such work is done in a
 * function of its own, which returns to the chained handler.
 */
#define FPU_APART __attribute__((noinline))

enum {
    SW_IE = 1 << 0, /* invalid operation; with SF: stack fault */
    SW_DE = 1 << 1,
    SW_ZE = 1 << 2,
    SW_OE = 1 << 3,
    SW_UE = 1 << 4,
    SW_PE = 1 << 5,
    SW_EXC = 0x3f,
    SW_SF = 1 << 6,
    SW_ES = 1 << 7, /* an unmasked exception is pending */
    SW_C0 = 1 << 8,
    SW_C1 = 1 << 9,
    SW_C2 = 1 << 10,
    SW_TOP = 7 << 11,
    SW_C3 = 1 << 14,
    SW_CC = SW_C0 | SW_C1 | SW_C2 | SW_C3,
    SW_B = 1 << 15, /* follows ES since the 387 */
};

enum {
    CW_MASKS = 0x3f,
    CW_ONE = 0x40,       /* always set */
    CW_USED = 0x1f3f,    /* masks, precision, rounding, infinity control (without effect) */
    CW_CONTROL = 0x0f00, /* precision and rounding: what the host must know */
    CW_INIT = 0x037f,
};

/* ---- fpu_env.c ---- */
/* The slow part of fpu_begin(): takes the state in; raises #NM or #MF, or freezes. */
void fpu_wait(struct interp *c);
/* Takes x.fpu into c->fpu unless it is there already. */
void fpu_enter(struct interp *c);
/* Recomputes ES, B and the FERR# pin after flags or masks changed. */
void fpu_update_error(struct interp *c);
void fpu_set_cw(struct interp *c, uint16_t cw);
/* Bits of x.fpu.ftw that are not 11 <-> fpu.full, for a given TOP */
uint8_t fpu_mask_of_tags(uint16_t ftw, unsigned top);
uint16_t fpu_tags_of_mask(uint8_t full, unsigned top);
/* #NM for the instructions that do not wait; then takes the state in. */
void fpu_begin_nowait(struct interp *c, const struct insn *i);

void fpu_fldenv(struct interp *c, const struct insn *i);
void fpu_fnstenv(struct interp *c, const struct insn *i);
void fpu_frstor(struct interp *c, const struct insn *i);
void fpu_fnsave(struct interp *c, const struct insn *i);
void fpu_fldcw(struct interp *c, const struct insn *i);
void fpu_fnstcw(struct interp *c, const struct insn *i);
void fpu_fnstsw(struct interp *c, const struct insn *i);
void fpu_fnstsw_ax(struct interp *c, const struct insn *i);
void fpu_fninit(struct interp *c, const struct insn *i);
void fpu_fnclex(struct interp *c, const struct insn *i);
void fpu_fnop_nowait(struct interp *c, const struct insn *i);

/* ---- fpu_move.c ---- */
void fpu_fld_m32(struct interp *c, const struct insn *i);
void fpu_fld_m64(struct interp *c, const struct insn *i);
void fpu_fld_m80(struct interp *c, const struct insn *i);
void fpu_fild_i16(struct interp *c, const struct insn *i);
void fpu_fild_i32(struct interp *c, const struct insn *i);
void fpu_fild_i64(struct interp *c, const struct insn *i);
void fpu_fst_m32(struct interp *c, const struct insn *i);
void fpu_fstp_m32(struct interp *c, const struct insn *i);
void fpu_fst_m64(struct interp *c, const struct insn *i);
void fpu_fstp_m64(struct interp *c, const struct insn *i);
void fpu_fstp_m80(struct interp *c, const struct insn *i);
void fpu_fist_i16(struct interp *c, const struct insn *i);
void fpu_fistp_i16(struct interp *c, const struct insn *i);
void fpu_fist_i32(struct interp *c, const struct insn *i);
void fpu_fistp_i32(struct interp *c, const struct insn *i);
void fpu_fistp_i64(struct interp *c, const struct insn *i);
void fpu_fld_i(struct interp *c, const struct insn *i);
void fpu_fst_i(struct interp *c, const struct insn *i);
void fpu_fstp_i(struct interp *c, const struct insn *i);
void fpu_fxch(struct interp *c, const struct insn *i);
void fpu_fcmov(struct interp *c, const struct insn *i);
void fpu_ffree(struct interp *c, const struct insn *i);
void fpu_ffreep(struct interp *c, const struct insn *i);
void fpu_fincstp(struct interp *c, const struct insn *i);
void fpu_fdecstp(struct interp *c, const struct insn *i);

/* ---- fpu_exact.c; handlers may jump to these two once fpu_plain() was true ---- */
void fpu_exact_reg(struct interp *c, const struct insn *i);
void fpu_exact_mem(struct interp *c, const struct insn *i);
/* From their beginning */
void fpu_any_reg(struct interp *c, const struct insn *i);
void fpu_any_mem(struct interp *c, const struct insn *i);
/* fpu_plain() was false: raises, freezes, or takes the state in and executes the instruction. */
void fpu_retry(struct interp *c, const struct insn *i);

/* ---- inline parts ---- */

/* Nothing in the way of a waiting instruction?  If not: fpu_retry(). */
static inline bool fpu_plain(const struct interp *c)
{
    return likely(!(c->x.cr0 & (CR0_EM | CR0_TS)) && c->fpu.ready);
}

/* Begin of a waiting instruction that is not quick. */
static inline void fpu_begin(struct interp *c, const struct insn *i)
{
    c->current = i;
    if (!fpu_plain(c))
        fpu_wait(c);
}

static inline unsigned fpu_phys(const struct fpu_live *f, unsigned n)
{
    return (f->top + n) & 7;
}

static inline uint16_t fpu_status(const struct fpu_live *f)
{
    return (uint16_t)(f->sw | f->top << 11);
}

/* Instruction pointer and opcode of a non-control instruction. */
static inline void fpu_note(struct interp *c, const struct insn *i)
{
    _Static_assert(offsetof(struct insn, modrm) == offsetof(struct insn, opcode) + 1, "one word");

    c->x.fpu.fip = c->block_eip + i->offset;
    c->x.fpu.fcs = c->x.seg[S_CS].selector;
    memcpy(&c->fpu.op, &i->opcode, sizeof(c->fpu.op));
}

static inline void fpu_note_data(struct interp *c, const struct insn *i, uint32_t offset)
{
    fpu_note(c, i);
    c->x.fpu.fdp = offset;
    c->x.fpu.fds = c->x.seg[i->seg].selector;
}

/* Where the operand can be accessed directly; NULL: only by cpu_read_bytes, cpu_write_bytes. */
static inline const void *fpu_source(struct interp *c, const struct insn *i, uint32_t offset,
                                     unsigned size)
{
    return op_host_at(c, i->seg, offset, size, false);
}

static inline void *fpu_target(struct interp *c, const struct insn *i, uint32_t offset,
                               unsigned size)
{
    return op_host_at(c, i->seg, offset, size, true);
}

/* ---- the register stack ---- */

static inline struct fpu_reg *fpu_st(struct fpu_live *f, unsigned n)
{
    return &f->reg[fpu_phys(f, n)];
}

static inline void fpu_copy(struct fpu_reg *dst, const struct fpu_reg *src)
{
    dst->mant = src->mant;
    dst->exp = src->exp;
}

static inline bool fpu_full(const struct fpu_live *f, unsigned n)
{
    return f->full >> n & 1;
}

/* ST(0) and ST(n) */
static inline bool fpu_both_full(const struct fpu_live *f, unsigned n)
{
    return f->full >> n & f->full & 1;
}

static inline void fpu_turn(struct fpu_live *f, unsigned by)
{
    f->top = (f->top + by) & 7;
    f->full = (uint8_t)(f->full >> by | f->full << (8 - by));
}

static inline void fpu_pop(struct fpu_live *f)
{
    f->full >>= 1; /* what becomes ST(7) is empty */
    f->top = (f->top + 1) & 7;
}

/* Makes ST(7), which the caller has filled and knows to have been empty, ST(0). */
static inline void fpu_push(struct fpu_live *f)
{
    f->full = (uint8_t)(f->full << 1 | 1);
    f->top = (f->top - 1) & 7;
}

/* Flags add up; of the condition codes those in cc are the operation's. */
static inline void fpu_merge(struct fpu_live *f, uint16_t sw, uint16_t cc)
{
    f->sw = (uint16_t)((f->sw & ~cc) | (sw & (SW_EXC | cc)));
}

static inline void fpu_clear_c1(struct fpu_live *f)
{
    f->sw &= (uint16_t)~SW_C1;
}

#endif
