/* SPDX-License-Identifier: GPL-2.0-or-later */
/* COMMAND.COM of our own DOS, at its prompt on a host folder: commands are typed, the screen is
 * read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/board_pc.h"
#include "tests/check_main.h"
#include "tests/guest/dos_bench.h"

START_TEST(autoexec_runs_and_the_prompt_has_the_path)
{
    struct bench *b = dos_start();

    dos_expect(b, "STARTED");
    dos_types(b, "md sub\ncd sub\n", "C:\\SUB>");
    dos_types(b, "cd ..\nif exist sub\\nul echo yes\n", "\nyes");
    dos_types(b, "rd sub\nif not exist sub\\nul echo gone\n", "\ngone");
    dos_stop(b);
}
END_TEST

START_TEST(files_are_listed_copied_typed_and_deleted)
{
    struct bench *b = dos_start();

    dos_put("ONE.TXT", "first\r\n");
    dos_types(b, "dir one.*\n", "ONE      TXT             7");
    dos_types(b, "copy one.txt+one.txt two.txt\ndir two.txt\n", "TWO      TXT            1");
    dos_types(b, "ren two.txt three.txt\ntype three.txt\n", "\nfirst");
    dos_types(b, "del three.txt\ntype three.txt\n", "File not found");
    dos_stop(b);
}
END_TEST

START_TEST(batch_files_have_arguments_labels_calls_and_variables)
{
    struct bench *b = dos_start();

    dos_put("SUB.BAT", "@echo sub %1\r\n");
    dos_put("MAIN.BAT", "@echo off\r\nset V=val\r\n:again\r\nif \"%1\"==\"\" goto end\r\n"
                        "echo arg %1 %V%\r\ncall sub %1\r\nshift\r\ngoto again\r\n"
                        ":end\r\nfor %%f in (x y) do echo for-%%f\r\n");
    dos_types(b, "main a b\n", "\nfor-y");
    dos_expect(b, "\narg b val");
    dos_expect(b, "arg a val");
    dos_stop(b);
}
END_TEST

START_TEST(output_goes_to_files)
{
    struct bench *b = dos_start();

    dos_types(b, "echo one > out\necho two >> out\ntype out\n", "\none\ntwo");
    dos_stop(b);
}
END_TEST

START_TEST(a_pipe_is_the_next_ones_input)
{
    struct bench *b = dos_start();

    dos_put("IN.BAT", "echo of the pipe\r\nexit\r\n");
    dos_types(b, "type in.bat | command\n", "\nof the pipe");
    dos_stop(b);
}
END_TEST

START_TEST(ctrl_c_asks_whether_the_batch_file_ends)
{
    struct bench *b = dos_start();

    dos_put("LOOP.BAT", "@echo off\r\n:again\r\necho round\r\ngoto again\r\n");
    dos_types(b, "loop\n", "\nround\nround");
    bench_type(b, "{ctrl-c}");
    dos_expect(b, "Terminate batch job (Y/N)?");
    bench_type(b, "y");
    dos_types(b, "echo back\n", "\nback");
    dos_stop(b);
}
END_TEST

START_TEST(a_drive_without_a_medium_is_a_critical_error)
{
    struct bench *b = dos_start();

    dos_types(b, "dir a:\n", "Abort, Retry, Fail?");
    dos_expect(b, "Not ready reading drive A");
    bench_type(b, "a");
    dos_types(b, "echo back\n", "\nback");
    dos_types(b, "dir a:\n", "Abort, Retry, Fail?");
    bench_type(b, "f");
    dos_types(b, "echo again\n", "\nagain");
    dos_stop(b);
}
END_TEST

static const char code_7[] = "\xb8\x07\x4c\xcd\x21"; /* MOV AX,4C07h; INT 21h */

START_TEST(errorlevel_is_a_programs_exit_code)
{
    struct bench *b = dos_start();

    dos_put("SEVEN.COM", code_7);
    dos_types(b, "seven\nif errorlevel 7 if not errorlevel 8 echo it was\n", "\nit was");
    dos_stop(b);
}
END_TEST

START_TEST(the_line_before_comes_back_and_names_are_completed)
{
    struct bench *b = dos_start();

    dos_put("LONGNAME.TXT", "found it\r\n");
    dos_types(b, "type longn\t\n", "\nfound it");
    dos_stop(b);
}
END_TEST

