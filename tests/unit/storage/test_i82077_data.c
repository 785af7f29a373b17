/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82077AA's data commands: sentences of its data sheet, host failures, saved states. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/state.h"
#include "tests/check_main.h"
#include "tests/unit/storage/fdc_bench.h"

#define MB144 (1440u << 10)
#define MS    1000000u

static unsigned lba(unsigned c, unsigned h, unsigned r)
{
    return (c * 2 + h) * 18 + r - 1;
}

static void expect_sector(struct fdc *f, unsigned at, unsigned sector)
{
    for (unsigned i = 0; i < 512; i++)
        ck_assert_uint_eq(fdc_memory(f, at + i), fdc_pattern(sector * 512u + i));
}

static void expect_status(struct fdc *f, uint8_t st0, uint8_t st1, uint8_t st2)
{
    ck_assert_uint_eq(f->results, 7);
    ck_assert_uint_eq(f->result[0], st0);
    ck_assert_uint_eq(f->result[1], st1);
    ck_assert_uint_eq(f->result[2], st2);
}

static void expect_id(struct fdc *f, uint8_t c, uint8_t h, uint8_t r)
{
    ck_assert_uint_eq(f->result[3], c);
    ck_assert_uint_eq(f->result[4], h);
    ck_assert_uint_eq(f->result[5], r);
    ck_assert_uint_eq(f->result[6], 2);
}

static void fill_memory(struct fdc *f, unsigned length, uint8_t salt)
{
    for (unsigned i = 0; i < length; i++)
        fdc_set_memory(f, i, (uint8_t)(i * 5 + i / 512 + salt));
}

/* ---- reading ---- */

/* The data sheet's table "Result Phase Table". */
START_TEST(terminal_count_ends_normally_with_the_next_sectors_address)
{
    static const struct {
        uint8_t mt, head, r, eot, c_out, h_out, r_out;
    } rows[] = {
        { 0, 0, 3, 18, 0, 0, 4 },  { 0, 0, 18, 18, 1, 0, 1 }, { 0, 1, 3, 18, 0, 1, 4 },
        { 0, 1, 18, 18, 1, 1, 1 }, { 1, 0, 3, 18, 0, 0, 4 },  { 1, 0, 18, 18, 0, 1, 1 },
        { 1, 1, 3, 18, 0, 1, 4 },  { 1, 1, 18, 18, 1, 0, 1 },
    };
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t head = rows[i].head;

        fdc_dma(f, 0x46, 512);
        FDC_RUN(f, rows[i].mt ? 0xc6 : 0x46, (uint8_t)(head << 2), 0, head, rows[i].r, 2,
                rows[i].eot, 0x1b, 0xff);
        expect_status(f, (uint8_t)(head << 2), 0, 0);
        expect_id(f, rows[i].c_out, rows[i].h_out, rows[i].r_out);
        expect_sector(f, 0, lba(0, head, rows[i].r));
    }
    fdc_free(f);
}
END_TEST

START_TEST(end_of_track_without_terminal_count_sets_en)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_dma(f, 0x46, 0x8000);
    FDC_RUN(f, 0x46, 0, 0, 0, 17, 2, 18, 0x1b, 0xff);
    expect_status(f, 0x40, 0x80, 0);
    expect_sector(f, 0, lba(0, 0, 17));
    expect_sector(f, 512, lba(0, 0, 18));
    fdc_free(f);
}
END_TEST

START_TEST(multi_track_goes_on_with_the_other_side)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_seek(f, 0, 2);
    fdc_dma(f, 0x46, 36 * 512);
    FDC_RUN(f, 0xc6, 0, 2, 0, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 0x04, 0, 0);
    expect_id(f, 3, 0, 1);
    for (unsigned i = 0; i < 36; i++)
        expect_sector(f, i * 512, lba(2, 0, 1) + i);
    fdc_free(f);
}
END_TEST

START_TEST(terminal_count_inside_a_sector_ends_the_transfer_there)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_set_memory(f, 100, 0xee);
    fdc_dma(f, 0x46, 100);
    FDC_RUN(f, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 0, 0, 0);
    ck_assert_uint_eq(fdc_memory(f, 99), fdc_pattern(99));
    ck_assert_uint_eq(fdc_memory(f, 100), 0xee);
    fdc_dma(f, 0x42, 512); /* a verify by the DMA controller moves nothing */
    FDC_RUN(f, 0x46, 0, 0, 0, 2, 2, 18, 0x1b, 0xff);
    expect_status(f, 0, 0, 0);
    ck_assert_uint_eq(fdc_memory(f, 100), 0xee);
    fdc_free(f);
}
END_TEST

