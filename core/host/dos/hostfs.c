/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drives, their worker threads, and the way of a request: machine thread to worker and back.  The
 * work itself is in the files beside this one.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/host/dos/hostfs_internal.h"

#define SECOND_NS  1000000000u
#define PARK_NS    10000000u /* a lock that is waited for is tried so often */
#define SYNC_NS    (5ull * SECOND_NS)
#define SETTLE_NS  (5ull * SECOND_NS)
#define ATTRIBUTES "user.DOSATTRIB"

uint64_t host_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * SECOND_NS + (uint64_t)ts.tv_nsec;
}

enum dos_error dos_error(int error)
{
    switch (error) {
    case 0:
        return DOS_OK;
    case ENOENT:
        return DOS_NO_FILE;
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
        return DOS_NO_PATH;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return DOS_NO_HANDLES;
    case EEXIST:
        return DOS_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return DOS_FULL;
    case ETXTBSY:
        return DOS_SHARING;
    case ESTALE:
    case ENODEV:
    case EHOSTDOWN:
    case ENOTCONN:
    case ETIMEDOUT:
        return DOS_NOT_READY;
    case EIO:
        return DOS_GENERAL;
    default: /* EACCES, EPERM, EROFS, ENOTEMPTY, EISDIR, EXDEV (a link out of the folder) ... */
        return DOS_DENIED;
    }
}

/* ---- the worker ---- */

enum dos_error drive_do(struct drive *drive, struct call *call)
{
    struct hostdos_call *c = &call->c;
    struct file *f;

    if (drive->fs->setup.before && !call->internal)
        drive->fs->setup.before(drive->fs->setup.ctx, drive->letter, c->r.op);
    switch (c->r.op) {
    case OP_RESET:
        files_close(drive, NULL);
        return DOS_OK;
    case OP_SYNC:
        files_sync(drive);
        return DOS_OK;
    case OP_CLOSE_OWNER:
        files_close(drive, &c->r.owner);
        return DOS_OK;
    case HOSTDOS_OPEN:
        return do_open(drive, c);
    case HOSTDOS_CREATE:
        return do_create(drive, c);
    case HOSTDOS_FIND_FIRST:
    case HOSTDOS_FIND_NEXT:
        return do_find(drive, c);
    case HOSTDOS_FIND_CLOSE:
        return DOS_OK;
    case HOSTDOS_SPACE:
        return do_space(drive, c);
    case HOSTDOS_VOLUME:
        return do_volume(drive, c);
    case HOSTDOS_CLOSE:
    case HOSTDOS_READ:
    case HOSTDOS_WRITE:
    case HOSTDOS_SET_SIZE:
    case HOSTDOS_COMMIT:
    case HOSTDOS_LOCK:
    case HOSTDOS_UNLOCK:
    case HOSTDOS_STAT:
    case HOSTDOS_SET_TIME:
        f = file_of(drive, c->r.handle);
        return f ? do_file(drive, c, f) : DOS_HANDLE;
    default:
        return do_name(drive, c);
    }
}

static struct call *queue_take(struct drive *drive)
{
    struct call *call = drive->first;

    if (call) {
        drive->first = call->next;
        if (!drive->first)
            drive->last = &drive->first;
    }
    return call;
}

static void queue_add(struct drive *drive, struct call *call)
{
    call->next = NULL;
    call->state = CALL_QUEUED;
    call->drive = drive;
    *drive->last = call;
    drive->last = &call->next;
}

static void give_back(struct hostfs *fs, struct call *call)
{
    call->state = CALL_IDLE;
    call->next = fs->spare;
    fs->spare = call;
}

/* Under the lock. */
static void finish(struct drive *drive, struct call *call, enum dos_error error)
{
    struct hostfs *fs = drive->fs;

    call->c.r.error = (uint16_t)error;
    if (error)
        call->c.used = 0;
    if (call->abandoned || call->internal) {
        give_back(fs, call);
        return;
    }
    call->state = CALL_DONE;
    pthread_cond_broadcast(&fs->done);
    if (call->pending && fs->setup.wake)
        fs->setup.wake(fs->setup.ctx);
}

