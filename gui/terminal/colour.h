/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_TERMINAL_COLOUR_H
#define GUI_TERMINAL_COLOUR_H

/* Characters and colours as a terminal can show them. */

#include <stdint.h>

/* The terminal's colour for a guest colour (0..15, XRGB), of `colours` that it has (16 or more). */
int colour_nearest(unsigned index, uint32_t rgb, int colours);
/* The terminal's colour, of eight, for a guest colour; the bright ones lose their brightness. */
int colour_of_eight(unsigned index);
/* A character of code page 437 in ASCII. */
char cp437_to_ascii(uint8_t c);

#endif
