/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MC146818: the sentences of its data sheet. */
#include "devices/timer/mc146818.h"
#include "tests/check_main.h"
#include "tests/unit/timer/chip_mc146818.h"

enum { SEC, SEC_A, MIN, MIN_A, HOUR, HOUR_A, WDAY, DAY, MONTH, YEAR, A, B, C, D, CENTURY = 0x32 };

static const uint64_t s = 1000000000, ms = 1000000, us = 1000;

static struct bench *b;
static struct device *rtc;

static void put(uint8_t index, uint8_t value)
{
    bench_out(b, 0x70, index, 1);
    bench_out(b, 0x71, value, 1);
}

static uint8_t get(uint8_t index)
{
    bench_out(b, 0x70, index, 1);
    return (uint8_t)bench_in(b, 0x71, 1);
}

static void at(uint64_t ns)
{
    vclock_advance(b->board->clock, ns);
}

static void begin_at(uint64_t wall_start)
{
    struct error err;

    b = bench_new();
    b->board->wall_start = wall_start;
    rtc = mc146818_new(b->board, bench_irq(b, 8), &err);
    ck_assert_ptr_nonnull(rtc);
}

/* 14 July 1995, 13:45:30, a Friday. */
static void begin(void)
{
    begin_at(805729530);
}

static void end(void)
{
    bench_free(b);
}

static void set_time(uint8_t hour, uint8_t minute, uint8_t second)
{
    put(HOUR, hour);
    put(MIN, minute);
    put(SEC, second);
}

#define TIME(h, m, sec)                                                                            \
    do {                                                                                           \
        ck_assert_uint_eq(get(HOUR), h);                                                           \
        ck_assert_uint_eq(get(MIN), m);                                                            \
        ck_assert_uint_eq(get(SEC), sec);                                                          \
    } while (0)
#define DATE(c, y, m, d)                                                                           \
    do {                                                                                           \
        ck_assert_uint_eq(get(CENTURY), c);                                                        \
        ck_assert_uint_eq(get(YEAR), y);                                                           \
        ck_assert_uint_eq(get(MONTH), m);                                                          \
        ck_assert_uint_eq(get(DAY), d);                                                            \
    } while (0)

START_TEST(clock_starts_from_the_wall_and_goes)
{
    begin();
    TIME(0x13, 0x45, 0x30);
    DATE(0x19, 0x95, 0x07, 0x14);
    ck_assert_uint_eq(get(WDAY), 6);
    at(s - 1);
    TIME(0x13, 0x45, 0x30);
    at(s);
    TIME(0x13, 0x45, 0x31);
    at(30 * s);
    TIME(0x13, 0x46, 0x00);
    /* Half a year that nobody looked. */
    at(184ull * 86400 * s);
    TIME(0x13, 0x45, 0x30);
    DATE(0x19, 0x96, 0x01, 0x14);
    ck_assert_uint_eq(get(WDAY), 1);
    end();
}
END_TEST

START_TEST(the_year_2000_is_a_leap_year)
{
    begin_at(951868799); /* 29 February 2000, 23:59:59 */
    DATE(0x20, 0x00, 0x02, 0x29);
    at(s);
    DATE(0x20, 0x00, 0x03, 0x01);
    TIME(0, 0, 0);
    end();
    begin_at(946684799); /* 31 December 1999 */
    DATE(0x19, 0x99, 0x12, 0x31);
    at(s);
    DATE(0x20, 0x00, 0x01, 0x01);
    ck_assert_uint_eq(get(WDAY), 7);
    end();
}
END_TEST

START_TEST(binary_mode_and_twelve_hours)
{
    begin();
    put(B, 0x06);
    set_time(23, 59, 58);
    put(DAY, 31);
    put(MONTH, 12);
    put(YEAR, 95);
    at(2 * s);
    TIME(0, 0, 0);
    DATE(0x19, 96, 1, 1);
    put(B, 0x00); /* BCD, 12 hours */
    set_time(0x11, 0x59, 0x59);
    at(3 * s);
    TIME(0x92, 0x00, 0x00); /* noon is 12 PM */
    set_time(0x92, 0x59, 0x59);
    at(4 * s);
    TIME(0x81, 0x00, 0x00);
    set_time(0x91, 0x59, 0x59);
    at(5 * s);
    TIME(0x12, 0x00, 0x00); /* midnight is 12 AM */
    end();
}
END_TEST

