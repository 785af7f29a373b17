/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What single rows of the table need so that their cases mean something: counts, divisors,
 * selectors, return frames, branch targets, floating-point values.
 */

#include "tests/oracle/generate.h"

#include <string.h>

#include "tests/oracle/segs.h"

static bool has(const struct row *row, const char *operand)
{
    return strcmp(row->op_name[0], operand) == 0 || strcmp(row->op_name[1], operand) == 0 ||
           strcmp(row->op_name[2], operand) == 0;
}

static bool takes_selector(const struct row *row)
{
    return strcmp(row->op_name[0], "Sw") == 0 || row_is(row, "lar") || row_is(row, "lsl") ||
           row_is(row, "verr") || row_is(row, "verw") || row_is(row, "arpl");
}

static uint32_t mem_linear(const struct oracle_case *c)
{
    const struct oracle_seg *s = seg_find(c->in.seg[c->mem_seg]);

    return (s ? s->base : 0) + c->mem_at;
}

/* The second part of an operand that is read in two accesses: 16-bit addresses wrap between them.
 */
static uint32_t mem_second(const struct oracle_case *c, uint32_t n)
{
    const struct oracle_seg *s = seg_find(c->in.seg[c->mem_seg]);
    uint32_t at = c->mem_at + n;

    return (s ? s->base : 0) + (c->group.addr32 ? at : at & 0xffff);
}

static uint8_t modrm(const struct oracle_case *c)
{
    return c->in.code[c->modrm_at];
}

static bool is_mem(const struct oracle_case *c)
{
    return c->modrm_at && modrm(c) < 0xc0;
}

/* n bytes above the stack pointer, as a POP would see them. */
static void stack_poke(struct oracle_case *c, uint32_t n, uint32_t value, uint32_t size)
{
    const struct oracle_seg *ss = seg_find(c->in.seg[S_SS]);
    uint32_t at = c->in.gpr[R_ESP] + n;

    case_poke32(c, ss->base + (ss->big ? at : at & 0xffff), value, size);
}

static uint32_t word_size(const struct oracle_case *c)
{
    return c->group.op32 ? 4 : 2;
}

/* ---- before the encoding ---- */

static void pick_shift_count(struct oracle_case *c)
{
    if (rng_chance(&c->rng, 60))
        c->in.gpr[R_ECX] = (c->in.gpr[R_ECX] & 0xffffff00) | rng_below(&c->rng, 34);
}

/* A dividend that often fits. */
static void pick_dividend(struct oracle_case *c)
{
    uint32_t *eax = &c->in.gpr[R_EAX], *edx = &c->in.gpr[R_EDX];

    switch (rng_below(&c->rng, 4)) {
    case 0:
        *edx = 0;
        *eax &= c->group.row->opcode == 0xf6 ? 0xffff00ff : 0xffffffff;
        break;
    case 1:
        *edx = *eax >> 31 ? 0xffffffff : 0;
        if (c->group.row->opcode == 0xf6)
            *eax = (*eax & 0xffff0000) | ((uint32_t)(int8_t)*eax & 0xffff);
        else if (!c->group.op32)
            *edx = *eax & 0x8000 ? 0xffff : 0;
        break;
    case 2:
        *edx = rng_below(&c->rng, 16);
        break;
    default:
        break;
    }
}

void shape_before(struct oracle_case *c)
{
    const struct row *row = c->group.row;
    struct rng *r = &c->rng;

    if (has(row, "CL"))
        pick_shift_count(c);
    if (row_is(row, "div") || row_is(row, "idiv"))
        pick_dividend(c);
    if (row->attr & ATTR_BITS)
        for (unsigned i = 0; i < 8; i++)
            if (i != R_ESP && rng_chance(r, 60))
                c->in.gpr[i] = rng_below(r, 1024) - 512;
    if (takes_selector(row))
        for (unsigned i = 0; i < 8; i++)
            if (i != R_ESP && rng_chance(r, 85))
                c->in.gpr[i] = (c->in.gpr[i] & 0xffff0000) | pick_selector(r);
    if (row_is(row, "enter") || row_is(row, "leave"))
        c->in.gpr[R_EBP] = rng_chance(r, 90)
                               ? pick_offset(c, S_SS, 4, seg_find(c->in.seg[S_SS])->big)
                               : c->in.gpr[R_EBP];
    if ((row_is(row, "push") || row_is(row, "pop")) && row->op_name[0][0] == 'S') {
        /* Two bytes or four, by processor: make it one and the same page and limit. */
        c->in.seg[S_SS] = SELECTOR(seg_find(c->in.seg[S_SS])->big ? SEG_S32 : SEG_S16);
        c->in.gpr[R_ESP] &= ~3u;
    }
    if (row_is(row, "iret") || row_is(row, "iretd"))
        c->in.eflags &= ~(uint32_t)FL_NT; /* 64-bit kernels have no task return */
}

