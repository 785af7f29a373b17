/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translator against the interpreter: two machines of the same kind, counted time, one on each
 * engine, go forward in small steps; after each step registers, flags, segments, x87 and everything
 * else in the CPU's state are compared, every so often all memory, and at the end the whole saved
 * states.  The first difference ends the run with the code that was executed in that step.
 *
 * lockstep IMAGE|freedos [--disk] [--insns N] [--step N] [--memory MB] [--cpu N] [--chained]
 * [--type TEXT]
 * lockstep --kernel FILE [--initrd FILE] [--cmdline TEXT] ...
 *
 * Without --chained translated blocks are not linked, so that the blocks of the last step are
 * known.  TEXT is typed when a DOS prompt is on the screen.  A floppy unless --disk.  What a kernel
 * sends to its serial port is printed, without its control characters.
 *
 * Flags that an instruction leaves undefined may differ: they are what the host makes of them.
 * Differences that the instructions of the step explain are counted and taken over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cpu/translate/xlat.h"
#include "core/cpu/x86_fields.h"
#include "core/memory.h"
#include "tests/check_main.h"
#include "tests/guest/linux_bench.h"

enum { NS_PER_INSN = 50, MEMORY_STEPS = 8 /* for each MB of memory */ };

static struct {
    const char *image, *type, *kernel, *initrd, *cmdline;
    bool disk, chained;
    uint64_t insns, step;
    unsigned memory, cpu;
} options = { .insns = 100000000, .step = 1000, .memory = 4, .cpu = CPU_PENTIUM2, .cmdline = "" };

static struct bench *own, *other; /* interpreter, translator */
static struct x86_state before;   /* of the last step */
static uint64_t taken_over;
static void *images[2];
static struct linux_guest guests[2];

static struct interp *inside(struct bench *b)
{
    return (struct interp *)machine_cpu(b->machine);
}

static void state_of(struct bench *b, struct x86_state *x)
{
    struct cpu *cpu = machine_cpu(b->machine);

    cpu->ops->get(cpu, x);
}

/* ---- what was executed ---- */

static void print_block(struct bench *b, const struct xlat_trace *entry)
{
    struct memory *memory = machine_board(b->machine)->memory;
    uint32_t eip = entry->eip;
    char text[128];

    for (unsigned n = 0; n < entry->count; n++) {
        uint8_t bytes[16];
        struct insn i;

        for (unsigned k = 0; k < 16; k++)
            bytes[k] = (uint8_t)mem_read(memory, entry->phys + (eip - entry->eip) + k, 1);
        insn_decode(&i, bytes, 15, entry->code32, insn_model_level(options.cpu));
        insn_format(&i, eip, text, sizeof(text));
        printf("    %08x  %s\n", eip, text);
        eip += i.len;
    }
}

static void print_trace(void)
{
    const struct xlat *t = inside(other)->xl.xlat;
    unsigned count = t->trace_count < XLAT_TRACE ? t->trace_count : XLAT_TRACE;

    for (unsigned n = count < 64 ? count : 64; n-- > 0;) {
        const struct xlat_trace *entry = &t->trace[(t->trace_count - 1 - n) % XLAT_TRACE];

        printf("  %s block at physical %08x\n", entry->translated ? "translated" : "interpreted",
               entry->phys);
        print_block(other, entry);
    }
}

static void print_state(const char *name, const struct x86_state *x)
{
    printf("%-12s eax %08x ecx %08x edx %08x ebx %08x esp %08x ebp %08x esi %08x edi %08x\n"
           "             eip %08x eflags %08x es %04x cs %04x ss %04x ds %04x fs %04x gs %04x\n",
           name, x->gpr[0], x->gpr[1], x->gpr[2], x->gpr[3], x->gpr[4], x->gpr[5], x->gpr[6],
           x->gpr[7], x->eip, x->eflags, x->seg[0].selector, x->seg[1].selector, x->seg[2].selector,
           x->seg[3].selector, x->seg[4].selector, x->seg[5].selector);
}

/* ---- comparing ---- */

