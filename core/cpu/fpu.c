/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87: arithmetic, loads, stores, compares.
 *
 * Each instruction has a quick way and an exact way.  The quick way computes with one of the inline
 * thunks under masked exceptions.  Whatever is not plain (an empty or occupied register where it
 * should not be, an exception that the guest wants to see) and every rare instruction goes the
 * exact way: the host executes the same instruction on the whole state (thunk_run).  So a quick way
 * gives up before it has changed anything but the host's flags, which the exact way clears.
 *
 * Sources: SDM volume 1, chapter 8 and appendix D; volume 2, the instruction pages.
 * Differences from the processors of the time: results of transcendental instructions are the
 * host's, which may differ from a 486's or Pentium's in the last bit.
 */

#include "core/cpu/fpu_impl.h"
#include "core/cpu/fpu_thunk.h"

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* ---- the exact way ---- */

static void image_from_live(struct interp *c, struct fpu_image *image)
{
    const struct fpu_live *f = &c->fpu;
    unsigned ftw = 0;

    memset(image, 0, offsetof(struct fpu_image, st));
    image->fcw = c->x.fpu.fcw;
    image->fsw = (uint16_t)((f->sw & SW_CC) | f->top << 11);
    for (unsigned r = 0; r < 8; r++)
        ftw |= (f->full >> r & 1 ? 0u : 3u) << (2 * r);
    image->ftw = (uint16_t)ftw;
    for (unsigned n = 0; n < 8; n++)
        memcpy(image->st[n], &f->reg[fpu_phys(f, n)], 10);
}

static void live_from_image(struct interp *c, const struct fpu_image *image)
{
    struct fpu_live *f = &c->fpu;
    unsigned full = 0;

    f->top = image->fsw >> 11 & 7;
    for (unsigned n = 0; n < 8; n++)
        memcpy(&f->reg[fpu_phys(f, n)], image->st[n], 10);
    for (unsigned r = 0; r < 8; r++) {
        if ((image->ftw >> (2 * r) & 3) != 3)
            full |= 1u << r;
    }
    f->full = (uint8_t)full;
    f->sw = (f->sw & (SW_EXC | SW_SF)) | (image->fsw & (SW_EXC | SW_SF | SW_CC));
    fpu_update_error(c);
}

/* The host's x87 is as FNINIT leaves it after thunk_run. */
static uint32_t exact_run(struct interp *c, const struct insn *i, struct fpu_image *image,
                          void *mem)
{
    uint32_t flags;

    image_from_live(c, image);
    flags = thunk_run(image, i->opcode, i->modrm, mem, cpu_flags(c));
    thunk_set_cw(c->fpu.host_cw);
    return flags;
}

static void exact_reg(struct interp *c, const struct insn *i)
{
    struct fpu_image image;

    exact_run(c, i, &image, NULL);
    fpu_note(c, i);
    live_from_image(c, &image);
}

static void exact_load(struct interp *c, const struct insn *i, uint32_t offset, const void *mem,
                       unsigned size)
{
    struct fpu_image image;
    uint8_t buf[16] = { 0 };

    memcpy(buf, mem, size);
    exact_run(c, i, &image, buf);
    fpu_note_data(c, i, offset);
    live_from_image(c, &image);
}

/* An unmasked exception other than precision keeps the instruction from storing. */
static void exact_store(struct interp *c, const struct insn *i, uint32_t offset, unsigned size)
{
    struct fpu_image image;
    uint8_t buf[16] = { 0 };

    exact_run(c, i, &image, buf);
    if (!(image.fsw & c->fpu.unmasked & (SW_IE | SW_OE | SW_UE)))
        cpu_write_bytes(c, (enum x86_seg)i->seg, offset, buf, size);
    fpu_note_data(c, i, offset);
    live_from_image(c, &image);
}

/* FCOMI and its kin: EFLAGS too. */
static void exact_compare_flags(struct interp *c, const struct insn *i)
{
    struct fpu_image image;
    uint32_t flags = exact_run(c, i, &image, NULL);

    cpu_set_arith(c, flags, FL_ARITH);
    fpu_note(c, i);
    live_from_image(c, &image);
}

