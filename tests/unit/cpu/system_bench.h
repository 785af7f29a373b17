/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_CPU_SYSTEM_BENCH_H
#define TESTS_UNIT_CPU_SYSTEM_BENCH_H

/*
 * A processor with 8 MB of RAM and tables made by hand, for the tests of the protected-mode
 * machinery.  Physical layout:
 *
 *   01000 GDT   02000 IDT   03000 LDT   04000 first TSS   07000 second TSS   09000 16-bit TSS
 *   10000 handlers, 16 bytes for each vector: HLT    20000 code of the test
 *   40000 top of the ring 0 stack   48000 of the TSS's ring 0 stack   50000 of the ring 3 stack
 *   60000 data    80000 page directory   81000 page tables of the first 8 MB
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/bus.h"
#include "core/cpu/cpu.h"
#include "core/memory.h"
#include "core/vclock.h"

enum {
    AT_GDT = 0x1000,
    AT_IDT = 0x2000,
    AT_LDT = 0x3000,
    AT_TSS = 0x4000,
    AT_TSS2 = 0x7000,
    AT_TSS16 = 0x9000,
    AT_HANDLERS = 0x10000,
    AT_CODE = 0x20000,
    STACK0 = 0x40000,
    TSS_STACK0 = 0x48000,
    STACK3 = 0x50000,
    AT_DATA = 0x60000,
    AT_PD = 0x80000,
    AT_PT = 0x81000,
    RAM_SIZE = 0x800000,

    CODE0 = 0x08,
    DATA0 = 0x10,
    CODE3 = 0x1b,
    DATA3 = 0x23,
    SEL_TSS = 0x28,
    SEL_LDT = 0x30,
    SEL_TSS2 = 0x38,
    SEL_TSS16 = 0x40,
    CODE16 = 0x48,
    DATA16 = 0x50,
    SEL_FREE = 0x60, /* from here on for the test */
    GDT_LIMIT = 0x1ff,

    DONE = 0x80, /* the vector by which run_code() ends */
};

/* Access bytes */
enum {
    ACC_CODE = 0x9a,
    ACC_CODE_CONF = 0x9e,
    ACC_CODE_X = 0x98, /* execute only */
    ACC_DATA = 0x92,
    ACC_DATA_RO = 0x90,
    ACC_DATA_DOWN = 0x96,
    ACC_DPL3 = 0x60,
    ACC_LDT = 0x82,
    ACC_TSS16 = 0x81,
    ACC_TSS32 = 0x89,
    ACC_CALL16 = 0x84,
    ACC_TASK_GATE = 0x85,
    ACC_CALL32 = 0x8c,
    ACC_INTR32 = 0x8e,
    ACC_TRAP32 = 0x8f,
    ACC_INTR16 = 0x86,
    FLAG_32 = 0x40,
    FLAG_4K = 0x80,
};

struct bench {
    struct memory *memory;
    struct bus *bus;
    struct vclock *clock;
    struct cpu *cpu;
    uint8_t *ram;
    struct x86_state x; /* goes in before a run, comes out after it */
};

extern struct bench bench;

void bench_open(enum x86_model model);
void bench_open_engine(enum x86_model model, const struct cpu_ops *ops);
void bench_close(void);

uint32_t peek32(uint32_t at);
uint16_t peek16(uint32_t at);
void poke32(uint32_t at, uint32_t value);
void poke16(uint32_t at, uint16_t value);
void poke8(uint32_t at, uint8_t value);
void poke_code(uint32_t at, const char *bytes, unsigned len);

/* Writes a descriptor or a gate into the GDT (or, with TI set in the selector, the LDT). */
void put_desc(uint16_t selector, uint32_t base, uint32_t limit, unsigned access, unsigned flags);
void put_gate(uint16_t selector, uint16_t cs, uint32_t offset, unsigned access, unsigned count);
void put_idt(unsigned vector, uint16_t cs, uint32_t offset, unsigned access);

/* bench.x: 32-bit flat protected mode at this CPL (0 or 3), EIP at AT_CODE. */
void start_protected(unsigned cpl);
/* bench.x: real mode, CS = 2000h (AT_CODE), the other segments 0, SP = F000h. */
void start_real(void);
/* bench.x: V86 with this IOPL, CS = 2000h, SS:SP = 5000:1000h, interrupts through the IDT. */
void start_v86(unsigned iopl);
/* Identity-maps all RAM with the given PDE and PTE bits and switches paging on. */
void start_paging(uint32_t bits);
/* Paging with the tables as they are */
void switch_paging_on(void);
/* Address of the PTE */
uint32_t pte_at(uint32_t linear);

/* Runs n instructions. */
enum cpu_exit run(unsigned n);
/* Runs until a handler halts; the vector.  -1: shut down or never halted. */
int run_to_halt(void);
/* Puts code at CS:EIP, closes it with INT 80h, and runs: the vector of the handler that was
 * reached; DONE if nothing was raised. */
int run_code(const char *bytes, unsigned len);
#define RUN(bytes) run_code(bytes, sizeof(bytes) - 1)

/* Error code and frame that the handler sees (32-bit gates). */
uint32_t frame(unsigned n);

#endif
