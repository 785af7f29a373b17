/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VGA: from registers to a description of the picture.
 * Source: IBM PS/2 Hardware Interface Technical Reference, "CRT Controller Registers" and
 * "Attribute Controller Registers".
 *
 * Lines that the CRTC repeats (double scan, and rows of several scan lines that all show the same
 * memory) become one line of the picture; the pixel aspect makes up for it.  Not modelled: skews
 * other than the cursor's, the border (the overscan register is kept but the picture ends where
 * the display does), the ninth dot of graphics modes.
 */
#include <string.h>

#include "devices/video/vga_view.h"

/* ---- colours ---- */

static uint32_t dac_color(const struct vga_state *s, uint8_t index)
{
    const uint8_t *c = &s->dac[3 * (index & s->dac_mask)];
    unsigned rgb[3];

    for (unsigned i = 0; i < 3; i++) {
        if (s->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC)
            rgb[i] = c[i];
        else
            rgb[i] = (c[i] & 0x3fu) << 2 | (c[i] & 0x3fu) >> 4;
    }
    return rgb[0] << 16 | rgb[1] << 8 | rgb[2];
}

/* The way of a 4-bit value through the attribute controller. */
static uint32_t attribute_color(const struct vga_state *s, unsigned value)
{
    const uint8_t *attr = s->attr;
    uint8_t index = attr[value & attr[ATTR_PLANES] & 15];
    uint8_t select = attr[ATTR_COLOR_SELECT];

    if (attr[ATTR_MODE] & AMODE_P54S)
        index = (uint8_t)((index & 0x0f) | (select & 3) << 4);
    return dac_color(s, (uint8_t)((index & 0x3f) | (select & 0x0c) << 4));
}

/* Graphics that blink: plane 3 is inverted half of the time. */
static void make_palette(const struct vga *vga, const struct vga_state *s, struct vga_view *view,
                         uint64_t now)
{
    unsigned flip = 0;

    if (view->kind == VIEW_PACKED || view->pairs) {
        for (unsigned i = 0; i < 256; i++)
            view->palette[i] = dac_color(s, (uint8_t)i);
        return;
    }
    if (view->kind == VIEW_PLANES && (s->attr[ATTR_MODE] & AMODE_BLINK))
        flip = now / (16 * vga_frame_ns(vga)) & 1 ? 8 : 0;
    for (unsigned i = 0; i < 16; i++)
        view->palette[i] = attribute_color(s, i ^ flip);
}

/* ---- geometry ---- */

static uint32_t at_most(uint32_t value, uint32_t limit)
{
    return value < limit ? value : limit;
}

static void make_addressing(const struct vga_state *s, struct vga_view *view)
{
    const uint8_t *crtc = s->crtc;
    uint8_t mode = crtc[CRTC_MODE];

    view->word_mask = VGA_WORDS - 1;
    view->row_bits = ~mode & (CMODE_NO_ROW0 | CMODE_NO_ROW1);
    if (crtc[CRTC_UNDERLINE] & UNDERLINE_COUNT4)
        view->count_shift = 2;
    else if (mode & CMODE_COUNT2)
        view->count_shift = 1;
    if (crtc[CRTC_UNDERLINE] & UNDERLINE_DWORD)
        view->addressing = s->seq[SEQ_MODE] & MODE_CHAIN4 ? ADDRESS_BYTE : ADDRESS_DWORD;
    else if (mode & CMODE_BYTE)
        view->addressing = ADDRESS_BYTE;
    else
        view->addressing = mode & CMODE_WRAP15 ? ADDRESS_WORD15 : ADDRESS_WORD13;
}

static uint32_t pan_dots(const struct vga_state *s, const struct vga_view *view)
{
    uint32_t pan = s->attr[ATTR_PAN];

    if (view->kind == VIEW_TEXT && view->dots == 9)
        return pan >= 8 ? 0 : pan + 1;
    pan &= 7;
    return view->pairs ? pan / 2 : pan;
}

/* Bands in scan lines, of which there are `lines`. */
static void make_bands(const struct vga_state *s, uint32_t start, struct vga_view *view,
                       uint32_t lines, uint32_t unit)
{
    const uint8_t *crtc = s->crtc;
    uint32_t compare = crtc[CRTC_LINE_COMPARE] | (crtc[CRTC_OVERFLOW] & 0x10u) << 4 |
                       (crtc[CRTC_MAX_SCAN] & 0x40u) << 3;
    uint32_t byte_pan = crtc[CRTC_PRESET_ROW] >> 5;
    uint32_t pan = pan_dots(s, view);
    bool still = s->attr[ATTR_MODE] & AMODE_PAN_SPLIT;
    uint32_t split = at_most((compare + 1) * unit, lines);

    view->bands[0] = (struct vga_band){
        .end = split,
        .address = start + byte_pan,
        .row_scan = crtc[CRTC_PRESET_ROW] & 0x1f,
        .pan = pan,
    };
    view->bands[1] = (struct vga_band){
        .first = split,
        .end = lines,
        .address = still ? 0 : byte_pan,
        .pan = still ? 0 : pan,
    };
}

