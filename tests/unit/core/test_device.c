/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and their names on a board, memory blocks, logs; and errors as sentences. */
#include <stdio.h>
#include <string.h>

#include "core/device.h"
#include "core/state.h"
#include "tests/check_main.h"

struct toy {
    struct device dev;
    struct vtimer timer;
    uint8_t value;
};

static const struct port_range toy_ports[] = {
    { .base = 0, .count = 2, .sizes = 1 },
    { .base = 8, .count = 1, .sizes = 1 },
    { 0 },
};
static const struct field toy_fields[] = { FIELD_TIMER(struct toy, timer), { 0 } };

static char order[64];

static void toy_reset(struct device *dev, enum reset_kind kind)
{
    size_t used = strlen(order);

    snprintf(order + used, sizeof(order) - used, "%s%d ", dev->name, (int)kind);
}

static void toy_free(struct device *dev)
{
    size_t used = strlen(order);

    snprintf(order + used, sizeof(order) - used, "~%s ", dev->name);
}

static const struct device_class toy_class = {
    .name = "toy", .ports = toy_ports, .fields = toy_fields, .reset = toy_reset, .free = toy_free
};

static struct board *board;
static struct error err;

static void setup(void)
{
    board = board_new();
    order[0] = err.text[0] = 0;
}

static void teardown(void)
{
    board_free(board);
}

static struct toy *toy_new(const char *name, uint16_t base)
{
    struct toy *toy = device_new(board, &toy_class, sizeof(*toy), name, base, &err);

    if (toy)
        vtimer_init(&toy->timer, board->clock, NULL, toy);
    return toy;
}

START_TEST(a_name_is_unique_on_its_board)
{
    struct toy *first = toy_new("serial0", 0x100);

    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(toy_new("serial0", 0x200));
    ck_assert_ptr_nonnull(strstr(err.text, "serial0"));
    ck_assert_ptr_nonnull(toy_new("serial1", 0x200));
    ck_assert_ptr_eq(device_find(board, "serial0"), &first->dev);
    ck_assert_ptr_null(device_find(board, "serial2"));
    ck_assert_ptr_null(bus_owner(board->bus, 0x300));
}
END_TEST

START_TEST(a_new_device_is_zeroed_and_has_its_ports)
{
    struct toy *toy = toy_new("toy", 0x100);

    ck_assert_uint_eq(toy->value, 0);
    ck_assert_ptr_eq(toy->dev.board, board);
    ck_assert_ptr_eq(bus_owner(board->bus, 0x101), &toy->dev);
    ck_assert_ptr_null(bus_owner(board->bus, 0x102));
    ck_assert_ptr_eq(bus_owner(board->bus, 0x108), &toy->dev);
}
END_TEST

START_TEST(an_overlap_leaves_no_half_of_a_device_behind)
{
    struct toy *toy = toy_new("toy", 0x100);

    ck_assert_ptr_null(toy_new("second", 0xf8)); /* its port 8 is toy's */
    ck_assert_ptr_nonnull(strstr(err.text, "second"));
    ck_assert_ptr_nonnull(strstr(err.text, "toy"));
    ck_assert_ptr_null(bus_owner(board->bus, 0xf8));
    ck_assert_ptr_null(device_find(board, "second"));
    ck_assert_ptr_eq(bus_owner(board->bus, 0x100), &toy->dev);
}
END_TEST

START_TEST(a_freed_device_leaves_no_port_and_no_timer)
{
    struct toy *toy = toy_new("toy", 0x100);

    toy_new("other", 0x200);
    vtimer_arm(&toy->timer, 100);
    ck_assert_uint_eq(vclock_timers(board->clock), 2);
    device_free(&toy->dev);
    ck_assert_uint_eq(vclock_timers(board->clock), 1);
    ck_assert_uint_eq(vclock_next(board->clock), VCLOCK_NEVER);
    ck_assert_ptr_null(bus_owner(board->bus, 0x100));
    ck_assert_ptr_null(device_find(board, "toy"));
    ck_assert_ptr_nonnull(device_find(board, "other"));
    device_free(NULL);
}
END_TEST

