/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/state.h"
#include "tests/unit/storage/ide_bench.h"
#include "tests/unit/storage/storage_bench.h"

#define DEVFN     (1 << 3 | 1)
#define HUGE_DISK (1u << 16) /* sectors: such images have no bytes, only a size */

uint8_t ide_pattern(uint64_t offset)
{
    return (uint8_t)(offset / 512 * 29 + offset * 3);
}

static void host_failed(void *ctx, const struct media_failure *failure)
{
    (void)failure;
    ((struct ide *)ctx)->host_errors++;
}

static void insert(struct ide *ide, unsigned i, bool blank)
{
    static const char *const names[IDE_DISKS] = { "disk0", "disk1", "disk2", "disk3" };
    const struct ide_disk *disk = &ide->disks[i];
    uint64_t bytes = disk->sectors * 512;

    ide->drives[i] = media_drive(ide->bench->board->media, names[i]);
    ide->drives[i]->cdrom = disk->cdrom;
    if (!disk->sectors)
        return;
    ide->images[i] = malloc(disk->sectors < HUGE_DISK ? bytes : 1);
    for (uint64_t k = 0; k < bytes && disk->sectors < HUGE_DISK && !blank; k++)
        ide->images[i][k] = ide_pattern(k);
    drive_set_media(ide->drives[i], media_memory_new(ide->images[i], bytes, disk->read_only));
}

static struct ide *make(const struct ide_disk disks[IDE_DISKS], bool blank)
{
    struct ide *ide = calloc(1, sizeof(*ide));
    struct ata_geometry geometry[IDE_DISKS];
    struct error err = { { 0 } };
    struct pci_bus *pci;

    ide->bench = bench_new();
    media_hub_on_error(ide->bench->board->media, host_failed, ide);
    memcpy(ide->disks, disks, sizeof(ide->disks));
    for (unsigned i = 0; i < IDE_DISKS; i++) {
        insert(ide, i, blank);
        geometry[i] = disks[i].geometry;
    }
    pci = storage_pci_bus(ide->bench);
    ide->chip =
        piix3_ide_new(ide->bench->board, pci, bench_irq(ide->bench, 14), bench_irq(ide->bench, 15),
                      ide->drives, geometry, !disks[0].real_speed, &err);
    ck_assert_msg(ide->chip != NULL, "%s", err.text);
    pci_config_write(pci, DEVFN, 0x40, 0x80008000, 4);
    pci_config_write(pci, DEVFN, 0x20, IDE_BM | 1, 4);
    pci_config_write(pci, DEVFN, 4, 5, 2);
    ide_channel(ide, 0);
    return ide;
}

struct ide *ide_new(const struct ide_disk disks[IDE_DISKS])
{
    return make(disks, false);
}

struct ide *ide_new_one(uint64_t sectors, bool read_only)
{
    const struct ide_disk disks[IDE_DISKS] = { { sectors, read_only, { 0 } } };

    return ide_new(disks);
}

void ide_free(struct ide *ide)
{
    bench_free(ide->bench);
    for (unsigned i = 0; i < IDE_DISKS; i++)
        free(ide->images[i]);
    free(ide);
}

void ide_channel(struct ide *ide, unsigned n)
{
    ide->base = n ? 0x170 : 0x1f0;
    ide->irq = 14 + n;
}

struct ide *ide_save_and_resume(struct ide *ide)
{
    struct ide *to = make(ide->disks, true);
    struct state_buffer buf = { 0 };
    struct error err = { { 0 } };
    size_t at = 0;

    to->base = ide->base;
    to->irq = ide->irq;
    media_hub_drain(ide->bench->board->media);
    state_save_board(&buf, ide->bench->board);
    for (unsigned i = 0; i < IDE_DISKS; i++)
        if (ide->images[i] && ide->disks[i].sectors < HUGE_DISK)
            memcpy(to->images[i], ide->images[i], ide->disks[i].sectors * 512);
    memcpy(to->bench->board->blocks[0].host, ide->bench->board->blocks[0].host,
           ide->bench->board->blocks[0].size);
    ck_assert_msg(state_load_board(buf.data, buf.used, &at, to->bench->board, &err), "%s",
                  err.text);
    memcpy(to->bench->level, ide->bench->level, sizeof(to->bench->level));
    state_buffer_free(&buf);
    ide_free(ide);
    return to;
}

