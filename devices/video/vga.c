/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VGA: the registers at 3B4h-3DAh, the PCI function, reset and state.
 * Sources: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem"; Inmos IMS G171
 * (the palette DAC); PCI Local Bus Specification 2.1.  Memory access is in vga_memory.c, timing in
 * vga_timing.c, the picture in vga_draw.c, vga_text.c and vga_raster.c, the dispi extension in
 * bochs_vbe.c.
 *
 * As on SVGA chips, and unlike IBM's: chain-4 addresses are linear; reserved index values read FFh
 * and are not aliases of others.  Not modelled: the interrupt line (PCI adapters of the time do not
 * connect it), light pen, feature connector, overscan border, external clocks (clock selects 2 and
 * 3 run at 25.175 MHz), and the effect of 3C3h and of the PCI command register on the VGA's own
 * addresses (they are always decoded).
 */
#include <stdlib.h>
#include <string.h>

#include "devices/video/vga.h"
#include "devices/video/vga_chip.h"

enum { VENDOR = 0x1234, DEVICE = 0x1111, CLASS_VGA = 0x030000, REVISION = 2 };
enum { SLOT = 2, MMIO_SIZE = 4096 };
/* Below the RAM and the firmware of the host bridge. */
enum { PRIORITY_BAR = 1, PRIORITY_VGA = 2, PRIORITY_WINDOW = 3 };

static const uint8_t seq_mask[8] = { 0x03, 0x3d, 0x0f, 0x3f, 0x0e };
static const uint8_t gfx_mask[16] = { 0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff };
static const uint8_t crtc_mask[32] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
                                       0xff, 0x3f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0x7f, 0xff, 0xff, 0xef, 0xff };
static const uint8_t attr_mask[32] = { 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
                                       0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
                                       0x3f, 0x3f, 0xef, 0xff, 0x3f, 0x0f, 0x0f };

/* ---- the register files ---- */

static void seq_write(struct vga *vga, uint8_t value)
{
    unsigned index = vga->s.seq_index;
    uint8_t change;

    if (index >= SEQ_COUNT)
        return;
    value &= seq_mask[index];
    change = vga->s.seq[index] ^ value;
    if ((index == SEQ_FONT && change) || (index == SEQ_CLOCKING && change == CLOCKING_OFF))
        vga_raster_note(vga, FILE_SEQ, (uint8_t)index, value);
    vga->s.seq[index] = value;
    if (index == SEQ_MODE && (change & MODE_CHAIN4))
        vga_raster_forget(vga);
    if (index == SEQ_CLOCKING)
        vga_timing_update(vga);
    else if (index == SEQ_MAP_MASK || index == SEQ_MODE)
        vga_memory_update(vga);
}

static void gfx_write(struct vga *vga, uint8_t value)
{
    unsigned index = vga->s.gfx_index;
    uint8_t change;

    if (index >= GFX_COUNT)
        return;
    value &= gfx_mask[index];
    change = vga->s.gfx[index] ^ value;
    vga->s.gfx[index] = value;
    if ((index == GFX_MODE && (change & (GMODE_INTERLEAVE | GMODE_256))) ||
        (index == GFX_MISC && (change & GMISC_GRAPHICS)))
        vga_raster_forget(vga);
    vga_memory_update(vga);
}

static bool crtc_times(unsigned index)
{
    return index <= CRTC_OVERFLOW || index == CRTC_MODE ||
           (index >= CRTC_V_RETRACE_START && index <= CRTC_V_DISPLAY_END);
}

/* Does the picture change in mid-frame with these bits?  (Where times change too, a new frame
 * begins and the note is forgotten.) */
static bool crtc_alters(unsigned index, uint8_t change)
{
    switch (index) {
    case CRTC_OVERFLOW:
        return change & 0x10; /* line compare */
    case CRTC_OFFSET:
    case CRTC_UNDERLINE:
    case CRTC_MODE:
    case CRTC_LINE_COMPARE:
        return change;
    default:
        return change && index >= CRTC_PRESET_ROW && index <= CRTC_CURSOR_LOW;
    }
}

