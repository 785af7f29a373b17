; SPDX-License-Identifier: GPL-2.0-or-later
; Goes to 32-bit mode and jumps to where nothing is: the address at 7C04h.
        cpu 386
        org 7c00h
        jmp short start
        times 4 - ($ - $$) db 0
target  dd 0e0000000h
start:  cli
        xor ax, ax
        mov ds, ax
        mov ebx, [target]
        lgdt [table]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp dword 8:flat
        bits 32
flat:   mov ax, 16
        mov ds, ax
        mov ss, ax
        mov esp, 7c00h
        jmp ebx
        align 8
gdt     dq 0, 00cf9b000000ffffh, 00cf93000000ffffh
table   dw 23
        dd gdt
        times 510 - ($ - $$) db 0
        dw 0aa55h
