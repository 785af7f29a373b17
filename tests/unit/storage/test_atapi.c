/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CD-ROM drive's packet interface: registers, data, medium, tray. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/storage/cd_bench.h"

#define SECTORS 40u

static uint8_t data[SECTORS * 2048];

static void expect_sectors(const uint8_t *bytes, unsigned lba, unsigned count)
{
    for (unsigned i = 0; i < count * 2048; i++)
        ck_assert_uint_eq(bytes[i], ide_pattern((uint64_t)lba * 2048 + i));
}

/* ---- presence ---- */

static void expect_signature(struct ide *ide)
{
    ck_assert_uint_eq(ide_in(ide, 2), 0x01);
    ck_assert_uint_eq(ide_in(ide, 3), 0x01);
    ck_assert_uint_eq(ide_in(ide, 4), 0x14);
    ck_assert_uint_eq(ide_in(ide, 5), 0xeb);
}

START_TEST(resets_leave_the_packet_signature)
{
    struct ide *ide = cd_new(SECTORS, false);

    ck_assert_uint_eq(ide_in(ide, 7), 0);
    expect_signature(ide);
    CD_PACKET(ide, 2048, 0x12, 0, 0, 0, 36);
    ide_control(ide, 4);
    ide_control(ide, 0);
    ck_assert(ide_wait(ide));
    ck_assert_uint_eq(ide_in(ide, 7), 0);
    ck_assert_uint_eq(ide_in(ide, 1), 1);
    expect_signature(ide);
    for (unsigned i = 0; i < 2; i++) { /* what is for disks tells that this is none */
        ide_command(ide, 0xa0, i ? 0xec : 0x20, 7, 0x1234);
        ide_expect(ide, 0x51, 0x04);
        expect_signature(ide);
    }
    ide_out(ide, 7, 0x90);
    ck_assert(ide_wait(ide));
    expect_signature(ide);
    ide_free(ide);
}
END_TEST

START_TEST(device_reset_ends_what_is_under_way_without_interrupt)
{
    struct ide *ide = cd_new_ready(SECTORS);

    CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 4);
    ck_assert_uint_eq(ide_alt_status(ide) & 0x80, 0x80);
    ide_out(ide, 7, 0x08); /* although it is busy */
    ck_assert(ide_wait(ide));
    bench_run(ide->bench, 100000000);
    ck_assert(!ide->bench->level[15]);
    ck_assert_uint_eq(ide_in(ide, 7), 0);
    expect_signature(ide);
    CD_PACKET(ide, 0, 0x00);
    cd_expect_sense(ide, 6, 0x29, 0);
    ide_free(ide);
}
END_TEST

START_TEST(identify_packet_device_says_what_it_is)
{
    struct ide *ide = cd_new(SECTORS, false);
    uint8_t block[512];

    ide_command(ide, 0xa0, 0xa1, 0, 0);
    ck_assert(ide_wait_irq(ide));
    ck_assert_uint_eq(ide_in(ide, 7), 0x58);
    ide_read_words(ide, block, 512);
    ck_assert_uint_eq(block[0] | block[1] << 8, 0x85c0);
    ck_assert(!memcmp(block + 54, "YBOGENC -DOR M", 14));
    ck_assert_uint_eq(block[99] & 0x0f, 0x0b); /* DMA, LBA, IORDY */
    ck_assert_uint_eq(block[126], 7);
    ck_assert_uint_eq(block[127], 4); /* multiword DMA mode 2 */
    ide_out(ide, 1, 3);
    ide_command(ide, 0xa0, 0xef, 0x21, 0);
    ide_expect(ide, 0x50, 0);
    ide_command(ide, 0xa0, 0xa1, 0, 0);
    ck_assert(ide_wait_irq(ide));
    ide_read_words(ide, block, 512);
    ck_assert_uint_eq(block[127], 2);
    ide_out(ide, 1, 2); /* a write cache it has not */
    ide_command(ide, 0xa0, 0xef, 0, 0);
    ide_expect(ide, 0x51, 4);
    for (unsigned i = 0; i < 2; i++) {
        ide_command(ide, 0xa0, i ? 0xe1 : 0xe0, 0, 0);
        ide_expect(ide, 0x50, 0);
        ide_command(ide, 0xa0, 0xe5, 0, 0);
        ide_expect(ide, 0x50, 0);
        ck_assert_uint_eq(ide_in(ide, 2), i ? 0x80 : 0);
    }
    ide_out(ide, 1, 2); /* overlapped */
    ide_command(ide, 0xa0, 0xa0, 0, 0);
    ide_expect(ide, 0x51, 4);
    ide_free(ide);
}
END_TEST

