; SPDX-License-Identifier: GPL-2.0-or-later
; The start of a Pascal program for DOS, memory model large: what Free Pascal's run-time library for
; i8086-msdos expects of its loader, prt0l.o.  Parameters lie on the stack from left to right and are
; taken off by the called; BP, DS and SS stay.
;
; Not there: handlers of the coprocessor's exceptions.  Programs here count in integers.
        cpu 8086

        extern PASCALMAIN, FPC_HANDLEERROR
        extern __fpc_PrefixSeg, __stktop, __stkbottom, __nearheap_start, __nearheap_end
        extern dos_version, __SaveInt00, __SaveInt10, __SaveInt75
        extern _edata, _end             ; of the linker
        extern ___stack, ___stacktop, ___heap   ; of the compiler: $M

        global FPC_INTR, FPC_MSDOS, FPC_MSDOS_CARRY, FPC_CHECK_NULLAREA
        global FPC_INSTALL_INTERRUPT_HANDLERS, FPC_RESTORE_INTERRUPT_HANDLERS

NULL_BYTES      equ 32
NULL_MARK       equ 0CCh
NULL_SUM        equ (NULL_BYTES * NULL_MARK) & 0FFFFh
DIVISION_BY_0   equ 200                 ; run-time errors of Pascal
; struct registers
R_AX            equ 0
R_BX            equ 2
R_CX            equ 4
R_DX            equ 6
R_BP            equ 8
R_SI            equ 10
R_DI            equ 12
R_DS            equ 14
R_ES            equ 16
R_FLAGS         equ 18

        segment _NULL align=16 class=BEGDATA
        times NULL_BYTES db NULL_MARK   ; what a nil pointer points to

        segment _AFTERNULL align=2 class=BEGDATA
        dw 0

        segment _DATA align=2 class=DATA
        segment _BSS align=2 class=BSS
        group DGROUP _NULL _AFTERNULL _DATA _BSS

        segment START_TEXT align=2 class=CODE

; ES = PSP.  The stack is a segment of its own and begins at 0.
..start:
        mov     ax, DGROUP
        mov     ds, ax
        mov     bx, seg ___stack
        mov     ss, bx
        mov     sp, ___stacktop
        mov     bp, es
        mov     es, ax
        cld
        mov     di, _edata wrt DGROUP
        mov     cx, _end wrt DGROUP
        sub     cx, di
        xor     al, al
        rep     stosb                   ; DOS leaves there what was there
        mov     [__fpc_PrefixSeg wrt DGROUP], bp
        mov     es, bp
        mov     ah, 30h
        int     21h
        xchg    al, ah
        mov     [dos_version wrt DGROUP], ax
        xor     ax, ax
        mov     [__stkbottom wrt DGROUP], ax
        mov     [__stkbottom + 2 wrt DGROUP], ss
        mov     [__stktop wrt DGROUP], sp
        mov     [__stktop + 2 wrt DGROUP], ss
        ; The heap is what follows the stack, up to the end of the program's block.
        mov     [__nearheap_start wrt DGROUP], ax
        mov     [__nearheap_end wrt DGROUP], ax
        mov     ax, ___heap + 15        ; stack and heap are one frame to the linker
        mov     cl, 4
        shr     ax, cl
        add     ax, seg ___heap
        mov     [__nearheap_start + 2 wrt DGROUP], ax
        mov     ax, [es:2]
        mov     [__nearheap_end + 2 wrt DGROUP], ax
        xor     bp, bp
        jmp     far PASCALMAIN

; procedure MsDos_Carry(var Regs: Registers): carry is set for calls that an old DOS leaves alone
FPC_MSDOS_CARRY:
        mov     ch, 1
        jmp     short to_dos
; procedure MsDos(var Regs: Registers)
FPC_MSDOS:
        mov     ch, 0
to_dos:
        push    bp
        mov     bp, sp
        mov     cl, 21h
        les     di, [bp + 6]
        call    interrupt
        pop     bp
        retf    4

; procedure Intr(IntNo: Byte; var Regs: Registers)
FPC_INTR:
        push    bp
        mov     bp, sp
        mov     cl, [bp + 10]
        mov     ch, 0
        les     di, [bp + 6]
        call    interrupt
        pop     bp
        retf    6

; Interrupt CL with the registers at ES:DI, carry as CH: the handler is entered by IRET, with a frame
; that brings it back here.  Not for INT 25h and 26h, which leave their flags on the stack.
interrupt:
        push    ds
        push    es
        push    di
        pushf
        pop     ax
        or      al, ch
        push    ax
        push    cs
        mov     bx, .back
        push    bx
        and     ah, 0FCh                ; TF and IF are off in a handler
        push    ax
        xor     bx, bx
        mov     ds, bx
        mov     bl, cl
        shl     bx, 1
        shl     bx, 1
        push    word [bx + 2]
        push    word [bx]
        mov     ax, [es:di + R_AX]
        mov     bx, [es:di + R_BX]
        mov     cx, [es:di + R_CX]
        mov     dx, [es:di + R_DX]
        mov     bp, [es:di + R_BP]
        mov     si, [es:di + R_SI]
        mov     ds, [es:di + R_DS]
        push    word [es:di + R_ES]
        mov     di, [es:di + R_DI]
        pop     es
        iret
.back:
        pushf
        push    es
        push    di
        push    bp
        mov     bp, sp
        les     di, [bp + 8]            ; the record again
        mov     [es:di + R_AX], ax
        mov     [es:di + R_BX], bx
        mov     [es:di + R_CX], cx
        mov     [es:di + R_DX], dx
        mov     [es:di + R_SI], si
        mov     [es:di + R_DS], ds
        pop     word [es:di + R_BP]
        pop     word [es:di + R_DI]
        pop     word [es:di + R_ES]
        pop     word [es:di + R_FLAGS]
        add     sp, 4
        pop     ds
        cld
        ret

; procedure InstallInterruptHandlers
FPC_INSTALL_INTERRUPT_HANDLERS:
        mov     ax, 3575h
        mov     di, __SaveInt75 wrt DGROUP
        call    keep
        mov     ax, 3510h
        mov     di, __SaveInt10 wrt DGROUP
        call    keep
        mov     ax, 3500h
        mov     di, __SaveInt00 wrt DGROUP
        call    keep
        push    ds
        push    cs
        pop     ds
        mov     dx, divided
        mov     ax, 2500h
        int     21h
        pop     ds
        retf

keep:
        int     21h
        mov     [di], bx
        mov     [di + 2], es
        ret

; procedure RestoreInterruptHandlers
FPC_RESTORE_INTERRUPT_HANDLERS:
        push    ds
        lds     dx, [__SaveInt00 wrt DGROUP]
        mov     ax, 2500h
        int     21h
        pop     ds
        retf

; INT 00h: HandleError(200) does not return.
divided:
        sti
        mov     ax, DGROUP
        mov     ds, ax
        xor     ax, ax
        push    ax
        mov     al, DIVISION_BY_0
        push    ax
        call    far FPC_HANDLEERROR

; function CheckNullArea: Boolean: is what lies at nil as it was?
FPC_CHECK_NULLAREA:
        xor     si, si
        xor     dx, dx
        mov     cx, NULL_BYTES
        mov     ah, 0
        cld
.next:
        lodsb
        add     dx, ax
        loop    .next
        xor     ax, ax
        cmp     dx, NULL_SUM
        jne     .changed
        inc     ax
.changed:
        retf
