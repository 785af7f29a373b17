/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keyboard (INT 16h, enhanced) and mouse (INT 33h). */
#include "edit.h"

enum { SHIFTS = 0x03, ALT = 0x08, IRET = 0xcf };

unsigned mouse_x, mouse_y;
static bool have_mouse, mouse_down, alt_down;
static bool alt_used; /* another key came while Alt was down */

static uint16_t call(unsigned n, uint16_t ax, struct dos_regs *r)
{
    memset(r, 0, sizeof(*r));
    r->ax = ax;
    r->ds = r->es = own_segment();
    int_call(r, n);
    return r->ax;
}

void keys_open(void)
{
    uint16_t offset = far_get16(0, 0x33 * 4), segment = far_get16(0, 0x33 * 4 + 2);
    struct dos_regs r;

    if ((!offset && !segment) || far_get8(segment, offset) == IRET)
        return;
    have_mouse = call(0x33, 0, &r) == 0xffff;
    mouse_visible(true);
}

void keys_close(void)
{
    struct dos_regs r;

    if (have_mouse)
        call(0x33, 0, &r);
}

void mouse_visible(bool visible)
{
    struct dos_regs r;

    if (have_mouse)
        call(0x33, visible ? 1 : 2, &r);
}

/* What the mouse did, or 0. */
static unsigned mouse_event(void)
{
    bool was = mouse_down, moved;
    unsigned x, y;
    struct dos_regs r;

    if (!have_mouse)
        return 0;
    call(0x33, 3, &r);
    x = r.cx / (columns <= 40 ? 16 : 8);
    y = r.dx / 8;
    mouse_down = r.bx & 1;
    moved = x != mouse_x || y != mouse_y;
    mouse_x = x < columns ? x : columns - 1;
    mouse_y = y < rows ? y : rows - 1;
    if (!mouse_down)
        return 0;
    return !was ? K_PRESS : moved ? K_DRAG : 0;
}

/* Alt went down and up again with no key between. */
static bool alt_alone(void)
{
    struct dos_regs r;
    bool now = call(0x16, 0x1200, &r) & ALT, alone = alt_down && !now && !alt_used;

    alt_down = now;
    alt_used = alt_used && now;
    return alone;
}

static unsigned read(void)
{
    struct dos_regs r;

    call(0x16, 0x1000, &r);
    if (r.ah && (r.al == 0 || r.al == 0xe0))
        return K_SCAN + r.ah;
    return r.al;
}

/* INT 16h/11h answers in the zero flag. */
static bool waiting(void)
{
    struct dos_regs r;

    call(0x16, 0x1100, &r);
    return !(r.flags & 0x40);
}

unsigned key_wait(void)
{
    struct dos_regs r;
    unsigned event;

    for (;;) {
        if (waiting()) {
            event = read();
            alt_used = alt_down || (call(0x16, 0x1200, &r) & ALT);
            if (event)
                return event;
        }
        if (alt_alone())
            return K_ALT;
        event = mouse_event();
        if (event)
            return event;
        call(0x28, 0, &r);
        call(0x2f, 0x1680, &r);
    }
}

bool key_shift(void)
{
    struct dos_regs r;

    return call(0x16, 0x1200, &r) & SHIFTS;
}

char key_alt_letter(unsigned key)
{
    static const char letters[] = "QWERTYUIOP\0\0\0\0ASDFGHJKL\0\0\0\0\0ZXCVBNM";
    unsigned scan = key - K_SCAN;

    return key > K_SCAN && scan >= 0x10 && scan - 0x10 < sizeof(letters) ? letters[scan - 0x10] : 0;
}
