/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of speeds, and speeds as text; see the header. */
#include <stdio.h>
#include <string.h>

#include "core/speed.h"

/*
 * Million instructions a second of typical programs, as published: Intel's "Microprocessor Quick
 * Reference Guide" gives 0.33 for the 8088 at 5 MHz, 2.66 for the 80286 at 12, 2.5 for the 386SX at
 * 16, 11.4 for the 386DX at 33, 27 and 54 for the 486DX at 33 and the DX2 at 66, 70.7 for the DX4
 * at 100, 112 for the Pentium at 66, 149.8 at 90 and 218.9 at 133; "Intel Architecture Software
 * Developer's Manual" volume 1 (1999), table 2-1, 466 for the Pentium II at 266.  At other clocks
 * of the same processor they go with the clock.  Memory, buses and caches differed from board to
 * board by a third and more.
 */
const struct speed_name speed_names[] = {
    { "8088-4.77", 315000 }, /* 0.33 x 4.77 / 5 */
    { "8088-8", 528000 },    /* 0.33 x 8 / 5 */
    { "286-8", 1773000 },    /* 2.66 x 8 / 12 */
    { "386SX-16", 2500000 },
    { "286-12", 2660000 },
    { "386SX-25", 3906000 }, /* 2.5 x 25 / 16 */
    { "386DX-33", 11400000 },
    { "386DX-40", 13818000 }, /* 11.4 x 40 / 33, AMD's */
    { "486DX-33", 27000000 },
    { "486DX2-66", 54000000 },
    { "486DX4-100", 70700000 },
    { "P66", 112000000 },
    { "P90", 149800000 },
    { "P133", 218900000 },
    { "PII-300", 525564000 }, /* 466 x 300 / 266 */
    { NULL, 0 },
};

/* ---- text to speed ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

/* Digits with at most six behind a point, in millionths. */
static bool parse_units(const char *text, uint64_t *speed)
{
    uint64_t value = 0;
    unsigned scale = SPEED_UNIT;
    bool point = false, digits = false;

    for (; *text; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || (point && scale == 1) || value > SPEED_MOST)
            return false;
        digits = true;
        value = value * 10 + (uint64_t)(*text - '0');
        if (point)
            scale /= 10;
    }
    *speed = value * scale;
    return digits && *speed >= SPEED_LEAST && value <= SPEED_MOST && *speed <= SPEED_MOST;
}

bool speed_parse(const char *text, uint64_t *speed)
{
    if (same(text, "full")) {
        *speed = SPEED_FULL;
        return true;
    }
    for (const struct speed_name *n = speed_names; n->name; n++) {
        if (same(text, n->name)) {
            *speed = n->speed;
            return true;
        }
    }
    return parse_units(text, speed);
}

/* ---- and back ---- */

const char *speed_text(uint64_t speed, char buf[SPEED_TEXT])
{
    unsigned long long units = speed / SPEED_UNIT;
    unsigned rest = (unsigned)(speed % SPEED_UNIT);
    size_t length;

    for (const struct speed_name *n = speed_names; n->name; n++)
        if (n->speed == speed)
            return strcpy(buf, n->name);
    if (speed == SPEED_FULL)
        return strcpy(buf, "full");
    snprintf(buf, SPEED_TEXT, "%llu.%06u", units, rest);
    length = strlen(buf);
    while (buf[length - 1] == '0')
        buf[--length] = 0;
    if (buf[length - 1] == '.')
        buf[--length] = 0;
    return buf;
}

const char *speed_list(void)
{
    static char list[256];

    if (list[0])
        return list;
    for (const struct speed_name *n = speed_names; n->name; n++) {
        size_t used = strlen(list);

        snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", n->name);
    }
    return list;
}