uint32_t shape_immediate(struct oracle_case *c, const struct row_operand *op, const char *name)
{
    const struct row *row = c->group.row;
    struct rng *r = &c->rng;

    if (op->kind == OP_REL)
        return 0; /* shape_after */
    if (row_is(row, "int")) {
        uint32_t vector = rng_chance(r, 20) ? 3 + rng_below(r, 2) : rng_below(r, 256);

        return vector == 0x80 ? 0x81 : vector; /* 80h is Linux's system call */
    }
    if (row_is(row, "enter"))
        return strcmp(name, "Iw") == 0 ? rng_below(r, rng_chance(r, 90) ? 0x100 : 0x10000)
                                       : rng_below(r, rng_chance(r, 80) ? 4 : 256);
    if (row_is(row, "ret") || row_is(row, "ret far"))
        return rng_below(r, rng_chance(r, 80) ? 0x80 : 0x10000);
    if ((row->attr & ATTR_CONDU) && rng_chance(r, 70))
        return rng_below(r, 34);
    if ((row->attr & ATTR_MMX) && rng_chance(r, 80))
        return rng_below(r, 66);
    return edge_value(r);
}

/* ---- strings ---- */

/* Source and destination that meet only through two linear pages being one: fast string moves do
 * not see it. */
static void part_aliases(struct oracle_case *c, uint8_t source)
{
    const struct oracle_seg *from = seg_find(c->in.seg[source]), *to = seg_find(c->in.seg[S_ES]);
    uint32_t mask = c->group.addr32 ? 0xffffffff : 0xffff, distance;

    if (from == NULL || to == NULL)
        return;
    distance = from->base + (c->in.gpr[R_ESI] & mask) - to->base - (c->in.gpr[R_EDI] & mask);
    if (distance + 0x100 >= 0x200 && (distance + 0x100) % ORACLE_PAGE < 0x200)
        c->in.gpr[R_EDI] = (c->in.gpr[R_EDI] & ~mask) | ((c->in.gpr[R_EDI] ^ 0x400) & mask);
}

static void shape_string(struct oracle_case *c)
{
    const struct row *row = c->group.row;
    struct rng *r = &c->rng;
    bool a32 = c->group.addr32;
    uint32_t high = a32 ? 0 : 0xffff0000, count, at, size = word_size(c);
    uint8_t source = c->override != 0xff ? c->override : S_DS;

    if (strchr(row->name, 'b') && row->opcode % 2 == 0)
        size = 1;
    if (c->rep) {
        count = rng_chance(r, 5) ? 0 : rng_below(r, 24);
        c->in.gpr[R_ECX] = (c->in.gpr[R_ECX] & high) | count;
    }
    at = pick_offset(c, source, size, a32);
    c->in.gpr[R_ESI] = (c->in.gpr[R_ESI] & high) | at;
    at = pick_offset(c, S_ES, size, a32);
    if (rng_chance(r, 15)) /* overlapping, or equal contents */
        at = (c->in.gpr[R_ESI] + rng_below(r, 9) - 4) & ~high;
    c->in.gpr[R_EDI] = (c->in.gpr[R_EDI] & high) | (at & ~high);
    if (c->rep && (row_is(row, "movsb") || row_is(row, "movsw")))
        part_aliases(c, source);
    c->in.repeats = c->rep;
}

