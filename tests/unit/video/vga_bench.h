/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_VIDEO_VGA_BENCH_H
#define TESTS_UNIT_VIDEO_VGA_BENCH_H

/*
 * A display adapter on the bench, with the register values the video BIOS sets for its modes.  Set
 * VGA_PICTURES to a directory to keep every picture a test has drawn there (as PPM).
 */

#include "core/screen.h"
#include "tests/generic.h"

enum { VB_VRAM = 1 << 20, VB_LFB = 0xe0000000u, VB_MMIO = 0xe1000000u, VB_ROM = 0xe1100000u };
enum { MODE_X = 0x113 };

struct vga_bench {
    struct bench *b;
    struct memory *memory;
    uint8_t *vram;
    uint32_t *pixels; /* SCREEN_MAX_W * SCREEN_MAX_H */
    struct screen_mode mode;
    uint32_t serial;
    struct screen_rect rects[SCREEN_RECTS];
};

/* Puts bridge and adapter on a bench; used by chip_vga too. */
bool vga_on_bench(struct bench *b, struct error *err);

struct vga_bench vb_new(void);
void vb_free(struct vga_bench *v);

void vb_out(struct vga_bench *v, uint16_t port, uint8_t value);
uint8_t vb_in(struct vga_bench *v, uint16_t port);
/* Index and data. */
void vb_set(struct vga_bench *v, uint16_t port, uint8_t index, uint8_t value);
uint8_t vb_get(struct vga_bench *v, uint16_t port, uint8_t index);
void vb_attr(struct vga_bench *v, uint8_t index, uint8_t value);
void vb_dac(struct vga_bench *v, uint8_t index, uint8_t r, uint8_t g, uint8_t b);
void vb_dispi(struct vga_bench *v, uint16_t index, uint16_t value);
uint16_t vb_dispi_get(struct vga_bench *v, uint16_t index);
void vb_write(struct vga_bench *v, uint32_t address, uint8_t value);
uint8_t vb_read(struct vga_bench *v, uint32_t address);
/* A byte of one plane at an address inside the planes. */
uint8_t vb_plane(const struct vga_bench *v, unsigned plane, uint32_t at);
void vb_put_plane(struct vga_bench *v, unsigned plane, uint32_t at, uint8_t value);
void vb_config(struct vga_bench *v, uint8_t offset, uint32_t value);
uint32_t vb_config_get(struct vga_bench *v, uint8_t offset);

/* A BIOS mode number or MODE_X; clears video memory, loads a palette and, for text, a font. */
void vb_mode(struct vga_bench *v, unsigned number);
void vb_vbe(struct vga_bench *v, uint16_t width, uint16_t height, uint16_t bpp);
/* Lets two frames pass, asks for the mode and draws; returns the number of rectangles.  `now` is
 * for what blinks. */
unsigned vb_draw(struct vga_bench *v, bool all);
unsigned vb_draw_at(struct vga_bench *v, bool all, uint64_t now);
/* The same without letting time pass. */
unsigned vb_draw_now(struct vga_bench *v, bool all, uint64_t now);
uint32_t vb_pixel(const struct vga_bench *v, unsigned x, unsigned y);

#endif
