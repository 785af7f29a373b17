/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PCI bus for a bench without host bridge. */
#include <assert.h>

#include "tests/unit/storage/storage_bench.h"

struct bus_holder {
    struct device dev;
    struct pci_bus *bus;
};

static void release(struct device *dev)
{
    pci_bus_free(((struct bus_holder *)dev)->bus);
}

static const struct device_class holder_class = {
    .name = "pci_bus_holder",
    .version = 1,
    .free = release,
};

struct pci_bus *storage_pci_bus(struct bench *bench)
{
    struct bus_holder *holder = (struct bus_holder *)device_find(bench->board, "pci");

    if (!holder) {
        holder = device_new(bench->board, &holder_class, sizeof(*holder), "pci", 0, NULL);
        assert(holder); /* not ck_assert: fuzzers run outside of a suite */
        holder->bus = pci_bus_new();
    }
    return holder->bus;
}
