/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translator on hosts that are no x86-64: there is none.
 */

#include "core/cpu/xlat.h"

bool xlat_possible(const char **why_not)
{
    *why_not = "it needs an x86-64 processor";
    return false;
}

bool xlat_has_bmi2(void)
{
    return false;
}

bool xlat_has_fsgsbase(void)
{
    return false;
}

bool translate_log_open(const char *path, bool perf_map, struct error *err)
{
    return !path && !perf_map ? true : error_set(err, "there is no translator on this host");
}

void xlat_open(bool for_perf)
{
    (void)for_perf;
}

struct xlat *xlat_new(struct interp *c)
{
    (void)c;
    return NULL;
}

void xlat_free(struct xlat *xlat)
{
    (void)xlat;
}

void xlat_run_blocks(struct interp *c)
{
    (void)c;
}

void xlat_kick(struct interp *c)
{
    (void)c;
}

void xlat_alarm(struct interp *c, uint64_t ns)
{
    (void)c;
    (void)ns;
}

void xlat_alarm_off(struct interp *c)
{
    (void)c;
}

void xlat_killed(struct interp *c, struct block *b)
{
    (void)c;
    (void)b;
}

void xlat_flush(struct interp *c)
{
    (void)c;
}

void xlat_fpu_back(struct interp *c)
{
    (void)c;
}

void xlat_tlb_flush(struct interp *c, bool global_too)
{
    (void)c;
    (void)global_too;
}

void xlat_window_drop(struct interp *c, uint32_t linear)
{
    (void)c;
    (void)linear;
}

void xlat_tlb_drop(struct interp *c, uint32_t linear, bool large)
{
    (void)c;
    (void)linear;
    (void)large;
}

void xlat_tlb_protect(struct interp *c, uint32_t phys)
{
    (void)c;
    (void)phys;
}

void xlat_remapped(struct interp *c)
{
    (void)c;
}

void xlat_covered(struct interp *c, uint32_t page, unsigned first, unsigned last)
{
    (void)c;
    (void)page;
    (void)first;
    (void)last;
}

void xlat_cover_again(struct interp *c, uint32_t page, unsigned first, unsigned last)
{
    (void)c;
    (void)page;
    (void)first;
    (void)last;
}

void xlat_uncovered(struct interp *c, uint32_t page)
{
    (void)c;
    (void)page;
}
