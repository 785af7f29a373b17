/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segment loads, far transfers, returns, task switches and flags, each of them a single instruction
 * on random descriptors, selectors and stacks, here and in Unicorn: both must fault, or both must
 * end in the same registers and memory.
 *
 * Not asked of Unicorn, because it differs from the processor: delivery of exceptions (it has
 * none), error codes, accessed bits on far transfers, the offset of code in a segment with a base,
 * and in far transfers which fault is raised (it has #GP or #NP for some #NP or #SS).
 */
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#include "tests/check_main.h"
#include "tests/unit/cpu/system_bench.h"

enum { CASES = 150, GROUPS = 10, MAPPED = 0x100000, AT_PROLOGUE = 0x2f000 };

struct subject {
    const char *name;
    uint8_t code[8];
    uint8_t len;
    uint8_t operand; /* SEL: selector in AX; FAR: far pointer at AT_DATA; RET, IRET: on the stack */
};

enum { SEL, FAR, RET, IRET, FLAGS };

static const struct subject subjects[] = {
    { "mov es,ax", { 0x8e, 0xc0 }, 2, SEL },
    { "mov ss,ax", { 0x8e, 0xd0 }, 2, SEL },
    { "mov ds,ax", { 0x8e, 0xd8 }, 2, SEL },
    { "lldt ax", { 0x0f, 0x00, 0xd0 }, 3, SEL },
    { "lar ebx,ax", { 0x0f, 0x02, 0xd8 }, 3, SEL },
    { "lsl ebx,ax", { 0x0f, 0x03, 0xd8 }, 3, SEL },
    { "verr ax", { 0x0f, 0x00, 0xe0 }, 3, SEL },
    { "verw ax", { 0x0f, 0x00, 0xe8 }, 3, SEL },
    { "arpl ax,bx", { 0x63, 0xd8 }, 2, SEL },
    { "jmp far [60000h]", { 0xff, 0x2d, 0, 0, 6, 0 }, 6, FAR },
    { "call far [60000h]", { 0xff, 0x1d, 0, 0, 6, 0 }, 6, FAR },
    { "call far [60000h]", { 0xff, 0x1d, 0, 0, 6, 0 }, 6, FAR },
    { "o16 call far [60000h]", { 0x66, 0xff, 0x1d, 0, 0, 6, 0 }, 7, FAR },
    { "les ebx,[60000h]", { 0xc4, 0x1d, 0, 0, 6, 0 }, 6, FAR },
    { "lss ebx,[60000h]", { 0x0f, 0xb2, 0x1d, 0, 0, 6, 0 }, 7, FAR },
    { "retf", { 0xcb }, 1, RET },
    { "retf 8", { 0xca, 8, 0 }, 3, RET },
    { "o16 retf", { 0x66, 0xcb }, 2, RET },
    { "iret", { 0xcf }, 1, IRET },
    { "o16 iret", { 0x66, 0xcf }, 2, IRET },
    { "popf", { 0x9d }, 1, FLAGS },
    { "o16 popf", { 0x66, 0x9d }, 2, FLAGS },
    { "pushf", { 0x9c }, 1, FLAGS },
    { "cli", { 0xfa }, 1, FLAGS },
    { "sti", { 0xfb }, 1, FLAGS },
};

/* Access bytes of the descriptors at SEL_FREE: all kinds, present and absent, of several levels */
static const uint8_t kinds[] = {
    0x9b, 0x93, 0x9f, 0x99, 0x91, 0x97, 0xfb, 0xf3, 0xff, 0xf9, 0xf1, 0xdb, 0xd3,
    0xbb, 0xb3, 0x1b, 0x13, 0x73, 0x7b, 0x82, 0xe2, 0x81, 0x83, 0x89, 0x8b, 0xe9,
    0xec, 0x8c, 0xe4, 0x84, 0xec, 0x8e, 0xee, 0x0c, 0x6c, 0xbf, 0xdf,
};

static uint64_t seed;

static uint32_t any(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 32);
}

