/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ATA disks by programmed I/O: sentences of ATA/ATAPI-4. */
#include <errno.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/storage/ide_bench.h"

#define LBA0  0xe0
#define LBA1  0xf0
#define DISK  20160u /* sectors: 20 cylinders of 16 x 63 */
#define READY 0x50
#define DRQ   0x58
#define ERR   0x51

static uint8_t data[256 * 512];

static void expect_pattern(const uint8_t *bytes, uint64_t lba, unsigned sectors)
{
    for (unsigned i = 0; i < sectors * 512; i++)
        ck_assert_uint_eq(bytes[i], ide_pattern(lba * 512 + i));
}

/* ---- registers and presence ---- */

START_TEST(firmware_finds_the_disk)
{
    struct ide *ide = ide_new_one(DISK, false);
    uint16_t words[256];

    for (unsigned unit = 0; unit < 2; unit++) { /* SEABIOS.md, ATA */
        ck_assert(!(ide_in(ide, 7) & 0x80));
        ide_out(ide, 6, unit ? 0xb0 : 0xa0);
        ide_out(ide, 2, 0x55);
        ide_out(ide, 3, 0xaa);
        ck_assert_uint_eq(ide_in(ide, 2), 0x55); /* disk 0 answers for disk 1 */
        ck_assert_uint_eq(ide_in(ide, 3), 0xaa);
    }
    ide_control(ide, 0x0e);
    ck_assert_uint_eq(ide_in(ide, 7), 0x80);
    ide_control(ide, 0x0a);
    bench_run(ide->bench, 2000000);
    ide_out(ide, 6, 0xa0);
    ck_assert_uint_eq(ide_in(ide, 7), READY);
    ide_out(ide, 7, 0xa1);
    bench_run(ide->bench, 1000000);
    ck_assert_uint_eq(ide_in(ide, 7), ERR);
    ck_assert_uint_eq(ide_in(ide, 1), 0x04);
    ide_control(ide, 0x08);
    ide_identify(ide, 0xa0, words);
    ck_assert_uint_eq(words[60] | words[61] << 16, DISK);
    ide_out(ide, 6, 0xb0);
    ck_assert_uint_eq(ide_in(ide, 7), 0);
    ide_out(ide, 7, 0xec); /* nobody hears it */
    bench_run(ide->bench, 1000000);
    ck_assert_uint_eq(ide_in(ide, 7), 0);
    ck_assert(!ide->bench->level[14]);
    ide_free(ide);
}
END_TEST

START_TEST(channel_without_disks_floats)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_channel(ide, 1);
    for (unsigned reg = 1; reg < 8; reg++)
        ck_assert_uint_eq(ide_in(ide, reg), 0x7f);
    ck_assert_uint_eq(ide_alt_status(ide), 0x7f);
    ck_assert_uint_eq(bench_in(ide->bench, 0x170, 2), 0xff7f);
    ide_out(ide, 7, 0xec);
    ide_out(ide, 7, 0x90);
    bench_out(ide->bench, 0x170, 0x1234, 2);
    bench_run(ide->bench, 1000000);
    ck_assert_uint_eq(ide_in(ide, 7), 0x7f);
    ck_assert(!ide->bench->level[15]);
    ide_free(ide);
}
END_TEST

START_TEST(disk_1_alone_does_not_answer_for_disk_0)
{
    const struct ide_disk disks[4] = { { 0 }, { DISK, false, { 0 } } };
    struct ide *ide = ide_new(disks);
    uint16_t words[256];

    ck_assert_uint_eq(ide_in(ide, 7), 0x7f);
    ck_assert_uint_eq(ide_in(ide, 2), 0x7f);
    ide_out(ide, 7, 0x90);
    bench_run(ide->bench, 1000000);
    ck_assert_uint_eq(ide_alt_status(ide), 0x7f);
    ide_identify(ide, 0xb0, words);
    ck_assert_uint_eq(words[60], DISK);
    ide_free(ide);
}
END_TEST

START_TEST(software_reset_leaves_the_ata_signature)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_command(ide, LBA0, 0x20, 4, 77);
    ck_assert(ide_wait_irq(ide));
    ide_control(ide, 0x04);
    ck_assert(!ide->bench->level[14]);
    ck_assert_uint_eq(ide_in(ide, 7), 0x80);
    ide_out(ide, 7, 0xec); /* not while BSY */
    ide_control(ide, 0x00);
    ck_assert_uint_eq(ide_in(ide, 7), 0x80);
    ck_assert(ide_wait(ide));
    ck_assert_uint_eq(ide_in(ide, 7), READY);
    ck_assert_uint_eq(ide_in(ide, 1), 1);
    ck_assert_uint_eq(ide_in(ide, 2), 1);
    ck_assert_uint_eq(ide_in(ide, 3), 1);
    ck_assert_uint_eq(ide_in(ide, 4), 0);
    ck_assert_uint_eq(ide_in(ide, 5), 0);
    ck_assert_uint_eq(ide_in(ide, 6), 0xa0);
    ide_free(ide);
}
END_TEST