START_TEST(copy_with_v_verifies_and_leaves_verify_as_it_was)
{
    struct bench *b = dos_start();

    dos_put("ONE.TXT", "first\r\n");
    dos_types(b, "copy /v one.txt two.txt\nverify\n", "VERIFY is off");
    dos_types(b, "verify on\ncopy one.txt two.txt /v /y\nverify\n", "VERIFY is on");
    dos_types(b, "type two.txt\n", "\nfirst");
    dos_stop(b);
}
END_TEST

START_TEST(a_batch_file_waits_for_its_disk)
{
    struct bench_bytes freedos = bench_freedos(), image = { malloc(freedos.size), freedos.size };
    static const char batch[] = "@echo off\r\necho first\r\npause\r\necho second\r\n";
    struct bench *b;
    struct drive *drive;

    if (!freedos.data)
        return;
    memcpy(image.data, freedos.data, image.size);
    ck_assert(
        fat12_write(image, "GO.BAT", (struct bench_bytes){ (uint8_t *)batch, sizeof(batch) - 1 }));
    b = dos_start();
    drive = media_drive(machine_board(b->machine)->media, "floppy0");
    drive_set_media(drive, media_memory_new(image.data, image.size, false));
    dos_types(b, "a:go\n", "Press any key");
    drive_set_media(drive, media_memory_new(freedos.data, freedos.size, false));
    bench_type(b, "\n");
    dos_expect(b, "Insert disk with batch file");
    drive_set_media(drive, media_memory_new(image.data, image.size, false));
    bench_type(b, "\n");
    dos_expect(b, "\nsecond");
    dos_types(b, "a:go\n", "Press any key");
    drive_set_media(drive, media_memory_new(freedos.data, freedos.size, false));
    bench_type(b, "\n");
    dos_expect(b, "Insert disk with batch file");
    bench_type(b, "{ctrl-c}");
    dos_types(b, "echo back\n", "\nback");
    dos_stop(b);
    free(image.data);
}
END_TEST

/* Keeps 1280 bytes, calls INT 2Eh, prints, ends with code 5 */
static const uint8_t door[] = { 0xbc, 0x00, 0x04, 0xbb, 0x50, 0x00, 0xb4, 0x4a, 0xcd, 0x21, 0xbe,
                                0x37, 0x01, 0x89, 0x26, 0x29, 0x01, 0xcd, 0x2e, 0x8c, 0xcb, 0x8e,
                                0xd3, 0x8e, 0xdb, 0x8b, 0x26, 0x29, 0x01, 0xba, 0x2b, 0x01, 0xb4,
                                0x09, 0xcd, 0x21, 0xb8, 0x05, 0x4c, 0xcd, 0x21, 0x00, 0x00, 'b',
                                'e',  'h',  'i',  'n',  'd',  ' ',  'i',  't',  '\r', '\n', '$',
                                5,    'I',  'N',  'N',  'E',  'R',  '\r' };

START_TEST(commands_of_a_program_run_batch_files)
{
    struct bench *b = dos_start();

    dos_put_bytes("DOOR.COM", door, sizeof(door));
    dos_put("SEVEN.COM", code_7);
    dos_put("INNER.BAT", "@echo off\r\nset INSIDE=yes\r\ncall deeper one | command\r\n");
    dos_put("DEEPER.BAT", "@echo off\r\nfor %%f in (a b) do seven\r\necho echo %1-%INSIDE%\r\n");
    dos_put("OUTER.BAT", "@echo off\r\ndoor\r\nif errorlevel 5 echo outer %INSIDE%\r\n");
    dos_types(b, "outer\n", "\none-yes\n\nC:\\>behind it\nouter yes");
    dos_stop(b);
}
END_TEST

START_TEST(little_of_the_shell_stays_while_a_program_runs)
{
    /* Ends with what lies between the parent's PSP and its own, in units of 256 bytes: the
     * environments, too */
    static const uint8_t below[] = { 0x8c, 0xc8, 0x2b, 0x06, 0x16, 0x00, 0xb1,
                                     0x04, 0xd3, 0xe8, 0xb4, 0x4c, 0xcd, 0x21 };
    struct bench *b = dos_start();

    dos_put_bytes("BELOW.COM", below, sizeof(below));
    dos_put("BELOW.BAT",
            "@echo off\r\nbelow.com\r\nif not errorlevel 32 echo in the batch file\r\n");
    dos_types(b, "below.com\nif not errorlevel 26 echo less than 6.5 KB\n", "\nless than 6.5 KB");
    dos_types(b, "below.bat\n", "\nin the batch file");
    dos_stop(b);
}
END_TEST

