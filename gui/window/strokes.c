/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pen font.  A glyph is a list of strokes, a stroke a list of points, a point two hexadecimal
 * digits: x to the right, y down, capitals from 0 to 9, small letters from 3, descenders to C.  A
 * stroke that starts with '~' is round: its inner points are pulled towards, not gone through.
 */
#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "gui/window/strokes.h"

static const char *const icons[ICON_COUNT] = {
    [ICON_FLOPPY] = "00 80 a2 aa 0a 00,20 24 74 70,2a 26 86 8a",
    [ICON_DISK] = "01 a1 a9 09 01,06 a6,77 87,27",
    [ICON_CD] = "~50 00 0a aa a0 50,~54 44 46 66 64 54",
    [ICON_LOCK] = "04 84 8a 0a 04,24 22,~22 20 60 62,62 64",
    [ICON_MOUSE] = "~40 00 0a 8a 80 40,40 44",
    [ICON_FULL] = "03 00 30,70 a0 a3,a7 aa 7a,3a 0a 07",
    [ICON_RESTORE] = "30 33 03,a3 73 70,7a 77 a7,07 37 3a",
    [ICON_SHARP] = "00 a0 aa 0a 00,28 82,52 82 85,25 28 58",
    [ICON_INTEGER] = "00 a0 aa 0a 00,50 5a,05 a5",
};

#define BOWL "~23 03 09 59 53 23"

static const char *const letters[95] = {
    "",
    "00 06,09",
    "00 02,20 22",
    "20 19,50 49,03 63,06 66",
    "~52 41 01 04 55 58 18 07,30,39,30 39",
    "60 09,~10 00 02 22 20 10,~57 47 49 69 67 57",
    "~69 13 10 40 43 05 09 49 65",
    "00 02",
    "~20 03 08 2b",
    "~00 23 28 0b",
    "21 25,02 44,42 04",
    "32 38,05 65",
    "18 19 0b",
    "05 45",
    "19",
    "50 0a",
    "~20 00 09 59 50 20",
    "02 20 29",
    "~02 00 50 54 09,09 59",
    "~01 10 50 54 24,~24 54 59 19 08",
    "49 40 06 56",
    "50 00 04,~04 13 53 59 19 08",
    "~40 00 06,~24 04 09 59 54 24",
    "00 50 19",
    "~20 00 04 54 50 20,~24 04 09 59 54 24",
    "~20 00 05 55 50 20,~53 59 19",
    "04,09",
    "14,18 19 0b",
    "52 05 58",
    "03 53,06 56",
    "02 55 08",
    "~01 00 50 54 24 26,29",
    "~69 09 00 70 77 57 53,~53 23 27 57",
    "09 30 69,16 56",
    "00 09 29,~29 59 54 24,24 04,00 20,~20 50 54 24",
    "~62 60 00 09 69 67",
    "20 00 09 29,~29 69 60 20",
    "50 00 09 59,04 44",
    "50 00 09,04 44",
    "~62 60 00 09 69 65,65 35",
    "00 09,60 69,04 64",
    "00 09",
    "40 46,~46 49 09 07",
    "00 09,50 05,23 59",
    "00 09 59",
    "09 00 36 60 69",
    "09 00 69 60",
    "~30 00 09 69 60 30",
    "09 00 20,~20 50 55 25,25 05",
    "~30 00 09 69 60 30,47 6a",
    "09 00 20,~20 50 55 25,25 05,25 59",
    "~51 40 00 04 55 59 19 08",
    "00 60,30 39",
    "00 05,~05 09 69 65,65 60",
    "00 39 60",
    "00 29 41 69 80",
    "00 69,60 09",
    "00 34 60,34 39",
    "00 60 09 69",
    "20 00 0b 2b",
    "00 5a",
    "00 20 2b 0b",
    "03 20 43",
    "0b 6b",
    "00 12",
    BOWL ",53 59",
    "00 09," BOWL,
    "~54 43 03 09 49 58",
    BOWL ",50 59",
    "06 56,~56 53 03 09 49 58",
    "~40 10 14,14 19,03 33",
    BOWL ",53 5a,~5a 5c 1c 0b",
    "00 09,~05 13 53 56,56 59",
    "03 09,00",
    "23 2a,~2a 2c 0c,20",
    "00 09,43 07,25 49",
    "00 07,~07 09 29",
    "03 09,~05 13 43 46,46 49,~45 53 83 86,86 89",
    "03 09,~05 13 53 56,56 59",
    BOWL,
    "03 0c," BOWL,
    BOWL ",53 5c",
    "03 09,~06 03 33",
    "~44 33 03 06 46 49 19 08",
    "11 17,~17 19 39,03 33",
    "03 06,~06 09 49 57,53 59",
    "03 29 43",
    "03 29 44 69 83",
    "03 49,43 09",
    "03 29,43 1c",
    "03 43 09 49",
    "~30 10 15 05,~05 16 1b 3b",
    "00 0b",
    "~00 20 25 35,~35 26 2b 0b",
    "~06 13 47 54",
};

