/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ATA channel with up to two disks or CD-ROM drives: AT Attachment with Packet Interface - 4
 * (NCITS 317), with the 48-bit addresses of ATA/ATAPI-6 for disks that need them.  This file:
 * registers, transfers by the host and by the bus master, resets.  ata_command.c: the commands of
 * disks; atapi.c: those of CD-ROM drives.
 *
 * BSY, then a timer or a media_op, then DRQ or the end: nothing is finished inside the access that
 * starts it.  Data pass through a buffer of ATA_CHUNK sectors; each chunk is one media operation.
 *
 * Not modelled: overlapped commands, 8-bit transfers, SMART, security, long transfers with ECC.
 * SLEEP is like STANDBY.  One unit of a channel works at a time.  What SET MAX ADDRESS is told to
 * keep is kept until the machine is switched off: an image has no place for it.
 */
#include <string.h>

#include "devices/storage/ata_internal.h"

#define US           1000u
#define COMMAND_TIME (10 * US)
#define MEDIA_TIME   (10 * US)
#define BLOCK_TIME   (5 * US) /* between two blocks of one transfer */
#define RESET_TIME   (50 * US)
#define KICK_TIME    (1 * US)
#define FLOATING     0x7f /* nobody drives the bus; DD7 is pulled down */

static unsigned selected(const struct ata_channel *c)
{
    return c->s.select & ATA_DEV ? 1 : 0;
}

uint64_t ata_native_capacity(const struct ata_channel *c, unsigned unit)
{
    const struct ata_disk *disk = &c->disks[unit];

    return disk->present && disk->drive->media ? disk->drive->media->size / ATA_SECTOR : 0;
}

uint64_t ata_capacity(const struct ata_channel *c, unsigned unit)
{
    uint64_t all = ata_native_capacity(c, unit), most = c->s.max[unit];

    return most && most < all ? most : all;
}

unsigned ata_cylinders(const struct ata_channel *c, unsigned unit)
{
    const struct ata_geometry *g = &c->disks[unit].geometry;
    unsigned track = c->s.heads[unit] * c->s.sectors[unit];
    uint64_t cylinders;

    if (c->s.heads[unit] == g->heads && c->s.sectors[unit] == g->sectors)
        return g->cylinders;
    cylinders = ata_capacity(c, unit) / track;
    return cylinders > 65535 ? 65535 : (unsigned)cylinders;
}

/* ---- interrupt ---- */

static void update_irq(const struct ata_channel *c)
{
    irq_set(&c->irq, c->s.pending && selected(c) == c->s.unit && !(c->s.control & ATA_NIEN));
}

void ata_raise(struct ata_channel *c)
{
    trace(&c->dev, TRACE_IRQ, "INTRQ");
    c->s.pending = 1;
    update_irq(c);
}

static void clear_irq(struct ata_channel *c)
{
    c->s.pending = 0;
    update_irq(c);
}

/* ---- ends ---- */

uint64_t ata_now(const struct ata_channel *c)
{
    return vclock_now(c->dev.board->clock);
}

void ata_wait(struct ata_channel *c, enum ata_step step, uint64_t delay)
{
    c->s.step = (uint8_t)step;
    vtimer_arm(&c->timer, ata_now(c) + delay);
}

void ata_stop(struct ata_channel *c)
{
    media_op_cancel(&c->op);
    vtimer_cancel(&c->timer);
    c->s.step = ATA_STEP_IDLE;
}

void ata_complete(struct ata_channel *c)
{
    c->s.step = ATA_STEP_IDLE;
    c->s.status[c->s.unit] = ATA_DRDY | ATA_DSC;
    c->s.error[c->s.unit] = 0;
    ata_raise(c);
}

void ata_error(struct ata_channel *c, uint8_t error)
{
    trace(&c->dev, TRACE_STATE, "command %02x fails: %02x", c->s.command, error);
    c->s.step = ATA_STEP_IDLE;
    c->s.status[c->s.unit] = ATA_DRDY | ATA_DSC | ATA_ERR;
    c->s.error[c->s.unit] = error;
    ata_raise(c);
}

