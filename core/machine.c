/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine thread: a turn fires what is due on the virtual clock, then lets the CPU run a slice.
 * Everything else that happens comes as a posted function between two turns.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/cpu/x86_fields.h"
#include "core/machine.h"
#include "core/pace.h"
#include "core/speed.h"
#include "core/state.h"
#include "devices/interrupt/i8259.h"

enum {
    MIN_INSNS = 2000,      /* what the guest gets between two deadlines, DESIGN.md section 3 */
    SLICE_INSNS = 50000,   /* longest slice of a counting engine */
    SLICE_MOST = 2000000,  /* of one that is fast */
    SLICE_NS = 1000000,    /* longest slice of one that does not count */
    MIN_SLICE_NS = 200000, /* shortest */
    MIN_ALARM_NS = 10000,  /* the same for an engine that counts but looks at the clock, too */
    BURST_INSNS = 30000,   /* for a guest that works on video memory */
    RESCUE_INSNS = 4096,   /* one burst of the rescue engine */
    RESCUE_RUN = 64,       /* so many bursts in a row: with a rescue engine, stay there */
    LATE_INSNS = 4096,     /* one burst for an interrupt that is not taken */
    LATE_NS = 1000000,     /* host time that INTR stands before that */
    LATE_MOST_NS = 100000000,
};
#define MAX_STEP_NS 5000000u   /* the clock never steps further without the guest having run */
#define MAX_LAG_NS  100000000u /* more is dropped */
#define LAST_NS     50000000u  /* more than a UART's FIFO takes at 4,800 baud */
#define SLOW_NS     50u        /* slow engines: no more virtual time than this per instruction */
#define SLOW_MIPS   20.0       /* the same as a speed */

struct event {
    struct event *next;
    void (*fn)(void *arg);
    void *arg;
};

struct machine {
    struct machine_config config;
    struct pc *pc;
    struct cpu *cpu;   /* the one that runs now */
    struct cpu *spare; /* the other engine, kept for the next exchange */
    struct board_hooks hooks;
    enum machine_status status;
    char why[256];
    bool want_idle; /* the guest asked to sleep: a device's word, until the end of the slice */
    struct media_failure failure; /* of MACHINE_IO_ERROR */
    bool quit, want_init, want_reset, host_reset, intr, ignne, ferr;
    int exit_code;

    /* Drive of the clock: virtual time is base_v at host time base_host and instruction
     * base_insns. */
    uint64_t base_v, base_host, base_insns;
    uint64_t insns_done; /* by engines that are gone */
    uint64_t since_fire; /* instructions since a deadline was fired */
    uint64_t dropped, rescues, rescue_insns;
    uint64_t last_now; /* virtual time the guest last ran at */
    struct pace pace;  /* of a limited speed, in paced time */
    unsigned failures_in_a_row;
    uint64_t intr_since; /* host time INTR has been standing since */
    uint64_t late_ns;    /* how long it may, see late_interrupt() */
    uint64_t acknowledged;
    double mips;

    pthread_mutex_t lock; /* of the two below */
    struct event *first, **last;
    int wake_fd;
};

static uint64_t host_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Time that others had on a busy host is no work of the guest's. */
static uint64_t thread_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t insns_now(struct machine *m)
{
    return m->insns_done + m->cpu->ops->icount(m->cpu);
}

static bool counts(const struct machine *m)
{
    return m->cpu->ops->counts;
}

/* ---- virtual time ---- */

static uint64_t speed(const struct machine *m)
{
    return m->pc->board->speed;
}

/* In real time, but counted out by instructions (pace.h). */
static bool metered(const struct machine *m)
{
    return m->config.time == TIME_PACED && speed(m) && counts(m);
}

/* Does the engine do less than the guest is to have at least?  Then the clock waits for it. */
static bool slow(const struct machine *m)
{
    return m->config.mips > 0 && m->config.mips < SLOW_MIPS;
}

/* Million instructions of a slow engine that a second of the guest's time takes. */
static double least_mips(const struct machine *m)
{
    return speed(m) && speed(m) < SLOW_MIPS * SPEED_UNIT ? (double)speed(m) / SPEED_UNIT
                                                         : SLOW_MIPS;
}

