/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "vnc/websocket.h"

/* ---- the request ---- */

struct line {
    const char *text;
    size_t length;
};

/* The next line, without CR LF; false: none. */
static bool next_line(const char **at, const char *end, struct line *line)
{
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));

    if (!stop)
        return false;
    line->text = *at;
    line->length = (size_t)(stop - *at);
    if (line->length && line->text[line->length - 1] == '\r')
        line->length--;
    *at = stop + 1;
    return true;
}

/* The value of a header line if that is its name. */
static bool header(const struct line *line, const char *name, struct line *value)
{
    size_t n = strlen(name);

    if (line->length <= n || line->text[n] != ':' || strncasecmp(line->text, name, n) != 0)
        return false;
    value->text = line->text + n + 1;
    value->length = line->length - n - 1;
    while (value->length && (*value->text == ' ' || *value->text == '\t')) {
        value->text++;
        value->length--;
    }
    while (value->length && strchr(" \t", value->text[value->length - 1]))
        value->length--;
    return true;
}

static bool copy(char *to, size_t room, const struct line *value)
{
    if (value->length >= room || memchr(value->text, 0, value->length))
        return false;
    memcpy(to, value->text, value->length);
    to[value->length] = 0;
    return true;
}

/* Is `word` one of a list with commas? */
static bool lists(const struct line *value, const char *word)
{
    size_t n = strlen(word), at = 0;

    while (at < value->length) {
        const char *start = value->text + at;
        const char *comma = memchr(start, ',', value->length - at);
        size_t length = comma ? (size_t)(comma - start) : value->length - at;

        at += length + 1;
        while (length && *start == ' ') {
            start++;
            length--;
        }
        while (length && start[length - 1] == ' ')
            length--;
        if (length == n && !strncasecmp(start, word, n))
            return true;
    }
    return false;
}

/* "GET /path?query HTTP/1.1" */
static bool request_line(const struct line *line, struct web_request *r)
{
    const char *start = line->text + 4;
    const char *end = line->text + line->length;
    struct line path;

    if (line->length < 14 || memcmp(line->text, "GET /", 5) || memcmp(end - 9, " HTTP/1.", 8))
        return false;
    path.text = start;
    path.length = (size_t)(end - 9 - start);
    for (size_t i = 0; i < path.length; i++)
        if (path.text[i] == '?')
            path.length = i;
    return copy(r->path, sizeof(r->path), &path);
}

enum web_kind web_parse(const char *text, size_t length, struct web_request *r)
{
    const char *at = text, *end = text + length;
    bool upgrade = false, connection = false, version = false, fits = true;
    struct line line, value;

    *r = (struct web_request){ .binary = false };
    if (!next_line(&at, end, &line))
        return length < WEB_REQUEST_MOST ? WEB_MORE : WEB_BAD;
    if (!request_line(&line, r))
        return WEB_BAD;
    while (next_line(&at, end, &line)) {
        if (!line.length) { /* the end of the headers */
            if (!fits)
                return WEB_BAD;
            if (!upgrade)
                return WEB_FILE;
            return connection && version && r->key[0] ? WEB_SOCKET : WEB_BAD;
        }
        if (header(&line, "Host", &value))
            fits = fits && copy(r->host, sizeof(r->host), &value);
        else if (header(&line, "Origin", &value))
            fits = fits && copy(r->origin, sizeof(r->origin), &value);
        else if (header(&line, "Sec-WebSocket-Key", &value))
            fits = fits && copy(r->key, sizeof(r->key), &value);
        else if (header(&line, "Upgrade", &value))
            upgrade = lists(&value, "websocket");
        else if (header(&line, "Connection", &value))
            connection = lists(&value, "upgrade");
        else if (header(&line, "Sec-WebSocket-Version", &value))
            version = lists(&value, "13");
        else if (header(&line, "Sec-WebSocket-Protocol", &value))
            r->binary = lists(&value, "binary");
    }
    return length < WEB_REQUEST_MOST ? WEB_MORE : WEB_BAD;
}

bool web_accept(const char *key, char accept[32])
{
    char text[128];
    uint8_t hash[20];
    gnutls_datum_t data = { hash, sizeof(hash) }, out;
    int n = snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

    if (n < 0 || (size_t)n >= sizeof(text) ||
        gnutls_hash_fast(GNUTLS_DIG_SHA1, text, (size_t)n, hash) < 0 ||
        gnutls_base64_encode2(&data, &out) < 0)
        return false;
    n = snprintf(accept, 32, "%.*s", (int)out.size, (const char *)out.data);
    gnutls_free(out.data);
    return n == 28;
}

/* ---- who may ask for what ---- */

/* "" or a colon and digits */
static bool is_port(const char *text)
{
    return !text[0] || (text[0] == ':' && text[1 + strspn(text + 1, "0123456789")] == 0);
}

static bool known_host(const char *host, const char *const names[])
{
    bool six = host[0] == '[';
    size_t n = six ? strcspn(host + 1, "]") : strcspn(host, ":");
    const char *rest = host + n + (six ? 1 : 0);
    char name[256];
    uint8_t address[16];

    if (n >= sizeof(name) || (six && *rest++ != ']') || !is_port(rest))
        return false;
    memcpy(name, host + (six ? 1 : 0), n);
    name[n] = 0;
    if (six)
        return inet_pton(AF_INET6, name, address) == 1;
    if (inet_pton(AF_INET, name, address) == 1 || !strcasecmp(name, "localhost"))
        return true;
    for (unsigned i = 0; names[i]; i++)
        if (!strcasecmp(name, names[i]))
            return true;
    return false;
}

