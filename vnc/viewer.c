/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "core/error.h"
#include "vnc/channel.h"
#include "vnc/confine.h"
#include "vnc/greeting.h"
#include "vnc/pump.h"
#include "vnc/session.h"
#include "vnc/viewer.h"
#include "vnc/web.h"

enum {
    PROGRAM_MS = 20000, /* for what the viewer's program does by itself */
    PERSON_MS = 180000, /* for a person who types a password */
};

static struct channel channel;

/* A peer that has vanished is noticed within some minutes. */
static void set_socket(int fd)
{
    int one = 1, idle = 60, interval = 20, count = 4;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static bool flush_greeting(struct greeting *g)
{
    bool ok = channel_write_all(&channel, g->out, g->out_length, channel_now() + PROGRAM_MS);

    g->out_length = 0;
    return ok;
}

/* True: GREETING_DONE. */
static bool greet(struct greeting *g, const struct viewer_setup *setup, atomic_uint *state)
{
    uint64_t program = channel_now() + PROGRAM_MS, person = channel_now() + PERSON_MS;
    uint8_t data[GREETING_MOST];

    for (;;) {
        if (g->state == GREETING_DONE)
            atomic_store(state, VIEWER_PASSED);
        if (g->state == GREETING_DENIED)
            atomic_store(state, VIEWER_DENIED);
        if (!flush_greeting(g))
            return false;
        if (g->state == GREETING_TLS) {
            if (!channel_secure(&channel, setup->credentials, program))
                return false;
            greeting_secured(g);
            continue;
        }
        if (!greeting_reads(g))
            return g->state == GREETING_DONE;
        if (!channel_read_all(&channel, data, g->need,
                              g->state >= GREETING_RESPONSE ? person : program))
            return false;
        greeting_feed(g, data);
        explicit_bzero(data, sizeof(data));
    }
}

static struct {
    atomic_uint *state;
    int changes;
} parent;

static void tell_shown(void *ctx)
{
    uint64_t one = 1;
    ssize_t ignored;

    (void)ctx;
    atomic_store(parent.state, VIEWER_SHOWN);
    ignored = write(parent.changes, &one, sizeof(one));
    (void)ignored;
}

static void serve(const struct viewer_setup *setup, enum access access)
{
    const struct session_setup session = { setup->console, access, setup->clipboard, tell_shown,
                                           NULL };
    struct error err;
    bool pumping = false;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return;
    if (session_open(&session, ends[0], ends[1], &err)) {
        fcntl(ends[1], F_SETFL, O_NONBLOCK);
        pumping = pump_start(&channel, ends[1]);
        if (pumping)
            session_run();
    }
    session_close();
    if (pumping)
        pump_join();
    else
        close(ends[1]);
}

void viewer_run(const struct viewer_setup *setup, int fd, enum viewer_kind kind,
                const char *refusal, atomic_uint *state)
{
    struct greeting_rules rules = { .tls = setup->credentials && kind == VIEWER_TCP,
                                    .passwords = setup->passwords,
                                    .refusal = refusal };
    struct greeting greeting;
    int pages = kind == VIEWER_WEB && setup->pages
                    ? open(setup->pages, O_PATH | O_DIRECTORY | O_CLOEXEC)
                    : -1;
    uint8_t challenge[16];
    bool ok = true;

    parent.state = state;
    parent.changes = setup->changes;
    channel_open(&channel, fd);
    if (kind != VIEWER_UNIX)
        set_socket(fd);
    if (gnutls_rnd(GNUTLS_RND_KEY, challenge, sizeof(challenge)) < 0 || !confine(pages >= 0))
        ok = false;
    if (ok && kind == VIEWER_WEB)
        ok = (!setup->credentials ||
              channel_secure(&channel, setup->credentials, channel_now() + PROGRAM_MS)) &&
             web_begin(&channel, setup, pages, channel_now() + PROGRAM_MS) &&
             (pages < 0 || confine(false));
    if (ok) {
        greeting_start(&greeting, &rules, challenge);
        ok = greet(&greeting, setup, state);
    }
    if (ok)
        serve(setup, greeting.access);
    else
        channel_close(&channel);
}
