/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A viewer's keys, pointer and clipboard as they reach the guest. */
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/input.h"
#include "tests/check_main.h"
#include "vnc/clipboard.h"
#include "vnc/keyboard.h"
#include "vnc/pointer.h"

/* ---- keys ---- */

static char sent[512]; /* "+30 -30" */

static void note(void *ctx, unsigned evdev, bool down)
{
    size_t n = strlen(sent);

    (void)ctx;
    snprintf(sent + n, sizeof(sent) - n, "%s%c%u", n ? " " : "", down ? '+' : '-', evdev);
}

static struct keyboard fresh(void)
{
    sent[0] = 0;
    return (struct keyboard){ .send = note };
}

/* XT codes as QEMU's extended key event has them, against evdev: a 105-key keyboard. */
START_TEST(xt_codes_are_the_right_keys)
{
    static const struct {
        unsigned xt, evdev;
    } keys[] = {
        { 0x01, KEY_ESC },
        { 0x02, KEY_1 },
        { 0x0b, KEY_0 },
        { 0x0e, KEY_BACKSPACE },
        { 0x0f, KEY_TAB },
        { 0x10, KEY_Q },
        { 0x1c, KEY_ENTER },
        { 0x1d, KEY_LEFTCTRL },
        { 0x1e, KEY_A },
        { 0x2a, KEY_LEFTSHIFT },
        { 0x2b, KEY_BACKSLASH },
        { 0x2c, KEY_Z },
        { 0x36, KEY_RIGHTSHIFT },
        { 0x37, KEY_KPASTERISK },
        { 0x38, KEY_LEFTALT },
        { 0x39, KEY_SPACE },
        { 0x3a, KEY_CAPSLOCK },
        { 0x3b, KEY_F1 },
        { 0x44, KEY_F10 },
        { 0x45, KEY_NUMLOCK },
        { 0x46, KEY_SCROLLLOCK },
        { 0x47, KEY_KP7 },
        { 0x53, KEY_KPDOT },
        { 0x54, KEY_SYSRQ },
        { 0x56, KEY_102ND },
        { 0x57, KEY_F11 },
        { 0x58, KEY_F12 },
        { 0x73, KEY_RO },
        { 0x7d, KEY_YEN },
        { 0x9c, KEY_KPENTER },
        { 0x9d, KEY_RIGHTCTRL },
        { 0xb5, KEY_KPSLASH },
        { 0xb7, KEY_SYSRQ },
        { 0xb8, KEY_RIGHTALT },
        { 0xc6, KEY_PAUSE },
        { 0xc7, KEY_HOME },
        { 0xc8, KEY_UP },
        { 0xc9, KEY_PAGEUP },
        { 0xcb, KEY_LEFT },
        { 0xcd, KEY_RIGHT },
        { 0xcf, KEY_END },
        { 0xd0, KEY_DOWN },
        { 0xd1, KEY_PAGEDOWN },
        { 0xd2, KEY_INSERT },
        { 0xd3, KEY_DELETE },
        { 0xdb, KEY_LEFTMETA },
        { 0xdc, KEY_RIGHTMETA },
        { 0xdd, KEY_COMPOSE },
        { 0xe048, KEY_UP },
        { 0, 0 },
        { 0x55, 0 },
        { 0xaa, 0 },
        { 0x100, 0 },
        { 0xe148, 0 },
        { 0xffffffff, 0 },
    };

    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        ck_assert_msg(keyboard_xt(keys[i].xt) == keys[i].evdev, "XT %xh is %u, not %u", keys[i].xt,
                      keyboard_xt(keys[i].xt), keys[i].evdev);
}
END_TEST

START_TEST(no_two_xt_codes_are_one_key_but_print)
{
    for (unsigned a = 1; a < 256; a++)
        for (unsigned b = 1; b < a; b++)
            ck_assert_msg(!keyboard_xt(a) || keyboard_xt(a) != keyboard_xt(b) ||
                              keyboard_xt(a) == KEY_SYSRQ || keyboard_xt(a) == KEY_HANJA ||
                              keyboard_xt(a) == KEY_HANGEUL,
                          "%xh and %xh", a, b);
}
END_TEST

