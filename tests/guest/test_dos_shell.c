/* SPDX-License-Identifier: GPL-2.0-or-later */
/* COMMAND.COM of our own DOS, at its prompt on a host folder: commands are typed, the screen is
 * read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host/dos/hostfs.h"
#include "firmware/firmware.h"
#include "tests/check_main.h"
#include "tests/guest/machine_bench.h"

enum { PATIENCE_MS = 60000 };

static char folder[] = "/tmp/dos-shell-XXXXXX", tools[] = "/tmp/dos-tools-XXXXXX";
static struct hostfs *fs;

static void put_in(const char *where, const char *name, const void *data, size_t size)
{
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", where, name);
    f = fopen(path, "wb");
    ck_assert(f && fwrite(data, 1, size, f) == size && fclose(f) == 0);
}

static void put(const char *name, const char *text)
{
    put_in(folder, name, text, strlen(text));
}

static void configure(struct pc_config *pc)
{
    static struct hostfs_folder drives[2] = {
        { .drive = 'C', .path = folder },
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
        }
        if (!strcmp(f->name, "COMMAND.COM"))
            put_in(tools, f->name, f->data, f->size);
    }
    fs = hostfs_new(&setup, &err);
    ck_assert_msg(fs != NULL, "%s", err.text);
    pc->hostdos = hostfs_backend(fs);
    pc->hostdos_boot = true;
}

static struct bench *start(void)
{
    struct bench_setup setup = { .memory = 8, .configure = configure };
    struct bench *b;

    put("AUTOEXEC.BAT", "@ECHO OFF\r\nPROMPT $P$G\r\nPATH Z:\\;C:\\\r\nECHO STARTED\r\n");
    b = bench_new(&setup);
    ck_assert_msg(bench_wait(b, "C:\\>", PATIENCE_MS), "%s", bench_screen(b));
    return b;
}

static void stop(struct bench *b)
{
    bench_free(b);
    hostfs_free(fs);
}

static void expect(struct bench *b, const char *text)
{
    ck_assert_msg(bench_wait(b, text, PATIENCE_MS), "\"%s\" is not on the screen:\n%s", text,
                  bench_screen(b));
}

/* Types a line at an empty screen and waits for what it shows. */
static void types(struct bench *b, const char *line, const char *text)
{
    bench_type(b, "cls\n");
    bench_type(b, line);
    expect(b, text);
}

START_TEST(autoexec_runs_and_the_prompt_has_the_path)
{
    struct bench *b = start();

    expect(b, "STARTED");
    types(b, "md sub\ncd sub\n", "C:\\SUB>");
    types(b, "cd ..\nif exist sub\\nul echo yes\n", "\nyes");
    types(b, "rd sub\nif not exist sub\\nul echo gone\n", "\ngone");
    stop(b);
}
END_TEST

START_TEST(files_are_listed_copied_typed_and_deleted)
{
    struct bench *b = start();

    put("ONE.TXT", "first\r\n");
    types(b, "dir one.*\n", "ONE      TXT             7");
    types(b, "copy one.txt+one.txt two.txt\ndir two.txt\n", "TWO      TXT            1");
    types(b, "ren two.txt three.txt\ntype three.txt\n", "\nfirst");
    types(b, "del three.txt\ntype three.txt\n", "File not found");
    stop(b);
}
END_TEST

START_TEST(batch_files_have_arguments_labels_calls_and_variables)
{
    struct bench *b = start();

    put("SUB.BAT", "@echo sub %1\r\n");
    put("MAIN.BAT", "@echo off\r\nset V=val\r\n:again\r\nif \"%1\"==\"\" goto end\r\n"
                    "echo arg %1 %V%\r\ncall sub %1\r\nshift\r\ngoto again\r\n"
                    ":end\r\nfor %%f in (x y) do echo for-%%f\r\n");
    types(b, "main a b\n", "\nfor-y");
    expect(b, "\narg b val");
    expect(b, "arg a val");
    stop(b);
}
END_TEST

START_TEST(output_goes_to_files)
{
    struct bench *b = start();

    types(b, "echo one > out\necho two >> out\ntype out\n", "\none\ntwo");
    stop(b);
}
END_TEST

START_TEST(a_pipe_is_the_next_ones_input)
{
    struct bench *b = start();

    put("IN.BAT", "echo of the pipe\r\nexit\r\n");
    types(b, "type in.bat | command\n", "\nof the pipe");
    stop(b);
}
END_TEST

START_TEST(ctrl_c_asks_whether_the_batch_file_ends)
{
    struct bench *b = start();

    put("LOOP.BAT", "@echo off\r\n:again\r\necho round\r\ngoto again\r\n");
    types(b, "loop\n", "\nround\nround");
    bench_type(b, "{ctrl-c}");
    expect(b, "Terminate batch job (Y/N)?");
    bench_type(b, "y");
    types(b, "echo back\n", "\nback");
    stop(b);
}
END_TEST

START_TEST(a_drive_without_a_medium_is_a_critical_error)
{
    struct bench *b = start();

    types(b, "dir a:\n", "Abort, Retry, Fail?");
    expect(b, "Not ready reading drive A");
    bench_type(b, "a");
    types(b, "echo back\n", "\nback");
    types(b, "dir a:\n", "Abort, Retry, Fail?");
    bench_type(b, "f");
    types(b, "echo again\n", "\nagain");
    stop(b);
}
END_TEST

START_TEST(errorlevel_is_a_programs_exit_code)
{
    static const char code_7[] = "\xb8\x07\x4c\xcd\x21"; /* MOV AX,4C07h; INT 21h */
    struct bench *b = start();

    put("SEVEN.COM", code_7);
    types(b, "seven\nif errorlevel 7 if not errorlevel 8 echo it was\n", "\nit was");
    stop(b);
}
END_TEST

START_TEST(the_line_before_comes_back_and_names_are_completed)
{
    struct bench *b = start();

    put("LONGNAME.TXT", "found it\r\n");
    types(b, "type longn\t\n", "\nfound it");
    stop(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("COMMAND.COM");
    char command[160];
    int code;

    if (!mkdtemp(folder) || !mkdtemp(tools))
        return 1;
    CHECK_CASE(suite, "shell", autoexec_runs_and_the_prompt_has_the_path,
               files_are_listed_copied_typed_and_deleted,
               batch_files_have_arguments_labels_calls_and_variables, output_goes_to_files,
               a_pipe_is_the_next_ones_input, ctrl_c_asks_whether_the_batch_file_ends,
               a_drive_without_a_medium_is_a_critical_error, errorlevel_is_a_programs_exit_code,
               the_line_before_comes_back_and_names_are_completed);
    code = check_main(suite);
    snprintf(command, sizeof(command), "rm -rf %s %s", folder, tools);
    if (system(command) != 0)
        code = 1;
    return code;
}
