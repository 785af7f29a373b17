/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA: the picture in every family of modes, damage, and the text screen. */
#include <string.h>

#include "core/state.h"
#include "tests/check_main.h"
#include "tests/unit/video/chip_vga.h"
#include "tests/unit/video/vga_bench.h"

/* What vga_bench.c loads as colour n. */
static uint32_t dac_color(unsigned n)
{
    unsigned r = n & 63, g = (63 - n) & 63, b = (n ^ 0x15) & 63;

    return (r << 2 | r >> 4) << 16 | (g << 2 | g >> 4) << 8 | (b << 2 | b >> 4);
}

/* Attribute n of the modes with the EGA's palette. */
static uint32_t ega_color(unsigned n)
{
    static const uint8_t palette[16] = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07,
                                         0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f };

    return dac_color(palette[n]);
}

static void expect_mode(struct vga_bench *v, unsigned width, unsigned height, unsigned text,
                        unsigned num, unsigned den)
{
    ck_assert_uint_eq(v->mode.width, width);
    ck_assert_uint_eq(v->mode.height, height);
    ck_assert_uint_eq(v->mode.text, text);
    ck_assert_uint_eq(v->mode.blank, 0);
    ck_assert_uint_eq(v->mode.aspect_num * den, v->mode.aspect_den * num);
}

static void put_cell(struct vga_bench *v, unsigned column, unsigned row, uint16_t cell)
{
    mem_write(v->memory, 0xb8000 + 2 * (row * 80 + column), cell, 2);
}

/* A glyph's dot by the bench's font: line n is n if even, else the character. */
static unsigned dot(unsigned c, unsigned line, unsigned x)
{
    return x < 8 ? (line & 1 ? c : line) >> (7 - x) & 1 : 0;
}

/* ---- text ---- */

START_TEST(mode_3_shows_25_rows_of_80_characters_nine_dots_wide)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    vb_set(&v, 0x3d4, 0x0a, 0x20);
    put_cell(&v, 79, 24, 0x1e5a);
    put_cell(&v, 0, 0, 0x4c81);
    ck_assert_uint_eq(vb_draw(&v, true), 1);
    expect_mode(&v, 720, 400, 1, 20, 27);
    for (unsigned y = 0; y < 16; y++)
        for (unsigned x = 0; x < 9; x++) {
            ck_assert_uint_eq(vb_pixel(&v, 711 + x, 384 + y), ega_color(dot(0x5a, y, x) ? 14 : 1));
            ck_assert_uint_eq(vb_pixel(&v, x, y), ega_color(dot(0x81, y, x) ? 12 : 4));
        }
    ck_assert_uint_eq(vb_pixel(&v, 100, 100), ega_color(0));
    vb_free(&v);
}
END_TEST

START_TEST(line_graphics_repeat_the_eighth_dot)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    put_cell(&v, 5, 5, 0x0fc5);
    put_cell(&v, 5, 6, 0x0fe5);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 53, 81), ega_color(15)); /* C5h ends in a set dot */
    ck_assert_uint_eq(vb_pixel(&v, 53, 97), ega_color(0));  /* E5h too, but is no line graphic */
    vb_attr(&v, 0x10, 0x08);
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 53, 81), ega_color(0));
    vb_free(&v);
}
END_TEST

START_TEST(eight_dot_characters_make_640_dots)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    vb_set(&v, 0x3c4, 1, 1);
    vb_attr(&v, 0x13, 0);
    put_cell(&v, 79, 0, 0x0700 | 0xff);
    vb_draw(&v, true);
    expect_mode(&v, 640, 400, 1, 5, 6);
    ck_assert_uint_eq(vb_pixel(&v, 639, 1), ega_color(7));
    ck_assert_uint_eq(vb_pixel(&v, 631, 1), ega_color(0));
    vb_free(&v);
}
END_TEST

START_TEST(mode_7_underlines_attribute_1)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 7);
    vb_set(&v, 0x3b4, 0x14, 0x0d);
    mem_write(v.memory, 0xb0000, 0x0120, 2);
    mem_write(v.memory, 0xb0002, 0x0720, 2);
    mem_write(v.memory, 0xb0004, 0x7020, 2);
    vb_draw(&v, true);
    expect_mode(&v, 720, 400, 1, 20, 27);
    ck_assert_uint_eq(vb_pixel(&v, 0, 13), dac_color(8));
    ck_assert_uint_eq(vb_pixel(&v, 8, 13), dac_color(8)); /* the ninth dot too */
    ck_assert_uint_eq(vb_pixel(&v, 9, 13), dac_color(0));
    ck_assert_uint_eq(vb_pixel(&v, 18, 13), dac_color(8)); /* reverse: colour 7 behind */
    vb_free(&v);
}
END_TEST

