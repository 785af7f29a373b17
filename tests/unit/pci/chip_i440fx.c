/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/pci/chips.h"
#include "tests/unit/pci/host.h"

static bool make(struct bench *bench, struct error *err)
{
    struct pci_bus *bus;

    return host_new(bench, &bus, err) != NULL;
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    uint32_t r = random(ctx);

    config_poke(bench, 0, 0, random, ctx);
    if (r & 1) /* the PAM registers more often */
        config_out(bench, 0, 0, 0x59 + (r >> 8) % 7, random(ctx), 1);
    mem_write(bench->board->memory, 0xc0000 + (r & 0x3ffff), r >> 24, 1);
}

const struct generic_chip chip_i440fx = {
    .name = "i440fx",
    .make = make,
    .ports = { { 0xcf8, 8 } },
    .poke = poke,
};