/* ---- parts of the quick way ---- */

static inline struct fpu_reg *st(struct fpu_live *f, unsigned n)
{
    return &f->reg[fpu_phys(f, n)];
}

static inline bool is_full(const struct fpu_live *f, unsigned n)
{
    return f->full >> fpu_phys(f, n) & 1;
}

static inline bool both_full(const struct fpu_live *f, unsigned n)
{
    unsigned mask = 1u << f->top | 1u << fpu_phys(f, n);

    return (f->full & mask) == mask;
}

static inline void pop(struct fpu_live *f)
{
    f->full &= (uint8_t) ~(1u << f->top);
    f->top = (f->top + 1) & 7;
}

/* The register that a push will fill; the caller has seen that it is empty. */
static inline void push(struct fpu_live *f)
{
    f->top = (f->top - 1) & 7;
    f->full |= (uint8_t)(1u << f->top);
}

/* Flags add up; of the condition codes those in cc are the operation's. */
static inline void merge(struct fpu_live *f, uint16_t sw, uint16_t cc)
{
    f->sw = (uint16_t)((f->sw & ~cc) | (sw & (SW_EXC | cc)));
}

static inline void clear_c1(struct fpu_live *f)
{
    f->sw &= (uint16_t)~SW_C1;
}

static void undefined(struct interp *c, const struct insn *i)
{
    (void)i;
    cpu_raise(c, c->x.cr0 & (CR0_EM | CR0_TS) ? EXC_NM : EXC_UD);
}

/* Rare register forms */
static void any_reg(struct interp *c, const struct insn *i)
{
    if (fpu_begin(c))
        exact_reg(c, i);
}

/* ---- arithmetic ---- */

