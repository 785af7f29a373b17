/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fw_cfg: selector, data port, file directory and DMA as their specification has them. */
#include <string.h>

#include "core/state.h"
#include "devices/system/fw_cfg.h"
#include "tests/check_main.h"
#include "tests/unit/system/chips.h"

enum { DESCRIPTOR = 0x1000, BUFFER = 0x2000 };

static struct bench *b;
static struct device *cfg;

static void setup(void)
{
    b = bench_new();
    cfg = fw_cfg_new(b->board, NULL);
    ck_assert_ptr_nonnull(cfg);
    ck_assert(fw_cfg_add_file(cfg, "etc/e820", "abcdefghij", 10));
    ck_assert(fw_cfg_add_file(cfg, "bootorder", "floppy", 7));
    ck_assert(fw_cfg_add_key(cfg, FW_CFG_MAX_CPUS, "\1", 2));
}

static void teardown(void)
{
    bench_free(b);
}

static void take(uint16_t key)
{
    bench_out(b, 0x510, key, 2);
}

static uint8_t byte(void)
{
    return (uint8_t)bench_in(b, 0x511, 1);
}

static uint32_t be32(void)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 4; i++)
        value = value << 8 | byte();
    return value;
}

/* Runs a descriptor and gives back its control word. */
static uint32_t dma(uint32_t control, uint32_t len, uint64_t address)
{
    uint32_t words[4] = { control, len, (uint32_t)(address >> 32), (uint32_t)address };
    uint8_t d[16];

    for (unsigned i = 0; i < 16; i++)
        d[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i % 4)));
    mem_dma_write(b->board->memory, DESCRIPTOR, d, 16);
    bench_out(b, 0x514, 0, 4);
    bench_out(b, 0x518, __builtin_bswap32(DESCRIPTOR), 4);
    mem_dma_read(b->board->memory, DESCRIPTOR, d, 4);
    return (uint32_t)d[0] << 24 | (uint32_t)d[1] << 16 | (uint32_t)d[2] << 8 | d[3];
}

static bool buffer_is(const void *want, size_t len)
{
    uint8_t have[64];

    mem_dma_read(b->board->memory, BUFFER, have, len);
    return !memcmp(have, want, len);
}

START_TEST(signature_and_id_say_who_is_there)
{
    setup();
    ck_assert_uint_eq(be32(), 0x51454d55); /* selected after reset */
    take(FW_CFG_SIGNATURE);
    ck_assert_uint_eq(be32(), 0x51454d55);
    take(FW_CFG_ID);
    ck_assert_uint_eq(byte(), 3);
    ck_assert_uint_eq(byte() | byte() | byte(), 0);
    teardown();
}
END_TEST

START_TEST(reads_behind_the_end_and_of_unknown_keys_give_0)
{
    setup();
    take(FW_CFG_MAX_CPUS);
    ck_assert_uint_eq(byte(), 1);
    ck_assert_uint_eq(byte(), 0);
    ck_assert_uint_eq(byte(), 0);
    take(0x1fff);
    ck_assert_uint_eq(byte(), 0);
    take(FW_CFG_ARCH + 2);
    ck_assert_uint_eq(byte(), 0);
    teardown();
}
END_TEST

START_TEST(selecting_starts_at_the_first_byte_again)
{
    setup();
    take(FW_CFG_SIGNATURE);
    byte();
    byte();
    take(FW_CFG_SIGNATURE);
    ck_assert_uint_eq(byte(), 'Q');
    take(FW_CFG_SIGNATURE | 0x4000); /* the write bit chooses the same item */
    ck_assert_uint_eq(byte(), 'Q');
    teardown();
}
END_TEST

START_TEST(writes_to_the_data_port_change_nothing)
{
    setup();
    take(FW_CFG_SIGNATURE);
    bench_out(b, 0x511, 'x', 1);
    bench_out(b, 0x510, 'x', 1);
    ck_assert_uint_eq(byte(), 'Q');
    teardown();
}
END_TEST

START_TEST(selector_cannot_be_read)
{
    setup();
    ck_assert_uint_eq(bench_in(b, 0x510, 1), 0xff);
    ck_assert_uint_eq(bench_in(b, 0x510, 2), 0xffff);
    ck_assert_uint_eq(byte(), 'Q');
    teardown();
}
END_TEST

