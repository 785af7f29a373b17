/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_INPUT_PS2_KEYS_H
#define DEVICES_INPUT_PS2_KEYS_H

/* What the keys of a PS/2 keyboard send, by Linux evdev code. */

#include <stdint.h>

/* The evdev codes that behave specially or that tests name. */
enum {
    EVDEV_ESC = 1,
    EVDEV_1 = 2,
    EVDEV_ENTER = 28,
    EVDEV_LEFTCTRL = 29,
    EVDEV_A = 30,
    EVDEV_S = 31,
    EVDEV_LEFTSHIFT = 42,
    EVDEV_RIGHTSHIFT = 54,
    EVDEV_LEFTALT = 56,
    EVDEV_SPACE = 57,
    EVDEV_CAPSLOCK = 58,
    EVDEV_F1 = 59,
    EVDEV_F7 = 65,
    EVDEV_KPSLASH = 98,
    EVDEV_SYSRQ = 99,
    EVDEV_RIGHTCTRL = 97,
    EVDEV_RIGHTALT = 100,
    EVDEV_HOME = 102,
    EVDEV_UP = 103,
    EVDEV_DELETE = 111,
    EVDEV_MUTE = 113,
    EVDEV_PAUSE = 119,
    EVDEV_HANGEUL = 122,
    EVDEV_YEN = 124,
    EVDEV_LEFTMETA = 125,
};

enum { PS2_KEYS = 256 };

enum {
    PS2_E0 = 0x01,       /* set 2 and 1: prefix E0 */
    PS2_CURSOR = 0x02,   /* grey cursor block: shifts are undone around it */
    PS2_SLASH = 0x04,    /* grey slash: only held shifts are undone */
    PS2_NO_BREAK = 0x08, /* sends no break code in sets 1 and 2 */
    /* Set 3, state after power-on. */
    PS2_BREAK3 = 0x10,  /* sends a break code */
    PS2_REPEAT3 = 0x20, /* repeats */
};

struct ps2_key {
    uint8_t set2; /* 0: no such key */
    uint8_t set3; /* 0: none */
    uint8_t flags;
};

extern const struct ps2_key ps2_keys[PS2_KEYS];

/* Set 2 to set 1, as the 8042 translates it. */
extern const uint8_t ps2_set1[256];

#endif
