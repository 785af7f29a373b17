/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_AUDIO_CHIP_PC_SPEAKER_H
#define TESTS_UNIT_AUDIO_CHIP_PC_SPEAKER_H

#include "tests/generic.h"

/* Timer and speaker, wired as on the board. */
bool speaker_on_bench(struct bench *bench, struct error *err);
extern const struct generic_chip chip_pc_speaker;

#endif
