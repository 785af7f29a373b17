/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved state by tables of named fields; see state.h for the stream. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/speed.h"
#include "core/state.h"

#define NAME_MAX_LEN  60u
#define CLOCK_NAME    "clock"
#define CLOCK_VERSION 2

void state_buffer_free(struct state_buffer *buf)
{
    free(buf->data);
    *buf = (struct state_buffer){ 0 };
}

static void put(struct state_buffer *buf, const void *data, size_t size)
{
    if (buf->used + size > buf->capacity) {
        buf->capacity = (buf->used + size) * 2;
        buf->data = realloc(buf->data, buf->capacity);
        assert(buf->data);
    }
    memcpy(buf->data + buf->used, data, size);
    buf->used += size;
}

static void put_uint(struct state_buffer *buf, uint64_t value, unsigned size)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    put(buf, bytes, size);
}

static void put_name(struct state_buffer *buf, const char *name)
{
    size_t len = strlen(name);

    assert(len && len <= NAME_MAX_LEN);
    put_uint(buf, len, 1);
    put(buf, name, len);
}

uint32_t state_crc32(uint32_t crc, const void *data, size_t size)
{
    static uint32_t table[8][256];
    const uint8_t *p = data;

    if (!table[0][1]) {
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t c = i;

            for (int bit = 0; bit < 8; bit++)
                c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
            table[0][i] = c;
        }
        for (unsigned t = 1; t < 8; t++)
            for (unsigned i = 0; i < 256; i++)
                table[t][i] = table[t - 1][i] >> 8 ^ table[0][table[t - 1][i] & 0xff];
    }
    crc = ~crc;
    for (; size >= 8; size -= 8, p += 8) {
        uint32_t lo, hi;

        memcpy(&lo, p, 4);
        memcpy(&hi, p + 4, 4);
        lo ^= crc;
        crc = table[7][lo & 0xff] ^ table[6][lo >> 8 & 0xff] ^ table[5][lo >> 16 & 0xff] ^
              table[4][lo >> 24] ^ table[3][hi & 0xff] ^ table[2][hi >> 8 & 0xff] ^
              table[1][hi >> 16 & 0xff] ^ table[0][hi >> 24];
    }
    while (size--)
        crc = crc >> 8 ^ table[0][(crc ^ *p++) & 0xff];
    return ~crc;
}

/* ---- one item ---- */

static uint64_t host_uint(const void *at, unsigned size)
{
    uint64_t value = 0;

    memcpy(&value, at, size); /* the host is little-endian: x86 */
    return value;
}

static void save_field(struct state_buffer *buf, const struct state_item *item,
                       const struct field *f)
{
    const char *at = (const char *)item->base + f->offset;
    const struct vtimer *timer = (const struct vtimer *)at;

    put_name(buf, f->name);
    put_uint(buf, f->size, 1);
    put_uint(buf, f->count, 4);
    if (f->kind == FIELD_CLOCK)
        put_uint(buf, vtimer_armed(timer) ? timer->deadline : VCLOCK_NEVER, 8);
    else
        put(buf, at, (size_t)f->size * f->count);
}

static void begin_section(struct state_buffer *buf, const char *name, uint16_t version,
                          size_t *start, size_t *length_at)
{
    *start = buf->used;
    put_name(buf, name);
    put_uint(buf, version, 2);
    *length_at = buf->used;
    put_uint(buf, 0, 4);
}

static void end_section(struct state_buffer *buf, size_t start, size_t length_at)
{
    uint32_t length = (uint32_t)(buf->used - length_at - 4);

    for (unsigned i = 0; i < 4; i++)
        buf->data[length_at + i] = (uint8_t)(length >> (8 * i));
    put_uint(buf, state_crc32(0, buf->data + start, buf->used - start), 4);
}

void state_save_item(struct state_buffer *buf, const struct state_item *item)
{
    size_t start, length_at;

    begin_section(buf, item->name, item->version, &start, &length_at);
    for (const struct field *f = item->fields; f && f->name; f++)
        save_field(buf, item, f);
    end_section(buf, start, length_at);
}

