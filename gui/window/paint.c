/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boxes and text: the pen font is drawn once per size into a texture of white with coverage. */
#include <stdlib.h>
#include <string.h>

#include "gui/window/strokes.h"
#include "gui/window/window.h"

#define COLUMNS 16
#define ROWS    8

static int cell_size(int unit)
{
    return (GLYPH_MOST + 2) * unit + 4;
}

static SDL_Texture *draw_font(struct window *w, int unit)
{
    int cell = cell_size(unit), width = cell * COLUMNS, height = cell * ROWS;
    uint8_t *alpha = calloc((size_t)width * (size_t)height, 1);
    uint32_t *pixels = calloc((size_t)width * (size_t)height, sizeof(*pixels));
    SDL_Texture *t = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_ARGB8888,
                                       SDL_TEXTUREACCESS_STATIC, width, height);

    for (int c = 1; alpha && c < 128; c++)
        glyph_draw((unsigned char)c, unit, 2,
                   alpha + c / COLUMNS * cell * width + c % COLUMNS * cell, cell, cell, width);
    for (int i = 0; alpha && pixels && i < width * height; i++)
        pixels[i] = (uint32_t)alpha[i] << 24 | 0xffffff;
    if (t && pixels) {
        SDL_UpdateTexture(t, NULL, pixels, width * 4);
        SDL_SetTextureBlendMode(t, SDL_BLENDMODE_BLEND);
        SDL_SetTextureScaleMode(t, SDL_ScaleModeNearest);
    }
    free(alpha);
    free(pixels);
    return t;
}

static struct font *font_of(struct window *w, int unit)
{
    struct font *f = NULL;

    for (unsigned i = 0; i < SDL_arraysize(w->fonts); i++) {
        if (w->fonts[i].texture && w->fonts[i].unit == unit)
            return &w->fonts[i];
        if (!f && !w->fonts[i].texture)
            f = &w->fonts[i];
    }
    if (!f) {
        paint_free(w);
        f = &w->fonts[0];
    }
    f->unit = unit;
    f->texture = draw_font(w, unit);
    return f;
}

void paint_free(struct window *w)
{
    for (unsigned i = 0; i < SDL_arraysize(w->fonts); i++) {
        if (w->fonts[i].texture)
            SDL_DestroyTexture(w->fonts[i].texture);
        w->fonts[i].texture = NULL;
    }
}

void paint_box(struct window *w, const SDL_Rect *rect, uint32_t argb)
{
    SDL_SetRenderDrawBlendMode(w->renderer, SDL_BLENDMODE_BLEND);
    SDL_SetRenderDrawColor(w->renderer, argb >> 16 & 0xff, argb >> 8 & 0xff, argb & 0xff,
                           argb >> 24);
    SDL_RenderFillRect(w->renderer, rect);
}

static int paint_part(struct window *w, const char *text, int length, int x, int y, int unit,
                      uint32_t argb)
{
    struct font *f = font_of(w, unit);
    int cell = cell_size(unit), start = x;

    SDL_SetTextureColorMod(f->texture, argb >> 16 & 0xff, argb >> 8 & 0xff, argb & 0xff);
    SDL_SetTextureAlphaMod(f->texture, (uint8_t)(argb >> 24));
    for (int i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i] & 127;
        SDL_Rect from = { c % COLUMNS * cell, c / COLUMNS * cell, cell, cell };
        SDL_Rect to = { x - 2, y - 2, cell, cell };

        SDL_RenderCopy(w->renderer, f->texture, &from, &to);
        x += (glyph_width(c) + GLYPH_GAP) * unit;
    }
    return x - start;
}

int paint_text(struct window *w, const char *text, int x, int y, int unit, uint32_t argb)
{
    return paint_part(w, text, (int)strlen(text), x, y, unit, argb);
}

/* ---- panels ---- */

struct panel_line {
    const char *start;
    int length, width; /* units */
};

/* Breaks at blanks (and at \n) so that no line is wider than `most`; a word that is, is cut. */
static int break_lines(const char *text, int most, struct panel_line *lines, int count)
{
    int n = 0;

    while (*text && n < count) {
        struct panel_line *l = &lines[n++];
        const char *s = text, *blank = NULL;
        int width = 0, blank_width = 0;

        for (; *s && *s != '\n' && width <= most; s++) {
            if (*s == ' ') {
                blank = s;
                blank_width = width;
            }
            width += glyph_width((unsigned char)*s) + GLYPH_GAP;
        }
        if (width > most && blank) {
            s = blank;
            width = blank_width;
        }
        *l = (struct panel_line){ text, (int)(s - text), width - GLYPH_GAP };
        text = s + (*s == ' ' || *s == '\n');
    }
    return n;
}

#define LINE_HEIGHT 16 /* units */
#define MOST_LINES  10

void paint_panel(struct window *w, const char *text, int unit, int percent)
{
    struct panel_line lines[MOST_LINES];
    int room = w->height - bar_height(w), count, width = 0;
    SDL_Rect box;

    /* Smaller letters rather than broken lines, but never smaller than the bar's. */
    while (unit > w->unit && text_width(text) * unit > w->width * 9 / 10)
        unit--;
    count = break_lines(text, w->width * 9 / 10 / unit, lines, MOST_LINES);
    for (int i = 0; i < count; i++)
        if (lines[i].width > width)
            width = lines[i].width;
    box.w = (width + 20) * unit;
    box.h = (count * LINE_HEIGHT + 13) * unit;
    box.x = (w->width - box.w) / 2;
    box.y = (room - box.h) * percent / 100;
    paint_box(w, &box, 0xff4a4e57);
    box = (SDL_Rect){ box.x + w->unit, box.y + w->unit, box.w - 2 * w->unit, box.h - 2 * w->unit };
    paint_box(w, &box, 0xff1c1e23);
    for (int i = 0; i < count; i++)
        paint_part(w, lines[i].start, lines[i].length, (w->width - lines[i].width * unit) / 2,
                   box.y + (10 + i * LINE_HEIGHT) * unit, unit, 0xffffffff);
}
