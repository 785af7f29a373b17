/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What DOS sees of a file: size, time, attributes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/host/dos/hostfs_internal.h"

/* Hidden and system have no place in a Unix mode; Wine and Samba keep them here, too, as a number
 * in hexadecimal. */
#define ATTRIBUTES "user.DOSATTRIB"

void dos_time(time_t when, uint16_t *time, uint16_t *date)
{
    struct tm tm;

    *time = 0;
    *date = 1 << 5 | 1; /* 1980-01-01: DOS has none before */
    if (!localtime_r(&when, &tm) || tm.tm_year < 80)
        return;
    if (tm.tm_year > 207)
        tm.tm_year = 207;
    *time = (uint16_t)(tm.tm_hour << 11 | tm.tm_min << 5 | (tm.tm_sec > 59 ? 59 : tm.tm_sec) / 2);
    *date = (uint16_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday);
}

time_t host_time(uint16_t time, uint16_t date)
{
    struct tm tm = { .tm_sec = (time & 31) * 2,
                     .tm_min = time >> 5 & 63,
                     .tm_hour = time >> 11,
                     .tm_mday = date & 31,
                     .tm_mon = (date >> 5 & 15) - 1,
                     .tm_year = (date >> 9) + 80,
                     .tm_isdst = -1 };

    return mktime(&tm);
}

enum { KEPT = ATTR_HIDDEN | ATTR_SYSTEM | ATTR_ARCHIVE };

/* A file without them has the archive attribute alone, a folder none. */
static unsigned kept_attributes(int fd, bool is_folder)
{
    char text[16];
    ssize_t n = fgetxattr(fd, ATTRIBUTES, text, sizeof(text) - 1);

    if (n <= 0)
        return is_folder ? 0 : ATTR_ARCHIVE;
    text[n] = 0;
    return (unsigned)strtoul(text, NULL, 16) & KEPT;
}

void set_attributes(const struct root *root, int fd, unsigned attr)
{
    char text[16];

    if (!root->attributes)
        return;
    attr &= KEPT;
    snprintf(text, sizeof(text), "0x%02x", attr);
    if (attr != ATTR_ARCHIVE)
        fsetxattr(fd, ATTRIBUTES, text, strlen(text), 0);
    else
        fremovexattr(fd, ATTRIBUTES);
}

void set_archive(const struct root *root, int fd)
{
    unsigned attr = root->attributes ? kept_attributes(fd, false) : ATTR_ARCHIVE;

    if (!(attr & ATTR_ARCHIVE))
        set_attributes(root, fd, attr | ATTR_ARCHIVE);
}

void fill_entry(const struct root *root, int fd, const struct stat *st, struct hostdos_entry *e)
{
    uint16_t ignored;

    e->attr = S_ISDIR(st->st_mode) ? ATTR_FOLDER : ATTR_ARCHIVE;
    e->size = S_ISDIR(st->st_mode)        ? 0
              : st->st_size >= UINT32_MAX ? UINT32_MAX
                                          : (uint32_t)st->st_size;
    if (!S_ISDIR(st->st_mode) && !(st->st_mode & S_IWUSR))
        e->attr |= ATTR_READ_ONLY;
    if (fd >= 0 && root->attributes)
        e->attr = (uint16_t)((e->attr & ~KEPT) | kept_attributes(fd, S_ISDIR(st->st_mode)));
    dos_time(st->st_mtime, &e->time, &e->date);
    dos_time(st->st_ctime, &e->created_time, &e->created_date);
    dos_time(st->st_atime, &ignored, &e->accessed_date);
}

enum dos_error stat_place(const struct place *place, struct stat *st)
{
    char path[PATH_MAX + NAME_MAX + 2];
    int fd;

    if (place->mount || !place->host[0]) {
        *st = (struct stat){ .st_mode = S_IFDIR | 0755 };
        return fstat(place->dir_fd, st) < 0 ? dos_error(errno) : DOS_OK;
    }
    if (fstatat(place->dir_fd, place->host, st, AT_SYMLINK_NOFOLLOW) < 0)
        return dos_error(errno);
    if (S_ISLNK(st->st_mode)) {
        place_path(place, path);
        fd = open_beneath(place->root->fd, path, O_PATH);
        if (fd < 0 || fstat(fd, st) < 0) {
            if (fd >= 0)
                close(fd);
            return DOS_DENIED;
        }
        close(fd);
    }
    return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) ? DOS_OK : DOS_DENIED;
}

enum dos_error entry_of_place(struct drive *drive, const struct place *place,
                              struct hostdos_entry *e)
{
    struct stat st;
    enum dos_error error = stat_place(place, &st);
    int fd = -1;

    (void)drive;
    if (error)
        return error;
    if (place->root->attributes && place->host[0] && !place->mount) {
        char path[PATH_MAX + NAME_MAX + 2];

        place_path(place, path);
        fd = open_beneath(place->root->fd, path, O_RDONLY | O_NONBLOCK);
    }
    *e = (struct hostdos_entry){ 0 };
    fill_entry(place->root, fd, &st, e);
    if (fd >= 0)
        close(fd);
    strcpy(e->name, place->short_name);
    codepage_from_utf8(drive->page, place->host, '_', e->long_name, sizeof(e->long_name));
    e->long_len = (uint16_t)strlen(e->long_name);
    return DOS_OK;
}

uint32_t give_entry(struct hostdos_call *c, const struct hostdos_entry *e)
{
    uint32_t bytes = c->r.flags & HOSTDOS_LONG ? (uint32_t)sizeof(*e)
                                               : (uint32_t)offsetof(struct hostdos_entry, long_len);

    memcpy(c->data, e, bytes);
    return bytes;
}
