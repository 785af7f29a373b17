/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window's sizes, host key and pen. */
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>

#include "gui/window/geometry.h"
#include "gui/window/hostkey.h"
#include "gui/window/strokes.h"
#include "tests/check_main.h"

/* Modes of a VGA with the shape of their pixels that makes them 4:3. */
static const struct {
    int w, h, num, den;
} modes[] = {
    { 720, 400, 20, 27 }, { 640, 400, 5, 6 },  { 640, 480, 1, 1 }, { 640, 350, 35, 48 },
    { 320, 200, 5, 6 },   { 640, 200, 5, 12 }, { 800, 600, 1, 1 }, { 1280, 1024, 16, 15 },
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

START_TEST(every_mode_fills_a_window_of_four_to_three)
{
    for (unsigned i = 0; i < MODES; i++) {
        struct geometry g;

        geometry_fit(&g, modes[i].w, modes[i].h, modes[i].num, modes[i].den, 960, 720,
                     SCALING_SHARP);
        ck_assert_int_eq(g.x, 0);
        ck_assert_int_eq(g.y, 0);
        ck_assert_int_eq(g.w, 960);
        ck_assert_int_eq(g.h, 720);
    }
}
END_TEST

START_TEST(other_windows_keep_four_to_three_with_black_around)
{
    for (unsigned i = 0; i < MODES; i++) {
        struct geometry g;

        geometry_fit(&g, modes[i].w, modes[i].h, modes[i].num, modes[i].den, 1920, 1056,
                     SCALING_SHARP);
        ck_assert_int_eq(g.w, 1408);
        ck_assert_int_eq(g.h, 1056);
        ck_assert_int_eq(g.x, 256);
        ck_assert_int_eq(g.y, 0);
        geometry_fit(&g, modes[i].w, modes[i].h, modes[i].num, modes[i].den, 300, 1000,
                     SCALING_SHARP);
        ck_assert_int_eq(g.w, 300);
        ck_assert_int_eq(g.h, 225);
        ck_assert_int_eq(g.y, 387);
    }
}
END_TEST

START_TEST(places_in_the_picture_are_a_guests_positions)
{
    struct geometry g;
    uint16_t x, y;

    geometry_fit(&g, 640, 400, 5, 6, 1000, 600, SCALING_SHARP); /* 800 x 600 at 100, 0 */
    ck_assert(geometry_position(&g, 100, 0, &x, &y));
    ck_assert_uint_eq(x, 40); /* the middle of the first pixel */
    ck_assert_uint_eq(y, 54);
    ck_assert(geometry_position(&g, 899, 599, &x, &y));
    ck_assert_uint_eq(x, 65495);
    ck_assert_uint_eq(y, 65481);
    ck_assert(geometry_position(&g, 500, 300, &x, &y));
    ck_assert_uint_eq(x, 32808); /* just right of the middle */
    /* Black around the picture, and beyond the window: the nearest place. */
    ck_assert(!geometry_position(&g, 99, 300, &x, &y));
    ck_assert_uint_eq(x, 40);
    ck_assert(!geometry_position(&g, 900, 700, &x, &y));
    ck_assert(x == 65495 && y == 65481);
    ck_assert(!geometry_position(&g, -1000000, -1, &x, &y));
    ck_assert(x == 40 && y == 54);
    /* Every cell of a text screen is met by its pixels and by no others. */
    for (int i = 0; i < 800; i++) {
        geometry_position(&g, 100 + i, 0, &x, &y);
        ck_assert_int_eq(x * 80 / 65536, i / 10);
    }
    g = (struct geometry){ 0 };
    ck_assert(!geometry_position(&g, 0, 0, &x, &y)); /* nothing is shown yet */
}
END_TEST

START_TEST(the_first_step_enlarges_to_the_final_size_or_beyond)
{
    for (unsigned i = 0; i < MODES; i++) {
        for (int w = 200; w < 3000; w += 37) {
            struct geometry g;

            geometry_fit(&g, modes[i].w, modes[i].h, modes[i].num, modes[i].den, w, 900,
                         SCALING_SHARP);
            ck_assert_int_ge(g.pre_x * modes[i].w, g.w);
            ck_assert_int_ge(g.pre_y * modes[i].h, g.h);
            ck_assert(g.pre_x == 1 || (g.pre_x - 1) * modes[i].w < g.w);
            ck_assert_int_eq(g.direct, g.pre_x * modes[i].w == g.w && g.pre_y * modes[i].h == g.h);
            ck_assert(g.x >= 0 && g.y >= 0 && g.x + g.w <= w && g.y + g.h <= 900);
        }
    }
}
END_TEST

START_TEST(twice_the_size_needs_no_filter)
{
    struct geometry g;

    geometry_fit(&g, 640, 480, 1, 1, 1280, 960, SCALING_SHARP);
    ck_assert(g.direct && g.pre_x == 2 && g.pre_y == 2);
}
END_TEST

START_TEST(whole_pixels_take_the_largest_fair_shape)
{
    struct geometry g;

    geometry_fit(&g, 320, 200, 5, 6, 1600, 1200, SCALING_INTEGER);
    ck_assert(g.direct && g.pre_x == 5 && g.pre_y == 6);
    geometry_fit(&g, 320, 200, 5, 6, 1300, 1000, SCALING_INTEGER); /* 1280 x 1000 is 4 % off */
    ck_assert(g.direct && g.pre_x == 4 && g.pre_y == 5);
    geometry_fit(&g, 640, 480, 1, 1, 1900, 1000, SCALING_INTEGER);
    ck_assert(g.direct && g.pre_x == 2 && g.pre_y == 2 && g.x == 310 && g.y == 20);
}
END_TEST

START_TEST(whole_pixels_are_square_where_no_shape_is_fair)
{
    struct geometry g;

    geometry_fit(&g, 720, 400, 20, 27, 1000, 720, SCALING_INTEGER);
    ck_assert(g.direct && g.pre_x == 1 && g.pre_y == 1 && g.w == 720 && g.h == 400);
}
END_TEST

START_TEST(whole_pixels_that_do_not_fit_are_shrunk)
{
    struct geometry g;

    geometry_fit(&g, 1280, 1024, 16, 15, 640, 480, SCALING_INTEGER);
    ck_assert_int_eq(g.w, 640);
    ck_assert_int_eq(g.h, 480);
    ck_assert_int_eq(g.pre_x, 1);
}
END_TEST

START_TEST(no_size_is_too_odd)
{
    static const int sizes[] = { 1, 2, 3, 100, 2048 };
    static const int shapes[] = { 1, 2, 65535 };
    struct geometry g;

    for (int i = 0; i < 5 * 5 * 3 * 3 * 5 * 2; i++) {
        int n = i, w = sizes[n % 5], h = sizes[n / 5 % 5], num = shapes[n / 25 % 3],
            den = shapes[n / 75 % 3], area = sizes[n / 225 % 5] - 1;

        geometry_fit(&g, w, h, num, den, area, 700, n / 1125 ? SCALING_INTEGER : SCALING_SHARP);
        ck_assert(g.w >= 1 && g.h >= 1 && g.pre_x >= 1 && g.pre_y >= 1);
        ck_assert(g.pre_x == 1 || g.pre_x * w <= GEOMETRY_MAX);
        ck_assert(g.pre_y == 1 || g.pre_y * h <= GEOMETRY_MAX);
    }
}
END_TEST

/* ---- the host key ---- */

/* Down is the code, up its negative; the results as letters. */
static const char *host_keys(const int *codes, int count)
{
    static char results[32];
    struct hostkey host = { .alone = false };

    for (int i = 0; i < count; i++)
        results[i] = "pRC"[hostkey_feed(&host, (unsigned)abs(codes[i]), codes[i] > 0)];
    results[count] = 0;
    return results;
}

#define HOST_KEYS(...)                                                                             \
    host_keys((const int[]){ __VA_ARGS__ },                                                        \
              (int)(sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int)))

