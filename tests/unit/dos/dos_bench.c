/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/dos/dos_bench.h"

struct dos_bench *dos_bench_prepare(void)
{
    struct dos_bench *b = calloc(1, sizeof(*b));

    assert(b);
    strcpy(b->folder, "/tmp/bygone-dos-XXXXXX");
    if (!mkdtemp(b->folder))
        abort();
    b->folders[0] = (struct hostfs_folder){ .drive = 'C', .path = b->folder };
    b->setup = (struct hostfs_setup){ .folders = b->folders,
                                      .folder_count = 1,
                                      .code_page = 437,
                                      .country = 1,
                                      .patience_ns = UINT64_MAX,
                                      .text_in = -1,
                                      .text_out = -1 };
    return b;
}

void dos_bench_start(struct dos_bench *b)
{
    struct hostdos_wiring wiring = { 0 };
    struct error err = { { 0 } };

    b->bench = bench_new();
    b->setup.folders = b->folders;
    b->fs = hostfs_new(&b->setup, &err);
    if (!b->fs) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    wiring.backend = hostfs_backend(b->fs);
    b->dev = hostdos_new(b->bench->board, &wiring, &err);
    assert(b->dev);
}

struct dos_bench *dos_bench_new(void)
{
    struct dos_bench *b = dos_bench_prepare();

    dos_bench_start(b);
    return b;
}

struct dos_bench *dos_bench_beside(const struct dos_bench *first)
{
    struct dos_bench *b = calloc(1, sizeof(*b));

    assert(b);
    b->setup = first->setup;
    memcpy(b->folders, first->folders, sizeof(b->folders));
    dos_bench_start(b);
    return b;
}

void dos_bench_free(struct dos_bench *b)
{
    char command[256];

    bench_free(b->bench);
    hostfs_free(b->fs);
    if (b->folder[0]) {
        snprintf(command, sizeof(command), "chmod -R u+rwX %s; rm -rf %s", b->folder, b->folder);
        if (system(command) != 0)
            fprintf(stderr, "%s stays behind\n", b->folder);
    }
    free(b);
}

static void put(struct dos_bench *b, uint32_t at, const void *data, size_t len)
{
    mem_dma_write(b->bench->board->memory, at, data, len);
}

static void get(struct dos_bench *b, uint32_t at, void *data, size_t len)
{
    mem_dma_read(b->bench->board->memory, at, data, len);
}

uint32_t dos_ring(struct dos_bench *b)
{
    b->r.size = sizeof(b->r);
    b->r.version = HOSTDOS_VERSION;
    put(b, REQUEST_AT, &b->r, sizeof(b->r));
    bench_out(b->bench, HOSTDOS_DOORBELL, REQUEST_AT, 4);
    b->status = bench_in(b->bench, HOSTDOS_DOORBELL, 4);
    get(b, REQUEST_AT, &b->r, sizeof(b->r));
    return b->status;
}

unsigned dos_name_flags(struct dos_bench *b, unsigned op, const char *name, unsigned flags)
{
    put(b, NAME1_AT, name, strlen(name) + 1);
    b->r.op = (uint8_t)op;
    b->r.flags = flags;
    b->r.name1 = NAME1_AT;
    b->r.buffer = BUFFER_AT;
    dos_ring(b);
    get(b, BUFFER_AT, &b->e, sizeof(b->e));
    return b->r.error;
}

unsigned dos_name(struct dos_bench *b, unsigned op, const char *name)
{
    b->r = (struct hostdos_request){ .len = 4096 };
    return dos_name_flags(b, op, name, 0);
}

unsigned dos_rename(struct dos_bench *b, const char *from, const char *to)
{
    b->r = (struct hostdos_request){ .name2 = NAME2_AT };
    put(b, NAME2_AT, to, strlen(to) + 1);
    return dos_name_flags(b, HOSTDOS_RENAME, from, 0);
}

uint32_t dos_open(struct dos_bench *b, const char *name, unsigned mode)
{
    b->r = (struct hostdos_request){ .mode = (uint16_t)mode, .owner = 0x1234 };
    return dos_name_flags(b, HOSTDOS_OPEN, name, 0) ? 0 : b->r.handle;
}

uint32_t dos_create(struct dos_bench *b, const char *name, unsigned flags)
{
    b->r = (struct hostdos_request){ .mode = 2, .owner = 0x1234 };
    return dos_name_flags(b, HOSTDOS_CREATE, name, flags) ? 0 : b->r.handle;
}

unsigned dos_handle(struct dos_bench *b, unsigned op, uint32_t handle, uint64_t pos, uint32_t len)
{
    b->r = (struct hostdos_request){
        .op = (uint8_t)op, .handle = handle, .pos = pos, .len = len, .buffer = BUFFER_AT
    };
    dos_ring(b);
    return b->r.error;
}

unsigned dos_write(struct dos_bench *b, uint32_t handle, uint64_t pos, const char *text)
{
    put(b, BUFFER_AT, text, strlen(text));
    return dos_handle(b, HOSTDOS_WRITE, handle, pos, (uint32_t)strlen(text));
}

const char *dos_read(struct dos_bench *b, uint32_t handle, uint64_t pos, uint32_t len)
{
    static char text[HOSTDOS_MOST + 1];

    if (dos_handle(b, HOSTDOS_READ, handle, pos, len)) {
        snprintf(text, sizeof(text), "!%x", b->r.error);
        return text;
    }
    get(b, BUFFER_AT, text, b->r.result);
    text[b->r.result] = 0;
    return text;
}

const char *dos_dir(struct dos_bench *b, const char *pattern, unsigned attr, unsigned flags)
{
    static char names[65536];
    size_t used = 0;
    unsigned error;

    names[0] = 0;
    b->r = (struct hostdos_request){ .attr = (uint16_t)attr };
    error = dos_name_flags(b, HOSTDOS_FIND_FIRST, pattern, flags);
    while (!error && used < sizeof(names) - 300) {
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s ",
                                 flags & HOSTDOS_LONG ? b->e.long_name : b->e.name);
        b->r.pos = b->e.cursor;
        error = dos_name_flags(b, HOSTDOS_FIND_NEXT, pattern, flags);
    }
    return names;
}

/* ---- the host ---- */

void host_write(const struct dos_bench *b, const char *name, const char *text)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", b->folder, name);
    f = fopen(path, "we");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}

const char *host_read(const struct dos_bench *b, const char *name)
{
    static char text[65536];
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", b->folder, name);
    f = fopen(path, "re");
    if (!f)
        return NULL;
    text[fread(text, 1, sizeof(text) - 1, f)] = 0;
    fclose(f);
    return text;
}

void host_shell(const struct dos_bench *b, const char *command)
{
    char line[1024];

    snprintf(line, sizeof(line), "cd %s && { %s; }", b->folder, command);
    if (system(line) != 0)
        abort();
}
