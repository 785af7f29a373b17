/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PC16550D: registers, FIFOs, interrupts and timing, named after the data sheet. */
#include <string.h>

#include "core/state.h"
#include "devices/serial/i16550.h"
#include "tests/check_main.h"
#include "tests/unit/serial/chips.h"

enum { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR, FCR = IIR };
enum { LINE = 4 };
#define CHARACTER 86805ull /* ns: ten bits at 115200 baud, rounded down */

/* The far end of the line. */
static struct far_end {
    struct chardev chr; /* first member */
    uint8_t sent[64];
    unsigned sent_count;
    bool full;
    unsigned lines, baud, bits, stops;
    char parity;
    const char *waiting; /* what it still has to send */
} far_end;

static struct bench *b;
static struct device *uart;

static size_t far_write(struct chardev *chr, const uint8_t *data, size_t len)
{
    struct far_end *f = (struct far_end *)chr;

    if (f->full)
        return 0;
    ck_assert_uint_eq(len, 1);
    f->sent[f->sent_count++ % 64] = *data;
    return 1;
}

static void far_lines(struct chardev *chr, unsigned lines)
{
    ((struct far_end *)chr)->lines = lines;
}

static void far_params(struct chardev *chr, unsigned baud, unsigned bits, char parity,
                       unsigned stops)
{
    struct far_end *f = (struct far_end *)chr;

    f->baud = baud;
    f->bits = bits;
    f->parity = parity;
    f->stops = stops;
}

static void far_hungry(struct chardev *chr)
{
    struct far_end *f = (struct far_end *)chr;

    if (f->waiting && *f->waiting && chr->room(chr->ctx))
        chr->receive(chr->ctx, (const uint8_t *)f->waiting++, 1);
}

static uint8_t in(unsigned reg)
{
    return (uint8_t)bench_in(b, (uint16_t)(0x3f8 + reg), 1);
}

static void out(unsigned reg, unsigned value)
{
    bench_out(b, (uint16_t)(0x3f8 + reg), value, 1);
}

/* 115200 8N1, OUT2 on, no FIFO. */
static void setup(void)
{
    far_end = (struct far_end){ .chr = { .write = far_write,
                                         .set_lines = far_lines,
                                         .set_params = far_params,
                                         .hungry = far_hungry } };
    b = bench_new();
    uart = i16550_new(b->board, "serial0", 0x3f8, bench_irq(b, LINE), &far_end.chr, NULL);
    ck_assert_ptr_nonnull(uart);
    out(LCR, 0x80);
    out(0, 1);
    out(1, 0);
    out(LCR, 3);
    out(MCR, 0x08);
}

static void teardown(void)
{
    bench_free(b);
}

static void characters(unsigned n)
{
    bench_run(b, n * (CHARACTER + 1));
}

static void far_sends(const char *text)
{
    far_end.waiting = text;
    far_hungry(&far_end.chr);
}

static void far_sends_bad(uint8_t data, unsigned errors)
{
    far_end.chr.receive_bad(far_end.chr.ctx, data, errors);
    characters(1);
}

static void far_sets(unsigned lines)
{
    far_end.chr.lines = lines;
    far_end.chr.lines_changed(far_end.chr.ctx);
}

/* ---- registers ---- */

START_TEST(registers_come_up_as_master_reset_leaves_them)
{
    setup();
    board_reset(b->board, RESET_HARD);
    ck_assert_uint_eq(in(IER), 0);
    ck_assert_uint_eq(in(IIR), 1);
    ck_assert_uint_eq(in(LCR), 0);
    ck_assert_uint_eq(in(MCR), 0);
    ck_assert_uint_eq(in(LSR), 0x60);
    ck_assert_uint_eq(in(MSR), 0);
    ck_assert_uint_eq(in(RBR), 0);
    teardown();
}
END_TEST

