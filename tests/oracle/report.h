/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ORACLE_REPORT_H
#define TESTS_ORACLE_REPORT_H

/* Counting and printing. */

#include "tests/oracle/compare.h"

void report_open(unsigned groups);
/* The number of the case that comes, for --case. */
void report_begin(uint64_t number);
void report_count(unsigned group, unsigned diff, bool fault);
/* Prints a case with both results, unless its row has been printed often enough. */
void report_case(const struct oracle_case *c, const struct oracle_side *host,
                 const struct oracle_side *guest, unsigned diff, const char *hidden);
/* The coverage, row by row. */
void report_table(void);
/* The summary and the closing line; returns the number of variants with differences. */
unsigned report_close(uint64_t seed);

#endif
