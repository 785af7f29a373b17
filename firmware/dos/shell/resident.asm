; SPDX-License-Identifier: GPL-2.0-or-later
; The part of the shell that stays while a program runs, at its PSP: what DOS and programs call, and
; EXEC.  All else, the transient part, lies in a block of its own at the end of memory with the same
; offsets.  For a program that block is free; what the shell must not forget (the variables that are
; KEPT, the stack) is in a block of that size.  Afterwards the transient part gets a block again
; and, where the program has written over it, comes from the file.
bits 16

extern com_main, shell_restart, critical, back_door
extern bss_start, loaded_end, stack_end, image_end, resident_end
extern resident_paragraphs, loaded_paragraphs, transient_paragraphs
global int23, int24, int2e, process_end, home, run_resident, leave_door
global resident_show, resident_key
global exec_path, exec_tail, exec_fcbs, own_path, comspec_path, shell_parent, shell_parent_end

%define PSP_PARENT 16h
%define PSP_INT22  0ah
%define PSP_STACK  2eh
%define PATH_SIZE  80

struc saved                             ; what a program's block of ours begins with
.before: resw 1                         ; the block of the program that runs this one (INT 2Eh)
.sp:     resw 1
.kept:   resw 1                         ; bytes
.data:
endstruc

section .first progbits alloc exec write
start:  cld
        mov sp, work_stack_end
        mov bx, loaded_paragraphs
        mov ah, 4ah
        int 21h
        call sum
        mov [right_sum], bx
        call take
        jc .none
        mov es, [transient]
        mov si, resident_end
        mov di, si
        mov cx, loaded_end
        sub cx, si
        rep movsb
        call clear
        push cs
        pop es
        mov bx, resident_paragraphs
        mov ah, 4ah
        int 21h
        mov ax, [transient]
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, stack_end
        push word 0                     ; com_main never returns but with an exit code
        push word ended
        push ax
        push word com_main
        retf
.none:  mov dx, no_room
        jmp give_up

section .resident progbits alloc exec write
; The program ends: DOS takes carry as that.  It comes back by EXEC, or for the shell at process_end.
int23:  stc
        retf

; A block for the transient part, the last in memory; carry: there is none.
take:   mov ax, 5800h
        int 21h
        push ax
        mov ax, 5801h
        mov bx, 2                       ; last fit
        int 21h
        mov bx, transient_paragraphs
        mov ah, 48h
        int 21h
        pop bx
        pushf
        push ax
        mov ax, 5801h
        int 21h
        pop ax
        popf
        jc .none
        mov [cs:block], ax
        sub ax, resident_paragraphs
        mov [cs:transient], ax
.none:  ret

; BX: the sum of the transient part at ES
sum:    push ds
        push es
        pop ds
        mov si, resident_end
        mov cx, loaded_end
        sub cx, si
        shr cx, 1
        xor bx, bx
.next:  lodsw
        add bx, ax
        rol bx, 1
        loop .next
        pop ds
        ret

; The transient part's variables at ES as they are at first
clear:  mov di, bss_start
        mov cx, image_end
        sub cx, di
        xor ax, ax
        rep stosb
        mov [es:home], cs
        ret

; Reads the transient part from the file DS:DX; DS = CS.  Zero: it is the right one.
read:   mov ax, 3d00h
        int 21h
        jc .none
        mov bx, ax
        xor cx, cx
        mov dx, resident_end - 100h
        mov ax, 4200h
        int 21h
        mov dx, resident_end
        mov cx, loaded_end
        sub cx, dx
        mov ds, [transient]
        mov ah, 3fh
        int 21h
        push cs
        pop ds
        mov ah, 3eh
        int 21h
        call sum
        cmp bx, [right_sum]
        ret
.none:  or ax, 1
        ret

; The transient part into the block that it has; DS = CS.  Asks for the disk that it is on.
load:   mov es, [transient]
        call sum
        cmp bx, [right_sum]
        je clear
.again: mov dx, comspec_path
        call read
        je clear
        mov dx, own_path
        call read
        je clear
        mov dx, insert_disk
        call show
        mov ah, 0
        int 16h
        jmp .again

