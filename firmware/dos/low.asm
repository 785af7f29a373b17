; SPDX-License-Identifier: GPL-2.0-or-later
; What must be reachable whatever the state of A20: the kernel's start, the interrupt entries, the
; ways out into foreign code.  It lies in the data segment, so CS: reaches the kernel's data.
;
; C code runs with CS = text segment, SS = DS = ES = KSEG, GS = the caller's stack segment while an
; INT 21h is served, upper half of ESP 0.  It is entered through `gate` with the function in ECX.
        bits 16
        cpu 386
%include "kernel.inc"

extern dispatch, mux, driver_request, xms_call, kernel_main
extern text_gate, image_data_end, bss_start, bss_end, text_end
extern sda
global kernel_head, text_seg, gate, boot_drive

        section .head
kernel_head:
        jmp near start
        db 0
        db 1                    ; format of the SDA: DOS 4 to 6 (INT 2Fh/1203h)

        section .low
        align 4
gate:   dw text_gate            ; far pointer into the text segment
text_seg: dw 0
kseg:   dw KSEG
boot_drive: db 2
        align 4
tmp_esp: dd 0
tmp_prev: dd 0
c_esp:  dd 0
c_ss:   dw 0
mux_sp: dw mux_stack_top
request_ptr: dd 0               ; of the built-in drivers' strategy entry
driver_id: dw 0

; ---- start ----

; From the boot stub: the image at KSEG:0, DL = boot drive.  The text goes to the top of
; conventional memory until its place is known.
start:  cli
        cld
        mov ax, KSEG
        mov ds, ax
        mov [boot_drive], dl
        xor bx, bx
        mov fs, bx
        mov bx, [fs:413h]       ; KB of conventional memory
        shl bx, 6
        mov cx, text_end
        sub cx, 10h
        add cx, 15
        shr cx, 4
        sub bx, cx
        mov es, bx
        lea dx, [bx - 1]
        mov [text_seg], dx
        shl cx, 2
        mov ax, image_data_end
        shr ax, 4
        add ax, KSEG
        mov ds, ax
        xor si, si
        xor di, di
        rep movsd
        mov ax, KSEG
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, init_stack_top
        mov di, bss_start
        mov cx, bss_end
        sub cx, di
        xor ax, ax
        rep stosb
        mov word [sda + SDA_USER_SP], init_frame
        mov word [sda + SDA_USER_SS], ds
        mov gs, [kseg]
        sti
        mov ecx, kernel_main
        call far [gate]
.halt:  hlt
        jmp .halt

; ---- A20 ----

; Makes the HMA reachable if the text lies there.  All registers survive, flags do not.
a20_enable:
        cmp word [cs:text_seg], 0ffffh
        jne .done
        push ds
        push es
        push eax
        xor ax, ax
        mov ds, ax
        dec ax
        mov es, ax
        mov eax, [80h]
        cmp eax, [es:90h]
        jne .on
        mov eax, [84h]
        cmp eax, [es:94h]
        jne .on
        in al, 92h
        and al, 0feh
        or al, 2
        out 92h, al
.on:    pop eax
        pop es
        pop ds
.done:  ret

; ---- INT 21h ----

global int21_entry, int20_entry, int27_entry, cpm_entry, int_iret
int20_entry:
        mov ah, 0
        jmp int21_entry
int27_entry:                    ; DX: bytes to keep
        add dx, 15
        rcr dx, 1
        shr dx, 3
        mov ax, 3100h
int21_entry:
        cli
        cmp ah, 33h
        je fast_33
        cmp ah, 64h
        ja slow
        je fast_64
        cmp ah, 62h
        je fast_get_psp
        cmp ah, 51h
        je fast_get_psp
        cmp ah, 50h
        je fast_set_psp
slow:   push es
        push ds
        push bp
        push di
        push si
        push dx
        push cx
        push bx
        push ax
        mov bp, sp
        mov ds, [cs:kseg]
        mov bx, [sda + SDA_USER_SP]
        mov [sda + SDA_PREV_SP], bx
        mov bx, [sda + SDA_USER_SS]
        mov [sda + SDA_PREV_SS], bx
        mov [sda + SDA_USER_SP], sp
        mov [sda + SDA_USER_SS], ss
        inc byte [sda + SDA_INDOS]
        mov es, [sda + SDA_PSP]
        mov [es:PSP_STACK], sp
        mov [es:PSP_STACK + 2], ss
        mov ah, [bp + 1]
        mov bx, sda + SDA_AUX_STACK
        cmp ah, 59h
        je .stack
        test ah, ah
        jz .disk
        cmp ah, 0ch
        ja .disk
        cmp byte [sda + SDA_ERROR_MODE], 0
        jne .stack
        mov bx, sda + SDA_CHAR_STACK
        jmp .stack
