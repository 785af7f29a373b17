/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_VIEWER_H
#define VNC_VIEWER_H

/*
 * One viewer, in a process of its own: what it sends, or does not read, harms nobody else.
 */

#include <stdatomic.h>
#include <stdbool.h>

#include <gnutls/gnutls.h>

#include "vnc/passwords.h"

enum viewer_kind {
    VIEWER_TCP,
    VIEWER_UNIX, /* never leaves the host: no TLS */
    VIEWER_WEB,  /* HTTP, and RFB in a WebSocket */
};

/* What all viewers of a machine have in common. */
struct viewer_setup {
    const char *console;                          /* path of the machine's socket */
    const struct passwords *passwords;            /* NULL: none */
    gnutls_certificate_credentials_t credentials; /* NULL: no TLS */
    bool clipboard;
    const char *pages;    /* folder of noVNC */
    const char *names[3]; /* of this host; ends with NULL */
    int changes;          /* an eventfd: written when a viewer's state is news for the parent */
};

/* As the parent sees it; PASSED and DENIED are said before the viewer hears of it, SHOWN when it
 * has begun its session. */
enum viewer_state { VIEWER_GREETING, VIEWER_DENIED, VIEWER_PASSED, VIEWER_SHOWN };

/* Serves the viewer on `fd` to its end.  refusal: NULL, or why it is not let in. */
void viewer_run(const struct viewer_setup *setup, int fd, enum viewer_kind kind,
                const char *refusal, atomic_uint *state);

#endif
