/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that misbehave, and hosts that fail under a guest: the machine lives and can be asked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/screen.h"
#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

enum { FLOPPY = 368640, SEED_AT = 4 };

static struct bench *boot(const char *name, struct bench_bytes *image)
{
    *image = bench_boot_image(name, FLOPPY);
    return bench_new(&(struct bench_setup){ .floppy = *image, .memory = 2, .disk_fast = true });
}

static void put32(struct bench_bytes image, size_t at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        image.data[at + i] = (uint8_t)(value >> (8 * i));
}

/* What a front end does all the time. */
static void look(struct bench *b)
{
    static uint32_t pixels[SCREEN_MAX_W * SCREEN_MAX_H];
    struct board *board = machine_board(b->machine);
    struct screen_rect rects[SCREEN_RECTS];
    struct screen_mode mode;
    uint32_t serial;

    board->screen->mode(board->screen_ctx, &mode, &serial);
    ck_assert(mode.width >= 1 && mode.width <= SCREEN_MAX_W);
    ck_assert(mode.height >= 1 && mode.height <= SCREEN_MAX_H);
    ck_assert_uint_le(
        board->screen->draw(board->screen_ctx, pixels, mode.width, false, bench_now(b), rects),
        SCREEN_RECTS);
    free(bench_screen(b));
}

/* Whatever the guest did: the state can be saved, and a fresh machine takes it. */
static void save_and_go_on(struct bench *b)
{
    struct bench_bytes state = bench_save(b), again;
    struct error err = { { 0 } };

    bench_renew(b, NULL);
    ck_assert_msg(bench_load(b, state, &err), "%s", err.text);
    again = bench_save(b);
    ck_assert_uint_eq(state.size, again.size);
    ck_assert_int_eq(memcmp(state.data, again.data, state.size), 0);
    free(state.data);
    free(again.data);
}

static void finish(struct bench *b, struct bench_bytes image)
{
    bench_free(b);
    free(image.data);
}

static bool is_loaded(struct bench *b, void *arg)
{
    struct x86_state x;

    (void)arg;
    machine_cpu(b->machine)->ops->get(machine_cpu(b->machine), &x);
    return x.seg[S_CS].base + x.eip >= 0x7c00 && x.seg[S_CS].base + x.eip < 0x7e00;
}

START_TEST(triple_faults_in_a_loop)
{
    struct bench_bytes image;
    struct bench *b = boot("triple", &image);

    for (unsigned i = 0; i < 20; i++) {
        bench_run_ms(b, 100);
        ck_assert_int_eq(machine_status(b->machine), MACHINE_RUNNING);
        look(b);
    }
    ck_assert_ptr_nonnull(strstr(b->debug, "Booting from Floppy"));
    ck_assert_ptr_nonnull(strstr(strstr(b->debug, "Booting from Floppy") + 1, "SeaBIOS"));
    save_and_go_on(b);
    finish(b, image);
}
END_TEST

START_TEST(random_values_to_all_ports)
{
    struct bench_bytes image;
    struct bench *b = boot("ports", &image);
    unsigned offs = 0, resets = 0;

    for (unsigned i = 0; i < 40; i++) {
        put32(image, SEED_AT, 77 * i + 5);
        bench_run_ms(b, 100);
        look(b);
        resets = b->resets;
        if (i % 10 == 9)
            save_and_go_on(b);
        if (machine_status(b->machine) == MACHINE_SHUTDOWN) {
            offs++;
            bench_renew(b, NULL);
        }
        ck_assert_int_ne(machine_status(b->machine), MACHINE_FAILED);
    }
    printf("random ports: %u resets, switched off %u times\n", resets, offs);
    ck_assert_uint_gt(resets + offs, 0);
    finish(b, image);
}
END_TEST

