/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAIN_CONFINE_H
#define CORE_MAIN_CONFINE_H

/*
 * What a machine process may still do once the guest runs: work on the descriptors it holds, write
 * into its own folder, and end.  It gets this in two steps, both for good:
 *
 *   confine_files(): no path but the machine's own folder can be opened (Landlock).  Landlock holds
 *       for the calling thread and those that it makes later, so this comes before any thread is
 *       made, and after all that is opened by name.
 *   confine_calls(): system calls outside a list end the process (seccomp); for all threads.  After
 *       everything is set up, before the guest's first instruction.
 *
 * Memory cannot be made executable any more: an engine that needs an executable mapping makes it
 * before confine_calls(), as a memfd mapped twice (once to write, once to execute).
 */

#include <stdbool.h>

#include "core/error.h"

struct confine_paths {
    const char *folder;  /* the machine's own: files are made, written, renamed, removed */
    const char *runtime; /* its sockets are made and removed there */
    /* Folders that the guest sees: beneath them it may do what its user may.  Called with 0, 1 ...
     * until false; may be NULL. */
    bool (*shared)(unsigned i, const char **path, bool *read_only);
};

/* What is in force, one sentence; grows by each step. */
struct confine_report {
    char text[256];
};

/* Where the host's kernel lacks the means, the report says so and it is true.  False: it has them
 * and refuses. */
bool confine_files(const struct confine_paths *paths, struct confine_report *report,
                   struct error *err);
bool confine_calls(struct confine_report *report, struct error *err);

/* For the test that plays a hijacked machine: called right after confine_calls(), where the program
 * has such a function.  The machine as it is delivered has none. */
void confine_test(void) __attribute__((weak));

#endif
