/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_TERMINAL_DECODE_H
#define GUI_TERMINAL_DECODE_H

/* What a terminal sends, as keys of a PC. */

#include <stdbool.h>

#include "core/host/keys.h"

enum { MOD_SHIFT = 1, MOD_ALT = 2, MOD_CTRL = 4 }; /* as xterm counts them */

enum decoded_kind {
    DECODED_NOTHING, /* to be passed over */
    DECODED_KEY,
    DECODED_CODE, /* a character of code page 437 that no key has */
    DECODED_HOST, /* Ctrl+]: not for the guest */
    DECODED_PASTE_BEGIN,
    DECODED_PASTE_END,
};

struct decoded {
    enum decoded_kind kind;
    unsigned evdev, mods; /* KEY */
    unsigned code;        /* CODE */
    char letter;          /* the character a KEY stands for, or 0 */
};

/*
 * Decodes the first key of `length` bytes; its value is how many bytes it took, 0: more must come.
 * `last`: no more will come.  `pasted`: the text is meant as it stands, nothing is a sequence but
 * the end of the paste.  `backspace`: the byte of the Backspace key (7Fh, or 08h on some).
 */
int decode(const char *bytes, int length, bool last, bool pasted, char backspace,
           struct decoded *d);

#define DECODED_STROKES 8

/* The strokes that type it, with the guest's Caps Lock on or off: how many. */
int decoded_strokes(const struct decoded *d, bool caps, struct key_stroke strokes[DECODED_STROKES]);

#endif
