/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual clock: a binary heap of timers ordered by deadline, then by creation. */
#include <assert.h>
#include <stdlib.h>

#include "core/vclock.h"

struct vclock {
    uint64_t now;
    bool firing; /* inside a timer callback: now is exact */
    uint64_t (*fine)(void *ctx);
    void (*earlier)(void *ctx);
    void *ctx;
    struct vtimer **heap;
    uint32_t armed, capacity;
    uint32_t timers, created;
};

struct vclock *vclock_new(void)
{
    struct vclock *clock = calloc(1, sizeof(*clock));

    assert(clock);
    return clock;
}

void vclock_free(struct vclock *clock)
{
    if (!clock)
        return;
    assert(clock->timers == 0);
    free(clock->heap);
    free(clock);
}

uint64_t vclock_next(const struct vclock *clock)
{
    return clock->armed ? clock->heap[0]->deadline : VCLOCK_NEVER;
}

uint64_t vclock_now(struct vclock *clock)
{
    uint64_t fine, next;

    if (clock->firing || !clock->fine)
        return clock->now;
    fine = clock->fine(clock->ctx);
    next = vclock_next(clock);
    if (fine > next)
        fine = next;
    if (fine > clock->now)
        clock->now = fine;
    return clock->now;
}

static bool before(const struct vtimer *a, const struct vtimer *b)
{
    return a->deadline != b->deadline ? a->deadline < b->deadline : a->order < b->order;
}

static void place(struct vclock *clock, struct vtimer *timer, uint32_t i)
{
    clock->heap[i] = timer;
    timer->slot = i + 1;
}

static void sift(struct vclock *clock, struct vtimer *timer, uint32_t i)
{
    while (i > 0 && before(timer, clock->heap[(i - 1) / 2])) {
        place(clock, clock->heap[(i - 1) / 2], i);
        i = (i - 1) / 2;
    }
    for (;;) {
        uint32_t child = 2 * i + 1;

        if (child >= clock->armed)
            break;
        if (child + 1 < clock->armed && before(clock->heap[child + 1], clock->heap[child]))
            child++;
        if (!before(clock->heap[child], timer))
            break;
        place(clock, clock->heap[child], i);
        i = child;
    }
    place(clock, timer, i);
}

/* One timer, or all that share the earliest deadline? One: a callback may re-arm or cancel others.
 */
static void fire_first(struct vclock *clock)
{
    struct vtimer *timer = clock->heap[0];

    if (timer->deadline > clock->now)
        clock->now = timer->deadline;
    vtimer_cancel(timer);
    clock->firing = true;
    timer->fire(timer->ctx);
    clock->firing = false;
}

void vclock_advance(struct vclock *clock, uint64_t to)
{
    while (vclock_next(clock) <= to && clock->armed)
        fire_first(clock);
    if (to > clock->now)
        clock->now = to;
}

bool vclock_step(struct vclock *clock, uint64_t to)
{
    uint64_t deadline = vclock_next(clock);

    if (!clock->armed || deadline > to) {
        if (to > clock->now)
            clock->now = to;
        return false;
    }
    while (clock->armed && vclock_next(clock) <= deadline)
        fire_first(clock);
    return true;
}

void vclock_set(struct vclock *clock, uint64_t now)
{
    assert(clock->armed == 0);
    clock->now = now;
}

void vclock_set_driver(struct vclock *clock, uint64_t (*fine)(void *ctx),
                       void (*earlier)(void *ctx), void *ctx)
{
    clock->fine = fine;
    clock->earlier = earlier;
    clock->ctx = ctx;
}

void vtimer_init(struct vtimer *timer, struct vclock *clock, void (*fire)(void *ctx), void *ctx)
{
    *timer = (struct vtimer){ .clock = clock, .fire = fire, .ctx = ctx, .order = clock->created++ };
    clock->timers++;
    if (clock->timers > clock->capacity) {
        clock->capacity = clock->timers * 2;
        clock->heap = realloc(clock->heap, clock->capacity * sizeof(struct vtimer *));
        assert(clock->heap);
    }
}

void vtimer_done(struct vtimer *timer)
{
    if (!timer->clock)
        return;
    vtimer_cancel(timer);
    timer->clock->timers--;
    timer->clock = NULL;
}

void vtimer_arm(struct vtimer *timer, uint64_t deadline)
{
    struct vclock *clock = timer->clock;
    uint64_t first = vclock_next(clock);

    timer->deadline = deadline;
    if (!timer->slot)
        sift(clock, timer, clock->armed++);
    else
        sift(clock, timer, timer->slot - 1);
    if (deadline < first && clock->earlier && !clock->firing)
        clock->earlier(clock->ctx);
}

void vtimer_cancel(struct vtimer *timer)
{
    struct vclock *clock = timer->clock;
    uint32_t i;
    struct vtimer *last;

    if (!timer->slot)
        return;
    i = timer->slot - 1;
    timer->slot = 0;
    last = clock->heap[--clock->armed];
    if (last != timer)
        sift(clock, last, i);
}

bool vtimer_armed(const struct vtimer *timer)
{
    return timer->slot != 0;
}

unsigned vclock_timers(const struct vclock *clock)
{
    return clock->timers;
}
