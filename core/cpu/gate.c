/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Far transfers of control: JMP, CALL, RET, IRET through segments and gates, and interrupts.
 *
 * Source: Intel 64 and IA-32 Architectures SDM volume 2 (CALL, JMP, RET, IRET, INT n), volume 3,
 * 5.8 (call gates), 6.12 (interrupt gates), 20.2-20.3 (V86 mode and its extensions).
 *
 * Order everywhere: read, check, write the stacks, and only then change registers, so that a fault
 * leaves the instruction as if it had not begun.
 */

#include "core/cpu/segment.h"

enum { FL_IRET16 = FL_FREE16, FL_IRET32 = FL_FREE32 | FL_RF };

static void need_in_cs(struct interp *c, uint32_t eip, uint32_t limit)
{
    if (eip > limit)
        cpu_raise_code(c, EXC_GP, 0);
}

/* Checks a code segment as the target of a JMP or CALL that does not change CPL. */
static void check_direct_cs(struct interp *c, const struct descriptor *d)
{
    unsigned dpl = desc_dpl(d);

    if (!desc_is_code(d))
        desc_fault(c, EXC_GP, d->selector);
    if (desc_is_conforming(d) ? dpl > c->cpl : (d->selector & 3) > c->cpl || dpl != c->cpl)
        desc_fault(c, EXC_GP, d->selector);
    if (!desc_present(d))
        desc_fault(c, EXC_NP, d->selector);
}

/* A gate or TSS named by a JMP or CALL: may this program use it? */
static void check_gate_use(struct interp *c, const struct descriptor *gate)
{
    if (desc_dpl(gate) < c->cpl || desc_dpl(gate) < (gate->selector & 3u))
        desc_fault(c, EXC_GP, gate->selector);
    if (!desc_present(gate))
        desc_fault(c, EXC_NP, gate->selector);
}

/* The code segment and offset behind a call, interrupt or trap gate; checked but for its privilege
 * against CPL. */
static uint32_t gate_target(struct interp *c, const struct descriptor *gate, struct descriptor *cs)
{
    uint16_t selector = gate->lo >> 16;

    if (selector_is_null(selector))
        cpu_raise_code(c, EXC_GP, 0);
    desc_need(c, selector, cs, EXC_GP);
    if (!desc_is_code(cs) || desc_dpl(cs) > c->cpl)
        desc_fault(c, EXC_GP, selector);
    return (gate->lo & 0xffff) | (desc_type(gate) & DESC_32 ? gate->hi & 0xffff0000 : 0);
}

static void enter(struct interp *c, struct descriptor *cs, unsigned rpl, uint32_t eip)
{
    seg_load_cs(c, cs, rpl);
    c->next_eip = eip;
    cpu_update_mode(c);
}

/* ---- JMP ---- */

static void real_jump(struct interp *c, uint16_t selector, uint32_t offset)
{
    need_in_cs(c, offset, c->v86 ? 0xffff : c->x.seg[S_CS].limit);
    cpu_set_real_seg(c, S_CS, selector);
    c->next_eip = offset;
}

static void jump_gate(struct interp *c, struct descriptor *gate)
{
    struct descriptor cs;
    uint32_t eip = gate_target(c, gate, &cs);

    if (!desc_is_conforming(&cs) && desc_dpl(&cs) != c->cpl)
        desc_fault(c, EXC_GP, cs.selector);
    if (!desc_present(&cs))
        desc_fault(c, EXC_NP, cs.selector);
    need_in_cs(c, eip, desc_limit(&cs));
    enter(c, &cs, c->cpl, eip);
}

