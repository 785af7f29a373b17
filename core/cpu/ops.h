/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_OPS_H
#define CORE_CPU_OPS_H

/*
 * What the files with integer instructions share: operands, memory, the step to the next handler.
 *
 * These handlers are chained: each ends by calling the following one (a jump, as compilers do it),
 * so that a block runs without returning to the loop.  x.eip and next_eip are not kept up to date
 * meanwhile; a fault finds its address through c->current, which every handler that touches memory
 * sets first.  The last handler of a block sets next_eip and returns.
 */

#include "core/cpu/access.h"
#include "core/cpu/code.h"
#include "core/cpu/flags.h"
#include "core/cpu/handlers.h"

#define OP(name) void name(struct interp *c, const struct insn *i)
#define NEXT     i[1].go(c, i + 1)

#define unlikely(x) __builtin_expect(!!(x), 0)
#define likely(x)   __builtin_expect(!!(x), 1)

/* ---- registers ---- */

/* Reg(r) is word n from EAX on: general registers, and the zero word for INSN_NOREG. */
static inline uint32_t *op_word(struct interp *c, unsigned n)
{
    return (uint32_t *)((char *)c + offsetof(struct interp, x.gpr)) + n;
}

/* Byte registers are numbered by INSN_BYTE_REG. */
#define R8(n)  (*((uint8_t *)c->x.gpr + (n)))
#define R16(n) (*(uint16_t *)&c->x.gpr[n])
#define R32(n) (c->x.gpr[n])

/* Registers are always written as whole words: a load that spans a smaller store made just before
 * waits until that store has left for the cache. */
static inline void op_merge(struct interp *c, unsigned reg, uint32_t mask, uint32_t value)
{
    c->x.gpr[reg] = (c->x.gpr[reg] & ~mask) | (value & mask);
}

static inline void op_set8(struct interp *c, unsigned place, uint8_t value)
{
    unsigned shift = 8 * (place & 3);

    op_merge(c, place >> 2, 0xffu << shift, (uint32_t)value << shift);
}

#define SET8(n, value)  op_set8(c, n, (uint8_t)(value))
#define SET16(n, value) op_merge(c, n, 0xffff, value)
#define SET32(n, value) (c->x.gpr[n] = (value))

typedef uint8_t t8;
typedef uint16_t t16;
typedef uint32_t t32;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;

/* ---- memory operand ---- */

static inline uint32_t op_offset(struct interp *c, const struct insn *i)
{
    return (*op_word(c, i->base) + (*op_word(c, i->index) << i->scale) + i->disp) & i->addr_mask;
}

/* The address, checked; and the mark for a fault. */
static inline uint32_t op_address(struct interp *c, const struct insn *i, unsigned size, bool write)
{
    uint32_t offset = op_offset(c, i);

    c->current = i;
    cpu_seg_check(c, i->seg, offset, size, write);
    return c->x.seg[i->seg].base + offset;
}

static inline uint32_t op_load(struct interp *c, const struct insn *i, unsigned size)
{
    return cpu_lin_read(c, op_address(c, i, size, false), size);
}

static inline void op_store(struct interp *c, const struct insn *i, uint32_t value, unsigned size)
{
    cpu_lin_write(c, op_address(c, i, size, true), value, size);
}

/* Where a destination may be modified in place, or NULL. */
static inline void *op_direct(struct interp *c, uint32_t linear, unsigned size)
{
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    return likely(tlb_hit(e->write_tag, linear, size)) ? (void *)(e->host + linear) : NULL;
}

