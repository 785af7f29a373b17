/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual clock: order of firing, what now is when, and the driver's finer time. */
#include <stdlib.h>

#include "core/vclock.h"
#include "tests/check_main.h"

enum { TIMERS = 40 };

static struct vclock *clock_;
static struct vtimer timers[TIMERS];
static unsigned fired[1000], fired_count;
static uint64_t fired_at[1000];

static void note(void *ctx)
{
    fired_at[fired_count] = vclock_now(clock_);
    fired[fired_count++] = (unsigned)((struct vtimer *)ctx - timers);
}

static void setup(void)
{
    clock_ = vclock_new();
    for (unsigned i = 0; i < TIMERS; i++)
        vtimer_init(&timers[i], clock_, note, &timers[i]);
    fired_count = 0;
}

static void teardown(void)
{
    for (unsigned i = 0; i < TIMERS; i++)
        vtimer_done(&timers[i]);
    ck_assert_uint_eq(vclock_timers(clock_), 0);
    vclock_free(clock_);
}

START_TEST(all_timers_up_to_and_including_to_fire_in_order)
{
    vtimer_arm(&timers[0], 300);
    vtimer_arm(&timers[1], 100);
    vtimer_arm(&timers[2], 200);
    vtimer_arm(&timers[3], 201);
    vclock_advance(clock_, 200);
    ck_assert_uint_eq(fired_count, 2);
    ck_assert_uint_eq(fired[0], 1);
    ck_assert_uint_eq(fired[1], 2);
    ck_assert_uint_eq(vclock_now(clock_), 200);
    ck_assert_uint_eq(vclock_next(clock_), 201);
    vclock_advance(clock_, 1000);
    ck_assert_uint_eq(fired_count, 4);
    ck_assert_uint_eq(fired[2], 3);
    ck_assert_uint_eq(fired[3], 0);
    ck_assert_uint_eq(vclock_next(clock_), VCLOCK_NEVER);
}
END_TEST

START_TEST(equal_deadlines_fire_in_order_of_creation)
{
    for (unsigned i = TIMERS; i-- > 0;)
        vtimer_arm(&timers[i * 7 % TIMERS], 500);
    vtimer_arm(&timers[5], 900); /* moved away and back: its place is its creation's */
    vtimer_arm(&timers[5], 500);
    vclock_advance(clock_, 500);
    ck_assert_uint_eq(fired_count, TIMERS);
    for (unsigned i = 0; i < TIMERS; i++)
        ck_assert_uint_eq(fired[i], i);
}
END_TEST

START_TEST(inside_a_callback_now_is_that_timers_deadline)
{
    vtimer_arm(&timers[0], 10);
    vtimer_arm(&timers[1], 70);
    vclock_advance(clock_, 1000);
    ck_assert_uint_eq(fired_at[0], 10);
    ck_assert_uint_eq(fired_at[1], 70);
}
END_TEST

START_TEST(a_time_in_the_past_only_fires_what_is_due)
{
    vclock_advance(clock_, 1000);
    vtimer_arm(&timers[0], 400);
    vclock_advance(clock_, 500);
    ck_assert_uint_eq(fired_count, 1);
    ck_assert_uint_eq(vclock_now(clock_), 1000);
}
END_TEST

START_TEST(a_deadline_in_the_past_fires_with_now_not_turned_back)
{
    vclock_advance(clock_, 1000);
    vtimer_arm(&timers[0], 400);
    vclock_advance(clock_, 1000);
    ck_assert_uint_eq(fired_count, 1);
    ck_assert_uint_eq(fired_at[0], 1000);
}
END_TEST

