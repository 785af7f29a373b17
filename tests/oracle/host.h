/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ORACLE_HOST_H
#define TESTS_ORACLE_HOST_H

/*
 * The host side of the oracle: one guest instruction on the processor this program runs on, in LDT
 * segments, at CPL 3, protected mode.
 */

#include <stdbool.h>

#include "tests/oracle/oracle.h"

/* Maps the windows, installs the LDT and the signal handlers.  False: not possible here; why says
 * what is missing. */
bool host_open(const struct oracle_seg *segs, unsigned count, const char **why);
/* Runs one case.  The windows' contents are taken and left as they are in host_data() etc. */
void host_run(const struct oracle_input *in, struct oracle_output *out);

/* The pages behind the windows. */
uint8_t *host_data(void);
uint8_t *host_stack(void);
uint8_t *host_code(void);

/* Offset and selector of the way back, for the stub behind the instruction. */
uint32_t host_exit_offset(void);
uint16_t host_exit_selector(void);

/* Properties of this processor that change what can be compared. */
bool host_is_intel(void);
bool host_fdp_on_exception_only(void);
bool host_fcs_deprecated(void);
/* FXSAVE stores FOP, FIP and FDP only while an unmasked exception waits, else zeros; so does a
 * kernel that exchanges processes (AMD64 manual 5, FXSAVE). */
bool host_forgets_pointers(void);

#endif
