/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_SPEED_H
#define CORE_SPEED_H

/*
 * The speed of a guest's processor, in instructions a second of the guest's time; 0: as fast as the
 * engine goes.  One compute unit is a million of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPEED_FULL  0u
#define SPEED_UNIT  1000000u
#define SPEED_LEAST 100000u         /* 0.1 units */
#define SPEED_MOST  100000000000ull /* 100,000 units */
#define SPEED_WORDS "full, a number of compute units from 0.1 to 100000, or a processor: "

enum { SPEED_TEXT = 32 };

struct speed_name {
    const char *name; /* processor and clock in MHz, as computers were sold */
    uint32_t speed;
};
extern const struct speed_name speed_names[]; /* slowest first; ends with name NULL */

/* "full", a name, or compute units as "11.4"; letters of either case.  False: none of these. */
bool speed_parse(const char *text, uint64_t *speed);
/* The shortest text that speed_parse() makes this of: a name if there is one. */
const char *speed_text(uint64_t speed, char buf[SPEED_TEXT]);
/* All names with ", " between, in static memory. */
const char *speed_list(void);

/* How long so many instructions take, in ns, rounded down; speed is not 0. */
static inline uint64_t speed_to_ns(uint64_t speed, uint64_t insns)
{
    return (uint64_t)((unsigned __int128)insns * 1000000000u / speed);
}

/* So many instructions that at least ns pass. */
static inline uint64_t speed_to_insns(uint64_t speed, uint64_t ns)
{
    return (uint64_t)(((unsigned __int128)ns * speed + 999999999u) / 1000000000u);
}

#endif
