/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/driver.h"

enum { POOL = 64, HANG_SECONDS = 120, MAX_INPUT = 1 << 16 };

struct run {
    const struct fuzz_target *target;
    uint64_t seed;
    double seconds;
    uint64_t random;
    uint8_t *pool[POOL];
    size_t size[POOL];
    uint64_t executions;
};

/* What the signal handler writes down. */
static uint8_t input[MAX_INPUT];
static size_t input_size;
static char crash_name[64];

/* ---- mutation ---- */

static uint32_t next(struct run *r)
{
    r->random ^= r->random << 13;
    r->random ^= r->random >> 7;
    r->random ^= r->random << 17;
    return (uint32_t)(r->random >> 16);
}

static void fill(struct run *r, size_t size)
{
    for (size_t i = 0; i < size; i++)
        input[i] = (uint8_t)next(r);
    input_size = size;
}

static void take(struct run *r, unsigned i)
{
    input_size = r->size[i];
    if (input_size)
        memcpy(input, r->pool[i], input_size);
}

static void insert(struct run *r, const void *data, size_t size)
{
    size_t at = next(r) % (input_size + 1);

    if (input_size + size > r->target->most)
        return;
    memmove(input + at + size, input + at, input_size - at);
    memcpy(input + at, data, size);
    input_size += size;
}

static void insert_word(struct run *r)
{
    const char *word = r->target->dictionary;
    unsigned words = 1, pick;
    size_t length;

    for (const char *p = word; *p; p++)
        words += *p == '\n';
    for (pick = next(r) % words; pick; pick--)
        word = strchr(word, '\n') + 1;
    length = strcspn(word, "\n");
    insert(r, word, length);
}

static void erase(struct run *r)
{
    size_t at = next(r) % input_size;
    size_t n = next(r) % (input_size - at < 64 ? input_size - at : 64);

    memmove(input + at, input + at + n, input_size - at - n);
    input_size -= n;
}

static void crossover(struct run *r)
{
    unsigned other = next(r) % POOL;
    size_t from;

    if (!r->size[other])
        return;
    from = next(r) % r->size[other];
    insert(r, r->pool[other] + from, next(r) % (r->size[other] - from + 1));
}

static void mutate_once(struct run *r)
{
    static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x10, 0x20 };
    uint8_t few[8];

    switch (input_size ? next(r) % 8 : 0) {
    case 0:
        for (unsigned i = 0; i < sizeof(few); i++)
            few[i] = (uint8_t)next(r);
        insert(r, few, next(r) % sizeof(few) + 1);
        break;
    case 1:
        input[next(r) % input_size] ^= (uint8_t)(1u << (next(r) & 7));
        break;
    case 2:
        input[next(r) % input_size] = odd[next(r) % sizeof(odd)];
        break;
    case 3:
        input[next(r) % input_size] = (uint8_t)next(r);
        break;
    case 4:
        erase(r);
        break;
    case 5:
        crossover(r);
        break;
    default:
        if (r->target->dictionary)
            insert_word(r);
        else
            input[next(r) % input_size] += (uint8_t)(next(r) % 16 - 8);
        break;
    }
}

/* The pool forgets at random: with no coverage to go by, no input is better than another. */
static void remember(struct run *r)
{
    unsigned i = next(r) % POOL;
    uint8_t *copy = malloc(input_size + 1);

    if (!copy)
        return;
    memcpy(copy, input, input_size);
    free(r->pool[i]);
    r->pool[i] = copy;
    r->size[i] = input_size;
}

static void make_input(struct run *r)
{
    if (next(r) % 4 == 0 && !r->target->dictionary) {
        fill(r, next(r) % r->target->most + 1);
    } else {
        take(r, next(r) % POOL);
        for (unsigned n = next(r) % 12 + 1; n-- > 0;)
            mutate_once(r);
    }
    if (next(r) % 16 == 0)
        remember(r);
}

/* ---- one target, in its own process ---- */

