/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_PRINTER_H
#define CORE_HOST_PRINTER_H

/*
 * What a printer port can be connected to on the host.
 *
 *   none           nothing
 *   file:PATH      what is printed is appended to a file
 *   folder:PATH    each job becomes a file of its own, NAME-YYYYMMDD-HHMMSS-N.prn
 *
 * A job in a folder is written under a hidden name.  When it ends it is flushed to the disk and
 * renamed, so that what has a name is whole.  A helper process (core/host/helper.h), forked in
 * printer_open, opens, flushes and renames; the machine only writes to descriptors.
 * Nothing that was printed is lost: a job that a saved machine left open goes on, one that a killed
 * machine left behind is given its name at the next start.
 */

#include "core/error.h"
#include "core/host/waiter.h"
#include "core/printer.h"

struct printer_setup {
    const char *target;
    const char *name; /* for people: "Parallel 1" */
    const char *job;  /* what job files are named after: the machine */
    struct waiter *waiter;
    void (*log)(void *ctx, const char *text); /* may be NULL */
    void *log_ctx;
};

/* False: one sentence in err.  *printer is NULL for "none".  The strings must outlive it.  Forks,
 * if a folder: before any thread is started. */
bool printer_open(const struct printer_setup *setup, struct printer **printer, struct error *err);
/* Once everything that was loaded is.  What earlier runs left behind is given its name. */
void printer_start(struct printer *printer);
/* The open job is part of a saved state: printer->free() shall not end it. */
void printer_keep_job(struct printer *printer);

#endif
