/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes from the desktop and from the machine. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "gui/window/strokes.h"
#include "gui/window/window.h"

#define NOTICE_MS    6000
#define INTERVAL_US  16000
#define RECONNECT_MS 1000

/* ---- from the machine ---- */

static bool hidden(const struct window *w)
{
    return (SDL_GetWindowFlags(w->sdl) & (SDL_WINDOW_HIDDEN | SDL_WINDOW_MINIMIZED)) != 0;
}

/* A window that nobody sees asks for no frames, and none are drawn for it. */
void window_want(struct window *w)
{
    if (w->awaited || hidden(w))
        return;
    w->awaited = true;
    console_want(&w->console, INTERVAL_US);
}

static void take(struct window *w, const struct console_message *m)
{
    switch (m->type) {
    case CONSOLE_HELLO:
        w->stale = true;
        break;
    case CONSOLE_SURFACE:
        if (!view_surface(w))
            window_notice(w, SDL_GetError());
        w->stale = true;
        break;
    case CONSOLE_FRAME:
        view_frame(w, m);
        console_ack(&w->console, m->frame.seq);
        w->awaited = false;
        window_want(w);
        w->stale = w->stale || !w->view.surface; /* which can be drawn in parts */
        break;
    case CONSOLE_POINTER_MODE:
        input_absolute(w, m->pointer_mode.absolute);
        break;
    case CONSOLE_LIGHTS:
        lights_take(w->lights, m, SDL_GetTicks64());
        w->bar_stale = true;
        break;
    case CONSOLE_STATUS:
        g_strlcpy(w->status, m->status.status, sizeof(w->status));
        text_plain(m->status.why, w->why, sizeof(w->why));
        w->stale = true;
        break;
    default:
        break;
    }
}

bool window_connect(struct window *w, struct error *err)
{
    console_disconnect(&w->console);
    w->connected_at = SDL_GetTicks64();
    w->awaited = false;
    return console_connect(&w->console, w->front.console, CONSOLE_PIXELS, err);
}

void window_console(struct window *w)
{
    struct error err;
    struct console_message m;
    int got;

    while ((got = console_receive(&w->console, &m)) > 0)
        take(w, &m);
    /* Who reads nothing for long, as while a question is open, is cut off by the machine. */
    if (got < 0 && (SDL_GetTicks64() - w->connected_at < RECONNECT_MS || !window_connect(w, &err)))
        w->ended = true;
    else if (got < 0)
        window_want(w);
    SDL_SemPost(w->taken);
}

/* ---- sentences ---- */

void window_notice(struct window *w, const char *utf8)
{
    text_plain(utf8, w->notice, sizeof(w->notice));
    w->notice_until = SDL_GetTicks64() + NOTICE_MS;
    w->stale = true;
}

/* ---- actions ---- */

/* In the thread of the action: hands the answer over. */
static void job_done(void *ctx, enum front_action action, char *problem)
{
    struct window *w = ctx;
    SDL_Event event = { 0 };

    event.type = w->job_event;
    event.user.code = (int)action;
    event.user.data1 = problem;
    if (SDL_PushEvent(&event) <= 0)
        g_free(problem);
}

static void job_answer(struct window *w, enum front_action action, char *problem)
{
    /* A machine that ends as told may take its answer along. */
    bool ending = action == FRONT_POWER_OFF || action == FRONT_SAVE;

    if (problem && !(ending && strstr(problem, "has ended")))
        window_notice(w, problem);
    else if (action == FRONT_INSERT)
        window_notice(w, "The disk is in drive A.");
    g_free(problem);
}

static void ask_close(struct window *w)
{
    enum { KEEP, SAVE, OFF };
    const SDL_MessageBoxButtonData buttons[] = {
        { SDL_MESSAGEBOX_BUTTON_RETURNKEY_DEFAULT, KEEP, "Keep running" },
        { 0, SAVE, "Save and close" },
        { 0, OFF, "Power off" },
    };
    char text[600], busy[200];
    SDL_MessageBoxData box = { .window = w->sdl,
                               .title = w->front.name,
                               .message = text,
                               .numbuttons = SDL_arraysize(buttons),
                               .buttons = buttons };
    int choice = -1;

    lights_busy(w->lights, SDL_GetTicks64(), busy, sizeof(busy));
    snprintf(
        text, sizeof(text),
        "%.200s is still running.%s%s\n\nKeep running: the window closes, the machine goes on.\n"
        "Save and close: it goes on from here next time.\n"
        "Power off: as by its switch; what is not on its disks is lost.",
        w->front.name, busy[0] ? "\n" : "", busy);
    input_capture(w, false);
    input_release_keys(w);
    if (SDL_ShowMessageBox(&box, &choice) < 0)
        choice = KEEP; /* no box can be shown: then what harms nobody */
    if (choice == KEEP)
        w->ended = true;
    else if (choice == SAVE)
        front_start(&w->front, FRONT_SAVE, NULL, job_done, w);
    else if (choice == OFF)
        front_start(&w->front, FRONT_POWER_OFF, NULL, job_done, w);
    if (choice == SAVE)
        window_notice(w, "Saving...");
}

