/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_CHARDEV_FD_H
#define CORE_HOST_CHARDEV_FD_H

#include "core/chardev.h"

struct machine;

/* A serial line to file descriptors: what the guest sends goes to `out`, what comes from `in` (-1:
 * nothing) goes to the guest.  A slow reader makes the guest wait, never lose.  The descriptors
 * stay the caller's.  freed by chr->free(). */
struct chardev *chardev_fd_new(int in, int out);
/* Starts the thread that waits; after the machine exists. */
void chardev_fd_start(struct chardev *chr, struct machine *machine);

#endif
