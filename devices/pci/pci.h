/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_PCI_PCI_H
#define DEVICES_PCI_PCI_H

/*
 * PCI configuration space for the chips that sit on the bus: PCI Local Bus Specification 2.1.
 * One bus (0).  A chip embeds struct pci_device as its first member and keeps its 256 configuration
 * bytes in its own state (s.config), so that they are saved with it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/device.h"

enum {
    PCI_VENDOR = 0x00,
    PCI_DEVICE = 0x02,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_REVISION = 0x08,
    PCI_CLASS = 0x09, /* three bytes: interface, sub-class, class */
    PCI_HEADER_TYPE = 0x0e,
    PCI_BAR0 = 0x10,
    PCI_SUBSYSTEM_VENDOR = 0x2c,
    PCI_SUBSYSTEM = 0x2e,
    PCI_ROM = 0x30,
    PCI_INTERRUPT_LINE = 0x3c,
    PCI_INTERRUPT_PIN = 0x3d,
};
enum { PCI_COMMAND_IO = 1, PCI_COMMAND_MEMORY = 2, PCI_COMMAND_MASTER = 4 };

struct pci_device;

struct pci_bar {
    uint32_t size; /* power of two; 0: not implemented, reads 0 */
    bool io;
    bool prefetch;
    /* The BAR's address or its enable bit changed.  address is valid if enabled. */
    void (*map)(struct pci_device *pci, unsigned bar, uint32_t address, bool enabled);
};

#define PCI_BAR_ROM 6 /* index of the expansion ROM's BAR */

struct pci_device {
    struct device dev; /* first member */
    struct pci_bus *bus;
    uint8_t devfn;      /* slot << 3 | function */
    uint8_t *config;    /* the chip's s.config */
    uint8_t wmask[256]; /* writable bits; BARs and command are set up by pci_add and pci_bar */
    uint8_t w1c[256];   /* bits that a 1 clears */
    struct pci_bar bars[7];
    /* After a configuration write has changed the bytes (BARs were handled already).  May be NULL.
     */
    void (*written)(struct pci_device *pci, unsigned offset, unsigned size);
};

struct pci_bus; /* owned by the host bridge (i440fx.c) */

/* ---- the host bridge's side ---- */

struct pci_bus *pci_bus_new(void);
/* All devices must be gone or never be used again. */
void pci_bus_free(struct pci_bus *bus);
/* One access of 1, 2 or 4 bytes to a function's configuration space, inside one dword.  Nobody
 * there: reads give all ones, writes vanish. */
uint32_t pci_config_read(struct pci_bus *bus, unsigned devfn, unsigned offset, unsigned size);
void pci_config_write(struct pci_bus *bus, unsigned devfn, unsigned offset, uint32_t value,
                      unsigned size);
/* Where INTA#-INTD# (pin 0-3) of every function go: the interrupt router of the PIIX3. */
void pci_bus_set_router(struct pci_bus *bus,
                        void (*route)(void *ctx, unsigned devfn, unsigned pin, bool active),
                        void *ctx);
/* Port CF9h lies between the host bridge's CF8h and its CFCh but belongs to the PIIX3: the bridge
 * passes its byte cycles on to whoever claims them here. */
struct pci_port {
    uint8_t (*read)(void *ctx);
    void (*write)(void *ctx, uint8_t value);
    void *ctx;
};
void pci_bus_set_reset_port(struct pci_bus *bus, struct pci_port port);
const struct pci_port *pci_bus_reset_port(const struct pci_bus *bus);
/* The function at slot << 3 | function, or NULL: for the monitor. */
struct pci_device *pci_bus_device(const struct pci_bus *bus, unsigned devfn);

/* ---- the chips' side ---- */

/* Makes the device visible at slot.function and sets the default write masks; call once in xxx_new,
 * after device_new. False and err: the place is taken. */
bool pci_add(struct pci_bus *bus, struct pci_device *pci, unsigned slot, unsigned function,
             uint8_t *config, struct error *err);
/* Describes a BAR (0-5) or the ROM (PCI_BAR_ROM). */
void pci_bar(struct pci_device *pci, unsigned bar, uint32_t size, bool io, bool prefetch,
             void (*map)(struct pci_device *pci, unsigned bar, uint32_t address, bool enabled));
/* Clears the configuration space and writes the read-only header; for the chip's reset.  class_code
 * is 24 bits: class, sub-class, interface.  interrupt_pin 0: none, 1: INTA#. */
void pci_reset(struct pci_device *pci, uint16_t vendor, uint16_t device, uint8_t revision,
               uint32_t class_code, uint8_t header_type, uint8_t interrupt_pin);
/* Calls every BAR's map function with what the configuration says: at the end of the chip's reset
 * and in its resume. */
void pci_remap(struct pci_device *pci);
/* Takes the function off its bus: for the chip's free. */
void pci_remove(struct pci_device *pci);
/* Drives the device's INTx# line (level, active = true) to the PCI interrupt router. */
void pci_intx(struct pci_device *pci, bool active);

static inline void pci_put16(uint8_t *config, unsigned at, uint16_t v)
{
    config[at] = (uint8_t)v;
    config[at + 1] = (uint8_t)(v >> 8);
}

static inline uint16_t pci_get16(const uint8_t *config, unsigned at)
{
    return (uint16_t)(config[at] | config[at + 1] << 8);
}

static inline void pci_put32(uint8_t *config, unsigned at, uint32_t v)
{
    pci_put16(config, at, (uint16_t)v);
    pci_put16(config, at + 2, (uint16_t)(v >> 16));
}

static inline uint32_t pci_get32(const uint8_t *config, unsigned at)
{
    return pci_get16(config, at) | (uint32_t)pci_get16(config, at + 2) << 16;
}

#endif
