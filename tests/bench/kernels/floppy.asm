; SPDX-License-Identifier: GPL-2.0-or-later
; A floppy that runs the kernels on command.  COM1, 115200 bits a second, is the line to the host:
;
;   host   K or P, two hexadecimal digits: the kernel (both tables count through), eight: passes
;          (P: with paging), then, after S, one more character
;   guest  S when everything is prepared and it halts; E, eight digits of the result, eight of the
;          time-stamp counter's advance; R when it waits for the next command
;
; The guest halts whenever it waits, so that the processor time of the monitor stands still.
;
;  6000-6fff variables, stack  8000- this  21000- kernels16  30000- kernels32, moved to 200000
;  600000- page tables
; No page with code holds data or stack: emulators are slow at that, and it is measured by itself.
        bits 16
        cpu 686
        org 0x7c00
VAR     equ 0x6000
savesp  equ VAR+0
head    equ VAR+4
tail    equ VAR+6
passes  equ VAR+8
kernel  equ VAR+12
prepare equ VAR+16
flags   equ VAR+20
result  equ VAR+24
wide    equ VAR+28              ; byte: 32-bit code
paged   equ VAR+29
drive   equ VAR+30
lba     equ VAR+32
queue   equ VAR+0x100           ; 64 bytes
SEG16   equ 0x2000
STAGE32 equ 0x30000
HOME32  equ 0x200000
STACK32 equ 0x2f0000
PAGES   equ 0x600000
COM1    equ 0x3f8
MODE_12 equ 2
MODE_13 equ 4

        jmp start
        nop
start:  cli
        xor ax,ax
        mov ds,ax
        mov es,ax
        mov ss,ax
        mov sp,0x7000
        cld
        sti
        mov [drive],dl
        mov word [lba],1
        mov ax,0x7e0
        mov cx,(driver_end-driver+511)/512+1
        call load
        mov ax,SEG16+0x100
        mov cx,(k16_end-k16)/512
        call load
        mov ax,STAGE32/16
        mov cx,(k32_end-k32)/512
        call load
        jmp driver

load:   mov es,ax               ; CX sectors to AX:0
.next:  push ax
        push cx
        mov ax,[lba]
        xor dx,dx
        mov bx,18
        div bx
        mov cl,dl
        inc cl
        mov ch,al
        shr ch,1
        mov dh,al
        and dh,1
        mov dl,[drive]
        mov si,4                ; a drive may need to spin up
.try:   mov ax,0x0201
        xor bx,bx
        int 0x13
        jnc .good
        dec si
        jnz .try
        mov al,'!'              ; shown as the guest's answer
        mov dx,COM1
        out dx,al
        hlt
.good:  inc word [lba]
        pop cx
        pop ax
        add ax,0x20
        mov es,ax
        loop .next
        ret
        times 510-($-$$) db 0
        dw 0xaa55

        times 0x400-($-$$) db 0
driver: cli
        xor ax,ax
        mov es,ax
        mov dword [head],0
        mov word [0x0c*4],irq4
        mov word [0x0c*4+2],0
        mov al,0xef             ; COM1 alone
        out 0x21,al
        mov al,0xff
        out 0xa1,al
        in al,0x92
        or al,2
        and al,0xfe
        out 0x92,al
        mov dx,COM1+3
        mov al,0x80
        out dx,al
        mov dx,COM1
        mov al,1
        out dx,al
        inc dx
        mov al,0
        out dx,al
        mov dx,COM1+3
        mov al,3
        out dx,al
        inc dx
        mov al,0x0b
        out dx,al
        mov dx,COM1+2
        mov al,0
        out dx,al
        dec dx
        mov al,1
        out dx,al
        mov dword [kernel],init32
        mov byte [paged],0
        mov dword [passes],0
        call run32.own
        sti

command:
        mov al,'R'
        call put
        call get
        cmp al,'Q'
        je quit
        cmp al,'P'
        sete [paged]
        mov cl,2
        call hex
        mov ebx,eax
        mov cl,8
        call hex
        mov [passes],eax
        call find
        call video
        mov eax,[prepare]
        test eax,eax
        jz .ready
        call run_prepare
.ready: mov al,'S'
        call put
        call get
        rdtsc
        push eax
        call run
        mov [result],eax
        rdtsc
        pop ebx
        sub eax,ebx
        push eax
        call text
        mov al,'E'
        call put
        mov eax,[result]
        call put_hex
        pop eax
        call put_hex
        jmp command
quit:   xor al,al
        out 0xf4,al
        hlt

; The preparation is a kernel of one pass.
run_prepare:
        push dword [passes]
        push dword [kernel]
        mov [kernel],eax
        mov dword [passes],1
        call run
        pop dword [kernel]
        pop dword [passes]
        ret

; EBX: number in both tables -> kernel, flags, prepare, wide
find:   mov ax,SEG16
        mov es,ax
        mov eax,[es:0x1004]
        shr eax,5
        mov byte [wide],0
        mov si,0x1010
        cmp ebx,eax
        jb .here
        sub ebx,eax
        mov byte [wide],1
        mov ax,STAGE32/16
        mov es,ax
        mov si,0x10
