; SPDX-License-Identifier: GPL-2.0-or-later
; Kernels of flat 32-bit code.  Everything at the same linear address in the guest and in a process
; of the host.  Each returns a result in EAX and leaves ESP, the segments, the direction flag and an
; empty x87; other registers are its own.
;
;  200000  header, table, code without data beside it
;  ....    kernels that have data, stack or patched code on their own page
;  ....    noise, never written
;  2f0000  stack, growing down   300000  data   400000  code made by the kernel `cold`
        bits 32
        cpu 686
        org 0x200000
%include "common.inc"
DATA equ 0x300000
COLD equ 0x400000
COLD_BLOCKS equ 16384
COLD_SIZE equ 48

        dd enter32, table_end-table, 0, 0
table:  KERNEL 'alu32', 'int32', 0, alu32
        KERNEL 'sieve32', 'int32', 0, sieve32
        KERNEL 'sort32', 'int32', 0, sort32
        KERNEL 'crc32', 'int32', 0, crc32
        KERNEL 'hash32', 'int32', 0, hash32
        KERNEL 'scan32', 'int32', 0, scan32
        KERNEL 'matrix32', 'int32', 0, matrix32
        KERNEL 'switch32', 'int32', 0, switch32
        KERNEL 'movsb256', 'string', 0, movsb256
        KERNEL 'movsd4k', 'string', 0, movsd4k
        KERNEL 'stosb256', 'string', 0, stosb256
        KERNEL 'stosd48k', 'string', 0, stosd48k
        KERNEL 'scasb1k', 'string', 0, scasb1k
        KERNEL 'cmpsb1k', 'string', 0, cmpsb1k
        KERNEL 'mandel', 'x87', 0, mandel
        KERNEL 'fir', 'x87', 0, fir
        KERNEL 'nbody', 'x87', 0, nbody
        KERNEL 'trig', 'x87', 0, trig
        KERNEL 'fib32', 'call', 0, fib32
        KERNEL 'acker32', 'call', 0, acker32
        KERNEL 'frames32', 'call', 0, frames32
        KERNEL 'thread32', 'indirect', 0, thread32
        KERNEL 'icall32', 'indirect', 0, icall32
        KERNEL 'count32', 'codepage', 0, count32
        KERNEL 'stack32', 'codepage', 0, stack32
        KERNEL 'patch32', 'patched', 0, patch32
        KERNEL 'disp32', 'patched', 0, disp32
        KERNEL 'cold', 'cold', ONCE, cold, make_cold
table_end:

enter32:
        PASSES ebp, ebx

; ---- flat integer
        align 16
alu32:  mov ecx,5000            ; registers alone
        mov eax,2463534242
        xor edx,edx
        mov esi,0x9e3779b9
.next:  mov ebx,eax
        shl ebx,13
        xor eax,ebx
        mov ebx,eax
        shr ebx,17
        xor eax,ebx
        mov ebx,eax
        shl ebx,5
        xor eax,ebx
        lea edi,[eax+edx*4+7]
        imul edi,esi
        add edx,edi
        adc edx,ecx
        rol esi,3
        dec ecx
        jnz .next
        xor eax,edx
        ret

        align 16
sieve32:                        ; primes below 32768
        mov edi,DATA
        xor ecx,ecx
.fill:  mov byte [edi+ecx],1
        inc ecx
        cmp ecx,32768
        jb .fill
        xor eax,eax
        mov esi,2
.next:  cmp byte [edi+esi],0
        je .skip
        inc eax
        lea ebx,[esi+esi]
        cmp ebx,32768
        jae .skip
.mark:  mov byte [edi+ebx],0
        add ebx,esi
        cmp ebx,32768
        jb .mark
.skip:  inc esi
        cmp esi,32768
        jb .next
        ret

        align 16
sort32: push dword 8            ; Shell's sort of 128 dwords, eight times
.turn:  mov esi,noise
        mov edi,DATA
        xor ecx,ecx
.copy:  mov eax,[esi+ecx*4]
        mov [edi+ecx*4],eax
        inc ecx
        cmp ecx,128
        jb .copy
        mov ebp,40              ; gaps 40, 13, 4, 1
