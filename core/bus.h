/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_BUS_H
#define CORE_BUS_H

/*
 * The port bus: 64 K ports, each owned by at most one range.  Handlers get an offset inside their
 * range, a value and a size.  Nobody there: reads float (all ones), writes vanish.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct bus;
struct device;
struct port_map; /* one placed range, owned by the bus */

/* A range of ports as a device describes it.  `base` is relative to the address the device was
 * attached at.  `sizes` is a mask of 1, 2, 4: an access of another size is split into the next
 * smaller one, low first (each part goes to the range that owns its port), or passed by if the
 * range is `exact` (it then behaves as if the range were not there). */
struct port_range {
    uint16_t base;
    uint16_t count;
    uint8_t sizes;
    bool exact;
    bool hidden; /* has no place of its own: nobody is there until bus_move() shows it (PCI BARs) */
    uint32_t (*read)(struct device *dev, uint32_t offset, unsigned size);
    void (*write)(struct device *dev, uint32_t offset, uint32_t value, unsigned size);
    /* Optional, for string I/O: move up to `count` units of `size` bytes, return how many (0: the
     * bus falls back to single accesses). */
    uint32_t (*read_block)(struct device *dev, uint32_t offset, void *buf, uint32_t count,
                           unsigned size);
    uint32_t (*write_block)(struct device *dev, uint32_t offset, const void *buf, uint32_t count,
                            unsigned size);
};

struct bus *bus_new(void);
void bus_free(struct bus *bus);

/* Places a range at address + range->base.  Overlap is an error that names both sides; so is a
 * range that leaves the 64 K. */
struct port_map *bus_add(struct bus *bus, struct device *dev, const struct port_range *range,
                         uint16_t address, struct error *err);
/* Moves, shows or hides a placed range (PCI BARs, PM base).  An overlap made by the guest is no
 * error: a range that is not `hidden` goes before one that is, then the one added first. */
void bus_move(struct port_map *map, uint16_t address, bool enabled);
void bus_remove(struct port_map *map);

/* size is 1, 2 or 4. */
uint32_t bus_in(struct bus *bus, uint16_t port, unsigned size);
void bus_out(struct bus *bus, uint16_t port, uint32_t value, unsigned size);
/* String I/O: exactly count units are moved. */
void bus_in_block(struct bus *bus, uint16_t port, void *buf, uint32_t count, unsigned size);
void bus_out_block(struct bus *bus, uint16_t port, const void *buf, uint32_t count, unsigned size);

/* The device behind a port, or NULL. */
struct device *bus_owner(const struct bus *bus, uint16_t port);

#endif
