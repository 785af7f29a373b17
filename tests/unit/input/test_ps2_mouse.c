/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PS/2 mouse: packets and commands, through an 8042. */
#include "core/input.h"
#include "tests/check_main.h"
#include "tests/unit/input/kbc_bench.h"

#define M(byte) (0x100 | (byte))

static void command(uint8_t value)
{
    kbc_mouse(value);
    ck_assert_int_eq(kbc_read(), M(0xfa));
}

static void rate(uint8_t value)
{
    command(0xf3);
    command(value);
}

static void begin(void)
{
    kbc_begin(true);
    command(0xf4);
}

static void move(int dx, int dy, int wheel, unsigned buttons)
{
    kbc->input.pointer(kbc->input.pointer_ctx, dx, dy, wheel, buttons);
}

START_TEST(reset_tests_and_identifies)
{
    kbc_begin(true);
    kbc_mouse(0xff);
    EXPECT(M(0xfa), M(0xaa), M(0x00));
    kbc_mouse(0xf2);
    EXPECT(M(0xfa), M(0x00));
    kbc_mouse(0xe9);
    EXPECT(M(0xfa), M(0x00), M(0x02), M(100));
    kbc_end();
}
END_TEST

START_TEST(packet_has_buttons_signs_and_movement)
{
    begin();
    move(5, 3, 0, 0);
    EXPECT(M(0x28), M(5), M(0xfd)); /* down is negative */
    move(-1, -2, 0, BUTTON_LEFT | BUTTON_MIDDLE);
    EXPECT(M(0x1d), M(0xff), M(2));
    move(0, 0, 0, BUTTON_RIGHT);
    EXPECT(M(0x0a), M(0), M(0));
    kbc_end();
}
END_TEST

START_TEST(long_movement_comes_in_several_packets)
{
    begin();
    move(600, 0, 0, 0);
    EXPECT(M(0x08), M(255), M(0), M(0x08), M(255), M(0), M(0x08), M(90), M(0));
    move(0, 300, 0, 0);
    EXPECT(M(0x28), M(0), M(1), M(0x28), M(0), M(0xd3));
    move(1 << 30, 0, 0, 0); /* and is cut somewhere */
    ck_assert_int_eq(kbc_read(), M(0x08));
    kbc_end();
}
END_TEST

START_TEST(samples_come_at_the_rate)
{
    begin();
    rate(10);
    move(1, 0, 0, 0);
    ck_assert_int_eq(kbc_read(), M(0x08));
    ck_assert_int_eq(kbc_read(), M(1));
    ck_assert_int_eq(kbc_read(), M(0));
    move(1, 0, 0, 0);
    move(2, 0, 0, 0);
    SILENCE(); /* 50 ms */
    EXPECT(M(0x08), M(3), M(0));
    kbc_end();
}
END_TEST

START_TEST(quick_clicks_are_not_lost)
{
    begin();
    move(0, 0, 0, BUTTON_LEFT);
    move(0, 0, 0, 0);
    move(0, 0, 0, BUTTON_LEFT);
    move(0, 0, 0, 0);
    EXPECT(M(0x09), M(0), M(0), M(0x08), M(0), M(0), M(0x09), M(0), M(0), M(0x08), M(0), M(0));
    for (unsigned i = 0; i < 41; i++)
        move(0, 0, 0, i & 1 ? 0 : BUTTON_RIGHT);
    for (int last = 0, code; (code = kbc_read()) != NOTHING; last = code)
        ck_assert(code == M(0x0a) || code == M(0x08) || code == M(0) || last == NOTHING);
    kbc_mouse(0xe9); /* the last state counts */
    EXPECT(M(0xfa), M(0x21), M(2), M(100));
    kbc_end();
}
END_TEST

START_TEST(wheel_protocol_after_its_knock)
{
    begin();
    move(0, 0, 1, 0); /* no wheel yet */
    SILENCE();
    rate(200);
    rate(100);
    rate(80);
    kbc_mouse(0xf2);
    EXPECT(M(0xfa), M(3));
    command(0xf4);
    move(1, 0, 2, 0); /* away from the user is negative */
    EXPECT(M(0x08), M(1), M(0), M(0xfe));
    move(0, 0, -1, BUTTON_SIDE);
    EXPECT(M(0x08), M(0), M(0), M(1));
    kbc_end();
}
END_TEST