START_TEST(cursor_covers_its_lines_and_blinks_every_8_frames)
{
    struct vga_bench v = vb_new();
    const uint64_t frame = 900ull * 449 * 1000000000 / 28322000;

    vb_mode(&v, 3);
    vb_set(&v, 0x3d4, 0x0e, 0);
    vb_set(&v, 0x3d4, 0x0f, 81);
    put_cell(&v, 1, 1, 0x0e00);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 9, 16 + 12), ega_color(0));
    ck_assert_uint_eq(vb_pixel(&v, 9, 16 + 13), ega_color(14));
    ck_assert_uint_eq(vb_pixel(&v, 17, 16 + 14), ega_color(14));
    ck_assert_uint_eq(vb_pixel(&v, 9, 16 + 15), ega_color(0));
    ck_assert_uint_eq(vb_draw_at(&v, false, 7 * frame), 0);
    ck_assert_uint_eq(vb_draw_at(&v, false, 9 * frame), 1);
    ck_assert_uint_eq(v.rects[0].x, 9);
    ck_assert_uint_eq(v.rects[0].w, 9);
    ck_assert_uint_eq(v.rects[0].y, 16);
    ck_assert_uint_eq(vb_pixel(&v, 9, 16 + 13), ega_color(0));
    ck_assert_uint_eq(vb_draw_at(&v, false, 17 * frame), 1);
    vb_set(&v, 0x3d4, 0x0a, 0x0f); /* start after end: none */
    vb_draw_at(&v, false, 17 * frame);
    ck_assert_uint_eq(vb_pixel(&v, 9, 16 + 13), ega_color(0));
    vb_set(&v, 0x3d4, 0x0a, 0x0d);
    vb_set(&v, 0x3d4, 0x0b, 0x2e); /* skewed by one character */
    vb_draw_at(&v, false, 17 * frame);
    ck_assert_uint_eq(vb_pixel(&v, 9, 16 + 13), ega_color(0));
    vb_free(&v);
}
END_TEST

START_TEST(attribute_bit_7_blinks_or_brightens_the_background)
{
    struct vga_bench v = vb_new();
    const uint64_t frame = 900ull * 449 * 1000000000 / 28322000;

    vb_mode(&v, 3);
    put_cell(&v, 2, 0, 0x9aff);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 18, 1), ega_color(10));
    ck_assert_uint_eq(vb_pixel(&v, 18, 0), ega_color(1));
    ck_assert_uint_ge(vb_draw_at(&v, false, 17 * frame), 1);
    ck_assert_uint_eq(vb_pixel(&v, 18, 1), ega_color(1)); /* hidden */
    vb_attr(&v, 0x10, 0x04);
    vb_draw_at(&v, false, 17 * frame);
    ck_assert_uint_eq(vb_pixel(&v, 18, 1), ega_color(10));
    ck_assert_uint_eq(vb_pixel(&v, 18, 0), ega_color(9));
    vb_free(&v);
}
END_TEST

START_TEST(attribute_bit_3_selects_the_second_font)
{
    static const uint32_t where[8] = { 0, 0x4000, 0x8000, 0xc000, 0x2000, 0x6000, 0xa000, 0xe000 };
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    vb_set(&v, 0x3d4, 0x0a, 0x20);
    put_cell(&v, 0, 0, 0x0741);
    put_cell(&v, 1, 0, 0x0f41);
    for (unsigned map = 0; map < 8; map++) {
        memset(v.vram + 64, 0, 16);
        for (unsigned i = 0; i < 8; i++)
            vb_put_plane(&v, 2, where[i] + 32 * 0x41, i == map ? 0xff : 0);
        vb_set(&v, 0x3c4, 3, (uint8_t)((map & 3) | (map & 4) << 2));
        vb_draw(&v, false);
        ck_assert_uint_eq(vb_pixel(&v, 0, 0), ega_color(7));
        ck_assert_uint_eq(vb_pixel(&v, 9, 0), ega_color(map ? 0 : 15));
        vb_set(&v, 0x3c4, 3, (uint8_t)((map & 3) << 2 | (map & 4) << 3));
        vb_draw(&v, false);
        ck_assert_uint_eq(vb_pixel(&v, 0, 0), ega_color(map ? 0 : 7));
        ck_assert_uint_eq(vb_pixel(&v, 9, 0), ega_color(15));
    }
    vb_free(&v);
}
END_TEST

