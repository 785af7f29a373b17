/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VGA: what the CPU sees at A0000-BFFFF: latches, write modes, read modes, and the three ways from
 * an address to a word of video memory (sequential, odd/even, chain-4).
 * Source: IBM PS/2 Hardware Interface Technical Reference, "Graphics Controller Registers".
 *
 * While chain-4 writes go through unchanged (mode 13h, packed SVGA modes in banks), A0000-AFFFF is
 * mapped as RAM and no handler runs; such accesses do not load the latches, mapped or not.  The map
 * changes only when that property does, and not more often than VGA_WINDOW_TOKENS times in a burst.
 */
#include "devices/video/vga_chip.h"

enum { TOKEN_NS = 1000000 };

/* ---- derived values ---- */

/* Does a byte that is written pass the graphics controller unchanged? */
static bool passes_unchanged(const struct vga_state *s)
{
    return !s->gfx[GFX_ENABLE_SET_RESET] && !s->gfx[GFX_FUNCTION] &&
           !(s->gfx[GFX_MODE] & GMODE_WRITE) && s->gfx[GFX_BIT_MASK] == 0xff;
}

static void choose_paths(const struct vga *vga, struct vga_access *a)
{
    const struct vga_state *s = &vga->s;

    if (!(s->misc & MISC_RAM)) {
        a->write_path = a->read_path = PATH_NONE;
        a->size = 0;
    } else if (s->seq[SEQ_MODE] & MODE_CHAIN4) {
        bool plain =
            a->unchanged && s->seq[SEQ_MAP_MASK] == 0x0f && !(s->gfx[GFX_MODE] & GMODE_COMPARE);

        a->write_path = a->read_path = plain ? PATH_PLAIN : PATH_CHAIN4;
    } else {
        a->write_path = s->seq[SEQ_MODE] & MODE_SEQUENTIAL ? PATH_SEQUENTIAL : PATH_ODD_EVEN;
        a->read_path = s->gfx[GFX_MODE] & GMODE_ODD_EVEN ? PATH_ODD_EVEN : PATH_SEQUENTIAL;
    }
}

/* In odd/even mode A0 selects the plane; its place in the address is taken by A16 if the window is
 * 128 KB, else by the page bit of the miscellaneous output register (set: the even page). */
static void choose_replacement(const struct vga *vga, struct vga_access *a)
{
    bool chain = vga->s.gfx[GFX_MISC] & GMISC_CHAIN;

    a->replace = chain ? 1 : 0;
    a->replace_a16 = chain && a->size == 0x20000;
    a->fixed = chain && !a->replace_a16 && !(vga->s.misc & MISC_PAGE) ? 1 : 0;
}

static void compute(const struct vga *vga, struct vga_access *a)
{
    static const struct {
        uint32_t base, size;
    } maps[4] = { { 0, 0x20000 }, { 0, 0x10000 }, { 0x10000, 0x8000 }, { 0x18000, 0x8000 } };
    const uint8_t *gfx = vga->s.gfx;
    unsigned map = (gfx[GFX_MISC] & GMISC_MAP) >> 2;

    a->base = maps[map].base;
    a->size = maps[map].size;
    a->unchanged = passes_unchanged(&vga->s);
    choose_paths(vga, a);
    choose_replacement(vga, a);
    a->bank = vga_vbe_enabled(vga) ? (uint32_t)vga->s.dispi[DISPI_BANK] << 16 : 0;
    a->word_mask = (vga_vbe_enabled(vga) ? vga->vram_size / 4 : VGA_WORDS) - 1;
    a->write_mode = gfx[GFX_MODE] & GMODE_WRITE;
    a->rotate = gfx[GFX_FUNCTION] & 7;
    a->function = gfx[GFX_FUNCTION] >> 3;
    a->compare = gfx[GFX_MODE] & GMODE_COMPARE;
    a->map_mask = vga_spread(vga->s.seq[SEQ_MAP_MASK]);
    a->bit_mask = gfx[GFX_BIT_MASK] * 0x01010101u;
    a->set_reset = vga_spread(gfx[GFX_SET_RESET]);
    a->enable_set_reset = vga_spread(gfx[GFX_ENABLE_SET_RESET]);
    a->compare_color = vga_spread(gfx[GFX_COMPARE]);
    a->care = vga_spread(gfx[GFX_DONT_CARE]);
    a->read_plane = gfx[GFX_READ_MAP];
}

/* ---- the window as RAM ---- */

static bool take_token(struct vga *vga)
{
    uint64_t now = vga_now(vga);
    uint64_t given = now > vga->window_time ? (now - vga->window_time) / TOKEN_NS : 0;

    if (given) {
        vga->window_time = now;
        vga->window_tokens += given < VGA_WINDOW_TOKENS ? (unsigned)given : VGA_WINDOW_TOKENS;
        if (vga->window_tokens > VGA_WINDOW_TOKENS)
            vga->window_tokens = VGA_WINDOW_TOKENS;
    }
    if (!vga->window_tokens)
        return false;
    vga->window_tokens--;
    return true;
}

void vga_memory_settle(struct vga *vga)
{
    const struct vga_access *a = &vga->access;
    bool plain = a->write_path == PATH_PLAIN && a->base == 0 && a->size == 0x10000;
    uint32_t offset = a->bank & (vga->vram_size - 1) & (a->word_mask * 4 | 3);

    if (plain == vga->window_on && (!plain || offset == vga->window_offset))
        return;
    if (plain && !take_token(vga))
        plain = false;
    if (plain == vga->window_on && !plain)
        return;
    mem_begin(vga->pci.dev.board->memory);
    if (plain && offset != vga->window_offset)
        mem_set_backing(vga->window, MEM_RAM, vga->vram + offset, NULL);
    mem_move(vga->window, VGA_WINDOW, plain);
    mem_end(vga->pci.dev.board->memory);
    vga->window_on = plain;
    if (plain)
        vga->window_offset = offset;
}

