/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparing two results, and the list of differences that are no mistakes.  Nothing is left out of
 * a comparison but by a rule in this file.
 */

#include "tests/oracle/compare.h"

#include <stdio.h>
#include <string.h>

#include "tests/oracle/host.h"
#include "tests/oracle/segs.h"

static const char *const known[] = {
    "EFLAGS: bits the manual calls undefined after the row (table column, shift count) are not "
    "compared",
    "EFLAGS.RF is not compared: the host's signal frame shows it after faults only",
    "null selectors: 1 to 3 count as 0, since the host's return from any interrupt clears them",
    "#PF error code: bit 4 (instruction fetch) comes from NX, which no model of ours has",
    "x87 FCS and FDS: deprecated, many hosts store 0; never compared",
    "x87 FOP and FDP: hosts that update them only at an unmasked exception keep the old value "
    "otherwise; compared after control instructions and after unmasked exceptions",
    "PUSH of a segment register, 32-bit: the upper half of the stack word is written by some "
    "processors and left alone by others; not compared",
    "LAR, 32-bit: bits 16-19 of the result are undefined",
    "FNSTENV, FNSAVE, FXSAVE that fault: the host may have written part of the operand",
    "FXSAVE, FXRSTOR: only bytes 0-23 and 32-159; no model of ours has SSE",
};

const char *diff_name(unsigned bit)
{
    switch (bit) {
    case DIFF_GPR:
        return "registers";
    case DIFF_EIP:
        return "eip";
    case DIFF_FLAGS:
        return "flags";
    case DIFF_SEG:
        return "segments";
    case DIFF_TRAP:
        return "trap";
    case DIFF_CODE:
        return "error-code";
    case DIFF_CR2:
        return "cr2";
    case DIFF_DATA:
        return "data";
    case DIFF_STACK:
        return "stack";
    case DIFF_FPU:
        return "fpu";
    default:
        return "hidden";
    }
}

void compare_print_known(void)
{
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        printf("known: %s\n", known[i]);
}

/* ---- x87 ---- */

enum { FX_FOP = 6, FX_FIP = 8, FX_FCS = 12, FX_FDP = 16, FX_FDS = 20, FX_END = 160 };

static bool is_fpu_control(const struct row *row)
{
    static const char *const names[] = { "fldenv", "fnstenv", "fldcw",  "fnstcw",  "frstor",
                                         "fnsave", "fnstsw",  "fnclex", "fninit",  "fneni",
                                         "fndisi", "fnsetpm", "fxsave", "fxrstor", "fwait" };

    if (row->attr & ATTR_MMX)
        return true;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (row_is(row, names[i]))
            return true;
    return false;
}

static bool pointers_count(const struct oracle_case *c, const uint8_t *fx)
{
    return is_fpu_control(c->group.row) || ((fx[2] & 0x80) && !(c->in.fx[2] & 0x80));
}

static bool fpu_equal(const struct oracle_case *c, const uint8_t *host, const uint8_t *guest)
{
    uint8_t a[FX_END], b[FX_END];

    memcpy(a, host, FX_END);
    memcpy(b, guest, FX_END);
    memset(a + FX_FCS, 0, 4);
    memset(b + FX_FCS, 0, 4);
    memset(a + FX_FDS, 0, 12); /* with MXCSR and its mask */
    memset(b + FX_FDS, 0, 12);
    for (unsigned i = 0; i < 8; i++) {
        memset(a + 32 + i * 16 + 10, 0, 6);
        memset(b + 32 + i * 16 + 10, 0, 6);
    }
    if (!pointers_count(c, host) && host_fdp_on_exception_only()) {
        memset(a + FX_FOP, 0, 2);
        memset(b + FX_FOP, 0, 2);
        memset(a + FX_FDP, 0, 4);
        memset(b + FX_FDP, 0, 4);
    }
    return memcmp(a, b, FX_END) == 0;
}

/* ---- memory ---- */

static void take_over(uint8_t *to, const uint8_t *from, uint32_t at, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        to[(at + i) % ORACLE_PAGE] = from[(at + i) % ORACLE_PAGE];
}