START_TEST(preset_row_scan_and_panning_scroll_smoothly)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    put_cell(&v, 0, 0, 0x0fff);
    put_cell(&v, 1, 1, 0x0eff);
    put_cell(&v, 80, 24, 0x0dff); /* comes in from the right */
    vb_set(&v, 0x3d4, 8, 5);
    vb_attr(&v, 0x13, 2); /* three dots */
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), ega_color(15)); /* line 5 of row 0 */
    ck_assert_uint_eq(vb_pixel(&v, 4, 10), ega_color(15));
    ck_assert_uint_eq(vb_pixel(&v, 5, 10), ega_color(0));
    ck_assert_uint_eq(vb_pixel(&v, 6, 12), ega_color(14)); /* line 1 of row 1 */
    ck_assert_uint_eq(vb_pixel(&v, 5, 12), ega_color(0));
    ck_assert_uint_eq(vb_pixel(&v, 717, 24 * 16 - 4), ega_color(13));
    ck_assert_uint_eq(vb_pixel(&v, 716, 24 * 16 - 4), ega_color(0));
    vb_free(&v);
}
END_TEST

START_TEST(line_compare_splits_the_text_screen)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    vb_set(&v, 0x3d4, 0x0c, 0x08); /* upper part from page 1 */
    vb_set(&v, 0x3d4, 0x0d, 0x00);
    put_cell(&v, 0, 0, 0x0fff);
    mem_write(v.memory, 0xb9000, 0x0aff, 2);
    vb_set(&v, 0x3d4, 0x18, 0x5f); /* line 95 is the last of the upper part */
    vb_set(&v, 0x3d4, 0x07, 0x0f);
    vb_set(&v, 0x3d4, 0x09, 0x0f);
    vb_attr(&v, 0x13, 0); /* panned by one, but the lower part stays */
    vb_attr(&v, 0x10, 0x2c);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 0, 1), ega_color(10));
    ck_assert_uint_eq(vb_pixel(&v, 7, 1), ega_color(0));
    ck_assert_uint_eq(vb_pixel(&v, 0, 96), ega_color(0));
    ck_assert_uint_eq(vb_pixel(&v, 7, 97), ega_color(15));
    ck_assert_uint_eq(vb_pixel(&v, 8, 97), ega_color(0));
    vb_free(&v);
}
END_TEST

START_TEST(text_reports_cells_cursor_and_colours)
{
    static struct screen_text text;
    struct vga_bench v = vb_new();
    struct board *board = v.b->board;

    vb_mode(&v, 3);
    put_cell(&v, 3, 2, 0x1748);
    vb_set(&v, 0x3d4, 0x0f, 163);
    ck_assert(board->screen->text(board->screen_ctx, &text));
    ck_assert_uint_eq(text.columns, 80);
    ck_assert_uint_eq(text.rows, 25);
    ck_assert_uint_eq(text.char_height, 16);
    ck_assert_uint_eq(text.cells[2 * 163], 0x48);
    ck_assert_uint_eq(text.cells[2 * 163 + 1], 0x17);
    ck_assert_uint_eq(text.cursor_visible, 1);
    ck_assert_uint_eq(text.cursor_column, 3);
    ck_assert_uint_eq(text.cursor_row, 2);
    ck_assert_uint_eq(text.cursor_start, 0x0d);
    ck_assert_uint_eq(text.cursor_end, 0x0e);
    ck_assert_uint_eq(text.blink, 1);
    ck_assert_uint_eq(text.palette[6], dac_color(0x14));
    vb_set(&v, 0x3d4, 0x0e, 0x40); /* elsewhere */
    ck_assert(board->screen->text(board->screen_ctx, &text));
    ck_assert_uint_eq(text.cursor_visible, 0);
    vb_set(&v, 0x3d4, 9, 0x47); /* 50 rows */
    ck_assert(board->screen->text(board->screen_ctx, &text));
    ck_assert_uint_eq(text.rows, 50);
    vb_mode(&v, 0x13);
    ck_assert(!board->screen->text(board->screen_ctx, &text));
    vb_free(&v);
}
END_TEST

START_TEST(forty_and_132_columns)
{
    static struct screen_text text;
    struct vga_bench v = vb_new();
    struct board *board = v.b->board;

    vb_mode(&v, 3);
    vb_set(&v, 0x3d4, 0x11, 0x0e);
    vb_set(&v, 0x3d4, 1, 39);
    vb_draw(&v, true);
    expect_mode(&v, 360, 400, 1, 40, 27);
    vb_set(&v, 0x3d4, 1, 131);
    vb_set(&v, 0x3c4, 1, 1);
    vb_draw(&v, true);
    ck_assert_uint_eq(v.mode.width, 1056);
    ck_assert(board->screen->text(board->screen_ctx, &text));
    ck_assert_uint_eq(text.columns, 132);
    vb_set(&v, 0x3d4, 1, 255); /* wider than anyone shows */
    vb_draw(&v, true);
    ck_assert_uint_eq(v.mode.width, 2048);
    ck_assert(board->screen->text(board->screen_ctx, &text));
    ck_assert_uint_eq(text.columns, 132);
    vb_free(&v);
}
END_TEST