.disk:  mov byte [sda + SDA_ERROR_MODE], 0
        mov bx, sda + SDA_DISK_STACK
.stack: mov [tmp_esp], esp
        mov ss, [kseg]
        movzx esp, bx
        push dword [tmp_esp]
        push dword [sda + SDA_PREV_SP]
        push fs
        push gs
        pushad
        mov es, [kseg]
        mov gs, [sda + SDA_USER_SS]
        call a20_enable
        cld
        sti
        mov ecx, dispatch
        call far [gate]
        cli
        popad
        pop gs
        pop fs
        pop dword [tmp_prev]
        pop dword [tmp_esp]
        dec byte [sda + SDA_INDOS]
        mov ss, [sda + SDA_USER_SS]
        mov esp, [tmp_esp]
        push eax
        mov eax, [tmp_prev]
        mov [sda + SDA_USER_SP], eax
        pop eax
pop_user:
        pop ax
        pop bx
        pop cx
        pop dx
        pop si
        pop di
        pop bp
        pop ds
        pop es
int_iret:
        iret

fast_get_psp:
        mov bx, [cs:sda + SDA_PSP]
        iret
fast_set_psp:
        mov [cs:sda + SDA_PSP], bx
        iret
fast_64:                        ; set look-ahead flag: kept, not used
        mov [cs:lookahead], al
        iret
lookahead: db 0

fast_33:
        cmp al, 6
        ja slow                 ; dispatch answers AL = FFh
        je .version
        cmp al, 5
        je .boot
        cmp al, 2
        ja .none
        je .exchange
        test al, al
        jnz .set
        mov dl, [cs:sda + SDA_BREAK]
        iret
.set:   push dx
        and dl, 1
        mov [cs:sda + SDA_BREAK], dl
        pop dx
        iret
.exchange:
        and dl, 1
        xchg dl, [cs:sda + SDA_BREAK]
        iret
.boot:  mov dl, [cs:boot_drive]
        inc dl
        iret
.version:
        mov bx, 1606h           ; 6.22
        mov dx, 0               ; revision 0; DH: bit 4 = in the HMA
        cmp word [cs:text_seg], 0ffffh
        jne .none
        mov dh, 10h
.none:  iret

; CALL 5: near call to PSP:5, which calls far to here; CL is the function.
cpm_entry:
        pop ax                  ; PSP:000Ah, where nobody returns to
        pop ax                  ; segment
        push bp
        mov bp, sp
        xchg ax, [bp + 2]       ; caller's IP <-> segment
        pushf
        xchg ax, [bp]           ; BP's place gets IP; AX = BP
        xchg bp, ax
        pop ax                  ; flags
        push bx
        push bp
        mov bp, sp              ; bp, bx, ip, cs -> ip, cs, flags
        mov bx, [bp + 4]
        push bx
        mov bx, [bp + 6]
        mov [bp + 4], bx
        mov [bp + 6], ax
        pop bx
        xchg bx, [bp + 2]
        pop bp
        mov ah, cl
        cmp cl, 24h
        jbe int21_entry
        mov al, 0
        iret

; ---- leaving the kernel for good ----

; void return_to_user(void): to the frame at the user's stack, which has a new CS:IP.
global low_return_to_user
low_return_to_user:
        cli
        mov ds, [cs:kseg]
        mov byte [sda + SDA_INDOS], 0
        mov byte [sda + SDA_ERROR_MODE], 0
        mov ss, [sda + SDA_USER_SS]
        movzx esp, word [sda + SDA_USER_SP]
        xor eax, eax
        mov ebx, eax
        mov ecx, eax
        mov edx, eax
        mov esi, eax
        mov edi, eax
        mov ebp, eax
        mov fs, ax
        mov gs, ax
        jmp pop_user

; A program's first instruction: eax = struct program_start.
global low_start_program
low_start_program:
        cli
        movzx ebx, ax
        mov byte [sda + SDA_INDOS], 0
        mov byte [sda + SDA_ERROR_MODE], 0
        cmp word [text_seg], 0ffffh
        jne .a20
        in al, 92h
        and al, 0fch
        out 92h, al