static uint16_t any_selector(void)
{
    static const uint8_t good[] = { CODE0, DATA0, CODE3, DATA3, CODE3, DATA3 };

    switch (any() % 8) {
    case 0:
        return any() & 3;
    case 1:
        return any() & 0xffff;
    case 2:
    case 3:
    case 4:
        return good[any() % sizeof(good)];
    default:
        return (uint16_t)(SEL_FREE + 8 * (any() % sizeof(kinds)) + (any() & 3));
    }
}

static uint32_t any_flags(void)
{
    return FL_ONE | (any() & 0x243ed7);
}

/* Descriptors, gates and the second TSS */
static void put_random_tables(void)
{
    for (unsigned i = 0; i < sizeof(kinds); i++) {
        uint16_t at = (uint16_t)(SEL_FREE + 8 * i);

        if (kinds[i] & 0x10)
            put_desc(at, 0, 0xfffff, kinds[i], any() % 4 ? FLAG_32 : 0);
        else if (kinds[i] & 4)
            put_gate(at, any_selector(), 0x8000, kinds[i], any() & 3);
        else
            put_desc(at, (kinds[i] & 15) == 2 ? AT_LDT : AT_TSS2, any() % 4 ? 0xff : 0x20, kinds[i],
                     0);
    }
    poke32(AT_TSS2 + 0x04, TSS_STACK0 - 0x1000);
    poke32(AT_TSS2 + 0x08, DATA0);
    poke32(AT_TSS2 + 0x20, 0x8000);
    poke32(AT_TSS2 + 0x24, any_flags());
    for (unsigned i = 0; i < 8; i++)
        poke32(AT_TSS2 + 0x28 + 4 * i, 0x30000 + any() % 0x1000 * 4);
    for (unsigned i = 0; i < 6; i++)
        poke32(AT_TSS2 + 0x48 + 4 * i, any() % 8 ? (i == 1 ? CODE0 : DATA0) : any_selector());
    poke32(AT_TSS2 + 0x60, any() % 2 ? SEL_LDT : 0);
}

static void put_stack(unsigned n, uint32_t value, bool op32)
{
    uint32_t sp = bench.x.gpr[R_ESP];

    if (op32)
        poke32(sp + 4 * n, value);
    else
        poke16(sp + 2 * n, (uint16_t)value);
}

/* The frame a return finds: mostly one that leads to ring 3. */
static void put_frame(const struct subject *s, bool op32)
{
    unsigned at = s->operand == IRET ? 3 : 2;

    if (s->code[!op32] == 0xca)
        at += s->code[1] / 4;
    put_stack(0, s->operand == FLAGS ? any_flags() : 0x8000, op32);
    put_stack(1, any() % 2 ? CODE3 : any_selector(), op32);
    if (s->operand == IRET)
        put_stack(2, any_flags(), op32);
    put_stack(at, STACK0 & 0xfffc, op32);
    put_stack(at + 1, any() % 2 ? DATA3 : any_selector(), op32);
}

static void put_subject(const struct subject *s, unsigned cpl)
{
    bool op32 = s->code[0] != 0x66;

    start_protected(cpl);
    for (unsigned i = 0; i < 8; i++) {
        if (i != R_ESP)
            bench.x.gpr[i] = any();
    }
    bench.x.gpr[R_ESP] -= 0x40;
    bench.x.gpr[R_EAX] = any_selector();
    bench.x.eflags = any_flags() & ~(uint32_t)FL_NT;
    poke32(AT_DATA, 0x8000);
    poke16(AT_DATA + (op32 ? 4 : 2), any() % 3 ? any_selector() : SEL_TSS2);
    put_frame(s, op32);
    if (s->operand == IRET && any() % 4 == 0) {
        bench.x.eflags |= FL_NT;
        poke16(AT_TSS, any() % 2 ? SEL_TSS2 : any_selector());
    }
    poke_code(AT_CODE, (const char *)s->code, s->len);
}