void cpu_far_jump(struct interp *c, uint16_t selector, uint32_t offset, bool op32)
{
    struct descriptor d;

    if (!op32)
        offset &= 0xffff;
    if (!c->prot) {
        real_jump(c, selector, offset);
        return;
    }
    if (selector_is_null(selector))
        cpu_raise_code(c, EXC_GP, 0);
    desc_need(c, selector, &d, EXC_GP);
    switch (desc_type(&d)) {
    case DESC_CALL16:
    case DESC_CALL32:
        check_gate_use(c, &d);
        jump_gate(c, &d);
        break;
    case DESC_TASK_GATE:
        check_gate_use(c, &d);
        task_gate(c, &d, TASK_JUMP, c->next_eip);
        break;
    case DESC_TSS16:
    case DESC_TSS32:
        check_gate_use(c, &d);
        task_direct(c, &d, TASK_JUMP, c->next_eip);
        break;
    default:
        check_direct_cs(c, &d);
        need_in_cs(c, offset, desc_limit(&d));
        enter(c, &d, c->cpl, offset);
        break;
    }
}

/* ---- CALL ---- */

static void real_call(struct interp *c, uint16_t selector, uint32_t offset, bool op32)
{
    struct stack s = stack_current(c);

    stack_push(c, &s, c->x.seg[S_CS].selector, op32);
    stack_push(c, &s, c->next_eip, op32);
    real_jump(c, selector, offset);
    stack_commit(c, &s);
}

/* CALL to a code segment of the same privilege, directly or through a gate. */
static void call_same(struct interp *c, struct descriptor *cs, uint32_t eip, bool op32)
{
    struct stack s = stack_current(c);

    need_in_cs(c, eip, desc_limit(cs));
    stack_push(c, &s, c->x.seg[S_CS].selector, op32);
    stack_push(c, &s, c->next_eip, op32);
    enter(c, cs, c->cpl, eip);
    stack_commit(c, &s);
}

/* The stack of an inner privilege level, checked. */
static struct stack inner_stack(struct interp *c, unsigned cpl)
{
    struct stack s = { .prot = true };
    uint16_t ss;

    task_stack(c, cpl, &ss, &s.esp);
    s.seg = seg_check_stack(c, ss, cpl, EXC_TS);
    s.fault_code = ss & 0xfffc;
    return s;
}

/* Switches to an inner stack and code segment, after all has been pushed. */
static void enter_inner(struct interp *c, struct descriptor *cs, const struct stack *s,
                        uint32_t eip)
{
    unsigned cpl = desc_dpl(cs);

    desc_mark_accessed(c, cs);
    c->x.seg[S_SS] = s->seg;
    stack_commit(c, s);
    enter(c, cs, cpl, eip);
}

static void call_inner(struct interp *c, const struct descriptor *gate, struct descriptor *cs,
                       uint32_t eip)
{
    struct stack old = stack_current(c), s = inner_stack(c, desc_dpl(cs));
    bool op32 = desc_type(gate) & DESC_32;
    unsigned count = gate->hi & 0x1f;
    uint32_t params[31];

    need_in_cs(c, eip, desc_limit(cs));
    for (unsigned i = 0; i < count; i++)
        params[i] = stack_pop(c, &old, op32);
    stack_push(c, &s, c->x.seg[S_SS].selector, op32);
    stack_push(c, &s, c->x.gpr[R_ESP], op32);
    while (count > 0)
        stack_push(c, &s, params[--count], op32);
    stack_push(c, &s, c->x.seg[S_CS].selector, op32);
    stack_push(c, &s, c->next_eip, op32);
    enter_inner(c, cs, &s, eip);
}

static void call_gate(struct interp *c, const struct descriptor *gate)
{
    struct descriptor cs;
    uint32_t eip = gate_target(c, gate, &cs);

    if (!desc_present(&cs))
        desc_fault(c, EXC_NP, cs.selector);
    if (!desc_is_conforming(&cs) && desc_dpl(&cs) < c->cpl)
        call_inner(c, gate, &cs, eip);
    else
        call_same(c, &cs, eip, desc_type(gate) & DESC_32);
}

