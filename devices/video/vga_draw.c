/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VGA: the picture in graphics modes, and what the screen's viewers call.
 * Source: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem".
 *
 * Damage is found by comparing each line's video memory with what the line was drawn from last, so
 * writes cost nothing, by whatever way they come.  Any change of registers or palette draws all.
 * A frame whose registers changed while the beam drew it is vga_raster.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "devices/video/vga_view.h"

/* ---- the shadow ---- */

struct vga_shadow *vga_shadow_new(void)
{
    struct vga_shadow *shadow = calloc(1, sizeof(*shadow));

    if (!shadow)
        abort();
    for (unsigned byte = 0; byte < 256; byte++)
        for (unsigned bit = 0; bit < 8; bit++)
            shadow->expand[byte] |= (uint32_t)(byte >> (7 - bit) & 1) << (4 * bit);
    return shadow;
}

void vga_shadow_free(struct vga_shadow *shadow)
{
    free(shadow);
}

void vga_shadow_invalidate(struct vga_shadow *shadow)
{
    shadow->valid = false;
}

/* Joins with the rectangle above if it touches it, or if there is no room for another. */
void vga_damage_add(struct vga_damage *damage, uint32_t x, uint32_t y, uint32_t width,
                    uint32_t height)
{
    struct screen_rect *last = damage->count ? &damage->rects[damage->count - 1] : NULL;
    uint32_t left, right;

    if (!width || !height)
        return;
    if (!last || (y > (uint32_t)last->y + last->h && damage->count < SCREEN_RECTS)) {
        damage->rects[damage->count++] =
            (struct screen_rect){ (uint16_t)x, (uint16_t)y, (uint16_t)width, (uint16_t)height };
        return;
    }
    left = x < last->x ? x : last->x;
    right = x + width > (uint32_t)last->x + last->w ? x + width : (uint32_t)last->x + last->w;
    last->x = (uint16_t)left;
    last->w = (uint16_t)(right - left);
    last->h = (uint16_t)(y + height - last->y);
}

/* ---- what changed ---- */

/* Compares a line with its shadow, keeps it there, and tells which words differ. */
static bool line_changed(uint32_t *shadow, const uint32_t *words, uint32_t count, bool all,
                         uint32_t *first, uint32_t *last)
{
    *first = 0;
    *last = count - 1;
    if (!all) {
        if (!memcmp(shadow, words, count * sizeof(*words)))
            return false;
        while (shadow[*first] == words[*first])
            ++*first;
        while (shadow[*last] == words[*last])
            --*last;
    }
    memcpy(shadow + *first, words + *first, (*last - *first + 1) * sizeof(*words));
    return true;
}

/* ---- planes and the VGA's own 256 colours ---- */

/* The words of one line: video memory itself if they lie there in a row. */
static const uint32_t *fetch(const struct vga *vga, uint32_t counter, uint32_t scan, uint32_t count)
{
    const struct vga_view *view = &vga->shadow->view;
    const uint32_t *vram = (const uint32_t *)vga->vram;
    uint32_t *words = vga->shadow->fetched;

    if (view->addressing == ADDRESS_BYTE && !view->row_bits && !view->count_shift &&
        (counter & view->word_mask) + count <= view->word_mask + 1)
        return vram + (counter & view->word_mask);
    for (uint32_t i = 0; i < count; i++)
        words[i] = vram[vga_view_index(view, counter + (i >> view->count_shift), scan)];
    return words;
}

/* Eight 4-bit dots, the leftmost in the lowest bits. */
static inline uint32_t shift_out(const struct vga_shadow *shadow, uint32_t shift, uint32_t word)
{
    uint32_t dots = 0;

    if (shift == SHIFT_PLANAR)
        return shadow->expand[word & 0xff] | shadow->expand[word >> 8 & 0xff] << 1 |
               shadow->expand[word >> 16 & 0xff] << 2 | shadow->expand[word >> 24] << 3;
    if (shift == SHIFT_256) /* high nibble first */
        return (word & 0x0f0f0f0fu) << 4 | (word >> 4 & 0x0f0f0f0fu);
    for (unsigned i = 0; i < 4; i++) {
        unsigned at = 6 - 2 * i;

        dots |= (word >> at & 3) << (4 * i) | (word >> (at + 16) & 3) << (4 * i + 2);
        dots |= (word >> (at + 8) & 3) << (4 * i + 16) | (word >> (at + 24) & 3) << (4 * i + 18);
    }
    return dots;
}