/* ST(d) = ST(d) op ST(s), one of the two is ST(0); pops after. */
#define ARITH_REG(name, thunk, d, s, pops)                                                         \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
        struct fpu_reg *dst, *src, old;                                                            \
        uint16_t sw;                                                                               \
                                                                                                   \
        if (!fpu_begin(c))                                                                         \
            return;                                                                                \
        if (UNLIKELY(!both_full(f, i->modrm & 7) || f->exact)) {                                   \
            exact_reg(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        dst = st(f, d);                                                                            \
        src = st(f, s);                                                                            \
        old.mant = dst->mant;                                                                      \
        old.exp = dst->exp;                                                                        \
        sw = thunk(dst, src);                                                                      \
        if (UNLIKELY(sw & f->unmasked)) {                                                          \
            dst->mant = old.mant;                                                                  \
            dst->exp = old.exp;                                                                    \
            exact_reg(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        fpu_note(c, i);                                                                            \
        merge(f, sw, SW_C1);                                                                       \
        if (pops)                                                                                  \
            pop(f);                                                                                \
    }

#define ARITH_MEM(name, thunk, size)                                                               \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
        struct fpu_reg *dst, old;                                                                  \
        uint32_t offset = fpu_offset(c, i);                                                        \
        uint64_t buf;                                                                              \
        const void *src;                                                                           \
        uint16_t sw;                                                                               \
                                                                                                   \
        if (!fpu_begin(c))                                                                         \
            return;                                                                                \
        src = fpu_source(c, i, offset, &buf, size);                                                \
        if (UNLIKELY(!is_full(f, 0) || f->exact)) {                                                \
            exact_load(c, i, offset, src, size);                                                   \
            return;                                                                                \
        }                                                                                          \
        dst = st(f, 0);                                                                            \
        old.mant = dst->mant;                                                                      \
        old.exp = dst->exp;                                                                        \
        sw = thunk(dst, src);                                                                      \
        if (UNLIKELY(sw & f->unmasked)) {                                                          \
            dst->mant = old.mant;                                                                  \
            dst->exp = old.exp;                                                                    \
            exact_load(c, i, offset, src, size);                                                   \
            return;                                                                                \
        }                                                                                          \
        fpu_note_data(c, i, offset);                                                               \
        merge(f, sw, SW_C1);                                                                       \
    }

#define ARITH(op)                                                                                  \
    ARITH_REG(op##_0i, thunk_##op, 0, i->modrm & 7, false)                                         \
    ARITH_REG(op##_i0, thunk_##op, i->modrm & 7, 0, false)                                         \
    ARITH_REG(op##p, thunk_##op, i->modrm & 7, 0, true)                                            \
    ARITH_MEM(op##_m32, thunk_##op##_m32, 4)                                                       \
    ARITH_MEM(op##_m64, thunk_##op##_m64, 8)                                                       \
    ARITH_MEM(op##_i16, thunk_##op##_i16, 2)                                                       \
    ARITH_MEM(op##_i32, thunk_##op##_i32, 4)

ARITH(fadd)
ARITH(fmul)
ARITH(fsub)
ARITH(fsubr)
ARITH(fdiv)
ARITH(fdivr)

/* ---- compares ---- */

static const uint16_t compare_cc = SW_CC;

static inline void compare_reg(struct interp *c, const struct insn *i,
                               uint16_t (*thunk)(const struct fpu_reg *, const struct fpu_reg *),
                               unsigned pops)
{
    struct fpu_live *f = &c->fpu;
    uint16_t sw;

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!both_full(f, i->modrm & 7))) {
        exact_reg(c, i);
        return;
    }
    sw = thunk(st(f, 0), st(f, i->modrm & 7));
    if (UNLIKELY(sw & f->unmasked)) {
        exact_reg(c, i);
        return;
    }
    fpu_note(c, i);
    merge(f, sw, compare_cc);
    while (pops--)
        pop(f);
}

static inline void compare_mem(struct interp *c, const struct insn *i,
                               uint16_t (*thunk)(const struct fpu_reg *, const void *),
                               unsigned size, bool pops)
{
    struct fpu_live *f = &c->fpu;
    uint32_t offset = fpu_offset(c, i);
    uint64_t buf;
    const void *src;
    uint16_t sw;

    if (!fpu_begin(c))
        return;
    src = fpu_source(c, i, offset, &buf, size);
    if (UNLIKELY(!is_full(f, 0))) {
        exact_load(c, i, offset, src, size);
        return;
    }
    sw = thunk(st(f, 0), src);
    if (UNLIKELY(sw & f->unmasked)) {
        exact_load(c, i, offset, src, size);
        return;
    }
    fpu_note_data(c, i, offset);
    merge(f, sw, compare_cc);
    if (pops)
        pop(f);
}

#define COMPARE(name, thunk, pops)                                                                 \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        compare_reg(c, i, thunk, pops);                                                            \
    }
#define COMPARE_MEM(name, thunk, size, pops)                                                       \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        compare_mem(c, i, thunk, size, pops);                                                      \
    }

COMPARE(fcom, thunk_fcom, 0)
COMPARE(fcomp, thunk_fcom, 1)
COMPARE(fcompp, thunk_fcom, 2)
COMPARE(fucom, thunk_fucom, 0)
COMPARE(fucomp, thunk_fucom, 1)
COMPARE(fucompp, thunk_fucom, 2)
COMPARE_MEM(fcom_m32, thunk_fcom_m32, 4, false)
COMPARE_MEM(fcomp_m32, thunk_fcom_m32, 4, true)
COMPARE_MEM(fcom_m64, thunk_fcom_m64, 8, false)
COMPARE_MEM(fcomp_m64, thunk_fcom_m64, 8, true)
COMPARE_MEM(ficom_i16, thunk_fcom_i16, 2, false)
COMPARE_MEM(ficomp_i16, thunk_fcom_i16, 2, true)
COMPARE_MEM(ficom_i32, thunk_fcom_i32, 4, false)
COMPARE_MEM(ficomp_i32, thunk_fcom_i32, 4, true)

/* FCOMI, FUCOMI: C0, C2, C3 of the plain comparison land in CF, PF, ZF instead. */
static inline void compare_flags(struct interp *c, const struct insn *i,
                                 uint16_t (*thunk)(const struct fpu_reg *, const struct fpu_reg *),
                                 bool pops)
{
    struct fpu_live *f = &c->fpu;
    uint16_t sw;

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!both_full(f, i->modrm & 7))) {
        exact_compare_flags(c, i);
        return;
    }
    sw = thunk(st(f, 0), st(f, i->modrm & 7));
    if (UNLIKELY(sw & f->unmasked)) {
        exact_compare_flags(c, i);
        return;
    }
    fpu_note(c, i);
    merge(f, sw, 0);
    cpu_set_arith(c,
                  (sw & SW_C0 ? FL_CF : 0u) | (sw & SW_C2 ? FL_PF : 0u) | (sw & SW_C3 ? FL_ZF : 0u),
                  FL_ARITH);
    if (pops)
        pop(f);
}

static void fcomi(struct interp *c, const struct insn *i)
{
    compare_flags(c, i, thunk_fcom, false);
}

static void fcomip(struct interp *c, const struct insn *i)
{
    compare_flags(c, i, thunk_fcom, true);
}

static void fucomi(struct interp *c, const struct insn *i)
{
    compare_flags(c, i, thunk_fucom, false);
}

static void fucomip(struct interp *c, const struct insn *i)
{
    compare_flags(c, i, thunk_fucom, true);
}

static void ftst(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    uint16_t sw;

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!is_full(f, 0)) || (sw = thunk_ftst(st(f, 0))) & f->unmasked) {
        exact_reg(c, i);
        return;
    }
    fpu_note(c, i);
    merge(f, sw, compare_cc);
}

static void fxam(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    const struct fpu_reg *r;
    unsigned exp, cc;

    if (!fpu_begin(c))
        return;
    r = st(f, 0);
    exp = r->exp & 0x7fff;
    if (!is_full(f, 0))
        cc = SW_C3 | SW_C0;
    else if (exp == 0)
        cc = r->mant ? SW_C3 | SW_C2 : SW_C3; /* denormal, zero */
    else if (!(r->mant >> 63))
        cc = 0; /* unsupported */
    else if (exp == 0x7fff)
        cc = r->mant << 1 ? SW_C0 : SW_C2 | SW_C0; /* NaN, infinity */
    else
        cc = SW_C2;
    fpu_note(c, i);
    f->sw = (uint16_t)((f->sw & ~SW_CC) | cc | (r->exp & 0x8000 ? SW_C1 : 0));
}

/* ---- loads ---- */

static inline void load(struct interp *c, const struct insn *i,
                        uint16_t (*thunk)(struct fpu_reg *, const void *), unsigned size)
{
    struct fpu_live *f = &c->fpu;
    struct fpu_reg *dst, old;
    uint32_t offset = fpu_offset(c, i);
    uint64_t buf;
    const void *src;
    uint16_t sw;

    if (!fpu_begin(c))
        return;
    src = fpu_source(c, i, offset, &buf, size);
    if (UNLIKELY(is_full(f, 7))) {
        exact_load(c, i, offset, src, size);
        return;
    }
    dst = st(f, 7);
    old.mant = dst->mant;
    old.exp = dst->exp;
    sw = thunk(dst, src);
    if (UNLIKELY(sw & f->unmasked)) {
        dst->mant = old.mant;
        dst->exp = old.exp;
        exact_load(c, i, offset, src, size);
        return;
    }
    fpu_note_data(c, i, offset);
    merge(f, sw, SW_C1);
    push(f);
}

static void fld_m32(struct interp *c, const struct insn *i)
{
    load(c, i, thunk_fld_m32, 4);
}

static void fld_m64(struct interp *c, const struct insn *i)
{
    load(c, i, thunk_fld_m64, 8);
}

static void fild_i16(struct interp *c, const struct insn *i)
{
    load(c, i, thunk_fild_i16, 2);
}

static void fild_i32(struct interp *c, const struct insn *i)
{
    load(c, i, thunk_fild_i32, 4);
}

static void fild_i64(struct interp *c, const struct insn *i)
{
    load(c, i, thunk_fild_i64, 8);
}

static void fld_m80(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    uint32_t offset = fpu_offset(c, i);
    uint8_t buf[10];
    const uint8_t *src;

    if (!fpu_begin(c))
        return;
    src = fpu_source(c, i, offset, buf, 10);
    if (UNLIKELY(is_full(f, 7))) {
        exact_load(c, i, offset, src, 10);
        return;
    }
    memcpy(&st(f, 7)->mant, src, 8);
    memcpy(&st(f, 7)->exp, src + 8, 2);
    fpu_note_data(c, i, offset);
    clear_c1(f);
    push(f);
}

static void fbld(struct interp *c, const struct insn *i)
{
    uint32_t offset = fpu_offset(c, i);
    uint8_t buf[10];

    if (fpu_begin(c))
        exact_load(c, i, offset, fpu_source(c, i, offset, buf, 10), 10);
}

static void fld_i(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    struct fpu_reg *dst, *src;

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!is_full(f, i->modrm & 7) || is_full(f, 7))) {
        exact_reg(c, i);
        return;
    }
    src = st(f, i->modrm & 7);
    dst = st(f, 7);
    dst->mant = src->mant;
    dst->exp = src->exp;
    fpu_note(c, i);
    clear_c1(f);
    push(f);
}

