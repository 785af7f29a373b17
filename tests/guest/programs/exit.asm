; SPDX-License-Identifier: GPL-2.0-or-later
; Ends the machine at once: 15h to port F4h.
        org 7c00h
        mov al, 15h
        out 0f4h, al
        cli
        hlt
        times 510 - ($ - $$) db 0
        dw 0aa55h
