/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run loop of the translating engine, and what it does when translated code comes back.
 *
 * Instructions are counted as the interpreter counts them: a block is paid for when it is entered,
 * and whatever ends it early gives back the rest.  Where events, interrupts and the budget are
 * looked at, the block borders, are the same too; so both engines do the same at the same
 * instruction.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cpu/access.h"
#include "core/cpu/flags.h"
#include "core/cpu/translate/log.h"
#include "core/cpu/translate/xlat.h"
#include "core/memory.h"

/* Bits of EFLAGS that LAHF and SAHF have */
enum { FL_LAHF = FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF };

/* ---- flags between the interpreter's laziness and the host's ---- */

static void flags_out(struct interp *c)
{
    uint32_t flags = cpu_flags(c);

    c->xl.flags = (flags & FL_LAHF) << 8 | (flags & FL_OF ? 1 : 0);
}

static void flags_in(struct interp *c)
{
    uint32_t flags = c->xl.flags;

    flags_load(c, (flags >> 8 & FL_LAHF) | (flags & 0xff ? FL_OF : 0));
}

/* ---- single instructions ---- */

/* What follows instruction k of a block that is paid for is not executed. */
int xlat_end_block(struct interp *c)
{
    c->xl.place = c->next_eip;
    return XLAT_DONE;
}

void xlat_end_soon(struct interp *c)
{
    c->budget_rest += c->budget;
    c->budget = 0;
}

int xlat_step(struct interp *c, struct block *b, unsigned k)
{
    struct xlat *t = c->xl.xlat;
    int mode = b->xc->mode;

    xlat_note_insn(t, WHY_HANDLER, b, k, b->xc->eip);
    flags_in(c);
    xlat_fpu_before(c, b, k); /* the handler may raise */
    if (c->xl.native && xlat_is_x87(&b->insn[k]))
        xlat_fpu_back(c);
    c->block = b;
    c->block_eip = b->xc->eip;
    c->current = &b->insn[k];
    code_limit(c, b, k + 1); /* comes back by giving back the rest of the budget */
    b->insn[k].go(c, &b->insn[k]);
    code_unlimit(c);
    if (b->key == BLOCK_DEAD)
        return xlat_end_block(c);
    c->budget -= b->count - (k + 1);
    if (atomic_load_explicit(&c->events, memory_order_relaxed))
        xlat_end_soon(c);
    if (!t->modes[mode].real && xlat_current_mode(c) != mode) {
        if (!b->xc) { /* there were too many modes: all were forgotten, and all blocks with them */
            c->budget += b->count - (k + 1);
            return xlat_end_block(c);
        }
        c->xl.place = (uintptr_t)b;
        c->xl.arg = k + 1;
        return XLAT_RESUME;
    }
    flags_out(c);
    return -1;
}

/* The interpreter goes on at instruction k of a block that is paid for. */
static void resume(struct interp *c, struct block *b, unsigned k, uint32_t eip)
{
    xlat_fpu_back(c);
    c->block = b;
    c->block_eip = eip;
    c->current = &b->insn[k];
    b->insn[k].go(c, &b->insn[k]);
    c->x.eip = c->next_eip;
}

/* This block never gets a translation; so it may follow another one without the run loop. */
static void leave_to_interpreter(struct block *b)
{
    b->heat = UINT8_MAX;
    if (b->phys2 == NO_PHYS)
        b->last = b->bytes - 1u;
}

/* ---- faults ---- */

/* Where an access of translated code faulted. */
struct trouble {
    uint32_t linear;
    bool write;
    bool outside; /* a limit, a border, code: no memory is there for it */
};

/* The next way to try for an operand that could not be reached. */
static enum xlat_site next_site(struct interp *c, enum xlat_site site, const struct trouble *at)
{
    bool direct = c->xl.xlat->modes[c->xl.xlat->mode].direct;
    uint32_t phys = at->linear & mem_cpu_mask(c->cpu.host.memory);
    const struct mem_page *page = mem_page(c->cpu.host.memory, phys);

