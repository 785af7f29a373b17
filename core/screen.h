/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_SCREEN_H
#define CORE_SCREEN_H

/*
 * What a display adapter offers to whoever shows it: pixels on demand, and the text screen while it
 * is in a text mode.  Called on the machine thread only.
 */

#include <stdbool.h>
#include <stdint.h>

#define SCREEN_MAX_W 2048u
#define SCREEN_MAX_H 2048u
#define SCREEN_RECTS 16

struct screen_rect {
    uint16_t x, y, w, h;
};

struct screen_mode {
    uint16_t width, height;          /* in pixels; 1..SCREEN_MAX_* */
    uint16_t aspect_num, aspect_den; /* a pixel's width : height, so that the picture is 4:3 */
    uint8_t text;                    /* 1: a text mode */
    uint8_t blank;                   /* 1: screen off */
};

struct screen_text {       /* cells are character, attribute */
    uint8_t columns, rows; /* up to 132 x 60 */
    uint8_t cursor_visible, cursor_column, cursor_row;
    uint8_t cursor_start, cursor_end; /* scan lines */
    uint8_t blink;                    /* attribute bit 7 means blinking, not bright background */
    uint8_t char_height;
    uint8_t cells[132 * 60 * 2];
    uint32_t palette[16]; /* XRGB of the 16 attributes */
};

struct screen_ops {
    /* The present mode; changes show in `serial`, which grows at every change of mode. */
    void (*mode)(void *ctx, struct screen_mode *mode, uint32_t *serial);
    /*
     * Draws what changed since the last draw into pixels (XRGB8888, `pitch` pixels a row, the size
     * of mode()), or everything if `all`; puts what was redrawn into rects and returns how many (0:
     * nothing changed).  `now` is the virtual time, for blinking.
     */
    unsigned (*draw)(void *ctx, uint32_t *pixels, uint32_t pitch, bool all, uint64_t now,
                     struct screen_rect rects[SCREEN_RECTS]);
    /* Fills text and returns true while in a text mode. */
    bool (*text)(void *ctx, struct screen_text *text);
    /* Virtual time of the next vertical retrace start after now. */
    uint64_t (*next_retrace)(void *ctx, uint64_t now);
};

#endif
