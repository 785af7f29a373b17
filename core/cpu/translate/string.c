/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translation of string instructions without repetition; repeated ones end a block and are the
 * interpreter's, which moves whole pages.
 */

#include "core/cpu/translate/emit.h"

/* Adds the operand size to a pointer, or subtracts it, as DF says. */
static void advance(struct emit *e, const struct insn *i, int reg, unsigned size)
{
    unsigned scale = size == 1 ? 1 : size == 2 ? 2 : 3;
    int32_t up = (int32_t)size;

    /* r8 = DF ? -1 : 0; then reg + 2 * size * r8 + size */
    e_load(e, H_R8, H_STATE, STATE(x.eflags));
    e_mov_imm(e, H_R11, 21);
    e_shlx(e, H_R8, H_R8, H_R11);
    e_mov_imm(e, H_R11, 31);
    e_sarx(e, H_R8, H_R8, H_R11, false);
    if (i->flags & INSN_ADDR32) {
        e_lea(e, reg, reg, H_R8, scale, up);
    } else {
        e_lea(e, H_R8, reg, H_R8, scale, up);
        e_mov16(e, reg, H_R8);
    }
}

static bool operand(struct emit *e, const struct insn *i, unsigned seg, int reg, unsigned size,
                    bool write)
{
    if (i->flags & INSN_ADDR32)
        e_mov(e, H_LINEAR, reg);
    else
        e_movzx16(e, H_LINEAR, reg);
    return emit_access(e, i, seg, i->flags & INSN_ADDR32, size, write);
}

static bool movs(struct emit *e, const struct insn *i, unsigned size)
{
    if (!operand(e, i, i->seg, H_RSI, size, false))
        return false;
    emit_load(e, H_R8, size);
    e_store(e, H_STATE, STATE(xl.temp), H_R8);
    if (!operand(e, i, S_ES, H_RDI, size, true))
        return false;
    e_load(e, H_R8, H_STATE, STATE(xl.temp));
    emit_store(e, H_R8, size);
    advance(e, i, H_RSI, size);
    advance(e, i, H_RDI, size);
    return true;
}

static bool stos(struct emit *e, const struct insn *i, unsigned size)
{
    if (!operand(e, i, S_ES, H_RDI, size, true))
        return false;
    emit_store(e, H_RAX, size);
    advance(e, i, H_RDI, size);
    return true;
}

static bool lods(struct emit *e, const struct insn *i, unsigned size)
{
    if (!operand(e, i, i->seg, H_RSI, size, false))
        return false;
    emit_window(e, size == 2, size == 1 ? 0x8a : 0x8b, false, H_RAX);
    advance(e, i, H_RSI, size);
    return true;
}

static bool scas(struct emit *e, const struct insn *i, unsigned size)
{
    if (!operand(e, i, S_ES, H_RDI, size, false))
        return false;
    emit_window(e, size == 2, size == 1 ? 0x3a : 0x3b, false, H_RAX);
    advance(e, i, H_RDI, size);
    return true;
}

bool emit_string_insn(struct emit *e, const struct insn *i)
{
    unsigned size = !(i->opcode & 1) ? 1 : i->flags & INSN_OP32 ? 4 : 2;

    if (i->flags & (INSN_REP | INSN_REPNE))
        return false;
    switch (i->opcode & 0xfe) {
    case 0xa4:
        return movs(e, i, size);
    case 0xaa:
        return stos(e, i, size);
    case 0xac:
        return lods(e, i, size);
    case 0xae:
        return scas(e, i, size);
    default:
        return false; /* CMPS and others */
    }
}