START_TEST(devices_are_reset_first_created_first_and_freed_last_created_first)
{
    toy_new("a", 0x100);
    toy_new("b", 0x200);
    toy_new("c", 0x300);
    board_reset(board, RESET_HARD);
    ck_assert_str_eq(order, "a1 b1 c1 ");
    order[0] = 0;
    board_free_devices(board);
    ck_assert_str_eq(order, "~c ~b ~a ");
    ck_assert_ptr_null(board->devices);
}
END_TEST

START_TEST(a_block_is_zeroed_memory_with_a_file_behind_it)
{
    uint8_t *block = board_block(board, "vram", 3 * MEM_PAGE, &err);

    ck_assert_ptr_nonnull(block);
    for (unsigned i = 0; i < 3 * MEM_PAGE; i++)
        ck_assert_uint_eq(block[i], 0);
    ck_assert_uint_eq(board->block_count, 1);
    ck_assert_str_eq(board->blocks[0].name, "vram");
    ck_assert_uint_eq(board->blocks[0].size, 3 * MEM_PAGE);
    ck_assert_int_ge(board->blocks[0].fd, 0);
}
END_TEST

/* ---- lines ---- */

static unsigned sets;

static void set(void *ctx, unsigned number, bool level)
{
    ck_assert_ptr_eq(ctx, &sets);
    ck_assert_uint_eq(number, 5);
    sets += level ? 1 : 100;
}

START_TEST(a_line_that_is_not_connected_goes_nowhere)
{
    struct irq none = { 0 }, line = { set, &sets, 5 };
    struct dma_line dma = { 0 };
    bool tc = true;
    char buf[4];

    sets = 0;
    irq_set(&none, true);
    irq_set(&line, true);
    irq_set(&line, false);
    ck_assert_uint_eq(sets, 101);
    dma_request(&dma, true);
    ck_assert_uint_eq(dma_transfer(&dma, DMA_TO_MEMORY, buf, 4, &tc), 0);
    ck_assert(!tc);
}
END_TEST

/* ---- log ---- */

static char logged[300];

static void hook_log(void *ctx, const char *text)
{
    (void)ctx;
    snprintf(logged, sizeof(logged), "%s", text);
}

START_TEST(a_log_line_begins_with_the_devices_name)
{
    static const struct board_hooks hooks = { .log = hook_log };
    struct toy *toy = toy_new("floppy", 0x100);
    char text[400];

    log_warn(&toy->dev, "nobody listens %d", 1);
    board->hooks = &hooks;
    log_warn(&toy->dev, "track %d is bad", 7);
    ck_assert_str_eq(logged, "floppy: track 7 is bad");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    log_warn(&toy->dev, "%s", text);
    ck_assert_uint_eq(strlen(logged), 255);
}
END_TEST

/* ---- errors ---- */

START_TEST(an_error_is_one_sentence_and_false)
{
    ck_assert(!error_set(&err, "disk%d: %s", 0, "not there"));
    ck_assert_str_eq(err.text, "disk0: not there");
    ck_assert(!error_set(NULL, "nobody asks"));
}
END_TEST

START_TEST(a_prefix_stands_before_the_sentence_that_is_there)
{
    error_set(&err, "not there");
    ck_assert(!error_prefix(&err, "disk%d", 1));
    ck_assert_str_eq(err.text, "disk1: not there");
    ck_assert(!error_prefix(NULL, "disk"));
}
END_TEST

START_TEST(a_long_error_is_cut_and_ended)
{
    char text[600];

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    error_set(&err, "%s", text);
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
    error_prefix(&err, "%s", "prefix");
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
    ck_assert_int_eq(strncmp(err.text, "prefix: aaa", 11), 0);
    error_prefix(&err, "%s", text);
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("device");
    TCase *tcase = tcase_create("board");
    const TTest *tests[] = { a_name_is_unique_on_its_board,
                             a_new_device_is_zeroed_and_has_its_ports,
                             an_overlap_leaves_no_half_of_a_device_behind,
                             a_freed_device_leaves_no_port_and_no_timer,
                             devices_are_reset_first_created_first_and_freed_last_created_first,
                             a_block_is_zeroed_memory_with_a_file_behind_it,
                             a_line_that_is_not_connected_goes_nowhere,
                             a_log_line_begins_with_the_devices_name,
                             an_error_is_one_sentence_and_false,
                             a_prefix_stands_before_the_sentence_that_is_there,
                             a_long_error_is_cut_and_ended };

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