/* Flags that the step's instructions may have left undefined. */
static uint32_t may_differ(void)
{
    const struct xlat *t = inside(other)->xl.xlat;
    struct memory *memory = machine_board(other->machine)->memory;
    uint32_t flags = 0;

    for (unsigned n = 0; n < t->trace_count && n < XLAT_TRACE; n++) {
        const struct xlat_trace *entry = &t->trace[n];
        uint32_t at = entry->phys;

        for (unsigned k = 0; k < entry->count; k++) {
            uint8_t bytes[16];
            struct insn i;

            for (unsigned b = 0; b < 16; b++)
                bytes[b] = (uint8_t)mem_read(memory, at + b, 1);
            if (insn_decode(&i, bytes, 15, entry->code32, insn_model_level(options.cpu)) != INSN_OK)
                break;
            flags |= insn_rows[i.row].undefined;
            at += i.len;
        }
    }
    return flags;
}

static bool same_memory(void)
{
    const struct board *a = machine_board(own->machine), *b = machine_board(other->machine);

    for (unsigned n = 0; n < a->block_count; n++) {
        const uint8_t *p = a->blocks[n].host, *q = b->blocks[n].host;

        if (!memcmp(p, q, a->blocks[n].size))
            continue;
        for (uint32_t at = 0; at < a->blocks[n].size; at++) {
            if (p[at] != q[at]) {
                printf("%s differs at %08x: %02x interpreted, %02x translated\n", a->blocks[n].name,
                       at, p[at], q[at]);
                break;
            }
        }
        return false;
    }
    return true;
}

/* The translator goes on with the interpreter's flags. */
static void take_over(struct x86_state *x, uint32_t eflags)
{
    struct interp *c = inside(other);

    x->eflags = eflags;
    cpu_set_arith(c, eflags, FL_ARITH);
    taken_over++;
}

static bool same_state(void)
{
    struct x86_state a, b;
    uint32_t differ;

    state_of(own, &a);
    state_of(other, &b);
    differ = a.eflags ^ b.eflags;
    if (differ && !(differ & ~(may_differ() & (uint32_t)FL_ARITH)))
        take_over(&b, a.eflags);
    if (!memcmp(&a, &b, sizeof(a)) && bench_insns(own) == bench_insns(other)) {
        before = a;
        return true;
    }
    printf("after %llu and %llu instructions:\n", (unsigned long long)bench_insns(own),
           (unsigned long long)bench_insns(other));
    print_state("before", &before);
    print_state("interpreted", &a);
    print_state("translated", &b);
    if (!memcmp(&a.gpr, &b.gpr, sizeof(a.gpr)) && !differ && a.eip == b.eip)
        printf("the difference lies elsewhere in the state\n");
    return false;
}

static bool same_saved(void)
{
    struct bench_bytes a = bench_save(own), b = bench_save(other);
    bool same = a.size == b.size && !memcmp(a.data, b.data, a.size);

    if (!same)
        printf("the saved states differ (%zu and %zu bytes)\n", a.size, b.size);
    free(a.data);
    free(b.data);
    return same;
}

/* ---- running ---- */

static void type_at_prompt(void)
{
    if (!options.type || !bench_on_screen(own, "A:\\>"))
        return;
    bench_type(own, options.type);
    bench_type(other, options.type);
    options.type = NULL;
}

/* What the kernel has said since the last time, lines of it. */
static void print_said(void)
{
    static size_t printed;
    const struct test_line *line = &guests[0].line;
    size_t end = line->length;

    while (end > printed && line->text[end - 1] != '\n')
        end--;
    for (; printed < end; printed++)
        if (line->text[printed] == '\n' || (line->text[printed] & 0x7f) >= ' ')
            putchar(line->text[printed]);
    fflush(stdout);
}

static bool run(void)
{
    struct xlat *t = inside(other)->xl.xlat;
    uint64_t now = bench_now(own);

    for (unsigned n = 1; bench_insns(own) < options.insns; n++) {
        now += options.step * NS_PER_INSN;
        t->trace_count = 0;
        machine_run_until(own->machine, now);
        machine_run_until(other->machine, now);
        if (!same_state() || (n % (MEMORY_STEPS * options.memory) == 0 && !same_memory())) {
            print_trace();
            return false;
        }
        if (own->machine && machine_status(own->machine) != MACHINE_RUNNING)
            break;
        if (n % 1024 == 0) {
            type_at_prompt();
            print_said();
        }
    }
    return same_memory() && same_saved();
}

