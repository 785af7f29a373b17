/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changes in mid-frame cost: writes of the palette while the beam draws, and drawing a frame
 * with such changes beside one without, in 640 x 480 and 16 colours.
 */
#include <stdio.h>
#include <time.h>

#include "tests/check_main.h"
#include "tests/unit/video/vga_bench.h"

enum { ROUNDS = 200, LINES = 525, LINE_NS = 31777 };

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All 256 colours, other ones than before; in ns a write. */
static double upload(struct vga_bench *v, uint64_t line, unsigned round)
{
    uint64_t frame = (uint64_t)LINES * LINE_NS;
    double start;

    vclock_advance(v->b->board->clock, (round + 1) * 2 * frame + line * LINE_NS);
    start = seconds();
    vb_out(v, 0x3c8, 0);
    for (unsigned i = 0; i < 768; i++)
        vb_out(v, 0x3c9, (uint8_t)((i + round) & 63));
    return (seconds() - start) * 1e9 / 768;
}

static double draw(struct vga_bench *v)
{
    double start = seconds();

    vb_draw_now(v, true, 0);
    return (seconds() - start) * 1e6;
}

START_TEST(palette_and_frames)
{
    static const char *const names[] = { "in the picture", "in the retrace" };
    static const uint64_t at[] = { 200, 485 };

    for (unsigned n = 0; n < 2; n++) {
        struct vga_bench v = vb_new();
        double writes = 0, frames = 0;

        vb_mode(&v, 0x12);
        for (unsigned round = 0; round < ROUNDS; round++) {
            writes += upload(&v, at[n], round);
            bench_run(v.b, (490 - at[n]) * LINE_NS);
            frames += draw(&v);
        }
        printf("palette written %s: %.0f ns a write; the frame %.0f us\n", names[n],
               writes / ROUNDS, frames / ROUNDS);
        vb_free(&v);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("video_speed");

    CHECK_CASE(suite, "speed", palette_and_frames);
    return check_main(suite);
}
