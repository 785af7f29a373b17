/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_WINDOW_WINDOW_H
#define GUI_WINDOW_WINDOW_H

/* The machine's window: what its parts share.  All of it belongs to the main thread. */

#include <SDL.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/console.h"
#include "gui/front/front.h"
#include "gui/window/geometry.h"
#include "gui/window/hostkey.h"
#include "gui/window/lights.h"
#include "gui/window/soft.h"

#define EVDEV_CODES 256

/* The letters and icons in one texture, for one size. */
struct font {
    SDL_Texture *texture;
    int unit; /* pixels */
};

struct view {
    SDL_Texture *guest; /* the picture as it comes */
    SDL_Texture *large; /* enlarged by whole factors, or NULL */
    int large_x, large_y;
    SDL_Rect fresh; /* of the guest's picture, not yet enlarged or drawn */
    uint8_t buffer; /* where the last frame lies */
    struct geometry geometry;
    /* Without a graphics card: the window's own pixels, the picture and how it is enlarged. */
    SDL_Surface *surface;
    uint32_t *pixels;
    struct soft_tap *columns, *rows;
    struct geometry tapped; /* what columns and rows are for */
};

enum bar_part { BAR_NOTHING, BAR_DRIVE, BAR_SCALING = BAR_DRIVE + DRIVES, BAR_FULL };

struct window {
    struct front front;
    struct console_client console;
    uint64_t connected_at; /* SDL ticks */
    SDL_Thread *waiter;    /* pushes an event when the console socket has something to read */
    SDL_sem *taken;        /* and goes on when that has been read */
    SDL_atomic_t ending;
    uint32_t console_event, job_event;

    SDL_Window *sdl;
    SDL_Renderer *renderer;
    bool soft;         /* the renderer would be the processor: see view.surface */
    int width, height; /* in pixels */
    float density;     /* pixels per window coordinate */
    int unit;          /* pixels per unit of the bar's drawing */
    struct font fonts[4];
    struct view view;

    char title[64];            /* the name, as far as the bar can draw it */
    char status[24], why[232]; /* of the machine */
    char notice[400];          /* a sentence to show until: */
    uint64_t notice_until;
    struct light lights[DRIVES];
    enum bar_part hover;
    bool bar_hidden[2]; /* in a window, on the full screen */
    enum scaling scaling;

    bool captured, hint_shown;
    uint64_t hint_until;
    uint8_t keys[EVDEV_CODES]; /* held, as the guest knows */
    struct hostkey host;
    int dx, dy, wheel; /* not yet sent */
    unsigned buttons;
    bool absolute;       /* the guest takes positions: no capture, its own pointer is shown */
    bool pointed;        /* and there is a new one */
    uint16_t at_x, at_y; /* of the picture, 0 to 65535 */

    bool stale;     /* to be drawn anew */
    bool bar_stale; /* only the bar */
    bool awaited;   /* a frame has been asked for */
    bool ended;     /* the machine has gone, or the person left */
};

/* view.c */
bool view_surface(struct window *w); /* a new size of the guest's picture */
void view_frame(struct window *w, const struct console_message *frame);
void view_draw(struct window *w);
bool view_attach(struct window *w); /* takes the window's pixels, anew after each change of size */
SDL_Rect view_draw_fresh(struct window *w); /* with these: draws what is fresh; where that was */
void view_lost(struct window *w, bool textures_too); /* the renderer forgot pictures */
void view_free(struct window *w);

/* paint.c */
void paint_box(struct window *w, const SDL_Rect *rect, uint32_t argb);
/* Draws a text with the top of its capitals at y; its value is the width in pixels. */
int paint_text(struct window *w, const char *text, int x, int y, int unit, uint32_t argb);
/* A text broken into lines on a dark panel, in the middle (of the height: percent). */
void paint_panel(struct window *w, const char *text, int unit, int percent);
void paint_free(struct window *w);

/* bar.c */
int bar_height(const struct window *w); /* pixels; 0: hidden */
void bar_draw(struct window *w);
enum bar_part bar_at(const struct window *w, int x, int y);
bool bar_fits(const struct window *w, const char *text);

/* input.c */
void input_key(struct window *w, const SDL_KeyboardEvent *event);
void input_motion(struct window *w, const SDL_MouseMotionEvent *event);
void input_button(struct window *w, const SDL_MouseButtonEvent *event);
void input_wheel(struct window *w, const SDL_MouseWheelEvent *event);
void input_flush(struct window *w); /* sends the collected movement */
void input_release_keys(struct window *w);
void input_capture(struct window *w, bool on);
void input_absolute(struct window *w, bool on); /* the guest wants positions, or no longer */
void input_leave(struct window *w);             /* the pointer has left the window */

/* events.c */
struct error;
bool window_connect(struct window *w, struct error *err);
void window_event(struct window *w, const SDL_Event *event);
void window_console(struct window *w); /* takes what the machine has sent */
void window_want(struct window *w);
void window_notice(struct window *w, const char *utf8);
void window_toggle_full(struct window *w);
void window_toggle_bar(struct window *w);
void window_toggle_scaling(struct window *w);
void window_toggle_pause(struct window *w);
void window_measure(struct window *w);

#endif
