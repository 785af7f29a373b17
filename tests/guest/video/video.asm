; SPDX-License-Identifier: GPL-2.0-or-later
; A guest that walks the modes and effects of a VGA.  At each step it sends the step's name to the
; debug port E9h, as a line that begins with "@", and shows the picture until a key is pressed; after the last step it
; sends "@end".  It needs no operating system: a boot sector loads the rest from the floppy.
; Figures of registers: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem"; those of
; the unchained modes are the ones that programs of the time used everywhere.
        bits 16
        cpu 386
        org 0x7c00

SECTORS equ 32

        jmp 0:start
start:  cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        sti
        cld
        mov [drive], dl
        mov si, 1               ; sector, counted from 0
        mov bx, 0x7e00
.next:  mov ax, si
        xor dx, dx
        mov cx, 18
        div cx
        mov cl, dl
        inc cl
        mov dh, al
        and dh, 1
        shr al, 1
        mov ch, al
        mov dl, [drive]
        mov ax, 0x0201
        int 0x13
        jc $
        add bx, 512
        inc si
        cmp si, SECTORS
        jb .next
        jmp walk
drive:  db 0
        times 510 - ($ - $$) db 0
        dw 0xaa55

; ---- registers ----

%macro OUTW 3                   ; port, index, value
        mov dx, %1
        mov ax, (%3) << 8 | (%2)
        out dx, ax
%endmacro
%define CRTC OUTW 0x3d4,
%define SEQ  OUTW 0x3c4,
%define GFX  OUTW 0x3ce,

%macro ATTR 2                   ; index, value
        mov ax, (%2) << 8 | (%1)
        call attr
%endmacro
%macro DISPI 2                  ; index, value
        mov dx, 0x1ce
        mov ax, %1
        out dx, ax
        inc dx
        mov ax, %2
        out dx, ax
%endmacro
; Twice: SeaBIOS' video BIOS programs the CRTC at the address of the mode before.
%macro MODE 1
        mov ax, %1
        int 0x10
        mov ax, %1
        int 0x10
%endmacro
; A step whose picture stands still.
%macro STEP 1
        call hold
        db %1, 0
%endmacro
; One that a routine draws in each frame; it starts in the vertical retrace.
%macro MOVING 2
        mov word [effect], %2
        call hold_moving
        db %1, 0
%endmacro
%macro TITLE 1
        call title
        db %1, 0
%endmacro

attr:   push ax
        mov dx, 0x3da
        in al, dx
        mov dx, 0x3c0
        pop ax
        out dx, al
        mov al, ah
        out dx, al
        mov al, 0x20
        out dx, al
        ret

; CRTC register al: and with bh, or with bl.
crtc_change:
        mov dx, 0x3d4
        out dx, al
        inc dx
        in al, dx
        and al, bh
        or al, bl
        out dx, al
        ret

unlock: mov ax, 0x0011
        mov bx, 0x7f00
        jmp crtc_change

; Line compare := cx.
split_at:
        mov al, 0x18
        mov ah, cl
        mov dx, 0x3d4
        out dx, ax
        mov bl, ch
        and bl, 1
        shl bl, 4
        mov bh, 0xef
        mov al, 7
        call crtc_change
        mov bl, ch
        and bl, 2
        shl bl, 5
        mov bh, 0xbf
        mov al, 9
        jmp crtc_change

; Start address := cx.
start_at:
        mov dx, 0x3d4
        mov al, 0x0c
        mov ah, ch
        out dx, ax
        inc al
        mov ah, cl
        out dx, ax
        ret

; DAC colour al := bl, bh, cl.
dac:    mov dx, 0x3c8
        out dx, al
        inc dx
        mov al, bl
        out dx, al
        mov al, bh
        out dx, al
        mov al, cl
        out dx, al
        ret

; ---- steps ----

; The string after the call to the debug port.
mark:   mov al, 10
        out 0xe9, al
        mov al, '@'
.next:  out 0xe9, al
        lodsb
        test al, al
        jnz .next
        mov al, 10
        out 0xe9, al
        ret

hold:   pop si
        call mark
        push si
.wait:  hlt
        mov ah, 1
        int 0x16
        jz .wait
        mov ah, 0
        int 0x16
        ret

hold_moving:
        pop si
        call mark
        push si
.frame: call retrace
        cli
        call [effect]
        sti
        mov ah, 1
        int 0x16
        jz .frame
        mov ah, 0
        int 0x16
        ret

