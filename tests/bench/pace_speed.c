/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How exactly does a limited speed hold on the host's clock?  The guest of test_pace runs in real
 * time at some speeds; prints what it executed per second, by its own clock and by the host's, and
 * how even a thousand turns of its loop were.  On a busy host the latter two say little.
 *
 * pace_speed [SECONDS [kvm]]; kvm: that engine alone
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/cpu/probe.h"
#include "core/speed.h"
#include "tests/check_main.h"
#include "tests/guest/machine_bench.h"

enum { TURN = 6, TURNS = 0x4f0, LEAST = 0x4f4, MOST = 0x4f6 }; /* of programs/pace.asm */

static double seconds = 2;
static bool kvm_alone;

static double host_seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double thread_seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
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

static void show(const struct cpu_ops *engine, const char *name)
{
    struct bench_bytes image = bench_boot_image("pace", 368640);
    struct bench *b = bench_new(&(struct bench_setup){
        .engine = engine, .floppy = image, .memory = 2, .paced = true, .disk_fast = true });
    uint64_t speed = 0, from;
    double host, cpu, units;
    uint32_t turns;

    speed_parse(name, &speed);
    bench_run_while_not(b, counting, NULL, 600000);
    machine_set_speed(b->machine, speed);
    bench_run_ms(b, 100);
    mem_write(machine_board(b->machine)->memory, LEAST, 0xffff, 2);
    mem_write(machine_board(b->machine)->memory, MOST, 0, 2);
    from = bench_now(b);
    turns = word(b, TURNS, 4);
    host = host_seconds();
    cpu = thread_seconds();
    bench_run_ms(b, (unsigned)(seconds * 1000));
    host = host_seconds() - host;
    cpu = thread_seconds() - cpu;
    turns = word(b, TURNS, 4) - turns;
    units = (double)turns * TURN / 1e6;
    printf("%-10s %-10s %8.2f units set; %8.2f by the guest's clock (%+5.1f %%), %8.2f by the "
           "host's; a thousand turns %u to %u ticks; %3.0f %% of the host's processor\n",
           engine->name, name, (double)speed / 1e6, units * 1e9 / (double)(bench_now(b) - from),
           speed ? (units * 1e9 / (double)(bench_now(b) - from) / ((double)speed / 1e6) - 1) * 100
                 : 0.0,
           units / host, word(b, LEAST, 2), word(b, MOST, 2), cpu / host * 100);
    fflush(stdout);
    bench_free(b);
    free(image.data);
}

START_TEST(speeds)
{
    static const char *const names[] = { "8088-4.77", "286-12", "386DX-33", "486DX2-66", "P133" };
    const struct cpu_ops *own = engine_own();
    struct engine_probe kvm;

    for (unsigned i = 0; !kvm_alone && i < sizeof(names) / sizeof(names[0]); i++) {
        show(&interp_ops, names[i]);
        if (own != &interp_ops)
            show(own, names[i]);
    }
    engine_probe(&kvm_ops, &kvm);
    if (!kvm.usable) {
        check_skip(kvm.why_not);
        return;
    }
    printf("kvm: %.2f million instructions a second, %.1f us more for each slice\n", kvm.mips,
           kvm.slice_ns / 1000);
    for (unsigned i = 0; i < 2; i++) {
        char part[SPEED_TEXT];

        show(&kvm_ops, names[i]);
        show(&kvm_ops, speed_text((uint64_t)(kvm.mips * 1e6 / (i ? 2 : 4)), part));
    }
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("pace");

    if (argc > 1)
        seconds = atof(argv[1]);
    kvm_alone = argc > 2 && !strcmp(argv[2], "kvm");
    CHECK_CASE(suite, "real time", speeds);
    return check_main(suite);
}
