/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of checks and small helpers. */
#include "suite.h"

enum { LINE = 200 };

struct dos_regs r;
static const char *program;
static char log_path[PATH_MAX], folder[PATH_MAX], own_arguments[PATH_MAX];
static unsigned checks, failures;

/* Not by CALL: `r` stays what the program wants to look at. */
static void write_line(const char *text)
{
    unsigned handle, done;

    if (file_open(log_path, OPEN_BOTH, &handle) && file_create(log_path, 0, &handle)) {
        put_text(STDERR, "the log cannot be opened\r\n");
        return;
    }
    file_seek(handle, SEEK_FROM_END, 0, &(uint32_t){ 0 });
    file_write(handle, text, (unsigned)strlen(text), &done);
    file_close(handle);
}

static void report(const char *what, const char *got)
{
    char line[LINE];

    checks++;
    if (*got)
        failures++;
    format_text(line, sizeof(line), "%s %s: %s%s\r\n", program, what, *got ? "got " : "ok", got);
    write_line(line);
}

/* The log's path, then what a program takes itself. */
void read_arguments(const char *name)
{
    const uint8_t *tail = psp_at(PSP_TAIL);
    char text[128];
    const char *p = text;
    unsigned n = 0;

    program = name;
    memcpy(text, tail + 1, tail[0]);
    text[tail[0]] = 0;
    while (*p == ' ')
        p++;
    while (*p > ' ' && n < sizeof(log_path) - 1)
        log_path[n++] = *p++;
    while (*p == ' ')
        p++;
    copy_text(own_arguments, p, sizeof(own_arguments));
}

const char *arguments(void)
{
    return own_arguments;
}

void begin(const char *name)
{
    char line[LINE], path[PATH_MAX];

    read_arguments(name);
    directory_get(0, path);
    format_text(folder, sizeof(folder), "%c:\\%s%s", 'A' + drive_current(), path,
                *path ? "\\" : "");
    format_text(line, sizeof(line), "%s begins\r\n", program);
    write_line(line);
}

int closing(void)
{
    char line[LINE];

    format_text(line, sizeof(line), "%s ends: %u checks, %u failures\r\n", program, checks,
                failures);
    write_line(line);
    return failures > 100 ? 100 : (int)failures;
}

/* ---- checks ---- */

void is(const char *what, uint32_t got, uint32_t wanted)
{
    char text[40];

    format_text(text, sizeof(text), "%04x, expected %04x", got, wanted);
    report(what, got == wanted ? "" : text);
}

void holds(const char *what, bool true_to_say)
{
    report(what, true_to_say ? "" : "no");
}

void is_text(const char *what, const char *got, const char *wanted)
{
    char text[120];

    format_text(text, sizeof(text), "\"%s\", expected \"%s\"", got, wanted);
    report(what, strcmp(got, wanted) ? text : "");
}

void is_bytes(const char *what, const void *got, const void *wanted, unsigned count)
{
    const uint8_t *g = got, *w = wanted;
    char text[80];

    for (unsigned i = 0; i < count; i++) {
        if (g[i] == w[i])
            continue;
        format_text(text, sizeof(text), "byte %u is %02x, expected %02x", i, g[i], w[i]);
        report(what, text);
        return;
    }
    report(what, "");
}

void works(const char *what, bool carry)
{
    char text[40];

    format_text(text, sizeof(text), "error %u", r.ax);
    report(what, carry ? text : "");
}

void fails(const char *what, unsigned error, bool carry)
{
    struct dos_regs told = { .ax = 0x5900 };
    char text[100] = "";

    dos(&told);
    if (!carry)
        format_text(text, sizeof(text), "no error (AX=%04x), expected error %u", r.ax, error);
    else if (r.ax != error)
        format_text(text, sizeof(text), "error %u, expected error %u", r.ax, error);
    else if (told.ax != error)
        format_text(text, sizeof(text), "error %u from 59h, expected error %u", told.ax, error);
    report(what, text);
}

void absent(const char *what)
{
    char line[LINE];

    format_text(line, sizeof(line), "%s %s: absent\r\n", program, what);
    write_line(line);
}

/* ---- helpers ---- */

static void must(unsigned error, const char *what, const char *name)
{
    char text[80];

    if (!error)
        return;
    format_text(text, sizeof(text), "%s %s", what, name);
    r.ax = (uint16_t)error;
    works(text, true);
}

unsigned make_file(const char *name, const char *content)
{
    unsigned handle = 0, done, size = (unsigned)strlen(content);

    must(file_create(name, 0, &handle), "21/3C00 create", name);
    must(size ? file_write(handle, content, size, &done) : 0, "21/4000 write", name);
    must(file_seek(handle, SEEK_FROM_START, 0, &(uint32_t){ 0 }), "21/4200 seek", name);
    return handle;
}

unsigned open_file(const char *name, unsigned mode)
{
    unsigned handle = 0;

    must(file_open(name, mode, &handle), "21/3D00 open", name);
    return handle;
}

void close_file(unsigned handle)
{
    must(file_close(handle), "21/3E00 close", "");
}

void remove_file(const char *name)
{
    file_set_attr(name, 0);
    file_delete(name);
}

bool is_remote(void)
{
    struct dos_regs q = { .ax = 0x4409 };

    return !dos(&q) && (q.dx & 0x1000);
}

bool is_freedos(void)
{
    struct dos_regs q = { .ax = 0x3000 };

    dos(&q);
    return q.bh == 0xfd;
}

const char *here(void)
{
    return folder;
}

char home(void)
{
    return log_path[0];
}

uint32_t far_get32(uint16_t segment, uint16_t offset)
{
    return far_get16(segment, offset) | (uint32_t)far_get16(segment, (uint16_t)(offset + 2)) << 16;
}

void far_read(void *to, uint16_t segment, uint16_t offset, unsigned count)
{
    uint8_t *p = to;

    for (unsigned i = 0; i < count; i++)
        p[i] = far_get8(segment, (uint16_t)(offset + i));
}

uint32_t vector(unsigned n)
{
    return far_get32(0, (uint16_t)(n * 4));
}

void set_vector(unsigned n, uint32_t address)
{
    struct dos_regs q = { .ax = (uint16_t)(0x2500 | n), .dx = (uint16_t)address };

    q.ds = q.es = (uint16_t)(address >> 16);
    dos_call(&q);
}

void set_stub(unsigned n, void (*stub)(void))
{
    set_vector(n, (uint32_t)own_segment() << 16 | NEAR16(stub));
}
