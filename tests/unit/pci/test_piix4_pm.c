/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 82371AB function 3: ACPI registers, PM timer, SMBus, APM. */
#include "core/state.h"
#include "devices/pci/piix4_pm.h"
#include "tests/check_main.h"
#include "tests/unit/pci/chips.h"
#include "tests/unit/pci/host.h"

enum { PM = 0x600, SMB = 0x700, SCI = 9 };
#define HALF_NS vclock_tick_deadline(1 << 23, 3579545)

static struct bench *b;
static struct device *pm;

static void bare(void)
{
    struct pci_bus *bus;

    b = bench_new();
    ck_assert_ptr_nonnull(host_new(b, &bus, NULL));
    pm = piix4_pm_new(b->board, bus, bench_irq(b, SCI), NULL);
    ck_assert_ptr_nonnull(pm);
}

/* As the firmware leaves it. */
static void setup(void)
{
    bare();
    config_out(b, 1, 3, 0x3c, 0x09, 1);
    config_out(b, 1, 3, 0x40, 0x601, 4);
    config_out(b, 1, 3, 0x80, 1, 1);
    config_out(b, 1, 3, 0x90, 0x701, 4);
    config_out(b, 1, 3, 0xd2, 0x09, 1);
    config_out(b, 1, 3, 0x04, 0x0103, 2);
}

static void teardown(void)
{
    bench_free(b);
}

static void acpi_on(unsigned enables)
{
    bench_out(b, 0xb2, 0xf1, 1);
    bench_out(b, PM + 2, enables, 2);
}

START_TEST(header_and_reset_values_are_those_of_the_chip)
{
    bare();
    ck_assert_uint_eq(config_in(b, 1, 3, 0x00, 4), 0x71138086);
    ck_assert_uint_eq(config_in(b, 1, 3, 0x0a, 2), 0x0680);
    ck_assert_uint_eq(config_in(b, 1, 3, 0x3d, 1), 1);
    ck_assert_uint_eq(config_in(b, 1, 3, 0x40, 4), 1);
    ck_assert_uint_eq(config_in(b, 1, 3, 0x90, 4), 1);
    for (unsigned bar = 0x10; bar < 0x28; bar += 4) {
        config_out(b, 1, 3, bar, 0xffffffff, 4);
        ck_assert_uint_eq(config_in(b, 1, 3, bar, 4), 0);
    }
    teardown();
}
END_TEST

START_TEST(firmware_learns_that_smm_is_taken_care_of)
{
    bare();
    ck_assert_uint_eq(config_in(b, 1, 3, 0x58, 4), 0x02000000);
    ck_assert_uint_eq(config_in(b, 1, 3, 0x5b, 1), 0x02);
    teardown();
}
END_TEST

START_TEST(registers_are_where_pmba_says_while_pmregmisc_enables_them)
{
    bare();
    config_out(b, 1, 3, 0x40, 0x63f, 4);
    ck_assert_uint_eq(config_in(b, 1, 3, 0x40, 4), 0x601);
    ck_assert_uint_eq(bench_in(b, 0x608, 4), 0xffffffff);
    config_out(b, 1, 3, 0x80, 1, 1);
    ck_assert_uint_eq(bench_in(b, 0x608, 4) >> 24, 0);
    ck_assert_uint_eq(bench_in(b, 0x640, 1), 0xff);
    config_out(b, 1, 3, 0x40, 0x4001, 4);
    ck_assert_uint_eq(bench_in(b, 0x608, 4), 0xffffffff);
    ck_assert_uint_eq(bench_in(b, 0x4008, 4) >> 24, 0);
    config_out(b, 1, 3, 0x80, 0, 1);
    ck_assert_uint_eq(bench_in(b, 0x4008, 4), 0xffffffff);
    teardown();
}
END_TEST

START_TEST(timer_counts_3579545_hertz_in_24_bits)
{
    uint32_t start;

    setup();
    start = bench_in(b, PM + 8, 4);
    bench_run(b, 1000000000);
    ck_assert_uint_eq(bench_in(b, PM + 8, 4) - start, 3579545);
    bench_run(b, 4000000000ull);
    ck_assert_uint_eq(bench_in(b, PM + 8, 4) - start, (5u * 3579545u) & 0xffffff);
    ck_assert_uint_eq(bench_in(b, PM + 9, 1), bench_in(b, PM + 8, 4) >> 8 & 0xff);
    bench_out(b, PM + 8, 0, 4);
    ck_assert_uint_eq(bench_in(b, PM + 8, 4) - start, (5u * 3579545u) & 0xffffff);
    teardown();
}
END_TEST

