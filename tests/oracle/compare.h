/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ORACLE_COMPARE_H
#define TESTS_ORACLE_COMPARE_H

/* What may differ between the two sides, and what must not. */

#include "tests/oracle/generate.h"

enum {
    DIFF_GPR = 1 << 0,
    DIFF_EIP = 1 << 1,
    DIFF_FLAGS = 1 << 2,
    DIFF_SEG = 1 << 3,
    DIFF_TRAP = 1 << 4,
    DIFF_CODE = 1 << 5,
    DIFF_CR2 = 1 << 6,
    DIFF_DATA = 1 << 7,
    DIFF_STACK = 1 << 8,
    DIFF_FPU = 1 << 9,
    DIFF_HIDDEN = 1 << 10,
};
const char *diff_name(unsigned bit);

/* One side's result with its memory. */
struct oracle_side {
    const struct oracle_output *out;
    uint8_t *data, *stack;
};

/* DIFF_* bits.  What a known difference covers is made equal in both sides first. */
unsigned compare(const struct oracle_case *c, const struct oracle_side *host,
                 const struct oracle_side *guest);

#endif
