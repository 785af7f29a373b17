/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves, exchanges, stack instructions, conversions.  Source: Intel SDM volume 2.
 */

#include "core/cpu/ops.h"

/* ---- the slow ways of stores ---- */

/* On pages with code most stores hit data. */
static void *beside_code(struct interp *c, uint32_t linear, unsigned size)
{
    return (linear & 0xfff) + size <= 4096 ? cpu_lin_beside_code(c, linear, size) : NULL;
}

void op_put_slow(struct interp *c, uint32_t linear, uint32_t value, unsigned size)
{
    void *p = beside_code(c, linear, size);

    if (p)
        memcpy(p, &value, size);
    else
        cpu_lin_write(c, linear, value, size);
}

uint32_t op_get_slow(struct interp *c, uint32_t linear, unsigned size)
{
    const void *p = beside_code(c, linear, size);
    uint32_t value = 0;

    if (!p)
        return cpu_lin_read_rmw(c, linear, size);
    memcpy(&value, p, size);
    return value;
}

void op_push_slow(struct interp *c, uint32_t value, unsigned size)
{
    uint32_t esp = R32(R_ESP) - size, mask = op_stack_mask(c);

    cpu_seg_check(c, S_SS, esp & mask, size, true);
    op_put_slow(c, c->x.seg[S_SS].base + (esp & mask), value, size);
    op_merge(c, R_ESP, mask, esp);
}

/* ---- moves ---- */