START_TEST(only_changed_cells_are_drawn)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_draw(&v, false), 0);
    put_cell(&v, 10, 3, 0x0741);
    put_cell(&v, 12, 3, 0x0741);
    put_cell(&v, 20, 7, 0x0741);
    ck_assert_uint_eq(vb_draw(&v, false), 2);
    ck_assert_uint_eq(v.rects[0].x, 90);
    ck_assert_uint_eq(v.rects[0].w, 27);
    ck_assert_uint_eq(v.rects[0].y, 48);
    ck_assert_uint_eq(v.rects[0].h, 16);
    ck_assert_uint_eq(v.rects[1].y, 112);
    vb_put_plane(&v, 2, 32 * 0x41 + 3, 0x18); /* a glyph changes: all */
    ck_assert_uint_eq(vb_draw(&v, false), 1);
    ck_assert_uint_eq(v.rects[0].h, 400);
    vb_dac(&v, 0, 63, 0, 0); /* a colour changes: all */
    ck_assert_uint_eq(vb_draw(&v, false), 1);
    ck_assert_uint_eq(vb_pixel(&v, 0, 300), 0xff0000);
    for (unsigned row = 0; row < 25; row += 2)
        put_cell(&v, row, row, 0x0742);
    ck_assert_uint_eq(vb_draw(&v, false), 13);
    for (unsigned row = 0; row < 25; row++)
        put_cell(&v, row, row, 0x0743);
    ck_assert_uint_eq(vb_draw(&v, false), 1);
    vb_free(&v);
}
END_TEST

/* ---- CGA ---- */

START_TEST(mode_4_interleaves_lines_and_has_four_colours)
{
    static const uint8_t colors[4] = { 0x00, 0x13, 0x15, 0x17 };
    struct vga_bench v = vb_new();

    vb_mode(&v, 4);
    vb_write(&v, 0xb8000, 0x1b);           /* line 0: 0 1 2 3 */
    vb_write(&v, 0xb8001, 0xe4);           /* 3 2 1 0 */
    vb_write(&v, 0xba000 + 79, 0x03);      /* line 1, last dot: 3 */
    vb_write(&v, 0xb8000 + 80, 0x40);      /* line 2 */
    vb_write(&v, 0xba000 + 99 * 80, 0x80); /* line 199 */
    vb_draw(&v, true);
    expect_mode(&v, 320, 200, 0, 5, 6);
    for (unsigned x = 0; x < 8; x++)
        ck_assert_uint_eq(vb_pixel(&v, x, 0), dac_color(colors[x < 4 ? x : 7 - x]));
    ck_assert_uint_eq(vb_pixel(&v, 319, 1), dac_color(0x17));
    ck_assert_uint_eq(vb_pixel(&v, 318, 1), dac_color(0));
    ck_assert_uint_eq(vb_pixel(&v, 0, 2), dac_color(0x13));
    ck_assert_uint_eq(vb_pixel(&v, 0, 199), dac_color(0x15));
    vb_free(&v);
}
END_TEST

START_TEST(mode_6_shows_one_plane_640_dots_wide)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 6);
    vb_write(&v, 0xb8000, 0x80);
    vb_write(&v, 0xba000 + 79, 0x01);
    vb_write(&v, 0xb8000 + 80, 0x40);
    vb_draw(&v, true);
    expect_mode(&v, 640, 200, 0, 5, 12);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), dac_color(0x17));
    ck_assert_uint_eq(vb_pixel(&v, 1, 0), dac_color(0));
    ck_assert_uint_eq(vb_pixel(&v, 639, 1), dac_color(0x17));
    ck_assert_uint_eq(vb_pixel(&v, 1, 2), dac_color(0x17));
    vb_free(&v);
}
END_TEST

/* ---- planar ---- */

static void put_planar(struct vga_bench *v, uint32_t at, uint8_t mask, uint8_t color)
{
    vb_set(v, 0x3ce, 5, 2);
    vb_set(v, 0x3ce, 8, mask);
    vb_read(v, 0xa0000 + at);
    vb_write(v, 0xa0000 + at, color);
}

START_TEST(mode_0d_repeats_each_line)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x0d);
    put_planar(&v, 40 * 199 + 39, 0x01, 9);
    vb_draw(&v, true);
    expect_mode(&v, 320, 200, 0, 5, 6);
    ck_assert_uint_eq(vb_pixel(&v, 319, 199), dac_color(0x11));
    ck_assert_uint_eq(vb_pixel(&v, 318, 199), dac_color(0));
    vb_free(&v);
}
END_TEST

