/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translation of the instructions that end no block.
 *
 * Most are encoded again as they were: same opcode, same registers (but ESP, which is r12), the
 * operand size as the guest has it, the memory operand behind gs.  A register operand that is AH
 * to BH cannot be named beside r8 to r15: it is swapped with AL to BL, once all that can fault is
 * done.
 */

#include "core/cpu/translate/emit.h"

/* What the table does not say about a row, found from its name and operands at start. */
enum {
    DOES = 1 << 0,   /* generic() can do it */
    STORES = 1 << 1, /* writes its memory operand */
    SIZED = 1 << 2,  /* has an operand of the operand size */
};

static uint8_t knows[1024];

static bool only_reads(const char *name)
{
    static const char *const readers[] = { "cmp", "test", "bt",   "mul",  "imul",
                                           "div", "idiv", "push", "call", "jmp" };

    for (unsigned n = 0; n < sizeof(readers) / sizeof(readers[0]); n++) {
        if (strcmp(name, readers[n]) == 0)
            return true;
    }
    return false;
}

static uint8_t look_at(const struct insn_row *row)
{
    static const char *const not_copied[] = { "lea", "cld", "std" };
    static const char *const copied[] = { "div", "idiv", "inc", "dec", "sahf", "lahf" };
    bool can = row->cls == C_COPY || row->cls == C_MEM;
    uint8_t known = 0;

    for (unsigned n = 0; n < sizeof(not_copied) / sizeof(not_copied[0]); n++)
        can &= strcmp(row->name, not_copied[n]) != 0;
    for (unsigned n = 0; n < sizeof(copied) / sizeof(copied[0]); n++)
        can |= row->cls == C_SPECIAL && strcmp(row->name, copied[n]) == 0;
    if (can && !(row->attr & (A_X87 | A_MMX | A_END)))
        known |= DOES;
    if ((row->op[0] == OP_Eb || row->op[0] == OP_Ew || row->op[0] == OP_Ev) &&
        !only_reads(row->name))
        known |= STORES;
    for (unsigned n = 0; n < 3; n++) {
        uint8_t op = row->op[n];

        if (op == OP_Ev || op == OP_Gv || op == OP_Zv || op == OP_AX || op == OP_Iz)
            known |= SIZED;
    }
    return known;
}

static __attribute__((constructor)) void build(void)
{
    for (unsigned row = 0; row < insn_row_count && row < sizeof(knows); row++)
        knows[row] = look_at(&insn_rows[row]);
}

static bool has(const struct insn_row *row, enum insn_operand op)
{
    return row->op[0] == op || row->op[1] == op || row->op[2] == op;
}

/* ---- the generic way ---- */

static void put_immediates(struct emit *e, const struct insn *i, const struct insn_row *row)
{
    for (unsigned n = 0; n < 3; n++) {
        if (row->op[n] == OP_Ib || row->op[n] == OP_Ibs)
            e8(e, i->imm);
        else if (row->op[n] == OP_Iz && !(i->flags & INSN_OP32))
            e16(e, i->imm);
        else if (row->op[n] == OP_Iz)
            e32(e, i->imm);
    }
}

/* Twins of other opcodes that a host in 64-bit mode does not have. */
static unsigned host_opcode(const struct insn *i)
{
    return i->opcode == 0x82 && !(i->flags & INSN_0F) ? 0x80 : i->opcode;
}

static unsigned host_reg_field(const struct insn *i)
{
    unsigned reg = i->modrm >> 3 & 7;
    bool shift =
        !(i->flags & INSN_0F) && ((i->opcode & 0xfe) == 0xc0 || (i->opcode & 0xfc) == 0xd0);

    return shift && reg == 6 ? 4 : reg;
}

static void put_opcode(struct emit *e, const struct insn *i)
{
    if (i->flags & INSN_0F)
        e8(e, 0x0f);
    e8(e, host_opcode(i));
}

static bool op16(const struct insn *i)
{
    return (knows[i->row] & SIZED) && !(i->flags & INSN_OP32);
}

