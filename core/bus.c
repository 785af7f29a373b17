/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The port bus: one table entry per port names the range that owns it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus.h"
#include "core/device.h"

#define PORTS    65536u
#define MAX_MAPS 255

struct port_map {
    struct bus *bus; /* NULL: free */
    struct device *dev;
    const struct port_range *range;
    uint16_t first; /* address of offset 0 */
    bool enabled;
};

struct bus {
    uint8_t owner[PORTS]; /* index into maps, plus one */
    struct port_map maps[MAX_MAPS];
};

struct bus *bus_new(void)
{
    struct bus *bus = calloc(1, sizeof(*bus));

    assert(bus);
    return bus;
}

void bus_free(struct bus *bus)
{
    free(bus);
}

static struct port_map *map_at(const struct bus *bus, uint16_t port)
{
    uint8_t owner = bus->owner[port];

    return owner ? (struct port_map *)&bus->maps[owner - 1] : NULL;
}

static void paint(struct bus *bus, const struct port_map *map)
{
    for (unsigned i = 0; i < map->range->count && map->first + i < PORTS; i++)
        if (!bus->owner[map->first + i])
            bus->owner[map->first + i] = (uint8_t)(map - bus->maps + 1);
}

/* A range lies over another only after a guest has moved it.  Who is seen then must not depend on
 * the way there, or a saved machine would go on differently: ranges with a place of their own come
 * first, then those that were added first. */
static void repaint(struct bus *bus)
{
    memset(bus->owner, 0, sizeof(bus->owner));
    for (int hidden = 0; hidden < 2; hidden++)
        for (unsigned i = 0; i < MAX_MAPS; i++)
            if (bus->maps[i].bus && bus->maps[i].enabled && bus->maps[i].range->hidden == hidden)
                paint(bus, &bus->maps[i]);
}

struct port_map *bus_add(struct bus *bus, struct device *dev, const struct port_range *range,
                         uint16_t address, struct error *err)
{
    uint32_t first = (uint32_t)address + range->base;
    struct port_map *map = NULL;

    if (first + range->count > PORTS) {
        error_set(err, "%s: ports %x+%x leave the 64 K port space", dev->name, first, range->count);
        return NULL;
    }
    for (unsigned i = 0; i < range->count && !range->hidden; i++) {
        const struct port_map *other = map_at(bus, (uint16_t)(first + i));

        if (other) {
            error_set(err, "%s: port %xh is already used by %s", dev->name, first + i,
                      other->dev->name);
            return NULL;
        }
    }
    for (unsigned i = 0; i < MAX_MAPS && !map; i++)
        if (!bus->maps[i].bus)
            map = &bus->maps[i];
    if (!map) {
        error_set(err, "%s: all %d port ranges are in use", dev->name, MAX_MAPS);
        return NULL;
    }
    *map = (struct port_map){
        .bus = bus, .dev = dev, .range = range, .first = (uint16_t)first, .enabled = !range->hidden
    };
    if (map->enabled)
        paint(bus, map);
    return map;
}

void bus_move(struct port_map *map, uint16_t address, bool enabled)
{
    uint16_t first = (uint16_t)(address + map->range->base);

    if (map->enabled == enabled && map->first == first)
        return;
    map->first = first;
    map->enabled = enabled;
    repaint(map->bus);
}

void bus_remove(struct port_map *map)
{
    struct bus *bus;

    if (!map)
        return;
    bus = map->bus;
    map->bus = NULL;
    if (map->enabled)
        repaint(bus);
}

static uint32_t size_mask(unsigned size)
{
    return size == 4 ? UINT32_MAX : (1u << (8 * size)) - 1;
}

/* May the range be asked with this size, or is the access split? */
static bool fits(const struct port_map *map, uint16_t port, unsigned size)
{
    return (map->range->sizes & size) && (unsigned)(port - map->first) + size <= map->range->count;
}

uint32_t bus_in(struct bus *bus, uint16_t port, unsigned size)
{
    const struct port_map *map = map_at(bus, port);
    unsigned half = size / 2;
    uint32_t low;

    if (map && fits(map, port, size)) {
        if (!map->range->read)
            return size_mask(size);
        return map->range->read(map->dev, (uint16_t)(port - map->first), size) & size_mask(size);
    }
    if (size == 1 || (map && map->range->exact && !(map->range->sizes & size)))
        return size_mask(size);
    low = bus_in(bus, port, half); /* in this order: reading has effects */
    return low | bus_in(bus, (uint16_t)(port + half), half) << (8 * half);
}

void bus_out(struct bus *bus, uint16_t port, uint32_t value, unsigned size)
{
    const struct port_map *map = map_at(bus, port);
    unsigned half = size / 2;

    value &= size_mask(size);
    if (map && fits(map, port, size)) {
        if (map->range->write)
            map->range->write(map->dev, (uint16_t)(port - map->first), value, size);
        return;
    }
    if (size == 1 || (map && map->range->exact && !(map->range->sizes & size)))
        return;
    bus_out(bus, port, value, half);
    bus_out(bus, (uint16_t)(port + half), value >> (8 * half), half);
}

void bus_in_block(struct bus *bus, uint16_t port, void *buf, uint32_t count, unsigned size)
{
    uint8_t *out = buf;

    while (count) {
        const struct port_map *map = map_at(bus, port);
        uint32_t done = 0;

        if (map && map->range->read_block && fits(map, port, size))
            done =
                map->range->read_block(map->dev, (uint16_t)(port - map->first), out, count, size);
        if (!done) {
            uint32_t value = bus_in(bus, port, size);

            memcpy(out, &value, size);
            done = 1;
        }
        out += (size_t)done * size;
        count -= done;
    }
}

void bus_out_block(struct bus *bus, uint16_t port, const void *buf, uint32_t count, unsigned size)
{
    const uint8_t *in = buf;

    while (count) {
        const struct port_map *map = map_at(bus, port);
        uint32_t done = 0;

        if (map && map->range->write_block && fits(map, port, size))
            done =
                map->range->write_block(map->dev, (uint16_t)(port - map->first), in, count, size);
        if (!done) {
            uint32_t value = 0;

            memcpy(&value, in, size);
            bus_out(bus, port, value, size);
            done = 1;
        }
        in += (size_t)done * size;
        count -= done;
    }
}

struct device *bus_owner(const struct bus *bus, uint16_t port)
{
    const struct port_map *map = map_at(bus, port);

    return map ? map->dev : NULL;
}
