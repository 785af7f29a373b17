/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interpreter and translator take turns on one machine while it boots FreeDOS and answers a
 * command: exchanged on the fly, and by saved states.  What comes out must be, to the bit, what the
 * interpreter alone makes of it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/cpu/xlat.h"
#include "tests/check_main.h"
#include "tests/guest/machine_bench.h"

enum { TURNS = 120, TURN_MS = 11, TYPE_AT = 80 };

/* Saved state after all turns; `by_state`: each turn goes on from a saved state. */
static struct bench_bytes boot(bool turns, bool by_state)
{
    struct bench_bytes image = bench_freedos(), result;
    struct bench *b = bench_new(&(struct bench_setup){
        .engine = &interp_ops, .cpu = CPU_PENTIUM2, .floppy = image, .disk_fast = true });
    struct error err = { { 0 } };

    for (unsigned n = 0; n < TURNS; n++) {
        const struct cpu_ops *engine = turns && n % 2 ? &translate_ops : &interp_ops;
        bool done = true;

        if (by_state) {
            struct bench_bytes state = bench_save(b);

            bench_renew(b, engine);
            done = bench_load(b, state, &err);
            free(state.data);
        } else {
            done = machine_set_engine(b->machine, engine, 0, 0, &err);
        }
        ck_assert_msg(done, "%s", err.text);
        if (n == TYPE_AT)
            bench_type(b, "dir{enter}");
        bench_run_ms(b, TURN_MS);
    }
    ck_assert_msg(bench_on_screen(b, "A:\\>"), "no prompt; the screen:\n%s", bench_screen(b));
    result = bench_save(b);
    bench_free(b);
    free(image.data);
    return result;
}

static bool possible(void)
{
    struct bench_bytes image;
    const char *why_not;
    bool there;

    if (!xlat_possible(&why_not)) {
        check_skip(why_not);
        return false;
    }
    image = bench_freedos(); /* skips where it is not there */
    there = image.data != NULL;
    free(image.data);
    return there;
}

static void check_turns(bool by_state)
{
    struct bench_bytes alone, turns;

    if (!possible())
        return;
    alone = boot(false, by_state);
    turns = boot(true, by_state);
    ck_assert_uint_eq(alone.size, turns.size);
    ck_assert(!memcmp(alone.data, turns.data, alone.size));
    free(alone.data);
    free(turns.data);
}

START_TEST(engines_are_exchanged_on_the_fly)
{
    check_turns(false);
}
END_TEST

START_TEST(states_go_from_engine_to_engine)
{
    check_turns(true);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("turns");

    CHECK_CASE(suite, "turns", engines_are_exchanged_on_the_fly, states_go_from_engine_to_engine);
    return check_main(suite);
}