START_TEST(status_read_clears_the_interrupt_and_alternate_status_does_not)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_command(ide, LBA0, 0x40, 1, 0);
    ck_assert(ide_wait_irq(ide));
    ide_alt_status(ide);
    ck_assert(ide->bench->level[14]);
    ide_in(ide, 7);
    ck_assert(!ide->bench->level[14]);
    ide_control(ide, 2); /* nIEN */
    ide_command(ide, LBA0, 0x40, 1, 0);
    bench_run(ide->bench, 1000000);
    ck_assert(!ide->bench->level[14]);
    ide_control(ide, 0);
    ck_assert(ide->bench->level[14]); /* it was pending */
    ide_out(ide, 6, 0xb0);
    ck_assert(!ide->bench->level[14]); /* only the selected unit drives INTRQ */
    ide_out(ide, 6, 0xa0);
    ck_assert(ide->bench->level[14]);
    ide_out(ide, 7, 0xe5); /* a command clears it, too */
    ck_assert(!ide->bench->level[14]);
    ide_free(ide);
}
END_TEST

START_TEST(no_command_ends_inside_the_register_write)
{
    struct ide *ide = ide_new_one(DISK, false);

    for (unsigned command = 0; command < 256; command++) {
        uint64_t before = vclock_now(ide->bench->board->clock);

        ide_command(ide, LBA0, (uint8_t)command, 1, 0);
        ck_assert_uint_eq(ide_alt_status(ide), 0xd0);
        ide_out(ide, 2, 0x99); /* the task file is the disk's */
        ide_out(ide, 7, 0xec);
        ck_assert(ide_wait(ide));
        ck_assert_uint_ge(vclock_now(ide->bench->board->clock) - before, 10000);
        ck_assert_uint_ne(ide_in(ide, 2), 0x99);
        ide_control(ide, 4);
        ide_control(ide, 0);
        ck_assert(ide_wait(ide));
    }
    ide_free(ide);
}
END_TEST

/* ---- IDENTIFY ---- */

static void expect_text(const uint16_t *words, unsigned count, const char *text)
{
    char got[41] = { 0 };

    for (unsigned i = 0; i < count; i++) {
        got[2 * i] = (char)(words[i] >> 8);
        got[2 * i + 1] = (char)words[i];
    }
    ck_assert_msg(!strncmp(got, text, strlen(text)), "'%s'", got);
    ck_assert_int_eq(got[strlen(text)], ' ');
}

START_TEST(identify_is_true_to_the_image)
{
    const struct ide_disk disks[4] = { { DISK, false, { 0 } }, { 41820, false, { 615, 4, 17 } } };
    struct ide *ide = ide_new(disks);
    uint16_t words[256];

    ide_identify(ide, 0xa0, words);
    ck_assert_uint_eq(words[0], 0x0040);
    ck_assert_uint_eq(words[1], 20);
    ck_assert_uint_eq(words[3], 16);
    ck_assert_uint_eq(words[6], 63);
    expect_text(words + 10, 10, "BY-disk0");
    expect_text(words + 23, 4, "1.0");
    expect_text(words + 27, 20, "BYGONE HARD DISK");
    ck_assert_uint_eq(words[47], 0x8010);
    ck_assert_uint_eq(words[49] & 0x300, 0x300);
    ck_assert_uint_eq(words[53] & 3, 3);
    ck_assert_uint_eq(words[54], 20);
    ck_assert_uint_eq(words[57], DISK);
    ck_assert_uint_eq(words[59], 0);
    ck_assert_uint_eq(words[60], DISK);
    ck_assert_uint_eq(words[61], 0);
    ck_assert_uint_eq(words[63], 0x0407); /* multiword DMA 2 */
    ck_assert_uint_eq(words[83] & 0xc400, 0x4000);
    ck_assert_uint_eq(words[88], 0); /* the PIIX3 has no Ultra DMA */
    ide_identify(ide, 0xb0, words);
    ck_assert_uint_eq(words[1], 615);
    ck_assert_uint_eq(words[3], 4);
    ck_assert_uint_eq(words[6], 17);
    ck_assert_uint_eq(words[60], 41820);
    expect_text(words + 10, 10, "BY-disk1");
    ide_free(ide);
}
END_TEST

