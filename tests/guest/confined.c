/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Confinement of guest tests; see the header. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/cpu/cpu.h"
#include "core/main/confine.h"
#include "tests/check_main.h"
#include "tests/guest/confined.h"

static bool done, forked;

int guest_main(Suite *suite)
{
    const char *wish = getenv("BYGONE_TEST_UNCONFINED");

    forked = !wish || strcmp(wish, "1") != 0;
    return forked ? check_main_forked(suite) : check_main(suite);
}

void guest_unconfined(const char *reason)
{
    if (forked)
        printf("not confined: %s\n", reason);
    done = true;
}

void guest_open_engines(void)
{
    if (done || !forked)
        return;
    kvm_open();
    translate_open(false);
}

static struct confine_report report;

void guest_confine_files(const char *folder)
{
    char none[] = "/tmp/bygone-guest-XXXXXX";
    struct confine_paths paths = { folder, folder };
    struct error err = { { 0 } };
    bool ok;

    if (done || !forked)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* out of reach of a time-out that ends only the parent */
    if (!folder) {
        paths.folder = paths.runtime = mkdtemp(none);
        ck_assert_msg(paths.folder != NULL, "%s: %s", none, strerror(errno));
    }
    ok = confine_files(&paths, &report, &err);
    if (!folder)
        rmdir(none);
    ck_assert_msg(ok, "%s", err.text);
}

void guest_confine_calls(void)
{
    struct error err = { { 0 } };

    if (done || !forked)
        return;
    done = true;
    ck_assert_msg(confine_calls(&report, &err), "%s", err.text);
}
