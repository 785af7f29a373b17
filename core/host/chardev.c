/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial lines to descriptors: what all back-ends share, and the two simplest. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/host/chardev_link.h"

enum { CHUNK = 256 }; /* what a pipe that is writable takes without blocking, at the least */

void link_log(struct link *l, const char *fmt, ...)
{
    char text[200], line[600];
    va_list ap;

    if (!l->setup.log)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    snprintf(line, sizeof(line), "%s (%s): %s", l->setup.name, l->setup.target, text);
    l->setup.log(l->setup.log_ctx, line);
}

void link_set_lines(struct link *l, unsigned lines)
{
    l->chr.lines = lines;
    if (l->started && l->chr.lines_changed)
        l->chr.lines_changed(l->chr.ctx);
}

/* ---- from the far end ---- */

static bool has_room(const struct link *l)
{
    return l->chr.room && l->chr.room(l->chr.ctx) > 0;
}

static void feed(struct link *l)
{
    while (l->used && has_room(l)) {
        size_t room = l->chr.room(l->chr.ctx), n = l->used < room ? l->used : room;

        if (l->pass)
            n = l->pass(l, l->data + l->at, l->used);
        else
            l->chr.receive(l->chr.ctx, l->data + l->at, n);
        l->at += n;
        l->used -= n;
        if (l->leaving && l->patience_ms)
            host_timer_set(l->timer, l->patience_ms);
    }
}

/* False: there is nothing more, now or for ever. */
static bool fill(struct link *l)
{
    ssize_t n;

    do
        n = read(l->in, l->data, sizeof(l->data));
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        l->at = 0;
        l->used = (size_t)n;
        return true;
    }
    if (n == 0 || errno != EAGAIN)
        link_detach(l);
    return false;
}

static void pull(struct link *l, bool readable)
{
    if (!l->started)
        return;
    feed(l);
    while (l->in >= 0 && !l->used && has_room(l) &&
           (readable || !l->may_block || l->always || l->leaving)) {
        readable = false;
        if (!fill(l))
            break;
        feed(l);
    }
    if (l->in < 0 || l->leaving || l->always)
        return;
    l->always =
        !watch_set(&l->in_watch, l->in, EPOLLRDHUP | (l->used || !has_room(l) ? 0 : EPOLLIN));
    if (l->always)
        pull(l, true);
}

static void in_ready(void *ctx, unsigned events)
{
    struct link *l = ctx;

    if (!(events & EPOLLIN) && events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        /* Gone: what it sent is taken first, but the descriptor would go on saying so. */
        l->leaving = true;
        watch_stop(&l->in_watch);
        if (l->patience_ms)
            host_timer_set(l->timer, l->patience_ms);
    }
    pull(l, true);
}

/* The guest takes nothing of what a peer left behind. */
static void patience_ended(void *ctx, unsigned events)
{
    struct link *l = ctx;
    uint64_t count;
    ssize_t ignored = read(l->timer, &count, sizeof(count));

    (void)ignored;
    (void)events;
    l->used = 0;
    if (l->leaving)
        link_detach(l);
}

static void link_hungry(struct chardev *chr)
{
    pull((struct link *)chr, false);
}

/* ---- to the far end ---- */

static void out_ready(void *ctx, unsigned events)
{
    struct link *l = ctx;

    (void)events;
    watch_stop(&l->out_watch);
    if (l->chr.writable)
        l->chr.writable(l->chr.ctx);
}

static size_t link_write(struct chardev *chr, const uint8_t *data, size_t len)
{
    struct link *l = (struct link *)chr;
    struct pollfd pfd = { .fd = l->out, .events = POLLOUT };
    ssize_t n;

    if (l->out < 0)
        return len;
    if (l->may_block && poll(&pfd, 1, 0) <= 0) {
        watch_set(&l->out_watch, l->out, EPOLLOUT);
        return 0;
    }
    n = write(l->out, data, len < CHUNK ? len : CHUNK);
    if (n > 0) {
        l->complained = false;
        return (size_t)n;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        watch_set(&l->out_watch, l->out, EPOLLOUT);
        return 0;
    }
    if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)) {
        if (!l->complained)
            link_log(l, "%s; the guest waits", strerror(errno));
        l->complained = true;
        return 0; /* the UART tries again by itself */
    }
    if (l->gone)
        link_detach(l);
    return len;
}

