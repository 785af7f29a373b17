/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The media hub: drives, the media in them, and the operations that chips have under way.  Which
 * thread does the file work is the back-end's business; everything here runs on the machine thread.
 *
 * Each op owns one request with a bounce buffer and uses it again and again.  An op that is
 * forgotten while the back-end still works on its request leaves the request behind as an orphan,
 * freed when it comes back.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/media.h"

struct pending {
    struct media_request request; /* first member */
    uint32_t capacity;            /* of request.data */
    struct media_hub *hub;        /* whose list this is on; NULL: none */
    bool held;                    /* busy, but not with the back-end yet */
    struct pending *next;
};

struct media_hub {
    struct vclock *clock;
    struct drive *drives;
    struct pending *pending; /* every request of every op, and the orphans */
    void (*failed)(void *ctx, const struct media_failure *failure);
    void *failed_ctx;
    void (*moved)(void *ctx, struct drive *drive);
    void *moved_ctx;
    bool hold;
};

struct media_hub *media_hub_new(struct vclock *clock)
{
    struct media_hub *hub = calloc(1, sizeof(*hub));

    assert(hub);
    hub->clock = clock;
    return hub;
}

void media_hub_on_error(struct media_hub *hub,
                        void (*failed)(void *ctx, const struct media_failure *failure), void *ctx)
{
    hub->failed = failed;
    hub->failed_ctx = ctx;
}

/* ---- requests ---- */

static struct pending *pending_new(struct media_hub *hub)
{
    struct pending *p = calloc(1, sizeof(*p));

    assert(p);
    p->hub = hub;
    if (hub) {
        p->next = hub->pending;
        hub->pending = p;
    }
    return p;
}

static void pending_free(struct pending *p)
{
    if (p->hub) {
        struct pending **link = &p->hub->pending;

        while (*link != p)
            link = &(*link)->next;
        *link = p->next;
    }
    free(p->request.data);
    free(p);
}

static void pending_reserve(struct pending *p, uint32_t length)
{
    if (p->capacity >= length)
        return;
    free(p->request.data);
    p->request.data = malloc(length);
    assert(p->request.data);
    p->capacity = length;
}

static void tell_host_failed(struct media_hub *hub, const struct media_request *request)
{
    static const char *const verb[] = {
        [MEDIA_READ] = "read", [MEDIA_WRITE] = "written", [MEDIA_FLUSH] = "flushed to the disk"
    };
    struct media_failure failure = { .kind = request->kind, .error = request->error };

    if (!hub || !hub->failed)
        return;
    for (const struct drive *d = hub->drives; d; d = d->next)
        if (d->media == request->media)
            memcpy(failure.drive, d->name, sizeof(failure.drive));
    snprintf(failure.why, sizeof(failure.why), "%s cannot be %s: %s", request->media->label,
             verb[request->kind], strerror(request->error));
    hub->failed(hub->failed_ctx, &failure);
}

void media_finish(struct media_request *request)
{
    struct pending *p = (struct pending *)request;
    struct media_op *op = request->op;

    request->busy = false;
    if (request->error)
        tell_host_failed(p->hub, request);
    if (!op) {
        pending_free(p);
        return;
    }
    if (op->waiting) {
        op->waiting = false;
        vtimer_arm(&op->timer, vclock_now(op->timer.clock));
    }
}

/* ---- drives ---- */

struct drive *media_drive(struct media_hub *hub, const char *name)
{
    struct drive **link = &hub->drives, *drive;

    for (; *link; link = &(*link)->next)
        if (strcmp((*link)->name, name) == 0)
            return *link;
    drive = calloc(1, sizeof(*drive));
    assert(drive);
    snprintf(drive->name, sizeof(drive->name), "%s", name);
    drive->hub = hub;
    *link = drive;
    return drive;
}

struct drive *media_drives(struct media_hub *hub)
{
    return hub->drives;
}

