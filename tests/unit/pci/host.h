/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_PCI_HOST_H
#define TESTS_UNIT_PCI_HOST_H

/* A host bridge on the bench, and configuration cycles by mechanism 1. */

#include <string.h>

#include "devices/pci/i440fx.h"
#include "tests/generic.h"

enum { HOST_RAM = 2 << 20, HOST_BIOS = 256 << 10 };

/* The bench's own RAM would be seen where the bridge shows nothing: an empty bus hides it. */
static inline uint32_t nobody_read(void *ctx, uint32_t offset, unsigned size)
{
    (void)ctx;
    (void)offset;
    (void)size;
    return UINT32_MAX;
}

static inline void nobody_write(void *ctx, uint32_t offset, uint32_t value, unsigned size)
{
    (void)ctx;
    (void)offset;
    (void)value;
    (void)size;
}

static const struct mem_ops nobody_ops = { nobody_read, nobody_write, 7 };

/* The image's byte n is n >> 12, so that every page can be told from the others; RAM is zero. */
static inline struct device *host_new(struct bench *bench, struct pci_bus **bus, struct error *err)
{
    uint8_t *ram = board_block(bench->board, "host-ram", HOST_RAM, err);
    uint8_t *bios = ram ? board_block(bench->board, "host-bios", HOST_BIOS, err) : NULL;

    if (!bios ||
        !mem_add_mmio(bench->board->memory, "nobody", 0, 2 << 20, 1, &nobody_ops, NULL, err))
        return NULL;
    for (unsigned page = 0; page < HOST_BIOS >> 12; page++)
        memset(bios + (page << 12), (int)page, 1 << 12);
    return i440fx_new(bench->board, ram, HOST_RAM, bios, HOST_BIOS, bus, err);
}

static inline uint32_t config_address(unsigned slot, unsigned function, unsigned offset)
{
    return 0x80000000u | slot << 11 | function << 8 | (offset & 0xfc);
}

static inline uint32_t config_in(struct bench *bench, unsigned slot, unsigned function,
                                 unsigned offset, unsigned size)
{
    bench_out(bench, 0xcf8, config_address(slot, function, offset), 4);
    return bench_in(bench, (uint16_t)(0xcfc + (offset & 3)), size);
}

static inline void config_out(struct bench *bench, unsigned slot, unsigned function,
                              unsigned offset, uint32_t value, unsigned size)
{
    bench_out(bench, 0xcf8, config_address(slot, function, offset), 4);
    bench_out(bench, (uint16_t)(0xcfc + (offset & 3)), value, size);
}

/* A random configuration write to one function, for the random traffic. */
static inline void config_poke(struct bench *bench, unsigned slot, unsigned function,
                               uint32_t (*random)(void *ctx), void *ctx)
{
    uint32_t r = random(ctx);
    unsigned size = 1u << (r >> 8) % 3;

    config_out(bench, slot, function, r & 0xff & ~(size - 1), random(ctx), size);
}

#endif