/* ---- coming and going ---- */

void link_attach(struct link *l, int in, int out, unsigned lines)
{
    l->in = in;
    l->out = out;
    l->leaving = l->always = l->complained = false;
    link_set_lines(l, lines);
    pull(l, false);
}

void link_detach(struct link *l)
{
    watch_stop(&l->in_watch);
    watch_stop(&l->out_watch);
    if (l->timer >= 0)
        host_timer_set(l->timer, 0);
    if (!l->keep) {
        if (l->in >= 0)
            close(l->in);
        if (l->out >= 0)
            close(l->out);
    }
    l->in = -1;
    if (l->keep && !l->gone) /* standard input has ended; its other half goes on */
        return;
    l->out = -1;
    l->leaving = false;
    l->peer[0] = 0;
    link_set_lines(l, 0);
    if (l->chr.writable) /* what waited for the peer to read is lost with it */
        l->chr.writable(l->chr.ctx);
    if (l->gone)
        l->gone(l);
}

void link_free(struct chardev *chr)
{
    struct link *l = (struct link *)chr;

    l->gone = NULL;
    l->chr.writable = NULL;
    l->started = false;
    watch_stop(&l->timer_watch);
    watch_stop(&l->in_watch);
    watch_stop(&l->out_watch);
    if (!l->keep) {
        if (l->in >= 0)
            close(l->in);
        if (l->out >= 0)
            close(l->out);
    }
    if (l->close)
        l->close(l);
    close(l->timer);
    free(l);
}

void *link_new(size_t size, const struct chardev_setup *setup)
{
    struct link *l = calloc(1, size);

    assert(l);
    l->setup = *setup;
    l->in = l->out = -1;
    l->chr.write = link_write;
    l->chr.hungry = link_hungry;
    l->chr.free = link_free;
    l->timer = host_timer_new();
    watch_init(&l->in_watch, setup->waiter, in_ready, l);
    watch_init(&l->out_watch, setup->waiter, out_ready, l);
    watch_init(&l->timer_watch, setup->waiter, patience_ended, l);
    watch_set(&l->timer_watch, l->timer, EPOLLIN);
    return l;
}

/* ---- standard input and output, files ---- */

static struct chardev *open_stdio(const struct chardev_setup *setup)
{
    struct link *l = link_new(sizeof(*l), setup);

    l->may_block = l->keep = true;
    l->in = STDIN_FILENO;
    l->out = STDOUT_FILENO;
    l->chr.lines = LINK_LINES;
    return &l->chr;
}

static bool open_file(const struct chardev_setup *setup, struct chardev **chr, struct error *err)
{
    const char *path = setup->target + strlen("file:");
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
    struct link *l;

    if (fd < 0)
        return error_set(err, "%s: the file %s cannot be written: %s", setup->name, path,
                         errno == ENXIO ? "nobody reads this pipe" : strerror(errno));
    l = link_new(sizeof(*l), setup);
    l->out = fd;
    l->chr.lines = LINK_LINES;
    *chr = &l->chr;
    return true;
}

static bool begins(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

bool chardev_open(const struct chardev_setup *setup, struct chardev **chr, struct error *err)
{
    const char *target = setup->target;

    *chr = NULL;
    if (!strcmp(target, "none"))
        return true;
    if (!strcmp(target, "stdio")) {
        *chr = open_stdio(setup);
        return true;
    }
    if (!strcmp(target, "pty"))
        return link_open_pty(setup, chr, err);
    if (begins(target, "file:"))
        return open_file(setup, chr, err);
    if (begins(target, "tty:"))
        return link_open_tty(setup, chr, err);
    if (begins(target, "tcp:") || begins(target, "tcp-listen:") || begins(target, "unix:") ||
        begins(target, "unix-listen:"))
        return link_open_socket(setup, chr, err);
    return error_set(err, "%s: there is nothing called %.100s to connect to", setup->name, target);
}

void chardev_start(struct chardev *chr)
{
    struct link *l = (struct link *)chr;

    l->started = true;
    link_set_lines(l, l->chr.lines);
    pull(l, false);
}

const char *chardev_where(struct chardev *chr)
{
    struct link *l = (struct link *)chr;

    snprintf(l->where, sizeof(l->where), "%.200s%s%s%s", l->setup.target, l->peer[0] ? " (" : "",
             l->peer, l->peer[0] ? ")" : "");
    return l->where;
}
