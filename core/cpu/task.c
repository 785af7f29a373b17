/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks: switching through a TSS, and what the TSS holds for stacks, ports and V86 interrupts.
 *
 * Source: Intel 64 and IA-32 Architectures SDM volume 3, chapter 7 (table 7-1 for the order of
 * checks), 20.3.3 (redirection bitmap); volume 1, 18.5.2 (I/O permission bitmap).
 *
 * Up to the commit point (`leave_task`) a fault belongs to the old task, after it to the new one,
 * which then has the registers of its TSS but perhaps not all of its segments.
 */

#include "core/cpu/segment.h"

enum {
    TSS16_MIN = 0x2b,
    TSS32_MIN = 0x67,
    /* Offsets in a 32-bit TSS */
    TSS_LINK = 0x00,
    TSS_STACKS = 0x04,
    TSS_CR3 = 0x1c,
    TSS_EIP = 0x20,
    TSS_EFLAGS = 0x24,
    TSS_GPR = 0x28,
    TSS_SEG = 0x48,
    TSS_LDT = 0x60,
    TSS_TRAP = 0x64,
    TSS_IOMAP = 0x66,
    /* in a 16-bit one */
    TSS16_STACKS = 0x02,
    TSS16_IP = 0x0e,
    TSS16_FLAGS = 0x10,
    TSS16_GPR = 0x12,
    TSS16_SEG = 0x22,
    TSS16_LDT = 0x2a,
    DR6_BT = 1 << 15,
    DR7_LOCAL = 0x155, /* L0-L3, LE: cleared by a task switch */
};

struct tss_image {
    bool is32;
    uint32_t cr3, eip, eflags;
    uint32_t gpr[8];
    uint16_t seg[6]; /* enum x86_seg */
    uint16_t ldt;
    bool trap;
};

static bool tss_is32(const struct interp *c)
{
    return c->x.tr.attr & DESC_32;
}

static bool tss_usable(const struct interp *c)
{
    unsigned type = c->x.tr.attr & (SEG_NULL | SEG_P | DESC_S_TYPE);

    type &= ~(unsigned)DESC_BUSY;
    return type == (SEG_P | DESC_TSS16) || type == (SEG_P | DESC_TSS32);
}

/* ---- reading what a TSS offers the running task ---- */

void task_stack(struct interp *c, unsigned cpl, uint16_t *ss, uint32_t *esp)
{
    bool is32 = tss_is32(c);
    unsigned size = is32 ? 4 : 2;
    uint32_t at = is32 ? TSS_STACKS + cpl * 8 : TSS16_STACKS + cpl * 4;

    if (!tss_usable(c) || at + 2 * size - 1 > c->x.tr.limit)
        desc_fault(c, EXC_TS, c->x.tr.selector);
    *esp = cpu_sys_read(c, c->x.tr.base + at, size);
    *ss = (uint16_t)cpu_sys_read(c, c->x.tr.base + at + size, 2);
}

void cpu_check_io(struct interp *c, uint16_t port, unsigned size)
{
    uint32_t at, mask = ((1u << size) - 1) << (port & 7);

    if (c->v86 || (c->prot && c->cpl > cpu_iopl(c))) {
        if (!tss_usable(c) || !tss_is32(c) || c->x.tr.limit < TSS32_MIN)
            cpu_raise_code(c, EXC_GP, 0);
        at = cpu_sys_read(c, c->x.tr.base + TSS_IOMAP, 2) + port / 8;
        /* Two bytes are always read, so the map ends with one more byte of ones. */
        if (at + 1 > c->x.tr.limit || (cpu_sys_read(c, c->x.tr.base + at, 2) & mask))
            cpu_raise_code(c, EXC_GP, 0);
    }
    if (c->dr7_armed)
        cpu_debug_io(c, port, size);
}

