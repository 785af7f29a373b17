/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_VIDEO_VGA_CHIP_H
#define DEVICES_VIDEO_VGA_CHIP_H

/*
 * What the files of the display adapter share: register names, state, and what is derived from the
 * state.  Nothing outside devices/video includes this.
 *
 * Video memory is an array of 32-bit words, byte n of a word being plane n.  The CPU's chain-4
 * address is the byte address in that array, as on later SVGA chips (the original VGA left three of
 * four addresses of a plane unused); words are little-endian in the host too.
 */

#include "core/device.h"
#include "core/screen.h"
#include "devices/pci/pci.h"

enum { SEQ_RESET, SEQ_CLOCKING, SEQ_MAP_MASK, SEQ_FONT, SEQ_MODE, SEQ_COUNT };
enum { CLOCKING_8DOT = 0x01, CLOCKING_HALF = 0x08, CLOCKING_OFF = 0x20 };
enum { MODE_SEQUENTIAL = 0x04, MODE_CHAIN4 = 0x08 };

enum {
    GFX_SET_RESET,
    GFX_ENABLE_SET_RESET,
    GFX_COMPARE,
    GFX_FUNCTION,
    GFX_READ_MAP,
    GFX_MODE,
    GFX_MISC,
    GFX_DONT_CARE,
    GFX_BIT_MASK,
    GFX_COUNT
};
enum { GMODE_WRITE = 0x03, GMODE_COMPARE = 0x08, GMODE_ODD_EVEN = 0x10 };
enum { GMODE_INTERLEAVE = 0x20, GMODE_256 = 0x40 };
enum { GMISC_GRAPHICS = 0x01, GMISC_CHAIN = 0x02, GMISC_MAP = 0x0c };

enum {
    CRTC_H_TOTAL,
    CRTC_H_DISPLAY_END,
    CRTC_OVERFLOW = 0x07,
    CRTC_PRESET_ROW,
    CRTC_MAX_SCAN,
    CRTC_CURSOR_START,
    CRTC_CURSOR_END,
    CRTC_START_HIGH,
    CRTC_START_LOW,
    CRTC_CURSOR_HIGH,
    CRTC_CURSOR_LOW,
    CRTC_V_RETRACE_START,
    CRTC_V_RETRACE_END,
    CRTC_V_DISPLAY_END,
    CRTC_OFFSET,
    CRTC_UNDERLINE,
    CRTC_V_BLANK_START,
    CRTC_V_BLANK_END,
    CRTC_MODE,
    CRTC_LINE_COMPARE,
    CRTC_V_TOTAL = 0x06,
    CRTC_COUNT = 0x19
};
enum { VRE_NOT_CLEAR = 0x10, VRE_PROTECT = 0x80 };
enum { CMODE_NO_ROW0 = 0x01, CMODE_NO_ROW1 = 0x02, CMODE_HALF_LINES = 0x04, CMODE_COUNT2 = 0x08 };
enum { CMODE_WRAP15 = 0x20, CMODE_BYTE = 0x40, CMODE_RUN = 0x80 };
enum { UNDERLINE_COUNT4 = 0x20, UNDERLINE_DWORD = 0x40 };

enum { ATTR_MODE = 0x10, ATTR_OVERSCAN, ATTR_PLANES, ATTR_PAN, ATTR_COLOR_SELECT, ATTR_COUNT };
enum { AMODE_LINE_GRAPHICS = 0x04, AMODE_BLINK = 0x08, AMODE_PAN_SPLIT = 0x20 };
enum { AMODE_256 = 0x40, AMODE_P54S = 0x80, ATTR_SCREEN_ON = 0x20 };

enum { MISC_COLOR = 0x01, MISC_RAM = 0x02, MISC_CLOCK = 0x0c, MISC_PAGE = 0x20 };

enum {
    DISPI_ID,
    DISPI_XRES,
    DISPI_YRES,
    DISPI_BPP,
    DISPI_ENABLE,
    DISPI_BANK,
    DISPI_VIRT_WIDTH,
    DISPI_VIRT_HEIGHT,
    DISPI_X_OFFSET,
    DISPI_Y_OFFSET,
    DISPI_MEMORY_64K,
    DISPI_COUNT
};
enum {
    DISPI_ENABLED = 0x01,
    DISPI_GETCAPS = 0x02,
    DISPI_8BIT_DAC = 0x20,
    DISPI_LFB = 0x40,
    DISPI_NOCLEARMEM = 0x80,
};

#define VGA_WORDS  0x10000u /* words of a plain VGA: 256 KB */
#define VGA_WINDOW 0xa0000u

/* How often A0000h may be mapped and unmapped in a burst; a millisecond gives one more. */
#define VGA_WINDOW_TOKENS 64

/* How the CPU's address becomes a word of video memory. */
enum vga_path { PATH_NONE, PATH_PLAIN, PATH_CHAIN4, PATH_ODD_EVEN, PATH_SEQUENTIAL };

/* Registers of the memory path, spread to 32 bits; from vga_memory_update(). */
struct vga_access {
    enum vga_path write_path, read_path;
    uint32_t base, size;     /* of the window inside A0000-BFFFF */
    uint32_t bank;           /* added to the offset */
    uint32_t word_mask;      /* of word indices */
    uint32_t replace, fixed; /* odd/even: address bits that are replaced, and by what */
    bool replace_a16;        /* ... or by A16 */
    bool unchanged;          /* bytes pass the graphics controller as they are */
    unsigned write_mode, rotate, function;
    bool compare;
    uint32_t map_mask, bit_mask, set_reset, enable_set_reset, compare_color, care, read_plane;
};

/* The beam, in dots of `hz` from the upper left corner of the picture. */
struct vga_timing {
    uint32_t hz;
    uint32_t line_dots, frame_dots;
    uint32_t display_dots;               /* visible part of a line */
    uint32_t display_end;                /* first dot after the last visible line */
    uint32_t retrace_start, retrace_end; /* equal: there is none */
};

/* Effective geometry of the dispi extension, clamped; from vbe_update(). */
struct vbe_view {
    uint32_t width, height, bpp;
    uint32_t line_bytes; /* for 4 bits: words */
    uint32_t start, pan; /* of the upper left corner: bytes, or words and dots for 4 bits */
    uint32_t virt_width;
};

struct vga_shadow;
struct vga_raster;
struct vga_log;

/* Where the beam is: the dot at which its frame began, counted from the epoch, and the dot in it.
 */
struct vga_beam {
    uint64_t frame;
    uint32_t dot;
};

struct vga_state {
    uint64_t frame_epoch; /* virtual time at which the beam started with the present timing */
    uint64_t retrace_due; /* the vertical interrupt flag shows from then on ... */
    uint32_t latch;
    uint16_t dispi[16];
    uint16_t dispi_index;
    uint8_t dac_address;
    uint8_t dac_cycle; /* 0 red, 1 green, 2 blue */
    uint8_t dac_state; /* as port 3C7h shows it: 0 writing, 3 reading */
    uint8_t dac_mask;
    uint8_t dac_hold[3];
    uint8_t retrace_armed; /* ... if this is 1 */
    uint8_t seq_index, gfx_index, crtc_index;
    uint8_t hidden_index; /* of the CRTC, written at the address that is not selected */
    uint8_t hidden_open;  /* 1: a mode is being set through that address */
    uint8_t attr_index;   /* with bit 5, screen on */
    uint8_t attr_data;    /* the flip-flop: next write to 3C0h is data */
    uint8_t misc, feature, enable;
    uint8_t seq[8], gfx[16], crtc[32], attr[32];
    uint8_t dac[768];
    uint8_t config[256];
};

