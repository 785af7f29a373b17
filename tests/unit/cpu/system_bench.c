/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cpu/system_bench.h"

struct bench bench;

static uint8_t intack(void *ctx)
{
    (void)ctx;
    return 0x20;
}

static void ferr(void *ctx, bool level)
{
    (void)ctx;
    (void)level;
}

static void remapped(void *ctx)
{
    (void)ctx;
    if (bench.cpu)
        bench.cpu->ops->remapped(bench.cpu);
}

uint32_t peek32(uint32_t at)
{
    uint32_t value;

    memcpy(&value, bench.ram + at, 4);
    return value;
}

uint16_t peek16(uint32_t at)
{
    return (uint16_t)peek32(at);
}

void poke32(uint32_t at, uint32_t value)
{
    memcpy(bench.ram + at, &value, 4);
}

void poke16(uint32_t at, uint16_t value)
{
    memcpy(bench.ram + at, &value, 2);
}

void poke8(uint32_t at, uint8_t value)
{
    bench.ram[at] = value;
}

void poke_code(uint32_t at, const char *bytes, unsigned len)
{
    memcpy(bench.ram + at, bytes, len);
    bench.cpu->ops->ram_written(bench.cpu, at, len);
}

static uint32_t desc_at(uint16_t selector)
{
    return (selector & 4 ? AT_LDT : AT_GDT) + (selector & 0xfff8);
}

void put_desc(uint16_t selector, uint32_t base, uint32_t limit, unsigned access, unsigned flags)
{
    if (flags & FLAG_4K)
        limit >>= 12;
    poke32(desc_at(selector), (limit & 0xffff) | base << 16);
    poke32(desc_at(selector) + 4, (base >> 16 & 0xff) | access << 8 | (limit & 0xf0000) |
                                      flags << 16 | (base & 0xff000000));
}

static void put_gate_at(uint32_t at, uint16_t cs, uint32_t offset, unsigned access, unsigned count)
{
    poke32(at, (offset & 0xffff) | (uint32_t)cs << 16);
    poke32(at + 4, (offset & 0xffff0000) | access << 8 | count);
}

void put_gate(uint16_t selector, uint16_t cs, uint32_t offset, unsigned access, unsigned count)
{
    put_gate_at(desc_at(selector), cs, offset, access, count);
}

void put_idt(unsigned vector, uint16_t cs, uint32_t offset, unsigned access)
{
    put_gate_at(AT_IDT + vector * 8, cs, offset, access, 0);
}

static void put_tables(void)
{
    put_desc(CODE0, 0, 0xffffffff, ACC_CODE, FLAG_32 | FLAG_4K);
    put_desc(DATA0, 0, 0xffffffff, ACC_DATA, FLAG_32 | FLAG_4K);
    put_desc(CODE3, 0, 0xffffffff, ACC_CODE | ACC_DPL3, FLAG_32 | FLAG_4K);
    put_desc(DATA3, 0, 0xffffffff, ACC_DATA | ACC_DPL3, FLAG_32 | FLAG_4K);
    put_desc(SEL_TSS, AT_TSS, 0x20ff, ACC_TSS32 | 2, 0);
    put_desc(SEL_LDT, AT_LDT, 0xff, ACC_LDT, 0);
    put_desc(SEL_TSS2, AT_TSS2, 0x67, ACC_TSS32, 0);
    put_desc(SEL_TSS16, AT_TSS16, 0x2b, ACC_TSS16, 0);
    put_desc(CODE16, AT_CODE, 0xffff, ACC_CODE, 0);
    put_desc(DATA16, AT_CODE, 0xffff, ACC_DATA, 0);
    for (unsigned v = 0; v < 256; v++) {
        put_idt(v, CODE0, AT_HANDLERS + v * 16,
                ACC_INTR32 | (v == 3 || v == 4 || v >= 0x20 ? ACC_DPL3 : 0));
        poke8(AT_HANDLERS + v * 16, 0xf4); /* HLT */
        poke32(v * 4, (AT_HANDLERS / 16) << 16 | v * 16);
    }
    poke32(AT_TSS + 4, TSS_STACK0);
    poke32(AT_TSS + 8, DATA0);
    poke16(AT_TSS + 0x66, 0x68 + 32); /* redirection bitmap, then I/O bitmap, all zeros */
    poke8(AT_TSS + 0x20ff, 0xff);
}

void bench_open(enum x86_model model)
{
    bench_open_engine(model, &interp_ops);
}

void bench_open_engine(enum x86_model model, const struct cpu_ops *ops)
{
    struct cpu_host host = { .intack = intack, .ferr = ferr };
    struct error err;

    bench.memory = host.memory = mem_new();
    bench.bus = host.bus = bus_new();
    bench.clock = host.clock = vclock_new();
    bench.ram = aligned_alloc(MEM_PAGE, RAM_SIZE);
    memset(bench.ram, 0, RAM_SIZE);
    assert(mem_add_ram(bench.memory, "ram", 0, RAM_SIZE, 0, bench.ram, &err));
    bench.cpu = ops->create(model, &host, &err);
    assert(bench.cpu != NULL);
    mem_set_listener(bench.memory, remapped, NULL, NULL);
    put_tables();
    memset(&bench.x, 0, sizeof(bench.x));
    x86_reset(&bench.x, model, 0);
}

