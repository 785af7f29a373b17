/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MODE's resident part: found by its mark, put into a block that outlives the program. */
#include "mode.h"

enum { MCB_OWNER = 1, MCB_SIZE = 3, MCB_NAME = 8, HIGH_LAST_FIT = 0x82 };

static uint16_t find_part(void)
{
    struct list_of_lists l = list_of_lists();
    uint16_t header = far_get16(l.segment, (uint16_t)(l.offset - 2));

    for (;;) {
        uint8_t type = far_get8(header, 0);
        unsigned same = 0;

        if (type != 'M' && type != 'Z')
            return 0;
        while (same < sizeof(resident.mark) &&
               far_get8((uint16_t)(header + 1), (uint16_t)same) == (uint8_t)resident.mark[same])
            same++;
        if (same == sizeof(resident.mark) && far_get16(header, MCB_OWNER) == header + 1)
            return (uint16_t)(header + 1);
        if (type == 'Z')
            return 0;
        header = (uint16_t)(header + far_get16(header, MCB_SIZE) + 1);
    }
}

static uint32_t hook(unsigned number, uint16_t segment, uint16_t offset)
{
    uint32_t old = (uint32_t)far_get16(0, (uint16_t)(number * 4 + 2)) << 16 |
                   far_get16(0, (uint16_t)(number * 4));
    struct dos_regs r = {
        .ax = (uint16_t)(0x2500 | number), .dx = offset, .ds = segment, .es = segment
    };

    dos_call(&r);
    return old;
}

static void put32(uint16_t segment, unsigned offset, uint32_t value)
{
    far_put16(segment, (uint16_t)offset, (uint16_t)value);
    far_put16(segment, (uint16_t)(offset + 2), (uint16_t)(value >> 16));
}

static uint16_t vector_part(unsigned number, unsigned high)
{
    return far_get16(0, (uint16_t)(number * 4 + high));
}

static uint16_t load_part(void)
{
    static const char name[] = "MODE\0\0\0";
    uint16_t segment;
    struct dos_regs strategy = { .ax = 0x5800 };

    dos(&strategy);
    dos(&(struct dos_regs){ .ax = 0x5801, .bx = HIGH_LAST_FIT });
    segment = memory_take((resident_size + 15u) / 16);
    dos(&(struct dos_regs){ .ax = 0x5801, .bx = strategy.ax });
    if (!segment)
        return 0;
    for (unsigned i = 0; i < resident_size; i++)
        far_put8(segment, (uint16_t)i, ((const uint8_t *)&resident)[i]);
    for (unsigned i = 0; i < 8; i++)
        far_put8((uint16_t)(segment - 1), (uint16_t)(MCB_NAME + i), (uint8_t)name[i]);
    far_put16((uint16_t)(segment - 1), MCB_OWNER, segment);
    /* The old vectors first: an interrupt may come between. */
    put32(segment, offsetof(struct resident, old17),
          (uint32_t)vector_part(0x17, 2) << 16 | vector_part(0x17, 0));
    put32(segment, offsetof(struct resident, old14),
          (uint32_t)vector_part(0x14, 2) << 16 | vector_part(0x14, 0));
    hook(0x17, segment, resident.int17);
    hook(0x14, segment, resident.int14);
    print("Resident portion of MODE loaded\r\n");
    return segment;
}

uint16_t resident_part(bool load)
{
    struct dos_regs link = { .ax = 0x5802 }, r = { .ax = 0x5803, .bx = 1 };
    uint16_t segment;

    dos(&link);
    dos(&r);
    segment = find_part();
    if (!segment && load)
        segment = load_part();
    r = (struct dos_regs){ .ax = 0x5803, .bx = link.al };
    dos(&r);
    return segment;
}
