/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP requests and the frames of a WebSocket, by RFC 6455. */
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "vnc/websocket.h"

static struct web_request r;
static const char *const names[] = { "myhost", NULL };

static enum web_kind parse(const char *text)
{
    return web_parse(text, strlen(text), &r);
}

#define UPGRADE                                                                                    \
    "GET /websockify?token=1 HTTP/1.1\r\nHost: localhost:5800\r\nUpgrade: WebSocket\r\n"           \
    "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"           \
    "Origin: http://localhost:5800\r\nSec-WebSocket-Version: 13\r\n"

START_TEST(an_upgrade_is_understood)
{
    ck_assert_int_eq(parse(UPGRADE "\r\n"), WEB_SOCKET);
    ck_assert_str_eq(r.path, "/websockify");
    ck_assert_str_eq(r.key, "dGhlIHNhbXBsZSBub25jZQ==");
    ck_assert_str_eq(r.host, "localhost:5800");
    ck_assert(!r.binary);
    ck_assert_int_eq(parse(UPGRADE "Sec-WebSocket-Protocol: chat, binary\r\n\r\n"), WEB_SOCKET);
    ck_assert(r.binary);
}
END_TEST

START_TEST(the_key_of_the_rfc_gives_its_answer)
{
    char accept[32];

    ck_assert(web_accept("dGhlIHNhbXBsZSBub25jZQ==", accept));
    ck_assert_str_eq(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}
END_TEST

START_TEST(every_part_of_a_request_is_not_yet_one)
{
    static const char text[] = UPGRADE "\r\n";

    for (size_t n = 0; n < sizeof(text) - 1; n++)
        ck_assert_int_eq(web_parse(text, n, &r), WEB_MORE);
}
END_TEST

START_TEST(other_requests_are_files_or_bad)
{
    static char large[WEB_REQUEST_MOST];

    ck_assert_int_eq(parse("GET /app/ui.js HTTP/1.1\r\nHost: x\r\n\r\n"), WEB_FILE);
    ck_assert_str_eq(r.path, "/app/ui.js");
    ck_assert_int_eq(parse("POST / HTTP/1.1\r\n\r\n"), WEB_BAD);
    ck_assert_int_eq(parse("GET http://x/ HTTP/1.1\r\n\r\n"), WEB_BAD);
    ck_assert_int_eq(parse("RFB 003.008\n"), WEB_BAD);
    ck_assert_int_eq(parse("\r\n\r\n"), WEB_BAD);
    ck_assert_int_eq(parse("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), WEB_BAD);
    memset(large, 'a', sizeof(large));
    ck_assert_int_eq(web_parse(large, sizeof(large), &r), WEB_BAD);
    memcpy(large, "GET / HTTP/1.1\r\nHost: ", 22);
    large[4000] = '\n';
    ck_assert_int_eq(web_parse(large, sizeof(large), &r), WEB_BAD);
    memcpy(large + 4001, "\r\n", 2);
    ck_assert_int_eq(web_parse(large, 4003, &r), WEB_BAD);
}
END_TEST

START_TEST(only_our_own_pages_may_connect)
{
    static const struct {
        const char *host, *origin;
        bool fits;
    } cases[] = {
        { "localhost:5800", "http://localhost:5800", true },
        { "127.0.0.1:5800", "https://127.0.0.1:5800", true },
        { "[::1]:5800", "https://[::1]:5800", true },
        { "192.168.1.5", "http://192.168.1.5", true },
        { "MyHost:5800", "http://myhost:5800", true },
        { "localhost:5800", "", true },
        { "localhost:5800", "http://localhost:8080", false },
        { "localhost:5800", "http://evil.example", false },
        { "localhost:5800", "null", false },
        { "localhost:5800", "file://", false },
        { "evil.example:5800", "http://evil.example:5800", false }, /* a name that points here */
        { "localhost.evil.example", "", false },
        { "", "", false },
        { "[", "", false },
        { "[::1", "", false },
        { "[evil]", "", false },
        { "localhost:1@evil.example", "", false },
        { "[::1].evil.example", "", false },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct web_request request = { .binary = false };

        strcpy(request.host, cases[i].host);
        strcpy(request.origin, cases[i].origin);
        ck_assert_msg(web_origin_fits(&request, names) == cases[i].fits, "%s from %s",
                      cases[i].host, cases[i].origin);
    }
}
END_TEST

START_TEST(paths_stay_below_the_folder)
{
    ck_assert(web_path_fits("/vnc.html"));
    ck_assert(web_path_fits("/app/images/icons/x-1_2.svg"));
    ck_assert(!web_path_fits("/../etc/passwd"));
    ck_assert(!web_path_fits("/app/../../etc/passwd"));
    ck_assert(!web_path_fits("/.git"));
    ck_assert(!web_path_fits("//etc/passwd"));
    ck_assert(!web_path_fits("/%2e%2e/x"));
    ck_assert(!web_path_fits("/a\\b"));
    ck_assert(!web_path_fits("vnc.html"));
    ck_assert(!web_path_fits(""));
    ck_assert_str_eq(web_content_type("/core/rfb.js"), "text/javascript");
    ck_assert_str_eq(web_content_type("/x"), "application/octet-stream");
}
END_TEST

/* ---- frames ---- */

static struct websocket w;
static uint8_t out[4096];

/* All of it, in pieces of `step` bytes; what was given. */
static size_t decode(const void *data, size_t length, size_t step)
{
    const uint8_t *in = data;
    size_t given = 0, at = 0;

    memset(&w, 0, sizeof(w));
    while (at < length && !w.closed) {
        size_t n = length - at < step ? length - at : step, used;

        given += websocket_decode(&w, in + at, n, &used, out + given, sizeof(out) - given);
        if (!used && !w.reply_length)
            break;
        at += used;
        if (w.reply_length && !w.closed)
            w.reply_length = 0;
    }
    return given;
}

START_TEST(masked_frames_are_decoded_in_any_pieces)
{
    /* "Hello" of RFC 6455 section 5.7, as binary, and a second frame */
    static const uint8_t frames[] = { 0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d,
                                      0x51, 0x58, 0x82, 0x81, 0,    0,    0,    0,    '!' };

    for (size_t step = 1; step <= sizeof(frames); step++) {
        ck_assert_uint_eq(decode(frames, sizeof(frames), step), 6);
        ck_assert_mem_eq(out, "Hello!", 6);
    }
}
END_TEST

START_TEST(a_ping_is_answered_and_a_close_closes)
{
    static const uint8_t ping[] = { 0x89, 0x82, 0, 0, 0, 0, 'h', 'i' };
    static const uint8_t end[] = { 0x88, 0x82, 0, 0, 0, 0, 3, 0xe8 };
    size_t used;

    memset(&w, 0, sizeof(w));
    ck_assert_uint_eq(websocket_decode(&w, ping, sizeof(ping), &used, out, sizeof(out)), 0);
    ck_assert_uint_eq(w.reply_length, 4);
    ck_assert_mem_eq(w.reply, "\x8a\2hi", 4);
    w.reply_length = 0;
    websocket_decode(&w, end, sizeof(end), &used, out, sizeof(out));
    ck_assert(w.closed);
    ck_assert_mem_eq(w.reply, "\x88\2\3\xe8", 4);
}
END_TEST

START_TEST(frames_against_the_rules_close)
{
    static const uint8_t bad[][14] = {
        { 0x82, 0x05, 'H', 'e', 'l', 'l', 'o' },            /* not masked */
        { 0xc2, 0x81, 0, 0, 0, 0, 'x' },                    /* reserved bit */
        { 0x83, 0x81, 0, 0, 0, 0, 'x' },                    /* reserved opcode */
        { 0x8b, 0x80, 0, 0, 0, 0 },                         /* reserved control */
        { 0x89, 0xfe, 0, 126, 0, 0, 0, 0 },                 /* long ping */
        { 0x09, 0x80, 0, 0, 0, 0 },                         /* ping in parts */
        { 0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, /* endless */
    };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_uint_eq(decode(bad[i], sizeof(bad[i]), 14), 0);
        ck_assert_msg(w.closed, "case %u", i);
    }
}
END_TEST

START_TEST(headers_have_the_shortest_length)
{
    uint8_t header[10];

    ck_assert_uint_eq(websocket_header(header, 125), 2);
    ck_assert_uint_eq(websocket_header(header, 126), 4);
    ck_assert_mem_eq(header, "\x82\x7e\0\x7e", 4);
    ck_assert_uint_eq(websocket_header(header, 65535), 4);
    ck_assert_uint_eq(websocket_header(header, 65536), 10);
    ck_assert_mem_eq(header, "\x82\x7f\0\0\0\0\0\1\0\0", 10);
}
END_TEST

START_TEST(random_bytes_never_give_more_than_the_room)
{
    uint8_t in[256], small[16];

    srand(11);
    for (unsigned i = 0; i < 100000; i++) {
        size_t used, at = 0;

        memset(&w, 0, sizeof(w));
        for (unsigned j = 0; j < sizeof(in); j++)
            in[j] = (uint8_t)rand();
        if (i & 1)
            in[0] = 0x82, in[1] |= 0x80;
        for (unsigned turn = 0; turn < 1000 && at < sizeof(in) && !w.closed; turn++) {
            size_t n = websocket_decode(&w, in + at, sizeof(in) - at, &used, small, sizeof(small));

            ck_assert_uint_le(n, sizeof(small));
            ck_assert_uint_le(w.control_length, 125);
            w.reply_length = 0;
            at += used;
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("websocket");

    CHECK_CASE(suite, "requests", an_upgrade_is_understood, the_key_of_the_rfc_gives_its_answer,
               every_part_of_a_request_is_not_yet_one, other_requests_are_files_or_bad,
               only_our_own_pages_may_connect, paths_stay_below_the_folder);
    CHECK_CASE(suite, "frames", masked_frames_are_decoded_in_any_pieces,
               a_ping_is_answered_and_a_close_closes, frames_against_the_rules_close,
               headers_have_the_shortest_length, random_bytes_never_give_more_than_the_room);
    return check_main(suite);
}
