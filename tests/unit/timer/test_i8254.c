/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 8254: the sentences of its data sheet.  Time is told in input clocks. */
#include "devices/timer/i8254.h"
#include "tests/check_main.h"
#include "tests/unit/timer/chip_i8254.h"

static struct bench *b;
static struct device *pit;

static void out(uint16_t port, uint8_t value)
{
    bench_out(b, port, value, 1);
}

static uint8_t in(uint16_t port)
{
    return (uint8_t)bench_in(b, port, 1);
}

/* The middle of input clock n since power-on. */
static void at(uint64_t n)
{
    unsigned __int128 ns = ((unsigned __int128)n * 2 + 1) * 6000000000u / 14318180u;

    vclock_advance(b->board->clock, (uint64_t)ns);
}

static void begin(void)
{
    struct error err;

    b = bench_new();
    pit = i8254_new(b->board, bench_irq(b, 0), &err);
    ck_assert_ptr_nonnull(pit);
    at(0);
}

static void end(void)
{
    bench_free(b);
}

/* Mode and count of a counter, low byte then high byte; the counter is loaded one clock later. */
static void program(unsigned n, unsigned mode, uint16_t count)
{
    out(0x43, (uint8_t)(n << 6 | 0x30 | mode << 1));
    out((uint16_t)(0x40 + n), (uint8_t)count);
    out((uint16_t)(0x40 + n), (uint8_t)(count >> 8));
}

static uint16_t count_of(unsigned n)
{
    uint8_t low;

    out(0x43, (uint8_t)(n << 6));
    low = in((uint16_t)(0x40 + n));
    return (uint16_t)(low | in((uint16_t)(0x40 + n)) << 8);
}

static uint8_t status_of(unsigned n)
{
    out(0x43, (uint8_t)(0xe0 | 2u << n));
    return in((uint16_t)(0x40 + n));
}

#define OUT2(level) ck_assert_int_eq(i8254_out2(pit), level)

START_TEST(mode_0_rises_n_plus_1_clocks_after_the_count)
{
    begin();
    program(0, 0, 4);
    ck_assert(!b->level[0]);
    at(1);
    ck_assert_uint_eq(count_of(0), 4);
    at(4);
    ck_assert_uint_eq(count_of(0), 1);
    ck_assert(!b->level[0]);
    at(5);
    ck_assert_uint_eq(count_of(0), 0);
    ck_assert(b->level[0]);
    at(6);
    ck_assert_uint_eq(count_of(0), 0xffff); /* and goes on counting */
    at(100000);
    ck_assert_uint_eq(b->edges[0], 1);
    program(0, 0, 2);
    ck_assert(!b->level[0]);
    at(100003);
    ck_assert_uint_eq(b->edges[0], 2);
    end();
}
END_TEST

START_TEST(mode_0_first_byte_stops_the_count)
{
    begin();
    program(0, 0, 10);
    at(5);
    out(0x40, 0x20);
    at(50);
    ck_assert(!b->level[0]);
    ck_assert_uint_eq(count_of(0), 6);
    out(0x40, 0);
    at(51);
    ck_assert_uint_eq(count_of(0), 0x20);
    at(50 + 0x20);
    ck_assert(!b->level[0]);
    at(51 + 0x20);
    ck_assert(b->level[0]);
    end();
}
END_TEST

START_TEST(mode_0_gate_disables_counting)
{
    begin();
    program(2, 0, 5); /* GATE2 is low */
    at(20);
    ck_assert_uint_eq(count_of(2), 5);
    i8254_set_gate2(pit, true);
    at(22);
    ck_assert_uint_eq(count_of(2), 3);
    i8254_set_gate2(pit, false);
    i8254_set_gate2(pit, false);
    at(30);
    ck_assert_uint_eq(count_of(2), 3);
    OUT2(0);
    i8254_set_gate2(pit, true);
    at(32);
    OUT2(0);
    at(33);
    OUT2(1);
    i8254_set_gate2(pit, false);
    OUT2(1);
    end();
}
END_TEST