static void cancel_ops(struct drive *drive)
{
    for (struct pending *p = drive->hub->pending, *next; p; p = next) {
        next = p->next;
        if (p->request.op && p->request.op->drive == drive)
            media_op_cancel(p->request.op);
    }
}

static void close_media(struct drive *drive)
{
    if (!drive->media)
        return;
    cancel_ops(drive);
    drive->media->ops->drain(drive->media);
    drive->media->ops->close(drive->media);
    drive->media = NULL;
}

void drive_set_media(struct drive *drive, struct media *media)
{
    close_media(drive);
    drive->media = media;
    if (drive->changed)
        drive->changed(drive->ctx);
}

void drive_tell_changed(struct drive *drive)
{
    cancel_ops(drive);
    if (drive->changed)
        drive->changed(drive->ctx);
}

static void move_tray(struct drive *drive, bool open)
{
    struct media_hub *hub = drive->hub;

    cancel_ops(drive);
    drive->tray_open = open;
    if (drive->changed)
        drive->changed(drive->ctx);
    if (hub->moved)
        hub->moved(hub->moved_ctx, drive);
}

bool drive_open_tray(struct drive *drive, bool force, struct error *err)
{
    if (!drive->cdrom)
        return error_set(err, "%s has no tray", drive->name);
    if (drive->tray_open)
        return true;
    if (drive->locked && !force) {
        if (drive->eject_pressed)
            drive->eject_pressed(drive->ctx);
        return error_set(err,
                         "the guest has locked the tray of %s; it was asked to open it, and the "
                         "tray can be forced",
                         drive->name);
    }
    move_tray(drive, true);
    return true;
}

bool drive_close_tray(struct drive *drive, struct error *err)
{
    if (!drive->cdrom)
        return error_set(err, "%s has no tray", drive->name);
    if (drive->tray_open)
        move_tray(drive, false);
    return true;
}

void media_hub_on_tray(struct media_hub *hub, void (*moved)(void *ctx, struct drive *drive),
                       void *ctx)
{
    hub->moved = moved;
    hub->moved_ctx = ctx;
}

void media_hub_drain(struct media_hub *hub)
{
    for (struct drive *drive = hub->drives; drive; drive = drive->next)
        if (drive->media)
            drive->media->ops->drain(drive->media);
}

void media_hub_free(struct media_hub *hub)
{
    if (!hub)
        return;
    for (struct drive *drive = hub->drives, *next; drive; drive = next) {
        next = drive->next;
        close_media(drive);
        free(drive);
    }
    while (hub->pending) {
        if (hub->pending->request.op) /* an op that outlives the hub */
            hub->pending->request.op->request = NULL;
        pending_free(hub->pending);
    }
    free(hub);
}

/* ---- operations ---- */

static void op_fire(void *ctx)
{
    struct media_op *op = ctx;
    struct media_request *request = op->request;

    if (!request) { /* armed by a saved state that nobody resumed */
        op->done(op->ctx, false);
        return;
    }
    if (request->busy) {
        op->waiting = true;
        return;
    }
    if (request->kind == MEDIA_READ && !request->error)
        memcpy(op->buffer, request->data, request->length);
    op->done(op->ctx, request->error == 0);
}

void media_op_init(struct media_op *op, struct vclock *clock, struct drive *drive,
                   void (*done)(void *ctx, bool ok), void *ctx)
{
    *op = (struct media_op){ .drive = drive, .done = done, .ctx = ctx };
    vtimer_init(&op->timer, clock, op_fire, op);
}

void media_op_done(struct media_op *op)
{
    media_op_cancel(op);
    if (op->request)
        pending_free((struct pending *)op->request);
    op->request = NULL;
    vtimer_done(&op->timer);
}

/* The op's request is not its own any more, if anybody works on it. */
static void abandon_request(struct media_op *op)
{
    struct pending *p = (struct pending *)op->request;

    if (!p || !p->request.busy)
        return;
    if (p->held) {
        p->held = p->request.busy = false;
        return;
    }
    p->request.op = NULL;
    op->request = NULL;
}

void media_hub_hold(struct media_hub *hub)
{
    hub->hold = true;
}

