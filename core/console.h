/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

/*
 * The console socket: how window, terminal and VNC server see a machine and type into it.  A Unix
 * SOCK_SEQPACKET socket; each packet is one struct console_message, cut after the payload that its
 * type uses.  First message both ways: HELLO.
 *
 * Pixels are pulled: a client sends WANT; at a guest retrace after that the machine draws what
 * changed into one of two buffers of a sealed memfd (read-only for clients) and sends FRAME; the
 * client takes what it needs out of the buffer and answers ACK.  Nobody wants, nothing is drawn; a
 * client that does not answer for CONSOLE_ACK_MS is no longer waited for.  A full socket drops
 * frames, never events.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/screen.h"

#define CONSOLE_VERSION    2u
#define CONSOLE_DRIVES     6 /* most that have a light */
#define CONSOLE_ACK_MS     200u
#define CONSOLE_TYPE_BYTES 1024

enum {                     /* feature bits of HELLO */
       CONSOLE_PIXELS = 1, /* client: send SURFACE and FRAME */
       CONSOLE_TEXT = 2,   /* client: send TEXT while the guest is in a text mode */
};

enum console_type {
    CONSOLE_HELLO = 1, /* both ways: hello */
    /* client to machine */
    CONSOLE_WANT = 16, /* want: the next frame, please */
    CONSOLE_ACK,       /* ack: frame `seq` has been read */
    CONSOLE_KEY,       /* key */
    CONSOLE_POINTER,   /* pointer */
    CONSOLE_POSITION,  /* position: for a guest that POINTER_MODE says takes it */
    CONSOLE_TYPE,      /* type_text: typed on the guest's keyboard */
    /* machine to client */
    CONSOLE_SURFACE = 64, /* surface, with the memfd as SCM_RIGHTS */
    CONSOLE_FRAME,        /* frame */
    CONSOLE_TEXT_SCREEN,  /* text */
    CONSOLE_LEDS,         /* leds */
    CONSOLE_LIGHTS,       /* lights */
    CONSOLE_STATUS,       /* status */
    CONSOLE_POINTER_MODE, /* pointer_mode: after HELLO, and when it changes */
};

struct console_message {
    uint32_t type;
    union {
        struct {
            uint32_t version, features;
            char name[64]; /* machine's name, from the machine */
        } hello;
        struct {
            uint32_t min_interval_us; /* no earlier than this after the last frame */
        } want;
        struct {
            uint32_t seq;
        } ack;
        struct {
            uint16_t evdev; /* Linux input event code */
            uint8_t down;
            uint8_t typed; /* may wait while the guest has not read what was typed before */
        } key;
        struct {
            int16_t dx, dy, wheel; /* relative: right, down, away from the user */
            uint16_t buttons;      /* BUTTON_* held */
        } pointer;
        struct {
            uint16_t x, y; /* on the screen: 0 left, top; 65535 right, bottom */
            int16_t wheel;
            uint16_t buttons;
        } position;
        struct {
            char utf8[CONSOLE_TYPE_BYTES]; /* ends with 0 */
        } type_text;
        struct {
            uint8_t absolute; /* 1: the guest's driver takes positions, 0: movements */
        } pointer_mode;
        struct {
            uint16_t width, height;
            uint32_t pitch;      /* pixels a row */
            uint32_t buffer_len; /* bytes of one buffer; the memfd holds two */
            uint16_t aspect_num, aspect_den;
            uint8_t text;
        } surface;
        struct {
            uint32_t seq;
            uint8_t buffer; /* 0 or 1 */
            uint8_t rect_count;
            uint8_t text;
            struct screen_rect rects[2 * SCREEN_RECTS];
        } frame;
        struct screen_text text; /* sent without the cells that are not used */
        struct {
            uint8_t leds; /* LED_* */
        } leds;
        struct {
            char drive[CONSOLE_DRIVES][16];    /* "floppy0", ...; "" ends */
            uint32_t requests[CONSOLE_DRIVES]; /* so far: a light is lit while the number grows */
            uint8_t has_media[CONSOLE_DRIVES];
            uint8_t write_protected[CONSOLE_DRIVES];
        } lights;
        struct {
            char status[24]; /* as in query-status */
            char why[232];   /* a sentence, or "" */
        } status;
    };
};

/* Bytes of a packet of that type (TEXT_SCREEN: of a whole one). */
uint32_t console_length(uint32_t type);

/* ---- the machine's side (core/host/console_server.c) ---- */

struct machine;
struct console_server;
struct error;

/* Listens at `path` in a thread of its own; clients come and go. */
struct console_server *console_server_new(struct machine *machine, const char *name,
                                          const char *path, struct error *err);
void console_server_free(struct console_server *server);
struct console_typing {
    void (*text)(void *ctx, const char *utf8);            /* types it */
    void (*stroke)(void *ctx, unsigned evdev, bool down); /* behind what is typed already */
    void *ctx;
};
/* What does the typing of clients; without it texts are dropped and strokes go to the keyboard. */
void console_server_on_typing(struct console_server *server, const struct console_typing *typing);
/* Machine thread: status, LEDs or lights may have changed. */
void console_server_status(struct console_server *server);
unsigned console_server_clients(struct console_server *server);

/* ---- the client's side (core/host/console_client.c) ---- */

struct console_client {
    int fd;                         /* poll it for input */
    struct console_message surface; /* the present one; type 0: none yet */
    const uint32_t *pixels[2];      /* read-only mapping of the two buffers */
    uint32_t map_len;
};

/* Connects and says HELLO with the wanted features.  False and err: nobody there. */
bool console_connect(struct console_client *client, const char *path, uint32_t features,
                     struct error *err);
void console_disconnect(struct console_client *client);
/* Takes one message if there is one: 1, 0 (none now) or -1 (the machine has gone, or what came
 * makes no sense).  SURFACE is mapped here already; FRAME's buffer and rectangles are checked. */
int console_receive(struct console_client *client, struct console_message *message);
/* Sends; false: the machine has gone. */
bool console_send(struct console_client *client, const struct console_message *message);
bool console_send_key(struct console_client *client, unsigned evdev, bool down);
/* A key of a text that comes faster than people type; the machine sees to it that none is lost. */
bool console_send_stroke(struct console_client *client, unsigned evdev, bool down);
bool console_want(struct console_client *client, uint32_t min_interval_us);
bool console_ack(struct console_client *client, uint32_t seq);

#endif
