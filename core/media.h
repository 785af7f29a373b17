/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MEDIA_H
#define CORE_MEDIA_H

/*
 * Media: images in drives, read and written asynchronously.  A chip starts a media_op and is called
 * back on the machine thread, from the virtual clock, not before the virtual time it gave and not
 * before the host has done the work.  The file work happens in the back-end (a worker thread in
 * core/host, or at once in tests and in counted mode); it copies, so a chip's buffer is only read
 * inside media_op_start() and only written just before the callback.
 *
 * State: an op that is under way at save time has its timer armed (media_hub_drain() saw to that);
 * the chip's own fields say what it was doing, and its resume() starts it again with
 * media_op_resume().  Doing a read or the same write twice is harmless.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/vclock.h"

struct media;
struct media_hub;
struct media_request;
struct drive;

enum media_kind { MEDIA_READ, MEDIA_WRITE, MEDIA_FLUSH };

struct media_identity { /* of a file of the host */
    uint64_t inode;
    int64_t modified_s;
    uint32_t modified_ns;
};

/* A back-end fills this in (core/host/image.c, tests). */
struct media_ops {
    /* Begins the request; media_finish() is called for it later on the machine thread (or inside
     * submit, for a synchronous back-end).  Requests of one medium finish in submit order. */
    void (*submit)(struct media *media, struct media_request *request);
    /* Blocks until every submitted request's host work is done and media_finish() was called. */
    void (*drain)(struct media *media);
    void (*close)(struct media *media); /* after drain */
    /* What will tell this medium from another of its name later; drains first.  False, or NULL:
     * nothing does. */
    bool (*identify)(struct media *media, struct media_identity *identity);
};

struct media { /* first member of a back-end's struct */
    const struct media_ops *ops;
    uint64_t size; /* bytes */
    bool read_only;
    char label[128]; /* what to call it in messages: the file name */
};

struct media_request {
    struct media *media;
    struct media_request *next; /* for the back-end */
    uint8_t *data;              /* bounce buffer of the op: `length` bytes */
    uint64_t offset;            /* bytes */
    uint32_t length;
    enum media_kind kind;
    int error; /* 0, or errno of the host; EIO beyond the end, EROFS */
    bool busy; /* with the back-end */
    struct media_op *op;
};

/* A back-end reports that request->error is final. */
void media_finish(struct media_request *request);

/* ---- drives: where media are put in ---- */

struct drive {
    char name[24];       /* "floppy0", "disk0", "cdrom0" */
    struct media *media; /* NULL: empty */
    struct media_hub *hub;
    /* Set by the chip; called on the machine thread when the medium was put in, taken out or
     * exchanged (media is the new state already; running ops were cancelled). */
    void (*changed)(void *ctx);
    void *ctx;
    uint32_t reads, writes; /* requests so far: activity lights */
    bool cdrom;             /* has a tray; set by the board before the chip looks */
    bool locked;            /* the guest locked the tray */
    bool tray_open;         /* the medium in an open tray is there, but cannot be read */
    /* Set by the chip of a drive with a tray: somebody pressed the button, and the guest, which
     * has locked it, is told so that it may unlock and open.  NULL: it cannot be told. */
    void (*eject_pressed)(void *ctx);
    struct drive *next;
};

struct media_hub *media_hub_new(struct vclock *clock);
void media_hub_free(struct media_hub *hub);
struct media_failure { /* the host failed under a request */
    char drive[24];    /* "disk0"; "": the medium is in none any more */
    enum media_kind kind;
    int error;     /* errno */
    char why[256]; /* one sentence */
};
/* What to do then (disk full, I/O error): called once per failure, before the chip is told. */
void media_hub_on_error(struct media_hub *hub,
                        void (*failed)(void *ctx, const struct media_failure *failure), void *ctx);
/* The drive of that name, created if it is not there yet. Owned by the hub. */
struct drive *media_drive(struct media_hub *hub, const char *name);
struct drive *media_drives(struct media_hub *hub); /* list head, for the control side */
/* Puts a medium in (the hub owns it then) or, with NULL, takes it out; closes the old one. */
void drive_set_media(struct drive *drive, struct media *media);
/* To the chip, as if the medium that is in had just been put in. */
void drive_tell_changed(struct drive *drive);
/*
 * The tray, from outside and from the guest's own commands.  Opening a tray the guest has locked
 * fails unless forced, after its chip was told that the button was pressed.  The medium stays in
 * the drive; running ops are cancelled and `changed` is called, in both directions.  A drive
 * without a tray: false and a sentence; nothing to do: true.
 */
bool drive_open_tray(struct drive *drive, bool force, struct error *err);
bool drive_close_tray(struct drive *drive, struct error *err);
/* Called on the machine thread whenever a tray has moved, whoever moved it. */
void media_hub_on_tray(struct media_hub *hub, void (*moved)(void *ctx, struct drive *drive),
                       void *ctx);
/* Waits for all host work and makes every op that only waited for it finish, so that afterwards
 * each op under way has its timer armed.  Before saving. */
void media_hub_drain(struct media_hub *hub);
/* What ops would do from now on stays undone until the release: a state was loaded, and whether
 * these are its media is not settled.  Before any op's time comes. */
void media_hub_hold(struct media_hub *hub);
void media_hub_release(struct media_hub *hub);

/* ---- operations ---- */

#define MEDIA_OP_MAX (256u * 512u) /* bytes of one op */

struct media_op {
    struct drive *drive;
    void (*done)(void *ctx, bool ok); /* from the virtual clock; buffer is filled if ok */
    void *ctx;
    struct vtimer timer; /* armed: under way; put FIELD_TIMER(struct x, op.timer) into the table */
    uint8_t *buffer;     /* the chip's, for reads */
    bool waiting;        /* the timer has fired, the host has not finished */
    struct media_request *request; /* the present one; NULL: none */
};

void media_op_init(struct media_op *op, struct vclock *clock, struct drive *drive,
                   void (*done)(void *ctx, bool ok), void *ctx);
/* Cancels and detaches; frees the bounce buffer. */
void media_op_done(struct media_op *op);
/* Starts; the op must be idle.  Beyond the end of the medium, without a medium, or writing to a
 * read-only one: done(false) at not_before.  length <= MEDIA_OP_MAX. */
void media_op_start(struct media_op *op, enum media_kind kind, uint64_t offset, uint8_t *buffer,
                    uint32_t length, uint64_t not_before);
/* After a state load: submits again what the armed timer says is under way; the deadline stays. */
void media_op_resume(struct media_op *op, enum media_kind kind, uint64_t offset, uint8_t *buffer,
                     uint32_t length);
/* The op is forgotten: done will not be called.  Data of a write may or may not arrive. */
void media_op_cancel(struct media_op *op);
bool media_op_busy(const struct media_op *op);

/* A medium in memory, synchronous, for tests and tools; `fail_at` requests succeed, the next one
 * fails with `fail_errno` (-1: never). Bytes are owned by the caller. */
struct media *media_memory_new(uint8_t *bytes, uint64_t size, bool read_only);
void media_memory_fail(struct media *media, int fail_at, int fail_errno);

#endif
