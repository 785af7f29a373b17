/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_DRIVER_H
#define TESTS_FUZZ_DRIVER_H

/*
 * A small fuzz driver: random and mutated byte strings for a list of targets, each in a process of
 * its own.  It knows nothing of coverage; built with -fsanitize=fuzzer, libFuzzer drives the same
 * functions instead (libfuzzer.c, run-libfuzzer).
 *
 *   PROGRAM [--chip NAME] [--seconds S] [--seed N] [--replay FILE]
 *
 * An input that brought a target down is left behind as crash-NAME in the working directory.
 */

#include <stddef.h>
#include <stdint.h>

struct fuzz_seed {
    const void *data;
    size_t size;
};

struct fuzz_target {
    const char *name;
    void (*one)(const void *ctx, const uint8_t *data, size_t size);
    const void *ctx;
    const struct fuzz_seed *seeds; /* what to mutate at first; ends with data NULL; may be NULL */
    size_t most;                   /* longest input */
    const char *dictionary;        /* words to put in, separated by '\n'; may be NULL */
};

/* The whole program.  Each target is one test in the closing line. */
int fuzz_main(int argc, char **argv, const struct fuzz_target *targets, unsigned count);

/* A file for targets that take one; made once per process, gone when it ends. */
const char *fuzz_file(const void *data, size_t size);

#endif
