/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A limited speed of the processor: loops that were executed against the guest's time. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/cpu/xlat.h"
#include "core/speed.h"
#include "tests/check_main.h"
#include "tests/guest/machine_bench.h"

/* Of programs/pace.asm */
enum { TURN = 6, TURNS = 0x4f0, LEAST = 0x4f4, MOST = 0x4f6, IDLE = 509 };
#define TICKS 1193182.0

static const struct cpu_ops *const engines[] = { &interp_ops, &translate_ops };

static bool works(const struct cpu_ops *engine)
{
    const char *why_not;

    if (engine == &interp_ops || xlat_possible(&why_not))
        return true;
    check_skip("no translator on this host");
    return false;
}

static uint32_t word(struct bench *b, uint32_t at, unsigned size)
{
    return mem_read(machine_board(b->machine)->memory, at, size);
}

static bool counting(struct bench *b, void *arg)
{
    (void)arg;
    return word(b, MOST, 2) && word(b, TURNS, 4) >= 5000;
}

static struct bench *started(const struct cpu_ops *engine, uint64_t speed, bool paced,
                             struct bench_bytes *image)
{
    struct bench *b;

    *image = bench_boot_image("pace", 368640);
    b = bench_new(&(struct bench_setup){
        .engine = engine, .floppy = *image, .memory = 2, .paced = paced, .disk_fast = true });
    ck_assert(bench_run_while_not(b, counting, NULL, 60000)); /* the firmware at full speed */
    machine_set_speed(b->machine, speed);
    bench_run_ms(b, 50);
    return b;
}

/* Instructions of the loop per second of virtual time, over so many ms. */
static double measure(struct bench *b, unsigned ms, uint32_t *turns)
{
    uint64_t from = bench_now(b);
    uint32_t first = word(b, TURNS, 4);

    bench_run_ms(b, ms);
    *turns = word(b, TURNS, 4) - first;
    return (double)*turns * TURN * 1e9 / (double)(bench_now(b) - from);
}

START_TEST(a_loop_runs_at_the_speed_that_was_set)
{
    static const char *const names[] = { "386DX-33", "486DX2-66", "8088-4.77", "286-12", "P133" };
    uint32_t turns[2] = { 0, 0 };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        uint64_t speed;

        ck_assert(speed_parse(names[i], &speed));
        for (unsigned e = 0; e < 2; e++) {
            struct bench_bytes image;
            struct bench *b;
            double got;

            if (!works(engines[e]))
                return;
            b = started(engines[e], speed, false, &image);
            got = measure(b, 400, &turns[e]);
            ck_assert_msg(got > (double)speed * 0.95 && got < (double)speed * 1.05,
                          "%s, %s: %.0f instead of %.0f", names[i], engines[e]->name, got,
                          (double)speed);
            bench_free(b);
            free(image.data);
        }
        ck_assert_uint_eq(turns[0], turns[1]); /* both engines are one at the same instruction */
    }
}
END_TEST

START_TEST(the_guest_finds_every_thousand_turns_as_long_as_the_others)
{
    uint64_t speed = 11400000;

    for (unsigned e = 0; e < 2; e++) {
        struct bench_bytes image;
        struct bench *b;
        double wanted = 1000.0 * TURN / (double)speed * TICKS;

        if (!works(engines[e]))
            return;
        b = started(engines[e], speed, false, &image);
        mem_write(machine_board(b->machine)->memory, LEAST, 0xffff, 2);
        mem_write(machine_board(b->machine)->memory, MOST, 0, 2);
        bench_run_ms(b, 400);
        ck_assert_msg(word(b, LEAST, 2) > wanted * 0.95, "%u ticks", word(b, LEAST, 2));
        ck_assert_msg(word(b, MOST, 2) < wanted * 1.05, "%u ticks", word(b, MOST, 2));
        bench_free(b);
        free(image.data);
    }
}
END_TEST

/* A host that is busy may let the guest's time pass; it is never faster than it should be. */
START_TEST(in_real_time_it_is_never_faster)
{
    for (unsigned e = 0; e < 2; e++) {
        struct bench_bytes image;
        struct bench *b;
        uint32_t turns;

        if (!works(engines[e]))
            return;
        b = started(engines[e], 11400000, true, &image);
        ck_assert_double_lt(measure(b, 300, &turns), 11400000 * 1.05);
        ck_assert_uint_gt(turns, 0);
        bench_free(b);
        free(image.data);
    }
}
END_TEST

START_TEST(the_speed_changes_while_the_guest_runs)
{
    struct bench_bytes image;
    struct bench *b = started(&interp_ops, 11400000, false, &image);
    uint32_t turns;

    measure(b, 100, &turns);
    machine_set_speed(b->machine, 2660000);
    ck_assert_double_lt(measure(b, 100, &turns), 2660000 * 1.05);
    machine_set_speed(b->machine, SPEED_FULL); /* counted: 20 million a second */
    ck_assert_double_gt(measure(b, 100, &turns), 20e6 * 0.95);
    bench_free(b);
    free(image.data);
}
END_TEST

