; SPDX-License-Identifier: GPL-2.0-or-later
; LEGS.COM: writes a file, copies it and reads it back, with arithmetic and string instructions in
; between, and says whether everything came out as it must.  The words at 0:4F0h, free for such use,
; count the turns of its inner loops.
        cpu 386
        org 100h

SIZE    equ 12000
TURNS   equ 1000

        jmp short start
passes  dw 2                    ; the test may change this one
start:  cld
        xor ax, ax
        mov fs, ax
        mov dword [fs:4f0h], 0
        mov dx, hello
        call print
        mov ax, [passes]
        mov [pass], ax
again:  mov di, first           ; numbers as the test program makes them
        mov cx, SIZE
        mov eax, [seed]
fill:   imul eax, eax, 1103515245
        add eax, 12345
        mov ebx, eax
        shr ebx, 16
        mov [di], bl
        inc di
        inc dword [fs:4f0h]
        loop fill
        mov [seed], eax
        mov si, first
        call sum
        mov [wanted], edx
        mov dx, name1
        mov si, first
        call save
        mov bp, TURNS           ; to and fro
move:   mov si, first
        mov di, second
        mov cx, SIZE
        rep movsb
        mov di, first
        mov cx, SIZE / 4
        mov eax, ebp
        rep stosd
        mov si, second
        mov di, first
        mov cx, SIZE / 2
        rep movsw
        test bp, 15
        jnz .turned
        mov si, first
        call sum
        cmp edx, [wanted]
        jne bad
.turned:
        dec bp
        jnz move
        mov di, first
        mov cx, SIZE
        xor al, al
        rep stosb
        mov dx, name1
        mov si, first
        call load
        mov si, first
        call sum
        cmp edx, [wanted]
        jne bad
        mov dx, name2
        mov si, first
        call save
        mov dx, name2
        mov si, second
        call load
        mov si, first
        mov di, second
        mov cx, SIZE
        repe cmpsb
        jne bad
        dec word [pass]
        jnz again
        mov dx, good
finish: call print
        mov ax, 4c00h
        int 21h
bad:    mov dx, wrong
        jmp finish

; EDX: a sum of the SIZE bytes at SI that knows their order.
sum:    mov cx, SIZE
        xor edx, edx
.next:  lodsb
        movzx eax, al
        rol edx, 5
        add edx, eax
        inc dword [fs:4f0h]
        loop .next
        ret

; SIZE bytes at SI into the new file DX, and everything out to the disk.
save:   push si
        mov ah, 3ch
        xor cx, cx
        int 21h
        pop dx
        jc bad
        mov bx, ax
        mov ah, 40h
        mov cx, SIZE
        int 21h
        jc bad
        cmp ax, SIZE
        jne bad
        mov ah, 3eh
        int 21h
        jc bad
        mov ah, 0dh
        int 21h
        ret

; The other way.
load:   push si
        mov ax, 3d00h
        int 21h
        pop dx
        jc bad
        mov bx, ax
        mov ah, 3fh
        mov cx, SIZE
        int 21h
        jc bad
        cmp ax, SIZE
        jne bad
        mov ah, 3eh
        int 21h
        jc bad
        ret

print:  mov ah, 9
        int 21h
        ret

hello   db "LEGS begin", 13, 10, "$"
good    db "LEGS OK", 13, 10, "$"
wrong   db "LEGS BAD", 13, 10, "$"
name1   db "L1.DAT", 0
name2   db "L2.DAT", 0
seed    dd 1991
        section .bss
pass    resw 1
wanted  resd 1
        alignb 4
first   resb SIZE
second  resb SIZE
