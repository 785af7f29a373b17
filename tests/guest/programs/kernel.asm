; SPDX-License-Identifier: GPL-2.0-or-later
; A kernel by the Linux boot protocol that says where it was put and what came with it, on the screen
; and on the serial port.  VERSION: of the protocol, 0 for none; HIGH: loaded at 1 MB; SIZE: of the
; protected-mode part, which is only added up.
        bits 16
        cpu 486
        org 0
SECTS   equ 4

        times 1f1h - ($ - $$) db 0
        db SECTS
        dw 0
        dd SIZE / 16
        dw 0, 0ffffh, 0
        dw 0aa55h
entry:  jmp short start                 ; 200h
%if VERSION
        db 'HdrS'
        dw VERSION
        dd 0
        dw 0, 0
        db 0, HIGH                      ; loader, flags
        dw 8000h
        dd 100000h * HIGH
        dd 0, 0, 0                      ; initrd, its size
        dw 0
        db 0, 0
        dd 0                            ; command line
        dd 7fffffffh
        dd 0
        db 0, 0
        dw 0
        dd 300                          ; longest command line
        times 268h - ($ - $$) db 0
%endif

        times 270h - ($ - $$) db 0
; The loader entered at 20h paragraphs behind the setup code; DS is the setup code's segment.
start:  mov bp, sp
        cld
        mov dx, 3fbh            ; 115,200 baud, eight bits
        mov al, 83h
        out dx, al
        mov dx, 3f8h
        mov ax, 1
        out dx, ax
        mov dx, 3fbh
        mov al, 3
        out dx, al
        mov si, s_setup
        call puts
        mov ax, ds
        call hex16
        mov si, s_stack
        call puts
        mov ax, bp
        call hex16
        mov si, s_kernel
        call puts
        call flat
%if HIGH
        mov esi, 100000h
%else
        mov esi, 10000h
%endif
        mov ecx, SIZE
        call sum
        mov si, s_initrd
        call puts
%if VERSION
        mov eax, [218h]
        call hex32
        mov si, s_size
        call puts
        mov eax, [21ch]
        call hex32
        mov si, s_sum
        call puts
        mov esi, [218h]
        mov ecx, [21ch]
        call sum
        mov si, s_heap
        call puts
        mov ax, [224h]
        call hex16
%endif
        mov si, s_cmdline
        call puts
%if VERSION >= 202h
        mov esi, [228h]
%else
        cmp word [20h], 0a33fh
        jne stop
        xor esi, esi
        mov si, ds
        shl esi, 4
        movzx eax, word [22h]
        add esi, eax
%endif
.next:  a32 mov al, [fs:esi]
        inc esi
        test al, al
        jz .done
        call putc
        jmp .next
.done:  mov si, s_end
        call puts
stop:   hlt
        jmp stop

; FS gets a limit of 4 GB.
flat:   cli
        xor eax, eax
        mov ax, cs
        shl eax, 4
        add eax, gdt - 200h
        mov [gdt_at], eax
        lgdt [gdt_limit]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp short .on
.on:    mov bx, 8
        mov fs, bx
        and al, 0feh
        mov cr0, eax
        jmp short .off
.off:   xor bx, bx
        mov fs, bx
        sti
        ret

gdt_limit: dw 15
gdt_at: dd 0
        align 8, db 0
gdt:    dq 0
        dq 008f92000000ffffh

; Prints the rotating sum of ecx bytes at esi.
sum:    xor eax, eax
        jecxz .done
.next:  rol eax, 1
        a32 movzx edx, byte [fs:esi]
        add eax, edx
        inc esi
        dec ecx
        jnz .next
.done:
hex32:  push eax
        shr eax, 16
        call hex16
        pop eax
hex16:  push ax
        mov al, ah
        call hex8
        pop ax
hex8:   push ax
        shr al, 4
        call digit
        pop ax
        and al, 15
digit:  and al, 15
        add al, '0'
        cmp al, '9'
        jbe putc
        add al, 'A' - '9' - 1
putc:   push ax
        push bx
        push dx
        push ax
        mov ah, 0eh
        mov bx, 7
        int 10h
        mov dx, 3f8h + 5
.full:  in al, dx
        test al, 20h
        jz .full
        mov dx, 3f8h
        pop ax
        out dx, al
        pop dx
        pop bx
        pop ax
        ret
puts:   lodsb
        test al, al
        jz .done
        call putc
        jmp puts
.done:  ret

s_setup:   db 'setup ', 0
s_stack:   db ' stack ', 0
s_kernel:  db 13, 10, 'kernel ', 0
s_initrd:  db 13, 10, 'initrd ', 0
s_size:    db ' size ', 0
s_sum:     db ' sum ', 0
s_heap:    db ' heap ', 0
s_cmdline: db 13, 10, 'cmdline [', 0
s_end:     db ']', 13, 10, 0
        times (SECTS + 1) * 512 - ($ - $$) db 0

        times SIZE / 32 db 'The protected-mode part, summed', 10