static void crtc_write(struct vga *vga, uint8_t value)
{
    unsigned index = vga->s.crtc_index;
    uint8_t *crtc = vga->s.crtc;

    if (index >= CRTC_COUNT)
        return;
    if (index <= CRTC_OVERFLOW && (crtc[CRTC_V_RETRACE_END] & VRE_PROTECT)) {
        if (index != CRTC_OVERFLOW)
            return;
        /* Bit 8 of line compare is not protected. */
        value = (uint8_t)((crtc[CRTC_OVERFLOW] & ~0x10) | (value & 0x10));
    }
    value &= crtc_mask[index];
    if (crtc_alters(index, crtc[index] ^ value))
        vga_raster_note(vga, FILE_CRTC, (uint8_t)index, value);
    crtc[index] = value;
    if (crtc_times(index))
        vga_timing_update(vga);
    if (index == CRTC_V_RETRACE_END) {
        if (!(value & VRE_NOT_CLEAR))
            vga->s.retrace_armed = 0;
        else if (!vga->s.retrace_armed)
            vga_retrace_arm(vga);
    }
}

static uint8_t crtc_read(const struct vga *vga)
{
    unsigned index = vga->s.crtc_index;

    if (index < CRTC_COUNT)
        return vga->s.crtc[index];
    /* Not in IBM's book, but in its chip and in those of many others. */
    if (index == 0x22)
        return (uint8_t)(vga->s.latch >> (8 * vga->s.gfx[GFX_READ_MAP]));
    if (index == 0x24)
        return vga->s.attr_data ? 0x80 : 0;
    if (index == 0x26)
        return vga->s.attr_index;
    return 0xff;
}

static void attr_write_data(struct vga *vga, unsigned index, uint8_t value)
{
    uint8_t change;

    if (index >= ATTR_COUNT)
        return;
    value &= attr_mask[index];
    change = vga->s.attr[index] ^ value;
    if (change && index != ATTR_OVERSCAN)
        vga_raster_note(vga, FILE_ATTR, (uint8_t)index, value);
    vga->s.attr[index] = value;
    if (index == ATTR_MODE && (change & AMODE_256))
        vga_raster_forget(vga);
}

/* The palette may be written while the screen is on, as on the clones that do not lock it. */
static void attr_write(struct vga *vga, uint8_t value)
{
    if (vga->s.attr_data) {
        attr_write_data(vga, vga->s.attr_index & 0x1f, value);
    } else {
        value &= 0x3f;
        if ((vga->s.attr_index ^ value) & ATTR_SCREEN_ON)
            vga_raster_note(vga, FILE_ATTR_INDEX, 0, value);
        vga->s.attr_index = value;
    }
    vga->s.attr_data ^= 1;
}

/* ---- the DAC ---- */

static void dac_next(struct vga *vga)
{
    vga->s.dac_address = (uint8_t)(vga->s.dac_address + 1);
}

/* A read address fetches its colour at once and steps on. */
static void dac_fetch(struct vga *vga)
{
    memcpy(vga->s.dac_hold, &vga->s.dac[3 * vga->s.dac_address], 3);
    dac_next(vga);
}

static void dac_set_address(struct vga *vga, uint8_t value, bool reading)
{
    vga->s.dac_address = value;
    vga->s.dac_cycle = 0;
    vga->s.dac_state = reading ? 3 : 0;
    if (reading)
        dac_fetch(vga);
}

static uint8_t dac_limit(const struct vga *vga)
{
    return vga->s.dispi[DISPI_ENABLE] & DISPI_8BIT_DAC ? 0xff : 0x3f;
}

static uint8_t dac_read(struct vga *vga)
{
    uint8_t value = vga->s.dac_hold[vga->s.dac_cycle] & dac_limit(vga);

    if (++vga->s.dac_cycle == 3) {
        vga->s.dac_cycle = 0;
        dac_fetch(vga);
    }
    return value;
}

static void dac_store(struct vga *vga, uint8_t *color, const uint8_t *hold)
{
    if (!memcmp(color, hold, 3))
        return;
    vga_raster_note(vga, FILE_DAC, vga->s.dac_address,
                    hold[0] | (uint32_t)hold[1] << 8 | (uint32_t)hold[2] << 16);
    memcpy(color, hold, 3);
}

