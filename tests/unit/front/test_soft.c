/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Enlarging by the processor. */
#include <stdlib.h>
#include <string.h>

#include "gui/window/soft.h"
#include "tests/check_main.h"

enum { W = 45, H = 31, MOST = 400 };

static uint32_t small[W * H], whole[MOST * MOST], part[MOST * MOST];
static struct soft_tap columns[MOST], rows[MOST];
static const struct soft_picture picture = { small, W, H };

static void begin(int width, int height)
{
    for (uint32_t i = 0; i < W * H; i++)
        small[i] = i * 2654435761u >> 8;
    soft_taps(columns, width, W);
    soft_taps(rows, height, H);
    soft_scale(&picture, columns, rows, 0, 0, width, height, whole, MOST);
}

START_TEST(whole_factors_repeat_pixels)
{
    for (int f = 1; f <= 8; f++) {
        begin(f * W, f * H);
        for (int y = 0; y < f * H; y++) {
            unsigned wrong = 0;

            for (int x = 0; x < f * W; x++)
                wrong += whole[y * MOST + x] != small[y / f * W + x / f];
            ck_assert_uint_eq(wrong, 0);
        }
    }
}
END_TEST

/* What is one colour stays it, and between two there is nothing outside of them. */
START_TEST(colours_are_kept)
{
    begin(W, H);
    for (int width = 20; width < MOST; width += 13) {
        for (int i = 0; i < W * H; i++)
            small[i] = i % W < 20 ? 0x102030 : 0xf0e0d0;
        soft_taps(columns, width, W);
        soft_taps(rows, 200, H);
        soft_scale(&picture, columns, rows, 0, 0, width, 200, whole, MOST);
        for (int y = 0; y < 200; y++) {
            unsigned mixed = 0, strange = 0;

            for (int x = 0; x < width; x++) {
                uint32_t p = whole[y * MOST + x];

                mixed += p != 0x102030 && p != 0xf0e0d0;
                strange +=
                    (p >> 16) < 0x10 || (p >> 16) > 0xf0 || (p & 255) < 0x30 || (p & 255) > 0xd0;
            }
            ck_assert_uint_eq(strange, 0);
            ck_assert_uint_le(mixed, width < W ? 2 : 1); /* only the edge is mixed */
        }
    }
}
END_TEST

START_TEST(a_part_is_as_in_the_whole)
{
    static const int sizes[][2] = { { 45, 31 }, { 97, 64 }, { 200, 93 }, { 399, 399 }, { 30, 20 } };

    for (unsigned i = 0; i < 5; i++) {
        int w = sizes[i][0], h = sizes[i][1];

        begin(w, h);
        memcpy(part, whole, sizeof(part));
        for (unsigned n = 0; n < 60; n++) {
            int x = rand() % W, y = rand() % H, cx = 1 + rand() % (W - x),
                cy = 1 + rand() % (H - y);
            int x0, y0, x1, y1;

            /* A rectangle changes; only what it says it touches is drawn. */
            for (int at = 0; at < cx * cy; at++)
                small[(y + at / cx) * W + x + at % cx] = (uint32_t)rand() & 0xffffff;
            soft_span(w, W, x, cx, &x0, &x1);
            soft_span(h, H, y, cy, &y0, &y1);
            ck_assert(x0 >= 0 && x0 < x1 && x1 <= w && y0 >= 0 && y0 < y1 && y1 <= h);
            soft_scale(&picture, columns, rows, x0, y0, x1, y1, part + y0 * MOST + x0, MOST);
            soft_scale(&picture, columns, rows, 0, 0, w, h, whole, MOST);
            for (int row = 0; row < h; row++)
                ck_assert(!memcmp(part + row * MOST, whole + row * MOST, (size_t)w * 4));
        }
    }
}
END_TEST

START_TEST(taps_stay_inside)
{
    static struct soft_tap taps[5000];

    for (int large = 1; large < 5000; large += 61)
        for (int least = 1; least < 2048; least = least * 2 + 1) {
            unsigned outside = 0;

            soft_taps(taps, large, least);
            for (int i = 0; i < large; i++)
                outside += taps[i].at + (taps[i].weight != 0) >= least || taps[i].weight > 255;
            ck_assert_msg(!outside, "%d of %d", large, least);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("enlarging");

    srand(1991);
    CHECK_CASE(suite, "soft", whole_factors_repeat_pixels, colours_are_kept,
               a_part_is_as_in_the_whole, taps_stay_inside);
    return check_main(suite);
}
