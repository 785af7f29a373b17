/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 82077AA CHMOS single-chip floppy disk controller (data sheet 290166), wired as in a PC/AT:
 * AT mode, so SRA and SRB are not driven, INT and DRQ are gated by DMAGATE#.  This file: registers,
 * commands without data, seeks, resets.  i82077_data.c: the execution phase of data commands.
 *
 * Not modelled: FM (media are MFM), write precompensation, power-down, the data separator; sectors
 * of other sizes than 512 bytes and deleted data marks, which a raw image cannot hold.  The drive
 * is selected by the command, not by the DOR, whose motor bit must be on.  An empty drive answers
 * like an unformatted diskette; on the chip the search would end only by reset, since no index
 * pulse comes.
 */
#include <string.h>

#include "devices/storage/i82077_internal.h"

#define US              1000u
#define MS              1000000u
#define RESET_POLL_TIME (100 * US)
#define FAST_STEP       (20 * US)
#define FAST_SETTLE     (100 * US)
#define RECALIBRATE_MAX 79

/* ---- lines ---- */

static void drive_int(const struct i82077 *f)
{
    irq_set(&f->irq, f->s.intr && (f->s.dor & DOR_DMAGATE));
}

void i82077_raise(struct i82077 *f)
{
    f->s.sense_reset = 0; /* whoever goes on without sensing them all does not want them */
    f->s.intr = 1;
    trace(&f->dev, TRACE_IRQ, "INT");
    drive_int(f);
}

/* A seek that ended meanwhile is told by an edge of its own. */
void i82077_lower(struct i82077 *f)
{
    f->s.intr = 0;
    drive_int(f);
    if (f->s.sense_seek) {
        f->s.intr = 1;
        drive_int(f);
    }
}

unsigned i82077_unit(const struct i82077 *f)
{
    return f->s.command[1] & 3;
}

void i82077_give_results(struct i82077 *f, const uint8_t *bytes, unsigned count)
{
    memcpy(f->s.result, bytes, count);
    f->s.results = (uint8_t)count;
    f->s.given = 0;
    f->s.got = 0;
    f->s.phase = PHASE_RESULT;
}

static void give_result(struct i82077 *f, uint8_t byte)
{
    i82077_give_results(f, &byte, 1);
}

static void command_over(struct i82077 *f)
{
    f->s.got = 0;
    f->s.phase = PHASE_COMMAND;
}

/* ---- seeks ---- */

uint64_t i82077_step_time(const struct i82077 *f, unsigned steps)
{
    static const uint32_t unit[4] = { 1 * MS, 1667 * US, 2 * MS, 500 * US }; /* by data rate */

    if (f->fast)
        return FAST_SETTLE + (uint64_t)steps * FAST_STEP;
    return FAST_SETTLE + (uint64_t)steps * (16 - (f->s.srt_hut >> 4)) * unit[f->s.dsr & DSR_RATE];
}

static void seek_fire(void *ctx)
{
    struct i82077 *f = ((struct i82077_unit *)ctx)->chip;
    unsigned unit = ((struct i82077_unit *)ctx)->number;
    uint8_t bit = (uint8_t)(1u << unit);

    if (!(f->s.seeking & bit))
        return;
    f->s.seeking &= (uint8_t)~bit;
    if (f->s.track[unit] != f->s.seek_track[unit] && f->drives[unit] && f->drives[unit]->media)
        f->s.changed &= (uint8_t)~bit;
    f->s.track[unit] = f->s.seek_track[unit];
    f->s.pcn[unit] = f->s.seek_pcn[unit];
    f->s.sense_seek |= bit;
    i82077_raise(f);
}

static void start_seek(struct i82077 *f, unsigned unit, unsigned steps, uint8_t track, uint8_t pcn,
                       uint8_t st0)
{
    f->s.seek_track[unit] = track;
    f->s.seek_pcn[unit] = pcn;
    f->s.seek_st0[unit] = (uint8_t)(st0 | unit);
    f->s.seeking |= (uint8_t)(1u << unit);
    f->s.sense_seek &= (uint8_t) ~(1u << unit);
    vtimer_arm(&f->seek[unit], vclock_now(f->dev.board->clock) + i82077_step_time(f, steps));
    command_over(f);
}

