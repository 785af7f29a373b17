/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The speaker for the generic tests, with the timer that drives it. */
#include <assert.h>

#include "core/sound.h"
#include "devices/audio/pc_speaker.h"
#include "devices/timer/i8254.h"
#include "tests/unit/audio/chip_pc_speaker.h"

static uint64_t out2_high(void *ctx, uint64_t from, uint64_t to)
{
    return i8254_out2_high(ctx, from, to);
}

bool speaker_on_bench(struct bench *bench, struct error *err)
{
    struct pc_speaker_wiring wiring = { .high = out2_high };
    struct device *speaker;

    wiring.pit = i8254_new(bench->board, bench_irq(bench, 0), err);
    speaker = wiring.pit ? pc_speaker_new(bench->board, &wiring, err) : NULL;
    if (speaker)
        i8254_watch_out2(wiring.pit, pc_speaker_before, speaker);
    return speaker != NULL;
}

/* Half of the time somebody listens; what the guest sees must not depend on it. */
static void listen(struct sound_source *source, uint32_t bits)
{
    int16_t frames[512];
    uint64_t first;
    unsigned count;

    if (bits & 0x100)
        source->open(source->ctx, bits & 0x200);
    count = source->read(source->ctx, frames, bits >> 16 & 0x1ff, &first);
    for (unsigned i = 0; i < count; i++)
        assert(frames[i] >= 0 && frames[i] <= SPEAKER_HIGH);
    source->silent(source->ctx);
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    struct device *pit = device_find(bench->board, "pit");
    uint32_t bits = random(ctx);

    switch (bits & 3) {
    case 0:
        pc_speaker_set(device_find(bench->board, "speaker"), bits & 0x10);
        break;
    case 1:
        i8254_set_gate2(pit, bits & 0x10);
        break;
    case 2:
        bench_out(bench, 0x43, 0x80 | (bits >> 4 & 0x3f), 1);
        bench_out(bench, 0x42, bits >> 16, 1);
        bench_out(bench, 0x42, bits & 0x1000 ? 0 : bits >> 24, 1);
        break;
    default:
        listen(bench->board->sounds, bits);
        break;
    }
}

const struct generic_chip chip_pc_speaker = {
    .name = "pc_speaker",
    .make = speaker_on_bench,
    .ports = { { 0x40, 4 } },
    .poke = poke,
};
