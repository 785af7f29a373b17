/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translator against the interpreter on code made at random from the instruction table: with
 * branches into anything, stores into the code that runs, segment and page borders, pages that are
 * absent or read-only, interrupts taken in the middle.  Both processors run the same slices on
 * memories of their own; after each slice registers, counts and memory must be the same.
 *
 * soup [PROGRAMS [SEED [trace]]]; a difference prints the seed of its program.  With "trace"
 * nothing is linked, and the blocks of the slice that differs are printed.
 *
 * Exceptions go to handlers that step over one byte, so that a program goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/bus.h"
#include "core/cpu/translate/xlat.h"
#include "core/memory.h"
#include "core/vclock.h"
#include "tests/check_main.h"

enum {
    RAM = 1 << 20,
    AT_IDT = 0x0400, /* real mode: the IVT at 0 */
    AT_GDT = 0x0c00,
    AT_HANDLERS = 0x0d00,
    AT_DIRECTORY = 0x8000,
    AT_TABLE = 0x9000,
    AT_CODE = 0x10000,
    AT_DATA = 0x20000,
    AT_STACK = 0x30000,
    SLICES = 60,

};

#define MODEL CPU_PENTIUM2

enum kind { REAL, FLAT, PAGED, KINDS };

struct side {
    uint8_t *ram;
    struct memory *memory;
    struct bus *bus;
    struct vclock *clock;
    struct cpu *cpu;
    uint64_t begin;
    struct mem_region *device; /* in place of the data, in some programs */
    uint32_t latch;            /* all that was done to it, and when */
};

static unsigned programs = 400;
static bool single;
static uint64_t first_seed = 1, rng;
static struct side sides[2]; /* interpreter, translator */
static bool numeric;         /* mostly x87 and MMX in this program, else little of it */
static uint64_t executed;
static unsigned explained;
static bool quiet;

static uint32_t rnd(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (uint32_t)(rng >> 16);
}

static bool one_in(unsigned n)
{
    return rnd() % n == 0;
}

/* ---- code ---- */

/* Rows that leave nothing undefined (but what every host and the interpreter make of AND, OR, XOR,
 * TEST and shifts by one), and that do not leave the program at once. */
static bool wanted(const struct insn_row *row)
{
    static const char *const not [] = {
        "hlt", "rdtsc", "cpuid", "lmsw", "wrmsr", "rdmsr", "rdpmc"
    };

    if ((row->undefined & ~(unsigned)FL_AF) || row->since > insn_model_level(MODEL) ||
        (row->attr & A_CONDU))
        return false;
    for (unsigned n = 0; n < 3; n++) {
        if (row->op[n] == OP_Ap || row->op[n] == OP_Mp || row->op[n] == OP_Cd ||
            row->op[n] == OP_Dd || row->op[n] == OP_Td || row->op[n] == OP_Ms)
            return false;
    }
    for (unsigned n = 0; n < sizeof(not ) / sizeof(not [0]); n++) {
        if (!strcmp(row->name, not [n]))
            return false;
    }
    return !strstr(row->name, "far") && !(row->attr & A_PROT);
}

static unsigned put_modrm(uint8_t *p, const struct insn_row *row)
{
    unsigned form = row->form, reg = INSN_FORM_REG(form), rm = INSN_FORM_RM(form);
    unsigned mod = (form & FORM_MOD) == FORM_MOD_REG   ? 3
                   : (form & FORM_MOD) == FORM_MOD_MEM ? rnd() % 3
                                                       : rnd() % 4;

    *p = (uint8_t)(mod << 6 | (reg < 8 ? reg : rnd() % 8) << 3 | (rm < 8 ? rm : rnd() % 8));
    return 1;
}

