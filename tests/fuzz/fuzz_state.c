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

enum { MOST = 60000 }; /* the board's stream is a third of that */

static struct fuzz_seed streams[SEEDS + 1];

static void make_streams(void)
{
    struct rig *rig;

    if (streams[0].data)
        return;
    rig = rig_new();
    for (unsigned i = 0; i < SEEDS; i++) {
        struct state_buffer buf;

        rig_run(rig, i, 400);
        buf = rig_save(rig);
        streams[i] = (struct fuzz_seed){ buf.data, buf.used < MOST ? buf.used : MOST };
    }
    rig_free(rig);
}

/* Takes the bytes over. */
static void load_and_run(uint8_t *bytes, size_t size)
{
    static struct rig *rig;
    struct state_buffer buf = { bytes, size, size };
    struct error err = { { 0 } };
    size_t at = 0;

    if (!rig)
        rig = rig_new();
    generic_mend_checksums(&buf);
    if (state_load_board(bytes, size, &at, rig->pc->board, &err))
        rig_run(rig, state_crc32(0, bytes, size), 60);
    else if (!err.text[0])
        abort(); /* refused without a sentence */
    free(bytes);
}

static void one_board_stream(const void *ctx, const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);

    (void)ctx;
    memcpy(copy, data, size);
    load_and_run(copy, size);
}

struct fuzz_target target_board_stream(void)
{
    make_streams();
    return (struct fuzz_target){
        .name = "board-stream", .one = one_board_stream, .seeds = streams, .most = MOST
    };
}

/* Which stream, then patches of three bytes of place and one of value: so that the shape stays and
 * the chips get to see the values. */
static void one_board_state(const void *ctx, const uint8_t *data, size_t size)
{
    const struct fuzz_seed *from = &streams[size ? data[0] % SEEDS : 0];
    uint8_t *copy = malloc(from->size);

    (void)ctx;
    memcpy(copy, from->data, from->size);
    for (size_t at = 1; at + 4 <= size; at += 4) {
        size_t place = (data[at] | (size_t)data[at + 1] << 8 | (size_t)data[at + 2] << 16);

        copy[place % from->size] = data[at + 3];
    }
    load_and_run(copy, from->size);
}

struct fuzz_target target_board_state(void)
{
    make_streams();
    return (struct fuzz_target){ .name = "board-state", .one = one_board_state, .most = 64 };
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
