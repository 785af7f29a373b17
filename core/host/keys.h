/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_KEYS_H
#define CORE_HOST_KEYS_H

/* Names of keys: QKeyCode names (as in QMP's send-key) and characters of the US layout, both to
 * Linux evdev codes. */

#include <stdbool.h>

/* 0: no such name. */
unsigned key_by_name(const char *name);

/* The key that types a character on a US keyboard, and whether Shift is held; 0: none does. */
unsigned key_by_char(char c, bool *shift);

struct key_stroke {
    unsigned short evdev;
    bool down;
};

/*
 * Turns "dir{enter}" into strokes: plain characters as typed on a US keyboard, \n as Enter, names
 * in braces as keys, several joined by '-' as a chord ("{ctrl-alt-delete}"), "{{}" for a brace.
 * Returns how many strokes, or -1 and a sentence in problem (256 bytes); more than `most` is such a
 * problem.
 */
int key_parse(const char *text, struct key_stroke *strokes, int most, char *problem);

#endif
