/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 82441FX: configuration mechanism, PAM, SMRAM, turbo reset; named after the data sheet. */
#include "core/state.h"
#include "tests/check_main.h"
#include "tests/unit/pci/chips.h"
#include "tests/unit/pci/host.h"

static struct bench *b;
static struct pci_bus *bus;
static struct memory *m;
static uint8_t *ram, *bios;

static void setup(void)
{
    b = bench_new();
    ck_assert_ptr_nonnull(host_new(b, &bus, NULL));
    m = b->board->memory;
    ram = b->board->blocks[1].host;
    bios = b->board->blocks[2].host;
}

static void teardown(void)
{
    bench_free(b);
}

static uint32_t in(unsigned offset, unsigned size)
{
    return config_in(b, 0, 0, offset, size);
}

static void out(unsigned offset, uint32_t value, unsigned size)
{
    config_out(b, 0, 0, offset, value, size);
}

START_TEST(bridge_is_the_one_the_firmware_knows)
{
    setup();
    ck_assert_uint_eq(in(0x00, 4), 0x12378086);
    ck_assert_uint_eq(in(0x2c, 2), 0x1af4);
    ck_assert_uint_eq(in(0x2e, 2), 0x1100);
    ck_assert_uint_eq(in(0x0a, 2), 0x0600);
    ck_assert_uint_eq(in(0x04, 4), 0x02800006);
    ck_assert_uint_eq(in(0x72, 1), 0x02);
    teardown();
}
END_TEST

START_TEST(confadd_is_a_dword_register_only)
{
    setup();
    bench_out(b, 0xcf8, 0x80000000, 4);
    ck_assert_uint_eq(bench_in(b, 0xcf8, 4), 0x80000000);
    bench_out(b, 0xcf8, 0xff, 1);
    bench_out(b, 0xcf8, 0x1234, 2);
    bench_out(b, 0xcfa, 0x1234, 2);
    bench_out(b, 0xcfb, 1, 1);
    ck_assert_uint_eq(bench_in(b, 0xcf8, 4), 0x80000000);
    ck_assert_uint_eq(bench_in(b, 0xcf8, 1), 0xff);
    ck_assert_uint_eq(bench_in(b, 0xcf9, 1), 0xff); /* no PIIX3 here */
    ck_assert_uint_eq(bench_in(b, 0xcfa, 2), 0xffff);
    bench_out(b, 0xcf8, 0xffffffff, 4);
    ck_assert_uint_eq(bench_in(b, 0xcf8, 4), 0x80fffffc);
    teardown();
}
END_TEST

START_TEST(confdata_answers_only_while_enabled_and_on_bus_0)
{
    setup();
    bench_out(b, 0xcf8, 0x00000000, 4);
    ck_assert_uint_eq(bench_in(b, 0xcfc, 4), 0xffffffff);
    bench_out(b, 0xcf8, 0x80010000, 4);
    ck_assert_uint_eq(bench_in(b, 0xcfc, 4), 0xffffffff);
    bench_out(b, 0xcf8, 0x0000005c, 4);
    bench_out(b, 0xcfc, 0x33333333, 4);
    ck_assert_uint_eq(in(0x5c, 4), 0);
    teardown();
}
END_TEST

START_TEST(confdata_takes_bytes_and_words_at_any_offset)
{
    setup();
    bench_out(b, 0xcf8, 0x80000000, 4);
    ck_assert_uint_eq(bench_in(b, 0xcfc, 2), 0x8086);
    ck_assert_uint_eq(bench_in(b, 0xcfd, 2), 0x3780);
    ck_assert_uint_eq(bench_in(b, 0xcfe, 2), 0x1237);
    ck_assert_uint_eq(bench_in(b, 0xcff, 1), 0x12);
    teardown();
}
END_TEST

static const struct {
    uint32_t start, size;
    uint8_t reg, shift;
} areas[] = {
    { 0xf0000, 0x10000, 0x59, 4 }, { 0xc0000, 0x4000, 0x5a, 0 }, { 0xc4000, 0x4000, 0x5a, 4 },
    { 0xc8000, 0x4000, 0x5b, 0 },  { 0xcc000, 0x4000, 0x5b, 4 }, { 0xd0000, 0x4000, 0x5c, 0 },
    { 0xd4000, 0x4000, 0x5c, 4 },  { 0xd8000, 0x4000, 0x5d, 0 }, { 0xdc000, 0x4000, 0x5d, 4 },
    { 0xe0000, 0x4000, 0x5e, 0 },  { 0xe4000, 0x4000, 0x5e, 4 }, { 0xe8000, 0x4000, 0x5f, 0 },
    { 0xec000, 0x4000, 0x5f, 4 },
};

