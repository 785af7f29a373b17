/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Countries, capitals, sorting, fonts.  Formats of dates, numbers and money are those of
 * MS-DOS 6.22's COUNTRY.SYS as its manual lists them, numbered by telephone codes.
 */
#include <string.h>

#include "core/host/dos/nls.h"

enum { MDY, DMY, YMD };
enum { CURRENCY_AFTER = 1, CURRENCY_SPACE = 2 };

static const struct country {
    uint16_t code;
    uint8_t date;         /* order */
    const char *currency; /* in code page 437, or letters that all have */
    char thousands, decimal, date_mark, time_mark, list;
    uint8_t money, digits, hours24;
    char yes, no;
} countries[] = {
    { 1, MDY, "$", ',', '.', '-', ':', ',', 0, 2, 0, 'Y', 'N' },
    { 2, YMD, "$", ' ', ',', '-', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'O', 'N' },
    { 3, DMY, "$", '.', ',', '/', ':', ';', 0, 2, 0, 'S', 'N' },
    { 7, DMY, "R.", ' ', ',', '.', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'Y', 'N' },
    { 30, DMY, "Dr", '.', ',', '/', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'Y', 'N' },
    { 31, DMY, "fl", '.', ',', '-', ':', ';', CURRENCY_SPACE, 2, 1, 'J', 'N' },
    { 32, DMY, "BEF", '.', ',', '/', ':', ';', CURRENCY_SPACE, 2, 1, 'O', 'N' },
    { 33, DMY, "F", ' ', ',', '.', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'O', 'N' },
    { 34, DMY, "\x9e", '.', ',', '/', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 0, 1, 'S', 'N' },
    { 36, YMD, "Ft", '.', ',', '-', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'I', 'N' },
    { 38, YMD, "Din", '.', ',', '-', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'D', 'N' },
    { 39, DMY, "L.", '.', ',', '/', '.', ';', CURRENCY_SPACE, 0, 1, 'S', 'N' },
    { 40, DMY, "Lei", '.', ',', '.', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'D', 'N' },
    { 41, DMY, "Fr.", '\'', '.', '.', ',', ';', CURRENCY_SPACE, 2, 1, 'J', 'N' },
    { 42, YMD, "Kcs", '.', ',', '-', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'A', 'N' },
    { 43, DMY, "S", '.', ',', '.', ':', ';', CURRENCY_SPACE, 2, 1, 'J', 'N' },
    { 44, DMY, "\x9c", ',', '.', '/', ':', ',', 0, 2, 1, 'Y', 'N' },
    { 45, DMY, "kr", '.', ',', '-', '.', ';', CURRENCY_SPACE, 2, 1, 'J', 'N' },
    { 46, YMD, "Kr", ' ', ',', '-', '.', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'J', 'N' },
    { 47, DMY, "Kr", '.', ',', '.', ':', ';', CURRENCY_SPACE, 2, 1, 'J', 'N' },
    { 48, YMD, "Z", '.', ',', '-', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'T', 'N' },
    { 49, DMY, "DM", '.', ',', '.', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'J', 'N' },
    { 55, DMY, "Cr$", '.', ',', '/', ':', ';', CURRENCY_SPACE, 2, 1, 'S', 'N' },
    { 61, DMY, "$", ',', '.', '-', ':', ',', 0, 2, 1, 'Y', 'N' },
    { 64, DMY, "$", ',', '.', '/', ':', ',', 0, 2, 1, 'Y', 'N' },
    { 81, YMD, "\x9d", ',', '.', '-', ':', ',', 0, 0, 1, 'Y', 'N' },
    { 82, YMD, "W", ',', '.', '.', ':', ',', 0, 0, 1, 'Y', 'N' },
    { 90, DMY, "TL", '.', ',', '/', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'E', 'H' },
    { 351, DMY, "Esc.", '.', ',', '-', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'S', 'N' },
    { 354, DMY, "kr", '.', ',', '-', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'J', 'N' },
    { 358, DMY, "mk", ' ', ',', '.', '.', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'K', 'E' },
    { 370, YMD, "Lt", '.', ',', '-', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'T', 'N' },
    { 371, YMD, "Ls", ' ', ',', '.', ':', ';', CURRENCY_SPACE, 2, 1, 'J', 'N' },
    { 372, DMY, "kr", ' ', ',', '.', ':', ';', CURRENCY_AFTER | CURRENCY_SPACE, 2, 1, 'J', 'E' },
    { 972, DMY, "NIS", ',', '.', '/', ':', ',', CURRENCY_SPACE, 2, 1, 'Y', 'N' },
};

