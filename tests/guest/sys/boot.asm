; SPDX-License-Identifier: GPL-2.0-or-later
; Boot sector: loads stage 2 (sys.asm) to linear 10000h, sector by sector, and jumps there.

        bits 16
        org 7c00h

        cli
        xor ax, ax
        mov ss, ax
        mov sp, 7c00h
        mov ds, ax
        sti
        mov [drive], dl
        mov ax, 1000h
        mov es, ax
        mov si, 1               ; logical sector

next:   mov ax, si
        xor dx, dx
        mov cx, 18
        div cx
        inc dx
        mov cl, dl              ; sector, from 1
        xor dx, dx
        mov bx, 2
        div bx
        mov ch, al              ; cylinder
        mov dh, dl              ; head
        mov dl, [drive]
        mov di, 4               ; a drive may need several attempts to spin up
try:    mov ax, 0201h
        xor bx, bx
        int 13h
        jnc good
        xor ax, ax
        int 13h
        dec di
        jnz try
        mov al, 0ffh            ; exit code: the disk does not read
        out 0f4h, al
        hlt
good:   mov ax, es
        add ax, 20h
        mov es, ax
        inc si
        cmp si, SECTORS + 1
        jb next
        cli
        jmp 1000h:0

drive   db 0
        times 510 - ($ - $$) db 0
        dw 0aa55h
stage2: incbin 'sys.bin'
stage2_end:
SECTORS equ (stage2_end - stage2 + 511) / 512
        times 1474560 - ($ - $$) db 0
