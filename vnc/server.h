/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_SERVER_H
#define VNC_SERVER_H

/* The process that listens: it lets viewers in, each as a process of its own, and ends with the
 * machine. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vnc/viewer.h"

struct error;
struct server;

struct server_setup {
    struct viewer_setup viewer;
    const char *name;      /* the machine's */
    const char *address;   /* numeric, or "localhost" */
    int port;              /* 0: no TCP; -1: the first free one from 5900 on */
    int web;               /* port, or 0 */
    const char *unix_path; /* or NULL */
    const char *control;   /* the machine's control socket, which is told who looks; or NULL */
};

/* Listens; port and web of the setup become those that it is. */
struct server *server_new(struct server_setup *setup, struct error *err);
/* Until SIGTERM, SIGINT (0) or until the machine has gone (1). */
int server_run(struct server *server);
void server_free(struct server *server);

/* Is that address (numeric, or "localhost") this host's own, which nobody else reaches?  False and
 * err, if it is no address. */
bool server_is_loopback(const char *address, bool *loopback, struct error *err);

#endif
