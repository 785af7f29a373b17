/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware configuration: a paravirtual device with a selector, a data port and a DMA interface.
 * Source: "QEMU Firmware Configuration (fw_cfg) Device", the specification in QEMU's documentation.
 *
 * Nothing is writable: bytes written to the data port vanish, a DMA write ends with the error bit.
 * Bound of ours: a DMA of more than 16 MB, which no item needs, ends with the error bit too, since
 * the guest would otherwise keep the machine busy for seconds.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/system/fw_cfg.h"

enum { ID_TRADITIONAL = 1, ID_DMA = 2 };
enum { KEY_WRITE = 0x4000 };
enum { DMA_ERROR = 1, DMA_READ = 2, DMA_SKIP = 4, DMA_SELECT = 8, DMA_WRITE = 16 };
enum { DMA_MAX = 16 << 20 };
enum { MAX_ITEMS = 96, NAME_SIZE = 56, DIR_ENTRY = 64 };

struct item {
    uint16_t key;
    uint32_t len;
    uint8_t *data;
    char name[NAME_SIZE]; /* empty: not a file */
};

struct fw_cfg {
    struct device dev; /* first member */
    struct item items[MAX_ITEMS];
    unsigned count;
    struct fw_cfg_state {
        uint32_t selector;
        uint32_t offset;   /* of the next byte; at most the item's length */
        uint32_t dma_high; /* upper half of the descriptor's address */
    } s;
};

/* ---- items ---- */

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static uint32_t swap32(uint32_t v)
{
    return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

static struct item *find_key(const struct fw_cfg *cfg, uint32_t key)
{
    for (unsigned i = 0; i < cfg->count; i++)
        if (cfg->items[i].key == key)
            return (struct item *)&cfg->items[i];
    return NULL;
}

static void fill(struct item *item, const void *data, uint32_t len)
{
    free(item->data);
    item->data = malloc(len ? len : 1);
    assert(item->data);
    memcpy(item->data, data, len);
    item->len = len;
}

bool fw_cfg_add_key(struct device *dev, uint16_t key, const void *data, uint32_t len)
{
    struct fw_cfg *cfg = (struct fw_cfg *)dev;
    struct item *item = find_key(cfg, key);

    if (!item) {
        if (cfg->count == MAX_ITEMS)
            return false;
        item = &cfg->items[cfg->count++];
        *item = (struct item){ .key = key };
    }
    fill(item, data, len);
    return true;
}

/* Count, then for each file: size, key, two bytes of nothing, name. */
static void write_directory(struct fw_cfg *cfg)
{
    uint8_t dir[4 + MAX_ITEMS * DIR_ENTRY] = { 0 };
    uint32_t files = 0;

    for (const struct item *item; (item = find_key(cfg, FW_CFG_FILE_FIRST + files)); files++) {
        uint8_t *entry = dir + 4 + files * DIR_ENTRY;

        put_be32(entry, item->len);
        put_be32(entry + 4, (uint32_t)item->key << 16);
        memcpy(entry + 8, item->name, NAME_SIZE);
    }
    put_be32(dir, files);
    fw_cfg_add_key(&cfg->dev, FW_CFG_FILE_DIR, dir, 4 + files * DIR_ENTRY);
}

bool fw_cfg_add_file(struct device *dev, const char *name, const void *data, uint32_t len)
{
    struct fw_cfg *cfg = (struct fw_cfg *)dev;
    uint16_t key = FW_CFG_FILE_FIRST;
    struct item *item;

    if (cfg->count == MAX_ITEMS || !name[0] || strlen(name) >= NAME_SIZE)
        return false;
    for (unsigned i = 0; i < cfg->count; i++)
        if (cfg->items[i].name[0] && !strcmp(cfg->items[i].name, name))
            return false;
    for (unsigned i = 0; i < cfg->count; i++) {
        if (!cfg->items[i].name[0])
            continue;
        if (strcmp(cfg->items[i].name, name) < 0)
            key++;
        else
            cfg->items[i].key++;
    }
    item = &cfg->items[cfg->count++];
    *item = (struct item){ .key = key };
    snprintf(item->name, sizeof(item->name), "%s", name);
    fill(item, data, len);
    write_directory(cfg);
    return true;
}

/* ---- reading ---- */

static void select_key(struct fw_cfg *cfg, uint16_t key)
{
    cfg->s.selector = key & ~(uint32_t)KEY_WRITE;
    cfg->s.offset = 0;
    trace(&cfg->dev, TRACE_IO, "select %04x", key);
}

/* Copies (buf NULL: skips) what is left of the item, at most len; returns how much that was. */
static uint32_t take(struct fw_cfg *cfg, uint8_t *buf, uint32_t len)
{
    const struct item *item = find_key(cfg, cfg->s.selector);
    uint32_t left = item && cfg->s.offset < item->len ? item->len - cfg->s.offset : 0;

    len = len < left ? len : left;
    if (buf && len)
        memcpy(buf, item->data + cfg->s.offset, len);
    cfg->s.offset += len;
    return len;
}

static uint32_t data_read(struct device *dev, uint32_t offset, unsigned size)
{
    uint8_t byte = 0;

    if (offset == 0 || size != 1)
        return UINT32_MAX; /* the selector cannot be read */
    take((struct fw_cfg *)dev, &byte, 1);
    return byte;
}

static uint32_t data_read_block(struct device *dev, uint32_t offset, void *buf, uint32_t count,
                                unsigned size)
{
    if (offset == 0 || size != 1)
        return 0;
    memset(buf, 0, count);
    take((struct fw_cfg *)dev, buf, count);
    return count;
}

static void data_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    if (offset == 0 && size == 2)
        select_key((struct fw_cfg *)dev, (uint16_t)value);
}

