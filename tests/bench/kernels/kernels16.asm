; SPDX-License-Identifier: GPL-2.0-or-later
; Kernels of 16-bit code.  CS = DS = ES = SS, one segment of 64 KB: like a .COM program in the guest,
; an LDT segment with base 0 in a process of the host.  Each returns a result in EAX and leaves DS,
; SS, SP, the direction flag and an empty x87; other registers are its own.
;
;  1000  header, table, code without data beside it
;  ....  kernels that have data, stack or patched code on their own page
;  ....  noise, never written
;  8000  data      f000  stack, growing down
        bits 16
        cpu 686
        org 0x1000
%include "common.inc"
DATA equ 0x8000

        dd enter16, table_end-table, 0, 0
table:  KERNEL 'byte16', 'int16', 0, byte16
        KERNEL 'sieve16', 'int16', 0, sieve16
        KERNEL 'crc16', 'int16', 0, crc16
        KERNEL 'crc32in16', 'int16', 0, crc32in16
        KERNEL 'sort16', 'int16', 0, sort16
        KERNEL 'matrix16', 'int16', 0, matrix16
        KERNEL 'bits16', 'int16', 0, bits16
        KERNEL 'find16', 'int16', 0, find16
        KERNEL 'div16', 'int16', 0, div16
        KERNEL 'word16', 'int16', 0, word16
        KERNEL 'movs16', 'string', 0, movs16
        KERNEL 'fpu16', 'x87', 0, fpu16
        KERNEL 'fib16', 'call', 0, fib16
        KERNEL 'frames16', 'call', 0, frames16
        KERNEL 'jump16', 'indirect', 0, jump16
        KERNEL 'count16', 'codepage', 0, count16
        KERNEL 'stack16', 'codepage', 0, stack16
        KERNEL 'patch16', 'patched', 0, patch16
        KERNEL 'latch12', 'planar', GUEST_ONLY+MODE_12, latch12
        KERNEL 'mask12', 'planar', GUEST_ONLY+MODE_12, mask12
        KERNEL 'bytes13', 'mode13', GUEST_ONLY+MODE_13, bytes13
        KERNEL 'sprite13', 'mode13', GUEST_ONLY+MODE_13, sprite13
        KERNEL 'in61', 'port', GUEST_ONLY, in61
        KERNEL 'in3da', 'port', GUEST_ONLY, in3da
table_end:

enter16:
        PASSES bp, bx

; ---- integer loops
        align 16
byte16: mov cx,8192             ; read, add, write
        mov bx,DATA
        xor dx,dx
        mov al,1
.fill:  mov [bx],dl
        inc bx
        add dl,al
        add al,7
        loop .fill
        mov si,4
        xor ah,ah
.turn:  mov bx,DATA
        mov cx,8192
.next:  mov al,[bx]
        add al,dl
        mov [bx],al
        inc bx
        add dx,ax
        dec cx
        jnz .next
        dec si
        jnz .turn
        movzx eax,dx
        ret

        align 16
sieve16:
        mov bx,DATA             ; primes below 8192
        mov cx,8192
.fill:  mov byte [bx],1
        inc bx
        dec cx
        jnz .fill
        xor dx,dx
        mov si,2
.next:  cmp byte [si+DATA],0
        je .skip
        inc dx
        mov bx,si
        add bx,bx
.mark:  cmp bx,8192
        jae .skip
        mov byte [bx+DATA],0
        add bx,si
        jmp .mark
.skip:  inc si
        cmp si,8192
        jb .next
        movzx eax,dx
        ret

        align 16
crc16:  mov di,16               ; CCITT, bit by bit, over 64 bytes: so few that the host's branch
.turn:  mov si,noise            ; predictor learns them, which is not what we measure
        mov cx,64
        mov dx,0xffff
.byte:  mov ah,[si]
        inc si
        xor dh,ah
        mov bl,8
.bit:   shl dx,1
        jnc .no
        xor dx,0x1021
.no:    dec bl
        jnz .bit
        loop .byte
        dec di
        jnz .turn
        movzx eax,dx
        ret

        align 16