START_TEST(illegal_values_become_the_lowest)
{
    begin();
    put(MONTH, 0xff);
    put(DAY, 0);
    set_time(0x77, 0x99, 0xee);
    put(CENTURY, 0xff);
    at(s);
    TIME(0, 0, 1);
    at(86400 * s);
    DATE(0x00, 0x95, 0x01, 0x02);
    end();
}
END_TEST

START_TEST(set_inhibits_updates)
{
    begin();
    put(B, 0x92);
    ck_assert_uint_eq(get(B), 0x82); /* SET clears UIE */
    at(10 * s + 500 * ms);
    TIME(0x13, 0x45, 0x30);
    ck_assert_uint_eq(get(A) & 0x80, 0);
    ck_assert_uint_eq(get(C) & 0x10, 0);
    set_time(0x01, 0x02, 0x03);
    put(B, 0x02);
    at(11 * s - 1); /* the phase of the second stays */
    TIME(0x01, 0x02, 0x03);
    at(11 * s);
    TIME(0x01, 0x02, 0x04);
    end();
}
END_TEST

START_TEST(uip_warns_244_us_before_the_update_cycle)
{
    begin();
    at(s - 2228 * us - 1);
    ck_assert_uint_eq(get(A), 0x26);
    at(s - 2228 * us);
    ck_assert_uint_eq(get(A), 0xa6);
    at(s - 1);
    ck_assert_uint_eq(get(A), 0xa6);
    at(s);
    ck_assert_uint_eq(get(A), 0x26);
    put(A, 0xa6); /* UIP is read-only */
    ck_assert_uint_eq(get(A), 0x26);
    end();
}
END_TEST

START_TEST(divider_reset_starts_the_second_anew)
{
    begin();
    at(300 * ms);
    put(A, 0x76);
    at(5 * s + 100 * ms);
    TIME(0x13, 0x45, 0x30);
    put(A, 0x26);
    at(5 * s + 600 * ms - 1);
    TIME(0x13, 0x45, 0x30);
    at(5 * s + 600 * ms);
    TIME(0x13, 0x45, 0x31);
    at(6 * s + 600 * ms);
    TIME(0x13, 0x45, 0x32);
    end();
}
END_TEST

START_TEST(update_ended_interrupt)
{
    begin();
    put(B, 0x12);
    at(s - 1);
    ck_assert(!b->level[8]);
    at(s);
    ck_assert(b->level[8]);
    ck_assert_uint_eq(get(C) & ~0x40, 0x90);
    ck_assert(!b->level[8]);
    ck_assert_uint_eq(get(C), 0);
    at(2 * s);
    ck_assert_uint_eq(b->edges[8], 2);
    at(20 * s); /* unread, it does not come again */
    ck_assert_uint_eq(b->edges[8], 2);
    end();
}
END_TEST

START_TEST(flags_are_set_without_their_enables)
{
    begin();
    get(C);
    at(s);
    ck_assert_uint_eq(get(C), 0x50);
    at(2 * s);
    put(B, 0x12); /* UF is already there: IRQF at once */
    ck_assert(b->level[8]);
    end();
}
END_TEST

START_TEST(alarm_once_a_day_and_its_dont_care_codes)
{
    begin();
    put(HOUR_A, 0x13);
    put(MIN_A, 0x46);
    put(SEC_A, 0x10);
    put(B, 0x22);
    at(40 * s - 1);
    ck_assert(!b->level[8]);
    at(40 * s);
    ck_assert(b->level[8]);
    ck_assert_uint_eq(get(C) & 0xb0, 0xb0);
    at(86400 * s);
    ck_assert_uint_eq(b->edges[8], 1);
    at((86400 + 40) * s);
    ck_assert_uint_eq(b->edges[8], 2);
    get(C);
    /* Now 13:46:10: every minute at second 5. */
    put(HOUR_A, 0xff);
    put(MIN_A, 0xc0);
    put(SEC_A, 0x05);
    at((86400 + 40 + 55) * s);
    ck_assert_uint_eq(b->edges[8], 3);
    get(C);
    put(SEC_A, 0xff); /* every second */
    at((86400 + 40 + 56) * s);
    ck_assert_uint_eq(b->edges[8], 4);
    get(C);
    put(SEC_A, 0x7a); /* a second that does not exist */
    at(3 * 86400 * s);
    ck_assert_uint_eq(b->edges[8], 4);
    ck_assert_uint_eq(get(C) & 0x20, 0);
    put(SEC_A, 0x00);
    put(MIN_A, 0x00);
    put(HOUR_A, 0x25);
    at(5 * 86400 * s);
    ck_assert_uint_eq(b->edges[8], 4);
    end();
}
END_TEST

