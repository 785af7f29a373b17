/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batch files: each line is read from the file anew, which may change while it runs. */
#include "shell.h"

enum { CTRL_C = 3, CTRL_Z = 0x1a, CHUNK = 64 };

static struct batch *current(void)
{
    return shell.depth ? &shell.batch[shell.depth - 1] : NULL;
}

static void keep_args(struct batch *b, const char *name, const char *tail)
{
    unsigned used = 0;

    b->words = b->shift = 0;
    for (const char *p = name; b->words < COUNT(b->word);) {
        char word[LINE_SIZE];

        if (b->words) {
            p = next_word(p, word, sizeof(word));
            if (!word[0])
                return;
        } else {
            copy_text(word, name, sizeof(word));
            p = tail;
        }
        if (used + strlen(word) + 1 > sizeof(b->args))
            return;
        b->word[b->words++] = (uint8_t)used;
        strcpy(b->args + used, word);
        used += (unsigned)strlen(word) + 1;
    }
}

void batch_run(const char *path, const char *name, const char *tail, bool call)
{
    unsigned from = shell.depth;
    bool chained = from > shell.base && !call; /* takes the place of the one that runs */
    struct batch *b;
    static char full[128];

    if (!chained && from == NESTING) {
        say(M_NESTING);
        return;
    }
    if (!chained)
        shell.depth++;
    b = current();
    if (true_name(path, full) || full[0] == '\\')
        copy_text(full, path, sizeof(full));
    copy_text(b->path, full, sizeof(b->path));
    b->position = 0;
    if (!chained)
        b->echo = shell.echo;
    keep_args(b, name, tail);
    if (!chained)
        batch_loop(from);
}

/* A key of two codes is one. */
static uint8_t read_any_key(void)
{
    uint8_t key = read_key();

    if (!key)
        read_key();
    return key;
}

/* A drive whose medium can be another one now (IOCTL 08h) */
static bool is_removable(const char *path)
{
    struct dos_regs r = { .ax = 0x4408, .bx = (uint16_t)(upper(path[0]) - 'A' + 1) };

    return path[1] == ':' && !dos(&r) && r.ax == 0;
}

/* The file, for which a person puts the disk back; false: it is gone, and the batch file ends. */
static bool open_batch(const struct batch *b, unsigned *file)
{
    while (file_open(b->path, OPEN_READ, file)) {
        if (!is_removable(b->path)) {
            print("Batch file missing - %s\r\n", b->path);
            return false;
        }
        print("\r\nInsert disk with batch file\r\nand press any key when ready\r\n");
        if (read_any_key() == CTRL_C)
            return false;
    }
    return true;
}

/* A line from the file; false: its end, or it is gone. */
static bool read_batch_line(struct batch *b, char *to, unsigned size)
{
    unsigned file, n = 0, done, used;
    char chunk[CHUNK];
    bool any = false, end = false;

    if (!open_batch(b, &file))
        return false;
    file_seek(file, SEEK_FROM_START, (int32_t)b->position, NULL);
    while (!end && !file_read(file, chunk, CHUNK, &done) && done) {
        for (used = 0; used < done && !end; used++) {
            char c = chunk[used];

            if (c == CTRL_Z) {
                end = true;
                break;
            }
            any = true;
            end = c == '\n';
            if (c != '\n' && c != '\r' && n < size - 1)
                to[n++] = c;
        }
        b->position += used;
    }
    to[n] = 0;
    file_close(file);
    return any;
}

static void add_char(char *to, unsigned *n, unsigned size, char c)
{
    if (*n < size - 1)
        to[(*n)++] = c;
}

static const char *add_variable(const char *p, char *to, unsigned *n, unsigned size)
{
    char name[LINE_SIZE], value[LINE_SIZE * 2];
    const char *end = strchr(p, '%');

    if (!end || end - p >= LINE_SIZE)
        return p;
    memcpy(name, p, (size_t)(end - p));
    name[end - p] = 0;
    env_get(name, value, sizeof(value));
    for (const char *v = value; *v; v++)
        add_char(to, n, size, *v);
    return end + 1;
}

/* %0 to %9, %NAME%, %% */
void batch_expand(const char *p, char *to, unsigned size)
{
    const struct batch *b = current();
    unsigned n = 0;

    while (*p) {
        if (*p != '%') {
            add_char(to, &n, size, *p++);
            continue;
        }
        p++;
        if (*p == '%') {
            add_char(to, &n, size, *p++);
        } else if (is_digit(*p)) {
            unsigned word = (unsigned)(*p++ - '0') + b->shift;

            if (word < b->words)
                for (const char *s = b->args + b->word[word]; *s; s++)
                    add_char(to, &n, size, *s);
        } else {
            p = add_variable(p, to, &n, size);
        }
    }
    to[n] = 0;
}

static void run_batch_line(const char *line)
{
    char text[LINE_SIZE * 2];
    char *p = text;

    batch_expand(line, text, sizeof(text));
    p = trim(text);
    if (*p == ':' || !*p)
        return;
    if (*p == '@') {
        p++;
    } else if (shell.echo) {
        show_prompt();
        print("%s\r\n", p);
    }
    run_redirected(p);
}

void batch_loop(unsigned depth)
{
    static char line[LINE_SIZE]; /* done with before it runs */

    while (shell.depth > depth && !shell.stop) {
        struct batch *b = current();

        if (shell.broken) {
            batch_ask();
            continue;
        }
        if (read_batch_line(b, line, sizeof(line))) {
            run_batch_line(line);
        } else {
            shell.echo = b->echo;
            shell.depth--;
        }
    }
}

