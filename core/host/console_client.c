/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's side of the console socket: for window, terminal and VNC server. */
#include <errno.h>
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

/* The memfd must hold what the message says, else a read would be a SIGBUS. */
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
        !m->surface.aspect_den)
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

int console_receive(struct console_client *client, struct console_message *message)
{
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec iov = { message, sizeof(*message) };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
    };
    struct cmsghdr *cmsg;
    int fd = -1, result = 1;
    ssize_t n;

    memset(message, 0, sizeof(*message));
    n = recvmsg(client->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    cmsg = CMSG_FIRSTHDR(&msg);
    if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
    if (n < (ssize_t)sizeof(message->type) ||
        (message->type == CONSOLE_SURFACE && !map_surface(client, message, fd)) ||
        (message->type == CONSOLE_FRAME && !frame_fits(client, message)) ||
        (message->type == CONSOLE_TEXT_SCREEN &&
         (message->text.columns > 132 || message->text.rows > 60)))
        result = -1;
    if (message->type == CONSOLE_STATUS) {
        message->status.status[sizeof(message->status.status) - 1] = 0;
        message->status.why[sizeof(message->status.why) - 1] = 0;
    }
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