START_TEST(mode_10_has_350_and_mode_12_480_lines_of_16_colours)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x10);
    put_planar(&v, 80 * 349, 0x80, 6);
    vb_draw(&v, true);
    expect_mode(&v, 640, 350, 0, 35, 48);
    ck_assert_uint_eq(vb_pixel(&v, 0, 349), ega_color(6));
    vb_mode(&v, 0x12);
    for (unsigned c = 0; c < 16; c++)
        put_planar(&v, 80 * 479 + c, 0xff, (uint8_t)c);
    vb_draw(&v, false);
    expect_mode(&v, 640, 480, 0, 1, 1);
    for (unsigned c = 0; c < 16; c++)
        ck_assert_uint_eq(vb_pixel(&v, 8 * c + 3, 479), ega_color(c));
    vb_free(&v);
}
END_TEST

START_TEST(panning_and_start_address_move_the_planar_picture)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    put_planar(&v, 80 + 80, 0x10, 7); /* after the last word of line 0 */
    vb_set(&v, 0x3d4, 0x0d, 80);
    vb_attr(&v, 0x13, 3);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 0, 1), ega_color(7));
    vb_set(&v, 0x3d4, 0x13, 41); /* lines are two words longer */
    put_planar(&v, 80 + 80, 0xff, 0);
    put_planar(&v, 80 + 80, 0x80, 5);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 637, 0), ega_color(5));
    vb_set(&v, 0x3d4, 8, 0x20); /* byte panning */
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 629, 0), ega_color(5));
    vb_free(&v);
}
END_TEST

START_TEST(line_compare_starts_again_at_address_0)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    put_planar(&v, 0, 0x80, 4);
    put_planar(&v, 0x8000, 0x80, 2);
    vb_set(&v, 0x3d4, 0x0c, 0x80);
    vb_set(&v, 0x3d4, 0x18, 99);
    vb_set(&v, 0x3d4, 0x07, 0x2e);
    vb_set(&v, 0x3d4, 0x09, 0x00);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), ega_color(2));
    ck_assert_uint_eq(vb_pixel(&v, 0, 99), ega_color(0));
    ck_assert_uint_eq(vb_pixel(&v, 0, 100), ega_color(4));
    vb_free(&v);
}
END_TEST

START_TEST(plane_enable_and_colour_select_act_on_attributes)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    put_planar(&v, 0, 0x80, 0x0f);
    vb_attr(&v, 0x12, 0x05);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), ega_color(5));
    vb_attr(&v, 0x14, 0x0c); /* bits 7 and 6 */
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), dac_color(0xc5));
    vb_attr(&v, 0x14, 0x0e);
    vb_attr(&v, 0x10, 0x81); /* P54S: bits 5 and 4 too */
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), dac_color(0xe5));
    vb_out(&v, 0x3c6, 0x0f); /* the DAC's mask */
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), dac_color(0x05));
    vb_free(&v);
}
END_TEST

START_TEST(word_and_doubleword_addressing_skip_words)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    put_planar(&v, 2, 0x80, 1);
    put_planar(&v, 4, 0x80, 2);
    vb_set(&v, 0x3d4, 0x17, 0xa3); /* words */
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 8, 0), ega_color(1));
    ck_assert_uint_eq(vb_pixel(&v, 16, 0), ega_color(2));
    vb_set(&v, 0x3d4, 0x14, 0x40); /* doublewords */
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 8, 0), ega_color(2));
    vb_set(&v, 0x3d4, 0x14, 0x60); /* counting every fourth character */
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 8, 0), ega_color(0));
    ck_assert_uint_eq(vb_pixel(&v, 32, 0), ega_color(2));
    vb_set(&v, 0x3d4, 0x14, 0x00);
    vb_set(&v, 0x3d4, 0x17, 0xeb); /* every second */
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 32, 0), ega_color(1));
    ck_assert_uint_eq(vb_pixel(&v, 40, 0), ega_color(1));
    vb_set(&v, 0x3d4, 0x17, 0x83); /* words, wrapping at 8 K */
    put_planar(&v, 1, 0x80, 3);
    vb_set(&v, 0x3d4, 0x0c, 0x20);
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), ega_color(0));
    put_planar(&v, 0x4001, 0x80, 3);
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), ega_color(3));
    vb_free(&v);
}
END_TEST

START_TEST(planar_graphics_blink_if_told)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    put_planar(&v, 0, 0x80, 2);
    vb_attr(&v, 0x10, 0x09);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), ega_color(2));
    ck_assert_uint_eq(vb_draw_at(&v, false, 280000000), 1);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), ega_color(10));
    vb_free(&v);
}
END_TEST

START_TEST(doubled_vertical_counts_double_the_lines)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_set(&v, 0x3d4, 0x17, 0xe7);
    vb_draw(&v, true);
    ck_assert_uint_eq(v.mode.height, 960);
    vb_free(&v);
}
END_TEST

/* ---- 256 colours ---- */

