/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_SEGMENT_H
#define CORE_CPU_SEGMENT_H

/*
 * What the files of the protected-mode machinery (segment.c, gate.c, task.c, system.c, exception.c)
 * share among themselves.
 */

#include "core/cpu/access.h"

/* Adds to ESP or SP, as SS.B says. */
static inline void cpu_add_esp(struct interp *c, uint32_t n)
{
    uint32_t esp = c->x.gpr[R_ESP] + n;

    if (!c->stack32)
        esp = (c->x.gpr[R_ESP] & 0xffff0000) | (esp & 0xffff);
    c->x.gpr[R_ESP] = esp;
}

#endif
