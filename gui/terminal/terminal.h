/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_TERMINAL_TERMINAL_H
#define GUI_TERMINAL_TERMINAL_H

/* bygone-terminal: what its parts share. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/console.h"
#include "core/host/keys.h"
#include "gui/front/front.h"
#include "gui/terminal/decode.h"

#define EVDEV_CODES 256
#define QUEUE       16384 /* strokes that wait for the guest's keyboard */
#define STROKE_NS   10000000u

enum line_mode {
    LINE_HIDDEN,
    LINE_MENU,
    LINE_POWER, /* asks */
    LINE_PATH,  /* asks */
    LINE_SAYS,  /* a sentence, until a key */
};

enum leave { STAY, LEAVE_DETACHED, LEAVE_ENDED, LEAVE_SIGNAL };

struct terminal {
    struct front front;
    struct console_client console;
    const char *profile; /* as it was named */
    uint64_t connected_at;
    int answers[2]; /* pipe: an action's thread writes a struct answer */
    enum leave leave;
    bool saving, switched_off;

    /* the guest */
    struct screen_text text;
    bool text_known;
    char status[24], why[232];
    unsigned leds;

    /* the screen */
    bool utf8, stale;
    int top, left; /* of the part that is shown */
    uint32_t palette[16];
    bool palette_known;

    /* the last line */
    enum line_mode mode;
    char says[512];
    uint64_t until; /* it goes by itself then; 0: it does not */
    char path[1024];
    int path_length;

    /* keys */
    char in[4096];
    int in_length;
    uint64_t in_at; /* when the last byte came */
    bool pasting;
    char backspace;
    struct key_stroke queue[QUEUE];
    int queue_first, queue_count;
    uint64_t next_stroke;
    uint8_t keys[EVDEV_CODES]; /* held */
};

struct answer {
    enum front_action action;
    char *problem;
};

uint64_t now_ns(void);

/* screen.c */
bool screen_open(struct terminal *t, char **problem);
void screen_close(struct terminal *t);
void screen_resize(struct terminal *t);
void screen_draw(struct terminal *t);

/* line.c */
void line_say(struct terminal *t, const char *text, uint64_t for_ns);
/* The last line's text, and where its cursor is (-1: nowhere). */
void line_text(const struct terminal *t, char *text, size_t size, int *cursor);
/* A key while the line is open. */
void line_key(struct terminal *t, const struct decoded *d, const char *bytes, int length);
void line_answer(struct terminal *t, struct answer *answer);

/* keyboard.c */
void keyboard_read(struct terminal *t);
/* Decodes what has come; `last`: no more will come soon. */
void keyboard_decode(struct terminal *t, bool last);
void keyboard_send(struct terminal *t); /* the strokes whose time has come */
void keyboard_release(struct terminal *t);

#endif
