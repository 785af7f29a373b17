/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stopping translated code from outside: by any thread (xlat_kick), or at a time (xlat_alarm).
 *
 * Each block begins with a read at xl.zone + r14, the budget.  A stop lets xl.zone point into the
 * hole, where nothing is mapped: the next block faults as at the end of the budget, and the run
 * loop finds the event.  So code that runs costs nobody a signal and nothing is lost.  It points
 * some way into it, for the budget may be used up already: before the hole lies anybody's memory.
 */

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/cpu/translate/xlat.h"

void xlat_kick(struct interp *c)
{
    struct xlat *t = c->xl.xlat;

    if (t)
        atomic_store(&c->xl.zone, (uintptr_t)t->hole + XLAT_BELOW);
}

bool xlat_go(struct interp *c)
{
    uintptr_t zone = (uintptr_t)c->xl.xlat->budget;

    if (atomic_load_explicit(&c->xl.zone, memory_order_relaxed) == zone)
        return true;
    atomic_store(&c->xl.zone, zone);
    return !atomic_load(&c->events); /* among them the kick that was forgotten now */
}

/* ---- by the host's clock ---- */

/* Of the thread that the signal comes to. */
static _Thread_local struct interp *ringing;

static void on_alarm(int number)
{
    struct interp *c = ringing;

    (void)number;
    if (!c)
        return;
    atomic_fetch_or(&c->events, EV_KICK);
    xlat_kick(c);
}

static int alarm_signal(void)
{
    return SIGRTMIN + 4;
}

static bool make_timer(struct xlat *t)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = alarm_signal() };
    struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_ONSTACK | SA_RESTART };

    sigemptyset(&action.sa_mask);
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    t->thread = pthread_self();
    t->has_timer = !sigaction(alarm_signal(), &action, NULL) &&
                   !timer_create(CLOCK_MONOTONIC, &event, &t->timer);
    return t->has_timer;
}

static void set_timer(struct xlat *t, uint64_t ns)
{
    const struct itimerspec when = { .it_value = { (time_t)(ns / 1000000000u),
                                                   (long)(ns % 1000000000u) } };

    timer_settime(t->timer, 0, &when, NULL);
    t->armed = ns != 0;
}

void xlat_alarm(struct interp *c, uint64_t ns)
{
    struct xlat *t = c->xl.xlat;

    if (!t || !ns || ns >= XLAT_ALARM_NS)
        return;
    if (t->has_timer && !pthread_equal(t->thread, pthread_self()))
        xlat_alarm_free(t);
    if (!t->has_timer && !make_timer(t))
        return; /* the slice ends by its instructions */
    ringing = c;
    set_timer(t, ns);
}

void xlat_alarm_off(struct interp *c)
{
    struct xlat *t = c->xl.xlat;

    if (!t || !t->armed)
        return;
    ringing = NULL;
    set_timer(t, 0);
}

void xlat_alarm_free(struct xlat *t)
{
    if (t->has_timer)
        timer_delete(t->timer);
    t->has_timer = t->armed = false;
}