/* Virtual time of what was executed since the base. */
static uint64_t insns_time(struct machine *m)
{
    uint64_t insns = insns_now(m) - m->base_insns;

    return speed(m) ? speed_to_ns(speed(m), insns) : insns * m->config.ns_per_insn;
}

static uint64_t fine_time(void *ctx)
{
    struct machine *m = ctx;
    uint64_t passed;

    if (m->status != MACHINE_RUNNING)
        return m->base_v;
    if (m->config.time == TIME_COUNTED || metered(m))
        return m->base_v + insns_time(m);
    passed = host_now() - m->base_host;
    if (slow(m)) {
        /* A slow engine: the clock must not run ahead of the instructions. */
        uint64_t most = counts(m) ? (insns_now(m) - m->base_insns) * SLOW_NS
                                  : (uint64_t)((double)passed * m->config.mips / least_mips(m));

        passed = passed < most ? passed : most;
    }
    return m->base_v + passed;
}

/* Metered: where virtual time would be by the host's clock. */
static uint64_t host_time(const struct machine *m)
{
    return m->base_v + (host_now() - m->base_host) - (uint64_t)m->pace.lead;
}

/* Virtual time goes on from `v` at this moment. */
static void rebase(struct machine *m, uint64_t v)
{
    m->base_v = v;
    m->base_host = host_now();
    m->base_insns = insns_now(m);
}

static void slice_cut(void *ctx)
{
    struct machine *m = ctx;

    m->cpu->ops->kick(m->cpu);
}

/* Fires what is due; returns the virtual time of the next deadline. */
static uint64_t pass_time(struct machine *m, uint64_t limit)
{
    struct vclock *clock = m->pc->board->clock;
    uint64_t target = fine_time(m);
    uint64_t now = vclock_now(clock);

    if (m->config.time == TIME_PACED) {
        if (metered(m))
            target = pace_meter(&m->pace, target, (int64_t)(host_time(m) - target));
        if (target > now + MAX_LAG_NS) {
            m->dropped += target - now - MAX_LAG_NS;
            target = now + MAX_LAG_NS;
        }
        rebase(m, target);
        if (target > m->last_now + MAX_STEP_NS && target > now)
            target = now > m->last_now + MAX_STEP_NS ? now : m->last_now + MAX_STEP_NS;
    }
    if (target > limit)
        target = limit;
    if (vclock_next(clock) > target) {
        vclock_advance(clock, target);
    } else if (m->since_fire >= MIN_INSNS || m->config.time == TIME_COUNTED ||
               (metered(m) && !m->pace.behind)) {
        vclock_step(clock, target);
        m->since_fire = 0;
    }
    return vclock_next(clock);
}

/* ---- events from other threads ---- */

void machine_post(struct machine *m, void (*fn)(void *arg), void *arg)
{
    struct event *e = malloc(sizeof(*e));
    uint64_t one = 1;
    ssize_t ignored;

    assert(e);
    *e = (struct event){ NULL, fn, arg };
    pthread_mutex_lock(&m->lock);
    *m->last = e;
    m->last = &e->next;
    m->cpu->ops->kick(m->cpu);
    pthread_mutex_unlock(&m->lock);
    ignored = write(m->wake_fd, &one, sizeof(one));
    (void)ignored;
}

static void run_events(struct machine *m)
{
    struct event *e;

    pthread_mutex_lock(&m->lock);
    e = m->first;
    m->first = NULL;
    m->last = &m->first;
    pthread_mutex_unlock(&m->lock);
    while (e) {
        struct event *next = e->next;

        e->fn(e->arg);
        free(e);
        e = next;
    }
}

