; SPDX-License-Identifier: GPL-2.0-or-later
; POINT.COM: asks the mouse driver where the mouse is, and draws a letter there: A and the buttons.
; A key ends it.
        cpu 386
        org 100h

        xor ax, ax
        int 33h
        cmp ax, 0ffffh
        jne .none
        mov ax, 3
        int 10h
        mov ax, 0b800h
        mov es, ax
        mov dx, ready
        mov ah, 9
        int 21h
.next:  mov ah, 1
        int 16h
        jnz .end
        mov ax, 3
        int 33h
        add bl, 'A'
        mov bh, 1eh
        shr dx, 3
        shr cx, 3
        imul di, dx, 80
        add di, cx
        shl di, 1
        mov si, [cell]
        cmp si, di
        je .draw
        mov word [es:si], 0720h
        mov [cell], di
.draw:  mov [es:di], bx
        jmp .next
.end:   xor ax, ax
        int 16h
        mov ax, 3
        int 10h
        mov ax, 4c00h
        int 21h
.none:  mov dx, nobody
        mov ah, 9
        int 21h
        mov ax, 4c01h
        int 21h

cell    dw (24 * 80 + 79) * 2
ready   db "pointing$"
nobody  db "no mouse driver", 13, 10, "$"
