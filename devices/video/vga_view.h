/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_VIDEO_VGA_VIEW_H
#define DEVICES_VIDEO_VGA_VIEW_H

/*
 * The picture as the registers describe it, in the form the drawing code wants.  Two equal views
 * of the same video memory give the same pixels, apart from what blinks in text modes.
 */

#include "devices/video/vga_chip.h"

enum vga_view_kind { VIEW_BLANK, VIEW_TEXT, VIEW_PLANES, VIEW_PACKED };
enum vga_addressing { ADDRESS_BYTE, ADDRESS_WORD13, ADDRESS_WORD15, ADDRESS_DWORD };
enum vga_shift { SHIFT_PLANAR, SHIFT_INTERLEAVE, SHIFT_256 };

#define VIEW_COLUMNS 256u
#define VIEW_WORDS   (SCREEN_MAX_W + 2u) /* of the longest row: 2048 pixels of 32 bits */
#define VIEW_ROWS    (SCREEN_MAX_H + 2u)

/* A part of the screen above or below the line compare: scan lines first to end - 1. */
struct vga_band {
    uint32_t first, end;
    uint32_t address;  /* memory counter of its first row */
    uint32_t row_scan; /* of its first line */
    uint32_t pan;      /* dots the picture is shifted to the left */
};

struct vga_view {
    uint32_t kind;
    uint32_t width, height;
    uint32_t columns;       /* characters, or words of a planar row */
    uint32_t lines_per_row; /* character height */
    uint32_t doubled;       /* scan lines per line of the row counter: 1 or 2 */
    uint32_t line_step;     /* scan lines per line of the picture */
    uint32_t offset;        /* memory counts per row */
    struct vga_band bands[2];
    /* from memory counter to word */
    uint32_t addressing, row_bits, count_shift, word_mask;
    /* graphics */
    uint32_t shift;
    uint32_t pairs; /* two 4-bit dots make one pixel of 8 bits */
    /* packed pixels */
    uint32_t bpp, start, line_bytes;
    /* text */
    uint32_t dots;    /* per character: 8 or 9 */
    uint32_t font[2]; /* words of plane 2; by attribute bit 3 */
    uint32_t underline, line_graphics, blink;
    uint32_t palette[256]; /* XRGB of the 16 attributes, or of all 256 pixel values */
};

/* From the registers in `s`, which may be those of an earlier scan line; `start` is the address of
 * the frame's upper left corner, `now` is for what blinks. */
void vga_view_make(const struct vga *vga, const struct vga_state *s, uint32_t start, uint64_t now,
                   struct vga_view *view);

/* The word a memory counter value stands for, on a line of its row. */
static inline uint32_t vga_view_index(const struct vga_view *view, uint32_t counter, uint32_t line)
{
    switch (view->addressing) {
    case ADDRESS_WORD13:
        counter = counter << 1 | (counter >> 13 & 1);
        break;
    case ADDRESS_WORD15:
        counter = counter << 1 | (counter >> 15 & 1);
        break;
    case ADDRESS_DWORD:
        counter = counter << 2 | (counter >> 14 & 3);
        break;
    default:
        break;
    }
    if (view->row_bits & 1)
        counter = (counter & ~0x2000u) | (line & 1) << 13;
    if (view->row_bits & 2)
        counter = (counter & ~0x4000u) | (line & 2) << 13;
    return counter & view->word_mask;
}

/* What was drawn last.  rows holds, for each line of the picture, the video memory it came from (in
 * text modes, for each row of characters, its cells). */
struct vga_shadow {
    bool valid;
    struct vga_view view, next;
    uint16_t shown_width, shown_height; /* as mode() reported them last */
    uint8_t shown_text, shown_blank;
    uint32_t serial;
    uint32_t expand[256]; /* bit 7 of a byte to bit 0, bit 6 to bit 4, ... */
    uint32_t fetched[VIEW_WORDS];
    uint32_t line[VIEW_COLUMNS * 9 + 16]; /* one line of dots before panning */
    uint8_t font[2][256 * 32];
    uint32_t rows[VIEW_ROWS][VIEW_WORDS];
    struct vga_state
        past; /* registers as the beam found them; while a frame with changes is drawn */
};

/* Rectangles as they are collected from top to bottom. */
struct vga_damage {
    struct screen_rect *rects;
    unsigned count;
};
void vga_damage_add(struct vga_damage *damage, uint32_t x, uint32_t y, uint32_t width,
                    uint32_t height);

/* vga_draw.c: one line of the picture, line y, into shadow->line, except in text modes; `count`
 * words from an address with a line of its row. */
void vga_line_decode(struct vga *vga, uint32_t address, uint32_t row_scan, uint32_t count,
                     uint32_t y);

/* vga_raster.c: the frame that a viewer sees now.  Registers changed while it was drawn: the log,
 * else NULL.  `start` becomes the start address it began with. */
const struct vga_log *vga_raster_shown(struct vga *vga, uint32_t *start);
const struct vga_state *vga_log_base(const struct vga_log *log);
/* Draws such a frame, line by line; rectangles for what differs from the pixels there.  Without a
 * log: one whose preset row scan is past the last line of its rows, so that the row counter goes
 * round first. */
void vga_raster_draw(struct vga *vga, const struct vga_log *log, uint32_t start, uint32_t *pixels,
                     uint32_t pitch, bool all, uint64_t now, struct vga_damage *damage);

/* vga_text.c: one scan line of a row of characters into shadow->line. */
void vga_text_line(struct vga *vga, const struct vga_state *s, uint32_t address, uint32_t row_scan,
                   uint32_t count, uint64_t now);
/* Takes the fonts of shadow->view for that. */
void vga_text_fonts(struct vga *vga);
/* Draws shadow->view, all of it or what changed. */
void vga_text_draw(struct vga *vga, uint32_t *pixels, uint32_t pitch, bool all, uint64_t now,
                   struct vga_damage *damage);
bool vga_text_fill(void *ctx, struct screen_text *text);

#endif