.gap:   mov esi,ebp
.next:  mov eax,[edi+esi*4]
        mov ebx,esi
.back:  mov edx,ebx
        sub edx,ebp
        jc .here
        mov ecx,[edi+edx*4]
        cmp ecx,eax
        jbe .here
        mov [edi+ebx*4],ecx
        mov ebx,edx
        jmp .back
.here:  mov [edi+ebx*4],eax
        inc esi
        cmp esi,128
        jb .next
        lea eax,[ebp-1]
        xor edx,edx
        mov ecx,3
        div ecx
        mov ebp,eax
        test ebp,ebp
        jnz .gap
        dec dword [esp]
        jnz .turn
        pop eax
        xor eax,eax
        xor ecx,ecx
.sum:   rol eax,5
        add eax,[edi+ecx*4]
        inc ecx
        cmp ecx,128
        jb .sum
        ret

        align 16
crc32:  mov edi,DATA            ; the table, then 16 KB with it
        xor ecx,ecx
.entry: mov eax,ecx
        mov edx,8
.bit:   shr eax,1
        jnc .no
        xor eax,0xedb88320
.no:    dec edx
        jnz .bit
        mov [edi+ecx*4],eax
        inc ecx
        cmp ecx,256
        jb .entry
        mov esi,noise
        or eax,-1
        mov ecx,16384
.byte:  movzx edx,byte [esi]
        inc esi
        xor dl,al
        shr eax,8
        xor eax,[edi+edx*4]
        dec ecx
        jnz .byte
        not eax
        ret

        align 16
hash32: mov edi,DATA            ; 1500 keys of 8 bytes into an open table of 4096
        xor ecx,ecx
.clear: mov dword [edi+ecx*4],0
        inc ecx
        cmp ecx,4096
        jb .clear
        xor ebp,ebp
        mov esi,noise
        mov ecx,1500
.key:   mov eax,2166136261      ; FNV-1a
        mov ebx,8
.byte:  movzx edx,byte [esi]
        inc esi
        xor eax,edx
        imul eax,eax,16777619
        dec ebx
        jnz .byte
        mov edx,eax
        or eax,1
        and edx,4095
.probe: cmp dword [edi+edx*4],0
        je .free
        inc ebp
        cmp [edi+edx*4],eax
        je .taken
        inc edx
        and edx,4095
        jmp .probe
.free:  mov [edi+edx*4],eax
.taken: sub esi,3               ; keys overlap
        dec ecx
        jnz .key
        lea eax,[ebp+esi]
        ret

        align 16
scan32: mov ebp,64              ; words of 256 bytes, 64 times
        xor eax,eax             ; words
        xor edx,edx             ; long ones
.turn:  xor ebx,ebx             ; length of this one
        mov esi,noise
        mov ecx,256
.next:  movzx edi,byte [esi]
        inc esi
        and edi,0x3f
        cmp edi,0x20
        jb .letter
        cmp edi,0x22
        ja .letter
        test ebx,ebx
        jz .on
        inc eax
        cmp ebx,4
        jb .short
        inc edx
.short: xor ebx,ebx
        jmp .on
.letter:
        inc ebx
.on:    dec ecx
        jnz .next
        dec ebp
        jnz .turn
        shl edx,16
        xor eax,edx
        ret

        align 16
matrix32:                       ; 24 x 24 dwords
        mov edi,DATA
        mov esi,noise
.row:   mov ebx,noise+0x1000
.col:   xor eax,eax
        xor ecx,ecx
        mov ebp,ebx
.dot:   mov edx,[esi+ecx*4]
        imul edx,[ebp]
        add eax,edx
        add ebp,96
        inc ecx
        cmp ecx,24
        jb .dot
        mov [edi],eax
        add edi,4
        add ebx,4
        cmp ebx,noise+0x1000+96
        jb .col
        add esi,96
        cmp esi,noise+24*96
        jb .row
        xor eax,eax
        mov ebx,DATA
.sum:   ror eax,1
        add eax,[ebx]
        add ebx,4
        cmp ebx,edi
        jb .sum
        ret

        align 16
switch32:                       ; a virtual machine: sum of i * i while i counts down
        mov esi,.program        ; ESI program counter, EDI its stack, EBX variables
        mov edi,DATA
        mov ebx,DATA+0x1000
        mov dword [ebx],500
        mov dword [ebx+4],0
