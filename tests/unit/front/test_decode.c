/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What terminals send, and the strokes that come of it. */
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include "gui/terminal/colour.h"
#include "gui/terminal/decode.h"
#include "tests/check_main.h"

static const struct {
    const char *bytes;
    unsigned evdev, mods;
} sequences[] = {
    { "a", KEY_A, 0 },
    { "A", KEY_A, MOD_SHIFT },
    { "1", KEY_1, 0 },
    { "!", KEY_1, MOD_SHIFT },
    { "~", KEY_GRAVE, MOD_SHIFT },
    { "\\", KEY_BACKSLASH, 0 },
    { "|", KEY_BACKSLASH, MOD_SHIFT },
    { " ", KEY_SPACE, 0 },
    { "\r", KEY_ENTER, 0 },
    { "\n", KEY_J, MOD_CTRL },
    { "\t", KEY_TAB, 0 },
    { "\033[Z", KEY_TAB, MOD_SHIFT },
    { "\177", KEY_BACKSPACE, 0 },
    { "\b", KEY_H, MOD_CTRL },
    { "\033", KEY_ESC, 0 },
    { "\001", KEY_A, MOD_CTRL },
    { "\003", KEY_C, MOD_CTRL },
    { "\032", KEY_Z, MOD_CTRL },
    { "\034", KEY_BACKSLASH, MOD_CTRL },
    { "\036", KEY_6, MOD_CTRL },
    { "\037", KEY_MINUS, MOD_CTRL },
    /* xterm */
    { "\033OP", KEY_F1, 0 },
    { "\033OQ", KEY_F2, 0 },
    { "\033OR", KEY_F3, 0 },
    { "\033OS", KEY_F4, 0 },
    { "\033[15~", KEY_F5, 0 },
    { "\033[17~", KEY_F6, 0 },
    { "\033[18~", KEY_F7, 0 },
    { "\033[19~", KEY_F8, 0 },
    { "\033[20~", KEY_F9, 0 },
    { "\033[21~", KEY_F10, 0 },
    { "\033[23~", KEY_F11, 0 },
    { "\033[24~", KEY_F12, 0 },
    { "\033[1;2P", KEY_F1, MOD_SHIFT },
    { "\033[1;3S", KEY_F4, MOD_ALT },
    { "\033[1;5Q", KEY_F2, MOD_CTRL },
    { "\033[15;2~", KEY_F5, MOD_SHIFT },
    { "\033[24;5~", KEY_F12, MOD_CTRL },
    { "\033[24;8~", KEY_F12, MOD_CTRL | MOD_ALT | MOD_SHIFT },
    { "\033[A", KEY_UP, 0 },
    { "\033[B", KEY_DOWN, 0 },
    { "\033[C", KEY_RIGHT, 0 },
    { "\033[D", KEY_LEFT, 0 },
    { "\033OA", KEY_UP, 0 },
    { "\033OD", KEY_LEFT, 0 },
    { "\033[1;5C", KEY_RIGHT, MOD_CTRL },
    { "\033[1;2A", KEY_UP, MOD_SHIFT },
    { "\033[H", KEY_HOME, 0 },
    { "\033[F", KEY_END, 0 },
    { "\033OH", KEY_HOME, 0 },
    { "\033OF", KEY_END, 0 },
    { "\033[1~", KEY_HOME, 0 },
    { "\033[4~", KEY_END, 0 },
    { "\033[7~", KEY_HOME, 0 },
    { "\033[8~", KEY_END, 0 },
    { "\033[2~", KEY_INSERT, 0 },
    { "\033[3~", KEY_DELETE, 0 },
    { "\033[5~", KEY_PAGEUP, 0 },
    { "\033[6~", KEY_PAGEDOWN, 0 },
    { "\033[3;5~", KEY_DELETE, MOD_CTRL },
    { "\033[5;2~", KEY_PAGEUP, MOD_SHIFT },
    { "\033OM", KEY_KPENTER, 0 },
    { "\033Ok", KEY_KPPLUS, 0 },
    { "\033Op", KEY_KP0, 0 },
    { "\033[27;5;9~", KEY_TAB, MOD_CTRL },
    { "\033[97;5u", KEY_A, MOD_CTRL },
    /* Linux console, rxvt */
    { "\033[[A", KEY_F1, 0 },
    { "\033[[E", KEY_F5, 0 },
    { "\033[11~", KEY_F1, 0 },
    { "\033[14~", KEY_F4, 0 },
    { "\033[25~", KEY_F1, MOD_SHIFT },
    { "\033[34~", KEY_F8, MOD_SHIFT },
    { "\033[a", KEY_UP, MOD_SHIFT },
    { "\033Oc", KEY_RIGHT, MOD_CTRL },
    /* Alt */
    { "\033x", KEY_X, MOD_ALT },
    { "\033X", KEY_X, MOD_ALT | MOD_SHIFT },
    { "\033\r", KEY_ENTER, MOD_ALT },
    { "\033[", KEY_LEFTBRACE, MOD_ALT },
    { "\033O", KEY_O, MOD_ALT | MOD_SHIFT },
    { "\033\033[A", KEY_UP, MOD_ALT },
    { "\033\033OP", KEY_F1, MOD_ALT },
    { "\033\177", KEY_BACKSPACE, MOD_ALT },
};

