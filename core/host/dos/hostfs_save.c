/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open files in a saved state: handle, path beneath the folder, mode, locks, and how the file was,
 * so that a resumed machine finds out what happened to it meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host/dos/hostfs_internal.h"

enum { FORMAT = 1 };

/* ---- saving ---- */

static void put(struct state_buffer *buf, const void *data, size_t size)
{
    if (buf->used + size > buf->capacity) {
        size_t capacity = (buf->used + size) * 2;

        buf->data = realloc(buf->data, capacity);
        if (!buf->data)
            abort();
        buf->capacity = capacity;
    }
    memcpy(buf->data + buf->used, data, size);
    buf->used += size;
}

static void put64(struct state_buffer *buf, uint64_t value)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    put(buf, bytes, sizeof(bytes));
}

static void save_file(struct state_buffer *buf, const struct file *f)
{
    struct stat st = { 0 };

    fstat(f->fd, &st);
    put64(buf, f->handle);
    put64(buf, f->root);
    put64(buf, f->mode);
    put64(buf, f->owner);
    put64(buf, (uint64_t)st.st_ino);
    put64(buf, (uint64_t)st.st_size);
    put64(buf, (uint64_t)st.st_mtim.tv_sec);
    put64(buf, (uint64_t)st.st_mtim.tv_nsec);
    put64(buf, f->set_time);
    put64(buf, (uint64_t)f->time.tv_sec);
    put64(buf, strlen(f->path));
    put(buf, f->path, strlen(f->path));
    put64(buf, f->lock_count);
    for (unsigned i = 0; i < f->lock_count; i++) {
        put64(buf, f->locks[i].pos);
        put64(buf, f->locks[i].len);
    }
}

static void save_drive(struct state_buffer *buf, const struct drive *drive)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < FILES; i++)
        count += drive->files[i] != NULL;
    put64(buf, count);
    for (unsigned i = 0; i < FILES; i++)
        if (drive->files[i])
            save_file(buf, drive->files[i]);
}

bool hostfs_save(struct hostfs *fs, struct state_buffer *buf, struct error *err)
{
    put64(buf, FORMAT);
    put64(buf, fs->page->number);
    for (unsigned i = 0; i < DRIVES; i++)
        if (fs->drive[i] && fs->drive[i]->started && !drive_settle(fs->drive[i]))
            return error_set(err, "%s does not answer (drive %c: of DOS); try again once it does.",
                             fs->drive[i]->roots[0].path, fs->drive[i]->letter);
    for (unsigned i = 0; i < DRIVES; i++) {
        if (!fs->drive[i])
            continue;
        put64(buf, (uint64_t)fs->drive[i]->letter);
        save_drive(buf, fs->drive[i]);
    }
    put64(buf, 0);
    return true;
}

/* ---- resuming ---- */

struct in {
    const uint8_t *data;
    size_t size, at;
    bool bad;
};

static uint64_t get64(struct in *in)
{
    uint64_t value = 0;

    if (in->bad || in->size - in->at < 8) {
        in->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < 8; i++)
        value |= (uint64_t)in->data[in->at++] << (8 * i);
    return value;
}

struct saved {
    uint64_t handle, root, mode, owner, ino, size, sec, nsec, set_time, time, locks;
    char path[PATH_MAX];
};

