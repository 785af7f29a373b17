/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs: where they are found, and EXEC. */
#include "shell.h"

static const char *const extensions[] = { ".COM", ".EXE", ".BAT" };

static bool there(const char *path)
{
    struct found f;

    return !has_wildcards(path) && !find_first(path, A_READ_ONLY | A_HIDDEN | A_SYSTEM, &f);
}

/* A name with or without an extension, in one directory. */
static bool find_with(char *path, unsigned size)
{
    const char *dot = strrchr(path + path_name(path), '.');
    unsigned n = (unsigned)strlen(path);

    for (unsigned i = 0; i < COUNT(extensions); i++) {
        if (dot) {
            if (same_text(dot, extensions[i]))
                return there(path);
            continue;
        }
        if (n + 5 > size)
            return false;
        strcpy(path + n, extensions[i]);
        if (there(path))
            return true;
    }
    path[n] = 0;
    return false;
}

static bool search(const char *name, char *to, unsigned size)
{
    char list[LINE_SIZE * 2];
    char *p = list;

    copy_text(to, name, size);
    if (find_with(to, size))
        return true;
    if (path_name(name) || !env_get("PATH", list, sizeof(list)))
        return false;
    while (*p) {
        char *end = strchr(p, ';');
        unsigned n;

        if (end)
            *end = 0;
        copy_text(to, trim(p), size);
        n = (unsigned)strlen(to);
        if (n && to[n - 1] != '\\' && to[n - 1] != ':')
            add_text(to, "\\", size);
        add_text(to, name, size);
        if (n && find_with(to, size))
            return true;
        if (!end)
            break;
        p = end + 1;
    }
    return false;
}

/* FCBs of the first two words, as INT 21h/29h makes them. */
static void make_fcbs(const char *tail, uint8_t fcb[2][37])
{
    const char *p = tail;

    for (unsigned i = 0; i < 2; i++) {
        struct dos_regs r = { .ax = 0x2901, .di = NEAR16(fcb[i]) };

        p = skip_separators(p);
        r.si = NEAR16(p);
        memset(fcb[i], 0, 37);
        memset(fcb[i] + 1, ' ', 11);
        dos(&r);
        while (*p && !is_separator(*p))
            p++;
    }
}

static bool load_high(uint16_t *link, uint16_t *strategy)
{
    struct dos_regs r = { .ax = 0x5802 }, s = { .ax = 0x5800 }, set = { .ax = 0x5803, .bx = 1 };

    dos(&r);
    dos(&s);
    *link = r.al;
    *strategy = s.ax;
    if (dos(&set))
        return false;
    set = (struct dos_regs){ .ax = 0x5801, .bx = 0x80 }; /* first fit, upper memory first */
    dos(&set);
    return true;
}

static void load_low(uint16_t link, uint16_t strategy)
{
    struct dos_regs r = { .ax = 0x5801, .bx = strategy };

    dos(&r);
    r = (struct dos_regs){ .ax = 0x5803, .bx = link };
    dos(&r);
}

/* All that EXEC needs into the resident part */
static void prepare(const char *path, const char *tail)
{
    uint8_t fcb[2][37], line[LINE_SIZE + 2];
    const struct {
        uint16_t mark;
        uint8_t quiet;
    } PACKED told = { SHELL_MARK, shell.depth || shell.single };
    char comspec[PATH_MAX];
    unsigned length = (unsigned)strlen(tail);

    if (length > TAIL_MAX)
        length = TAIL_MAX;
    line[0] = (uint8_t)length;
    memcpy(line + 1, tail, length);
    line[1 + length] = '\r';
    make_fcbs(tail, fcb);
    env_get("COMSPEC", comspec, sizeof(comspec));
    home_put(psp_at(PSP_SHELL), &told, sizeof(told));
    home_put(exec_path, path, (unsigned)strlen(path) + 1);
    home_put(exec_tail, line, length + 2);
    home_put(exec_fcbs, fcb, sizeof(fcb));
    home_put(comspec_path, comspec, sizeof(comspec));
}

static void execute(const char *path, const char *tail)
{
    struct dos_regs r = { .ax = 0x4d00 };
    uint16_t link = 0, strategy = 0;
    bool high = shell.high && load_high(&link, &strategy);
    unsigned error;

    prepare(path, tail);
    error = run_resident((uint32_t)((uint8_t *)&shell.batch[shell.depth] - bss_start));
    if (high)
        load_low(link, strategy);
    shell.high = false;
    if (error) {
        if (error == 8)
            say(M_NO_MEMORY);
        else
            say(M_CANNOT_EXECUTE);
        return;
    }
    dos(&r);
    shell.exit_code = r.al;
    if (r.ah == 1) /* it ended by Ctrl-C */
        shell.broken = true;
}

void run_program(const char *name, const char *tail, bool call)
{
    static char path[PATH_MAX * 2]; /* not on the stack, which is kept while a program runs */

    if (!search(name, path, sizeof(path))) {
        say(M_BAD_COMMAND);
        return;
    }
    upper_text(path);
    if (same_text(strrchr(path, '.'), ".BAT"))
        batch_run(path, name, tail, call);
    else
        execute(path, tail);
}