/* Puts one instruction at p; its length. */
static unsigned put_insn(uint8_t *p, bool code32)
{
    const struct insn_row *row;
    unsigned n = 0, opcode_at;
    struct insn i;

    do {
        row = &insn_rows[rnd() % insn_row_count];
    } while (!wanted(row) ||
             (row->attr & (A_X87 | A_MMX) ? !numeric && !one_in(4) : numeric && !one_in(8)));
    if (one_in(8))
        p[n++] = 0x66;
    if (one_in(12))
        p[n++] = 0x67;
    if (one_in(10))
        p[n++] = "\x26\x2e\x36\x3e\x64\x65"[rnd() % 6];
    if ((row->attr & A_STR) && one_in(2))
        p[n++] = 0xf2 | (rnd() & 1);
    if (row->map == MAP_TWO)
        p[n++] = 0x0f;
    opcode_at = n;
    p[n++] = row->opcode;
    for (unsigned k = 0; k < 14; k++)
        p[n + k] = (uint8_t)(one_in(3) ? 0 : rnd());
    put_modrm(p + n, row);
    (void)opcode_at;
    if (insn_decode(&i, p, 15, code32, insn_model_level(MODEL)) != INSN_OK)
        return n + 1;
    if (row->op[0] == OP_Jb || row->op[0] == OP_Jz) { /* not far from here */
        unsigned size = row->op[0] == OP_Jb ? 1 : i.flags & INSN_OP32 ? 4 : 2;
        int32_t by = (int32_t)(rnd() % 80) - 40;

        memcpy(p + i.len - size, &by, size);
    }
    return i.len;
}

static void fill(uint8_t *ram, bool code32)
{
    for (unsigned at = 0; at < RAM; at++)
        ram[at] = (uint8_t)(rnd() & (one_in(4) ? 0 : 0xff));
    for (unsigned at = AT_CODE; at < AT_CODE + 0xfff0;)
        at += put_insn(ram + at, code32);
}

/* ---- the machine around it ---- */

static void put32(uint8_t *ram, uint32_t at, uint32_t value)
{
    memcpy(ram + at, &value, 4);
}

static void real_vectors(uint8_t *ram)
{
    /* push bp; mov bp,sp; inc word [bp+2]; pop bp; iret */
    memcpy(ram + AT_HANDLERS, "\x55\x89\xe5\xff\x46\x02\x5d\xcf", 8);
    for (unsigned v = 0; v < 256; v++)
        put32(ram, v * 4, AT_HANDLERS);
}

static void protected_vectors(uint8_t *ram)
{
    memcpy(ram + AT_HANDLERS, "\xff\x04\x24\xcf", 4); /* inc dword [esp]; iretd */
    memcpy(ram + AT_HANDLERS + 16, "\x83\xc4\x04\xff\x04\x24\xcf", 7);
    for (unsigned v = 0; v < 256; v++) {
        bool code = v == 8 || (v >= 10 && v <= 14) || v == 17;

        put32(ram, AT_IDT + v * 8, 8 << 16 | (AT_HANDLERS + (code ? 16 : 0)));
        put32(ram, AT_IDT + v * 8 + 4, 0x8e00);
    }
    put32(ram, AT_GDT + 8, 0x0000ffff);
    put32(ram, AT_GDT + 12, 0x00cf9b00);
    put32(ram, AT_GDT + 16, 0x0000ffff);
    put32(ram, AT_GDT + 20, 0x00cf9300);
}

static void page_tables(uint8_t *ram)
{
    for (unsigned n = 0; n < 1024; n++) {
        uint32_t page = n % (RAM / MEM_PAGE), bits = 0x63;

        if (n >= AT_DATA / MEM_PAGE && one_in(6))
            bits = one_in(2) ? 0 : 0x21;
        else if (n > AT_STACK / MEM_PAGE + 8)
            page = rnd() % (RAM / MEM_PAGE);
        if (one_in(4) && bits)
            bits &= ~0x60u; /* not yet used */
        put32(ram, AT_TABLE + n * 4, page << 12 | bits);
        put32(ram, AT_DIRECTORY + n * 4, 0);
    }
    put32(ram, AT_DIRECTORY, AT_TABLE | 0x63);
}

