/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debug ports 402h, E9h and F4h. */
#include "devices/system/debug_ports.h"
#include "tests/check_main.h"
#include "tests/unit/system/chips.h"

START_TEST(both_ports_read_e9h_and_pass_characters_on)
{
    struct bench *b = bench_new();

    ck_assert_ptr_nonnull(debug_ports_new(b->board, false, NULL));
    ck_assert_uint_eq(bench_in(b, 0x402, 1), 0xe9);
    ck_assert_uint_eq(bench_in(b, 0xe9, 1), 0xe9);
    bench_out(b, 0x402, 'S', 1);
    bench_out(b, 0xe9, 'b', 1);
    ck_assert_uint_eq(b->debug_len, 2);
    ck_assert_str_eq(b->debug, "Sb");
    b->board->hooks = NULL;
    bench_out(b, 0x402, 'x', 1);
    bench_free(b);
}
END_TEST

START_TEST(exit_port_ends_the_machine_with_2v_plus_1)
{
    struct bench *b = bench_new();

    ck_assert_ptr_nonnull(debug_ports_new(b->board, true, NULL));
    ck_assert_uint_eq(bench_in(b, 0xf4, 4), 0);
    bench_out(b, 0xf4, 0x10, 1);
    ck_assert_int_eq(b->power_off_code, 0x21);
    bench_out(b, 0xf4, 0, 4);
    ck_assert_int_eq(b->power_off_code, 1);
    ck_assert_uint_eq(b->power_offs, 2);
    b->board->hooks = NULL;
    bench_out(b, 0xf4, 0, 4);
    bench_free(b);
}
END_TEST

START_TEST(exit_port_is_there_only_on_request)
{
    struct bench *b = bench_new();

    ck_assert_ptr_nonnull(debug_ports_new(b->board, false, NULL));
    ck_assert_uint_eq(bench_in(b, 0xf4, 1), 0xff);
    bench_out(b, 0xf4, 1, 1);
    ck_assert_uint_eq(b->power_offs, 0);
    ck_assert_ptr_null(debug_ports_new(b->board, false, NULL));
    bench_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("debug_ports");

    CHECK_CASE(suite, "ports", both_ports_read_e9h_and_pass_characters_on,
               exit_port_ends_the_machine_with_2v_plus_1, exit_port_is_there_only_on_request);
    generic_tests(suite, &chip_debug_ports);
    return check_main(suite);
}
