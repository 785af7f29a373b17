/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FIND: lines with a text in them. */
#include "args.h"
#include "files.h"
#include "text.h"

static const char help[] =
    "Searches files for a text.\r\n\r\n"
    "FIND [/V] [/C] [/N] [/I] \"text\" [[drive:][path]filename[ ...]]\r\n\r\n"
    "  /V  Shows the lines that do not contain the text.\r\n"
    "  /C  Shows only how many lines there are.\r\n"
    "  /N  Shows line numbers.\r\n"
    "  /I  Upper and lower case are the same.\r\n\r\n"
    "Without a file name standard input is searched.\r\n";

enum { FOUND, NOT_FOUND, FAILED, LINE_BUFFER = 4096, DIGITS = 12 };

static bool invert, count_only, numbers, fold;
static uint8_t text[ARG_TEXT], map[256], line[LINE_BUFFER];
static unsigned length;
static struct input in;
static bool any;

static struct line {
    unsigned used;  /* in line[] */
    uint32_t start; /* where it begins in the file */
    uint32_t size;  /* without its end */
    bool cut;       /* line[] has not all of it */
    bool hit;
} now;

/* Whether line[] has the text. */
static bool search(void)
{
    for (unsigned i = 0; length && i + length <= now.used; i++) {
        unsigned n = 0;

        while (n < length && map[line[i + n]] == text[n])
            n++;
        if (n == length)
            return true;
    }
    return false;
}

/* Room for more of a long line: what cannot belong to a hit that begins here goes. */
static void make_room(void)
{
    unsigned keep = length ? length - 1 : 0;

    now.hit |= search();
    now.cut = true;
    memmove(line, line + now.used - keep, keep);
    now.used = keep;
}

/* The next line; false: there is none. */
static bool read_line(bool device)
{
    int c;

    now = (struct line){ .start = input_position(&in) };
    while ((c = input_char(&in)) >= 0 && c != '\n') {
        if (now.used == LINE_BUFFER) {
            if (device) { /* cannot be read again: it ends here */
                in.at--;
                break;
            }
            make_room();
        }
        line[now.used++] = (uint8_t)c;
        now.size++;
    }
    if (c < 0 && !now.size)
        return false;
    if (now.used && line[now.used - 1] == '\r') {
        now.used--;
        now.size--;
    }
    now.hit |= search();
    return true;
}

static void show(uint32_t number)
{
    uint32_t behind = input_position(&in);
    bool end = in.end;

    if (numbers)
        out("[%u]", number);
    if (!now.cut) {
        out_bytes(line, now.used);
    } else {
        input_seek(&in, now.start);
        for (uint32_t n = now.size; n && !in.end; n--)
            out_char((char)input_char(&in));
        input_seek(&in, behind);
        in.end |= end;
    }
    out_text("\r\n");
}

/* name NULL: standard input */
static unsigned find_in(unsigned handle, const char *name)
{
    uint32_t number = 0, hits = 0;
    bool device = handle_is_device(handle);

    input_begin(&in, handle, true);
    if (name)
        out(count_only ? "\r\n---------- %s: " : "\r\n---------- %s\r\n", name);
    while (out_good() && read_line(device)) {
        number++;
        if (now.hit == invert)
            continue;
        hits++;
        if (!count_only)
            show(number);
    }
    if (count_only)
        out("%u\r\n", hits);
    any |= hits != 0;
    return in.error;
}

static bool find_in_file(const char *path)
{
    char name[LINE_SIZE];
    unsigned handle, error = file_open(path, OPEN_READ, &handle);

    copy_text(name, path, sizeof(name));
    upper_text(name);
    if (!error) {
        error = find_in(handle, name);
        file_close(handle);
    }
    if (error) {
        out_end();
        complain_error(error, name);
    }
    return !error;
}

static bool find_in_files(const char *pattern)
{
    char path[LINE_SIZE];
    unsigned at = path_name(pattern), error;
    struct found f;
    bool good = true;

    if (!has_wildcards(pattern))
        return find_in_file(pattern);
    error = find_first(pattern, A_READ_ONLY, &f);
    if (error) {
        complain_error(error, pattern);
        return false;
    }
    for (; !error && out_good(); error = find_next(&f)) {
        copy_text(path, pattern, at + 1);
        add_text(path, f.name, sizeof(path));
        good &= find_in_file(path);
    }
    return good;
}

static bool take_text(const struct args *a)
{
    if (!a->words) {
        complain("Required parameter missing\r\n");
        return false;
    }
    if (!(a->quoted & 1)) {
        complain("Parameter format not correct\r\n");
        return false;
    }
    for (unsigned i = 0; i < sizeof(map); i++)
        map[i] = (uint8_t)i;
    if (fold)
        upper_table(map);
    for (; length < sizeof(text) && a->word[0][length]; length++)
        text[length] = map[(uint8_t)a->word[0][length]];
    return true;
}

int com_main(void)
{
    static const struct option options[] = { { "V", OPTION_SET, &invert, true },
                                             { "C", OPTION_SET, &count_only, true },
                                             { "N", OPTION_SET, &numbers, true },
                                             { "I", OPTION_SET, &fold, true } };
    struct args a;
    bool good = true;

    switch (args_parse(&a, options, COUNT(options), ARG_WORDS)) {
    case ARGS_HELP:
        print("%s", help);
        return FOUND;
    case ARGS_BAD:
        return FAILED;
    case ARGS_GOOD:
        break;
    }
    if (!take_text(&a))
        return FAILED;
    if (a.words == 1)
        good = !find_in(STDIN, NULL);
    for (unsigned i = 1; i < a.words; i++)
        good &= find_in_files(a.word[i]);
    if (!out_end() || !good)
        return FAILED;
    return any ? FOUND : NOT_FOUND;
}
