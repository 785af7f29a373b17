/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Breakpoints of the debug registers.
 *
 * Source: Intel 64 and IA-32 Architectures SDM volume 3, chapter 17.2.
 *
 * Not modelled: status bits in DR6 for breakpoints that match but are not enabled.
 */

#include "core/cpu/segment.h"

enum { BP_EXEC, BP_WRITE, BP_IO, BP_ACCESS };

static bool enabled(const struct interp *c, unsigned n)
{
    return c->x.dr[7] >> (2 * n) & 3;
}

static unsigned kind(const struct interp *c, unsigned n)
{
    return c->x.dr[7] >> (16 + 4 * n) & 3;
}

/* Bytes watched.  The undefined length 10b is 8 on later processors; here it counts as 4. */
static unsigned length(const struct interp *c, unsigned n)
{
    static const uint8_t bytes[4] = { 1, 2, 4, 4 };

    return bytes[c->x.dr[7] >> (18 + 4 * n) & 3];
}

static bool is_data(const struct interp *c, unsigned n)
{
    return enabled(c, n) && (kind(c, n) == BP_WRITE || kind(c, n) == BP_ACCESS);
}

/* Does [address, address + size) touch breakpoint n? */
static bool touches(const struct interp *c, unsigned n, uint32_t address, unsigned size)
{
    unsigned len = length(c, n);
    uint32_t start = c->x.dr[n] & ~(len - 1);

    return address - start < len || start - address < size;
}

static void hit(struct interp *c, unsigned n)
{
    c->db_pending |= 1u << n;
    cpu_wake(c);
}

uint32_t cpu_debug_code(const struct interp *c, uint32_t linear)
{
    uint32_t found = 0;

    for (unsigned n = 0; n < 4; n++) {
        if (enabled(c, n) && kind(c, n) == BP_EXEC && c->x.dr[n] == linear)
            found |= 1u << n;
    }
    return found;
}

void cpu_debug_data(struct interp *c, uint32_t linear, unsigned size, bool write)
{
    for (unsigned n = 0; n < 4; n++) {
        if (is_data(c, n) && (write || kind(c, n) == BP_ACCESS) && touches(c, n, linear, size))
            hit(c, n);
    }
}

void cpu_debug_io(struct interp *c, uint16_t port, unsigned size)
{
    if (!(c->x.cr4 & CR4_DE))
        return;
    for (unsigned n = 0; n < 4; n++) {
        if (enabled(c, n) && kind(c, n) == BP_IO && touches(c, n, port, size))
            hit(c, n);
    }
}

bool cpu_debug_page(const struct interp *c, uint32_t linear)
{
    for (unsigned n = 0; n < 4; n++) {
        if (is_data(c, n) && ((c->x.dr[n] ^ linear) & 0xfffff000) == 0)
            return true;
    }
    return false;
}

void cpu_debug_update(struct interp *c)
{
    c->dr7_armed = c->x.dr[7] & 0xff;
    /* Direct access to watched pages must end, to others may begin. */
    tlb_flush(c, true);
    cpu_wake(c);
}
