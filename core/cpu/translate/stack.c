/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translation of pushes and pops.  The store comes before ESP moves, the load before anything is
 * changed: a fault finds the registers as they were.
 */

#include "core/cpu/translate/emit.h"

void emit_add_esp(struct emit *e, int32_t n)
{
    if (e->mode->stack32) {
        e_lea(e, H_ESP, H_ESP, -1, 0, n);
        return;
    }
    e_lea(e, H_LINEAR, H_ESP, -1, 0, n);
    e_mov16(e, H_ESP, H_LINEAR);
}

/* After a push. */
static void move_down(struct emit *e, const struct insn *i, unsigned size)
{
    if (!e->mode->stack32 && emit_keeps_offset(e, i, true))
        e_mov16(e, H_ESP, H_LINEAR);
    else
        emit_add_esp(e, -(int32_t)size);
}

bool emit_push(struct emit *e, const struct insn *i, int reg, unsigned size)
{
    if (!emit_stack_operand(e, i, -(int32_t)size, size, true))
        return false;
    if (reg < 0) {
        e_load(e, H_R8, H_STATE, STATE(xl.temp));
        reg = H_R8;
    }
    emit_store(e, reg, size);
    move_down(e, i, size);
    return true;
}

bool emit_top(struct emit *e, const struct insn *i, unsigned size)
{
    if (!emit_stack_operand(e, i, 0, size, false))
        return false;
    emit_load(e, H_R8, size);
    return true;
}

bool emit_push_constant(struct emit *e, const struct insn *i, uint32_t value, unsigned size)
{
    if (!emit_stack_operand(e, i, -(int32_t)size, size, true))
        return false;
    emit_window(e, size == 2, 0xc7, false, 0);
    if (size == 2)
        e16(e, value);
    else
        e32(e, value);
    move_down(e, i, size);
    return true;
}

static bool push_operand(struct emit *e, const struct insn *i, unsigned size)
{
    if (i->flags & INSN_REG)
        return emit_push(e, i, host_of(i->modrm & 7), size);
    if (!emit_operand(e, i, size, false))
        return false;
    emit_load(e, H_R8, size);
    e_store(e, H_STATE, STATE(xl.temp), H_R8);
    return emit_push(e, i, -1, size);
}

static bool pop(struct emit *e, const struct insn *i, unsigned reg, unsigned size)
{
    if (reg == R_ESP)
        return false;
    if (!emit_stack_operand(e, i, 0, size, false))
        return false;
    emit_window(e, size == 2, 0x8b, false, (int)reg);
    emit_add_esp(e, (int32_t)size);
    return true;
}

static bool leave(struct emit *e, const struct insn *i, unsigned size)
{
    if (e->mode->stack32)
        e_mov(e, H_LINEAR, H_RBP);
    else
        e_movzx16(e, H_LINEAR, H_RBP);
    if (!emit_access(e, i, S_SS, e->mode->stack32, size, false))
        return false;
    emit_load(e, H_R8, size);
    if (e->mode->stack32) {
        e_lea(e, H_ESP, H_RBP, -1, 0, (int32_t)size);
    } else {
        e_lea(e, H_R11, H_RBP, -1, 0, (int32_t)size);
        e_mov16(e, H_ESP, H_R11);
    }
    if (size == 4)
        e_mov(e, H_RBP, H_R8);
    else
        e_mov16(e, H_RBP, H_R8);
    return true;
}

bool emit_stack_insn(struct emit *e, const struct insn *i)
{
    unsigned size = i->flags & INSN_OP32 ? 4 : 2;

    if (i->opcode >= 0x50 && i->opcode <= 0x57)
        return emit_push(e, i, host_of(i->opcode & 7), size);
    if (i->opcode >= 0x58 && i->opcode <= 0x5f)
        return pop(e, i, i->opcode & 7, size);
    switch (i->opcode) {
    case 0x68:
    case 0x6a:
        return emit_push_constant(e, i, i->imm, size);
    case 0x8f:
        return (i->flags & INSN_REG) && pop(e, i, i->modrm & 7, size);
    case 0xc9:
        return leave(e, i, size);
    case 0xff:
        return (i->modrm >> 3 & 7) == 6 && push_operand(e, i, size);
    default:
        return false;
    }
}
