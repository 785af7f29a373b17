/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/sound.h"
#include "devices/audio/pc_speaker.h"
#include "devices/timer/i8254.h"
#include "tests/check_main.h"
#include "tests/unit/audio/chip_pc_speaker.h"

#define PIT_HZ (14318180.0 / 12)

static struct bench *make(void)
{
    struct bench *b = bench_new();
    struct error err = { { 0 } };

    ck_assert_msg(speaker_on_bench(b, &err), "%s", err.text);
    b->board->sounds->open(b->board->sounds->ctx, true);
    return b;
}

static struct device *pit_of(struct bench *b)
{
    return device_find(b->board, "pit");
}

static void port61(struct bench *b, unsigned value)
{
    pc_speaker_set(device_find(b->board, "speaker"), value & 2);
    i8254_set_gate2(pit_of(b), value & 1);
}

static void program(struct bench *b, unsigned mode, unsigned count)
{
    bench_out(b, 0x43, 0xb0 | mode << 1, 1);
    bench_out(b, 0x42, count & 0xff, 1);
    bench_out(b, 0x42, count >> 8, 1);
}

static unsigned read_frames(struct bench *b, int16_t *frames, unsigned max, uint64_t *first)
{
    return b->board->sounds->read(b->board->sounds->ctx, frames, max, first);
}

/* Exactly `count` frames from now on. */
static void record(struct bench *b, int16_t *frames, unsigned count)
{
    uint64_t first, expected = 0;

    while (read_frames(b, frames, count, &first)) /* what was before */
        ;
    for (unsigned got = 0; got < count;) {
        unsigned more;

        bench_run(b, 5000000);
        more = read_frames(b, frames + got, count - got, &first);
        ck_assert(!expected || first == expected);
        expected = first + more;
        got += more;
    }
}

START_TEST(the_source_is_mono_at_48_khz_and_numbered_from_power_on)
{
    struct bench *b = make();
    const struct sound_source *source = b->board->sounds;
    int16_t frames[4096];
    uint64_t first;

    ck_assert_str_eq(source->name, "speaker");
    ck_assert_uint_eq(source->rate, 48000);
    ck_assert_uint_eq(source->channels, 1);
    ck_assert_ptr_null(source->next);
    bench_run(b, 20000000);
    ck_assert_uint_eq(read_frames(b, frames, 4096, &first), 959); /* the 960th ends just now */
    ck_assert_uint_eq(first, 0);
    bench_run(b, 1000000000);
    ck_assert_uint_eq(read_frames(b, frames, 4096, &first), 4096);
    ck_assert_uint_eq(first, 48959 - SOUND_KEEP);
    bench_free(b);
}
END_TEST

/* The first harmonic, by correlation over whole seconds: amplitude and frequency are right at once.
 */
static double strength(const int16_t *frames, unsigned count, double hz)
{
    double re = 0, im = 0;

    for (unsigned i = 0; i < count; i++) {
        re += frames[i] * cos(2 * M_PI * hz * i / SPEAKER_RATE);
        im += frames[i] * sin(2 * M_PI * hz * i / SPEAKER_RATE);
    }
    return 2 * sqrt(re * re + im * im) / count;
}

static double mean(const int16_t *frames, unsigned count)
{
    double sum = 0;

    for (unsigned i = 0; i < count; i++)
        sum += frames[i];
    return sum / count;
}

START_TEST(square_waves_have_their_frequency_and_half_the_duty)
{
    static const unsigned counts[] = { 1193, 2712, 65535, 400, 97 };
    struct bench *b = make();
    enum { N = 48000 };
    int16_t *frames = malloc(N * sizeof(*frames));
    unsigned count = counts[_i];
    double hz = PIT_HZ / count, level;

    program(b, 3, count);
    port61(b, 3);
    bench_run(b, 60000000);
    record(b, frames, N);
    level = mean(frames, N);
    ck_assert_double_eq_tol(level, (double)SPEAKER_HIGH * ((count + 1) / 2) / count,
                            SPEAKER_HIGH * 0.02);
    for (unsigned i = 0; i < N; i++)
        frames[i] = (int16_t)(frames[i] - lrint(level));
    /* A square wave's first harmonic is 2 / pi of its height; the frame averages it by its sinc. */
    ck_assert_double_eq_tol(strength(frames, N, hz),
                            SPEAKER_HIGH * 2 / M_PI *
                                (sin(M_PI * hz / SPEAKER_RATE) / (M_PI * hz / SPEAKER_RATE)),
                            SPEAKER_HIGH * 0.01);
    /* Over one second a wrong frequency would leave nothing. */
    ck_assert_double_lt(strength(frames, N, hz + 1.5), SPEAKER_HIGH * 0.2);
    free(frames);
    bench_free(b);
}
END_TEST

