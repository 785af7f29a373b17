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
};

/* As the parent sees it; the last two are said before the viewer hears of it. */
enum viewer_state { VIEWER_GREETING, VIEWER_PASSED, VIEWER_DENIED };

/* Serves the viewer on `fd` to its end.  refusal: NULL, or why it is not let in. */
void viewer_run(const struct viewer_setup *setup, int fd, enum viewer_kind kind,
                const char *refusal, atomic_uint *state);

#endif