#define COUNT (sizeof(sequences) / sizeof(sequences[0]))

START_TEST(each_sequence_is_its_key)
{
    for (unsigned i = 0; i < COUNT; i++) {
        int length = (int)strlen(sequences[i].bytes);
        struct decoded d;
        int n = decode(sequences[i].bytes, length, true, false, '\177', &d);

        ck_assert_msg(n == length && d.kind == DECODED_KEY && d.evdev == sequences[i].evdev &&
                          d.mods == sequences[i].mods,
                      "sequence %u (ESC%s): took %d, kind %d, key %u, modifiers %u", i,
                      sequences[i].bytes + 1, n, (int)d.kind, d.evdev, d.mods);
    }
}
END_TEST

/* All that the bytes give when they come at once, but the first `cut` alone. */
static int keys_of(const char *bytes, int cut, unsigned *keys, int most)
{
    int length = (int)strlen(bytes), have = cut, at = 0, count = 0;

    while (at < length && count < most) {
        struct decoded d;
        int n = decode(bytes + at, have - at, false, false, '\177', &d);

        if (!n && have == length)
            n = decode(bytes + at, have - at, true, false, '\177', &d);
        if (n)
            keys[count++] = d.evdev | d.mods << 16;
        else
            have = length;
        at += n;
    }
    return count;
}

START_TEST(a_sequence_may_arrive_in_parts)
{
    for (unsigned i = 0; i < COUNT; i++) {
        int length = (int)strlen(sequences[i].bytes);

        for (int cut = 0; cut < length; cut++) {
            unsigned keys[8];

            /* ESC alone is a key only once no more comes. */
            ck_assert_int_eq(keys_of(sequences[i].bytes, cut, keys, 8), 1);
            ck_assert_uint_eq(keys[0], sequences[i].evdev | sequences[i].mods << 16);
        }
    }
}
END_TEST

START_TEST(escape_twice_is_two_keys)
{
    unsigned keys[8];

    ck_assert_int_eq(keys_of("\033\033", 2, keys, 8), 2);
    ck_assert_uint_eq(keys[0], KEY_ESC);
    ck_assert_uint_eq(keys[1], KEY_ESC);
}
END_TEST

START_TEST(the_terminal_says_which_byte_backspace_is)
{
    struct decoded d;

    ck_assert_int_eq(decode("\b", 1, true, false, '\b', &d), 1);
    ck_assert_uint_eq(d.evdev, KEY_BACKSPACE);
    ck_assert_uint_eq(d.mods, 0);
}
END_TEST

