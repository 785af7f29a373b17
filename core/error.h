/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

/*
 * How a function inside the machine says what went wrong with something that came from outside
 * (a file, a profile, the host).  A guest's mistakes are never errors: the chip answers as a chip
 * does.  Our own mistakes assert.
 */

#include <stdbool.h>

struct error {
    char text[256]; /* one sentence: the thing, what is wrong, what to do */
};

/* Writes the sentence into err (which may be NULL) and returns false, so `return error_set(...)`.
 */
bool error_set(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the sentence that is already there; returns false. */
bool error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
