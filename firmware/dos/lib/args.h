/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_LIB_ARGS_H
#define FIRMWARE_DOS_LIB_ARGS_H

/*
 * Words and switches of a program's command line, and its environment.  A switch is `/`, a name, and
 * for some a value behind it, with or without `:` between.
 */

#include "dos.h"

enum { ARG_WORDS = 16, ARG_TEXT = 80 };

enum option_kind {
    OPTION_SET,    /* no value: `set` goes into a uint8_t (or bool) */
    OPTION_NUMBER, /* decimal digits, into a uint32_t */
    OPTION_TEXT,   /* into a char[ARG_TEXT] */
    OPTION_LIST,   /* the same, where commas belong to the text */
};

struct option {
    const char *name; /* upper case; "": the value alone.  The longest that fits counts. */
    enum option_kind kind;
    void *to;
    uint8_t set;
};

struct args {
    char text[LINE_SIZE + ARG_WORDS];
    const char *word[ARG_WORDS + 1]; /* NULL behind the last */
    unsigned words;
    uint32_t quoted; /* bit n: word n stood in quotes, which it is without; "" in them is one */
};

enum args_result { ARGS_GOOD, ARGS_HELP, ARGS_BAD };

/* All of the command line.  ARGS_HELP: `/?` stands in it; ARGS_BAD: standard error was told why. */
enum args_result args_parse(struct args *a, const struct option *options, unsigned count,
                            unsigned most_words);
/* The same of any text: that of an environment variable. */
enum args_result args_parse_text(struct args *a, const char *text, const struct option *options,
                                 unsigned count, unsigned most_words);
/* One switch, s behind its `/`: where it ends.  NULL: told why not. */
const char *option_parse(const char *s, const struct option *options, unsigned count);
/* What was typed behind the program's name. */
void args_tail(char *to, unsigned size);
/* A variable of the program's environment, cut to size; false: there is none. */
bool environment(const char *name, char *to, unsigned size);

#endif
