/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board pc-pci-v1, wired by hand on one screen.  What SeaBIOS finds is listed by the chips; the
 * CMOS bytes and fw_cfg files are what SeaBIOS calls "QEMU (i440fx)".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/board_pc.h"
#include "devices/audio/pc_speaker.h"
#include "devices/dma/i8237.h"
#include "devices/input/i8042.h"
#include "devices/input/ps2_mouse.h"
#include "devices/input/vmmouse.h"
#include "devices/interrupt/i8259.h"
#include "devices/interrupt/isa_share.h"
#include "devices/pci/i440fx.h"
#include "devices/pci/piix3.h"
#include "devices/pci/piix4_pm.h"
#include "devices/serial/i16550.h"
#include "devices/serial/parallel.h"
#include "devices/storage/hostdos.h"
#include "devices/storage/i82077.h"
#include "devices/storage/piix3_ide.h"
#include "devices/system/debug_ports.h"
#include "devices/system/fw_cfg.h"
#include "devices/timer/i8254.h"
#include "devices/timer/mc146818.h"
#include "devices/video/vga.h"
#include "firmware/firmware.h"

#define VRAM_DEFAULT (16u << 20)
#define ROM_BLOCK    (64u << 10)

/* A block that holds an image padded with FFh. */
static uint8_t *rom_block(struct board *board, const char *name, const uint8_t *image,
                          uint32_t image_size, uint32_t size, struct error *err)
{
    uint8_t *rom = board_block(board, name, size, err);

    if (rom) {
        memset(rom, 0xff, size);
        memcpy(rom, image, image_size < size ? image_size : size);
    }
    return rom;
}

static void set_gate2(void *ctx, bool level)
{
    i8254_set_gate2(ctx, level);
}

static bool out2(void *ctx)
{
    return i8254_out2(ctx);
}

static uint64_t out2_high(void *ctx, uint64_t from, uint64_t to)
{
    return i8254_out2_high(ctx, from, to);
}

static void set_speaker(void *ctx, bool on)
{
    pc_speaker_set(ctx, on);
}

static bool add_speaker(struct pc *pc, struct error *err)
{
    const struct pc_speaker_wiring wiring = { .high = out2_high, .pit = pc->pit };

    pc->speaker = pc_speaker_new(pc->board, &wiring, err);
    if (pc->speaker)
        i8254_watch_out2(pc->pit, pc_speaker_before, pc->speaker);
    return pc->speaker != NULL;
}

/* Interrupts, timers, DMA, bridges: what sits on every mainboard. */
static bool add_mainboard(struct pc *pc, const struct pc_config *config, struct error *err)
{
    struct board *board = pc->board;
    struct piix3_wiring wiring = {
        .set_gate2 = set_gate2,
        .out2 = out2,
        .set_speaker = set_speaker,
    };
    uint8_t *ram = board_block(board, "ram", config->memory, err);
    uint8_t *bios =
        ram ? rom_block(board, "bios", config->bios, config->bios_size, config->bios_size, err)
            : NULL;

    if (!bios)
        return false;
    pc->pic = i8259_pair_new(board, err);
    pc->host_bridge =
        pc->pic ? i440fx_new(board, ram, config->memory, bios, config->bios_size, &pc->pci, err)
                : NULL;
    if (!pc->host_bridge)
        return false;
    pc->pit = i8254_new(board, i8259_line(pc->pic, 0), err);
    pc->rtc = mc146818_new(board, i8259_line(pc->pic, 8), err);
    pc->dma = i8237_new(board, err);
    if (!pc->pit || !pc->rtc || !pc->dma || !add_speaker(pc, err))
        return false;
    wiring.pit = pc->pit;
    wiring.speaker = pc->speaker;
    for (unsigned i = 0; i < 16; i++)
        wiring.isa_irq[i] = i8259_line(pc->pic, i);
    pc->piix3 = piix3_new(board, pc->pci, &wiring, err);
    if (!pc->piix3)
        return false;
    pc->ferr = piix3_ferr_line(pc->piix3);
    pc->pm = piix4_pm_new(board, pc->pci, piix3_isa_line(pc->piix3, 9), err);
    pc->kbc = i8042_new(board, piix3_isa_line(pc->piix3, 1), piix3_isa_line(pc->piix3, 12),
                        piix3_a20_line(pc->piix3), piix3_init_line(pc->piix3), err);
    pc->fw_cfg = fw_cfg_new(board, err);
    return pc->pm && pc->kbc && pc->fw_cfg && debug_ports_new(board, config->debug_exit, err) &&
           vmmouse_new(board, ps2_mouse_nudge_line(device_find(board, "mouse")), err);
}