static uint32_t any_value(uint32_t base)
{
    return one_in(3) ? rnd() & 0xff : one_in(3) ? base + (rnd() & 0x3fff) : rnd();
}

static void start_state(struct x86_state *x, enum kind kind)
{
    memset(x, 0, sizeof(*x));
    x86_reset(x, MODEL, 0);
    for (unsigned s = 0; s < 6; s++) {
        uint16_t at = (uint16_t)(s == S_CS   ? AT_CODE / 16
                                 : s == S_SS ? AT_STACK / 16
                                             : (one_in(3) ? AT_CODE : AT_DATA) / 16 + rnd() % 64);

        x->seg[s] = (struct x86_segment){
            .selector = at, .base = at * 16u, .limit = 0xffff, .attr = SEG_P | SEG_S | SEG_W | SEG_A
        };
        if (kind != REAL) {
            x->seg[s].selector = s == S_CS ? 8 : 16;
            x->seg[s].base = 0;
            x->seg[s].limit = UINT32_MAX;
            x->seg[s].attr |= SEG_G | SEG_DB | (s == S_CS ? SEG_CODE : 0);
        }
    }
    x->cr0 = CR0_ET | CR0_NE;
    x->eflags = FL_ONE;
    for (unsigned r = 0; r < 8; r++)
        x->gpr[r] = any_value(kind == REAL ? 0 : one_in(4) ? AT_CODE : AT_DATA);
    x->gpr[R_ESP] = (kind == REAL ? 0x8000 : AT_STACK + 0x8000) - rnd() % 64;
    x->eip = (kind == REAL ? 0 : AT_CODE) + rnd() % 256;
    x->fpu.fcw = one_in(3) ? 0x37f & ~(rnd() & 0x3f) : 0x37f;
    x->fpu.ftw = 0xffff;
    if (kind == REAL)
        return;
    x->cr0 |= CR0_PE;
    x->idtr = (struct x86_table){ AT_IDT, 0x7ff, 0 };
    x->gdtr = (struct x86_table){ AT_GDT, 0x1f, 0 };
    if (kind == PAGED) {
        x->cr0 |= CR0_PG | CR0_WP;
        x->cr3 = AT_DIRECTORY;
    }
}

/* ---- both ---- */

static uint8_t vector(void *ctx)
{
    (void)ctx;
    return 0x20;
}

static void pin(void *ctx, bool level)
{
    (void)ctx;
    (void)level;
}

/* Since the program began */
static uint64_t insns(const struct side *s)
{
    return s->cpu->ops->icount(s->cpu) - s->begin;
}

static uint32_t device_read(void *ctx, uint32_t offset, unsigned size)
{
    struct side *s = ctx;

    s->latch = (s->latch ^ offset ^ size << 12) * 2654435761u + (uint32_t)insns(s);
    return s->latch;
}

static void device_write(void *ctx, uint32_t offset, uint32_t value, unsigned size)
{
    struct side *s = ctx;

    s->latch = (s->latch ^ offset ^ size << 12 ^ value) * 2246822519u + (uint32_t)insns(s);
}

static const struct mem_ops device_ops = { device_read, device_write, 1 | 2 | 4 };

static void memory_changed(void *ctx)
{
    struct side *s = ctx;

    if (s->cpu)
        s->cpu->ops->remapped(s->cpu);
}

static void open_side(struct side *s, const struct cpu_ops *ops)
{
    struct cpu_host host = { .intack = vector, .ferr = pin };
    struct error err;

    s->ram = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    host.memory = s->memory = mem_new();
    host.bus = s->bus = bus_new();
    host.clock = s->clock = vclock_new();
    ck_assert(mem_add_ram(s->memory, "ram", 0, RAM, 0, s->ram, &err) != NULL);
    s->device = mem_add_mmio(s->memory, "device", AT_DATA, 0x4000, 1, &device_ops, s, &err);
    ck_assert(s->device != NULL);
    mem_set_listener(s->memory, memory_changed, NULL, s);
    s->cpu = ops->create(MODEL, &host, &err);
    ck_assert(s->cpu != NULL);
}

