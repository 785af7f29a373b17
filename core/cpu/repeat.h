/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_REPEAT_H
#define CORE_CPU_REPEAT_H

/* Repetition, shared by string.c and io.c. */

#include "core/cpu/ops.h"

/* Host address of a string operand and how many bytes follow there, forwards; NULL: not directly.
 */
uint8_t *string_read(struct interp *c, enum x86_seg seg, uint32_t offset, uint32_t mask,
                     uint32_t *bytes);
/* The same for up to `most` bytes to be written. */
uint8_t *string_write(struct interp *c, enum x86_seg seg, uint32_t offset, uint32_t mask,
                      uint32_t most, uint32_t *bytes);

/* Bytes of n elements; more than a page is never done at once. */
static inline uint32_t string_bytes(uint32_t n, unsigned size)
{
    return n < 4096 ? n * size : 4096;
}

/* Adds to a pointer or count under the address size. */
void string_add(struct interp *c, const struct insn *i, enum x86_reg reg, uint32_t n);

/* How many turns count and budget allow. */
uint32_t string_turns(const struct interp *c, const struct insn *i);
/* Counts n turns done. */
void string_count(struct interp *c, const struct insn *i, uint32_t n);
/* Ends a repeated instruction: any turns done, condition met. */
void string_leave(struct interp *c, const struct insn *i, bool any, bool stop);

#endif