static const struct country *country_find(unsigned code)
{
    for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++)
        if (countries[i].code == code)
            return &countries[i];
    return NULL;
}

bool nls_country_known(unsigned country)
{
    return country_find(country) != NULL;
}

/* The bytes of INT 21h/38h: offsets as its description has them. */
static uint32_t country_info(const struct country *k, uint8_t out[34])
{
    memset(out, 0, 34);
    out[0x00] = k->date;
    strncpy((char *)out + 0x02, k->currency, 4);
    out[0x07] = (uint8_t)k->thousands;
    out[0x09] = (uint8_t)k->decimal;
    out[0x0b] = (uint8_t)k->date_mark;
    out[0x0d] = (uint8_t)k->time_mark;
    out[0x0f] = k->money;
    out[0x10] = k->digits;
    out[0x11] = k->hours24;
    out[0x16] = (uint8_t)k->list; /* 12h: the case map's address, the guest's */
    return 34;
}

/* INT 21h/6505h: what a name may be made of, after its length word. */
static uint32_t file_chars(uint8_t *out)
{
    static const uint8_t table[] = {
        1, 0x00, 0xff, /* permissible: lowest, highest */
        0, 0x00, 0x20, /* not: first, last */
        2, 14,   '.',  '"', '/', '\\', '[', ']', ':', '|', '<', '>', '+', '=', ';', ',',
    };

    memcpy(out, table, sizeof(table));
    return sizeof(table);
}

static uint32_t collate(const struct codepage *page, uint8_t out[256])
{
    for (unsigned i = 0; i < 128; i++)
        out[i] = i >= 'a' && i <= 'z' ? (uint8_t)(i - 32) : (uint8_t)i;
    memcpy(out + 128, page->collate, 128);
    return 256;
}

static uint32_t unicode(const struct codepage *page, uint8_t *out)
{
    for (unsigned i = 0; i < 128; i++) {
        out[2 * i] = (uint8_t)page->unicode[i];
        out[2 * i + 1] = (uint8_t)(page->unicode[i] >> 8);
    }
    return 256;
}

static uint32_t make(const struct codepage *page, const struct country *k, unsigned table,
                     uint8_t *out)
{
    static const uint8_t korean[] = { 0x81, 0xfe, 0, 0 };

    switch (table) {
    case HOSTDOS_NLS_COUNTRY:
        return k ? country_info(k, out) : 0;
    case HOSTDOS_NLS_UPPER:
    case HOSTDOS_NLS_FILE_UPPER:
        memcpy(out, page->upper, 128);
        return 128;
    case HOSTDOS_NLS_FILE_CHARS:
        return file_chars(out);
    case HOSTDOS_NLS_COLLATE:
        return collate(page, out);
    case HOSTDOS_NLS_LEAD_BYTES:
        memcpy(out, page->pairs ? korean : korean + 2, page->pairs ? 4 : 2);
        return page->pairs ? 4 : 2;
    case HOSTDOS_NLS_YES_NO:
        if (!k)
            return 0;
        out[0] = (uint8_t)k->yes;
        out[2] = (uint8_t)k->no;
        out[1] = out[3] = 0;
        return 4;
    case HOSTDOS_NLS_UNICODE:
        return unicode(page, out);
    default:
        return 0;
    }
}

enum dos_error nls_table(const struct codepage *page, struct hostdos_call *c)
{
    uint32_t len = c->r.len;
    uint32_t have;

    if (c->r.pos)
        page = c->r.pos == page->number ? page : codepage_find((unsigned)c->r.pos);
    have = page ? make(page, country_find(c->r.handle), c->r.mode, c->data) : 0;
    c->r.result = c->used = have < len ? have : len;
    return have ? DOS_OK : DOS_NO_FILE;
}