/* A file that was opened for somebody who has gone. */
static void take_back(struct drive *drive, struct call *call, enum dos_error error)
{
    bool opens = call->c.r.op == HOSTDOS_OPEN || call->c.r.op == HOSTDOS_CREATE;
    struct file *f = opens && !error ? file_of(drive, call->c.r.handle) : NULL;

    if (f)
        file_close(drive, f);
}

/* One request, with the lock released meanwhile. */
static void work_on(struct drive *drive, struct call *call)
{
    struct hostfs *fs = drive->fs;
    enum dos_error error;

    if (call->cancelled) {
        finish(drive, call, DOS_CANCELLED);
        return;
    }
    call->state = CALL_WORKING;
    if (drive->page != fs->page)
        maps_drop(drive);
    drive->page = fs->page;
    pthread_mutex_unlock(&fs->lock);
    error = drive_do(drive, call);
    pthread_mutex_lock(&fs->lock);
    if (error == DOS_PARK && !call->abandoned && !call->cancelled) {
        call->state = CALL_PARKED;
        call->next = drive->parked;
        drive->parked = call;
        pthread_cond_broadcast(&fs->done);
        return;
    }
    error = error == DOS_PARK ? DOS_CANCELLED : error;
    if (call->abandoned) {
        pthread_mutex_unlock(&fs->lock);
        take_back(drive, call, error);
        pthread_mutex_lock(&fs->lock);
    }
    finish(drive, call, error);
}

static void try_parked(struct drive *drive)
{
    struct call *call = drive->parked, *next;

    drive->parked = NULL;
    for (; call; call = next) {
        next = call->next;
        work_on(drive, call);
    }
}

static void wait_for_work(struct drive *drive)
{
    uint64_t until = drive->next_sync;
    struct timespec ts;

    if (drive->parked && (!until || until > host_ns() + PARK_NS))
        until = host_ns() + PARK_NS;
    if (!until) {
        pthread_cond_wait(&drive->work, &drive->fs->lock);
        return;
    }
    ts = (struct timespec){ (time_t)(until / SECOND_NS), (long)(until % SECOND_NS) };
    pthread_cond_timedwait(&drive->work, &drive->fs->lock, &ts);
}

static void sync_if_due(struct drive *drive)
{
    if (!drive->next_sync || host_ns() < drive->next_sync)
        return;
    pthread_mutex_unlock(&drive->fs->lock);
    files_sync(drive);
    drive->next_sync = 0;
    pthread_mutex_lock(&drive->fs->lock);
}

static void *worker(void *arg)
{
    struct drive *drive = arg;
    struct hostfs *fs = drive->fs;
    struct call *call;

    pthread_mutex_lock(&fs->lock);
    for (;;) {
        while (!(call = queue_take(drive)) && !fs->quit) {
            wait_for_work(drive);
            try_parked(drive);
            sync_if_due(drive);
        }
        if (!call)
            break;
        work_on(drive, call);
        sync_if_due(drive);
    }
    pthread_mutex_unlock(&fs->lock);
    return NULL;
}

/* With the first request: threads only inherit the machine's confinement, and must not be those who
 * get its signals. */
static bool start(struct drive *drive)
{
    sigset_t all, old;

    if (drive->started)
        return true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    drive->started = pthread_create(&drive->thread, NULL, worker, drive) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return drive->started;
}

/* ---- the back-end ---- */

static struct call *new_call(struct hostfs *fs)
{
    struct call *call;

    pthread_mutex_lock(&fs->lock);
    call = fs->spare;
    if (call)
        fs->spare = call->next;
    pthread_mutex_unlock(&fs->lock);
    if (!call && fs->calls < CALLS) {
        call = calloc(1, sizeof(*call));
        assert(call);
        call->c.data = malloc(HOSTDOS_MOST);
        assert(call->c.data);
        fs->calls++;
    }
    if (call) {
        call->next = NULL;
        call->state = CALL_IDLE;
        call->abandoned = call->cancelled = call->pending = call->internal = false;
    }
    return call;
}

