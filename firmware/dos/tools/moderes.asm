; SPDX-License-Identifier: GPL-2.0-or-later
; What stays of MODE: INT 17h of a printer that is a serial port, and retries of both.  It is copied to
; the start of a segment of its own.
bits 16
global resident, resident_size

%define AT(label) (label - resident)
SERIAL_TIMEOUT  equ 80h
PRINTER_TIMEOUT equ 1
PRINTER_READY   equ 90h                 ; not busy, selected
PRINTER_FAULT   equ 9                   ; error, time-out

section .rodata
resident:
        db 'BYGMODE', 0
redirect:
        times 3 db 0ffh                 ; number of the serial port
        db 0
printer_retry:
        times 4 db 0
serial_retry:
        times 4 db 0
old17:  dd 0
old14:  dd 0
entries:
        dw AT(int17), AT(int14)

; Carry: Ctrl-Break was pressed.
broken: push ds
        push word 40h
        pop ds
        cmp byte [71h], 80h
        cmc
        pop ds
        ret

int17:  cmp dx, 2
        ja .old
        push si
        mov si, dx
        cmp byte [cs:si + AT(redirect)], 0ffh
        jne .serial
        cmp byte [cs:si + AT(printer_retry)], 0
        pop si
        je .old
        or ah, ah
        jnz .old
.again: push ax
        pushf
        call far [cs:AT(old17)]
        test ah, PRINTER_TIMEOUT
        jz .done
        call broken
        jc .done
        pop ax
        jmp short .again
.done:  add sp, 2
        iret
.old:   jmp far [cs:AT(old17)]

.serial:
        push dx
        push ax
        mov dl, [cs:si + AT(redirect)]
        xor dh, dh
        cmp ah, 1
        jb .print
        je .ready
        mov ah, 3
        int 14h
        mov al, PRINTER_READY
        test ah, 20h
        jnz .told
        mov al, PRINTER_READY & 7fh
        jmp short .told
.print: mov ah, 1
        push ax
        int 14h
        test ah, SERIAL_TIMEOUT
        pop ax
        jz .ready
        cmp byte [cs:si + AT(printer_retry)], 0
        je .fault
        call broken
        jnc .print
.fault: mov al, PRINTER_FAULT
        jmp short .told
.ready: mov al, PRINTER_READY
.told:  mov dl, al
        pop ax
        mov ah, dl
        pop dx
        pop si
        iret

int14:  cmp dx, 3
        ja .old
        cmp ah, 1
        jne .old
        push si
        mov si, dx
        cmp byte [cs:si + AT(serial_retry)], 0
        pop si
        je .old
.again: push ax
        pushf
        call far [cs:AT(old14)]
        test ah, SERIAL_TIMEOUT
        jz .done
        call broken
        jc .done
        pop ax
        jmp short .again
.done:  add sp, 2
        iret
.old:   jmp far [cs:AT(old14)]
resident_end:

resident_size: dw resident_end - resident
