/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shifts, rotates, double shifts, bit tests and scans.  Source: Intel SDM volume 2.
 *
 * Undefined results are those of recent processors: OF after a shift by more than one as if the
 * last step had been alone; counts are masked to five bits.  AF after shifts is the host's.
 *
 * Not modelled: the 8086's unmasked counts.
 */

#include "core/cpu/ops.h"

#define CL R8(INSN_BYTE_REG(R_ECX))

static inline uint32_t do_rol(struct interp *c, uint32_t a, unsigned count, unsigned w)
{
    unsigned n = count & (w - 1);
    uint32_t r = n ? ((a << n) | (a >> (w - n))) & flags_mask(w / 8) : a;

    if (count & 31)
        flags_set_co(c, r & 1, (r ^ r >> (w - 1)) & 1);
    return r;
}

static inline uint32_t do_ror(struct interp *c, uint32_t a, unsigned count, unsigned w)
{
    unsigned n = count & (w - 1);
    uint32_t r = n ? ((a >> n) | (a << (w - n))) & flags_mask(w / 8) : a;

    if (count & 31)
        flags_set_co(c, r >> (w - 1), (r >> (w - 1) ^ r >> (w - 2)) & 1);
    return r;
}

static inline uint32_t do_rcl(struct interp *c, uint32_t a, unsigned count, unsigned w)
{
    unsigned n = (count & 31) % (w + 1);
    uint64_t wide = (uint64_t)c->lf.cf << w | a, r = wide;

    if (!(count & 31))
        return a;
    if (n)
        r = wide << n | wide >> (w + 1 - n);
    flags_set_co(c, r >> w & 1, (r >> w ^ r >> (w - 1)) & 1);
    return (uint32_t)r & flags_mask(w / 8);
}

static inline uint32_t do_rcr(struct interp *c, uint32_t a, unsigned count, unsigned w)
{
    unsigned n = (count & 31) % (w + 1);
    uint64_t wide = (uint64_t)c->lf.cf << w | a, r = wide;

    if (!(count & 31))
        return a;
    if (n)
        r = wide >> n | wide << (w + 1 - n);
    flags_set_co(c, r >> w & 1, (r >> (w - 1) ^ r >> (w - 2)) & 1);
    return (uint32_t)r & flags_mask(w / 8);
}

static inline uint32_t do_shl(struct interp *c, uint32_t a, unsigned count, unsigned w)
{
    unsigned n = count & 31;
    uint64_t r = (uint64_t)a << n;
    bool cf = r >> w & 1;

    if (!n)
        return a;
    flags_shift(c, w / 8, (uint32_t)r & flags_mask(w / 8), cf, cf != (r >> (w - 1) & 1));
    return (uint32_t)r & flags_mask(w / 8);
}

static inline uint32_t do_shr(struct interp *c, uint32_t a, unsigned count, unsigned w)
{
    unsigned n = count & 31;
    uint32_t last, r;

    if (!n)
        return a;
    last = a >> (n - 1);
    r = last >> 1;
    flags_shift(c, w / 8, r, last & 1, last >> (w - 1) & 1);
    return r;
}

static inline uint32_t do_sar(struct interp *c, uint32_t a, unsigned count, unsigned w)
{
    unsigned n = count & 31;
    int32_t last = (int32_t)(a << (32 - w)) >> (32 - w);
    uint32_t r;

    if (!n)
        return a;
    last >>= n - 1;
    r = (uint32_t)(last >> 1) & flags_mask(w / 8);
    flags_shift(c, w / 8, r, last & 1, false);
    return r;
}

