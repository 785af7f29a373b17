/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The media hub: what core/media.h promises to chips, with a back-end that can be held up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/media.h"
#include "tests/check_main.h"

/* ---- a back-end that finishes when it is told to ---- */

struct slow {
    struct media media;
    struct media_request *first, **last;
    unsigned drained, closed;
    int error;
    uint8_t bytes[4096];
};

static void slow_submit(struct media *media, struct media_request *request)
{
    struct slow *s = (struct slow *)media;

    request->next = NULL;
    *s->last = request;
    s->last = &request->next;
}

static bool slow_finish(struct slow *s)
{
    struct media_request *r = s->first;

    if (!r)
        return false;
    s->first = r->next;
    if (!s->first)
        s->last = &s->first;
    r->error = s->error;
    if (r->kind == MEDIA_READ)
        memcpy(r->data, s->bytes + r->offset, r->length);
    else if (r->kind == MEDIA_WRITE)
        memcpy(s->bytes + r->offset, r->data, r->length);
    media_finish(r);
    return true;
}

static void slow_drain(struct media *media)
{
    while (slow_finish((struct slow *)media))
        ;
    ((struct slow *)media)->drained++;
}

static void slow_close(struct media *media)
{
    ((struct slow *)media)->closed++;
}

static const struct media_ops slow_ops = { slow_submit, slow_drain, slow_close };

/* ---- the rig ---- */

struct rig {
    struct vclock *clock;
    struct media_hub *hub;
    struct drive *drive;
    struct slow slow;
    struct media_op op;
    unsigned done, good;
    uint64_t done_at;
    unsigned failures;
    struct media_failure failure;
    uint8_t buffer[1024];
    unsigned changes;
};

static void op_done(void *ctx, bool ok)
{
    struct rig *r = ctx;

    r->done++;
    r->good += ok;
    r->done_at = vclock_now(r->clock);
}

static void failed(void *ctx, const struct media_failure *failure)
{
    struct rig *r = ctx;

    ck_assert_uint_eq(r->done, 0); /* before the chip is told */
    r->failures++;
    r->failure = *failure;
}

static void changed(void *ctx)
{
    ((struct rig *)ctx)->changes++;
}

static struct rig *rig_new(void)
{
    struct rig *r = calloc(1, sizeof(*r));

    r->clock = vclock_new();
    r->hub = media_hub_new(r->clock);
    r->drive = media_drive(r->hub, "disk0");
    r->slow.media = (struct media){ .ops = &slow_ops, .size = 4096, .label = "a.img" };
    r->slow.last = &r->slow.first;
    for (unsigned i = 0; i < 4096; i++)
        r->slow.bytes[i] = (uint8_t)(i / 16);
    media_hub_on_error(r->hub, failed, r);
    r->drive->changed = changed;
    r->drive->ctx = r;
    drive_set_media(r->drive, &r->slow.media);
    media_op_init(&r->op, r->clock, r->drive, op_done, r);
    return r;
}

static void rig_free(struct rig *r)
{
    media_op_done(&r->op);
    media_hub_free(r->hub);
    vclock_free(r->clock);
    free(r);
}

/* ---- operations ---- */

START_TEST(done_comes_not_before_its_time)
{
    struct rig *r = rig_new();

    media_op_start(&r->op, MEDIA_READ, 512, r->buffer, 512, 1000);
    ck_assert(slow_finish(&r->slow));
    ck_assert(media_op_busy(&r->op));
    ck_assert_uint_eq(r->buffer[0], 0); /* written just before the callback */
    vclock_advance(r->clock, 999);
    ck_assert_uint_eq(r->done, 0);
    vclock_advance(r->clock, 5000);
    ck_assert_uint_eq(r->good, 1);
    ck_assert_uint_eq(r->done_at, 1000);
    ck_assert(!media_op_busy(&r->op));
    ck_assert_mem_eq(r->buffer, r->slow.bytes + 512, 512);
    rig_free(r);
}
END_TEST

START_TEST(done_comes_not_before_the_host_has_finished)
{
    struct rig *r = rig_new();

    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 1000);
    vclock_advance(r->clock, 5000);
    ck_assert_uint_eq(r->done, 0);
    ck_assert(media_op_busy(&r->op));
    slow_finish(&r->slow);
    ck_assert_uint_eq(r->done, 0); /* only from the clock */
    vclock_advance(r->clock, 5000);
    ck_assert_uint_eq(r->good, 1);
    ck_assert_uint_eq(r->done_at, 5000);
    rig_free(r);
}
END_TEST

