/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our side of the oracle: a machine with nothing but memory, in protected mode at CPL 3 with
 * paging, whose GDT, IDT and LDT look to the guest as those of Linux do.  Every exception goes
 * through a real gate into ring 0, where its handler is a HLT; which HLT, and what lies on the
 * ring-0 stack, is the result.
 */

#include "tests/oracle/guest.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/bus.h"
#include "core/cpu/insn.h"
#include "core/cpu/translate/xlat.h"
#include "core/memory.h"
#include "core/vclock.h"
#include "tests/oracle/segs.h"

/* Physical memory; the system part lies at the same linear addresses, for the supervisor only. */
enum {
    AT_GDT = 0x0000,
    AT_IDT = 0x0400,
    AT_TSS = 0x0c00,
    AT_LDT = 0x1000,
    AT_HANDLERS = 0x2000, /* 16 bytes each */
    AT_STACK = 0x4000,    /* grows down */
    AT_DIRECTORY = 0x4000,
    AT_TABLE = 0x5000,     /* of the windows */
    AT_TABLE_LOW = 0x6000, /* of the system part */
    AT_DATA = 0x8000,
    AT_STACK_PAGE = 0x9000,
    AT_CODE = 0xa000,
    RAM_SIZE = 0xa000,
};

enum { PTE_P = 1, PTE_W = 2, PTE_U = 4, PTE_A = 0x20, PTE_D = 0x40 };
enum { GDT_LIMIT = 0x7f, KERNEL_CS = 0x08, KERNEL_DS = 0x18, GDT_TSS = 8, GDT_LDT = 10 };

static uint8_t *ram;
static struct memory *memory;
static struct bus *bus;
static struct vclock *vclk;
static struct cpu *cpu;
static struct interp *translator; /* cpu, if it is that */
static struct x86_state start;    /* what every case begins with */
static struct x86_state state;    /* after the last case */
static uint64_t descriptors[SEG_LDT_ENTRIES];

/* The translator catches signals of its code, the host's side those of the guest's: each has its
 * own handlers while it runs. */
enum { SIGNALS = 2 };
static const int signals[SIGNALS] = { SIGSEGV, SIGFPE };
static struct sigaction of_host[SIGNALS], of_translator[SIGNALS];

static void look_at_signals(struct sigaction *actions)
{
    for (unsigned n = 0; n < SIGNALS; n++)
        sigaction(signals[n], NULL, &actions[n]);
}

static void set_signals(const struct sigaction *actions)
{
    for (unsigned n = 0; translator && n < SIGNALS; n++)
        sigaction(signals[n], &actions[n], NULL);
}

uint8_t *guest_data(void)
{
    return ram + AT_DATA;
}

uint8_t *guest_stack(void)
{
    return ram + AT_STACK_PAGE;
}

static void put16(uint32_t at, uint16_t value)
{
    memcpy(ram + at, &value, 2);
}

static void put32(uint32_t at, uint32_t value)
{
    memcpy(ram + at, &value, 4);
}

static void put64(uint32_t at, uint64_t value)
{
    memcpy(ram + at, &value, 8);
}

static uint32_t get32(uint32_t at)
{
    uint32_t value;

    memcpy(&value, ram + at, 4);
    return value;
}

/* The GDT of 64-bit Linux as a 32-bit program sees it. */
static void fill_gdt(void)
{
    static const uint64_t linux_gdt[] = {
        [1] = 0x00cf9b000000ffff,  [2] = 0x00af9b000000ffff, [3] = 0x00cf93000000ffff,
        [4] = 0x00cffb000000ffff,  [5] = 0x00cff3000000ffff, [6] = 0x00affb000000ffff,
        [15] = 0x0040f50000000000, /* its limit tells the CPU's number */
    };

    for (unsigned i = 0; i < sizeof linux_gdt / 8; i++)
        put64(AT_GDT + i * 8, linux_gdt[i]);
    put64(AT_GDT + GDT_TSS * 8, 0x00008b0000000067 | (uint64_t)AT_TSS << 16);
    put64(AT_GDT + GDT_LDT * 8,
          0x0000820000000000 | (uint64_t)AT_LDT << 16 | (SEG_LDT_ENTRIES * 8 - 1));
}

/* Linux lets a program call vectors 3 and 4 (and 80h, which the generator leaves alone). */
static void fill_idt(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t handler = AT_HANDLERS + i * 16;
        uint32_t type = i == 3 || i == 4 ? 0xee00 : 0x8e00;

        put32(AT_IDT + i * 8, KERNEL_CS << 16 | (handler & 0xffff));
        put32(AT_IDT + i * 8 + 4, (handler & 0xffff0000) | type);
        memset(ram + handler, 0xf4, 16);
    }
}

