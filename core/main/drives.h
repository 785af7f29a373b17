/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAIN_DRIVES_H
#define CORE_MAIN_DRIVES_H

/* From a profile's disks and CDs to the board's drives. */

#include "core/board_pc.h"
#include "core/host/image.h"
#include "profiles/profile.h"

/* Where CD-ROM drives are, and the shape of each disk: as the profile says, or as it lies on it. */
void drives_configure(const struct profile *profile, struct pc_config *config);
/* Opens the CDs that the profile names. */
bool drives_put_cdroms(const struct profile *profile, struct image_hub *images,
                       struct media_hub *hub, struct error *err);
/*
 * The control side's hand: puts the image behind fd (which it takes over) into a drive, or takes
 * out what is in it with fd -1.  A CD-ROM drive opens its tray for that and closes it again; one
 * that the guest has locked does not, and the guest is told of the wish.
 */
bool drives_insert(struct image_hub *images, struct media_hub *hub, const char *name, int fd,
                   const char *label, bool read_only, struct error *err);

#endif