static uint8_t track_after(unsigned from, int steps)
{
    int track = (int)from + steps;

    return (uint8_t)(track < 0 ? 0 : track > LAST_TRACK ? LAST_TRACK : track);
}

static void cmd_seek(struct i82077 *f)
{
    unsigned unit = i82077_unit(f);
    int steps = f->s.command[2] - f->s.pcn[unit];

    start_seek(f, unit, (unsigned)(steps < 0 ? -steps : steps),
               track_after(f->s.track[unit], steps), f->s.command[2],
               (uint8_t)(ST0_SE | (f->s.command[1] & 4)));
}

static void cmd_recalibrate(struct i82077 *f)
{
    unsigned unit = i82077_unit(f);
    unsigned steps = f->s.track[unit];

    if (!f->drives[unit]) /* TRK0 never comes */
        start_seek(f, unit, RECALIBRATE_MAX, 0, 0, ST0_ABNORMAL | ST0_SE | ST0_EC);
    else if (steps > RECALIBRATE_MAX)
        start_seek(f, unit, RECALIBRATE_MAX, (uint8_t)(steps - RECALIBRATE_MAX), 0,
                   ST0_ABNORMAL | ST0_SE | ST0_EC);
    else
        start_seek(f, unit, steps, 0, 0, ST0_SE);
}

static void cmd_relative_seek(struct i82077 *f)
{
    unsigned unit = i82077_unit(f), count = f->s.command[2];
    int steps = f->s.command[0] & 0x40 ? (int)count : -(int)count;
    bool beyond = steps < 0 && count > f->s.track[unit];

    start_seek(f, unit, count, track_after(f->s.track[unit], steps),
               (uint8_t)(f->s.pcn[unit] + steps),
               (uint8_t)(ST0_SE | (f->s.command[1] & 4) | (beyond ? ST0_ABNORMAL | ST0_EC : 0)));
}

/* ---- commands without data ---- */

static void cmd_sense_interrupt(struct i82077 *f)
{
    uint8_t pending = f->s.sense_reset ? f->s.sense_reset : f->s.sense_seek;
    unsigned unit = 0;
    uint8_t st0;

    if (!pending) {
        give_result(f, ST0_INVALID);
        return;
    }
    while (!(pending >> unit & 1))
        unit++;
    if (f->s.sense_reset) {
        st0 = (uint8_t)(ST0_READY_CHANGE | unit);
        f->s.sense_reset &= (uint8_t) ~(1u << unit);
    } else {
        st0 = f->s.seek_st0[unit];
        f->s.sense_seek &= (uint8_t) ~(1u << unit);
    }
    i82077_give_results(f, (uint8_t[]){ st0, f->s.pcn[unit] }, 2);
    i82077_lower(f);
}

static void cmd_sense_drive(struct i82077 *f)
{
    unsigned unit = i82077_unit(f);
    const struct drive *drive = f->drives[unit];
    uint8_t st3 = (uint8_t)(ST3_READY | ST3_ALWAYS | (f->s.command[1] & (ST3_HEAD | 3)));

    if (drive && f->s.track[unit] == 0)
        st3 |= ST3_TRK0;
    if (drive && drive->media && drive->media->read_only)
        st3 |= ST3_WP;
    give_result(f, st3);
}

static void cmd_specify(struct i82077 *f)
{
    f->s.srt_hut = f->s.command[1];
    f->s.hlt_nd = f->s.command[2];
    command_over(f);
}

static void cmd_configure(struct i82077 *f)
{
    f->s.config = f->s.command[2] & 0x7f;
    f->s.pretrk = f->s.command[3];
    command_over(f);
}

static void cmd_version(struct i82077 *f)
{
    give_result(f, 0x90);
}

