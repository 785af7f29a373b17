/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vnc/web.h"

enum { SEND_MS = 60000 };

static void answer(struct channel *c, const char *status, const char *text)
{
    char out[1024];
    int n = snprintf(out, sizeof(out),
                     "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                     status, strlen(text), text);

    if (n > 0 && (size_t)n < sizeof(out))
        channel_write_all(c, (const uint8_t *)out, (size_t)n, channel_now() + 5000);
}

static void send_file(struct channel *c, int fd, const char *path, off_t size)
{
    uint64_t deadline = channel_now() + SEND_MS;
    char head[512];
    uint8_t data[CHANNEL_CHUNK];
    ssize_t n = snprintf(head, sizeof(head),
                         "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %lld\r\n"
                         "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
                         "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
                         web_content_type(path), (long long)size);

    if (!channel_write_all(c, (const uint8_t *)head, (size_t)n, deadline))
        return;
    while (size > 0 && (n = read(fd, data, sizeof(data))) > 0) {
        if (n > size)
            n = (ssize_t)size;
        if (!channel_write_all(c, data, (size_t)n, deadline))
            return;
        size -= n;
    }
}

static void file(struct channel *c, const char *path, int pages_fd)
{
    struct stat st;
    int fd = -1;

    if (pages_fd < 0) {
        answer(c, "404 Not Found",
               "The pages of noVNC are not on this computer; install the Debian package novnc, or "
               "point a noVNC from elsewhere at this port.\n");
        return;
    }
    if (!strcmp(path, "/"))
        path = "/vnc.html";
    if (web_path_fits(path) && path[1])
        fd = openat(pages_fd, path + 1, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        send_file(c, fd, path, st.st_size);
    else
        answer(c, "404 Not Found", "There is no such page.\n");
    if (fd >= 0)
        close(fd);
}

static bool upgrade(struct channel *c, const struct web_request *r, uint64_t deadline)
{
    char accept[32], out[512];
    int n;

    if (!web_accept(r->key, accept))
        return false;
    n = snprintf(out, sizeof(out),
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: %s\r\n%s\r\n",
                 accept, r->binary ? "Sec-WebSocket-Protocol: binary\r\n" : "");
    if (!channel_write_all(c, (const uint8_t *)out, (size_t)n, deadline))
        return false;
    c->framed = true;
    return true;
}

bool web_begin(struct channel *c, const struct viewer_setup *setup, int pages_fd, uint64_t deadline)
{
    static char text[WEB_REQUEST_MOST];
    struct web_request request;
    enum web_kind kind = WEB_MORE;
    size_t length = 0;

    while (kind == WEB_MORE && length < sizeof(text)) {
        int n = channel_read(c, (uint8_t *)text + length, sizeof(text) - length);

        if (n == CHANNEL_END || (n == CHANNEL_AGAIN && !channel_wait(c, POLLIN, deadline)))
            return false;
        if (n > 0) {
            length += (size_t)n;
            kind = web_parse(text, length, &request);
        }
    }
    if (kind != WEB_FILE && kind != WEB_SOCKET) {
        answer(c, "400 Bad Request", "Only GET and WebSocket requests are served here.\n");
        return false;
    }
    if (!web_origin_fits(&request, setup->names)) {
        answer(c, "403 Forbidden",
               "Pages from elsewhere may not use this server; ask for it by its address.\n");
        return false;
    }
    if (kind == WEB_SOCKET)
        return upgrade(c, &request, deadline);
    file(c, request.path, pages_fd);
    return false;
}