#define LOAD_CONST(name)                                                                           \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
                                                                                                   \
        if (!fpu_begin(c))                                                                         \
            return;                                                                                \
        if (UNLIKELY(is_full(f, 7))) {                                                             \
            exact_reg(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        thunk_##name(st(f, 7));                                                                    \
        fpu_note(c, i);                                                                            \
        clear_c1(f);                                                                               \
        push(f);                                                                                   \
    }

LOAD_CONST(fld1)
LOAD_CONST(fldl2t)
LOAD_CONST(fldl2e)
LOAD_CONST(fldpi)
LOAD_CONST(fldlg2)
LOAD_CONST(fldln2)
LOAD_CONST(fldz)

/* ---- stores ---- */

static inline void store(struct interp *c, const struct insn *i,
                         uint16_t (*thunk)(const struct fpu_reg *, void *), unsigned size,
                         bool pops)
{
    struct fpu_live *f = &c->fpu;
    uint32_t offset = fpu_offset(c, i);
    uint64_t value;
    uint16_t sw;
    void *dst;

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!is_full(f, 0) || f->exact)) {
        exact_store(c, i, offset, size);
        return;
    }
    dst = fpu_target(c, i, offset, size);
    sw = thunk(st(f, 0), &value);
    if (UNLIKELY(sw & f->unmasked)) {
        exact_store(c, i, offset, size);
        return;
    }
    if (__builtin_expect(dst != NULL, 1))
        memcpy(dst, &value, size);
    else
        cpu_write_bytes(c, (enum x86_seg)i->seg, offset, &value, size);
    fpu_note_data(c, i, offset);
    merge(f, sw, SW_C1);
    if (pops)
        pop(f);
}

