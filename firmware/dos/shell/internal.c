/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of internal commands, and those that are a few lines. */
#include "files.h"
#include "shell.h"

static void command_cd(const char *tail)
{
    struct args a;
    char path[PATH_MAX];

    if (!parse_args(&a, tail))
        return;
    if (a.words && a.word[0][1] == ':' && !drive_valid((unsigned)(upper(a.word[0][0]) - 'A'))) {
        say(M_BAD_DRIVE);
    } else if (!a.words || (a.word[0][1] == ':' && !a.word[0][2])) {
        unsigned drive = a.words ? (unsigned)(upper(a.word[0][0]) - 'A') : drive_current();

        if (!directory_get(drive + 1, path))
            print("%c:\\%s\r\n", 'A' + drive, path);
    } else if (directory_change(a.word[0])) {
        say(M_BAD_DIRECTORY);
    }
}

static void command_md(const char *tail)
{
    struct args a;

    if (!parse_args(&a, tail))
        return;
    if (!a.words)
        say(M_MISSING);
    else if (directory_make(a.word[0]))
        say(M_CANNOT_MAKE);
}

static void command_rd(const char *tail)
{
    struct args a;
    unsigned error;

    if (!parse_args(&a, tail))
        return;
    if (!a.words) {
        say(M_MISSING);
        return;
    }
    error = directory_remove(a.word[0]);
    if (error == 16)
        print("Attempt to remove current directory - %s\r\n", a.word[0]);
    else if (error)
        say(M_CANNOT_REMOVE);
}

static void delete_matching(char *pattern, bool prompt)
{
    char path[PATH_MAX + NAME_MAX];
    struct found f;
    unsigned error = find_first(pattern, A_READ_ONLY, &f);

    if (error)
        say_error(error, NULL);
    for (; !error; error = find_next(&f)) {
        unsigned failed;
        char question[PATH_MAX + 40];

        copy_text(path, pattern, sizeof(path));
        strcpy(path + path_name(path), f.name);
        format_text(question, sizeof(question), "%s,    Delete (Y/N)?", path);
        if (prompt && ask(question, "YN") == 'N')
            continue;
        failed = file_delete(path);
        if (failed)
            say_error(failed, path);
    }
}

static void command_del(const char *tail)
{
    char pattern[PATH_MAX];
    struct args a;
    bool prompt;

    if (!parse_args(&a, tail))
        return;
    prompt = a.options && a.option[0][0] == 'P';
    if (a.options && !prompt) {
        print("Invalid switch - /%s\r\n", a.option[0]);
        return;
    }
    if (a.words != 1) {
        say(a.words ? M_TOO_MANY : M_MISSING);
        return;
    }
    copy_text(pattern, a.word[0], PATH_MAX);
    complete_pattern(pattern, sizeof(pattern));
    if (!prompt && same_text(pattern + path_name(pattern), "*.*")) {
        print("All files in directory will be deleted!\r\n");
        if (ask("Are you sure (Y/N)?", "YN") == 'N')
            return;
    }
    delete_matching(pattern, prompt);
}

/* Each file that the first name finds gets what the second, a pattern, makes of its name. */
static void command_ren(const char *tail)
{
    struct args a;
    struct found f;
    char from[PATH_MAX], to[PATH_MAX], name[NAME_MAX + 3];
    unsigned error;

    if (!parse_args(&a, tail))
        return;
    if (a.words != 2 || path_name(a.word[1])) {
        say(a.words < 2 ? M_MISSING : a.words > 2 ? M_TOO_MANY : M_SYNTAX);
        return;
    }
    error = find_first(a.word[0], A_READ_ONLY | A_DIRECTORY, &f);
    if (error) {
        say(M_DUPLICATE);
        return;
    }
    for (; !error; error = find_next(&f)) {
        if (f.name[0] == '.')
            continue;
        copy_text(from, a.word[0], sizeof(from));
        from[path_name(from)] = 0;
        copy_text(to, from, sizeof(to));
        add_text(from, f.name, sizeof(from));
        apply_pattern(name, a.word[1], f.name);
        add_text(to, name, sizeof(to));
        if (file_rename(from, to)) {
            say(M_DUPLICATE);
            return;
        }
    }
}

static void command_type(const char *tail)
{
    static char chunk[512];
    unsigned file, done, error;
    struct args a;

    if (!parse_args(&a, tail))
        return;
    if (a.words != 1) {
        say(a.words ? M_TOO_MANY : M_MISSING);
        return;
    }
    error = file_open(a.word[0], OPEN_READ, &file);
    if (error) {
        say_error(error, a.word[0]);
        return;
    }
    while (!file_read(file, chunk, sizeof(chunk), &done) && done) {
        unsigned n = 0;

        while (n < done && chunk[n] != 0x1a)
            n++;
        if (!put_bytes(STDOUT, chunk, n) || n < done)
            break;
    }
    file_close(file);
}

static void command_cls(const char *tail)
{
    (void)tail;
    if (handle_is_device(STDOUT)) {
        struct dos_regs mode = { .ax = 0x0f00 }, clear = { .ax = 0x0600, .bx = 0x0700 };
        struct dos_regs home = { .ax = 0x0200 };
        uint8_t rows = far_get8(0x40, 0x84);

        int_call(&mode, 0x10);
        clear.dh = rows ? rows : 24;
        clear.dl = (uint8_t)(mode.ah - 1);
        int_call(&clear, 0x10);
        home.bh = mode.bh;
        int_call(&home, 0x10);
    } else {
        print("\x1b[2J");
    }
}

static void command_ver(const char *tail)
{
    (void)tail;
    print("\r\nBygone DOS, compatible with MS-DOS Version 6.22\r\n\r\n");
}