/* Shows how far a transfer is: the last sector that was moved, or the one that failed. */
static void put_progress(struct ata_channel *c, uint64_t lba, uint32_t left)
{
    struct ata_state *s = &c->s;
    unsigned r = s->unit * 2;
    uint32_t track = (uint32_t)s->heads[s->unit] * s->sectors[s->unit], in_track;
    uint8_t top;

    s->count[r] = (uint8_t)left;
    if (s->ext) {
        s->count[r + 1] = (uint8_t)(left >> 8);
        s->low[r + 1] = (uint8_t)(lba >> 24);
        s->mid[r + 1] = (uint8_t)(lba >> 32);
        s->high[r + 1] = (uint8_t)(lba >> 40);
    }
    if (s->by_lba) {
        s->low[r] = (uint8_t)lba;
        s->mid[r] = (uint8_t)(lba >> 8);
        s->high[r] = (uint8_t)(lba >> 16);
        top = s->ext ? 0 : lba >> 24 & 0x0f;
    } else {
        in_track = (uint32_t)(lba % track);
        s->low[r] = (uint8_t)(in_track % s->sectors[s->unit] + 1);
        s->mid[r] = (uint8_t)(lba / track);
        s->high[r] = (uint8_t)(lba / track >> 8);
        top = (uint8_t)(in_track / s->sectors[s->unit]);
    }
    if (selected(c) == s->unit)
        s->select = (uint8_t)((s->select & 0xf0) | top);
}

static void transfer_error(struct ata_channel *c, uint8_t error)
{
    put_progress(c, c->s.lba, c->s.left);
    ata_error(c, error);
}

/* ---- chunks ---- */

static void start_op(struct ata_channel *c, enum media_kind kind, enum ata_step step)
{
    struct ata_state *s = &c->s;

    s->step = (uint8_t)step;
    c->op.drive = c->disks[s->unit].drive;
    media_op_start(&c->op, kind, s->lba * ATA_SECTOR, s->buffer, s->chunk * (uint32_t)ATA_SECTOR,
                   ata_now(c) + MEDIA_TIME);
}

void ata_flush(struct ata_channel *c)
{
    c->s.lba = 0;
    c->s.chunk = 0;
    c->s.pos = 0;
    start_op(c, MEDIA_FLUSH, ATA_STEP_FLUSH);
}

/* How many sectors the next chunk has; false: not even one. */
static bool size_chunk(struct ata_channel *c)
{
    struct ata_state *s = &c->s;
    uint64_t capacity = ata_capacity(c, s->unit);
    uint64_t room = s->lba < capacity ? capacity - s->lba : 0;
    uint32_t n = s->left < ATA_CHUNK ? s->left : ATA_CHUNK;

    s->chunk = (uint8_t)(n < room ? n : room);
    s->pos = 0;
    return s->chunk != 0;
}

static void present_block(struct ata_channel *c, enum ata_step step)
{
    struct ata_state *s = &c->s;
    uint32_t end = s->pos + s->block * (uint32_t)ATA_SECTOR;
    uint32_t all = s->chunk * (uint32_t)ATA_SECTOR;

    s->block_end = (uint16_t)(end < all ? end : all);
    s->step = (uint8_t)step;
    if (step == ATA_STEP_IN || s->raised)
        ata_raise(c);
    s->raised = 1;
}

static void move_dma(struct ata_channel *c);

static void next_chunk(struct ata_channel *c)
{
    struct ata_state *s = &c->s;

    if (s->internal) {
        s->chunk = 1;
        s->pos = 0;
    } else if (!size_chunk(c)) {
        transfer_error(c, ATA_IDNF);
        return;
    }
    if (s->internal && s->flow == ATA_FLOW_IN) {
        present_block(c, ATA_STEP_IN);
    } else if (s->flow != ATA_FLOW_OUT) {
        start_op(c, MEDIA_READ, ATA_STEP_MEDIA_READ);
    } else if (s->dma) {
        s->step = ATA_STEP_DMA_OUT;
        move_dma(c);
    } else {
        present_block(c, ATA_STEP_OUT);
    }
}

void ata_begin(struct ata_channel *c)
{
    c->s.raised = 0;
    next_chunk(c);
}

