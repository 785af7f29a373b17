/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MC146818A real-time clock with 256 bytes of RAM (as in the PIIX4), ports 70h-73h, IRQ 8.
 * Sources: Motorola MC146818A data sheet; Intel 82371AB data sheet (upper bank, century in 32h).
 *
 * The divider chain is a moment of the virtual clock at which the next second ends; registers are
 * brought up to date when somebody looks, so nothing drifts and an idle clock costs nothing.  A
 * timer runs only while an enabled interrupt is awaited.  On a board whose wall clock is frozen
 * everything goes on but the time: update cycles end with the time they began with.
 *
 * Not modelled: the SQW pin; the undefined values of the time registers while UIP is set (they keep
 * the old time); the time bases other than 32.768 kHz (a divider value other than 010 stops the
 * chain); time values that the data sheet calls illegal (the next update takes them for the
 * lowest).
 */
#include "devices/timer/mc146818.h"

enum {
    REG_SECONDS,
    REG_SECONDS_ALARM,
    REG_MINUTES,
    REG_MINUTES_ALARM,
    REG_HOURS,
    REG_HOURS_ALARM,
    REG_WEEKDAY,
    REG_DAY,
    REG_MONTH,
    REG_YEAR,
    REG_A,
    REG_B,
    REG_C,
    REG_D,
    REG_CENTURY = 0x32,
};
enum { A_UIP = 0x80, A_DV = 0x70, A_DV_RUN = 0x20, A_RS = 0x0f };
enum {
    B_SET = 0x80,
    B_PIE = 0x40,
    B_AIE = 0x20,
    B_UIE = 0x10,
    B_SQWE = 0x08,
    B_DM = 0x04,
    B_24H = 0x02,
    B_DSE = 0x01
};
enum { C_IRQF = 0x80, C_PF = 0x40, C_AF = 0x20, C_UF = 0x10, C_FLAGS = C_PF | C_AF | C_UF };
enum { D_VRT = 0x80 };
enum { PM = 0x80, ANY = 0xc0 /* alarm: don't care */ };
enum { INDEX_NMI = 0x80 };
enum { DAY = 86400, APRIL = 4, OCTOBER = 10 };

static const uint64_t second_ns = 1000000000;
/* After the last register of a clock that is written without SET. */
static const uint64_t quiet_ns = 100000000;
/* UIP rises 244 us before the update cycle, which takes 1984 us at 32.768 kHz. */
static const uint64_t uip_ns = 244000 + 1984000;

struct mc146818 {
    struct device dev;
    struct irq irq;
    struct vtimer event; /* the next enabled interrupt */
    struct vtimer quiet; /* armed: the guest writes its clock register by register */
    struct mc146818_state {
        uint64_t next_update; /* virtual time at which the present second ends */
        uint64_t seen;        /* flags and registers are right up to this time */
        uint64_t
            offset;    /* seconds that the guest set it ahead of the wall clock, two's complement */
        uint64_t told; /* the offset that the owner of the machine heard of last */
        uint8_t ram[256];    /* registers 0-9, A, B and century included */
        uint8_t index;       /* port 70h, with the NMI mask */
        uint8_t index_upper; /* port 72h */
        uint16_t flags;      /* PF, AF, UF of register C */
        uint32_t fell_back;  /* October's hour was already given twice */
    } s;
};

/* Broken-down time of the registers. */
struct when {
    uint32_t second; /* of the day */
    int64_t day;     /* since 1 January 1970 */
};

/* ---- calendar ---- */

