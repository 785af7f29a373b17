/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host key, as a state machine of its own so that it can be tested. */
#include <linux/input-event-codes.h>

#include "gui/window/hostkey.h"

static bool *modifier(struct hostkey *host, unsigned evdev)
{
    switch (evdev) {
    case KEY_LEFTCTRL:
        return &host->ctrl[0];
    case KEY_RIGHTCTRL:
        return &host->ctrl[1];
    case KEY_LEFTALT:
        return &host->alt[0];
    case KEY_RIGHTALT:
        return &host->alt[1];
    default:
        return 0;
    }
}

static bool both(const struct hostkey *host)
{
    return (host->ctrl[0] || host->ctrl[1]) && (host->alt[0] || host->alt[1]);
}

static bool command(unsigned evdev)
{
    return evdev == KEY_F || evdev == KEY_B || evdev == KEY_I || evdev == KEY_P;
}

enum hostkey_result hostkey_feed(struct hostkey *host, unsigned evdev, bool down)
{
    bool *key = modifier(host, evdev), before = both(host), alone = host->alone;

    if (!key) {
        if (down)
            host->alone = false;
        return down && before && command(evdev) ? HOSTKEY_COMMAND : HOSTKEY_PASS;
    }
    *key = down;
    if (down) {
        host->alone = both(host) && (!before || alone);
        return HOSTKEY_PASS;
    }
    if (before && alone) {
        host->alone = false;
        return HOSTKEY_RELEASE;
    }
    return HOSTKEY_PASS;
}

void hostkey_spoil(struct hostkey *host)
{
    host->alone = false;
}

void hostkey_reset(struct hostkey *host)
{
    *host = (struct hostkey){ .alone = false };
}
