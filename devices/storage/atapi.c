/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet interface of a CD-ROM drive on an ATA channel (ATA/ATAPI-4, 9.8 to 9.10; SFF-8020i;
 * MMC-2 for what the drive says).  This file: how packet, data and end move, senses, medium and
 * tray.  atapi_command.c: the commands.
 *
 * A CD is an image of 2048-byte sectors, shown as one data track in one session.
 *
 * Not modelled: audio tracks, several sessions, writing, overlapped commands.
 */
#include <string.h>

#include "devices/storage/ata_internal.h"

#define US          1000u
#define MS          (1000 * US)
#define PACKET_TIME (50 * US) /* before a packet has any effect, and for each read */
#define BLOCK_TIME  (5 * US)
#define ABORT_TIME  (50 * US)
#define SPIN_FAST   (20 * MS) /* from a closed tray to a disc that can be read */
#define SPIN_REAL   (1500 * MS)
#define SEEK_LEAST  (20 * MS)
#define SEEK_MORE   (100 * MS) /* from the first to the last of SEEK_SECTORS */
#define SEEK_DISC   333000u    /* sectors of 74 minutes */

/* ---- how a command ends ---- */

static void reason(struct ata_channel *c, uint8_t value)
{
    c->s.count[c->s.unit * 2] = value;
}

void atapi_good(struct ata_channel *c)
{
    memset(c->s.sense + c->s.unit * 3, 0, 3);
    reason(c, CD_REASON_COMMAND | CD_REASON_IN);
    ata_complete(c);
}

void atapi_fail(struct ata_channel *c, uint8_t key, uint8_t code, uint8_t qualifier)
{
    uint8_t *sense = c->s.sense + c->s.unit * 3;

    trace(&c->dev, TRACE_STATE, "packet %02x: sense %x %02x %02x", c->s.packet[0], key, code,
          qualifier);
    sense[0] = key;
    sense[1] = code;
    sense[2] = qualifier;
    reason(c, CD_REASON_COMMAND | CD_REASON_IN);
    ata_error(c, (uint8_t)(key << 4 | ATA_ABRT));
}

/* ---- data ---- */

/* The next DRQ block, as long as the host said it may be; only a last one may be odd. */
static void present_block(struct ata_channel *c, enum ata_step step)
{
    struct ata_state *s = &c->s;
    unsigned r = s->unit * 2, n = (unsigned)(s->fill - s->pos);
    unsigned limit = s->limit ? s->limit : 0xfffe;

    if (n > limit)
        n = limit > 1 ? limit & ~1u : 2;
    s->block_end = (uint16_t)(s->pos + n);
    s->mid[r] = (uint8_t)n;
    s->high[r] = (uint8_t)(n >> 8);
    reason(c, step == ATAPI_STEP_IN ? CD_REASON_IN : 0);
    s->step = (uint8_t)step;
    ata_raise(c);
}

static uint64_t seek_time(const struct ata_channel *c)
{
    const struct ata_state *s = &c->s;
    uint32_t from = s->head[s->unit], to = (uint32_t)s->lba;
    uint32_t way = from > to ? from - to : to - from;

    if (!way)
        return 0;
    return SEEK_LEAST + (uint64_t)SEEK_MORE * (way < SEEK_DISC ? way : SEEK_DISC) / SEEK_DISC;
}

static void read_chunk(struct ata_channel *c)
{
    struct ata_state *s = &c->s;
    unsigned most = sizeof(s->buffer) / (s->cd_out > CD_SECTOR ? s->cd_out : CD_SECTOR);
    uint64_t time = PACKET_TIME;

    s->chunk = (uint8_t)(s->left < most ? s->left : most);
    if (!c->fast)
        time += seek_time(c) + (uint64_t)s->chunk * CD_RAW * 1000000u / s->speed[s->unit];
    s->step = ATAPI_STEP_READ;
    c->op.drive = c->disks[s->unit].drive;
    media_op_start(&c->op, MEDIA_READ, s->lba * CD_SECTOR, s->buffer, s->chunk * CD_SECTOR,
                   ata_now(c) + time);
}

void atapi_read(struct ata_channel *c, uint32_t lba, uint32_t count)
{
    c->s.lba = lba;
    c->s.left = count;
    if (count && c->s.cd_out)
        read_chunk(c);
    else
        atapi_good(c);
}

static void end_soon(struct ata_channel *c)
{
    c->s.left = 0;
    ata_wait(c, ATAPI_STEP_END, BLOCK_TIME);
}

/* The buffer is empty: more sectors, or the end. */
static void buffer_sent(struct ata_channel *c)
{
    struct ata_state *s = &c->s;

    if (s->left) {
        s->lba += s->chunk;
        s->left -= s->chunk;
        s->head[s->unit] = (uint32_t)s->lba;
    }
    if (s->left)
        read_chunk(c);
    else
        end_soon(c);
}

