/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_HELPER_H
#define CORE_HOST_HELPER_H

/*
 * A child process that does for the machine what the machine itself may not do once it is confined
 * (open files, make sockets) or must not wait for (names to be looked up, disks to be flushed).
 * It is forked before the machine starts a thread, holds nothing of it but one socket, and ends
 * when that socket is closed.  Messages keep their borders and may carry one descriptor.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"

struct helper {
    int fd; /* the machine's end, non-blocking; -1: there is none */
    pid_t pid;
};

/* serve runs in the child with its end of the socket; the child ends when it returns. */
bool helper_start(struct helper *helper, void (*serve)(int fd, const void *ctx), const void *ctx,
                  struct error *err);
/* Closes the socket and waits for the child; at_once: it is not given time to finish anything. */
void helper_stop(struct helper *helper, bool at_once);

/* pass: a descriptor to be sent along, or -1. */
bool helper_send(int fd, const void *message, size_t size, int pass);
/* Fills `message` (shorter messages leave its end alone); *passed is a new descriptor or -1.
 * 1: there was one, 0: none yet, -1: the other side has gone. */
int helper_receive(int fd, void *message, size_t size, int *passed);

#endif
