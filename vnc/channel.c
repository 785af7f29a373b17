/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "vnc/channel.h"

uint64_t channel_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void channel_open(struct channel *c, int fd)
{
    memset(c, 0, sizeof(*c));
    c->fd = fd;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void channel_close(struct channel *c)
{
    if (c->tls) {
        gnutls_bye(c->tls, GNUTLS_SHUT_WR);
        gnutls_deinit(c->tls);
    }
    if (c->fd >= 0)
        close(c->fd);
    c->tls = NULL;
    c->fd = -1;
}

bool channel_wait(const struct channel *c, short events, uint64_t deadline)
{
    struct pollfd pfd = { .fd = c->fd, .events = events };
    uint64_t now = channel_now();
    int left = deadline > now ? (int)(deadline - now) : 0;

    return left > 0 && poll(&pfd, 1, left) > 0;
}

bool channel_secure(struct channel *c, gnutls_certificate_credentials_t credentials,
                    uint64_t deadline)
{
    int result;

    if (gnutls_init(&c->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK) < 0)
        return false;
    if (gnutls_priority_set_direct(c->tls, "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1", NULL) < 0 ||
        gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, credentials) < 0)
        return false;
    gnutls_certificate_server_set_request(c->tls, GNUTLS_CERT_IGNORE);
    gnutls_transport_set_int(c->tls, c->fd);
    while ((result = gnutls_handshake(c->tls)) < 0) {
        if (gnutls_error_is_fatal(result))
            return false;
        if (result == GNUTLS_E_AGAIN &&
            !channel_wait(c, gnutls_record_get_direction(c->tls) ? POLLOUT : POLLIN, deadline))
            return false;
        if (channel_now() > deadline) /* warnings without end */
            return false;
    }
    return true;
}

/* ---- socket and TLS ---- */

static int result_of(ssize_t n)
{
    if (n > 0)
        return (int)n;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? CHANNEL_AGAIN : CHANNEL_END;
}

static int result_of_tls(ssize_t n)
{
    if (n > 0)
        return (int)n;
    return n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED ||
                   (n < 0 && !gnutls_error_is_fatal((int)n) && n != GNUTLS_E_REHANDSHAKE)
               ? CHANNEL_AGAIN
               : CHANNEL_END;
}

static int raw_read(struct channel *c, uint8_t *data, size_t room)
{
    if (c->tls)
        return result_of_tls(gnutls_record_recv(c->tls, data, room));
    return result_of(recv(c->fd, data, room, MSG_DONTWAIT));
}

static int raw_write(struct channel *c, const uint8_t *data, size_t length)
{
    if (c->tls)
        return result_of_tls(gnutls_record_send(c->tls, data, length));
    return result_of(send(c->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* ---- frames ---- */

/* 1: all is sent, else CHANNEL_AGAIN or CHANNEL_END. */
static int flush(struct channel *c)
{
    while (c->out_at < c->out_length) {
        int n = raw_write(c, c->out + c->out_at, c->out_length - c->out_at);

        if (n <= 0)
            return n;
        c->out_at += (size_t)n;
    }
    c->out_at = c->out_length = 0;
    return 1;
}

bool channel_flush(struct channel *c)
{
    return flush(c) > 0;
}

bool channel_pending(const struct channel *c)
{
    return c->in_at < c->in_length || (c->tls && gnutls_record_check_pending(c->tls) > 0);
}

static int framed_read(struct channel *c, uint8_t *data, size_t room)
{
    for (;;) {
        size_t used, given;
        int n;

        if (c->web.reply_length && flush(c) > 0) {
            memcpy(c->out, c->web.reply, c->web.reply_length);
            c->out_length = c->web.reply_length;
            c->web.reply_length = 0;
            flush(c);
        }
        if (c->web.closed)
            return CHANNEL_END;
        if (c->web.reply_length) /* pings faster than they can be answered */
            return CHANNEL_AGAIN;
        if (c->in_at == c->in_length) {
            n = raw_read(c, c->in, sizeof(c->in));
            if (n <= 0)
                return n;
            c->in_at = 0;
            c->in_length = (size_t)n;
        }
        given =
            websocket_decode(&c->web, c->in + c->in_at, c->in_length - c->in_at, &used, data, room);
        c->in_at += used;
        if (given)
            return (int)given;
    }
}

static int framed_write(struct channel *c, const uint8_t *data, size_t length)
{
    int result = flush(c);
    unsigned header;

    if (result <= 0)
        return result;
    if (length > CHANNEL_CHUNK)
        length = CHANNEL_CHUNK;
    header = websocket_header(c->out, length);
    memcpy(c->out + header, data, length);
    c->out_length = header + length;
    return flush(c) == CHANNEL_END ? CHANNEL_END : (int)length;
}

int channel_read(struct channel *c, uint8_t *data, size_t room)
{
    return c->framed ? framed_read(c, data, room) : raw_read(c, data, room);
}

int channel_write(struct channel *c, const uint8_t *data, size_t length)
{
    return c->framed ? framed_write(c, data, length) : raw_write(c, data, length);
}

/* ---- with a deadline ---- */

bool channel_read_all(struct channel *c, uint8_t *data, size_t length, uint64_t deadline)
{
    while (length) {
        int n = channel_read(c, data, length);

        if (n == CHANNEL_END || (n == CHANNEL_AGAIN && !channel_wait(c, POLLIN, deadline)) ||
            channel_now() > deadline)
            return false;
        if (n > 0) {
            data += n;
            length -= (size_t)n;
        }
    }
    return true;
}

bool channel_write_all(struct channel *c, const uint8_t *data, size_t length, uint64_t deadline)
{
    while (length || c->out_length) {
        int n = length ? channel_write(c, data, length) : flush(c);

        if (n == CHANNEL_END || (n == CHANNEL_AGAIN && !channel_wait(c, POLLOUT, deadline)))
            return false;
        if (n > 0 && length) {
            data += n;
            length -= (size_t)n;
        }
    }
    return true;
}
