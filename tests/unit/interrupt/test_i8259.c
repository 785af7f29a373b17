/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 8259A: the sentences of its data sheet. */
#include "devices/interrupt/i8259.h"
#include "tests/check_main.h"
#include "tests/unit/interrupt/chip_i8259.h"

enum { M0 = 0x20, M1 = 0x21, S0 = 0xa0, S1 = 0xa1 };

static struct bench *b;
static struct device *pic;

static void out(uint16_t port, uint8_t value)
{
    bench_out(b, port, value, 1);
}

static uint8_t in(uint16_t port)
{
    return (uint8_t)bench_in(b, port, 1);
}

/* As a BIOS does it, everything unmasked; icw4 for both. */
static void program(uint8_t icw1, uint8_t icw4)
{
    out(M0, icw1);
    out(M1, 0x08);
    out(M1, 0x04);
    out(M1, icw4);
    out(S0, icw1);
    out(S1, 0x70);
    out(S1, 0x02);
    out(S1, icw4);
}

static void line(unsigned irq, bool level)
{
    struct irq l = i8259_line(pic, irq);

    irq_set(&l, level);
}

static void setup(void)
{
    struct error err;

    b = bench_new();
    pic = i8259_pair_new(b->board, &err);
    ck_assert_ptr_nonnull(pic);
}

static void begin(void)
{
    setup();
    program(0x11, 0x01);
}

static void end(void)
{
    bench_free(b);
}

#define ACK(vector) ck_assert_uint_eq(i8259_acknowledge(pic), vector)
#define IN_SERVICE(port, value)                                                                    \
    do {                                                                                           \
        out(port, 0x0b);                                                                           \
        ck_assert_uint_eq(in(port), value);                                                        \
    } while (0)
#define REQUESTED(port, value)                                                                     \
    do {                                                                                           \
        out(port, 0x0a);                                                                           \
        ck_assert_uint_eq(in(port), value);                                                        \
    } while (0)

START_TEST(nothing_interrupts_before_icw1)
{
    setup();
    line(1, true);
    ck_assert(!b->intr && !i8259_intr(pic));
    end();
}
END_TEST

START_TEST(a_rising_edge_interrupts_and_gives_its_vector)
{
    begin();
    line(3, true);
    ck_assert(b->intr && i8259_intr(pic));
    ACK(0x0b);
    ck_assert(!b->intr);
    IN_SERVICE(M0, 0x08);
    out(M0, 0x20);
    ck_assert_msg(!b->intr, "a line that stays high is no new edge");
    line(3, false);
    line(3, true);
    ACK(0x0b);
    end();
}
END_TEST

START_TEST(slave_interrupts_through_ir2)
{
    begin();
    line(12, true);
    ck_assert(b->intr);
    REQUESTED(M0, 0x04);
    REQUESTED(S0, 0x10);
    ACK(0x74);
    IN_SERVICE(M0, 0x04);
    IN_SERVICE(S0, 0x10);
    out(S0, 0x20);
    out(M0, 0x20);
    IN_SERVICE(M0, 0x00);
    IN_SERVICE(S0, 0x00);
    end();
}
END_TEST

START_TEST(irq2_of_the_bus_arrives_as_irq9)
{
    begin();
    line(2, true);
    ACK(0x71);
    end();
}
END_TEST

START_TEST(two_requests_of_the_slave_come_one_after_the_other)
{
    begin();
    line(8, true);
    line(14, true);
    ACK(0x70);
    ck_assert(!b->intr);
    out(S0, 0x20);
    out(M0, 0x20);
    ck_assert(b->intr);
    ACK(0x76);
    end();
}
END_TEST

START_TEST(a_higher_priority_interrupts_a_lower_in_service)
{
    begin();
    line(5, true);
    ACK(0x0d);
    line(6, true);
    ck_assert(!b->intr);
    line(1, true);
    ck_assert(b->intr);
    ACK(0x09);
    IN_SERVICE(M0, 0x22);
    out(M0, 0x20);
    IN_SERVICE(M0, 0x20);
    out(M0, 0x20);
    ACK(0x0e);
    end();
}
END_TEST

START_TEST(a_masked_request_waits_in_irr)
{
    begin();
    out(M1, 0x10);
    ck_assert_uint_eq(in(M1), 0x10);
    line(4, true);
    ck_assert(!b->intr);
    REQUESTED(M0, 0x10);
    out(M1, 0);
    ck_assert(b->intr);
    ACK(0x0c);
    REQUESTED(M0, 0);
    end();
}
END_TEST