; DX: text with a zero.  To the screen, wherever standard output goes.
show:   mov si, dx
.next:  lodsb
        test al, al
        jz .done
        int 29h
        jmp .next
.done:  ret

; No memory for the transient part: a secondary shell ends; nothing can run without the first.
lost:   mov dx, no_memory
        cmp word [shell_parent], 0
        jne give_up
        call show
.halt:  hlt
        jmp .halt
give_up:
        call show
        mov ax, [shell_parent]
        test ax, ax
        jz .end
        mov [PSP_PARENT], ax
        mov eax, [shell_parent_end]
        mov [PSP_INT22], eax
.end:   mov ax, 4cffh
        int 21h

; A program, as the exec_ fields say.  In the transient part, CX bytes of whose variables are kept;
; comes back at exec_back with AX: 0 or DOS's error.
exec_go:
        mov bp, sp
        mov bx, stack_end + saved.data + 15
        sub bx, sp
        add bx, cx
        shr bx, 4
        mov ah, 48h
        int 21h
        jc .small
        mov es, ax
        xchg ax, [cs:keeps]
        mov [es:saved.before], ax
        mov [es:saved.sp], bp
        mov [es:saved.kept], cx
        mov di, saved.data
        mov si, bss_start
        rep movsb
        mov si, bp
        mov cx, stack_end
        sub cx, si
        rep movsb
        mov ax, cs
        mov ds, ax
        mov ss, ax
        movzx esp, word [work_sp]
        call free
        push cs
        pop es
        mov [exec_block.tail + 2], cs
        mov [exec_block.fcb1 + 2], cs
        mov [exec_block.fcb2 + 2], cs
        mov dx, exec_path
        mov bx, exec_block
        mov ax, 4b00h
        int 21h
        mov bx, cs
        mov ds, bx
        mov es, bx
        mov ss, bx
        movzx esp, word [work_sp]
        cld
        sti
        jc .failed
        xor ax, ax
.failed:
        push ax
        call take
        jc lost
        call load
        call recall
        pop dx
        mov ss, [transient]
        movzx esp, word [kept_sp]
        jmp .back
.small: mov dx, ax
.back:  push word [cs:transient]
        pop ds
        push ds
        pop es
        mov ax, dx
        push ds
        push word exec_back
        retf

; Gives the transient part's block back.
free:   mov es, [block]
        mov ah, 49h
        int 21h
        mov word [transient], 0
        ret

; All that the newest block keeps into the transient part, its SP to kept_sp; frees the block.
recall: call recall_variables
        mov di, [saved.sp]
        mov [cs:kept_sp], di
        mov cx, stack_end
        sub cx, di
        rep movsb
        push ds
        pop es
        push cs
        pop ds
        mov ax, [es:saved.before]
        mov [keeps], ax
        mov ah, 49h
        int 21h
        ret

; The variables alone; DS: the block, SI: what is behind them
recall_variables:
        mov es, [transient]
        mov ds, [keeps]
        mov si, saved.data
        mov di, bss_start
        mov cx, [saved.kept]
        rep movsb
        ret

; INT 22h of the shell's PSP: DOS ended a process that is its own parent.
process_end:
        cld
        sti
        mov ax, cs
        mov ds, ax
        mov es, ax
        mov ss, ax
        movzx esp, word [work_sp]
        cmp word [transient], 0
        jne .there
        mov word [work_sp], work_stack_end ; a program that was not run by the shell's own hand
        call take
        jc lost
        call load
        cmp word [keeps], 0
        je .there
        call recall
.there: mov ax, [cs:transient]
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, stack_end
        push ax
        push ax                         ; shell_restart does not return
        push ax
        push word shell_restart
        retf

