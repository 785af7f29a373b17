/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAIN_PORTS_H
#define CORE_MAIN_PORTS_H

/* The machine's serial and parallel ports, and what is connected to them on the host. */

#include "core/machine.h"
#include "profiles/profile.h"

/* Opens what the profile names and fills in the configuration.  Before any thread is started and
 * before the machine is confined: helper processes are forked here.  runtime: the machine's folder
 * for sockets.  False: one sentence. */
bool ports_open(const struct profile *profile, const char *runtime, struct pc_config *pc,
                void (*log)(void *ctx, const char *text), struct error *err);
/* Bytes flow from here on; after a saved state was loaded. */
void ports_start(struct machine *machine);
/* What is printed now is part of the saved state. */
void ports_keep_jobs(void);
/* No event comes any more; before the machine is freed. */
void ports_stop(void);
/* After the machine was freed. */
void ports_close(void);
/* Calls `tell` for every pseudo terminal with a sentence about where it is. */
void ports_tell(void (*tell)(const char *sentence));

#endif
