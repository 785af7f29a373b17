/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "tests/check_main.h"

static int skipped;

void check_skip(const char *reason)
{
    printf("SKIP: %s\n", reason);
    skipped++;
}

void check_add_case(Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 0);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

int check_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int run, failed;

    setvbuf(stdout, NULL, _IOLBF, 0);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    run = srunner_ntests_run(runner);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    printf("%d passed, %d failed, %d skipped\n", run - failed - skipped, failed, skipped);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
