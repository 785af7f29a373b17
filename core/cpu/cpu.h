/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_CPU_H
#define CORE_CPU_CPU_H

/*
 * One virtual CPU, whatever engine runs it.  The machine thread owns it; only cpu_kick() may be
 * called from elsewhere.
 *
 * The engine sees the machine through struct cpu_host: ports, memory, interrupt acknowledge, pins.
 * All of these may be called from inside cpu_run().
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/cpu/x86.h"
#include "core/error.h"

struct bus;
struct memory;
struct vclock;
struct cpu;

/* Why cpu_run() came back. */
enum cpu_exit {
    CPU_EXIT_BUDGET,   /* the budget is used up */
    CPU_EXIT_KICK,     /* cpu_kick(), or a device asked for attention */
    CPU_EXIT_HALT,     /* HLT (or the shutdown state) and nothing to wake it */
    CPU_EXIT_SHUTDOWN, /* triple fault: the board turns it into INIT */
    CPU_EXIT_BURST,  /* the guest keeps touching video memory, each time an exit: an engine that has
                        none should take over for a while */
    CPU_EXIT_FAILED, /* the engine cannot go on (KVM emulation failure); cpu_state is complete */
};

struct cpu_host {
    struct bus *bus;       /* ports */
    struct memory *memory; /* guest-physical memory, with the A20 mask for the CPU */
    struct vclock *clock;  /* for the TSC */
    void *ctx;
    uint8_t (*intack)(void *ctx);        /* interrupt acknowledge cycle: the vector */
    void (*ferr)(void *ctx, bool level); /* FERR# pin */
};

/* What one run may use up at most; 0 instructions means: only finish what was begun. */
struct cpu_slice {
    uint64_t insns;   /* engines that count */
    uint64_t host_ns; /* engines that cannot (KVM); the others may end then, too, unless it is 0 */
};

/* What address translation depends on. */
struct cpu_paging {
    uint32_t cr0, cr3, cr4;
    bool user; /* CPL 3 */
};

struct cpu_ops {
    const char *name; /* "interpret", "translate", "kvm" */
    bool counts;      /* icount() works and slices are in instructions */
    struct cpu *(*create)(enum x86_model model, const struct cpu_host *host, struct error *err);
    void (*destroy)(struct cpu *cpu);
    enum cpu_exit (*run)(struct cpu *cpu, const struct cpu_slice *slice);
    /* Makes run() return soon; async-signal-safe, any thread. */
    void (*kick)(struct cpu *cpu);
    /* Level of the INTR pin, from the PIC. */
    void (*set_intr)(struct cpu *cpu, bool level);
    void (*raise_nmi)(struct cpu *cpu);
    void (*set_ignne)(struct cpu *cpu, bool level);
    /* Whole state out and in.  get() first finishes what an exit left unfinished (kvm_quiesce). */
    void (*get)(struct cpu *cpu, struct x86_state *state);
    bool (*set)(struct cpu *cpu, const struct x86_state *state, struct error *err);
    /* The memory map or the A20 mask changed; called before the CPU's next access. */
    void (*remapped)(struct cpu *cpu);
    /* A device wrote guest RAM (DMA): translations or decoded code of that range must go. */
    void (*ram_written)(struct cpu *cpu, uint32_t phys, uint32_t len);
    /* Instructions executed since creation; REP turns count one each.  0 where unknown (KVM).
     * Exact at any call from a device handler. */
    uint64_t (*icount)(struct cpu *cpu);
    /* From inside a port's read handler, while the guest executes IN (not INS): the general
     * registers, out and in; EAX goes to what the handler returns.  False: no IN is executed.  Both
     * NULL: the engine has no such thing. */
    bool (*in_registers)(struct cpu *cpu, uint32_t gpr[8]);
    void (*set_in_registers)(struct cpu *cpu, const uint32_t gpr[8]);
    /* From inside a device handler: what translates linear addresses. */
    void (*paging)(struct cpu *cpu, struct cpu_paging *paging);
};

struct cpu { /* first member of every engine's own struct */
    const struct cpu_ops *ops;
    enum x86_model model;
    struct cpu_host host;
};

extern const struct cpu_ops interp_ops; /* interpreter: always there */
/* Interpreter whose hot blocks become host code; create() fails where the host cannot run that. */
extern const struct cpu_ops translate_ops;
extern const struct cpu_ops kvm_ops; /* create() fails, in one sentence, where there is no KVM */
/* Opens /dev/kvm now, for machines that may change to KVM when they cannot open it any more. */
void kvm_open(void);
/* Maps executable memory now, for machines that may change to the translator when they cannot map
 * any more; for_perf: of the kind for which perf looks into a map of names. */
void translate_open(bool for_perf);
/* From here on the translator writes down what it does (translate/log.c): into a file, or NULL; and
 * into the map in which perf looks up names. */
bool translate_log_open(const char *path, bool perf_map, struct error *err);

/* Translates as the CPU would, in the tables of this moment, and sets accessed and dirty bits.
 * False: it would fault, and nothing is changed.  A20 is not applied. */
bool cpu_walk(struct cpu *cpu, uint32_t linear, bool write, uint32_t *phys);

/* RESET# or INIT# pin: through get, x86_reset, set. */
void cpu_reset(struct cpu *cpu, bool init);

#endif