/* The IDE positions' drives: "disk" and the position, or "cdrom" and a number. */
static void name_drives(struct board *board, const struct pc_config *config,
                        struct drive *drives[4], struct ata_geometry geometry[4])
{
    unsigned cdroms = 0;
    char name[16];

    for (unsigned i = 0; i < 4; i++) {
        const struct pc_geometry *g = &config->geometry[i];

        snprintf(name, sizeof(name), config->cdrom[i] ? "cdrom%u" : "disk%u",
                 config->cdrom[i] ? cdroms++ : i);
        drives[i] = media_drive(board->media, name);
        drives[i]->cdrom = config->cdrom[i];
        geometry[i] = (struct ata_geometry){ g->cylinders, g->heads, g->sectors };
    }
}

/* COM1 to COM4 and LPT1 to LPT3.  COM1 and COM3, COM2 and COM4 share their lines as on ISA cards.
 */
static bool add_ports(struct pc *pc, const struct pc_config *config, struct error *err)
{
    static const struct {
        const char *name;
        uint16_t base;
        uint8_t irq;
    } com[4] = { { "serial0", 0x3f8, 4 },
                 { "serial1", 0x2f8, 3 },
                 { "serial2", 0x3e8, 4 },
                 { "serial3", 0x2e8, 3 } },
      lpt[3] = { { "parallel0", 0x378, 7 }, { "parallel1", 0x278, 5 }, { "parallel2", 0x3bc, 7 } };
    struct device *share, *uart;
    struct irq lines[16];

    for (unsigned n = 0; n < 16; n++)
        lines[n] = piix3_isa_line(pc->piix3, n);
    share = isa_share_new(pc->board, lines, err);
    if (!share)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        const struct pc_serial *at = &config->serial_at[i];

        if (!config->has_serial[i])
            continue;
        uart = i16550_new(pc->board, com[i].name, at->port ? at->port : com[i].base,
                          isa_share_line(share, at->irq ? at->irq : com[i].irq, i),
                          config->serial[i], err);
        if (!uart)
            return false;
        i16550_set_fast(uart, at->fast);
    }
    for (unsigned i = 0; i < 3; i++) {
        const struct pc_parallel *at = &config->parallel[i];

        if (!at->present && i != 0)
            continue;
        pc->parallel[i] =
            parallel_new(pc->board, lpt[i].name, at->port ? at->port : lpt[i].base,
                         isa_share_line(share, at->irq ? at->irq : lpt[i].irq, 4 + i), at->printer,
                         (at->job_seconds ? at->job_seconds : 10) * 1000000000ull, err);
        if (!pc->parallel[i])
            return false;
    }
    return true;
}

/* ---- our own DOS ---- */

static uint64_t guest_clock(void *ctx)
{
    return mc146818_clock(((struct pc *)ctx)->rtc);
}

static void set_guest_clock(void *ctx, uint64_t seconds)
{
    mc146818_set_clock(((struct pc *)ctx)->rtc, seconds);
}

static void print_end(void *ctx, unsigned port)
{
    struct pc *pc = ctx;

    if (pc->parallel[port])
        parallel_end_job(pc->parallel[port]);
}

static bool add_hostdos(struct pc *pc, const struct pc_config *config, struct error *err)
{
    const struct hostdos_wiring wiring = { .backend = config->hostdos,
                                           .clock = guest_clock,
                                           .set_clock = set_guest_clock,
                                           .clock_ctx = pc,
                                           .print_end = print_end,
                                           .print_ctx = pc };

    if (!config->hostdos)
        return true;
    pc->hostdos = hostdos_new(pc->board, &wiring, err);
    return pc->hostdos != NULL;
}

/* Drives, video, ports: what is plugged in. */
static bool add_peripherals(struct pc *pc, const struct pc_config *config, struct error *err)
{
    struct board *board = pc->board;
    /* People see the drives in this order. */
    struct drive *a = media_drive(board->media, "floppy0"), *b;
    struct drive *disks[4];
    struct ata_geometry geometry[4];
    uint32_t vram_size = config->vram ? config->vram : VRAM_DEFAULT;
    uint8_t *vram = board_block(board, "vram", vram_size, err);
    uint8_t *rom =
        vram ? rom_block(board, "vgabios", config->vgabios, config->vgabios_size, ROM_BLOCK, err)
             : NULL;

    if (!rom)
        return false;
    b = media_drive(board->media, "floppy1");
    name_drives(board, config, disks, geometry);
    pc->fdc = i82077_new(board, piix3_isa_line(pc->piix3, 6), i8237_line(pc->dma, 2), a, b,
                         config->disk_fast, err);
    pc->ide = piix3_ide_new(board, pc->pci, piix3_isa_line(pc->piix3, 14),
                            piix3_isa_line(pc->piix3, 15), disks, geometry, config->disk_fast, err);
    pc->vga = vga_new(board, pc->pci, vram, vram_size, rom, ROM_BLOCK, err);
    if (!pc->fdc || !pc->ide || !pc->vga)
        return false;
    return add_ports(pc, config, err) && add_hostdos(pc, config, err);
}

