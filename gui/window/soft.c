/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "gui/window/soft.h"

/*
 * Enlarged, a pixel holds at most two smaller ones, each by the share of it that it covers. Shrunk,
 * it lies somewhere between two of them; what it jumps over is lost, but nobody reads a screen of
 * less than half its size.
 */
void soft_taps(struct soft_tap *taps, int large, int small)
{
    for (int64_t i = 0; i < large; i++) {
        int64_t begin = i * small, at, weight;

        if (large >= small) {
            at = begin / large;
            weight = begin + small - (at + 1) * large; /* of what lies in the next one */
            weight = weight > 0 ? weight * 256 / small : 0;
        } else {
            begin = 2 * begin + small - large; /* the middle, in halves; never less than 0 */
            at = begin / (2 * large);
            weight = begin % (2 * large) * 256 / (2 * large);
        }
        taps[i] = (struct soft_tap){ (uint16_t)at, (uint16_t)(at + 1 < small ? weight : 0) };
    }
}

void soft_span(int large, int small, int first, int count, int *from, int *to)
{
    int64_t begin = (int64_t)first * large / small - 1;
    int64_t end = ((int64_t)(first + count) * large + small - 1) / small + 1;

    *from = begin > 0 ? (int)begin : 0;
    *to = end < large ? (int)end : large;
}

static uint32_t mix(uint32_t a, uint32_t b, uint32_t weight)
{
    uint32_t odd = (a & 0xff00ff) * (256 - weight) + (b & 0xff00ff) * weight;
    uint32_t even = (a & 0x00ff00) * (256 - weight) + (b & 0x00ff00) * weight;

    return (odd >> 8 & 0xff00ff) | (even >> 8 & 0x00ff00);
}

static uint32_t across(const uint32_t *row, struct soft_tap tap)
{
    return tap.weight ? mix(row[tap.at], row[tap.at + 1], tap.weight) : row[tap.at];
}

static bool same(struct soft_tap a, struct soft_tap b)
{
    return a.at == b.at && a.weight == b.weight;
}

void soft_scale(const struct soft_picture *picture, const struct soft_tap *columns,
                const struct soft_tap *rows, int x0, int y0, int x1, int y1, uint32_t *to,
                int pitch)
{
    for (int y = y0; y < y1; y++, to += pitch) {
        const uint32_t *row = picture->pixels + (size_t)rows[y].at * (size_t)picture->width;
        uint32_t weight = rows[y].weight;

        if (y > y0 && same(rows[y], rows[y - 1])) {
            memcpy(to, to - pitch, (size_t)(x1 - x0) * sizeof(*to));
            continue;
        }
        for (int x = x0; x < x1; x++) {
            uint32_t pixel = across(row, columns[x]);

            to[x - x0] =
                weight ? mix(pixel, across(row + picture->width, columns[x]), weight) : pixel;
        }
    }
}