.a20:   mov ss, [bx + 2]
        movzx esp, word [bx]
        pushf
        or word [esp], 200h
        push word [bx + 6]
        push word [bx + 4]
        movzx edi, word [bx]
        movzx esi, word [bx + 4]
        movzx edx, word [bx + 8]
        movzx eax, word [bx + 10]
        mov ds, dx
        mov es, dx
        mov ecx, 0ffh
        mov ebp, 91eh
        xor bx, bx
        mov fs, bx
        mov gs, bx
        mov bx, ax
        movzx ebx, bx
        iret

; ---- INT 23h ----

; void ctrl_break(void): with the caller's registers and stack, as if the call had not begun.
global low_ctrl_break
low_ctrl_break:
        cli
        mov ds, [cs:kseg]
        mov byte [sda + SDA_INDOS], 0
        mov byte [sda + SDA_ERROR_MODE], 0
        mov ss, [sda + SDA_USER_SS]
        movzx esp, word [sda + SDA_USER_SP]
        pop ax
        pop bx
        pop cx
        pop dx
        pop si
        pop di
        pop bp
        pop ds
        pop es
        mov [cs:sda + SDA_SP_23], sp
        clc
        int 23h
        cli
        push ax
        pushf
        pop ax
        mov [cs:break_flags], ax
        pop ax
        cmp sp, [cs:sda + SDA_SP_23]
        je int21_entry          ; IRET: the call begins again
        mov sp, [cs:sda + SDA_SP_23]
        test byte [cs:break_flags], 1
        jz int21_entry          ; RETF, carry clear
        mov byte [cs:sda + SDA_EXIT_TYPE], 1
        mov byte [cs:sda + SDA_BREAK_ABORT], 0ffh
        mov ax, 4c00h
        jmp int21_entry
break_flags: dw 0

; ---- ways out into foreign code; the way back makes A20 sure ----

; void call_int(unsigned n, struct int_regs *r, unsigned word): `word` lies on the stack above the
; interrupt's frame, as the redirector interface wants it.  eax, edx, ecx.
global low_call_int
low_call_int:
        push gs
        push fs
        push ebp
        push ebx
        push esi
        push edi
        push edx
        push cx                 ; the word on the stack
        mov bx, dx
        shl ax, 2
        mov di, ax
        xor ax, ax
        mov fs, ax
        push word [fs:di + 2]
        push word [fs:di]
        pop dword [int_target]
        mov ax, [bx + IR_AX]
        mov cx, [bx + IR_CX]
        mov dx, [bx + IR_DX]
        mov si, [bx + IR_SI]
        mov di, [bx + IR_DI]
        mov bp, [bx + IR_BP]
        mov es, [bx + IR_ES]
        push word [bx + IR_BX]
        mov ds, [bx + IR_DS]
        pop bx
        pushf
        cli
        call far [cs:int_target]
        push bp
        mov bp, sp              ; bp, word, edx (at +4)
        push bx
        push ds
        mov ds, [cs:kseg]
        mov bx, [bp + 4]
        mov [bx + IR_AX], ax
        mov [bx + IR_CX], cx
        mov [bx + IR_DX], dx
        mov [bx + IR_SI], si
        mov [bx + IR_DI], di
        mov [bx + IR_ES], es
        pop word [bx + IR_DS]
        pop word [bx + IR_BX]
        pop word [bx + IR_BP]
        pushf
        pop word [bx + IR_FLAGS]
        cld
        sti
        mov es, [kseg]
        add sp, 2
        pop edx
        pop edi
        pop esi
        pop ebx
        pop ebp
        pop fs
        pop gs
        call a20_enable
        retf
        align 4
int_target: dd 0

; void call_driver(uint32_t header, uint32_t request).  eax, edx.
global low_call_driver
low_call_driver:
        push gs
        push fs
        pushad
        push ds
        mov [driver_header], eax
        les bx, [driver_header]
        mov cx, [es:bx + 6]
        mov [driver_entry], cx
        mov cx, [es:bx + 8]
        push cx
        mov cx, es
        mov [driver_entry + 2], cx
        push edx
        pop bx
        pop es
        push es
        push bx
        push cs
        call .far
        pop bx
        pop es
        mov ds, [cs:kseg]
        pop word [driver_entry]
        push cs
        call .far
        mov ds, [cs:kseg]
        pop ds
        mov es, [kseg]
        cld
        sti
        popad
        pop fs
        pop gs
        call a20_enable
        retf
