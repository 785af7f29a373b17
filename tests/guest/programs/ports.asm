; SPDX-License-Identifier: GPL-2.0-or-later
; Writes random values of all widths to random ports, and reads some; all but F4h.  The seed is the
; double word at 7C04h, which the test changes in the image for the next boot.
        cpu 386
        org 7c00h
        jmp short start
        times 4 - ($ - $$) db 0
seed    dd 1
start:  xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 7c00h
        sti
next:   call random
        mov edx, eax
        shr edx, 13
        test eax, 700h          ; three of four go to the chips of the mainboard
        jz wide
        and dx, 3ffh
wide:   mov bx, dx
        and bx, 0fffch
        cmp bx, 0f4h
        je next
        cmp bx, 0f0h            ; a wide one would reach into it
        je next
        call random
        mov ebx, eax
        shr ebx, 28
        cmp bl, 6
        jb byte_out
        cmp bl, 9
        jb word_out
        cmp bl, 12
        jb long_out
        cmp bl, 14
        jb byte_in
        in eax, dx
        jmp next
byte_out:
        out dx, al
        jmp next
word_out:
        out dx, ax
        jmp next
long_out:
        out dx, eax
        jmp next
byte_in:
        in al, dx
        jmp next

random: mov eax, [seed]
        imul eax, eax, 1664525
        add eax, 1013904223
        mov [seed], eax
        rol eax, 11
        xor eax, [seed]
        ret
        times 510 - ($ - $$) db 0
        dw 0aa55h
