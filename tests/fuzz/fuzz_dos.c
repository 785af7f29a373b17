/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hostile guest before the device hostdos and a real folder: requests by the dice, names that try
 * everything.  Nothing may crash, and nothing outside of the folder may change.
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

static void start(void)
{
    char command[256];

    strcpy(outside, "/tmp/bygone-out-XXXXXX");
    if (!mkdtemp(outside))
        abort();
    b = dos_bench_prepare();
    b->folders[1] = (struct hostfs_folder){ .drive = 'D', .path = "/usr/share", .read_only = true };
    b->setup.folder_count = 2;
    dos_bench_start(b);
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

static void one(const void *ctx, const uint8_t *data, size_t size)
{
    struct stat st;

    (void)ctx;
    if (!b)
        start();
    while (size)
        one_request(&data, &size);
    board_reset(b->bench->board, RESET_HARD);
    /* As it was: nobody has made anything there. */
    if (stat(outside, &st) != 0 || st.st_nlink != 2 || rmdir(outside) != 0 ||
        mkdir(outside, 0700) != 0)
        abort();
}

int main(int argc, char **argv)
{
    static const struct fuzz_target target = { .name = "hostdos over a folder",
                                               .one = one,
                                               .most = 2000 };

    return fuzz_main(argc, argv, &target, 1);
}