START_TEST(ctrl_bracket_is_not_the_guests)
{
    struct decoded d;

    ck_assert_int_eq(decode("\035", 1, true, false, '\177', &d), 1);
    ck_assert_int_eq(d.kind, DECODED_HOST);
    ck_assert_int_eq(decode("\033[93;5u", 7, true, false, '\177', &d), 7);
    ck_assert_int_eq(d.kind, DECODED_HOST);
}
END_TEST

START_TEST(nothing_in_a_paste_is_a_command)
{
    static const char pasted[] = "a\035\033[A\n\033[201~b";
    int length = (int)sizeof(pasted) - 1, at = 0;
    unsigned seen[16], count = 0;
    struct decoded d;

    ck_assert_int_eq(decode("\033[200~", 6, true, false, '\177', &d), 6);
    ck_assert_int_eq(d.kind, DECODED_PASTE_BEGIN);
    while (at < length) {
        int n = decode(pasted + at, length - at, true, true, '\177', &d);

        ck_assert_int_gt(n, 0);
        at += n;
        ck_assert_int_ne(d.kind, DECODED_HOST);
        if (d.kind == DECODED_PASTE_END)
            break;
        if (d.kind == DECODED_KEY)
            seen[count++] = d.evdev;
    }
    ck_assert_int_eq(d.kind, DECODED_PASTE_END);
    ck_assert_int_eq(length - at, 1);
    ck_assert_uint_eq(count, 4); /* a [ A Enter */
    ck_assert_uint_eq(seen[0], KEY_A);
    ck_assert_uint_eq(seen[1], KEY_LEFTBRACE);
    ck_assert_uint_eq(seen[3], KEY_ENTER);
}
END_TEST

START_TEST(characters_of_code_page_437_are_typed_by_number)
{
    static const unsigned short wanted[] = { KEY_LEFTALT, KEY_KP1, KEY_KP1, KEY_KP3,
                                             KEY_KP3,     KEY_KP2, KEY_KP2, KEY_LEFTALT };
    struct key_stroke strokes[DECODED_STROKES];
    struct decoded d;

    ck_assert_int_eq(decode("\303\244", 2, true, false, '\177', &d), 2); /* a with two dots: 132 */
    ck_assert_int_eq(d.kind, DECODED_CODE);
    ck_assert_uint_eq(d.code, 132);
    ck_assert_int_eq(decoded_strokes(&d, false, strokes), 8);
    for (int i = 0; i < 8; i++)
        ck_assert_uint_eq(strokes[i].evdev, wanted[i]);
    ck_assert_int_eq(decode("\343\201\202", 3, true, false, '\177', &d), 3); /* it has no kana */
    ck_assert_int_eq(d.kind, DECODED_NOTHING);
}
END_TEST

START_TEST(modifiers_go_down_before_and_up_after)
{
    static const struct key_stroke wanted[] = {
        { KEY_LEFTSHIFT, true }, { KEY_LEFTCTRL, true },  { KEY_F5, true },
        { KEY_F5, false },       { KEY_LEFTCTRL, false }, { KEY_LEFTSHIFT, false },
    };
    struct key_stroke strokes[DECODED_STROKES];
    struct decoded d;

    decode("\033[15;6~", 7, true, false, '\177', &d);
    ck_assert_int_eq(decoded_strokes(&d, true, strokes), 6);
    for (int i = 0; i < 6; i++) {
        ck_assert_uint_eq(strokes[i].evdev, wanted[i].evdev);
        ck_assert_int_eq(strokes[i].down, wanted[i].down);
    }
}
END_TEST