START_TEST(unused_bits_read_0)
{
    setup();
    out(IER, 0xff);
    ck_assert_uint_eq(in(IER), 0x0f);
    out(MCR, 0xff);
    ck_assert_uint_eq(in(MCR), 0x1f);
    out(LCR, 0x7f);
    ck_assert_uint_eq(in(LCR), 0x7f);
    out(SCR, 0xa5);
    ck_assert_uint_eq(in(SCR), 0xa5);
    out(LSR, 0);
    out(MSR, 0xff);
    ck_assert_uint_eq(in(LSR)&0x60, 0x60);
    teardown();
}
END_TEST

START_TEST(dlab_opens_the_divisor_latches)
{
    setup();
    out(LCR, 0x83);
    out(0, 0x80);
    out(1, 0x25);
    ck_assert_uint_eq(in(0), 0x80);
    ck_assert_uint_eq(in(1), 0x25);
    out(LCR, 0x03);
    ck_assert_uint_eq(in(1), 0);
    teardown();
}
END_TEST

START_TEST(line_parameters_are_told_to_the_far_end)
{
    static const struct {
        uint8_t lcr;
        uint8_t bits, stops;
        char parity;
    } cases[] = { { 0x03, 8, 1, 'N' },
                  { 0x0a, 7, 1, 'O' },
                  { 0x1f, 8, 2, 'E' },
                  { 0x28, 5, 1, 'M' },
                  { 0x39, 6, 1, 'S' } };

    setup();
    for (unsigned i = 0; i < 5; i++) {
        out(LCR, cases[i].lcr);
        ck_assert_uint_eq(far_end.bits, cases[i].bits);
        ck_assert_uint_eq(far_end.stops, cases[i].stops);
        ck_assert_int_eq(far_end.parity, cases[i].parity);
    }
    ck_assert_uint_eq(far_end.baud, 115200);
    out(LCR, 0x80);
    out(0, 48);
    ck_assert_uint_eq(far_end.baud, 2400);
    out(0, 0);
    ck_assert_uint_eq(far_end.baud, 1); /* 0 divides by 65536 */
    teardown();
}
END_TEST

/* ---- transmitter ---- */

START_TEST(character_leaves_after_its_time_on_the_line)
{
    setup();
    out(RBR, 'A');
    ck_assert_uint_eq(in(LSR), 0x20); /* holding register empty, shift register not */
    bench_run(b, CHARACTER - 1);
    ck_assert_uint_eq(far_end.sent_count, 0);
    bench_run(b, 1);
    ck_assert_uint_eq(far_end.sent_count, 1);
    ck_assert_uint_eq(far_end.sent[0], 'A');
    ck_assert_uint_eq(in(LSR), 0x60);
    teardown();
}
END_TEST

START_TEST(character_time_follows_divisor_and_format)
{
    static const struct {
        uint8_t lcr;
        unsigned half_bits;
    } cases[] = { { 0x00, 14 }, { 0x04, 15 }, { 0x07, 22 }, { 0x0b, 22 }, { 0x0f, 24 } };

    setup();
    for (unsigned i = 0; i < 5; i++) {
        uint64_t ns = vclock_ticks_to_ns(cases[i].half_bits * 8ull * 12, 1843200);
        unsigned before = far_end.sent_count;

        out(LCR, 0x80);
        out(0, 12);
        out(LCR, cases[i].lcr);
        out(RBR, 1);
        bench_run(b, ns - 1);
        ck_assert_uint_eq(far_end.sent_count, before);
        bench_run(b, 1);
        ck_assert_uint_eq(far_end.sent_count, before + 1);
    }
    teardown();
}
END_TEST

START_TEST(short_words_lose_their_upper_bits)
{
    setup();
    out(LCR, 0);
    out(RBR, 0xff);
    characters(1);
    ck_assert_uint_eq(far_end.sent[0], 0x1f);
    far_sends("\xff");
    characters(1);
    ck_assert_uint_eq(in(RBR), 0x1f);
    teardown();
}
END_TEST

START_TEST(thre_interrupt_comes_when_it_is_enabled_and_goes_when_iir_is_read)
{
    setup();
    out(IER, 2);
    ck_assert(b->level[LINE]);
    ck_assert_uint_eq(in(IIR), 2);
    ck_assert(!b->level[LINE]);
    ck_assert_uint_eq(in(IIR), 1);
    out(IER, 2); /* was on: nothing new */
    ck_assert(!b->level[LINE]);
    out(IER, 0);
    out(IER, 2);
    ck_assert(b->level[LINE]);
    teardown();
}
END_TEST

