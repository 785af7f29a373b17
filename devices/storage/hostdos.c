/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device `hostdos`: requests of our own DOS (firmware/dos/hostdos.h) to a back-end that works
 * on the host's folders.  A dword written to port 5D8h is the linear address of a request, a dword
 * read tells what became of it; 5DCh is the signature.
 *
 * Everything of a request that lies in the guest's memory is looked up before the back-end hears of
 * it, so that a page that is absent (TOUCH) never leaves half a request done.  Results are written
 * on the doorbell or on POLL, never in between.
 */
#include <string.h>

#include "devices/storage/hostdos.h"

enum { PORT_DOORBELL, PORT_SIGNATURE = HOSTDOS_SIGNATURE - HOSTDOS_DOORBELL };
enum { REQUEST = sizeof(struct hostdos_request) };
/* The largest answer that is saved with the machine; larger ones are reads, which are done anew. */
enum { KEPT = sizeof(struct hostdos_entry) };

/* DOS's errors, as far as this file makes them (INT 21h/59h). */
enum { ERROR_FUNCTION = 1, ERROR_PATH = 3, ERROR_HANDLE = 6, ERROR_PARAMETER = 0x57 };

enum phase { PHASE_FREE, PHASE_PENDING, PHASE_FINISHED, PHASE_AGAIN, PHASES };

struct hostdos {
    struct device dev;
    struct hostdos_wiring wiring;
    struct hostdos_call *call[HOSTDOS_CALLS]; /* of slots that are PENDING */
    struct hostdos_state {
        uint32_t token[HOSTDOS_CALLS], address[HOSTDOS_CALLS];
        uint32_t last_token, status;
        uint16_t kept[HOSTDOS_CALLS];             /* bytes of the answer below */
        uint8_t phase[HOSTDOS_CALLS];             /* enum phase */
        uint8_t request[HOSTDOS_CALLS * REQUEST]; /* FINISHED: with the answer */
        uint8_t answer[HOSTDOS_CALLS * KEPT];
    } s;
};

/* ---- the guest's memory ---- */

static bool physical(struct hostdos *h, uint32_t linear, bool write, uint32_t *phys)
{
    const struct board *board = h->dev.board;

    *phys = linear;
    if (board->hooks && board->hooks->linear &&
        !board->hooks->linear(board->hooks_ctx, linear, write, phys))
        return false;
    *phys &= mem_cpu_mask(board->memory);
    return true;
}

static uint32_t to_page_end(uint32_t linear, uint32_t len)
{
    uint32_t left = MEM_PAGE - linear % MEM_PAGE;

    return left < len ? left : len;
}

/* Moves len bytes between `buf` (NULL: only looks) and memory.  False: *at is the address of a page
 * that is not there. */
static bool move(struct hostdos *h, uint32_t linear, uint8_t *buf, uint32_t len, bool write,
                 uint32_t *at)
{
    struct memory *memory = h->dev.board->memory;
    uint32_t phys;

    for (uint32_t n; len; len -= n, linear += n) {
        n = to_page_end(linear, len);
        if (!physical(h, linear, write, &phys)) {
            *at = linear;
            return false;
        }
        if (!buf)
            continue;
        if (write)
            mem_dma_write(memory, phys, buf, n);
        else
            mem_dma_read(memory, phys, buf, n);
        buf += n;
    }
    return true;
}

/* Is all of the request in memory that reads back what is written? */
static bool request_there(struct hostdos *h, uint32_t address)
{
    struct memory *memory = h->dev.board->memory;
    uint32_t phys, len = REQUEST;

    for (uint32_t n; len; len -= n, address += n) {
        const struct mem_page *page;

        n = to_page_end(address, len);
        if (!physical(h, address, true, &phys))
            return false;
        page = mem_page(memory, phys);
        if (!page->read || page->read != page->write)
            return false;
    }
    return true;
}

static void put_request(struct hostdos *h, uint32_t address, struct hostdos_request *r)
{
    uint32_t at;

    move(h, address, (uint8_t *)r, REQUEST, true, &at);
}

/* An ASCIZ string; *error is set where it has no end.  False: TOUCH at *at. */
static bool get_name(struct hostdos *h, uint32_t linear, char name[HOSTDOS_NAME], uint16_t *error,
                     uint32_t *at)
{
    uint32_t used = 0;

    while (used < HOSTDOS_NAME) {
        uint32_t n = to_page_end(linear + used, HOSTDOS_NAME - used);

        if (!move(h, linear + used, (uint8_t *)name + used, n, false, at))
            return false;
        if (memchr(name + used, 0, n))
            return true;
        used += n;
    }
    name[0] = 0;
    *error = ERROR_PATH;
    return true;
}

