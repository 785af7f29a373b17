/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87: loads, stores and moves within the stack.  See fpu_impl.h.
 *
 * Conversions of ordinary numbers are done here in integers; zeros too, everything else (denormals,
 * infinities, NaNs, results out of range) goes the exact way.
 *
 * Source: SDM volume 1, section 4.8.4 (rounding); volume 2, the instruction pages.
 */

#include "core/cpu/fpu_impl.h"

enum { EXP_BIAS = 0x3fff };

#define INTEGER_BIT (1ull << 63)

/* ---- widening: exact ---- */

static inline bool widen_m32(struct fpu_reg *r, const void *src)
{
    uint32_t v;
    unsigned exp;

    memcpy(&v, src, 4);
    exp = v >> 23 & 0xff;
    if (unlikely(exp - 1 >= 0xfe)) {
        if (v << 1)
            return false;
        r->mant = 0;
        r->exp = (uint16_t)(v >> 16);
        return true;
    }
    r->mant = INTEGER_BIT | (uint64_t)v << 40;
    r->exp = (uint16_t)((v >> 16 & 0x8000) | (exp + EXP_BIAS - 0x7f));
    return true;
}

static inline bool widen_m64(struct fpu_reg *r, const void *src)
{
    uint64_t v;
    unsigned exp;

    memcpy(&v, src, 8);
    exp = v >> 52 & 0x7ff;
    if (unlikely(exp - 1 >= 0x7fe)) {
        if (v << 1)
            return false;
        r->mant = 0;
        r->exp = (uint16_t)(v >> 48);
        return true;
    }
    r->mant = INTEGER_BIT | v << 11;
    r->exp = (uint16_t)((v >> 48 & 0x8000) | (exp + EXP_BIAS - 0x3ff));
    return true;
}

static inline bool widen_int(struct fpu_reg *r, int64_t v)
{
    uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    int shift;

    if (!v) {
        r->mant = 0;
        r->exp = 0;
        return true;
    }
    shift = __builtin_clzll(size);
    r->mant = size << shift;
    r->exp = (uint16_t)((v < 0 ? 0x8000 : 0) | (EXP_BIAS + 63 - shift));
    return true;
}

static inline bool widen_i16(struct fpu_reg *r, const void *src)
{
    int16_t v;

    memcpy(&v, src, 2);
    return widen_int(r, v);
}

static inline bool widen_i32(struct fpu_reg *r, const void *src)
{
    int32_t v;

    memcpy(&v, src, 4);
    return widen_int(r, v);
}

static inline bool widen_i64(struct fpu_reg *r, const void *src)
{
    int64_t v;

    memcpy(&v, src, 8);
    return widen_int(r, v);
}

static inline bool widen_m80(struct fpu_reg *r, const void *src)
{
    memcpy(&r->mant, src, 8);
    memcpy(&r->exp, (const uint8_t *)src + 8, 2);
    return true;
}

/* ---- narrowing: may round ---- */

/* A result, and the status word bits of the conversion; or IMPRACTICAL: not to be done here.
 * A structure, not pointers to results: see FPU_APART. */
struct narrow {
    uint64_t value;
    unsigned sw;
};

enum { IMPRACTICAL = 1 << 16 };

static inline struct narrow zero_or_impractical(const struct fpu_reg *r, uint64_t zero)
{
    struct narrow n = { zero, (r->exp & 0x7fff) || r->mant ? IMPRACTICAL : 0 };

    return n;
}

/* Whether to add one: rest is what is cut off, its highest bit worth half of the last place. */
static inline bool rounds_up(uint16_t fcw, bool negative, uint64_t rest, bool odd)
{
    switch (fcw >> 10 & 3) {
    case 0: /* to nearest, ties to even */
        return rest > INTEGER_BIT || (rest == INTEGER_BIT && odd);
    case 1: /* down */
        return negative && rest;
    case 2: /* up */
        return !negative && rest;
    default:
        return false;
    }
}

static inline unsigned rounding_status(uint64_t rest, bool up)
{
    return rest ? SW_PE | (up ? SW_C1 : 0u) : 0;
}

/* Real with `bits` bits of fraction, if it is zero or surely a normal number */
static inline struct narrow narrow_real(const struct fpu_reg *r, uint16_t fcw, unsigned bits,
                                        unsigned bias)
{
    unsigned exp = (r->exp & 0x7fffu) - (EXP_BIAS - bias);
    bool negative = r->exp >> 15, up;
    uint64_t rest = r->mant << (bits + 1), sign = (uint64_t)negative << (bits == 23 ? 31 : 63);
    struct narrow n;

    if (unlikely(exp - 1 >= 2 * bias - 1 || !(r->mant >> 63)))
        return zero_or_impractical(r, sign);
    up = rounds_up(fcw, negative, rest, r->mant >> (63 - bits) & 1);
    /* The integer bit adds one to the exponent, and so does a carry out of the fraction. */
    n.value = sign + ((uint64_t)(exp - 1) << bits) + (r->mant >> (63 - bits)) + up;
    n.sw = rounding_status(rest, up);
    return n;
}