START_TEST(buffer_of_a_write_is_read_only_inside_start)
{
    struct rig *r = rig_new();

    memset(r->buffer, 0x5a, 512);
    media_op_start(&r->op, MEDIA_WRITE, 1024, r->buffer, 512, 10);
    memset(r->buffer, 0, 512);
    slow_finish(&r->slow);
    vclock_advance(r->clock, 10);
    ck_assert_uint_eq(r->good, 1);
    ck_assert_uint_eq(r->slow.bytes[1024], 0x5a);
    ck_assert_uint_eq(r->slow.bytes[1024 + 511], 0x5a);
    ck_assert_uint_eq(r->drive->writes, 1);
    ck_assert_uint_eq(r->drive->reads, 0);
    rig_free(r);
}
END_TEST

START_TEST(what_cannot_be_is_refused_without_the_host)
{
    struct rig *r = rig_new();
    static const struct {
        enum media_kind kind;
        uint64_t offset;
        uint32_t length;
    } tries[] = { { MEDIA_READ, 4096, 512 },
                  { MEDIA_READ, 4095, 2 },
                  { MEDIA_WRITE, 3584, 513 },
                  { MEDIA_READ, UINT64_MAX, 512 },
                  { MEDIA_WRITE, 0, 512 } /* read-only */ };

    r->slow.media.read_only = true;
    for (unsigned i = 0; i < 5; i++) {
        media_op_start(&r->op, tries[i].kind, tries[i].offset, r->buffer, tries[i].length,
                       1000 * (i + 1));
        ck_assert_ptr_null(r->slow.first);
        vclock_advance(r->clock, 1000 * (i + 1));
        ck_assert_uint_eq(r->done, i + 1);
        ck_assert_uint_eq(r->done_at, 1000 * (i + 1));
    }
    drive_set_media(r->drive, NULL);
    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 10000);
    vclock_advance(r->clock, 10000);
    ck_assert_uint_eq(r->done, 6);
    ck_assert_uint_eq(r->good, 0);
    ck_assert_uint_eq(r->failures, 0); /* none of them is the host's fault */
    rig_free(r);
}
END_TEST

START_TEST(op_without_a_drive_finds_no_medium)
{
    struct rig *r = rig_new();
    struct media_op op;

    media_op_init(&op, r->clock, NULL, op_done, r);
    media_op_start(&op, MEDIA_READ, 0, r->buffer, 512, 10);
    vclock_advance(r->clock, 10);
    ck_assert_uint_eq(r->done, 1);
    ck_assert_uint_eq(r->good, 0);
    media_op_done(&op);
    media_op_done(&op); /* twice is once */
    rig_free(r);
}
END_TEST

START_TEST(host_failure_is_told_before_the_chip_is)
{
    struct rig *r = rig_new();

    r->slow.error = ENOSPC;
    media_op_start(&r->op, MEDIA_WRITE, 0, r->buffer, 512, 10);
    slow_finish(&r->slow);
    ck_assert_uint_eq(r->failures, 1);
    ck_assert_str_eq(r->failure.why, "a.img cannot be written: No space left on device");
    ck_assert_str_eq(r->failure.drive, r->op.drive->name);
    ck_assert_int_eq(r->failure.kind, MEDIA_WRITE);
    ck_assert_int_eq(r->failure.error, ENOSPC);
    vclock_advance(r->clock, 10);
    ck_assert_uint_eq(r->done, 1);
    ck_assert_uint_eq(r->good, 0);
    ck_assert_uint_eq(r->failures, 1);
    rig_free(r);
}
END_TEST

START_TEST(cancelled_op_is_forgotten)
{
    struct rig *r = rig_new();

    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 10);
    media_op_cancel(&r->op);
    ck_assert(!media_op_busy(&r->op));
    media_op_start(&r->op, MEDIA_READ, 1024, r->buffer, 512, 20); /* the first is still there */
    slow_finish(&r->slow);
    vclock_advance(r->clock, 15);
    ck_assert_uint_eq(r->done, 0);
    slow_finish(&r->slow);
    vclock_advance(r->clock, 20);
    ck_assert_uint_eq(r->good, 1);
    ck_assert_uint_eq(r->buffer[0], 64);
    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 30);
    vclock_advance(r->clock, 30);
    media_op_cancel(&r->op); /* while it waits for the host */
    ck_assert(!media_op_busy(&r->op));
    slow_finish(&r->slow);
    vclock_advance(r->clock, 100);
    ck_assert_uint_eq(r->done, 1);
    rig_free(r);
}
END_TEST

START_TEST(op_that_goes_away_leaves_its_request_to_the_host)
{
    struct rig *r = rig_new();
    struct media_op op;

    media_op_init(&op, r->clock, r->drive, op_done, r);
    media_op_start(&op, MEDIA_READ, 0, r->buffer, 512, 10);
    media_op_done(&op);
    slow_finish(&r->slow);
    ck_assert_uint_eq(vclock_timers(r->clock), 1);
    rig_free(r);
}
END_TEST

/* ---- drives ---- */

