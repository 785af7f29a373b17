/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_DOS_HOSTFS_H
#define CORE_HOST_DOS_HOSTFS_H

/*
 * Folders of the host as drives of our own DOS: the back-end of the device `hostdos`.
 *
 * Each drive has a worker thread that does all of its file work in the order it was asked for; a
 * folder that sleeps holds up its own drive only.  The workers never see the guest's memory.  Every
 * name is resolved beneath the folder's descriptor, one component at a time; only regular files and
 * directories pass.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/state.h"
#include "devices/storage/hostdos.h"

struct hostfs;

enum hostfs_share {
    HOSTFS_SHARE_NOVELL, /* opens in compatibility mode deny nothing */
    HOSTFS_SHARE_DOS,    /* they keep other machines out, as DOS's SHARE has it */
    HOSTFS_SHARE_OFF,    /* no locks at all, as DOS without SHARE */
};

struct hostfs_folder {
    char drive;       /* 'A' to 'Z' */
    const char *at;   /* "LEDGER": it is this folder of the drive's root; NULL: it is the root */
    const char *path; /* on the host, for messages and to open it */
    bool read_only;
    bool tools; /* the drive of our own tools */
};

struct hostfs_setup {
    const struct hostfs_folder *folders;
    unsigned folder_count;
    char boot_drive; /* 'C'; 0: none */
    unsigned code_page, country;
    enum hostfs_share share;
    bool lower_case;       /* what DOS makes gets names in small letters */
    const uint8_t *kernel; /* the caller's */
    uint32_t kernel_size;
    const char *startup; /* the command to start with, in UTF-8; or NULL */
    bool ends;           /* the machine ends with it */
    /* How long a request may hold the machine up before it is told PENDING; UINT64_MAX: until it is
     * done (counted time). */
    uint64_t patience_ns;
    /* A request that was told PENDING is finished; on a worker thread. */
    void (*wake)(void *ctx);
    void *ctx;
    int text_in, text_out; /* descriptors of a terminal or pipe; -1: none */
    /* For tests: called by the worker before it begins a request. */
    void (*before)(void *ctx, char drive, unsigned op);
};

/* Opens the folders.  NULL: one sentence in err. */
struct hostfs *hostfs_new(const struct hostfs_setup *setup, struct error *err);
/* After the device went. */
void hostfs_free(struct hostfs *fs);
struct hostdos_backend *hostfs_backend(struct hostfs *fs);

/*
 * Open files in a saved state.  save: false and a sentence if a folder does not answer or there is
 * too much.  The buffer grows; `data` for restore is not trusted.
 */
bool hostfs_save(struct hostfs *fs, struct state_buffer *buf, struct error *err);
enum hostfs_restored {
    HOSTFS_RESTORED,
    HOSTFS_CHANGED, /* err: which file is missing, changed or locked; all others are open, so going
                       on is possible */
    HOSTFS_BROKEN,  /* err: the data are damaged */
};
enum hostfs_restored hostfs_restore(struct hostfs *fs, const uint8_t *data, size_t size,
                                    struct error *err);

#endif
