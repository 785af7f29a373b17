/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_SERIAL_I16550_H
#define DEVICES_SERIAL_I16550_H

#include "core/chardev.h"
#include "core/device.h"

/* A 16550A at eight ports from base on.  chr: the line, or NULL (nothing is plugged in); it belongs
 * to the caller and must outlive the device. */
struct device *i16550_new(struct board *board, const char *name, uint16_t base, struct irq irq,
                          struct chardev *chr, struct error *err);

/* Characters take 2 microseconds each, whatever the divisor says: for transfers that nobody wants
 * to wait for.  Order and interrupts stay as they are. */
void i16550_set_fast(struct device *dev, bool fast);

#endif
