/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_GUEST_LINUX_BENCH_H
#define TESTS_GUEST_LINUX_BENCH_H

/* Kernels on whole machines: started by the boot protocol, talked to over the serial port. */

#include "core/linux_boot.h"
#include "tests/guest/machine_bench.h"

/* A serial line whose other end is the test. */
struct test_line {
    struct chardev chr; /* first member */
    char text[1 << 18]; /* what the guest has sent, 0 at its end */
    size_t length, seen;
    const char *typed; /* what is still to be sent to it */
};

void test_line_init(struct test_line *line);
/* Sends text to the guest as fast as the port takes it. */
void test_line_type(struct test_line *line, const char *text);
/* Runs until the guest has sent the text, behind what was waited for before. */
bool bench_wait_line(struct bench *b, struct test_line *line, const char *text, unsigned ms);

struct linux_guest {
    struct bench *bench;
    struct test_line line;
    struct linux_boot boot;
    struct bench_bytes kernel, initrd;
};

/* Reads the files (initrd NULL: none) and makes the machine; fails the test if it cannot. */
void linux_guest_start(struct linux_guest *g, const char *kernel, const char *initrd,
                       const char *cmdline, struct bench_setup setup);
/* The path of a kernel of ours (programs/kernel.asm). */
void linux_program(const char *name, char path[4096]);
void linux_guest_end(struct linux_guest *g);

#endif