START_TEST(drives_are_known_by_name)
{
    struct rig *r = rig_new();
    struct drive *b = media_drive(r->hub, "floppy0");

    ck_assert_ptr_eq(media_drive(r->hub, "disk0"), r->drive);
    ck_assert_ptr_ne(b, r->drive);
    ck_assert_ptr_eq(media_drives(r->hub), r->drive);
    ck_assert_ptr_eq(r->drive->next, b);
    ck_assert_str_eq(b->name, "floppy0");
    rig_free(r);
}
END_TEST

START_TEST(exchanging_a_medium_cancels_what_is_under_way)
{
    struct rig *r = rig_new();
    static uint8_t other[4096] = { 7 };

    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 10);
    drive_set_media(r->drive, media_memory_new(other, sizeof(other), true));
    ck_assert_uint_eq(r->changes, 2);
    ck_assert_uint_eq(r->slow.closed, 1);
    ck_assert_uint_eq(r->slow.drained, 1);
    ck_assert(!media_op_busy(&r->op));
    vclock_advance(r->clock, 100);
    ck_assert_uint_eq(r->done, 0);
    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 200);
    vclock_advance(r->clock, 200);
    ck_assert_uint_eq(r->buffer[0], 7);
    rig_free(r);
}
END_TEST

/* ---- saving ---- */

START_TEST(after_drain_each_op_under_way_has_its_timer_armed)
{
    struct rig *r = rig_new();

    media_op_start(&r->op, MEDIA_READ, 512, r->buffer, 512, 1000);
    vclock_advance(r->clock, 3000);
    ck_assert(!vtimer_armed(&r->op.timer));
    media_hub_drain(r->hub);
    ck_assert(vtimer_armed(&r->op.timer));
    ck_assert_uint_eq(r->op.timer.deadline, 3000); /* not in the past */
    ck_assert_uint_eq(r->done, 0);
    vclock_advance(r->clock, 3000);
    ck_assert_uint_eq(r->good, 1);
    rig_free(r);
}
END_TEST

START_TEST(resumed_op_keeps_its_deadline)
{
    struct rig *r = rig_new();

    vtimer_arm(&r->op.timer, 700); /* as a load leaves it */
    media_op_resume(&r->op, MEDIA_READ, 1024, r->buffer, 512);
    slow_finish(&r->slow);
    vclock_advance(r->clock, 1000);
    ck_assert_uint_eq(r->done_at, 700);
    ck_assert_uint_eq(r->buffer[0], 64);
    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 2000);
    media_op_resume(&r->op, MEDIA_READ, 2048, r->buffer, 512); /* a load over a busy op */
    slow_finish(&r->slow);
    vclock_advance(r->clock, 2000);
    ck_assert_uint_eq(r->done, 1);
    slow_finish(&r->slow);
    vclock_advance(r->clock, 2000);
    ck_assert_uint_eq(r->done, 2);
    ck_assert_uint_eq(r->buffer[0], 128);
    rig_free(r);
}
END_TEST

START_TEST(held_ops_reach_the_host_at_the_release)
{
    struct rig *r = rig_new();

    media_hub_hold(r->hub);
    memset(r->buffer, 0xaa, 512);
    vtimer_arm(&r->op.timer, 50); /* as a loaded state does */
    media_op_resume(&r->op, MEDIA_WRITE, 0, r->buffer, 512);
    ck_assert(media_op_busy(&r->op));
    ck_assert(!r->slow.first);
    media_op_resume(&r->op, MEDIA_WRITE, 512, r->buffer, 512); /* another state over it */
    ck_assert(!r->slow.first);
    media_hub_release(r->hub);
    media_hub_release(r->hub);
    ck_assert(r->slow.first && !r->slow.first->next);
    slow_drain(r->drive->media);
    ck_assert_uint_ne(r->slow.bytes[0], 0xaa);
    ck_assert_uint_eq(r->slow.bytes[512], 0xaa);
    vclock_advance(r->clock, 50);
    ck_assert_uint_eq(r->good, 1);
    rig_free(r);
}
END_TEST

START_TEST(held_op_that_is_cancelled_never_reaches_the_host)
{
    struct rig *r = rig_new();

    media_hub_hold(r->hub);
    vtimer_arm(&r->op.timer, 50);
    media_op_resume(&r->op, MEDIA_WRITE, 0, r->buffer, 512);
    drive_tell_changed(r->drive);
    ck_assert_uint_eq(r->changes, 2); /* the first when it was put in */
    ck_assert(!media_op_busy(&r->op));
    media_hub_release(r->hub);
    ck_assert(!r->slow.first);
    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 60); /* and is good for the next */
    slow_drain(r->drive->media);
    vclock_advance(r->clock, 60);
    ck_assert_uint_eq(r->done, 1);
    ck_assert_uint_eq(r->good, 1);
    media_hub_hold(r->hub);
    vtimer_arm(&r->op.timer, 90);
    media_op_resume(&r->op, MEDIA_WRITE, 0, r->buffer, 512);
    rig_free(r); /* as it is held */
}
END_TEST

