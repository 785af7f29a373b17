/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_WINDOW_SOFT_H
#define GUI_WINDOW_SOFT_H

/*
 * Enlarging by the processor, for where there is no graphics card: sharp as the renderer's two
 * steps (geometry.h), any part of the picture by itself, and the same wherever it is cut.
 */

#include <stdint.h>

/* Where one pixel of a row or column comes from: `at`, and `weight` 256ths of the one after it. */
struct soft_tap {
    uint16_t at, weight;
};

struct soft_picture {
    const uint32_t *pixels; /* XRGB, width x height without gaps */
    int width, height;
};

/* The taps for `large` pixels made of `small` ones. */
void soft_taps(struct soft_tap *taps, int large, int small);

/* Which of the large ones have something of the small ones from `first` on in them. */
void soft_span(int large, int small, int first, int count, int *from, int *to);

/* Draws columns x0 to x1 and rows y0 to y1 (excluded) of the enlarged picture to where `to` is. */
void soft_scale(const struct soft_picture *picture, const struct soft_tap *columns,
                const struct soft_tap *rows, int x0, int y0, int x1, int y1, uint32_t *to,
                int pitch);

#endif