bool web_origin_fits(const struct web_request *r, const char *const names[])
{
    const char *origin = r->origin;

    if (!known_host(r->host, names))
        return false;
    if (!origin[0])
        return true;
    if (!strncmp(origin, "http://", 7))
        origin += 7;
    else if (!strncmp(origin, "https://", 8))
        origin += 8;
    else
        return false;
    return !strcasecmp(origin, r->host);
}

bool web_path_fits(const char *path)
{
    if (path[0] != '/')
        return false;
    for (const char *p = path; *p; p++) {
        if (!isalnum((unsigned char)*p) && !strchr("/._-", *p))
            return false;
        if (*p == '/' && (p[1] == '.' || p[1] == '/'))
            return false;
    }
    return true;
}

const char *web_content_type(const char *path)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        { ".html", "text/html; charset=utf-8" },
        { ".js", "text/javascript" },
        { ".css", "text/css" },
        { ".svg", "image/svg+xml" },
        { ".png", "image/png" },
        { ".ico", "image/x-icon" },
        { ".json", "application/json" },
        { ".oga", "audio/ogg" },
        { ".mp3", "audio/mpeg" },
        { ".ttf", "font/ttf" },
        { ".woff", "font/woff" },
    };
    size_t n = strlen(path);

    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t e = strlen(types[i].ending);

        if (n > e && !strcmp(path + n - e, types[i].ending))
            return types[i].type;
    }
    return "application/octet-stream";
}

/* ---- frames ---- */

enum { OP_CONTINUE = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

static unsigned header_length(const struct websocket *w)
{
    unsigned length = w->header[1] & 0x7f;

    return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + 4;
}

/* A viewer's frames are masked; control frames are short and whole. */
static void begin_frame(struct websocket *w)
{
    unsigned length = w->header[1] & 0x7f, at = 2, extra = header_length(w) - 6;

    w->left = length;
    if (extra)
        w->left = 0;
    for (unsigned i = 0; i < extra; i++)
        w->left = w->left << 8 | w->header[at++];
    memcpy(w->mask, w->header + at, 4);
    w->mask_at = 0;
    w->opcode = w->header[0] & 15;
    w->control_length = 0;
    w->inside = true;
    if (w->header[0] & 0x70 || !(w->header[1] & 0x80) || w->left >> 62)
        w->closed = true;
    if (w->opcode >= OP_CLOSE && (w->left > 125 || !(w->header[0] & 0x80)))
        w->closed = true;
    if (w->opcode > OP_BINARY && (w->opcode < OP_CLOSE || w->opcode > OP_PONG))
        w->closed = true;
}

static void end_frame(struct websocket *w)
{
    w->inside = false;
    w->have = 0;
    if (w->opcode != OP_CLOSE && w->opcode != OP_PING)
        return;
    w->reply[0] = (uint8_t)(0x80 | (w->opcode == OP_PING ? OP_PONG : OP_CLOSE));
    w->reply[1] = (uint8_t)w->control_length;
    memcpy(w->reply + 2, w->control, w->control_length);
    w->reply_length = 2 + w->control_length;
    w->closed = w->opcode == OP_CLOSE;
}

static size_t payload(struct websocket *w, const uint8_t *in, size_t length, uint8_t *out,
                      size_t room, size_t *given)
{
    size_t n = length < w->left ? length : (size_t)w->left;
    uint8_t *to = w->opcode >= OP_CLOSE ? w->control + w->control_length : out;

    if (w->opcode < OP_CLOSE && n > room)
        n = room;
    for (size_t i = 0; i < n; i++)
        to[i] = in[i] ^ w->mask[w->mask_at++ & 3];
    w->left -= n;
    if (w->opcode >= OP_CLOSE)
        w->control_length += (unsigned)n;
    else
        *given += n;
    return n;
}

size_t websocket_decode(struct websocket *w, const uint8_t *in, size_t length, size_t *used,
                        uint8_t *out, size_t room)
{
    size_t given = 0, at = 0;

    while (!w->closed && !w->reply_length) {
        if (w->inside && !w->left) {
            end_frame(w);
        } else if (at == length) {
            break;
        } else if (!w->inside) {
            w->header[w->have++] = in[at++];
            if (w->have >= 2 && w->have == header_length(w))
                begin_frame(w);
        } else {
            size_t n = payload(w, in + at, length - at, out + given, room - given, &given);

            at += n;
            if (!n)
                break;
        }
    }
    *used = at;
    return given;
}

unsigned websocket_header(uint8_t header[10], size_t length)
{
    unsigned extra = length < 126 ? 0 : length < 65536 ? 2 : 8;

    header[0] = 0x80 | OP_BINARY;
    header[1] = (uint8_t)(extra == 0 ? length : extra == 2 ? 126 : 127);
    for (unsigned i = 0; i < extra; i++)
        header[2 + i] = (uint8_t)(length >> (8 * (extra - 1 - i)));
    return 2 + extra;
}
