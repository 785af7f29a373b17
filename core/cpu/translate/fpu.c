/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translation of x87 and MMX instructions: they are executed as they are, on the guest's state in
 * the host's own registers.
 *
 * The state goes there when a block with such an instruction is entered and stays there from block
 * to block, until a handler of the interpreter needs it.  It does not go there while the guest has
 * exceptions unmasked.
 *
 * What FNSTENV shows of the last instruction and its operand is the guest's, never the host's.  It
 * is found when somebody looks: a block leaves its place in xl.noted, and the operand's offset (in
 * real mode its selector) only where registers or segments may have changed by then.
 */

#include "core/cpu/fpu_impl.h"
#include "core/cpu/translate/emit.h"

enum x87_kind {
    X87_NONE,    /* not of this unit */
    X87_NUMBER,  /* shows as the last instruction */
    X87_CONTROL, /* does not */
    X87_CALL,    /* by the interpreter's handler: moves state, or changes masks */
};

static enum x87_kind control_kind(const struct insn *i)
{
    unsigned reg = i->modrm >> 3 & 7;

    if (!(i->flags & INSN_REG)) {
        if (i->opcode == 0xd9 && reg >= 4)
            return reg == 7 ? X87_CONTROL : X87_CALL;
        if (i->opcode == 0xdd && (reg == 4 || reg == 6))
            return X87_CALL;
        return i->opcode == 0xdd && reg == 7 ? X87_CONTROL : X87_NUMBER;
    }
    if (i->opcode == 0xdb && reg == 4)
        return i->modrm == 0xe3 ? X87_CALL : X87_CONTROL;
    return i->opcode == 0xdf && i->modrm == 0xe0 ? X87_CONTROL : X87_NUMBER;
}

static enum x87_kind kind_of(const struct insn *i)
{
    unsigned attr;

    if (stage_is_fault(i))
        return X87_NONE;
    if (!(i->flags & INSN_0F) && i->opcode == 0x9b)
        return X87_CONTROL; /* FWAIT */
    attr = insn_rows[i->row].attr;
    if (attr & A_MMX)
        return X87_CONTROL;
    if (!(attr & A_X87))
        return X87_NONE;
    return i->flags & INSN_0F ? X87_CALL : control_kind(i); /* FXSAVE, FXRSTOR */
}

bool xlat_is_x87(const struct insn *i)
{
    return kind_of(i) != X87_NONE;
}

struct insn *xlat_next_x87(struct block *b, unsigned k)
{
    while (k < b->count && !xlat_is_x87(&b->insn[k]))
        k++;
    return k < b->count ? &b->insn[k] : NULL;
}

/* ---- the last instruction and its operand ---- */

static bool has_operand(const struct insn *i, enum x87_kind kind)
{
    return kind == X87_NUMBER && !(i->flags & INSN_REG);
}

static bool is_constant(const struct insn *i)
{
    return i->base == INSN_NOREG && i->index == INSN_NOREG;
}

/* Changes no general register and no segment. */
static bool is_quiet(const struct insn *i)
{
    return !(i->flags & INSN_0F) &&
           (i->opcode == 0x9b || (i->opcode >= 0xd8 && i->opcode <= 0xdf)) &&
           !(i->opcode == 0xdf && i->modrm == 0xe0); /* FNSTSW AX */
}

/* Is the operand of instruction j stored when it is executed?  Only if it is too late when the next
 * one is asked for, or a handler looks. */
static bool is_stored(const struct block *b, unsigned j)
{
    for (unsigned k = j + 1; k < b->count; k++) {
        enum x87_kind kind = kind_of(&b->insn[k]);

        if (kind == X87_CALL || has_operand(&b->insn[k], kind))
            return false;
        if (!is_quiet(&b->insn[k]))
            return true;
    }
    return true;
}

static bool loads_segment(const struct insn *i)
{
    if (i->flags & INSN_0F)
        return i->opcode == 0xa1 || i->opcode == 0xa9 || (i->opcode & 0xf8) == 0xb0;
    return i->opcode == 0x07 || i->opcode == 0x17 || i->opcode == 0x1f || i->opcode == 0x8e ||
           i->opcode == 0xc4 || i->opcode == 0xc5;
}

static uint32_t offset_of(const struct interp *c, const struct insn *i)
{
    const uint32_t *gpr = c->x.gpr; /* and the zero word */

    return (gpr[i->base] + (gpr[i->index] << i->scale) + i->disp) & i->addr_mask;
}

