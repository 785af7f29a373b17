/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAIN_KERNEL_H
#define CORE_MAIN_KERNEL_H

/* The files of a profile's [Kernel] group. */

#include "core/linux_boot.h"
#include "profiles/profile.h"

struct kernel {
    GMappedFile *kernel_file, *initrd_file;
    struct linux_boot boot;
};

/* Reads and lays out what the profile names, which must have a kernel. */
bool kernel_load(struct kernel *kernel, const struct profile *profile, struct error *err);
/* Once the board has its copies; also after a failed load. */
void kernel_unload(struct kernel *kernel);

#endif