/* Sleeps until an event or for ns (VCLOCK_NEVER: until an event). */
static void sleep_for(struct machine *m, uint64_t ns)
{
    struct pollfd pfd = { .fd = m->wake_fd, .events = POLLIN };
    struct timespec ts = { .tv_sec = (time_t)(ns / 1000000000u),
                           .tv_nsec = (long)(ns % 1000000000u) };
    uint64_t count;

    if (ppoll(&pfd, 1, ns == VCLOCK_NEVER ? NULL : &ts, NULL) > 0) {
        ssize_t ignored = read(m->wake_fd, &count, sizeof(count));

        (void)ignored;
    }
}

/* ---- the CPU's turn ---- */

static void set_status(struct machine *m, enum machine_status status, const char *why)
{
    uint64_t v = vclock_now(m->pc->board->clock); /* as the old status counts it */

    if (m->status == status)
        return;
    m->status = status;
    snprintf(m->why, sizeof(m->why), "%s", why ? why : "");
    rebase(m, v);
    m->last_now = v;
    m->pace = (struct pace){ 0 };
    if (m->config.events.status)
        m->config.events.status(m->config.events.ctx, status, m->why);
}

static void apply_pins(struct machine *m)
{
    if (m->want_reset) {
        bool by_guest = !m->host_reset;

        m->want_reset = m->want_init = m->host_reset = false;
        board_reset(m->pc->board, RESET_HARD);
        pc_fill_cmos(m->pc, &m->config.pc);
        cpu_reset(m->cpu, false);
        if (m->config.events.reset)
            m->config.events.reset(m->config.events.ctx, by_guest);
        if (m->status == MACHINE_FAILED) /* as after power-on: it may go on */
            set_status(m, MACHINE_PAUSED, NULL);
    }
    if (m->want_init) {
        m->want_init = false;
        cpu_reset(m->cpu, true);
    }
}

static struct cpu *new_cpu(struct machine *m, const struct cpu_ops *ops, struct error *err);
static void hook_log(void *ctx, const char *text);

/* Moves the whole state into another engine; the one it leaves is kept for the way back. */
static bool change_engine(struct machine *m, const struct cpu_ops *ops, struct error *err)
{
    struct cpu *old = m->cpu, *fresh = m->spare;
    uint64_t v = fine_time(m);
    struct x86_state x;

    old->ops->get(old, &x);
    if (!fresh || fresh->ops != ops)
        fresh = new_cpu(m, ops, err);
    if (!fresh)
        return false;
    fresh->ops->remapped(fresh);
    if (!fresh->ops->set(fresh, &x, err)) {
        if (fresh != m->spare)
            fresh->ops->destroy(fresh);
        return false;
    }
    if (m->spare && m->spare != fresh)
        m->spare->ops->destroy(m->spare);
    m->spare = old;
    m->insns_done += old->ops->icount(old) - fresh->ops->icount(fresh);
    pthread_mutex_lock(&m->lock);
    m->cpu = fresh;
    pthread_mutex_unlock(&m->lock);
    fresh->ops->set_intr(fresh, m->intr);
    fresh->ops->set_ignne(fresh, m->ignne);
    if (m->config.time == TIME_PACED) { /* each engine has its way to tell the time */
        rebase(m, v);
        m->pace.lead = 0;
    }
    return true;
}

/* So many instructions by the rescue engine on the CPU's state, then back.  False: there is none.
 */
static bool burst(struct machine *m, uint64_t insns)
{
    const struct cpu_ops *first = m->cpu->ops;
    struct cpu_slice slice = { insns, SLICE_NS };
    struct error err;
    uint64_t before;

    if (!m->config.rescue || m->config.rescue == first || !change_engine(m, m->config.rescue, &err))
        return false;
    m->rescues++;
    before = insns_now(m);
    m->cpu->ops->run(m->cpu, &slice);
    before = insns_now(m) - before;
    m->rescue_insns += before;
    if (speed(m))
        m->pace.owed += speed_to_ns(speed(m), before);
    if (!change_engine(m, first, &err)) /* stays with the rescue engine */
        m->config.mips = 0;
    return true;
}

/* The engine could not go on.  It may try again after a burst; if it fails on and on, it is left.
 */