static bool get_saved(struct in *in, struct saved *s)
{
    uint64_t len;

    s->handle = get64(in);
    s->root = get64(in);
    s->mode = get64(in);
    s->owner = get64(in);
    s->ino = get64(in);
    s->size = get64(in);
    s->sec = get64(in);
    s->nsec = get64(in);
    s->set_time = get64(in);
    s->time = get64(in);
    len = get64(in);
    if (in->bad || len >= sizeof(s->path) || len > in->size - in->at)
        return false;
    memcpy(s->path, in->data + in->at, len);
    s->path[len] = 0;
    in->at += len;
    s->locks = get64(in);
    return !in->bad && s->locks <= LOCKS && s->locks * 16 <= in->size - in->at;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

enum outcome { OPENED, MISSING, CHANGED, TAKEN };

/* The sentence is about the first file. */
static void note(enum outcome *worst, const char *path, enum outcome outcome, struct error *err)
{
    if (outcome == OPENED || *worst != OPENED)
        return;
    *worst = outcome;
    if (outcome == MISSING)
        error_set(err,
                  "%s is not there any more, and this machine has it open. Going on may damage "
                  "what it works on.",
                  base_name(path));
    else if (outcome == CHANGED)
        error_set(err, "%s was changed after this machine was saved. Going on may damage it.",
                  base_name(path));
    else
        error_set(err,
                  "%s was locked by somebody else after this machine was saved. Going on may "
                  "damage it.",
                  base_name(path));
}

static int reopen(const struct drive *drive, const struct saved *s, bool *may_write,
                  struct stat *st)
{
    const struct root *root = &drive->roots[s->root];
    int fd = root->read_only ? -1 : open_beneath(root->fd, s->path, O_RDWR | O_NONBLOCK);

    *may_write = fd >= 0;
    if (fd < 0)
        fd = open_beneath(root->fd, s->path, O_RDONLY | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, st) < 0 || !S_ISREG(st->st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool unchanged(const struct saved *s, const struct stat *st)
{
    return (uint64_t)st->st_ino == s->ino && (uint64_t)st->st_size == s->size &&
           (uint64_t)st->st_mtim.tv_sec == s->sec && (uint64_t)st->st_mtim.tv_nsec == s->nsec;
}

/* Reads the locks in any case, so that the next file is found. */
static enum outcome relock(struct drive *drive, struct file *f, const struct saved *s,
                           struct in *in)
{
    enum outcome outcome = OPENED;

    for (uint64_t i = 0; i < s->locks; i++) {
        uint64_t pos = get64(in), len = get64(in);

        if (f && (!len || pos >= 1ull << 62 || len >= 1ull << 62 ||
                  lock_add(drive, f, pos, len) != DOS_OK))
            outcome = TAKEN;
    }
    return outcome;
}

static bool restore_file(struct drive *drive, struct in *in, enum outcome *worst, struct error *err)
{
    struct saved s;
    struct file *f = NULL;
    struct stat st;
    bool may_write;
    int fd;

    if (!get_saved(in, &s) || s.root >= drive->root_count || s.mode > 255 || s.owner > 65535 ||
        s.handle > UINT32_MAX || s.handle >> HANDLE_RANDOM == 0 ||
        (s.handle >> HANDLE_DRIVE & 31) != (unsigned)(drive->letter - 'A'))
        return false;
    fd = reopen(drive, &s, &may_write, &st);
    if (fd >= 0) {
        f = file_add(drive, fd, may_write, &st, (uint32_t)s.handle);
        if (!f) {
            close(fd);
            return false;
        }
        f->mode = (uint8_t)s.mode;
        f->owner = (uint16_t)s.owner;
        f->root = (unsigned)s.root;
        f->path = strdup(s.path);
        f->set_time = s.set_time != 0;
        f->time.tv_sec = (time_t)s.time;
        note(worst, s.path, unchanged(&s, &st) ? OPENED : CHANGED, err);
        note(worst, s.path, share_take(drive, f) == DOS_OK ? OPENED : TAKEN, err);
    } else {
        note(worst, s.path, MISSING, err);
    }
    note(worst, s.path, relock(drive, f, &s, in), err);
    return !in->bad;
}

static enum hostfs_restored broken(struct error *err)
{
    error_set(err, "The list of DOS's open files is damaged.");
    return HOSTFS_BROKEN;
}

enum hostfs_restored hostfs_restore(struct hostfs *fs, const uint8_t *data, size_t size,
                                    struct error *err)
{
    struct in in = { data, size, 0, false };
    enum outcome worst = OPENED;
    uint64_t letter, count, format = get64(&in), number = get64(&in);
    const struct codepage *page = number < 65536 ? codepage_find((unsigned)number) : NULL;

    if (in.bad || format != FORMAT || !page)
        return broken(err);
    fs->page = page;
    while ((letter = get64(&in)) != 0) {
        struct drive *drive = letter >= 'A' && letter <= 'Z' ? fs->drive[letter - 'A'] : NULL;

        if (!drive) {
            error_set(err, "The saved machine has files open on drive %c:, which it has no more.",
                      (char)(letter >= 'A' && letter <= 'Z' ? letter : '?'));
            return HOSTFS_BROKEN;
        }
        drive->page = page;
        count = get64(&in);
        while (!in.bad && count--)
            if (!restore_file(drive, &in, &worst, err))
                return broken(err);
    }
    if (in.bad)
        return broken(err);
    return worst == OPENED ? HOSTFS_RESTORED : HOSTFS_CHANGED;
}