    switch (site) {
    case SITE_DIRECT:
        if (!direct)
            return at->linear & 3 ? SITE_ODD : SITE_CALL;
        if (c->paging)
            return SITE_ALIGNED;
        if (at->write && page->read == page->write && code_on_page(c, phys))
            return SITE_CHECKED;
        return page->read && (!at->write || page->read == page->write) ? SITE_ALIGNED : SITE_CALL;
    case SITE_ALIGNED:
        return at->linear & 3 ? SITE_ODD : SITE_CALL;
    default:
        return SITE_CALL;
    }
}

/* Instruction k could not reach its operand in the way it was translated for. */
static void worsen(struct interp *c, struct block *b, unsigned k, const struct trouble *at)
{
    struct insn *i = &b->insn[k];

    xlat_note_insn(c->xl.xlat, WHY_WORSENED, b, k, b->xc->eip);
    if (at->outside) { /* rare, unless often */
        if (++i->tries < 8)
            return;
        i->site = SITE_CALL;
    } else {
        i->site = (uint8_t)next_site(c, (enum xlat_site)i->site, at);
        if (i->site == SITE_CALL && !c->paging && xlat_is_move(i))
            i->site = SITE_DEVICE;
    }
    c->x.eip = b->xc->eip;
    if (!xlat_translate(c, b, b->xc->mode)) {
        xlat_killed(c, b);
        leave_to_interpreter(b);
    }
}

/* Can what was missing be had? */
static enum xlat_filled repair(struct interp *c, const struct insn *i, const struct trouble *at)
{
    const struct xlat *t = c->xl.xlat;

    if (at->outside)
        return FILL_OLD;
    if (t->modes[t->mode].direct && (i->site == SITE_DIRECT || i->site == SITE_CHECKED))
        return xlat_window_fill(c, at->linear,
                                !at->write               ? WAY_READ
                                : i->site == SITE_DIRECT ? WAY_WRITE
                                                         : WAY_ALIAS);
    return xlat_fill(c, at->linear, at->write);
}

/* Does a table's way have more to offer for an operand like this? */
static bool is_unaligned(const struct xlat *t, const struct insn *i, const struct trouble *at)
{
    return (at->linear & 3) &&
           (i->site == SITE_ALIGNED || (i->site == SITE_DIRECT && !t->modes[t->mode].direct));
}

/* What a host address is to the guest. */
static struct trouble place_of(const struct xlat *t, uint64_t address, bool write)
{
    uint64_t linear = address - (uintptr_t)t->base;

    if (linear >= WINDOW_ALIAS && linear < 2 * WINDOW_ALIAS)
        linear -= WINDOW_ALIAS;
    if (address - (uintptr_t)t->hole < WINDOW_ALIAS)
        linear = address - (uintptr_t)t->hole;
    return (struct trouble){ .linear = (uint32_t)linear,
                             .write = write,
                             .outside = linear >= 1ull << 32 };
}

/* Returns where translated code goes on, or NULL: done here. */
static const void *fault(struct interp *c, uint32_t place, uint64_t arg)
{
    struct xlat *t = c->xl.xlat;
    struct xlat_code *code = xlat_code_at(t, place);
    struct block *b = code->block;
    uint32_t eip = code->eip;
    uint64_t address = arg & ~XLAT_WRITE;
    struct trouble at = place_of(t, address, arg & XLAT_WRITE);
    unsigned k = 0;

    t->faults++;
    if (place < code->direct + code->at[0]) {
        xlat_fpu_named(c);
        xlat_note(t, WHY_BUDGET);
        c->budget += code->count; /* the end of the budget */
        c->x.eip = code->eip;
        return NULL;
    }
    while (place >= code->direct + code->at[k + 1])
        k++;
    xlat_fpu_before(c, b, k);
    xlat_fpu_faulted(c, b, k);
    if (address) { /* not a division */
        if (xlat_is_repeat(&b->insn[k])) {
            xlat_repeat_broken(c, &b->insn[k]);
            flags_in(c);
        }
        enum xlat_filled filled = repair(c, &b->insn[k], &at);

        if (filled == FILL_NEW) {
            xlat_note(t, WHY_FILLED);
            return t->rx + code->direct + code->at[k];
        }
        if (filled == FILL_OLD || is_unaligned(t, &b->insn[k], &at))
            worsen(c, b, k, &at);
    }
    xlat_note_insn(t, WHY_FAULT, b, k, eip);
    resume(c, b, k, eip);
    return NULL;
}

