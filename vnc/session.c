/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/input-event-codes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rfb/rfb.h>
#include <rfb/rfbregion.h>

#include "core/console.h"
#include "core/error.h"
#include "core/input.h"
#include "vnc/channel.h"
#include "vnc/clipboard.h"
#include "vnc/keyboard.h"
#include "vnc/pointer.h"
#include "vnc/session.h"

enum {
    POINTER_MODE = -257, /* pseudo-encodings of rfbproto.rst: QEMU pointer motion change, */
    EXTENDED_KEY = -258, /* QEMU extended key event, */
    LED_STATE = -261,    /* QEMU LED state */
    QEMU_MESSAGE = 255,
    FIRST_W = 720, /* until the machine has said what it shows */
    FIRST_H = 400,
    FIRST_MS = 3000,
    INIT_MS = 15000,     /* for ClientInit */
    INTERVAL_US = 20000, /* between two frames */
    RECONNECT_MS = 1000,
    ENDING_SECONDS = 2,
};

static struct {
    const struct session_setup *setup;
    rfbScreenInfoPtr screen;
    rfbClientPtr client; /* NULL: has gone */
    struct console_client console;
    uint64_t connected_at;
    uint32_t *pixels; /* libvncserver's picture, width x height of its screen */
    uint8_t buffer;   /* of the console, where the last frame lies */
    bool awaited;     /* a frame has been asked for */
    bool machine_gone;
    struct keyboard keyboard;
    struct pointer pointer;
    struct clipboard clipboard;
    unsigned leds;
    bool has_key, has_leds, has_mode;    /* the viewer knows them ... */
    bool tell_key, tell_leds, tell_mode; /* ... and is to be told */
} session;

static volatile sig_atomic_t ending;

/* ---- to the machine ---- */

static void send_key(void *ctx, unsigned evdev, bool down)
{
    (void)ctx;
    console_send_key(&session.console, evdev, down);
}

static void paste(void)
{
    struct console_message m = { .type = CONSOLE_TYPE };
    size_t at = 0;

    keyboard_release(&session.keyboard);
    while (clipboard_part(&session.clipboard, &at, m.type_text.utf8, sizeof(m.type_text.utf8)))
        console_send(&session.console, &m);
}

/* Ctrl+Alt+V is the session's where a clipboard is allowed. */
static bool is_paste(unsigned evdev, bool down)
{
    return session.setup->clipboard && down && evdev == KEY_V &&
           keyboard_host_key(&session.keyboard);
}

static void on_keysym(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
    int shift;

    (void)client;
    if (is_paste(keyboard_keysym(keysym, &shift), down))
        paste();
    else
        keyboard_symbol(&session.keyboard, keysym, down);
}

static void on_pointer(int mask, int x, int y, rfbClientPtr client)
{
    struct console_message m;

    (void)client;
    if (pointer_event(&session.pointer, (unsigned)mask, x, y, session.screen->width,
                      session.screen->height, &m))
        console_send(&session.console, &m);
}

static void on_cut_latin1(char *text, int length, rfbClientPtr client)
{
    (void)client;
    if (session.setup->clipboard && length >= 0)
        clipboard_set_latin1(&session.clipboard, text, (size_t)length);
}

static void on_cut_utf8(char *text, int length, rfbClientPtr client)
{
    (void)client;
    if (session.setup->clipboard && length >= 0)
        clipboard_set_utf8(&session.clipboard, text, (size_t)length);
}

/* ---- QEMU's extensions ---- */

static rfbBool on_encoding(rfbClientPtr client, void **data, int encoding)
{
    (void)client;
    (void)data;
    switch (encoding) {
    case EXTENDED_KEY:
        session.tell_key = session.tell_key || !session.has_key;
        session.has_key = true;
        return TRUE;
    case LED_STATE:
        session.tell_leds = session.tell_leds || !session.has_leds;
        session.has_leds = true;
        return TRUE;
    case POINTER_MODE:
        session.tell_mode = session.tell_mode || !session.has_mode;
        session.has_mode = true;
        session.pointer.can_motion = true;
        return TRUE;
    default:
        return FALSE;
    }
}

