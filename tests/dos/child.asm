; SPDX-License-Identifier: GPL-2.0-or-later
; The program that process.c runs.  It leaves what it was entered with where vector 61h points: 13
; registers, the word on its stack, its PSP, 256 bytes of its environment.  Then what the
; first letter of its arguments says.
        org 100h
        mov [cs:regs], ax
        mov [cs:regs + 2], bx
        mov [cs:regs + 4], cx
        mov [cs:regs + 6], dx
        mov [cs:regs + 8], si
        mov [cs:regs + 10], di
        mov [cs:regs + 12], bp
        mov [cs:regs + 14], sp
        mov [cs:regs + 16], ss
        mov [cs:regs + 18], ds
        mov [cs:regs + 20], es
        mov [cs:regs + 22], cs
        pushf
        pop word [cs:regs + 24]
        mov bp, sp
        mov ax, [bp]
        mov [cs:regs + 26], ax
        xor ax, ax
        mov es, ax
        les di, [es:61h * 4]
        mov ax, es
        or ax, di
        jz .command
        push cs
        pop ds
        cld
        mov si, regs
        mov cx, 14
        rep movsw
        xor si, si
        mov cx, 128
        rep movsw
        mov ds, [2ch]
        xor si, si
        mov cx, 128
        rep movsw
.command:
        push cs
        pop ds
        mov ah, 4ah                     ; stays small
        push cs
        pop es
        mov bx, 40h
        int 21h
        mov sp, stack_end
        mov al, [82h]
        cmp al, 'c'
        je exit_7
        cmp al, '2'
        je exit_20
        cmp al, '0'
        je exit_0
        cmp al, 'r'
        je resident
        cmp al, 'R'
        je resident_27
        cmp al, 'f'
        je far_return
        cmp al, 'h'
        je handles
        cmp al, '5'
        je exit_call5
        mov ax, 4c00h
        int 21h
exit_7: mov ax, 4c07h
        int 21h
exit_20:
        int 20h
exit_0: xor ax, ax
        int 21h
resident:
        mov ax, 3109h
        mov dx, 40h
        int 21h
resident_27:
        mov dx, 400h
        int 27h
; As a program returns that was begun by a far call: to PSP:0, where INT 20h is.
far_return:
        push cs
        xor ax, ax
        push ax
        retf
; 4Ch by way of PSP:50h
exit_call5:
        push cs
        push word .after
        mov ax, 4c05h
        jmp word 50h
.after: mov ax, 4cffh
        int 21h
; Leaves files, memory and vectors behind: DOS has to clean up.
handles:
        mov ah, 3ch
        xor cx, cx
        mov dx, name
        int 21h
        mov bx, ax
        mov ah, 40h
        mov cx, 4
        mov dx, name
        int 21h
        mov ah, 48h
        mov bx, 40h
        int 21h
        mov ax, 2523h
        mov dx, fail
        int 21h
        mov ax, 2524h
        mov dx, fail
        int 21h
        mov ax, 4c01h
        int 21h
fail:   mov al, 3
        iret
name:   db 'CHILD.TMP', 0
regs:   times 14 dw 0
        times 400h - 100h - ($ - $$) db 0 ; the stack
stack_end:
