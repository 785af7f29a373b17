/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/board_pc.h"
#include "core/host/dos/hostfs.h"
#include "firmware/firmware.h"
#include "tests/check_main.h"
#include "tests/guest/dos_bench.h"

char dos_folder[] = "/tmp/dos-folder-XXXXXX";
static char tools[] = "/tmp/dos-tools-XXXXXX";
static struct hostfs *fs;
static void (*also_configure)(struct pc_config *pc);

static void put_in(const char *where, const char *name, const void *data, size_t size)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", where, name);
    f = fopen(path, "wb");
    ck_assert(f && fwrite(data, 1, size, f) == size && fclose(f) == 0);
}

void dos_put_bytes(const char *name, const void *data, size_t size)
{
    put_in(dos_folder, name, data, size);
}

void dos_put(const char *name, const char *text)
{
    dos_put_bytes(name, text, strlen(text));
}

struct bench_bytes dos_get(const char *name)
{
    struct bench_bytes bytes = { NULL, 0 };
    char path[128];
    FILE *f;
    long size;

    snprintf(path, sizeof(path), "%s/%s", dos_folder, name);
    f = fopen(path, "rb");
    if (!f)
        return bytes;
    ck_assert(fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0);
    rewind(f);
    bytes.data = calloc((size_t)size + 1, 1);
    ck_assert(bytes.data && fread(bytes.data, 1, (size_t)size, f) == (size_t)size);
    bytes.size = (size_t)size;
    fclose(f);
    return bytes;
}

static void configure(struct pc_config *pc)
{
    static struct hostfs_folder drives[2] = {
        { .drive = 'C', .path = dos_folder },
        { .drive = 'Z', .path = tools, .read_only = true, .tools = true }
    };
    struct hostfs_setup setup = { .folders = drives,
                                  .folder_count = 2,
                                  .boot_drive = 'C',
                                  .code_page = 437,
                                  .country = 1,
                                  .patience_ns = UINT64_MAX,
                                  .text_in = -1,
                                  .text_out = -1 };
    struct error err = { { 0 } };

    for (const struct firmware_file *f = firmware_dos; f->name; f++) {
        if (!strcmp(f->name, "kernel.bin")) {
            setup.kernel = f->data;
            setup.kernel_size = f->size;
        } else if (strcmp(f->name, "hostdos.rom") != 0) {
            put_in(tools, f->name, f->data, f->size);
        }
    }
    fs = hostfs_new(&setup, &err);
    ck_assert_msg(fs != NULL, "%s", err.text);
    pc->hostdos = hostfs_backend(fs);
    pc->hostdos_boot = true;
    if (also_configure)
        also_configure(pc);
}

struct bench *dos_start_with(struct bench_setup setup)
{
    struct bench *b;

    dos_put("AUTOEXEC.BAT", "@ECHO OFF\r\nPROMPT $P$G\r\nPATH Z:\\;C:\\\r\nECHO STARTED\r\n");
    also_configure = setup.configure;
    setup.configure = configure;
    b = bench_new(&setup);
    ck_assert_msg(bench_wait(b, "C:\\>", DOS_PATIENCE_MS), "%.3500s", bench_screen(b));
    return b;
}

struct bench *dos_start(void)
{
    return dos_start_with((struct bench_setup){ .memory = 8 });
}

void dos_stop(struct bench *b)
{
    bench_free(b);
    hostfs_free(fs);
    fs = NULL;
}

void dos_expect(struct bench *b, const char *text)
{
    ck_assert_msg(bench_wait(b, text, DOS_PATIENCE_MS), "\"%s\" is not on the screen:\n%.3500s",
                  text, bench_screen(b));
}

void dos_types(struct bench *b, const char *lines, const char *text)
{
    bench_type(b, "cls\n");
    bench_type(b, lines);
    dos_expect(b, text);
}

int dos_bench_main(Suite *suite)
{
    char command[160];
    int code;

    if (!mkdtemp(dos_folder) || !mkdtemp(tools))
        return 1;
    code = check_main(suite);
    snprintf(command, sizeof(command), "rm -rf %s %s", dos_folder, tools);
    if (system(command) != 0)
        code = 1;
    return code;
}
