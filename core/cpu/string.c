/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * String instructions.  Source: Intel SDM volume 2, REP and the string instructions.
 *
 * A repeated instruction ends its block.  It works in chunks: as many elements as lie on one
 * directly accessible page, or one element the slow way; after each chunk the registers are
 * committed, so that a fault, an interrupt or the end of the budget finds them right.
 */

#include "core/cpu/repeat.h"

/* ---- how much may be done at once ---- */

/* Bytes from offset to the end of the page, the segment and the address size; 0: not directly. */
static uint32_t reach(const struct interp *c, enum x86_seg seg, uint32_t offset, uint32_t mask)
{
    const struct x86_segment *s = &c->x.seg[seg];
    uint32_t linear = s->base + offset, page = 4096 - (linear & 0xfff);
    uint64_t room;

    if ((s->attr & (SEG_NULL | SEG_P | SEG_S | SEG_CODE | SEG_EC | SEG_W)) !=
            (SEG_P | SEG_S | SEG_W) ||
        offset > s->limit)
        return 0;
    room = (uint64_t)(s->limit < mask ? s->limit : mask) - offset + 1;
    return room < page ? (uint32_t)room : page;
}

uint8_t *string_read(struct interp *c, enum x86_seg seg, uint32_t offset, uint32_t mask,
                     uint32_t *bytes)
{
    uint32_t linear = c->x.seg[seg].base + offset;
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    *bytes = reach(c, seg, offset, mask);
    return *bytes && tlb_hit(e->read_tag, linear, 1) ? (uint8_t *)(e->host + linear) : NULL;
}

uint8_t *string_write(struct interp *c, enum x86_seg seg, uint32_t offset, uint32_t mask,
                      uint32_t *bytes)
{
    uint32_t linear = c->x.seg[seg].base + offset;
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    *bytes = reach(c, seg, offset, mask);
    return *bytes && tlb_hit(e->write_tag, linear, 1) ? (uint8_t *)(e->host + linear) : NULL;
}

static inline uint32_t element(const uint8_t *p, unsigned size)
{
    uint32_t value = 0;

    memcpy(&value, p, size);
    return value;
}

static inline uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* ---- chunks: each does up to `most` elements and returns how many, 0 if it cannot ---- */

typedef uint32_t (*chunk_fn)(struct interp *c, const struct insn *i, uint32_t most, unsigned size,
                             bool *stop);

static uint32_t movs_chunk(struct interp *c, const struct insn *i, uint32_t most, unsigned size,
                           bool *stop)
{
    uint32_t from_room, to_room, n;
    const uint8_t *from =
        string_read(c, i->seg, R32(R_ESI) & i->addr_mask, i->addr_mask, &from_room);
    uint8_t *to = string_write(c, S_ES, R32(R_EDI) & i->addr_mask, i->addr_mask, &to_room);

    (void)stop;
    if (!from || !to)
        return 0;
    n = smaller(most, smaller(from_room, to_room) / size);
    /* A copy onto a following place that overlaps repeats what lies between. */
    if (to > from && to < from + (size_t)n * size) {
        for (uint32_t k = 0; k < n; k++) {
            uint32_t value = element(from + k * size, size);

            memcpy(to + k * size, &value, size);
        }
    } else {
        memmove(to, from, (size_t)n * size);
    }
    return n;
}

static uint32_t stos_chunk(struct interp *c, const struct insn *i, uint32_t most, unsigned size,
                           bool *stop)
{
    uint32_t room, n, value = R32(R_EAX);
    uint8_t *to = string_write(c, S_ES, R32(R_EDI) & i->addr_mask, i->addr_mask, &room);

    (void)stop;
    if (!to)
        return 0;
    n = smaller(most, room / size);
    if (size == 1) {
        memset(to, (int)(value & 0xff), n);
    } else {
        for (uint32_t k = 0; k < n; k++)
            memcpy(to + k * size, &value, size);
    }
    return n;
}

static uint32_t lods_chunk(struct interp *c, const struct insn *i, uint32_t most, unsigned size,
                           bool *stop)
{
    uint32_t room, n;
    const uint8_t *from = string_read(c, i->seg, R32(R_ESI) & i->addr_mask, i->addr_mask, &room);

    (void)stop;
    n = from ? smaller(most, room / size) : 0;
    if (n)
        op_merge(c, R_EAX, flags_mask(size), element(from + (size_t)(n - 1) * size, size));
    return n;
}

/* REPE goes on while equal, REPNE while not. */
static inline bool ends(const struct insn *i, bool equal)
{
    return equal != !(i->flags & INSN_REPNE);
}

static uint32_t scas_chunk(struct interp *c, const struct insn *i, uint32_t most, unsigned size,
                           bool *stop)
{
    uint32_t room, n, k, value = 0, a = R32(R_EAX) & flags_mask(size);
    const uint8_t *p = string_read(c, S_ES, R32(R_EDI) & i->addr_mask, i->addr_mask, &room);

    n = p ? smaller(most, room / size) : 0;
    if (!n)
        return 0;
    for (k = 0; k < n && !*stop; k++) {
        value = element(p + k * size, size);
        *stop = ends(i, value == a);
    }
    op_do_sub(c, a, value, size);
    return k;
}

