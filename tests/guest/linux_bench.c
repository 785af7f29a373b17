/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels for tests; see the header. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/guest/linux_bench.h"

/* ---- the line ---- */

static size_t line_write(struct chardev *chr, const uint8_t *data, size_t len)
{
    struct test_line *line = (struct test_line *)chr;

    for (size_t i = 0; i < len; i++)
        if (line->length < sizeof(line->text) - 1)
            line->text[line->length++] = (char)data[i];
    return len;
}

static void line_hungry(struct chardev *chr)
{
    struct test_line *line = (struct test_line *)chr;
    size_t room = chr->room ? chr->room(chr->ctx) : 0;
    size_t left = line->typed ? strlen(line->typed) : 0;

    room = room < left ? room : left;
    if (!room)
        return;
    chr->receive(chr->ctx, (const uint8_t *)line->typed, room);
    line->typed += room;
}

void test_line_init(struct test_line *line)
{
    memset(line, 0, sizeof(*line));
    line->chr.write = line_write;
    line->chr.hungry = line_hungry;
    line->chr.lines = LINE_CTS | LINE_DSR | LINE_DCD;
}

void test_line_type(struct test_line *line, const char *text)
{
    line->typed = text;
    line_hungry(&line->chr);
}

struct wanted {
    struct test_line *line;
    const char *text;
};

static bool has_come(struct bench *b, void *arg)
{
    struct wanted *w = arg;
    char *at;

    (void)b;
    w->line->text[w->line->length] = 0;
    at = strstr(w->line->text + w->line->seen, w->text);
    if (at)
        w->line->seen = (size_t)(at - w->line->text) + strlen(w->text);
    return at != NULL;
}

bool bench_wait_line(struct bench *b, struct test_line *line, const char *text, unsigned ms)
{
    struct wanted w = { line, text };

    return bench_run_while_not(b, has_come, &w, ms);
}

/* ---- the guest ---- */

void linux_guest_start(struct linux_guest *g, const char *kernel, const char *initrd,
                       const char *cmdline, struct bench_setup setup)
{
    struct linux_files files = { .kernel_name = kernel,
                                 .initrd_name = initrd ? initrd : "",
                                 .cmdline = cmdline };
    struct error err = { { 0 } };

    memset(g, 0, sizeof(*g));
    g->kernel = bench_file(kernel);
    ck_assert_msg(g->kernel.data != NULL, "%s is missing", kernel);
    files.kernel = g->kernel.data;
    files.kernel_size = g->kernel.size;
    if (initrd) {
        g->initrd = bench_file(initrd);
        ck_assert_msg(g->initrd.data != NULL, "%s is missing", initrd);
        files.initrd = g->initrd.data;
        files.initrd_size = g->initrd.size;
    }
    ck_assert_msg(linux_boot_prepare(&g->boot, &files, setup.memory << 20, &err), "%s", err.text);
    test_line_init(&g->line);
    setup.linux_boot = &g->boot;
    setup.serial = &g->line.chr;
    g->bench = bench_new(&setup);
}

void linux_program(const char *name, char path[4096])
{
    snprintf(path, 4096, TEST_PROGRAMS "/%s.bin", name);
}

void linux_guest_end(struct linux_guest *g)
{
    bench_free(g->bench);
    linux_boot_free(&g->boot);
    free(g->kernel.data);
    free(g->initrd.data);
}
