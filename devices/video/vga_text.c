/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VGA: text modes.  A cell is the word that holds its character in plane 0 and its attribute in
 * plane 1; fonts are in plane 2.
 * Source: IBM PS/2 Hardware Interface Technical Reference, "Alphanumeric Modes".
 *
 * The cursor blinks every 8 frames, characters every 16.
 */
#include <string.h>

#include "devices/video/vga_view.h"

/* What a cell was drawn from: character, attribute, and these. */
enum { KEY_HIDDEN = 1 << 16, KEY_CURSOR = 1 << 17, KEY_CURSOR_START = 18, KEY_CURSOR_END = 23 };
enum { CURSOR_OFF = 0x20, CURSOR_LINES = 0x1f };

struct text_phase {
    bool hidden;     /* blinking characters are off now */
    uint32_t cursor; /* memory counter of the cell with the cursor ... */
    uint32_t key;    /* ... and what it adds to that cell's key; 0: off */
};

static bool cursor_enabled(const struct vga_state *s)
{
    uint8_t start = s->crtc[CRTC_CURSOR_START], end = s->crtc[CRTC_CURSOR_END];

    return !(start & CURSOR_OFF) && (start & CURSOR_LINES) <= (end & CURSOR_LINES);
}

static uint32_t cursor_counter(const struct vga_state *s)
{
    const uint8_t *crtc = s->crtc;
    uint32_t skew = crtc[CRTC_CURSOR_END] >> 5 & 3;

    return ((uint32_t)crtc[CRTC_CURSOR_HIGH] << 8 | crtc[CRTC_CURSOR_LOW]) + skew;
}

static struct text_phase phase_at(const struct vga *vga, const struct vga_state *s, uint64_t now)
{
    uint64_t frame = now / vga_frame_ns(vga);
    struct text_phase phase = { .hidden = frame / 16 & 1, .cursor = cursor_counter(s) & 0xffff };

    if (cursor_enabled(s) && !(frame / 8 & 1))
        phase.key = KEY_CURSOR |
                    (s->crtc[CRTC_CURSOR_START] & (uint32_t)CURSOR_LINES) << KEY_CURSOR_START |
                    (s->crtc[CRTC_CURSOR_END] & (uint32_t)CURSOR_LINES) << KEY_CURSOR_END;
    return phase;
}

/* The keys of one row of characters into shadow->fetched. */
static void make_keys(const struct vga *vga, const struct text_phase *phase, uint32_t counter,
                      uint32_t count)
{
    const struct vga_view *view = &vga->shadow->view;
    uint32_t *keys = vga->shadow->fetched;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = counter + (i >> view->count_shift);
        uint32_t key = vga_word(vga, vga_view_index(view, at, 0)) & 0xffff;

        if (view->blink && phase->hidden && (key & 0x8000))
            key |= KEY_HIDDEN;
        if ((at & 0xffff) == phase->cursor)
            key |= phase->key;
        keys[i] = key;
    }
}

static inline bool two_fonts(const struct vga_view *view)
{
    return view->font[0] != view->font[1];
}

/* Copies so many lines of the fonts; did they change? */
static bool update_fonts(struct vga *vga, uint32_t height)
{
    struct vga_shadow *shadow = vga->shadow;
    bool changed = false;

    for (unsigned f = 0; f < (two_fonts(&shadow->view) ? 2 : 1); f++) {
        uint8_t *copy = shadow->font[f];

        for (unsigned c = 0; c < 256; c++) {
            const uint8_t *from = vga->vram + 4 * (shadow->view.font[f] + 32 * c) + 2;

            for (uint32_t line = 0; line < height; line++) {
                changed |= copy[32 * c + line] != from[4 * line];
                copy[32 * c + line] = from[4 * line];
            }
        }
    }
    return changed;
}

