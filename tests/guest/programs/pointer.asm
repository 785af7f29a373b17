; SPDX-License-Identifier: GPL-2.0-or-later
; A pointer by VMware's backdoor, without any BIOS service for mice: switches the pointer behind port
; 5658h to positions, takes one packet a mouse interrupt (IRQ 12) as the simplest drivers do, and
; draws a letter in the cell it points at: A and the buttons (left 1, right 2, middle 4), the wheel's
; count as the attribute.  Its last line says what it found.
        cpu 386
        org 7c00h

MAGIC   equ 564d5868h
COLUMNS equ 80
ROWS    equ 25

        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 7c00h
        mov ax, 0203h           ; the rest of this program
        mov bx, 7e00h
        mov cx, 0002h
        xor dh, dh
        int 13h
        jc $
        mov ax, 3
        int 10h
        mov ah, 1               ; no cursor
        mov cx, 2000h
        int 10h
        jmp begin
        times 510 - ($ - $$) db 0
        dw 0aa55h

begin:  cld
        mov ecx, 10             ; version
        xor ebx, ebx
        call backdoor
        cmp ebx, MAGIC
        jne absent
        cmp eax, 6
        jne absent
        mov ecx, 41             ; on
        mov ebx, 45414552h
        call backdoor
        mov ecx, 40
        call backdoor
        cmp eax, 1
        jne absent
        mov ecx, 39
        mov ebx, 1
        call backdoor
        cmp eax, 3442554ah
        jne absent
        mov ecx, 41             ; positions
        mov ebx, 53424152h
        call backdoor
        mov ecx, 12345          ; and a command that nobody knows
        xor ebx, ebx
        call backdoor
        inc eax
        jnz absent
        mov eax, MAGIC          ; string input is no call
        mov ecx, 10
        xor ebx, ebx
        mov dx, 5658h
        mov edi, 600h
        rep insd
        test ebx, ebx
        jnz absent
        mov eax, [600h]
        inc eax
        jnz absent

        cli                     ; the mouse itself
        mov word [74h * 4], mouse
        mov word [74h * 4 + 2], 0
        mov al, 0a8h
        call command
        mov al, 20h
        call command
        call answer
        or al, 2
        and al, 0dfh
        mov ah, al
        mov al, 60h
        call command
        mov al, ah
        call data
        mov al, 0d4h
        call command
        mov al, 0f4h
        call data
        call answer             ; FAh
        in al, 0a1h
        and al, 0efh
        out 0a1h, al
        in al, 21h
        and al, 0fbh
        out 21h, al
        mov si, ready
        call print
        sti
.wait:  hlt
        jmp .wait

absent: mov si, nobody
        call print
        cli
        hlt

; A call: ECX, EBX in; EAX, EBX, ECX, EDX out.
backdoor:
        mov eax, MAGIC
        mov dx, 5658h
        in eax, dx
        ret

command:
        push ax
.wait:  in al, 64h
        test al, 2
        jnz .wait
        pop ax
        out 64h, al
        ret

data:   push ax
.wait:  in al, 64h
        test al, 2
        jnz .wait
        pop ax
        out 60h, al
        ret

answer: in al, 64h
        test al, 1
        jz answer
        in al, 60h
        ret

print:  mov ax, 0b800h
        mov es, ax
        mov di, (ROWS - 1) * COLUMNS * 2
        mov ah, 7
.next:  lodsb
        test al, al
        jz .end
        stosw
        jmp .next
.end:   ret

; IRQ 12: a byte of the mouse; with the third of a packet the pointer is looked at.
mouse:  pushad
        push ds
        push es
        xor ax, ax
        mov ds, ax
        in al, 60h
        inc byte [bytes]
        cmp byte [bytes], 3
        jb .end
        mov byte [bytes], 0
        mov ecx, 40
        call backdoor
        cmp eax, 4
        jb .end
        test eax, 0ffff0000h
        jnz .end
        mov ecx, 39
        mov ebx, 4
        call backdoor
        call draw
.end:   mov al, 20h
        out 0a0h, al
        out 20h, al
        pop es
        pop ds
        popad
        iret

; EAX buttons, EBX x, ECX y, EDX wheel.
draw:   mov [flags], eax
        add [wheel], dl
        mov ax, 0b800h
        mov es, ax
        mov di, [cell]
        mov word [es:di], 0720h
        imul ebx, ebx, COLUMNS
        shr ebx, 16
        imul ecx, ecx, ROWS
        shr ecx, 16
        imul di, cx, COLUMNS
        add di, bx
        shl di, 1
        mov [cell], di
        mov al, 'A'
        test byte [flags], 20h
        jz .right
        add al, 1
.right: test byte [flags], 10h
        jz .middle
        add al, 2
.middle:
        test byte [flags], 8
        jz .all
        add al, 4
.all:   mov ah, [wheel]
        and ah, 0fh
        or ah, 10h
        mov [es:di], ax
        ret

ready   db "backdoor ready", 0
nobody  db "no backdoor", 0
bytes   db 0
wheel   db 0
flags   dd 0
cell    dw 0
        times 2048 - ($ - $$) db 0
