/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 8042: its commands and its manners, as the technical reference has them. */
#include "devices/input/i8042.h"
#include "devices/input/ps2_keys.h"
#include "tests/check_main.h"
#include "tests/unit/input/chip_i8042.h"
#include "tests/unit/input/kbc_bench.h"

static uint8_t status(void)
{
    return (uint8_t)bench_in(kbc, 0x64, 1);
}

static int ask(uint8_t command)
{
    kbc_command(command);
    return kbc_read();
}

START_TEST(self_test_answers_55_and_sets_the_system_flag)
{
    kbc_begin(true);
    kbc_command(0x60);
    kbc_data(0x43);
    ck_assert_uint_eq(status() & 4, 0);
    ck_assert_int_eq(ask(0xaa), 0x55);
    ck_assert_uint_eq(status() & 4, 4);
    ck_assert_int_eq(ask(0xab), 0x00);
    ck_assert_int_eq(ask(0xa9), 0x00);
    kbc_end();
}
END_TEST

START_TEST(command_byte_and_ram_read_back)
{
    kbc_begin(true);
    ck_assert_int_eq(ask(0x20), 0x47);
    kbc_command(0x75);
    kbc_data(0xa5);
    ck_assert_int_eq(ask(0x35), 0xa5);
    ck_assert_int_eq(ask(0x20), 0x47);
    kbc_command(0xad);
    ck_assert_int_eq(ask(0x20), 0x57);
    kbc_command(0xa7);
    ck_assert_int_eq(ask(0x20), 0x77);
    kbc_command(0xae);
    kbc_command(0xa8);
    ck_assert_int_eq(ask(0x20), 0x47);
    kbc_end();
}
END_TEST

START_TEST(input_buffer_full_until_the_controller_has_looked)
{
    kbc_begin(true);
    bench_out(kbc, 0x64, 0xaa, 1);
    ck_assert_uint_eq(status() & 0x0a, 0x0a);
    ck_assert_uint_eq(status() & 1, 0);
    bench_run(kbc, 20000);
    ck_assert_uint_eq(status() & 2, 0);
    bench_run(kbc, 20000);
    ck_assert_uint_eq(status() & 1, 1);
    ck_assert_int_eq(kbc_read(), 0x55);
    bench_out(kbc, 0x60, 0xee, 1);
    ck_assert_uint_eq(status() & 0x0a, 0x02);
    bench_run(kbc, 999999);
    ck_assert_uint_eq(status() & 2, 2);
    bench_run(kbc, 1);
    ck_assert_uint_eq(status() & 2, 0);
    EXPECT(0xee);
    kbc_end();
}
END_TEST

START_TEST(a_hasty_host_loses_nothing)
{
    kbc_begin(true);
    bench_out(kbc, 0x64, 0xd1, 1);
    bench_out(kbc, 0x60, 0xdd, 1);
    bench_out(kbc, 0x64, 0x20, 1);
    ck_assert(!kbc->level[LINE_A20]);
    EXPECT(0x47);
    bench_out(kbc, 0x60, 0xed, 1);
    bench_out(kbc, 0x60, 0x02, 1);
    EXPECT(0xfa, 0xfa);
    ck_assert_uint_eq(kbc->input.leds, 2);
    kbc_end();
}
END_TEST

START_TEST(an_answer_overtakes_an_unread_key_and_puts_it_back)
{
    kbc_begin(true);
    kbc_key(EVDEV_A, true);
    bench_run(kbc, 5000000);
    ck_assert(kbc->level[LINE_IRQ1]);
    ck_assert_int_eq(ask(0x20), 0x47);
    EXPECT(0x1e);
    kbc_end();
}
END_TEST

START_TEST(an_answer_waits_for_the_one_before_it)
{
    kbc_begin(true);
    kbc_command(0x20);
    bench_run(kbc, 100000);
    kbc_command(0xc0);
    bench_run(kbc, 100000);
    EXPECT(0x47, 0xb3);
    kbc_end();
}
END_TEST

START_TEST(a_byte_takes_a_millisecond_on_the_cable)
{
    kbc_begin(true);
    kbc_key(EVDEV_A, true);
    bench_run(kbc, 999999);
    ck_assert_uint_eq(status() & 1, 0);
    bench_run(kbc, 1);
    ck_assert_uint_eq(status() & 1, 1);
    ck_assert_int_eq(kbc_read(), 0x1e);
    ck_assert_uint_eq(bench_in(kbc, 0x60, 1), 0x1e); /* the latch keeps its value */
    kbc_end();
}
END_TEST