/* Message 255: U8 0, U16 down, U32 keysym, U32 key code; of its others none was offered. */
static rfbBool on_message(rfbClientPtr client, void *data, const rfbClientToServerMsg *message)
{
    uint8_t m[11];
    uint32_t code;
    bool down;

    (void)data;
    if (message->type != QEMU_MESSAGE)
        return FALSE;
    if (rfbReadExact(client, (char *)m, 1) <= 0 || m[0] != 0 ||
        rfbReadExact(client, (char *)m + 1, 10) <= 0) {
        rfbCloseClient(client);
        return TRUE;
    }
    down = m[1] || m[2];
    code = (uint32_t)m[7] << 24 | (uint32_t)m[8] << 16 | (uint32_t)m[9] << 8 | m[10];
    if (client->viewOnly)
        return TRUE;
    if (is_paste(keyboard_xt(code), down))
        paste();
    else if (keyboard_xt(code))
        keyboard_code(&session.keyboard, code, down);
    else /* no code: what it means is better than nothing */
        keyboard_symbol(&session.keyboard,
                        (uint32_t)m[3] << 24 | (uint32_t)m[4] << 16 | (uint32_t)m[5] << 8 | m[6],
                        down);
    return TRUE;
}

/* A FramebufferUpdate of one rectangle that is none. */
static void tell(int encoding, unsigned x, const uint8_t *data, unsigned length)
{
    uint8_t m[17] = { 0, 0, 0, 1 };
    unsigned w = (unsigned)session.screen->width, h = (unsigned)session.screen->height;

    if (encoding == LED_STATE)
        w = h = 0;
    m[4] = (uint8_t)(x >> 8);
    m[5] = (uint8_t)x;
    m[8] = (uint8_t)(w >> 8);
    m[9] = (uint8_t)w;
    m[10] = (uint8_t)(h >> 8);
    m[11] = (uint8_t)h;
    for (unsigned i = 0; i < 4; i++)
        m[12 + i] = (uint8_t)((uint32_t)encoding >> (24 - 8 * i));
    if (length)
        m[16] = data[0];
    if (rfbWriteExact(session.client, (char *)m, (int)(16 + length)) < 0)
        rfbCloseClient(session.client);
}

static void tell_all(void)
{
    uint8_t leds = (uint8_t)(session.leds & (LED_SCROLL | LED_NUM | LED_CAPS));

    if (session.tell_key)
        tell(EXTENDED_KEY, 0, NULL, 0);
    if (session.tell_leds)
        tell(LED_STATE, 0, &leds, 1); /* bits as in core/input.h */
    if (session.tell_mode)
        tell(POINTER_MODE, session.pointer.absolute, NULL, 0);
    session.tell_key = session.tell_leds = session.tell_mode = false;
}

/* ---- the picture ---- */

static void set_format(void)
{
    session.screen->serverFormat.redShift = 16;
    session.screen->serverFormat.greenShift = 8;
    session.screen->serverFormat.blueShift = 0;
}

/* Takes a rectangle out of the console's buffer, as far as both pictures reach. */
static void copy(const struct screen_rect *r)
{
    unsigned width = (unsigned)session.screen->width, height = (unsigned)session.screen->height;
    unsigned pitch = session.console.surface.surface.pitch;
    const uint32_t *from = session.console.pixels[session.buffer];
    unsigned right = r->x + r->w < width ? r->x + r->w : width;
    unsigned bottom = r->y + r->h < height ? r->y + r->h : height;

    if (r->x >= right || r->y >= bottom)
        return;
    for (unsigned y = r->y; y < bottom; y++)
        memcpy(session.pixels + (size_t)y * width + r->x, from + (size_t)y * pitch + r->x,
               (right - r->x) * sizeof(uint32_t));
    rfbMarkRectAsModified(session.screen, r->x, r->y, (int)right, (int)bottom);
}

