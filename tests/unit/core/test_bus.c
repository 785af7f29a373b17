/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The port bus. */
#include <stdio.h>
#include <string.h>

#include "core/bus.h"
#include "core/device.h"
#include "tests/check_main.h"

struct seen {
    char text[512]; /* every access as "name:r2@5 " or "name:w1@0=ff " */
    size_t len;
};

struct chip {
    struct device dev;
    uint32_t answer;
    uint32_t block; /* units a block handler takes at once */
};

static struct bus *bus;
static struct chip a = { .dev = { .name = "alpha" } }, b = { .dev = { .name = "beta" } };
static struct seen seen;

static void setup(void)
{
    bus = bus_new();
    memset(&seen, 0, sizeof(seen));
    a.answer = 0x44332211;
    b.answer = 0xddccbbaa;
    a.block = b.block = 0;
}

static void teardown(void)
{
    bus_free(bus);
}

static uint32_t on_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct chip *chip = (struct chip *)dev;

    seen.len += (size_t)snprintf(seen.text + seen.len, sizeof(seen.text) - seen.len, "%c:r%u@%u ",
                                 dev->name[0], size, offset);
    return chip->answer;
}

static void on_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    seen.len += (size_t)snprintf(seen.text + seen.len, sizeof(seen.text) - seen.len,
                                 "%c:w%u@%u=%x ", dev->name[0], size, offset, value);
}

static uint32_t on_read_block(struct device *dev, uint32_t offset, void *buf, uint32_t count,
                              unsigned size)
{
    struct chip *chip = (struct chip *)dev;
    uint32_t n = chip->block < count ? chip->block : count;

    ck_assert_uint_eq(offset, 0);
    memset(buf, 0x5a, (size_t)n * size);
    return n;
}

static uint32_t on_write_block(struct device *dev, uint32_t offset, const void *buf, uint32_t count,
                               unsigned size)
{
    struct chip *chip = (struct chip *)dev;
    const uint8_t *bytes = buf;

    ck_assert_uint_eq(offset, 0);
    (void)size;
    seen.len += (size_t)snprintf(seen.text + seen.len, sizeof(seen.text) - seen.len, "block%02x ",
                                 bytes[0]);
    return chip->block < count ? chip->block : count;
}

static struct port_map *add(struct chip *chip, struct port_range *range, uint16_t address)
{
    struct error err;
    struct port_map *map;

    range->read = on_read;
    range->write = on_write;
    map = bus_add(bus, &chip->dev, range, address, &err);
    ck_assert_msg(map != NULL, "%s", map ? "" : err.text);
    return map;
}

START_TEST(handlers_get_an_offset_inside_their_range)
{
    struct port_range range = { .base = 2, .count = 8, .sizes = 7 };

    add(&a, &range, 0x100);
    ck_assert_uint_eq(bus_in(bus, 0x102, 1), 0x11);
    ck_assert_uint_eq(bus_in(bus, 0x104, 2), 0x2211);
    ck_assert_uint_eq(bus_in(bus, 0x106, 4), 0x44332211);
    bus_out(bus, 0x109, 0x12345678, 1);
    ck_assert_str_eq(seen.text, "a:r1@0 a:r2@2 a:r4@4 a:w1@7=78 ");
}
END_TEST

START_TEST(nobody_there_reads_float_and_writes_vanish)
{
    ck_assert_uint_eq(bus_in(bus, 0x80, 1), 0xff);
    ck_assert_uint_eq(bus_in(bus, 0x80, 2), 0xffff);
    ck_assert_uint_eq(bus_in(bus, 0xfffe, 4), 0xffffffff);
    bus_out(bus, 0xffff, 1, 4);
    ck_assert_ptr_null(bus_owner(bus, 0x80));
}
END_TEST

START_TEST(a_range_without_a_handler_floats)
{
    static const struct port_range range = { .base = 0, .count = 1, .sizes = 1 };

    ck_assert_ptr_nonnull(bus_add(bus, &a.dev, &range, 0x60, NULL));
    ck_assert_uint_eq(bus_in(bus, 0x60, 1), 0xff);
    bus_out(bus, 0x60, 1, 1);
    ck_assert_ptr_eq(bus_owner(bus, 0x60), &a.dev);
}
END_TEST

START_TEST(overlap_is_an_error_that_names_both_sides)
{
    struct port_range one = { .count = 4, .sizes = 1 }, two = { .count = 4, .sizes = 1 };
    struct error err = { "" };

    add(&a, &one, 0x100);
    ck_assert_ptr_null(bus_add(bus, &b.dev, &two, 0x103, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "alpha"));
    ck_assert_ptr_nonnull(strstr(err.text, "beta"));
    ck_assert_ptr_nonnull(strstr(err.text, "103"));
    ck_assert_ptr_null(bus_owner(bus, 0x104));
}
END_TEST

