/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another thread stops translated code.  What is asserted is counted in instructions: from
 * a kick to the end of the run no more than a block, and that nothing is lost or executed twice.
 * How long that takes is printed only; on a busy host it says little.
 *
 * test_stop [KICKS]: of each loop (100)
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "core/bus.h"
#include "core/cpu/translate/xlat.h"
#include "core/memory.h"
#include "tests/check_main.h"

enum { RAM = 1 << 20, CODE = 0x10000 };

struct loop {
    const char *name, *code;
    unsigned size;
};

#define LOOP(name, code)                                                                           \
    {                                                                                              \
        name, code, sizeof(code) - 1                                                               \
    }

static const struct loop loops[] = {
    /* l: inc bx; jmp l */
    LOOP("jump", "\x43\xeb\xfd"),
    /* l: mov ax,[bx]; add ax,cx; mov [bx],ax; add bx,2; cmp bx,4000h; jb l; xor bx,bx; jmp l */
    LOOP("words", "\x8b\x07\x01\xc8\x89\x07\x83\xc3\x02\x81\xfb\x00\x40\x72\xf1\x31\xdb\xeb\xed"),
    /* l: call f; inc ax; jmp l; f: push bx; pop bx; ret */
    LOOP("calls", "\xe8\x03\x00\x40\xeb\xfa\x53\x5b\xc3"),
    /* l: xor si,si; mov di,8000h; mov cx,4000h; rep movsb; inc bx; jmp l */
    LOOP("rep movs", "\x31\xf6\xbf\x00\x80\xb9\x00\x40\xf3\xa4\x43\xeb\xf3"),
    /* fninit; fld1; l: fadd st,st(0); fld st(0); fstp st(1); fld1; fstp st(1); inc bx; jmp l */
    LOOP("x87", "\xdb\xe3\xd9\xe8\xd8\xc0\xd9\xc0\xdd\xd9\xd9\xe8\xdd\xd9\x43\xeb\xf3"),
    /* l: pusha; popa; inc word [2000h]; jmp l: handlers of the interpreter */
    LOOP("handlers", "\x60\x61\xff\x06\x00\x20\x43\x43\x43\x43\x43\x43\xeb\xf2"),
};
enum { LOOPS = sizeof(loops) / sizeof(loops[0]) };

static unsigned kicks = 100;

struct rig {
    struct memory *memory;
    struct bus *bus;
    uint8_t *ram;
    struct cpu *cpu;
};

static uint8_t no_interrupt(void *ctx)
{
    (void)ctx;
    return 0xff;
}

static void no_pin(void *ctx, bool level)
{
    (void)ctx;
    (void)level;
}

static void make(struct rig *r, const struct cpu_ops *engine, const struct loop *loop)
{
    struct error err = { { 0 } };
    struct cpu_host host = { .intack = no_interrupt, .ferr = no_pin };
    struct x86_state x;

    r->memory = host.memory = mem_new();
    r->bus = host.bus = bus_new();
    r->ram = aligned_alloc(MEM_PAGE, RAM);
    memset(r->ram, 0, RAM);
    memcpy(r->ram + CODE, loop->code, loop->size);
    mem_add_ram(r->memory, "ram", 0, RAM, 0, r->ram, NULL);
    r->cpu = engine->create(CPU_486, &host, &err);
    ck_assert_msg(r->cpu != NULL, "%s", err.text);
    r->cpu->ops->get(r->cpu, &x);
    x86_reset(&x, CPU_486, false);
    for (unsigned i = 0; i < 6; i++) {
        x.seg[i].selector = i == S_CS ? CODE >> 4 : 0;
        x.seg[i].base = i == S_CS ? CODE : 0;
    }
    x.gpr[R_ESP] = 0x7000;
    x.eip = 0;
    x.cr0 &= ~(uint32_t)CR0_EM;
    ck_assert(r->cpu->ops->set(r->cpu, &x, &err));
}

static void end(struct rig *r)
{
    r->cpu->ops->destroy(r->cpu);
    mem_free(r->memory);
    bus_free(r->bus);
    free(r->ram);
}

static bool have_translator(void)
{
    const char *why_not;

    if (xlat_possible(&why_not))
        return true;
    check_skip(why_not);
    return false;
}

/* ---- the kicking thread ---- */

static struct cpu *victim;
static _Atomic unsigned turn;      /* odd: a kick is wanted */
static _Atomic uint64_t kicked_at; /* ns */
static atomic_bool over;
static bool by_signal;
static pthread_t runner;