START_TEST(identify_shows_the_settings)
{
    struct ide *ide = ide_new_one(DISK, false);
    uint16_t words[256];

    ide_command_chs(ide, 0x91, 17, 0, 7, 0); /* 8 heads, 17 sectors */
    ide_expect(ide, READY, 0);
    ide_out(ide, 2, 8);
    ide_out(ide, 7, 0xc6);
    ide_expect(ide, READY, 0);
    ide_out(ide, 1, 0x82);
    ide_out(ide, 7, 0xef);
    ide_expect(ide, READY, 0);
    ide_out(ide, 1, 0x55);
    ide_out(ide, 7, 0xef);
    ide_expect(ide, READY, 0);
    ide_out(ide, 1, 0x03);
    ide_out(ide, 2, 0x11);
    ide_out(ide, 7, 0xef);
    ide_expect(ide, READY, 0);
    ide_identify(ide, 0xa0, words);
    ck_assert_uint_eq(words[1], 20); /* the default stays */
    ck_assert_uint_eq(words[54], DISK / (8 * 17));
    ck_assert_uint_eq(words[55], 8);
    ck_assert_uint_eq(words[56], 17);
    ck_assert_uint_eq(words[57], DISK / (8 * 17) * 8 * 17);
    ck_assert_uint_eq(words[59], 0x108);
    ck_assert_uint_eq(words[85] & 0x60, 0);
    ck_assert_uint_eq(words[62], 0x0207);
    ck_assert_uint_eq(words[63], 0x0007);
    ide_free(ide);
}
END_TEST

START_TEST(big_disks_have_16383_cylinders_and_48_bit_addresses)
{
    struct ide *ide = ide_new_one(0x12345678, false);
    uint16_t words[256];

    ide_identify(ide, 0xa0, words);
    ck_assert_uint_eq(words[1], 16383);
    ck_assert_uint_eq(words[60] | (uint32_t)words[61] << 16, 0x0fffffff);
    ck_assert_uint_eq(words[83] & 0x2400, 0x2400);
    ck_assert_uint_eq(words[100] | (uint32_t)words[101] << 16, 0x12345678);
    ck_assert_uint_eq(words[102], 0);
    ide_free(ide);
}
END_TEST

START_TEST(translation_byte_asks_for_lba_beyond_1024_cylinders)
{
    const struct ide_disk disks[4] = {
        { DISK, false, { 0 } }, { 0x200000, false, { 0 } }, { 0 }, { 41820, false, { 1230, 2, 17 } }
    };
    struct ide *ide = ide_new(disks);

    ck_assert_uint_eq(piix3_ide_translation(ide->chip), 0x44);
    ide_free(ide);
}
END_TEST

/* ---- reading ---- */

START_TEST(read_sectors_interrupts_for_each_sector)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_command(ide, LBA0, 0x20, 3, 100);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(ide_wait_irq(ide));
        ck_assert_uint_eq(ide_in(ide, 7), DRQ);
        ide_read_words(ide, data + i * 512, 512);
    }
    expect_pattern(data, 100, 3);
    ck_assert_uint_eq(ide_in(ide, 7), READY);
    ck_assert(!ide_wait_irq(ide)); /* none after the last */
    ck_assert_uint_eq(ide_in(ide, 2), 0);
    ck_assert_uint_eq(ide_in(ide, 3), 102);
    ck_assert_uint_eq(bench_in(ide->bench, 0x1f0, 2), 0xffff); /* no DRQ, no data */
    ide_free(ide);
}
END_TEST

START_TEST(sector_count_0_means_256)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_command(ide, LBA0, 0x21, 0, 1000);
    for (unsigned i = 0; i < 256; i++) {
        ck_assert(ide_wait_irq(ide));
        ck_assert_uint_eq(ide_in(ide, 7), DRQ);
        bus_in_block(ide->bench->board->bus, 0x1f0, data + i * 512, i & 1 ? 256 : 128,
                     i & 1 ? 2 : 4);
    }
    expect_pattern(data, 1000, 256);
    ck_assert_uint_eq(ide_in(ide, 7), READY);
    ide_free(ide);
}
END_TEST

START_TEST(data_port_takes_every_width)
{
    struct ide *ide = ide_new_one(DISK, false);
    uint32_t value;

    ide_command(ide, LBA0, 0x20, 1, 5);
    ck_assert(ide_wait_irq(ide));
    value = bench_in(ide->bench, 0x1f0, 4);
    memcpy(data, &value, 4);
    data[4] = (uint8_t)bench_in(ide->bench, 0x1f0, 1);
    data[5] = (uint8_t)bench_in(ide->bench, 0x1f0, 1);
    bus_in_block(ide->bench->board->bus, 0x1f0, data + 6, 506 / 2 - 1, 2);
    value = bench_in(ide->bench, 0x1f0, 4); /* only two bytes are left */
    ck_assert_uint_eq(value >> 16, 0xffff);
    memcpy(data + 510, &value, 2);
    expect_pattern(data, 5, 1);
    ide_free(ide);
}
END_TEST

