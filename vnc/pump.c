/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vnc/pump.h"

enum { LINGER_MS = 5000 }; /* for the last bytes to a viewer */

struct buffer {
    uint8_t data[CHANNEL_CHUNK];
    size_t at, length;
};

static struct {
    pthread_t thread;
    struct channel *channel;
    int inner;
    struct buffer to_inner, to_viewer;
    bool inner_ended; /* libvncserver has closed: only the rest goes out */
    bool ended;
} pump;

/* True: something has moved. */
static bool viewer_to_inner(void)
{
    struct buffer *b = &pump.to_inner;
    bool moved = false;

    if (b->at == b->length && !pump.inner_ended) {
        int n = channel_read(pump.channel, b->data, sizeof(b->data));

        if (n == CHANNEL_END)
            pump.ended = true;
        b->at = 0;
        b->length = n > 0 ? (size_t)n : 0;
        moved = n > 0;
    }
    if (b->at < b->length) {
        ssize_t n =
            send(pump.inner, b->data + b->at, b->length - b->at, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0)
            b->at += (size_t)n;
        else if (errno != EAGAIN && errno != EINTR)
            b->at = b->length; /* it reads no more; what it wrote is still to be sent */
        moved = moved || n > 0;
    }
    return moved;
}

static bool inner_to_viewer(void)
{
    struct buffer *b = &pump.to_viewer;
    bool moved = false;

    if (b->at == b->length && !pump.inner_ended) {
        ssize_t n = recv(pump.inner, b->data, sizeof(b->data), MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            pump.inner_ended = true;
        b->at = 0;
        b->length = n > 0 ? (size_t)n : 0;
        moved = n > 0;
    }
    if (b->at < b->length) {
        int n = channel_write(pump.channel, b->data + b->at, b->length - b->at);

        if (n == CHANNEL_END)
            pump.ended = true;
        else if (n > 0)
            b->at += (size_t)n;
        moved = moved || n > 0;
    } else if (pump.channel->out_length) {
        moved = channel_flush(pump.channel);
    }
    return moved;
}

static bool sending(void)
{
    return pump.to_viewer.at < pump.to_viewer.length || pump.channel->out_length;
}

static void wait_for_more(void)
{
    bool have_in = pump.to_inner.at < pump.to_inner.length;
    struct pollfd fds[2] = { { .fd = pump.channel->fd }, { .fd = pump.inner } };

    if (sending())
        fds[0].events |= POLLOUT;
    else if (!pump.inner_ended)
        fds[1].events |= POLLIN;
    if (have_in)
        fds[1].events |= POLLOUT;
    else if (!pump.channel->web.reply_length)
        fds[0].events |= POLLIN;
    if (!fds[1].events)
        fds[1].fd = -1; /* else its end would wake us for ever */
    if (poll(fds, 2, pump.inner_ended ? LINGER_MS : -1) == 0)
        pump.ended = true;
    if (fds[0].revents & (POLLERR | POLLNVAL) || (fds[0].revents & POLLHUP && !fds[0].events))
        pump.ended = true;
}

static void *run(void *arg)
{
    while (!pump.ended && !(pump.inner_ended && !sending())) {
        bool moved = viewer_to_inner();

        if (pump.ended)
            break;
        moved |= inner_to_viewer();
        if (!moved && !pump.ended && !(pump.inner_ended && !sending()))
            wait_for_more();
    }
    shutdown(pump.inner, SHUT_RDWR);
    close(pump.inner);
    channel_close(pump.channel);
    return arg;
}

bool pump_start(struct channel *channel, int inner)
{
    pump.channel = channel;
    pump.inner = inner;
    return pthread_create(&pump.thread, NULL, run, NULL) == 0;
}

void pump_join(void)
{
    pthread_join(pump.thread, NULL);
}
