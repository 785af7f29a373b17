/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_REPORT_H
#define VNC_REPORT_H

/*
 * Tells the machine, by its control socket, who looks: so its clients hear VNC_CONNECTED,
 * VNC_INITIALIZED and VNC_DISCONNECTED, and query-vnc lists the viewers.  Nothing here waits for
 * the machine: what it does not take is kept, up to REPORT_ROOM bytes.  When the connection ends
 * the machine takes all these viewers for gone; a new one is told of all of them again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define REPORT_ROOM 65536

struct report {
    const char *path; /* of the control socket; NULL: nobody is told */
    int fd;           /* -1: not connected */
    uint64_t tried;   /* channel_now() of the last attempt */
    size_t length;    /* of what waits */
    unsigned lines;   /* that the machine has said */
    char out[REPORT_ROOM];
};

/* One end of a viewer's connection, as QMP has it. */
struct report_side {
    char host[64], service[112];
    const char *family; /* NULL: nothing is known */
    const char *auth;   /* of the server; NULL: none is told */
    bool websocket;
};

void report_init(struct report *report, const char *path);
/* If it is not connected, and it is time to try; true: it is connected now, is told where viewers
 * find the server, and knows of nobody. */
bool report_connect(struct report *report, const struct report_side *server);
/* Waits, not long, until the machine has taken that. */
void report_settle(struct report *report);
/* ms until report_connect() may do something; -1: it has nothing to do. */
int report_pause(const struct report *report);
/* Queues an event ("VNC_CONNECTED" ...); false: there was no room, and the connection is given up.
 */
bool report_event(struct report *report, const char *event, const struct report_side *server,
                  const struct report_side *client);
short report_wants(const struct report *report); /* for poll() */
/* Sends what waits, throws answers away. */
void report_serve(struct report *report);
void report_close(struct report *report);

void report_side_of(const struct sockaddr_storage *address, socklen_t length, bool websocket,
                    struct report_side *side);

#endif
