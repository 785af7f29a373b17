/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/console.h"
#include "core/error.h"
#include "core/host/unix_listen.h"
#include "vnc/channel.h"
#include "vnc/report.h"
#include "vnc/server.h"
#include "vnc/tries.h"

enum {
    FIRST_PORT = 5900,
    LAST_PORT = 5999,
    VIEWERS = 8,        /* that have been let in; the console takes sixteen clients */
    STRANGERS = 32,     /* that have not said their password yet */
    STRANGERS_EACH = 4, /* of one address, */
    BROWSER_EACH = 12,  /* a browser opens six connections at once for the pages */
    SLOTS = VIEWERS + STRANGERS,
    LISTENERS = 3,
    OTHERS = 4, /* that the server waits for: console, signals, viewers' changes, control */
    RECONNECT_MS = 1000,
};

struct slot {
    pid_t pid; /* 0: free */
    uint8_t address[16];
    bool counted; /* its password has been taken notice of */
    enum { TOLD_NOTHING, TOLD_CONNECTED, TOLD_INITIALIZED } told; /* the machine */
    enum viewer_kind kind;
    struct report_side side;
};

struct listener {
    int fd; /* -1: none */
    enum viewer_kind kind;
    struct report_side side;
};

struct server {
    struct server_setup *setup;
    struct listener listeners[LISTENERS]; /* by kind */
    struct slot slots[SLOTS];
    atomic_uint *states; /* of the slots, shared with the viewers' processes */
    struct tries tries;
    struct console_client console;
    uint64_t connected_at;
    struct unix_place place;
    struct report report;
    int signals;
    sigset_t mask;
};

/* ---- listening ---- */

static bool resolve(const char *address, int port, struct sockaddr_storage *to, socklen_t *length,
                    struct error *err)
{
    const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                    .ai_socktype = SOCK_STREAM };
    const char *numeric = strcmp(address, "localhost") ? address : "127.0.0.1";
    struct addrinfo *list = NULL;
    char service[16];

    snprintf(service, sizeof(service), "%d", port);
    if (getaddrinfo(numeric, service, &hints, &list) != 0 || !list ||
        list->ai_addrlen > sizeof(*to))
        return error_set(err,
                         "\"%.100s\" is no address to listen at; accepted are localhost and "
                         "numbers such as 192.168.1.5, 0.0.0.0 (all) or ::",
                         address);
    memcpy(to, list->ai_addr, list->ai_addrlen);
    *length = list->ai_addrlen;
    freeaddrinfo(list);
    return true;
}