static int64_t days_from_date(int64_t year, unsigned month, unsigned day)
{
    /* Years that begin in March put the leap day last. */
    int64_t y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400;
    unsigned year_of_era = (unsigned)(y - era * 400);
    unsigned day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void date_from_days(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned m = (5 * doy + 2) / 153;

    *day = doy - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (unsigned)((int64_t)yoe + era * 400 + (*month <= 2));
}

/* ---- register formats ---- */

static unsigned decode(const struct mc146818 *rtc, uint8_t value)
{
    return rtc->s.ram[REG_B] & B_DM ? value : (value & 15) + (value >> 4) * 10u;
}

static uint8_t encode(const struct mc146818 *rtc, unsigned value)
{
    return (uint8_t)(rtc->s.ram[REG_B] & B_DM ? value : value % 10 | value / 10 << 4);
}

static unsigned decode_hours(const struct mc146818 *rtc)
{
    uint8_t raw = rtc->s.ram[REG_HOURS];

    if (rtc->s.ram[REG_B] & B_24H)
        return decode(rtc, raw);
    return decode(rtc, raw & 0x7f) % 12 + (raw & PM ? 12 : 0);
}

static uint8_t encode_hours(const struct mc146818 *rtc, unsigned hours)
{
    if (rtc->s.ram[REG_B] & B_24H)
        return encode(rtc, hours);
    return encode(rtc, hours % 12 ? hours % 12 : 12) | (hours >= 12 ? PM : 0);
}

static unsigned within(unsigned value, unsigned low, unsigned high)
{
    return value < low || value > high ? low : value;
}

static struct when get_time(const struct mc146818 *rtc)
{
    const uint8_t *ram = rtc->s.ram;
    unsigned year = within(decode(rtc, ram[REG_YEAR]), 0, 99);
    /* The century is BCD in PC firmware whatever DM says. */
    unsigned century = (ram[REG_CENTURY] & 15) + (ram[REG_CENTURY] >> 4) * 10u;
    unsigned month = within(decode(rtc, ram[REG_MONTH]), 1, 12);

    return (struct when){
        within(decode_hours(rtc), 0, 23) * 3600 +
            within(decode(rtc, ram[REG_MINUTES]), 0, 59) * 60 +
            within(decode(rtc, ram[REG_SECONDS]), 0, 59),
        days_from_date(within(century, 0, 99) * 100 + year, month,
                       within(decode(rtc, ram[REG_DAY]), 1, 31)),
    };
}

static void set_clock(struct mc146818 *rtc, uint32_t second)
{
    rtc->s.ram[REG_SECONDS] = encode(rtc, second % 60);
    rtc->s.ram[REG_MINUTES] = encode(rtc, second / 60 % 60);
    rtc->s.ram[REG_HOURS] = encode_hours(rtc, second / 3600);
}

static void set_date(struct mc146818 *rtc, int64_t days)
{
    unsigned year, month, day;

    date_from_days(days, &year, &month, &day);
    rtc->s.ram[REG_DAY] = encode(rtc, day);
    rtc->s.ram[REG_MONTH] = encode(rtc, month);
    rtc->s.ram[REG_YEAR] = encode(rtc, year % 100);
    rtc->s.ram[REG_CENTURY] = (uint8_t)(year / 100 % 10 | year / 1000 % 10 << 4);
}

/* ---- the passing of seconds ---- */

/* Plain seconds.  The weekday counts by itself and only when a day ends. */
static void add_seconds(struct mc146818 *rtc, uint64_t seconds)
{
    struct when t = get_time(rtc);
    uint64_t sum = t.second + seconds, days = sum / DAY;

    set_clock(rtc, (uint32_t)(sum % DAY));
    if (!days)
        return;
    set_date(rtc, t.day + (int64_t)days);
    rtc->s.ram[REG_WEEKDAY] =
        encode(rtc, (unsigned)((decode(rtc, rtc->s.ram[REG_WEEKDAY]) + 6 + days) % 7 + 1));
    rtc->s.fell_back = 0;
}

/* One update at 1:59:59 with DSE: on the last Sunday of April 3:00:00 follows; on that of October
 * 1:00:00, once. */
static void pass_two_o_clock(struct mc146818 *rtc)
{
    unsigned month = decode(rtc, rtc->s.ram[REG_MONTH]), day = decode(rtc, rtc->s.ram[REG_DAY]);
    bool sunday = decode(rtc, rtc->s.ram[REG_WEEKDAY]) == 1;

    if (sunday && month == APRIL && day >= 24) {
        set_clock(rtc, 3 * 3600);
        rtc->s.offset += 3600;
    } else if (sunday && month == OCTOBER && day >= 25 && !rtc->s.fell_back) {
        set_clock(rtc, 1 * 3600);
        rtc->s.offset -= 3600;
        rtc->s.fell_back = 1;
    } else {
        add_seconds(rtc, 1);
    }
}

static void pass_seconds(struct mc146818 *rtc, uint64_t seconds)
{
    const uint32_t two = 2 * 3600;

    while (seconds && (rtc->s.ram[REG_B] & B_DSE)) {
        uint32_t now = get_time(rtc).second;
        uint64_t ahead = (two - 1 + DAY - now) % DAY; /* seconds until 1:59:59 */

        if (ahead >= seconds)
            break;
        if (ahead)
            add_seconds(rtc, ahead);
        pass_two_o_clock(rtc);
        seconds -= ahead + 1;
    }
    if (seconds)
        add_seconds(rtc, seconds);
}

/* ---- alarm, divider ---- */

static bool alarm_byte(uint8_t alarm, uint8_t now)
{
    return alarm >= ANY || alarm == now;
}

/* Alarm bytes like 7Ah match no time at all. */
static bool minute_or_second_exists(const struct mc146818 *rtc, uint8_t alarm)
{
    return alarm >= ANY || (decode(rtc, alarm) < 60 && encode(rtc, decode(rtc, alarm)) == alarm);
}

/* Seconds (1 to 86400) until the time next matches the alarm bytes; 0: it never will. */
static uint32_t seconds_to_alarm(const struct mc146818 *rtc)
{
    const uint8_t *ram = rtc->s.ram;
    uint32_t now = get_time(rtc).second, ahead = 1, last = DAY;

    if (!minute_or_second_exists(rtc, ram[REG_MINUTES_ALARM]) ||
        !minute_or_second_exists(rtc, ram[REG_SECONDS_ALARM]))
        return 0;
    if (rtc->dev.board->wall_frozen) { /* the next update ends with the same time */
        now += DAY - 1;
        last = 1;
    }
    while (ahead <= last) {
        uint32_t t = (now + ahead) % DAY;

        if (!alarm_byte(ram[REG_HOURS_ALARM], encode_hours(rtc, t / 3600)))
            ahead += 3600 - t % 3600;
        else if (!alarm_byte(ram[REG_MINUTES_ALARM], encode(rtc, t / 60 % 60)))
            ahead += 60 - t % 60;
        else if (!alarm_byte(ram[REG_SECONDS_ALARM], encode(rtc, t % 60)))
            ahead++;
        else
            return ahead;
    }
    return 0;
}

static bool running(const struct mc146818 *rtc)
{
    return (rtc->s.ram[REG_A] & A_DV) == A_DV_RUN;
}

/* Period of the periodic interrupt in ticks of 32.768 kHz; 0: none.  All divide one second. */
static uint32_t period_ticks(const struct mc146818 *rtc)
{
    unsigned rs = rtc->s.ram[REG_A] & A_RS;

    return !rs ? 0 : rs < 3 ? 64u << rs : 1u << (rs - 1);
}

/* The first periodic edge after `now`. */
static uint64_t next_periodic(const struct mc146818 *rtc, uint64_t now)
{
    uint64_t end = rtc->s.next_update, in_second, begin, ticks;
    uint32_t period = period_ticks(rtc);

    if (end > now)
        in_second = second_ns - 1 - (end - now - 1) % second_ns;
    else
        in_second = (now - end) % second_ns;
    begin = now - in_second; /* wraps in the first half second of all; so does the sum below */
    ticks = (vclock_ns_to_ticks(in_second, 32768) / period + 1) * period;
    return begin + vclock_tick_deadline(ticks, 32768);
}

/* Brings registers and flags to the present. */
static void sync(struct mc146818 *rtc)
{
    uint64_t now = vclock_now(rtc->dev.board->clock);
    uint64_t seconds, from = rtc->s.seen;

    if (!running(rtc) || now < from) {
        rtc->s.seen = now;
        return;
    }
    if (period_ticks(rtc) && next_periodic(rtc, from) <= now)
        rtc->s.flags |= C_PF;
    rtc->s.seen = now;
    if (now < rtc->s.next_update)
        return;
    seconds = (now - rtc->s.next_update) / second_ns + 1;
    rtc->s.next_update += seconds * second_ns;
    if (rtc->s.ram[REG_B] & B_SET)
        return;
    rtc->s.flags |= C_UF;
    if (!(rtc->s.flags & C_AF)) {
        uint32_t ahead = seconds_to_alarm(rtc);

        if (ahead && ahead <= seconds)
            rtc->s.flags |= C_AF;
    }
    if (!rtc->dev.board->wall_frozen)
        pass_seconds(rtc, seconds);
}

/* ---- interrupt ---- */

static bool irqf(const struct mc146818 *rtc)
{
    return rtc->s.flags & rtc->s.ram[REG_B] & C_FLAGS;
}

static void earliest(uint64_t *deadline, uint64_t candidate)
{
    if (candidate < *deadline)
        *deadline = candidate;
}

/* After sync(): drives IRQ and waits for what may raise it next. */
static void update_irq(struct mc146818 *rtc)
{
    uint8_t b = rtc->s.ram[REG_B];
    uint64_t deadline = VCLOCK_NEVER;
    uint32_t ahead;

    irq_set(&rtc->irq, irqf(rtc));
    if (!irqf(rtc) && running(rtc)) {
        if ((b & B_PIE) && period_ticks(rtc))
            earliest(&deadline, next_periodic(rtc, rtc->s.seen));
        if ((b & B_UIE) && !(b & B_SET))
            earliest(&deadline, rtc->s.next_update);
        ahead = (b & B_AIE) && !(b & B_SET) ? seconds_to_alarm(rtc) : 0;
        /* With DSE the clock may jump on the way: look again at every day's two o'clock. */
        if (ahead)
            earliest(&deadline, rtc->s.next_update + (ahead - 1) * second_ns);
        if (ahead && (b & B_DSE))
            earliest(&deadline, rtc->s.next_update +
                                    (2 * 3600 - 1 + DAY - get_time(rtc).second) % DAY * second_ns);
    }
    if (deadline != VCLOCK_NEVER)
        vtimer_arm(&rtc->event, deadline);
    else
        vtimer_cancel(&rtc->event);
}

static void event_fire(void *ctx)
{
    struct mc146818 *rtc = ctx;

    sync(rtc);
    trace(&rtc->dev, TRACE_IRQ, "flags %02x", rtc->s.flags);
    update_irq(rtc);
}

/* ---- the wall clock ---- */

static uint64_t wall_now(const struct mc146818 *rtc)
{
    const struct board *board = rtc->dev.board;

    return board->wall_start + (board->wall_frozen ? 0 : rtc->s.seen / second_ns);
}

static int64_t shown(const struct mc146818 *rtc)
{
    struct when t = get_time(rtc);

    return t.day * DAY + t.second;
}

/* The guest has set its clock and is done with it: tells how far, if that is news. */
static void tell_set(void *ctx)
{
    struct mc146818 *rtc = ctx;
    const struct board *board = rtc->dev.board;

    vtimer_cancel(&rtc->quiet);
    if (rtc->s.offset == rtc->s.told)
        return;
    rtc->s.told = rtc->s.offset;
    if (board->hooks && board->hooks->clock_set)
        board->hooks->clock_set(board->hooks_ctx, (int64_t)rtc->s.offset);
}

static void note_set(struct mc146818 *rtc)
{
    rtc->s.offset = (uint64_t)shown(rtc) - wall_now(rtc);
}

static bool is_time(uint8_t index)
{
    return index == REG_SECONDS || index == REG_MINUTES || index == REG_HOURS || index == REG_DAY ||
           index == REG_MONTH || index == REG_YEAR || index == REG_CENTURY;
}

void mc146818_follow(struct device *dev, uint64_t wall)
{
    struct mc146818 *rtc = (struct mc146818 *)dev;
    int64_t ahead, day;
    uint32_t alarm;

    sync(rtc);
    ahead = (int64_t)(wall + rtc->s.offset) - shown(rtc);
    if (ahead >= -1 && ahead <= 1) { /* as near as seconds can be: no step for the guest */
        wall = (uint64_t)shown(rtc) - rtc->s.offset;
        ahead = 0;
    }
    dev->board->wall_start = wall - (dev->board->wall_frozen ? 0 : rtc->s.seen / second_ns);
    if (!ahead || (rtc->s.ram[REG_B] & B_SET) || shown(rtc) + ahead < 0)
        return;
    alarm = ahead > 0 ? seconds_to_alarm(rtc) : 0;
    if (alarm && alarm <= ahead)
        rtc->s.flags |= C_AF;
    day = get_time(rtc).day;
    ahead += shown(rtc);
    set_clock(rtc, (uint32_t)(ahead % DAY));
    set_date(rtc, ahead / DAY);
    day = (ahead / DAY - day) % 7 + 7;
    rtc->s.ram[REG_WEEKDAY] =
        encode(rtc, (unsigned)((decode(rtc, rtc->s.ram[REG_WEEKDAY]) + 6 + day) % 7 + 1));
    update_irq(rtc);
}

uint64_t mc146818_clock(struct device *dev)
{
    struct mc146818 *rtc = (struct mc146818 *)dev;
    uint64_t left;

    sync(rtc);
    left = rtc->s.next_update > rtc->s.seen ? rtc->s.next_update - rtc->s.seen : 1;
    left = left > second_ns ? second_ns : left;
    return (uint64_t)(shown(rtc) > 0 ? shown(rtc) : 0) * second_ns + (second_ns - left);
}

void mc146818_set_clock(struct device *dev, uint64_t seconds)
{
    struct mc146818 *rtc = (struct mc146818 *)dev;

    sync(rtc);
    set_clock(rtc, (uint32_t)(seconds % DAY));
    set_date(rtc, (int64_t)(seconds / DAY));
    rtc->s.ram[REG_WEEKDAY] = encode(rtc, (unsigned)((seconds / DAY + 4) % 7 + 1));
    note_set(rtc);
    update_irq(rtc);
}

/* ---- registers ---- */

static uint8_t read_register(struct mc146818 *rtc, uint8_t index)
{
    uint64_t now = vclock_now(rtc->dev.board->clock);
    uint8_t value = rtc->s.ram[index];

    sync(rtc);
    switch (index) {
    case REG_A:
        if (running(rtc) && !(rtc->s.ram[REG_B] & B_SET) && rtc->s.next_update - now <= uip_ns)
            value |= A_UIP;
        return value;
    case REG_C:
        value = (uint8_t)(rtc->s.flags | (irqf(rtc) ? C_IRQF : 0));
        rtc->s.flags = 0;
        update_irq(rtc);
        return value;
    case REG_D:
        return D_VRT;
    default:
        return rtc->s.ram[index];
    }
}

/* "The first update cycle begins one half second after the divider reset is removed." */
static void write_a(struct mc146818 *rtc, uint8_t value)
{
    bool was = running(rtc);

    rtc->s.ram[REG_A] = value & (uint8_t)~A_UIP;
    if (!was && running(rtc))
        rtc->s.next_update = rtc->s.seen + second_ns / 2;
}

static void write_b(struct mc146818 *rtc, uint8_t value)
{
    bool was_set = rtc->s.ram[REG_B] & B_SET;

    rtc->s.ram[REG_B] = value;
    if (value & B_SET) { /* SET clears UIE */
        rtc->s.ram[REG_B] &= (uint8_t)~B_UIE;
        vtimer_cancel(&rtc->quiet);
    } else if (was_set) {
        note_set(rtc);
        tell_set(rtc);
    }
}

static void write_register(struct mc146818 *rtc, uint8_t index, uint8_t value)
{
    sync(rtc);
    switch (index) {
    case REG_A:
        write_a(rtc, value);
        break;
    case REG_B:
        write_b(rtc, value);
        break;
    case REG_C:
    case REG_D:
        return; /* read-only */
    default:
        rtc->s.ram[index] = value;
        if (is_time(index) && !(rtc->s.ram[REG_B] & B_SET)) {
            note_set(rtc);
            vtimer_arm(&rtc->quiet, rtc->s.seen + quiet_ns);
        }
    }
    update_irq(rtc);
}

void mc146818_set(struct device *dev, uint8_t index, uint8_t value)
{
    write_register((struct mc146818 *)dev, index & 0x7f, value);
}

uint8_t mc146818_get(struct device *dev, uint8_t index)
{
    struct mc146818 *rtc = (struct mc146818 *)dev;

    sync(rtc);
    return rtc->s.ram[index & 0x7f];
}

bool mc146818_nmi_masked(const struct device *dev)
{
    return ((const struct mc146818 *)dev)->s.index & INDEX_NMI;
}

static uint32_t mc146818_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct mc146818 *rtc = (struct mc146818 *)dev;
    uint8_t value = 0xff; /* 70h is write-only */

    (void)size;
    if (offset == 1)
        value = read_register(rtc, rtc->s.index & 0x7f);
    else if (offset == 2)
        value = rtc->s.index_upper;
    else if (offset == 3)
        value = rtc->s.ram[0x80 | rtc->s.index_upper];
    trace(dev, TRACE_IO, "read %u (%02x) = %02x", offset, rtc->s.index, value);
    return value;
}

