/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/check_main.h"

static int own_count;
static int *skipped = &own_count;

void check_skip(const char *reason)
{
    printf("SKIP: %s\n", reason);
    ++*skipped;
}

void check_add_case(Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 0);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

static int run_suite(Suite *suite, enum fork_status fork_status)
{
    SRunner *runner = srunner_create(suite);
    int run, failed;

    setvbuf(stdout, NULL, _IOLBF, 0);
    srunner_set_fork_status(runner, fork_status);
    srunner_run_all(runner, CK_NORMAL);
    run = srunner_ntests_run(runner);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    printf("%d passed, %d failed, %d skipped\n", run - failed - *skipped, failed, *skipped);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int check_main(Suite *suite)
{
    return run_suite(suite, CK_NOFORK);
}

int check_main_forked(Suite *suite)
{
    void *shared =
        mmap(NULL, sizeof(*skipped), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared != MAP_FAILED) /* the tests' processes count into it */
        skipped = shared;
    return run_suite(suite, CK_FORK);
}
