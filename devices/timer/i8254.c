/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 8254 programmable interval timer: three counters, six modes, ports 40h-43h, OUT0 to IRQ 0.
 * Source: Intel 8254 data sheet (231164).
 *
 * Nothing ticks.  A counter knows the input clock at which its counting element was loaded and
 * works out count and output when somebody looks; only the next rising edge of OUT0 is a timer.  In
 * the square wave and rate modes OUT0 is told to the interrupt controller as a pulse at each rising
 * edge.
 *
 * Not modelled: BCD counts with digits above 9 (they count down from the value they stand for); a
 * count of 1 in modes 2 and 3, which the data sheet forbids (OUT stays high).
 */
#include "devices/timer/i8254.h"

/* The input clock is 14318180 / 12 Hz, which is no whole number and is kept as a ratio. */
enum { CLOCK_HZ12 = 14318180 };
enum { COUNTERS = 3, CONTROL = 3, READ_BACK = 3 };
enum { CW_BCD = 0x01, CW_MODE = 0x0e, CW_RW = 0x30 };
enum { RW_LATCH, RW_LSB, RW_MSB, RW_BOTH };
enum { STATUS_OUT = 0x80, STATUS_NULL = 0x40 };
enum { LATCHED_COUNT = 1, LATCHED_STATUS = 2 };
enum { RB_NO_COUNT = 0x20, RB_NO_STATUS = 0x10 };

struct i8254 {
    struct device dev;
    struct irq out0;
    struct vtimer edge;                       /* next rising edge of OUT0 */
    void (*watch)(void *ctx, uint64_t clock); /* before OUT2 goes another way than it would */
    void *watch_ctx;
    struct i8254_state {
        /* The input clock at which the counting element took `count` (in mode 3: took it for this
         * half); may be one clock ahead of now. */
        uint64_t start[COUNTERS];
        uint64_t held[COUNTERS];      /* clocks counted when GATE stopped the counter */
        uint32_t count[COUNTERS];     /* in the counting element: 1-65536, 0 = never loaded */
        uint32_t reload[COUNTERS];    /* the same for the count register */
        uint16_t before[COUNTERS];    /* what a read gives until `start` */
        uint16_t latch[COUNTERS];     /* latched count */
        uint8_t control[COUNTERS];    /* control word without the counter select */
        uint8_t counting[COUNTERS];   /* the counting element was loaded in this mode */
        uint8_t pending[COUNTERS];    /* the count register waits for its turn */
        uint8_t half[COUNTERS];       /* mode 3: 1 in the low half */
        uint8_t paused[COUNTERS];     /* GATE holds the counter */
        uint8_t gate[COUNTERS];       /* GATE pin */
        uint8_t before_out[COUNTERS]; /* OUT until `start`, or while not counting */
        uint8_t write_msb[COUNTERS];  /* next write of a pair is the high byte */
        uint8_t read_msb[COUNTERS];
        uint8_t low[COUNTERS];     /* low byte written, waiting for its high byte */
        uint8_t latched[COUNTERS]; /* LATCHED_ */
        uint8_t status[COUNTERS];  /* latched status */
    } s;
};

static uint64_t clocks_now(const struct i8254 *pit)
{
    unsigned __int128 ns = vclock_now(pit->dev.board->clock);

    return (uint64_t)(ns * CLOCK_HZ12 / 12000000000u);
}

static uint64_t clock_deadline(uint64_t clocks)
{
    unsigned __int128 ns = (unsigned __int128)clocks * 12000000000u + CLOCK_HZ12 - 1;

    ns /= CLOCK_HZ12;
    return ns < VCLOCK_NEVER ? (uint64_t)ns : VCLOCK_NEVER - 1;
}

static unsigned mode_of(const struct i8254 *pit, unsigned n)
{
    unsigned mode = (pit->s.control[n] & CW_MODE) >> 1;

    return mode > 5 ? mode & 3 : mode; /* M2 does not matter in modes 2 and 3 */
}

static unsigned access_of(const struct i8254 *pit, unsigned n)
{
    return (pit->s.control[n] & CW_RW) >> 4;
}

static bool periodic(unsigned mode)
{
    return mode == 2 || mode == 3;
}

/* In modes 1 and 5 a rising GATE starts the count, the level of GATE does nothing. */
static bool triggered(unsigned mode)
{
    return mode == 1 || mode == 5;
}

static uint32_t modulus(const struct i8254 *pit, unsigned n)
{
    return pit->s.control[n] & CW_BCD ? 10000 : 65536;
}

static uint16_t encode(const struct i8254 *pit, unsigned n, uint32_t count)
{
    uint32_t value = count % modulus(pit, n);

    if (!(pit->s.control[n] & CW_BCD))
        return (uint16_t)value;
    return (uint16_t)(value % 10 | value / 10 % 10 << 4 | value / 100 % 10 << 8 |
                      value / 1000 << 12);
}

static uint32_t decode(const struct i8254 *pit, unsigned n, uint16_t value)
{
    uint32_t count = value;

    if (pit->s.control[n] & CW_BCD)
        count = (value & 15) + (value >> 4 & 15) * 10u + (value >> 8 & 15) * 100u +
                (value >> 12) * 1000u;
    return count ? count : modulus(pit, n);
}

/* ---- the counting element at input clock `now` ---- */

static bool waiting(const struct i8254 *pit, unsigned n, uint64_t now)
{
    return !pit->s.counting[n] || now < pit->s.start[n];
}

static uint64_t elapsed(const struct i8254 *pit, unsigned n, uint64_t now)
{
    return pit->s.paused[n] ? pit->s.held[n] : now - pit->s.start[n];
}

/* Mode 3: an odd count gives its extra clock to the high half. */
static uint32_t half_length(uint32_t count, unsigned low)
{
    return low ? count / 2 : (count + 1) / 2;
}

static void sync_rate(struct i8254 *pit, unsigned n, uint64_t now)
{
    uint64_t past = now - pit->s.start[n];

    if (past >= pit->s.count[n] && pit->s.pending[n]) {
        pit->s.start[n] += pit->s.count[n];
        pit->s.count[n] = pit->s.reload[n];
        pit->s.pending[n] = 0;
        past = now - pit->s.start[n];
    }
    pit->s.start[n] += past / pit->s.count[n] * pit->s.count[n];
}

/* Goes to the half of the square wave that `now` is in; a new count comes in between two halves. */
static void sync_square(struct i8254 *pit, unsigned n, uint64_t now)
{
    if (!pit->s.pending[n])
        pit->s.start[n] += (now - pit->s.start[n]) / pit->s.count[n] * pit->s.count[n];
    for (;;) {
        uint32_t length = half_length(pit->s.count[n], pit->s.half[n]);

        if (now - pit->s.start[n] < length)
            return;
        pit->s.start[n] += length;
        pit->s.half[n] ^= 1;
        if (pit->s.pending[n]) {
            pit->s.count[n] = pit->s.reload[n];
            pit->s.pending[n] = 0;
            pit->s.start[n] += (now - pit->s.start[n]) / pit->s.count[n] * pit->s.count[n];
        }
    }
}

static void before_change(struct i8254 *pit, unsigned n, uint64_t now)
{
    if (n == 2 && pit->watch)
        pit->watch(pit->watch_ctx, now);
}

/* Brings a counter of a periodic mode to the period of `now`; the other modes have only one. */
static void catch_up(struct i8254 *pit, unsigned n, uint64_t now)
{
    if (!periodic(mode_of(pit, n)) || waiting(pit, n, now) || pit->s.paused[n])
        return;
    if (mode_of(pit, n) == 2)
        sync_rate(pit, n, now);
    else
        sync_square(pit, n, now);
}

/* The same, and whoever watches OUT2 has seen it go there. */
static void sync(struct i8254 *pit, unsigned n, uint64_t now)
{
    before_change(pit, n, now);
    catch_up(pit, n, now);
}

/* After sync(). */
static bool out_level(const struct i8254 *pit, unsigned n, uint64_t now)
{
    uint64_t past = elapsed(pit, n, now);
    uint32_t count = pit->s.count[n];

    if (waiting(pit, n, now))
        return pit->s.before_out[n];
    switch (mode_of(pit, n)) {
    case 0:
    case 1:
        return past >= count;
    case 2:
        return pit->s.paused[n] || count == 1 || past % count != count - 1;
    case 3:
        return pit->s.paused[n] || count == 1 || !pit->s.half[n];
    default:
        return past != count;
    }
}