#define STORE(name, thunk, size, pops)                                                             \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        store(c, i, thunk, size, pops);                                                            \
    }

STORE(fst_m32, thunk_fst_m32, 4, false)
STORE(fstp_m32, thunk_fst_m32, 4, true)
STORE(fst_m64, thunk_fst_m64, 8, false)
STORE(fstp_m64, thunk_fst_m64, 8, true)
STORE(fist_i16, thunk_fist_i16, 2, false)
STORE(fistp_i16, thunk_fist_i16, 2, true)
STORE(fist_i32, thunk_fist_i32, 4, false)
STORE(fistp_i32, thunk_fist_i32, 4, true)
STORE(fistp_i64, thunk_fist_i64, 8, true)

static void fstp_m80(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    uint32_t offset = fpu_offset(c, i);

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!is_full(f, 0))) {
        exact_store(c, i, offset, 10);
        return;
    }
    cpu_write_bytes(c, (enum x86_seg)i->seg, offset, st(f, 0), 10);
    fpu_note_data(c, i, offset);
    clear_c1(f);
    pop(f);
}

static void fbstp(struct interp *c, const struct insn *i)
{
    if (fpu_begin(c))
        exact_store(c, i, fpu_offset(c, i), 10);
}

static inline void store_reg(struct interp *c, const struct insn *i, bool pops)
{
    struct fpu_live *f = &c->fpu;
    unsigned n = i->modrm & 7;
    struct fpu_reg *dst, *src;

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!is_full(f, 0))) {
        exact_reg(c, i);
        return;
    }
    src = st(f, 0);
    dst = st(f, n);
    dst->mant = src->mant;
    dst->exp = src->exp;
    f->full |= (uint8_t)(1u << fpu_phys(f, n));
    fpu_note(c, i);
    clear_c1(f);
    if (pops)
        pop(f);
}

