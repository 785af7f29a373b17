/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open files.  The descriptor can write wherever the host permits, whatever the guest's mode is, so
 * that locks work; the mode is kept by what is checked here and in the guest.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/host/dos/hostfs_internal.h"

#define SYNC_NS 5000000000u

enum { ACCESS = 7, ACCESS_READ = 0, ACCESS_WRITE = 1, ACCESS_BOTH = 2 };

/* ---- the table ---- */

struct file *file_of(struct drive *drive, uint32_t handle)
{
    unsigned n = handle & ((1u << HANDLE_DRIVE) - 1);
    struct file *f = n < FILES ? drive->files[n] : NULL;

    return f && f->handle == handle ? f : NULL;
}

static uint32_t new_handle(const struct drive *drive, unsigned n)
{
    uint16_t random = 0;

    while (!random) /* 0 is the kernel's */
        if (getrandom(&random, sizeof(random), 0) != sizeof(random))
            random = (uint16_t)(host_ns() >> 8 | 1);
    return (uint32_t)random << HANDLE_RANDOM | (uint32_t)(drive->letter - 'A') << HANDLE_DRIVE | n;
}

struct file *file_add(struct drive *drive, int fd, bool may_write, const struct stat *st,
                      uint32_t handle)
{
    unsigned n = 0;
    struct file *f;

    while (n < FILES && drive->files[n])
        n++;
    if (handle)
        n = handle & ((1u << HANDLE_DRIVE) - 1);
    if (n >= FILES || drive->files[n])
        return NULL;
    f = calloc(1, sizeof(*f));
    assert(f);
    f->handle = handle ? handle : new_handle(drive, n);
    f->fd = fd;
    f->may_write = may_write;
    f->dev = st->st_dev;
    f->ino = st->st_ino;
    drive->files[n] = f;
    return f;
}

static enum dos_error sync_file(struct file *f)
{
    if (!f->dirty)
        return DOS_OK;
    while (fdatasync(f->fd) < 0)
        if (errno != EINTR)
            return errno == EROFS || errno == EINVAL ? DOS_OK : dos_error(errno);
    f->dirty = false;
    return DOS_OK;
}

void file_close(struct drive *drive, struct file *f)
{
    struct timespec times[2] = { { 0, UTIME_OMIT }, f->time };

    if (f->set_time)
        futimens(f->fd, times);
    sync_file(f);
    drive->files[f->handle & ((1u << HANDLE_DRIVE) - 1)] = NULL;
    close(f->fd); /* and all locks with it */
    share_handed_over(drive, f);
    free(f->locks);
    free(f->path);
    free(f);
}

void files_sync(struct drive *drive)
{
    for (unsigned i = 0; i < FILES; i++)
        if (drive->files[i])
            sync_file(drive->files[i]);
}

void files_close(struct drive *drive, const uint16_t *owner)
{
    for (unsigned i = 0; i < FILES; i++)
        if (drive->files[i] && (!owner || drive->files[i]->owner == *owner))
            file_close(drive, drive->files[i]);
}

static void written(struct drive *drive, struct file *f)
{
    if (!f->written)
        set_archive(&drive->roots[f->root], f->fd);
    f->dirty = f->written = true;
    if (!drive->next_sync)
        drive->next_sync = host_ns() + SYNC_NS;
}

/* ---- open and create ---- */

static bool wants_write(unsigned mode)
{
    return (mode & ACCESS) != ACCESS_READ;
}

static bool mode_valid(unsigned mode)
{
    return (mode & ACCESS) <= ACCESS_BOTH && (mode >> 4 & 7) <= 4;
}

/* A regular file's descriptor, for reading and writing if possible. */
static enum dos_error open_file(const struct place *place, bool write, int *fd, bool *may_write,
                                struct stat *st)
{
    char path[PATH_MAX + NAME_MAX + 2];
    enum dos_error error = stat_place(place, st);
    int why = 0;

    *fd = -1;
    if (error)
        return error;
    if (!S_ISREG(st->st_mode))
        return DOS_DENIED;
    place_path(place, path);
    if (!place->root->read_only) {
        *fd = open_beneath(place->root->fd, path, O_RDWR | O_NONBLOCK);
        why = errno;
    }
    *may_write = *fd >= 0;
    if (*fd < 0 && write)
        return place->root->read_only ? DOS_DENIED : dos_error(why);
    if (*fd < 0)
        *fd = open_beneath(place->root->fd, path, O_RDONLY | O_NONBLOCK);
    if (*fd < 0)
        return dos_error(errno);
    if (fstat(*fd, st) == 0 && S_ISREG(st->st_mode))
        return DOS_OK;
    close(*fd); /* exchanged meanwhile */
    return DOS_DENIED;
}

