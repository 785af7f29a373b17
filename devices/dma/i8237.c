/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 8237A DMA controllers: the slave (channels 0-3, bytes) at 00h-0Fh, the master (channels 4-7,
 * words) at C0h-DFh, page registers at 80h-8Fh. Source: Intel 8237A data sheet (231466); IBM AT
 * Technical Reference, "DMA" (pages, word channels).
 *
 * A transfer happens when the device asks for it: it moves what the channel allows, at once.  So
 * priority, compressed timing, extended write and the DACK sense have no effect, and single, demand
 * and block mode look alike to software.
 *
 * Not modelled: what a software request without memory-to-memory mode puts on an empty bus is taken
 * to be FFh.
 */
#include <string.h>

#include "devices/dma/i8237.h"

enum { CHANNELS = 8, CASCADE = 4, ADDRESS_BYTES = 8 };
enum {
    REG_STATUS = 8,
    REG_REQUEST,
    REG_MASK,
    REG_MODE,
    REG_FLIP_FLOP,
    REG_CLEAR,
    REG_CLEAR_MASK,
    REG_ALL_MASK
};
enum { CMD_MEMORY = 0x01, CMD_HOLD = 0x02, CMD_OFF = 0x04, CMD_DREQ_LOW = 0x40 };
enum { MODE_TYPE = 0x0c, MODE_AUTO = 0x10, MODE_DOWN = 0x20, MODE_SERVICE = 0xc0 };
enum { TYPE_VERIFY = 0x00, TYPE_WRITE = 0x04, TYPE_READ = 0x08 };
enum { SERVICE_CASCADE = 0xc0 };

struct i8237 {
    struct device dev;
    struct i8237_state {
        uint16_t base_address[CHANNELS], base_count[CHANNELS];
        uint16_t address[CHANNELS], count[CHANNELS];
        uint8_t mode[CHANNELS];
        uint8_t page[16]; /* ports 80h-8Fh; those without a channel are plain latches */
        uint8_t command[2];
        uint8_t mask[2];
        uint8_t request[2]; /* software requests */
        uint8_t dreq[2];    /* DREQ pins */
        uint8_t tc[2];      /* channels that reached terminal count */
        uint8_t flip_flop[2];
        uint8_t temporary[2];
    } s;
};

/* Page register of each channel; 4 has the refresh page. */
static const uint8_t page_of[CHANNELS] = { 0x7, 0x3, 0x1, 0x2, 0xf, 0xb, 0x9, 0xa };

static unsigned unit_of(unsigned channel)
{
    return channel >= 4 ? 2 : 1;
}

/* A word channel drives A1-A16; the lowest page bit is not connected. */
static uint32_t physical(const struct i8237 *dma, unsigned channel)
{
    uint32_t page = dma->s.page[page_of[channel]];

    if (channel >= 4)
        return (page & 0xfe) << 16 | (uint32_t)dma->s.address[channel] << 1;
    return page << 16 | dma->s.address[channel];
}

/* After the count has gone from 0 to FFFFh. */
static void terminal_count(struct i8237 *dma, unsigned channel)
{
    unsigned chip = channel >> 2;
    uint8_t bit = (uint8_t)(1u << (channel & 3));

    dma->s.tc[chip] |= bit;
    dma->s.request[chip] &= (uint8_t)~bit;
    if (dma->s.mode[channel] & MODE_AUTO) {
        dma->s.address[channel] = dma->s.base_address[channel];
        dma->s.count[channel] = dma->s.base_count[channel];
    } else {
        dma->s.mask[chip] |= bit;
    }
    trace(&dma->dev, TRACE_DMA, "channel %u: terminal count", channel);
}

/* Goes on by `units`, which must not be more than are left; true: terminal count. */
static bool step(struct i8237 *dma, unsigned channel, uint32_t units)
{
    bool down = dma->s.mode[channel] & MODE_DOWN;
    bool last = units > dma->s.count[channel];

    dma->s.address[channel] = (uint16_t)(dma->s.address[channel] + (down ? 0 - units : units));
    dma->s.count[channel] = (uint16_t)(dma->s.count[channel] - units);
    if (last)
        terminal_count(dma, channel);
    return last;
}