/* No memory operand. */
static bool registers(struct emit *e, const struct insn *i, const struct insn_row *row, bool modrm)
{
    bool g_byte = has(row, OP_Gb), e_byte = has(row, OP_Eb);
    unsigned reg = host_reg_field(i), rm = i->modrm & 7;
    bool g = g_byte || has(row, OP_Gv) || has(row, OP_Gw);
    unsigned rex = 0;

    if (modrm) {
        rex = (g && !g_byte && reg == R_ESP ? 4 : 0) | (!e_byte && rm == R_ESP ? 1 : 0);
        if (rex && ((g_byte && reg >= 4) || (e_byte && rm >= 4)))
            return false;
    } else if ((has(row, OP_Zv) || has(row, OP_Zd)) && (i->opcode & 7) == R_ESP) {
        rex = 1;
    }
    if (has(row, OP_Zd) && !(i->flags & INSN_OP32))
        return false; /* BSWAP of a word */
    if (op16(i))
        e8(e, 0x66);
    if (rex)
        e8(e, 0x40 | rex);
    put_opcode(e, i);
    if (modrm)
        e8(e, 0xc0 | reg << 3 | rm);
    put_immediates(e, i, row);
    return true;
}

/* XCHG of AL to BL with AH to BH */
static void swap(struct emit *e, unsigned high)
{
    e8(e, 0x86);
    e8(e, 0xc0 | high << 3 | (high - 4));
}

/* MOV r8b, AL to BL, or back */
static void byte_to_r8(struct emit *e, unsigned reg)
{
    e8(e, 0x41);
    e8(e, 0x88);
    e8(e, 0xc0 | reg << 3);
}

static void byte_from_r8(struct emit *e, unsigned reg)
{
    e8(e, 0x44);
    e8(e, 0x88);
    e8(e, 0xc0 | reg);
}

/* A memory operand and a register that is AH to BH: through r8. */
static bool high_byte(struct emit *e, const struct insn *i, const struct insn_row *row)
{
    unsigned high = i->modrm >> 3 & 7;
    bool exchange = i->opcode == 0x86;

    if (i->flags & INSN_0F) /* CMPXCHG, XADD */
        return false;
    if (row->op[0] == OP_Gb) {
        emit_load(e, H_R8, 1);
        swap(e, high);
        e8(e, 0x41); /* op AL-BL, r8b */
        e8(e, host_opcode(i));
        e8(e, 0xc0 | (high - 4) << 3);
        swap(e, high);
        return true;
    }
    swap(e, high);
    byte_to_r8(e, high - 4);
    swap(e, high);
    emit_window(e, false, host_opcode(i), false, H_R8);
    if (exchange) {
        swap(e, high);
        byte_from_r8(e, high - 4);
        swap(e, high);
    }
    return true;
}

static bool memory(struct emit *e, const struct insn *i, const struct insn_row *row)
{
    bool g_byte = has(row, OP_Gb), store = knows[i->row] & STORES;
    bool g = g_byte || has(row, OP_Gv) || has(row, OP_Gw);
    unsigned size = has(row, OP_Eb) ? 1 : has(row, OP_Ew) ? 2 : i->flags & INSN_OP32 ? 4 : 2;
    unsigned reg = host_reg_field(i);

    if ((row->attr & A_BITS) || !emit_operand(e, i, size, store))
        return false;
    if (g_byte && reg >= 4)
        return high_byte(e, i, row);
    emit_window(e, op16(i), host_opcode(i), i->flags & INSN_0F,
                g && !g_byte ? host_of(reg) : (int)reg);
    put_immediates(e, i, row);
    return true;
}

static bool generic(struct emit *e, const struct insn *i)
{
    const struct insn_row *row = &insn_rows[i->row];
    bool modrm = false;

    if (!(knows[i->row] & DOES))
        return false;
    for (unsigned n = 0; n < 3; n++)
        modrm |= insn_operand_modrm(row->op[n]);
    return modrm && !(i->flags & INSN_REG) ? memory(e, i, row) : registers(e, i, row, modrm);
}

/* ---- the others ---- */

static bool lea(struct emit *e, const struct insn *i)
{
    int reg = host_of(i->modrm >> 3 & 7);
    int base = i->base == INSN_NOREG ? -1 : host_of(i->base);
    int index = i->index == INSN_NOREG ? -1 : host_of(i->index);
    bool cut = !(i->flags & INSN_ADDR32) && (i->flags & INSN_OP32);

    if (!(i->flags & INSN_OP32))
        e8(e, 0x66);
    e_lea(e, cut ? (int)H_R10 : reg, base, index, i->scale, (int32_t)i->disp);
    if (cut)
        e_movzx16(e, reg, H_R10);
    return true;
}

