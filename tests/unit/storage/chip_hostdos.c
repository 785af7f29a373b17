/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device of our own DOS for the generic tests, over a host that does everything at once. */
#include <string.h>

#include "devices/storage/hostdos.h"
#include "tests/unit/storage/storage_chips.h"

enum { REQUEST_AT = 0x3000, NAME_AT = 0x4000, BUFFER_AT = 0x10000 };

/* Finished when it comes back: one at a time is enough, and there is nothing to keep. */
static uint8_t data[HOSTDOS_MOST];
static struct hostdos_call only = { .data = data };

static struct hostdos_call *take(struct hostdos_backend *backend)
{
    (void)backend;
    return &only;
}

static bool submit(struct hostdos_backend *backend, struct hostdos_call *call)
{
    (void)backend;
    call->r.error = call->r.handle % 3 ? 0 : 6;
    call->r.result = call->used;
    return true;
}

static bool finished(struct hostdos_backend *backend, struct hostdos_call *call)
{
    (void)backend;
    (void)call;
    return true;
}

static void nothing(struct hostdos_backend *backend, struct hostdos_call *call)
{
    (void)backend;
    (void)call;
}

static bool settle(struct hostdos_backend *backend, struct hostdos_call *call, struct error *err)
{
    (void)err;
    return finished(backend, call);
}

static void reset(struct hostdos_backend *backend)
{
    (void)backend;
}

static struct hostdos_backend fake = { take, submit, finished, nothing, settle, nothing, reset };

static bool make(struct bench *bench, struct error *err)
{
    const struct hostdos_wiring wiring = { .backend = &fake };

    return hostdos_new(bench->board, &wiring, err) != NULL;
}

/* A request that is well-formed but for what the dice say.  It is wiped out afterwards: memory is
 * no state of the chip. */
static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    uint32_t dice = random(ctx);
    struct hostdos_request r = { .size = dice % 50 ? sizeof(r) : dice >> 8,
                                 .version = dice % 49 ? HOSTDOS_VERSION : 2,
                                 .op = (uint8_t)(dice >> 16) % (HOSTDOS_TRUE_NAME + 3),
                                 .token = random(ctx) & 3,
                                 .handle = random(ctx),
                                 .len = random(ctx) >> (dice & 31),
                                 .buffer = dice % 47 ? BUFFER_AT : random(ctx),
                                 .name1 = dice % 43 ? NAME_AT : 0xffffff00u,
                                 .name2 = NAME_AT,
                                 .mode = (uint16_t)random(ctx) };
    uint32_t at = dice % 41 ? REQUEST_AT : 0x4fd0; /* over the end of a page */

    mem_dma_write(bench->board->memory, at, &r, sizeof(r));
    bench_out(bench, HOSTDOS_DOORBELL, at, 4);
    memset(&r, 0, sizeof(r));
    mem_dma_write(bench->board->memory, at, &r, sizeof(r));
}

const struct generic_chip chip_hostdos = {
    .name = "hostdos",
    .make = make,
    .ports = { { HOSTDOS_DOORBELL, 8 } },
    .poke = poke,
};
