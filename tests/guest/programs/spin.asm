; SPDX-License-Identifier: GPL-2.0-or-later
; Ten times: a letter to port E9h, then two BIOS ticks waited for without HLT or any port.  Then "!".
        cpu 386
        org 7c00h
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 7c00h
        sti
        mov cx, 10
again:  mov al, 'S'
        out 0e9h, al
        mov bx, [46ch]
.wait:  mov ax, [46ch]
        sub ax, bx
        cmp ax, 2
        jb .wait
        loop again
        mov al, '!'
        out 0e9h, al
stay:   hlt
        jmp stay
        times 510 - ($ - $$) db 0
        dw 0aa55h
