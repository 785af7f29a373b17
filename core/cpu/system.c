/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions that move segment registers, transfer far, interrupt, and touch the protected flags.
 *
 * Source: Intel 64 and IA-32 Architectures SDM volume 2; volume 3, 20.2-20.4 (V86 and
 * protected-mode virtual interrupts).
 */

#include "core/cpu/handlers.h"
#include "core/cpu/sysop.h"

/* ---- segment registers ---- */

void op_mov_from_sreg(struct interp *c, const struct insn *i)
{
    system_store16(c, i, c->x.seg[i->reg % 6].selector);
}

static void after_load(struct interp *c, enum x86_seg seg)
{
    if (seg != S_SS)
        return;
    c->x.shadow_ss = 1;
    cpu_wake(c);
}

void op_mov_to_sreg(struct interp *c, const struct insn *i)
{
    enum x86_seg seg = i->reg % 6;

    cpu_load_seg(c, seg, system_load16(c, i));
    after_load(c, seg);
}

/* ES, CS, SS, DS: bits 3 and 4 of the opcode; FS and GS: 0F A0 and A8. */
static enum x86_seg opcode_sreg(const struct insn *i)
{
    if (i->flags & INSN_0F)
        return i->opcode & 8 ? S_GS : S_FS;
    return i->opcode >> 3 & 3;
}

void op_push_sreg(struct interp *c, const struct insn *i)
{
    cpu_push(c, c->x.seg[opcode_sreg(i)].selector, i->flags & INSN_OP32);
}

void op_pop_sreg(struct interp *c, const struct insn *i)
{
    enum x86_seg seg = opcode_sreg(i);
    struct stack s = stack_current(c);
    uint16_t selector = (uint16_t)stack_pop(c, &s, i->flags & INSN_OP32);

    cpu_load_seg(c, seg, selector);
    stack_commit(c, &s);
    after_load(c, seg);
}

/* A far pointer in memory: offset by operand size, then the selector. */
static uint16_t load_far(struct interp *c, const struct insn *i, uint32_t *offset)
{
    uint32_t ea = system_address(c, i);
    unsigned size = i->flags & INSN_OP32 ? 4 : 2;

    *offset = cpu_read(c, i->seg, ea, size);
    return (uint16_t)cpu_read(c, i->seg, (ea + size) & i->addr_mask, 2);
}

void op_load_far_ptr(struct interp *c, const struct insn *i)
{
    uint32_t offset;
    uint16_t selector = load_far(c, i, &offset);
    enum x86_seg seg;

    switch (i->opcode) {
    case 0xc4:
        seg = S_ES;
        break;
    case 0xc5:
        seg = S_DS;
        break;
    case 0xb2:
        seg = S_SS;
        break;
    case 0xb4:
        seg = S_FS;
        break;
    default:
        seg = S_GS;
        break;
    }
    cpu_load_seg(c, seg, selector);
    system_set_reg(c, i, i->reg, offset);
}

/* ---- far transfers ---- */

void op_jmp_far_imm(struct interp *c, const struct insn *i)
{
    cpu_far_jump(c, i->imm2, i->imm, i->flags & INSN_OP32);
}

void op_jmp_far_mem(struct interp *c, const struct insn *i)
{
    uint32_t offset;
    uint16_t selector = load_far(c, i, &offset);

    cpu_far_jump(c, selector, offset, i->flags & INSN_OP32);
}

void op_call_far_imm(struct interp *c, const struct insn *i)
{
    cpu_far_call(c, i->imm2, i->imm, i->flags & INSN_OP32);
}

void op_call_far_mem(struct interp *c, const struct insn *i)
{
    uint32_t offset;
    uint16_t selector = load_far(c, i, &offset);

    cpu_far_call(c, selector, offset, i->flags & INSN_OP32);
}

void op_ret_far(struct interp *c, const struct insn *i)
{
    cpu_far_return(c, i->opcode == 0xca ? (uint16_t)i->imm : 0, i->flags & INSN_OP32);
}

