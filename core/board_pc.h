/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_BOARD_PC_H
#define CORE_BOARD_PC_H

/*
 * The board pc-pci-v1: i440FX, PIIX3, PIIX4 power management, and everything a PC of the 1990s has.
 * Frozen: a board that shipped is never changed, only followed by another (DESIGN.md section 6).
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/chardev.h"
#include "core/cpu/x86.h"
#include "core/device.h"
#include "core/input.h"
#include "core/linux_boot.h"
#include "core/media.h"
#include "core/printer.h"

#define PC_MEMORY_MIN (1u << 20)
#define PC_MEMORY_MAX (2u << 30)

struct hostdos_backend;

struct pc_geometry { /* 0: from the size */
    uint16_t cylinders, heads, sectors;
    uint8_t translation; /* by the BIOS: its number in CMOS 39h plus one; 0: by the size */
    /* What the BIOS is told to show; 0: it finds out by itself. */
    uint16_t bios_cylinders, bios_heads, bios_sectors;
};

struct pc_serial { /* 0: the usual port and line */
    uint16_t port;
    uint8_t irq;
    bool fast; /* characters do not take their time on the line */
};

struct pc_parallel {
    bool present;            /* the first always is */
    struct printer *printer; /* NULL: nothing on the plug */
    uint16_t port;
    uint8_t irq;
    uint32_t job_seconds; /* without a character, then the job ends; 0: 10 */
};

struct pc_config {
    uint32_t memory; /* bytes, 1 MB to 2 GB, whole MB */
    enum x86_model cpu;
    const uint8_t *bios; /* 128 or 256 KB */
    uint32_t bios_size;
    const uint8_t *vgabios; /* up to 64 KB */
    uint32_t vgabios_size;
    /* Media are put into the drives by name before power-on: floppy0, floppy1, disk0 .. disk3 by
     * position, cdrom0 .. cdrom3 in order of position. */
    struct pc_geometry geometry[4];
    bool cdrom[4];             /* a CD-ROM drive in that position */
    struct chardev *serial[4]; /* NULL: a port with nothing on it; only present if has_serial */
    bool has_serial[4];
    struct pc_serial serial_at[4];
    struct pc_parallel parallel[3];
    bool debug_exit;     /* isa-debug-exit at F4h */
    bool disk_fast;      /* DiskSpeed=fast */
    char boot[4];        /* "a", "c", "acd": order */
    uint64_t wall_start; /* what the guest's clock shows at power-on, seconds since 1970 */
    bool wall_frozen;    /* and it always shows that */
    uint32_t vram;       /* 0: 16 MB */
    struct hostdos_backend *hostdos;     /* of our own DOS; NULL: the machine has no such device */
    bool hostdos_boot;                   /* it starts before any drive */
    const struct linux_boot *linux_boot; /* a kernel to start, or NULL; copied */
};

struct pc {
    struct board *board;
    struct device *pic, *pit, *speaker, *rtc, *dma, *kbc, *host_bridge, *piix3, *pm, *fw_cfg, *fdc,
        *ide, *vga, *hostdos, *parallel[3];
    struct pci_bus *pci;
    struct input input;
    struct irq ferr; /* FERR# from the CPU into the chipset */
    uint32_t memory;
};

/* Wires the whole machine; media are already in the drives of board->media if `prepare` put them
 * there (called once the hub exists, before the chips look at their drives). */
struct pc *pc_new(const struct pc_config *config, const struct board_hooks *hooks, void *hooks_ctx,
                  bool (*prepare)(void *ctx, struct media_hub *hub, struct error *err),
                  void *prepare_ctx, struct error *err);
void pc_free(struct pc *pc);
/* The power button is pressed and let go: by ACPI the guest hears of it if it asked to. */
void pc_power_button(struct pc *pc);
/* Has the guest asked to hear of the button? */
bool pc_hears_power_button(struct pc *pc);
/* The wall clock that the guest's clock follows shows `wall` now (seconds since 1970, as the guest
 * shall see it); what the guest itself set its clock ahead or back stays.  After a resume, a pause,
 * a reset. */
void pc_follow_clock(struct pc *pc, uint64_t wall);
/* Refills what the board writes into CMOS and fw_cfg from the drives and the configuration; at
 * power-on and at each hard reset. */
void pc_fill_cmos(struct pc *pc, const struct pc_config *config);

#endif
