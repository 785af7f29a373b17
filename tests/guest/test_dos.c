/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our own DOS on a host folder: what its boot costs, and a program of its calls, on each engine.
 * Without a COMMAND.COM: CONFIG.SYS names the test's program as the shell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host/dos/hostfs.h"
#include "firmware/firmware.h"
#include "tests/check_main.h"
#include "tests/guest/machine_bench.h"

enum { BOOT_INSNS = 3000000, STEP_US = 100 };

static char folder[] = "/tmp/dos-XXXXXX";
static struct hostfs *fs;

static void put(const char *name, const void *data, size_t size)
{
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "wb");
    ck_assert(f && fwrite(data, 1, size, f) == size && fclose(f) == 0);
}

static void put_program(const char *built, const char *name)
{
    struct bench_bytes bytes = bench_boot_image(built, 16384);

    put(name, bytes.data, bytes.size);
    free(bytes.data);
}

static void configure(struct pc_config *pc)
{
    static struct hostfs_folder drive = { .drive = 'C', .path = folder };
    struct hostfs_setup setup = { .folders = &drive,
                                  .folder_count = 1,
                                  .boot_drive = 'C',
                                  .code_page = 437,
                                  .country = 1,
                                  .patience_ns = UINT64_MAX,
                                  .text_in = -1,
                                  .text_out = -1 };
    struct error err = { { 0 } };

    for (const struct firmware_file *f = firmware_dos; f->name; f++) {
        if (strcmp(f->name, "kernel.bin"))
            continue;
        setup.kernel = f->data;
        setup.kernel_size = f->size;
    }
    fs = hostfs_new(&setup, &err);
    ck_assert_msg(fs != NULL, "%s", err.text);
    pc->hostdos = hostfs_backend(fs);
    pc->hostdos_boot = true;
}

static struct bench *start(const struct cpu_ops *engine, const char *shell)
{
    struct bench_setup setup = { .engine = engine, .memory = 8, .configure = configure };
    char config[64];

    put_program("dosprompt", "PROMPT.COM");
    put_program("doscalls", "CALLS.COM");
    put_program("doschild", "CHILD.COM");
    snprintf(config, sizeof(config), "FILES=30\r\nSHELL=C:\\%s\r\n", shell);
    put("CONFIG.SYS", config, strlen(config));
    return bench_new(&setup);
}

static void stop(struct bench *b)
{
    bench_free(b);
    hostfs_free(fs);
}

/* Instructions until the text is on the screen. */
static uint64_t insns_until(struct bench *b, const char *text)
{
    for (unsigned i = 0; i < 100000; i++) {
        if (bench_on_screen(b, text))
            return bench_insns(b);
        machine_run_until(b->machine, bench_now(b) + STEP_US * 1000);
    }
    ck_abort_msg("\"%s\" is not on the screen:\n%s", text, bench_screen(b));
}

START_TEST(from_its_boot_entry_to_a_shell_in_3_million_instructions)
{
    struct bench *b = start(&interp_ops, "PROMPT.COM");
    uint64_t from = insns_until(b, "Booting from ROM"), to = insns_until(b, "PROMPT>");

    printf("from the boot entry to the shell: %lu instructions\n", (unsigned long)(to - from));
    ck_assert_uint_le(to - from, BOOT_INSNS);
    stop(b);
}
END_TEST

static void calls_on(const struct cpu_ops *engine)
{
    struct bench *b = start(engine, "CALLS.COM");
    char *screen;

    ck_assert_msg(bench_wait(b, "ALL DONE", 60000), "%s", bench_screen(b));
    screen = bench_screen(b);
    ck_assert_msg(!strstr(screen, "FAIL"), "%s", screen);
    ck_assert_msg(strstr(screen, "child") != NULL, "%s", screen);
    free(screen);
    stop(b);
}

START_TEST(its_calls_answer_as_described)
{
    calls_on(NULL);
}
END_TEST

START_TEST(its_calls_answer_as_described_on_kvm)
{
    if (bench_kvm())
        calls_on(&kvm_ops);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("our own DOS");
    bool with_kvm = argc > 1 && !strcmp(argv[1], "kvm");
    char command[80];
    int code;

    if (!mkdtemp(folder))
        return 1;
    if (with_kvm)
        CHECK_CASE(suite, "on KVM", its_calls_answer_as_described_on_kvm);
    else
        CHECK_CASE(suite, "kernel", from_its_boot_entry_to_a_shell_in_3_million_instructions,
                   its_calls_answer_as_described);
    code = check_main(suite);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    if (system(command) != 0)
        code = 1;
    return code;
}
