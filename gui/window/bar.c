/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one thin bar below the picture: lights of the drives, one line of text, two buttons. */
#include <stdio.h>
#include <string.h>

#include "gui/window/strokes.h"
#include "gui/window/window.h"

enum { HEIGHT = 24, PAD = 12, ICON = 11, LIGHT_W = 9, LIGHT_H = 6 }; /* units */

#define COLOUR_BAR   0xff24262bu
#define COLOUR_EDGE  0xff3a3d44u
#define COLOUR_HOVER 0xff3a3d44u
#define COLOUR_TEXT  0xffd6d8dcu
#define COLOUR_DIM   0xff7b8089u
#define COLOUR_OFF   0xff41454du
#define COLOUR_LIT   0xff6fe06fu
#define COLOUR_WARN  0xffffc860u

static bool full(const struct window *w)
{
    return (SDL_GetWindowFlags(w->sdl) & SDL_WINDOW_FULLSCREEN) != 0;
}

int bar_height(const struct window *w)
{
    return w->bar_hidden[full(w)] ? 0 : HEIGHT * w->unit;
}

/* ---- drives ---- */

static int drive_icon(const struct light *l)
{
    static const int icons[] = {
        [DRIVE_FLOPPY] = ICON_FLOPPY, [DRIVE_DISK] = ICON_DISK, [DRIVE_CD] = ICON_CD
    };

    return icons[light_kind(l)];
}

static int drive_width(const struct light *l)
{
    int width = ICON + 4 + LIGHT_W + PAD;

    if (light_letter(l))
        width += glyph_width((unsigned char)light_letter(l)) + 6;
    return width + (l->write_protected ? ICON + 2 : 0);
}

static void draw_drive(struct window *w, const struct light *l, int x, int top)
{
    char icon[2] = { (char)drive_icon(l), 0 }, letter[2] = { light_letter(l), 0 };
    uint32_t colour = l->has_media ? COLOUR_TEXT : COLOUR_DIM;
    bool lit = SDL_GetTicks64() < l->lit_until;
    int u = w->unit;
    SDL_Rect light;

    paint_text(w, icon, x, top - u, u, colour);
    x += (ICON + 4) * u;
    if (letter[0])
        x += paint_text(w, letter, x, top, u, colour) + 4 * u;
    light = (SDL_Rect){ x, top + 2 * u, LIGHT_W * u, LIGHT_H * u };
    paint_box(w, &light, lit ? COLOUR_LIT : COLOUR_OFF);
    x += (LIGHT_W + 4) * u;
    icon[0] = ICON_LOCK;
    if (l->write_protected)
        paint_text(w, icon, x, top - u, u, COLOUR_DIM);
}

static int drives_end(const struct window *w)
{
    int x = PAD;

    for (unsigned i = 0; i < DRIVES && w->lights[i].drive[0]; i++)
        x += drive_width(&w->lights[i]);
    return x * w->unit;
}

/* ---- buttons ---- */

static SDL_Rect button(const struct window *w, enum bar_part part)
{
    int u = w->unit, size = HEIGHT * u;

    return (SDL_Rect){ w->width - (part == BAR_FULL ? 1 : 2) * (size + 4 * u), w->height - size,
                       size + 4 * u, size };
}

enum bar_part bar_at(const struct window *w, int x, int y)
{
    const SDL_Point p = { x, y };
    int at = PAD * w->unit;

    if (!bar_height(w) || y < w->height - bar_height(w) || y >= w->height || x < 0)
        return BAR_NOTHING;
    for (enum bar_part part = BAR_SCALING; part <= BAR_FULL; part++) {
        SDL_Rect r = button(w, part);

        if (SDL_PointInRect(&p, &r))
            return part;
    }
    for (unsigned i = 0; i < DRIVES && w->lights[i].drive[0]; i++) {
        int width = drive_width(&w->lights[i]) * w->unit;

        if (x >= at && x < at + width)
            return BAR_DRIVE + i;
        at += width;
    }
    return BAR_NOTHING;
}

