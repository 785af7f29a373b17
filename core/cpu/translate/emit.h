/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_TRANSLATE_EMIT_H
#define CORE_CPU_TRANSLATE_EMIT_H

/*
 * Bytes of host code.  Source: Intel SDM volume 2, chapter 2 (REX, VEX, ModRM, SIB).
 *
 * None of the instructions made here touches a flag, but emit_guest(), which makes the guest's own.
 */

#include <string.h>

#include "core/cpu/translate/xlat.h"

enum host_reg {
    H_RAX,
    H_RCX,
    H_RDX,
    H_RBX,
    H_RSP,
    H_RBP,
    H_RSI,
    H_RDI,
    H_R8,
    H_R9,
    H_R10,
    H_R11,
    H_R12,
    H_R13,
    H_R14,
    H_R15,
    H_ESP = H_R12,  /* the guest's */
    H_STACK = H_R9, /* the base of SS */
    H_LINEAR = H_R10,
    H_ENTRY = H_R11,
    H_TABLES = H_R13,
    H_BUDGET = H_R14,
    H_STATE = H_R15,
};

/*
 * r13 and r15 also serve as shift counts, of which only the low five bits count: r13 shifts by 12,
 * for bytes, r15 by 11, for words.
 */
enum { TABLES_BIAS = 12, STATE_BIAS = 11, DWORD_SHIFT = 10 };

/* Displacement of a field of struct interp from r15. */
#define STATE(field) ((int32_t)offsetof(struct interp, field) - STATE_BIAS)
#define STATE_GPR(n) (STATE(x.gpr) + 4 * (int32_t)(n))

/* gs:[base + index << scale + disp]; -1: none; low: in 32 bits. */
struct host_operand {
    int8_t base, index;
    uint8_t scale;
    bool low;
    int32_t disp;
};

/* A block being translated. */
struct emit {
    struct xlat *t;
    struct interp *c;
    uint8_t *p;
    const struct xlat_mode *mode;
    struct block *block;
    struct xlat_code *code;
    struct host_operand operand; /* of the last access */
    unsigned k;                  /* instruction at hand */
    bool native;                 /* here the x87 state is in the host for sure */
    /* Jumps that leave the block: a jump's rel32 and the address it goes to. */
    struct {
        uint32_t place, eip;
    } exits[4];
    unsigned exit_count;
};

static inline uint32_t emit_place(const struct emit *e)
{
    return (uint32_t)(e->p - e->t->rw);
}

static inline void e8(struct emit *e, unsigned byte)
{
    *e->p++ = (uint8_t)byte;
}

static inline void e16(struct emit *e, unsigned word)
{
    uint16_t w = (uint16_t)word;

    memcpy(e->p, &w, 2);
    e->p += 2;
}

static inline void e32(struct emit *e, uint32_t value)
{
    memcpy(e->p, &value, 4);
    e->p += 4;
}

static inline void e64(struct emit *e, uint64_t value)
{
    memcpy(e->p, &value, 8);
    e->p += 8;
}

static inline int host_of(unsigned guest)
{
    return guest == R_ESP ? (int)H_ESP : (int)guest;
}

/* ---- general encodings ---- */

/* REX for reg, index and base numbers (0-15; -1: none) unless none is needed. */
static inline void e_rex(struct emit *e, bool w, int reg, int index, int base)
{
    unsigned rex =
        0x40 | (w ? 8 : 0) | (reg > 7 ? 4 : 0) | (index > 7 ? 2 : 0) | (base > 7 ? 1 : 0);

    if (rex != 0x40)
        e8(e, rex);
}

/* ModRM and displacement for [base + disp]. */
static inline void e_mem(struct emit *e, int reg, int base, int32_t disp)
{
    bool small = disp >= -128 && disp < 128;
    unsigned mod = disp == 0 && (base & 7) != 5 ? 0 : small ? 0x40 : 0x80;

    e8(e, mod | (reg & 7) << 3 | (base & 7));
    if ((base & 7) == 4)
        e8(e, 0x24);
    if (mod == 0x40)
        e8(e, (unsigned)disp);
    else if (mod == 0x80)
        e32(e, (uint32_t)disp);
}

