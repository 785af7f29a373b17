/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translation of near branches.  A jump to a known address is linked to the block there as soon as
 * both are translated (block.c); one to an address in a register or on the stack goes through a
 * table of targets, and the block it comes to looks whether it is the right one.
 */

#include "core/cpu/translate/emit.h"

static uint32_t next_eip(const struct emit *e, const struct insn *i)
{
    return e->code->eip + i->offset + i->len;
}

static uint32_t target_of(const struct emit *e, const struct insn *i)
{
    uint32_t eip = e->code->eip + i->disp;

    return i->flags & INSN_OP32 ? eip : eip & 0xffff;
}

static void add_exit(struct emit *e, uint32_t eip)
{
    e->exits[e->exit_count].place = emit_place(e);
    e->exits[e->exit_count].eip = eip;
    e->exit_count++;
    e32(e, 0);
}

void emit_goto(struct emit *e, uint32_t eip)
{
    e8(e, 0xe9);
    add_exit(e, eip);
}

void emit_resume(struct emit *e, unsigned k)
{
    e_mov_imm64(e, H_R8, (uintptr_t)e->block);
    e_mov_imm(e, H_R11, k);
    e_jump_to(e, e->t->at_resume);
}

static void jump_if(struct emit *e, unsigned condition, uint32_t eip)
{
    e8(e, 0x0f);
    e8(e, 0x80 | condition);
    add_exit(e, eip);
}

/* ---- to where r8d says ---- */

/* Faults if the address in r8d lies outside CS; keeps r8. */
static void check_target(struct emit *e, unsigned size)
{
    int32_t zone = TABLE_ZONE - (e->mode->user ? TABLE_STRIDE : 0) - TABLES_BIAS;

    if (e->mode->cs_limit == UINT32_MAX || (size == 2 && e->mode->cs_limit >= 0xffff))
        return;
    e_mov(e, H_R10, H_R8);
    e_not64(e, H_R10);
    e_mov_imm(e, H_R11, e->mode->cs_limit);
    e_lea64(e, H_R10, H_R10, H_R11, 0, 1);
    e_mov_imm(e, H_R11, 63);
    e_sarx(e, H_R10, H_R10, H_R11, true);
    e_rex(e, false, H_R11, H_R10, H_TABLES);
    e8(e, 0x8b);
    e_sib(e, H_R11, H_TABLES, H_R10, 3, zone);
}

/* size: bytes of the address */
static void go_indirect(struct emit *e, unsigned size)
{
    int low = size == 2 ? H_R8 : H_R10;

    if (size == 4)
        e_movzx16(e, H_R10, H_R8);
    e_load64(e, H_R11, H_STATE, STATE(xl.targets));
    e_rex(e, false, H_R11, low, H_R11);
    e8(e, 0x8b);
    e_sib(e, H_R11, H_R11, low, 2, 0);
    e8(e, 0x4c); /* lea r10, [rip + rel32]: the start of the buffer */
    e16(e, 0x158d);
    e32(e, 0 - (emit_place(e) + 4));
    e_lea64(e, H_R11, H_R11, H_R10, 0, 0);
    e8(e, 0x41); /* jmp r11 */
    e16(e, 0xe3ff);
}

static bool ret(struct emit *e, const struct insn *i, uint32_t pop)
{
    unsigned size = i->flags & INSN_OP32 ? 4 : 2;

    if (!emit_top(e, i, size))
        return false;
    check_target(e, size);
    emit_add_esp(e, (int32_t)(size + pop));
    go_indirect(e, size);
    return true;
}

static bool load_target(struct emit *e, const struct insn *i, unsigned size)
{
    if (!(i->flags & INSN_REG)) {
        if (!emit_operand(e, i, size, false))
            return false;
        emit_load(e, H_R8, size);
    } else if (size == 2) {
        e_movzx16(e, H_R8, host_of(i->modrm & 7));
    } else {
        e_mov(e, H_R8, host_of(i->modrm & 7));
    }
    check_target(e, size);
    return true;
}

static bool jump_or_call_operand(struct emit *e, const struct insn *i)
{
    unsigned size = i->flags & INSN_OP32 ? 4 : 2, reg = i->modrm >> 3 & 7;

    if ((reg != 2 && reg != 4) || !load_target(e, i, size))
        return false;
    if (reg == 2) {
        e_store(e, H_STATE, STATE(xl.temp), H_R8);
        if (!emit_push_constant(e, i, next_eip(e, i), size))
            return false;
        e_load(e, H_R8, H_STATE, STATE(xl.temp));
    }
    go_indirect(e, size);
    return true;
}

/* ---- counting ---- */

/* With CX in rcx: jrcxz; falls through where it is not zero.  Both ways get ECX back from r10. */
static void on_cx(struct emit *e, uint32_t zero, uint32_t not_zero)
{
    uint32_t at;

    e_mov(e, H_R10, H_RCX);
    e_movzx16(e, H_RCX, H_RCX);
    at = e_jrcxz(e);
    e_mov(e, H_RCX, H_R10);
    emit_goto(e, not_zero);
    e_patch8(e, at);
    e_mov(e, H_RCX, H_R10);
    emit_goto(e, zero);
}

static void loop(struct emit *e, const struct insn *i, uint32_t target)
{
    uint32_t next = next_eip(e, i);

    if (i->flags & INSN_ADDR32) {
        e8(e, 0x67); /* the same instruction, over the jump that leads on */
        e8(e, i->opcode);
        e8(e, 5);
        emit_goto(e, next);
        emit_goto(e, target);
        return;
    }
    if (i->opcode == 0xe3) {
        on_cx(e, target, next);
        return;
    }
    e_lea(e, H_R8, H_RCX, -1, 0, -1);
    e_mov16(e, H_RCX, H_R8);
    if (i->opcode == 0xe0) /* LOOPNZ ends at zero */
        jump_if(e, 4, next);
    else if (i->opcode == 0xe1)
        jump_if(e, 5, next);
    on_cx(e, next, target);
}

bool emit_branch(struct emit *e, const struct insn *i)
{
    bool two = i->flags & INSN_0F,
         near = (!two && (i->opcode == 0xe8 || i->opcode == 0xe9)) || (!two && i->opcode == 0xeb);
    bool jcc = (i->opcode & 0xf0) == (two ? 0x80 : 0x70);
    bool count = !two && i->opcode >= 0xe0 && i->opcode <= 0xe3;

    if (near || jcc || count) {
        uint32_t target = target_of(e, i);

        if (target > e->mode->cs_limit)
            return false;
        if (jcc) {
            jump_if(e, i->opcode & 15, target);
            emit_goto(e, next_eip(e, i));
            return true;
        }
        if (count) {
            loop(e, i, target);
            return true;
        }
        if (i->opcode == 0xe8 &&
            !emit_push_constant(e, i, next_eip(e, i), i->flags & INSN_OP32 ? 4 : 2))
            return false;
        emit_goto(e, target);
        return true;
    }
    if (two || i->site == SITE_CALL)
        return false;
    switch (i->opcode) {
    case 0xc2:
        return ret(e, i, i->imm);
    case 0xc3:
        return ret(e, i, 0);
    case 0xff:
        return jump_or_call_operand(e, i);
    default:
        return false;
    }
}
