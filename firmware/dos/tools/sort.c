/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SORT: what memory holds is sorted there; more of it in runs, which are merged. */
#include "args.h"
#include "sort.h"

static const char help[] =
    "Sorts lines.\r\n\r\n"
    "SORT [/R] [/+n] [<] [drive:][path]filename\r\n"
    "command | SORT [/R] [/+n]\r\n\r\n"
    "  /R   The other way round: Z to A, then 9 to 0.\r\n"
    "  /+n  Compares from column n on.\r\n\r\n"
    "What does not fit into memory goes through temporary files where TEMP says.\r\n";

enum { BINS = 32, CHUNK = 128 };

struct block block;
static bool reverse;
static uint32_t column = 1;
static uint8_t collate[256];
static struct input in;
/* Lists of sorted lines, each twice as long as the one before; 0: empty */
static uint32_t bin[BINS];
static uint32_t held; /* bytes that they take in a run */

/* ---- lines ---- */

static void set_fs(uint32_t linear)
{
    __asm__ volatile("movw %w0, %%fs" : : "r"(linear >> 4) : "memory");
}

static void set_gs(uint32_t linear)
{
    __asm__ volatile("movw %w0, %%gs" : : "r"(linear >> 4) : "memory");
}

#define FS(type, offset) (*(__seg_fs type *)(offset))
#define GS(type, offset) (*(__seg_gs type *)(offset))

uint8_t linear_get8(uint32_t at)
{
    set_fs(at);
    return FS(uint8_t, at & 15);
}

static uint32_t next_of(uint32_t line)
{
    set_fs(line);
    return FS(uint32_t, (line & 15) + LINE_NEXT);
}

static void set_next(uint32_t line, uint32_t next)
{
    set_fs(line);
    FS(uint32_t, (line & 15) + LINE_NEXT) = next;
}

unsigned line_length(uint32_t line)
{
    set_fs(line);
    return FS(uint16_t, (line & 15) + LINE_LENGTH);
}

void far_copy(uint32_t to, uint32_t from, unsigned count)
{
    set_gs(to);
    set_fs(from);
    to &= 15;
    from &= 15;
    while (count--)
        GS(uint8_t, to++) = FS(uint8_t, from++);
}

int line_compare(uint32_t a, uint32_t b)
{
    unsigned x, y, skip = column - 1;
    int order = 0;

    set_fs(a);
    set_gs(b);
    a &= 15;
    b &= 15;
    x = FS(uint16_t, a + LINE_LENGTH);
    y = GS(uint16_t, b + LINE_LENGTH);
    x = x > skip ? x - skip : 0;
    y = y > skip ? y - skip : 0;
    a += LINE_TEXT + skip;
    b += LINE_TEXT + skip;
    for (; x && y && !order; x--, y--)
        order = collate[FS(uint8_t, a++)] - collate[GS(uint8_t, b++)];
    if (!order)
        order = (int)x - (int)y;
    return reverse ? -order : order;
}

void line_show(uint32_t line)
{
    uint8_t chunk[CHUNK];
    unsigned left = line_length(line);

    line += LINE_TEXT;
    while (left) {
        unsigned n = left < CHUNK ? left : CHUNK;

        set_fs(line);
        for (unsigned i = 0; i < n; i++)
            chunk[i] = FS(uint8_t, (line & 15) + i);
        out_bytes(chunk, n);
        line += n;
        left -= n;
    }
    out_text("\r\n");
}

/* ---- lists ---- */

/* Of equal lines those of a, the older list, come first. */
static uint32_t merge(uint32_t a, uint32_t b)
{
    uint32_t head = 0, tail = 0;

    while (a && b) {
        uint32_t *from = line_compare(a, b) <= 0 ? &a : &b, line = *from;

        *from = next_of(line);
        if (tail)
            set_next(tail, line);
        else
            head = line;
        tail = line;
    }
    if (!tail)
        return a ? a : b;
    set_next(tail, a ? a : b);
    return head;
}

static void add(uint32_t line)
{
    unsigned i = 0;

    set_next(line, 0);
    held += 2 + line_length(line);
    for (; bin[i] && i < BINS - 1; i++) {
        line = merge(bin[i], line);
        bin[i] = 0;
    }
    bin[i] = bin[i] ? merge(bin[i], line) : line;
}

static uint32_t take_all(void)
{
    uint32_t list = 0;

    for (unsigned i = 0; i < BINS; i++) {
        list = merge(bin[i], list);
        bin[i] = 0;
    }
    return list;
}

static bool make_run(void)
{
    bool good = run_begin(held);

    held = 0;
    for (uint32_t line = take_all(); good && line; line = next_of(line))
        good = run_add(line);
    return good && run_end();
}

/* ---- all of it ---- */

static bool take_memory(void)
{
    unsigned paragraphs;
    uint16_t segment = block_take(0xffff, &paragraphs);

    block.begin = (uint32_t)segment << 4;
    block.size = (uint32_t)paragraphs << 4;
    block.line_most = (block.size / 2 < SEGMENT_MOST ? block.size / 2 : SEGMENT_MOST) - 32;
    if (block.size < 1024) {
        complain_error(8, NULL);
        return false;
    }
    return true;
}

/* The line begun at *line, `length` long, has no room: those before it go into a run. */
static bool move_to_begin(uint32_t *line, unsigned length)
{
    if (*line == block.begin || !make_run())
        return false;
    far_copy(block.begin + LINE_TEXT, *line + LINE_TEXT, length);
    *line = block.begin;
    return true;
}

static bool read_lines(void)
{
    uint32_t line = block.begin, end = block.begin + block.size;
    unsigned length = 0;
    int c;

    for (;;) {
        c = input_char(&in);
        if (c < 0 && !length)
            return true;
        if (line + LINE_TEXT + length + 16 > end && !move_to_begin(&line, length))
            return false;
        if (c >= 0 && c != '\n') {
            if (length == block.line_most) {
                complain("A line is too long\r\n");
                return false;
            }
            set_fs(line + LINE_TEXT + length);
            FS(uint8_t, (line + LINE_TEXT + length) & 15) = (uint8_t)c;
            length++;
            continue;
        }
        if (length && linear_get8(line + LINE_TEXT + length - 1) == '\r')
            length--;
        set_fs(line);
        FS(uint16_t, (line & 15) + LINE_LENGTH) = (uint16_t)length;
        add(line);
        line += LINE_TEXT + length;
        length = 0;
        if (c < 0)
            return true;
    }
}

static bool sort(void)
{
    if (!read_lines())
        return false;
    if (in.error) {
        complain_error(in.error, NULL);
        return false;
    }
    if (runs)
        return (!held || make_run()) && runs_merge();
    for (uint32_t line = take_all(); line && out_good(); line = next_of(line))
        line_show(line);
    return true;
}

int com_main(void)
{
    static const struct option options[] = { { "R", OPTION_SET, &reverse, true },
                                             { "+", OPTION_NUMBER, &column, 0 } };
    unsigned handle = STDIN, error;
    struct args a;
    bool good;

    switch (args_parse(&a, options, COUNT(options), 1)) {
    case ARGS_HELP:
        print("%s", help);
        return 0;
    case ARGS_BAD:
        return 1;
    case ARGS_GOOD:
        break;
    }
    if (!column || column > SEGMENT_MOST) {
        complain("Parameter format not correct\r\n");
        return 1;
    }
    if (a.words && (error = file_open(a.word[0], OPEN_READ, &handle))) {
        complain_error(error, a.word[0]);
        return 1;
    }
    if (!take_memory())
        return 1;
    on_break(runs_delete, BREAK_ABORT);
    collate_table(collate);
    input_begin(&in, handle, true);
    good = sort();
    runs_delete();
    return !(out_end() && good);
}