START_TEST(mode_1_is_a_retriggerable_one_shot)
{
    begin();
    program(2, 1, 3);
    OUT2(1);
    at(5);
    OUT2(1);
    i8254_set_gate2(pit, true);
    OUT2(1);
    at(6);
    OUT2(0);
    at(8);
    OUT2(0);
    i8254_set_gate2(pit, false);
    i8254_set_gate2(pit, true);
    at(11);
    OUT2(0);
    at(12);
    OUT2(1);
    at(13);
    ck_assert_uint_eq(count_of(2), 0xffff);
    /* A new count waits for the next trigger. */
    i8254_set_gate2(pit, false);
    i8254_set_gate2(pit, true);
    at(14);
    OUT2(0);
    out(0x42, 9);
    out(0x42, 0);
    ck_assert_uint_eq(status_of(2) & 0x40, 0x40);
    at(17);
    OUT2(1);
    i8254_set_gate2(pit, false);
    i8254_set_gate2(pit, true);
    at(18);
    ck_assert_uint_eq(status_of(2) & 0x40, 0);
    ck_assert_uint_eq(count_of(2), 9);
    at(26);
    OUT2(0);
    at(27);
    OUT2(1);
    end();
}
END_TEST

START_TEST(mode_1_without_a_count_ignores_the_trigger)
{
    begin();
    out(0x43, 0xb2);
    i8254_set_gate2(pit, true);
    at(10);
    OUT2(1);
    ck_assert_uint_eq(status_of(2) & 0x40, 0x40);
    end();
}
END_TEST

START_TEST(mode_2_divides_by_n)
{
    begin();
    program(0, 2, 4);
    ck_assert(b->level[0]);
    ck_assert_uint_eq(b->edges[0], 1); /* OUT rises with the control word */
    at(1);
    ck_assert_uint_eq(count_of(0), 4);
    ck_assert_uint_eq(status_of(0), 0x80 | 0x34);
    at(4);
    ck_assert_uint_eq(count_of(0), 1);
    ck_assert_uint_eq(status_of(0), 0x34);
    ck_assert_uint_eq(b->edges[0], 1);
    at(5);
    ck_assert_uint_eq(count_of(0), 4);
    ck_assert_uint_eq(b->edges[0], 2);
    at(1 + 4 * 1000);
    ck_assert_uint_eq(b->edges[0], 1001);
    end();
}
END_TEST

START_TEST(mode_2_new_count_comes_after_the_current_cycle)
{
    begin();
    program(0, 2, 10);
    at(4);
    out(0x40, 4);
    ck_assert_uint_eq(status_of(0) & 0x40, 0);
    out(0x40, 0);
    ck_assert_uint_eq(status_of(0) & 0x40, 0x40);
    at(10);
    ck_assert_uint_eq(count_of(0), 1);
    at(11);
    ck_assert_uint_eq(count_of(0), 4);
    ck_assert_uint_eq(status_of(0) & 0x40, 0);
    ck_assert_uint_eq(b->edges[0], 2);
    at(15);
    ck_assert_uint_eq(b->edges[0], 3);
    end();
}
END_TEST

START_TEST(mode_2_gate_synchronizes_the_counter)
{
    begin();
    program(2, 2, 5);
    OUT2(1);
    at(3);
    ck_assert_uint_eq(count_of(2), 5);
    i8254_set_gate2(pit, true);
    at(8);
    ck_assert_uint_eq(count_of(2), 1);
    OUT2(0);
    i8254_set_gate2(pit, false);
    OUT2(1); /* "if GATE goes low during an output pulse, OUT is set high immediately" */
    at(20);
    ck_assert_uint_eq(count_of(2), 1);
    i8254_set_gate2(pit, true);
    at(21);
    ck_assert_uint_eq(count_of(2), 5);
    end();
}
END_TEST

START_TEST(mode_3_even_count_is_a_square_wave)
{
    begin();
    program(2, 3, 6);
    i8254_set_gate2(pit, true);
    for (unsigned i = 0; i < 24; i++) {
        at(1 + i);
        OUT2(i % 6 < 3);
        ck_assert_uint_eq(count_of(2), 6 - 2 * (i % 3));
    }
    end();
}
END_TEST

START_TEST(mode_3_odd_count_is_high_one_clock_longer)
{
    static const uint8_t counts[5] = { 4, 2, 0, 4, 2 };

    begin();
    program(2, 3, 5);
    i8254_set_gate2(pit, true);
    for (unsigned i = 0; i < 25; i++) {
        at(1 + i);
        OUT2(i % 5 < 3);
        ck_assert_uint_eq(count_of(2), counts[i % 5]);
    }
    end();
}
END_TEST

START_TEST(mode_3_new_count_comes_after_the_current_half)
{
    begin();
    program(0, 3, 20);
    at(5);
    out(0x40, 6);
    out(0x40, 0);
    at(10);
    ck_assert_uint_eq(status_of(0) & 0x80, 0x80);
    at(11);
    ck_assert_uint_eq(status_of(0) & 0x80, 0);
    ck_assert_uint_eq(count_of(0), 6);
    ck_assert_uint_eq(b->edges[0], 1);
    at(14);
    ck_assert_uint_eq(status_of(0) & 0x80, 0x80);
    ck_assert_uint_eq(b->edges[0], 2);
    at(14 + 6 * 100);
    ck_assert_uint_eq(b->edges[0], 102);
    /* A count that came long ago, looked at late. */
    out(0x40, 8);
    out(0x40, 0);
    at(617 + 8 * 5 + 1);
    ck_assert_uint_eq(status_of(0) & 0x80, 0);
    ck_assert_uint_eq(count_of(0), 6);
    end();
}
END_TEST