/* How many units lie in one piece from the present address: the page is never left. */
static uint32_t stretch(const struct i8237 *dma, unsigned channel, uint32_t units)
{
    uint32_t room = 0x10000u - dma->s.address[channel];

    if (dma->s.mode[channel] & MODE_DOWN)
        return 1;
    return units < room ? units : room;
}

/* Moves `units` units, not more than are left, between buf and memory. */
static bool move(struct i8237 *dma, unsigned channel, uint8_t *buf, uint32_t units)
{
    struct memory *memory = dma->dev.board->memory;
    unsigned unit = unit_of(channel), type = dma->s.mode[channel] & MODE_TYPE;
    bool last = false;

    while (units) {
        uint32_t n = stretch(dma, channel, units);

        if (type == TYPE_WRITE)
            mem_dma_write(memory, physical(dma, channel), buf, (size_t)n * unit);
        else if (type == TYPE_READ)
            mem_dma_read(memory, physical(dma, channel), buf, (size_t)n * unit);
        buf += n * unit;
        units -= n;
        last = step(dma, channel, n);
    }
    return last;
}

/* The second controller's channel 4 carries the first controller's requests. */
static bool answers(const struct i8237 *dma, unsigned channel)
{
    unsigned chip = channel >> 2;

    if (dma->s.command[chip] & CMD_OFF || dma->s.mask[chip] >> (channel & 3) & 1)
        return false;
    if ((dma->s.mode[channel] & MODE_SERVICE) == SERVICE_CASCADE)
        return channel == CASCADE;
    return chip == 1 ? channel != CASCADE : answers(dma, CASCADE);
}

static bool direction_fits(unsigned type, enum dma_direction direction)
{
    if (type == TYPE_VERIFY || direction == DMA_VERIFY)
        return true;
    return type == (direction == DMA_TO_MEMORY ? TYPE_WRITE : TYPE_READ);
}

static unsigned line_transfer(void *ctx, unsigned channel, enum dma_direction direction, void *buf,
                              unsigned len, bool *tc)
{
    struct i8237 *dma = ctx;
    unsigned unit = unit_of(channel), type = dma->s.mode[channel] & MODE_TYPE;
    uint32_t units = len / unit, left = dma->s.count[channel] + 1u;

    *tc = false;
    if (channel == CASCADE || !answers(dma, channel) || !direction_fits(type, direction) || !units)
        return 0;
    if (units > left)
        units = left;
    trace(&dma->dev, TRACE_DMA, "channel %u: %u units at %06x", channel, units,
          physical(dma, channel));
    if (direction == DMA_VERIFY || type == TYPE_VERIFY) {
        if (direction == DMA_FROM_MEMORY)
            memset(buf, 0xff, units * unit); /* nobody drives the data bus */
        *tc = step(dma, channel, units);
    } else {
        *tc = move(dma, channel, buf, units);
    }
    return units * unit;
}

static void line_request(void *ctx, unsigned channel, bool level)
{
    struct i8237 *dma = ctx;
    uint8_t bit = (uint8_t)(1u << (channel & 3));

    if (level)
        dma->s.dreq[channel >> 2] |= bit;
    else
        dma->s.dreq[channel >> 2] &= (uint8_t)~bit;
}

struct dma_line i8237_line(struct device *dev, unsigned channel)
{
    return (struct dma_line){ line_transfer, line_request, dev, channel & 7 };
}

/* ---- software requests ---- */

/* Channel 0 (4) reads through the temporary register, channel 1 (5) writes, until the latter's
 * count ends. */
static void memory_to_memory(struct i8237 *dma, unsigned chip)
{
    struct memory *memory = dma->dev.board->memory;
    unsigned from = chip * 4, to = from + 1, unit = unit_of(from);
    bool last = false;

    while (!last) {
        uint8_t data[2];

        mem_dma_read(memory, physical(dma, from), data, unit);
        mem_dma_write(memory, physical(dma, to), data, unit);
        dma->s.temporary[chip] = data[0];
        /* Channel 0's own end neither ends the service nor gives a terminal count. */
        if (!(dma->s.command[chip] & CMD_HOLD))
            dma->s.address[from] += dma->s.mode[from] & MODE_DOWN ? 0xffff : 1;
        dma->s.count[from]--;
        last = step(dma, to, 1);
    }
    if (dma->s.mode[from] & MODE_AUTO) {
        dma->s.address[from] = dma->s.base_address[from];
        dma->s.count[from] = dma->s.base_count[from];
    }
    dma->s.request[chip] &= (uint8_t)~1u;
}