START_TEST(rate_generators_are_low_for_one_clock)
{
    struct bench *b = make();
    int16_t frames[4800];

    program(b, 2, 5);
    port61(b, 3);
    record(b, frames, 4800);
    ck_assert_double_eq_tol(mean(frames, 4800), SPEAKER_HIGH * 0.8, 2);
    bench_free(b);
}
END_TEST

/* Samples as pulse widths: mode 0 goes low when a count is written and high when it has run down,
 * here at 16 kHz with 74 clocks a sample, of which up to 64 are low. */
START_TEST(pulse_widths_become_the_wave_they_stand_for)
{
    enum { RATE = 16000, N = 9600 };
    struct bench *b = make();
    int16_t frames[N];
    unsigned got = 0;
    uint64_t first;
    double low, high;

    bench_out(b, 0x43, 0x90, 1); /* low byte only, mode 0 */
    port61(b, 3);
    for (unsigned i = 0; got < N; i++) {
        double wave = sin(2 * M_PI * 100 * i / RATE);

        bench_out(b, 0x42, (uint32_t)lrint(34 + 30 * wave), 1);
        vclock_advance(b->board->clock, (uint64_t)(i + 1) * 1000000000 / RATE);
        got += read_frames(b, frames + got, N - got, &first);
    }
    /* 30 of 74.57 clocks up and down.  Other tones stay below 2 % of it; the second harmonic, which
     * pulses that all begin at the same time bring with them, is the strongest. */
    low = strength(frames, N, 100);
    ck_assert_double_eq_tol(low, SPEAKER_HIGH * 30 / (PIT_HZ / RATE), SPEAKER_HIGH * 0.01);
    for (double hz = 50; hz < 7000; hz += 50) {
        high = strength(frames, N, hz);
        ck_assert_msg(fabs(hz - 100) < 1 || high < 0.02 * low, "%f Hz: %f of %f", hz, high, low);
    }
    bench_free(b);
}
END_TEST

START_TEST(the_data_bit_alone_moves_the_cone)
{
    struct bench *b = make();
    int16_t frames[960];
    uint64_t first;

    program(b, 3, 1000); /* gate low: OUT2 stays high */
    bench_run(b, 10000000);
    port61(b, 2);
    bench_run(b, 5000000);
    port61(b, 0);
    bench_run(b, 5010000);
    ck_assert_uint_eq(read_frames(b, frames, 960, &first), 960);
    ck_assert_int_eq(frames[470], 0);
    ck_assert_int_eq(frames[490], SPEAKER_HIGH);
    ck_assert_int_eq(frames[710], SPEAKER_HIGH);
    ck_assert_int_eq(frames[730], 0);
    bench_free(b);
}
END_TEST

START_TEST(silence_is_told_and_a_tone_ends_it)
{
    struct bench *b = make();
    const struct sound_source *source = b->board->sounds;
    int16_t frames[64];
    uint64_t first;

    program(b, 3, 1000);
    port61(b, 1); /* the counter runs, the speaker is off */
    bench_run(b, 1000000000);
    ck_assert(source->silent(source->ctx));
    port61(b, 3);
    ck_assert(!source->silent(source->ctx));
    bench_run(b, 1000000);
    port61(b, 0);
    ck_assert(!source->silent(source->ctx)); /* there are frames to be read */
    bench_run(b, 1000000);
    while (read_frames(b, frames, 64, &first))
        ;
    ck_assert(source->silent(source->ctx));
    bench_free(b);
}
END_TEST

