/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hostile guest before the device hostdos and a real folder: requests by the dice, names that try
 * everything.  Nothing may crash, and nothing outside of the folder may change.  A second target is
 * the device before a host that is always too slow: requests pend, are polled, cancelled, settled
 * as before a save, and pages of the guest are not present.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/driver.h"
#include "tests/unit/dos/dos_bench.h"

static struct dos_bench *b;
static char outside[64];
static uint32_t missing; /* a page of the guest that is not present; 0: all are */
static uint32_t tokens[4];

static const char *const parts[] = {
    "C:\\",  "D:\\", "A",     "B.TXT", "SUB",  "\\",  "..",   ".",     "*.*",      "?",
    "\\SUB", "OUT",  "C:",    "/",     "NEW",  "LNK", "\x81", "\xe5X", "LONG~1.X", "A long name",
    "*",     "CON",  "\x01Z", "\\..",  "FIFO", "#AB", "DEEP", "\\\\",  "lower",    "Z:\\",
};

static void remove_all(void)
{
    char command[160];

    dos_bench_free(b);
    snprintf(command, sizeof(command), "rm -rf %s", outside);
    if (system(command) != 0)
        fprintf(stderr, "%s stays behind\n", outside);
}

static bool walk(void *ctx, uint32_t linear, bool write, uint32_t *phys)
{
    (void)ctx;
    (void)write;
    *phys = linear;
    return !missing || linear / MEM_PAGE != missing;
}

static void start(bool slow)
{
    char command[256];

    strcpy(outside, "/tmp/bygone-out-XXXXXX");
    if (!mkdtemp(outside))
        abort();
    b = dos_bench_prepare();
    b->folders[1] = (struct hostfs_folder){ .drive = 'D', .path = "/usr/share", .read_only = true };
    b->setup.folder_count = 2;
    if (slow)
        b->setup.patience_ns = 0;
    dos_bench_start(b);
    if (slow)
        b->bench->hooks.linear = walk;
    snprintf(command, sizeof(command),
             "mkdir -p SUB/DEEP; ln -sfn %s OUT; ln -sfn SUB LNK; mkfifo FIFO; touch 'A long name'",
             outside);
    host_shell(b, command);
    atexit(remove_all);
}

static uint8_t next(const uint8_t **data, size_t *size)
{
    if (!*size)
        return 0;
    (*size)--;
    return *(*data)++;
}

static void make_name(const uint8_t **data, size_t *size, uint32_t at)
{
    char name[512] = "";
    unsigned count = next(data, size) % 7, first = next(data, size);

    if (first & 3)
        strcpy(name, "C:\\");
    for (unsigned i = 0; i < count; i++)
        strcat(name, parts[next(data, size) % (sizeof(parts) / sizeof(parts[0]))]);
    mem_dma_write(b->bench->board->memory, at, name, strlen(name) + 1);
}

static void one_request(const uint8_t **data, size_t *size)
{
    static uint32_t handles[4];
    static uint64_t cursor;
    uint8_t op = next(data, size), how = next(data, size);
    uint32_t word = (uint32_t)(next(data, size) | next(data, size) << 8);

    make_name(data, size, NAME1_AT);
    make_name(data, size, NAME2_AT);
    b->r = (struct hostdos_request){ .op = op & 0x80 ? HOSTDOS_LOOKUP + op % 25 : op,
                                     .flags = next(data, size) & 0x17, /* nobody would unlock */
                                     .token = word,
                                     .handle = how & 1 ? handles[how >> 1 & 3] : word << 11,
                                     .pos = how & 8 ? cursor : (uint64_t)word << (how & 48),
                                     .len = word,
                                     .buffer = how & 64 ? BUFFER_AT : word << 8,
                                     .name1 = NAME1_AT,
                                     .name2 = NAME2_AT,
                                     .owner = how & 3,
                                     .mode = next(data, size),
                                     .attr = next(data, size) & 0x3f };
    if (b->r.buffer < BUFFER_AT) /* requests and names stay what they are */
        b->r.buffer = BUFFER_AT;
    dos_ring(b);
    if ((op & 0x80) && !b->r.error) {
        handles[how >> 1 & 3] = b->r.handle;
        mem_dma_read(b->bench->board->memory, BUFFER_AT, &b->e, sizeof(b->e));
        cursor = b->e.cursor;
    }
}

/* POLL, CANCEL and CLOCK, a settling, requests that are not in order or not in memory. */
static void one_turn(const uint8_t **data, size_t *size)
{
    static const uint8_t ops[] = { HOSTDOS_POLL,  HOSTDOS_POLL,      HOSTDOS_CANCEL,
                                   HOSTDOS_CLOCK, HOSTDOS_PRINT_END, HOSTDOS_IDLE };
    uint8_t how = next(data, size), value = next(data, size);
    struct hostdos_clock clock = { .year = (uint16_t)(1970 + value), .month = how & 15, .day = 31 };
    struct error err;

    missing = how & 32 ? BUFFER_AT / MEM_PAGE - (value & 1) : 0;
    if (how & 16)
        missing = REQUEST_AT / MEM_PAGE + (value & 3);
    if ((how & 15) == 15) {
        hostdos_settle(b->dev, &err);
        return;
    }
    b->r = (struct hostdos_request){ .op = ops[how % (sizeof(ops) / sizeof(ops[0]))],
                                     .flags = value & 1,
                                     .token = how & 64 ? tokens[value & 3] : value,
                                     .mode = value,
                                     .buffer = BUFFER_AT };
    mem_dma_write(b->bench->board->memory, BUFFER_AT, &clock, sizeof(clock));
    dos_ring(b);
}

static void one(const void *ctx, const uint8_t *data, size_t size)
{
    const bool *slow = ctx;
    struct stat st;

    if (!b)
        start(*slow);
    missing = 0;
    while (size) {
        one_request(&data, &size);
        if (b->status == HOSTDOS_PENDING)
            tokens[size & 3] = b->r.token;
        if (*slow)
            one_turn(&data, &size);
    }
    board_reset(b->bench->board, RESET_HARD);
    /* As it was: nobody has made anything there. */
    if (stat(outside, &st) != 0 || st.st_nlink != 2 || rmdir(outside) != 0 ||
        mkdir(outside, 0700) != 0)
        abort();
}

int main(int argc, char **argv)
{
    static const bool fast = false, slow = true;
    static const struct fuzz_target targets[] = {
        { .name = "hostdos over a folder", .one = one, .ctx = &fast, .most = 2000 },
        { .name = "hostdos over a slow folder", .one = one, .ctx = &slow, .most = 2000 },
    };

    return fuzz_main(argc, argv, targets, 2);
}
