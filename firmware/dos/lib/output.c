/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard output, buffered. */
#include "text.h"

enum { OUT_BUFFER = 1024, OUT_FORMATTED = 256 };

static char buffer[OUT_BUFFER];
static unsigned used;
static bool failed;

static void flush(void)
{
    unsigned done, error;

    if (!used || failed)
        return;
    error = file_write(STDOUT, buffer, used, &done);
    if (error || (done < used && !handle_is_device(STDOUT))) {
        failed = true;
        complain_error(error ? error : 112, NULL);
    }
    used = 0;
}

void out_bytes(const void *data, unsigned count)
{
    const char *from = data;

    while (count) {
        unsigned n = OUT_BUFFER - used < count ? OUT_BUFFER - used : count;

        memcpy(buffer + used, from, n);
        from += n;
        count -= n;
        used += n;
        if (used == OUT_BUFFER) {
            flush();
            used = 0;
        }
    }
}

void out_char(char c)
{
    static uint8_t device; /* 0: not known yet, 1 no, 2 yes */

    out_bytes(&c, 1);
    if (c != '\n')
        return;
    if (!device)
        device = handle_is_device(STDOUT) ? 2 : 1;
    if (device == 2)
        flush();
}

void out_text(const char *s)
{
    while (*s)
        out_char(*s++);
}

void out(const char *format, ...)
{
    char text[OUT_FORMATTED];
    va_list args;

    va_start(args, format);
    format_list(text, sizeof(text), format, args);
    va_end(args);
    out_text(text);
}

bool out_good(void)
{
    return !failed;
}

bool out_end(void)
{
    flush();
    return !failed;
}
