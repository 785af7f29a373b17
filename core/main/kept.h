/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAIN_KEPT_H
#define CORE_MAIN_KEPT_H

/*
 * What was in the drives when a machine was saved, in a file beside the state: names, sizes, and
 * what tells a file from another or from itself as it was.  That is only compared: which image is
 * opened at the next start says the profile alone, for the machine's own folder can be written by a
 * guest that broke out.
 */

#include <stdbool.h>

#include "core/error.h"
#include "core/media.h"

bool kept_write(const char *path, struct media_hub *hub, struct error *err);
/*
 * After a resume.  A floppy or CD of another name was exchanged on purpose: its drive is told, as
 * when somebody does that to a sleeping machine, and `tell` gets a sentence.  A file that is
 * another one behind the same name, or was written since, and a hard disk of another name, are
 * behind the guest's back: *doubt is set to a sentence, if it is empty.  Removes the file.
 */
void kept_compare(const char *path, struct media_hub *hub, void (*tell)(const char *sentence),
                  struct error *doubt);

#endif
