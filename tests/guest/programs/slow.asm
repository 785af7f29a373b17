; SPDX-License-Identifier: GPL-2.0-or-later
; Shows "READY", then every key typed, taking a tenth of a second over each.
        cpu 386
        org 7c00h
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 7c00h
        mov si, ready
text:   lodsb
        test al, al
        jz next
        call put
        jmp text
next:   xor ah, ah
        int 16h
        call put
        mov bx, [46ch]          ; BIOS ticks
        add bx, 2
.wait:  hlt
        cmp [46ch], bx
        jb .wait
        jmp next
put:    mov ah, 0eh
        mov bx, 7
        int 10h
        ret
ready:  db 'READY', 13, 10, 0
        times 510 - ($ - $$) db 0
        dw 0aa55h
