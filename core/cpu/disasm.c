/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disassembler: text of a decoded instruction in Intel syntax.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/cpu/insn.h"

struct text {
    char *buf;
    size_t size, used;
};

static __attribute__((format(printf, 2, 3))) void put(struct text *t, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(t->buf + t->used, t->size - t->used, fmt, args);
    va_end(args);
    if (n > 0)
        t->used = t->used + (size_t)n < t->size ? t->used + (size_t)n : t->size - 1;
}

static const char *const reg8[] = { "al", "cl", "dl", "bl", "ah", "ch", "dh", "bh" };
static const char *const reg16[] = { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" };
static const char *const reg32[] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };
static const char *const sregs[] = { "es", "cs", "ss", "ds", "fs", "gs", "?", "?" };

static const char *word(const struct insn *i, unsigned n)
{
    return i->flags & INSN_OP32 ? reg32[n & 7] : reg16[n & 7];
}

static void memory(struct text *t, const struct insn *i, const char *size)
{
    const char *const *names = i->flags & INSN_ADDR32 ? reg32 : reg16;
    bool any = false;

    put(t, "%s", size);
    if (i->flags & INSN_SEG)
        put(t, "%s:", sregs[i->seg]);
    put(t, "[");
    if (i->base != INSN_NOREG) {
        put(t, "%s", names[i->base & 7]);
        any = true;
    }
    if (i->index != INSN_NOREG) {
        put(t, "%s%s", any ? "+" : "", names[i->index & 7]);
        if (i->scale)
            put(t, "*%u", 1u << i->scale);
        any = true;
    }
    if (!any)
        put(t, "0x%x", i->disp & i->addr_mask);
    else if (i->disp & 0x80000000)
        put(t, "-0x%x", -i->disp);
    else if (i->disp)
        put(t, "+0x%x", i->disp);
    put(t, "]");
}

/* A register if ModRM says so, else memory of that size. */
static void either(struct text *t, const struct insn *i, const char *reg, const char *size)
{
    if (i->flags & INSN_REG)
        put(t, "%s", reg);
    else
        memory(t, i, size);
}

static const char *word_size(const struct insn *i)
{
    return i->flags & INSN_OP32 ? "dword " : "word ";
}

static void mmx(struct text *t, const struct insn *i, unsigned n, bool rm)
{
    char name[8];

    snprintf(name, sizeof(name), "mm%u", n & 7);
    if (rm)
        either(t, i, name, "qword ");
    else
        put(t, "%s", name);
}

static void modrm_operand(struct text *t, const struct insn *i, enum insn_operand op)
{
    unsigned reg = i->modrm >> 3 & 7, rm = i->modrm & 7;

    switch (op) {
    case OP_Eb:
        either(t, i, reg8[rm], "byte ");
        break;
    case OP_Ew:
        either(t, i, reg16[rm], "word ");
        break;
    case OP_Ed:
        either(t, i, reg32[rm], "dword ");
        break;
    case OP_Ev:
        either(t, i, word(i, rm), word_size(i));
        break;
    case OP_Evw:
        either(t, i, word(i, rm), "word ");
        break;
    case OP_Gb:
        put(t, "%s", reg8[reg]);
        break;
    case OP_Gw:
        put(t, "%s", reg16[reg]);
        break;
    case OP_Gv:
        put(t, "%s", word(i, reg));
        break;
    case OP_Mb:
        memory(t, i, "byte ");
        break;
    case OP_Mw:
        memory(t, i, "word ");
        break;
    case OP_Md:
        memory(t, i, "dword ");
        break;
    case OP_Mq:
        memory(t, i, "qword ");
        break;
    case OP_Mt:
        memory(t, i, "tword ");
        break;
    case OP_M:
    case OP_Mp:
    case OP_Ma:
    case OP_Ms:
    case OP_Me:
    case OP_Mx:
    case OP_M512:
        memory(t, i, "");
        break;
    case OP_Sw:
        put(t, "%s", sregs[reg]);
        break;
    case OP_Rd:
        put(t, "%s", reg32[rm]);
        break;
    case OP_Cd:
        put(t, "cr%u", reg);
        break;
    case OP_Dd:
        put(t, "dr%u", reg);
        break;
    case OP_Td:
        put(t, "tr%u", reg);
        break;
    case OP_Pq:
        mmx(t, i, reg, false);
        break;
    case OP_Qd:
    case OP_Qq:
        mmx(t, i, rm, true);
        break;
    case OP_ST:
        put(t, "st0");
        break;
    case OP_STi:
        put(t, "st%u", rm);
        break;
    default:
        break;
    }
}