static uint32_t cmps_chunk(struct interp *c, const struct insn *i, uint32_t most, unsigned size,
                           bool *stop)
{
    uint32_t a_room, b_room, n, k, a = 0, b = 0;
    const uint8_t *p = string_read(c, i->seg, R32(R_ESI) & i->addr_mask, i->addr_mask, &a_room);
    const uint8_t *q = string_read(c, S_ES, R32(R_EDI) & i->addr_mask, i->addr_mask, &b_room);

    n = p && q ? smaller(most, smaller(a_room, b_room) / size) : 0;
    if (!n)
        return 0;
    for (k = 0; k < n && !*stop; k++) {
        a = element(p + k * size, size);
        b = element(q + k * size, size);
        *stop = ends(i, a == b);
    }
    op_do_sub(c, a, b, size);
    return k;
}

/* ---- one element through all checks; registers are moved by the caller ---- */

static inline void movs_one(struct interp *c, const struct insn *i, unsigned size)
{
    uint32_t value = cpu_read(c, i->seg, R32(R_ESI) & i->addr_mask, size);

    cpu_write(c, S_ES, R32(R_EDI) & i->addr_mask, value, size);
}

static inline void stos_one(struct interp *c, const struct insn *i, unsigned size)
{
    cpu_write(c, S_ES, R32(R_EDI) & i->addr_mask, R32(R_EAX) & flags_mask(size), size);
}

static inline void lods_one(struct interp *c, const struct insn *i, unsigned size)
{
    uint32_t value = cpu_read(c, i->seg, R32(R_ESI) & i->addr_mask, size);

    op_merge(c, R_EAX, flags_mask(size), value);
}

static inline void scas_one(struct interp *c, const struct insn *i, unsigned size)
{
    uint32_t value = cpu_read(c, S_ES, R32(R_EDI) & i->addr_mask, size);

    op_do_sub(c, R32(R_EAX) & flags_mask(size), value, size);
}

static inline void cmps_one(struct interp *c, const struct insn *i, unsigned size)
{
    uint32_t a = cpu_read(c, i->seg, R32(R_ESI) & i->addr_mask, size);
    uint32_t b = cpu_read(c, S_ES, R32(R_EDI) & i->addr_mask, size);

    op_do_sub(c, a, b, size);
}

/* ---- registers ---- */

/* Adds to a pointer or count under the address size. */
void string_add(struct interp *c, const struct insn *i, enum x86_reg reg, uint32_t n)
{
    if (i->flags & INSN_ADDR32)
        R32(reg) += n;
    else
        SET16(reg, R32(reg) + n);
}

static inline void advance(struct interp *c, const struct insn *i, uint32_t n, unsigned size,
                           bool si, bool di)
{
    uint32_t bytes = c->x.eflags & FL_DF ? -(n * size) : n * size;

    if (si)
        string_add(c, i, R_ESI, bytes);
    if (di)
        string_add(c, i, R_EDI, bytes);
}

/* ---- repetition ---- */

uint32_t string_turns(const struct interp *c, const struct insn *i)
{
    uint32_t count = c->x.gpr[R_ECX] & i->addr_mask;
    int64_t left = c->budget + 1; /* the first turn is paid for */

    return left < count ? (uint32_t)left : count;
}

/* Commits n turns. */
void string_count(struct interp *c, const struct insn *i, uint32_t n)
{
    string_add(c, i, R_ECX, -n);
    c->budget -= n;
}

void string_leave(struct interp *c, const struct insn *i, bool any, bool stop)
{
    if (any)
        c->budget++; /* one turn was paid for with the block */
    c->next_eip = c->block_eip + i->offset;
    if (stop || !(R32(R_ECX) & i->addr_mask))
        c->next_eip += i->len;
}

static inline void repeat(struct interp *c, const struct insn *i, unsigned size, chunk_fn chunk,
                          void (*one)(struct interp *, const struct insn *, unsigned), bool si,
                          bool di, bool compare)
{
    uint32_t turns = string_turns(c, i), done = 0;
    bool stop = false;

    c->current = i;
    while (done < turns && !stop) {
        uint32_t n = c->x.eflags & FL_DF ? 0 : chunk(c, i, turns - done, size, &stop);

        if (!n) {
            one(c, i, size);
            stop = compare && ends(i, flag_z(c));
            n = 1;
        }
        advance(c, i, n, size, si, di);
        string_count(c, i, n);
        done += n;
        if (atomic_load_explicit(&c->events, memory_order_relaxed))
            break;
    }
    string_leave(c, i, done != 0, stop);
}

#define STRING(name, suffix, size, si, di, compare)                                                \
    OP(op_##name##_##suffix)                                                                       \
    {                                                                                              \
        if (i->flags & (INSN_REP | INSN_REPNE)) {                                                  \
            repeat(c, i, size, name##_chunk, name##_one, si, di, compare);                         \
            return;                                                                                \
        }                                                                                          \
        c->current = i;                                                                            \
        name##_one(c, i, size);                                                                    \
        advance(c, i, 1, size, si, di);                                                            \
        NEXT;                                                                                      \
    }

#define STRINGS(suffix, size)                                                                      \
    STRING(movs, suffix, size, true, true, false)                                                  \
    STRING(stos, suffix, size, false, true, false)                                                 \
    STRING(lods, suffix, size, true, false, false)                                                 \
    STRING(scas, suffix, size, false, true, true)                                                  \
    STRING(cmps, suffix, size, true, true, true)

/* clang-format off */
STRINGS(8, 1)
STRINGS(16, 2)
STRINGS(32, 4)
/* clang-format on */