/* The descriptor becomes a file of the table; closed if it cannot. */
static enum dos_error add(struct drive *drive, struct hostdos_call *c, const struct place *place,
                          int fd, bool may_write, const struct stat *st, struct file **f)
{
    char path[PATH_MAX + NAME_MAX + 2];
    enum dos_error error;

    *f = file_add(drive, fd, may_write, st, 0);
    if (!*f) {
        close(fd);
        return DOS_NO_HANDLES;
    }
    (*f)->mode = (uint8_t)c->r.mode;
    (*f)->owner = c->r.owner;
    (*f)->root = (unsigned)(place->root - drive->roots);
    place_path(place, path);
    (*f)->path = strdup(path);
    assert((*f)->path);
    error = share_take(drive, *f);
    if (error)
        file_close(drive, *f);
    return error;
}

static void answer_file(struct drive *drive, struct hostdos_call *c, const struct place *place,
                        struct file *f)
{
    struct hostdos_entry e = { 0 };
    struct stat st;

    c->r.handle = f->handle;
    if (fstat(f->fd, &st) == 0)
        fill_entry(&drive->roots[f->root], f->fd, &st, &e);
    strcpy(e.name, place->short_name);
    codepage_from_utf8(drive->page, place->host, '_', e.long_name, sizeof(e.long_name));
    e.long_len = (uint16_t)strlen(e.long_name);
    c->used = give_entry(c, &e);
}

static enum dos_error open_existing(struct drive *drive, struct hostdos_call *c,
                                    struct place *place, struct file **f)
{
    bool write = wants_write(c->r.mode), may_write;
    enum dos_error error;
    struct stat st;
    int fd;

    error = open_file(place, write, &fd, &may_write, &st);
    if (!error && write && !(st.st_mode & S_IWUSR)) { /* the superuser may, DOS may not */
        close(fd);
        error = DOS_DENIED;
    }
    return error ? error : add(drive, c, place, fd, may_write, &st, f);
}

enum dos_error do_open(struct drive *drive, struct hostdos_call *c)
{
    struct place place;
    struct file *f;
    enum dos_error error;

    if (!mode_valid(c->r.mode))
        return DOS_PARAMETER;
    error = place_find(drive, c->name1, c->r.flags & HOSTDOS_LONG, &place);
    if (!error && !place.exists)
        error = DOS_NO_FILE;
    if (!error)
        error = open_existing(drive, c, &place, &f);
    if (!error)
        answer_file(drive, c, &place, f);
    place_done(&place);
    return error;
}

static enum dos_error make(struct drive *drive, struct hostdos_call *c, struct place *place,
                           struct file **f)
{
    mode_t mode = c->r.attr & ATTR_READ_ONLY ? 0444 : 0666;
    struct stat st;
    int fd;

    if (place->root->read_only)
        return DOS_DENIED;
    fd = openat(place->dir_fd, place->host,
                O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
    if (fd < 0)
        return dos_error(errno);
    set_attributes(place->root, fd, c->r.attr | ATTR_ARCHIVE);
    place_added(drive, place);
    if (fstat(fd, &st) < 0) {
        close(fd);
        return DOS_GENERAL;
    }
    return add(drive, c, place, fd, true, &st, f);
}

static enum dos_error truncate_file(struct drive *drive, struct hostdos_call *c, struct file *f)
{
    if (locked_against(drive, f, 0, UINT32_MAX, true))
        return DOS_LOCKED;
    if (ftruncate(f->fd, 0) < 0)
        return dos_error(errno);
    set_attributes(&drive->roots[f->root], f->fd, c->r.attr | ATTR_ARCHIVE);
    written(drive, f);
    return DOS_OK;
}

static enum dos_error create_in(struct drive *drive, struct hostdos_call *c, struct place *place,
                                struct file **f)
{
    bool existed = place->exists;
    enum dos_error error = DOS_EXISTS;

    if (!place->name[0])
        return DOS_NO_PATH;
    if (existed && (c->r.flags & HOSTDOS_NEW))
        return DOS_EXISTS;
    if (!existed)
        error = make(drive, c, place, f);
    if (error == DOS_EXISTS && !(c->r.flags & HOSTDOS_NEW)) { /* or somebody was faster */
        bool keep = c->r.flags & HOSTDOS_KEEP;
        uint16_t mode = c->r.mode;

        if (!keep && !wants_write(mode)) /* truncating writes */
            c->r.mode = (uint16_t)((mode & ~ACCESS) | ACCESS_BOTH);
        error = open_existing(drive, c, place, f);
        if (!error && !keep)
            error = truncate_file(drive, c, *f);
        if (error == DOS_LOCKED)
            file_close(drive, *f);
        c->r.mode = keep ? 1 : 3;
    } else {
        c->r.mode = 2;
    }
    return error;
}

enum dos_error do_create(struct drive *drive, struct hostdos_call *c)
{
    struct place place;
    struct file *f = NULL;
    enum dos_error error;

