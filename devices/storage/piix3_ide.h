/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_STORAGE_PIIX3_IDE_H
#define DEVICES_STORAGE_PIIX3_IDE_H

/* The IDE function of Intel's 82371SB (PIIX3) at 00:01.1, with its two channels. */

#include "devices/pci/pci.h"
#include "devices/storage/ata.h"

/* disks: primary master and slave, secondary master and slave; NULL or empty: not there, unless it
 * is marked as a CD-ROM drive.  fast: CDs come without seeking. */
struct device *piix3_ide_new(struct board *board, struct pci_bus *bus, struct irq irq14,
                             struct irq irq15, struct drive *const disks[4],
                             const struct ata_geometry geometry[4], bool fast, struct error *err);
/* CMOS byte 39h: how the BIOS shall translate each disk's cylinders, two bits a disk. */
uint8_t piix3_ide_translation(const struct device *dev);

#endif
