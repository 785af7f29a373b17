; SPDX-License-Identifier: GPL-2.0-or-later
; A character device, SUITEDEV, that devices.c links behind NUL.  It keeps the last request and counts
; what comes; driver_error is what it answers to reads and writes, if not 0.
bits 16
global driver_header, driver_error, driver_calls, driver_bytes, driver_last

section .text progbits alloc exec
strategy:
        mov [cs:request], bx
        mov [cs:request + 2], es
        retf

interrupt_entry:
        push ax
        push bx
        push cx
        push si
        push di
        push ds
        push es
        push cs
        pop ds
        cld
        les bx, [request]
        mov si, bx                      ; the last request's first 22 bytes
        mov di, driver_last
        push ds
        push es
        pop ds
        push cs
        pop es
        mov cx, 11
        rep movsw
        pop ds
        les bx, [request]
        mov al, [es:bx + 2]
        xor ah, ah
        cmp al, 26
        jae .known
        mov si, ax
        inc byte [driver_calls + si]
.known: mov word [es:bx + 3], 100h
        cmp al, 5
        je .peek
        cmp al, 4
        je .transfer
        cmp al, 8
        je .transfer
        cmp al, 9
        je .transfer
        cmp al, 3
        je .read
        jmp .done
.peek:  mov byte [es:bx + 13], 'P'
        jmp .done
.transfer:
        cmp word [driver_error], 0
        jne .fail
        mov cx, [es:bx + 18]
        add [driver_bytes], cx
        cmp al, 4
        jne .done
.read:  mov cx, [es:bx + 18]
        les di, [es:bx + 14]
        mov al, 'R'
        rep stosb
        jmp .done
.fail:  mov ax, [driver_error]
        mov [es:bx + 3], ax
        mov word [es:bx + 18], 0
.done:  pop es
        pop ds
        pop di
        pop si
        pop cx
        pop bx
        pop ax
        retf

section .data
        align 2
driver_header:
        dd -1
        dw 0c840h                       ; character, IOCTL, open and close, generic IOCTL
        dw strategy, interrupt_entry
        db 'SUITEDEV'
request:      dd 0
driver_error: dw 0
driver_bytes: dw 0
driver_calls: times 26 db 0
driver_last:  times 22 db 0
