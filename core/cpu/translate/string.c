/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translation of string instructions.  Repeated MOVS and STOS end a block and are the host's own on
 * a window's memory, where count, budget, direction and offsets allow; every turn counts as an
 * instruction.  Other repeated ones are the interpreter's.
 */

#include "core/cpu/ops.h"
#include "core/cpu/translate/emit.h"

/* Adds the operand size to a pointer, or subtracts it, as DF says. */
static void advance(struct emit *e, const struct insn *i, int reg, unsigned size)
{
    unsigned scale = size == 1 ? 1 : size == 2 ? 2 : 3;
    int32_t up = (int32_t)size;

    /* r8 = DF ? -1 : 0; then reg + 2 * size * r8 + size */
    e_load(e, H_R8, H_STATE, STATE(x.eflags));
    e_mov_imm(e, H_R11, 21);
    e_shlx(e, H_R8, H_R8, H_R11);
    e_mov_imm(e, H_R11, 31);
    e_sarx(e, H_R8, H_R8, H_R11, false);
    if (i->flags & INSN_ADDR32) {
        e_lea(e, reg, reg, H_R8, scale, up);
    } else {
        e_lea(e, H_R8, reg, H_R8, scale, up);
        e_mov16(e, reg, H_R8);
    }
}

static bool operand(struct emit *e, const struct insn *i, unsigned seg, int reg, unsigned size,
                    bool write)
{
    if (i->flags & INSN_ADDR32)
        e_mov(e, H_LINEAR, reg);
    else
        e_movzx16(e, H_LINEAR, reg);
    return emit_access(e, i, seg, i->flags & INSN_ADDR32, size, write);
}

static bool movs(struct emit *e, const struct insn *i, unsigned size)
{
    if (!operand(e, i, i->seg, H_RSI, size, false))
        return false;
    emit_load(e, H_R8, size);
    e_store(e, H_STATE, STATE(xl.temp), H_R8);
    if (!operand(e, i, S_ES, H_RDI, size, true))
        return false;
    e_load(e, H_R8, H_STATE, STATE(xl.temp));
    emit_store(e, H_R8, size);
    advance(e, i, H_RSI, size);
    advance(e, i, H_RDI, size);
    return true;
}

static bool stos(struct emit *e, const struct insn *i, unsigned size)
{
    if (!operand(e, i, S_ES, H_RDI, size, true))
        return false;
    emit_store(e, H_RAX, size);
    advance(e, i, H_RDI, size);
    return true;
}

static bool lods(struct emit *e, const struct insn *i, unsigned size)
{
    if (!operand(e, i, i->seg, H_RSI, size, false))
        return false;
    emit_window(e, size == 2, size == 1 ? 0x8a : 0x8b, false, H_RAX);
    advance(e, i, H_RSI, size);
    return true;
}

static bool scas(struct emit *e, const struct insn *i, unsigned size)
{
    if (!operand(e, i, S_ES, H_RDI, size, false))
        return false;
    emit_window(e, size == 2, size == 1 ? 0x3a : 0x3b, false, H_RAX);
    advance(e, i, H_RDI, size);
    return true;
}

bool emit_string_insn(struct emit *e, const struct insn *i)
{
    unsigned size = !(i->opcode & 1) ? 1 : i->flags & INSN_OP32 ? 4 : 2;

    if (i->flags & (INSN_REP | INSN_REPNE))
        return false;
    switch (i->opcode & 0xfe) {
    case 0xa4:
        return movs(e, i, size);
    case 0xaa:
        return stos(e, i, size);
    case 0xac:
        return lods(e, i, size);
    case 0xae:
        return scas(e, i, size);
    default:
        return false; /* CMPS and others */
    }
}

/* ---- REP MOVS, REP STOS ---- */

enum { REP_MOST = 65536 }; /* turns at once */

static bool is_moved(const struct insn *i)
{
    return (i->opcode & 0xfe) == 0xa4;
}

bool xlat_is_repeat(const struct insn *i)
{
    return !(i->flags & INSN_0F) && (i->flags & (INSN_REP | INSN_REPNE)) &&
           (is_moved(i) || (i->opcode & 0xfe) == 0xaa);
}

