/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_FPU_H
#define CORE_CPU_FPU_H

/*
 * x87 and MMX inside the interpreter.
 *
 * While the guest computes, its registers live here in struct fpu_live and its rounding and
 * precision control are loaded in the host's x87; x.fpu.mant, .exp, .ftw and the TOP and condition
 * bits in x.fpu.fsw are stale then.  fpu_leave() makes x.fpu true again and gives the host its own
 * control word back.  The run loop calls it at the end of cpu_run() and before anyone outside reads
 * or replaces struct x86_state (get, set); the first x87 or MMX instruction after that takes x.fpu
 * in again by itself.  x.fpu.fcw and the instruction and operand pointers (not
 * x.fpu.fop) are always true.  Device handlers called meanwhile find the guest's rounding in
 * the host's x87; so they must not compute with long double.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/cpu/insn.h"

struct fpu_reg { /* the 80-bit format, as the host loads and stores it */
    uint64_t mant;
    uint16_t exp;
    uint16_t pad[3];
} __attribute__((aligned(16)));

struct fpu_live {
    struct fpu_reg reg[8]; /* physical registers */
    uint8_t ready;         /* the state is here and no unmasked exception is pending */
    uint8_t live;          /* the state is here; zero: it is in x.fpu */
    uint8_t full;          /* bit n: ST(n) is not empty; turns with TOP */
    uint8_t top;           /* 0-7 */
    uint16_t unmasked;     /* exceptions whose mask bit in FCW is clear; see fpu_set_cw() */
    uint16_t sw;           /* status word without TOP */
    uint16_t host_cw;      /* what the host's control word holds */
    uint16_t op;           /* x.fpu.fop as the two bytes of the instruction: opcode, ModRM */
};

/* State back to x.fpu, host's x87 back to the host.  Cheap when nothing is live. */
struct interp;
void fpu_leave(struct interp *c);

/* The handler for a decoded x87 or MMX instruction (opcode, modrm and flags are filled in).  The
 * decoder stores it in insn.fn; op_fpu and op_mmx look it up at each execution. */
insn_fn fpu_handler(const struct insn *i);
insn_fn mmx_handler(const struct insn *i);

/* Size of an x87 memory operand, FPU_WRITES with it for a destination; 0: not a number. */
enum { FPU_WRITES = 0x80 };
unsigned fpu_operand(const struct insn *i);

/* Between these two the guest's state is the host's own and x87 instructions may be executed as
 * they are; handlers must not be called.  False: not now, the guest wants to see exceptions. */
bool fpu_to_host(struct interp *c);
void fpu_from_host(struct interp *c);

void op_fpu(struct interp *c, const struct insn *i);
void op_mmx(struct interp *c, const struct insn *i);
void op_fwait(struct interp *c, const struct insn *i);
void op_fxsave(struct interp *c, const struct insn *i);
void op_fxrstor(struct interp *c, const struct insn *i);

#endif