START_TEST(what_a_program_overwrites_comes_from_the_file)
{
    /* Fills all memory behind itself, up to what its PSP says */
    static const uint8_t fill[] = { 0x8b, 0x16, 0x02, 0x00, 0x8c, 0xcb, 0x81, 0xc3, 0x00,
                                    0x10, 0xfc, 0x39, 0xd3, 0x73, 0x0f, 0x8e, 0xc3, 0x31,
                                    0xff, 0xb9, 0x08, 0x00, 0xb8, 0xcc, 0xcc, 0xf3, 0xab,
                                    0x43, 0xeb, 0xed, 0xb8, 0x00, 0x4c, 0xcd, 0x21 };
    struct bench *b = dos_start();

    dos_put_bytes("FILL.COM", fill, sizeof(fill));
    dos_put("FILL.BAT",
            "@echo off\r\nset V=1\r\nfor %%f in (a b) do fill\r\necho batch %V% %1\r\n");
    dos_types(b, "fill two\n", "C:\\>");
    dos_types(b, "fill.bat two\n", "\nbatch 1 two");
    dos_put("INNER.BAT", "@fill\r\n");
    dos_types(b, "set COMSPEC=Q:\\NONE.COM\nfill\necho by its own name\n", "\nby its own name");
    dos_types(b, "fill > out\ntype out\necho end\n", "\nend");
    dos_stop(b);
}
END_TEST

START_TEST(date_and_time_are_set)
{
    struct bench *b = dos_start();

    dos_types(b, "date 2-29-1996\ndate\n", "Current date is Thu 02-29-1996");
    dos_expect(b, "Enter new date (mm-dd-yy):");
    bench_type(b, "2-30-96\n");
    dos_expect(b, "Invalid date");
    bench_type(b, "12-31-99\ndate\n\n");
    dos_expect(b, "Current date is Fri 12-31-1999");
    dos_types(b, "time 1:02:03.04p\ntime\n", "Current time is 13:02:");
    bench_type(b, "25:00\n");
    dos_expect(b, "Invalid time");
    bench_type(b, "12:30a\ntime\n\n");
    dos_expect(b, "Current time is  0:30:");
    dos_stop(b);
}
END_TEST

START_TEST(dir_sorts_selects_and_goes_deep)
{
    struct bench *b = dos_start();

    dos_put("S1.B", "12345");
    dos_put("S2.A", "1");
    dos_types(b, "md deep\nmd deep\\in\ncopy s1.b deep\\in\\s3.c\n", "1 file(s) copied");
    dos_types(b, "dir /b /o:s s?.*\n", "\nS2.A\nS1.B");
    dos_types(b, "dir /b /o-s s?.*\n", "\nS1.B\nS2.A");
    dos_types(b, "dir /b /oe s?.*\n", "\nS2.A\nS1.B");
    dos_types(b, "dir /b /s s?.?\n", "\nC:\\S1.B\nC:\\S2.A\nC:\\DEEP\\IN\\S3.C");
    dos_types(b, "dir /s s3.c\n", "Directory of C:\\DEEP\\IN\n\nS3       C               5 ");
    dos_expect(b, "Total files listed:\n        1 file(s)              5 bytes");
    dos_types(b, "dir /b /ad deep\n", "\nIN");
    dos_types(b, "dir /a-d /b deep\n", "File not found");
    dos_types(b, "dir /w s?.?\n", "\nS1.B            S2.A");
    dos_types(b, "dir /l /b s1.b\n", "\ns1.b");
    dos_types(b, "set dircmd=/b\ndir s1.b\n", "\nS1.B\n\nC:\\>");
    dos_types(b, "dir /-b s1.b\n", "S1       B               5 ");
    dos_types(b, "dir /x\n", "Invalid switch - /X");
    for (char c = 'A'; c <= 'V'; c++) {
        char name[] = "DEEP/@.P";

        name[5] = c;
        dos_put(name, "");
    }
    dos_types(b, "dir /-b /p deep\n", "Press any key to continue . . .");
    bench_type(b, " ");
    dos_expect(b, "bytes free");
    dos_stop(b);
}
END_TEST

