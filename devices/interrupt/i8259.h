/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_INTERRUPT_I8259_H
#define DEVICES_INTERRUPT_I8259_H

/*
 * The two 8259A interrupt controllers of an AT: master at 20h, slave at A0h on the master's IR2,
 * and the edge/level registers at 4D0h and 4D1h.  One device holds both.
 *
 * A source holds its line high until it has been served: as on the real chip, an edge whose line
 * falls before it was acknowledged is forgotten.
 */

#include "core/device.h"

struct device *i8259_pair_new(struct board *board, struct error *err);

/* Line IRQ 0-15 for a source; 2 is the AT's IRQ 9 (IR2 itself belongs to the slave). */
struct irq i8259_line(struct device *pic, unsigned irq);

/* The CPU's INTA cycles: returns the vector.  Called by the CPU only. */
uint8_t i8259_acknowledge(struct device *pic);

/* The INTR pin as the master drives it now. */
bool i8259_intr(const struct device *pic);

#endif
