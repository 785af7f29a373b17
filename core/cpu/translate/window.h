/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_TRANSLATE_WINDOW_H
#define CORE_CPU_TRANSLATE_WINDOW_H

/*
 * What window.c and window_paged.c share.
 */

#include "core/cpu/translate/xlat.h"
#include "core/memory.h"

enum { PAGES = 1 << 20, GUARDED_MOST = 8192, RUNS = 64 };
enum { WINDOW_A20_ON, WINDOW_A20_OFF, WINDOW_PAGED, WINDOWS };

/* What a page of a window is. */
enum { PAGE_NONE, PAGE_READ, PAGE_WRITE, PAGE_GUARDED, PAGE_TABLE /* left to the tables */ };

/* Pages that were mapped in one piece. */
struct run {
    uint32_t first, last;
    const uint8_t *host; /* of the first */
    bool ram;
};

struct xlat_window {
    uint8_t *base;
    uint8_t *pages;   /* enum above, of all pages */
    uint32_t mask;    /* of linear addresses: A20 */
    unsigned guarded; /* pages that are PAGE_GUARDED */
    struct run runs[RUNS];
    unsigned run_count;
};

void *window_reserve(size_t size, int prot);
void window_unmap(struct xlat_window *w, const struct run *run);
/* No window any more. */
void window_give_up(struct xlat *t);
/* Makes a page read-only because of its code, or not any more. */
bool window_protect(struct xlat_window *w, uint32_t page, bool guarded);
/* Do two neighbours of physical memory, after `mask`, lie in one range of the same kind? */
bool window_goes_on(struct memory *memory, uint32_t page, uint32_t next, uint32_t mask);
/* A second mapping of a run's memory. */
bool window_twin(const struct run *run, uint8_t *at);

/* ---- window_paged.c ---- */
struct window_paged *window_paged_new(void);
void window_paged_free(struct window_paged *p);
enum xlat_filled window_paged_fill(struct interp *c, uint32_t linear, enum xlat_way way);
void window_paged_protect(struct xlat *t, uint32_t phys);
void window_paged_forget(struct xlat *t);

#endif
