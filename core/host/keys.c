/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key names; the numbers are those of Linux's input-event-codes.h. */
#include <stdio.h>
#include <string.h>

#include "core/host/keys.h"
#include "core/host/picture.h"

static const struct {
    const char *name;
    unsigned short evdev;
} names[] = {
    { "esc", 1 },
    { "escape", 1 },
    { "1", 2 },
    { "2", 3 },
    { "3", 4 },
    { "4", 5 },
    { "5", 6 },
    { "6", 7 },
    { "7", 8 },
    { "8", 9 },
    { "9", 10 },
    { "0", 11 },
    { "minus", 12 },
    { "equal", 13 },
    { "backspace", 14 },
    { "tab", 15 },
    { "q", 16 },
    { "w", 17 },
    { "e", 18 },
    { "r", 19 },
    { "t", 20 },
    { "y", 21 },
    { "u", 22 },
    { "i", 23 },
    { "o", 24 },
    { "p", 25 },
    { "bracket_left", 26 },
    { "bracket_right", 27 },
    { "ret", 28 },
    { "enter", 28 },
    { "ctrl", 29 },
    { "a", 30 },
    { "s", 31 },
    { "d", 32 },
    { "f", 33 },
    { "g", 34 },
    { "h", 35 },
    { "j", 36 },
    { "k", 37 },
    { "l", 38 },
    { "semicolon", 39 },
    { "apostrophe", 40 },
    { "grave_accent", 41 },
    { "shift", 42 },
    { "backslash", 43 },
    { "z", 44 },
    { "x", 45 },
    { "c", 46 },
    { "v", 47 },
    { "b", 48 },
    { "n", 49 },
    { "m", 50 },
    { "comma", 51 },
    { "dot", 52 },
    { "slash", 53 },
    { "shift_r", 54 },
    { "kp_multiply", 55 },
    { "asterisk", 55 },
    { "alt", 56 },
    { "spc", 57 },
    { "space", 57 },
    { "caps_lock", 58 },
    { "f1", 59 },
    { "f2", 60 },
    { "f3", 61 },
    { "f4", 62 },
    { "f5", 63 },
    { "f6", 64 },
    { "f7", 65 },
    { "f8", 66 },
    { "f9", 67 },
    { "f10", 68 },
    { "num_lock", 69 },
    { "scroll_lock", 70 },
    { "kp_7", 71 },
    { "kp_8", 72 },
    { "kp_9", 73 },
    { "kp_subtract", 74 },
    { "kp_4", 75 },
    { "kp_5", 76 },
    { "kp_6", 77 },
    { "kp_add", 78 },
    { "kp_1", 79 },
    { "kp_2", 80 },
    { "kp_3", 81 },
    { "kp_0", 82 },
    { "kp_decimal", 83 },
    { "less", 86 },
    { "f11", 87 },
    { "f12", 88 },
    { "ro", 89 },
    { "henkan", 92 },
    { "hiragana", 93 },
    { "muhenkan", 94 },
    { "kp_enter", 96 },
    { "ctrl_r", 97 },
    { "kp_divide", 98 },
    { "print", 99 },
    { "sysrq", 99 },
    { "alt_r", 100 },
    { "home", 102 },
    { "up", 103 },
    { "pgup", 104 },
    { "left", 105 },
    { "right", 106 },
    { "end", 107 },
    { "down", 108 },
    { "pgdn", 109 },
    { "insert", 110 },
    { "delete", 111 },
    { "audiomute", 113 },
    { "volumedown", 114 },
    { "volumeup", 115 },
    { "power", 116 },
    { "pause", 119 },
    { "lang1", 122 },
    { "lang2", 123 },
    { "yen", 124 },
    { "meta_l", 125 },
    { "meta_r", 126 },
    { "compose", 127 },
    { "menu", 127 },
};

unsigned key_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!strcmp(names[i].name, name))
            return names[i].evdev;
    return 0;
}

const char *key_nth_name(unsigned n)
{
    return n < sizeof(names) / sizeof(names[0]) ? names[n].name : NULL;
}

/* Rows of a US keyboard: the plain characters, the shifted ones, the first one's evdev code. */
static const struct {
    const char *plain, *shifted;
    unsigned short first;
} rows[] = {
    { "1234567890-=", "!@#$%^&*()_+", 2 },
    { "qwertyuiop[]", "QWERTYUIOP{}", 16 },
    { "asdfghjkl;'`", "ASDFGHJKL:\"~", 30 },
    { "\\zxcvbnm,./", "|ZXCVBNM<>?", 43 },
};

unsigned key_by_char(char c, bool *shift)
{
    static const char others[] = " \n\r\t\b\033";
    static const unsigned char codes[] = { 57, 28, 28, 15, 14, 1 };
    const char *at;

    *shift = false;
    if (!c)
        return 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((at = strchr(rows[i].plain, c)))
            return rows[i].first + (unsigned)(at - rows[i].plain);
        if ((at = strchr(rows[i].shifted, c))) {
            *shift = true;
            return rows[i].first + (unsigned)(at - rows[i].shifted);
        }
    }
    at = strchr(others, c);
    return at ? codes[at - others] : 0;
}

