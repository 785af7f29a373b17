/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segment registers: checks of an access, loads, the mode derived from them, the stack.
 *
 * Source: Intel 64 and IA-32 Architectures SDM volume 3, chapters 3.4, 5.3-5.7; volume 2, MOV and
 * POP.
 *
 * CPL is the DPL of SS, as in the processor itself: 0 in real mode, 3 in V86, and equal to CS.RPL
 * whenever CS holds a selector.
 */

#include "core/cpu/segment.h"
#include "core/cpu/flags.h"

void cpu_update_mode(struct interp *c)
{
    const struct x86_state *x = &c->x;
    bool pe = x->cr0 & CR0_PE;

    c->v86 = pe && (x->eflags & FL_VM);
    c->prot = pe && !c->v86;
    c->cpl = !pe ? 0 : c->v86 ? 3 : x->seg[S_SS].attr >> 5 & 3;
    c->code32 = x->seg[S_CS].attr & SEG_DB;
    c->stack32 = x->seg[S_SS].attr & SEG_DB;
    c->paging = pe && (x->cr0 & CR0_PG);
    c->tlb = c->tlbs[c->cpl == 3];
    if (c->cpl == 3 && (x->cr0 & CR0_AM) && (x->eflags & FL_AC))
        c->tlb = c->tlbs[2];
}

void cpu_merge_flags(struct interp *c, uint32_t value, uint32_t mask)
{
    uint32_t old = c->x.eflags, flags = (cpu_flags(c) & ~mask) | (value & mask) | FL_ONE;

    c->x.eflags = flags;
    flags_load(c, flags);
    if ((old ^ flags) & (FL_VM | FL_AC))
        cpu_update_mode(c);
    if ((flags & (FL_TF | FL_RF)) || ((flags & ~old & FL_IF) && (c->intr_pin || c->x.intr_pending)))
        cpu_wake(c);
}

/* ---- an access ---- */

/* A limit of 4 GB is none: what wraps at its end is not checked.  SDM volume 3, 5.3 leaves that to
 * the processor; the ones at hand do so, and programs rely on it. */
static bool in_limit(const struct x86_segment *s, uint32_t offset, unsigned size, bool data)
{
    uint32_t last = offset + (size - 1);

    if (data && (s->attr & (SEG_CODE | SEG_EC)) == SEG_EC)
        return offset > s->limit && last >= offset && last <= (s->attr & SEG_DB ? ~0u : 0xffff);
    return s->limit == ~0u || (offset <= s->limit && size - 1 <= s->limit - offset);
}

void cpu_seg_check_slow(struct interp *c, enum x86_seg seg, uint32_t offset, unsigned size,
                        bool write)
{
    const struct x86_segment *s = &c->x.seg[seg];
    bool good = in_limit(s, offset, size, c->prot);

    if (c->prot) {
        good &= !(s->attr & SEG_NULL) && (s->attr & SEG_P);
        if (write)
            good &= (s->attr & (SEG_CODE | SEG_W)) == SEG_W;
        else
            good &= !(s->attr & SEG_CODE) || (s->attr & SEG_W);
    }
    if (!good)
        cpu_raise_code(c, seg == S_SS ? EXC_SS : EXC_GP, 0);
}

/* ---- the stack ---- */

void cpu_push(struct interp *c, uint32_t value, bool op32)
{
    unsigned size = op32 ? 4 : 2;
    uint32_t esp = c->x.gpr[R_ESP] - size;

    if (c->stack32) {
        cpu_write(c, S_SS, esp, value, size);
        c->x.gpr[R_ESP] = esp;
    } else {
        cpu_write(c, S_SS, esp & 0xffff, value, size);
        c->x.gpr[R_ESP] = (c->x.gpr[R_ESP] & 0xffff0000) | (esp & 0xffff);
    }
}

uint32_t cpu_pop(struct interp *c, bool op32)
{
    unsigned size = op32 ? 4 : 2;
    uint32_t esp = c->x.gpr[R_ESP], value;

    value = cpu_read(c, S_SS, c->stack32 ? esp : esp & 0xffff, size);
    cpu_add_esp(c, size);
    return value;
}

struct stack stack_current(struct interp *c)
{
    return (struct stack){
        .seg = c->x.seg[S_SS],
        .esp = c->x.gpr[R_ESP],
        .prot = c->prot,
        .user = c->cpl == 3,
    };
}

static uint32_t stack_offset(const struct stack *s)
{
    return s->seg.attr & SEG_DB ? s->esp : s->esp & 0xffff;
}

static void stack_check(struct interp *c, const struct stack *s, unsigned size)
{
    bool bad = s->prot && ((s->seg.attr & SEG_NULL) ||
                           (s->seg.attr & (SEG_P | SEG_CODE | SEG_W)) != (SEG_P | SEG_W));

    if (bad || !in_limit(&s->seg, stack_offset(s), size, s->prot))
        cpu_raise_code(c, EXC_SS, s->fault_code);
}

void stack_push(struct interp *c, struct stack *s, uint32_t value, bool op32)
{
    unsigned size = op32 ? 4 : 2;
    uint32_t linear;

    s->esp -= size;
    stack_check(c, s, size);
    linear = s->seg.base + stack_offset(s);
    if (s->user)
        cpu_lin_write(c, linear, value, size); /* CPL is 3 already */
    else
        cpu_sys_write(c, linear, value, size);
}

