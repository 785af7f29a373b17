/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cursor, the selection and what keys change. */
#include "edit.h"

static const char no_room[] = "There is no memory left for more text.";

void cursor_set(uint32_t at)
{
    while (ed.cursor < at)
        ed.line += text_at(ed.cursor++) == '\n';
    while (ed.cursor > at)
        ed.line -= text_at(--ed.cursor) == '\n';
}

void cursor_go(uint32_t at)
{
    cursor_set(at);
    ed.wanted = column_of(at);
}

uint32_t selection_start(void)
{
    return !ed.selecting || ed.anchor > ed.cursor ? ed.cursor : ed.anchor;
}

uint32_t selection_end(void)
{
    return !ed.selecting || ed.anchor < ed.cursor ? ed.cursor : ed.anchor;
}

void edit_delete(uint32_t from, uint32_t count)
{
    if (!count)
        return;
    ed.selecting = false;
    cursor_go(from);
    window_follow(); /* the window's first line is not behind what goes */
    text_delete(from, count);
    ed.changed = true;
}

void selection_delete(void)
{
    edit_delete(selection_start(), selection_end() - selection_start());
    ed.selecting = false;
}

bool edit_insert(const void *bytes, unsigned count)
{
    window_follow(); /* the window's first line is not behind what comes */
    if (!text_insert(ed.cursor, bytes, count)) {
        message(no_room);
        return false;
    }
    ed.changed = true;
    cursor_go(ed.cursor + count);
    return true;
}

static uint32_t step_right(uint32_t at)
{
    unsigned n = break_at(at);

    return at < text_size ? at + (n ? n : 1) : at;
}

static uint32_t step_left(uint32_t at)
{
    return at > 1 && break_at(at - 2) == 2 ? at - 2 : at ? at - 1 : 0;
}

static bool in_word(uint32_t at)
{
    char c;

    if (at >= text_size)
        return false;
    c = (char)text_at(at);
    return is_letter(c) || is_digit(c) || c == '_' || (c & 0x80);
}

static uint32_t word_right(uint32_t at)
{
    while (in_word(at))
        at++;
    while (at < text_size && !in_word(at))
        at++;
    return at;
}

static uint32_t word_left(uint32_t at)
{
    while (at && !in_word(at - 1))
        at--;
    while (at && in_word(at - 1))
        at--;
    return at;
}

static uint32_t lines_down(uint32_t at, unsigned count)
{
    at = line_start(at);
    while (count--) {
        uint32_t end = line_end(at);

        if (!break_at(end))
            break;
        at = end + break_at(end);
    }
    return at_column(at, ed.wanted);
}

static uint32_t lines_up(uint32_t at, unsigned count)
{
    at = line_start(at);
    while (count-- && at)
        at = line_start(at - 1);
    return at_column(at, ed.wanted);
}

/* The window moves by a line; the cursor stays on the screen. */
static void scroll(bool down)
{
    uint32_t end = line_end(ed.top);

    if (down && break_at(end)) {
        ed.top = end + break_at(end);
        ed.top_line++;
        if (ed.line < ed.top_line)
            cursor_set(lines_down(ed.cursor, 1));
    } else if (!down && ed.top) {
        ed.top = line_start(ed.top - 1);
        ed.top_line--;
        if (ed.line >= ed.top_line + window_height())
            cursor_set(lines_up(ed.cursor, 1));
    }
}