START_TEST(a_range_that_leaves_the_64_k_is_an_error)
{
    static const struct port_range range = { .count = 4, .sizes = 1 };
    struct error err = { "" };

    ck_assert_ptr_null(bus_add(bus, &a.dev, &range, 0xfffd, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "64 K"));
    ck_assert_ptr_nonnull(bus_add(bus, &a.dev, &range, 0xfffc, &err));
}
END_TEST

START_TEST(another_size_is_split_low_first)
{
    struct port_range range = { .count = 4, .sizes = 1 };

    add(&a, &range, 0x100);
    ck_assert_uint_eq(bus_in(bus, 0x100, 4), 0x11111111);
    bus_out(bus, 0x100, 0x0d0c0b0a, 4);
    ck_assert_str_eq(seen.text, "a:r1@0 a:r1@1 a:r1@2 a:r1@3 "
                                "a:w1@0=a a:w1@1=b a:w1@2=c a:w1@3=d ");
}
END_TEST

START_TEST(each_part_goes_to_the_range_that_owns_its_port)
{
    struct port_range one = { .count = 2, .sizes = 3 }, two = { .count = 1, .sizes = 1 };

    add(&a, &one, 0x100);
    add(&b, &two, 0x102);
    ck_assert_uint_eq(bus_in(bus, 0x100, 4), 0xffaa2211);
    ck_assert_uint_eq(bus_in(bus, 0x101, 2), 0xaa11);
    ck_assert_str_eq(seen.text, "a:r2@0 b:r1@0 a:r1@1 b:r1@0 ");
}
END_TEST

START_TEST(an_exact_range_is_passed_by_other_sizes)
{
    struct port_range range = { .count = 4, .sizes = 4, .exact = true };

    add(&a, &range, 0xcf8);
    ck_assert_uint_eq(bus_in(bus, 0xcf8, 1), 0xff);
    ck_assert_uint_eq(bus_in(bus, 0xcf8, 2), 0xffff);
    bus_out(bus, 0xcf9, 6, 1);
    ck_assert_str_eq(seen.text, "");
    ck_assert_uint_eq(bus_in(bus, 0xcf8, 4), 0x44332211);
}
END_TEST

START_TEST(a_hidden_range_is_nowhere_until_it_is_moved)
{
    struct port_range range = { .count = 4, .sizes = 1, .hidden = true };
    struct port_range fixed = { .count = 1, .sizes = 1 };
    struct port_map *map;

    add(&b, &fixed, 0);
    map = add(&a, &range, 0); /* no overlap: it has no place */
    ck_assert_uint_eq(bus_in(bus, 1, 1), 0xff);
    bus_move(map, 0xc000, true);
    ck_assert_uint_eq(bus_in(bus, 0xc001, 1), 0x11);
    bus_move(map, 0xd000, true);
    ck_assert_uint_eq(bus_in(bus, 0xc001, 1), 0xff);
    ck_assert_ptr_eq(bus_owner(bus, 0xd003), &a.dev);
    bus_move(map, 0xd000, false);
    ck_assert_ptr_null(bus_owner(bus, 0xd003));
}
END_TEST

START_TEST(a_moved_range_goes_behind_one_that_is_not_hidden)
{
    struct port_range range = { .count = 16, .sizes = 1, .hidden = true };
    struct port_range fixed = { .count = 2, .sizes = 1 };
    struct port_map *map = add(&a, &range, 0), *other;

    other = add(&b, &fixed, 0x3f8);
    bus_move(map, 0x3f0, true);
    ck_assert_ptr_eq(bus_owner(bus, 0x3f7), &a.dev);
    ck_assert_ptr_eq(bus_owner(bus, 0x3f8), &b.dev);
    ck_assert_ptr_eq(bus_owner(bus, 0x3fa), &a.dev);
    bus_move(other, 0x3f8, false); /* whoever was covered comes to light */
    ck_assert_ptr_eq(bus_owner(bus, 0x3f8), &a.dev);
    bus_move(other, 0x3f8, true);
    ck_assert_ptr_eq(bus_owner(bus, 0x3f8), &b.dev);
}
END_TEST

START_TEST(of_two_moved_ranges_the_one_added_first_is_seen)
{
    struct port_range range = { .count = 8, .sizes = 1, .hidden = true };
    struct port_map *first = add(&a, &range, 0), *second = add(&b, &range, 0);

    bus_move(second, 0x600, true); /* whatever the order of the moves */
    bus_move(first, 0x604, true);
    ck_assert_ptr_eq(bus_owner(bus, 0x603), &b.dev);
    ck_assert_ptr_eq(bus_owner(bus, 0x604), &a.dev);
    bus_move(first, 0x700, true);
    ck_assert_ptr_eq(bus_owner(bus, 0x604), &b.dev);
}
END_TEST

