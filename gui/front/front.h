/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_FRONT_FRONT_H
#define GUI_FRONT_FRONT_H

/* What window and terminal share: which machine it is, and what is done to it by its control
 * socket. */

#include <stdbool.h>

struct front {
    char *name;              /* the machine's */
    char *profile;           /* path of its file */
    char *console, *control; /* paths of its sockets */
};

/* Reads a profile (a path, or a name in the library).  False: one sentence in problem (g_free). */
bool front_open(struct front *front, const char *profile, char **problem);
void front_close(struct front *front);

enum front_action {
    FRONT_POWER_OFF,
    FRONT_SAVE, /* and end */
    FRONT_RESET,
    FRONT_PAUSE,
    FRONT_CONTINUE,
    FRONT_INSERT,       /* argument: path of an image; the profile keeps it too */
    FRONT_CTRL_ALT_DEL, /* a key that a terminal cannot send */
};

/*
 * Does it in a thread of its own, for a save may take its time.  `done` is called there: problem is
 * NULL or a sentence, which done() frees (g_free).
 */
typedef void front_done(void *ctx, enum front_action action, char *problem);
void front_start(const struct front *front, enum front_action action, const char *argument,
                 front_done *done, void *ctx);

#endif
