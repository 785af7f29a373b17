/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders that sleep, locks that are waited for, machines that are saved meanwhile. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/state.h"
#include "tests/check_main.h"
#include "tests/unit/dos/dos_bench.h"

enum { RW = 2, DENY_NONE = 0x40 };

/* The folder: it sleeps in this op until it is let go. */
static atomic_uint sleeps_in;

static void before(void *ctx, char drive, unsigned op)
{
    const struct timespec pause = { 0, 1000000 };

    (void)ctx;
    while (drive == 'C' && atomic_load(&sleeps_in) == op)
        nanosleep(&pause, NULL);
}

static struct dos_bench *sleepy(void)
{
    struct dos_bench *b = dos_bench_prepare();

    b->setup.patience_ns = 2000000;
    b->setup.before = before;
    atomic_store(&sleeps_in, 0);
    dos_bench_start(b);
    host_write(b, "F.TXT", "some text");
    return b;
}

/* A loaded host may be late with anything. */
static uint32_t ring_poll(struct dos_bench *b, uint32_t token)
{
    b->r = (struct hostdos_request){ .op = HOSTDOS_POLL, .token = token };
    return dos_ring(b);
}

static uint32_t poll_until_done(struct dos_bench *b, uint32_t token)
{
    const struct timespec pause = { 0, 1000000 };
    uint32_t status;

    while ((status = ring_poll(b, token)) == HOSTDOS_PENDING)
        nanosleep(&pause, NULL);
    return status;
}

/* An open that may take its time; the handle. */
static uint32_t patient_open(struct dos_bench *b, const char *name)
{
    dos_open(b, name, RW | DENY_NONE);
    if (b->status == HOSTDOS_PENDING)
        ck_assert_uint_eq(poll_until_done(b, b->r.token), HOSTDOS_DONE);
    ck_assert_uint_eq(b->r.error, 0);
    return b->r.handle;
}

START_TEST(a_sleeping_folder_holds_nobody_up)
{
    static const uint8_t ops[] = { HOSTDOS_READ, HOSTDOS_WRITE, HOSTDOS_LOCK, HOSTDOS_STAT };
    struct dos_bench *b = sleepy();
    uint32_t h = patient_open(b, "C:\\F.TXT");

    for (unsigned i = 0; i < sizeof(ops); i++) {
        struct timespec from, to;
        uint32_t token;

        atomic_store(&sleeps_in, ops[i]);
        clock_gettime(CLOCK_MONOTONIC, &from);
        dos_handle(b, ops[i], h, 0, 4);
        clock_gettime(CLOCK_MONOTONIC, &to);
        ck_assert_uint_eq(b->status, HOSTDOS_PENDING);
        ck_assert_int_lt(to.tv_sec - from.tv_sec, 30); /* 2 ms, and what the host's load adds */
        token = b->r.token;
        ck_assert_uint_ne(token, 0);
        ck_assert_uint_eq(ring_poll(b, token), HOSTDOS_PENDING);
        atomic_store(&sleeps_in, 0);
        ck_assert_uint_eq(poll_until_done(b, token), HOSTDOS_DONE);
        ck_assert_uint_eq(b->r.op, ops[i]); /* the request that waited is filled in */
        ck_assert_uint_eq(b->r.error, 0);
        ck_assert_uint_eq(ring_poll(b, token), HOSTDOS_STALE);
    }
    dos_bench_free(b);
}
END_TEST

START_TEST(there_are_sixteen_and_no_more)
{
    struct dos_bench *b = sleepy();
    uint32_t h = patient_open(b, "C:\\F.TXT"), token[HOSTDOS_CALLS];

    atomic_store(&sleeps_in, HOSTDOS_READ);
    for (unsigned i = 0; i < HOSTDOS_CALLS; i++) {
        dos_handle(b, HOSTDOS_READ, h, i, 1);
        ck_assert_uint_eq(b->status, HOSTDOS_PENDING);
        token[i] = b->r.token;
    }
    dos_handle(b, HOSTDOS_READ, h, 0, 1);
    ck_assert_uint_eq(b->status, HOSTDOS_AGAIN);
    atomic_store(&sleeps_in, 0);
    for (unsigned i = HOSTDOS_CALLS; i-- > 0;) {
        char c;

        ck_assert_uint_eq(poll_until_done(b, token[i]), HOSTDOS_DONE);
        mem_dma_read(b->bench->board->memory, BUFFER_AT, &c, 1);
        ck_assert_int_eq(c, i < 9 ? "some text"[i] : c);
    }
    dos_bench_free(b);
}
END_TEST

