/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_PUMP_H
#define VNC_PUMP_H

/* The thread that moves bytes between a viewer's channel and the socket pair at whose other end
 * libvncserver sits.  When one side ends, it ends the other. */

#include <stdbool.h>

#include "vnc/channel.h"

/* From now on the channel and the descriptor are the thread's. */
bool pump_start(struct channel *channel, int inner);
/* Waits until what was written into the socket pair is on its way, and the thread has ended.  The
 * other end of the pair must be closed. */
void pump_join(void);

#endif
