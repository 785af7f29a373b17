/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linear memory: TLB, page walk and the slow paths of every access.
 *
 * Source: Intel 64 and IA-32 Architectures SDM volume 3, chapter 4 (32-bit paging), 4.8 (accessed
 * and dirty flags), 4.10 (TLB rules), 17.2 (data breakpoints).
 *
 * An entry that says no is never believed: permissions that fail in the TLB are walked again, so
 * software that grants rights without INVLPG is served as on processors that re-walk.
 *
 * Not modelled: PAE, PSE-36 (no CPU of the legacy boards reports them), caching attributes (PCD,
 * PWT).
 */

#include <string.h>

#include "core/cpu/access.h"
#include "core/memory.h"

enum {
    PTE_P = 1 << 0,
    PTE_W = 1 << 1,
    PTE_U = 1 << 2,
    PTE_A = 1 << 5,
    PTE_D = 1 << 6,
    PDE_PS = 1 << 7,
    PTE_G = 1 << 8,
    PDE_LARGE_RSVD = 0x003ff000,
    /* Further bits of walk_bits */
    WALK_RAM = 1 << 16,   /* `host` may be written, tags or not */
    WALK_LARGE = 1 << 17, /* from a 4 MB page */
};

enum { PF_P = 1, PF_W = 2, PF_U = 4, PF_RSVD = 8 };

#define PAGE_MASK 0xfffff000u

static uint32_t page_tag(uint32_t linear)
{
    return (linear & PAGE_MASK) | 1;
}

static bool crosses(uint32_t linear, unsigned size)
{
    return (linear & 0xfff) + size > MEM_PAGE;
}

/* ---- the page tables ---- */

static uint32_t table_read(struct interp *c, uint32_t phys)
{
    struct memory *memory = c->cpu.host.memory;
    const uint8_t *page;
    uint32_t value;

    phys &= mem_cpu_mask(memory); /* entries are aligned */
    page = mem_page(memory, phys)->read;
    if (!page)
        return mem_read(memory, phys, 4);
    memcpy(&value, page + (phys & 0xfff), 4);
    return value;
}

static void table_write(struct interp *c, uint32_t phys, uint32_t value)
{
    struct memory *memory = c->cpu.host.memory;

    phys &= mem_cpu_mask(memory);
    if (code_on_page(c, phys))
        code_written(c, phys, 4);
    mem_write(memory, phys, value, 4);
}

/* May the access happen under these rights (PTE_U, PTE_W of all levels combined)? */
static bool allowed(const struct interp *c, uint32_t rights, bool user, bool write)
{
    if (user && !(rights & PTE_U))
        return false;
    return !write || (rights & PTE_W) || (!user && !(c->x.cr0 & CR0_WP));
}

/* Translates under CR3; sets the accessed and dirty bits; returns walk_bits.  Nothing is written to
 * the tables unless the access is allowed. */
static uint32_t walk(struct interp *c, uint32_t linear, bool user, bool write, uint32_t *phys)
{
    uint32_t code = (write ? PF_W : 0) | (user ? PF_U : 0);
    uint32_t pde_at = (c->x.cr3 & PAGE_MASK) | (linear >> 20 & 0xffc);
    uint32_t pde = table_read(c, pde_at);
    uint32_t pte_at, pte, want = PTE_A | (write ? PTE_D : 0);

    if (!(pde & PTE_P))
        cpu_raise_page(c, linear, code);
    if ((pde & PDE_PS) && (c->x.cr4 & CR4_PSE)) {
        if (pde & PDE_LARGE_RSVD)
            cpu_raise_page(c, linear, code | PF_P | PF_RSVD);
        if (!allowed(c, pde, user, write))
            cpu_raise_page(c, linear, code | PF_P);
        if ((pde & want) != want)
            table_write(c, pde_at, pde |= want);
        *phys = (pde & 0xffc00000) | (linear & 0x003ff000);
        return (pde & (PTE_W | PTE_U | PTE_D | PTE_G)) | WALK_LARGE;
    }
    pte_at = (pde & PAGE_MASK) | (linear >> 10 & 0xffc);
    pte = table_read(c, pte_at);
    if (!(pte & PTE_P))
        cpu_raise_page(c, linear, code);
    if (!allowed(c, pde & pte, user, write))
        cpu_raise_page(c, linear, code | PF_P);
    if (!(pde & PTE_A)) {
        table_write(c, pde_at, pde | PTE_A);
        /* A directory may map itself: see the bit just set. */
        pte = table_read(c, pte_at);
    }
    if ((pte & want) != want)
        table_write(c, pte_at, pte |= want);
    *phys = pte & PAGE_MASK;
    return (pde & pte & (PTE_W | PTE_U)) | (pte & (PTE_D | PTE_G));
}

/* ---- TLB ---- */

