; SPDX-License-Identifier: GPL-2.0-or-later
; Waits for the timer's interrupts, 18.2 a second, and does nothing else.
        org 7c00h
        sti
wait_:  hlt
        jmp wait_
        times 510 - ($ - $$) db 0
        dw 0aa55h
