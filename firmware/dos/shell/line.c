/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line that a person types: a history and file names beside the keys of DOS. */
#include "shell.h"

enum { CTRL_C = 3, BACKSPACE = 8, TAB = 9, CR = 13, LF = 10, ESCAPE = 27, CTRL_BACKSPACE = 127 };
enum {
    KEY_F1 = 59,
    KEY_F2,
    KEY_F3,
    KEY_F4,
    KEY_F5,
    KEY_F6,
    KEY_F7,
    KEY_HOME = 71,
    KEY_UP,
    KEY_LEFT = 75,
    KEY_RIGHT = 77,
    KEY_END = 79,
    KEY_DOWN,
    KEY_INSERT = 82,
    KEY_DELETE
};
enum { HISTORY_SIZE = 512, CTRL_Z = 0x1a };

static char history[HISTORY_SIZE] KEPT; /* lines, each with a zero; the newest first */
static unsigned history_used KEPT;

struct editor {
    char *line;
    unsigned length, cursor, size;
    char old[LINE_SIZE]; /* the line before, for the F keys */
    int back;            /* which line of the history is shown, -1: none */
    bool insert;
    struct found match;  /* Tab: the search that goes on */
    unsigned word, name; /* where the completed word begins, its name */
    bool matching;
};

static void put_char(char c)
{
    put_bytes(STDOUT, &c, 1);
}

static void move_left(unsigned n)
{
    while (n--)
        put_char('\b');
}

/* What is behind the cursor again, and `blanks` over what was there. */
static void redraw(const struct editor *e, unsigned blanks)
{
    put_bytes(STDOUT, e->line + e->cursor, e->length - e->cursor);
    for (unsigned i = 0; i < blanks; i++)
        put_char(' ');
    move_left(e->length - e->cursor + blanks);
}

static void set_line(struct editor *e, const char *text)
{
    unsigned before = e->length;

    move_left(e->cursor);
    copy_text(e->line, text, e->size);
    e->length = (unsigned)strlen(e->line);
    e->cursor = 0;
    redraw(e, before > e->length ? before - e->length : 0);
    put_bytes(STDOUT, e->line, e->length);
    e->cursor = e->length;
}

static void insert_char(struct editor *e, char c)
{
    bool over = !e->insert && e->cursor < e->length;

    if (!over && e->length + 1 >= e->size) {
        put_char(7);
        return;
    }
    if (!over) {
        memmove(e->line + e->cursor + 1, e->line + e->cursor, e->length - e->cursor);
        e->length++;
    }
    e->line[e->cursor++] = c;
    put_char(c);
    if (e->cursor < e->length)
        redraw(e, 0);
}

static void delete_char(struct editor *e)
{
    if (e->cursor == e->length)
        return;
    memmove(e->line + e->cursor, e->line + e->cursor + 1, e->length - e->cursor - 1);
    e->length--;
    redraw(e, 1);
}

static const char *history_line(unsigned n)
{
    unsigned at = 0;

    while (at < history_used && n--)
        at += (unsigned)strlen(history + at) + 1;
    return at < history_used ? history + at : NULL;
}

static void remember(const char *line)
{
    unsigned size = (unsigned)strlen(line) + 1;

    if (size == 1 || (history_used && !strcmp(history, line)))
        return;
    while (history_used + size > HISTORY_SIZE) { /* the oldest goes */
        history_used--;
        while (history_used && history[history_used - 1])
            history_used--;
    }
    memmove(history + size, history, history_used);
    memcpy(history, line, size);
    history_used += size;
}

static void show_history(struct editor *e, int by)
{
    int n = e->back + by;
    const char *line = n >= 0 ? history_line((unsigned)n) : "";

    if (n < -1 || !line)
        return;
    e->back = n;
    set_line(e, line);
}

/* Tab: the next file name that begins like the word before the cursor. */
static void complete(struct editor *e)
{
    char pattern[LINE_SIZE + 4];
    unsigned error;

    if (!e->matching) {
        e->word = e->cursor;
        while (e->word && !is_separator(e->line[e->word - 1]) &&
               !strchr("<>|\"", e->line[e->word - 1]))
            e->word--;
        e->line[e->cursor] = 0;
        copy_text(pattern, e->line + e->word, sizeof(pattern));
        e->name = path_name(pattern);
        add_text(pattern, strchr(pattern + e->name, '.') ? "*" : "*.*", sizeof(pattern));
        error = find_first(pattern, A_READ_ONLY | A_DIRECTORY, &e->match);
    } else {
        error = find_next(&e->match);
    }
    while (!error && e->match.name[0] == '.')
        error = find_next(&e->match);
    e->matching = !error;
    if (error) {
        put_char(7);
        return;
    }
    copy_text(pattern, e->line, e->word + e->name + 1);
    add_text(pattern, e->match.name, sizeof(pattern));
    set_line(e, pattern);
}

static void copy_old(struct editor *e, unsigned end)
{
    while (e->cursor < end && e->old[e->cursor]) {
        unsigned before = e->cursor;

        insert_char(e, e->old[e->cursor]);
        if (e->cursor == before)
            return;
    }
}

static unsigned old_find(const struct editor *e, char c)
{
    const char *at = e->cursor < strlen(e->old) ? strchr(e->old + e->cursor + 1, c) : NULL;

    return c && at ? (unsigned)(at - e->old) : e->cursor;
}

static void extended_key(struct editor *e, uint8_t key)
{
    switch (key) {
    case KEY_UP:
        show_history(e, 1);
        break;
    case KEY_DOWN:
        show_history(e, -1);
        break;
    case KEY_LEFT:
        if (e->cursor)
            e->cursor--, put_char('\b');
        break;
    case KEY_RIGHT:
        if (e->cursor < e->length) {
            put_char(e->line[e->cursor++]);
            break;
        } /* fall through */
    case KEY_F1:
        copy_old(e, e->cursor + 1);
        break;
    case KEY_F2:
        copy_old(e, old_find(e, (char)read_key()));
        break;
    case KEY_F3:
        copy_old(e, LINE_SIZE);
        break;
    case KEY_F4: {
        unsigned from = old_find(e, (char)read_key());

        memmove(e->old + e->cursor, e->old + from, strlen(e->old + from) + 1);
        break;
    }
    case KEY_F5:
        e->line[e->length] = 0;
        copy_text(e->old, e->line, sizeof(e->old));
        set_line(e, "");
        break;
    case KEY_F6:
        insert_char(e, CTRL_Z);
        break;
    case KEY_HOME:
        move_left(e->cursor);
        e->cursor = 0;
        break;
    case KEY_END:
        put_bytes(STDOUT, e->line + e->cursor, e->length - e->cursor);
        e->cursor = e->length;
        break;
    case KEY_INSERT:
        e->insert = !e->insert;
        break;
    case KEY_DELETE:
        delete_char(e);
        break;
    default:
        break;
    }
}

static bool edit(char *to, unsigned size)
{
    struct editor e = { .line = to, .size = size, .back = -1, .insert = true };

    copy_text(e.old, history_used ? history : "", sizeof(e.old));
    for (;;) {
        uint8_t c = read_key();

        if (c != TAB)
            e.matching = false;
        if (c == CR)
            break;
        if (c == CTRL_C) {
            print("^C\r\n");
            shell.broken = true;
            to[0] = 0;
            return true;
        }
        if (c == 0) {
            extended_key(&e, read_key());
        } else if (c == BACKSPACE || c == CTRL_BACKSPACE) {
            if (e.cursor) {
                e.cursor--;
                put_char('\b');
                delete_char(&e);
            }
        } else if (c == ESCAPE) {
            set_line(&e, "");
        } else if (c == TAB) {
            complete(&e);
        } else if (c != LF) {
            insert_char(&e, (char)c);
        }
    }
    to[e.length] = 0;
    print("\r\n");
    remember(to);
    return true;
}

/* Standard input is a file. */
static bool read_file_line(char *to, unsigned size)
{
    unsigned n = 0, done;
    bool any = false;
    char c;

    while (!file_read(STDIN, &c, 1, &done) && done && c != CTRL_Z) {
        any = true;
        if (c == '\n')
            break;
        if (c != '\r' && n < size - 1)
            to[n++] = c;
    }
    to[n] = 0;
    if (any)
        print("%s\r\n", to);
    return any;
}

bool read_line(char *to, unsigned size)
{
    return handle_is_device(STDIN) ? edit(to, size) : read_file_line(to, size);
}

char ask(const char *question, const char *choice)
{
    for (;;) {
        char key;

        print("%s", question);
        key = upper((char)read_key());
        if (key == CTRL_C)
            key = choice[0];
        if (key >= ' ')
            print("%c", key);
        print("\r\n");
        if (key && strchr(choice, key))
            return key;
        if (key == CTRL_Z) /* the end of input */
            return choice[strlen(choice) - 1];
    }
}
