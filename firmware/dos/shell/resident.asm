; SPDX-License-Identifier: GPL-2.0-or-later
; What DOS and programs call in the shell: Ctrl-C, critical errors, commands (INT 2Eh), and where DOS
; comes back to when a process that is its own parent is ended.
bits 16

extern shell_restart, critical, back_door
extern stack_end
global int23, int24, int2e, process_end

section .text progbits alloc exec
; The program ends: DOS takes carry as that.  It comes back by EXEC, or for the shell at process_end.
int23:  stc
        retf

; INT 22h of the shell's PSP.
process_end:
        cld
        mov ax, cs
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, stack_end
        movzx esp, sp
        sti
        push ax
        call shell_restart              ; does not return

; AH: flags, AL: drive, DI: error, BP:SI: the device.  On a stack of its own; answers AL.
int24:  sti
        cld
        push ds
        push es
        push fs
        pushad
        mov [cs:int24_ss], ss
        mov [cs:int24_sp], sp
        push cs
        pop ds
        push cs
        pop es
        push cs
        pop ss
        mov esp, int24_stack_end
        movzx eax, ax                   ; critical(ax, di, device)
        movzx edx, di
        shl ecx, 16
        movzx ecx, bp
        shl ecx, 16
        mov cx, si
        push ax
        call critical
        mov ss, [cs:int24_ss]
        movzx esp, word [cs:int24_sp]
        mov [ss:esp + 28], al           ; EAX of pushad
        popad
        pop fs
        pop es
        pop ds
        iret

; DS:SI: a length and a command.  Runs on the shell's stack, below what an EXEC in progress holds.
int2e:  cld
        mov [cs:int2e_si], si
        mov [cs:int2e_ds], ds
        mov [cs:int2e_ss], ss
        mov [cs:int2e_sp], sp
        push cs
        pop ds
        push cs
        pop es
        push cs
        pop ss
        mov esp, int2e_stack_end
        movzx eax, word [int2e_ds]
        movzx edx, word [int2e_si]
        push ax
        call back_door
        mov ss, [cs:int2e_ss]
        mov sp, [cs:int2e_sp]
        iret

section .bss
int24_ss: resw 1
int24_sp: resw 1
int2e_ds: resw 1
int2e_si: resw 1
int2e_ss: resw 1
int2e_sp: resw 1
        alignb 4
        resb 512
int24_stack_end:
        resb 2048
int2e_stack_end:
