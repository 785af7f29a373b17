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
                      uint32_t most, uint32_t *bytes)
{
    uint32_t linear = c->x.seg[seg].base + offset;
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    *bytes = reach(c, seg, offset, mask);
    if (most < *bytes)
        *bytes = most;
    if (!*bytes)
        return NULL;
    if (tlb_hit(e->write_tag, linear, 1))
        return (uint8_t *)(e->host + linear);
    return cpu_lin_beside_code(c, linear, *bytes);
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

/* A copy onto a following place that overlaps repeats what lies between, element by element. */
static void copy_forward(uint8_t *to, const uint8_t *from, uint32_t n, unsigned size)
{
    switch (size) {
    case 1:
        for (uint32_t k = 0; k < n; k++)
            to[k] = from[k];
        break;
    case 2:
        for (uint32_t k = 0; k < 2 * n; k += 2)
            memcpy(to + k, from + k, 2);
        break;
    default:
        for (uint32_t k = 0; k < 4 * n; k += 4)
            memcpy(to + k, from + k, 4);
        break;
    }
}

static inline uint32_t movs_chunk(struct interp *c, const struct insn *i, uint32_t most,
                                  unsigned size, bool *stop)
{
    uint32_t from_room, to_room, n;
    const uint8_t *from =
        string_read(c, i->seg, R32(R_ESI) & i->addr_mask, i->addr_mask, &from_room);
    uint8_t *to = string_write(c, S_ES, R32(R_EDI) & i->addr_mask, i->addr_mask,
                               string_bytes(most, size), &to_room);

    (void)stop;
    if (!from || !to)
        return 0;
    n = smaller(most, smaller(from_room, to_room) / size);
    if (to > from && to < from + (size_t)n * size)
        copy_forward(to, from, n, size);
    else
        memmove(to, from, (size_t)n * size);
    return n;
}

static inline uint32_t stos_chunk(struct interp *c, const struct insn *i, uint32_t most,
                                  unsigned size, bool *stop)
{
    uint32_t room, n, value = R32(R_EAX);
    uint8_t *to = string_write(c, S_ES, R32(R_EDI) & i->addr_mask, i->addr_mask,
                               string_bytes(most, size), &room);

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

static inline uint32_t lods_chunk(struct interp *c, const struct insn *i, uint32_t most,
                                  unsigned size, bool *stop)
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

static inline uint32_t scas_chunk(struct interp *c, const struct insn *i, uint32_t most,
                                  unsigned size, bool *stop)
{
    uint32_t room, n, k = 0, value, a = R32(R_EAX) & flags_mask(size);
    const uint8_t *p = string_read(c, S_ES, R32(R_EDI) & i->addr_mask, i->addr_mask, &room);
    bool want = i->flags & INSN_REPNE; /* equality ends it */

    n = p ? smaller(most, room / size) : 0;
    if (!n)
        return 0;
    if (size == 1 && want) {
        const uint8_t *at = memchr(p, (int)a, n);

        k = at ? (uint32_t)(at - p) : n;
    } else {
        while (k < n && (element(p + k * size, size) == a) != want)
            k++;
    }
    *stop = k < n;
    if (k < n)
        k++;
    value = element(p + (k - 1) * size, size);
    op_do_sub(c, a, value, size);
    return k;
}

/* How many bytes are equal from the start. */
static uint32_t equal_bytes(const uint8_t *p, const uint8_t *q, uint32_t bytes)
{
    uint32_t at = 0;
    uint64_t a, b;

    for (; at + 8 <= bytes; at += 8) {
        memcpy(&a, p + at, 8);
        memcpy(&b, q + at, 8);
        if (a != b)
            break;
    }
    while (at < bytes && p[at] == q[at])
        at++;
    return at;
}

static inline uint32_t cmps_chunk(struct interp *c, const struct insn *i, uint32_t most,
                                  unsigned size, bool *stop)
{
    uint32_t a_room, b_room, n, k = 0;
    const uint8_t *p = string_read(c, i->seg, R32(R_ESI) & i->addr_mask, i->addr_mask, &a_room);
    const uint8_t *q = string_read(c, S_ES, R32(R_EDI) & i->addr_mask, i->addr_mask, &b_room);

    n = p && q ? smaller(most, smaller(a_room, b_room) / size) : 0;
    if (!n)
        return 0;
    if (i->flags & INSN_REPNE) {
        while (k < n && element(p + k * size, size) != element(q + k * size, size))
            k++;
    } else {
        k = equal_bytes(p, q, n * size) / size;
    }
    *stop = k < n;
    if (k < n)
        k++;
    op_do_sub(c, element(p + (k - 1) * size, size), element(q + (k - 1) * size, size), size);
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

/* Inlined with constant size and functions. */
static inline __attribute__((always_inline)) void
repeat(struct interp *c, const struct insn *i, unsigned size,
       uint32_t (*chunk)(struct interp *, const struct insn *, uint32_t, unsigned, bool *),
       void (*one)(struct interp *, const struct insn *, unsigned), bool si, bool di, bool compare)
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

/* Repeated, or through all checks. */
#define STRING_SLOW(name, w, si, di, compare)                                                      \
    OP_SLOW(op_##name##_##w)                                                                       \
    {                                                                                              \
        if (i->flags & (INSN_REP | INSN_REPNE)) {                                                  \
            repeat(c, i, w / 8, name##_chunk, name##_one, si, di, compare);                        \
            return;                                                                                \
        }                                                                                          \
        c->current = i;                                                                            \
        name##_one(c, i, w / 8);                                                                   \
        advance(c, i, 1, w / 8, si, di);                                                           \
        NEXT;                                                                                      \
    }

#define ONCE          likely(!(i->flags & (INSN_REP | INSN_REPNE)))
#define SOURCE(w)     op_host_at(c, i->seg, R32(R_ESI) & i->addr_mask, w / 8, false)
#define TARGET(w, wr) op_host_at(c, S_ES, R32(R_EDI) & i->addr_mask, w / 8, wr)

/* The quick ways: once, in memory that is directly there. */
#define STRINGS(w)                                                                                 \
    STRING_SLOW(movs, w, true, true, false)                                                        \
    STRING_SLOW(stos, w, false, true, false)                                                       \
    STRING_SLOW(lods, w, true, false, false)                                                       \
    STRING_SLOW(scas, w, false, true, true)                                                        \
    STRING_SLOW(cmps, w, true, true, true)                                                         \
    OP(op_movs_##w)                                                                                \
    {                                                                                              \
        const void *from = ONCE ? SOURCE(w) : NULL;                                                \
        void *to = from ? TARGET(w, true) : NULL;                                                  \
        t##w v;                                                                                    \
        if (unlikely(!to)) {                                                                       \
            op_movs_##w##_slow(c, i);                                                              \
            return;                                                                                \
        }                                                                                          \
        memcpy(&v, from, sizeof(v));                                                               \
        memcpy(to, &v, sizeof(v));                                                                 \
        advance(c, i, 1, w / 8, true, true);                                                       \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(op_stos_##w)                                                                                \
    {                                                                                              \
        void *to = ONCE ? TARGET(w, true) : NULL;                                                  \
        t##w v = R##w(R_EAX);                                                                      \
        if (unlikely(!to)) {                                                                       \
            op_stos_##w##_slow(c, i);                                                              \
            return;                                                                                \
        }                                                                                          \
        memcpy(to, &v, sizeof(v));                                                                 \
        advance(c, i, 1, w / 8, false, true);                                                      \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(op_lods_##w)                                                                                \
    {                                                                                              \
        const void *from = ONCE ? SOURCE(w) : NULL;                                                \
        t##w v;                                                                                    \
        if (unlikely(!from)) {                                                                     \
            op_lods_##w##_slow(c, i);                                                              \
            return;                                                                                \
        }                                                                                          \
        memcpy(&v, from, sizeof(v));                                                               \
        SET##w(R_EAX, v);                                                                          \
        advance(c, i, 1, w / 8, true, false);                                                      \
        NEXT;                                                                                      \
    }                                                                                              \
    OP(op_scas_##w)                                                                                \
    {                                                                                              \
        op_scas_##w##_slow(c, i);                                                                  \
    }                                                                                              \
    OP(op_cmps_##w)                                                                                \
    {                                                                                              \
        op_cmps_##w##_slow(c, i);                                                                  \
    }

/* clang-format off */
STRINGS(8)
STRINGS(16)
STRINGS(32)
/* clang-format on */