/* What the bus side of an area shows. */
static uint8_t bus_byte(uint32_t at)
{
    return at >= 0xe0000 ? bios[HOST_BIOS - (0x100000 - at)] : 0xff;
}

START_TEST(pam_read_and_write_enables_work_in_all_four_ways)
{
    unsigned i = (unsigned)_i / 4, bits = (unsigned)_i % 4;
    uint32_t first, last;

    setup();
    first = areas[i].start;
    last = first + areas[i].size - 1;
    ram[first] = 0xa1;
    ram[last] = 0xa2;
    ram[first - 1] = 0xa3;
    out(areas[i].reg, bits << areas[i].shift, 1);
    ck_assert_uint_eq(mem_read(m, first, 1), bits & 1 ? 0xa1 : bus_byte(first));
    ck_assert_uint_eq(mem_read(m, last, 1), bits & 1 ? 0xa2 : bus_byte(last));
    mem_write(m, first, 0x55, 1);
    mem_write(m, last, 0x66, 1);
    ck_assert_uint_eq(ram[first], bits & 2 ? 0x55 : 0xa1);
    ck_assert_uint_eq(ram[last], bits & 2 ? 0x66 : 0xa2);
    /* The neighbours are as they were. */
    if (first > 0xc0000)
        ck_assert_uint_eq(mem_read(m, first - 1, 1), bus_byte(first - 1));
    if (last < 0xfffff)
        ck_assert_uint_eq(mem_read(m, last + 1, 1), bus_byte(last + 1));
    teardown();
}
END_TEST

START_TEST(shadowing_leaves_the_firmware_image_alone)
{
    setup();
    out(0x59, 0x20, 1);
    mem_write(m, 0xf1234, 0x12345678, 4);
    ck_assert_uint_eq(mem_read(m, 0xf1234, 1), 0x31);
    ck_assert_uint_eq(mem_read(m, 0xfffff234, 1), 0x3f);
    out(0x59, 0x30, 1);
    ck_assert_uint_eq(mem_read(m, 0xf1234, 4), 0x12345678);
    out(0x59, 0x00, 1);
    mem_write(m, 0xf1234, 0, 4);
    mem_write(m, 0xfffff234, 0, 4);
    ck_assert_uint_eq(bios[0x31234], 0x31);
    out(0x59, 0x10, 1);
    ck_assert_uint_eq(mem_read(m, 0xf1234, 4), 0x12345678);
    teardown();
}
END_TEST

static uint32_t rom_read(void *ctx, uint32_t offset, unsigned size)
{
    (void)ctx;
    (void)offset;
    (void)size;
    return 0x77;
}

static void rom_write(void *ctx, uint32_t offset, uint32_t value, unsigned size)
{
    (void)offset;
    (void)size;
    *(uint32_t *)ctx = value;
}

START_TEST(memory_on_the_bus_answers_where_the_bridge_does_not)
{
    static const struct mem_ops ops = { rom_read, rom_write, 1 };
    uint32_t seen = 0;
    struct mem_region *r;

    setup();
    r = mem_add_mmio(m, "card", 0xc8000, 0x4000, I440FX_PRIORITY_PCI, &ops, &seen, NULL);
    ck_assert_uint_eq(mem_read(m, 0xc8000, 1), 0x77);
    mem_write(m, 0xc8000, 0x12, 1);
    ck_assert_uint_eq(seen, 0x12);
    out(0x5b, 3, 1);
    ck_assert_uint_eq(mem_read(m, 0xc8000, 1), 0);
    mem_move(r, 0x100000, true); /* a BAR over RAM */
    ram[0x100000] = 0x42;
    ck_assert_uint_eq(mem_read(m, 0x100000, 1), 0x42);
    mem_remove(r);
    teardown();
}
END_TEST

START_TEST(memory_map_is_that_of_a_pc)
{
    setup();
    mem_write(m, 0x9fffc, 0x11223344, 4);
    ck_assert_uint_eq(ram[0x9fffc], 0x44);
    ck_assert_uint_eq(mem_read(m, 0xa0000, 4), 0xffffffff);
    ck_assert_uint_eq(mem_read(m, 0xbfffc, 4), 0xffffffff);
    mem_write(m, HOST_RAM - 4, 0x55667788, 4);
    ck_assert_uint_eq(ram[HOST_RAM - 1], 0x55);
    ck_assert_uint_eq(mem_read(m, HOST_RAM, 4), 0xffffffff);
    ck_assert_uint_eq(mem_read(m, 0xfffc0000, 1), 0);
    ck_assert_uint_eq(mem_read(m, 0xfffffff0, 1), 0x3f);
    ck_assert_uint_eq(mem_read(m, 0xfffbfffc, 4), 0xffffffff);
    ck_assert_uint_eq(mem_read(m, 0xe0000, 1), 0x20);
    ck_assert_uint_eq(mem_read(m, 0xffff0, 1), 0x3f);
    teardown();
}
END_TEST