/* The dots of one scan line of a character, the leftmost in bit 8. */
static uint32_t glyph(const struct vga_shadow *shadow, uint32_t key, uint32_t line)
{
    const struct vga_view *view = &shadow->view;
    uint32_t c = key & 0xff, attr = key >> 8 & 0xff;
    unsigned font = two_fonts(view) ? attr >> 3 & 1 : 0;
    uint32_t dots = (uint32_t)shadow->font[font][32 * c + line] << 1;

    if (view->line_graphics && c >= 0xc0 && c <= 0xdf)
        dots |= dots >> 1 & 1;
    if ((attr & 0x77) == 0x01 && line == view->underline)
        dots = 0x1ff;
    if (key & KEY_HIDDEN)
        dots = 0;
    if ((key & KEY_CURSOR) && line >= (key >> KEY_CURSOR_START & CURSOR_LINES) &&
        line <= (key >> KEY_CURSOR_END & CURSOR_LINES))
        dots = 0x1ff;
    return dots;
}

/* One scan line of the cells first to last into shadow->line. */
static void draw_cells(struct vga_shadow *shadow, const uint32_t *keys, uint32_t first,
                       uint32_t last, uint32_t line)
{
    const struct vga_view *view = &shadow->view;
    static const uint32_t bits[8] = { 256, 128, 64, 32, 16, 8, 4, 2 };
    uint32_t *out = shadow->line + first * view->dots;

    for (uint32_t i = first; i <= last; i++) {
        uint32_t attr = keys[i] >> 8 & 0xff;
        uint32_t dots = glyph(shadow, keys[i], line);
        uint32_t front = view->palette[attr & 15];
        uint32_t back = view->palette[attr >> 4 & (view->blink ? 7 : 15)];
        uint32_t differ = front ^ back;

        for (unsigned n = 0; n < 8; n++)
            out[n] = back ^ (differ & (0u - !!(dots & bits[n])));
        out += 8;
        if (view->dots == 9)
            *out++ = dots & 1 ? front : back;
    }
}

void vga_text_fonts(struct vga *vga)
{
    update_fonts(vga, 32);
}

void vga_text_line(struct vga *vga, const struct vga_state *s, uint32_t address, uint32_t row_scan,
                   uint32_t count, uint64_t now)
{
    struct text_phase phase = phase_at(vga, s, now);

    make_keys(vga, &phase, address, count);
    draw_cells(vga->shadow, vga->shadow->fetched, 0, count - 1, row_scan);
}

struct text_row {
    uint32_t y;     /* line of the picture where it starts to be seen ... */
    uint32_t line;  /* ... with this line of its characters ... */
    uint32_t lines; /* ... and how many are seen */
    uint32_t pan;
};

static void draw_row(struct vga_shadow *shadow, const struct text_row *row, uint32_t *pixels,
                     uint32_t pitch, uint32_t first, uint32_t last, struct vga_damage *damage)
{
    const struct vga_view *view = &shadow->view;
    uint32_t left = first * view->dots, right = (last + 1) * view->dots - row->pan;

    left = left > row->pan ? left - row->pan : 0;
    right = right < view->width ? right : view->width;
    if (left >= right)
        return;
    for (uint32_t i = 0; i < row->lines; i++) {
        draw_cells(shadow, shadow->fetched, first, last, row->line + i);
        memcpy(pixels + (size_t)(row->y + i) * pitch + left, shadow->line + left + row->pan,
               (right - left) * sizeof(*pixels));
    }
    vga_damage_add(damage, left, row->y, right - left, row->lines);
}

static bool row_changed(uint32_t *shadow, const uint32_t *keys, uint32_t count, bool all,
                        uint32_t *first, uint32_t *last)
{
    *first = 0;
    *last = count - 1;
    if (!all) {
        if (!memcmp(shadow, keys, count * sizeof(*keys)))
            return false;
        while (shadow[*first] == keys[*first])
            ++*first;
        while (shadow[*last] == keys[*last])
            --*last;
    }
    memcpy(shadow, keys, count * sizeof(*keys));
    return true;
}

