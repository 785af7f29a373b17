/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 8237A pair: the sentences of its data sheet and of the AT's wiring. */
#include <string.h>

#include "devices/dma/i8237.h"
#include "tests/check_main.h"
#include "tests/unit/dma/chip_i8237.h"

enum { MODE_SINGLE = 0x40, MODE_CASCADE = 0xc0, AUTO = 0x10, DOWN = 0x20 };
enum { VERIFY = 0, WRITE = 4, READ = 8 };

static struct bench *b;
static struct device *dma;
static uint8_t *ram;
static bool tc;

static void out(uint16_t port, unsigned value)
{
    bench_out(b, port, value, 1);
}

static uint8_t in(uint16_t port)
{
    return (uint8_t)bench_in(b, port, 1);
}

static void begin(void)
{
    struct error err;

    b = bench_new();
    dma = i8237_new(b->board, &err);
    ck_assert_ptr_nonnull(dma);
    ram = b->board->blocks[0].host;
    out(0xd6, MODE_CASCADE); /* channel 4, as the BIOS leaves it */
    out(0xd4, 0);
}

static void end(void)
{
    bench_free(b);
}

/* Programs and unmasks a byte channel. */
static void program(unsigned channel, unsigned mode, uint32_t address, uint16_t count)
{
    static const uint8_t page[4] = { 0x87, 0x83, 0x81, 0x82 };

    out(0x0a, 4 | channel);
    out(0x0c, 0);
    out(0x0b, mode | channel);
    out((uint16_t)(channel * 2), address);
    out((uint16_t)(channel * 2), address >> 8);
    out(page[channel], address >> 16);
    out((uint16_t)(channel * 2 + 1), count);
    out((uint16_t)(channel * 2 + 1), count >> 8);
    out(0x0a, channel);
}

static void program16(unsigned channel, unsigned mode, uint32_t address, uint16_t count)
{
    static const uint8_t page[4] = { 0x8f, 0x8b, 0x89, 0x8a };
    uint16_t base = (uint16_t)(0xc0 + (channel - 4) * 4);

    out(0xd4, 4 | (channel - 4));
    out(0xd8, 0);
    out(0xd6, mode | (channel - 4));
    out(base, address >> 1);
    out(base, address >> 9);
    out(page[channel - 4], address >> 16);
    out(base + 2, count);
    out(base + 2, count >> 8);
    out(0xd4, channel - 4);
}

static uint16_t reg(uint16_t port)
{
    uint8_t low;

    out(port < 0xc0 ? 0x0c : 0xd8, 0);
    low = in(port);
    return (uint16_t)(low | in(port) << 8);
}

static unsigned transfer(unsigned channel, enum dma_direction direction, void *buf, unsigned len)
{
    struct dma_line line = i8237_line(dma, channel);

    return dma_transfer(&line, direction, buf, len, &tc);
}

START_TEST(write_transfer_moves_to_memory_until_terminal_count)
{
    uint8_t data[10] = "012345678";

    begin();
    program(2, MODE_SINGLE | WRITE, 0x11234, 7);
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 5), 5);
    ck_assert(!tc);
    ck_assert_uint_eq(reg(4), 0x1239);
    ck_assert_uint_eq(reg(5), 2);
    ck_assert_uint_eq(in(0x08) & 0x0f, 0);
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data + 5, 5), 3);
    ck_assert(tc);
    ck_assert(!memcmp(ram + 0x11234, "01234567", 8));
    ck_assert_uint_eq(ram[0x1123c], 0);
    ck_assert_uint_eq(reg(5), 0xffff);
    ck_assert_uint_eq(in(0x08) & 0x0f, 4);
    ck_assert_uint_eq(in(0x08) & 0x0f, 0);                     /* cleared by reading */
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 5), 0); /* masked by TC */
    end();
}
END_TEST

START_TEST(read_transfer_moves_from_memory)
{
    uint8_t data[4] = { 0 };

    begin();
    memcpy(ram + 0x20000, "abcd", 4);
    program(1, MODE_SINGLE | READ, 0x20000, 3);
    ck_assert_uint_eq(transfer(1, DMA_TO_MEMORY, data, 4), 0); /* the other direction */
    ck_assert_uint_eq(transfer(1, DMA_FROM_MEMORY, data, 4), 4);
    ck_assert(tc);
    ck_assert(!memcmp(data, "abcd", 4));
    end();
}
END_TEST

