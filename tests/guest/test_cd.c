/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CDs that people boot.  The firmware reads them through El Torito; GRUB then with a driver of its
 * own.  With `pass`: memtest86+ goes through all its tests once; with `kvm`: the same CDs on KVM.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

#define GRUB    "/usr/lib/grub-rescue/grub-rescue-cdrom.iso"
#define IPXE    "/usr/lib/ipxe/ipxe.iso"
#define MEMTEST "/usr/lib/memtest86+/memtest86+ia32.iso"

static const struct cpu_ops *engine; /* NULL: as BYGONE_TEST_ENGINE says */

/* A machine of 16 MB that boots from the disc; NULL: it is not there, and the skip is counted. */
static struct bench *with_disc(const char *path, struct bench_bytes *image)
{
    if (engine == &kvm_ops && !bench_kvm())
        return NULL;
    *image = bench_file(path);
    if (!image->data) {
        char why[128];

        snprintf(why, sizeof(why), "%s is not there", path);
        check_skip(why);
        return NULL;
    }
    return bench_new(&(struct bench_setup){ .engine = engine,
                                            .cdrom = *image,
                                            .cpu = CPU_PENTIUM2,
                                            .memory = 16,
                                            .disk_fast = true,
                                            .boot = "d" });
}

static void expect(struct bench *b, const char *text, unsigned seconds)
{
    ck_assert_msg(bench_wait(b, text, seconds * 1000), "no \"%s\"; the screen:\n%s", text,
                  bench_screen(b));
}

START_TEST(grub_boots_from_its_cd)
{
    struct bench_bytes image;
    struct bench *b = with_disc(GRUB, &image);

    if (!b)
        return;
    expect(b, "GNU GRUB ", 300);
    expect(b, "Memtest86+", 60);
    bench_type(b, "c");
    expect(b, "grub>", 60);
    bench_type(b, "echo one two{enter}");
    expect(b, "\none two", 60);
    bench_free(b);
    free(image.data);
}
END_TEST

/* The checksum GRUB prints for a file; 0: none. */
static unsigned long grub_checksum(struct bench *b, const char *path)
{
    char command[160], line[128], *screen, *at;
    unsigned long sum = 0;

    snprintf(command, sizeof(command), "clear{enter}hashsum --hash crc32 %s{enter}", path);
    snprintf(line, sizeof(line), "  %s\n", path);
    bench_type(b, command);
    expect(b, line, 120);
    screen = bench_screen(b);
    at = strstr(screen, line);
    if (at && at - screen >= 8)
        sum = strtoul(at - 8, NULL, 16);
    free(screen);
    return sum;
}

/* GRUB's drivers do not ask the BIOS: IDENTIFY PACKET DEVICE, READ CAPACITY, READ by PIO. */
START_TEST(grub_reads_the_cd_with_its_own_driver)
{
    struct bench_bytes image;
    struct bench *b = with_disc(GRUB, &image);
    unsigned long by_bios, by_driver;

    if (!b)
        return;
    expect(b, "GNU GRUB ", 300);
    bench_type(b, "c");
    expect(b, "grub>", 60);
    by_bios = grub_checksum(b, "(cd)/boot/grub/i386-pc/normal.mod");
    ck_assert_uint_ne(by_bios, 0);
    bench_type(b, "nativedisk{enter}");
    bench_run_ms(b, 15000);
    bench_type(b, "ls{enter}");
    expect(b, "(ata2)", 60);
    by_driver = grub_checksum(b, "(ata2)/boot/grub/i386-pc/normal.mod");
    ck_assert_uint_eq(by_driver, by_bios);
    bench_free(b);
    free(image.data);
}
END_TEST

START_TEST(ipxe_boots_from_its_cd)
{
    struct bench_bytes image;
    struct bench *b = with_disc(IPXE, &image);

    if (!b)
        return;
    expect(b, "iPXE initialising devices...ok", 300);
    expect(b, "Open Source Network Boot Firmware", 300);
    expect(b, "No more network devices", 300); /* there are none yet */
    bench_free(b);
    free(image.data);
}
END_TEST

START_TEST(memtest_begins)
{
    struct bench_bytes image;
    struct bench *b = with_disc(MEMTEST, &image);

    if (!b)
        return;
    expect(b, "Memtest86+ v", 300);
    expect(b, "Test #2", 600);
    ck_assert(bench_on_screen(b, "Pentium II"));
    ck_assert(bench_on_screen(b, "Errors: 0"));
    bench_free(b);
    free(image.data);
}
END_TEST

START_TEST(memtest_passes)
{
    struct bench_bytes image;
    struct bench *b = with_disc(MEMTEST, &image);

    if (!b)
        return;
    expect(b, "Pass:  1 ", 4 * 3600);
    printf("memtest86+, 16 MB: a pass in %.0f s of virtual time, %.0f million instructions\n%s",
           (double)bench_now(b) / 1e9, (double)bench_insns(b) / 1e6, bench_screen(b));
    ck_assert_msg(bench_on_screen(b, "Errors: 0"), "errors:\n%s", bench_screen(b));
    bench_free(b);
    free(image.data);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("CDs");
    const char *mode = argc > 1 ? argv[1] : "";

    if (!strcmp(mode, "kvm"))
        engine = &kvm_ops;
    if (!strcmp(mode, "pass"))
        CHECK_CASE(suite, "memtest86+", memtest_passes);
    else
        CHECK_CASE(suite, "boot", grub_boots_from_its_cd, ipxe_boots_from_its_cd, memtest_begins);
    if (!mode[0])
        CHECK_CASE(suite, "driver", grub_reads_the_cd_with_its_own_driver);
    return guest_main(suite);
}