START_TEST(sectors_that_are_not_there_are_told)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_dma(f, 0x46, 512);
    FDC_RUN(f, 0x46, 0, 0, 0, 19, 2, 19, 0x1b, 0xff);
    expect_status(f, 0x40, 0x04, 0); /* ND */
    expect_id(f, 0, 0, 19);
    FDC_RUN(f, 0x46, 0, 0, 0, 0, 2, 18, 0x1b, 0xff);
    expect_status(f, 0x40, 0x04, 0);
    FDC_RUN(f, 0x46, 0, 5, 0, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 0x40, 0x04, 0x10); /* WC */
    FDC_RUN(f, 0x46, 0, 0, 1, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 0x40, 0x04, 0); /* head in the ID */
    FDC_RUN(f, 0x46, 0, 0, 0, 1, 3, 18, 0x1b, 0xff);
    expect_status(f, 0x40, 0x04, 0); /* 1,024-byte sectors */
    FDC_RUN(f, 0x42, 0, 0, 0, 1, 3, 18, 0x1b, 0xff);
    expect_status(f, 0x40, 0x04, 0);
    fdc_free(f);
}
END_TEST

START_TEST(tracks_that_cannot_be_read_have_no_address_mark)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    for (uint8_t rate = 1; rate < 4; rate++) {
        fdc_out(f, 0x3f7, rate);
        FDC_RUN(f, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
        expect_status(f, 0x40, 0x01, 0);
        FDC_RUN(f, 0x4a, 0);
        expect_status(f, 0x40, 0x01, 0);
    }
    fdc_out(f, 0x3f4, 0x00); /* the DSR sets the rate, too */
    FDC_RUN(f, 0x0a, 0);     /* FM */
    expect_status(f, 0x40, 0x01, 0);
    fdc_out(f, 0x3f2, 0x0c); /* motor off */
    FDC_RUN(f, 0x4a, 0);
    expect_status(f, 0x40, 0x01, 0);
    fdc_out(f, 0x3f2, 0x2d); /* empty */
    FDC_RUN(f, 0x4a, 1);
    expect_status(f, 0x41, 0x01, 0);
    FDC_RUN(f, 0x4a, 2); /* not connected */
    expect_status(f, 0x42, 0x01, 0);
    fdc_out(f, 0x3f2, 0x1c);
    fdc_seek(f, 0, 81); /* beyond the last track */
    FDC_RUN(f, 0x4a, 0);
    expect_status(f, 0x40, 0x01, 0);
    fdc_free(f);
}
END_TEST

START_TEST(second_side_of_a_single_sided_diskette_has_no_address_mark)
{
    struct fdc *f = fdc_new(160u << 10, false, true);

    fdc_start(f);
    FDC_RUN(f, 0x4a, 4);
    expect_status(f, 0x44, 0x01, 0);
    FDC_RUN(f, 0x4a, 0);
    expect_status(f, 0, 0, 0);
    fdc_dma(f, 0x46, 16 * 512);
    FDC_RUN(f, 0xc6, 0, 0, 0, 8, 2, 8, 0x1b, 0xff); /* MT runs into it */
    expect_status(f, 0x44, 0x01, 0);
    fdc_free(f);
}
END_TEST

