/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MORE: a screen at a time. */
#include "args.h"
#include "text.h"

static const char help[] = "Shows text one screen at a time.\r\n\r\n"
                           "command | MORE\r\n"
                           "MORE [<] [drive:][path]filename\r\n";

enum { BDA = 0x40, BDA_COLUMNS = 0x4a, BDA_LAST_ROW = 0x84, TAB = 8 };

static struct input in;
static unsigned rows, columns, row, column;

static void measure(void)
{
    columns = far_get16(BDA, BDA_COLUMNS);
    rows = far_get8(BDA, BDA_LAST_ROW);
    if (columns < 2)
        columns = 80;
    if (rows < 2)
        rows = 24;
}

/* Where the cursor is behind this character. */
static void follow(char c)
{
    switch (c) {
    case '\r':
        column = 0;
        return;
    case '\n':
        row++;
        return;
    case '\b':
        column -= column != 0;
        return;
    case '\t':
        column = (column / TAB + 1) * TAB;
        break;
    case 7:
        return;
    default:
        column++;
    }
    if (column >= columns) {
        column = 0;
        row++;
    }
}

static bool show(void)
{
    bool paged = handle_is_device(STDOUT);
    int c;

    measure();
    while ((c = input_char(&in)) >= 0 && out_good()) {
        if (paged && row >= rows) {
            out_text("-- More --");
            out_end();
            wait_key();
            measure();
            row = column = 0;
        }
        out_char((char)c);
        follow((char)c);
    }
    if (in.error)
        complain_error(in.error, NULL);
    return out_end() && !in.error;
}

int com_main(void)
{
    unsigned handle, error;
    struct args a;

    switch (args_parse(&a, NULL, 0, 1)) {
    case ARGS_HELP:
        print("%s", help);
        return 0;
    case ARGS_BAD:
        return 1;
    case ARGS_GOOD:
        break;
    }
    error = a.words ? file_open(a.word[0], OPEN_READ, &handle) : handle_duplicate(STDIN, &handle);
    if (error) {
        complain_error(error, a.word[0]);
        return 1;
    }
    handle_force(STDERR, STDIN); /* keys come from where the screen is */
    input_begin(&in, handle, true);
    return !show();
}
