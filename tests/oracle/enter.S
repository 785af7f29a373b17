/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from the 64-bit process into one guest instruction in an LDT segment and back.
 *
 * The part between oracle_low_start and oracle_low_end is copied to an executable page below 4 GB,
 * because the guest's far jump back carries a 32-bit offset.  The page after it is the frame
 * (struct host_frame in host.h); the code reaches it by its distance.
 *
 * Signals (every fault of the guest) arrive at oracle_signal, which makes a C environment again
 * before anything else: the guest may have left any FS, AC, DF or NT behind.
 */

#define FRAME (oracle_low_start + 4096)

/* struct host_frame */
#define F_GPR 0      /* 8 x 4 */
#define F_EIP 32     /* far pointer: 4 + 2 */
#define F_CS 36
#define F_EFLAGS 40
#define F_SS 44
#define F_DS 46
#define F_ES 48
#define F_FS 50
#define F_GS 52
#define F_FPU 56
#define F_O_GPR 64
#define F_O_EFLAGS 96
#define F_O_SEG 100  /* es cs ss ds fs gs */
#define F_HOST_RSP 112
#define F_HOST_FSBASE 120
#define F_FX 128
#define F_O_FX 640
#define F_SERIAL 1152
#define F_TICKED 1156
#define SIGALRM 14

        .text
        .globl oracle_low_start, oracle_low_end, oracle_exit_guest, oracle_exit_signal
        .globl oracle_signal

        .balign 4096
oracle_low_start:
        push %rbx
        push %rbp
        push %r12
        push %r13
        push %r14
        push %r15
        mov %rsp, FRAME + F_HOST_RSP(%rip)
        cmpl $0, FRAME + F_FPU(%rip)
        je 1f
        fxrstor FRAME + F_FX(%rip)
1:      mov FRAME + F_DS(%rip), %ds
        mov FRAME + F_ES(%rip), %es
        mov FRAME + F_FS(%rip), %fs
        mov FRAME + F_GS(%rip), %gs
        mov FRAME + F_EFLAGS(%rip), %eax
        push %rax
        popfq
        mov FRAME + F_GPR + 0(%rip), %eax
        mov FRAME + F_GPR + 4(%rip), %ecx
        mov FRAME + F_GPR + 8(%rip), %edx
        mov FRAME + F_GPR + 12(%rip), %ebx
        mov FRAME + F_GPR + 20(%rip), %ebp
        mov FRAME + F_GPR + 24(%rip), %esi
        mov FRAME + F_GPR + 28(%rip), %edi
        mov FRAME + F_SS(%rip), %ss
        mov FRAME + F_GPR + 16(%rip), %esp
        ljmp *FRAME + F_EIP(%rip)

/* Here the instruction went through and the stub behind it jumped back. */
oracle_exit_guest:
        mov %eax, FRAME + F_O_GPR + 0(%rip)
        mov %ecx, FRAME + F_O_GPR + 4(%rip)
        mov %edx, FRAME + F_O_GPR + 8(%rip)
        mov %ebx, FRAME + F_O_GPR + 12(%rip)
        mov %esp, FRAME + F_O_GPR + 16(%rip)
        mov %ebp, FRAME + F_O_GPR + 20(%rip)
        mov %esi, FRAME + F_O_GPR + 24(%rip)
        mov %edi, FRAME + F_O_GPR + 28(%rip)
        mov FRAME + F_HOST_RSP(%rip), %rsp
        pushfq
        pop %rax
        mov %eax, FRAME + F_O_EFLAGS(%rip)
        push $0x202
        popfq
        mov %es, FRAME + F_O_SEG + 0(%rip)
        mov %ss, FRAME + F_O_SEG + 4(%rip)
        mov %ds, FRAME + F_O_SEG + 6(%rip)
        mov %fs, FRAME + F_O_SEG + 8(%rip)
        mov %gs, FRAME + F_O_SEG + 10(%rip)
        cmpl $0, FRAME + F_FPU(%rip)
        je 1f
        fxsave FRAME + F_O_FX(%rip)
        fninit
1:      xor %eax, %eax /* "went through" */
oracle_exit_common:
        mov $0x2b, %ecx
        mov %ecx, %ss
        xor %ecx, %ecx
        mov %ecx, %ds
        mov %ecx, %es
        mov %ecx, %fs
        mov %ecx, %gs
        mov FRAME + F_HOST_FSBASE(%rip), %rcx
        wrfsbase %rcx
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbp
        pop %rbx
        ret

/* The signal handler comes here when the frame is filled: never returns to the kernel. */
oracle_exit_signal:
        mov FRAME + F_HOST_RSP(%rip), %rsp
        push $0x202
        popfq
        mov $1, %eax
        jmp oracle_exit_common
oracle_low_end:

/* void oracle_signal(int, siginfo_t *, void *): the kernel clears DF and TF, but not AC.
 * The tick (SIGALRM) goes back at once, FS, NT and ID untouched (the return from a signal does not
 * restore the last two), unless the same case ran at the tick before. */
oracle_signal:
        pushfq
        andl $~0x40000, (%rsp)
        popfq
        mov oracle_frame(%rip), %rax
        cmp $SIGALRM, %edi
        jne 2f
        mov F_SERIAL(%rax), %ecx
        cmp F_TICKED(%rax), %ecx
        mov %ecx, F_TICKED(%rax)
        je 2f
        ret
2:
        test %rax, %rax
        je 1f
        mov %ds, F_O_SEG + 6(%rax)
        mov %es, F_O_SEG + 0(%rax)
        mov %fs, F_O_SEG + 8(%rax)
        mov %gs, F_O_SEG + 10(%rax)
        mov F_HOST_FSBASE(%rax), %rcx
        wrfsbase %rcx
1:      jmp oracle_signal_c

        .section .note.GNU-stack, "", @progbits
