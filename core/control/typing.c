/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typing on the guest's keyboard: strokes go out one by one with virtual time between them, so that
 * a slow guest's type-ahead buffer (15 keys in a BIOS) is given time to empty.  What several
 * clients and viewers want typed waits in one queue.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/control/control_internal.h"

#define BDA_HEAD     0x41au /* the BIOS's type-ahead buffer: next to be read, ... */
#define BDA_TAIL     0x41cu /* ... next to be written; both are offsets in segment 40h */
#define BDA_BUFFER   0x1eu
#define BDA_WORDS    16u
#define NEARLY_FULL  8u
#define PATIENCE_NS  5000000000u /* a guest that never empties it does not use it */
#define TEXT_GAP_NS  20000000u
#define KEY_GAP_NS   10000000u
#define MOST_STROKES (1 << 18) /* that may wait */

struct text { /* one after the other */
    struct text *next;
    struct control_call *call; /* NULL: a viewer's */
    uint64_t gap_ns;
    int count, at;
    struct key_stroke strokes[];
};

struct typist {
    struct machine *machine;
    struct vtimer timer;
    struct text *first, **last;
    int waiting;            /* strokes of all */
    uint64_t waiting_since; /* virtual; 0: not waiting */
    unsigned given_up;      /* waiting for this head of the buffer to move; 0: no */
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
    unsigned head = mem_read(machine_board(t->machine)->memory, BDA_HEAD, 2);

    if (keys_ahead(t) < NEARLY_FULL) {
        t->waiting_since = t->given_up = 0;
        return false;
    }
    if (head == t->given_up)
        return false;
    if (!t->waiting_since)
        t->waiting_since = now;
    if (now - t->waiting_since < PATIENCE_NS)
        return true;
    t->given_up = head;
    return false;
}

static void send(struct typist *t, const struct key_stroke *stroke)
{
    struct input *input = &machine_pc(t->machine)->input;

    if (input->key)
        input->key(input->key_ctx, stroke->evdev, stroke->down);
}

/* The first text is done with: its call, if it has one, is answered. */
static void leave_first(struct typist *t)
{
    struct text *text = t->first;

    t->first = text->next;
    if (!t->first)
        t->last = &t->first;
    t->waiting -= text->count;
    if (text->call)
        control_call_done(text->call);
    free(text);
}

static void next_stroke(void *ctx)
{
    struct typist *t = ctx;
    struct text *text = t->first;
    uint64_t now = vclock_now(t->timer.clock), gap = text->gap_ns;

    if (text->at == text->count) {
        leave_first(t);
    } else if (!text->strokes[text->at].down || !must_wait(t, now)) {
        /* A release never waits: the key would repeat meanwhile. */
        send(t, &text->strokes[text->at++]);
    }
    if (t->first)
        vtimer_arm(&t->timer, now + gap);
}

void typist_stop(struct typist *t)
{
    vtimer_cancel(&t->timer);
    while (t->first) {
        /* What is pressed is let go, or it would repeat for ever. */
        for (int i = t->first->at; i < t->first->count; i++)
            if (!t->first->strokes[i].down)
                send(t, &t->first->strokes[i]);
        if (t->first->call)
            control_fail(t->first->call, "GenericError",
                         "The machine was stopped after %d of %d strokes", t->first->at,
                         t->first->count);
        leave_first(t);
    }
}

struct typist *typist_new(struct machine *machine)
{
    struct typist *t = calloc(1, sizeof(*t));

    assert(t);
    t->machine = machine;
    t->last = &t->first;
    vtimer_init(&t->timer, machine_board(machine)->clock, next_stroke, t);
    return t;
}

void typist_free(struct typist *t)
{
    if (!t)
        return;
    vtimer_done(&t->timer);
    while (t->first) {
        struct text *text = t->first;

        t->first = text->next;
        free(text);
    }
    free(t);
}

bool typist_type(struct typist *t, const struct key_stroke *strokes, int count, uint64_t gap_ns,
                 struct control_call *call)
{
    struct text *text;

    if (t->waiting + count > MOST_STROKES)
        return false;
    text = malloc(sizeof(*text) + sizeof(*strokes) * (size_t)count);
    assert(text);
    *text = (struct text){ .call = call, .gap_ns = gap_ns, .count = count };
    memcpy(text->strokes, strokes, sizeof(*strokes) * (size_t)count);
    if (call)
        call->later = true;
    if (!t->first) {
        t->waiting_since = 0;
        vtimer_arm(&t->timer, vclock_now(t->timer.clock));
    }
    t->waiting += count;
    *t->last = text;
    t->last = &text->next;
    return true;
}

void control_server_type(struct control_server *server, const char *utf8)
{
    struct key_stroke *strokes;
    int count = 0;

    if (machine_status(control_machine(server)) != MACHINE_RUNNING)
        return;
    strokes = malloc(sizeof(*strokes) * (KEY_CHAR_STROKES * strlen(utf8) + 1));
    assert(strokes);
    while (*utf8)
        count += key_strokes(key_next_char(&utf8), strokes + count);
    if (count)
        typist_type(control_typist(server), strokes, count, TEXT_GAP_NS, NULL);
    free(strokes);
}

void control_server_stroke(struct control_server *server, unsigned evdev, bool down)
{
    struct typist *t = control_typist(server);
    struct key_stroke stroke = { .evdev = (unsigned short)evdev, .down = down };

    if (machine_status(control_machine(server)) == MACHINE_RUNNING)
        typist_type(t, &stroke, 1, KEY_GAP_NS, NULL);
    else if (!down)
        send(t, &stroke);
}
