/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_SERIAL_PARALLEL_H
#define DEVICES_SERIAL_PARALLEL_H

#include "core/device.h"
#include "core/printer.h"

/*
 * A printer port at base: eight ports with EPP where base is a multiple of 8, else three (3BCh).
 * printer: what is on the plug, or NULL (nothing); it belongs to the caller and must outlive the
 * device.  job_ns: a job ends after so much virtual time without a character.
 */
struct device *parallel_new(struct board *board, const char *name, uint16_t base, struct irq irq,
                            struct printer *printer, uint64_t job_ns, struct error *err);

/* The guest says that what it prints is complete. */
void parallel_end_job(struct device *dev);

#endif