/* The same for [base + index << scale + disp32]; base -1: none. */
static inline void e_sib(struct emit *e, int reg, int base, int index, unsigned scale, int32_t disp)
{
    bool small = disp >= -128 && disp < 128 && base >= 0;
    unsigned mod = base < 0 ? 0 : disp == 0 && (base & 7) != 5 ? 0 : small ? 0x40 : 0x80;

    e8(e, mod | (reg & 7) << 3 | 4);
    e8(e, scale << 6 | (index & 7) << 3 | (base < 0 ? 5 : base & 7));
    if (base < 0 || mod == 0x80)
        e32(e, (uint32_t)disp);
    else if (mod == 0x40)
        e8(e, (unsigned)disp);
}

/* ---- moves ---- */

static inline void e_mov(struct emit *e, int to, int from) /* 32 bits */
{
    e_rex(e, false, from, -1, to);
    e8(e, 0x89);
    e8(e, 0xc0 | (from & 7) << 3 | (to & 7));
}

static inline void e_mov16(struct emit *e, int to, int from)
{
    e8(e, 0x66);
    e_mov(e, to, from);
}

static inline void e_movzx16(struct emit *e, int to, int from)
{
    e_rex(e, false, to, -1, from);
    e16(e, 0xb70f);
    e8(e, 0xc0 | (to & 7) << 3 | (from & 7));
}

static inline void e_mov_imm(struct emit *e, int to, uint32_t value)
{
    e_rex(e, false, -1, -1, to);
    e8(e, 0xb8 | (to & 7));
    e32(e, value);
}

static inline void e_mov_imm64(struct emit *e, int to, uint64_t value)
{
    e_rex(e, true, -1, -1, to);
    e8(e, 0xb8 | (to & 7));
    e64(e, value);
}

static inline void e_load(struct emit *e, int to, int base, int32_t disp)
{
    e_rex(e, false, to, -1, base);
    e8(e, 0x8b);
    e_mem(e, to, base, disp);
}

static inline void e_load64(struct emit *e, int to, int base, int32_t disp)
{
    e_rex(e, true, to, -1, base);
    e8(e, 0x8b);
    e_mem(e, to, base, disp);
}

static inline void e_load_u16(struct emit *e, int to, int base, int32_t disp)
{
    e_rex(e, false, to, -1, base);
    e16(e, 0xb70f);
    e_mem(e, to, base, disp);
}

static inline void e_store(struct emit *e, int base, int32_t disp, int from)
{
    e_rex(e, false, from, -1, base);
    e8(e, 0x89);
    e_mem(e, from, base, disp);
}

static inline void e_store_imm(struct emit *e, int base, int32_t disp, uint32_t value)
{
    e_rex(e, false, 0, -1, base);
    e8(e, 0xc7);
    e_mem(e, 0, base, disp);
    e32(e, value);
}

static inline void e_store64(struct emit *e, int base, int32_t disp, int from)
{
    e_rex(e, true, from, -1, base);
    e8(e, 0x89);
    e_mem(e, from, base, disp);
}

static inline void e_store16(struct emit *e, int base, int32_t disp, int from)
{
    e8(e, 0x66);
    e_store(e, base, disp, from);
}

/* ---- arithmetic without flags ---- */

/* 32 bits: to = base + index << scale + disp; -1: none */
static inline void e_lea(struct emit *e, int to, int base, int index, unsigned scale, int32_t disp)
{
    e_rex(e, false, to, index, base);
    e8(e, 0x8d);
    if (index < 0 && base >= 0)
        e_mem(e, to, base, disp);
    else if (index < 0) /* no base: SIB without index */
        e_sib(e, to, -1, H_RSP, 0, disp);
    else
        e_sib(e, to, base, index, scale, disp);
}

static inline void e_lea64(struct emit *e, int to, int base, int index, unsigned scale,
                           int32_t disp)
{
    e_rex(e, true, to, index, base);
    e8(e, 0x8d);
    if (index < 0)
        e_mem(e, to, base, disp);
    else
        e_sib(e, to, base, index, scale, disp);
}

