/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of printed jobs, from the side of the process that may open files; see the header. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/host/helper.h"
#include "core/host/spool.h"

#define PART ".part"

enum { NAME_SIZE = 240, PART_SIZE = 256 };

struct spool {
    const struct spool_folder *folder;
    char name[128]; /* of the machine, as it may stand in a file name */
    int job_fd;     /* of the open job; holds its lock */
    uint64_t job;
};

/* What a file name cannot hold, or what would hide the file, becomes an underscore. */
static void clean_name(char name[128], const char *wish)
{
    snprintf(name, 128, "%s", wish[0] ? wish : "job");
    for (char *c = name; *c; c++)
        if ((unsigned char)*c < 32 || *c == '/' || *c == 127 || (c == name && *c == '.'))
            *c = '_';
}

static void final_name(const struct spool *s, uint64_t job, char text[NAME_SIZE])
{
    uint64_t when = job / 1000;

    snprintf(text, NAME_SIZE, "%s-%08llu-%06llu-%u.prn", s->name,
             (unsigned long long)(when / 1000000), (unsigned long long)(when % 1000000),
             (unsigned)(job % 1000));
}

static void part_name(const struct spool *s, uint64_t job, char text[PART_SIZE])
{
    char name[NAME_SIZE];

    final_name(s, job, name);
    snprintf(text, PART_SIZE, ".%s" PART, name);
}

/* Renames a part that is whole; takes the next number where a file has that name already. */
static int give_name(const struct spool *s, int dir, int fd, const char *part, uint64_t job)
{
    char name[NAME_SIZE];
    struct stat st;

    if (fstat(fd, &st) == 0 && st.st_size == 0) /* nothing was printed */
        return unlinkat(dir, part, 0) < 0 ? errno : 0;
    if (fsync(fd) < 0)
        return errno;
    for (; job % 1000; job++) {
        final_name(s, job, name);
        if (renameat2(dir, part, dir, name, RENAME_NOREPLACE) == 0)
            return fsync(dir) < 0 ? errno : 0;
        if (errno != EEXIST)
            return errno;
    }
    return EEXIST;
}

static bool lock(int fd)
{
    struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(fd, F_OFD_SETLK, &range) == 0;
}

static int open_dir(const struct spool *s)
{
    return open(s->folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int begin(struct spool *s, int dir)
{
    time_t now = time(NULL);
    char name[NAME_SIZE], part[PART_SIZE];
    struct tm tm;
    uint64_t job;

    localtime_r(&now, &tm);
    job = (uint64_t)(tm.tm_year + 1900) * 10000 + (uint64_t)(tm.tm_mon + 1) * 100 +
          (uint64_t)tm.tm_mday;
    job = job * 1000000 + (uint64_t)tm.tm_hour * 10000 + (uint64_t)tm.tm_min * 100 +
          (uint64_t)tm.tm_sec;
    for (job = job * 1000 + 1; job % 1000; job++) {
        final_name(s, job, name);
        part_name(s, job, part);
        if (faccessat(dir, name, F_OK, 0) == 0)
            continue;
        s->job_fd = openat(dir, part, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
        if (s->job_fd >= 0) {
            lock(s->job_fd);
            s->job = job;
            return 0;
        }
        if (errno != EEXIST)
            return errno;
    }
    return EEXIST;
}

/* A job that was taken away meanwhile begins anew under its old number. */
static int resume(struct spool *s, int dir, uint64_t job)
{
    char part[PART_SIZE];

    part_name(s, job, part);
    s->job_fd = openat(dir, part, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (s->job_fd < 0)
        return errno;
    lock(s->job_fd);
    s->job = job;
    return 0;
}

static int end(struct spool *s, int dir)
{
    char part[PART_SIZE];
    int error;

    if (s->job_fd < 0)
        return 0;
    part_name(s, s->job, part);
    error = give_name(s, dir, s->job_fd, part, s->job);
    close(s->job_fd);
    s->job_fd = -1;
    s->job = 0;
    return error;
}

/* Parts of this machine that nobody has open. */
static void settle(const struct spool *s)
{
    DIR *dir = opendir(s->folder->path);
    size_t n = strlen(s->name);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        unsigned long long day, second;
        unsigned number;
        char part[PART_SIZE];
        int end_at = 0, fd;

        if (entry->d_name[0] != '.' || strncmp(entry->d_name + 1, s->name, n) ||
            sscanf(entry->d_name + 1 + n, "-%8llu-%6llu-%3u.prn" PART "%n", &day, &second, &number,
                   &end_at) != 3 ||
            !end_at || entry->d_name[1 + n + (size_t)end_at])
            continue;
        part_name(s, (day * 1000000 + second) * 1000 + number, part);
        fd = openat(dirfd(dir), part, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            continue;
        if (lock(fd))
            give_name(s, dirfd(dir), fd, part, (day * 1000000 + second) * 1000 + number);
        close(fd);
    }
    if (dir)
        closedir(dir);
}

static void carry_out(struct spool *s, const struct spool_order *order, int fd)
{
    struct spool_answer answer = { .op = order->op, .number = order->number };
    int dir;

    if (order->op == SPOOL_SETTLE) {
        settle(s);
        return;
    }
    dir = open_dir(s);
    if (dir < 0)
        answer.error = errno;
    else if (order->op == SPOOL_BEGIN)
        answer.error = begin(s, dir);
    else if (order->op == SPOOL_RESUME)
        answer.error = resume(s, dir, order->job);
    else
        answer.error = end(s, dir);
    if (dir >= 0)
        close(dir);
    answer.job = s->job;
    helper_send(fd, &answer, sizeof(answer), answer.error ? -1 : s->job_fd);
}

void spool_serve(int fd, const void *ctx)
{
    struct spool s = { .folder = ctx, .job_fd = -1 };
    struct spool_order order;
    int ignored;

    clean_name(s.name, s.folder->name);
    while (helper_receive(fd, &order, sizeof(order), &ignored) > 0)
        carry_out(&s, &order, fd);
}