static void fst_i(struct interp *c, const struct insn *i)
{
    store_reg(c, i, false);
}

static void fstp_i(struct interp *c, const struct insn *i)
{
    store_reg(c, i, true);
}

/* ---- moves within the stack ---- */

static void fxch(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    struct fpu_reg *a, *b, old;

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!both_full(f, i->modrm & 7))) {
        exact_reg(c, i);
        return;
    }
    a = st(f, 0);
    b = st(f, i->modrm & 7);
    old.mant = a->mant;
    old.exp = a->exp;
    a->mant = b->mant;
    a->exp = b->exp;
    b->mant = old.mant;
    b->exp = old.exp;
    fpu_note(c, i);
    clear_c1(f);
}

/* FCMOVcc: bits 3-4 of ModRM choose the condition, DB negates it. */
static void fcmov(struct interp *c, const struct insn *i)
{
    static const uint32_t conditions[4] = { FL_CF, FL_ZF, FL_CF | FL_ZF, FL_PF };
    struct fpu_live *f = &c->fpu;
    bool wanted = (i->opcode & 1) == 0;

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!both_full(f, i->modrm & 7))) {
        exact_reg(c, i);
        return;
    }
    if (((cpu_flags(c) & conditions[i->modrm >> 3 & 3]) != 0) == wanted) {
        const struct fpu_reg *src = st(f, i->modrm & 7);
        struct fpu_reg *dst = st(f, 0);

        dst->mant = src->mant;
        dst->exp = src->exp;
    }
    fpu_note(c, i);
}

static void ffree(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;

    if (!fpu_begin(c))
        return;
    f->full &= (uint8_t) ~(1u << fpu_phys(f, i->modrm & 7));
    fpu_note(c, i);
    clear_c1(f);
}

/* FFREEP: as FFREE, then the stack pointer moves. */
static void ffreep(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;

    if (!fpu_begin(c))
        return;
    f->full &= (uint8_t) ~(1u << fpu_phys(f, i->modrm & 7));
    fpu_note(c, i);
    clear_c1(f);
    pop(f);
}

static void fincstp(struct interp *c, const struct insn *i)
{
    if (!fpu_begin(c))
        return;
    c->fpu.top = (c->fpu.top + 1) & 7;
    fpu_note(c, i);
    clear_c1(&c->fpu);
}

static void fdecstp(struct interp *c, const struct insn *i)
{
    if (!fpu_begin(c))
        return;
    c->fpu.top = (c->fpu.top - 1) & 7;
    fpu_note(c, i);
    clear_c1(&c->fpu);
}

static void fnop(struct interp *c, const struct insn *i)
{
    if (fpu_begin(c))
        fpu_note(c, i);
}

/* ---- operations on ST(0) ---- */

static inline void sign(struct interp *c, const struct insn *i, uint16_t keep, uint16_t flip)
{
    struct fpu_live *f = &c->fpu;

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!is_full(f, 0))) {
        exact_reg(c, i);
        return;
    }
    st(f, 0)->exp = (st(f, 0)->exp & keep) ^ flip;
    fpu_note(c, i);
    clear_c1(f);
}

