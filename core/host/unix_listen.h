/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_UNIX_LISTEN_H
#define CORE_HOST_UNIX_LISTEN_H

/*
 * A socket in the file system, at a path that somebody chose: one that nobody listens at any more
 * is replaced, anything else that is there stays, and at the end only the socket that was made here
 * is removed.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "core/error.h"

struct unix_place {
    char path[108]; /* "": none was made */
    dev_t device;
    ino_t inode;
};

/* A listening socket that never blocks, for its owner only; -1: one sentence in err, without the
 * path.  Sets the umask for a moment. */
int unix_listen(struct unix_place *place, const char *path, struct error *err);
/* Removes the socket, if it is still the one that was made. */
void unix_leave(struct unix_place *place);

#endif
