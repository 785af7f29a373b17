/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Characters and colours.  The first sixteen colours of a terminal are whatever its owner likes; a
 * terminal with 256 has 240 more that are the same everywhere, so the guest's palette is found
 * among those.
 */
#include "gui/terminal/colour.h"

static const unsigned char ansi[8] = { 0, 4, 2, 6, 1, 5, 3, 7 }; /* red and blue change places */

static int channel(int n, unsigned shift)
{
    static const unsigned char levels[] = { 0, 95, 135, 175, 215, 255 };
    int cube = n - 16;

    if (n >= 232)
        return 8 + 10 * (n - 232);
    return levels[shift == 16 ? cube / 36 : shift == 8 ? cube / 6 % 6 : cube % 6];
}

int colour_nearest(unsigned index, uint32_t rgb, int colours)
{
    long best_error = -1;
    int best = 16;

    if (colours < 256)
        return ansi[index & 7] | (int)(index & 8);
    for (int n = 16; n < 256; n++) {
        long error = 0;

        for (unsigned shift = 0; shift <= 16; shift += 8) {
            long d = (long)(rgb >> shift & 0xff) - channel(n, shift);

            error += d * d;
        }
        if (best_error < 0 || error < best_error) {
            best = n;
            best_error = error;
        }
    }
    return best;
}

int colour_of_eight(unsigned index)
{
    return index == 8 ? 0 : ansi[index & 7];
}

char cp437_to_ascii(uint8_t c)
{
    static const char low[] = " oo****oooomf##*><|!PS_|^v><L-^v";
    static const char high[] = "CueaaaaceeeiiiAAEaAooouuyOUc$YPf"
                               "aiounNao?__%%!<>"
                               ".:#|++++++|+++++"
                               "++++-++++++++=++"
                               "+++++++++++#_||^"
                               "aBGpSsutFTOd8fen"
                               "=+><||:~o..vn2# ";

    if (c < 32)
        return low[c];
    if (c == 127)
        return '^';
    return c < 128 ? (char)c : high[c - 128];
}