/* INC and DEC of a register, one-byte forms that are REX prefixes here */
static bool inc_dec(struct emit *e, const struct insn *i)
{
    unsigned reg = i->opcode & 7;

    if (!(i->flags & INSN_OP32))
        e8(e, 0x66);
    if (reg == R_ESP)
        e8(e, 0x41);
    e8(e, 0xff);
    e8(e, 0xc0 | (i->opcode & 8) | reg);
    return true;
}

static bool xchg(struct emit *e, const struct insn *i)
{
    unsigned reg = i->opcode & 7;

    if (!(i->flags & INSN_OP32))
        e8(e, 0x66);
    if (reg == R_ESP)
        e8(e, 0x41);
    e8(e, 0x90 | reg);
    return true;
}

/* MOV between the accumulator and an address in the instruction */
static bool mov_offset(struct emit *e, const struct insn *i)
{
    unsigned size = !(i->opcode & 1) ? 1 : i->flags & INSN_OP32 ? 4 : 2;

    if (!emit_operand(e, i, size, i->opcode & 2))
        return false;
    emit_window(e, size == 2, (i->opcode & 2 ? 0x88 : 0x8a) | (i->opcode & 1), false, H_RAX);
    return true;
}

static bool xlat(struct emit *e, const struct insn *i)
{
    e8(e, 0x44); /* movzx r8d, al */
    e16(e, 0xb60f);
    e8(e, 0xc0);
    e_lea(e, H_LINEAR, H_RBX, H_R8, 0, 0);
    if (!(i->flags & INSN_ADDR32))
        e_movzx16(e, H_LINEAR, H_LINEAR);
    if (!emit_access(e, i, i->seg, i->flags & INSN_ADDR32, 1, false))
        return false;
    emit_window(e, false, 0x8a, false, H_RAX);
    return true;
}

/* The direction flag is kept in memory: there it is turned to the top, shifted out and turned back.
 */
static bool direction(struct emit *e, const struct insn *i)
{
    e_load(e, H_R8, H_STATE, STATE(x.eflags));
    e_rorx(e, H_R8, H_R8, 11);
    e_lea(e, H_R8, H_R8, H_R8, 0, i->opcode & 1);
    e_rorx(e, H_R8, H_R8, 22);
    e_store(e, H_STATE, STATE(x.eflags), H_R8);
    return true;
}

static int32_t segment_field(unsigned seg, size_t field)
{
    return STATE(x.seg) + (int32_t)(seg * sizeof(struct x86_segment) + field);
}

static bool mov_from_sreg(struct emit *e, const struct insn *i)
{
    int32_t from = segment_field((i->modrm >> 3 & 7) % 6, offsetof(struct x86_segment, selector));

    if (!(i->flags & INSN_REG)) {
        if (!emit_operand(e, i, 2, true))
            return false;
        e_load_u16(e, H_R8, H_STATE, from);
        emit_store(e, H_R8, 2);
        return true;
    }
    e_load_u16(e, H_R8, H_STATE, from);
    if (i->flags & INSN_OP32)
        e_mov(e, host_of(i->modrm & 7), H_R8);
    else
        e_mov16(e, host_of(i->modrm & 7), H_R8);
    return true;
}

/* Selector in r8d (16 bits, zero-extended); real mode. */
static void load_real_sreg(struct emit *e, unsigned seg)
{
    e_store16(e, H_STATE, segment_field(seg, offsetof(struct x86_segment, selector)), H_R8);
    e_lea(e, H_R8, -1, H_R8, 3, 0);
    e_lea(e, H_R8, H_R8, H_R8, 0, 0);
    e_store(e, H_STATE, segment_field(seg, offsetof(struct x86_segment, base)), H_R8);
}

static bool mov_to_sreg(struct emit *e, const struct insn *i)
{
    unsigned seg = i->modrm >> 3 & 7;

    if (!e->mode->real || seg == S_SS || seg == S_CS || seg > 5)
        return false;
    if (i->flags & INSN_REG) {
        e_movzx16(e, H_R8, host_of(i->modrm & 7));
    } else {
        if (!emit_operand(e, i, 2, false))
            return false;
        emit_load(e, H_R8, 2);
    }
    load_real_sreg(e, seg);
    return true;
}

