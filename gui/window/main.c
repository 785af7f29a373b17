/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bygone-window: a machine's picture, keyboard and mouse.  It sleeps until the desktop, the machine
 * or a light that goes out has something for it.
 */
#include <glib.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/error.h"
#include "gui/window/strokes.h"
#include "gui/window/window.h"

static int wait_console(void *ctx)
{
    struct window *w = ctx;
    struct pollfd fd = { .fd = w->console.fd, .events = POLLIN };

    /* No descriptor: the machine has gone and could not be reached again; nothing would end a poll.
     */
    while (!SDL_AtomicGet(&w->ending) && fd.fd >= 0) {
        SDL_Event event = { 0 };

        if (poll(&fd, 1, -1) < 0)
            continue;
        event.type = w->console_event;
        if (SDL_PushEvent(&event) > 0)
            SDL_SemWait(w->taken);
        else
            SDL_Delay(10);
        fd.fd = w->console.fd; /* it may have been connected anew */
    }
    return 0;
}

/* ---- drawing ---- */

/* Is there a sentence over the picture? */
static bool covered(const struct window *w)
{
    return w->hint_until || w->notice_until || strcmp(w->status, "running") != 0;
}

static void draw_all(struct window *w)
{
    char text[600];

    SDL_SetRenderDrawColor(w->renderer, 0, 0, 0, 255);
    SDL_RenderClear(w->renderer);
    view_draw(w);
    bar_draw(w);
    if (w->hint_until)
        paint_panel(w, "Ctrl+Alt releases the mouse", 3 * w->unit, 45);
    if (!strcmp(w->status, "paused"))
        snprintf(text, sizeof(text), "Paused%s%s\nCtrl+Alt+P goes on.", w->why[0] ? ": " : "",
                 w->why);
    else if (!strcmp(w->status, "io-error"))
        snprintf(text, sizeof(text), "The machine waits: %s\nCtrl+Alt+P tries again.", w->why);
    else if (!strcmp(w->status, "internal-error"))
        snprintf(text, sizeof(text), "The machine cannot go on: %s", w->why);
    else
        text[0] = 0;
    if (text[0] && !w->hint_until)
        paint_panel(w, text, 2 * w->unit, 45);
    if (w->notice_until && !bar_fits(w, w->notice))
        paint_panel(w, w->notice, w->unit, 96);
}

/* The part of the picture that changed, and the bar if it did. */
static void draw_parts(struct window *w)
{
    int height = bar_height(w), n = 0;
    SDL_Rect rects[2];

    if (!SDL_RectEmpty(&w->view.fresh)) {
        rects[n] = view_draw_fresh(w);
        n += !SDL_RectEmpty(&rects[n]);
    }
    if (w->bar_stale && height) {
        bar_draw(w);
        SDL_RenderFlush(w->renderer);
        rects[n++] = (SDL_Rect){ 0, w->height - height, w->width, height };
    }
    if (n)
        SDL_UpdateWindowSurfaceRects(w->sdl, rects, n);
}

static bool waits(const struct window *w)
{
    return w->stale || w->bar_stale || (w->view.surface && !SDL_RectEmpty(&w->view.fresh));
}

static void draw(struct window *w)
{
    if (!w->view.surface) {
        draw_all(w);
        SDL_RenderPresent(w->renderer);
    } else if (w->stale || covered(w)) {
        draw_all(w);
        SDL_RenderFlush(w->renderer);
        SDL_UpdateWindowSurface(w->sdl);
    } else {
        draw_parts(w);
    }
    w->stale = w->bar_stale = false;
}

/* Puts out what has had its time; its value is how long until the next (-1: nothing waits). */
static int expire(struct window *w)
{
    uint64_t *times[DRIVES + 2] = { &w->notice_until, &w->hint_until };
    uint64_t now = SDL_GetTicks64(), next = UINT64_MAX;

    for (unsigned i = 0; i < DRIVES; i++)
        times[2 + i] = &w->lights[i].lit_until;
    for (unsigned i = 0; i < DRIVES + 2; i++) {
        if (*times[i] && *times[i] <= now) {
            *times[i] = 0;
            w->stale = w->stale || i < 2;
            w->bar_stale = true;
        } else if (*times[i] && *times[i] < next) {
            next = *times[i];
        }
    }
    return next == UINT64_MAX ? -1 : (int)(next - now);
}

