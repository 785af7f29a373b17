/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_WEB_H
#define VNC_WEB_H

/* What a browser asks for first: a page of noVNC, or a WebSocket. */

#include "vnc/channel.h"
#include "vnc/viewer.h"

/* True: the channel is a WebSocket now.  False: the request has been answered, or was none.
 * pages_fd: noVNC's folder, or -1. */
bool web_begin(struct channel *channel, const struct viewer_setup *setup, int pages_fd,
               uint64_t deadline_ms);

#endif