/* May the host's instruction work in this segment?  Offsets of 16 bits end at FFFFh. */
static bool is_open(const struct emit *e, const struct insn *i, unsigned seg, bool write)
{
    unsigned cls = e->mode->seg >> (4 * seg) & 15;

    if (write && (cls & SEGC_READ))
        return false;
    cls &= ~(unsigned)SEGC_READ;
    return cls == SEGC_FLAT || cls == SEGC_BIG || (cls == SEGC_64K && !(i->flags & INSN_ADDR32));
}

/* The one place where flags are used: they are put away before and back after. */
static void save(struct emit *e)
{
    e_store64(e, H_STATE, STATE(xl.rep.rax), H_RAX);
    e8(e, 0x9f);    /* lahf */
    e16(e, 0x900f); /* seto al */
    e8(e, 0xc0);
    e_store(e, H_STATE, STATE(xl.rep.flags), H_RAX);
    e_store(e, H_STATE, STATE(xl.rep.ecx), H_RCX);
    e_store(e, H_STATE, STATE(xl.rep.esi), H_RSI);
    e_store(e, H_STATE, STATE(xl.rep.edi), H_RDI);
}

static void restore(struct emit *e)
{
    e_load(e, H_RAX, H_STATE, STATE(xl.rep.flags));
    e16(e, 0x7f04); /* add al, 127: overflows from 1 */
    e8(e, 0x9e);    /* sahf */
    e_load64(e, H_RAX, H_STATE, STATE(xl.rep.rax));
}

static void jump_slow(struct emit *e, unsigned condition, uint32_t *jumps, unsigned *count)
{
    e8(e, 0x0f);
    e8(e, 0x80 | condition);
    jumps[(*count)++] = emit_place(e);
    e32(e, 0);
}

/* cmp reg, imm32; 64 bits if w */
static void compare(struct emit *e, bool w, int reg, uint32_t imm)
{
    e_rex(e, w, -1, -1, reg);
    e8(e, 0x81);
    e8(e, 0xf8 | (reg & 7));
    e32(e, imm);
}

/* op to, from in 64 bits: 39 CMP, 29 SUB, 01 ADD */
static void two(struct emit *e, unsigned opcode, int to, int from)
{
    e_rex(e, true, from, -1, to);
    e8(e, opcode);
    e8(e, 0xc0 | (from & 7) << 3 | (to & 7));
}

enum { CC_Z = 4, CC_NZ = 5, CC_A = 7, CC_L = 12 };

/* Everything that lets the interpreter do it instead; turns in r8d. */
static void check_turns(struct emit *e, const struct insn *i, unsigned scale, uint32_t *slow,
                        unsigned *count)
{
    compare(e, false, H_R8, REP_MOST);
    jump_slow(e, CC_A, slow, count);
    two(e, 0x39, H_BUDGET, H_R8);
    jump_slow(e, CC_L, slow, count);
    e_rex(e, false, -1, -1, H_STATE); /* test dword [eflags], DF */
    e8(e, 0xf7);
    e_mem(e, 0, H_STATE, STATE(x.eflags));
    e32(e, FL_DF);
    jump_slow(e, CC_NZ, slow, count);
    for (unsigned k = is_moved(i) ? 0 : 1; k < 2 && !(i->flags & INSN_ADDR32); k++) {
        e_movzx16(e, H_R10, k ? H_RDI : H_RSI);
        e_lea(e, H_R10, H_R10, H_R8, scale, 0);
        compare(e, false, H_R10, 65536);
        jump_slow(e, CC_A, slow, count);
    }
}

/* The host's address of an operand, into its own register. */
static void to_host(struct emit *e, const struct insn *i, unsigned seg, int reg)
{
    unsigned cls = e->mode->seg >> (4 * seg) & 7;

    if (!(i->flags & INSN_ADDR32))
        e_movzx16(e, reg, reg);
    if (cls != SEGC_FLAT) {
        e_load(e, H_R10, H_STATE,
               STATE(x.seg) + (int32_t)(seg * sizeof(struct x86_segment)) +
                   (int32_t)offsetof(struct x86_segment, base));
        e_lea(e, reg, reg, H_R10, 0, 0);
    }
    two(e, 0x01, reg, H_R11);
}