static void close_side(struct side *s)
{
    s->cpu->ops->destroy(s->cpu);
    mem_set_listener(s->memory, NULL, NULL, NULL);
    mem_free(s->memory);
    bus_free(s->bus);
    vclock_free(s->clock);
    munmap(s->ram, RAM);
}

static bool same(enum cpu_exit a, enum cpu_exit b, const char **what)
{
    struct x86_state x[2];

    for (unsigned n = 0; n < 2; n++)
        sides[n].cpu->ops->get(sides[n].cpu, &x[n]);
    if ((x[0].eflags ^ x[1].eflags) & FL_ARITH) {
        *what = "flags";
        return false;
    }
    *what = a != b ? "exit" : memcmp(&x[0], &x[1], sizeof(x[0])) ? "state" : "memory";
    return a == b && !memcmp(&x[0], &x[1], sizeof(x[0])) && insns(&sides[0]) == insns(&sides[1]) &&
           sides[0].latch == sides[1].latch && !memcmp(sides[0].ram, sides[1].ram, RAM);
}

static void print_difference(uint64_t seed, unsigned slice, const char *what)
{
    struct x86_state x[2];

    printf("program %llu, slice %u: %s\n", (unsigned long long)seed, slice, what);
    for (unsigned n = 0; n < 2; n++) {
        sides[n].cpu->ops->get(sides[n].cpu, &x[n]);
        printf("  %s", n ? "translated " : "interpreted");
        for (unsigned r = 0; r < 8; r++)
            printf(" %08x", x[n].gpr[r]);
        printf(" eip %08x fl %08x\n", x[n].eip, x[n].eflags);
    }
    for (unsigned at = 0; at < sizeof(x[0]); at++) {
        if (((uint8_t *)&x[0])[at] != ((uint8_t *)&x[1])[at])
            printf("  byte %u of the state: %02x, %02x\n", at, ((uint8_t *)&x[0])[at],
                   ((uint8_t *)&x[1])[at]);
    }
    for (unsigned at = 0; at < RAM; at++) {
        if (sides[0].ram[at] != sides[1].ram[at]) {
            printf("  memory at %05x: %02x, %02x\n", at, sides[0].ram[at], sides[1].ram[at]);
            break;
        }
    }
}

/* Does an instruction of the slice's blocks leave flags undefined? */
static bool is_explained(void)
{
    const struct xlat *t = ((struct interp *)sides[1].cpu)->xl.xlat;

    for (unsigned n = 0; n < t->trace_count && n < XLAT_TRACE; n++) {
        const struct xlat_trace *entry = &t->trace[n];
        uint32_t at = entry->phys;

        for (unsigned k = 0; k < entry->count && at < RAM - 16; k++) {
            struct insn i;

            if (insn_decode(&i, sides[1].ram + at, 15, entry->code32, insn_model_level(MODEL)))
                break;
            if (insn_rows[i.row].undefined & ~(unsigned)FL_AF)
                return true;
            at += i.len;
        }
    }
    return false;
}

/* The blocks that ran in the slice, with the code as it is now. */
static void print_trace(void)
{
    const struct xlat *t = ((struct interp *)sides[1].cpu)->xl.xlat;
    unsigned count = t->trace_count < 12 ? t->trace_count : 12;

    for (unsigned n = count; n-- > 0;) {
        const struct xlat_trace *entry = &t->trace[(t->trace_count - 1 - n) % XLAT_TRACE];
        uint32_t at = entry->phys;

        printf("    %s\n", entry->translated ? "translated" : "interpreted");
        for (unsigned k = 0; k < entry->count && at < RAM - 16; k++) {
            char text[128];
            struct insn i;

            insn_decode(&i, sides[1].ram + at, 15, entry->code32, insn_model_level(MODEL));
            insn_format(&i, entry->eip + (at - entry->phys), text, sizeof(text));
            printf("      %05x  %s\n", at, text);
            at += i.len;
        }
    }
}

