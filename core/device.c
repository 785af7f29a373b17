/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and the board that holds them. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/device.h"
#include "core/media.h"

struct board *board_new(void)
{
    struct board *board = calloc(1, sizeof(*board));

    assert(board);
    board->bus = bus_new();
    board->memory = mem_new();
    board->clock = vclock_new();
    return board;
}

static void free_last_first(struct device *dev)
{
    if (!dev)
        return;
    free_last_first(dev->next);
    device_free(dev);
}

void board_free_devices(struct board *board)
{
    free_last_first(board->devices);
}

void board_free(struct board *board)
{
    if (!board)
        return;
    board_free_devices(board);
    for (unsigned i = 0; i < board->block_count; i++) {
        munmap(board->blocks[i].host, board->blocks[i].size);
        close(board->blocks[i].fd);
    }
    bus_free(board->bus);
    mem_free(board->memory);
    vclock_free(board->clock);
    free(board);
}

uint8_t *board_block(struct board *board, const char *name, uint32_t size, struct error *err)
{
    struct mem_block *block = &board->blocks[board->block_count];

    assert(board->block_count < BOARD_BLOCKS && size % MEM_PAGE == 0 && size);
    block->fd = memfd_create(name, MFD_CLOEXEC);
    if (block->fd < 0 || ftruncate(block->fd, size) < 0) {
        error_set(err, "%s: the host gave no memory: %s", name, strerror(errno));
        goto fail;
    }
    block->host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, block->fd, 0);
    if (block->host == MAP_FAILED) {
        error_set(err, "%s: %u KB of memory could not be mapped: %s", name, size / 1024,
                  strerror(errno));
        goto fail;
    }
    snprintf(block->name, sizeof(block->name), "%s", name);
    block->size = size;
    board->block_count++;
    return block->host;

fail:
    if (block->fd >= 0)
        close(block->fd);
    return NULL;
}

void board_reset(struct board *board, enum reset_kind kind)
{
    mem_begin(board->memory);
    for (struct device *dev = board->devices; dev; dev = dev->next)
        device_reset(dev, kind);
    mem_end(board->memory);
}

struct device *device_find(struct board *board, const char *name)
{
    for (struct device *dev = board->devices; dev; dev = dev->next)
        if (!strcmp(dev->name, name))
            return dev;
    return NULL;
}

void *device_new(struct board *board, const struct device_class *cls, size_t size, const char *name,
                 uint16_t io_base, struct error *err)
{
    struct device **tail = &board->devices;
    struct device *dev;
    unsigned n = 0;

    if (device_find(board, name)) {
        error_set(err, "%s: there is already a device of that name", name);
        return NULL;
    }
    dev = calloc(1, size);
    assert(dev);
    dev->cls = cls;
    dev->board = board;
    snprintf(dev->name, sizeof(dev->name), "%s", name);
    for (const struct port_range *range = cls->ports; range && range->count; range++) {
        assert(n < DEVICE_MAPS);
        dev->maps[n] = bus_add(board->bus, dev, range, io_base, err);
        if (!dev->maps[n++]) {
            while (n-- > 0)
                bus_remove(dev->maps[n]);
            free(dev);
            return NULL;
        }
    }
    while (*tail)
        tail = &(*tail)->next;
    *tail = dev;
    return dev;
}

static const struct field *each_timer(const struct field *field)
{
    while (field && field->name && field->kind != FIELD_CLOCK)
        field++;
    return field && field->name ? field : NULL;
}

void device_free(struct device *dev)
{
    struct device **at;

    if (!dev)
        return;
    at = &dev->board->devices;
    if (dev->cls->free)
        dev->cls->free(dev);
    for (const struct field *f = each_timer(dev->cls->fields); f; f = each_timer(f + 1))
        vtimer_done((struct vtimer *)((char *)dev + f->offset));
    for (unsigned i = 0; i < DEVICE_MAPS; i++)
        bus_remove(dev->maps[i]);
    while (*at && *at != dev)
        at = &(*at)->next;
    if (*at)
        *at = dev->next;
    free(dev);
}

void device_reset(struct device *dev, enum reset_kind kind)
{
    if (dev->cls->reset)
        dev->cls->reset(dev, kind);
}

void trace_write(const struct device *dev, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "%14.6f ms %s: ", (double)vclock_now(dev->board->clock) / 1e6, dev->name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

void log_warn(const struct device *dev, const char *fmt, ...)
{
    const struct board *board = dev->board;
    char text[256];
    va_list ap;
    int n;

    if (!board->hooks || !board->hooks->log)
        return;
    n = snprintf(text, sizeof(text), "%s: ", dev->name);
    va_start(ap, fmt);
    vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
    va_end(ap);
    board->hooks->log(board->hooks_ctx, text);
}
