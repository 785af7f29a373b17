/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw image files as media: one worker thread does the file work of a machine. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/host/image.h"

struct queue {
    struct media_request *first, **last;
};

struct image_hub {
    bool synchronous, started; /* started: there is a worker */
    void (*wake)(void *ctx);
    void *ctx;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below, and of image.working */
    pthread_cond_t work, idle;
    struct queue todo, finished;
    bool quit;
};

struct image {
    struct media media; /* first member */
    struct image_hub *hub;
    int fd;
    unsigned working; /* requests with the worker */
    bool dirty;       /* written since the last flush */
};

static void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
}

static void queue_add(struct queue *queue, struct media_request *request)
{
    request->next = NULL;
    *queue->last = request;
    queue->last = &request->next;
}

static struct media_request *queue_take(struct queue *queue)
{
    struct media_request *request = queue->first;

    if (request) {
        queue->first = request->next;
        if (!queue->first)
            queue->last = &queue->first;
    }
    return request;
}

/* ---- file work ---- */

static int write_all(int fd, const uint8_t *data, uint32_t length, uint64_t offset)
{
    while (length) {
        ssize_t n = pwrite(fd, data, length, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            return ENOSPC;
        data += n;
        offset += (uint64_t)n;
        length -= (uint32_t)n;
    }
    return 0;
}

static int flush(struct image *image)
{
    if (!image->dirty)
        return 0;
    while (fdatasync(image->fd) < 0)
        if (errno != EINTR)
            return errno;
    image->dirty = false;
    return 0;
}

static void work_on(struct media_request *request)
{
    struct image *image = (struct image *)request->media;

    switch (request->kind) {
    case MEDIA_READ:
        request->error = image_read(image->fd, request->data, request->length, request->offset);
        break;
    case MEDIA_WRITE:
        image->dirty = true;
        request->error = write_all(image->fd, request->data, request->length, request->offset);
        break;
    case MEDIA_FLUSH:
        request->error = flush(image);
        break;
    }
}

static void *worker(void *arg)
{
    struct image_hub *hub = arg;
    struct media_request *request;

    pthread_mutex_lock(&hub->lock);
    for (;;) {
        bool first;

        while (!(request = queue_take(&hub->todo)) && !hub->quit)
            pthread_cond_wait(&hub->work, &hub->lock);
        if (!request)
            break;
        pthread_mutex_unlock(&hub->lock);
        work_on(request);
        pthread_mutex_lock(&hub->lock);
        first = !hub->finished.first;
        ((struct image *)request->media)->working--;
        queue_add(&hub->finished, request);
        pthread_cond_broadcast(&hub->idle);
        if (first && hub->wake) {
            pthread_mutex_unlock(&hub->lock);
            hub->wake(hub->ctx);
            pthread_mutex_lock(&hub->lock);
        }
    }
    pthread_mutex_unlock(&hub->lock);
    return NULL;
}

/* ---- the hub ---- */

/* With the first request: the thread must come after the machine's confinement, which threads only
 * inherit.  It must not be the one who gets the machine's signals.  A host without a thread to
 * spare: the work is done here. */
static void start_worker(struct image_hub *hub)
{
    sigset_t all, old;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    hub->started = pthread_create(&hub->thread, NULL, worker, hub) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    hub->synchronous = !hub->started;
}

struct image_hub *image_hub_new(bool synchronous, void (*wake)(void *ctx), void *ctx,
                                struct error *err)
{
    struct image_hub *hub = calloc(1, sizeof(*hub));

    if (!hub) {
        error_set(err, "there is no memory for the images' work");
        return NULL;
    }
    hub->synchronous = synchronous;
    hub->wake = wake;
    hub->ctx = ctx;
    pthread_mutex_init(&hub->lock, NULL);
    pthread_cond_init(&hub->work, NULL);
    pthread_cond_init(&hub->idle, NULL);
    queue_init(&hub->todo);
    queue_init(&hub->finished);
    return hub;
}

void image_hub_free(struct image_hub *hub)
{
    if (!hub)
        return;
    if (hub->started) {
        pthread_mutex_lock(&hub->lock);
        hub->quit = true;
        pthread_cond_signal(&hub->work);
        pthread_mutex_unlock(&hub->lock);
        pthread_join(hub->thread, NULL);
    }
    pthread_cond_destroy(&hub->work);
    pthread_cond_destroy(&hub->idle);
    pthread_mutex_destroy(&hub->lock);
    free(hub);
}

void image_hub_poll(struct image_hub *hub)
{
    struct media_request *list, *next;

    pthread_mutex_lock(&hub->lock);
    list = hub->finished.first;
    queue_init(&hub->finished);
    pthread_mutex_unlock(&hub->lock);
    for (; list; list = next) {
        next = list->next;
        media_finish(list);
    }
}

/* ---- one image ---- */

static void image_submit(struct media *media, struct media_request *request)
{
    struct image *image = (struct image *)media;
    struct image_hub *hub = image->hub;

    if (!hub->synchronous && !hub->started)
        start_worker(hub);
    if (hub->synchronous) {
        work_on(request);
        media_finish(request);
        return;
    }
    pthread_mutex_lock(&hub->lock);
    image->working++;
    queue_add(&hub->todo, request);
    pthread_cond_signal(&hub->work);
    pthread_mutex_unlock(&hub->lock);
}

static void image_drain(struct media *media)
{
    struct image *image = (struct image *)media;
    struct image_hub *hub = image->hub;

    pthread_mutex_lock(&hub->lock);
    while (image->working)
        pthread_cond_wait(&hub->idle, &hub->lock);
    pthread_mutex_unlock(&hub->lock);
    image_hub_poll(hub);
}

static void image_close(struct media *media)
{
    struct image *image = (struct image *)media;

    flush(image);
    close(image->fd);
    free(image);
}

static bool image_identify(struct media *media, struct media_identity *identity)
{
    struct image *image = (struct image *)media;
    struct stat st;

    image_drain(media);
    /* A file system of the network may date what was written when it gets there. */
    if (flush(image) || fstat(image->fd, &st) < 0)
        return false;
    *identity = (struct media_identity){ (uint64_t)st.st_ino, (int64_t)st.st_mtim.tv_sec,
                                         (uint32_t)st.st_mtim.tv_nsec };
    return true;
}

/* ---- opening ---- */

/* Has process `pid` this very file open? */
static bool has_open(const char *pid, const struct stat *file)
{
    char path[64];
    struct dirent *entry;
    bool found = false;
    DIR *fds;

    snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
    fds = opendir(path);
    while (fds && !found && (entry = readdir(fds))) {
        struct stat st;

        found = fstatat(dirfd(fds), entry->d_name, &st, 0) == 0 && st.st_dev == file->st_dev &&
                st.st_ino == file->st_ino;
    }
    if (fds)
        closedir(fds);
    return found;
}

/* An OFD lock does not tell its owner: the first other process that has the file open, as far as
 * we may look; 0: nobody seen. */
static int find_holder(int fd)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    struct stat file;
    int pid = 0;

    while (proc && !pid && fstat(fd, &file) == 0 && (entry = readdir(proc))) {
        int candidate = atoi(entry->d_name);

        if (candidate > 0 && candidate != getpid() && has_open(entry->d_name, &file))
            pid = candidate;
    }
    if (proc)
        closedir(proc);
    return pid;
}