static void dac_write(struct vga *vga, uint8_t value)
{
    vga->s.dac_hold[vga->s.dac_cycle] = value & dac_limit(vga);
    if (++vga->s.dac_cycle == 3) {
        vga->s.dac_cycle = 0;
        dac_store(vga, &vga->s.dac[3 * vga->s.dac_address], vga->s.dac_hold);
        dac_next(vga);
    }
}

/* ---- ports ---- */

/*
 * SeaBIOS' video BIOS, unlike the chip makers', programs the CRTC before the miscellaneous output
 * register: on its way into and out of mode 7 at the address that is not yet selected.  So a write
 * that unlocks CRTC registers 0-7 there opens it until the latter is written.  Reads stay FFh, or
 * programs would see a second, monochrome adapter.
 */
static void hidden_write(struct vga *vga, uint16_t port, uint8_t value)
{
    struct vga_state *s = &vga->s;

    if (port == 0x3b4 || port == 0x3d4) {
        s->hidden_index = value;
    } else if (port == 0x3b5 || port == 0x3d5) {
        if (s->hidden_index == CRTC_V_RETRACE_END && !(value & VRE_PROTECT))
            s->hidden_open = 1;
        if (s->hidden_open) {
            s->crtc_index = s->hidden_index;
            crtc_write(vga, value);
        }
    }
}

/* The flip-flop is reset by either address, which the same video BIOS needs. */
static uint8_t hidden_read(struct vga *vga, uint16_t port)
{
    if (port == 0x3ba || port == 0x3da)
        vga->s.attr_data = 0;
    return 0xff;
}

/* Of 3Bxh and 3Dxh, only those that the miscellaneous output register selects answer. */
static bool port_hidden(const struct vga *vga, uint16_t port)
{
    if (port >= 0x3c0 && port <= 0x3cf)
        return false;
    return (port >= 0x3d0) != (vga->s.misc & MISC_COLOR);
}

static uint8_t attr_read(const struct vga *vga)
{
    unsigned index = vga->s.attr_index & 0x1f;

    return index < ATTR_COUNT ? vga->s.attr[index] : 0xff;
}

static uint8_t status1_read(struct vga *vga)
{
    vga->s.attr_data = 0;
    return vga_status1(vga);
}

static uint8_t port_read(struct vga *vga, uint16_t port)
{
    const struct vga_state *s = &vga->s;

    switch (port) {
    case 0x3c0:
        return s->attr_index;
    case 0x3c1:
        return attr_read(vga);
    case 0x3c2:
        return vga_status0(vga);
    case 0x3c3:
        return s->enable;
    case 0x3c4:
        return s->seq_index;
    case 0x3c5:
        return s->seq_index < SEQ_COUNT ? s->seq[s->seq_index] : 0xff;
    case 0x3c6:
        return s->dac_mask;
    case 0x3c7:
        return s->dac_state;
    case 0x3c8:
        return s->dac_address;
    case 0x3c9:
        return dac_read(vga);
    case 0x3ca:
        return s->feature;
    case 0x3cc:
        return s->misc;
    case 0x3ce:
        return s->gfx_index;
    case 0x3cf:
        return s->gfx_index < GFX_COUNT ? s->gfx[s->gfx_index] : 0xff;
    case 0x3b4:
    case 0x3d4:
        return s->crtc_index;
    case 0x3b5:
    case 0x3d5:
        return crtc_read(vga);
    case 0x3ba:
    case 0x3da:
        return status1_read(vga);
    }
    return 0xff;
}

static void misc_write(struct vga *vga, uint8_t value)
{
    vga->s.misc = value & 0xef;
    vga->s.hidden_open = 0;
    vga_timing_update(vga);
    vga_memory_update(vga);
}