/* ---- what the firmware reads ---- */

static void cmos16(struct pc *pc, uint8_t index, uint32_t value)
{
    mc146818_set(pc->rtc, index, (uint8_t)value);
    mc146818_set(pc->rtc, (uint8_t)(index + 1), (uint8_t)(value >> 8));
}

static uint8_t floppy_type(struct pc *pc, const char *name)
{
    struct drive *drive = media_drive(pc->board->media, name);

    return (uint8_t)i82077_cmos_type(drive->media ? drive->media->size : 0);
}

/* SeaBIOS, boot order: 1 floppy, 2 disk, 3 CD; low nibble of 3Dh first, then its high one, then
 * 38h's high nibble. */
static uint8_t boot_code(char c)
{
    return c == 'a' ? 1 : c == 'c' ? 2 : c == 'd' ? 3 : 0;
}

/* CMOS byte 39h: two bits a disk. */
static uint8_t translation(const struct pc *pc, const struct pc_config *config)
{
    uint8_t bits = piix3_ide_translation(pc->ide);

    for (unsigned i = 0; i < 4; i++)
        if (config->geometry[i].translation) {
            bits &= (uint8_t) ~(3u << (2 * i));
            bits |= (uint8_t)((config->geometry[i].translation - 1) << (2 * i));
        }
    return bits;
}

void pc_fill_cmos(struct pc *pc, const struct pc_config *config)
{
    uint32_t kb = pc->memory / 1024;
    uint32_t ext = kb > 1024 ? kb - 1024 : 0;
    uint32_t above16 = kb > 16384 ? (kb - 16384) / 64 : 0;
    const char *boot = config->boot[0] ? config->boot : "ac";
    uint8_t floppies = (uint8_t)(floppy_type(pc, "floppy0") << 4 | floppy_type(pc, "floppy1"));
    unsigned drives = (floppies >> 4 ? 1 : 0) + (floppies & 15 ? 1 : 0);
    uint8_t second = boot[0] && boot[1] ? boot_code(boot[1]) : 0;
    uint8_t third = second && boot[2] ? boot_code(boot[2]) : 0;

    mc146818_set(pc->rtc, 0x10, floppies);
    /* Equipment: FPU, PS/2 mouse, 80-column colour, floppy drives. */
    mc146818_set(pc->rtc, 0x14, (uint8_t)(0x06 | (drives ? 1 : 0) | (drives > 1 ? 0x40 : 0)));
    cmos16(pc, 0x15, 640);
    cmos16(pc, 0x17, ext < 0xffff ? ext : 0xffff);
    cmos16(pc, 0x30, ext < 0xffff ? ext : 0xffff);
    cmos16(pc, 0x34, above16 < 0xffff ? above16 : 0xffff);
    mc146818_set(pc->rtc, 0x5b, 0);
    mc146818_set(pc->rtc, 0x5c, 0);
    mc146818_set(pc->rtc, 0x5d, 0);
    mc146818_set(pc->rtc, 0x5f, 0); /* processors - 1 */
    mc146818_set(pc->rtc, 0x3d, (uint8_t)(boot_code(boot[0]) | second << 4));
    mc146818_set(pc->rtc, 0x38, (uint8_t)(third << 4 | 1)); /* bit 0: no floppy signature check */
    mc146818_set(pc->rtc, 0x39, translation(pc, config));
}

/* SeaBIOS, logical geometry: path of the device, cylinders, heads, sectors. */
static void tell_geometry(struct pc *pc, const struct pc_config *config)
{
    char text[4 * 80] = "";
    size_t used = 0;

    for (unsigned i = 0; i < 4; i++) {
        const struct pc_geometry *g = &config->geometry[i];

        if (g->bios_heads)
            used += (size_t)snprintf(
                text + used, sizeof(text) - used, "%s/pci@i0cf8/ide@1,1/drive@%u/disk@%u %u %u %u",
                used ? "\n" : "", i / 2, i % 2, g->bios_cylinders, g->bios_heads, g->bios_sectors);
    }
    if (used)
        fw_cfg_add_file(pc->fw_cfg, "bios-geometry", text, (uint32_t)used + 1);
}