.next:  movzx eax,byte [esi]
        inc esi
        cmp eax,8
        ja .end
        jmp [.ops+eax*4]
.load:  movzx eax,byte [esi]
        inc esi
        mov edx,[ebx+eax*4]
        mov [edi],edx
        add edi,4
        jmp .next
.store: movzx eax,byte [esi]
        inc esi
        sub edi,4
        mov edx,[edi]
        mov [ebx+eax*4],edx
        jmp .next
.mul:   sub edi,4
        mov edx,[edi]
        imul edx,[edi-4]
        mov [edi-4],edx
        jmp .next
.add:   sub edi,4
        mov edx,[edi]
        add [edi-4],edx
        jmp .next
.lit:   movsx eax,byte [esi]
        inc esi
        mov [edi],eax
        add edi,4
        jmp .next
.dup:   mov edx,[edi-4]
        mov [edi],edx
        add edi,4
        jmp .next
.jnz:   movsx eax,byte [esi]
        inc esi
        sub edi,4
        cmp dword [edi],0
        je .next
        add esi,eax
        jmp .next
.xor:   sub edi,4
        mov edx,[edi]
        xor [edi-4],edx
        jmp .next
.end:   mov eax,[ebx+4]
        ret
        align 4
.ops:   dd .end, .load, .store, .mul, .add, .lit, .dup, .jnz, .xor
.program:
        db 1,0, 6, 3, 1,1, 4, 5,0x55, 8, 2,1
        db 1,0, 5,-1, 4, 6, 2,0, 7, -22
        db 0

; ---- string instructions
        align 16
movsb256:                       ; 64 pieces of 256 bytes
        mov ebx,64
        mov edx,noise
        mov ebp,DATA
.next:  mov esi,edx
        mov edi,ebp
        mov ecx,256
        rep movsb
        add edx,0x81
        add ebp,0x100
        dec ebx
        jnz .next
        jmp sum16k

        align 16
movsd4k:
        mov ebx,16              ; 4 KB there and back
        mov esi,noise
        mov edi,DATA
        mov ecx,4096
        rep movsd
.next:  mov esi,DATA
        mov edi,DATA+0x10000
        mov ecx,1024
        rep movsd
        mov esi,DATA+0x10000
        mov edi,DATA+0x1000
        mov ecx,1024
        rep movsd
        dec ebx
        jnz .next
        jmp sum16k

        align 16
stosb256:
        mov ebx,64
        mov edi,DATA
.next:  mov al,bl
        mov ecx,256
        rep stosb
        dec ebx
        jnz .next
        jmp sum16k

        align 16
stosd48k:
        mov eax,0x12345678
        mov edi,DATA
        mov ecx,12288
        rep stosd
        jmp sum16k

        align 16
scasb1k:
        mov edi,DATA            ; 16 searches of 1 KB
        mov ecx,1024
        mov al,' '
        rep stosb
        xor edx,edx
        mov ebx,16
.next:  mov byte [DATA+1000+ebx],0
        mov edi,DATA
        mov ecx,1024
        xor al,al
        repne scasb
        mov byte [DATA+1000+ebx],' '
        add edx,ecx
        dec ebx
        jnz .next
        mov eax,edx
        ret

        align 16
cmpsb1k:
        mov edi,DATA            ; 16 comparisons of 1 KB
        mov esi,noise
        mov ecx,256
        rep movsd
        xor edx,edx
        mov ebx,16
.next:  not byte [DATA+1000+ebx]
        mov esi,noise
        mov edi,DATA
        mov ecx,1024
        repe cmpsb
        not byte [DATA+1000+ebx]
        add edx,ecx
        dec ebx
        jnz .next
        mov eax,edx
        ret

sum16k: mov esi,DATA
        xor eax,eax
        mov ecx,64              ; every 64th dword: the strings are what is timed
.next:  rol eax,1
        add eax,[esi]
        add esi,256
        dec ecx
        jnz .next
        ret

; ---- x87
        align 16
mandel: xor edi,edi             ; 32 x 24 points, up to 64 turns each; six of the eight registers
        fld qword [.top]        ; are the most that is taken
        mov ebp,24
