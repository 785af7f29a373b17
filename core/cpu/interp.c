/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interpreter's run loop and its face to the machine.
 *
 * Blocks of decoded instructions (code.c) are run one after the other as long as nothing happens;
 * c->events says that something did, and service() looks at it between two instructions in the
 * order of SDM volume 3, table 6-2.  Single-stepping, breakpoints, RF and interrupt shadows are
 * done by running one instruction at a time.
 *
 * Not modelled: SMM, machine checks, prefetch queue (a store to the very next instruction is seen).
 */

#include <stdlib.h>
#include <string.h>

#include "core/cpu/access.h"
#include "core/cpu/code.h"
#include "core/cpu/flags.h"
#include "core/cpu/fpu.h"
#include "core/memory.h"

enum { DR6_BS = 1 << 14 };

/* All bits of EFLAGS that a Pentium II has. */
enum { FL_ALL = 0x003f7fd7 };

static inline void notify(struct interp *c, uint32_t bits)
{
    atomic_fetch_or(&c->events, bits);
}

/* ---- running blocks ---- */

/* Runs a block, and all that it goes to without coming back here. */
static void run_block(struct interp *c, struct block *b)
{
    block_begin(c, b, c->x.eip);
    b->insn[0].go(c, b->insn);
    c->x.eip = c->next_eip;
}

/* Runs while nothing happens and the budget lasts. */
static void run_blocks(struct interp *c)
{
    struct block *b = NULL;

    do {
        b = code_find(c, b);
        if (c->budget < b->count) {
            code_limit(c, b, (unsigned)c->budget);
            run_block(c, b);
            code_unlimit(c);
        } else {
            run_block(c, b);
        }
        b = c->block;
        c->block = NULL;
    } while (c->budget > 0 && !atomic_load_explicit(&c->events, memory_order_relaxed));
    c->link = NULL;
}

/* After a longjmp: the instruction at c->current did not happen. */
static void unwind(struct interp *c)
{
    xlat_fpu_back(c);
    code_unlimit(c);
    if (c->block) {
        c->x.eip = c->block_eip + c->current->offset;
        c->budget += c->block->count - (c->current - c->block->insn);
        c->block = NULL;
    }
    c->link = NULL;
    c->budget += c->budget_rest;
    c->budget_rest = 0;
    notify(c, EV_CHECK);
}

/* ---- one instruction at a time ---- */

static bool must_step(const struct interp *c)
{
    return (c->x.eflags & (FL_TF | FL_RF)) || c->dr7_armed || c->x.shadow_sti || c->x.shadow_ss;
}

/* INT n and its like clear TF before they would trap. */
static bool is_soft_int(const struct insn *i)
{
    return !(i->flags & INSN_0F) && ((i->opcode >= 0xcc && i->opcode <= 0xce) || i->opcode == 0xf1);
}

static void step(struct interp *c)
{
    bool trap = c->x.eflags & FL_TF;
    struct block *b;

    if (c->dr7_armed && !(c->x.eflags & FL_RF)) {
        uint32_t found = cpu_debug_code(c, c->x.seg[S_CS].base + c->x.eip);

        if (found)
            cpu_raise_debug(c, found);
    }
    notify(c, EV_CHECK);
    c->x.shadow_sti = 0;
    c->x.shadow_ss = 0;
    b = code_find(c, NULL);
    c->x.eflags &= ~(uint32_t)FL_RF;
    if (is_soft_int(&b->insn[0]))
        trap = false;
    c->budget_rest = c->budget - 1;
    c->budget = 1;
    if (b->count > 1)
        code_limit(c, b, 1);
    run_block(c, b);
    code_unlimit(c);
    c->budget += c->budget_rest;
    c->budget_rest = 0;
    c->block = NULL;
    c->link = NULL;
    if (trap && !c->x.shadow_ss)
        c->db_pending |= DR6_BS;
}

/* ---- between instructions ---- */

static void replace_state(struct interp *c);

/* A delivery counts as an instruction, so that a guest whose handlers fault or are interrupted for
 * ever still uses up its budget. */
static void count_delivery(struct interp *c)
{
    c->x.halted = 0;
    c->budget--;
}

/* Delivers the exception in x. */
static bool deliver(struct interp *c)
{
    count_delivery(c);
    c->x.shadow_sti = 0;
    c->x.shadow_ss = 0;
    return cpu_deliver_exception(c);
}

static void pend_debug_trap(struct interp *c)
{
    c->x.exception_pending = 1;
    c->x.exception_vector = EXC_DB;
    c->x.exception_has_code = 0;
    c->x.exception_payload = c->db_pending;
    c->db_pending = 0;
}

