/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "vnc/tries.h"

enum {
    FREE_TRIES = 3,
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 300000,
    FORGET_MS = 900000,
    MINUTE_MS = 60000,
    TOTAL_A_MINUTE = 50,
};

/* Half of an IPv6 address is the host's own choice: the network counts. */
static bool same_peer(const uint8_t a[16], const uint8_t b[16])
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

    return !memcmp(a, b, memcmp(a, mapped, sizeof(mapped)) ? 8 : 16);
}

static struct tries_peer *find(const struct tries *tries, const uint8_t address[16])
{
    for (unsigned i = 0; i < sizeof(tries->peers) / sizeof(tries->peers[0]); i++)
        if (tries->peers[i].failed && same_peer(tries->peers[i].address, address))
            return (struct tries_peer *)&tries->peers[i];
    return NULL;
}

uint64_t tries_wait(const struct tries *tries, const uint8_t address[16], uint64_t now)
{
    const struct tries_peer *peer = find(tries, address);

    if (peer && peer->until > now)
        return peer->until - now;
    if (tries->failed >= TOTAL_A_MINUTE && now - tries->minute < MINUTE_MS)
        return MINUTE_MS - (now - tries->minute);
    return 0;
}

/* A free place, else the one that failed longest ago. */
static struct tries_peer *place(struct tries *tries)
{
    struct tries_peer *oldest = &tries->peers[0];

    for (unsigned i = 0; i < sizeof(tries->peers) / sizeof(tries->peers[0]); i++) {
        if (!tries->peers[i].failed)
            return &tries->peers[i];
        if (tries->peers[i].last < oldest->last)
            oldest = &tries->peers[i];
    }
    return oldest;
}

void tries_failed(struct tries *tries, const uint8_t address[16], uint64_t now)
{
    struct tries_peer *peer = find(tries, address);
    uint64_t pause = FIRST_PAUSE_MS;

    if (now - tries->minute >= MINUTE_MS) {
        tries->minute = now;
        tries->failed = 0;
    }
    tries->failed++;
    if (!peer) {
        peer = place(tries);
        *peer = (struct tries_peer){ .failed = 0 };
        memcpy(peer->address, address, 16);
    } else if (now - peer->last > FORGET_MS) {
        peer->failed = 0;
    }
    peer->failed++;
    peer->last = now;
    if (peer->failed < FREE_TRIES)
        return;
    for (unsigned i = FREE_TRIES; i < peer->failed && pause < LONGEST_PAUSE_MS; i++)
        pause *= 2;
    peer->until = now + (pause < LONGEST_PAUSE_MS ? pause : LONGEST_PAUSE_MS);
}

void tries_passed(struct tries *tries, const uint8_t address[16])
{
    struct tries_peer *peer = find(tries, address);

    if (peer)
        peer->failed = 0;
}
