/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A CD driver that speaks to the drive as those of DOS do, by polling and by interrupts, through
 * two changes of the medium; see programs/cddriver.asm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

enum { SECTOR = 2048, FIRST = 16, BEHIND = 48, FLOPPY = 1474560 };

static struct bench_bytes disc_of(unsigned sectors, unsigned seed)
{
    struct bench_bytes disc = { malloc((size_t)sectors * SECTOR), (size_t)sectors * SECTOR };
    uint32_t x = seed;

    for (size_t i = 0; i < disc.size; i++) {
        x = x * 1664525u + 1013904223u;
        disc.data[i] = (uint8_t)(x >> 24);
    }
    return disc;
}

/* As the guest adds up. */
static uint32_t sum_of(struct bench_bytes disc)
{
    uint32_t sum = 0;

    for (size_t i = FIRST * SECTOR; i < BEHIND * SECTOR; i += 2)
        sum = (sum << 1 | sum >> 31) + (uint32_t)(disc.data[i] | disc.data[i + 1] << 8);
    return sum;
}

static size_t heard; /* of the port's text */

static bool says(struct bench *b, void *arg)
{
    const char *at;

    b->debug[b->debug_length] = 0;
    at = strstr(b->debug + heard, arg);
    if (at)
        heard = (size_t)(at - b->debug) + strlen(arg);
    return at != NULL;
}

static void expect(struct bench *b, const char *line)
{
    size_t from = heard;

    ck_assert_msg(bench_run_while_not(b, says, (void *)line, 60000), "no \"%s\", but:\n%s", line,
                  b->debug + from);
}

static void expect_disc(struct bench *b, struct bench_bytes disc)
{
    unsigned sectors = (unsigned)(disc.size / SECTOR), frame = sectors + 150;
    char line[32];

    expect(b, "ready\n");
    snprintf(line, sizeof(line), "tracks 0101 %08X\n", sectors);
    expect(b, line);
    snprintf(line, sizeof(line), "msf 00%02X%02X%02X\n", frame / 75 / 60, frame / 75 % 60,
             frame % 75);
    expect(b, line);
    snprintf(line, sizeof(line), "size %08X\n", sectors - 1);
    expect(b, line);
    snprintf(line, sizeof(line), "polled %08X\n", sum_of(disc));
    expect(b, line);
    snprintf(line, sizeof(line), "driven %08X\n", sum_of(disc));
    expect(b, line);
}

static void drive_goes_through_its_discs(bool fast)
{
    static const unsigned sizes[] = { 500, 333, 9000 };
    struct bench_bytes floppy = bench_boot_image("cddriver", FLOPPY), disc = disc_of(sizes[0], 1);
    struct bench *b = bench_new(&(struct bench_setup){
        .floppy = floppy, .cdrom = disc, .disk_fast = fast, .debug_exit = true, .boot = "a" });
    struct drive *drive = media_drive(machine_board(b->machine)->media, "cdrom0");
    struct error err = { { 0 } };

    heard = 0;
    expect(b, "drive 85");
    expect_disc(b, disc);
    for (unsigned i = 1; i < 3; i++) {
        struct bench_bytes next = disc_of(sizes[i], i + 1);

        ck_assert_msg(drive_open_tray(drive, false, &err), "%s", err.text);
        expect(b, "sense 023A\n"); /* not ready, medium not present */
        drive_set_media(drive, media_memory_new(next.data, next.size, true));
        ck_assert_msg(drive_close_tray(drive, &err), "%s", err.text);
        expect(b, "sense 0628\n"); /* attention, the medium may have changed */
        free(disc.data);
        disc = next;
        expect_disc(b, disc);
    }
    bench_run_ms(b, 1000);
    ck_assert_int_eq(machine_status(b->machine), MACHINE_SHUTDOWN);
    bench_free(b);
    free(disc.data);
    free(floppy.data);
}

START_TEST(a_driver_of_dos_works_and_follows_the_discs)
{
    drive_goes_through_its_discs(true);
}
END_TEST

START_TEST(it_does_so_at_the_speed_of_the_time)
{
    drive_goes_through_its_discs(false);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("CD driver");

    CHECK_CASE(suite, "polling and interrupts", a_driver_of_dos_works_and_follows_the_discs,
               it_does_so_at_the_speed_of_the_time);
    return guest_main(suite);
}
