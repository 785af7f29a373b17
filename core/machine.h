/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

/*
 * A board, its CPU and the drive of its clock: what runs on the machine thread.  Other threads
 * reach it by machine_post() only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/board_pc.h"
#include "core/cpu/cpu.h"
#include "core/device.h"
#include "core/error.h"

struct machine;

enum machine_status {
    MACHINE_PRELAUNCH, /* made, never started */
    MACHINE_RUNNING,
    MACHINE_PAUSED,
    MACHINE_IO_ERROR, /* paused because the host failed under the guest */
    MACHINE_SHUTDOWN, /* the guest switched itself off; the loop ends */
    MACHINE_FAILED,   /* the engine cannot go on ("internal-error") */
};
/* QMP's word for it: "running", "paused", ... */
const char *machine_status_name(enum machine_status status);

/* How virtual time follows the host (DESIGN.md section 3). */
enum machine_time {
    TIME_PACED,   /* real time, but the guest always gets its turn */
    TIME_COUNTED, /* instructions executed x ns_per_insn; repeats to the bit; never sleeps */
};

struct machine_events { /* told on the machine thread; any may be NULL */
    void (*status)(void *ctx, enum machine_status status, const char *why);
    void (*reset)(void *ctx, bool by_guest); /* false: machine_reset() */
    void (*log)(void *ctx, const char *text);
    void (*debug_char)(void *ctx, uint16_t port, uint8_t c);
    void *ctx;
    /* The guest set its clock, which is now `offset` seconds ahead of its wall clock. */
    void (*clock_set)(void *ctx, int64_t offset);
};

struct machine_config {
    struct pc_config pc;
    const struct cpu_ops *engine; /* the one to start with */
    const struct cpu_ops *rescue; /* goes on where `engine` fails (KVM emulation), or NULL */
    const struct cpu_ops *stay;   /* where a machine moves for good; NULL: `rescue` */
    enum machine_time time;
    uint32_t ns_per_insn; /* counted mode; 0 = 50 (20 million a second) */
    bool rescue_may_stay; /* a run of failures moves the machine there for good (auto) */
    bool bursts;          /* the rescue engine also takes over where video memory makes exits */
    double mips;          /* of the engine, as probed; 0: unknown, taken as fast */
    double slice_ns;      /* likewise; see probe.h */
    uint64_t speed;       /* of the processor (speed.h); counted mode: in place of ns_per_insn */
    /* Puts media into the drives before the chips look; may be NULL. */
    bool (*prepare)(void *ctx, struct media_hub *hub, struct error *err);
    void *prepare_ctx;
    struct machine_events events;
};

/* Builds and resets; nothing runs yet. */
struct machine *machine_new(const struct machine_config *config, struct error *err);
void machine_free(struct machine *machine);

struct pc *machine_pc(struct machine *machine);
struct board *machine_board(struct machine *machine);
struct cpu *machine_cpu(struct machine *machine);

/* The machine thread's body: returns when the machine is switched off or machine_quit() was called;
 * the value is the guest's exit code (isa-debug-exit) or 0. */
int machine_run(struct machine *machine);

/* Runs fn(arg) on the machine thread between two CPU slices.  Any thread.  Order is kept. */
void machine_post(struct machine *machine, void (*fn)(void *arg), void *arg);

/* The rest: machine thread only (that is, from inside a posted function or before machine_run). */
void machine_start(struct machine *machine);
void machine_pause(struct machine *machine, enum machine_status status, const char *why);
void machine_quit(struct machine *machine);
void machine_reset(struct machine *machine); /* RESET#, as the button */
enum machine_status machine_status(struct machine *machine);
const char *machine_why(struct machine *machine); /* the sentence that came with the status */
/* What failed, while the status is MACHINE_IO_ERROR; else NULL. */
const struct media_failure *machine_failure(struct machine *machine);

/* Saved state: works paused or running (between slices); drains media first. */
bool machine_save(struct machine *machine, int fd, struct error *err);
/* Before the first start. */
bool machine_load(struct machine *machine, int fd, struct error *err);

/* Exchanges the engine on the fly; the figures are what the probe found. */
bool machine_set_engine(struct machine *machine, const struct cpu_ops *engine, double mips,
                        double slice_ns, struct error *err);

/* How fast the processor is from now on (speed.h).  Saved with the state; not the engine's. */
void machine_set_speed(struct machine *machine, uint64_t speed);
uint64_t machine_speed(struct machine *machine);

/* Steps for tests: counted mode, runs until virtual time `until` or off. */
void machine_run_until(struct machine *machine, uint64_t until);

struct machine_stats {
    uint64_t virtual_ns, dropped_ns; /* time of the guest; lag that was dropped */
    uint64_t insns;                  /* executed by engines that count */
    uint64_t rescues, rescue_insns;  /* bursts after KVM failures */
    double mips;                     /* lately */
    bool behind;                     /* the engine does not reach the speed that is set */
};
void machine_get_stats(struct machine *machine, struct machine_stats *stats);

#endif
