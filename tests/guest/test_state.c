/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved states that are damaged: refused in one sentence, and the machine is as before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

enum { FLIPS = 300, CUTS = 150 };

/* SeaBIOS without anything to boot from is enough of a guest here. */
static struct bench *firmware(unsigned ms)
{
    struct bench *b = bench_new(&(struct bench_setup){ .memory = 2 });

    bench_run_ms(b, ms);
    return b;
}

static void check_sentence(const struct error *err)
{
    size_t length = strlen(err->text);

    ck_assert_uint_gt(length, 10);
    ck_assert_ptr_null(strchr(err->text, '\n'));
}

static void check_same(struct bench *b, struct bench_bytes state, const char *after)
{
    struct bench_bytes now = bench_save(b);

    ck_assert_uint_eq(now.size, state.size);
    ck_assert_msg(!memcmp(now.data, state.data, state.size), "changed after %s", after);
    free(now.data);
}

static uint32_t random32(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8 | *seed << 24;
}

START_TEST(any_flipped_bit_is_refused)
{
    struct bench *b = firmware(300), *other = firmware(40);
    struct bench_bytes state = bench_save(b), before = bench_save(other);
    uint32_t seed = 4711;
    char what[64];

    for (unsigned i = 0; i < FLIPS; i++) {
        /* A third of them where everything but memory lies. */
        size_t at = random32(&seed) % (i % 3 ? state.size : 20000);
        uint8_t bit = (uint8_t)(1u << random32(&seed) % 8);
        struct error err = { { 0 } };

        state.data[at] ^= bit;
        snprintf(what, sizeof(what), "bit %02x at byte %zu", bit, at);
        ck_assert_msg(!bench_load(other, state, &err), "accepted: %s", what);
        state.data[at] ^= bit;
        check_sentence(&err);
        if (i % 30 == 0)
            check_same(other, before, what);
    }
    check_same(other, before, "all");
    bench_run_ms(other, 260);
    check_same(other, state, "going on");
    bench_free(b);
    bench_free(other);
    free(state.data);
    free(before.data);
}
END_TEST

START_TEST(every_bit_of_the_header_counts)
{
    struct bench *b = firmware(40);
    struct bench_bytes state = bench_save(b);

    for (size_t i = 0; i < 24 * 8; i++) {
        struct error err = { { 0 } };

        state.data[i / 8] ^= (uint8_t)(1u << i % 8);
        ck_assert_msg(!bench_load(b, state, &err), "accepted: bit %zu", i);
        state.data[i / 8] ^= (uint8_t)(1u << i % 8);
        check_sentence(&err);
    }
    check_same(b, state, "all");
    bench_free(b);
    free(state.data);
}
END_TEST

START_TEST(a_truncated_or_longer_state_is_refused)
{
    struct bench *b = firmware(300), *other = firmware(40);
    struct bench_bytes state = bench_save(b), before = bench_save(other), cut;
    uint32_t seed = 1492;

    for (unsigned i = 0; i < CUTS; i++) {
        struct error err = { { 0 } };

        cut = state;
        cut.size = i < 40 ? i : i < 60 ? state.size - 1 - (i - 40) : random32(&seed) % state.size;
        ck_assert_msg(!bench_load(other, cut, &err), "accepted: %zu bytes", cut.size);
        check_sentence(&err);
    }
    check_same(other, before, "cuts");
    cut = (struct bench_bytes){ calloc(1, state.size + 1), state.size + 1 };
    memcpy(cut.data, state.data, state.size);
    ck_assert(!bench_load(other, cut, NULL));
    check_same(other, before, "a longer one");
    free(cut.data);
    bench_free(b);
    bench_free(other);
    free(state.data);
    free(before.data);
}
END_TEST

START_TEST(a_state_of_another_machine_is_refused)
{
    struct bench *b = firmware(40);
    struct bench *other = bench_new(&(struct bench_setup){ .memory = 3 });
    struct bench_bytes state = bench_save(b);
    struct error err = { { 0 } };

    ck_assert(!bench_load(other, state, &err));
    check_sentence(&err);
    bench_run_ms(other, 300);
    ck_assert_int_eq(machine_status(other->machine), MACHINE_RUNNING);
    ck_assert_ptr_nonnull(strstr(other->debug, "SeaBIOS"));
    bench_free(b);
    bench_free(other);
    free(state.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("saved states");

    CHECK_CASE(suite, "damaged", any_flipped_bit_is_refused, every_bit_of_the_header_counts,
               a_truncated_or_longer_state_is_refused, a_state_of_another_machine_is_refused);
    return guest_main(suite);
}
