/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CONTROL_CONTROL_H
#define CORE_CONTROL_CONTROL_H

/*
 * The control socket: QMP's wire form (greeting, qmp_capabilities, commands with ids, error
 * classes, events) on a Unix stream socket, for several clients at once.  A thread reads, checks
 * and answers; what a command does to the machine runs on the machine thread, and what takes long
 * (writing files) on a thread of its own.  A client's commands are answered in their order; those
 * of different clients do not wait for each other.
 *
 * Files come as descriptors (SCM_RIGHTS) with add-fd or getfd, never as paths.
 *
 * A client that does not read loses events when CONTROL_QUEUE bytes wait for it, is executed no
 * further, and is cut off when it then takes nothing for CONTROL_PATIENCE_MS.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

#define CONTROL_QUEUE       (256u << 10)
#define CONTROL_PATIENCE_MS 5000

struct machine;
struct control_server;

struct control_actions { /* what only the process around the machine can do */
    /* Saves into the machine's own folder. */
    bool (*save)(void *ctx, struct error *err);
    /* "auto", "kvm", "own", "translate", "interpret"; NULL: only report.  Fills `report` with a
     * JSON object. */
    bool (*engine)(void *ctx, const char *wish, char report[1024], struct error *err);
    /* Opens an image by descriptor (which it takes over) and puts it into a drive; fd -1: takes the
     * medium out. */
    bool (*insert)(void *ctx, const char *drive, int fd, const char *label, bool read_only,
                   struct error *err);
    void *ctx;
    /* Where a serial port leads, in the profile's words; NULL: nowhere. */
    const char *(*serial)(void *ctx, unsigned port);
};

struct control_server *control_server_new(struct machine *machine, const char *name,
                                          const char *uuid, const char *path,
                                          const struct control_actions *actions, struct error *err);
/* After the machine thread has ended; answers that are ready still go out. */
void control_server_free(struct control_server *server);

/* Machine thread: the machine's status has changed.  Sends STOP, RESUME, SHUTDOWN or
 * BLOCK_IO_ERROR; typing ends when it does not run any more. */
void control_server_status(struct control_server *server);
/* Machine thread: sends RESET. */
void control_server_reset(struct control_server *server, bool by_guest);
/* Any thread: sends SHUTDOWN for an end that comes from outside the guest ("host-signal"). */
void control_server_shutdown(struct control_server *server, const char *reason);

/* Machine thread: types a text behind what is typed already, as far as a US keyboard and code page
 * 437 have it; dropped while the machine does not run. */
void control_server_type(struct control_server *server, const char *utf8);
/* The same with a key of a front end that types faster than people do (evdev code); while the
 * machine does not run only a release has an effect. */
void control_server_stroke(struct control_server *server, unsigned evdev, bool down);

/* Any thread: sends an event to all clients that negotiated.  data: a JSON object or NULL.  Of an
 * event that may come often (RTC_CHANGE) one goes out a second, the last one always. */
void control_server_event(struct control_server *server, const char *event, const char *data);

#endif