START_TEST(thre_interrupt_goes_when_a_character_is_written)
{
    setup();
    out(IER, 2);
    out(RBR, 'a'); /* at once in the shift register: empty again */
    ck_assert_uint_eq(b->edges[LINE], 2);
    ck_assert_uint_eq(in(IIR), 2);
    out(RBR, 'b');
    ck_assert(!b->level[LINE]);
    ck_assert_uint_eq(in(IIR), 1);
    ck_assert_uint_eq(in(LSR), 0);
    characters(1);
    ck_assert(b->level[LINE]);
    ck_assert_uint_eq(in(LSR), 0x20);
    teardown();
}
END_TEST

START_TEST(reading_iir_clears_thre_only_if_thre_is_what_it_shows)
{
    setup();
    out(IER, 3);
    far_sends("x");
    characters(1);
    ck_assert_uint_eq(in(IIR), 4);
    ck_assert_uint_eq(in(IIR), 4);
    in(RBR);
    ck_assert_uint_eq(in(IIR), 2);
    ck_assert_uint_eq(in(IIR), 1);
    teardown();
}
END_TEST

START_TEST(holding_register_that_is_full_is_overwritten)
{
    setup();
    out(RBR, '1');
    out(RBR, '2');
    out(RBR, '3');
    characters(3);
    ck_assert_uint_eq(far_end.sent_count, 2);
    ck_assert(!memcmp(far_end.sent, "13", 2));
    teardown();
}
END_TEST

START_TEST(transmit_fifo_takes_16_characters_in_order)
{
    setup();
    out(FCR, 0x01);
    for (unsigned i = 0; i < 20; i++)
        out(RBR, 'a' + i);
    ck_assert_uint_eq(in(LSR), 0);
    characters(16);
    ck_assert_uint_eq(in(LSR), 0x20); /* one in the shift register still */
    characters(10);
    ck_assert_uint_eq(far_end.sent_count, 17);
    ck_assert(!memcmp(far_end.sent, "abcdefghijklmnopq", 17));
    teardown();
}
END_TEST

START_TEST(thre_interrupt_of_a_single_character_waits_until_it_has_left)
{
    setup();
    out(FCR, 0x01);
    out(IER, 2);
    in(IIR);
    out(RBR, 'a');
    ck_assert_uint_eq(in(LSR), 0x20);
    ck_assert(!b->level[LINE]);
    out(IER, 0); /* nor is it to be had by enabling */
    out(IER, 2);
    ck_assert(!b->level[LINE]);
    characters(1);
    ck_assert(b->level[LINE]);
    ck_assert_uint_eq(in(IIR), 0xc2);
    out(RBR, 'b');
    out(RBR, 'c');
    out(RBR, 'd'); /* two in the FIFO: the interrupt comes as soon as it is empty */
    characters(2);
    ck_assert(b->level[LINE]);
    ck_assert_uint_eq(in(LSR), 0x20);
    teardown();
}
END_TEST

START_TEST(transmit_fifo_reset_drops_all_but_the_shift_register)
{
    setup();
    out(FCR, 0x01);
    out(RBR, 'a');
    out(RBR, 'b');
    out(RBR, 'c');
    out(IER, 2);
    ck_assert(!b->level[LINE]);
    out(FCR, 0x05);
    ck_assert(b->level[LINE]);
    characters(3);
    ck_assert_uint_eq(far_end.sent_count, 1);
    teardown();
}
END_TEST