static bool rescue(struct machine *m)
{
    struct error err;

    if (++m->failures_in_a_row <= RESCUE_RUN || !m->config.rescue_may_stay)
        return burst(m, RESCUE_INSNS);
    if (!m->config.rescue ||
        !change_engine(m, m->config.stay ? m->config.stay : m->config.rescue, &err))
        return false;
    m->config.mips = 0;
    hook_log(m, "KVM cannot run this guest here; going on with the own engine");
    return true;
}

static void cpu_stopped(struct machine *m, enum cpu_exit why)
{
    if (why == CPU_EXIT_SHUTDOWN) { /* a triple fault pulls INIT# through the chipset */
        m->want_init = true;
    } else if (why == CPU_EXIT_FAILED) {
        if (!rescue(m))
            set_status(m, MACHINE_FAILED, "the CPU engine cannot run the guest's code");
    } else if (why == CPU_EXIT_BURST) {
        if (m->config.bursts)
            burst(m, BURST_INSNS);
    } else {
        m->failures_in_a_row = 0;
    }
}

/*
 * A KVM that emulates the guest's code (nested, without VMX) may look at the interrupt window only
 * now and then, and miss the short ones between STI and CLI for seconds.  So an interrupt that
 * stands too long gets a burst on the other engine, which misses none.  A guest that keeps IF
 * clear for long makes these rare: each burst in vain doubles the time until the next.
 */
static void late_interrupt(struct machine *m)
{
    uint64_t before = m->acknowledged, host;

    if (counts(m) || !m->intr || !m->config.bursts || m->status != MACHINE_RUNNING)
        return;
    host = host_now();
    if (host - m->intr_since < m->late_ns || !burst(m, LATE_INSNS))
        return;
    if (m->acknowledged != before) {
        m->late_ns = LATE_NS;
    } else if (m->late_ns < LATE_MOST_NS) {
        m->late_ns *= 2;
        m->intr_since = host;
    }
}

/* An engine that counts looks at no clock meanwhile: as many instructions as it does in SLICE_NS.
 */
static uint64_t longest_slice(const struct machine *m)
{
    double insns = m->mips * (SLICE_NS / 1000.0);

    if (m->config.time == TIME_COUNTED || speed(m) || insns < SLICE_INSNS)
        return SLICE_INSNS;
    return insns < SLICE_MOST ? (uint64_t)insns : SLICE_MOST;
}

static struct cpu_slice next_slice(const struct machine *m, uint64_t now, uint64_t deadline)
{
    uint64_t longest = longest_slice(m);
    struct cpu_slice slice = { longest, SLICE_NS };
    uint64_t ns = deadline > now ? deadline - now : 0;

    if (m->config.time == TIME_COUNTED) {
        uint64_t insns = speed(m) ? speed_to_insns(speed(m), ns)
                                  : (ns + m->config.ns_per_insn - 1) / m->config.ns_per_insn;

        slice.insns = insns < SLICE_INSNS ? insns : SLICE_INSNS;
        slice.insns = slice.insns ? slice.insns : 1;
        return slice;
    }
    if (metered(m)) {
        uint64_t insns = speed_to_insns(speed(m), ns < PACE_SLICE_NS ? ns : PACE_SLICE_NS);
        uint64_t least = m->pace.behind ? MIN_INSNS : 1;

        slice.insns = insns < least ? least : insns < SLICE_INSNS ? insns : SLICE_INSNS;
        return slice;
    }
    if (ns < SLICE_NS) {
        uint64_t insns = (uint64_t)((double)ns * (m->mips > 1 ? m->mips : 1) / 1000.0);

        slice.insns = insns < MIN_INSNS ? MIN_INSNS : insns < longest ? insns : longest;
        slice.host_ns = counts(m) ? MIN_ALARM_NS : MIN_SLICE_NS;
        slice.host_ns = ns < slice.host_ns ? slice.host_ns : ns;
        if (!ns && counts(m) && m->since_fire < MIN_INSNS) {
            /* What is due waits for the rest of these, however long they take. */
            slice.insns = MIN_INSNS - m->since_fire;
            slice.host_ns = SLICE_NS;
        }
    }
    if (speed(m)) {
        uint64_t most = pace_slice(speed(m), m->config.mips);

        slice.host_ns = slice.host_ns < most ? slice.host_ns : most;
    }
    return slice;
}

