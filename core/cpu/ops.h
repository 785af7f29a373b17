/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_OPS_H
#define CORE_CPU_OPS_H

/*
 * What the files with integer instructions share: operands, memory, the step to the next handler.
 *
 * These handlers are chained: each ends by calling the following one (a jump, as compilers do it),
 * so that a block runs without returning to the loop.  x.eip and next_eip are not kept up to date
 * meanwhile; a fault finds its address through c->current, which every handler that touches memory
 * sets first.  The last handler of a block goes on to the next block in the same way (op_follow,
 * op_jump) or sets next_eip and returns.  No chained handler may keep a buffer on the stack: the
 * call would not be a jump any more (a test watches over that).
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
static inline __attribute__((always_inline)) uint32_t *op_word(struct interp *c, unsigned n)
{
    return (uint32_t *)((char *)c + offsetof(struct interp, x.gpr)) + n;
}

/* Byte registers are numbered by INSN_BYTE_REG. */
#define R8(n)  (*((uint8_t *)c->x.gpr + (n)))
#define R16(n) (*(uint16_t *)&c->x.gpr[n])
#define R32(n) (c->x.gpr[n])

/*
 * A load that spans a smaller store made just before waits until that store has left for the cache.
 * So registers are written as the code will most likely read them: words in 16-bit code, where
 * addresses are made of words, and double words in 32-bit code.
 */
static inline __attribute__((always_inline)) void op_merge(struct interp *c, unsigned reg,
                                                           uint32_t mask, uint32_t value)
{
    c->x.gpr[reg] = (c->x.gpr[reg] & ~mask) | (value & mask);
}

static inline __attribute__((always_inline)) void op_set16(struct interp *c, unsigned reg,
                                                           uint16_t value)
{
    if (c->code32)
        op_merge(c, reg, 0xffff, value);
    else
        R16(reg) = value;
}

static inline __attribute__((always_inline)) void op_set8(struct interp *c, unsigned place,
                                                          uint8_t value)
{
    unsigned shift = 8 * (place & 3);
    uint32_t mask = 0xffu << shift, moved = (uint32_t)value << shift;

    if (c->code32)
        op_merge(c, place >> 2, mask, moved);
    else
        R16(place >> 2) = (uint16_t)((R16(place >> 2) & ~mask) | moved);
}

#define SET8(n, value)  op_set8(c, n, (uint8_t)(value))
#define SET16(n, value) op_set16(c, n, (uint16_t)(value))
#define SET32(n, value) (c->x.gpr[n] = (value))

typedef uint8_t t8;
typedef uint16_t t16;
typedef uint32_t t32;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;

/* ---- memory operand ---- */

static inline __attribute__((always_inline)) uint32_t op_offset(struct interp *c,
                                                                const struct insn *i)
{
    if (!(i->flags & INSN_ADDR32))
        return (*(uint16_t *)op_word(c, i->base) + *(uint16_t *)op_word(c, i->index) + i->disp) &
               0xffff;
    return (*op_word(c, i->base) + (*op_word(c, i->index) << i->scale) + i->disp) & i->addr_mask;
}

/* The address, checked; and the mark for a fault. */
static inline __attribute__((always_inline)) uint32_t
op_address(struct interp *c, const struct insn *i, unsigned size, bool write)
{
    uint32_t offset = op_offset(c, i);

    c->current = i;
    cpu_seg_check(c, i->seg, offset, size, write);
    return c->x.seg[i->seg].base + offset;
}

static inline __attribute__((always_inline)) uint32_t op_load(struct interp *c,
                                                              const struct insn *i, unsigned size)
{
    return cpu_lin_read(c, op_address(c, i, size, false), size);
}

/* Stores where a quick store failed, most often because there is code on the page. */
void op_put_slow(struct interp *c, uint32_t linear, uint32_t value, unsigned size);
/* Loads what op_put_slow() will store: faults here as a store. */
uint32_t op_get_slow(struct interp *c, uint32_t linear, unsigned size);
/* PUSH of a word or double word */
void op_push_slow(struct interp *c, uint32_t value, unsigned size);

/* Host address of an operand that can be reached directly, or NULL: then the slow way decides. */
static inline __attribute__((always_inline)) void *
op_host_at(const struct interp *c, unsigned seg, uint32_t offset, unsigned size, bool write)
{
    const struct x86_segment *s = &c->x.seg[seg];
    uint32_t linear = s->base + offset;
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    if (unlikely((s->attr & (SEG_NULL | SEG_P | SEG_S | SEG_CODE | SEG_EC | SEG_W)) !=
                 (SEG_P | SEG_S | SEG_W)) ||
        unlikely(offset > s->limit) || unlikely(size - 1 > s->limit - offset) ||
        unlikely(!tlb_hit(write ? e->write_tag : e->read_tag, linear, size)))
        return NULL;
    return (void *)(e->host + linear);
}

