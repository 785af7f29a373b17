/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_STORAGE_HOSTDOS_H
#define DEVICES_STORAGE_HOSTDOS_H

/*
 * The device through which our own DOS asks for what only the host can do; firmware/dos/hostdos.h
 * is what guest and device say to each other.  The device reads and writes the guest's memory; the
 * work is done by a back-end (core/host/dos, or a fake in tests), which never sees it.
 */

#include "core/device.h"
#include "firmware/dos/hostdos.h"

#define HOSTDOS_NAME  320u    /* bytes of a name with its 0: LFN's 260 and some */
#define HOSTDOS_MOST  131072u /* bytes that one request moves at most: the kernel in one piece */
#define HOSTDOS_CALLS 16u     /* pending at a time */

/* One request with the back-end. */
struct hostdos_call {
    struct hostdos_request r; /* as the guest wrote it; the back-end fills in the answer */
    char name1[HOSTDOS_NAME], name2[HOSTDOS_NAME]; /* "" where the op has none */
    uint8_t *data;                                 /* HOSTDOS_MOST bytes */
    uint32_t used; /* of them: what the guest gave; then what it gets */
};

/* All of it is called on the machine thread. */
struct hostdos_backend {
    /* A call to fill in, or NULL: there are too many. */
    struct hostdos_call *(*take)(struct hostdos_backend *backend);
    /* Begins it.  True: it is finished already. */
    bool (*submit)(struct hostdos_backend *backend, struct hostdos_call *call);
    bool (*finished)(struct hostdos_backend *backend, struct hostdos_call *call);
    /* Lock waits, opens and reads end soon with error 95h; others go on. */
    void (*cancel)(struct hostdos_backend *backend, struct hostdos_call *call);
    /* Before the machine is saved: waits for what changes something on the host (true: finished)
     * and takes back what does not (false, no error: not done and may be submitted anew).  False
     * and err: it takes too long. */
    bool (*settle)(struct hostdos_backend *backend, struct hostdos_call *call, struct error *err);
    /* The call is given back, finished or not. */
    void (*drop)(struct hostdos_backend *backend, struct hostdos_call *call);
    /* The machine is reset: all handles and locks go.  Calls were dropped before. */
    void (*reset)(struct hostdos_backend *backend);
};

/* What the device asks of the board; any may be NULL. */
struct hostdos_wiring {
    struct hostdos_backend *backend; /* the caller's; outlives the device */
    /* The clock that the guest sees: nanoseconds since 1970. */
    uint64_t (*clock)(void *ctx);
    void (*set_clock)(void *ctx, uint64_t seconds);
    void *clock_ctx;
    void (*print_end)(void *ctx, unsigned port);
    void *print_ctx;
};

struct device *hostdos_new(struct board *board, const struct hostdos_wiring *wiring,
                           struct error *err);
/* Before the state is saved: requests under way end, or will be submitted anew by the guest. False:
 * one sentence, and the machine cannot be saved now. */
bool hostdos_settle(struct device *dev, struct error *err);

#endif
