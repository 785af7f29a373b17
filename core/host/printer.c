/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Printers that are a file or a folder of the host; see the header. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/host/helper.h"
#include "core/host/printer.h"
#include "core/host/spool.h"

enum { RETRY_MS = 2000 };

struct paper {
    struct printer printer; /* first member */
    struct printer_setup setup;
    int fd;          /* of the file, or of the open job; -1: none */
    bool asked;      /* the helper is opening one */
    uint32_t number; /* of the last order */
    bool keep;       /* the open job is part of a saved state */
    bool started;    /* the machine can be told */
    struct spool_folder folder;
    struct helper helper; /* fd -1: a plain file */
    struct watch helper_watch, timer_watch;
    int timer;
};

static void say(struct paper *p, const char *what)
{
    char line[600];

    snprintf(line, sizeof(line), "%s (%.300s): %.100s", p->setup.name, p->setup.target, what);
    if (p->setup.log)
        p->setup.log(p->setup.log_ctx, line);
}

/* The host cannot write; it is tried again from time to time. */
static void fail(struct paper *p, int error)
{
    if (p->printer.status == PRINTER_READY)
        say(p, strerror(error));
    p->printer.status =
        error == ENOSPC || error == EDQUOT || error == EFBIG ? PRINTER_NO_PAPER : PRINTER_OFFLINE;
    host_timer_set(p->timer, RETRY_MS);
}

/* The job's first character, or one that waited, may come (again). */
static void go_on(struct paper *p)
{
    if (p->started && p->printer.writable)
        p->printer.writable(p->printer.ctx);
}

static void order(struct paper *p, enum spool_op op, uint64_t job)
{
    struct spool_order message = { .op = op, .job = job };

    if (p->helper.fd < 0)
        return;
    message.number = op == SPOOL_SETTLE ? 0 : ++p->number;
    p->asked = p->asked || op == SPOOL_BEGIN || op == SPOOL_RESUME;
    helper_send(p->helper.fd, &message, sizeof(message), -1);
}

static bool paper_write(struct printer *printer, uint8_t byte)
{
    struct paper *p = (struct paper *)printer;
    ssize_t n;

    if (p->fd < 0) {
        if (p->helper.fd < 0)
            fail(p, EIO);
        else if (!p->asked && printer->status == PRINTER_READY)
            order(p, printer->job ? SPOOL_RESUME : SPOOL_BEGIN, printer->job);
        return false;
    }
    do
        n = write(p->fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n == 1) {
        printer->status = PRINTER_READY;
        return true;
    }
    if (n < 0 && errno == EAGAIN) /* a pipe that is full: soon, and it is no fault */
        host_timer_set(p->timer, RETRY_MS / 100);
    else
        fail(p, n < 0 ? errno : ENOSPC);
    return false;
}

static void try_again(void *ctx, unsigned events)
{
    struct paper *p = ctx;
    uint64_t count;
    ssize_t ignored = read(p->timer, &count, sizeof(count));

    (void)ignored;
    (void)events;
    if (p->fd < 0 && p->helper.fd >= 0) {
        if (!p->asked)
            order(p, p->printer.job ? SPOOL_RESUME : SPOOL_BEGIN, p->printer.job);
        return;
    }
    p->printer.status = PRINTER_READY;
    go_on(p);
}

static void paper_end_job(struct printer *printer)
{
    struct paper *p = (struct paper *)printer;

    if (p->helper.fd < 0 || (p->fd < 0 && !printer->job))
        return;
    if (p->fd >= 0)
        close(p->fd);
    else if (!p->asked) /* a job that was to be resumed and never could be */
        order(p, SPOOL_RESUME, printer->job);
    p->fd = -1;
    p->asked = false;
    printer->job = 0;
    order(p, SPOOL_END, 0);
}

static void paper_resume_job(struct printer *printer, uint64_t job)
{
    struct paper *p = (struct paper *)printer;

    if (p->helper.fd < 0)
        return;
    printer->job = job;
    order(p, SPOOL_RESUME, job);
}

static void helper_ready(void *ctx, unsigned events)
{
    struct paper *p = ctx;
    struct spool_answer answer;
    int fd, got = helper_receive(p->helper.fd, &answer, sizeof(answer), &fd);

    (void)events;
    if (got < 0) { /* killed by somebody */
        watch_stop(&p->helper_watch);
        helper_stop(&p->helper, true);
        fail(p, EPIPE);
        return;
    }
    if (got == 0)
        return;
    if (answer.op == SPOOL_END) {
        if (answer.error)
            say(p, strerror(answer.error));
        return;
    }
    if (!p->asked || answer.number != p->number) { /* the job has ended meanwhile */
        if (fd >= 0)
            close(fd);
        return;
    }
    p->asked = false;
    if (answer.error) {
        fail(p, answer.error);
        return;
    }
    p->fd = fd;
    p->printer.job = answer.job;
    p->printer.status = PRINTER_READY;
    go_on(p);
}

static void paper_free(struct printer *printer)
{
    struct paper *p = (struct paper *)printer;

    if (!p->keep)
        paper_end_job(printer);
    watch_stop(&p->helper_watch);
    helper_stop(&p->helper, false); /* it finishes what it was told */
    watch_stop(&p->timer_watch);
    close(p->timer);
    if (p->fd >= 0) {
        fsync(p->fd);
        close(p->fd);
    }
    free(p);
}

bool printer_open(const struct printer_setup *setup, struct printer **printer, struct error *err)
{
    const char *path = strchr(setup->target, ':');
    struct paper *p;
    bool ok = true;

    *printer = NULL;
    if (!path)
        return !strcmp(setup->target, "none") ||
               error_set(err, "%s: there is nothing called %.100s to print to", setup->name,
                         setup->target);
    p = calloc(1, sizeof(*p));
    assert(p);
    p->setup = *setup;
    p->fd = p->helper.fd = -1;
    p->timer = host_timer_new();
    p->printer.write = paper_write;
    p->printer.end_job = paper_end_job;
    p->printer.resume_job = paper_resume_job;
    p->printer.free = paper_free;
    watch_init(&p->helper_watch, setup->waiter, helper_ready, p);
    watch_init(&p->timer_watch, setup->waiter, try_again, p);
    watch_set(&p->timer_watch, p->timer, EPOLLIN);
    if (!strncmp(setup->target, "folder:", 7)) {
        p->folder = (struct spool_folder){ path + 1, setup->job };
        ok = helper_start(&p->helper, spool_serve, &p->folder, err);
        if (ok)
            watch_set(&p->helper_watch, p->helper.fd, EPOLLIN);
    } else {
        p->fd =
            open(path + 1, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
        if (p->fd < 0)
            ok = error_set(err, "%s: the file %s cannot be written: %s", setup->name, path + 1,
                           strerror(errno));
    }
    if (!ok) {
        paper_free(&p->printer);
        return false;
    }
    *printer = &p->printer;
    return true;
}

void printer_start(struct printer *printer)
{
    struct paper *p = (struct paper *)printer;

    p->started = true;
    order(p, SPOOL_SETTLE, 0);
    go_on(p); /* what a saved state was waiting with */
}

void printer_keep_job(struct printer *printer)
{
    ((struct paper *)printer)->keep = true;
}
