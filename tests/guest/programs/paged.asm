; SPDX-License-Identifier: GPL-2.0-or-later
; A boot sector that computes the same in each of its rounds: in 32-bit mode with paging, the timer's
; interrupt on, on the x87.  It writes through one window of linear addresses and reads through
; another, where the pages lie in another order and are filled in by page faults; the interrupt keeps
; and uses the x87.  Says "PAGED OK" with a checksum and what it counted, or "PAGED BAD" with the round.
; Round: words of the LCG written and read back, x87 sums, pages unmapped again.
        bits 16
        cpu 486
        org 7c00h

DIRECTORY equ 10000h
LOW_TABLE equ 11000h
WINDOW_TABLE equ 12000h
RESULT  equ 13000h              ; of the round, and of the first one
FIRST   equ 13100h
FPU     equ 13200h              ; of what was interrupted
RESULT_SIZE equ 48
PAGES   equ 64
DATA    equ 200000h             ; their physical and linear address, one after another
WINDOW  equ 400000h             ; where they are mapped when they are touched, in another order
STEP    equ 37                  ; odd: each page is met once
CODE    equ 8
FLAT    equ 10h

        jmp start
        times 2 - ($ - $$) db 90h
        align 4, db 90h
rounds  dw 3                    ; at offset 4: the test changes it
start:  xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 7c00h
        cld
        mov ax, 0204h           ; the four sectors behind this one
        mov bx, 7e00h
        mov cx, 2
        mov dh, 0
        int 13h
        jc $
        mov ax, 3
        int 10h
        in al, 92h
        or al, 2
        out 92h, al
        cli
        lgdt [gdt_at]
        lidt [idt_at]
        mov eax, cr0
        and eax, ~0ch           ; no EM, no TS
        or eax, 23h             ; NE, MP, PE
        mov cr0, eax
        jmp CODE:protected

gdt_at: dw gdt_end - gdt - 1
        dd gdt
idt_at: dw 256 * 8 - 1
        dd 14000h
        align 8, db 0
gdt:    dq 0
        dq 00cf9b000000ffffh
        dq 00cf93000000ffffh
gdt_end:
        times 510 - ($ - $$) db 0
        dw 0aa55h

        bits 32
protected:
        mov ax, FLAT
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, 7c00h
        mov edi, DIRECTORY      ; to the end of the gates: nothing there
        mov ecx, 8000h / 4
        xor eax, eax
        rep stosd
        mov dword [DIRECTORY], LOW_TABLE | 3
        mov dword [DIRECTORY + 4], WINDOW_TABLE | 3
        mov edi, LOW_TABLE
        mov eax, 3
        mov ecx, 1024
.entry: stosd
        add eax, 1000h
        loop .entry
        mov eax, page_fault
        mov edi, 14000h + 14 * 8
        call gate
        mov eax, tick
        mov edi, 14000h + 20h * 8
        call gate
        mov al, 11h             ; both PICs to 20h and 28h; the timer alone
        out 20h, al
        out 0a0h, al
        mov al, 20h
        out 21h, al
        mov al, 28h
        out 0a1h, al
        mov al, 4
        out 21h, al
        mov al, 2
        out 0a1h, al
        mov al, 1
        out 21h, al
        out 0a1h, al
        mov al, 0feh
        out 21h, al
        mov al, 0ffh
        out 0a1h, al
        mov al, 34h             ; every 250 us
        out 43h, al
        mov al, 298 & 255
        out 40h, al
        mov al, 298 >> 8
        out 40h, al
        mov eax, DIRECTORY
        mov cr3, eax
        mov eax, cr0
        or eax, 80010000h       ; paging, and read-only for us too
        mov cr0, eax
        jmp short .paged
.paged: mov esi, begun
        call print
        fninit
        sti
        movzx ebp, word [rounds]
round:  call fill
        call read
        call sums
        call forget
        mov esi, RESULT
        mov edi, FIRST
        mov ecx, RESULT_SIZE / 4
        cmp byte [known], 0
        jne .same
        mov byte [known], 1
        rep movsd
        jmp short .next
.same:  repe cmpsd
        jne bad
.next:  dec ebp
        jnz round
        mov esi, ok
        call print
        mov esi, FIRST          ; all of the result as one number
        mov ecx, RESULT_SIZE / 4
        xor edx, edx
