/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_POINTER_H
#define VNC_POINTER_H

/*
 * A viewer's pointer.  Viewers send positions.  A guest whose driver takes positions gets them; any
 * other gets the differences, or the true movements of a viewer that can send them (QEMU's pointer
 * motion change: positions around 7FFFh).
 */

#include <stdbool.h>

#include "core/console.h"

struct pointer {
    bool absolute;   /* the guest takes positions */
    bool can_motion; /* the viewer can send movements */
    bool known;      /* the last position is */
    int x, y;
    unsigned mask; /* RFB's: left, middle, right, wheel away, wheel towards, ... */
};

/* One event of a viewer whose picture is width x height: fills the message to be sent.  False:
 * there is nothing to send. */
bool pointer_event(struct pointer *pointer, unsigned mask, int x, int y, int width, int height,
                   struct console_message *message);
/* The guest has begun or ceased to take positions. */
void pointer_mode(struct pointer *pointer, bool absolute);
/* Lets go of the buttons; false: none was held. */
bool pointer_release(struct pointer *pointer, int width, int height,
                     struct console_message *message);

#endif
