/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAIN_DOS_H
#define CORE_MAIN_DOS_H

/* Our own DOS in a machine: folders of the profile, the kernel and drive Z: to the board. */

#include "core/board_pc.h"
#include "core/machine.h"
#include "profiles/profile.h"

/* Opens what the profile names.  The files of drive Z: are put into the machine's folder the first
 * time, as its firmware is; from then on they are its own. */
bool dos_open(const struct profile *profile, bool counted, struct pc_config *pc, struct error *err);
/* Requests that take long wake this machine from here on. */
void dos_start(struct machine *machine);
/* The folders, for the confinement: path and whether it may be written.  False: no more. */
bool dos_folder(unsigned i, const char **path, bool *read_only);
/* What is open in the state: a file of its own beside the machine's. */
bool dos_save(struct machine *machine, const char *state_path, struct error *err);
/* False: err.  *doubt is set to a sentence where a file is no longer as it was. */
bool dos_resume(const char *state_path, struct error *doubt, struct error *err);
/* After the machine is freed. */
void dos_close(void);

#endif