START_TEST(alarm_flag_without_its_enable)
{
    begin();
    put(HOUR_A, 0x14);
    put(MIN_A, 0x00);
    put(SEC_A, 0x00);
    get(C);
    at(600 * s);
    ck_assert_uint_eq(get(C) & 0x20, 0);
    at(1200 * s);
    ck_assert_uint_eq(get(C) & 0x20, 0x20);
    end();
}
END_TEST

/* Periodic rates of the table for a 32.768 kHz time base. */
START_TEST(periodic_interrupt_at_all_rates)
{
    static const uint16_t hz[16] = { 0,   256, 128, 8192, 4096, 2048, 1024, 512,
                                     256, 128, 64,  32,   16,   8,    4,    2 };

    for (unsigned rs = 0; rs < 16; rs++) {
        begin();
        put(A, (uint8_t)(0x20 | rs));
        put(B, 0x42);
        for (unsigned i = 0; i < 3u * hz[rs]; i++) {
            vclock_step(b->board->clock, 3 * s);
            ck_assert(b->level[8]);
            ck_assert_uint_eq(get(C) & 0xc0, 0xc0);
        }
        ck_assert_uint_eq(b->edges[8], 3u * hz[rs]);
        ck_assert_uint_eq(vclock_now(b->board->clock), hz[rs] ? 3 * s : 0);
        end();
    }
}
END_TEST

START_TEST(periodic_phase_follows_the_divider)
{
    begin();
    at(100 * ms);
    put(A, 0x70);
    put(A, 0x2f); /* 2 Hz; first update after 500 ms */
    get(C);
    put(B, 0x42);
    at(600 * ms - 1);
    ck_assert_uint_eq(b->edges[8], 0);
    at(600 * ms);
    ck_assert_uint_eq(b->edges[8], 1);
    get(C);
    at(1100 * ms - 1);
    ck_assert_uint_eq(b->edges[8], 1);
    at(1100 * ms);
    ck_assert_uint_eq(b->edges[8], 2);
    put(A, 0x70); /* stopped */
    get(C);
    at(9 * s);
    ck_assert_uint_eq(b->edges[8], 2);
    end();
}
END_TEST

/* The last Sundays of April and October 1995 are the 30th and the 29th. */
START_TEST(daylight_saving)
{
    begin_at(799207199); /* 30 April 1995, 01:59:59 */
    put(B, 0x03);
    at(s);
    TIME(0x03, 0x00, 0x00);
    end();
    begin_at(814931999); /* 29 October 1995, 01:59:59 */
    put(B, 0x03);
    at(s);
    TIME(0x01, 0x00, 0x00);
    at(3601 * s); /* once only */
    TIME(0x02, 0x00, 0x00);
    at(2 * 86400 * s);
    DATE(0x19, 0x95, 0x10, 0x31);
    end();
    begin();
    put(B, 0x03); /* July: nothing, over several days */
    put(HOUR_A, 0x02);
    put(MIN_A, 0x00);
    put(SEC_A, 0x00);
    put(B, 0x23);
    at(5 * 86400 * s);
    TIME(0x13, 0x45, 0x30);
    ck_assert_uint_eq(b->edges[8], 1);
    end();
}
END_TEST