struct reader {
    const uint8_t *data;
    size_t size, at;
    bool bad; /* ran over the end */
};

static uint64_t get_uint(struct reader *r, unsigned size)
{
    uint64_t value;

    if (r->bad || r->size - r->at < size) {
        r->bad = true;
        return 0;
    }
    value = host_uint(r->data + r->at, size);
    r->at += size;
    return value;
}

static bool get_name(struct reader *r, char name[NAME_MAX_LEN + 1])
{
    size_t len = (size_t)get_uint(r, 1);

    if (r->bad || !len || len > NAME_MAX_LEN || r->size - r->at < len) {
        r->bad = true;
        return false;
    }
    memcpy(name, r->data + r->at, len);
    name[len] = 0;
    r->at += len;
    return true;
}

/* Opens the section at *at if it is whole, `body` then reads its inside. */
static bool open_section(const uint8_t *data, size_t size, size_t *at, const char *want,
                         uint16_t *version, struct reader *body, struct error *err)
{
    struct reader r = { data, size, *at, false };
    char name[NAME_MAX_LEN + 1];
    uint32_t length;
    size_t body_at;

    if (!get_name(&r, name))
        return error_set(err, "the saved state ends in the middle");
    *version = (uint16_t)get_uint(&r, 2);
    length = (uint32_t)get_uint(&r, 4);
    body_at = r.at;
    if (r.bad || r.size - r.at < length || r.size - r.at - length < 4)
        return error_set(err, "the saved state ends in the middle");
    if (host_uint(data + body_at + length, 4) != state_crc32(0, data + *at, body_at + length - *at))
        return error_set(err, "the saved state is damaged (checksum of %.60s)", name);
    if (strcmp(name, want))
        return error_set(err, "the saved state has %.60s where %.60s belongs", name, want);
    *body = (struct reader){ data, body_at + length, body_at, false };
    *at = body_at + length + 4;
    return true;
}

static const struct field *find_field(const struct field *fields, const char *name)
{
    for (const struct field *f = fields; f && f->name; f++)
        if (!strcmp(f->name, name))
            return f;
    return NULL;
}

static bool load_field(struct reader *r, const struct state_item *item, struct error *err)
{
    char name[NAME_MAX_LEN + 1];
    const struct field *f;
    uint64_t size, count;
    void *at;

    if (!get_name(r, name))
        return error_set(err, "saved state of %s is malformed", item->name);
    size = get_uint(r, 1);
    count = get_uint(r, 4);
    f = find_field(item->fields, name);
    if (!f)
        return error_set(err, "saved state of %s has a field %s that this version does not know",
                         item->name, name);
    if (r->bad || size != f->size || count != f->count || r->size - r->at < size * count)
        return error_set(err, "saved state of %s: field %s has another size here", item->name,
                         name);
    at = (char *)item->base + f->offset;
    if (f->kind == FIELD_CLOCK)
        ((struct vtimer *)at)->deadline = get_uint(r, 8);
    else
        memcpy(at, r->data + r->at, (size_t)(size * count));
    if (f->kind != FIELD_CLOCK)
        r->at += (size_t)(size * count);
    return true;
}

bool state_load_item(const uint8_t *data, size_t size, size_t *at, const struct state_item *item,
                     struct error *err)
{
    struct reader r;
    uint16_t version = 0;

    if (!open_section(data, size, at, item->name, &version, &r, err))
        return false;
    if (version > item->version)
        return error_set(err, "the state of %s was saved by a newer version of Bygone", item->name);
    for (const struct field *f = item->fields; f && f->name; f++)
        if (f->kind == FIELD_CLOCK) {
            vtimer_cancel((struct vtimer *)((char *)item->base + f->offset));
            ((struct vtimer *)((char *)item->base + f->offset))->deadline = VCLOCK_NEVER;
        }
    while (r.at < r.size)
        if (!load_field(&r, item, err))
            return false;
    return true;
}

