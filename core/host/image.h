/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_IMAGE_H
#define CORE_HOST_IMAGE_H

/*
 * Raw image files as media.  One hub per machine has one worker thread, made for the first request,
 * that does all file work; what it has done is delivered on the machine thread by image_hub_poll(),
 * in submit order.
 *
 * An image is locked as long as it is open: shared by those who only read it, alone by the one who
 * writes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/host/image_probe.h"
#include "core/media.h"

struct image_hub;

/* `wake` is called on the worker thread when there is something to poll; it must be safe there.
 * Synchronous: there is no thread, requests are done inside submit (counted mode, tests). */
struct image_hub *image_hub_new(bool synchronous, void (*wake)(void *ctx), void *ctx,
                                struct error *err);
/* All its media must be closed. */
void image_hub_free(struct image_hub *hub);
/* Machine thread: finishes the requests whose work is done. */
void image_hub_poll(struct image_hub *hub);

enum image_flags {
    IMAGE_READ_ONLY = 1,
    IMAGE_FALLBACK = 2, /* read-only if it cannot be written */
};

/* For drive_set_media().  NULL and a sentence if it is not there, locked, or not a raw image. */
struct media *image_open(struct image_hub *hub, const char *path, unsigned flags,
                         struct error *err);
/* The same for an open descriptor, which belongs to the image from now on, also on failure. */
struct media *image_open_fd(struct image_hub *hub, int fd, const char *label, unsigned flags,
                            struct error *err);

#endif
