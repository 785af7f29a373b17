/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks.  The rules of DOS are kept by a table for each open: no lock overlaps another of the same
 * handle, an unlock matches a lock exactly.  Each lock is an OFD lock of the host, too, which keeps
 * out other machines and other programs; a table alone keeps apart two opens that can only read.
 *
 * Share modes are OFD read locks on single bytes far beyond any record: whoever opens takes the
 * bytes for what it does and denies, then asks whether another holds those that stand against it.
 * Two at once may both be refused, never both be let in.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/host/dos/hostfs_internal.h"

#define SHARE_BASE (1ull << 62)

enum {
    SHARE_READS = 1,
    SHARE_WRITES = 2,
    SHARE_DENIES_READ = 4,
    SHARE_DENIES_WRITE = 8,
    SHARE_BYTES = 4
};
enum { TRIES = 4 };
enum { COMPATIBLE = 0, DENY_ALL = 1, DENY_WRITE = 2, DENY_READ = 3, DENY_NONE = 4 };

static struct flock range(short type, uint64_t pos, uint64_t len)
{
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)pos, .l_len = (off_t)len
    };
}

/* True: taken, or the host has no locks there. */
static bool set_lock(const struct file *f, short type, uint64_t pos, uint64_t len)
{
    struct flock lock = range(type, pos, len);

    return fcntl(f->fd, F_OFD_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES);
}

/* ---- share modes ---- */

static bool compatible(const struct file *f)
{
    return (f->mode >> 4 & 7) == COMPATIBLE;
}

static unsigned share_of(const struct drive *drive, const struct file *f)
{
    unsigned access = f->mode & 7, deny = f->mode >> 4 & 7;
    unsigned bits = access == 0   ? SHARE_READS
                    : access == 1 ? SHARE_WRITES
                                  : SHARE_READS | SHARE_WRITES;

    if (deny == COMPATIBLE && drive->fs->setup.share == HOSTFS_SHARE_DOS)
        deny = access == 0 ? DENY_WRITE : DENY_ALL;
    if (deny == DENY_ALL || deny == DENY_READ)
        bits |= SHARE_DENIES_READ;
    if (deny == DENY_ALL || deny == DENY_WRITE)
        bits |= SHARE_DENIES_WRITE;
    return bits;
}

/* Does another open hold that byte?  What is locked from before the bytes on is some other
 * program's lock of a whole file, and says nothing of sharing. */
