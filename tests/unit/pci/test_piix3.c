/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 82371SB: interrupt routing, resets, A20, port 61h, coprocessor errors. */
#include "core/state.h"
#include "devices/pci/piix3.h"
#include "devices/pci/piix4_pm.h"
#include "tests/check_main.h"
#include "tests/unit/pci/chips.h"
#include "tests/unit/pci/host.h"

/* Bare functions, to pull interrupt lines from several slots. */
struct card {
    struct pci_device pci;
    uint8_t config[256];
};

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
static struct device *piix3;
static bool gate2, out2_level, ignne;
static unsigned ignne_calls;

static void set_gate2(void *pit, bool level)
{
    (void)pit;
    gate2 = level;
}

static bool out2(void *pit)
{
    (void)pit;
    return out2_level;
}

static void ferr_ack(void *ctx, bool active)
{
    (void)ctx;
    ignne = active;
    ignne_calls++;
}

static void setup(void)
{
    struct piix3_wiring wiring = { .set_gate2 = set_gate2, .out2 = out2 };

    b = bench_new();
    b->hooks.ferr_ack = ferr_ack;
    for (unsigned n = 0; n < 16; n++)
        wiring.isa_irq[n] = bench_irq(b, n);
    ck_assert_ptr_nonnull(host_new(b, &bus, NULL));
    piix3 = piix3_new(b->board, bus, &wiring, NULL);
    ck_assert_ptr_nonnull(piix3);
    gate2 = out2_level = ignne = false;
    ignne_calls = 0;
}

static void teardown(void)
{
    bench_free(b);
}

static struct pci_device *card(const char *name, unsigned slot, unsigned function, unsigned pin)
{
    struct card *c = device_new(b->board, &card_class, sizeof(*c), name, 0, NULL);

    ck_assert(pci_add(bus, &c->pci, slot, function, c->config, NULL));
    pci_reset(&c->pci, 1, 1, 0, 0, 0, (uint8_t)pin);
    return &c->pci;
}

static void route(uint32_t pirqs)
{
    config_out(b, 1, 0, 0x60, pirqs, 4);
}

static void set(struct irq line, bool level)
{
    irq_set(&line, level);
}

START_TEST(header_says_isa_bridge_of_several_functions)
{
    setup();
    ck_assert_uint_eq(config_in(b, 1, 0, 0x00, 4), 0x70008086);
    ck_assert_uint_eq(config_in(b, 1, 0, 0x04, 2), 0x0007);
    ck_assert_uint_eq(config_in(b, 1, 0, 0x0a, 2), 0x0601);
    ck_assert_uint_eq(config_in(b, 1, 0, 0x0e, 1), 0x80);
    ck_assert_uint_eq(config_in(b, 1, 0, 0x60, 4), 0x80808080);
    config_out(b, 1, 0, 0x04, 0, 2);
    ck_assert_uint_eq(config_in(b, 1, 0, 0x04, 2), 0x0007);
    teardown();
}
END_TEST

START_TEST(pirq_is_routed_where_its_register_says)
{
    struct pci_device *c;

    setup();
    c = card("a", 1, 7, 1);
    pci_intx(c, true); /* routing is off after reset */
    for (unsigned n = 0; n < 16; n++)
        ck_assert(!b->level[n]);
    route(0x0b0b0a0a);
    ck_assert(b->level[10] && !b->level[11]);
    config_out(b, 1, 0, 0x60, 0x05, 1);
    ck_assert(!b->level[10] && b->level[5]);
    config_out(b, 1, 0, 0x60, 0x85, 1);
    ck_assert(!b->level[5]);
    ck_assert_uint_eq(config_in(b, 1, 0, 0x60, 4), 0x0b0b0a85);
    teardown();
}
END_TEST