START_TEST(caps_lock_in_the_guest_turns_shift_around_for_letters_only)
{
    struct key_stroke strokes[DECODED_STROKES];
    struct decoded d;

    decode("a", 1, true, false, '\177', &d);
    ck_assert_int_eq(decoded_strokes(&d, true, strokes), 4);
    ck_assert_uint_eq(strokes[0].evdev, KEY_LEFTSHIFT);
    decode("A", 1, true, false, '\177', &d);
    ck_assert_int_eq(decoded_strokes(&d, true, strokes), 2);
    decode("1", 1, true, false, '\177', &d);
    ck_assert_int_eq(decoded_strokes(&d, true, strokes), 2);
    decode("\003", 1, true, false, '\177', &d);
    ck_assert_int_eq(decoded_strokes(&d, true, strokes), 4);
}
END_TEST

START_TEST(any_bytes_are_taken_without_harm)
{
    unsigned seed = 1;

    for (int round = 0; round < 20000; round++) {
        char bytes[12];
        int length = 0, at = 0;
        bool pasted = round & 1;

        for (int i = 0; i < 12; i++) {
            seed = seed * 1103515245u + 12345u;
            bytes[length++] =
                (char)(seed >> 16 & 4 ? "\033[O;~1A\xe2\x94"[seed >> 20 & 7] : (char)(seed >> 24));
        }
        while (at < length) {
            struct key_stroke strokes[DECODED_STROKES];
            struct decoded d;
            int n = decode(bytes + at, length - at, true, pasted, '\177', &d);

            ck_assert_int_gt(n, 0);
            ck_assert_int_le(n, length - at);
            ck_assert_int_le(decoded_strokes(&d, false, strokes), DECODED_STROKES);
            at += n;
        }
    }
}
END_TEST

START_TEST(every_character_has_an_ascii_stand_in)
{
    for (unsigned c = 0; c < 256; c++) {
        ck_assert_int_ge(cp437_to_ascii((uint8_t)c), ' ');
        ck_assert_int_lt(cp437_to_ascii((uint8_t)c), 127);
    }
    ck_assert_int_eq(cp437_to_ascii(0xb3), '|');
    ck_assert_int_eq(cp437_to_ascii(0xba), '|');
    ck_assert_int_eq(cp437_to_ascii(0xc4), '-');
    ck_assert_int_eq(cp437_to_ascii(0xcd), '=');
    ck_assert_int_eq(cp437_to_ascii(0xda), '+');
    ck_assert_int_eq(cp437_to_ascii(0xdb), '#');
    ck_assert_int_eq(cp437_to_ascii(0xe1), 'B');
    ck_assert_int_eq(cp437_to_ascii(0xfe), '#');
}
END_TEST

START_TEST(colours_are_found_where_terminals_agree)
{
    ck_assert_int_eq(colour_nearest(0, 0x000000, 256), 16);
    ck_assert_int_eq(colour_nearest(15, 0xffffff, 256), 231);
    ck_assert_int_eq(colour_nearest(1, 0x0000aa, 256), 19);
    ck_assert_int_eq(colour_nearest(4, 0xaa0000, 256), 124);
    ck_assert_int_eq(colour_nearest(1, 0x0000aa, 16), 4);
    ck_assert_int_eq(colour_nearest(12, 0xff5555, 16), 9);
    ck_assert_int_eq(colour_of_eight(1), 4);
    ck_assert_int_eq(colour_of_eight(8), 0);
    ck_assert_int_eq(colour_of_eight(15), 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decode");

    CHECK_CASE(suite, "keys", each_sequence_is_its_key, a_sequence_may_arrive_in_parts,
               escape_twice_is_two_keys, the_terminal_says_which_byte_backspace_is,
               ctrl_bracket_is_not_the_guests, nothing_in_a_paste_is_a_command,
               any_bytes_are_taken_without_harm);
    CHECK_CASE(suite, "strokes", characters_of_code_page_437_are_typed_by_number,
               modifiers_go_down_before_and_up_after,
               caps_lock_in_the_guest_turns_shift_around_for_letters_only);
    CHECK_CASE(suite, "screen", every_character_has_an_ascii_stand_in,
               colours_are_found_where_terminals_agree);
    return check_main(suite);
}
