/* SPDX-License-Identifier: GPL-2.0-or-later */
/* COPY: files, joined files, devices. */
#include "files.h"
#include "shell.h"

enum { BUFFER = 4096, CTRL_Z = 0x1a, PARTS = 10, NONE = 0xffff };

struct part {
    char path[PATH_MAX];
    bool text, binary; /* /A, /B behind it, which hold for what follows, too */
};

static struct copy {
    struct part from[PARTS], to;
    unsigned parts;
    bool has_to, yes, text, binary;
    bool verify; /* /V: DOS reads back what it writes, which it did not before */
    unsigned copied;
} copy;
static char buffer[BUFFER];

static bool overwrites(const char *path)
{
    char question[PATH_MAX + 40], key;
    unsigned attr;

    if (copy.yes || shell.depth || shell.single || file_attr(path, &attr))
        return true;
    format_text(question, sizeof(question), "Overwrite %s (Yes/No/All)?", path);
    key = ask(question, "YNA");
    if (key == 'A')
        copy.yes = true;
    return key != 'N';
}

/* One file into an open one; text ends at Ctrl-Z. */
static unsigned copy_data(unsigned from, unsigned to, bool text)
{
    unsigned done, written, error;

    while (!(error = file_read(from, buffer, BUFFER, &done)) && done) {
        unsigned n = 0;

        while (text && n < done && buffer[n] != CTRL_Z)
            n++;
        if (!text)
            n = done;
        error = file_write(to, buffer, n, &written);
        if (error)
            return error;
        if (written < n) {
            say(M_DISK_FULL);
            return 0xffff;
        }
        if (n < done)
            break;
    }
    return error;
}

/* Source `n` with its wildcards replaced by what was found */
static void name_in(char *to, const char *pattern, const char *name)
{
    copy_text(to, pattern, PATH_MAX);
    to[path_name(to)] = 0;
    add_text(to, name, PATH_MAX);
}

static void target_of(char *to, const char *name)
{
    char last[NAME_MAX + 3], made[NAME_MAX + 3];

    copy_text(to, copy.to.path, PATH_MAX);
    if (is_directory(to)) {
        unsigned n = (unsigned)strlen(to);

        if (to[n - 1] != '\\' && to[n - 1] != ':')
            add_text(to, "\\", PATH_MAX);
        add_text(to, name, PATH_MAX);
        return;
    }
    copy_text(last, to + path_name(to), sizeof(last));
    if (!has_wildcards(last))
        return;
    apply_pattern(made, last, name);
    name_in(to, copy.to.path, made);
}

static void finish(unsigned to, unsigned from, bool keep_time, bool mark)
{
    uint16_t time, date;

    if (mark)
        put_bytes(to, "\x1a", 1);
    if (keep_time && !file_time(from, &time, &date))
        file_set_time(to, time, date);
}

/* Opens and copies one file; *to is created before its first part. */
static bool copy_file(const char *source, const char *target, unsigned *to, bool append)
{
    unsigned from, error = file_open(source, OPEN_READ, &from);
    bool device, text; /* what is joined is text unless /B says otherwise */

    if (error) {
        say_error(error, source);
        return false;
    }
    device = handle_is_device(from);
    text = copy.text || (!copy.binary && device) || (!copy.binary && copy.parts > 1);
    if (!append) {
        error = file_create(target, 0, to);
        if (error) {
            *to = NONE;
            say(M_CREATE);
            file_close(from);
            return false;
        }
    }
    error = copy_data(from, *to, text);
    if (!error && copy.parts == 1)
        finish(*to, from, !device && !handle_is_device(*to), copy.text && !handle_is_device(*to));
    file_close(from);
    if (error && error != 0xffff)
        say_error(error, source);
    return !error;
}

/* `source` with one target each. */
static void copy_each(const struct part *p)
{
    char source[PATH_MAX], target[PATH_MAX];
    struct found f;
    unsigned to, error;

    copy_text(source, p->path, sizeof(source));
    if (is_directory(source))
        complete_pattern(source, sizeof(source));
    error = find_first(source, A_READ_ONLY, &f);
    if (error) {
        say_error(error, p->path);
        return;
    }
    for (; !error && !shell.broken; error = find_next(&f)) {
        char path[PATH_MAX];
        bool done;

        name_in(path, source, f.name);
        target_of(target, f.name);
        if (has_wildcards(source) || is_directory(p->path))
            print("%s\r\n", path);
        if (same_file(path, target)) {
            say(M_ONTO_ITSELF);
            return;
        }
        if (!overwrites(target))
            continue;
        to = NONE;
        done = copy_file(path, target, &to, false);
        if (to != NONE)
            file_close(to);
        if (!done)
            return;
        copy.copied++;
    }
}

/* To where others are added: the end, or the Ctrl-Z of a text, behind which nothing stays. */
static void seek_text_end(unsigned file)
{
    uint32_t position = 0;
    unsigned done, n = 0;

    if (copy.binary) {
        file_seek(file, SEEK_FROM_END, 0, NULL);
        return;
    }
    while (!file_read(file, buffer, BUFFER, &done) && done) {
        for (n = 0; n < done && buffer[n] != CTRL_Z; n++)
            ;
        position += n;
        if (n < done)
            break;
    }
    file_seek(file, SEEK_FROM_START, (int32_t)position, NULL);
    file_write(file, buffer, 0, &done);
}

/* All sources into one file. */
static void copy_joined(void)
{
    char target[PATH_MAX], path[PATH_MAX];
    unsigned to = 0;
    bool open = false, good = true;

    copy_text(target, copy.to.path, sizeof(target));
    for (unsigned i = 0; i < copy.parts && good; i++) {
        struct found f;
        unsigned error = find_first(copy.from[i].path, A_READ_ONLY, &f);

        if (!copy.has_to && !i) { /* the first is what the others are added to */
            if (error || file_open(target, OPEN_BOTH, &to)) {
                say_error(2, target);
                return;
            }
            seek_text_end(to);
            open = true;
            continue;
        }
        for (; !error && good; error = find_next(&f)) {
            name_in(path, copy.from[i].path, f.name);
            if (i == 0 && !open)
                target_of(target, f.name);
            if (same_file(path, target))
                continue;
            if (!open && !overwrites(target))
                return;
            print("%s\r\n", path);
            good = copy_file(path, target, &to, open);
            open |= good;
        }
    }
    if (open) {
        if (!copy.binary && !handle_is_device(to))
            finish(to, to, false, true);
        file_close(to);
    }
    copy.copied = open && good;
    if (!open)
        say_error(2, copy.from[0].path);
}

/* ---- the command line ---- */

static bool set_option(char c)
{
    switch (c) {
    case 'A':
        copy.text = true;
        copy.binary = false;
        return true;
    case 'B':
        copy.binary = true;
        copy.text = false;
        return true;
    case 'V':
        copy.verify = true;
        return true;
    case 'Y':
        copy.yes = true;
        return true;
    default:
        return false;
    }
}

static const char *parse_option(const char *p, bool *good)
{
    if (p[0] == '-' && upper(p[1]) == 'Y') {
        copy.yes = false;
        return p + 2;
    }
    *good = set_option(upper(*p));
    if (!*good)
        print("Invalid switch - /%c\r\n", *p);
    return p + 1;
}

static bool parse_copy(const char *p)
{
    bool joined = true, good = true; /* the first name is a source */

    for (;;) {
        struct part *part;
        unsigned n = 0;

        while (is_separator(*p) || *p == '+') {
            joined |= *p == '+';
            p++;
        }
        if (!*p)
            break;
        if (*p == '/') {
            p = parse_option(p + 1, &good);
            if (!good)
                return false;
            continue;
        }
        if (joined && (copy.has_to || copy.parts == PARTS)) {
            say(M_TOO_MANY);
            return false;
        }
        if (!joined && copy.has_to) {
            say(M_TOO_MANY);
            return false;
        }
        part = joined ? &copy.from[copy.parts++] : &copy.to;
        copy.has_to |= !joined;
        while (*p && !is_separator(*p) && *p != '+' && *p != '/' && n < PATH_MAX - 1)
            part->path[n++] = *p++;
        part->path[n] = 0;
        joined = false;
    }
    if (!copy.parts)
        say(M_MISSING);
    return copy.parts;
}

void copy_reset(void)
{
    if (copy.verify)
        verify_set(false);
    copy.verify = false;
}

void command_copy(const char *tail)
{
    char defaults[LINE_SIZE];

    memset(&copy, 0, sizeof(copy));
    if (env_get("COPYCMD", defaults, sizeof(defaults)))
        copy.yes = same_text(trim(defaults), "/Y");
    if (!parse_copy(tail)) {
        copy.verify = false;
        return;
    }
    if (!copy.has_to)
        copy_text(copy.to.path, copy.parts > 1 ? copy.from[0].path : ".", PATH_MAX);
    copy.verify &= !verify_get();
    if (copy.verify)
        verify_set(true);
    if (copy.parts > 1)
        copy_joined();
    else
        copy_each(&copy.from[0]);
    copy_reset();
    print("%,9u file(s) copied\r\n", copy.copied);
}
