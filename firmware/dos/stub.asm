; SPDX-License-Identifier: GPL-2.0-or-later
; Option ROM that starts our own DOS: its boot entry reads the kernel's image through the device
; hostdos to linear 600h and jumps to 60h:0 with DL = boot drive.  The machine offers it by fw_cfg as
; "genroms/hostdos.rom"; SeaBIOS adds its boot entry vector; rom.py fills in the checksums.
; Sources: "BIOS Boot Specification" 1.01 sections 3 and 5; "Plug and Play BIOS Specification" 1.0A
; section 3.2; hostdos.h.
        bits 16
        cpu 386
        org 0

DOORBELL      equ 5d8h
SIGNATURE     equ 5dch
MAGIC         equ 01594742h     ; "BGY", version 1
OP_HELLO      equ 1
OP_READ       equ 36
STATUS_DONE   equ 0

KERNEL_SEG    equ 60h
STACK_SEG     equ 7000h         ; clear of the image, which covers the boot sector's place

; struct hostdos_request and struct hostdos_hello, on the stack segment
REQUEST       equ 1000h
R_SIZE        equ REQUEST
R_VERSION     equ REQUEST + 2
R_OP          equ REQUEST + 3
R_POS         equ REQUEST + 16
R_LEN         equ REQUEST + 24
R_BUFFER      equ REQUEST + 28
R_RESULT      equ REQUEST + 40
R_ERROR       equ REQUEST + 58
position      equ 1080h         ; what the request's pos becomes
PIECE         equ 8000h         ; bytes a request: the device takes no more than 64 KB
HELLO         equ 1040h
H_KERNEL_SIZE equ HELLO + 4
H_BOOT_DRIVE  equ HELLO + 34
HELLO_SIZE    equ 36

        db 55h, 0aah, ROM_END / 512
        jmp near init
        times 18h - ($ - $$) db 0
        dw 0                    ; no PCI data structure
        dw pnp

        align 16, db 0
pnp:    db '$PnP', 1, 2         ; revision, length in 16 bytes
        dw 0                    ; next header
        db 0
        db 0                    ; rom.py: checksum of these 32 bytes
        dd 0                    ; device
        dw maker, product
        db 0, 0, 0              ; class
        db 0                    ; indicators
        dw 0, 0                 ; no connection, no disconnect vector
        dw boot
        dw 0
        dw 0                    ; no static resources

maker:  db 'Bygone', 0
product: db 'Bygone DOS', 0

init:   mov ax, 20h             ; an initial program load device
        retf

boot:   cli
        cld
        mov ax, STACK_SEG
        mov ss, ax
        xor esp, esp
        mov ds, ax
        mov es, ax
        sti
        mov dx, SIGNATURE
        in eax, dx
        cmp eax, MAGIC
        mov si, no_device
        jne failed
        mov dword [position], 0
        mov dword [R_LEN], HELLO_SIZE
        mov dword [R_BUFFER], (STACK_SEG << 4) + HELLO
        mov al, OP_HELLO
        call request
        jc failed
        mov dword [R_BUFFER], KERNEL_SEG << 4
        xor ebx, ebx            ; read so far
.piece: mov eax, [H_KERNEL_SIZE]
        sub eax, ebx
        jz .done
        cmp eax, PIECE
        jbe .length
        mov eax, PIECE
.length: mov [R_LEN], eax
        mov [position], ebx
        mov al, OP_READ
        call request
        jc failed
        mov eax, [R_RESULT]
        test eax, eax
        mov si, no_kernel
        jz failed
        add ebx, eax
        add [R_BUFFER], eax
        jmp .piece
.done:
        mov dl, [H_BOOT_DRIVE]
        jmp KERNEL_SEG:0

; al: op; [R_LEN] and [R_BUFFER] are set.  Carry: refused, si says so.
request:
        push dword [R_LEN]
        push dword [R_BUFFER]
        mov di, REQUEST
        mov cx, 32
        push ax
        xor ax, ax
        rep stosw
        pop ax
        mov word [R_SIZE], 64
        mov byte [R_VERSION], 1
        mov [R_OP], al
        mov eax, [position]
        mov [R_POS], eax
        pop dword [R_BUFFER]
        pop dword [R_LEN]
        mov dx, DOORBELL
        mov eax, (STACK_SEG << 4) + REQUEST
        out dx, eax
        in eax, dx
        mov si, no_kernel
        cmp eax, STATUS_DONE
        jne .bad
        cmp word [R_ERROR], 0
        je .done
.bad:   stc
.done:  ret

failed: cs lodsb
        test al, al
        jz .done
        mov ah, 0eh
        mov bx, 7
        int 10h
        jmp failed
.done:  int 18h                 ; the next boot device
        retf

no_device: db 'The host drive of this machine does not answer; its DOS cannot start.', 13, 10, 0
no_kernel: db 'The kernel of DOS could not be read from the host.', 13, 10, 0

        times 2048 - 1 - ($ - $$) db 0
        db 0                    ; rom.py: checksum
ROM_END equ $ - $$
