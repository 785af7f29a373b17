/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two machines and a program of the host count up records in one file, each under a lock of its own
 * kind; the machines are killed again and again.  No count may get lost.
 *
 * test_locks [ROUNDS [KILL_EVERY]]: the note's run is 10000 500.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/unit/dos/dos_bench.h"

enum { RW = 2, DENY_NONE = 0x40, RECORDS = 8, RECORD = 16, MACHINES = 2 };
#define LOCK_BASE 1000000000ull /* where programs of the time put their locks */

static unsigned rounds = 1000, kill_every = 100;

/* Told outside of the file: `begun` before a round's write, `done` after it.  A killed machine may
 * have one round between the two. */
struct tally {
    volatile unsigned begun[MACHINES + 1][RECORDS], done[MACHINES + 1][RECORDS];
    volatile unsigned total;
};

static struct tally *tally;

static unsigned dice(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

/* ---- one round by a machine ---- */

static void dos_round(struct dos_bench *b, uint32_t h, unsigned who, unsigned n)
{
    const struct timespec pause = { 0, 200000 };
    char text[RECORD + 1];
    unsigned value;

    while (dos_handle(b, HOSTDOS_LOCK, h, LOCK_BASE + n, 1))
        nanosleep(&pause, NULL);
    value = (unsigned)strtoul(dos_read(b, h, n * RECORD, RECORD), NULL, 10);
    snprintf(text, sizeof(text), "%-15u\n", value + 1);
    tally->begun[who][n]++;
    if (dos_write(b, h, n * RECORD, text) || b->r.result != RECORD)
        _exit(3);
    tally->done[who][n]++;
    __atomic_add_fetch(&tally->total, 1, __ATOMIC_SEQ_CST);
    if (dos_handle(b, HOSTDOS_UNLOCK, h, LOCK_BASE + n, 1))
        _exit(4);
}

static pid_t start_machine(const struct dos_bench *like, unsigned who, unsigned seed)
{
    pid_t child = fork();

    if (child == 0) {
        struct dos_bench *b = dos_bench_beside(like);
        uint32_t h = dos_open(b, "C:\\COUNT.DBF", RW | DENY_NONE);

        if (!h)
            _exit(2);
        while (tally->total < rounds)
            dos_round(b, h, who, dice(&seed) % RECORDS);
        _exit(0);
    }
    return child;
}

/* ---- and by the host's program ---- */

static void host_round(int fd, unsigned n)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)(LOCK_BASE + n), .l_len = 1
    };
    char text[RECORD + 1] = "";
    unsigned value;

    if (fcntl(fd, F_SETLKW, &lock) < 0 || pread(fd, text, RECORD, n * RECORD) != RECORD)
        _exit(5);
    value = (unsigned)strtoul(text, NULL, 10);
    snprintf(text, sizeof(text), "%-15u\n", value + 1);
    tally->begun[MACHINES][n]++;
    if (pwrite(fd, text, RECORD, n * RECORD) != RECORD)
        _exit(6);
    tally->done[MACHINES][n]++;
    __atomic_add_fetch(&tally->total, 1, __ATOMIC_SEQ_CST);
    lock.l_type = F_UNLCK;
    fcntl(fd, F_SETLK, &lock);
}

static pid_t start_host(const char *path)
{
    const struct timespec pause = { 0, 300000 };
    unsigned seed = 77;
    pid_t child = fork();

    if (child == 0) {
        int fd = open(path, O_RDWR | O_CLOEXEC);

        if (fd < 0)
            _exit(7);
        while (tally->total < rounds) {
            host_round(fd, dice(&seed) % RECORDS);
            nanosleep(&pause, NULL);
        }
        _exit(0);
    }
    return child;
}

/* ---- all of them ---- */

static void end(pid_t child)
{
    int status;

    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "one ended with %d", status);
}

START_TEST(no_count_gets_lost)
{
    const struct timespec pause = { 0, 1000000 };
    struct dos_bench *b = dos_bench_new();
    char path[128], empty[RECORDS * RECORD + 1] = "";
    unsigned kills = 0, next_kill = kill_every, lost = 0;
    pid_t child[MACHINES], host;
    struct timespec from, to;

    tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(tally != MAP_FAILED);
    for (unsigned i = 0; i < RECORDS; i++)
        snprintf(empty + i * RECORD, RECORD + 1, "%-15u\n", 0);
    host_write(b, "COUNT.DBF", empty);
    snprintf(path, sizeof(path), "%s/COUNT.DBF", b->folder);
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (unsigned i = 0; i < MACHINES; i++)
        child[i] = start_machine(b, i, i + 1);
    host = start_host(path);
    while (tally->total < rounds) {
        unsigned who = kills % MACHINES;

        nanosleep(&pause, NULL);
        if (tally->total < next_kill || next_kill >= rounds)
            continue;
        kill(child[who], SIGKILL);
        waitpid(child[who], NULL, 0);
        /* What it had begun and may or may not have written counts as it turns out. */
        child[who] = start_machine(b, who, ++kills + 100);
        next_kill += kill_every;
    }
    for (unsigned i = 0; i < MACHINES; i++)
        end(child[i]);
    end(host);
    clock_gettime(CLOCK_MONOTONIC, &to);
    for (unsigned n = 0; n < RECORDS; n++) {
        unsigned have = (unsigned)strtoul(host_read(b, "COUNT.DBF") + n * RECORD, NULL, 10);
        unsigned least = 0, most = 0;

        for (unsigned i = 0; i <= MACHINES; i++) {
            least += tally->done[i][n];
            most += tally->begun[i][n];
        }
        ck_assert_msg(have >= least && have <= most, "record %u: %u, not %u to %u", n, have, least,
                      most);
        lost += most - least;
    }
    ck_assert_uint_le(lost, kills);
    printf("%u rounds, %u kills, %.0f rounds a second\n", tally->total, kills,
           tally->total /
               ((double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9));
    munmap(tally, sizeof(*tally));
    dos_bench_free(b);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("locks between machines");

    if (argc > 1)
        rounds = (unsigned)atoi(argv[1]);
    if (argc > 2)
        kill_every = (unsigned)atoi(argv[2]);
    CHECK_CASE(suite, "locks", no_count_gets_lost);
    return check_main(suite);
}