START_TEST(directory_lists_the_files_by_name)
{
    char name[56];

    setup();
    ck_assert(fw_cfg_add_file(cfg, "etc/a", "x", 1));
    take(FW_CFG_FILE_DIR);
    ck_assert_uint_eq(be32(), 3);
    for (unsigned i = 0; i < 3; i++) {
        static const char *const names[] = { "bootorder", "etc/a", "etc/e820" };
        static const uint32_t sizes[] = { 7, 1, 10 };

        ck_assert_uint_eq(be32(), sizes[i]);
        ck_assert_uint_eq(be32(), (0x20 + i) << 16);
        for (unsigned n = 0; n < 56; n++)
            name[n] = (char)byte();
        ck_assert_str_eq(name, names[i]);
    }
    take(0x22);
    ck_assert_uint_eq(be32(), 0x61626364);
    take(0x21);
    ck_assert_uint_eq(byte(), 'x');
    teardown();
}
END_TEST

START_TEST(board_without_files_has_an_empty_directory)
{
    b = bench_new();
    cfg = fw_cfg_new(b->board, NULL);
    take(FW_CFG_FILE_DIR);
    bench_in(b, 0x511, 1);
    ck_assert_uint_eq(be32(), 0);
    teardown();
}
END_TEST

START_TEST(string_input_reads_the_same_bytes)
{
    uint8_t buf[12];

    setup();
    take(0x21);
    bus_in_block(b->board->bus, 0x511, buf, 12, 1);
    ck_assert(!memcmp(buf, "abcdefghij\0", 12));
    bus_in_block(b->board->bus, 0x510, buf, 2, 1);
    ck_assert_uint_eq(buf[1], 0xff);
    teardown();
}
END_TEST

START_TEST(files_that_do_not_fit_are_refused)
{
    char name[64];

    setup();
    ck_assert(!fw_cfg_add_file(cfg, "etc/e820", "x", 1));
    ck_assert(!fw_cfg_add_file(cfg, "", "x", 1));
    memset(name, 'n', 56);
    name[56] = 0;
    ck_assert(!fw_cfg_add_file(cfg, name, "x", 1));
    name[55] = 0;
    ck_assert(fw_cfg_add_file(cfg, name, "x", 0));
    for (unsigned i = 0; i < 200; i++)
        fw_cfg_add_key(cfg, (uint16_t)(0x8000 + i), "x", 1);
    ck_assert(!fw_cfg_add_file(cfg, "z", "x", 1));
    ck_assert(!fw_cfg_add_key(cfg, 0x9000, "x", 1));
    ck_assert(fw_cfg_add_key(cfg, FW_CFG_MAX_CPUS, "\7", 1)); /* what is there can change */
    take(FW_CFG_MAX_CPUS);
    ck_assert_uint_eq(byte(), 7);
    teardown();
}
END_TEST

START_TEST(dma_registers_read_as_their_signature)
{
    setup();
    ck_assert_uint_eq(bench_in(b, 0x514, 4), 0x554d4551);
    ck_assert_uint_eq(bench_in(b, 0x518, 4), 0x47464320);
    ck_assert_uint_eq(bench_in(b, 0x51b, 1), 'G');
    teardown();
}
END_TEST

START_TEST(dma_selects_and_reads_in_one_go)
{
    setup();
    ck_assert_uint_eq(dma(0x0021000a, 4, BUFFER), 0);
    ck_assert(buffer_is("abcd", 4));
    ck_assert_uint_eq(dma(0x00000002, 8, BUFFER), 0); /* goes on, zeros behind the end */
    ck_assert(buffer_is("efghij\0", 8));
    teardown();
}
END_TEST

START_TEST(dma_skips)
{
    setup();
    ck_assert_uint_eq(dma(0x0021000c, 3, 0), 0);
    ck_assert_uint_eq(byte(), 'd');
    ck_assert_uint_eq(dma(0x00000004, 0xffffffff, 0), 0);
    ck_assert_uint_eq(byte(), 0);
    ck_assert_uint_eq(dma(0x00200008, 0, 0), 0); /* selects only */
    ck_assert_uint_eq(byte(), 'f');
    teardown();
}
END_TEST