static void mc146818_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct mc146818 *rtc = (struct mc146818 *)dev;

    (void)size;
    trace(dev, TRACE_IO, "write %u (%02x) = %02x", offset, rtc->s.index, value);
    if (offset == 0)
        rtc->s.index = (uint8_t)value;
    else if (offset == 1)
        write_register(rtc, rtc->s.index & 0x7f, (uint8_t)value);
    else if (offset == 2)
        rtc->s.index_upper = value & 0x7f;
    else
        rtc->s.ram[0x80 | rtc->s.index_upper] = (uint8_t)value;
}

/* ---- life ---- */

static void power_on(struct mc146818 *rtc)
{
    uint64_t now = vclock_now(rtc->dev.board->clock);
    uint64_t seconds =
        rtc->dev.board->wall_start + (rtc->dev.board->wall_frozen ? 0 : now / second_ns);

    rtc->s =
        (struct mc146818_state){ .next_update = (now / second_ns + 1) * second_ns, .seen = now };
    rtc->s.ram[REG_A] = A_DV_RUN | 6;
    rtc->s.ram[REG_B] = B_24H;
    set_clock(rtc, (uint32_t)(seconds % DAY));
    set_date(rtc, (int64_t)(seconds / DAY));
    rtc->s.ram[REG_WEEKDAY] = (uint8_t)((seconds / DAY + 4) % 7 + 1); /* 1 January 1970: Thursday */
}

