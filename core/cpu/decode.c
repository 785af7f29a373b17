/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instruction decoder.  Source: Intel SDM volume 2, chapter 2 and appendix A.
 *
 * Everything it knows about instructions comes from the table; here is only how prefixes, ModRM,
 * SIB, displacements and immediates lie in memory.
 *
 * Not modelled: LOCK before any instruction, as the 8086 to 286 allow it.
 */

#include "core/cpu/insn.h"

#define NO_ROW     0xffff
#define MAX_LENGTH 15
#define MAX_GROUPS 64

/* Rows by opcode; where ModRM decides, `group` holds them by memory /reg and by register byte. */
struct opcode {
    uint16_t row;   /* NO_ROW: none, or in the group */
    uint8_t group;  /* index plus one, 0: none */
    uint8_t modrm;  /* has a ModRM byte */
    uint8_t no_mem; /* mod is ignored */
};

struct group {
    uint16_t mem[8];
    uint16_t reg[64];
};

static struct opcode opcodes[2][256];
static struct group groups[MAX_GROUPS];

static void group_add(struct group *g, uint16_t row)
{
    uint16_t form = insn_rows[row].form;
    unsigned mod = form & FORM_MOD, reg = INSN_FORM_REG(form), rm = INSN_FORM_RM(form);

    for (unsigned n = 0; n < 64; n++) {
        if (reg != FORM_REG_ANY && reg != n >> 3)
            continue;
        if (mod != FORM_MOD_REG)
            g->mem[n >> 3] = row;
        if (mod != FORM_MOD_MEM && (rm == FORM_RM_ANY || rm == (n & 7)))
            g->reg[n] = row;
    }
}

/* Runs before main(): afterwards the tables are only read. */
static __attribute__((constructor)) void build(void)
{
    unsigned used = 0;

    for (unsigned n = 0; n < 512; n++)
        opcodes[n >> 8][n & 255].row = NO_ROW;
    for (unsigned g = 0; g < MAX_GROUPS; g++) {
        for (unsigned n = 0; n < 64; n++)
            groups[g].reg[n] = groups[g].mem[n & 7] = NO_ROW;
    }
    for (unsigned row = 0; row < insn_row_count; row++) {
        const struct insn_row *r = &insn_rows[row];
        struct opcode *o = &opcodes[r->map][r->opcode];
        bool any = r->form == INSN_FORM(0, FORM_REG_ANY, FORM_RM_ANY);

        for (unsigned n = 0; n < 3; n++) {
            o->modrm |= insn_operand_modrm(r->op[n]);
            o->no_mem |= r->op[n] == OP_Rd;
        }
        if (any) {
            o->row = (uint16_t)row;
            continue;
        }
        o->modrm = 1;
        if (!o->group)
            o->group = (uint8_t)++used;
        group_add(&groups[o->group - 1], (uint16_t)row);
    }
}

struct reader {
    const uint8_t *bytes;
    unsigned pos, avail;
    enum insn_error error;
};

static uint32_t fetch(struct reader *r, unsigned size)
{
    uint32_t value = 0;

    for (unsigned n = 0; n < size; n++, r->pos++) {
        if (r->pos >= MAX_LENGTH || r->pos >= r->avail) {
            if (r->error == INSN_OK)
                r->error = r->pos >= MAX_LENGTH ? INSN_TOO_LONG : INSN_MORE;
            return 0;
        }
        value |= (uint32_t)r->bytes[r->pos] << (8 * n);
    }
    return value;
}

static uint32_t fetch_signed(struct reader *r, unsigned size)
{
    uint32_t value = fetch(r, size);
    unsigned shift = 32 - 8 * size;

    return (uint32_t)((int32_t)(value << shift) >> shift);
}

/* Takes prefixes and the opcode's first byte. */
static uint8_t prefixes(struct reader *r, struct insn *i, enum insn_cpu level)
{
    uint8_t size = i->flags; /* toggled once, however often the prefix comes */

    for (;;) {
        uint8_t byte = (uint8_t)fetch(r, 1);

        switch (byte) {
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
            i->seg = byte >> 3 & 3;
            i->flags |= INSN_SEG;
            continue;
        case 0x64:
        case 0x65:
        case 0x66:
        case 0x67:
            if (level < ON_386)
                return byte;
            if (byte == 0x66) {
                i->flags = (i->flags & ~INSN_OP32) | (~size & INSN_OP32);
            } else if (byte == 0x67) {
                i->flags = (i->flags & ~INSN_ADDR32) | (~size & INSN_ADDR32);
            } else {
                i->seg = byte & 7;
                i->flags |= INSN_SEG;
            }
            continue;
        case 0xf0:
            i->flags |= INSN_LOCK;
            continue;
        case 0xf2:
        case 0xf3:
            i->flags &= ~(INSN_REP | INSN_REPNE);
            i->flags |= byte == 0xf2 ? INSN_REPNE : INSN_REP;
            continue;
        default:
            return byte;
        }
    }
}