START_TEST(far_end_that_is_full_holds_up_the_transmitter)
{
    setup();
    far_end.full = true;
    out(RBR, 'a');
    out(RBR, 'b');
    characters(50);
    ck_assert_uint_eq(in(LSR), 0);
    far_end.full = false;
    far_end.chr.writable(far_end.chr.ctx);
    bench_run(b, 1);
    ck_assert_uint_eq(far_end.sent_count, 1);
    far_end.chr.writable(far_end.chr.ctx); /* what is on the line takes its time */
    bench_run(b, CHARACTER - 2);
    ck_assert_uint_eq(far_end.sent_count, 1);
    bench_run(b, 2);
    ck_assert_uint_eq(far_end.sent_count, 2);
    ck_assert(!memcmp(far_end.sent, "ab", 2));
    far_end.chr.writable(far_end.chr.ctx);
    teardown();
}
END_TEST

START_TEST(far_end_that_says_nothing_is_tried_again)
{
    setup();
    far_end.full = true;
    out(RBR, 'a');
    characters(1);
    far_end.full = false;
    bench_run(b, 10000000);
    ck_assert_uint_eq(far_end.sent_count, 1);
    teardown();
}
END_TEST

START_TEST(fast_line_keeps_the_order)
{
    setup();
    i16550_set_fast(uart, true);
    out(FCR, 0x01);
    for (unsigned i = 0; i < 16; i++)
        out(RBR, 'a' + i);
    bench_run(b, 32000);
    ck_assert_uint_eq(far_end.sent_count, 16);
    ck_assert(!memcmp(far_end.sent, "abcdefghijklmnop", 16));
    teardown();
}
END_TEST

START_TEST(break_holds_the_line_and_loses_what_is_sent)
{
    setup();
    out(MCR, 0x0b);
    ck_assert_uint_eq(far_end.lines, LINE_DTR | LINE_RTS);
    out(LCR, 0x43);
    ck_assert_uint_eq(far_end.lines, LINE_DTR | LINE_RTS | LINE_BREAK);
    out(RBR, 'a');
    characters(1);
    ck_assert_uint_eq(in(LSR), 0x60);
    ck_assert_uint_eq(far_end.sent_count, 0);
    out(LCR, 0x03);
    ck_assert_uint_eq(far_end.lines, LINE_DTR | LINE_RTS);
    teardown();
}
END_TEST

/* ---- receiver ---- */

START_TEST(character_arrives_after_its_time_on_the_line)
{
    setup();
    out(IER, 1);
    far_sends("k");
    bench_run(b, CHARACTER - 1);
    ck_assert_uint_eq(in(LSR)&1, 0);
    bench_run(b, 1);
    ck_assert_uint_eq(in(LSR), 0x61);
    ck_assert(b->level[LINE]);
    ck_assert_uint_eq(in(IIR), 4);
    ck_assert_uint_eq(in(RBR), 'k');
    ck_assert(!b->level[LINE]);
    ck_assert_uint_eq(in(RBR), 'k'); /* the register keeps it */
    teardown();
}
END_TEST

START_TEST(far_end_waits_while_the_receiver_is_full)
{
    setup();
    far_sends("xyz");
    characters(10);
    ck_assert_uint_eq(in(LSR), 0x61);
    ck_assert_uint_eq(in(RBR), 'x');
    characters(1);
    ck_assert_uint_eq(in(RBR), 'y');
    characters(1);
    ck_assert_uint_eq(in(RBR), 'z');
    ck_assert_uint_eq(in(LSR), 0x60);
    far_end.chr.receive(far_end.chr.ctx, (const uint8_t *)"", 0);
    teardown();
}
END_TEST

START_TEST(receive_fifo_interrupts_at_its_trigger_level)
{
    static const unsigned levels[4] = { 1, 4, 8, 14 };

    for (unsigned i = 0; i < 4; i++) {
        setup();
        out(FCR, 0x01 | i << 6);
        out(IER, 1);
        far_sends("0123456789abcdefghij");
        characters(levels[i] - 1);
        ck_assert(!b->level[LINE]);
        characters(1);
        ck_assert(b->level[LINE]);
        ck_assert_uint_eq(in(IIR), 0xc4);
        ck_assert_uint_eq(in(RBR), '0');
        ck_assert(!b->level[LINE]);
        characters(20);
        for (unsigned n = 1; n < 17; n++)
            ck_assert_uint_eq(in(RBR), "0123456789abcdefghij"[n]);
        teardown();
    }
}
END_TEST

