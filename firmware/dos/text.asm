; SPDX-License-Identifier: GPL-2.0-or-later
; The head of the text segment: the gate through which low.asm enters C, C's ways into low.asm, and
; the CALL 5 entry at FFFFh:D0h, which address 0:C0h becomes with A20 on.
        bits 16
        cpu 386
%include "kernel.inc"

extern low_return_to_user, low_start_program, low_ctrl_break, low_call_int, low_call_driver
extern sda, low_call_far, low_call_int24, cpm_entry, text_seg
global text_gate, return_to_user, start_program, ctrl_break_raise, call_int, call_driver
global call_far, call_int24, move_text

        section .text_head
text_gate:
        movzx ebp, word [sda + SDA_USER_SP]
        o32 call ecx
        retf

%macro way 2
%1:     call KSEG:%2
        ret 2                   ; as near.py makes C's returns
%endmacro
        way return_to_user, low_return_to_user
        way start_program, low_start_program
        way ctrl_break_raise, low_ctrl_break
        way call_int, low_call_int
        way call_driver, low_call_driver
        way call_far, low_call_far
        way call_int24, low_call_int24

; void move_text(unsigned segment): the code has been copied there; goes on in the copy.
move_text:
        mov [text_seg], ax
        push ax
        push word .there
        retf
.there: ret 2

        times 0c0h - ($ - $$) db 0
        jmp KSEG:cpm_entry      ; at offset D0h of the segment
