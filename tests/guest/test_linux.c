/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian's kernels on the own engine: to a shell on the serial port and on the screen, through a
 * saved state, and to the installer's first question.  linux/run.sh fetches what is needed.
 *
 * test_linux shell|installer FOLDER, test_linux memtest
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/linux_bench.h"

static const char *folder;

static struct linux_guest *start(const char *kernel, const char *initrd, const char *cmdline,
                                 uint32_t memory)
{
    struct linux_guest *g = calloc(1, sizeof(*g));
    char kernel_path[4096], initrd_path[4096];

    snprintf(kernel_path, sizeof(kernel_path), "%s/%s", folder, kernel);
    snprintf(initrd_path, sizeof(initrd_path), "%s/%s", folder, initrd ? initrd : "");
    linux_guest_start(g, kernel_path, initrd ? initrd_path : NULL, cmdline,
                      (struct bench_setup){ .cpu = CPU_PENTIUM2, .memory = memory });
    return g;
}

static void end(struct linux_guest *g)
{
    linux_guest_end(g);
    free(g);
}

static void expect(struct linux_guest *g, const char *text, unsigned seconds)
{
    ck_assert_msg(bench_wait_line(g->bench, &g->line, text, seconds * 1000),
                  "\"%s\" did not come over the line, only:\n%s", text,
                  g->line.text + (g->line.length > 2000 ? g->line.length - 2000 : 0));
}

static void report(struct linux_guest *g, const char *what, clock_t from)
{
    printf("%s after %.1f s of virtual time, %.0f million instructions, %.1f s of processor time\n",
           what, (double)bench_now(g->bench) / 1e9, (double)bench_insns(g->bench) / 1e6,
           (double)(clock() - from) / CLOCKS_PER_SEC);
}

static void answers(struct linux_guest *g)
{
    test_line_type(&g->line, "echo $((6*7)) by wire; grep -c cmov /proc/cpuinfo\n");
    expect(g, "\n42 by wire", 60);
    expect(g, "\n1\r\n", 60);
    bench_type(g->bench, "clear; echo $((7*8)) by hand{enter}");
    ck_assert_msg(bench_wait(g->bench, "56 by hand", 60000), "the screen:\n%s",
                  bench_screen(g->bench));
}

START_TEST(a_shell_on_both_sides)
{
    clock_t from = clock();
    struct linux_guest *g =
        start("vmlinuz", "initramfs", "console=tty0 console=ttyS0,115200 panic=-1", 64);
    struct bench_bytes state;
    struct error err = { { 0 } };

    expect(g, "Linux version", 600);
    expect(g, "bygone> ", 600);
    report(g, "shell", from);
    answers(g);
    state = bench_save(g->bench);
    bench_renew(g->bench, NULL);
    ck_assert_msg(bench_load(g->bench, state, &err), "%s", err.text);
    free(state.data);
    answers(g);
    test_line_type(&g->line, "poweroff -f\n");
    bench_wait_line(g->bench, &g->line, "never said", 60000);
    ck_assert_int_eq(machine_status(g->bench->machine), MACHINE_SHUTDOWN);
    end(g);
}
END_TEST

START_TEST(the_first_question)
{
    clock_t from = clock();
    struct linux_guest *g =
        start("installer", "installer.gz", "console=ttyS0,115200 TERM=vt102", 512);

    expect(g, "Select a language", 1200);
    report(g, "first question", from);
    end(g);
}
END_TEST

START_TEST(memtest_counts_no_error)
{
    struct linux_guest *g = start("memtest86+ia32.bin", NULL, "console=ttyS0,115200", 8);

    ck_assert_msg(bench_wait(g->bench, "Test #3", 600000), "the screen:\n%s",
                  bench_screen(g->bench));
    ck_assert_msg(bench_on_screen(g->bench, "Errors: 0"), "the screen:\n%s",
                  bench_screen(g->bench));
    ck_assert_msg(bench_on_screen(g->bench, "Pentium II"), "the screen:\n%s",
                  bench_screen(g->bench));
    end(g);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("linux");
    const char *what = argc > 2 ? argv[1] : "";

    folder = argc > 2 ? argv[2] : "";
    if (!strcmp(what, "shell")) {
        CHECK_CASE(suite, "shell", a_shell_on_both_sides);
    } else if (!strcmp(what, "installer")) {
        CHECK_CASE(suite, "installer", the_first_question);
    } else if (!strcmp(what, "memtest")) {
        CHECK_CASE(suite, "memtest", memtest_counts_no_error);
    } else {
        fputs("usage: test_linux shell|installer|memtest FOLDER\n", stderr);
        return EXIT_FAILURE;
    }
    return guest_main(suite);
}
