; SPDX-License-Identifier: GPL-2.0-or-later
; What a disk without a system does when it is started: it says so and waits for another one.
bits 16
global boot_code
global boot_code
PLACE   equ 7c3eh                       ; where the BIOS's copy of the sector has it

section .rodata
boot_code:
        cli
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 7c00h
        sti
        cld
        mov si, PLACE + (text - boot_code)
.next:  lodsb
        test al, al
        jz .wait
        mov ah, 0eh
        mov bx, 7
        int 10h
        jmp short .next
.wait:  xor ax, ax
        int 16h
        int 19h
        jmp short .wait
text:   db 'This disk has no operating system.', 13, 10
        db 'Put another one in, then press a key.', 13, 10, 0
        times 448 - ($ - boot_code) db 0