/* What a read of the counting element gives.  After sync(). */
static uint16_t counting_element(const struct i8254 *pit, unsigned n, uint64_t now)
{
    uint64_t past = elapsed(pit, n, now);
    uint32_t count = pit->s.count[n], mod = modulus(pit, n);

    if (waiting(pit, n, now))
        return pit->s.before[n];
    switch (mode_of(pit, n)) {
    case 2:
        return encode(pit, n, (uint32_t)(count - past % count));
    case 3:
        past %= half_length(count, pit->s.half[n] & (count > 1));
        return encode(pit, n, (uint32_t)((count & ~1u) - 2 * past));
    default:
        return encode(pit, n, count + mod - (uint32_t)(past % mod));
    }
}

/* ---- OUT0 ---- */

/* The input clock of the next rising edge of counter 0; false: none. */
static bool next_edge(const struct i8254 *pit, uint64_t now, uint64_t *when)
{
    uint32_t count = pit->s.count[0];
    uint64_t start = pit->s.start[0];

    if (!pit->s.counting[0] || pit->s.paused[0])
        return false;
    switch (mode_of(pit, 0)) {
    case 2:
        *when = start + count;
        return count > 1 || pit->s.pending[0];
    case 3:
        if (count == 1 && !pit->s.pending[0])
            return false;
        *when = start + half_length(count, pit->s.half[0]);
        if (!pit->s.half[0])
            *when += half_length(pit->s.pending[0] ? pit->s.reload[0] : count, 1);
        return true;
    case 0:
    case 1:
        *when = start + count;
        break;
    default:
        *when = start + count + 1;
        break;
    }
    return *when > now;
}

static void arm_edge(struct i8254 *pit, uint64_t now)
{
    uint64_t when;

    if (next_edge(pit, now, &when))
        vtimer_arm(&pit->edge, clock_deadline(when));
    else
        vtimer_cancel(&pit->edge);
}

/* After a change that found OUT0 at `was`. */
static void out0_changed(struct i8254 *pit, bool was, uint64_t now)
{
    bool out = out_level(pit, 0, now);

    if (out && !was)
        irq_set(&pit->out0, false);
    irq_set(&pit->out0, out);
    arm_edge(pit, now);
}

static void edge_fire(void *ctx)
{
    struct i8254 *pit = ctx;
    uint64_t now = clocks_now(pit);

    sync(pit, 0, now);
    if (out_level(pit, 0, now)) {
        trace(&pit->dev, TRACE_IRQ, "OUT0 rises");
        irq_set(&pit->out0, false);
        irq_set(&pit->out0, true);
    }
    arm_edge(pit, now);
}

/* ---- programming ---- */

/* Loads the counting element at the next input clock. */
static void load(struct i8254 *pit, unsigned n, uint64_t now, bool out)
{
    pit->s.before[n] = counting_element(pit, n, now);
    pit->s.before_out[n] = out;
    pit->s.start[n] = now + 1;
    pit->s.held[n] = 0;
    pit->s.count[n] = pit->s.reload[n];
    pit->s.counting[n] = 1;
    pit->s.pending[n] = 0;
    pit->s.half[n] = 0;
    pit->s.paused[n] = !triggered(mode_of(pit, n)) && !pit->s.gate[n];
}

static void write_count(struct i8254 *pit, unsigned n, uint16_t value, uint64_t now)
{
    unsigned mode = mode_of(pit, n);

    pit->s.reload[n] = decode(pit, n, value);
    pit->s.pending[n] = 1;
    trace(&pit->dev, TRACE_STATE, "counter %u mode %u count %u", n, mode, pit->s.reload[n]);
    /* Modes 1 and 5 wait for GATE, modes 2 and 3 for the end of the period. */
    if (triggered(mode) || (periodic(mode) && pit->s.counting[n]))
        return;
    load(pit, n, now, mode != 0);
}

