/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Speeds as text, and how a machine of limited speed keeps step. */
#include <string.h>

#include "core/pace.h"
#include "core/speed.h"
#include "tests/check_main.h"

START_TEST(a_speed_is_full_or_a_name_or_compute_units)
{
    uint64_t speed = 1;

    ck_assert(speed_parse("full", &speed));
    ck_assert_uint_eq(speed, SPEED_FULL);
    ck_assert(speed_parse("386DX-33", &speed));
    ck_assert_uint_eq(speed, 11400000);
    ck_assert(speed_parse("486dx2-66", &speed));
    ck_assert_uint_eq(speed, 54000000);
    ck_assert(speed_parse("7.5", &speed));
    ck_assert_uint_eq(speed, 7500000);
    ck_assert(speed_parse("0.1", &speed));
    ck_assert_uint_eq(speed, SPEED_LEAST);
    ck_assert(speed_parse("100000", &speed));
    ck_assert_uint_eq(speed, SPEED_MOST);
    ck_assert(speed_parse("1.000001", &speed));
    ck_assert_uint_eq(speed, 1000001);
}
END_TEST

START_TEST(anything_else_is_refused)
{
    static const char *const wrong[] = {
        "",       "0",      "0.09",          "-1",
        "1e3",    ".",      "1..2",          "1.0000001",
        "386SX",  "fulll",  "1,5",           " 1",
        "100001", "386DX-", "100000.000001", "99999999999999999999999999"
    };
    uint64_t speed;

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!speed_parse(wrong[i], &speed), "\"%s\" was taken", wrong[i]);
}
END_TEST

START_TEST(the_text_of_a_speed_means_that_speed)
{
    static const uint64_t speeds[] = { 0,       100000,     100001,         11400000,  11400001,
                                       7500000, 1000000000, SPEED_MOST - 1, SPEED_MOST };
    char text[SPEED_TEXT];
    uint64_t again;

    for (unsigned i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
        ck_assert(speed_parse(speed_text(speeds[i], text), &again));
        ck_assert_uint_eq(again, speeds[i]);
    }
    ck_assert_str_eq(speed_text(7500000, text), "7.5");
    ck_assert_str_eq(speed_text(30000000, text), "30");
    ck_assert_str_eq(speed_text(54000000, text), "486DX2-66");
}
END_TEST

START_TEST(names_are_in_order_and_all_in_the_list)
{
    for (const struct speed_name *n = speed_names; n->name; n++) {
        ck_assert_uint_ge(n->speed, SPEED_LEAST);
        ck_assert(!n[1].name || n->speed < n[1].speed);
        ck_assert_ptr_nonnull(strstr(speed_list(), n->name));
    }
}
END_TEST

START_TEST(so_many_instructions_take_so_long)
{
    ck_assert_uint_eq(speed_to_ns(11400000, 11400), 1000000);
    ck_assert_uint_eq(speed_to_insns(11400000, 1000000), 11400);
    ck_assert_uint_eq(speed_to_insns(11400000, 1000001), 11401); /* up */
    ck_assert_uint_eq(speed_to_ns(SPEED_LEAST, UINT64_C(1) << 40), UINT64_C(10995116277760000));
    for (uint64_t ns = 1; ns < 1000000; ns = ns * 3 + 1)
        ck_assert_uint_ge(speed_to_ns(218900000, speed_to_insns(218900000, ns)), ns);
}
END_TEST

START_TEST(time_by_instructions_is_made_up_for_a_busy_host)
{
    struct pace p = { 0 };

    ck_assert_uint_eq(pace_meter(&p, 1000, -500), 1000); /* ahead: it will wait */
    ck_assert_int_eq(p.lead, 500);
    ck_assert_uint_eq(pace_meter(&p, 1000, 15000000), 1000); /* behind: it will hurry */
    ck_assert_int_eq(p.lead, -15000000);
    ck_assert(!p.behind);
}
END_TEST

START_TEST(time_goes_on_where_the_engine_does_not_reach_the_speed)
{
    struct pace p = { 0 };

    ck_assert_uint_eq(pace_meter(&p, 1000, PACE_LAG_NS + 777), 1777);
    ck_assert_int_eq(p.lead, -(int64_t)PACE_LAG_NS);
    ck_assert(p.behind);
    pace_meter(&p, 1777, 0);
    ck_assert(!p.behind);
}
END_TEST

START_TEST(work_earns_rest_by_the_ratio_of_speeds)
{
    struct pace p = { 0 };

    pace_worked(&p, 10 * SPEED_UNIT, 100, 50000); /* a tenth: nine times as much rest */
    ck_assert_uint_ge(p.owed, 449990);
    ck_assert_uint_le(p.owed, 450010);
    pace_rested(&p, 400000);
    ck_assert_uint_le(p.owed, 50010);
    pace_rested(&p, 400000);
    ck_assert_uint_eq(p.owed, 0);
    pace_worked(&p, 10 * SPEED_UNIT, 10, 50000);
    pace_worked(&p, 10 * SPEED_UNIT, 0, 50000); /* unknown: all that it can */
    ck_assert_uint_eq(p.owed, 0);
}
END_TEST

START_TEST(no_slice_of_work_is_longer_than_a_millisecond)
{
    ck_assert_uint_eq(pace_slice(10 * SPEED_UNIT, 20), 500000);
    ck_assert_uint_eq(pace_slice(10 * SPEED_UNIT, 5), 1000000);
    ck_assert_uint_gt(pace_slice(SPEED_LEAST, 10000), 0);
    ck_assert_uint_lt(pace_slice(SPEED_LEAST, 10000), 100000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("speed");

    CHECK_CASE(suite, "text", a_speed_is_full_or_a_name_or_compute_units, anything_else_is_refused,
               the_text_of_a_speed_means_that_speed, names_are_in_order_and_all_in_the_list);
    CHECK_CASE(suite, "time", so_many_instructions_take_so_long,
               time_by_instructions_is_made_up_for_a_busy_host,
               time_goes_on_where_the_engine_does_not_reach_the_speed,
               work_earns_rest_by_the_ratio_of_speeds,
               no_slice_of_work_is_longer_than_a_millisecond);
    return check_main(suite);
}