static bool push_sreg(struct emit *e, const struct insn *i, unsigned seg)
{
    if (i->flags & INSN_OP32)
        return false;
    e_load_u16(e, H_R8, H_STATE, segment_field(seg, offsetof(struct x86_segment, selector)));
    e_store(e, H_STATE, STATE(xl.temp), H_R8);
    return emit_push(e, i, -1, 2);
}

static bool pop_sreg(struct emit *e, const struct insn *i, unsigned seg)
{
    if (!e->mode->real || seg == S_SS || (i->flags & INSN_OP32) || !emit_top(e, i, 2))
        return false;
    load_real_sreg(e, seg);
    emit_add_esp(e, 2);
    return true;
}

/* LDS and LES in real mode: the selector first, so that nothing is changed if the other faults */
static bool load_far(struct emit *e, const struct insn *i, unsigned seg)
{
    if (!e->mode->real || (i->flags & (INSN_OP32 | INSN_ADDR32)))
        return false;
    emit_offset(e, i);
    e_lea(e, H_LINEAR, H_LINEAR, -1, 0, 2);
    if (!emit_access(e, i, i->seg, true, 2, false))
        return false;
    emit_load(e, H_R8, 2);
    e_store(e, H_STATE, STATE(xl.temp), H_R8);
    if (!emit_operand(e, i, 2, false))
        return false;
    emit_window(e, true, 0x8b, false, host_of(i->modrm >> 3 & 7));
    e_load(e, H_R8, H_STATE, STATE(xl.temp));
    load_real_sreg(e, seg);
    return true;
}

static bool one_byte(struct emit *e, const struct insn *i)
{
    switch (i->opcode) {
    case 0x06:
    case 0x0e:
    case 0x16:
    case 0x1e:
        return push_sreg(e, i, i->opcode >> 3 & 3);
    case 0x07:
    case 0x1f:
        return pop_sreg(e, i, i->opcode >> 3 & 3);
    case 0x8c:
        return mov_from_sreg(e, i);
    case 0x8d:
        return lea(e, i);
    case 0x8e:
        return mov_to_sreg(e, i);
    case 0x90:
        return true;
    case 0xa0:
    case 0xa1:
    case 0xa2:
    case 0xa3:
        return mov_offset(e, i);
    case 0xc4:
    case 0xc5:
        return load_far(e, i, i->opcode == 0xc4 ? S_ES : S_DS);
    case 0xd7:
        return xlat(e, i);
    case 0xfc:
    case 0xfd:
        return direction(e, i);
    case 0x98: /* CBW, CWD */
    case 0x99:
        if (!(i->flags & INSN_OP32))
            e8(e, 0x66);
        e8(e, i->opcode);
        return true;
    default:
        break;
    }
    if (i->opcode >= 0x40 && i->opcode <= 0x4f)
        return inc_dec(e, i);
    if (i->opcode >= 0x91 && i->opcode <= 0x97)
        return xchg(e, i);
    return emit_stack_insn(e, i) || emit_string_insn(e, i) || generic(e, i);
}

bool emit_insn(struct emit *e, const struct insn *i)
{
    uint8_t *from = e->p;
    bool done, native = e->native;

    if (i->site == SITE_CALL)
        return false;
    if (i->site == SITE_DEVICE)
        return emit_device(e, i);
    if (xlat_is_x87(i))
        done = emit_x87(e, i);
    else if (!(i->flags & INSN_0F))
        done = one_byte(e, i);
    else if (i->opcode >= 0x18 && i->opcode <= 0x1f)
        done = true; /* NOP with an operand */
    else if (i->opcode == 0xa0 || i->opcode == 0xa8)
        done = push_sreg(e, i, i->opcode & 8 ? S_GS : S_FS);
    else if (i->opcode == 0xa1 || i->opcode == 0xa9)
        done = pop_sreg(e, i, i->opcode & 8 ? S_GS : S_FS);
    else
        done = generic(e, i);
    if (!done) {
        e->p = from;
        e->native = native;
    }
    return done;
}