static inline struct narrow narrow_m32(const struct fpu_reg *r, uint16_t fcw)
{
    return narrow_real(r, fcw, 23, 0x7f);
}

static inline struct narrow narrow_m64(const struct fpu_reg *r, uint16_t fcw)
{
    return narrow_real(r, fcw, 52, 0x3ff);
}

/* Integer of `bits` bits, if its size is surely below 2^(bits - 1) */
static inline struct narrow narrow_int(const struct fpu_reg *r, uint16_t fcw, unsigned bits)
{
    int shift = EXP_BIAS + 63 - (r->exp & 0x7fff); /* bits to cut off */
    bool negative = r->exp >> 15, up;
    uint64_t size = 0, rest;
    struct narrow n;

    if (unlikely(shift <= 64 - (int)bits || !(r->mant >> 63)))
        return zero_or_impractical(r, 0);
    if (shift < 64) {
        size = r->mant >> shift;
        rest = r->mant << (64 - shift);
    } else {
        rest = shift == 64 ? r->mant : 1; /* less than a half: how much does not matter */
    }
    up = rounds_up(fcw, negative, rest, size & 1);
    size += up;
    n.value = negative ? 0 - size : size;
    n.sw = size >> (bits - 1) ? IMPRACTICAL : rounding_status(rest, up);
    return n;
}

static inline struct narrow narrow_i16(const struct fpu_reg *r, uint16_t fcw)
{
    return narrow_int(r, fcw, 16);
}

static inline struct narrow narrow_i32(const struct fpu_reg *r, uint16_t fcw)
{
    return narrow_int(r, fcw, 32);
}

static inline struct narrow narrow_i64(const struct fpu_reg *r, uint16_t fcw)
{
    return narrow_int(r, fcw, 64);
}

static inline void put(void *dst, uint64_t value, unsigned size)
{
    uint32_t d = (uint32_t)value;
    uint16_t w = (uint16_t)value;

    if (size == 8)
        memcpy(dst, &value, 8);
    else if (size == 4)
        memcpy(dst, &d, 4);
    else
        memcpy(dst, &w, 2);
}

/* ---- loads ---- */

