/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82077AA's registers, seeks and resets: sentences of its data sheet. */
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/storage/fdc_bench.h"

#define MB144 (1440u << 10)
#define MS    1000000u

static void expect_sector(struct fdc *f, unsigned at, unsigned sector)
{
    for (unsigned i = 0; i < 512; i++)
        ck_assert_uint_eq(fdc_memory(f, at + i), fdc_pattern(sector * 512u + i));
}

/* SEABIOS.md, BOOT: what the firmware does until the boot sector is there, and a seek after it. */
START_TEST(firmware_boots_from_the_diskette)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_out(f, 0x3f2, 0x08);
    fdc_out(f, 0x3f2, 0x0c);
    ck_assert(fdc_wait(f, 5 * MS));
    for (uint8_t i = 0; i < 4; i++) {
        fdc_sense(f);
        ck_assert_uint_eq(f->results, 2);
        ck_assert_uint_eq(f->result[0], 0xc0 + i);
        ck_assert_uint_eq(f->result[1], 0);
    }
    fdc_out(f, 0x3f2, 0x1c);
    FDC_COMMAND(f, 0x07, 0x00);
    ck_assert(fdc_wait(f, 100 * MS));
    fdc_sense(f);
    ck_assert_uint_eq(f->result[0], 0x20);
    ck_assert_uint_eq(f->result[1], 0);
    fdc_out(f, 0x3f7, 0x00);
    FDC_RUN(f, 0x4a, 0x00);
    ck_assert_uint_eq(f->results, 7);
    ck_assert_uint_eq(f->result[0], 0);
    ck_assert_uint_eq(f->result[6], 2);
    FDC_COMMAND(f, 0x03, 0xaf, 0x02);
    fdc_dma(f, 0x46, 512);
    FDC_RUN(f, 0xe6, 0, 0, 0, 1, 2, 1, 0x1b, 0xff);
    ck_assert_uint_eq(f->results, 7);
    ck_assert_uint_eq(f->result[0], 0);
    ck_assert_uint_eq(f->result[1], 0);
    ck_assert_uint_eq(f->result[2], 0);
    expect_sector(f, 0, 0);
    fdc_seek(f, 0, 1);
    fdc_dma(f, 0x46, 9 * 512);
    FDC_RUN(f, 0xe6, 4, 1, 1, 3, 2, 11, 0x1b, 0xff);
    ck_assert_uint_eq(f->result[0], 4);
    for (unsigned i = 0; i < 9; i++)
        expect_sector(f, i * 512, (1 * 2 + 1) * 18 + 2 + i);
    fdc_free(f);
}
END_TEST

/* ---- registers ---- */

START_TEST(msr_reads_zero_while_the_chip_is_in_reset)
{
    struct fdc *f = fdc_new(MB144, false, true);

    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0);
    fdc_out(f, 0x3f5, 0x10);
    fdc_out(f, 0x3f2, 0x0c);
    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0x80);
    ck_assert_uint_eq(fdc_in(f, 0x3f2), 0x0c);
    fdc_free(f);
}
END_TEST

START_TEST(sra_and_srb_are_not_driven_in_at_mode)
{
    struct fdc *f = fdc_new(MB144, false, true);

    ck_assert_uint_eq(fdc_in(f, 0x3f0), 0xff);
    ck_assert_uint_eq(fdc_in(f, 0x3f1), 0xff);
    fdc_out(f, 0x3f0, 0x55); /* read-only: nothing happens */
    fdc_out(f, 0x3f3, 0xff);
    ck_assert_uint_eq(fdc_in(f, 0x3f3), 0xff);
    fdc_out(f, 0x3f3, 0x01);
    ck_assert_uint_eq(fdc_in(f, 0x3f3), 0xfd);
    ck_assert_uint_eq(fdc_in(f, 0x3f5), 0xff); /* no result phase */
    fdc_free(f);
}
END_TEST