/* Instruction j was the last one with an operand before k; what it stored is in x.fpu. */
static void name_operand(struct interp *c, const struct block *b, unsigned j, unsigned k, bool real)
{
    const struct insn *i = &b->insn[j];
    bool stored = is_stored(b, j), loaded = false;

    if (!stored || is_constant(i))
        c->x.fpu.fdp = offset_of(c, i);
    for (unsigned n = j + 1; n < k; n++)
        loaded |= loads_segment(&b->insn[n]); /* its handler was told before */
    if (!loaded && !(stored && real))
        c->x.fpu.fds = c->x.seg[i->seg].selector;
}

/* What x.fpu shows after the first k instructions of a translation. */
static void name_last(struct interp *c, const struct xlat_code *code, unsigned k)
{
    const struct block *b = code->block;
    bool named = false, real = c->xl.xlat->modes[code->mode].real;

    for (unsigned j = k; j-- > 0;) {
        const struct insn *i = &b->insn[j];
        enum x87_kind kind = kind_of(i);

        if (kind == X87_CALL)
            return;
        if (kind != X87_NUMBER)
            continue;
        if (!named) {
            c->x.fpu.fip = code->eip + i->offset;
            c->x.fpu.fcs = c->x.seg[S_CS].selector;
            c->fpu.op = (uint16_t)(i->opcode | i->modrm << 8);
            named = true;
        }
        if (has_operand(i, kind)) {
            name_operand(c, b, j, k, real);
            return;
        }
    }
}

void xlat_fpu_named(struct interp *c)
{
    uint32_t place = c->xl.noted;
    const struct xlat_code *code;

    if (!place)
        return;
    c->xl.noted = 0;
    code = xlat_code_at(c->xl.xlat, place);
    name_last(c, code, code->count);
}

void xlat_fpu_before(struct interp *c, const struct block *b, unsigned k)
{
    uint32_t fdp = c->x.fpu.fdp;
    uint16_t fds = c->x.fpu.fds;

    if (!c->xl.native)
        return;
    if (c->xl.noted) { /* of a block before this one, which may have stored since */
        xlat_fpu_named(c);
        for (unsigned j = 0; j < k; j++) {
            if (has_operand(&b->insn[j], kind_of(&b->insn[j]))) {
                c->x.fpu.fdp = fdp;
                c->x.fpu.fds = fds;
            }
        }
    }
    name_last(c, b->xc, k);
}

/* ---- TOP ---- */

/* Is it an MMX store that may be the first MMX instruction after x87 code?  It makes TOP zero, in
 * the processor's documentation when it is done.  Processors do it earlier (seen on Zen 4, with no
 * other form): if the store faults, TOP is lost. */
static bool loses_top(const struct block *b, unsigned k)
{
    const struct insn *i = &b->insn[k];
    const struct insn_row *row = &insn_rows[i->row];

    if (stage_is_fault(i) || !(row->attr & A_MMX) || (i->flags & INSN_REG) ||
        (row->op[0] != OP_Ed && row->op[0] != OP_Qq))
        return false;
    while (k-- > 0) {
        if (kind_of(&b->insn[k]) != X87_NONE && b->insn[k].opcode != 0x9b)
            return !(insn_rows[b->insn[k].row].attr & A_MMX);
    }
    return true;
}

void xlat_fpu_faulted(const struct interp *c, const struct block *b, unsigned k)
{
    struct {
        uint32_t cw, sw, rest[5];
    } env;

    if (!loses_top(b, k))
        return;
    __asm__ volatile("fnstenv %0" : "=m"(env));
    env.sw = (env.sw & ~(uint32_t)SW_TOP) | (c->xl.sw & SW_TOP);
    __asm__ volatile("fldenv %0" : : "m"(env));
}

/* ---- at run time ---- */

int xlat_fpu_step(struct interp *c, struct block *b, unsigned k)
{
    struct insn *x87;

    if (fpu_to_host(c)) {
        c->xl.native = 1;
        return -1;
    }
    x87 = xlat_next_x87(b, k);
    if (x87->tries < UINT8_MAX)
        x87->tries++;
    c->xl.place = (uintptr_t)b;
    c->xl.arg = k;
    return XLAT_RESUME;
}

void xlat_fpu_back(struct interp *c)
{
    if (!c->xl.native)
        return;
    c->xl.native = 0;
    fpu_from_host(c);
}

/* ---- translation ---- */

/* Will emit_x87() see to it? */
static bool is_translated(const struct insn *i)
{
    enum x87_kind kind = kind_of(i);

    return kind != X87_NONE && kind != X87_CALL && i->site != SITE_CALL && i->tries < XLAT_REFUSALS;
}

