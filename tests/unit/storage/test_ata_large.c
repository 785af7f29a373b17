/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Large disks: 48-bit addresses on both channels, and the host protected area. */
#include <errno.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/storage/ide_bench.h"

#define DISK  20160u
#define LARGE (300ull << 21) /* 300 GB in sectors; the image has no bytes */
#define READY 0x50
#define ERR   0x51

/* A 48-bit command: the previous contents of the registers first. */
static void command_ext(struct ide *ide, uint8_t command, unsigned count, uint64_t lba)
{
    ide_out(ide, 6, 0xe0);
    ide_out(ide, 2, (uint8_t)(count >> 8));
    ide_out(ide, 2, (uint8_t)count);
    for (unsigned i = 0; i < 3; i++) {
        ide_out(ide, 3 + i, (uint8_t)(lba >> (24 + 8 * i)));
        ide_out(ide, 3 + i, (uint8_t)(lba >> (8 * i)));
    }
    ide_out(ide, 7, command);
}

static uint64_t address_ext(struct ide *ide)
{
    uint64_t lba = 0;

    for (unsigned i = 0; i < 3; i++) {
        ide_control(ide, 0);
        lba |= (uint64_t)ide_in(ide, 3 + i) << (8 * i);
        ide_control(ide, 0x80);
        lba |= (uint64_t)ide_in(ide, 3 + i) << (24 + 8 * i);
    }
    ide_control(ide, 0);
    return lba;
}

static uint64_t capacity(const uint16_t *words)
{
    return words[100] | (uint64_t)words[101] << 16 | (uint64_t)words[102] << 32 |
           (uint64_t)words[103] << 48;
}

static struct ide *large(unsigned place)
{
    struct ide_disk disks[IDE_DISKS] = { { 0 } };
    struct ide *ide;

    disks[place].sectors = LARGE;
    ide = ide_new(disks);
    ide_channel(ide, place / 2);
    return ide;
}

START_TEST(identify_of_a_large_disk)
{
    for (unsigned place = 0; place < 3; place += 2) {
        struct ide *ide = large(place);
        uint16_t words[256];

        ide_identify(ide, 0xa0, words);
        ck_assert_uint_eq(words[1], 16383);
        ck_assert_uint_eq(words[60] | words[61] << 16, 0x0fffffff);
        ck_assert_uint_eq(words[80] & 0x40, 0x40); /* ATA/ATAPI-6 */
        ck_assert_uint_eq(words[83] & 0xe400, 0x6400);
        ck_assert_uint_eq(words[86] & 0x2400, 0x2400);
        ck_assert_uint_eq(words[82] & 0x0400, 0x0400);
        ck_assert_uint_eq(capacity(words), LARGE);
        ide_free(ide);
    }
}
END_TEST

START_TEST(addresses_beyond_28_bits)
{
    struct ide *ide = large(2);

    media_memory_fail(ide->drives[2]->media, 0, EIO); /* the image has no bytes to be read */
    command_ext(ide, 0x24, 8, LARGE - 8);
    ide_expect(ide, ERR, 0x40);
    ck_assert_uint_eq(address_ext(ide), LARGE - 8);
    media_memory_fail(ide->drives[2]->media, 0, EIO);
    command_ext(ide, 0x25, 300, LARGE - 300); /* by DMA */
    ide_expect(ide, ERR, 0x40);
    ck_assert_uint_eq(address_ext(ide), LARGE - 300);
    command_ext(ide, 0x24, 1, LARGE);
    ide_expect(ide, ERR, 0x10);
    command_ext(ide, 0xea, 0, 0);
    ide_expect(ide, READY, 0);
    ide_free(ide);
}
END_TEST