.far:   jmp far [cs:driver_entry]
        align 4
driver_header: dd 0
driver_entry: dd 0

; unsigned call_far(uint32_t target, struct int_regs *r): a far call with registers.
global low_call_far
low_call_far:
        mov [far_target], eax
        push gs
        push fs
        push ebx
        push esi
        push edi
        push ebp
        push edx
        mov bx, dx
        mov ax, [bx + IR_AX]
        mov cx, [bx + IR_CX]
        mov dx, [bx + IR_DX]
        mov si, [bx + IR_SI]
        mov di, [bx + IR_DI]
        mov bp, [bx + IR_BP]
        mov es, [bx + IR_ES]
        push word [bx + IR_BX]
        mov ds, [bx + IR_DS]
        pop bx
        call far [cs:far_target]
        mov ds, [cs:kseg]
        mov es, [kseg]
        pop edx
        mov bp, dx
        mov [bp + IR_AX], ax
        mov [bp + IR_BX], bx
        mov [bp + IR_CX], cx
        mov [bp + IR_DX], dx
        pushf
        pop word [bp + IR_FLAGS]
        cld
        sti
        pop ebp
        pop edi
        pop esi
        pop ebx
        pop fs
        pop gs
        call a20_enable
        retf
        align 4
far_target: dd 0

; unsigned call_int24(struct int_regs *r): on the caller's stack, ErrorMode 1, InDOS as outside.
global low_call_int24
low_call_int24:
        push gs
        push fs
        push ebx
        push esi
        push edi
        push ebp
        push dword [sda + SDA_USER_SP]
        push dword [sda + SDA_PREV_SP]
        push word [sda + SDA_SP_24]
        mov bx, ax
        cli
        mov [sda + SDA_SP_24], sp
        mov byte [sda + SDA_ERROR_MODE], 1
        dec byte [sda + SDA_INDOS]
        mov ax, [bx + IR_AX]
        mov di, [bx + IR_DI]
        mov si, [bx + IR_SI]
        mov bp, [bx + IR_BP]
        mov ss, [sda + SDA_USER_SS]
        movzx esp, word [sda + SDA_USER_SP]
        sti
        int 24h
        cli
        mov ds, [cs:kseg]
        mov es, [kseg]
        mov ss, [kseg]
        movzx esp, word [sda + SDA_SP_24]
        inc byte [sda + SDA_INDOS]
        mov byte [sda + SDA_ERROR_MODE], 0
        pop word [sda + SDA_SP_24]
        pop dword [sda + SDA_PREV_SP]
        pop dword [sda + SDA_USER_SP]
        cld
        sti
        pop ebp
        pop edi
        pop esi
        pop ebx
        pop fs
        pop gs
        movzx eax, al
        call a20_enable
        retf

; ---- C from foreign code: INT 2Fh, drivers, XMS, INT 25h and 26h ----

; On the stack that is current if it is the kernel's, else on a slice of the mux stack.  ECX is the
; function; its argument is the struct c_frame that is pushed here.
%macro in_c 1
        cli
        mov [cs:c_esp], esp
        mov [cs:c_ss], ss
        push ax
        mov ax, ss
        cmp ax, KSEG
        pop ax
        je %%same
        mov ss, [cs:kseg]
        movzx esp, word [cs:mux_sp]
        sub word [cs:mux_sp], MUX_SLICE
        push dword [cs:c_esp]
        push word [cs:c_ss]
        push word 1
        jmp %%go
%%same: push dword [cs:c_esp]
        push word [cs:c_ss]
        push word 0
%%go:   push gs
        push fs
        push es
        push ds
        pushad
        mov ds, [cs:kseg]
        mov es, [kseg]
        call a20_enable
        cld
        movzx eax, sp
        mov ecx, %1
        call far [gate]
        cli
        popad
        pop ds
        pop es
        pop fs
        pop gs
        call out_of_c
%endmacro

; Back to the stack of before in_c; only flags change.
out_of_c:
        pop word [cs:c_return]
        pop word [cs:c_ss]      ; which kind
        cmp word [cs:c_ss], 0
        je .same
        add word [cs:mux_sp], MUX_SLICE
.same:  pop word [cs:c_ss]
        pop dword [cs:c_esp]
        mov ss, [cs:c_ss]
        mov esp, [cs:c_esp]
        jmp [cs:c_return]
c_return: dw 0