START_TEST(only_disk_commands_of_packet_devices_exist)
{
    struct ide *ide = cd_new(SECTORS, false);
    static const uint8_t here[] = {
        0x08, 0x20, 0x90, 0xa0, 0xa1, 0xe0, 0xe1, 0xe5, 0xe6, 0xec, 0xef
    };

    for (unsigned code = 0; code < 256; code++) {
        if (memchr(here, (int)code, sizeof(here)))
            continue;
        ide_command(ide, 0xa0, (uint8_t)code, 1, 0);
        ide_expect(ide, 0x51, 0x04);
    }
    ide_free(ide);
}
END_TEST

START_TEST(reset_is_reported_once)
{
    struct ide *ide = cd_new(SECTORS, false);

    CD_PACKET(ide, 64, 0x12, 0, 0, 0, 36); /* INQUIRY does not mind */
    ck_assert_uint_eq(cd_take(ide, data, 36, NULL), 36);
    ck_assert(!memcmp(data, "\x05\x80\x00\x21\x1f", 5));
    ck_assert(!memcmp(data + 8, "BYGONE  CD-ROM          1.0 ", 28));
    CD_PACKET(ide, 0, 0x00);
    cd_expect_sense(ide, 6, 0x29, 0);
    CD_PACKET(ide, 0, 0x00);
    cd_expect_good(ide);
    ide_control(ide, 4);
    ide_control(ide, 0);
    ck_assert(ide_wait(ide));
    CD_PACKET(ide, 0, 0x00); /* SRST is not told of */
    cd_expect_good(ide);
    ide_free(ide);
}
END_TEST

START_TEST(request_sense_tells_of_an_attention_nobody_has_met)
{
    struct ide *ide = cd_new(SECTORS, false);

    CD_PACKET(ide, 64, 0x03, 0, 0, 0, 255);
    ck_assert_uint_eq(cd_take(ide, data, 64, NULL), 18);
    ck_assert_uint_eq(data[2], 6);
    ck_assert_uint_eq(data[12], 0x29);
    CD_PACKET(ide, 64, 0x03, 0, 0, 0, 18);
    cd_take(ide, data, 64, NULL);
    ck_assert_uint_eq(data[2], 0);
    CD_PACKET(ide, 0, 0x00);
    cd_expect_good(ide);
    ide_free(ide);
}
END_TEST

/* ---- data ---- */

START_TEST(reads_come_in_blocks_of_the_byte_count_limit)
{
    static const struct {
        unsigned limit, blocks;
    } cases[] = { { 2048, 20 }, { 0xfffe, 2 }, { 0xffff, 2 }, { 0, 2 },
                  { 32768, 2 }, { 4097, 10 },  { 1001, 42 } };
    struct ide *ide = cd_new_ready(SECTORS);
    unsigned blocks;

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(data, 0, sizeof(data));
        CD_PACKET(ide, cases[i].limit, 0x28, 0, 0, 0, 0, 3, 0, 0, 20);
        ck_assert_uint_eq(cd_take(ide, data, sizeof(data), &blocks), 20 * 2048);
        ck_assert_uint_eq(blocks, cases[i].blocks);
        expect_sectors(data, 3, 20);
    }
    ide_free(ide);
}
END_TEST

