/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_INPUT_H
#define CORE_INPUT_H

/*
 * Input from people to chips, and lights back.  Keys are physical keys by Linux evdev code (KEY_ESC
 * = 1, KEY_A = 30, KEY_RIGHTCTRL = 97 ...), which are also what SDL and RFB map to most directly.
 */

#include <stdbool.h>
#include <stdint.h>

enum { LED_SCROLL = 1, LED_NUM = 2, LED_CAPS = 4 }; /* as the keyboard's EDh command has them */
enum { BUTTON_LEFT = 1, BUTTON_RIGHT = 2, BUTTON_MIDDLE = 4, BUTTON_SIDE = 8, BUTTON_EXTRA = 16 };

struct input {
    /* Filled in by the keyboard and mouse chips; NULL: none. */
    void (*key)(void *ctx, unsigned evdev, bool down);
    void *key_ctx;
    /* Relative movement (dx right, dy down), wheel (positive: away from the user), buttons held. */
    void (*pointer)(void *ctx, int dx, int dy, int wheel, unsigned buttons);
    void *pointer_ctx;
    /* Position on the screen, 0 (left, top) to 65535; the other arguments as above.  For a guest
     * whose driver speaks to an absolute pointing device; NULL: the board has none. */
    void (*pointer_absolute)(void *ctx, unsigned x, unsigned y, int wheel, unsigned buttons);
    void *absolute_ctx;
    bool absolute; /* the guest's driver asked for positions */
    /* Set by the machine: called by the chip when `absolute` changes. */
    void (*absolute_changed)(void *ctx, bool absolute);
    void *absolute_changed_ctx;
    /* Set by the machine: called when LEDs change. */
    void (*leds_changed)(void *ctx, unsigned leds);
    void *leds_ctx;
    unsigned leds;
};

/* How many key events the keyboard can still take without losing one; 0: wait.  Set beside key. */
#define INPUT_QUEUE 32

#endif