void cpu_far_call(struct interp *c, uint16_t selector, uint32_t offset, bool op32)
{
    struct descriptor d;

    if (!op32)
        offset &= 0xffff;
    if (!c->prot) {
        real_call(c, selector, offset, op32);
        return;
    }
    if (selector_is_null(selector))
        cpu_raise_code(c, EXC_GP, 0);
    desc_need(c, selector, &d, EXC_GP);
    switch (desc_type(&d)) {
    case DESC_CALL16:
    case DESC_CALL32:
        check_gate_use(c, &d);
        call_gate(c, &d);
        break;
    case DESC_TASK_GATE:
        check_gate_use(c, &d);
        task_gate(c, &d, TASK_CALL, c->next_eip);
        break;
    case DESC_TSS16:
    case DESC_TSS32:
        check_gate_use(c, &d);
        task_direct(c, &d, TASK_CALL, c->next_eip);
        break;
    default:
        check_direct_cs(c, &d);
        call_same(c, &d, offset, op32);
        break;
    }
}

/* ---- RET and IRET ---- */

/* Reads and checks the code segment a return goes to. */
static void return_cs(struct interp *c, uint16_t selector, struct descriptor *d)
{
    unsigned rpl = selector & 3;

    if (selector_is_null(selector))
        cpu_raise_code(c, EXC_GP, 0);
    desc_need(c, selector, d, EXC_GP);
    if (!desc_is_code(d) || rpl < c->cpl)
        desc_fault(c, EXC_GP, selector);
    if (desc_is_conforming(d) ? desc_dpl(d) > rpl : desc_dpl(d) != rpl)
        desc_fault(c, EXC_GP, selector);
    if (!desc_present(d))
        desc_fault(c, EXC_NP, selector);
}

/* Data segments that the outer level could not have loaded become null. */
static void drop_inner_segments(struct interp *c)
{
    static const uint8_t list[] = { S_ES, S_DS, S_FS, S_GS };

    for (unsigned i = 0; i < sizeof(list); i++) {
        struct x86_segment *s = &c->x.seg[list[i]];
        bool conforming = (s->attr & (SEG_CODE | SEG_EC)) == (SEG_CODE | SEG_EC);

        if (!conforming && (s->attr >> 5 & 3) < c->cpl)
            *s = seg_null(0);
    }
}

/* The second half of a return to an outer level: SS:ESP from the old stack. */
static void return_outer(struct interp *c, struct stack *s, struct descriptor *cs, uint32_t eip,
                         uint32_t release, bool op32)
{
    unsigned rpl = cs->selector & 3;
    struct stack outer = { 0 };
    uint16_t ss;

    outer.esp = stack_pop(c, s, op32);
    ss = (uint16_t)stack_pop(c, s, op32);
    outer.seg = seg_check_stack(c, ss, rpl, EXC_GP);
    need_in_cs(c, eip, desc_limit(cs));
    desc_mark_accessed(c, cs);
    stack_skip(&outer, release);
    c->x.seg[S_SS] = outer.seg;
    stack_commit(c, &outer);
    enter(c, cs, rpl, eip);
    drop_inner_segments(c);
}

static void real_return(struct interp *c, uint16_t release, bool op32)
{
    struct stack s = stack_current(c);
    uint32_t eip = stack_pop(c, &s, op32);
    uint16_t cs = (uint16_t)stack_pop(c, &s, op32);

    real_jump(c, cs, eip);
    stack_skip(&s, release);
    stack_commit(c, &s);
}

void cpu_far_return(struct interp *c, uint16_t pop, bool op32)
{
    struct stack s = stack_current(c);
    struct descriptor d;
    uint32_t eip;
    uint16_t selector;

    if (!c->prot) {
        real_return(c, pop, op32);
        return;
    }
    eip = stack_pop(c, &s, op32);
    selector = (uint16_t)stack_pop(c, &s, op32);
    return_cs(c, selector, &d);
    stack_skip(&s, pop);
    if ((selector & 3) > c->cpl) {
        return_outer(c, &s, &d, eip, pop, op32);
        return;
    }
    need_in_cs(c, eip, desc_limit(&d));
    enter(c, &d, c->cpl, eip);
    stack_commit(c, &s);
}