START_TEST(verify_counts_and_touches_no_memory)
{
    uint8_t data[4] = "wxyz";

    begin();
    program(3, MODE_SINGLE | VERIFY, 0x20000, 3);
    ck_assert_uint_eq(transfer(3, DMA_TO_MEMORY, data, 2), 2);
    ck_assert_uint_eq(ram[0x20000], 0);
    ck_assert_uint_eq(transfer(3, DMA_FROM_MEMORY, data, 2), 2);
    ck_assert(tc);
    ck_assert_uint_eq(data[0], 0xff);
    program(3, MODE_SINGLE | WRITE, 0x20000, 3);
    ck_assert_uint_eq(transfer(3, DMA_VERIFY, data, 4), 4);
    ck_assert(tc);
    ck_assert_uint_eq(ram[0x20000], 0);
    end();
}
END_TEST

START_TEST(autoinitialize_begins_again)
{
    uint8_t data[6] = "123456";

    begin();
    program(1, MODE_SINGLE | WRITE | AUTO, 0x30000, 3);
    ck_assert_uint_eq(transfer(1, DMA_TO_MEMORY, data, 6), 4);
    ck_assert(tc);
    ck_assert_uint_eq(reg(2), 0x0000);
    ck_assert_uint_eq(reg(3), 3);
    ck_assert_uint_eq(transfer(1, DMA_TO_MEMORY, data + 4, 2), 2);
    ck_assert(!memcmp(ram + 0x30000, "5634", 4));
    end();
}
END_TEST

START_TEST(decrement_goes_down)
{
    uint8_t data[4] = "1234";

    begin();
    program(1, MODE_SINGLE | WRITE | DOWN, 0x30001, 3);
    ck_assert_uint_eq(transfer(1, DMA_TO_MEMORY, data, 4), 4);
    /* 0001, 0000, and then the other end of the page. */
    ck_assert(!memcmp(ram + 0x30000, "21", 2));
    ck_assert(!memcmp(ram + 0x3fffe, "43", 2));
    end();
}
END_TEST

START_TEST(the_address_wraps_inside_its_64_kb)
{
    uint8_t data[4] = "1234";

    begin();
    program(2, MODE_SINGLE | WRITE, 0x5fffe, 3);
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 4), 4);
    ck_assert(!memcmp(ram + 0x5fffe, "12", 2));
    ck_assert(!memcmp(ram + 0x50000, "34", 2));
    ck_assert_uint_eq(ram[0x60000], 0);
    end();
}
END_TEST

START_TEST(word_channels_count_words_and_wrap_inside_128_kb)
{
    uint8_t data[9] = "12345678";

    begin();
    program16(5, MODE_SINGLE | WRITE, 0x7fffc, 3); /* page bit 0 is not connected */
    ck_assert_uint_eq(transfer(5, DMA_TO_MEMORY, data, 7), 6);
    ck_assert(!tc);
    ck_assert_uint_eq(transfer(5, DMA_TO_MEMORY, data + 6, 2), 2);
    ck_assert(tc);
    ck_assert(!memcmp(ram + 0x7fffc, "1234", 4));
    ck_assert(!memcmp(ram + 0x60000, "5678", 4));
    ck_assert_uint_eq(in(0xd0) & 15, 2);
    ck_assert_uint_eq(transfer(5, DMA_TO_MEMORY, data, 1), 0);
    end();
}
END_TEST

START_TEST(masks_disable_bits_and_the_cascade)
{
    uint8_t data[2] = "1";

    begin();
    program(2, MODE_SINGLE | WRITE, 0x30000, 99);
    out(0x0a, 6);
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 1), 0);
    out(0x0e, 0);
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 1), 1);
    out(0x0f, 4);
    ck_assert_uint_eq(in(0x0f), 0xf4);
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 1), 0);
    out(0x0f, 0);
    out(0x08, 0x04); /* controller disabled */
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 1), 0);
    out(0x08, 0x00);
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 1), 1);
    out(0xd4, 0x04); /* channel 4 masked: nothing comes through */
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 1), 0);
    out(0xd4, 0x00);
    out(0xd6, 0x40); /* channel 4 not in cascade mode */
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 1), 0);
    out(0xd6, MODE_CASCADE);
    ck_assert_uint_eq(transfer(4, DMA_TO_MEMORY, data, 2), 0);
    out(0x0b, MODE_CASCADE | 2);
    ck_assert_uint_eq(transfer(2, DMA_TO_MEMORY, data, 1), 0);
    end();
}
END_TEST