static void move_dma(struct ata_channel *c)
{
    struct ata_state *s = &c->s;
    bool in = s->step == ATAPI_STEP_DMA_IN;

    if (c->dma.transfer)
        s->pos = (uint16_t)(s->pos + c->dma.transfer(c->dma.ctx, in, s->buffer + s->pos,
                                                     (unsigned)(s->fill - s->pos)));
    if (s->pos < s->fill)
        return; /* until the bus master is started again */
    if (in)
        buffer_sent(c);
    else
        atapi_received(c);
}

static void send_buffer(struct ata_channel *c)
{
    c->s.pos = 0;
    if (c->s.dma) {
        c->s.step = ATAPI_STEP_DMA_IN;
        move_dma(c);
    } else {
        present_block(c, ATAPI_STEP_IN);
    }
}

void atapi_send(struct ata_channel *c, unsigned bytes, unsigned room)
{
    c->s.fill = (uint16_t)(bytes < room ? bytes : room);
    c->s.left = 0;
    if (c->s.fill)
        send_buffer(c);
    else
        atapi_good(c);
}

void atapi_receive(struct ata_channel *c, unsigned bytes)
{
    c->s.fill = (uint16_t)(bytes < sizeof(c->s.buffer) ? bytes : sizeof(c->s.buffer));
    c->s.pos = 0;
    c->s.left = 0;
    if (!c->s.fill) {
        atapi_good(c);
    } else if (c->s.dma) {
        c->s.step = ATAPI_STEP_DMA_OUT;
        move_dma(c);
    } else {
        present_block(c, ATAPI_STEP_OUT);
    }
}

/* Sectors come as 2048 bytes at the front of the buffer; longer ones are built from the last on. */
static void build_sectors(struct ata_channel *c)
{
    struct ata_state *s = &c->s;
    uint8_t data[CD_SECTOR];

    if (s->cd_fields == 0x10 && !s->cd_sub)
        return;
    for (unsigned n = 0; n < s->chunk; n++) {
        unsigned i = s->cd_out > CD_SECTOR ? s->chunk - 1 - n : n;

        memcpy(data, s->buffer + i * CD_SECTOR, CD_SECTOR);
        cd_sector_build(s->buffer + i * s->cd_out, data, (uint32_t)s->lba + i, s->cd_fields,
                        s->cd_sub);
    }
}

void atapi_op_done(struct ata_channel *c, bool ok)
{
    if (!ok) {
        atapi_fail(c, KEY_MEDIUM, 0x11, 0); /* unrecovered read error */
        return;
    }
    build_sectors(c);
    c->s.fill = (uint16_t)(c->s.chunk * c->s.cd_out);
    send_buffer(c);
}

void atapi_block_moved(struct ata_channel *c)
{
    switch (c->s.step) {
    case ATAPI_STEP_PACKET:
        memcpy(c->s.packet, c->s.buffer, sizeof(c->s.packet));
        ata_wait(c, ATAPI_STEP_RUN, PACKET_TIME);
        break;
    case ATAPI_STEP_IN:
        if (c->s.pos < c->s.fill || c->s.left > c->s.chunk)
            ata_wait(c, ATAPI_STEP_IN_BLOCK, BLOCK_TIME);
        else
            buffer_sent(c);
        break;
    default:
        ata_wait(c, ATAPI_STEP_OUT_BLOCK, BLOCK_TIME);
        break;
    }
}

void atapi_timer(struct ata_channel *c)
{
    bool rest = c->s.pos < c->s.fill;

    switch (c->s.step) {
    case ATAPI_STEP_RUN:
        atapi_execute(c);
        break;
    case ATAPI_STEP_IN_BLOCK:
        if (rest)
            present_block(c, ATAPI_STEP_IN);
        else
            buffer_sent(c);
        break;
    case ATAPI_STEP_OUT_BLOCK:
        if (rest)
            present_block(c, ATAPI_STEP_OUT);
        else
            atapi_received(c);
        break;
    case ATAPI_STEP_DMA_IN:
    case ATAPI_STEP_DMA_OUT:
        move_dma(c);
        break;
    case ATAPI_STEP_END:
        atapi_good(c);
        break;
    }
}

/* The drive asks for the packet without an interrupt, as IDENTIFY PACKET DEVICE says. */
void atapi_begin(struct ata_channel *c)
{
    struct ata_state *s = &c->s;
    unsigned r = s->unit * 2;

    if (s->feature[r] & 0x02 || (s->feature[r] & 0x01 && !c->dma.transfer)) {
        ata_error(c, ATA_ABRT); /* no overlap, and no DMA where nobody drives it */
        return;
    }
    s->dma = s->feature[r] & 0x01;
    s->limit = (uint16_t)(s->mid[r] | s->high[r] << 8);
    s->pos = 0;
    s->fill = s->block_end = sizeof(s->packet);
    s->left = 0;
    s->power[s->unit] = 0xff;
    reason(c, CD_REASON_COMMAND);
    s->step = ATAPI_STEP_PACKET;
}

/* ---- medium and tray ---- */

