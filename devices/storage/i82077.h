/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_STORAGE_I82077_H
#define DEVICES_STORAGE_I82077_H

/* Intel 82077AA floppy disk controller at 3F0h, with up to two drives. */

#include <stdbool.h>
#include <stdint.h>

#include "core/device.h"
#include "core/media.h"

/* Port 3F7h is this chip's.  A drive that is NULL is not connected.  `fast`: sectors take 100 us
 * and steps 20 us instead of the time that a real drive takes. */
struct device *i82077_new(struct board *board, struct irq irq, struct dma_line dma, struct drive *a,
                          struct drive *b, bool fast, struct error *err);

/* What kind of diskette an image of a size is.  False: none. */
struct i82077_format {
    uint8_t cylinders, heads, sectors;
    uint8_t rates; /* mask: bit n = data rate code n reads it */
};
bool i82077_format(uint64_t image_size, struct i82077_format *format);
/* The type nibble of CMOS byte 10h for a drive that takes such an image; 4 (1.44 MB) if unknown. */
unsigned i82077_cmos_type(uint64_t image_size);

#endif
