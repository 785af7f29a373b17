; SPDX-License-Identifier: GPL-2.0-or-later
; A CD driver that talks to the drive as the ATAPI drivers of DOS do (they find it by its signature,
; ask IDENTIFY PACKET DEVICE, then send 12-byte packets): first by polling, then by IRQ 15.  Secondary
; master.  Each line it says on port E9h ends in a line feed; numbers are hexadecimal:
;   drive 85C0                   word 0 of IDENTIFY PACKET DEVICE
;   sense 0628                   key and code of what TEST UNIT READY said, each time it changes
;   ready
;   tracks 0101 000001F4         READ TOC: first and last track, the lead-out's block
;   msf 00000832                 the same as minutes, seconds, frames
;   size 000001F3                READ CAPACITY: the last sector
;   polled 12345678              sum of the words of sectors 16 to 47, read four at a time
;   driven 12345678              the same by interrupts
; Then the medium may be changed: sense lines, "ready" and all from "tracks" on once more.  At the
; third medium the machine ends.
        cpu 386
        org 7c00h
DATA    equ 170h                ; ATA/ATAPI-4, 7: the command block of the secondary channel
REASON  equ 172h
LOW     equ 174h
HIGH    equ 175h
DEVICE  equ 176h
COMMAND equ 177h
CONTROL equ 376h
BUFFER  equ 2000h               ; segment
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 7c00h
        mov es, ax
        mov bx, 7e00h
        mov ax, 0203h
        mov cx, 2
        mov dh, 0
        int 13h                 ; DL is the floppy's
        jmp start
        times 510 - ($ - $$) db 0
        dw 0aa55h

start:  mov ax, BUFFER
        mov es, ax
        cld
        mov al, 0ah             ; no interrupts yet
        mov dx, CONTROL
        out dx, al
        mov dx, DEVICE
        mov al, 0a0h
        out dx, al
        call idle
        mov dx, COMMAND
        mov al, 8               ; DEVICE RESET: the signature appears
        out dx, al
        call idle
        mov dx, LOW
        in al, dx
        mov ah, al
        mov dx, HIGH
        in al, dx
        cmp ax, 14ebh
        jne bad
        mov dx, COMMAND
        mov al, 0a1h            ; IDENTIFY PACKET DEVICE
        out dx, al
        call idle
        test al, 8
        jz bad
        xor di, di
        mov dx, DATA
        mov cx, 256
        rep insw
        mov si, s_drive
        call say
        mov eax, [es:0]
        mov cx, 4
        shl eax, 16
        call hex
        call line

medium: call wait_ready
        call contents
        mov si, s_polled
        mov byte [irqs], 0
        call read_all
        call irq_on
        mov si, s_driven
        mov byte [irqs], 1
        call read_all
        call irq_off
        inc byte [media]
        cmp byte [media], 3
        jb medium
        mov al, 15h
        out 0f4h, al
bad:    mov si, s_bad
        call say
        cli
        hlt
        jmp bad

; Until TEST UNIT READY is content, after another medium only once it was not; says what it hears.
wait_ready:
        mov word [sense], 0
        mov byte [heard], 0
.again: mov si, p_test
        call packet
        jnc .good
        mov byte [heard], 1
        mov si, p_sense
        mov di, 0
        call packet
        jc bad
        mov ah, [es:2]
        mov al, [es:12]
        cmp ax, [sense]
        je .again
        mov [sense], ax
        mov si, s_sense
        call say
        mov ax, [sense]
        shl eax, 16
        mov cx, 4
        call hex
        call line
        jmp .again
.good:  cmp byte [media], 0             ; the firmware may have heard of the first already
        je .new
        cmp byte [heard], 0
        je .again
.new:   mov si, s_ready
        jmp say

contents:
        mov si, p_toc
        xor di, di
        call packet
        jc bad
        cmp byte [es:4 + 1], 14h        ; a data track
        jne bad
        mov si, s_tracks
        call say
        mov ah, [es:2]
        mov al, [es:3]
        shl eax, 16
        mov cx, 4
        call hex
        mov al, ' '
        call put
        mov eax, [es:4 + 8 + 4]         ; the lead-out follows one track
        call swap
        mov cx, 8
        call hex
        call line
        mov si, p_toc_msf
        xor di, di
        call packet
        jc bad
        mov si, s_msf
        call say
        mov eax, [es:4 + 8 + 4]
        call swap
        mov cx, 8
        call hex
        call line
        mov si, p_capacity
        xor di, di
        call packet
        jc bad
        cmp dword [es:4], 00080000h     ; 2048, the high byte first
        jne bad
        mov si, s_size
        call say
        mov eax, [es:0]
        call swap
        mov cx, 8
        call hex
        jmp line

; The sum of sectors 16 to 47; SI: what it is called.
read_all:
        push si
        mov dword [sum], 0
        mov byte [p_read + 5], 16
