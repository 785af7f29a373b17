/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of a running machine is exchanged a hundred times in each direction while the guest
 * writes and reads a disk, moves strings and computes (programs/legs.asm); it must come to its
 * result.  With the argument `kvm` also to KVM and back, where it can be used.  So it is between
 * our own engines where the guest has paging and uses the x87, in its interrupts too
 * (programs/paged.asm).
 */
#include <stdlib.h>
#include <string.h>

#include "core/cpu/xlat.h"
#include "tests/check_main.h"
#include "tests/guest/machine_bench.h"

enum { EXCHANGES = 100, PASSES_AT = 2, PASSES = 40, ROUNDS_AT = 4, ROUNDS = 100 };
enum { PAGED_FLOPPY = 1440 * 1024 };

static bool with_kvm;

static bool ended(struct bench *b, void *arg)
{
    (void)arg;
    return bench_on_screen(b, "LEGS OK") || bench_on_screen(b, "LEGS BAD") ||
           bench_on_screen(b, "PAGED OK") || bench_on_screen(b, "PAGED BAD");
}

static void change(struct bench *b, const struct cpu_ops *engine)
{
    struct error err = { { 0 } };

    ck_assert_msg(machine_set_engine(b->machine, engine, 0, 0, &err), "to %s: %s", engine->name,
                  err.text);
    ck_assert_ptr_eq(machine_cpu(b->machine)->ops, engine);
}

/* The command, with exchanges among these two at moments that never fall together with its own. */
static void exchange(const struct cpu_ops *one, const struct cpu_ops *other)
{
    struct bench_bytes image = bench_freedos(), program = bench_boot_image("legs", 2048);
    struct bench *b;
    unsigned done = 0;

    if (!image.data) {
        free(program.data);
        return;
    }
    program.data[PASSES_AT] = PASSES;
    ck_assert(fat12_write(image, "LEGS.COM", program));
    b = bench_new(&(struct bench_setup){
        .engine = one, .floppy = image, .disk_fast = true, .paced = !other->counts });
    ck_assert(bench_wait(b, "A:\\>", 600000));
    bench_type(b, "legs{enter}");
    for (; done < 2 * EXCHANGES && !ended(b, NULL); done++) {
        change(b, done % 2 ? one : other);
        machine_run_until(b->machine, bench_now(b) + BENCH_MS / 3 + done % 7 * 100000);
    }
    ck_assert_msg(done == 2 * EXCHANGES, "it ended after %u exchanges", done);
    change(b, one);
    ck_assert(bench_run_while_not(b, ended, NULL, 600000));
    ck_assert_msg(bench_on_screen(b, "LEGS OK"), "it ended with:\n%s", bench_screen(b));
    bench_free(b);
    free(image.data);
    free(program.data);
}

/* Up to `most` exchanges while paged.asm runs, and then to its end; what it said is the caller's.
 */
static char *paged(const struct cpu_ops *one, const struct cpu_ops *other, unsigned most)
{
    struct bench_bytes image = bench_boot_image("paged", PAGED_FLOPPY);
    struct bench *b;
    unsigned done = 0;
    char *said;

    image.data[ROUNDS_AT] = ROUNDS;
    b = bench_new(&(struct bench_setup){ .engine = one, .floppy = image, .disk_fast = true });
    ck_assert(bench_wait(b, "PAGING ON", 600000));
    for (; done < most && !ended(b, NULL); done++) {
        change(b, done % 2 ? one : other);
        machine_run_until(b->machine, bench_now(b) + BENCH_MS / 3 + done % 7 * 100000);
    }
    ck_assert_msg(done == most, "it ended after %u exchanges", done);
    ck_assert(bench_run_while_not(b, ended, NULL, 600000));
    said = bench_screen(b);
    bench_free(b);
    free(image.data);
    return said;
}

START_TEST(paging_and_x87)
{
    char *alone, *exchanged;
    const char *why_not;

    if (!xlat_possible(&why_not)) {
        check_skip(why_not);
        return;
    }
    alone = paged(&interp_ops, &translate_ops, 0);
    ck_assert_msg(strstr(alone, "PAGED OK") != NULL, "alone it ended with:\n%s", alone);
    exchanged = paged(&interp_ops, &translate_ops, 2 * EXCHANGES);
    ck_assert_str_eq(exchanged, alone);
    free(exchanged);
    free(alone);
}
END_TEST

START_TEST(interpreter_and_translator)
{
    const char *why_not;

    if (xlat_possible(&why_not))
        exchange(&interp_ops, &translate_ops);
    else
        check_skip(why_not);
}
END_TEST

START_TEST(own_engines_and_kvm)
{
    const char *why_not;

    if (!with_kvm || !bench_kvm())
        return;
    exchange(&interp_ops, &kvm_ops);
    if (xlat_possible(&why_not))
        exchange(&translate_ops, &kvm_ops);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("exchange");

    with_kvm = argc > 1 && !strcmp(argv[1], "kvm");
    CHECK_CASE(suite, "exchange", interpreter_and_translator, paging_and_x87, own_engines_and_kvm);
    return check_main(suite);
}
