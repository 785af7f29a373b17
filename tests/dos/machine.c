/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boots a DOS in a machine, until the conformance suite's first program says that all is done:
 *   machine own FOLDER [FLOPPY]   our own DOS; FOLDER is C:, FLOPPY an image for A:
 *   machine floppy IMAGE          a DOS that IMAGE boots and changes; the image stays as it is then
 * BYGONE_TEST_ENGINE names the engine.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host/dos/hostfs.h"
#include "firmware/firmware.h"
#include "tests/check_main.h"
#include "tests/guest/machine_bench.h"

enum { PATIENCE_MS = 200000 }; /* of virtual time; DOS_SUITE_SECONDS changes it */

static const char *folder;
static struct hostfs *fs;

static void configure(struct pc_config *pc)
{
    static struct hostfs_folder drive = { .drive = 'C' };
    struct hostfs_setup setup = { .folders = &drive,
                                  .folder_count = 1,
                                  .boot_drive = 'C',
                                  .code_page = 437,
                                  .country = 1,
                                  .patience_ns = UINT64_MAX,
                                  .text_in = -1,
                                  .text_out = -1 };
    struct error err = { { 0 } };

    drive.path = (char *)folder;
    for (const struct firmware_file *f = firmware_dos; f->name; f++) {
        if (strcmp(f->name, "kernel.bin") != 0)
            continue;
        setup.kernel = f->data;
        setup.kernel_size = f->size;
    }
    fs = hostfs_new(&setup, &err);
    ck_assert_msg(fs != NULL, "%s", err.text);
    pc->hostdos = hostfs_backend(fs);
    pc->hostdos_boot = true;
}

static struct bench_setup setup = { .memory = 8, .disk_fast = true };

START_TEST(all_programs_are_run)
{
    const char *seconds = getenv("DOS_SUITE_SECONDS");
    unsigned patience = seconds ? (unsigned)atoi(seconds) * 1000 : PATIENCE_MS;
    struct bench *b = bench_new(&setup);

    ck_assert_msg(bench_wait(b, "ALL DONE", patience), "\"ALL DONE\" is not on the screen:\n%s",
                  bench_screen(b));
    bench_free(b);
}
END_TEST

static int run(void)
{
    Suite *suite = suite_create("DOS conformance");

    CHECK_CASE(suite, "programs", all_programs_are_run);
    return check_main(suite);
}

int main(int argc, char **argv)
{
    bool own = argc >= 3 && !strcmp(argv[1], "own");
    const char *image = own ? argv[3] : argv[2];
    int fd = -1, code;

    if (argc < 3 || (!own && strcmp(argv[1], "floppy") != 0)) {
        fprintf(stderr, "usage: machine own FOLDER [FLOPPY] | machine floppy IMAGE\n");
        return 2;
    }
    folder = argv[2];
    if (own)
        setup.configure = configure;
    else
        fd = open(image, O_WRONLY | O_CLOEXEC);
    if (image)
        setup.floppy = bench_file(image);
    if (image && (!setup.floppy.data || (!own && fd < 0))) {
        fprintf(stderr, "%s cannot be opened\n", image);
        return 2;
    }
    code = run();
    if (own)
        hostfs_free(fs);
    else if (pwrite(fd, setup.floppy.data, setup.floppy.size, 0) != (ssize_t)setup.floppy.size)
        code = 1;
    free(setup.floppy.data);
    return code;
}
