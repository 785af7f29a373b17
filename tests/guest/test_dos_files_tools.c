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

/* Numbered lines, of different lengths, with keys in column 8 that repeat. */
static void make_lines(unsigned count)
{
    char *text = malloc(count * 40), *p = text;
    uint32_t seed = 1;

    for (unsigned i = 0; i < count; i++) {
        unsigned key = (seed = seed * 1103515245 + 12345) >> 16 & 4095;

        p += sprintf(p, "%06u %05u%.*s\r\n", i, key, (int)(key & 15), "abcdefghijklmnop");
    }
    dos_put("LINES.TXT", text);
    free(text);
}

/* All lines are there, by their keys, equal ones as they came. */
static void check_sorted(const char *name, unsigned count, bool reverse)
{
    struct bench_bytes bytes = dos_get(name);
    unsigned lines = 0, last_key = 0, last_number = 0;
    uint64_t sum = 0;
    char *end;

    ck_assert(bytes.data != NULL);
    for (char *p = (char *)bytes.data; (end = strstr(p, "\r\n")); p = end + 2, lines++) {
        unsigned number = (unsigned)strtoul(p, NULL, 10), key = (unsigned)strtoul(p + 7, NULL, 10);

        if (lines && key == last_key)
            ck_assert_msg(number > last_number, "%u behind %u", number, last_number);
        else if (lines)
            ck_assert_msg((key > last_key) != reverse, "%u behind %u", key, last_key);
        last_key = key;
        last_number = number;
        sum += number;
    }
    ck_assert_uint_eq(lines, count);
    ck_assert_uint_eq(sum, (uint64_t)count * (count - 1) / 2);
    free(bytes.data);
}

START_TEST(sort_sorts_by_the_code_page)
{
    struct bench *b = dos_start();

    put_code();
    dos_put("A.TXT",
            "pear 1\r\nApple 3\r\n\x84pfel 2\r\nZoo 0\r\napple 2\r\n\r\nzoo\x1aunseen\r\n");
    dos_types(b, "sort < a.txt > out.txt\ncode\n", "code 0");
    expect_file("OUT.TXT", "\r\n\x84pfel 2\r\napple 2\r\nApple 3\r\npear 1\r\nzoo\r\nZoo 0\r\n");
    dos_types(b, "type a.txt | sort /r > out.txt\ncode\n", "code 0");
    expect_file("OUT.TXT", "Zoo 0\r\nzoo\r\npear 1\r\nApple 3\r\napple 2\r\n\x84pfel 2\r\n\r\n");
    dos_put("B.TXT", "pear 1\r\nabc\r\nfour 0\r\nplum 1\r\nx");
    dos_types(b, "sort b.txt /+6 > out.txt\ncode\n", "code 0");
    expect_file("OUT.TXT", "abc\r\nx\r\nfour 0\r\npear 1\r\nplum 1\r\n");
    dos_types(b, "sort /+0 < a.txt\ncode\n", "Parameter format not correct\n\nC:\\>code\ncode 1");
    dos_types(b, "sort /+x < a.txt\n", "Invalid switch - /+x");
    dos_types(b, "sort none.txt\ncode\n", "File not found - none.txt\n\nC:\\>code\ncode 1");
    dos_types(b, "sort\n", "sort\n");
    bench_type(b, "two\none\n{f6}\n");
    dos_expect(b, "\none\ntwo\n\nC:\\>");
    dos_stop(b);
}
END_TEST

START_TEST(sort_takes_more_than_memory)
{
    /* Stays with all memory but 1800h paragraphs */
    static const uint8_t taker[] = { 0x8b, 0x16, 0x02, 0x00, 0x8c, 0xc8, 0x29, 0xc2, 0x81,
                                     0xea, 0x00, 0x18, 0xb8, 0x00, 0x31, 0xcd, 0x21 };
    enum { SOME = 8000, MANY = 24000 };
    struct bench *b = dos_start();
    char *text;

    put_code();
    make_lines(SOME);
    dos_types(b, "md tmp\nset temp=c:\\tmp\nsort /+8 lines.txt > out.txt\ncode\n", "code 0");
    check_sorted("OUT.TXT", SOME, false);
    make_lines(MANY);
    dos_types(b, "sort /r /+8 < lines.txt > out.txt\ncode\n", "code 0");
    check_sorted("OUT.TXT", MANY, true);
    dos_put_bytes("TAKE.COM", taker, sizeof(taker));
    dos_types(b, "take\nsort /+8 lines.txt > out.txt\ncode\n", "code 0");
    check_sorted("OUT.TXT", MANY, false);
    dos_types(b, "set temp=c:\\none\nsort /r /+8 lines.txt > out.txt\ncode\n", "code 0");
    check_sorted("OUT.TXT", MANY, true);
    dos_types(b, "set temp=c:\\tmp\nsort /+8 lines.txt > out.txt\n", "> out.txt\n");
    bench_run_ms(b, 300);
    bench_type(b, "{ctrl-c}");
    dos_expect(b, "out.txt\n\nC:\\>");
    expect_file("OUT.TXT", "^C\r\n");
    dos_types(b, "if not exist tmp\\*.* echo no files\n", "\nno files");
    text = malloc(200001);
    memset(text, 'x', 200000);
    text[200000] = 0;
    dos_put("LINE.TXT", text);
    dos_types(b, "sort line.txt\ncode\n", "A line is too long\n\nC:\\>code\ncode 1");
    memcpy(text + 30000, "\r\n", 2); /* lines as long as they may be */
    memcpy(text + 60000, "\r\na\r\n", 5);
    dos_put("LINE.TXT", "");
    text[90000] = 0;
    dos_put("LINE.TXT", text);
    dos_types(b, "sort line.txt > out.txt\ncode\n", "code 0");
    ck_assert_uint_eq(dos_get("OUT.TXT").size, 90002);
    dos_types(b, "if not exist tmp\\*.* echo no files\n", "\nno files");
    free(text);
    dos_stop(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("DOS tools for files");

    CHECK_CASE(suite, "tools", more_stops_at_each_screen, find_shows_lines_with_a_text,
               sort_sorts_by_the_code_page, sort_takes_more_than_memory);
    return dos_bench_main(suite);
}