START_TEST(copy_asks_and_ends_text_at_ctrl_z)
{
    struct bench *b = dos_start();

    dos_put("Z.TXT", "before\x1a"
                     "after");
    dos_put("O.TXT", "old");
    dos_types(b, "copy z.txt o.txt\n", "Overwrite o.txt (Yes/No/All)?");
    bench_type(b, "n");
    dos_expect(b, "0 file(s) copied");
    dos_types(b, "copy /a z.txt o.txt\n", "Overwrite o.txt (Yes/No/All)?");
    bench_type(b, "y");
    dos_types(b, "dir o.txt\n", "O        TXT             7 "); /* with its Ctrl-Z */
    dos_types(b, "copy /y z.txt o.txt\ndir o.txt\n", "O        TXT            12 ");
    dos_types(b, "copy /y /b z.txt+z.txt o.txt\ndir o.txt\n", "O        TXT            24 ");
    dos_types(b, "copy /y z.txt+z.txt o.txt\ndir o.txt\n", "O        TXT            13 ");
    dos_types(b, "copy /y o.txt+z.txt\ndir o.txt\n", "O        TXT            19 ");
    dos_types(b, "copy con new.txt\n", "con new.txt\n");
    bench_type(b, "typed\n{f6}\n");
    dos_types(b, "type new.txt\n", "\ntyped");
    dos_types(b, "copy o.txt o.txt\n", "File cannot be copied onto itself");
    dos_types(b, "copy /q o.txt x\n", "Invalid switch - /q");
    dos_stop(b);
}
END_TEST

START_TEST(a_second_shell_has_its_options)
{
    struct bench *b = dos_start();

    dos_put("SHOW.BAT", "@echo x-%IN%-x\r\n");
    dos_types(b, "command /k echo kept\n", "\nkept");
    dos_types(b, "set IN=1\nexit\nshow\n", "\nx--x");
    dos_types(b, "command /e:2000 /c echo once\necho back\n", "\nonce\n\nC:\\>echo back");
    dos_put("BIGENV.BAT", "@for %%f in (a b c d e f g h i j k l m n o p) do set V%%f="
                          "123456789012345678901234567890123456789012345678901234567890\r\n");
    dos_types(b, "command /e:2000\nbigenv\nset\n", "\nVP=1234567890");
    dos_types(b, "exit\nbigenv\n", "Out of environment space");
    dos_types(b, "command /c nothing\n", "Bad command or file name");
    dos_stop(b);
}
END_TEST

START_TEST(calls_nest_and_arguments_shift)
{
    struct bench *b = dos_start();

    dos_put("SHOW.BAT", "@echo -%N%-\r\n");
    dos_put("NEST.BAT", "@echo off\r\nif \"%1\"==\"\" goto end\r\nset N=%N%%1\r\nshift\r\n"
                        "call nest %1 %2 %3 %4 %5 %6 %7 %8 %9\r\n:end\r\n");
    dos_types(b, "nest 1 2 3 4 5 6 7\nshow\n", "\n-1234567-");
    dos_types(b, "set N=\nnest 1 2 3 4 5 6 7 8 9\n", "nested too deeply");
    dos_types(b, "show\n", "\n-12345678-");
    dos_put("MANY.BAT", "@echo off\r\nfor %%f in (1 2 3 4) do shift\r\necho %9 %8\r\n"
                        "shift\r\nshift\r\necho .%9 %8\r\n");
    dos_types(b, "many a b c d e f g h i j k l m n\n", "\nm l\n.");
    dos_expect(b, "\n. n");
    dos_stop(b);
}
END_TEST

START_TEST(function_keys_bring_back_the_line_before)
{
    struct bench *b = dos_start();

    dos_types(b, "echo abcdef\n{f3}\n", "\nabcdef\n\nC:\\>echo abcdef\nabcdef");
    dos_types(b, "echo abcdef\n{f2}d{f3}\n",
              "C:\\>echo abcdef\nabcdef\n\nC:\\>echo abcdef\nabcdef");
    dos_types(b, "echo abcdef\n{f1}{f1}{f1}{f1}{f1}{f4}d{f3}\n", "\nabcdef\n\nC:\\>echo def\ndef");
    dos_types(b, "echo abcdef\necho xyz{f5}{f3}\n", "xyz");
    dos_types(b, "echo one\necho two\n{up}{up}\n", "\ntwo\n\nC:\\>echo one\none");
    dos_stop(b);
}
END_TEST

START_TEST(programs_load_high_and_the_terminal_changes)
{
    struct bench *b = dos_start();

    dos_put("SEVEN.COM", code_7);
    dos_types(b, "lh seven\nif errorlevel 7 echo high\n", "\nhigh");
    dos_types(b, "loadhigh\n", "Required parameter missing");
    dos_types(b, "ctty nothing\n", "Invalid device");
    dos_types(b, "ctty con\necho on con\n", "\non con");
    dos_put("T.BAT", "@echo off\r\nctty nul\r\necho unseen\r\nctty con\r\necho seen\r\n");
    dos_types(b, "t\n", "\nseen");
    ck_assert(!bench_on_screen(b, "unseen"));
    dos_stop(b);
}
END_TEST