void vga_text_draw(struct vga *vga, uint32_t *pixels, uint32_t pitch, bool all, uint64_t now,
                   struct vga_damage *damage)
{
    struct vga_shadow *shadow = vga->shadow;
    const struct vga_view *view = &shadow->view;
    struct text_phase phase = phase_at(vga, &vga->s, now);
    uint32_t height = view->lines_per_row, row = 0;

    all |= update_fonts(vga, height);
    for (unsigned b = 0; b < 2; b++) {
        const struct vga_band *band = &view->bands[b];
        uint32_t y = band->first / view->line_step, end = band->end / view->line_step;
        uint32_t counter = band->address;
        uint32_t line = band->row_scan, count = view->columns + (band->pan ? 1 : 0);

        end = end < view->height ? end : view->height;
        for (; y < end; row++) {
            struct text_row part = { y, line, height - line, band->pan };
            uint32_t first, last;

            part.lines = part.lines < end - y ? part.lines : end - y;
            make_keys(vga, &phase, counter, count);
            if (row_changed(shadow->rows[row], shadow->fetched, count, all, &first, &last))
                draw_row(shadow, &part, pixels, pitch, first, last, damage);
            y += part.lines;
            line = 0;
            counter += view->offset;
        }
    }
}

/* ---- the text screen as text ---- */

static void fill_row(const struct vga *vga, struct screen_text *text, unsigned row,
                     uint32_t counter)
{
    const struct vga_view *view = &vga->shadow->next;
    uint32_t cursor = cursor_counter(&vga->s) & 0xffff;

    for (uint32_t i = 0; i < text->columns; i++) {
        uint32_t at = counter + (i >> view->count_shift);
        uint32_t cell = vga_word(vga, vga_view_index(view, at, 0));
        uint8_t *out = &text->cells[2 * (row * text->columns + i)];

        out[0] = (uint8_t)cell;
        out[1] = (uint8_t)(cell >> 8);
        if ((at & 0xffff) == cursor && cursor_enabled(&vga->s)) {
            text->cursor_visible = 1;
            text->cursor_column = (uint8_t)i;
            text->cursor_row = (uint8_t)row;
        }
    }
}

/* What the registers say now, not at the last retrace.  Rows count as they start on the screen; one
 * that is seen only in part at the end does not. */
bool vga_text_fill(void *ctx, struct screen_text *text)
{
    struct vga *vga = ctx;
    struct vga_view *view = &vga->shadow->next;
    uint32_t start = vga->s.crtc[CRTC_START_HIGH] << 8 | vga->s.crtc[CRTC_START_LOW];
    uint32_t height, rows;

    vga_view_make(vga, &vga->s, start, 0, view);
    if (view->kind != VIEW_TEXT)
        return false;
    memset(text, 0, sizeof(*text));
    height = view->lines_per_row;
    rows = view->height / height ? view->height / height : 1;
    text->rows = (uint8_t)(rows < 60 ? rows : 60);
    text->columns = (uint8_t)(view->columns < 132 ? view->columns : 132);
    text->char_height = (uint8_t)height;
    text->blink = view->blink ? 1 : 0;
    text->cursor_start = vga->s.crtc[CRTC_CURSOR_START] & CURSOR_LINES;
    text->cursor_end = vga->s.crtc[CRTC_CURSOR_END] & CURSOR_LINES;
    memcpy(text->palette, view->palette, sizeof(text->palette));
    for (unsigned row = 0; row < text->rows; row++) {
        uint32_t at = row * height * view->line_step;
        const struct vga_band *band = &view->bands[at < view->bands[0].end ? 0 : 1];
        uint32_t preset = band->row_scan < height ? band->row_scan : 0;
        uint32_t line = (at - band->first) / view->line_step + preset;

        fill_row(vga, text, row, band->address + line / height * view->offset);
    }
    return true;
}
