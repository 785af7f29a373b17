/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the 64-bit process to a kernel in a 16- or 32-bit segment and back.
 *
 * The part between native_low_start and native_low_end is copied to an executable page below 4 GB,
 * because the kernel's far return carries a 32-bit offset.  The page after it is the frame (struct
 * native_frame in native.c).  FS and GS are left alone: the kernels do not use them.
 */

#define FRAME (native_low_start + 4096)
#define F_EIP 0 /* far pointer: 4 + 2 */
#define F_STACK 8
#define F_DATA 12
#define F_KERNEL 16
#define F_PASSES 20
#define F_RESULT 24
#define F_RSP 32

        .text
        .globl native_low_start, native_low_end, native_low_exit

        .balign 4096
native_low_start:
        push %rbx
        push %rbp
        push %r12
        push %r13
        push %r14
        push %r15
        mov %rsp, FRAME + F_RSP(%rip)
        fninit
        mov FRAME + F_KERNEL(%rip), %ebx
        mov FRAME + F_PASSES(%rip), %ecx
        mov FRAME + F_DATA(%rip), %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        mov FRAME + F_STACK(%rip), %esp
        ljmp *FRAME + F_EIP(%rip)

/* The kernel's far return comes here. */
native_low_exit:
        mov %eax, FRAME + F_RESULT(%rip)
        mov $0x2b, %eax
        mov %eax, %ss
        xor %eax, %eax
        mov %eax, %ds
        mov %eax, %es
        mov FRAME + F_RSP(%rip), %rsp
        fninit
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbp
        pop %rbx
        ret
native_low_end:

        .section .note.GNU-stack, "", @progbits