static bool tlb_writable(const struct interp *c, const struct tlb_entry *e, bool user)
{
    return (e->walk_bits & PTE_D) && allowed(c, e->walk_bits, user, true);
}

/* Sets the direct tags as far as page, rights and breakpoints allow. */
static void tlb_open(struct interp *c, struct tlb_entry *e, uint32_t linear, bool user)
{
    const struct mem_page *page = mem_page(c->cpu.host.memory, e->phys);
    uint8_t *host = page->read ? page->read : page->write;

    if (!host)
        return;
    e->host = (uintptr_t)host - (linear & PAGE_MASK);
    if (page->write == host)
        e->walk_bits |= WALK_RAM;
    if (c->dr7_armed && cpu_debug_page(c, linear))
        return;
    if (page->read)
        e->read_tag = page_tag(linear);
    if (page->write == host && tlb_writable(c, e, user) && !code_on_page(c, e->phys))
        e->write_tag = page_tag(linear);
}

/* The entry for an access, walked if need be; raises #PF. */
static struct tlb_entry *translate(struct interp *c, uint32_t linear, bool user, bool write)
{
    struct tlb_entry *e = &c->tlbs[user][linear >> 12 & (TLB_SIZE - 1)];
    uint32_t phys = linear & PAGE_MASK, bits = PTE_W | PTE_U | PTE_D;

    if (e->walk_tag == page_tag(linear) && (!write || tlb_writable(c, e, user)))
        return e;
    if (c->paging)
        bits = walk(c, linear, user, write, &phys);
    if (!(c->x.cr4 & CR4_PGE))
        bits &= ~(uint32_t)PTE_G;
    if (bits & WALK_LARGE)
        c->tlb_large = true;
    *e = (struct tlb_entry){
        .walk_tag = page_tag(linear),
        .walk_bits = bits,
        .phys = phys & mem_cpu_mask(c->cpu.host.memory),
    };
    tlb_open(c, e, linear, user);
    return e;
}

/* Would translate() raise? */
static bool faults(struct interp *c, uint32_t linear, bool user, bool write)
{
    uint32_t pde = table_read(c, (c->x.cr3 & PAGE_MASK) | (linear >> 20 & 0xffc)), pte;

    if (!(pde & PTE_P))
        return true;
    if ((pde & PDE_PS) && (c->x.cr4 & CR4_PSE))
        return (pde & PDE_LARGE_RSVD) || !allowed(c, pde, user, write);
    pte = table_read(c, (pde & PAGE_MASK) | (linear >> 10 & 0xffc));
    return !(pte & PTE_P) || !allowed(c, pde & pte, user, write);
}

const struct tlb_entry *tlb_look_again(struct interp *c, uint32_t linear)
{
    uint32_t pde = table_read(c, (c->x.cr3 & PAGE_MASK) | (linear >> 20 & 0xffc)), pte;
    const uint32_t want = PTE_P | PTE_A;
    bool user = c->cpl == 3;

    if ((pde & want) != want || ((pde & PDE_PS) && (c->x.cr4 & CR4_PSE)))
        return NULL;
    pte = table_read(c, (pde & PAGE_MASK) | (linear >> 10 & 0xffc));
    if ((pte & want) != want || !allowed(c, pde & pte, user, false))
        return NULL;
    return translate(c, linear, user, false);
}

bool tlb_peek(struct interp *c, uint32_t linear, bool write, struct tlb_peek *found)
{
    uint32_t pde = table_read(c, (c->x.cr3 & PAGE_MASK) | (linear >> 20 & 0xffc)), pte = pde;
    bool large = (pde & PDE_PS) && (c->x.cr4 & CR4_PSE);
    uint32_t want = PTE_P | PTE_A;

    if ((pde & want) != want)
        return false;
    if (!large)
        pte = table_read(c, (pde & PAGE_MASK) | (linear >> 10 & 0xffc));
    else if (pde & PDE_LARGE_RSVD)
        return false;
    want |= write ? PTE_D : 0;
    found->phys = large ? (pde & 0xffc00000) | (linear & 0x003ff000) : pte & PAGE_MASK;
    found->phys &= mem_cpu_mask(c->cpu.host.memory);
    found->large = large;
    found->global = (pte & PTE_G) && (c->x.cr4 & CR4_PGE);
    return (pte & want) == want && allowed(c, pde & pte, c->cpl == 3, write);
}

const struct tlb_entry *tlb_look_up(struct interp *c, uint32_t linear, bool write)
{
    bool user = c->cpl == 3;

    if (c->paging && faults(c, linear, user, write))
        return NULL;
    return translate(c, linear, user, write);
}

