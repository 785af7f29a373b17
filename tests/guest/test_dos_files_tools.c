/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tools of our own DOS for files and text, at its prompt on a host folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/board_pc.h"
#include "tests/check_main.h"
#include "tests/guest/dos_bench.h"

/* A batch file CODE.BAT that shows the exit code before it. */
static void put_code(void)
{
    char text[600] = "@echo off\r\n";

    for (unsigned n = 0; n < 6; n++)
        sprintf(text + strlen(text), "if errorlevel %u if not errorlevel %u echo code %u\r\n", n,
                n + 1, n);
    strcat(text, "if errorlevel 255 echo code 255\r\n");
    dos_put("CODE.BAT", text);
}

/* A file on C: has exactly this. */
static void expect_file(const char *name, const char *text)
{
    struct bench_bytes bytes = dos_get(name);

    ck_assert_msg(bytes.data != NULL, "%s is not there", name);
    ck_assert_msg(bytes.size == strlen(text) && !memcmp(bytes.data, text, bytes.size),
                  "%s has %zu bytes, not %zu:\n%.300s", name, bytes.size, strlen(text),
                  (char *)bytes.data);
    free(bytes.data);
}

__attribute__((unused)) static void expect_no_file(const char *name)
{
    struct bench_bytes bytes = dos_get(name);

    ck_assert_msg(bytes.data == NULL, "%s is there", name);
}

START_TEST(more_stops_at_each_screen)
{
    struct bench *b = dos_start();
    char text[2000] = "";

    for (unsigned i = 1; i <= 60; i++)
        sprintf(text + strlen(text), "line %u\r\n", i);
    strcat(text, "\x1a"
                 "unseen\r\n");
    dos_put("LINES.TXT", text);
    put_code();
    dos_types(b, "more < lines.txt\n", "line 24\n-- More --");
    ck_assert(!bench_on_screen(b, "line 25"));
    bench_type(b, " ");
    dos_expect(b, "line 48\n-- More --");
    bench_type(b, " ");
    dos_expect(b, "line 60\n\nC:\\>");
    ck_assert(!bench_on_screen(b, "unseen"));
    dos_types(b, "type lines.txt | more\n", "line 24\n-- More --");
    bench_type(b, "{ctrl-c}");
    dos_expect(b, "^C");
    dos_types(b, "more lines.txt\n", "line 24\n-- More --");
    bench_type(b, "  ");
    dos_expect(b, "line 60");
    dos_types(b, "more none.txt\ncode\n", "code 1");
    dos_expect(b, "File not found - none.txt");
    memset(text, 'x', 80);
    strcpy(text + 80, "\ta\r\n\b\a\r\nend\r\n");
    dos_put("WIDE.TXT", text);
    dos_types(b, "more < wide.txt > out.txt\ncode\n", "code 0");
    expect_file("OUT.TXT", text);
    dos_types(b, "more /x\ncode\n", "Invalid switch - /x\n\nC:\\>code\ncode 1");
    dos_types(b, "more /?\n", "one screen at a time");
    dos_stop(b);
}
END_TEST

START_TEST(find_shows_lines_with_a_text)
{
    struct bench *b = dos_start();
    char *big = malloc(20000);

    put_code();
    dos_put("A.TXT", "Alpha\r\nbeta \"q\"\r\nGAMMA\r\nlast alpha");
    dos_put("B.TXT", "nothing\r\n\x1a"
                     "Alpha\r\n");
    dos_types(b, "find \"lpha\" a.txt b.txt\ncode\n",
              "\n---------- A.TXT\nAlpha\nlast alpha\n\n---------- B.TXT\n\nC:\\>code\ncode 0");
    dos_types(b, "find /c /i \"ALPHA\" ?.txt\n", "\n---------- A.TXT: 2\n\n---------- B.TXT: 0");
    dos_types(b, "find /n/v \"lpha\" a.txt\n", "A.TXT\n[2]beta \"q\"\n[3]GAMMA\n");
    dos_types(b, "find \"a \"\"q\"\"\" < a.txt\n", "a.txt\nbeta \"q\"\n");
    dos_types(b, "type a.txt | find /c \"a\"\n", "\n3\n");
    dos_types(b, "find \"zzz\" a.txt\ncode\n", "code 1");
    dos_types(b, "find \"Alpha\" a.txt c.txt\ncode\n", "code 2");
    dos_expect(b, "Alpha\nFile not found - C.TXT");
    dos_types(b, "find Alpha a.txt\ncode\n", "Parameter format not correct\n\nC:\\>code\ncode 2");
    dos_types(b, "find \"Alpha a.txt\n", "Parameter format not correct");
    dos_types(b, "find\n", "Required parameter missing");
    dos_types(b, "find /q \"a\" a.txt\n", "Invalid switch - /q");
    dos_types(b, "find \"\" a.txt\ncode\n", "code 1");
    memset(big, 'x', 20000); /* a line longer than the buffer, the text across two pieces */
    memcpy(big + 4094, "needle", 6);
    memcpy(big + 15000, "\r\nshort\r\n", 10);
    dos_put("BIG.TXT", big);
    dos_types(b, "find \"needle\" < big.txt > out.txt\ncode\n", "code 0");
    strcpy(big + 15000, "\r\n");
    expect_file("OUT.TXT", big);
    dos_types(b, "find /v \"needle\" < big.txt\n", "\nshort\n");
    dos_put_bytes("UML.TXT",
                  "gr\x94\xe1"
                  "er\r\n",
                  8);
    dos_put_bytes("UML.BAT", "find /i \"GR\x99\" uml.txt\r\n", 24);
    dos_types(b, "uml\ncode\n", "code 0");
    free(big);
    dos_stop(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("DOS tools for files");

    CHECK_CASE(suite, "tools", more_stops_at_each_screen, find_shows_lines_with_a_text);
    return dos_bench_main(suite);
}