START_TEST(step_fires_only_the_earliest_deadline)
{
    vtimer_arm(&timers[0], 100);
    vtimer_arm(&timers[1], 100);
    vtimer_arm(&timers[2], 101);
    ck_assert(vclock_step(clock_, 5000));
    ck_assert_uint_eq(fired_count, 2);
    ck_assert_uint_eq(vclock_now(clock_), 100);
    ck_assert(vclock_step(clock_, 5000));
    ck_assert_uint_eq(vclock_now(clock_), 101);
    ck_assert(!vclock_step(clock_, 5000));
    ck_assert_uint_eq(vclock_now(clock_), 5000);
    vtimer_arm(&timers[0], 6000);
    ck_assert(!vclock_step(clock_, 5999));
    ck_assert_uint_eq(fired_count, 3);
    ck_assert_uint_eq(vclock_now(clock_), 5999);
}
END_TEST

/* ---- re-arming inside callbacks ---- */

static unsigned left;

static void again(void *ctx)
{
    struct vtimer *timer = ctx;

    note(ctx);
    ck_assert(!vtimer_armed(timer));
    if (left-- > 0)
        vtimer_arm(timer, timer->deadline + 10);
}

START_TEST(a_timer_may_arm_itself_again_in_its_callback)
{
    left = 5;
    timers[0].fire = again;
    vtimer_arm(&timers[0], 10);
    vtimer_arm(&timers[1], 35);
    vclock_advance(clock_, 40);
    ck_assert_uint_eq(fired_count, 5); /* 10 20 30 35 40 */
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(fired_at[i], 10 * (i + 1));
    ck_assert_uint_eq(fired[3], 1);
    ck_assert_uint_eq(fired_at[4], 40);
    ck_assert_uint_eq(vclock_next(clock_), 50);
}
END_TEST

static void cancel_next(void *ctx)
{
    note(ctx);
    vtimer_cancel((struct vtimer *)ctx + 1);
}

START_TEST(a_timer_cancelled_by_another_does_not_fire)
{
    timers[3].fire = cancel_next;
    vtimer_arm(&timers[3], 50);
    vtimer_arm(&timers[4], 50);
    vclock_advance(clock_, 60);
    ck_assert_uint_eq(fired_count, 1);
    ck_assert(!vtimer_armed(&timers[4]));
}
END_TEST

START_TEST(random_arming_and_cancelling_fires_like_a_sorted_list)
{
    uint64_t deadline[TIMERS], now = 0;
    bool armed[TIMERS] = { false };

    srand(1);
    for (unsigned round = 0; round < 4000; round++) {
        unsigned i = (unsigned)rand() % TIMERS, count = fired_count = 0;

        if (rand() % 3) {
            deadline[i] = now + (unsigned)rand() % 50;
            armed[i] = true;
            vtimer_arm(&timers[i], deadline[i]);
        } else {
            armed[i] = false;
            vtimer_cancel(&timers[i]);
        }
        now += (unsigned)rand() % 5;
        vclock_advance(clock_, now);
        for (;;) { /* by hand */
            int first = -1;

            for (int n = 0; n < TIMERS; n++)
                if (armed[n] && deadline[n] <= now && (first < 0 || deadline[n] < deadline[first]))
                    first = n;
            if (first < 0)
                break;
            armed[first] = false;
            ck_assert_uint_lt(count, fired_count);
            ck_assert_uint_eq(fired[count++], (unsigned)first);
        }
        ck_assert_uint_eq(count, fired_count);
    }
}
END_TEST

/* ---- the driver ---- */

static uint64_t fine_ns;
static unsigned cuts;

static uint64_t fine(void *ctx)
{
    (void)ctx;
    return fine_ns;
}

static void earlier(void *ctx)
{
    (void)ctx;
    cuts++;
}

START_TEST(now_is_what_the_driver_says_between_two_advances)
{
    vclock_set_driver(clock_, fine, NULL, NULL);
    fine_ns = 123;
    ck_assert_uint_eq(vclock_now(clock_), 123);
    vclock_set_driver(clock_, NULL, NULL, NULL);
    ck_assert_uint_eq(vclock_now(clock_), 123);
}
END_TEST