/* ---- errors ---- */

/* Class, action and locus of an error, as DOS's own tables have them for functions of 2.0 up.
 * Source: the MS-DOS Programmer's Reference, INT 21h/59h. */
static void explain(struct hostdos_request *r)
{
    static const struct {
        uint8_t error, class, action, locus;
    } table[] = {
        { 0x01, 7, 4, 1 },  { 0x02, 8, 3, 2 },  { 0x03, 8, 3, 2 },  { 0x04, 1, 4, 1 },
        { 0x05, 3, 3, 1 },  { 0x06, 7, 4, 1 },  { 0x0f, 8, 3, 2 },  { 0x10, 3, 3, 2 },
        { 0x11, 13, 3, 2 }, { 0x12, 8, 3, 2 },  { 0x13, 11, 7, 2 }, { 0x15, 11, 7, 2 },
        { 0x1d, 5, 1, 2 },  { 0x1e, 5, 1, 2 },  { 0x1f, 13, 4, 1 }, { 0x20, 10, 2, 2 },
        { 0x21, 10, 2, 2 }, { 0x24, 1, 4, 5 },  { 0x26, 1, 4, 1 },  { 0x27, 1, 4, 2 },
        { 0x41, 3, 3, 3 },  { 0x50, 12, 3, 2 }, { 0x52, 1, 4, 2 },  { 0x57, 9, 3, 1 },
        { 0x95, 2, 2, 1 },
    };

    r->class = r->error ? 13 : 0;
    r->action = r->error ? 5 : 0;
    r->locus = r->error ? 1 : 0;
    for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].error == r->error) {
            r->class = table[i].class;
            r->action = table[i].action;
            r->locus = table[i].locus;
        }
    }
}

static uint32_t answer(struct hostdos *h, uint32_t address, struct hostdos_request *r)
{
    explain(r);
    put_request(h, address, r);
    return r->error == ERROR_HANDLE ? HOSTDOS_STALE : HOSTDOS_DONE;
}

static uint32_t touch(struct hostdos *h, uint32_t address, struct hostdos_request *r, uint32_t at)
{
    r->touch = at;
    put_request(h, address, r);
    return HOSTDOS_TOUCH;
}

/* ---- what each op moves ---- */

enum {
    NAME1 = 1,
    NAME2 = 2,
    GIVES = 4,      /* `len` bytes of the buffer go to the host */
    TAKES = 8,      /* up to `len` bytes come from it */
    STRUCT = 16,    /* the buffer is a structure; its size is `bytes` */
    SET_GIVES = 32, /* it goes to the host with HOSTDOS_SET, else it comes */
    OPTIONAL = 64,  /* no buffer at 0 */
};

static const struct op {
    uint8_t moves;
    uint16_t bytes;
} ops[] = {
    [HOSTDOS_HELLO] = { STRUCT | GIVES | TAKES, sizeof(struct hostdos_hello) },
    [HOSTDOS_STARTUP] = { TAKES, 0 },
    [HOSTDOS_TEXT_OUT] = { GIVES, 0 },
    [HOSTDOS_TEXT_IN] = { TAKES, 0 },
    [HOSTDOS_NLS] = { TAKES, 0 },
    [HOSTDOS_END_OWNER] = { 0, 0 },
    [HOSTDOS_LOOKUP] = { NAME1 | STRUCT | TAKES | OPTIONAL, sizeof(struct hostdos_entry) },
    [HOSTDOS_OPEN] = { NAME1 | STRUCT | TAKES | OPTIONAL, sizeof(struct hostdos_entry) },
    [HOSTDOS_CREATE] = { NAME1 | STRUCT | TAKES | OPTIONAL, sizeof(struct hostdos_entry) },
    [HOSTDOS_CLOSE] = { 0, 0 },
    [HOSTDOS_READ] = { TAKES, 0 },
    [HOSTDOS_WRITE] = { GIVES, 0 },
    [HOSTDOS_SET_SIZE] = { 0, 0 },
    [HOSTDOS_COMMIT] = { 0, 0 },
    [HOSTDOS_LOCK] = { 0, 0 },
    [HOSTDOS_UNLOCK] = { 0, 0 },
    [HOSTDOS_STAT] = { STRUCT | TAKES, sizeof(struct hostdos_entry) },
    [HOSTDOS_SET_TIME] = { 0, 0 },
    [HOSTDOS_SET_ATTR] = { NAME1, 0 },
    [HOSTDOS_RENAME] = { NAME1 | NAME2, 0 },
    [HOSTDOS_DELETE] = { NAME1, 0 },
    [HOSTDOS_MKDIR] = { NAME1, 0 },
    [HOSTDOS_RMDIR] = { NAME1, 0 },
    [HOSTDOS_FIND_FIRST] = { NAME1 | STRUCT | TAKES, sizeof(struct hostdos_entry) },
    [HOSTDOS_FIND_NEXT] = { NAME1 | STRUCT | TAKES, sizeof(struct hostdos_entry) },
    [HOSTDOS_FIND_CLOSE] = { 0, 0 },
    [HOSTDOS_SPACE] = { NAME1 | STRUCT | TAKES, sizeof(struct hostdos_space) },
    [HOSTDOS_VOLUME] = { NAME1 | STRUCT | TAKES | SET_GIVES, sizeof(struct hostdos_volume) },
    [HOSTDOS_LONG_NAME] = { NAME1 | TAKES, 0 },
    [HOSTDOS_TRUE_NAME] = { NAME1 | TAKES, 0 },
};