/* ---- Unicorn ---- */

static const int uc_segs[6] = { UC_X86_REG_ES, UC_X86_REG_CS, UC_X86_REG_SS,
                                UC_X86_REG_DS, UC_X86_REG_FS, UC_X86_REG_GS };
static const int uc_gprs[8] = { UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX,
                                UC_X86_REG_ESP, UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI };

static bool uc_faulted;

static void on_interrupt(uc_engine *uc, uint32_t vector, void *ctx)
{
    (void)vector;
    (void)ctx;
    uc_faulted = true;
    uc_emu_stop(uc);
}

static void uc_put(uc_engine *uc, int reg, uint32_t value)
{
    ck_assert_int_eq(uc_reg_write(uc, reg, &value), UC_ERR_OK);
}

static uint32_t uc_take(uc_engine *uc, int reg)
{
    uint32_t value = 0;

    uc_reg_read(uc, reg, &value);
    return value;
}

static void uc_table(uc_engine *uc, int reg, uint16_t selector, uint32_t base, uint32_t limit,
                     uint32_t flags)
{
    uc_x86_mmr mmr = { .selector = selector, .base = base, .limit = limit, .flags = flags };

    ck_assert_int_eq(uc_reg_write(uc, reg, &mmr), UC_ERR_OK);
}

/* Brings Unicorn to the state in bench.x; ring 3 is entered by a return, as it must be. */
static uc_engine *uc_start(uint8_t *memory, unsigned cpl)
{
    /* push 23h / push 50000h / push 1bh / push 2f100h / retf; mov ds, es, fs, gs,ax */
    static const char enter[] = "\x6a\x23\x68\x00\x00\x05\x00\x6a\x1b\x68\x00\xf1\x02\x00\xcb";
    static const char load[] = "\x8e\xd8\x8e\xc0\x8e\xe0\x8e\xe8";
    uc_engine *uc;

    ck_assert_int_eq(uc_open(UC_ARCH_X86, UC_MODE_32, &uc), UC_ERR_OK);
    ck_assert_int_eq(uc_mem_map_ptr(uc, 0, MAPPED, UC_PROT_ALL, memory), UC_ERR_OK);
    memcpy(memory, bench.ram, MAPPED);
    memcpy(memory + AT_PROLOGUE, enter, sizeof(enter));
    memcpy(memory + AT_PROLOGUE + 0x100, load, sizeof(load));
    uc_table(uc, UC_X86_REG_GDTR, 0, AT_GDT, GDT_LIMIT, 0);
    uc_table(uc, UC_X86_REG_LDTR, SEL_LDT, AT_LDT, 0xff, ACC_LDT << 8);
    uc_table(uc, UC_X86_REG_TR, SEL_TSS, AT_TSS, 0x20ff, ACC_TSS32 << 8);
    uc_put(uc, UC_X86_REG_CR0, CR0_PE | CR0_ET);
    uc_put(uc, UC_X86_REG_CS, CODE0);
    for (unsigned i = 0; i < 6; i++) {
        if (i != S_CS)
            uc_put(uc, uc_segs[i], DATA0);
    }
    uc_put(uc, UC_X86_REG_ESP, 0x4f000);
    uc_put(uc, UC_X86_REG_EAX, DATA3);
    if (cpl) {
        uc_emu_start(uc, AT_PROLOGUE, 0, 0, 5);
        uc_emu_start(uc, AT_PROLOGUE + 0x100, 0, 0, 4);
    }
    memcpy(memory, bench.ram, MAPPED);
    for (unsigned i = 0; i < 8; i++)
        uc_put(uc, uc_gprs[i], bench.x.gpr[i]);
    uc_put(uc, UC_X86_REG_EFLAGS, bench.x.eflags);
    return uc;
}