static void shape_xlat(struct oracle_case *c)
{
    uint8_t seg = c->override != 0xff ? c->override : S_DS;
    uint32_t at = pick_offset(c, seg, 1, c->group.addr32) - (c->in.gpr[R_EAX] & 0xff);

    if (c->group.addr32)
        c->in.gpr[R_EBX] = at;
    else
        c->in.gpr[R_EBX] = (c->in.gpr[R_EBX] & 0xffff0000) | (at & 0xffff);
}

/* ---- control transfer ---- */

static bool overlaps_code(const struct oracle_case *c, uint32_t eip)
{
    const struct oracle_seg *cs = seg_find(c->in.seg[S_CS]);
    uint32_t ahead = (eip - c->in.eip) % ORACLE_PAGE;

    if (eip > seg_last(cs))
        return false; /* #GP */
    if (ahead < c->in.len + 8u && eip != c->in.eip + c->in.len)
        return true;
    return (cs->base + eip - ORACLE_CODE) / ORACLE_PAGE == CODE_ABSENT;
}

void shape_relative(struct oracle_case *c, unsigned size)
{
    uint32_t next = c->in.eip + c->in.len, disp, to;

    do {
        disp = (uint32_t)(int8_t)rng64(&c->rng);
        if (size > 1)
            disp = pick_landing(c, c->in.seg[S_CS], c->group.op32) - next;
        to = next + disp;
        if (!c->group.op32)
            to &= 0xffff;
    } while (overlaps_code(c, to));
    memcpy(c->in.code + c->in.len - size, &disp, size);
}

/* Offset and selector at a place in memory or in the instruction. */
static void far_target(struct oracle_case *c, uint32_t *offset, uint16_t *selector)
{
    *selector = pick_code_selector(&c->rng);
    *offset = pick_landing(c, *selector, c->group.op32);
}

static void shape_far_immediate(struct oracle_case *c)
{
    uint32_t offset, size = word_size(c);
    uint16_t selector;

    far_target(c, &offset, &selector);
    memcpy(c->in.code + c->in.len - size - 2, &offset, size);
    memcpy(c->in.code + c->in.len - 2, &selector, 2);
}

static void shape_far_memory(struct oracle_case *c)
{
    uint32_t offset, size = word_size(c), at = mem_linear(c);
    uint16_t selector;

    if (c->group.row->attr & ATTR_END && !row_is(c->group.row, "lss")) {
        far_target(c, &offset, &selector);
    } else {
        offset = edge_value(&c->rng);
        selector = pick_selector(&c->rng);
    }
    case_poke32(c, at, offset, size);
    case_poke(c, mem_second(c, size), &selector, 2);
}

static void shape_indirect(struct oracle_case *c)
{
    uint32_t to = pick_landing(c, c->in.seg[S_CS], c->group.op32);

    if (is_mem(c))
        case_poke32(c, mem_linear(c), to, word_size(c));
    else if (c->group.op32)
        c->in.gpr[modrm(c) & 7] = to;
    else
        c->in.gpr[modrm(c) & 7] = (c->in.gpr[modrm(c) & 7] & 0xffff0000) | to;
}

static void shape_return(struct oracle_case *c)
{
    const struct row *row = c->group.row;
    bool far = !row_is(row, "ret");
    uint32_t offset, size = word_size(c), flags;
    uint16_t selector = c->in.seg[S_CS];

    if (far)
        selector = pick_code_selector(&c->rng);
    offset = pick_landing(c, selector, c->group.op32);
    stack_poke(c, 0, offset, size);
    if (far)
        stack_poke(c, size, selector | (uint32_t)rng64(&c->rng) << 16, size);
    flags = (uint32_t)rng64(&c->rng) & ~(uint32_t)(FL_TF | FL_AC);
    if (row->opcode == 0xcf)
        stack_poke(c, 2 * size, flags, size);
}

static void shape_popf(struct oracle_case *c)
{
    uint32_t flags = (uint32_t)rng64(&c->rng) & ~(uint32_t)FL_TF;

    if (rng_chance(&c->rng, 90))
        flags &= ~(uint32_t)FL_AC;
    stack_poke(c, 0, flags, word_size(c));
}

/* ---- memory operands with meaning ---- */