START_TEST(time_out_comes_after_four_characters_of_silence)
{
    setup();
    out(FCR, 0xc1);
    out(IER, 1);
    far_sends("abc");
    characters(3);
    bench_run(b, 4 * CHARACTER - 20);
    ck_assert(!b->level[LINE]);
    bench_run(b, 40);
    ck_assert(b->level[LINE]);
    ck_assert_uint_eq(in(IIR), 0xcc);
    ck_assert_uint_eq(in(IIR), 0xcc);
    ck_assert_uint_eq(in(RBR), 'a');
    ck_assert(!b->level[LINE]);
    characters(4);
    ck_assert(b->level[LINE]);
    in(RBR);
    in(RBR);
    characters(8);
    ck_assert(!b->level[LINE]); /* nothing left */
    teardown();
}
END_TEST

START_TEST(time_out_starts_anew_with_every_character)
{
    setup();
    out(FCR, 0xc1);
    out(IER, 1);
    far_sends("a");
    characters(3);
    far_sends("b");
    characters(4);
    ck_assert(!b->level[LINE]);
    characters(2);
    ck_assert_uint_eq(in(IIR), 0xcc);
    teardown();
}
END_TEST

START_TEST(receive_fifo_reset_drops_what_has_come)
{
    setup();
    out(FCR, 0x01);
    out(IER, 1);
    far_sends("abc");
    characters(3);
    ck_assert(b->level[LINE]);
    out(FCR, 0x03);
    ck_assert(!b->level[LINE]);
    ck_assert_uint_eq(in(LSR), 0x60);
    characters(8);
    ck_assert_uint_eq(in(IIR), 0xc1);
    teardown();
}
END_TEST

START_TEST(changing_the_fifo_mode_clears_both_fifos)
{
    setup();
    out(FCR, 0x01);
    far_sends("ab");
    characters(2);
    out(FCR, 0x00);
    ck_assert_uint_eq(in(LSR), 0x60);
    ck_assert_uint_eq(in(IIR), 1);
    out(FCR, 0xc6); /* without bit 0 nothing is programmed */
    ck_assert_uint_eq(in(IIR), 1);
    teardown();
}
END_TEST

/* ---- line status ---- */

START_TEST(errors_belong_to_the_character_at_the_top)
{
    setup();
    out(FCR, 0x01);
    far_sends("a");
    characters(1);
    far_sends_bad('b', CHAR_PARITY);
    far_sends_bad('c', CHAR_FRAMING);
    ck_assert_uint_eq(in(LSR), 0xe1); /* somewhere in the FIFO */
    ck_assert_uint_eq(in(RBR), 'a');
    ck_assert_uint_eq(in(LSR), 0xe5);
    ck_assert_uint_eq(in(LSR), 0xe1);
    ck_assert_uint_eq(in(RBR), 'b');
    ck_assert_uint_eq(in(LSR), 0xe9);
    ck_assert_uint_eq(in(LSR), 0x61);
    teardown();
}
END_TEST

START_TEST(line_status_interrupt_has_the_first_place)
{
    setup();
    out(IER, 7);
    far_sends_bad(0, CHAR_BREAK);
    ck_assert_uint_eq(in(IIR), 6);
    ck_assert_uint_eq(in(LSR), 0x71);
    ck_assert_uint_eq(in(IIR), 4);
    ck_assert_uint_eq(in(RBR), 0);
    ck_assert_uint_eq(in(IIR), 2);
    teardown();
}
END_TEST

START_TEST(overrun_without_fifo_replaces_the_character)
{
    setup();
    out(MCR, 0x18); /* the far end waits; the own transmitter does not */
    out(RBR, 'a');
    characters(1);
    out(RBR, 'b');
    characters(1);
    ck_assert_uint_eq(in(LSR), 0x63);
    ck_assert_uint_eq(in(LSR), 0x61);
    ck_assert_uint_eq(in(RBR), 'b');
    ck_assert_uint_eq(in(LSR), 0x60);
    teardown();
}
END_TEST