static void fill_tables(void)
{
    static const struct {
        uint32_t linear, phys;
        unsigned absent, readonly;
        bool all_readonly;
    } windows[] = {
        { ORACLE_DATA, AT_DATA, DATA_ABSENT, DATA_READONLY, false },
        { ORACLE_STACK, AT_STACK_PAGE, STACK_ABSENT, STACK_READONLY, false },
        { ORACLE_CODE, AT_CODE, CODE_ABSENT, ORACLE_PAGES, true },
    };
    const uint32_t plain = PTE_P | PTE_W | PTE_A | PTE_D;

    put32(AT_DIRECTORY, AT_TABLE_LOW | plain);
    put32(AT_DIRECTORY + (ORACLE_DATA >> 22) * 4, AT_TABLE | plain | PTE_U);
    for (uint32_t i = 0; i < RAM_SIZE / ORACLE_PAGE; i++)
        put32(AT_TABLE_LOW + i * 4, i * ORACLE_PAGE | plain);
    for (unsigned w = 0; w < 3; w++) {
        uint32_t slot = AT_TABLE + (windows[w].linear >> 12 & 0x3ff) * 4;

        for (unsigned i = 0; i < ORACLE_PAGES; i++) {
            uint32_t pte = windows[w].phys | plain | PTE_U;

            if (i == windows[w].readonly || windows[w].all_readonly)
                pte &= ~(uint32_t)PTE_W;
            put32(slot + i * 4, i == windows[w].absent ? 0 : pte);
        }
    }
}

static void fill_memory(void)
{
    fill_gdt();
    fill_idt();
    fill_tables();
    put32(AT_TSS + 4, AT_STACK); /* ESP0 */
    put16(AT_TSS + 8, KERNEL_DS);
    put16(AT_TSS + 102, 0x68); /* no I/O permission bitmap */
    for (unsigned i = 0; i < oracle_seg_count; i++) {
        descriptors[oracle_segs[i].index] = seg_descriptor(&oracle_segs[i]);
        put64(AT_LDT + oracle_segs[i].index * 8, seg_descriptor(&oracle_segs[i]));
    }
}

static void fill_start(void)
{
    cpu->ops->get(cpu, &start);
    start.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
    start.cr3 = AT_DIRECTORY;
    start.cr4 = 0;
    start.gdtr = (struct x86_table){ AT_GDT, GDT_LIMIT, 0 };
    start.idtr = (struct x86_table){ AT_IDT, 0x7ff, 0 };
    start.ldtr = (struct x86_segment){ AT_LDT, SEG_LDT_ENTRIES * 8 - 1, GDT_LDT * 8, 0x82 };
    start.tr = (struct x86_segment){ AT_TSS, 0x67, GDT_TSS * 8, 0x8b };
}

void guest_open(const struct cpu_ops *ops, uint8_t *code)
{
    struct cpu_host host = { 0 };
    struct error err = { 0 };

    /* Shared, as the board's memory is: the translator maps it a second time. */
    ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(ram != MAP_FAILED);
    memory = mem_new();
    bus = bus_new();
    vclk = vclock_new();
    mem_add_ram(memory, "ram", 0, RAM_SIZE, 0, ram, &err);
    mem_add_ram(memory, "code", AT_CODE, ORACLE_PAGE, 0, code, &err);
    host.bus = bus;
    host.memory = memory;
    host.clock = vclk;
    look_at_signals(of_host);
    cpu = ops->create(CPU_PENTIUM2, &host, &err);
    if (cpu == NULL) {
        fprintf(stderr, "oracle: %s\n", err.text);
        exit(EXIT_FAILURE);
    }
    if (ops == &translate_ops) {
        translator = (struct interp *)cpu;
        translator->xl.xlat->heat = 0; /* the first time already */
        look_at_signals(of_translator);
        set_signals(of_host);
    }
    fill_memory();
    fill_start();
}

void guest_close(void)
{
    cpu->ops->destroy(cpu);
    vclock_free(vclk);
    bus_free(bus);
    mem_free(memory);
    munmap(ram, RAM_SIZE);
}

void guest_code_changed(uint32_t offset, uint32_t len)
{
    cpu->ops->ram_written(cpu, AT_CODE + offset, len);
}

void guest_disassemble(const struct oracle_input *in, bool code32, char *text, unsigned size)
{
    unsigned at = 0;
    struct insn i;

    text[0] = 0;
    while (at < in->len) {
        size_t used = strlen(text);

        if (insn_decode(&i, in->code + at, in->len - at, code32, insn_model_level(CPU_PENTIUM2)) !=
            INSN_OK) {
            snprintf(text + used, size - used, "(undefined)");
            return;
        }
        insn_format(&i, in->eip + at, text + used, size - used);
        at += i.len;
        used = strlen(text);
        if (at < in->len)
            snprintf(text + used, size - used, "; ");
    }
}

static void fpu_in(struct x86_fpu *f, const uint8_t *fx)
{
    uint16_t words[4];
    unsigned top;

    memcpy(words, fx, 8);
    f->fcw = words[0];
    f->fsw = words[1];
    f->fop = words[3];
    memcpy(&f->fip, fx + 8, 4);
    memcpy(&f->fcs, fx + 12, 2);
    memcpy(&f->fdp, fx + 16, 4);
    memcpy(&f->fds, fx + 20, 2);
    top = f->fsw >> 11 & 7;
    f->ftw = 0;
    for (unsigned r = 0; r < 8; r++) {
        const uint8_t *at = fx + 32 + ((r - top) & 7) * 16;
        unsigned tag = 0;
        uint16_t e;

        memcpy(&f->mant[r], at, 8);
        memcpy(&f->exp[r], at + 8, 2);
        e = f->exp[r] & 0x7fff;
        if (!(words[2] >> r & 1))
            tag = 3;
        else if (e == 0x7fff || (e == 0 && f->mant[r]) || (e && !(f->mant[r] >> 63)))
            tag = 2;
        else if (e == 0)
            tag = 1;
        f->ftw |= (uint16_t)(tag << r * 2);
    }
}

