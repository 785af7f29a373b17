/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code pages; see the header.  The tables of single bytes are in codepage_tables.c. */
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "core/host/dos/codepage.h"

enum { KOREAN = 949, LEAD_FIRST = 0x81, LEAD_LAST = 0xfe, TRAIL_FIRST = 0x41, TRAIL_LAST = 0xfe };
enum { TRAILS = TRAIL_LAST - TRAIL_FIRST + 1, PAIRS = (LEAD_LAST - LEAD_FIRST + 1) * TRAILS };

static struct codepage korean; /* once it was asked for */

static bool make_korean(void)
{
    iconv_t from;
    uint16_t *pairs;

    if (korean.pairs)
        return true;
    from = iconv_open("UTF-16LE", "CP949");
    if (from == (iconv_t)-1)
        return false;
    pairs = calloc(PAIRS, sizeof(*pairs));
    for (unsigned i = 0; pairs && i < PAIRS; i++) {
        char in[2] = { (char)(LEAD_FIRST + i / TRAILS), (char)(TRAIL_FIRST + i % TRAILS) };
        uint8_t out[4];
        char *source = in, *target = (char *)out;
        size_t left = sizeof(in), room = sizeof(out);

        if (iconv(from, &source, &left, &target, &room) != (size_t)-1 && room == 2)
            pairs[i] = (uint16_t)(out[0] | out[1] << 8);
        iconv(from, NULL, NULL, NULL, NULL);
    }
    iconv_close(from);
    korean.number = KOREAN;
    for (unsigned i = 0; i < 128; i++)
        korean.upper[i] = korean.collate[i] = (uint8_t)(i + 128);
    korean.pairs = pairs;
    return pairs != NULL;
}

bool codepage_open(unsigned number)
{
    return number == KOREAN ? make_korean() : codepage_find(number) != NULL;
}

const struct codepage *codepage_find(unsigned number)
{
    if (number == KOREAN)
        return korean.pairs ? &korean : NULL;
    for (const struct codepage *p = codepages; p->number; p++)
        if (p->number == number)
            return p;
    return NULL;
}

uint8_t codepage_upper(const struct codepage *page, uint8_t c)
{
    if (c >= 'a' && c <= 'z')
        return (uint8_t)(c - 32);
    return c < 128 ? c : page->upper[c - 128];
}

uint8_t codepage_lower(const struct codepage *page, uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint8_t)(c + 32);
    for (unsigned i = 0; c >= 128 && i < 128; i++)
        if (page->upper[i] == c && i + 128 != c)
            return (uint8_t)(i + 128);
    return c;
}

bool codepage_lead(const struct codepage *page, uint8_t c)
{
    return page->pairs && c >= LEAD_FIRST && c <= LEAD_LAST;
}

void codepage_lower_string(const struct codepage *page, char *text)
{
    for (; *text; text++) {
        if (codepage_lead(page, (uint8_t)*text) && text[1])
            text++;
        else
            *text = (char)codepage_lower(page, (uint8_t)*text);
    }
}

void codepage_upper_string(const struct codepage *page, char *text)
{
    for (; *text; text++) {
        if (codepage_lead(page, (uint8_t)*text) && text[1])
            text++;
        else
            *text = (char)codepage_upper(page, (uint8_t)*text);
    }
}

/* ---- to Unicode ---- */

static uint32_t decode(const struct codepage *page, const uint8_t *text, size_t len, unsigned *used)
{
    *used = 1;
    if (text[0] < 128)
        return text[0];
    if (!page->pairs)
        return page->unicode[text[0] - 128];
    if (!codepage_lead(page, text[0]) || len < 2 || text[1] < TRAIL_FIRST || text[1] > TRAIL_LAST)
        return 0;
    *used = 2;
    return page->pairs[(text[0] - LEAD_FIRST) * TRAILS + text[1] - TRAIL_FIRST];
}

static unsigned encode_utf8(uint32_t c, char out[3])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 63));
    out[2] = (char)(0x80 | (c & 63));
    return 3;
}

size_t codepage_to_utf8(const struct codepage *page, const char *text, size_t len, char *utf8,
                        size_t size)
{
    size_t done = 0;
    unsigned used, n;
    char out[3];

    for (size_t i = 0; i < len; i += used) {
        uint32_t c = decode(page, (const uint8_t *)text + i, len - i, &used);

        n = encode_utf8(c || !text[i] ? c : 0xfffd, out);
        if (done + n >= size)
            break;
        memcpy(utf8 + done, out, n);
        done += n;
    }
    utf8[done] = 0;
    return done;
}

/* ---- from Unicode ---- */

unsigned utf8_decode(const char *utf8, uint32_t *c)
{
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    const uint8_t *s = (const uint8_t *)utf8;
    unsigned n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

    *c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
    if ((s[0] >= 0x80 && s[0] < 0xc2) || s[0] > 0xf4)
        return 0;
    for (unsigned i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (s[i] & 63);
    }
    return *c >= least[n] && *c <= 0x10ffff && *c >> 11 != 0x1b ? n : 0;
}

/* The bytes of a character; 0: the page has it not. */
static unsigned encode(const struct codepage *page, uint32_t c, char out[2])
{
    out[0] = (char)c;
    if (c < 128)
        return 1;
    if (c > 0xffff)
        return 0;
    for (unsigned i = 0; !page->pairs && i < 128; i++) {
        out[0] = (char)(i + 128);
        if (page->unicode[i] == c)
            return 1;
    }
    for (unsigned i = 0; page->pairs && i < PAIRS; i++) {
        out[0] = (char)(LEAD_FIRST + i / TRAILS);
        out[1] = (char)(TRAIL_FIRST + i % TRAILS);
        if (page->pairs[i] == c)
            return 2;
    }
    return 0;
}

bool codepage_from_utf8(const struct codepage *page, const char *utf8, char other, char *text,
                        size_t size)
{
    bool whole = true;
    size_t done = 0;
    char out[2];

    while (*utf8) {
        uint32_t c;
        unsigned used = utf8_decode(utf8, &c), n = used ? encode(page, c, out) : 0;

        utf8 += used ? used : 1;
        whole &= n != 0;
        if (!n) {
            out[0] = other;
            n = 1;
        }
        if (done + n >= size) {
            whole = false;
            break;
        }
        memcpy(text + done, out, n);
        done += n;
    }
    text[done] = 0;
    return whole;
}
