; SPDX-License-Identifier: GPL-2.0-or-later
; Shows the real-time clock (century, year, month, day, hours, minutes, seconds) and the timer's
; ticks, again and again.  The key y puts the clock's year one forward.
        org 7c00h
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 7c00h
        mov ax, 3
        int 10h
        mov ax, 0b800h
        mov es, ax
        cld
next:   xor di, di
        mov si, registers
.show:  lodsb
        test al, al
        js .ticks
        call uip
        out 70h, al
        in al, 71h
        call byte_
        lodsb
        mov ah, 7
        stosw
        jmp .show
.ticks: mov al, [46dh]
        call byte_
        mov al, [46ch]
        call byte_
        mov ah, 1
        int 16h
        jz .rest
        xor ax, ax
        int 16h
        cmp al, 'y'
        jne .rest
        mov ax, 820bh
        call put
        mov al, 9
        out 70h, al
        in al, 71h
        add al, 1
        daa
        mov ah, al
        mov al, 9
        call put
        mov ax, 020bh
        call put
.rest:  hlt
        jmp next

put:    out 70h, al
        xchg al, ah
        out 71h, al
        ret

; Waits while the clock is being updated; keeps AL.
uip:    push ax
.wait:  mov al, 0ah
        out 70h, al
        in al, 71h
        test al, al
        js .wait
        pop ax
        ret

byte_:  push ax
        shr al, 1
        shr al, 1
        shr al, 1
        shr al, 1
        call digit
        pop ax
        and al, 15
digit:  add al, '0'
        cmp al, '9'
        jbe .put
        add al, 7
.put:   mov ah, 7
        stosw
        ret

registers db 32h, " ", 9, "-", 8, "-", 7, " ", 4, ":", 2, ":", 0, " ", 0ffh
        times 510 - ($ - $$) db 0
        dw 0aa55h
