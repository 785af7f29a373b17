/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kind of diskette a raw image is, told by its size alone. */
#include "devices/storage/i82077.h"

enum { R500K = 1 << 0, R300K = 1 << 1, R250K = 1 << 2, R1M = 1 << 3 };

/* 5.25" double density turns at 300 rpm in its own drive (250 kb/s) and at 360 rpm in a 1.2 MB
 * drive (300 kb/s); which one this is the image does not say. */
#define DD525 (R250K | R300K)

static const struct i82077_format known[] = {
    { 40, 1, 8, DD525 },  { 40, 1, 9, DD525 },  { 40, 2, 8, DD525 },  { 40, 2, 9, DD525 },
    { 80, 2, 9, R250K },  { 80, 2, 15, R500K }, { 80, 2, 18, R500K }, { 80, 2, 21, R500K },
    { 82, 2, 21, R500K }, { 80, 2, 36, R1M },
};

static uint8_t rates_of(unsigned cylinders, unsigned sectors)
{
    if (cylinders < 77)
        return DD525;
    return sectors <= 11 ? R250K : sectors <= 24 ? R500K : R1M;
}

/* Formats that went a little over what the maker meant: more cylinders, more sectors. */
static bool find_unusual(uint64_t count, struct i82077_format *format)
{
    static const uint8_t spt[] = {
        18, 15, 9, 8, 10, 11, 21, 20, 19, 22, 23, 24, 36, 39, 40, 44, 48
    };

    for (unsigned i = 0; i < sizeof(spt); i++)
        for (unsigned heads = 2; heads > 0; heads--) {
            uint64_t cylinders = count / (spt[i] * heads);
            bool c40 = cylinders >= 40 && cylinders <= 43 && spt[i] <= 11;

            if (count % (spt[i] * heads) == 0 && (c40 || (cylinders >= 77 && cylinders <= 84))) {
                *format = (struct i82077_format){ (uint8_t)cylinders, (uint8_t)heads, spt[i],
                                                  rates_of((unsigned)cylinders, spt[i]) };
                return true;
            }
        }
    return false;
}

bool i82077_format(uint64_t image_size, struct i82077_format *format)
{
    if (image_size % 512)
        return false;
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (image_size == 512u * known[i].cylinders * known[i].heads * known[i].sectors) {
            *format = known[i];
            return true;
        }
    return find_unusual(image_size / 512, format);
}

unsigned i82077_cmos_type(uint64_t image_size)
{
    struct i82077_format format;

    if (!i82077_format(image_size, &format))
        return 4;
    if (format.cylinders < 77)
        return 1;
    if (format.rates == R250K)
        return 3;
    if (format.rates == R1M)
        return 5;
    return format.sectors == 15 ? 2 : 4;
}
