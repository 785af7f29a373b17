/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Date and time: INT 21h/2Ah-2Dh; the machine is asked each time. */
#include "dos.h"

/* Without an answer of the machine (never on ours) the beginning of DOS's time. */
static void now(struct hostdos_clock *clock)
{
    if (!host_clock(clock, false))
        *clock = (struct hostdos_clock){ .year = 1980, .month = 1, .day = 1, .weekday = 2 };
}

void clock_stamp(uint16_t *time, uint16_t *date)
{
    struct hostdos_clock c;

    now(&c);
    *time = (uint16_t)(c.hour << 11 | c.minute << 5 | c.second / 2);
    *date = (uint16_t)((c.year - 1980) << 9 | c.month << 5 | c.day);
}

static bool is_leap(uint16_t year)
{
    return year % 4 == 0; /* right from 1901 to 2099 */
}

static uint8_t month_days(uint16_t year, uint8_t month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

uint16_t clock_days(uint16_t date)
{
    uint16_t days = (uint16_t)((date & 31) - 1), year = (uint16_t)(1980 + (date >> 9));
    uint8_t last = date >> 5 & 15;

    for (uint16_t y = 1980; y < year; y++)
        days = (uint16_t)(days + 365 + is_leap(y));
    for (uint8_t month = 1; month < last && month <= 12; month++)
        days = (uint16_t)(days + month_days(year, month));
    return days;
}

uint16_t clock_date(uint16_t days)
{
    uint16_t year = 1980;
    uint8_t month = 1;

    while (days >= 365 + is_leap(year))
        days = (uint16_t)(days - 365 - is_leap(year++));
    while (days >= month_days(year, month))
        days = (uint16_t)(days - month_days(year, month++));
    return (uint16_t)((year - 1980) << 9 | month << 5 | (days + 1));
}

/* The record of a CLOCK$ driver: days since 1980, minute, hour, hundredth, second. */
void clock_read(uint8_t *record)
{
    struct hostdos_clock c;
    uint16_t days;

    now(&c);
    days = clock_days((uint16_t)((c.year - 1980) << 9 | c.month << 5 | c.day));
    record[0] = (uint8_t)days;
    record[1] = (uint8_t)(days >> 8);
    record[2] = c.minute;
    record[3] = c.hour;
    record[4] = c.hundredth;
    record[5] = c.second;
}

void clock_write(const uint8_t *record)
{
    uint16_t date = clock_date((uint16_t)(record[0] | record[1] << 8));
    struct hostdos_clock c = { .year = (uint16_t)(1980 + (date >> 9)),
                               .month = date >> 5 & 15,
                               .day = date & 31 };

    c.minute = record[2];
    c.hour = record[3];
    c.hundredth = record[4];
    c.second = record[5];
    host_clock(&c, true);
}

unsigned sys_get_date(void)
{
    struct hostdos_clock c;

    now(&c);
    R->cx = c.year;
    R->dh = c.month;
    R->dl = c.day;
    R->al = c.weekday;
    return E_OK;
}

unsigned sys_set_date(void)
{
    struct hostdos_clock c;

    R->al = 0xff;
    if (R->cx < 1980 || R->cx > 2099 || !R->dh || R->dh > 12 || !R->dl ||
        R->dl > month_days(R->cx, R->dh))
        return E_OK;
    now(&c);
    c.year = R->cx;
    c.month = R->dh;
    c.day = R->dl;
    if (host_clock(&c, true))
        R->al = 0;
    return E_OK;
}

unsigned sys_get_time(void)
{
    struct hostdos_clock c;

    now(&c);
    R->ch = c.hour;
    R->cl = c.minute;
    R->dh = c.second;
    R->dl = c.hundredth;
    R->al = 0;
    return E_OK;
}

unsigned sys_set_time(void)
{
    struct hostdos_clock c;

    R->al = 0xff;
    if (R->ch > 23 || R->cl > 59 || R->dh > 59 || R->dl > 99)
        return E_OK;
    now(&c);
    c.hour = R->ch;
    c.minute = R->cl;
    c.second = R->dh;
    c.hundredth = R->dl;
    if (host_clock(&c, true))
        R->al = 0;
    return E_OK;
}