static inline __attribute__((always_inline)) void *op_host(struct interp *c, const struct insn *i,
                                                           unsigned size, bool write)
{
    return op_host_at(c, i->seg, op_offset(c, i), size, write);
}

/*
 * Handlers with a memory operand, each made twice: the quick one, which needs no stack frame as it
 * calls nobody, and the one for faults, devices, page borders and pages with code.
 */
#define OP_SLOW(name) static __attribute__((noinline)) OP(name##_slow)

/* Loads into v, then runs body. */
#define OP_LOAD(name, w, body)                                                                     \
    OP_SLOW(name)                                                                                  \
    {                                                                                              \
        t##w v = (t##w)op_load(c, i, w / 8);                                                       \
        body;                                                                                      \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(name)                                                                                       \
    {                                                                                              \
        const void *p = op_host(c, i, w / 8, false);                                               \
        t##w v;                                                                                    \
        if (unlikely(!p)) {                                                                        \
            name##_slow(c, i);                                                                     \
            return;                                                                                \
        }                                                                                          \
        memcpy(&v, p, sizeof(v));                                                                  \
        body;                                                                                      \
        NEXT;                                                                                      \
    }

/* Stores a value. */
#define OP_STORE(name, w, value)                                                                   \
    OP_SLOW(name)                                                                                  \
    {                                                                                              \
        op_put_slow(c, op_address(c, i, w / 8, true), (t##w)(value), w / 8);                       \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(name)                                                                                       \
    {                                                                                              \
        void *p = op_host(c, i, w / 8, true);                                                      \
        t##w v;                                                                                    \
        if (unlikely(!p)) {                                                                        \
            name##_slow(c, i);                                                                     \
            return;                                                                                \
        }                                                                                          \
        v = (t##w)(value);                                                                         \
        memcpy(p, &v, sizeof(v));                                                                  \
        NEXT;                                                                                      \
    }

/* Loads into a, runs body, which leaves r, stores that; then runs after. */
#define OP_MODIFY(name, w, body, after)                                                            \
    OP_SLOW(name)                                                                                  \
    {                                                                                              \
        uint32_t linear = op_address(c, i, w / 8, true);                                           \
        t##w a = (t##w)op_get_slow(c, linear, w / 8), r;                                           \
        body;                                                                                      \
        op_put_slow(c, linear, r, w / 8);                                                          \
        after;                                                                                     \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(name)                                                                                       \
    {                                                                                              \
        void *p = op_host(c, i, w / 8, true);                                                      \
        t##w a, r;                                                                                 \
        if (unlikely(!p)) {                                                                        \
            name##_slow(c, i);                                                                     \
            return;                                                                                \
        }                                                                                          \
        memcpy(&a, p, sizeof(a));                                                                  \
        body;                                                                                      \
        memcpy(p, &r, sizeof(r));                                                                  \
        after;                                                                                     \
        NEXT;                                                                                      \
    }

/* ---- arithmetic that sets flags; values are zero-extended, w is constant ---- */

static inline __attribute__((always_inline)) uint32_t op_do_add(struct interp *c, uint32_t a,
                                                                uint32_t b, unsigned size)
{
    uint32_t r = (a + b) & flags_mask(size);

    flags_set(c, LF_ADD, size, r, a, b);
    c->lf.cf = r < a;
    return r;
}

static inline __attribute__((always_inline)) uint32_t op_do_adc(struct interp *c, uint32_t a,
                                                                uint32_t b, unsigned size)
{
    uint32_t carry = c->lf.cf;
    uint32_t r = (a + b + carry) & flags_mask(size);

    flags_set(c, LF_ADD, size, r, a, b);
    c->lf.cf = carry ? r <= a : r < a;
    return r;
}

static inline __attribute__((always_inline)) uint32_t op_do_sub(struct interp *c, uint32_t a,
                                                                uint32_t b, unsigned size)
{
    uint32_t r = (a - b) & flags_mask(size);

    flags_set(c, LF_SUB, size, r, a, b);
    c->lf.cf = a < b;
    return r;
}

static inline __attribute__((always_inline)) uint32_t op_do_sbb(struct interp *c, uint32_t a,
                                                                uint32_t b, unsigned size)
{
    uint32_t carry = c->lf.cf;
    uint32_t r = (a - b - carry) & flags_mask(size);

    flags_set(c, LF_SUB, size, r, a, b);
    c->lf.cf = carry ? a <= b : a < b;
    return r;
}

static inline __attribute__((always_inline)) uint32_t op_do_inc(struct interp *c, uint32_t a,
                                                                unsigned size)
{
    uint32_t r = (a + 1) & flags_mask(size);

    flags_set(c, LF_ADD, size, r, a, 1);
    return r;
}

static inline __attribute__((always_inline)) uint32_t op_do_dec(struct interp *c, uint32_t a,
                                                                unsigned size)
{
    uint32_t r = (a - 1) & flags_mask(size);

    flags_set(c, LF_SUB, size, r, a, 1);
    return r;
}

static inline __attribute__((always_inline)) uint32_t op_do_and(struct interp *c, uint32_t a,
                                                                uint32_t b, unsigned size)
{
    flags_logic(c, size, a & b);
    return a & b;
}

static inline __attribute__((always_inline)) uint32_t op_do_or(struct interp *c, uint32_t a,
                                                               uint32_t b, unsigned size)
{
    flags_logic(c, size, a | b);
    return a | b;
}

static inline __attribute__((always_inline)) uint32_t op_do_xor(struct interp *c, uint32_t a,
                                                                uint32_t b, unsigned size)
{
    flags_logic(c, size, a ^ b);
    return a ^ b;
}

/* ---- control flow and stack ---- */

/* #GP(0) at the branch itself if it leaves CS. */
static inline __attribute__((always_inline)) void op_need_in_cs(struct interp *c,
                                                                const struct insn *i, uint32_t eip)
{
    if (unlikely(eip > c->x.seg[S_CS].limit)) {
        c->current = i;
        cpu_raise_code(c, EXC_GP, 0);
    }
}

/* Ends the block; eip is inside CS.  Goes on there at once if the block is known. */
static inline __attribute__((always_inline)) void op_jump(struct interp *c, uint32_t eip)
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
static inline __attribute__((always_inline)) void op_follow(struct interp *c, unsigned n,
                                                            uint32_t eip)
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

static inline __attribute__((always_inline)) uint32_t op_next_eip(const struct interp *c,
                                                                  const struct insn *i)
{
    return c->block_eip + i->offset + i->len;
}

/* ---- stack ---- */

static inline __attribute__((always_inline)) uint32_t op_stack_mask(const struct interp *c)
{
    return c->stack32 ? 0xffffffff : 0xffff;
}

/* Moves ESP or SP. */
static inline __attribute__((always_inline)) void op_add_esp(struct interp *c, uint32_t n)
{
    op_merge(c, R_ESP, op_stack_mask(c), c->x.gpr[R_ESP] + n);
}

/* Pushes if the stack is directly there; false: nothing happened. */
static inline __attribute__((always_inline)) bool op_try_push(struct interp *c, uint32_t value,
                                                              unsigned size)
{
    uint32_t esp = c->x.gpr[R_ESP] - size, mask = op_stack_mask(c);
    void *p = op_host_at(c, S_SS, esp & mask, size, true);

    if (unlikely(!p))
        return false;
    memcpy(p, &value, size);
    op_merge(c, R_ESP, mask, esp);
    return true;
}

/* Where the top of the stack directly is, or NULL. */
static inline __attribute__((always_inline)) const void *op_top_host(const struct interp *c,
                                                                     unsigned size)
{
    return op_host_at(c, S_SS, c->x.gpr[R_ESP] & op_stack_mask(c), size, false);
}

/* The top of the stack the slow way; the caller moves ESP. */
static inline __attribute__((always_inline)) uint32_t op_top(struct interp *c, unsigned size)
{
    return cpu_read(c, S_SS, c->x.gpr[R_ESP] & op_stack_mask(c), size);
}

/* Pushes a value. */
#define OP_PUSH(name, w, value)                                                                    \
    OP_SLOW(name)                                                                                  \
    {                                                                                              \
        c->current = i;                                                                            \
        op_push_slow(c, (t##w)(value), w / 8);                                                     \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(name)                                                                                       \
    {                                                                                              \
        if (unlikely(!op_try_push(c, (t##w)(value), w / 8))) {                                     \
            name##_slow(c, i);                                                                     \
            return;                                                                                \
        }                                                                                          \
        NEXT;                                                                                      \
    }

/* Pops into v, then runs body. */
#define OP_POP(name, w, body)                                                                      \
    OP_SLOW(name)                                                                                  \
    {                                                                                              \
        t##w v;                                                                                    \
        c->current = i;                                                                            \
        v = (t##w)op_top(c, w / 8);                                                                \
        op_add_esp(c, w / 8);                                                                      \
        body;                                                                                      \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(name)                                                                                       \
    {                                                                                              \
        const void *p = op_top_host(c, w / 8);                                                     \
        t##w v;                                                                                    \
        if (unlikely(!p)) {                                                                        \
            name##_slow(c, i);                                                                     \
            return;                                                                                \
        }                                                                                          \
        memcpy(&v, p, sizeof(v));                                                                  \
        op_add_esp(c, w / 8);                                                                      \
        body;                                                                                      \
        NEXT;                                                                                      \
    }

#endif