static void fpu_out(const struct x86_fpu *f, uint8_t *fx)
{
    uint16_t tags = 0;
    unsigned top = f->fsw >> 11 & 7;

    for (unsigned r = 0; r < 8; r++) {
        uint8_t *at = fx + 32 + ((r - top) & 7) * 16;

        memcpy(at, &f->mant[r], 8);
        memcpy(at + 8, &f->exp[r], 2);
        if ((f->ftw >> r * 2 & 3) != 3)
            tags |= (uint16_t)(1 << r);
    }
    memcpy(fx, &f->fcw, 2);
    memcpy(fx + 2, &f->fsw, 2);
    memcpy(fx + 4, &tags, 2);
    memcpy(fx + 6, &f->fop, 2);
    memcpy(fx + 8, &f->fip, 4);
    memcpy(fx + 12, &f->fcs, 2);
    memcpy(fx + 16, &f->fdp, 4);
    memcpy(fx + 20, &f->fds, 2);
}

static struct x86_segment segment(uint16_t selector)
{
    struct x86_segment null = { 0, 0, selector, SEG_NULL };

    if (selector < 4)
        return null;
    return seg_cache(descriptors[selector >> 3], selector);
}

static void begin(const struct oracle_input *in)
{
    state = start;
    memcpy(state.gpr, in->gpr, sizeof state.gpr);
    state.eip = in->eip;
    state.eflags = in->eflags;
    for (unsigned i = 0; i < 6; i++)
        state.seg[i] = segment(in->seg[i]);
    if (in->fpu)
        fpu_in(&state.fpu, in->fx);
    cpu->ops->set(cpu, &state, NULL);
}

/* The frame of a gate into ring 0. */
static void took_exception(struct oracle_output *out)
{
    uint32_t vector = (state.eip - AT_HANDLERS) / 16;
    uint32_t esp = state.gpr[R_ESP];
    bool has_code = esp == AT_STACK - 24;

    out->trap = (uint8_t)vector;
    out->code = has_code ? get32(esp) : 0;
    out->cr2 = vector == EXC_PF ? state.cr2 : 0;
    if (has_code)
        esp += 4;
    out->eip = get32(esp);
    out->seg[S_CS] = (uint16_t)get32(esp + 4);
    out->eflags = get32(esp + 8) & ~(uint32_t)FL_RF;
    out->gpr[R_ESP] = get32(esp + 12);
    out->seg[S_SS] = (uint16_t)get32(esp + 16);
}

void guest_run(const struct oracle_input *in, struct oracle_output *out)
{
    const struct cpu_slice slice = { .insns = in->count };
    unsigned turns = 0;
    bool kernel;

    /* Translated blocks are executed whole: they must not be longer than the case. */
    if (translator)
        translator->xl.most = in->count;
    set_signals(of_translator);
    begin(in);
    do {
        cpu->ops->run(cpu, &slice);
        cpu->ops->get(cpu, &state);
        kernel = (state.seg[S_CS].selector & 3) == 0;
    } while (!kernel && in->repeats && state.eip == in->eip && ++turns < 70000);
    set_signals(of_host);

    memcpy(out->gpr, state.gpr, sizeof out->gpr);
    for (unsigned i = 0; i < 6; i++)
        out->seg[i] = state.seg[i].selector;
    out->eip = state.eip;
    out->eflags = state.eflags & ~(uint32_t)FL_RF;
    out->trap = TRAP_NONE;
    out->code = 0;
    out->cr2 = 0;
    if (in->fpu) {
        memcpy(out->fx, in->fx, 512); /* what fxsave leaves alone */
        fpu_out(&state.fpu, out->fx);
    }
    if (kernel)
        took_exception(out);
    else if (turns >= 70000)
        out->trap = TRAP_HANG;
}

bool guest_check_hidden(char *text, unsigned size)
{
    static const char names[6][3] = { "ES", "CS", "SS", "DS", "FS", "GS" };

    for (unsigned i = 0; i < 6; i++) {
        const struct x86_segment *s = &state.seg[i];
        struct x86_segment want = segment(s->selector);

        if (!(s->selector & 4) && s->selector >= 4)
            continue; /* of the GDT: ring 0 after an exception */
        if (s->selector < 4
                ? !(s->attr & SEG_NULL)
                : s->base != want.base || s->limit != want.limit || s->attr != want.attr) {
            snprintf(text, size, "%s: selector %04x base %08x limit %08x attr %04x", names[i],
                     s->selector, s->base, s->limit, s->attr);
            return false;
        }
    }
    return true;
}
