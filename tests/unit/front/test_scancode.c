/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every key of a 105-key keyboard, by its USB HID usage (which an SDL scancode is), against its
 * Linux key code.  The numbers stand here as in "HID Usage Tables", keyboard page, and in evdev.
 */
#include "gui/window/scancode.h"
#include "tests/check_main.h"

static const struct {
    unsigned usage, evdev;
} keys[] = {
    /* A to Z */
    { 4, 30 },
    { 5, 48 },
    { 6, 46 },
    { 7, 32 },
    { 8, 18 },
    { 9, 33 },
    { 10, 34 },
    { 11, 35 },
    { 12, 23 },
    { 13, 36 },
    { 14, 37 },
    { 15, 38 },
    { 16, 50 },
    { 17, 49 },
    { 18, 24 },
    { 19, 25 },
    { 20, 16 },
    { 21, 19 },
    { 22, 31 },
    { 23, 20 },
    { 24, 22 },
    { 25, 47 },
    { 26, 17 },
    { 27, 45 },
    { 28, 21 },
    { 29, 44 },
    /* 1 to 0 */
    { 30, 2 },
    { 31, 3 },
    { 32, 4 },
    { 33, 5 },
    { 34, 6 },
    { 35, 7 },
    { 36, 8 },
    { 37, 9 },
    { 38, 10 },
    { 39, 11 },
    /* Enter, Esc, Backspace, Tab, blank, - = [ ] \ ; ' ` , . /, Caps Lock */
    { 40, 28 },
    { 41, 1 },
    { 42, 14 },
    { 43, 15 },
    { 44, 57 },
    { 45, 12 },
    { 46, 13 },
    { 47, 26 },
    { 48, 27 },
    { 49, 43 },
    { 51, 39 },
    { 52, 40 },
    { 53, 41 },
    { 54, 51 },
    { 55, 52 },
    { 56, 53 },
    { 57, 58 },
    /* F1 to F12 */
    { 58, 59 },
    { 59, 60 },
    { 60, 61 },
    { 61, 62 },
    { 62, 63 },
    { 63, 64 },
    { 64, 65 },
    { 65, 66 },
    { 66, 67 },
    { 67, 68 },
    { 68, 87 },
    { 69, 88 },
    /* Print Screen, Scroll Lock, Pause */
    { 70, 99 },
    { 71, 70 },
    { 72, 119 },
    /* Insert, Home, Page Up, Delete, End, Page Down; right, left, down, up */
    { 73, 110 },
    { 74, 102 },
    { 75, 104 },
    { 76, 111 },
    { 77, 107 },
    { 78, 109 },
    { 79, 106 },
    { 80, 105 },
    { 81, 108 },
    { 82, 103 },
    /* keypad: Num Lock / * - + Enter 1 to 0 and the point */
    { 83, 69 },
    { 84, 98 },
    { 85, 55 },
    { 86, 74 },
    { 87, 78 },
    { 88, 96 },
    { 89, 79 },
    { 90, 80 },
    { 91, 81 },
    { 92, 75 },
    { 93, 76 },
    { 94, 77 },
    { 95, 71 },
    { 96, 72 },
    { 97, 73 },
    { 98, 82 },
    { 99, 83 },
    /* the key beside the left Shift, Menu */
    { 100, 86 },
    { 101, 127 },
    /* left Ctrl, Shift, Alt, Windows; the right ones */
    { 224, 29 },
    { 225, 42 },
    { 226, 56 },
    { 227, 125 },
    { 228, 97 },
    { 229, 54 },
    { 230, 100 },
    { 231, 126 },
};

#define COUNT (sizeof(keys) / sizeof(keys[0]))

START_TEST(every_key_of_105_has_its_code)
{
    ck_assert_uint_eq(COUNT, 105);
    for (unsigned i = 0; i < COUNT; i++)
        ck_assert_msg(scancode_to_evdev(keys[i].usage) == keys[i].evdev,
                      "usage %u is evdev %u, not %u", keys[i].usage, keys[i].evdev,
                      scancode_to_evdev(keys[i].usage));
}
END_TEST

START_TEST(no_two_of_them_are_the_same_key)
{
    for (unsigned i = 0; i < COUNT; i++)
        for (unsigned j = 0; j < i; j++)
            ck_assert_uint_ne(scancode_to_evdev(keys[i].usage), scancode_to_evdev(keys[j].usage));
}
END_TEST

START_TEST(japanese_and_korean_keys_are_there)
{
    static const unsigned usages[] = { 135, 136, 137, 138, 139, 144, 145 };
    static const unsigned codes[] = { 89, 93, 124, 92, 94, 122, 123 };

    for (unsigned i = 0; i < 7; i++)
        ck_assert_uint_eq(scancode_to_evdev(usages[i]), codes[i]);
}
END_TEST

START_TEST(what_is_no_key_is_none)
{
    ck_assert_uint_eq(scancode_to_evdev(0), 0);
    ck_assert_uint_eq(scancode_to_evdev(511), 0);
    ck_assert_uint_eq(scancode_to_evdev(512), 0);
    ck_assert_uint_eq(scancode_to_evdev(0xffffffff), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scancode");

    CHECK_CASE(suite, "keys", every_key_of_105_has_its_code, no_two_of_them_are_the_same_key,
               japanese_and_korean_keys_are_there, what_is_no_key_is_none);
    return check_main(suite);
}