static void write_counter(struct i8254 *pit, unsigned n, uint8_t value, uint64_t now)
{
    switch (access_of(pit, n)) {
    case RW_LSB:
        write_count(pit, n, value, now);
        break;
    case RW_MSB:
        write_count(pit, n, (uint16_t)(value << 8), now);
        break;
    case RW_BOTH:
        pit->s.write_msb[n] ^= 1;
        if (!pit->s.write_msb[n]) {
            write_count(pit, n, (uint16_t)(value << 8 | pit->s.low[n]), now);
            break;
        }
        pit->s.low[n] = value;
        if (mode_of(pit, n) != 0)
            break;
        /* "Writing the first byte disables counting.  OUT is set low immediately." */
        pit->s.before[n] = counting_element(pit, n, now);
        pit->s.before_out[n] = 0;
        pit->s.counting[n] = 0;
        break;
    default: /* no control word yet: nobody listens */
        break;
    }
}

static void latch_count(struct i8254 *pit, unsigned n, uint64_t now)
{
    if (pit->s.latched[n] & LATCHED_COUNT)
        return; /* a second latch command before the read is ignored */
    pit->s.latch[n] = counting_element(pit, n, now);
    if (access_of(pit, n) != RW_LATCH)
        pit->s.latched[n] |= LATCHED_COUNT;
}

static bool null_count(const struct i8254 *pit, unsigned n, uint64_t now)
{
    return pit->s.pending[n] || waiting(pit, n, now);
}

static void latch_status(struct i8254 *pit, unsigned n, uint64_t now)
{
    if (pit->s.latched[n] & LATCHED_STATUS)
        return;
    pit->s.status[n] = (uint8_t)(pit->s.control[n] | (out_level(pit, n, now) ? STATUS_OUT : 0) |
                                 (null_count(pit, n, now) ? STATUS_NULL : 0));
    pit->s.latched[n] |= LATCHED_STATUS;
}

static void set_mode(struct i8254 *pit, unsigned n, uint8_t control, uint64_t now)
{
    pit->s.before[n] = counting_element(pit, n, now);
    pit->s.control[n] = control & 0x3f;
    pit->s.before_out[n] = mode_of(pit, n) != 0;
    pit->s.counting[n] = 0;
    pit->s.pending[n] = 0;
    pit->s.half[n] = 0;
    pit->s.paused[n] = 0;
    pit->s.write_msb[n] = 0;
    pit->s.read_msb[n] = 0;
    pit->s.latched[n] = 0;
}

static void write_control(struct i8254 *pit, uint8_t value, uint64_t now)
{
    unsigned n = value >> 6;

    if (n != READ_BACK) {
        if (value & CW_RW)
            set_mode(pit, n, value, now);
        else
            latch_count(pit, n, now);
        return;
    }
    for (n = 0; n < COUNTERS; n++) {
        if (!(value >> (n + 1) & 1))
            continue;
        if (!(value & RB_NO_COUNT))
            latch_count(pit, n, now);
        if (!(value & RB_NO_STATUS))
            latch_status(pit, n, now);
    }
}

static void set_gate(struct i8254 *pit, unsigned n, bool level, uint64_t now)
{
    unsigned mode = mode_of(pit, n);

    if (level == pit->s.gate[n])
        return;
    sync(pit, n, now);
    if (triggered(mode)) {
        if (level && pit->s.reload[n] && (pit->s.counting[n] || pit->s.pending[n]))
            load(pit, n, now, out_level(pit, n, now));
    } else if (pit->s.counting[n] && !level) {
        pit->s.held[n] = now < pit->s.start[n] ? 0 : now - pit->s.start[n];
        pit->s.paused[n] = 1;
    } else if (pit->s.counting[n] && periodic(mode)) {
        load(pit, n, now, true);
        pit->s.paused[n] = 0;
    } else if (pit->s.counting[n]) {
        if (now >= pit->s.start[n])
            pit->s.start[n] = now - pit->s.held[n];
        pit->s.paused[n] = 0;
    }
    pit->s.gate[n] = level;
}

/* ---- OUT2 over a stretch of time ---- */

static uint64_t at_most(uint64_t value, uint64_t limit)
{
    return value < limit ? value : limit;
}

