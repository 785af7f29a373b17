/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_WINDOW_GEOMETRY_H
#define GUI_WINDOW_GEOMETRY_H

/* Where the guest's picture lies in the window, and by how much it is enlarged. */

#include <stdbool.h>
#include <stdint.h>

enum scaling {
    SCALING_SHARP,   /* as large as fits, in the right shape */
    SCALING_INTEGER, /* every guest pixel the same whole number of pixels */
};

struct geometry {
    int x, y, w, h;   /* of the picture in the area */
    int pre_x, pre_y; /* whole factors of the first, unfiltered step */
    bool direct;      /* that step alone gives w x h */
};

#define GEOMETRY_MAX 4096 /* no intermediate picture is wider or higher */

/* aspect_num : aspect_den is a guest pixel's width : height. */
void geometry_fit(struct geometry *g, int width, int height, int aspect_num, int aspect_den,
                  int area_w, int area_h, enum scaling scaling);

/* Where in the picture a pixel of the area lies: 0 (left, top) to 65535.  False: beside it, and the
 * place is the nearest in it. */
bool geometry_position(const struct geometry *g, int x, int y, uint16_t *across, uint16_t *down);

#endif
