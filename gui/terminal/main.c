/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bygone-terminal: a machine's text screen and keyboard in a terminal.  It sleeps in poll() until
 * one of them, an answer or a stroke's time has come.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"
#include "gui/terminal/terminal.h"

#define SECOND      1000000000u
#define ESCAPE_NS   50000000u /* so long the rest of a sequence may take */
#define INTERVAL_US 20000

static volatile sig_atomic_t resized, told_to_end;

uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static void on_signal(int sig)
{
    if (sig == SIGWINCH)
        resized = 1;
    else
        told_to_end = 1;
}

/* Signals are taken while waiting only, so that none slips in between looking and waiting. */
static void catch_signals(sigset_t *waiting)
{
    static const int signals[] = { SIGWINCH, SIGTERM, SIGHUP, SIGINT };
    struct sigaction action = { .sa_handler = on_signal };
    sigset_t blocked;

    sigemptyset(&blocked);
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaction(signals[i], &action, NULL);
        sigaddset(&blocked, signals[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, waiting);
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigdelset(waiting, signals[i]);
}

/* ---- the machine ---- */

static bool reconnect(struct terminal *t, struct error *err)
{
    console_disconnect(&t->console);
    t->connected_at = now_ns();
    return console_connect(&t->console, t->front.console, CONSOLE_TEXT, err) &&
           console_want(&t->console, INTERVAL_US);
}

static void take(struct terminal *t, const struct console_message *m)
{
    switch (m->type) {
    case CONSOLE_TEXT_SCREEN:
        t->text = m->text;
        t->text_known = t->stale = true;
        console_want(&t->console, INTERVAL_US);
        break;
    case CONSOLE_LEDS:
        t->leds = m->leds.leds;
        break;
    case CONSOLE_STATUS:
        memcpy(t->status, m->status.status, sizeof(t->status));
        memcpy(t->why, m->status.why, sizeof(t->why));
        t->stale = true;
        if (!strcmp(t->status, "io-error") || !strcmp(t->status, "internal-error"))
            line_say(t, t->why, 0);
        break;
    default:
        break;
    }
}

static void receive(struct terminal *t)
{
    static struct console_message m;
    struct error err;
    int got;

    while ((got = console_receive(&t->console, &m)) > 0)
        take(t, &m);
    /* A terminal that took nothing for long had its client cut off; the machine may be there. */
    if (got < 0 && (now_ns() - t->connected_at < SECOND || !reconnect(t, &err)))
        t->leave = LEAVE_ENDED;
}

/* ---- the loop ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return b && (!a || b < a) ? b : a;
}

static void wait_for(struct terminal *t, const sigset_t *waiting)
{
    bool room = t->in_length < (int)sizeof(t->in) && t->queue_count + DECODED_STROKES <= QUEUE;
    struct pollfd fds[3] = { { .fd = room ? STDIN_FILENO : -1, .events = POLLIN },
                             { .fd = t->console.fd, .events = POLLIN },
                             { .fd = t->answers[0], .events = POLLIN } };
    uint64_t now = now_ns(), next = t->until;
    struct timespec time = { 0 };
    struct answer answer;

    if (t->queue_count)
        next = earlier(next, t->next_stroke);
    if (t->in_length && room)
        next = earlier(next, t->in_at + ESCAPE_NS);
    if (next > now)
        time = (struct timespec){ (time_t)((next - now) / SECOND), (long)((next - now) % SECOND) };
    if (ppoll(fds, 3, next ? &time : NULL, waiting) <= 0)
        return;
    if (fds[0].revents)
        keyboard_read(t);
    if (fds[1].revents)
        receive(t);
    if (fds[2].revents && read(t->answers[0], &answer, sizeof(answer)) == (ssize_t)sizeof(answer))
        line_answer(t, &answer);
}

static void loop(struct terminal *t, const sigset_t *waiting)
{
    while (t->leave == STAY) {
        uint64_t now;

        wait_for(t, waiting);
        now = now_ns();
        keyboard_decode(t, now - t->in_at >= ESCAPE_NS);
        keyboard_send(t);
        if (t->until && now >= t->until) {
            t->mode = LINE_HIDDEN;
            t->until = 0;
            t->stale = true;
        }
        if (resized) {
            resized = 0;
            screen_resize(t);
        }
        if (told_to_end)
            t->leave = LEAVE_SIGNAL;
        if (t->stale)
            screen_draw(t);
    }
}

/* ---- beginning and end ---- */

static int complain(const char *text)
{
    fprintf(stderr, "bygone-terminal: %s\n", text);
    return 1;
}

static void say_goodbye(const struct terminal *t)
{
    if (t->leave == LEAVE_DETACHED)
        printf("%s goes on; `bygone run '%s'` shows it again.\n", t->front.name, t->profile);
    else if (t->leave == LEAVE_ENDED && t->saving)
        printf("%s is saved; `bygone run '%s'` goes on from there.\n", t->front.name, t->profile);
    else if (t->leave == LEAVE_ENDED)
        printf("%s %s.\n", t->front.name, t->switched_off ? "is switched off" : "has ended");
}

static int show(struct terminal *t)
{
    struct error err;
    char *problem = NULL;
    char hint[200];
    sigset_t waiting;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return complain("this shows a machine in a terminal; input or output is none.");
    if (!reconnect(t, &err)) {
        fprintf(stderr, "bygone-terminal: %s is not running.\n(%s)\n", t->front.name, err.text);
        return 4;
    }
    if (pipe2(t->answers, O_CLOEXEC) < 0)
        return complain(strerror(errno));
    catch_signals(&waiting);
    if (!screen_open(t, &problem)) {
        complain(problem);
        g_free(problem);
        return 1;
    }
    snprintf(hint, sizeof(hint), "%.100s: Ctrl+] opens this line", t->front.name);
    line_say(t, hint, 3ull * SECOND);
    loop(t, &waiting);
    keyboard_release(t);
    screen_close(t);
    say_goodbye(t);
    return 0;
}

int main(int argc, char **argv)
{
    static struct terminal terminal = { .console = { .fd = -1 }, .answers = { -1, -1 } };
    char *problem = NULL;
    int code;

    setlocale(LC_ALL, "");
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        puts("bygone-terminal 0.1");
        return 0;
    }
    if (argc != 2 || argv[1][0] == '-') {
        fputs("Usage: bygone-terminal MACHINE\n\nShows a running machine in this terminal; MACHINE "
              "is a profile's path, or its name in the library.\n",
              stderr);
        return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
    }
    if (!front_open(&terminal.front, argv[1], &problem)) {
        complain(problem);
        g_free(problem);
        return 2;
    }
    terminal.profile = argv[1];
    code = show(&terminal);
    console_disconnect(&terminal.console);
    front_close(&terminal.front);
    return code;
}