void tlb_flush(struct interp *c, bool global_too)
{
    global_too |= !(c->x.cr4 & CR4_PGE);
    xlat_tlb_flush(c, global_too);
    if (global_too) {
        memset(c->tlbs, 0, sizeof(c->tlbs));
        c->tlb_large = false;
        return;
    }
    for (unsigned t = 0; t < 2; t++) {
        for (unsigned i = 0; i < TLB_SIZE; i++) {
            if (!(c->tlbs[t][i].walk_bits & PTE_G))
                c->tlbs[t][i] = (struct tlb_entry){ 0 };
        }
    }
}

void tlb_flush_page(struct interp *c, uint32_t linear)
{
    unsigned slot = linear >> 12 & (TLB_SIZE - 1);

    xlat_tlb_drop(c, linear, c->tlb_large);
    xlat_window_drop(c, linear);
    for (unsigned t = 0; t < 2; t++) {
        if (c->tlbs[t][slot].walk_tag == page_tag(linear))
            c->tlbs[t][slot] = (struct tlb_entry){ 0 };
        for (unsigned i = 0; c->tlb_large && i < TLB_SIZE; i++) {
            struct tlb_entry *e = &c->tlbs[t][i];

            if ((e->walk_bits & WALK_LARGE) && (e->walk_tag ^ linear) >> 22 == 0)
                *e = (struct tlb_entry){ 0 };
        }
    }
}

static void protect(struct tlb_entry *e, uint32_t phys)
{
    if (((e->phys ^ phys) & PAGE_MASK) == 0)
        e->write_tag = 0;
}

void tlb_protect_phys(struct interp *c, uint32_t phys)
{
    xlat_tlb_protect(c, phys);
    for (unsigned t = 0; t < 2; t++) {
        for (unsigned i = 0; c->paging && i < TLB_SIZE; i++)
            protect(&c->tlbs[t][i], phys);
        if (!c->paging) {
            /* Linear is physical but for A20: the page can only be in two places. */
            protect(&c->tlbs[t][phys >> 12 & (TLB_SIZE - 1)], phys);
            protect(&c->tlbs[t][(phys ^ 1 << 20) >> 12 & (TLB_SIZE - 1)], phys);
        }
    }
}

uint32_t cpu_fetch_phys(struct interp *c, uint32_t linear)
{
    return translate(c, linear, c->cpl == 3, false)->phys | (linear & 0xfff);
}

/* ---- slow accesses ---- */

/* #AC where the operand is not aligned; `align` is a power of two.  Before the page is looked at,
 * as processors do. */
static void check_align(struct interp *c, uint32_t linear, unsigned align, bool user)
{
    if ((linear & (align - 1)) && user && (c->x.cr0 & CR0_AM) && (c->x.eflags & FL_AC))
        cpu_raise_code(c, EXC_AC, 0);
}

static uint32_t load(struct interp *c, const struct tlb_entry *e, uint32_t linear, unsigned size)
{
    return mem_read(c->cpu.host.memory, e->phys | (linear & 0xfff), size);
}

/* One store inside a page that may be written. */
static void store(struct interp *c, struct tlb_entry *e, uint32_t linear, uint32_t value,
                  unsigned size)
{
    uint32_t phys = e->phys | (linear & 0xfff);

    if (code_on_page(c, phys))
        code_written(c, phys, size);
    else if ((e->walk_bits & WALK_RAM) && !(c->dr7_armed && cpu_debug_page(c, linear)))
        e->write_tag = page_tag(linear);
    if (e->walk_bits & WALK_RAM)
        memcpy((void *)(e->host + linear), &value, size);
    else
        mem_write(c->cpu.host.memory, phys, value, size);
}

uint8_t *cpu_lin_beside_code(struct interp *c, uint32_t linear, uint32_t len)
{
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    if (e->walk_tag != page_tag(linear) || !(e->walk_bits & WALK_RAM) ||
        !tlb_writable(c, e, c->cpl == 3) || c->dr7_armed ||
        code_covers(c, e->phys | (linear & 0xfff), len))
        return NULL;
    return (uint8_t *)(e->host + linear);
}

/* Where an access lies: its page, and for a crossing one also the next page, both checked. */
static struct tlb_entry *translate_all(struct interp *c, uint32_t linear, unsigned size, bool user,
                                       bool write)
{
    struct tlb_entry *e = translate(c, linear, user, write);

    if (crosses(linear, size))
        translate(c, (linear | 0xfff) + 1, user, write);
    return e;
}

uint32_t cpu_lin_read_slow(struct interp *c, uint32_t linear, unsigned size, bool user)
{
    struct tlb_entry *e;
    uint32_t value = 0;

    check_align(c, linear, size, user);
    e = translate_all(c, linear, size, user, false);
    if (c->dr7_armed)
        cpu_debug_data(c, linear, size, false);
    if (!crosses(linear, size))
        return load(c, e, linear, size);
    for (unsigned i = 0; i < size; i++)
        value |= load(c, translate(c, linear + i, user, false), linear + i, 1) << (8 * i);
    return value;
}