START_TEST(read_multiple_interrupts_for_each_block)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_command(ide, LBA0, 0xc4, 4, 0); /* not set yet */
    ide_expect(ide, ERR, 0x04);
    ide_command(ide, LBA0, 0xc6, 4, 0);
    ide_expect(ide, READY, 0);
    ide_command(ide, LBA0, 0xc4, 10, 50);
    for (unsigned at = 0; at < 10; at += 4) {
        unsigned n = 10 - at < 4 ? 10 - at : 4;

        ck_assert(ide_wait_irq(ide));
        ck_assert_uint_eq(ide_in(ide, 7), DRQ);
        ide_read_words(ide, data + at * 512, n * 512);
        ck_assert_uint_ne(ide_alt_status(ide), DRQ);
    }
    expect_pattern(data, 50, 10);
    ck_assert_uint_eq(ide_in(ide, 7), READY);
    ide_command(ide, LBA0, 0xc6, 3, 0); /* not a power of two */
    ide_expect(ide, ERR, 0x04);
    ide_command(ide, LBA0, 0xc4, 1, 0); /* and now it is off */
    ide_expect(ide, ERR, 0x04);
    ide_command(ide, LBA0, 0xc6, 32, 0);
    ide_expect(ide, ERR, 0x04);
    ide_command(ide, LBA0, 0xc6, 0, 0);
    ide_expect(ide, READY, 0);
    ide_free(ide);
}
END_TEST

static void read_chs(struct ide *ide, unsigned c, unsigned h, unsigned s, uint64_t lba)
{
    ide_command_chs(ide, 0x20, 1, c, h, s);
    ck_assert(ide_wait_irq(ide));
    ck_assert_uint_eq(ide_in(ide, 7), DRQ);
    ide_read_words(ide, data, 512);
    expect_pattern(data, lba, 1);
}

START_TEST(chs_addresses_follow_the_present_translation)
{
    struct ide *ide = ide_new_one(DISK, false);

    read_chs(ide, 0, 0, 1, 0);
    read_chs(ide, 3, 5, 63, 3 * 1008 + 5 * 63 + 62);
    read_chs(ide, 19, 15, 63, DISK - 1);
    ide_command_chs(ide, 0x91, 17, 0, 7, 0);
    ide_expect(ide, READY, 0);
    read_chs(ide, 3, 5, 17, (3 * 8 + 5) * 17 + 16);
    ide_command_chs(ide, 0x20, 1, 0, 8, 1); /* no such head now */
    ide_expect(ide, ERR, 0x10);
    ide_command_chs(ide, 0x20, 1, 0, 0, 18);
    ide_expect(ide, ERR, 0x10);
    ide_command_chs(ide, 0x20, 1, 0, 0, 0);
    ide_expect(ide, ERR, 0x10);
    ide_command_chs(ide, 0x20, 1, 149, 0, 1);
    ide_expect(ide, ERR, 0x10);
    ide_command_chs(ide, 0x91, 0, 0, 7, 0);
    ide_expect(ide, ERR, 0x04);
    ide_command_chs(ide, 0x20, 3, 2, 7, 16); /* results in CHS, too */
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(ide_wait_irq(ide));
        ide_in(ide, 7);
        ide_read_words(ide, data, 512);
    }
    ck_assert_uint_eq(ide_in(ide, 3), 1);
    ck_assert_uint_eq(ide_in(ide, 4), 3);
    ck_assert_uint_eq(ide_in(ide, 6) & 15, 0);
    ide_free(ide);
}
END_TEST

START_TEST(addresses_beyond_the_end_are_not_found)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_command(ide, LBA0, 0x20, 1, DISK);
    ide_expect(ide, ERR, 0x10);
    ide_command(ide, LBA0, 0x20, 1, 0x0fffffff);
    ide_expect(ide, ERR, 0x10);
    ide_command(ide, LBA0, 0x20, 4, DISK - 2);
    for (unsigned i = 0; i < 2; i++) { /* what is there comes */
        ck_assert(ide_wait_irq(ide));
        ck_assert_uint_eq(ide_in(ide, 7), DRQ);
        ide_read_words(ide, data, 512);
    }
    expect_pattern(data, DISK - 1, 1);
    ide_expect(ide, ERR, 0x10);
    ck_assert_uint_eq(ide_in(ide, 2), 2); /* left to do */
    ck_assert_uint_eq(ide_in(ide, 3) | ide_in(ide, 4) << 8, DISK);
    ide_command(ide, LBA0, 0x40, 10, DISK - 10);
    ide_expect(ide, READY, 0);
    ide_command(ide, LBA0, 0x40, 11, DISK - 10);
    ide_expect(ide, ERR, 0x10);
    ide_command(ide, LBA0, 0x70, 0, DISK - 1);
    ide_expect(ide, READY, 0);
    ide_command(ide, LBA0, 0x70, 0, DISK);
    ide_expect(ide, ERR, 0x10);
    ide_free(ide);
}
END_TEST

