; SPDX-License-Identifier: GPL-2.0-or-later
; Option ROM that starts a Linux kernel.  The machine has already laid out what goes where and offers
; it by fw_cfg under the keys that its specification has for kernels; this ROM copies the four parts
; by DMA and jumps to the kernel's real-mode entry, 200h behind the start of its setup code.
;
; SeaBIOS takes it from fw_cfg ("genroms/linuxboot.bin"), finds the PnP header and adds its boot entry
; vector; the file "bootorder" puts it first.  rom.py fills in the checksum.
; Sources: "BIOS Boot Specification" 1.01 sections 3 and 5; "Plug and Play BIOS Specification" 1.0A
; section 3.2; "QEMU Firmware Configuration (fw_cfg) Device".
        bits 16
        cpu 486
        org 0

FW_SELECT     equ 510h
FW_DMA_LOW    equ 518h
DMA_READ      equ 2
CHUNK         equ 100000h       ; bytes per DMA: short enough for interrupts to be served between

KERNEL_ADDR   equ 07h
KERNEL_SIZE   equ 08h
INITRD_ADDR   equ 0ah
INITRD_SIZE   equ 0bh
KERNEL_DATA   equ 11h
INITRD_DATA   equ 12h
CMDLINE_ADDR  equ 13h
CMDLINE_SIZE  equ 14h
CMDLINE_DATA  equ 15h
SETUP_ADDR    equ 16h
SETUP_SIZE    equ 17h
SETUP_DATA    equ 18h

; The DMA's descriptor: where a boot sector would be, free until the kernel runs.
DESCRIPTOR    equ 7c00h         ; big-endian: control, length, address (64 bits)

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
product: db 'Linux kernel', 0

init:   mov ax, 20h             ; an initial program load device
        retf

parts:  db SETUP_ADDR, SETUP_SIZE, SETUP_DATA
        db KERNEL_ADDR, KERNEL_SIZE, KERNEL_DATA
        db INITRD_ADDR, INITRD_SIZE, INITRD_DATA
        db CMDLINE_ADDR, CMDLINE_SIZE, CMDLINE_DATA
parts_end:

boot:   cld
        xor ax, ax
        mov ds, ax
        mov si, parts
.part:  call copy_part
        jc failed
        add si, 3
        cmp si, parts_end
        jb .part
        mov al, CMDLINE_ADDR
        call read_number
        mov ebx, eax
        mov al, SETUP_ADDR
        call read_number
        sub ebx, eax            ; stack and heap end below the command line
        sub bx, 16
        shr eax, 4
        cli
        mov ss, ax
        mov sp, bx
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        add ax, 20h
        push ax
        push word 0
        xor eax, eax
        retf

; Cannot happen on this board; SeaBIOS goes on to the next boot device.
failed: mov si, sorry
.next:  cs lodsb
        test al, al
        jz .done
        mov ah, 0eh
        mov bx, 7
        int 10h
        jmp .next
.done:  int 18h
        retf

sorry:  db 'The kernel could not be copied into memory.', 13, 10, 0

; al: key; eax: its 32 bits; changes cx, dx.
read_number:
        xor ah, ah
        mov dx, FW_SELECT
        out dx, ax
        inc dx
        mov cx, 4
.byte:  in al, dx
        ror eax, 8
        loop .byte
        ret

; cs:si: three keys; copies the item to its address.  Carry: the device refused.  ds is 0.
copy_part:
        mov al, [cs:si]
        call read_number
        mov edi, eax
        mov al, [cs:si + 1]
        call read_number
        mov ebp, eax
        movzx ax, byte [cs:si + 2]
        mov dx, FW_SELECT
        out dx, ax
.chunk: test ebp, ebp           ; clears carry
        jz .done
        mov ecx, CHUNK
        cmp ebp, ecx
        jae .full
        mov ecx, ebp
.full:  mov dword [DESCRIPTOR], DMA_READ << 24
        mov eax, ecx
        bswap eax
        mov [DESCRIPTOR + 4], eax
        mov dword [DESCRIPTOR + 8], 0
        mov eax, edi
        bswap eax
        mov [DESCRIPTOR + 12], eax
        mov eax, DESCRIPTOR
        bswap eax
        mov dx, FW_DMA_LOW
        out dx, eax
.wait:  mov eax, [DESCRIPTOR]   ; zero when done; 1 in the last byte: error
        test eax, 1 << 24
        stc
        jnz .done
        test eax, eax
        jnz .wait
        add edi, ecx
        sub ebp, ecx
        jmp .chunk
.done:  ret

        times 512 - 1 - ($ - $$) db 0
        db 0                    ; rom.py: checksum
ROM_END equ $ - $$
