/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_WAITER_H
#define CORE_HOST_WAITER_H

/*
 * Waits for descriptors of the host on behalf of the machine thread.  One thread does nothing but
 * wait; what there is to do is done on the machine thread, by posted turns, so that nobody who uses
 * this needs a lock.  Everything here: machine thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct machine;
struct waiter;

struct watch {
    void (*ready)(void *ctx, unsigned events); /* EPOLLIN ... */
    void *ctx;
    struct waiter *waiter; /* the rest: the waiter's own */
    int fd;
    unsigned events;
};

struct waiter *waiter_new(struct error *err);
/* Ends the thread; before the machine goes. */
void waiter_stop(struct waiter *waiter);
/* All watches must have been stopped. */
void waiter_free(struct waiter *waiter);
/* Starts the thread; from here on turns come by themselves. */
void waiter_start(struct waiter *waiter, struct machine *machine);
/* One turn by hand, without the thread: waits up to timeout_ms for the first event, then calls
 * whoever is ready.  False: nobody was. */
bool waiter_turn(struct waiter *waiter, int timeout_ms);

void watch_init(struct watch *watch, struct waiter *waiter, void (*ready)(void *ctx, unsigned),
                void *ctx);
/* Waits for `events` on fd from now on; 0: for errors and hang-up alone.  False: the file cannot be
 * waited for, because it is always ready (a regular file). */
bool watch_set(struct watch *watch, int fd, unsigned events);
/* No longer; call before the descriptor is closed.  May be called twice, and from `ready`. */
void watch_stop(struct watch *watch);

/* A timer of the host's clock as a descriptor to be watched: fires once after `ms`; 0 stops it. */
int host_timer_new(void);
void host_timer_set(int fd, unsigned ms);

#endif
