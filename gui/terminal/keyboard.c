/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the terminal's bytes to strokes, and those to the guest, no faster than it can take them. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/input.h"
#include "gui/terminal/terminal.h"

void keyboard_read(struct terminal *t)
{
    ssize_t n = read(STDIN_FILENO, t->in + t->in_length, sizeof(t->in) - (size_t)t->in_length);

    if (n > 0)
        t->in_length += (int)n;
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        t->leave = LEAVE_SIGNAL; /* the terminal has gone */
    t->in_at = now_ns();
}

static void enqueue(struct terminal *t, const struct decoded *d)
{
    struct key_stroke strokes[DECODED_STROKES];
    int count = decoded_strokes(d, t->leds & LED_CAPS, strokes);

    for (int i = 0; i < count; i++)
        t->queue[(t->queue_first + t->queue_count++) % QUEUE] = strokes[i];
}

static void take(struct terminal *t, const struct decoded *d, const char *bytes, int length)
{
    if (d->kind == DECODED_PASTE_BEGIN || d->kind == DECODED_PASTE_END) {
        t->pasting = d->kind == DECODED_PASTE_BEGIN;
    } else if (t->mode != LINE_HIDDEN && !t->until) {
        line_key(t, d, bytes, length);
    } else if (d->kind == DECODED_HOST) {
        t->mode = LINE_MENU;
        t->until = 0;
        t->stale = true;
    } else {
        enqueue(t, d);
    }
}

void keyboard_decode(struct terminal *t, bool last)
{
    int at = 0;

    while (at < t->in_length && t->queue_count + DECODED_STROKES <= QUEUE) {
        struct decoded d;
        int n = decode(t->in + at, t->in_length - at, last, t->pasting, t->backspace, &d);

        /* A sequence that fills the buffer and does not end is none. */
        if (!n && t->in_length - at == (int)sizeof(t->in))
            n = 1;
        if (!n)
            break;
        take(t, &d, t->in + at, n);
        at += n;
    }
    t->in_length -= at;
    memmove(t->in, t->in + at, (size_t)t->in_length);
}

static void stroke(struct terminal *t, unsigned evdev, bool down)
{
    t->keys[evdev % EVDEV_CODES] = down;
    console_send_stroke(&t->console, evdev, down);
}

void keyboard_send(struct terminal *t)
{
    uint64_t now = now_ns();

    while (t->queue_count && now >= t->next_stroke) {
        const struct key_stroke *s = &t->queue[t->queue_first];

        stroke(t, s->evdev, s->down);
        t->queue_first = (t->queue_first + 1) % QUEUE;
        t->queue_count--;
        t->next_stroke = now + STROKE_NS;
    }
}

void keyboard_release(struct terminal *t)
{
    t->queue_count = 0;
    for (unsigned i = 0; i < EVDEV_CODES; i++)
        if (t->keys[i])
            stroke(t, i, false);
}