START_TEST(reserved_interrupts_cannot_be_chosen)
{
    static const uint8_t reserved[] = { 0, 1, 2, 8, 13 };
    struct pci_device *c;

    setup();
    c = card("a", 1, 7, 1);
    pci_intx(c, true);
    for (unsigned i = 0; i < sizeof(reserved); i++) {
        config_out(b, 1, 0, 0x60, reserved[i], 1);
        ck_assert(!b->level[reserved[i]]);
    }
    teardown();
}
END_TEST

/* Slot 1 pin A is PIRQA; each further slot or pin is one on. */
START_TEST(pins_are_turned_from_slot_to_slot)
{
    unsigned slot = 1 + (unsigned)_i / 4, pin = (unsigned)_i % 4;
    unsigned irqs[4] = { 3, 4, 5, 6 };
    struct pci_device *c;

    setup();
    c = card("a", slot, 7, pin + 1);
    route(0x06050403);
    pci_intx(c, true);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(b->level[irqs[i]], i == (slot - 1 + pin) % 4);
    pci_intx(c, false);
    ck_assert(!b->level[3] && !b->level[4] && !b->level[5] && !b->level[6]);
    teardown();
}
END_TEST

START_TEST(shared_line_is_low_only_when_all_have_let_go)
{
    struct pci_device *a, *c, *d;
    struct irq isa;

    setup();
    a = card("a", 1, 6, 1);
    c = card("c", 5, 0, 1); /* PIRQA as well */
    d = card("d", 2, 0, 1); /* PIRQB, to the same input */
    route(0x0b0b0a0a);
    isa = piix3_isa_line(piix3, 10);
    pci_intx(a, true);
    pci_intx(a, true);
    pci_intx(c, true);
    pci_intx(d, true);
    irq_set(&isa, true);
    ck_assert_uint_eq(b->edges[10], 1);
    pci_intx(a, false);
    ck_assert(b->level[10]);
    pci_intx(c, false);
    ck_assert(b->level[10]);
    irq_set(&isa, false);
    ck_assert(b->level[10]);
    pci_intx(d, false);
    ck_assert(!b->level[10]);
    teardown();
}
END_TEST

START_TEST(isa_lines_go_straight_through)
{
    setup();
    for (unsigned n = 0; n < 16; n++) {
        set(piix3_isa_line(piix3, n), true);
        ck_assert(b->level[n]);
        set(piix3_isa_line(piix3, n), false);
        ck_assert(!b->level[n]);
    }
    teardown();
}
END_TEST

START_TEST(a20_is_open_when_either_source_opens_it)
{
    struct memory *m;

    setup();
    m = b->board->memory;
    ck_assert(mem_a20(m));
    set(piix3_a20_line(piix3), false);
    ck_assert(!mem_a20(m));
    bench_out(b, 0x92, 2, 1);
    ck_assert(mem_a20(m));
    ck_assert_uint_eq(bench_in(b, 0x92, 1), 2);
    set(piix3_a20_line(piix3), true);
    bench_out(b, 0x92, 0, 1);
    ck_assert(mem_a20(m));
    set(piix3_a20_line(piix3), false);
    ck_assert(!mem_a20(m));
    board_reset(b->board, RESET_HARD);
    ck_assert(mem_a20(m));
    teardown();
}
END_TEST

START_TEST(fast_init_is_pulsed_by_the_rising_bit)
{
    setup();
    bench_out(b, 0x92, 0xfe, 1);
    ck_assert_uint_eq(b->inits, 0);
    bench_out(b, 0x92, 3, 1);
    ck_assert_uint_eq(b->inits, 1);
    ck_assert_uint_eq(bench_in(b, 0x92, 1), 3);
    bench_out(b, 0x92, 3, 1);
    ck_assert_uint_eq(b->inits, 1);
    bench_out(b, 0x92, 2, 1);
    bench_out(b, 0x92, 1, 1);
    ck_assert_uint_eq(b->inits, 2);
    ck_assert_uint_eq(b->resets, 0);
    teardown();
}
END_TEST

