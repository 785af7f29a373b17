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

struct exec_block {
    uint16_t environment, tail, tail_segment, fcb1, fcb1_segment, fcb2, fcb2_segment;
} PACKED;

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

static void execute(const char *path, const char *tail)
{
    static uint8_t fcb[2][37], line[LINE_SIZE + 2];
    struct exec_block block = { .tail = NEAR16(line),
                                .fcb1 = NEAR16(fcb[0]),
                                .fcb2 = NEAR16(fcb[1]) };
    struct dos_regs r = { .ax = 0x4b00, .dx = NEAR16(path), .bx = NEAR16(&block) };
    uint16_t link = 0, strategy = 0;
    unsigned length = (unsigned)strlen(tail);
    bool high = shell.high && load_high(&link, &strategy), failed;

    if (length > TAIL_MAX)
        length = TAIL_MAX;
    line[0] = (uint8_t)length;
    memcpy(line + 1, tail, length);
    line[1 + length] = '\r';
    make_fcbs(tail, fcb);
    block.tail_segment = block.fcb1_segment = block.fcb2_segment = own_segment();
    failed = dos(&r);
    if (high)
        load_low(link, strategy);
    shell.high = false;
    if (failed) {
        if (r.ax == 8)
            say(M_NO_MEMORY);
        else
            print("Cannot execute %s\r\n", path);
        return;
    }
    r = (struct dos_regs){ .ax = 0x4d00 };
    dos(&r);
    shell.exit_code = r.al;
    if (r.ah == 1) /* it ended by Ctrl-C */
        shell.broken = true;
}

void run_program(const char *name, const char *tail, bool call)
{
    char path[PATH_MAX * 2];

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