void vga_memory_update(struct vga *vga)
{
    compute(vga, &vga->access);
    vga_memory_settle(vga);
}

/* ---- words ---- */

static inline uint32_t *word_at(struct vga *vga, uint32_t index)
{
    return (uint32_t *)vga->vram + (index & vga->access.word_mask);
}

/* Offset in the window, bank included, to a word index in odd/even mode. */
static inline uint32_t odd_even_index(const struct vga_access *a, uint32_t offset)
{
    uint32_t low = a->replace_a16 ? offset >> 16 & 1 : a->fixed;

    return (offset & ~a->replace) | (a->replace ? low : 0);
}

static inline uint32_t rotate_right(uint8_t value, unsigned by)
{
    return (uint8_t)(value >> by | value << (8 - by)) * 0x01010101u;
}

/* What the four planes get for one byte from the CPU. */
static inline uint32_t combine(const struct vga_access *a, uint32_t latch, uint8_t byte)
{
    uint32_t value, mask = a->bit_mask;

    if (a->unchanged)
        return byte * 0x01010101u;
    switch (a->write_mode) {
    case 0:
        value = rotate_right(byte, a->rotate);
        value = (value & ~a->enable_set_reset) | (a->set_reset & a->enable_set_reset);
        break;
    case 1:
        return latch;
    case 2:
        value = vga_spread(byte & 15);
        break;
    default:
        value = a->set_reset;
        mask &= rotate_right(byte, a->rotate);
        break;
    }
    if (a->function == 1)
        value &= latch;
    else if (a->function == 2)
        value |= latch;
    else if (a->function == 3)
        value ^= latch;
    return (value & mask) | (latch & ~mask);
}

static inline void store(uint32_t *word, uint32_t value, uint32_t planes)
{
    *word = (*word & ~planes) | (value & planes);
}

/* ---- the handlers ---- */

/* Is all of an access inside the window?  Then *offset becomes what the paths count from. */
static inline bool inside(const struct vga_access *a, uint32_t *offset, unsigned size)
{
    *offset -= a->base;
    if (*offset >= a->size || size > a->size - *offset)
        return false;
    *offset += a->bank;
    return true;
}

static void memory_write(void *ctx, uint32_t offset, uint32_t value, unsigned size)
{
    struct vga *vga = ctx;
    const struct vga_access *a = &vga->access;
    uint32_t at = offset, latch = vga->s.latch;

    if (!inside(a, &at, size)) {
        for (unsigned i = 0; size > 1 && i < size; i++)
            memory_write(ctx, offset + i, value >> (8 * i), 1);
        return;
    }
    switch (a->write_path) {
    case PATH_PLAIN:
        for (unsigned i = 0; i < size; i++, at++, value >>= 8)
            vga->vram[at & (a->word_mask * 4 | 3)] = (uint8_t)value;
        break;
    case PATH_CHAIN4:
        for (unsigned i = 0; i < size; i++, at++, value >>= 8)
            store(word_at(vga, at >> 2), combine(a, latch, (uint8_t)value),
                  a->map_mask & (0xffu << (8 * (at & 3))));
        break;
    case PATH_ODD_EVEN:
        for (unsigned i = 0; i < size; i++, at++, value >>= 8)
            store(word_at(vga, odd_even_index(a, at)), combine(a, latch, (uint8_t)value),
                  a->map_mask & (at & 1 ? 0xff00ff00u : 0x00ff00ffu));
        break;
    default:
        for (unsigned i = 0; i < size; i++, at++, value >>= 8)
            store(word_at(vga, at), combine(a, latch, (uint8_t)value), a->map_mask);
        break;
    }
}

/* Read mode 1: a bit is set where the colour of that dot is the one compared with. */
static inline uint8_t compare(const struct vga_access *a, uint32_t latch)
{
    uint32_t differs = (latch ^ a->compare_color) & a->care;

    differs |= differs >> 16;
    return (uint8_t) ~(differs | differs >> 8);
}

/* Loads the latches, except where the window may be mapped as RAM. */
static inline uint8_t read_byte(struct vga *vga, uint32_t at)
{
    const struct vga_access *a = &vga->access;
    uint32_t plane = a->read_plane;

    switch (a->read_path) {
    case PATH_PLAIN:
        return vga->vram[at & (a->word_mask * 4 | 3)];
    case PATH_CHAIN4:
        vga->s.latch = *word_at(vga, at >> 2);
        plane = at & 3;
        break;
    case PATH_ODD_EVEN:
        vga->s.latch = *word_at(vga, odd_even_index(a, at));
        plane = (plane & 2) | (at & 1);
        break;
    default:
        vga->s.latch = *word_at(vga, at);
        break;
    }
    return a->compare ? compare(a, vga->s.latch) : (uint8_t)(vga->s.latch >> (8 * plane));
}

static uint32_t memory_read(void *ctx, uint32_t offset, unsigned size)
{
    struct vga *vga = ctx;
    uint32_t at = offset, value = 0;

    if (!inside(&vga->access, &at, size)) {
        if (size == 1)
            return 0xff;
        for (unsigned i = 0; i < size; i++)
            value |= memory_read(ctx, offset + i, 1) << (8 * i);
        return value;
    }
    value = read_byte(vga, at);
    for (unsigned i = 1; i < size; i++)
        value |= (uint32_t)read_byte(vga, at + i) << (8 * i);
    return value;
}

const struct mem_ops vga_memory_ops = {
    .read = memory_read,
    .write = memory_write,
    .sizes = 1 | 2 | 4,
};