START_TEST(an_odd_length_ends_with_a_pad_byte)
{
    struct ide *ide = cd_new_ready(SECTORS);
    unsigned blocks;

    CD_PACKET(ide, 64, 0x12, 0, 0, 0, 13);
    ck_assert_uint_eq(cd_take(ide, data, 64, &blocks), 13);
    ck_assert_uint_eq(blocks, 1);
    ck_assert(!memcmp(data + 8, "BYGON", 5));
    CD_PACKET(ide, 7, 0x12, 0, 0, 0, 13); /* blocks before the last are even */
    ck_assert_uint_eq(cd_take(ide, data, 64, &blocks), 13);
    ck_assert_uint_eq(blocks, 2); /* 6 and 7 */
    CD_PACKET(ide, 1, 0x12, 0, 0, 0, 5);
    ck_assert_uint_eq(cd_take(ide, data, 64, &blocks), 5);
    ck_assert_uint_eq(blocks, 3);
    CD_PACKET(ide, 64, 0x12, 0, 0, 0, 0);
    cd_expect_good(ide); /* no room, no data */
    ide_free(ide);
}
END_TEST

START_TEST(read_12_and_empty_reads)
{
    struct ide *ide = cd_new_ready(SECTORS);

    CD_PACKET(ide, 2048, 0xa8, 0, 0, 0, 0, 39, 0, 0, 0, 1);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 2048);
    expect_sectors(data, 39, 1);
    CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 3, 0, 0, 0);
    cd_expect_good(ide);
    CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 39, 0, 0, 2);
    cd_expect_sense(ide, 5, 0x21, 0);
    CD_PACKET(ide, 2048, 0xa8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    cd_expect_sense(ide, 5, 0x21, 0);
    CD_PACKET(ide, 64, 0x25);
    ck_assert_uint_eq(cd_take(ide, data, 64, NULL), 8);
    ck_assert(!memcmp(data, "\0\0\0\x27\0\0\x08\0", 8));
    CD_PACKET(ide, 64, 0x2b, 0, 0, 0, 0, 39);
    cd_expect_good(ide);
    CD_PACKET(ide, 64, 0x2b, 0, 0, 0, 0, 40);
    cd_expect_sense(ide, 5, 0x21, 0);
    ide_free(ide);
}
END_TEST

START_TEST(nothing_has_an_effect_within_50_microseconds)
{
    struct ide *ide = cd_new_ready(SECTORS);

    for (unsigned code = 0; code < 256; code++) {
        uint64_t before = vclock_now(ide->bench->board->clock);
        uint8_t packet[12] = { (uint8_t)code, 0, 0, 0, 0, 0, 0, 0, 1 };

        cd_packet(ide, packet, 12, 2048, 0);
        ck_assert_uint_eq(ide_alt_status(ide) & 0x88, 0x80);
        cd_wait(ide);
        ck_assert_uint_ge(vclock_now(ide->bench->board->clock) - before, 50000);
        ide_control(ide, 4);
        ide_control(ide, 0);
        ck_assert(ide_wait(ide));
        ck_assert(!ide->bench->level[15]);
    }
    ide_free(ide);
}
END_TEST

static void start_master(struct ide *ide, uint8_t command)
{
    bench_out(ide->bench, IDE_BM + 8 + 4, IDE_PRD, 4);
    bench_out(ide->bench, IDE_BM + 8, command & 8, 1);
    bench_out(ide->bench, IDE_BM + 8, command | 1, 1);
}

START_TEST(the_bus_master_moves_sectors_and_small_answers)
{
    struct ide *ide = cd_new_ready(SECTORS);
    const uint8_t read[12] = { 0x28, 0, 0, 0, 0, 5, 0, 0, 20 }, inquiry[12] = { 0x12, 0, 0, 0, 36 };

    ide_prd(ide, 0, IDE_BUF, 0x6000, false);
    ide_prd(ide, 1, IDE_BUF + 0x10000, 0x4000, true);
    cd_packet(ide, read, 12, 0, 1);
    start_master(ide, 8);
    cd_expect_good(ide);
    for (unsigned i = 0; i < 20 * 2048; i++) {
        uint32_t at = i < 0x6000 ? IDE_BUF + i : IDE_BUF + 0x10000 + i - 0x6000;

        ck_assert_uint_eq(ide_memory(ide, at), ide_pattern(5 * 2048 + i));
    }
    ck_assert_uint_eq(bench_in(ide->bench, IDE_BM + 8 + 2, 1) & 7, 4); /* interrupt, not active */
    bench_out(ide->bench, IDE_BM + 8 + 2, 4, 1);
    ide_prd(ide, 0, IDE_BUF, 36, true);
    cd_packet(ide, inquiry, 12, 0, 1);
    bench_run(ide->bench, 1000000); /* the drive waits for the master */
    ck_assert(!ide->bench->level[15]);
    start_master(ide, 8);
    cd_expect_good(ide);
    ck_assert_uint_eq(ide_memory(ide, IDE_BUF), 5);
    ck_assert_uint_eq(ide_memory(ide, IDE_BUF + 8), 'B');
    ide_free(ide);
}
END_TEST