; DS:SI: a length and a command; AX: 0, or FFFFh where it could not be run or was ended.  Comes while
; a program runs: the transient part gets memory if there is any, and its stack anew.
int2e:  cld
        sti
        mov bx, ds
        mov di, ss
        mov bp, sp
        mov ax, cs
        mov ds, ax
        cmp word [transient], 0
        jne .none
        mov ss, ax
        movzx esp, word [PSP_STACK]     ; what DOS comes back to when the program ends
        push di
        push bp
        push word [work_sp]
        push dword [PSP_STACK]
        push si
        push bx
        mov ah, 51h
        int 21h
        push bx
        mov [work_sp], sp
        mov bx, cs
        mov ah, 50h
        int 21h
        call take
        jc .small
        call load
        call recall_variables
        mov bp, sp
        movzx eax, word [ss:bp + 2]
        movzx edx, word [ss:bp + 4]
        push word [cs:transient]
        pop ds
        push ds
        pop es
        push ds
        pop ss
        mov esp, stack_end
        push word 0                     ; the frame of a call
        push word leave_door.done
        push ds
        push word back_door
        retf
.small: mov ax, 0ffffh
        jmp door_end
.none:  mov ax, 0ffffh
        iret

; In the resident part with the transient one's DS; AX: 0: what it knows now counts.
door_left:
        test ax, ax
        jnz .forget
        mov es, [cs:keeps]
        mov cx, [es:saved.kept]
        mov si, bss_start
        mov di, saved.data
        rep movsb
.forget:
        mov dx, cs
        mov ds, dx
        mov ss, dx
        movzx esp, word [work_sp]
        push ax
        call free
        pop ax
door_end:
        push cs
        pop ds
        mov [door_answer], ax
        pop bx
        mov ah, 50h
        int 21h
        pop bx
        pop si
        pop dword [PSP_STACK]
        pop word [work_sp]
        pop bp
        pop di
        mov ax, [door_answer]
        mov ss, di
        mov sp, bp
        iret

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

; void resident_show(uint32_t c), uint32_t resident_key(void): for the resident part in C
resident_show:
        int 29h
        ret 2
resident_key:
        mov ah, 7
        int 21h
        movzx eax, al
        ret 2

no_memory:   db 13, 10, 'Memory allocation error', 13, 10, 'Cannot load COMMAND', 13, 10, 0
no_room:     db 'Program too big to fit in memory', 13, 10, 0
insert_disk: db 13, 10, 'Insert disk with COMMAND.COM and press any key', 13, 10, 0
        align 4
exec_block:                             ; EXEC's parameters
        dw 0
.tail:  dw exec_tail, 0
.fcb1:  dw exec_fcbs, 0
.fcb2:  dw exec_fcbs + 37, 0
shell_parent_end: dd 0
shell_parent:     dw 0                  ; 0: the first shell
right_sum: dw 0
block:     dw 0                         ; of the transient part
transient: dw 0                         ; its segment; 0: a program runs
keeps:     dw 0                         ; the newest block of what is kept
work_sp:   dw work_stack_end            ; the stack here, while DOS works for the shell
kept_sp:   dw 0
door_answer: dw 0
int24_ss:  dw 0
int24_sp:  dw 0
exec_path:    times 2 * PATH_SIZE db 0
exec_tail:    times 130 db 0
exec_fcbs:    times 2 * 37 db 0
own_path:     times PATH_SIZE db 0
comspec_path: times PATH_SIZE db 0
        align 4
        times 320 db 0
work_stack_end:
        times 512 db 0
int24_stack_end:

section .text progbits alloc exec
; unsigned run_resident(unsigned kept): EXEC; DOS's error.
run_resident:
        push ebx
        push esi
        push edi
        push ebp
        mov cx, ax
        push word [home]
        push word exec_go
        retf
exec_back:
        movzx eax, ax
        pop ebp
        pop edi
        pop esi
        pop ebx
        ret 2

; com_main has ended the shell before it began.
ended:  mov ah, 4ch
        int 21h

; The end of a command of INT 2Eh, and void leave_door(void): it was ended.
leave_door:
        mov ax, 0ffffh
        jmp .left
.done:  xor ax, ax
.left:  push word [home]
        push word door_left
        retf

section .bss.kept nobits alloc write
home:   resw 1