/* A request for a channel whose device keeps still: the count runs down. */
static void run_down(struct i8237 *dma, unsigned channel)
{
    bool last = false;

    while (!last) {
        uint32_t units = dma->s.count[channel] + 1u;
        uint8_t idle[512];

        if (units > sizeof(idle) / 2)
            units = sizeof(idle) / 2;
        memset(idle, 0xff, sizeof(idle));
        last = (dma->s.mode[channel] & MODE_TYPE) == TYPE_WRITE ? move(dma, channel, idle, units)
                                                                : step(dma, channel, units);
    }
}

/* "Software requests are non-maskable"; each is served as soon as the controller is on. */
static void serve_requests(struct i8237 *dma, unsigned chip)
{
    if (dma->s.command[chip] & CMD_OFF)
        return;
    for (unsigned i = 0; i < 4; i++) {
        unsigned channel = chip * 4 + i;

        if (!(dma->s.request[chip] >> i & 1) ||
            (dma->s.mode[channel] & MODE_SERVICE) == SERVICE_CASCADE)
            continue;
        if (i == 0 && (dma->s.command[chip] & CMD_MEMORY))
            memory_to_memory(dma, chip);
        else
            run_down(dma, channel);
    }
}

/* ---- registers ---- */

static uint8_t read_half(struct i8237 *dma, unsigned chip, uint16_t value)
{
    dma->s.flip_flop[chip] ^= 1;
    return (uint8_t)(dma->s.flip_flop[chip] ? value : value >> 8);
}

static uint16_t write_half(struct i8237 *dma, unsigned chip, uint16_t old, uint8_t value)
{
    dma->s.flip_flop[chip] ^= 1;
    return (uint16_t)(dma->s.flip_flop[chip] ? (old & 0xff00) | value
                                             : (old & 0x00ff) | value << 8);
}

static uint8_t read_status(struct i8237 *dma, unsigned chip)
{
    uint8_t sense = dma->s.command[chip] & CMD_DREQ_LOW ? 0x0f : 0;
    uint8_t pending = (dma->s.dreq[chip] ^ sense) | dma->s.request[chip];
    uint8_t value = (uint8_t)(dma->s.tc[chip] | pending << 4);

    dma->s.tc[chip] = 0;
    return value;
}

static uint8_t chip_read(struct i8237 *dma, unsigned chip, unsigned reg)
{
    unsigned channel = chip * 4 + reg / 2;

    if (reg < ADDRESS_BYTES)
        return read_half(dma, chip, reg & 1 ? dma->s.count[channel] : dma->s.address[channel]);
    switch (reg) {
    case REG_STATUS:
        return read_status(dma, chip);
    case REG_CLEAR: /* the temporary register */
        return dma->s.temporary[chip];
    case REG_ALL_MASK: /* later chips give the mask here */
        return dma->s.mask[chip] | 0xf0;
    default:
        return 0xff;
    }
}

/* Writes go to the base and the current register alike. */
static void write_channel(struct i8237 *dma, unsigned chip, unsigned reg, uint8_t value)
{
    unsigned channel = chip * 4 + reg / 2;

    if (reg & 1) {
        dma->s.base_count[channel] = write_half(dma, chip, dma->s.base_count[channel], value);
        dma->s.count[channel] = dma->s.base_count[channel];
    } else {
        dma->s.base_address[channel] = write_half(dma, chip, dma->s.base_address[channel], value);
        dma->s.address[channel] = dma->s.base_address[channel];
    }
}

static void master_clear(struct i8237 *dma, unsigned chip)
{
    dma->s.command[chip] = 0;
    dma->s.tc[chip] = 0;
    dma->s.request[chip] = 0;
    dma->s.temporary[chip] = 0;
    dma->s.flip_flop[chip] = 0;
    dma->s.mask[chip] = 0x0f;
}

static void set_bit(uint8_t *bits, uint8_t value)
{
    uint8_t bit = (uint8_t)(1u << (value & 3));

    *bits = (uint8_t)(value & 4 ? *bits | bit : *bits & ~bit);
}

