/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_LIB_COPY_H
#define FIRMWARE_DOS_LIB_COPY_H

/* Copies of files, and whether they may take another's place. */

#include "files.h"

/* ---- copy.c ---- */

enum copy_result {
    COPY_DONE,
    COPY_SOURCE, /* cannot be opened or read */
    COPY_TARGET, /* cannot be made */
    COPY_SELF,
    COPY_FULL,
    COPY_WRITE,
};
/* Takes memory; false: there is none. */
bool copy_begin(void);
/*
 * One file with its time.  A target that could not be written to its end is deleted; one that there
 * is no room for stays as it is.  *error: DOS's.
 */
enum copy_result copy_file(const char *from, const char *to, unsigned *error);
/* What went wrong, to standard error. */
void copy_complain(enum copy_result result, unsigned error, const char *from, const char *to);
/* For on_break(): deletes the target that is being written. */
void copy_break(void);

/* ---- overwrite.c: /Y, /-Y, COPYCMD ---- */

enum { OVERWRITE_DEFAULT, OVERWRITE_YES, OVERWRITE_ASK };
/* Without a switch: COPYCMD; else a batch file (of our COMMAND.COM) asks nothing. */
void overwrite_begin(uint8_t *mode);
/* Asks where there is such a file; the answer A changes the mode. */
bool overwrite_allowed(uint8_t *mode, const char *path);

#endif
