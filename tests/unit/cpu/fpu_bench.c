/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See fpu_bench.h.
 */

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/bus.h"
#include "core/memory.h"
#include "core/vclock.h"
#include "tests/unit/cpu/fpu_bench.h"

enum { PAGE = 4096, RAM_SIZE = 16 * PAGE };

/* ---- our side ---- */

static void bench_ferr(void *ctx, bool level)
{
    struct fpu_bench *b = ctx;

    b->ferr = level;
    b->ferr_changes++;
    if (b->irq13)
        interp_ops.set_intr(&b->cpu->cpu, level);
}

static uint8_t bench_intack(void *ctx)
{
    (void)ctx;
    return 0x75;
}

/* Protected mode, flat segments, CPL 0 */
static void flat_state(struct x86_state *x)
{
    static const struct x86_segment flat = { .limit = 0xffffffff,
                                             .attr =
                                                 SEG_P | SEG_S | SEG_W | SEG_A | SEG_DB | SEG_G };

    x86_reset(x, CPU_PENTIUM2, 0);
    x->cr0 = CR0_PE | CR0_NE | CR0_ET;
    x->eip = BENCH_CODE;
    for (unsigned s = 0; s < 6; s++)
        x->seg[s] = flat;
    x->seg[S_CS].selector = 0x08;
    x->seg[S_CS].attr |= SEG_CODE;
    x->seg[S_DS].selector = 0x10;
}

void bench_open(struct fpu_bench *b)
{
    struct cpu_host host = { .ctx = b, .intack = bench_intack, .ferr = bench_ferr };
    struct x86_state x = { 0 };
    struct error err;
    struct cpu *cpu;

    memset(b, 0, sizeof(*b));
    b->ram = aligned_alloc(PAGE, RAM_SIZE);
    host.memory = mem_new();
    host.bus = bus_new();
    host.clock = vclock_new();
    if (!b->ram || !host.memory || !host.bus || !host.clock ||
        !mem_add_ram(host.memory, "ram", 0, RAM_SIZE, 0, b->ram, &err))
        abort();
    memset(b->ram, 0, RAM_SIZE);
    b->memory = b->ram + BENCH_MEMORY;
    cpu = interp_ops.create(CPU_PENTIUM2, &host, &err);
    flat_state(&x);
    if (!cpu || !cpu->ops->set(cpu, &x, &err))
        abort();
    b->cpu = (struct interp *)cpu;
    cpu_update_mode(b->cpu);
}

void bench_close(struct fpu_bench *b)
{
    struct cpu *cpu = &b->cpu->cpu;
    struct cpu_host host = cpu->host;

    cpu->ops->destroy(cpu);
    mem_free(host.memory);
    bus_free(host.bus);
    vclock_free(host.clock);
    free(b->ram);
}

static void stop(struct interp *c, const struct insn *i)
{
    c->next_eip = c->block_eip + i->offset;
}

/* Around handlers that are not chained */
static void plain(struct interp *c, const struct insn *i)
{
    c->current = i;
    i->fn(c, i);
    i[1].go(c, i + 1);
}

void bench_run(struct fpu_bench *b, struct insn *i, unsigned n)
{
    struct interp *c = b->cpu;
    jmp_buf escape;

    for (unsigned k = 0; k < n; k++)
        i[k].offset = (uint16_t)(2 * k);
    i[n].go = stop;
    i[n].offset = (uint16_t)(2 * n);
    b->vector = -1;
    c->escape = &escape;
    c->block_eip = BENCH_CODE;
    c->current = i;
    c->x.exception_pending = 0;
    if (setjmp(escape) == 0)
        i[0].go(c, i);
    else
        b->vector = c->x.exception_pending ? c->x.exception_vector : BENCH_FROZEN;
    c->x.exception_pending = 0;
    fpu_leave(c);
}

struct insn bench_insn(insn_fn fn, uint8_t opcode, uint8_t modrm)
{
    struct insn i = { .disp = BENCH_MEMORY,
                      .opcode = opcode,
                      .modrm = modrm,
                      .base = INSN_NOREG,
                      .index = INSN_NOREG,
                      .addr_mask = 0xffffffff,
                      .seg = S_DS,
                      .flags = INSN_OP32 | INSN_ADDR32,
                      .len = 2 };

