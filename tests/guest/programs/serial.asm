; SPDX-License-Identifier: GPL-2.0-or-later
; All four serial ports at 115,200 baud, by interrupts that pairs of them share: what comes in goes
; back with bit 5 turned, and changes of DCD go to port E9h as "1+" and "1-".
        cpu 386
        org 7c00h
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 7c00h
        cld
        mov word [4 * 0bh], irq         ; IRQ3
        mov word [4 * 0bh + 2], ax
        mov word [4 * 0ch], irq         ; IRQ4
        mov word [4 * 0ch + 2], ax
        mov si, bases
init:   lodsw
        test ax, ax
        jz go
        mov bx, ax
        lea dx, [bx + 3]
        mov al, 80h
        out dx, al
        mov dx, bx
        mov al, 1
        out dx, al
        inc dx
        dec al
        out dx, al
        lea dx, [bx + 3]
        mov al, 3                       ; 8N1
        out dx, al
        dec dx
        mov al, 7                       ; FIFOs, emptied
        out dx, al
        lea dx, [bx + 4]
        mov al, 0bh                     ; DTR, RTS, OUT2
        out dx, al
        lea dx, [bx + 1]
        mov al, 9                       ; characters and modem lines
        out dx, al
        jmp init
go:     in al, 21h
        and al, 0e7h
        out 21h, al
        mov al, '!'
        out 0e9h, al
idle:   sti
        hlt
        jmp idle

; A shared line gives one edge for several ports: ask all until none has anything left.
irq:    pusha
again:  xor bp, bp
        mov si, bases
        mov cl, '1'
port:   lodsw
        test ax, ax
        jz pass
        mov bx, ax
        lea dx, [bx + 6]
        in al, dx
        test al, 8
        jz data
        inc bp
        mov ah, al
        mov al, cl
        out 0e9h, al
        mov al, '-'
        test ah, 80h
        jz down
        mov al, '+'
down:   out 0e9h, al
data:   lea dx, [bx + 5]
        in al, dx
        test al, 1
        jz next
        inc bp
        mov dx, bx
        in al, dx
        mov ah, al
        lea dx, [bx + 5]
room:   in al, dx
        test al, 20h
        jz room
        mov dx, bx
        mov al, ah
        xor al, 20h
        out dx, al
next:   inc cx
        jmp port
pass:   test bp, bp
        jnz again
        mov al, 20h
        out 20h, al
        popa
        iret

bases   dw 3f8h, 2f8h, 3e8h, 2e8h, 0
        times 510 - ($ - $$) db 0
        dw 0aa55h