/* ---- blocks ---- */

static bool ready(struct interp *c, struct block *b, int mode)
{
    const struct xlat *t = c->xl.xlat;
    const struct xlat_code *code = b->xc;

    if (mode < 0)
        return false;
    if (code && code->mode == mode && code->eip == c->x.eip)
        return true;
    if (b->key == BLOCK_DEAD || b->heat == UINT8_MAX)
        return false;
    if (b->heat == 0 && xlat_is_patched(c, b)) {
        leave_to_interpreter(b);
        return false;
    }
    if (b->heat < t->heat) {
        b->heat++;
        return false;
    }
    if (xlat_translate(c, b, (unsigned)mode)) {
        b->heat =
            code ? 0
                 : (uint8_t)t->heat; /* one address too many: cool down before the next change */
        return true;
    }
    leave_to_interpreter(b);
    return false;
}

/* Translated code came to an instruction that is the interpreter's. */
static void resume_translated(struct interp *c, struct block *b, unsigned k)
{
    uint32_t eip = b->xc->eip;
    const struct insn *x87 = xlat_next_x87(b, k);

    xlat_note_insn(c->xl.xlat, WHY_RESUME, b, k, eip);
    xlat_fpu_before(c, b, k);
    if (x87 && x87->tries >= XLAT_REFUSALS) {
        xlat_killed(c, b); /* a guest that does without masks: it will go on so */
        leave_to_interpreter(b);
    }
    resume(c, b, k, eip);
}

static void look_through(struct xlat *t, const struct xlat_mode *m)
{
    uint8_t *base = xlat_base_of(t, m);

    if (t->base == base)
        return;
    t->base = base;
    xlat_attach(t);
}

/* Runs translated code until it comes back; returns the place of a jump to be linked, or 0. */
static uint32_t run_translated(struct interp *c, const void *code)
{
    struct xlat *t = c->xl.xlat;
    const struct xlat_mode *m = &t->modes[t->mode];
    int64_t total = c->budget;

    if (t->recent_count && c->paging)
        xlat_refill(c);
    if (t->doubt && m->paging && m->direct)
        xlat_window_verify(c);
    c->xl.tables = (uintptr_t)t->tables + (m->user ? TABLE_STRIDE : 0) + 12;
    c->xl.targets = (uintptr_t)t->targets[t->mode];
    look_through(t, m);
    c->xl.base = (uintptr_t)t->base;
    c->budget = total < XLAT_CHUNK ? total : XLAT_CHUNK;
    c->budget_rest = total - c->budget;
    while (code) {
        int exit;

        c->block = NULL;
        c->link = NULL;
        flags_out(c);
        xlat_note(t, WHY_ENTERED);
        exit = t->enter(c, code);
        flags_in(c);
        code = NULL;
        switch (exit) {
        case XLAT_RESUME:
            resume_translated(c, (struct block *)c->xl.place, (unsigned)c->xl.arg);
            break;
        case XLAT_FAULT:
            code = fault(c, (uint32_t)c->xl.place, c->xl.arg);
            break;
        default:
            xlat_fpu_named(c);
            xlat_note(t, exit == XLAT_LINK       ? WHY_LINK
                         : exit == XLAT_INDIRECT ? WHY_INDIRECT
                                                 : WHY_DONE);
            c->x.eip = (uint32_t)c->xl.place;
            break;
        }
        if (exit == XLAT_LINK || exit == XLAT_INDIRECT) {
            c->budget += c->budget_rest;
            c->budget_rest = 0;
            return exit == XLAT_LINK ? (uint32_t)c->xl.arg : 1;
        }
    }
    c->budget += c->budget_rest;
    c->budget_rest = 0;
    return 0;
}