/* Kicks by a signal handler on the running thread: where it was, and what it had executed. */
static unsigned inside;
static uint64_t insns_then;
static bool was_inside;

static void on_signal(int number, siginfo_t *info, void *context)
{
    const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    const struct interp *c = (const struct interp *)victim;
    const struct xlat *t = c->xl.xlat;
    uint64_t at = (uint64_t)regs[REG_RIP];

    (void)number;
    (void)info;
    was_inside = at >= (uintptr_t)t->rx + t->start && at < (uintptr_t)t->rx + t->used;
    insns_then = c->icount_end - (uint64_t)(regs[REG_R14] + c->budget_rest);
    inside += was_inside;
    victim->ops->kick(victim);
}

static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void *kicker(void *arg)
{
    unsigned done = 0, pause = 1;

    while (!atomic_load(&over)) {
        unsigned wanted = atomic_load(&turn);

        if (wanted == done) {
            sched_yield();
            continue;
        }
        done = wanted;
        pause = pause * 1103515245u + 12345u;
        usleep(20 + pause / 65536 % 100);
        atomic_store(&kicked_at, now_ns());
        if (by_signal)
            pthread_kill(runner, SIGUSR1);
        else
            victim->ops->kick(victim);
    }
    return arg;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void print(const struct loop *loop, uint64_t *took)
{
    qsort(took, kicks, sizeof(*took), by_value);
    printf("%-9s %u kicks: half within %.1f us, 90 %% %.1f, 99 %% %.1f, all %.1f\n", loop->name,
           kicks, (double)took[kicks / 2] / 1e3, (double)took[kicks * 9 / 10] / 1e3,
           (double)took[kicks * 99 / 100] / 1e3, (double)took[kicks - 1] / 1e3);
}

/* What was executed after a signal found translated code, at most. */
static uint64_t kick_often(struct rig *r, const struct loop *loop)
{
    const struct cpu_slice slice = { (uint64_t)1 << 40, UINT64_MAX };
    const struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
    uint64_t *took = calloc(kicks, sizeof(*took)), most = 0;
    pthread_t thread;

    victim = r->cpu;
    runner = pthread_self();
    inside = 0;
    sigaction(SIGUSR1, &action, NULL);
    atomic_store(&over, false);
    atomic_store(&turn, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, kicker, NULL), 0);
    for (unsigned i = 0; i < kicks; i++) {
        was_inside = false;
        atomic_store(&turn, i + 1);
        ck_assert_int_eq(r->cpu->ops->run(r->cpu, &slice), CPU_EXIT_KICK);
        took[i] = now_ns() - atomic_load(&kicked_at);
        if (was_inside && r->cpu->ops->icount(r->cpu) > insns_then + most)
            most = r->cpu->ops->icount(r->cpu) - insns_then;
    }
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    if (!by_signal)
        print(loop, took);
    free(took);
    return most;
}

START_TEST(a_kick_by_another_thread_ends_the_run)
{
    struct rig r;

    if (!have_translator())
        return;
    make(&r, &translate_ops, &loops[_i]);
    by_signal = false;
    kick_often(&r, &loops[_i]);
    end(&r);
}
END_TEST

START_TEST(after_a_kick_no_further_block_is_executed)
{
    struct rig r;

    if (!have_translator())
        return;
    make(&r, &translate_ops, &loops[_i]);
    by_signal = true;
    /* A repeated string instruction looks after each page. */
    ck_assert_uint_le(kick_often(&r, &loops[_i]),
                      strcmp(loops[_i].name, "rep movs") ? BLOCK_INSNS : BLOCK_INSNS + MEM_PAGE);
    if (_i < 3) /* translated as a whole; the others are the interpreter's for a part */
        ck_assert_uint_gt(inside, 0);
    end(&r);
}
END_TEST

/* ---- nothing is lost ---- */

START_TEST(stopped_code_does_what_it_does_without)
{
    struct rig r, plain;
    struct x86_state a, b;
    struct cpu_slice slice = { 0, UINT64_MAX };
    unsigned all = kicks;

    if (!have_translator())
        return;
    make(&r, &translate_ops, &loops[_i]);
    kicks = kicks < 200 ? kicks : 200;
    by_signal = true;
    kick_often(&r, &loops[_i]);
    kicks = all;
    slice.insns = r.cpu->ops->icount(r.cpu);
    r.cpu->ops->get(r.cpu, &a);
    make(&plain, &interp_ops, &loops[_i]);
    plain.cpu->ops->run(plain.cpu, &slice);
    plain.cpu->ops->get(plain.cpu, &b);
    ck_assert_uint_eq(plain.cpu->ops->icount(plain.cpu), slice.insns);
    ck_assert_mem_eq(a.gpr, b.gpr, sizeof(a.gpr));
    ck_assert_uint_eq(a.eip, b.eip);
    ck_assert_uint_eq(a.fpu.fsw, b.fpu.fsw);
    ck_assert_mem_eq(r.ram, plain.ram, RAM);
    end(&plain);
    end(&r);
}
END_TEST

