/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translation of x87 and MMX instructions: they are executed as they are, on the guest's state in
 * the host's own registers.
 *
 * The state goes there when a block with such an instruction is entered and stays there from block
 * to block, until a handler of the interpreter needs it.  It does not go there while the guest has
 * exceptions unmasked.  What FNSTENV shows of the last instruction and its operand is the guest's,
 * never the host's: it is stored in the state, where it may be looked at before the next one does.
 */

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

/* ---- at run time ---- */

int xlat_fpu_step(struct interp *c, struct block *b, unsigned k)
{
    if (fpu_to_host(c)) {
        c->xl.native = 1;
        return -1;
    }
    if (b->insn[k].tries < UINT8_MAX)
        b->insn[k].tries++;
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

void xlat_fpu_before(struct interp *c, const struct block *b, unsigned k, uint32_t eip)
{
    if (!c->xl.native)
        return;
    while (k-- > 0) {
        const struct insn *i = &b->insn[k];
        enum x87_kind kind = kind_of(i);

        if (kind == X87_CALL)
            return;
        if (kind == X87_NUMBER) {
            c->x.fpu.fip = eip + i->offset;
            c->x.fpu.fcs = c->x.seg[S_CS].selector;
            c->fpu.op = (uint16_t)(i->opcode | i->modrm << 8);
            return;
        }
    }
}

/* ---- translation ---- */

/* Makes sure that the state is in the host; instruction k may be resumed by the interpreter. */
static void need_state(struct emit *e)
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

static int32_t selector_of(unsigned seg)
{
    return STATE(x.seg) + (int32_t)(seg * sizeof(struct x86_segment)) +
           (int32_t)offsetof(struct x86_segment, selector);
}

static void copy_selector(struct emit *e, unsigned seg, int32_t to)
{
    e_load_u16(e, H_R8, H_STATE, selector_of(seg));
    e_store16(e, H_STATE, to, H_R8);
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

static void note(struct emit *e, const struct insn *i)
{
    if (!is_last(e))
        return;
    e_mov_imm(e, H_R8, e->code->eip + i->offset);
    e_store(e, H_STATE, STATE(x.fpu.fip), H_R8);
    e_mov_imm(e, H_R8, i->opcode | (uint32_t)i->modrm << 8);
    e_store16(e, H_STATE, STATE(fpu.op), H_R8);
    copy_selector(e, S_CS, STATE(x.fpu.fcs));
}

static bool x87_memory(struct emit *e, const struct insn *i, enum x87_kind kind)
{
    unsigned operand = kind == X87_CONTROL ? FPU_WRITES | 2 : fpu_operand(i);

    emit_offset(e, i);
    if (kind == X87_NUMBER)
        e_store(e, H_STATE, STATE(xl.temp), H_LINEAR);
    if (!operand ||
        !emit_access(e, i, i->seg, i->flags & INSN_ADDR32, operand & 0x7f, operand & FPU_WRITES))
        return false;
    emit_window(e, false, i->opcode, false, i->modrm >> 3 & 7);
    if (kind == X87_NUMBER) {
        e_load(e, H_R8, H_STATE, STATE(xl.temp));
        e_store(e, H_STATE, STATE(x.fpu.fdp), H_R8);
        copy_selector(e, i->seg, STATE(x.fpu.fds));
        note(e, i);
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

    if (kind == X87_NONE || kind == X87_CALL || i->site == SITE_CALL || i->tries >= XLAT_REFUSALS)
        return false;
    need_state(e);
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
        note(e, i);
    return true;
}