START_TEST(dma_that_cannot_be_done_sets_the_error_bit)
{
    setup();
    ck_assert_uint_eq(dma(0x00210018, 4, BUFFER), 1);         /* write */
    ck_assert_uint_eq(dma(0x0021000a, 4, 0x100000000ull), 1); /* above 4 GB */
    ck_assert_uint_eq(dma(0x0021000a, 8, 0xfffffffcu), 1);    /* across 4 GB */
    ck_assert_uint_eq(dma(0x0021000a, (16 << 20) + 1, 0), 1); /* longer than anything */
    ck_assert_uint_eq(dma(0x0021000a, 6000, BUFFER), 0);
    ck_assert(buffer_is("abcdefghij\0", 12));
    teardown();
}
END_TEST

START_TEST(descriptor_above_4_gb_is_not_run)
{
    uint8_t d[4];

    setup();
    memset(b->board->blocks[0].host + DESCRIPTOR, 0, 16);
    b->board->blocks[0].host[DESCRIPTOR + 3] = 0x18;
    bench_out(b, 0x514, 0x01000000, 4);
    bench_out(b, 0x518, __builtin_bswap32(DESCRIPTOR), 4);
    mem_dma_read(b->board->memory, DESCRIPTOR, d, 4);
    ck_assert_uint_eq(d[3], 0x18);
    bench_out(b, 0x518, __builtin_bswap32(DESCRIPTOR), 4); /* the high half was used up */
    mem_dma_read(b->board->memory, DESCRIPTOR, d, 4);
    ck_assert_uint_eq(d[3], 1);
    teardown();
}
END_TEST

START_TEST(dma_is_started_by_dwords_only)
{
    setup();
    ck_assert_uint_eq(dma(0x0021000a, 4, BUFFER), 0);
    b->board->blocks[0].host[DESCRIPTOR + 3] = 2;
    bench_out(b, 0x518, 0, 1);
    bench_out(b, 0x51a, 0x0010, 2);
    ck_assert_uint_eq(b->board->blocks[0].host[DESCRIPTOR + 3], 2);
    teardown();
}
END_TEST

START_TEST(reading_goes_on_after_save_and_load)
{
    struct state_buffer buf = { 0 };
    size_t at = 0;

    setup();
    take(0x21);
    byte();
    byte();
    state_save_board(&buf, b->board);
    take(0);
    ck_assert(state_load_board(buf.data, buf.used, &at, b->board, NULL));
    ck_assert_uint_eq(byte(), 'c');
    state_buffer_free(&buf);
    teardown();
}
END_TEST

START_TEST(position_behind_the_end_is_refused)
{
    struct bench *other = bench_new();
    struct state_buffer buf = { 0 };
    struct error err = { { 0 } };
    size_t at = 0;

    setup();
    dma(0x00210008, 0, 0);
    for (unsigned i = 0; i < 9; i++)
        byte();
    state_save_board(&buf, b->board);
    teardown();
    b = other;
    cfg = fw_cfg_new(b->board, NULL);
    fw_cfg_add_file(cfg, "etc/a", "1", 1);
    fw_cfg_add_file(cfg, "etc/b", "12", 2);
    ck_assert(!state_load_board(buf.data, buf.used, &at, b->board, &err));
    ck_assert_str_eq(err.text, "fw_cfg: the position lies behind the end of item 21");
    state_buffer_free(&buf);
    teardown();
}
END_TEST

START_TEST(ports_that_are_taken_are_an_error)
{
    struct error err = { { 0 } };

    setup();
    ck_assert_ptr_null(fw_cfg_new(b->board, &err));
    ck_assert(err.text[0]);
    teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fw_cfg");

    CHECK_CASE(suite, "ports", signature_and_id_say_who_is_there,
               reads_behind_the_end_and_of_unknown_keys_give_0,
               selecting_starts_at_the_first_byte_again, writes_to_the_data_port_change_nothing,
               selector_cannot_be_read, string_input_reads_the_same_bytes,
               ports_that_are_taken_are_an_error);
    CHECK_CASE(suite, "files", directory_lists_the_files_by_name,
               board_without_files_has_an_empty_directory, files_that_do_not_fit_are_refused);
    CHECK_CASE(suite, "DMA", dma_registers_read_as_their_signature, dma_selects_and_reads_in_one_go,
               dma_skips, dma_that_cannot_be_done_sets_the_error_bit,
               descriptor_above_4_gb_is_not_run, dma_is_started_by_dwords_only);
    CHECK_CASE(suite, "state", reading_goes_on_after_save_and_load,
               position_behind_the_end_is_refused);
    generic_tests(suite, &chip_fw_cfg);
    return check_main(suite);
}
