/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A serial line to a pseudo terminal.  Whoever opens its other side is the peer; inotify tells of
 * the opening, and the hang-up of the closing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <termios.h>
#include <unistd.h>

#include "core/host/chardev_link.h"

enum { PATIENCE_MS = 2000 };

struct pty_line {
    struct link link; /* first member */
    int master, copy; /* the same side twice: one is read, one is written */
    int opened;       /* inotify */
    struct watch opened_watch;
    char path[64];
};

static bool somebody_there(const struct pty_line *p)
{
    struct pollfd pfd = { .fd = p->master };

    return poll(&pfd, 1, 0) >= 0 && !(pfd.revents & POLLHUP);
}

static void attach(struct pty_line *p)
{
    snprintf(p->link.peer, sizeof(p->link.peer), "%s, opened", p->path);
    link_attach(&p->link, p->master, p->copy, LINK_LINES);
}

static void was_opened(void *ctx, unsigned events)
{
    struct pty_line *p = ctx;
    char told[1024];

    (void)events;
    while (read(p->opened, told, sizeof(told)) > 0)
        ;
    if (p->link.in < 0) /* even if it has gone already: it may have said something */
        attach(p);
}

static void pty_gone(struct link *link)
{
    struct pty_line *p = (struct pty_line *)link;

    snprintf(link->peer, sizeof(link->peer), "%s", p->path);
    if (somebody_there(p)) /* opened again before its closing was noticed */
        attach(p);
}

static void close_pty(struct link *link)
{
    struct pty_line *p = (struct pty_line *)link;

    watch_stop(&p->opened_watch);
    if (p->opened >= 0)
        close(p->opened);
    if (p->copy >= 0)
        close(p->copy);
    if (p->master >= 0)
        close(p->master);
    if (link->setup.symlink)
        unlink(link->setup.symlink);
}

/* Raw, and without anybody: only once opened and closed does the master side see a hang-up. */
static bool make_raw(const struct pty_line *p)
{
    int slave = open(p->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios t;
    bool ok = slave >= 0 && tcgetattr(slave, &t) == 0;

    if (ok) {
        cfmakeraw(&t);
        ok = tcsetattr(slave, TCSANOW, &t) == 0;
    }
    if (slave >= 0)
        close(slave);
    return ok;
}

static bool make_pty(struct pty_line *p)
{
    p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (p->master < 0 || grantpt(p->master) < 0 || unlockpt(p->master) < 0 ||
        ptsname_r(p->master, p->path, sizeof(p->path)) != 0)
        return false;
    p->copy = fcntl(p->master, F_DUPFD_CLOEXEC, 0);
    p->opened = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return p->copy >= 0 && make_raw(p) && p->opened >= 0 &&
           inotify_add_watch(p->opened, p->path, IN_OPEN) >= 0;
}

bool link_open_pty(const struct chardev_setup *setup, struct chardev **chr, struct error *err)
{
    struct pty_line *p = link_new(sizeof(*p), setup);

    p->master = p->copy = p->opened = -1;
    p->link.keep = true;
    p->link.patience_ms = PATIENCE_MS;
    p->link.gone = pty_gone;
    p->link.close = close_pty;
    watch_init(&p->opened_watch, setup->waiter, was_opened, p);
    if (!make_pty(p)) {
        error_set(err, "%s: no pseudo terminal: %s", setup->name, strerror(errno));
        p->link.chr.free(&p->link.chr);
        return false;
    }
    watch_set(&p->opened_watch, p->opened, EPOLLIN);
    snprintf(p->link.peer, sizeof(p->link.peer), "%s", p->path);
    if (setup->symlink) {
        unlink(setup->symlink);
        if (symlink(p->path, setup->symlink) < 0) {
            error_set(err, "%s: %.150s cannot be made: %s", setup->name, setup->symlink,
                      strerror(errno));
            p->link.setup.symlink = NULL;
            p->link.chr.free(&p->link.chr);
            return false;
        }
    }
    link_log(&p->link, "%s", p->path);
    *chr = &p->link.chr;
    return true;
}