START_TEST(a_disabled_interface_holds_the_keyboard_back)
{
    kbc_begin(true);
    kbc_command(0xad);
    kbc_tap(EVDEV_A);
    SILENCE();
    kbc_command(0xae);
    EXPECT(0x1e, 0x9e);
    /* Disabled while a byte is on the cable: it is sent again. */
    kbc_key(EVDEV_S, true);
    bench_run(kbc, 500000);
    kbc_command(0xad);
    SILENCE();
    kbc_command(0xae);
    EXPECT(0x1f);
    kbc_command(0xad); /* "sending a byte enables the interface" */
    kbc_data(0xee);
    EXPECT(0xee);
    ck_assert_int_eq(ask(0x20), 0x47);
    kbc_end();
}
END_TEST

START_TEST(a_host_byte_interrupts_a_byte_on_the_cable)
{
    kbc_begin(true);
    kbc_key(EVDEV_A, true);
    bench_run(kbc, 500000);
    kbc_data(0xee);
    EXPECT(0xee, 0x1e);
    kbc_end();
}
END_TEST

START_TEST(interrupts_follow_the_output_buffer_and_their_enables)
{
    kbc_begin(true);
    kbc_key(EVDEV_A, true);
    bench_run(kbc, 1000000);
    ck_assert(kbc->level[LINE_IRQ1] && !kbc->level[LINE_IRQ12]);
    ck_assert_int_eq(kbc_read(), 0x1e);
    ck_assert(!kbc->level[LINE_IRQ1]);
    kbc_command(0x60);
    kbc_data(0x46);
    kbc_key(EVDEV_A, false);
    bench_run(kbc, 5000000);
    ck_assert(!kbc->level[LINE_IRQ1]);
    ck_assert_int_eq(kbc_read(), 0x9e);
    kbc_command(0xd3); /* as if the mouse had sent it */
    kbc_data(0x5a);
    bench_run(kbc, 100000);
    ck_assert(kbc->level[LINE_IRQ12] && !kbc->level[LINE_IRQ1]);
    ck_assert_uint_eq(status() & 0x21, 0x21);
    EXPECT(0x15a);
    ck_assert(!kbc->level[LINE_IRQ12]);
    kbc_command(0xd2);
    kbc_data(0xa5);
    EXPECT(0xa5);
    kbc_end();
}
END_TEST

START_TEST(output_port_gates_a20_and_resets)
{
    kbc_begin(true);
    ck_assert(kbc->level[LINE_A20]); /* high after reset */
    ck_assert_int_eq(ask(0xd0) & 3, 3);
    kbc_command(0xd1);
    kbc_data(0xdd);
    ck_assert(!kbc->level[LINE_A20]);
    ck_assert_int_eq(ask(0xd0) & 3, 1);
    kbc_command(0xdf);
    ck_assert(kbc->level[LINE_A20]);
    kbc_command(0xdd);
    ck_assert(!kbc->level[LINE_A20]);
    ck_assert_uint_eq(kbc->edges[LINE_INIT], 0);
    kbc_command(0xd1);
    kbc_data(0xde);
    ck_assert_uint_eq(kbc->edges[LINE_INIT], 1);
    ck_assert(!kbc->level[LINE_INIT]);
    kbc_command(0xfe);
    ck_assert_uint_eq(kbc->edges[LINE_INIT], 2);
    kbc_command(0xff); /* pulses nothing */
    ck_assert_uint_eq(kbc->edges[LINE_INIT], 2);
    kbc_end();
}
END_TEST

START_TEST(input_port_and_test_inputs)
{
    kbc_begin(true);
    ck_assert_int_eq(ask(0xc0), 0xb3);
    ck_assert_int_eq(ask(0xe0), 3);
    kbc_command(0xad);
    ck_assert_int_eq(ask(0xe0), 2);
    kbc_command(0xc1); /* low half into status bits 4-7, until the next command */
    ck_assert_uint_eq(status() & 0xf0, 0x30);
    kbc_command(0xc2);
    ck_assert_uint_eq(status() & 0xf0, 0xb0);
    kbc_command(0xae);
    ck_assert_uint_eq(status() & 0xf0, 0x10);
    kbc_command(0xb8); /* unknown: no answer */
    SILENCE();
    kbc_end();
}
END_TEST

START_TEST(diagnostic_dump_is_in_scan_code_format)
{
    kbc_begin(true);
    kbc_command(0xac);
    ck_assert_int_eq(kbc_read(), 0x05); /* "4" */
    ck_assert_int_eq(kbc_read(), 0x08); /* "7" */
    ck_assert_int_eq(kbc_read(), 0x39);
    for (unsigned i = 0; i < 18 * 3; i++)
        ck_assert_int_ne(kbc_read(), NOTHING);
    SILENCE();
    kbc_end();
}
END_TEST

