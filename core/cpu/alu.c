/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two-operand arithmetic and logic, INC, DEC, NEG, NOT, TEST, multiplication, division.
 * Source: Intel SDM volume 2.  Undefined flags are left as recent processors leave them where that
 * costs nothing.
 */

#include "core/cpu/ops.h"

/* All forms of one operation that writes its destination, for one operand width. */
#define FORMS(op, w)                                                                               \
    OP(op_##op##_e_g_r##w)                                                                         \
    {                                                                                              \
        SET##w(i->rm, op_do_##op(c, R##w(i->rm), R##w(i->reg), w / 8));                            \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_##op##_e_g_m##w, w, r = (t##w)op_do_##op(c, a, R##w(i->reg), w / 8), )            \
    OP(op_##op##_g_e_r##w)                                                                         \
    {                                                                                              \
        SET##w(i->reg, op_do_##op(c, R##w(i->reg), R##w(i->rm), w / 8));                           \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_##op##_g_e_m##w, w, SET##w(i->reg, op_do_##op(c, R##w(i->reg), v, w / 8)))          \
    OP(op_##op##_e_i_r##w)                                                                         \
    {                                                                                              \
        SET##w(i->rm, op_do_##op(c, R##w(i->rm), (t##w)i->imm, w / 8));                            \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_##op##_e_i_m##w, w, r = (t##w)op_do_##op(c, a, (t##w)i->imm, w / 8), )            \
    OP(op_##op##_a_i_##w)                                                                          \
    {                                                                                              \
        SET##w(R_EAX, op_do_##op(c, R##w(R_EAX), (t##w)i->imm, w / 8));                            \
        NEXT;                                                                                      \
    }

/* The same for operations that only set flags. */
#define COMPARE(op, how, w)                                                                        \
    OP(op_##op##_e_g_r##w)                                                                         \
    {                                                                                              \
        op_do_##how(c, R##w(i->rm), R##w(i->reg), w / 8);                                          \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_##op##_e_g_m##w, w, op_do_##how(c, v, R##w(i->reg), w / 8))                         \
    OP(op_##op##_e_i_r##w)                                                                         \
    {                                                                                              \
        op_do_##how(c, R##w(i->rm), (t##w)i->imm, w / 8);                                          \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_##op##_e_i_m##w, w, op_do_##how(c, v, (t##w)i->imm, w / 8))                         \
    OP(op_##op##_a_i_##w)                                                                          \
    {                                                                                              \
        op_do_##how(c, R##w(R_EAX), (t##w)i->imm, w / 8);                                          \
        NEXT;                                                                                      \
    }

#define COMPARE_G_E(w)                                                                             \
    OP(op_cmp_g_e_r##w)                                                                            \
    {                                                                                              \
        op_do_sub(c, R##w(i->reg), R##w(i->rm), w / 8);                                            \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_cmp_g_e_m##w, w, op_do_sub(c, R##w(i->reg), v, w / 8))

/* One operand. */
#define UNARY(op, w, compute)                                                                      \
    OP(op_##op##_r##w)                                                                             \
    {                                                                                              \
        t##w a = R##w(i->rm), r;                                                                   \
        compute;                                                                                   \
        SET##w(i->rm, r);                                                                          \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_##op##_m##w, w, compute, )

#define WIDTH(w)                                                                                   \
    FORMS(add, w)                                                                                  \
    FORMS(or, w)                                                                                   \
    FORMS(adc, w)                                                                                  \
    FORMS(sbb, w)                                                                                  \
    FORMS(and, w)                                                                                  \
    FORMS(sub, w)                                                                                  \
    FORMS(xor, w)                                                                                  \
    COMPARE(cmp, sub, w)                                                                           \
    COMPARE_G_E(w)                                                                                 \
    COMPARE(test, and, w)                                                                          \
    UNARY(inc_e, w, r = (t##w)op_do_inc(c, a, w / 8))                                              \
    UNARY(dec_e, w, r = (t##w)op_do_dec(c, a, w / 8))                                              \
    UNARY(neg, w, r = (t##w)op_do_sub(c, 0, a, w / 8))                                             \
    UNARY(not, w, r = (t##w) ~a)

/* clang-format off */
WIDTH(8)
WIDTH(16)
WIDTH(32)
/* clang-format on */

#define INC_DEC(w)                                                                                 \
    OP(op_inc_z_##w)                                                                               \
    {                                                                                              \
        SET##w(i->reg, op_do_inc(c, R##w(i->reg), w / 8));                                         \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(op_dec_z_##w)                                                                               \
    {                                                                                              \
        SET##w(i->reg, op_do_dec(c, R##w(i->reg), w / 8));                                         \
        NEXT;                                                                                      \
    }

/* clang-format off */
INC_DEC(16)
INC_DEC(32)
/* clang-format on */

/* ---- multiplication ---- */

/* CF and OF say that the upper half means something; the others stay, or follow the lower half. */
static inline void multiply_flags(struct interp *c, unsigned size, uint32_t low, bool over)
{
    if (flags_host.multiply_keeps)
        flags_set_co(c, over, over);
    else
        flags_set(c, LF_SHIFT, size, low, over, 0);
    c->lf.cf = over;
}

static inline void mul8(struct interp *c, uint8_t b)
{
    uint16_t r = (uint16_t)(R8(R_EAX) * b);

    SET16(R_EAX, r);
    multiply_flags(c, 1, r & 0xff, r >> 8);
}

static inline void mul16(struct interp *c, uint16_t b)
{
    uint32_t r = (uint32_t)R16(R_EAX) * b;

    SET16(R_EAX, (uint16_t)r);
    SET16(R_EDX, (uint16_t)(r >> 16));
    multiply_flags(c, 2, r & 0xffff, r >> 16);
}

static inline void mul32(struct interp *c, uint32_t b)
{
    uint64_t r = (uint64_t)R32(R_EAX) * b;

    R32(R_EAX) = (uint32_t)r;
    R32(R_EDX) = (uint32_t)(r >> 32);
    multiply_flags(c, 4, (uint32_t)r, r >> 32);
}

static inline void imul8(struct interp *c, uint8_t b)
{
    int r = (int8_t)R8(R_EAX) * (int8_t)b;

    SET16(R_EAX, (uint16_t)r);
    multiply_flags(c, 1, r & 0xff, r != (int8_t)r);
}

static inline void imul16(struct interp *c, uint16_t b)
{
    int32_t r = (int16_t)R16(R_EAX) * (int16_t)b;

    SET16(R_EAX, (uint16_t)r);
    SET16(R_EDX, (uint16_t)((uint32_t)r >> 16));
    multiply_flags(c, 2, r & 0xffff, r != (int16_t)r);
}

static inline void imul32(struct interp *c, uint32_t b)
{
    int64_t r = (int64_t)(int32_t)R32(R_EAX) * (int32_t)b;

    R32(R_EAX) = (uint32_t)r;
    R32(R_EDX) = (uint32_t)((uint64_t)r >> 32);
    multiply_flags(c, 4, (uint32_t)r, r != (int32_t)r);
}

/* Product cut to the width. */
#define PRODUCT(w)                                                                                 \
    static inline t##w product##w(struct interp *c, t##w a, t##w b)                                \
    {                                                                                              \
        int64_t r = (int64_t)(s##w)a * (s##w)b;                                                    \
        multiply_flags(c, w / 8, (t##w)r, r != (s##w)r);                                           \
        return (t##w)r;                                                                            \
    }                                                                                              \
    OP(op_imul2_r##w)                                                                              \
    {                                                                                              \
        SET##w(i->reg, product##w(c, R##w(i->reg), R##w(i->rm)));                                  \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_imul2_m##w, w, SET##w(i->reg, product##w(c, R##w(i->reg), v)))                      \
    OP(op_imul3_r##w)                                                                              \
    {                                                                                              \
        SET##w(i->reg, product##w(c, R##w(i->rm), (t##w)i->imm));                                  \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_imul3_m##w, w, SET##w(i->reg, product##w(c, v, (t##w)i->imm)))

/* clang-format off */
PRODUCT(16)
PRODUCT(32)
/* clang-format on */

/* ---- division: a quotient that does not fit is the same #DE as a zero divisor ---- */

static inline bool div8(struct interp *c, uint8_t b)
{
    uint16_t a = R16(R_EAX);

    if (!b || a / b > 0xff)
        return false;
    SET16(R_EAX, (uint16_t)((a % b) << 8 | a / b));
    return true;
}

static inline bool div16(struct interp *c, uint16_t b)
{
    uint32_t a = (uint32_t)R16(R_EDX) << 16 | R16(R_EAX);

    if (!b || a / b > 0xffff)
        return false;
    SET16(R_EAX, (uint16_t)(a / b));
    SET16(R_EDX, (uint16_t)(a % b));
    return true;
}

static inline bool div32(struct interp *c, uint32_t b)
{
    uint64_t a = (uint64_t)R32(R_EDX) << 32 | R32(R_EAX);

    if (R32(R_EDX) >= b)
        return false;
    R32(R_EAX) = (uint32_t)(a / b);
    R32(R_EDX) = (uint32_t)(a % b);
    return true;
}

static inline bool idiv8(struct interp *c, uint8_t divisor)
{
    int a = (int16_t)R16(R_EAX), b = (int8_t)divisor;

    if (!b || a / b != (int8_t)(a / b))
        return false;
    SET16(R_EAX, (uint16_t)((a % b & 0xff) << 8 | (a / b & 0xff)));
    return true;
}

static inline bool idiv16(struct interp *c, uint16_t divisor)
{
    int64_t a = (int32_t)((uint32_t)R16(R_EDX) << 16 | R16(R_EAX));
    int b = (int16_t)divisor;

    if (!b || a / b != (int16_t)(a / b))
        return false;
    SET16(R_EAX, (uint16_t)(a / b));
    SET16(R_EDX, (uint16_t)(a % b));
    return true;
}

static inline bool idiv32(struct interp *c, uint32_t divisor)
{
    int64_t a = (int64_t)((uint64_t)R32(R_EDX) << 32 | R32(R_EAX));
    int32_t b = (int32_t)divisor;

    /* The one quotient that 64 bits cannot hold traps on the host. */
    if (!b || (b == -1 && a == INT64_MIN) || a / b != (int32_t)(a / b))
        return false;
    R32(R_EAX) = (uint32_t)(a / b);
    R32(R_EDX) = (uint32_t)(a % b);
    return true;
}

#define MUL_DIV(op, w)                                                                             \
    OP(op_##op##_r##w)                                                                             \
    {                                                                                              \
        op##w(c, R##w(i->rm));                                                                     \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_##op##_m##w, w, op##w(c, v))

static _Noreturn void divide_error(struct interp *c, const struct insn *i)
{
    c->current = i;
    cpu_raise(c, EXC_DE);
}

#define DIVIDE(op, w)                                                                              \
    OP(op_##op##_r##w)                                                                             \
    {                                                                                              \
        if (!op##w(c, R##w(i->rm)))                                                                \
            divide_error(c, i);                                                                    \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_##op##_m##w, w, if (!op##w(c, v)) divide_error(c, i))

/* clang-format off */
MUL_DIV(mul, 8)
MUL_DIV(mul, 16)
MUL_DIV(mul, 32)
MUL_DIV(imul, 8)
MUL_DIV(imul, 16)
MUL_DIV(imul, 32)
DIVIDE(div, 8)
DIVIDE(div, 16)
DIVIDE(div, 32)
DIVIDE(idiv, 8)
DIVIDE(idiv, 16)
DIVIDE(idiv, 32)
/* clang-format on */