/* IRET in real mode, and in V86 with IOPL 3, which may not touch IOPL. */
static void real_iret(struct interp *c, bool op32)
{
    struct stack s = stack_current(c);
    uint32_t eip = stack_pop(c, &s, op32);
    uint16_t cs = (uint16_t)stack_pop(c, &s, op32);
    uint32_t flags = stack_pop(c, &s, op32);
    uint32_t mask = (op32 ? FL_IRET32 : FL_IRET16) | FL_IF | (c->v86 ? 0 : FL_IOPL);

    real_jump(c, cs, eip);
    stack_commit(c, &s);
    cpu_merge_flags(c, flags, mask);
}

/* IRET in V86 with IOPL < 3 under CR4.VME: VIF stands for IF. */
static void virtual_iret(struct interp *c)
{
    struct stack s = stack_current(c);
    uint32_t eip = stack_pop(c, &s, false);
    uint16_t cs = (uint16_t)stack_pop(c, &s, false);
    uint32_t flags = stack_pop(c, &s, false);

    if ((flags & FL_TF) || ((flags & FL_IF) && (c->x.eflags & FL_VIP)))
        cpu_raise_code(c, EXC_GP, 0);
    real_jump(c, cs, eip);
    stack_commit(c, &s);
    flags = (flags & ~(uint32_t)FL_VIF) | (flags & FL_IF ? FL_VIF : 0);
    cpu_merge_flags(c, flags, FL_IRET16 | FL_VIF);
}

/* IRETD from CPL 0 with VM set in the image: all registers of the V86 program from the stack. */
static void iret_to_v86(struct interp *c, struct stack *s, uint32_t eip, uint16_t cs,
                        uint32_t flags)
{
    static const uint8_t order[] = { S_SS, S_ES, S_DS, S_FS, S_GS };
    uint32_t esp = stack_pop(c, s, true);
    uint16_t selector[sizeof(order)];

    for (unsigned i = 0; i < sizeof(order); i++)
        selector[i] = (uint16_t)stack_pop(c, s, true);
    need_in_cs(c, eip, 0xffff);
    for (unsigned i = 0; i < sizeof(order); i++)
        c->x.seg[order[i]] = seg_v86(selector[i]);
    c->x.seg[S_CS] = seg_v86(cs);
    c->x.gpr[R_ESP] = esp;
    c->next_eip = eip;
    cpu_merge_flags(c, flags, FL_IRET32 | FL_IF | FL_IOPL | FL_VM | FL_VIF | FL_VIP);
    cpu_update_mode(c);
}

static void protected_iret(struct interp *c, bool op32)
{
    struct stack s = stack_current(c);
    uint32_t eip = stack_pop(c, &s, op32);
    uint16_t selector = (uint16_t)stack_pop(c, &s, op32);
    uint32_t flags = stack_pop(c, &s, op32);
    uint32_t mask = op32 ? FL_IRET32 : FL_IRET16;
    struct descriptor d;

    if (op32 && (flags & FL_VM) && c->cpl == 0) {
        iret_to_v86(c, &s, eip, selector, flags);
        return;
    }
    if (c->cpl <= cpu_iopl(c))
        mask |= FL_IF;
    if (c->cpl == 0)
        mask |= FL_IOPL | (op32 ? FL_VIF | FL_VIP : 0);
    return_cs(c, selector, &d);
    if ((selector & 3) > c->cpl) {
        return_outer(c, &s, &d, eip, 0, op32);
    } else {
        need_in_cs(c, eip, desc_limit(&d));
        enter(c, &d, c->cpl, eip);
        stack_commit(c, &s);
    }
    cpu_merge_flags(c, flags, mask);
}

