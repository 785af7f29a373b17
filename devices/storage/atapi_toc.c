/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is on the disc, as READ TOC and its relatives tell it: one data track in one session
 * (MMC-2, 6.1.17 to 6.1.25).  See atapi.c.
 */
#include "devices/storage/ata_internal.h"

enum { TRACK = 1, SESSION = 1, LEAD_OUT = 0xaa };
enum { ADR_DATA = 0x14 }; /* position in Q; a data track, copying forbidden */
enum { NO_AUDIO_STATUS = 0x15 };

static void put_address(uint8_t *p, uint32_t lba, bool msf)
{
    atapi_put32(p, msf ? 0 : lba);
    if (msf)
        atapi_put_msf(p + 1, lba);
}

static void put_track(uint8_t *p, unsigned track, uint32_t lba, bool msf)
{
    p[1] = ADR_DATA;
    p[2] = (uint8_t)track;
    put_address(p + 4, lba, msf);
}

/* Format 0: tracks from a given one on. */
static unsigned toc_tracks(struct ata_channel *c, uint8_t *p, bool msf)
{
    uint32_t all = atapi_sectors(c, c->s.unit);
    uint8_t first = c->s.packet[6];
    unsigned size = 4;

    if (first > TRACK && first != LEAD_OUT)
        return 0;
    p[2] = p[3] = TRACK;
    if (first <= TRACK) {
        put_track(p + size, TRACK, 0, msf);
        size += 8;
    }
    put_track(p + size, LEAD_OUT, all, msf);
    return size + 8;
}

/* Format 1: the last session, which is the first. */
static unsigned toc_sessions(uint8_t *p, bool msf)
{
    p[2] = p[3] = SESSION;
    put_track(p + 4, TRACK, 0, msf);
    return 12;
}

/* Format 2: the Q channel of the lead-in. */
static unsigned toc_raw(struct ata_channel *c, uint8_t *p)
{
    static const uint8_t points[4] = { 0xa0, 0xa1, 0xa2, TRACK };
    uint32_t all = atapi_sectors(c, c->s.unit);

    p[2] = p[3] = SESSION;
    for (unsigned i = 0; i < 4; i++) {
        uint8_t *entry = p + 4 + 11 * i;

        entry[0] = SESSION;
        entry[1] = ADR_DATA;
        entry[3] = points[i];
        if (i < 2)
            entry[8] = TRACK; /* the first track, the last track */
        else
            atapi_put_msf(entry + 8, i == 2 ? all : 0);
    }
    return 4 + 4 * 11;
}

void atapi_read_toc(struct ata_channel *c)
{
    const uint8_t *packet = c->s.packet;
    bool msf = packet[1] & 2;
    unsigned format = packet[2] & 0x0f, size = 0;
    uint8_t *p = atapi_clear(c, 64);

    if (!format)
        format = packet[9] >> 6; /* where SFF-8020i has it */
    if (format == 0)
        size = toc_tracks(c, p, msf);
    else if (format == 1)
        size = toc_sessions(p, msf);
    else if (format == 2)
        size = toc_raw(c, p);
    if (!size) {
        atapi_bad_field(c);
        return;
    }
    atapi_put16(p, size - 2);
    atapi_send(c, size, atapi_get16(packet + 7));
}

/* Position (format 1), catalogue number (2) and recording code (3), which the disc has not. */
void atapi_read_subchannel(struct ata_channel *c)
{
    const uint8_t *packet = c->s.packet;
    bool msf = packet[1] & 2, q = packet[2] & 0x40;
    unsigned size = 4;
    uint8_t *p = atapi_clear(c, 32);

    p[1] = NO_AUDIO_STATUS;
    if (q && (packet[3] < 1 || packet[3] > 3)) {
        atapi_bad_field(c);
        return;
    }
    if (q) {
        p[4] = packet[3];
        size = packet[3] == 1 ? 16 : 24;
    }
    if (q && packet[3] == 1) {
        p[5] = ADR_DATA;
        p[6] = p[7] = 1; /* track, index */
        put_address(p + 8, c->s.head[c->s.unit], msf);
        put_address(p + 12, c->s.head[c->s.unit] - (msf ? 150 : 0), msf);
    }
    atapi_put16(p + 2, size - 4);
    atapi_send(c, size, atapi_get16(packet + 7));
}

void atapi_read_header(struct ata_channel *c)
{
    uint32_t lba = atapi_get32(c->s.packet + 2);
    uint8_t *p = atapi_clear(c, 8);

    if (lba >= atapi_sectors(c, c->s.unit)) {
        atapi_fail(c, KEY_ILLEGAL, 0x21, 0);
        return;
    }
    p[0] = 1; /* mode */
    put_address(p + 4, lba, c->s.packet[1] & 2);
    atapi_send(c, 8, atapi_get16(c->s.packet + 7));
}

void atapi_disc_information(struct ata_channel *c)
{
    uint8_t *p = atapi_clear(c, 34);

    atapi_put16(p, 32);
    p[2] = 0x0e; /* complete, and so is its last session */
    p[3] = TRACK;
    p[4] = SESSION;
    p[5] = p[6] = TRACK;
    p[7] = 0x20; /* for any use */
    atapi_put32(p + 16, UINT32_MAX);
    atapi_put32(p + 20, UINT32_MAX);
    atapi_send(c, 34, atapi_get16(c->s.packet + 7));
}

void atapi_track_information(struct ata_channel *c)
{
    uint32_t all = atapi_sectors(c, c->s.unit), at = atapi_get32(c->s.packet + 2);
    unsigned kind = c->s.packet[1] & 3;
    uint8_t *p = atapi_clear(c, 28);

    if (kind == 3 || (kind == 0 && at >= all) || (kind != 0 && at != 1)) {
        atapi_bad_field(c);
        return;
    }
    atapi_put16(p, 26);
    p[2] = TRACK;
    p[3] = SESSION;
    p[5] = ADR_DATA & 0x0f;
    p[6] = 1; /* mode */
    atapi_put32(p + 24, all);
    atapi_send(c, 28, atapi_get16(c->s.packet + 7));
}
