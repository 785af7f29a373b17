/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_SYSOP_H
#define CORE_CPU_SYSOP_H

/* Operands of the system instructions (system.c, sysreg.c): mostly selectors, where speed is no
 * concern. */

#include "core/cpu/segment.h"

static inline uint32_t system_address(const struct interp *c, const struct insn *i)
{
    uint32_t address = i->disp;

    if (i->base != INSN_NOREG)
        address += c->x.gpr[i->base];
    if (i->index != INSN_NOREG)
        address += c->x.gpr[i->index] << i->scale;
    return address & i->addr_mask;
}

/* Writes a register by operand size. */
static inline void system_set_reg(struct interp *c, const struct insn *i, unsigned reg,
                                  uint32_t value)
{
    uint32_t *r = &c->x.gpr[reg & 7];

    *r = i->flags & INSN_OP32 ? value : (*r & 0xffff0000) | (value & 0xffff);
}

/* The 16-bit ModRM operand */
static inline uint16_t system_load16(struct interp *c, const struct insn *i)
{
    if (i->flags & INSN_REG)
        return (uint16_t)c->x.gpr[i->rm & 7];
    return (uint16_t)cpu_read(c, i->seg, system_address(c, i), 2);
}

/* Stores to the ModRM operand: a register by operand size, 16 bits in memory. */
static inline void system_store16(struct interp *c, const struct insn *i, uint32_t value)
{
    if (i->flags & INSN_REG)
        system_set_reg(c, i, i->rm, value);
    else
        cpu_write(c, i->seg, system_address(c, i), value & 0xffff, 2);
}

#endif
