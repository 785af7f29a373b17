/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration space as the PCI Local Bus Specification 2.1, chapter 6, describes it. */
#include "tests/check_main.h"
#include "tests/unit/pci/host.h"

/* A function with one BAR of each kind. */
struct card {
    struct pci_device pci;
    struct {
        uint32_t address;
        bool enabled;
        unsigned calls;
    } bars[7];
    unsigned writes;
    uint8_t config[256];
};

static void map(struct pci_device *pci, unsigned bar, uint32_t address, bool enabled)
{
    struct card *card = (struct card *)pci;

    card->bars[bar].address = address;
    card->bars[bar].enabled = enabled;
    card->bars[bar].calls++;
}

static void written(struct pci_device *pci, unsigned offset, unsigned size)
{
    (void)offset;
    (void)size;
    ((struct card *)pci)->writes++;
}

static void card_free(struct device *dev)
{
    pci_remove((struct pci_device *)dev);
}

static const struct device_class card_class = {
    .name = "card",
    .state_offset = sizeof(struct card),
    .free = card_free,
};

static struct bench *b;
static struct pci_bus *bus;
static struct card *card;

static void setup(void)
{
    b = bench_new();
    ck_assert_ptr_nonnull(host_new(b, &bus, NULL));
    card = device_new(b->board, &card_class, sizeof(*card), "card", 0, NULL);
    ck_assert(pci_add(bus, &card->pci, 3, 0, card->config, NULL));
    card->pci.written = written;
    pci_bar(&card->pci, 0, 1 << 20, false, true, map);
    pci_bar(&card->pci, 1, 64, true, false, map);
    pci_bar(&card->pci, PCI_BAR_ROM, 64 << 10, false, false, map);
    pci_reset(&card->pci, 0x1234, 0x5678, 0x9a, 0x030000, 0, 1);
    pci_remap(&card->pci);
}

static void teardown(void)
{
    bench_free(b);
}

static uint32_t in(unsigned offset, unsigned size)
{
    return config_in(b, 3, 0, offset, size);
}

static void out(unsigned offset, uint32_t value, unsigned size)
{
    config_out(b, 3, 0, offset, value, size);
}

START_TEST(header_holds_ids_class_and_pin)
{
    setup();
    ck_assert_uint_eq(in(0x00, 4), 0x56781234);
    ck_assert_uint_eq(in(0x08, 4), 0x0300009a);
    ck_assert_uint_eq(in(0x0a, 2), 0x0300);
    ck_assert_uint_eq(in(0x3d, 1), 1);
    teardown();
}
END_TEST

START_TEST(accesses_of_every_size_and_alignment_reach_their_bytes)
{
    setup();
    out(0x3c, 0x5a, 1);
    ck_assert_uint_eq(in(0x3c, 2), 0x015a);
    ck_assert_uint_eq(in(0x01, 2), 0x7812);
    ck_assert_uint_eq(in(0x03, 1), 0x56);
    teardown();
}
END_TEST

START_TEST(read_only_registers_keep_their_values)
{
    setup();
    out(0x00, 0xffffffff, 4);
    out(0x08, 0xffffffff, 4);
    out(0x2c, 0xffffffff, 4);
    out(0x3d, 0xff, 1);
    ck_assert_uint_eq(in(0x00, 4), 0x56781234);
    ck_assert_uint_eq(in(0x08, 4), 0x0300009a);
    ck_assert_uint_eq(in(0x2c, 4), 0);
    ck_assert_uint_eq(in(0x3d, 1), 1);
    teardown();
}
END_TEST

START_TEST(all_ones_written_to_a_bar_read_back_its_size)
{
    setup();
    for (unsigned bar = 0x10; bar <= 0x24; bar += 4)
        out(bar, 0xffffffff, 4);
    out(0x30, 0xfffff800, 4);
    ck_assert_uint_eq(in(0x10, 4), 0xfff00008);
    ck_assert_uint_eq(in(0x14, 4), 0xffffffc1);
    ck_assert_uint_eq(in(0x18, 4), 0);
    ck_assert_uint_eq(in(0x24, 4), 0);
    ck_assert_uint_eq(in(0x30, 4), 0xffff0000);
    teardown();
}
END_TEST

START_TEST(bars_are_decoded_only_while_the_command_register_allows)
{
    setup();
    out(0x10, 0xfd000000, 4);
    out(0x14, 0xc001, 4);
    ck_assert(!card->bars[0].enabled && !card->bars[1].enabled);
    out(0x04, 1, 2);
    ck_assert(!card->bars[0].enabled && card->bars[1].enabled);
    ck_assert_uint_eq(card->bars[1].address, 0xc000);
    out(0x04, 3, 1);
    ck_assert(card->bars[0].enabled);
    ck_assert_uint_eq(card->bars[0].address, 0xfd000000);
    out(0x04, 2, 2);
    ck_assert(!card->bars[1].enabled);
    teardown();
}
END_TEST

