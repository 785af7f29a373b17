/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on names: look up, attributes, rename, delete, make and remove folders, long names. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/host/dos/hostfs_internal.h"

/* A name that is there. */
static enum dos_error find(struct drive *drive, struct hostdos_call *c, struct place *place)
{
    enum dos_error error = place_find(drive, c->name1, c->r.flags & HOSTDOS_LONG, place);

    return error ? error : place->exists ? DOS_OK : DOS_NO_FILE;
}

/* One that may be changed: not a root, nor where another folder is. */
static enum dos_error find_own(struct drive *drive, struct hostdos_call *c, struct place *place,
                               struct stat *st)
{
    enum dos_error error = find(drive, c, place);

    if (error)
        return error;
    if (!place->name[0] || place->mount || place->root->read_only)
        return DOS_DENIED;
    return fstatat(place->dir_fd, place->host, st, AT_SYMLINK_NOFOLLOW) < 0 ? dos_error(errno)
                                                                            : DOS_OK;
}

static enum dos_error look_up(struct drive *drive, struct hostdos_call *c, struct place *place)
{
    struct hostdos_entry e;
    enum dos_error error = find(drive, c, place);

    if (!error)
        error = entry_of_place(drive, place, &e);
    if (!error)
        c->used = give_entry(c, &e);
    return error;
}

static enum dos_error set_attr(struct drive *drive, struct hostdos_call *c, struct place *place)
{
    struct stat st;
    char path[PATH_MAX + NAME_MAX + 2];
    enum dos_error error = find_own(drive, c, place, &st);
    mode_t mode;
    int fd;

    if (error)
        return error;
    error = stat_place(place, &st);
    if (error)
        return error;
    if (c->r.attr & (ATTR_LABEL | ATTR_FOLDER) & ~(S_ISDIR(st.st_mode) ? (unsigned)ATTR_FOLDER : 0))
        return DOS_DENIED;
    place_path(place, path);
    fd = open_beneath(place->root->fd, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return dos_error(errno);
    set_attributes(place->root, fd, c->r.attr);
    mode = st.st_mode & 07777;
    if (S_ISREG(st.st_mode)) /* who may read may write again, within the group's usual */
        mode = c->r.attr & ATTR_READ_ONLY ? mode & (mode_t)~0222 : mode | S_IWUSR;
    if (mode != (st.st_mode & 07777) && fchmod(fd, mode) < 0)
        error = dos_error(errno);
    close(fd);
    return error;
}

/* Is a file open, here or in another machine?  DOS does not let it go under its program. */
static bool is_open(const struct drive *drive, const struct place *place, const struct stat *st)
{
    int fd;
    bool open;

    if (!S_ISREG(st->st_mode) || drive->fs->setup.share == HOSTFS_SHARE_OFF)
        return false;
    for (unsigned i = 0; i < FILES; i++)
        if (drive->files[i] && drive->files[i]->dev == st->st_dev &&
            drive->files[i]->ino == st->st_ino)
            return true;
    fd = openat(place->dir_fd, place->host,
                O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    open = fd >= 0 && share_in_use(fd);
    if (fd >= 0)
        close(fd);
    return open;
}

static enum dos_error delete_file(struct drive *drive, struct hostdos_call *c, struct place *place)
{
    struct stat st;
    enum dos_error error = find_own(drive, c, place, &st);

    if (error)
        return error;
    if (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && !(st.st_mode & S_IWUSR)))
        return DOS_DENIED;
    if (is_open(drive, place, &st))
        return DOS_SHARING;
    if (unlinkat(place->dir_fd, place->host, 0) < 0)
        return dos_error(errno);
    place_removed(drive, place);
    return DOS_OK;
}

static enum dos_error make_folder(struct drive *drive, struct hostdos_call *c, struct place *place)
{
    enum dos_error error = place_find(drive, c->name1, c->r.flags & HOSTDOS_LONG, place);

    if (error)
        return error == DOS_NO_FILE ? DOS_NO_PATH : error;
    if (place->exists || place->root->read_only)
        return DOS_DENIED;
    if (mkdirat(place->dir_fd, place->host, 0777) < 0)
        return errno == EEXIST ? DOS_DENIED : dos_error(errno);
    place_added(drive, place);
    return DOS_OK;
}

static enum dos_error remove_folder(struct drive *drive, struct hostdos_call *c,
                                    struct place *place)
{
    struct stat st;
    enum dos_error error = find_own(drive, c, place, &st);

