/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See the header. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/unit/host/line_bench.h"

struct near_end near_end;
struct waiter *waiter;
char folder[64];

static size_t room(void *ctx)
{
    (void)ctx;
    return near_end.room > near_end.used ? 1 : 0;
}

static void receive(void *ctx, const uint8_t *data, size_t len)
{
    (void)ctx;
    ck_assert_uint_eq(len, 1);
    ck_assert_uint_lt(near_end.used, near_end.room);
    near_end.got[near_end.used++] = (char)*data;
}

static void receive_bad(void *ctx, uint8_t data, unsigned errors)
{
    receive(ctx, &data, 1);
    near_end.bad[near_end.bad_count++ % 8] = errors;
}

static void writable(void *ctx)
{
    (void)ctx;
    near_end.writables++;
}

static void lines_changed(void *ctx)
{
    (void)ctx;
    near_end.lines = near_end.chr->lines;
    near_end.changes++;
}

static void note(void *ctx, const char *text)
{
    size_t used = strlen(near_end.log);

    (void)ctx;
    snprintf(near_end.log + used, sizeof(near_end.log) - used, "%s\n", text);
}

void line_setup(void)
{
    struct error err;

    signal(SIGPIPE, SIG_IGN);
    near_end = (struct near_end){ .room = sizeof(near_end.got) };
    strcpy(folder, "/tmp/bygone-line-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    waiter = waiter_new(&err);
    ck_assert_ptr_nonnull(waiter);
}

void line_teardown(void)
{
    char command[100];

    line_close();
    waiter_free(waiter);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

const char *in_folder(const char *name)
{
    static char path[4][128];
    static unsigned next;

    next = (next + 1) % 4;
    snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
    return path[next];
}

void line_open_with(struct chardev_setup *setup)
{
    struct error err = { { 0 } };

    setup->name = "Serial 1";
    setup->waiter = waiter;
    setup->log = note;
    ck_assert_msg(chardev_open(setup, &near_end.chr, &err), "%s", err.text);
    if (!near_end.chr)
        return;
    near_end.chr->room = room;
    near_end.chr->receive = receive;
    near_end.chr->receive_bad = receive_bad;
    near_end.chr->writable = writable;
    near_end.chr->lines_changed = lines_changed;
    chardev_start(near_end.chr);
}

void line_open(const char *target)
{
    line_open_with(&(struct chardev_setup){ .target = target });
}

void line_close(void)
{
    if (near_end.chr)
        near_end.chr->free(near_end.chr);
    near_end.chr = NULL;
}

bool line_until(bool (*holds)(void))
{
    time_t end = time(NULL) + 20;

    while (!holds()) {
        if (time(NULL) > end)
            return false;
        waiter_turn(waiter, 20);
    }
    return true;
}

void line_settle(void)
{
    while (waiter_turn(waiter, 50))
        ;
}

bool line_up(void)
{
    return near_end.lines == (LINE_CTS | LINE_DSR | LINE_DCD);
}

bool line_down(void)
{
    return near_end.lines == 0;
}

size_t line_send(const char *text)
{
    size_t n = 0;

    while (text[n] && near_end.chr->write(near_end.chr, (const uint8_t *)text + n, 1) == 1)
        n++;
    return n;
}