START_TEST(forty_tracks_are_found_by_single_and_by_double_steps)
{
    struct fdc *f = fdc_new(360u << 10, false, true);
    const unsigned sector = (10 * 2 + 1) * 9 + 4;

    fdc_start(f);
    fdc_seek(f, 0, 10);
    FDC_RUN(f, 0x4a, 0);
    expect_status(f, 0, 0, 0);
    ck_assert_uint_eq(f->result[3], 10);
    fdc_dma(f, 0x46, 512);
    FDC_RUN(f, 0x46, 4, 10, 1, 5, 2, 9, 0x1b, 0xff);
    expect_status(f, 4, 0, 0);
    expect_sector(f, 0, sector);
    fdc_set_memory(f, 0, 0);
    fdc_seek(f, 0, 20);
    fdc_dma(f, 0x46, 512);
    FDC_RUN(f, 0x46, 4, 10, 1, 5, 2, 9, 0x1b, 0xff);
    expect_status(f, 4, 0, 0);
    expect_sector(f, 0, sector);
    fdc_seek(f, 0, 78);
    FDC_RUN(f, 0x4a, 0);
    ck_assert_uint_eq(f->result[3], 39);
    fdc_out(f, 0x3f7, 2); /* 250 kb/s as well as 300 */
    FDC_RUN(f, 0x4a, 0);
    expect_status(f, 0, 0, 0);
    fdc_free(f);
}
END_TEST

START_TEST(read_id_gives_the_sectors_as_they_come_by)
{
    struct fdc *f = fdc_new(MB144, false, false);
    uint8_t last = 0;

    fdc_start(f);
    for (unsigned i = 0; i < 40; i++) {
        FDC_RUN(f, 0x4a, 4);
        expect_status(f, 4, 0, 0);
        ck_assert_uint_eq(f->result[4], 1);
        if (last)
            ck_assert_uint_eq(f->result[5], last % 18 + 1);
        last = f->result[5];
    }
    fdc_free(f);
}
END_TEST

START_TEST(read_deleted_data_takes_one_normal_sector_and_sets_cm)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_dma(f, 0x46, 1024);
    FDC_RUN(f, 0x4c, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 0, 0, 0x40);
    expect_id(f, 0, 0, 1);
    expect_sector(f, 0, 0);
    FDC_RUN(f, 0x6c, 0, 0, 0, 17, 2, 18, 0x1b, 0xff); /* SK: passes them all by */
    expect_status(f, 0x40, 0x80, 0x40);
    fdc_free(f);
}
END_TEST

START_TEST(read_track_begins_at_the_index_hole)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_dma(f, 0x46, 18 * 512);
    FDC_RUN(f, 0x42, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 0, 0, 0);
    for (unsigned i = 0; i < 18; i++)
        expect_sector(f, i * 512, i);
    fdc_dma(f, 0x46, 0x8000);
    FDC_RUN(f, 0x42, 0, 0, 0, 7, 2, 3, 0x1b, 0xff); /* other numbers: noted, taken all the same */
    expect_status(f, 0x40, 0x84, 0);
    expect_sector(f, 0, 0);
    fdc_free(f);
}
END_TEST

START_TEST(verify_needs_no_data)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    FDC_RUN(f, 0x56, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 0, 0, 0);
    expect_id(f, 1, 0, 1);
    FDC_RUN(f, 0xd6, 0x80, 0, 0, 17, 2, 18, 0x1b, 4); /* EC: four sectors, across the sides */
    expect_status(f, 4, 0, 0);
    expect_id(f, 0, 1, 3);
    FDC_RUN(f, 0x56, 0x80, 0, 0, 17, 2, 18, 0x1b, 4); /* only two are there */
    expect_status(f, 0x40, 0x80, 0);
    FDC_RUN(f, 0x56, 0, 0, 0, 18, 2, 19, 0x1b, 0xff);
    expect_status(f, 0x40, 0x04, 0);
    fdc_free(f);
}
END_TEST

START_TEST(implied_seek_goes_to_the_commands_cylinder)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    FDC_COMMAND(f, 0x13, 0, 0x57, 0);
    fdc_dma(f, 0x46, 512);
    FDC_RUN(f, 0x46, 0, 40, 0, 2, 2, 18, 0x1b, 0xff);
    expect_status(f, 0x20, 0, 0);
    expect_sector(f, 0, lba(40, 0, 2));
    fdc_dma(f, 0x46, 512);
    FDC_RUN(f, 0x46, 0, 39, 0, 2, 2, 18, 0x1b, 0xff);
    expect_sector(f, 0, lba(39, 0, 2));
    fdc_dma(f, 0x46, 512);
    FDC_RUN(f, 0x46, 0, 39, 0, 3, 2, 18, 0x1b, 0xff); /* there already */
    expect_status(f, 0, 0, 0);
    FDC_RUN(f, 0x46, 0, 200, 0, 2, 2, 18, 0x1b, 0xff);
    expect_status(f, 0x60, 0x01, 0);
    fdc_free(f);
}
END_TEST

