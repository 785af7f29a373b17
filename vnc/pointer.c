/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vnc/pointer.h"
#include "core/input.h"

enum { RFB_LEFT = 1, RFB_MIDDLE = 2, RFB_RIGHT = 4, RFB_UP = 8, RFB_DOWN = 16, RFB_BACK = 128 };
enum { ORIGIN = 0x7fff }; /* of movements */

static uint16_t buttons(unsigned mask)
{
    return (uint16_t)((mask & RFB_LEFT ? BUTTON_LEFT : 0) | (mask & RFB_RIGHT ? BUTTON_RIGHT : 0) |
                      (mask & RFB_MIDDLE ? BUTTON_MIDDLE : 0) |
                      (mask & RFB_BACK ? BUTTON_SIDE : 0));
}

static uint16_t scaled(int at, int size)
{
    if (at < 0 || size < 2)
        return 0;
    return (uint16_t)(at >= size ? 65535 : (uint32_t)at * 65535u / (uint32_t)(size - 1));
}

bool pointer_event(struct pointer *p, unsigned mask, int x, int y, int width, int height,
                   struct console_message *m)
{
    unsigned pressed = mask & ~p->mask;
    int wheel = (pressed & RFB_UP ? 1 : 0) - (pressed & RFB_DOWN ? 1 : 0);
    bool clicked = buttons(mask) != buttons(p->mask);
    int dx = 0, dy = 0;

    if (!p->absolute && p->can_motion) {
        dx = x - ORIGIN;
        dy = y - ORIGIN;
    } else if (p->known) {
        dx = x - p->x;
        dy = y - p->y;
    }
    p->x = x;
    p->y = y;
    p->mask = mask;
    *m = (struct console_message){ .type = p->absolute ? CONSOLE_POSITION : CONSOLE_POINTER };
    if (p->absolute) {
        bool moved = !p->known || dx || dy;

        p->known = true;
        m->position.x = scaled(x, width);
        m->position.y = scaled(y, height);
        m->position.wheel = (int16_t)wheel;
        m->position.buttons = buttons(mask);
        return moved || wheel || clicked;
    }
    p->known = true;
    m->pointer.dx = (int16_t)(dx < -32767 ? -32767 : dx > 32767 ? 32767 : dx);
    m->pointer.dy = (int16_t)(dy < -32767 ? -32767 : dy > 32767 ? 32767 : dy);
    m->pointer.wheel = (int16_t)wheel;
    m->pointer.buttons = buttons(mask);
    return dx || dy || wheel || clicked;
}

void pointer_mode(struct pointer *p, bool absolute)
{
    p->absolute = absolute;
    p->known = false;
}

bool pointer_release(struct pointer *p, int width, int height, struct console_message *m)
{
    int x = p->absolute || !p->can_motion ? p->x : ORIGIN;
    int y = p->absolute || !p->can_motion ? p->y : ORIGIN;

    return buttons(p->mask) && pointer_event(p, 0, x, y, width, height, m);
}
