/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes the sequences of xterm and those that follow it (VTE, tmux, screen), of rxvt and of the
 * Linux console.  Source: ECMA-48 for the form, "XTerm Control Sequences" for the meaning.  Not
 * modelled: mouse reports, which are not asked for.
 */
#include <linux/input-event-codes.h>
#include <string.h>

#include "core/host/picture.h"
#include "gui/terminal/decode.h"

#define ESC '\033'

static void key(struct decoded *d, unsigned evdev, unsigned mods)
{
    d->kind = evdev ? DECODED_KEY : DECODED_NOTHING;
    d->evdev = evdev;
    d->mods |= mods;
}

/* ---- single characters ---- */

static void character(struct decoded *d, char c)
{
    bool shift;
    unsigned evdev = key_by_char(c, &shift);

    key(d, evdev, shift ? MOD_SHIFT : 0);
    d->letter = c;
}

static void control(struct decoded *d, char c, char backspace, bool pasted)
{
    if (c == backspace || c == '\177') {
        key(d, KEY_BACKSPACE, 0);
    } else if (c == '\t' || c == '\r' || (c == '\n' && pasted)) {
        character(d, c);
    } else if (pasted) {
        d->kind = DECODED_NOTHING;
    } else if (c == 0x1d) {
        d->kind = DECODED_HOST;
    } else if (c == 0) {
        key(d, KEY_2, MOD_CTRL);
    } else if (c == 0x1e) {
        key(d, KEY_6, MOD_CTRL);
    } else if (c == 0x1f) {
        key(d, KEY_MINUS, MOD_CTRL);
    } else if (c == 0x1c) {
        key(d, KEY_BACKSLASH, MOD_CTRL);
    } else {
        character(d, (char)(c | 0x60));
        d->letter = 0;
        d->mods |= MOD_CTRL;
    }
}

static void unicode(struct decoded *d, uint32_t u)
{
    d->kind = DECODED_NOTHING;
    for (unsigned c = 128; c < 256; c++) {
        if (cp437_to_unicode((uint8_t)c) == u) {
            d->kind = DECODED_CODE;
            d->code = c;
        }
    }
}

/* One character, of one byte or more. */
static int plain(const char *bytes, int length, bool last, bool pasted, char backspace,
                 struct decoded *d)
{
    unsigned char c = (unsigned char)bytes[0];
    int need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;
    uint32_t u = c & (0xffu >> (need + 1));

    if (c < ' ' || c == 127) {
        control(d, (char)c, backspace, pasted);
        return 1;
    }
    if (c < 128) {
        character(d, (char)c);
        return 1;
    }
    for (int i = 1; i < need; i++) {
        if (i >= length)
            return last ? length : 0;
        if (((unsigned char)bytes[i] & 0xc0) != 0x80)
            return i; /* broken off: the next one starts here */
        u = u << 6 | ((unsigned char)bytes[i] & 0x3f);
    }
    if (need > 1)
        unicode(d, u);
    return need;
}

/* ---- sequences ---- */

static unsigned by_letter(char c)
{
    static const char letters[] = "ABCDEFHPQRS";
    static const unsigned char codes[] = { KEY_UP,  KEY_DOWN, KEY_RIGHT, KEY_LEFT,
                                           KEY_KP5, KEY_END,  KEY_HOME,  KEY_F1,
                                           KEY_F2,  KEY_F3,   KEY_F4 };
    const char *at = strchr(letters, c);

    return c && at ? codes[at - letters] : 0;
}

/* CSI n ~; 25 and up are Shift and a function key, as the VT220 had no Shift to report. */
static void by_number(struct decoded *d, unsigned n)
{
    static const unsigned char codes[] = {
        0,        KEY_HOME, KEY_INSERT, KEY_DELETE, KEY_END, KEY_PAGEUP, KEY_PAGEDOWN,
        KEY_HOME, KEY_END,  0,          0,          KEY_F1,  KEY_F2,     KEY_F3,
        KEY_F4,   KEY_F5,   0,          KEY_F6,     KEY_F7,  KEY_F8,     KEY_F9,
        KEY_F10,  0,        KEY_F11,    KEY_F12,    KEY_F1,  KEY_F2,     0,
        KEY_F3,   KEY_F4,   0,          KEY_F5,     KEY_F6,  KEY_F7,     KEY_F8,
    };

    if (n == 200)
        d->kind = DECODED_PASTE_BEGIN;
    else if (n == 201)
        d->kind = DECODED_PASTE_END;
    else if (n < sizeof(codes))
        key(d, codes[n], n >= 25 ? MOD_SHIFT : 0);
}

