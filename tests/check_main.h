/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_CHECK_MAIN_H
#define TESTS_CHECK_MAIN_H

/*
 * What every test program shares: it runs one suite in one process (so that the sanitizers see
 * everything) and ends with a line "N passed, N failed, N skipped" that the launcher adds up.
 */

#include <check.h>

/* Runs and frees the suite; the value is main()'s. */
int check_main(Suite *suite);

/* The same with each test in a process of its own, for tests that change what their process may do.
 */
int check_main_forked(Suite *suite);

/* Call in a test that cannot run here, then return: counts it as skipped and prints why. */
void check_skip(const char *reason);

/* Adds one test case holding the given tests, with a generous time-out. */
#define CHECK_CASE(suite, name, ...)                                                               \
    do {                                                                                           \
        const TTest *tests_[] = { __VA_ARGS__ };                                                   \
        check_add_case(suite, name, tests_, sizeof(tests_) / sizeof(tests_[0]));                   \
    } while (0)
void check_add_case(Suite *suite, const char *name, const TTest *const *tests, size_t count);

#endif
