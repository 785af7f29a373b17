/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DATE and TIME. */
#include "shell.h"

static void print_day(const struct dos_regs *r)
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    const struct country *c = country_info();
    unsigned parts[3] = { r->dh, r->dl, r->cx };

    if (c->date_format == 1) {
        parts[0] = r->dl;
        parts[1] = r->dh;
    } else if (c->date_format == 2) {
        parts[0] = r->cx;
        parts[1] = r->dh;
        parts[2] = r->dl;
    }
    print("%s %02u%s%02u%s%02u", days[r->al % 7], parts[0], c->date_separator, parts[1],
          c->date_separator, parts[2]);
}

void print_date(void)
{
    struct dos_regs r = { .ax = 0x2a00 };

    dos(&r);
    print_day(&r);
}

void print_time(void)
{
    struct dos_regs r = { .ax = 0x2c00 };
    const struct country *c = country_info();

    dos(&r);
    print("%2u%s%02u%s%02u%s%02u", (unsigned)r.ch, c->time_separator, (unsigned)r.cl,
          c->time_separator, (unsigned)r.dh, c->decimal, (unsigned)r.dl);
}

/* Up to 4 numbers; any other character stands between them.  How many. */
static unsigned numbers(const char *s, unsigned n[4])
{
    unsigned count = 0;

    memset(n, 0, 4 * sizeof(n[0]));
    while (*s && count < 4) {
        if (!is_digit(*s))
            return 0;
        n[count++] = parse_number(&s);
        if (*s)
            s++;
    }
    return count;
}

static bool set_date(const char *text)
{
    const struct country *c = country_info();
    unsigned n[4], month, day, year;
    struct dos_regs r = { .ax = 0x2b00 };

    if (numbers(text, n) != 3)
        return false;
    month = c->date_format == 0 ? n[0] : n[1];
    day = c->date_format == 0 ? n[1] : c->date_format == 1 ? n[0] : n[2];
    year = c->date_format == 2 ? n[0] : n[2];
    if (year < 100)
        year += year < 80 ? 2000 : 1900;
    r.cx = (uint16_t)year;
    r.dh = (uint8_t)month;
    r.dl = (uint8_t)day;
    dos(&r);
    return r.al == 0;
}

static bool set_time(const char *text)
{
    struct dos_regs r = { .ax = 0x2d00 };
    char clean[16];
    unsigned n[4], length;
    char last;

    copy_text(clean, text, sizeof(clean));
    length = (unsigned)strlen(clean);
    last = length ? upper(clean[length - 1]) : 0;
    if (last == 'M' && length > 1) {
        clean[--length] = 0;
        last = upper(clean[length - 1]);
    }
    if (last == 'A' || last == 'P')
        clean[--length] = 0;
    if (!numbers(clean, n))
        return false;
    if (last == 'P' && n[0] < 12)
        n[0] += 12;
    if (last == 'A' && n[0] == 12)
        n[0] = 0;
    if (n[0] > 23 || n[1] > 59 || n[2] > 59 || n[3] > 99)
        return false;
    r.ch = (uint8_t)n[0];
    r.cl = (uint8_t)n[1];
    r.dh = (uint8_t)n[2];
    r.dl = (uint8_t)n[3];
    dos(&r);
    return r.al == 0;
}

static const char *date_order(void)
{
    static const char *const orders[] = { "mm-dd-yy", "dd-mm-yy", "yy-mm-dd" };

    return orders[country_info()->date_format % 3];
}

/* Sets what the tail says, or shows and asks until it is right or nothing. */
static void set(const char *tail, bool date)
{
    char line[LINE_SIZE];

    copy_text(line, skip_separators(tail), sizeof(line));
    if (!line[0]) {
        print(date ? "Current date is " : "Current time is ");
        if (date)
            print_date();
        else
            print_time();
        print("\r\n");
    }
    for (;;) {
        if (line[0] && (date ? set_date(trim(line)) : set_time(trim(line))))
            return;
        if (line[0])
            say(date ? M_BAD_DATE : M_BAD_TIME);
        if (date)
            print("Enter new date (%s): ", date_order());
        else
            print("Enter new time: ");
        if (!read_line(line, sizeof(line)) || !line[0])
            return;
    }
}

void command_date(const char *tail)
{
    set(tail, true);
}

void command_time(const char *tail)
{
    set(tail, false);
}