START_TEST(interrupts_can_be_masked)
{
    struct ide *ide = cd_new_ready(SECTORS);

    ide_control(ide, 2);
    CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
    ck_assert(ide_wait(ide));
    ck_assert(!ide->bench->level[15]);
    ck_assert_uint_eq(ide_alt_status(ide), 0x58);
    ide_read_words(ide, data, 2048);
    expect_sectors(data, 0, 1);
    ck_assert(ide_wait(ide));
    ck_assert_uint_eq(ide_in(ide, 7), 0x50);
    ck_assert_uint_eq(ide->bench->edges[15], 2); /* those of becoming ready */
    ide_free(ide);
}
END_TEST

START_TEST(an_error_of_the_host_is_an_unrecovered_read_error)
{
    struct ide *ide = cd_new_ready(SECTORS);

    media_memory_fail(ide->drives[CD_DRIVE]->media, 0, EIO);
    CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
    cd_expect_sense(ide, 3, 0x11, 0);
    ck_assert_uint_eq(ide->host_errors, 1);
    media_memory_fail(ide->drives[CD_DRIVE]->media, -1, 0);
    CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 2048);
    ide_free(ide);
}
END_TEST

/* ---- medium and tray ---- */

START_TEST(an_empty_drive_is_not_ready)
{
    static const uint8_t codes[] = { 0x00, 0x25, 0x28, 0x2b, 0x42, 0x43, 0x44,
                                     0x45, 0x4b, 0x51, 0x52, 0xa8, 0xb9, 0xbe };
    struct ide *ide = cd_new(0, false);

    CD_PACKET(ide, 0, 0x00);
    cd_expect_sense(ide, 6, 0x29, 0);
    for (unsigned i = 0; i < sizeof(codes); i++) {
        CD_PACKET(ide, 2048, codes[i], 0, 0, 0, 0, 0, 0, 0, 1);
        cd_expect_sense(ide, 2, 0x3a, 1);
    }
    CD_PACKET(ide, 0, 0x1b, 0, 0, 0, 3);
    cd_expect_sense(ide, 2, 0x3a, 1);
    ide_free(ide);
}
END_TEST

static void expect_event(struct ide *ide, uint8_t event, uint8_t state)
{
    CD_PACKET(ide, 64, 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8);
    ck_assert_uint_eq(cd_take(ide, data, 64, NULL), 8);
    ck_assert_uint_eq(data[1], 6);
    ck_assert_uint_eq(data[2], 4);
    ck_assert_uint_eq(data[4], event);
    ck_assert_uint_eq(data[5], state);
}

START_TEST(the_guest_opens_and_closes_the_tray)
{
    struct ide *ide = cd_new_ready(SECTORS);
    struct drive *drive = ide->drives[CD_DRIVE];

    expect_event(ide, 0, 2);
    CD_PACKET(ide, 0, 0x1b, 0, 0, 0, 2);
    cd_expect_good(ide);
    ck_assert(drive->tray_open);
    CD_PACKET(ide, 0, 0x00);
    cd_expect_sense(ide, 2, 0x3a, 2);
    expect_event(ide, 3, 3);
    CD_PACKET(ide, 64, 0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8);
    cd_take(ide, data, 64, NULL);
    ck_assert_uint_eq(data[1], 0x10);
    CD_PACKET(ide, 0, 0x1b, 0, 0, 0, 3);
    cd_expect_good(ide);
    ck_assert(!drive->tray_open);
    CD_PACKET(ide, 0, 0x00);
    cd_expect_sense(ide, 2, 0x04, 1); /* becoming ready */
    bench_run(ide->bench, 30000000);
    CD_PACKET(ide, 0, 0x00);
    cd_expect_sense(ide, 6, 0x28, 0); /* may have changed */
    CD_PACKET(ide, 0, 0x00);
    cd_expect_good(ide);
    expect_event(ide, 2, 2);
    expect_event(ide, 0, 2);
    ide_free(ide);
}
END_TEST