static struct bench *make(const struct cpu_ops *engine)
{
    struct bench_setup setup = {
        .engine = engine, .cpu = options.cpu, .memory = options.memory, .disk_fast = true
    };
    struct linux_guest *guest = &guests[guests[0].bench != NULL];
    struct bench_bytes image;

    if (options.kernel) {
        linux_guest_start(guest, options.kernel, options.initrd, options.cmdline, setup);
        return guest->bench;
    }
    image = strcmp(options.image, "freedos") ? bench_file(options.image) : bench_freedos();
    if (!image.data) {
        fprintf(stderr, "lockstep: %s cannot be read\n", options.image);
        exit(2);
    }
    if (options.disk)
        setup.disk = image;
    else
        setup.floppy = image;
    images[images[0] != NULL] = image.data;
    return bench_new(&setup);
}

static void read_options(int argc, char **argv)
{
    for (int n = 1; n < argc; n++) {
        const char *next = n + 1 < argc ? argv[n + 1] : "0";

        if (argv[n][0] != '-')
            options.image = argv[n];
        else if (!strcmp(argv[n], "--disk"))
            options.disk = true;
        else if (!strcmp(argv[n], "--chained"))
            options.chained = true;
        else if (!strcmp(argv[n], "--insns"))
            options.insns = strtoull(next, NULL, 0), n++;
        else if (!strcmp(argv[n], "--step"))
            options.step = strtoull(next, NULL, 0), n++;
        else if (!strcmp(argv[n], "--memory"))
            options.memory = (unsigned)atoi(next), n++;
        else if (!strcmp(argv[n], "--cpu"))
            options.cpu = (unsigned)atoi(next) % CPU_MODELS, n++;
        else if (!strcmp(argv[n], "--kernel"))
            options.kernel = next, n++;
        else if (!strcmp(argv[n], "--initrd"))
            options.initrd = next, n++;
        else if (!strcmp(argv[n], "--cmdline"))
            options.cmdline = next, n++;
        else if (!strcmp(argv[n], "--type"))
            options.type = next, n++;
    }
    if (!options.image == !options.kernel || !options.step) {
        fprintf(stderr, "lockstep IMAGE|--kernel FILE [--initrd FILE] [--cmdline TEXT] [--disk] "
                        "[--insns N] [--step N] [--memory MB] [--cpu 0-2] [--chained] "
                        "[--type TEXT]\n");
        exit(2);
    }
}

START_TEST(both_engines_do_the_same)
{
    const struct xlat *t;
    const char *why_not;
    bool same;

    if (!xlat_possible(&why_not)) {
        check_skip(why_not);
        return;
    }
    if (options.image && !strcmp(options.image, "freedos")) { /* skips where it is not there */
        struct bench_bytes there = bench_freedos();

        free(there.data);
        if (!there.data)
            return;
    }
    own = make(&interp_ops);
    other = make(&translate_ops);
    t = inside(other)->xl.xlat;
    inside(other)->xl.xlat->single = !options.chained;
    same = run();
    printf("%llu instructions, %llu blocks translated, %llu faults, %llu flag differences taken "
           "over: %s\n",
           (unsigned long long)bench_insns(own), (unsigned long long)t->translated,
           (unsigned long long)t->faults, (unsigned long long)taken_over,
           same ? "no difference" : "DIFFERENT");
    if (options.kernel) {
        linux_guest_end(&guests[0]);
        linux_guest_end(&guests[1]);
    } else {
        bench_free(own);
        bench_free(other);
        free(images[0]);
        free(images[1]);
    }
    ck_assert(same);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("lockstep");

    read_options(argc, argv);
    CHECK_CASE(suite, "lockstep", both_engines_do_the_same);
    return check_main(suite);
}