START_TEST(now_is_never_earlier_than_was_said_before)
{
    vclock_set_driver(clock_, fine, NULL, NULL);
    fine_ns = 500;
    ck_assert_uint_eq(vclock_now(clock_), 500);
    fine_ns = 100;
    ck_assert_uint_eq(vclock_now(clock_), 500);
    vclock_advance(clock_, 450);
    ck_assert_uint_eq(vclock_now(clock_), 500);
}
END_TEST

START_TEST(now_is_never_later_than_the_next_deadline)
{
    vclock_set_driver(clock_, fine, NULL, NULL);
    vtimer_arm(&timers[0], 300);
    fine_ns = 10000;
    ck_assert_uint_eq(vclock_now(clock_), 300);
    ck_assert_uint_eq(fired_count, 0);
    vclock_advance(clock_, 300);
    ck_assert_uint_eq(fired_count, 1);
    ck_assert_uint_eq(vclock_now(clock_), 10000);
}
END_TEST

static void ask(void *ctx)
{
    fine_ns += 1000;
    note(ctx);
}

START_TEST(the_driver_is_not_asked_inside_a_callback)
{
    vclock_set_driver(clock_, fine, NULL, NULL);
    timers[0].fire = ask;
    vtimer_arm(&timers[0], 300);
    vclock_advance(clock_, 400);
    ck_assert_uint_eq(fired_at[0], 300);
}
END_TEST

START_TEST(earlier_is_called_when_a_deadline_comes_before_all_others)
{
    cuts = 0;
    vclock_set_driver(clock_, NULL, earlier, NULL);
    vtimer_arm(&timers[0], 300);
    ck_assert_uint_eq(cuts, 1);
    vtimer_arm(&timers[1], 400);
    ck_assert_uint_eq(cuts, 1);
    vtimer_arm(&timers[1], 299);
    ck_assert_uint_eq(cuts, 2);
}
END_TEST

START_TEST(set_changes_the_time_without_firing)
{
    vclock_set(clock_, 7777);
    ck_assert_uint_eq(vclock_now(clock_), 7777);
    vtimer_arm(&timers[0], 7778);
    vclock_advance(clock_, 7778);
    ck_assert_uint_eq(fired_count, 1);
}
END_TEST

START_TEST(ticks_are_converted_without_overflow)
{
    uint64_t hz = 1193182, year_ns = 365ull * 24 * 3600 * 1000000000u;

    ck_assert_uint_eq(vclock_ticks_to_ns(hz, hz), 1000000000u);
    ck_assert_uint_eq(vclock_ns_to_ticks(year_ns * 20, hz), 365ull * 24 * 3600 * 20 * hz);
    for (uint64_t ticks = 0; ticks < 100000; ticks += 37) {
        uint64_t first = vclock_tick_deadline(ticks, hz);

        ck_assert_uint_ge(vclock_ns_to_ticks(first, hz), ticks);
        if (first)
            ck_assert_uint_lt(vclock_ns_to_ticks(first - 1, hz), ticks);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vclock");
    TCase *tcase = tcase_create("clock");
    const TTest *tests[] = { all_timers_up_to_and_including_to_fire_in_order,
                             equal_deadlines_fire_in_order_of_creation,
                             inside_a_callback_now_is_that_timers_deadline,
                             a_time_in_the_past_only_fires_what_is_due,
                             a_deadline_in_the_past_fires_with_now_not_turned_back,
                             step_fires_only_the_earliest_deadline,
                             a_timer_may_arm_itself_again_in_its_callback,
                             a_timer_cancelled_by_another_does_not_fire,
                             random_arming_and_cancelling_fires_like_a_sorted_list,
                             now_is_what_the_driver_says_between_two_advances,
                             now_is_never_earlier_than_was_said_before,
                             now_is_never_later_than_the_next_deadline,
                             the_driver_is_not_asked_inside_a_callback,
                             earlier_is_called_when_a_deadline_comes_before_all_others,
                             set_changes_the_time_without_firing,
                             ticks_are_converted_without_overflow };

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