START_TEST(mode_13_shows_320_by_200_bytes)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x13);
    for (unsigned i = 0; i < 256; i++)
        vb_write(&v, 0xa0000 + i, (uint8_t)i);
    vb_write(&v, 0xa0000 + 320 * 199 + 319, 0x55);
    vb_draw(&v, true);
    expect_mode(&v, 320, 200, 0, 5, 6);
    for (unsigned i = 0; i < 256; i++)
        ck_assert_uint_eq(vb_pixel(&v, i, 0), dac_color(i));
    ck_assert_uint_eq(vb_pixel(&v, 319, 199), dac_color(0x55));
    vb_attr(&v, 0x13, 4); /* two pixels */
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), dac_color(2));
    vb_free(&v);
}
END_TEST

START_TEST(mode_x_shows_planes_in_turn_and_scrolls)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, MODE_X);
    for (unsigned p = 0; p < 4; p++) {
        vb_set(&v, 0x3c4, 2, (uint8_t)(1 << p));
        vb_write(&v, 0xa0000, (uint8_t)(0x20 + p));
        vb_write(&v, 0xa0000 + 80 * 200, (uint8_t)(0x40 + p));
    }
    vb_set(&v, 0x3d4, 0x11, 0x0e); /* 320 x 240 */
    vb_out(&v, 0x3c2, 0xe3);
    vb_set(&v, 0x3d4, 0x06, 0x0d);
    vb_set(&v, 0x3d4, 0x07, 0x3e);
    vb_set(&v, 0x3d4, 0x10, 0xea);
    vb_set(&v, 0x3d4, 0x12, 0xdf);
    vb_draw(&v, true);
    expect_mode(&v, 320, 240, 0, 1, 1);
    for (unsigned p = 0; p < 4; p++) {
        ck_assert_uint_eq(vb_pixel(&v, p, 0), dac_color(0x20 + p));
        ck_assert_uint_eq(vb_pixel(&v, p, 200), dac_color(0x40 + p));
    }
    vb_set(&v, 0x3d4, 0x0c, (80 * 200) >> 8);
    vb_set(&v, 0x3d4, 0x0d, (80 * 200) & 0xff);
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 3, 0), dac_color(0x43));
    vb_set(&v, 0x3d4, 9, 0x40); /* no doubled lines */
    vb_draw(&v, false);
    ck_assert_uint_eq(v.mode.height, 480);
    vb_free(&v);
}
END_TEST

START_TEST(nibbles_are_dots_unless_the_attribute_controller_pairs_them)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x13);
    vb_write(&v, 0xa0000, 0x4a);
    vb_write(&v, 0xa0001, 0x07);
    vb_attr(&v, 0x10, 0x01);
    vb_draw(&v, true);
    expect_mode(&v, 640, 200, 0, 5, 12);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), dac_color(4));
    ck_assert_uint_eq(vb_pixel(&v, 1, 0), dac_color(10));
    ck_assert_uint_eq(vb_pixel(&v, 3, 0), dac_color(7));
    vb_mode(&v, 0x12);
    put_planar(&v, 0, 0x80, 0x4);
    put_planar(&v, 0, 0x40, 0xa);
    vb_attr(&v, 0x10, 0x41);
    vb_draw(&v, true);
    ck_assert_uint_eq(v.mode.width, 320);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), dac_color(0x4a));
    vb_free(&v);
}
END_TEST

/* ---- dispi ---- */

START_TEST(packed_depths_become_xrgb)
{
    struct vga_bench v = vb_new();

    vb_vbe(&v, 640, 480, 8);
    v.vram[640 * 479 + 639] = 0x93;
    vb_draw(&v, true);
    expect_mode(&v, 640, 480, 0, 1, 1);
    ck_assert_uint_eq(vb_pixel(&v, 639, 479), dac_color(0x93));
    vb_vbe(&v, 640, 480, 15);
    mem_write(v.memory, VB_LFB + 2, 0x7c1f, 2);
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 1, 0), 0xff00ff);
    vb_vbe(&v, 640, 480, 16);
    mem_write(v.memory, VB_LFB + 4, 0x87e1, 2);
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 2, 0), 0x84ff08);
    vb_vbe(&v, 640, 480, 24);
    mem_write(v.memory, VB_LFB + 640 * 3 * 479 + 3 * 639 - 1, 0x11223344, 4);
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 639, 479), 0x112233);
    ck_assert_uint_eq(vb_pixel(&v, 638, 479), 0x440000);
    vb_vbe(&v, 512, 384, 32);
    mem_write(v.memory, VB_LFB + 512 * 4 * 383 + 4 * 511, 0xff123456, 4);
    vb_draw(&v, false);
    expect_mode(&v, 512, 384, 0, 1, 1);
    ck_assert_uint_eq(vb_pixel(&v, 511, 383), 0x123456);
    vb_free(&v);
}
END_TEST