bool task_redirects(struct interp *c, unsigned vector)
{
    uint32_t at;

    if (!tss_usable(c) || !tss_is32(c) || c->x.tr.limit < TSS32_MIN)
        cpu_raise_code(c, EXC_GP, 0);
    /* The 32 bytes below the I/O bitmap */
    at = cpu_sys_read(c, c->x.tr.base + TSS_IOMAP, 2);
    if (at < 32 || at - 32 + vector / 8 > c->x.tr.limit)
        cpu_raise_code(c, EXC_GP, 0);
    at += vector / 8 - 32;
    return !(cpu_sys_read(c, c->x.tr.base + at, 1) >> (vector & 7) & 1);
}

/* ---- the switch ---- */

static void read_tss32(struct interp *c, uint32_t base, struct tss_image *t)
{
    t->cr3 = cpu_sys_read(c, base + TSS_CR3, 4);
    t->eip = cpu_sys_read(c, base + TSS_EIP, 4);
    t->eflags = cpu_sys_read(c, base + TSS_EFLAGS, 4);
    for (unsigned i = 0; i < 8; i++)
        t->gpr[i] = cpu_sys_read(c, base + TSS_GPR + 4 * i, 4);
    for (unsigned i = 0; i < 6; i++)
        t->seg[i] = (uint16_t)cpu_sys_read(c, base + TSS_SEG + 4 * i, 2);
    t->ldt = (uint16_t)cpu_sys_read(c, base + TSS_LDT, 2);
    t->trap = cpu_sys_read(c, base + TSS_TRAP, 2) & 1;
}

/* A 16-bit TSS has no FS, GS and CR3; the high halves of the registers become 0. */
static void read_tss16(struct interp *c, uint32_t base, struct tss_image *t)
{
    t->cr3 = c->x.cr3;
    t->eip = cpu_sys_read(c, base + TSS16_IP, 2);
    t->eflags = cpu_sys_read(c, base + TSS16_FLAGS, 2);
    for (unsigned i = 0; i < 8; i++)
        t->gpr[i] = cpu_sys_read(c, base + TSS16_GPR + 2 * i, 2);
    for (unsigned i = 0; i < 4; i++)
        t->seg[i] = (uint16_t)cpu_sys_read(c, base + TSS16_SEG + 2 * i, 2);
    t->ldt = (uint16_t)cpu_sys_read(c, base + TSS16_LDT, 2);
}

/* Writes the state of the old task where it belongs. */
static void save_tss(struct interp *c, uint32_t flags, uint32_t eip)
{
    uint32_t base = c->x.tr.base;

    if (tss_is32(c)) {
        cpu_sys_write(c, base + TSS_EIP, eip, 4);
        cpu_sys_write(c, base + TSS_EFLAGS, flags, 4);
        for (unsigned i = 0; i < 8; i++)
            cpu_sys_write(c, base + TSS_GPR + 4 * i, c->x.gpr[i], 4);
        for (unsigned i = 0; i < 6; i++)
            cpu_sys_write(c, base + TSS_SEG + 4 * i, c->x.seg[i].selector, 2);
        return;
    }
    cpu_sys_write(c, base + TSS16_IP, eip & 0xffff, 2);
    cpu_sys_write(c, base + TSS16_FLAGS, flags & 0xffff, 2);
    for (unsigned i = 0; i < 8; i++)
        cpu_sys_write(c, base + TSS16_GPR + 2 * i, c->x.gpr[i] & 0xffff, 2);
    for (unsigned i = 0; i < 4; i++)
        cpu_sys_write(c, base + TSS16_SEG + 2 * i, c->x.seg[i].selector, 2);
}

static void set_busy(struct interp *c, uint32_t linear, bool busy)
{
    uint32_t type = cpu_sys_read(c, linear + 5, 1);

    type = busy ? type | DESC_BUSY : type & ~(uint32_t)DESC_BUSY;
    cpu_sys_write(c, linear + 5, type, 1);
}