START_TEST(rom_needs_its_own_enable_bit_as_well)
{
    setup();
    out(0x04, 2, 2);
    out(0x30, 0xfebe0000, 4);
    ck_assert(!card->bars[6].enabled);
    out(0x30, 0xfebe0001, 4);
    ck_assert(card->bars[6].enabled);
    ck_assert_uint_eq(card->bars[6].address, 0xfebe0000);
    ck_assert_uint_eq(in(0x30, 4), 0xfebe0001);
    teardown();
}
END_TEST

START_TEST(bar_that_is_being_sized_is_not_decoded)
{
    setup();
    out(0x04, 3, 2);
    out(0x10, 0xffffffff, 4);
    out(0x14, 0xffffffff, 4);
    ck_assert(!card->bars[0].enabled && !card->bars[1].enabled);
    out(0x10, 0, 4);
    ck_assert(!card->bars[0].enabled);
    out(0x14, 0xffc1, 4); /* but the last 64 ports are a place like any other */
    ck_assert(card->bars[1].enabled);
    teardown();
}
END_TEST

START_TEST(bar_moves_by_single_bytes_too)
{
    setup();
    out(0x04, 2, 2);
    out(0x13, 0xfd, 1);
    ck_assert(card->bars[0].enabled);
    ck_assert_uint_eq(card->bars[0].address, 0xfd000000);
    teardown();
}
END_TEST

START_TEST(chip_hears_of_every_write_to_its_registers)
{
    unsigned before;

    setup();
    before = card->writes;
    out(0x40, 1, 1);
    out(0x04, 0, 2);
    ck_assert_uint_eq(card->writes, before + 2);
    teardown();
}
END_TEST

START_TEST(status_bits_are_cleared_by_a_one)
{
    setup();
    card->config[7] = 0xf9;
    out(0x06, 0x4000, 2);
    ck_assert_uint_eq(in(0x06, 2), 0xb900);
    out(0x06, 0xffff, 2);
    ck_assert_uint_eq(in(0x06, 2), 0);
    teardown();
}
END_TEST

START_TEST(nobody_at_a_function_reads_all_ones)
{
    setup();
    ck_assert_uint_eq(config_in(b, 3, 1, 0, 4), 0xffffffff);
    ck_assert_uint_eq(config_in(b, 31, 7, 0, 2), 0xffff);
    config_out(b, 31, 7, 0, 1, 4);
    ck_assert_ptr_eq(pci_bus_device(bus, 3 << 3), &card->pci);
    ck_assert_ptr_null(pci_bus_device(bus, 4 << 3));
    teardown();
}
END_TEST

START_TEST(function_that_is_taken_is_an_error_that_names_its_owner)
{
    struct card *other;
    struct error err = { { 0 } };

    setup();
    other = device_new(b->board, &card_class, sizeof(*other), "other", 0, NULL);
    ck_assert(!pci_add(bus, &other->pci, 3, 0, other->config, &err));
    ck_assert_str_eq(err.text, "other: PCI function 03.0 is already used by card");
    teardown();
}
END_TEST

static struct {
    unsigned devfn, pin, calls;
    bool active;
} routed;

static void route(void *ctx, unsigned devfn, unsigned pin, bool active)
{
    (void)ctx;
    routed.devfn = devfn;
    routed.pin = pin;
    routed.active = active;
    routed.calls++;
}

START_TEST(interrupt_goes_out_on_the_pin_the_header_names)
{
    setup();
    pci_intx(&card->pci, true); /* no router yet */
    pci_bus_set_router(bus, route, NULL);
    routed.calls = 0;
    pci_intx(&card->pci, true);
    ck_assert(routed.active && routed.devfn == 24 && routed.pin == 0);
    card->config[PCI_INTERRUPT_PIN] = 4;
    pci_intx(&card->pci, false);
    ck_assert(!routed.active && routed.pin == 3);
    card->config[PCI_INTERRUPT_PIN] = 0;
    pci_intx(&card->pci, true);
    ck_assert_uint_eq(routed.calls, 2);
    teardown();
}
END_TEST

START_TEST(bus_may_go_before_its_functions)
{
    struct bench *bench = bench_new();
    struct pci_bus *short_lived = pci_bus_new();
    struct card *left = device_new(bench->board, &card_class, sizeof(*left), "left", 0, NULL);

    ck_assert(pci_add(short_lived, &left->pci, 1, 0, left->config, NULL));
    pci_bus_free(short_lived);
    pci_intx(&left->pci, true);
    pci_bus_free(NULL);
    bench_free(bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pci");

    CHECK_CASE(suite, "configuration", header_holds_ids_class_and_pin,
               accesses_of_every_size_and_alignment_reach_their_bytes,
               read_only_registers_keep_their_values, chip_hears_of_every_write_to_its_registers,
               status_bits_are_cleared_by_a_one, nobody_at_a_function_reads_all_ones,
               function_that_is_taken_is_an_error_that_names_its_owner);
    CHECK_CASE(suite, "base addresses", all_ones_written_to_a_bar_read_back_its_size,
               bars_are_decoded_only_while_the_command_register_allows,
               rom_needs_its_own_enable_bit_as_well, bar_that_is_being_sized_is_not_decoded,
               bar_moves_by_single_bytes_too);
    CHECK_CASE(suite, "wires", interrupt_goes_out_on_the_pin_the_header_names,
               bus_may_go_before_its_functions);
    return check_main(suite);
}