struct writer {
    struct key_stroke *strokes;
    int count, most; /* count goes on beyond most: then the text is too long */
};

static void put(struct writer *w, unsigned evdev, bool down)
{
    if (w->count < w->most)
        w->strokes[w->count] = (struct key_stroke){ (unsigned short)evdev, down };
    if (w->count <= w->most)
        w->count++;
}

/* "ctrl-alt-delete": all down in order, all up in reverse. */
static bool chord(struct writer *w, char *text, char *problem)
{
    unsigned keys[8];
    int n = 0;
    char *save = NULL;

    for (char *name = strtok_r(text, "-", &save); name; name = strtok_r(NULL, "-", &save)) {
        unsigned key = key_by_name(name);

        if (!key || n == 8) {
            snprintf(problem, 256, "There is no key named \"%.60s\"; try enter, esc, f1, ctrl-c.",
                     name);
            return false;
        }
        keys[n++] = key;
    }
    if (!n) {
        snprintf(problem, 256, "An empty pair of braces names no key.");
        return false;
    }
    for (int i = 0; i < n; i++)
        put(w, keys[i], true);
    while (n-- > 0)
        put(w, keys[n], false);
    return true;
}

enum { KEY_SHIFT = 42, KEY_ALT = 56 };

uint32_t key_next_char(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    unsigned more = *p < 0x80 ? 0 : *p >> 5 == 6 ? 1 : *p >> 4 == 14 ? 2 : *p >> 3 == 30 ? 3 : 4;
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    uint32_t u = more == 0 ? *p : *p & (0x3fu >> more);

    for (unsigned i = 1; more < 4 && i <= more; i++) {
        if (p[i] >> 6 != 2)
            more = 4;
        u = u << 6 | (p[i] & 0x3f);
    }
    if (more == 4 || u < least[more] || u > 0x10ffff || (u >= 0xd800 && u < 0xe000)) {
        (*text)++;
        return 0xfffd;
    }
    *text += more + 1;
    return u;
}

/* The character's number in code page 437; 0: it is not there. */
static unsigned cp437_number(uint32_t unicode)
{
    for (unsigned c = 128; c < 256; c++)
        if (cp437_to_unicode((uint8_t)c) == unicode)
            return c;
    return 0;
}

int key_strokes(uint32_t unicode, struct key_stroke strokes[KEY_CHAR_STROKES])
{
    static const unsigned char keypad[10] = { 82, 79, 80, 81, 75, 76, 77, 71, 72, 73 };
    bool shift = false;
    unsigned key = unicode < 0x80 ? key_by_char((char)unicode, &shift) : 0, number;
    int n = 0;

    if (key) {
        if (shift)
            strokes[n++] = (struct key_stroke){ KEY_SHIFT, true };
        strokes[n++] = (struct key_stroke){ (unsigned short)key, true };
        strokes[n++] = (struct key_stroke){ (unsigned short)key, false };
        if (shift)
            strokes[n++] = (struct key_stroke){ KEY_SHIFT, false };
        return n;
    }
    number = cp437_number(unicode);
    if (!number)
        return 0;
    strokes[n++] = (struct key_stroke){ KEY_ALT, true };
    for (unsigned digit = 100; digit; digit /= 10) {
        strokes[n++] = (struct key_stroke){ keypad[number / digit % 10], true };
        strokes[n++] = (struct key_stroke){ keypad[number / digit % 10], false };
    }
    strokes[n++] = (struct key_stroke){ KEY_ALT, false };
    return n;
}

static bool plain(struct writer *w, const char **text, char *problem)
{
    struct key_stroke strokes[KEY_CHAR_STROKES];
    uint32_t c = key_next_char(text);
    int n = key_strokes(c, strokes);

    if (!n) {
        snprintf(problem, 256,
                 "The character U+%04X is neither on a US keyboard nor in code page 437.", c);
        return false;
    }
    for (int i = 0; i < n; i++)
        put(w, strokes[i].evdev, strokes[i].down);
    return true;
}

int key_parse(const char *text, struct key_stroke *strokes, int most, char *problem)
{
    struct writer w = { strokes, 0, most };

    while (*text) {
        const char *end;
        char name[64];

        if (*text != '{' || text[1] == '{') {
            bool brace = *text == '{';

            if (!plain(&w, &text, problem))
                return -1;
            text += brace && text[1] == '}' ? 2 : 0;
            continue;
        }
        end = strchr(text, '}');
        if (!end || end - text >= (int)sizeof(name)) {
            snprintf(problem, 256, "A key name in braces is not closed; \"{{}\" types a brace.");
            return -1;
        }
        memcpy(name, text + 1, (size_t)(end - text - 1));
        name[end - text - 1] = 0;
        if (!chord(&w, name, problem))
            return -1;
        text = end + 1;
    }
    if (w.count > most) { /* half of it would leave keys held down */
        snprintf(problem, 256, "The text has more than %d strokes; send it in parts.", most);
        return -1;
    }
    return w.count;
}
