/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_GUEST_MACHINE_BENCH_H
#define TESTS_GUEST_MACHINE_BENCH_H

/*
 * Whole machines for tests, in the test's own process: images in memory, the distribution's
 * firmware, no sockets, no threads.  With the own engine time is counted, so that everything
 * repeats to the bit; with KVM it is paced.  The first machine that is made confines the process:
 * see confined.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/machine.h"

#define BENCH_MS 1000000ull /* of virtual time, in ns */

struct bench_bytes {
    uint8_t *data;
    size_t size;
};

struct bench_setup {
    const struct cpu_ops *engine; /* NULL: the interpreter, or what BYGONE_TEST_ENGINE names */
    enum x86_model cpu;
    uint32_t memory;                 /* MB; 0: 4 */
    struct bench_bytes floppy, disk; /* the caller's; data NULL: empty drive, no disk */
    struct bench_bytes cdrom;        /* the caller's; data NULL: no CD-ROM drive */
    const char *boot;                /* NULL: "ac" */
    uint64_t speed;                  /* of the processor */
    bool paced;                      /* real time with the own engine too */
    bool disk_fast, debug_exit;
    bool confine_later; /* the test takes the steps of confined.h, before the guest runs */
    bool bursts;        /* the interpreter helps an engine that does not count */
    struct chardev *serial;
    const struct linux_boot *linux_boot; /* a kernel, or NULL */
    /* Changes what is plugged in, each time a machine is made; may be NULL. */
    void (*configure)(struct pc_config *pc);
};

struct bench {
    struct machine *machine;
    struct bench_setup setup;
    struct media *floppy, *disk; /* NULL: none */
    char debug[65536];           /* what came out of ports 402h and E9h */
    size_t debug_length;
    unsigned resets, pauses;
    char log[4096]; /* the lines told to the machine's owner */
    /* Told of what happens, if not NULL. */
    void (*status_changed)(struct bench *bench, enum machine_status status);
    void (*was_reset)(struct bench *bench, bool by_guest);
    void (*debug_written)(struct bench *bench, uint16_t port, uint8_t c);
};

/* Fails the test if the machine cannot be made. */
struct bench *bench_new(const struct bench_setup *setup);
void bench_free(struct bench *bench);
/* A machine of the same kind in place of this one, which is switched off; engine NULL: the same. */
void bench_renew(struct bench *bench, const struct cpu_ops *engine);

void bench_run_ms(struct bench *bench, unsigned ms);
/* Runs until predicate(bench, arg) holds, at most `ms` of virtual time. */
bool bench_run_while_not(struct bench *bench, bool (*predicate)(struct bench *bench, void *arg),
                         void *arg, unsigned ms);
/* Runs until the text is on the screen. */
bool bench_wait(struct bench *bench, const char *text, unsigned ms);
/* Types as `bygone type` does; 30 ms of virtual time between two strokes. */
void bench_type(struct bench *bench, const char *text);
/* The text screen as UTF-8, lines without the blanks at their ends; malloc'd. "" in graphics. */
char *bench_screen(struct bench *bench);
bool bench_on_screen(struct bench *bench, const char *text);
uint64_t bench_now(struct bench *bench);
uint64_t bench_insns(struct bench *bench);

/* A saved state, as bytes; fails the test if it cannot be saved. */
struct bench_bytes bench_save(struct bench *bench);
bool bench_load(struct bench *bench, struct bench_bytes state, struct error *err);

/* A file of the host, kept: it can be had again when the process is confined.  Data NULL: it is not
 * there. */
struct bench_bytes bench_file(const char *path);
/* The FreeDOS floppy, or NULL bytes and the skip is counted. */
struct bench_bytes bench_freedos(void);
/* An image of `size` bytes that begins with a boot sector assembled at build time. */
struct bench_bytes bench_boot_image(const char *name, size_t size);
/* May KVM be used here?  If not, counts a skip that says why. */
bool bench_kvm(void);

/* ---- files on a FAT12 floppy image ---- */

/* NULL bytes: there is no such file in the root folder.  Name as in the folder: "A.TXT". */
struct bench_bytes fat12_read(struct bench_bytes image, const char *name);
/* Puts a new file into the root folder; false: no room. */
bool fat12_write(struct bench_bytes image, const char *name, struct bench_bytes content);

#endif