void batch_ask(void)
{
    shell.broken = false;
    if (!shell.depth || ask("\r\nTerminate batch job (Y/N)?", "YN") == 'N')
        return;
    shell.echo = shell.batch[0].echo;
    shell.depth = 0;
}

/* ---- the commands that belong to batch files ---- */

static bool same_label(const char *line, const char *label)
{
    char word[9], wanted[9];
    unsigned n = 0;

    while (*line == ' ' || *line == '\t')
        line++;
    if (*line++ != ':')
        return false;
    line = skip_separators(line);
    while (n < 8 && line[n] && !is_separator(line[n]) && line[n] != ':') {
        word[n] = line[n];
        n++;
    }
    word[n] = 0;
    copy_text(wanted, label, sizeof(wanted)); /* 8 characters count */
    return same_text(word, wanted);
}

void command_goto(const char *tail)
{
    struct batch *b = current();
    char line[LINE_SIZE], label[LINE_SIZE];

    if (!b)
        return;
    next_word(tail, label, sizeof(label));
    b->position = 0;
    while (read_batch_line(b, line, sizeof(line)))
        if (same_label(line, label[0] == ':' ? label + 1 : label))
            return;
    say(M_NO_LABEL); /* and the batch file ends */
}

void command_shift(const char *tail)
{
    (void)tail;
    if (shell.depth && current()->shift < current()->words)
        current()->shift++;
}

void command_call(const char *tail)
{
    char name[PATH_MAX];
    const struct internal *command;
    const char *rest;

    tail = skip_separators(tail);
    command = find_internal(tail, &rest);
    if (command) {
        command->run(rest);
        return;
    }
    rest = next_word(tail, name, sizeof(name));
    if (name[0])
        run_program(name, rest, true);
}

static bool test_equal(const char **tail, bool *truth)
{
    char left[LINE_SIZE], right[LINE_SIZE];
    const char *p = *tail;
    unsigned n = 0;

    while (*p && *p != '=' && *p != ' ' && *p != '\t' && n < sizeof(left) - 1)
        left[n++] = *p++;
    left[n] = 0;
    while (*p == ' ' || *p == '\t')
        p++;
    if (p[0] != '=' || p[1] != '=')
        return false;
    *tail = next_word(p + 2, right, sizeof(right));
    *truth = !strcmp(left, right);
    return true;
}

void command_if(const char *tail)
{
    char word[LINE_SIZE];
    const char *rest = next_word(tail, word, sizeof(word));
    bool wanted = true, truth = false;
    struct found f;

    if (same_text(word, "NOT")) {
        wanted = false;
        tail = rest;
        rest = next_word(tail, word, sizeof(word));
    }
    if (same_text(word, "EXIST")) {
        rest = next_word(rest, word, sizeof(word));
        truth = !find_first(word, A_READ_ONLY | A_HIDDEN | A_SYSTEM, &f);
    } else if (same_text(word, "ERRORLEVEL")) {
        const char *digits = word;

        rest = next_word(rest, word, sizeof(word));
        truth = shell.exit_code >= parse_number(&digits);
    } else {
        rest = skip_separators(tail);
        if (!test_equal(&rest, &truth)) {
            say(M_SYNTAX);
            return;
        }
    }
    if (truth == wanted)
        run_line(skip_separators(rest));
}

struct loop {
    char variable;
    char set[LINE_SIZE];
    char command[LINE_SIZE * 2];
};

static bool parse_for(const char *tail, struct loop *l)
{
    char word[LINE_SIZE];
    const char *p = next_word(tail, word, sizeof(word)), *end;
    char *v = word;

    while (*v == '%')
        v++;
    l->variable = *v;
    if (v == word || !*v || v[1])
        return false;
    p = next_word(p, word, sizeof(word));
    p = skip_separators(p);
    end = strchr(p, ')');
    if (!same_text(word, "IN") || *p != '(' || !end || end - p > (int)sizeof(l->set))
        return false;
    memcpy(l->set, p + 1, (size_t)(end - p - 1));
    l->set[end - p - 1] = 0;
    p = next_word(end + 1, word, sizeof(word));
    copy_text(l->command, skip_separators(p), sizeof(l->command));
    return same_text(word, "DO") && *l->command;
}

static void run_with(const struct loop *l, const char *value)
{
    char line[LINE_SIZE * 2];
    unsigned n = 0;

    for (const char *p = l->command; *p; p++) {
        const char *v = p;

        while (*v == '%')
            v++;
        if (v == p || *v != l->variable) {
            add_char(line, &n, sizeof(line), *p);
            continue;
        }
        for (const char *s = value; *s; s++)
            add_char(line, &n, sizeof(line), *s);
        p = v;
    }
    line[n] = 0;
    if (shell.depth && shell.echo) {
        show_prompt();
        print("%s\r\n", line);
    }
    run_line(line);
}

void command_for(const char *tail)
{
    struct loop l;
    char word[PATH_MAX], path[PATH_MAX + NAME_MAX];
    const char *p = l.set;
    unsigned depth = shell.depth;

    if (!parse_for(tail, &l)) {
        say(M_SYNTAX);
        return;
    }
    while (!shell.broken && shell.depth == depth) {
        struct found f;
        unsigned error;

        p = next_word(p, word, sizeof(word));
        if (!word[0])
            return;
        if (!has_wildcards(word)) {
            run_with(&l, word);
            continue;
        }
        error = find_first(word, A_READ_ONLY, &f);
        while (!error && !shell.broken && shell.depth == depth) {
            copy_text(path, word, sizeof(path));
            strcpy(path + path_name(path), f.name);
            run_with(&l, path);
            error = find_next(&f);
        }
    }
}

void command_pause(const char *tail)
{
    (void)tail;
    print("Press any key to continue . . .");
    read_any_key();
    print("\r\n");
}