START_TEST(master_clear_masks_and_resets_the_flip_flop)
{
    begin();
    program(2, MODE_SINGLE | WRITE, 0x31234, 99);
    out(0x0c, 0);
    in(0x04);
    out(0x0d, 0);
    ck_assert_uint_eq(in(0x04), 0x34);
    ck_assert_uint_eq(in(0x04), 0x12);
    ck_assert_uint_eq(in(0x0f), 0xff);
    ck_assert_uint_eq(in(0x0d), 0);
    ck_assert_uint_eq(in(0x0b), 0xff);
    end();
}
END_TEST

START_TEST(status_shows_dreq_and_its_sense)
{
    struct dma_line line;

    begin();
    line = i8237_line(dma, 3);
    dma_request(&line, true);
    ck_assert_uint_eq(in(0x08), 0x80);
    out(0x08, 0x40);
    ck_assert_uint_eq(in(0x08), 0x70);
    out(0x08, 0x00);
    dma_request(&line, false);
    ck_assert_uint_eq(in(0x08), 0x00);
    line = i8237_line(dma, 7);
    dma_request(&line, true);
    ck_assert_uint_eq(in(0xd0), 0x80);
    end();
}
END_TEST

START_TEST(memory_to_memory_copies_through_the_temporary_register)
{
    begin();
    memcpy(ram + 0x20000, "0123456789", 10);
    out(0x08, 0x01);
    program(0, 0x80 | READ, 0x20000, 9);
    program(1, 0x80 | WRITE, 0x30000, 9);
    out(0x09, 4);
    ck_assert(!memcmp(ram + 0x30000, "0123456789", 10));
    ck_assert_uint_eq(in(0x0d), '9');
    ck_assert_uint_eq(in(0x08), 0x02);
    ck_assert_uint_eq(reg(0), 10);
    out(0x08, 0x03); /* channel 0 holds its address: fill */
    program(0, 0x80 | READ | AUTO, 0x20003, 2);
    program(1, 0x80 | WRITE | DOWN, 0x30009, 4);
    out(0x09, 4);
    ck_assert(!memcmp(ram + 0x30000, "0123433333", 10));
    ck_assert_uint_eq(reg(0), 3);
    ck_assert_uint_eq(reg(1), 2);
    end();
}
END_TEST

START_TEST(software_request_runs_the_count_down)
{
    begin();
    ram[0x40004] = 1;
    program(3, 0x80 | WRITE, 0x40000, 3);
    out(0x0a, 7); /* "software requests are non-maskable" */
    out(0x08, 0x04);
    out(0x09, 7);
    ck_assert_uint_eq(in(0x08), 0x80); /* waits for the controller */
    out(0x08, 0x00);
    ck_assert_uint_eq(in(0x08), 0x08);
    ck_assert(!memcmp(ram + 0x40000, "\xff\xff\xff\xff\x01", 5));
    program(2, 0x80 | READ, 0x40000, 0xffff);
    out(0x09, 6);
    ck_assert_uint_eq(in(0x08), 0x04);
    out(0x09, 2); /* taking back what is not there */
    ck_assert_uint_eq(in(0x08), 0);
    out(0xd2, 4); /* a cascade channel does not transfer */
    ck_assert_uint_eq(in(0xd0), 0x10);
    end();
}
END_TEST

START_TEST(page_registers_are_latches)
{
    begin();
    for (unsigned i = 0; i < 16; i++)
        out((uint16_t)(0x80 + i), i * 17);
    for (unsigned i = 0; i < 16; i++)
        ck_assert_uint_eq(in((uint16_t)(0x80 + i)), i * 17);
    end();
}
END_TEST

START_TEST(registers_of_the_second_controller_have_two_ports)
{
    begin();
    out(0xd8, 0);
    out(0xc5, 0x34);
    out(0xc4, 0x12);
    ck_assert_uint_eq(reg(0xc4), 0x1234);
    out(0xdf, 0x05);
    ck_assert_uint_eq(in(0xde), 0xf5);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("i8237");

    CHECK_CASE(suite, "transfers", write_transfer_moves_to_memory_until_terminal_count,
               read_transfer_moves_from_memory, verify_counts_and_touches_no_memory,
               autoinitialize_begins_again, decrement_goes_down, the_address_wraps_inside_its_64_kb,
               word_channels_count_words_and_wrap_inside_128_kb, masks_disable_bits_and_the_cascade,
               memory_to_memory_copies_through_the_temporary_register,
               software_request_runs_the_count_down);
    CHECK_CASE(suite, "registers", master_clear_masks_and_resets_the_flip_flop,
               status_shows_dreq_and_its_sense, page_registers_are_latches,
               registers_of_the_second_controller_have_two_ports);
    generic_tests(suite, &chip_i8237);
    return check_main(suite);
}