static void leave_input(void)
{
    int fd = open(crash_name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t ignored;

    if (fd >= 0) {
        ignored = write(fd, input, input_size);
        (void)ignored;
        close(fd);
    }
}

static void on_signal(int number)
{
    static const char text[] = "fuzz: the target hangs or crashed; its input is left behind\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

    (void)ignored;
    leave_input();
    signal(number, SIG_DFL);
    raise(number);
}

/* AddressSanitizer calls it with its last breath. */
void __asan_on_error(void);
void __asan_on_error(void)
{
    leave_input();
}

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void start_pool(struct run *r)
{
    const struct fuzz_seed *seed = r->target->seeds;
    unsigned count = 0;

    while (seed && seed[count].data)
        count++;
    for (unsigned i = 0; i < POOL; i++) {
        if (!count)
            fill(r, next(r) % r->target->most + 1);
        else
            memcpy(input, seed[i % count].data, input_size = seed[i % count].size);
        r->pool[i] = malloc(input_size + 1);
        r->size[i] = input_size;
        memcpy(r->pool[i], input, input_size);
    }
}

static void fuzz_target(struct run *r)
{
    double end = now() + r->seconds;

    snprintf(crash_name, sizeof(crash_name), "crash-%s", r->target->name);
    signal(SIGABRT, on_signal);
    signal(SIGALRM, on_signal);
    r->random = (r->seed + 1) * 0x9e3779b97f4a7c15u;
    start_pool(r);
    do {
        alarm(HANG_SECONDS);
        make_input(r);
        r->target->one(r->target->ctx, input, input_size);
        r->executions++;
    } while (now() < end);
    alarm(0);
    for (unsigned i = 0; i < POOL; i++)
        free(r->pool[i]);
    printf("%-16s %9llu executions in %.0f s, seed %llu\n", r->target->name,
           (unsigned long long)r->executions, r->seconds, (unsigned long long)r->seed);
    fflush(stdout);
}

static bool in_child(struct run *r)
{
    int status = 0;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        fuzz_target(r);
        exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
        printf("FAILED: %s (seed %llu); the input is in crash-%s\n", r->target->name,
               (unsigned long long)r->seed, r->target->name);
        return false;
    }
    return true;
}

/* ---- the program ---- */

static int replay(const struct fuzz_target *target, const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, input, sizeof(input));

    if (n < 0) {
        perror(path);
        return 2;
    }
    close(fd);
    snprintf(crash_name, sizeof(crash_name), "crash-%s", target->name);
    input_size = (size_t)n;
    target->one(target->ctx, input, input_size);
    return 0;
}

static int usage(const char *program)
{
    fprintf(stderr, "usage: %s [--chip NAME] [--seconds S] [--seed N] [--replay FILE]\n", program);
    return 2;
}

int fuzz_main(int argc, char **argv, const struct fuzz_target *targets, unsigned count)
{
    const char *only = NULL, *file = NULL;
    unsigned passed = 0, failed = 0;
    struct run base = { .seed = 1, .seconds = 2 };

    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return usage(argv[0]);
        if (!strcmp(argv[i], "--chip"))
            only = argv[i + 1];
        else if (!strcmp(argv[i], "--seconds"))
            base.seconds = strtod(argv[i + 1], NULL);
        else if (!strcmp(argv[i], "--seed"))
            base.seed = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--replay"))
            file = argv[i + 1];
        else
            return usage(argv[0]);
    }
    for (unsigned i = 0; i < count; i++) {
        struct run r = base;

        if (only && strcmp(only, targets[i].name))
            continue;
        if (file)
            return replay(&targets[i], file);
        r.target = &targets[i];
        if (in_child(&r))
            passed++;
        else
            failed++;
    }
    if (!passed && !failed)
        fprintf(stderr, "%s: there is no %s\n", argv[0], only);
    printf("%u passed, %u failed, 0 skipped\n", passed, failed);
    return failed || !passed;
}

static char file_name[] = "/tmp/bygone-fuzz-XXXXXX";
static int file_fd = -1;

static void remove_file(void)
{
    unlink(file_name);
}

const char *fuzz_file(const void *data, size_t size)
{
    if (file_fd < 0) {
        file_fd = mkstemp(file_name);
        atexit(remove_file);
    }
    if (file_fd < 0 || ftruncate(file_fd, 0) < 0 || pwrite(file_fd, data, size, 0) < 0) {
        perror(file_name);
        exit(2);
    }
    return file_name;
}
