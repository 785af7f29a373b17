; SPDX-License-Identifier: GPL-2.0-or-later
; A guest that checks the system instructions of the processor it runs on and says what it found, on
; COM1 and on port E9h.  Nothing in the log depends on time or on the machine.  It ends with DONE and
; a write to port F4h.
;
; Source of what is expected: Intel 64 and IA-32 Architectures SDM, volumes 2 and 3.
;
; Stage 2 lies at linear 10000h.  16-bit code sees it as offset 0 of a segment with that base.

        cpu 686
        org 10000h
%define R(x) ((x) - 10000h)

; ---- linear memory ----
IDT             equ 30000h
LDT             equ 31000h
TSS             equ 32000h      ; with an I/O permission bitmap of 8 KB
TSS2            equ 36000h
TSS16           equ 36200h
TSS_DF          equ 36400h
TSS_V10         equ 36600h      ; and 100h each for 11 to 13
RING0_TOP       equ 39000h      ; stack of the tests
ESP0            equ 3a000h      ; stack for entering ring 0
ESP1            equ 3b000h
RING3_TOP       equ 3c000h
TASK_TOP        equ 3d000h
DF_TOP          equ 3e000h
SCRATCH         equ 40000h      ; 64 KB for data accesses
PAGE_DIR        equ 50000h
PAGE_TABLE      equ 51000h      ; of 0-3FFFFFh
PAGE_TABLE2     equ 52000h      ; of 400000h-7FFFFFh
V86_SEG         equ 6000h
V86_STACK       equ 6800h
TEST_PAGES      equ 70000h      ; physical pages behind the test mappings

; ---- selectors ----
CODE0           equ 08h
DATA0           equ 10h
CODE16          equ 18h         ; base 10000h
DATA16          equ 20h
CODE3           equ 2bh
DATA3           equ 33h
TSS_SEL         equ 38h
LDT_SEL         equ 40h
A               equ 48h         ; scratch descriptors
B               equ 50h
CONF0           equ 58h         ; conforming, DPL 0
TSS2_SEL        equ 60h
TSS16_SEL       equ 68h
TSS_DF_SEL      equ 70h
CODE1           equ 81h
DATA1           equ 89h
GATE            equ 90h         ; scratch gates
GATE2           equ 98h
SYS_CODE0       equ 0a0h        ; the four of SYSENTER and SYSEXIT
SYS_DATA0       equ 0a8h
SYS_CODE3       equ 0b3h
SYS_DATA3       equ 0bbh
SMALL_STACK     equ 0c0h        ; 16-bit stack segment
TSS_FAULT       equ 0c8h        ; four, for vectors 10 to 13

        bits 16
start:  jmp main16

%include "print.inc"
%include "real.inc"
%include "frame.inc"
%include "segments.inc"
%include "gates.inc"
%include "tasks.inc"
%include "paging.inc"
%include "v86.inc"
%include "debug.inc"
%include "misc.inc"

; ---- order of the tests ----

        bits 16
main16: cli
        cld
        mov ax, cs
        mov ds, ax
        mov es, ax
        xor ax, ax
        mov ss, ax
        mov sp, 7c00h
        call serial_init
        mov al, 2               ; A20 on
        out 92h, al
        SAY16 'system instructions'
        call nl16
        call real_tests
        call unreal_tests
        mov al, 0ffh            ; mask both PICs
        out 21h, al
        out 0a1h, al
        call enter_protected

        bits 32
main32: call segment_tests
        call limit_tests
        call query_tests
        call table_tests
        call idt_tests
        call call_gate_tests
        call privilege_tests
        call task_tests
        call double_fault_test
        call paging_tests
        call v86_tests
        call vme_tests
        call io_bitmap_tests
        call debug_tests
        call control_tests
        call fpu_tests
        call align_tests
        call sysenter_tests
        call back_tests
        SAY 'DONE'
        NL
        mov al, 0
        out 0f4h, al
stop:   hlt
        jmp stop

        align 16
end_of_stage2:
