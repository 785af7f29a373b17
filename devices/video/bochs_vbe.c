/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dispi extension: high resolutions by eleven 16-bit registers (index 1CEh, data 1CFh or, word
 * aligned, 1D0h), and the memory-mapped page behind BAR 2 with the monitor's EDID, the VGA ports
 * and these registers again.
 * Sources: Bochs' "VBE DISPI" interface description, ids B0C0h-B0C5h; VESA E-EDID standard 1.3.
 *
 * An id from B0C0h to B0C5h says which registers the guest knows; as in Bochs, an older one
 * switches nothing off.  Resolutions end at SCREEN_MAX_W x SCREEN_MAX_H.  When a mode is switched
 * on, the memory path is put into the state that the mode needs (packed or planar, write mode 0,
 * all planes, A0000h of 64 KB).  The linear frame buffer is BAR 0, there in every mode; bit 6 of
 * the enable register is only remembered.
 */
#include <string.h>

#include "devices/video/vga_chip.h"

enum { ID_FIRST = 0xb0c0, ID_LAST = 0xb0c5 };
enum { ENABLE_MASK = 0xe3 };

/* ---- geometry ---- */

static unsigned known_depth(unsigned bpp)
{
    static const uint8_t depths[] = { 4, 8, 15, 16, 24, 32 };

    for (unsigned i = 0; i < sizeof(depths); i++)
        if (bpp == depths[i])
            return bpp;
    return 8;
}

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Video memory in units of line_bytes: words in planar modes. */
static uint32_t memory_units(const struct vga *vga)
{
    return vga->vbe.bpp == 4 ? vga->vram_size / 4 : vga->vram_size;
}

/* The registers then say what is really shown. */
void vbe_update(struct vga *vga)
{
    struct vbe_view *v = &vga->vbe;
    uint16_t *r = vga->s.dispi;
    uint32_t unit;

    memset(v, 0, sizeof(*v));
    if (!vga_vbe_enabled(vga))
        return;
    v->bpp = known_depth(r[DISPI_BPP]);
    v->width = clamp(r[DISPI_XRES] & ~7u, 8, SCREEN_MAX_W);
    v->virt_width = clamp(r[DISPI_VIRT_WIDTH] & ~7u, v->width, 0xfff8);
    unit = v->bpp == 4 ? 0 : (v->bpp + 7) / 8;
    v->line_bytes = unit ? v->virt_width * unit : v->virt_width / 8;
    v->height = clamp(r[DISPI_YRES], 1, SCREEN_MAX_H);
    v->height = clamp(v->height, 1, memory_units(vga) / v->line_bytes);
    v->start = r[DISPI_Y_OFFSET] * v->line_bytes;
    v->start += unit ? r[DISPI_X_OFFSET] * unit : r[DISPI_X_OFFSET] / 8u;
    v->start &= memory_units(vga) - 1;
    v->pan = unit ? 0 : r[DISPI_X_OFFSET] & 7;
    r[DISPI_BPP] = (uint16_t)v->bpp;
    r[DISPI_XRES] = (uint16_t)v->width;
    r[DISPI_YRES] = (uint16_t)v->height;
    r[DISPI_VIRT_WIDTH] = (uint16_t)v->virt_width;
}

static uint16_t virtual_height(const struct vga *vga)
{
    if (!vga_vbe_enabled(vga))
        return vga->s.dispi[DISPI_YRES];
    return (uint16_t)clamp(memory_units(vga) / vga->vbe.line_bytes, 1, 0xffff);
}

/* ---- registers ---- */

/* What the memory path needs to be for this depth. */
static void prepare_path(struct vga *vga)
{
    struct vga_state *s = &vga->s;
    bool planar = known_depth(s->dispi[DISPI_BPP]) == 4;

    s->seq[SEQ_MAP_MASK] = 0x0f;
    s->seq[SEQ_MODE] = planar ? 0x06 : 0x0e;
    s->gfx[GFX_ENABLE_SET_RESET] = 0;
    s->gfx[GFX_FUNCTION] = 0;
    s->gfx[GFX_MODE] = planar ? 0 : GMODE_256;
    s->gfx[GFX_MISC] = 0x05;
    s->gfx[GFX_BIT_MASK] = 0xff;
}

static void clear_picture(struct vga *vga)
{
    uint32_t bytes = vga->vbe.line_bytes * vga->vbe.height * (vga->vbe.bpp == 4 ? 4 : 1);

    memset(vga->vram, 0, bytes);
}

static void write_enable(struct vga *vga, uint16_t value)
{
    uint16_t *r = vga->s.dispi;
    bool was = vga_vbe_enabled(vga);

    r[DISPI_ENABLE] = value & ENABLE_MASK;
    vga_raster_forget(vga); /* 8 bits a colour, or another picture altogether */
    if (was == vga_vbe_enabled(vga))
        return;
    r[DISPI_BANK] = 0;
    if (!was) {
        r[DISPI_VIRT_WIDTH] = 0; /* as wide as the screen */
        r[DISPI_X_OFFSET] = 0;
        r[DISPI_Y_OFFSET] = 0;
        prepare_path(vga);
    }
    vga_update(vga);
    if (!was && !(value & DISPI_NOCLEARMEM))
        clear_picture(vga);
}

static void write_bank(struct vga *vga, uint16_t value)
{
    uint32_t banks = vga->vram_size >> (vga->s.dispi[DISPI_BPP] == 4 ? 18 : 16);

    vga->s.dispi[DISPI_BANK] = (uint16_t)(value & (banks - 1));
    vga_memory_update(vga);
}

/* Refused while a mode is on, and if there is no such size or depth; 0 bits are 8. */
static void write_size(struct vga *vga, unsigned index, uint16_t value)
{
    bool good;

    if (index == DISPI_BPP) {
        value = value ? value : 8;
        good = known_depth(value) == value;
    } else {
        good = value <= (index == DISPI_XRES ? SCREEN_MAX_W : SCREEN_MAX_H);
    }
    if (good && !vga_vbe_enabled(vga))
        vga->s.dispi[index] = value;
}

void vbe_write(struct vga *vga, unsigned index, uint16_t value)
{
    uint16_t *r = vga->s.dispi;

    trace(&vga->pci.dev, TRACE_IO, "dispi %x = %04x", index, value);
    switch (index) {
    case DISPI_ID:
        if (value >= ID_FIRST && value <= ID_LAST)
            r[DISPI_ID] = value;
        return;
    case DISPI_ENABLE:
        write_enable(vga, value);
        return;
    case DISPI_BANK:
        write_bank(vga, value);
        return;
    case DISPI_XRES:
    case DISPI_YRES:
    case DISPI_BPP:
        write_size(vga, index, value);
        return;
    case DISPI_VIRT_WIDTH:
    case DISPI_X_OFFSET:
    case DISPI_Y_OFFSET:
        r[index] = value;
        break;
    default:
        return;
    }
    if (vga_vbe_enabled(vga))
        vga_update(vga);
}

uint16_t vbe_read(struct vga *vga, unsigned index)
{
    const uint16_t *r = vga->s.dispi;
    bool caps = r[DISPI_ENABLE] & DISPI_GETCAPS;

    switch (index) {
    case DISPI_XRES:
        return caps ? SCREEN_MAX_W : r[index];
    case DISPI_YRES:
        return caps ? SCREEN_MAX_H : r[index];
    case DISPI_BPP:
        return caps ? 32 : r[index];
    case DISPI_VIRT_HEIGHT:
        return virtual_height(vga);
    case DISPI_MEMORY_64K:
        return (uint16_t)(vga->vram_size >> 16);
    }
    return index < DISPI_COUNT ? r[index] : 0;
}

uint32_t vbe_port_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct vga *vga = (struct vga *)dev;

    (void)size;
    return offset == 0 ? vga->s.dispi_index : vbe_read(vga, vga->s.dispi_index);
}

void vbe_port_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct vga *vga = (struct vga *)dev;

    (void)size;
    if (offset == 0)
        vga->s.dispi_index = (uint16_t)value;
    else
        vbe_write(vga, vga->s.dispi_index, (uint16_t)value);
}

/* ---- BAR 2 ---- */

enum { MMIO_EDID_END = 0x80, MMIO_VGA = 0x400, MMIO_VGA_END = 0x420 };
enum { MMIO_DISPI = 0x500, MMIO_DISPI_END = MMIO_DISPI + 2 * DISPI_COUNT };

static bool in_dispi(uint32_t offset)
{
    return offset >= MMIO_DISPI && offset < MMIO_DISPI_END;
}

static uint8_t mmio_read_byte(struct vga *vga, uint32_t offset)
{
    if (offset < MMIO_EDID_END)
        return vga->edid[offset];
    if (offset >= MMIO_VGA && offset < MMIO_VGA_END)
        return vga_port_read(vga, (uint16_t)(0x3c0 + offset - MMIO_VGA));
    if (in_dispi(offset))
        return (uint8_t)(vbe_read(vga, (offset - MMIO_DISPI) / 2) >> (8 * (offset & 1)));
    return 0;
}

static uint32_t mmio_read(void *ctx, uint32_t offset, unsigned size)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)mmio_read_byte(ctx, offset + i) << (8 * i);
    return value;
}

/* The dispi registers take whole words only. */
static void mmio_write(void *ctx, uint32_t offset, uint32_t value, unsigned size)
{
    struct vga *vga = ctx;

    for (unsigned i = 0; i < size; i++) {
        uint32_t at = offset + i;

        if (at >= MMIO_VGA && at < MMIO_VGA_END)
            vga_port_write(vga, (uint16_t)(0x3c0 + at - MMIO_VGA), (uint8_t)(value >> (8 * i)));
        else if (in_dispi(at) && !(at & 1) && i + 1 < size)
            vbe_write(vga, (at - MMIO_DISPI) / 2, (uint16_t)(value >> (8 * i)));
    }
}

const struct mem_ops vga_mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .sizes = 1 | 2 | 4,
};

/* ---- EDID ---- */

/* A colour tube of 4:3 that likes 1024 x 768 best. */
void vga_edid_make(uint8_t edid[128])
{
    static const uint8_t block[127] = {
        0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x0b, 0x27, 0x01, 0x00, 0x01, 0x00, 0x00,
        0x00,                         /* BYG, product 1, serial 1 */
        0x01, 0x06, 0x01, 0x03,       /* week 1 of 1996, EDID 1.3 */
        0x08, 0x20, 0x18, 0x78, 0x2a, /* analogue, 32 x 24 cm, gamma 2.2, RGB */
        0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54, /* sRGB primaries */
        0xbf, 0xef, 0x80, /* established timings: all of VGA to 1280 x 1024 */
        0x81, 0x40,       /* 1280 x 960 at 60 Hz */
        0xa9, 0x40,       /* 1600 x 1200 at 60 Hz */
        0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
        /* 65 MHz: 1024 + 320 (24, 136), 768 + 38 (3, 6), 320 x 240 mm, both syncs negative */
        0x64, 0x19, 0x00, 0x40, 0x41, 0x00, 0x26, 0x30, 0x18, 0x88, 0x36, 0x00, 0x40, 0xf0, 0x10,
        0x00, 0x00, 0x18,
        /* 50-160 Hz, 30-100 kHz, 230 MHz */
        0x00, 0x00, 0x00, 0xfd, 0x00, 50, 160, 30, 100, 23, 0x00, 0x0a, ' ', ' ', ' ', ' ', ' ',
        ' ',
        /* name */
        0x00, 0x00, 0x00, 0xfc, 0x00, 'B', 'y', 'g', 'o', 'n', 'e', '\n', ' ', ' ', ' ', ' ', ' ',
        ' ',
        /* no fourth descriptor */
        0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00 /* no extension */
    };
    uint8_t sum = 0;

    memcpy(edid, block, sizeof(block));
    for (unsigned i = 0; i < sizeof(block); i++)
        sum = (uint8_t)(sum + block[i]);
    edid[127] = (uint8_t)-sum;
}
