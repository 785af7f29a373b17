/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_TIMER_I8254_H
#define DEVICES_TIMER_I8254_H

/*
 * The 8254 interval timer of an AT at 40h-43h, clocked with 14.31818 MHz / 12.  The gates of
 * counters 0 and 1 are tied high; port 61h drives the gate of counter 2 and reads its output.
 */

#include "core/device.h"

struct device *i8254_new(struct board *board, struct irq out0, struct error *err);

void i8254_set_gate2(struct device *pit, bool level);
/* Level of OUT2 now. */
bool i8254_out2(struct device *pit);

/* Calls watch with the input clock before anything that decides how OUT2 goes is changed, and
 * whenever counter 2 is looked at: until then it went as i8254_out2_high() tells. */
void i8254_watch_out2(struct device *pit, void (*watch)(void *ctx, uint64_t clock), void *ctx);
/* For how many input clocks in [from, to) OUT2 was high; not before the clock last asked for or
 * watched, not later than now. */
uint64_t i8254_out2_high(struct device *pit, uint64_t from, uint64_t to);

#endif
