/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_FPU_THUNK_H
#define CORE_CPU_FPU_THUNK_H

/*
 * The host's x87 as a calculator.  This and fpu_thunk.c are all of the FPU that knows the host; a
 * portable version would compute the same functions in integer arithmetic.
 *
 * Rules: the host's control word holds the guest's rounding and precision control with all
 * exceptions masked (thunk_set_cw); its register stack is empty before and after each thunk; its
 * exception flags only ever grow until thunk_clear or thunk_run.  Each inline thunk returns the
 * host's status word: exception flags that may be older than the operation, condition codes of the
 * operation.
 *
 * The instructions are written as bytes where the assembler's names for the reversed forms of
 * subtraction and division disagree with Intel's.
 */

#include <stdint.h>

#include "core/cpu/fpu.h"

#ifndef __x86_64__
#error "the x87 needs an x86-64 host"
#endif

/* What FSAVE stores in 32-bit protected mode. */
struct fpu_image {
    uint16_t fcw, pad0;
    uint16_t fsw, pad1;
    uint16_t ftw, pad2;
    uint32_t fip;
    uint16_t fcs, fop;
    uint32_t fdp;
    uint16_t fds, pad3;
    uint8_t st[8][10]; /* ST(0) first */
} __attribute__((packed));

/*
 * Loads the whole image, executes the instruction with exactly this opcode and ModRM byte (a memory
 * form works on `mem`) under the image's own exception masks, and stores the image again.  The
 * image must not have exception flags set: a pending unmasked one would be the host's to take.
 * flags: the six arithmetic ones before (FCMOVcc reads them); the value: after (FCOMI writes them).
 * Leaves the host's x87 as FNINIT does.
 */
uint32_t thunk_run(struct fpu_image *image, uint8_t opcode, uint8_t modrm, void *mem,
                   uint32_t flags);

static inline void thunk_set_cw(uint16_t cw)
{
    __asm__ volatile("fldcw %0" : : "m"(cw));
}

static inline void thunk_clear(void)
{
    __asm__ volatile("fnclex");
}

/* The host's x87 as the C library expects it. */
static inline void thunk_init(void)
{
    __asm__ volatile("fninit");
}

/* dst = dst op src, both registers.  `insn` works on ST(1) and ST(0) and pops. */
#define THUNK_BINARY(name, insn)                                                                   \
    static inline uint16_t thunk_##name(struct fpu_reg *dst, const struct fpu_reg *src)            \
    {                                                                                              \
        uint16_t sw;                                                                               \
                                                                                                   \
        __asm__ volatile("fldt %1\n\tfldt %2\n\t" insn "\n\tfnstsw %0\n\tfstpt %1"                 \
                         : "=&a"(sw), "+m"(*dst)                                                   \
                         : "m"(*src)                                                               \
                         : "st", "st(1)");                                                         \
        return sw;                                                                                 \
    }

/* dst = dst op memory */
#define THUNK_BINARY_MEM(name, insn, type)                                                         \
    static inline uint16_t thunk_##name(struct fpu_reg *dst, const void *src)                      \
    {                                                                                              \
        uint16_t sw;                                                                               \
                                                                                                   \
        __asm__ volatile("fldt %1\n\t" insn " %2\n\tfnstsw %0\n\tfstpt %1"                         \
                         : "=&a"(sw), "+m"(*dst)                                                   \
                         : "m"(*(const type *)src)                                                 \
                         : "st");                                                                  \
        return sw;                                                                                 \
    }