START_TEST(reset_vector_is_reached_with_a20_masked_too)
{
    setup();
    mem_set_a20(m, false);
    ck_assert_uint_eq(mem_read(m, 0xfffffff0 & mem_cpu_mask(m), 1), 0x3f);
    teardown();
}
END_TEST

START_TEST(smram_is_seen_while_open_and_never_again_once_locked)
{
    setup();
    ram[0xa0000] = 0x5a;
    out(0x72, 0x40, 1); /* open, but not enabled */
    ck_assert_uint_eq(mem_read(m, 0xa0000, 1), 0xff);
    out(0x72, 0x4a, 1);
    ck_assert_uint_eq(mem_read(m, 0xa0000, 1), 0x5a);
    out(0x72, 0x6a, 1); /* closed wins */
    ck_assert_uint_eq(mem_read(m, 0xa0000, 1), 0xff);
    out(0x72, 0x0a, 1);
    ck_assert_uint_eq(mem_read(m, 0xa0000, 1), 0xff);
    ck_assert_uint_eq(in(0x72, 1), 0x0a);
    out(0x72, 0x5a, 1);
    ck_assert_uint_eq(in(0x72, 1), 0x1a);
    out(0x72, 0x4a, 1);
    ck_assert_uint_eq(in(0x72, 1), 0x1a);
    ck_assert_uint_eq(mem_read(m, 0xa0000, 1), 0xff);
    board_reset(b->board, RESET_HARD);
    out(0x72, 0x4a, 1);
    ck_assert_uint_eq(mem_read(m, 0xa0000, 1), 0x5a);
    teardown();
}
END_TEST

START_TEST(turbo_reset_register_resets_as_it_is_told)
{
    setup();
    out(0x93, 0x04, 1);
    ck_assert_uint_eq(b->inits, 1);
    ck_assert_uint_eq(in(0x93, 1), 0x00);
    out(0x93, 0x06, 1);
    ck_assert_uint_eq(b->resets, 1);
    ck_assert_uint_eq(in(0x93, 1), 0x02);
    out(0x93, 0x02, 1);
    ck_assert_uint_eq(b->inits + b->resets, 2);
    b->board->hooks = NULL;
    out(0x93, 0x06, 1);
    teardown();
}
END_TEST

START_TEST(reset_gives_the_firmware_back_and_keeps_ram)
{
    setup();
    out(0x58, 0x33333000, 4);
    out(0x5c, 0x33333333, 4);
    mem_write(m, 0xf0000, 0xab, 1);
    ck_assert_uint_eq(mem_read(m, 0xf0000, 1), 0xab);
    board_reset(b->board, RESET_HARD);
    ck_assert_uint_eq(mem_read(m, 0xf0000, 1), 0x30);
    ck_assert_uint_eq(in(0x59, 1), 0);
    ck_assert_uint_eq(ram[0xf0000], 0xab);
    teardown();
}
END_TEST

START_TEST(reserved_bits_of_pam_stay_0)
{
    setup();
    out(0x58, 0xffffffff, 4);
    out(0x5c, 0xffffffff, 4);
    ck_assert_uint_eq(in(0x58, 4), 0x333330ff);
    ck_assert_uint_eq(in(0x5c, 4), 0x33333333);
    out(0x04, 0xffff, 2);
    ck_assert_uint_eq(in(0x04, 2), 0x0146);
    teardown();
}
END_TEST

START_TEST(saved_machine_comes_back_with_its_shadow)
{
    struct state_buffer buf = { 0 };
    size_t at = 0;

    setup();
    out(0x5c, 0x33111111, 4);
    out(0x72, 0x1a, 1);
    ram[0xe0000] = 0x99;
    state_save_board(&buf, b->board);
    board_reset(b->board, RESET_HARD);
    ck_assert_uint_eq(mem_read(m, 0xe8000, 1), 0x28);
    ck_assert(state_load_board(buf.data, buf.used, &at, b->board, NULL));
    ck_assert_uint_eq(mem_read(m, 0xe0000, 1), 0x99);
    ck_assert_uint_eq(mem_read(m, 0xd0000, 1), 0);
    out(0x72, 0x4a, 1);
    ck_assert_uint_eq(in(0x72, 1), 0x1a);
    state_buffer_free(&buf);
    teardown();
}
END_TEST

