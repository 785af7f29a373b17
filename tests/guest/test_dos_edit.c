/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EDIT.COM: keys are typed, the screen and the saved files are read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/guest/dos_bench.h"

/* The file has exactly these bytes. */
static void expect_bytes(const char *name, const void *bytes, size_t size)
{
    struct bench_bytes got = dos_get(name);

    ck_assert_msg(got.data != NULL, "%s is not there", name);
    ck_assert_msg(got.size == size && !memcmp(got.data, bytes, size), "%s has %zu bytes: %.200s",
                  name, got.size, got.data);
    free(got.data);
}

static void expect_file(const char *name, const char *text)
{
    expect_bytes(name, text, strlen(text));
}

static void edit(struct bench *b, const char *line, const char *text)
{
    dos_types(b, line, "Press ALT");
    dos_expect(b, text);
}

static void save_and_leave(struct bench *b)
{
    bench_type(b, "{alt-f}s");
    bench_run_ms(b, 500);
    bench_type(b, "{alt-f}x");
    dos_expect(b, "C:\\>");
}

START_TEST(a_new_file_is_typed_and_saved)
{
    struct bench *b = dos_start();

    edit(b, "edit new.txt\n", "NEW.TXT");
    dos_expect(b, "00001:001");
    bench_type(b, "first line\n  second\nthird");
    dos_expect(b, "  third");
    dos_expect(b, "00003:008");
    save_and_leave(b);
    dos_expect(b, "edit new.txt"); /* the screen of before */
    expect_file("NEW.TXT", "first line\r\n  second\r\n  third");
    dos_stop(b);
}
END_TEST

START_TEST(bytes_are_kept_as_they_are)
{
    static const char odd[] = "a\tb\r\n\x80\xff\x01\r\nlone\rcr\x1a\r\nlast\x1a";
    static char line[2000], want[2001];
    struct bench *b = dos_start();

    dos_put_bytes("ODD.TXT", odd, sizeof(odd) - 1);
    edit(b, "edit odd.txt\n", "a       b");
    bench_type(b, "x");
    save_and_leave(b);
    expect_file("ODD.TXT", "xa\tb\r\n\x80\xff\x01\r\nlone\rcr\x1a\r\nlast\x1a");
    dos_put("LF.TXT", "one\ntwo\n");
    edit(b, "edit lf.txt\n", "two");
    bench_type(b, "{end}\nnew");
    save_and_leave(b);
    expect_file("LF.TXT", "one\nnew\ntwo\n");
    memset(line, 'l', sizeof(line));
    dos_put_bytes("LONG.TXT", line, sizeof(line));
    edit(b, "edit long.txt\n", "llll");
    bench_type(b, "{end}");
    dos_expect(b, "00001:2001");
    bench_type(b, "!");
    save_and_leave(b);
    memcpy(want, line, sizeof(line));
    want[2000] = '!';
    expect_bytes("LONG.TXT", want, sizeof(want));
    dos_stop(b);
}
END_TEST

START_TEST(text_is_cut_copied_and_pasted)
{
    struct bench *b = dos_start();

    dos_put("C.TXT", "one\r\ntwo\r\nthree\r\n");
    edit(b, "edit c.txt\n", "three");
    bench_type(b, "{shift-down}{shift-delete}{ctrl-end}{shift-insert}");
    bench_type(b, "{up}{shift-end}{ctrl-insert}{end}-{shift-insert}");
    save_and_leave(b);
    expect_file("C.TXT", "two\r\nthree\r\none-one\r\n");
    edit(b, "edit c.txt\n", "three");
    bench_type(b, "{ctrl-y}{down}{insert}ONE{insert}+{delete}{home}{backspace}");
    save_and_leave(b);
    expect_file("C.TXT", "threeONE+one\r\n");
    dos_stop(b);
}
END_TEST

START_TEST(text_is_found_and_changed)
{
    struct bench *b = dos_start();

    dos_put("F.TXT", "the cat\r\nThe dog\r\nother\r\n");
    edit(b, "edit f.txt\n", "other");
    bench_type(b, "{ctrl-q}fdog\n");
    dos_expect(b, "00002:008");
    bench_type(b, "{ctrl-home}{alt-s}cthe\ta\t\t {tab}{tab}\n");
    dos_expect(b, "2 changed.");
    bench_type(b, "\n");
    save_and_leave(b);
    expect_file("F.TXT", "a cat\r\na dog\r\nother\r\n");
    edit(b, "edit f.txt\n", "other");
    bench_type(b, "{alt-s}fnothing\n");
    dos_expect(b, "is not in the text");
    bench_type(b, "\n{alt-f}x");
    dos_expect(b, "C:\\>");
    dos_stop(b);
}
END_TEST