/* Before more is executed: a guest that is ahead of its time, or was faster than it may be, waits.
 * True: it did. */
static bool rest(struct machine *m, uint64_t deadline)
{
    uint64_t now = vclock_now(m->pc->board->clock), before, slept, ns = m->pace.owed;

    if (!speed(m) || m->config.time == TIME_COUNTED)
        return false;
    if (metered(m)) {
        if (m->pace.lead < PACE_REST_NS)
            return false;
        sleep_for(m, (uint64_t)m->pace.lead);
        return true;
    }
    if (ns < PACE_REST_NS)
        return false;
    if (ns > SLICE_NS)
        ns = SLICE_NS;
    if (deadline > now && deadline - now < ns)
        ns = deadline - now;
    before = host_now();
    sleep_for(m, ns);
    slept = host_now() - before;
    pace_rested(&m->pace, slept);
    m->since_fire += slept / 100; /* as run_cpu() counts it */
    m->intr_since += slept;       /* nobody could take it */
    m->last_now = vclock_now(m->pc->board->clock);
    return true;
}

/* After a slice on an engine that does not count; ns: all of it. */
static void slice_worked(struct machine *m, uint64_t ns)
{
    uint64_t cost = (uint64_t)m->config.slice_ns;

    pace_worked(&m->pace, speed(m), m->config.mips, ns > cost ? ns - cost : 0);
}

static void run_cpu(struct machine *m, uint64_t deadline, uint64_t *halted)
{
    struct vclock *clock = m->pc->board->clock;
    struct cpu_slice slice = next_slice(m, vclock_now(clock), deadline);
    uint64_t insns = insns_now(m), host = host_now(), ran;
    uint64_t worked = speed(m) && !counts(m) ? thread_now() : 0;
    enum cpu_exit why = m->cpu->ops->run(m->cpu, &slice);

    if (speed(m) && !counts(m))
        slice_worked(m, thread_now() - worked);
    ran = insns_now(m) - insns;
    host = host_now() - host;
    if (ran > MIN_INSNS && host)
        m->mips = m->mips * 0.9 + 0.1 * (double)ran * 1000.0 / (double)host;
    m->since_fire += counts(m) ? ran : host / 100; /* 200 us for 2,000 */
    m->last_now = vclock_now(clock);
    *halted = why == CPU_EXIT_HALT;
    cpu_stopped(m, why);
    late_interrupt(m);
}

/* Time goes on by the host's clock while nothing is executed. */
static void idle_metered(struct machine *m, uint64_t deadline)
{
    uint64_t host = host_time(m), v = fine_time(m);

    if (deadline > host)
        sleep_for(m, deadline == VCLOCK_NEVER ? VCLOCK_NEVER : deadline - host);
    host = host_time(m);
    v = host > v ? host : v;
    rebase(m, v);
    m->pace.lead = (int64_t)(v - host);
    m->last_now = v < deadline ? v : deadline;
}

/* Halted: nothing happens before the next deadline or an event. */
static void idle(struct machine *m, uint64_t deadline, uint64_t limit)
{
    uint64_t v, before = host_now();

    m->since_fire = MIN_INSNS;
    if (deadline > limit)
        deadline = limit;
    if (m->config.time == TIME_COUNTED) {
        if (deadline == VCLOCK_NEVER)
            sleep_for(m, VCLOCK_NEVER);
        else
            rebase(m, deadline > m->base_v ? deadline : m->base_v);
        return;
    }
    if (metered(m)) {
        idle_metered(m, deadline);
        return;
    }
    v = fine_time(m);
    /* A halted CPU executes nothing, so a slow engine's clock follows the host meanwhile. */
    if (deadline > v)
        sleep_for(m, deadline == VCLOCK_NEVER ? VCLOCK_NEVER : deadline - v);
    pace_rested(&m->pace, host_now() - before);
    if (slow(m)) {
        uint64_t slept = host_now() - m->base_host;

        rebase(m, m->base_v + slept);
    }
    v = fine_time(m);
    m->last_now = v < deadline ? v : deadline;
}