static bool known(unsigned op)
{
    static const uint8_t others[] = { HOSTDOS_EXIT, HOSTDOS_IDLE,   HOSTDOS_CLOCK,
                                      HOSTDOS_POLL, HOSTDOS_CANCEL, HOSTDOS_PRINT_END };

    return memchr(others, (int)op, sizeof(others)) ||
           (op >= HOSTDOS_HELLO && op <= HOSTDOS_END_OWNER) ||
           (op >= HOSTDOS_LOOKUP && op <= HOSTDOS_TRUE_NAME);
}

/* How much the request gives to the host and how much it can take. */
static void sizes(const struct hostdos_request *r, uint32_t *gives, uint32_t *takes)
{
    const struct op *op = &ops[r->op];
    uint32_t bytes = op->moves & STRUCT ? op->bytes : r->len;
    bool set = (op->moves & SET_GIVES) && (r->flags & HOSTDOS_SET);

    if (bytes > HOSTDOS_MOST)
        bytes = HOSTDOS_MOST;
    if ((op->moves & OPTIONAL) && !r->buffer)
        bytes = 0;
    *gives = (op->moves & GIVES) || set ? bytes : 0;
    *takes = (op->moves & TAKES) && !set ? bytes : 0;
}

/* ---- requests for the host ---- */

/* Everything that the guest gives, and a look at where the answer goes.  False: TOUCH at *at. */
static bool fetch(struct hostdos *h, struct hostdos_call *call, uint32_t *at)
{
    unsigned moves = ops[call->r.op].moves;
    uint32_t gives, takes;

    sizes(&call->r, &gives, &takes);
    call->name1[0] = call->name2[0] = 0;
    call->used = gives;
    if ((moves & NAME1) && !get_name(h, call->r.name1, call->name1, &call->r.error, at))
        return false;
    if ((moves & NAME2) && !get_name(h, call->r.name2, call->name2, &call->r.error, at))
        return false;
    return move(h, call->r.buffer, call->data, gives, false, at) &&
           move(h, call->r.buffer, NULL, takes, true, at);
}

/* The answer into the guest's memory.  TOUCH: nothing was written. */
static uint32_t deliver(struct hostdos *h, uint32_t address, struct hostdos_request *r,
                        uint8_t *data, uint32_t used, uint32_t *at)
{
    uint32_t gives, takes;

    sizes(r, &gives, &takes);
    used = used < takes ? used : takes;
    if (!move(h, r->buffer, NULL, used, true, at))
        return HOSTDOS_TOUCH;
    move(h, r->buffer, data, used, true, at);
    return answer(h, address, r);
}

static int free_slot(const struct hostdos *h)
{
    for (unsigned i = 0; i < HOSTDOS_CALLS; i++)
        if (h->s.phase[i] == PHASE_FREE)
            return (int)i;
    return -1;
}

static uint32_t new_token(struct hostdos *h)
{
    h->s.last_token = h->s.last_token == UINT32_MAX ? 1 : h->s.last_token + 1;
    return h->s.last_token;
}

/* The call goes on; the guest is told the token to ask with.  `r` is what it wrote: the back-end
 * may be at work on call->r. */