/* ---- by the guest itself ---- */

enum { STRANGE = 0x8000, WRITES = 12 };

static unsigned written;

static uint32_t nothing(void *ctx, uint32_t offset, unsigned size)
{
    (void)ctx;
    (void)offset;
    return size;
}

static void kick_now_and_then(void *ctx, uint32_t offset, uint32_t value, unsigned size)
{
    (void)ctx;
    (void)offset;
    (void)value;
    (void)size;
    if (++written % WRITES == 0)
        victim->ops->kick(victim);
}

/* A kick while the interpreter does one instruction of translated code leaves it no budget at all:
 * it stops even if there is memory before the hole. */
START_TEST(a_kick_by_a_device_ends_the_run)
{
    /* l: sgdt [8000h]; inc bx eight times; jmp l */
    static const struct loop loop = LOOP("sgdt", "\x0f\x01\x06\x00\x80"
                                                 "\x43\x43\x43\x43\x43\x43\x43\x43\xeb\xf1");
    static const struct mem_ops ops = { nothing, kick_now_and_then, 7 };
    const struct cpu_slice slice = { 100000, UINT64_MAX };
    struct error err = { { 0 } };
    struct rig r;
    uint8_t *before;

    if (!have_translator())
        return;
    make(&r, &translate_ops, &loop);
    victim = r.cpu;
    ck_assert(mem_add_mmio(r.memory, "strange", STRANGE, MEM_PAGE, 1, &ops, NULL, &err) != NULL);
    before = ((struct interp *)r.cpu)->xl.xlat->hole - XLAT_BELOW;
    mprotect(before, XLAT_BELOW, PROT_READ | PROT_WRITE); /* somebody's, or else ours */
    mmap(before, XLAT_BELOW, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t insns = r.cpu->ops->icount(r.cpu);

        ck_assert_int_eq(r.cpu->ops->run(r.cpu, &slice), CPU_EXIT_KICK);
        ck_assert_uint_le(r.cpu->ops->icount(r.cpu) - insns, 10 * WRITES + 10);
    }
    end(&r);
}
END_TEST

/* ---- by the clock ---- */

START_TEST(a_slice_ends_when_the_host_says_so)
{
    const struct cpu_slice slice = { (uint64_t)1 << 40, 200000 };
    struct rig r;

    if (!have_translator())
        return;
    make(&r, &translate_ops, &loops[_i]);
    for (unsigned i = 0; i < 100; i++) /* else for minutes each */
        ck_assert_int_eq(r.cpu->ops->run(r.cpu, &slice), CPU_EXIT_KICK);
    end(&r);
}
END_TEST

START_TEST(a_slice_that_is_over_is_not_disturbed_by_its_alarm)
{
    const struct cpu_slice small = { 100, 100000 }, large = { 3000000, UINT64_MAX };
    struct rig r;

    if (!have_translator())
        return;
    make(&r, &translate_ops, &loops[1]);
    for (unsigned i = 0; i < 200; i++) {
        enum cpu_exit why = r.cpu->ops->run(r.cpu, &small);

        ck_assert(why == CPU_EXIT_BUDGET || why == CPU_EXIT_KICK);
        ck_assert_int_eq(r.cpu->ops->run(r.cpu, &large), CPU_EXIT_BUDGET);
    }
    end(&r);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("stop");
    TCase *loop_case = tcase_create("loops");
    const TTest *const tests[] = { a_kick_by_another_thread_ends_the_run,
                                   after_a_kick_no_further_block_is_executed,
                                   stopped_code_does_what_it_does_without,
                                   a_slice_ends_when_the_host_says_so };

    if (argc > 1)
        kicks = (unsigned)atoi(argv[1]);
    tcase_set_timeout(loop_case, 600);
    for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_loop_test(loop_case, tests[i], 0, LOOPS);
    suite_add_tcase(suite, loop_case);
    CHECK_CASE(suite, "device", a_kick_by_a_device_ends_the_run);
    CHECK_CASE(suite, "alarm", a_slice_that_is_over_is_not_disturbed_by_its_alarm);
    return check_main(suite);
}
