/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CHARDEV_H
#define CORE_CHARDEV_H

/*
 * The host side of a serial line: bytes out, bytes in, modem lines both ways.  Machine thread.
 * Back-ends are made by core/host/chardev.h.
 */

#include <stddef.h>
#include <stdint.h>

enum { LINE_CTS = 1, LINE_DSR = 2, LINE_RI = 4, LINE_DCD = 8 }; /* host to guest */
enum { LINE_DTR = 1, LINE_RTS = 2, LINE_BREAK = 4 };            /* guest to host */
/* What may be wrong with a character that comes in, in the places of the UART's line status. */
enum { CHAR_PARITY = 0x04, CHAR_FRAMING = 0x08, CHAR_BREAK = 0x10 };

struct chardev {
    /* Filled in by the back-end.  write returns how many bytes it took (0: full, try again when
     * `writable` is called). NULL: everything vanishes. */
    size_t (*write)(struct chardev *chr, const uint8_t *data, size_t len);
    void (*set_lines)(struct chardev *chr, unsigned lines);
    void (*set_params)(struct chardev *chr, unsigned baud, unsigned data_bits, char parity,
                       unsigned stop_bits);
    void (*free)(struct chardev *chr);
    unsigned lines; /* LINE_CTS ... as they are now */

    /* Filled in by the chip.  room: how many bytes it takes now; the back-end calls receive with at
     * most that many, and the chip calls `hungry` (below) when room comes back.  receive_bad: one
     * character with CHAR_... wrong about it (a break: data 0); only while there is room. */
    size_t (*room)(void *ctx);
    void (*receive)(void *ctx, const uint8_t *data, size_t len);
    void (*receive_bad)(void *ctx, uint8_t data, unsigned errors);
    void (*writable)(void *ctx);
    void (*lines_changed)(void *ctx);
    void *ctx;

    /* Filled in by the back-end, called by the chip when it can take bytes again. */
    void (*hungry)(struct chardev *chr);
};

#endif