/* The chunk has passed completely between medium and host. */
static void chunk_done(struct ata_channel *c)
{
    struct ata_state *s = &c->s;

    s->lba += s->chunk;
    s->left -= s->chunk;
    if (s->left) {
        next_chunk(c);
        return;
    }
    put_progress(c, s->lba - 1, 0);
    if (s->flow == ATA_FLOW_OUT && !s->write_cache[s->unit])
        ata_flush(c);
    else
        ata_complete(c);
}

static void move_dma(struct ata_channel *c)
{
    struct ata_state *s = &c->s;
    unsigned all = s->chunk * (unsigned)ATA_SECTOR;
    bool in = s->step == ATA_STEP_DMA_IN;

    if (c->dma.transfer)
        s->pos =
            (uint16_t)(s->pos + c->dma.transfer(c->dma.ctx, in, s->buffer + s->pos, all - s->pos));
    trace(&c->dev, TRACE_DMA, "%u of %u bytes", s->pos, all);
    if (s->pos < all)
        return; /* until the bus master is started again */
    if (in)
        chunk_done(c);
    else
        start_op(c, MEDIA_WRITE, ATA_STEP_MEDIA_WRITE);
}

static bool moves_by_dma(const struct ata_channel *c)
{
    return c->s.step == ATA_STEP_DMA_IN || c->s.step == ATA_STEP_DMA_OUT ||
           c->s.step == ATAPI_STEP_DMA_IN || c->s.step == ATAPI_STEP_DMA_OUT;
}

void ata_channel_kick(struct device *dev)
{
    struct ata_channel *c = (struct ata_channel *)dev;

    if (moves_by_dma(c) && !vtimer_armed(&c->timer))
        vtimer_arm(&c->timer, ata_now(c) + KICK_TIME);
}

static void op_done(void *ctx, bool ok)
{
    struct ata_channel *c = ctx;
    struct ata_state *s = &c->s;

    switch (s->step) {
    case ATA_STEP_MEDIA_READ:
        if (!ok) {
            transfer_error(c, ATA_UNC);
        } else if (s->flow == ATA_FLOW_VERIFY) {
            chunk_done(c);
        } else if (s->dma) {
            s->step = ATA_STEP_DMA_IN;
            move_dma(c);
        } else {
            present_block(c, ATA_STEP_IN);
        }
        break;
    case ATA_STEP_MEDIA_WRITE:
        if (ok)
            chunk_done(c);
        else
            transfer_error(c, ATA_UNC);
        break;
    case ATA_STEP_FLUSH:
        if (ok)
            ata_complete(c);
        else
            ata_error(c, ATA_UNC);
        break;
    case ATAPI_STEP_READ:
        atapi_op_done(c, ok);
        break;
    }
}

static void timer_fire(void *ctx)
{
    struct ata_channel *c = ctx;
    struct ata_state *s = &c->s;
    bool rest = s->pos < s->chunk * (unsigned)ATA_SECTOR;

    switch (s->step) {
    case ATA_STEP_RESET:
        s->step = ATA_STEP_IDLE;
        ata_signature(c);
        break;
    case ATA_STEP_COMMAND:
        ata_execute(c);
        break;
    case ATA_STEP_IN_BLOCK:
        if (rest)
            present_block(c, ATA_STEP_IN);
        else
            chunk_done(c);
        break;
    case ATA_STEP_OUT_BLOCK:
        if (rest)
            present_block(c, ATA_STEP_OUT);
        else if (s->internal)
            ata_complete(c);
        else
            start_op(c, MEDIA_WRITE, ATA_STEP_MEDIA_WRITE);
        break;
    case ATA_STEP_DMA_IN:
    case ATA_STEP_DMA_OUT:
        move_dma(c);
        break;
    default:
        atapi_timer(c);
        break;
    }
}

/* ---- the data register ---- */

/* The host has moved the last word of a block.  After the last block of a read there is no further
 * interrupt: the command is over. */
static void block_moved(struct ata_channel *c)
{
    struct ata_state *s = &c->s;
    unsigned sectors = s->pos / ATA_SECTOR;

    if (!s->internal)
        put_progress(c, s->lba + sectors - 1, s->left - sectors);
    if (s->step == ATA_STEP_OUT) {
        ata_wait(c, ATA_STEP_OUT_BLOCK, BLOCK_TIME);
    } else if (sectors < s->left && !s->internal) {
        ata_wait(c, ATA_STEP_IN_BLOCK, BLOCK_TIME);
    } else {
        s->step = ATA_STEP_IDLE;
        s->status[s->unit] = ATA_DRDY | ATA_DSC;
        s->error[s->unit] = 0;
    }
}

