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
#include "core/memory.h"

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

/* ---- an access ---- */

static bool in_limit(const struct x86_segment *s, uint32_t offset, unsigned size, bool data)
{
    uint32_t last = offset + (size - 1);

    if (data && (s->attr & (SEG_CODE | SEG_EC)) == SEG_EC)
        return offset > s->limit && last >= offset && last <= (s->attr & SEG_DB ? ~0u : 0xffff);
    return offset <= s->limit && size - 1 <= s->limit - offset;
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
