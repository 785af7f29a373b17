/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a VNC viewer or a browser sends before libvncserver sees a byte of it. */
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "tests/fuzz/targets.h"
#include "vnc/clipboard.h"
#include "vnc/greeting.h"
#include "vnc/keyboard.h"
#include "vnc/pointer.h"
#include "vnc/websocket.h"

static struct passwords lists[3];

static void need(bool ok)
{
    if (!ok)
        abort();
}

static bool contains(const uint8_t *data, size_t size, const char *text)
{
    size_t n = strlen(text);

    for (size_t at = 0; at + n <= size; at++)
        if (!memcmp(data + at, text, n))
            return true;
    return false;
}

/* ---- the greeting ---- */

/* The first byte chooses the rules; nobody may come in without the password. */
static void one_greeting(const void *ctx, const uint8_t *data, size_t size)
{
    static const uint8_t challenge[16] = { 0x5a, 0xa5, 7 };
    struct error err;
    struct greeting_rules rules;
    struct greeting g;
    size_t at = 1;

    (void)ctx;
    if (!lists[0].count) {
        need(passwords_parse(&lists[0], "long-and-secret\nlooks\n", 22, "0", &err));
        need(passwords_parse(&lists[1], "ann:long-and-secret\n", 20, "1", &err));
        need(passwords_parse(&lists[2], "long-and-secret\nann:another\n", 28, "2", &err));
    }
    if (!size)
        return;
    rules = (struct greeting_rules){ .tls = data[0] & 1,
                                     .passwords = data[0] & 2 ? &lists[data[0] / 4 % 3] : NULL,
                                     .refusal = data[0] >= 250 ? "no" : NULL };
    greeting_start(&g, &rules, challenge);
    g.out_length = 0;
    while (greeting_reads(&g) || g.state == GREETING_TLS) {
        need(g.need <= GREETING_MOST);
        if (g.state == GREETING_TLS) {
            greeting_secured(&g);
        } else if (size - at >= g.need) {
            size_t n = g.need;

            greeting_feed(&g, data + at);
            at += n;
        } else {
            return;
        }
        need(g.out_length <= sizeof(g.out));
        g.out_length = 0;
    }
    need(g.state != GREETING_DONE || !rules.refusal);
    need((g.state == GREETING_DONE) == (g.access != ACCESS_NONE));
    if (g.state == GREETING_DONE && rules.passwords) /* the seeds hold the right one */
        need(contains(data, size, "long-and-secret") || contains(data, size, "another") ||
             contains(data, size, "looks"));
}

struct fuzz_target target_vnc_greeting(void)
{
    static const char none[] = "\0RFB 003.008\n\1", old[] = "\0RFB 003.003\n";
    static const char vnc[] = "\2RFB 003.008\n\2................";
    static const char plain[] = "\7RFB 003.008\n\23\0\2\0\0\1\6\0\0\0\3\0\0\0\17annlong-and-secret";
    static const char looks[] = "\3RFB 003.008\n\23\0\2\0\0\1\6\0\0\0\0\0\0\0\5looks";
    static const struct fuzz_seed seeds[] = {
        { none, sizeof(none) - 1 },   { old, sizeof(old) - 1 },     { vnc, sizeof(vnc) - 1 },
        { plain, sizeof(plain) - 1 }, { looks, sizeof(looks) - 1 }, { 0 }
    };

    return (struct fuzz_target){ .name = "vnc-greeting",
                                 .one = one_greeting,
                                 .seeds = seeds,
                                 .most = 1024,
                                 .dictionary = "RFB 003.007\n003.889\n\23\n\2\n\1\n\377" };
}

/* ---- HTTP and WebSocket ---- */

static void one_request(const void *ctx, const uint8_t *data, size_t size)
{
    static const char *const names[] = { "host", NULL };
    char *text = malloc(size + 1); /* its own block: reading beyond is seen */
    struct web_request r;
    char accept[32];

    (void)ctx;
    memcpy(text, data, size);
    if (web_parse(text, size, &r) != WEB_MORE) {
        need(strlen(r.path) < sizeof(r.path) && strlen(r.host) < sizeof(r.host));
        web_accept(r.key, accept);
        if (web_origin_fits(&r, names))
            need(!strstr(r.host, "evil"));
        if (web_path_fits(r.path))
            need(!strstr(r.path, "..") || !strstr(r.path, "/.."));
        web_content_type(r.path);
    }
    free(text);
}

struct fuzz_target target_vnc_request(void)
{
    static const char upgrade[] =
        "GET /websockify?x HTTP/1.1\r\nHost: localhost:1\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://localhost:1\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: binary\r\n\r\n";
    static const char page[] = "GET /app/../x HTTP/1.1\r\nHost: [::1]:1\r\n\r\n";
    static const struct fuzz_seed seeds[] = { { upgrade, sizeof(upgrade) - 1 },
                                              { page, sizeof(page) - 1 },
                                              { 0 } };

