/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_LINUX_BOOT_H
#define CORE_LINUX_BOOT_H

/*
 * A Linux kernel, its initrd and its command line, laid out in memory as the x86 boot protocol
 * asks. The board offers the result by fw_cfg; the option ROM of firmware/linuxboot.asm copies it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct linux_part {
    const uint8_t *data;
    uint32_t size, address;
};

struct linux_boot {
    struct linux_part setup, kernel, initrd, cmdline;
};

struct linux_files {
    const char *kernel_name, *initrd_name; /* for sentences */
    const uint8_t *kernel, *initrd;        /* initrd: NULL if there is none */
    uint64_t kernel_size, initrd_size;
    const char *cmdline;
};

/*
 * False: the file is no kernel, one that this cannot start, or there is too little memory.  Setup
 * and command line are copies, freed by linux_boot_free(); kernel and initrd point into `files`.
 */
bool linux_boot_prepare(struct linux_boot *boot, const struct linux_files *files, uint32_t memory,
                        struct error *err);
void linux_boot_free(struct linux_boot *boot);

#endif
