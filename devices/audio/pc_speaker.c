/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PC speaker: counter 2 of the 8254 AND bit 1 of port 61h, as frames.
 * Sources: IBM AT Technical Reference, "Speaker"; Intel 8254 data sheet (231164) for the counter.
 *
 * Nothing ticks.  Before something that makes the level changes, and when frames are read, the time
 * since the last such moment is turned into frames.  A frame is the share of its time in which the
 * level was high, worked out to 1/28800 of an input clock: so a tone has its frequency and duty
 * however little they fit the rate, and pulses faster than the frames (samples as pulse widths)
 * become the wave they stand for.  A frame is 1193181.67 / 48000 = 715909 / 28800 clocks.
 *
 * The unfinished frame is state; finished ones that nobody has read are not saved.
 * Not modelled: the cone, which follows high tones badly and adds a resonance of its own.
 */
#include "devices/audio/pc_speaker.h"
#include "core/sound.h"

enum { CLOCK_HZ12 = 14318180 }; /* of the counter, times 12 */
enum { PART = 28800, FRAME = 715909 };

struct pc_speaker {
    struct device dev;
    struct pc_speaker_wiring wiring;
    struct sound_source source;
    bool open;
    uint64_t unread; /* frame that is read next */
    uint64_t quiet;  /* frames from this on are silence and not in the ring */
    int16_t ring[SOUND_KEEP];
    struct pc_speaker_state {
        uint64_t clock; /* input clock up to which the level is known */
        uint32_t area;  /* parts of a clock in which the present frame was high */
        uint32_t on;    /* port 61h bit 1 */
    } s;
};

/* A point in time: parts after an input clock. */
struct point {
    uint64_t clock;
    uint32_t part;
};

static uint64_t clock_now(const struct pc_speaker *speaker)
{
    unsigned __int128 ns = vclock_now(speaker->dev.board->clock);

    return (uint64_t)(ns * CLOCK_HZ12 / 12000000000u);
}

static uint64_t frame_at(uint64_t clock)
{
    return (uint64_t)((unsigned __int128)clock * PART / FRAME);
}

static struct point frame_start(uint64_t frame)
{
    unsigned __int128 parts = (unsigned __int128)frame * FRAME;

    return (struct point){ (uint64_t)(parts / PART), (uint32_t)(parts % PART) };
}

static uint64_t high(struct pc_speaker *speaker, uint64_t from, uint64_t to)
{
    return from < to ? speaker->wiring.high(speaker->wiring.pit, from, to) : 0;
}

/* Parts in which the level was high. */
static uint32_t span(struct pc_speaker *speaker, struct point from, struct point to)
{
    uint64_t area;

    if (!speaker->s.on)
        return 0;
    if (from.clock == to.clock)
        return (to.part - from.part) * (uint32_t)high(speaker, from.clock, from.clock + 1);
    area = (PART - from.part) * high(speaker, from.clock, from.clock + 1);
    area += PART * high(speaker, from.clock + 1, to.clock);
    if (to.part)
        area += to.part * high(speaker, to.clock, to.clock + 1);
    return (uint32_t)area;
}

static void emit(struct pc_speaker *speaker, uint64_t frame, uint32_t area)
{
    uint64_t gap = speaker->quiet;

    if (frame - gap >= SOUND_KEEP)
        gap = frame - (SOUND_KEEP - 1);
    for (; gap < frame; gap++)
        speaker->ring[gap % SOUND_KEEP] = 0;
    speaker->ring[frame % SOUND_KEEP] = (int16_t)((uint64_t)area * SPEAKER_HIGH / FRAME);
    speaker->quiet = frame + 1;
}

/* Frames that nobody will read are left out; of the present one all has to be known. */
static void advance(struct pc_speaker *speaker, uint64_t clock)
{
    struct point from = { speaker->s.clock, 0 }, to = { clock, 0 };
    uint64_t frame = frame_at(from.clock), last = frame_at(clock), skip;

    if (clock <= from.clock)
        return;
    speaker->s.clock = clock;
    if (!speaker->s.on && !speaker->s.area)
        return;
    skip = speaker->open ? SOUND_KEEP : 0;
    if (last - frame > skip) {
        frame = last - skip;
        from = frame_start(frame);
        speaker->s.area = 0;
    }
    for (; frame < last; frame++) {
        struct point end = frame_start(frame + 1);

        speaker->s.area += span(speaker, from, end);
        if (speaker->open && speaker->s.area)
            emit(speaker, frame, speaker->s.area);
        speaker->s.area = 0;
        from = end;
    }
    speaker->s.area += span(speaker, from, to);
}

