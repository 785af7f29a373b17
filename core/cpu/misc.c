/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decimal adjustment, flag instructions, BOUND, and what is no instruction.
 * Source: Intel SDM volume 2.
 */

#include "core/cpu/ops.h"

#define AL R8(INSN_BYTE_REG(0))
#define AH R8(INSN_BYTE_REG(4))

static uint32_t szp(uint8_t value)
{
    return (value ? 0 : FL_ZF) | (value & FL_SF) | flags_parity[value];
}

OP(op_daa)
{
    uint8_t al = AL;
    bool cf = flag_c(c), af = flag_a(c);
    bool high = al > 0x99 || cf;

    af = af || (al & 15) > 9;
    if (af)
        AL += 6;
    if (high)
        AL += 0x60;
    flags_load(c, szp(AL) | (high ? FL_CF : 0) | (af ? FL_AF : 0));
    NEXT;
}

OP(op_das)
{
    uint8_t al = AL;
    bool cf = flag_c(c), af = flag_a(c);
    bool high = al > 0x99 || cf, borrow = false;

    af = af || (al & 15) > 9;
    if (af) {
        borrow = al < 6;
        AL -= 6;
    }
    if (high)
        AL -= 0x60;
    flags_load(c, szp(AL) | (high || borrow ? FL_CF : 0) | (af ? FL_AF : 0));
    NEXT;
}

/* AAA and AAS adjust AX as a whole on the 286 and later. */
OP(op_aaa)
{
    bool adjust = flag_a(c) || (AL & 15) > 9;

    if (adjust)
        R16(R_EAX) += 0x106;
    AL &= 15;
    flags_load(c, szp(AL) | (adjust ? FL_CF | FL_AF : 0));
    NEXT;
}

OP(op_aas)
{
    bool adjust = flag_a(c) || (AL & 15) > 9;

    if (adjust)
        R16(R_EAX) -= 0x106;
    AL &= 15;
    flags_load(c, szp(AL) | (adjust ? FL_CF | FL_AF : 0));
    NEXT;
}

OP(op_aam)
{
    uint8_t base = (uint8_t)i->imm, al = AL;

    if (!base) {
        c->current = i;
        cpu_raise(c, EXC_DE);
    }
    SET8(INSN_BYTE_REG(4), al / base);
    SET8(INSN_BYTE_REG(0), al % base);
    flags_load(c, szp(AL));
    NEXT;
}

OP(op_aad)
{
    SET16(R_EAX, (uint8_t)(AL + AH * i->imm));
    flags_load(c, szp(AL));
    NEXT;
}

OP(op_salc)
{
    SET8(INSN_BYTE_REG(0), flag_c(c) ? 0xff : 0);
    NEXT;
}

/* ---- flags ---- */

OP(op_sahf)
{
    flags_load(c, (AH & (FL_SF | FL_ZF | FL_AF | FL_PF | FL_CF)) | (flag_o(c) ? FL_OF : 0));
    NEXT;
}

OP(op_lahf)
{
    SET8(INSN_BYTE_REG(4), (uint8_t)(cpu_flags(c) | FL_ONE));
    NEXT;
}

OP(op_clc)
{
    c->lf.cf = 0;
    NEXT;
}

OP(op_stc)
{
    c->lf.cf = 1;
    NEXT;
}

OP(op_cmc)
{
    c->lf.cf = !c->lf.cf;
    NEXT;
}

OP(op_cld)
{
    c->x.eflags &= ~(uint32_t)FL_DF;
    NEXT;
}

OP(op_std)
{
    c->x.eflags |= FL_DF;
    NEXT;
}

/* ---- the rest ---- */

static void bound(struct interp *c, const struct insn *i, int32_t index, unsigned size)
{
    uint32_t offset = op_offset(c, i);
    unsigned shift = 32 - 8 * size;
    int32_t low, high;

    c->current = i;
    low = (int32_t)(cpu_read(c, i->seg, offset, size) << shift) >> shift;
    if (index < low)
        cpu_raise(c, EXC_BR);
    offset = (offset + size) & i->addr_mask;
    high = (int32_t)(cpu_read(c, i->seg, offset, size) << shift) >> shift;
    if (index > high)
        cpu_raise(c, EXC_BR);
}

OP(op_bound_16)
{
    bound(c, i, (int16_t)R16(i->reg), 2);
    NEXT;
}

OP(op_bound_32)
{
    bound(c, i, (int32_t)R32(i->reg), 4);
    NEXT;
}

/* Plain handlers: they return. */

OP(op_ud)
{
    (void)i;
    cpu_raise(c, EXC_UD);
}

/* The test registers of the 386 and 486 drive TLB and cache tests that this processor has no state
 * for: they read as zero. */
OP(op_mov_tr)
{
    if (c->cpu.model != CPU_486)
        cpu_raise(c, EXC_UD);
    if (c->cpl)
        cpu_raise_code(c, EXC_GP, 0);
    if (i->opcode == 0x24)
        R32(i->rm) = 0;
}
