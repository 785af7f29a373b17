/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The printer port: registers, handshake, jobs. */
#include <string.h>

#include "core/state.h"
#include "devices/serial/parallel.h"
#include "tests/check_main.h"
#include "tests/unit/serial/chips.h"

enum { DATA = 0x378, STATUS, CONTROL, EPP_ADDRESS, EPP_DATA };
enum { LINE = 7, READY = 0xde, BUSY = 0x5e, ACKNOWLEDGE = 0x1e };
#define SECOND 1000000000ull

/* What is on the plug. */
static struct paper {
    struct printer printer; /* first member */
    char text[64];
    unsigned count, jobs;
    uint64_t resumed;
    bool full;
} paper;

static struct bench *b;

static bool take(struct printer *printer, uint8_t byte)
{
    struct paper *p = (struct paper *)printer;

    if (p->full || printer->status != PRINTER_READY)
        return false;
    p->text[p->count++ % 64] = (char)byte;
    printer->job = 77;
    return true;
}

static void end(struct printer *printer)
{
    struct paper *p = (struct paper *)printer;

    p->jobs += printer->job != 0;
    printer->job = 0;
}

static void resume(struct printer *printer, uint64_t job)
{
    ((struct paper *)printer)->resumed = printer->job = job;
}

static uint8_t in(unsigned port)
{
    return (uint8_t)bench_in(b, (uint16_t)port, 1);
}

static void out(unsigned port, unsigned value)
{
    bench_out(b, (uint16_t)port, value, 1);
}

static void setup_bare(void)
{
    b = bench_new();
    ck_assert_ptr_nonnull(
        parallel_new(b->board, "lpt", DATA, bench_irq(b, LINE), NULL, SECOND, NULL));
}

/* A printer that is on, INIT high. */
static void setup(void)
{
    paper = (struct paper){ .printer = { .write = take, .end_job = end, .resume_job = resume } };
    b = bench_new();
    ck_assert_ptr_nonnull(
        parallel_new(b->board, "lpt", DATA, bench_irq(b, LINE), &paper.printer, 10 * SECOND, NULL));
    out(CONTROL, 0x0c);
}

static void teardown(void)
{
    bench_free(b);
}

/* As a BIOS does it. */
static void print(const char *text)
{
    for (; *text; text++) {
        ck_assert_uint_eq(in(STATUS), READY);
        out(DATA, (uint8_t)*text);
        out(CONTROL, 0x0d);
        out(CONTROL, 0x0c);
        bench_run(b, 10000);
    }
}

/* ---- registers ---- */

START_TEST(data_latch_is_read_back)
{
    setup_bare();
    out(CONTROL, 0xdf); /* how SeaBIOS looks for a port */
    out(DATA, 0xaa);
    ck_assert_uint_eq(in(DATA), 0xaa);
    out(DATA, 0x55);
    ck_assert_uint_eq(in(DATA), 0x55);
    teardown();
}
END_TEST

START_TEST(control_latch_holds_six_bits)
{
    setup_bare();
    out(CONTROL, 0xff);
    ck_assert_uint_eq(in(CONTROL), 0xff);
    out(CONTROL, 0x0c);
    ck_assert_uint_eq(in(CONTROL), 0xcc);
    teardown();
}
END_TEST

START_TEST(unplugged_port_is_busy_and_never_acknowledges)
{
    setup_bare();
    ck_assert_uint_eq(in(STATUS), 0x7e);
    out(STATUS, 0);
    ck_assert_uint_eq(in(STATUS), 0x7e);
    out(CONTROL, 0x1c);
    out(CONTROL, 0x1d);
    out(CONTROL, 0x1c);
    bench_run(b, SECOND);
    ck_assert_uint_eq(in(STATUS), 0x7e);
    ck_assert_uint_eq(b->edges[LINE], 0);
    teardown();
}
END_TEST

START_TEST(direction_bit_lets_the_pins_float)
{
    setup();
    out(DATA, 0x12);
    out(CONTROL, 0x2c);
    ck_assert_uint_eq(in(DATA), 0xff);
    out(DATA, 0x34); /* into the latch all the same */
    out(CONTROL, 0x0c);
    ck_assert_uint_eq(in(DATA), 0x34);
    teardown();
}
END_TEST

START_TEST(epp_cycles_end_with_the_time_out_bit)
{
    setup();
    ck_assert_uint_eq(in(STATUS), READY);
    out(EPP_ADDRESS, 0x12);
    ck_assert_uint_eq(in(STATUS), READY | 1);
    ck_assert_uint_eq(in(DATA), 0x12);
    out(STATUS, 1);
    ck_assert_uint_eq(in(STATUS), READY);
    for (unsigned port = EPP_ADDRESS; port < DATA + 8; port++) {
        ck_assert_uint_eq(in(port), 0xff);
        ck_assert_uint_eq(in(STATUS), READY | 1);
        out(STATUS, 1);
    }
    ck_assert_uint_eq(paper.count, 0);
    teardown();
}
END_TEST

