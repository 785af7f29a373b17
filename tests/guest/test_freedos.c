/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operating systems and boot loaders that people have: they start, answer and write their disk. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

static const char rescue_image[] = "/usr/lib/grub-rescue/grub-rescue-floppy.img";

/* One FreeDOS for the tests that only want its prompt. */
static struct bench *at_prompt(struct bench_bytes *image)
{
    struct bench *b;

    *image = bench_freedos();
    if (!image->data)
        return NULL;
    b = bench_new(&(struct bench_setup){ .floppy = *image, .disk_fast = true });
    ck_assert_msg(bench_wait(b, "A:\\>", 60000), "no prompt; the screen:\n%s", bench_screen(b));
    return b;
}

START_TEST(freedos_answers_commands)
{
    struct bench_bytes image, file;
    struct bench *b = at_prompt(&image);

    if (!b)
        return;
    bench_type(b, "ver{enter}");
    ck_assert_msg(bench_wait(b, "FreeCom version", 10000), "ver:\n%s", bench_screen(b));
    bench_type(b, "dir{enter}");
    ck_assert_msg(bench_wait(b, "bytes free", 20000), "dir:\n%s", bench_screen(b));
    ck_assert(bench_on_screen(b, "COMMAND  COM"));
    bench_type(b, "echo hello > a.txt{enter}");
    bench_type(b, "type a.txt{enter}");
    ck_assert_msg(bench_wait(b, "\nhello", 20000), "type:\n%s", bench_screen(b));
    bench_run_ms(b, 3000);
    file = fat12_read(image, "A.TXT");
    ck_assert_ptr_nonnull(file.data);
    ck_assert_uint_eq(file.size, 8);
    ck_assert_int_eq(memcmp(file.data, "hello \r\n", 8), 0);
    free(file.data);
    bench_free(b);
    free(image.data);
}
END_TEST

START_TEST(three_keys_boot_anew)
{
    struct bench_bytes image;
    struct bench *b = at_prompt(&image);

    if (!b)
        return;
    bench_type(b, "echo before{enter}");
    ck_assert(bench_wait(b, "\nbefore", 10000));
    bench_type(b, "{ctrl-alt-delete}");
    ck_assert(bench_run_while_not(b, (bool (*)(struct bench *, void *))bench_on_screen,
                                  (void *)"SeaBIOS", 20000) ||
              b->resets);
    ck_assert_msg(bench_wait(b, "A:\\>", 60000), "no prompt; the screen:\n%s", bench_screen(b));
    ck_assert(!bench_on_screen(b, "before"));
    bench_free(b);
    free(image.data);
}
END_TEST

START_TEST(a_counted_boot_repeats_to_the_bit)
{
    struct bench_bytes first = bench_freedos(), state[2];
    uint64_t insns[2], now[2];
    char *screen[2];

    if (!first.data)
        return;
    for (unsigned i = 0; i < 2; i++) {
        struct bench_bytes image = bench_freedos();
        struct bench *b = bench_new(&(struct bench_setup){ .floppy = image, .disk_fast = true });

        ck_assert(bench_wait(b, "A:\\>", 60000));
        insns[i] = bench_insns(b);
        now[i] = bench_now(b);
        screen[i] = bench_screen(b);
        state[i] = bench_save(b);
        ck_assert_int_eq(memcmp(image.data, first.data, first.size), 0);
        bench_free(b);
        free(image.data);
    }
    printf("FreeDOS at its prompt: %.2f s of virtual time, %.1f million instructions, %zu KB of "
           "state\n",
           (double)now[0] / 1e9, (double)insns[0] / 1e6, state[0].size / 1024);
    ck_assert_uint_eq(insns[0], insns[1]);
    ck_assert_uint_eq(now[0], now[1]);
    ck_assert_str_eq(screen[0], screen[1]);
    ck_assert_uint_eq(state[0].size, state[1].size);
    ck_assert_int_eq(memcmp(state[0].data, state[1].data, state[0].size), 0);
    for (unsigned i = 0; i < 2; i++) {
        free(screen[i]);
        free(state[i].data);
    }
    free(first.data);
}
END_TEST

/* A machine that is saved and resumed on its way goes the way of one that is not. */
START_TEST(a_saved_machine_goes_on_as_if_it_had_not_been)
{
    struct bench_bytes image[2] = { bench_freedos(), { 0 } }, state[2];
    struct error err = { { 0 } };

    if (!image[0].data)
        return;
    image[1] = bench_freedos();
    for (unsigned i = 0; i < 2; i++) {
        struct bench *b = bench_new(&(struct bench_setup){ .floppy = image[i], .disk_fast = true });

        for (unsigned leg = 1; leg <= 5; leg++) {
            machine_run_until(b->machine, leg * 400 * BENCH_MS);
            if (i && leg < 5) {
                struct bench_bytes saved = bench_save(b);

                bench_renew(b, NULL);
                ck_assert_msg(bench_load(b, saved, &err), "%s", err.text);
                free(saved.data);
            }
        }
        state[i] = bench_save(b);
        bench_free(b);
    }
    ck_assert_uint_eq(state[0].size, state[1].size);
    ck_assert_int_eq(memcmp(state[0].data, state[1].data, state[0].size), 0);
    for (unsigned i = 0; i < 2; i++) {
        free(state[i].data);
        free(image[i].data);
    }
}
END_TEST

START_TEST(grub_shows_its_menu_and_its_prompt)
{
    struct bench_bytes file = bench_file(rescue_image), image;
    struct bench *b;

    if (!file.data) {
        check_skip("Debian's grub-rescue-pc is not installed");
        return;
    }
    image = (struct bench_bytes){ calloc(1, 1474560), 1474560 };
    ck_assert_uint_le(file.size, image.size);
    memcpy(image.data, file.data, file.size);
    free(file.data);
    b = bench_new(&(struct bench_setup){ .floppy = image, .memory = 16, .disk_fast = true });
    ck_assert_msg(bench_wait(b, "GNU GRUB ", 30000), "no menu; the screen:\n%s", bench_screen(b));
    ck_assert_msg(bench_wait(b, "Memtest86+", 5000), "no entries:\n%s", bench_screen(b));
    bench_type(b, "c");
    ck_assert_msg(bench_wait(b, "grub>", 10000), "no prompt; the screen:\n%s", bench_screen(b));
    bench_type(b, "echo one two{enter}");
    ck_assert_msg(bench_wait(b, "\none two", 20000), "echo:\n%s", bench_screen(b));
    bench_free(b);
    free(image.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("operating systems");

    CHECK_CASE(suite, "freedos", freedos_answers_commands, three_keys_boot_anew,
               a_counted_boot_repeats_to_the_bit, a_saved_machine_goes_on_as_if_it_had_not_been);
    CHECK_CASE(suite, "grub", grub_shows_its_menu_and_its_prompt);
    return guest_main(suite);
}