/* VEX.map.pp with W; reg is the destination, v the second source. */
static inline void e_vex(struct emit *e, unsigned map, unsigned pp, bool w, int reg, int rm, int v,
                         unsigned opcode)
{
    e8(e, 0xc4);
    e8(e, (reg > 7 ? 0 : 0x80) | 0x40 | (rm > 7 ? 0 : 0x20) | map);
    e8(e, (w ? 0x80 : 0) | (~(unsigned)v & 15) << 3 | pp);
    e8(e, opcode);
    e8(e, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

/*
 * Without BMI2 the shifts are done in xmm0 and xmm1, which no guest has: SSE2 touches no flag
 * either.  The count is what the register is known to hold.
 */
enum { SSE_SHR = 2 << 3, SSE_SAR = 4 << 3, SSE_SHL = 6 << 3 };

/* movd or movq between a register and xmm */
static inline void e_movd(struct emit *e, bool w, unsigned xmm, int reg, bool to_xmm)
{
    e8(e, 0x66);
    e_rex(e, w, 0, -1, reg);
    e16(e, to_xmm ? 0x6e0f : 0x7e0f);
    e8(e, 0xc0 | xmm << 3 | (reg & 7));
}

/* psrld, psrad, pslld xmm, count */
static inline void e_sse_shift(struct emit *e, unsigned kind, unsigned xmm, unsigned count)
{
    e8(e, 0x66);
    e16(e, 0x720f);
    e8(e, 0xc0 | kind | xmm);
    e8(e, count);
}

static inline void e_shift(struct emit *e, unsigned kind, int to, int from, unsigned count)
{
    e_movd(e, false, 0, from, true);
    e_sse_shift(e, kind, 0, count);
    e_movd(e, false, 0, to, false);
}

/* All 64 bits are bit 63. */
static inline void e_sign64(struct emit *e, int to, int from)
{
    e_movd(e, true, 0, from, true);
    e8(e, 0x66); /* pshufd xmm0, xmm0: twice the high half */
    e16(e, 0x700f);
    e16(e, 0xf5c0);
    e_sse_shift(e, SSE_SAR, 0, 31);
    e_movd(e, true, 0, to, false);
}

static inline void e_rotate(struct emit *e, int to, int from, unsigned count)
{
    e_movd(e, false, 0, from, true);
    e_movd(e, false, 1, from, true);
    e_sse_shift(e, SSE_SHR, 0, count);
    e_sse_shift(e, SSE_SHL, 1, 32 - count);
    e8(e, 0x66); /* por xmm0, xmm1 */
    e16(e, 0xeb0f);
    e8(e, 0xc1);
    e_movd(e, false, 0, to, false);
}

/* count: r13 or r15 */
static inline void e_shrx(struct emit *e, int to, int from, int count)
{
    if (e->t->no_bmi2)
        e_shift(e, SSE_SHR, to, from, count == H_TABLES ? TABLES_BIAS : STATE_BIAS);
    else
        e_vex(e, 2, 3, false, to, from, count, 0xf7);
}

/* by a number; r8 may change */
static inline void e_shr_imm(struct emit *e, int to, int from, unsigned count)
{
    if (e->t->no_bmi2) {
        e_shift(e, SSE_SHR, to, from, count);
        return;
    }
    e_mov_imm(e, H_R8, count);
    e_vex(e, 2, 3, false, to, from, H_R8, 0xf7);
}

/* count: a register that holds 63 if w, else 31 */
static inline void e_sarx(struct emit *e, int to, int from, int count, bool w)
{
    if (e->t->no_bmi2 && w)
        e_sign64(e, to, from);
    else if (e->t->no_bmi2)
        e_shift(e, SSE_SAR, to, from, 31);
    else
        e_vex(e, 2, 2, w, to, from, count, 0xf7);
}

/* count: a register that holds 21 */
static inline void e_shlx(struct emit *e, int to, int from, int count)
{
    if (e->t->no_bmi2)
        e_shift(e, SSE_SHL, to, from, 21);
    else
        e_vex(e, 2, 1, false, to, from, count, 0xf7);
}

static inline void e_rorx(struct emit *e, int to, int from, unsigned count)
{
    if (e->t->no_bmi2) {
        e_rotate(e, to, from, count);
        return;
    }
    e_vex(e, 3, 3, false, to, from, 0, 0xf0);
    e8(e, count);
}

static inline void e_not64(struct emit *e, int reg)
{
    e_rex(e, true, -1, -1, reg);
    e8(e, 0xf7);
    e8(e, 0xd0 | (reg & 7));
}

/* ---- jumps; places are offsets in the buffer ---- */

static inline void e_jump_to(struct emit *e, uint32_t place)
{
    e8(e, 0xe9);
    e32(e, place - (emit_place(e) + 4));
}

static inline void e_call_to(struct emit *e, uint32_t place)
{
    e8(e, 0xe8);
    e32(e, place - (emit_place(e) + 4));
}

/* Sets the rel32 at `at`. */
static inline void e_patch(struct xlat *t, uint32_t at, uint32_t place)
{
    uint32_t rel = place - (at + 4);

    memcpy(t->rw + at, &rel, 4);
}

/* Sets the rel8 that lies before `from`, to here. */
static inline void e_patch8(struct emit *e, uint32_t from)
{
    e->t->rw[from - 1] = (uint8_t)(emit_place(e) - from);
}

/* JRCXZ; the target is set by e_patch8() with the result. */
static inline uint32_t e_jrcxz(struct emit *e)
{
    e16(e, 0x00e3);
    return emit_place(e);
}

/* ---- mem.c ---- */

/* Offset of the memory operand into r10d, without the segment's base. */
void emit_offset(struct emit *e, const struct insn *i);
/* From offset r10d in a segment to e->operand, which needs r10 and r11, for an access of `size`
 * bytes; wide: the offset may lie above FFFFh.  May change r8.  False: not by translated
 * code. */
bool emit_access(struct emit *e, const struct insn *i, unsigned seg, bool wide, unsigned size,
                 bool write);
/* Is r10d then still what it was? */
bool emit_keeps_offset(const struct emit *e, const struct insn *i, bool write);
/* e->operand for an access at ESP + n; with a 16-bit stack r10d is the offset. */
bool emit_stack_operand(struct emit *e, const struct insn *i, int32_t n, unsigned size, bool write);
/* Both for the ModRM operand. */
bool emit_operand(struct emit *e, const struct insn *i, unsigned size, bool write);
/* Linear address of the ModRM operand into r10d; changes r8 and r11. */
bool emit_linear(struct emit *e, const struct insn *i, unsigned size, bool write);
/* An instruction with e->operand and a register. */
void emit_window(struct emit *e, bool op16, unsigned opcode, bool two, int reg);
/* mov reg, gs:[..] and back, zero-extended when loaded into r8 and above */
void emit_load(struct emit *e, int reg, unsigned size);
void emit_store(struct emit *e, int reg, unsigned size);

/* ---- insn.c, stack.c, string.c, device.c: false: the interpreter's ---- */
bool emit_insn(struct emit *e, const struct insn *i);
bool emit_stack_insn(struct emit *e, const struct insn *i);
bool emit_string_insn(struct emit *e, const struct insn *i);
bool emit_x87(struct emit *e, const struct insn *i); /* fpu.c */
/* Makes sure that the x87 state is in the host; the interpreter may have to go on at e->k. */
void emit_need_x87(struct emit *e);
/* Does the block begin better with that? */
bool emit_wants_x87(const struct emit *e);
bool emit_device(struct emit *e, const struct insn *i); /* a move at SITE_DEVICE */
bool emit_repeat(struct emit *e, const struct insn *i); /* REP, the end of a block */
/* Stores r8 (or the low word of it) below the stack and moves ESP; leaves no trace if it faults. */
bool emit_push(struct emit *e, const struct insn *i, int reg, unsigned size);
/* Loads r8d from the top of the stack, zero-extended; ESP stays. */
bool emit_top(struct emit *e, const struct insn *i, unsigned size);
void emit_add_esp(struct emit *e, int32_t n); /* changes r10 with a 16-bit stack */

/* ---- branch.c ---- */
/* The instruction that ends a block; false: the interpreter's. */
bool emit_branch(struct emit *e, const struct insn *i);
/* A jump to an address inside CS, to be linked. */
void emit_goto(struct emit *e, uint32_t eip);
/* push imm: a return address */
bool emit_push_constant(struct emit *e, const struct insn *i, uint32_t value, unsigned size);
/* Interprets instruction k and whatever follows. */
void emit_resume(struct emit *e, unsigned k);

#endif