/* ---- the board ---- */

static struct state_item item_of(struct device *dev)
{
    return (struct state_item){ dev->name, dev->cls->version, dev->cls->fields, dev };
}

struct clock_item {
    uint64_t now, wall_start, speed;
};
static const struct field clock_fields[] = {
    FIELD(struct clock_item, now),
    FIELD(struct clock_item, wall_start),
    FIELD(struct clock_item, speed, .since = 2),
    { 0 },
};

void state_save_board(struct state_buffer *buf, struct board *board)
{
    struct clock_item clock = { vclock_now(board->clock), board->wall_start, board->speed };

    state_save_item(buf, &(struct state_item){ CLOCK_NAME, CLOCK_VERSION, clock_fields, &clock });
    for (struct device *dev = board->devices; dev; dev = dev->next) {
        struct state_item item = item_of(dev);

        state_save_item(buf, &item);
    }
}

static bool timers_in_future(struct device *dev, uint64_t now, struct error *err)
{
    for (const struct field *f = dev->cls->fields; f && f->name; f++) {
        const struct vtimer *timer = (const struct vtimer *)((char *)dev + f->offset);

        if (f->kind == FIELD_CLOCK && timer->deadline < now)
            return error_set(err, "saved state of %s: timer %s lies in the past", dev->name,
                             f->name);
    }
    return true;
}

static bool load_devices(const uint8_t *data, size_t size, size_t *at, struct board *board,
                         struct error *err)
{
    struct clock_item clock = { .speed = board->speed };

    if (!state_load_item(data, size, at,
                         &(struct state_item){ CLOCK_NAME, CLOCK_VERSION, clock_fields, &clock },
                         err))
        return false;
    if (clock.speed && (clock.speed < SPEED_LEAST || clock.speed > SPEED_MOST))
        return error_set(err, "saved state: the speed is out of range");
    if (clock.now > VCLOCK_NEVER / 4)
        return error_set(err, "saved state: the clock is out of range");
    for (struct device *dev = board->devices; dev; dev = dev->next) {
        struct state_item item = item_of(dev);

        if (!state_load_item(data, size, at, &item, err))
            return false;
    }
    for (struct device *dev = board->devices; dev; dev = dev->next)
        if (!timers_in_future(dev, clock.now, err) ||
            (dev->cls->check && !dev->cls->check(dev, err)))
            return false;
    vclock_set(board->clock, clock.now);
    board->wall_start = clock.wall_start;
    board->speed = clock.speed;
    return true;
}

static void disarm(struct board *board)
{
    for (struct device *dev = board->devices; dev; dev = dev->next)
        for (const struct field *f = dev->cls->fields; f && f->name; f++)
            if (f->kind == FIELD_CLOCK)
                vtimer_cancel((struct vtimer *)((char *)dev + f->offset));
}

static void arm_and_resume(struct board *board)
{
    for (struct device *dev = board->devices; dev; dev = dev->next)
        for (const struct field *f = dev->cls->fields; f && f->name; f++) {
            struct vtimer *timer = (struct vtimer *)((char *)dev + f->offset);

            if (f->kind == FIELD_CLOCK && timer->deadline != VCLOCK_NEVER)
                vtimer_arm(timer, timer->deadline);
        }
    mem_begin(board->memory);
    for (struct device *dev = board->devices; dev; dev = dev->next)
        if (dev->cls->resume)
            dev->cls->resume(dev);
    mem_end(board->memory);
}

bool state_load_board(const uint8_t *data, size_t size, size_t *at, struct board *board,
                      struct error *err)
{
    board_reset(board, RESET_POWER_ON);
    disarm(board);
    if (!load_devices(data, size, at, board, err)) {
        disarm(board);
        board_reset(board, RESET_POWER_ON);
        return false;
    }
    arm_and_resume(board);
    return true;
}
