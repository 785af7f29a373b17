; SPDX-License-Identifier: GPL-2.0-or-later
; Calls that are no plain interrupts: INT 25h and 26h leave the flags on the stack, XMS is a far call
; with 32-bit registers.
bits 16
global absolute_call, xms_free

section .text progbits alloc exec
; uint16_t absolute_call(packet, drive, interrupt): 0, or the error with FF00h set.
absolute_call:
        push ebx
        push esi
        push edi
        push ebp
        mov bx, ax
        mov al, dl
        mov [number], cl
        jmp short .fetched              ; what was fetched ahead is the old number
.fetched:
        mov cx, 0ffffh
        db 0cdh
number: db 25h
        pop dx
        cld
        push ss
        pop ds
        push ss
        pop es
        movzx esp, sp
        jc .failed
        xor ax, ax
        jmp short .out
.failed:
        mov ah, 0ffh
.out:
        movzx eax, ax
        pop ebp
        pop edi
        pop esi
        pop ebx
        ret 2

; uint32_t xms_free(entry, *total)
xms_free:
        push ebx
        push esi
        push edi
        push ebp
        mov [driver], eax
        push edx
        mov ah, 88h
        call far [driver]
        pop ebx
        movzx esp, sp
        mov [bx], edx
        pop ebp
        pop edi
        pop esi
        pop ebx
        ret 2

section .bss
driver: resd 1

section .text
; INT 23h: ends the program with an exit code of its own.
global break_exit, break_code
break_exit:
        mov ah, 4ch
        mov al, [cs:break_code]
        int 21h

section .data
break_code: db 0
