/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the run loop calls for an instruction: the handler itself if it is a chained one (ops.h), or
 * a stage around a plain handler, which wants x.eip and next_eip to be true and returns.
 */

#include <string.h>

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

/* The next byte is fetched before the length is judged (SDM volume 3, table 6-2). */
static void op_too_long(struct interp *c, const struct insn *i)
{
    uint32_t next = c->block_eip + i->offset + i->len;
    uint32_t linear = c->x.seg[S_CS].base + next;

    if (linear % 4096 == 0 && next <= c->x.seg[S_CS].limit)
        cpu_fetch_phys(c, linear);
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

/* ---- what instructions do to the flags ---- */

enum effect {
    KEEPS,     /* nothing, or CF alone */
    FORGETS,   /* everything unknown */
    MAKES,     /* FLAGS_LAZY */
    LOGIC,     /* FLAGS_LOGIC */
    SUBTRACTS, /* FLAGS_SUB */
    ROTATES,   /* CF and OF */
    SHIFTS,    /* FLAGS_LAZY unless the count is zero */
};

static uint8_t effects[1024];

static enum effect effect_of(const struct insn_row *row)
{
    static const struct {
        const char *name;
        enum effect effect;
    } known[] = {
        { "cmp", SUBTRACTS }, { "sub", SUBTRACTS }, { "dec", SUBTRACTS }, { "neg", SUBTRACTS },
        { "and", LOGIC },     { "or", LOGIC },      { "xor", LOGIC },     { "test", LOGIC },
        { "add", MAKES },     { "adc", MAKES },     { "sbb", MAKES },     { "inc", MAKES },
        { "shl", SHIFTS },    { "shr", SHIFTS },    { "sar", SHIFTS },    { "rol", ROTATES },
        { "ror", ROTATES },   { "rcl", ROTATES },   { "rcr", ROTATES },   { "bt", KEEPS },
        { "clc", KEEPS },     { "stc", KEEPS },     { "cmc", KEEPS },
    };

    if (!(row->writes & F_OSZAPC))
        return KEEPS;
    for (unsigned n = 0; n < sizeof(known) / sizeof(known[0]); n++) {
        if (strcmp(row->name, known[n].name) == 0)
            return known[n].effect;
    }
    return FORGETS;
}

static __attribute__((constructor)) void build(void)
{
    for (unsigned row = 0; row < insn_row_count && row < sizeof(effects); row++)
        effects[row] = (uint8_t)effect_of(&insn_rows[row]);
}

static uint8_t operand_size(const struct insn *i)
{
    switch (row_of(i)->op[0]) {
    case OP_Eb:
    case OP_Gb:
    case OP_AL:
        return 1;
    default:
        return i->flags & INSN_OP32 ? 4 : 2;
    }
}

static void learn(struct flags_known *flags, const struct insn *i)
{
    uint8_t size = operand_size(i);

    switch (effects[i->row]) {
    case KEEPS:
        break;
    case MAKES:
        *flags = (struct flags_known){ FLAGS_LAZY, size };
        break;
    case LOGIC:
        *flags = (struct flags_known){ FLAGS_LOGIC, size };
        break;
    case SUBTRACTS:
        *flags = (struct flags_known){ FLAGS_SUB, size };
        break;
    case ROTATES:
        if (flags->kind != FLAGS_ANY)
            flags->kind = FLAGS_LAZY;
        break;
    case SHIFTS:
        if (row_of(i)->op[1] == OP_I1 || (row_of(i)->op[1] == OP_Ib && (i->imm & 31)))
            *flags = (struct flags_known){ FLAGS_LAZY, size };
        else if (flags->kind != FLAGS_ANY)
            *flags = (struct flags_known){ FLAGS_LAZY, 0 };
        break;
    default:
        *flags = (struct flags_known){ FLAGS_ANY, 0 };
        break;
    }
}

void stage_insn(struct insn *i, struct flags_known *flags)
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
    else if (i->fn == op_jcc_16 || i->fn == op_jcc_32)
        i->go = branch_with(i, flags);
    learn(flags, i);
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