/* Makes sure that nothing between here and the commit point can fault. */
static void probe_old(struct interp *c, enum task_switch how)
{
    bool is32 = tss_is32(c);
    unsigned first = is32 ? TSS_EIP : TSS16_IP;
    unsigned end = is32 ? TSS_LDT : TSS16_LDT;

    if (!tss_usable(c) || c->x.tr.limit < end - 1)
        desc_fault(c, EXC_TS, c->x.tr.selector);
    cpu_lin_probe_write(c, c->x.tr.base + first, end - first, false);
    if (how != TASK_CALL)
        cpu_lin_probe_write(c, c->x.gdtr.base + (c->x.tr.selector & 0xfff8) + 5, 1, false);
}

static void leave_task(struct interp *c, struct descriptor *d, enum task_switch how,
                       uint32_t return_eip)
{
    uint32_t flags = cpu_flags(c);

    if (how == TASK_IRET)
        flags &= ~(uint32_t)FL_NT;
    if (how != TASK_CALL && (c->x.tr.selector | 7u) <= c->x.gdtr.limit)
        set_busy(c, c->x.gdtr.base + (c->x.tr.selector & 0xfff8), false);
    save_tss(c, flags, return_eip);
    if (how == TASK_CALL)
        cpu_sys_write(c, desc_base(d) + TSS_LINK, c->x.tr.selector, 2);
    if (how != TASK_IRET) {
        set_busy(c, d->linear, true);
        d->hi |= DESC_BUSY << 8;
    }
}

/* ---- loading the new task's state ---- */

static void load_ldt(struct interp *c, uint16_t selector)
{
    struct descriptor d;

    c->x.ldtr = seg_null(selector);
    if (selector_is_null(selector))
        return;
    if ((selector & 4) || !desc_read(c, selector, &d) || desc_type(&d) != DESC_LDT ||
        !desc_present(&d))
        desc_fault(c, EXC_TS, selector);
    c->x.ldtr = seg_from(&d, selector);
}

static void load_task_cs(struct interp *c, uint16_t selector)
{
    unsigned rpl = selector & 3;
    struct descriptor d;

    if (selector_is_null(selector))
        cpu_raise_code(c, EXC_TS, 0);
    desc_need(c, selector, &d, EXC_TS);
    if (!desc_is_code(&d))
        desc_fault(c, EXC_TS, selector);
    if (desc_is_conforming(&d) ? desc_dpl(&d) > rpl : desc_dpl(&d) != rpl)
        desc_fault(c, EXC_TS, selector);
    if (!desc_present(&d))
        desc_fault(c, EXC_NP, selector);
    seg_load_cs(c, &d, rpl);
    cpu_update_mode(c);
}

static void load_task_data(struct interp *c, enum x86_seg seg, uint16_t selector)
{
    struct descriptor d;
    unsigned rpl = selector & 3;

    if (selector_is_null(selector))
        return;
    desc_need(c, selector, &d, EXC_TS);
    if (!desc_is_readable(&d))
        desc_fault(c, EXC_TS, selector);
    if (!desc_is_conforming(&d) && (rpl > desc_dpl(&d) || c->cpl > desc_dpl(&d)))
        desc_fault(c, EXC_TS, selector);
    if (!desc_present(&d))
        desc_fault(c, EXC_NP, selector);
    desc_mark_accessed(c, &d);
    c->x.seg[seg] = seg_from(&d, selector);
}

/* Registers without their segments' descriptors; CPL is CS.RPL from here on. */
static void load_registers(struct interp *c, const struct tss_image *t)
{
    memcpy(c->x.gpr, t->gpr, sizeof(c->x.gpr));
    for (unsigned i = 0; i < 6; i++)
        c->x.seg[i] = t->eflags & FL_VM ? seg_v86(t->seg[i]) : seg_null(t->seg[i]);
    c->x.seg[S_SS].attr |= (t->seg[S_CS] & 3) << 5;
    c->x.eip = t->eip;
    c->next_eip = t->eip;
    /* A fault from here on belongs to the new task's first instruction. */
    if (c->block)
        c->block_eip = t->eip - c->current->offset;
    if (t->is32 && c->paging) {
        c->x.cr3 = t->cr3 & CR3_DEFINED;
        tlb_flush(c, false);
    }
    c->x.cr0 |= CR0_TS;
    if (c->x.dr[7] & DR7_LOCAL) {
        c->x.dr[7] &= ~(uint32_t)DR7_LOCAL;
        cpu_debug_update(c);
    }
    cpu_set_eflags(c, (t->eflags & FL_DEFINED) | FL_ONE);
    cpu_update_mode(c);
}

