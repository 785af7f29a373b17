/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A serial line to a serial port of the host: every rate, framing, break and modem line goes
 * through, both ways.  Source: Linux termios(3) and ioctl_tty(2); BOTHER for rates that have no
 * constant.
 *
 * The host cannot tell of a modem line by a descriptor, so the lines are looked at every 20
 * milliseconds while the port is open.  PARMRK marks damaged characters and breaks in what is read.
 */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/host/chardev_link.h"

enum { POLL_MS = 20, LOWEST_BAUD = 50 };

struct tty_line {
    struct link link; /* first member */
    int clock;        /* timer of the polls */
    struct watch clock_watch;
    struct termios2 before, now;
    bool has_lines;
    unsigned out_lines;
    unsigned pending; /* of an escaped character: bytes seen, 0 to 2 */
};

static int control(const struct tty_line *t, unsigned long request, void *arg)
{
    int (*fn)(int fd, unsigned long request, void *arg) = t->link.setup.ioctl;

    if (t->link.out < 0)
        return -1;
    return fn ? fn(t->link.out, request, arg) : ioctl(t->link.out, request, arg);
}

/* ---- lines and parameters ---- */

static unsigned lines_now(const struct tty_line *t)
{
    int bits = 0;

    if (!t->has_lines || control(t, TIOCMGET, &bits) < 0)
        return LINK_LINES;
    return (bits & TIOCM_CTS ? LINE_CTS : 0) | (bits & TIOCM_DSR ? LINE_DSR : 0) |
           (bits & TIOCM_RI ? LINE_RI : 0) | (bits & TIOCM_CD ? LINE_DCD : 0);
}

static void look(void *ctx, unsigned events)
{
    struct tty_line *t = ctx;
    uint64_t count;
    ssize_t ignored = read(t->clock, &count, sizeof(count));
    unsigned lines;

    (void)ignored;
    (void)events;
    if (t->link.out < 0)
        return;
    lines = lines_now(t);
    if (lines != t->link.chr.lines)
        link_set_lines(&t->link, lines);
    host_timer_set(t->clock, POLL_MS);
}

static void tty_set_lines(struct chardev *chr, unsigned lines)
{
    struct tty_line *t = (struct tty_line *)chr;
    int bits = (lines & LINE_DTR ? TIOCM_DTR : 0) | (lines & LINE_RTS ? TIOCM_RTS : 0);
    int off = (TIOCM_DTR | TIOCM_RTS) & ~bits;
    unsigned changed = lines ^ t->out_lines;

    t->out_lines = lines;
    if (t->has_lines && changed & (LINE_DTR | LINE_RTS)) {
        control(t, TIOCMBIS, &bits);
        control(t, TIOCMBIC, &off);
    }
    if (changed & LINE_BREAK)
        control(t, lines & LINE_BREAK ? TIOCSBRK : TIOCCBRK, NULL);
}

static void tty_set_params(struct chardev *chr, unsigned baud, unsigned data_bits, char parity,
                           unsigned stop_bits)
{
    static const tcflag_t sizes[4] = { CS5, CS6, CS7, CS8 };
    struct tty_line *t = (struct tty_line *)chr;
    struct termios2 n = t->now;

    n.c_cflag &= ~(tcflag_t)(CBAUD | CIBAUD | CSIZE | CSTOPB | PARENB | PARODD | CMSPAR);
    n.c_cflag |= BOTHER | sizes[data_bits - 5] | (stop_bits > 1 ? CSTOPB : 0);
    if (parity != 'N')
        n.c_cflag |= PARENB | (parity == 'O' || parity == 'M' ? PARODD : 0) |
                     (parity == 'M' || parity == 'S' ? CMSPAR : 0);
    /* A divisor that is written in two halves passes by rates that no port has. */
    n.c_ispeed = n.c_ospeed = baud < LOWEST_BAUD ? t->now.c_ospeed : baud;
    if (!memcmp(&n, &t->now, sizeof(n)))
        return;
    t->now = n;
    if (control(t, TCSETS2, &n) < 0 && t->link.out >= 0 && !t->link.complained) {
        t->link.complained = true;
        link_log(&t->link, "%u baud, %u%c%u cannot be set: %s", baud, data_bits, parity, stop_bits,
                 strerror(errno));
    }
}

/* ---- what is read ---- */

