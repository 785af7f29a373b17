/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PIIX3's IDE function: configuration space, decoding, bus master. */
#include <errno.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/storage/ide_bench.h"
#include "tests/unit/storage/storage_bench.h"

#define DEVFN (1 << 3 | 1)
#define DISK  20160u
#define LBA0  0xe0
#define READY 0x50

enum { START = 1, TO_MEMORY = 8, ACTIVE = 1, ERROR = 2, INT = 4 };

static uint32_t config(struct ide *ide, unsigned offset, unsigned size)
{
    return pci_config_read(storage_pci_bus(ide->bench), DEVFN, offset, size);
}

static void set_config(struct ide *ide, unsigned offset, uint32_t value, unsigned size)
{
    pci_config_write(storage_pci_bus(ide->bench), DEVFN, offset, value, size);
}

static uint32_t bm(struct ide *ide, unsigned reg, unsigned size)
{
    return bench_in(ide->bench, (uint16_t)(IDE_BM + (ide->irq == 15 ? 8 : 0) + reg), size);
}

static void set_bm(struct ide *ide, unsigned reg, uint32_t value, unsigned size)
{
    bench_out(ide->bench, (uint16_t)(IDE_BM + (ide->irq == 15 ? 8 : 0) + reg), value, size);
}

static void expect_memory(struct ide *ide, uint32_t address, uint64_t offset, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        ck_assert_uint_eq(ide_memory(ide, address + i), ide_pattern(offset + i));
}

/* ---- configuration ---- */

START_TEST(header_says_ide_with_bus_master)
{
    struct ide *ide = ide_new_one(DISK, false);

    device_reset(ide->chip, RESET_HARD);
    ck_assert_uint_eq(config(ide, 0x00, 4), 0x70108086);
    ck_assert_uint_eq(config(ide, 0x08, 4), 0x01018000);
    ck_assert_uint_eq(config(ide, 0x06, 2), 0x0280);
    ck_assert_uint_eq(config(ide, 0x0e, 1), 0);
    ck_assert_uint_eq(config(ide, 0x3c, 2), 0);
    set_config(ide, 0x20, 0xffffffff, 4);
    ck_assert_uint_eq(config(ide, 0x20, 4), 0xfffffff1);
    set_config(ide, 0x10, 0xffffffff, 4);
    ck_assert_uint_eq(config(ide, 0x10, 4), 0);
    set_config(ide, 0x04, 0xffff, 2);
    ck_assert_uint_eq(config(ide, 0x04, 2), 0x0005);
    set_config(ide, 0x40, 0x8000, 2);
    set_config(ide, 0x42, 0xa307, 2);
    ck_assert_uint_eq(config(ide, 0x40, 4), 0xa3078000);
    ide_free(ide);
}
END_TEST

START_TEST(ports_are_decoded_by_idetim_and_the_command_register)
{
    struct ide *ide = ide_new_one(DISK, false);
    struct bus *bus = ide->bench->board->bus;

    ck_assert_ptr_nonnull(bus_owner(bus, 0x1f7));
    ck_assert_ptr_nonnull(bus_owner(bus, 0x3f6));
    ck_assert_ptr_null(bus_owner(bus, 0x3f7)); /* the floppy controller's */
    ck_assert_ptr_nonnull(bus_owner(bus, 0x176));
    set_config(ide, 0x40, 0x0000, 2);
    ck_assert_ptr_null(bus_owner(bus, 0x1f7));
    ck_assert_ptr_null(bus_owner(bus, 0x3f6));
    ck_assert_ptr_nonnull(bus_owner(bus, 0x176));
    ck_assert_ptr_nonnull(bus_owner(bus, IDE_BM));
    set_config(ide, 0x40, 0x80, 2); /* another bit */
    ck_assert_ptr_null(bus_owner(bus, 0x1f7));
    set_config(ide, 0x41, 0x80, 1);
    ck_assert_ptr_nonnull(bus_owner(bus, 0x1f7));
    set_config(ide, 0x04, 0x0004, 2);
    ck_assert_ptr_null(bus_owner(bus, 0x1f7));
    ck_assert_ptr_null(bus_owner(bus, 0x176));
    ck_assert_ptr_null(bus_owner(bus, IDE_BM));
    set_config(ide, 0x04, 0x0005, 2);
    set_config(ide, 0x20, 0xd000, 4);
    ck_assert_ptr_null(bus_owner(bus, IDE_BM));
    ck_assert_ptr_nonnull(bus_owner(bus, 0xd00f));
    ide_free(ide);
}
END_TEST

START_TEST(bus_master_registers_hold_what_is_defined)
{
    struct ide *ide = ide_new_one(DISK, false);

    set_bm(ide, 4, 0xffffffff, 4);
    ck_assert_uint_eq(bm(ide, 4, 4), 0xfffffffc);
    set_bm(ide, 6, 0x1234, 2);
    ck_assert_uint_eq(bm(ide, 4, 4), 0x1234fffc);
    set_bm(ide, 0, 0xfe, 1);
    ck_assert_uint_eq(bm(ide, 0, 1), TO_MEMORY);
    set_bm(ide, 2, 0xff, 1);
    ck_assert_uint_eq(bm(ide, 2, 1), 0x60);
    set_bm(ide, 2, 0x00, 1);
    ck_assert_uint_eq(bm(ide, 2, 1), 0x00);
    set_bm(ide, 1, 0xff, 1);
    ck_assert_uint_eq(bm(ide, 1, 1), 0);
    ide_free(ide);
}
END_TEST