    i.fn = fn;
    if (fn == op_fpu)
        i.fn = fpu_handler(&i);
    else if (fn == op_mmx)
        i.fn = mmx_handler(&i);
    i.go = i.fn == fn ? plain : i.fn;
    return i;
}

void bench_x87(struct fpu_bench *b, uint8_t opcode, uint8_t modrm)
{
    struct insn i[2] = { bench_insn(op_fpu, opcode, modrm) };

    bench_run(b, i, 1);
}

/* ---- the host's side ---- */

struct fx_image {
    uint16_t fcw, fsw;
    uint8_t ftw, r0;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t st[8][16];
    uint8_t rest[352];
} __attribute__((aligned(16)));

/* uint64_t host_call(fx, code, memory, flags, out) */
uint64_t host_call(const struct fx_image *fx, const uint8_t *code, void *memory, uint64_t flags,
                   struct host_image *out);

__asm__(".pushsection .text\n"
        ".globl host_call\n"
        ".type host_call, @function\n"
        "host_call:\n"
        "    fxrstor64 (%rdi)\n"
        "    mov %rsi, %rax\n"
        "    mov %rdx, %rdi\n"
        "    pushq %rcx\n"
        "    popfq\n"
        "    call *%rax\n"
        "    pushfq\n"
        "    popq %rax\n"
        "    fnsave (%r8)\n"
        "    ret\n"
        ".popsection\n");

uint32_t host_run(const struct x86_fpu *in, const uint8_t *code, unsigned len, void *memory,
                  uint32_t flags, struct host_image *out)
{
    static uint8_t *buffer;
    struct fx_image fx = { .fcw = in->fcw, .fsw = in->fsw, .mxcsr = 0x1f80 };

    if (!buffer)
        buffer = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                      -1, 0);
    if (buffer == MAP_FAILED)
        abort();
    memcpy(buffer, code, len);
    buffer[len] = 0xc3;
    for (unsigned r = 0; r < 8; r++) {
        uint8_t *st = fx.st[(r - (in->fsw >> 11)) & 7];

        memcpy(st, &in->mant[r], 8);
        memcpy(st + 8, &in->exp[r], 2);
        fx.ftw |= (uint8_t)(((in->ftw >> (2 * r) & 3) != 3) << r);
    }
    return (uint32_t)host_call(&fx, buffer, memory, FL_ONE | FL_IF | flags, out);
}

static void print_registers(const char *who, uint16_t fcw, uint16_t fsw, uint16_t ftw)
{
    fprintf(stderr, "%s: fcw %04x fsw %04x ftw %04x\n", who, fcw, fsw, ftw);
}

bool bench_same(const struct x86_fpu *ours, const struct host_image *host)
{
    bool same = ours->fcw == host->fcw && ours->fsw == host->fsw && ours->ftw == host->ftw;

    for (unsigned n = 0; n < 8; n++) {
        unsigned r = (n + (host->fsw >> 11)) & 7;

        same = same && !memcmp(&ours->mant[r], host->st[n], 8) &&
               !memcmp(&ours->exp[r], host->st[n] + 8, 2);
    }
    if (same)
        return true;
    print_registers("ours", ours->fcw, ours->fsw, ours->ftw);
    print_registers("host", host->fcw, host->fsw, host->ftw);
    for (unsigned n = 0; n < 8; n++) {
        unsigned r = (n + (host->fsw >> 11)) & 7;
        uint64_t mant;
        uint16_t exp;

        memcpy(&mant, host->st[n], 8);
        memcpy(&exp, host->st[n] + 8, 2);
        fprintf(stderr, "R%u ours %04x.%016llx host %04x.%016llx\n", r, ours->exp[r],
                (unsigned long long)ours->mant[r], exp, (unsigned long long)mant);
    }
    return false;
}

/* ---- random ---- */

uint64_t bench_random(void)
{
    static uint64_t s = 0x9e3779b97f4a7c15;

    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return s * 0x2545f4914f6cdd1d;
}

static unsigned below(unsigned n)
{
    return (unsigned)(bench_random() >> 33) % n;
}