/* "RESET: PIE, AIE, UIE, PF, IRQF, AF, UF and SQWE are cleared"; clock, calendar and RAM go on. */
static void mc146818_reset(struct device *dev, enum reset_kind kind)
{
    struct mc146818 *rtc = (struct mc146818 *)dev;

    if (kind == RESET_POWER_ON)
        power_on(rtc);
    sync(rtc);
    if (vtimer_armed(&rtc->quiet))
        tell_set(rtc);
    rtc->s.ram[REG_B] &= (uint8_t) ~(B_PIE | B_AIE | B_UIE | B_SQWE);
    rtc->s.flags = 0;
    rtc->s.index = 0;
    rtc->s.index_upper = 0;
    update_irq(rtc);
}

static bool mc146818_check(struct device *dev, struct error *err)
{
    const struct mc146818 *rtc = (const struct mc146818 *)dev;

    if (rtc->s.index_upper > 0x7f)
        return error_set(err, "%s: index %02x is out of range", dev->name, rtc->s.index_upper);
    if (rtc->s.flags & ~C_FLAGS)
        return error_set(err, "%s: flags %02x do not exist", dev->name, rtc->s.flags);
    if (rtc->s.next_update > VCLOCK_NEVER / 2 || rtc->s.seen > VCLOCK_NEVER / 2)
        return error_set(err, "%s: a time after the end of time", dev->name);
    if (running(rtc) && rtc->s.next_update > rtc->s.seen + second_ns)
        return error_set(err, "%s: a second that is longer than one", dev->name);
    return true;
}