START_TEST(a_locked_tray_stays_shut)
{
    struct ide *ide = cd_new_ready(SECTORS);
    struct drive *drive = ide->drives[CD_DRIVE];
    struct error err = { { 0 } };

    CD_PACKET(ide, 0, 0x1e, 0, 0, 0, 1);
    cd_expect_good(ide);
    CD_PACKET(ide, 0, 0x1b, 0, 0, 0, 2);
    cd_expect_sense(ide, 5, 0x53, 2);
    ck_assert(!drive_open_tray(drive, false, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "locked"));
    expect_event(ide, 1, 2); /* the guest is told that somebody pressed the button */
    CD_PACKET(ide, 64, 0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 64);
    cd_take(ide, data, 64, NULL);
    ck_assert_uint_eq(data[8 + 6], 0x2b); /* locked now */
    CD_PACKET(ide, 0, 0x1e, 0, 0, 0, 0);
    cd_expect_good(ide);
    ck_assert(drive_open_tray(drive, false, &err));
    ck_assert(drive->tray_open);
    ide_free(ide);
}
END_TEST

START_TEST(an_exchanged_disc_is_told_of)
{
    struct ide *ide = cd_new_ready(SECTORS);
    struct drive *drive = ide->drives[CD_DRIVE];
    uint8_t *other = calloc(10, 2048);
    struct error err;

    memset(other, 0x5a, 10 * 2048);
    ck_assert(drive_open_tray(drive, false, &err));
    drive_set_media(drive, media_memory_new(other, 10 * 2048, true));
    CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
    cd_expect_sense(ide, 2, 0x3a, 2); /* it lies in the open tray */
    ck_assert(drive_close_tray(drive, &err));
    bench_run(ide->bench, 30000000);
    CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
    cd_expect_sense(ide, 6, 0x28, 0);
    CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 2048);
    ck_assert_uint_eq(data[100], 0x5a);
    CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 10, 0, 0, 1);
    cd_expect_sense(ide, 5, 0x21, 0);
    ide_free(ide);
    free(other);
}
END_TEST

START_TEST(a_tray_that_opens_during_a_read_ends_it)
{
    struct ide *ide = cd_new_ready(SECTORS);
    struct error err;

    for (unsigned i = 0; i < 3; i++) {
        CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 30);
        if (i > 0) /* the first block waits for the host, or is half taken */
            cd_wait(ide);
        if (i > 1) {
            ide_in(ide, 7);
            ide_read_words(ide, data, 600);
        }
        ck_assert(drive_open_tray(ide->drives[CD_DRIVE], true, &err));
        ide_in(ide, 7);
        cd_expect_sense(ide, 2, 0x3a, 2);
        ck_assert(drive_close_tray(ide->drives[CD_DRIVE], &err));
        cd_make_ready(ide);
    }
    ide_free(ide);
}
END_TEST

/* ---- time ---- */

static uint64_t time_of_read(struct ide *ide, uint8_t lba, uint8_t count)
{
    uint64_t before = vclock_now(ide->bench->board->clock);

    CD_PACKET(ide, 0xfffe, 0x28, 0, 0, 0, 0, lba, 0, 0, count);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), count * 2048u);
    return vclock_now(ide->bench->board->clock) - before;
}