title:  pop si
.next:  lodsb
        test al, al
        jz .end
        mov ah, 0x0e
        mov bx, 0x000f
        int 0x10
        jmp .next
.end:   push si
        ret

; The next vertical retrace begins.
retrace:
        mov dx, 0x3da
.in:    in al, dx
        test al, 8
        jnz .in
.out:   in al, dx
        test al, 8
        jz .out
        ret

; The first line is drawn.
display:
        mov dx, 0x3da
.off:   in al, dx
        test al, 1
        jnz .off
        ret

; cx lines go by; ends in the blank part of the last.
lines:  mov dx, 0x3da
.on:    in al, dx
        test al, 1
        jnz .on
.off:   in al, dx
        test al, 1
        jz .off
        loop .on
        ret

; ---- patterns ----

; All characters, all attributes, in bx cells at segment ax.
text:   mov es, ax
        xor di, di
        xor cx, cx
.cell:  mov al, cl
        mov ah, 0
        push cx
        shr cx, 3
        mov ah, cl
        pop cx
        stosw
        inc cx
        cmp cx, bx
        jb .cell
        ret

; bx cells of character al, attributes one after the other every 4.
attributes:
        push word 0xb800
        pop es
        xor di, di
        xor cx, cx
.cell:  push cx
        shr cx, 2
        mov ah, cl
        pop cx
        stosw
        inc cx
        cmp cx, bx
        jb .cell
        ret

; 16 KB at B8000h: four columns, crossed by the lines' numbers.
cga:    push word 0xb800
        pop es
        xor di, di
.next:  mov ax, di
        and ax, 0x1fff
        xor dx, dx
        mov cx, 80
        div cx                  ; al row, dl column
        mov bl, al
        mov ax, dx
        mov cl, 20
        div cl
        mov ah, 0x55
        mul ah
        test bl, 8
        jz .put
        ror al, 1
.put:   stosb
        cmp di, 0x4000
        jb .next
        ret

; Sixteen bars with a diagonal, [cols] bytes by [rows], at A0000h.
planar: push word 0xa000
        pop es
        mov byte [plane], 0
.plane: mov cl, [plane]
        mov ah, 1
        shl ah, cl
        mov al, 2
        mov dx, 0x3c4
        out dx, ax
        xor di, di
        xor si, si              ; row
.row:   xor bx, bx              ; column
.col:   mov ax, bx
        shl ax, 4
        xor dx, dx
        div word [cols]
        mov cl, [plane]
        shr al, cl
        and al, 1
        neg al
        mov dx, si
        shr dx, 3
        cmp dx, bx
        jne .put
        mov cx, si
        and cl, 7
        mov ah, 0x80
        shr ah, cl
        xor al, ah
.put:   stosb
        inc bx
        cmp bx, [cols]
        jb .col
        inc si
        cmp si, [rows]
        jb .row
        inc byte [plane]
        cmp byte [plane], 4
        jb .plane
        SEQ 2, 15
        ret

; x xor y in 256 colours, [cols] * 4 by [rows], unchained.
unchained:
        push word 0xa000
        pop es
        mov byte [plane], 0
.plane: mov cl, [plane]
        mov ah, 1
        shl ah, cl
        mov al, 2
        mov dx, 0x3c4
        out dx, ax
        xor di, di
        xor si, si
.row:   xor bx, bx
.col:   mov ax, bx
        shl ax, 2
        add al, [plane]
        xor ax, si
        stosb
        inc bx
        cmp bx, [cols]
        jb .col
        inc si
        cmp si, [rows]
        jb .row
        inc byte [plane]
        cmp byte [plane], 4
        jb .plane
        SEQ 2, 15
        ret

; The same, mode 13h.
chained:
        push word 0xa000
        pop es
        xor di, di
        xor si, si
.row:   xor bx, bx
.col:   mov ax, bx
        xor ax, si
        stosb
        inc bx
        cmp bx, 320
        jb .col
        inc si
        cmp si, 200
        jb .row
        ret

plane:  db 0
cols:   dw 0
rows:   dw 0
effect: dw 0

%macro PLANAR 2
        mov word [cols], %1
        mov word [rows], %2
        call planar
%endmacro
%macro UNCHAINED 2
        mov word [cols], %1
        mov word [rows], %2
        call unchained
%endmacro

; ---- the walk ----

walk:
%include "text.inc"
%include "graphics.inc"
%include "raster.inc"
%include "vbe.inc"
        MODE 3
        TITLE "end"
        mov si, .end
        call mark
        jmp $
.end:   db "end", 0

        times SECTORS * 512 - ($ - $$) db 0