static void turn(struct machine *m, uint64_t limit)
{
    uint64_t deadline, halted = 0;

    apply_pins(m);
    deadline = pass_time(m, limit);
    if (m->status != MACHINE_RUNNING)
        return;
    if (deadline > limit)
        deadline = limit;
    if (rest(m, deadline))
        return;
    run_cpu(m, deadline, &halted);
    halted |= m->want_idle && !m->intr;
    m->want_idle = false;
    if (halted && m->status == MACHINE_RUNNING && !m->want_init && !m->want_reset)
        idle(m, vclock_next(m->pc->board->clock), limit);
}

int machine_run(struct machine *m)
{
    run_events(m);
    while (!m->quit) {
        if (m->status == MACHINE_RUNNING) {
            turn(m, VCLOCK_NEVER);
        } else {
            apply_pins(m);
            sleep_for(m, VCLOCK_NEVER);
        }
        run_events(m);
    }
    /* The chips finish what the guest gave them before it switched off: characters on a line. */
    if (m->status == MACHINE_SHUTDOWN)
        vclock_advance(m->pc->board->clock, vclock_now(m->pc->board->clock) + LAST_NS);
    return m->exit_code;
}

void machine_run_until(struct machine *m, uint64_t until)
{
    struct vclock *clock = m->pc->board->clock;

    machine_start(m);
    while (!m->quit && m->status == MACHINE_RUNNING && vclock_now(clock) < until) {
        turn(m, until);
        run_events(m);
    }
}

/* ---- what chips and CPU ask of the machine ---- */

static void hook_init(void *ctx)
{
    struct machine *m = ctx;

    m->want_init = true;
    m->cpu->ops->kick(m->cpu);
}

static void hook_reset(void *ctx)
{
    struct machine *m = ctx;

    m->want_reset = true;
    m->cpu->ops->kick(m->cpu);
}

static void hook_power_off(void *ctx, int code)
{
    struct machine *m = ctx;

    m->exit_code = code;
    m->quit = true;
    set_status(m, MACHINE_SHUTDOWN, "the guest switched the machine off");
    m->cpu->ops->kick(m->cpu);
}

static void hook_pause(void *ctx, const char *why)
{
    struct machine *m = ctx;

    set_status(m, MACHINE_IO_ERROR, why);
    m->cpu->ops->kick(m->cpu);
}

static void hook_debug_char(void *ctx, uint16_t port, uint8_t c)
{
    struct machine *m = ctx;

    if (m->config.events.debug_char)
        m->config.events.debug_char(m->config.events.ctx, port, c);
}

static void hook_ignne(void *ctx, bool ignne)
{
    struct machine *m = ctx;

    m->ignne = ignne;
    if (m->cpu)
        m->cpu->ops->set_ignne(m->cpu, ignne);
}

static void hook_intr(void *ctx, bool level)
{
    struct machine *m = ctx;

    if (level && !m->intr)
        m->intr_since = host_now();
    m->intr = level;
    if (m->cpu)
        m->cpu->ops->set_intr(m->cpu, level);
}

static void hook_nmi(void *ctx)
{
    struct machine *m = ctx;

    m->cpu->ops->raise_nmi(m->cpu);
}

static void hook_log(void *ctx, const char *text)
{
    struct machine *m = ctx;

    if (m->config.events.log)
        m->config.events.log(m->config.events.ctx, text);
}

static bool hook_registers(void *ctx, uint32_t gpr[8])
{
    struct machine *m = ctx;

    return m->cpu && m->cpu->ops->in_registers && m->cpu->ops->in_registers(m->cpu, gpr);
}

static void hook_set_registers(void *ctx, const uint32_t gpr[8])
{
    struct machine *m = ctx;

    if (m->cpu && m->cpu->ops->set_in_registers)
        m->cpu->ops->set_in_registers(m->cpu, gpr);
}