void ide_out(struct ide *ide, unsigned reg, uint8_t value)
{
    bench_out(ide->bench, (uint16_t)(ide->base + reg), value, 1);
}

uint8_t ide_in(struct ide *ide, unsigned reg)
{
    return (uint8_t)bench_in(ide->bench, (uint16_t)(ide->base + reg), 1);
}

uint8_t ide_alt_status(struct ide *ide)
{
    return (uint8_t)bench_in(ide->bench, (uint16_t)(ide->base + 0x206), 1);
}

void ide_control(struct ide *ide, uint8_t value)
{
    bench_out(ide->bench, (uint16_t)(ide->base + 0x206), value, 1);
}

void ide_command(struct ide *ide, uint8_t select, uint8_t command, uint8_t count, uint32_t lba)
{
    ide_out(ide, 6, (uint8_t)(select | (lba >> 24 & 15)));
    ide_out(ide, 2, count);
    ide_out(ide, 3, (uint8_t)lba);
    ide_out(ide, 4, (uint8_t)(lba >> 8));
    ide_out(ide, 5, (uint8_t)(lba >> 16));
    ide_out(ide, 7, command);
}

void ide_command_chs(struct ide *ide, uint8_t command, uint8_t count, unsigned c, unsigned h,
                     unsigned s)
{
    ide_out(ide, 6, (uint8_t)(0xa0 | h));
    ide_out(ide, 2, count);
    ide_out(ide, 3, (uint8_t)s);
    ide_out(ide, 4, (uint8_t)c);
    ide_out(ide, 5, (uint8_t)(c >> 8));
    ide_out(ide, 7, command);
}

bool ide_wait_irq(struct ide *ide)
{
    uint64_t end = vclock_now(ide->bench->board->clock) + 10000000;

    while (!ide->bench->level[ide->irq])
        if (!vclock_step(ide->bench->board->clock, end))
            return false;
    return true;
}

bool ide_wait(struct ide *ide)
{
    uint64_t end = vclock_now(ide->bench->board->clock) + 10000000;

    while (ide_alt_status(ide) & 0x80)
        if (!vclock_step(ide->bench->board->clock, end))
            return false;
    return true;
}

void ide_expect(struct ide *ide, uint8_t status, uint8_t error)
{
    ck_assert(ide_wait_irq(ide));
    ck_assert_uint_eq(ide_alt_status(ide), status);
    ck_assert_uint_eq(ide_in(ide, 1), error);
    ck_assert_uint_eq(ide_in(ide, 7), status);
    ck_assert(!ide->bench->level[ide->irq]);
}

void ide_read_words(struct ide *ide, uint8_t *data, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i += 2) {
        uint32_t word = bench_in(ide->bench, ide->base, 2);

        data[i] = (uint8_t)word;
        data[i + 1] = (uint8_t)(word >> 8);
    }
}

void ide_write_words(struct ide *ide, const uint8_t *data, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i += 2)
        bench_out(ide->bench, ide->base, data[i] | (uint32_t)data[i + 1] << 8, 2);
}

void ide_identify(struct ide *ide, uint8_t select, uint16_t words[256])
{
    uint8_t data[512];

    ide_out(ide, 6, select);
    ide_out(ide, 7, 0xec);
    ck_assert_uint_eq(ide_alt_status(ide), 0xd0);
    ck_assert(ide_wait_irq(ide));
    ck_assert_uint_eq(ide_in(ide, 7), 0x58);
    ide_read_words(ide, data, 512);
    ck_assert_uint_eq(ide_in(ide, 7), 0x50);
    for (unsigned i = 0; i < 256; i++)
        words[i] = (uint16_t)(data[2 * i] | data[2 * i + 1] << 8);
}

void ide_prd(struct ide *ide, unsigned n, uint32_t address, uint16_t count, bool last)
{
    mem_write(ide->bench->board->memory, IDE_PRD + 8 * n, address, 4);
    mem_write(ide->bench->board->memory, IDE_PRD + 8 * n + 4, count | (last ? 0x80000000 : 0), 4);
}

uint8_t ide_memory(struct ide *ide, uint32_t address)
{
    return (uint8_t)mem_read(ide->bench->board->memory, address, 1);
}
