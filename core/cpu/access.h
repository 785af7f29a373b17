/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_ACCESS_H
#define CORE_CPU_ACCESS_H

/*
 * How instructions reach memory.  seg:offset accesses check present, rights and limit, then go
 * through the TLB; the fast path is inline, everything else is in paging.c.  `offset` is already
 * wrapped to 16 bits by the caller where the address size says so; an access that runs over FFFFh
 * in a 64 KB segment faults as the limit says.
 */

#include <string.h>

#include "core/cpu/interp.h"

/* Slow paths: any size 1, 2, 4 (8 for the x87 and MMX), any alignment, page-crossing, device
 * memory, A/D bits, code pages, data breakpoints.  Raise #PF, #AC. */
uint32_t cpu_lin_read_slow(struct interp *c, uint32_t linear, unsigned size, bool user);
void cpu_lin_write_slow(struct interp *c, uint32_t linear, uint32_t value, unsigned size,
                        bool user);
/* Raises #GP(0) or #SS(0) (for SS) if the access [offset, offset+size) is not allowed; returns
 * otherwise (expand-down, null and so on). */
void cpu_seg_check_slow(struct interp *c, enum x86_seg seg, uint32_t offset, unsigned size,
                        bool write);
/* The read of a read-modify-write: faults as a write would, before anything is read. */
uint32_t cpu_lin_read_rmw_slow(struct interp *c, uint32_t linear, unsigned size, bool user);
/* Checks (and walks, raising #PF) that a write of size bytes at linear would succeed, without
 * writing: for instructions that must not write half of their operands. */
void cpu_lin_probe_write(struct interp *c, uint32_t linear, unsigned size, bool user);

static inline bool tlb_hit(uint32_t tag, uint32_t linear, unsigned size)
{
    /* The last byte's page.  A crossing access misses by itself: the entry belongs to the first
     * page's slot and never carries the next page's tag. */
    return tag == (((linear + size - 1) & 0xfffff000u) | 1);
}

static inline uint32_t cpu_lin_read(struct interp *c, uint32_t linear, unsigned size)
{
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    if (__builtin_expect(tlb_hit(e->read_tag, linear, size), 1)) {
        const void *p = (const void *)(e->host + linear);
        uint16_t w;
        uint32_t d;

        switch (size) {
        case 1:
            return *(const uint8_t *)p;
        case 2:
            memcpy(&w, p, 2);
            return w;
        default:
            memcpy(&d, p, 4);
            return d;
        }
    }
    return cpu_lin_read_slow(c, linear, size, c->cpl == 3);
}

static inline void cpu_lin_write(struct interp *c, uint32_t linear, uint32_t value, unsigned size)
{
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    if (__builtin_expect(tlb_hit(e->write_tag, linear, size), 1)) {
        void *p = (void *)(e->host + linear);
        uint16_t w = (uint16_t)value;

        switch (size) {
        case 1:
            *(uint8_t *)p = (uint8_t)value;
            break;
        case 2:
            memcpy(p, &w, 2);
            break;
        default:
            memcpy(p, &value, 4);
            break;
        }
        return;
    }
    cpu_lin_write_slow(c, linear, value, size, c->cpl == 3);
}

/* Host address of [linear, linear + len) inside one page that has no direct writes only because of
 * decoded code, if none of it lies in the range; else NULL. */
uint8_t *cpu_lin_beside_code(struct interp *c, uint32_t linear, uint32_t len);

/* First half of a read-modify-write: a page that may not be written faults here, as a write. */
static inline uint32_t cpu_lin_read_rmw(struct interp *c, uint32_t linear, unsigned size)
{
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    if (__builtin_expect(tlb_hit(e->write_tag, linear, size), 1)) {
        const void *p = (const void *)(e->host + linear);
        uint16_t w;
        uint32_t d;

        switch (size) {
        case 1:
            return *(const uint8_t *)p;
        case 2:
            memcpy(&w, p, 2);
            return w;
        default:
            memcpy(&d, p, 4);
            return d;
        }
    }
    return cpu_lin_read_rmw_slow(c, linear, size, c->cpl == 3);
}

/* Fast test for the common segment: usable, expand-up, within the limit. */
static inline void cpu_seg_check(struct interp *c, enum x86_seg seg, uint32_t offset, unsigned size,
                                 bool write)
{
    const struct x86_segment *s = &c->x.seg[seg];

    /* In real mode the attributes are those of a present, writable data segment. */
    bool plain = (s->attr & (SEG_NULL | SEG_P | SEG_S | SEG_CODE | SEG_EC | SEG_W)) ==
                 (SEG_P | SEG_S | SEG_W);

    if (__builtin_expect(plain && offset <= s->limit && size - 1 <= s->limit - offset, 1))
        return;
    cpu_seg_check_slow(c, seg, offset, size, write);
}

static inline uint32_t cpu_read(struct interp *c, enum x86_seg seg, uint32_t offset, unsigned size)
{
    cpu_seg_check(c, seg, offset, size, false);
    return cpu_lin_read(c, c->x.seg[seg].base + offset, size);
}

static inline void cpu_write(struct interp *c, enum x86_seg seg, uint32_t offset, uint32_t value,
                             unsigned size)
{
    cpu_seg_check(c, seg, offset, size, true);
    cpu_lin_write(c, c->x.seg[seg].base + offset, value, size);
}

static inline uint32_t cpu_read_rmw(struct interp *c, enum x86_seg seg, uint32_t offset,
                                    unsigned size)
{
    cpu_seg_check(c, seg, offset, size, true);
    return cpu_lin_read_rmw(c, c->x.seg[seg].base + offset, size);
}

/* 8 and 10 bytes and more (x87, MMX, FXSAVE): checked as one access, then moved; a write that would
 * fault in its second page writes nothing. */
void cpu_read_bytes(struct interp *c, enum x86_seg seg, uint32_t offset, void *buf, unsigned size);
void cpu_write_bytes(struct interp *c, enum x86_seg seg, uint32_t offset, const void *buf,
                     unsigned size);

/* System structures (descriptors, TSS, IDT): always supervisor rights. */
uint32_t cpu_sys_read(struct interp *c, uint32_t linear, unsigned size);
void cpu_sys_write(struct interp *c, uint32_t linear, uint32_t value, unsigned size);

/* ---- breakpoints (debug.c) ---- */
/* DR6 bits of the enabled code breakpoints at this linear address; the run loop asks while
 * dr7_armed and EFLAGS.RF is clear. */
uint32_t cpu_debug_code(const struct interp *c, uint32_t linear);
/* Data access (write or read): notes matches in db_pending. */
void cpu_debug_data(struct interp *c, uint32_t linear, unsigned size, bool write);
/* Port access, with CR4.DE. */
void cpu_debug_io(struct interp *c, uint16_t port, unsigned size);
/* Is an enabled data breakpoint inside this linear page? */
bool cpu_debug_page(const struct interp *c, uint32_t linear);
/* After any change of DR0-DR3, DR7, CR4.DE. */
void cpu_debug_update(struct interp *c);

#endif
