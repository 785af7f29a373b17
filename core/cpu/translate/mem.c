/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How translated code reaches memory.
 *
 * While paging is off it goes to gs:[linear address], where memory lies as the guest has it
 * (window.c), or for stores beside code to the alias of that, after a look into the map of code.
 *
 * With paging, and for memory that the window cannot show, an access looks up its page's entry in a
 * table and goes to gs:[entry + linear address]; where the entry is empty, that lies in a part of
 * the host's address space where everything faults (table.c).  No flag is touched and nothing
 * compared: whatever is special faults.
 *
 * The page number is found by a rotation and a shift which leave the bits that make an operand
 * unaligned above it; no entry is ever made there.  So no operand runs over the end of a page, and
 * none over the end of a segment of 64 KB either, as long as its base is aligned too.  An
 * instruction that met an unaligned operand is translated again with the longer way of odd().
 *
 * Reads that must fault for other reasons than an empty entry are made in the zone behind the
 * tables: 64 KB that can be read, with nothing before and behind.
 */

#include "core/cpu/translate/emit.h"

static int32_t zone(const struct emit *e)
{
    return TABLE_ZONE - (e->mode->user ? TABLE_STRIDE : 0) - TABLES_BIAS;
}

void emit_offset(struct emit *e, const struct insn *i)
{
    int base = i->base == INSN_NOREG ? -1 : host_of(i->base);
    int index = i->index == INSN_NOREG ? -1 : host_of(i->index);

    if (base < 0 && index < 0) {
        e_mov_imm(e, H_LINEAR, i->disp & i->addr_mask);
        return;
    }
    if (i->flags & INSN_ADDR32) {
        if (index < 0 && !i->disp)
            e_mov(e, H_LINEAR, base);
        else
            e_lea(e, H_LINEAR, base, index, i->scale, (int32_t)i->disp);
        return;
    }
    if (index < 0 && !i->disp) {
        e_movzx16(e, H_LINEAR, base);
        return;
    }
    e_lea(e, H_LINEAR, base, index, 0, (int32_t)(int16_t)i->disp);
    e_movzx16(e, H_LINEAR, H_LINEAR);
}

/* Faults unless the last byte of the operand at offset r10d lies within the segment's limit. */
static void check_limit(struct emit *e, unsigned seg, unsigned size)
{
    e_load(e, H_R8, H_STATE,
           STATE(x.seg) + (int32_t)(seg * sizeof(struct x86_segment)) +
               (int32_t)offsetof(struct x86_segment, limit));
    e_lea64(e, H_R11, H_LINEAR, -1, 0, (int32_t)size - 1);
    e_not64(e, H_R11);
    e_lea64(e, H_R8, H_R8, H_R11, 0, 1); /* limit minus last */
    e_mov_imm(e, H_R11, 63);
    e_sarx(e, H_R8, H_R8, H_R11, true); /* 0 or -1 */
    e_rex(e, false, H_R8, H_R8, H_TABLES);
    e8(e, 0x8b);
    e_sib(e, H_R8, H_TABLES, H_R8, 3, zone(e));
}

/* The same where the limit is FFFFh or more and the offset has 16 bits. */
static void check_64k(struct emit *e, unsigned size)
{
    e_rex(e, false, H_R8, H_LINEAR, H_TABLES);
    e16(e, 0xb60f);
    e_sib(e, H_R8, H_TABLES, H_LINEAR, 0, zone(e) + (int32_t)size - 1);
}

/* Page number of linear address r10d into r11; faults where the operand reaches the next page. */
static void odd(struct emit *e, unsigned size)
{
    e_shrx(e, H_R11, H_LINEAR, H_TABLES);
    e_lea(e, H_R8, H_LINEAR, -1, 0, (int32_t)size - 1);
    e_shrx(e, H_R8, H_R8, H_TABLES);
    e_not64(e, H_R11);
    e_lea64(e, H_R8, H_R8, H_R11, 0, 1); /* pages between */
    e_rex(e, false, H_R8, H_R8, H_TABLES);
    e8(e, 0x8b);
    e_sib(e, H_R8, H_TABLES, H_R8, 3, zone(e) + 65536 - 8);
    e_not64(e, H_R11);
}