/* ---- writing ---- */

static void fill(unsigned sectors, uint8_t salt)
{
    for (unsigned i = 0; i < sectors * 512; i++)
        data[i] = (uint8_t)(i * 11 + i / 512 + salt);
}

static void write_blocks(struct ide *ide, unsigned sectors, unsigned block)
{
    for (unsigned at = 0; at < sectors; at += block) {
        unsigned n = sectors - at < block ? sectors - at : block;

        if (at)
            ck_assert(ide_wait_irq(ide));
        ck_assert(ide_wait(ide));
        ck_assert(!at || ide->bench->level[14]);
        ck_assert_uint_eq(ide_in(ide, 7), DRQ);
        if (at & 1)
            bus_out_block(ide->bench->board->bus, 0x1f0, data + at * 512, n * 128, 4);
        else
            ide_write_words(ide, data + at * 512, n * 512);
    }
}

START_TEST(write_sectors_asks_without_interrupt_for_the_first)
{
    struct ide *ide = ide_new_one(DISK, false);

    fill(150, 1);
    ide_command(ide, LBA0, 0x30, 150, 500);
    ck_assert(ide_wait(ide));
    ck_assert(!ide->bench->level[14]);
    write_blocks(ide, 150, 1);
    ide_expect(ide, READY, 0);
    ck_assert_mem_eq(ide->images[0] + 500 * 512, data, 150 * 512);
    ck_assert_uint_eq(ide->images[0][650 * 512], ide_pattern(650 * 512));
    ck_assert_uint_eq(ide_in(ide, 2), 0);
    ide_free(ide);
}
END_TEST

START_TEST(write_multiple_takes_blocks)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_command(ide, LBA0, 0xc6, 16, 0);
    ide_expect(ide, READY, 0);
    fill(70, 2);
    ide_command(ide, LBA0, 0xc5, 70, 9);
    write_blocks(ide, 70, 16);
    ide_expect(ide, READY, 0);
    ck_assert_mem_eq(ide->images[0] + 9 * 512, data, 70 * 512);
    ide_free(ide);
}
END_TEST

START_TEST(write_beyond_the_end_writes_what_there_is_room_for)
{
    struct ide *ide = ide_new_one(DISK, false);

    fill(1, 3);
    ide_command(ide, LBA0, 0x30, 2, DISK - 1);
    write_blocks(ide, 1, 1);
    ide_expect(ide, ERR, 0x10);
    ck_assert_mem_eq(ide->images[0] + (DISK - 1) * 512, data, 512);
    ide_free(ide);
}
END_TEST

START_TEST(write_protected_disk_aborts_writes)
{
    struct ide *ide = ide_new_one(DISK, true);

    ide_command(ide, LBA0, 0x30, 1, 0);
    ide_expect(ide, ERR, 0x44);
    ide_command(ide, LBA0, 0xca, 1, 0);
    ide_expect(ide, ERR, 0x44);
    ide_command(ide, LBA0, 0x40, 1, 0);
    ide_expect(ide, READY, 0);
    ide_command(ide, LBA0, 0xe7, 0, 0);
    ide_expect(ide, READY, 0);
    ide_free(ide);
}
END_TEST

START_TEST(buffer_is_read_as_it_was_written)
{
    struct ide *ide = ide_new_one(DISK, false);
    uint8_t back[512];

    fill(1, 4);
    ide_command(ide, LBA0, 0xe8, 0, 0);
    write_blocks(ide, 1, 1);
    ide_expect(ide, READY, 0);
    ide_command(ide, LBA0, 0xe4, 0, 0);
    ck_assert(ide_wait_irq(ide));
    ck_assert_uint_eq(ide_in(ide, 7), DRQ);
    ide_read_words(ide, back, 512);
    ck_assert_mem_eq(back, data, 512);
    ck_assert_uint_eq(ide_in(ide, 7), READY);
    ck_assert_uint_eq(ide->images[0][0], ide_pattern(0));
    ide_free(ide);
}
END_TEST

START_TEST(without_write_cache_each_write_is_flushed)
{
    struct ide *ide = ide_new_one(DISK, false);
    uint32_t writes;

    ide_out(ide, 1, 0x82);
    ide_command(ide, LBA0, 0xef, 0, 0);
    ide_expect(ide, READY, 0);
    writes = ide->drives[0]->writes;
    ide_command(ide, LBA0, 0x30, 1, 0);
    write_blocks(ide, 1, 1);
    ide_expect(ide, READY, 0);
    ck_assert_uint_eq(ide->drives[0]->writes, writes + 2);
    ide_out(ide, 1, 0x02);
    ide_command(ide, LBA0, 0xef, 0, 0);
    ide_expect(ide, READY, 0);
    writes = ide->drives[0]->writes;
    ide_command(ide, LBA0, 0x3c, 1, 0);
    write_blocks(ide, 1, 1);
    ide_expect(ide, READY, 0);
    ck_assert_uint_eq(ide->drives[0]->writes, writes + 1);
    ide_free(ide);
}
END_TEST