static uint64_t image_sectors(const struct drive *drive)
{
    uint64_t sectors = drive->media ? drive->media->size / CD_SECTOR : 0;

    return sectors < 0xffffffff ? sectors : 0xffffffff;
}

uint32_t atapi_sectors(const struct ata_channel *c, unsigned unit)
{
    const struct drive *drive = c->disks[unit].drive;

    return drive->tray_open ? 0 : (uint32_t)image_sectors(drive);
}

void atapi_changed(struct ata_channel *c, unsigned unit)
{
    struct ata_state *s = &c->s;

    s->tray[unit] = c->disks[unit].drive->tray_open;
    s->cd_size[unit] = image_sectors(c->disks[unit].drive);
    s->head[unit] = 0;
    if (atapi_sectors(c, unit)) {
        s->attention[unit] |= CD_ATTENTION_MEDIUM;
        s->event[unit] = CD_EVENT_NEW_MEDIUM;
        s->ready_at[unit] = ata_now(c) + (c->fast ? SPIN_FAST : SPIN_REAL);
    } else {
        s->attention[unit] &= (uint8_t)~CD_ATTENTION_MEDIUM;
        s->event[unit] = CD_EVENT_REMOVAL;
    }
    if (s->unit != unit || c->moving || s->step < ATAPI_STEP_READ || s->step == ATAPI_STEP_END)
        return;
    ata_stop(c);
    memset(s->packet, 0, sizeof(s->packet)); /* TEST UNIT READY, which says what is wrong now */
    ata_wait(c, ATAPI_STEP_RUN, ABORT_TIME);
}

void atapi_eject_pressed(struct ata_channel *c, unsigned unit)
{
    c->s.event[unit] = CD_EVENT_EJECT_REQUEST;
}

void atapi_device_reset(struct ata_channel *c, unsigned unit)
{
    struct ata_state *s = &c->s;

    memset(s->sense + unit * 3, 0, 3);
    s->attention[unit] |= CD_ATTENTION_RESET;
    s->event[unit] = CD_EVENT_NONE;
    s->locked[unit] = 0;
    c->disks[unit].drive->locked = false;
    s->speed[unit] = CD_SPEED_MAX;
    atapi_mode_defaults(c, unit);
}

void atapi_reset(struct ata_channel *c, unsigned unit)
{
    struct drive *drive = c->disks[unit].drive;

    atapi_device_reset(c, unit);
    c->s.tray[unit] = drive->tray_open;
    c->s.cd_size[unit] = image_sectors(drive);
}

void atapi_resume(struct ata_channel *c)
{
    struct ata_state *s = &c->s;

    for (unsigned unit = 0; unit < ATA_UNITS; unit++) {
        struct drive *drive = c->disks[unit].drive;

        if (!c->disks[unit].cdrom)
            continue;
        drive->tray_open = s->tray[unit];
        drive->locked = s->locked[unit];
        if (s->cd_size[unit] != image_sectors(drive)) { /* another one than at the save */
            s->cd_size[unit] = image_sectors(drive);
            s->attention[unit] |= CD_ATTENTION_MEDIUM;
            s->event[unit] = s->cd_size[unit] ? CD_EVENT_NEW_MEDIUM : CD_EVENT_REMOVAL;
        }
    }
    if (s->step != ATAPI_STEP_READ)
        return;
    c->op.drive = c->disks[s->unit].drive;
    media_op_resume(&c->op, MEDIA_READ, s->lba * CD_SECTOR, s->buffer, s->chunk * CD_SECTOR);
}

bool atapi_check(const struct ata_channel *c)
{
    const struct ata_state *s = &c->s;
    bool packet = s->step >= ATAPI_STEP_PACKET;
    bool drq =
        s->step == ATAPI_STEP_PACKET || s->step == ATAPI_STEP_IN || s->step == ATAPI_STEP_OUT;

    for (unsigned unit = 0; unit < ATA_UNITS; unit++)
        if (s->tray[unit] > 1 || s->locked[unit] > 1 || s->event[unit] > CD_EVENT_REMOVAL ||
            (c->disks[unit].cdrom && s->speed[unit] < CD_SPEED_1))
            return false;
    if (!packet)
        return true;
    if (!c->disks[s->unit].cdrom || s->fill > sizeof(s->buffer) || s->pos > s->fill ||
        (drq && (s->block_end > s->fill || s->pos >= s->block_end)))
        return false;
    if (s->step == ATAPI_STEP_PACKET && s->fill != sizeof(s->packet))
        return false;
    if (!s->left && s->step != ATAPI_STEP_READ)
        return true;
    return s->left <= UINT32_MAX && s->chunk && s->chunk <= s->left && s->cd_out &&
           s->cd_out == cd_sector_size(s->cd_fields, s->cd_sub) &&
           s->chunk * (unsigned)CD_SECTOR <= sizeof(s->buffer) &&
           s->chunk * (unsigned)s->cd_out <= sizeof(s->buffer);
}
