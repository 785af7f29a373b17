/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serial lines to sockets.  A client's sockets are made by a helper process: the machine asks it to
 * connect after a pause and gets a descriptor or an error number.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/host/chardev_link.h"
#include "core/host/helper.h"
#include "core/host/unix_listen.h"

enum { FIRST_PAUSE_MS = 250, LONGEST_PAUSE_MS = 30000, STEADY_MS = 5000, CONNECT_MS = 10000 };
enum { PATIENCE_MS = 2000 };

struct order {
    uint32_t pause_ms;
};
struct outcome {
    int32_t error;  /* errno; 0: a descriptor comes along */
    char text[100]; /* what went wrong */
};

struct socket_line {
    struct link link; /* first member */
    int listener;     /* -1: a client */
    struct watch listen_watch;
    struct helper helper;
    struct watch helper_watch;
    unsigned pause_ms;
    uint64_t since_ms;       /* when the peer came */
    struct unix_place place; /* unix-listen */
    struct helper keeper;    /* removes it at the end */
    bool loss_told;
};

/* ---- addresses ---- */

static const char *after_colon(const char *text)
{
    return strchr(text, ':') + 1;
}

/* "HOST:PORT", "[V6]:PORT" or "PORT". */
static bool split_address(const char *text, char host[256], char port[32])
{
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;

    if (colon && text[0] == '[' && n >= 2 && colon[-1] == ']') {
        text++;
        n -= 2;
    }
    if (n >= 256)
        return false;
    memcpy(host, text, n);
    host[n] = 0;
    snprintf(port, 32, "%s", colon ? colon + 1 : text);
    return true;
}

static bool unix_address(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof(address->sun_path))
        return false;
    strcpy(address->sun_path, path);
    return true;
}

