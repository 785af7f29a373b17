/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_STATE_H
#define CORE_STATE_H

/*
 * Saved state.  Everything is named, versioned and little-endian; nothing in a stream is trusted.
 *
 * A stream is a sequence of sections, each: name length (1), name, version (2), body length (4),
 * body, CRC-32 of all that (4).  A device's body is its fields: name length (1), name, element size
 * (1), count (4), values.  A timer is one element of 8 bytes: the deadline, or all ones if idle.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/device.h"
#include "core/error.h"

struct state_buffer { /* grows as it is written; freed by state_buffer_free */
    uint8_t *data;
    size_t used, capacity;
};
void state_buffer_free(struct state_buffer *buf);

/* One table-described thing that is saved: a device, or the CPU. */
struct state_item {
    const char *name;
    uint16_t version;
    const struct field *fields;
    void *base; /* field offsets count from here */
};

/* Appends one section. */
void state_save_item(struct state_buffer *buf, const struct state_item *item);

/* Reads one section at *at, which must be for this item; moves *at behind it.  Fields that the
 * stream's version did not have keep their value.  Timers' deadlines are put into the timers
 * without arming (state_arm_timers does that after all checks). */
bool state_load_item(const uint8_t *data, size_t size, size_t *at, const struct state_item *item,
                     struct error *err);

/* All devices of a board and its clock: save appends; load does the three phases (reset all, fill
 * all, check all, then arms timers and resumes).  On failure the board is reset and err says why.
 * Timers with a deadline before the saved time are refused. */
void state_save_board(struct state_buffer *buf, struct board *board);
bool state_load_board(const uint8_t *data, size_t size, size_t *at, struct board *board,
                      struct error *err);

/* CRC-32 (IEEE 802.3), of data appended to what crc covers already; start with 0. */
uint32_t state_crc32(uint32_t crc, const void *data, size_t size);

/*
 * The whole snapshot as a file: header, board, further items (the CPU), then memory blocks page by
 * page without the zero pages, end mark.  Written to fd, fsynced by the caller.
 */
bool snapshot_write(int fd, struct board *board, const struct state_item *items, unsigned count,
                    struct error *err);
/* Reads everything into temporary memory and verifies it before the board is touched at all: a
 * truncated or flipped file is refused in one sentence and changes nothing. */
bool snapshot_read(int fd, struct board *board, const struct state_item *items, unsigned count,
                   struct error *err);

#endif