/* For how many of the first `past` clocks of a counting element OUT was high. */
static uint64_t high_before(const struct i8254 *pit, unsigned n, uint64_t past)
{
    uint64_t count = pit->s.count[n], half = (count + 1) / 2;

    switch (mode_of(pit, n)) {
    case 0:
    case 1:
        return past > count ? past - count : 0;
    case 2:
        return count == 1 ? past : past - past / count;
    case 3:
        return count == 1 ? past : past / count * half + at_most(past % count, half);
    default:
        return past - (past > count);
    }
}

/* While nothing but time goes on. */
static uint64_t high_between(const struct i8254 *pit, unsigned n, uint64_t from, uint64_t to)
{
    uint64_t start = pit->s.start[n];

    if (waiting(pit, n, from) || pit->s.paused[n])
        return out_level(pit, n, from) ? to - from : 0;
    if (mode_of(pit, n) == 3 && pit->s.half[n]) /* counted from the high half before */
        start -= (pit->s.count[n] + 1) / 2;
    return high_before(pit, n, to - start) - high_before(pit, n, from - start);
}

/* The clock up to which that holds: a counting element starts, or takes a new count. */
static uint64_t same_until(const struct i8254 *pit, unsigned n, uint64_t now)
{
    if (pit->s.counting[n] && now < pit->s.start[n])
        return pit->s.start[n];
    if (!pit->s.counting[n] || !pit->s.pending[n] || pit->s.paused[n])
        return VCLOCK_NEVER;
    switch (mode_of(pit, n)) {
    case 2:
        return pit->s.start[n] + pit->s.count[n];
    case 3:
        return pit->s.start[n] + half_length(pit->s.count[n], pit->s.half[n]);
    default:
        return VCLOCK_NEVER;
    }
}

uint64_t i8254_out2_high(struct device *dev, uint64_t from, uint64_t to)
{
    struct i8254 *pit = (struct i8254 *)dev;
    uint64_t total = 0;

    while (from < to) {
        uint64_t end;

        catch_up(pit, 2, from);
        end = at_most(same_until(pit, 2, from), to);
        total += high_between(pit, 2, from, end);
        from = end;
    }
    return total;
}

void i8254_watch_out2(struct device *dev, void (*watch)(void *ctx, uint64_t clock), void *ctx)
{
    struct i8254 *pit = (struct i8254 *)dev;

    pit->watch = watch;
    pit->watch_ctx = ctx;
}

void i8254_set_gate2(struct device *dev, bool level)
{
    struct i8254 *pit = (struct i8254 *)dev;

    set_gate(pit, 2, level, clocks_now(pit));
}

bool i8254_out2(struct device *dev)
{
    struct i8254 *pit = (struct i8254 *)dev;
    uint64_t now = clocks_now(pit);

    sync(pit, 2, now);
    return out_level(pit, 2, now);
}

/* ---- ports ---- */

static uint8_t read_counter(struct i8254 *pit, unsigned n, uint64_t now)
{
    unsigned access = access_of(pit, n);
    uint16_t value =
        pit->s.latched[n] & LATCHED_COUNT ? pit->s.latch[n] : counting_element(pit, n, now);

    if (pit->s.latched[n] & LATCHED_STATUS) {
        pit->s.latched[n] &= LATCHED_COUNT;
        return pit->s.status[n];
    }
    if (access != RW_BOTH) {
        pit->s.latched[n] = 0;
        return (uint8_t)(access == RW_MSB ? value >> 8 : value);
    }
    pit->s.read_msb[n] ^= 1;
    if (pit->s.read_msb[n])
        return (uint8_t)value;
    pit->s.latched[n] = 0;
    return (uint8_t)(value >> 8);
}

static uint32_t i8254_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct i8254 *pit = (struct i8254 *)dev;
    uint64_t now = clocks_now(pit);

    (void)size;
    if (offset == CONTROL)
        return 0xff; /* write-only: the data bus floats */
    sync(pit, offset, now);
    return read_counter(pit, offset, now);
}