/* Puts another value into a field of the saved bridge by saving an impossible one. */
static bool refuses(unsigned offset, uint32_t confadd, uint8_t value)
{
    struct state_buffer buf = { 0 };
    struct error err = { { 0 } };
    struct pci_device *host;
    size_t at = 0;
    bool taken;

    setup();
    host = pci_bus_device(bus, 0);
    bench_out(b, 0xcf8, confadd, 4);
    host->config[offset] = value;
    state_save_board(&buf, b->board);
    taken = state_load_board(buf.data, buf.used, &at, b->board, &err);
    state_buffer_free(&buf);
    teardown();
    return !taken && err.text[0];
}

START_TEST(states_of_no_such_chip_are_refused)
{
    ck_assert(refuses(0x00, 0, 0x87));
    ck_assert(refuses(0x72, 0, 0x5a));
    ck_assert(!refuses(0x59, 0x80000000, 0x30));
}
END_TEST

START_TEST(sizes_that_do_not_fit_are_errors)
{
    struct bench *bench = bench_new();
    struct error err = { { 0 } };
    uint8_t *block = board_block(bench->board, "x", 1 << 20, NULL);
    struct pci_bus *none;

    ck_assert_ptr_null(i440fx_new(bench->board, block, 512 << 10, block, 128 << 10, &none, &err));
    ck_assert_str_eq(err.text, "memory: 512 KB is not between 1024 and 2097152");
    ck_assert_ptr_null(i440fx_new(bench->board, block, 1 << 20, block, 64 << 10, &none, &err));
    ck_assert_str_eq(err.text, "firmware: an image of 65536 bytes is neither 128 nor 256 KB");
    ck_assert_ptr_nonnull(i440fx_new(bench->board, block, 1 << 20, block, 128 << 10, &none, NULL));
    ck_assert_uint_eq(mem_read(bench->board->memory, 0xfffdfffc, 4), 0xffffffff);
    /* The second one finds the ports taken. */
    ck_assert_ptr_null(i440fx_new(bench->board, block, 1 << 20, block, 128 << 10, &none, &err));
    bench_free(bench);
}
END_TEST

START_TEST(place_in_the_memory_map_that_is_taken_is_an_error)
{
    struct bench *bench = bench_new();
    struct error err = { { 0 } };
    uint8_t *block = board_block(bench->board, "x", 2 << 20, NULL);
    struct pci_bus *none;
    struct mem_region *r;
    static const uint32_t places[] = { 0, 0x100000, 0xfffff000, 0xa0000, 0xf0000 };

    for (unsigned i = 0; i < 5; i++) {
        r = mem_add_rom(bench->board->memory, "squatter", places[i], 0x1000,
                        i == 2 ? I440FX_PRIORITY_ROM : I440FX_PRIORITY_RAM, block, NULL);
        ck_assert_ptr_nonnull(r);
        ck_assert_ptr_null(i440fx_new(bench->board, block, 2 << 20, block, 128 << 10, &none, &err));
        ck_assert_ptr_nonnull(strstr(err.text, "squatter"));
        mem_remove(r);
    }
    ck_assert_ptr_nonnull(i440fx_new(bench->board, block, 2 << 20, block, 128 << 10, &none, NULL));
    bench_free(bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("i440fx");
    TCase *pam = tcase_create("PAM");

    CHECK_CASE(suite, "configuration mechanism", bridge_is_the_one_the_firmware_knows,
               confadd_is_a_dword_register_only, confdata_answers_only_while_enabled_and_on_bus_0,
               confdata_takes_bytes_and_words_at_any_offset);
    tcase_add_loop_test(pam, pam_read_and_write_enables_work_in_all_four_ways, 0,
                        4 * (int)(sizeof(areas) / sizeof(areas[0])));
    suite_add_tcase(suite, pam);
    CHECK_CASE(suite, "memory", shadowing_leaves_the_firmware_image_alone,
               memory_on_the_bus_answers_where_the_bridge_does_not, memory_map_is_that_of_a_pc,
               reset_vector_is_reached_with_a20_masked_too,
               smram_is_seen_while_open_and_never_again_once_locked, reserved_bits_of_pam_stay_0);
    CHECK_CASE(suite, "reset and state", turbo_reset_register_resets_as_it_is_told,
               reset_gives_the_firmware_back_and_keeps_ram,
               saved_machine_comes_back_with_its_shadow, states_of_no_such_chip_are_refused);
    CHECK_CASE(suite, "creation", sizes_that_do_not_fit_are_errors,
               place_in_the_memory_map_that_is_taken_is_an_error);
    generic_tests(suite, &chip_i440fx);
    return check_main(suite);
}
