; SPDX-License-Identifier: GPL-2.0-or-later
; Writes the sector at 7C00h to cylinder 1, head 0, sector 1 of drive A again and again; shows the
; BIOS's answer and how often it was good as letters at the top of the screen.
        org 7c00h
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 7c00h
        mov ax, 3
        int 10h
        cld
next:   mov ax, 0301h
        mov bx, 7c00h
        mov cx, 0101h
        xor dx, dx
        int 13h
        mov bl, ah
        push es
        mov ax, 0b800h
        mov es, ax
        xor di, di
        mov al, 'g'             ; good
        mov ah, 7
        test bl, bl
        jz .show
        mov al, 'f'             ; failed
        inc byte [failures]
.show:  stosw
        mov al, [failures]
        and al, 15
        add al, 'a'
        stosw
        inc byte [turns]
        mov al, [turns]
        and al, 15
        add al, 'a'
        stosw
        pop es
        jmp next
failures db 0
turns   db 0
        times 510 - ($ - $$) db 0
        dw 0aa55h