.fold:  rol edx, 5
        lodsd
        xor edx, eax
        loop .fold
        call hex
        cmp dword [ticks], 0
        je bad
        movzx eax, word [rounds]
        imul eax, PAGES
        cmp eax, [faults]
        jne bad
.halt:  hlt
        jmp .halt

bad:    mov esi, wrong
        call print
        mov edx, ebp
        call hex
        cli
        hlt

; eax: handler, edi: its gate
gate:   mov [edi], ax
        mov word [edi + 2], CODE
        mov word [edi + 4], 8e00h
        shr eax, 16
        mov [edi + 6], ax
        ret

; Numbers, one after another, through the low addresses.
fill:   mov edi, DATA
        mov ecx, PAGES * 1024
        mov eax, 1991
.word:  imul eax, eax, 1103515245
        add eax, 12345
        stosd
        loop .word
        mov [RESULT], eax
        ret

; Adds them up through the window, in which page n lies at n * STEP.
read:   xor ebx, ebx            ; page of the window
        xor edx, edx
.page:  mov esi, ebx
        shl esi, 12
        add esi, WINDOW
        mov ecx, 1024
.word:  lodsd
        rol edx, 1
        add edx, eax
        xor dword [esi - 4], ebx
        loop .word
        inc ebx
        cmp ebx, PAGES
        jb .page
        mov [RESULT + 4], edx
        mov esi, DATA           ; what that wrote, through the low addresses
        mov ecx, PAGES * 1024
        xor edx, edx
.check: lodsd
        add edx, eax
        adc edx, 0
        loop .check
        mov [RESULT + 8], edx
        ret

; Three sums that stay on the x87's stack while each is added to; quotients, roots, and what is rounded.
sums:   fldz
        fldz
        fldz
        mov dword [number], 1
.next:  fild dword [number]
        fld st0
        fsqrt
        fadd st2, st0           ; st2, st3, st4: the sums
        fmul st0, st1
        fld1
        fdivrp st1, st0         ; 1 / (n * root)
        fadd st3, st0
        fmulp st1, st0
        fld st0
        frndint
        fsubp st1, st0
        faddp st3, st0
        inc dword [number]
        cmp dword [number], 2000
        jb .next
        fstp tword [RESULT + 12]
        fstp tword [RESULT + 24]
        fstp tword [RESULT + 36]
        fnstsw ax
        and ax, 0fd7fh          ; without C1 and the busy bit
        mov [RESULT + 46], ax
        ret

; The window is empty again: every other round by CR3, else page by page.
forget: mov edi, WINDOW_TABLE
        mov ecx, PAGES
        xor eax, eax
        rep stosd
        test ebp, 1
        jnz .one
        mov eax, cr3
        mov cr3, eax
        ret
.one:   mov eax, WINDOW
        mov ecx, PAGES
.page:  invlpg [eax]
        add eax, 1000h
        loop .page
        ret

page_fault:
        pushad
        mov eax, cr2
        sub eax, WINDOW
        shr eax, 12
        cmp eax, PAGES
        jae bad
        lea edx, [WINDOW_TABLE + eax * 4]
        imul eax, STEP
        and eax, PAGES - 1
        shl eax, 12
        add eax, DATA | 3
        mov [edx], eax
        inc dword [faults]
        popad
        add esp, 4              ; the error code
        iretd

tick:   push eax
        fnsave [FPU]
        inc dword [ticks]
        fild dword [ticks]
        fld st0
        fmulp st1, st0
        fistp dword [squared]
        frstor [FPU]
        mov al, 20h
        out 20h, al
        pop eax
        iretd

; To the screen's next place: esi text, edx number.
print:  mov edi, [place]
.char:  lodsb
        test al, al
        jz .end
        mov ah, 7
        stosw
        jmp .char
.end:   mov [place], edi
        ret
hex:    mov edi, [place]
        mov ecx, 8
.digit: rol edx, 4
        mov al, dl
        and al, 15
        cmp al, 10
        sbb al, 69h
        das
        mov ah, 7
        stosw
        loop .digit
        mov [place], edi
        ret

        align 4, db 0
place   dd 0b8000h
number  dd 0
ticks   dd 0
faults  dd 0
squared dd 0
known   db 0
begun   db 'PAGING ON, ', 0
ok      db 'PAGED OK ', 0
wrong   db 'PAGED BAD ', 0
        times 5 * 512 - ($ - $$) db 0
