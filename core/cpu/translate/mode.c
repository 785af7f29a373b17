/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modes: all that a translation takes for granted and that may differ the next time its code runs.
 * There are few of them at a time, so they have numbers.
 */

#include <string.h>

#include "core/cpu/translate/xlat.h"
#include "core/memory.h"

static uint32_t class_of(const struct interp *c, const struct x86_segment *s, bool real)
{
    unsigned kind = s->attr & (SEG_NULL | SEG_P | SEG_S | SEG_CODE | SEG_EC | SEG_W);
    uint32_t only = 0;

    if (kind == (SEG_P | SEG_S | SEG_CODE | SEG_W) ||
        kind == (SEG_P | SEG_S | SEG_CODE | SEG_EC | SEG_W))
        only = SEGC_READ; /* code that may be read */
    else if (kind != (SEG_P | SEG_S | SEG_W))
        return SEGC_NONE;
    (void)c;
    if (s->limit == UINT32_MAX && s->base == 0 && !real)
        return SEGC_FLAT | only;
    if (s->base & 3)
        return SEGC_LIMIT | only;
    if (s->limit == UINT32_MAX)
        return SEGC_BIG | only;
    return (s->limit >= 0xffff ? SEGC_64K : SEGC_LIMIT) | only;
}

static void look(const struct interp *c, struct xlat_mode *m)
{
    memset(m, 0, sizeof(*m));
    m->cs_base = c->x.seg[S_CS].base;
    m->cs_limit = c->x.seg[S_CS].limit;
    m->a20 = mem_cpu_mask(c->cpu.host.memory);
    m->code32 = c->code32;
    m->stack32 = c->stack32;
    m->real = !c->prot && !c->v86;
    m->user = c->cpl == 3;
    m->paging = c->paging;
    for (unsigned s = 0; s < 6; s++)
        m->seg |= class_of(c, &c->x.seg[s], m->real) << (4 * s);
}

int xlat_current_mode(struct interp *c)
{
    struct xlat *t = c->xl.xlat;
    struct xlat_mode m;

    if (c->tlb == c->tlbs[2]) /* alignment is checked */
        return -1;
    look(c, &m);
    if (t->mode < t->mode_count && !memcmp(&m, &t->modes[t->mode], sizeof(m)))
        return (int)t->mode;
    for (t->mode = 0; t->mode < t->mode_count; t->mode++) {
        if (!memcmp(&m, &t->modes[t->mode], sizeof(m)))
            return (int)t->mode;
    }
    if (t->mode_count == XLAT_MODES) {
        code_flush(c); /* and with it all translations */
        t->mode_count = t->mode = 0;
    }
    t->modes[t->mode_count] = m;
    t->mode = t->mode_count++;
    return (int)t->mode;
}
