/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the run loop calls for an instruction: the handler itself if it is a chained one (ops.h), or
 * a stage around a plain handler, which wants x.eip and next_eip to be true and returns.
 */

#include "core/cpu/code.h"
#include "core/cpu/fpu.h"
#include "core/cpu/ops.h"

static inline void plain(struct interp *c, const struct insn *i)
{
    c->current = i;
    c->x.eip = c->block_eip + i->offset;
    c->next_eip = c->x.eip + i->len;
    i->fn(c, i);
}

static void stage_plain(struct interp *c, const struct insn *i)
{
    plain(c, i);
    NEXT;
}

static void stage_plain_end(struct interp *c, const struct insn *i)
{
    plain(c, i);
}

/* After the last instruction of a block that does not branch. */
static void stage_fall(struct interp *c, const struct insn *i)
{
    op_follow(c, LINK_NEXT, c->block_eip + i->offset);
}

void stage_stop(struct interp *c, const struct insn *i)
{
    /* The block was paid for as a whole. */
    c->budget += c->block->count - (i - c->block->insn);
    c->next_eip = c->block_eip + i->offset;
}

static void op_too_long(struct interp *c, const struct insn *i)
{
    (void)i;
    cpu_raise_code(c, EXC_GP, 0);
}

static const struct insn_row *row_of(const struct insn *i)
{
    return &insn_rows[i->row];
}

static bool repeated(const struct insn *i)
{
    return (row_of(i)->attr & A_STR) && (i->flags & (INSN_REP | INSN_REPNE));
}

bool stage_ends(const struct insn *i)
{
    return (row_of(i)->attr & A_END) || repeated(i);
}

void stage_insn(struct insn *i)
{
    const struct insn_row *row = row_of(i);

    if (row->op[0] == OP_Jb || row->op[0] == OP_Jz)
        i->disp = i->imm + i->offset + i->len;
    if (i->fn == op_fpu)
        i->fn = fpu_handler(i);
    else if (i->fn == op_mmx)
        i->fn = mmx_handler(i);
    i->go = i->fn;
    if (row->cls == C_INTERP)
        i->go = stage_ends(i) ? stage_plain_end : stage_plain;
}

void stage_sentinel(struct insn *i)
{
    i->go = stage_fall;
}

void stage_undefined(struct insn *i)
{
    i->fn = op_ud;
    i->go = stage_plain_end;
}

void stage_too_long(struct insn *i)
{
    i->fn = op_too_long;
    i->go = stage_plain_end;
}