START_TEST(characters_go_to_the_keys_of_a_us_keyboard)
{
    struct keyboard k = fresh();

    keyboard_symbol(&k, 'a', true);
    keyboard_symbol(&k, 'a', false);
    ck_assert_str_eq(sent, "+30 -30");
    k = fresh();
    keyboard_symbol(&k, 0xffe1, true);
    keyboard_symbol(&k, 'A', true);
    keyboard_symbol(&k, 'A', false);
    keyboard_symbol(&k, 0xffe1, false);
    ck_assert_str_eq(sent, "+42 +30 -30 -42");
}
END_TEST

START_TEST(shift_is_corrected_where_the_viewers_layout_differs)
{
    struct keyboard k = fresh();

    /* A German '/' is Shift and 7. */
    keyboard_symbol(&k, 0xffe2, true);
    keyboard_symbol(&k, '/', true);
    keyboard_symbol(&k, '/', false);
    keyboard_symbol(&k, 0xffe2, false);
    ck_assert_str_eq(sent, "+54 -54 +53 +54 -53 -54");
    /* A viewer that sends no Shift at all. */
    k = fresh();
    keyboard_symbol(&k, '?', true);
    keyboard_symbol(&k, '?', false);
    ck_assert_str_eq(sent, "+42 +53 -42 -53");
}
END_TEST

START_TEST(caps_lock_of_the_guest_counts_for_letters)
{
    struct keyboard k = fresh();

    k.caps_lock = true;
    keyboard_symbol(&k, 'A', true);
    keyboard_symbol(&k, 'A', false);
    keyboard_symbol(&k, '1', true);
    keyboard_symbol(&k, '1', false);
    ck_assert_str_eq(sent, "+30 -30 +2 -2");
}
END_TEST

START_TEST(with_ctrl_or_alt_shift_is_left_alone)
{
    struct keyboard k = fresh();

    keyboard_symbol(&k, 0xffe3, true);
    keyboard_symbol(&k, 'C', true);
    ck_assert_str_eq(sent, "+29 +46");
}
END_TEST

START_TEST(what_a_us_keyboard_lacks_is_dropped)
{
    struct keyboard k = fresh();

    keyboard_symbol(&k, 0xe9, true);
    keyboard_symbol(&k, 0x01000041, true);
    keyboard_symbol(&k, 0x20ac, true);
    keyboard_symbol(&k, 0, true);
    keyboard_symbol(&k, 0xffffffff, true);
    ck_assert_str_eq(sent, "");
}
END_TEST

START_TEST(nothing_stays_pressed)
{
    struct keyboard k = fresh();

    keyboard_code(&k, 0x1d, true);
    keyboard_code(&k, 0x38, true);
    ck_assert(keyboard_host_key(&k));
    keyboard_code(&k, 0xd3, true);
    sent[0] = 0;
    keyboard_release(&k);
    ck_assert_str_eq(sent, "-29 -56 -111");
    sent[0] = 0;
    keyboard_release(&k);
    keyboard_code(&k, 0x1d, false); /* let go of what is not held */
    ck_assert_str_eq(sent, "");
}
END_TEST

/* ---- the pointer ---- */

static struct console_message m;

START_TEST(positions_reach_the_corners)
{
    struct pointer p = { .absolute = true };

    ck_assert(pointer_event(&p, 0, 0, 0, 640, 480, &m));
    ck_assert_uint_eq(m.type, CONSOLE_POSITION);
    ck_assert_uint_eq(m.position.x, 0);
    ck_assert(pointer_event(&p, 1, 639, 479, 640, 480, &m));
    ck_assert_uint_eq(m.position.x, 65535);
    ck_assert_uint_eq(m.position.y, 65535);
    ck_assert_uint_eq(m.position.buttons, BUTTON_LEFT);
    ck_assert(pointer_event(&p, 0, 65535, 65535, 640, 480, &m));
    ck_assert_uint_eq(m.position.x, 65535);
    ck_assert(pointer_event(&p, 0, 5, 5, 1, 1, &m));
    ck_assert_uint_eq(m.position.x, 0);
}
END_TEST

START_TEST(differences_begin_with_the_second_event)
{
    struct pointer p = { .absolute = false };

    ck_assert(!pointer_event(&p, 0, 100, 100, 640, 480, &m));
    ck_assert(pointer_event(&p, 0, 110, 95, 640, 480, &m));
    ck_assert_uint_eq(m.type, CONSOLE_POINTER);
    ck_assert_int_eq(m.pointer.dx, 10);
    ck_assert_int_eq(m.pointer.dy, -5);
    ck_assert(!pointer_event(&p, 0, 110, 95, 640, 480, &m));
    pointer_mode(&p, true);
    pointer_mode(&p, false);
    ck_assert(!pointer_event(&p, 0, 300, 300, 640, 480, &m));
}
END_TEST