/* Where a key moves the cursor to; false: it is no such key. */
static bool target(unsigned key, uint32_t *to, bool *vertical)
{
    uint32_t at = ed.cursor;
    unsigned page = window_height();

    *vertical = false;
    if (key == K_UP || key == CTRL('E') || key == K_DOWN || key == CTRL('X') || key == K_PAGE_UP ||
        key == CTRL('R') || key == K_PAGE_DOWN || key == CTRL('C')) {
        bool far = key == K_PAGE_UP || key == K_PAGE_DOWN || key == CTRL('R') || key == CTRL('C');
        bool up = key == K_UP || key == CTRL('E') || key == K_PAGE_UP || key == CTRL('R');

        *vertical = true;
        *to = up ? lines_up(at, far ? page : 1) : lines_down(at, far ? page : 1);
    } else if (key == K_LEFT || key == CTRL('S')) {
        *to = step_left(at);
    } else if (key == K_RIGHT || key == CTRL('D')) {
        *to = step_right(at);
    } else if (key == K_CTRL_LEFT || key == CTRL('A')) {
        *to = word_left(at);
    } else if (key == K_CTRL_RIGHT || key == CTRL('F')) {
        *to = word_right(at);
    } else if (key == K_HOME) {
        *to = line_start(at);
    } else if (key == K_END) {
        *to = line_end(at);
    } else if (key == K_CTRL_HOME) {
        *to = 0;
    } else if (key == K_CTRL_END) {
        *to = text_size;
    } else if (key == CTRL('J')) {
        *to = line_next(at);
    } else {
        return false;
    }
    return true;
}

static bool move_key(unsigned key)
{
    uint32_t to;
    bool vertical;

    if (!target(key, &to, &vertical))
        return false;
    if (key_shift() && key >= K_SCAN) {
        if (!ed.selecting)
            ed.anchor = ed.cursor;
        ed.selecting = true;
    } else {
        ed.selecting = false;
    }
    if (vertical)
        cursor_set(to);
    else
        cursor_go(to);
    return true;
}

/* ---- changes ---- */

static void insert_char(char c)
{
    if (ed.selecting)
        selection_delete();
    if (ed.overwrite && ed.cursor < text_size && !break_at(ed.cursor))
        edit_delete(ed.cursor, 1);
    edit_insert(&c, 1);
}

/* A new line has the indentation of the one before it. */
static void insert_break(void)
{
    uint32_t start;
    unsigned count = 0;
    char blanks[80];

    if (ed.selecting)
        selection_delete();
    start = line_start(ed.cursor);
    while (count < sizeof(blanks) && start < ed.cursor &&
           (text_at(start) == ' ' || text_at(start) == '\t'))
        blanks[count++] = (char)text_at(start++);
    if (edit_insert(ed.lf_only ? "\n" : "\r\n", ed.lf_only ? 1 : 2))
        edit_insert(blanks, count);
}

/* Each line of the selection gets or loses a tab's width of blanks at its start. */
static void indent(bool out)
{
    static const char blanks[TAB_SIZE] = "        ";
    uint32_t at = line_start(selection_start()), end = selection_end();

    while (at < end) {
        uint32_t length = 0;

        cursor_set(at);
        if (!out && !break_at(at)) {
            if (!edit_insert(blanks, TAB_SIZE))
                break;
            end += TAB_SIZE;
        }
        while (out && length < TAB_SIZE && at + length < end && text_at(at + length) == ' ')
            length++;
        if (out && !length && at < end && text_at(at) == '\t')
            length = 1;
        if (length) {
            edit_delete(at, length);
            end -= length;
        }
        if (line_next(at) == at)
            break;
        at = line_next(at);
    }
    ed.anchor = line_start(selection_start());
    cursor_go(end);
    ed.selecting = true;
}

static void insert_tab(void)
{
    unsigned count = TAB_SIZE - column_of(ed.cursor) % TAB_SIZE;

    if (ed.selecting && line_next(selection_start()) <= selection_end() &&
        break_at(line_end(selection_start()))) {
        ed.anchor = selection_start();
        indent(false);
        return;
    }
    while (count--)
        insert_char(' ');
}

static void backspace(void)
{
    uint32_t before = step_left(ed.cursor);

    if (ed.selecting)
        selection_delete();
    else
        edit_delete(before, ed.cursor - before);
}

static void delete_key(void)
{
    if (ed.selecting)
        selection_delete();
    else
        edit_delete(ed.cursor, step_right(ed.cursor) - ed.cursor);
}

static void take(uint32_t from, uint32_t count, bool cut)
{
    if (!count)
        return;
    if (!clip_take(from, count)) {
        message("There is too little memory to keep a copy of that much text.");
        return;
    }
    if (cut)
        edit_delete(from, count);
}

void edit_copy(void)
{
    take(selection_start(), selection_end() - selection_start(), false);
}

void edit_cut(void)
{
    take(selection_start(), selection_end() - selection_start(), true);
}

void edit_paste(void)
{
    uint32_t count = clip_size;

    if (ed.selecting)
        selection_delete();
    if (!count)
        return;
    window_follow();
    if (!clip_insert(ed.cursor)) {
        message(no_room);
        return;
    }
    ed.changed = true;
    cursor_go(ed.cursor + count);
}

/* The second key of Ctrl+Q. */
static void quick_key(void)
{
    static const struct {
        char letter;
        unsigned key;
    } moves[] = { { 'S', K_HOME }, { 'D', K_END }, { 'R', K_CTRL_HOME }, { 'C', K_CTRL_END } };
    unsigned key, letter;

    window_show(" Ctrl+Q  F Find  A Change  S D R C Start or end of line, text  Y Delete");
    key = key_wait();
    letter = key < 32 ? key + 64 : key < 128 ? (uint8_t)upper((char)key) : 0;
    if (letter == 'F')
        find_ask();
    else if (letter == 'A')
        find_change();
    else if (letter == 'Y')
        take(ed.cursor, line_end(ed.cursor) - ed.cursor, true);
    for (unsigned i = 0; i < COUNT(moves); i++)
        if (letter == (unsigned)moves[i].letter)
            move_key(moves[i].key);
}

static void literal_key(void)
{
    unsigned key;

    window_show(" Ctrl+P  The next key goes into the text as it is");
    key = key_wait();
    if (key < 256 && key != '\r' && key != '\n')
        insert_char((char)key);
}

static bool shifted_key(unsigned key)
{
    if (key == K_CTRL_INSERT)
        edit_copy();
    else if (key == K_INSERT && key_shift())
        edit_paste();
    else if (key == K_DELETE && key_shift())
        edit_cut();
    else if (key == K_SHIFT_TAB && ed.selecting)
        indent(true);
    else
        return false;
    return true;
}

void edit_key(unsigned key)
{
    uint32_t start = line_start(ed.cursor);

    if (shifted_key(key) || move_key(key))
        return;
    if (key == K_INSERT || key == CTRL('V'))
        ed.overwrite = !ed.overwrite;
    else if (key == K_DELETE || key == CTRL('G'))
        delete_key();
    else if (key == K_BACK)
        backspace();
    else if (key == K_ENTER)
        insert_break();
    else if (key == CTRL('N'))
        edit_insert(ed.lf_only ? "\n" : "\r\n", ed.lf_only ? 1 : 2), cursor_go(step_left(ed.cursor));
    else if (key == K_TAB)
        insert_tab();
    else if (key == CTRL('Y'))
        take(start, line_next(start) - start, true);
    else if (key == CTRL('T'))
        edit_delete(ed.cursor, in_word(ed.cursor) ? word_right(ed.cursor) - ed.cursor
                                                  : step_right(ed.cursor) - ed.cursor);
    else if (key == CTRL('Q'))
        quick_key();
    else if (key == CTRL('P'))
        literal_key();
    else if (key == K_CTRL_UP || key == CTRL('W') || key == K_CTRL_DOWN || key == CTRL('Z'))
        scroll(key == K_CTRL_DOWN || key == CTRL('Z'));
    else if (key == K_CTRL_PAGE_UP && ed.left)
        ed.left = 0, cursor_go(start);
    else if (key >= 32 && key < 256)
        insert_char((char)key);
}
