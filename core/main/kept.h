/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAIN_KEPT_H
#define CORE_MAIN_KEPT_H

/*
 * What was in the drives when a machine was saved, in a file beside the state.  Names and sizes
 * only, to be compared: which image is opened at the next start says the profile alone, for the
 * machine's own folder can be written by a guest that broke out.
 */

#include <stdbool.h>

#include "core/error.h"
#include "core/media.h"

bool kept_write(const char *path, struct media_hub *hub, struct error *err);
/* After a resume: a drive whose medium is another one than then is told that it was changed, as
 * when somebody does that to a sleeping machine, and `tell` gets a sentence.  Removes the file. */
void kept_compare(const char *path, struct media_hub *hub, void (*tell)(const char *sentence));

#endif
