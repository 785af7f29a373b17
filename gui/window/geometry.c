/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes of the picture.  An enlarged picture is drawn in two steps, to be sharp at any size: first
 * enlarged by whole factors without a filter, to at least the final size, then shrunk to it with
 * one.  So only the edge of a guest pixel is mixed, never its middle.
 */
#include <stdint.h>

#include "gui/window/geometry.h"

#define MOST_FACTOR 64 /* only a picture of a few pixels would have more */

static int at_least(int value, int least)
{
    return value < least ? least : value;
}

/* The largest w x h of the right shape. */
static void fit(struct geometry *g, int64_t wide, int64_t high, int area_w, int area_h)
{
    g->w = area_w;
    g->h = (int)((area_w * high + wide / 2) / wide);
    if (g->h > area_h) {
        g->h = area_h;
        g->w = (int)((area_h * wide + high / 2) / high);
    }
}

/*
 * Whole factors in both directions: the largest picture whose shape is at most a tenth off, else
 * square pixels.  False: not even that fits.
 */
static bool whole(struct geometry *g, int width, int height, int64_t num, int64_t den, int area_w,
                  int area_h)
{
    int most_x = area_w / width, most_y = area_h / height;
    int square = most_x < most_y ? most_x : most_y;
    int64_t best = 0, best_error = 0;

    most_x = most_x > MOST_FACTOR ? MOST_FACTOR : most_x;
    most_y = most_y > MOST_FACTOR ? MOST_FACTOR : most_y;
    for (int x = 1; x <= most_x; x++) {
        for (int y = 1; y <= most_y; y++) {
            int64_t got = x * den, wanted = y * num, size = (int64_t)x * y;
            int64_t error = got > wanted ? got - wanted : wanted - got;

            if (error * 10 > wanted || size < best)
                continue;
            error = error * 10000 / wanted;
            if (size == best && error >= best_error)
                continue;
            best = size;
            best_error = error;
            g->pre_x = x;
            g->pre_y = y;
        }
    }
    if (!best)
        g->pre_x = g->pre_y = square;
    g->w = g->pre_x * width;
    g->h = g->pre_y * height;
    return g->w > 0;
}

static int factor(int size, int guest)
{
    int n = (size + guest - 1) / guest;

    while (n > 1 && n * guest > GEOMETRY_MAX)
        n--;
    return at_least(n, 1);
}

void geometry_fit(struct geometry *g, int width, int height, int aspect_num, int aspect_den,
                  int area_w, int area_h, enum scaling scaling)
{
    area_w = at_least(area_w, 1);
    area_h = at_least(area_h, 1);
    if (scaling != SCALING_INTEGER ||
        !whole(g, width, height, aspect_num, aspect_den, area_w, area_h)) {
        fit(g, (int64_t)width * aspect_num, (int64_t)height * aspect_den, area_w, area_h);
        g->w = at_least(g->w, 1);
        g->h = at_least(g->h, 1);
        g->pre_x = factor(g->w, width);
        g->pre_y = factor(g->h, height);
    }
    g->direct = g->w == width * g->pre_x && g->h == height * g->pre_y;
    g->x = (area_w - g->w) / 2;
    g->y = (area_h - g->h) / 2;
}

/* The middle of a pixel, so that all of the picture's pixels have places of the same size. */
static bool place(int at, int size, uint16_t *result)
{
    int inside = at < 0 ? 0 : at >= size ? size - 1 : at;

    *result = (uint16_t)(((int64_t)inside * 2 + 1) * 65536 / (2 * (int64_t)size));
    return inside == at;
}

bool geometry_position(const struct geometry *g, int x, int y, uint16_t *across, uint16_t *down)
{
    bool columns, rows;

    *across = *down = 0;
    if (g->w <= 0 || g->h <= 0)
        return false;
    columns = place(x - g->x, g->w, across);
    rows = place(y - g->y, g->h, down);
    return columns && rows;
}
