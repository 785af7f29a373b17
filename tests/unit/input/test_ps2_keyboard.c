/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PS/2 keyboard: scan codes and commands, through an 8042 without translation unless said. */
#include "core/input.h"
#include "devices/input/ps2_keys.h"
#include "tests/check_main.h"
#include "tests/unit/input/kbc_bench.h"

/* Sends a command byte and expects the ACK. */
static void command(uint8_t value)
{
    kbc_data(value);
    EXPECT(0xfa);
}

static void use_set(uint8_t set)
{
    command(0xf0);
    command(set);
}

START_TEST(reset_answers_ack_then_the_bat_code)
{
    kbc_begin(false);
    use_set(3);
    kbc_tap(EVDEV_A);
    kbc_data(0xff);
    ck_assert_int_eq(kbc_read(), 0xfa);
    kbc_tap(EVDEV_S); /* not scanned during the test */
    EXPECT(0xaa);
    command(0xf0);
    kbc_data(0x00);
    EXPECT(0xfa, 0x02);
    kbc_end();
}
END_TEST

START_TEST(identifies_and_echoes)
{
    kbc_begin(false);
    kbc_data(0xee);
    EXPECT(0xee);
    kbc_data(0xf2);
    EXPECT(0xfa, 0xab, 0x83);
    kbc_data(0xef);
    EXPECT(0xfe);
    kbc_data(0x12);
    EXPECT(0xfe);
    kbc_end();
}
END_TEST

START_TEST(leds_are_reported_once_a_change)
{
    kbc_begin(false);
    command(0xed);
    command(0x05);
    ck_assert_uint_eq(kbc->input.leds, LED_SCROLL | LED_CAPS);
    command(0xed); /* a command in place of the option ends it */
    kbc_data(0xee);
    EXPECT(0xee);
    ck_assert_uint_eq(kbc->input.leds, LED_SCROLL | LED_CAPS);
    kbc_data(0xff);
    EXPECT(0xfa, 0xaa);
    ck_assert_uint_eq(kbc->input.leds, 0);
    kbc_end();
}
END_TEST

START_TEST(resend_gives_the_last_byte_again)
{
    kbc_begin(false);
    kbc_key(EVDEV_A, true);
    EXPECT(0x1c);
    kbc_data(0xfe);
    EXPECT(0x1c);
    kbc_end();
}
END_TEST

START_TEST(set_2_make_and_break)
{
    kbc_begin(false);
    kbc_tap(EVDEV_A);
    EXPECT(0x1c, 0xf0, 0x1c);
    kbc_tap(EVDEV_F7);
    EXPECT(0x83, 0xf0, 0x83);
    kbc_tap(EVDEV_RIGHTCTRL);
    EXPECT(0xe0, 0x14, 0xe0, 0xf0, 0x14);
    kbc_tap(EVDEV_MUTE);
    EXPECT(0xe0, 0x23, 0xe0, 0xf0, 0x23);
    kbc_tap(EVDEV_HANGEUL);
    EXPECT(0xf2);
    kbc_key(EVDEV_A, true);
    kbc_key(EVDEV_A, true); /* the front-end's repetition is not ours */
    EXPECT(0x1c);
    kbc_key(EVDEV_A, false);
    kbc_key(0, true);
    kbc_key(200, true);
    kbc_key(5000, true);
    EXPECT(0xf0, 0x1c);
    kbc_end();
}
END_TEST

START_TEST(set_1_from_the_keyboard)
{
    kbc_begin(false);
    use_set(1);
    kbc_tap(EVDEV_A);
    EXPECT(0x1e, 0x9e);
    kbc_tap(EVDEV_UP);
    EXPECT(0xe0, 0x48, 0xe0, 0xc8);
    kbc_key(EVDEV_PAUSE, true);
    EXPECT(0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5);
    kbc_tap(EVDEV_SYSRQ);
    EXPECT(0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa);
    kbc_end();
}
END_TEST

START_TEST(translation_turns_set_2_into_set_1)
{
    kbc_begin(true);
    kbc_tap(EVDEV_F7);
    EXPECT(0x41, 0xc1);
    kbc_tap(EVDEV_DELETE);
    EXPECT(0xe0, 0x53, 0xe0, 0xd3);
    kbc_tap(EVDEV_PAUSE);
    EXPECT(0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5);
    kbc_tap(EVDEV_YEN);
    EXPECT(0x7d, 0xfd);
    kbc_data(0xf2);
    EXPECT(0xfa, 0xab, 0x41); /* the ID too */
    kbc_end();
}
END_TEST

/* The main block of set 1 is numbered like evdev: the whole table against that. */
START_TEST(every_key_of_the_main_block_has_its_number)
{
    kbc_begin(true);
    for (unsigned n = 1; n <= 88; n++) {
        if (n == 84 || n == 85)
            continue;
        kbc_key(n, true);
        ck_assert_msg(kbc_read() == (int)n, "key %u", n);
        kbc_key(n, false);
        ck_assert_msg(kbc_read() == (int)(n | 0x80), "key %u", n);
    }
    kbc_end();
}
END_TEST