START_TEST(a_lock_is_waited_for_and_others_go_on)
{
    struct dos_bench *b = sleepy(), *other = dos_bench_beside(b);
    uint32_t h = patient_open(b, "C:\\F.TXT"), h2 = patient_open(other, "C:\\F.TXT"), token;

    dos_handle(other, HOSTDOS_LOCK, h2, 0, 1);
    if (other->status == HOSTDOS_PENDING)
        poll_until_done(other, other->r.token);
    b->r = (struct hostdos_request){
        .op = HOSTDOS_LOCK, .flags = HOSTDOS_WAIT, .handle = h, .pos = 0, .len = 1
    };
    ck_assert_uint_eq(dos_ring(b), HOSTDOS_PENDING);
    token = b->r.token;
    /* A TSR on the same drive meanwhile */
    dos_handle(b, HOSTDOS_READ, h, 5, 4);
    if (b->status == HOSTDOS_PENDING)
        poll_until_done(b, b->r.token);
    ck_assert_uint_eq(b->r.error, 0);
    ck_assert_uint_eq(ring_poll(b, token), HOSTDOS_PENDING);
    dos_handle(other, HOSTDOS_UNLOCK, h2, 0, 1);
    ck_assert_uint_eq(poll_until_done(b, token), HOSTDOS_DONE);
    ck_assert_uint_eq(b->r.error, 0);
    /* Cancelled */
    b->r = (struct hostdos_request){
        .op = HOSTDOS_LOCK, .flags = HOSTDOS_WAIT, .handle = patient_open(b, "C:\\F.TXT"), .len = 1
    };
    ck_assert_uint_eq(dos_ring(b), HOSTDOS_PENDING);
    token = b->r.token;
    b->r = (struct hostdos_request){ .op = HOSTDOS_CANCEL, .token = token };
    ck_assert_uint_eq(dos_ring(b), HOSTDOS_DONE);
    ck_assert_uint_eq(poll_until_done(b, token), HOSTDOS_DONE);
    ck_assert_uint_eq(b->r.error, 0x95);
    dos_bench_free(other);
    dos_bench_free(b);
}
END_TEST

START_TEST(a_reset_forgets_what_was_under_way)
{
    struct dos_bench *b = sleepy();
    uint32_t h = patient_open(b, "C:\\F.TXT"), token;

    atomic_store(&sleeps_in, HOSTDOS_WRITE);
    dos_write(b, h, 0, "late");
    token = b->r.token;
    board_reset(b->bench->board, RESET_HARD);
    ck_assert_uint_eq(ring_poll(b, token), HOSTDOS_STALE);
    atomic_store(&sleeps_in, 0);
    h = patient_open(b, "C:\\F.TXT"); /* behind all that was before */
    ck_assert_uint_ne(h, 0);
    dos_bench_free(b);
}
END_TEST

/* ---- saved states ---- */

static void save(struct dos_bench *b, struct state_buffer *chip, struct state_buffer *files)
{
    struct error err = { { 0 } };

    ck_assert_msg(hostdos_settle(b->dev, &err), "%s", err.text);
    ck_assert_msg(hostfs_save(b->fs, files, &err), "%s", err.text);
    state_save_board(chip, b->bench->board);
}

static enum hostfs_restored load(struct dos_bench *b, const struct state_buffer *chip,
                                 const struct state_buffer *files, struct error *err)
{
    size_t at = 0;

    ck_assert_msg(state_load_board(chip->data, chip->used, &at, b->bench->board, err), "%s",
                  err->text);
    return hostfs_restore(b->fs, files->data, files->used, err);
}

START_TEST(open_files_come_back_with_their_locks)
{
    struct dos_bench *b = sleepy(), *again, *other;
    struct state_buffer chip = { 0 }, files = { 0 };
    struct error err = { { 0 } };
    uint32_t h = patient_open(b, "C:\\F.TXT"), h2;
    char folder[64];

    b->setup.patience_ns = UINT64_MAX;
    dos_handle(b, HOSTDOS_LOCK, h, 3, 2);
    save(b, &chip, &files);
    strcpy(folder, b->folder);
    b->folder[0] = 0; /* stays */
    dos_bench_free(b);
    again = dos_bench_prepare();
    again->folders[0].path = folder;
    dos_bench_start(again);
    other = dos_bench_beside(again);
    ck_assert_int_eq(load(again, &chip, &files, &err), HOSTFS_RESTORED);
    ck_assert_str_eq(dos_read(again, h, 5, 4), "text");
    h2 = dos_open(other, "C:\\F.TXT", RW | DENY_NONE);
    ck_assert_uint_eq(dos_handle(other, HOSTDOS_LOCK, h2, 4, 1), 0x21);
    ck_assert_uint_eq(dos_handle(again, HOSTDOS_UNLOCK, h, 3, 2), 0);
    ck_assert_uint_eq(dos_handle(other, HOSTDOS_LOCK, h2, 4, 1), 0);
    state_buffer_free(&chip);
    state_buffer_free(&files);
    dos_bench_free(other);
    host_shell(again, "rm -rf -- \"$PWD\"/*");
    dos_bench_free(again);
    rmdir(folder);
}
END_TEST