/* Bytes the host may move now in one go. */
static uint32_t data_ready(const struct ata_channel *c, bool in)
{
    unsigned step = c->s.step;
    bool moves = in ? step == ATA_STEP_IN || step == ATAPI_STEP_IN
                    : step == ATA_STEP_OUT || step == ATAPI_STEP_OUT || step == ATAPI_STEP_PACKET;

    if (!moves || selected(c) != c->s.unit)
        return 0;
    return (uint32_t)(c->s.block_end - c->s.pos);
}

static void data_moved(struct ata_channel *c, uint32_t bytes)
{
    c->s.pos = (uint16_t)(c->s.pos + bytes);
    if (c->s.pos != c->s.block_end)
        return;
    if (c->s.step >= ATAPI_STEP_PACKET)
        atapi_block_moved(c);
    else
        block_moved(c);
}

static uint32_t read_data(struct ata_channel *c, unsigned size)
{
    uint32_t value = UINT32_MAX, n = data_ready(c, true);

    if (n) {
        n = n < size ? n : size;
        memcpy(&value, c->s.buffer + c->s.pos, n);
        data_moved(c, n);
    }
    return value;
}

static void write_data(struct ata_channel *c, uint32_t value, unsigned size)
{
    uint32_t n = data_ready(c, false);

    if (n) {
        n = n < size ? n : size;
        memcpy(c->s.buffer + c->s.pos, &value, n);
        data_moved(c, n);
    }
}

static uint32_t read_block(struct device *dev, uint32_t offset, void *buf, uint32_t count,
                           unsigned size)
{
    struct ata_channel *c = (struct ata_channel *)dev;
    uint32_t units = offset == 0 ? data_ready(c, true) / size : 0;

    if (units > count)
        units = count;
    if (units) {
        memcpy(buf, c->s.buffer + c->s.pos, (size_t)units * size);
        data_moved(c, units * size);
    }
    return units;
}

static uint32_t write_block(struct device *dev, uint32_t offset, const void *buf, uint32_t count,
                            unsigned size)
{
    struct ata_channel *c = (struct ata_channel *)dev;
    uint32_t units = offset == 0 ? data_ready(c, false) / size : 0;

    if (units > count)
        units = count;
    if (units) {
        memcpy(c->s.buffer + c->s.pos, buf, (size_t)units * size);
        data_moved(c, units * size);
    }
    return units;
}

/* ---- the other registers ---- */

/* BSY: the task file belongs to the disk. */
static bool busy(const struct ata_channel *c)
{
    switch (c->s.step) {
    case ATA_STEP_IDLE:
    case ATA_STEP_IN:
    case ATA_STEP_OUT:
    case ATA_STEP_DMA_IN:
    case ATA_STEP_DMA_OUT:
    case ATAPI_STEP_PACKET:
    case ATAPI_STEP_IN:
    case ATAPI_STEP_OUT:
    case ATAPI_STEP_DMA_IN:
    case ATAPI_STEP_DMA_OUT:
        return false;
    default:
        return true;
    }
}

static uint8_t read_status(const struct ata_channel *c)
{
    unsigned unit = selected(c);

    if (!c->disks[unit].present)
        return unit == 1 && c->disks[0].present ? 0 : FLOATING; /* disk 0 answers for disk 1 */
    if (c->s.step == ATA_STEP_RESET)
        return ATA_BSY;
    if (unit != c->s.unit || c->s.step == ATA_STEP_IDLE)
        return c->s.status[unit];
    return busy(c) ? ATA_BSY | ATA_DRDY | ATA_DSC : ATA_DRDY | ATA_DSC | ATA_DRQ;
}