.here:  shl bx,5
        add si,bx
        mov ax,[es:si+22]
        mov [flags],ax
        mov eax,[es:si+24]
        mov [kernel],eax
        mov eax,[es:si+28]
        mov [prepare],eax
        xor ax,ax
        mov es,ax
        ret

video:  mov ax,0x12
        test word [flags],MODE_12
        jnz .set
        mov al,0x13
        test word [flags],MODE_13
        jz .no
.set:   int 0x10
.no:    ret
text:   mov ax,3
        test word [flags],MODE_12+MODE_13
        jz video.no
        int 0x10
        ret

irq4:   push ax
        push bx
        push dx
        push ds
        xor ax,ax
        mov ds,ax
        mov dx,COM1+5           ; a first interrupt may come without a character
        in al,dx
        test al,1
        jz .none
        mov dx,COM1
        in al,dx
        mov bx,[tail]
        mov [queue+bx],al
        inc bx
        and bx,63
        mov [tail],bx
.none:  mov al,0x20
        out 0x20,al
        pop ds
        pop dx
        pop bx
        pop ax
        iret

get:    cli
        mov bx,[head]
        cmp bx,[tail]
        jne .have
        sti
        hlt
        jmp get
.have:  mov al,[queue+bx]
        inc bx
        and bx,63
        mov [head],bx
        sti
        ret

put:    push ax
        mov dx,COM1+5
.wait:  in al,dx
        test al,0x20
        jz .wait
        pop ax
        mov dx,COM1
        out dx,al
        ret

hex:    xor edi,edi             ; CL digits -> EAX
.next:  push bx
        call get
        pop bx
        sub al,'0'
        cmp al,10
        jb .digit
        sub al,'A'-'0'-10
.digit: movzx eax,al
        shl edi,4
        or edi,eax
        dec cl
        jnz .next
        mov eax,edi
        ret

put_hex:
        mov cl,8
        mov edi,eax
.next:  rol edi,4
        mov ax,di
        and al,15
        cmp al,10
        jb .digit
        add al,'A'-'0'-10
.digit: add al,'0'
        call put
        dec cl
        jnz .next
        ret

; Runs the kernel with interrupts off; its result in EAX
run:    cli
        fninit
        cmp byte [wide],0
        jne run32
        mov [savesp],sp
        mov ebx,[kernel]
        mov ecx,[passes]
        mov ax,SEG16
        mov es,ax
        mov ss,ax
        mov esp,0xf000
        push dword 0
        push dword .back
        mov edx,[es:0x1000]
        mov ds,ax
        push ax
        push dx
        retf
.back:  xor bx,bx
        mov ds,bx
        mov es,bx
        mov ss,bx
        movzx esp,word [savesp]
        sti
        ret

run32:  mov byte [own32],0
        jmp .go
.own:   mov byte [own32],1
.go:    mov [savesp],sp
        o32 lgdt [gdtr]
        mov eax,cr0
        or al,1
        mov cr0,eax
        jmp 8:.protected
        bits 32
.protected:
        mov eax,0x10
        mov ds,eax
        mov es,eax
        mov ss,eax
        mov esp,STACK32
        mov ebx,[kernel]
        mov ecx,[passes]
        cmp byte [own32],0
        jne .init
        cmp byte [paged],0
        je .flat
        mov eax,PAGES
        mov cr3,eax
        mov eax,cr0
        or eax,0x80000000
        mov cr0,eax
.flat:  push cs
        call [HOME32]
        jmp .back
.init:  call ebx
.back:  mov [result],eax
        mov eax,cr0
        and eax,0x7fffffff
        mov cr0,eax
        xor eax,eax
        mov cr3,eax
        mov eax,0x20
        mov ds,eax
        mov es,eax
        mov ss,eax
        jmp 0x18:.narrow
        bits 16
.narrow:
        mov eax,cr0
        and al,0xfe
        mov cr0,eax
        jmp 0:.real
.real:  xor ax,ax
        mov ds,ax
        mov es,ax
        mov ss,ax
        movzx esp,word [savesp]
        mov eax,[result]
        sti
        ret

        bits 32
init32: mov esi,STAGE32         ; the kernels to their place, page tables for 16 MB
        mov edi,HOME32
        mov ecx,(k32_end-k32)/4
        rep movsd
        mov edi,PAGES
        mov ecx,1024
        xor eax,eax
        rep stosd
        mov dword [PAGES],PAGES+0x1000+7
        mov dword [PAGES+4],PAGES+0x2000+7
        mov dword [PAGES+8],PAGES+0x3000+7
        mov dword [PAGES+12],PAGES+0x4000+7
        mov eax,7
        mov ecx,4096
.next:  mov [edi],eax
        add eax,0x1000
        add edi,4
        loop .next
        ret

        align 8
gdt:    dq 0                    ; accessed bits are set: nobody writes here
        dq 0x00cf9b000000ffff   ; 08 flat code
        dq 0x00cf93000000ffff   ; 10 flat data
        dq 0x00009b000000ffff   ; 18 16-bit code
        dq 0x000093000000ffff   ; 20 16-bit data
gdtr:   dw gdtr-gdt-1
        dd gdt
own32   equ VAR+31
        align 512
driver_end:

k16:    incbin "kernels16.bin"
        align 512, db 0
k16_end:
k32:    incbin "kernels32.bin"
        align 512, db 0
k32_end:
        times 1474560-($-$$) db 0
