/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_SESSION_H
#define VNC_SESSION_H

/* One viewer's session between libvncserver and the machine's console: one to a process. */

#include <stdbool.h>

#include "vnc/passwords.h"

struct error;

struct session_setup {
    const char *console; /* path of the machine's socket */
    enum access access;
    bool clipboard;           /* Ctrl+Alt+V types the viewer's clipboard */
    void (*shown)(void *ctx); /* the viewer has said all that it must: it gets pictures now */
    void *ctx;
};

/* Connects to the console and makes libvncserver's side on `fd`, which it takes over.  The first
 * bytes of RFB (version, security, result) have been exchanged when it returns; `peer` is the other
 * end of `fd`, not yet in anybody's hands. */
bool session_open(const struct session_setup *setup, int fd, int peer, struct error *err);
/* Serves until the viewer or the machine has gone. */
void session_run(void);
void session_close(void);

#endif