/* ---- other commands ---- */

START_TEST(commands_that_are_not_there_are_aborted)
{
    static const uint8_t codes[] = { 0x00, 0x08, 0x22, 0x32, 0x50, 0x60, 0x80, 0xa0, 0xa1,
                                     0xb0, 0xc0, 0xde, 0xf0, 0xf9, 0xff, 0x24, 0x27, 0x37,
                                     0x25, 0x29, 0x34, 0x35, 0x39, 0x42, 0xea };
    struct ide *ide = ide_new_one(DISK, false);

    for (unsigned i = 0; i < sizeof(codes); i++) {
        ide_command(ide, LBA0, codes[i], 1, 0);
        ide_expect(ide, ERR, 0x04);
    }
    ide_free(ide);
}
END_TEST

START_TEST(diagnostic_selects_disk_0_and_reports_no_error)
{
    const struct ide_disk disks[4] = { { DISK, false, { 0 } }, { DISK, false, { 0 } } };
    struct ide *ide = ide_new(disks);

    ide_command(ide, LBA1, 0x90, 5, 0x123456);
    bench_run(ide->bench, 1000000);
    ck_assert_uint_eq(ide_in(ide, 6), 0xa0);
    ide_expect(ide, READY, 1);
    ck_assert_uint_eq(ide_in(ide, 3), 1);
    ck_assert_uint_eq(ide_in(ide, 5), 0);
    ide_out(ide, 6, 0xb0);
    ck_assert_uint_eq(ide_in(ide, 1), 1);
    ck_assert_uint_eq(ide_in(ide, 7), READY);
    ide_free(ide);
    ide = ide_new_one(DISK, false);
    ide_command(ide, LBA1, 0x90, 5, 0x123456); /* disk 0 hears it though disk 1 is selected */
    ide_expect(ide, READY, 1);
    ide_free(ide);
}
END_TEST

START_TEST(check_power_mode_tells_what_power_commands_set)
{
    static const struct {
        uint8_t command, mode;
    } rows[] = { { 0xe0, 0x00 }, { 0xe1, 0x80 }, { 0xe2, 0x00 }, { 0xe3, 0x80 }, { 0xe6, 0x00 },
                 { 0x94, 0x00 }, { 0x95, 0x80 }, { 0x96, 0x00 }, { 0x97, 0x80 }, { 0x99, 0x00 } };
    struct ide *ide = ide_new_one(DISK, false);

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ide_command(ide, LBA0, rows[i].command, 0, 0);
        ide_expect(ide, READY, 0);
        ide_command(ide, LBA0, i & 1 ? 0x98 : 0xe5, 0x33, 0);
        ide_expect(ide, READY, 0);
        ck_assert_uint_eq(ide_in(ide, 2), rows[i].mode);
    }
    ide_command(ide, LBA0, 0x40, 1, 0); /* an access spins it up */
    ide_expect(ide, READY, 0);
    ide_command(ide, LBA0, 0xe5, 0x33, 0);
    ide_expect(ide, READY, 0);
    ck_assert_uint_eq(ide_in(ide, 2), 0xff);
    ide_command(ide, LBA0, 0x1f, 0, 0); /* RECALIBRATE */
    ide_expect(ide, READY, 0);
    ide_free(ide);
}
END_TEST

START_TEST(set_features_accepts_what_the_disk_can)
{
    static const struct {
        uint8_t feature, count;
        bool good;
    } rows[] = { { 0x02, 0, true },    { 0x03, 0x00, true },  { 0x03, 0x01, true },
                 { 0x03, 0x0c, true }, { 0x03, 0x0d, false }, { 0x03, 0x12, true },
                 { 0x03, 0x22, true }, { 0x03, 0x23, false }, { 0x03, 0x42, false },
                 { 0xaa, 0, true },    { 0x66, 0, true },     { 0x05, 0x80, false },
                 { 0x99, 0, false } };
    struct ide *ide = ide_new_one(DISK, false);

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ide_out(ide, 1, rows[i].feature);
        ide_command(ide, LBA0, 0xef, rows[i].count, 0);
        ide_expect(ide, rows[i].good ? READY : ERR, rows[i].good ? 0 : 4);
    }
    ide_free(ide);
}
END_TEST

