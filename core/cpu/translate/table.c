/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page tables that translated code looks through: for reads and for writes, for supervisor and
 * user, an entry of eight bytes for each of the 2^20 linear pages (and room for the numbers that
 * unaligned operands make, where nothing ever is).
 *
 * An entry plus the linear address plus the hole's is the host's address.  An empty entry so leads
 * into the hole, 4 GB where nothing is mapped.
 *
 * While paging is on they are filled from the interpreter's TLB, which is smaller: a page stays
 * when the TLB needs its place for another one.  Else they are filled from the memory map as pages
 * are touched.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/cpu/translate/xlat.h"
#include "core/memory.h"

enum { FILLED_MOST = 65536, BUDGET_BEFORE = XLAT_BELOW, BUDGET_ROOM = XLAT_CHUNK + 4096 };

static uint64_t *entry_of(const struct xlat *t, bool user, bool write, uint32_t linear)
{
    uint8_t *table = t->tables + (user ? TABLE_STRIDE : 0) + (write ? TABLE_WRITE : TABLE_READ);

    return (uint64_t *)table + (linear >> 12);
}

bool xlat_tables_new(struct xlat *t)
{
    t->filled = malloc(FILLED_MOST * sizeof(*t->filled));
    t->tables =
        mmap(NULL, TABLE_END, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (t->tables == MAP_FAILED)
        t->tables = NULL;
    t->budget = mmap(NULL, BUDGET_BEFORE + BUDGET_ROOM, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (t->budget == MAP_FAILED)
        t->budget = NULL;
    else
        t->budget += BUDGET_BEFORE;
    return t->filled && t->tables && t->budget && !mprotect(t->budget, BUDGET_ROOM, PROT_READ) &&
           !mprotect(t->tables, 2 * TABLE_STRIDE, PROT_READ | PROT_WRITE) &&
           !mprotect(t->tables + TABLE_ZONE, 65536, PROT_READ) &&
           !mprotect(t->tables + TABLE_CODE - 65536, TABLE_END - TABLE_CODE + 65536,
                     PROT_READ | PROT_WRITE);
}

void xlat_tables_free(struct xlat *t)
{
    free(t->filled);
    if (t->tables)
        munmap(t->tables, TABLE_END);
    if (t->budget)
        munmap(t->budget - BUDGET_BEFORE, BUDGET_BEFORE + BUDGET_ROOM);
}

/* ---- emptying ---- */

static void empty(struct xlat *t, bool user, uint32_t linear)
{
    *entry_of(t, user, false, linear) = 0;
    *entry_of(t, user, true, linear) = 0;
}

/* Pages in use before the tables were emptied are likely to be in use again. */
static void remember(struct xlat *t)
{
    unsigned count = t->filled_count < XLAT_RECENT ? t->filled_count : XLAT_RECENT;

    if (!count)
        return;
    memcpy(t->recent, t->filled + t->filled_count - count, count * sizeof(*t->recent));
    t->recent_count = count;
}

static void empty_all(struct xlat *t)
{
    remember(t);
    for (uint32_t n = 0; n < t->filled_count; n++)
        empty(t, t->filled[n] & 1, t->filled[n] & ~1u);
    t->filled_count = 0;
}

/* All but the pages that stay in the TLB. */
static void empty_local(struct interp *c)
{
    struct xlat *t = c->xl.xlat;
    uint32_t kept = 0;

    remember(t);
    for (uint32_t n = 0; n < t->filled_count; n++) {
        uint32_t linear = t->filled[n] & ~1u;
        const struct tlb_entry *e = &c->tlbs[t->filled[n] & 1][linear >> 12 & (TLB_SIZE - 1)];

        if (e->walk_tag == (linear | 1) && (e->walk_bits & WALK_GLOBAL))
            t->filled[kept++] = t->filled[n];
        else
            empty(t, t->filled[n] & 1, linear);
    }
    t->filled_count = kept;
}

void xlat_tlb_flush(struct interp *c, bool global_too)
{
    struct xlat *t = c->xl.xlat;

    if (!t)
        return;
    if (global_too || !c->paging)
        empty_all(t);
    else
        empty_local(c);
    if (t->doubt < 1 + global_too)
        t->doubt = 1 + global_too;
}

void xlat_tlb_drop(struct interp *c, uint32_t linear, bool large)
{
    struct xlat *t = c->xl.xlat;
    uint32_t first = large ? linear & 0xffc00000 : linear, count = large ? 1024 : 1;

    for (uint32_t n = 0; t && n < count; n++) {
        empty(t, false, first + n * MEM_PAGE);
        empty(t, true, first + n * MEM_PAGE);
    }
}

void xlat_tlb_protect(struct interp *c, uint32_t phys)
{
    struct xlat *t = c->xl.xlat;
    const uint8_t *host;

    if (!t)
        return;
    xlat_window_protect(t, phys);
    if (!c->paging) { /* A20 off makes two places of one */
        for (unsigned user = 0; user < 2; user++) {
            *entry_of(t, user, true, phys) = 0;
            *entry_of(t, user, true, phys ^ 1 << 20) = 0;
        }
        return;
    }
    host = mem_page(c->cpu.host.memory, phys)->write;
    for (uint32_t n = 0; host && n < t->filled_count; n++) {
        uint32_t linear = t->filled[n] & ~1u;
        uint64_t *entry = entry_of(t, t->filled[n] & 1, true, linear);

        if (*entry && *entry + (uintptr_t)t->hole + linear == (uintptr_t)host)
            *entry = 0;
    }
}

/* ---- filling ---- */

static bool set(struct xlat *t, bool user, bool write, uint32_t linear, const uint8_t *host)
{
    uint64_t *entry = entry_of(t, user, write, linear);

    if (*entry)
        return false;
    if (!*entry_of(t, user, !write, linear)) {
        if (t->filled_count == FILLED_MOST)
            empty_all(t);
        t->filled[t->filled_count++] = (linear & ~0xfffu) | user;
    }
    *entry = (uintptr_t)host - (uintptr_t)t->hole - (linear & ~0xfffu);
    return true;
}

/* From the memory map. */
static enum xlat_filled fill_flat(struct interp *c, uint32_t linear)
{
    struct memory *memory = c->cpu.host.memory;
    uint32_t phys = linear & mem_cpu_mask(memory);
    const struct mem_page *page = mem_page(memory, phys);
    bool done = false, user = c->cpl == 3;

    if (page->read)
        done = set(c->xl.xlat, user, false, linear, page->read);
    if (page->read && page->write == page->read && !code_on_page(c, phys))
        done |= set(c->xl.xlat, user, true, linear, page->write);
    return done ? FILL_NEW : FILL_OLD;
}

static bool set_from(struct interp *c, const struct tlb_entry *e, uint32_t linear)
{
    uint32_t tag = (linear & ~0xfffu) | 1;
    const uint8_t *host = (const uint8_t *)(e->host + (linear & ~0xfffu));
    bool done = false, user = c->cpl == 3;

    if (e->read_tag == tag)
        done = set(c->xl.xlat, user, false, linear, host);
    if (e->write_tag == tag)
        done |= set(c->xl.xlat, user, true, linear, host);
    return done;
}

void xlat_refill(struct interp *c)
{
    struct xlat *t = c->xl.xlat;
    unsigned count = t->recent_count;

    t->recent_count = 0;
    for (unsigned n = 0; n < count; n++) {
        uint32_t linear = t->recent[n] & ~0xfffu;
        const struct tlb_entry *e;

        if ((t->recent[n] & 1) != (c->cpl == 3))
            continue;
        e = tlb_look_again(c, linear);
        if (e)
            set_from(c, e, linear);
    }
}

/* From the TLB, which walks for it. */
static enum xlat_filled fill_paged(struct interp *c, uint32_t linear, bool write)
{
    const struct tlb_entry *e;
    const struct mem_page *page;

    e = tlb_look_up(c, linear, write);
    if (!e)
        return FILL_LATER;
    if (set_from(c, e, linear))
        return FILL_NEW;
    page = mem_page(c->cpu.host.memory, e->phys);
    if (!page->read || page->write != page->read || code_on_page(c, e->phys))
        return FILL_OLD;
    return FILL_LATER; /* not yet dirty, or not to be written at all */
}

enum xlat_filled xlat_fill(struct interp *c, uint32_t linear, bool write)
{
    return c->paging ? fill_paged(c, linear, write) : fill_flat(c, linear);
}