START_TEST(the_guest_sets_its_clock)
{
    begin();
    at(10 * s);
    put(HOUR, 0x14); /* no SET: it is done when nothing follows for a while */
    at(10 * s + 50 * ms);
    put(MIN, 0x50);
    at(10 * s + 140 * ms);
    put(SEC, 0x40);
    at(10 * s + 239 * ms);
    ck_assert_uint_eq(b->clock_sets, 0);
    at(10 * s + 240 * ms);
    ck_assert_uint_eq(b->clock_sets, 1);
    ck_assert_int_eq(b->clock_offset, 3600 + 300);
    put(MIN, 0x45);
    put(B, 0x82);
    put(YEAR, 0x94);
    put(HOUR, 0x13);
    at(10 * s + 900 * ms);
    ck_assert_uint_eq(b->clock_sets, 1); /* not before SET is gone */
    put(B, 0x02);
    ck_assert_uint_eq(b->clock_sets, 2);
    ck_assert_int_eq(b->clock_offset, -365 * 86400);
    put(B, 0x82);
    put(B, 0x02);
    put(SEC_A, 1);
    put(0x40, 1);
    ck_assert_uint_eq(b->clock_sets, 2); /* nothing new */
    put(HOUR, 0x15);
    device_reset(rtc, RESET_HARD); /* what was begun is done */
    ck_assert_uint_eq(b->clock_sets, 3);
    ck_assert_int_eq(b->clock_offset, -365 * 86400 + 2 * 3600);
    at(12 * s);
    ck_assert_uint_eq(b->clock_sets, 3);
    end();
}
END_TEST

START_TEST(following_keeps_what_the_guest_set)
{
    begin();
    put(HOUR, 0x14);
    at(10 * s);
    TIME(0x14, 0x45, 0x40);
    mc146818_follow(rtc, 805729530 + 86400); /* a day passed elsewhere */
    TIME(0x14, 0x45, 0x30);
    DATE(0x19, 0x95, 0x07, 0x15);
    ck_assert_uint_eq(get(WDAY), 7);
    at(15 * s);
    TIME(0x14, 0x45, 0x35);
    mc146818_follow(rtc, 805729530 - 86400 * 3); /* and back */
    TIME(0x14, 0x45, 0x30);
    DATE(0x19, 0x95, 0x07, 0x11);
    ck_assert_uint_eq(get(WDAY), 3);
    ck_assert_uint_eq(b->clock_sets, 1);
    mc146818_follow(rtc, 805729530 - 86400 * 3 - 1); /* not for one second */
    TIME(0x14, 0x45, 0x30);
    put(HOUR, 0x14); /* as it is */
    ck_assert_uint_eq(b->clock_sets, 1);
    put(B, 0x82);
    mc146818_follow(rtc, 805729530);
    DATE(0x19, 0x95, 0x07, 0x11); /* the guest is at it */
    end();
}
END_TEST

START_TEST(following_over_the_alarm_rings_it)
{
    begin();
    put(HOUR_A, 0x14);
    put(MIN_A, 0x00);
    put(SEC_A, 0x00);
    put(B, 0x22);
    at(10 * s);
    mc146818_follow(rtc, 805729530 + 600);
    ck_assert(!b->level[8]);
    mc146818_follow(rtc, 805729530 + 3600);
    ck_assert(b->level[8]);
    ck_assert_uint_eq(get(C) & 0xa0, 0xa0);
    end();
}
END_TEST

START_TEST(a_frozen_clock_stands_still_and_interrupts)
{
    b = bench_new();
    b->board->wall_start = 805729530;
    b->board->wall_frozen = true;
    rtc = mc146818_new(b->board, bench_irq(b, 8), NULL);
    put(B, 0x12);
    for (unsigned i = 1; i <= 100; i++) {
        at(i * s);
        ck_assert_uint_eq(get(C) & 0x90, 0x90);
    }
    TIME(0x13, 0x45, 0x30);
    DATE(0x19, 0x95, 0x07, 0x14);
    at(101 * s - 2228 * us);
    ck_assert_uint_eq(get(A), 0xa6); /* update cycles go on */
    put(A, 0x2f);
    put(B, 0x42);
    get(C);
    b->edges[8] = 0;
    for (unsigned i = 0; i < 20; i++) {
        vclock_step(b->board->clock, 200 * s);
        get(C);
    }
    ck_assert_uint_eq(b->edges[8], 20); /* the periodic interrupt too */
    put(HOUR_A, 0x13); /* an alarm for the present rings at each update, another never */
    put(MIN_A, 0xc0);
    put(SEC_A, 0x30);
    put(B, 0x22);
    get(C);
    at(300 * s);
    ck_assert_uint_eq(get(C) & 0xa0, 0xa0);
    put(SEC_A, 0x31);
    get(C);
    at(90000 * s);
    ck_assert_uint_eq(get(C) & 0x20, 0);
    put(MIN, 0x50); /* what the guest sets stays */
    at(90100 * s);
    TIME(0x13, 0x50, 0x30);
    ck_assert_int_eq(b->clock_offset, 300);
    device_reset(rtc, RESET_POWER_ON);
    TIME(0x13, 0x45, 0x30);
    end();
}
END_TEST