static void port_write(struct vga *vga, uint16_t port, uint8_t value)
{
    struct vga_state *s = &vga->s;

    switch (port) {
    case 0x3c0:
        attr_write(vga, value);
        break;
    case 0x3c2:
        misc_write(vga, value);
        break;
    case 0x3c3:
        s->enable = value & 1;
        break;
    case 0x3c4:
        s->seq_index = value;
        break;
    case 0x3c5:
        seq_write(vga, value);
        break;
    case 0x3c6:
        if (s->dac_mask != value)
            vga_raster_note(vga, FILE_DAC_MASK, 0, value);
        s->dac_mask = value;
        break;
    case 0x3c7:
    case 0x3c8:
        dac_set_address(vga, value, port == 0x3c7);
        break;
    case 0x3c9:
        dac_write(vga, value);
        break;
    case 0x3ce:
        s->gfx_index = value;
        break;
    case 0x3cf:
        gfx_write(vga, value);
        break;
    case 0x3b4:
    case 0x3d4:
        s->crtc_index = value;
        break;
    case 0x3b5:
    case 0x3d5:
        crtc_write(vga, value);
        break;
    case 0x3ba:
    case 0x3da:
        s->feature = value & 0x0b;
        break;
    }
}

uint8_t vga_port_read(struct vga *vga, uint16_t port)
{
    uint8_t value = port_hidden(vga, port) ? hidden_read(vga, port) : port_read(vga, port);

    trace(&vga->pci.dev, TRACE_IO, "%03x is %02x", port, value);
    return value;
}

void vga_port_write(struct vga *vga, uint16_t port, uint8_t value)
{
    trace(&vga->pci.dev, TRACE_IO, "%03x = %02x", port, value);
    if (port_hidden(vga, port))
        hidden_write(vga, port, value);
    else
        port_write(vga, port, value);
}

/* One pair of handlers for each range, since they see offsets only. */
#define PORT_RANGE(name, first)                                                                    \
    static uint32_t name##_read(struct device *dev, uint32_t offset, unsigned size)                \
    {                                                                                              \
        (void)size;                                                                                \
        return vga_port_read((struct vga *)dev, (uint16_t)((first) + offset));                     \
    }                                                                                              \
    static void name##_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)   \
    {                                                                                              \
        (void)size;                                                                                \
        vga_port_write((struct vga *)dev, (uint16_t)((first) + offset), (uint8_t)value);           \
    }
PORT_RANGE(mono, 0x3b4)
PORT_RANGE(mono_status, 0x3ba)
PORT_RANGE(common, 0x3c0)
PORT_RANGE(color, 0x3d4)
PORT_RANGE(color_status, 0x3da)

static const struct port_range vga_ports[] = {
    { .base = 0x3b4, .count = 2, .sizes = 1, .read = mono_read, .write = mono_write },
    { .base = 0x3ba, .count = 1, .sizes = 1, .read = mono_status_read, .write = mono_status_write },
    { .base = 0x3c0, .count = 16, .sizes = 1, .read = common_read, .write = common_write },
    { .base = 0x3d4, .count = 2, .sizes = 1, .read = color_read, .write = color_write },
    { .base = 0x3da,
      .count = 1,
      .sizes = 1,
      .read = color_status_read,
      .write = color_status_write },
    { .base = 0x1ce, .count = 4, .sizes = 2, .read = vbe_port_read, .write = vbe_port_write },
    { 0 },
};

/* ---- PCI ---- */

static void map_lfb(struct pci_device *pci, unsigned bar, uint32_t address, bool enabled)
{
    (void)bar;
    mem_move(((struct vga *)pci)->lfb, address, enabled);
}

static void map_mmio(struct pci_device *pci, unsigned bar, uint32_t address, bool enabled)
{
    (void)bar;
    mem_move(((struct vga *)pci)->mmio, address, enabled);
}

static void map_rom(struct pci_device *pci, unsigned bar, uint32_t address, bool enabled)
{
    (void)bar;
    mem_move(((struct vga *)pci)->rom, address, enabled);
}

/* ---- reset and state ---- */

void vga_update(struct vga *vga)
{
    vbe_update(vga);
    vga_timing_update(vga);
    vga_memory_update(vga);
}

static void vga_reset(struct device *dev, enum reset_kind kind)
{
    struct vga *vga = (struct vga *)dev;

    (void)kind;
    memset(&vga->s, 0, sizeof(vga->s));
    vga->s.dac_mask = 0xff;
    vga->s.enable = 1;
    vga->s.dispi[DISPI_ID] = 0xb0c5;
    pci_reset(&vga->pci, VENDOR, DEVICE, REVISION, CLASS_VGA, 0, 0);
    vga_update(vga);
    vga->s.frame_epoch = 0;
    vga->frame_base = 0;
    vga_raster_forget(vga);
    pci_remap(&vga->pci);
    vga_shadow_invalidate(vga->shadow);
}

