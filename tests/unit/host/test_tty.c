/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A serial port of the host.  A pseudo terminal stands in for it where one behaves like it; where
 * none does (modem lines, breaks, damaged characters) the system calls are played.
 */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/unit/host/line_bench.h"

static char target[128];

/* ---- against a pseudo terminal ---- */

static int master;

static void setup_pty(void)
{
    line_setup();
    master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    snprintf(target, sizeof(target), "tty:%s", ptsname(master));
    line_open(target);
}

static void teardown_pty(void)
{
    line_teardown();
    if (master >= 0)
        close(master);
}

static struct termios2 settings(void)
{
    struct termios2 t;

    ck_assert_int_eq(ioctl(master, TCGETS2, &t), 0);
    return t;
}

static void set(unsigned baud, unsigned bits, char parity, unsigned stops)
{
    near_end.chr->set_params(near_end.chr, baud, bits, parity, stops);
}

START_TEST(parameters_reach_the_port)
{
    static const struct {
        unsigned baud, bits, stops, flags;
        char parity;
    } cases[] = {
        { 9600, 8, 1, CS8, 'N' },
        { 300, 7, 1, CS7 | PARENB, 'E' },
        { 115200, 7, 2, CS7 | PARENB | PARODD | CSTOPB, 'O' },
        { 31250, 8, 1, CS8, 'N' }, /* no constant for this rate */
        { 50, 5, 2, CS5 | CSTOPB, 'N' },
        { 2400, 6, 1, CS6 | PARENB | PARODD | CMSPAR, 'M' },
        { 2400, 8, 1, CS8 | PARENB | CMSPAR, 'S' },
    };

    setup_pty();
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct termios2 t;

        set(cases[i].baud, cases[i].bits, cases[i].parity, cases[i].stops);
        t = settings();
        ck_assert_uint_eq(t.c_ospeed, cases[i].baud);
        ck_assert_uint_eq(t.c_ispeed, cases[i].baud);
        /* A pseudo terminal is always of eight bits without parity, so the rest is looked at in
         * `parameters_are_asked_for_by_the_right_flags`. */
        ck_assert_uint_eq(t.c_lflag & (ICANON | ECHO | ISIG), 0);
        ck_assert_uint_eq(t.c_oflag & OPOST, 0);
    }
    set(1, 8, 'N', 1); /* half a divisor: no rate of a port */
    ck_assert_uint_eq(settings().c_ospeed, 2400);
    teardown_pty();
}
END_TEST

START_TEST(bytes_pass_unchanged)
{
    char all[256], back[256];
    size_t got = 0;

    setup_pty();
    for (unsigned i = 0; i < 256; i++)
        all[i] = (char)i;
    ck_assert(write(master, all, 256) == 256);
    for (unsigned i = 0; i < 1000 && near_end.used < 256; i++)
        waiter_turn(waiter, 20);
    ck_assert_uint_eq(near_end.used, 256);
    ck_assert_int_eq(memcmp(near_end.got, all, 256), 0);
    for (unsigned i = 0; i < 256; i++)
        ck_assert_uint_eq(near_end.chr->write(near_end.chr, (uint8_t *)all + i, 1), 1);
    while (got < 256) {
        ssize_t n = read(master, back + got, 256 - got);

        ck_assert_int_gt(n, 0);
        got += (size_t)n;
    }
    ck_assert_int_eq(memcmp(all, back, 256), 0);
    teardown_pty();
}
END_TEST

START_TEST(port_is_left_as_it_was_found)
{
    struct termios2 before, after;

    line_setup();
    master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    snprintf(target, sizeof(target), "tty:%s", ptsname(master));
    before = settings();
    line_open(target);
    set(1200, 7, 'E', 1);
    ck_assert_uint_eq(settings().c_lflag & ICANON, 0);
    line_close();
    after = settings();
    ck_assert_uint_eq(before.c_lflag, after.c_lflag);
    ck_assert_uint_eq(before.c_iflag, after.c_iflag);
    ck_assert_uint_eq(before.c_ospeed, after.c_ospeed);
    teardown_pty();
}
END_TEST