/* One character of the stream: as it is, FFh doubled, or FFh 00h and the damaged one. */
static size_t tty_pass(struct link *link, const uint8_t *data, size_t len)
{
    struct tty_line *t = (struct tty_line *)link;
    struct chardev *chr = &link->chr;
    bool parity = t->now.c_cflag & PARENB;

    (void)len;
    if (t->pending == 0 && data[0] == 0xff) {
        t->pending = 1;
    } else if (t->pending == 1 && data[0] == 0) {
        t->pending = 2;
    } else if (t->pending == 2) {
        t->pending = 0;
        if (data[0] == 0)
            chr->receive_bad(chr->ctx, 0, CHAR_BREAK | CHAR_FRAMING);
        else
            chr->receive_bad(chr->ctx, data[0], parity ? CHAR_PARITY : CHAR_FRAMING);
    } else {
        t->pending = 0;
        chr->receive(chr->ctx, data, 1);
    }
    return 1;
}

/* ---- coming and going ---- */

static void tty_gone(struct link *link)
{
    struct tty_line *t = (struct tty_line *)link;

    watch_stop(&t->clock_watch);
    link_log(link, "the port has gone; the line stays down until the machine starts anew");
}

static void close_tty(struct link *link)
{
    struct tty_line *t = (struct tty_line *)link;

    watch_stop(&t->clock_watch);
    if (t->clock >= 0)
        close(t->clock);
}

/* link_free closes the descriptor; the port shall be as it was found. */
static void tty_free(struct chardev *chr)
{
    struct tty_line *t = (struct tty_line *)chr;

    if (t->link.out >= 0) {
        tty_set_lines(chr, t->out_lines & ~(unsigned)LINE_BREAK);
        control(t, TCSETS2, &t->before);
        control(t, TIOCNXCL, NULL);
        close(t->link.out);
        t->link.out = -1;
    }
    link_free(chr);
}

static bool set_up(struct tty_line *t, struct error *err)
{
    int bits;

    if (control(t, TCGETS2, &t->before) < 0)
        return error_set(err, "this is no serial port");
    if (control(t, TIOCEXCL, NULL) < 0)
        return error_set(err, "%s", strerror(errno));
    t->now = t->before;
    t->now.c_iflag = INPCK | PARMRK;
    t->now.c_oflag = 0;
    t->now.c_lflag = 0;
    t->now.c_cflag = CREAD | CLOCAL | CS8 | BOTHER;
    t->now.c_ispeed = t->now.c_ospeed = 9600;
    t->now.c_cc[VMIN] = 1;
    t->now.c_cc[VTIME] = 0;
    if (control(t, TCSETS2, &t->now) < 0)
        return error_set(err, "%s", strerror(errno));
    t->has_lines = control(t, TIOCMGET, &bits) == 0;
    return true;
}

bool link_open_tty(const struct chardev_setup *setup, struct chardev **chr, struct error *err)
{
    const char *path = setup->target + strlen("tty:");
    struct tty_line *t = link_new(sizeof(*t), setup);

    t->link.gone = tty_gone;
    t->link.close = close_tty;
    t->link.pass = tty_pass;
    t->link.chr.set_lines = tty_set_lines;
    t->link.chr.set_params = tty_set_params;
    t->link.chr.free = tty_free;
    t->clock = host_timer_new();
    watch_init(&t->clock_watch, setup->waiter, look, t);
    t->out_lines = LINE_DTR | LINE_RTS; /* raised by opening it */
    t->link.out = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (t->link.out < 0)
        error_set(err, "%s%s", strerror(errno),
                  errno == EACCES ? " (is this user in the group dialout?)" : "");
    else if (set_up(t, err))
        t->link.in = fcntl(t->link.out, F_DUPFD_CLOEXEC, 0);
    if (t->link.in < 0) {
        error_prefix(err, "%s: the serial port %s cannot be used", setup->name, path);
        if (t->link.out >= 0)
            close(t->link.out);
        t->link.out = -1;
        t->link.chr.free(&t->link.chr);
        return false;
    }
    t->link.chr.lines = lines_now(t);
    if (t->has_lines) {
        watch_set(&t->clock_watch, t->clock, EPOLLIN);
        host_timer_set(t->clock, POLL_MS);
    }
    *chr = &t->link.chr;
    return true;
}
