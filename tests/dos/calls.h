/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_DOS_CALLS_H
#define TESTS_DOS_CALLS_H

/*
 * The last calls of the fuzzer, where the host finds them in the memory of a guest that hangs: the
 * program writes down each INT 21h before it makes it.
 */

#include <stdint.h>

#define CALLS_MARK "Last calls:" /* with its zero; no 16-byte boundary is promised */
enum { CALLS_KEPT = 16 };

struct calls {
    char mark[sizeof(CALLS_MARK)];
    uint32_t seed, count;
    uint16_t last[CALLS_KEPT][7]; /* AX BX CX DX SI DI DS; call n at n % CALLS_KEPT */
};

#endif
