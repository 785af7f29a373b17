/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet commands of a CD-ROM drive (SFF-8020i; MMC-2, clause 6).  See atapi.c. */
#include <string.h>

#include "devices/storage/ata_internal.h"

enum {                  /* of a command */
       F_ATTENTION = 1, /* is carried out although a unit attention is pending */
       F_MEDIUM = 2,    /* needs a disc that turns */
       F_SENSE = 4,     /* leaves the sense of the command before */
};
enum { ASC_SEQUENCE = 0x2c, ASC_NO_MEDIUM = 0x3a };
enum { SENSE_SIZE = 18, INQUIRY_SIZE = 36 };

void atapi_put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

void atapi_put32(uint8_t *p, uint32_t value)
{
    atapi_put16(p, value >> 16);
    atapi_put16(p + 2, value & 0xffff);
}

void atapi_put_msf(uint8_t *p, uint32_t lba)
{
    lba += 150; /* sector 0 is at 00:02:00 */
    p[0] = (uint8_t)(lba / 75 / 60);
    p[1] = (uint8_t)(lba / 75 % 60);
    p[2] = (uint8_t)(lba % 75);
}

uint8_t *atapi_clear(struct ata_channel *c, unsigned bytes)
{
    memset(c->s.buffer, 0, bytes);
    return c->s.buffer;
}

void atapi_bad_field(struct ata_channel *c)
{
    atapi_fail(c, KEY_ILLEGAL, 0x24, 0);
}

/* Are these sectors on the disc?  If not, the command has failed. */
static bool in_range(struct ata_channel *c, uint32_t lba, uint32_t count)
{
    uint32_t all = atapi_sectors(c, c->s.unit);

    if (lba < all && count <= all - lba)
        return true;
    atapi_fail(c, KEY_ILLEGAL, 0x21, 0); /* logical block address out of range */
    return false;
}

/* ---- what every device has ---- */

static void nothing(struct ata_channel *c)
{
    atapi_good(c);
}

static void request_sense(struct ata_channel *c)
{
    struct ata_state *s = &c->s;
    uint8_t *sense = s->sense + s->unit * 3, *p = atapi_clear(c, SENSE_SIZE);

    if (!sense[0] && s->attention[s->unit]) {
        bool reset = s->attention[s->unit] & CD_ATTENTION_RESET;

        sense[0] = KEY_ATTENTION;
        sense[1] = reset ? 0x29 : 0x28;
        s->attention[s->unit] &= (uint8_t) ~(reset ? CD_ATTENTION_RESET : CD_ATTENTION_MEDIUM);
    }
    p[0] = 0x70;
    p[2] = sense[0];
    p[7] = SENSE_SIZE - 8;
    p[12] = sense[1];
    p[13] = sense[2];
    memset(sense, 0, 3);
    atapi_send(c, SENSE_SIZE, s->packet[4]);
}

static void inquiry(struct ata_channel *c)
{
    uint8_t *p = atapi_clear(c, INQUIRY_SIZE);

    if (c->s.packet[1] & 1 || c->s.packet[2]) { /* no vital product data */
        atapi_bad_field(c);
        return;
    }
    p[0] = 0x05; /* CD-ROM */
    p[1] = 0x80; /* removable */
    p[3] = 0x21; /* ATAPI version 2, format of SCSI-1 */
    p[4] = INQUIRY_SIZE - 5;
    memcpy(p + 8, "BYGONE  CD-ROM          1.0 ", 28);
    atapi_send(c, INQUIRY_SIZE, c->s.packet[4]);
}

/* ---- the tray ---- */

static void start_stop(struct ata_channel *c)
{
    struct drive *drive = c->disks[c->s.unit].drive;
    bool load = c->s.packet[4] & 2, start = c->s.packet[4] & 1, done = true;

    if (load && !start && drive->locked) {
        atapi_fail(c, KEY_ILLEGAL, 0x53, 2); /* medium removal prevented */
        return;
    }
    c->moving = true;
    if (load)
        done = start ? drive_close_tray(drive, NULL) : drive_open_tray(drive, false, NULL);
    c->moving = false;
    if (!done)
        atapi_fail(c, KEY_ILLEGAL, 0x53, 0); /* load or eject failed */
    else if (start && !atapi_sectors(c, c->s.unit))
        atapi_fail(c, KEY_NOT_READY, ASC_NO_MEDIUM, drive->tray_open ? 2 : 1);
    else
        atapi_good(c);
}

static void prevent_removal(struct ata_channel *c)
{
    c->s.locked[c->s.unit] = c->s.packet[4] & 1;
    c->disks[c->s.unit].drive->locked = c->s.locked[c->s.unit];
    atapi_good(c);
}

