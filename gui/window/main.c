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

static void draw(struct window *w)
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
    SDL_RenderPresent(w->renderer);
    w->stale = false;
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
            w->stale = true;
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

        if (!w->stale || w->width <= 0)
            SDL_WaitEventTimeout(NULL, wait);
        while (!w->ended && SDL_PollEvent(&event))
            window_event(w, &event);
        if (w->dx || w->dy || w->wheel)
            input_flush(w);
        expire(w);
        if (w->stale && !w->ended)
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
    w->sdl = SDL_CreateWindow(w->front.name, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                              width, height + 24, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (!w->sdl)
        return false;
    w->renderer = SDL_CreateRenderer(w->sdl, -1, SDL_RENDERER_PRESENTVSYNC);
    if (!w->renderer)
        w->renderer = SDL_CreateRenderer(w->sdl, -1, SDL_RENDERER_SOFTWARE);
    if (!w->renderer)
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
