/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text in one large block of DOS's memory: what is before the gap at its start, what is behind
 * it at its end, and above that the clipboard.
 */
#include "edit.h"

enum { PARAGRAPH = 16, PART = 0x8000 };

uint32_t text_size, clip_size;
static uint32_t base, arena; /* linear address and bytes of the block */
static uint32_t gap;         /* position of the gap */

bool text_open(void)
{
    struct dos_regs r = { .ax = 0x4800, .bx = 0xffff };

    dos(&r);
    arena = (uint32_t)r.bx * PARAGRAPH;
    r.ax = 0x4800;
    if (!r.bx || dos(&r))
        return false;
    base = (uint32_t)r.ax * PARAGRAPH;
    return true;
}

void text_clear(void)
{
    text_size = gap = 0;
}

uint32_t text_room(void)
{
    return arena - clip_size - text_size;
}

static inline uint8_t get(uint32_t linear)
{
    return far_get8((uint16_t)(linear >> 4), linear & 15);
}

uint8_t text_at(uint32_t at)
{
    return get(base + at + (at < gap ? 0 : text_room()));
}

/* Up to 32 KB between linear addresses; segments that overlap are copied in the right order. */
static void move_part(uint32_t to, uint32_t from, uint32_t count, bool down)
{
    uint32_t si = from & 15, di = to & 15;
    uint16_t source = (uint16_t)(from >> 4), target = (uint16_t)(to >> 4);

    if (down) {
        si += count - 1;
        di += count - 1;
        __asm__ volatile("std; pushw %%ds; pushw %%es; movw %w3, %%ds; movw %w4, %%es;"
                         "rep movsb; popw %%es; popw %%ds; cld"
                         : "+S"(si), "+D"(di), "+c"(count)
                         : "a"(source), "d"(target)
                         : "memory");
    } else {
        __asm__ volatile("pushw %%ds; pushw %%es; movw %w3, %%ds; movw %w4, %%es;"
                         "rep movsb; popw %%es; popw %%ds"
                         : "+S"(si), "+D"(di), "+c"(count)
                         : "a"(source), "d"(target)
                         : "memory");
    }
}

static void move(uint32_t to, uint32_t from, uint32_t count)
{
    while (count && to != from) {
        uint32_t part = count < PART ? count : PART;

        if (to > from) {
            move_part(to + count - part, from + count - part, part, true);
        } else {
            move_part(to, from, part, false);
            to += part;
            from += part;
        }
        count -= part;
    }
}

static void move_gap(uint32_t at)
{
    uint32_t room = text_room();

    if (at < gap)
        move(base + at + room, base + at, gap - at);
    else
        move(base + gap, base + gap + room, at - gap);
    gap = at;
}

bool text_insert(uint32_t at, const void *bytes, unsigned count)
{
    const uint8_t *from = bytes;

    if (count > text_room())
        return false;
    move_gap(at);
    for (unsigned i = 0; i < count; i++) {
        uint32_t to = base + at + i;

        far_put8((uint16_t)(to >> 4), to & 15, from[i]);
    }
    gap += count;
    text_size += count;
    return true;
}

void text_delete(uint32_t at, uint32_t count)
{
    move_gap(at);
    text_size -= count; /* the gap grows over what is behind it */
}

static unsigned transfer(unsigned handle, uint16_t call, uint32_t linear, uint32_t count)
{
    while (count) {
        uint16_t part = (uint16_t)(count < PART ? count : PART);
        struct dos_regs r = { .ax = call,
                              .bx = (uint16_t)handle,
                              .cx = part,
                              .dx = linear & 15,
                              .ds = (uint16_t)(linear >> 4),
                              .es = own_segment() };

        if (dos_call(&r))
            return r.ax;
        if (r.ax != part)
            return TEXT_SHORT;
        linear += part;
        count -= part;
    }
    return 0;
}

unsigned text_read(unsigned handle, uint32_t count)
{
    unsigned error;

    if (count > text_room())
        return TEXT_FULL;
    move_gap(text_size);
    error = transfer(handle, 0x3f00, base + gap, count);
    if (error)
        return error;
    text_size += count;
    gap += count;
    return 0;
}

unsigned text_write(unsigned handle, uint32_t from, uint32_t count)
{
    unsigned error;
    uint32_t before = from < gap ? gap - from : 0;

    if (before > count)
        before = count;
    error = transfer(handle, 0x4000, base + from, before);
    if (error)
        return error;
    return transfer(handle, 0x4000, base + from + before + text_room(), count - before);
}

bool clip_take(uint32_t from, uint32_t count)
{
    if (count > arena - text_size)
        return false;
    move_gap(text_size); /* so that nothing is in the way at the block's end */
    clip_size = count;
    move(base + arena - count, base + from, count);
    return true;
}

bool clip_insert(uint32_t at)
{
    uint32_t count = clip_size;

    if (count > text_room())
        return false;
    move_gap(at);
    move(base + gap, base + arena - count, count);
    gap += count;
    text_size += count;
    return true;
}

/* ---- lines ---- */

unsigned break_at(uint32_t at)
{
    uint8_t c;

    if (at >= text_size)
        return 0;
    c = text_at(at);
    if (c == '\n')
        return 1;
    return c == '\r' && at + 1 < text_size && text_at(at + 1) == '\n' ? 2 : 0;
}

uint32_t line_start(uint32_t at)
{
    while (at && text_at(at - 1) != '\n')
        at--;
    return at;
}

uint32_t line_end(uint32_t at)
{
    while (at < text_size && !break_at(at))
        at++;
    return at;
}

uint32_t line_next(uint32_t at)
{
    at = line_end(at);
    return at + break_at(at);
}

uint32_t column_of(uint32_t at)
{
    uint32_t column = 0;

    for (uint32_t i = line_start(at); i < at; i++)
        column = text_at(i) == '\t' ? (column / TAB_SIZE + 1) * TAB_SIZE : column + 1;
    return column;
}

uint32_t at_column(uint32_t start, uint32_t column)
{
    uint32_t here = 0;

    while (start < text_size && !break_at(start)) {
        here = text_at(start) == '\t' ? (here / TAB_SIZE + 1) * TAB_SIZE : here + 1;
        if (here > column)
            break;
        start++;
    }
    return start;
}
