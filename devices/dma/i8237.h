/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_DMA_I8237_H
#define DEVICES_DMA_I8237_H

/* The AT's two 8237A DMA controllers (00h, C0h) and the page registers (80h-8Fh) as one device. */

#include "core/device.h"

struct device *i8237_new(struct board *board, struct error *err);

/* Channel 0-3 (bytes) or 5-7 (words) for the device that owns it. */
struct dma_line i8237_line(struct device *dma, unsigned channel);

#endif