static unsigned modifiers(unsigned parameter)
{
    return parameter ? (parameter - 1) & (MOD_SHIFT | MOD_ALT | MOD_CTRL) : 0;
}

/* A key reported by its character ("CSI 27;mods;c ~" and "CSI c;mods u"). */
static void by_character(struct decoded *d, unsigned c, unsigned mods)
{
    d->mods |= mods;
    if (c == ']' && mods == MOD_CTRL)
        d->kind = DECODED_HOST;
    else if (c == 127 || c == 8)
        key(d, KEY_BACKSPACE, 0);
    else if (c < 128)
        character(d, (char)c);
    else
        unicode(d, c);
    d->letter = 0;
}

/* After ESC [.  Its value counts from the parameters on. */
static int csi(const char *s, int length, struct decoded *d)
{
    unsigned p[3] = { 0 }, count = 0;
    int i = 0;

    if (length > 0 && s[0] == '[') { /* the Linux console's F1 to F5 */
        if (length < 2)
            return 0;
        key(d, s[1] >= 'A' && s[1] <= 'E' ? KEY_F1 + (unsigned)(s[1] - 'A') : 0, 0);
        return 2;
    }
    for (; i < length && s[i] >= 0x20 && s[i] < 0x40; i++) {
        if (s[i] == ';' && count < 2)
            count++;
        else if (s[i] >= '0' && s[i] <= '9' && p[count] < 10000)
            p[count] = p[count] * 10 + (unsigned)(s[i] - '0');
    }
    if (i == length)
        return 0;
    if (s[i] == '~' && p[0] == 27 && count == 2) {
        by_character(d, p[2], modifiers(p[1]));
    } else if (s[i] == 'u') {
        by_character(d, p[0], modifiers(p[1]));
    } else if (s[i] == '~' || s[i] == '$' || s[i] == '^' || s[i] == '@') {
        d->mods |= modifiers(p[1]);
        by_number(d, p[0]);
    } else if (s[i] == 'Z') {
        key(d, KEY_TAB, MOD_SHIFT);
    } else if (s[i] >= 'a' && s[i] <= 'd') { /* rxvt: Shift and an arrow */
        key(d, by_letter((char)(s[i] - 0x20)), MOD_SHIFT);
    } else {
        key(d, by_letter(s[i]), modifiers(p[1]));
    }
    return i + 1;
}

/* After ESC O: F1 to F4, and the keypad in application mode. */
static int ss3(const char *s, int length, struct decoded *d)
{
    static const char letters[] = "MXjklmnopqrstuvwxy";
    static const unsigned char codes[] = { KEY_KPENTER, KEY_KPEQUAL, KEY_KPASTERISK, KEY_KPPLUS,
                                           KEY_KPCOMMA, KEY_KPMINUS, KEY_KPDOT,      KEY_KPSLASH,
                                           KEY_KP0,     KEY_KP1,     KEY_KP2,        KEY_KP3,
                                           KEY_KP4,     KEY_KP5,     KEY_KP6,        KEY_KP7,
                                           KEY_KP8,     KEY_KP9 };
    unsigned mods = 0;
    const char *at;
    int i = 0;

    for (; i < length && ((s[i] >= '0' && s[i] <= '9') || s[i] == ';'); i++)
        mods = s[i] == ';' ? 0 : (unsigned)(s[i] - '0');
    if (i == length)
        return 0;
    at = s[i] ? strchr(letters, s[i]) : NULL;
    if (s[i] >= 'a' && s[i] <= 'd') /* rxvt: Ctrl and an arrow */
        key(d, by_letter((char)(s[i] - 0x20)), MOD_CTRL);
    else
        key(d, at ? codes[at - letters] : by_letter(s[i]), modifiers(mods));
    return i + 1;
}

