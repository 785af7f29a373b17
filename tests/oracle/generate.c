/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The case generator: prefixes, ModRM, SIB, displacement, segments and registers, so that memory
 * operands mostly land where something is.  What single rows need is in shape.c.
 */

#include "tests/oracle/generate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/segs.h"

enum { MAX_GROUPS = 16384, TEMPLATES = 8 };

static struct oracle_group groups[MAX_GROUPS];
static unsigned group_count;
static uint8_t templates[TEMPLATES][ORACLE_PAGE];

uint64_t rng64(struct rng *r)
{
    uint64_t z = r->s += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)((rng64(r) >> 32) * n >> 32);
}

bool rng_chance(struct rng *r, uint32_t percent)
{
    return rng_below(r, 100) < percent;
}

uint32_t edge_value(struct rng *r)
{
    static const uint32_t edges[] = {
        0,          1,          2,          0xffffffff, 0x7fffffff, 0x80000000,
        0xffff,     0x7fff,     0x8000,     0xff,       0x7f,       0x80,
        0xfffffffe, 0xffff8000, 0xffff7fff, 0xffffff80, 0xffffff7f, 0x80808080,
        0x7f7f7f7f, 0x00010000, 0x55555555, 0x99999999, 0x0000000a, 0x00000009,
    };
    uint32_t v;

    switch (rng_below(r, 8)) {
    case 0:
    case 1:
    case 2:
        return edges[rng_below(r, sizeof edges / 4)];
    case 3:
        return rng_below(r, 70);
    case 4: /* each half an edge of its own */
        v = edges[rng_below(r, sizeof edges / 4)] & 0xffff;
        return v | edges[rng_below(r, sizeof edges / 4)] << 16;
    default:
        return (uint32_t)rng64(r);
    }
}

/* Opcodes of which 66h has since made another instruction (SSE2), or #UD. */
static bool prefixed_is_other(const struct row *row)
{
    return (row->attr & ATTR_MMX) || ((row->attr & ATTR_NONE) && row->two) ||
           row_is(row, "fxsave") || row_is(row, "fxrstor");
}

static void add_group(const struct row *r, bool mem, unsigned sizes)
{
    struct oracle_group g = { r, sizes & 1, sizes >> 1 & 1, mem, sizes >> 2 & 1 };

    if (prefixed_is_other(r) && g.op32 != g.code32)
        return;
    assert(group_count < MAX_GROUPS);
    groups[group_count++] = g;
}

unsigned groups_make(void)
{
    struct rng r = { 0x6f7261636c65 };

    for (unsigned t = 0; t < TEMPLATES; t++)
        for (unsigned i = 0; i < ORACLE_PAGE; i += 4) {
            uint32_t v = t & 1 ? edge_value(&r) : (uint32_t)rng64(&r);

            memcpy(&templates[t][i], &v, 4);
        }
    for (unsigned i = 0; i < oracle_row_count; i++) {
        const struct row *row = &oracle_rows[i];
        const struct row_operand *m = row_memory(row);
        bool reg_only = row->form == FORM_R || row->form == FORM_F || row->form == FORM_REG;
        bool mem_only = row->form == FORM_M || row->form == FORM_MEM;

        if (row_excluded(row))
            continue;
        for (unsigned sizes = 0; sizes < 8; sizes++) {
            if (m && !reg_only)
                add_group(row, true, sizes);
            if (!m || !mem_only)
                add_group(row, false, sizes);
        }
    }
    return group_count;
}

const struct oracle_group *group_get(unsigned index)
{
    return &groups[index];
}

unsigned group_total(void)
{
    return group_count;
}

/* ---- memory ---- */

void case_poke(struct oracle_case *c, uint32_t linear, const void *bytes, uint32_t len)
{
    const uint8_t *b = bytes;

    for (uint32_t i = 0; i < len; i++) {
        uint32_t at = linear + i;

        if (at - ORACLE_DATA < ORACLE_PAGES * ORACLE_PAGE)
            c->data[at % ORACLE_PAGE] = b[i];
        else if (at - ORACLE_STACK < ORACLE_PAGES * ORACLE_PAGE)
            c->stack[at % ORACLE_PAGE] = b[i];
    }
}