START_TEST(print_screen_and_sysrq)
{
    kbc_begin(false);
    kbc_tap(EVDEV_SYSRQ);
    EXPECT(0xe0, 0x12, 0xe0, 0x7c, 0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12);
    kbc_key(EVDEV_LEFTSHIFT, true);
    EXPECT(0x12);
    kbc_tap(EVDEV_SYSRQ);
    EXPECT(0xe0, 0x7c, 0xe0, 0xf0, 0x7c);
    kbc_key(EVDEV_LEFTSHIFT, false);
    EXPECT(0xf0, 0x12);
    kbc_key(EVDEV_LEFTALT, true);
    EXPECT(0x11);
    kbc_tap(EVDEV_SYSRQ);
    EXPECT(0x84, 0xf0, 0x84);
    kbc_end();
}
END_TEST

START_TEST(pause_and_break)
{
    kbc_begin(false);
    kbc_tap(EVDEV_PAUSE);
    EXPECT(0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77);
    kbc_key(EVDEV_LEFTCTRL, true);
    EXPECT(0x14);
    kbc_tap(EVDEV_PAUSE);
    EXPECT(0xe0, 0x7e, 0xe0, 0xf0, 0x7e);
    kbc_end();
}
END_TEST

START_TEST(grey_keys_undo_shift_and_num_lock)
{
    kbc_begin(false);
    kbc_key(EVDEV_LEFTSHIFT, true);
    kbc_key(EVDEV_RIGHTSHIFT, true);
    EXPECT(0x12, 0x59);
    kbc_tap(EVDEV_HOME);
    EXPECT(0xe0, 0xf0, 0x12, 0xe0, 0xf0, 0x59, 0xe0, 0x6c, 0xe0, 0xf0, 0x6c, 0xe0, 0x12, 0xe0,
           0x59);
    kbc_tap(EVDEV_KPSLASH);
    EXPECT(0xe0, 0xf0, 0x12, 0xe0, 0xf0, 0x59, 0xe0, 0x4a, 0xe0, 0xf0, 0x4a, 0xe0, 0x12, 0xe0,
           0x59);
    command(0xed);
    command(LED_NUM);
    kbc_tap(EVDEV_HOME); /* shift and Num Lock cancel each other */
    EXPECT(0xe0, 0x6c, 0xe0, 0xf0, 0x6c);
    kbc_key(EVDEV_LEFTSHIFT, false);
    kbc_key(EVDEV_RIGHTSHIFT, false);
    EXPECT(0xf0, 0x12, 0xf0, 0x59);
    kbc_tap(EVDEV_HOME);
    EXPECT(0xe0, 0x12, 0xe0, 0x6c, 0xe0, 0xf0, 0x6c, 0xe0, 0xf0, 0x12);
    kbc_tap(EVDEV_KPSLASH);
    EXPECT(0xe0, 0x4a, 0xe0, 0xf0, 0x4a);
    kbc_end();
}
END_TEST

START_TEST(set_3_and_its_key_types)
{
    kbc_begin(false);
    use_set(3);
    kbc_tap(EVDEV_F1);
    EXPECT(0x07); /* make only */
    kbc_tap(EVDEV_LEFTSHIFT);
    EXPECT(0x12, 0xf0, 0x12);
    kbc_tap(EVDEV_HANGEUL); /* not in this set */
    kbc_tap(EVDEV_PAUSE);
    EXPECT(0x62);
    command(0xfc); /* one key: make and break */
    command(0x07);
    command(0x08);
    kbc_data(0xee);
    EXPECT(0xee);
    kbc_tap(EVDEV_F1);
    kbc_tap(EVDEV_ESC);
    EXPECT(0x07, 0xf0, 0x07, 0x08, 0xf0, 0x08);
    command(0xf9); /* all: make only */
    kbc_tap(EVDEV_LEFTSHIFT);
    EXPECT(0x12);
    command(0xf8); /* all: make and break, no repetition */
    kbc_key(EVDEV_A, true);
    EXPECT(0x1c);
    bench_run(kbc, 2000000000);
    kbc_key(EVDEV_A, false);
    EXPECT(0xf0, 0x1c);
    command(0xf7); /* all: typematic */
    kbc_key(EVDEV_ESC, true);
    ck_assert_int_eq(kbc_read(), 0x08);
    bench_run(kbc, 510000000);
    ck_assert_int_eq(kbc_read(), 0x08);
    kbc_key(EVDEV_ESC, false);
    command(0xfa);
    command(0xf6); /* defaults again, set 2 */
    command(0xf0);
    kbc_data(0);
    EXPECT(0xfa, 0x02);
    command(0xf0);
    kbc_data(9);
    EXPECT(0xfe);
    kbc_end();
}
END_TEST

