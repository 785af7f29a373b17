/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devices/pci/piix3.h"
#include "devices/pci/piix4_pm.h"
#include "tests/unit/pci/chips.h"
#include "tests/unit/pci/host.h"

enum { GATE2_LINE = 40 };

static void set_gate2(void *pit, bool level)
{
    ((struct bench *)pit)->level[GATE2_LINE] = level;
}

static bool out2(void *pit)
{
    return ((struct bench *)pit)->level[GATE2_LINE];
}

static bool make(struct bench *bench, struct error *err)
{
    struct piix3_wiring wiring = { .set_gate2 = set_gate2, .out2 = out2, .pit = bench };
    struct pci_bus *bus;
    struct device *piix3;

    for (unsigned n = 0; n < 16; n++)
        wiring.isa_irq[n] = bench_irq(bench, n);
    if (!host_new(bench, &bus, err) || !(piix3 = piix3_new(bench->board, bus, &wiring, err)))
        return false;
    return piix4_pm_new(bench->board, bus, piix3_isa_line(piix3, 9), err) != NULL;
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    struct device *piix3 = device_find(bench->board, "piix3");
    struct device *pm = device_find(bench->board, "pm");
    uint32_t r = random(ctx);
    bool level = r >> 31;
    struct irq line;

    switch (r & 7) {
    case 0:
        line = piix3_a20_line(piix3);
        break;
    case 1:
        line = piix3_init_line(piix3);
        break;
    case 2:
    case 3:
        line = piix3_ferr_line(piix3);
        break;
    case 4:
        line = piix3_isa_line(piix3, r >> 8 & 15);
        break;
    case 5:
        pci_intx((struct pci_device *)pm, level);
        return;
    case 6:
        config_out(bench, 1, 0, 0x60 + (r >> 8 & 3), random(ctx), 1);
        return;
    default:
        config_poke(bench, 1, 0, random, ctx);
        return;
    }
    irq_set(&line, level);
}

const struct generic_chip chip_piix3 = {
    .name = "piix3",
    .make = make,
    .ports = { { 0x61, 1 }, { 0x92, 1 }, { 0xf0, 2 }, { 0xcf8, 8 } },
    .poke = poke,
};
