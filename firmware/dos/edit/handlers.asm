; SPDX-License-Identifier: GPL-2.0-or-later
; Critical errors fail the call, which the editor then reports; Ctrl-C is a key like others.
bits 16
global handler_23, handler_24

section .text
handler_24:
        mov al, 3
handler_23:
        iret