bool emit_wants_x87(const struct emit *e)
{
    const struct insn *i = xlat_next_x87(e->block, 0);

    return i && is_translated(i);
}

void emit_need_x87(struct emit *e)
{
    uint32_t at, over;

    if (e->native)
        return;
    e_mov(e, H_R10, H_RCX);
    e_load(e, H_RCX, H_STATE, STATE(xl.native));
    at = e_jrcxz(e);
    e_mov(e, H_RCX, H_R10);
    e8(e, 0xe9);
    over = emit_place(e);
    e32(e, 0);
    e_patch8(e, at);
    e_mov(e, H_RCX, H_R10);
    e_mov_imm64(e, H_R11, (uintptr_t)e->block);
    e_mov_imm(e, H_R8, e->k);
    e_call_to(e, e->t->at_fpu_step);
    e_patch(e->t, over, emit_place(e));
    e->native = true;
}

/* Does another instruction of this block take its place as the last one? */
static bool is_last(const struct emit *e)
{
    for (unsigned k = e->k + 1; k < e->block->count; k++) {
        if (kind_of(&e->block->insn[k]) == X87_NUMBER)
            return false;
    }
    return true;
}

static void note(struct emit *e)
{
    if (is_last(e))
        e_store_imm(e, H_STATE, STATE(xl.noted), e->code->direct);
}

static void store_operand(struct emit *e, const struct insn *i)
{
    if (!is_stored(e->block, e->k))
        return;
    if (!is_constant(i)) {
        emit_offset(e, i);
        e_store(e, H_STATE, STATE(x.fpu.fdp), H_LINEAR);
    }
    if (e->mode->real) {
        e_load_u16(e, H_R8, H_STATE,
                   STATE(x.seg) + (int32_t)(i->seg * sizeof(struct x86_segment)) +
                       (int32_t)offsetof(struct x86_segment, selector));
        e_store16(e, H_STATE, STATE(x.fpu.fds), H_R8);
    }
}

static bool x87_memory(struct emit *e, const struct insn *i, enum x87_kind kind)
{
    unsigned operand = kind == X87_CONTROL ? FPU_WRITES | 2 : fpu_operand(i);

    if (!operand || !emit_operand(e, i, operand & 0x7f, operand & FPU_WRITES))
        return false;
    emit_window(e, false, i->opcode, false, i->modrm >> 3 & 7);
    if (kind == X87_NUMBER) {
        store_operand(e, i);
        note(e);
    }
    return true;
}

static bool mmx(struct emit *e, const struct insn *i)
{
    const struct insn_row *row = &insn_rows[i->row];
    bool store = row->op[0] == OP_Ed || row->op[0] == OP_Qq;
    bool doubles = row->op[0] == OP_Ed || row->op[1] == OP_Ed || row->op[1] == OP_Qd;
    bool general = row->op[0] == OP_Ed || row->op[1] == OP_Ed;

    if (i->opcode == 0x77) { /* EMMS */
        e16(e, 0x770f);
        return true;
    }
    if (!(i->flags & INSN_REG)) {
        if (loses_top(e->block, e->k)) { /* fnstsw */
            e_rex(e, false, -1, -1, H_STATE);
            e8(e, 0xdd);
            e_mem(e, 7, H_STATE, STATE(xl.sw));
        }
        if (!emit_operand(e, i, doubles ? 4 : 8, store))
            return false;
        emit_window(e, false, i->opcode, true, i->modrm >> 3 & 7);
        return true;
    }
    if (general && (i->modrm & 7) == R_ESP)
        e8(e, 0x41);
    e8(e, 0x0f);
    e8(e, i->opcode);
    e8(e, i->modrm);
    if (row->op[1] == OP_Ib)
        e8(e, i->imm);
    return true;
}

bool emit_x87(struct emit *e, const struct insn *i)
{
    enum x87_kind kind = kind_of(i);

    if (!is_translated(i))
        return false;
    emit_need_x87(e);
    if (insn_rows[i->row].attr & A_MMX)
        return mmx(e, i);
    if (i->opcode == 0x9b)
        return true;
    if (!(i->flags & INSN_REG))
        return x87_memory(e, i, kind);
    if (i->opcode == 0xdb && (i->modrm >> 3 & 7) == 4 && i->modrm != 0xe2)
        return true; /* FNENI, FNDISI, FNSETPM */
    e8(e, i->opcode);
    e8(e, i->modrm);
    if (kind == X87_NUMBER)
        note(e);
    return true;
}
