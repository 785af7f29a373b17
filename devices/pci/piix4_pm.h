/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_PCI_PIIX4_PM_H
#define DEVICES_PCI_PIIX4_PM_H

/*
 * Power management function of the 82371AB (PIIX4) at 00:01.3: ACPI registers, the 3.58 MHz timer,
 * the SMBus host controller and the APM ports B2h and B3h.
 */

#include "core/device.h"
#include "devices/pci/pci.h"

/* sci: IRQ 9 (piix3_isa_line(piix3, 9), since PCI interrupts may be routed there too). */
struct device *piix4_pm_new(struct board *board, struct pci_bus *bus, struct irq sci,
                            struct error *err);

/* The person presses the power button (and lets it go): the guest is told if it asked to be. */
void piix4_pm_power_button(struct device *dev);
/* Would the guest hear of the button now? */
bool piix4_pm_hears_power_button(const struct device *dev);

#endif