static uint32_t pend(struct hostdos *h, unsigned slot, uint32_t address, struct hostdos_request *r,
                     struct hostdos_call *call)
{
    h->s.phase[slot] = PHASE_PENDING;
    h->s.address[slot] = address;
    h->s.token[slot] = r->token = new_token(h);
    h->call[slot] = call;
    memcpy(h->s.request + slot * REQUEST, r, REQUEST);
    put_request(h, address, r);
    return HOSTDOS_PENDING;
}

static uint32_t ask_host(struct hostdos *h, uint32_t address, struct hostdos_request *r)
{
    struct hostdos_backend *backend = h->wiring.backend;
    int slot = free_slot(h);
    struct hostdos_call *call = slot < 0 ? NULL : backend->take(backend);
    uint32_t at = 0, status;

    if (!call)
        return HOSTDOS_AGAIN;
    call->r = *r;
    call->r.error = 0;
    call->r.result = 0;
    if (!fetch(h, call, &at)) {
        backend->drop(backend, call);
        return touch(h, address, r, at);
    }
    if (call->r.error) {
        r->error = call->r.error;
        backend->drop(backend, call);
        return answer(h, address, r);
    }
    if (!backend->submit(backend, call))
        return pend(h, (unsigned)slot, address, r, call);
    /* Not TOUCH: fetch() has looked. */
    status = deliver(h, address, &call->r, call->data, call->used, &at);
    backend->drop(backend, call);
    return status;
}

/* ---- pending ones ---- */

static int find_token(const struct hostdos *h, uint32_t token)
{
    for (unsigned i = 0; i < HOSTDOS_CALLS; i++)
        if (h->s.phase[i] != PHASE_FREE && h->s.token[i] == token)
            return (int)i;
    return -1;
}

static void free_one(struct hostdos *h, unsigned slot)
{
    if (h->call[slot])
        h->wiring.backend->drop(h->wiring.backend, h->call[slot]);
    h->call[slot] = NULL;
    h->s.phase[slot] = PHASE_FREE;
    h->s.token[slot] = h->s.address[slot] = 0;
    h->s.kept[slot] = 0;
    memset(h->s.request + slot * REQUEST, 0, REQUEST);
    memset(h->s.answer + slot * KEPT, 0, KEPT);
}

/* Hands a finished slot over; `address` and `r` are those of the POLL. */
static uint32_t hand_over(struct hostdos *h, unsigned slot, uint32_t address,
                          struct hostdos_request *r)
{
    struct hostdos_call *call = h->call[slot];
    struct hostdos_request done;
    uint32_t at = h->s.address[slot], where = at;
    uint8_t *data = call ? call->data : h->s.answer + slot * KEPT;
    uint32_t used = call ? call->used : h->s.kept[slot], status = HOSTDOS_TOUCH;

    memcpy(&done, call ? (const void *)&call->r : h->s.request + slot * REQUEST, REQUEST);
    done.token = h->s.token[slot];
    if (request_there(h, where))
        status = deliver(h, where, &done, data, used, &at);
    if (status == HOSTDOS_TOUCH)
        return touch(h, address, r, at);
    free_one(h, slot);
    if (address != where) {
        r->error = 0;
        answer(h, address, r);
    }
    return status;
}

static uint32_t poll(struct hostdos *h, uint32_t address, struct hostdos_request *r)
{
    struct hostdos_backend *backend = h->wiring.backend;
    int slot = find_token(h, r->token);

    if (slot < 0)
        return HOSTDOS_STALE;
    switch (h->s.phase[slot]) {
    case PHASE_AGAIN:
        free_one(h, (unsigned)slot);
        return HOSTDOS_AGAIN;
    case PHASE_PENDING:
        if (!backend->finished(backend, h->call[slot]))
            return HOSTDOS_PENDING;
        break;
    }
    return hand_over(h, (unsigned)slot, address, r);
}

static uint32_t cancel(struct hostdos *h, uint32_t address, struct hostdos_request *r)
{
    int slot = find_token(h, r->token);

    if (slot < 0)
        return HOSTDOS_STALE;
    if (h->call[slot])
        h->wiring.backend->cancel(h->wiring.backend, h->call[slot]);
    r->error = 0;
    return answer(h, address, r);
}

/* ---- the clock ---- */

/* Days of the civil calendar since 1970-01-01, and back.  The year begins in March, so that the
 * leap day is its last. */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month > 2 ? year : year - 1, m = (month + 9) % 12;

    return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

