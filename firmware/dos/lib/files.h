/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_LIB_FILES_H
#define FIRMWARE_DOS_LIB_FILES_H

/* Paths and folders, for programs that work on many files. */

#include "dos.h"

/*
 * A file's longest path has PATH_MAX bytes with its zero, a folder's leaves room for a name in it.
 * Buffers for paths that programs put together are larger, so that DOS can refuse them.
 */
enum { FOLDER_MAX = PATH_MAX - NAME_MAX, LONG_PATH = PATH_MAX + NAME_MAX };
enum { A_ANY = A_READ_ONLY | A_HIDDEN | A_SYSTEM | A_DIRECTORY };

/* ---- paths.c ---- */

/* Whether it names a folder that is there: `X:`, `.`, what ends in `\`, a folder. */
bool is_directory(const char *path);
/* Drive, root, and no `.` or `..` in it: "C:\SUB\A.TXT", upper case.  DOS's error; `to` has PATH_MAX
 * bytes. */
unsigned full_path(const char *path, char *to);
/*
 * A pattern as `folder`, full with `\` at its end (PATH_MAX bytes), and `name` (PATH_MAX bytes); what
 * names a folder or ends with one gets *.*.  DOS's error.
 */
unsigned split_path(const char *path, char *folder, char *name);
/* folder + name, LONG_PATH bytes; false: longer than a path can be. */
bool join_path(char *to, const char *folder, const char *name);
/* Drops the `\` behind a folder that is not a root. */
void drop_slash(char *folder);
/* Both name the same file or folder. */
bool same_file(const char *a, const char *b);
/* The name that a pattern with wildcards makes of another name; NAME_MAX + 3 bytes. */
void apply_pattern(char *to, const char *pattern, const char *name);

/* ---- walk.c: a folder and all below it, each before and behind what is in it ---- */

enum { WALK_DEPTH = FOLDER_MAX / 2 };
enum walk_event { WALK_END, WALK_ENTER, WALK_LEAVE };
struct walk {
    char folder[PATH_MAX]; /* of the event, with `\` at its end */
    unsigned depth;        /* 0: where it began */
    unsigned error;        /* DOS's, of the last folder that could not be read to its end */
    unsigned too_long;     /* folders that were left out, and standard error was told */
    /* the walk's own */
    enum walk_event last;
    bool deep;
    uint8_t attr;
    struct level {
        struct found next; /* the next folder in this one */
        bool more;
        uint8_t length; /* of its path */
    } level[WALK_DEPTH + 1];
};
/* `deep`: folders below, too; those that are hidden where `attr` has A_HIDDEN, A_SYSTEM. */
void walk_begin(struct walk *w, const char *folder, bool deep, unsigned attr);
enum walk_event walk_next(struct walk *w);
/* Behind WALK_ENTER: nothing below this folder. */
void walk_skip(struct walk *w);
/* Another folder follows in the same one. */
bool walk_more(const struct walk *w);

#endif