START_TEST(real_speed_is_that_of_a_drive)
{
    struct ide *ide = cd_new(SECTORS, true);
    uint64_t at_24, at_1;

    cd_make_ready(ide);
    time_of_read(ide, 0, 1);
    at_24 = time_of_read(ide, 1, 36); /* 1800 sectors a second */
    ck_assert_uint_ge(at_24, 20000000);
    ck_assert_uint_le(at_24, 21000000);
    ck_assert_uint_ge(time_of_read(ide, 0, 1), 20000000); /* the head has to go back */
    CD_PACKET(ide, 0, 0xbb, 0, 0, 176, 0xff, 0xff);
    cd_expect_good(ide);
    at_1 = time_of_read(ide, 1, 36); /* 75 a second */
    ck_assert_uint_ge(at_1, 480000000);
    ck_assert_uint_le(at_1, 483000000);
    CD_PACKET(ide, 64, 0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 64);
    cd_take(ide, data, 64, NULL);
    ck_assert_uint_eq(data[8 + 14] << 8 | data[8 + 15], 176);
    ide_free(ide);
}
END_TEST

/* ---- saved states ---- */

START_TEST(a_read_goes_on_after_save_and_resume)
{
    struct ide *ide = cd_new_ready(SECTORS);

    for (unsigned stage = 0; stage < 6; stage++) {
        unsigned got = 0;

        CD_PACKET(ide, 2048, 0x28, 0, 0, 0, 0, 4, 0, 0, 20);
        if (stage)
            bench_run(ide->bench, stage * 30000);
        if (stage == 5) {
            cd_wait(ide);
            ide_in(ide, 7);
            ide_read_words(ide, data, got = 700);
        }
        ide = ide_save_and_resume(ide);
        if (got) {
            ide_read_words(ide, data + got, 2048 - got);
            got = 2048;
        }
        ck_assert_uint_eq(cd_take(ide, data + got, sizeof(data) - got, NULL), 20 * 2048 - got);
        expect_sectors(data, 4, 20);
    }
    ide_free(ide);
}
END_TEST

START_TEST(tray_and_lock_are_saved)
{
    struct ide *ide = cd_new_ready(SECTORS);
    struct error err;

    CD_PACKET(ide, 0, 0x1e, 0, 0, 0, 1);
    cd_expect_good(ide);
    ck_assert(drive_open_tray(ide->drives[CD_DRIVE], true, &err));
    ide = ide_save_and_resume(ide);
    ck_assert(ide->drives[CD_DRIVE]->tray_open);
    ck_assert(ide->drives[CD_DRIVE]->locked);
    CD_PACKET(ide, 0, 0x00);
    cd_expect_sense(ide, 2, 0x3a, 2);
    ide_free(ide);
}
END_TEST

START_TEST(a_drive_resumed_with_another_disc_says_so)
{
    struct ide *ide = cd_new_ready(SECTORS);

    ide->disks[CD_DRIVE].sectors -= 4;
    ide = ide_save_and_resume(ide);
    CD_PACKET(ide, 0, 0x00);
    cd_expect_sense(ide, 6, 0x28, 0);
    CD_PACKET(ide, 64, 0x25);
    cd_take(ide, data, 64, NULL);
    ck_assert_uint_eq(data[3], SECTORS - 2);
    ide_free(ide);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("atapi");

    CHECK_CASE(suite, "presence", resets_leave_the_packet_signature,
               device_reset_ends_what_is_under_way_without_interrupt,
               identify_packet_device_says_what_it_is, only_disk_commands_of_packet_devices_exist,
               reset_is_reported_once, request_sense_tells_of_an_attention_nobody_has_met);
    CHECK_CASE(suite, "data", reads_come_in_blocks_of_the_byte_count_limit,
               an_odd_length_ends_with_a_pad_byte, read_12_and_empty_reads,
               nothing_has_an_effect_within_50_microseconds,
               the_bus_master_moves_sectors_and_small_answers, interrupts_can_be_masked,
               an_error_of_the_host_is_an_unrecovered_read_error);
    CHECK_CASE(suite, "medium", an_empty_drive_is_not_ready, the_guest_opens_and_closes_the_tray,
               a_locked_tray_stays_shut, an_exchanged_disc_is_told_of,
               a_tray_that_opens_during_a_read_ends_it);
    CHECK_CASE(suite, "time", real_speed_is_that_of_a_drive);
    CHECK_CASE(suite, "state", a_read_goes_on_after_save_and_resume, tray_and_lock_are_saved,
               a_drive_resumed_with_another_disc_says_so);
    return check_main(suite);
}
