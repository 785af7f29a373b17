/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FPU_BENCH_H
#define TESTS_FPU_BENCH_H

/*
 * For the tests of x87 and MMX: an interpreter without a run loop whose handlers are called one by
 * one, and the host's own FPU executing the same bytes, to compare with.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/cpu/interp.h"

/* A flat machine: segments from 0 to 4 GB, protected mode, CR0.NE, and a little RAM. */
enum { BENCH_MEMORY = 0x5000, BENCH_CODE = 0x1234 };

enum { BENCH_FROZEN = 256 }; /* in fpu_bench.vector: stopped by FERR# */

struct fpu_bench {
    struct interp *cpu;
    uint8_t *ram;
    uint8_t *memory; /* what BENCH_MEMORY is */
    int vector;      /* what the last instruction raised, or -1 */
    bool ferr;       /* level of the pin */
    unsigned ferr_changes;
    bool irq13; /* FERR# raises INTR, vector 75h */
};

void bench_open(struct fpu_bench *b);
void bench_close(struct fpu_bench *b);

/* Executes one x87 instruction; memory forms work on BENCH_MEMORY. */
void bench_x87(struct fpu_bench *b, uint8_t opcode, uint8_t modrm);

/* Makes an instruction on BENCH_MEMORY, as the decoder would: fn is op_fpu, op_mmx ... */
struct insn bench_insn(insn_fn fn, uint8_t opcode, uint8_t modrm);
/* Executes n chained instructions; behind them in the array is room for one that ends the run. */
void bench_run(struct fpu_bench *b, struct insn *i, unsigned n);

/* What the host has: the whole state by FNSAVE. */
struct host_image {
    uint16_t fcw, r0, fsw, r1, ftw, r2;
    uint32_t fip;
    uint16_t fcs, fop;
    uint32_t fdp;
    uint16_t fds, r3;
    uint8_t st[8][10];
} __attribute__((packed));

/* Loads the state by FXRSTOR, executes the bytes (memory operands by [RDI]), stores it by FNSAVE.
 * The value is EFLAGS after, flags is EFLAGS before (arithmetic bits). */
uint32_t host_run(const struct x86_fpu *in, const uint8_t *code, unsigned len, void *memory,
                  uint32_t flags, struct host_image *out);

/* Whether ours after the instruction is the host's; writes both to stderr if not. */
bool bench_same(const struct x86_fpu *ours, const struct host_image *host);

/* Random numbers; states and operands with many special values. */
uint64_t bench_random(void);
void random_real(uint64_t *mant, uint16_t *exp);
void random_state(struct x86_fpu *fpu);
void random_operand(uint8_t buf[16], unsigned size, bool real);

#endif
