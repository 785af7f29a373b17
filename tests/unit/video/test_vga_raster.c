/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers that change while the beam draws. */
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/video/vga_bench.h"

enum { VISIBLE = 100, BETWEEN = 700 }; /* dots of a line of 800, of which 640 are seen */
enum { RED = 0xff0000, BLUE = 0x0000ff };

/* Lets the beam go to a dot of a scan line, in the modes of 25.175 MHz. */
static void to_line(struct vga_bench *v, unsigned lines, unsigned frame, unsigned line,
                    unsigned dot)
{
    uint64_t dots = ((uint64_t)frame * lines + line) * 800 + dot;

    vclock_advance(v->b->board->clock, vclock_tick_deadline(dots, 25175000));
}

/* Mode 12h: 480 of 525 lines, retrace in 490. */
static void to_line_12(struct vga_bench *v, unsigned frame, unsigned line, unsigned dot)
{
    to_line(v, 525, frame, line, dot);
}

START_TEST(a_colour_counts_from_the_line_of_the_beam_on)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_dac(&v, 0, 0, 0, 0);
    to_line_12(&v, 2, 100, VISIBLE);
    vb_dac(&v, 0, 63, 0, 0);
    to_line_12(&v, 2, 200, BETWEEN); /* the line has been drawn */
    vb_dac(&v, 0, 0, 0, 63);
    to_line_12(&v, 2, 490, 0);
    ck_assert_uint_ge(vb_draw_now(&v, true, 0), 1);
    ck_assert_uint_eq(vb_pixel(&v, 639, 99), 0);
    ck_assert_uint_eq(vb_pixel(&v, 0, 100), RED);
    ck_assert_uint_eq(vb_pixel(&v, 320, 200), RED);
    ck_assert_uint_eq(vb_pixel(&v, 0, 201), BLUE);
    ck_assert_uint_eq(vb_pixel(&v, 639, 479), BLUE);
    /* In the middle of the next frame the last whole one is seen, and has not changed. */
    to_line_12(&v, 3, 50, VISIBLE);
    ck_assert_uint_eq(vb_draw_now(&v, false, 0), 0);
    to_line_12(&v, 3, 490, 0);
    ck_assert_uint_eq(vb_draw_now(&v, false, 0), 1);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), BLUE);
    vb_free(&v);
}
END_TEST

START_TEST(bars_in_every_frame_are_damage_once)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_dac(&v, 0, 0, 0, 0);
    for (unsigned frame = 1; frame < 5; frame++) {
        to_line_12(&v, frame, 64, BETWEEN);
        vb_dac(&v, 0, 63, 0, 0);
        to_line_12(&v, frame, 128, BETWEEN);
        vb_dac(&v, 0, 0, 0, 0);
        to_line_12(&v, frame, 490, 0);
        ck_assert_uint_eq(vb_draw_now(&v, false, 0), frame == 1 ? 1 : 0);
        ck_assert_uint_eq(vb_pixel(&v, 0, 64), 0);
        ck_assert_uint_eq(vb_pixel(&v, 0, 65), RED);
        ck_assert_uint_eq(vb_pixel(&v, 0, 128), RED);
        ck_assert_uint_eq(vb_pixel(&v, 0, 129), 0);
    }
    vb_free(&v);
}
END_TEST

START_TEST(what_changes_in_retrace_counts_for_the_whole_picture)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    to_line_12(&v, 1, 485, VISIBLE);
    vb_dac(&v, 0, 63, 0, 0);
    to_line_12(&v, 2, 490, 0);
    vb_draw_now(&v, true, 0);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), RED);
    ck_assert_uint_eq(vb_pixel(&v, 639, 479), RED);
    vb_free(&v);
}
END_TEST

START_TEST(start_address_is_taken_at_the_retrace)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_dac(&v, 0, 0, 0, 0);
    vb_dac(&v, 1, 63, 0, 0);
    vb_put_plane(&v, 0, 80, 0xff);
    to_line_12(&v, 1, 100, VISIBLE);
    vb_set(&v, 0x3d4, 0x0d, 80);
    to_line_12(&v, 1, 489, 0);
    vb_draw_now(&v, true, 0);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), 0);
    ck_assert_uint_eq(vb_pixel(&v, 0, 1), RED);
    to_line_12(&v, 2, 100, VISIBLE);
    vb_draw_now(&v, true, 0);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), RED);
    to_line_12(&v, 2, 495, 0); /* after the retrace began: the frame after the next */
    vb_set(&v, 0x3d4, 0x0d, 0);
    to_line_12(&v, 3, 300, VISIBLE);
    vb_draw_now(&v, true, 0);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), RED);
    to_line_12(&v, 4, 10, VISIBLE);
    vb_draw_now(&v, true, 0);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), 0);
    vb_free(&v);
}
END_TEST