.more:  mov si, p_read
        xor di, di
        call packet
        jc bad
        cmp di, 4 * 2048
        jne bad
        xor si, si
        mov cx, 4 * 1024
.add:   movzx eax, word [es:si]
        rol dword [sum], 1              ; so that a wrong order shows
        add [sum], eax
        add si, 2
        loop .add
        add byte [p_read + 5], 4
        cmp byte [p_read + 5], 48
        jb .more
        pop si
        call say
        mov eax, [sum]
        mov cx, 8
        call hex
        jmp line

; Sends the packet at SI; what comes goes to ES:DI.  Carry: the drive was not content.
packet: mov dx, DEVICE
        mov al, 0a0h
        out dx, al
        call idle
        mov dx, 171h
        xor al, al                      ; no DMA
        out dx, al
        mov dx, LOW
        mov al, 0feh                    ; blocks of up to FFFEh bytes, as the drivers ask for
        out dx, al
        mov dx, HIGH
        mov al, 0ffh
        out dx, al
        mov byte [fired], 0
        mov dx, COMMAND
        mov al, 0a0h
        out dx, al
        call idle
        test al, 8
        jz bad
        mov dx, REASON
        in al, dx
        and al, 3
        cmp al, 1                       ; a command, to the drive
        jne bad
        mov dx, DATA
        mov cx, 6
        rep outsw
.next:  call pause
        test al, 8
        jz .done
        mov ah, al
        mov dx, REASON
        in al, dx
        and al, 3
        cmp al, 2                       ; data, from the drive
        jne bad
        mov dx, HIGH
        in al, dx
        mov ch, al
        mov dx, LOW
        in al, dx
        mov cl, al
        inc cx
        shr cx, 1
        jz bad
        mov dx, DATA
        rep insw
        jmp .next
.done:  mov ah, al
        mov dx, REASON
        in al, dx
        and al, 3
        cmp al, 3                       ; status
        jne bad
        test ah, 1
        jz .ok
        stc
.ok:    ret

; Until the drive has something to say: AL is its status.
pause:  cmp byte [irqs], 0
        je slow
.wait:  cli
        cmp byte [fired], 0
        jne .came
        sti
        hlt
        jmp .wait
.came:  mov byte [fired], 0
        sti
        mov al, [status]
        test al, 80h
        jnz bad                         ; an interrupt from a busy drive
        ret
slow:   mov dx, CONTROL
        in al, dx                       ; 400 ns as data sheets ask: one reading
idle:   mov dx, CONTROL
        in al, dx
        test al, 80h
        jnz idle
        mov dx, COMMAND
        in al, dx
        ret

irq_on: cli
        mov word [77h * 4], handler
        mov word [77h * 4 + 2], 0
        in al, 0a1h
        and al, 7fh
        out 0a1h, al
        in al, 21h
        and al, 0fbh
        out 21h, al
        mov dx, COMMAND
        in al, dx
        mov dx, CONTROL
        mov al, 8
        out dx, al
        sti
        ret
irq_off:
        mov dx, CONTROL
        mov al, 0ah
        out dx, al
        in al, 0a1h
        or al, 80h
        out 0a1h, al
        mov byte [irqs], 0
        ret
handler:
        push ax
        push dx
        mov dx, COMMAND
        in al, dx                       ; acknowledges
        mov [cs:status], al
        mov byte [cs:fired], 1
        mov al, 20h
        out 0a0h, al
        out 20h, al
        pop dx
        pop ax
        iret

swap:   xchg al, ah
        rol eax, 16
        xchg al, ah
        ret
; The first CX digits of EAX
hex:    rol eax, 4
        push eax
        and al, 15
        cmp al, 10
        sbb al, 69h
        das
        call put
        pop eax
        loop hex
        ret
say:    lodsb
        test al, al
        jz .end
        call put
        jmp say
.end:   ret
line:   mov al, 10
put:    out 0e9h, al
        ret

p_test:     times 12 db 0
p_sense:    db 3, 0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0
p_toc:      db 43h, 0, 0, 0, 0, 0, 0, 3, 24h, 0, 0, 0
p_toc_msf:  db 43h, 2, 0, 0, 0, 0, 0, 3, 24h, 0, 0, 0
p_capacity: db 25h, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
p_read:     db 28h, 0, 0, 0, 0, 16, 0, 0, 4, 0, 0, 0
s_drive:    db "drive ", 0
s_sense:    db "sense ", 0
s_ready:    db "ready", 10, 0
s_tracks:   db "tracks ", 0
s_msf:      db "msf ", 0
s_size:     db "size ", 0
s_polled:   db "polled ", 0
s_driven:   db "driven ", 0
s_bad:      db "bad", 10, 0
sum:        dd 0
sense:      dw 0
heard:      db 0
irqs:       db 0
fired:      db 0
status:     db 0
media:      db 0
        times 2048 - ($ - $$) db 0