static void draw_button(struct window *w, enum bar_part part, char icon, int top)
{
    SDL_Rect r = button(w, part);
    char text[2] = { icon, 0 };
    int u = w->unit;

    if (w->hover == part)
        paint_box(w, &r, COLOUR_HOVER);
    paint_text(w, text, r.x + (r.w - ICON * u) / 2, top - u, u, COLOUR_TEXT);
}

/* ---- the line of text ---- */

static int text_room(const struct window *w)
{
    return button(w, BAR_SCALING).x - drives_end(w) - 2 * PAD * w->unit;
}

bool bar_fits(const struct window *w, const char *text)
{
    return bar_height(w) && text_width(text) * w->unit <= text_room(w);
}

static void hover_text(const struct window *w, char *text, size_t size)
{
    const struct light *l;

    if (w->hover == BAR_FULL) {
        snprintf(text, size, "Full screen: Ctrl+Alt+F");
    } else if (w->hover == BAR_SCALING) {
        snprintf(text, size,
                 w->scaling == SCALING_SHARP ? "Whole pixels only: Ctrl+Alt+I"
                                             : "As large as fits: Ctrl+Alt+I");
    } else {
        l = &w->lights[w->hover - BAR_DRIVE];
        if (drive_icon(l) == ICON_FLOPPY)
            snprintf(text, size, "Drive %c%s%s", light_letter(l),
                     l->has_media ? l->write_protected ? ": write-protected disk" : ": disk in it"
                                  : ": empty",
                     light_letter(l) == 'A' ? "; drop an image on the picture to change it" : "");
        else if (drive_icon(l) == ICON_DISK)
            snprintf(text, size, "Hard disk%s", l->write_protected ? ", read only" : "");
        else
            snprintf(text, size, "CD drive%s; drop an ISO image on the picture to change it",
                     l->has_media ? ": disc in it" : ": empty");
    }
}

static const char *status_word(const char *status)
{
    if (!strcmp(status, "paused"))
        return "paused";
    if (!strcmp(status, "io-error"))
        return "waiting";
    if (!strcmp(status, "internal-error"))
        return "stopped by an error";
    return NULL;
}

static uint32_t bar_text(const struct window *w, char *text, size_t size)
{
    const char *word = status_word(w->status);

    if (w->notice_until && bar_fits(w, w->notice)) {
        snprintf(text, size, "%s", w->notice);
        return COLOUR_WARN;
    }
    if (w->hover != BAR_NOTHING)
        hover_text(w, text, size);
    else if (w->captured)
        snprintf(text, size, "Ctrl+Alt releases the mouse");
    else if (word)
        snprintf(text, size, "%s%s%s", w->title, w->title[0] ? ": " : "", word);
    else
        snprintf(text, size, "%s", w->title);
    return word && w->hover == BAR_NOTHING ? COLOUR_WARN : COLOUR_DIM;
}

/* Cuts a text that does not fit, with three dots. */
static void shorten(char *text, int room, int unit)
{
    size_t length = strlen(text);

    while (length > 3 && text_width(text) * unit > room) {
        length--;
        memcpy(text + length - 3, "...", 4);
    }
    if (text_width(text) * unit > room)
        text[0] = 0;
}

void bar_draw(struct window *w)
{
    int height = bar_height(w), u = w->unit, top = w->height - height + 8 * u, x = PAD * u;
    SDL_Rect bar = { 0, w->height - height, w->width, height };
    char text[512];
    uint32_t colour;

    if (!height)
        return;
    paint_box(w, &bar, COLOUR_BAR);
    bar.h = u;
    paint_box(w, &bar, COLOUR_EDGE);
    for (unsigned i = 0; i < DRIVES && w->lights[i].drive[0]; i++) {
        draw_drive(w, &w->lights[i], x, top);
        x += drive_width(&w->lights[i]) * u;
    }
    draw_button(w, BAR_SCALING, w->scaling == SCALING_SHARP ? ICON_INTEGER : ICON_SHARP, top);
    draw_button(w, BAR_FULL, full(w) ? ICON_RESTORE : ICON_FULL, top);
    colour = bar_text(w, text, sizeof(text));
    shorten(text, text_room(w), u);
    paint_text(w, text, button(w, BAR_SCALING).x - PAD * u - text_width(text) * u, top, u, colour);
}
