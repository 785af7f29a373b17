/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clock= of a profile: what it may say, and what the guest's wall clock shows by it. */
#include <string.h>

#include "profiles/profile.h"

enum { MOST_YEARS = 7000 };
#define LAST_SECOND 253402300799ll /* of 9999: a PC's clock has four digits of the year */

/* 1991-05-17, 1991-05-17T09:00 or 1991-05-17T09:00:30: no zone, the guest's own time. */
static bool parse_date(const char *text, int64_t *seconds)
{
    static const char full[] = "0000-00-00T00:00:00";
    g_autofree char *padded = NULL;
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) when = NULL;
    size_t length = strlen(text);

    if (length != 10 && length != 16 && length != 19)
        return false;
    for (size_t i = 0; i < length; i++)
        if (full[i] == '0' ? !g_ascii_isdigit(text[i]) : text[i] != full[i])
            return false;
    padded = g_strconcat(text, full + length, NULL);
    when = g_date_time_new_from_iso8601(padded, utc);
    *seconds = when ? g_date_time_to_unix(when) : -1;
    return *seconds >= 0;
}

static bool add_part(struct profile *p, int64_t n, char unit)
{
    static const struct {
        char unit;
        int32_t seconds;
    } units[] = { { 0, 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };

    if (unit == 'y') {
        p->clock_years += (int)n;
        return p->clock_years <= MOST_YEARS && p->clock_years >= -MOST_YEARS;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++) {
        if (units[i].unit != unit)
            continue;
        p->clock_value += n * units[i].seconds;
        return p->clock_value / 366 / 86400 <= MOST_YEARS &&
               p->clock_value / 366 / 86400 >= -MOST_YEARS;
    }
    return false;
}

/* A sign or none, then numbers with units: -2y, +1d12h, 3600. */
static bool parse_offset(const char *text, struct profile *p)
{
    int64_t sign = *text == '-' ? -1 : 1;

    text += *text == '-' || *text == '+';
    if (!*text)
        return false;
    while (*text) {
        int64_t n = 0;
        const char *start = text;

        while (g_ascii_isdigit(*text) && n < 1000000000000ll)
            n = n * 10 + *text++ - '0';
        if (text == start || g_ascii_isdigit(*text) || !add_part(p, sign * n, *text))
            return false;
        text += *text != 0;
    }
    return true;
}

bool profile_parse_clock(const char *text, struct profile *p)
{
    p->clock_value = 0;
    p->clock_years = 0;
    if (!strcmp(text, "host")) {
        p->clock = CLOCK_HOST;
        return true;
    }
    if (!strcmp(text, "utc")) {
        p->clock = CLOCK_UTC;
        return true;
    }
    if (g_str_has_prefix(text, "offset:")) {
        p->clock = CLOCK_OFFSET;
        return parse_offset(text + strlen("offset:"), p);
    }
    if (g_str_has_prefix(text, "fixed:")) {
        p->clock = CLOCK_FIXED;
        return parse_date(text + strlen("fixed:"), &p->clock_value);
    }
    if (g_str_has_prefix(text, "frozen:")) {
        p->clock = CLOCK_FROZEN;
        return parse_date(text + strlen("frozen:"), &p->clock_value);
    }
    return false;
}

bool profile_clock_follows(const struct profile *p)
{
    return p->clock == CLOCK_HOST || p->clock == CLOCK_UTC || p->clock == CLOCK_OFFSET;
}

uint64_t profile_wall(const struct profile *p)
{
    g_autoptr(GDateTime) now =
        p->clock == CLOCK_UTC ? g_date_time_new_now_utc() : g_date_time_new_now_local();
    g_autoptr(GDateTime) moved = NULL;
    int64_t seconds;

    if (!profile_clock_follows(p))
        return (uint64_t)p->clock_value;
    moved = g_date_time_add_years(now, p->clock_years);
    if (!moved) /* before the year 1 or after 9999 */
        return p->clock_years < 0 ? 0 : LAST_SECOND;
    seconds = g_date_time_to_unix(moved) + g_date_time_get_utc_offset(moved) / G_TIME_SPAN_SECOND +
              p->clock_value;
    return (uint64_t)(seconds < 0 ? 0 : seconds < LAST_SECOND ? seconds : LAST_SECOND);
}
