/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window: 4 GB of the host's addresses in which, while paging is off, the guest's memory lies
 * where the guest has it.  An operand then is one instruction at gs:[its linear address].
 *
 * RAM is mapped there a second time, range by range as it is touched; everything else faults. Pages
 * that hold code are read-only.  Behind the window lies its alias, where they can be written: by
 * sites that look into the map of code (below) before.  There are two windows, one with A20 off, so
 * that a guest that switches the line all the time costs nothing.
 *
 * A third one is for code at CPL 0 to 2 while paging is on (windows_paged.c).
 *
 * The map of code has a byte for eight of the guest's, which is set if a store of ten bytes there
 * can meet code.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/cpu/translate/window.h"

void *window_reserve(size_t size, int prot)
{
    void *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

bool xlat_windows_new(struct xlat *t)
{
    struct xlat_window *w = calloc(WINDOWS, sizeof(*w));

    t->windows = w;
    if (!w)
        return false;
    for (unsigned n = 0; n < WINDOWS; n++) {
        w[n].base = window_reserve(2 * WINDOW_ALIAS, PROT_NONE);
        w[n].pages = window_reserve(PAGES, PROT_READ | PROT_WRITE);
        w[n].mask = n == WINDOW_A20_OFF ? ~(1u << 20) : UINT32_MAX;
        if (!w[n].base || !w[n].pages)
            return false;
    }
    t->hole = window_reserve(WINDOW_ALIAS, PROT_NONE);
    t->base = t->hole;
    t->paged = window_paged_new();
    return t->hole && t->paged;
}

void xlat_windows_free(struct xlat *t)
{
    if (t->hole)
        munmap(t->hole, WINDOW_ALIAS);
    for (unsigned n = 0; t->windows && n < WINDOWS; n++) {
        if (t->windows[n].base)
            munmap(t->windows[n].base, 2 * WINDOW_ALIAS);
        if (t->windows[n].pages)
            munmap(t->windows[n].pages, PAGES);
    }
    window_paged_free(t->paged);
    free(t->windows);
    t->windows = NULL;
}

uint8_t *xlat_base_of(const struct xlat *t, const struct xlat_mode *mode)
{
    if (!mode->direct)
        return t->hole;
    return t->windows[mode->paging ? WINDOW_PAGED : mode->a20 != UINT32_MAX].base;
}

/* ---- taking away ---- */

/* A fresh hole over pages of a window and its alias. */
void window_unmap(struct xlat_window *w, const struct run *run)
{
    size_t size = (size_t)(run->last - run->first + 1) * MEM_PAGE;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    uint8_t *at = w->base + (size_t)run->first * MEM_PAGE;

    mmap(at, size, PROT_NONE, flags, -1, 0);
    mmap(at + WINDOW_ALIAS, size, PROT_NONE, flags, -1, 0);
    for (uint32_t n = run->first; n <= run->last; n++) {
        if (w->pages[n] == PAGE_GUARDED)
            w->guarded--;
        w->pages[n] = PAGE_NONE;
    }
}

static void unmap_all(struct xlat_window *w)
{
    for (unsigned n = 0; n < w->run_count; n++)
        window_unmap(w, &w->runs[n]);
    w->run_count = 0;
}

/* The host has no room for so many mappings: the tables will do. */
void window_give_up(struct xlat *t)
{
    for (unsigned n = 0; n < 2; n++)
        unmap_all(&t->windows[n]);
    window_paged_forget(t);
    t->windows_off = true;
}

/* The page in the memory map that a linear page of a window shows. */
static const struct mem_page *shown(struct memory *memory, uint32_t page, uint32_t mask)
{
    return mem_page(memory, page * MEM_PAGE & mask);
}

static bool as_it_was(struct memory *memory, const struct run *run, uint32_t mask)
{
    const uint8_t *host = run->host;

    for (uint32_t n = run->first; n <= run->last; n++, host += MEM_PAGE) {
        const struct mem_page *page = shown(memory, n, mask);

        if (page->read != host || (page->write == host) != run->ram)
            return false;
    }
    return true;
}

void xlat_remapped(struct interp *c)
{
    struct memory *memory = c->cpu.host.memory;
    struct xlat *t = c->xl.xlat;

    if (!t || mem_generation(memory) == t->generation)
        return;
    t->generation = mem_generation(memory);
    window_paged_forget(t);
    for (unsigned n = 0; n < 2; n++) {
        struct xlat_window *w = &t->windows[n];

        for (unsigned k = w->run_count; k-- > 0;) {
            if (as_it_was(memory, &w->runs[k], w->mask))
                continue;
            window_unmap(w, &w->runs[k]);
            w->runs[k] = w->runs[--w->run_count];
        }
    }
}

/* ---- pages with code ---- */

bool window_protect(struct xlat_window *w, uint32_t page, bool guarded)
{
    if (mprotect(w->base + (size_t)page * MEM_PAGE, MEM_PAGE,
                 guarded ? PROT_READ : PROT_READ | PROT_WRITE) < 0)
        return false;
    w->pages[page] = guarded ? PAGE_GUARDED : PAGE_WRITE;
    w->guarded += guarded ? 1u : -1u;
    return true;
}

void xlat_window_protect(struct xlat *t, uint32_t phys)
{
    for (unsigned n = 0; n < 2; n++) {
        struct xlat_window *w = &t->windows[n];
        uint32_t page[2] = { phys / MEM_PAGE, (phys ^ 1u << 20) / MEM_PAGE };

        for (unsigned k = 0; k <= n; k++) {
            if (w->pages[page[k]] != PAGE_WRITE)
                continue;
            if (w->guarded >= GUARDED_MOST || !window_protect(w, page[k], true)) {
                window_give_up(t);
                return;
            }
        }
    }
    window_paged_protect(t, phys);
}

/* ---- mapping ---- */

/* Do two neighbours lie in one range of the same kind? */
bool window_goes_on(struct memory *memory, uint32_t page, uint32_t next, uint32_t mask)
{
    const struct mem_page *a = shown(memory, page, mask), *b = shown(memory, next, mask);
    int64_t step = ((int64_t)next - page) * MEM_PAGE;

    return b->read && b->read - a->read == step && (a->read == a->write) == (b->read == b->write) &&
           mem_owner(memory, page * MEM_PAGE & mask) == mem_owner(memory, next * MEM_PAGE & mask);
}

/* The stretch of RAM or ROM around a page. */
static struct run stretch(struct memory *memory, const struct xlat_window *w, uint32_t page)
{
    struct run run = { .first = page, .last = page };
    const struct mem_page *start;

    while (run.first > 0 && w->pages[run.first - 1] == PAGE_NONE &&
           window_goes_on(memory, run.first, run.first - 1, w->mask))
        run.first--;
    while (run.last < PAGES - 1 && w->pages[run.last + 1] == PAGE_NONE &&
           window_goes_on(memory, run.last, run.last + 1, w->mask))
        run.last++;
    start = shown(memory, run.first, w->mask);
    run.host = start->read;
    run.ram = start->read == start->write;
    return run;
}

/* With an old size of 0 a shared mapping gets a second place; a private one refuses. */
bool window_twin(const struct run *run, uint8_t *at)
{
    size_t size = (size_t)(run->last - run->first + 1) * MEM_PAGE;

    return mremap((void *)run->host, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, at) != MAP_FAILED;
}

static bool map(struct interp *c, struct xlat_window *w, uint32_t page)
{
    struct run run = stretch(c->cpu.host.memory, w, page);
    uint32_t count = run.last - run.first + 1;
    uint8_t *at = w->base + (size_t)run.first * MEM_PAGE;

    if (w->run_count == RUNS)
        unmap_all(w);
    if (!window_twin(&run, at))
        return false;
    w->runs[w->run_count++] = run;
    memset(w->pages + run.first, run.ram ? PAGE_WRITE : PAGE_READ, count);
    if (!run.ram)
        return !mprotect(at, (size_t)count * MEM_PAGE, PROT_READ);
    if (!window_twin(&run, at + WINDOW_ALIAS))
        return false;
    for (uint32_t n = run.first; n <= run.last; n++)
        if (code_on_page(c, n * MEM_PAGE & w->mask) &&
            (w->guarded >= GUARDED_MOST || !window_protect(w, n, true)))
            return false;
    return true;
}

/* A page that was mapped already. */
static enum xlat_filled open_page(struct interp *c, struct xlat_window *w, uint32_t page)
{
    if (w->pages[page] != PAGE_GUARDED)
        return w->pages[page] == PAGE_WRITE ? FILL_NEW : FILL_OLD;
    if (code_on_page(c, page * MEM_PAGE & w->mask))
        return FILL_OLD;
    if (window_protect(w, page, false))
        return FILL_NEW;
    window_give_up(c->xl.xlat);
    return FILL_OLD;
}

enum xlat_filled xlat_window_fill(struct interp *c, uint32_t linear, enum xlat_way way)
{
    struct xlat *t = c->xl.xlat;
    struct memory *memory = c->cpu.host.memory;
    struct xlat_window *w = &t->windows[!mem_a20(memory)];
    uint32_t page = linear / MEM_PAGE;

    if (t->windows_off)
        return FILL_OLD;
    if (c->paging)
        return window_paged_fill(c, linear, way);
    if (w->pages[page] == PAGE_NONE) {
        if (!shown(memory, page, w->mask)->read)
            return FILL_OLD;
        if (!map(c, w, page)) {
            if (w->pages[page] != PAGE_NONE) /* half done */
                window_give_up(t);
            return FILL_OLD;
        }
    } else if (way != WAY_WRITE) {
        return way == WAY_READ ? FILL_NEW : FILL_OLD;
    }
    switch (way) {
    case WAY_READ:
        return FILL_NEW;
    case WAY_ALIAS:
        return w->pages[page] == PAGE_READ ? FILL_OLD : FILL_NEW;
    default:
        return open_page(c, w, page);
    }
}

/* ---- the map of code ---- */

static uint8_t *marks(const struct xlat *t, unsigned window, uint32_t page)
{
    return t->tables + TABLE_CODE + window * (size_t)TABLE_CODE_STRIDE +
           (page * (size_t)MEM_PAGE >> CODE_SHIFT);
}

/* Does for each place of the maps that shows a physical page: with A20 off, two or none. */
static void each_place(const struct xlat *t, uint32_t page, void (*go)(uint8_t *, int, int),
                       int from, int to)
{
    go(marks(t, 0, page), from, to);
    if (page & 0x100)
        return;
    go(marks(t, 1, page), from, to);
    go(marks(t, 1, page | 0x100), from, to);
}

static void set_marks(uint8_t *map, int from, int to)
{
    memset(map + from, CODE_MARK, (size_t)(to - from));
}

static void clear_marks(uint8_t *map, int from, int to)
{
    memset(map + from, 0, (size_t)(to - from));
}

/* A store of CODE_REACH bytes may begin before the code that it meets, and before the page. */
void xlat_covered(struct interp *c, uint32_t page, unsigned first, unsigned last)
{
    int from = ((int)first - (CODE_REACH - 1)) >> CODE_SHIFT, to = (int)last >> CODE_SHIFT;

    if (c->xl.xlat)
        each_place(c->xl.xlat, page, set_marks, from, to + 1);
}

void xlat_uncovered(struct interp *c, uint32_t page)
{
    if (c->xl.xlat)
        each_place(c->xl.xlat, page, clear_marks, 0, MEM_PAGE >> CODE_SHIFT);
}

void xlat_cover_again(struct interp *c, uint32_t page, unsigned first, unsigned last)
{
    int from = ((int)first - (CODE_REACH - 1)) >> CODE_SHIFT, to = (int)last >> CODE_SHIFT;

    if (!c->xl.xlat)
        return;
    if (from < 0) /* the marks of the page before may stay */
        from = 0;
    each_place(c->xl.xlat, page, clear_marks, from, to + 1);
    for (int n = from; n <= to; n++) {
        uint32_t at = (uint32_t)n << CODE_SHIFT, reach = (1 << CODE_SHIFT) + CODE_REACH - 1;

        if (code_covers(c, page * MEM_PAGE + at, reach < MEM_PAGE - at ? reach : MEM_PAGE - at))
            each_place(c->xl.xlat, page, set_marks, n, n + 1);
    }
    /* What the next page's first bytes mark on this one, and those of the one after A20's wrap. */
    if (code_covers(c, (page + 1) * MEM_PAGE, CODE_REACH - 1) ||
        code_covers(c, ((page + 1) & ~0x100u) * MEM_PAGE, CODE_REACH - 1))
        xlat_covered(c, page, MEM_PAGE - 1, MEM_PAGE - 1);
}
