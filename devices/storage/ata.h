/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_STORAGE_ATA_H
#define DEVICES_STORAGE_ATA_H

/* An ATA channel with up to two disks or CD-ROM drives: AT Attachment with Packet Interface - 4. */

#include <stdbool.h>
#include <stdint.h>

#include "core/device.h"
#include "core/media.h"

/* What a disk says its shape is; any of them 0: from the size of its image. */
struct ata_geometry {
    uint16_t cylinders, heads, sectors;
};
/* Fills in zeros for an image of that many sectors: 16 heads, 63 sectors, up to 16383 cylinders. */
void ata_default_geometry(struct ata_geometry *geometry, uint64_t sectors);

/* The bus master's side of a channel. */
struct ata_dma {
    /* Moves up to len bytes between buf and memory; returns how many it could now (0: not started).
     * NULL: there is no bus master, the disks offer no DMA. */
    unsigned (*transfer)(void *ctx, bool to_memory, uint8_t *buf, unsigned len);
    void *ctx;
};

/* Command block at io_base (1F0h, 170h), control block at io_base + 206h; hidden until enabled.  A
 * drive that is NULL or empty is not there; disk or none is decided now and when media change.  A
 * drive that is marked as a CD-ROM drive is one and always there; `fast`: it need not seek. */
struct device *ata_channel_new(struct board *board, const char *name, uint16_t io_base,
                               struct irq irq, struct drive *const drives[2],
                               const struct ata_geometry geometry[2], struct ata_dma dma, bool fast,
                               struct error *err);
void ata_channel_enable(struct device *dev, bool enabled);
/* The bus master was started: a transfer that waits for it goes on soon. */
void ata_channel_kick(struct device *dev);
/* The shape a disk shows; false: no such disk. */
bool ata_channel_geometry(const struct device *dev, unsigned unit, struct ata_geometry *geometry);

#endif