/* As an IPv6 address. */
static void address_of(const struct sockaddr_storage *from, uint8_t address[16])
{
    memset(address, 0, 16);
    if (from->ss_family == AF_INET6) {
        memcpy(address, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
    } else if (from->ss_family == AF_INET) {
        address[10] = address[11] = 0xff;
        memcpy(address + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
    }
}

bool server_is_loopback(const char *address, bool *loopback, struct error *err)
{
    static const uint8_t v4[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 }, v6[16] = { [15] = 1 };
    struct sockaddr_storage to;
    socklen_t length = 0;
    uint8_t bytes[16];

    if (!resolve(address, 0, &to, &length, err))
        return false;
    address_of(&to, bytes);
    *loopback = !memcmp(bytes, v4, sizeof(v4)) || !memcmp(bytes, v6, sizeof(v6));
    return true;
}

static int listen_at(const struct sockaddr_storage *to, socklen_t length)
{
    int fd = socket(to->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1, saved;

    if (fd < 0)
        return -1;
    if (to->ss_family != AF_UNIX)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (const struct sockaddr *)to, length) == 0 && listen(fd, 16) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static bool listen_tcp(struct server *s, enum viewer_kind kind, int *port, struct error *err)
{
    int first = *port < 0 ? FIRST_PORT : *port, last = *port < 0 ? LAST_PORT : *port;
    struct sockaddr_storage to;
    socklen_t length = 0;

    for (int p = first; p <= last; p++) {
        if (!resolve(s->setup->address, p, &to, &length, err))
            return false;
        s->listeners[kind].fd = listen_at(&to, length);
        if (s->listeners[kind].fd >= 0) {
            *port = p;
            return true;
        }
        if (errno != EADDRINUSE)
            break;
    }
    return error_set(err, "port %d of %s: %s", first, s->setup->address, strerror(errno));
}

static bool listen_unix(struct server *s, struct error *err)
{
    s->listeners[VIEWER_UNIX].fd = unix_listen(&s->place, s->setup->unix_path, err);
    return s->listeners[VIEWER_UNIX].fd >= 0 || error_prefix(err, "%s", s->setup->unix_path);
}

/* What QMP calls the side that listens. */
static void describe(struct server *s, struct listener *l)
{
    const struct viewer_setup *v = &s->setup->viewer;
    struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
    socklen_t length = sizeof(own);

    if (l->fd < 0 || getsockname(l->fd, (struct sockaddr *)&own, &length) < 0)
        return;
    report_side_of(&own, length, l->kind == VIEWER_WEB, &l->side);
    if (v->credentials && l->kind == VIEWER_TCP)
        l->side.auth = v->passwords ? "vencrypt+x509+vnc" : "vencrypt+x509+none";
    else
        l->side.auth = v->passwords ? "vnc" : "none";
}

/* ---- viewers ---- */

/* Viewers in these states; address NULL: from anywhere. */
static unsigned count(const struct server *s, unsigned least, unsigned most, const uint8_t *address)
{
    unsigned n = 0;

    for (unsigned i = 0; i < SLOTS; i++) {
        unsigned state = atomic_load(&s->states[i]);

        n += s->slots[i].pid && state >= least && state <= most &&
             (!address || !memcmp(s->slots[i].address, address, 16));
    }
    return n;
}

/* A wrong password counts against the address, a right one clears it. */
static void take_notice(struct server *s)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        struct slot *slot = &s->slots[i];
        unsigned state = atomic_load(&s->states[i]);

        if (!slot->pid || slot->counted || state == VIEWER_GREETING)
            continue;
        slot->counted = true;
        if (state != VIEWER_DENIED)
            tries_passed(&s->tries, slot->address);
        else
            tries_failed(&s->tries, slot->address, channel_now());
    }
}

static void tell(struct server *s, struct slot *slot, const char *event)
{
    report_event(&s->report, event, &s->listeners[slot->kind].side, &slot->side);
}

/* Where viewers find the server, if there are several ways. */
static const struct report_side *first_side(const struct server *s)
{
    const struct listener *l = s->listeners;

    return l[VIEWER_TCP].fd >= 0    ? &l[VIEWER_TCP].side
           : l[VIEWER_UNIX].fd >= 0 ? &l[VIEWER_UNIX].side
                                    : &l[VIEWER_WEB].side;
}

/* What the machine does not know yet. */
static void tell_machine(struct server *s)
{
    if (report_connect(&s->report, first_side(s)))
        for (unsigned i = 0; i < SLOTS; i++)
            s->slots[i].told = TOLD_NOTHING;
    for (unsigned i = 0; i < SLOTS && s->report.fd >= 0; i++) {
        struct slot *slot = &s->slots[i];

        if (!slot->pid)
            continue;
        if (slot->told == TOLD_NOTHING) {
            tell(s, slot, "VNC_CONNECTED");
            slot->told = TOLD_CONNECTED;
        }
        if (slot->told == TOLD_CONNECTED && atomic_load(&s->states[i]) == VIEWER_SHOWN) {
            tell(s, slot, "VNC_INITIALIZED");
            slot->told = TOLD_INITIALIZED;
        }
    }
    report_serve(&s->report);
}

static void bury(struct server *s)
{
    int status;
    pid_t pid;

    take_notice(s);
    tell_machine(s);
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (unsigned i = 0; i < SLOTS; i++) {
            if (s->slots[i].pid != pid)
                continue;
            if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM && WTERMSIG(status) != SIGALRM)
                fprintf(stderr, "bygone-vnc: a viewer's process ended by signal %d\n",
                        WTERMSIG(status));
            if (s->slots[i].told != TOLD_NOTHING)
                tell(s, &s->slots[i], "VNC_DISCONNECTED");
            s->slots[i] = (struct slot){ .pid = 0 };
        }
    }
}