static uint64_t random_mant(void)
{
    static const uint64_t special[] = { 0,
                                        1,
                                        1ull << 63,
                                        (1ull << 63) | 1,
                                        3ull << 62,
                                        (3ull << 62) | 1,
                                        1ull << 62,
                                        ~0ull,
                                        ~0ull >> 1,
                                        ~0ull << 11,
                                        ~0ull << 40,
                                        (~0ull << 11) | 0x400,
                                        0xc90fdaa22168c235 };

    switch (below(5)) {
    case 0:
        return special[below(sizeof(special) / sizeof(special[0]))];
    case 1:
        return 1ull << 63 | bench_random() << below(64);
    case 2:
        return bench_random();
    default:
        return bench_random() | 1ull << 63;
    }
}

void random_real(uint64_t *mant, uint16_t *exp)
{
    static const uint16_t special[] = { 0,      1,      2,      0x3fff, 0x3ffe, 0x4000, 0x3fdf,
                                        0x7ffe, 0x7ffd, 0x7fff, 0x7fff, 0x3c00, 0x3c01, 0x3bcd,
                                        0x43fe, 0x43ff, 0x3f81, 0x3f80, 0x3f6a, 0x407e, 0x407f,
                                        0x400e, 0x401e, 0x403e, 0x403d, 0x1fff, 0x5fff, 0x3fc0 };

    *mant = random_mant();
    switch (below(5)) {
    case 0:
    case 1:
        *exp = special[below(sizeof(special) / sizeof(special[0]))];
        break;
    case 2:
        *exp = (uint16_t)(bench_random() & 0x7fff);
        break;
    default:
        *exp = (uint16_t)(0x3fff - 40 + below(100));
        break;
    }
    if ((*exp == 0 || *exp == 0x7fff) && below(3) == 0)
        *mant = *exp ? 1ull << 63 : 0; /* proper zero and infinity */
    *exp |= (uint16_t)(below(2) << 15);
}

/* No unmasked exception is pending. */
void random_state(struct x86_fpu *fpu)
{
    memset(fpu, 0, sizeof(*fpu));
    for (unsigned r = 0; r < 8; r++)
        random_real(&fpu->mant[r], &fpu->exp[r]);
    fpu->fcw =
        (uint16_t)((bench_random() & 0x1f00) | 0x40 | (below(2) ? 0x3f : bench_random() & 0x3f));
    fpu->fsw = (uint16_t)(bench_random() & 0x7f7f);
    fpu->fsw &= (uint16_t)(~0x3f | fpu->fcw);
    for (unsigned r = 0; r < 8; r++) {
        if (below(5) == 0)
            fpu->ftw |= (uint16_t)(3 << (2 * r));
    }
    if (below(3) == 0) /* leave place for pushes */
        fpu->ftw |= (uint16_t)(3 << (2 * (((fpu->fsw >> 11) - 1) & 7)));
}

static void random_narrow(uint8_t buf[16], unsigned size)
{
    uint64_t mant = random_mant() << 1, value;
    unsigned bias = size == 8 ? 0x3ff : 0x7f, bits = size == 8 ? 52 : 23;
    unsigned top = 2 * bias + 1, exp;

    switch (below(4)) {
    case 0:
        exp = below(2) ? 0 : top;
        mant = below(2) ? 0 : mant;
        break;
    case 1:
        exp = (unsigned)bench_random() & top;
        break;
    default:
        exp = bias - 20 + below(40);
        break;
    }
    value = mant >> (64 - bits) | (uint64_t)exp << bits | (uint64_t)below(2) << (size * 8 - 1);
    memcpy(buf, &value, 8);
}

void random_operand(uint8_t buf[16], unsigned size, bool real)
{
    uint64_t mant = bench_random() >> below(64);
    uint16_t exp = (uint16_t)bench_random();

    if (real && size == 10)
        random_real(&mant, &exp);
    if (below(8) == 0)
        mant = below(2) ? 0 : 1ull << (size >= 8 ? 63 : size * 8 - 1);
    memcpy(buf, &mant, 8);
    memcpy(buf + 8, &exp, 2);
    if (real && (size == 4 || size == 8))
        random_narrow(buf, size);
    if (!real && size == 10 && below(4)) { /* packed BCD */
        for (unsigned n = 0; n < 9; n++)
            buf[n] = (uint8_t)(below(10) << 4 | below(10));
        buf[9] = (uint8_t)(below(2) << 7);
    }
}
