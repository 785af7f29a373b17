/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DISKCOMP: are two diskettes' sectors the same? */
#include "floppy.h"

static const char help[] =
    "Compares the contents of two diskettes.\r\n\r\n"
    "DISKCOMP [drive1: [drive2:]] [/1] [/8]\r\n\r\n"
    "  /1  only the first sides\r\n"
    "  /8  only eight sectors of each track\r\n\r\n"
    "Serial numbers may differ.  ERRORLEVEL: 0 they are the same, 1 they are not, 2 ended\r\n"
    "by Ctrl-C, 3 a fatal error, 4 it could not begin.\r\n";

enum { SERIAL_START = 39, SERIAL_END = 43 };

static const char *const names[2] = { "FIRST", "SECOND" };
static uint8_t other[TRACK_BYTES + 15];

static bool same_track(const struct pair *p, unsigned n, uint16_t segment, uint16_t there)
{
    unsigned sectors = p->eight && p->sectors > 8 ? 8 : p->sectors;

    for (unsigned i = 0; i < sectors * SECTOR; i++) {
        if (!n && i >= SERIAL_START && i < SERIAL_END)
            continue;
        if (far_get8(segment, (uint16_t)i) != far_get8(there, (uint16_t)i))
            return false;
    }
    return true;
}

static int compare(struct pair *p)
{
    uint16_t there = (uint16_t)(own_segment() + (NEAR16(other) + 15u) / 16);
    int result = EXIT_SAME;
    unsigned all;

    pair_ask(p, 0, names, true);
    if (!pair_geometry(p))
        return EXIT_FATAL;
    print("\r\nComparing %u tracks\r\n%u sectors per track, %u side(s)\r\n", p->cylinders,
          p->sectors, p->usable_heads);
    all = pair_tracks(p);
    for (unsigned done = 0; done < all;) {
        unsigned part = all - done < p->room ? all - done : p->room;

        if (done)
            pair_ask(p, 0, names, false);
        for (unsigned i = 0; i < part; i++)
            if (!pair_read(p, 0, done + i, pair_segment(p, i)))
                result = EXIT_DIFFERENT;
        pair_ask(p, 1, names, false);
        pair_use(p, 1);
        for (unsigned i = 0; i < part; i++) {
            unsigned n = done + i;

            if (pair_track(p, 1, GENERIC_READ, n, there) && !n) {
                print("\r\nDrive types or diskette types\r\nnot compatible\r\n");
                return EXIT_FATAL;
            }
            if (pair_read(p, 1, n, there) && same_track(p, n, pair_segment(p, i), there))
                continue;
            print("\r\nCompare error on\r\nside %u, track %u\r\n", n % p->usable_heads,
                  n / p->usable_heads);
            result = EXIT_DIFFERENT;
        }
        done += part;
    }
    if (!result)
        print("\r\nCompare OK\r\n");
    return result;
}

int com_main(void)
{
    struct pair p = { 0 };
    int code = pair_arguments(&p, help, "8");

    if (code)
        return code == PAIR_HELP ? 0 : code;
    break_with(EXIT_BREAK);
    if (!pair_memory(&p))
        return EXIT_START;
    do {
        code = compare(&p);
        if (code == EXIT_FATAL)
            print("\r\nCompare process ended\r\n");
        drive_forget(p.drive[0]);
        drive_forget(p.drive[1]);
    } while (ask_yes("\r\nCompare another diskette"));
    return code;
}
