/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/input-event-codes.h>

#include "core/host/keys.h"
#include "vnc/keyboard.h"

/* ---- key codes ---- */

/* Scan code set 1: 01h to 58h are what Linux took over as its key codes; these are above. */
static const uint8_t xt_plain[128] = {
    [0x54] = KEY_SYSRQ,   [0x59] = KEY_KPEQUAL,  [0x5d] = KEY_F13,
    [0x5e] = KEY_F14,     [0x5f] = KEY_F15,      [0x70] = KEY_KATAKANAHIRAGANA,
    [0x71] = KEY_HANJA,   [0x72] = KEY_HANGEUL,  [0x73] = KEY_RO,
    [0x79] = KEY_HENKAN,  [0x7b] = KEY_MUHENKAN, [0x7d] = KEY_YEN,
    [0x7e] = KEY_KPCOMMA,
};

/* With prefix E0. */
static const uint8_t xt_extended[128] = {
    [0x10] = KEY_PREVIOUSSONG, [0x19] = KEY_NEXTSONG,   [0x1c] = KEY_KPENTER,
    [0x1d] = KEY_RIGHTCTRL,    [0x20] = KEY_MUTE,       [0x22] = KEY_PLAYPAUSE,
    [0x24] = KEY_STOPCD,       [0x2e] = KEY_VOLUMEDOWN, [0x30] = KEY_VOLUMEUP,
    [0x35] = KEY_KPSLASH,      [0x37] = KEY_SYSRQ,      [0x38] = KEY_RIGHTALT,
    [0x46] = KEY_PAUSE,        [0x47] = KEY_HOME,       [0x48] = KEY_UP,
    [0x49] = KEY_PAGEUP,       [0x4b] = KEY_LEFT,       [0x4d] = KEY_RIGHT,
    [0x4f] = KEY_END,          [0x50] = KEY_DOWN,       [0x51] = KEY_PAGEDOWN,
    [0x52] = KEY_INSERT,       [0x53] = KEY_DELETE,     [0x5b] = KEY_LEFTMETA,
    [0x5c] = KEY_RIGHTMETA,    [0x5d] = KEY_COMPOSE,    [0x5e] = KEY_POWER,
    [0x5f] = KEY_SLEEP,        [0x63] = KEY_WAKEUP,     [0x71] = KEY_HANJA,
    [0x72] = KEY_HANGEUL,
};

unsigned keyboard_xt(uint32_t code)
{
    if (code >> 8 == 0xe0) /* some send the prefix as it is */
        code = (code & 0x7f) | 0x80;
    if (code > 0xff)
        return 0;
    if (code & 0x80)
        return xt_extended[code & 0x7f];
    return code && code <= 0x58 && code != 0x54 && code != 0x55 ? code : xt_plain[code];
}

/* ---- keysyms ---- */

/* Numbers of <X11/keysymdef.h>, below FF00h. */
static const struct {
    uint8_t low, evdev;
} keysyms[] = {
    { 0x08, KEY_BACKSPACE }, { 0x09, KEY_TAB },        { 0x0a, KEY_ENTER },
    { 0x0d, KEY_ENTER },     { 0x13, KEY_PAUSE },      { 0x14, KEY_SCROLLLOCK },
    { 0x15, KEY_SYSRQ },     { 0x1b, KEY_ESC },        { 0x20, KEY_COMPOSE },
    { 0x50, KEY_HOME },      { 0x51, KEY_LEFT },       { 0x52, KEY_UP },
    { 0x53, KEY_RIGHT },     { 0x54, KEY_DOWN },       { 0x55, KEY_PAGEUP },
    { 0x56, KEY_PAGEDOWN },  { 0x57, KEY_END },        { 0x61, KEY_SYSRQ },
    { 0x63, KEY_INSERT },    { 0x67, KEY_COMPOSE },    { 0x6b, KEY_PAUSE },
    { 0x7e, KEY_RIGHTALT },  { 0x7f, KEY_NUMLOCK },    { 0x80, KEY_SPACE },
    { 0x89, KEY_TAB },       { 0x8d, KEY_KPENTER },    { 0x95, KEY_KP7 },
    { 0x96, KEY_KP4 },       { 0x97, KEY_KP8 },        { 0x98, KEY_KP6 },
    { 0x99, KEY_KP2 },       { 0x9a, KEY_KP9 },        { 0x9b, KEY_KP3 },
    { 0x9c, KEY_KP1 },       { 0x9d, KEY_KP5 },        { 0x9e, KEY_KP0 },
    { 0x9f, KEY_KPDOT },     { 0xaa, KEY_KPASTERISK }, { 0xab, KEY_KPPLUS },
    { 0xac, KEY_KPDOT },     { 0xad, KEY_KPMINUS },    { 0xae, KEY_KPDOT },
    { 0xaf, KEY_KPSLASH },   { 0xb0, KEY_KP0 },        { 0xb1, KEY_KP1 },
    { 0xb2, KEY_KP2 },       { 0xb3, KEY_KP3 },        { 0xb4, KEY_KP4 },
    { 0xb5, KEY_KP5 },       { 0xb6, KEY_KP6 },        { 0xb7, KEY_KP7 },
    { 0xb8, KEY_KP8 },       { 0xb9, KEY_KP9 },        { 0xbd, KEY_KPEQUAL },
    { 0xbe, KEY_F1 },        { 0xbf, KEY_F2 },         { 0xc0, KEY_F3 },
    { 0xc1, KEY_F4 },        { 0xc2, KEY_F5 },         { 0xc3, KEY_F6 },
    { 0xc4, KEY_F7 },        { 0xc5, KEY_F8 },         { 0xc6, KEY_F9 },
    { 0xc7, KEY_F10 },       { 0xc8, KEY_F11 },        { 0xc9, KEY_F12 },
    { 0xe1, KEY_LEFTSHIFT }, { 0xe2, KEY_RIGHTSHIFT }, { 0xe3, KEY_LEFTCTRL },
    { 0xe4, KEY_RIGHTCTRL }, { 0xe5, KEY_CAPSLOCK },   { 0xe7, KEY_LEFTALT },
    { 0xe8, KEY_RIGHTALT },  { 0xe9, KEY_LEFTALT },    { 0xea, KEY_RIGHTALT },
    { 0xeb, KEY_LEFTMETA },  { 0xec, KEY_RIGHTMETA },  { 0xff, KEY_DELETE },
};