static uint8_t read_task_file(struct ata_channel *c, uint32_t offset)
{
    const struct ata_state *s = &c->s;
    unsigned unit = selected(c), r;

    if (!c->disks[unit].present && !(unit == 1 && c->disks[0].present))
        return FLOATING;
    if (!c->disks[unit].present)
        unit = 0;
    r = unit * 2 + s->hob;
    switch (offset) {
    case 1:
        return s->error[unit];
    case 2:
        return s->count[r];
    case 3:
        return s->low[r];
    case 4:
        return s->mid[r];
    case 5:
        return s->high[r];
    default:
        return s->select | ATA_DEVICE_ONES;
    }
}

static uint8_t read_register(struct ata_channel *c, uint32_t offset)
{
    if (offset < 7)
        return read_task_file(c, offset);
    if (selected(c) == c->s.unit && c->disks[c->s.unit].present)
        clear_irq(c);
    return read_status(c);
}

static uint32_t command_block_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct ata_channel *c = (struct ata_channel *)dev;
    uint32_t value = 0;

    if (offset == 0) {
        value = c->disks[0].present || c->disks[1].present ? read_data(c, size) : 0xff7fff7f;
        return value;
    }
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)read_register(c, offset + i) << (8 * i);
    trace(dev, TRACE_IO, "read %u = %02x", offset, value);
    return value;
}

/* Both disks take what is written; each keeps what was there before for 48-bit commands. */
static void put_register(uint8_t regs[4], uint8_t value)
{
    for (unsigned unit = 0; unit < ATA_UNITS; unit++) {
        regs[unit * 2 + 1] = regs[unit * 2];
        regs[unit * 2] = value;
    }
}

static void write_command(struct ata_channel *c, uint8_t value)
{
    struct ata_state *s = &c->s;
    bool diagnostic = value == 0x90;
    bool device_reset = value == 0x08 && c->disks[selected(c)].cdrom && selected(c) == s->unit;

    if ((busy(c) && !(device_reset && s->step != ATA_STEP_RESET)) ||
        !(c->disks[selected(c)].present || (diagnostic && c->disks[0].present)))
        return;
    ata_stop(c);
    s->unit = diagnostic && !c->disks[1].present ? 0 : (uint8_t)selected(c);
    s->command = value;
    clear_irq(c);
    trace(&c->dev, TRACE_STATE, "unit %u command %02x count %02x address %02x %02x %02x %02x",
          s->unit, value, s->count[s->unit * 2], s->select, s->high[s->unit * 2],
          s->mid[s->unit * 2], s->low[s->unit * 2]);
    ata_wait(c, ATA_STEP_COMMAND, COMMAND_TIME);
}

static void write_register(struct ata_channel *c, uint32_t offset, uint8_t value)
{
    struct ata_state *s = &c->s;
    uint8_t *const regs[6] = { NULL, s->feature, s->count, s->low, s->mid, s->high };

    s->hob = 0;
    if (offset == 6) {
        s->select = value;
        update_irq(c);
    } else if (offset == 7) {
        write_command(c, value);
    } else if (!busy(c)) {
        put_register(regs[offset], value);
    }
}

static void command_block_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct ata_channel *c = (struct ata_channel *)dev;

    if (offset == 0) {
        write_data(c, value, size);
        return;
    }
    trace(dev, TRACE_IO, "write %u = %02x", offset, value);
    for (unsigned i = 0; i < size; i++)
        write_register(c, offset + i, (uint8_t)(value >> (8 * i)));
}

static uint32_t control_block_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)offset;
    (void)size;
    return read_status((struct ata_channel *)dev); /* leaves the interrupt alone */
}

static void control_block_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct ata_channel *c = (struct ata_channel *)dev;
    uint8_t old = c->s.control;

    (void)offset;
    (void)size;
    trace(dev, TRACE_IO, "write control %02x", value);
    c->s.control = (uint8_t)value & (ATA_NIEN | ATA_SRST);
    c->s.hob = value & ATA_HOB ? 1 : 0;
    if (c->s.control & ATA_SRST) {
        ata_stop(c);
        c->s.step = ATA_STEP_RESET;
        c->s.select = 0;
        c->s.pending = 0;
    } else if (old & ATA_SRST) {
        ata_wait(c, ATA_STEP_RESET, RESET_TIME);
    }
    update_irq(c);
}

/* ---- resets ---- */