static struct hostdos_call *take(struct hostdos_backend *backend)
{
    return (struct hostdos_call *)new_call((struct hostfs *)backend);
}

static bool by_handle(unsigned op)
{
    return op == HOSTDOS_CLOSE || op == HOSTDOS_READ || op == HOSTDOS_WRITE ||
           op == HOSTDOS_SET_SIZE || op == HOSTDOS_COMMIT || op == HOSTDOS_LOCK ||
           op == HOSTDOS_UNLOCK || op == HOSTDOS_STAT || op == HOSTDOS_SET_TIME;
}

static struct drive *drive_of(struct hostfs *fs, const struct hostdos_call *c)
{
    unsigned n = DRIVES;

    if (by_handle(c->r.op))
        n = c->r.handle >> HANDLE_DRIVE & 31;
    else if (c->name1[0] >= 'A' && c->name1[0] <= 'Z' && c->name1[1] == ':' && c->name1[2] == '\\')
        n = (unsigned)(c->name1[0] - 'A');
    return n < DRIVES ? fs->drive[n] : NULL;
}

/* Something for every drive's worker that nobody waits for. */
static void tell_drives(struct hostfs *fs, unsigned op, uint16_t owner)
{
    for (unsigned i = 0; i < DRIVES; i++) {
        struct drive *drive = fs->drive[i];
        struct call *call = drive && drive->started ? new_call(fs) : NULL;

        if (!call)
            continue;
        call->internal = true;
        call->c.r = (struct hostdos_request){ .op = (uint8_t)op, .owner = owner };
        pthread_mutex_lock(&fs->lock);
        queue_add(drive, call);
        pthread_cond_signal(&drive->work);
        pthread_mutex_unlock(&fs->lock);
    }
}

/* Under the lock.  What waits for a lock is not waited for. */
static bool wait_done(struct hostfs *fs, struct call *call, uint64_t patience_ns)
{
    uint64_t until = host_ns() + patience_ns;
    struct timespec ts = { (time_t)(until / SECOND_NS), (long)(until % SECOND_NS) };

    while (call->state != CALL_DONE) {
        if (call->state == CALL_PARKED)
            return false;
        if (patience_ns == UINT64_MAX)
            pthread_cond_wait(&fs->done, &fs->lock);
        else if (pthread_cond_timedwait(&fs->done, &fs->lock, &ts) == ETIMEDOUT)
            return call->state == CALL_DONE;
    }
    return true;
}

static bool submit(struct hostdos_backend *backend, struct hostdos_call *c)
{
    struct hostfs *fs = (struct hostfs *)backend;
    struct call *call = (struct call *)c;
    struct drive *drive = drive_of(fs, c);
    bool done;

    if (c->r.op == HOSTDOS_END_OWNER)
        tell_drives(fs, OP_CLOSE_OWNER, c->r.owner);
    if (c->r.op < HOSTDOS_LOOKUP || (c->r.op == HOSTDOS_READ && c->r.handle == HOSTDOS_KERNEL)) {
        c->r.error = (uint16_t)do_host(fs, c);
        call->state = CALL_DONE;
        return true;
    }
    if (!drive) {
        c->r.error = by_handle(c->r.op) ? DOS_HANDLE : DOS_NO_DRIVE;
        c->used = 0;
        call->state = CALL_DONE;
        return true;
    }
    if (!start(drive)) { /* a host without a thread to spare */
        drive->page = fs->page;
        c->r.error = (uint16_t)drive_do(drive, call);
        if (c->r.error == DOS_PARK)
            c->r.error = DOS_LOCKED;
        call->state = CALL_DONE;
        return true;
    }
    pthread_mutex_lock(&fs->lock);
    queue_add(drive, call);
    pthread_cond_signal(&drive->work);
    done = wait_done(fs, call, fs->setup.patience_ns);
    call->pending = !done;
    pthread_mutex_unlock(&fs->lock);
    return done;
}