START_TEST(line_compare_panning_and_offset_change_in_mid_frame)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_dac(&v, 0, 0, 0, 0);
    vb_dac(&v, 1, 63, 0, 0);
    for (unsigned y = 0; y < 480; y++)
        vb_put_plane(&v, 0, 80 * y, 0x80); /* the left edge */
    vb_put_plane(&v, 0, 1, 0xff);          /* and a mark in the first row */
    to_line_12(&v, 1, 50, BETWEEN);
    vb_attr(&v, 0x13, 3);
    to_line_12(&v, 1, 60, BETWEEN);
    vb_attr(&v, 0x13, 0);
    to_line_12(&v, 1, 100, BETWEEN);
    vb_set(&v, 0x3d4, 0x18, 150); /* bits 8 and 9 of mode 12h's are set: not this one */
    vb_set(&v, 0x3d4, 0x07, 0x2e);
    vb_set(&v, 0x3d4, 0x09, 0x00);
    to_line_12(&v, 1, 200, BETWEEN);
    vb_set(&v, 0x3d4, 0x13, 0);
    to_line_12(&v, 1, 490, 0);
    vb_draw_now(&v, true, 0);
    ck_assert_uint_eq(vb_pixel(&v, 0, 50), RED);
    ck_assert_uint_eq(vb_pixel(&v, 0, 51), 0); /* gone to the left */
    ck_assert_uint_eq(vb_pixel(&v, 0, 60), 0);
    ck_assert_uint_eq(vb_pixel(&v, 0, 61), RED);
    ck_assert_uint_eq(vb_pixel(&v, 8, 0), RED);
    ck_assert_uint_eq(vb_pixel(&v, 8, 150), 0);
    ck_assert_uint_eq(vb_pixel(&v, 8, 151), RED); /* address 0 again */
    ck_assert_uint_eq(vb_pixel(&v, 8, 152), 0);
    ck_assert_uint_eq(vb_pixel(&v, 8, 201), 0); /* one row for ever, but not the first */
    ck_assert_uint_eq(vb_pixel(&v, 0, 479), RED);
    vb_free(&v);
}
END_TEST

START_TEST(the_screen_goes_off_and_on_in_mid_frame)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_dac(&v, 0, 63, 0, 0);
    for (unsigned y = 0; y < 480; y++)
        vb_put_plane(&v, 3, 80 * y, (uint8_t)y); /* attribute 8: DAC 38h */
    vb_draw(&v, true);
    to_line_12(&v, 9, 100, BETWEEN);
    vb_set(&v, 0x3c4, 1, 0x21);
    to_line_12(&v, 9, 150, BETWEEN);
    vb_set(&v, 0x3c4, 1, 0x01);
    to_line_12(&v, 9, 200, BETWEEN);
    vb_in(&v, 0x3da);
    vb_out(&v, 0x3c0, 0);
    to_line_12(&v, 9, 250, BETWEEN);
    vb_in(&v, 0x3da);
    vb_out(&v, 0x3c0, 0x20);
    to_line_12(&v, 9, 490, 0);
    vb_draw_now(&v, true, 0);
    ck_assert_uint_eq(v.mode.blank, 0);
    for (unsigned y = 0; y < 480; y++) {
        bool off = (y > 100 && y <= 150) || (y > 200 && y <= 250);
        bool lit = vb_pixel(&v, 8, y) == RED;
        bool right = (y & 1) == (vb_pixel(&v, 7, y) != RED); /* bit 0 of the row's own byte */

        ck_assert_msg(lit == !off && (off || right), "line %u", y);
    }
    vb_free(&v);
}
END_TEST

START_TEST(fonts_and_character_heights_change_in_mid_frame)
{
    struct vga_bench v = vb_new();
    uint64_t line_ns = 31777;

    vb_mode(&v, 3);
    memset(v.vram, 0, 4 * 0x4000);
    for (unsigned line = 0; line < 32; line++)
        vb_put_plane(&v, 2, 0x8000 / 2 + line, 0xff); /* character 0 of map 1 */
    for (unsigned i = 0; i < 80 * 30; i++)
        vb_put_plane(&v, 1, 2 * i, 0x07);
    vb_dac(&v, 0, 0, 0, 0);
    vb_dac(&v, 7, 63, 0, 0);
    bench_run(v.b, 100 * line_ns + 10000);
    vb_set(&v, 0x3c4, 3, 0x05); /* both fonts from map 1 */
    bench_run(v.b, 100 * line_ns);
    vb_set(&v, 0x3c4, 3, 0x00);
    bench_run(v.b, 205 * line_ns);
    vb_draw_now(&v, true, 16 * 14300000ull * 16);
    ck_assert_uint_eq(vb_pixel(&v, 100, 99), 0);
    ck_assert_uint_eq(vb_pixel(&v, 100, 101), RED);
    ck_assert_uint_eq(vb_pixel(&v, 100, 199), RED);
    ck_assert_uint_eq(vb_pixel(&v, 100, 201), 0);
    vb_free(&v);
}
END_TEST

/* ---- both ways of drawing ---- */

static void fill(struct vga_bench *v, uint32_t seed)
{
    for (uint32_t i = 0; i < 0x40000; i++) {
        seed = seed * 1664525 + 1013904223;
        /* Neither plane 2, where the fonts of text modes are, nor colour EEh of mode 13h. */
        if ((i & 3) != 2)
            v->vram[i] = (uint8_t)(seed >> 24) == 0xee ? 0 : (uint8_t)(seed >> 24);
    }
}