void case_poke32(struct oracle_case *c, uint32_t linear, uint32_t value, uint32_t len)
{
    case_poke(c, linear, &value, len);
}

uint32_t pick_offset(struct oracle_case *c, enum x86_seg seg, uint32_t size, bool addr32)
{
    const struct oracle_seg *s = seg_find(c->in.seg[seg]);
    struct rng *r = &c->rng;
    uint32_t mask = addr32 ? 0xffffffff : 0xffff;
    uint32_t first, last, room;

    if (s == NULL)
        return rng_below(r, 0x10000);
    first = seg_first(s);
    last = seg_last(s);
    if (size == 0)
        size = 1;
    room = last - first > size ? last - first - size + 1 : 0;
    switch (rng_below(r, 32)) {
    case 0: /* over the end */
        return (last - rng_below(r, size + 1) + 1) & mask;
    case 1: /* the first and last that fit */
        return first & mask;
    case 2:
        return (last - size + 1) & mask;
    case 3: /* below the beginning of what expands down, or just anywhere */
        return (rng_chance(r, 50) ? first - 1 - rng_below(r, size) : edge_value(r)) & mask;
    case 4: /* across pages */
        return (first + (rng_below(r, 15) + 1) * ORACLE_PAGE - s->base % ORACLE_PAGE -
                rng_below(r, size + 1)) &
               mask;
    default:
        return (first + rng_below(r, room + 1)) & mask;
    }
}

uint16_t pick_selector(struct rng *r)
{
    static const uint16_t odd[] = { 0,    1,    2,      3,      0x08, 0x0b, 0x10, 0x1b,
                                    0x23, 0x2b, 0x28,   0x33,   0x40, 0x43, 0x50, 0x6b,
                                    0x80, 0x83, 0xffff, 0xfff8, 0x7,  4 };
    static const uint8_t windows[] = { SEG_D16, SEG_D32, SEG_S16, SEG_S32 };
    unsigned index;

    switch (rng_below(r, 16)) {
    case 0:
        return odd[rng_below(r, sizeof odd / 2)];
    case 1:
        index = rng_below(r, SEG_CONFORMING_ABSENT + 2);
        break;
    case 2:
        index = rng_below(r, SEG_LDT_ENTRIES + 2);
        break;
    default:
        index = windows[rng_below(r, 4)] + rng_below(r, SEG_KINDS_USABLE);
        break;
    }
    if (rng_chance(r, 6))
        return (uint16_t)(index << 3 | 4 | rng_below(r, 4));
    return SELECTOR(index);
}

uint16_t pick_code_selector(struct rng *r)
{
    static const uint16_t odd[] = { 0,    3,    0x08, 0x0b, 0x10, 0x1b,   0x2b, 0x40,
                                    0x43, 0x50, 0x53, 0x6b, 0x83, 0xffff, 0x7 };

    switch (rng_below(r, 20)) {
    case 0:
        return odd[rng_below(r, sizeof odd / 2)];
    case 1:
        return SELECTOR(SEG_C16_ABSENT + rng_below(r, 3));
    case 2:
        return SELECTOR(SEG_D16 + rng_below(r, SEG_LDT_ENTRIES - SEG_D16));
    case 3:
        return (uint16_t)((SEG_C16 + rng_below(r, 10)) << 3 | 4 | rng_below(r, 4));
    default:
        return SELECTOR(SEG_C16 + rng_below(r, 10));
    }
}

static bool lands_badly(const struct oracle_case *c, uint32_t linear)
{
    const struct oracle_seg *cs = seg_find(c->in.seg[S_CS]);
    uint32_t here = cs->base + c->in.eip;
    uint32_t ahead = (linear - here) % ORACLE_PAGE;

    /* On the instruction itself or inside the jump behind it; all pages are one. */
    if (ahead < c->in.len + 8u)
        return true;
    return (linear - ORACLE_CODE) / ORACLE_PAGE == CODE_ABSENT;
}