static const char *refusal(const struct server *s, const uint8_t address[16], char text[128])
{
    uint64_t wait = tries_wait(&s->tries, address, channel_now());

    if (wait) {
        snprintf(text, 128, "Too many wrong passwords; please wait %u seconds.",
                 (unsigned)(wait / 1000 + 1));
        return text;
    }
    if (count(s, VIEWER_PASSED, VIEWER_SHOWN, NULL) >= VIEWERS) {
        snprintf(text, 128, "There are %d viewers already; that is the most.", VIEWERS);
        return text;
    }
    return NULL;
}

static void become_viewer(struct server *s, int fd, enum viewer_kind kind, const char *why,
                          unsigned slot)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    for (unsigned i = 0; i < LISTENERS; i++)
        if (s->listeners[i].fd >= 0)
            close(s->listeners[i].fd);
    close(s->signals);
    report_close(&s->report);
    console_disconnect(&s->console);
    sigprocmask(SIG_UNBLOCK, &s->mask, NULL);
    viewer_run(&s->setup->viewer, fd, kind, why, &s->states[slot]);
    _exit(0);
}

static void let_in(struct server *s, const struct listener *l)
{
    struct sockaddr_storage from = { .ss_family = AF_UNIX };
    socklen_t length = sizeof(from);
    int fd = accept4(l->fd, (struct sockaddr *)&from, &length, SOCK_CLOEXEC);
    uint8_t address[16];
    char text[128];
    unsigned slot = 0;
    pid_t pid;

    if (fd < 0)
        return;
    take_notice(s);
    address_of(&from, address);
    while (slot < SLOTS && s->slots[slot].pid)
        slot++;
    if (slot == SLOTS || count(s, VIEWER_GREETING, VIEWER_GREETING, NULL) >= STRANGERS ||
        (l->kind != VIEWER_UNIX && count(s, VIEWER_GREETING, VIEWER_GREETING, address) >=
                                       (l->kind == VIEWER_WEB ? BROWSER_EACH : STRANGERS_EACH))) {
        close(fd);
        return;
    }
    atomic_store(&s->states[slot], VIEWER_GREETING);
    fflush(NULL);
    pid = fork();
    if (pid == 0)
        become_viewer(s, fd, l->kind, refusal(s, address, text), slot);
    close(fd);
    if (pid < 0)
        return;
    s->slots[slot] = (struct slot){ .pid = pid, .kind = l->kind };
    report_side_of(&from, length, l->kind == VIEWER_WEB, &s->slots[slot].side);
    memcpy(s->slots[slot].address, address, 16);
}

/* ---- the machine ---- */

static bool connect_console(struct server *s, struct error *err)
{
    console_disconnect(&s->console);
    s->connected_at = channel_now();
    return console_connect(&s->console, s->setup->viewer.console, 0, err);
}

/* Nothing that it says concerns us; that it is there does. */
static bool machine_lives(struct server *s)
{
    struct console_message m;
    struct error err;
    int got;

    while ((got = console_receive(&s->console, &m)) > 0)
        ;
    return got == 0 ||
           (channel_now() - s->connected_at >= RECONNECT_MS && connect_console(s, &err));
}

/* ---- the whole ---- */

