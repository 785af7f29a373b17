/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupt lines with several sources. */
#include "devices/interrupt/isa_share.h"
#include "tests/check_main.h"
#include "tests/unit/interrupt/chip_isa_share.h"

static struct bench *b;
static struct irq first, second, other;

static void setup(void)
{
    struct device *share;

    b = bench_new();
    ck_assert(chip_isa_share.make(b, NULL));
    share = device_find(b->board, "isa_share");
    first = isa_share_line(share, 4, 0);
    second = isa_share_line(share, 4, 2);
    other = isa_share_line(share, 3, 2);
}

START_TEST(line_is_high_while_any_source_is)
{
    setup();
    irq_set(&first, true);
    ck_assert(b->level[4]);
    irq_set(&second, true);
    irq_set(&first, false);
    ck_assert(b->level[4]);
    irq_set(&second, false);
    ck_assert(!b->level[4]);
    ck_assert_uint_eq(b->edges[4], 1);
    bench_free(b);
}
END_TEST

START_TEST(lines_do_not_touch_each_other)
{
    setup();
    irq_set(&other, true);
    ck_assert(b->level[3]);
    ck_assert(!b->level[4]);
    irq_set(&second, true);
    irq_set(&other, false);
    ck_assert(!b->level[3]);
    ck_assert(b->level[4]);
    bench_free(b);
}
END_TEST

START_TEST(source_that_says_the_same_twice_counts_once)
{
    setup();
    irq_set(&first, true);
    irq_set(&first, true);
    irq_set(&first, false);
    ck_assert(!b->level[4]);
    bench_free(b);
}
END_TEST

START_TEST(reset_lets_all_lines_go)
{
    setup();
    irq_set(&first, true);
    board_reset(b->board, RESET_HARD);
    ck_assert(!b->level[4]);
    bench_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa_share");

    CHECK_CASE(suite, "lines", line_is_high_while_any_source_is, lines_do_not_touch_each_other,
               source_that_says_the_same_twice_counts_once, reset_lets_all_lines_go);
    generic_tests(suite, &chip_isa_share);
    return check_main(suite);
}
