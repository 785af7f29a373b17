/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_IMAGE_PROBE_H
#define CORE_HOST_IMAGE_PROBE_H

/*
 * What is in an image file?  Decided by its contents and its size, never by its name.  Used by the
 * machine and by the programs around it; knows no machine.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

enum image_kind { IMAGE_FLOPPY, IMAGE_DISK, IMAGE_CDROM };

struct image_info {
    enum image_kind kind;
    uint64_t size;
    bool boot_signature; /* 55AAh at the end of the first sector */
};

/* False and a sentence if it is nothing that a drive takes.  The descriptor stays open. */
bool image_probe(int fd, const char *label, struct image_info *info, struct error *err);
const char *image_kind_name(enum image_kind kind);
/* The sentence for what image_probe() found in place of a CD; false then. */
bool image_is_cdrom(const struct image_info *info, const char *label, struct error *err);
/* Opens no special files, reads all of `length` or fails; errno. */
int image_read(int fd, void *data, uint32_t length, uint64_t offset);
/* A regular file or block device with something in it. */
bool image_check_file(int fd, const char *label, uint64_t *size, struct error *err);

#endif
