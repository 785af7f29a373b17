/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The display: text modes of any size on all adapters, written into their memory. */
#include "edit.h"

enum { BDA = 0x40, BDA_MODE = 0x49, BDA_COLUMNS = 0x4a, BDA_START = 0x4e, BDA_PAGE = 0x62 };
enum { BDA_ROWS = 0x84, MODE_MONO = 7, CELLS_MAX = 132 * 50 };
enum { CURSOR_NONE = 0x2000 };

unsigned columns, rows;
bool monochrome;
static uint16_t picture[CELLS_MAX];
static uint16_t video, kept; /* segments; kept: of what was on the screen, 0: nothing */
static uint16_t cursor_shape, cursor_at;
static uint8_t mode, page;
static bool was_tall; /* the number of rows was changed */

static const uint8_t attributes[][2] = { /* in color, monochrome */
    [C_TEXT] = { 0x17, 0x07 },     [C_SELECTED] = { 0x71, 0x70 }, [C_FRAME] = { 0x17, 0x07 },
    [C_TITLE] = { 0x71, 0x70 },    [C_MENU] = { 0x70, 0x70 },     [C_MENU_ON] = { 0x07, 0x07 },
    [C_LETTER] = { 0x74, 0x70 },   [C_LETTER_ON] = { 0x0f, 0x0f }, [C_STATUS] = { 0x30, 0x70 },
    [C_SCROLL] = { 0x70, 0x70 },   [C_BOX] = { 0x70, 0x07 },      [C_FIELD] = { 0x07, 0x70 },
    [C_BUTTON] = { 0x1f, 0x70 },   [C_SHADOW] = { 0x08, 0x07 },
};

static void bios(uint16_t ax, uint16_t bx, uint16_t cx, uint16_t dx)
{
    struct dos_regs r = { .ax = ax, .bx = bx, .cx = cx, .dx = dx };

    r.ds = r.es = own_segment();
    int_call(&r, 0x10);
}

/* EGA and later count rows in the BIOS data; the BIOS tells which adapter it is. */
static bool has_rows(void)
{
    struct dos_regs r = { .ax = 0x1200, .bx = 0x0010 };

    r.ds = r.es = own_segment();
    int_call(&r, 0x10);
    return r.bl != 0x10;
}

static void measure(void)
{
    mode = far_get8(BDA, BDA_MODE) & 0x7f;
    page = far_get8(BDA, BDA_PAGE);
    columns = far_get16(BDA, BDA_COLUMNS);
    rows = has_rows() ? far_get8(BDA, BDA_ROWS) + 1u : 25;
    video = (uint16_t)((mode == MODE_MONO ? 0xb000 : 0xb800) + far_get16(BDA, BDA_START) / 16);
}

static void copy_screen(bool back)
{
    for (unsigned i = 0; kept && i < columns * rows * 2; i += 2)
        if (back)
            far_put16(video, (uint16_t)i, far_get16(kept, (uint16_t)i));
        else
            far_put16(kept, (uint16_t)i, far_get16(video, (uint16_t)i));
}

static void keep_screen(void)
{
    struct dos_regs r = { .ax = 0x4800, .bx = (uint16_t)((columns * rows * 2 + 15) / 16) };

    kept = dos(&r) ? 0 : r.ax;
    copy_screen(false);
    cursor_at = far_get16(BDA, (uint16_t)(0x50 + 2 * page));
    cursor_shape = far_get16(BDA, 0x60);
}

bool screen_open(bool tall)
{
    measure();
    if (mode > 3 && mode != MODE_MONO && columns < 80) {
        bios(3, 0, 0, 0);
        measure();
    }
    if (columns < 40 || rows < 20 || columns * rows > CELLS_MAX)
        return false;
    if (mode == 0 || mode == 2 || mode == MODE_MONO)
        monochrome = true;
    keep_screen();
    if (tall && rows == 25 && has_rows()) {
        bios(0x1112, 0, 0, 0);
        measure();
        was_tall = true;
    }
    return true;
}

void screen_close(void)
{
    if (was_tall) {
        bios(mode, 0, 0, 0);
        measure();
    }
    copy_screen(true);
    bios(0x0100, 0, cursor_shape, 0);
    bios(0x0200, (uint16_t)(page << 8), 0, cursor_at);
}

void put_char(unsigned x, unsigned y, char c, enum color color)
{
    if (x < columns && y < rows)
        picture[y * columns + x] = (uint16_t)((uint8_t)c | attributes[color][monochrome] << 8);
}

void put_string(unsigned x, unsigned y, unsigned width, const char *s, enum color color)
{
    unsigned i = 0;

    for (; s[i] && (!width || i < width); i++)
        put_char(x + i, y, s[i], color);
    for (; i < width; i++)
        put_char(x + i, y, ' ', color);
}

static void put_shadow(unsigned x, unsigned y)
{
    if (x < columns && y < rows)
        picture[y * columns + x] =
            (uint16_t)((picture[y * columns + x] & 0xff) | attributes[C_SHADOW][monochrome] << 8);
}

void put_box(unsigned x, unsigned y, unsigned width, unsigned height, enum color color)
{
    for (unsigned row = 0; row < height; row++) {
        bool edge = row == 0 || row == height - 1;

        for (unsigned i = 1; i < width - 1; i++)
            put_char(x + i, y + row, edge ? '\xc4' : ' ', color);
        put_char(x, y + row, row == 0 ? '\xda' : edge ? '\xc0' : '\xb3', color);
        put_char(x + width - 1, y + row, row == 0 ? '\xbf' : edge ? '\xd9' : '\xb3', color);
        put_shadow(x + width, y + row + 1);
        put_shadow(x + width + 1, y + row + 1);
    }
    for (unsigned i = 2; i < width; i++)
        put_shadow(x + i, y + height);
}

void screen_show(unsigned x, unsigned y, bool big)
{
    uint8_t end = (cursor_shape & 31) ? cursor_shape & 31 : 7;

    mouse_visible(false);
    for (unsigned i = 0; i < columns * rows; i++)
        if (far_get16(video, (uint16_t)(i * 2)) != picture[i])
            far_put16(video, (uint16_t)(i * 2), picture[i]);
    if (x < columns) {
        bios(0x0100, 0, big ? end : cursor_shape & 0x1fff, 0);
        bios(0x0200, (uint16_t)(page << 8), 0, (uint16_t)(y << 8 | x));
    } else {
        bios(0x0100, 0, CURSOR_NONE, 0);
    }
    mouse_visible(true);
}