static void chip_write(struct i8237 *dma, unsigned chip, unsigned reg, uint8_t value)
{
    trace(&dma->dev, TRACE_IO, "controller %u register %u = %02x", chip, reg, value);
    switch (reg) {
    case REG_STATUS: /* the command register */
        dma->s.command[chip] = value;
        serve_requests(dma, chip);
        break;
    case REG_REQUEST:
        set_bit(&dma->s.request[chip], value);
        serve_requests(dma, chip);
        break;
    case REG_MASK:
        set_bit(&dma->s.mask[chip], value);
        break;
    case REG_MODE:
        dma->s.mode[chip * 4 + (value & 3)] = value;
        break;
    case REG_FLIP_FLOP:
        dma->s.flip_flop[chip] = 0;
        break;
    case REG_CLEAR:
        master_clear(dma, chip);
        break;
    case REG_CLEAR_MASK:
        dma->s.mask[chip] = 0;
        break;
    case REG_ALL_MASK:
        dma->s.mask[chip] = value & 0x0f;
        break;
    default:
        write_channel(dma, chip, reg, value);
    }
}

static uint32_t slave_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)size;
    return chip_read((struct i8237 *)dev, 0, offset);
}

static void slave_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)size;
    chip_write((struct i8237 *)dev, 0, offset, (uint8_t)value);
}

/* A0 is not connected: each register of the second controller has two ports. */
static uint32_t master_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)size;
    return chip_read((struct i8237 *)dev, 1, offset >> 1);
}

static void master_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)size;
    chip_write((struct i8237 *)dev, 1, offset >> 1, (uint8_t)value);
}

static uint32_t page_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)size;
    return ((struct i8237 *)dev)->s.page[offset];
}

static void page_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)size;
    if (offset == 0)
        trace(dev, TRACE_STATE, "POST code %02x", value);
    ((struct i8237 *)dev)->s.page[offset] = (uint8_t)value;
}

/* ---- life ---- */

static void i8237_reset(struct device *dev, enum reset_kind kind)
{
    struct i8237 *dma = (struct i8237 *)dev;

    (void)kind;
    dma->s = (struct i8237_state){ 0 };
    master_clear(dma, 0);
    master_clear(dma, 1);
}

static bool i8237_check(struct device *dev, struct error *err)
{
    const struct i8237 *dma = (const struct i8237 *)dev;

    for (unsigned chip = 0; chip < 2; chip++)
        if (dma->s.flip_flop[chip] > 1 ||
            (dma->s.mask[chip] | dma->s.request[chip] | dma->s.dreq[chip] | dma->s.tc[chip]) > 15)
            return error_set(err, "%s: controller %u has more than four channels", dev->name, chip);
    return true;
}

static const struct port_range i8237_ports[] = {
    { .base = 0x00, .count = 16, .sizes = 1, .read = slave_read, .write = slave_write },
    { .base = 0x80, .count = 16, .sizes = 1, .read = page_read, .write = page_write },
    { .base = 0xc0, .count = 32, .sizes = 1, .read = master_read, .write = master_write },
    { 0 },
};
static const struct field i8237_fields[] = {
    FIELD_ARRAY(struct i8237, s.base_address), FIELD_ARRAY(struct i8237, s.base_count),
    FIELD_ARRAY(struct i8237, s.address),      FIELD_ARRAY(struct i8237, s.count),
    FIELD_ARRAY(struct i8237, s.mode),         FIELD_ARRAY(struct i8237, s.page),
    FIELD_ARRAY(struct i8237, s.command),      FIELD_ARRAY(struct i8237, s.mask),
    FIELD_ARRAY(struct i8237, s.request),      FIELD_ARRAY(struct i8237, s.dreq),
    FIELD_ARRAY(struct i8237, s.tc),           FIELD_ARRAY(struct i8237, s.flip_flop),
    FIELD_ARRAY(struct i8237, s.temporary),    { 0 },
};
static const struct device_class i8237_class = {
    .name = "i8237",
    .version = 1,
    .state_offset = offsetof(struct i8237, s),
    .state_size = sizeof(struct i8237_state),
    .ports = i8237_ports,
    .fields = i8237_fields,
    .reset = i8237_reset,
    .check = i8237_check,
};

struct device *i8237_new(struct board *board, struct error *err)
{
    struct i8237 *dma = device_new(board, &i8237_class, sizeof(*dma), "dma", 0, err);

    if (!dma)
        return NULL;
    device_reset(&dma->dev, RESET_POWER_ON);
    return &dma->dev;
}