static const struct port_range mc146818_ports[] = {
    { .base = 0x70, .count = 4, .sizes = 1, .read = mc146818_read, .write = mc146818_write },
    { 0 },
};
static const struct field mc146818_fields[] = {
    FIELD(struct mc146818, s.next_update, .flags = FIELD_KEEP),
    FIELD(struct mc146818, s.seen, .flags = FIELD_KEEP),
    FIELD(struct mc146818, s.offset, .flags = FIELD_KEEP, .since = 2),
    FIELD(struct mc146818, s.told, .flags = FIELD_KEEP, .since = 3),
    FIELD_ARRAY(struct mc146818, s.ram, .flags = FIELD_KEEP),
    FIELD(struct mc146818, s.index),
    FIELD(struct mc146818, s.index_upper),
    FIELD(struct mc146818, s.flags),
    FIELD(struct mc146818, s.fell_back, .flags = FIELD_KEEP),
    FIELD_TIMER(struct mc146818, event),
    FIELD_TIMER(struct mc146818, quiet, .since = 3),
    { 0 },
};
static const struct device_class mc146818_class = {
    .name = "mc146818",
    .version = 3,
    .state_offset = offsetof(struct mc146818, s),
    .state_size = sizeof(struct mc146818_state),
    .ports = mc146818_ports,
    .fields = mc146818_fields,
    .reset = mc146818_reset,
    .check = mc146818_check,
};

struct device *mc146818_new(struct board *board, struct irq irq8, struct error *err)
{
    struct mc146818 *rtc = device_new(board, &mc146818_class, sizeof(*rtc), "rtc", 0, err);

    if (!rtc)
        return NULL;
    rtc->irq = irq8;
    vtimer_init(&rtc->event, board->clock, event_fire, rtc);
    vtimer_init(&rtc->quiet, board->clock, tell_set, rtc);
    device_reset(&rtc->dev, RESET_POWER_ON);
    return &rtc->dev;
}
