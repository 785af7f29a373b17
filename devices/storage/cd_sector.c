/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A data sector as it lies on the disc: synchronisation, header, 2048 bytes, error detection and
 * correction codes (ECMA-130, clauses 14 to 16 and annex A, mode 1).
 */
#include <string.h>

#include "devices/storage/ata_internal.h"

enum { SYNC = 12, HEADER = 4, DATA_AT = SYNC + HEADER, EDC_AT = 2064, P_AT = 2076 };
enum { C2_BITS = 294, C2_BYTES = 296 };

/* Multiplication by the primitive element of GF(256), polynomial 11Dh. */
static uint8_t twice(uint8_t x)
{
    return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1d : 0));
}

/* By alpha + 1, which has the inverse F4h. */
static uint8_t divide(uint8_t x)
{
    uint8_t product = 0;

    for (unsigned bits = 0xf4; bits; bits >>= 1) {
        if (bits & 1)
            product ^= x;
        x = twice(x);
    }
    return product;
}

static uint32_t edc(const uint8_t *data, unsigned size)
{
    uint32_t crc = 0;

    while (size--) {
        crc ^= *data++;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xd8018001u : 0);
    }
    return crc;
}

/*
 * A code word is `count` words of the sector, counted from the header, each `step` words behind the
 * one before, and two words of parity.  Low and high bytes are code words of their own.  Parity is
 * such that the sum of all bytes is 0, and so is the sum with each multiplied by a power of alpha
 * that falls to 0 at the end.
 */
static void code_word(uint8_t *words, unsigned first, unsigned step, unsigned count, unsigned end,
                      unsigned parity, unsigned parity_step)
{
    for (unsigned half = 0; half < 2; half++) {
        uint8_t sum = 0, weighted = 0, p;
        unsigned at = first;

        for (unsigned i = 0; i < count; i++) {
            uint8_t byte = words[2 * at + half];

            sum ^= byte;
            weighted = twice(weighted) ^ byte;
            at = (at + step) % end;
        }
        p = divide(twice(twice(weighted)) ^ sum);
        words[2 * parity + half] = p;
        words[2 * (parity + parity_step) + half] = p ^ sum;
    }
}

/* P: the columns of 24 rows of 43 words.  Q: the diagonals of these and the two rows of P. */
static void correction(uint8_t *words)
{
    for (unsigned n = 0; n < 43; n++)
        code_word(words, n, 43, 24, 1032, 1032 + n, 43);
    for (unsigned n = 0; n < 26; n++)
        code_word(words, 43 * n, 44, 43, 1118, 1118 + n, 26);
}

static uint8_t bcd(unsigned n)
{
    return (uint8_t)(n / 10 << 4 | n % 10);
}

void cd_sector_raw(uint8_t raw[CD_RAW], const uint8_t data[CD_SECTOR], uint32_t lba)
{
    uint32_t code;
    uint8_t msf[3];

    memmove(raw + DATA_AT, data, CD_SECTOR);
    raw[0] = raw[SYNC - 1] = 0;
    memset(raw + 1, 0xff, SYNC - 2);
    atapi_put_msf(msf, lba);
    for (unsigned i = 0; i < 3; i++)
        raw[SYNC + i] = bcd(msf[i]);
    raw[SYNC + 3] = 1; /* mode 1 */
    code = edc(raw, EDC_AT);
    for (unsigned i = 0; i < 4; i++)
        raw[EDC_AT + i] = (uint8_t)(code >> (8 * i));
    memset(raw + EDC_AT + 4, 0, P_AT - EDC_AT - 4);
    correction(raw + SYNC);
}

/* Which parts of a mode 1 sector the fields byte asks for; it has no subheader. */
static const struct part {
    uint8_t mask, value;
    uint16_t at, size;
} parts[] = {
    { 0x80, 0x80, 0, SYNC },
    { 0x20, 0x20, SYNC, HEADER },
    { 0x10, 0x10, DATA_AT, CD_SECTOR },
    { 0x08, 0x08, EDC_AT, CD_RAW - EDC_AT },
};

static unsigned c2_size(uint8_t fields)
{
    return (fields & 0x06) == 0x02 ? C2_BITS : (fields & 0x06) == 0x04 ? C2_BYTES : 0;
}

unsigned cd_sector_size(uint8_t fields, uint8_t sub)
{
    unsigned size = c2_size(fields) + (sub ? CD_SUB_Q : 0);

    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if ((fields & parts[i].mask) == parts[i].value)
            size += parts[i].size;
    return size;
}

void cd_sector_build(uint8_t *to, const uint8_t *from, uint32_t lba, uint8_t fields, uint8_t sub)
{
    uint8_t raw[CD_RAW];
    unsigned c2 = c2_size(fields);

    cd_sector_raw(raw, from, lba);
    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if ((fields & parts[i].mask) == parts[i].value) {
            memcpy(to, raw + parts[i].at, parts[i].size);
            to += parts[i].size;
        }
    memset(to, 0, c2); /* no errors */
    to += c2;
    if (!sub)
        return;
    memset(to, 0, CD_SUB_Q);
    to[0] = 0x41; /* a data track; the address is a position */
    to[1] = to[2] = 1;
    atapi_put_msf(to + 3, lba - 150); /* in the track, from 0 */
    atapi_put_msf(to + 7, lba);
    for (unsigned i = 3; i < 10; i++)
        to[i] = bcd(to[i]);
}
