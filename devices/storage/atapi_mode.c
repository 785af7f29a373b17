/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mode pages and features of a CD-ROM drive (SFF-8020i, 10.8; MMC-2, 5 and 6.1.4).  See atapi.c. */
#include <string.h>

#include "devices/storage/ata_internal.h"

enum { PAGE_RECOVERY = 0x01, PAGE_CDROM = 0x0d, PAGE_AUDIO = 0x0e, PAGE_ABILITIES = 0x2a };
enum { PAGE_ALL = 0x3f };
enum { CURRENT, CHANGEABLE, DEFAULTS, SAVED }; /* page control */
enum { BUFFER_KB = 32, SELECT_6 = 0x15, SENSE_6 = 0x1a };

/* Of page 0Eh: flags, then channel and volume of each port. */
static const uint8_t audio_defaults[9] = { 0x04, 1, 0xff, 2, 0xff, 0, 0, 0, 0 };
static const uint8_t audio_changeable[9] = { 0x06, 0x0f, 0xff, 0x0f, 0xff, 0, 0, 0, 0 };
static const uint8_t recovery_defaults[2] = { 0, 1 }; /* all means; one retry */
static const uint8_t recovery_changeable[2] = { 0x3d, 0xff };
enum { INACTIVITY_DEFAULT = 0x0a, INACTIVITY_CHANGEABLE = 0x0f };

void atapi_mode_defaults(struct ata_channel *c, unsigned unit)
{
    memcpy(c->s.audio + 9 * unit, audio_defaults, 9);
    memcpy(c->s.recovery + 2 * unit, recovery_defaults, 2);
    c->s.inactivity[unit] = INACTIVITY_DEFAULT;
}

/* Of the values that a page can have, those that page control asks for. */
static const uint8_t *choose(unsigned control, const uint8_t *current, const uint8_t *changeable,
                             const uint8_t *defaults)
{
    return control == CHANGEABLE ? changeable : control == DEFAULTS ? defaults : current;
}

static unsigned page_recovery(const struct ata_channel *c, uint8_t *p, unsigned control)
{
    p[0] = PAGE_RECOVERY;
    p[1] = 6;
    memcpy(p + 2,
           choose(control, c->s.recovery + 2 * c->s.unit, recovery_changeable, recovery_defaults),
           2);
    return 8;
}

static unsigned page_cdrom(const struct ata_channel *c, uint8_t *p, unsigned control)
{
    static const uint8_t changeable = INACTIVITY_CHANGEABLE, defaults = INACTIVITY_DEFAULT;

    p[0] = PAGE_CDROM;
    p[1] = 6;
    p[3] = *choose(control, c->s.inactivity + c->s.unit, &changeable, &defaults);
    if (control != CHANGEABLE) {
        p[5] = 60; /* seconds of a minute */
        p[7] = 75; /* frames of a second */
    }
    return 8;
}

static unsigned page_audio(const struct ata_channel *c, uint8_t *p, unsigned control)
{
    const uint8_t *values =
        choose(control, c->s.audio + 9 * c->s.unit, audio_changeable, audio_defaults);

    p[0] = PAGE_AUDIO;
    p[1] = 14;
    p[2] = values[0];
    memcpy(p + 8, values + 1, 8);
    return 16;
}

static unsigned page_abilities(const struct ata_channel *c, uint8_t *p, unsigned control)
{
    p[0] = PAGE_ABILITIES;
    p[1] = 18;
    if (control == CHANGEABLE)
        return 20;
    p[4] = 0x70;                                                  /* mode 2, multisession */
    p[6] = (uint8_t)(0x29 | (c->s.locked[c->s.unit] ? 0x02 : 0)); /* a tray that can be locked */
    atapi_put16(p + 8, CD_SPEED_MAX);
    atapi_put16(p + 10, 256); /* levels of volume */
    atapi_put16(p + 12, BUFFER_KB);
    atapi_put16(p + 14, c->s.speed[c->s.unit]);
    return 20;
}

static const struct {
    uint8_t code;
    unsigned (*put)(const struct ata_channel *c, uint8_t *p, unsigned control);
} pages[] = {
    { PAGE_RECOVERY, page_recovery },
    { PAGE_CDROM, page_cdrom },
    { PAGE_AUDIO, page_audio },
    { PAGE_ABILITIES, page_abilities },
};

/* 120 mm data disc, no disc, tray open. */
static uint8_t medium_type(const struct ata_channel *c)
{
    if (c->s.tray[c->s.unit])
        return 0x71;
    return atapi_sectors(c, c->s.unit) ? 0x01 : 0x70;
}

