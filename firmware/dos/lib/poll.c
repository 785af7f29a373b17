/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ctrl-C while only files are read and written, which DOS looks at only where BREAK is on. */
#include "text.h"

enum { BDA = 0x40, BDA_KEY_HEAD = 0x1a, BDA_KEY_TAIL = 0x1c, BDA_BREAK = 0x71, BROKEN = 0x80 };

void break_poll(void)
{
    struct dos_regs r = { .ax = 0x0b00 };

    if (far_get16(BDA, BDA_KEY_HEAD) != far_get16(BDA, BDA_KEY_TAIL) ||
        (far_get8(BDA, BDA_BREAK) & BROKEN))
        dos(&r);
}