static void date_of(int64_t days, struct hostdos_clock *c)
{
    unsigned z = (unsigned)(days + 719468), era = z / 146097, doe = z % 146097;
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), m = (5 * doy + 2) / 153;

    c->day = (uint8_t)(doy - (153 * m + 2) / 5 + 1);
    c->month = (uint8_t)(m < 10 ? m + 3 : m - 9);
    c->year = (uint16_t)(yoe + era * 400 + (c->month <= 2));
    c->weekday = (uint8_t)((days + 4) % 7); /* 1970-01-01 was a Thursday */
}

static bool clock_valid(const struct hostdos_clock *c)
{
    struct hostdos_clock back;

    if (c->year < 1980 || c->year > 2099 || c->month < 1 || c->month > 12 || c->day < 1 ||
        c->day > 31 || c->hour > 23 || c->minute > 59 || c->second > 59 || c->hundredth > 99)
        return false;
    date_of(days_of(c->year, c->month, c->day), &back);
    return back.day == c->day; /* no 30th of February */
}

static uint32_t clock_op(struct hostdos *h, uint32_t address, struct hostdos_request *r)
{
    const struct hostdos_wiring *w = &h->wiring;
    struct hostdos_clock c = { 0 };
    bool set = r->flags & HOSTDOS_SET;
    uint64_t now = w->clock ? w->clock(w->clock_ctx) : 0, second = now / 1000000000u;
    uint32_t at;

    date_of((int64_t)(second / 86400), &c);
    c.hour = (uint8_t)(second / 3600 % 24);
    c.minute = (uint8_t)(second / 60 % 60);
    c.second = (uint8_t)(second % 60);
    c.hundredth = (uint8_t)(now % 1000000000u / 10000000u);
    if (!move(h, r->buffer, (uint8_t *)&c, sizeof(c), !set, &at))
        return touch(h, address, r, at);
    r->error = set && !clock_valid(&c) ? ERROR_PARAMETER : 0;
    if (set && !r->error && w->set_clock)
        w->set_clock(w->clock_ctx, (uint64_t)days_of(c.year, c.month, c.day) * 86400 +
                                       c.hour * 3600u + c.minute * 60u + c.second);
    return answer(h, address, r);
}

/* ---- the doorbell ---- */

static uint32_t run(struct hostdos *h, uint32_t address)
{
    const struct board *board = h->dev.board;
    const struct board_hooks *hooks = board->hooks;
    struct hostdos_request r;
    uint32_t at;

    if (!request_there(h, address))
        return HOSTDOS_TOUCH;
    move(h, address, (uint8_t *)&r, REQUEST, false, &at);
    trace(&h->dev, TRACE_IO, "op %u, handle %08x, at %08x, %u bytes", r.op, r.handle,
          (uint32_t)r.pos, r.len);
    if (r.size != REQUEST || r.version != HOSTDOS_VERSION || !known(r.op)) {
        r.error = ERROR_FUNCTION;
        return answer(h, address, &r);
    }
    switch (r.op) {
    case HOSTDOS_POLL:
        return poll(h, address, &r);
    case HOSTDOS_CANCEL:
        return cancel(h, address, &r);
    case HOSTDOS_CLOCK:
        return clock_op(h, address, &r);
    case HOSTDOS_EXIT:
        if (hooks && hooks->power_off)
            hooks->power_off(board->hooks_ctx, r.mode & 0xff);
        break;
    case HOSTDOS_IDLE:
        if (hooks && hooks->idle)
            hooks->idle(board->hooks_ctx);
        break;
    case HOSTDOS_PRINT_END:
        if (h->wiring.print_end && r.mode < 3)
            h->wiring.print_end(h->wiring.print_ctx, r.mode);
        break;
    default:
        return ask_host(h, address, &r);
    }
    r.error = r.op == HOSTDOS_PRINT_END && r.mode >= 3 ? ERROR_PARAMETER : 0;
    return answer(h, address, &r);
}

static uint32_t hostdos_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)size;
    if (offset == PORT_SIGNATURE)
        return HOSTDOS_MAGIC | (uint32_t)HOSTDOS_VERSION << 24;
    return offset == PORT_DOORBELL ? ((struct hostdos *)dev)->s.status : UINT32_MAX;
}

static void hostdos_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct hostdos *h = (struct hostdos *)dev;

    (void)size;
    if (offset == PORT_DOORBELL)
        h->s.status = run(h, value);
}

/* ---- life ---- */

