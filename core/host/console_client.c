/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's side of the console socket: for window, terminal and VNC server. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/console.h"
#include "core/error.h"

bool console_connect(struct console_client *client, const char *path, uint32_t features,
                     struct error *err)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    struct console_message hello = {
        .type = CONSOLE_HELLO,
        .hello = { .version = CONSOLE_VERSION, .features = features },
    };

    *client = (struct console_client){ .fd = -1 };
    if (strlen(path) >= sizeof(addr.sun_path))
        return error_set(err, "%s: the path of the console socket is too long", path);
    strcpy(addr.sun_path, path);
    client->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        error_set(err, "the machine's console could not be reached: %s: %s", path, strerror(errno));
        console_disconnect(client);
        return false;
    }
    return console_send(client, &hello) || error_set(err, "%s: the machine has gone", path);
}

static void unmap(struct console_client *client)
{
    if (client->pixels[0])
        munmap((void *)client->pixels[0], client->map_len);
    client->pixels[0] = client->pixels[1] = NULL;
    client->surface.type = 0;
}

void console_disconnect(struct console_client *client)
{
    unmap(client);
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

/* The memfd must hold what the message says, and go on doing so, else a read would be a SIGBUS. */
static bool map_surface(struct console_client *client, const struct console_message *m, int fd)
{
    struct stat st;
    uint64_t need = (uint64_t)m->surface.pitch * m->surface.height * 4;
    void *map;

    unmap(client);
    if (fd < 0 || fstat(fd, &st) < 0 || !m->surface.width || !m->surface.height ||
        m->surface.width > SCREEN_MAX_W || m->surface.height > SCREEN_MAX_H ||
        m->surface.pitch < m->surface.width || m->surface.buffer_len < need ||
        m->surface.buffer_len > 64u << 20 || m->surface.buffer_len % 4 ||
        st.st_size < 2 * (off_t)m->surface.buffer_len || !m->surface.aspect_num ||
        !m->surface.aspect_den || !(fcntl(fd, F_GET_SEALS) & F_SEAL_SHRINK))
        return false;
    client->map_len = 2 * m->surface.buffer_len;
    map = mmap(NULL, client->map_len, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return false;
    client->pixels[0] = map;
    client->pixels[1] = client->pixels[0] + m->surface.buffer_len / 4;
    client->surface = *m;
    return true;
}

static bool frame_fits(const struct console_client *client, struct console_message *m)
{
    if (!client->surface.type || m->frame.buffer > 1 || m->frame.rect_count > 2 * SCREEN_RECTS)
        return false;
    for (unsigned i = 0; i < m->frame.rect_count; i++) {
        const struct screen_rect *r = &m->frame.rects[i];

        if (r->x + r->w > client->surface.surface.width ||
            r->y + r->h > client->surface.surface.height)
            return false;
    }
    return true;
}

/* Takes the first descriptor that came along and closes the others: there should be none. */
static int take_fd(struct msghdr *msg)
{
    int fd = -1;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count; i++) {
            int got;

            memcpy(&got, CMSG_DATA(c) + i * sizeof(got), sizeof(got));
            if (fd < 0)
                fd = got;
            else
                close(got);
        }
    }
    return fd;
}

/* Texts end and numbers are in range, whatever came. */
static bool makes_sense(struct console_client *client, struct console_message *m, int fd)
{
    switch (m->type) {
    case CONSOLE_HELLO:
        m->hello.name[sizeof(m->hello.name) - 1] = 0;
        return true;
    case CONSOLE_SURFACE:
        return map_surface(client, m, fd);
    case CONSOLE_FRAME:
        return frame_fits(client, m);
    case CONSOLE_TEXT_SCREEN:
        return m->text.columns <= 132 && m->text.rows <= 60;
    case CONSOLE_LIGHTS:
        for (unsigned i = 0; i < sizeof(m->lights.drive) / sizeof(m->lights.drive[0]); i++)
            m->lights.drive[i][sizeof(m->lights.drive[i]) - 1] = 0;
        return true;
    case CONSOLE_STATUS:
        m->status.status[sizeof(m->status.status) - 1] = 0;
        m->status.why[sizeof(m->status.why) - 1] = 0;
        return true;
    default:
        return true; /* of a later version: passed over by who takes it */
    }
}

int console_receive(struct console_client *client, struct console_message *message)
{
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec iov = { message, sizeof(*message) };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
    };
    int fd, result = 1;
    ssize_t n;

    memset(message, 0, sizeof(*message));
    n = recvmsg(client->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    fd = take_fd(&msg);
    if (n < (ssize_t)sizeof(message->type) || n < (ssize_t)console_length(message->type) ||
        (msg.msg_flags & MSG_TRUNC) || !makes_sense(client, message, fd))
        result = -1;
    if (fd >= 0)
        close(fd);
    return result;
}

bool console_send(struct console_client *client, const struct console_message *message)
{
    ssize_t n;

    do {
        n = send(client->fd, message, console_length(message->type), MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n >= 0;
}

bool console_send_key(struct console_client *client, unsigned evdev, bool down)
{
    struct console_message m = { .type = CONSOLE_KEY,
                                 .key = { .evdev = (uint16_t)evdev, .down = down } };

    return console_send(client, &m);
}

bool console_send_stroke(struct console_client *client, unsigned evdev, bool down)
{
    struct console_message m = { .type = CONSOLE_KEY,
                                 .key = { .evdev = (uint16_t)evdev, .down = down, .typed = 1 } };

    return console_send(client, &m);
}

bool console_want(struct console_client *client, uint32_t min_interval_us)
{
    struct console_message m = { .type = CONSOLE_WANT,
                                 .want = { .min_interval_us = min_interval_us } };

    return console_send(client, &m);
}

bool console_ack(struct console_client *client, uint32_t seq)
{
    struct console_message m = { .type = CONSOLE_ACK, .ack = { .seq = seq } };

    return console_send(client, &m);
}