static uint64_t each_look_is_later(void *ctx)
{
    uint64_t *now = ctx;

    return *now += 1000;
}

/* A byte-wise read across a carry would be lower than the one before: SeaBIOS takes that for a wrap
 * of 4.7 seconds. */
START_TEST(timer_is_read_in_one_piece_while_time_runs)
{
    uint64_t now = 0;
    uint32_t last = 0;

    setup();
    now = vclock_now(b->board->clock);
    vclock_set_driver(b->board->clock, each_look_is_later, NULL, &now);
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t value = bench_in(b, PM + 8, 4);

        ck_assert_uint_ge(value, last);
        last = value;
    }
    vclock_set_driver(b->board->clock, NULL, NULL, NULL);
    teardown();
}
END_TEST

START_TEST(timer_status_is_set_whenever_bit_23_changes)
{
    setup();
    bench_run(b, HALF_NS - 2);
    ck_assert_uint_eq(bench_in(b, PM, 2), 0);
    ck_assert_uint_eq(bench_in(b, PM + 8, 4), 0x7fffff);
    bench_run(b, 2);
    ck_assert_uint_eq(bench_in(b, PM + 8, 4), 0x800000);
    ck_assert_uint_eq(bench_in(b, PM, 2), 1);
    bench_out(b, PM, 1, 2);
    ck_assert_uint_eq(bench_in(b, PM, 2), 0);
    bench_run(b, HALF_NS);
    ck_assert_uint_eq(bench_in(b, PM, 2), 1);
    ck_assert(!b->level[SCI]);
    teardown();
}
END_TEST

START_TEST(sci_follows_enabled_status_while_sci_en_is_set)
{
    setup();
    bench_run(b, HALF_NS);
    bench_out(b, PM + 2, 0x0001, 2);
    ck_assert(!b->level[SCI]);
    bench_out(b, PM + 4, 0x0001, 2);
    ck_assert(b->level[SCI]);
    bench_out(b, PM + 4, 0x0000, 2);
    ck_assert(!b->level[SCI]);
    bench_out(b, PM + 4, 0x0001, 2);
    bench_out(b, PM, 0x0001, 1);
    ck_assert(!b->level[SCI]);
    ck_assert_uint_eq(b->edges[SCI], 2);
    teardown();
}
END_TEST

START_TEST(apmc_switches_acpi_on_and_off)
{
    setup();
    bench_out(b, 0xb2, 0xf1, 1);
    ck_assert_uint_eq(bench_in(b, PM + 4, 2), 1);
    bench_out(b, 0xb2, 0x12, 1);
    ck_assert_uint_eq(bench_in(b, PM + 4, 2), 1);
    bench_out(b, 0xb2, 0xf0, 1);
    ck_assert_uint_eq(bench_in(b, PM + 4, 2), 0);
    bench_out(b, 0xb3, 0x77, 1);
    ck_assert_uint_eq(bench_in(b, 0xb2, 1), 0xf0);
    ck_assert_uint_eq(bench_in(b, 0xb3, 1), 0x77);
    teardown();
}
END_TEST

START_TEST(power_button_interrupts_who_asked_for_it)
{
    setup();
    piix4_pm_power_button(pm);
    ck_assert(!b->level[SCI]);
    ck_assert(!piix4_pm_hears_power_button(pm));
    ck_assert_uint_eq(bench_in(b, PM, 2), 0x0100);
    acpi_on(0x0100);
    ck_assert(piix4_pm_hears_power_button(pm));
    ck_assert(b->level[SCI]);
    bench_out(b, PM + 1, 0x01, 1);
    ck_assert(!b->level[SCI]);
    piix4_pm_power_button(pm);
    ck_assert(b->level[SCI]);
    teardown();
}
END_TEST

START_TEST(soft_off_switches_the_machine_off)
{
    setup();
    b->power_off_code = 99;
    bench_out(b, PM + 4, 0x0001, 2);
    ck_assert_uint_eq(b->power_offs, 0);
    bench_out(b, PM + 4, 0x2001, 2);
    ck_assert_uint_eq(b->power_offs, 1);
    ck_assert_int_eq(b->power_off_code, 0);
    ck_assert_uint_eq(bench_in(b, PM + 4, 2), 0x0001); /* SUS_EN reads 0 */
    bench_out(b, PM + 4, 0x0800, 2);                   /* type 2, then the upper byte alone */
    bench_out(b, PM + 5, 0x28, 1);
    ck_assert_uint_eq(b->power_offs, 2);
    b->board->hooks = NULL;
    bench_out(b, PM + 5, 0x20, 1);
    teardown();
}
END_TEST