void ata_unit_signature(struct ata_channel *c, unsigned unit)
{
    struct ata_state *s = &c->s;
    bool packet = c->disks[unit].cdrom;

    s->status[unit] = packet ? 0 : ATA_DRDY | ATA_DSC;
    s->error[unit] = 1; /* passed */
    s->count[unit * 2] = 1;
    s->low[unit * 2] = 1;
    s->mid[unit * 2] = packet ? 0x14 : 0;
    s->high[unit * 2] = packet ? 0xeb : 0;
}

void ata_signature(struct ata_channel *c)
{
    struct ata_state *s = &c->s;

    for (unsigned unit = 0; unit < ATA_UNITS; unit++) {
        ata_unit_signature(c, unit);
        if (s->revert[unit])
            ata_defaults(c, unit);
    }
    s->select = 0;
    s->unit = 0;
}

void ata_defaults(struct ata_channel *c, unsigned unit)
{
    struct ata_state *s = &c->s;
    const struct ata_geometry *g = &c->disks[unit].geometry;

    s->heads[unit] = g->heads ? (uint8_t)g->heads : 16;
    s->sectors[unit] = g->sectors ? (uint8_t)g->sectors : 63;
    s->multiple[unit] = 0;
    s->write_cache[unit] = s->look_ahead[unit] = 1;
    s->revert[unit] = 0;
    s->mode[unit] = ATA_MODE_MWDMA | 2;
}

/* A disk is there if an image is; a CD-ROM drive also without one. */
static void look_at_disk(struct ata_channel *c, unsigned unit)
{
    struct ata_disk *disk = &c->disks[unit];

    disk->present = disk->drive &&
                    (disk->cdrom || (disk->drive->media && disk->drive->media->size >= ATA_SECTOR));
    disk->geometry = disk->wanted;
    if (disk->present && !disk->cdrom)
        ata_default_geometry(&disk->geometry, disk->drive->media->size / ATA_SECTOR);
    ata_defaults(c, unit);
}

static void drive_changed(void *ctx)
{
    struct ata_disk *disk = ctx;
    struct ata_channel *c = disk->channel;

    if (disk->cdrom) {
        atapi_changed(c, disk->unit);
        return;
    }
    look_at_disk(c, disk->unit);
    c->s.max[disk->unit] = 0;
    if (c->s.unit != disk->unit || c->s.step == ATA_STEP_IDLE || c->s.step == ATA_STEP_RESET)
        return;
    ata_stop(c);
    if (disk->present) {
        c->s.command = 0; /* the command under way is aborted as NOP is */
        ata_wait(c, ATA_STEP_COMMAND, COMMAND_TIME);
    }
}

static void eject_pressed(void *ctx)
{
    struct ata_disk *disk = ctx;

    atapi_eject_pressed(disk->channel, disk->unit);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    struct ata_channel *c = (struct ata_channel *)dev;

    (void)kind;
    ata_stop(c);
    memset(&c->s, 0, sizeof(c->s));
    for (unsigned unit = 0; unit < ATA_UNITS; unit++) {
        look_at_disk(c, unit);
        c->s.power[unit] = 0xff;
        if (c->disks[unit].cdrom)
            atapi_reset(c, unit);
    }
    ata_signature(c);
    update_irq(c);
}

/* ---- saved states ---- */

static bool check_timers(const struct ata_channel *c)
{
    bool timer = c->timer.deadline != VCLOCK_NEVER, op = c->op.timer.deadline != VCLOCK_NEVER;

    switch (c->s.step) {
    case ATA_STEP_RESET:
        return !op && timer == !(c->s.control & ATA_SRST);
    case ATA_STEP_COMMAND:
    case ATA_STEP_IN_BLOCK:
    case ATA_STEP_OUT_BLOCK:
    case ATAPI_STEP_RUN:
    case ATAPI_STEP_IN_BLOCK:
    case ATAPI_STEP_OUT_BLOCK:
    case ATAPI_STEP_END:
        return !op && timer;
    case ATA_STEP_MEDIA_READ:
    case ATA_STEP_MEDIA_WRITE:
    case ATA_STEP_FLUSH:
    case ATAPI_STEP_READ:
        return op && !timer;
    case ATA_STEP_DMA_IN:
    case ATA_STEP_DMA_OUT:
    case ATAPI_STEP_DMA_IN:
    case ATAPI_STEP_DMA_OUT:
        return !op;
    default:
        return !op && !timer;
    }
}