/* A file system without locks has none to respect. */
static bool lock_image(int fd, const char *label, bool read_only, struct error *err)
{
    struct flock lock = { .l_type = read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET };
    char who[32] = "";
    int pid;

    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return true;
    if (errno != EAGAIN && errno != EACCES)
        return errno == ENOLCK || errno == EOPNOTSUPP || errno == EINVAL ||
               error_set(err, "%s cannot be locked: %s.", label, strerror(errno));
    pid = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? (int)lock.l_pid : 0;
    if (pid <= 0)
        pid = find_holder(fd);
    if (pid > 0)
        snprintf(who, sizeof(who), " (process %d)", pid);
    return error_set(err, "%s is in use by another machine%s; stop that one first%s.", label, who,
                     read_only ? "" : ", or use a copy");
}

static struct media *image_make(struct image_hub *hub, int fd, const char *label, uint64_t size,
                                bool read_only)
{
    static const struct media_ops ops = { image_submit, image_drain, image_close, image_identify };
    struct image *image = calloc(1, sizeof(*image));
    const char *slash = strrchr(label, '/');

    assert(image);
    image->media = (struct media){ .ops = &ops, .size = size, .read_only = read_only };
    snprintf(image->media.label, sizeof(image->media.label), "%s", slash ? slash + 1 : label);
    image->hub = hub;
    image->fd = fd;
    return &image->media;
}

struct media *image_open_fd(struct image_hub *hub, int fd, const char *label, unsigned flags,
                            struct error *err)
{
    int mode = fcntl(fd, F_GETFL);
    bool read_only = flags & IMAGE_READ_ONLY;
    uint64_t size;

    if (mode < 0) {
        error_set(err, "%s: that is not an open file.", label);
        return NULL;
    }
    if ((mode & O_ACCMODE) == O_WRONLY) {
        error_set(err, "%s was not opened for reading.", label);
        goto fail;
    }
    if ((mode & O_ACCMODE) == O_RDONLY && !read_only) {
        if (!(flags & IMAGE_FALLBACK)) {
            error_set(err, "%s may not be written; open it read-only instead.", label);
            goto fail;
        }
        read_only = true;
    }
    if (!image_check_file(fd, label, &size, err) || !lock_image(fd, label, read_only, err))
        goto fail;
    return image_make(hub, fd, label, size, read_only);

fail:
    close(fd);
    return NULL;
}

struct media *image_open(struct image_hub *hub, const char *path, unsigned flags, struct error *err)
{
    bool read_only = flags & IMAGE_READ_ONLY;
    int fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
    bool refused = errno == EACCES || errno == EROFS || errno == EPERM || errno == ETXTBSY;

    if (fd < 0 && !read_only && refused) {
        if (!(flags & IMAGE_FALLBACK)) {
            error_set(err, "%s may not be written (%s); open it read-only instead.", path,
                      strerror(errno));
            return NULL;
        }
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        flags |= IMAGE_READ_ONLY;
    }
    if (fd < 0 && errno == EISDIR)
        error_set(err, "%s is a folder, not an image file.", path);
    else if (fd < 0)
        error_set(err, "%s cannot be opened: %s.", path, strerror(errno));
    if (fd < 0)
        return NULL;
    return image_open_fd(hub, fd, path, flags, err);
}