static void make_text(const struct vga_state *s, struct vga_view *view)
{
    uint8_t map = s->seq[SEQ_FONT];
    unsigned a = (map >> 2 & 3) | (map >> 3 & 4), b = (map & 3) | (map >> 2 & 4);

    view->kind = VIEW_TEXT;
    view->dots = s->seq[SEQ_CLOCKING] & CLOCKING_8DOT ? 8 : 9;
    view->columns = at_most(view->columns, SCREEN_MAX_W / view->dots);
    view->width = view->columns * view->dots;
    view->line_step = view->doubled;
    /* The high bit of a map number selects the odd 8 KB of the 16 KB that the others select. */
    view->font[0] = (b & 3) << 14 | (b & 4) << 11;
    view->font[1] = (a & 3) << 14 | (a & 4) << 11;
    view->underline = s->crtc[CRTC_UNDERLINE] & 0x1f;
    view->line_graphics = s->attr[ATTR_MODE] & AMODE_LINE_GRAPHICS;
    view->blink = s->attr[ATTR_MODE] & AMODE_BLINK;
}

static void make_graphics(const struct vga_state *s, struct vga_view *view)
{
    uint8_t mode = s->gfx[GFX_MODE];
    uint32_t lines_matter = (view->row_bits & 1) | (view->row_bits & 2);

    view->kind = VIEW_PLANES;
    view->shift = mode & GMODE_256          ? SHIFT_256
                  : mode & GMODE_INTERLEAVE ? SHIFT_INTERLEAVE
                                            : SHIFT_PLANAR;
    view->pairs = s->attr[ATTR_MODE] & AMODE_256 ? 1 : 0;
    view->width = view->columns * (view->pairs ? 4 : 8);
    view->line_step = view->doubled * (lines_matter ? 1 : view->lines_per_row);
}

static void make_vga(const struct vga_state *s, uint32_t start, struct vga_view *view)
{
    const uint8_t *crtc = s->crtc;
    uint8_t over = crtc[CRTC_OVERFLOW];
    uint32_t unit = crtc[CRTC_MODE] & CMODE_HALF_LINES ? 2 : 1;
    uint32_t lines = (crtc[CRTC_V_DISPLAY_END] | (over & 2u) << 7 | (over & 0x40u) << 3) + 1;

    lines *= unit;
    view->columns = at_most(crtc[CRTC_H_DISPLAY_END] + 1u, VIEW_COLUMNS);
    view->lines_per_row = (crtc[CRTC_MAX_SCAN] & 0x1fu) + 1;
    view->doubled = crtc[CRTC_MAX_SCAN] & 0x80 ? 2 : 1;
    view->offset = crtc[CRTC_OFFSET] * 2u;
    make_addressing(s, view);
    if (s->gfx[GFX_MISC] & GMISC_GRAPHICS)
        make_graphics(s, view);
    else
        make_text(s, view);
    view->height = lines / view->line_step;
    view->height = view->height ? view->height : 1;
    make_bands(s, start, view, lines, unit);
}

static void make_vbe(const struct vga *vga, struct vga_view *view)
{
    const struct vbe_view *vbe = &vga->vbe;

    view->width = vbe->width;
    view->height = vbe->height;
    view->line_step = 1;
    view->bpp = vbe->bpp;
    view->lines_per_row = 1;
    view->doubled = 1;
    view->word_mask = vga->vram_size / 4 - 1;
    if (vbe->bpp != 4) {
        view->kind = VIEW_PACKED;
        view->start = vbe->start;
        view->line_bytes = vbe->line_bytes;
        return;
    }
    view->kind = VIEW_PLANES;
    view->columns = vbe->width / 8;
    view->offset = vbe->line_bytes;
    view->bands[0] =
        (struct vga_band){ .end = vbe->height, .address = vbe->start, .pan = vbe->pan };
    view->bands[1] = (struct vga_band){ .first = vbe->height, .end = vbe->height };
}

static bool is_blank(const struct vga_state *s)
{
    if (!(s->attr_index & ATTR_SCREEN_ON) || (s->seq[SEQ_CLOCKING] & CLOCKING_OFF))
        return true;
    return !(s->dispi[DISPI_ENABLE] & DISPI_ENABLED) && !(s->crtc[CRTC_MODE] & CMODE_RUN);
}

void vga_view_make(const struct vga *vga, const struct vga_state *s, uint32_t start, uint64_t now,
                   struct vga_view *view)
{
    memset(view, 0, sizeof(*view)); /* views are compared as a whole */
    if (vga_vbe_enabled(vga))
        make_vbe(vga, view);
    else
        make_vga(s, start, view);
    if (is_blank(s))
        view->kind = VIEW_BLANK; /* the counters go on */
    else
        make_palette(vga, s, view, now);
}