START_TEST(typematic_waits_then_repeats)
{
    kbc_begin(false);
    kbc_key(EVDEV_RIGHTCTRL, true);
    EXPECT(0xe0, 0x14);
    kbc_key(EVDEV_A, true); /* only the last key repeats; 50 ms of it go to the next read */
    ck_assert_int_eq(kbc_read(), 0x1c);
    bench_run(kbc, 450000000);
    ck_assert_uint_eq(bench_in(kbc, 0x64, 1) & 1, 0);
    bench_run(kbc, 60000000);
    for (unsigned i = 0; i < 20; i++) {
        ck_assert_int_eq(kbc_read(), 0x1c);
        bench_run(kbc, 91666667); /* 10.9 a second */
    }
    ck_assert_int_eq(kbc_read(), 0x1c);
    kbc_key(EVDEV_RIGHTCTRL, false); /* does not stop it */
    EXPECT(0xe0, 0xf0, 0x14);
    bench_run(kbc, 90000000);
    ck_assert_int_eq(kbc_read(), 0x1c);
    kbc_key(EVDEV_A, false);
    EXPECT(0xf0, 0x1c);
    bench_run(kbc, 2000000000);
    SILENCE();
    kbc_end();
}
END_TEST

START_TEST(typematic_rate_and_delay_are_programmable)
{
    unsigned count = 0;

    kbc_begin(false);
    command(0xf3);
    command(0x00); /* 30 a second after 250 ms */
    kbc_key(EVDEV_A, true);
    ck_assert_int_eq(kbc_read(), 0x1c);
    bench_run(kbc, 255000000);
    while (count < 30 && kbc_read() == 0x1c)
        count++;
    ck_assert_uint_eq(count, 30);
    kbc_key(EVDEV_A, false);
    while (kbc_read() != NOTHING)
        ;
    /* A host that does not read gets one make code, not a full buffer. */
    kbc_key(EVDEV_UP, true);
    bench_run(kbc, 3000000000);
    kbc_key(EVDEV_UP, false);
    ck_assert_int_eq(kbc_read(), 0xe0);
    ck_assert_int_eq(kbc_read(), 0x75);
    while (kbc_read() != NOTHING)
        count++;
    ck_assert_uint_le(count, 30 + 5);
    kbc_end();
}
END_TEST

START_TEST(disable_stops_scanning)
{
    kbc_begin(false);
    command(0xf5);
    kbc_key(EVDEV_A, true);
    SILENCE();
    command(0xf4);
    SILENCE();
    kbc_key(EVDEV_A, false);
    EXPECT(0xf0, 0x1c);
    kbc_end();
}
END_TEST

START_TEST(an_answer_does_not_split_a_scan_code)
{
    kbc_begin(false);
    kbc_key(EVDEV_UP, true);
    ck_assert_int_eq(kbc_read(), 0xe0);
    kbc_data(0xed);
    EXPECT(0x75, 0xfa);
    kbc_end();
}
END_TEST

START_TEST(sixteen_keys_in_one_burst_arrive_whole)
{
    kbc_begin(true);
    for (unsigned n = 2; n < 18; n++)
        kbc_tap(n);
    for (unsigned n = 2; n < 18; n++) {
        ck_assert_int_eq(kbc_read(), (int)n);
        ck_assert_int_eq(kbc_read(), (int)n | 0x80);
    }
    SILENCE();
    kbc_end();
}
END_TEST

START_TEST(overrun_tells_and_leaves_no_key_stuck)
{
    bool down[128] = { 0 };
    bool overrun = false;
    int code;

    kbc_begin(true);
    for (unsigned n = 2; n < 50; n++)
        kbc_key(n, true);
    for (unsigned n = 2; n < 49; n++)
        kbc_key(n, false);
    while ((code = kbc_read()) != NOTHING) {
        if (code == 0xff)
            overrun = true;
        else
            down[code & 0x7f] = !(code & 0x80);
        if (code == 49)
            kbc_key(49, false); /* or it would repeat */
    }
    ck_assert(overrun);
    for (unsigned n = 0; n < 128; n++)
        ck_assert_msg(!down[n], "key %u is stuck", n);
    kbc_end();
}
END_TEST

START_TEST(overrun_code_of_set_1)
{
    unsigned overruns = 0;
    int code;

    kbc_begin(false);
    use_set(1);
    for (unsigned i = 0; i < 40; i++)
        kbc_tap(EVDEV_A);
    while ((code = kbc_read()) != NOTHING)
        overruns += code == 0xff;
    ck_assert_uint_eq(overruns, 1);
    kbc_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ps2_keyboard");

    CHECK_CASE(suite, "commands", reset_answers_ack_then_the_bat_code, identifies_and_echoes,
               leds_are_reported_once_a_change, resend_gives_the_last_byte_again,
               disable_stops_scanning, an_answer_does_not_split_a_scan_code);
    CHECK_CASE(suite, "scan codes", set_2_make_and_break, set_1_from_the_keyboard,
               translation_turns_set_2_into_set_1, every_key_of_the_main_block_has_its_number,
               print_screen_and_sysrq, pause_and_break, grey_keys_undo_shift_and_num_lock,
               set_3_and_its_key_types);
    CHECK_CASE(suite, "time and buffer", typematic_waits_then_repeats,
               typematic_rate_and_delay_are_programmable, sixteen_keys_in_one_burst_arrive_whole,
               overrun_tells_and_leaves_no_key_stuck, overrun_code_of_set_1);
    return check_main(suite);
}