static void cmd_dumpreg(struct i82077 *f)
{
    const struct i82077_state *s = &f->s;

    i82077_give_results(
        f,
        (uint8_t[]){ s->pcn[0], s->pcn[1], s->pcn[2], s->pcn[3], s->srt_hut, s->hlt_nd, s->eot,
                     (uint8_t)(s->lock << 7 | (s->perpendicular & 0x3f)), s->config, s->pretrk },
        10);
}

/* D0-D3 change only with OW. */
static void cmd_perpendicular(struct i82077 *f)
{
    uint8_t value = f->s.command[1];
    uint8_t drives = (value & 0x80 ? value : f->s.perpendicular) & 0x3c;

    f->s.perpendicular = (value & 3) | drives;
    command_over(f);
}

static void cmd_lock(struct i82077 *f)
{
    f->s.lock = f->s.command[0] >> 7;
    give_result(f, (uint8_t)(f->s.lock << 4));
}

static const struct command {
    uint8_t mask, match, length;
    void (*run)(struct i82077 *f);
} commands[] = {
    { 0x1f, 0x06, 9, i82077_transfer }, /* READ DATA */
    { 0x1f, 0x0c, 9, i82077_transfer }, /* READ DELETED DATA */
    { 0x3f, 0x05, 9, i82077_transfer }, /* WRITE DATA */
    { 0x3f, 0x09, 9, i82077_transfer }, /* WRITE DELETED DATA */
    { 0x9f, 0x02, 9, i82077_transfer }, /* READ TRACK */
    { 0x1f, 0x16, 9, i82077_transfer }, /* VERIFY */
    { 0x1f, 0x11, 9, i82077_transfer }, /* SCAN EQUAL */
    { 0x1f, 0x19, 9, i82077_transfer }, /* SCAN LOW OR EQUAL */
    { 0x1f, 0x1d, 9, i82077_transfer }, /* SCAN HIGH OR EQUAL */
    { 0xbf, 0x0d, 6, i82077_transfer }, /* FORMAT TRACK */
    { 0xbf, 0x0a, 2, i82077_read_id },      { 0xff, 0x07, 2, cmd_recalibrate },
    { 0xff, 0x08, 1, cmd_sense_interrupt }, { 0xff, 0x03, 3, cmd_specify },
    { 0xff, 0x04, 2, cmd_sense_drive },     { 0xff, 0x0f, 3, cmd_seek },
    { 0xbf, 0x8f, 3, cmd_relative_seek },   { 0xff, 0x13, 4, cmd_configure },
    { 0xff, 0x10, 1, cmd_version },         { 0xff, 0x0e, 1, cmd_dumpreg },
    { 0xff, 0x12, 2, cmd_perpendicular },   { 0x7f, 0x14, 1, cmd_lock },
};

static const struct command *find_command(uint8_t byte)
{
    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if ((byte & commands[i].mask) == commands[i].match)
            return &commands[i];
    return NULL;
}

static void command_byte(struct i82077 *f, uint8_t value)
{
    const struct command *command;

    if (!f->s.got)
        memset(f->s.command, 0, sizeof(f->s.command));
    f->s.command[f->s.got++] = value;
    command = find_command(f->s.command[0]);
    if (!command) {
        trace(&f->dev, TRACE_ODD, "invalid command %02x", value);
        give_result(f, ST0_INVALID);
        return;
    }
    if (f->s.got < command->length)
        return;
    trace(&f->dev, TRACE_STATE, "command %02x %02x C%u H%u R%u N%u EOT%u", f->s.command[0],
          f->s.command[1], f->s.command[2], f->s.command[3], f->s.command[4], f->s.command[5],
          f->s.command[6]);
    command->run(f);
}

/* ---- resets ---- */

static void cancel_all(struct i82077 *f)
{
    i82077_abandon(f);
    vtimer_cancel(&f->poll);
    for (unsigned i = 0; i < DRIVES; i++)
        vtimer_cancel(&f->seek[i]);
}

/* What both software resets do.  SPECIFY's values stay, CONFIGURE's and PRETRK if locked. */
static void soft_reset(struct i82077 *f)
{
    struct i82077_state *s = &f->s;

    cancel_all(f);
    s->phase = PHASE_COMMAND;
    s->got = s->results = s->given = 0;
    s->sense_reset = s->sense_seek = s->seeking = 0;
    memset(s->pcn, 0, sizeof(s->pcn));
    if (s->lock) {
        s->config &= CONFIG_EFIFO | CONFIG_FIFOTHR;
        s->perpendicular &= 0x3c; /* a software reset clears GAP and WGATE only */
    } else {
        s->config = CONFIG_EFIFO;
        s->pretrk = 0;
        s->perpendicular &= 0x3c;
    }
    s->intr = 0;
    drive_int(f);
}

/* After a reset the chip polls its drives and finds all four changed to ready. */
static void reset_ends(struct i82077 *f)
{
    vtimer_arm(&f->poll, vclock_now(f->dev.board->clock) + RESET_POLL_TIME);
}

static void poll_fire(void *ctx)
{
    struct i82077 *f = ctx;

    if (f->s.config & CONFIG_POLL || !(f->s.dor & DOR_RESET_N))
        return;
    i82077_raise(f);
    f->s.sense_reset = 0x0f;
}

static void write_dor(struct i82077 *f, uint8_t value)
{
    uint8_t old = f->s.dor;

    f->s.dor = value;
    if (!(value & DOR_RESET_N)) {
        if (old & DOR_RESET_N)
            soft_reset(f);
        vtimer_cancel(&f->poll);
    } else if (!(old & DOR_RESET_N)) {
        reset_ends(f);
    }
    drive_int(f);
}

static void write_dsr(struct i82077 *f, uint8_t value)
{
    f->s.dsr = value & (uint8_t)~DSR_RESET;
    if ((value & DSR_RESET) && (f->s.dor & DOR_RESET_N)) {
        soft_reset(f);
        reset_ends(f);
    }
}

/* ---- registers ---- */

static uint8_t read_msr(const struct i82077 *f)
{
    uint8_t msr = f->s.seeking;

    if (!(f->s.dor & DOR_RESET_N))
        return 0;
    switch (f->s.phase) {
    case PHASE_RESULT:
        return msr | MSR_RQM | MSR_DIO | MSR_BUSY;
    case PHASE_EXECUTE:
        msr |= MSR_BUSY | (f->s.hlt_nd & 1 ? MSR_NON_DMA : 0);
        if (i82077_pio_read(f))
            msr |= MSR_RQM | MSR_DIO;
        else if (i82077_pio_write(f))
            msr |= MSR_RQM;
        return msr;
    default:
        return msr | MSR_RQM | (f->s.got ? MSR_BUSY : 0);
    }
}

static uint8_t read_fifo(struct i82077 *f)
{
    uint8_t value;

    if (f->s.phase == PHASE_EXECUTE && i82077_pio_read(f))
        return i82077_pio_get(f);
    if (f->s.phase != PHASE_RESULT)
        return 0xff;
    value = f->s.result[f->s.given];
    if (f->s.given++ == 0 && f->s.intr)
        i82077_lower(f);
    if (f->s.given == f->s.results)
        command_over(f);
    return value;
}

static void write_fifo(struct i82077 *f, uint8_t value)
{
    if (!(f->s.dor & DOR_RESET_N))
        return;
    if (f->s.phase == PHASE_COMMAND)
        command_byte(f, value);
    else if (f->s.phase == PHASE_EXECUTE && i82077_pio_write(f))
        i82077_pio_put(f, value);
}

static uint32_t read_register(struct device *dev, uint32_t offset, unsigned size)
{
    struct i82077 *f = (struct i82077 *)dev;
    uint8_t value = 0xff; /* SRA, SRB: not driven in AT mode */

    (void)size;
    switch (offset) {
    case 2:
        value = f->s.dor;
        break;
    case 3:
        value = 0xfc | f->s.tdr; /* the upper bits are not driven */
        break;
    case 4:
        value = read_msr(f);
        break;
    case 5:
        value = read_fifo(f);
        break;
    }
    trace(dev, TRACE_IO, "read %x = %02x", 0x3f0 + offset, value);
    return value;
}

static void write_register(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct i82077 *f = (struct i82077 *)dev;

    (void)size;
    trace(dev, TRACE_IO, "write %x = %02x", 0x3f0 + offset, value);
    switch (offset) {
    case 2:
        write_dor(f, (uint8_t)value);
        break;
    case 3:
        f->s.tdr = value & 3;
        break;
    case 4:
        write_dsr(f, (uint8_t)value);
        break;
    case 5:
        write_fifo(f, (uint8_t)value);
        break;
    }
}

/* DIR: only DSKCHG is driven; it comes from the drive that the DOR selects, if its motor is on. The
 * rest of the byte is what the disk adapter of an AT leaves there: zeros. */
static uint32_t read_dir(struct device *dev, uint32_t offset, unsigned size)
{
    struct i82077 *f = (struct i82077 *)dev;
    unsigned unit = f->s.dor & DOR_SELECT;
    bool selected = f->drives[unit] && (f->s.dor & DOR_MOTOR0 << unit);

    (void)offset;
    (void)size;
    return selected && (f->s.changed >> unit & 1) ? 0x80 : 0;
}

static void write_ccr(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct i82077 *f = (struct i82077 *)dev;

    (void)offset;
    (void)size;
    f->s.dsr = (uint8_t)((f->s.dsr & ~DSR_RATE) | (value & DSR_RATE));
}

/* ---- the device ---- */

static void drive_changed(void *ctx)
{
    struct i82077 *f = ((struct i82077_unit *)ctx)->chip;
    unsigned unit = ((struct i82077_unit *)ctx)->number;

    f->s.changed |= (uint8_t)(1u << unit);
    if (f->s.phase == PHASE_EXECUTE && i82077_unit(f) == unit)
        i82077_medium_gone(f);
}

/* The drives have no reset line: heads stay where they are. */
static void reset(struct device *dev, enum reset_kind kind)
{
    struct i82077 *f = (struct i82077 *)dev;
    struct i82077_state old = f->s;

    cancel_all(f);
    f->s = (struct i82077_state){ .dsr = 0x02, .config = CONFIG_EFIFO, .changed = 0x0f };
    if (kind != RESET_POWER_ON) {
        memcpy(f->s.track, old.track, sizeof(f->s.track));
        f->s.changed = old.changed;
    }
    drive_int(f);
}

static bool check(struct device *dev, struct error *err)
{
    const struct i82077 *f = (struct i82077 *)dev;
    const struct i82077_state *s = &f->s;
    bool good = s->phase <= PHASE_RESULT && s->got < sizeof(s->command) &&
                s->results <= sizeof(s->result) && s->lock <= 1 && i82077_data_check(f);

    if (s->phase == PHASE_RESULT && s->given >= s->results)
        good = false;
    for (unsigned i = 0; i < DRIVES; i++)
        if (s->track[i] > LAST_TRACK || s->seek_track[i] > LAST_TRACK ||
            (f->seek[i].deadline != VCLOCK_NEVER) != (s->seeking >> i & 1))
            good = false;
    if ((s->seeking | s->sense_seek | s->sense_reset | s->changed) > 0x0f)
        good = false;
    return good || error_set(err, "the saved state of %s is not one that it can be in", dev->name);
}

static void resume(struct device *dev)
{
    struct i82077 *f = (struct i82077 *)dev;

    i82077_data_resume(f);
}

static void release(struct device *dev)
{
    struct i82077 *f = (struct i82077 *)dev;

    media_op_done(&f->op);
    for (unsigned i = 0; i < DRIVES; i++)
        if (f->drives[i] && f->drives[i]->ctx == &f->unit[i])
            f->drives[i]->changed = NULL;
}

static const struct port_range ports[] = {
    { .base = 0, .count = 6, .sizes = 1, .read = read_register, .write = write_register },
    { .base = 7, .count = 1, .sizes = 1, .read = read_dir, .write = write_ccr },
    { 0 },
};

