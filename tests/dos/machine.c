/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boots a DOS in a machine, until the conformance suite's first program says that all is done:
 *   machine own FOLDER [FLOPPY]   our own DOS; FOLDER is C:, FLOPPY an image for A:
 *   machine floppy IMAGE          a DOS that IMAGE boots and changes; the image stays as it is then
 * BYGONE_TEST_ENGINE names the engine.  A guest that does not come to its end within
 * DOS_SUITE_SECONDS of virtual time or DOS_SUITE_HOST_SECONDS of the host's is left, with a word on
 * where it is.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/cpu/cpu.h"
#include "core/host/dos/hostfs.h"
#include "core/memory.h"
#include "firmware/firmware.h"
#include "tests/check_main.h"
#include "tests/dos/calls.h"
#include "tests/guest/machine_bench.h"

enum { PATIENCE_S = 200, HOST_PATIENCE_S = 90, LOOK_MS = 500, LOW_MEMORY = 0xa0000 };

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

static unsigned seconds(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);

    return text ? (unsigned)atoi(text) : otherwise;
}

static uint64_t host_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec;
}

static bool comes_to_its_end(struct bench *b)
{
    uint64_t end = host_seconds() + seconds("DOS_SUITE_HOST_SECONDS", HOST_PATIENCE_S);
    unsigned left = seconds("DOS_SUITE_SECONDS", PATIENCE_S) * (1000 / LOOK_MS);

    while (left-- && host_seconds() < end)
        if (bench_wait(b, "ALL DONE", LOOK_MS))
            return true;
    return false;
}

/* The list of the program that was running: the one that counted furthest. */
static bool find_calls(const uint8_t *memory, struct calls *found)
{
    struct calls calls;
    bool any = false;

    for (unsigned at = 0; at + sizeof(calls) <= LOW_MEMORY; at++) {
        if (memcmp(memory + at, CALLS_MARK, sizeof(CALLS_MARK)) != 0)
            continue;
        memcpy(&calls, memory + at, sizeof(calls));
        if (calls.count && (!any || calls.count > found->count))
            *found = calls;
        any = any || calls.count;
    }
    return any;
}

static void tell_where(struct bench *b)
{
    static uint8_t memory[LOW_MEMORY];
    struct cpu *cpu = machine_cpu(b->machine);
    struct x86_state x;
    struct calls calls;

    cpu->ops->get(cpu, &x);
    printf("The guest is at %04x:%04x, stack %04x:%04x, AX=%04x%s.\n", x.seg[S_CS].selector, x.eip,
           x.seg[S_SS].selector, x.gpr[R_ESP] & 0xffff, x.gpr[R_EAX] & 0xffff,
           x.halted ? ", halted" : "");
    mem_dma_read(machine_board(b->machine)->memory, 0, memory, sizeof(memory));
    if (!find_calls(memory, &calls))
        return;
    printf("Random calls of seed %u, the last of %u (FUZZ 0 %u makes them again):\n", calls.seed,
           calls.count, calls.seed);
    for (unsigned i = calls.count > CALLS_KEPT ? calls.count - CALLS_KEPT : 0; i < calls.count;
         i++) {
        const uint16_t *r = calls.last[i % CALLS_KEPT];

        printf("  %5u  AX=%04x BX=%04x CX=%04x DX=%04x SI=%04x DI=%04x DS=%04x\n", i + 1, r[0],
               r[1], r[2], r[3], r[4], r[5], r[6]);
    }
}

START_TEST(all_programs_are_run)
{
    struct bench *b = bench_new(&setup);
    bool ended = comes_to_its_end(b);

    if (!ended)
        tell_where(b);
    ck_assert_msg(ended, "\"ALL DONE\" is not on the screen:\n%s", bench_screen(b));
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
