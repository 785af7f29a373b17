/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_AUDIO_PC_SPEAKER_H
#define DEVICES_AUDIO_PC_SPEAKER_H

/*
 * The speaker of the mainboard: the output of the timer's counter 2, let through by bit 1 of port
 * 61h, as a source of mono frames at 48 kHz.
 */

#include "core/device.h"

#define SPEAKER_RATE 48000u
/* The sample of a frame in which the cone was pushed all the time; 0: not at all. */
#define SPEAKER_HIGH 16384

struct pc_speaker_wiring {
    /* For how many input clocks in [from, to) OUT2 was high; never asked for earlier clocks than
     * the last time. */
    uint64_t (*high)(void *pit, uint64_t from, uint64_t to);
    void *pit;
};

struct device *pc_speaker_new(struct board *board, const struct pc_speaker_wiring *wiring,
                              struct error *err);

/* Port 61h bit 1. */
void pc_speaker_set(struct device *speaker, bool on);
/* Before counter 2 is changed, at that input clock. */
void pc_speaker_before(void *speaker, uint64_t clock);

#endif
