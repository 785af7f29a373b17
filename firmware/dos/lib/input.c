/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buffered input, and questions. */
#include "text.h"

void input_begin(struct input *in, unsigned handle, bool text)
{
    in->handle = handle;
    in->text = text;
    in->end = false;
    in->error = in->at = in->used = 0;
    in->position = 0;
}

static bool fill(struct input *in)
{
    if (in->end)
        return false;
    break_poll();
    in->position += in->used;
    in->at = 0;
    in->error = file_read(in->handle, in->buffer, INPUT_BUFFER, &in->used);
    in->end = in->error || !in->used;
    return !in->end;
}

int input_char(struct input *in)
{
    if (in->at == in->used && !fill(in))
        return -1;
    if (in->text && in->buffer[in->at] == CTRL_Z) {
        in->end = true;
        in->used = in->at;
        return -1;
    }
    return in->buffer[in->at++];
}

uint32_t input_position(const struct input *in)
{
    return in->position + in->at;
}

void input_seek(struct input *in, uint32_t position)
{
    in->error = file_seek(in->handle, SEEK_FROM_START, (int32_t)position, NULL);
    in->end = in->error;
    in->position = position;
    in->at = in->used = 0;
}

/* ---- questions ---- */

static int key(void)
{
    struct dos_regs r = { .ax = 0x0800 };

    dos(&r);
    if (r.al)
        return r.al;
    r.ax = 0x0800; /* a key without character */
    dos(&r);
    return 0;
}

/* The first character of a line of redirected input; -1: its end. */
static int line_key(void)
{
    char c, first = 0;
    unsigned done;

    for (;;) {
        if (file_read(STDIN, &c, 1, &done) || !done || c == CTRL_Z)
            return first ? first : -1;
        if (c == '\n')
            return first;
        if (!first && c != '\r' && c != ' ')
            first = c;
    }
}

char ask_key(const char *question, const char *choices)
{
    bool device = handle_is_device(STDIN);

    for (;;) {
        int c;

        print("%s", question);
        c = device ? key() : line_key();
        if (c < 0 || (device && c == CTRL_Z))
            c = choices[strlen(choices) - 1];
        c = upper((char)c);
        print("%c\r\n", c >= ' ' ? c : ' ');
        if (c && strchr(choices, c))
            return (char)c;
    }
}

bool ask_yes(const char *question)
{
    char line[LINE_SIZE];
    unsigned done;
    int c;

    for (;;) {
        print("%s", question);
        if (handle_is_device(STDIN)) {
            c = file_read(STDIN, line, sizeof(line), &done) || !done ? -1 : upper(line[0]);
        } else {
            c = line_key();
            if (c > 0)
                print("%c\r\n", c);
            c = c < 0 ? c : upper((char)c);
        }
        if (c < 0)
            print("\r\n");
        if (c < 0 || c == 'N' || c == CTRL_Z)
            return false;
        if (c == 'Y')
            return true;
    }
}

void wait_key(void)
{
    if (handle_is_device(STDIN))
        key();
    else
        line_key();
    print("\r\n");
}