/* From where the last translation was left to the one found now. */
static void connect(struct xlat *t, uint32_t place, const struct block *b)
{
    if (t->single || (int)b->xc->mode != t->mode)
        return;
    if (place > 1)
        xlat_link(t, place, b);
    else if (place)
        t->targets[t->mode][b->xc->eip & 0xffff] = b->xc->indirect;
}

static void trace(struct xlat *t, const struct interp *c, const struct block *b)
{
    t->trace[t->trace_count++ % XLAT_TRACE] = (struct xlat_trace){ .phys = (uint32_t)b->key,
                                                                   .eip = c->x.eip,
                                                                   .count = b->count,
                                                                   .code32 = c->code32,
                                                                   .translated = b->xc != NULL };
}

/* What a block is the interpreter's for, as far as can be seen. */
static unsigned culprit(const struct block *b)
{
    for (unsigned k = 0; k < b->count; k++)
        if (insn_rows[b->insn[k].row].cls == C_INTERP || b->insn[k].site == SITE_CALL)
            return k;
    return b->count - 1u;
}

static void note_interpreted(const struct interp *c, const struct block *b, int mode)
{
    const struct xlat *t = c->xl.xlat;

    if (c->budget < b->count)
        xlat_note(t, WHY_SHORT);
    else if (mode < 0)
        xlat_note(t, WHY_MODE);
    else if (b->heat == UINT8_MAX && !stage_is_fault(&b->insn[0]))
        xlat_note_insn(t, WHY_GIVEN_UP, b, culprit(b), c->x.eip);
    else
        xlat_note(t, WHY_COLD);
}

/* As much of a block as the budget allows. */
static void interpret(struct interp *c, struct block *b)
{
    bool part = c->budget < b->count;

    xlat_fpu_back(c);
    if (part)
        code_limit(c, b, (unsigned)c->budget);
    block_begin(c, b, c->x.eip);
    b->insn[0].go(c, b->insn);
    c->x.eip = c->next_eip;
    if (part)
        code_unlimit(c);
}

void xlat_run_blocks(struct interp *c)
{
    struct xlat *t = c->xl.xlat;
    uint32_t place = 0;
    struct block *b, *from = NULL;
    int mode = 0;

    xlat_attach(t);
    do {
        if (!place) /* else translated code came back, which never changes it */
            mode = xlat_current_mode(c);
        if (t->used + 2 * XLAT_BLOCK_MOST > XLAT_BUFFER) {
            code_flush(c);
            place = 0;
            from = NULL;
        }
        b = code_find(c, from);
        if (t->single)
            trace(t, c, b);
        if (c->budget >= b->count && ready(c, b, mode)) {
            if (!xlat_go(c))
                break;
            connect(t, place, b);
            place = run_translated(c, t->rx + b->xc->direct);
        } else {
            if (t->log)
                note_interpreted(c, b, mode);
            interpret(c, b);
            place = 0;
        }
        from = c->block; /* the last one, if the interpreter ran it */
        if (!from)
            c->link = NULL;
        c->block = NULL;
    } while (c->budget > 0 && !atomic_load_explicit(&c->events, memory_order_relaxed));
    c->link = NULL;
    xlat_fpu_back(c);
}

/* ---- making and ending ---- */

/* Code buffers for the next translators: made while executable memory may still be mapped, and
 * handed from one translator to the next. */
struct buffer {
    uint8_t *rw, *rx;
};

enum { SPARES = 2 }; /* a machine has one; to be measured before an exchange takes another */

static struct buffer spares[SPARES];