START_TEST(sense_interrupt_without_interrupt_is_an_invalid_command)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_sense(f);
    ck_assert_uint_eq(f->results, 1);
    ck_assert_uint_eq(f->result[0], 0x80);
    fdc_free(f);
}
END_TEST

START_TEST(invalid_commands_give_80h_and_no_interrupt)
{
    static const uint8_t codes[] = { 0x00, 0x01, 0x0b, 0x15, 0x18, 0x1f, 0x27, 0x88, 0xff };
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    for (unsigned i = 0; i < sizeof(codes); i++) {
        FDC_COMMAND(f, codes[i]);
        fdc_results(f);
        ck_assert_uint_eq(f->results, 1);
        ck_assert_uint_eq(f->result[0], 0x80);
        ck_assert(!f->bench->level[FDC_IRQ]);
    }
    fdc_free(f);
}
END_TEST

START_TEST(version_returns_90h)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    FDC_COMMAND(f, 0x10);
    fdc_results(f);
    ck_assert_uint_eq(f->results, 1);
    ck_assert_uint_eq(f->result[0], 0x90);
    fdc_free(f);
}
END_TEST

START_TEST(msr_shows_busy_from_the_first_command_byte_to_the_last_result_byte)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0x80);
    fdc_out(f, 0x3f5, 0x04);
    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0x90);
    fdc_out(f, 0x3f5, 0x00);
    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0xd0);
    fdc_out(f, 0x3f5, 0x10); /* lost: the result phase is not over */
    fdc_in(f, 0x3f5);
    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0x80);
    fdc_dma(f, 0x46, 512);
    FDC_COMMAND(f, 0x46, 0, 0, 0, 1, 2, 1, 0x1b, 0xff);
    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0x10); /* execution by DMA: no RQM */
    fdc_out(f, 0x3f5, 0x10);
    ck_assert_uint_eq(fdc_in(f, 0x3f5), 0xff);
    ck_assert(fdc_wait(f, 5 * MS));
    fdc_results(f);
    ck_assert_uint_eq(f->results, 7);
    fdc_free(f);
}
END_TEST

START_TEST(dmagate_low_disables_int_and_drq)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_out(f, 0x3f2, 0x14);
    FDC_COMMAND(f, 0x0f, 0, 3);
    bench_run(f->bench, 10 * MS);
    ck_assert(!f->bench->level[FDC_IRQ]);
    fdc_out(f, 0x3f2, 0x1c); /* the pin itself was set */
    ck_assert(f->bench->level[FDC_IRQ]);
    fdc_sense(f);
    ck_assert_uint_eq(f->result[0], 0x20);
    fdc_seek(f, 0, 0);
    fdc_out(f, 0x3f2, 0x14);
    fdc_dma(f, 0x46, 512);
    FDC_COMMAND(f, 0x46, 0, 0, 0, 1, 2, 1, 0x1b, 0xff);
    bench_run(f->bench, 100 * MS);
    fdc_results(f);
    ck_assert_uint_eq(f->result[0], 0x40);
    ck_assert_uint_eq(f->result[1], 0x10); /* overrun */
    fdc_free(f);
}
END_TEST

START_TEST(sense_drive_status_tells_track_0_and_write_protect)
{
    struct fdc *f = fdc_new(MB144, true, true);

    fdc_start(f);
    FDC_COMMAND(f, 0x04, 0x04);
    fdc_results(f);
    ck_assert_uint_eq(f->result[0], 0x40 | 0x20 | 0x10 | 0x08 | 0x04);
    fdc_seek(f, 0, 5);
    FDC_COMMAND(f, 0x04, 0x00);
    fdc_results(f);
    ck_assert_uint_eq(f->result[0], 0x68);
    FDC_COMMAND(f, 0x04, 0x01); /* empty */
    fdc_results(f);
    ck_assert_uint_eq(f->result[0], 0x39);
    FDC_COMMAND(f, 0x04, 0x02); /* not connected */
    fdc_results(f);
    ck_assert_uint_eq(f->result[0], 0x2a);
    fdc_free(f);
}
END_TEST

