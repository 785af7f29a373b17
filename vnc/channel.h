/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_CHANNEL_H
#define VNC_CHANNEL_H

/* The way to a viewer: a socket, TLS on it if need be, a WebSocket's frames on that if need be. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gnutls/gnutls.h>

#include "vnc/websocket.h"

#define CHANNEL_CHUNK 16384

struct channel {
    int fd; /* never blocks */
    gnutls_session_t tls;
    bool framed;
    struct websocket web;
    /* Frames only: what was read and not decoded, what is framed and not sent. */
    uint8_t in[CHANNEL_CHUNK];
    size_t in_at, in_length;
    uint8_t out[CHANNEL_CHUNK + 10 + sizeof(((struct websocket *)0)->reply)];
    size_t out_at, out_length;
};

enum { CHANNEL_AGAIN = -1, CHANNEL_END = 0 };

/* Takes the socket over. */
void channel_open(struct channel *channel, int fd);
void channel_close(struct channel *channel);
/* Makes it a TLS server's side; false: it came to nothing by the deadline. */
bool channel_secure(struct channel *channel, gnutls_certificate_credentials_t credentials,
                    uint64_t deadline_ms);

/* Bytes read or written, CHANNEL_AGAIN or CHANNEL_END (also after nonsense). */
int channel_read(struct channel *channel, uint8_t *data, size_t room);
int channel_write(struct channel *channel, const uint8_t *data, size_t length);
/* Is there something to read that poll() does not know of? */
bool channel_pending(const struct channel *channel);
/* Sends what was framed; false: not all yet, or the end. */
bool channel_flush(struct channel *channel);

/* All of it by the deadline, or false. */
bool channel_read_all(struct channel *channel, uint8_t *data, size_t length, uint64_t deadline_ms);
bool channel_write_all(struct channel *channel, const uint8_t *data, size_t length,
                       uint64_t deadline_ms);
/* Waits for POLLIN or POLLOUT; false: the deadline has passed. */
bool channel_wait(const struct channel *channel, short events, uint64_t deadline_ms);

/* CLOCK_MONOTONIC in ms. */
uint64_t channel_now(void);

#endif