START_TEST(mode_3_gate_low_sets_out_high)
{
    begin();
    program(2, 3, 6);
    i8254_set_gate2(pit, true);
    at(5);
    OUT2(0);
    i8254_set_gate2(pit, false);
    OUT2(1);
    at(17);
    OUT2(1);
    i8254_set_gate2(pit, true);
    at(20);
    OUT2(1);
    at(21);
    OUT2(0);
    end();
}
END_TEST

START_TEST(mode_4_strobes_for_one_clock)
{
    begin();
    program(2, 4, 3);
    i8254_set_gate2(pit, true);
    at(3);
    OUT2(1);
    at(4);
    OUT2(0);
    at(5);
    OUT2(1);
    at(70000);
    OUT2(1);
    program(0, 4, 3);
    ck_assert_uint_eq(b->edges[0], 1);
    at(70000 + 100000);
    ck_assert_uint_eq(b->edges[0], 2);
    end();
}
END_TEST

START_TEST(mode_5_strobes_after_a_trigger)
{
    begin();
    program(2, 5, 3);
    at(50);
    OUT2(1);
    i8254_set_gate2(pit, true);
    at(53);
    OUT2(1);
    at(54);
    OUT2(0);
    at(55);
    OUT2(1);
    end();
}
END_TEST

START_TEST(counter_0_never_sees_a_trigger)
{
    begin();
    program(0, 1, 3);
    program(0, 5, 3);
    at(1000);
    ck_assert_uint_eq(b->edges[0], 1);
    end();
}
END_TEST

START_TEST(mode_bit_2_does_not_matter_in_modes_2_and_3)
{
    begin();
    program(0, 6, 4);
    at(1 + 4 * 10);
    ck_assert_uint_eq(b->edges[0], 11);
    ck_assert_uint_eq(status_of(0), 0x80 | 0x3c);
    program(0, 7, 4);
    at(42 + 2);
    ck_assert_uint_eq(status_of(0), 0x3e);
    end();
}
END_TEST

START_TEST(count_of_0_is_65536_and_in_bcd_10000)
{
    begin();
    program(0, 2, 0);
    at(1);
    ck_assert_uint_eq(count_of(0), 0);
    at(2);
    ck_assert_uint_eq(count_of(0), 65535);
    at(65537);
    ck_assert_uint_eq(b->edges[0], 2);
    out(0x43, 0x35);
    out(0x40, 0);
    out(0x40, 0);
    at(65539);
    ck_assert_uint_eq(count_of(0), 0x9999);
    at(65537 + 1235);
    ck_assert_uint_eq(count_of(0), 0x8766);
    at(65538 + 10000);
    ck_assert_uint_eq(b->edges[0], 3);
    end();
}
END_TEST

START_TEST(count_of_1_is_illegal_and_keeps_out_high)
{
    begin();
    program(2, 2, 1);
    i8254_set_gate2(pit, true);
    at(10);
    OUT2(1);
    ck_assert_uint_eq(count_of(2), 1);
    program(2, 3, 1);
    at(20);
    OUT2(1);
    program(0, 3, 1);
    program(0, 2, 1);
    at(1000);
    ck_assert_uint_le(b->edges[0], 2);
    out(0x40, 10);
    out(0x40, 0);
    at(1000 + 101);
    ck_assert_uint_ge(b->edges[0], 10);
    end();
}
END_TEST

START_TEST(single_byte_counts)
{
    begin();
    out(0x43, 0x14); /* counter 0, low byte, mode 2 */
    out(0x40, 0x10);
    at(3);
    ck_assert_uint_eq(in(0x40), 0x0e);
    ck_assert_uint_eq(in(0x40), 0x0e);
    out(0x43, 0x24); /* high byte */
    out(0x40, 0x02);
    at(5);
    ck_assert_uint_eq(in(0x40), 0x01);
    out(0x43, 0x00);
    ck_assert_uint_eq(in(0x40), 0x01);
    end();
}
END_TEST

