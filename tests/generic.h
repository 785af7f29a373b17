/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_GENERIC_H
#define TESTS_GENERIC_H

/*
 * The bench for one chip: the real bus, memory and virtual clock, fake interrupt sinks, and the six
 * tests that every chip gets by naming its constructor once (state table complete, save-load-save,
 * lockstep after load, reset equals power-on, hostile streams, nothing left behind).
 */

#include <check.h>

#include "core/device.h"
#include "core/input.h"
#include "core/media.h"
#include "core/state.h"

#define BENCH_LINES 64

/* A board with 2 MB of RAM at 0, an input hub, a media hub; hooks record into this struct. */
struct bench {
    struct board *board;
    struct input input;
    bool level[BENCH_LINES];     /* present level of each fake line */
    unsigned edges[BENCH_LINES]; /* rising edges seen */
    unsigned inits, resets, power_offs, pauses;
    int power_off_code;
    bool intr;       /* INTR pin */
    uint32_t gpr[8]; /* registers of the IN that bench_in() stands for (enum x86_reg) */
    unsigned clock_sets;
    int64_t clock_offset; /* as the guest set its clock last */
    char debug[256];      /* last debug characters */
    unsigned debug_len;
    struct board_hooks hooks;
};

struct bench *bench_new(void);
void bench_free(struct bench *bench);
/* A line to the fake sink number n. */
struct irq bench_irq(struct bench *bench, unsigned n);

uint32_t bench_in(struct bench *bench, uint16_t port, unsigned size);
void bench_out(struct bench *bench, uint16_t port, uint32_t value, unsigned size);
/* Lets virtual time pass. */
void bench_run(struct bench *bench, uint64_t ns);

/* One chip for the generic tests: makes it (and whatever it needs beside it: those devices are then
 * part of the test too) on the bench's board. */
struct generic_chip {
    const char *name; /* class name */
    bool (*make)(struct bench *bench, struct error *err);
    /* Random traffic goes to these ports (base, count pairs, ends with count 0)... */
    struct {
        uint16_t base, count;
    } ports[8];
    /* ... and, if set, this is called now and then to poke the chip by other ways (keys, media,
     * lines); `random` gives 32 random bits. */
    void (*poke)(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx);
};

/* Adds the six tests for a chip to the suite. */
void generic_tests(Suite *suite, const struct generic_chip *chip);

/* The parts of them that a whole board is tested with too.  Every byte of `s` is in the table, none
 * twice, and table entries lie in `s` or are timers. */
void generic_check_table(const struct device *dev);
/* All that does not survive a reset is as in a device that has only been reset. */
void generic_check_reset(const struct device *used, const struct device *fresh);
/* Puts the checksums of a mutated stream right again, so that what lies behind them is tested. */
void generic_mend_checksums(struct state_buffer *buf);

/* The same traffic driven by fuzz input: one run over the bytes; for libFuzzer and for replay. */
int generic_fuzz(const struct generic_chip *chip, const uint8_t *data, size_t size);

#endif