unsigned keyboard_keysym(uint32_t keysym, int *shift)
{
    bool shifted;
    unsigned evdev;

    *shift = -1;
    if (keysym >= 0x20 && keysym < 0x7f) {
        evdev = key_by_char((char)keysym, &shifted);
        *shift = keysym == ' ' ? -1 : shifted;
        return evdev;
    }
    if (keysym == 0xfe03) /* ISO_Level3_Shift: AltGr */
        return KEY_RIGHTALT;
    if (keysym == 0xfe20) /* ISO_Left_Tab: Shift is held already */
        return KEY_TAB;
    if (keysym >> 8 != 0xff)
        return 0;
    for (unsigned i = 0; i < sizeof(keysyms) / sizeof(keysyms[0]); i++)
        if (keysyms[i].low == (keysym & 0xff))
            return keysyms[i].evdev;
    return 0;
}

/* ---- what goes to the guest ---- */

static void set(struct keyboard *k, unsigned evdev, bool down)
{
    if (!evdev || evdev >= sizeof(k->held) / sizeof(k->held[0]) || (!down && !k->held[evdev]))
        return;
    k->held[evdev] = down;
    k->send(k->ctx, evdev, down);
}

void keyboard_code(struct keyboard *k, uint32_t xt, bool down)
{
    set(k, keyboard_xt(xt), down);
}

void keyboard_symbol(struct keyboard *k, uint32_t keysym, bool down)
{
    static const unsigned shifts[] = { KEY_LEFTSHIFT, KEY_RIGHTSHIFT };
    bool letter = (keysym >= 'A' && keysym <= 'Z') || (keysym >= 'a' && keysym <= 'z');
    bool held[2] = { k->held[KEY_LEFTSHIFT], k->held[KEY_RIGHTSHIFT] };
    int shift;
    unsigned evdev = keyboard_keysym(keysym, &shift);
    bool wrong;

    if (letter && k->caps_lock)
        shift = !shift;
    /* A letter with Ctrl or Alt is a command: Shift as the viewer has it. */
    if (k->held[KEY_LEFTCTRL] || k->held[KEY_RIGHTCTRL] || k->held[KEY_LEFTALT])
        shift = -1;
    wrong = down && shift >= 0 && (held[0] || held[1]) != (shift == 1);
    if (wrong && shift == 1)
        k->send(k->ctx, KEY_LEFTSHIFT, true);
    for (unsigned i = 0; i < 2; i++)
        if (wrong && shift == 0 && held[i])
            k->send(k->ctx, shifts[i], false);
    set(k, evdev, down);
    if (wrong && shift == 1)
        k->send(k->ctx, KEY_LEFTSHIFT, false);
    for (unsigned i = 0; i < 2; i++)
        if (wrong && shift == 0 && held[i])
            k->send(k->ctx, shifts[i], true);
}

void keyboard_release(struct keyboard *k)
{
    for (unsigned i = 0; i < sizeof(k->held) / sizeof(k->held[0]); i++)
        set(k, i, false);
}

bool keyboard_host_key(const struct keyboard *k)
{
    return (k->held[KEY_LEFTCTRL] || k->held[KEY_RIGHTCTRL]) &&
           (k->held[KEY_LEFTALT] || k->held[KEY_RIGHTALT]);
}
