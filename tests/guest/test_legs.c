/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One command of FreeDOS in many legs: at moments spread evenly over its virtual time the machine
 * is saved and thrown away, and a new one goes on from the state.  The command itself checks what
 * it wrote and read; afterwards its files are compared with what they must hold.
 *
 * test_legs [LEGS [kvm]]; with kvm every other leg runs on KVM, where it can be used.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/storage/i82077_internal.h"
#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

enum { SIZE = 12000, PASSES_AT = 2 }; /* as programs/legs.asm has them */
enum { COUNTER = 0x4f0, TURN = 7 };   /* instructions of the shorter inner loop */
enum { KVM_INSNS = 100000 };          /* what a leg on KVM executes at least */

static unsigned legs = 10, passes = 1;
static bool with_kvm;

struct classes {
    unsigned disk, rep, handler, rep_or_handler, halted, kvm;
    uint64_t kvm_insns;
};

static bool disk_busy(struct bench *b)
{
    const struct i82077 *fdc = (const struct i82077 *)machine_pc(b->machine)->fdc;

    return media_op_busy(&fdc->op) || fdc->s.phase == PHASE_EXECUTE || fdc->s.seeking;
}

static bool is_string(uint8_t op)
{
    return (op >= 0xa4 && op <= 0xa7) || (op >= 0xaa && op <= 0xaf) || (op >= 0x6c && op <= 0x6f);
}

/* A repeated string instruction that has turns left. */
static bool inside_rep(struct bench *b, const struct x86_state *x)
{
    struct memory *memory = machine_board(b->machine)->memory;
    bool wide = x->seg[S_CS].attr & SEG_DB, rep = false;
    uint32_t at = x->seg[S_CS].base + x->eip, count;

    for (unsigned i = 0; i < 15; i++) {
        uint8_t op = (uint8_t)mem_read(memory, at + i, 1);

        if (op == 0xf2 || op == 0xf3)
            rep = true;
        else if (op == 0x67)
            wide = !wide;
        else if (op != 0x66 && op != 0x26 && op != 0x2e && op != 0x36 && op != 0x3e && op != 0x64 &&
                 op != 0x65) {
            count = wide ? x->gpr[R_ECX] : x->gpr[R_ECX] & 0xffff;
            return rep && is_string(op) && count;
        }
    }
    return false;
}

static void classify(struct bench *b, struct classes *c)
{
    struct cpu *cpu = machine_cpu(b->machine);
    struct x86_state x;
    bool rep, handler;

    cpu->ops->get(cpu, &x);
    rep = inside_rep(b, &x);
    handler = x.seg[S_CS].selector == 0xf000 || !(x.eflags & FL_IF);
    c->disk += disk_busy(b);
    c->rep += rep;
    c->handler += handler;
    c->rep_or_handler += rep || handler;
    c->halted += x.halted;
}

static uint32_t counter(struct bench *b)
{
    return mem_read(machine_board(b->machine)->memory, COUNTER, 4);
}

static bool counted_enough(struct bench *b, void *arg)
{
    uint32_t from = *(const uint32_t *)arg;

    return (uint64_t)(counter(b) - from) * TURN >= KVM_INSNS || bench_on_screen(b, "LEGS OK") ||
           bench_on_screen(b, "LEGS BAD");
}

static void load(struct bench *b, struct bench_bytes state)
{
    struct error err = { { 0 } };

    ck_assert_msg(bench_load(b, state, &err), "%s", err.text);
}

/* Away with this machine; its state goes on in a new one. */
static void relay(struct bench *b, const struct cpu_ops *engine)
{
    struct bench_bytes state = bench_save(b);

    bench_renew(b, engine);
    load(b, state);
    free(state.data);
}

static void leg_on_kvm(struct bench *b, struct classes *c)
{
    uint32_t from = counter(b), turns;

    b->setup.disk_fast = true; /* a slow KVM would wait for minutes */
    relay(b, &kvm_ops);
    bench_run_while_not(b, counted_enough, &from, 3600000);
    turns = counter(b) - from;
    if ((uint64_t)turns * TURN >= KVM_INSNS)
        c->kvm++;
    c->kvm_insns += (uint64_t)turns * TURN;
    b->setup.disk_fast = false;
    relay(b, &interp_ops);
}

static void check_files(struct bench_bytes image)
{
    struct bench_bytes one = fat12_read(image, "L1.DAT"), two = fat12_read(image, "L2.DAT");
    uint32_t seed = 1991;

    ck_assert_ptr_nonnull(one.data);
    ck_assert_ptr_nonnull(two.data);
    ck_assert_uint_eq(one.size, SIZE);
    ck_assert_uint_eq(two.size, SIZE);
    for (unsigned i = 0; i < SIZE * passes; i++) {
        seed = seed * 1103515245u + 12345u;
        if (i >= SIZE * (passes - 1)) {
            ck_assert_uint_eq(one.data[i - SIZE * (passes - 1)], (seed >> 16) & 0xff);
            ck_assert_uint_eq(two.data[i - SIZE * (passes - 1)], (seed >> 16) & 0xff);
        }
    }
    free(one.data);
    free(two.data);
}