void pc_speaker_before(void *ctx, uint64_t clock)
{
    advance(ctx, clock);
}

void pc_speaker_set(struct device *dev, bool on)
{
    struct pc_speaker *speaker = (struct pc_speaker *)dev;

    if (on == speaker->s.on)
        return;
    trace(dev, TRACE_STATE, "%s", on ? "on" : "off");
    advance(speaker, clock_now(speaker));
    speaker->s.on = on;
}

/* ---- the source ---- */

static void speaker_open(void *ctx, bool listening)
{
    struct pc_speaker *speaker = ctx;
    uint64_t clock = clock_now(speaker);

    advance(speaker, clock);
    speaker->open = listening;
    speaker->unread = speaker->quiet = frame_at(clock);
}

static unsigned speaker_read(void *ctx, int16_t *frames, unsigned max, uint64_t *first)
{
    struct pc_speaker *speaker = ctx;
    uint64_t clock = clock_now(speaker), end = frame_at(clock);
    unsigned count = 0;

    advance(speaker, clock);
    if (end > speaker->unread + SOUND_KEEP)
        speaker->unread = end - SOUND_KEEP;
    *first = speaker->unread;
    for (; speaker->open && count < max && speaker->unread < end; speaker->unread++)
        frames[count++] =
            speaker->unread < speaker->quiet ? speaker->ring[speaker->unread % SOUND_KEEP] : 0;
    return count;
}

static bool speaker_silent(void *ctx)
{
    const struct pc_speaker *speaker = ctx;

    return !speaker->s.on && !speaker->s.area && speaker->unread >= speaker->quiet;
}

/* ---- reset and state ---- */

static void speaker_reset(struct device *dev, enum reset_kind kind)
{
    struct pc_speaker *speaker = (struct pc_speaker *)dev;

    (void)kind;
    speaker->s = (struct pc_speaker_state){ .clock = clock_now(speaker) };
}

static bool speaker_check(struct device *dev, struct error *err)
{
    const struct pc_speaker *speaker = (const struct pc_speaker *)dev;

    if (speaker->s.on > 1 || speaker->s.area > FRAME)
        return error_set(err, "%s: the unfinished frame is out of range", dev->name);
    return true;
}

/* What was not read of the machine before is gone; whoever listens goes on from now. */
static void speaker_resume(struct device *dev)
{
    struct pc_speaker *speaker = (struct pc_speaker *)dev;
    uint64_t now = clock_now(speaker);

    if (speaker->s.clock > now)
        speaker->s.clock = now;
    speaker->unread = speaker->quiet = frame_at(speaker->s.clock);
}

static void speaker_free(struct device *dev)
{
    sound_remove(dev->board, &((struct pc_speaker *)dev)->source);
}

static const struct field speaker_fields[] = {
    FIELD(struct pc_speaker, s.clock),
    FIELD(struct pc_speaker, s.area),
    FIELD(struct pc_speaker, s.on),
    { 0 },
};
static const struct device_class speaker_class = {
    .name = "pc_speaker",
    .version = 1,
    .state_offset = offsetof(struct pc_speaker, s),
    .state_size = sizeof(struct pc_speaker_state),
    .fields = speaker_fields,
    .reset = speaker_reset,
    .check = speaker_check,
    .resume = speaker_resume,
    .free = speaker_free,
};

struct device *pc_speaker_new(struct board *board, const struct pc_speaker_wiring *wiring,
                              struct error *err)
{
    struct pc_speaker *speaker =
        device_new(board, &speaker_class, sizeof(*speaker), "speaker", 0, err);

    if (!speaker)
        return NULL;
    speaker->wiring = *wiring;
    speaker->source = (struct sound_source){
        .name = speaker->dev.name,
        .rate = SPEAKER_RATE,
        .channels = 1,
        .open = speaker_open,
        .read = speaker_read,
        .silent = speaker_silent,
        .ctx = speaker,
    };
    sound_add(board, &speaker->source);
    device_reset(&speaker->dev, RESET_POWER_ON);
    return &speaker->dev;
}
