/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keyboard and mouse on their way to the guest. */
#include "core/input.h"
#include "gui/window/scancode.h"
#include "gui/window/window.h"

#define HINT_MS 3000

static void key(struct window *w, unsigned evdev, bool down)
{
    w->keys[evdev] = down;
    console_send_key(&w->console, evdev, down);
}

/* The guest must not be left with a key held that was released elsewhere. */
void input_release_keys(struct window *w)
{
    for (unsigned i = 0; i < EVDEV_CODES; i++)
        if (w->keys[i])
            key(w, i, false);
    hostkey_reset(&w->host);
}

static void command(struct window *w, SDL_Scancode scancode)
{
    switch (scancode) {
    case SDL_SCANCODE_F:
        window_toggle_full(w);
        break;
    case SDL_SCANCODE_B:
        window_toggle_bar(w);
        break;
    case SDL_SCANCODE_I:
        window_toggle_scaling(w);
        break;
    case SDL_SCANCODE_P:
        window_toggle_pause(w);
        break;
    default:
        break;
    }
}

void input_key(struct window *w, const SDL_KeyboardEvent *event)
{
    unsigned evdev = scancode_to_evdev(event->keysym.scancode);
    bool down = event->type == SDL_KEYDOWN;
    enum hostkey_result host;

    /* The guest's keyboard repeats by itself. */
    if (!evdev || event->repeat)
        return;
    host = hostkey_feed(&w->host, evdev, down);
    if (host == HOSTKEY_COMMAND) {
        command(w, event->keysym.scancode);
        return;
    }
    if (down || w->keys[evdev])
        key(w, evdev, down);
    if (host == HOSTKEY_RELEASE)
        input_capture(w, false);
}

/* ---- the mouse ---- */

void input_capture(struct window *w, bool on)
{
    if (on == w->captured)
        return;
    if (on && SDL_SetRelativeMouseMode(SDL_TRUE) < 0) {
        window_notice(w, "The mouse cannot be captured here.");
        return;
    }
    if (!on) {
        w->buttons = 0;
        w->dx = w->dy = w->wheel = 0;
        input_flush(w);
        SDL_SetRelativeMouseMode(SDL_FALSE);
    }
    SDL_SetWindowKeyboardGrab(w->sdl, on ? SDL_TRUE : SDL_FALSE);
    w->captured = on;
    w->hover = BAR_NOTHING;
    w->hint_until = on && !w->hint_shown ? SDL_GetTicks64() + HINT_MS : 0;
    w->hint_shown = w->hint_shown || on;
    w->stale = true;
}

static int limited(int value)
{
    return value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value;
}

static void flush_position(struct window *w)
{
    struct console_message m = { .type = CONSOLE_POSITION };

    m.position.x = w->at_x;
    m.position.y = w->at_y;
    m.position.wheel = (int16_t)limited(w->wheel);
    m.position.buttons = (uint16_t)w->buttons;
    w->wheel = 0;
    w->pointed = false;
    console_send(&w->console, &m);
}

void input_flush(struct window *w)
{
    struct console_message m = { .type = CONSOLE_POINTER };

    if (w->absolute) {
        flush_position(w);
        return;
    }
    m.pointer.dx = (int16_t)limited(w->dx);
    m.pointer.dy = (int16_t)limited(w->dy);
    m.pointer.wheel = (int16_t)limited(w->wheel);
    m.pointer.buttons = (uint16_t)w->buttons;
    w->dx = w->dy = w->wheel = 0;
    console_send(&w->console, &m);
}

/* Takes a place of the window for the guest; false: it is none of the picture's, and no button that
 * was pressed there is held. */
static bool point(struct window *w, int x, int y)
{
    uint16_t across, down;
    bool inside = geometry_position(&w->view.geometry, x, y, &across, &down);

    SDL_ShowCursor(inside ? SDL_DISABLE : SDL_ENABLE);
    if (!inside && !w->buttons)
        return false;
    w->pointed = w->pointed || across != w->at_x || down != w->at_y;
    w->at_x = across;
    w->at_y = down;
    return true;
}

void input_absolute(struct window *w, bool on)
{
    if (on == w->absolute)
        return;
    if (on)
        input_capture(w, false);
    else
        SDL_ShowCursor(SDL_ENABLE);
    w->absolute = on;
    w->pointed = false;
    w->buttons = 0;
    w->dx = w->dy = w->wheel = 0;
}

void input_leave(struct window *w)
{
    if (!w->absolute)
        return;
    SDL_ShowCursor(SDL_ENABLE);
    if (w->buttons) {
        w->buttons = 0;
        input_flush(w);
    }
}

void input_motion(struct window *w, const SDL_MouseMotionEvent *event)
{
    int x = (int)((float)event->x * w->density), y = (int)((float)event->y * w->density);
    enum bar_part hover;

    if (w->captured) {
        w->dx += event->xrel;
        w->dy += event->yrel;
        return;
    }
    if (w->absolute && point(w, x, y) && w->buttons)
        return; /* a drag from the picture over the bar */
    hover = bar_at(w, x, y);
    if (hover != w->hover) {
        w->hover = hover;
        w->bar_stale = true;
    }
}

static unsigned button_bit(uint8_t button)
{
    switch (button) {
    case SDL_BUTTON_LEFT:
        return BUTTON_LEFT;
    case SDL_BUTTON_RIGHT:
        return BUTTON_RIGHT;
    case SDL_BUTTON_MIDDLE:
        return BUTTON_MIDDLE;
    case SDL_BUTTON_X1:
        return BUTTON_SIDE;
    case SDL_BUTTON_X2:
        return BUTTON_EXTRA;
    default:
        return 0;
    }
}

void input_button(struct window *w, const SDL_MouseButtonEvent *event)
{
    int x = (int)((float)event->x * w->density), y = (int)((float)event->y * w->density);
    bool down = event->type == SDL_MOUSEBUTTONDOWN;

    hostkey_spoil(&w->host);
    if (w->captured || (w->absolute && point(w, x, y))) {
        if (down)
            w->buttons |= button_bit(event->button);
        else
            w->buttons &= ~button_bit(event->button);
        input_flush(w); /* with the movement before it, or a click lands elsewhere */
        return;
    }
    if (!down || event->button != SDL_BUTTON_LEFT)
        return;
    if (y >= w->height - bar_height(w)) {
        enum bar_part part = bar_at(w, x, y);

        if (part == BAR_FULL)
            window_toggle_full(w);
        else if (part == BAR_SCALING)
            window_toggle_scaling(w);
        return;
    }
    if (!w->absolute)
        input_capture(w, true);
}

void input_wheel(struct window *w, const SDL_MouseWheelEvent *event)
{
    if (w->captured || w->absolute)
        w->wheel += event->direction == SDL_MOUSEWHEEL_FLIPPED ? -event->y : event->y;
}
