/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_FLAGS_H
#define CORE_CPU_FLAGS_H

/*
 * Arithmetic flags: set lazily by integer instructions, computed when asked for.  CF alone is
 * computed at once: it costs one comparison, and INC, DEC, ADC and rotates need it.
 */

#include "core/cpu/interp.h"

extern const uint8_t flags_parity[256]; /* FL_PF or 0 */

static inline uint32_t flags_sign(unsigned size)
{
    return 1u << (8 * size - 1);
}

static inline uint32_t flags_mask(unsigned size)
{
    return 0xffffffffu >> (32 - 8 * size);
}

static inline void flags_set(struct interp *c, enum lazy_op op, unsigned size, uint32_t dst,
                             uint32_t a, uint32_t b)
{
    c->lf.op = (uint8_t)op;
    c->lf.size = (uint8_t)size;
    c->lf.dst = dst;
    c->lf.a = a;
    c->lf.b = b;
}

/* Result of AND, OR, XOR, TEST */
static inline void flags_logic(struct interp *c, unsigned size, uint32_t dst)
{
    c->lf.op = LF_LOGIC;
    c->lf.size = (uint8_t)size;
    c->lf.cf = 0;
    c->lf.dst = dst;
}

/* What the manual leaves undefined, as the host's processor has it: what one engine shows of it in
 * PUSHF is then what the other would.  Elsewhere than on x86-64 as Intel's processors. */
struct flags_of_host {
    uint8_t shift_af;    /* AF after a shift: 0, or 2 as lf.a has it */
    bool multiply_keeps; /* MUL and IMUL change nothing but CF and OF */
};
extern struct flags_of_host flags_host;

/* Result of a shift */
static inline void flags_shift(struct interp *c, unsigned size, uint32_t dst, bool cf, bool of)
{
    c->lf.op = LF_SHIFT;
    c->lf.size = (uint8_t)size;
    c->lf.cf = cf;
    c->lf.dst = dst;
    c->lf.a = of | flags_host.shift_af;
}

static inline bool flag_c(const struct interp *c)
{
    return c->lf.cf;
}

static inline bool flag_z(const struct interp *c)
{
    return c->lf.op ? !c->lf.dst : c->x.eflags >> 6 & 1;
}

static inline bool flag_s(const struct interp *c)
{
    return c->lf.op ? c->lf.dst & flags_sign(c->lf.size) : c->x.eflags & FL_SF;
}

static inline bool flag_p(const struct interp *c)
{
    return (c->lf.op ? flags_parity[c->lf.dst & 0xff] : c->x.eflags) & FL_PF;
}

bool flag_o(const struct interp *c);
bool flag_a(const struct interp *c);

/* CF and OF change; the other flags stay. */
static inline void flags_set_co(struct interp *c, bool cf, bool of)
{
    bool af = flag_a(c);

    c->lf.cf = cf;
    if (c->lf.op == LF_NONE) {
        c->x.eflags = (c->x.eflags & ~(uint32_t)FL_OF) | (of ? FL_OF : 0);
    } else {
        c->lf.op = LF_SHIFT;
        c->lf.a = (af ? 2 : 0) | (of ? 1 : 0);
    }
}

/* The sixteen conditions in the order of the opcodes. */
static inline bool flags_condition(const struct interp *c, unsigned n)
{
    bool yes;

    switch (n >> 1) {
    case 0:
        yes = flag_o(c);
        break;
    case 1:
        yes = flag_c(c);
        break;
    case 2:
        yes = flag_z(c);
        break;
    case 3:
        yes = flag_c(c) || flag_z(c);
        break;
    case 4:
        yes = flag_s(c);
        break;
    case 5:
        yes = flag_p(c);
        break;
    case 6:
        yes = flag_s(c) != flag_o(c);
        break;
    default:
        yes = flag_z(c) || flag_s(c) != flag_o(c);
        break;
    }
    return yes != (n & 1);
}

/* Takes the six flags from value. */
static inline void flags_load(struct interp *c, uint32_t value)
{
    c->x.eflags = (c->x.eflags & ~(uint32_t)FL_ARITH) | (value & FL_ARITH);
    c->lf.op = LF_NONE;
    c->lf.cf = value & FL_CF;
}

#endif