/* ---- writing ---- */

START_TEST(write_data_reaches_the_image)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_seek(f, 0, 79);
    fill_memory(f, 36 * 512, 9);
    fdc_dma(f, 0x4a, 36 * 512);
    FDC_RUN(f, 0xc5, 0, 79, 0, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 4, 0, 0);
    for (unsigned i = 0; i < 36 * 512; i++)
        ck_assert_uint_eq(f->image[lba(79, 0, 1) * 512 + i], fdc_memory(f, i));
    fdc_dma(f, 0x4a, 512);
    FDC_RUN(f, 0x49, 0, 79, 0, 4, 2, 18, 0x1b, 0xff); /* deleted: as normal data */
    expect_status(f, 0, 0, 0);
    ck_assert_uint_eq(f->image[lba(79, 0, 4) * 512], fdc_memory(f, 0));
    fdc_free(f);
}
END_TEST

START_TEST(terminal_count_inside_a_sector_writes_zeros_behind_it)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fill_memory(f, 512, 1);
    fdc_dma(f, 0x4a, 10);
    FDC_RUN(f, 0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 0, 0, 0);
    ck_assert_uint_eq(f->image[9], fdc_memory(f, 9));
    for (unsigned i = 10; i < 512; i++)
        ck_assert_uint_eq(f->image[i], 0);
    ck_assert_uint_eq(f->image[512], fdc_pattern(512));
    fdc_free(f);
}
END_TEST

START_TEST(write_protect_is_told_and_keeps_the_image)
{
    static const uint8_t commands[][9] = {
        { 0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff },
        { 0x49, 0, 0, 0, 1, 2, 18, 0x1b, 0xff },
    };
    struct fdc *f = fdc_new(MB144, true, true);

    fdc_start(f);
    for (unsigned i = 0; i < 2; i++) {
        fdc_dma(f, 0x4a, 512);
        fdc_run(f, commands[i], 9);
        expect_status(f, 0x40, 0x02, 0);
    }
    FDC_RUN(f, 0x4d, 0, 2, 18, 0x54, 0xf6);
    expect_status(f, 0x40, 0x02, 0);
    ck_assert_uint_eq(f->image[0], fdc_pattern(0));
    fdc_free(f);
}
END_TEST

static void put_ids(struct fdc *f, unsigned count, uint8_t c, uint8_t h)
{
    for (unsigned i = 0; i < count; i++) {
        fdc_set_memory(f, 4 * i, c);
        fdc_set_memory(f, 4 * i + 1, h);
        fdc_set_memory(f, 4 * i + 2, (uint8_t)(i + 1));
        fdc_set_memory(f, 4 * i + 3, 2);
    }
}

START_TEST(format_track_fills_the_sectors_with_the_data_byte)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_seek(f, 0, 3);
    put_ids(f, 18, 3, 1);
    fdc_dma(f, 0x4a, 18 * 4);
    FDC_RUN(f, 0x4d, 4, 2, 18, 0x54, 0xf6);
    expect_status(f, 4, 0, 0);
    for (unsigned i = 0; i < 18 * 512; i++)
        ck_assert_uint_eq(f->image[lba(3, 1, 1) * 512 + i], 0xf6);
    ck_assert_uint_eq(f->image[lba(3, 1, 1) * 512 - 1], fdc_pattern(lba(3, 1, 1) * 512 - 1));
    put_ids(f, 20, 3, 0); /* more than there is room for, and one of another cylinder */
    fdc_set_memory(f, 4, 77);
    fdc_dma(f, 0x4a, 20 * 4);
    FDC_RUN(f, 0x4d, 0, 2, 20, 0x54, 0xe5);
    expect_status(f, 0, 0, 0);
    ck_assert_uint_eq(f->image[lba(3, 0, 1) * 512], 0xe5);
    ck_assert_uint_eq(f->image[lba(3, 0, 2) * 512], fdc_pattern(lba(3, 0, 2) * 512));
    fdc_free(f);
}
END_TEST

/* ---- programmed I/O ---- */