START_TEST(other_sleeps_end_at_once)
{
    setup();
    bench_out(b, PM + 4, 0x2401, 2);
    ck_assert_uint_eq(b->power_offs, 0);
    ck_assert_uint_eq(bench_in(b, PM, 2), 0x8000);
    bench_out(b, PM, 0x8000, 2);
    ck_assert_uint_eq(bench_in(b, PM, 2), 0);
    teardown();
}
END_TEST

START_TEST(dword_writes_reach_both_words)
{
    setup();
    bench_run(b, HALF_NS);
    bench_out(b, PM, 0x01200001, 4);
    ck_assert_uint_eq(bench_in(b, PM, 4), 0x01200000);
    bench_out(b, PM + 2, 0xffff, 2);
    ck_assert_uint_eq(bench_in(b, PM + 2, 2), 0x0521);
    bench_out(b, PM + 3, 0, 1);
    ck_assert_uint_eq(bench_in(b, PM + 2, 2), 0x0021);
    bench_out(b, PM + 1, 0x2100, 2); /* across two registers */
    ck_assert_uint_eq(bench_in(b, PM + 2, 2), 0x0021);
    teardown();
}
END_TEST

START_TEST(general_purpose_events_are_seen_at_both_places)
{
    setup();
    bench_out(b, 0xafe2, 0xffff, 2);
    ck_assert_uint_eq(bench_in(b, PM + 0x0e, 2), 0x0701);
    ck_assert_uint_eq(bench_in(b, 0xafe0, 4), 0x07010000);
    bench_out(b, PM + 0x0e, 0, 2);
    ck_assert_uint_eq(bench_in(b, 0xafe2, 2), 0);
    bench_out(b, 0xafe0, 0xffff, 2);
    ck_assert_uint_eq(bench_in(b, 0xafe0, 2), 0);
    teardown();
}
END_TEST

START_TEST(registers_without_function_hold_what_is_written)
{
    setup();
    bench_out(b, PM + 0x28, 0x12345678, 4);
    ck_assert_uint_eq(bench_in(b, PM + 0x28, 4), 0x12345678);
    ck_assert_uint_eq(bench_in(b, PM + 0x34, 4), 0x7fffbfff);
    bench_out(b, PM + 0x35, 0, 1);
    ck_assert_uint_eq(bench_in(b, PM + 0x34, 4), 0x7fff00ff);
    bench_out(b, PM + 0x30, 0xffffffff, 4); /* inputs */
    bench_out(b, PM + 0x18, 0xffff, 2);     /* status */
    ck_assert_uint_eq(bench_in(b, PM + 0x30, 4), 0);
    ck_assert_uint_eq(bench_in(b, PM + 0x18, 2), 0);
    ck_assert_uint_eq(bench_in(b, PM + 0x14, 1), 0);
    teardown();
}
END_TEST

START_TEST(smbus_transaction_ends_with_a_device_error)
{
    setup();
    bench_out(b, SMB + 4, 0xa1, 1);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0);
    bench_out(b, SMB + 2, 0x48, 1);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0x01);
    bench_out(b, SMB + 2, 0x48, 1); /* busy: nothing new begins */
    bench_run(b, 110000);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0x04);
    ck_assert_uint_eq(bench_in(b, SMB + 2, 1), 0x08);
    bench_run(b, 1000000);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0x04);
    bench_out(b, SMB, 0xff, 1);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0);
    ck_assert(!b->level[SCI]);
    teardown();
}
END_TEST

START_TEST(smbus_interrupts_on_irq_9_if_so_configured)
{
    setup();
    bench_out(b, SMB + 2, 0x49, 1);
    bench_run(b, 110000);
    ck_assert(b->level[SCI]);
    bench_out(b, SMB, 0x04, 1);
    ck_assert(!b->level[SCI]);
    bench_out(b, SMB + 2, 0x49, 1);
    bench_run(b, 110000);
    config_out(b, 1, 3, 0xd2, 0x01, 1); /* SMI# instead */
    ck_assert(!b->level[SCI]);
    teardown();
}
END_TEST

START_TEST(smbus_transaction_can_be_killed)
{
    setup();
    bench_out(b, SMB + 2, 0x02, 1);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0);
    bench_out(b, SMB + 2, 0x40, 1);
    bench_out(b, SMB + 2, 0x02, 1);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0x10);
    bench_run(b, 1000000);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0x10);
    teardown();
}
END_TEST