global int2f_entry, int2f_filter
; Only what C answers goes there; a table of AH (mux.c) keeps the rest cheap.
int2f_entry:
        cmp ax, 1680h
        je idle_call
        push bx
        movzx bx, ah
        bt [cs:int2f_filter], bx
        pop bx
        jnc .none
        in_c mux
.none:  iret
int2f_filter:                   ; a bit for each AH that mux() answers
        dd 00170100h            ; 08 10 11 12 14
        dd 0
        dd 00000408h            ; 43 4A
        dd 0, 0, 0, 0, 0

; INT 2Fh/1680h: the program gives up its time slice.
idle_call:
        mov al, 0
        push edx
        push eax
        mov word [cs:idle_request + 50], 1 ; IDLE_POLL
        mov dx, HOSTDOS_DOORBELL
        mov eax, (KSEG << 4) + idle_request
        out dx, eax
        pop eax
        pop edx
        iret
        align 4
global idle_request
idle_request:                   ; struct hostdos_request, op IDLE
        dw 64
        db 1, 6
        times 60 db 0

; Built-in drivers: the headers lie in devices.asm.
global driver_strategy, driver_common
driver_strategy:
        mov [cs:request_ptr], bx
        mov [cs:request_ptr + 2], es
        retf
driver_common:                  ; [cs:driver_id] was set after a pushf, cli
        in_c driver_request
        popf
        retf
global driver_id, request_ptr

; INT 25h and 26h leave the flags on the stack.
global int25_entry, int26_entry
int25_entry:
        in_c absolute_read
        jmp absolute_done
int26_entry:
        in_c absolute_write
absolute_done:                  ; c_frame's handler put CF into the caller's frame
        push bp
        mov bp, sp
        push word [bp + 6]
        popf
        pop bp
        retf
extern absolute_read, absolute_write

global xms_entry
xms_entry:
        jmp short .hook         ; the shape that programs patch
        nop
        nop
        nop
.hook:  pushf
        in_c xms_call
        popf
        retf

global int29_entry
int29_entry:
        push ax
        push bx
        mov ah, 0eh
        mov bx, 7
        int 10h
        pop bx
        pop ax
        cmp byte [cs:text_wanted], 0
        je .done
        cli
        push eax
        push dx
        mov [cs:text_char], al
        mov dx, HOSTDOS_DOORBELL
        mov eax, (KSEG << 4) + text_request
        out dx, eax
        pop dx
        pop eax
.done:  iret
global text_wanted
text_wanted: db 0
text_char: db 0
        align 4
text_request:                   ; struct hostdos_request, op TEXT_OUT of one byte
        dw 64
        db 1, 4
        times 20 db 0
        dd 1
        dd (KSEG << 4) + text_char
        times 32 db 0

; INT 1Bh: Ctrl-Break was pressed.
global int1b_entry, break_pressed
int1b_entry:
        mov byte [cs:break_pressed], 1
        iret
break_pressed: db 0

; INT 24h of a system without a shell: Fail.  INT 23h: carry, RETF: ends the program.
global int24_default, int23_default, int2e_entry, int2a_entry
int24_default:
        mov al, 3
        iret
int23_default:
        stc
        retf
int2e_entry:
        mov ax, 0ffffh
        iret
int2a_entry:
        cmp ah, 0
        jne .done
        mov ah, 0               ; no network
.done:  iret

; INT 0: the program divided by zero.
global int0_entry
int0_entry:
        sti
        push cs
        pop ds
        mov dx, .message
        mov ah, 9
        int 21h
        mov ax, 4cffh
        int 21h
.message: db 13, 10, 'Divide overflow', 13, 10, '$'

; In place of Turbo Pascal's NOT AX, NOT DX, MOV CX,55, DIV CX (exec.c).
global crt_divide
crt_divide:
        not ax
        not dx
        mov cx, 55
        cmp dx, cx
        jae .most
        div cx
        retf
.most:  mov ax, 0ffffh
        retf

; Case map routine that INT 21h/38h names: AL, far call.
global case_map
extern upper_table
case_map:
        cmp al, 80h
        jb .low
        push bx
        movzx bx, al
        mov al, [cs:upper_table + bx - 80h]
        pop bx
        retf
.low:   cmp al, 'a'
        jb .done
        cmp al, 'z'
        ja .done
        sub al, 20h
.done:  retf

        section .bss
        align 16
init_frame: resb 32             ; the "user frame" while the kernel starts
mux_stack: resb 3 * MUX_SLICE
mux_stack_top:
init_stack: resb 1536           ; of the kernel's own process
init_stack_top:
