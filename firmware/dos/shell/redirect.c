/* SPDX-License-Identifier: GPL-2.0-or-later */
/* < > >> and pipes, which are temporary files. */
#include "shell.h"

enum { CLOSED = 0xff };

static unsigned console_in KEPT, console_out KEPT; /* as they were when the shell began */

struct redirection {
    char line[LINE_SIZE * 2];
    char in[PATH_MAX], out[PATH_MAX];
    bool append;
};

void redirect_init(void)
{
    handle_duplicate(STDIN, &console_in);
    handle_duplicate(STDOUT, &console_out);
}

void redirect_reset(void)
{
    handle_force(console_in, STDIN);
    handle_force(console_out, STDOUT);
    for (unsigned h = console_out + 1; h < 20; h++)
        file_close(h);
}

/* The name behind a < or >; where it ends. */
static const char *take_name(const char *s, char *to)
{
    unsigned n = 0;

    s = skip_separators(s);
    while (*s && !is_separator(*s) && !strchr("<>|", *s)) {
        if (n < PATH_MAX - 1)
            to[n++] = *s;
        s++;
    }
    to[n] = 0;
    return s;
}

/* Takes redirections out up to a `|`, where it returns, or to the end. */
static const char *split(const char *s, struct redirection *r)
{
    unsigned n = 0;
    bool quoted = false;

    r->in[0] = r->out[0] = 0;
    r->append = false;
    for (; *s && (quoted || *s != '|'); s++) {
        if (*s == '"')
            quoted = !quoted;
        if (quoted || (*s != '<' && *s != '>')) {
            if (n < sizeof(r->line) - 1)
                r->line[n++] = *s;
            continue;
        }
        if (*s == '<') {
            s = take_name(s + 1, r->in) - 1;
            continue;
        }
        r->append = s[1] == '>';
        s = take_name(s + 1 + r->append, r->out) - 1;
    }
    r->line[n] = 0;
    return *s ? s + 1 : NULL;
}

static bool put_in_place(unsigned file, unsigned handle, unsigned *saved)
{
    bool done = !handle_duplicate(handle, saved) && !handle_force(file, handle);

    file_close(file);
    return done;
}

static unsigned open_output(const char *name, bool append, unsigned *file)
{
    if (append && !file_open(name, OPEN_BOTH, file))
        return file_seek(*file, SEEK_FROM_END, 0, NULL);
    return file_create(name, 0, file);
}

static void restore(unsigned saved, unsigned handle)
{
    if (saved == CLOSED)
        return;
    handle_force(saved, handle);
    file_close(saved);
}

static void run_one(const struct redirection *r)
{
    unsigned in = CLOSED, out = CLOSED, file, error = 0;

    if (r->in[0]) {
        error = file_open(r->in, OPEN_READ, &file);
        if (!error)
            put_in_place(file, STDIN, &in);
    }
    if (!error && r->out[0]) {
        error = open_output(r->out, r->append, &file);
        if (!error)
            put_in_place(file, STDOUT, &out);
    }
    if (error)
        say_error(error, NULL);
    else
        run_line(r->line);
    restore(in, STDIN);
    restore(out, STDOUT);
}

/* A new file in the folder of TEMP, or here. */
static bool temporary(char *path)
{
    struct dos_regs r = { .ax = 0x5a00, .dx = NEAR16(path) };
    unsigned n;

    if (!env_get("TEMP", path, PATH_MAX - NAME_MAX))
        copy_text(path, ".", PATH_MAX);
    n = (unsigned)strlen(path);
    if (n && path[n - 1] != '\\')
        add_text(path, "\\", PATH_MAX);
    if (dos(&r)) {
        say(M_CREATE);
        return false;
    }
    file_close(r.ax);
    return true;
}

void run_redirected(const char *line)
{
    char piped[2][PATH_MAX] = { { 0 }, { 0 } };
    static struct redirection r; /* done with before another one runs: FOR has its own copy */

    for (unsigned n = 0; line && !shell.broken; n = !n) {
        line = split(line, &r);
        if (piped[!n][0] && !r.in[0])
            copy_text(r.in, piped[!n], PATH_MAX);
        piped[n][0] = 0;
        if (line) {
            if (!temporary(piped[n]))
                break;
            if (!r.out[0])
                copy_text(r.out, piped[n], PATH_MAX);
        }
        run_one(&r);
        if (piped[!n][0])
            file_delete(piped[!n]);
        piped[!n][0] = 0;
    }
    for (unsigned n = 0; n < 2; n++)
        if (piped[n][0])
            file_delete(piped[n]);
}
