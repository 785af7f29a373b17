/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_PRINTER_H
#define CORE_PRINTER_H

/*
 * The host side of a printer port: bytes on paper, in jobs.  Machine thread.  Back-ends are made by
 * core/host/printer.h; the chip says when a job ends.
 */

#include <stdbool.h>
#include <stdint.h>

enum printer_status {
    PRINTER_READY,
    PRINTER_NO_PAPER, /* the host's disk is full */
    PRINTER_OFFLINE,  /* the host cannot write for another reason */
};

struct printer {
    /* Filled in by the back-end.  False: it cannot take the byte now (it is busy, or its status
     * says why not); it calls `writable` when that is over. */
    bool (*write)(struct printer *printer, uint8_t byte);
    void (*end_job)(struct printer *printer);
    /* After a load: the job that was open when the state was saved goes on. */
    void (*resume_job)(struct printer *printer, uint64_t job);
    void (*free)(struct printer *printer);
    enum printer_status status;
    uint64_t job; /* the back-end's name for the open job; 0: there is none, or it has no jobs */

    /* Filled in by the chip. */
    void (*writable)(void *ctx);
    void *ctx;
};

#endif
