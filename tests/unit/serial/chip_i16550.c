/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devices/serial/i16550.h"
#include "tests/unit/serial/chips.h"

/* Names the line that belongs to a bench.  The lines themselves outlive all benches, of which a few
 * live side by side. */
struct cable {
    struct device dev;
    struct chardev *chr;
};

static const struct device_class cable_class = {
    .name = "cable",
    .state_offset = sizeof(struct cable),
};

static bool make(struct bench *bench, struct error *err)
{
    static struct chardev lines[8];
    static unsigned next;
    struct cable *cable = device_new(bench->board, &cable_class, sizeof(*cable), "cable", 0, err);

    if (!cable)
        return false;
    cable->chr = &lines[next++ % 8];
    *cable->chr = (struct chardev){ 0 };
    return i16550_new(bench->board, "serial0", 0x3f8, bench_irq(bench, 4), cable->chr, err) != NULL;
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    struct cable *cable = (struct cable *)device_find(bench->board, "cable");
    uint32_t r = random(ctx);
    uint8_t byte = (uint8_t)(r >> 8);

    switch (r & 3) {
    case 0:
        cable->chr->lines = r >> 8 & 15;
        cable->chr->lines_changed(cable->chr->ctx);
        break;
    case 1:
        cable->chr->receive_bad(cable->chr->ctx, byte, r >> 16);
        break;
    default:
        if (cable->chr->room(cable->chr->ctx))
            cable->chr->receive(cable->chr->ctx, &byte, 1);
        break;
    }
}

const struct generic_chip chip_i16550 = {
    .name = "i16550",
    .make = make,
    .ports = { { 0x3f8, 8 }, { 0x3f8, 2 } },
    .poke = poke,
};
