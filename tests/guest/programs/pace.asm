; SPDX-License-Identifier: GPL-2.0-or-later
; Counts turns of the loop that `bygone engine` measures with, six instructions each, and times each
; thousand of them by the interval timer.  From 0:4F0h, words that are free for such use: turns (32
; bits), the least and the most ticks of 1.193182 MHz that a thousand took.
        org 7c00h
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 7c00h
        cli
        mov al, 34h             ; channel 0 from 65,536 down, one by one
        out 43h, al
        mov al, 0
        out 40h, al
        out 40h, al
        mov [4f0h], ax
        mov [4f2h], ax
        mov word [4f4h], 0ffffh
        mov word [4f6h], 0
        cmp byte [idle], 0
        jne .halt
.again: call timer
        mov di, ax
        mov cx, 1000
.turn:  inc word [2000h]
        add ax, bx
        mov dx, ax
        xor dx, cx
        inc bx
        loop .turn
        add word [4f0h], 1000
        adc word [4f2h], 0
        call timer
        sub di, ax
        cmp di, [4f4h]
        jae .most
        mov [4f4h], di
.most:  cmp di, [4f6h]
        jbe .again
        mov [4f6h], di
        jmp .again
.halt:  sti
        hlt
        jmp .halt

timer:  mov al, 0               ; latch channel 0
        out 43h, al
        in al, 40h
        mov ah, al
        in al, 40h
        xchg al, ah
        ret

        times 509 - ($ - $$) db 0
idle    db 0                    ; not 0: halts, with interrupts
        dw 0aa55h