uint32_t pick_landing(struct oracle_case *c, uint16_t selector, bool op32)
{
    const struct oracle_seg *s = seg_find(selector);
    struct rng *r = &c->rng;
    uint32_t mask = op32 ? 0xffffffff : 0xffff;

    if (s == NULL || !seg_is_code(s))
        return rng_below(r, 0x10000);
    for (;;) {
        uint32_t at = rng_below(r, seg_last(s) + 1);

        if (rng_chance(r, 8))
            at = seg_last(s) + 1 + rng_below(r, 0x100);
        at &= mask;
        if (at > seg_last(s)) /* #GP */
            return at;
        if (!lands_badly(c, s->base + at))
            return at;
    }
}

/* ---- encoding ---- */

static void emit(struct oracle_case *c, uint8_t byte)
{
    if (c->in.len < sizeof c->in.code)
        c->in.code[c->in.len++] = byte;
}

static void emit_value(struct oracle_case *c, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        emit(c, (uint8_t)(value >> i * 8));
}

/* Is a ModRM byte fetched before #UD?  Nobody says: not where that makes a difference. */
static bool is_undefined(const struct row *row)
{
    return (row->attr & ATTR_NONE) || row_is(row, "ud0") || strcmp(row->op_name[0], "Td") == 0 ||
           strcmp(row->op_name[1], "Td") == 0;
}

static bool must_not_read_code(const struct row *row)
{
    return row_is(row, "call") || row_is(row, "jmp") || row_is(row, "call far") ||
           row_is(row, "jmp far") || row_is(row, "fxrstor");
}

static void pick_prefixes(struct oracle_case *c)
{
    static const uint8_t seg_prefix[6] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
    const struct row *row = c->group.row;
    struct rng *r = &c->rng;
    uint8_t list[16];
    unsigned n = 0;
    bool touches = row->modrm || (row->attr & ATTR_STR) || row->op[0].kind == OP_XLAT ||
                   row->op[0].kind == OP_OFFS || row->op[1].kind == OP_OFFS;

    c->override = 0xff;
    if (c->group.op32 != c->group.code32)
        list[n++] = 0x66;
    if (c->group.addr32 != c->group.code32)
        list[n++] = 0x67;
    if (touches && rng_chance(r, 30)) {
        c->override = (uint8_t)rng_below(r, 6);
        if (c->override == S_CS && must_not_read_code(row))
            c->override = S_DS;
        list[n++] = seg_prefix[c->override];
    }
    if ((row->attr & ATTR_STR) && rng_chance(r, 55)) {
        c->rep = true;
        list[n++] = rng_chance(r, 50) ? 0xf3 : 0xf2;
    }
    if (rng_chance(r, (row->attr & ATTR_LOCK) && c->group.mem ? 10 : c->group.mem ? 1 : 5)) {
        c->lock = true;
        list[n++] = 0xf0;
    }
    /* The same prefix again means nothing new, but counts towards the length. */
    while (n && rng_below(r, 60) == 0 && n < 12) {
        list[n] = list[rng_below(r, n)];
        n++;
    }
    if (rng_below(r, 200) == 0 && !is_undefined(row) && !c->absolute) { /* 15 bytes are the limit */
        unsigned most = 8 + rng_below(r, sizeof list - 8);

        c->override = S_DS;
        while (n < most)
            list[n++] = seg_prefix[S_DS];
    }
    for (unsigned i = n; i > 1; i--) {
        unsigned k = rng_below(r, i);
        uint8_t t = list[i - 1];

        list[i - 1] = list[k];
        list[k] = t;
    }
    for (unsigned i = 0; i < n; i++)
        emit(c, list[i]);
}

/* Makes gpr[n] such that the address becomes what was picked.  Only the low 16 bits with 16-bit
 * addresses. */
static void solve(struct oracle_case *c, unsigned n, uint32_t value)
{
    if (c->group.addr32)
        c->in.gpr[n] = value;
    else
        c->in.gpr[n] = (c->in.gpr[n] & 0xffff0000) | (value & 0xffff);
}

static uint32_t aligned_offset(struct oracle_case *c, uint32_t offset)
{
    const struct oracle_seg *s = seg_find(c->in.seg[c->mem_seg]);
    uint32_t linear = (s ? s->base : 0) + offset;

    /* A locked operand across two cache lines makes some hosts' kernels punish the process. */
    if ((c->lock || row_is(c->group.row, "xchg")) && linear % 64 + c->mem_size > 64)
        return offset - c->mem_size;
    return offset;
}