static bool held(const struct file *f, unsigned bit)
{
    unsigned n = (unsigned)__builtin_ctz(bit);
    struct flock lock = range(F_WRLCK, SHARE_BASE + n, 1);

    return fcntl(f->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK &&
           (uint64_t)lock.l_start >= SHARE_BASE;
}

static bool stands_against(const struct file *f, unsigned bits)
{
    return ((bits & SHARE_READS) && held(f, SHARE_DENIES_READ)) ||
           ((bits & SHARE_WRITES) && held(f, SHARE_DENIES_WRITE)) ||
           ((bits & SHARE_DENIES_READ) && held(f, SHARE_READS)) ||
           ((bits & SHARE_DENIES_WRITE) && held(f, SHARE_WRITES));
}

static void hold(struct file *f, unsigned bits)
{
    for (unsigned n = 0; n < SHARE_BYTES; n++)
        if ((bits ^ f->share) >> n & 1)
            set_lock(f, bits >> n & 1 ? F_RDLCK : F_UNLCK, SHARE_BASE + n, 1);
    f->share = (uint8_t)bits;
}

/* With Share=dos a machine's own opens in compatibility mode go together: one of them stands for
 * all. */
static struct file *companion(struct drive *drive, const struct file *f)
{
    for (unsigned i = 0; i < FILES; i++) {
        struct file *other = drive->files[i];

        if (other && other != f && other->dev == f->dev && other->ino == f->ino &&
            compatible(other))
            return other;
    }
    return NULL;
}

/* Locks of the host do not keep apart two descriptors that can only be read in a machine's own
 * table; those of the table are looked at first. */
enum dos_error share_take(struct drive *drive, struct file *f)
{
    unsigned bits = share_of(drive, f);
    struct timespec pause = { 0, 0 };

    if (drive->fs->setup.share == HOSTFS_SHARE_OFF)
        return DOS_OK;
    if (compatible(f) && drive->fs->setup.share == HOSTFS_SHARE_DOS && companion(drive, f)) {
        struct file *other = companion(drive, f);

        bits |= other->share;
        hold(other, 0);
    }
    for (unsigned i = 0; i < TRIES; i++) {
        hold(f, bits);
        if (!stands_against(f, bits))
            return DOS_OK;
        hold(f, 0);
        pause.tv_nsec = (long)(20000 + host_ns() % 200000);
        if (i + 1 < TRIES)
            nanosleep(&pause, NULL);
    }
    return DOS_SHARING;
}

bool share_in_use(int fd)
{
    struct flock lock = range(F_WRLCK, SHARE_BASE, SHARE_BYTES);

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK &&
           (uint64_t)lock.l_start >= SHARE_BASE;
}

/* A file that stood for others was closed. */
void share_handed_over(struct drive *drive, const struct file *f)
{
    struct file *other = companion(drive, f);

    if (drive->fs->setup.share == HOSTFS_SHARE_DOS && compatible(f) && f->share && other &&
        !other->share)
        hold(other, share_of(drive, other));
}

/* ---- records ---- */

static bool overlap(const struct lock *lock, uint64_t pos, uint64_t len)
{
    return pos < lock->pos + lock->len && lock->pos < pos + len;
}

static bool table_has(const struct file *f, uint64_t pos, uint64_t len)
{
    for (unsigned i = 0; i < f->lock_count; i++)
        if (overlap(&f->locks[i], pos, len))
            return true;
    return false;
}

/* A lock of another open of this machine. */
static bool others_have(const struct drive *drive, const struct file *f, uint64_t pos, uint64_t len)
{
    for (unsigned i = 0; i < FILES; i++) {
        const struct file *other = drive->files[i];

        if (other && other != f && other->lock_count && other->dev == f->dev &&
            other->ino == f->ino && table_has(other, pos, len))
            return true;
    }
    return false;
}

static bool valid(uint64_t pos, uint64_t len)
{
    return len && pos < SHARE_BASE && len < SHARE_BASE && pos + len < SHARE_BASE;
}

bool locked_against(struct drive *drive, struct file *f, uint64_t pos, uint64_t len, bool write)
{
    struct flock lock = range(write ? F_WRLCK : F_RDLCK, pos, len);

    if (drive->fs->setup.share == HOSTFS_SHARE_OFF || !valid(pos, len))
        return false;
    if (others_have(drive, f, pos, len))
        return true;
    return fcntl(f->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

enum dos_error lock_add(struct drive *drive, struct file *f, uint64_t pos, uint64_t len)
{
    if (table_has(f, pos, len) || others_have(drive, f, pos, len))
        return DOS_LOCKED;
    if (f->lock_count >= LOCKS)
        return DOS_NO_LOCKS;
    if (!set_lock(f, f->may_write ? F_WRLCK : F_RDLCK, pos, len))
        return DOS_LOCKED;
    f->locks = realloc(f->locks, (f->lock_count + 1) * sizeof(*f->locks));
    assert(f->locks);
    f->locks[f->lock_count++] = (struct lock){ pos, len };
    return DOS_OK;
}

enum dos_error do_lock(struct drive *drive, struct hostdos_call *c, struct file *f)
{
    enum dos_error error;
    bool own = table_has(f, c->r.pos, c->r.len);

    if (drive->fs->setup.share == HOSTFS_SHARE_OFF)
        return DOS_FUNCTION;
    if (!valid(c->r.pos, c->r.len))
        return DOS_LOCKED;
    error = lock_add(drive, f, c->r.pos, c->r.len);
    /* One's own lock would be waited for in vain. */
    return error == DOS_LOCKED && (c->r.flags & HOSTDOS_WAIT) && !own ? DOS_PARK : error;
}

enum dos_error do_unlock(struct drive *drive, struct hostdos_call *c, struct file *f)
{
    unsigned i = 0;

    if (drive->fs->setup.share == HOSTFS_SHARE_OFF)
        return DOS_FUNCTION;
    while (i < f->lock_count && (f->locks[i].pos != c->r.pos || f->locks[i].len != c->r.len))
        i++;
    if (i == f->lock_count)
        return DOS_LOCKED;
    set_lock(f, F_UNLCK, c->r.pos, c->r.len);
    f->locks[i] = f->locks[--f->lock_count];
    return DOS_OK;
}