/* A viewer that cannot follow a new size keeps the one it was told; what does not fit is cut. */
static void fit_size(void)
{
    unsigned w = session.console.surface.surface.width;
    unsigned h = session.console.surface.surface.height;
    bool same = w == (unsigned)session.screen->width && h == (unsigned)session.screen->height;
    bool follows =
        !session.client || session.client->state != RFB_NORMAL || session.client->useNewFBSize;
    uint32_t *fresh;

    if (!session.console.surface.type || same || !follows)
        return;
    fresh = calloc((size_t)w * h, sizeof(*fresh));
    if (!fresh)
        return;
    rfbNewFramebuffer(session.screen, (char *)fresh, (int)w, (int)h, 8, 3, 4);
    set_format();
    if (session.client)
        session.screen->setTranslateFunction(session.client);
    free(session.pixels);
    session.pixels = fresh;
    copy(&(struct screen_rect){ 0, 0, (uint16_t)w, (uint16_t)h });
    session.pointer.known = false;
}

/* ---- from the machine ---- */

static void take(const struct console_message *m)
{
    switch (m->type) {
    case CONSOLE_SURFACE:
        session.buffer = 0;
        if (session.screen)
            fit_size();
        break;
    case CONSOLE_FRAME:
        session.buffer = m->frame.buffer;
        for (unsigned i = 0; session.screen && i < m->frame.rect_count; i++)
            copy(&m->frame.rects[i]);
        console_ack(&session.console, m->frame.seq);
        session.awaited = false;
        break;
    case CONSOLE_LEDS:
        if (session.has_leds && session.leds != m->leds.leds)
            session.tell_leds = true;
        session.leds = m->leds.leds;
        session.keyboard.caps_lock = (m->leds.leds & LED_CAPS) != 0;
        break;
    case CONSOLE_POINTER_MODE:
        if (session.has_mode && session.pointer.absolute != m->pointer_mode.absolute)
            session.tell_mode = true;
        pointer_mode(&session.pointer, m->pointer_mode.absolute);
        break;
    default:
        break;
    }
}

static bool connect_console(struct error *err)
{
    console_disconnect(&session.console);
    session.connected_at = channel_now();
    session.awaited = false;
    return console_connect(&session.console, session.setup->console, CONSOLE_PIXELS, err);
}

/* Who reads nothing for long, as while a slow viewer is being sent a picture, is cut off by the
 * machine and comes back. */
static void take_console(void)
{
    struct console_message m;
    struct error err;
    int got;

    while ((got = console_receive(&session.console, &m)) > 0)
        take(&m);
    if (got < 0 && (channel_now() - session.connected_at < RECONNECT_MS || !connect_console(&err)))
        session.machine_gone = true;
}

static void want(void)
{
    if (session.awaited || session.machine_gone)
        return;
    session.awaited = true;
    console_want(&session.console, INTERVAL_US);
}

/* The first size, so that the viewer need not be told another at once. */
static void wait_surface(void)
{
    uint64_t end = channel_now() + FIRST_MS, now;

    want();
    while (!session.machine_gone && (!session.console.surface.type || session.awaited) &&
           (now = channel_now()) < end) {
        struct pollfd pfd = { .fd = session.console.fd, .events = POLLIN };

        poll(&pfd, 1, (int)(end - now));
        take_console();
    }
}

/* ---- libvncserver ---- */

static void quiet(const char *format, ...)
{
    (void)format;
}

static void on_gone(rfbClientPtr client)
{
    (void)client;
    session.client = NULL;
}

static void make_screen(const char *name)
{
    static int encodings[] = { POINTER_MODE, EXTENDED_KEY, LED_STATE, 0 };
    static rfbProtocolExtension extension = { .pseudoEncodings = encodings,
                                              .enablePseudoEncoding = on_encoding,
                                              .handleMessage = on_message };
    bool known = session.console.surface.type;
    int w = known ? session.console.surface.surface.width : FIRST_W;
    int h = known ? session.console.surface.surface.height : FIRST_H;

    rfbLog = rfbErr = quiet;
    session.screen = rfbGetScreen(NULL, NULL, w, h, 8, 3, 4);
    session.pixels = calloc((size_t)w * (size_t)h, sizeof(uint32_t));
    if (!session.screen || !session.pixels)
        return;
    session.screen->frameBuffer = (char *)session.pixels;
    set_format();
    session.screen->desktopName = name;
    session.screen->cursor = NULL; /* the guest draws its own */
    session.screen->alwaysShared = TRUE;
    session.screen->deferUpdateTime = 0;
    session.screen->deferPtrUpdateTime = 0;
    session.screen->kbdAddEvent = on_keysym;
    session.screen->ptrAddEvent = on_pointer;
    session.screen->setXCutText = on_cut_latin1;
    session.screen->setXCutTextUTF8 = on_cut_utf8;
    rfbRegisterProtocolExtension(&extension);
    if (known)
        copy(&(struct screen_rect){ 0, 0, (uint16_t)w, (uint16_t)h });
}

