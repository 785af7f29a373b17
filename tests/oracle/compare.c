/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing two results.  Nothing is left out but by a rule in known.c. */

#include "tests/oracle/compare.h"

#include <stdio.h>
#include <string.h>

#include "tests/oracle/known.h"

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

enum { FSW_ES = 0x80 };
enum {
    FX_FSW = 2,
    FX_FOP = 6,
    FX_FIP = 8,
    FX_FCS = 12,
    FX_FDP = 16,
    FX_FDS = 20,
    FX_ST = 32,
    FX_END = 160
};

/* AMD's processors save and restore FOP, FIP and FDP in FXSAVE's image only while an exception is
 * pending; so the host of the tests cannot be asked for them otherwise. */
static bool host_loses_pointers(void)
{
#ifdef __x86_64__
    static int loses = -1;
    static _Alignas(16) uint8_t before[512], image[512];

    if (loses < 0) {
        __asm__ volatile("fxsave %0" : "=m"(before));
        memcpy(image, before, sizeof(image));
        memset(image + FX_FIP, 0x55, 4);
        memset(image + FX_FSW, 0, 2);
        __asm__ volatile("fxrstor %1; fxsave %0; fxrstor %2"
                         : "=m"(image)
                         : "m"(image), "m"(before));
        loses = image[FX_FIP] != 0x55;
    }
    return loses;
#else
    return false;
#endif
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
    for (unsigned i = FX_ST; i < FX_END; i += 16) {
        memset(a + i + 10, 0, 6);
        memset(b + i + 10, 0, 6);
    }
    if (!known_pointers_count(c, host)) {
        memset(a + FX_FOP, 0, 2);
        memset(b + FX_FOP, 0, 2);
        memset(a + FX_FDP, 0, 4);
        memset(b + FX_FDP, 0, 4);
    }
    if (!(host[FX_FSW] & FSW_ES) && host_loses_pointers()) {
        memset(a + FX_FOP, 0, 6); /* and FIP */
        memset(b + FX_FOP, 0, 6);
        memset(a + FX_FDP, 0, 4);
        memset(b + FX_FDP, 0, 4);
    }
    return memcmp(a, b, FX_END) == 0;
}

static bool registers_equal(const struct oracle_case *c, const struct oracle_output *host,
                            const struct oracle_output *guest)
{
    for (unsigned i = 0; i < 8; i++)
        if ((host->gpr[i] ^ guest->gpr[i]) & ~known_loose_bits(c, host, i))
            return false;
    return true;
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
    uint32_t undefined = c->undefined | (h->trap != TRAP_NONE ? c->undefined_inside : 0);
    uint32_t code_mask = h->trap == EXC_PF ? ~0x10u : ~0u;
    unsigned diff = 0;

    known_forget_memory(c, host, guest);
    if (!registers_equal(c, h, g))
        diff |= DIFF_GPR;
    if (h->eip != g->eip)
        diff |= DIFF_EIP;
    if ((h->eflags ^ g->eflags) & ~(undefined | FL_RF))
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
    return known_excuse(c, host, guest, diff);
}