static void string_operand(struct text *t, const struct insn *i, bool source)
{
    const char *const *names = i->flags & INSN_ADDR32 ? reg32 : reg16;

    put(t, "[%s:%s]", source ? sregs[i->seg] : "es", names[source ? R_ESI : R_EDI]);
}

static void target(struct text *t, const struct insn *i, uint32_t eip)
{
    eip += i->len + i->imm;
    put(t, "0x%x", i->flags & INSN_OP32 ? eip : eip & 0xffff);
}

static void operand(struct text *t, const struct insn *i, enum insn_operand op, uint32_t eip)
{
    uint32_t mask = i->flags & INSN_OP32 ? 0xffffffff : 0xffff;

    switch (op) {
    case OP_Zb:
        put(t, "%s", reg8[i->opcode & 7]);
        break;
    case OP_Zd:
    case OP_Zv:
        put(t, "%s", word(i, i->opcode & 7));
        break;
    case OP_Ib:
        put(t, "0x%x", i->opcode == 0xc8 && !(i->flags & INSN_0F) ? i->imm2 : i->imm);
        break;
    case OP_Ibs:
    case OP_Iz:
        put(t, "0x%x", i->imm & mask);
        break;
    case OP_Iw:
        put(t, "0x%x", i->imm);
        break;
    case OP_I1:
        put(t, "1");
        break;
    case OP_Jb:
    case OP_Jz:
        target(t, i, eip);
        break;
    case OP_Ap:
        put(t, "0x%x:0x%x", i->imm2, i->imm);
        break;
    case OP_Ob:
    case OP_Ov:
    case OP_Xlat:
        memory(t, i, "");
        break;
    case OP_AL:
        put(t, "al");
        break;
    case OP_AX:
        put(t, "%s", word(i, R_EAX));
        break;
    case OP_AXw:
        put(t, "ax");
        break;
    case OP_CL:
        put(t, "cl");
        break;
    case OP_DX:
        put(t, "dx");
        break;
    case OP_S0 ... OP_S5:
        put(t, "%s", sregs[op - OP_S0]);
        break;
    case OP_Xb:
    case OP_Xv:
        string_operand(t, i, true);
        break;
    case OP_Yb:
    case OP_Yv:
        string_operand(t, i, false);
        break;
    default:
        modrm_operand(t, i, op);
        break;
    }
}

/* "a|b": by operand size; JCXZ by address size. */
static void name(struct text *t, const struct insn *i, const struct insn_row *row)
{
    const char *bar = strchr(row->name, '|');
    bool wide = i->flags & (row->op[0] == OP_Jb ? INSN_ADDR32 : INSN_OP32);

    if (!bar)
        put(t, "%s", row->name);
    else if (wide)
        put(t, "%s", bar + 1);
    else
        put(t, "%.*s", (int)(bar - row->name), row->name);
}

void insn_format(const struct insn *i, uint32_t eip, char *buf, size_t size)
{
    struct text t = { .buf = buf, .size = size };
    const struct insn_row *row;

    if (!size)
        return;
    *buf = '\0';
    if (i->row >= insn_row_count) {
        put(&t, "(bad)");
        return;
    }
    row = &insn_rows[i->row];
    if (i->flags & INSN_LOCK)
        put(&t, "lock ");
    if ((row->attr & A_STR) && (i->flags & (INSN_REP | INSN_REPNE))) {
        if (row->attr & A_REPZ)
            put(&t, "%s ", i->flags & INSN_REP ? "repe" : "repne");
        else
            put(&t, "rep ");
    }
    name(&t, i, row);
    for (unsigned n = 0; n < 3 && row->op[n] != OP_NO; n++) {
        put(&t, n ? ", " : " ");
        operand(&t, i, row->op[n], eip);
    }
}