START_TEST(five_button_protocol_after_its_knock)
{
    begin();
    rate(200);
    rate(200);
    rate(80);
    kbc_mouse(0xf2);
    EXPECT(M(0xfa), M(4));
    move(0, 0, 1, BUTTON_SIDE);
    EXPECT(M(0x08), M(0), M(0), M(0x1f));
    move(0, 0, -9, BUTTON_SIDE | BUTTON_EXTRA);
    EXPECT(M(0x08), M(0), M(0), M(0x37), M(0x08), M(0), M(0), M(0x32));
    kbc_mouse(0xff);
    EXPECT(M(0xfa), M(0xaa), M(0x00));
    kbc_end();
}
END_TEST

START_TEST(scaling_2_to_1_in_stream_mode)
{
    static const int in[7] = { 1, 2, 3, 4, 5, 6, 200 };
    static const int out[7] = { 1, 1, 3, 6, 9, 12, 255 };

    begin();
    command(0xe7);
    for (unsigned i = 0; i < 7; i++) {
        move(in[i], 0, 0, 0);
        EXPECT(M(i == 6 ? 0x48 : 0x08), M(out[i]), M(0));
        move(0, in[i], 0, 0);
        EXPECT(M(i == 6 ? 0xa8 : 0x28), M(0), M(i == 6 ? 0x00 : 256 - out[i]));
    }
    kbc_mouse(0xe9);
    EXPECT(M(0xfa), M(0x30), M(2), M(100));
    command(0xe6);
    move(5, 0, 0, 0);
    EXPECT(M(0x08), M(5), M(0));
    kbc_end();
}
END_TEST

START_TEST(remote_mode_sends_when_asked)
{
    kbc_begin(true);
    command(0xf0);
    move(4, 0, 0, BUTTON_LEFT);
    SILENCE();
    kbc_mouse(0xeb);
    EXPECT(M(0xfa), M(0x09), M(4), M(0));
    kbc_mouse(0xeb);
    EXPECT(M(0xfa), M(0x09), M(0), M(0));
    kbc_mouse(0xe9);
    EXPECT(M(0xfa), M(0x44), M(2), M(100));
    command(0xea);
    command(0xf4);
    move(1, 0, 0, 0);
    EXPECT(M(0x08), M(1), M(0));
    kbc_end();
}
END_TEST

START_TEST(wrap_mode_echoes_all_but_two)
{
    begin();
    command(0xee);
    kbc_mouse(0xf5);
    EXPECT(M(0xf5));
    kbc_mouse(0x12);
    EXPECT(M(0x12));
    move(1, 1, 0, 0);
    SILENCE();
    command(0xec);
    kbc_mouse(0xf2);
    EXPECT(M(0xfa), M(0));
    command(0xee);
    kbc_mouse(0xff);
    EXPECT(M(0xfa), M(0xaa), M(0));
    kbc_end();
}
END_TEST

START_TEST(options_out_of_range_are_refused)
{
    begin();
    command(0xe8);
    kbc_mouse(4);
    EXPECT(M(0xfe));
    command(0xf3);
    kbc_mouse(5);
    EXPECT(M(0xfe));
    command(0xe8);
    command(3);
    rate(60);
    kbc_mouse(0xe9);
    EXPECT(M(0xfa), M(0x20), M(3), M(60));
    kbc_mouse(0xe1);
    EXPECT(M(0xfe));
    command(0xf6);
    kbc_mouse(0xe9);
    EXPECT(M(0xfa), M(0x00), M(2), M(100));
    kbc_end();
}
END_TEST

START_TEST(resend_repeats_the_packet)
{
    begin();
    move(7, 0, 0, 0);
    EXPECT(M(0x08), M(7), M(0));
    kbc_mouse(0xfe);
    EXPECT(M(0x08), M(7), M(0));
    command(0xe6);
    kbc_mouse(0xfe);
    EXPECT(M(0xfa));
    kbc_end();
}
END_TEST

START_TEST(resend_repeats_an_answer_without_its_ack)
{
    begin();
    kbc_mouse(0xe9);
    EXPECT(M(0xfa), M(0x20), M(2), M(100));
    kbc_mouse(0xfe);
    EXPECT(M(0x20), M(2), M(100));
    kbc_mouse(0xf2);
    EXPECT(M(0xfa), M(0));
    kbc_mouse(0xfe);
    EXPECT(M(0));
    kbc_mouse(0xff);
    EXPECT(M(0xfa), M(0xaa), M(0));
    kbc_mouse(0xfe);
    EXPECT(M(0xaa), M(0));
    kbc_end();
}
END_TEST

START_TEST(a_second_bad_byte_is_an_error)
{
    begin();
    kbc_mouse(0xe1);
    EXPECT(M(0xfe));
    kbc_mouse(0x00);
    EXPECT(M(0xfc));
    kbc_mouse(0xe1);
    EXPECT(M(0xfe));
    command(0xe6);
    kbc_mouse(0xe1);
    EXPECT(M(0xfe));
    kbc_end();
}
END_TEST

START_TEST(a_turned_wheel_comes_in_small_steps)
{
    begin();
    rate(200);
    rate(100);
    rate(80);
    move(0, 0, -20, 0);
    EXPECT(M(0x08), M(0), M(0), M(7), M(0x08), M(0), M(0), M(7), M(0x08), M(0), M(0), M(6));
    kbc_end();
}
END_TEST

/* A host that reads slowly gets whole packets, whatever the hand does meanwhile. */
START_TEST(packets_are_never_torn)
{
    int sum = 0;

    begin();
    for (unsigned i = 0; i < 300; i++) {
        for (unsigned n = 0; n < i % 7; n++)
            move(3, 0, 0, i & 1);
        for (unsigned byte = 0; byte < 3 && i % 3 == 0; byte++) {
            int got = kbc_read();

            ck_assert(byte || got == NOTHING || (got & 0x1c8) == M(0x08));
            if (got == NOTHING)
                break;
            sum += byte == 1 ? got & 0xff : 0;
        }
        bench_run(kbc, 1000000);
    }
    for (int got; (got = kbc_read()) != NOTHING;) {
        ck_assert_int_eq(got & 0x1c8, M(0x08));
        sum += kbc_read() & 0xff;
        ck_assert_int_eq(kbc_read(), M(0));
    }
    ck_assert_int_eq(sum, 3 * (0 + 1 + 2 + 3 + 4 + 5 + 6) * 42 + 3 * (0 + 1 + 2 + 3 + 4 + 5));
    kbc_end();
}
END_TEST

START_TEST(disabled_mouse_forgets_movement)
{
    begin();
    command(0xf5);
    move(7, 0, 0, BUTTON_LEFT);
    SILENCE();
    command(0xf4);
    SILENCE();
    move(0, 0, 0, 0);
    EXPECT(M(0x08), M(0), M(0));
    kbc_end();
}
END_TEST

START_TEST(a_disabled_port_holds_the_packet)
{
    begin();
    kbc_command(0xa7);
    move(7, 0, 0, 0);
    move(3, 0, 0, 0);
    SILENCE();
    kbc_command(0xa8);
    EXPECT(M(0x08), M(7), M(0), M(0x08), M(3), M(0));
    kbc_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ps2_mouse");

    CHECK_CASE(suite, "mouse", reset_tests_and_identifies, packet_has_buttons_signs_and_movement,
               long_movement_comes_in_several_packets, samples_come_at_the_rate,
               quick_clicks_are_not_lost, wheel_protocol_after_its_knock,
               five_button_protocol_after_its_knock, scaling_2_to_1_in_stream_mode,
               remote_mode_sends_when_asked, wrap_mode_echoes_all_but_two,
               options_out_of_range_are_refused, resend_repeats_the_packet,
               resend_repeats_an_answer_without_its_ack, a_second_bad_byte_is_an_error,
               a_turned_wheel_comes_in_small_steps, packets_are_never_torn,
               disabled_mouse_forgets_movement, a_disabled_port_holds_the_packet);
    return check_main(suite);
}