.line:  fstp qword [DATA]       ; cy
        fld qword [.left]
        mov esi,32
.point: fst qword [DATA+8]      ; cx, which stays in its register too
        fldz
        fldz
        mov ecx,64
.turn:  fld st0                 ; zx zx zy cx
        fmul st0,st0
        fld st2
        fmul st0,st0            ; zy2 zx2 zx zy cx
        fld st1
        fadd st0,st1
        fcomp dword [.four]
        fnstsw ax
        test ah,1
        jz .far
        fsubp st1,st0
        fadd qword [DATA+8]     ; new zx, zx, zy, cx
        fxch st1
        fmulp st2,st0           ; new zx, zx * zy, cx
        fxch st1
        fadd st0,st0
        fadd qword [DATA]
        fxch st1
        dec ecx
        jnz .turn
        jmp .done
.far:   fstp st0
        fstp st0
.done:  fstp st0
        fstp st0
        rol edi,3
        add edi,ecx
        fadd qword [.step]
        dec esi
        jnz .point
        fstp st0
        fld qword [DATA]
        fadd qword [.step]
        dec ebp
        jnz .line
        fstp st0
        mov eax,edi
        ret
        align 8
.top:   dq -1.2
.left:  dq -2.1
.step:  dq 0.1
.four:  dd 4.0

        align 16
fir:    xor ecx,ecx             ; 256 samples through 64 taps
.conv:  fild word [noise+ecx*2]
        fmul dword [.scale]
        fstp qword [DATA+ecx*8]
        inc ecx
        cmp ecx,320
        jb .conv
        mov edx,DATA
        xor edi,edi
.next:  fldz
        xor ecx,ecx
.tap:   fld qword [edx+ecx*8]
        fmul qword [DATA+ecx*8]
        faddp st1,st0
        inc ecx
        cmp ecx,64
        jb .tap
        fstp dword [DATA+0x1000]
        rol edi,1
        add edi,[DATA+0x1000]
        add edx,8
        cmp edx,DATA+256*8
        jb .next
        mov eax,edi
        ret
        align 4
.scale: dd 0.001

BODIES equ 4
BODY equ 56                     ; x y z, speeds, mass
        align 16
nbody:  mov ecx,BODIES*7        ; four bodies, 40 steps
.init:  fild word [noise+ecx*2]
        fmul dword [.scale]
        fstp qword [DATA+ecx*8-8]
        dec ecx
        jnz .init
        mov ebp,40
.step:  mov esi,DATA
.one:   lea edi,[esi+BODY]
.two:   fld qword [esi]
        fsub qword [edi]        ; dx
        fld qword [esi+8]
        fsub qword [edi+8]      ; dy dx
        fld qword [esi+16]
        fsub qword [edi+16]     ; dz dy dx
        fld st0
        fmul st0,st0
        fld st2
        fmul st0,st0
        faddp st1,st0
        fld st3
        fmul st0,st0
        faddp st1,st0
        fadd dword [.soft]      ; d2 dz dy dx
        fld st0
        fsqrt
        fmulp st1,st0
        fdivr dword [.dt]       ; dt / d2 ^ 1.5
        fld qword [edi+48]
        fmul st0,st1            ; m dt dz dy dx
        fxch st1
        fmul qword [esi+48]     ; o m dz dy dx
%assign axis 2
%rep 3
        fld st2                 ; d o m d ..
        fmul st0,st2
        fsubr qword [esi+24+axis*8]
        fstp qword [esi+24+axis*8]
        fxch st2                ; d m o ..
        fmul st0,st2
        fadd qword [edi+24+axis*8]
        fstp qword [edi+24+axis*8]
        fxch st1                ; o m
%assign axis axis-1
%endrep
        fstp st0
        fstp st0
        add edi,BODY
        cmp edi,DATA+BODIES*BODY
        jb .two
        add esi,BODY
        cmp esi,DATA+(BODIES-1)*BODY
        jb .one
        mov esi,DATA
.move:
%assign axis 0
%rep 3
        fld qword [esi+24+axis*8]
        fmul dword [.dt]
        fadd qword [esi+axis*8]
        fstp qword [esi+axis*8]