static bool ended(struct bench *b, void *arg)
{
    (void)arg;
    return bench_on_screen(b, "LEGS OK") || bench_on_screen(b, "LEGS BAD");
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Sorted.  Legs on KVM bring the command on by themselves, so with them the command is longer and
 * these are moments of the other legs' time. */
static uint64_t *moments(uint64_t from, uint64_t to)
{
    uint64_t *at = calloc(legs, sizeof(*at)), seed = 20240229;

    for (unsigned i = 0; i < legs; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        at[i] = from + (uint64_t)((unsigned __int128)(to - from) * (seed >> 11) >> 53);
    }
    qsort(at, legs, sizeof(*at), by_value);
    return at;
}

static void print(const struct classes *c, uint64_t duration)
{
    printf("%u legs over %.1f s of virtual time: %u with the disk busy, %u inside REP, %u in an "
           "interrupt handler or the firmware (%u of either, %u of them halted)\n",
           legs, (double)duration / 1e9, c->disk, c->rep, c->handler, c->rep_or_handler, c->halted);
    if (with_kvm)
        printf("%u legs of at least %u instructions on KVM, %.1f million of them in all\n", c->kvm,
               KVM_INSNS, (double)c->kvm_insns / 1e6);
}

/* Gives a new machine the time-stamp counter of one that was born on KVM, where it is the host's;
 * KVM does not take another. */
static void as_born_on_kvm(struct bench *b)
{
    struct bench *other = bench_new(&(struct bench_setup){ .engine = &kvm_ops });
    struct cpu *cpu = machine_cpu(other->machine);
    struct error err = { { 0 } };
    struct x86_state x;
    uint32_t khz;

    cpu->ops->get(cpu, &x);
    khz = x.tsc_khz;
    bench_free(other);
    cpu = machine_cpu(b->machine);
    cpu->ops->get(cpu, &x);
    x.tsc_khz = khz;
    ck_assert_msg(cpu->ops->set(cpu, &x, &err), "%s", err.text);
}

/* The machine with the command typed but not started, its disk, and how long the command takes. */
static struct bench *ready(struct bench_bytes *image, uint64_t *duration)
{
    struct bench_bytes program = bench_boot_image("legs", 2048), state, copy;
    struct bench *b;

    *image = bench_freedos();
    if (!image->data)
        return NULL;
    program.data[PASSES_AT] = (uint8_t)passes;
    ck_assert(fat12_write(*image, "LEGS.COM", program));
    free(program.data);
    b = bench_new(&(struct bench_setup){ .floppy = *image, .disk_fast = true });
    if (with_kvm)
        as_born_on_kvm(b);
    ck_assert(bench_wait(b, "A:\\>", 60000));
    bench_type(b, "legs");
    state = bench_save(b);
    b->setup.disk_fast = false; /* from here on a disk is busy as long as a real one */
    bench_renew(b, NULL);
    load(b, state);
    copy = (struct bench_bytes){ malloc(image->size), image->size };
    memcpy(copy.data, image->data, image->size);
    *duration = bench_now(b);
    bench_type(b, "{enter}");
    ck_assert(bench_run_while_not(b, ended, NULL, 120000));
    ck_assert_msg(bench_on_screen(b, "LEGS OK"), "in one go:\n%s", bench_screen(b));
    *duration = bench_now(b) - *duration;
    check_files(*image);
    memcpy(image->data, copy.data, copy.size);
    bench_renew(b, NULL);
    load(b, state);
    free(state.data);
    free(copy.data);
    return b;
}

START_TEST(a_command_in_many_legs_comes_to_its_result)
{
    struct bench_bytes image;
    struct classes c = { 0 };
    uint64_t duration, *at, from, elsewhere = 0;
    struct bench *b;

    if (with_kvm && !bench_kvm())
        return;
    b = ready(&image, &duration);
    if (!b)
        return;
    from = bench_now(b) + 60 * BENCH_MS;
    at = moments(from, from - 60 * BENCH_MS + (with_kvm ? duration / 4 : duration));
    bench_type(b, "{enter}");
    for (unsigned i = 0; i < legs; i++) {
        if (at[i] + elsewhere > bench_now(b))
            machine_run_until(b->machine, at[i] + elsewhere);
        ck_assert_msg(!ended(b, NULL) || !with_kvm, "it ended before leg %u", i);
        classify(b, &c);
        if (with_kvm && i % 2) {
            elsewhere -= bench_now(b);
            leg_on_kvm(b, &c);
            elsewhere += bench_now(b);
        } else {
            relay(b, NULL);
        }
        ck_assert_msg(!bench_on_screen(b, "LEGS BAD"), "after leg %u:\n%s", i, bench_screen(b));
    }
    ck_assert_msg(bench_run_while_not(b, ended, NULL, 120000), "it does not end:\n%s",
                  bench_screen(b));
    ck_assert_msg(bench_on_screen(b, "LEGS OK"), "in legs:\n%s", bench_screen(b));
    bench_run_ms(b, 3000);
    check_files(image);
    print(&c, at[legs - 1] - from);
    if (!with_kvm)
        printf("legs on KVM: skipped here, they are among the long tests\n");
    if (legs >= 100) {
        ck_assert_uint_ge(c.disk, 20);
        ck_assert_uint_ge(c.rep_or_handler, 20);
        ck_assert_uint_ge(c.rep, 10);
        ck_assert(!with_kvm || c.kvm >= 40);
    }
    free(at);
    bench_free(b);
    free(image.data);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("legs");

    if (argc > 1)
        legs = (unsigned)atoi(argv[1]);
    with_kvm = argc > 2 && !strcmp(argv[2], "kvm");
    passes = with_kvm ? 12 : legs >= 100 ? 2 : 1;
    CHECK_CASE(suite, "legs", a_command_in_many_legs_comes_to_its_result);
    return guest_main(suite);
}