START_TEST(software_reset_reverts_to_defaults_only_if_asked)
{
    struct ide *ide = ide_new_one(DISK, false);
    uint16_t words[256];

    for (unsigned revert = 0; revert < 2; revert++) {
        ide_out(ide, 1, revert ? 0xcc : 0x66);
        ide_command(ide, LBA0, 0xef, 0, 0);
        ide_expect(ide, READY, 0);
        ide_command(ide, LBA0, 0xc6, 8, 0);
        ide_expect(ide, READY, 0);
        ide_control(ide, 4);
        ide_control(ide, 0);
        ck_assert(ide_wait(ide));
        ide_identify(ide, 0xa0, words);
        ck_assert_uint_eq(words[59], revert ? 0 : 0x108);
    }
    ide_free(ide);
}
END_TEST

START_TEST(both_disks_keep_their_own_registers_and_results)
{
    const struct ide_disk disks[4] = { { DISK, false, { 0 } }, { 5000, false, { 0 } } };
    struct ide *ide = ide_new(disks);

    ide_command(ide, LBA1, 0x40, 1, 6000); /* beyond disk 1's end */
    ide_expect(ide, ERR, 0x10);
    ide_out(ide, 6, 0xa0);
    ck_assert_uint_eq(ide_in(ide, 7), READY);
    ck_assert_uint_eq(ide_in(ide, 1), 1);
    ide_command(ide, LBA1, 0x20, 1, 4999);
    ck_assert(ide_wait_irq(ide));
    ide_out(ide, 6, 0xa0); /* its data are not disk 0's */
    ck_assert_uint_eq(ide_alt_status(ide), READY);
    ck_assert_uint_eq(bench_in(ide->bench, 0x1f0, 2), 0xffff);
    ide_out(ide, 6, 0xb0);
    ck_assert_uint_eq(ide_in(ide, 7), DRQ);
    ide_read_words(ide, data, 512);
    expect_pattern(data, 4999, 1);
    ide_free(ide);
}
END_TEST

START_TEST(new_command_ends_a_transfer_that_waits_for_the_host)
{
    struct ide *ide = ide_new_one(DISK, false);

    ide_command(ide, LBA0, 0x20, 4, 0);
    ck_assert(ide_wait_irq(ide));
    ide_read_words(ide, data, 100);
    ide_command(ide, LBA0, 0x40, 1, 0);
    ide_expect(ide, READY, 0);
    ide_command(ide, LBA0, 0x30, 4, 0);
    ck_assert(ide_wait(ide));
    ide_write_words(ide, data, 100);
    ide_command(ide, LBA0, 0x40, 1, 0);
    ide_expect(ide, READY, 0);
    ck_assert_uint_eq(ide->images[0][0], ide_pattern(0));
    ide_free(ide);
}
END_TEST

/* ---- 48 bits ---- */

/* Only the addresses are looked at: such an image has no bytes here. */
START_TEST(extended_commands_take_the_previous_contents_as_upper_bytes)
{
    struct ide *ide = ide_new_one(0x12345678, false);

    ide_out(ide, 6, 0xe0);
    ide_out(ide, 2, 0x00);
    ide_out(ide, 3, 0x12); /* bits 24-31 */
    ide_out(ide, 4, 0x00);
    ide_out(ide, 5, 0x00);
    ide_out(ide, 2, 0x02);
    ide_out(ide, 3, 0x78);
    ide_out(ide, 4, 0x56);
    ide_out(ide, 5, 0x34);
    ide_out(ide, 7, 0x24); /* one beyond the last */
    ide_expect(ide, ERR, 0x10);
    ide_control(ide, 0x80);
    ck_assert_uint_eq(ide_in(ide, 3), 0x12); /* HOB */
    ide_out(ide, 6, 0xe0);                   /* any write ends it */
    ck_assert_uint_eq(ide_in(ide, 3), 0x78);
    ide_out(ide, 6, 0xa0);
    ide_out(ide, 7, 0x24); /* CHS is not for them */
    ide_expect(ide, ERR, 0x04);
    ide_out(ide, 7, 0xea);
    ide_expect(ide, READY, 0);
    ide_free(ide);
}
END_TEST

/* ---- the host ---- */

/* Fails the first request, the second, ... until none is left to fail. */
START_TEST(host_failures_are_errors_of_the_command)
{
    static const uint8_t codes[] = { 0x20, 0x30, 0x40, 0xe7, 0xe0 };

    for (unsigned i = 0; i < sizeof(codes); i++)
        for (int at = 0;; at++) {
            struct ide *ide = ide_new_one(1000, false);
            uint8_t status;

            media_memory_fail(ide->drives[0]->media, at, EIO);
            ide_command(ide, LBA0, codes[i], 100, 200);
            while (ide_wait(ide) && ide_alt_status(ide) == DRQ)
                if (codes[i] == 0x20)
                    ide_read_words(ide, data, 512);
                else
                    ide_write_words(ide, data, 512);
            status = ide_in(ide, 7);
            ck_assert_uint_eq(status, ide->host_errors ? ERR : READY);
            if (ide->host_errors)
                ck_assert_uint_eq(ide_in(ide, 1), 0x40);
            ck_assert_uint_eq(ide->host_errors <= 1, 1);
            status = (uint8_t)ide->host_errors;
            ide_free(ide);
            if (!status) {
                ck_assert_int_ge(at, codes[i] < 0x50 ? 2 : 1);
                break;
            }
        }
}
END_TEST

