/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_KEYBOARD_H
#define VNC_KEYBOARD_H

/*
 * A viewer's keys.  With QEMU's extended key event a viewer says which key it is, and no layout
 * matters.  Others only send characters (X keysyms): these become the keys that type them on a US
 * keyboard, with Shift pressed or let go around them where the viewer's layout has it otherwise;
 * characters that a US keyboard does not have are dropped.
 */

#include <stdbool.h>
#include <stdint.h>

struct keyboard {
    void (*send)(void *ctx, unsigned evdev, bool down);
    void *ctx;
    bool caps_lock; /* the guest's */
    bool held[256]; /* as the guest knows */
};

/* An XT key code (set 1; with prefix E0: bit 7 set) as a Linux key code; 0: none. */
unsigned keyboard_xt(uint32_t code);
/* A keysym as the key of a US keyboard; shift is set for characters only: 1 with, 0 without Shift,
 * -1: it does not matter.  0: none. */
unsigned keyboard_keysym(uint32_t keysym, int *shift);

void keyboard_code(struct keyboard *keyboard, uint32_t xt, bool down);
void keyboard_symbol(struct keyboard *keyboard, uint32_t keysym, bool down);
/* The viewer has gone, or text is to be typed: nothing stays pressed. */
void keyboard_release(struct keyboard *keyboard);
/* Are Ctrl and Alt held? */
bool keyboard_host_key(const struct keyboard *keyboard);

#endif
