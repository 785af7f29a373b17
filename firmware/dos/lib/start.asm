; SPDX-License-Identifier: GPL-2.0-or-later
; What every .COM of ours begins with, and its way into DOS.  C code has DS = ES = SS = CS, 32-bit
; registers with clear upper halves of ESP, and near.py's calls: a word above the return address.
bits 16
%ifndef STACK
%define STACK 2048
%endif

extern com_main, bss_start, image_end, image_paragraphs
global com_start, dos_call, int_call, stack_end

section .head progbits alloc exec
com_start:
        cld
        mov sp, stack_end
        movzx esp, sp
        mov di, bss_start
        mov cx, stack
        sub cx, di
        xor eax, eax
        rep stosb
        mov bx, image_paragraphs
        mov ah, 4ah
        int 21h
        push ax
        call com_main
        mov ah, 4ch
        int 21h

section .text progbits alloc exec
; bool dos_call(struct dos_regs *): INT 21h; true: carry.
dos_call:
        push dword 21h * 4
        jmp short call_vector

; bool int_call(struct dos_regs *, unsigned n)
int_call:
        movzx edx, dl
        shl edx, 2
        push edx

; The vector's address is on the stack.  Where EXEC of an older DOS keeps only SS:SP, so does this.
call_vector:
        pop edx
        push ebx
        push esi
        push edi
        push ebp
        push ax                         ; [bp+2] of the frame below
        mov bp, ax
        push 0
        pop fs
        push dword [fs:edx]
        pop dword [cs:target]
        mov ax, [bp]
        mov bx, [bp + 2]
        mov cx, [bp + 4]
        mov dx, [bp + 6]
        mov si, [bp + 8]
        mov di, [bp + 10]
        mov es, [bp + 14]
        mov ds, [bp + 12]
        mov bp, [bp + 16]
        pushf
        call far [cs:target]
        cld
        movzx esp, sp
        pushf
        push bp
        mov bp, sp
        mov bp, [bp + 4]
        mov [bp], ax
        mov [bp + 2], bx
        mov [bp + 4], cx
        mov [bp + 6], dx
        mov [bp + 8], si
        mov [bp + 10], di
        mov [bp + 12], ds
        mov [bp + 14], es
        pop word [bp + 16]
        pop word [bp + 18]
        mov al, [bp + 18]
        and eax, 1
        push ss
        pop ds
        push ss
        pop es
        add sp, 2
        pop ebp
        pop edi
        pop esi
        pop ebx
        ret 2

section .bss
target: resd 1

section .stack nobits alloc write
stack:  resb STACK
stack_end:
