/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 82077AA's execution phase: sectors under the head, data to and from the host, scans, formats.
 * See i82077.c for what the chip is and what is not modelled.
 *
 * A transfer goes sector by sector: wait for it to turn by (a media_op that is not done before),
 * move it by DMA or through the FIFO, next one.  The FIFO is the whole sector; overrun is declared
 * when the host has not come for a long while.
 */
#include <string.h>

#include "devices/storage/i82077_internal.h"

#define US           1000u
#define MS           1000000u
#define FAST_SECTOR  (100 * US)
#define FAST_SEARCH  (500 * US)
#define GAP          (10 * US)
#define REVOLUTION   (200 * MS)
#define REVOLUTION5H 166666667u /* 1.2 MB: 360 rpm */
#define DMA_RETRY    (100 * US)
#define DMA_RETRIES  30
#define PIO_PATIENCE (500 * MS)

enum { /* the commands' codes without their flag bits */
       READ = 0x06,
       READ_DELETED = 0x0c,
       WRITE = 0x05,
       WRITE_DELETED = 0x09,
       READ_TRACK = 0x02,
       VERIFY = 0x16,
       SCAN_EQUAL = 0x11,
       SCAN_LOW = 0x19,
       SCAN_HIGH = 0x1d,
       FORMAT = 0x0d,
       READ_ID = 0x0a,
};
enum { FLAG_MT = 0x80, FLAG_MFM = 0x40, FLAG_SK = 0x20 }; /* in command[0] */
enum { VERIFY_EC = 0x80 };                                /* in command[1] */

enum scan_order { SCAN_SAME, SCAN_LESS, SCAN_MORE, SCAN_ORDERS }; /* disk against host */

static unsigned code(const struct i82077_state *s)
{
    return s->command[0] & 0x1f;
}

static bool is_scan(const struct i82077_state *s)
{
    return (s->command[0] & 0x13) == 0x11;
}

static bool is_write(const struct i82077_state *s)
{
    return code(s) == WRITE || code(s) == WRITE_DELETED || code(s) == FORMAT;
}

/* Bytes the host moves for one sector. */
static unsigned sector_bytes(const struct i82077_state *s)
{
    return code(s) == FORMAT ? 4 : SECTOR;
}

static uint64_t now(const struct i82077 *f)
{
    return vclock_now(f->dev.board->clock);
}

static void wait_for(struct i82077 *f, enum step step, uint64_t delay)
{
    f->s.step = (uint8_t)step;
    vtimer_arm(&f->exec, now(f) + delay);
}

/* ---- what turns under the head ---- */

/* A track that can be read: drive there, medium in, turning, of this rate and density. */
static bool find_track(const struct i82077 *f, struct i82077_format *format)
{
    const struct i82077_state *s = &f->s;
    unsigned unit = i82077_unit(f);
    const struct drive *drive = f->drives[unit];

    if (!drive || !drive->media || !(s->dor & DOR_MOTOR0 << unit) ||
        !i82077_format(drive->media->size, format))
        return false;
    if (!(s->command[0] & FLAG_MFM) || !(format->rates >> (s->dsr & DSR_RATE) & 1) ||
        s->head >= format->heads)
        return false;
    return s->track[unit] < format->cylinders ||
           (format->cylinders <= 43 && s->track[unit] / 2 < format->cylinders);
}

/* The cylinder that the ID fields name.  A 40-track diskette is found by software that steps once
 * for each of its tracks and, in what it takes for an 80-track drive, by software that steps twice.
 */
static unsigned id_cylinder(const struct i82077 *f, const struct i82077_format *format)
{
    unsigned track = f->s.track[i82077_unit(f)];

    if (format->cylinders <= 43 && f->s.id_c * 2u == track && f->s.id_c < format->cylinders)
        return f->s.id_c;
    return track < format->cylinders ? track : track / 2;
}

/* Number of the sector on its track that the command works on now: 1 up. */
static unsigned physical_sector(const struct i82077_state *s, const struct i82077_format *format)
{
    return code(s) == READ_TRACK ? s->count % format->sectors + 1u : s->id_r;
}

static uint16_t image_sector(const struct i82077 *f, const struct i82077_format *format)
{
    unsigned sector = physical_sector(&f->s, format);

    return (uint16_t)((id_cylinder(f, format) * format->heads + f->s.head) * format->sectors +
                      sector - 1);
}

static uint64_t revolution(const struct i82077_format *format)
{
    return format->sectors == 15 ? REVOLUTION5H : REVOLUTION;
}

/* How long until a sector's start; it still counts as in time while it passes, so that a host which
 * moves it late does not lose a turn. */
static uint64_t until_start(const struct i82077 *f, const struct i82077_format *format,
                            unsigned sector)
{
    uint64_t turn = revolution(format), length = turn / format->sectors;
    uint64_t start = (sector - 1) % format->sectors * length;
    uint64_t late = (now(f) % turn + turn - start) % turn;

    if (f->fast)
        return GAP;
    return late < length ? GAP : turn - late;
}

static uint64_t until_end(const struct i82077 *f, const struct i82077_format *format,
                          unsigned sector)
{
    uint64_t turn = revolution(format), length = turn / format->sectors;
    uint64_t start = (sector - 1) % format->sectors * length;
    uint64_t late = (now(f) % turn + turn - start) % turn;
    uint64_t wait = late < length ? length - late : turn - late + length;

    return f->fast || wait < FAST_SECTOR ? FAST_SECTOR : wait;
}

/* ---- the end of a command ---- */

static void finish(struct i82077 *f, uint8_t ic)
{
    struct i82077_state *s = &f->s;
    uint8_t st0 = (uint8_t)(ic | s->st0 | s->head << 2 | i82077_unit(f));
    const uint8_t bytes[7] = { st0, s->st1, s->st2, s->id_c, s->id_h, s->id_r, 2 };

    dma_request(&f->dma, false);
    s->step = STEP_NONE;
    i82077_give_results(f, bytes, 7);
    i82077_raise(f);
}

static void fail(struct i82077 *f, uint8_t st0, uint8_t st1, uint8_t st2, uint64_t delay)
{
    f->s.st0 |= st0;
    f->s.st1 |= st1;
    f->s.st2 |= st2;
    dma_request(&f->dma, false);
    trace(&f->dev, TRACE_STATE, "fails: ST1 %02x ST2 %02x", f->s.st1, f->s.st2);
    wait_for(f, STEP_FAIL, delay);
}

/* Two index pulses go by in vain. */
static void not_found(struct i82077 *f, uint8_t st1, uint8_t st2)
{
    fail(f, 0, st1, st2, f->fast ? FAST_SEARCH : 2 * REVOLUTION);
}

/* The address that the result phase shows after the last sector. */
static void next_id(struct i82077_state *s)
{
    if (s->id_r != s->eot) {
        s->id_r++;
        return;
    }
    s->id_r = 1;
    if (!(s->command[0] & FLAG_MT)) {
        s->id_c++;
    } else {
        if (s->head)
            s->id_c++;
        s->id_h ^= 1;
    }
}

void i82077_abandon(struct i82077 *f)
{
    media_op_cancel(&f->op);
    vtimer_cancel(&f->exec);
    dma_request(&f->dma, false);
    f->s.step = STEP_NONE;
}

void i82077_medium_gone(struct i82077 *f)
{
    if (f->s.step == STEP_FAIL)
        return;
    i82077_abandon(f);
    not_found(f, ST1_MA, 0);
}

/* ---- sector by sector ---- */

static void start_op(struct i82077 *f, enum media_kind kind, const struct i82077_format *format)
{
    unsigned sector = code(&f->s) == FORMAT ? f->s.count + 1u : physical_sector(&f->s, format);

    f->op.drive = f->drives[i82077_unit(f)];
    f->s.lba = image_sector(f, format);
    f->s.step = kind == MEDIA_READ ? STEP_MEDIA_READ : STEP_MEDIA_WRITE;
    media_op_start(&f->op, kind, f->s.lba * (uint64_t)SECTOR, f->s.buffer, SECTOR,
                   now(f) + until_end(f, format, sector));
}

/* Does the sector that the command names exist on this track? */
static bool match_id(struct i82077 *f, const struct i82077_format *format)
{
    const struct i82077_state *s = &f->s;

    if (id_cylinder(f, format) != s->id_c) {
        not_found(f, ST1_ND, ST2_WC);
        return false;
    }
    if (s->id_h != s->head || s->command[5] != 2 || s->id_r < 1 || s->id_r > format->sectors) {
        not_found(f, ST1_ND, 0);
        return false;
    }
    return true;
}

/* READ TRACK takes every sector as it comes and only notes that it was not the one named. */
static void note_mismatch(struct i82077 *f, const struct i82077_format *format)
{
    struct i82077_state *s = &f->s;

    if (id_cylinder(f, format) != s->id_c || s->id_h != s->head ||
        s->id_r != physical_sector(s, format))
        s->st1 |= ST1_ND;
}

static void next_sector(struct i82077 *f)
{
    struct i82077_state *s = &f->s;
    struct i82077_format format;

    s->pos = 0;
    s->late = 0;
    if (!find_track(f, &format)) {
        not_found(f, ST1_MA, 0);
        return;
    }
    if (code(s) == FORMAT) {
        wait_for(f, STEP_WRITE_BEGIN, until_start(f, &format, s->count + 1u));
        return;
    }
    if (code(s) == READ_TRACK) {
        if (s->command[5] != 2) { /* what it would read as one sector is not in the image */
            not_found(f, ST1_ND, 0);
            return;
        }
        note_mismatch(f, &format);
    } else if (!match_id(f, &format)) {
        return;
    }
    if (is_write(s))
        wait_for(f, STEP_WRITE_BEGIN, until_start(f, &format, s->id_r));
    else
        start_op(f, MEDIA_READ, &format);
}

/* After the last sector of the command.  Only terminal count makes it a normal end. */
static void end_of_cylinder(struct i82077 *f)
{
    struct i82077_state *s = &f->s;

    if (code(s) != READ_TRACK && (s->command[0] & FLAG_MT) && s->head == 0) {
        s->head = 1;
        s->id_h ^= 1;
        s->id_r = 1;
        next_sector(f);
        return;
    }
    next_id(s);
    if (is_scan(s)) {
        s->st2 |= ST2_SN;
        finish(f, 0);
    } else if (code(s) == VERIFY && !(s->command[1] & VERIFY_EC)) {
        finish(f, 0);
    } else {
        s->st1 |= ST1_EN;
        finish(f, ST0_ABNORMAL);
    }
}

/* A sector is done. */
static void advance(struct i82077 *f)
{
    struct i82077_state *s = &f->s;
    unsigned stride = is_scan(s) && s->command[8] == 2 ? 2 : 1;
    bool last;

    s->count++;
    if (code(s) == FORMAT) {
        if ((uint8_t)s->count == s->command[3])
            finish(f, 0);
        else
            next_sector(f);
        return;
    }
    if (s->tc ||
        (code(s) == VERIFY && (s->command[1] & VERIFY_EC) && (uint8_t)s->count == s->command[8])) {
        next_id(s);
        finish(f, 0);
        return;
    }
    last = code(s) == READ_TRACK ? s->count >= s->eot
                                 : s->id_r == s->eot || (stride == 2 && s->id_r + 1 == s->eot);
    if (last) {
        end_of_cylinder(f);
        return;
    }
    s->id_r = (uint8_t)(s->id_r + stride);
    next_sector(f);
}

/* ---- scan ---- */

/* FFh on either side matches everything; the first difference decides. */
static void scan_bytes(struct i82077_state *s, const uint8_t *host, unsigned count)
{
    for (unsigned i = 0; i < count && s->scan_order == SCAN_SAME; i++) {
        uint8_t disk = s->buffer[s->pos + i];

        if (disk != host[i] && disk != 0xff && host[i] != 0xff)
            s->scan_order = disk < host[i] ? SCAN_LESS : SCAN_MORE;
    }
}

static void scan_decide(struct i82077 *f)
{
    struct i82077_state *s = &f->s;
    unsigned order = s->scan_order;

    s->scan_order = SCAN_SAME;
    if (order == SCAN_SAME || (order == SCAN_LESS && code(s) == SCAN_LOW) ||
        (order == SCAN_MORE && code(s) == SCAN_HIGH)) {
        s->st2 |= order == SCAN_SAME ? ST2_SH : 0;
        finish(f, 0);
        return;
    }
    if (s->tc)
        s->st2 |= ST2_SN;
    advance(f);
}

/* ---- the host's side ---- */

/* FORMAT has got an ID: only sectors that the image has room for are written. */
static void format_sector(struct i82077 *f, const struct i82077_format *format)
{
    struct i82077_state *s = &f->s;
    unsigned track = s->track[i82077_unit(f)];

    s->id_c = s->buffer[0];
    s->id_h = s->buffer[1];
    s->id_r = s->buffer[2];
    if (s->command[2] == 2 && s->buffer[3] == 2 && id_cylinder(f, format) == s->id_c &&
        s->id_h == s->head && s->id_r >= 1 && s->id_r <= format->sectors && track <= LAST_TRACK) {
        memset(s->buffer, s->command[5], SECTOR);
        start_op(f, MEDIA_WRITE, format);
        return;
    }
    wait_for(f, STEP_FORMAT_SKIP, until_end(f, format, s->count + 1u));
}

/* All that the host moves for this sector has been moved. */
static void sector_moved(struct i82077 *f)
{
    struct i82077_state *s = &f->s;
    struct i82077_format format;

    dma_request(&f->dma, false);
    if (is_scan(s)) {
        scan_decide(f);
        return;
    }
    if (!is_write(s)) {
        if (code(s) == READ_DELETED)
            finish(f, 0); /* a normal mark: this sector and no further */
        else
            advance(f);
        return;
    }
    if (!find_track(f, &format)) {
        not_found(f, ST1_MA, 0);
        return;
    }
    memset(s->buffer + s->pos, 0, SECTOR - s->pos); /* after an early terminal count */
    if (code(s) == FORMAT)
        format_sector(f, &format);
    else
        start_op(f, MEDIA_WRITE, &format);
}

/* One attempt; false: nobody answered for all of it. */
static bool try_dma(struct i82077 *f)
{
    struct i82077_state *s = &f->s;
    unsigned want = sector_bytes(s) - s->pos, n;
    uint8_t host[SECTOR];
    bool tc;

    if (!(s->dor & DOR_DMAGATE))
        return false;
    if (is_scan(s)) {
        n = dma_transfer(&f->dma, DMA_FROM_MEMORY, host, want, &tc);
        scan_bytes(s, host, n);
    } else {
        n = dma_transfer(&f->dma, is_write(s) ? DMA_FROM_MEMORY : DMA_TO_MEMORY, s->buffer + s->pos,
                         want, &tc);
    }
    trace(&f->dev, TRACE_DMA, "%u of %u bytes%s", n, want, tc ? ", TC" : "");
    s->pos = (uint16_t)(s->pos + n);
    s->tc = tc;
    return tc || n == want;
}

static void serve_dma(struct i82077 *f)
{
    if (try_dma(f))
        sector_moved(f);
    else if (++f->s.late > DMA_RETRIES)
        fail(f, 0, ST1_OR, 0, GAP);
    else
        wait_for(f, (enum step)f->s.step, DMA_RETRY);
}

static void begin_host(struct i82077 *f, enum step step)
{
    f->s.step = (uint8_t)step;
    if (f->s.hlt_nd & 1) {
        wait_for(f, step, PIO_PATIENCE);
        i82077_raise(f);
        return;
    }
    dma_request(&f->dma, true);
    serve_dma(f);
}

bool i82077_pio_read(const struct i82077 *f)
{
    return (f->s.hlt_nd & 1) && f->s.step == STEP_TO_HOST;
}

bool i82077_pio_write(const struct i82077 *f)
{
    return (f->s.hlt_nd & 1) && f->s.step == STEP_FROM_HOST;
}

/* INT goes away with the access and comes back for the next burst that the threshold allows. */
static void pio_moved(struct i82077 *f)
{
    struct i82077_state *s = &f->s;
    unsigned burst = s->config & CONFIG_EFIFO ? 1 : 15u - (s->config & CONFIG_FIFOTHR);

    if (s->intr)
        i82077_lower(f);
    if (++s->pos == sector_bytes(s))
        wait_for(f, STEP_ADVANCE, GAP);
    else if (s->pos % (burst ? burst : 1) == 0)
        i82077_raise(f);
}

uint8_t i82077_pio_get(struct i82077 *f)
{
    uint8_t value = f->s.buffer[f->s.pos];

    pio_moved(f);
    return value;
}

void i82077_pio_put(struct i82077 *f, uint8_t value)
{
    if (is_scan(&f->s))
        scan_bytes(&f->s, &value, 1);
    else
        f->s.buffer[f->s.pos] = value;
    pio_moved(f);
}

/* ---- from the timer and the medium ---- */

void i82077_op_done(void *ctx, bool ok)
{
    struct i82077 *f = ctx;
    struct i82077_state *s = &f->s;

    if (s->step == STEP_MEDIA_WRITE) {
        if (ok)
            advance(f);
        else
            fail(f, ST0_EC, 0, 0, GAP); /* the drive reports a fault */
        return;
    }
    if (!ok) {
        fail(f, 0, ST1_DE, ST2_DD, GAP);
        return;
    }
    if (code(s) == READ_DELETED)
        s->st2 |= ST2_CM;
    if (code(s) == VERIFY || (code(s) == READ_DELETED && (s->command[0] & FLAG_SK)))
        advance(f);
    else
        begin_host(f, is_scan(s) ? STEP_FROM_HOST : STEP_TO_HOST);
}

static void implied_seek_ends(struct i82077 *f)
{
    struct i82077_state *s = &f->s;
    unsigned unit = i82077_unit(f);
    int track = s->track[unit] + s->id_c - s->pcn[unit];

    s->track[unit] = (uint8_t)(track < 0 ? 0 : track > LAST_TRACK ? LAST_TRACK : track);
    s->pcn[unit] = s->id_c;
    if (f->drives[unit] && f->drives[unit]->media)
        s->changed &= (uint8_t) ~(1u << unit);
    s->st0 |= ST0_SE;
    next_sector(f);
}

void i82077_exec_fire(void *ctx)
{
    struct i82077 *f = ctx;

    switch (f->s.step) {
    case STEP_SEEK:
        implied_seek_ends(f);
        break;
    case STEP_READ_ID:
        finish(f, 0);
        break;
    case STEP_FAIL:
        finish(f, ST0_ABNORMAL);
        break;
    case STEP_WRITE_BEGIN:
        begin_host(f, STEP_FROM_HOST);
        break;
    case STEP_TO_HOST:
    case STEP_FROM_HOST:
        if (f->s.hlt_nd & 1)
            fail(f, 0, ST1_OR, 0, GAP);
        else
            serve_dma(f);
        break;
    case STEP_FORMAT_SKIP:
        advance(f);
        break;
    case STEP_ADVANCE:
        sector_moved(f);
        break;
    }
}

/* ---- commands ---- */

static void begin(struct i82077 *f)
{
    struct i82077_state *s = &f->s;

    s->phase = PHASE_EXECUTE;
    s->got = 0;
    s->head = s->command[1] >> 2 & 1;
    s->id_c = s->command[2];
    s->id_h = s->command[3];
    s->id_r = s->command[4];
    s->st0 = s->st1 = s->st2 = 0;
    s->scan_order = SCAN_SAME;
    s->count = 0;
    s->tc = 0;
}

void i82077_transfer(struct i82077 *f)
{
    struct i82077_state *s = &f->s;
    unsigned unit = i82077_unit(f);
    const struct drive *drive = f->drives[unit];

    begin(f);
    s->eot = code(s) == FORMAT ? s->command[3] : s->command[6];
    if (is_write(s) && drive && drive->media && drive->media->read_only) {
        fail(f, 0, ST1_NW, 0, GAP);
    } else if ((s->config & CONFIG_EIS) && code(s) != FORMAT && s->pcn[unit] != s->id_c) {
        int steps = s->id_c - s->pcn[unit];

        wait_for(f, STEP_SEEK, i82077_step_time(f, (unsigned)(steps < 0 ? -steps : steps)));
    } else {
        next_sector(f);
    }
}

/* The first ID field that comes by. */
void i82077_read_id(struct i82077 *f)
{
    struct i82077_state *s = &f->s;
    struct i82077_format format;
    uint64_t turn, length, sector;

    begin(f);
    if (!find_track(f, &format)) {
        not_found(f, ST1_MA, 0);
        return;
    }
    turn = revolution(&format);
    length = turn / format.sectors;
    sector = now(f) % turn / length + 1; /* counted from 0: the one after the present one */
    s->id_c = (uint8_t)id_cylinder(f, &format);
    s->id_h = s->head;
    s->id_r = (uint8_t)(sector % format.sectors + 1);
    wait_for(f, STEP_READ_ID, f->fast ? FAST_SECTOR : sector * length - now(f) % turn + GAP);
}

/* ---- saved states ---- */

bool i82077_data_check(const struct i82077 *f)
{
    const struct i82077_state *s = &f->s;
    bool op = s->step == STEP_MEDIA_READ || s->step == STEP_MEDIA_WRITE;
    bool timed = s->step != STEP_NONE && !op;

    if (s->step >= STEP_COUNT || (s->phase == PHASE_EXECUTE) != (s->step != STEP_NONE) ||
        (f->op.timer.deadline != VCLOCK_NEVER) != op ||
        (f->exec.deadline != VCLOCK_NEVER) != timed || s->scan_order >= SCAN_ORDERS || s->tc > 1 ||
        s->pos > SECTOR)
        return false;
    if (s->step == STEP_TO_HOST || s->step == STEP_FROM_HOST)
        return s->pos < sector_bytes(s);
    return true;
}

void i82077_data_resume(struct i82077 *f)
{
    const struct i82077_state *s = &f->s;

    if (s->step != STEP_MEDIA_READ && s->step != STEP_MEDIA_WRITE)
        return;
    f->op.drive = f->drives[i82077_unit(f)];
    media_op_resume(&f->op, s->step == STEP_MEDIA_READ ? MEDIA_READ : MEDIA_WRITE,
                    s->lba * (uint64_t)SECTOR, f->s.buffer, SECTOR);
}
