/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_GUEST_CONFINED_H
#define TESTS_GUEST_CONFINED_H

/*
 * Guest tests run their machines as bygone-machine does: with no_new_privs, Landlock and the list
 * of system calls in force before the guest's first instruction.  That is for good, so every test
 * has a process of its own (guest_main()), and opens what it needs before it makes its first
 * machine.
 */

#include <check.h>
#include <stdbool.h>

/* Runs and frees the suite, each test in a process of its own; the value is main()'s. */
int guest_main(Suite *suite);

/* For a test that also plays the other side of a machine (connects to its sockets, reads the files
 * it writes): call before the first machine is made.  The reason is printed. */
void guest_unconfined(const char *reason);

/* The two steps of confine.h, each once; they fail the test if the host refuses.  bench_new() takes
 * both, unless the test does it around what it still needs: a folder (NULL: none) is what a
 * machine's own folder is, and sockets are connected before the second.  BYGONE_TEST_UNCONFINED=1
 * leaves confinement out: the leak checker cannot work under it. */
void guest_confine_files(const char *folder);
void guest_confine_calls(void);

/* What the engines open by name or map executable; before any step. */
void guest_open_engines(void);

#endif
