/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to the machine (hostdos.h): submitting, waiting, what is not about files. */
#include "dos.h"

enum { TICKS_PATIENCE = 182, BDA_TICKS = 0x46c, E_CANCELLED = 0x95 };

uint8_t host_drives[DRIVES]; /* enum hostdos_drive */

/* Makes the page of a linear address below 1 MB + 64 KB present and writable. */
static void touch(uint32_t linear)
{
    uint32_t fp = linear >= 0x100000 ? FP(0xffff, linear - 0xffff0) : FP(linear >> 4, linear & 15);

    put8(fp, get8(fp));
}

static unsigned submit(struct hostdos_request *request)
{
    out32(HOSTDOS_DOORBELL, KLINEAR(request));
    return in32(HOSTDOS_DOORBELL);
}

/* A token's request that is sent beside the one that waits. */
static unsigned ask(uint8_t op, uint32_t token)
{
    struct hostdos_request *poll = &sda.poll;

    memset(poll, 0, sizeof(*poll));
    poll->size = sizeof(*poll);
    poll->version = HOSTDOS_VERSION;
    poll->op = op;
    poll->token = token;
    return submit(poll);
}

static bool cancellable(uint8_t op)
{
    return op == HOSTDOS_OPEN || op == HOSTDOS_READ || op == HOSTDOS_LOCK || op == HOSTDOS_LOOKUP;
}

/* The machine works on it: interrupts go on.  After ten seconds the user is asked. */
static unsigned wait(void)
{
    uint32_t token = sda.host.token, since = get32(FP(0, BDA_TICKS));
    unsigned status = HOSTDOS_PENDING;

    while (status == HOSTDOS_PENDING) {
        halt();
        status = ask(HOSTDOS_POLL, token);
        if (status == HOSTDOS_TOUCH) {
            touch(sda.poll.touch);
            status = HOSTDOS_PENDING;
        }
        if (status != HOSTDOS_PENDING)
            break;
        if (break_pressed && cancellable(sda.host.op)) {
            ask(HOSTDOS_CANCEL, token);
            continue;
        }
        if (get32(FP(0, BDA_TICKS)) - since < TICKS_PATIENCE)
            continue;
        since = get32(FP(0, BDA_TICKS));
        if (critical_error(CRITICAL_RETRY | CRITICAL_FAIL | 0x01, host_drive(),
                           E_NOT_READY - E_WRITE_PROTECT,
                           KFP(&list_of_lists.nul)) == CRITICAL_AGAIN)
            continue;
        ask(HOSTDOS_CANCEL, token);
        sda.host.error = E_FAILED;
        return HOSTDOS_DONE;
    }
    return status;
}

/* The drive that the current request is about, for INT 24h. */
uint8_t host_drive(void)
{
    return (uint8_t)((sda.name1[0] - 'A') & 31);
}

struct hostdos_request *host_prepare(uint8_t op)
{
    struct hostdos_request *request = &sda.host;

    memset(request, 0, sizeof(*request));
    request->size = sizeof(*request);
    request->version = HOSTDOS_VERSION;
    request->op = op;
    request->owner = sda.psp;
    return request;
}

/* Sends sda.host; the error. */
unsigned host_call(void)
{
    for (;;) {
        unsigned status = submit(&sda.host);

        if (status == HOSTDOS_PENDING)
            status = wait();
        if (status == HOSTDOS_TOUCH) {
            touch(sda.host.touch);
            continue;
        }
        if (status == HOSTDOS_AGAIN) {
            halt();
            continue;
        }
        if (status == HOSTDOS_STALE)
            return E_HANDLE;
        if (sda.host.error == E_CANCELLED && break_pressed)
            ctrl_break_raise();
        return sda.host.error;
    }
}

/* A program that only asks: the machine decides whether it may sleep. */
void host_idle(unsigned reason)
{
    idle_request.mode = (uint16_t)reason;
    submit(&idle_request);
}

void host_print_end(uint16_t port)
{
    host_prepare(HOSTDOS_PRINT_END)->mode = port;
    host_call();
}

bool host_clock(struct hostdos_clock *clock, bool set)
{
    struct hostdos_request *request = host_prepare(HOSTDOS_CLOCK);

    request->flags = set ? HOSTDOS_SET : 0;
    request->buffer = KLINEAR(clock);
    request->len = sizeof(*clock);
    return host_call() == E_OK;
}

/* A table of the code page into `to`; how many bytes, 0: there is none. */
unsigned host_nls(unsigned table, unsigned page, unsigned country, void *to, unsigned size)
{
    struct hostdos_request *request = host_prepare(HOSTDOS_NLS);

    request->mode = (uint16_t)table;
    request->pos = page;
    request->handle = country;
    request->buffer = KLINEAR(to);
    request->len = size;
    return host_call() ? 0 : request->result;
}

/* What the machine offers; says the code page (0: asks for the profile's). */
bool host_hello(struct hostdos_hello *hello, uint16_t page)
{
    struct hostdos_request *request = host_prepare(HOSTDOS_HELLO);

    memset(hello, 0, sizeof(*hello));
    hello->code_page = page;
    request->buffer = KLINEAR(hello);
    request->len = sizeof(*hello);
    return host_call() == E_OK;
}

bool host_set_code_page(uint16_t page)
{
    struct hostdos_hello hello;

    return host_hello(&hello, page);
}

/* The command that the first shell runs; true: the machine ends with it. */
bool host_startup(char *command, unsigned size)
{
    struct hostdos_request *request = host_prepare(HOSTDOS_STARTUP);

    request->buffer = KLINEAR(command);
    request->len = size - 1;
    *command = 0;
    if (host_call())
        return false;
    command[request->result < size ? request->result : size - 1] = 0;
    return request->flags & 1;
}

void host_exit(uint16_t code)
{
    host_prepare(HOSTDOS_EXIT)->mode = code;
    host_call();
}