static void hostdos_reset(struct device *dev, enum reset_kind kind)
{
    struct hostdos *h = (struct hostdos *)dev;

    (void)kind;
    for (unsigned i = 0; i < HOSTDOS_CALLS; i++)
        free_one(h, i);
    memset(&h->s, 0, sizeof(h->s));
    if (h->wiring.backend)
        h->wiring.backend->reset(h->wiring.backend);
}

static bool hostdos_check(struct device *dev, struct error *err)
{
    const struct hostdos *h = (const struct hostdos *)dev;

    for (unsigned i = 0; i < HOSTDOS_CALLS; i++) {
        const struct hostdos_request *r = (const void *)(h->s.request + i * REQUEST);

        if (h->s.phase[i] >= PHASES || h->s.kept[i] > KEPT)
            return error_set(err, "%s: a request is in no state that there is", dev->name);
        if (h->s.phase[i] == PHASE_FINISHED && !known(r->op))
            return error_set(err, "%s: op %u does not exist", dev->name, r->op);
    }
    return h->s.status <= HOSTDOS_STALE ||
           error_set(err, "%s: status %u does not exist", dev->name, h->s.status);
}

/* What was under way when the state was saved is not under way here. */
static void hostdos_resume(struct device *dev)
{
    struct hostdos *h = (struct hostdos *)dev;

    for (unsigned i = 0; i < HOSTDOS_CALLS; i++)
        if (h->s.phase[i] == PHASE_PENDING)
            h->s.phase[i] = PHASE_AGAIN;
}

static void hostdos_free(struct device *dev)
{
    struct hostdos *h = (struct hostdos *)dev;

    for (unsigned i = 0; i < HOSTDOS_CALLS; i++)
        free_one(h, i);
}

static void keep(struct hostdos *h, unsigned slot)
{
    struct hostdos_call *call = h->call[slot];

    if (call->used > KEPT) {
        h->s.phase[slot] = PHASE_AGAIN;
        return;
    }
    h->s.phase[slot] = PHASE_FINISHED;
    h->s.kept[slot] = (uint16_t)call->used;
    memcpy(h->s.request + slot * REQUEST, &call->r, REQUEST);
    memcpy(h->s.answer + slot * KEPT, call->data, call->used);
}

bool hostdos_settle(struct device *dev, struct error *err)
{
    struct hostdos *h = (struct hostdos *)dev;
    struct hostdos_backend *backend = h->wiring.backend;
    struct error why = { { 0 } };

    for (unsigned i = 0; i < HOSTDOS_CALLS; i++) {
        if (h->s.phase[i] != PHASE_PENDING)
            continue;
        if (backend->settle(backend, h->call[i], &why))
            keep(h, i);
        else if (!why.text[0])
            h->s.phase[i] = PHASE_AGAIN;
        else
            return error_set(err, "%s", why.text);
        backend->drop(backend, h->call[i]);
        h->call[i] = NULL;
    }
    return true;
}

static const struct port_range hostdos_ports[] = {
    { .base = 0,
      .count = 8,
      .sizes = 4,
      .exact = true,
      .read = hostdos_read,
      .write = hostdos_write },
    { 0 },
};
static const struct field hostdos_fields[] = {
    FIELD_ARRAY(struct hostdos, s.token),
    FIELD_ARRAY(struct hostdos, s.address),
    FIELD(struct hostdos, s.last_token),
    FIELD(struct hostdos, s.status),
    FIELD_ARRAY(struct hostdos, s.kept),
    FIELD_ARRAY(struct hostdos, s.phase),
    FIELD_ARRAY(struct hostdos, s.request),
    FIELD_ARRAY(struct hostdos, s.answer),
    { 0 },
};
static const struct device_class hostdos_class = {
    .name = "hostdos",
    .version = 1,
    .state_offset = offsetof(struct hostdos, s),
    .state_size = sizeof(struct hostdos_state),
    .ports = hostdos_ports,
    .fields = hostdos_fields,
    .reset = hostdos_reset,
    .check = hostdos_check,
    .resume = hostdos_resume,
    .free = hostdos_free,
};

struct device *hostdos_new(struct board *board, const struct hostdos_wiring *wiring,
                           struct error *err)
{
    struct hostdos *h =
        device_new(board, &hostdos_class, sizeof(*h), "hostdos", HOSTDOS_DOORBELL, err);

    if (!h)
        return NULL;
    h->wiring = *wiring;
    device_reset(&h->dev, RESET_POWER_ON);
    return &h->dev;
}
