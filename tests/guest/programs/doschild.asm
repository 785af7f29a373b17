; SPDX-License-Identifier: GPL-2.0-or-later
; What doscalls.asm runs: ends with code 7.
        org 100h
        mov dx, message
        mov ah, 9
        int 21h
        mov ax, 4c07h
        int 21h
message: db 'child', 13, 10, '$'