START_TEST(ctrl_and_alt_alone_give_the_mouse_back_when_released)
{
    ck_assert_str_eq(HOST_KEYS(29, 56, -56, -29), "ppRp");
    ck_assert_str_eq(HOST_KEYS(56, 29, -56, -29), "ppRp");
    ck_assert_str_eq(HOST_KEYS(97, 100, -97, -100), "ppRp");
}
END_TEST

START_TEST(ctrl_alt_and_another_key_are_the_guests)
{
    ck_assert_str_eq(HOST_KEYS(29, 56, KEY_X, -KEY_X, -56, -29), "pppppp");
    ck_assert_str_eq(HOST_KEYS(29, 56, KEY_DELETE, -56, -29, -KEY_DELETE), "pppppp");
    ck_assert_str_eq(HOST_KEYS(KEY_F, 29, -KEY_F, -29), "pppp");
    ck_assert_str_eq(HOST_KEYS(29, KEY_F, -KEY_F, -29), "pppp");
}
END_TEST

START_TEST(ctrl_alt_f_is_the_windows_and_does_not_release)
{
    ck_assert_str_eq(HOST_KEYS(29, 56, KEY_F, -KEY_F, -56, -29), "ppCppp");
    ck_assert_str_eq(HOST_KEYS(29, 56, KEY_B, -KEY_B, KEY_I, -KEY_I, KEY_P), "ppCpCpC");
}
END_TEST

