/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_PCI_I440FX_H
#define DEVICES_PCI_I440FX_H

/*
 * 82441FX (PMC) host bridge at 00:00.0: configuration mechanism 1, RAM, the PAM areas, the firmware
 * below 4 GB, and the PCI bus itself.
 *
 * Priorities in the memory map, as the chip decodes: its own RAM first, then the firmware, and only
 * what neither claims goes out to the bus.  Device memory of other chips (PCI BARs, the VGA window)
 * belongs at I440FX_PRIORITY_PCI or below, so that a BAR laid over RAM never hides it.
 */

#include "core/device.h"
#include "devices/pci/pci.h"

enum {
    I440FX_PRIORITY_PCI = 2, /* for others: device memory */
    I440FX_PRIORITY_ROM = 4, /* the firmware below 4 GB */
    I440FX_PRIORITY_RAM = 5, /* RAM below 640 KB and above 1 MB, PAM areas, SMRAM while open */
};

/*
 * ram is ram_size bytes (1 MB to 2 GB, whole pages); bios is the firmware image of 128 or 256 KB,
 * whose last 128 KB are seen at E0000-FFFFF too.  Both are the board's blocks.  *bus is the new PCI
 * bus; it lives as long as the bridge.  NULL and err if a size is wrong or a place is taken.
 */
struct device *i440fx_new(struct board *board, uint8_t *ram, uint32_t ram_size, uint8_t *bios,
                          uint32_t bios_size, struct pci_bus **bus, struct error *err);

#endif
