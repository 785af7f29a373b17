/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_DOS_DOS_BENCH_H
#define TESTS_UNIT_DOS_DOS_BENCH_H

/* A guest that talks to the device `hostdos` on the real bus, over real folders. */

#include "core/host/dos/hostfs.h"
#include "tests/generic.h"

enum { REQUEST_AT = 0x1000, NAME1_AT = 0x2000, NAME2_AT = 0x2400, BUFFER_AT = 0x10000 };

struct dos_bench {
    struct bench *bench;
    struct hostfs *fs;
    struct device *dev;
    struct hostfs_setup setup;
    struct hostfs_folder folders[8];
    char folder[64];          /* of C: on the host */
    struct hostdos_request r; /* the last request, after the answer */
    struct hostdos_entry e;   /* and its entry, if it has one */
    uint32_t status;
};

/* A fresh folder as C:, novell sharing, code page 437, requests always waited for. */
struct dos_bench *dos_bench_new(void);
/* What dos_bench_new() will use can be changed between these two. */
struct dos_bench *dos_bench_prepare(void);
void dos_bench_start(struct dos_bench *b);
/* A second machine on the same folders. */
struct dos_bench *dos_bench_beside(const struct dos_bench *b);
/* Removes the folder (of the first machine). */
void dos_bench_free(struct dos_bench *b);

/* Rings with b->r; fills in size and version; the status. */
uint32_t dos_ring(struct dos_bench *b);
/* A request by name; returns the error. */
unsigned dos_name(struct dos_bench *b, unsigned op, const char *name);
unsigned dos_name_flags(struct dos_bench *b, unsigned op, const char *name, unsigned flags);
unsigned dos_rename(struct dos_bench *b, const char *from, const char *to);
/* Opened: the handle; else 0, and b->r.error says why. */
uint32_t dos_open(struct dos_bench *b, const char *name, unsigned mode);
uint32_t dos_create(struct dos_bench *b, const char *name, unsigned flags);
unsigned dos_handle(struct dos_bench *b, unsigned op, uint32_t handle, uint64_t pos, uint32_t len);
unsigned dos_write(struct dos_bench *b, uint32_t handle, uint64_t pos, const char *text);
/* The text, or "!" and the error in hex. */
const char *dos_read(struct dos_bench *b, uint32_t handle, uint64_t pos, uint32_t len);
/* All names that a search finds, each with a space behind it. */
const char *dos_dir(struct dos_bench *b, const char *pattern, unsigned attr, unsigned flags);

/* Files of the host in the folder. */
void host_write(const struct dos_bench *b, const char *name, const char *text);
const char *host_read(const struct dos_bench *b, const char *name); /* NULL: not there */
void host_shell(const struct dos_bench *b, const char *command);    /* in the folder */

#endif
