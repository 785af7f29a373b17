/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devices/pci/piix4_pm.h"
#include "tests/unit/pci/chips.h"
#include "tests/unit/pci/host.h"

static bool make(struct bench *bench, struct error *err)
{
    struct pci_bus *bus;

    return host_new(bench, &bus, err) &&
           piix4_pm_new(bench->board, bus, bench_irq(bench, 9), err) != NULL;
}

/* As the firmware sets it up. */
static void set_up(struct bench *bench)
{
    config_out(bench, 1, 3, 0x40, 0x601, 4);
    config_out(bench, 1, 3, 0x80, 1, 1);
    config_out(bench, 1, 3, 0x90, 0x701, 4);
    config_out(bench, 1, 3, 0xd2, 9, 1);
    config_out(bench, 1, 3, 0x04, 0x103, 2);
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    uint32_t r = random(ctx);

    if ((r & 7) < 4)
        set_up(bench);
    else if ((r & 7) < 6)
        piix4_pm_power_button(device_find(bench->board, "pm"));
    else
        config_poke(bench, 1, 3, random, ctx);
}

const struct generic_chip chip_piix4_pm = {
    .name = "piix4-pm",
    .make = make,
    .ports = { { 0x600, 64 }, { 0x600, 16 }, { 0x700, 16 }, { 0xb2, 2 }, { 0xafe0, 4 } },
    .poke = poke,
};