/* Makes equal what rules above leave out of stored x87 images. */
static void forget_fpu_image(const struct oracle_case *c, const struct oracle_side *host,
                             const struct oracle_side *guest)
{
    const struct oracle_seg *s = seg_find(c->in.seg[c->mem_seg]);
    uint32_t at = (s ? s->base : 0) + c->mem_at;
    bool stack = at - ORACLE_STACK < ORACLE_PAGES * ORACLE_PAGE;
    uint8_t *to = stack ? guest->stack : guest->data;
    const uint8_t *from = stack ? host->stack : host->data;

    if (row_is(c->group.row, "fxsave")) {
        take_over(to, from, at + FX_FCS, 4);
        take_over(to, from, at + FX_FDS, 12);
        take_over(to, from, at + FX_END, 512 - FX_END);
    } else if (c->group.op32) {
        take_over(to, from, at + 16, 2);
        take_over(to, from, at + 24, 2);
    } else {
        take_over(to, from, at + 8, 2);
        take_over(to, from, at + 12, 2);
    }
}

/* ---- single rows ---- */

static void forget_pushed_half(const struct oracle_case *c, const struct oracle_side *host,
                               const struct oracle_side *guest)
{
    const struct oracle_seg *ss = seg_find(c->in.seg[S_SS]);
    uint32_t at = c->in.gpr[R_ESP] - 2;

    take_over(guest->stack, host->stack, ss->base + (ss->big ? at : at & 0xffff), 2);
}

static void forget_partial_store(const struct oracle_case *c, const struct oracle_side *host,
                                 const struct oracle_side *guest)
{
    const struct oracle_seg *s = seg_find(c->in.seg[c->mem_seg]);
    uint32_t at = (s ? s->base : 0) + c->mem_at;

    take_over(guest->stack, host->stack, at, c->mem_size);
    take_over(guest->data, host->data, at, c->mem_size);
}

static bool stores_image(const struct row *row)
{
    return row_is(row, "fxsave") || row_is(row, "fnsave") || row_is(row, "fnstenv");
}

/* Applies the list above to memory. */
static void forget_memory(const struct oracle_case *c, const struct oracle_side *host,
                          const struct oracle_side *guest)
{
    const struct row *row = c->group.row;
    bool faults = host->out->trap != TRAP_NONE;

    if (host->out->trap != guest->out->trap)
        return;
    if (stores_image(row) && faults)
        forget_partial_store(c, host, guest);
    else if (stores_image(row))
        forget_fpu_image(c, host, guest);
    if (row_is(row, "push") && row->op_name[0][0] == 'S' && c->group.op32 && !faults)
        forget_pushed_half(c, host, guest);
}

/* Registers: is the only difference one that the list covers? */
static bool registers_equal(const struct oracle_case *c, const struct oracle_output *host,
                            const struct oracle_output *guest)
{
    uint32_t loose[8] = { 0 };

    if (row_is(c->group.row, "lar") && c->group.op32 && (host->eflags & FL_ZF))
        loose[c->in.code[c->modrm_at] >> 3 & 7] = 0xf0000;
    for (unsigned i = 0; i < 8; i++)
        if ((host->gpr[i] ^ guest->gpr[i]) & ~loose[i])
            return false;
    return true;
}

/* ---- all ---- */

static uint32_t compared_flags(const struct oracle_case *c)
{
    return ~(c->undefined | FL_RF);
}

static bool segments_equal(const uint16_t *host, const uint16_t *guest)
{
    for (unsigned i = 0; i < 6; i++)
        if (host[i] != guest[i] && (host[i] > 3 || guest[i] > 3))
            return false;
    return true;
}

unsigned compare(const struct oracle_case *c, const struct oracle_side *host,
                 const struct oracle_side *guest)
{
    const struct oracle_output *h = host->out, *g = guest->out;
    uint32_t code_mask = h->trap == EXC_PF ? ~0x10u : ~0u;
    unsigned diff = 0;

    forget_memory(c, host, guest);
    if (!registers_equal(c, h, g))
        diff |= DIFF_GPR;
    if (h->eip != g->eip)
        diff |= DIFF_EIP;
    if ((h->eflags ^ g->eflags) & compared_flags(c))
        diff |= DIFF_FLAGS;
    if (!segments_equal(h->seg, g->seg))
        diff |= DIFF_SEG;
    if (h->trap != g->trap)
        diff |= DIFF_TRAP;
    if ((h->code ^ g->code) & code_mask)
        diff |= DIFF_CODE;
    if (h->cr2 != g->cr2)
        diff |= DIFF_CR2;
    if (memcmp(host->data, guest->data, ORACLE_PAGE) != 0)
        diff |= DIFF_DATA;
    if (memcmp(host->stack, guest->stack, ORACLE_PAGE) != 0)
        diff |= DIFF_STACK;
    if (c->in.fpu && !fpu_equal(c, h->fx, g->fx))
        diff |= DIFF_FPU;
    return diff;
}
