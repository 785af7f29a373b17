/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Near branches, calls and returns; each ends its block.  i->disp is the target counted from the
 * start of the block (interp.c prepares it).  Source: Intel SDM volume 2.
 */

#include "core/cpu/ops.h"

/* Goes to block_eip + i->disp; the checks behind a good link include that of the limit. */
static inline __attribute__((always_inline)) void take(struct interp *c, const struct insn *i,
                                                       unsigned w)
{
    uint32_t eip = c->block_eip + i->disp;

    if (w == 16 && unlikely(eip > 0xffff)) {
        op_need_in_cs(c, i, eip & 0xffff);
        op_jump(c, eip & 0xffff);
        return;
    }
    if (unlikely(eip > c->x.seg[S_CS].limit))
        op_need_in_cs(c, i, eip);
    op_follow(c, LINK_TAKEN, eip);
}

static inline __attribute__((always_inline)) void jump_if(struct interp *c, const struct insn *i,
                                                          bool yes, unsigned w)
{
    if (yes)
        take(c, i, w);
    else
        op_follow(c, LINK_NEXT, op_next_eip(c, i));
}

/* The address is judged before the return address is pushed. */
static inline __attribute__((always_inline)) void
push_return(struct interp *c, const struct insn *i, uint32_t eip, unsigned size)
{
    op_need_in_cs(c, i, eip);
    if (unlikely(!op_try_push(c, op_next_eip(c, i), size))) {
        c->current = i;
        op_push_slow(c, size == 4 ? op_next_eip(c, i) : op_next_eip(c, i) & 0xffff, size);
    }
}

static inline __attribute__((always_inline)) void call(struct interp *c, const struct insn *i,
                                                       uint32_t eip, unsigned size)
{
    push_return(c, i, eip, size);
    op_jump(c, eip);
}

static inline __attribute__((always_inline)) void call_near(struct interp *c, const struct insn *i,
                                                            unsigned w)
{
    uint32_t eip = c->block_eip + i->disp;

    if (w == 16 && unlikely(eip > 0xffff)) {
        call(c, i, eip & 0xffff, 2);
        return;
    }
    push_return(c, i, eip, w / 8);
    op_follow(c, LINK_TAKEN, eip);
}

static inline __attribute__((always_inline)) void ret(struct interp *c, const struct insn *i,
                                                      uint32_t pop, unsigned size)
{
    const void *p = op_top_host(c, size);
    uint32_t eip = 0;

    if (likely(p != NULL)) {
        memcpy(&eip, p, size);
    } else {
        c->current = i;
        eip = op_top(c, size);
    }
    op_need_in_cs(c, i, eip);
    op_add_esp(c, size + pop);
    op_jump(c, eip);
}

static inline __attribute__((always_inline)) void jump(struct interp *c, const struct insn *i,
                                                       uint32_t eip)
{
    op_need_in_cs(c, i, eip);
    op_jump(c, eip);
}

/* (E)CX by address size, minus one; true if something is left. */
static inline __attribute__((always_inline)) bool count_down(struct interp *c, const struct insn *i)
{
    if (i->flags & INSN_ADDR32)
        return --R32(R_ECX) != 0;
    SET16(R_ECX, R32(R_ECX) - 1);
    return R16(R_ECX) != 0;
}

/* LOOP must not change the count if the branch faults. */
static inline __attribute__((always_inline)) void loop_if(struct interp *c, const struct insn *i,
                                                          bool also, unsigned w)
{
    uint32_t ecx = R32(R_ECX);
    bool yes = count_down(c, i) && also;

    if (yes && unlikely(((c->block_eip + i->disp) & (w == 16 ? 0xffff : 0xffffffff)) >
                        c->x.seg[S_CS].limit))
        R32(R_ECX) = ecx;
    jump_if(c, i, yes, w);
}