/* What happens to a file after the machine was saved, and what is said about it. */
static void changed_file(const char *how, const char *sentence)
{
    struct dos_bench *b = dos_bench_new(), *again;
    struct state_buffer chip = { 0 }, files = { 0 };
    struct error err = { { 0 } };

    host_write(b, "LEDGER.DBF", "money");
    ck_assert_uint_ne(dos_open(b, "C:\\LEDGER.DBF", RW | DENY_NONE), 0);
    save(b, &chip, &files);
    again = dos_bench_beside(b);
    host_shell(b, how);
    board_reset(b->bench->board, RESET_HARD);
    ck_assert_int_eq(load(again, &chip, &files, &err), HOSTFS_CHANGED);
    ck_assert_str_eq(err.text, sentence);
    state_buffer_free(&chip);
    state_buffer_free(&files);
    dos_bench_free(again);
    dos_bench_free(b);
}

START_TEST(changed_files_are_told_of)
{
    changed_file("printf x >> LEDGER.DBF",
                 "LEDGER.DBF was changed after this machine was saved. Going on may damage it.");
    changed_file("touch -d 1990-01-01 LEDGER.DBF",
                 "LEDGER.DBF was changed after this machine was saved. Going on may damage it.");
    changed_file("cp -p LEDGER.DBF x; mv x LEDGER.DBF",
                 "LEDGER.DBF was changed after this machine was saved. Going on may damage it.");
    changed_file("rm LEDGER.DBF", "LEDGER.DBF is not there any more, and this machine has it open. "
                                  "Going on may damage what it works on.");
}
END_TEST

START_TEST(a_damaged_list_is_refused)
{
    struct dos_bench *b = dos_bench_new();
    struct state_buffer files = { 0 };
    struct error err = { { 0 } };

    host_write(b, "F", "x");
    dos_handle(b, HOSTDOS_LOCK, dos_open(b, "C:\\F", RW | DENY_NONE), 3, 2);
    ck_assert(hostfs_save(b->fs, &files, &err));
    for (size_t n = 0; n < files.used; n++) {
        struct dos_bench *again = dos_bench_beside(b);
        uint8_t *copy = malloc(files.used);

        memcpy(copy, files.data, files.used);
        ck_assert_int_eq(hostfs_restore(again->fs, copy, n, &err), HOSTFS_BROKEN);
        dos_bench_free(again);
        again = dos_bench_beside(b);
        copy[n] ^= 0x40;
        hostfs_restore(again->fs, copy, files.used, &err); /* any answer, no harm */
        dos_bench_free(again);
        free(copy);
    }
    state_buffer_free(&files);
    dos_bench_free(b);
}
END_TEST

START_TEST(reads_are_done_again_and_writes_are_finished)
{
    struct dos_bench *b = sleepy();
    struct state_buffer chip = { 0 };
    struct error err = { { 0 } };
    uint32_t h = patient_open(b, "C:\\F.TXT"), token;
    size_t at = 0;

    atomic_store(&sleeps_in, HOSTDOS_READ);
    dos_handle(b, HOSTDOS_READ, h, 0, 4);
    ck_assert_uint_eq(b->status, HOSTDOS_PENDING);
    token = b->r.token;
    ck_assert(hostdos_settle(b->dev, &err));
    atomic_store(&sleeps_in, 0);
    state_save_board(&chip, b->bench->board);
    ck_assert(state_load_board(chip.data, chip.used, &at, b->bench->board, &err));
    ck_assert_uint_eq(ring_poll(b, token), HOSTDOS_AGAIN);
    ck_assert_uint_eq(ring_poll(b, token), HOSTDOS_STALE);
    state_buffer_free(&chip);
    /* A write that does not end in 5 s */
    h = patient_open(b, "C:\\F.TXT");
    atomic_store(&sleeps_in, HOSTDOS_WRITE);
    dos_write(b, h, 0, "SOME");
    ck_assert_uint_eq(b->status, HOSTDOS_PENDING);
    token = b->r.token;
    ck_assert(!hostdos_settle(b->dev, &err));
    ck_assert_ptr_nonnull(strstr(err.text, b->folder));
    ck_assert_uint_eq(ring_poll(b, token), HOSTDOS_PENDING); /* the machine goes on */
    atomic_store(&sleeps_in, 0);
    ck_assert(hostdos_settle(b->dev, &err));
    ck_assert_uint_eq(ring_poll(b, token), HOSTDOS_DONE);
    ck_assert_uint_eq(b->r.result, 4);
    ck_assert_str_eq(host_read(b, "F.TXT"), "SOME text");
    dos_bench_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("requests that wait");

    CHECK_CASE(suite, "pending", a_sleeping_folder_holds_nobody_up, there_are_sixteen_and_no_more,
               a_lock_is_waited_for_and_others_go_on, a_reset_forgets_what_was_under_way);
    CHECK_CASE(suite, "saving", open_files_come_back_with_their_locks, changed_files_are_told_of,
               a_damaged_list_is_refused, reads_are_done_again_and_writes_are_finished);
    return check_main(suite);
}
