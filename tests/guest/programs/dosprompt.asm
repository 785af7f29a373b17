; SPDX-License-Identifier: GPL-2.0-or-later
; The smallest shell: says that it is there and waits for keys.
        org 100h
        mov ah, 9
        mov dx, prompt
        int 21h
again:   mov ah, 8
        int 21h
        jmp again
prompt: db 'PROMPT>$'