START_TEST(overrun_of_the_fifo_keeps_what_is_in_it)
{
    setup();
    out(FCR, 0x01);
    out(MCR, 0x18);
    for (unsigned i = 0; i < 17; i++) {
        out(RBR, (uint8_t)('a' + i));
        characters(1);
    }
    ck_assert_uint_eq(in(LSR), 0x63);
    for (unsigned i = 0; i < 16; i++)
        ck_assert_uint_eq(in(RBR), 'a' + i);
    ck_assert_uint_eq(in(LSR), 0x60);
    teardown();
}
END_TEST

/* ---- modem ---- */

START_TEST(modem_status_shows_levels_and_changes)
{
    setup();
    out(IER, 8);
    far_sets(LINE_CTS | LINE_DSR);
    ck_assert(b->level[LINE]);
    ck_assert_uint_eq(in(IIR), 0);
    ck_assert_uint_eq(in(MSR), 0x33);
    ck_assert(!b->level[LINE]);
    ck_assert_uint_eq(in(MSR), 0x30);
    far_sets(LINE_CTS | LINE_DSR | LINE_DCD);
    ck_assert_uint_eq(in(MSR), 0xb8);
    teardown();
}
END_TEST

START_TEST(ring_indicator_counts_when_it_ends)
{
    setup();
    far_sets(LINE_RI);
    ck_assert_uint_eq(in(MSR), 0x40);
    far_sets(0);
    ck_assert_uint_eq(in(MSR), 0x04);
    teardown();
}
END_TEST

START_TEST(out2_lets_interrupts_through)
{
    setup();
    out(MCR, 0);
    out(IER, 2);
    ck_assert(!b->level[LINE]);
    out(MCR, 8);
    ck_assert(b->level[LINE]);
    out(MCR, 0);
    ck_assert(!b->level[LINE]);
    ck_assert_uint_eq(in(IIR), 2);
    teardown();
}
END_TEST

START_TEST(loopback_connects_outputs_to_inputs)
{
    static const uint8_t seen[16] = { 0x00, 0x20, 0x10, 0x30, 0x40, 0x60, 0x50, 0x70,
                                      0x80, 0xa0, 0x90, 0xb0, 0xc0, 0xe0, 0xd0, 0xf0 };

    setup();
    far_sets(LINE_CTS | LINE_DCD);
    for (unsigned i = 0; i < 16; i++) {
        out(MCR, 0x10 | i);
        ck_assert_uint_eq(in(MSR)&0xf0, seen[i]);
        ck_assert_uint_eq(far_end.lines, 0);
    }
    out(MCR, 0x10);
    in(MSR);
    out(MCR, 0x1b);
    ck_assert_uint_eq(in(MSR), 0xbb);
    out(MCR, 0x03);
    ck_assert_uint_eq(in(MSR)&0xf0, 0x90);
    ck_assert_uint_eq(far_end.lines, LINE_DTR | LINE_RTS);
    teardown();
}
END_TEST

START_TEST(loopback_returns_what_is_sent_and_hears_nothing_else)
{
    setup();
    out(MCR, 0x18);
    far_sends("x");
    out(RBR, 0x5a);
    characters(1);
    ck_assert_uint_eq(in(RBR), 0x5a);
    ck_assert_uint_eq(far_end.sent_count, 0);
    far_sends_bad(1, 0);
    ck_assert_uint_eq(in(LSR), 0x60);
    ck_assert(!b->level[LINE]);
    out(LCR, 0x43);
    ck_assert_uint_eq(in(LSR), 0x71);
    in(RBR);
    out(LCR, 0x03);
    out(MCR, 0x08); /* now the far end gets its turn */
    characters(1);
    ck_assert_uint_eq(in(RBR), 'x');
    teardown();
}
END_TEST

/* ---- state and wiring ---- */