static void shape_bound(struct oracle_case *c)
{
    uint32_t value = c->in.gpr[modrm(c) >> 3 & 7], size = word_size(c), at = mem_linear(c);

    if (rng_chance(&c->rng, 70)) {
        case_poke32(c, at, value - rng_below(&c->rng, 3), size);
        case_poke32(c, mem_second(c, size), value + rng_below(&c->rng, 3), size);
    }
}

static void shape_compare_exchange(struct oracle_case *c)
{
    const struct row *row = c->group.row;
    uint32_t size = row->opcode == 0xb0 ? 1 : word_size(c);

    if (rng_chance(&c->rng, 50))
        return;
    if (row_is(row, "cmpxchg8b")) {
        if (is_mem(c)) {
            case_poke32(c, mem_linear(c), c->in.gpr[R_EAX], 4);
            case_poke32(c, mem_linear(c) + 4, c->in.gpr[R_EDX], 4);
        }
    } else if (is_mem(c)) {
        case_poke32(c, mem_linear(c), c->in.gpr[R_EAX], size);
    } else if ((modrm(c) & 7) != R_ESP) {
        c->in.gpr[modrm(c) & 7] = c->in.gpr[R_EAX];
    }
}

/* ---- x87 and MMX ---- */

/* Significand and exponent of every class there is. */
static void pick_extended(struct rng *r, uint8_t *at)
{
    uint64_t mant = rng64(r);
    uint16_t exponent = 0, sign = rng_chance(r, 50) ? 0x8000 : 0;

    switch (rng_below(r, 16)) {
    case 0: /* zero */
        mant = 0;
        break;
    case 1: /* infinity */
        mant = (uint64_t)1 << 63;
        exponent = 0x7fff;
        break;
    case 2: /* NaN, quiet or signalling */
        mant |= (uint64_t)1 << 63;
        exponent = 0x7fff;
        break;
    case 3: /* denormal and pseudo-denormal */
        mant >>= rng_below(r, 64);
        break;
    case 4: /* what no processor since the 387 knows: unnormal, pseudo-infinity, pseudo-NaN */
        mant &= ~((uint64_t)1 << 63);
        exponent = rng_chance(r, 50) ? 0x7fff : (uint16_t)(1 + rng_below(r, 0x7ffe));
        break;
    case 5: /* small integers */
        mant = (uint64_t)(1 + rng_below(r, 255)) << 56;
        exponent = 0x3fff + 7;
        while (!(mant >> 63)) {
            mant <<= 1;
            exponent--;
        }
        break;
    case 6: /* far out */
        mant |= (uint64_t)1 << 63;
        exponent = (uint16_t)(1 + rng_below(r, 0x7ffe));
        break;
    default: /* around one */
        mant |= (uint64_t)1 << 63;
        if (rng_chance(r, 30))
            mant &= ~(uint64_t)0 << rng_below(r, 64);
        exponent = (uint16_t)(0x3fff - 40 + rng_below(r, 110));
        break;
    }
    exponent |= sign;
    memcpy(at, &mant, 8);
    memcpy(at + 8, &exponent, 2);
}

static uint16_t pick_control(struct rng *r)
{
    uint16_t fcw = (uint16_t)(0x40 | rng_below(r, 4) << 8 | rng_below(r, 4) << 10 | 0x3f);

    if (rng_chance(r, 50))
        fcw = 0x37f;
    if (rng_chance(r, 30))
        fcw = (uint16_t)((fcw & ~0x3f) | rng_below(r, 64));
    return fcw;
}

/* Exceptions that are not pending: flags only where masked; sometimes one that is. */
static uint16_t pick_status(struct rng *r, uint16_t fcw)
{
    uint16_t fsw = (uint16_t)(rng64(r) & 0x7f00); /* C0-C3, TOP, B cleared */

    fsw &= 0x7fff;
    fsw &= (uint16_t)~0x0080;
    if (rng_chance(r, 30))
        fsw |= (uint16_t)(rng64(r) & 0x7f & (fcw | 0x40));
    if (rng_chance(r, 8))
        fsw |= (uint16_t)(rng64(r) & 0x3f);
    if (fsw & ~fcw & 0x3f)
        fsw |= 0x8080;
    return fsw;
}