/* ON, OFF or a question. */
static bool on_off(const char *tail, const char *what, bool now, bool *set)
{
    char word[8];

    next_word(tail, word, sizeof(word));
    *set = now;
    if (!word[0]) {
        print("%s is %s\r\n", what, now ? "on" : "off");
        return false;
    }
    if (same_text(word, "ON") || same_text(word, "OFF")) {
        *set = same_text(word, "ON");
        return true;
    }
    say(M_ON_OFF);
    return false;
}

static void command_break(const char *tail)
{
    struct dos_regs r = { .ax = 0x3300 };
    bool set;

    dos(&r);
    if (!on_off(tail, "BREAK", r.dl, &set))
        return;
    r = (struct dos_regs){ .ax = 0x3301, .dx = set };
    dos(&r);
}

bool verify_get(void)
{
    struct dos_regs r = { .ax = 0x5400 };

    dos(&r);
    return r.al;
}

void verify_set(bool on)
{
    struct dos_regs r = { .ax = (uint16_t)(0x2e00 | on) };

    dos(&r);
}

static void command_verify(const char *tail)
{
    bool set;

    if (on_off(tail, "VERIFY", verify_get(), &set))
        verify_set(set);
}

static void command_echo(const char *tail)
{
    char word[8];
    const char *rest;

    if (!*tail || (is_separator(*tail) && !*skip_separators(tail))) {
        print("ECHO is %s\r\n", shell.echo ? "on" : "off");
        return;
    }
    tail++; /* what stands behind ECHO: a space, a dot */
    rest = next_word(tail, word, sizeof(word));
    if ((same_text(word, "ON") || same_text(word, "OFF")) && !*skip_separators(rest))
        shell.echo = same_text(word, "ON");
    else
        print("%s\r\n", tail);
}

static void command_rem(const char *tail)
{
    (void)tail;
}

static void command_exit(const char *tail)
{
    (void)tail;
    shell.stop = !shell.permanent;
}

static void command_chcp(const char *tail)
{
    struct dos_regs r = { .ax = 0x6601 };
    const char *p = skip_separators(tail);

    if (!*p) {
        if (!dos(&r))
            print("Active code page: %u\r\n", (unsigned)r.bx);
        return;
    }
    r = (struct dos_regs){ .ax = 0x6602, .bx = (uint16_t)parse_number(&p) };
    if (*p || dos(&r))
        say(M_BAD_PAGE);
}

void command_ctty(const char *tail)
{
    char name[PATH_MAX];
    unsigned file;

    next_word(tail, name, sizeof(name));
    if (!name[0] || file_open(name, OPEN_BOTH, &file)) {
        say(M_BAD_DEVICE);
        return;
    }
    if (!handle_is_device(file)) {
        say(M_BAD_DEVICE);
    } else {
        for (unsigned h = STDIN; h <= STDERR; h++)
            handle_force(file, h);
    }
    file_close(file);
}

static void command_truename(const char *tail)
{
    char path[PATH_MAX], full[128];
    unsigned error;

    next_word(tail, path, sizeof(path));
    error = true_name(path[0] ? path : ".", full);
    if (error)
        say_error(error, NULL);
    else
        print("%s\r\n", full);
}

static void command_loadhigh(const char *tail)
{
    char word[LINE_SIZE];

    for (;;) {
        tail = skip_separators(tail);
        if (*tail != '/')
            break;
        tail = next_word(tail, word, sizeof(word)); /* /L:region, /S: all regions are one here */
    }
    if (!*tail) {
        say(M_MISSING);
        return;
    }
    shell.high = true;
    run_line(tail);
    shell.high = false;
}

static const struct internal commands[] = {
    { "BREAK", command_break, false },
    { "CALL", command_call, false },
    { "CD", command_cd, true },
    { "CHDIR", command_cd, true },
    { "CHCP", command_chcp, false },
    { "CLS", command_cls, false },
    { "COPY", command_copy, false },
    { "CTTY", command_ctty, false },
    { "DATE", command_date, false },
    { "DEL", command_del, false },
    { "DIR", command_dir, true },
    { "ECHO", command_echo, true },
    { "ERASE", command_del, false },
    { "EXIT", command_exit, false },
    { "FOR", command_for, false },
    { "GOTO", command_goto, false },
    { "IF", command_if, false },
    { "LH", command_loadhigh, false },
    { "LOADHIGH", command_loadhigh, false },
    { "MD", command_md, true },
    { "MKDIR", command_md, true },
    { "PATH", command_path, false },
    { "PAUSE", command_pause, false },
    { "PROMPT", command_prompt, false },
    { "RD", command_rd, true },
    { "REM", command_rem, false },
    { "REN", command_ren, false },
    { "RENAME", command_ren, false },
    { "RMDIR", command_rd, true },
    { "SET", command_set, false },
    { "SHIFT", command_shift, false },
    { "TIME", command_time, false },
    { "TRUENAME", command_truename, false },
    { "TYPE", command_type, false },
    { "VER", command_ver, false },
    { "VERIFY", command_verify, false },
    { "VOL", command_vol, false },
};

/* The letters of a line's first word are a command, unless more of a name follows. */
const struct internal *find_internal(const char *line, const char **tail)
{
    char name[10];
    unsigned n = 0;

    while (is_letter(line[n]) && n < sizeof(name) - 1) {
        name[n] = line[n];
        n++;
    }
    name[n] = 0;
    for (unsigned i = 0; i < COUNT(commands); i++) {
        if (!same_text(name, commands[i].name))
            continue;
        if (line[n] && !is_separator(line[n]) && !strchr("/+\"<>|(", line[n]) &&
            !(commands[i].dots && strchr(".\\:[]", line[n])))
            return NULL;
        *tail = line + n;
        return &commands[i];
    }
    return NULL;
}