void atapi_mode_sense(struct ata_channel *c)
{
    const uint8_t *packet = c->s.packet;
    bool six = packet[0] == SENSE_6;
    unsigned page = packet[2] & 0x3f, control = packet[2] >> 6, header = six ? 4 : 8;
    unsigned size = header;
    uint8_t *p = atapi_clear(c, 128);

    if (control == SAVED) {
        atapi_fail(c, KEY_ILLEGAL, 0x39, 0); /* saving is not supported */
        return;
    }
    for (unsigned i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        if (page == PAGE_ALL || page == pages[i].code)
            size += pages[i].put(c, p + size, control);
    if (size == header) {
        atapi_bad_field(c);
        return;
    }
    if (six) {
        p[0] = (uint8_t)(size - 1);
        p[1] = medium_type(c);
    } else {
        atapi_put16(p, size - 2);
        p[2] = medium_type(c);
    }
    atapi_send(c, size, six ? packet[4] : atapi_get16(packet + 7));
}

void atapi_mode_select(struct ata_channel *c)
{
    const uint8_t *packet = c->s.packet;

    if (packet[1] & 1) /* save the pages */
        atapi_bad_field(c);
    else
        atapi_receive(c, packet[0] == SELECT_6 ? packet[4] : atapi_get16(packet + 7));
}

/* Only bits that may change do. */
static void change(uint8_t *to, const uint8_t *from, const uint8_t *changeable, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        to[i] = (uint8_t)((to[i] & ~changeable[i]) | (from[i] & changeable[i]));
}

/* One page of a parameter list; false: the drive has none that can be set. */
static bool take_page(struct ata_channel *c, const uint8_t *p, unsigned size)
{
    static const uint8_t inactivity = INACTIVITY_CHANGEABLE;
    unsigned unit = c->s.unit;

    if ((p[0] & 0x3f) == PAGE_RECOVERY && size >= 8) {
        change(c->s.recovery + 2 * unit, p + 2, recovery_changeable, 2);
    } else if ((p[0] & 0x3f) == PAGE_CDROM && size >= 8) {
        change(c->s.inactivity + unit, p + 3, &inactivity, 1);
    } else if ((p[0] & 0x3f) == PAGE_AUDIO && size >= 16) {
        change(c->s.audio + 9 * unit, p + 2, audio_changeable, 1);
        change(c->s.audio + 9 * unit + 1, p + 8, audio_changeable + 1, 8);
    } else {
        return false;
    }
    return true;
}

void atapi_mode_received(struct ata_channel *c)
{
    const uint8_t *p = c->s.buffer;
    bool six = c->s.packet[0] == SELECT_6;
    unsigned at = six ? 4 : 8, size = c->s.fill;

    if (size < at) {
        atapi_fail(c, KEY_ILLEGAL, 0x1a, 0); /* parameter list length error */
        return;
    }
    at += six ? p[3] : atapi_get16(p + 6); /* block descriptors say nothing here */
    while (at < size) {
        unsigned length = at + 1 < size ? p[at + 1] + 2u : 0;

        if (!length || at + length > size) {
            atapi_fail(c, KEY_ILLEGAL, 0x1a, 0);
            return;
        }
        if (!take_page(c, p + at, length)) {
            atapi_fail(c, KEY_ILLEGAL, 0x26, 0); /* no such parameter */
            return;
        }
        at += length;
    }
    atapi_good(c);
}

/* ---- features ---- */

enum { PROFILE_CDROM = 0x0008 };

static const struct feature {
    uint16_t code;
    uint8_t flags; /* version, persistent, current; 4: current only with a disc */
    uint8_t size;  /* of the data */
    uint8_t data[8];
} features[] = {
    { 0x0000, 3, 4, { 0, PROFILE_CDROM } },    /* profiles; byte 2 says if it is current */
    { 0x0001, 3, 4, { 0, 0, 0, 2 } },          /* core: ATAPI */
    { 0x0002, 3, 4, { 0 } },                   /* morphing */
    { 0x0003, 3, 4, { 0x29 } },                /* a tray with eject and lock */
    { 0x0010, 4, 8, { 0, 0, 8, 0, 0, 1, 0 } }, /* random access in 2048 bytes */
    { 0x001e, 4, 4, { 0 } },                   /* reading CDs */
};

void atapi_get_configuration(struct ata_channel *c)
{
    const uint8_t *packet = c->s.packet;
    unsigned kind = packet[1] & 3, from = atapi_get16(packet + 2), size = 8;
    bool disc = atapi_sectors(c, c->s.unit);
    uint8_t *p = atapi_clear(c, 128);

    if (kind == 3) {
        atapi_bad_field(c);
        return;
    }
    for (unsigned i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
        const struct feature *f = &features[i];
        bool current = f->flags & 4 ? disc : f->flags & 1;

        if (kind == 2 ? f->code != from : f->code < from || (kind == 1 && !current))
            continue;
        atapi_put16(p + size, f->code);
        p[size + 2] = (uint8_t)((f->flags & 2) | (current ? 1 : 0));
        p[size + 3] = f->size;
        memcpy(p + size + 4, f->data, f->size);
        if (!f->code)
            p[size + 6] = disc;
        size += 4u + f->size;
    }
    atapi_put32(p, size - 4);
    atapi_put16(p + 6, disc ? PROFILE_CDROM : 0);
    atapi_send(c, size, atapi_get16(packet + 7));
}