static bool finished(struct hostdos_backend *backend, struct hostdos_call *c)
{
    struct hostfs *fs = (struct hostfs *)backend;
    bool done;

    pthread_mutex_lock(&fs->lock);
    done = ((struct call *)c)->state == CALL_DONE;
    pthread_mutex_unlock(&fs->lock);
    return done;
}

static void cancel(struct hostdos_backend *backend, struct hostdos_call *c)
{
    struct hostfs *fs = (struct hostfs *)backend;
    struct call *call = (struct call *)c;

    if (c->r.op != HOSTDOS_LOCK && c->r.op != HOSTDOS_OPEN && c->r.op != HOSTDOS_READ)
        return;
    pthread_mutex_lock(&fs->lock);
    call->cancelled = true;
    if (call->drive)
        pthread_cond_signal(&call->drive->work);
    pthread_mutex_unlock(&fs->lock);
}

/* Out of a list, if it is there. */
static bool unlink_call(struct call **list, struct call *call)
{
    for (; *list; list = &(*list)->next) {
        if (*list == call) {
            *list = call->next;
            return true;
        }
    }
    return false;
}

static void drop(struct hostdos_backend *backend, struct hostdos_call *c)
{
    struct hostfs *fs = (struct hostfs *)backend;
    struct call *call = (struct call *)c;
    struct drive *drive = call->drive;

    pthread_mutex_lock(&fs->lock);
    if (call->state == CALL_WORKING) {
        call->abandoned = true; /* the worker gives it back */
    } else {
        if (call->state == CALL_QUEUED && unlink_call(&drive->first, call)) {
            drive->last = &drive->first;
            while (*drive->last)
                drive->last = &(*drive->last)->next;
        } else if (call->state == CALL_PARKED) {
            unlink_call(&drive->parked, call);
        }
        give_back(fs, call);
    }
    pthread_mutex_unlock(&fs->lock);
}

static bool changes(unsigned op)
{
    return op == HOSTDOS_CREATE || op == HOSTDOS_CLOSE || op == HOSTDOS_WRITE ||
           op == HOSTDOS_SET_SIZE || op == HOSTDOS_COMMIT || op == HOSTDOS_UNLOCK ||
           op == HOSTDOS_SET_TIME || (op >= HOSTDOS_SET_ATTR && op <= HOSTDOS_RMDIR);
}

static bool settle(struct hostdos_backend *backend, struct hostdos_call *c, struct error *err)
{
    struct hostfs *fs = (struct hostfs *)backend;
    struct call *call = (struct call *)c;
    bool done;

    pthread_mutex_lock(&fs->lock);
    done = wait_done(fs, call, changes(c->r.op) ? SETTLE_NS : 0);
    pthread_mutex_unlock(&fs->lock);
    if (!done && changes(c->r.op))
        error_set(err, "%s does not answer (drive %c: of DOS); try again once it does.",
                  call->drive->roots[0].path, call->drive->letter);
    return done;
}

bool drive_settle(struct drive *drive)
{
    struct hostfs *fs = drive->fs;
    struct call *call = new_call(fs);
    bool done;

    if (!call)
        return false;
    call->c.r = (struct hostdos_request){ .op = OP_SYNC };
    pthread_mutex_lock(&fs->lock);
    queue_add(drive, call);
    pthread_cond_signal(&drive->work);
    done = wait_done(fs, call, SETTLE_NS);
    pthread_mutex_unlock(&fs->lock);
    drop(&fs->backend, &call->c);
    return done;
}

static void reset(struct hostdos_backend *backend)
{
    tell_drives((struct hostfs *)backend, OP_RESET, 0);
}

/* ---- making and ending ---- */