START_TEST(port_beside_the_video_adapter_has_no_epp)
{
    b = bench_new();
    ck_assert_ptr_nonnull(
        parallel_new(b->board, "lpt", 0x3bc, bench_irq(b, LINE), NULL, SECOND, NULL));
    out(0x3bc, 0x55);
    ck_assert_uint_eq(in(0x3bc), 0x55);
    ck_assert_uint_eq(in(0x3bd), 0x7e);
    out(0x3bf, 0x12);
    ck_assert_uint_eq(in(0x3bc), 0x55);
    ck_assert_uint_eq(in(0x3bd), 0x7e);
    teardown();
}
END_TEST

/* ---- handshake ---- */

START_TEST(strobe_makes_busy_and_acknowledge_ends_it)
{
    setup();
    out(DATA, 'x');
    out(CONTROL, 0x0d);
    ck_assert_uint_eq(in(STATUS), BUSY);
    bench_run(b, SECOND);
    ck_assert_uint_eq(in(STATUS), BUSY); /* STROBE is still low */
    ck_assert_uint_eq(paper.count, 0);
    out(CONTROL, 0x0c);
    ck_assert_uint_eq(in(STATUS), ACKNOWLEDGE);
    bench_run(b, 9999);
    ck_assert_uint_eq(in(STATUS), ACKNOWLEDGE);
    bench_run(b, 1);
    ck_assert_uint_eq(in(STATUS), READY);
    ck_assert_uint_eq(paper.count, 1);
    ck_assert_int_eq(paper.text[0], 'x');
    teardown();
}
END_TEST

START_TEST(character_is_that_of_the_strobes_beginning)
{
    setup();
    out(DATA, 'x');
    out(CONTROL, 0x0d);
    out(DATA, 'y');
    out(CONTROL, 0x0c);
    ck_assert_int_eq(paper.text[0], 'x');
    teardown();
}
END_TEST

START_TEST(strobe_to_a_busy_printer_is_lost)
{
    setup();
    out(DATA, 'x');
    out(CONTROL, 0x0d);
    out(CONTROL, 0x0c);
    out(DATA, 'y');
    out(CONTROL, 0x0d);
    out(CONTROL, 0x0c);
    bench_run(b, 20000);
    ck_assert_uint_eq(paper.count, 1);
    ck_assert_uint_eq(in(STATUS), READY);
    teardown();
}
END_TEST

START_TEST(interrupt_comes_with_the_end_of_acknowledge)
{
    setup();
    out(CONTROL, 0x1c);
    out(DATA, 'x');
    out(CONTROL, 0x1d);
    out(CONTROL, 0x1c);
    ck_assert(!b->level[LINE]);
    bench_run(b, 10000);
    ck_assert(b->level[LINE]);
    ck_assert_uint_eq(in(STATUS), READY & ~4);
    ck_assert(!b->level[LINE]);
    ck_assert_uint_eq(in(STATUS), READY);
    out(CONTROL, 0x1d); /* one that reads no status: the next STROBE takes it back */
    out(CONTROL, 0x1c);
    bench_run(b, 10000);
    ck_assert(b->level[LINE]);
    out(CONTROL, 0x1d);
    ck_assert(!b->level[LINE]);
    out(CONTROL, 0x1c);
    bench_run(b, 10000);
    ck_assert_uint_eq(b->edges[LINE], 3);
    out(CONTROL, 0x0c);
    ck_assert(!b->level[LINE]);
    teardown();
}
END_TEST

START_TEST(host_that_cannot_take_it_keeps_the_printer_busy)
{
    setup();
    paper.full = true;
    out(DATA, 'x');
    out(CONTROL, 0x0d);
    out(CONTROL, 0x0c);
    bench_run(b, SECOND);
    ck_assert_uint_eq(in(STATUS), BUSY);
    paper.full = false;
    paper.printer.writable(paper.printer.ctx);
    ck_assert_uint_eq(in(STATUS), ACKNOWLEDGE);
    bench_run(b, 10000);
    ck_assert_uint_eq(in(STATUS), READY);
    ck_assert_int_eq(paper.text[0], 'x');
    teardown();
}
END_TEST

START_TEST(printer_says_that_paper_is_out_or_that_it_is_offline)
{
    setup();
    paper.printer.status = PRINTER_NO_PAPER;
    ck_assert_uint_eq(in(STATUS), 0x76);
    paper.printer.status = PRINTER_OFFLINE;
    ck_assert_uint_eq(in(STATUS), 0x46);
    paper.printer.status = PRINTER_READY;
    ck_assert_uint_eq(in(STATUS), READY);
    teardown();
}
END_TEST

