/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's text screen, drawn with ncurses (which sends only what has changed). */
#include <curses.h>
#include <glib.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "core/host/picture.h"
#include "gui/terminal/colour.h"
#include "gui/terminal/terminal.h"

static SCREEN *screen;

/* Says whether a paste begins or ends, where the terminal knows how. */
static void ask_pastes(bool on)
{
    fputs(on ? "\033[?2004h" : "\033[?2004l", stdout);
    fflush(stdout);
}

bool screen_open(struct terminal *t, char **problem)
{
    struct termios tty;

    /* The byte of the Backspace key: what the terminal says erases. */
    t->backspace = tcgetattr(STDIN_FILENO, &tty) == 0 && tty.c_cc[VERASE] == '\b' ? '\b' : '\177';
    t->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
    screen = newterm(NULL, stdout, stdin);
    if (!screen) {
        *problem = g_strdup_printf("The terminal type %s is not known here.",
                                   getenv("TERM") ? getenv("TERM") : "(none: TERM is not set)");
        return false;
    }
    set_term(screen);
    raw();
    noecho();
    nonl();
    typeahead(-1);
    if (has_colors())
        start_color();
    ask_pastes(true);
    t->stale = true;
    return true;
}

void screen_close(struct terminal *t)
{
    (void)t;
    if (!screen)
        return;
    ask_pastes(false);
    curs_set(1);
    endwin();
    delscreen(screen);
    screen = NULL;
}

void screen_resize(struct terminal *t)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
        resizeterm(size.ws_row, size.ws_col);
    clear();
    t->stale = true;
}

/* ---- colours ---- */

static bool many_colours(void)
{
    return COLORS >= 16 && COLOR_PAIRS > 256;
}

static void set_palette(struct terminal *t)
{
    if (!has_colors() || (t->palette_known && !memcmp(t->palette, t->text.palette, 64)))
        return;
    memcpy(t->palette, t->text.palette, sizeof(t->palette));
    t->palette_known = true;
    for (unsigned bg = 0; bg < 16; bg++) {
        for (unsigned fg = 0; fg < 16; fg++) {
            if (many_colours())
                init_pair((short)(1 + bg * 16 + fg),
                          (short)colour_nearest(fg, t->palette[fg], COLORS),
                          (short)colour_nearest(bg, t->palette[bg], COLORS));
            else if (fg < 8 && bg < 8 && (bg || fg != 7)) /* that one is pair 0 already */
                init_pair((short)(bg * 8 + 7 - fg), (short)colour_of_eight(fg),
                          (short)colour_of_eight(bg));
        }
    }
}

static attr_t attributes(const struct terminal *t, unsigned attribute, short *pair)
{
    bool blinks = t->text.blink && (attribute & 0x80);
    unsigned fg = attribute & 15, bg = attribute >> 4 & (t->text.blink ? 7 : 15);
    attr_t a = blinks ? A_BLINK : A_NORMAL;

    *pair = 0;
    if (many_colours()) {
        *pair = (short)(1 + bg * 16 + fg);
        return a;
    }
    if (has_colors())
        *pair = (short)((bg & 7) * 8 + 7 - (fg & 7));
    else if (bg & 7)
        a |= A_REVERSE;
    return fg & 8 ? a | A_BOLD : a;
}

/* ---- cells ---- */

static wchar_t character(const struct terminal *t, uint8_t c)
{
    uint32_t u = cp437_to_unicode(c);

    if (!c || c == 0xff)
        return L' ';
    if (t->utf8 && wcwidth((wchar_t)u) == 1)
        return (wchar_t)u;
    return (wchar_t)cp437_to_ascii(c);
}

static void draw_cells(const struct terminal *t, int rows)
{
    for (int y = 0; y < rows; y++) {
        for (int x = 0; x < COLS; x++) {
            int row = t->top + y, column = t->left + x;
            const uint8_t *cell = t->text.cells + 2 * (row * t->text.columns + column);
            wchar_t text[2] = { L' ', 0 };
            attr_t a = A_NORMAL;
            short pair = 0;
            cchar_t c;

            if (row < t->text.rows && column < t->text.columns) {
                text[0] = character(t, cell[0]);
                a = attributes(t, cell[1], &pair);
            }
            setcchar(&c, text, a, pair, NULL);
            mvadd_wch(y, x, &c);
        }
    }
}

/* Moves the part that is shown as little as needed to hold the cursor. */
static int scrolled(int first, int shown, int all, int cursor)
{
    if (cursor >= 0 && cursor < first)
        first = cursor;
    if (cursor >= 0 && cursor >= first + shown)
        first = cursor - shown + 1;
    if (first > all - shown)
        first = all - shown;
    return first < 0 ? 0 : first;
}

static void no_text(const struct terminal *t)
{
    char lines[3][600] = { "", "", "" };

    if (t->text_known) {
        snprintf(lines[0], sizeof(lines[0]), "%s shows a picture now, which a terminal cannot.",
                 t->front.name);
        snprintf(lines[1], sizeof(lines[1]), "On a desktop, this shows it:  bygone run '%s'",
                 t->profile);
        snprintf(lines[2], sizeof(lines[2]),
                 "Keys go to it all the same. Ctrl+] opens the last line.");
    }
    erase();
    for (int i = 0; i < 3; i++) {
        int width = (int)g_utf8_strlen(lines[i], -1), x = (COLS - width) / 2;

        mvaddnstr(LINES / 2 - 2 + 2 * i, x > 0 ? x : 0, lines[i], -1);
    }
}

/* ---- the last line ---- */

static void draw_line(const struct terminal *t)
{
    char text[1600];
    const char *shown = text;
    int cursor, width;

    line_text(t, text, sizeof(text), &cursor);
    width = (int)g_utf8_strlen(text, -1);
    /* A long path is shown from its end. */
    if (cursor >= COLS) {
        shown = g_utf8_offset_to_pointer(text, cursor - COLS + 1);
        width -= cursor - COLS + 1;
        cursor = COLS - 1;
    }
    attr_set(A_REVERSE, 0, NULL);
    mvhline(LINES - 1, 0, ' ', COLS);
    mvaddnstr(LINES - 1, 0, shown,
              width > COLS ? (int)(g_utf8_offset_to_pointer(shown, COLS) - shown) : -1);
    attr_set(A_NORMAL, 0, NULL);
    curs_set(cursor >= 0);
    if (cursor >= 0)
        move(LINES - 1, cursor);
}

void screen_draw(struct terminal *t)
{
    const struct screen_text *s = &t->text;
    bool cursor =
        s->columns && s->cursor_visible && s->cursor_row < s->rows && s->cursor_column < s->columns;
    bool open = t->mode != LINE_HIDDEN;

    if (s->columns) {
        set_palette(t);
        t->top = scrolled(t->top, LINES, s->rows, cursor ? s->cursor_row : -1);
        t->left = scrolled(t->left, COLS, s->columns, cursor ? s->cursor_column : -1);
        draw_cells(t, LINES);
    } else {
        no_text(t);
        cursor = false;
    }
    if (cursor)
        move(s->cursor_row - t->top, s->cursor_column - t->left);
    /* An upright block rather than a line under the character? */
    curs_set(!cursor ? 0 : s->cursor_end - s->cursor_start > s->char_height / 2 ? 2 : 1);
    if (open)
        draw_line(t);
    refresh();
    t->stale = false;
}
