/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_SPOOL_H
#define CORE_HOST_SPOOL_H

/*
 * The process that owns a spool folder.  A job is a number: YYYYMMDDHHMMSS times 1,000, plus N; its
 * file is called by it, with a dot before and ".part" behind while it is open.
 */

#include <stdint.h>

enum spool_op {
    SPOOL_BEGIN,  /* a new job: answered with its number and descriptor */
    SPOOL_RESUME, /* an old one: the same */
    SPOOL_END,    /* flush and rename, or remove it if it is empty; answered */
    SPOOL_SETTLE, /* rename what nobody writes any more; not answered */
};

struct spool_order {
    uint32_t op;
    uint32_t number; /* comes back with the answer */
    uint64_t job;
};

struct spool_answer {
    uint32_t op, number;
    int32_t error; /* errno */
    uint64_t job;
};

struct spool_folder {
    const char *path;
    const char *name; /* of the machine */
};

/* For helper_start; ctx: a struct spool_folder. */
void spool_serve(int fd, const void *ctx);

#endif