START_TEST(register_d_says_ram_and_time_are_valid)
{
    begin();
    ck_assert_uint_eq(get(D), 0x80);
    put(D, 0);
    put(C, 0xff);
    ck_assert_uint_eq(get(D), 0x80);
    ck_assert_uint_eq(get(C), 0);
    end();
}
END_TEST

START_TEST(both_banks_are_ram)
{
    begin();
    for (unsigned i = 0x0e; i < 0x80; i++)
        if (i != CENTURY)
            put((uint8_t)(i | 0x80), (uint8_t)(i ^ 0x5a));
    for (unsigned i = 0; i < 0x80; i++) {
        bench_out(b, 0x72, i | 0x80, 1);
        bench_out(b, 0x73, i ^ 0xa5, 1);
    }
    for (unsigned i = 0x0e; i < 0x80; i++)
        if (i != CENTURY)
            ck_assert_uint_eq(get((uint8_t)i), i ^ 0x5a);
    ck_assert_uint_eq(bench_in(b, 0x72, 1), 0x7f);
    ck_assert_uint_eq(bench_in(b, 0x73, 1), 0x7f ^ 0xa5);
    ck_assert_uint_eq(bench_in(b, 0x70, 1), 0xff);
    mc146818_set(rtc, 0x10, 0x40);
    ck_assert_uint_eq(get(0x10), 0x40);
    ck_assert_uint_eq(mc146818_get(rtc, 0x10), 0x40);
    end();
}
END_TEST

START_TEST(bit_7_of_the_index_masks_nmi)
{
    begin();
    ck_assert(!mc146818_nmi_masked(rtc));
    bench_out(b, 0x70, 0x8f, 1);
    ck_assert(mc146818_nmi_masked(rtc));
    end();
}
END_TEST

START_TEST(reset_clears_enables_and_keeps_time_and_ram)
{
    begin();
    put(0x20, 0x77);
    put(B, 0x7a);
    at(10 * s);
    ck_assert(b->level[8]);
    device_reset(rtc, RESET_HARD);
    ck_assert(!b->level[8]);
    ck_assert_uint_eq(get(B), 0x02);
    ck_assert_uint_eq(get(C), 0);
    ck_assert_uint_eq(get(0x20), 0x77);
    TIME(0x13, 0x45, 0x40);
    device_reset(rtc, RESET_POWER_ON);
    ck_assert_uint_eq(get(0x20), 0);
    TIME(0x13, 0x45, 0x40);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mc146818");

    CHECK_CASE(suite, "time", clock_starts_from_the_wall_and_goes, the_year_2000_is_a_leap_year,
               binary_mode_and_twelve_hours, illegal_values_become_the_lowest, set_inhibits_updates,
               uip_warns_244_us_before_the_update_cycle, divider_reset_starts_the_second_anew,
               daylight_saving, the_guest_sets_its_clock, following_keeps_what_the_guest_set,
               following_over_the_alarm_rings_it, a_frozen_clock_stands_still_and_interrupts);
    CHECK_CASE(suite, "interrupts", update_ended_interrupt, flags_are_set_without_their_enables,
               alarm_once_a_day_and_its_dont_care_codes, alarm_flag_without_its_enable,
               periodic_interrupt_at_all_rates, periodic_phase_follows_the_divider);
    CHECK_CASE(suite, "registers", register_d_says_ram_and_time_are_valid, both_banks_are_ram,
               bit_7_of_the_index_masks_nmi, reset_clears_enables_and_keeps_time_and_ram);
    generic_tests(suite, &chip_mc146818);
    return check_main(suite);
}
