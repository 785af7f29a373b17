/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ORACLE_KNOWN_H
#define TESTS_ORACLE_KNOWN_H

/* The known differences between this host and the processors we model: each one a rule with its
 * reason.  What no rule covers is a failure. */

#include "tests/oracle/compare.h"

/* Takes out of diff (DIFF_* bits) what the rules cover. */
unsigned known_excuse(const struct oracle_case *c, const struct oracle_side *host,
                      const struct oracle_side *guest, unsigned diff);
/* Makes equal, in both sides' memory, what the rules cover. */
void known_forget_memory(const struct oracle_case *c, const struct oracle_side *host,
                         const struct oracle_side *guest);
/* Which bits of a general register mean nothing. */
uint32_t known_loose_bits(const struct oracle_case *c, const struct oracle_output *host,
                          unsigned reg);
/* Do FOP and FDP mean something, with host's FXSAVE image afterwards? */
bool known_fip_counts(const uint8_t *host); /* the same of FIP */
bool known_pointers_count(const struct oracle_case *c, const uint8_t *host);
/* One line each. */
void known_print(void);

#endif