static void target(struct oracle_case *c, uint8_t seg)
{
    const struct oracle_seg *s;

    c->mem_seg = c->override != 0xff ? c->override : seg;
    s = seg_find(c->in.seg[c->mem_seg]);
    /* Where a branch goes must be known, and an FXRSTOR image must have a good MXCSR. */
    if (s && seg_is_code(s) && must_not_read_code(c->group.row))
        c->in.seg[c->mem_seg] = SELECTOR(SEG_D32);
    c->mem_at = aligned_offset(c, pick_offset(c, c->mem_seg, c->mem_size, c->group.addr32));
    if (c->mem_size == 512 && rng_chance(&c->rng, 92))
        c->mem_at -= ((s ? s->base : 0) + c->mem_at) % 16;
}

static void emit_modrm16(struct oracle_case *c, unsigned reg)
{
    static const uint8_t first[8] = { R_EBX, R_EBX, R_EBP, R_EBP, R_ESI, R_EDI, R_EBP, R_EBX };
    static const uint8_t second[8] = { R_ESI, R_EDI, R_ESI, R_EDI, 8, 8, 8, 8 };
    struct rng *r = &c->rng;
    unsigned mod = c->absolute ? 0 : rng_below(r, 3), rm = c->absolute ? 6 : rng_below(r, 8);
    uint32_t disp = 0, rest;

    target(c, rm == 2 || rm == 3 || (rm == 6 && mod) ? S_SS : S_DS);
    emit(c, (uint8_t)(mod << 6 | reg << 3 | rm));
    if (mod == 0 && rm == 6) {
        emit_value(c, c->mem_at, 2);
        return;
    }
    if (mod == 1) {
        disp = (uint32_t)(int8_t)rng64(r);
        emit_value(c, disp, 1);
    } else if (mod == 2) {
        disp = edge_value(r);
        emit_value(c, disp, 2);
    }
    rest = second[rm] < 8 ? c->in.gpr[second[rm]] : 0;
    solve(c, first[rm], c->mem_at - disp - rest);
}

static void emit_disp32(struct oracle_case *c, unsigned mod, uint32_t disp)
{
    if (mod == 1)
        emit_value(c, disp, 1);
    else if (mod == 2)
        emit_value(c, disp, 4);
}

static uint32_t pick_disp32(struct oracle_case *c, unsigned mod)
{
    if (mod == 0)
        return 0;
    return mod == 1 ? (uint32_t)(int8_t)rng64(&c->rng) : edge_value(&c->rng);
}

static void emit_sib(struct oracle_case *c, unsigned mod, unsigned reg)
{
    struct rng *r = &c->rng;
    unsigned base = rng_below(r, 8), index = rng_below(r, 8), scale = rng_below(r, 4);
    uint32_t disp = pick_disp32(c, mod), rest = 0;
    bool no_base = base == 5 && mod == 0;

    if (base == R_ESP) /* must stay the stack: only the displacement is free */
        mod = 2;
    if (index == base)
        index = 4;
    target(c, base == R_ESP || (base == R_EBP && !no_base) ? S_SS : S_DS);
    if (index != 4)
        rest = c->in.gpr[index] << scale;
    if (base == R_ESP)
        disp = c->mem_at - rest - c->in.gpr[R_ESP];
    emit(c, (uint8_t)(mod << 6 | reg << 3 | 4));
    emit(c, (uint8_t)(scale << 6 | index << 3 | base));
    if (no_base) {
        emit_value(c, c->mem_at - rest, 4);
        return;
    }
    emit_disp32(c, mod, disp);
    if (base != R_ESP)
        c->in.gpr[base] = c->mem_at - disp - rest;
}