START_TEST(offsets_pan_and_wrap_around_memory)
{
    struct vga_bench v = vb_new();

    vb_vbe(&v, 640, 480, 8);
    vb_dispi(&v, 6, 1024);
    v.vram[1024 * 10 + 7] = 0x31;
    vb_dispi(&v, 8, 7);
    vb_dispi(&v, 9, 10);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), dac_color(0x31));
    vb_dispi(&v, 9, 1023); /* line 1 is the first line of memory */
    v.vram[8] = 0x32;
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 1, 1), dac_color(0x32));
    vb_dispi(&v, 8, 1020); /* and line 0 goes around the end */
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 12, 0), dac_color(0x32));
    vb_dispi(&v, 9, 0xffff);
    vb_dispi(&v, 8, 0xffff);
    vb_draw(&v, false);
    vb_free(&v);
}
END_TEST

START_TEST(four_bits_are_planar)
{
    struct vga_bench v = vb_new();

    vb_vbe(&v, 800, 600, 4);
    vb_set(&v, 0x3c4, 2, 0x0a);
    vb_write(&v, 0xa0000 + 100 * 599 + 99, 0x01);
    vb_draw(&v, true);
    expect_mode(&v, 800, 600, 0, 1, 1);
    ck_assert_uint_eq(vb_pixel(&v, 799, 599), ega_color(10));
    vb_dispi(&v, 8, 3);
    vb_draw(&v, false);
    ck_assert_uint_eq(vb_pixel(&v, 796, 599), ega_color(10));
    vb_free(&v);
}
END_TEST

START_TEST(dac_shows_8_bits_and_wide_pictures_have_square_pixels)
{
    struct vga_bench v = vb_new();

    vb_vbe(&v, 1280, 720, 8);
    vb_dispi(&v, 4, 0x61);
    vb_dac(&v, 5, 0x81, 0x42, 0x24);
    v.vram[0] = 5;
    vb_draw(&v, true);
    expect_mode(&v, 1280, 720, 0, 1, 1);
    ck_assert_uint_eq(vb_pixel(&v, 0, 0), 0x814224);
    vb_vbe(&v, 1280, 800, 8);
    vb_draw(&v, true);
    expect_mode(&v, 1280, 800, 0, 1, 1);
    vb_vbe(&v, 1024, 768, 8);
    vb_draw(&v, true);
    expect_mode(&v, 1024, 768, 0, 1, 1);
    vb_vbe(&v, 320, 200, 8);
    vb_draw(&v, true);
    expect_mode(&v, 320, 200, 0, 5, 6);
    vb_free(&v);
}
END_TEST

START_TEST(rectangles_hold_what_changed)
{
    struct vga_bench v = vb_new();

    vb_vbe(&v, 640, 480, 16);
    vb_draw(&v, true);
    ck_assert_uint_eq(vb_draw(&v, false), 0);
    for (unsigned y = 100; y < 120; y++)
        mem_write(v.memory, VB_LFB + 1280 * y + 2 * 50, 0xffff, 2);
    mem_write(v.memory, VB_LFB + 1280 * 110 + 2 * 60, 0xffff, 2);
    mem_write(v.memory, VB_LFB + 1280 * 300 + 2 * 11, 0xffff, 2);
    ck_assert_uint_eq(vb_draw(&v, false), 2);
    ck_assert_uint_eq(v.rects[0].x, 50);
    ck_assert_uint_eq(v.rects[0].w, 12);
    ck_assert_uint_eq(v.rects[0].y, 100);
    ck_assert_uint_eq(v.rects[0].h, 20);
    ck_assert_uint_eq(v.rects[1].x, 10);
    ck_assert_uint_eq(v.rects[1].y, 300);
    for (unsigned y = 0; y < 480; y += 2)
        mem_write(v.memory, VB_LFB + 1280 * y, 0x1234, 2);
    ck_assert_uint_eq(vb_draw(&v, false), SCREEN_RECTS);
    ck_assert_uint_eq(v.rects[15].y + v.rects[15].h, 479);
    vb_free(&v);
}
END_TEST

/* ---- all modes ---- */

START_TEST(screen_off_is_black)
{
    struct vga_bench v = vb_new();
    uint32_t serial;

    vb_mode(&v, 0x13);
    memset(v.vram, 0x11, 64000);
    vb_draw(&v, true);
    serial = v.serial;
    vb_set(&v, 0x3c4, 1, 0x21);
    ck_assert_uint_eq(vb_draw(&v, false), 1);
    ck_assert_uint_eq(v.mode.blank, 1);
    ck_assert_uint_gt(v.serial, serial);
    ck_assert_uint_eq(vb_pixel(&v, 5, 5), 0);
    ck_assert_uint_eq(vb_draw(&v, false), 0);
    vb_set(&v, 0x3c4, 1, 0x01);
    vb_in(&v, 0x3da);
    vb_out(&v, 0x3c0, 0x00); /* the attribute controller's way */
    vb_draw(&v, false);
    ck_assert_uint_eq(v.mode.blank, 1);
    vb_out(&v, 0x3c0, 0x20);
    vb_in(&v, 0x3da);
    vb_out(&v, 0x3c0, 0x20);
    vb_draw(&v, false);
    ck_assert_uint_eq(v.mode.blank, 0);
    ck_assert_uint_eq(vb_pixel(&v, 5, 5), dac_color(0x11));
    vb_set(&v, 0x3d4, 0x17, 0x23); /* no sync, no picture */
    vb_draw(&v, false);
    ck_assert_uint_eq(v.mode.blank, 1);
    vb_free(&v);
}
END_TEST

