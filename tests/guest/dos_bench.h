/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_GUEST_DOS_BENCH_H
#define TESTS_GUEST_DOS_BENCH_H

/*
 * A machine with our own DOS at its prompt: C: is a folder that the test fills and reads, Z: has
 * all our programs.  One at a time.
 */

#include <check.h>

#include "tests/guest/machine_bench.h"

enum { DOS_PATIENCE_MS = 60000 };

/* C:, there from dos_bench_main() on */
extern char dos_folder[];

/* A file on C:; `name` may have folders that are there, `/` between them. */
void dos_put(const char *name, const char *text);
void dos_put_bytes(const char *name, const void *data, size_t size);
/* What a file on C: has, with a zero behind it; data NULL: it is not there.  free() its data. */
struct bench_bytes dos_get(const char *name);

/* At the prompt, AUTOEXEC.BAT has run: it prints STARTED, the path is Z:\ and C:\. */
struct bench *dos_start(void);
/* The same, of this setup, whose `configure` may change what is plugged in. */
struct bench *dos_start_with(struct bench_setup setup);
void dos_stop(struct bench *b);

/* Fails the test unless the text comes on the screen. */
void dos_expect(struct bench *b, const char *text);
/* Types lines at an empty screen and waits for what they show. */
void dos_types(struct bench *b, const char *lines, const char *text);

/* Runs the tests: what main() of a test returns. */
int dos_bench_main(Suite *suite);

#endif