START_TEST(port_that_goes_away_is_a_line_that_goes_down)
{
    setup_pty();
    ck_assert(line_up());
    close(master);
    master = -1;
    ck_assert(line_until(line_down));
    ck_assert_ptr_nonnull(strstr(near_end.log, "the port has gone"));
    ck_assert_uint_eq(line_send("x"), 1); /* into the void */
    near_end.chr->set_lines(near_end.chr, LINE_DTR);
    set(9600, 8, 'N', 1);
    teardown_pty();
}
END_TEST

/* ---- played ---- */

static struct port {
    int in, out; /* TIOCM_... */
    struct termios2 t;
    bool broken_rate, breaking;
    int far; /* what comes in is written here */
} port;

static int play(int fd, unsigned long request, void *arg)
{
    (void)fd;
    switch (request) {
    case TCGETS2:
        *(struct termios2 *)arg = port.t;
        return 0;
    case TCSETS2:
        errno = EINVAL;
        if (port.broken_rate && ((struct termios2 *)arg)->c_ospeed != 9600)
            return -1;
        port.t = *(struct termios2 *)arg;
        return 0;
    case TIOCMGET:
        *(int *)arg = port.in | port.out;
        return 0;
    case TIOCMBIS:
        port.out |= *(int *)arg;
        return 0;
    case TIOCMBIC:
        port.out &= ~*(int *)arg;
        return 0;
    case TIOCSBRK:
    case TIOCCBRK:
        port.breaking = request == TIOCSBRK;
        return 0;
    default:
        return request == TIOCEXCL || request == TIOCNXCL ? 0 : -1;
    }
}

static void setup_played(void)
{
    line_setup();
    port = (struct port){ .out = TIOCM_DTR | TIOCM_RTS };
    ck_assert_int_eq(mkfifo(in_folder("port"), 0600), 0);
    port.far = open(in_folder("port"), O_RDWR);
    snprintf(target, sizeof(target), "tty:%s", in_folder("port"));
    line_open_with(&(struct chardev_setup){ .target = target, .ioctl = play });
}

static void teardown_played(void)
{
    line_teardown();
    close(port.far);
}

static unsigned expected_lines;

static bool lines_are(void)
{
    return near_end.lines == expected_lines;
}

START_TEST(modem_lines_come_in)
{
    static const struct {
        int bits;
        unsigned lines;
    } cases[] = { { TIOCM_CTS, LINE_CTS },
                  { TIOCM_DSR, LINE_DSR },
                  { TIOCM_RI, LINE_RI },
                  { TIOCM_CD, LINE_DCD },
                  { TIOCM_CTS | TIOCM_DSR | TIOCM_RI | TIOCM_CD,
                    LINE_CTS | LINE_DSR | LINE_RI | LINE_DCD },
                  { 0, 0 } };

    setup_played();
    ck_assert(line_down());
    for (unsigned i = 0; i < 6; i++) {
        port.in = cases[i].bits;
        expected_lines = cases[i].lines;
        ck_assert_msg(line_until(lines_are), "case %u", i);
    }
    teardown_played();
}
END_TEST

START_TEST(modem_lines_and_break_go_out)
{
    setup_played();
    near_end.chr->set_lines(near_end.chr, 0); /* as the UART's reset says it */
    ck_assert_int_eq(port.out, 0);
    near_end.chr->set_lines(near_end.chr, LINE_DTR);
    ck_assert_int_eq(port.out, TIOCM_DTR);
    near_end.chr->set_lines(near_end.chr, LINE_RTS);
    ck_assert_int_eq(port.out, TIOCM_RTS);
    ck_assert(!port.breaking);
    near_end.chr->set_lines(near_end.chr, LINE_RTS | LINE_BREAK);
    ck_assert(port.breaking);
    ck_assert_int_eq(port.out, TIOCM_RTS);
    near_end.chr->set_lines(near_end.chr, LINE_RTS);
    ck_assert(!port.breaking);
    near_end.chr->set_lines(near_end.chr, LINE_RTS | LINE_BREAK);
    line_close(); /* nobody is left with a line that breaks for ever */
    ck_assert(!port.breaking);
    teardown_played();
}
END_TEST

START_TEST(parameters_are_asked_for_by_the_right_flags)
{
    static const struct {
        unsigned bits, stops, flags;
        char parity;
    } cases[] = {
        { 8, 1, CS8, 'N' },
        { 7, 1, CS7 | PARENB, 'E' },
        { 7, 2, CS7 | PARENB | PARODD | CSTOPB, 'O' },
        { 5, 2, CS5 | CSTOPB, 'N' },
        { 6, 1, CS6 | PARENB | PARODD | CMSPAR, 'M' },
        { 8, 1, CS8 | PARENB | CMSPAR, 'S' },
    };

    setup_played();
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        set(9600, cases[i].bits, cases[i].parity, cases[i].stops);
        ck_assert_uint_eq(port.t.c_cflag & (CSIZE | PARENB | PARODD | CMSPAR | CSTOPB),
                          cases[i].flags);
        ck_assert_uint_eq(port.t.c_cflag & CBAUD, BOTHER);
        ck_assert_uint_eq(port.t.c_cflag & (CREAD | CLOCAL), CREAD | CLOCAL);
        ck_assert_uint_eq(port.t.c_iflag, INPCK | PARMRK);
    }
    teardown_played();
}
END_TEST

START_TEST(rate_that_the_port_refuses_is_told_once)
{
    setup_played();
    port.broken_rate = true;
    set(12345, 8, 'N', 1);
    set(12346, 7, 'E', 1);
    ck_assert_str_eq(near_end.log + strlen("Serial 1 (") + strlen(target),
                     "): 12345 baud, 8N1 cannot be set: Invalid argument\n");
    teardown_played();
}
END_TEST

START_TEST(breaks_and_damaged_characters_come_in)
{
    static const char stream[] = "a\377\0\0b\377\0xc\377\377d";

    setup_played();
    set(9600, 7, 'E', 1);
    ck_assert(write(port.far, stream, sizeof(stream) - 1) == sizeof(stream) - 1);
    for (unsigned i = 0; i < 1000 && near_end.used < 7; i++)
        waiter_turn(waiter, 20);
    ck_assert_uint_eq(near_end.used, 7);
    ck_assert_int_eq(memcmp(near_end.got, "a\0bxc\377d", 7), 0);
    ck_assert_uint_eq(near_end.bad_count, 2);
    ck_assert_uint_eq(near_end.bad[0], CHAR_BREAK | CHAR_FRAMING);
    ck_assert_uint_eq(near_end.bad[1], CHAR_PARITY);
    set(9600, 8, 'N', 1);
    ck_assert(write(port.far, "\377\0y", 3) == 3);
    for (unsigned i = 0; i < 1000 && near_end.used < 8; i++)
        waiter_turn(waiter, 20);
    ck_assert_uint_eq(near_end.bad[2], CHAR_FRAMING);
    teardown_played();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tty");

    CHECK_CASE(suite, "against a pseudo terminal", parameters_reach_the_port, bytes_pass_unchanged,
               port_is_left_as_it_was_found, port_that_goes_away_is_a_line_that_goes_down);
    CHECK_CASE(suite, "played", modem_lines_come_in, modem_lines_and_break_go_out,
               parameters_are_asked_for_by_the_right_flags, rate_that_the_port_refuses_is_told_once,
               breaks_and_damaged_characters_come_in);
    return check_main(suite);
}
