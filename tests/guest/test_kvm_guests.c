/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same guests on KVM, where it can be used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

static bool said_seabios(struct bench *b, void *arg)
{
    (void)arg;
    return strstr(b->debug, "SeaBIOS (version") != NULL;
}

START_TEST(the_firmware_speaks)
{
    struct bench *b;

    if (!bench_kvm())
        return;
    b = bench_new(&(struct bench_setup){ .engine = &kvm_ops, .memory = 2 });
    ck_assert_msg(bench_run_while_not(b, said_seabios, NULL, 20000), "port 402h: %s", b->debug);
    ck_assert_int_eq(machine_status(b->machine), MACHINE_RUNNING);
    bench_free(b);
}
END_TEST

/* The slice's signal comes in a port write that also changed the memory map, as A20 does. */
static void signalled_and_remapped(struct bench *b, uint16_t port, uint8_t c)
{
    struct cpu *cpu = machine_cpu(b->machine);
    struct timespec from, now;

    if (port != 0xe9 || c != 'S')
        return;
    clock_gettime(CLOCK_MONOTONIC, &from);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - from.tv_sec) * 1000 + (now.tv_nsec - from.tv_nsec) / 1000000 < 30);
    cpu->ops->remapped(cpu);
}

static bool said_done(struct bench *b, void *arg)
{
    (void)arg;
    return strchr(b->debug, '!') != NULL;
}

START_TEST(a_slice_ends_though_its_signal_came_while_an_instruction_was_finished)
{
    struct bench_bytes image;
    struct bench *b;

    if (!bench_kvm())
        return;
    image = bench_boot_image("spin", 1474560);
    b = bench_new(&(struct bench_setup){
        .engine = &kvm_ops, .memory = 2, .floppy = image, .disk_fast = true, .bursts = true });
    b->debug_written = signalled_and_remapped;
    /* Lost, the guest stays in KVM_RUN, and this test in here. */
    ck_assert_msg(bench_run_while_not(b, said_done, NULL, 300000), "%s", bench_screen(b));
    bench_free(b);
    free(image.data);
}
END_TEST

START_TEST(freedos_reaches_its_prompt)
{
    struct bench_bytes image;
    struct bench *b;

    if (!bench_kvm())
        return;
    image = bench_freedos();
    if (!image.data)
        return;
    b = bench_new(&(struct bench_setup){
        .engine = &kvm_ops, .floppy = image, .disk_fast = true, .bursts = true });
    ck_assert_msg(bench_wait(b, "A:\\>", 300000), "no prompt; the screen:\n%s", bench_screen(b));
    bench_type(b, "echo hello > a.txt{enter}");
    bench_type(b, "type a.txt{enter}");
    ck_assert_msg(bench_wait(b, "\nhello", 120000), "type:\n%s", bench_screen(b));
    bench_free(b);
    free(image.data);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("KVM guests");

    if (argc > 1 && !strcmp(argv[1], "freedos"))
        CHECK_CASE(suite, "freedos", freedos_reaches_its_prompt);
    else
        CHECK_CASE(suite, "firmware", the_firmware_speaks,
                   a_slice_ends_though_its_signal_came_while_an_instruction_was_finished);
    return guest_main(suite);
}
