/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_DOS_CODEPAGE_H
#define CORE_HOST_DOS_CODEPAGE_H

/* Code pages of DOS: to and from UTF-8, capitals, sorting. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct codepage {
    uint16_t number;
    uint16_t unicode[128]; /* of 80h to FFh; 0: none */
    uint8_t upper[128];    /* capitals, as for texts and names */
    uint8_t collate[128];
    const uint16_t *pairs; /* 949: by first byte 81h-FEh and second 41h-FEh; NULL: single bytes */
};

/* Ends with number 0. */
extern const struct codepage codepages[];

/* 949 comes from the host's C library, which can be asked only before the machine is confined.
 * False: there is no such page. */
bool codepage_open(unsigned number);
/* NULL: there is no such page, or 949 was not opened. */
const struct codepage *codepage_find(unsigned number);

uint8_t codepage_upper(const struct codepage *page, uint8_t c);
uint8_t codepage_lower(const struct codepage *page, uint8_t c);
/* Is it the first byte of a pair? */
bool codepage_lead(const struct codepage *page, uint8_t c);
/* Capitals, or small letters, in place; pairs stay. */
void codepage_lower_string(const struct codepage *page, char *text);
void codepage_upper_string(const struct codepage *page, char *text);

/* `len` bytes as UTF-8 with a 0 at the end; what has no character becomes U+FFFD.  Returns the
 * bytes without the 0, at most size - 1: whole characters. */
size_t codepage_to_utf8(const struct codepage *page, const char *text, size_t len, char *utf8,
                        size_t size);
/* The other way.  What the page lacks becomes `other`; returns false if there was such a character,
 * or the text was no UTF-8, or did not fit. */
bool codepage_from_utf8(const struct codepage *page, const char *utf8, char other, char *text,
                        size_t size);
/* One character of UTF-8: its bytes, and what it is; 0 bytes: it is none. */
unsigned utf8_decode(const char *utf8, uint32_t *c);

#endif