struct vga {
    struct pci_device pci; /* first member */
    uint8_t *vram;
    uint32_t vram_size, rom_size;
    struct mem_region *legacy; /* A0000-BFFFF by handlers */
    struct mem_region *window; /* A0000-AFFFF as plain RAM */
    struct mem_region *lfb, *mmio, *rom;
    struct vga_access access;
    struct vga_timing timing;
    struct vbe_view vbe;
    uint64_t frame_base;    /* dots at the start of some frame not later than now (a cache) */
    bool window_on;         /* window is mapped ... */
    uint32_t window_offset; /* ... over this byte of video memory */
    unsigned window_tokens; /* mappings allowed before time has to pass */
    uint64_t window_time;   /* when a token was given last */
    struct vga_shadow *shadow;
    struct vga_raster *raster;
    uint8_t edid[128];
    struct vga_state s;
};

static inline bool vga_vbe_enabled(const struct vga *vga)
{
    return vga->s.dispi[DISPI_ENABLE] & DISPI_ENABLED;
}

static inline uint32_t vga_word(const struct vga *vga, uint32_t index)
{
    return ((const uint32_t *)vga->vram)[index];
}

static inline uint64_t vga_now(const struct vga *vga)
{
    return vclock_now(vga->pci.dev.board->clock);
}

/* A bit for each plane becomes a byte of ones for each. */
static inline uint32_t vga_spread(unsigned planes)
{
    return ((planes & 1) | (planes & 2) << 7 | (planes & 4) << 14 | (planes & 8) << 21) * 0xffu;
}

/* vga.c: register access by port number, also for the PCI function's memory-mapped registers. */
uint8_t vga_port_read(struct vga *vga, uint16_t port);
void vga_port_write(struct vga *vga, uint16_t port, uint8_t value);
/* Everything that is derived from registers. */
void vga_update(struct vga *vga);

/* vga_memory.c */
extern const struct mem_ops vga_memory_ops;
void vga_memory_update(struct vga *vga);
/* Maps A0000h as RAM again if a burst of mode changes kept it from that. */
void vga_memory_settle(struct vga *vga);

/* vga_timing.c */
void vga_timing_compute(const struct vga *vga, struct vga_timing *timing);
void vga_timing_update(struct vga *vga); /* a change starts a new frame now */
struct vga_beam vga_beam_at(struct vga *vga, uint64_t now);
uint8_t vga_status0(struct vga *vga);
uint8_t vga_status1(struct vga *vga);
void vga_retrace_arm(struct vga *vga);
uint64_t vga_next_retrace(void *ctx, uint64_t now);
uint64_t vga_frame_ns(const struct vga *vga); /* never 0 */

/* vga_raster.c: changes of registers in mid-frame */
enum vga_file { FILE_DAC, FILE_DAC_MASK, FILE_ATTR, FILE_ATTR_INDEX, FILE_SEQ, FILE_CRTC };
struct vga_raster *vga_raster_new(void);
void vga_raster_free(struct vga_raster *raster);
/* Before a register that alters the picture changes: its new value (of a colour: 18 or 24 bits). */
void vga_raster_note(struct vga *vga, enum vga_file file, uint8_t index, uint32_t value);
/* The picture becomes another one: what was noted says nothing about it. */
void vga_raster_forget(struct vga *vga);

/* bochs_vbe.c */
uint16_t vbe_read(struct vga *vga, unsigned index);
void vbe_write(struct vga *vga, unsigned index, uint16_t value);
void vbe_update(struct vga *vga);
uint32_t vbe_port_read(struct device *dev, uint32_t offset, unsigned size);
void vbe_port_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size);
void vga_edid_make(uint8_t edid[128]);
extern const struct mem_ops vga_mmio_ops;

/* vga_draw.c */
extern const struct screen_ops vga_screen_ops;
struct vga_shadow *vga_shadow_new(void);
void vga_shadow_free(struct vga_shadow *shadow);
void vga_shadow_invalidate(struct vga_shadow *shadow);

#endif