static int unblock(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

/* ---- connecting: in the helper ---- */

/* Waits for a connection under way; the machine may go meanwhile. */
static int finish_connect(int fd, int machine)
{
    struct pollfd fds[2] = { { .fd = fd, .events = POLLOUT },
                             { .fd = machine, .events = POLLRDHUP } };
    socklen_t size = sizeof(int);
    int error = 0, n = poll(fds, 2, CONNECT_MS);

    if (n > 0 && fds[1].revents)
        _exit(0);
    if (n <= 0)
        return ETIMEDOUT;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

static int connect_to(int family, const struct sockaddr *address, socklen_t size, int machine,
                      int *error)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    *error = fd < 0 ? errno : 0;
    if (fd >= 0 && connect(fd, address, size) < 0)
        *error = errno == EINPROGRESS ? finish_connect(fd, machine) : errno;
    if (*error && fd >= 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int connect_target(const char *target, int machine, struct outcome *outcome)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    struct addrinfo *list = NULL;
    struct sockaddr_un address;
    char host[256], port[32];
    int fd = -1, error = EINVAL, code;

    if (!strncmp(target, "unix:", 5)) {
        if (unix_address(after_colon(target), &address))
            fd = connect_to(AF_UNIX, (struct sockaddr *)&address, sizeof(address), machine, &error);
    } else if (split_address(after_colon(target), host, port)) {
        code = getaddrinfo(host, port, &hints, &list);
        if (code) {
            outcome->error = EHOSTUNREACH;
            snprintf(outcome->text, sizeof(outcome->text), "%.50s: %.45s", host,
                     gai_strerror(code));
            return -1;
        }
        for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
            fd = connect_to(a->ai_family, a->ai_addr, a->ai_addrlen, machine, &error);
        freeaddrinfo(list);
    }
    outcome->error = fd < 0 ? error : 0;
    snprintf(outcome->text, sizeof(outcome->text), "%s", strerror(error));
    return fd;
}

static void serve_connections(int machine, const void *ctx)
{
    const char *target = ctx;
    struct order order;
    int ignored;

    while (helper_receive(machine, &order, sizeof(order), &ignored) > 0) {
        struct pollfd gone = { .fd = machine, .events = POLLRDHUP };
        struct outcome outcome = { 0 };
        int fd;

        if (order.pause_ms && poll(&gone, 1, (int)order.pause_ms) > 0)
            return;
        fd = connect_target(target, machine, &outcome);
        if (!helper_send(machine, &outcome, sizeof(outcome), fd))
            return;
        if (fd >= 0)
            close(fd);
    }
}

/* ---- a peer ---- */

static uint64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* A peer whose computer was switched off is noticed within two minutes. */
static void tune(int fd)
{
    const int one = 1, idle = 60, interval = 15, count = 4;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static void name_peer(int fd, char text[80])
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    char host[48], port[8];

    if (getpeername(fd, (struct sockaddr *)&address, &size) == 0 && address.ss_family != AF_UNIX &&
        getnameinfo((struct sockaddr *)&address, size, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        snprintf(text, 80, "%s:%s", host, port);
    else
        snprintf(text, 80, "connected");
}

static void take_peer(struct socket_line *s, int fd)
{
    int out = fcntl(unblock(fd), F_DUPFD_CLOEXEC, 0);

    if (out < 0) {
        close(fd);
        return;
    }
    tune(fd);
    name_peer(fd, s->link.peer);
    link_log(&s->link, "%s", s->link.peer);
    s->since_ms = now_ms();
    s->loss_told = false;
    link_attach(&s->link, fd, out, LINK_LINES);
}

/* ---- client ---- */

static void ask_for_connection(struct socket_line *s)
{
    struct order order = { s->pause_ms };

    if (s->helper.fd >= 0)
        helper_send(s->helper.fd, &order, sizeof(order), -1);
    s->pause_ms = s->pause_ms ? s->pause_ms * 2 : FIRST_PAUSE_MS;
    if (s->pause_ms > LONGEST_PAUSE_MS)
        s->pause_ms = LONGEST_PAUSE_MS;
}

static void client_gone(struct link *link)
{
    struct socket_line *s = (struct socket_line *)link;

    if (now_ms() - s->since_ms >= STEADY_MS)
        s->pause_ms = FIRST_PAUSE_MS;
    link_log(link, "the peer has gone; connecting again");
    ask_for_connection(s);
}

static void helper_ready(void *ctx, unsigned events)
{
    struct socket_line *s = ctx;
    struct outcome outcome = { 0 };
    int fd, got = helper_receive(s->helper.fd, &outcome, sizeof(outcome), &fd);

    (void)events;
    if (got < 0) { /* killed by somebody */
        watch_stop(&s->helper_watch);
        helper_stop(&s->helper, true);
        link_log(&s->link, "its helper process ended; it stays unconnected");
    } else if (got > 0 && fd >= 0) {
        take_peer(s, fd);
    } else if (got > 0) {
        if (!s->loss_told) /* once, not at each attempt */
            link_log(&s->link, "%.99s; trying again", outcome.text);
        s->loss_told = true;
        ask_for_connection(s);
    }
}

/* ---- server ---- */

static void server_gone(struct link *link)
{
    link_log(link, "the peer has gone");
}

static void listener_ready(void *ctx, unsigned events)
{
    struct socket_line *s = ctx;
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    char text[256];
    ssize_t ignored;

    (void)events;
    if (fd < 0)
        return;
    if (s->link.in < 0) {
        take_peer(s, fd);
        return;
    }
    snprintf(text, sizeof(text), "%s is in use (%s); one at a time.\r\n", s->link.setup.name,
             s->link.peer);
    ignored = send(fd, text, strlen(text), MSG_NOSIGNAL);
    (void)ignored;
    close(fd);
}

static bool listen_tcp(struct socket_line *s, const char *address, struct error *err)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *list = NULL;
    char host[256], port[32];
    const int one = 1;
    int code;

    if (!split_address(address, host, port))
        return error_set(err, "the host's name is too long");
    code = getaddrinfo(host[0] ? host : "127.0.0.1", port, &hints, &list);
    if (code)
        return error_set(err, "%s", gai_strerror(code));
    for (struct addrinfo *a = list; a && s->listener < 0; a = a->ai_next) {
        int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        if (fd >= 0 && bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 4) == 0) {
            s->listener = fd;
        } else {
            error_set(err, "%s", strerror(errno));
            if (fd >= 0)
                close(fd);
        }
    }
    freeaddrinfo(list);
    return s->listener >= 0;
}

/* In a helper: the machine is confined when it ends, and may have no time to. */
static void keep_place(int machine, const void *ctx)
{
    struct unix_place place = *(const struct unix_place *)ctx;
    char nothing;
    int passed;

    while (helper_receive(machine, &nothing, sizeof(nothing), &passed) >= 0)
        ;
    unix_leave(&place);
}

static bool listen_unix(struct socket_line *s, const char *path, struct error *err)
{
    s->listener = unix_listen(&s->place, path, err);
    if (s->listener < 0)
        return false;
    if (helper_start(&s->keeper, keep_place, &s->place, err))
        return true;
    unix_leave(&s->place);
    return false;
}

/* ---- both ---- */

static void close_socket_line(struct link *link)
{
    struct socket_line *s = (struct socket_line *)link;

    watch_stop(&s->helper_watch);
    helper_stop(&s->helper, true);
    watch_stop(&s->listen_watch);
    if (s->listener >= 0)
        close(s->listener);
    helper_stop(&s->keeper, false);
}

bool link_open_socket(const struct chardev_setup *setup, struct chardev **chr, struct error *err)
{
    struct socket_line *s = link_new(sizeof(*s), setup);
    const char *target = setup->target;
    bool ok;

    s->listener = s->helper.fd = s->keeper.fd = -1;
    s->link.patience_ms = PATIENCE_MS;
    s->link.close = close_socket_line;
    watch_init(&s->helper_watch, setup->waiter, helper_ready, s);
    watch_init(&s->listen_watch, setup->waiter, listener_ready, s);
    if (!strncmp(target, "tcp:", 4) || !strncmp(target, "unix:", 5)) {
        s->link.gone = client_gone;
        ok = helper_start(&s->helper, serve_connections, target, err);
        if (ok) {
            watch_set(&s->helper_watch, s->helper.fd, EPOLLIN);
            ask_for_connection(s);
        }
    } else {
        s->link.gone = server_gone;
        ok = target[0] == 't' ? listen_tcp(s, after_colon(target), err)
                              : listen_unix(s, after_colon(target), err);
        if (ok)
            watch_set(&s->listen_watch, s->listener, EPOLLIN);
    }
    if (!ok) {
        s->link.chr.free(&s->link.chr);
        return error_prefix(err, "%s: %s", setup->name, target);
    }
    *chr = &s->link.chr;
    return true;
}