/* Takes the most urgent interrupt, if one may be taken now; true: taken. */
static bool take_interrupt(struct interp *c)
{
    struct x86_state *x = &c->x;
    unsigned vector;

    if (x->nmi_pending && !x->nmi_blocked) {
        x->nmi_pending = 0;
        x->nmi_blocked = 1;
        vector = EXC_NMI;
    } else {
        if (!x->intr_pending) {
            if (!c->intr_pin || !(x->eflags & FL_IF))
                return false;
            x->intr_vector = c->cpu.host.intack(c->cpu.host.ctx);
        }
        vector = x->intr_vector;
        x->intr_pending = 0;
    }
    count_delivery(c);
    cpu_interrupt(c, vector, INTR_EXTERNAL, false, 0, x->eip);
    return true;
}

/* What happened; true: leave cpu_run() for the reason in *why. */
static bool service(struct interp *c, enum cpu_exit *why)
{
    bool shadow;

    /* EV_KICK stays until it is obeyed: delivering may not return. */
    atomic_fetch_and(&c->events, EV_KICK);
    if (c->replacement)
        replace_state(c);
    if (c->x.exception_pending && !deliver(c)) {
        *why = CPU_EXIT_SHUTDOWN;
        return true;
    }
    shadow = c->x.shadow_sti || c->x.shadow_ss;
    if (c->db_pending && !c->x.shadow_ss) {
        pend_debug_trap(c);
        if (!deliver(c)) {
            *why = CPU_EXIT_SHUTDOWN;
            return true;
        }
    } else if (!shadow) {
        take_interrupt(c);
    }
    if (atomic_fetch_and(&c->events, ~(uint32_t)EV_KICK) & EV_KICK) {
        *why = CPU_EXIT_KICK;
        return true;
    }
    if (c->x.halted) {
        *why = CPU_EXIT_HALT;
        return true;
    }
    return false;
}

static enum cpu_exit run_loop(struct interp *c)
{
    enum cpu_exit why = CPU_EXIT_BUDGET;
    jmp_buf escape;

    c->escape = &escape;
    if (setjmp(escape))
        unwind(c);
    for (;;) {
        bool events = atomic_load_explicit(&c->events, memory_order_relaxed);

        if (events && service(c, &why))
            break;
        if (c->budget <= 0) {
            why = CPU_EXIT_BUDGET;
            break;
        }
        if (events)
            continue;
        if (must_step(c))
            step(c);
        else if (c->xl.xlat)
            xlat_run_blocks(c);
        else
            run_blocks(c);
    }
    c->escape = NULL;
    return why;
}

/* ---- struct cpu_ops ---- */

static struct interp *interp_of(struct cpu *cpu)
{
    return (struct interp *)cpu;
}

static enum cpu_exit interp_run(struct cpu *cpu, const struct cpu_slice *slice)
{
    struct interp *c = interp_of(cpu);
    uint64_t insns = slice->insns > INT64_MAX ? INT64_MAX : slice->insns;
    enum cpu_exit why;

    c->icount_end += insns - (uint64_t)c->budget;
    c->budget = (int64_t)insns;
    notify(c, EV_CHECK);
    xlat_alarm(c, slice->host_ns);
    why = run_loop(c);
    xlat_alarm_off(c);
    fpu_leave(c);
    return why;
}

static void interp_kick(struct cpu *cpu)
{
    struct interp *c = interp_of(cpu);

    notify(c, EV_KICK);
    xlat_kick(c);
}

static void interp_set_intr(struct cpu *cpu, bool level)
{
    struct interp *c = interp_of(cpu);

    c->intr_pin = level;
    if (level)
        notify(c, EV_INTR);
}

static void interp_raise_nmi(struct cpu *cpu)
{
    struct interp *c = interp_of(cpu);

    c->x.nmi_pending = 1;
    notify(c, EV_NMI);
}

static void interp_set_ignne(struct cpu *cpu, bool level)
{
    interp_of(cpu)->x.ignne = level;
}

static void interp_get(struct cpu *cpu, struct x86_state *state)
{
    struct interp *c = interp_of(cpu);

    fpu_leave(c);
    if (c->replacement) {
        *state = *c->replacement;
        return;
    }
    *state = c->x;
    state->eflags = cpu_flags(c);
    if (c->block)
        state->eip = c->block_eip + c->current->offset;
}

/* A saved state may hold anything: no bit of it may do harm. */
static void normalise(struct x86_state *x)
{
    uint8_t *const bits[] = { &x->exception_pending,
                              &x->exception_has_code,
                              &x->intr_pending,
                              &x->nmi_pending,
                              &x->nmi_blocked,
                              &x->shadow_sti,
                              &x->shadow_ss,
                              &x->halted,
                              &x->ferr,
                              &x->ignne };

    for (unsigned n = 0; n < sizeof(bits) / sizeof(bits[0]); n++)
        *bits[n] = *bits[n] != 0;
    x->eflags = (x->eflags & FL_ALL) | FL_ONE;
    x->gdtr.pad = 0;
    x->idtr.pad = 0;
    x->exception_vector &= 31;
}

