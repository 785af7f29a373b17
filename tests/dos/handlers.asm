; SPDX-License-Identifier: GPL-2.0-or-later
; Interrupt handlers that count how often they are called and with what.
bits 16
global critical_handler, break_handler, idle_handler
global critical_answer, critical_count, critical_ax, critical_di, critical_bp, critical_si
global break_count, break_how, idle_count, tick_handler, late_key, late_ticks

global read_stub, write_stub, mux_stub, xms_stub, mux_word, xms_address

section .text progbits alloc exec
; INT 24h
critical_handler:
        inc word [cs:critical_count]
        mov [cs:critical_ax], ax
        mov [cs:critical_di], di
        mov [cs:critical_bp], bp
        mov [cs:critical_si], si
        mov al, [cs:critical_answer]
        iret

; INT 23h
break_handler:
        inc word [cs:break_count]
        cmp byte [cs:break_how], 1
        jb .iret
        stc
        je .far
        clc
.far:   retf                            ; the flags stay on the stack: DOS drops them
.iret:  iret

; INT 28h
idle_handler:
        inc word [cs:idle_count]
        iret

; INT 1Ch: puts a key into the BIOS's buffer when late_ticks have gone by.
tick_handler:
        cmp word [cs:late_ticks], 0
        je .done
        dec word [cs:late_ticks]
        jnz .done
        push ax
        push bx
        push ds
        mov ax, 40h
        mov ds, ax
        mov bx, [1ch]
        mov ax, [cs:late_key]
        mov [bx], ax
        inc bx
        inc bx
        cmp bx, 3eh
        jb .tail
        mov bx, 1eh
.tail:  mov [1ch], bx
        pop ds
        pop bx
        pop ax
.done:  iret

; Calls that a plain interrupt cannot make, as interrupts: 25h and 26h leave a word on the stack, 2Fh/12h
; takes one, XMS is a far call.
read_stub:
        int 25h
        pop word [cs:scratch]
        retf 2
write_stub:
        int 26h
        pop word [cs:scratch]
        retf 2
mux_stub:
        push word [cs:mux_word]
        int 2fh
        pop word [cs:scratch]
        retf 2
xms_stub:
        call far [cs:xms_address]
        retf 2

section .data
critical_answer: db 3
break_how:       db 0
critical_count:  dw 0
critical_ax:     dw 0
critical_di:     dw 0
critical_bp:     dw 0
critical_si:     dw 0
break_count:     dw 0
idle_count:      dw 0
late_key:        dw 0
late_ticks:      dw 0
scratch:         dw 0
mux_word:        dw 0
xms_address:     dd 0
