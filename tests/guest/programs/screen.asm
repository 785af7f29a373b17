; SPDX-License-Identifier: GPL-2.0-or-later
; Fills the display adapter's registers and memory with garbage.  Seed at 7C04h.
        cpu 386
        org 7c00h
        jmp short start
        times 4 - ($ - $$) db 0
seed    dd 1
start:  xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 7c00h
        mov ax, 0a000h
        mov es, ax
        mov ax, 0b800h
        mov fs, ax
next:   call random
        mov dx, ax
        and dx, 1fh
        add dx, 3c0h
        shr eax, 8
        test al, 3
        jz vbe
        test al, 8
        jz wide
        out dx, al
        jmp memory
wide:   out dx, ax
        jmp memory
vbe:    mov dx, 1ceh
        movzx cx, ah
        mov ax, cx
        and ax, 15
        out dx, ax
        inc dx
        call random
        shr eax, 7
        test ax, 1
        jz .big
        and ax, 3ffh
.big:   out dx, ax
memory: call random
        mov ebx, eax
        shr ebx, 16
        mov [es:bx], al
        shr bx, 1
        mov [fs:bx], ah
        jmp next

random: mov eax, [seed]
        imul eax, eax, 1664525
        add eax, 1013904223
        mov [seed], eax
        rol eax, 11
        xor eax, [seed]
        ret
        times 510 - ($ - $$) db 0
        dw 0aa55h
