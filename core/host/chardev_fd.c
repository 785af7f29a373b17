/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A serial line to a pair of file descriptors, with a thread that waits for either to be ready. */
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/host/chardev_fd.h"
#include "core/machine.h"

#define CHUNK 256

struct chardev_fd {
    struct chardev chr; /* first member */
    int in, out, wake_fd;
    struct machine *machine;
    pthread_t thread;
    bool started;
    atomic_bool ending, blocked, input_full, end_of_input;
    pthread_mutex_t lock; /* of what has been read and not yet taken */
    uint8_t data[CHUNK];
    size_t used;
};

static void wake(struct chardev_fd *c)
{
    uint64_t one = 1;
    ssize_t ignored = write(c->wake_fd, &one, sizeof(one));

    (void)ignored;
}

static size_t fd_write(struct chardev *chr, const uint8_t *data, size_t len)
{
    struct chardev_fd *c = (struct chardev_fd *)chr;
    struct pollfd pfd = { .fd = c->out, .events = POLLOUT };
    ssize_t n;

    /* At most what a pipe takes without blocking once it is writable. */
    if (poll(&pfd, 1, 0) <= 0) {
        atomic_store(&c->blocked, true);
        wake(c);
        return 0;
    }
    if (pfd.revents & (POLLERR | POLLHUP))
        return len; /* nobody reads any more: the bytes go where unread ones go */
    n = write(c->out, data, len < CHUNK ? len : CHUNK);
    return n > 0 ? (size_t)n : len;
}

/* Machine thread: hands over what the waiting thread has read. */
static void deliver(void *arg)
{
    struct chardev_fd *c = arg;
    size_t room = c->chr.room ? c->chr.room(c->chr.ctx) : 0;

    pthread_mutex_lock(&c->lock);
    if (room > c->used)
        room = c->used;
    if (room) {
        c->chr.receive(c->chr.ctx, c->data, room);
        memmove(c->data, c->data + room, c->used - room);
        c->used -= room;
    }
    atomic_store(&c->input_full, c->used > 0);
    pthread_mutex_unlock(&c->lock);
    wake(c);
}

static void fd_hungry(struct chardev *chr)
{
    struct chardev_fd *c = (struct chardev_fd *)chr;

    if (c->started && atomic_load(&c->input_full))
        machine_post(c->machine, deliver, c);
}

static void writable(void *arg)
{
    struct chardev_fd *c = arg;

    if (c->chr.writable)
        c->chr.writable(c->chr.ctx);
}

static void take_input(struct chardev_fd *c)
{
    ssize_t n;

    pthread_mutex_lock(&c->lock);
    n = read(c->in, c->data + c->used, sizeof(c->data) - c->used);
    if (n > 0)
        c->used += (size_t)n;
    else
        atomic_store(&c->end_of_input, true);
    atomic_store(&c->input_full, c->used > 0);
    pthread_mutex_unlock(&c->lock);
    if (n > 0)
        machine_post(c->machine, deliver, c);
}

static void *wait_thread(void *arg)
{
    struct chardev_fd *c = arg;

    while (!atomic_load(&c->ending)) {
        bool blocked = atomic_load(&c->blocked);
        bool read_on = c->in >= 0 && !atomic_load(&c->input_full) && !atomic_load(&c->end_of_input);
        struct pollfd pfd[3] = { { .fd = c->wake_fd, .events = POLLIN },
                                 { .fd = read_on ? c->in : -1, .events = POLLIN },
                                 { .fd = blocked ? c->out : -1, .events = POLLOUT } };
        uint64_t count;

        if (poll(pfd, 3, -1) < 0)
            continue;
        if (pfd[0].revents) {
            ssize_t ignored = read(c->wake_fd, &count, sizeof(count));

            (void)ignored;
        }
        if (pfd[1].revents)
            take_input(c);
        if (pfd[2].revents) {
            atomic_store(&c->blocked, false);
            machine_post(c->machine, writable, c);
        }
    }
    return NULL;
}

static void fd_free(struct chardev *chr)
{
    struct chardev_fd *c = (struct chardev_fd *)chr;

    atomic_store(&c->ending, true);
    wake(c);
    if (c->started)
        pthread_join(c->thread, NULL);
    close(c->wake_fd);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

struct chardev *chardev_fd_new(int in, int out)
{
    struct chardev_fd *c = calloc(1, sizeof(*c));

    assert(c);
    c->in = in;
    c->out = out;
    c->wake_fd = eventfd(0, EFD_CLOEXEC);
    assert(c->wake_fd >= 0);
    pthread_mutex_init(&c->lock, NULL);
    c->chr.write = fd_write;
    c->chr.free = fd_free;
    c->chr.hungry = fd_hungry;
    c->chr.lines = LINE_CTS | LINE_DSR | LINE_DCD; /* somebody is there */
    return &c->chr;
}

void chardev_fd_start(struct chardev *chr, struct machine *machine)
{
    struct chardev_fd *c = (struct chardev_fd *)chr;

    c->machine = machine;
    c->started = true;
    pthread_create(&c->thread, NULL, wait_thread, c);
}