START_TEST(serial_grows_with_every_change_of_mode)
{
    static const uint8_t modes[] = { 3, 7, 4, 6, 0x0d, 0x10, 0x12, 0x13 };
    struct vga_bench v = vb_new();
    uint32_t serial;

    vb_draw(&v, true);
    for (unsigned i = 0; i < sizeof(modes); i++) {
        serial = v.serial;
        vb_mode(&v, modes[i]);
        vb_draw(&v, false);
        if (modes[i] != 7 && modes[i] != 0x0d) /* 7 looks like 3 to a viewer */
            ck_assert_uint_gt(v.serial, serial);
        serial = v.serial;
        vb_draw(&v, false);
        ck_assert_uint_eq(v.serial, serial);
    }
    vb_free(&v);
}
END_TEST

START_TEST(nothing_is_drawn_in_a_size_that_mode_has_not_told)
{
    struct vga_bench v = vb_new();
    struct board *board = v.b->board;

    vb_mode(&v, 0x13);
    vb_draw(&v, true);
    vb_vbe(&v, 640, 480, 8);
    ck_assert_uint_eq(board->screen->draw(board->screen_ctx, v.pixels, 320, true, 0, v.rects), 0);
    vb_free(&v);
}
END_TEST

START_TEST(a_loaded_state_is_drawn_anew)
{
    struct vga_bench v = vb_new();
    struct state_buffer buf = { 0 };
    size_t at = 0;

    vb_mode(&v, 0x13);
    vb_draw(&v, true);
    state_save_board(&buf, v.b->board);
    vb_draw(&v, false);
    ck_assert(state_load_board(buf.data, buf.used, &at, v.b->board, NULL));
    ck_assert_uint_eq(vb_draw(&v, false), 1);
    ck_assert_uint_eq(v.rects[0].h, 200);
    board_reset(v.b->board, RESET_HARD);
    ck_assert_uint_eq(vb_draw(&v, false), 1);
    ck_assert_uint_eq(v.mode.blank, 1);
    state_buffer_free(&buf);
    vb_free(&v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vga_draw");

    CHECK_CASE(suite, "text", mode_3_shows_25_rows_of_80_characters_nine_dots_wide,
               line_graphics_repeat_the_eighth_dot, eight_dot_characters_make_640_dots,
               mode_7_underlines_attribute_1, cursor_covers_its_lines_and_blinks_every_8_frames,
               attribute_bit_7_blinks_or_brightens_the_background,
               attribute_bit_3_selects_the_second_font, preset_row_scan_and_panning_scroll_smoothly,
               line_compare_splits_the_text_screen, text_reports_cells_cursor_and_colours,
               forty_and_132_columns, only_changed_cells_are_drawn);
    CHECK_CASE(suite, "cga", mode_4_interleaves_lines_and_has_four_colours,
               mode_6_shows_one_plane_640_dots_wide);
    CHECK_CASE(
        suite, "planar", mode_0d_repeats_each_line,
        mode_10_has_350_and_mode_12_480_lines_of_16_colours,
        panning_and_start_address_move_the_planar_picture, line_compare_starts_again_at_address_0,
        plane_enable_and_colour_select_act_on_attributes, word_and_doubleword_addressing_skip_words,
        planar_graphics_blink_if_told, doubled_vertical_counts_double_the_lines);
    CHECK_CASE(suite, "256", mode_13_shows_320_by_200_bytes,
               mode_x_shows_planes_in_turn_and_scrolls,
               nibbles_are_dots_unless_the_attribute_controller_pairs_them);
    CHECK_CASE(suite, "dispi", packed_depths_become_xrgb, offsets_pan_and_wrap_around_memory,
               four_bits_are_planar, dac_shows_8_bits_and_wide_pictures_have_square_pixels,
               rectangles_hold_what_changed);
    CHECK_CASE(suite, "all", screen_off_is_black, serial_grows_with_every_change_of_mode,
               nothing_is_drawn_in_a_size_that_mode_has_not_told, a_loaded_state_is_drawn_anew);
    return check_main(suite);
}
