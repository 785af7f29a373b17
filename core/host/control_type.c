/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typing on the guest's keyboard: strokes go out one by one with virtual time between them, so that
 * a slow guest's type-ahead buffer (15 keys in a BIOS) is given time to empty.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/host/control_internal.h"

#define BDA_HEAD    0x41au /* the BIOS's type-ahead buffer: next to be read, ... */
#define BDA_TAIL    0x41cu /* ... next to be written; both are offsets in segment 40h */
#define BDA_BUFFER  0x1eu
#define BDA_WORDS   16u
#define NEARLY_FULL 8u
#define PATIENCE_NS 5000000000u /* a guest that never empties it does not use it */

enum { TEXT_GAP_NS = 20000000, TEXT_STROKES = 4 * 65536 /* that wait; more are dropped */ };

struct typist {
    struct machine *machine;
    struct vtimer timer;
    struct key_stroke *strokes;
    int count, at;
    uint64_t gap_ns;
    uint64_t waiting_since; /* virtual; 0: not waiting */
    struct control_call *call;
};

/* Keys that a guest on the BIOS has not read yet; 0 if the words make no sense. */
static unsigned keys_ahead(struct typist *t)
{
    struct memory *memory = machine_board(t->machine)->memory;
    unsigned head = mem_read(memory, BDA_HEAD, 2) - BDA_BUFFER;
    unsigned tail = mem_read(memory, BDA_TAIL, 2) - BDA_BUFFER;

    if (head >= 2 * BDA_WORDS || tail >= 2 * BDA_WORDS || (head | tail) & 1)
        return 0;
    return (tail + 2 * BDA_WORDS - head) % (2 * BDA_WORDS) / 2;
}

static bool must_wait(struct typist *t, uint64_t now)
{
    if (keys_ahead(t) < NEARLY_FULL) {
        t->waiting_since = 0;
        return false;
    }
    if (!t->waiting_since)
        t->waiting_since = now;
    return now - t->waiting_since < PATIENCE_NS;
}

static void next_stroke(void *ctx)
{
    struct typist *t = ctx;
    struct input *input = &machine_pc(t->machine)->input;
    struct control_call *call = t->call;

    if (t->at < t->count && must_wait(t, vclock_now(t->timer.clock))) {
        vtimer_arm(&t->timer, vclock_now(t->timer.clock) + t->gap_ns);
        return;
    }
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

    vtimer_cancel(&t->timer);
    free(t->strokes);
    t->strokes = NULL;
    if (!call)
        return;
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
    t->waiting_since = 0;
    t->gap_ns = gap_ns;
    t->call = call;
    call->later = true;
    vtimer_arm(&t->timer, vclock_now(t->timer.clock));
}

/* Strokes of a text; what a US keyboard does not have is left out. */
static int text_strokes(const char *utf8, struct key_stroke *strokes, int most)
{
    int n = 0;

    for (; *utf8 && n + 4 <= most; utf8++) {
        bool shift = false;
        unsigned key = (unsigned char)*utf8 < 0x80 ? key_by_char(*utf8, &shift) : 0;

        if (!key)
            continue;
        if (shift)
            strokes[n++] = (struct key_stroke){ 42, true };
        strokes[n++] = (struct key_stroke){ (unsigned short)key, true };
        strokes[n++] = (struct key_stroke){ (unsigned short)key, false };
        if (shift)
            strokes[n++] = (struct key_stroke){ 42, false };
    }
    return n;
}

void typist_text(struct typist *t, const char *utf8)
{
    int waiting = t->strokes ? t->count - t->at : 0, added;
    size_t most = (size_t)waiting + 4 * strlen(utf8) + 4;
    struct key_stroke *all;

    if (most > TEXT_STROKES)
        return;
    all = malloc(sizeof(*all) * most);
    assert(all);
    if (waiting)
        memcpy(all, t->strokes + t->at, sizeof(*all) * (size_t)waiting);
    added = text_strokes(utf8, all + waiting, (int)most - waiting);
    free(t->strokes);
    t->strokes = all;
    t->count = waiting + added;
    t->at = 0;
    t->gap_ns = TEXT_GAP_NS;
    if (!waiting)
        t->waiting_since = 0;
    if (!vtimer_armed(&t->timer))
        vtimer_arm(&t->timer, vclock_now(t->timer.clock));
}
