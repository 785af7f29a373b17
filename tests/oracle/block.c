/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks: a few instructions one after the other, often with a branch at the end.  Flags that one
 * of them leaves undefined are read by none that follows.
 */

#include <string.h>

#include "tests/oracle/generate.h"

enum { MOST = 8, ROOM = 100 };

static bool fits_in(const struct oracle_case *c, const struct oracle_group *g)
{
    static const char *const left_out[] = { "enter", "leave", "popa",  "pusha", "bound",
                                            "arpl",  "shld",  "shrd",  "lar",   "lsl",
                                            "verr",  "verw",  "xlatb", "fwait" };
    const struct row *row = g->row;

    if (g->code32 != c->group.code32 || (row->reads & c->undefined))
        return false;
    if (row->attr &
        (ATTR_STR | ATTR_END | ATTR_PRIV | ATTR_X87 | ATTR_MMX | ATTR_NONE | ATTR_BLOCK))
        return false;
    if ((row->attr & (ATTR_IOPL | ATTR_BITS)) && !row_is(row, "pushf"))
        return false;
    if (row->op_name[0][0] == 'S' || row->op_name[1][0] == 'S')
        return false; /* segment registers: selectors would have to be good */
    if (strcmp(row->op_name[1], "Mp") == 0 || strcmp(row->op_name[0], "Td") == 0 ||
        strcmp(row->op_name[1], "Td") == 0)
        return false;
    for (unsigned i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
        if (row_is(row, left_out[i]))
            return false;
    return true;
}

static void note_flags(struct oracle_case *c, const struct row *row)
{
    if (!(row->attr & ATTR_CONDU)) /* a shift by 0 changes nothing */
        c->undefined &= ~row->writes;
    c->undefined |= row->undefined;
    c->undefined_inside |= row->undefined;
}

static void append(struct oracle_case *c, unsigned groups)
{
    const struct oracle_group *g;

    do
        g = group_get(rng_below(&c->rng, groups));
    while (!fits_in(c, g));
    c->group = *g;
    c->rep = c->lock = false;
    encode(c);
    note_flags(c, g->row);
    c->in.count++;
}

/* Jcc, LOOP or JMP. */
static unsigned append_branch(struct oracle_case *c, unsigned groups)
{
    const struct oracle_group *g;

    do
        g = group_get(rng_below(&c->rng, groups));
    while (g->row->op[0].kind != OP_REL || row_is(g->row, "call") || g->code32 != c->group.code32 ||
           (g->row->reads & c->undefined));
    c->group = *g;
    encode(c);
    c->in.count++;
    c->in.landing = true;
    return g->op32 ? g->row->op[0].size32 : g->row->op[0].size;
}

void block_make(struct oracle_case *c)
{
    struct oracle_group block = c->group;
    unsigned groups = group_total(), many = 2 + rng_below(&c->rng, MOST - 1), size = 0;

    c->absolute = true;
    c->in.count = 0;
    while (c->in.count < many && c->in.len < ROOM)
        append(c, groups);
    if (rng_chance(&c->rng, 70))
        size = append_branch(c, groups);
    pick_eip(c);
    if (size)
        shape_relative(c, size);
    c->group = block;
    c->mem_size = 0;
    c->modrm_at = 0;
}