void window_toggle_full(struct window *w)
{
    bool full = (SDL_GetWindowFlags(w->sdl) & SDL_WINDOW_FULLSCREEN) != 0;

    SDL_SetWindowFullscreen(w->sdl, full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
    window_measure(w);
}

void window_toggle_bar(struct window *w)
{
    bool *off = &w->bar_hidden[(SDL_GetWindowFlags(w->sdl) & SDL_WINDOW_FULLSCREEN) != 0];

    *off = !*off;
    w->hover = BAR_NOTHING;
    w->stale = true;
}

void window_toggle_scaling(struct window *w)
{
    w->scaling = w->scaling == SCALING_SHARP ? SCALING_INTEGER : SCALING_SHARP;
    w->stale = true;
}

void window_toggle_pause(struct window *w)
{
    bool running = !strcmp(w->status, "running");

    front_start(&w->front, running ? FRONT_PAUSE : FRONT_CONTINUE, NULL, job_done, w);
}

/* ---- from the desktop ---- */

void window_measure(struct window *w)
{
    int window_w, window_h;
    SDL_Rect bounds = { 0 };

    SDL_GetWindowSize(w->sdl, &window_w, &window_h);
    if (w->soft && !view_attach(w)) {
        fprintf(stderr, "bygone-window: the window cannot be drawn any more: %s\n", SDL_GetError());
        w->ended = true;
    }
    if (SDL_GetRendererOutputSize(w->renderer, &w->width, &w->height) < 0) {
        w->width = window_w;
        w->height = window_h;
    }
    w->density = window_w > 0 ? (float)w->width / (float)window_w : 1;
    w->unit = (int)(w->density + 0.5f);
    /* X11 has pixels only: on a very fine screen the bar would be too small to read. */
    if (w->unit <= 1 && SDL_GetDisplayBounds(SDL_GetWindowDisplayIndex(w->sdl), &bounds) == 0 &&
        bounds.h >= 2000)
        w->unit = 2;
    if (w->unit < 1)
        w->unit = 1;
    w->stale = true;
}

static void desktop(struct window *w, const SDL_WindowEvent *event)
{
    switch (event->event) {
    case SDL_WINDOWEVENT_FOCUS_LOST:
        input_capture(w, false);
        input_leave(w);
        input_release_keys(w);
        break;
    case SDL_WINDOWEVENT_LEAVE:
        w->hover = BAR_NOTHING;
        w->bar_stale = true;
        break;
    case SDL_WINDOWEVENT_SIZE_CHANGED:
        window_measure(w);
        break;
    case SDL_WINDOWEVENT_CLOSE:
        ask_close(w);
        break;
    case SDL_WINDOWEVENT_EXPOSED:
    case SDL_WINDOWEVENT_SHOWN:
    case SDL_WINDOWEVENT_RESTORED:
        window_want(w);
        w->stale = true;
        break;
    default:
        break;
    }
}

void window_event(struct window *w, const SDL_Event *event)
{
    if (event->type == w->console_event)
        window_console(w);
    else if (event->type == w->job_event)
        job_answer(w, (enum front_action)event->user.code, event->user.data1);
    switch (event->type) {
    case SDL_KEYDOWN:
    case SDL_KEYUP:
        input_key(w, &event->key);
        break;
    case SDL_MOUSEMOTION:
        input_motion(w, &event->motion);
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        input_button(w, &event->button);
        break;
    case SDL_MOUSEWHEEL:
        input_wheel(w, &event->wheel);
        break;
    case SDL_WINDOWEVENT:
        desktop(w, &event->window);
        break;
    case SDL_DROPFILE:
        front_start(&w->front, FRONT_INSERT, event->drop.file, job_done, w);
        SDL_free(event->drop.file);
        break;
    case SDL_RENDER_TARGETS_RESET:
    case SDL_RENDER_DEVICE_RESET:
        view_lost(w, event->type == SDL_RENDER_DEVICE_RESET);
        w->stale = true;
        break;
    default:
        break;
    }
}
