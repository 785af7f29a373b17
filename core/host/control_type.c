/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typing on the guest's keyboard: strokes go out one by one with virtual time between them, so that
 * a slow guest's type-ahead buffer (15 keys in a BIOS) is given time to empty.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/host/control_internal.h"

struct typist {
    struct machine *machine;
    struct vtimer timer;
    struct key_stroke *strokes;
    int count, at;
    uint64_t gap_ns;
    struct control_call *call;
};

static void next_stroke(void *ctx)
{
    struct typist *t = ctx;
    struct input *input = &machine_pc(t->machine)->input;
    struct control_call *call = t->call;

    if (t->at < t->count) {
        if (input->key)
            input->key(input->key_ctx, t->strokes[t->at].evdev, t->strokes[t->at].down);
        t->at++;
        vtimer_arm(&t->timer, vclock_now(t->timer.clock) + t->gap_ns);
        return;
    }
    free(t->strokes);
    t->strokes = NULL;
    t->call = NULL;
    if (call)
        control_call_done(call);
}

void typist_stop(struct typist *t)
{
    struct control_call *call = t->call;

    if (!call)
        return;
    vtimer_cancel(&t->timer);
    free(t->strokes);
    t->strokes = NULL;
    t->call = NULL;
    control_fail(call, "GenericError", "The machine was stopped after %d of %d strokes", t->at,
                 t->count);
    control_call_done(call);
}

struct typist *typist_new(struct machine *machine)
{
    struct typist *t = calloc(1, sizeof(*t));

    assert(t);
    t->machine = machine;
    vtimer_init(&t->timer, machine_board(machine)->clock, next_stroke, t);
    return t;
}

void typist_free(struct typist *t)
{
    if (!t)
        return;
    vtimer_done(&t->timer);
    free(t->strokes);
    free(t);
}

void typist_type(struct typist *t, const struct key_stroke *strokes, int count, uint64_t gap_ns,
                 struct control_call *call)
{
    assert(!t->call); /* the control thread has one call under way at a time */
    t->strokes = malloc(sizeof(*strokes) * (size_t)(count + 1));
    assert(t->strokes);
    memcpy(t->strokes, strokes, sizeof(*strokes) * (size_t)count);
    t->count = count;
    t->at = 0;
    t->gap_ns = gap_ns;
    t->call = call;
    call->later = true;
    vtimer_arm(&t->timer, vclock_now(t->timer.clock));
}