/* Words first to last of a line into dots of shadow->line. */
static void decode(struct vga_shadow *shadow, const uint32_t *words, uint32_t first, uint32_t last)
{
    const struct vga_view *view = &shadow->view;
    const uint32_t *palette = view->palette;

    for (uint32_t i = first; i <= last; i++) {
        uint32_t dots, *out = &shadow->line[i * 8];

        if (view->pairs && view->shift == SHIFT_256) {
            out = &shadow->line[i * 4];
            for (unsigned n = 0; n < 4; n++)
                out[n] = palette[words[i] >> (8 * n) & 0xff];
            continue;
        }
        dots = shift_out(shadow, view->shift, words[i]);
        if (view->pairs) {
            out = &shadow->line[i * 4];
            for (unsigned n = 0; n < 4; n++, dots >>= 8)
                out[n] = palette[(dots & 15) << 4 | (dots >> 4 & 15)];
            continue;
        }
        for (unsigned n = 0; n < 8; n++, dots >>= 4)
            out[n] = palette[dots & 15];
    }
}

static void draw_planes_line(struct vga *vga, uint32_t *pixels, uint32_t pitch, bool all,
                             uint32_t y, struct vga_damage *damage)
{
    struct vga_shadow *shadow = vga->shadow;
    const struct vga_view *view = &shadow->view;
    uint32_t at = y * view->line_step, per_word = view->pairs ? 4 : 8;
    const struct vga_band *band = &view->bands[at < view->bands[0].end ? 0 : 1];
    uint32_t counter = (at - band->first) / view->doubled + band->row_scan;
    uint32_t row = counter / view->lines_per_row;
    uint32_t count = view->columns + (band->pan ? 1 : 0);
    const uint32_t *words =
        fetch(vga, band->address + row * view->offset, counter % view->lines_per_row, count);
    uint32_t first, last, left, right;

    if (!line_changed(shadow->rows[y], words, count, all, &first, &last))
        return;
    decode(shadow, words, first, last);
    left = first * per_word;
    left = left > band->pan ? left - band->pan : 0;
    right = (last + 1) * per_word - band->pan;
    right = right < view->width ? right : view->width;
    if (left >= right)
        return;
    memcpy(pixels + (size_t)y * pitch + left, shadow->line + left + band->pan,
           (right - left) * sizeof(*pixels));
    vga_damage_add(damage, left, y, right - left, 1);
}

/* ---- packed pixels ---- */

static inline uint32_t from15(uint32_t v)
{
    uint32_t r = v >> 10 & 31, g = v >> 5 & 31, b = v & 31;

    return (r << 3 | r >> 2) << 16 | (g << 3 | g >> 2) << 8 | (b << 3 | b >> 2);
}

static inline uint32_t from16(uint32_t v)
{
    uint32_t r = v >> 11, g = v >> 5 & 63, b = v & 31;

    return (r << 3 | r >> 2) << 16 | (g << 2 | g >> 4) << 8 | (b << 3 | b >> 2);
}

static void convert(const struct vga_view *view, uint32_t *out, const uint8_t *in, uint32_t count)
{
    switch (view->bpp) {
    case 8:
        for (uint32_t i = 0; i < count; i++)
            out[i] = view->palette[in[i]];
        break;
    case 15:
        for (uint32_t i = 0; i < count; i++)
            out[i] = from15(in[2 * i] | (uint32_t)in[2 * i + 1] << 8);
        break;
    case 16:
        for (uint32_t i = 0; i < count; i++)
            out[i] = from16(in[2 * i] | (uint32_t)in[2 * i + 1] << 8);
        break;
    case 24:
        for (uint32_t i = 0; i < count; i++)
            out[i] = in[3 * i] | (uint32_t)in[3 * i + 1] << 8 | (uint32_t)in[3 * i + 2] << 16;
        break;
    default:
        for (uint32_t i = 0; i < count; i++)
            out[i] = in[4 * i] | (uint32_t)in[4 * i + 1] << 8 | (uint32_t)in[4 * i + 2] << 16;
        break;
    }
}

/* The bytes of one line; those that wrap around the end of memory, or do not start at a word, are
 * copied together. */
static const uint32_t *fetch_packed(const struct vga *vga, uint32_t at, uint32_t words)
{
    uint32_t length = words * 4, head;
    uint8_t *copy = (uint8_t *)vga->shadow->fetched;

    at &= vga->vram_size - 1;
    if (!(at & 3) && at + length <= vga->vram_size)
        return (const uint32_t *)(vga->vram + at);
    head = vga->vram_size - at < length ? vga->vram_size - at : length;
    memcpy(copy, vga->vram + at, head);
    memcpy(copy + head, vga->vram, length - head);
    return vga->shadow->fetched;
}

static void draw_packed_line(struct vga *vga, uint32_t *pixels, uint32_t pitch, bool all,
                             uint32_t y, struct vga_damage *damage)
{
    struct vga_shadow *shadow = vga->shadow;
    const struct vga_view *view = &shadow->view;
    uint32_t bytes = (view->bpp + 7) / 8;
    uint32_t count = view->width * bytes / 4; /* whole: the width is a multiple of 8 */
    const uint32_t *words = fetch_packed(vga, view->start + y * view->line_bytes, count);
    uint32_t first, last, left, right;

    if (!line_changed(shadow->rows[y], words, count, all, &first, &last))
        return;
    left = first * 4 / bytes;
    right = ((last + 1) * 4 + bytes - 1) / bytes;
    convert(view, pixels + (size_t)y * pitch + left, (const uint8_t *)words + left * bytes,
            right - left);
    vga_damage_add(damage, left, y, right - left, 1);
}