static void dumpreg(struct fdc *f)
{
    FDC_COMMAND(f, 0x0e);
    fdc_results(f);
    ck_assert_uint_eq(f->results, 10);
}

START_TEST(dumpreg_returns_what_was_programmed)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_seek(f, 0, 7);
    fdc_seek(f, 1, 9);
    FDC_COMMAND(f, 0x03, 0xdf, 0x02);
    FDC_COMMAND(f, 0x13, 0x00, 0x57, 0x20);
    FDC_COMMAND(f, 0x12, 0x80 | 0x3c | 0x03);
    FDC_COMMAND(f, 0x12, 0x01); /* without OW the drives' bits stay */
    FDC_COMMAND(f, 0x94);
    fdc_results(f);
    ck_assert_uint_eq(f->result[0], 0x10);
    dumpreg(f);
    ck_assert_uint_eq(f->result[0], 7);
    ck_assert_uint_eq(f->result[1], 9);
    ck_assert_uint_eq(f->result[4], 0xdf);
    ck_assert_uint_eq(f->result[5], 0x02);
    ck_assert_uint_eq(f->result[7], 0x80 | 0x3c | 0x01);
    ck_assert_uint_eq(f->result[8], 0x57);
    ck_assert_uint_eq(f->result[9], 0x20);
    fdc_free(f);
}
END_TEST

START_TEST(lock_protects_fifo_and_pretrk_from_software_resets)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    FDC_COMMAND(f, 0x13, 0x00, 0x47, 0x20);
    FDC_COMMAND(f, 0x94);
    fdc_results(f);
    fdc_out(f, 0x3f4, 0x80); /* DSR reset clears itself */
    ck_assert(fdc_wait(f, 5 * MS));
    dumpreg(f);
    ck_assert_uint_eq(f->result[8], 0x07); /* EIS is not protected */
    ck_assert_uint_eq(f->result[9], 0x20);
    FDC_COMMAND(f, 0x14);
    fdc_results(f);
    ck_assert_uint_eq(f->result[0], 0x00);
    fdc_out(f, 0x3f2, 0x18);
    fdc_out(f, 0x3f2, 0x1c);
    ck_assert(fdc_wait(f, 5 * MS));
    dumpreg(f);
    ck_assert_uint_eq(f->result[8], 0x20); /* FIFO off, threshold 1 */
    ck_assert_uint_eq(f->result[9], 0x00);
    ck_assert_uint_eq(f->result[4], 0xaf); /* SPECIFY stays */
    fdc_free(f);
}
END_TEST

START_TEST(reset_interrupts_only_while_polling_is_on)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_out(f, 0x3f4, 0x80);
    FDC_COMMAND(f, 0x13, 0x00, 0x10, 0x00); /* POLL off before the first polling */
    ck_assert(!fdc_wait(f, 50 * MS));
    fdc_out(f, 0x3f4, 0x80); /* turns polling on again */
    ck_assert(fdc_wait(f, 50 * MS));
    fdc_free(f);
}
END_TEST

START_TEST(reset_ends_every_phase)
{
    static const uint64_t after[] = { 0, 5000, 50000, 150000, 250000, 2000000 };
    struct fdc *f = fdc_new(MB144, false, true);

    for (unsigned i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
        fdc_start(f);
        fdc_dma(f, 0x46, 4 * 512);
        FDC_COMMAND(f, 0x46, 0, 0, 0, 1, 2, 4, 0x1b, 0xff);
        bench_run(f->bench, after[i]);
        fdc_out(f, 0x3f2, 0x18);
        ck_assert(!f->bench->level[FDC_IRQ]);
        bench_run(f->bench, 10 * MS);
        ck_assert(!f->bench->level[FDC_IRQ]);
    }
    fdc_free(f);
}
END_TEST

/* ---- seeks ---- */