#define MOVES(w)                                                                                   \
    OP(op_mov_e_g_r##w)                                                                            \
    {                                                                                              \
        SET##w(i->rm, R##w(i->reg));                                                               \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_STORE(op_mov_e_g_m##w, w, R##w(i->reg))                                                     \
    OP(op_mov_g_e_r##w)                                                                            \
    {                                                                                              \
        SET##w(i->reg, R##w(i->rm));                                                               \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_mov_g_e_m##w, w, SET##w(i->reg, v))                                                 \
    OP(op_mov_e_i_r##w)                                                                            \
    {                                                                                              \
        SET##w(i->rm, i->imm);                                                                     \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_STORE(op_mov_e_i_m##w, w, i->imm)                                                           \
    OP(op_mov_z_i_##w)                                                                             \
    {                                                                                              \
        SET##w(i->reg, i->imm);                                                                    \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_mov_a_o_##w, w, SET##w(R_EAX, v))                                                   \
    OP_STORE(op_mov_o_a_##w, w, R##w(R_EAX))                                                       \
    OP(op_xchg_r##w)                                                                               \
    {                                                                                              \
        t##w a = R##w(i->rm);                                                                      \
        SET##w(i->rm, R##w(i->reg));                                                               \
        SET##w(i->reg, a);                                                                         \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_xchg_m##w, w, r = R##w(i->reg), SET##w(i->reg, a))                                \
    OP(op_xadd_r##w)                                                                               \
    {                                                                                              \
        t##w a = R##w(i->rm), r = (t##w)op_do_add(c, a, R##w(i->reg), w / 8);                      \
        SET##w(i->reg, a);                                                                         \
        SET##w(i->rm, r);                                                                          \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MODIFY(op_xadd_m##w, w, r = (t##w)op_do_add(c, a, R##w(i->reg), w / 8), SET##w(i->reg, a))  \
    OP(op_cmpxchg_r##w)                                                                            \
    {                                                                                              \
        t##w a = R##w(i->rm);                                                                      \
        if (op_do_sub(c, R##w(R_EAX), a, w / 8) == 0)                                              \
            SET##w(i->rm, R##w(i->reg));                                                           \
        else                                                                                       \
            SET##w(R_EAX, a);                                                                      \
        NEXT;                                                                                      \
    }                                                                                              \
    /* Writes in any case: the old value if they differ. */                                        \
    OP_MODIFY(op_cmpxchg_m##w, w, r = R##w(R_EAX) == a ? R##w(i->reg) : a,                         \
              (op_do_sub(c, R##w(R_EAX), a, w / 8), SET##w(R_EAX, a)))

/* clang-format off */
MOVES(8)
MOVES(16)
MOVES(32)
/* clang-format on */

/* Apart, since a handler with a buffer of its own on the stack could not be chained. */
static __attribute__((noinline)) void cmpxchg8b(struct interp *c, const struct insn *i)
{
    uint32_t offset = op_offset(c, i), out[2];
    uint64_t old, want = (uint64_t)R32(R_EDX) << 32 | R32(R_EAX);

    c->current = i;
    cpu_seg_check(c, i->seg, offset, 8, true);
    cpu_lin_probe_write(c, c->x.seg[i->seg].base + offset, 8, c->cpl == 3);
    cpu_read_bytes(c, i->seg, offset, &old, 8);
    out[0] = (uint32_t)old;
    out[1] = (uint32_t)(old >> 32);
    if (old == want) {
        out[0] = R32(R_EBX);
        out[1] = R32(R_ECX);
    }
    cpu_write_bytes(c, i->seg, offset, out, 8);
    cpu_set_arith(c, old == want ? FL_ZF : 0, FL_ZF);
    if (old != want) {
        SET32(R_EAX, out[0]);
        SET32(R_EDX, out[1]);
    }
}

OP(op_cmpxchg8b)
{
    cmpxchg8b(c, i);
    NEXT;
}

/* ---- wider, smaller ---- */

#define EXTEND(name, w, from, type)                                                                \
    OP(op_##name##_##from##_r##w)                                                                  \
    {                                                                                              \
        SET##w(i->reg, (t##w)(type)R##from(i->rm));                                                \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_LOAD(op_##name##_##from##_m##w, from, SET##w(i->reg, (t##w)(type)v))

/* clang-format off */
EXTEND(movzx, 16, 8, t8)
EXTEND(movzx, 32, 8, t8)
EXTEND(movzx, 16, 16, t16)
EXTEND(movzx, 32, 16, t16)
EXTEND(movsx, 16, 8, s8)
EXTEND(movsx, 32, 8, s8)
EXTEND(movsx, 16, 16, s16)
EXTEND(movsx, 32, 16, s16)
/* clang-format on */

OP(op_cbw_16)
{
    SET16(R_EAX, (uint16_t)(int8_t)R8(R_EAX));
    NEXT;
}

OP(op_cbw_32)
{
    R32(R_EAX) = (uint32_t)(int16_t)R16(R_EAX);
    NEXT;
}

OP(op_cwd_16)
{
    SET16(R_EDX, R16(R_EAX) & 0x8000 ? 0xffff : 0);
    NEXT;
}

OP(op_cwd_32)
{
    R32(R_EDX) = R32(R_EAX) & 0x80000000 ? 0xffffffff : 0;
    NEXT;
}

OP(op_bswap_32)
{
    R32(i->reg) = __builtin_bswap32(R32(i->reg));
    NEXT;
}

/* Undefined in the manual; recent processors clear the word. */
OP(op_bswap_16)
{
    SET16(i->reg, 0);
    NEXT;
}

OP(op_nop)
{
    NEXT;
}

OP(op_xlat)
{
    uint32_t offset = (op_offset(c, i) + R8(R_EAX)) & i->addr_mask;

    c->current = i;
    SET8(R_EAX, (uint8_t)cpu_read(c, i->seg, offset, 1));
    NEXT;
}

/* ---- by operand width: LEA, CMOV, stack ---- */

#define PUSHES(w)                                                                                  \
    OP(op_xchg_z_##w)                                                                              \
    {                                                                                              \
        t##w a = R##w(i->reg);                                                                     \
        SET##w(i->reg, R##w(R_EAX));                                                               \
        SET##w(R_EAX, a);                                                                          \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(op_lea_##w)                                                                                 \
    {                                                                                              \
        SET##w(i->reg, op_offset(c, i));                                                           \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(op_cmov_r##w)                                                                               \
    {                                                                                              \
        if (flags_condition(c, i->opcode & 15))                                                    \
            SET##w(i->reg, R##w(i->rm));                                                           \
        NEXT;                                                                                      \
    }                                                                                              \
    /* The load happens, and may fault, whatever the condition. */                                 \
    OP_LOAD(op_cmov_m##w, w,                                                                       \
            SET##w(i->reg, flags_condition(c, i->opcode & 15) ? v : R##w(i->reg)))                 \
    OP_PUSH(op_push_z_##w, w, R##w(i->reg))                                                        \
    OP_PUSH(op_push_i_##w, w, i->imm)                                                              \
    OP_PUSH(op_push_e_r##w, w, R##w(i->rm))                                                        \
    OP(op_push_e_m##w)                                                                             \
    {                                                                                              \
        op_push_slow(c, op_load(c, i, w / 8), w / 8);                                              \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_POP(op_pop_z_##w, w, SET##w(i->reg, v))                                                     \
    OP_POP(op_pop_e_r##w, w, SET##w(i->rm, v))                                                     \
    OP(op_pop_e_m##w)                                                                              \
    {                                                                                              \
        /* An ESP in the address is the one after the pop. */                                      \
        uint32_t esp = R32(R_ESP), offset;                                                         \
        t##w value;                                                                                \
        c->current = i;                                                                            \
        value = (t##w)op_top(c, w / 8);                                                            \
        op_add_esp(c, w / 8);                                                                      \
        offset = op_offset(c, i);                                                                  \
        uint32_t after = R32(R_ESP);                                                               \
        R32(R_ESP) = esp; /* a fault in the store undoes it */                                     \
        cpu_write(c, i->seg, offset, value, w / 8);                                                \
        R32(R_ESP) = after;                                                                        \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(op_pusha_##w)                                                                               \
    {                                                                                              \
        uint32_t mask = op_stack_mask(c), esp = R32(R_ESP);                                        \
        c->current = i;                                                                            \
        /* All of it must be writable before anything is. */                                       \
        for (unsigned n = 0; n < 8; n++) {                                                         \
            uint32_t at = (esp - (n + 1) * (w / 8)) & mask;                                        \
            cpu_seg_check(c, S_SS, at, w / 8, true);                                               \
            cpu_lin_probe_write(c, c->x.seg[S_SS].base + at, w / 8, c->cpl == 3);                  \
        }                                                                                          \
        for (unsigned n = 0; n < 8; n++)                                                           \
            cpu_write(c, S_SS, (esp - (n + 1) * (w / 8)) & mask, R##w(n), w / 8);                  \
        R32(R_ESP) = (esp & ~mask) | ((esp - w) & mask);                                           \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(op_popa_##w)                                                                                \
    {                                                                                              \
        uint32_t mask = op_stack_mask(c), esp = R32(R_ESP), value[8];                              \
        c->current = i;                                                                            \
        for (unsigned n = 0; n < 8; n++)                                                           \
            value[n] = cpu_read(c, S_SS, (esp + n * (w / 8)) & mask, w / 8);                       \
        for (unsigned n = 0; n < 8; n++)                                                           \
            if (7 - n != R_ESP)                                                                    \
                SET##w(7 - n, value[n]);                                                           \
        R32(R_ESP) = (esp & ~mask) | ((esp + w) & mask);                                           \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(op_leave_##w)                                                                               \
    {                                                                                              \
        uint32_t mask = op_stack_mask(c), ebp = R32(R_EBP);                                        \
        t##w value;                                                                                \
        c->current = i;                                                                            \
        value = (t##w)cpu_read(c, S_SS, ebp & mask, w / 8);                                        \
        R32(R_ESP) = (R32(R_ESP) & ~mask) | ((ebp + w / 8) & mask);                                \
        SET##w(R_EBP, value);                                                                      \
        NEXT;                                                                                      \
    }

/* clang-format off */
PUSHES(16)
PUSHES(32)
/* clang-format on */

OP(op_setcc_r8)
{
    SET8(i->rm, flags_condition(c, i->opcode & 15));
    NEXT;
}

OP(op_setcc_m8)
{
    op_put_slow(c, op_address(c, i, 1, true), flags_condition(c, i->opcode & 15), 1);
    NEXT;
}

/* ---- ENTER: plain handler ---- */

static void enter(struct interp *c, const struct insn *i, unsigned size)
{
    uint32_t mask = op_stack_mask(c);
    uint32_t esp = R32(R_ESP), ebp = R32(R_EBP), frame;
    unsigned level = i->imm2 & 31;

    esp -= size;
    cpu_write(c, S_SS, esp & mask, ebp, size);
    frame = esp;
    for (unsigned n = 1; n < level; n++) {
        ebp -= size;
        esp -= size;
        cpu_write(c, S_SS, esp & mask, cpu_read(c, S_SS, ebp & mask, size), size);
    }
    if (level) {
        esp -= size;
        cpu_write(c, S_SS, esp & mask, frame, size);
    }
    esp -= i->imm;
    /* The new top must be writable, or the instruction faults as a whole. */
    cpu_seg_check(c, S_SS, esp & mask, size, true);
    cpu_lin_probe_write(c, c->x.seg[S_SS].base + (esp & mask), size, c->cpl == 3);
    R32(R_ESP) = (R32(R_ESP) & ~mask) | (esp & mask);
    if (size == 4)
        R32(R_EBP) = frame;
    else
        SET16(R_EBP, (uint16_t)frame);
}

OP(op_enter_16)
{
    enter(c, i, 2);
}

OP(op_enter_32)
{
    enter(c, i, 4);
}
