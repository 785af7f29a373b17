/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_TRIES_H
#define VNC_TRIES_H

/*
 * How often a password may be tried.  An address has three tries; after that it waits one second,
 * two, four, up to five minutes.  All addresses together have fifty tries a minute.
 */

#include <stdbool.h>
#include <stdint.h>

struct tries_peer {
    uint8_t address[16];
    unsigned failed;      /* since the last right password; 0: free */
    uint64_t last, until; /* ms: last try, may try again */
};

struct tries {
    struct tries_peer peers[256];
    uint64_t minute; /* when the present one began */
    unsigned failed; /* in it, of all */
};

/* How long that address (IPv6, or IPv4 mapped into it) has to wait, in ms; 0: not at all. */
uint64_t tries_wait(const struct tries *tries, const uint8_t address[16], uint64_t now_ms);
void tries_failed(struct tries *tries, const uint8_t address[16], uint64_t now_ms);
void tries_passed(struct tries *tries, const uint8_t address[16]);

#endif