START_TEST(a_saved_machine_goes_on_at_its_speed)
{
    struct bench_bytes image, state;
    struct bench *b = started(&interp_ops, 2660000, false, &image);
    struct error err = { { 0 } };
    uint32_t turns;

    state = bench_save(b);
    bench_renew(b, NULL);
    ck_assert_uint_eq(machine_speed(b->machine), SPEED_FULL);
    ck_assert_msg(bench_load(b, state, &err), "%s", err.text);
    ck_assert_uint_eq(machine_speed(b->machine), 2660000);
    ck_assert_double_lt(measure(b, 100, &turns), 2660000 * 1.05);
    free(state.data);
    bench_free(b);
    free(image.data);
}
END_TEST

START_TEST(an_exchange_of_the_engine_keeps_the_speed)
{
    struct bench_bytes image;
    struct bench *b = started(&interp_ops, 11400000, false, &image);
    struct error err = { { 0 } };
    uint32_t turns;
    double got;

    if (works(&translate_ops)) {
        for (unsigned i = 0; i < 10; i++) {
            ck_assert_msg(machine_set_engine(b->machine, engines[(i + 1) % 2], 0, 0, &err), "%s",
                          err.text);
            got = measure(b, 50, &turns);
            ck_assert(got > 11400000 * 0.9 && got < 11400000 * 1.1); /* 95 thousands of turns */
        }
    }
    bench_free(b);
    free(image.data);
}
END_TEST

START_TEST(a_halted_guest_executes_next_to_nothing)
{
    for (unsigned paced = 0; paced < 2; paced++) {
        struct bench_bytes image = bench_boot_image("pace", 368640);
        struct bench *b;
        uint64_t insns;

        image.data[IDLE] = 1;
        b = bench_new(&(struct bench_setup){
            .floppy = image, .memory = 2, .paced = paced, .disk_fast = true });
        bench_run_ms(b, 4000);
        machine_set_speed(b->machine, 11400000);
        bench_run_ms(b, 100);
        insns = bench_insns(b);
        bench_run_ms(b, 1000);
        ck_assert_uint_lt(bench_insns(b) - insns, 114000); /* a hundredth */
        bench_free(b);
        free(image.data);
    }
}
END_TEST

/* An engine whose alarms leave the guest next to nothing, as on a host where signals cost much. */
enum { ALARM_NS = 1000000, ALARM_INSNS = 10 };

static unsigned alarms, alarms_most; /* slices with one in a row */

static enum cpu_exit run_alarmed(struct cpu *cpu, const struct cpu_slice *slice)
{
    struct cpu_slice less = *slice;

    if (slice->host_ns >= ALARM_NS) {
        alarms = 0;
        return interp_ops.run(cpu, slice);
    }
    less.insns = less.insns < ALARM_INSNS ? less.insns : ALARM_INSNS;
    nanosleep(&(struct timespec){ .tv_nsec = (long)slice->host_ns }, NULL);
    if (++alarms > alarms_most)
        alarms_most = alarms;
    return interp_ops.run(cpu, &less);
}

static struct cpu *create_alarmed(enum x86_model model, const struct cpu_host *host,
                                  struct error *err)
{
    static struct cpu_ops ops;
    struct cpu *cpu = interp_ops.create(model, host, err);

    ops = interp_ops;
    ops.run = run_alarmed;
    if (cpu)
        cpu->ops = &ops;
    return cpu;
}

/* What is due gets the instructions that it waits for, not one alarm after the other. */
START_TEST(a_deadline_does_not_wait_for_alarms)
{
    struct cpu_ops alarmed = interp_ops;
    struct bench_bytes image;
    struct bench *b;
    uint32_t turns;

    alarmed.create = create_alarmed;
    alarmed.run = run_alarmed;
    b = started(&alarmed, SPEED_FULL, true, &image);
    alarms_most = 0;
    measure(b, 400, &turns); /* seven ticks of the timer */
    ck_assert_uint_gt(turns, 0);
    ck_assert_uint_lt(alarms_most, 20); /* 2,000 instructions take 200 of them */
    bench_free(b);
    free(image.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("speed of the time");

    CHECK_CASE(suite, "counted", a_loop_runs_at_the_speed_that_was_set,
               the_guest_finds_every_thousand_turns_as_long_as_the_others,
               the_speed_changes_while_the_guest_runs);
    CHECK_CASE(suite, "paced", in_real_time_it_is_never_faster,
               a_halted_guest_executes_next_to_nothing, a_deadline_does_not_wait_for_alarms);
    CHECK_CASE(suite, "kept", a_saved_machine_goes_on_at_its_speed,
               an_exchange_of_the_engine_keeps_the_speed);
    return check_main(suite);
}
