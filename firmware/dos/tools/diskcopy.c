/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DISKCOPY: one diskette's sectors to another. */
#include "floppy.h"

static const char help[] =
    "Copies the contents of one diskette to another.\r\n\r\n"
    "DISKCOPY [drive1: [drive2:]] [/1] [/V]\r\n\r\n"
    "  /1  only the first side\r\n"
    "  /V  reads what was written and compares\r\n\r\n"
    "ERRORLEVEL: 0 done, 1 some sectors could not be read or written, 2 ended by Ctrl-C,\r\n"
    "3 a fatal error, 4 it could not begin.\r\n";

enum { WRITE_PROTECTED = 19, NOT_READY = 21, BOOT_SIGNATURE = 38, BOOT_SERIAL = 39 };

static const char *const names[2] = { "SOURCE", "TARGET" };
static uint8_t back[TRACK_BYTES + 15]; /* what /V reads */
static bool formatting;

/* A copy is a volume of its own. */
static void renumber(uint16_t segment)
{
    uint32_t serial = new_serial();

    if (far_get8(segment, BOOT_SIGNATURE) != EXTENDED_BOOT || far_get16(segment, 510) != BOOT_MARK)
        return;
    far_put16(segment, BOOT_SERIAL, (uint16_t)serial);
    far_put16(segment, BOOT_SERIAL + 2, (uint16_t)(serial >> 16));
}

static bool same_as_written(const struct pair *p, unsigned n, uint16_t segment)
{
    uint16_t there = (uint16_t)(own_segment() + (NEAR16(back) + 15u) / 16);

    if (pair_track(p, 1, GENERIC_READ, n, there))
        return false;
    for (unsigned i = 0; i < p->sectors * SECTOR; i += 2)
        if (far_get16(there, (uint16_t)i) != far_get16(segment, (uint16_t)i))
            return false;
    return true;
}

/* 0 or an exit code, its sentence said. */
static int write_track(const struct pair *p, unsigned n, uint16_t segment)
{
    unsigned error = 0;

    if (!formatting) {
        error = pair_track(p, 1, GENERIC_WRITE, n, segment);
        if (error && error != WRITE_PROTECTED && error != NOT_READY && !n) {
            print("\r\nFormatting while copying\r\n");
            formatting = true;
        }
    }
    if (formatting) {
        error = pair_track(p, 1, GENERIC_FORMAT, n, segment);
        if (!error || (error != WRITE_PROTECTED && error != NOT_READY))
            error = pair_track(p, 1, GENERIC_WRITE, n, segment);
    }
    if (error == WRITE_PROTECTED) {
        print("\r\nWrite protect error\r\n");
        return EXIT_FATAL;
    }
    if (error == NOT_READY) {
        print("\r\nDrive not ready\r\n");
        return EXIT_FATAL;
    }
    if (error && !n) {
        print("\r\nDrive types or diskette types\r\nnot compatible\r\n");
        return EXIT_FATAL;
    }
    if (!error && (!p->verify || same_as_written(p, n, segment)))
        return 0;
    print("\r\nUnrecoverable write error on drive %c:\r\nside %u, track %u\r\n", 'A' + p->drive[1],
          n % p->usable_heads, n / p->usable_heads);
    return EXIT_DIFFERENT;
}

static int copy(struct pair *p)
{
    int result = EXIT_SAME;
    unsigned all = 1;

    formatting = false;
    pair_ask(p, 0, names, true);
    if (!pair_geometry(p))
        return EXIT_FATAL;
    print("\r\nCopying %u tracks\r\n%u sectors per track, %u side(s)\r\n", p->cylinders, p->sectors,
          p->usable_heads);
    all = pair_tracks(p);
    for (unsigned done = 0; done < all;) {
        unsigned part = all - done < p->room ? all - done : p->room;

        if (done)
            pair_ask(p, 0, names, false);
        for (unsigned i = 0; i < part; i++)
            if (!pair_read(p, 0, done + i, pair_segment(p, i)))
                result = EXIT_DIFFERENT;
        if (!done)
            renumber(p->memory);
        pair_ask(p, 1, names, false);
        pair_use(p, 1);
        for (unsigned i = 0; i < part; i++) {
            int code = write_track(p, done + i, pair_segment(p, i));

            if (code == EXIT_FATAL)
                return code;
            if (code)
                result = code;
        }
        done += part;
    }
    if (result)
        print("\r\nTARGET diskette may be unusable\r\n");
    return result;
}

static void print_copy_serial(const struct pair *p)
{
    struct boot_sector boot;

    if (!sector_read(p->drive[1], 0, &boot) && boot.signature == EXTENDED_BOOT)
        print_serial(boot.serial);
}

int com_main(void)
{
    struct pair p = { 0 };
    int code = pair_arguments(&p, help, "V");

    if (code)
        return code == PAIR_HELP ? 0 : code;
    break_with(EXIT_BREAK);
    if (!pair_memory(&p))
        return EXIT_START;
    do {
        code = copy(&p);
        if (code != EXIT_FATAL) {
            print("\r\n");
            print_copy_serial(&p);
        } else {
            print("\r\nCopy process ended\r\n");
        }
        drive_forget(p.drive[0]);
        drive_forget(p.drive[1]);
    } while (ask_yes("\r\nCopy another diskette"));
    return code;
}
