/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_KEYS_H
#define CORE_HOST_KEYS_H

/* Names of keys: QKeyCode names (as in QMP's send-key) and characters of the US layout, both to
 * Linux evdev codes. */

#include <stdbool.h>
#include <stdint.h>

/* 0: no such name. */
unsigned key_by_name(const char *name);

/* The names that key_by_name() knows, by number; NULL: there are no more. */
const char *key_nth_name(unsigned n);

/* The key that types a character on a US keyboard, and whether Shift is held; 0: none does. */
unsigned key_by_char(char c, bool *shift);

struct key_stroke {
    unsigned short evdev;
    bool down;
};

/*
 * The strokes that type a character: as on a US keyboard, or, if code page 437 has it, Alt and its
 * number on the keypad, which PC BIOSes take as a character.  How many (at most KEY_CHAR_STROKES);
 * 0: nothing types it.
 */
#define KEY_CHAR_STROKES 8
int key_strokes(uint32_t unicode, struct key_stroke strokes[KEY_CHAR_STROKES]);
/* Takes one character off a UTF-8 text; what is no UTF-8 gives FFFDh, a byte at a time. */
uint32_t key_next_char(const char **text);

/*
 * Turns "dir{enter}" into strokes: plain characters as key_strokes() has them, \n as Enter, names
 * in braces as keys, several joined by '-' as a chord ("{ctrl-alt-delete}"), "{{}" for a brace.
 * Returns how many strokes, or -1 and a sentence in problem (256 bytes); more than `most` is such a
 * problem.
 */
int key_parse(const char *text, struct key_stroke *strokes, int most, char *problem);

#endif