START_TEST(timer_without_request_is_a_failed_op)
{
    struct rig *r = rig_new();

    vtimer_arm(&r->op.timer, 10); /* from a hostile state, not resumed */
    vclock_advance(r->clock, 10);
    ck_assert_uint_eq(r->done, 1);
    ck_assert_uint_eq(r->good, 0);
    rig_free(r);
}
END_TEST

START_TEST(hub_may_go_before_its_ops)
{
    struct rig *r = rig_new();

    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 10);
    media_hub_free(r->hub);
    media_op_done(&r->op);
    ck_assert_uint_eq(r->slow.closed, 1);
    vclock_free(r->clock);
    free(r);
}
END_TEST

/* ---- the medium in memory ---- */

START_TEST(memory_fails_at_the_request_it_is_told)
{
    struct rig *r = rig_new();
    static uint8_t bytes[1024];
    struct media *media = media_memory_new(bytes, sizeof(bytes), false);

    drive_set_media(r->drive, media);
    media_memory_fail(media, 2, EIO);
    for (unsigned i = 0; i < 5; i++) {
        r->done = 0;
        media_op_start(&r->op, i & 1 ? MEDIA_FLUSH : MEDIA_WRITE, 0, r->buffer, 512, 10 * i);
        vclock_advance(r->clock, 10 * i);
        ck_assert_uint_eq(r->failures, i >= 2);
        ck_assert_uint_eq(r->good, i >= 2 ? i : i + 1);
    }
    ck_assert_str_eq(r->failure.why, "memory cannot be written: Input/output error");
    rig_free(r);
}
END_TEST

/* ---- trays ---- */

static unsigned presses, moves;

static void pressed(void *ctx)
{
    (void)ctx;
    presses++;
}

static void moved(void *ctx, struct drive *drive)
{
    (void)ctx;
    (void)drive;
    moves++;
}

START_TEST(locked_tray_opens_only_by_force)
{
    struct rig *r = rig_new();
    struct error err;

    media_hub_on_tray(r->hub, moved, r);
    ck_assert(!drive_open_tray(r->drive, true, &err));
    ck_assert_str_eq(err.text, "disk0 has no tray");
    r->drive->cdrom = r->drive->locked = true;
    r->drive->eject_pressed = pressed;
    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 10);
    ck_assert(!drive_open_tray(r->drive, false, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "locked the tray of disk0"));
    ck_assert_uint_eq(presses, 1);
    ck_assert_uint_eq(moves, 0);
    ck_assert(media_op_busy(&r->op));
    r->changes = 0;
    ck_assert(drive_open_tray(r->drive, true, &err));
    ck_assert(drive_open_tray(r->drive, true, &err)); /* it is open */
    ck_assert_uint_eq(moves, 1);
    ck_assert_uint_eq(r->changes, 1);
    ck_assert(!media_op_busy(&r->op));
    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 20);
    vclock_advance(r->clock, 20);
    ck_assert_uint_eq(r->done, 1);
    ck_assert_uint_eq(r->good, 0); /* nothing can be read in an open tray */
    ck_assert(drive_close_tray(r->drive, &err));
    ck_assert(drive_close_tray(r->drive, &err));
    ck_assert_uint_eq(moves, 2);
    media_op_start(&r->op, MEDIA_READ, 0, r->buffer, 512, 30);
    slow_drain(r->drive->media);
    vclock_advance(r->clock, 30);
    ck_assert_uint_eq(r->good, 1);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("media");

    CHECK_CASE(suite, "operations", done_comes_not_before_its_time,
               done_comes_not_before_the_host_has_finished,
               buffer_of_a_write_is_read_only_inside_start,
               what_cannot_be_is_refused_without_the_host, op_without_a_drive_finds_no_medium,
               host_failure_is_told_before_the_chip_is, cancelled_op_is_forgotten,
               op_that_goes_away_leaves_its_request_to_the_host);
    CHECK_CASE(suite, "drives", drives_are_known_by_name,
               exchanging_a_medium_cancels_what_is_under_way, locked_tray_opens_only_by_force);
    CHECK_CASE(suite, "saving", after_drain_each_op_under_way_has_its_timer_armed,
               resumed_op_keeps_its_deadline, held_ops_reach_the_host_at_the_release,
               held_op_that_is_cancelled_never_reaches_the_host,
               timer_without_request_is_a_failed_op, hub_may_go_before_its_ops);
    CHECK_CASE(suite, "memory", memory_fails_at_the_request_it_is_told);
    return check_main(suite);
}
