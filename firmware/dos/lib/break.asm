; SPDX-License-Identifier: GPL-2.0-or-later
; Ctrl-C: the program tidies up, then ends.
bits 16
global on_break

section .text progbits alloc exec
; void on_break(void (*clean)(void), unsigned code)
on_break:
        mov [clean], ax
        mov [code], dx
        mov dx, handler
        mov ax, 2523h
        int 21h
        ret 2

; INT 23h, on the program's stack as it was at the call.  Ctrl-C while it tidies up is ignored.
handler:
        cmp byte [cs:tidying], 0
        jne .again
        mov ax, cs
        mov ds, ax
        mov es, ax
        mov byte [tidying], 1
        cld
        sti
        movzx esp, sp
        push ax
        call [clean]
        mov ax, [code]
        cmp ax, 0ffffh
        je .abort
        mov ah, 4ch
        int 21h
.abort: stc
        retf
.again: iret

section .bss
clean:   resw 1
code:    resw 1
tidying: resb 1