START_TEST(seeks_of_several_drives_overlap)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    FDC_COMMAND(f, 0x0f, 0, 40);
    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0x81);
    FDC_COMMAND(f, 0x0f, 1, 10);
    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0x83);
    ck_assert(fdc_wait(f, 10 * MS));
    ck_assert_uint_eq(fdc_in(f, 0x3f4), 0x81);
    bench_run(f->bench, 10 * MS);
    fdc_sense(f);
    ck_assert_uint_eq(f->result[0], 0x20);
    ck_assert_uint_eq(f->result[1], 40);
    ck_assert(f->bench->level[FDC_IRQ]); /* the other one */
    fdc_sense(f);
    ck_assert_uint_eq(f->result[0], 0x21);
    ck_assert_uint_eq(f->result[1], 10);
    ck_assert(!f->bench->level[FDC_IRQ]);
    fdc_free(f);
}
END_TEST

START_TEST(recalibrate_gives_up_after_79_steps)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_seek(f, 0, 82);
    FDC_COMMAND(f, 0x07, 0);
    ck_assert(fdc_wait(f, 10 * MS));
    fdc_sense(f);
    ck_assert_uint_eq(f->result[0], 0x40 | 0x20 | 0x10);
    FDC_COMMAND(f, 0x07, 0);
    ck_assert(fdc_wait(f, 10 * MS));
    fdc_sense(f);
    ck_assert_uint_eq(f->result[0], 0x20);
    FDC_COMMAND(f, 0x07, 2); /* no such drive: TRK0 never comes */
    ck_assert(fdc_wait(f, 10 * MS));
    fdc_sense(f);
    ck_assert_uint_eq(f->result[0], 0x72);
    fdc_free(f);
}
END_TEST

START_TEST(relative_seek_moves_by_a_number_of_tracks)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    FDC_COMMAND(f, 0xcf, 0, 10); /* inwards */
    ck_assert(fdc_wait(f, 10 * MS));
    fdc_sense(f);
    ck_assert_uint_eq(f->result[0], 0x20);
    ck_assert_uint_eq(f->result[1], 10);
    FDC_COMMAND(f, 0x8f, 0, 4);
    ck_assert(fdc_wait(f, 10 * MS));
    fdc_sense(f);
    ck_assert_uint_eq(f->result[1], 6);
    FDC_COMMAND(f, 0x8f, 0, 7); /* beyond track 0 */
    ck_assert(fdc_wait(f, 10 * MS));
    fdc_sense(f);
    ck_assert_uint_eq(f->result[0], 0x70);
    FDC_COMMAND(f, 0x04, 0);
    fdc_results(f);
    ck_assert(f->result[0] & 0x10);
    fdc_free(f);
}
END_TEST

START_TEST(steps_take_the_time_that_specify_gives)
{
    struct fdc *f = fdc_new(MB144, false, false);
    uint64_t before;

    fdc_start(f);
    FDC_COMMAND(f, 0x03, 0xd0, 0x02); /* SRT D: 3 ms at 500 kb/s */
    before = vclock_now(f->bench->board->clock);
    FDC_COMMAND(f, 0x0f, 0, 20);
    ck_assert(fdc_wait(f, 1000 * MS));
    ck_assert_uint_ge(vclock_now(f->bench->board->clock) - before, 60 * MS);
    ck_assert_uint_le(vclock_now(f->bench->board->clock) - before, 61 * MS);
    fdc_free(f);
}
END_TEST

START_TEST(dskchg_is_cleared_by_a_step_with_a_diskette_in)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    ck_assert_uint_eq(fdc_in(f, 0x3f7), 0x80);
    fdc_seek(f, 0, 1);
    ck_assert_uint_eq(fdc_in(f, 0x3f7), 0);
    drive_set_media(f->a, NULL);
    ck_assert_uint_eq(fdc_in(f, 0x3f7), 0x80);
    fdc_seek(f, 0, 0);
    ck_assert_uint_eq(fdc_in(f, 0x3f7), 0x80); /* none in */
    drive_set_media(f->a, media_memory_new(f->image, f->size, false));
    ck_assert_uint_eq(fdc_in(f, 0x3f7), 0x80);
    fdc_seek(f, 0, 1);
    ck_assert_uint_eq(fdc_in(f, 0x3f7), 0);
    drive_set_media(f->a, NULL);
    fdc_out(f, 0x3f2, 0x0c); /* motor off: the drive is not selected */
    ck_assert_uint_eq(fdc_in(f, 0x3f7), 0);
    fdc_out(f, 0x3f2, 0x4e); /* nor is one that is not there */
    ck_assert_uint_eq(fdc_in(f, 0x3f7), 0);
    fdc_free(f);
}
END_TEST

