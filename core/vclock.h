/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_VCLOCK_H
#define CORE_VCLOCK_H

/*
 * The virtual clock: nanoseconds since power-on, and the timers that hang from it.  Chips know no
 * other time.  Whoever drives the clock (the machine's main loop, or a test) calls
 * vclock_advance(); between two advances vclock_now() may be refined by the driver's `fine`
 * callback.
 */

#include <stdbool.h>
#include <stdint.h>

#define VCLOCK_NEVER UINT64_MAX

struct vclock;

struct vtimer {
    struct vclock *clock;
    void (*fire)(void *ctx);
    void *ctx;
    uint64_t deadline; /* absolute, ns; meaningful while armed */
    uint32_t order;    /* creation order: equal deadlines fire in this order */
    uint32_t slot;     /* place in the heap, plus one; 0 = not armed */
};

struct vclock *vclock_new(void);
/* All timers must be gone (vtimer_done) before. */
void vclock_free(struct vclock *clock);

/*
 * The time now.  Inside a timer callback: that timer's deadline.  Else the time of the last
 * advance, or what the driver's `fine` callback says, never earlier than was said before and never
 * later than the next deadline.
 */
uint64_t vclock_now(struct vclock *clock);

/* Earliest deadline, or VCLOCK_NEVER. */
uint64_t vclock_next(const struct vclock *clock);

/* Fires, in order, all timers with a deadline up to and including `to`, then sets the time to `to`.
 * A time in the past only fires what is due. */
void vclock_advance(struct vclock *clock, uint64_t to);

/* Fires at most the timers of the earliest deadline if it is <= `to` (time becomes that deadline);
 * false if there was none, then the time becomes `to`. */
bool vclock_step(struct vclock *clock, uint64_t to);

/* Sets the time without firing (state load only); all timers must be disarmed. */
void vclock_set(struct vclock *clock, uint64_t now);

/* `fine` gives the time between advances; `earlier` is called when a timer is armed with a deadline
 * before all others, so that a running CPU slice can be cut short.  Either may be NULL. */
void vclock_set_driver(struct vclock *clock, uint64_t (*fine)(void *ctx),
                       void (*earlier)(void *ctx), void *ctx);

void vtimer_init(struct vtimer *timer, struct vclock *clock, void (*fire)(void *ctx), void *ctx);
/* Disarms and detaches. */
void vtimer_done(struct vtimer *timer);
/* Arms or re-arms.  A deadline in the past fires at the next advance, with now = max(now,
 * deadline). */
void vtimer_arm(struct vtimer *timer, uint64_t deadline);
void vtimer_cancel(struct vtimer *timer);
bool vtimer_armed(const struct vtimer *timer);
/* Number of timers that exist: for the test that a freed device leaves none behind. */
unsigned vclock_timers(const struct vclock *clock);

/* count ticks of hz, in ns, rounded down, without overflow for counts up to 2^64/1e9 * hz. */
static inline uint64_t vclock_ticks_to_ns(uint64_t ticks, uint64_t hz)
{
    return (uint64_t)((unsigned __int128)ticks * 1000000000u / hz);
}

/* First time (ns) at which `ticks` ticks of hz have passed: rounded up. */
static inline uint64_t vclock_tick_deadline(uint64_t ticks, uint64_t hz)
{
    return (uint64_t)(((unsigned __int128)ticks * 1000000000u + hz - 1) / hz);
}

static inline uint64_t vclock_ns_to_ticks(uint64_t ns, uint64_t hz)
{
    return (uint64_t)((unsigned __int128)ns * hz / 1000000000u);
}

#endif