void vga_line_decode(struct vga *vga, uint32_t address, uint32_t row_scan, uint32_t count,
                     uint32_t y)
{
    struct vga_shadow *shadow = vga->shadow;
    const struct vga_view *view = &shadow->view;

    if (view->kind == VIEW_PACKED) {
        const uint32_t *words = fetch_packed(vga, view->start + y * view->line_bytes,
                                             view->width * ((view->bpp + 7) / 8) / 4);

        convert(view, shadow->line, (const uint8_t *)words, view->width);
    } else if (view->kind == VIEW_PLANES) {
        decode(shadow, fetch(vga, address, row_scan, count), 0, count - 1);
    } else {
        memset(shadow->line, 0, view->width * sizeof(shadow->line[0]));
    }
}

/* ---- what viewers call ---- */

static void draw_blank(const struct vga_view *view, uint32_t *pixels, uint32_t pitch,
                       struct vga_damage *damage)
{
    for (uint32_t y = 0; y < view->height; y++)
        memset(pixels + (size_t)y * pitch, 0, view->width * sizeof(*pixels));
    vga_damage_add(damage, 0, 0, view->width, view->height);
}

/* Nothing is drawn that has not the size mode() told: the caller's buffer would not fit. */
static unsigned screen_draw(void *ctx, uint32_t *pixels, uint32_t pitch, bool all, uint64_t now,
                            struct screen_rect rects[SCREEN_RECTS])
{
    struct vga *vga = ctx;
    struct vga_shadow *shadow = vga->shadow;
    struct vga_damage damage = { .rects = rects };
    const struct vga_log *log;
    uint32_t start;

    vga_memory_settle(vga);
    log = vga_raster_shown(vga, &start);
    vga_view_make(vga, log ? vga_log_base(log) : &vga->s, start, now, &shadow->next);
    if (shadow->next.width != shadow->shown_width || shadow->next.height != shadow->shown_height)
        return 0;
    if (log || shadow->next.bands[0].row_scan >= shadow->next.lines_per_row) {
        vga_raster_draw(vga, log, start, pixels, pitch, all, now, &damage);
        return damage.count;
    }
    if (!shadow->valid || memcmp(&shadow->next, &shadow->view, sizeof(shadow->view)) != 0)
        all = true;
    shadow->view = shadow->next;
    shadow->valid = true;
    switch (shadow->view.kind) {
    case VIEW_BLANK:
        if (all)
            draw_blank(&shadow->view, pixels, pitch, &damage);
        break;
    case VIEW_TEXT:
        vga_text_draw(vga, pixels, pitch, all, now, &damage);
        break;
    case VIEW_PLANES:
        for (uint32_t y = 0; y < shadow->view.height; y++)
            draw_planes_line(vga, pixels, pitch, all, y, &damage);
        break;
    default:
        for (uint32_t y = 0; y < shadow->view.height; y++)
            draw_packed_line(vga, pixels, pitch, all, y, &damage);
        break;
    }
    return damage.count;
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Tubes are 4:3 whatever the resolution; wide high resolutions are meant for other screens. */
static void set_aspect(struct screen_mode *mode)
{
    uint32_t num = 4u * mode->height, den = 3u * mode->width, divisor;

    if (mode->width >= 848 && den > num * 11 / 10)
        num = den = 1;
    divisor = common_divisor(num, den);
    mode->aspect_num = (uint16_t)(num / divisor);
    mode->aspect_den = (uint16_t)(den / divisor);
}

static void screen_mode(void *ctx, struct screen_mode *mode, uint32_t *serial)
{
    struct vga *vga = ctx;
    struct vga_shadow *shadow = vga->shadow;
    struct vga_view *view = &shadow->next;
    const struct vga_log *log;
    uint32_t start;

    log = vga_raster_shown(vga, &start);
    vga_view_make(vga, log ? vga_log_base(log) : &vga->s, start, 0, view);
    memset(mode, 0, sizeof(*mode));
    mode->width = (uint16_t)view->width;
    mode->height = (uint16_t)view->height;
    mode->text = view->kind == VIEW_TEXT;
    mode->blank = view->kind == VIEW_BLANK;
    set_aspect(mode);
    if (mode->width != shadow->shown_width || mode->height != shadow->shown_height ||
        mode->text != shadow->shown_text || mode->blank != shadow->shown_blank) {
        shadow->shown_width = mode->width;
        shadow->shown_height = mode->height;
        shadow->shown_text = mode->text;
        shadow->shown_blank = mode->blank;
        shadow->serial++;
    }
    *serial = shadow->serial;
}

const struct screen_ops vga_screen_ops = {
    .mode = screen_mode,
    .draw = screen_draw,
    .text = vga_text_fill,
    .next_retrace = vga_next_retrace,
};