START_TEST(latched_count_is_held_until_it_is_read)
{
    uint8_t low;

    begin();
    program(0, 2, 0x1234);
    at(5);
    out(0x43, 0x00);
    at(1000);
    out(0x43, 0x00); /* "is ignored": the first one counts */
    ck_assert_uint_eq(in(0x40), 0x30);
    at(1500);
    ck_assert_uint_eq(in(0x40), 0x12);
    low = in(0x40); /* now the count itself */
    ck_assert_uint_eq(low, (0x1234 - 1499) & 0xff);
    out(0x43, 0x34); /* reprogramming gives up the latch */
    ck_assert_uint_eq(in(0x43), 0xff);
    end();
}
END_TEST

START_TEST(read_back_latches_several_counters_status_first)
{
    begin();
    program(0, 2, 100);
    program(2, 0, 100);
    at(11);
    out(0x43, 0xc0 | 0x02 | 0x08); /* count and status of 0 and 2 */
    at(20);
    out(0x43, 0xc0 | 0x02 | 0x08); /* ignored: nothing was read */
    ck_assert_uint_eq(in(0x40), 0x80 | 0x34);
    ck_assert_uint_eq(in(0x40), 90);
    ck_assert_uint_eq(in(0x40), 0);
    ck_assert_uint_eq(in(0x42), 0x30);
    ck_assert_uint_eq(in(0x42), 100);
    ck_assert_uint_eq(in(0x42), 0);
    out(0x43, 0xd0 | 0x02); /* count alone */
    ck_assert_uint_eq(in(0x40), 81);
    end();
}
END_TEST

START_TEST(null_count_until_the_counter_is_loaded)
{
    begin();
    out(0x43, 0x34);
    ck_assert_uint_eq(status_of(0) & 0x40, 0x40);
    out(0x40, 5);
    out(0x40, 0);
    ck_assert_uint_eq(status_of(0) & 0x40, 0x40);
    at(1);
    ck_assert_uint_eq(status_of(0) & 0x40, 0);
    end();
}
END_TEST

START_TEST(an_unprogrammed_counter_answers_nothing)
{
    begin();
    out(0x41, 0x55);
    ck_assert_uint_eq(in(0x41), 0);
    out(0x43, 0xd0 | 0x04);
    ck_assert_uint_eq(in(0x41), 0);
    end();
}
END_TEST

/* 18.2 Hz for an hour of virtual time: every edge in its place, none lost to rounding. */
START_TEST(an_hour_of_ticks_does_not_drift)
{
    uint64_t hour = 3600ull * 1000000000u;

    begin();
    program(0, 3, 0);
    at(1);
    vclock_advance(b->board->clock, hour);
    /* 3600 s are 4295454000 clocks; the first edge came with the control word. */
    ck_assert_uint_eq(b->edges[0], 1 + (4295454000u - 1) / 65536);
    end();
}
END_TEST

START_TEST(edges_come_at_the_exact_nanosecond)
{
    begin();
    program(0, 2, 1193);
    /* Loaded at clock 1, rises at clock 1194: 1194 * 12 / 14318180 s = 1000685.7 ns. */
    vclock_advance(b->board->clock, 1000685);
    ck_assert_uint_eq(b->edges[0], 1);
    vclock_advance(b->board->clock, 1000686);
    ck_assert_uint_eq(b->edges[0], 2);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("i8254");

    CHECK_CASE(suite, "modes", mode_0_rises_n_plus_1_clocks_after_the_count,
               mode_0_first_byte_stops_the_count, mode_0_gate_disables_counting,
               mode_1_is_a_retriggerable_one_shot, mode_1_without_a_count_ignores_the_trigger,
               mode_2_divides_by_n, mode_2_new_count_comes_after_the_current_cycle,
               mode_2_gate_synchronizes_the_counter, mode_3_even_count_is_a_square_wave,
               mode_3_odd_count_is_high_one_clock_longer,
               mode_3_new_count_comes_after_the_current_half, mode_3_gate_low_sets_out_high,
               mode_4_strobes_for_one_clock, mode_5_strobes_after_a_trigger,
               counter_0_never_sees_a_trigger, mode_bit_2_does_not_matter_in_modes_2_and_3,
               count_of_0_is_65536_and_in_bcd_10000, count_of_1_is_illegal_and_keeps_out_high);
    CHECK_CASE(suite, "reading", single_byte_counts, latched_count_is_held_until_it_is_read,
               read_back_latches_several_counters_status_first,
               null_count_until_the_counter_is_loaded, an_unprogrammed_counter_answers_nothing);
    CHECK_CASE(suite, "time", an_hour_of_ticks_does_not_drift, edges_come_at_the_exact_nanosecond);
    generic_tests(suite, &chip_i8254);
    return check_main(suite);
}