static void aligned(struct emit *e, unsigned size)
{
    switch (size) {
    case 1:
        e_shrx(e, H_ENTRY, H_LINEAR, H_TABLES);
        break;
    case 2:
        e_rorx(e, H_ENTRY, H_LINEAR, 1);
        e_shrx(e, H_ENTRY, H_ENTRY, H_STATE);
        break;
    default:
        e_rorx(e, H_ENTRY, H_LINEAR, 2);
        e_shr_imm(e, H_ENTRY, H_ENTRY, DWORD_SHIFT);
        break;
    }
}

/* Faults if a store at linear address r10d can meet code. */
static void check_code(struct emit *e)
{
    int32_t map = TABLE_CODE - (e->mode->user ? TABLE_STRIDE : 0) - TABLES_BIAS;

    if (e->mode->a20 != UINT32_MAX)
        map += TABLE_CODE_STRIDE;
    e_shr_imm(e, H_R8, H_LINEAR, CODE_SHIFT);
    e_rex(e, false, H_R8, H_R8, H_TABLES); /* movzx r8d, the mark */
    e16(e, 0xb60f);
    e_sib(e, H_R8, H_TABLES, H_R8, 0, map);
    e_rex(e, false, H_R8, H_R8, H_TABLES); /* eight marks take it out of the zone */
    e8(e, 0x8b);
    e_sib(e, H_R8, H_TABLES, H_R8, 3, zone(e) + 65536 - 8 * CODE_MARK);
}

/* The register with segment seg's base: r9, or r11 from now on. */
static int base_of(struct emit *e, unsigned seg)
{
    if (seg == S_SS)
        return H_STACK;
    e_load(e, H_R11, H_STATE,
           STATE(x.seg) + (int32_t)(seg * sizeof(struct x86_segment)) +
               (int32_t)offsetof(struct x86_segment, base));
    return H_R11;
}

bool emit_linear(struct emit *e, const struct insn *i, unsigned size, bool write)
{
    unsigned cls = e->mode->seg >> (4 * i->seg) & 15;
    bool wide = i->flags & INSN_ADDR32;

    if (write && (cls & SEGC_READ))
        return false;
    cls &= ~(unsigned)SEGC_READ;
    if (cls == SEGC_NONE)
        return false;
    emit_offset(e, i);
    if (cls == SEGC_LIMIT || (cls == SEGC_64K && wide))
        check_limit(e, i->seg, size);
    else if (cls == SEGC_64K && size > 1)
        check_64k(e, size);
    if (cls != SEGC_FLAT)
        e_lea(e, H_LINEAR, H_LINEAR, base_of(e, i->seg), 0, 0);
    return true;
}

/* Without paging: where the operand lies in the window. */
static void direct(struct emit *e, const struct insn *i, unsigned seg, unsigned cls, bool wide,
                   unsigned size, bool write)
{
    bool checked = write && i->site == SITE_CHECKED;
    int base = -1;

    if (cls == SEGC_LIMIT || (cls == SEGC_64K && wide))
        check_limit(e, seg, size);
    else if (cls == SEGC_64K && size > 1)
        check_64k(e, size);
    if (cls != SEGC_FLAT)
        base = base_of(e, seg);
    e->operand = (struct host_operand){ .base = H_LINEAR, .index = (int8_t)base, .low = true };
    if (!checked)
        return;
    if (base >= 0)
        e_lea(e, H_LINEAR, H_LINEAR, base, 0, 0);
    check_code(e);
    e_mov_imm64(e, H_R11, WINDOW_ALIAS);
    e->operand = (struct host_operand){ .base = H_LINEAR, .index = H_R11 };
}

static bool is_direct(const struct emit *e, const struct insn *i)
{
    return e->mode->direct && (i->site == SITE_DIRECT || i->site == SITE_CHECKED);
}

bool emit_keeps_offset(const struct emit *e, const struct insn *i, bool write)
{
    return is_direct(e, i) && !(write && i->site == SITE_CHECKED);
}