static bool add_root(struct hostfs *fs, const struct hostfs_folder *folder, struct error *err)
{
    unsigned n = (unsigned)(folder->drive - 'A');
    struct drive *drive = fs->drive[n];
    struct root *root;
    char value[8];
    int fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return error_set(err, "The folder %s (drive %c:) cannot be opened: %s.", folder->path,
                         folder->drive, strerror(errno));
    if (!drive) {
        drive = fs->drive[n] = calloc(1, sizeof(*drive));
        assert(drive);
        *drive = (struct drive){ .fs = fs, .letter = folder->drive, .tools = folder->tools };
        drive->last = &drive->first;
    }
    drive->roots = realloc(drive->roots, (drive->root_count + 1) * sizeof(*root));
    assert(drive->roots);
    root = &drive->roots[drive->root_count++];
    *root = (struct root){ .fd = fd, .path = strdup(folder->path), .read_only = folder->read_only };
    strncpy(root->at, folder->at ? folder->at : "", sizeof(root->at) - 1);
    root->attributes = fgetxattr(fd, ATTRIBUTES, value, sizeof(value)) >= 0 || errno == ENODATA;
    if (!root->read_only && faccessat(fd, ".", W_OK, 0) < 0 && errno == EROFS)
        root->read_only = true;
    return true;
}

static void init_conds(struct hostfs *fs)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&fs->lock, NULL);
    pthread_cond_init(&fs->done, &attr);
    for (unsigned i = 0; i < DRIVES; i++)
        if (fs->drive[i])
            pthread_cond_init(&fs->drive[i]->work, &attr);
    pthread_condattr_destroy(&attr);
}

struct hostfs *hostfs_new(const struct hostfs_setup *setup, struct error *err)
{
    struct hostfs *fs = calloc(1, sizeof(*fs));
    time_t now = time(NULL);
    struct tm tm;
    bool ok = true;

    assert(fs);
    localtime_r(&now, &tm); /* the time zone's file, while it can be read */
    fs->setup = *setup;
    fs->backend = (struct hostdos_backend){ take, submit, finished, cancel, settle, drop, reset };
    fs->page = codepage_open(setup->code_page) ? codepage_find(setup->code_page) : NULL;
    if (!fs->page)
        ok = error_set(err, "There is no code page %u here.", setup->code_page);
    for (unsigned i = 0; ok && i < setup->folder_count; i++)
        if (!setup->folders[i].at)
            ok = add_root(fs, &setup->folders[i], err);
    for (unsigned i = 0; ok && i < setup->folder_count; i++)
        if (setup->folders[i].at)
            ok = add_root(fs, &setup->folders[i], err);
    fs->startup = setup->startup ? strdup(setup->startup) : NULL;
    init_conds(fs);
    if (ok)
        return fs;
    hostfs_free(fs);
    return NULL;
}

static void free_drive(struct drive *drive)
{
    files_close(drive, NULL);
    maps_drop(drive);
    for (unsigned i = 0; i < drive->root_count; i++) {
        close(drive->roots[i].fd);
        free(drive->roots[i].path);
    }
    free(drive->roots);
    pthread_cond_destroy(&drive->work);
    free(drive);
}

void hostfs_free(struct hostfs *fs)
{
    struct timespec until;

    if (!fs)
        return;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    pthread_mutex_lock(&fs->lock);
    fs->quit = true;
    for (unsigned i = 0; i < DRIVES; i++)
        if (fs->drive[i])
            pthread_cond_signal(&fs->drive[i]->work);
    pthread_mutex_unlock(&fs->lock);
    for (unsigned i = 0; i < DRIVES; i++) {
        if (fs->drive[i] && fs->drive[i]->started &&
            pthread_timedjoin_np(fs->drive[i]->thread, NULL, &until) != 0)
            return; /* a folder that sleeps: the process ends without it */
    }
    for (unsigned i = 0; i < DRIVES; i++)
        if (fs->drive[i])
            free_drive(fs->drive[i]);
    while (fs->spare) {
        struct call *call = fs->spare;

        fs->spare = call->next;
        free(call->c.data);
        free(call);
    }
    pthread_cond_destroy(&fs->done);
    pthread_mutex_destroy(&fs->lock);
    free(fs->startup);
    free(fs);
}

struct hostdos_backend *hostfs_backend(struct hostfs *fs)
{
    return &fs->backend;
}
