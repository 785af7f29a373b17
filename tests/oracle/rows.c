/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The instruction table for the oracle, and what of it is left out. */

#include "tests/oracle/rows.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/cpu/x86.h"

struct row_text {
    const char *map, *form, *name, *op[3], *reads, *writes, *undefined, *attr;
    unsigned opcode;
};

#define INSN(map, opcode, form, name, op1, op2, op3, reads, writes, undef, class, since, attr,     \
             how)                                                                                  \
    { #map, #form, name, { #op1, #op2, #op3 }, #reads, #writes, #undef, #attr, opcode },
static const struct row_text texts[] = {
#include "core/cpu/insn.def"
#define NONE(map, opcode, form, operand)                                                           \
    { #map, #form, "(none)", { #operand, "__", "__" }, "0", "0", "0", "A_NONE", opcode },
#include "tests/oracle/undefined.def"
    { "ONE", "ANY", "block", { "__", "__", "__" }, "0", "0", "0", "A_BLOCK", 0 },
};
#undef INSN
#undef NONE

#define ROWS (sizeof texts / sizeof texts[0])
struct row oracle_rows[ROWS];
const unsigned oracle_row_count = ROWS;

/* "F_OSZAPC" or "0". */
static uint32_t parse_flags(const char *text)
{
    static const struct {
        char letter;
        uint32_t bit;
    } letters[] = { { 'O', FL_OF }, { 'S', FL_SF }, { 'Z', FL_ZF }, { 'A', FL_AF },
                    { 'P', FL_PF }, { 'C', FL_CF }, { 'D', FL_DF }, { 'I', FL_IF } };
    uint32_t flags = 0;

    if (strcmp(text, "F_ALL") == 0)
        return FL_ARITH | FL_DF | FL_NT | FL_AC | FL_ID;
    if (text[0] != 'F')
        return 0;
    for (unsigned i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (strchr(text + 2, letters[i].letter))
            flags |= letters[i].bit;
    return flags;
}

static uint32_t parse_attr(const char *text)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } names[] = { { "A_LOCK", ATTR_LOCK }, { "A_STR", ATTR_STR },     { "A_REPZ", ATTR_REPZ },
                  { "A_END", ATTR_END },   { "A_PRIV", ATTR_PRIV },   { "A_X87", ATTR_X87 },
                  { "A_MMX", ATTR_MMX },   { "A_CONDU", ATTR_CONDU }, { "A_BITS", ATTR_BITS },
                  { "A_NONE", ATTR_NONE }, { "A_BLOCK", ATTR_BLOCK }, { "A_IOPL", ATTR_IOPL } };
    uint32_t attr = 0;

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strstr(text, names[i].name))
            attr |= names[i].bit;
    return attr;
}

/* In the order of length, so that a prefix never hides a longer name. */
static const struct {
    const char *name;
    struct row_operand op;
} operands[] = {
    { "__", { OP_NONE, false, 0, 0 } },  { "Eb", { OP_E, true, 1, 1 } },
    { "Ew", { OP_E, true, 2, 2 } },      { "Ev", { OP_E, true, 2, 4 } },
    { "Ed", { OP_E, true, 4, 4 } },      { "Evw", { OP_E, true, 2, 2 } },
    { "Qd", { OP_E, true, 4, 4 } },      { "Qq", { OP_E, true, 8, 8 } },
    { "Pq", { OP_G, true, 8, 8 } },      { "Gb", { OP_G, true, 1, 1 } },
    { "Gw", { OP_G, true, 2, 2 } },      { "Gv", { OP_G, true, 2, 4 } },
    { "Gd", { OP_G, true, 4, 4 } },      { "Sw", { OP_G, true, 2, 2 } },
    { "Cd", { OP_G, true, 4, 4 } },      { "Dd", { OP_G, true, 4, 4 } },
    { "Td", { OP_G, true, 4, 4 } },      { "Rd", { OP_OTHER, true, 4, 4 } },
    { "M", { OP_MEM, true, 0, 0 } },     { "Mb", { OP_MEM, true, 1, 1 } },
    { "Mw", { OP_MEM, true, 2, 2 } },    { "Md", { OP_MEM, true, 4, 4 } },
    { "Mq", { OP_MEM, true, 8, 8 } },    { "Mt", { OP_MEM, true, 10, 10 } },
    { "Ma", { OP_MEM, true, 4, 8 } },    { "Mp", { OP_MEM, true, 4, 6 } },
    { "Ms", { OP_MEM, true, 6, 6 } },    { "Me", { OP_MEM, true, 14, 28 } },
    { "Mx", { OP_MEM, true, 94, 108 } }, { "M512", { OP_MEM, true, 512, 512 } },
    { "Ib", { OP_IMM, false, 1, 1 } },   { "Ibs", { OP_IMM, false, 1, 1 } },
    { "Iw", { OP_IMM, false, 2, 2 } },   { "Iz", { OP_IMM, false, 2, 4 } },
    { "Jb", { OP_REL, false, 1, 1 } },   { "Jz", { OP_REL, false, 2, 4 } },
    { "Ap", { OP_FAR, false, 4, 6 } },   { "Ob", { OP_OFFS, false, 1, 1 } },
    { "Ov", { OP_OFFS, false, 2, 4 } },  { "Xb", { OP_SI, false, 1, 1 } },
    { "Xv", { OP_SI, false, 2, 4 } },    { "Yb", { OP_DI, false, 1, 1 } },
    { "Yv", { OP_DI, false, 2, 4 } },    { "Xlat", { OP_XLAT, false, 1, 1 } },
    { "Zb", { OP_OPREG, false, 1, 1 } }, { "Zv", { OP_OPREG, false, 2, 4 } },
    { "Zd", { OP_OPREG, false, 4, 4 } },
};