bool emit_access(struct emit *e, const struct insn *i, unsigned seg, bool wide, unsigned size,
                 bool write)
{
    unsigned cls = e->mode->seg >> (4 * seg) & 15;
    bool read_only = cls & SEGC_READ, is_odd = size > 4 || (i->site == SITE_ODD && size > 1);

    cls &= ~(unsigned)SEGC_READ;
    if (cls == SEGC_NONE || (write && read_only) || i->site == SITE_CALL)
        return false;
    if (is_direct(e, i)) {
        direct(e, i, seg, cls, wide, size, write);
        return true;
    }
    if (cls == SEGC_LIMIT || (cls == SEGC_64K && wide) || (cls == SEGC_BIG && is_odd))
        check_limit(e, seg, size);
    else if (cls == SEGC_64K && is_odd)
        check_64k(e, size);
    if (cls != SEGC_FLAT)
        e_lea(e, H_LINEAR, H_LINEAR, base_of(e, seg), 0, 0);
    if (is_odd)
        odd(e, size);
    else
        aligned(e, size);
    e_rex(e, true, H_ENTRY, H_ENTRY, H_TABLES);
    e8(e, 0x8b);
    e_sib(e, H_ENTRY, H_TABLES, H_ENTRY, 3, (write ? TABLE_WRITE : TABLE_READ) - TABLES_BIAS);
    if (e->mode->direct) { /* entries count from the hole, and gs is not there */
        e_mov_imm64(e, H_R8, (uint64_t)(e->t->hole - xlat_base_of(e->t, e->mode)));
        e_lea64(e, H_ENTRY, H_ENTRY, H_R8, 0, 0);
    }
    e->operand = (struct host_operand){ .base = H_ENTRY, .index = H_LINEAR };
    return true;
}

/* An operand that the host can address as the guest does, but for the segment's base. */
static bool as_it_is(struct emit *e, const struct insn *i, bool write)
{
    unsigned cls = e->mode->seg >> (4 * i->seg) & 15;
    int base = i->base == INSN_NOREG ? -1 : host_of(i->base);
    int index = i->index == INSN_NOREG ? -1 : host_of(i->index);
    uint8_t scale = i->scale;

    if (!is_direct(e, i) || !(i->flags & INSN_ADDR32) || (write && i->site == SITE_CHECKED) ||
        (write && (cls & SEGC_READ)))
        return false;
    cls &= ~(unsigned)SEGC_READ;
    if (cls == SEGC_BIG && (index < 0 || !i->scale) && base >= 0) {
        if (index >= 0)
            return false;
        index = base_of(e, i->seg);
        scale = 0;
    } else if (cls != SEGC_FLAT) {
        return false;
    }
    e->operand = (struct host_operand){ .base = (int8_t)base,
                                        .index = (int8_t)index,
                                        .scale = scale,
                                        .disp = (int32_t)i->disp,
                                        .low = true };
    return true;
}

bool emit_stack_operand(struct emit *e, const struct insn *i, int32_t n, unsigned size, bool write)
{
    unsigned cls = e->mode->seg >> (4 * S_SS) & 15;
    bool wide = e->mode->stack32;

    if (wide && emit_keeps_offset(e, i, write) && (cls == SEGC_FLAT || cls == SEGC_BIG)) {
        e->operand = (struct host_operand){
            .base = H_ESP, .index = cls == SEGC_FLAT ? -1 : H_STACK, .disp = n, .low = true
        };
        return true;
    }
    if (wide || n)
        e_lea(e, H_LINEAR, H_ESP, -1, 0, n);
    if (!wide)
        e_movzx16(e, H_LINEAR, n ? H_LINEAR : H_ESP);
    return emit_access(e, i, S_SS, wide, size, write);
}

bool emit_operand(struct emit *e, const struct insn *i, unsigned size, bool write)
{
    if (as_it_is(e, i, write))
        return true;
    emit_offset(e, i);
    return emit_access(e, i, i->seg, i->flags & INSN_ADDR32, size, write);
}

void emit_window(struct emit *e, bool op16, unsigned opcode, bool two, int reg)
{
    const struct host_operand *o = &e->operand;

    if (op16)
        e8(e, 0x66);
    e8(e, 0x65);
    if (o->low)
        e8(e, 0x67);
    e_rex(e, false, reg, o->index, o->base);
    if (two)
        e8(e, 0x0f);
    e8(e, opcode);
    if (o->index < 0 && o->base >= 0)
        e_mem(e, reg, o->base, o->disp);
    else
        e_sib(e, reg, o->base, o->index < 0 ? H_RSP : o->index, o->scale, o->disp);
}

void emit_load(struct emit *e, int reg, unsigned size)
{
    if (size == 4)
        emit_window(e, false, 0x8b, false, reg);
    else
        emit_window(e, false, size == 2 ? 0xb7 : 0xb6, true, reg);
}

void emit_store(struct emit *e, int reg, unsigned size)
{
    emit_window(e, size == 2, size == 1 ? 0x88 : 0x89, false, reg);
}
