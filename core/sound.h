/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_SOUND_H
#define CORE_SOUND_H

/*
 * What a chip that makes sound offers to whoever plays it: frames of its own rate, numbered from
 * power-on, so that frame n stands for the virtual time from n / rate to (n + 1) / rate seconds.
 * Nobody is told that there are frames: a consumer opens the sources it wants and reads them now
 * and then, each at least every SOUND_KEEP frames.  Called on the machine thread only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/device.h"

/* Frames a source keeps for its consumer; older ones are lost. */
#define SOUND_KEEP 8192u

struct sound_source {
    const char *name; /* the device's */
    uint32_t rate;    /* frames a second */
    uint8_t channels; /* 1, or 2: left, right, left, ... */
    /* Somebody listens from now on, or nobody does any more; a source nobody listens to makes no
     * frames.  What the guest sees is the same either way. */
    void (*open)(void *ctx, bool listening);
    /*
     * Puts the frames that followed those read last, up to `max` and not later than now, into
     * `frames`; returns how many.  *first becomes the number of the first: greater than expected if
     * some were lost.  Samples may have a constant part; a mixer takes it out.
     */
    unsigned (*read)(void *ctx, int16_t *frames, unsigned max, uint64_t *first);
    /* True: all that has not been read is silence, and will be until the guest does something. */
    bool (*silent)(void *ctx);
    void *ctx;
    struct sound_source *next;
};

/* Adds a source, which its device owns and removes, to those of the board. */
static inline void sound_add(struct board *board, struct sound_source *source)
{
    struct sound_source **at = &board->sounds;

    while (*at)
        at = &(*at)->next;
    source->next = NULL;
    *at = source;
}

static inline void sound_remove(struct board *board, struct sound_source *source)
{
    struct sound_source **at = &board->sounds;

    while (*at && *at != source)
        at = &(*at)->next;
    if (*at)
        *at = source->next;
}

#endif