/* Its value behind the last turn. */
static void to_guest(struct emit *e, const struct insn *i, int reg, unsigned scale, int32_t was)
{
    e_load(e, reg, H_STATE, was);
    if (i->flags & INSN_ADDR32) {
        e_lea(e, reg, reg, H_R8, scale, 0);
    } else {
        e_lea(e, H_R10, reg, H_R8, scale, 0);
        e_mov16(e, reg, H_R10);
    }
}

bool emit_repeat(struct emit *e, const struct insn *i)
{
    unsigned size = !(i->opcode & 1) ? 1 : i->flags & INSN_OP32 ? 4 : 2, scale = size / 2;
    uint32_t slow[8], zero, next = e->code->eip + i->offset + i->len;
    unsigned count = 0;

    if (!xlat_is_repeat(i) || !e->mode->direct || i->site != SITE_DIRECT ||
        !is_open(e, i, S_ES, true) || (is_moved(i) && !is_open(e, i, i->seg, false)))
        return false;
    save(e);
    if (i->flags & INSN_ADDR32)
        e_mov(e, H_R8, H_RCX);
    else
        e_movzx16(e, H_R8, H_RCX);
    e_store(e, H_STATE, STATE(xl.rep.turns), H_R8);
    compare(e, false, H_R8, 0);
    jump_slow(e, CC_Z, &zero, &count);
    count = 0;
    check_turns(e, i, scale, slow, &count);
    e_load64(e, H_R11, H_STATE, STATE(xl.base));
    if (is_moved(i))
        to_host(e, i, i->seg, H_RSI);
    to_host(e, i, S_ES, H_RDI);
    if (!is_moved(i))
        e_load64(e, H_RAX, H_STATE, STATE(xl.rep.rax));
    e_mov(e, H_RCX, H_R8);
    if (size == 2)
        e8(e, 0x66);
    e8(e, 0xf3);
    e8(e, i->opcode);
    if (is_moved(i))
        to_guest(e, i, H_RSI, scale, STATE(xl.rep.esi));
    to_guest(e, i, H_RDI, scale, STATE(xl.rep.edi));
    if (!(i->flags & INSN_ADDR32)) { /* the upper half stays */
        e_load(e, H_R10, H_STATE, STATE(xl.rep.ecx));
        e_mov16(e, H_R10, H_RCX);
        e_mov(e, H_RCX, H_R10);
    }
    two(e, 0x29, H_BUDGET, H_R8);
    e_lea64(e, H_BUDGET, H_BUDGET, -1, 0, 1); /* one is paid for */
    e_patch(e->t, zero, emit_place(e));
    restore(e);
    emit_goto(e, next);
    for (unsigned n = 0; n < count; n++)
        e_patch(e->t, slow[n], emit_place(e));
    restore(e);
    emit_resume(e, e->k);
    return true;
}

/* The host's instruction faulted after some turns. */
void xlat_repeat_broken(struct interp *c, const struct insn *i)
{
    const struct xlat_repeat *rep = &c->xl.rep;
    unsigned size = !(i->opcode & 1) ? 1 : i->flags & INSN_OP32 ? 4 : 2;
    uint32_t done = rep->turns - R32(R_ECX);

    R32(R_EAX) = (uint32_t)rep->rax;
    c->xl.flags = rep->flags;
    R32(R_ESI) = rep->esi;
    R32(R_EDI) = rep->edi;
    R32(R_ECX) = rep->ecx;
    if (i->flags & INSN_ADDR32) {
        R32(R_ECX) -= done;
        R32(R_EDI) += done * size;
        if (is_moved(i))
            R32(R_ESI) += done * size;
    } else {
        SET16(R_ECX, R32(R_ECX) - done);
        SET16(R_EDI, R32(R_EDI) + done * size);
        if (is_moved(i))
            SET16(R_ESI, R32(R_ESI) + done * size);
    }
    c->budget -= done;
}