START_TEST(non_dma_mode_asks_for_each_burst_by_interrupt)
{
    struct fdc *f = fdc_new(MB144, false, true);
    unsigned edges;

    fdc_start(f);
    FDC_COMMAND(f, 0x03, 0xaf, 0x03);
    FDC_COMMAND(f, 0x13, 0, 0x07, 0); /* FIFO on, threshold 8 */
    FDC_COMMAND(f, 0x46, 0, 0, 0, 1, 2, 2, 0x1b, 0xff);
    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0x30);
    for (unsigned sector = 0; sector < 2; sector++) {
        ck_assert(fdc_wait(f, 5 * MS));
        edges = f->bench->edges[FDC_IRQ];
        for (unsigned i = 0; i < 512; i++) {
            ck_assert_uint_eq(fdc_in(f, 0x3f4), 0xf0);
            ck_assert_uint_eq(fdc_in(f, 0x3f5), fdc_pattern(sector * 512 + i));
        }
        ck_assert_uint_eq(f->bench->edges[FDC_IRQ] - edges, 511 / 8);
        ck_assert(!f->bench->level[FDC_IRQ]);
    }
    ck_assert(fdc_wait(f, 5 * MS));
    fdc_results(f);
    expect_status(f, 0x40, 0x80, 0); /* nobody gives TC: EN */
    fdc_free(f);
}
END_TEST

START_TEST(non_dma_write_takes_its_bytes_from_the_fifo)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    FDC_COMMAND(f, 0x03, 0xaf, 0x03);
    FDC_COMMAND(f, 0x45, 0, 0, 0, 5, 2, 5, 0x1b, 0xff);
    ck_assert(fdc_wait(f, 5 * MS));
    for (unsigned i = 0; i < 512; i++) {
        ck_assert_uint_eq(fdc_in(f, 0x3f4), 0xb0);
        fdc_out(f, 0x3f5, (uint8_t)(i ^ 0x5a));
    }
    ck_assert(fdc_wait(f, 5 * MS));
    fdc_results(f);
    expect_status(f, 0x40, 0x80, 0);
    for (unsigned i = 0; i < 512; i++)
        ck_assert_uint_eq(f->image[4 * 512 + i], (uint8_t)(i ^ 0x5a));
    fdc_free(f);
}
END_TEST

START_TEST(data_that_nobody_takes_overrun)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_out(f, 0x0a, 0x06); /* masked */
    FDC_RUN(f, 0x46, 0, 0, 0, 1, 2, 1, 0x1b, 0xff);
    expect_status(f, 0x40, 0x10, 0);
    fdc_dma(f, 0x46, 512); /* the wrong direction */
    FDC_RUN(f, 0x45, 0, 0, 0, 1, 2, 1, 0x1b, 0xff);
    expect_status(f, 0x40, 0x10, 0);
    ck_assert_uint_eq(f->image[0], fdc_pattern(0));
    FDC_COMMAND(f, 0x03, 0xaf, 0x03);
    FDC_COMMAND(f, 0x46, 0, 0, 0, 1, 2, 1, 0x1b, 0xff);
    bench_run(f->bench, 2000 * (uint64_t)MS);
    fdc_results(f);
    expect_status(f, 0x40, 0x10, 0);
    fdc_free(f);
}
END_TEST

START_TEST(dma_that_comes_a_little_late_is_in_time)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_out(f, 0x0a, 0x06);
    FDC_COMMAND(f, 0x46, 0, 0, 0, 1, 2, 1, 0x1b, 0xff);
    bench_run(f->bench, MS);
    fdc_dma(f, 0x46, 512);
    ck_assert(fdc_wait(f, 5 * MS));
    fdc_results(f);
    expect_status(f, 0, 0, 0);
    expect_sector(f, 0, 0);
    fdc_free(f);
}
END_TEST

/* ---- scans ---- */

static void scan(struct fdc *f, uint8_t code, uint8_t first, uint8_t last, uint8_t stp)
{
    fdc_dma(f, 0x4a, 0x8000);
    FDC_RUN(f, code, 0, 0, 0, first, 2, last, 0x1b, stp);
}