crc32in16:
        mov di,16               ; 32-bit registers in 16-bit code
.turn:  mov si,noise
        mov cx,64
        or eax,-1
.byte:  xor al,[si]
        inc si
        mov dl,8
.bit:   shr eax,1
        jnc .no
        xor eax,0xedb88320
.no:    dec dl
        jnz .bit
        dec cx
        jnz .byte
        dec di
        jnz .turn
        ret

        align 16
sort16: mov si,noise            ; insertion sort of 256 words
        mov di,DATA
        mov cx,256
.copy:  mov ax,[si]
        mov [di],ax
        add si,2
        add di,2
        loop .copy
        mov si,DATA+2
.next:  mov ax,[si]
        mov bx,si
.back:  mov dx,[bx-2]
        cmp dx,ax
        jbe .here
        mov [bx],dx
        sub bx,2
        cmp bx,DATA
        ja .back
.here:  mov [bx],ax
        add si,2
        cmp si,DATA+512
        jb .next
        mov bx,DATA
        xor eax,eax
.sum:   rol ax,3
        add ax,[bx]
        add bx,2
        cmp bx,DATA+512
        jb .sum
        ret

        align 16
matrix16:                       ; 16 x 16 words: DATA = noise x (noise + 512)
        mov di,DATA
        mov si,noise
.row:   mov bx,noise+512
.col:   push si
        push bx
        xor bp,bp
        mov cx,16
.dot:   mov ax,[si]
        imul word [bx]
        add bp,ax
        add si,2
        add bx,32
        dec cx
        jnz .dot
        mov [di],bp
        add di,2
        pop bx
        pop si
        add bx,2
        cmp bx,noise+512+32
        jb .col
        add si,32
        cmp si,noise+512
        jb .row
        mov bx,DATA
        xor eax,eax
.sum:   ror ax,1
        add ax,[bx]
        add bx,2
        cmp bx,di
        jb .sum
        ret

        align 16
bits16: mov si,noise            ; population counts, reversals, rotations through carry
        mov cx,512
        xor dx,dx
        xor bp,bp
.word:  mov ax,[si]
        add si,2
        mov bx,ax
.one:   test bx,bx
        jz .counted
        mov di,bx
        dec di
        and bx,di
        inc dx
        jmp .one
.counted:
        mov bh,16
.turn:  shr ax,1
        rcl bp,1
        adc dl,0
        dec bh
        jnz .turn
        xor bp,ax
        bt dx,3
        rcr bp,1
        not bp
        dec cx
        jnz .word
        mov ax,bp
        shl eax,16
        mov ax,dx
        ret

        align 16
find16: mov dx,64               ; each of the first words of noise, searched in all of it
        mov di,noise
        xor bp,bp
.key:   mov al,[di]
        mov ah,[di+1]
        and ah,0x0f
        mov si,noise
.next:  cmp [si],al
        je .first
.on:    inc si
        cmp si,noise+2047
        jb .next
        inc di
        dec dx
        jnz .key
        movzx eax,bp
        ret
.first: mov bl,[si+1]
        and bl,0x0f
        cmp bl,ah
        jne .on
        add bp,si
        jmp .on

        align 16
div16:  mov cx,1000             ; multiply, divide
        mov bx,12345
        xor si,si
.next:  mov ax,bx
        mov dx,25173
        mul dx
        add ax,13849
        mov bx,ax
        xor dx,dx
        mov di,cx
        or di,0x100
        div di
        add si,ax
        xor si,dx
        dec cx
        jnz .next
        movzx eax,si
        ret

        align 16
word16: mov bx,DATA             ; through an override, with carries
        mov cx,2048
        xor ax,ax
.fill:  mov [es:bx],ax
        add ax,40503
        add bx,2
        loop .fill
        mov di,4
        xor ax,ax
        xor dx,dx
.turn:  mov bx,DATA
        mov cx,2048
