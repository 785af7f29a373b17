/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IDE function with its channels for the generic tests. */
#include <string.h>

#include "devices/storage/piix3_ide.h"
#include "tests/unit/storage/storage_bench.h"
#include "tests/unit/storage/storage_chips.h"

#define DISK_SIZE (128u << 10)
#define DEVFN     (1 << 3 | 1)

static bool make(struct bench *bench, struct error *err)
{
    static const struct ata_geometry geometry[4];
    struct board *board = bench->board;
    struct drive *disks[4] = { media_drive(board->media, "disk0"), NULL, NULL,
                               media_drive(board->media, "disk3") };
    uint8_t *bytes = board_block(board, "disk", DISK_SIZE, err);
    struct pci_bus *pci = storage_pci_bus(bench);

    if (!bytes)
        return false;
    drive_set_media(disks[0], media_memory_new(bytes, DISK_SIZE, false));
    drive_set_media(disks[3], media_memory_new(bytes, DISK_SIZE, true));
    if (!piix3_ide_new(board, pci, bench_irq(bench, 14), bench_irq(bench, 15), disks, geometry,
                       true, err))
        return false;
    pci_config_write(pci, DEVFN, 0x40, 0x80008000, 4);
    pci_config_write(pci, DEVFN, 0x20, 0xc001, 4);
    pci_config_write(pci, DEVFN, 4, 5, 2);
    return true;
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    uint32_t r = random(ctx), p = random(ctx);
    struct pci_bus *pci = storage_pci_bus(bench);
    uint16_t base = r & 0x100 ? 0x170 : 0x1f0, bm = r & 0x100 ? 0xc008 : 0xc000;

    if ((r & 0xf) == 0) {
        pci_config_write(pci, DEVFN, p & 0xff, p >> 8, 1u << (r >> 4) % 3);
        return;
    }
    if ((r & 0xf) == 1) { /* back to what works */
        pci_config_write(pci, DEVFN, 0x40, 0x80008000, 4);
        pci_config_write(pci, DEVFN, 0x20, 0xc001, 4);
        pci_config_write(pci, DEVFN, 4, 5, 2);
        return;
    }
    mem_write(bench->board->memory, 0x1000, 0x20000 + (p & 0xffff), 4);
    mem_write(bench->board->memory, 0x1004, (p >> 16 & 0x7ff) | (p & 1 ? 0x80000000 : 0), 4);
    mem_write(bench->board->memory, 0x1008, 0x30000, 4);
    mem_write(bench->board->memory, 0x100c, 0x80000000, 4);
    bench_out(bench, bm + 4, 0x1000, 4);
    bench_out(bench, bm, r & 0x10 ? 8 : 0, 1);
    bench_out(bench, base + 6, 0xe0 | (r & 0x100 ? 0x10 : 0), 1);
    bench_out(bench, base + 2, p & 3, 1);
    bench_out(bench, base + 3, p >> 8 & 0xff, 1);
    bench_out(bench, base + 4, 0, 1);
    bench_out(bench, base + 5, 0, 1);
    bench_out(bench, base + 7, r & 0x10 ? 0xc8 : 0xca, 1);
    bench_out(bench, bm, (r & 0x10 ? 8 : 0) | 1, 1);
}

const struct generic_chip chip_piix3_ide = {
    .name = "piix3_ide",
    .make = make,
    .ports = { { 0x1f0, 8 }, { 0x170, 8 }, { 0x3f6, 1 }, { 0x376, 1 }, { 0xc000, 16 } },
    .poke = poke,
};