/* ---- transfers ---- */

START_TEST(read_dma_scatters_over_the_region_table)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_prd(ide, 0, IDE_BUF, 0x600, false);
    ide_prd(ide, 1, IDE_BUF + 0x10000, 2, false);
    ide_prd(ide, 2, IDE_BUF + 0x20000, 0, true); /* 64 KB */
    set_bm(ide, 4, IDE_PRD, 4);
    set_bm(ide, 0, TO_MEMORY, 1);
    ide_command(ide, LBA0, 0xc8, 100, 1000);
    set_bm(ide, 0, TO_MEMORY | START, 1);
    ck_assert_uint_eq(bm(ide, 2, 1), ACTIVE);
    ck_assert(ide_wait_irq(ide));
    ck_assert_uint_eq(bm(ide, 2, 1), ACTIVE | INT); /* the table is longer than the transfer */
    set_bm(ide, 0, 0, 1);
    ck_assert_uint_eq(bm(ide, 2, 1), INT);
    set_bm(ide, 2, INT, 1);
    ck_assert_uint_eq(bm(ide, 2, 1), 0);
    ide_expect(ide, READY, 0);
    expect_memory(ide, IDE_BUF, 1000 * 512, 0x600);
    ck_assert_uint_eq(ide_memory(ide, IDE_BUF + 0x600), 0);
    expect_memory(ide, IDE_BUF + 0x10000, 1000 * 512 + 0x600, 2);
    expect_memory(ide, IDE_BUF + 0x20000, 1000 * 512 + 0x602, 100 * 512 - 0x602);
    ck_assert_uint_eq(ide_in(ide, 2), 0);
    ide_free(ide);
}
END_TEST

START_TEST(write_dma_gathers_and_ends_with_the_table)
{
    struct ide *ide = ide_new_one(DISK, false);

    for (unsigned i = 0; i < 4 * 512; i++)
        mem_write(ide->bench->board->memory, IDE_BUF + i, i * 7 + 1, 1);
    ide_prd(ide, 0, IDE_BUF, 0x400, false);
    ide_prd(ide, 1, IDE_BUF + 0x400, 0x400, true);
    set_bm(ide, 4, IDE_PRD, 4);
    ide_command(ide, LBA0, 0xca, 4, 50);
    bench_run(ide->bench, 1000000); /* the disk waits for the bus master */
    ck_assert_uint_eq(ide_alt_status(ide), 0x58);
    set_bm(ide, 0, START, 1);
    ck_assert_uint_eq(ide_alt_status(ide), 0x58); /* not inside the write */
    ck_assert(ide_wait_irq(ide));
    ck_assert_uint_eq(bm(ide, 2, 1), INT);
    ide_expect(ide, READY, 0);
    for (unsigned i = 0; i < 4 * 512; i++)
        ck_assert_uint_eq(ide->images[0][50 * 512 + i], (uint8_t)(i * 7 + 1));
    ide_free(ide);
}
END_TEST

START_TEST(both_channels_have_their_own_bus_master)
{
    const struct ide_disk disks[4] = {
        { DISK, false, { 0 } }, { 0 }, { 0 }, { DISK, false, { 0 } }
    };
    struct ide *ide = ide_new(disks);

    ide_channel(ide, 1);
    ide_prd(ide, 0, IDE_BUF, 512, true);
    set_bm(ide, 4, IDE_PRD, 4);
    set_bm(ide, 0, TO_MEMORY | START, 1);
    ide_command(ide, 0xf0, 0xc8, 1, 9);
    ck_assert(ide_wait_irq(ide));
    ck_assert_uint_eq(bm(ide, 2, 1), INT);
    expect_memory(ide, IDE_BUF, 9 * 512, 512);
    ck_assert(!ide->bench->level[14]);
    ide_channel(ide, 0);
    ck_assert_uint_eq(bm(ide, 2, 1), 0);
    ide_free(ide);
}
END_TEST

START_TEST(table_shorter_than_the_transfer_leaves_the_disk_waiting)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_prd(ide, 0, IDE_BUF, 512, true);
    set_bm(ide, 4, IDE_PRD, 4);
    set_bm(ide, 0, TO_MEMORY | START, 1);
    ide_command(ide, LBA0, 0xc8, 2, 0);
    ck_assert(!ide_wait_irq(ide));
    ck_assert_uint_eq(bm(ide, 2, 1), 0);
    ck_assert_uint_eq(ide_alt_status(ide), 0x58);
    expect_memory(ide, IDE_BUF, 0, 512);
    set_bm(ide, 0, 0, 1); /* started again, it goes on */
    set_bm(ide, 0, TO_MEMORY | START, 1);
    ide_expect(ide, READY, 0);
    expect_memory(ide, IDE_BUF, 512, 512);
    ide_free(ide);
}
END_TEST