static void shape_fpu_state(struct oracle_case *c)
{
    struct rng *r = &c->rng;
    uint8_t *fx = c->in.fx;
    uint16_t fcw = pick_control(r), fsw = pick_status(r, fcw);
    uint16_t fop = (uint16_t)rng_below(r, 0x800), fds = 0;
    uint32_t pointer = (uint32_t)rng64(r), mxcsr = 0x1f80;
    uint8_t tags = rng_chance(r, 60) ? 0xff : (uint8_t)rng64(r);

    memset(fx, 0, 512);
    memcpy(fx, &fcw, 2);
    memcpy(fx + 2, &fsw, 2);
    fx[4] = tags;
    memcpy(fx + 6, &fop, 2);
    memcpy(fx + 8, &pointer, 4);
    pointer = (uint32_t)rng64(r);
    memcpy(fx + 16, &pointer, 4);
    memcpy(fx + 20, &fds, 2);
    memcpy(fx + 24, &mxcsr, 4);
    for (unsigned i = 0; i < 8; i++) {
        if (c->group.row->attr & ATTR_MMX) {
            uint32_t v[2] = { edge_value(r), edge_value(r) };
            uint16_t exponent = rng_chance(r, 70) ? 0xffff : (uint16_t)rng64(r);

            memcpy(fx + 32 + i * 16, v, 8);
            memcpy(fx + 40 + i * 16, &exponent, 2);
        } else {
            pick_extended(r, fx + 32 + i * 16);
        }
    }
    if (rng_chance(r, 10)) /* equal operands */
        memcpy(fx + 48, fx + 32, 10);
    c->in.fpu = true;
}

static uint32_t pick_single(struct rng *r)
{
    static const uint32_t edges[] = {
        0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001,
        1, 0x007fffff, 0x00800000, 0x7f7fffff, 0x3f800000, 0xbf800000
    };

    return rng_chance(r, 40) ? edges[rng_below(r, sizeof edges / 4)] : (uint32_t)rng64(r);
}

static uint64_t pick_double(struct rng *r)
{
    static const uint64_t edges[] = {
        0, 0x8000000000000000, 0x7ff0000000000000, 0xfff8000000000000, 0x7ff0000000000001,
        1, 0x000fffffffffffff, 0x7fefffffffffffff, 0x3ff0000000000000
    };

    return rng_chance(r, 40) ? edges[rng_below(r, sizeof edges / 8)] : rng64(r);
}

static void shape_fpu_image(struct oracle_case *c, uint32_t at)
{
    struct rng *r = &c->rng;
    uint16_t fcw = pick_control(r);
    uint16_t fsw = pick_status(r, fcw), ftw = (uint16_t)rng64(r);
    uint32_t step = word_size(c);

    case_poke(c, at, &fcw, 2);
    case_poke(c, at + step, &fsw, 2);
    if (row_is(c->group.row, "fxrstor")) {
        case_poke(c, at + 2, &fsw, 2);
        case_poke32(c, at + 24, 0x1f80, 4);
        return;
    }
    case_poke(c, at + 2 * step, &ftw, 2);
    for (unsigned i = 0; i < 8 && row_is(c->group.row, "frstor"); i++) {
        uint8_t value[10];

        pick_extended(r, value);
        case_poke(c, at + 7 * step + i * 10, value, 10);
    }
}

static void shape_fpu_memory(struct oracle_case *c)
{
    const struct row *row = c->group.row;
    const char *kind = row->op_name[0];
    uint32_t at = mem_linear(c);
    uint8_t bytes[10];

    if (row_is(row, "fldenv") || row_is(row, "frstor") || row_is(row, "fxrstor")) {
        shape_fpu_image(c, at);
    } else if (row_is(row, "fldcw")) {
        uint16_t fcw = rng_chance(&c->rng, 80) ? pick_control(&c->rng) : (uint16_t)rng64(&c->rng);

        case_poke(c, at, &fcw, 2);
    } else if (strcmp(kind, "Md") == 0 && row->opcode != 0xda && row->opcode != 0xdb) {
        case_poke32(c, at, pick_single(&c->rng), 4);
    } else if (strcmp(kind, "Mq") == 0 && row->opcode != 0xdf) {
        uint64_t v = pick_double(&c->rng);

        case_poke(c, at, &v, 8);
    } else if (row_is(row, "fbld")) {
        for (unsigned i = 0; i < 10; i++)
            bytes[i] = (uint8_t)(rng_below(&c->rng, 10) << 4 | rng_below(&c->rng, 10));
        bytes[9] &= 0x80;
        if (rng_chance(&c->rng, 90))
            case_poke(c, at, bytes, 10);
    } else if (strcmp(kind, "Mt") == 0) {
        pick_extended(&c->rng, bytes);
        case_poke(c, at, bytes, 10);
    }
}

