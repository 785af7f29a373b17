/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_PACE_H
#define CORE_PACE_H

/*
 * How a processor of limited speed (speed.h) keeps step with the host's clock.
 *
 * An engine that counts instructions makes the guest's time by them: a millisecond passes when a
 * millisecond's instructions have been executed.  It works in slices shorter than that and sleeps
 * while the guest's time is ahead of the host's; a host that was busy elsewhere is made up for.
 *
 * An engine that does not count (KVM) rests after each slice as much longer as it is faster.
 */

#include <stdbool.h>
#include <stdint.h>

#define PACE_SLICE_NS 500000u   /* of the guest's time: what is executed in one go */
#define PACE_REST_NS  100000u   /* shorter sleeps are put off */
#define PACE_LAG_NS   20000000u /* the guest's time never stays further behind the host's */

struct pace {
    int64_t lead;  /* guest's time ahead of the host's, ns; negative: behind */
    uint64_t owed; /* rest, in ns */
    bool behind;   /* the engine does not reach the speed: time goes on without it */
};

/* Engines that count: the guest's time by instructions is v, by the host's clock `lag` more.  The
 * guest's time now. */
uint64_t pace_meter(struct pace *pace, uint64_t v, int64_t lag);

/* Engines that do not: the longest slice, the rest that such a one earns after work of ns, and the
 * rest that was taken.  mips: what the engine does. */
uint64_t pace_slice(uint64_t speed, double mips);
void pace_worked(struct pace *pace, uint64_t speed, double mips, uint64_t ns);
void pace_rested(struct pace *pace, uint64_t ns);

#endif