/* What i8254_out2() says clock for clock, in all modes, with counts changed on the way. */
START_TEST(areas_are_those_of_out2_clock_by_clock)
{
    static const unsigned counts[] = { 2, 3, 7, 10, 1, 65535 };
    struct bench *a = make(), *b = make();
    uint64_t clock = 1;

    port61(a, 1);
    port61(b, 1);
    for (unsigned step = 0; step < 300; step++) {
        unsigned mode = step % 6, length = 1 + step * 7 % 50, high = 0;

        if (step % 5 == 0) {
            program(a, mode, counts[step / 5 % 6]);
            program(b, mode, counts[step / 5 % 6]);
        } else if (step % 5 == 2) { /* a new count in between */
            for (unsigned i = 0; i < 2; i++) {
                bench_out(a, 0x42, i ? 0 : 9, 1);
                bench_out(b, 0x42, i ? 0 : 9, 1);
            }
        } else if (step % 5 == 4) {
            i8254_set_gate2(pit_of(a), step & 1);
            i8254_set_gate2(pit_of(b), step & 1);
        }
        for (unsigned i = 0; i < length; i++) {
            high += i8254_out2(pit_of(a));
            clock++;
            vclock_advance(a->board->clock, (uint64_t)(clock * 12e9 / 14318180) + 1);
        }
        vclock_advance(b->board->clock, (uint64_t)(clock * 12e9 / 14318180) + 1);
        ck_assert_msg(i8254_out2_high(pit_of(b), clock - length, clock) == high,
                      "step %u mode %u: not %u of %u clocks", step, mode, high, length);
    }
    bench_free(a);
    bench_free(b);
}
END_TEST

START_TEST(a_tone_goes_on_in_a_loaded_machine)
{
    struct bench *a = make(), *b = make();
    struct state_buffer buf = { 0 };
    int16_t one[2000], other[2000];
    uint64_t first_a, first_b;
    size_t at = 0;

    program(a, 3, 1193);
    port61(a, 3);
    bench_run(a, 12345678);
    while (read_frames(a, one, 2000, &first_a))
        ;
    state_save_board(&buf, a->board);
    ck_assert(state_load_board(buf.data, buf.used, &at, b->board, NULL));
    for (unsigned i = 0; i < 2; i++) {
        struct bench *x = i ? b : a;

        bench_run(x, 7000001);
        bench_out(x, 0x42, 0x34, 1); /* another tone, begun by a half-written count */
        bench_out(x, 0x42, 0x02, 1);
        bench_run(x, 20000000);
    }
    ck_assert_uint_ge(read_frames(a, one, 1200, &first_a), 1200);
    ck_assert_uint_ge(read_frames(b, other, 1200, &first_b), 1200);
    ck_assert_uint_eq(first_a, first_b);
    ck_assert(!memcmp(one, other, 1200 * sizeof(one[0])));
    ck_assert_double_gt(mean(one, 1200), SPEAKER_HIGH / 3.0);
    state_buffer_free(&buf);
    bench_free(a);
    bench_free(b);
}
END_TEST

START_TEST(whoever_listens_changes_no_state)
{
    struct bench *a = make(), *b = make();
    struct state_buffer one = { 0 }, other = { 0 };
    int16_t frames[512];
    uint64_t first;

    b->board->sounds->open(b->board->sounds->ctx, false);
    for (unsigned i = 0; i < 100; i++) {
        program(a, i % 6, 50 + 37 * i);
        program(b, i % 6, 50 + 37 * i);
        port61(a, i % 7 ? 3 : 1);
        port61(b, i % 7 ? 3 : 1);
        bench_run(a, 1234567);
        bench_run(b, 1234567);
        if (i % 3 == 0)
            read_frames(a, frames, 512, &first);
        ck_assert_uint_eq(read_frames(b, frames, 512, &first), 0);
    }
    port61(a, 0);
    port61(b, 0);
    state_save_board(&one, a->board);
    state_save_board(&other, b->board);
    ck_assert_uint_eq(one.used, other.used);
    ck_assert(!memcmp(one.data, other.data, one.used));
    state_buffer_free(&one);
    state_buffer_free(&other);
    bench_free(a);
    bench_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pc_speaker");
    TCase *tones = tcase_create("tones");

    CHECK_CASE(suite, "frames", the_source_is_mono_at_48_khz_and_numbered_from_power_on,
               rate_generators_are_low_for_one_clock, pulse_widths_become_the_wave_they_stand_for,
               the_data_bit_alone_moves_the_cone, silence_is_told_and_a_tone_ends_it,
               areas_are_those_of_out2_clock_by_clock);
    CHECK_CASE(suite, "state", a_tone_goes_on_in_a_loaded_machine,
               whoever_listens_changes_no_state);
    tcase_add_loop_test(tones, square_waves_have_their_frequency_and_half_the_duty, 0, 5);
    suite_add_tcase(suite, tones);
    generic_tests(suite, &chip_pc_speaker);
    return check_main(suite);
}
