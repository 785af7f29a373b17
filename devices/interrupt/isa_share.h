/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_INTERRUPT_ISA_SHARE_H
#define DEVICES_INTERRUPT_ISA_SHARE_H

#include "core/device.h"

enum { ISA_SHARE_SOURCES = 8 };

/* ISA interrupt lines that several cards pull: a line is high while any of its sources is.  out:
 * the sixteen lines behind it. */
struct device *isa_share_new(struct board *board, const struct irq out[16], struct error *err);

/* Line n (0-15) as source number `source` (0-7) sees it. */
struct irq isa_share_line(struct device *dev, unsigned n, unsigned source);

#endif