/* Only events of the medium, and only asked for: no asynchronous notification. */
static void event_status(struct ata_channel *c)
{
    struct ata_state *s = &c->s;
    const struct drive *drive = c->disks[s->unit].drive;
    uint8_t *p = atapi_clear(c, 8);
    bool media = s->packet[4] & 0x10;

    if (!(s->packet[1] & 1)) {
        atapi_bad_field(c);
        return;
    }
    p[3] = 0x10; /* supported classes */
    if (media) {
        p[1] = 6;
        p[2] = 4;
        p[4] = s->event[s->unit];
        p[5] = (uint8_t)((drive->tray_open ? 1 : 0) | (drive->media ? 2 : 0));
        s->event[s->unit] = CD_EVENT_NONE;
    } else {
        p[1] = 2;
        p[2] = 0x80; /* nothing of what was asked for */
    }
    atapi_send(c, media ? 8 : 4, atapi_get16(s->packet + 7));
}

static void mechanism_status(struct ata_channel *c)
{
    uint8_t *p = atapi_clear(c, 8);

    p[1] = c->disks[c->s.unit].drive->tray_open ? 0x10 : 0;
    p[2] = (uint8_t)(c->s.head[c->s.unit] >> 16);
    atapi_put16(p + 3, c->s.head[c->s.unit] & 0xffff);
    atapi_send(c, 8, atapi_get16(c->s.packet + 8));
}

/* ---- reading ---- */

static void read_capacity(struct ata_channel *c)
{
    uint8_t *p = atapi_clear(c, 8);

    atapi_put32(p, atapi_sectors(c, c->s.unit) - 1);
    atapi_put32(p + 4, CD_SECTOR);
    atapi_send(c, 8, 8);
}

static void read_sectors(struct ata_channel *c, uint32_t lba, uint32_t count, uint8_t fields,
                         uint8_t sub)
{
    if (count && !in_range(c, lba, count))
        return;
    c->s.cd_fields = fields;
    c->s.cd_sub = sub;
    c->s.cd_out = (uint16_t)cd_sector_size(fields, sub);
    atapi_read(c, lba, count);
}

static void read_10(struct ata_channel *c)
{
    read_sectors(c, atapi_get32(c->s.packet + 2), atapi_get16(c->s.packet + 7), 0x10, 0);
}

static void read_12(struct ata_channel *c)
{
    read_sectors(c, atapi_get32(c->s.packet + 2), atapi_get32(c->s.packet + 6), 0x10, 0);
}

/* Fields by the packet's byte 9; any type of sector, or mode 1, is what there is. */
static void read_raw(struct ata_channel *c, uint32_t lba, uint32_t count)
{
    uint8_t type = c->s.packet[1] >> 2 & 7, fields = c->s.packet[9] & 0xfe;
    uint8_t sub = c->s.packet[10] & 7;

    if (type > 5 || (fields & 6) == 6 || (sub && sub != 2))
        atapi_bad_field(c);
    else if (type != 0 && type != 2)
        atapi_fail(c, KEY_ILLEGAL, 0x64, 0); /* illegal mode for this track */
    else
        read_sectors(c, lba, count, fields, sub);
}

static void read_cd(struct ata_channel *c)
{
    const uint8_t *packet = c->s.packet;

    read_raw(c, atapi_get32(packet + 2), (uint32_t)packet[6] << 16 | atapi_get16(packet + 7));
}

/* Sector of a position; the lead-in has none. */
static uint32_t sector_of(const uint8_t *msf)
{
    uint32_t frames = ((uint32_t)msf[0] * 60 + msf[1]) * 75 + msf[2];

    return frames >= 150 ? frames - 150 : UINT32_MAX;
}

static void read_cd_msf(struct ata_channel *c)
{
    uint32_t from = sector_of(c->s.packet + 3), to = sector_of(c->s.packet + 6);

    if (from > to)
        atapi_bad_field(c);
    else
        read_raw(c, from, to - from);
}

static void seek(struct ata_channel *c)
{
    uint32_t lba = atapi_get32(c->s.packet + 2);

    if (!in_range(c, lba, 1))
        return;
    c->s.head[c->s.unit] = lba;
    atapi_good(c);
}

static void set_speed(struct ata_channel *c)
{
    unsigned speed = atapi_get16(c->s.packet + 2);

    speed = speed < CD_SPEED_1 ? CD_SPEED_1 : speed > CD_SPEED_MAX ? CD_SPEED_MAX : speed;
    c->s.speed[c->s.unit] = (uint16_t)speed;
    atapi_good(c);
}

/* ---- sound: there are only data tracks ---- */

static void play(struct ata_channel *c, uint32_t lba, uint32_t count)
{
    if (!count)
        atapi_good(c);
    else if (in_range(c, lba, count))
        atapi_fail(c, KEY_ILLEGAL, 0x64, 0); /* illegal mode for this track */
}

static void play_10(struct ata_channel *c)
{
    play(c, atapi_get32(c->s.packet + 2), atapi_get16(c->s.packet + 7));
}

static void play_12(struct ata_channel *c)
{
    play(c, atapi_get32(c->s.packet + 2), atapi_get32(c->s.packet + 6));
}

