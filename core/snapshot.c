/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The saved machine as a file: "BYGONE\x1aS", format version, then sections as state.h has them
 * (clock, devices, items), then per memory block a section header "memory.NAME" whose body says how
 * many pages follow, then the pages: number, CRC-32, 4096 bytes each.  Zero pages are left out.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/state.h"

static const char magic[8] = "BYGONE\x1aS";
enum { FORMAT = 1 };
#define STATE_MAX (64u << 20) /* no board's tables come near */

struct header {
    char magic[8];
    uint32_t format;
    uint32_t tables; /* bytes of sections behind this header */
    uint32_t tables_crc;
    uint32_t blocks;
};
struct block_header {
    char name[24];
    uint32_t size, pages, crc; /* crc of this header with crc = 0 */
};
struct page_header {
    uint32_t number, crc;
};

static bool write_all(int fd, const void *data, size_t size, struct error *err)
{
    const char *p = data;

    while (size) {
        ssize_t n = write(fd, p, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, "the saved state could not be written: %s", strerror(errno));
        p += n;
        size -= (size_t)n;
    }
    return true;
}

static bool zero_page(const uint8_t *page)
{
    return !page[0] && !memcmp(page, page + 1, MEM_PAGE - 1);
}

static bool write_block(int fd, const struct mem_block *block, struct error *err)
{
    struct block_header head = { .size = block->size };
    struct page_header page;

    memcpy(head.name, block->name, sizeof(head.name));
    for (uint32_t at = 0; at < block->size; at += MEM_PAGE)
        head.pages += !zero_page(block->host + at);
    head.crc = state_crc32(0, &head, sizeof(head));
    if (!write_all(fd, &head, sizeof(head), err))
        return false;
    for (uint32_t at = 0; at < block->size; at += MEM_PAGE) {
        if (zero_page(block->host + at))
            continue;
        page.number = at / MEM_PAGE;
        page.crc = state_crc32(state_crc32(0, &page.number, 4), block->host + at, MEM_PAGE);
        if (!write_all(fd, &page, sizeof(page), err) ||
            !write_all(fd, block->host + at, MEM_PAGE, err))
            return false;
    }
    return true;
}

bool snapshot_write(int fd, struct board *board, const struct state_item *items, unsigned count,
                    struct error *err)
{
    struct state_buffer buf = { 0 };
    struct header head = { .format = FORMAT, .blocks = board->block_count };
    bool ok;

    state_save_board(&buf, board);
    for (unsigned i = 0; i < count; i++)
        state_save_item(&buf, &items[i]);
    memcpy(head.magic, magic, sizeof(magic));
    head.tables = (uint32_t)buf.used;
    head.tables_crc = state_crc32(0, buf.data, buf.used);
    ok = write_all(fd, &head, sizeof(head), err) && write_all(fd, buf.data, buf.used, err);
    for (unsigned i = 0; ok && i < board->block_count; i++)
        ok = write_block(fd, &board->blocks[i], err);
    state_buffer_free(&buf);
    return ok;
}

/* Reads the whole of what is asked for, or fails. */
static bool read_all(int fd, void *data, size_t size, struct error *err)
{
    char *p = data;

    while (size) {
        ssize_t n = read(fd, p, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, "the saved state could not be read: %s", strerror(errno));
        if (n == 0)
            return error_set(err, "the saved state is truncated");
        p += n;
        size -= (size_t)n;
    }
    return true;
}

static bool read_pages(int fd, uint8_t *host, uint32_t size, uint32_t pages, struct error *err)
{
    uint8_t data[MEM_PAGE];
    struct page_header page;
    uint32_t last = 0;

    for (uint32_t i = 0; i < pages; i++) {
        if (!read_all(fd, &page, sizeof(page), err) || !read_all(fd, data, MEM_PAGE, err))
            return false;
        if (page.number >= size / MEM_PAGE || (i && page.number <= last) ||
            page.crc != state_crc32(state_crc32(0, &page.number, 4), data, MEM_PAGE))
            return error_set(err, "the saved state is damaged (a memory page)");
        last = page.number;
        if (host)
            memcpy(host + (size_t)page.number * MEM_PAGE, data, MEM_PAGE);
    }
    return true;
}

/* host NULL: only verifies. */
static bool read_blocks(int fd, struct board *board, bool apply, struct error *err)
{
    for (unsigned i = 0; i < board->block_count; i++) {
        const struct mem_block *block = &board->blocks[i];
        struct block_header head;
        uint32_t crc;

        if (!read_all(fd, &head, sizeof(head), err))
            return false;
        crc = head.crc;
        head.crc = 0;
        if (crc != state_crc32(0, &head, sizeof(head)))
            return error_set(err, "the saved state is damaged (a memory header)");
        if (memcmp(head.name, block->name, sizeof(head.name)) || head.size != block->size)
            return error_set(err, "the saved state has %.23s of %u KB, this machine %s of %u KB",
                             head.name, head.size / 1024, block->name, block->size / 1024);
        if (apply)
            memset(block->host, 0, block->size);
        if (!read_pages(fd, apply ? block->host : NULL, block->size, head.pages, err))
            return false;
    }
    return true;
}

static bool read_tables(int fd, struct board *board, struct header *head, struct state_buffer *buf,
                        struct error *err)
{
    if (!read_all(fd, head, sizeof(*head), err))
        return false;
    if (memcmp(head->magic, magic, sizeof(magic)))
        return error_set(err, "this is not a saved state of Bygone");
    if (head->format != FORMAT)
        return error_set(err, "the saved state has format %u, this version reads %d", head->format,
                         FORMAT);
    if (head->tables > STATE_MAX || head->blocks != board->block_count)
        return error_set(err, "the saved state is damaged (header)");
    buf->data = malloc(head->tables + 1);
    assert(buf->data);
    buf->used = buf->capacity = head->tables;
    if (!read_all(fd, buf->data, buf->used, err))
        return false;
    if (state_crc32(0, buf->data, buf->used) != head->tables_crc)
        return error_set(err, "the saved state is damaged (checksum)");
    return true;
}

static bool apply(int fd, off_t blocks_at, const struct state_buffer *buf, struct board *board,
                  const struct state_item *items, unsigned count, struct error *err)
{
    size_t at = 0;

    /* Memory first: devices look at it when they resume. */
    if (lseek(fd, blocks_at, SEEK_SET) < 0 || !read_blocks(fd, board, true, err) ||
        !state_load_board(buf->data, buf->used, &at, board, err))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!state_load_item(buf->data, buf->used, &at, &items[i], err))
            return false;
    if (at != buf->used)
        return error_set(err, "the saved state has more devices than this machine");
    return true;
}

bool snapshot_read(int fd, struct board *board, const struct state_item *items, unsigned count,
                   struct error *err)
{
    struct state_buffer buf = { 0 };
    struct header head;
    off_t blocks_at;
    char extra;
    bool ok;

    ok = read_tables(fd, board, &head, &buf, err);
    blocks_at = lseek(fd, 0, SEEK_CUR);
    ok = ok && read_blocks(fd, board, false, err);
    if (ok && read(fd, &extra, 1) != 0)
        ok = error_set(err, "the saved state has bytes behind its end");
    ok = ok && apply(fd, blocks_at, &buf, board, items, count, err);
    state_buffer_free(&buf);
    return ok;
}