static void unmap_buffer(struct buffer *buffer)
{
    if (buffer->rw)
        munmap(buffer->rw, XLAT_BUFFER);
    if (buffer->rx)
        munmap(buffer->rx, XLAT_BUFFER);
    *buffer = (struct buffer){ NULL, NULL };
}

/* Shared memory without a file has a name of the kernel's (/dev/zero) that perf knows. */
static bool map_for_perf(struct buffer *buffer)
{
    void *rw = mmap(NULL, XLAT_BUFFER, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    void *rx = rw == MAP_FAILED ? MAP_FAILED : mremap(rw, 0, XLAT_BUFFER, MREMAP_MAYMOVE);

    buffer->rw = rw == MAP_FAILED ? NULL : rw;
    buffer->rx = rx == MAP_FAILED ? NULL : rx;
    if (buffer->rx && !mprotect(rx, XLAT_BUFFER, PROT_READ | PROT_EXEC))
        return true;
    unmap_buffer(buffer);
    return false;
}

static bool map_buffer(struct buffer *buffer)
{
    int fd = memfd_create("bygone-code", MFD_CLOEXEC);

    if (fd < 0 || ftruncate(fd, XLAT_BUFFER) < 0) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    buffer->rw = mmap(NULL, XLAT_BUFFER, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    buffer->rx = mmap(NULL, XLAT_BUFFER, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    close(fd);
    if (buffer->rw == MAP_FAILED)
        buffer->rw = NULL;
    if (buffer->rx == MAP_FAILED)
        buffer->rx = NULL;
    if (buffer->rw && buffer->rx)
        return true;
    unmap_buffer(buffer);
    return false;
}

static bool take_buffer(struct xlat *t)
{
    struct buffer taken = { NULL, NULL };

    for (unsigned i = 0; i < SPARES && !taken.rw; i++) {
        taken = spares[i];
        spares[i] = (struct buffer){ NULL, NULL };
    }
    if (!taken.rw && !map_buffer(&taken))
        return false;
    t->rw = taken.rw;
    t->rx = taken.rx;
    return true;
}

static void give_buffer(struct xlat *t)
{
    struct buffer given = { t->rw, t->rx };

    for (unsigned i = 0; i < SPARES && given.rw; i++) {
        if (!spares[i].rw) {
            spares[i] = given;
            return;
        }
    }
    unmap_buffer(&given);
}

void xlat_open(bool for_perf)
{
    const char *why_not;

    for (unsigned i = 0; i < SPARES && xlat_possible(&why_not); i++)
        if (!spares[i].rw && (!for_perf || !map_for_perf(&spares[i])))
            map_buffer(&spares[i]);
}

struct xlat *xlat_new(struct interp *c)
{
    struct xlat *t = calloc(1, sizeof(*t));
    size_t targets = XLAT_MODES * sizeof(t->targets[0]);

    if (!t)
        return NULL;
    t->c = c;
    t->heat = XLAT_HEAT;
    t->log = xlat_log_new();
    t->no_bmi2 = !xlat_has_bmi2();
    t->targets = mmap(NULL, targets, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (t->targets == MAP_FAILED)
        t->targets = NULL;
    if (!t->targets || !take_buffer(t) || !xlat_tables_new(t) || !xlat_windows_new(t) ||
        !xlat_watch(t)) {
        xlat_free(t);
        return NULL;
    }
    xlat_emit_ways(t);
    return t;
}

void xlat_free(struct xlat *t)
{
    if (!t)
        return;
    xlat_unwatch(t);
    xlat_alarm_free(t);
    for (size_t n = 0; n < t->code_count; n++)
        free(t->codes[n].code);
    free(t->codes);
    if (t->targets)
        munmap(t->targets, XLAT_MODES * sizeof(t->targets[0]));
    give_buffer(t);
    xlat_tables_free(t);
    xlat_windows_free(t);
    xlat_log_free(t->log);
    free(t);
}
