/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/pci/i440fx.h"
#include "devices/video/vga.h"
#include "tests/unit/video/vga_bench.h"

enum { HOST_RAM = 1 << 20, HOST_BIOS = 1 << 17, VIDEO_ROM = 1 << 16 };

bool vga_on_bench(struct bench *b, struct error *err)
{
    uint8_t *ram = board_block(b->board, "host-ram", HOST_RAM, err);
    uint8_t *bios = board_block(b->board, "bios", HOST_BIOS, err);
    uint8_t *vram = board_block(b->board, "vram", VB_VRAM, err);
    uint8_t *rom = board_block(b->board, "vgabios", VIDEO_ROM, err);
    struct pci_bus *bus;

    rom[0] = 0x55;
    return i440fx_new(b->board, ram, HOST_RAM, bios, HOST_BIOS, &bus, err) &&
           vga_new(b->board, bus, vram, VB_VRAM, rom, VIDEO_ROM, err);
}

struct vga_bench vb_new(void)
{
    struct vga_bench v = { .b = bench_new() };
    struct error err = { { 0 } };

    ck_assert_msg(vga_on_bench(v.b, &err), "%s", err.text);
    v.memory = v.b->board->memory;
    for (unsigned i = 0; i < v.b->board->block_count; i++)
        if (!strcmp(v.b->board->blocks[i].name, "vram"))
            v.vram = v.b->board->blocks[i].host;
    v.pixels = calloc((size_t)SCREEN_MAX_W * SCREEN_MAX_H, 4);
    vb_config(&v, 0x10, VB_LFB);
    vb_config(&v, 0x18, VB_MMIO);
    vb_config(&v, 0x30, VB_ROM | 1);
    vb_config(&v, 4, 3);
    return v;
}

void vb_free(struct vga_bench *v)
{
    free(v->pixels);
    bench_free(v->b);
}

void vb_out(struct vga_bench *v, uint16_t port, uint8_t value)
{
    bench_out(v->b, port, value, 1);
}

uint8_t vb_in(struct vga_bench *v, uint16_t port)
{
    return (uint8_t)bench_in(v->b, port, 1);
}

void vb_set(struct vga_bench *v, uint16_t port, uint8_t index, uint8_t value)
{
    bench_out(v->b, port, index | (uint32_t)value << 8, 2);
}

uint8_t vb_get(struct vga_bench *v, uint16_t port, uint8_t index)
{
    vb_out(v, port, index);
    return vb_in(v, (uint16_t)(port + 1));
}

void vb_attr(struct vga_bench *v, uint8_t index, uint8_t value)
{
    vb_in(v, 0x3ba);
    vb_in(v, 0x3da);
    vb_out(v, 0x3c0, index);
    vb_out(v, 0x3c0, value);
    vb_out(v, 0x3c0, 0x20);
}

void vb_dac(struct vga_bench *v, uint8_t index, uint8_t r, uint8_t g, uint8_t b)
{
    vb_out(v, 0x3c8, index);
    vb_out(v, 0x3c9, r);
    vb_out(v, 0x3c9, g);
    vb_out(v, 0x3c9, b);
}

void vb_dispi(struct vga_bench *v, uint16_t index, uint16_t value)
{
    bench_out(v->b, 0x1ce, index, 2);
    bench_out(v->b, 0x1cf, value, 2);
}

uint16_t vb_dispi_get(struct vga_bench *v, uint16_t index)
{
    bench_out(v->b, 0x1ce, index, 2);
    return (uint16_t)bench_in(v->b, 0x1cf, 2);
}

void vb_write(struct vga_bench *v, uint32_t address, uint8_t value)
{
    mem_write(v->memory, address, value, 1);
}

uint8_t vb_read(struct vga_bench *v, uint32_t address)
{
    return (uint8_t)mem_read(v->memory, address, 1);
}

uint8_t vb_plane(const struct vga_bench *v, unsigned plane, uint32_t at)
{
    return v->vram[4 * at + plane];
}