static void hook_clock_set(void *ctx, int64_t offset)
{
    struct machine *m = ctx;

    if (m->config.events.clock_set)
        m->config.events.clock_set(m->config.events.ctx, offset);
}

static bool hook_linear(void *ctx, uint32_t linear, bool write, uint32_t *phys)
{
    struct machine *m = ctx;

    return cpu_walk(m->cpu, linear, write, phys);
}

/* The processor stops after this instruction, as if it were halted. */
static void hook_idle(void *ctx)
{
    struct machine *m = ctx;

    m->want_idle = true;
    m->cpu->ops->kick(m->cpu);
}

static uint8_t host_intack(void *ctx)
{
    struct machine *m = ctx;

    m->acknowledged++;
    m->intr_since = host_now();
    return i8259_acknowledge(m->pc->pic);
}

static void host_ferr(void *ctx, bool level)
{
    struct machine *m = ctx;

    m->ferr = level;
    irq_set(&m->pc->ferr, level);
}

static void memory_changed(void *ctx)
{
    struct machine *m = ctx;

    if (m->cpu)
        m->cpu->ops->remapped(m->cpu);
}

static void memory_written(void *ctx, uint32_t phys, uint32_t len)
{
    struct machine *m = ctx;

    if (m->cpu)
        m->cpu->ops->ram_written(m->cpu, phys, len);
}

static void media_failed(void *ctx, const struct media_failure *failure)
{
    struct machine *m = ctx;

    if (m->status != MACHINE_IO_ERROR)
        m->failure = *failure;
    hook_pause(m, failure->why);
}

/* ---- making and ending ---- */

static struct cpu *new_cpu(struct machine *m, const struct cpu_ops *ops, struct error *err)
{
    struct board *board = m->pc->board;
    const struct cpu_host host = { .bus = board->bus,
                                   .memory = board->memory,
                                   .clock = board->clock,
                                   .ctx = m,
                                   .intack = host_intack,
                                   .ferr = host_ferr };

    return ops->create(m->config.pc.cpu, &host, err);
}

struct machine *machine_new(const struct machine_config *config, struct error *err)
{
    struct machine *m = calloc(1, sizeof(*m));

    assert(m);
    m->config = *config;
    if (!m->config.ns_per_insn)
        m->config.ns_per_insn = SLOW_NS;
    m->hooks =
        (struct board_hooks){ hook_init,       hook_reset,     hook_power_off,     hook_pause,
                              hook_debug_char, hook_ignne,     hook_intr,          hook_nmi,
                              hook_log,        hook_registers, hook_set_registers, hook_clock_set,
                              hook_linear,     hook_idle };
    pthread_mutex_init(&m->lock, NULL);
    m->last = &m->first;
    m->late_ns = LATE_NS;
    m->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert(m->wake_fd >= 0);
    m->pc = pc_new(&m->config.pc, &m->hooks, m, config->prepare, config->prepare_ctx, err);
    m->cpu = m->pc ? new_cpu(m, config->engine, err) : NULL;
    if (!m->cpu) {
        machine_free(m);
        return NULL;
    }
    cpu_reset(m->cpu, false);
    m->pc->board->speed = config->speed;
    mem_set_listener(m->pc->board->memory, memory_changed, memory_written, m);
    vclock_set_driver(m->pc->board->clock, fine_time, slice_cut, m);
    media_hub_on_error(m->pc->board->media, media_failed, m);
    memory_changed(m);
    return m;
}