#define BRANCHES(w)                                                                                \
    OP(op_jcc_##w)                                                                                 \
    {                                                                                              \
        jump_if(c, i, flags_condition(c, i->opcode & 15), w);                                      \
    }                                                                                              \
    OP(op_jmp_##w)                                                                                 \
    {                                                                                              \
        take(c, i, w);                                                                             \
    }                                                                                              \
    OP(op_jmp_e_r##w)                                                                              \
    {                                                                                              \
        jump(c, i, R##w(i->rm));                                                                   \
    }                                                                                              \
    OP(op_jmp_e_m##w)                                                                              \
    {                                                                                              \
        jump(c, i, op_load(c, i, w / 8));                                                          \
    }                                                                                              \
    OP(op_call_##w)                                                                                \
    {                                                                                              \
        call_near(c, i, w);                                                                        \
    }                                                                                              \
    OP(op_call_e_r##w)                                                                             \
    {                                                                                              \
        call(c, i, R##w(i->rm), w / 8);                                                            \
    }                                                                                              \
    OP(op_call_e_m##w)                                                                             \
    {                                                                                              \
        call(c, i, op_load(c, i, w / 8), w / 8);                                                   \
    }                                                                                              \
    OP(op_ret_##w)                                                                                 \
    {                                                                                              \
        ret(c, i, 0, w / 8);                                                                       \
    }                                                                                              \
    OP(op_ret_i_##w)                                                                               \
    {                                                                                              \
        ret(c, i, i->imm, w / 8);                                                                  \
    }                                                                                              \
    OP(op_loop_##w)                                                                                \
    {                                                                                              \
        loop_if(c, i, true, w);                                                                    \
    }                                                                                              \
    OP(op_loopz_##w)                                                                               \
    {                                                                                              \
        loop_if(c, i, flag_z(c), w);                                                               \
    }                                                                                              \
    OP(op_loopnz_##w)                                                                              \
    {                                                                                              \
        loop_if(c, i, !flag_z(c), w);                                                              \
    }                                                                                              \
    OP(op_jcxz_##w)                                                                                \
    {                                                                                              \
        jump_if(c, i, !(R32(R_ECX) & i->addr_mask), w);                                            \
    }

/* clang-format off */
BRANCHES(16)
BRANCHES(32)
/* clang-format on */

/* ---- conditional branches that know their flags ---- */

#define KNOWN(name, w, condition)                                                                  \
    static OP(j_##name##_##w)                                                                      \
    {                                                                                              \
        jump_if(c, i, condition, w);                                                               \
    }                                                                                              \
    static OP(jn_##name##_##w)                                                                     \
    {                                                                                              \
        jump_if(c, i, !(condition), w);                                                            \
    }

/* For operands of n bits. */
#define KNOWN_SIZE(n, w)                                                                           \
    KNOWN(s##n, w, (s##n)c->lf.dst < 0)                                                            \
    KNOWN(le##n##_logic, w, (s##n)c->lf.dst <= 0)                                                  \
    KNOWN(l##n, w, (s##n)c->lf.a < (s##n)c->lf.b)                                                  \
    KNOWN(le##n, w, (s##n)c->lf.a <= (s##n)c->lf.b)

#define KNOWN_ALL(w)                                                                               \
    KNOWN(b, w, c->lf.cf)                                                                          \
    KNOWN(z, w, !c->lf.dst)                                                                        \
    KNOWN(be, w, c->lf.cf || !c->lf.dst)                                                           \
    KNOWN_SIZE(8, w)                                                                               \
    KNOWN_SIZE(16, w)                                                                              \
    KNOWN_SIZE(32, w)

/* clang-format off */
KNOWN_ALL(16)
KNOWN_ALL(32)
/* clang-format on */

/* [condition holds or not][operand size of the branch] */
#define PAIR(name)                                                                                 \
    {                                                                                              \
        { j_##name##_16, j_##name##_32 },                                                          \
        {                                                                                          \
            jn_##name##_16, jn_##name##_32                                                         \
        }                                                                                          \
    }
#define SIZES(name, tail)                                                                          \
    {                                                                                              \
        PAIR(name##8##tail), PAIR(name##16##tail), PAIR(name##32##tail)                            \
    }

typedef const insn_fn branch_pair[2][2];

static branch_pair by_b = PAIR(b), by_z = PAIR(z), by_be = PAIR(be);
static branch_pair by_s[3] = SIZES(s, ), by_le_logic[3] = SIZES(le, _logic);
static branch_pair by_l[3] = SIZES(l, ), by_le[3] = SIZES(le, );

insn_fn branch_with(const struct insn *i, const struct flags_known *flags)
{
    bool lazy = flags->kind != FLAGS_ANY, logic = flags->kind == FLAGS_LOGIC;
    bool sub = flags->kind == FLAGS_SUB;
    unsigned size = flags->size >> 1; /* 1, 2, 4: row 0, 1, 2 */
    branch_pair *pair = NULL;

    switch (i->opcode >> 1 & 7) {
    case 1:
        pair = &by_b;
        break;
    case 2:
        pair = lazy ? &by_z : NULL;
        break;
    case 3:
        pair = lazy ? &by_be : NULL;
        break;
    case 4:
        pair = lazy && flags->size ? &by_s[size] : NULL;
        break;
    case 6:
        pair = logic ? &by_s[size] : sub ? &by_l[size] : NULL;
        break;
    case 7:
        pair = logic ? &by_le_logic[size] : sub ? &by_le[size] : NULL;
        break;
    default:
        break;
    }
    return pair ? (*pair)[i->opcode & 1][i->flags & INSN_OP32 ? 1 : 0] : i->fn;
}