/* A kernel: its parts, the option ROM that copies them, and that ROM first in the boot order. */
static void add_linux(struct pc *pc, const struct linux_boot *boot)
{
    const struct {
        uint16_t address, size, data;
        const struct linux_part *part;
    } parts[4] = {
        { FW_CFG_KERNEL_ADDR, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA, &boot->kernel },
        { FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA, &boot->initrd },
        { FW_CFG_CMDLINE_ADDR, FW_CFG_CMDLINE_SIZE, FW_CFG_CMDLINE_DATA, &boot->cmdline },
        { FW_CFG_SETUP_ADDR, FW_CFG_SETUP_SIZE, FW_CFG_SETUP_DATA, &boot->setup },
    };
    static const char order[] = "/rom@genroms/linuxboot.bin\n";

    for (unsigned i = 0; i < 4; i++) {
        const struct linux_part *part = parts[i].part;

        fw_cfg_add_key(pc->fw_cfg, parts[i].address, &part->address, 4);
        fw_cfg_add_key(pc->fw_cfg, parts[i].size, &part->size, 4);
        fw_cfg_add_key(pc->fw_cfg, parts[i].data, part->data ? (const void *)part->data : "",
                       part->size);
    }
    fw_cfg_add_file(pc->fw_cfg, "genroms/linuxboot.bin", linuxboot_rom, linuxboot_rom_size);
    fw_cfg_add_file(pc->fw_cfg, "bootorder", order, sizeof(order));
}

/* The option ROM of our own DOS, and it first, unless a kernel is.  Without that SeaBIOS takes it
 * after what else can be booted. */
static void add_dos(struct pc *pc, const struct pc_config *config)
{
    static const char order[] = "/rom@genroms/hostdos.rom\n";

    for (const struct firmware_file *f = firmware_dos; f->name; f++)
        if (!strcmp(f->name, "hostdos.rom"))
            fw_cfg_add_file(pc->fw_cfg, "genroms/hostdos.rom", f->data, f->size);
    if (config->hostdos_boot && !config->linux_boot)
        fw_cfg_add_file(pc->fw_cfg, "bootorder", order, sizeof(order));
}

static bool fill_fw_cfg(struct pc *pc, const struct pc_config *config)
{
    struct {
        uint64_t address, length;
        uint32_t type;
    } __attribute__((packed)) e820[1] = { { 0, config->memory, 1 } };
    const uint8_t one[2] = { 1, 0 }, zero[2] = { 0, 0 };
    uint64_t ram = config->memory;

    fw_cfg_add_key(pc->fw_cfg, 0x0003, &ram, sizeof(ram));
    fw_cfg_add_key(pc->fw_cfg, 0x0004, zero, 2); /* nographic: no */
    fw_cfg_add_key(pc->fw_cfg, 0x0005, one, 2);
    fw_cfg_add_key(pc->fw_cfg, 0x000d, zero, 2); /* NUMA nodes */
    fw_cfg_add_key(pc->fw_cfg, 0x000e, zero, 2); /* boot menu */
    fw_cfg_add_key(pc->fw_cfg, 0x000f, one, 2);
    fw_cfg_add_file(pc->fw_cfg, "etc/e820", e820, sizeof(e820));
    if (config->linux_boot)
        add_linux(pc, config->linux_boot);
    if (config->hostdos)
        add_dos(pc, config);
    tell_geometry(pc, config);
    return true;
}

struct pc *pc_new(const struct pc_config *config, const struct board_hooks *hooks, void *hooks_ctx,
                  bool (*prepare)(void *ctx, struct media_hub *hub, struct error *err),
                  void *prepare_ctx, struct error *err)
{
    struct pc *pc = calloc(1, sizeof(*pc));

    pc->board = board_new();
    pc->board->hooks = hooks;
    pc->board->hooks_ctx = hooks_ctx;
    pc->board->input = &pc->input;
    pc->board->wall_start = config->wall_start;
    pc->board->wall_frozen = config->wall_frozen;
    pc->board->media = media_hub_new(pc->board->clock);
    pc->memory = config->memory;
    mem_begin(pc->board->memory);
    if ((prepare && !prepare(prepare_ctx, pc->board->media, err)) ||
        !add_mainboard(pc, config, err) || !add_peripherals(pc, config, err) ||
        !fill_fw_cfg(pc, config)) {
        mem_end(pc->board->memory);
        pc_free(pc);
        return NULL;
    }
    board_reset(pc->board, RESET_POWER_ON);
    pc_fill_cmos(pc, config);
    mem_end(pc->board->memory);
    return pc;
}

void pc_power_button(struct pc *pc)
{
    piix4_pm_power_button(pc->pm);
}

bool pc_hears_power_button(struct pc *pc)
{
    return piix4_pm_hears_power_button(pc->pm);
}

void pc_follow_clock(struct pc *pc, uint64_t wall)
{
    mc146818_follow(pc->rtc, wall);
}

void pc_free(struct pc *pc)
{
    struct media_hub *hub;

    if (!pc)
        return;
    hub = pc->board->media;
    board_free_devices(pc->board);
    media_hub_free(hub);
    board_free(pc->board);
    free(pc);
}
