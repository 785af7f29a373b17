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
    m->direct = !(c->paging && m->user) && !c->xl.xlat->windows_off;
    for (unsigned s = 0; s < 6; s++)
        m->seg |= class_of(c, &c->x.seg[s], m->real) << (4 * s);
}

/* What look() would look at, as it is: mostly nothing has changed. */
static bool unchanged(const struct interp *c, struct xlat_seen *seen)
{
    uint32_t a20 = mem_cpu_mask(c->cpu.host.memory);
    uint32_t bits = (uint32_t)(c->code32 | c->stack32 << 1 | c->prot << 2 | c->v86 << 3 |
                               c->paging << 4 | (c->cpl == 3) << 5 | c->xl.xlat->windows_off << 6);

    if (c->tlb == seen->tlb && a20 == seen->a20 && bits == seen->bits &&
        !memcmp(seen->seg, c->x.seg, sizeof(seen->seg)))
        return true;
    seen->tlb = c->tlb;
    seen->a20 = a20;
    seen->bits = bits;
    memcpy(seen->seg, c->x.seg, sizeof(seen->seg));
    return false;
}

static unsigned hash(const struct xlat_mode *m)
{
    uint32_t h = m->cs_base >> 4 ^ m->cs_limit ^ m->seg * 2654435761u;

    return (h ^ h >> 15) % XLAT_MODES;
}

static int number_of(struct interp *c, const struct xlat_mode *m)
{
    struct xlat *t = c->xl.xlat;
    unsigned slot = hash(m);

    if (t->mode_at[slot] < t->mode_count && !memcmp(m, &t->modes[t->mode_at[slot]], sizeof(*m)))
        return t->mode_at[slot];
    for (unsigned n = 0; n < t->mode_count; n++) {
        if (!memcmp(m, &t->modes[n], sizeof(*m))) {
            t->mode_at[slot] = (uint16_t)n;
            return (int)n;
        }
    }
    if (t->mode_count == XLAT_MODES) {
        code_flush(c); /* and with it all translations */
        t->mode_count = 0;
    }
    t->modes[t->mode_count] = *m;
    t->mode_at[slot] = (uint16_t)t->mode_count;
    return (int)t->mode_count++;
}

int xlat_current_mode(struct interp *c)
{
    struct xlat *t = c->xl.xlat;
    struct xlat_mode m;

    if (unchanged(c, &t->seen))
        return t->mode;
    if (c->tlb == c->tlbs[2]) { /* alignment is checked */
        t->mode = -1;
    } else {
        look(c, &m);
        t->mode = number_of(c, &m);
    }
    return t->mode;
}