/* ---- DMA ---- */

static void dma_read(struct fw_cfg *cfg, uint32_t address, uint32_t len)
{
    uint8_t chunk[4096];

    while (len) {
        uint32_t n = len < sizeof(chunk) ? len : (uint32_t)sizeof(chunk);

        memset(chunk, 0, n);
        take(cfg, chunk, n);
        mem_dma_write(cfg->dev.board->memory, address, chunk, n);
        address += n;
        len -= n;
    }
}

/* Executes the descriptor at an address below 4 GB and writes the outcome over its control word. */
static void dma_run(struct fw_cfg *cfg, uint32_t at)
{
    struct memory *memory = cfg->dev.board->memory;
    uint8_t d[16];
    uint32_t control, len, high, low;
    uint32_t outcome = 0;

    mem_dma_read(memory, at, d, sizeof(d));
    control = be32(d);
    len = be32(d + 4);
    high = be32(d + 8);
    low = be32(d + 12);
    trace(&cfg->dev, TRACE_DMA, "dma %08x, %u bytes at %08x%08x", control, len, high, low);
    if (control & DMA_SELECT)
        select_key(cfg, (uint16_t)(control >> 16));
    if (control & DMA_READ) {
        if (high || len > DMA_MAX || (uint64_t)low + len > 1ull << 32)
            outcome = DMA_ERROR;
        else
            dma_read(cfg, low, len);
    } else if (control & DMA_WRITE) {
        outcome = DMA_ERROR;
    } else if (control & DMA_SKIP) {
        take(cfg, NULL, len);
    }
    put_be32(d, outcome);
    mem_dma_write(memory, at, d, 4);
}

static uint32_t dma_port_read(struct device *dev, uint32_t offset, unsigned size)
{
    static const uint8_t signature[8] = "QEMU CFG";
    uint32_t value = 0;

    (void)dev;
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)signature[offset + i] << (8 * i);
    return value;
}

static void dma_port_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct fw_cfg *cfg = (struct fw_cfg *)dev;

    if (size != 4 || offset % 4)
        return;
    if (offset == 0) {
        cfg->s.dma_high = swap32(value);
        return;
    }
    if (cfg->s.dma_high == 0)
        dma_run(cfg, swap32(value));
    cfg->s.dma_high = 0;
}

/* ---- the device ---- */

static void fw_cfg_reset(struct device *dev, enum reset_kind kind)
{
    struct fw_cfg *cfg = (struct fw_cfg *)dev;

    (void)kind;
    cfg->s.selector = FW_CFG_SIGNATURE;
    cfg->s.offset = 0;
    cfg->s.dma_high = 0;
}

static bool fw_cfg_check(struct device *dev, struct error *err)
{
    const struct fw_cfg *cfg = (const struct fw_cfg *)dev;
    const struct item *item = find_key(cfg, cfg->s.selector);

    if (cfg->s.selector > 0xffff || cfg->s.selector & KEY_WRITE)
        return error_set(err, "%s: selector %x is impossible", dev->name, cfg->s.selector);
    if (cfg->s.offset > (item ? item->len : 0))
        return error_set(err, "%s: the position lies behind the end of item %x", dev->name,
                         cfg->s.selector);
    return true;
}

static void fw_cfg_free(struct device *dev)
{
    struct fw_cfg *cfg = (struct fw_cfg *)dev;

    for (unsigned i = 0; i < cfg->count; i++)
        free(cfg->items[i].data);
}

static const struct port_range fw_cfg_ports[] = {
    { .base = 0x510,
      .count = 2,
      .sizes = 3,
      .read = data_read,
      .write = data_write,
      .read_block = data_read_block },
    { .base = 0x514, .count = 8, .sizes = 7, .read = dma_port_read, .write = dma_port_write },
    { 0 },
};

static const struct field fw_cfg_fields[] = {
    FIELD(struct fw_cfg, s.selector),
    FIELD(struct fw_cfg, s.offset),
    FIELD(struct fw_cfg, s.dma_high),
    { 0 },
};

static const struct device_class fw_cfg_class = {
    .name = "fw_cfg",
    .version = 1,
    .state_offset = offsetof(struct fw_cfg, s),
    .state_size = sizeof(struct fw_cfg_state),
    .ports = fw_cfg_ports,
    .fields = fw_cfg_fields,
    .reset = fw_cfg_reset,
    .check = fw_cfg_check,
    .free = fw_cfg_free,
};

struct device *fw_cfg_new(struct board *board, struct error *err)
{
    static const uint8_t id[4] = { ID_TRADITIONAL | ID_DMA };
    struct fw_cfg *cfg = device_new(board, &fw_cfg_class, sizeof(*cfg), "fw_cfg", 0, err);

    if (!cfg)
        return NULL;
    fw_cfg_add_key(&cfg->dev, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_add_key(&cfg->dev, FW_CFG_ID, id, sizeof(id));
    write_directory(cfg);
    device_reset(&cfg->dev, RESET_POWER_ON);
    return &cfg->dev;
}