    if (error)
        return error == DOS_NO_FILE ? DOS_NO_PATH : error;
    if (!S_ISDIR(st.st_mode))
        return DOS_NO_PATH;
    if (unlinkat(place->dir_fd, place->host, AT_REMOVEDIR) < 0)
        return dos_error(errno);
    place_removed(drive, place);
    return DOS_OK;
}

static enum dos_error rename_to(struct drive *drive, struct hostdos_call *c, struct place *from,
                                struct place *to)
{
    struct stat st;
    bool same;
    enum dos_error error = find_own(drive, c, from, &st);

    if (error)
        return error;
    if (is_open(drive, from, &st))
        return DOS_SHARING;
    error = place_find(drive, c->name2, c->r.flags & HOSTDOS_LONG, to);
    if (error)
        return error == DOS_NO_FILE ? DOS_NO_PATH : error;
    if (to->root != from->root)
        return DOS_NOT_SAME;
    same = to->exists && !strcmp(to->host, from->host) && !strcmp(to->dir, from->dir);
    if (to->exists && !same)
        return DOS_DENIED;
    if (same && !(c->r.flags & HOSTDOS_LONG))
        return DOS_OK;
    if (same) /* a long name in other letters */
        codepage_to_utf8(drive->page, to->name, strlen(to->name), to->host, sizeof(to->host));
    if (S_ISDIR(st.st_mode) && strcmp(from->dir, to->dir) != 0 && !(c->r.flags & HOSTDOS_LONG))
        return DOS_NO_PATH; /* DOS moves no folders */
    if (renameat2(from->dir_fd, from->host, to->dir_fd, to->host, RENAME_NOREPLACE) < 0)
        return errno == EINVAL ? DOS_DENIED : errno == EXDEV ? DOS_NOT_SAME : dos_error(errno);
    /* `from` may have lost its map to `to`. */
    from->map = NULL;
    error = place_map(drive, from);
    if (!error)
        error = place_map(drive, to);
    return error;
}

/* The path as DOS or as the host writes it, built up component by component. */
static enum dos_error full_name(struct drive *drive, struct hostdos_call *c, struct place *place,
                                bool to_long)
{
    bool is_long = !to_long || (c->r.flags & HOSTDOS_LONG);
    char so_far[HOSTDOS_NAME], out[HOSTDOS_NAME * 3], piece[HOSTDOS_NAME];
    size_t len = strlen(c->name1), used;

    snprintf(out, sizeof(out), "%.3s", c->name1);
    used = strlen(out);
    for (size_t i = 3; i <= len; i++) {
        enum dos_error error;

        if (codepage_lead(drive->page, (uint8_t)c->name1[i]) && c->name1[i + 1]) {
            i++;
            continue;
        }
        if ((c->name1[i] && c->name1[i] != '\\') || i == 3)
            continue;
        snprintf(so_far, sizeof(so_far), "%.*s", (int)i, c->name1);
        error = place_find(drive, so_far, is_long, place);
        if (error)
            return error;
        if (place->exists && to_long)
            codepage_from_utf8(drive->page, place->host, '_', piece, sizeof(piece));
        else
            snprintf(piece, sizeof(piece), "%s", place->exists ? place->short_name : place->name);
        used +=
            (size_t)snprintf(out + used, sizeof(out) - used, "%s%s", used > 3 ? "\\" : "", piece);
        if (used >= HOSTDOS_NAME)
            return DOS_NO_PATH;
        place_done(place);
    }
    used++;
    if (used > c->r.len)
        return DOS_PARAMETER;
    memcpy(c->data, out, used);
    c->used = (uint32_t)used;
    c->r.result = (uint32_t)used - 1;
    return DOS_OK;
}

enum dos_error do_name(struct drive *drive, struct hostdos_call *c)
{
    struct place place = { .dir_fd = -1 }, to = { .dir_fd = -1 };
    enum dos_error error = DOS_FUNCTION;

    c->used = 0;
    switch (c->r.op) {
    case HOSTDOS_LOOKUP:
        error = look_up(drive, c, &place);
        break;
    case HOSTDOS_SET_ATTR:
        error = set_attr(drive, c, &place);
        break;
    case HOSTDOS_RENAME:
        error = c->name2[0] != c->name1[0] || strncmp(c->name2 + 1, ":\\", 2)
                    ? DOS_NOT_SAME
                    : rename_to(drive, c, &place, &to);
        break;
    case HOSTDOS_DELETE:
        error = delete_file(drive, c, &place);
        break;
    case HOSTDOS_MKDIR:
        error = make_folder(drive, c, &place);
        break;
    case HOSTDOS_RMDIR:
        error = remove_folder(drive, c, &place);
        break;
    case HOSTDOS_LONG_NAME:
    case HOSTDOS_TRUE_NAME:
        error = full_name(drive, c, &place, c->r.op == HOSTDOS_LONG_NAME);
        break;
    }
    place_done(&place);
    place_done(&to);
    return error;
}