START_TEST(a_line_that_falls_early_gives_default_ir7)
{
    begin();
    line(3, true);
    line(3, false);
    ck_assert(!b->intr);
    ACK(0x0f);
    IN_SERVICE(M0, 0);
    end();
}
END_TEST

START_TEST(a_slave_that_takes_back_its_request_leaves_default_ir7)
{
    begin();
    line(10, true);
    ck_assert(b->intr);
    out(S1, 0xff);
    ck_assert(!b->intr);
    ACK(0x0f);
    IN_SERVICE(M0, 0);
    IN_SERVICE(S0, 0);
    end();
}
END_TEST

START_TEST(level_lines_ask_until_they_fall)
{
    begin();
    out(0x4d0, 0xff);
    out(0x4d1, 0xff);
    ck_assert_uint_eq(in(0x4d0), 0xf8);
    ck_assert_uint_eq(in(0x4d1), 0xde);
    line(11, true);
    ACK(0x73);
    out(S0, 0x20);
    out(M0, 0x20);
    ck_assert(b->intr);
    REQUESTED(S0, 0x08);
    line(11, false);
    ck_assert(!b->intr);
    end();
}
END_TEST

START_TEST(ltim_makes_all_lines_levels)
{
    setup();
    program(0x19, 0x01);
    line(1, true);
    ACK(0x09);
    out(M0, 0x20);
    ck_assert(b->intr);
    end();
}
END_TEST

START_TEST(specific_eoi_ends_the_named_level)
{
    begin();
    line(5, true);
    ACK(0x0d);
    line(1, true);
    ACK(0x09);
    out(M0, 0x65);
    IN_SERVICE(M0, 0x02);
    out(M0, 0x61);
    IN_SERVICE(M0, 0x00);
    out(M0, 0x20); /* nothing to end */
    out(M0, 0x40); /* no operation */
    IN_SERVICE(M0, 0x00);
    end();
}
END_TEST

START_TEST(automatic_eoi_keeps_nothing_in_service)
{
    setup();
    program(0x11, 0x03);
    line(4, true);
    ACK(0x0c);
    IN_SERVICE(M0, 0);
    line(12, true);
    ACK(0x74);
    IN_SERVICE(S0, 0);
    end();
}
END_TEST

START_TEST(rotation_on_eoi_gives_the_served_the_lowest_priority)
{
    begin();
    line(3, true);
    ACK(0x0b);
    out(M0, 0xa0); /* rotate on non-specific EOI */
    line(3, false);
    line(3, true);
    line(4, true);
    ACK(0x0c);
    out(M0, 0xe4); /* rotate on specific EOI */
    ACK(0x0b);
    IN_SERVICE(M0, 0x08);
    end();
}
END_TEST

START_TEST(rotation_in_automatic_eoi_mode)
{
    setup();
    program(0x11, 0x03);
    out(M0, 0x80);
    line(0, true);
    ACK(0x08);
    line(0, false);
    line(0, true);
    line(7, true);
    ACK(0x0f);
    ACK(0x08);
    out(M0, 0x00); /* clear */
    line(0, false);
    line(0, true);
    line(1, true);
    ACK(0x09);
    line(1, false);
    line(1, true);
    ACK(0x09);
    end();
}
END_TEST

START_TEST(set_priority_names_the_lowest)
{
    begin();
    out(M0, 0xc3); /* IR3 lowest: IR4 highest */
    line(0, true);
    line(4, true);
    ACK(0x0c);
    ck_assert(!b->intr);
    out(M0, 0x20);
    ACK(0x08);
    end();
}
END_TEST

START_TEST(special_mask_mode_enables_the_lower_levels)
{
    begin();
    line(1, true);
    ACK(0x09);
    line(6, true);
    ck_assert(!b->intr);
    out(M1, 0x02);
    out(M0, 0x68);
    ck_assert(b->intr);
    ACK(0x0e);
    out(M0, 0x20); /* passes over the masked IR1 */
    IN_SERVICE(M0, 0x02);
    out(M0, 0x20);
    IN_SERVICE(M0, 0x02);
    out(M0, 0x48); /* leave special mask mode */
    out(M0, 0x20);
    IN_SERVICE(M0, 0x00);
    end();
}
END_TEST

START_TEST(special_fully_nested_lets_the_slave_ask_again)
{
    begin();
    line(14, true);
    ACK(0x76);
    line(8, true);
    ck_assert_msg(!b->intr, "fully nested: the slave is locked out");
    end();

    setup();
    program(0x11, 0x11);
    line(14, true);
    ACK(0x76);
    line(8, true);
    ck_assert(b->intr);
    ACK(0x70);
    IN_SERVICE(S0, 0x41);
    end();
}
END_TEST