START_TEST(a_click_in_between_is_no_release)
{
    struct hostkey host = { .alone = false };

    hostkey_feed(&host, KEY_LEFTCTRL, true);
    hostkey_feed(&host, KEY_LEFTALT, true);
    hostkey_spoil(&host);
    ck_assert_int_eq(hostkey_feed(&host, KEY_LEFTALT, false), HOSTKEY_PASS);
}
END_TEST

/* ---- the pen ---- */

START_TEST(every_printable_character_has_its_own_shape)
{
    enum { SIZE = 40 };
    static uint8_t shapes[128][SIZE * SIZE];

    for (int c = 1; c < 127; c++) {
        int ink = 0;

        if (c >= ICON_COUNT && c < ' ')
            continue;
        glyph_draw((unsigned char)c, 2, 2, shapes[c], SIZE, SIZE, SIZE);
        for (int i = 0; i < SIZE * SIZE; i++)
            ink += shapes[c][i] > 127;
        ck_assert_msg(c == ' ' || ink > 3, "character %d is empty", c);
        ck_assert_int_le(glyph_width((unsigned char)c), GLYPH_MOST - 1);
        for (int d = 1; d < c; d++)
            ck_assert_msg(memcmp(shapes[c], shapes[d], SIZE * SIZE) || (d < ' ' && d >= ICON_COUNT),
                          "characters %d and %d look the same", c, d);
    }
}
END_TEST

START_TEST(nothing_is_drawn_outside)
{
    enum { CELL = (GLYPH_MOST + 2) * 3 + 4, EDGE = CELL + 8 };
    static uint8_t alpha[EDGE * EDGE];

    for (int c = 1; c < 128; c++) {
        memset(alpha, 0, sizeof(alpha));
        glyph_draw((unsigned char)c, 3, 2, alpha + 4 * EDGE + 4, CELL, CELL, EDGE);
        for (int i = 0; i < EDGE * EDGE; i++) {
            int x = i % EDGE, y = i / EDGE;

            ck_assert(!alpha[i] || (x >= 4 && x < EDGE - 4 && y >= 4 && y < EDGE - 4));
        }
        /* ... and the edge of the cell itself stays free: nothing was cut off there */
        for (int i = 0; i < CELL; i++)
            ck_assert_int_eq(alpha[(4 + i) * EDGE + 4 + CELL - 1], 0);
    }
}
END_TEST

START_TEST(texts_lose_accents_and_say_when_they_lose_more)
{
    char text[16];

    ck_assert_int_eq(text_plain("B\303\274ro \342\200\231\071\061", text, sizeof(text)), 1);
    ck_assert_str_eq(text, "Buro '91");
    ck_assert_int_eq(text_plain("\355\225\234\352\270\200", text, sizeof(text)), 0);
    ck_assert_int_eq(text_plain("\377broken", text, sizeof(text)), 0);
    ck_assert_int_eq(text_plain("a text that is too long", text, sizeof(text)), 1);
    ck_assert_str_eq(text, "a text that is ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("window");

    CHECK_CASE(suite, "sharp", every_mode_fills_a_window_of_four_to_three,
               other_windows_keep_four_to_three_with_black_around,
               the_first_step_enlarges_to_the_final_size_or_beyond,
               places_in_the_picture_are_a_guests_positions, twice_the_size_needs_no_filter,
               no_size_is_too_odd);
    CHECK_CASE(suite, "whole pixels", whole_pixels_take_the_largest_fair_shape,
               whole_pixels_are_square_where_no_shape_is_fair,
               whole_pixels_that_do_not_fit_are_shrunk);
    CHECK_CASE(suite, "host key", ctrl_and_alt_alone_give_the_mouse_back_when_released,
               ctrl_alt_and_another_key_are_the_guests,
               ctrl_alt_f_is_the_windows_and_does_not_release, a_click_in_between_is_no_release);
    CHECK_CASE(suite, "pen", every_printable_character_has_its_own_shape, nothing_is_drawn_outside,
               texts_lose_accents_and_say_when_they_lose_more);
    return check_main(suite);
}
