/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Screens as files: pixels to PNG or PPM, text to UTF-8. */
#include <assert.h>
#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host/picture.h"

static void to_rgb(const uint32_t *pixels, uint8_t *rgb, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++) {
        rgb[3 * x] = (uint8_t)(pixels[x] >> 16);
        rgb[3 * x + 1] = (uint8_t)(pixels[x] >> 8);
        rgb[3 * x + 2] = (uint8_t)pixels[x];
    }
}

static bool write_png(FILE *file, const uint32_t *pixels, uint32_t width, uint32_t height,
                      uint32_t pitch, uint8_t *row)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool ok = false;

    if (info && !setjmp(png_jmpbuf(png))) {
        png_init_io(png, file);
        png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
        png_write_info(png, info);
        for (uint32_t y = 0; y < height; y++) {
            to_rgb(pixels + (size_t)y * pitch, row, width);
            png_write_row(png, row);
        }
        png_write_end(png, NULL);
        ok = true;
    }
    if (png)
        png_destroy_write_struct(&png, &info);
    return ok;
}

static bool write_ppm(FILE *file, const uint32_t *pixels, uint32_t width, uint32_t height,
                      uint32_t pitch, uint8_t *row)
{
    fprintf(file, "P6\n%u %u\n255\n", width, height);
    for (uint32_t y = 0; y < height; y++) {
        to_rgb(pixels + (size_t)y * pitch, row, width);
        fwrite(row, 3, width, file);
    }
    return true;
}

bool picture_write(int fd, const uint32_t *pixels, uint32_t width, uint32_t height, uint32_t pitch,
                   bool png, struct error *err)
{
    int own = dup(fd);
    FILE *file = own >= 0 ? fdopen(own, "wb") : NULL;
    uint8_t *row = malloc((size_t)width * 3 + 1);
    bool ok;

    assert(row);
    if (!file) {
        if (own >= 0)
            close(own);
        free(row);
        return error_set(err, "the picture could not be written: %s", strerror(errno));
    }
    ok = png ? write_png(file, pixels, width, height, pitch, row)
             : write_ppm(file, pixels, width, height, pitch, row);
    ok = !ferror(file) && ok;
    ok = fclose(file) == 0 && ok;
    free(row);
    return ok || error_set(err, "the picture could not be written: %s", strerror(errno));
}

/* 00-1F and 7F as the font draws them, then 80-FF. */
static const uint16_t low[32] = {
    0x0020, 0x263a, 0x263b, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022, 0x25d8, 0x25cb, 0x25d9,
    0x2642, 0x2640, 0x266a, 0x266b, 0x263c, 0x25ba, 0x25c4, 0x2195, 0x203c, 0x00b6, 0x00a7,
    0x25ac, 0x21a8, 0x2191, 0x2193, 0x2192, 0x2190, 0x221f, 0x2194, 0x25b2, 0x25bc,
};
static const uint16_t high[128] = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef,
    0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
    0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
    0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

uint32_t cp437_to_unicode(uint8_t c)
{
    if (c < 32)
        return low[c];
    if (c == 127)
        return 0x2302;
    return c < 128 ? c : high[c - 128];
}

static char *put_utf8(char *out, uint32_t u)
{
    if (u < 0x80) {
        *out++ = (char)u;
    } else if (u < 0x800) {
        *out++ = (char)(0xc0 | u >> 6);
        *out++ = (char)(0x80 | (u & 0x3f));
    } else {
        *out++ = (char)(0xe0 | u >> 12);
        *out++ = (char)(0x80 | (u >> 6 & 0x3f));
        *out++ = (char)(0x80 | (u & 0x3f));
    }
    return out;
}

char *screen_text_utf8(const struct screen_text *text)
{
    char *result = malloc((size_t)text->rows * (text->columns * 3u + 1) + 1);
    char *out = result;

    assert(result);
    for (unsigned row = 0; row < text->rows; row++) {
        const uint8_t *cells = text->cells + (size_t)row * text->columns * 2;
        unsigned used = text->columns;

        while (used && (cells[2 * (used - 1)] == ' ' || !cells[2 * (used - 1)] ||
                        cells[2 * (used - 1)] == 0xff))
            used--;
        for (unsigned i = 0; i < used; i++)
            out = put_utf8(out, cells[2 * i] == 0xff ? ' ' : cp437_to_unicode(cells[2 * i]));
        *out++ = '\n';
    }
    *out = 0;
    return result;
}