START_TEST(a_range_moved_to_the_end_is_cut_off_there)
{
    struct port_range range = { .count = 16, .sizes = 7, .hidden = true };
    struct port_map *map = add(&a, &range, 0);

    bus_move(map, 0xfff8, true);
    ck_assert_ptr_eq(bus_owner(bus, 0xffff), &a.dev);
    ck_assert_ptr_null(bus_owner(bus, 0));
    ck_assert_uint_eq(bus_in(bus, 0xffff, 1), 0x11);
    bus_move(map, 0, false);
    ck_assert_ptr_null(bus_owner(bus, 0xffff));
}
END_TEST

START_TEST(a_removed_range_is_gone)
{
    struct port_range range = { .count = 4, .sizes = 1 };
    struct port_map *map = add(&a, &range, 0x100);

    bus_remove(map);
    ck_assert_ptr_null(bus_owner(bus, 0x100));
    add(&b, &range, 0x100);
    ck_assert_ptr_eq(bus_owner(bus, 0x103), &b.dev);
}
END_TEST

START_TEST(exactly_count_units_are_moved)
{
    struct port_range range = {
        .count = 4, .sizes = 7, .read_block = on_read_block, .write_block = on_write_block
    };
    uint8_t buf[22];

    add(&a, &range, 0x1f0);
    a.block = 4;
    memset(buf, 0xee, sizeof(buf));
    bus_in_block(bus, 0x1f0, buf, 10, 2);
    for (unsigned i = 0; i < 20; i++)
        ck_assert_uint_eq(buf[i], 0x5a);
    ck_assert_uint_eq(buf[20], 0xee);
    bus_out_block(bus, 0x1f0, buf, 9, 2);
    ck_assert_str_eq(seen.text, "block5a block5a block5a ");
}
END_TEST

START_TEST(a_block_handler_that_takes_nothing_gets_single_accesses)
{
    struct port_range range = {
        .count = 4, .sizes = 2, .read_block = on_read_block, .write_block = on_write_block
    };
    uint8_t buf[6] = { 1, 2, 3, 4, 5, 6 };

    add(&a, &range, 0x1f0);
    bus_in_block(bus, 0x1f0, buf, 2, 2);
    ck_assert_uint_eq(buf[0], 0x11);
    ck_assert_uint_eq(buf[3], 0x22);
    ck_assert_uint_eq(buf[4], 5);
    ck_assert_str_eq(seen.text, "a:r2@0 a:r2@0 ");
}
END_TEST

START_TEST(a_block_over_the_end_of_a_range_is_split)
{
    struct port_range range = {
        .count = 4, .sizes = 7, .read_block = on_read_block, .write_block = on_write_block
    };
    uint8_t buf[8];

    add(&a, &range, 0x1f0);
    a.block = 4; /* its handlers insist on offset 0 */
    bus_in_block(bus, 0x1f3, buf, 2, 4);
    bus_out_block(bus, 0x1f3, buf, 1, 4);
    ck_assert_uint_eq(buf[0], 0x11);
    ck_assert_uint_eq(buf[1], 0xff);
}
END_TEST

START_TEST(nobody_there_string_input_floats)
{
    uint8_t buf[4] = { 0 };

    bus_in_block(bus, 0x1f0, buf, 2, 2);
    bus_out_block(bus, 0x1f0, buf, 2, 2);
    ck_assert_uint_eq(buf[0] & buf[1] & buf[2] & buf[3], 0xff);
}
END_TEST

START_TEST(too_many_ranges_are_an_error)
{
    static const struct port_range range = { .count = 1, .sizes = 1 };
    struct error err = { "" };
    unsigned n = 0;

    while (n < 1000 && bus_add(bus, &a.dev, &range, (uint16_t)n, &err))
        n++;
    ck_assert_uint_eq(n, 255);
    ck_assert_ptr_nonnull(strstr(err.text, "alpha"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bus");
    TCase *tcase = tcase_create("ports");
    const TTest *tests[] = { handlers_get_an_offset_inside_their_range,
                             nobody_there_reads_float_and_writes_vanish,
                             a_range_without_a_handler_floats,
                             overlap_is_an_error_that_names_both_sides,
                             a_range_that_leaves_the_64_k_is_an_error,
                             another_size_is_split_low_first,
                             each_part_goes_to_the_range_that_owns_its_port,
                             an_exact_range_is_passed_by_other_sizes,
                             a_hidden_range_is_nowhere_until_it_is_moved,
                             a_moved_range_goes_behind_one_that_is_not_hidden,
                             of_two_moved_ranges_the_one_added_first_is_seen,
                             a_range_moved_to_the_end_is_cut_off_there,
                             a_removed_range_is_gone,
                             exactly_count_units_are_moved,
                             a_block_handler_that_takes_nothing_gets_single_accesses,
                             a_block_over_the_end_of_a_range_is_split,
                             nobody_there_string_input_floats,
                             too_many_ranges_are_an_error };

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
