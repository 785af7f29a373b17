/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <string.h>

#include "vnc/clipboard.h"

/* Appends one character; control characters but Tab and the end of a line are no text. */
static void put(struct clipboard *c, uint32_t code)
{
    char utf8[4];
    size_t n = 0;

    if ((code < 0x20 && code != '\t' && code != '\n') || (code >= 0x7f && code < 0xa0))
        return;
    if (code < 0x80) {
        utf8[n++] = (char)code;
    } else if (code < 0x800) {
        utf8[n++] = (char)(0xc0 | code >> 6);
        utf8[n++] = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        utf8[n++] = (char)(0xe0 | code >> 12);
        utf8[n++] = (char)(0x80 | (code >> 6 & 63));
        utf8[n++] = (char)(0x80 | (code & 63));
    } else {
        utf8[n++] = (char)(0xf0 | code >> 18);
        utf8[n++] = (char)(0x80 | (code >> 12 & 63));
        utf8[n++] = (char)(0x80 | (code >> 6 & 63));
        utf8[n++] = (char)(0x80 | (code & 63));
    }
    if (c->length + n > CLIPBOARD_MOST)
        return;
    memcpy(c->text + c->length, utf8, n);
    c->length += n;
}

void clipboard_set_latin1(struct clipboard *c, const char *text, size_t length)
{
    c->length = 0;
    for (size_t i = 0; i < length && text[i]; i++)
        put(c, (uint8_t)text[i]);
    c->text[c->length] = 0;
}

/* The character at data and its bytes; 0 bytes: it is none. */
static unsigned decode(const uint8_t *data, size_t length, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned n = data[0] < 0x80   ? 1
                 : data[0] < 0xc0 ? 0
                 : data[0] < 0xe0 ? 2
                 : data[0] < 0xf0 ? 3
                 : data[0] < 0xf8 ? 4
                                  : 0;

    if (!n || n > length)
        return 0;
    *code = n == 1 ? data[0] : data[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((data[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (data[i] & 63);
    }
    return *code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000) ? 0 : n;
}

void clipboard_set_utf8(struct clipboard *c, const char *text, size_t length)
{
    size_t at = 0;

    c->length = 0;
    while (at < length && text[at]) {
        uint32_t code = 0;
        unsigned n = decode((const uint8_t *)text + at, length - at, &code);

        if (n)
            put(c, code);
        at += n ? n : 1;
    }
    c->text[c->length] = 0;
}

bool clipboard_part(const struct clipboard *c, size_t *at, char *part, size_t room)
{
    size_t n = c->length - *at;

    if (!n)
        return false;
    if (n > room - 1) {
        n = room - 1;
        while ((c->text[*at + n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(part, c->text + *at, n);
    part[n] = 0;
    *at += n;
    return true;
}