/* ---- jobs ---- */

START_TEST(job_ends_after_its_time_of_silence)
{
    setup();
    print("one");
    bench_run(b, 10 * SECOND - 10001);
    ck_assert_uint_eq(paper.jobs, 0);
    bench_run(b, 1);
    ck_assert_uint_eq(paper.jobs, 1);
    print("two");
    bench_run(b, 20 * SECOND);
    ck_assert_uint_eq(paper.jobs, 2);
    ck_assert_int_eq(memcmp(paper.text, "onetwo", 6), 0);
    teardown();
}
END_TEST

START_TEST(init_ends_a_job_and_drops_what_was_not_taken)
{
    setup();
    print("one");
    paper.full = true;
    out(CONTROL, 0x0d);
    out(CONTROL, 0x0c);
    out(CONTROL, 0x08);
    ck_assert_uint_eq(paper.jobs, 1);
    paper.full = false;
    paper.printer.writable(paper.printer.ctx);
    ck_assert_uint_eq(paper.count, 3);
    out(CONTROL, 0x09); /* held in reset: no STROBE */
    out(CONTROL, 0x08);
    ck_assert_uint_eq(in(STATUS), READY);
    ck_assert_uint_eq(paper.count, 3);
    out(CONTROL, 0x0c);
    print("two");
    board_reset(b->board, RESET_HARD);
    ck_assert_uint_eq(paper.jobs, 2);
    teardown();
}
END_TEST

START_TEST(open_job_goes_on_after_save_and_load)
{
    struct state_buffer buf = { 0 };
    size_t at = 0;

    setup();
    print("one");
    bench_run(b, 4 * SECOND);
    state_save_board(&buf, b->board);
    teardown();
    setup();
    ck_assert(state_load_board(buf.data, buf.used, &at, b->board, NULL));
    ck_assert_uint_eq(paper.resumed, 77);
    bench_run(b, 6 * SECOND - 10001);
    ck_assert_uint_eq(paper.jobs, 0);
    bench_run(b, 10001);
    ck_assert_uint_eq(paper.jobs, 1);
    state_buffer_free(&buf);
    teardown();
}
END_TEST

/* ---- wiring ---- */

START_TEST(impossible_states_are_refused)
{
    struct state_buffer buf = { 0 };
    struct error err = { { 0 } };
    unsigned refused = 0;

    setup();
    print("one");
    state_save_board(&buf, b->board);
    /* Each byte in turn set to all ones: at least control, phase, irq, timeout and pad refuse. */
    for (size_t i = 0; i < buf.used; i++) {
        uint8_t kept = buf.data[i];
        size_t at = 0;

        buf.data[i] = 0xff;
        generic_mend_checksums(&buf);
        if (!state_load_board(buf.data, buf.used, &at, b->board, &err) &&
            (strstr(err.text, "lpt: a reserved") || strstr(err.text, "lpt: a flag")))
            refused++;
        buf.data[i] = kept;
    }
    ck_assert_uint_ge(refused, 6);
    state_buffer_free(&buf);
    teardown();
}
END_TEST

START_TEST(ports_that_are_taken_are_an_error)
{
    setup_bare();
    ck_assert_ptr_null(parallel_new(b->board, "lpt2", 0x378, bench_irq(b, 5), NULL, SECOND, NULL));
    teardown();
}
END_TEST

START_TEST(printer_may_outlive_the_port)
{
    setup();
    device_free(device_find(b->board, "lpt"));
    ck_assert_ptr_null(paper.printer.writable);
    ck_assert_ptr_null(paper.printer.ctx);
    teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parallel");

    CHECK_CASE(suite, "registers", data_latch_is_read_back, control_latch_holds_six_bits,
               unplugged_port_is_busy_and_never_acknowledges, direction_bit_lets_the_pins_float,
               epp_cycles_end_with_the_time_out_bit, port_beside_the_video_adapter_has_no_epp);
    CHECK_CASE(suite, "handshake", strobe_makes_busy_and_acknowledge_ends_it,
               character_is_that_of_the_strobes_beginning, strobe_to_a_busy_printer_is_lost,
               interrupt_comes_with_the_end_of_acknowledge,
               host_that_cannot_take_it_keeps_the_printer_busy,
               printer_says_that_paper_is_out_or_that_it_is_offline);
    CHECK_CASE(suite, "jobs", job_ends_after_its_time_of_silence,
               init_ends_a_job_and_drops_what_was_not_taken, open_job_goes_on_after_save_and_load);
    CHECK_CASE(suite, "wiring", impossible_states_are_refused, ports_that_are_taken_are_an_error,
               printer_may_outlive_the_port);
    generic_tests(suite, &chip_parallel);
    generic_tests(suite, &chip_parallel_spp);
    return check_main(suite);
}
