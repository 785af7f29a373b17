/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for descriptors; see the header. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/host/waiter.h"
#include "core/machine.h"

enum { AT_ONCE = 16 };

struct waiter {
    int epoll;
    int go_on; /* the turn is over, or the thread shall end */
    atomic_bool ending;
    bool started;
    pthread_t thread;
    struct machine *machine;
    struct epoll_event ready[AT_ONCE];
    int ready_count; /* of those that are being called */
};

struct waiter *waiter_new(struct error *err)
{
    struct waiter *w = calloc(1, sizeof(*w));

    assert(w);
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    w->go_on = eventfd(0, EFD_CLOEXEC);
    if (w->epoll < 0 || w->go_on < 0) {
        error_set(err, "the host has no descriptors left: %s", strerror(errno));
        waiter_free(w);
        return NULL;
    }
    return w;
}

static void proceed(struct waiter *w)
{
    uint64_t one = 1;
    ssize_t ignored = write(w->go_on, &one, sizeof(one));

    (void)ignored;
}

void waiter_stop(struct waiter *w)
{
    if (!w || !w->started)
        return;
    atomic_store(&w->ending, true);
    proceed(w);
    pthread_join(w->thread, NULL);
    w->started = false;
}

void waiter_free(struct waiter *w)
{
    if (!w)
        return;
    waiter_stop(w);
    if (w->epoll >= 0)
        close(w->epoll);
    if (w->go_on >= 0)
        close(w->go_on);
    free(w);
}

bool waiter_turn(struct waiter *w, int timeout_ms)
{
    int count = epoll_wait(w->epoll, w->ready, AT_ONCE, timeout_ms);

    w->ready_count = count > 0 ? count : 0;
    for (int i = 0; i < w->ready_count; i++) {
        struct watch *watch = w->ready[i].data.ptr;

        if (watch) /* not stopped meanwhile */
            watch->ready(watch->ctx, w->ready[i].events);
    }
    w->ready_count = 0;
    return count > 0;
}

static void posted_turn(void *arg)
{
    struct waiter *w = arg;

    waiter_turn(w, 0);
    proceed(w);
}

/* An epoll descriptor can itself be waited for; the turn that is posted takes the events. */
static void *wait_thread(void *arg)
{
    struct waiter *w = arg;

    while (!atomic_load(&w->ending)) {
        struct pollfd fds[2] = { { .fd = w->epoll, .events = POLLIN },
                                 { .fd = w->go_on, .events = POLLIN } };
        uint64_t count;
        ssize_t ignored;

        if (poll(fds, 2, -1) < 0 || fds[1].revents || !fds[0].revents)
            continue; /* go_on before a turn was posted: the end */
        machine_post(w->machine, posted_turn, w);
        ignored = read(w->go_on, &count, sizeof(count));
        (void)ignored;
    }
    return NULL;
}

void waiter_start(struct waiter *w, struct machine *machine)
{
    w->machine = machine;
    w->started = pthread_create(&w->thread, NULL, wait_thread, w) == 0;
}

/* ---- watches ---- */

void watch_init(struct watch *watch, struct waiter *waiter, void (*ready)(void *ctx, unsigned),
                void *ctx)
{
    *watch = (struct watch){ .ready = ready, .ctx = ctx, .waiter = waiter, .fd = -1 };
}

bool watch_set(struct watch *watch, int fd, unsigned events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    if (watch->fd == fd && watch->events == events)
        return true;
    if (watch->fd != fd)
        watch_stop(watch);
    if (epoll_ctl(watch->waiter->epoll, watch->fd < 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) <
        0)
        return false;
    watch->fd = fd;
    watch->events = events;
    return true;
}

void watch_stop(struct watch *watch)
{
    struct waiter *w = watch->waiter;

    if (!w || watch->fd < 0)
        return;
    epoll_ctl(w->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->fd = -1;
    for (int i = 0; i < w->ready_count; i++)
        if (w->ready[i].data.ptr == watch)
            w->ready[i].data.ptr = NULL;
}

int host_timer_new(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

    assert(fd >= 0);
    return fd;
}

void host_timer_set(int fd, unsigned ms)
{
    struct itimerspec when = { .it_value = { ms / 1000, (long)(ms % 1000) * 1000000 } };

    timerfd_settime(fd, 0, &when, NULL);
}
