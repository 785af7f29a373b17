; SPDX-License-Identifier: GPL-2.0-or-later
; Shows "READY" and every key typed, and in row 10 where the mouse has got to, by the BIOS's pointing
; device services: "X=0032 Y=FFE2 B=0001" (sums of the movements, up is positive; buttons).
        cpu 386
        org 7c00h
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 7c00h
        mov si, ready
text:   lodsb
        test al, al
        jz init
        call put
        jmp text
init:   mov ax, 0c205h
        mov bh, 3
        int 15h
        mov ax, 0c207h
        mov bx, moved
        int 15h
        mov ax, 0c200h
        mov bh, 1
        int 15h
next:   mov di, 0b800h
        mov es, di
        mov di, 10 * 160
        mov al, 'X'
        mov bx, [x]
        call show
        mov al, 'Y'
        mov bx, [y]
        call show
        mov al, 'B'
        mov bx, [b]
        call show
        hlt
        mov ah, 1
        int 16h
        jz next
        xor ah, ah
        int 16h
        call put
        jmp next

; "X=1234 " to ES:DI
show:   mov ah, 7
        stosw
        mov al, '='
        stosw
        mov cx, 4
.digit: rol bx, 4
        mov al, bl
        and al, 15
        cmp al, 10
        sbb al, 69h
        das
        stosw
        loop .digit
        mov al, ' '
        stosw
        ret

put:    mov ah, 0eh
        mov bx, 7
        int 10h
        ret

; called by the BIOS: status, X, Y, Z on the stack
moved:  push bp
        mov bp, sp
        push ax
        mov al, [bp + 12]
        and ax, 7
        mov [cs:b], ax
        mov ax, [bp + 10]
        mov ah, 0
        test byte [bp + 12], 10h
        jz .right
        dec ah
.right: add [cs:x], ax
        mov ax, [bp + 8]
        mov ah, 0
        test byte [bp + 12], 20h
        jz .up
        dec ah
.up:    add [cs:y], ax
        pop ax
        pop bp
        retf
x       dw 0
y       dw 0
b       dw 0
ready:  db 'READY', 13, 10, 0
        times 510 - ($ - $$) db 0
        dw 0aa55h
