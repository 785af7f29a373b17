/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_CONTROL_H
#define CORE_HOST_CONTROL_H

/*
 * The control socket: QMP's wire form (greeting, qmp_capabilities, commands with ids, error
 * classes) on a Unix stream socket.  A thread reads and answers; what a command does runs on the
 * machine thread.  Files come as descriptors (SCM_RIGHTS) with add-fd or getfd, never as paths.
 */

#include <stdbool.h>

#include "core/error.h"

struct machine;
struct control_server;

struct control_actions { /* what only the process around the machine can do */
    /* Saves into the machine's own folder. */
    bool (*save)(void *ctx, struct error *err);
    /* "auto", "kvm", "own", "interpret"; NULL: only report.  Fills `report` with a JSON object. */
    bool (*engine)(void *ctx, const char *wish, char report[1024], struct error *err);
    /* Opens an image by descriptor (which it takes over) and puts it into a drive; fd -1: eject. */
    bool (*insert)(void *ctx, const char *drive, int fd, const char *label, bool read_only,
                   struct error *err);
    void *ctx;
};

struct control_server *control_server_new(struct machine *machine, const char *name,
                                          const char *uuid, const char *path,
                                          const struct control_actions *actions, struct error *err);
void control_server_free(struct control_server *server);

/* Machine thread: the machine's status has changed; typing ends when it does not run any more. */
void control_server_status(struct control_server *server);

/* Machine thread: types a text, as far as a US keyboard has it; dropped while the machine does not
 * run. */
void control_server_type(struct control_server *server, const char *utf8);

/* Any thread: sends an event to all clients that negotiated.  data: a JSON object or NULL. */
void control_server_event(struct control_server *server, const char *event, const char *data);

#endif