static void address16(struct reader *r, struct insn *i)
{
    static const uint8_t base[8] = { R_EBX, R_EBX, R_EBP, R_EBP, R_ESI, R_EDI, R_EBP, R_EBX };
    static const uint8_t index[8] = { R_ESI,      R_EDI,      R_ESI,      R_EDI,
                                      INSN_NOREG, INSN_NOREG, INSN_NOREG, INSN_NOREG };
    unsigned mod = i->modrm >> 6, rm = i->modrm & 7;

    if (mod == 0 && rm == 6) {
        i->disp = fetch(r, 2);
        return;
    }
    i->base = base[rm];
    i->index = index[rm];
    if (i->base == R_EBP && !(i->flags & INSN_SEG))
        i->seg = S_SS;
    if (mod)
        i->disp = fetch_signed(r, mod);
}

static void address32(struct reader *r, struct insn *i)
{
    unsigned mod = i->modrm >> 6, rm = i->modrm & 7;

    if (rm == 4) {
        uint8_t sib = (uint8_t)fetch(r, 1);

        i->scale = sib >> 6;
        i->index = sib >> 3 & 7;
        if (i->index == 4) {
            i->index = INSN_NOREG;
            i->scale = 0;
        }
        rm = sib & 7;
    }
    if (mod == 0 && rm == 5) {
        i->disp = fetch(r, 4);
        return;
    }
    i->base = (uint8_t)rm;
    if ((rm == R_ESP || rm == R_EBP) && !(i->flags & INSN_SEG))
        i->seg = S_SS;
    if (mod)
        i->disp = fetch_signed(r, mod == 1 ? 1 : 4);
}

static void modrm(struct reader *r, struct insn *i, bool no_mem)
{
    i->modrm = (uint8_t)fetch(r, 1);
    i->reg = i->modrm >> 3 & 7;
    i->rm = i->modrm & 7;
    if (no_mem || i->modrm >= 0xc0)
        i->flags |= INSN_REG;
    else if (i->flags & INSN_ADDR32)
        address32(r, i);
    else
        address16(r, i);
}

static void operand(struct reader *r, struct insn *i, enum insn_operand op)
{
    unsigned word = i->flags & INSN_OP32 ? 4 : 2;

    switch (op) {
    case OP_Eb:
        i->rm = INSN_BYTE_REG(i->rm);
        break;
    case OP_Gb:
        i->reg = INSN_BYTE_REG(i->reg);
        break;
    case OP_Zb:
        i->reg = INSN_BYTE_REG(i->opcode & 7);
        break;
    case OP_Zv:
    case OP_Zd:
        i->reg = i->opcode & 7;
        break;
    case OP_Ib:
        if (i->opcode == 0xc8 && !(i->flags & INSN_0F))
            i->imm2 = (uint16_t)fetch(r, 1); /* ENTER */
        else
            i->imm = fetch(r, 1);
        break;
    case OP_Ibs:
    case OP_Jb:
        i->imm = fetch_signed(r, 1);
        break;
    case OP_Iw:
        i->imm = fetch(r, 2);
        break;
    case OP_Iz:
        i->imm = fetch(r, word);
        break;
    case OP_Jz:
        i->imm = fetch_signed(r, word);
        break;
    case OP_Ap:
        i->imm = fetch(r, word);
        i->imm2 = (uint16_t)fetch(r, 2);
        break;
    case OP_Ob:
    case OP_Ov:
        i->disp = fetch(r, i->flags & INSN_ADDR32 ? 4 : 2);
        break;
    case OP_Xlat:
        i->base = R_EBX;
        break;
    default:
        break;
    }
}

static bool lock_is_legal(const struct insn_row *row, const struct insn *i)
{
    return (row->attr & A_LOCK) && !(i->flags & INSN_REG);
}

enum insn_error insn_decode(struct insn *i, const uint8_t *bytes, unsigned avail, bool code32,
                            enum insn_cpu level)
{
    struct reader r = { .bytes = bytes, .avail = avail };
    const struct opcode *o;
    const struct insn_row *row;
    unsigned map = 0;

    *i = (struct insn){ .base = INSN_NOREG,
                        .index = INSN_NOREG,
                        .seg = S_DS,
                        .row = NO_ROW,
                        .flags = code32 ? INSN_OP32 | INSN_ADDR32 : 0 };
    i->opcode = prefixes(&r, i, level);
    if (i->opcode == 0x0f && level >= ON_286 && r.error == INSN_OK) {
        map = 1;
        i->flags |= INSN_0F;
        i->opcode = (uint8_t)fetch(&r, 1);
    }
    i->addr_mask = i->flags & INSN_ADDR32 ? 0xffffffff : 0xffff;
    o = &opcodes[map][i->opcode];
    if (o->modrm && r.error == INSN_OK)
        modrm(&r, i, o->no_mem);
    i->row = o->row;
    if (o->group)
        i->row = i->flags & INSN_REG ? groups[o->group - 1].reg[i->modrm & 63]
                                     : groups[o->group - 1].mem[i->modrm >> 3 & 7];
    row = i->row == NO_ROW ? NULL : &insn_rows[i->row];
    for (unsigned n = 0; row && n < 3 && r.error == INSN_OK; n++)
        operand(&r, i, row->op[n]);
    i->len = (uint8_t)r.pos;
    if (r.error != INSN_OK)
        return r.error;
    if (!row || row->since > level || ((i->flags & INSN_LOCK) && !lock_is_legal(row, i)))
        return INSN_UNDEFINED;
    i->fn = row->fn[(i->flags & INSN_OP32 ? 2 : 0) + (i->flags & INSN_REG ? 0 : 1)];
    return INSN_OK;
}
