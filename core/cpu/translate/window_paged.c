/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window while paging is on, for code at CPL 0 to 2: linear memory as the page tables have it.
 *
 * Pages are mapped as they are touched, 4 MB pages as a whole.  When the TLB is flushed they stay,
 * but before translated code runs again the page tables are asked whether a walk would find the
 * same: a processor's TLB might have been filled right after the flush just as well.  A page that
 * has moved is left to the tables (table.c) from then on, as it is likely to be a process's.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/cpu/translate/window.h"

enum { VIEWS = 8192 };

/* A page, or a stretch of a 4 MB page, as it is mapped. */
struct view {
    struct run run;
    uint32_t phys; /* of its first page */
    bool write, global, large;
};

struct window_paged {
    unsigned count, large; /* views, and those of 4 MB pages */
    struct view views[VIEWS];
    uint16_t *of_page; /* number of a page's view, plus one */
};

struct window_paged *window_paged_new(void)
{
    struct window_paged *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->of_page = window_reserve(PAGES * sizeof(*p->of_page), PROT_READ | PROT_WRITE);
    if (p->of_page)
        return p;
    free(p);
    return NULL;
}

void window_paged_free(struct window_paged *p)
{
    if (!p)
        return;
    munmap(p->of_page, PAGES * sizeof(*p->of_page));
    free(p);
}

static struct xlat_window *window_of(const struct xlat *t)
{
    return &t->windows[WINDOW_PAGED];
}

static void number(struct window_paged *p, unsigned n, unsigned value)
{
    const struct run *run = &p->views[n].run;

    for (uint32_t page = run->first; page <= run->last; page++)
        p->of_page[page] = (uint16_t)value;
}

static void drop(struct xlat *t, unsigned n, uint8_t becomes)
{
    struct window_paged *p = t->paged;
    struct run gone = p->views[n].run;

    window_unmap(window_of(t), &gone);
    p->large -= p->views[n].large;
    number(p, n, 0);
    memset(window_of(t)->pages + gone.first, becomes, gone.last - gone.first + 1);
    if (n != --p->count) {
        p->views[n] = p->views[p->count];
        number(p, n, n + 1);
    }
}

void window_paged_forget(struct xlat *t)
{
    struct xlat_window *w = window_of(t);

    if (!t->paged)
        return;
    while (t->paged->count)
        drop(t, t->paged->count - 1, PAGE_NONE);
    madvise(w->pages, PAGES, MADV_DONTNEED); /* those left to the tables may try again */
}

void xlat_window_drop(struct interp *c, uint32_t linear)
{
    struct xlat *t = c->xl.xlat;
    uint32_t page = linear / MEM_PAGE;
    unsigned n;

    if (!t)
        return;
    n = t->paged->of_page[page];
    if (n)
        drop(t, n - 1, PAGE_NONE);
    if (!t->paged->large)
        return;
    page &= ~1023u; /* all of a 4 MB page goes */
    for (unsigned k = 0; k < 1024; k++) {
        n = t->paged->of_page[page + k];
        if (n && t->paged->views[n - 1].large)
            drop(t, n - 1, PAGE_NONE);
    }
}

/* Is it what a walk would find? */
static bool holds(struct interp *c, const struct view *view, bool *moved)
{
    struct tlb_peek found;

    *moved = !tlb_peek(c, view->run.first * MEM_PAGE, false, &found) || found.phys != view->phys ||
             found.large != view->large;
    if (*moved)
        return false;
    return !view->write || tlb_peek(c, view->run.first * MEM_PAGE, true, &found);
}

void xlat_window_verify(struct interp *c)
{
    struct xlat *t = c->xl.xlat;
    struct window_paged *p = t->paged;
    bool all = t->doubt > 1, moved;

    t->doubt = 0;
    for (unsigned n = p->count; n-- > 0;)
        if ((all || !p->views[n].global) && !holds(c, &p->views[n], &moved))
            drop(t, n, moved ? PAGE_TABLE : PAGE_NONE);
}

void window_paged_protect(struct xlat *t, uint32_t phys)
{
    struct xlat_window *w = window_of(t);
    uint32_t page = phys / MEM_PAGE;

    for (unsigned n = 0; n < t->paged->count; n++) {
        const struct view *view = &t->paged->views[n];
        uint32_t first = view->phys / MEM_PAGE, at = page - first + view->run.first;

        if (page - first > view->run.last - view->run.first || w->pages[at] != PAGE_WRITE)
            continue;
        if (w->guarded >= GUARDED_MOST || !window_protect(w, at, true)) {
            window_give_up(t);
            return;
        }
    }
}

/* ---- filling ---- */

