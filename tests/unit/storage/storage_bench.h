/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_STORAGE_STORAGE_BENCH_H
#define TESTS_UNIT_STORAGE_STORAGE_BENCH_H

#include "devices/pci/pci.h"
#include "tests/generic.h"

/* The bench's PCI bus, made at the first call and freed with the bench. */
struct pci_bus *storage_pci_bus(struct bench *bench);

#endif