void vb_put_plane(struct vga_bench *v, unsigned plane, uint32_t at, uint8_t value)
{
    v->vram[4 * at + plane] = value;
}

static void select_config(struct vga_bench *v, uint8_t offset)
{
    bench_out(v->b, 0xcf8, 0x80001000u | offset, 4);
}

void vb_config(struct vga_bench *v, uint8_t offset, uint32_t value)
{
    select_config(v, offset);
    bench_out(v->b, 0xcfc, value, 4);
}

uint32_t vb_config_get(struct vga_bench *v, uint8_t offset)
{
    select_config(v, offset);
    return bench_in(v->b, 0xcfc, 4);
}

/* ---- modes ---- */

struct mode_values {
    uint8_t number, misc, seq[4], crtc[25], attr[20], gfx5, gfx6;
};

#define EGA_COLORS                                                                                 \
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
#define CGA_COLORS                                                                                 \
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17

static const struct mode_values modes[] = {
    { 0x03,
      0x67,
      { 0x00, 0x03, 0x00, 0x02 },
      { 0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
        0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff },
      { EGA_COLORS, 0x0c, 0x00, 0x0f, 0x08 },
      0x10,
      0x0e },
    { 0x04,
      0x63,
      { 0x09, 0x03, 0x00, 0x02 },
      { 0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0x00, 0xc1, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xa2, 0xff },
      { 0x00, 0x13, 0x15, 0x17, 0x02, 0x04, 0x06, 0x07, 0x10, 0x11,
        0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x01, 0x00, 0x03, 0x00 },
      0x30,
      0x0f },
    { 0x06,
      0x63,
      { 0x01, 0x01, 0x00, 0x06 },
      { 0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0xc1, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x00, 0x96, 0xb9, 0xc2, 0xff },
      { 0x00, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17,
        0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x01, 0x00, 0x01, 0x00 },
      0x00,
      0x0d },
    { 0x07,
      0x66,
      { 0x00, 0x03, 0x00, 0x02 },
      { 0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
        0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x0f, 0x96, 0xb9, 0xa3, 0xff },
      { 0x00, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x10, 0x18,
        0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x0e, 0x00, 0x0f, 0x08 },
      0x10,
      0x0a },
    { 0x0d,
      0x63,
      { 0x09, 0x0f, 0x00, 0x06 },
      { 0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0x00, 0xc0, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xe3, 0xff },
      { CGA_COLORS, 0x01, 0x00, 0x0f, 0x00 },
      0x00,
      0x05 },
    { 0x10,
      0xa3,
      { 0x01, 0x0f, 0x00, 0x06 },
      { 0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0x40, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x83, 0x85, 0x5d, 0x28, 0x0f, 0x63, 0xba, 0xe3, 0xff },
      { EGA_COLORS, 0x01, 0x00, 0x0f, 0x00 },
      0x00,
      0x05 },
    { 0x12,
      0xe3,
      { 0x01, 0x0f, 0x00, 0x06 },
      { 0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0x00, 0x40, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff },
      { EGA_COLORS, 0x01, 0x00, 0x0f, 0x00 },
      0x00,
      0x05 },
    { 0x13,
      0x63,
      { 0x01, 0x0f, 0x00, 0x0e },
      { 0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0x41, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff },
      { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
        0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x41, 0x00, 0x0f, 0x00 },
      0x40,
      0x05 },
};

/* Colour n is red n, green 3Fh - n, blue n ^ 15h. */
static void load_palette(struct vga_bench *v)
{
    for (unsigned i = 0; i < 256; i++)
        vb_dac(v, (uint8_t)i, i & 63, (63 - i) & 63, (i ^ 0x15) & 63);
}

/* Line n of character c is c in odd lines and n in even ones, in all eight maps. */
static void load_font(struct vga_bench *v)
{
    for (unsigned c = 0; c < 8 * 256; c++)
        for (unsigned line = 0; line < 32; line++)
            vb_put_plane(v, 2, c * 32 + line, (uint8_t)(line & 1 ? c : line));
}