START_TEST(hard_reset_leaves_the_heads_and_the_change_lines)
{
    struct fdc *f = fdc_new(MB144, false, true);

    fdc_start(f);
    fdc_seek(f, 0, 33);
    device_reset(f->chip, RESET_HARD);
    ck_assert_uint_eq(fdc_in(f, 0x3f2), 0);
    fdc_start(f);
    ck_assert_uint_eq(fdc_in(f, 0x3f7), 0);
    FDC_COMMAND(f, 0x04, 0);
    fdc_results(f);
    ck_assert(!(f->result[0] & 0x10));
    fdc_free(f);
}
END_TEST

/* ---- images ---- */

START_TEST(every_format_is_known_by_its_size)
{
    static const struct {
        unsigned kb, cylinders, heads, sectors, rates, cmos;
    } formats[] = {
        { 160, 40, 1, 8, 6, 1 },   { 180, 40, 1, 9, 6, 1 },   { 320, 40, 2, 8, 6, 1 },
        { 360, 40, 2, 9, 6, 1 },   { 720, 80, 2, 9, 4, 3 },   { 800, 80, 2, 10, 4, 3 },
        { 1200, 80, 2, 15, 1, 2 }, { 1440, 80, 2, 18, 1, 4 }, { 1476, 82, 2, 18, 1, 4 },
        { 1680, 80, 2, 21, 1, 4 }, { 1722, 82, 2, 21, 1, 4 }, { 2880, 80, 2, 36, 8, 5 },
    };
    struct i82077_format format;

    for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        ck_assert(i82077_format(formats[i].kb * 1024u, &format));
        ck_assert_uint_eq(format.cylinders, formats[i].cylinders);
        ck_assert_uint_eq(format.heads, formats[i].heads);
        ck_assert_uint_eq(format.sectors, formats[i].sectors);
        ck_assert_uint_eq(format.rates, formats[i].rates);
        ck_assert_uint_eq(i82077_cmos_type(formats[i].kb * 1024u), formats[i].cmos);
    }
    ck_assert(!i82077_format(0, &format));
    ck_assert(!i82077_format(1440 * 1024 + 1, &format));
    ck_assert(!i82077_format(100 << 20, &format));
    ck_assert_uint_eq(i82077_cmos_type(100 << 20), 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("i82077");

    CHECK_CASE(suite, "firmware", firmware_boots_from_the_diskette);
    CHECK_CASE(suite, "registers", msr_reads_zero_while_the_chip_is_in_reset,
               sra_and_srb_are_not_driven_in_at_mode,
               sense_interrupt_without_interrupt_is_an_invalid_command,
               invalid_commands_give_80h_and_no_interrupt, version_returns_90h,
               msr_shows_busy_from_the_first_command_byte_to_the_last_result_byte,
               dmagate_low_disables_int_and_drq, sense_drive_status_tells_track_0_and_write_protect,
               dumpreg_returns_what_was_programmed,
               lock_protects_fifo_and_pretrk_from_software_resets,
               reset_interrupts_only_while_polling_is_on, reset_ends_every_phase);
    CHECK_CASE(suite, "seeks", seeks_of_several_drives_overlap, recalibrate_gives_up_after_79_steps,
               relative_seek_moves_by_a_number_of_tracks, steps_take_the_time_that_specify_gives,
               dskchg_is_cleared_by_a_step_with_a_diskette_in,
               hard_reset_leaves_the_heads_and_the_change_lines);
    CHECK_CASE(suite, "images", every_format_is_known_by_its_size);
    return check_main(suite);
}