START_TEST(password_locks_the_keyboard)
{
    kbc_begin(true);
    ck_assert_int_eq(ask(0xa4), 0xf1);
    kbc_command(0xa6); /* none installed: nothing happens */
    ck_assert_uint_eq(status() & 0x10, 0x10);
    kbc_command(0xa5);
    kbc_data(0x1e);
    kbc_data(0x1f);
    kbc_data(0x00);
    ck_assert_int_eq(ask(0xa4), 0xfa);
    kbc_command(0x73);
    kbc_data(0x11); /* said when locked */
    kbc_command(0x74);
    kbc_data(0x22); /* and when unlocked */
    kbc_command(0x76);
    kbc_data(0x2a); /* left shift is ignored */
    ck_assert_int_eq(ask(0xa6), 0x11);
    ck_assert_uint_eq(status() & 0x10, 0);
    kbc_tap(EVDEV_S);
    kbc_tap(EVDEV_A);
    kbc_tap(EVDEV_A);
    kbc_tap(EVDEV_LEFTSHIFT);
    SILENCE();
    kbc_mouse(0xf2);
    SILENCE();
    kbc_key(EVDEV_S, true);
    ck_assert_int_eq(kbc_read(), 0x22);
    ck_assert_uint_eq(status() & 0x10, 0x10);
    kbc_key(EVDEV_S, false);
    EXPECT(0x9f);
    kbc_end();
}
END_TEST

START_TEST(long_password_keeps_seven_codes)
{
    kbc_begin(true);
    kbc_command(0xa5);
    for (unsigned i = 0; i < 9; i++)
        kbc_data(0x1e);
    kbc_data(0);
    kbc_command(0xa6);
    for (unsigned i = 0; i < 7; i++) {
        ck_assert_uint_eq(status() & 0x10, 0);
        kbc_key(EVDEV_A, true);
        SILENCE();
        kbc_key(EVDEV_A, false);
    }
    EXPECT(0x9e);
    ck_assert_uint_eq(status() & 0x10, 0x10);
    kbc_end();
}
END_TEST

/* What SeaBIOS does: the first conversation that must work. */
START_TEST(firmware_brings_the_keyboard_up)
{
    kbc_begin(true);
    device_reset(device_find(kbc->board, "i8042"), RESET_HARD);
    kbc_command(0xad);
    kbc_command(0xa7);
    ck_assert_int_eq(ask(0xaa), 0x55);
    ck_assert_int_eq(ask(0xab), 0x00);
    kbc_command(0x60);
    kbc_data(0x30);
    kbc_data(0xff);
    EXPECT(0xfa, 0xaa);
    kbc_data(0xf5);
    EXPECT(0xfa);
    kbc_data(0xf0);
    EXPECT(0xfa);
    kbc_data(0x02);
    EXPECT(0xfa);
    kbc_command(0x60);
    kbc_data(0x60);
    kbc_data(0xf4);
    EXPECT(0xfa);
    kbc_command(0x60);
    kbc_data(0x61);
    kbc_tap(EVDEV_ESC);
    EXPECT(0x01, 0x81);
    kbc_end();
}
END_TEST

START_TEST(a_taken_name_is_an_error)
{
    struct error err = { { 0 } };
    struct irq none = { 0 };

    kbc_begin(true);
    ck_assert_ptr_null(i8042_new(kbc->board, none, none, none, none, &err));
    ck_assert(err.text[0]);
    kbc_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("i8042");

    CHECK_CASE(
        suite, "controller", self_test_answers_55_and_sets_the_system_flag,
        command_byte_and_ram_read_back, input_buffer_full_until_the_controller_has_looked,
        a_hasty_host_loses_nothing, an_answer_overtakes_an_unread_key_and_puts_it_back,
        an_answer_waits_for_the_one_before_it, a_byte_takes_a_millisecond_on_the_cable,
        a_disabled_interface_holds_the_keyboard_back, a_host_byte_interrupts_a_byte_on_the_cable,
        interrupts_follow_the_output_buffer_and_their_enables, output_port_gates_a20_and_resets,
        input_port_and_test_inputs, diagnostic_dump_is_in_scan_code_format,
        password_locks_the_keyboard, long_password_keeps_seven_codes,
        firmware_brings_the_keyboard_up, a_taken_name_is_an_error);
    generic_tests(suite, &chip_i8042);
    return check_main(suite);
}
