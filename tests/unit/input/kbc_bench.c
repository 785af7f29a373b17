/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/input/kbc_bench.h"

#include "devices/input/i8042.h"

struct bench *kbc;

void kbc_begin(bool translate)
{
    struct error err;

    kbc = bench_new();
    ck_assert_ptr_nonnull(i8042_new(kbc->board, bench_irq(kbc, LINE_IRQ1),
                                    bench_irq(kbc, LINE_IRQ12), bench_irq(kbc, LINE_A20),
                                    bench_irq(kbc, LINE_INIT), &err));
    kbc_command(0x60);
    kbc_data(translate ? 0x47 : 0x07);
    bench_run(kbc, 100000);
}

void kbc_end(void)
{
    bench_free(kbc);
}

static void wait_input_empty(void)
{
    for (unsigned i = 0; i < 100 && bench_in(kbc, 0x64, 1) & 2; i++)
        bench_run(kbc, 50000);
    ck_assert_uint_eq(bench_in(kbc, 0x64, 1) & 2, 0);
}

void kbc_command(uint8_t value)
{
    wait_input_empty();
    bench_out(kbc, 0x64, value, 1);
    wait_input_empty();
}

void kbc_data(uint8_t value)
{
    wait_input_empty();
    bench_out(kbc, 0x60, value, 1);
    wait_input_empty();
}

void kbc_mouse(uint8_t value)
{
    kbc_command(0xd4);
    kbc_data(value);
}

int kbc_read(void)
{
    for (unsigned i = 0; i < 500; i++) {
        uint8_t status = (uint8_t)bench_in(kbc, 0x64, 1);

        if (status & 1)
            return (int)bench_in(kbc, 0x60, 1) | (status & 0x20 ? 0x100 : 0);
        bench_run(kbc, 100000);
    }
    return NOTHING;
}

void kbc_key(unsigned evdev, bool down)
{
    kbc->input.key(kbc->input.key_ctx, evdev, down);
}

void kbc_tap(unsigned evdev)
{
    kbc_key(evdev, true);
    kbc_key(evdev, false);
}

void kbc_expect_list(const int *list, const char *file, int line)
{
    for (unsigned i = 0;; i++) {
        int got = kbc_read();

        ck_assert_msg(got == list[i], "%s:%d: byte %u is %x, not %x", file, line, i, (unsigned)got,
                      (unsigned)list[i]);
        if (list[i] == NOTHING)
            return;
    }
}