START_TEST(uart_without_a_line_sends_into_the_void)
{
    b = bench_new();
    uart = i16550_new(b->board, "serial0", 0x3f8, bench_irq(b, LINE), NULL, NULL);
    ck_assert_ptr_nonnull(uart);
    out(IER, 2);
    ck_assert_uint_eq(in(IER), 2); /* SeaBIOS takes this as presence */
    out(MCR, 0x0b);
    ck_assert_uint_eq(in(MSR), 0);
    out(RBR, 'x');
    bench_run(b, 10000000);
    ck_assert_uint_eq(in(LSR), 0x60);
    ck_assert_ptr_null(i16550_new(b->board, "serial1", 0x3f8, bench_irq(b, 3), NULL, NULL));
    teardown();
}
END_TEST

START_TEST(characters_under_way_survive_save_and_load)
{
    struct state_buffer buf = { 0 };
    size_t at = 0;

    setup();
    out(FCR, 0xc1);
    out(IER, 3);
    out(MCR, 0x0b);
    out(RBR, 'a');
    out(RBR, 'b');
    far_sends("xy");
    characters(1);
    state_save_board(&buf, b->board);
    teardown();

    setup();
    ck_assert(state_load_board(buf.data, buf.used, &at, b->board, NULL));
    ck_assert_uint_eq(far_end.lines, LINE_DTR | LINE_RTS);
    ck_assert_uint_eq(far_end.baud, 115200);
    characters(2);
    ck_assert_uint_eq(far_end.sent_count, 1);
    ck_assert_uint_eq(far_end.sent[0], 'b');
    ck_assert_uint_eq(in(RBR), 'x');
    ck_assert_uint_eq(in(RBR), 'y');
    state_buffer_free(&buf);
    teardown();
}
END_TEST

START_TEST(line_may_outlive_the_uart)
{
    setup();
    device_free(uart);
    ck_assert_ptr_null(far_end.chr.receive);
    ck_assert_ptr_null(far_end.chr.ctx);
    teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("i16550");

    CHECK_CASE(suite, "registers", registers_come_up_as_master_reset_leaves_them,
               unused_bits_read_0, dlab_opens_the_divisor_latches,
               line_parameters_are_told_to_the_far_end);
    CHECK_CASE(
        suite, "transmitter", character_leaves_after_its_time_on_the_line,
        character_time_follows_divisor_and_format, short_words_lose_their_upper_bits,
        thre_interrupt_comes_when_it_is_enabled_and_goes_when_iir_is_read,
        thre_interrupt_goes_when_a_character_is_written,
        reading_iir_clears_thre_only_if_thre_is_what_it_shows,
        holding_register_that_is_full_is_overwritten, transmit_fifo_takes_16_characters_in_order,
        thre_interrupt_of_a_single_character_waits_until_it_has_left,
        transmit_fifo_reset_drops_all_but_the_shift_register,
        far_end_that_is_full_holds_up_the_transmitter, far_end_that_says_nothing_is_tried_again,
        fast_line_keeps_the_order, break_holds_the_line_and_loses_what_is_sent);
    CHECK_CASE(
        suite, "receiver", character_arrives_after_its_time_on_the_line,
        far_end_waits_while_the_receiver_is_full, receive_fifo_interrupts_at_its_trigger_level,
        time_out_comes_after_four_characters_of_silence, time_out_starts_anew_with_every_character,
        receive_fifo_reset_drops_what_has_come, changing_the_fifo_mode_clears_both_fifos);
    CHECK_CASE(suite, "line status", errors_belong_to_the_character_at_the_top,
               line_status_interrupt_has_the_first_place,
               overrun_without_fifo_replaces_the_character,
               overrun_of_the_fifo_keeps_what_is_in_it);
    CHECK_CASE(suite, "modem", modem_status_shows_levels_and_changes,
               ring_indicator_counts_when_it_ends, out2_lets_interrupts_through,
               loopback_connects_outputs_to_inputs,
               loopback_returns_what_is_sent_and_hears_nothing_else);
    CHECK_CASE(suite, "state and wiring", uart_without_a_line_sends_into_the_void,
               characters_under_way_survive_save_and_load, line_may_outlive_the_uart);
    generic_tests(suite, &chip_i16550);
    return check_main(suite);
}
