/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every mode and effect of the display adapter, as a guest sets them (video/video.asm): the size
 * and checksum of each frame against video/checksums, which was written after a look at each
 * picture. `test_video FOLDER` keeps the pictures there as PNG and prints a new list of checksums.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host/picture.h"
#include "core/state.h"
#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

enum { KEY_SPACE = 57, FLOPPY = 1474560 };

struct walk {
    struct bench *bench;
    struct bench_bytes floppy;
    size_t seen; /* of the debug output */
    char name[64];
    uint32_t *pixels;
    struct screen_mode mode;
    uint32_t sum;
};

static bool marked(struct bench *b, void *arg)
{
    struct walk *w = arg;
    /* The firmware's messages may have an "@", but not where a line begins. */
    const char *at = memmem(b->debug + w->seen, b->debug_length - w->seen, "\n@", 2);
    const char *end =
        at ? memchr(at + 1, '\n', (size_t)(b->debug + b->debug_length - at - 1)) : NULL;

    if (!end)
        return false;
    snprintf(w->name, sizeof(w->name), "%.*s", (int)(end - at - 2), at + 2);
    w->seen = (size_t)(end - b->debug);
    return true;
}

static struct walk walk_new(void)
{
    struct bench_setup setup = { .cpu = CPU_PENTIUM };
    struct walk w = { .floppy = bench_boot_image("video", FLOPPY) };

    setup.floppy = w.floppy;
    w.bench = bench_new(&setup);
    w.pixels = calloc((size_t)SCREEN_MAX_W * SCREEN_MAX_H, sizeof(*w.pixels));
    return w;
}

static void walk_free(struct walk *w)
{
    bench_free(w->bench);
    free(w->floppy.data);
    free(w->pixels);
}

/* What blinks is as at time 0: the cursor is there, the characters are. */
static void take_frame(struct walk *w)
{
    struct board *board = machine_board(w->bench->machine);
    struct screen_rect rects[SCREEN_RECTS];
    uint32_t serial;
    uint16_t size[2];

    bench_run_ms(w->bench, 60);
    machine_run_until(w->bench->machine,
                      board->screen->next_retrace(board->screen_ctx, bench_now(w->bench)));
    board->screen->mode(board->screen_ctx, &w->mode, &serial);
    board->screen->draw(board->screen_ctx, w->pixels, w->mode.width, true, 0, rects);
    size[0] = w->mode.width;
    size[1] = w->mode.height;
    w->sum = state_crc32(0, size, sizeof(size));
    w->sum = state_crc32(w->sum, w->pixels, (size_t)size[0] * size[1] * sizeof(*w->pixels));
}

static void press_space(struct walk *w)
{
    struct input *input = &machine_pc(w->bench->machine)->input;

    input->key(input->key_ctx, KEY_SPACE, true);
    bench_run_ms(w->bench, 30);
    input->key(input->key_ctx, KEY_SPACE, false);
}

static bool next_step(struct walk *w)
{
    ck_assert_msg(bench_run_while_not(w->bench, marked, w, 30000), "stuck after step %s", w->name);
    return strcmp(w->name, "end") != 0;
}

START_TEST(every_step_shows_its_frame)
{
    FILE *list = fopen(TEST_VIDEO_SUMS, "r");
    struct walk w = walk_new();
    unsigned wrong = 0, steps = 0, width, height;
    char line[128], name[64];
    uint32_t sum;

    ck_assert_msg(list != NULL, TEST_VIDEO_SUMS ": %s", strerror(errno));
    while (next_step(&w)) {
        take_frame(&w);
        ck_assert_msg(fgets(line, sizeof(line), list) &&
                          sscanf(line, "%63s %ux%u %x", name, &width, &height, &sum) == 4,
                      "no checksum for step %s", w.name);
        ck_assert_str_eq(w.name, name);
        if (w.sum != sum || w.mode.width != width || w.mode.height != height) {
            printf("%s: %u x %u, %08x, not %s", w.name, w.mode.width, w.mode.height, w.sum, line);
            wrong++;
        }
        steps++;
        press_space(&w);
    }
    ck_assert_msg(!fgets(line, sizeof(line), list), "the guest left out %s", line);
    fclose(list);
    walk_free(&w);
    ck_assert_msg(!wrong, "%u of %u frames differ", wrong, steps);
}
END_TEST

static void keep(const struct walk *w, const char *into)
{
    struct error err = { { 0 } };
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/%s.png", into, w->name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 ||
        !picture_write(fd, w->pixels, w->mode.width, w->mode.height, w->mode.width, true, &err))
        fprintf(stderr, "%s: %s\n", path, err.text[0] ? err.text : strerror(errno));
    if (fd >= 0)
        close(fd);
}

static const char *folder;

START_TEST(pictures_are_kept)
{
    struct walk w;

    guest_unconfined("it writes the pictures");
    w = walk_new();

    while (next_step(&w)) {
        take_frame(&w);
        keep(&w, folder);
        printf("%s %ux%u %08x\n", w.name, w.mode.width, w.mode.height, w.sum);
        fflush(stdout);
        press_space(&w);
    }
    walk_free(&w);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("video");

    if (argc > 1) {
        folder = argv[1];
        CHECK_CASE(suite, "pictures", pictures_are_kept);
    } else {
        CHECK_CASE(suite, "guest", every_step_shows_its_frame);
    }
    return guest_main(suite);
}
