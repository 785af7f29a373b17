/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_TIMER_MC146818_H
#define DEVICES_TIMER_MC146818_H

/*
 * The real-time clock and its 256 bytes of CMOS RAM: index 70h, data 71h, and 72h/73h for the upper
 * bank.  A power-on reset empties the CMOS and sets the clock from board->wall_start; the board
 * fills in what the firmware wants to find after that.
 */

#include "core/device.h"

struct device *mc146818_new(struct board *board, struct irq irq8, struct error *err);

/* The wall clock shows `wall` now (seconds since 1970): board->wall_start and the registers are set
 * so, with what the guest has set itself ahead or back.  Seconds that are made up for count for the
 * alarm.  Not while the guest holds SET. */
void mc146818_follow(struct device *rtc, uint64_t wall);

/* What the clock shows: nanoseconds since 1970. */
uint64_t mc146818_clock(struct device *rtc);
/* As if the guest had set it. */
void mc146818_set_clock(struct device *rtc, uint64_t seconds);

/* Puts a byte of the lower bank (the RAM bytes 0Eh-7Fh; the century 32h belongs to the clock). */
void mc146818_set(struct device *rtc, uint8_t index, uint8_t value);
uint8_t mc146818_get(struct device *rtc, uint8_t index);

/* Bit 7 of port 70h: NMI is masked. */
bool mc146818_nmi_masked(const struct device *rtc);

#endif
