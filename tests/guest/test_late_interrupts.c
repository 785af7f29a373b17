/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An engine that never looks at INTR: the interrupts come by bursts on the other one. */
#include <stdlib.h>

#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

static struct cpu_ops deaf_ops;

static struct cpu *deaf_create(enum x86_model model, const struct cpu_host *host, struct error *err)
{
    struct cpu *cpu = interp_ops.create(model, host, err);

    if (cpu)
        cpu->ops = &deaf_ops;
    return cpu;
}

static void deaf_set_intr(struct cpu *cpu, bool level)
{
    (void)cpu;
    (void)level;
}

START_TEST(interrupts_that_stand_too_long_are_taken_by_the_other_engine)
{
    struct bench_bytes image = bench_freedos();
    struct machine_stats stats;
    struct bench *b;

    if (!image.data)
        return;
    deaf_ops = interp_ops;
    deaf_ops.name = "deaf";
    deaf_ops.counts = false;
    deaf_ops.create = deaf_create;
    deaf_ops.set_intr = deaf_set_intr;
    b = bench_new(&(struct bench_setup){
        .engine = &deaf_ops, .floppy = image, .disk_fast = true, .bursts = true });
    ck_assert_msg(bench_wait(b, "A:\\>", 300000), "no prompt; the screen:\n%s", bench_screen(b));
    bench_type(b, "ver{enter}");
    ck_assert_msg(bench_wait(b, "FreeCom", 120000), "ver:\n%s", bench_screen(b));
    machine_get_stats(b->machine, &stats);
    ck_assert_uint_gt(stats.rescues, 10);
    ck_assert_str_eq(machine_cpu(b->machine)->ops->name, "deaf"); /* it came back each time */
    bench_free(b);
    free(image.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("late interrupts");

    CHECK_CASE(suite, "deaf engine", interrupts_that_stand_too_long_are_taken_by_the_other_engine);
    return guest_main(suite);
}