START_TEST(exchanged_disk_aborts_the_command)
{
    struct ide *ide = ide_new_one(1000, false);

    ide_command(ide, LBA0, 0x20, 1, 0);
    drive_set_media(ide->drives[0], media_memory_new(ide->images[0], 512 * 100, false));
    ide_expect(ide, ERR, 0x04);
    ide_command(ide, LBA0, 0x40, 1, 100);
    ide_expect(ide, ERR, 0x10); /* the new size counts */
    ide_command(ide, LBA0, 0x20, 1, 0);
    bench_run(ide->bench, 12000);
    drive_set_media(ide->drives[0], NULL);
    ck_assert(!ide_wait_irq(ide));
    ck_assert_uint_eq(ide_in(ide, 7), 0x7f);
    ide_free(ide);
}
END_TEST

/* ---- saved states ---- */

START_TEST(saved_in_the_middle_of_anything_it_goes_on_exactly)
{
    static const uint8_t codes[] = { 0x20, 0x30, 0x40, 0xc4, 0xc5, 0xec, 0xe7, 0xe8 };

    for (unsigned i = 0; i < sizeof(codes); i++) {
        bool out = codes[i] == 0x30 || codes[i] == 0xc5 || codes[i] == 0xe8;
        struct ide *ide = ide_new_one(1000, false);
        unsigned at = 0, legs = 0;

        ide_command(ide, LBA0, 0xc6, 8, 0);
        ide_expect(ide, READY, 0);
        fill(100, 5);
        if (!out)
            memset(data, 0, sizeof(data));
        ide_command(ide, LBA0, codes[i], 100, 300);
        while (ide_alt_status(ide) & 0x88) {
            if (ide_alt_status(ide) == DRQ) {
                if (out)
                    ide_write_words(ide, data + at, 128);
                else
                    ide_read_words(ide, data + at, 128);
                at += 128;
            }
            ide = ide_save_and_resume(ide);
            bench_run(ide->bench, 1500);
            ck_assert_uint_lt(legs++, 5000);
        }
        ck_assert_uint_eq(ide_in(ide, 7), READY);
        if (codes[i] == 0x20 || codes[i] == 0xc4)
            expect_pattern(data, 300, 100);
        if (codes[i] == 0x30 || codes[i] == 0xc5)
            ck_assert_mem_eq(ide->images[0] + 300 * 512, data, 100 * 512);
        ck_assert_uint_gt(legs, 5);
        ide_free(ide);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ata");

    CHECK_CASE(suite, "registers", firmware_finds_the_disk, channel_without_disks_floats,
               disk_1_alone_does_not_answer_for_disk_0, software_reset_leaves_the_ata_signature,
               status_read_clears_the_interrupt_and_alternate_status_does_not,
               no_command_ends_inside_the_register_write);
    CHECK_CASE(suite, "identify", identify_is_true_to_the_image, identify_shows_the_settings,
               big_disks_have_16383_cylinders_and_48_bit_addresses,
               translation_byte_asks_for_lba_beyond_1024_cylinders);
    CHECK_CASE(suite, "read", read_sectors_interrupts_for_each_sector, sector_count_0_means_256,
               data_port_takes_every_width, read_multiple_interrupts_for_each_block,
               chs_addresses_follow_the_present_translation,
               addresses_beyond_the_end_are_not_found);
    CHECK_CASE(suite, "write", write_sectors_asks_without_interrupt_for_the_first,
               write_multiple_takes_blocks, write_beyond_the_end_writes_what_there_is_room_for,
               write_protected_disk_aborts_writes, buffer_is_read_as_it_was_written,
               without_write_cache_each_write_is_flushed);
    CHECK_CASE(suite, "commands", commands_that_are_not_there_are_aborted,
               diagnostic_selects_disk_0_and_reports_no_error,
               check_power_mode_tells_what_power_commands_set,
               set_features_accepts_what_the_disk_can,
               software_reset_reverts_to_defaults_only_if_asked,
               both_disks_keep_their_own_registers_and_results,
               new_command_ends_a_transfer_that_waits_for_the_host,
               extended_commands_take_the_previous_contents_as_upper_bytes);
    CHECK_CASE(suite, "host", host_failures_are_errors_of_the_command,
               exchanged_disk_aborts_the_command);
    CHECK_CASE(suite, "saved states", saved_in_the_middle_of_anything_it_goes_on_exactly);
    return check_main(suite);
}