static void loop(struct window *w)
{
    SDL_Event event;

    while (!w->ended) {
        int wait = expire(w);

        if (!waits(w) || w->width <= 0)
            SDL_WaitEventTimeout(NULL, wait);
        while (!w->ended && SDL_PollEvent(&event))
            window_event(w, &event);
        if (w->dx || w->dy || w->wheel || w->pointed)
            input_flush(w);
        expire(w);
        if (waits(w) && !w->ended)
            draw(w);
    }
}

/* ---- beginning and end ---- */

/* The largest 4:3 that leaves a fifth of the desktop free. */
static void first_size(int *width, int *height)
{
    SDL_Rect room;

    if (SDL_GetDisplayUsableBounds(0, &room) < 0)
        room = (SDL_Rect){ 0, 0, 1024, 768 };
    *height = room.h * 4 / 5;
    if (*height * 4 / 3 > room.w * 4 / 5)
        *height = room.w * 3 / 5;
    *height -= *height % 60;
    if (*height < 240)
        *height = 240;
    *width = *height * 4 / 3;
}

static void set_icon(struct window *w)
{
    enum { SIZE = 64, UNIT = 4 };
    static const uint32_t screen = 0xff1c3f8f, ink = 0xffffffff;
    SDL_Surface *icon = SDL_CreateRGBSurfaceWithFormat(0, SIZE, SIZE, 32, SDL_PIXELFORMAT_ARGB8888);
    uint8_t alpha[SIZE * SIZE] = { 0 };

    if (!icon)
        return;
    SDL_FillRect(icon, &(SDL_Rect){ 0, 4, SIZE, SIZE - 16 }, 0xffc8c4b8);
    SDL_FillRect(icon, &(SDL_Rect){ 6, 10, SIZE - 12, SIZE - 28 }, screen);
    SDL_FillRect(icon, &(SDL_Rect){ 16, SIZE - 8, SIZE - 32, 8 }, 0xff9a968a);
    glyph_draw('>', UNIT, 2, alpha + 8 * SIZE + 8, SIZE - 10, SIZE - 10, SIZE);
    glyph_draw('_', UNIT, 2, alpha + 2 * SIZE + 30, SIZE - 34, SIZE - 4, SIZE);
    for (int i = 0; i < SIZE * SIZE; i++)
        if (alpha[i] > 127)
            ((uint32_t *)icon->pixels)[i / SIZE * icon->pitch / 4 + i % SIZE] = ink;
    SDL_SetWindowIcon(w->sdl, icon);
    SDL_FreeSurface(icon);
}

/* Is the graphics card only the processor in disguise? */
static bool renderer_is_soft(SDL_Renderer *renderer)
{
    enum { GL_RENDERER_NAME = 0x1f01 };
    static const char *const names[] = { "llvmpipe", "softpipe", "swrast", "Software" };
    SDL_RendererInfo info;
    union {
        void *address;
        const unsigned char *(*get_string)(unsigned name);
    } gl = { NULL };
    const char *name = NULL;

    if (SDL_GetRendererInfo(renderer, &info) < 0 || (info.flags & SDL_RENDERER_SOFTWARE))
        return true;
    if (!strncmp(info.name, "opengl", 6))
        gl.address = SDL_GL_GetProcAddress("glGetString");
    if (gl.address)
        name = (const char *)gl.get_string(GL_RENDERER_NAME);
    for (unsigned i = 0; name && i < SDL_arraysize(names); i++)
        if (strstr(name, names[i]))
            return true;
    return false;
}