START_TEST(keyboard_controller_pulls_init)
{
    setup();
    set(piix3_init_line(piix3), true);
    set(piix3_init_line(piix3), true);
    set(piix3_init_line(piix3), false);
    ck_assert_uint_eq(b->inits, 1);
    set(piix3_init_line(piix3), true);
    ck_assert_uint_eq(b->inits, 2);
    teardown();
}
END_TEST

START_TEST(reset_control_register_does_soft_and_hard_resets)
{
    setup();
    bench_out(b, 0xcf9, 0x02, 1);
    ck_assert_uint_eq(b->resets + b->inits, 0);
    ck_assert_uint_eq(bench_in(b, 0xcf9, 1), 0x02);
    bench_out(b, 0xcf9, 0x06, 1);
    ck_assert_uint_eq(b->resets, 1);
    bench_out(b, 0xcf9, 0x06, 1); /* no rise, no reset */
    ck_assert_uint_eq(b->resets, 1);
    board_reset(b->board, RESET_HARD);
    ck_assert_uint_eq(bench_in(b, 0xcf9, 1), 0);
    bench_out(b, 0xcf9, 0x04, 1);
    ck_assert_uint_eq(b->inits, 1);
    ck_assert_uint_eq(b->resets, 1);
    bench_out(b, 0xcf8, 0x0600, 2); /* it is a byte register */
    ck_assert_uint_eq(b->resets, 1);
    teardown();
}
END_TEST

START_TEST(chips_do_without_hooks)
{
    setup();
    b->board->hooks = NULL;
    bench_out(b, 0xcf9, 0x06, 1);
    bench_out(b, 0x92, 1, 1);
    set(piix3_ferr_line(piix3), true);
    bench_out(b, 0xf0, 0, 1);
    set(piix3_ferr_line(piix3), false);
    teardown();
}
END_TEST

START_TEST(port_61h_gates_counter_2_and_shows_its_output)
{
    setup();
    bench_out(b, 0x61, 0xff, 1);
    ck_assert(gate2);
    ck_assert_uint_eq(bench_in(b, 0x61, 1) & ~0x10u, 0x0f);
    out2_level = true;
    ck_assert_uint_eq(bench_in(b, 0x61, 1) & ~0x10u, 0x2f);
    bench_out(b, 0x61, 0xfe, 1);
    ck_assert(!gate2);
    ck_assert_uint_eq(bench_in(b, 0x61, 1) & ~0x10u, 0x2e);
    teardown();
}
END_TEST

/* Bit 4 changes with every refresh request, 18 clocks of 1.193182 MHz. */
START_TEST(refresh_bit_toggles_every_15_microseconds)
{
    unsigned changes = 0, last;

    setup();
    last = bench_in(b, 0x61, 1) & 0x10;
    for (unsigned us = 0; us < 15086; us++) {
        unsigned now;

        bench_run(b, 1000);
        now = bench_in(b, 0x61, 1) & 0x10;
        changes += now != last;
        last = now;
    }
    ck_assert_uint_eq(changes, 1000);
    teardown();
}
END_TEST

START_TEST(ferr_raises_irq_13_until_f0h_is_written)
{
    setup();
    set(piix3_ferr_line(piix3), true);
    ck_assert(b->level[13]);
    ck_assert(!ignne);
    bench_out(b, 0xf0, 0, 1);
    ck_assert(!b->level[13]);
    ck_assert(ignne);
    set(piix3_ferr_line(piix3), false);
    ck_assert(!ignne);
    ck_assert_uint_eq(bench_in(b, 0xf0, 1), 0xff);
    teardown();
}
END_TEST