static struct row_operand parse_operand(const char *text)
{
    struct row_operand other = { OP_OTHER, false, 0, 0 };

    for (unsigned i = 0; i < sizeof operands / sizeof operands[0]; i++)
        if (strcmp(operands[i].name, text) == 0)
            return operands[i].op;
    return other;
}

static void parse_form(struct row *r, const char *text)
{
    unsigned a = 0, b = 0;

    if (strcmp(text, "MEM") == 0)
        r->form = FORM_MEM;
    else if (strcmp(text, "REG") == 0)
        r->form = FORM_REG;
    else if (sscanf(text, "E(%u)", &a) == 1)
        r->form = FORM_E;
    else if (sscanf(text, "M(%u)", &a) == 1)
        r->form = FORM_M;
    else if (sscanf(text, "R(%u)", &a) == 1)
        r->form = FORM_R;
    else if (sscanf(text, "F(%u, %u)", &a, &b) == 2)
        r->form = FORM_F;
    else
        assert(strcmp(text, "ANY") == 0);
    r->reg = (uint8_t)a;
    r->rm = (uint8_t)b;
}

void rows_init(void)
{
    for (unsigned i = 0; i < ROWS; i++) {
        const struct row_text *t = &texts[i];
        struct row *r = &oracle_rows[i];

        r->name = t->name;
        r->two = strcmp(t->map, "TWO") == 0;
        r->opcode = (uint8_t)t->opcode;
        parse_form(r, t->form);
        r->modrm = r->form != FORM_ANY;
        for (unsigned k = 0; k < 3; k++) {
            r->op_name[k] = t->op[k];
            r->op[k] = parse_operand(t->op[k]);
            r->modrm |= r->op[k].modrm;
        }
        r->reads = parse_flags(t->reads);
        r->writes = parse_flags(t->writes);
        r->undefined = parse_flags(t->undefined);
        r->attr = parse_attr(t->attr);
    }
}

bool row_is(const struct row *r, const char *name)
{
    size_t len = strlen(name);
    const char *bar = strchr(r->name, '|');

    if (strncmp(r->name, name, len) == 0 && (r->name[len] == 0 || r->name[len] == '|'))
        return true;
    return bar && strcmp(bar + 1, name) == 0;
}

const struct row_operand *row_memory(const struct row *r)
{
    for (unsigned k = 0; k < 3; k++)
        if (r->op[k].kind == OP_E || r->op[k].kind == OP_MEM)
            return &r->op[k];
    return NULL;
}

const char *row_excluded(const struct row *r)
{
    static const struct {
        const char *name, *why;
    } list[] = {
        { "sgdt", "shows the host kernel's table, or faults with UMIP" },
        { "sidt", "shows the host kernel's table, or faults with UMIP" },
        { "sldt", "shows the host kernel's selector, or faults with UMIP" },
        { "str", "shows the host kernel's selector, or faults with UMIP" },
        { "smsw", "shows the host kernel's CR0, or faults with UMIP" },
        { "cpuid", "answers for the host's model" },
        { "rdtsc", "shows the host's time" },
        { "rdpmc", "allowed or not as the host kernel likes" },
        { "sysenter", "enters the host kernel" },
    };

    for (unsigned i = 0; i < sizeof list / sizeof list[0]; i++)
        if (row_is(r, list[i].name))
            return list[i].why;
    return NULL;
}