static bool run_program(uint64_t seed)
{
    enum kind kind = seed % KINDS;
    struct interp *translator = (struct interp *)sides[1].cpu;
    struct x86_state x;
    struct error err;
    bool device;

    rng = seed * 0x9e3779b97f4a7c15u + 1;
    numeric = one_in(4);
    device = one_in(4);
    fill(sides[0].ram, kind != REAL);
    if (kind == REAL)
        real_vectors(sides[0].ram);
    else
        protected_vectors(sides[0].ram);
    if (kind == PAGED)
        page_tables(sides[0].ram);
    memcpy(sides[1].ram, sides[0].ram, RAM);
    start_state(&x, kind);
    for (unsigned n = 0; n < 2; n++) {
        sides[n].cpu->ops->set(sides[n].cpu, &x, &err);
        sides[n].latch = 0;
        mem_move(sides[n].device, AT_DATA, device);
        sides[n].begin = sides[n].cpu->ops->icount(sides[n].cpu);
    }
    translator->xl.xlat->heat = rnd() % 3;
    for (unsigned slice = 0; slice < SLICES; slice++) {
        const struct cpu_slice length = { .insns = 1 + rnd() % (one_in(2) ? 20 : 400) };
        enum cpu_exit exits[2];
        const char *what;
        bool intr = one_in(8);

        translator->xl.xlat->trace_count = 0;

        for (unsigned n = 0; n < 2; n++) {
            struct cpu *cpu = sides[n].cpu;

            cpu->ops->set_intr(cpu, intr);
            exits[n] = cpu->ops->run(cpu, &length);
        }
        if (!same(exits[0], exits[1], &what)) {
            if (translator->xl.xlat->single && is_explained()) {
                explained++;
                return true;
            }
            if (quiet)
                return false;
            print_difference(seed, slice, what);
            if (translator->xl.xlat->single)
                print_trace();
            return false;
        }
        executed += length.insns;
        if (exits[0] == CPU_EXIT_SHUTDOWN || exits[0] == CPU_EXIT_HALT)
            break;
    }
    return true;
}

/* Jumps into the middle of instructions make some that leave flags undefined, which are then the
 * host's.  So a program that differs runs again unlinked, which tells its last blocks. */
static bool agrees(uint64_t seed)
{
    struct xlat *t = ((struct interp *)sides[1].cpu)->xl.xlat;
    unsigned before = explained;

    quiet = !single;
    if (run_program(seed))
        return true;
    t->single = true;
    quiet = false;
    if (run_program(seed) && explained == before)
        printf("program %llu differs only when its blocks are linked\n", (unsigned long long)seed);
    t->single = single;
    return explained != before;
}

START_TEST(random_programs_do_the_same)
{
    const char *why_not;
    unsigned differ = 0;
    struct xlat *t;

    if (!xlat_possible(&why_not)) {
        check_skip(why_not);
        return;
    }
    open_side(&sides[0], &interp_ops);
    open_side(&sides[1], &translate_ops);
    t = ((struct interp *)sides[1].cpu)->xl.xlat;
    t->single = single;
    for (uint64_t seed = first_seed; seed < first_seed + programs && differ < 10; seed++)
        differ += !agrees(seed);
    printf("%u programs, %llu instructions, %llu blocks translated, %llu faults, %u ended by "
           "undefined flags, %u differ\n",
           programs, (unsigned long long)executed, (unsigned long long)t->translated,
           (unsigned long long)t->faults, explained, differ);
    for (unsigned n = 0; n < 2; n++)
        close_side(&sides[n]);
    ck_assert_uint_eq(differ, 0);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("soup");

    if (argc > 1)
        programs = (unsigned)strtoul(argv[1], NULL, 0);
    if (argc > 2)
        first_seed = strtoull(argv[2], NULL, 0);
    single = argc > 3;
    CHECK_CASE(suite, "soup", random_programs_do_the_same);
    return check_main(suite);
}