/* The lengths of a transfer fit each other and the buffer. */
static bool check_transfer(const struct ata_state *s)
{
    unsigned all = s->chunk * (unsigned)ATA_SECTOR;
    bool pio = s->step == ATA_STEP_IN || s->step == ATA_STEP_OUT;

    if (s->lba > UINT64_MAX >> 16)
        return false;
    if (s->step < ATA_STEP_MEDIA_READ || s->step >= ATAPI_STEP_PACKET)
        return true;
    if (s->chunk > ATA_CHUNK || s->pos > all || s->block_end > ATA_CHUNK * ATA_SECTOR ||
        s->left > 65536)
        return false;
    if (pio && (s->block_end > all || s->pos >= s->block_end))
        return false;
    if (s->step != ATA_STEP_FLUSH)
        return s->block >= 1 && s->block <= ATA_CHUNK && s->chunk >= 1 && s->chunk <= s->left;
    return true;
}

static bool check(struct device *dev, struct error *err)
{
    const struct ata_channel *c = (struct ata_channel *)dev;
    const struct ata_state *s = &c->s;
    bool good = s->step < ATA_STEP_COUNT && s->flow < ATA_FLOWS && s->unit < ATA_UNITS &&
                s->hob <= 1 && s->pending <= 1 && check_timers(c) && check_transfer(s) &&
                atapi_check(c);

    for (unsigned unit = 0; unit < ATA_UNITS; unit++)
        if (s->multiple[unit] > ATA_MULTIPLE_MAX || s->heads[unit] < 1 || s->heads[unit] > 16 ||
            s->sectors[unit] < 1)
            good = false;
    return good || error_set(err, "the saved state of %s is not one that it can be in", dev->name);
}

static void resume(struct device *dev)
{
    struct ata_channel *c = (struct ata_channel *)dev;
    const struct ata_state *s = &c->s;
    enum media_kind kind = MEDIA_READ;

    atapi_resume(c);
    if (s->step == ATA_STEP_MEDIA_WRITE)
        kind = MEDIA_WRITE;
    else if (s->step == ATA_STEP_FLUSH)
        kind = MEDIA_FLUSH;
    else if (s->step != ATA_STEP_MEDIA_READ)
        return;
    c->op.drive = c->disks[s->unit].drive;
    media_op_resume(&c->op, kind, s->lba * ATA_SECTOR, c->s.buffer,
                    s->chunk * (uint32_t)ATA_SECTOR);
}

static void release(struct device *dev)
{
    struct ata_channel *c = (struct ata_channel *)dev;

    media_op_done(&c->op);
    for (unsigned unit = 0; unit < ATA_UNITS; unit++)
        if (c->disks[unit].drive && c->disks[unit].drive->ctx == &c->disks[unit])
            c->disks[unit].drive->changed = c->disks[unit].drive->eject_pressed = NULL;
}

/* ---- the device ---- */

static const struct port_range ports[] = {
    { .base = 0,
      .count = 8,
      .sizes = 7,
      .hidden = true,
      .read = command_block_read,
      .write = command_block_write,
      .read_block = read_block,
      .write_block = write_block },
    { .base = 0x206,
      .count = 1,
      .sizes = 1,
      .hidden = true,
      .read = control_block_read,
      .write = control_block_write },
    { 0 },
};