void bench_close(void)
{
    bench.cpu->ops->destroy(bench.cpu);
    bench.cpu = NULL;
    mem_free(bench.memory);
    bus_free(bench.bus);
    vclock_free(bench.clock);
    free(bench.ram);
}

static struct x86_segment flat(uint16_t selector, bool code)
{
    return (struct x86_segment){
        .limit = 0xffffffff,
        .selector = selector,
        .attr = (uint16_t)(SEG_G | SEG_DB | SEG_P | SEG_S | SEG_W | SEG_A | (selector & 3) << 5 |
                           (code ? SEG_CODE : 0)),
    };
}

static void start_common(void)
{
    struct x86_state *x = &bench.x;

    x86_reset(x, bench.cpu->model, 0);
    x->cr0 = CR0_PE | CR0_ET;
    x->gdtr = (struct x86_table){ .base = AT_GDT, .limit = GDT_LIMIT };
    x->idtr = (struct x86_table){ .base = AT_IDT, .limit = 0x7ff };
    x->ldtr =
        (struct x86_segment){ .base = AT_LDT, .limit = 0xff, .selector = SEL_LDT, .attr = ACC_LDT };
    x->tr = (struct x86_segment){
        .base = AT_TSS, .limit = 0x20ff, .selector = SEL_TSS, .attr = ACC_TSS32 | 2
    };
    x->eip = AT_CODE;
    x->eflags = FL_ONE;
}

void start_protected(unsigned cpl)
{
    struct x86_state *x = &bench.x;

    start_common();
    for (unsigned s = 0; s < 6; s++)
        x->seg[s] = flat(cpl ? DATA3 : DATA0, false);
    x->seg[S_CS] = flat(cpl ? CODE3 : CODE0, true);
    x->gpr[R_ESP] = cpl ? STACK3 : STACK0;
}

static struct x86_segment paragraph(uint16_t selector, unsigned dpl)
{
    return (struct x86_segment){
        .base = (uint32_t)selector << 4,
        .limit = 0xffff,
        .selector = selector,
        .attr = (uint16_t)(SEG_P | SEG_S | SEG_W | SEG_A | dpl << 5),
    };
}

void start_real(void)
{
    struct x86_state *x = &bench.x;

    x86_reset(x, bench.cpu->model, 0);
    x->cr0 = CR0_ET;
    for (unsigned s = 0; s < 6; s++)
        x->seg[s] = paragraph(0, 0);
    x->seg[S_CS] = paragraph(AT_CODE / 16, 0);
    x->idtr = (struct x86_table){ .limit = 0x3ff };
    x->eip = 0;
    x->gpr[R_ESP] = 0xf000;
    x->eflags = FL_ONE;
}

void start_v86(unsigned iopl)
{
    struct x86_state *x = &bench.x;

    start_common();
    for (unsigned s = 0; s < 6; s++)
        x->seg[s] = paragraph((uint16_t)(0x6000 + s * 0x100), 3);
    x->seg[S_CS] = paragraph(AT_CODE / 16, 3);
    x->seg[S_SS] = paragraph(0x5000, 3);
    x->gpr[R_ESP] = 0x1000;
    x->eip = 0;
    x->eflags = FL_ONE | FL_VM | iopl << 12;
}

void start_paging(uint32_t bits)
{
    for (unsigned i = 0; i < RAM_SIZE >> 22; i++)
        poke32(AT_PD + 4 * i, (AT_PT + i * 0x1000) | bits);
    for (uint32_t page = 0; page < RAM_SIZE; page += 0x1000)
        poke32(pte_at(page), page | bits);
    switch_paging_on();
}

void switch_paging_on(void)
{
    bench.x.cr3 = AT_PD;
    bench.x.cr0 |= CR0_PG;
}

uint32_t pte_at(uint32_t linear)
{
    return AT_PT + (linear >> 12) * 4;
}

enum cpu_exit run(unsigned n)
{
    struct cpu_slice slice = { .insns = n };
    struct error err;
    enum cpu_exit why;
    bool taken = bench.cpu->ops->set(bench.cpu, &bench.x, &err);

    assert(taken);
    why = bench.cpu->ops->run(bench.cpu, &slice);
    bench.cpu->ops->get(bench.cpu, &bench.x);
    return why;
}

int run_to_halt(void)
{
    uint32_t linear;

    for (unsigned n = 0; n < 10; n++) {
        enum cpu_exit why = run(1000);

        if (why == CPU_EXIT_SHUTDOWN)
            return -1;
        if (why == CPU_EXIT_HALT)
            break;
    }
    linear = bench.x.seg[S_CS].base + bench.x.eip - AT_HANDLERS;
    if (!bench.x.halted || linear >= 256 * 16)
        return -1;
    return (int)(linear / 16);
}

int run_code(const char *bytes, unsigned len)
{
    uint32_t at = bench.x.seg[S_CS].base + bench.x.eip;

    poke_code(at, bytes, len);
    poke_code(at + len, "\xcd\x80", 2);
    return run_to_halt();
}

uint32_t frame(unsigned n)
{
    return peek32(bench.x.gpr[R_ESP] + 4 * n);
}