static void emit_modrm32(struct oracle_case *c, unsigned reg)
{
    struct rng *r = &c->rng;
    unsigned mod = c->absolute ? 0 : rng_below(r, 3), rm = c->absolute ? 5 : rng_below(r, 8);
    uint32_t disp;

    if (rm == 4) {
        emit_sib(c, mod, reg);
        return;
    }
    target(c, rm == R_EBP && mod ? S_SS : S_DS);
    emit(c, (uint8_t)(mod << 6 | reg << 3 | rm));
    if (mod == 0 && rm == 5) {
        emit_value(c, c->mem_at, 4);
        return;
    }
    disp = pick_disp32(c, mod);
    emit_disp32(c, mod, disp);
    c->in.gpr[rm] = c->mem_at - disp;
}

/* Rows whose register form is #UD on every processor.  (That of LDS, LES and BOUND has become a
 * prefix, that of the others something else.) */
static bool register_form_faults(const struct row *row)
{
    return row_is(row, "lea") || row_is(row, "lss") || row_is(row, "lfs") || row_is(row, "lgs") ||
           row_is(row, "call far") || row_is(row, "jmp far") || row_is(row, "cmpxchg8b");
}

static void emit_modrm(struct oracle_case *c)
{
    const struct row *row = c->group.row;
    const struct row_operand *m = row_memory(row);
    unsigned reg = rng_below(&c->rng, 8);

    c->modrm_at = c->in.len;
    if (row->form == FORM_E || row->form == FORM_M || row->form == FORM_R || row->form == FORM_F)
        reg = row->reg;
    if (row->op_name[0] && strcmp(row->op_name[0], "Sw") == 0 && row->form == FORM_ANY)
        reg = rng_below(&c->rng, 6);
    if (!c->group.mem || (register_form_faults(row) && rng_below(&c->rng, 50) == 0)) {
        unsigned rm = row->form == FORM_F ? row->rm : rng_below(&c->rng, 8);

        emit(c, (uint8_t)(0xc0 | reg << 3 | rm));
        return;
    }
    c->mem_size = c->group.op32 ? m->size32 : m->size;
    if (c->group.addr32)
        emit_modrm32(c, reg);
    else
        emit_modrm16(c, reg);
}

static void emit_operands(struct oracle_case *c)
{
    const struct row *row = c->group.row;

    for (unsigned k = 0; k < 3; k++) {
        const struct row_operand *op = &row->op[k];
        unsigned size = c->group.op32 ? op->size32 : op->size;

        switch (op->kind) {
        case OP_IMM:
        case OP_REL:
            emit_value(c, shape_immediate(c, op, row->op_name[k]), size);
            break;
        case OP_OFFS:
            c->mem_size = size;
            target(c, S_DS);
            emit_value(c, c->mem_at, c->group.addr32 ? 4 : 2);
            break;
        case OP_FAR: /* filled by shape_after, when the length is known */
            emit_value(c, 0, size > 4 ? 4 : size);
            emit_value(c, 0, size > 4 ? 2 : 0);
            break;
        default:
            break;
        }
    }
}

/* ---- the state around the instruction ---- */

void pick_segments(struct oracle_case *c)
{
    static const uint8_t windows[] = { SEG_D16, SEG_D32, SEG_D32, SEG_S16, SEG_S32, SEG_D16 };
    static const uint8_t code16[] = { SEG_C16_SHORT, SEG_C16_EXEC, SEG_C16_PAGES, SEG_C16_ODD };
    static const uint8_t code32[] = { SEG_C32_SHORT, SEG_C32_EXEC, SEG_C32_PAGES, SEG_C32_ODD };
    static const uint8_t regs[] = { S_ES, S_DS, S_FS, S_GS };
    struct rng *r = &c->rng;
    unsigned code = c->group.code32 ? SEG_C32 : SEG_C16;
    unsigned kind = rng_chance(r, 60) ? 0 : rng_below(r, SEG_KINDS_STACK);

    if (rng_chance(r, 20))
        code = (c->group.code32 ? code32 : code16)[rng_below(r, 4)];
    c->in.seg[S_CS] = SELECTOR(code);
    c->in.seg[S_SS] = SELECTOR((rng_chance(r, 50) ? SEG_S32 : SEG_S16) + kind);
    for (unsigned i = 0; i < 4; i++) {
        unsigned index = windows[rng_below(r, sizeof windows)];

        index += rng_chance(r, 70) ? 0 : rng_below(r, SEG_KINDS_USABLE);
        /* 16-bit addresses do not reach into a big expand-down segment. */
        if (!c->group.addr32 && (index == SEG_D32 + 5 || index == SEG_S32 + 5))
            index -= 5;
        c->in.seg[regs[i]] = SELECTOR(index);
        if (rng_below(r, 40) == 0)
            c->in.seg[regs[i]] =
                rng_chance(r, 50) ? (uint16_t)rng_below(r, 4) : SELECTOR(SEG_C16 + rng_below(r, 2));
    }
}