/* bytes[0] is ESC. */
static int sequence(const char *bytes, int length, bool last, char backspace, struct decoded *d)
{
    int n = 0;

    if (length == 1) {
        if (last)
            key(d, KEY_ESC, 0);
        return last ? 1 : 0;
    }
    if (bytes[1] == '[' || bytes[1] == 'O') {
        n = bytes[1] == '[' ? csi(bytes + 2, length - 2, d) : ss3(bytes + 2, length - 2, d);
        if (n)
            return n + 2;
        if (!last)
            return 0;
        if (length > 2) /* it broke off */
            return length;
    }
    if (bytes[1] == ESC) {
        n = sequence(bytes + 1, length - 1, last, backspace, d);
        if (n && d->kind == DECODED_KEY && d->evdev == KEY_ESC) {
            key(d, KEY_ESC, 0);
            return 1; /* Escape, twice */
        }
    } else {
        n = plain(bytes + 1, length - 1, last, false, backspace, d);
    }
    if (n && d->kind == DECODED_KEY)
        d->mods |= MOD_ALT;
    return n ? n + 1 : 0;
}

static int pasted_text(const char *bytes, int length, bool last, char backspace, struct decoded *d)
{
    static const char end[] = "\033[201~";
    int n = length < 6 ? length : 6;

    if (bytes[0] != ESC)
        return plain(bytes, length, last, true, backspace, d);
    if (memcmp(bytes, end, (size_t)n)) {
        d->kind = DECODED_NOTHING;
        return 1;
    }
    if (n < 6)
        return last ? length : 0;
    d->kind = DECODED_PASTE_END;
    return 6;
}

int decode(const char *bytes, int length, bool last, bool pasted, char backspace, struct decoded *d)
{
    *d = (struct decoded){ .kind = DECODED_NOTHING };
    if (length <= 0)
        return 0;
    if (pasted)
        return pasted_text(bytes, length, last, backspace, d);
    if (bytes[0] == ESC)
        return sequence(bytes, length, last, backspace, d);
    return plain(bytes, length, last, false, backspace, d);
}

/* ---- strokes ---- */

struct writer {
    struct key_stroke *strokes;
    int count;
};

static void put(struct writer *w, unsigned evdev, bool down)
{
    if (w->count < DECODED_STROKES)
        w->strokes[w->count++] = (struct key_stroke){ (unsigned short)evdev, down };
}

/*
 * Alt held, the number on the keypad, Alt released: IBM's BIOS made the character of it, and DOS
 * keyboard drivers do.  (SeaBIOS alone passes it over.)
 */
static void type_code(struct writer *w, unsigned code)
{
    static const unsigned char digits[] = { KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4,
                                            KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9 };

    put(w, KEY_LEFTALT, true);
    for (unsigned unit = 100; unit; unit /= 10) {
        put(w, digits[code / unit % 10], true);
        put(w, digits[code / unit % 10], false);
    }
    put(w, KEY_LEFTALT, false);
}

int decoded_strokes(const struct decoded *d, bool caps, struct key_stroke strokes[DECODED_STROKES])
{
    static const unsigned char keys[] = { KEY_LEFTSHIFT, KEY_LEFTALT, KEY_LEFTCTRL };
    struct writer w = { strokes, 0 };
    unsigned mods = d->mods;

    if (d->kind == DECODED_CODE)
        type_code(&w, d->code);
    if (d->kind != DECODED_KEY)
        return w.count;
    if (caps && ((d->letter >= 'a' && d->letter <= 'z') || (d->letter >= 'A' && d->letter <= 'Z')))
        mods ^= MOD_SHIFT;
    for (int i = 0; i < 3; i++)
        if (mods & 1u << i)
            put(&w, keys[i], true);
    put(&w, d->evdev, true);
    put(&w, d->evdev, false);
    for (int i = 2; i >= 0; i--)
        if (mods & 1u << i)
            put(&w, keys[i], false);
    return w.count;
}