void cpu_lin_write_slow(struct interp *c, uint32_t linear, uint32_t value, unsigned size, bool user)
{
    struct tlb_entry *e;

    check_align(c, linear, size, user);
    e = translate_all(c, linear, size, user, true);
    if (c->dr7_armed)
        cpu_debug_data(c, linear, size, true);
    if (!crosses(linear, size)) {
        store(c, e, linear, value, size);
        return;
    }
    for (unsigned i = 0; i < size; i++)
        store(c, translate(c, linear + i, user, true), linear + i, value >> (8 * i) & 0xff, 1);
}

uint32_t cpu_lin_read_rmw_slow(struct interp *c, uint32_t linear, unsigned size, bool user)
{
    check_align(c, linear, size, user);
    translate_all(c, linear, size, user, true);
    return cpu_lin_read_slow(c, linear, size, user);
}

/* ---- long operands ---- */

/* Natural alignment of x87 and MMX operands: quadwords and 80-bit reals 8, FXSAVE 16, images of the
 * environment as their parts. */
static unsigned long_align(unsigned size)
{
    switch (size) {
    case 8:
    case 10:
        return 8;
    case 512:
        return 16;
    case 28:
    case 108:
        return 4;
    default:
        return (size & -size) < 8 ? size & -size : 8;
    }
}

void cpu_lin_probe_write(struct interp *c, uint32_t linear, unsigned size, bool user)
{
    check_align(c, linear, long_align(size), user);
    translate_all(c, linear, size, user, true);
}

/* The next piece of a long operand: as large as the bus likes it, never over the end of a page. */
static unsigned piece(uint32_t linear, unsigned left)
{
    if (left >= 4 && (linear & 0xfff) <= 0xffc)
        return 4;
    if (left >= 2 && (linear & 0xfff) <= 0xffe)
        return 2;
    return 1;
}

void cpu_read_bytes(struct interp *c, enum x86_seg seg, uint32_t offset, void *buf, unsigned size)
{
    uint32_t linear = c->x.seg[seg].base + offset;
    bool user = c->cpl == 3;
    uint8_t *out = buf;

    cpu_seg_check(c, seg, offset, size, false);
    if (tlb_hit(c->tlb[linear >> 12 & (TLB_SIZE - 1)].read_tag, linear, size)) {
        memcpy(buf, (const void *)(c->tlb[linear >> 12 & (TLB_SIZE - 1)].host + linear), size);
        return;
    }
    check_align(c, linear, long_align(size), user);
    translate_all(c, linear, size, user, false);
    if (c->dr7_armed)
        cpu_debug_data(c, linear, size, false);
    for (unsigned n; size; size -= n, linear += n, out += n) {
        n = piece(linear, size);
        uint32_t value = load(c, translate(c, linear, user, false), linear, n);

        memcpy(out, &value, n);
    }
}

void cpu_write_bytes(struct interp *c, enum x86_seg seg, uint32_t offset, const void *buf,
                     unsigned size)
{
    uint32_t linear = c->x.seg[seg].base + offset;
    bool user = c->cpl == 3;
    const uint8_t *in = buf;

    cpu_seg_check(c, seg, offset, size, true);
    if (tlb_hit(c->tlb[linear >> 12 & (TLB_SIZE - 1)].write_tag, linear, size)) {
        memcpy((void *)(c->tlb[linear >> 12 & (TLB_SIZE - 1)].host + linear), buf, size);
        return;
    }
    check_align(c, linear, long_align(size), user);
    translate_all(c, linear, size, user, true);
    if (c->dr7_armed)
        cpu_debug_data(c, linear, size, true);
    for (unsigned n; size; size -= n, linear += n, in += n) {
        uint32_t value = 0;

        n = piece(linear, size);
        memcpy(&value, in, n);
        store(c, translate(c, linear, user, true), linear, value, n);
    }
}

/* ---- system structures ---- */

uint32_t cpu_sys_read(struct interp *c, uint32_t linear, unsigned size)
{
    const struct tlb_entry *e = &c->tlbs[0][linear >> 12 & (TLB_SIZE - 1)];
    uint32_t value = 0;

    if (!tlb_hit(e->read_tag, linear, size))
        return cpu_lin_read_slow(c, linear, size, false);
    memcpy(&value, (const void *)(e->host + linear), size);
    return value;
}

void cpu_sys_write(struct interp *c, uint32_t linear, uint32_t value, unsigned size)
{
    const struct tlb_entry *e = &c->tlbs[0][linear >> 12 & (TLB_SIZE - 1)];

    if (tlb_hit(e->write_tag, linear, size))
        memcpy((void *)(e->host + linear), &value, size);
    else
        cpu_lin_write_slow(c, linear, value, size, false);
}