START_TEST(a_viewer_that_can_sends_movements)
{
    struct pointer p = { .can_motion = true };

    ck_assert(pointer_event(&p, 0, 0x7fff + 3, 0x7fff - 4, 640, 480, &m));
    ck_assert_int_eq(m.pointer.dx, 3);
    ck_assert_int_eq(m.pointer.dy, -4);
    ck_assert(!pointer_event(&p, 0, 0x7fff, 0x7fff, 640, 480, &m));
}
END_TEST

START_TEST(buttons_and_wheel_are_told_apart)
{
    struct pointer p = { .known = true };

    ck_assert(pointer_event(&p, 2, 0, 0, 640, 480, &m));
    ck_assert_uint_eq(m.pointer.buttons, BUTTON_MIDDLE);
    ck_assert(pointer_event(&p, 4, 0, 0, 640, 480, &m));
    ck_assert_uint_eq(m.pointer.buttons, BUTTON_RIGHT);
    ck_assert(pointer_event(&p, 4 | 8, 0, 0, 640, 480, &m));
    ck_assert_int_eq(m.pointer.wheel, 1);
    ck_assert_uint_eq(m.pointer.buttons, BUTTON_RIGHT);
    ck_assert(!pointer_event(&p, 4, 0, 0, 640, 480, &m)); /* a wheel has no up */
    ck_assert(pointer_event(&p, 4 | 16, 0, 0, 640, 480, &m));
    ck_assert_int_eq(m.pointer.wheel, -1);
    ck_assert(pointer_release(&p, 640, 480, &m));
    ck_assert_uint_eq(m.pointer.buttons, 0);
    ck_assert(!pointer_release(&p, 640, 480, &m));
}
END_TEST

/* ---- the clipboard ---- */

static struct clipboard c;

START_TEST(latin_1_becomes_utf_8)
{
    clipboard_set_latin1(&c, "Stra\337e\r\n\1x", 10);
    ck_assert_str_eq(c.text, "Stra\303\237e\nx");
}
END_TEST

START_TEST(only_utf_8_gets_through)
{
    static const char bad[] = "a\377\300\200\355\240\200\364\220\200\200\303";

    clipboard_set_utf8(&c, "\342\202\254 \360\237\230\200", 9);
    ck_assert_str_eq(c.text, "\342\202\254 \360\237\230\200");
    clipboard_set_utf8(&c, bad, sizeof(bad) - 1);
    ck_assert_str_eq(c.text, "a");
    clipboard_set_utf8(&c, "\342\202", 2);
    ck_assert_str_eq(c.text, "");
}
END_TEST

START_TEST(parts_end_between_characters)
{
    char part[6], all[64] = "";
    size_t at = 0;

    clipboard_set_utf8(&c, "ab\342\202\254\342\202\254d", 9);
    while (clipboard_part(&c, &at, part, sizeof(part))) {
        ck_assert_uint_eq((unsigned char)part[0] & 0xc0, part[0] & 0x80 ? 0xc0 : 0x40);
        strcat(all, part);
    }
    ck_assert_str_eq(all, "ab\342\202\254\342\202\254d");
}
END_TEST

START_TEST(too_much_text_is_cut)
{
    char *text = malloc(200000);

    memset(text, 0xe9, 200000);
    clipboard_set_latin1(&c, text, 200000);
    ck_assert_uint_eq(c.length, CLIPBOARD_MOST);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("input");

    CHECK_CASE(suite, "keys", xt_codes_are_the_right_keys, no_two_xt_codes_are_one_key_but_print,
               characters_go_to_the_keys_of_a_us_keyboard,
               shift_is_corrected_where_the_viewers_layout_differs,
               caps_lock_of_the_guest_counts_for_letters, with_ctrl_or_alt_shift_is_left_alone,
               what_a_us_keyboard_lacks_is_dropped, nothing_stays_pressed);
    CHECK_CASE(suite, "pointer", positions_reach_the_corners,
               differences_begin_with_the_second_event, a_viewer_that_can_sends_movements,
               buttons_and_wheel_are_told_apart);
    CHECK_CASE(suite, "clipboard", latin_1_becomes_utf_8, only_utf_8_gets_through,
               parts_end_between_characters, too_much_text_is_cut);
    return check_main(suite);
}