void cpu_iret(struct interp *c, bool op32)
{
    if (c->v86 && cpu_iopl(c) < 3 && (op32 || !(c->x.cr4 & CR4_VME)))
        cpu_raise_code(c, EXC_GP, 0);
    c->x.nmi_blocked = 0;
    if (c->v86 && cpu_iopl(c) < 3)
        virtual_iret(c);
    else if (!c->prot)
        real_iret(c, op32);
    else if (c->x.eflags & FL_NT)
        task_return(c);
    else
        protected_iret(c, op32);
    if (c->x.nmi_pending)
        cpu_wake(c);
}

/* ---- interrupts ---- */

/* Through the interrupt vector table at `table`; the pushed flags are given. */
static void vector_interrupt(struct interp *c, unsigned vector, uint32_t table, uint32_t image,
                             uint32_t return_eip)
{
    struct stack s = stack_current(c);
    uint32_t eip = cpu_sys_read(c, table + vector * 4, 2);
    uint16_t cs = (uint16_t)cpu_sys_read(c, table + vector * 4 + 2, 2);

    stack_push(c, &s, image, false);
    stack_push(c, &s, c->x.seg[S_CS].selector, false);
    stack_push(c, &s, return_eip, false);
    real_jump(c, cs, eip);
    stack_commit(c, &s);
}

static void real_interrupt(struct interp *c, unsigned vector, uint32_t return_eip)
{
    if (vector * 4 + 3 > c->x.idtr.limit)
        cpu_raise_code(c, EXC_GP, 0);
    vector_interrupt(c, vector, c->x.idtr.base, cpu_flags(c), return_eip);
    cpu_merge_flags(c, 0, FL_IF | FL_TF | FL_AC | FL_RF);
}

/* INT n in V86 that the bitmap leaves to the program's own handler. */
static void virtual_interrupt(struct interp *c, unsigned vector, uint32_t return_eip)
{
    uint32_t image = cpu_flags(c);
    bool by_vif = cpu_iopl(c) < 3;

    if (by_vif)
        image = (image & ~(uint32_t)FL_IF) | FL_IOPL | (image & FL_VIF ? FL_IF : 0);
    vector_interrupt(c, vector, 0, image, return_eip);
    cpu_merge_flags(c, 0, FL_TF | FL_RF | (by_vif ? FL_VIF : FL_IF));
}

static void push_code(struct interp *c, struct stack *s, bool has_code, uint32_t code, bool op32)
{
    if (has_code)
        stack_push(c, s, code, op32);
}

struct event {
    unsigned vector;
    bool soft;
    bool has_code;
    uint32_t code;
    uint32_t return_eip;
};

static void push_frame(struct interp *c, struct stack *s, const struct event *e, bool op32)
{
    stack_push(c, s, cpu_flags(c), op32);
    stack_push(c, s, c->x.seg[S_CS].selector, op32);
    stack_push(c, s, e->return_eip, op32);
    push_code(c, s, e->has_code, e->code, op32);
}

static void interrupt_inner(struct interp *c, const struct event *e, struct descriptor *cs,
                            uint32_t eip, bool op32)
{
    static const uint8_t order[] = { S_GS, S_FS, S_DS, S_ES };
    struct stack s = inner_stack(c, desc_dpl(cs));
    bool v86 = c->v86;

    need_in_cs(c, eip, desc_limit(cs));
    for (unsigned i = 0; v86 && i < sizeof(order); i++)
        stack_push(c, &s, c->x.seg[order[i]].selector, op32);
    stack_push(c, &s, c->x.seg[S_SS].selector, op32);
    stack_push(c, &s, c->x.gpr[R_ESP], op32);
    push_frame(c, &s, e, op32);
    desc_mark_accessed(c, cs);
    for (unsigned i = 0; v86 && i < sizeof(order); i++)
        c->x.seg[order[i]] = seg_null(0);
    c->x.eflags &= ~(uint32_t)FL_VM;
    enter_inner(c, cs, &s, eip);
}

