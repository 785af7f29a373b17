/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved state of one item and of a board: what is taken, and what is refused in which words. */
#include <stdlib.h>
#include <string.h>

#include "core/state.h"
#include "tests/check_main.h"

struct toy {
    struct device dev;
    struct vtimer timer;
    struct toy_state {
        uint64_t big;
        uint32_t words[3];
        uint16_t half;
        uint8_t byte, newer;
    } s;
    unsigned fired, resumed, resets;
};

static const struct field fields_1[] = {
    FIELD(struct toy, s.big),  FIELD_ARRAY(struct toy, s.words), FIELD(struct toy, s.half),
    FIELD(struct toy, s.byte), FIELD_TIMER(struct toy, timer),   { 0 },
};
static const struct field fields_2[] = {
    FIELD_TIMER(struct toy, timer), /* another order: the names count */
    FIELD(struct toy, s.newer, .since = 2), FIELD(struct toy, s.byte), FIELD(struct toy, s.half),
    FIELD_ARRAY(struct toy, s.words),       FIELD(struct toy, s.big),  { 0 },
};

static void fire(void *ctx)
{
    ((struct toy *)ctx)->fired++;
}

static struct vclock *clk;
static struct toy toy;
static struct state_buffer buf;
static struct error err;

static void fill(struct toy *t)
{
    t->s = (struct toy_state){ .big = 0x0123456789abcdef,
                               .words = { 1, 0xffffffff, 3 },
                               .half = 0xbeef,
                               .byte = 0x5a,
                               .newer = 0x77 };
}

static void setup(void)
{
    clk = vclock_new();
    toy = (struct toy){ 0 };
    vtimer_init(&toy.timer, clk, fire, &toy);
    fill(&toy);
    err.text[0] = 0;
}

static void teardown(void)
{
    vtimer_done(&toy.timer);
    vclock_free(clk);
    state_buffer_free(&buf);
}

static struct state_item item(uint16_t version, const struct field *fields)
{
    return (struct state_item){ "toy", version, fields, &toy };
}

static void save(uint16_t version, const struct field *fields)
{
    struct state_item it = item(version, fields);

    state_save_item(&buf, &it);
}

static bool load(uint16_t version, const struct field *fields)
{
    struct state_item it = item(version, fields);
    size_t at = 0;

    return state_load_item(buf.data, buf.used, &at, &it, &err);
}

static void mend(struct state_buffer *b) /* one section */
{
    uint32_t crc = state_crc32(0, b->data, b->used - 4);

    memcpy(b->data + b->used - 4, &crc, 4);
}