START_TEST(irq_13_is_latched_when_the_error_goes_away_first)
{
    setup();
    set(piix3_ferr_line(piix3), true);
    set(piix3_ferr_line(piix3), false);
    ck_assert(b->level[13]);
    bench_out(b, 0xf1, 0, 1);
    ck_assert(!b->level[13]);
    ck_assert_uint_eq(ignne_calls, 0); /* nothing to ignore */
    set(piix3_ferr_line(piix3), true);
    ck_assert_uint_eq(b->edges[13], 2);
    teardown();
}
END_TEST

START_TEST(saved_bridge_comes_back_without_an_edge)
{
    struct state_buffer buf = { 0 };
    size_t at = 0;
    struct pci_device *c;
    unsigned edges;

    setup();
    c = card("a", 1, 7, 1);
    route(0x0b0b0a0a);
    pci_intx(c, true);
    set(piix3_ferr_line(piix3), true);
    bench_out(b, 0xf0, 0, 1);
    set(piix3_a20_line(piix3), false);
    state_save_board(&buf, b->board);
    bench_out(b, 0x92, 2, 1);
    ck_assert(state_load_board(buf.data, buf.used, &at, b->board, NULL));
    edges = b->edges[10];
    ck_assert(!mem_a20(b->board->memory));
    ck_assert(ignne);
    ck_assert_uint_eq(b->edges[10], edges);
    pci_intx(c, true);
    ck_assert_uint_eq(b->edges[10], edges);
    state_buffer_free(&buf);
    teardown();
}
END_TEST

START_TEST(place_that_is_taken_is_an_error)
{
    struct piix3_wiring none = { 0 };
    struct error err = { { 0 } };
    struct device *second;

    setup();
    second = piix3_new(b->board, bus, &none, &err);
    ck_assert_ptr_null(second);
    ck_assert(err.text[0]);
    teardown();

    b = bench_new();
    ck_assert_ptr_nonnull(host_new(b, &bus, NULL));
    card("squatter", 1, 0, 0);
    ck_assert_ptr_null(piix3_new(b->board, bus, &none, &err));
    ck_assert_str_eq(err.text, "piix3: PCI function 01.0 is already used by squatter");
    ck_assert_uint_eq(bench_in(b, 0x92, 1), 0xff);
    teardown();
}
END_TEST

START_TEST(bridge_without_counter_2_still_has_port_61h)
{
    struct piix3_wiring none = { 0 };

    b = bench_new();
    ck_assert_ptr_nonnull(host_new(b, &bus, NULL));
    ck_assert_ptr_nonnull(piix3_new(b->board, bus, &none, NULL));
    bench_out(b, 0x61, 3, 1);
    ck_assert_uint_eq(bench_in(b, 0x61, 1) & 0x2f, 3);
    teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("piix3");
    TCase *pins = tcase_create("pins");

    CHECK_CASE(suite, "interrupts", header_says_isa_bridge_of_several_functions,
               pirq_is_routed_where_its_register_says, reserved_interrupts_cannot_be_chosen,
               shared_line_is_low_only_when_all_have_let_go, isa_lines_go_straight_through);
    tcase_add_loop_test(pins, pins_are_turned_from_slot_to_slot, 0, 5 * 4);
    suite_add_tcase(suite, pins);
    CHECK_CASE(suite, "A20 and resets", a20_is_open_when_either_source_opens_it,
               fast_init_is_pulsed_by_the_rising_bit, keyboard_controller_pulls_init,
               reset_control_register_does_soft_and_hard_resets, chips_do_without_hooks);
    CHECK_CASE(suite, "ports", port_61h_gates_counter_2_and_shows_its_output,
               refresh_bit_toggles_every_15_microseconds, ferr_raises_irq_13_until_f0h_is_written,
               irq_13_is_latched_when_the_error_goes_away_first,
               bridge_without_counter_2_still_has_port_61h);
    CHECK_CASE(suite, "state and creation", saved_bridge_comes_back_without_an_edge,
               place_that_is_taken_is_an_error);
    generic_tests(suite, &chip_piix3);
    return check_main(suite);
}