#define LOAD(name, widen, size)                                                                    \
    void name(struct interp *c, const struct insn *i)                                              \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
        uint32_t offset = op_offset(c, i);                                                         \
        const void *src;                                                                           \
                                                                                                   \
        if (!fpu_plain(c)) {                                                                       \
            fpu_retry(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        src = fpu_source(c, i, offset, size);                                                      \
        if (unlikely(!src || fpu_full(f, 7)) || unlikely(!widen(fpu_st(f, 7), src))) {             \
            fpu_exact_mem(c, i);                                                                   \
            return;                                                                                \
        }                                                                                          \
        fpu_note_data(c, i, offset);                                                               \
        fpu_clear_c1(f);                                                                           \
        fpu_push(f);                                                                               \
        NEXT;                                                                                      \
    }

LOAD(fpu_fld_m32, widen_m32, 4)
LOAD(fpu_fld_m64, widen_m64, 8)
LOAD(fpu_fld_m80, widen_m80, 10)
LOAD(fpu_fild_i16, widen_i16, 2)
LOAD(fpu_fild_i32, widen_i32, 4)
LOAD(fpu_fild_i64, widen_i64, 8)

/* ---- stores ---- */

#define STORE(name, narrow_to, size, pops)                                                         \
    void name(struct interp *c, const struct insn *i)                                              \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
        uint32_t offset = op_offset(c, i);                                                         \
        struct narrow n;                                                                           \
        void *dst;                                                                                 \
                                                                                                   \
        if (!fpu_plain(c)) {                                                                       \
            fpu_retry(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        dst = fpu_target(c, i, offset, size);                                                      \
        n = narrow_to(fpu_st(f, 0), c->x.fpu.fcw);                                                 \
        if (unlikely(!dst || !fpu_full(f, 0)) ||                                                   \
            unlikely(n.sw & (f->unmasked | (unsigned)IMPRACTICAL))) {                              \
            fpu_exact_mem(c, i);                                                                   \
            return;                                                                                \
        }                                                                                          \
        put(dst, n.value, size);                                                                   \
        fpu_note_data(c, i, offset);                                                               \
        fpu_merge(f, (uint16_t)n.sw, SW_C1);                                                       \
        if (pops)                                                                                  \
            fpu_pop(f);                                                                            \
        NEXT;                                                                                      \
    }

STORE(fpu_fst_m32, narrow_m32, 4, false)
STORE(fpu_fstp_m32, narrow_m32, 4, true)
STORE(fpu_fst_m64, narrow_m64, 8, false)
STORE(fpu_fstp_m64, narrow_m64, 8, true)
STORE(fpu_fist_i16, narrow_i16, 2, false)
STORE(fpu_fistp_i16, narrow_i16, 2, true)
STORE(fpu_fist_i32, narrow_i32, 4, false)
STORE(fpu_fistp_i32, narrow_i32, 4, true)
STORE(fpu_fistp_i64, narrow_i64, 8, true)

void fpu_fstp_m80(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    uint32_t offset = op_offset(c, i);

    fpu_begin(c, i);
    if (unlikely(!fpu_full(f, 0))) {
        fpu_exact_mem(c, i);
        return;
    }
    cpu_write_bytes(c, (enum x86_seg)i->seg, offset, fpu_st(f, 0), 10);
    fpu_note_data(c, i, offset);
    fpu_clear_c1(f);
    fpu_pop(f);
    NEXT;
}

/* ---- moves within the stack ---- */

void fpu_fld_i(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;

    if (!fpu_plain(c)) {
        fpu_retry(c, i);
        return;
    }
    if (unlikely(!fpu_full(f, i->modrm & 7) || fpu_full(f, 7))) {
        fpu_exact_reg(c, i);
        return;
    }
    fpu_copy(fpu_st(f, 7), fpu_st(f, i->modrm & 7));
    fpu_note(c, i);
    fpu_clear_c1(f);
    fpu_push(f);
    NEXT;
}

static inline void store_reg(struct interp *c, const struct insn *i, bool pops)
{
    struct fpu_live *f = &c->fpu;
    unsigned n = i->modrm & 7;

    if (!fpu_plain(c)) {
        fpu_retry(c, i);
        return;
    }
    if (unlikely(!fpu_full(f, 0))) {
        fpu_exact_reg(c, i);
        return;
    }
    fpu_copy(fpu_st(f, n), fpu_st(f, 0));
    f->full |= (uint8_t)(1u << n);
    fpu_note(c, i);
    fpu_clear_c1(f);
    if (pops)
        fpu_pop(f);
    NEXT;
}

void fpu_fst_i(struct interp *c, const struct insn *i)
{
    store_reg(c, i, false);
}

void fpu_fstp_i(struct interp *c, const struct insn *i)
{
    store_reg(c, i, true);
}

void fpu_fxch(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    struct fpu_reg *st0, *other;
    uint64_t mant;
    uint16_t exp;

    if (!fpu_plain(c)) {
        fpu_retry(c, i);
        return;
    }
    if (unlikely(!fpu_both_full(f, i->modrm & 7))) {
        fpu_exact_reg(c, i);
        return;
    }
    st0 = fpu_st(f, 0);
    other = fpu_st(f, i->modrm & 7);
    mant = st0->mant;
    exp = st0->exp;
    fpu_copy(st0, other);
    other->mant = mant;
    other->exp = exp;
    fpu_note(c, i);
    fpu_clear_c1(f);
    NEXT;
}

/* FCMOVcc: bits 3-4 of ModRM choose the condition, DB negates it. */
void fpu_fcmov(struct interp *c, const struct insn *i)
{
    static const uint32_t conditions[4] = { FL_CF, FL_ZF, FL_CF | FL_ZF, FL_PF };
    struct fpu_live *f = &c->fpu;
    bool wanted = (i->opcode & 1) == 0;

    fpu_begin(c, i);
    if (unlikely(!fpu_both_full(f, i->modrm & 7))) {
        fpu_exact_reg(c, i);
        return;
    }
    if (((cpu_flags(c) & conditions[i->modrm >> 3 & 3]) != 0) == wanted)
        fpu_copy(fpu_st(f, 0), fpu_st(f, i->modrm & 7));
    fpu_note(c, i);
    NEXT;
}

static inline void free_reg(struct interp *c, const struct insn *i, bool pops)
{
    struct fpu_live *f = &c->fpu;

    fpu_begin(c, i);
    f->full &= (uint8_t) ~(1u << (i->modrm & 7));
    fpu_note(c, i);
    fpu_clear_c1(f);
    if (pops)
        fpu_pop(f);
    NEXT;
}

void fpu_ffree(struct interp *c, const struct insn *i)
{
    free_reg(c, i, false);
}

void fpu_ffreep(struct interp *c, const struct insn *i)
{
    free_reg(c, i, true);
}

static inline void turn(struct interp *c, const struct insn *i, unsigned by)
{
    fpu_begin(c, i);
    fpu_turn(&c->fpu, by);
    fpu_note(c, i);
    fpu_clear_c1(&c->fpu);
    NEXT;
}

void fpu_fincstp(struct interp *c, const struct insn *i)
{
    turn(c, i, 1);
}

void fpu_fdecstp(struct interp *c, const struct insn *i)
{
    turn(c, i, 7);
}