    if (!mode_valid(c->r.mode))
        return DOS_PARAMETER;
    error = place_find(drive, c->name1, c->r.flags & HOSTDOS_LONG, &place);
    if (error == DOS_NO_FILE) /* no name that could be */
        error = DOS_NO_PATH;
    if (!error)
        error = create_in(drive, c, &place, &f);
    if (!error)
        answer_file(drive, c, &place, f);
    place_done(&place);
    return error;
}

/* ---- what is done with a handle ---- */

static enum dos_error do_read(struct drive *drive, struct hostdos_call *c, struct file *f)
{
    uint32_t len = c->r.len < HOSTDOS_MOST ? c->r.len : HOSTDOS_MOST, done = 0;

    if ((f->mode & ACCESS) == ACCESS_WRITE)
        return DOS_DENIED;
    if (len && locked_against(drive, f, c->r.pos, len, false))
        return DOS_LOCKED;
    while (done < len && c->r.pos <= INT64_MAX - HOSTDOS_MOST) {
        ssize_t n = pread(f->fd, c->data + done, len - done, (off_t)(c->r.pos + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EIO ? DOS_READ_FAULT : dos_error(errno);
        if (n == 0)
            break;
        done += (uint32_t)n;
    }
    c->r.result = c->used = done;
    return DOS_OK;
}

/* DOS's files end at 4 GB - 1. */
static uint32_t room(uint64_t pos, uint32_t len)
{
    uint64_t left = pos < UINT32_MAX ? UINT32_MAX - pos : 0;

    return left < len ? (uint32_t)left : len;
}

static enum dos_error do_write(struct drive *drive, struct hostdos_call *c, struct file *f)
{
    uint32_t len = room(c->r.pos, c->used), done = 0;

    c->used = 0;
    if (!wants_write(f->mode) || !f->may_write)
        return DOS_DENIED;
    if (len && locked_against(drive, f, c->r.pos, len, true))
        return DOS_LOCKED;
    while (done < len) {
        ssize_t n = pwrite(f->fd, c->data + done, len - done, (off_t)(c->r.pos + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && dos_error(errno) == DOS_FULL)
            break; /* a short count says so */
        if (n < 0)
            return errno == EIO ? DOS_WRITE_FAULT : dos_error(errno);
        done += (uint32_t)n;
    }
    f->set_time = false; /* a later write gives the file its time again */
    if (done)
        written(drive, f);
    c->r.result = done;
    return DOS_OK;
}

static enum dos_error do_set_size(struct drive *drive, struct hostdos_call *c, struct file *f)
{
    struct stat st;

    if (!wants_write(f->mode) || !f->may_write)
        return DOS_DENIED;
    if (c->r.pos > UINT32_MAX)
        return DOS_FULL;
    if (fstat(f->fd, &st) < 0)
        return dos_error(errno);
    if ((off_t)c->r.pos < st.st_size &&
        locked_against(drive, f, c->r.pos, (uint64_t)st.st_size - c->r.pos, true))
        return DOS_LOCKED;
    if (ftruncate(f->fd, (off_t)c->r.pos) < 0)
        return dos_error(errno);
    written(drive, f);
    return DOS_OK;
}

static enum dos_error do_set_time(struct hostdos_call *c, struct file *f)
{
    struct timespec times[2] = { { 0, UTIME_OMIT }, { host_time(c->r.time, c->r.date), 0 } };

    f->time = times[1];
    f->set_time = true; /* and again when it is closed: a write that comes late changes it */
    return futimens(f->fd, times) < 0 ? dos_error(errno) : DOS_OK;
}

static enum dos_error do_stat(struct drive *drive, struct hostdos_call *c, struct file *f)
{
    struct hostdos_entry e = { 0 };
    struct stat st;

    if (fstat(f->fd, &st) < 0)
        return dos_error(errno);
    fill_entry(&drive->roots[f->root], f->fd, &st, &e);
    c->used = give_entry(c, &e);
    return DOS_OK;
}

static enum dos_error do_close(struct drive *drive, struct hostdos_call *c, struct file *f)
{
    enum dos_error error;

    if (c->r.flags & HOSTDOS_SET) {
        f->time = (struct timespec){ host_time(c->r.time, c->r.date), 0 };
        f->set_time = true;
    }
    error = sync_file(f);
    file_close(drive, f);
    return error;
}

enum dos_error do_file(struct drive *drive, struct hostdos_call *c, struct file *f)
{
    switch (c->r.op) {
    case HOSTDOS_CLOSE:
        return do_close(drive, c, f);
    case HOSTDOS_READ:
        return do_read(drive, c, f);
    case HOSTDOS_WRITE:
        return do_write(drive, c, f);
    case HOSTDOS_SET_SIZE:
        return do_set_size(drive, c, f);
    case HOSTDOS_COMMIT:
        return sync_file(f);
    case HOSTDOS_LOCK:
        return do_lock(drive, c, f);
    case HOSTDOS_UNLOCK:
        return do_unlock(drive, c, f);
    case HOSTDOS_STAT:
        return do_stat(drive, c, f);
    default:
        return do_set_time(c, f);
    }
}
