/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_CHARDEV_H
#define CORE_HOST_CHARDEV_H

/*
 * What a serial line can be connected to on the host.
 *
 *   none                       nothing
 *   stdio                      standard input and output
 *   file:PATH                  what is sent is appended to a file; nothing comes back
 *   pty                        a pseudo terminal; a link to it is in the machine's runtime folder
 *   tcp:HOST:PORT              connects, and again after each loss, with a pause that grows
 *   tcp-listen:[HOST:]PORT     is connected to, by one peer at a time; HOST is 127.0.0.1
 *   unix:PATH, unix-listen:PATH  the same with sockets in the file system
 *   tty:PATH                   a serial port of the host, with all its lines
 *
 * Everything is opened by chardev_open, before the machine is confined.  New sockets of a client
 * are made later too: by a helper process (core/host/helper.h) that is forked in chardev_open and
 * passes connected descriptors.  The machine itself only accepts, reads, writes and closes.
 *
 * A peer that comes raises CTS, DSR and DCD, one that goes lowers them; without one, what the guest
 * sends is lost as on an open plug.  A peer that does not read stops the UART's transmitter when
 * the host's buffer is full, and nothing else.
 */

#include "core/chardev.h"
#include "core/error.h"
#include "core/host/waiter.h"

struct chardev_setup {
    const char *target;
    const char *name;    /* for people: "Serial 1" */
    const char *symlink; /* pty: where the link to it is made; NULL: none */
    struct waiter *waiter;
    void (*log)(void *ctx, const char *text); /* may be NULL */
    void *log_ctx;
    int (*ioctl)(int fd, unsigned long request, void *arg); /* tty: NULL is the real one (tests) */
};

/* False: one sentence in err, which names the target.  *chr is NULL for "none".  The strings must
 * outlive the line.  Forks, if a client: before any thread is started. */
bool chardev_open(const struct chardev_setup *setup, struct chardev **chr, struct error *err);
/* Once there is a chip on the line, and everything that was loaded is: from here on bytes flow.
 * The chip is told of the lines even if they stayed as they were. */
void chardev_start(struct chardev *chr);
/* What it is and whether somebody is there: "tcp-listen:5000 (127.0.0.1:40312)". */
const char *chardev_where(struct chardev *chr);

#endif