    return (struct fuzz_target){ .name = "vnc-request",
                                 .one = one_request,
                                 .seeds = seeds,
                                 .most = 9000,
                                 .dictionary =
                                     "Host: \nOrigin: \nhttp://\nhttps://\nevil\n[\n]\n:\n"
                                     "127.0.0.1\n\r\n/..\n,\n \n?\nHTTP/1." };
}

static void one_frames(const void *ctx, const uint8_t *data, size_t size)
{
    struct websocket w = { .closed = false };
    uint8_t *out = malloc(64);
    size_t at = 0, used = 1;

    (void)ctx;
    while (at < size && !w.closed && used) {
        size_t step = size - at < 1u + data[at] % 50 ? size - at : 1u + data[at] % 50;
        size_t n = websocket_decode(&w, data + at, step, &used, out, data[at] % 65);

        need(n <= data[at] % 65u && used <= step);
        if (w.reply_length) {
            need(w.reply_length <= sizeof(w.reply));
            w.reply_length = 0;
            used = used ? used : 1;
        }
        at += used;
    }
    free(out);
}

struct fuzz_target target_vnc_frames(void)
{
    static const char frames[] = "\202\205\67\372\41\75\177\237\115\121\130\211\200....\202\376\0"
                                 "\4aaaabbbb\210\200xxxx";
    static const struct fuzz_seed seeds[] = { { frames, sizeof(frames) - 1 }, { 0 } };

    return (struct fuzz_target){
        .name = "vnc-frames", .one = one_frames, .seeds = seeds, .most = 2048
    };
}

/* ---- what is said after the greeting, and the password file ---- */

static unsigned held;

static void count(void *ctx, unsigned evdev, bool down)
{
    (void)ctx;
    need(evdev && evdev < 256);
    held += down ? 1 : -1u;
}

static void one_input(const void *ctx, const uint8_t *data, size_t size)
{
    static struct clipboard clipboard;
    struct keyboard keyboard = { .send = count };
    struct pointer pointer = { .known = false };
    struct console_message m;
    char part[16];
    size_t at = 0;

    (void)ctx;
    for (size_t i = 0; i + 6 <= size; i += 6) {
        uint32_t value = (uint32_t)data[i + 2] << 24 | (uint32_t)data[i + 3] << 16 |
                         (uint32_t)data[i + 4] << 8 | data[i + 5];

        if (data[i] & 1)
            keyboard_code(&keyboard, data[i] & 8 ? value : data[i + 5], data[i + 1] & 1);
        if (data[i] & 2)
            keyboard_symbol(&keyboard, data[i] & 8 ? value : 0xff00u | data[i + 5],
                            data[i + 1] & 1);
        if (data[i] & 4)
            pointer_mode(&pointer, data[i + 1] & 2);
        keyboard.caps_lock = data[i] & 16;
        pointer.can_motion = data[i] & 32;
        pointer_event(&pointer, data[i + 1], (int)(value >> 16), (int)(value & 0xffff),
                      data[i] & 64 ? 640 : 1, 480, &m);
    }
    keyboard_release(&keyboard);
    for (unsigned i = 0; i < 256; i++)
        need(!keyboard.held[i]);
    if (size & 1)
        clipboard_set_utf8(&clipboard, (const char *)data, size);
    else
        clipboard_set_latin1(&clipboard, (const char *)data, size);
    while (clipboard_part(&clipboard, &at, part, sizeof(part)))
        need(part[0] && (part[0] & 0xc0) != 0x80);
}

struct fuzz_target target_vnc_input(void)
{
    return (struct fuzz_target){ .name = "vnc-input", .one = one_input, .most = 600 };
}

static void one_passwords(const void *ctx, const uint8_t *data, size_t size)
{
    struct passwords p;
    struct error err = { { 0 } };

    (void)ctx;
    if (passwords_parse(&p, (const char *)data, (unsigned)size, "x", &err))
        need(p.count && p.count <= 64);
    else
        need(err.text[0]);
}

struct fuzz_target target_vnc_passwords(void)
{
    static const char text[] = "secret\nlook\nann:x\n# y\r\n";
    static const struct fuzz_seed seeds[] = { { text, sizeof(text) - 1 }, { 0 } };

    return (struct fuzz_target){ .name = "vnc-passwords",
                                 .one = one_passwords,
                                 .seeds = seeds,
                                 .most = 2048,
                                 .dictionary = ":\na:b\n#\n\r" };
}

#ifndef FUZZ_LIBFUZZER
int main(int argc, char **argv)
{
    const struct fuzz_target targets[] = { target_vnc_greeting(), target_vnc_request(),
                                           target_vnc_frames(), target_vnc_input(),
                                           target_vnc_passwords() };

    return fuzz_main(argc, argv, targets, sizeof(targets) / sizeof(targets[0]));
}
#endif
