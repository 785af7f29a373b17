/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One host instruction on a whole guest FPU state: the exact way, used where the quick thunks of
 * fpu_thunk.h do not apply (stack faults, unmasked exceptions, rare instructions).
 *
 * A table of stubs holds every x87 encoding once: register forms as they are, memory forms with
 * (%rdi) for their operand.
 */

#include "core/cpu/fpu_thunk.h"
#include "core/cpu/x86.h"

/* uint64_t fpu_thunk_call(image, stub, mem, flags): all of it between FRSTOR and FNSAVE, which do
 * not wait, so an exception that the guest unmasked never reaches the host. */
uint64_t fpu_thunk_call(struct fpu_image *image, const uint8_t *stub, void *mem, uint64_t flags);
extern const uint8_t fpu_thunk_reg[8][64][4], fpu_thunk_mem[8][8][4];

__asm__(".pushsection .text\n"
        ".p2align 4\n"
        ".globl fpu_thunk_call\n"
        ".hidden fpu_thunk_call\n"
        ".type fpu_thunk_call, @function\n"
        "fpu_thunk_call:\n"
        "    frstor (%rdi)\n"
        "    mov %rdi, %r8\n"
        "    mov %rdx, %rdi\n"
        "    pushq %rcx\n"
        "    popfq\n"
        "    call *%rsi\n"
        "    pushfq\n"
        "    popq %rax\n"
        "    fnsave (%r8)\n"
        "    ret\n"
        ".size fpu_thunk_call, . - fpu_thunk_call\n"
        ".globl fpu_thunk_reg\n"
        ".hidden fpu_thunk_reg\n"
        ".p2align 4\n"
        "fpu_thunk_reg:\n"
        ".set thunk_op, 0xd8\n"
        ".rept 8\n"
        ".set thunk_rm, 0xc0\n"
        ".rept 64\n"
        "    .byte thunk_op, thunk_rm, 0xc3, 0xcc\n"
        ".set thunk_rm, thunk_rm + 1\n"
        ".endr\n"
        ".set thunk_op, thunk_op + 1\n"
        ".endr\n"
        ".globl fpu_thunk_mem\n"
        ".hidden fpu_thunk_mem\n"
        "fpu_thunk_mem:\n"
        ".set thunk_op, 0xd8\n"
        ".rept 8\n"
        ".set thunk_rm, 0x07\n"
        ".rept 8\n"
        "    .byte thunk_op, thunk_rm, 0xc3, 0xcc\n"
        ".set thunk_rm, thunk_rm + 8\n"
        ".endr\n"
        ".set thunk_op, thunk_op + 1\n"
        ".endr\n"
        ".popsection\n");

uint32_t thunk_run(struct fpu_image *image, uint8_t opcode, uint8_t modrm, void *mem,
                   uint32_t flags)
{
    const uint8_t *stub = modrm >= 0xc0 ? fpu_thunk_reg[opcode & 7][modrm & 0x3f]
                                        : fpu_thunk_mem[opcode & 7][modrm >> 3 & 7];

    return (uint32_t)fpu_thunk_call(image, stub, mem, FL_ONE | FL_IF | (flags & FL_ARITH)) &
           FL_ARITH;
}
