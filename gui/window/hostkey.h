/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_WINDOW_HOSTKEY_H
#define GUI_WINDOW_HOSTKEY_H

/*
 * The host key: Ctrl and Alt together.  Pressed and released alone they give the mouse back; with
 * one of a few letters they are a command to the window; with any other key they are the guest's.
 */

#include <stdbool.h>

struct hostkey {
    bool ctrl[2], alt[2]; /* left, right */
    bool alone;           /* both are held, and nothing else has been pressed since */
};

enum hostkey_result {
    HOSTKEY_PASS,    /* the guest's */
    HOSTKEY_RELEASE, /* the guest's, and the mouse is given back */
    HOSTKEY_COMMAND, /* the window's: F, B, I or P went down */
};

/* evdev code of a physical key. */
enum hostkey_result hostkey_feed(struct hostkey *host, unsigned evdev, bool down);
/* Something else was used in between, such as a mouse button. */
void hostkey_spoil(struct hostkey *host);
/* The keyboard has gone. */
void hostkey_reset(struct hostkey *host);

#endif