void machine_free(struct machine *m)
{
    struct cpu *cpu;

    if (!m)
        return;
    cpu = m->cpu;
    if (m->pc) {
        vclock_set_driver(m->pc->board->clock, NULL, NULL, NULL);
        mem_set_listener(m->pc->board->memory, NULL, NULL, NULL);
    }
    m->cpu = NULL; /* what chips say while they are freed reaches nobody */
    pc_free(m->pc);
    if (cpu)
        cpu->ops->destroy(cpu);
    if (m->spare)
        m->spare->ops->destroy(m->spare);
    while (m->first) {
        struct event *e = m->first;

        m->first = e->next;
        free(e);
    }
    close(m->wake_fd);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

struct pc *machine_pc(struct machine *m)
{
    return m->pc;
}

struct board *machine_board(struct machine *m)
{
    return m->pc->board;
}

struct cpu *machine_cpu(struct machine *m)
{
    return m->cpu;
}

const char *machine_status_name(enum machine_status status)
{
    static const char *const names[] = { "prelaunch", "running",  "paused",
                                         "io-error",  "shutdown", "internal-error" };

    return names[status];
}

void machine_start(struct machine *m)
{
    if (m->status != MACHINE_SHUTDOWN)
        set_status(m, MACHINE_RUNNING, NULL);
}

void machine_pause(struct machine *m, enum machine_status status, const char *why)
{
    if (m->status != MACHINE_SHUTDOWN)
        set_status(m, status, why);
}

void machine_quit(struct machine *m)
{
    m->quit = true;
}

void machine_reset(struct machine *m)
{
    m->want_reset = m->host_reset = true;
    m->cpu->ops->kick(m->cpu);
}

enum machine_status machine_status(struct machine *m)
{
    return m->status;
}

const char *machine_why(struct machine *m)
{
    return m->why;
}

const struct media_failure *machine_failure(struct machine *m)
{
    return m->status == MACHINE_IO_ERROR ? &m->failure : NULL;
}

bool machine_save(struct machine *m, int fd, struct error *err)
{
    struct x86_state x;
    const struct state_item cpu = { "cpu", X86_STATE_VERSION, x86_fields, &x };

    apply_pins(m);
    m->cpu->ops->get(m->cpu, &x); /* may finish an instruction that talks to a chip */
    media_hub_drain(m->pc->board->media);
    return snapshot_write(fd, m->pc->board, &cpu, 1, err);
}

bool machine_load(struct machine *m, int fd, struct error *err)
{
    struct x86_state x;
    const struct state_item cpu = { "cpu", X86_STATE_VERSION, x86_fields, &x };

    m->cpu->ops->get(m->cpu, &x);
    if (!snapshot_read(fd, m->pc->board, &cpu, 1, err))
        return false;
    if (!m->cpu->ops->set(m->cpu, &x, err)) {
        /* Where the choice is ours, the engine that can go on goes on, and the log says why. */
        if (!m->config.rescue_may_stay || !change_engine(m, m->config.rescue, err) ||
            !m->cpu->ops->set(m->cpu, &x, err))
            return false;
        hook_log(m, err->text);
        m->config.mips = 0;
    }
    m->cpu->ops->remapped(m->cpu);
    m->cpu->ops->set_intr(m->cpu, m->intr);
    m->cpu->ops->set_ignne(m->cpu, m->ignne);
    rebase(m, vclock_now(m->pc->board->clock));
    m->last_now = m->base_v;
    m->pace = (struct pace){ 0 };
    return true;
}

bool machine_set_engine(struct machine *m, const struct cpu_ops *engine, double mips,
                        double slice_ns, struct error *err)
{
    if (m->cpu->ops != engine && !change_engine(m, engine, err))
        return false;
    m->config.mips = mips;
    m->config.slice_ns = slice_ns;
    return true;
}

void machine_set_speed(struct machine *m, uint64_t new_speed)
{
    uint64_t v = fine_time(m);

    m->pc->board->speed = new_speed;
    rebase(m, v);
    m->pace = (struct pace){ 0 };
    m->cpu->ops->kick(m->cpu);
}

uint64_t machine_speed(struct machine *m)
{
    return speed(m);
}

void machine_get_stats(struct machine *m, struct machine_stats *stats)
{
    *stats = (struct machine_stats){
        .virtual_ns = vclock_now(m->pc->board->clock),
        .dropped_ns = m->dropped,
        .insns = insns_now(m),
        .rescues = m->rescues,
        .rescue_insns = m->rescue_insns,
        .mips = m->mips,
        .behind = speed(m) && (m->pace.behind || (!counts(m) && m->config.mips > 0 &&
                                                  m->config.mips * SPEED_UNIT < (double)speed(m)))
    };
}
