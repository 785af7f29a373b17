/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_CHIPS_H
#define TESTS_CHIPS_H

/* Every chip that has the generic tests, for what goes over all of them: the fuzzers, and the test
 * that no chip of a board was forgotten. */

#include "tests/generic.h"

/* Ends with NULL. */
extern const struct generic_chip *const all_chips[];

#endif