START_TEST(scan_equal_finds_the_sector_that_is_equal)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    memset(f->image, 0x11, 4 * 512);
    f->image[2 * 512 + 300] = 0x22;
    for (unsigned i = 0; i < 4; i++) /* what the host compares with, four times over */
        for (unsigned k = 0; k < 512; k++)
            fdc_set_memory(f, i * 512 + k, k == 300 ? 0x22 : k == 301 ? 0xff : 0x11);
    scan(f, 0x51, 1, 4, 1);
    expect_status(f, 0, 0, 0x08); /* SH */
    ck_assert_uint_eq(f->result[5], 3);
    scan(f, 0x51, 1, 2, 1);
    expect_status(f, 0, 0, 0x04); /* SN */
    scan(f, 0x51, 1, 4, 2);       /* every second one */
    expect_status(f, 0, 0, 0x08);
    scan(f, 0x51, 2, 5, 2);
    expect_status(f, 0, 0, 0x04);
    fdc_free(f);
}
END_TEST

START_TEST(scan_low_and_high_compare_as_numbers)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    memset(f->image, 0x50, 512);
    memset(f->image + 512, 0x30, 512);
    memset(f->image + 1024, 0x50, 512);
    for (unsigned i = 0; i < 3 * 512; i++)
        fdc_set_memory(f, i, 0x40);
    scan(f, 0x59, 1, 3, 1); /* low or equal: sector 2 */
    expect_status(f, 0, 0, 0);
    ck_assert_uint_eq(f->result[5], 2);
    scan(f, 0x5d, 2, 3, 1); /* high or equal: sector 3 */
    expect_status(f, 0, 0, 0);
    ck_assert_uint_eq(f->result[5], 3);
    fdc_dma(f, 0x4a, 512); /* terminal count before it is found */
    FDC_RUN(f, 0x5d, 0, 0, 0, 2, 2, 3, 0x1b, 1);
    expect_status(f, 0, 0, 0x04);
    FDC_COMMAND(f, 0x03, 0xaf, 0x03); /* by programmed I/O */
    FDC_COMMAND(f, 0x51, 0, 0, 0, 1, 2, 1, 0x1b, 1);
    ck_assert(fdc_wait(f, 5 * MS));
    for (unsigned i = 0; i < 512; i++)
        fdc_out(f, 0x3f5, 0x50);
    ck_assert(fdc_wait(f, 5 * MS));
    fdc_results(f);
    expect_status(f, 0, 0, 0x08);
    fdc_free(f);
}
END_TEST

/* ---- time ---- */

