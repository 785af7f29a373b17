; SPDX-License-Identifier: GPL-2.0-or-later
; Headers of the built-in drivers, in the order of the chain behind NUL.  All have one strategy entry;
; the interrupt entries tell driver_request() (drivers.c) which one was called.
        bits 16
        cpu 386
%include "kernel.inc"

extern driver_strategy, driver_common, driver_id
global con_header, clock_header, block_header, last_header

%assign number 0
        section .low
        align 2
%macro character 4              ; label, next label, attributes, name
%1:     dw %2, KSEG
        dw %3, driver_strategy, %%entry
        db %4
%%entry: pushf
        cli
        mov word [cs:driver_id], number
        jmp driver_common
%assign number number + 1
%endmacro

        character con_header, aux_header, 8013h, 'CON     '
        character aux_header, prn_header, 8000h, 'AUX     '
        character prn_header, clock_header, 0a000h, 'PRN     '
        character clock_header, block_header, 8008h, 'CLOCK$  '
block_header:
        dw com1_header, KSEG
        dw 08c2h, driver_strategy, .entry
        db 0                    ; units: the kernel fills it in
        db 'BYGONE '
.entry: pushf
        cli
        mov word [cs:driver_id], 4
        jmp driver_common
%assign number 5
        character com1_header, lpt1_header, 8000h, 'COM1    '
        character lpt1_header, lpt2_header, 0a000h, 'LPT1    '
        character lpt2_header, lpt3_header, 0a000h, 'LPT2    '
        character lpt3_header, com2_header, 0a000h, 'LPT3    '
        character com2_header, com3_header, 8000h, 'COM2    '
        character com3_header, last_header, 8000h, 'COM3    '
last_header:
        dw 0ffffh, 0ffffh
        dw 8000h, driver_strategy, .entry
        db 'COM4    '
.entry: pushf
        cli
        mov word [cs:driver_id], 11
        jmp driver_common

; NUL's header is in the list of lists: all is done, nothing is read.
global nul_entry
extern request_ptr
nul_entry:
        push bx
        push es
        les bx, [cs:request_ptr]
        mov word [es:bx + 3], 100h      ; status: done
        cmp byte [es:bx + 2], 4         ; read
        jne .done
        mov word [es:bx + 18], 0
.done:  pop es
        pop bx
        retf