START_TEST(poll_acts_as_an_acknowledge)
{
    begin();
    out(M0, 0x0c);
    ck_assert_uint_eq(in(M0), 0x07);
    line(6, true);
    out(M0, 0x0c);
    ck_assert_uint_eq(in(M0), 0x86);
    ck_assert(!b->intr);
    IN_SERVICE(M0, 0x40);
    line(12, true);
    out(M0, 0x20);
    out(S0, 0x0c);
    ck_assert_uint_eq(in(S1), 0x84);
    ck_assert(!b->intr);
    end();
}
END_TEST

START_TEST(icw1_clears_masks_and_edges)
{
    begin();
    out(M1, 0xff);
    line(1, true);
    line(5, true);
    out(M0, 0x11);
    ck_assert_uint_eq(in(M1), 0);
    ck_assert_uint_eq(in(M0), 0);
    out(M1, 0x20);
    out(M1, 0x04);
    out(M1, 0x01);
    ck_assert(!b->intr);
    line(5, false);
    line(5, true);
    ACK(0x25);
    end();
}
END_TEST

START_TEST(single_mode_skips_icw3_and_has_no_slave)
{
    begin();
    out(M0, 0x13);
    out(M1, 0x40);
    out(M1, 0x01);
    line(9, true);
    ACK(0x42);
    out(M0, 0x12); /* neither ICW3 nor ICW4 */
    out(M1, 0x40);
    out(M1, 0x55);
    ck_assert_uint_eq(in(M1), 0x55);
    out(M0, 0x10); /* ICW3 but no ICW4 */
    out(M1, 0x40);
    out(M1, 0x04);
    out(M1, 0xaa);
    ck_assert_uint_eq(in(M1), 0xaa);
    end();
}
END_TEST

START_TEST(mcs80_mode_gives_the_low_address_byte)
{
    setup();
    program(0xf5, 0x00); /* A7-A5 = 7, interval 4 */
    line(3, true);
    ACK(0xec);
    program(0xd1, 0x00); /* A7-A6 = 3, interval 8 */
    line(3, false);
    line(3, true);
    ACK(0xd8);
    end();
}
END_TEST

START_TEST(a_slave_with_another_identity_stays_silent)
{
    begin();
    out(S0, 0x11);
    out(S1, 0x70);
    out(S1, 0x05);
    out(S1, 0x01);
    line(8, true);
    ACK(0xff);
    IN_SERVICE(M0, 0x04);
    end();
}
END_TEST

START_TEST(reading_shows_what_ocw3_chose)
{
    begin();
    line(1, true);
    ACK(0x09);
    line(2, true);
    out(M0, 0x0b);
    ck_assert_uint_eq(in(M0), 0x02);
    ck_assert_uint_eq(in(M0), 0x02);
    out(M0, 0x08); /* RR = 0: the choice stays */
    ck_assert_uint_eq(in(M0), 0x02);
    out(M0, 0x0a);
    ck_assert_uint_eq(in(M0), 0x04);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("i8259");

    CHECK_CASE(suite, "data sheet", nothing_interrupts_before_icw1,
               a_rising_edge_interrupts_and_gives_its_vector, slave_interrupts_through_ir2,
               irq2_of_the_bus_arrives_as_irq9, two_requests_of_the_slave_come_one_after_the_other,
               a_higher_priority_interrupts_a_lower_in_service, a_masked_request_waits_in_irr,
               a_line_that_falls_early_gives_default_ir7,
               a_slave_that_takes_back_its_request_leaves_default_ir7,
               level_lines_ask_until_they_fall, ltim_makes_all_lines_levels,
               specific_eoi_ends_the_named_level, automatic_eoi_keeps_nothing_in_service,
               rotation_on_eoi_gives_the_served_the_lowest_priority, rotation_in_automatic_eoi_mode,
               set_priority_names_the_lowest, special_mask_mode_enables_the_lower_levels,
               special_fully_nested_lets_the_slave_ask_again, poll_acts_as_an_acknowledge,
               icw1_clears_masks_and_edges, single_mode_skips_icw3_and_has_no_slave,
               mcs80_mode_gives_the_low_address_byte, a_slave_with_another_identity_stays_silent,
               reading_shows_what_ocw3_chose);
    generic_tests(suite, &chip_i8259);
    return check_main(suite);
}
