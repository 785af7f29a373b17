/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board as it is wired: no chip on it was forgotten by the generic tests, and all of them
 * together pass what each passes alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/chips.h"
#include "tests/unit/board/rig.h"

enum { SEEDS = 8, STEPS = 1500, PORTS = 65536 };

static void load(struct rig *rig, const struct state_buffer *buf)
{
    struct error err;
    size_t at = 0;

    ck_assert_msg(state_load_board(buf->data, buf->used, &at, rig->pc->board, &err), "%s",
                  err.text);
    ck_assert_uint_eq(at, buf->used);
}

/* Name of the section in which two streams differ first; both begin alike. */
static const char *first_difference(const struct state_buffer *a, const struct state_buffer *b)
{
    static char name[64];
    size_t at = 0;

    while (at < a->used && at < b->used) {
        uint32_t length;
        size_t end;

        memcpy(&length, a->data + at + 1 + a->data[at] + 2, 4);
        end = at + 1 + a->data[at] + 6 + length + 4;
        snprintf(name, sizeof(name), "%.*s", a->data[at], a->data + at + 1);
        if (end > b->used || memcmp(a->data + at, b->data + at, end - at))
            return name;
        at = end;
    }
    return a->used == b->used ? NULL : "the end";
}

/* ---- the tests ---- */

static uint32_t next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed * 2654435761u;
}

static bool covers(const struct generic_chip *chip, const char *name)
{
    struct bench *b = bench_new();
    struct error err;
    bool found = false;

    ck_assert_msg(chip->make(b, &err), "%s: %s", chip->name, err.text);
    for (const struct device *dev = b->board->devices; dev; dev = dev->next)
        found = found || !strcmp(dev->cls->name, name);
    bench_free(b);
    return found;
}

START_TEST(no_chip_of_the_board_is_without_the_generic_tests)
{
    struct rig *rig = rig_new();

    for (const struct device *dev = rig->pc->board->devices; dev; dev = dev->next) {
        bool found = false;

        for (unsigned i = 0; all_chips[i] && !found; i++)
            found = covers(all_chips[i], dev->cls->name);
        ck_assert_msg(found, "%s (%s) has no generic tests: put it into tests/chips.c", dev->name,
                      dev->cls->name);
    }
    rig_free(rig);
}
END_TEST

START_TEST(every_listed_chip_is_on_its_own_bench)
{
    for (unsigned i = 0; all_chips[i]; i++)
        ck_assert_msg(covers(all_chips[i], all_chips[i]->name), "%s makes no device of that class",
                      all_chips[i]->name);
}
END_TEST

START_TEST(tables_cover_every_byte_of_every_chip)
{
    struct rig *rig = rig_new();

    for (const struct device *dev = rig->pc->board->devices; dev; dev = dev->next)
        generic_check_table(dev);
    rig_free(rig);
}
END_TEST

START_TEST(saved_and_loaded_board_runs_in_lockstep)
{
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        struct rig *a = rig_new(), *b = rig_new();
        struct state_buffer first, second;
        const char *where;

        rig_run(a, seed, STEPS);
        rig_run(b, seed + 7777, STEPS / 4); /* load into a used board */
        first = rig_save(a);
        rig_copy_contents(b, a);
        load(b, &first);
        second = rig_save(b);
        where = first_difference(&first, &second);
        ck_assert_msg(!where, "save, load, save differs in %s (seed %u)", where, seed);
        ck_assert_msg(a->intr == b->intr, "INTR differs after load (seed %u)", seed);
        state_buffer_free(&first);
        state_buffer_free(&second);
        for (uint32_t part = 0; part < 20; part++) {
            uint32_t hash = rig_run(a, seed + 1000 * (part + 1), STEPS / 20);
            bool same = hash == rig_run(b, seed + 1000 * (part + 1), STEPS / 20);

            first = rig_save(a);
            second = rig_save(b);
            where = first_difference(&first, &second);
            ck_assert_msg(!where, "states differ in %s after load and use (seed %u, part %u)",
                          where, seed, part);
            ck_assert_msg(same, "answers differ after load (seed %u, part %u)", seed, part);
            state_buffer_free(&first);
            state_buffer_free(&second);
        }
        rig_free(a);
        rig_free(b);
    }
}
END_TEST