#define THUNK_ARITH(name, reg_bytes, mnemonic)                                                     \
    THUNK_BINARY(name, ".byte " reg_bytes)                                                         \
    THUNK_BINARY_MEM(name##_m32, "f" mnemonic "s", uint32_t)                                       \
    THUNK_BINARY_MEM(name##_m64, "f" mnemonic "l", uint64_t)                                       \
    THUNK_BINARY_MEM(name##_i16, "fi" mnemonic "s", uint16_t)                                      \
    THUNK_BINARY_MEM(name##_i32, "fi" mnemonic "l", uint32_t)

THUNK_ARITH(fadd, "0xde, 0xc1", "add")
THUNK_ARITH(fmul, "0xde, 0xc9", "mul")
THUNK_ARITH(fsub, "0xde, 0xe9", "sub")
THUNK_ARITH(fsubr, "0xde, 0xe1", "subr")
THUNK_ARITH(fdiv, "0xde, 0xf9", "div")
THUNK_ARITH(fdivr, "0xde, 0xf1", "divr")

/* dst is ST(1), src is ST(0); both are popped, the result pushed */
THUNK_BINARY(fpatan, "fpatan")
THUNK_BINARY(fyl2x, "fyl2x")
THUNK_BINARY(fyl2xp1, "fyl2xp1")

/* Compare a with b */
#define THUNK_COMPARE(name, insn)                                                                  \
    static inline uint16_t thunk_##name(const struct fpu_reg *a, const struct fpu_reg *b)          \
    {                                                                                              \
        uint16_t sw;                                                                               \
                                                                                                   \
        __asm__ volatile("fldt %2\n\tfldt %1\n\t" insn "\n\tfnstsw %0"                             \
                         : "=&a"(sw)                                                               \
                         : "m"(*a), "m"(*b)                                                        \
                         : "st", "st(1)");                                                         \
        return sw;                                                                                 \
    }

#define THUNK_COMPARE_MEM(name, insn, type)                                                        \
    static inline uint16_t thunk_##name(const struct fpu_reg *a, const void *b)                    \
    {                                                                                              \
        uint16_t sw;                                                                               \
                                                                                                   \
        __asm__ volatile("fldt %1\n\t" insn " %2\n\tfnstsw %0"                                     \
                         : "=&a"(sw)                                                               \
                         : "m"(*a), "m"(*(const type *)b)                                          \
                         : "st");                                                                  \
        return sw;                                                                                 \
    }

THUNK_COMPARE(fcom, "fcompp")
THUNK_COMPARE(fucom, "fucompp")
THUNK_COMPARE_MEM(fcom_m32, "fcomps", uint32_t)
THUNK_COMPARE_MEM(fcom_m64, "fcompl", uint64_t)
THUNK_COMPARE_MEM(fcom_i16, "ficomps", uint16_t)
THUNK_COMPARE_MEM(fcom_i32, "ficompl", uint32_t)

/* ST(0) against zero, and the operations on ST(0) alone */
static inline uint16_t thunk_ftst(const struct fpu_reg *a)
{
    uint16_t sw;

    __asm__ volatile("fldt %1\n\tftst\n\tfnstsw %0\n\tfstp %%st(0)" : "=&a"(sw) : "m"(*a) : "st");
    return sw;
}

#define THUNK_UNARY(name)                                                                          \
    static inline uint16_t thunk_##name(struct fpu_reg *dst)                                       \
    {                                                                                              \
        uint16_t sw;                                                                               \
                                                                                                   \
        __asm__ volatile("fldt %1\n\t" #name "\n\tfnstsw %0\n\tfstpt %1"                           \
                         : "=&a"(sw), "+m"(*dst)                                                   \
                         :                                                                         \
                         : "st");                                                                  \
        return sw;                                                                                 \
    }

THUNK_UNARY(fsqrt)
THUNK_UNARY(frndint)
THUNK_UNARY(f2xm1)
THUNK_UNARY(fsin)
THUNK_UNARY(fcos)

/* dst is ST(0), other is ST(1), which stays */
#define THUNK_SCALE(name)                                                                          \
    static inline uint16_t thunk_##name(struct fpu_reg *dst, const struct fpu_reg *other)          \
    {                                                                                              \
        uint16_t sw;                                                                               \
                                                                                                   \
        __asm__ volatile("fldt %2\n\tfldt %1\n\t" #name                                            \
                         "\n\tfnstsw %0\n\tfstpt %1\n\tfstp %%st(0)"                               \
                         : "=&a"(sw), "+m"(*dst)                                                   \
                         : "m"(*other)                                                             \
                         : "st", "st(1)");                                                         \
        return sw;                                                                                 \
    }

THUNK_SCALE(fscale)
THUNK_SCALE(fprem)
THUNK_SCALE(fprem1)

/* dst is ST(0), which must be in range; the second result is pushed */
#define THUNK_TWO_RESULTS(name)                                                                    \
    static inline uint16_t thunk_##name(struct fpu_reg *dst, struct fpu_reg *pushed)               \
    {                                                                                              \
        uint16_t sw;                                                                               \
                                                                                                   \
        __asm__ volatile("fldt %1\n\t" #name "\n\tfnstsw %0\n\tfstpt %2\n\tfstpt %1"               \
                         : "=&a"(sw), "+m"(*dst), "=m"(*pushed)                                    \
                         :                                                                         \
                         : "st", "st(1)");                                                         \
        return sw;                                                                                 \
    }

THUNK_TWO_RESULTS(fsincos)
THUNK_TWO_RESULTS(fptan)

/* Constants depend on the rounding control. */
#define THUNK_CONST(name)                                                                          \
    static inline void thunk_##name(struct fpu_reg *dst)                                           \
    {                                                                                              \
        __asm__ volatile(#name "\n\tfstpt %0" : "=m"(*dst) : : "st");                              \
    }

THUNK_CONST(fld1)
THUNK_CONST(fldl2t)
THUNK_CONST(fldl2e)
THUNK_CONST(fldpi)
THUNK_CONST(fldlg2)
THUNK_CONST(fldln2)
THUNK_CONST(fldz)

#endif