%assign axis axis+1
%endrep
        add esi,BODY
        cmp esi,DATA+BODIES*BODY
        jb .move
        dec ebp
        jnz .step
        fld qword [DATA]
        fadd qword [DATA+BODY+8]
        fstp dword [DATA+0x1000]
        mov eax,[DATA+0x1000]
        ret
        align 4
.scale: dd 0.0005
.soft:  dd 0.5
.dt:    dd 0.01

        align 16
trig:   mov ecx,100             ; rounded to 24 bits: processors differ in the last of 64
        xor eax,eax
.next:  mov [DATA],ecx
        fild dword [DATA]
        fsqrt
        fld st0
        fsin
        fstp dword [DATA+4]
        fld st0
        fcos
        fstp dword [DATA+8]
        fld1
        fpatan
        fstp dword [DATA+12]
        rol eax,5
        add eax,[DATA+4]
        rol eax,5
        add eax,[DATA+8]
        rol eax,5
        add eax,[DATA+12]
        dec ecx
        jnz .next
        ret

; ---- calls
        align 16
fib32:  mov eax,17
        align 16
fib:    cmp eax,2
        jb .leaf
        push ebx
        mov ebx,eax
        dec eax
        call fib
        xchg eax,ebx
        sub eax,2
        call fib
        add eax,ebx
        pop ebx
.leaf:  ret

        align 16
acker32:                        ; A(2, 40)
        push dword 40
        push dword 2
        call acker
        add esp,8
        ret
        align 16
acker:  mov eax,[esp+4]
        mov edx,[esp+8]
        test eax,eax
        jnz .deep
        lea eax,[edx+1]
        ret
.deep:  test edx,edx
        jnz .both
        dec eax
        push dword 1
        push eax
        call acker
        add esp,8
        ret
.both:  dec edx
        push edx
        push eax
        call acker
        add esp,8
        mov edx,[esp+4]
        dec edx
        push eax
        push edx
        call acker
        add esp,8
        ret

        align 16
frames32:
        mov ecx,2000
        xor eax,eax
.next:  push ecx
        push eax
        push ecx
        call .mix
        pop ecx
        dec ecx
        jnz .next
        ret
.mix:   push ebp
        mov ebp,esp
        sub esp,8
        mov eax,[ebp+8]
        add eax,[ebp+12]
        mov [ebp-4],eax
        push dword [ebp-4]
        call .turn
        add eax,[ebp-4]
        leave
        ret 8
.turn:  push ebp
        mov ebp,esp
        mov eax,[ebp+8]
        rol eax,3
        pop ebp
        ret 4

; ---- indirect jumps and calls
        align 16
thread32:                       ; threaded code: each routine jumps to the next
        mov ecx,16
        mov ebx,DATA
        xor eax,eax
        xor edx,edx
.code:  movzx edi,byte [noise+eax]
        and edi,7
        mov edi,[.ops+edi*4]
        mov [ebx+eax*4],edi
        inc eax
        cmp eax,128
        jb .code
        mov dword [ebx+128*4],.end
        xor eax,eax
.turn:  mov esi,ebx
        jmp .go
%macro GO 0
        mov edi,[esi]
        add esi,4
        jmp edi
%endmacro
.go:    GO
.op0:   add eax,ecx
        GO
.op1:   xor eax,edx
        GO
.op2:   rol eax,1
        GO
.op3:   sub edx,eax
        GO
.op4:   inc edx
        GO
.op5:   xchg eax,edx
        GO
.op6:   neg eax
        GO
.op7:   lea edx,[eax+edx*2+5]
        GO
.end:   dec ecx
        jnz .turn
        ret
        align 4
.ops:   dd .op0, .op1, .op2, .op3, .op4, .op5, .op6, .op7

        align 16
icall32:                        ; 128 calls through pointers, 16 times
        mov ebp,16
        xor eax,eax
        xor edx,edx
.turn:  xor esi,esi
.next:  movzx edi,byte [noise+esi]
        and edi,7
        call [.ops+edi*4]
        inc esi
        cmp esi,128
        jb .next
        dec ebp
        jnz .turn
        ret
        align 16
.op0:   add eax,esi
        ret
        align 16
.op1:   xor eax,edx
        ret
        align 16