/* ---- flags that mean nothing afterwards ---- */

static uint32_t shift_undefined(struct oracle_case *c)
{
    const struct row *row = c->group.row;
    bool twice = row->two; /* SHLD, SHRD */
    unsigned bits = row->opcode % 2 == 0 && !twice ? 8 : c->group.op32 ? 32 : 16;
    uint32_t count = has(row, "CL") ? c->in.gpr[R_ECX] : c->in.code[c->in.len - 1];
    uint32_t left_over = row->undefined;

    c->count = count & 31;
    if (c->count == 0)
        return 0;
    if (twice)
        left_over = FL_AF;
    if (c->count > 1)
        return twice ? FL_AF | FL_OF : left_over;
    /* One: OF is defined; rotates touch nothing else. */
    if (c->count < bits)
        left_over &= ~(uint32_t)(FL_OF | FL_CF);
    return left_over;
}

static void shape_flags(struct oracle_case *c)
{
    const struct row *row = c->group.row;

    c->undefined = row->undefined;
    if (row->attr & ATTR_CONDU)
        c->undefined = shift_undefined(c);
}

/* SHLD and SHRD by more than the operand has bits: the result itself is undefined. */
static void limit_double_shift(struct oracle_case *c)
{
    const struct row *row = c->group.row;

    if (c->group.op32)
        return;
    if (has(row, "CL"))
        c->in.gpr[R_ECX] = (c->in.gpr[R_ECX] & ~0x1fu) | rng_below(&c->rng, 17);
    else
        c->in.code[c->in.len - 1] = (uint8_t)rng_below(&c->rng, 17);
}

static void shape_transfer(struct oracle_case *c)
{
    const struct row *row = c->group.row;

    c->in.landing = !row_is(row, "int") && !row_is(row, "int3");
    if (row->op[0].kind == OP_REL)
        shape_relative(c, c->group.op32 ? row->op[0].size32 : row->op[0].size);
    else if (row->op[0].kind == OP_FAR)
        shape_far_immediate(c);
    else if (row_is(row, "ret") || row_is(row, "ret far") || row_is(row, "iret"))
        shape_return(c);
    else if (row->opcode == 0xff && (row_is(row, "call") || row_is(row, "jmp")))
        shape_indirect(c);
    else if (row_is(row, "popf"))
        shape_popf(c);
}

void shape_after(struct oracle_case *c)
{
    const struct row *row = c->group.row;

    if (row->attr & (ATTR_X87 | ATTR_MMX) || row_is(row, "fwait"))
        shape_fpu_state(c);
    if (row->attr & ATTR_STR)
        shape_string(c);
    if (row->op[0].kind == OP_XLAT)
        shape_xlat(c);
    if (row->attr & ATTR_END)
        shape_transfer(c);
    if (has(row, "Mp") && is_mem(c))
        shape_far_memory(c);
    if (row_is(row, "bound"))
        shape_bound(c);
    if (row_is(row, "cmpxchg") || row_is(row, "cmpxchg8b"))
        shape_compare_exchange(c);
    if (row_is(row, "shld") || row_is(row, "shrd"))
        limit_double_shift(c);
    if ((row->attr & ATTR_X87) && is_mem(c))
        shape_fpu_memory(c);
    if (takes_selector(row) && is_mem(c))
        case_poke32(c, mem_linear(c), pick_selector(&c->rng), 2);
    if (row_is(row, "pop") && row->op_name[0][0] == 'S')
        stack_poke(c, 0, pick_selector(&c->rng) | (uint32_t)rng64(&c->rng) << 16, word_size(c));
    shape_flags(c);
}
