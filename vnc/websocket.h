/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_WEBSOCKET_H
#define VNC_WEBSOCKET_H

/*
 * What browsers need: a request of HTTP/1.1, and frames of a WebSocket (RFC 6455).  No input and
 * output here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_REQUEST_MOST 8192

enum web_kind {
    WEB_MORE, /* the request is not complete */
    WEB_BAD,  /* not a request that is served here */
    WEB_FILE, /* GET */
    WEB_SOCKET,
};

struct web_request {
    char path[256]; /* without the query, as sent */
    char host[256], origin[256];
    char key[64];
    bool binary; /* the subprotocol "binary" is asked for */
};

/* Looks at what has come so far. */
enum web_kind web_parse(const char *text, size_t length, struct web_request *request);
/* The value of Sec-WebSocket-Accept. */
bool web_accept(const char *key, char accept[32]);
/*
 * May a page of that origin use this server?  Only its own pages, asked for by an address, by
 * "localhost" or by one of our names (a list that ends with NULL): then no foreign name that
 * somebody pointed at us leads here.  No Origin: no browser.
 */
bool web_origin_fits(const struct web_request *request, const char *const names[]);
/* A path below the folder of pages, without "..", hidden files and odd characters. */
bool web_path_fits(const char *path);
const char *web_content_type(const char *path);

/* Frames from a viewer. */
struct websocket {
    uint8_t header[14];
    unsigned have; /* bytes of the header */
    uint64_t left; /* of the frame's payload */
    uint8_t mask[4];
    unsigned mask_at;
    uint8_t opcode;
    bool inside; /* the header is complete */
    uint8_t control[125];
    unsigned control_length;
    uint8_t reply[2 + 125]; /* a pong or the answer to a close, to be sent */
    unsigned reply_length;
    bool closed; /* nothing more comes: said so, or nonsense */
};

/* Takes bytes and gives the payload; *used says how many were taken.  Stops early when a reply is
 * to be sent or the room is full. */
size_t websocket_decode(struct websocket *socket, const uint8_t *in, size_t length, size_t *used,
                        uint8_t *out, size_t room);
/* Header of a binary frame of that length; at most 10 bytes. */
unsigned websocket_header(uint8_t header[10], size_t length);

#endif
