/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved states.  Checksums are put right again, so that the tables and the chips' own checks are
 * reached; a state that is taken then has to run.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/targets.h"
#include "tests/generic.h"
#include "tests/unit/board/rig.h"
#include "tests/unit/timer/chip_i8254.h"

enum { SEEDS = 6 };

/* Where the whole board's stream is cut into the driver's input: all of it. */
enum { MOST = 60000 };

static void one_board_state(const void *ctx, const uint8_t *data, size_t size)
{
    static struct rig *rig;
    struct state_buffer copy = { malloc(size + 1), size, size };
    struct error err;
    size_t at = 0;
    uint32_t seed = 1;

    (void)ctx;
    if (!rig)
        rig = rig_new();
    memcpy(copy.data, data, size);
    generic_mend_checksums(&copy);
    if (state_load_board(copy.data, size, &at, rig->pc->board, &err)) {
        for (size_t i = 0; i < size; i++)
            seed = seed * 31 + data[i];
        rig_run(rig, seed, 60);
    }
    free(copy.data);
}

struct fuzz_target target_board_state(void)
{
    static struct fuzz_seed seeds[SEEDS + 1];
    struct rig *rig = rig_new();

    for (unsigned i = 0; i < SEEDS; i++) {
        struct state_buffer buf;

        rig_run(rig, i, 400);
        buf = rig_save(rig);
        seeds[i] = (struct fuzz_seed){ buf.data, buf.used < MOST ? buf.used : MOST };
    }
    rig_free(rig);
    return (struct fuzz_target){
        .name = "board-state", .one = one_board_state, .seeds = seeds, .most = MOST
    };
}

/* ---- the file around it ---- */

enum { HEADER = 24, TABLES_AT = 12 }; /* core/snapshot.c: magic, format, tables, CRC, blocks */

static void one_snapshot(const void *ctx, const uint8_t *data, size_t size)
{
    static struct bench *bench;
    static int fd = -1;
    struct error err = { { 0 } };
    uint32_t length, crc;

    (void)ctx;
    if (fd < 0) {
        bench = bench_new();
        fd = memfd_create("snapshot", MFD_CLOEXEC);
        if (fd < 0 || !chip_i8254.make(bench, &err))
            abort();
    }
    if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) < 0)
        abort();
    if (size > HEADER) {
        memcpy(&length, data + TABLES_AT, 4);
        if (length <= size - HEADER) { /* as above: behind the checksum it gets interesting */
            crc = state_crc32(0, data + HEADER, length);
            if (pwrite(fd, &crc, 4, TABLES_AT + 4) < 0)
                abort();
        }
    }
    lseek(fd, 0, SEEK_SET);
    if (!snapshot_read(fd, bench->board, NULL, 0, &err) && !err.text[0])
        abort();
}

struct fuzz_target target_snapshot(void)
{
    static uint8_t bytes[MOST];
    static struct fuzz_seed seeds[2];
    struct bench *bench = bench_new();
    struct error err;
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    ssize_t n = -1;

    if (chip_i8254.make(bench, &err)) {
        bench->board->blocks[0].host[5] = 1; /* a page that is not zero */
        if (snapshot_write(fd, bench->board, NULL, 0, &err))
            n = pread(fd, bytes, sizeof(bytes), 0);
    }
    if (n < 0)
        abort();
    bench_free(bench);
    close(fd);
    seeds[0] = (struct fuzz_seed){ bytes, (size_t)n };
    return (struct fuzz_target){
        .name = "snapshot", .one = one_snapshot, .seeds = seeds, .most = MOST
    };
}