static void fchs(struct interp *c, const struct insn *i)
{
    sign(c, i, 0xffff, 0x8000);
}

static void fabs_(struct interp *c, const struct insn *i)
{
    sign(c, i, 0x7fff, 0);
}

/* One result in ST(d); op is the thunk call; the others may be read. */
#define OPERATION(name, n_full, d, call, cc, pops)                                                 \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
        struct fpu_reg *dst, old;                                                                  \
        uint16_t sw;                                                                               \
                                                                                                   \
        if (!fpu_begin(c))                                                                         \
            return;                                                                                \
        if (UNLIKELY(!both_full(f, n_full) || f->exact)) {                                         \
            exact_reg(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        dst = st(f, d);                                                                            \
        old.mant = dst->mant;                                                                      \
        old.exp = dst->exp;                                                                        \
        sw = call;                                                                                 \
        if (UNLIKELY(sw & f->unmasked)) {                                                          \
            dst->mant = old.mant;                                                                  \
            dst->exp = old.exp;                                                                    \
            exact_reg(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        fpu_note(c, i);                                                                            \
        merge(f, sw, cc);                                                                          \
        if (pops)                                                                                  \
            pop(f);                                                                                \
    }

OPERATION(fsqrt, 0, 0, thunk_fsqrt(dst), SW_C1, false)
OPERATION(frndint, 0, 0, thunk_frndint(dst), SW_C1, false)
OPERATION(f2xm1, 0, 0, thunk_f2xm1(dst), SW_C1, false)
OPERATION(fsin, 0, 0, thunk_fsin(dst), SW_C1 | SW_C2, false)
OPERATION(fcos, 0, 0, thunk_fcos(dst), SW_C1 | SW_C2, false)
OPERATION(fscale, 1, 0, thunk_fscale(dst, st(f, 1)), SW_C1, false)
OPERATION(fpatan, 1, 1, thunk_fpatan(dst, st(f, 0)), SW_C1, true)
OPERATION(fyl2x, 1, 1, thunk_fyl2x(dst, st(f, 0)), SW_C1, true)
OPERATION(fyl2xp1, 1, 1, thunk_fyl2xp1(dst, st(f, 0)), SW_C1, true)

/* FPREM, FPREM1: the quotient's low bits are condition codes, except where there is no quotient. */
static inline void partial_remainder(struct interp *c, const struct insn *i,
                                     uint16_t (*thunk)(struct fpu_reg *, const struct fpu_reg *))
{
    struct fpu_live *f = &c->fpu;
    struct fpu_reg result;
    uint16_t sw;

    if (!fpu_begin(c))
        return;
    if (UNLIKELY(!both_full(f, 1) || f->exact)) {
        exact_reg(c, i);
        return;
    }
    result.mant = st(f, 0)->mant;
    result.exp = st(f, 0)->exp;
    sw = thunk(&result, st(f, 1));
    if (UNLIKELY((sw & f->unmasked) || (result.exp & 0x7fff) == 0x7fff)) {
        exact_reg(c, i);
        return;
    }
    st(f, 0)->mant = result.mant;
    st(f, 0)->exp = result.exp;
    fpu_note(c, i);
    merge(f, sw, SW_CC);
}

static void fprem(struct interp *c, const struct insn *i)
{
    partial_remainder(c, i, thunk_fprem);
}

static void fprem1(struct interp *c, const struct insn *i)
{
    partial_remainder(c, i, thunk_fprem1);
}

/* ---- dispatch ---- */

static const insn_fn mem_forms[8][8] = {
    { fadd_m32, fmul_m32, fcom_m32, fcomp_m32, fsub_m32, fsubr_m32, fdiv_m32, fdivr_m32 },
    { fld_m32, undefined, fst_m32, fstp_m32, fpu_fldenv, fpu_fldcw, fpu_fnstenv, fpu_fnstcw },
    { fadd_i32, fmul_i32, ficom_i32, ficomp_i32, fsub_i32, fsubr_i32, fdiv_i32, fdivr_i32 },
    { fild_i32, undefined, fist_i32, fistp_i32, undefined, fld_m80, undefined, fstp_m80 },
    { fadd_m64, fmul_m64, fcom_m64, fcomp_m64, fsub_m64, fsubr_m64, fdiv_m64, fdivr_m64 },
    { fld_m64, undefined, fst_m64, fstp_m64, fpu_frstor, undefined, fpu_fnsave, fpu_fnstsw },
    { fadd_i16, fmul_i16, ficom_i16, ficomp_i16, fsub_i16, fsubr_i16, fdiv_i16, fdivr_i16 },
    { fild_i16, undefined, fist_i16, fistp_i16, fbld, fild_i64, fbstp, fistp_i64 },
};

/* Register forms that are the same for all eight ST(i). */
static const insn_fn reg_forms[8][8] = {
    { fadd_0i, fmul_0i, fcom, fcomp, fsub_0i, fsubr_0i, fdiv_0i, fdivr_0i },
    { fld_i, fxch, NULL, any_reg /* FSTPNCE */, NULL, NULL, NULL, NULL },
    { fcmov, fcmov, fcmov, fcmov, NULL, NULL, NULL, NULL },
    { fcmov, fcmov, fcmov, fcmov, NULL, fucomi, fcomi, NULL },
    /* FCOM2, FCOMP3 and the others below are undocumented doubles; DC and DE reverse the reversed.
     */
    { fadd_i0, fmul_i0, fcom, fcomp, fsubr_i0, fsub_i0, fdivr_i0, fdiv_i0 },
    { ffree, fxch /* FXCH4 */, fst_i, fstp_i, fucom, fucomp, NULL, NULL },
    { faddp, fmulp, fcomp /* FCOMP5 */, NULL, fsubrp, fsubp, fdivrp, fdivp },
    { ffreep, fxch /* FXCH7 */, fstp_i /* FSTP8 */, fstp_i /* FSTP9 */, NULL, fucomip, fcomip,
      NULL },
};

/* clang-format off */
static const insn_fn d9_forms[4][8] = { /* D9 E0 - D9 FF; any_reg: FPTAN, FXTRACT, FSINCOS */
    { fchs, fabs_, NULL, NULL, ftst, fxam, NULL, NULL },
    { fld1, fldl2t, fldl2e, fldpi, fldlg2, fldln2, fldz, NULL },
    { f2xm1, fyl2x, any_reg, fpatan, any_reg, fprem1, fdecstp, fincstp },
    { fprem, fyl2xp1, fsqrt, any_reg, frndint, fscale, fsin, fcos },
};
/* clang-format on */

static insn_fn single_form(unsigned opcode, unsigned modrm)
{
    switch (opcode << 8 | modrm) {
    case 0xd9d0:
        return fnop;
    case 0xdae9:
        return fucompp;
    case 0xdbe0: /* FNENI */
    case 0xdbe1: /* FNDISI */
    case 0xdbe4: /* FNSETPM */
        return fpu_fnop_nowait;
    case 0xdbe2:
        return fpu_fnclex;
    case 0xdbe3:
        return fpu_fninit;
    case 0xded9:
        return fcompp;
    case 0xdfe0:
        return fpu_fnstsw_ax;
    default:
        return undefined;
    }
}

insn_fn fpu_handler(const struct insn *i)
{
    unsigned reg = i->modrm >> 3 & 7;
    insn_fn fn;

    if (i->modrm < 0xc0)
        return mem_forms[i->opcode & 7][reg];
    if (i->opcode == 0xd9 && i->modrm >= 0xe0)
        fn = d9_forms[reg & 3][i->modrm & 7];
    else
        fn = reg_forms[i->opcode & 7][reg];
    return fn ? fn : single_form(i->opcode, i->modrm);
}

void op_fpu(struct interp *c, const struct insn *i)
{
    fpu_handler(i)(c, i);
}
