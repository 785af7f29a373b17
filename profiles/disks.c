/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a disk's size means to old systems, told to the person who owns it. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/host/geometry.h"
#include "profiles/profile.h"

/* Sizes beyond which something of the time needs to be known; each sentence follows the disk's name
 * and size. */
static const struct {
    uint64_t bytes;
    const char *sentence;
} limits[] = {
    { 1024ull * 16 * 63 * 512, /* BIOS cylinders and ATA heads */
      "beyond 504 MB, a system that asks the drive for cylinders, heads and sectors and not the "
      "BIOS, as old versions of Xenix, OS/2 and NetWare do, sees the first 504 MB" },
    { 65536ull * 63 * 512 + 1, /* 64K clusters of 32 KB, less what FDISK leaves */
      "a FAT16 partition has at most 2 GB, so MS-DOS up to 6.22 and the first Windows 95 need "
      "several" },
    { 1024ull * 255 * 63 * 512, /* INT 13h without extensions */
      "beyond 8.4 GB, a system without the INT 13h extensions, as MS-DOS up to 6.22 is, sees the "
      "first 8.4 GB" },
    { 65535ull * 16 * 63 * 512,
      "beyond 32 GB, FDISK, FORMAT and SCANDISK of Windows 95 and 98 count wrong; make partitions "
      "of at most 32 GB" },
    { 1ull << 37, /* 28 bits of sectors */
      "beyond 128 GB (137 thousand million bytes), a system without 48-bit ATA addresses, as "
      "Windows 9x and Linux before 2.4.19 are, sees the first 128 GB and may destroy data there" },
};

static uint64_t image_size(const char *file)
{
    struct stat st;

    return file && stat(file, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* Where the shape that is used came from, if the image itself has said it. */
static void explain_shape(const struct profile_image *image, unsigned n, GPtrArray *sentences)
{
    struct disk_shape bios;
    enum geometry_source source;
    int fd = open(image->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return;
    source = geometry_read(fd, image_size(image->file) / 512, &bios);
    close(fd);
    if (source != GEOMETRY_SIZE && !image->heads)
        g_ptr_array_add(
            sentences,
            g_strdup_printf("Disk %u was made with %u heads and %u sectors by its %s, "
                            "and the BIOS shows it so; Geometry= would override it.",
                            n, bios.heads, bios.sectors,
                            source == GEOMETRY_TABLE ? "partition table" : "file system"));
}

void profile_explain_disks(const struct profile *p, GPtrArray *sentences)
{
    for (unsigned n = 0; n < 4; n++) {
        uint64_t size = image_size(p->disk[n].file);

        if (size)
            explain_shape(&p->disk[n], n, sentences);
        for (unsigned i = 0; i < G_N_ELEMENTS(limits); i++)
            if (size > limits[i].bytes)
                g_ptr_array_add(sentences,
                                g_strdup_printf("Disk %u has %.1f GB: %s.", n,
                                                (double)size / (1u << 30), limits[i].sentence));
    }
}