static void load_segments(struct interp *c, const struct tss_image *t)
{
    static const uint8_t data[] = { S_DS, S_ES, S_FS, S_GS };

    load_ldt(c, t->ldt);
    if (c->v86)
        return;
    load_task_cs(c, t->seg[S_CS]);
    c->x.seg[S_SS] = seg_check_stack(c, t->seg[S_SS], c->cpl, EXC_TS);
    cpu_update_mode(c);
    for (unsigned i = 0; i < sizeof(data); i++)
        load_task_data(c, data[i], t->seg[data[i]]);
}

/* The descriptor has a TSS's type and may be used; the rest is checked here. */
static void task_switch(struct interp *c, struct descriptor *d, enum task_switch how,
                        uint32_t return_eip)
{
    struct tss_image t = { .is32 = desc_type(d) & DESC_32 };

    if (!desc_present(d))
        desc_fault(c, EXC_NP, d->selector);
    if (desc_limit(d) < (t.is32 ? TSS32_MIN : TSS16_MIN))
        desc_fault(c, EXC_TS, d->selector);
    probe_old(c, how);
    if (t.is32)
        read_tss32(c, desc_base(d), &t);
    else
        read_tss16(c, desc_base(d), &t);
    if (how == TASK_CALL)
        cpu_lin_probe_write(c, desc_base(d) + TSS_LINK, 2, false);
    if (how != TASK_IRET)
        cpu_lin_probe_write(c, d->linear + 5, 1, false);

    leave_task(c, d, how, return_eip);
    if (how == TASK_CALL)
        t.eflags |= FL_NT;
    d->hi |= DESC_BUSY << 8;
    c->x.tr = seg_from(d, d->selector);
    load_registers(c, &t);
    load_segments(c, &t);
    if (t.trap) {
        c->db_pending |= DR6_BT;
        cpu_wake(c);
    }
    if (t.eip > c->x.seg[S_CS].limit)
        cpu_raise_code(c, EXC_GP, 0);
}

void task_direct(struct interp *c, struct descriptor *d, enum task_switch how, uint32_t return_eip)
{
    if (d->selector & 4) /* a TSS lives in the GDT */
        desc_fault(c, EXC_GP, d->selector);
    task_switch(c, d, how, return_eip);
}

void task_gate(struct interp *c, const struct descriptor *gate, enum task_switch how,
               uint32_t return_eip)
{
    uint16_t selector = gate->lo >> 16;
    struct descriptor d;

    if (selector & 4)
        desc_fault(c, EXC_GP, selector);
    desc_need(c, selector, &d, EXC_GP);
    if (selector_is_null(selector) || (desc_type(&d) != DESC_TSS16 && desc_type(&d) != DESC_TSS32))
        desc_fault(c, EXC_GP, selector);
    task_switch(c, &d, how, return_eip);
}

void task_return(struct interp *c)
{
    uint16_t selector = (uint16_t)cpu_sys_read(c, c->x.tr.base + TSS_LINK, 2);
    struct descriptor d;

    if ((selector & 4) || selector_is_null(selector))
        desc_fault(c, EXC_TS, selector);
    desc_need(c, selector, &d, EXC_TS);
    if (desc_type(&d) != DESC_TSS16_BUSY && desc_type(&d) != DESC_TSS32_BUSY)
        desc_fault(c, EXC_TS, selector);
    task_switch(c, &d, TASK_IRET, c->next_eip);
}
