/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87: arithmetic and compares, and the table of all x87 instructions.  See fpu_impl.h.
 *
 * Sources: SDM volume 1, chapter 8 and appendix D; volume 2, the instruction pages.
 * Differences from the processors of the time: results of transcendental instructions are the
 * host's, which may differ from a 486's or Pentium's in the last bit.
 */

#include "core/cpu/fpu_impl.h"
#include "core/cpu/fpu_thunk.h"

static void undefined(struct interp *c, const struct insn *i)
{
    c->current = i;
    cpu_raise(c, c->x.cr0 & (CR0_EM | CR0_TS) ? EXC_NM : EXC_UD);
}

/* ---- arithmetic ---- */

/* ST(d) = thunk; `condition` on the registers; the old value comes back if the guest wants to see
 * an exception that the masked operation raised. */
#define OPERATION(name, condition, d, call, cc, pops)                                              \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
        struct fpu_reg *dst;                                                                       \
        uint16_t sw, old_exp;                                                                      \
        uint64_t old;                                                                              \
                                                                                                   \
        if (!fpu_plain(c)) {                                                                       \
            fpu_retry(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        if (unlikely(!(condition))) {                                                              \
            fpu_exact_reg(c, i);                                                                   \
            return;                                                                                \
        }                                                                                          \
        dst = fpu_st(f, d);                                                                        \
        old = dst->mant;                                                                           \
        old_exp = dst->exp;                                                                        \
        sw = call;                                                                                 \
        if (unlikely(sw & f->unmasked)) {                                                          \
            dst->mant = old;                                                                       \
            dst->exp = old_exp;                                                                    \
            fpu_exact_reg(c, i);                                                                   \
            return;                                                                                \
        }                                                                                          \
        fpu_note(c, i);                                                                            \
        fpu_merge(f, sw, cc);                                                                      \
        if (pops)                                                                                  \
            fpu_pop(f);                                                                            \
        NEXT;                                                                                      \
    }

/* The same with an operand in memory.  Not directly accessible memory: the exact way. */
#define OPERATION_MEM(name, thunk, size)                                                           \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
        struct fpu_reg *dst;                                                                       \
        uint32_t offset = op_offset(c, i);                                                         \
        const void *src;                                                                           \
        uint16_t sw, old_exp;                                                                      \
        uint64_t old;                                                                              \
                                                                                                   \
        if (!fpu_plain(c)) {                                                                       \
            fpu_retry(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        src = fpu_source(c, i, offset, size);                                                      \
        if (unlikely(!src || !fpu_full(f, 0))) {                                                   \
            fpu_exact_mem(c, i);                                                                   \
            return;                                                                                \
        }                                                                                          \
        dst = fpu_st(f, 0);                                                                        \
        old = dst->mant;                                                                           \
        old_exp = dst->exp;                                                                        \
        sw = thunk(dst, src);                                                                      \
        if (unlikely(sw & f->unmasked)) {                                                          \
            dst->mant = old;                                                                       \
            dst->exp = old_exp;                                                                    \
            fpu_exact_mem(c, i);                                                                   \
            return;                                                                                \
        }                                                                                          \
        fpu_note_data(c, i, offset);                                                               \
        fpu_merge(f, sw, SW_C1);                                                                   \
        NEXT;                                                                                      \
    }

#define BOTH fpu_both_full(f, i->modrm & 7)
#define ARITH(op)                                                                                  \
    OPERATION(op##_0i, BOTH, 0, thunk_##op(dst, fpu_st(f, i->modrm & 7)), SW_C1, false)            \
    OPERATION(op##_i0, BOTH, i->modrm & 7, thunk_##op(dst, fpu_st(f, 0)), SW_C1, false)            \
    OPERATION(op##p, BOTH, i->modrm & 7, thunk_##op(dst, fpu_st(f, 0)), SW_C1, true)               \
    OPERATION_MEM(op##_m32, thunk_##op##_m32, 4)                                                   \
    OPERATION_MEM(op##_m64, thunk_##op##_m64, 8)                                                   \
    OPERATION_MEM(op##_i16, thunk_##op##_i16, 2)                                                   \
    OPERATION_MEM(op##_i32, thunk_##op##_i32, 4)

ARITH(fadd)
ARITH(fmul)
ARITH(fsub)
ARITH(fsubr)
ARITH(fdiv)
ARITH(fdivr)

#define ONE fpu_full(f, 0)
#define TWO fpu_both_full(f, 1)
OPERATION(fsqrt, ONE, 0, thunk_fsqrt(dst), SW_C1, false)
OPERATION(frndint, ONE, 0, thunk_frndint(dst), SW_C1, false)
OPERATION(f2xm1, ONE, 0, thunk_f2xm1(dst), SW_C1, false)
OPERATION(fsin, ONE, 0, thunk_fsin(dst), SW_C1 | SW_C2, false)
OPERATION(fcos, ONE, 0, thunk_fcos(dst), SW_C1 | SW_C2, false)
OPERATION(fscale, TWO, 0, thunk_fscale(dst, fpu_st(f, 1)), SW_C1, false)
OPERATION(fpatan, TWO, 1, thunk_fpatan(dst, fpu_st(f, 0)), SW_C1, true)
OPERATION(fyl2x, TWO, 1, thunk_fyl2x(dst, fpu_st(f, 0)), SW_C1, true)
OPERATION(fyl2xp1, TWO, 1, thunk_fyl2xp1(dst, fpu_st(f, 0)), SW_C1, true)

/* FSINCOS, FPTAN: results in ST(0) and on top of it */
static inline void two_results(struct interp *c, const struct insn *i,
                               uint16_t (*thunk)(struct fpu_reg *, struct fpu_reg *))
{
    struct fpu_live *f = &c->fpu;
    struct fpu_reg *dst = fpu_st(f, 0), *pushed = fpu_st(f, 7);
    uint16_t sw, old_exp, pushed_exp;
    uint64_t old, old_pushed;

    if (!fpu_plain(c)) {
        fpu_retry(c, i);
        return;
    }
    /* Beyond 2^63 there is one result less; unnormals and denormals: let the hardware decide. */
    if (unlikely(!fpu_full(f, 0) || fpu_full(f, 7) || !(dst->mant >> 63) ||
                 (dst->exp & 0x7fff) >= 0x3fff + 63)) {
        fpu_exact_reg(c, i);
        return;
    }
    old = dst->mant;
    old_exp = dst->exp;
    old_pushed = pushed->mant;
    pushed_exp = pushed->exp;
    sw = thunk(dst, pushed);
    if (unlikely(sw & f->unmasked)) {
        dst->mant = old;
        dst->exp = old_exp;
        pushed->mant = old_pushed;
        pushed->exp = pushed_exp;
        fpu_exact_reg(c, i);
        return;
    }
    fpu_note(c, i);
    fpu_merge(f, sw, SW_C1 | SW_C2);
    fpu_push(f);
    NEXT;
}

static void fsincos(struct interp *c, const struct insn *i)
{
    two_results(c, i, thunk_fsincos);
}

static void fptan(struct interp *c, const struct insn *i)
{
    two_results(c, i, thunk_fptan);
}

/* The quotient's low bits are condition codes, except where there is no quotient. */
static inline void remainder_of(struct interp *c, const struct insn *i,
                                uint16_t (*thunk)(struct fpu_reg *, const struct fpu_reg *))
{
    struct fpu_live *f = &c->fpu;
    struct fpu_reg *dst = fpu_st(f, 0);
    uint16_t sw, old_exp;
    uint64_t old;

    if (!fpu_plain(c)) {
        fpu_retry(c, i);
        return;
    }
    if (unlikely(!fpu_both_full(f, 1))) {
        fpu_exact_reg(c, i);
        return;
    }
    old = dst->mant;
    old_exp = dst->exp;
    sw = thunk(dst, fpu_st(f, 1));
    if (unlikely((sw & f->unmasked) || (dst->exp & 0x7fff) == 0x7fff)) {
        dst->mant = old;
        dst->exp = old_exp;
        fpu_exact_reg(c, i);
        return;
    }
    fpu_note(c, i);
    fpu_merge(f, sw, SW_CC);
    NEXT;
}

static void fprem(struct interp *c, const struct insn *i)
{
    remainder_of(c, i, thunk_fprem);
}

static void fprem1(struct interp *c, const struct insn *i)
{
    remainder_of(c, i, thunk_fprem1);
}

static inline void sign(struct interp *c, const struct insn *i, uint16_t keep, uint16_t flip)
{
    struct fpu_live *f = &c->fpu;

    if (!fpu_plain(c)) {
        fpu_retry(c, i);
        return;
    }
    if (unlikely(!fpu_full(f, 0))) {
        fpu_exact_reg(c, i);
        return;
    }
    fpu_st(f, 0)->exp = (fpu_st(f, 0)->exp & keep) ^ flip;
    fpu_note(c, i);
    fpu_clear_c1(f);
    NEXT;
}

static void fchs(struct interp *c, const struct insn *i)
{
    sign(c, i, 0xffff, 0x8000);
}

static void fabs_(struct interp *c, const struct insn *i)
{
    sign(c, i, 0x7fff, 0);
}

/* Constants depend on the rounding control. */
#define CONSTANT(name)                                                                             \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
                                                                                                   \
        if (!fpu_plain(c)) {                                                                       \
            fpu_retry(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        if (unlikely(fpu_full(f, 7))) {                                                            \
            fpu_exact_reg(c, i);                                                                   \
            return;                                                                                \
        }                                                                                          \
        thunk_##name(fpu_st(f, 7));                                                                \
        fpu_note(c, i);                                                                            \
        fpu_clear_c1(f);                                                                           \
        fpu_push(f);                                                                               \
        NEXT;                                                                                      \
    }

CONSTANT(fld1)
CONSTANT(fldl2t)
CONSTANT(fldl2e)
CONSTANT(fldpi)
CONSTANT(fldlg2)
CONSTANT(fldln2)
CONSTANT(fldz)

/* ---- compares ---- */

#define COMPARE(name, thunk, pops)                                                                 \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
        uint16_t sw;                                                                               \
                                                                                                   \
        if (!fpu_plain(c)) {                                                                       \
            fpu_retry(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        if (unlikely(!BOTH) ||                                                                     \
            unlikely((sw = thunk(fpu_st(f, 0), fpu_st(f, i->modrm & 7))) & f->unmasked)) {         \
            fpu_exact_reg(c, i);                                                                   \
            return;                                                                                \
        }                                                                                          \
        fpu_note(c, i);                                                                            \
        fpu_merge(f, sw, SW_CC);                                                                   \
        if ((pops) > 0)                                                                            \
            fpu_pop(f);                                                                            \
        if ((pops) > 1)                                                                            \
            fpu_pop(f);                                                                            \
        NEXT;                                                                                      \
    }

#define COMPARE_MEM(name, thunk, size, pops)                                                       \
    static void name(struct interp *c, const struct insn *i)                                       \
    {                                                                                              \
        struct fpu_live *f = &c->fpu;                                                              \
        uint32_t offset = op_offset(c, i);                                                         \
        const void *src;                                                                           \
        uint16_t sw;                                                                               \
                                                                                                   \
        if (!fpu_plain(c)) {                                                                       \
            fpu_retry(c, i);                                                                       \
            return;                                                                                \
        }                                                                                          \
        src = fpu_source(c, i, offset, size);                                                      \
        if (unlikely(!src || !fpu_full(f, 0)) ||                                                   \
            unlikely((sw = thunk(fpu_st(f, 0), src)) & f->unmasked)) {                             \
            fpu_exact_mem(c, i);                                                                   \
            return;                                                                                \
        }                                                                                          \
        fpu_note_data(c, i, offset);                                                               \
        fpu_merge(f, sw, SW_CC);                                                                   \
        if (pops)                                                                                  \
            fpu_pop(f);                                                                            \
        NEXT;                                                                                      \
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

/* C0, C2, C3 of the plain comparison land in CF, PF, ZF; C1 stays. */
static inline void compare_flags(struct interp *c, const struct insn *i,
                                 uint16_t (*thunk)(const struct fpu_reg *, const struct fpu_reg *),
                                 bool pops)
{
    struct fpu_live *f = &c->fpu;
    uint32_t flags;
    uint16_t sw;

    fpu_begin(c, i);
    if (unlikely(!BOTH) ||
        unlikely((sw = thunk(fpu_st(f, 0), fpu_st(f, i->modrm & 7))) & f->unmasked)) {
        fpu_exact_reg(c, i);
        return;
    }
    fpu_note(c, i);
    fpu_merge(f, sw, 0);
    flags = sw & SW_C0 ? FL_CF : 0;
    flags |= sw & SW_C2 ? FL_PF : 0;
    flags |= sw & SW_C3 ? FL_ZF : 0;
    cpu_set_arith(c, flags, FL_ARITH);
    if (pops)
        fpu_pop(f);
    NEXT;
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

    fpu_begin(c, i);
    if (unlikely(!fpu_full(f, 0)) || unlikely((sw = thunk_ftst(fpu_st(f, 0))) & f->unmasked)) {
        fpu_exact_reg(c, i);
        return;
    }
    fpu_note(c, i);
    fpu_merge(f, sw, SW_CC);
    NEXT;
}

static void fxam(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    const struct fpu_reg *r;
    unsigned exp, cc;

    fpu_begin(c, i);
    r = fpu_st(f, 0);
    exp = r->exp & 0x7fff;
    if (!fpu_full(f, 0))
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
    NEXT;
}

static void fnop(struct interp *c, const struct insn *i)
{
    fpu_begin(c, i);
    fpu_note(c, i);
    NEXT;
}

/* ---- dispatch ---- */

static const insn_fn mem_forms[8][8] = {
    { fadd_m32, fmul_m32, fcom_m32, fcomp_m32, fsub_m32, fsubr_m32, fdiv_m32, fdivr_m32 },
    { fpu_fld_m32, undefined, fpu_fst_m32, fpu_fstp_m32, fpu_fldenv, fpu_fldcw, fpu_fnstenv,
      fpu_fnstcw },
    { fadd_i32, fmul_i32, ficom_i32, ficomp_i32, fsub_i32, fsubr_i32, fdiv_i32, fdivr_i32 },
    { fpu_fild_i32, undefined, fpu_fist_i32, fpu_fistp_i32, undefined, fpu_fld_m80, undefined,
      fpu_fstp_m80 },
    { fadd_m64, fmul_m64, fcom_m64, fcomp_m64, fsub_m64, fsubr_m64, fdiv_m64, fdivr_m64 },
    { fpu_fld_m64, undefined, fpu_fst_m64, fpu_fstp_m64, fpu_frstor, undefined, fpu_fnsave,
      fpu_fnstsw },
    { fadd_i16, fmul_i16, ficom_i16, ficomp_i16, fsub_i16, fsubr_i16, fdiv_i16, fdivr_i16 },
    { fpu_fild_i16, undefined, fpu_fist_i16, fpu_fistp_i16, fpu_any_mem /* fbld */, fpu_fild_i64,
      fpu_any_mem /* fbstp */, fpu_fistp_i64 },
};

/* Register forms that are the same for all eight ST(i). */
static const insn_fn reg_forms[8][8] = {
    { fadd_0i, fmul_0i, fcom, fcomp, fsub_0i, fsubr_0i, fdiv_0i, fdivr_0i },
    { fpu_fld_i, fpu_fxch, NULL, fpu_any_reg /* FSTPNCE */, NULL, NULL, NULL, NULL },
    { fpu_fcmov, fpu_fcmov, fpu_fcmov, fpu_fcmov, NULL, NULL, NULL, NULL },
    { fpu_fcmov, fpu_fcmov, fpu_fcmov, fpu_fcmov, NULL, fucomi, fcomi, NULL },
    /* FCOM2, FCOMP3 and the others below are undocumented doubles; DC and DE reverse the reversed.
     */
    { fadd_i0, fmul_i0, fcom, fcomp, fsubr_i0, fsub_i0, fdivr_i0, fdiv_i0 },
    { fpu_ffree, fpu_fxch /* FXCH4 */, fpu_fst_i, fpu_fstp_i, fucom, fucomp, NULL, NULL },
    { faddp, fmulp, fcomp /* FCOMP5 */, NULL, fsubrp, fsubp, fdivrp, fdivp },
    { fpu_ffreep, fpu_fxch /* FXCH7 */, fpu_fstp_i /* FSTP8 */, fpu_fstp_i /* FSTP9 */, NULL,
      fucomip, fcomip, NULL },
};

/* clang-format off */
static const insn_fn d9_forms[4][8] = { /* D9 E0 - D9 FF; fpu_any_reg: FXTRACT */
    { fchs, fabs_, NULL, NULL, ftst, fxam, NULL, NULL },
    { fld1, fldl2t, fldl2e, fldpi, fldlg2, fldln2, fldz, NULL },
    { f2xm1, fyl2x, fptan, fpatan, fpu_any_reg, fprem1, fpu_fdecstp, fpu_fincstp },
    { fprem, fyl2xp1, fsqrt, fsincos, frndint, fscale, fsin, fcos },
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