/* ---- comparing ---- */

/* A handler was entered (or could not be): EIP is where the IDT points. */
static bool ours_faulted(enum cpu_exit why)
{
    return why == CPU_EXIT_SHUTDOWN || bench.x.eip - AT_HANDLERS < 0x200;
}

static bool same_memory(const uint8_t *memory, uint32_t *where)
{
    if (memcmp(memory, bench.ram, MAPPED) == 0)
        return true;
    for (uint32_t at = 0; at < MAPPED; at++) {
        bool access = at >= AT_GDT && at < AT_LDT + 0x100 && (at & 7) == 5;

        if ((memory[at] ^ bench.ram[at]) & (access ? ~SEG_A : 0xff)) {
            *where = at;
            return false;
        }
    }
    return true;
}

static void compare(uc_engine *uc, const uint8_t *memory, const char *name)
{
    unsigned long long id = seed;
    uint32_t where = 0;

    for (unsigned i = 0; i < 8; i++)
        ck_assert_msg(uc_take(uc, uc_gprs[i]) == bench.x.gpr[i], "%s, case %llx: register %u: %x",
                      name, id, i, bench.x.gpr[i]);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_msg((uint16_t)uc_take(uc, uc_segs[i]) == bench.x.seg[i].selector,
                      "%s, case %llx: segment %u: %x", name, id, i, bench.x.seg[i].selector);
    ck_assert_msg(uc_take(uc, UC_X86_REG_EIP) == bench.x.eip, "%s, case %llx: eip %x", name, id,
                  bench.x.eip);
    ck_assert_msg(uc_take(uc, UC_X86_REG_EFLAGS) == bench.x.eflags, "%s, case %llx: flags %x", name,
                  id, bench.x.eflags);
    ck_assert_msg(uc_take(uc, UC_X86_REG_CR0) == bench.x.cr0, "%s, case %llx: cr0 %x", name, id,
                  bench.x.cr0);
    ck_assert_msg(same_memory(memory, &where), "%s, case %llx: memory at %x", name, id, where);
}

static void one_case(uint8_t *memory, unsigned *good)
{
    const struct subject *s = &subjects[any() % (sizeof(subjects) / sizeof(subjects[0]))];
    unsigned cpl = any() & 1 ? 3 : 0;
    enum cpu_exit why;
    uc_hook hook;
    uc_engine *uc;
    uc_err error;

    put_random_tables();
    put_subject(s, cpl);
    uc = uc_start(memory, cpl);
    uc_hook_add(uc, &hook, UC_HOOK_INTR, (void *)(uintptr_t)on_interrupt, NULL, 1, 0);
    uc_faulted = false;
    error = uc_emu_start(uc, AT_CODE, 0, 0, 1);
    why = run(1);
    ck_assert_msg((uc_faulted || error) == ours_faulted(why), "%s, case %llx: fault", s->name,
                  (unsigned long long)seed);
    if (!uc_faulted && !error) {
        compare(uc, memory, s->name);
        (*good)++;
    }
    uc_close(uc);
}

START_TEST(system_instructions_do_what_unicorns_do)
{
    uint8_t *memory = aligned_alloc(4096, MAPPED);
    unsigned good = 0;

    ck_assert_ptr_nonnull(memory);
    for (unsigned n = 0; n < CASES; n++) {
        seed = (uint64_t)(_i * CASES + n + 1) * 0x9e3779b97f4a7c15u;
        any();
        bench_open(CPU_PENTIUM);
        one_case(memory, &good);
        bench_close();
    }
    free(memory);
    /* The cases must not all be faults. */
    ck_assert_uint_gt(good, CASES / 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unicorn");
    TCase *tc = tcase_create("system");

    tcase_set_timeout(tc, 0);
    tcase_add_loop_test(tc, system_instructions_do_what_unicorns_do, 0, GROUPS);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