static void i8254_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct i8254 *pit = (struct i8254 *)dev;
    uint64_t now = clocks_now(pit);
    bool out;

    (void)size;
    trace(dev, TRACE_IO, "write %u = %02x", offset, value);
    for (unsigned n = 0; n < COUNTERS; n++)
        sync(pit, n, now);
    out = out_level(pit, 0, now);
    if (offset == CONTROL)
        write_control(pit, (uint8_t)value, now);
    else
        write_counter(pit, offset, (uint8_t)value, now);
    if (offset == 0 || (offset == CONTROL && !(value >> 6) && (value & CW_RW)))
        out0_changed(pit, out, now);
}

/* The real chip has no reset pin and is undefined until programmed; ours starts silent. */
static void i8254_reset(struct device *dev, enum reset_kind kind)
{
    struct i8254 *pit = (struct i8254 *)dev;

    (void)kind;
    pit->s = (struct i8254_state){ .gate = { 1, 1, 0 } };
    vtimer_cancel(&pit->edge);
    irq_set(&pit->out0, false);
}

static bool i8254_check(struct device *dev, struct error *err)
{
    const struct i8254 *pit = (const struct i8254 *)dev;
    /* No clock can be later than the end of virtual time. */
    const uint64_t end = 1ull << 55;

    for (unsigned n = 0; n < COUNTERS; n++) {
        if (pit->s.start[n] > end || pit->s.held[n] > end)
            return error_set(err, "%s: counter %u starts after the end of time", dev->name, n);
        if (pit->s.count[n] > 65536 || pit->s.reload[n] > 65536)
            return error_set(err, "%s: counter %u counts from more than 65536", dev->name, n);
        if ((pit->s.counting[n] && !pit->s.count[n]) || (pit->s.pending[n] && !pit->s.reload[n]))
            return error_set(err, "%s: counter %u counts from nothing", dev->name, n);
        if (pit->s.control[n] > 0x3f || pit->s.half[n] > 1 || pit->s.counting[n] > 1 ||
            pit->s.pending[n] > 1 || pit->s.paused[n] > 1 || pit->s.gate[n] > 1 ||
            pit->s.before_out[n] > 1 || pit->s.write_msb[n] > 1 || pit->s.read_msb[n] > 1)
            return error_set(err, "%s: counter %u has a flag that is neither 0 nor 1", dev->name,
                             n);
    }
    return true;
}

static const struct port_range i8254_ports[] = {
    { .base = 0x40, .count = 4, .sizes = 1, .read = i8254_read, .write = i8254_write },
    { 0 },
};
static const struct field i8254_fields[] = {
    FIELD_ARRAY(struct i8254, s.start),      FIELD_ARRAY(struct i8254, s.held),
    FIELD_ARRAY(struct i8254, s.count),      FIELD_ARRAY(struct i8254, s.reload),
    FIELD_ARRAY(struct i8254, s.before),     FIELD_ARRAY(struct i8254, s.latch),
    FIELD_ARRAY(struct i8254, s.control),    FIELD_ARRAY(struct i8254, s.counting),
    FIELD_ARRAY(struct i8254, s.pending),    FIELD_ARRAY(struct i8254, s.half),
    FIELD_ARRAY(struct i8254, s.paused),     FIELD_ARRAY(struct i8254, s.gate),
    FIELD_ARRAY(struct i8254, s.before_out), FIELD_ARRAY(struct i8254, s.write_msb),
    FIELD_ARRAY(struct i8254, s.read_msb),   FIELD_ARRAY(struct i8254, s.low),
    FIELD_ARRAY(struct i8254, s.latched),    FIELD_ARRAY(struct i8254, s.status),
    FIELD_TIMER(struct i8254, edge),         { 0 },
};
static const struct device_class i8254_class = {
    .name = "i8254",
    .version = 1,
    .state_offset = offsetof(struct i8254, s),
    .state_size = sizeof(struct i8254_state),
    .ports = i8254_ports,
    .fields = i8254_fields,
    .reset = i8254_reset,
    .check = i8254_check,
};

struct device *i8254_new(struct board *board, struct irq out0, struct error *err)
{
    struct i8254 *pit = device_new(board, &i8254_class, sizeof(*pit), "pit", 0, err);

    if (!pit)
        return NULL;
    pit->out0 = out0;
    vtimer_init(&pit->edge, board->clock, edge_fire, pit);
    device_reset(&pit->dev, RESET_POWER_ON);
    return &pit->dev;
}
