/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The printer port without a printer. */
#include "core/state.h"
#include "devices/serial/parallel.h"
#include "tests/check_main.h"
#include "tests/unit/serial/chips.h"

static struct bench *b;

static void setup(void)
{
    b = bench_new();
    ck_assert_ptr_nonnull(parallel_new(b->board, "lpt", 0x378, bench_irq(b, 7), NULL));
}

START_TEST(data_latch_is_read_back)
{
    setup();
    bench_out(b, 0x37a, 0xdf, 1); /* how SeaBIOS looks for a port */
    bench_out(b, 0x378, 0xaa, 1);
    ck_assert_uint_eq(bench_in(b, 0x378, 1), 0xaa);
    bench_out(b, 0x378, 0x55, 1);
    ck_assert_uint_eq(bench_in(b, 0x378, 1), 0x55);
    bench_free(b);
}
END_TEST

START_TEST(control_latch_holds_five_bits)
{
    setup();
    bench_out(b, 0x37a, 0xff, 1);
    ck_assert_uint_eq(bench_in(b, 0x37a, 1), 0xdf);
    bench_out(b, 0x37a, 0x0c, 1);
    ck_assert_uint_eq(bench_in(b, 0x37a, 1), 0xcc);
    bench_free(b);
}
END_TEST

START_TEST(unplugged_printer_is_busy_and_never_acknowledges)
{
    setup();
    ck_assert_uint_eq(bench_in(b, 0x379, 1), 0x7f);
    bench_out(b, 0x379, 0, 1);
    ck_assert_uint_eq(bench_in(b, 0x379, 1), 0x7f);
    bench_out(b, 0x37a, 0x1d, 1);
    bench_run(b, 1000000000);
    ck_assert_uint_eq(b->edges[7], 0);
    bench_free(b);
}
END_TEST

START_TEST(impossible_control_bits_are_refused)
{
    struct state_buffer buf = { 0 };
    struct error err = { { 0 } };
    size_t at = 0;
    struct bench *other;

    setup();
    bench_out(b, 0x37a, 0x0c, 1);
    state_save_board(&buf, b->board);
    ck_assert(state_load_board(buf.data, buf.used, &at, b->board, NULL));
    ck_assert_uint_eq(bench_in(b, 0x37a, 1), 0xcc);
    bench_free(b);
    /* The control register is the last byte before the checksum. */
    buf.data[buf.used - 5] = 0x20;
    for (size_t i = 0, start = 0; i < buf.used; i++) {
        size_t n = buf.data[start];
        uint32_t len = buf.data[start + n + 3] | (uint32_t)buf.data[start + n + 4] << 8;
        uint32_t crc = state_crc32(0, buf.data + start, n + 7 + len);

        for (unsigned k = 0; k < 4; k++)
            buf.data[start + n + 7 + len + k] = (uint8_t)(crc >> 8 * k);
        start += n + 11 + len;
        i = start - 1;
    }
    other = bench_new();
    ck_assert_ptr_nonnull(parallel_new(other->board, "lpt", 0x378, bench_irq(other, 7), NULL));
    at = 0;
    ck_assert(!state_load_board(buf.data, buf.used, &at, other->board, &err));
    ck_assert_str_eq(err.text, "lpt: a reserved bit is set");
    state_buffer_free(&buf);
    bench_free(other);
}
END_TEST

START_TEST(ports_that_are_taken_are_an_error)
{
    setup();
    ck_assert_ptr_null(parallel_new(b->board, "lpt2", 0x378, bench_irq(b, 5), NULL));
    bench_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parallel");

    CHECK_CASE(suite, "registers", data_latch_is_read_back, control_latch_holds_five_bits,
               unplugged_printer_is_busy_and_never_acknowledges,
               impossible_control_bits_are_refused, ports_that_are_taken_are_an_error);
    generic_tests(suite, &chip_parallel);
    return check_main(suite);
}
