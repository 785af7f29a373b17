; SPDX-License-Identifier: GPL-2.0-or-later
; Sends a line to the first serial port and ends the machine: 15h to port F4h.
        org 7c00h
        xor ax, ax
        mov ds, ax
        mov dx, 3fbh            ; eight bits, no parity
        mov al, 3
        out dx, al
        mov si, text
        cld
next:   lodsb
        test al, al
        jz end
        mov bl, al
        mov dx, 3fdh
wait_:  in al, dx
        test al, 20h
        jz wait_
        mov al, bl
        mov dx, 3f8h
        out dx, al
        jmp next
end:    mov dx, 3fdh
drain:  in al, dx
        test al, 40h
        jz drain
        mov al, 15h
        out 0f4h, al
        cli
        hlt
text    db "hello from the guest", 13, 10, 0
        times 510 - ($ - $$) db 0
        dw 0aa55h
