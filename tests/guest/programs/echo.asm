; SPDX-License-Identifier: GPL-2.0-or-later
; Shows "READY" and every key typed; 'g' changes to graphics (320 x 200, a pattern of colours),
; 't' back to text.  Counts BIOS ticks at 0:500h meanwhile, so that others see that it goes on.
        cpu 386
        org 7c00h
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 7c00h
        mov si, ready
text:   lodsb
        test al, al
        jz next
        call put
        jmp text
next:   mov eax, [46ch]
        mov [500h], eax
        mov ah, 1
        int 16h
        jnz key
        hlt
        jmp next
key:    xor ah, ah
        int 16h
        cmp al, 'g'
        je graphics
        cmp al, 't'
        jne .echo
        mov ax, 3
        int 10h
        jmp next
.echo:  call put
        jmp next
graphics:
        mov ax, 13h
        int 10h
        mov ax, 0a000h
        mov es, ax
        xor di, di
.fill:  mov ax, di
        xor al, ah
        stosb
        cmp di, 64000
        jne .fill
        jmp next
put:    mov ah, 0eh
        mov bx, 7
        int 10h
        ret
ready:  db 'READY', 13, 10, 0
        times 510 - ($ - $$) db 0
        dw 0aa55h