/* The memory around a page that the same entry of the page tables maps. */
static struct view view_of(struct interp *c, const struct xlat_window *w, uint32_t page,
                           const struct tlb_peek *found)
{
    struct memory *memory = c->cpu.host.memory;
    uint32_t low = found->large ? page & ~1023u : page, high = found->large ? page | 1023 : page;
    uint32_t off = found->phys / MEM_PAGE - page; /* from linear to physical pages */
    struct view view = { .global = found->global, .large = found->large };
    struct run *run = &view.run;

    run->first = run->last = page;
    while (run->first > low && w->pages[run->first - 1] == PAGE_NONE &&
           window_goes_on(memory, run->first + off, run->first - 1 + off, UINT32_MAX))
        run->first--;
    while (run->last < high && w->pages[run->last + 1] == PAGE_NONE &&
           window_goes_on(memory, run->last + off, run->last + 1 + off, UINT32_MAX))
        run->last++;
    view.phys = (run->first + off) * MEM_PAGE;
    run->host = mem_page(memory, view.phys)->read;
    run->ram = run->host == mem_page(memory, view.phys)->write;
    return view;
}

/* Opens all its pages for writing but those with code. */
static bool open_view(struct interp *c, struct xlat_window *w, struct view *view)
{
    const struct run *run = &view->run;
    uint32_t count = run->last - run->first + 1;

    if (mprotect(w->base + (size_t)run->first * MEM_PAGE, (size_t)count * MEM_PAGE,
                 PROT_READ | PROT_WRITE) < 0)
        return false;
    view->write = true;
    memset(w->pages + run->first, PAGE_WRITE, count);
    for (uint32_t n = 0; n < count; n++)
        if (code_on_page(c, view->phys + n * MEM_PAGE) &&
            (w->guarded >= GUARDED_MOST || !window_protect(w, run->first + n, true)))
            return false;
    return true;
}

static bool add(struct interp *c, struct xlat_window *w, uint32_t page,
                const struct tlb_peek *found, bool write)
{
    struct window_paged *p = c->xl.xlat->paged;
    struct view view = view_of(c, w, page, found);
    uint32_t count = view.run.last - view.run.first + 1;
    uint8_t *at = w->base + (size_t)view.run.first * MEM_PAGE;

    if (p->count == VIEWS)
        window_paged_forget(c->xl.xlat);
    if (!window_twin(&view.run, at))
        return false;
    memset(w->pages + view.run.first, PAGE_READ, count);
    p->views[p->count] = view;
    number(p, p->count, p->count + 1);
    p->count++;
    p->large += view.large;
    if (write && view.run.ram)
        return open_view(c, w, &p->views[p->count - 1]);
    return !mprotect(at, (size_t)count * MEM_PAGE, PROT_READ);
}

/* A page that is there but does not take the store. */
static enum xlat_filled open_page(struct interp *c, struct xlat_window *w, uint32_t page)
{
    struct view *view = &c->xl.xlat->paged->views[c->xl.xlat->paged->of_page[page] - 1];

    if (w->pages[page] == PAGE_READ && view->run.ram) {
        if (!open_view(c, w, view)) {
            window_give_up(c->xl.xlat);
            return FILL_OLD;
        }
        return w->pages[page] == PAGE_WRITE ? FILL_NEW : FILL_OLD;
    }
    if (w->pages[page] != PAGE_GUARDED ||
        code_on_page(c, view->phys + (page - view->run.first) * MEM_PAGE))
        return FILL_OLD;
    if (window_protect(w, page, false))
        return FILL_NEW;
    window_give_up(c->xl.xlat);
    return FILL_OLD;
}

enum xlat_filled window_paged_fill(struct interp *c, uint32_t linear, enum xlat_way way)
{
    struct xlat *t = c->xl.xlat;
    struct xlat_window *w = window_of(t);
    uint32_t page = linear / MEM_PAGE;
    struct tlb_peek found, unused;

    if (way == WAY_ALIAS || w->pages[page] == PAGE_TABLE)
        return FILL_OLD;
    if (!tlb_look_up(c, linear, way == WAY_WRITE) || !tlb_peek(c, linear, way == WAY_WRITE, &found))
        return FILL_LATER;
    if (w->pages[page] != PAGE_NONE)
        return way == WAY_READ || w->pages[page] == PAGE_WRITE ? FILL_NEW : open_page(c, w, page);
    if (!mem_page(c->cpu.host.memory, found.phys)->read)
        return FILL_OLD;
    if (add(c, w, page, &found, tlb_peek(c, linear, true, &unused)))
        return way == WAY_READ || w->pages[page] == PAGE_WRITE ? FILL_NEW : FILL_OLD;
    if (w->pages[page] != PAGE_NONE)
        window_give_up(t);
    return FILL_OLD;
}