START_TEST(smbus_block_is_read_from_its_start_after_the_control_register)
{
    setup();
    bench_in(b, SMB + 2, 1);
    for (unsigned i = 0; i < 33; i++)
        bench_out(b, SMB + 7, 0x40 + i, 1);
    bench_in(b, SMB + 2, 1);
    ck_assert_uint_eq(bench_in(b, SMB + 7, 1), 0x60); /* the 33rd fell on the first */
    ck_assert_uint_eq(bench_in(b, SMB + 7, 1), 0x41);
    bench_in(b, SMB + 2, 1);
    ck_assert_uint_eq(bench_in(b, SMB + 7, 1), 0x60);
    teardown();
}
END_TEST

START_TEST(smbus_registers_hold_what_is_written)
{
    static const uint8_t held[] = { 3, 4, 5, 6, 10, 11 };

    setup();
    for (unsigned i = 0; i < sizeof(held); i++) {
        bench_out(b, (uint16_t)(SMB + held[i]), 0x90 + i, 1);
        ck_assert_uint_eq(bench_in(b, (uint16_t)(SMB + held[i]), 1), 0x90 + i);
    }
    bench_out(b, SMB + 8, 0xff, 1);
    ck_assert_uint_eq(bench_in(b, SMB + 8, 1), 0x0f);
    bench_out(b, SMB + 1, 0xff, 1);
    bench_out(b, SMB + 12, 0xff, 1);
    ck_assert_uint_eq(bench_in(b, SMB + 1, 1), 0);
    ck_assert_uint_eq(bench_in(b, SMB + 12, 1), 0);
    teardown();
}
END_TEST

START_TEST(smbus_needs_its_enable_bit_and_i_o_space)
{
    bare();
    config_out(b, 1, 3, 0x90, 0x701, 4);
    config_out(b, 1, 3, 0xd2, 1, 1);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0xff);
    config_out(b, 1, 3, 0x04, 1, 2);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0);
    config_out(b, 1, 3, 0xd2, 0, 1);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 0xff);
    teardown();
}
END_TEST

START_TEST(saved_function_comes_back_at_its_ports)
{
    struct state_buffer buf = { 0 };
    size_t at = 0;

    setup();
    acpi_on(0x0100);
    bench_out(b, SMB + 2, 0x48, 1);
    state_save_board(&buf, b->board);
    board_reset(b->board, RESET_HARD);
    ck_assert_uint_eq(bench_in(b, PM + 4, 2), 0xffff);
    ck_assert(state_load_board(buf.data, buf.used, &at, b->board, NULL));
    ck_assert_uint_eq(bench_in(b, PM + 4, 2), 1);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 1);
    bench_run(b, 110000);
    ck_assert_uint_eq(bench_in(b, SMB, 1), 4);
    state_buffer_free(&buf);
    teardown();
}
END_TEST

START_TEST(place_that_is_taken_is_an_error)
{
    struct pci_device *other;
    struct pci_bus *bus;
    struct error err = { { 0 } };

    b = bench_new();
    ck_assert_ptr_nonnull(host_new(b, &bus, NULL));
    other = pci_bus_device(bus, 0);
    pci_remove(other);
    ck_assert(pci_add(bus, other, 1, 3, other->config, NULL));
    ck_assert_ptr_null(piix4_pm_new(b->board, bus, bench_irq(b, SCI), &err));
    ck_assert_str_eq(err.text, "pm: PCI function 01.3 is already used by host");
    pm = (struct device *)other;
    teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("piix4_pm");

    CHECK_CASE(suite, "configuration", header_and_reset_values_are_those_of_the_chip,
               firmware_learns_that_smm_is_taken_care_of,
               registers_are_where_pmba_says_while_pmregmisc_enables_them,
               smbus_needs_its_enable_bit_and_i_o_space);
    CHECK_CASE(suite, "ACPI", timer_counts_3579545_hertz_in_24_bits,
               timer_is_read_in_one_piece_while_time_runs,
               timer_status_is_set_whenever_bit_23_changes,
               sci_follows_enabled_status_while_sci_en_is_set, apmc_switches_acpi_on_and_off,
               power_button_interrupts_who_asked_for_it, soft_off_switches_the_machine_off,
               other_sleeps_end_at_once, dword_writes_reach_both_words,
               general_purpose_events_are_seen_at_both_places,
               registers_without_function_hold_what_is_written);
    CHECK_CASE(suite, "SMBus", smbus_transaction_ends_with_a_device_error,
               smbus_interrupts_on_irq_9_if_so_configured, smbus_transaction_can_be_killed,
               smbus_block_is_read_from_its_start_after_the_control_register,
               smbus_registers_hold_what_is_written);
    CHECK_CASE(suite, "state and creation", saved_function_comes_back_at_its_ports,
               place_that_is_taken_is_an_error);
    generic_tests(suite, &chip_piix4_pm);
    return check_main(suite);
}