static void play_msf(struct ata_channel *c)
{
    uint32_t from = sector_of(c->s.packet + 3), to = sector_of(c->s.packet + 6);

    if (from > to)
        atapi_bad_field(c);
    else
        play(c, from, to - from);
}

static void play_track(struct ata_channel *c)
{
    if (c->s.packet[4] > c->s.packet[7])
        atapi_bad_field(c);
    else
        play(c, 0, 1);
}

/* Pausing or resuming what does not play. */
static void pause_resume(struct ata_channel *c)
{
    atapi_fail(c, KEY_ILLEGAL, ASC_SEQUENCE, 0);
}

static void scan(struct ata_channel *c)
{
    play(c, 0, 1);
}

/* ---- the table ---- */

static const struct command {
    uint8_t code, flags;
    void (*run)(struct ata_channel *c);
} commands[] = {
    { 0x00, F_MEDIUM, nothing }, /* TEST UNIT READY */
    { 0x03, F_ATTENTION | F_SENSE, request_sense },
    { 0x12, F_ATTENTION, inquiry },
    { 0x15, 0, atapi_mode_select }, /* the short forms of old SCSI drivers */
    { 0x1a, 0, atapi_mode_sense },
    { 0x1b, 0, start_stop },
    { 0x1e, 0, prevent_removal },
    { 0x25, F_MEDIUM, read_capacity },
    { 0x28, F_MEDIUM, read_10 },
    { 0x2b, F_MEDIUM, seek },
    { 0x42, F_MEDIUM, atapi_read_subchannel },
    { 0x43, F_MEDIUM, atapi_read_toc },
    { 0x44, F_MEDIUM, atapi_read_header },
    { 0x45, F_MEDIUM, play_10 },
    { 0x46, F_ATTENTION, atapi_get_configuration },
    { 0x47, F_MEDIUM, play_msf },
    { 0x48, F_MEDIUM, play_track },
    { 0x4a, F_ATTENTION, event_status },
    { 0x4b, F_MEDIUM, pause_resume },
    { 0x4e, F_MEDIUM, nothing }, /* STOP PLAY/SCAN: it does not play */
    { 0x51, F_MEDIUM, atapi_disc_information },
    { 0x52, F_MEDIUM, atapi_track_information },
    { 0x55, 0, atapi_mode_select },
    { 0x5a, 0, atapi_mode_sense },
    { 0xa5, F_MEDIUM, play_12 },
    { 0xa8, F_MEDIUM, read_12 },
    { 0xb9, F_MEDIUM, read_cd_msf },
    { 0xba, F_MEDIUM, scan },
    { 0xbb, 0, set_speed },
    { 0xbd, 0, mechanism_status },
    { 0xbe, F_MEDIUM, read_cd },
};

/* Is there a reason not to begin?  A new disc is told of when it turns, not before. */
static bool held_up(struct ata_channel *c, unsigned flags)
{
    struct ata_state *s = &c->s;
    unsigned unit = s->unit;
    bool turns = ata_now(c) >= s->ready_at[unit];

    if (flags & F_ATTENTION)
        return false;
    if (s->attention[unit] & CD_ATTENTION_RESET) {
        s->attention[unit] &= (uint8_t)~CD_ATTENTION_RESET;
        atapi_fail(c, KEY_ATTENTION, 0x29, 0); /* power-on or reset */
        return true;
    }
    if (turns && s->attention[unit] & CD_ATTENTION_MEDIUM) {
        s->attention[unit] &= (uint8_t)~CD_ATTENTION_MEDIUM;
        atapi_fail(c, KEY_ATTENTION, 0x28, 0); /* the medium may have changed */
        return true;
    }
    if (!(flags & F_MEDIUM))
        return false;
    if (!atapi_sectors(c, unit)) {
        atapi_fail(c, KEY_NOT_READY, ASC_NO_MEDIUM, s->tray[unit] ? 2 : 1);
        return true;
    }
    if (!turns)
        atapi_fail(c, KEY_NOT_READY, 0x04, 1); /* becoming ready */
    return !turns;
}

void atapi_execute(struct ata_channel *c)
{
    const struct command *command = commands,
                         *end = commands + sizeof(commands) / sizeof(*commands);

    trace(&c->dev, TRACE_STATE, "packet %02x %02x %02x %02x %02x %02x %02x %02x %02x %02x",
          c->s.packet[0], c->s.packet[1], c->s.packet[2], c->s.packet[3], c->s.packet[4],
          c->s.packet[5], c->s.packet[6], c->s.packet[7], c->s.packet[8], c->s.packet[9]);
    while (command < end && command->code != c->s.packet[0])
        command++;
    if (command == end) {
        atapi_fail(c, KEY_ILLEGAL, 0x20, 0); /* no such command */
        return;
    }
    if (!(command->flags & F_SENSE))
        memset(c->s.sense + c->s.unit * 3, 0, 3);
    if (!held_up(c, command->flags))
        command->run(c);
}

void atapi_received(struct ata_channel *c)
{
    atapi_mode_received(c); /* nothing else takes data */
}
