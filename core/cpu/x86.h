/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_X86_H
#define CORE_CPU_X86_H

/*
 * The architectural state of an IA-32 processor, shared by all engines and saved by name.
 * Pointer-free.  Source of all names and layouts: Intel 64 and IA-32 Architectures SDM, volume 3.
 */

#include <stdint.h>

enum x86_reg { R_EAX, R_ECX, R_EDX, R_EBX, R_ESP, R_EBP, R_ESI, R_EDI };
enum x86_seg { S_ES, S_CS, S_SS, S_DS, S_FS, S_GS };

enum {
    FL_CF = 1 << 0,
    FL_ONE = 1 << 1, /* always set */
    FL_PF = 1 << 2,
    FL_AF = 1 << 4,
    FL_ZF = 1 << 6,
    FL_SF = 1 << 7,
    FL_TF = 1 << 8,
    FL_IF = 1 << 9,
    FL_DF = 1 << 10,
    FL_OF = 1 << 11,
    FL_IOPL = 3 << 12,
    FL_NT = 1 << 14,
    FL_RF = 1 << 16,
    FL_VM = 1 << 17,
    FL_AC = 1 << 18,
    FL_VIF = 1 << 19,
    FL_VIP = 1 << 20,
    FL_ID = 1 << 21,
    FL_ARITH = FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_OF,
};

enum {
    CR0_PE = 1 << 0,
    CR0_MP = 1 << 1,
    CR0_EM = 1 << 2,
    CR0_TS = 1 << 3,
    CR0_ET = 1 << 4,
    CR0_NE = 1 << 5,
    CR0_WP = 1 << 16,
    CR0_AM = 1 << 18,
    CR0_NW = 1 << 29,
    CR0_CD = 1 << 30,
};
#define CR0_PG 0x80000000u

enum {
    CR4_VME = 1 << 0,
    CR4_PVI = 1 << 1,
    CR4_TSD = 1 << 2,
    CR4_DE = 1 << 3,
    CR4_PSE = 1 << 4,
    CR4_PAE = 1 << 5,
    CR4_MCE = 1 << 6,
    CR4_PGE = 1 << 7,
    CR4_PCE = 1 << 8,
    CR4_OSFXSR = 1 << 9,
};

/* Exception vectors */
enum {
    EXC_DE = 0,
    EXC_DB = 1,
    EXC_NMI = 2,
    EXC_BP = 3,
    EXC_OF = 4,
    EXC_BR = 5,
    EXC_UD = 6,
    EXC_NM = 7,
    EXC_DF = 8,
    EXC_CSO = 9, /* coprocessor segment overrun, 387 only */
    EXC_TS = 10,
    EXC_NP = 11,
    EXC_SS = 12,
    EXC_GP = 13,
    EXC_PF = 14,
    EXC_MF = 16,
    EXC_AC = 17,
};

/* Segment attributes: bits 8-23 of a descriptor's second dword shifted down by 8, limit nibble
 * cleared; with SEG_NULL for a register that holds a null selector. */
enum {
    SEG_TYPE = 0x000f,
    SEG_A = 0x0001,    /* accessed */
    SEG_W = 0x0002,    /* data: writable; code: readable */
    SEG_EC = 0x0004,   /* data: expand down; code: conforming */
    SEG_CODE = 0x0008, /* code segment */
    SEG_S = 0x0010,    /* code or data, not system */
    SEG_DPL = 0x0060,
    SEG_P = 0x0080,
    SEG_AVL = 0x1000,
    SEG_DB = 0x4000,
    SEG_G = 0x8000,
    SEG_NULL = 0x0100, /* unusable; not a descriptor bit */
};

struct x86_segment {
    uint32_t base;
    uint32_t limit; /* in bytes, granularity applied */
    uint16_t selector;
    uint16_t attr;
};

struct x86_table { /* GDTR, IDTR */
    uint32_t base;
    uint16_t limit;
    uint16_t pad; /* always 0 */
};

struct x86_fpu {
    uint64_t mant[8]; /* physical registers R0-R7 (not ST order): significand, also MMX */
    uint16_t exp[8];  /* sign and exponent; FFFFh after an MMX write */
    uint16_t fcw;
    uint16_t fsw;      /* TOP is bits 11-13 */
    uint16_t ftw;      /* full 16-bit tag word: 2 bits a physical register */
    uint16_t fop;      /* last opcode, 11 bits */
    uint32_t fip, fdp; /* last instruction and operand offset */
    uint16_t fcs, fds; /* and their selectors */
};

struct x86_sse { /* no CPU model of the legacy boards reports SSE; kept for boards to come */
    uint64_t xmm[8][2];
    uint32_t mxcsr;
    uint32_t pad;
};

/* Models, in the order of what they understand. */
enum x86_model { CPU_486, CPU_PENTIUM, CPU_PENTIUM2, CPU_MODELS };

struct x86_state {
    struct x86_fpu fpu;
    struct x86_sse sse;
    uint64_t tsc_offset;             /* TSC = virtual clock x tsc_khz / 10^6 + tsc_offset */
    uint64_t msr_mcaddr, msr_mctype; /* P5: MSR 0 and 1 */
    uint32_t gpr[8];
    uint32_t eip;
    uint32_t eflags;
    struct x86_segment seg[6];
    struct x86_segment ldtr, tr;
    struct x86_table gdtr, idtr;
    uint32_t cr0, cr2, cr3, cr4;
    uint32_t dr[8]; /* 4 and 5 unused */
    uint32_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint32_t tsc_khz;
    uint32_t exception_code;    /* error code of the pending exception */
    uint32_t exception_payload; /* CR2 for #PF, DR6 bits for #DB */
    uint8_t exception_pending;  /* an exception that was raised but not yet delivered */
    uint8_t exception_vector;
    uint8_t exception_has_code;
    uint8_t intr_pending; /* already acknowledged at the PIC, not yet delivered */
    uint8_t intr_vector;
    uint8_t nmi_pending;
    uint8_t nmi_blocked; /* until IRET */
    uint8_t shadow_sti;  /* one-instruction shadow after STI */
    uint8_t shadow_ss;   /* one-instruction shadow after MOV SS or POP SS */
    uint8_t halted;
    uint8_t ferr;  /* state of the FERR# pin */
    uint8_t ignne; /* IGNNE# pin, driven by the chipset (port F0h) */
};

/* Sets everything to the state after RESET (init = false) or INIT (init = true: FPU, MSRs, TSC and
 * CR0.CD/NW survive).  SDM volume 3, table 9-1. EDX holds the model's signature. */
void x86_reset(struct x86_state *x, enum x86_model model, int init);

/* What CPUID answers; eax = leaf.  A 486 of ours has CPUID (as the later steppings do). */
void x86_cpuid(enum x86_model model, uint32_t leaf, uint32_t out[4]);

/* "486", "Pentium", "PentiumII" */
const char *x86_model_name(enum x86_model model);

#endif
