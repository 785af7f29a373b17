/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile's kernel and initrd: from files to memory. */
#include <string.h>

#include "core/main/kernel.h"

static GMappedFile *map(const char *path, const uint8_t **data, uint64_t *size, struct error *err)
{
    g_autoptr(GError) error = NULL;
    GMappedFile *file = g_mapped_file_new(path, FALSE, &error);

    if (!file) {
        error_set(err, "%.250s", error->message);
        return NULL;
    }
    *data = (const uint8_t *)g_mapped_file_get_contents(file);
    *size = g_mapped_file_get_length(file);
    return file;
}

bool kernel_load(struct kernel *kernel, const struct profile *profile, struct error *err)
{
    g_autofree char *kernel_name = g_path_get_basename(profile->kernel);
    g_autofree char *initrd_name =
        profile->initrd ? g_path_get_basename(profile->initrd) : g_strdup("");
    struct linux_files files = { .kernel_name = kernel_name,
                                 .initrd_name = initrd_name,
                                 .cmdline = profile->cmdline };

    memset(kernel, 0, sizeof(*kernel));
    kernel->kernel_file = map(profile->kernel, &files.kernel, &files.kernel_size, err);
    if (!kernel->kernel_file)
        return false;
    if (profile->initrd) {
        kernel->initrd_file = map(profile->initrd, &files.initrd, &files.initrd_size, err);
        if (!kernel->initrd_file)
            return false;
    }
    return linux_boot_prepare(&kernel->boot, &files, profile->memory, err);
}

void kernel_unload(struct kernel *kernel)
{
    linux_boot_free(&kernel->boot);
    g_clear_pointer(&kernel->kernel_file, g_mapped_file_unref);
    g_clear_pointer(&kernel->initrd_file, g_mapped_file_unref);
}