void op_iret(struct interp *c, const struct insn *i)
{
    cpu_iret(c, i->flags & INSN_OP32);
}

/* ---- interrupts ---- */

void op_int(struct interp *c, const struct insn *i)
{
    cpu_interrupt(c, i->imm & 0xff, INTR_SOFT, false, 0, c->next_eip);
}

void op_int3(struct interp *c, const struct insn *i)
{
    (void)i;
    cpu_interrupt(c, EXC_BP, INTR_SOFT_BP, false, 0, c->next_eip);
}

void op_into(struct interp *c, const struct insn *i)
{
    (void)i;
    if (cpu_flags(c) & FL_OF)
        cpu_interrupt(c, EXC_OF, INTR_SOFT_BP, false, 0, c->next_eip);
}

/* Like a debug exception: the gate's DPL does not matter. */
void op_int1(struct interp *c, const struct insn *i)
{
    (void)i;
    cpu_interrupt(c, EXC_DB, INTR_EXCEPTION, false, 0, c->next_eip);
}

void op_hlt(struct interp *c, const struct insn *i)
{
    (void)i;
    cpu_need_cpl0(c);
    c->x.halted = 1;
    cpu_wake(c);
}

/* ---- flags ---- */

/* Which flag CLI and STI change: IF, VIF, or #GP. */
static uint32_t interrupt_flag(struct interp *c)
{
    if (c->cpl <= cpu_iopl(c))
        return FL_IF;
    if (c->cpl == 3 && (c->x.cr4 & (c->v86 ? CR4_VME : CR4_PVI)))
        return FL_VIF;
    cpu_raise_code(c, EXC_GP, 0);
}

void op_cli(struct interp *c, const struct insn *i)
{
    (void)i;
    c->x.eflags &= ~interrupt_flag(c);
}

void op_sti(struct interp *c, const struct insn *i)
{
    uint32_t flag = interrupt_flag(c);

    (void)i;
    if (flag == FL_VIF && (c->x.eflags & FL_VIP))
        cpu_raise_code(c, EXC_GP, 0);
    if (flag == FL_IF && !(c->x.eflags & FL_IF)) {
        c->x.shadow_sti = 1;
        cpu_wake(c);
    }
    c->x.eflags |= flag;
}

/* V86 without IOPL 3: PUSHF and POPF of 16 bits work on VIF under CR4.VME, all else is #GP. */
static bool virtual_flags(struct interp *c, bool op32)
{
    if (!c->v86 || cpu_iopl(c) == 3)
        return false;
    if (op32 || !(c->x.cr4 & CR4_VME))
        cpu_raise_code(c, EXC_GP, 0);
    return true;
}

void op_pushf(struct interp *c, const struct insn *i)
{
    bool op32 = i->flags & INSN_OP32;
    uint32_t image = cpu_flags(c) & ~(uint32_t)(FL_RF | FL_VM);

    if (virtual_flags(c, op32))
        image = (image & ~(uint32_t)FL_IF) | FL_IOPL | (image & FL_VIF ? FL_IF : 0);
    cpu_push(c, image, op32);
}

void op_popf(struct interp *c, const struct insn *i)
{
    bool op32 = i->flags & INSN_OP32, by_vif = virtual_flags(c, op32);
    struct stack s = stack_current(c);
    uint32_t value = stack_pop(c, &s, op32);
    uint32_t mask = op32 ? FL_FREE32 | FL_RF : FL_FREE16;

    value &= ~(uint32_t)(FL_RF | FL_VIF);
    if (by_vif) {
        if ((value & FL_TF) || ((value & FL_IF) && (c->x.eflags & FL_VIP)))
            cpu_raise_code(c, EXC_GP, 0);
        if (value & FL_IF)
            value |= FL_VIF;
        mask |= FL_VIF;
    } else if (c->cpl <= cpu_iopl(c)) {
        mask |= FL_IF;
    }
    if (c->cpl == 0)
        mask |= FL_IOPL;
    stack_commit(c, &s);
    cpu_merge_flags(c, value, mask);
}