/* The part of RFB that the viewer has behind it is played with libvncserver: version 3.8, security
 * type None. */
static bool greet(int fd, int peer)
{
    uint8_t answer[12 + 2 + 4];
    size_t got = 0;

    if (send(peer, "RFB 003.008\n\1", 13, MSG_NOSIGNAL) != 13)
        return false;
    session.client = rfbNewClient(session.screen, fd);
    if (!session.client)
        return false;
    session.client->clientGoneHook = on_gone;
    session.client->viewOnly = session.setup->access != ACCESS_FULL;
    while (session.client && session.client->state < RFB_INITIALISATION)
        rfbProcessEvents(session.screen, 10000);
    while (session.client && got < sizeof(answer)) {
        ssize_t n = recv(peer, answer + got, sizeof(answer) - got, 0);

        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return session.client && !memcmp(answer, "RFB 003.008\n\1\1\0\0\0", 18);
}

bool session_open(const struct session_setup *setup, int fd, int peer, struct error *err)
{
    static char name[64] = "Bygone";
    struct console_message m;

    memset(&session, 0, sizeof(session));
    session.setup = setup;
    session.console.fd = -1;
    session.keyboard.send = send_key;
    if (!connect_console(err)) {
        close(fd);
        return false;
    }
    /* HELLO is the first message; it is there within the time that wait_surface() takes. */
    for (unsigned i = 0; i < 50 && console_receive(&session.console, &m) == 0; i++)
        poll(&(struct pollfd){ .fd = session.console.fd, .events = POLLIN }, 1, 100);
    if (m.type == CONSOLE_HELLO && m.hello.name[0])
        memcpy(name, m.hello.name, sizeof(name));
    wait_surface();
    make_screen(name);
    if (!session.screen || !session.pixels || !greet(fd, peer))
        return error_set(err, "libvncserver does not answer");
    return true;
}

/* Told to end, it first lets go of the keys; a viewer that reads nothing shall not keep it. */
static void on_term(int number)
{
    (void)number;
    ending = 1;
    alarm(ENDING_SECONDS);
}

void session_run(void)
{
    uint64_t began = channel_now();
    bool shown = false;

    signal(SIGTERM, on_term);
    while (session.client && !session.machine_gone && !ending) {
        struct pollfd fds[2] = { { .fd = session.console.fd, .events = POLLIN },
                                 { .fd = session.client->sock, .events = POLLIN } };

        poll(fds, 2, 1000);
        take_console();
        fit_size();
        rfbProcessEvents(session.screen, 0);
        if (!session.client)
            break;
        if (session.client->state != RFB_NORMAL) {
            if (channel_now() - began > INIT_MS)
                break;
            continue;
        }
        if (!shown)
            session.setup->shown(session.setup->ctx);
        shown = true;
        /* The guest's pointer is in the picture; the viewer's own is left as it is. */
        session.client->enableCursorShapeUpdates = FALSE;
        fit_size();
        tell_all();
        if (session.client->sock >= 0 && !sraRgnEmpty(session.client->requestedRegion))
            want();
    }
}

void session_close(void)
{
    struct console_message m;

    if (session.console.fd >= 0 && !session.machine_gone) {
        keyboard_release(&session.keyboard);
        if (session.screen &&
            pointer_release(&session.pointer, session.screen->width, session.screen->height, &m))
            console_send(&session.console, &m);
    }
    if (session.client) {
        rfbCloseClient(session.client);
        rfbClientConnectionGone(session.client);
    }
    if (session.screen)
        rfbScreenCleanup(session.screen);
    free(session.pixels);
    console_disconnect(&session.console);
}
