/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of the code page. */
#include "text.h"

enum { TABLE_UPPER = 2, TABLE_COLLATE = 6 };

/* Copies at most `count` bytes of a table to its end in `to`; false: DOS has none. */
static bool table(uint8_t id, uint8_t *to, unsigned count)
{
    struct {
        uint8_t id;
        uint16_t offset, segment;
    } PACKED where = { 0 };
    struct dos_regs r = { .ax = (uint16_t)(0x6500 | id),
                          .bx = 0xffff,
                          .cx = sizeof(where),
                          .dx = 0xffff,
                          .di = NEAR16(&where) };

    if (dos(&r) || far_get16(where.segment, where.offset) < count)
        return false;
    for (unsigned i = 0; i < count; i++)
        to[i] = far_get8(where.segment, (uint16_t)(where.offset + 2 + i));
    return true;
}

void upper_table(uint8_t to[256])
{
    for (unsigned i = 0; i < 256; i++)
        to[i] = (uint8_t)upper((char)i);
    table(TABLE_UPPER, to + 128, 128);
}

void collate_table(uint8_t to[256])
{
    for (unsigned i = 0; i < 256; i++)
        to[i] = (uint8_t)upper((char)i);
    table(TABLE_COLLATE, to, 256);
}
