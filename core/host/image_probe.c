/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recognising images; see the header. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/host/image_probe.h"

/* Volume descriptors of a CD begin at sector 16; the identifier is behind one byte. */
#define CD_DESCRIPTOR (16u * 2048u + 1u)

int image_read(int fd, void *data, uint32_t length, uint64_t offset)
{
    uint8_t *to = data;

    while (length) {
        ssize_t n = pread(fd, to, length, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            return EIO; /* the file has become shorter under us */
        to += n;
        offset += (uint64_t)n;
        length -= (uint32_t)n;
    }
    return 0;
}

bool image_check_file(int fd, const char *label, uint64_t *size, struct error *err)
{
    struct stat st;
    off_t end;

    if (fstat(fd, &st) < 0)
        return error_set(err, "%s cannot be used: %s.", label, strerror(errno));
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return error_set(err, "%s is a %s, not an image file.", label,
                         S_ISDIR(st.st_mode) ? "folder" : "special file");
    end = lseek(fd, 0, SEEK_END);
    if (end < 0)
        return error_set(err, "%s cannot be used: %s.", label, strerror(errno));
    if (end == 0)
        return error_set(err, "%s is empty.", label);
    *size = (uint64_t)end;
    return true;
}

const char *image_kind_name(enum image_kind kind)
{
    return kind == IMAGE_FLOPPY ? "floppy disk" : kind == IMAGE_CDROM ? "CD-ROM" : "hard disk";
}

static bool floppy_size(uint64_t size)
{
    static const uint16_t kb[] = { 160,  180,  320,  360,  400,  640,  720,  800,  820,  1200,
                                   1440, 1476, 1520, 1600, 1640, 1680, 1722, 1743, 1760, 2880 };

    for (unsigned i = 0; i < sizeof(kb) / sizeof(kb[0]); i++)
        if (size == kb[i] * 1024u)
            return true;
    return false;
}

/* Formats of other emulators, which hold the disk in some order of their own. */
static const char *foreign_format(const uint8_t *head)
{
    static const struct {
        uint8_t at, length;
        char magic[9];
        const char *name;
    } formats[] = {
        { 0, 4, "QFI\xfb", "QCOW" },   { 0, 4, "KDMV", "VMDK" },
        { 0, 4, "COWD", "VMDK" },      { 0, 8, "conectix", "VHD" },
        { 0, 8, "vhdxfile", "VHDX" },  { 64, 4, "\x7f\x10\xda\xbe", "VDI" },
        { 0, 4, "QED", "QED" },        { 0, 3, "IMD", "ImageDisk" },
        { 0, 2, "TD", "TeleDisk" },    { 0, 4, "\x1f\x8b\x08", "gzip-compressed" },
        { 0, 4, "PK\x03\x04", "ZIP" }, { 0, 6, "7z\xbc\xaf\x27\x1c", "7-Zip" },
        { 0, 4, "CPQI", "CopyQM" },
    };

    for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (memcmp(head + formats[i].at, formats[i].magic, formats[i].length) == 0)
            return formats[i].name;
    return NULL;
}

/* An ISO 9660 or a UDF volume; also where a partition table for disks is in front of it. */
static bool has_cd_volume(int fd, uint64_t size)
{
    char id[5];

    return size >= CD_DESCRIPTOR + sizeof(id) &&
           image_read(fd, id, sizeof(id), CD_DESCRIPTOR) == 0 &&
           (memcmp(id, "CD001", 5) == 0 || memcmp(id, "BEA01", 5) == 0);
}

/* The synchronisation pattern with which a sector begins on the disc itself. */
static bool raw_cd(const uint8_t *head)
{
    static const uint8_t sync[12] = { 0,    0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0 };

    return memcmp(head, sync, sizeof(sync)) == 0;
}

bool image_probe(int fd, const char *label, struct image_info *info, struct error *err)
{
    uint8_t head[512];
    const char *foreign;
    int failed;

    memset(head, 0, sizeof(head));
    if (!image_check_file(fd, label, &info->size, err))
        return false;
    failed =
        image_read(fd, head, info->size < sizeof(head) ? (uint32_t)info->size : sizeof(head), 0);
    if (failed)
        return error_set(err, "%s cannot be read: %s.", label, strerror(failed));
    foreign = foreign_format(head);
    if (foreign)
        return error_set(err, "%s is a %s file; convert it to a raw image first.", label, foreign);
    if (raw_cd(head))
        return error_set(err,
                         "%s has raw CD sectors (as in .bin files); convert it to an ISO image "
                         "of 2048-byte sectors first.",
                         label);
    info->boot_signature = head[510] == 0x55 && head[511] == 0xaa;
    if (has_cd_volume(fd, info->size)) {
        info->kind = IMAGE_CDROM;
        return info->size % 2048 == 0 ||
               error_set(err,
                         "%s is not a whole CD image: its size, %llu bytes, is not a multiple of "
                         "2048.",
                         label, (unsigned long long)info->size);
    }
    if (info->size % 512)
        return error_set(err,
                         "%s is not a disk image: its size, %llu bytes, is not a multiple of "
                         "512.",
                         label, (unsigned long long)info->size);
    info->kind = floppy_size(info->size) ? IMAGE_FLOPPY : IMAGE_DISK;
    return true;
}

bool image_is_cdrom(const struct image_info *info, const char *label, struct error *err)
{
    return info->kind == IMAGE_CDROM ||
           error_set(err, "%s is a %s image, not one of a CD: there is no ISO 9660 volume in it.",
                     label, image_kind_name(info->kind));
}