START_TEST(nothing_moves_against_the_direction_or_without_master_enable)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_prd(ide, 0, IDE_BUF, 512, true);
    set_bm(ide, 4, IDE_PRD, 4);
    set_bm(ide, 0, START, 1); /* from memory */
    ide_command(ide, LBA0, 0xc8, 1, 1);
    ck_assert(!ide_wait_irq(ide));
    ck_assert_uint_eq(ide_memory(ide, IDE_BUF), 0);
    ck_assert_uint_eq(bm(ide, 2, 1), ACTIVE);
    set_bm(ide, 0, 0, 1);
    set_config(ide, 4, 1, 2);
    set_bm(ide, 0, TO_MEMORY | START, 1);
    ck_assert(!ide_wait_irq(ide));
    set_config(ide, 4, 5, 2);
    set_bm(ide, 0, 0, 1);
    set_bm(ide, 0, TO_MEMORY | START, 1);
    set_bm(ide, 0, TO_MEMORY | START, 1); /* no second start */
    ide_expect(ide, READY, 0);
    expect_memory(ide, IDE_BUF, 512, 512);
    ide_control(ide, 4); /* a reset ends one that waits */
    ide_control(ide, 0);
    ck_assert(ide_wait(ide));
    ck_assert_uint_eq(ide_in(ide, 7), READY);
    ide_free(ide);
}
END_TEST

START_TEST(host_failures_end_dma_with_an_interrupt)
{
    for (unsigned out = 0; out < 2; out++)
        for (int at = 0;; at++) {
            struct ide *ide = ide_new_one(1000, false);
            unsigned failed;

            media_memory_fail(ide->drives[0]->media, at, ENOSPC);
            ide_prd(ide, 0, IDE_BUF, 0, true);
            set_bm(ide, 4, IDE_PRD, 4);
            ide_command(ide, LBA0, out ? 0xca : 0xc8, 128, 5);
            set_bm(ide, 0, (out ? 0 : TO_MEMORY) | START, 1);
            ck_assert(ide_wait_irq(ide));
            failed = ide->host_errors;
            ck_assert(bm(ide, 2, 1) & INT);
            ck_assert_uint_eq(ide_in(ide, 7), failed ? 0x51 : READY);
            ck_assert_uint_eq(ide_in(ide, 1), failed ? 0x40 : 0);
            if (failed)
                ck_assert_uint_eq(ide_in(ide, 3), 5 + at * 64);
            ide_free(ide);
            if (!failed) {
                ck_assert_int_eq(at, 2);
                break;
            }
        }
}
END_TEST

/* ---- saved states ---- */

START_TEST(saved_in_the_middle_of_dma_it_goes_on_exactly)
{
    for (unsigned out = 0; out < 2; out++) {
        struct ide *ide = ide_new_one(1000, false);
        unsigned legs = 0;

        for (unsigned i = 0; i < 0x10000; i++)
            if (out)
                mem_write(ide->bench->board->memory, IDE_BUF + i, i / 3, 1);
        for (unsigned i = 0; i < 16; i++)
            ide_prd(ide, i, IDE_BUF + i * 0x1000, 0x1000, i == 15);
        set_bm(ide, 4, IDE_PRD, 4);
        ide_command(ide, LBA0, out ? 0xca : 0xc8, 128, 777);
        ide = ide_save_and_resume(ide);
        set_bm(ide, 0, (out ? 0 : TO_MEMORY) | START, 1);
        while (!ide->bench->level[14]) {
            ide = ide_save_and_resume(ide);
            bench_run(ide->bench, 700);
            ck_assert_uint_lt(legs++, 1000);
        }
        ck_assert_uint_gt(legs, 20);
        ck_assert_uint_eq(bm(ide, 2, 1), INT);
        ide_expect(ide, READY, 0);
        for (unsigned i = 0; i < 0x10000; i++) {
            ck_assert_uint_eq(ide->images[0][777 * 512 + i],
                              out ? (uint8_t)(i / 3) : ide_pattern(777 * 512 + i));
            ck_assert_uint_eq(ide_memory(ide, IDE_BUF + i), ide->images[0][777 * 512 + i]);
        }
        ide_free(ide);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("piix3_ide");

    CHECK_CASE(suite, "configuration", header_says_ide_with_bus_master,
               ports_are_decoded_by_idetim_and_the_command_register,
               bus_master_registers_hold_what_is_defined);
    CHECK_CASE(suite, "transfers", read_dma_scatters_over_the_region_table,
               write_dma_gathers_and_ends_with_the_table, both_channels_have_their_own_bus_master,
               table_shorter_than_the_transfer_leaves_the_disk_waiting,
               nothing_moves_against_the_direction_or_without_master_enable,
               host_failures_end_dma_with_an_interrupt);
    CHECK_CASE(suite, "saved states", saved_in_the_middle_of_dma_it_goes_on_exactly);
    return check_main(suite);
}
