/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The segments of the oracle's LDT: every kind that modify_ldt lets a process make.  It makes no
 * gates, no system segments, no present conforming code and nothing below DPL 3: those are the
 * self-checking guest's field.
 */

#include "tests/oracle/segs.h"

#include <stddef.h>

#define CODE(nr, is_big, last, ...)                                                                \
    {                                                                                              \
        .index = nr, .base = ORACLE_CODE, .limit = last, .big = is_big, __VA_ARGS__                \
    }
/* Nine kinds of data segment in one window, from place nr on.  An expand-down segment of 32 bits
 * reaches up to 4 GB, so its base lies far behind the window. */
#define DATA(nr, window, is_big)                                                                   \
    { .index = nr, .base = window, .limit = 0xffff, .big = is_big },                               \
        { .index = nr + 1, .base = window + 0x123, .limit = 0xffff, .big = is_big, .avl = true },  \
        { .index = nr + 2, .base = window, .limit = 0xf, .pages = true, .big = is_big },           \
        { .index = nr + 3, .base = window + 0x40, .limit = 0x7ff, .big = is_big },                 \
        { .index = nr + 4, .base = window + 8, .limit = 0x1ffff, .big = is_big },                  \
        { .index = nr + 5,                                                                         \
          .contents = 1,                                                                           \
          .base = window + (is_big ? 0xf000u : 0u),                                                \
          .limit = is_big ? 0xffff0 : 0xfff,                                                       \
          .pages = is_big,                                                                         \
          .big = is_big },                                                                         \
        { .index = nr + 6, .base = window, .limit = 0xffff, .readonly = true, .big = is_big },     \
        { .index = nr + 7, .base = window, .limit = 0xffff, .absent = true, .big = is_big },       \
    {                                                                                              \
        .index = nr + 8, .contents = 1, .base = window, .limit = 0xfff, .readonly = true,          \
        .absent = true, .big = is_big                                                              \
    }

const struct oracle_seg oracle_segs[] = {
    CODE(SEG_C16, false, 0xffff, .contents = 2),
    CODE(SEG_C32, true, 0xffff, .contents = 2),
    CODE(SEG_C16_SHORT, false, 0x8ff, .contents = 2),
    CODE(SEG_C32_SHORT, true, 0x8ff, .contents = 2),
    CODE(SEG_C16_EXEC, false, 0xffff, .contents = 2, .readonly = true),
    CODE(SEG_C32_EXEC, true, 0xffff, .contents = 2, .readonly = true),
    CODE(SEG_C16_PAGES, false, 0xf, .contents = 2, .pages = true),
    CODE(SEG_C32_PAGES, true, 0xf, .contents = 2, .pages = true, .avl = true),
    { .index = SEG_C16_ODD, .contents = 2, .base = ORACLE_CODE + 0x10, .limit = 0xffef },
    { .index = SEG_C32_ODD,
      .contents = 2,
      .base = ORACLE_CODE + 7,
      .limit = 0xfff8,
      .big = true,
      .avl = true },
    CODE(SEG_C16_ABSENT, false, 0xffff, .contents = 2, .absent = true),
    CODE(SEG_C32_ABSENT, true, 0xffff, .contents = 2, .absent = true),
    CODE(SEG_CONFORMING_ABSENT, true, 0xffff, .contents = 3, .absent = true),
    DATA(SEG_D16, ORACLE_DATA, false),
    DATA(SEG_D32, ORACLE_DATA, true),
    DATA(SEG_S16, ORACLE_STACK, false),
    DATA(SEG_S32, ORACLE_STACK, true),
};
const unsigned oracle_seg_count = sizeof oracle_segs / sizeof oracle_segs[0];

const struct oracle_seg *seg_find(uint16_t selector)
{
    if (!(selector & 4))
        return NULL;
    for (unsigned i = 0; i < oracle_seg_count; i++)
        if (oracle_segs[i].index == selector >> 3)
            return &oracle_segs[i];
    return NULL;
}

bool seg_is_code(const struct oracle_seg *s)
{
    return s->contents >= 2;
}

bool seg_expands_down(const struct oracle_seg *s)
{
    return s->contents == 1;
}

bool seg_writable(const struct oracle_seg *s)
{
    return !seg_is_code(s) && !s->readonly;
}

static uint32_t byte_limit(const struct oracle_seg *s)
{
    return s->pages ? s->limit << 12 | 0xfff : s->limit;
}

uint32_t seg_first(const struct oracle_seg *s)
{
    return seg_expands_down(s) ? byte_limit(s) + 1 : 0;
}

uint32_t seg_last(const struct oracle_seg *s)
{
    if (!seg_expands_down(s))
        return byte_limit(s);
    return s->big ? 0xffffffff : 0xffff;
}

uint64_t seg_descriptor(const struct oracle_seg *s)
{
    uint32_t low = s->base << 16 | (s->limit & 0xffff);
    /* Linux sets the accessed bit of every entry. */
    uint32_t type = SEG_S | SEG_A | (s->readonly ? 0 : SEG_W) | (uint32_t)s->contents << 2;
    uint32_t high = (s->base & 0xff000000) | (s->base >> 16 & 0xff) | (s->limit & 0xf0000) |
                    (type | SEG_DPL | (s->absent ? 0 : SEG_P)) << 8 | (uint32_t)s->avl << 20 |
                    (uint32_t)s->big << 22 | (uint32_t)s->pages << 23;

    return (uint64_t)high << 32 | low;
}

struct x86_segment seg_cache(uint64_t descriptor, uint16_t selector)
{
    uint32_t low = (uint32_t)descriptor, high = (uint32_t)(descriptor >> 32);
    struct x86_segment s = {
        .base = (high & 0xff000000) | (high & 0xff) << 16 | low >> 16,
        .limit = (high & 0xf0000) | (low & 0xffff),
        .selector = selector,
        .attr = high >> 8 & 0xf0ff,
    };

    if (s.attr & SEG_G)
        s.limit = s.limit << 12 | 0xfff;
    return s;
}