static bool masked(const uint8_t *regs, const uint8_t *mask, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (regs[i] & ~mask[i])
            return false;
    return true;
}

static bool vga_check(struct device *dev, struct error *err)
{
    const struct vga *vga = (const struct vga *)dev;
    const struct vga_state *s = &vga->s;

    if (s->dac_cycle > 2 || (s->dac_state != 0 && s->dac_state != 3))
        return error_set(err, "%s: the palette's state is out of range", dev->name);
    if (s->attr_data > 1 || s->attr_index > 0x3f || s->retrace_armed > 1 || s->enable > 1 ||
        s->hidden_open > 1 || (s->misc & ~0xef) || (s->feature & ~0x0b))
        return error_set(err, "%s: a register has bits that the chip has not", dev->name);
    if (!masked(s->seq, seq_mask, sizeof(s->seq)) || !masked(s->gfx, gfx_mask, sizeof(s->gfx)) ||
        !masked(s->crtc, crtc_mask, sizeof(s->crtc)) ||
        !masked(s->attr, attr_mask, sizeof(s->attr)))
        return error_set(err, "%s: an indexed register has bits that the chip has not", dev->name);
    if (s->dispi[DISPI_XRES] > SCREEN_MAX_W || s->dispi[DISPI_YRES] > SCREEN_MAX_H)
        return error_set(err, "%s: a screen of %u x %u is too large", dev->name,
                         s->dispi[DISPI_XRES], s->dispi[DISPI_YRES]);
    if (s->frame_epoch > VCLOCK_NEVER / 4)
        return error_set(err, "%s: the time of the frame is out of range", dev->name);
    return true;
}

static void vga_resume(struct device *dev)
{
    struct vga *vga = (struct vga *)dev;

    vbe_update(vga);
    vga_timing_compute(vga, &vga->timing);
    if (vga->s.frame_epoch > vga_now(vga))
        vga->s.frame_epoch = vga_now(vga);
    vga->frame_base = 0;
    vga_raster_forget(vga);
    vga_memory_update(vga);
    pci_remap(&vga->pci);
    vga_shadow_invalidate(vga->shadow);
}

static void vga_free(struct device *dev)
{
    struct vga *vga = (struct vga *)dev;

    if (vga->pci.bus)
        pci_remove(&vga->pci);
    mem_begin(dev->board->memory);
    mem_remove(vga->legacy);
    mem_remove(vga->window);
    mem_remove(vga->lfb);
    mem_remove(vga->mmio);
    mem_remove(vga->rom);
    mem_end(dev->board->memory);
    vga_shadow_free(vga->shadow);
    vga_raster_free(vga->raster);
    if (dev->board->screen_ctx == vga) {
        dev->board->screen = NULL;
        dev->board->screen_ctx = NULL;
    }
}

static const struct field vga_fields[] = {
    FIELD(struct vga, s.frame_epoch),   FIELD(struct vga, s.retrace_due),
    FIELD(struct vga, s.latch),         FIELD_ARRAY(struct vga, s.dispi),
    FIELD(struct vga, s.dispi_index),   FIELD(struct vga, s.dac_address),
    FIELD(struct vga, s.dac_cycle),     FIELD(struct vga, s.dac_state),
    FIELD(struct vga, s.dac_mask),      FIELD_ARRAY(struct vga, s.dac_hold),
    FIELD(struct vga, s.retrace_armed), FIELD(struct vga, s.seq_index),
    FIELD(struct vga, s.gfx_index),     FIELD(struct vga, s.crtc_index),
    FIELD(struct vga, s.hidden_index),  FIELD(struct vga, s.hidden_open),
    FIELD(struct vga, s.attr_index),    FIELD(struct vga, s.attr_data),
    FIELD(struct vga, s.misc),          FIELD(struct vga, s.feature),
    FIELD(struct vga, s.enable),        FIELD_ARRAY(struct vga, s.seq),
    FIELD_ARRAY(struct vga, s.gfx),     FIELD_ARRAY(struct vga, s.crtc),
    FIELD_ARRAY(struct vga, s.attr),    FIELD_ARRAY(struct vga, s.dac),
    FIELD_ARRAY(struct vga, s.config),  { 0 },
};