/* Reads the old value into `old`, runs `compute` on it (leaving `new_`), writes that back. */
#define OP_MODIFY(w, old, new_, compute)                                                           \
    do {                                                                                           \
        uint32_t linear_ = op_address(c, i, w / 8, true);                                          \
        t##w *p_ = op_direct(c, linear_, w / 8);                                                   \
        t##w old, new_;                                                                            \
        if (likely(p_ != NULL)) {                                                                  \
            memcpy(&old, p_, sizeof(old));                                                         \
            compute;                                                                               \
            memcpy(p_, &new_, sizeof(new_));                                                       \
        } else {                                                                                   \
            old = (t##w)cpu_lin_read_rmw_slow(c, linear_, w / 8, c->cpl == 3);                     \
            compute;                                                                               \
            cpu_lin_write_slow(c, linear_, new_, w / 8, c->cpl == 3);                              \
        }                                                                                          \
    } while (0)

/* ---- arithmetic that sets flags; values are zero-extended, w is constant ---- */

static inline uint32_t op_do_add(struct interp *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t r = (a + b) & flags_mask(size);

    flags_set(c, LF_ADD, size, r, a, b);
    c->lf.cf = r < a;
    return r;
}

static inline uint32_t op_do_adc(struct interp *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t carry = c->lf.cf;
    uint32_t r = (a + b + carry) & flags_mask(size);

    flags_set(c, LF_ADD, size, r, a, b);
    c->lf.cf = carry ? r <= a : r < a;
    return r;
}

static inline uint32_t op_do_sub(struct interp *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t r = (a - b) & flags_mask(size);

    flags_set(c, LF_SUB, size, r, a, b);
    c->lf.cf = a < b;
    return r;
}

static inline uint32_t op_do_sbb(struct interp *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t carry = c->lf.cf;
    uint32_t r = (a - b - carry) & flags_mask(size);

    flags_set(c, LF_SUB, size, r, a, b);
    c->lf.cf = carry ? a <= b : a < b;
    return r;
}

static inline uint32_t op_do_inc(struct interp *c, uint32_t a, unsigned size)
{
    uint32_t r = (a + 1) & flags_mask(size);

    flags_set(c, LF_ADD, size, r, a, 1);
    return r;
}

static inline uint32_t op_do_dec(struct interp *c, uint32_t a, unsigned size)
{
    uint32_t r = (a - 1) & flags_mask(size);

    flags_set(c, LF_SUB, size, r, a, 1);
    return r;
}

static inline uint32_t op_do_and(struct interp *c, uint32_t a, uint32_t b, unsigned size)
{
    flags_logic(c, size, a & b);
    return a & b;
}

static inline uint32_t op_do_or(struct interp *c, uint32_t a, uint32_t b, unsigned size)
{
    flags_logic(c, size, a | b);
    return a | b;
}

static inline uint32_t op_do_xor(struct interp *c, uint32_t a, uint32_t b, unsigned size)
{
    flags_logic(c, size, a ^ b);
    return a ^ b;
}

/* ---- control flow and stack ---- */

/* #GP(0) at the branch itself if it leaves CS. */
static inline void op_need_in_cs(struct interp *c, const struct insn *i, uint32_t eip)
{
    if (unlikely(eip > c->x.seg[S_CS].limit)) {
        c->current = i;
        cpu_raise_code(c, EXC_GP, 0);
    }
}

/* Ends the block; eip is inside CS.  Goes on there at once if the block is known. */
static inline void op_jump(struct interp *c, uint32_t eip)
{
    uint32_t linear = c->x.seg[S_CS].base + eip;
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    c->next_eip = eip;
    if (likely(tlb_hit(e->read_tag, linear, 1))) {
        uint64_t key = (uint64_t)c->code32 << 32 | e->phys | (linear & 0xfff);
        struct block *b = c->jump[block_slot(key)];

        if (likely(b->key == key && block_enter(c, b, eip)))
            b->insn[0].go(c, b->insn);
    }
}

/* The same for an address that always lies at one distance from the start of the block: links[n]
 * remembers. */
static inline void op_follow(struct interp *c, unsigned n, uint32_t eip)
{
    struct block_link *link = &c->block->link[n];
    struct block *b = link->to;

    if (likely(b->key == link->key && block_enter(c, b, eip))) {
        b->insn[0].go(c, b->insn);
        return;
    }
    c->next_eip = eip;
    c->link = link;
}

static inline uint32_t op_next_eip(const struct interp *c, const struct insn *i)
{
    return c->block_eip + i->offset + i->len;
}

static inline void op_push(struct interp *c, uint32_t value, unsigned size)
{
    uint32_t esp = c->x.gpr[R_ESP] - size;

    if (c->stack32) {
        cpu_write(c, S_SS, esp, value, size);
        c->x.gpr[R_ESP] = esp;
    } else {
        cpu_write(c, S_SS, esp & 0xffff, value, size);
        SET16(R_ESP, esp);
    }
}

/* The value at the top; the caller moves ESP. */
static inline uint32_t op_top(struct interp *c, unsigned size)
{
    uint32_t esp = c->x.gpr[R_ESP];

    return cpu_read(c, S_SS, c->stack32 ? esp : esp & 0xffff, size);
}

static inline void op_drop(struct interp *c, uint32_t n)
{
    if (c->stack32)
        c->x.gpr[R_ESP] += n;
    else
        SET16(R_ESP, c->x.gpr[R_ESP] + n);
}

#endif