/* A frame with a change that is not seen, of a colour that nothing has, is drawn line by line; the
 * picture must be the one that is drawn as a whole. */
static void compare_both(struct vga_bench *v, unsigned mode, uint32_t seed)
{
    size_t size;
    uint32_t *whole;
    uint64_t line_ns = 31777;
    unsigned wrong = 0;

    vb_draw(v, true);
    size = (size_t)v->mode.width * v->mode.height;
    whole = malloc(size * sizeof(*whole));
    memcpy(whole, v->pixels, size * sizeof(*whole));
    memset(v->pixels, 0x55, size * sizeof(*whole));
    for (unsigned tries = 0; tries < 600 && !wrong; tries += 20) {
        vb_dac(v, 0xee, (uint8_t)tries, 1, 2); /* some of these are in the picture's lines */
        bench_run(v->b, 20 * line_ns);
    }
    vb_draw_now(v, true, 0);
    for (size_t i = 0; i < size; i++)
        wrong += whole[i] != v->pixels[i];
    free(whole);
    ck_assert_msg(!wrong, "mode %x, seed %u: %u pixels differ", mode, seed, wrong);
}

START_TEST(a_frame_drawn_line_by_line_is_the_same)
{
    static const unsigned modes[] = { 3, 7, 4, 6, 0x0d, 0x10, 0x12, 0x13, MODE_X };
    unsigned mode = modes[_i];
    struct vga_bench v = vb_new();
    uint16_t crtc = mode == 7 ? 0x3b4 : 0x3d4;

    vb_mode(&v, mode);
    for (uint32_t seed = 1; seed <= 12; seed++) {
        fill(&v, seed);
        vb_set(&v, crtc, 0x11, 0);
        vb_set(&v, crtc, 0x0d, (uint8_t)(seed * 37));
        vb_set(&v, crtc, 0x0c, (uint8_t)(seed * 3));
        vb_set(&v, crtc, 0x08, (uint8_t)(seed & 1 ? seed * 29 & 0x67 : 0));
        vb_attr(&v, 0x13, (uint8_t)(seed % 9));
        if (seed % 3) {
            vb_set(&v, crtc, 0x07, vb_get(&v, crtc, 0x07) & 0xef);
            vb_set(&v, crtc, 0x09, vb_get(&v, crtc, 0x09) & 0xbf);
            vb_set(&v, crtc, 0x18, (uint8_t)(seed * 16 - 1));
        }
        if (seed % 4 == 0)
            vb_attr(&v, 0x10,
                    (uint8_t)(vb_get(&v, 0x3ce, 6) & 1 ? (mode >= 0x13 ? 0x61 : 0x21) : 0x2c));
        compare_both(&v, mode, seed);
    }
    vb_free(&v);
}
END_TEST

START_TEST(packed_modes_follow_the_beam_too)
{
    struct vga_bench v = vb_new();
    /* 60 Hz, 480 + 30 + 8 lines */
    uint64_t line_ns = 1000000000u / 60 / 518;

    vb_vbe(&v, 640, 480, 8);
    bench_run(v.b, 100 * line_ns + line_ns / 2);
    vb_dac(&v, 0, 63, 0, 0);
    bench_run(v.b, 385 * line_ns);
    vb_draw_now(&v, true, 0);
    ck_assert_uint_ne(vb_pixel(&v, 0, 98), RED);
    ck_assert_uint_eq(vb_pixel(&v, 0, 102), RED);
    ck_assert_uint_eq(vb_pixel(&v, 639, 479), RED);
    vb_free(&v);
}
END_TEST

START_TEST(more_changes_than_are_kept_do_no_harm)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    to_line_12(&v, 1, 10, VISIBLE);
    for (unsigned i = 0; i < 5000; i++) {
        vb_dac(&v, 0, 0, 0, i & 63);
        vb_dac(&v, 0, 63, 0, 0);
    }
    to_line_12(&v, 1, 490, 0);
    vb_draw_now(&v, true, 0);
    ck_assert_uint_ne(vb_pixel(&v, 0, 9), RED);
    ck_assert_uint_eq(vb_pixel(&v, 0, 10), RED);
    vb_free(&v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vga_raster");
    TCase *both = tcase_create("both");

    CHECK_CASE(
        suite, "beam", a_colour_counts_from_the_line_of_the_beam_on,
        bars_in_every_frame_are_damage_once, what_changes_in_retrace_counts_for_the_whole_picture,
        start_address_is_taken_at_the_retrace, line_compare_panning_and_offset_change_in_mid_frame,
        the_screen_goes_off_and_on_in_mid_frame, fonts_and_character_heights_change_in_mid_frame,
        packed_modes_follow_the_beam_too, more_changes_than_are_kept_do_no_harm);
    tcase_add_loop_test(both, a_frame_drawn_line_by_line_is_the_same, 0, 9);
    suite_add_tcase(suite, both);
    return check_main(suite);
}