#define SHIFT(op, w)                                                                               \
    OP(op_##op##_i_r##w)                                                                           \
    {                                                                                              \
        SET##w(i->rm, do_##op(c, R##w(i->rm), i->imm, w));                                         \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_##op##_i_m##w, w, r = (t##w)do_##op(c, a, i->imm, w), )                           \
    OP(op_##op##_1_r##w)                                                                           \
    {                                                                                              \
        SET##w(i->rm, do_##op(c, R##w(i->rm), 1, w));                                              \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_##op##_1_m##w, w, r = (t##w)do_##op(c, a, 1, w), )                                \
    OP(op_##op##_c_r##w)                                                                           \
    {                                                                                              \
        SET##w(i->rm, do_##op(c, R##w(i->rm), CL, w));                                             \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_##op##_c_m##w, w, r = (t##w)do_##op(c, a, CL, w), )

#define SHIFTS(w)                                                                                  \
    SHIFT(rol, w)                                                                                  \
    SHIFT(ror, w)                                                                                  \
    SHIFT(rcl, w)                                                                                  \
    SHIFT(rcr, w)                                                                                  \
    SHIFT(shl, w)                                                                                  \
    SHIFT(shr, w)                                                                                  \
    SHIFT(sar, w)

/* clang-format off */
SHIFTS(8)
SHIFTS(16)
SHIFTS(32)
/* clang-format on */

/* ---- double shifts ---- */

/* A word shifted by more than its width takes bits of the destination in again. */
static inline uint32_t do_shld(struct interp *c, uint32_t a, uint32_t b, unsigned count, unsigned w)
{
    unsigned n = count & 31;
    uint64_t wide = w == 32 ? (uint64_t)a << 32 | b : (uint64_t)a << 32 | b << 16 | a;
    uint32_t r;

    if (!n)
        return a;
    r = w == 32 ? (uint32_t)(wide << n >> 32) : (uint32_t)(wide << n >> 32) & 0xffff;
    flags_shift(c, w / 8, r, wide << (n - 1) >> (32 + w - 1) & 1, ((r ^ a) >> (w - 1)) & 1);
    return r;
}

static inline uint32_t do_shrd(struct interp *c, uint32_t a, uint32_t b, unsigned count, unsigned w)
{
    unsigned n = count & 31;
    uint64_t wide = w == 32 ? (uint64_t)b << 32 | a : (uint64_t)a << 32 | (uint64_t)b << 16 | a;
    uint32_t r;

    if (!n)
        return a;
    r = (uint32_t)(wide >> n) & flags_mask(w / 8);
    flags_shift(c, w / 8, r, wide >> (n - 1) & 1, ((r ^ a) >> (w - 1)) & 1);
    return r;
}

#define DOUBLE(op, w)                                                                              \
    OP(op_##op##_i_r##w)                                                                           \
    {                                                                                              \
        SET##w(i->rm, do_##op(c, R##w(i->rm), R##w(i->reg), i->imm, w));                           \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_##op##_i_m##w, w, r = (t##w)do_##op(c, a, R##w(i->reg), i->imm, w), )             \
    OP(op_##op##_c_r##w)                                                                           \
    {                                                                                              \
        SET##w(i->rm, do_##op(c, R##w(i->rm), R##w(i->reg), CL, w));                               \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_##op##_c_m##w, w, r = (t##w)do_##op(c, a, R##w(i->reg), CL, w), )

/* ---- bits ---- */

static inline uint32_t do_bt(uint32_t a, uint32_t bit)
{
    (void)bit;
    return a;
}

static inline uint32_t do_bts(uint32_t a, uint32_t bit)
{
    return a | 1u << bit;
}

static inline uint32_t do_btr(uint32_t a, uint32_t bit)
{
    return a & ~(1u << bit);
}

static inline uint32_t do_btc(uint32_t a, uint32_t bit)
{
    return a ^ 1u << bit;
}

/* Address of the word that holds the bit a register names, which may lie anywhere. */
static inline uint32_t bit_address(struct interp *c, const struct insn *i, int32_t bit, unsigned w,
                                   bool write)
{
    uint32_t words = (uint32_t)(bit >> (w == 32 ? 5 : 4));
    uint32_t offset = (op_offset(c, i) + words * (w / 8)) & i->addr_mask;

    c->current = i;
    cpu_seg_check(c, i->seg, offset, w / 8, write);
    return c->x.seg[i->seg].base + offset;
}

#define BITS(op, w)                                                                                \
    OP(op_##op##_g_r##w)                                                                           \
    {                                                                                              \
        unsigned bit = R##w(i->reg) & (w - 1);                                                     \
        c->lf.cf = R##w(i->rm) >> bit & 1;                                                         \
        SET##w(i->rm, do_##op(R##w(i->rm), bit));                                                  \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(op_##op##_i_r##w)                                                                           \
    {                                                                                              \
        unsigned bit = i->imm & (w - 1);                                                           \
        c->lf.cf = R##w(i->rm) >> bit & 1;                                                         \
        SET##w(i->rm, do_##op(R##w(i->rm), bit));                                                  \
        NEXT;                                                                                      \
    }

#define BITS_MODIFY(op, w)                                                                         \
    BITS(op, w)                                                                                    \
    OP(op_##op##_g_m##w)                                                                           \
    {                                                                                              \
        unsigned bit = R##w(i->reg) & (w - 1);                                                     \
        uint32_t linear = bit_address(c, i, (s##w)R##w(i->reg), w, true);                          \
        t##w a = (t##w)cpu_lin_read_rmw(c, linear, w / 8);                                         \
        cpu_lin_write(c, linear, do_##op(a, bit), w / 8);                                          \
        c->lf.cf = a >> bit & 1;                                                                   \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_##op##_i_m##w, w, r = (t##w)do_##op(a, i->imm & (w - 1)),                         \
              c->lf.cf = a >> (i->imm & (w - 1)) & 1)

#define BIT_TEST(w)                                                                                \
    BITS(bt, w)                                                                                    \
    OP(op_bt_g_m##w)                                                                               \
    {                                                                                              \
        uint32_t linear = bit_address(c, i, (s##w)R##w(i->reg), w, false);                         \
        c->lf.cf = cpu_lin_read(c, linear, w / 8) >> (R##w(i->reg) & (w - 1)) & 1;                 \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_bt_i_m##w, w, c->lf.cf = v >> (i->imm & (w - 1)) & 1)

/* ZF says that there was no bit; the destination then stays. */
static inline uint32_t do_bsf(struct interp *c, uint32_t was, uint32_t a, unsigned w)
{
    flags_logic(c, w / 8, a);
    return a ? (uint32_t)__builtin_ctz(a) : was;
}

static inline uint32_t do_bsr(struct interp *c, uint32_t was, uint32_t a, unsigned w)
{
    flags_logic(c, w / 8, a);
    return a ? 31u - (uint32_t)__builtin_clz(a) : was;
}

#define SCAN(op, w)                                                                                \
    OP(op_##op##_r##w)                                                                             \
    {                                                                                              \
        SET##w(i->reg, do_##op(c, R##w(i->reg), R##w(i->rm), w));                                  \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_##op##_m##w, w, SET##w(i->reg, do_##op(c, R##w(i->reg), v, w)))

#define WORDS(w)                                                                                   \
    DOUBLE(shld, w)                                                                                \
    DOUBLE(shrd, w)                                                                                \
    BIT_TEST(w)                                                                                    \
    BITS_MODIFY(bts, w)                                                                            \
    BITS_MODIFY(btr, w)                                                                            \
    BITS_MODIFY(btc, w)                                                                            \
    SCAN(bsf, w)                                                                                   \
    SCAN(bsr, w)

/* clang-format off */
WORDS(16)
WORDS(32)
/* clang-format on */
