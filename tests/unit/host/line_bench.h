/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_HOST_LINE_BENCH_H
#define TESTS_UNIT_HOST_LINE_BENCH_H

/* A chip at the near end of a serial line, a folder for sockets and files, and turns by hand. */

#include "core/host/chardev.h"

extern struct near_end {
    struct chardev *chr;
    char got[65536];
    size_t used, room; /* what it takes in all */
    unsigned bad[8], bad_count;
    unsigned lines, changes, writables;
    char log[4096];
} near_end;

extern struct waiter *waiter;
extern char folder[64];

/* Makes the folder and the waiter; removes both. */
void line_setup(void);
void line_teardown(void);
/* FOLDER/NAME, in a static buffer. */
const char *in_folder(const char *name);
/* Opens and starts the line with the near end on it; fails the test if that is refused. */
void line_open(const char *target);
/* The same with a chardev_setup of one's own. */
void line_open_with(struct chardev_setup *setup);
void line_close(void);
/* Turns until the condition holds; at most 20 seconds. */
bool line_until(bool (*holds)(void));
/* So many turns that take what is there already. */
void line_settle(void);
bool line_up(void);
bool line_down(void);
/* Sends as the chip does, byte by byte; how many were taken. */
size_t line_send(const char *text);

#endif
