; SPDX-License-Identifier: GPL-2.0-or-later
; Halts for good.
        org 7c00h
        cli
        hlt
        times 510 - ($ - $$) db 0
        dw 0aa55h
