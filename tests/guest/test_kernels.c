/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boot protocol as a kernel sees it, in each of its forms: our own kernels
 * (programs/kernel.asm) say where they were put and add up what they find there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/linux_bench.h"

enum { INITRD_SIZE = 70001, SETUP_SIZE = 2560 };

static char initrd_path[] = "/tmp/bygone-initrd-XXXXXX";

static void make_initrd(void)
{
    int fd = mkstemp(initrd_path);
    FILE *out = fdopen(fd, "w");
    uint32_t x = 1;

    if (!out)
        abort();
    for (unsigned i = 0; i < INITRD_SIZE; i++) {
        x = x * 1664525 + 1013904223;
        putc((int)(x >> 24), out);
    }
    fclose(out);
}

static uint32_t sum(const uint8_t *data, size_t size)
{
    uint32_t s = 0;

    for (size_t i = 0; i < size; i++)
        s = (s << 1 | s >> 31) + data[i];
    return s;
}

static void boots(const char *name, bool with_initrd, const char *placed, const char *heap)
{
    struct linux_guest *g = calloc(1, sizeof(*g));
    char path[4096], want[512], cmdline[64];

    linux_program(name, path);
    snprintf(cmdline, sizeof(cmdline), "root=/dev/fd0 %s", name);
    linux_guest_start(g, path, with_initrd ? initrd_path : NULL, cmdline,
                      (struct bench_setup){ .memory = 4 });
    snprintf(want, sizeof(want), "%s\r\nkernel %08X\r\ninitrd ", placed,
             sum(g->kernel.data + SETUP_SIZE, g->kernel.size - SETUP_SIZE));
    ck_assert_msg(bench_wait_line(g->bench, &g->line, want, 60000), "%s: not \"%s\" but:\n%s", name,
                  want, g->line.text);
    if (with_initrd)
        snprintf(want, sizeof(want), "%08X size %08X sum %08X heap %s\r\n",
                 ((4u << 20) - 0x40000 - INITRD_SIZE) & ~4095u, INITRD_SIZE,
                 sum(g->initrd.data, g->initrd.size), heap);
    else
        snprintf(want, sizeof(want), "\r\n");
    ck_assert_msg(bench_wait_line(g->bench, &g->line, want, 60000), "%s: not \"%s\" but:\n%s", name,
                  want, g->line.text);
    snprintf(want, sizeof(want), "cmdline [%s]", cmdline);
    ck_assert_msg(bench_wait_line(g->bench, &g->line, want, 60000), "%s: not \"%s\" but:\n%s", name,
                  want, g->line.text);
    ck_assert_msg(bench_on_screen(g->bench, want), "on the screen:\n%s", bench_screen(g->bench));
    linux_guest_end(g);
    free(g);
}

START_TEST(the_first_kernels_had_no_header)
{
    boots("kernel0", false, "setup 9000 stack 9FD0", "");
}
END_TEST

START_TEST(protocol_2_00_adds_an_initrd)
{
    boots("kernel200", true, "setup 9000 stack 9FD0", "0000");
}
END_TEST

START_TEST(protocol_2_01_adds_a_heap)
{
    boots("kernel201", true, "setup 9000 stack 9FD0", "9DD0");
}
END_TEST

START_TEST(later_ones_lie_lower)
{
    boots("kernel20b", true, "setup 1000 stack FFF0", "FDF0");
}
END_TEST

/* What a reset needs is there again, and what a state needs is in it. */
START_TEST(a_kernel_survives_state_and_reset)
{
    struct linux_guest *g = calloc(1, sizeof(*g));
    struct bench_bytes state;
    char path[4096];
    struct error err = { { 0 } };

    linux_program("kernel20b", path);
    linux_guest_start(g, path, initrd_path, "again", (struct bench_setup){ .memory = 4 });
    ck_assert(bench_wait_line(g->bench, &g->line, "setup 1000", 60000));
    state = bench_save(g->bench); /* while the kernel adds up itself */
    bench_renew(g->bench, NULL);
    g->line.length = g->line.seen = 0;
    ck_assert_msg(bench_load(g->bench, state, &err), "%s", err.text);
    ck_assert(bench_wait_line(g->bench, &g->line, "cmdline [again]", 60000));
    g->line.text[g->line.length] = 0;
    ck_assert_msg(!strstr(g->line.text, "setup"), "it started from the beginning");
    machine_reset(g->bench->machine);
    ck_assert(bench_wait_line(g->bench, &g->line, "setup 1000", 60000));
    ck_assert(bench_wait_line(g->bench, &g->line, "cmdline [again]", 60000));
    free(state.data);
    linux_guest_end(g);
    free(g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernels");
    int code;

    make_initrd();
    CHECK_CASE(suite, "boot protocol", the_first_kernels_had_no_header,
               protocol_2_00_adds_an_initrd, protocol_2_01_adds_a_heap, later_ones_lie_lower,
               a_kernel_survives_state_and_reset);
    code = guest_main(suite);
    unlink(initrd_path);
    return code;
}