START_TEST(jumps_to_where_nothing_is)
{
    static const uint32_t targets[] = { 0xe0000000, 0xffff0000, 0x00200000,
                                        0xfffffff8, 0x000a0000, 0x0009fff0 };
    struct bench_bytes image;
    struct bench *b = boot("nothing", &image);

    for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        put32(image, SEED_AT, targets[i]);
        bench_renew(b, NULL);
        ck_assert(bench_run_while_not(b, is_loaded, NULL, 20) || true);
        bench_run_ms(b, 500);
        ck_assert_int_eq(machine_status(b->machine), MACHINE_RUNNING);
        look(b);
        save_and_go_on(b);
    }
    ck_assert_ptr_nonnull(strstr(b->debug, "Booting from Floppy"));
    finish(b, image);
}
END_TEST

START_TEST(halts_with_interrupts_off)
{
    struct bench_bytes image;
    struct bench *b = boot("halt", &image);
    uint64_t insns;

    ck_assert(bench_run_while_not(b, is_loaded, NULL, 20000));
    bench_run_ms(b, 100);
    insns = bench_insns(b);
    bench_run_ms(b, 10000);
    ck_assert_uint_eq(bench_insns(b), insns);
    ck_assert_int_eq(machine_status(b->machine), MACHINE_RUNNING);
    look(b);
    save_and_go_on(b);
    insns = bench_insns(b);
    machine_reset(b->machine);
    bench_run_ms(b, 1000);
    ck_assert_uint_gt(bench_insns(b), insns);
    ck_assert_uint_eq(b->resets, 1);
    finish(b, image);
}
END_TEST

START_TEST(fills_the_display_registers_with_garbage)
{
    struct bench_bytes image;
    struct bench *b = boot("screen", &image);

    for (unsigned run = 0; run < 4; run++) {
        put32(image, SEED_AT, 1000 + run);
        bench_renew(b, NULL);
        ck_assert(bench_run_while_not(b, is_loaded, NULL, 20000));
        for (unsigned i = 0; i < 40; i++) {
            bench_run_ms(b, 15);
            look(b);
        }
        ck_assert_int_eq(machine_status(b->machine), MACHINE_RUNNING);
        save_and_go_on(b);
        look(b);
    }
    finish(b, image);
}
END_TEST

/* ---- the host fails ---- */

static bool wrote_well(struct bench *b, void *arg)
{
    (void)arg;
    return bench_on_screen(b, "gad"); /* no failure, three turns */
}

static bool wrote_badly(struct bench *b, void *arg)
{
    char *screen = bench_screen(b);
    bool failed = screen[0] && screen[1] > 'a' && screen[1] <= 'p';

    (void)arg;
    free(screen);
    return failed;
}

START_TEST(a_failing_host_pauses_the_machine)
{
    struct bench_bytes image, sector = bench_boot_image("write", 512);
    struct bench *b = boot("write", &image);

    ck_assert_msg(bench_run_while_not(b, wrote_well, NULL, 20000), "the screen:\n%s",
                  bench_screen(b));
    ck_assert_int_eq(memcmp(image.data + 2 * 9 * 512, sector.data, 32), 0);
    media_memory_fail(b->floppy, 0, ENOSPC);
    bench_run_ms(b, 5000);
    ck_assert_int_eq(machine_status(b->machine), MACHINE_IO_ERROR);
    ck_assert_uint_eq(b->pauses, 1);
    ck_assert_uint_gt(strlen(machine_why(b->machine)), 10);
    printf("why: %s\n", machine_why(b->machine));
    look(b);
    media_memory_fail(b->floppy, -1, 0); /* room again: go on */
    ck_assert_msg(bench_run_while_not(b, wrote_badly, NULL, 20000),
                  "the guest did not hear of it:\n%s", bench_screen(b));
    bench_run_ms(b, 2000);
    ck_assert_int_eq(machine_status(b->machine), MACHINE_RUNNING);
    free(sector.data);
    finish(b, image);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bad guests");

    CHECK_CASE(suite, "guests", triple_faults_in_a_loop, random_values_to_all_ports,
               jumps_to_where_nothing_is, halts_with_interrupts_off,
               fills_the_display_registers_with_garbage);
    CHECK_CASE(suite, "hosts", a_failing_host_pauses_the_machine);
    return guest_main(suite);
}