void vb_mode(struct vga_bench *v, unsigned number)
{
    const struct mode_values *m = modes;
    uint16_t crtc;

    while (m->number != (number & 0xff))
        m++;
    crtc = m->misc & 1 ? 0x3d4 : 0x3b4;
    vb_dispi(v, 4, 0);
    vb_out(v, 0x3c2, m->misc);
    for (uint8_t i = 0; i < 4; i++)
        vb_set(v, 0x3c4, (uint8_t)(i + 1), m->seq[i]);
    vb_set(v, 0x3c4, 0, 3);
    vb_set(v, crtc, 0x11, 0);
    for (uint8_t i = 0; i < 25; i++)
        vb_set(v, crtc, i, m->crtc[i]);
    for (uint8_t i = 0; i < 9; i++)
        vb_set(v, 0x3ce, i,
               i == 5   ? m->gfx5
               : i == 6 ? m->gfx6
               : i == 7 ? 0x0f
               : i == 8 ? 0xff
                        : 0);
    for (uint8_t i = 0; i < 20; i++)
        vb_attr(v, i, m->attr[i]);
    vb_attr(v, 0x14, 0);
    vb_out(v, 0x3c6, 0xff);
    load_palette(v);
    memset(v->vram, 0, VB_VRAM);
    if (!(m->gfx6 & 1))
        load_font(v);
    if (number == MODE_X) {
        vb_set(v, 0x3c4, 4, 6);
        vb_set(v, 0x3d4, 0x14, 0);
        vb_set(v, 0x3d4, 0x17, 0xe3);
    }
}

void vb_vbe(struct vga_bench *v, uint16_t width, uint16_t height, uint16_t bpp)
{
    vb_mode(v, bpp == 4 ? 0x12 : 0x13);
    vb_dispi(v, 3, bpp);
    vb_dispi(v, 1, width);
    vb_dispi(v, 2, height);
    vb_dispi(v, 4, 0x41);
}

/* ---- pictures ---- */

static void keep_picture(const struct vga_bench *v)
{
    const char *dir = getenv("VGA_PICTURES");
    static unsigned number;
    char name[256];
    FILE *f;

    if (!dir)
        return;
    snprintf(name, sizeof(name), "%s/%03u.ppm", dir, number++);
    f = fopen(name, "wb");
    if (!f)
        return;
    fprintf(f, "P6 %u %u 255\n", v->mode.width, v->mode.height);
    for (unsigned i = 0; i < (unsigned)v->mode.width * v->mode.height; i++) {
        uint32_t p = v->pixels[i];
        uint8_t rgb[3] = { (uint8_t)(p >> 16), (uint8_t)(p >> 8), (uint8_t)p };

        fwrite(rgb, 1, 3, f);
    }
    fclose(f);
}

unsigned vb_draw_at(struct vga_bench *v, bool all, uint64_t now)
{
    bench_run(v->b, 40000000);
    return vb_draw_now(v, all, now);
}

unsigned vb_draw_now(struct vga_bench *v, bool all, uint64_t now)
{
    struct board *board = v->b->board;
    unsigned count;

    board->screen->mode(board->screen_ctx, &v->mode, &v->serial);
    count = board->screen->draw(board->screen_ctx, v->pixels, v->mode.width, all, now, v->rects);
    ck_assert_uint_le(count, SCREEN_RECTS);
    for (unsigned i = 0; i < count; i++) {
        const struct screen_rect *r = &v->rects[i];

        ck_assert_uint_gt(r->w, 0);
        ck_assert_uint_gt(r->h, 0);
        ck_assert_uint_le(r->x + r->w, v->mode.width);
        ck_assert_uint_le(r->y + r->h, v->mode.height);
    }
    keep_picture(v);
    return count;
}

unsigned vb_draw(struct vga_bench *v, bool all)
{
    return vb_draw_at(v, all, 0);
}

uint32_t vb_pixel(const struct vga_bench *v, unsigned x, unsigned y)
{
    ck_assert_uint_lt(x, v->mode.width);
    ck_assert_uint_lt(y, v->mode.height);
    return v->pixels[(size_t)y * v->mode.width + x];
}