void media_hub_release(struct media_hub *hub)
{
    hub->hold = false;
    for (struct pending *p = hub->pending; p; p = p->next) {
        if (!p->held)
            continue;
        p->held = false;
        p->request.media->ops->submit(p->request.media, &p->request);
    }
}

/* What can be said without asking the host. */
static int op_refused(const struct drive *drive, enum media_kind kind, uint64_t offset,
                      uint32_t length)
{
    const struct media *media = drive ? drive->media : NULL;

    if (!media || drive->tray_open)
        return ENODEV;
    if (offset > media->size || length > media->size - offset)
        return EIO;
    if (kind == MEDIA_WRITE && media->read_only)
        return EROFS;
    return 0;
}

void media_op_resume(struct media_op *op, enum media_kind kind, uint64_t offset, uint8_t *buffer,
                     uint32_t length)
{
    struct drive *drive = op->drive;
    struct media_request *request;

    assert(length <= MEDIA_OP_MAX);
    abandon_request(op); /* of an op that was under way when a state was loaded over it */
    request = op->request;
    if (!request)
        request = &pending_new(drive ? drive->hub : NULL)->request;
    op->request = request;
    op->buffer = buffer;
    op->waiting = false;
    if (kind == MEDIA_FLUSH)
        length = 0;
    pending_reserve((struct pending *)request, length);
    request->media = drive ? drive->media : NULL;
    request->next = NULL;
    request->offset = offset;
    request->length = length;
    request->kind = kind;
    request->op = op;
    request->error = op_refused(drive, kind, offset, length);
    if (request->error)
        return;
    if (kind == MEDIA_WRITE)
        memcpy(request->data, buffer, length);
    if (kind == MEDIA_READ)
        drive->reads++;
    else
        drive->writes++;
    request->busy = true;
    if (drive->hub->hold)
        ((struct pending *)request)->held = true;
    else
        request->media->ops->submit(request->media, request);
}

void media_op_start(struct media_op *op, enum media_kind kind, uint64_t offset, uint8_t *buffer,
                    uint32_t length, uint64_t not_before)
{
    assert(!media_op_busy(op));
    vtimer_arm(&op->timer, not_before);
    media_op_resume(op, kind, offset, buffer, length);
}

void media_op_cancel(struct media_op *op)
{
    vtimer_cancel(&op->timer);
    op->waiting = false;
    abandon_request(op);
}

bool media_op_busy(const struct media_op *op)
{
    return op->waiting || vtimer_armed(&op->timer);
}

/* ---- a medium in memory ---- */

struct media_memory {
    struct media media; /* first member */
    uint8_t *bytes;
    int fail_at, fail_errno;
};

static void memory_submit(struct media *media, struct media_request *request)
{
    struct media_memory *m = (struct media_memory *)media;

    if (m->fail_at >= 0 && m->fail_at-- == 0)
        request->error = m->fail_errno;
    else if (request->kind == MEDIA_READ)
        memcpy(request->data, m->bytes + request->offset, request->length);
    else if (request->kind == MEDIA_WRITE)
        memcpy(m->bytes + request->offset, request->data, request->length);
    media_finish(request);
}

static void memory_drain(struct media *media)
{
    (void)media; /* submit has done everything */
}

static void memory_close(struct media *media)
{
    free(media);
}

struct media *media_memory_new(uint8_t *bytes, uint64_t size, bool read_only)
{
    static const struct media_ops ops = { memory_submit, memory_drain, memory_close };
    struct media_memory *m = calloc(1, sizeof(*m));

    assert(m);
    m->media =
        (struct media){ .ops = &ops, .size = size, .read_only = read_only, .label = "memory" };
    m->bytes = bytes;
    m->fail_at = -1;
    return &m->media;
}

void media_memory_fail(struct media *media, int fail_at, int fail_errno)
{
    struct media_memory *m = (struct media_memory *)media;

    m->fail_at = fail_at;
    m->fail_errno = fail_errno;
}