int server_run(struct server *s)
{
    for (;;) {
        struct pollfd fds[LISTENERS + OTHERS];
        struct signalfd_siginfo info;
        uint64_t changes;
        int pause;

        for (unsigned i = 0; i < LISTENERS; i++)
            fds[i] = (struct pollfd){ .fd = s->listeners[i].fd, .events = POLLIN };
        fds[LISTENERS] = (struct pollfd){ .fd = s->console.fd, .events = POLLIN };
        fds[LISTENERS + 1] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
        fds[LISTENERS + 2] = (struct pollfd){ .fd = s->setup->viewer.changes, .events = POLLIN };
        tell_machine(s);
        pause = report_pause(&s->report);
        fds[LISTENERS + 3] =
            (struct pollfd){ .fd = s->report.fd, .events = report_wants(&s->report) };
        if (poll(fds, LISTENERS + OTHERS, pause) < 0)
            continue;
        if (fds[LISTENERS + 2].revents &&
            read(s->setup->viewer.changes, &changes, sizeof(changes)) < 0)
            continue;
        if (fds[LISTENERS + 1].revents && read(s->signals, &info, sizeof(info)) > 0) {
            if (info.ssi_signo != SIGCHLD)
                return 0;
            bury(s);
        }
        if (fds[LISTENERS].revents && !machine_lives(s))
            return 1;
        for (unsigned i = 0; i < LISTENERS; i++)
            if (fds[i].revents)
                let_in(s, &s->listeners[i]);
    }
}

static void take_signals(struct server *s)
{
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&s->mask);
    sigaddset(&s->mask, SIGTERM);
    sigaddset(&s->mask, SIGINT);
    sigaddset(&s->mask, SIGHUP);
    sigaddset(&s->mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &s->mask, NULL);
    s->signals = signalfd(-1, &s->mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

struct server *server_new(struct server_setup *setup, struct error *err)
{
    struct server *s = calloc(1, sizeof(*s));

    if (!s) {
        error_set(err, "no memory");
        return NULL;
    }
    s->setup = setup;
    s->console.fd = s->signals = setup->viewer.changes = -1;
    report_init(&s->report, setup->control);
    for (unsigned i = 0; i < LISTENERS; i++)
        s->listeners[i] = (struct listener){ .fd = -1, .kind = (enum viewer_kind)i };
    s->states = mmap(NULL, SLOTS * sizeof(*s->states), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    take_signals(s);
    setup->viewer.changes = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->states == MAP_FAILED || s->signals < 0 || setup->viewer.changes < 0) {
        s->states = s->states == MAP_FAILED ? NULL : s->states;
        error_set(err, "%s", strerror(errno));
    } else if (connect_console(s, err) &&
               (!setup->port || listen_tcp(s, VIEWER_TCP, &setup->port, err)) &&
               (!setup->web || listen_tcp(s, VIEWER_WEB, &setup->web, err)) &&
               (!setup->unix_path || listen_unix(s, err))) {
        for (unsigned i = 0; i < LISTENERS; i++)
            describe(s, &s->listeners[i]);
        tell_machine(s);
        report_settle(&s->report);
        return s;
    }
    server_free(s);
    return NULL;
}

void server_free(struct server *s)
{
    if (!s)
        return;
    unix_leave(&s->place);
    for (unsigned i = 0; i < LISTENERS; i++)
        if (s->listeners[i].fd >= 0)
            close(s->listeners[i].fd);
    for (unsigned i = 0; i < SLOTS; i++)
        if (s->slots[i].pid)
            kill(s->slots[i].pid, SIGTERM);
    for (unsigned i = 0; i < SLOTS; i++)
        if (s->slots[i].pid)
            waitpid(s->slots[i].pid, NULL, 0);
    console_disconnect(&s->console);
    report_close(&s->report);
    if (s->signals >= 0)
        close(s->signals);
    if (s->setup->viewer.changes >= 0)
        close(s->setup->viewer.changes);
    if (s->states)
        munmap(s->states, SLOTS * sizeof(*s->states));
    free(s);
}