.op2:   rol eax,1
        ret
        align 16
.op3:   sub edx,eax
        ret
        align 16
.op4:   inc edx
        ret
        align 16
.op5:   xchg eax,edx
        ret
        align 16
.op6:   neg eax
        ret
        align 16
.op7:   lea edx,[eax+edx*2+5]
        ret
        align 4
.ops:   dd .op0, .op1, .op2, .op3, .op4, .op5, .op6, .op7

; ---- cold code: COLD_BLOCKS pieces of 11 instructions, all different, run 7 times.  Fewer blocks
; would measure the making of tables, more only the memory of the host.
        align 16
make_cold:
        mov edi,COLD
        xor ebx,ebx
.block: mov esi,cold_piece
        mov ecx,COLD_SIZE/4
        rep movsd
        mov eax,ebx
        and eax,0xffc
        mov [edi-COLD_SIZE+cold_piece.load-cold_piece+2],eax
        xor eax,0xff0
        mov [edi-COLD_SIZE+cold_piece.save-cold_piece+2],eax
        imul eax,ebx,69069
        mov [edi-COLD_SIZE+cold_piece.add-cold_piece+1],eax
        inc ebx
        cmp ebx,COLD_BLOCKS
        jb .block
        mov byte [edi-COLD_SIZE+cold_piece.next-cold_piece],0xc3
        mov edi,DATA            ; what they work on
        mov ecx,1024
        mov eax,0x01020304
        rep stosd
        ret

cold:   mov ebp,7
        xor ecx,ecx
        xor esi,esi
        xor edi,edi
        mov ebx,DATA
.turn:  mov eax,COLD
        call eax
        dec ebp
        jnz .turn
        lea eax,[ecx+esi]
        xor eax,edi
        ret

        align 4
cold_piece:
.load:  mov eax,[ebx+0x12345678]
.add:   add eax,0x12345678
.save:  mov [ebx+0x12345678],eax
        lea edx,[eax+ecx*2+5]
        xor ecx,edx
        test dl,4
        jz .even
        add esi,0x11
.even:  rol edi,3
        inc edi
.next:  jmp short cold_piece+COLD_SIZE
        times COLD_SIZE-($-cold_piece) nop

; ---- data beside code
        align 4096
count32:
        xor ecx,ecx
        xor eax,eax
.clear: mov [.counts+ecx*4],eax
        inc ecx
        cmp ecx,64
        jb .clear
        mov [.total],eax
        mov esi,noise
        mov ecx,1024
.next:  movzx ebx,byte [esi]
        inc esi
        and ebx,63
        inc dword [.counts+ebx*4]
        add [.total],ebx
        dec ecx
        jnz .next
        xor ecx,ecx
.sum:   rol eax,3
        add eax,[.counts+ecx*4]
        inc ecx
        cmp ecx,64
        jb .sum
        add eax,[.total]
        ret
        align 4
        times 256 db 0          ; beside the code, but not in its cache lines
.total: dd 0
.counts:
        times 64 dd 0

; ---- stack beside code
        align 4096
stack32:
        mov [.esp],esp
        mov esp,.top
        mov eax,13
        call .fib
        mov esp,[.esp]
        ret
.fib:   cmp eax,2
        jb .leaf
        push ebx
        mov ebx,eax
        dec eax
        call .fib
        xchg eax,ebx
        sub eax,2
        call .fib
        add eax,ebx
        pop ebx
.leaf:  ret
        align 16
.esp:   dd 0
        times 511 dd 0
.top:

; ---- patched code
        align 4096
patch32:                        ; an immediate, then 100 turns with it
        mov ecx,32
        xor eax,eax
.patch: mov [.imm+1],ecx
        mov edx,100
.imm:   add eax,0x12345678
        dec edx
        jnz .imm
        dec ecx
        jnz .patch
        ret

        align 4096
disp32: mov ecx,32              ; a displacement
        xor eax,eax
        mov ebx,noise
.patch: lea edx,[ecx*4+noise]
        mov [.load+2],edx
        mov edx,100
.load:  add eax,[0x12345678]
        rol eax,1
        dec edx
        jnz .load
        dec ecx
        jnz .patch
        ret

        align 4096
noise:  NOISE 8192