static void interrupt_same(struct interp *c, const struct event *e, struct descriptor *cs,
                           uint32_t eip, bool op32)
{
    struct stack s = stack_current(c);

    need_in_cs(c, eip, desc_limit(cs));
    push_frame(c, &s, e, op32);
    enter(c, cs, c->cpl, eip);
    stack_commit(c, &s);
}

/* Interrupt and trap gates */
static void interrupt_gate(struct interp *c, const struct event *e, const struct descriptor *gate)
{
    unsigned type = desc_type(gate);
    bool op32 = type & DESC_32, inner;
    struct descriptor cs;
    uint32_t eip = gate_target(c, gate, &cs);

    if (!desc_present(&cs))
        desc_fault(c, EXC_NP, cs.selector);
    inner = !desc_is_conforming(&cs) && desc_dpl(&cs) < c->cpl;
    if (c->v86 && (!inner || desc_dpl(&cs) != 0))
        desc_fault(c, EXC_GP, cs.selector);
    if (inner)
        interrupt_inner(c, e, &cs, eip, op32);
    else
        interrupt_same(c, e, &cs, eip, op32);
    cpu_merge_flags(c, 0,
                    FL_TF | FL_NT | FL_RF | FL_VM |
                        (type == DESC_INTR16 || type == DESC_INTR32 ? FL_IF : 0));
}

static void interrupt_task(struct interp *c, const struct event *e, const struct descriptor *gate)
{
    struct stack s;

    task_gate(c, gate, TASK_CALL, e->return_eip);
    if (!e->has_code)
        return;
    s = stack_current(c);
    push_code(c, &s, true, e->code, (c->x.tr.attr & SEG_TYPE & DESC_32) != 0);
    stack_commit(c, &s);
}

static void protected_interrupt(struct interp *c, const struct event *e)
{
    uint16_t gate_code = (uint16_t)(e->vector * 8 + 2); /* IDT bit */
    struct descriptor gate = { .selector = gate_code };

    if (e->vector * 8 + 7 > c->x.idtr.limit)
        cpu_raise_code(c, EXC_GP, gate_code);
    gate.linear = c->x.idtr.base + e->vector * 8;
    gate.lo = cpu_sys_read(c, gate.linear, 4);
    gate.hi = cpu_sys_read(c, gate.linear + 4, 4);
    switch (desc_type(&gate)) {
    case DESC_INTR16:
    case DESC_TRAP16:
    case DESC_INTR32:
    case DESC_TRAP32:
    case DESC_TASK_GATE:
        break;
    default:
        cpu_raise_code(c, EXC_GP, gate_code);
    }
    if (e->soft && desc_dpl(&gate) < c->cpl)
        cpu_raise_code(c, EXC_GP, gate_code);
    if (!desc_present(&gate))
        cpu_raise_code(c, EXC_NP, gate_code);
    if (desc_type(&gate) == DESC_TASK_GATE)
        interrupt_task(c, e, &gate);
    else
        interrupt_gate(c, e, &gate);
}

void cpu_interrupt(struct interp *c, unsigned vector, enum intr_kind kind, bool has_code,
                   uint32_t code, uint32_t return_eip)
{
    struct event e = {
        .vector = vector,
        .soft = kind == INTR_SOFT || kind == INTR_SOFT_BP,
        .has_code = has_code,
        .code = code,
        .return_eip = return_eip,
    };

    c->ext = !e.soft;
    if (!(c->x.cr0 & CR0_PE))
        real_interrupt(c, vector, return_eip);
    else if (c->v86 && kind == INTR_SOFT && (c->x.cr4 & CR4_VME) && task_redirects(c, vector))
        virtual_interrupt(c, vector, return_eip);
    else if (c->v86 && kind == INTR_SOFT && cpu_iopl(c) < 3)
        cpu_raise_code(c, EXC_GP, 0);
    else
        protected_interrupt(c, &e);
    c->ext = 0;
    c->x.eip = c->next_eip;
    c->x.shadow_sti = 0;
    c->x.shadow_ss = 0;
    c->x.halted = 0;
}
