/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_WINDOW_STROKES_H
#define GUI_WINDOW_STROKES_H

/* The window's own letters and icons, drawn with a pen: sharp at any size, no font file needed. */

#include <stdint.h>

/* Icons are characters below the blank. */
enum {
    ICON_FLOPPY = 1,
    ICON_DISK,
    ICON_CD,
    ICON_LOCK,
    ICON_MOUSE,
    ICON_FULL,
    ICON_RESTORE,
    ICON_SHARP,
    ICON_INTEGER,
    ICON_COUNT,
};

enum {
    GLYPH_CAP = 9,     /* units from the top of a capital to the line it stands on */
    GLYPH_DESCENT = 3, /* and below */
    GLYPH_GAP = 2,     /* between two letters */
    GLYPH_MOST = 11,   /* no glyph is wider or higher (in points, which are one more than units) */
};

/* Units from the first to the last point of a character; unknown ones are a box. */
int glyph_width(unsigned char c);
/* Width of a text in units, without a gap at its end. */
int text_width(const char *text);

/*
 * Draws a character into coverage values (0..255), each the larger of what is there and what comes:
 * the glyph's corner lies `margin` pixels right of and below alpha[0], a unit is `unit` pixels.
 */
void glyph_draw(unsigned char c, int unit, int margin, uint8_t *alpha, int w, int h, int pitch);

/* A UTF-8 text in characters that can be drawn (accents dropped), cut to size.  Its value says
 * whether all could be; what could not is a '?'. */
int text_plain(const char *utf8, char *plain, int size);

#endif
