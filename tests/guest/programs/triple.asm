; SPDX-License-Identifier: GPL-2.0-or-later
; Triple faults, again after each reset.
        cpu 386
        org 7c00h
        lidt [none]
        int3
none    dw 0
        dd 0
        times 510 - ($ - $$) db 0
        dw 0aa55h
