/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space: type 0 headers, base address registers, interrupt pins.
 * Source: PCI Local Bus Specification 2.1, chapter 6.
 *
 * A base address of 0 counts as "not assigned" and is not decoded, nor is a memory range that ends
 * at 4 GB: both only occur while a BAR is being sized, and a real board hides them behind its RAM
 * and its firmware.  Not modelled: bridges (there is one bus), capabilities, parity and system
 * errors.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "devices/pci/pci.h"

enum { BAR_IO = 1, BAR_PREFETCH = 8, ROM_ENABLE = 1 };
enum { COMMAND_PARITY = 0x40, COMMAND_SERR = 0x100 };

struct pci_bus {
    struct pci_device *devices[256];
    void (*route)(void *ctx, unsigned devfn, unsigned pin, bool active);
    void *route_ctx;
    struct pci_port reset_port;
};

struct pci_bus *pci_bus_new(void)
{
    struct pci_bus *bus = calloc(1, sizeof(*bus));

    assert(bus);
    return bus;
}

void pci_bus_free(struct pci_bus *bus)
{
    if (!bus)
        return;
    for (unsigned i = 0; i < 256; i++)
        if (bus->devices[i])
            bus->devices[i]->bus = NULL;
    free(bus);
}

void pci_bus_set_router(struct pci_bus *bus,
                        void (*route)(void *ctx, unsigned devfn, unsigned pin, bool active),
                        void *ctx)
{
    bus->route = route;
    bus->route_ctx = ctx;
}

void pci_bus_set_reset_port(struct pci_bus *bus, struct pci_port port)
{
    bus->reset_port = port;
}

const struct pci_port *pci_bus_reset_port(const struct pci_bus *bus)
{
    return &bus->reset_port;
}

struct pci_device *pci_bus_device(const struct pci_bus *bus, unsigned devfn)
{
    return bus->devices[devfn & 0xff];
}

/* ---- base addresses ---- */

static unsigned bar_offset(unsigned bar)
{
    return bar == PCI_BAR_ROM ? PCI_ROM : PCI_BAR0 + 4 * bar;
}

static void map_bar(struct pci_device *pci, unsigned bar)
{
    const struct pci_bar *b = &pci->bars[bar];
    uint16_t command = pci_get16(pci->config, PCI_COMMAND);
    uint32_t value = pci_get32(pci->config, bar_offset(bar));
    uint32_t address = value & ~(b->size - 1);
    bool enabled = command & (b->io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY);

    if (!b->size || !b->map)
        return;
    if (bar == PCI_BAR_ROM && !(value & ROM_ENABLE))
        enabled = false;
    if (address == 0 || (uint64_t)address + b->size > (b->io ? 0x10000u : UINT32_MAX))
        enabled = false;
    b->map(pci, bar, address, enabled);
}

void pci_remap(struct pci_device *pci)
{
    for (unsigned bar = 0; bar <= PCI_BAR_ROM; bar++)
        map_bar(pci, bar);
}

void pci_bar(struct pci_device *pci, unsigned bar, uint32_t size, bool io, bool prefetch,
             void (*map)(struct pci_device *pci, unsigned bar, uint32_t address, bool enabled))
{
    uint32_t mask = ~(size - 1);

    assert(bar <= PCI_BAR_ROM && size >= 4 && !(size & (size - 1)));
    pci->bars[bar] = (struct pci_bar){ .size = size, .io = io, .prefetch = prefetch, .map = map };
    if (bar == PCI_BAR_ROM)
        mask |= ROM_ENABLE;
    pci_put32(pci->wmask, bar_offset(bar), mask);
}

/* ---- configuration cycles ---- */

uint32_t pci_config_read(struct pci_bus *bus, unsigned devfn, unsigned offset, unsigned size)
{
    const struct pci_device *pci = bus->devices[devfn & 0xff];
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)(pci ? pci->config[(offset + i) & 0xff] : 0xff) << (8 * i);
    return value;
}

/* Does [offset, offset + size) touch [at, at + len)? */
static bool touches(unsigned offset, unsigned size, unsigned at, unsigned len)
{
    return offset < at + len && at < offset + size;
}

void pci_config_write(struct pci_bus *bus, unsigned devfn, unsigned offset, uint32_t value,
                      unsigned size)
{
    struct pci_device *pci = bus->devices[devfn & 0xff];

    offset &= 0xff;
    if (!pci)
        return;
    for (unsigned i = 0; i < size && offset + i < 256; i++) {
        uint8_t v = (uint8_t)(value >> (8 * i)), *byte = &pci->config[offset + i];
        uint8_t mask = pci->wmask[offset + i];

        *byte = (uint8_t)((*byte & ~mask) | (v & mask));
        *byte &= (uint8_t) ~(v & pci->w1c[offset + i]);
    }
    if (touches(offset, size, PCI_COMMAND, 2)) {
        pci_remap(pci);
    } else {
        for (unsigned bar = 0; bar <= PCI_BAR_ROM; bar++)
            if (pci->bars[bar].size && touches(offset, size, bar_offset(bar), 4))
                map_bar(pci, bar);
    }
    if (pci->written)
        pci->written(pci, offset, size);
}

/* ---- functions ---- */

bool pci_add(struct pci_bus *bus, struct pci_device *pci, unsigned slot, unsigned function,
             uint8_t *config, struct error *err)
{
    unsigned devfn = slot << 3 | function;

    assert(slot < 32 && function < 8);
    if (bus->devices[devfn])
        return error_set(err, "%s: PCI function %02x.%x is already used by %s", pci->dev.name, slot,
                         function, bus->devices[devfn]->dev.name);
    bus->devices[devfn] = pci;
    pci->bus = bus;
    pci->devfn = (uint8_t)devfn;
    pci->config = config;
    pci_put16(pci->wmask, PCI_COMMAND,
              PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | COMMAND_PARITY |
                  COMMAND_SERR);
    pci->wmask[PCI_INTERRUPT_LINE] = 0xff;
    pci->w1c[PCI_STATUS + 1] = 0xf9; /* errors and aborts that were seen */
    return true;
}

void pci_remove(struct pci_device *pci)
{
    if (pci->bus)
        pci->bus->devices[pci->devfn] = NULL;
    pci->bus = NULL;
}

void pci_reset(struct pci_device *pci, uint16_t vendor, uint16_t device, uint8_t revision,
               uint32_t class_code, uint8_t header_type, uint8_t interrupt_pin)
{
    uint8_t *c = pci->config;

    memset(c, 0, 256);
    pci_put16(c, PCI_VENDOR, vendor);
    pci_put16(c, PCI_DEVICE, device);
    pci_put32(c, PCI_REVISION, revision | class_code << 8);
    c[PCI_HEADER_TYPE] = header_type;
    c[PCI_INTERRUPT_PIN] = interrupt_pin;
    for (unsigned bar = 0; bar < PCI_BAR_ROM; bar++) {
        const struct pci_bar *b = &pci->bars[bar];

        if (b->size)
            c[bar_offset(bar)] = (uint8_t)((b->io ? BAR_IO : 0) | (b->prefetch ? BAR_PREFETCH : 0));
    }
    pci_intx(pci, false);
}

void pci_intx(struct pci_device *pci, bool active)
{
    struct pci_bus *bus = pci->bus;
    unsigned pin = pci->config[PCI_INTERRUPT_PIN];

    if (bus && bus->route && pin >= 1 && pin <= 4)
        bus->route(bus->route_ctx, pci->devfn, pin - 1, active);
}