START_TEST(crc_32_is_that_of_ieee_802_3)
{
    char all[256];

    ck_assert_uint_eq(state_crc32(0, "123456789", 9), 0xcbf43926);
    ck_assert_uint_eq(state_crc32(0, "", 0), 0);
    ck_assert_uint_eq(state_crc32(state_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    for (unsigned i = 0; i < sizeof(all); i++)
        all[i] = (char)i;
    for (unsigned cut = 0; cut <= sizeof(all); cut++)
        ck_assert_uint_eq(state_crc32(state_crc32(0, all, cut), all + cut, sizeof(all) - cut),
                          0x29058c73);
}
END_TEST

START_TEST(what_was_saved_is_loaded)
{
    struct toy_state want = toy.s;

    vtimer_arm(&toy.timer, 12345);
    save(1, fields_1);
    vtimer_cancel(&toy.timer);
    memset(&toy.s, 0, sizeof(toy.s));
    want.newer = 0;
    ck_assert_msg(load(1, fields_1), "%s", err.text);
    ck_assert_mem_eq(&toy.s, &want, sizeof(want));
    ck_assert_uint_eq(toy.timer.deadline, 12345);
    ck_assert(!vtimer_armed(&toy.timer)); /* arming comes after all checks */
}
END_TEST

START_TEST(an_idle_timer_is_loaded_idle)
{
    save(1, fields_1);
    vtimer_arm(&toy.timer, 99);
    ck_assert(load(1, fields_1));
    ck_assert(!vtimer_armed(&toy.timer));
    ck_assert_uint_eq(toy.timer.deadline, VCLOCK_NEVER);
}
END_TEST

START_TEST(a_stream_is_little_endian_and_as_described)
{
    static const uint8_t want[] = "\3toy\7\0\13\0\0\0\4byte\1\1\0\0\0\x5a";
    static const struct field one[] = {
        { "byte", offsetof(struct toy, s.byte), 1, 1, 0, 0, FIELD_UINT }, { 0 }
    };

    save(7, one);
    ck_assert_uint_eq(buf.used, sizeof(want) - 1 + 4);
    ck_assert_mem_eq(buf.data, want, sizeof(want) - 1);
}
END_TEST

START_TEST(fields_that_an_older_stream_did_not_have_keep_their_value)
{
    save(1, fields_1);
    toy.s = (struct toy_state){ .newer = 0x42 };
    ck_assert_msg(load(2, fields_2), "%s", err.text);
    ck_assert_uint_eq(toy.s.newer, 0x42);
    ck_assert_uint_eq(toy.s.half, 0xbeef);
}
END_TEST

START_TEST(a_newer_version_is_refused)
{
    save(2, fields_1);
    ck_assert(!load(1, fields_1));
    ck_assert_ptr_nonnull(strstr(err.text, "newer version"));
    ck_assert_ptr_nonnull(strstr(err.text, "toy"));
}
END_TEST

START_TEST(an_unknown_field_is_refused_by_name)
{
    save(2, fields_2);
    ck_assert(!load(2, fields_1));
    ck_assert_ptr_nonnull(strstr(err.text, "s.newer"));
}
END_TEST

START_TEST(a_field_of_another_size_is_refused_by_name)
{
    static const struct field wide[] = {
        { "s.byte", offsetof(struct toy, s.half), 2, 1, 0, 0, FIELD_UINT }, { 0 }
    };
    static const struct field long_array[] = {
        { "s.words", offsetof(struct toy, s.words), 4, 2, 0, 0, FIELD_UINT }, { 0 }
    };
    static const struct field byte[] = { FIELD(struct toy, s.byte), { 0 } };
    static const struct field words[] = { FIELD_ARRAY(struct toy, s.words), { 0 } };

    save(1, wide);
    ck_assert(!load(1, byte));
    ck_assert_ptr_nonnull(strstr(err.text, "s.byte has another size"));
    state_buffer_free(&buf);
    save(1, long_array);
    ck_assert(!load(1, words));
    ck_assert_ptr_nonnull(strstr(err.text, "s.words has another size"));
}
END_TEST

START_TEST(a_section_of_another_device_is_refused_by_name)
{
    struct state_item other = item(1, fields_1);
    size_t at = 0;

    other.name = "doll";
    state_save_item(&buf, &other);
    ck_assert(!load(1, fields_1));
    ck_assert_ptr_nonnull(strstr(err.text, "doll"));
    ck_assert_ptr_nonnull(strstr(err.text, "toy"));
    ck_assert(state_load_item(buf.data, buf.used, &at, &other, &err));
    ck_assert_uint_eq(at, buf.used);
}
END_TEST

START_TEST(at_moves_behind_the_section)
{
    struct state_item it = item(1, fields_1);
    size_t at = 0, first;

    save(1, fields_1);
    first = buf.used;
    toy.s.byte = 9;
    save(1, fields_1);
    ck_assert(state_load_item(buf.data, buf.used, &at, &it, &err));
    ck_assert_uint_eq(at, first);
    ck_assert_uint_eq(toy.s.byte, 0x5a);
    ck_assert(state_load_item(buf.data, buf.used, &at, &it, &err));
    ck_assert_uint_eq(at, buf.used);
    ck_assert_uint_eq(toy.s.byte, 9);
}
END_TEST

START_TEST(any_flipped_bit_is_refused_and_changes_nothing)
{
    save(1, fields_1);
    for (size_t bit = 0; bit < buf.used * 8; bit++) {
        struct toy_state before;

        memset(&toy.s, 0xa5, sizeof(toy.s));
        before = toy.s;
        buf.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        err.text[0] = 0;
        ck_assert(!load(1, fields_1));
        ck_assert(err.text[0]);
        ck_assert_mem_eq(&toy.s, &before, sizeof(before));
        buf.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert(load(1, fields_1));
}
END_TEST

START_TEST(any_truncation_is_refused)
{
    size_t whole;

    save(1, fields_1);
    whole = buf.used;
    for (buf.used = 0; buf.used < whole; buf.used++) {
        uint8_t *exact = malloc(buf.used + 1); /* so that a sanitizer sees a read beyond */
        struct state_item it = item(1, fields_1);
        size_t at = 0;

        memcpy(exact, buf.data, buf.used);
        ck_assert(!state_load_item(exact, buf.used, &at, &it, &err));
        ck_assert_uint_eq(at, 0);
        free(exact);
    }
}
END_TEST

START_TEST(with_a_right_checksum_nothing_is_read_beyond_the_body)
{
    save(1, fields_1);
    for (size_t at = 10; at < buf.used - 4; at++)
        for (unsigned value = 0; value < 256; value += 5) {
            uint8_t *copy = malloc(buf.used);
            struct state_buffer bad = { copy, buf.used, buf.used };
            struct state_item it = item(1, fields_1);
            size_t pos = 0;

            memcpy(copy, buf.data, buf.used);
            copy[at] = (uint8_t)value;
            mend(&bad);
            if (!state_load_item(copy, bad.used, &pos, &it, &err))
                ck_assert(err.text[0]);
            free(copy);
        }
}
END_TEST

/* ---- a board ---- */

static void toy_reset(struct device *dev, enum reset_kind kind)
{
    struct toy *t = (struct toy *)dev;

    (void)kind;
    memset(&t->s, 0, sizeof(t->s));
    vtimer_cancel(&t->timer);
    t->resets++;
}

static bool toy_check(struct device *dev, struct error *e)
{
    return ((struct toy *)dev)->s.byte < 100 || error_set(e, "%s: byte is out of range", dev->name);
}

static void toy_resume(struct device *dev)
{
    struct toy *t = (struct toy *)dev;

    t->resumed++;
    ck_assert(t->timer.deadline == VCLOCK_NEVER || vtimer_armed(&t->timer));
}

static const struct device_class toy_class = {
    .name = "toy",
    .version = 1,
    .state_offset = offsetof(struct toy, s),
    .state_size = sizeof(struct toy_state),
    .fields = fields_1,
    .reset = toy_reset,
    .check = toy_check,
    .resume = toy_resume,
};

static struct toy *toy_new(struct board *board, const char *name)
{
    struct toy *t = device_new(board, &toy_class, sizeof(*t), name, 0, &err);

    ck_assert_ptr_nonnull(t);
    vtimer_init(&t->timer, board->clock, fire, t);
    return t;
}

struct pair {
    struct board *board;
    struct toy *a, *b;
};

static struct pair pair_new(void)
{
    struct pair p = { .board = board_new() };

    p.a = toy_new(p.board, "a");
    p.b = toy_new(p.board, "b");
    return p;
}

START_TEST(a_board_goes_on_at_the_saved_time_with_its_timers_armed)
{
    struct pair p = pair_new(), q = pair_new();
    size_t at = 0;

    p.board->wall_start = 777;
    vclock_advance(p.board->clock, 5000);
    fill(p.b);
    vtimer_arm(&p.b->timer, 5000); /* due at this very moment is not the past */
    vclock_advance(q.board->clock, 900000);
    vtimer_arm(&q.a->timer, 900001);
    state_save_board(&buf, p.board);
    ck_assert_msg(state_load_board(buf.data, buf.used, &at, q.board, &err), "%s", err.text);
    ck_assert_uint_eq(at, buf.used);
    ck_assert_uint_eq(vclock_now(q.board->clock), 5000);
    ck_assert_uint_eq(q.board->wall_start, 777);
    ck_assert(!vtimer_armed(&q.a->timer));
    ck_assert(vtimer_armed(&q.b->timer));
    ck_assert_uint_eq(q.b->s.half, 0xbeef);
    ck_assert_uint_eq(q.a->resumed, 1);
    vclock_advance(q.board->clock, 5000);
    ck_assert_uint_eq(q.b->fired, 1);
    board_free(p.board);
    board_free(q.board);
}
END_TEST

START_TEST(a_timer_before_the_saved_time_is_refused_and_the_board_is_reset)
{
    struct pair p = pair_new(), q = pair_new();
    size_t at = 0;

    vclock_advance(p.board->clock, 5000);
    fill(p.b);
    vtimer_arm(&p.b->timer, 4999);
    state_save_board(&buf, p.board);
    fill(q.a);
    vtimer_arm(&q.a->timer, 7);
    ck_assert(!state_load_board(buf.data, buf.used, &at, q.board, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "timer timer lies in the past"));
    ck_assert_uint_eq(q.a->s.big, 0);
    ck_assert_uint_eq(q.b->s.big, 0);
    ck_assert(!vtimer_armed(&q.a->timer) && !vtimer_armed(&q.b->timer));
    ck_assert_uint_eq(q.a->resumed, 0);
    board_free(p.board);
    board_free(q.board);
}
END_TEST

START_TEST(a_value_that_no_chip_could_have_is_refused)
{
    struct pair p = pair_new();
    size_t at = 0;

    p.b->s.byte = 100;
    p.a->s.half = 1;
    state_save_board(&buf, p.board);
    ck_assert(!state_load_board(buf.data, buf.used, &at, p.board, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "b: byte is out of range"));
    ck_assert_uint_eq(p.a->s.half, 0);
    board_free(p.board);
}
END_TEST

START_TEST(a_board_with_other_devices_is_refused)
{
    struct pair p = pair_new(), q = pair_new();
    size_t at = 0;

    toy_new(q.board, "third");
    state_save_board(&buf, p.board);
    ck_assert(!state_load_board(buf.data, buf.used, &at, q.board, &err));
    state_buffer_free(&buf);
    board_free(p.board);
    board_free(q.board);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state");
    TCase *tcase = tcase_create("item");
    const TTest *tests[] = { crc_32_is_that_of_ieee_802_3,
                             what_was_saved_is_loaded,
                             an_idle_timer_is_loaded_idle,
                             a_stream_is_little_endian_and_as_described,
                             fields_that_an_older_stream_did_not_have_keep_their_value,
                             a_newer_version_is_refused,
                             an_unknown_field_is_refused_by_name,
                             a_field_of_another_size_is_refused_by_name,
                             a_section_of_another_device_is_refused_by_name,
                             at_moves_behind_the_section,
                             any_flipped_bit_is_refused_and_changes_nothing,
                             any_truncation_is_refused,
                             with_a_right_checksum_nothing_is_read_beyond_the_body,
                             a_board_goes_on_at_the_saved_time_with_its_timers_armed,
                             a_timer_before_the_saved_time_is_refused_and_the_board_is_reset,
                             a_value_that_no_chip_could_have_is_refused,
                             a_board_with_other_devices_is_refused };

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