static const struct device_class vga_class = {
    .name = "vga",
    .version = 1,
    .state_offset = offsetof(struct vga, s),
    .state_size = sizeof(struct vga_state),
    .ports = vga_ports,
    .fields = vga_fields,
    .reset = vga_reset,
    .check = vga_check,
    .resume = vga_resume,
    .free = vga_free,
};

/* The ranges whose place the guest decides start hidden. */
static bool add_memory(struct vga *vga, uint8_t *rom, struct error *err)
{
    struct memory *memory = vga->pci.dev.board->memory;
    const uint32_t nowhere = 0xe0000000;

    vga->legacy =
        mem_add_mmio(memory, "vga", VGA_WINDOW, 0x20000, PRIORITY_VGA, &vga_memory_ops, vga, err);
    if (!vga->legacy)
        return false;
    vga->window =
        mem_add_ram(memory, "vga-window", VGA_WINDOW, 0x10000, PRIORITY_WINDOW, vga->vram, err);
    if (!vga->window)
        return false;
    mem_move(vga->window, VGA_WINDOW, false);
    vga->lfb =
        mem_add_ram(memory, "vga-lfb", nowhere, vga->vram_size, PRIORITY_BAR, vga->vram, err);
    if (!vga->lfb)
        return false;
    mem_move(vga->lfb, nowhere, false);
    vga->mmio =
        mem_add_mmio(memory, "vga-mmio", nowhere, MMIO_SIZE, PRIORITY_BAR, &vga_mmio_ops, vga, err);
    if (!vga->mmio)
        return false;
    mem_move(vga->mmio, nowhere, false);
    if (!rom)
        return true;
    vga->rom = mem_add_rom(memory, "vga-rom", nowhere, vga->rom_size, PRIORITY_BAR, rom, err);
    if (vga->rom)
        mem_move(vga->rom, nowhere, false);
    return vga->rom != NULL;
}

static bool power_of_two(uint32_t n)
{
    return n && !(n & (n - 1));
}

struct device *vga_new(struct board *board, struct pci_bus *bus, uint8_t *vram, uint32_t vram_size,
                       uint8_t *rom, uint32_t rom_size, struct error *err)
{
    struct vga *vga;
    bool added;

    if (!power_of_two(vram_size) || vram_size < 4 * VGA_WORDS || vram_size > 256u << 20) {
        error_set(err, "vga: %u bytes of video memory are not a power of two from 256 KB to 256 MB",
                  vram_size);
        return NULL;
    }
    if (rom && (!power_of_two(rom_size) || rom_size < MEM_PAGE)) {
        error_set(err, "vga: the video BIOS of %u bytes is not a power of two of pages", rom_size);
        return NULL;
    }
    vga = device_new(board, &vga_class, sizeof(*vga), "vga", 0, err);
    if (!vga)
        return NULL;
    vga->vram = vram;
    vga->vram_size = vram_size;
    vga->rom_size = rom_size;
    vga->window_tokens = VGA_WINDOW_TOKENS;
    vga->shadow = vga_shadow_new();
    vga->raster = vga_raster_new();
    vga_edid_make(vga->edid);
    mem_begin(board->memory);
    added = add_memory(vga, rom, err);
    mem_end(board->memory);
    if (!added || !pci_add(bus, &vga->pci, SLOT, 0, vga->s.config, err)) {
        device_free(&vga->pci.dev);
        return NULL;
    }
    pci_bar(&vga->pci, 0, vram_size, false, true, map_lfb);
    pci_bar(&vga->pci, 2, MMIO_SIZE, false, false, map_mmio);
    if (rom)
        pci_bar(&vga->pci, PCI_BAR_ROM, rom_size, false, false, map_rom);
    board->screen = &vga_screen_ops;
    board->screen_ctx = vga;
    device_reset(&vga->pci.dev, RESET_POWER_ON);
    return &vga->pci.dev;
}