static const struct field fields[] = {
    FIELD(struct ata_channel, s.select),
    FIELD(struct ata_channel, s.control),
    FIELD(struct ata_channel, s.hob),
    FIELD(struct ata_channel, s.pending),
    FIELD(struct ata_channel, s.unit),
    FIELD(struct ata_channel, s.command),
    FIELD(struct ata_channel, s.step),
    FIELD(struct ata_channel, s.flow),
    FIELD(struct ata_channel, s.dma),
    FIELD(struct ata_channel, s.ext),
    FIELD(struct ata_channel, s.by_lba),
    FIELD(struct ata_channel, s.internal),
    FIELD(struct ata_channel, s.block),
    FIELD(struct ata_channel, s.chunk),
    FIELD(struct ata_channel, s.raised),
    FIELD(struct ata_channel, s.pos),
    FIELD(struct ata_channel, s.block_end),
    FIELD(struct ata_channel, s.left),
    FIELD(struct ata_channel, s.lba),
    FIELD_ARRAY(struct ata_channel, s.feature),
    FIELD_ARRAY(struct ata_channel, s.count),
    FIELD_ARRAY(struct ata_channel, s.low),
    FIELD_ARRAY(struct ata_channel, s.mid),
    FIELD_ARRAY(struct ata_channel, s.high),
    FIELD_ARRAY(struct ata_channel, s.status),
    FIELD_ARRAY(struct ata_channel, s.error),
    FIELD_ARRAY(struct ata_channel, s.multiple),
    FIELD_ARRAY(struct ata_channel, s.heads),
    FIELD_ARRAY(struct ata_channel, s.sectors),
    FIELD_ARRAY(struct ata_channel, s.write_cache),
    FIELD_ARRAY(struct ata_channel, s.look_ahead),
    FIELD_ARRAY(struct ata_channel, s.revert),
    FIELD_ARRAY(struct ata_channel, s.mode),
    FIELD_ARRAY(struct ata_channel, s.power),
    /* Version 2: CD-ROM drives, the host protected area. */
    FIELD_ARRAY(struct ata_channel, s.native, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.max, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.cd_size, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.ready_at, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.head, .since = 2),
    FIELD(struct ata_channel, s.fill, .since = 2),
    FIELD(struct ata_channel, s.limit, .since = 2),
    FIELD(struct ata_channel, s.cd_out, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.speed, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.packet, .since = 2),
    FIELD(struct ata_channel, s.cd_fields, .since = 2),
    FIELD(struct ata_channel, s.cd_sub, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.sense, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.attention, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.event, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.tray, .since = 2, .flags = FIELD_KEEP), /* stays as it is */
    FIELD_ARRAY(struct ata_channel, s.locked, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.recovery, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.inactivity, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.audio, .since = 2),
    FIELD_ARRAY(struct ata_channel, s.buffer),
    FIELD_TIMER(struct ata_channel, op.timer),
    FIELD_TIMER(struct ata_channel, timer),
    { 0 },
};

static const struct device_class ata_class = {
    .name = "ata",
    .version = 2,
    .state_offset = offsetof(struct ata_channel, s),
    .state_size = sizeof(struct ata_state),
    .ports = ports,
    .fields = fields,
    .reset = reset,
    .check = check,
    .resume = resume,
    .free = release,
};

struct device *ata_channel_new(struct board *board, const char *name, uint16_t io_base,
                               struct irq irq, struct drive *const drives[2],
                               const struct ata_geometry geometry[2], struct ata_dma dma, bool fast,
                               struct error *err)
{
    struct ata_channel *c = device_new(board, &ata_class, sizeof(*c), name, io_base, err);

    if (!c)
        return NULL;
    c->io_base = io_base;
    c->irq = irq;
    c->dma = dma;
    c->fast = fast;
    media_op_init(&c->op, board->clock, NULL, op_done, c);
    vtimer_init(&c->timer, board->clock, timer_fire, c);
    for (unsigned unit = 0; unit < ATA_UNITS; unit++) {
        struct ata_disk *disk = &c->disks[unit];

        *disk = (struct ata_disk){
            .channel = c, .unit = unit, .drive = drives[unit], .wanted = geometry[unit]
        };
        if (disk->drive) {
            disk->cdrom = disk->drive->cdrom;
            disk->drive->changed = drive_changed;
            disk->drive->eject_pressed = disk->cdrom ? eject_pressed : NULL;
            disk->drive->ctx = disk;
        }
    }
    device_reset(&c->dev, RESET_POWER_ON);
    return &c->dev;
}

void ata_channel_enable(struct device *dev, bool enabled)
{
    struct ata_channel *c = (struct ata_channel *)dev;

    bus_move(dev->maps[0], c->io_base, enabled);
    bus_move(dev->maps[1], c->io_base, enabled);
}

bool ata_channel_geometry(const struct device *dev, unsigned unit, struct ata_geometry *geometry)
{
    const struct ata_channel *c = (const struct ata_channel *)dev;

    *geometry = c->disks[unit].geometry;
    return c->disks[unit].present && !c->disks[unit].cdrom;
}