static const struct field fields[] = {
    FIELD(struct i82077, s.dor),
    FIELD(struct i82077, s.tdr),
    FIELD(struct i82077, s.dsr),
    FIELD(struct i82077, s.phase),
    FIELD(struct i82077, s.step),
    FIELD_ARRAY(struct i82077, s.command),
    FIELD(struct i82077, s.got),
    FIELD_ARRAY(struct i82077, s.result),
    FIELD(struct i82077, s.results),
    FIELD(struct i82077, s.given),
    FIELD(struct i82077, s.intr),
    FIELD(struct i82077, s.sense_reset),
    FIELD(struct i82077, s.sense_seek),
    FIELD(struct i82077, s.seeking),
    FIELD_ARRAY(struct i82077, s.pcn),
    FIELD_ARRAY(struct i82077, s.seek_pcn),
    FIELD_ARRAY(struct i82077, s.seek_track),
    FIELD_ARRAY(struct i82077, s.seek_st0),
    FIELD_ARRAY(struct i82077, s.track, .flags = FIELD_KEEP),
    FIELD(struct i82077, s.changed, .flags = FIELD_KEEP),
    FIELD(struct i82077, s.srt_hut),
    FIELD(struct i82077, s.hlt_nd),
    FIELD(struct i82077, s.config),
    FIELD(struct i82077, s.pretrk),
    FIELD(struct i82077, s.lock),
    FIELD(struct i82077, s.perpendicular),
    FIELD(struct i82077, s.eot),
    FIELD(struct i82077, s.head),
    FIELD(struct i82077, s.id_c),
    FIELD(struct i82077, s.id_h),
    FIELD(struct i82077, s.id_r),
    FIELD(struct i82077, s.st0),
    FIELD(struct i82077, s.st1),
    FIELD(struct i82077, s.st2),
    FIELD(struct i82077, s.scan_order),
    FIELD(struct i82077, s.lba),
    FIELD(struct i82077, s.late),
    FIELD(struct i82077, s.tc),
    FIELD(struct i82077, s.count),
    FIELD(struct i82077, s.pos),
    FIELD_ARRAY(struct i82077, s.buffer),
    FIELD_TIMER(struct i82077, op.timer),
    FIELD_TIMER(struct i82077, exec),
    FIELD_TIMER(struct i82077, poll),
    FIELD_TIMER(struct i82077, seek[0]),
    FIELD_TIMER(struct i82077, seek[1]),
    FIELD_TIMER(struct i82077, seek[2]),
    FIELD_TIMER(struct i82077, seek[3]),
    { 0 },
};

static const struct device_class i82077_class = {
    .name = "i82077",
    .version = 1,
    .state_offset = offsetof(struct i82077, s),
    .state_size = sizeof(struct i82077_state),
    .ports = ports,
    .fields = fields,
    .reset = reset,
    .check = check,
    .resume = resume,
    .free = release,
};

struct device *i82077_new(struct board *board, struct irq irq, struct dma_line dma, struct drive *a,
                          struct drive *b, bool fast, struct error *err)
{
    struct i82077 *f = device_new(board, &i82077_class, sizeof(*f), "floppy", 0x3f0, err);

    if (!f)
        return NULL;
    f->irq = irq;
    f->dma = dma;
    f->fast = fast;
    f->drives[0] = a;
    f->drives[1] = b;
    media_op_init(&f->op, board->clock, NULL, i82077_op_done, f);
    vtimer_init(&f->exec, board->clock, i82077_exec_fire, f);
    vtimer_init(&f->poll, board->clock, poll_fire, f);
    for (unsigned i = 0; i < DRIVES; i++) {
        f->unit[i] = (struct i82077_unit){ f, i };
        vtimer_init(&f->seek[i], board->clock, seek_fire, &f->unit[i]);
        if (f->drives[i]) {
            f->drives[i]->changed = drive_changed;
            f->drives[i]->ctx = &f->unit[i];
        }
    }
    device_reset(&f->dev, RESET_POWER_ON);
    return &f->dev;
}
