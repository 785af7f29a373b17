/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_SERIAL_PARALLEL_H
#define DEVICES_SERIAL_PARALLEL_H

#include "core/device.h"

/* A printer port with nothing plugged in, at three ports from base on. */
struct device *parallel_new(struct board *board, const char *name, uint16_t base, struct irq irq,
                            struct error *err);

#endif