START_TEST(reset_after_use_equals_power_on)
{
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        struct rig *used = rig_new(), *fresh = rig_new();
        struct device *u, *n;

        rig_run(used, seed, STEPS);
        vclock_advance(fresh->pc->board->clock, vclock_now(used->pc->board->clock));
        board_reset(used->pc->board, RESET_HARD);
        board_reset(fresh->pc->board, RESET_HARD);
        for (u = used->pc->board->devices, n = fresh->pc->board->devices; u && n;
             u = u->next, n = n->next)
            generic_check_reset(u, n);
        ck_assert(!u && !n);
        for (unsigned port = 0; port < PORTS; port++) {
            u = bus_owner(used->pc->board->bus, (uint16_t)port);
            n = bus_owner(fresh->pc->board->bus, (uint16_t)port);
            ck_assert_msg(!u == !n && (!u || !strcmp(u->name, n->name)),
                          "port %x belongs to %s after a reset, to %s at power-on (seed %u)", port,
                          u ? u->name : "nobody", n ? n->name : "nobody", seed);
        }
        ck_assert_msg(used->intr == fresh->intr, "INTR is not as at power-on (seed %u)", seed);
        rig_free(used);
        rig_free(fresh);
    }
}
END_TEST

START_TEST(hostile_streams_are_refused_or_harmless)
{
    struct rig *rig = rig_new();
    struct state_buffer good;
    uint32_t seed = 4711;
    unsigned taken = 0;

    rig_run(rig, 3, STEPS);
    good = rig_save(rig);
    for (unsigned n = 0; n < 300; n++) {
        struct state_buffer bad = { malloc(good.used), good.used, good.used };
        struct error err = { { 0 } };
        size_t at = 0;
        bool mended = n % 4 != 1;

        memcpy(bad.data, good.data, good.used);
        if (n % 8 == 0)
            bad.used = next(&seed) % good.used;
        for (unsigned flips = next(&seed) % 8 + 1; flips-- > 0 && bad.used;)
            bad.data[next(&seed) % bad.used] ^= (uint8_t)(1u << (next(&seed) & 7));
        if (mended)
            generic_mend_checksums(&bad);
        if (state_load_board(bad.data, bad.used, &at, rig->pc->board, &err)) {
            ck_assert_msg(mended, "a flipped stream was taken");
            taken++;
            rig_run(rig, n, 100);
        } else {
            ck_assert_msg(err.text[0], "refused without a sentence");
        }
        free(bad.data);
    }
    ck_assert_uint_gt(taken, 10); /* else nothing was tested behind the checks */
    state_buffer_free(&good);
    rig_free(rig);
}
END_TEST

START_TEST(free_leaves_no_port_and_no_timer_behind)
{
    struct rig *rig = rig_new();
    struct board *board = rig->pc->board;

    rig_run(rig, 5, STEPS);
    board_free_devices(board);
    for (unsigned port = 0; port < PORTS; port++)
        ck_assert_msg(!bus_owner(board->bus, (uint16_t)port), "port %x is still owned", port);
    ck_assert_uint_eq(vclock_timers(board->clock), 0);
    rig_free(rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("all chips");

    CHECK_CASE(suite, "board", no_chip_of_the_board_is_without_the_generic_tests,
               every_listed_chip_is_on_its_own_bench, tables_cover_every_byte_of_every_chip,
               saved_and_loaded_board_runs_in_lockstep, reset_after_use_equals_power_on,
               hostile_streams_are_refused_or_harmless, free_leaves_no_port_and_no_timer_behind);
    return check_main(suite);
}