static void adopt(struct interp *c, const struct x86_state *state)
{
    fpu_leave(c);
    c->x = *state;
    normalise(&c->x);
    flags_load(c, c->x.eflags);
    c->next_eip = c->x.eip;
    c->db_pending = 0;
    cpu_update_mode(c);
    cpu_debug_update(c); /* flushes the TLB */
    code_flush(c);
    notify(c, EV_CHECK);
}

static void replace_state(struct interp *c)
{
    adopt(c, c->replacement);
    free(c->replacement);
    c->replacement = NULL;
}

static bool interp_set(struct cpu *cpu, const struct x86_state *state, struct error *err)
{
    struct interp *c = interp_of(cpu);

    if (!c->escape) {
        adopt(c, state);
        return true;
    }
    /* Called by a device in the middle of an instruction: let that one finish. */
    if (!c->replacement)
        c->replacement = malloc(sizeof(*c->replacement));
    if (!c->replacement)
        return error_set(err, "cpu: out of memory");
    *c->replacement = *state;
    code_stop(c);
    notify(c, EV_CHECK);
    return true;
}

static void interp_remapped(struct cpu *cpu)
{
    struct interp *c = interp_of(cpu);

    tlb_flush(c, true);
    xlat_remapped(c);
    code_remapped(c);
}

static void interp_ram_written(struct cpu *cpu, uint32_t phys, uint32_t len)
{
    code_written(interp_of(cpu), phys, len);
}

static uint64_t interp_icount(struct cpu *cpu)
{
    struct interp *c = interp_of(cpu);

    int64_t left = c->budget + c->budget_rest;

    if (c->block)
        left += c->block->count - (c->current - c->block->insn);
    return c->icount_end - (uint64_t)left;
}

static void interp_paging(struct cpu *cpu, struct cpu_paging *paging)
{
    const struct interp *c = interp_of(cpu);

    *paging = (struct cpu_paging){ c->x.cr0, c->x.cr3, c->x.cr4, c->cpl == 3 };
}

static void interp_destroy(struct cpu *cpu)
{
    struct interp *c = interp_of(cpu);

    if (!c)
        return;
    fpu_leave(c);
    xlat_free(c->xl.xlat);
    c->xl.xlat = NULL;
    code_free(c, c->code);
    free(c->replacement);
    free(c);
}

static struct cpu *create(enum x86_model model, const struct cpu_host *host,
                          const struct cpu_ops *ops, struct error *err)
{
    struct interp *c = aligned_alloc(64, (sizeof(*c) + 63) & ~(size_t)63);
    struct x86_state state;

    if (!c) {
        error_set(err, "cpu: out of memory");
        return NULL;
    }
    memset(c, 0, sizeof(*c));
    c->cpu = (struct cpu){ .ops = ops, .model = model, .host = *host };
    c->code = code_new(c);
    if (!c->code) {
        error_set(err, "cpu: out of memory");
        free(c);
        return NULL;
    }
    memset(&state, 0, sizeof(state));
    x86_reset(&state, model, false);
    adopt(c, &state);
    return &c->cpu;
}

static struct cpu *interp_create(enum x86_model model, const struct cpu_host *host,
                                 struct error *err)
{
    return create(model, host, &interp_ops, err);
}

static struct cpu *translate_create(enum x86_model model, const struct cpu_host *host,
                                    struct error *err)
{
    const char *why_not;
    struct cpu *cpu;

    if (!xlat_possible(&why_not)) {
        error_set(err, "translator: %s", why_not);
        return NULL;
    }
    cpu = create(model, host, &translate_ops, err);
    if (!cpu)
        return NULL;
    interp_of(cpu)->xl.xlat = xlat_new(interp_of(cpu));
    if (!interp_of(cpu)->xl.xlat) {
        interp_destroy(cpu);
        error_set(err, "translator: the host gave no memory for code");
        return NULL;
    }
    return cpu;
}

void translate_open(bool for_perf)
{
    xlat_open(for_perf);
}

/* What both engines that are made of this file share */
#define OWN_OPS                                                                                    \
    .counts = true, .destroy = interp_destroy, .run = interp_run, .kick = interp_kick,             \
    .set_intr = interp_set_intr, .raise_nmi = interp_raise_nmi, .set_ignne = interp_set_ignne,     \
    .get = interp_get, .set = interp_set, .remapped = interp_remapped,                             \
    .ram_written = interp_ram_written, .icount = interp_icount,                                    \
    .in_registers = interp_in_registers, .set_in_registers = interp_set_in_registers,              \
    .paging = interp_paging

const struct cpu_ops translate_ops = {
    .name = "translate",
    .create = translate_create,
    OWN_OPS,
};

const struct cpu_ops interp_ops = {
    .name = "interpret",
    .create = interp_create,
    OWN_OPS,
};
