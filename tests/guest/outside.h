/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_GUEST_OUTSIDE_H
#define TESTS_GUEST_OUTSIDE_H

/*
 * A process beside a confined test (confined.h), for one that is also the other side of its
 * machine: it connects and opens by name, which the test must not any more, and passes descriptors.
 */

#include <stdbool.h>

/* Before the first machine is made; again: in place of the one before. */
void outside_start(void);

/* Connected, or -1. */
int outside_unix(const char *path);
int outside_tcp(unsigned port);
/* As open(); -1: it cannot be opened. */
int outside_open(const char *path, int flags);
/* Connects to a socket as a user who is neither its owner nor root: was it turned away without a
 * byte?  Everybody may reach the socket from then on.  For root. */
bool outside_stranger(const char *folder, const char *socket);
/* A folder with all that is in it. */
void outside_remove(const char *folder);

#endif