.next:  add ax,[es:bx]
        adc dx,0
        mov [es:bx],dx
        add bx,2
        dec cx
        jnz .next
        dec di
        jnz .turn
        shl edx,16
        mov dx,ax
        mov eax,edx
        ret

; ---- string instructions
        align 16
movs16: mov al,0x5a             ; 8 KB at a time
        mov di,DATA
        mov cx,4096
        rep stosb
        mov si,noise
        mov cx,2048
        rep movsw
        mov bp,8
.turn:  mov si,DATA
        mov di,DATA+0x2000
        mov cx,4096
        rep movsw
        mov si,DATA+0x2000
        mov di,DATA
        mov cx,2048
        rep movsd
        dec bp
        jnz .turn
        mov eax,[DATA+0x1234]
        add eax,[DATA+0x3004]
        ret

; ---- x87
        align 16
fpu16:  mov word [DATA],3
        fldz
        fld1
        mov cx,500
.next:  fld st0                 ; sum += 1 / (k * k + 1) + k / 3
        fmul st0,st0
        fld1
        faddp st1,st0
        fld1
        fdivrp st1,st0
        fild word [DATA]
        fdivr st0,st2
        faddp st1,st0
        faddp st2,st0
        fld1
        faddp st1,st0
        dec cx
        jnz .next
        fstp st0
        fstp dword [DATA+4]
        mov eax,[DATA+4]
        ret

; ---- calls
        align 16
fib16:  mov ax,16
        call fib
        movzx eax,ax
        ret
        align 16
fib:    cmp ax,2
        jb .leaf
        push ax
        dec ax
        call fib
        pop bx
        push ax
        lea ax,[bx-2]
        call fib
        pop bx
        add ax,bx
.leaf:  ret

        align 16
frames16:                       ; as compilers of the time did it: arguments, BP, RET n
        mov cx,1000
        xor ax,ax
.next:  push cx
        push ax
        push cx
        call .mix
        pop cx
        dec cx
        jnz .next
        movzx eax,ax
        ret
.mix:   push bp
        mov bp,sp
        sub sp,4
        mov ax,[bp+4]
        add ax,[bp+6]
        mov [bp-2],ax
        push word [bp-2]
        call .turn
        add ax,[bp-2]
        mov sp,bp
        pop bp
        ret 4
.turn:  push bp
        mov bp,sp
        mov ax,[bp+4]
        rol ax,3
        pop bp
        ret 2

; ---- indirect jumps
        align 16
jump16: mov di,16               ; 128 byte codes, 16 times
        xor ax,ax
        xor dx,dx
.turn:  mov si,noise
.next:  mov bl,[si]
        inc si
        and bx,7
        add bx,bx
        jmp [cs:bx+.codes]
.op0:   add ax,si
        jmp .done
.op1:   xor ax,dx
        jmp .done
.op2:   rol ax,1
        jmp .done
.op3:   sub dx,ax
        jmp .done
.op4:   inc dx
        jmp .done
.op5:   xchg ax,dx
        jmp .done
.op6:   neg ax
        jmp .done
.op7:   lea dx,[bx+si]
.done:  cmp si,noise+128
        jb .next
        dec di
        jnz .turn
        movzx eax,ax
        ret
.codes: dw .op0, .op1, .op2, .op3, .op4, .op5, .op6, .op7

; ---- planar video memory: a read that fills the latches, then a write
latch12:
        mov ax,0xa000           ; write mode 1: copies 4 planes at once
        mov es,ax
        call planes
        mov dx,0x3ce
        mov ax,0x0105
        out dx,ax
        xor si,si
        mov di,0x4000
        mov cx,4096
.next:  mov al,[es:si]
        mov [es:di],al
        inc si
        inc di
        dec cx
        jnz .next
        mov ax,0x0005
        out dx,ax
        mov si,0x4000
        jmp read_planes

        align 16
mask12: mov ax,0xa000           ; write mode 0 through a bit mask
        mov es,ax
        call planes
        mov dx,0x3ce
        mov ax,0x3c08
        out dx,ax
        xor di,di
        mov cx,4096
        xor ah,ah
