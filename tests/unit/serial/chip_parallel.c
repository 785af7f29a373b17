/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devices/serial/parallel.h"
#include "tests/unit/serial/chips.h"

/* Names the printer that belongs to a bench.  The printers outlive all benches, of which a few live
 * side by side; what they answer depends on the character alone, so that two of them agree. */
struct plug {
    struct device dev;
    struct printer *printer;
};

static const struct device_class plug_class = {
    .name = "plug",
    .state_offset = sizeof(struct plug),
};

static bool take(struct printer *printer, uint8_t byte)
{
    if (printer->status != PRINTER_READY || (byte & 7) == 7)
        return false;
    printer->job = 20260101000000001u;
    return true;
}

static void end(struct printer *printer)
{
    printer->job = 0;
}

static void resume(struct printer *printer, uint64_t job)
{
    printer->job = job;
}

static bool make_at(struct bench *bench, uint16_t base, struct error *err)
{
    static struct printer printers[8];
    static unsigned next;
    struct plug *plug = device_new(bench->board, &plug_class, sizeof(*plug), "plug", 0, err);

    if (!plug)
        return false;
    plug->printer = &printers[next++ % 8];
    *plug->printer = (struct printer){ .write = take, .end_job = end, .resume_job = resume };
    return parallel_new(bench->board, "parallel0", base, bench_irq(bench, 7), plug->printer, 50000,
                        err) != NULL;
}

static bool make(struct bench *bench, struct error *err)
{
    return make_at(bench, 0x378, err);
}

static bool make_spp(struct bench *bench, struct error *err)
{
    return make_at(bench, 0x3bc, err);
}

/* Paper runs out and comes back, and the port is looked at meanwhile. */
static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    struct printer *printer = ((struct plug *)device_find(bench->board, "plug"))->printer;
    uint32_t r = random(ctx);
    uint16_t base = device_find(bench->board, "parallel0")->cls->ports->count == 8 ? 0x378 : 0x3bc;

    printer->status = r & 1 ? PRINTER_NO_PAPER : PRINTER_OFFLINE;
    bench_in(bench, (uint16_t)(base + 1), 1);
    if (r & 2)
        bench_out(bench, (uint16_t)(base + 2), r >> 8 & 0xff, 1);
    printer->writable(printer->ctx);
    printer->status = PRINTER_READY;
    if (r & 4)
        printer->writable(printer->ctx);
}

const struct generic_chip chip_parallel = {
    .name = "parallel",
    .make = make,
    .ports = { { 0x378, 8 }, { 0x378, 3 }, { 0x37a, 1 } },
    .poke = poke,
};

const struct generic_chip chip_parallel_spp = {
    .name = "parallel_spp",
    .make = make_spp,
    .ports = { { 0x3bc, 3 }, { 0x3be, 1 } },
    .poke = poke,
};
