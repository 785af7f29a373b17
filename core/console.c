/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both sides of the console socket share. */
#include <stddef.h>

#include "core/console.h"

#define WITH(member)                                                                               \
    (uint32_t)(offsetof(struct console_message, member) +                                          \
               sizeof(((struct console_message *)0)->member))

uint32_t console_length(uint32_t type)
{
    switch (type) {
    case CONSOLE_HELLO:
        return WITH(hello);
    case CONSOLE_WANT:
        return WITH(want);
    case CONSOLE_ACK:
        return WITH(ack);
    case CONSOLE_KEY:
        return WITH(key);
    case CONSOLE_POINTER:
        return WITH(pointer);
    case CONSOLE_POSITION:
        return WITH(position);
    case CONSOLE_TYPE:
        return WITH(type_text);
    case CONSOLE_POINTER_MODE:
        return WITH(pointer_mode);
    case CONSOLE_SURFACE:
        return WITH(surface);
    case CONSOLE_FRAME:
        return WITH(frame);
    case CONSOLE_TEXT_SCREEN:
        return WITH(text);
    case CONSOLE_LEDS:
        return WITH(leds);
    case CONSOLE_LIGHTS:
        return WITH(lights);
    case CONSOLE_STATUS:
        return WITH(status);
    default:
        return 0;
    }
}
