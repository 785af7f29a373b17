/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_PCI_PIIX3_H
#define DEVICES_PCI_PIIX3_H

/*
 * 82371SB (PIIX3) PCI-ISA bridge at 00:01.0: the interrupt router, A20, resets, port 61h and the
 * coprocessor error logic.
 */

#include "core/device.h"
#include "devices/pci/pci.h"

struct piix3_wiring {
    struct irq isa_irq[16]; /* inputs of the two 8259s */
    /* Counter 2 of the i8254; either may be NULL. */
    void (*set_gate2)(void *pit, bool level);
    bool (*out2)(void *pit);
    void *pit;
    void (*set_speaker)(void *speaker, bool on); /* bit 1 of port 61h; may be NULL */
    void *speaker;
};

struct device *piix3_new(struct board *board, struct pci_bus *bus,
                         const struct piix3_wiring *wiring, struct error *err);

/* Interrupt input n (0-15) of the ISA side, wired-OR with the PCI interrupts routed there. */
struct irq piix3_isa_line(struct device *dev, unsigned n);
/* A20GATE and RCIN# of the keyboard controller; for both, high means active. */
struct irq piix3_a20_line(struct device *dev);
struct irq piix3_init_line(struct device *dev);
/* FERR# of the CPU; high means active. */
struct irq piix3_ferr_line(struct device *dev);

#endif