static const char *strokes_of(unsigned char c)
{
    if (c >= ' ' && c < 127)
        return letters[c - ' '];
    return c && c < ICON_COUNT ? icons[c] : "00 50 59 09 00";
}

static int digit(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

int glyph_width(unsigned char c)
{
    int width = c == ' ' ? 2 : 0;

    for (const char *s = strokes_of(c); *s; s++) {
        if (*s == '~' || *s == ' ' || *s == ',')
            continue;
        if (digit(*s) > width)
            width = digit(*s);
        s++;
    }
    return width;
}

int text_width(const char *text)
{
    int width = 0;

    for (const char *s = text; *s; s++)
        width += glyph_width((unsigned char)*s) + GLYPH_GAP;
    return width ? width - GLYPH_GAP : 0;
}

/* ---- the pen ---- */

struct point {
    float x, y;
};

struct pen {
    uint8_t *alpha;
    int w, h, pitch, unit, margin;
};

static float distance(struct point p, struct point a, struct point b)
{
    float dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    float t = length > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length : 0;

    t = t < 0 ? 0 : t > 1 ? 1 : t;
    dx = p.x - a.x - t * dx;
    dy = p.y - a.y - t * dy;
    return sqrtf(dx * dx + dy * dy);
}

static void line(const struct pen *pen, struct point a, struct point b)
{
    float half = 0.6f * (float)pen->unit;
    /* Points lie in the middle of a unit, so that straight strokes fill whole pixels. */
    float shift = (float)pen->margin + (float)pen->unit / 2;

    a = (struct point){ a.x * (float)pen->unit + shift, a.y * (float)pen->unit + shift };
    b = (struct point){ b.x * (float)pen->unit + shift, b.y * (float)pen->unit + shift };
    for (int y = 0; y < pen->h; y++) {
        for (int x = 0; x < pen->w; x++) {
            struct point p = { (float)x + 0.5f, (float)y + 0.5f };
            float cover = half + 0.5f - distance(p, a, b);
            uint8_t value = cover >= 1 ? 255 : cover <= 0 ? 0 : (uint8_t)(cover * 255);

            if (value > pen->alpha[y * pen->pitch + x])
                pen->alpha[y * pen->pitch + x] = value;
        }
    }
}

static struct point middle(struct point a, struct point b)
{
    return (struct point){ (a.x + b.x) / 2, (a.y + b.y) / 2 };
}

#define STEPS 6

static void curve(const struct pen *pen, struct point a, struct point control, struct point b)
{
    struct point last = a;

    for (int i = 1; i <= STEPS; i++) {
        float t = (float)i / STEPS, s = 1 - t;
        struct point p = { s * s * a.x + 2 * s * t * control.x + t * t * b.x,
                           s * s * a.y + 2 * s * t * control.y + t * t * b.y };

        line(pen, last, p);
        last = p;
    }
}

static void stroke(const struct pen *pen, const struct point *p, int count, bool round)
{
    if (count == 1)
        line(pen, p[0], p[0]);
    for (int i = 1; !round && i < count; i++)
        line(pen, p[i - 1], p[i]);
    for (int i = 1; round && i < count - 1; i++)
        curve(pen, i == 1 ? p[0] : middle(p[i - 1], p[i]), p[i],
              i == count - 2 ? p[count - 1] : middle(p[i], p[i + 1]));
}

void glyph_draw(unsigned char c, int unit, int margin, uint8_t *alpha, int w, int h, int pitch)
{
    const struct pen pen = { alpha, w, h, pitch, unit, margin };
    const char *s = strokes_of(c);

    while (*s) {
        struct point points[16];
        bool round = *s == '~';
        int count = 0;

        s += round;
        while (*s && *s != ',') {
            if (*s != ' ' && count < 16) {
                points[count++] = (struct point){ (float)digit(s[0]), (float)digit(s[1]) };
                s++;
            }
            s++;
        }
        stroke(&pen, points, count, round);
        s += *s == ',';
    }
}

/* ---- text from outside ---- */

static int plain_of(gunichar u)
{
    gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];

    if (u >= ' ' && u < 127)
        return (int)u;
    if (u == 0x2018 || u == 0x2019)
        return '\'';
    if (u == 0x201c || u == 0x201d)
        return '"';
    if (u == 0x2013 || u == 0x2014)
        return '-';
    if (g_unichar_fully_decompose(u, FALSE, parts, G_N_ELEMENTS(parts)) && parts[0] > ' ' &&
        parts[0] < 127)
        return (int)parts[0];
    return 0;
}

int text_plain(const char *utf8, char *plain, int size)
{
    g_autofree char *valid = g_utf8_make_valid(utf8, -1);
    int n = 0, all = 1;

    for (const char *s = valid; *s && n < size - 1; s = g_utf8_next_char(s)) {
        int c = plain_of(g_utf8_get_char(s));

        all = all && c;
        plain[n++] = (char)(c ? c : '?');
    }
    plain[n] = 0;
    return all;
}