START_TEST(real_speed_reads_a_track_in_one_to_two_turns)
{
    struct fdc *f = fdc_new(MB144, false, false);
    uint64_t before, turn = 200 * MS;

    fdc_start(f);
    bench_run(f->bench, 12345678);
    before = vclock_now(f->bench->board->clock);
    fdc_dma(f, 0x46, 18 * 512);
    FDC_RUN(f, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 0, 0, 0);
    ck_assert_uint_ge(vclock_now(f->bench->board->clock) - before, turn * 17 / 18);
    ck_assert_uint_le(vclock_now(f->bench->board->clock) - before, 2 * turn);
    before = vclock_now(f->bench->board->clock);
    fill_memory(f, 18 * 512, 3);
    fdc_dma(f, 0x4a, 18 * 512);
    FDC_RUN(f, 0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_status(f, 0, 0, 0);
    ck_assert_uint_le(vclock_now(f->bench->board->clock) - before, 2 * turn + turn / 18);
    fdc_free(f);
}
END_TEST

START_TEST(fast_speed_takes_100_us_a_sector)
{
    struct fdc *f = fdc_new(MB144, false, true);
    uint64_t before;

    fdc_start(f);
    before = vclock_now(f->bench->board->clock);
    fdc_dma(f, 0x46, 18 * 512);
    FDC_RUN(f, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    ck_assert_uint_eq(vclock_now(f->bench->board->clock) - before, 18 * 100000);
    fdc_free(f);
}
END_TEST

/* ---- the host and its failures ---- */

START_TEST(exchanged_medium_ends_the_command)
{
    static const uint64_t after[] = { 0, 50000, 100000, 150000 };
    struct fdc *f = fdc_new(MB144, false, true);

    for (unsigned i = 0; i < 4; i++) {
        fdc_start(f);
        fdc_dma(f, 0x46, 512);
        FDC_COMMAND(f, 0x46, 0, 0, 0, i == 3 ? 99 : 1, 2, 18, 0x1b, 0xff);
        bench_run(f->bench, after[i] % 100000);
        drive_set_media(f->a, NULL);
        ck_assert(fdc_wait(f, 5 * MS));
        fdc_results(f);
        ck_assert_uint_eq(f->result[0], 0x40);
        ck_assert_uint_eq(f->result[1], i == 3 ? 0x04 : 0x01);
        drive_set_media(f->a, media_memory_new(f->image, f->size, false));
    }
    fdc_start(f);
    fdc_dma(f, 0x4a, 512);
    FDC_COMMAND(f, 0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    drive_set_media(f->b, media_memory_new(f->image, f->size, false)); /* not this one */
    ck_assert(fdc_wait(f, 5 * MS));
    fdc_results(f);
    expect_status(f, 0, 0, 0);
    fdc_free(f);
}
END_TEST

static void one_of_each(struct fdc *f, unsigned *failed)
{
    static const uint8_t commands[][9] = {
        { 0xc6, 0, 0, 0, 17, 2, 18, 0x1b, 0xff },
        { 0xc5, 0, 0, 0, 17, 2, 18, 0x1b, 0xff },
        { 0x56, 0, 0, 0, 15, 2, 18, 0x1b, 0xff },
        { 0x51, 0, 0, 0, 17, 2, 18, 0x1b, 1 },
    };

    for (unsigned i = 0; i < 4; i++) {
        fdc_dma(f, i == 0 ? 0x46 : 0x4a, 4 * 512);
        fdc_run(f, commands[i], 9);
        ck_assert_uint_eq(f->results, 7);
        if (f->host_errors > *failed) {
            ck_assert_uint_eq(f->result[0] & 0xc0, 0x40);
            ck_assert_uint_eq(f->result[0] & 0x10, i == 1 ? 0x10 : 0);
            ck_assert_uint_eq(f->result[1], i == 1 ? 0 : 0x20);
            *failed = f->host_errors;
        }
    }
    put_ids(f, 18, 0, 0);
    fdc_dma(f, 0x4a, 18 * 4);
    FDC_RUN(f, 0x4d, 0, 2, 18, 0x54, 0xf6);
    ck_assert_uint_eq(f->result[0], f->host_errors > *failed ? 0x50 : 0);
}

/* Fails the first request, the second, ... until none is left to fail. */
START_TEST(host_failures_are_told_as_bad_sectors_or_a_fault)
{
    unsigned fired = 0;

    for (int at = 0;; at++) {
        struct fdc *f = fdc_new(MB144, false, true);
        unsigned failed = 0;

        fdc_start(f);
        media_memory_fail(f->a->media, at, EIO);
        one_of_each(f, &failed);
        ck_assert_uint_le(f->host_errors, 1);
        ck_assert_uint_eq(fdc_in(f, 0x3f4), 0x80);
        fired = f->host_errors;
        fdc_free(f);
        if (!fired) {
            ck_assert_int_gt(at, 20);
            return;
        }
    }
}
END_TEST

/* ---- saved states ---- */

/* Moves the machine to a fresh bench, as a save and a resume do. */
static struct fdc *save_and_resume(struct fdc *f)
{
    struct fdc *to = fdc_new(f->size, false, true);
    struct state_buffer buf = { 0 };
    struct error err = { { 0 } };
    size_t at = 0;

    media_hub_drain(f->bench->board->media);
    state_save_board(&buf, f->bench->board);
    memcpy(to->image, f->image, f->size);
    memcpy(to->bench->board->blocks[0].host, f->bench->board->blocks[0].host,
           f->bench->board->blocks[0].size);
    ck_assert_msg(state_load_board(buf.data, buf.used, &at, to->bench->board, &err), "%s",
                  err.text);
    memcpy(to->bench->level, f->bench->level, sizeof(to->bench->level));
    state_buffer_free(&buf);
    fdc_free(f);
    return to;
}

START_TEST(saved_in_the_middle_of_anything_it_goes_on_exactly)
{
    static const uint8_t commands[][9] = {
        { 0xe6, 0, 0, 0, 10, 2, 18, 0x1b, 0xff },
        { 0xc5, 0, 0, 0, 10, 2, 18, 0x1b, 0xff },
        { 0x42, 0, 0, 0, 1, 2, 18, 0x1b, 0xff },
        { 0x4d, 0, 2, 18, 0x54, 0xf6 },
        { 0x0f, 0, 70 },
        { 0x4a, 0 },
        { 0x46, 0, 0, 0, 50, 2, 18, 0x1b, 0xff },
    };
    static const uint8_t lengths[] = { 9, 9, 9, 6, 3, 2, 9 };

    for (unsigned i = 0; i < sizeof(lengths); i++) {
        struct fdc *straight = fdc_new(MB144, false, true), *moved = fdc_new(MB144, false, true);
        struct fdc *both[2] = { straight, moved };
        unsigned legs = 0;

        for (unsigned k = 0; k < 2; k++) {
            fdc_start(both[k]);
            fill_memory(both[k], 0x4000, 77);
            put_ids(both[k], i == 3 ? 18 : 0, 0, 0);
            fdc_dma(both[k], i == 1 || i == 3 ? 0x4a : 0x46, i == 3 ? 72 : 18 * 512);
            fdc_command(both[k], commands[i], lengths[i]);
        }
        ck_assert(fdc_wait(straight, 5 * MS));
        while (!moved->bench->level[FDC_IRQ]) {
            bench_run(moved->bench, 17000);
            moved = save_and_resume(moved);
            ck_assert_uint_lt(legs++, 1000);
        }
        ck_assert_uint_ge(legs, 5);
        fdc_results(straight);
        fdc_results(moved);
        ck_assert_mem_eq(straight->result, moved->result, sizeof(straight->result));
        ck_assert_mem_eq(straight->image, moved->image, MB144);
        ck_assert_mem_eq(straight->bench->board->blocks[0].host + FDC_BUF,
                         moved->bench->board->blocks[0].host + FDC_BUF, 0x4000);
        fdc_free(straight);
        fdc_free(moved);
    }
}
END_TEST

START_TEST(saved_between_two_bytes_of_programmed_io_it_goes_on_exactly)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    FDC_COMMAND(f, 0x03, 0xaf, 0x03);
    FDC_COMMAND(f, 0x46, 0, 0, 0, 1, 2, 2, 0x1b, 0xff);
    for (unsigned i = 0; i < 1024; i++) {
        ck_assert(fdc_wait(f, 5 * MS));
        if (i % 100 == 7)
            f = save_and_resume(f);
        ck_assert_uint_eq(fdc_in(f, 0x3f5), fdc_pattern(i));
    }
    fdc_free(f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("i82077 data");

    CHECK_CASE(suite, "read", terminal_count_ends_normally_with_the_next_sectors_address,
               end_of_track_without_terminal_count_sets_en, multi_track_goes_on_with_the_other_side,
               terminal_count_inside_a_sector_ends_the_transfer_there,
               sectors_that_are_not_there_are_told, tracks_that_cannot_be_read_have_no_address_mark,
               second_side_of_a_single_sided_diskette_has_no_address_mark,
               forty_tracks_are_found_by_single_and_by_double_steps,
               read_id_gives_the_sectors_as_they_come_by,
               read_deleted_data_takes_one_normal_sector_and_sets_cm,
               read_track_begins_at_the_index_hole, verify_needs_no_data,
               implied_seek_goes_to_the_commands_cylinder);
    CHECK_CASE(suite, "write", write_data_reaches_the_image,
               terminal_count_inside_a_sector_writes_zeros_behind_it,
               write_protect_is_told_and_keeps_the_image,
               format_track_fills_the_sectors_with_the_data_byte);
    CHECK_CASE(suite, "programmed I/O", non_dma_mode_asks_for_each_burst_by_interrupt,
               non_dma_write_takes_its_bytes_from_the_fifo, data_that_nobody_takes_overrun,
               dma_that_comes_a_little_late_is_in_time);
    CHECK_CASE(suite, "scan", scan_equal_finds_the_sector_that_is_equal,
               scan_low_and_high_compare_as_numbers);
    CHECK_CASE(suite, "time", real_speed_reads_a_track_in_one_to_two_turns,
               fast_speed_takes_100_us_a_sector);
    CHECK_CASE(suite, "host", exchanged_medium_ends_the_command,
               host_failures_are_told_as_bad_sectors_or_a_fault);
    CHECK_CASE(suite, "saved states", saved_in_the_middle_of_anything_it_goes_on_exactly,
               saved_between_two_bytes_of_programmed_io_it_goes_on_exactly);
    return check_main(suite);
}