void pick_registers(struct oracle_case *c)
{
    const struct oracle_seg *ss = seg_find(c->in.seg[S_SS]);
    struct rng *r = &c->rng;

    for (unsigned i = 0; i < 8; i++)
        c->in.gpr[i] = edge_value(r);
    /* The stack: mostly even and with room on both sides. */
    c->in.gpr[R_ESP] = pick_offset(c, S_SS, 4, ss->big);
    if (rng_chance(r, 90))
        c->in.gpr[R_ESP] &= ~3u;
    if (!ss->big && rng_chance(r, 50))
        c->in.gpr[R_ESP] |= (uint32_t)rng64(r) << 16;
    c->in.eflags = (uint32_t)rng64(r) & (FL_ARITH | FL_DF);
    if (rng_chance(r, 50))
        c->in.eflags &= ~(uint32_t)FL_DF;
    if (rng_below(r, 32) == 0)
        c->in.eflags |= FL_AC;
    if (rng_chance(r, 10))
        c->in.eflags |= FL_NT;
    if (rng_chance(r, 10))
        c->in.eflags |= FL_ID;
    c->in.eflags |= FL_ONE | FL_IF;
}

/* EIP: anywhere on an executable page with room for the jump back; sometimes the instruction runs
 * into the end of the segment or into the absent page.  Needs the length. */
void pick_eip(struct oracle_case *c)
{
    const struct oracle_seg *cs = seg_find(c->in.seg[S_CS]);
    struct rng *r = &c->rng;
    uint32_t last = seg_last(cs), page, at;
    /* Nor is it said which comes first, 15 bytes or the end of the page. */
    bool undefined = is_undefined(c->group.row) || (c->in.count == 1 && c->in.len > ORACLE_LONGEST);
    uint32_t often = c->group.mem ? 1 : 3; /* without memory there is not much else to fault */

    if (rng_chance(r, often) && c->in.len > 1 && !undefined) {
        c->in.eip = last - rng_below(r, c->in.len - 1u);
        return;
    }
    if (rng_chance(r, often) && last > CODE_ABSENT * ORACLE_PAGE && !undefined) {
        c->in.eip = ORACLE_CODE + CODE_ABSENT * ORACLE_PAGE - cs->base - rng_below(r, c->in.len);
        return;
    }
    do {
        at = rng_below(r, last - c->in.len - 64);
        page = (cs->base + at - ORACLE_CODE) % (ORACLE_PAGES * ORACLE_PAGE);
    } while (page / ORACLE_PAGE == CODE_ABSENT ||
             (page + c->in.len + 32) / ORACLE_PAGE == CODE_ABSENT);
    c->in.eip = at;
}

void encode(struct oracle_case *c)
{
    pick_prefixes(c);
    if (c->group.row->two)
        emit(c, 0x0f);
    emit(c, c->group.row->opcode);
    if (c->group.row->modrm)
        emit_modrm(c);
    emit_operands(c);
}

void case_make(struct oracle_case *c, const struct oracle_group *group, uint64_t seed)
{
    uint8_t *data = c->data, *stack = c->stack;

    memset(c, 0, sizeof *c);
    c->data = data;
    c->stack = stack;
    c->group = *group;
    c->in.count = 1;
    c->rng.s = seed;
    memcpy(data, templates[rng_below(&c->rng, TEMPLATES)], ORACLE_PAGE);
    memcpy(stack, templates[rng_below(&c->rng, TEMPLATES)], ORACLE_PAGE);
    pick_segments(c);
    pick_registers(c);
    if (group->row->attr & ATTR_BLOCK) {
        block_make(c);
        return;
    }
    shape_before(c);
    encode(c);
    pick_eip(c);
    shape_after(c);
}