START_TEST(changes_are_not_lost)
{
    /* INT 21h/4301h: R.TXT is read-only */
    static const uint8_t lock[] = { 0xb8, 0x01, 0x43, 0xb9, 0x01, 0x00, 0xba, 0x10,
                                    0x01, 0xcd, 0x21, 0xb8, 0x00, 0x4c, 0xcd, 0x21,
                                    'R',  '.',  'T',  'X',  'T',  0 };
    struct bench *b = dos_start();

    dos_put("R.TXT", "keep\r\n");
    dos_put_bytes("LOCK.COM", lock, sizeof(lock));
    dos_types(b, "lock\necho locked\n", "\nlocked");
    edit(b, "edit r.txt\n", "keep");
    bench_type(b, "x{alt-f}x");
    dos_expect(b, "Save it now?");
    bench_type(b, "y");
    dos_expect(b, "the file is read-only");
    bench_type(b, "\n{alt-f}xn");
    dos_expect(b, "C:\\>");
    expect_file("R.TXT", "keep\r\n");
    edit(b, "edit r.txt\n", "keep");
    bench_type(b, "x{alt-f}aother.txt\n");
    dos_expect(b, "OTHER.TXT");
    bench_type(b, "{alt-f}x");
    dos_expect(b, "C:\\>");
    expect_file("OTHER.TXT", "xkeep\r\n");
    dos_types(b, "edit z:\\no.txt\n", "Press ALT");
    bench_type(b, "x{alt-f}s");
    dos_expect(b, "Cannot save Z:\\NO.TXT");
    bench_type(b, "\n{alt-f}xn");
    dos_expect(b, "C:\\>");
    dos_stop(b);
}
END_TEST

START_TEST(what_cannot_be_opened_is_said)
{
    static char big[700000];
    struct bench *b = dos_start();

    memset(big, '\n', sizeof(big));
    dos_put_bytes("BIG.TXT", big, sizeof(big));
    edit(b, "edit big.txt\n", "too little memory");
    bench_type(b, "\n{alt-f}x");
    dos_expect(b, "C:\\>");
    edit(b, "edit none\\a.txt\n", "no such folder");
    bench_type(b, "\n{alt-f}x");
    edit(b, "edit *.txt\n", "has no * or ?");
    bench_type(b, "\n{alt-f}x");
    edit(b, "edit con\n", "it is a device");
    bench_type(b, "\n{alt-f}x");
    dos_types(b, "edit /x\n", "Invalid switch - /X");
    dos_types(b, "edit /?\n", "Edits a text file.");
    dos_stop(b);
}
END_TEST

START_TEST(large_files_are_edited_at_both_ends)
{
    static char large[300000];
    struct bench_bytes got;
    struct bench *b = dos_start();

    for (size_t i = 0; i < sizeof(large); i++)
        large[i] = i % 30 == 29 ? '\n' : i % 30 == 28 ? '\r' : (char)('a' + i % 26);
    dos_put_bytes("LARGE.TXT", large, sizeof(large));
    edit(b, "edit large.txt\n", "abcdefgh");
    bench_type(b, "<{ctrl-end}");
    dos_expect(b, "10001:001");
    bench_type(b, ">{ctrl-home}");
    dos_expect(b, "00001:001");
    save_and_leave(b);
    got = dos_get("LARGE.TXT");
    ck_assert_uint_eq(got.size, sizeof(large) + 2);
    ck_assert(got.data[0] == '<' && got.data[got.size - 1] == '>');
    ck_assert(!memcmp(got.data + 1, large, sizeof(large)));
    free(got.data);
    dos_stop(b);
}
END_TEST

START_TEST(tab_indents_a_selection_that_begins_above_the_window)
{
    char text[400] = "", want[800] = "", line[16];
    struct bench *b = dos_start();

    for (unsigned i = 0; i < 30; i++) {
        snprintf(line, sizeof(line), "n%02u\r\n", i);
        strcat(text, line);
        snprintf(line, sizeof(line), "        n%02u\r\n", i);
        strcat(want, line);
    }
    dos_put("TAB.TXT", text);
    edit(b, "edit tab.txt\n", "n20");
    bench_type(b, "{shift-pgdn}{shift-pgdn}\t");
    dos_expect(b, "        n29");
    dos_expect(b, "00031:001");
    save_and_leave(b);
    expect_file("TAB.TXT", want);
    dos_stop(b);
}
END_TEST

START_TEST(other_screens_are_respected)
{
    static const char narrow[] = "\xb8\x01\x00\xcd\x10\xc3"; /* MOV AX,1; INT 10h; RET */
    struct bench *b = dos_start();

    dos_put_bytes("NARROW.COM", narrow, sizeof(narrow) - 1);
    dos_types(b, "narrow\nedit forty.txt\n", "<Alt=Menus>");
    dos_expect(b, " FORTY.TXT ");
    bench_type(b, "{alt-h}k");
    dos_expect(b, "Ctrl+Y, Ctrl+Q Y");
    bench_type(b, "\n{alt-f}x");
    dos_stop(b);
    b = dos_start();
    dos_put("S.TXT", "small\r\n");
    dos_types(b, "edit /h s.txt\n", "Press ALT");
    bench_type(b, "{alt-f}x");
    dos_expect(b, "C:\\>");
    dos_types(b, "edit s.txt\n", "Press ALT");
    bench_type(b, "{alt}");
    bench_type(b, "{right}{right}{enter}");
    dos_expect(b, "Repeat Last Find");
    bench_type(b, "{esc}{f1}");
    dos_expect(b, "next key as it is");
    bench_type(b, "\n{alt-f}o");
    dos_expect(b, "S.TXT");
    bench_type(b, "s.txt\n");
    dos_expect(b, "small");
    bench_type(b, "{alt-f}x");
    dos_expect(b, "C:\\>");
    dos_stop(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("EDIT.COM");

    CHECK_CASE(suite, "edit", a_new_file_is_typed_and_saved, bytes_are_kept_as_they_are,
               text_is_cut_copied_and_pasted, text_is_found_and_changed, changes_are_not_lost,
               what_cannot_be_opened_is_said, large_files_are_edited_at_both_ends,
               tab_indents_a_selection_that_begins_above_the_window, other_screens_are_respected);
    return dos_bench_main(suite);
}