static bool make_window(struct window *w, int width, int height)
{
    w->sdl = SDL_CreateWindow(w->front.name, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                              width, height,
                              SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI | SDL_WINDOW_HIDDEN);
    return w->sdl != NULL;
}

/* A window with a renderer, or where that would draw everything by the processor for each blink of
 * a cursor, one whose pixels are ours. */
static bool open_screen(struct window *w, int width, int height)
{
    if (!make_window(w, width, height))
        return false;
    w->renderer = SDL_CreateRenderer(w->sdl, -1, SDL_RENDERER_PRESENTVSYNC);
    w->soft = !w->renderer || renderer_is_soft(w->renderer);
    if (w->soft) {
        if (w->renderer)
            SDL_DestroyRenderer(w->renderer);
        w->renderer = NULL;
        SDL_DestroyWindow(w->sdl);
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
        if (!make_window(w, width, height))
            return false;
        w->soft = view_attach(w);
    }
    if (!w->renderer) /* no such pixels here */
        w->renderer = SDL_CreateRenderer(w->sdl, -1, 0);
    SDL_ShowWindow(w->sdl);
    return w->renderer != NULL;
}

static bool open_window(struct window *w)
{
    int width, height;

    SDL_SetHint(SDL_HINT_APP_NAME, "Bygone");
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    g_setenv("SDL_VIDEO_X11_WMCLASS", "bygone-window", FALSE);
    if (SDL_Init(SDL_INIT_VIDEO) < 0)
        return false;
    first_size(&width, &height);
    if (!open_screen(w, width, height + 24))
        return false;
    SDL_SetWindowMinimumSize(w->sdl, 320, 240);
    SDL_StopTextInput(); /* keys are wanted, not what an input method makes of them */
    SDL_EventState(SDL_DROPFILE, SDL_ENABLE);
    set_icon(w);
    w->bar_hidden[1] = true;
    w->console_event = SDL_RegisterEvents(2);
    w->job_event = w->console_event + 1;
    window_measure(w);
    return true;
}

static void close_window(struct window *w)
{
    SDL_AtomicSet(&w->ending, 1);
    if (w->waiter) {
        shutdown(w->console.fd, SHUT_RDWR); /* wakes the waiter */
        SDL_SemPost(w->taken);
        SDL_WaitThread(w->waiter, NULL);
    }
    console_disconnect(&w->console);
    view_free(w);
    paint_free(w);
    if (w->renderer)
        SDL_DestroyRenderer(w->renderer);
    if (w->sdl)
        SDL_DestroyWindow(w->sdl);
    SDL_Quit();
}

static int complain(const char *text)
{
    fprintf(stderr, "bygone-window: %s\n", text);
    return 1;
}

static int show(struct window *w)
{
    struct error err;

    if (!window_connect(w, &err)) {
        fprintf(stderr, "bygone-window: %s is not running.\n(%s)\n", w->front.name, err.text);
        return 4;
    }
    if (!open_window(w))
        return complain(SDL_GetError());
    if (!text_plain(w->front.name, w->title, sizeof(w->title)))
        w->title[0] = 0; /* the desktop's title has it */
    w->taken = SDL_CreateSemaphore(0);
    w->waiter = SDL_CreateThread(wait_console, "console", w);
    if (!w->taken || !w->waiter)
        return complain(SDL_GetError());
    window_want(w);
    loop(w);
    return 0;
}

int main(int argc, char **argv)
{
    static struct window window = { .console = { .fd = -1 } };
    char *problem = NULL;
    int code;

    setlocale(LC_ALL, "");
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        puts("bygone-window 0.1");
        return 0;
    }
    if (argc != 2 || argv[1][0] == '-') {
        fputs("Usage: bygone-window MACHINE\n\nShows a running machine; MACHINE is a profile's "
              "path, or its name in the library.\n",
              stderr);
        return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
    }
    if (!front_open(&window.front, argv[1], &problem)) {
        complain(problem);
        g_free(problem);
        return 2;
    }
    code = show(&window);
    close_window(&window);
    front_close(&window.front);
    return code;
}
