/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "vnc/channel.h"
#include "vnc/report.h"

enum {
    PAUSE_MS = 1000, /* between two attempts to connect */
    SETTLE_MS = 2000,
    SETTLED = 3, /* lines: the greeting, two answers */
};

/* ---- text ---- */

/* Paths may hold anything; the wire is ASCII. */
static void quote(const char *text, char *out, size_t room)
{
    size_t n = 0;

    for (; *text && n + 3 < room; text++) {
        if (*text == '"' || *text == '\\')
            out[n++] = '\\';
        out[n++] = *text >= ' ' && *text < 0x7f ? *text : '?';
    }
    out[n] = 0;
}

static int put_side(char *out, size_t room, const char *name, const struct report_side *side)
{
    char host[2 * sizeof(side->host)], service[2 * sizeof(side->service)];

    quote(side->host, host, sizeof(host));
    quote(side->service, service, sizeof(service));
    return snprintf(out, room,
                    "\"%s\": {\"host\": \"%s\", \"service\": \"%s\", \"family\": \"%s\", "
                    "\"websocket\": %s%s%s%s}",
                    name, host, service, side->family ? side->family : "unknown",
                    side->websocket ? "true" : "false", side->auth ? ", \"auth\": \"" : "",
                    side->auth ? side->auth : "", side->auth ? "\"" : "");
}

void report_side_of(const struct sockaddr_storage *address, socklen_t length, bool websocket,
                    struct report_side *side)
{
    const struct sockaddr_un *local = (const struct sockaddr_un *)address;
    size_t path = length > offsetof(struct sockaddr_un, sun_path)
                      ? length - offsetof(struct sockaddr_un, sun_path)
                      : 0;

    *side = (struct report_side){ .websocket = websocket };
    if (address->ss_family == AF_UNIX) { /* QEMU's way: the path is the service */
        side->family = "unix";
        snprintf(side->service, sizeof(side->service), "%.*s", (int)path, local->sun_path);
    } else if (getnameinfo((const struct sockaddr *)address, length, side->host, sizeof(side->host),
                           side->service, sizeof(side->service),
                           NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        side->family = address->ss_family == AF_INET6 ? "ipv6" : "ipv4";
    }
}

/* ---- the connection ---- */

void report_init(struct report *r, const char *path)
{
    r->path = path;
    r->fd = -1;
    r->tried = 0;
    r->length = 0;
}

void report_close(struct report *r)
{
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    r->length = 0;
}

int report_pause(const struct report *r)
{
    uint64_t gone = channel_now() - r->tried;

    if (!r->path || r->fd >= 0)
        return -1;
    return !r->tried || gone >= PAUSE_MS ? 0 : (int)(PAUSE_MS - gone);
}

bool report_connect(struct report *r, const struct report_side *server)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char side[640];

    if (report_pause(r) != 0 || strlen(r->path) >= sizeof(address.sun_path))
        return false;
    r->tried = channel_now();
    strcpy(address.sun_path, r->path);
    r->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (r->fd < 0)
        return false;
    if (connect(r->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        report_close(r);
        return false;
    }
    put_side(side, sizeof(side), "server", server);
    r->lines = 0;
    r->length = (size_t)snprintf(r->out, sizeof(r->out),
                                 "{\"execute\": \"qmp_capabilities\"}\n"
                                 "{\"execute\": \"__org.bygone_vnc-server\", "
                                 "\"arguments\": {%s}}\n",
                                 side);
    return true;
}

bool report_event(struct report *r, const char *event, const struct report_side *server,
                  const struct report_side *client)
{
    char sides[2][640];
    int n;

    if (r->fd < 0)
        return false;
    put_side(sides[0], sizeof(sides[0]), "server", server);
    put_side(sides[1], sizeof(sides[1]), "client", client);
    n = snprintf(r->out + r->length, sizeof(r->out) - r->length,
                 "{\"execute\": \"__org.bygone_vnc-event\", \"arguments\": {\"event\": \"%s\", "
                 "%s, %s}}\n",
                 event, sides[0], sides[1]);
    if ((size_t)n >= sizeof(r->out) - r->length) {
        report_close(r);
        return false;
    }
    r->length += (size_t)n;
    return true;
}

short report_wants(const struct report *r)
{
    return r->length ? POLLIN | POLLOUT : POLLIN;
}

void report_serve(struct report *r)
{
    char answers[4096];
    ssize_t n;

    if (r->fd < 0)
        return;
    while ((n = recv(r->fd, answers, sizeof(answers), MSG_DONTWAIT)) > 0)
        for (ssize_t i = 0; i < n; i++)
            r->lines += answers[i] == '\n';
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        report_close(r);
        return;
    }
    while (r->length) {
        n = send(r->fd, r->out, r->length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            report_close(r);
        if (n <= 0)
            return;
        r->length -= (size_t)n;
        memmove(r->out, r->out + n, r->length);
    }
}

void report_settle(struct report *r)
{
    uint64_t end = channel_now() + SETTLE_MS;

    report_serve(r);
    while (r->fd >= 0 && r->lines < SETTLED && channel_now() < end) {
        struct pollfd pfd = { .fd = r->fd, .events = report_wants(r) };

        poll(&pfd, 1, SETTLE_MS / 10);
        report_serve(r);
    }
}
