/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output, and dates and numbers as the country has them. */
#include "dos.h"

enum { DIGITS = 16, OUT = 256 };

struct sink {
    char *to;
    unsigned used, size;
    int handle; /* -1: a buffer, which is cut */
};

struct field {
    bool left, zeros, group;
    unsigned width;
};

static void flush(struct sink *s)
{
    if (s->handle < 0)
        return;
    put_bytes((unsigned)s->handle, s->to, s->used);
    s->used = 0;
}

static void put(struct sink *s, char c)
{
    if (s->used == s->size)
        flush(s);
    if (s->used < s->size)
        s->to[s->used++] = c;
}

static void put_field(struct sink *s, const char *text, const struct field *f)
{
    unsigned n = (unsigned)strlen(text), pad = f->width > n ? f->width - n : 0;

    while (!f->left && pad) {
        put(s, f->zeros ? '0' : ' ');
        pad--;
    }
    while (*text)
        put(s, *text++);
    while (pad--)
        put(s, ' ');
}

static char *number(char *end, uint32_t n, unsigned base, bool group)
{
    unsigned digits = 0;

    *--end = 0;
    do {
        unsigned digit = n % base;

        if (group && digits && digits % 3 == 0)
            *--end = country_info()->thousands[0];
        *--end = (char)(digit < 10 ? '0' + digit : 'A' + digit - 10);
        n /= base;
        digits++;
    } while (n);
    return end;
}

static const char *parse_field(const char *p, struct field *f, unsigned star)
{
    memset(f, 0, sizeof(*f));
    for (;; p++) {
        if (*p == '-')
            f->left = true;
        else if (*p == '0')
            f->zeros = true;
        else if (*p == ',')
            f->group = true;
        else
            break;
    }
    if (*p == '*') {
        f->width = star;
        return p + 1;
    }
    f->width = parse_number(&p);
    return p;
}

static void format(struct sink *s, const char *p, va_list args)
{
    for (; *p; p++) {
        char digits[DIGITS], one[2] = { 0 };
        struct field f;

        if (*p != '%') {
            put(s, *p);
            continue;
        }
        p = parse_field(p + 1, &f,
                        strchr("-0,*", p[1]) && p[1] == '*' ? va_arg(args, unsigned) : 0);
        if (*p == 's') {
            put_field(s, va_arg(args, const char *), &f);
        } else if (*p == 'u' || *p == 'x') {
            uint32_t n = va_arg(args, uint32_t);

            put_field(s, number(digits + DIGITS, n, *p == 'u' ? 10 : 16, f.group), &f);
        } else if (*p == 'c') {
            one[0] = (char)va_arg(args, int);
            put(s, one[0]);
        } else {
            put(s, *p);
        }
    }
}

void print_to(unsigned handle, const char *text, va_list args)
{
    char buffer[OUT];
    struct sink s = { .to = buffer, .size = sizeof(buffer), .handle = (int)handle };

    format(&s, text, args);
    flush(&s);
}

void print(const char *text, ...)
{
    va_list args;

    va_start(args, text);
    print_to(STDOUT, text, args);
    va_end(args);
}

void format_list(char *to, unsigned size, const char *text, va_list args)
{
    struct sink s = { .to = to, .size = size - 1, .handle = -1 };

    format(&s, text, args);
    to[s.used] = 0;
}

void format_text(char *to, unsigned size, const char *text, ...)
{
    va_list args;

    va_start(args, text);
    format_list(to, size, text, args);
    va_end(args);
}

bool put_bytes(unsigned handle, const void *data, unsigned count)
{
    unsigned done = 0;

    return !count || (!file_write(handle, data, count, &done) && done == count);
}

bool put_text(unsigned handle, const char *s)
{
    return put_bytes(handle, s, (unsigned)strlen(s));
}

const struct country *country_info(void)
{
    static struct country info; /* 34 bytes of the 38h call */
    struct dos_regs r = { .ax = 0x3800, .dx = NEAR16(&info) };

    if (dos(&r) || !info.thousands[0])
        info = (struct country){
            .thousands = ",", .decimal = ".", .date_separator = "-", .time_separator = ":"
        };
    return &info;
}

void date_text(char *to, uint16_t date)
{
    const struct country *c = country_info();
    unsigned day = date & 31, month = date >> 5 & 15, year = (date >> 9) + 80u;
    unsigned parts[3] = { month, day, year % 100 };

    if (c->date_format == 1) {
        parts[0] = day;
        parts[1] = month;
    } else if (c->date_format == 2) {
        parts[0] = year % 100;
        parts[1] = month;
        parts[2] = day;
    }
    format_text(to, 9, "%02u%c%02u%c%02u", parts[0], c->date_separator[0], parts[1],
                c->date_separator[0], parts[2]);
}

void time_text(char *to, uint16_t time)
{
    const struct country *c = country_info();
    unsigned hour = time >> 11, minute = time >> 5 & 63;

    if (c->time_format & 1)
        format_text(to, 8, "%2u%c%02u", hour, c->time_separator[0], minute);
    else
        format_text(to, 8, "%2u%c%02u%c", hour % 12 ? hour % 12 : 12, c->time_separator[0], minute,
                    hour < 12 ? 'a' : 'p');
}