uint32_t stack_pop(struct interp *c, struct stack *s, bool op32)
{
    unsigned size = op32 ? 4 : 2;
    uint32_t linear, value;

    stack_check(c, s, size);
    linear = s->seg.base + stack_offset(s);
    value = s->user ? cpu_lin_read(c, linear, size) : cpu_sys_read(c, linear, size);
    s->esp += size;
    return value;
}

void stack_skip(struct stack *s, uint32_t n)
{
    s->esp += n;
}

void stack_commit(struct interp *c, const struct stack *s)
{
    uint32_t *esp = &c->x.gpr[R_ESP];

    *esp = s->seg.attr & SEG_DB ? s->esp : (*esp & 0xffff0000) | (s->esp & 0xffff);
}

/* ---- descriptors ---- */

_Noreturn void desc_fault(struct interp *c, unsigned vector, uint16_t selector)
{
    cpu_raise_code(c, vector, selector & 0xfffc);
}

bool desc_read(struct interp *c, uint16_t selector, struct descriptor *d)
{
    uint32_t base = c->x.gdtr.base, limit = c->x.gdtr.limit;

    if (selector & 4) {
        if (c->x.ldtr.attr & SEG_NULL)
            return false;
        base = c->x.ldtr.base;
        limit = c->x.ldtr.limit;
    }
    if ((selector | 7u) > limit)
        return false;
    d->selector = selector;
    d->linear = base + (selector & 0xfff8);
    d->lo = cpu_sys_read(c, d->linear, 4);
    d->hi = cpu_sys_read(c, d->linear + 4, 4);
    return true;
}

void desc_need(struct interp *c, uint16_t selector, struct descriptor *d, unsigned vector)
{
    if (!desc_read(c, selector, d))
        desc_fault(c, vector, selector);
}

void desc_mark_accessed(struct interp *c, struct descriptor *d)
{
    if (d->hi & SEG_A << 8)
        return;
    d->hi |= SEG_A << 8;
    cpu_sys_write(c, d->linear + 5, d->hi >> 8 & 0xff, 1);
}

struct x86_segment seg_from(const struct descriptor *d, uint16_t selector)
{
    return (struct x86_segment){
        .base = desc_base(d),
        .limit = desc_limit(d),
        .selector = selector,
        .attr = desc_attr(d),
    };
}

struct x86_segment seg_null(uint16_t selector)
{
    return (struct x86_segment){ .selector = selector, .attr = SEG_NULL };
}

struct x86_segment seg_v86(uint16_t selector)
{
    return (struct x86_segment){
        .base = (uint32_t)selector << 4,
        .limit = 0xffff,
        .selector = selector,
        .attr = SEG_P | SEG_DPL | SEG_S | SEG_W | SEG_A,
    };
}

/* ---- loads ---- */

void cpu_set_real_seg(struct interp *c, enum x86_seg seg, uint16_t selector)
{
    struct x86_segment *s = &c->x.seg[seg];

    if (c->v86) {
        *s = seg_v86(selector);
    } else {
        /* Limit and size survive ("unreal mode"); a register that was null gets what RESET gives.
         */
        if (s->attr & SEG_NULL)
            *s = (struct x86_segment){ .limit = 0xffff };
        s->attr = (s->attr & (SEG_AVL | SEG_DB | SEG_G)) | SEG_P | SEG_S | SEG_W | SEG_A;
        s->selector = selector;
        s->base = (uint32_t)selector << 4;
    }
    if (seg == S_CS || seg == S_SS)
        cpu_update_mode(c);
}

struct x86_segment seg_check_stack(struct interp *c, uint16_t selector, unsigned cpl,
                                   unsigned vector)
{
    struct descriptor d;

    if (selector_is_null(selector))
        cpu_raise_code(c, vector, 0);
    desc_need(c, selector, &d, vector);
    if ((selector & 3u) != cpl || !desc_is_writable(&d) || desc_dpl(&d) != cpl)
        desc_fault(c, vector, selector);
    if (!desc_present(&d))
        desc_fault(c, EXC_SS, selector);
    desc_mark_accessed(c, &d);
    return seg_from(&d, selector);
}

void seg_load_cs(struct interp *c, struct descriptor *d, unsigned rpl)
{
    desc_mark_accessed(c, d);
    c->x.seg[S_CS] = seg_from(d, (d->selector & 0xfffc) | rpl);
}

void cpu_load_seg(struct interp *c, enum x86_seg seg, uint16_t selector)
{
    struct descriptor d;
    unsigned rpl = selector & 3;

    if (!c->prot) {
        cpu_set_real_seg(c, seg, selector);
        return;
    }
    if (seg == S_SS) {
        c->x.seg[S_SS] = seg_check_stack(c, selector, c->cpl, EXC_GP);
        cpu_update_mode(c);
        return;
    }
    if (selector_is_null(selector)) {
        c->x.seg[seg] = seg_null(selector);
        return;
    }
    desc_need(c, selector, &d, EXC_GP);
    if (!desc_is_readable(&d))
        desc_fault(c, EXC_GP, selector);
    if (!desc_is_conforming(&d) && (rpl > desc_dpl(&d) || c->cpl > desc_dpl(&d)))
        desc_fault(c, EXC_GP, selector);
    if (!desc_present(&d))
        desc_fault(c, EXC_NP, selector);
    desc_mark_accessed(c, &d);
    c->x.seg[seg] = seg_from(&d, selector);
}
