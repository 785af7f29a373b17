/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_VIDEO_VGA_H
#define DEVICES_VIDEO_VGA_H

/* The display adapter: a VGA with the Bochs "dispi" extension, PCI 1234:1111 at 00:02.0. */

#include "core/device.h"
#include "devices/pci/pci.h"

/*
 * vram is vram_size bytes, a power of two from 256 KB to 256 MB; rom (may be NULL) is the video
 * BIOS, rom_size a power of two of at least one page.  Both are the board's blocks and outlive the
 * device.  Becomes the board's screen.  NULL and err if a size is wrong or a place is taken.
 */
struct device *vga_new(struct board *board, struct pci_bus *bus, uint8_t *vram, uint32_t vram_size,
                       uint8_t *rom, uint32_t rom_size, struct error *err);

#endif
