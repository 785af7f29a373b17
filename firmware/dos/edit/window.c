/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window with the text, its frame and the line below it. */
#include "edit.h"

enum { TOP = 2 };

struct editor ed;

unsigned window_height(void)
{
    return rows - 4;
}

unsigned window_width(void)
{
    return columns - 2;
}

void window_follow(void)
{
    uint32_t column = column_of(ed.cursor);
    unsigned width = window_width();

    if (ed.line < ed.top_line) {
        ed.top = line_start(ed.cursor);
        ed.top_line = ed.line;
    }
    if (ed.line >= ed.top_line + window_height()) {
        ed.top = line_start(ed.cursor);
        ed.top_line = ed.line;
        for (unsigned i = 1; i < window_height() && ed.top; i++, ed.top_line--)
            ed.top = line_start(ed.top - 1);
    }
    if (column < ed.left)
        ed.left = column;
    if (column >= ed.left + width)
        ed.left = column - width + 1;
}

static void draw_line(unsigned y, uint32_t at, bool there)
{
    uint32_t column = 0, from = selection_start(), to = selection_end();
    unsigned width = window_width(), x = 0;

    while (there && at < text_size && !break_at(at) && column < ed.left + width) {
        char c = (char)text_at(at);
        uint32_t end = c == '\t' ? (column / TAB_SIZE + 1) * TAB_SIZE : column + 1;
        enum color color = at >= from && at < to ? C_SELECTED : C_TEXT;

        for (; column < end; column++)
            if (column >= ed.left && column < ed.left + width)
                put_char(1 + x++, y, c == '\t' ? ' ' : c, color);
        at++;
    }
    if (there && at >= from && at < to && column >= ed.left && x < width)
        put_char(1 + x++, y, ' ', C_SELECTED); /* the line break is selected, too */
    while (x < width)
        put_char(1 + x++, y, ' ', C_TEXT);
}

static void draw_frame(void)
{
    const char *name = ed.path[0] ? ed.path + path_name(ed.path) : "Untitled";
    unsigned length = (unsigned)strlen(name), bottom = TOP + window_height();
    unsigned height = window_height() - 2, width = window_width() - 2;
    uint32_t scale = text_size ? text_size : 1;

    for (unsigned x = 1; x < columns - 1; x++)
        put_char(x, 1, '\xc4', C_FRAME);
    put_char(0, 1, '\xda', C_FRAME);
    put_char(columns - 1, 1, '\xbf', C_FRAME);
    put_char((columns - length) / 2 - 1, 1, ' ', C_TITLE);
    put_string((columns - length) / 2, 1, length + 1, name, C_TITLE);
    for (unsigned y = TOP; y < bottom; y++) {
        put_char(0, y, '\xb3', C_FRAME);
        put_char(columns - 1, y, '\xb0', C_SCROLL);
    }
    put_char(columns - 1, TOP, '\x18', C_SCROLL);
    put_char(columns - 1, bottom - 1, '\x19', C_SCROLL);
    put_char(columns - 1, TOP + 1 + (unsigned)((ed.cursor >> 5) * (height - 1) / ((scale >> 5) + 1)),
             '\xfe', C_SCROLL);
    for (unsigned x = 0; x < columns; x++)
        put_char(x, bottom, '\xb0', C_SCROLL);
    put_char(0, bottom, '\xc0', C_FRAME);
    put_char(1, bottom, '\x1b', C_SCROLL);
    put_char(columns - 2, bottom, '\x1a', C_SCROLL);
    put_char(columns - 1, bottom, '\xd9', C_FRAME);
    put_char(2 + (ed.left < width * 2 ? ed.left / 2 : width - 1), bottom, '\xfe', C_SCROLL);
}

static void draw_status(const char *hint)
{
    char place[20];

    format_text(place, sizeof(place), "\xb3%s  %05u:%03u ", ed.overwrite ? " O" : "  ", ed.line + 1,
                column_of(ed.cursor) + 1);
    put_string(0, rows - 1, columns, hint, C_STATUS);
    put_string(columns - (unsigned)strlen(place), rows - 1, 0, place, C_STATUS);
}

void window_draw(void)
{
    uint32_t at = ed.top;
    bool there = true;

    menu_bar(-1);
    draw_frame();
    for (unsigned i = 0; i < window_height(); i++) {
        uint32_t end = line_end(at);

        draw_line(TOP + i, at, there);
        there = there && break_at(end);
        at = end + break_at(end);
    }
    draw_status(columns < 80 ? " <F1=Help> <Alt=Menus>"
                             : " EDIT  <F1=Help>  Press ALT to activate menus");
}

void window_show(const char *hint)
{
    window_follow();
    window_draw();
    if (hint)
        draw_status(hint);
    screen_show(1 + (unsigned)(column_of(ed.cursor) - ed.left),
                TOP + (unsigned)(ed.line - ed.top_line), ed.overwrite);
}

uint32_t window_position(unsigned x, unsigned y)
{
    uint32_t at = ed.top;

    for (unsigned i = TOP; i < y && i < TOP + window_height(); i++)
        at = line_next(at);
    return at_column(line_start(at), ed.left + (x ? x - 1 : 0));
}
