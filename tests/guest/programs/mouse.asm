; SPDX-License-Identifier: GPL-2.0-or-later
; MOUSE.COM: a small mouse driver for DOS that stays resident: INT 33h with functions 0, 3, 4 and
; 0Bh, by the BIOS's pointing device (INT 15h, C2h) and, where it is, VMware's backdoor.  With any
; argument it does without the backdoor.  The screen is 640 x 200, as text mode has it.
        cpu 386
        org 100h

MAGIC   equ 564d5868h

        jmp install

x       dw 320
y       dw 100
buttons db 0
wheel   db 0
moved_x dw 0
moved_y dw 0
placed  db 0

int33:  test ax, ax
        je .reset
        cmp ax, 3
        je .get
        cmp ax, 4
        je .set
        cmp ax, 0bh
        je .moved
        iret
.reset: mov word [cs:x], 320
        mov word [cs:y], 100
        mov ax, 0ffffh
        mov bx, 3
        iret
.get:   mov bl, [cs:buttons]
        mov bh, [cs:wheel]
        mov byte [cs:wheel], 0
        mov cx, [cs:x]
        mov dx, [cs:y]
        iret
.set:   mov [cs:x], cx
        mov [cs:y], dx
        iret
.moved: xor cx, cx
        xor dx, dx
        xchg cx, [cs:moved_x]
        xchg dx, [cs:moved_y]
        iret

backdoor:
        mov eax, MAGIC
        mov dx, 5658h
        in eax, dx
        ret

; Called by the BIOS for each packet: status, x, y and a word of nothing lie on the stack.
packet: push bp
        mov bp, sp
        pushad
        push ds
        push cs
        pop ds
        cmp byte [placed], 0
        jne .absolute
        mov al, [bp + 12]
        mov ah, al
        and al, 7
        mov [buttons], al
        movzx bx, byte [bp + 10]
        test ah, 10h
        jz .right
        mov bh, 0ffh
.right: movzx cx, byte [bp + 8]
        test ah, 20h
        jz .up
        mov ch, 0ffh
.up:    neg cx                  ; the mouse counts upwards
        call move
        jmp .end
.absolute:
        mov ecx, 40
        call backdoor
        cmp eax, 4
        jb .end
        test eax, 0ffff0000h
        jnz .end
        mov ecx, 39
        mov ebx, 4
        call backdoor
        add [wheel], dl
        mov dx, ax
        shr dx, 5               ; left
        and dx, 1
        test al, 10h
        jz .one
        or dl, 2
.one:   test al, 8
        jz .two
        or dl, 4
.two:   mov [buttons], dl
        imul ebx, ebx, 640
        shr ebx, 16
        mov [x], bx
        imul ecx, ecx, 200
        shr ecx, 16
        mov [y], cx
.end:   pop ds
        popad
        pop bp
        retf

; BX to the right, CX down.
move:   add [moved_x], bx
        add [moved_y], cx
        add bx, [x]
        mov dx, 639
        call limit
        mov [x], bx
        mov bx, cx
        add bx, [y]
        mov dx, 199
        call limit
        mov [y], bx
        ret

limit:  test bx, bx
        jns .positive
        xor bx, bx
.positive:
        cmp bx, dx
        jle .end
        mov bx, dx
.end:   ret

install:
        cmp byte [80h], 0
        jne .relative
        mov ecx, 10
        xor ebx, ebx
        call backdoor
        cmp ebx, MAGIC
        jne .relative
        mov ecx, 41
        mov ebx, 45414552h
        call backdoor
        mov ecx, 39
        mov ebx, 1
        call backdoor
        mov ecx, 41
        mov ebx, 53424152h
        call backdoor
        mov byte [placed], 1
.relative:
        mov bh, 3
        mov ax, 0c205h
        int 15h
        jc .none
        mov ax, 2533h
        mov dx, int33
        int 21h
        mov bx, packet
        mov ax, 0c207h
        int 15h
        jc .none
        mov bh, 1
        mov ax, 0c200h
        int 15h
        jc .none
        mov dx, by_ps2
        cmp byte [placed], 0
        je .say
        mov dx, by_backdoor
.say:   mov ah, 9
        int 21h
        mov dx, install
        int 27h
.none:  mov dx, no_mouse
        mov ah, 9
        int 21h
        mov ax, 4c01h
        int 21h

by_ps2  db "mouse: movements", 13, 10, "$"
by_backdoor db "mouse: positions", 13, 10, "$"
no_mouse db "mouse: none", 13, 10, "$"