.next:  mov al,[es:di]
        mov [es:di],ah
        inc di
        add ah,29
        dec cx
        jnz .next
        mov ax,0xff08
        out dx,ax
        xor si,si
        jmp read_planes

planes: mov dx,0x3c4            ; 64 bytes from 0 on: different in each plane
        mov ax,0x0102
.plane: out dx,ax
        xor di,di
        mov bl,ah
.fill:  mov [es:di],bl
        add bl,ah
        inc di
        cmp di,64
        jb .fill
        shl ah,1
        cmp ah,16
        jb .plane
        mov ax,0x0f02
        out dx,ax
        ret
read_planes:                    ; 64 bytes at ES:SI, of all planes
        mov dx,0x3ce
        mov ax,0x0004
        xor ebx,ebx
.plane: out dx,ax
        mov cx,64
        mov di,si
.next:  rol ebx,3
        add bl,[es:di]
        inc di
        loop .next
        inc ah
        cmp ah,4
        jb .plane
        mov ax,0x0004
        out dx,ax
        push ds
        pop es
        mov eax,ebx
        ret

; ---- 320 x 200 x 256
        align 16
bytes13:
        mov ax,0xa000
        mov es,ax
        xor di,di
        mov cx,64000
        mov al,1
.next:  mov [es:di],al
        inc di
        add al,3
        dec cx
        jnz .next
.sum:   xor si,si
        xor eax,eax
.read:  rol eax,1
        add al,[es:si]
        add si,251
        cmp si,64000-251
        jb .read
        push ds
        pop es
        ret

        align 16
sprite13:                       ; 64 sprites of 16 x 16, 0 is transparent
        mov ax,0xa000
        mov es,ax
        mov bp,64
        mov di,1000
.sprite:
        mov si,noise
        push di
        mov dh,16
.row:   mov dl,16
.pixel: mov al,[si]
        inc si
        and al,0x1f
        jz .clear
        mov [es:di],al
.clear: inc di
        dec dl
        jnz .pixel
        add di,304
        dec dh
        jnz .row
        pop di
        add di,601
        dec bp
        jnz .sprite
        jmp bytes13.sum

; ---- ports
        align 16
in61:   mov cx,1000
.next:  in al,0x61
        dec cx
        jnz .next
        mov eax,0x61
        ret
in3da:  mov cx,1000
        mov dx,0x3da
.next:  in al,dx
        dec cx
        jnz .next
        mov eax,0x3da
        ret

; ---- data beside code
        align 4096
count16:
        mov cx,256              ; how often each low bit pattern, counters on this page
        mov bx,.counts
.fill:  mov byte [bx],0
        inc bx
        loop .fill
        mov word [.total],0
        mov si,noise
        mov cx,512
.next:  mov bl,[si]
        xor bh,bh
        inc byte [bx+.counts]
        add [.total],bx
        inc si
        dec cx
        jnz .next
        xor eax,eax
        mov bx,.counts
.sum:   rol eax,1
        xor al,[bx]
        inc bx
        cmp bx,.counts+256
        jb .sum
        add ax,[.total]
        ret
        times 256 db 0          ; beside the code, but not in its cache lines
.total: dw 0
.counts:
        times 256 db 0

; ---- stack beside code
        align 4096
stack16:
        mov [.sp],sp
        mov sp,.top
        mov ax,12
        call .fib
        mov sp,[.sp]
        movzx eax,ax
        ret
.fib:   cmp ax,2
        jb .leaf
        push ax
        dec ax
        call .fib
        pop bx
        push ax
        lea ax,[bx-2]
        call .fib
        pop bx
        add ax,bx
.leaf:  ret
.sp:    dw 0
        align 16
        times 256 db 0
.top:

; ---- patched immediates
        align 4096
patch16:
        mov cx,32
        xor ax,ax
.patch: mov [.imm+1],cx
        mov dx,100
.imm:   add ax,0x1234
        dec dx
        jnz .imm
        dec cx
        jnz .patch
        movzx eax,ax
        ret

        align 4096
noise:  NOISE 1024
