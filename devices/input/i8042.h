/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_INPUT_I8042_H
#define DEVICES_INPUT_I8042_H

#include "core/device.h"

/*
 * The PS/2 keyboard controller with its keyboard and mouse (two more devices on the board).
 * `a20` follows output port bit 1, which is high after a reset as on the real chip; the chipset
 * decides how port 92h joins in.  `init` gets a pulse when output port bit 0 is pulled low.
 */
struct device *i8042_new(struct board *board, struct irq irq1, struct irq irq12, struct irq a20,
                         struct irq init, struct error *err);

#endif