START_TEST(native_maximum_of_large_and_small_disks)
{
    struct ide *ide = large(0);

    ide_command(ide, 0xe0, 0xf8, 0, 0);
    ide_expect(ide, READY, 0);
    ck_assert_uint_eq(ide_in(ide, 6) & 0x0f, 0x0f); /* as much as 28 bits hold */
    ck_assert_uint_eq(ide_in(ide, 5), 0xff);
    command_ext(ide, 0x27, 0, 0);
    ide_expect(ide, READY, 0);
    ck_assert_uint_eq(address_ext(ide), LARGE - 1);
    ide_free(ide);
    ide = ide_new_one(DISK, false);
    ide_command(ide, 0xe0, 0xf8, 0, 0);
    ide_expect(ide, READY, 0);
    ck_assert_uint_eq(address_ext(ide) & 0xffffff, DISK - 1);
    command_ext(ide, 0x27, 0, 0);
    ide_expect(ide, ERR, 4);
    ide_command(ide, 0xa0, 0xf8, 0, 0); /* by cylinders */
    ide_expect(ide, ERR, 4);
    ide_free(ide);
}
END_TEST

START_TEST(set_max_hides_the_end_of_a_disk)
{
    struct ide *ide = ide_new_one(DISK, false);
    uint16_t words[256];

    ide_command(ide, 0xe0, 0xf9, 0, 9999); /* only right after READ NATIVE MAX ADDRESS */
    ide_expect(ide, ERR, 4);
    ide_command(ide, 0xe0, 0xf8, 0, 0);
    ide_expect(ide, READY, 0);
    ide_command(ide, 0xe0, 0xf9, 0, 9999);
    ide_expect(ide, READY, 0);
    ide_identify(ide, 0xa0, words);
    ck_assert_uint_eq(words[60] | words[61] << 16, 10000);
    ide_command(ide, 0xe0, 0x40, 1, 9999);
    ide_expect(ide, READY, 0);
    ide_command(ide, 0xe0, 0x40, 1, 10000);
    ide_expect(ide, ERR, 0x10);
    ide = ide_save_and_resume(ide);
    ide_command(ide, 0xe0, 0x40, 1, 10000);
    ide_expect(ide, ERR, 0x10);
    ide_command(ide, 0xe0, 0xf8, 0, 0);
    ide_expect(ide, READY, 0);
    ck_assert_uint_eq(address_ext(ide) & 0xffffff, DISK - 1);
    ide_command(ide, 0xe0, 0xf9, 0, DISK); /* there is no such sector */
    ide_expect(ide, ERR, 0x10);
    ide_command(ide, 0xe0, 0xf8, 0, 0);
    ide_expect(ide, READY, 0);
    ide_command(ide, 0xe0, 0xf9, 0, DISK - 1); /* all is there again */
    ide_expect(ide, READY, 0);
    ide_command(ide, 0xe0, 0x40, 1, DISK - 1);
    ide_expect(ide, READY, 0);
    ide_free(ide);
}
END_TEST

START_TEST(set_max_ext_of_a_large_disk)
{
    struct ide *ide = large(0);
    uint16_t words[256];

    command_ext(ide, 0x27, 0, 0);
    ide_expect(ide, READY, 0);
    command_ext(ide, 0x37, 0, 0x11ffffff);
    ide_expect(ide, READY, 0);
    ide_identify(ide, 0xa0, words);
    ck_assert_uint_eq(capacity(words), 0x12000000);
    command_ext(ide, 0x24, 1, 0x12000000);
    ide_expect(ide, ERR, 0x10);
    device_reset(device_find(ide->bench->board, "ide0"), RESET_HARD);
    ide_identify(ide, 0xa0, words);
    ck_assert_uint_eq(capacity(words), LARGE);
    ide_free(ide);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("large disks");

    CHECK_CASE(suite, "lba48", identify_of_a_large_disk, addresses_beyond_28_bits);
    CHECK_CASE(suite, "protected area", native_maximum_of_large_and_small_disks,
               set_max_hides_the_end_of_a_disk, set_max_ext_of_a_large_disk);
    return check_main(suite);
}