START_TEST(an_abort_in_a_programs_command_goes_back_to_the_program)
{
    struct bench *b = dos_start();

    dos_put_bytes("DOOR.COM", door, sizeof(door));
    dos_put("INNER.BAT", "@echo off\r\ndir a:\r\necho never\r\n");
    dos_put("OUTER.BAT", "@echo off\r\ndoor\r\nif errorlevel 5 echo outer\r\n");
    dos_types(b, "outer\n", "Abort, Retry, Fail?");
    bench_type(b, "a");
    dos_expect(b, "\nbehind it\nouter");
    ck_assert(!bench_on_screen(b, "never"));
    dos_types(b, "command /c outer\n", "Abort, Retry, Fail?");
    bench_type(b, "a");
    dos_expect(b, "\nbehind it\nouter");
    dos_stop(b);
}
END_TEST

/* ---- DIR of many ---- */

enum { MANY = 3000 };

static void make_many(void)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/BIG", dos_folder);
    ck_assert(mkdir(path, 0700) == 0);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(path, sizeof(path), "BIG/F%05u.T", i * 7919 % MANY);
        dos_put(path, "");
    }
}

/* The names F00000.T... that a file of the folder has, each once; how many stand in falling order
 * from the first one on. */
static unsigned check_many(const char *name)
{
    static bool seen[MANY];
    char path[64], line[64];
    unsigned lines = 0, sorted = 0, number, last = MANY;
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dos_folder, name);
    f = fopen(path, "r");
    ck_assert(f != NULL);
    memset(seen, 0, sizeof(seen));
    while (fgets(line, sizeof(line), f)) {
        ck_assert_msg(sscanf(line, "F%5u.T", &number) == 1 && number < MANY, "%s", line);
        ck_assert_msg(!seen[number], "twice: %s", line);
        seen[number] = true;
        if (sorted == lines && number < last)
            sorted++;
        last = number;
        lines++;
    }
    fclose(f);
    ck_assert_uint_eq(lines, MANY);
    return sorted;
}

START_TEST(dir_lists_any_number_and_sorts_what_memory_holds)
{
    /* Stays with all memory but 1800h paragraphs */
    static const uint8_t taker[] = { 0x8b, 0x16, 0x02, 0x00, 0x8c, 0xc8, 0x29, 0xc2, 0x81,
                                     0xea, 0x00, 0x18, 0xb8, 0x00, 0x31, 0xcd, 0x21 };
    struct bench *b;
    unsigned sorted;

    make_many();
    b = dos_start();
    dos_types(b, "dir /b big\\f*.* > came\necho first\n", "\nfirst");
    check_many("CAME");
    dos_types(b, "dir /b /o:-n big\\f*.* > sorted\necho second\n", "\nsecond");
    ck_assert_uint_eq(check_many("SORTED"), MANY);
    dos_types(b, "dir /o big\\*.*\n", "3,002 file(s)              0 bytes");
    dos_put_bytes("TAKE.COM", taker, sizeof(taker));
    dos_types(b, "take\ndir /b /o:-n big\\f*.* > part\n", "\nToo little memory to sort all;");
    dos_types(b, "echo third\n", "\nthird");
    sorted = check_many("PART");
    ck_assert_msg(sorted > 500 && sorted < MANY, "%u", sorted);
    dos_stop(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("COMMAND.COM");

    CHECK_CASE(
        suite, "shell", autoexec_runs_and_the_prompt_has_the_path,
        files_are_listed_copied_typed_and_deleted,
        batch_files_have_arguments_labels_calls_and_variables, output_goes_to_files,
        a_pipe_is_the_next_ones_input, ctrl_c_asks_whether_the_batch_file_ends,
        a_drive_without_a_medium_is_a_critical_error, errorlevel_is_a_programs_exit_code,
        the_line_before_comes_back_and_names_are_completed,
        copy_with_v_verifies_and_leaves_verify_as_it_was, a_batch_file_waits_for_its_disk,
        commands_of_a_program_run_batch_files, little_of_the_shell_stays_while_a_program_runs,
        what_a_program_overwrites_comes_from_the_file, date_and_time_are_set,
        dir_sorts_selects_and_goes_deep, copy_asks_and_ends_text_at_ctrl_z,
        a_second_shell_has_its_options, calls_nest_and_arguments_shift,
        function_keys_bring_back_the_line_before, programs_load_high_and_the_terminal_changes,
        an_abort_in_a_programs_command_goes_back_to_the_program,
        dir_lists_any_number_and_sorts_what_memory_holds);
    return dos_bench_main(suite);
}
