/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of other segments. */
#include "text.h"

uint16_t block_take(unsigned most, unsigned *got)
{
    struct dos_regs r = { .ax = 0x4800, .bx = 0xffff };

    dos(&r); /* BX: what there is */
    *got = r.bx < most ? r.bx : most;
    if (!*got)
        return 0;
    r.ax = 0x4800;
    r.bx = (uint16_t)*got;
    if (!dos(&r))
        return r.ax;
    *got = 0;
    return 0;
}

static unsigned transfer(uint16_t ax, unsigned handle, uint16_t segment, uint16_t offset,
                         unsigned count, unsigned *done)
{
    struct dos_regs r = { .ax = ax,
                          .bx = (uint16_t)handle,
                          .cx = (uint16_t)count,
                          .dx = offset,
                          .ds = segment,
                          .es = segment };
    bool error = dos_call(&r);

    *done = error ? 0 : r.ax;
    return error ? r.ax : 0;
}

unsigned far_read(unsigned handle, uint16_t segment, uint16_t offset, unsigned count,
                  unsigned *done)
{
    return transfer(0x3f00, handle, segment, offset, count, done);
}

unsigned far_write(unsigned handle, uint16_t segment, uint16_t offset, unsigned count,
                   unsigned *done)
{
    return transfer(0x4000, handle, segment, offset, count, done);
}
