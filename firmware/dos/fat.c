/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FAT12 and FAT16: chains, media, reading and writing of open files. */
#include "fat.h"

enum { FAT12_MAX = 4085 };

uint8_t verify_flag;

/* ---- media ---- */

/* A DPB from a BPB, both anywhere. */
void fat_fill_dpb(uint32_t dpb, uint32_t bpb)
{
    struct bpb b;
    struct dpb d;
    uint32_t total, data;

    far_copy(KFP(&b), bpb, sizeof(b));
    far_copy(KFP(&d), dpb, sizeof(d));
    d.sector_size = b.sector_size;
    d.cluster_mask = (uint8_t)(b.cluster_sectors - 1);
    for (d.cluster_shift = 0; 1u << d.cluster_shift < b.cluster_sectors;)
        d.cluster_shift++;
    d.reserved = b.reserved;
    d.fats = b.fats;
    d.root_entries = b.root_entries;
    d.fat_sectors = b.fat_sectors;
    d.root_sector = (uint16_t)(b.reserved + b.fats * b.fat_sectors);
    d.data_sector =
        (uint16_t)(d.root_sector + (b.root_entries + DIR_PER_SECTOR - 1) / DIR_PER_SECTOR);
    total = b.sectors ? b.sectors : b.big_sectors;
    data = total > d.data_sector ? total - d.data_sector : 0;
    d.highest_cluster = (uint16_t)((data >> d.cluster_shift) + 1);
    d.media = b.media;
    d.unread = 0;
    d.search = 2;
    d.free = 0xffff;
    far_copy(dpb, KFP(&d), sizeof(d));
}

static uint16_t media_request(struct dpb *d, uint8_t command)
{
    struct device_request *q = (struct device_request *)sda.request;

    memset(q, 0, sizeof(sda.request));
    q->length = 22;
    q->unit = d->unit;
    q->command = command;
    q->check.media = d->media;
    if (command == CMD_BUILD_BPB)
        q->bpb.buffer = KFP(disk_scratch);
    call_driver(d->device, KFP(q));
    return q->status;
}

/* Is the medium the one that the DPB describes?  If not, reads its BPB. */
unsigned fat_check_media(struct dpb *d)
{
    struct device_request *q = (struct device_request *)sda.request;

    for (;;) {
        uint16_t status = d->unread == 0xff ? 0 : media_request(d, CMD_MEDIA_CHECK);

        if (!(status & STATUS_ERROR) && d->unread != 0xff && q->check.changed == 1)
            return E_OK;
        if (!(status & STATUS_ERROR)) {
            buffer_forget(d);
            status = media_request(d, CMD_BUILD_BPB);
        }
        if (!(status & STATUS_ERROR)) {
            fat_fill_dpb(KFP(d), q->bpb.bpb);
            return E_OK;
        }
        d->unread = 0xff;
        if (critical_error(CRITICAL_FAIL | CRITICAL_RETRY | 2, d->drive, (uint8_t)status,
                           d->device) != CRITICAL_AGAIN)
            return E_FAILED;
    }
}

void fat_flush(void)
{
    /* The cache writes through. */
}

/* ---- chains ---- */

uint32_t cluster_sector(const struct dpb *d, uint16_t cluster)
{
    return d->data_sector + ((uint32_t)(cluster - 2) << d->cluster_shift);
}

static bool is_fat12(const struct dpb *d)
{
    return d->highest_cluster < FAT12_MAX + 1;
}

/* A byte of the FAT; NULL: an error. */
static uint8_t *fat_byte(struct dpb *d, uint32_t offset, struct buffer **b)
{
    *b = buffer_get(d, d->reserved + offset / SECTOR);
    return *b ? (*b)->data + offset % SECTOR : NULL;
}

/* The entry as it is; false: an error. */
static bool fat_raw(struct dpb *d, uint16_t cluster, uint16_t *value)
{
    struct buffer *b;
    uint32_t at = is_fat12(d) ? cluster * 3u / 2 : cluster * 2u;
    uint8_t *p = fat_byte(d, at, &b), low;

    if (!p)
        return false;
    low = *p;
    p = fat_byte(d, at + 1, &b);
    if (!p)
        return false;
    *value = (uint16_t)(low | *p << 8);
    if (is_fat12(d))
        *value = cluster & 1 ? *value >> 4 : *value & 0xfff;
    return true;
}

uint16_t fat_next(struct dpb *d, uint16_t cluster)
{
    uint16_t value;

    if (cluster < 2 || cluster > d->highest_cluster || !fat_raw(d, cluster, &value))
        return CLUSTER_BAD;
    if (value >= (is_fat12(d) ? 0xff8 : 0xfff8))
        return CLUSTER_END;
    if (value < 2 || value > d->highest_cluster)
        return CLUSTER_BAD;
    return value;
}

unsigned fat_set(struct dpb *d, uint16_t cluster, uint16_t value)
{
    bool half = is_fat12(d);
    uint32_t at = half ? cluster * 3u / 2 : cluster * 2u;
    struct buffer *b;
    uint16_t word = value;
    uint8_t *p;
    unsigned error;

    if (half) {
        struct buffer *first, *second;
        uint8_t *low = fat_byte(d, at, &first);
        uint8_t old_low = low ? *low : 0;
        uint8_t *high = fat_byte(d, at + 1, &second);
        uint16_t old;

        if (!low || !high)
            return E_FAILED;
        old = (uint16_t)(old_low | *high << 8);
        value &= 0xfff;
        word =
            cluster & 1 ? (uint16_t)((old & 0xf) | value << 4) : (uint16_t)((old & 0xf000) | value);
    }
    p = fat_byte(d, at, &b);
    if (!p)
        return E_FAILED;
    *p = (uint8_t)word;
    if (at % SECTOR != SECTOR - 1) {
        p[1] = (uint8_t)(word >> 8);
        return buffer_write(b);
    }
    error = buffer_write(b);
    p = fat_byte(d, at + 1, &b);
    if (!p || error)
        return E_FAILED;
    *p = (uint8_t)(word >> 8);
    return buffer_write(b);
}

uint16_t fat_append(struct dpb *d, uint16_t previous)
{
    uint16_t cluster = d->search, value;

    for (uint16_t left = (uint16_t)(d->highest_cluster - 1); left--;) {
        if (cluster < 2 || cluster > d->highest_cluster)
            cluster = 2;
        if (!fat_raw(d, cluster, &value))
            return 0;
        if (value == CLUSTER_FREE) {
            if (fat_set(d, cluster, CLUSTER_END) || (previous && fat_set(d, previous, cluster)))
                return 0;
            d->search = (uint16_t)(cluster + 1);
            if (d->free != 0xffff)
                d->free--;
            return cluster;
        }
        cluster++;
    }
    return 0;
}

unsigned fat_free_chain(struct dpb *d, uint16_t cluster)
{
    while (cluster >= 2 && cluster != CLUSTER_END) {
        uint16_t next = fat_next(d, cluster);
        unsigned error = fat_set(d, cluster, CLUSTER_FREE);

        if (error)
            return error;
        if (d->free != 0xffff)
            d->free++;
        if (cluster < d->search)
            d->search = cluster;
        if (next == CLUSTER_BAD)
            break;
        cluster = next;
    }
    return E_OK;
}

unsigned fat_space(struct dpb *d, struct disk_space *space)
{
    unsigned error = fat_check_media(d);
    uint16_t value;

    if (error)
        return error;
    if (d->free == 0xffff) {
        uint16_t free = 0;

        for (uint16_t c = 2; c <= d->highest_cluster && c >= 2; c++) {
            if (!fat_raw(d, c, &value))
                return E_FAILED;
            free = (uint16_t)(free + (value == CLUSTER_FREE));
        }
        d->free = free;
    }
    space->cluster_sectors = cluster_sectors(d);
    space->sector_size = d->sector_size;
    space->clusters = (uint16_t)(d->highest_cluster - 1);
    space->free = d->free;
    space->media = d->media;
    return E_OK;
}

/* ---- open files ---- */

/* The cluster with number `index` in the file; 0: the chain is shorter. */
static uint16_t seek_cluster(struct dpb *d, struct sft *s, uint16_t index)
{
    uint16_t at = 0, cluster = s->cluster;

    if (s->absolute && s->relative <= index) {
        at = s->relative;
        cluster = s->absolute;
    }
    if (cluster < 2)
        return 0;
    for (; at < index; at++) {
        cluster = fat_next(d, cluster);
        if (cluster == CLUSTER_END || cluster == CLUSTER_BAD)
            return 0;
    }
    s->relative = index;
    s->absolute = cluster;
    return cluster;
}

/* Makes the chain long enough for `size` bytes; false: the disk is full (what fitted stays). */
static bool grow(struct dpb *d, struct sft *s, uint32_t size)
{
    unsigned shift = d->cluster_shift + 9u;
    uint16_t wanted = (uint16_t)((size + (1ul << shift) - 1) >> shift), last = 0, have = 0;

    if (!wanted)
        return true;
    if (s->cluster) {
        uint16_t c = s->cluster;

        if (s->absolute) {
            c = s->absolute;
            have = s->relative;
        }
        do {
            last = c;
            have++;
            c = fat_next(d, c);
        } while (c != CLUSTER_END && c != CLUSTER_BAD);
    }
    for (; have < wanted; have++) {
        uint16_t c = fat_append(d, last);

        if (!c)
            return false;
        if (!last)
            s->cluster = c;
        last = c;
    }
    return true;
}

struct span { /* a part of a transfer that lies in one cluster */
    uint32_t sector;
    uint16_t offset; /* in that sector */
    uint32_t bytes;
};

static bool span_at(struct dpb *d, struct sft *s, uint32_t count, struct span *span)
{
    unsigned shift = d->cluster_shift + 9u;
    uint32_t inside = s->position & ((1ul << shift) - 1);
    uint16_t cluster = seek_cluster(d, s, (uint16_t)(s->position >> shift));

    if (!cluster)
        return false;
    span->sector = cluster_sector(d, cluster) + inside / SECTOR;
    span->offset = (uint16_t)(inside % SECTOR);
    span->bytes = (1ul << shift) - inside;
    if (span->bytes > count)
        span->bytes = count;
    return true;
}

/* Moves a span: whole sectors straight, the rest through the cache.  *moved: how many bytes. */
static unsigned move(struct dpb *d, bool write, const struct span *span, uint32_t memory,
                     uint32_t *moved)
{
    uint16_t part = (uint16_t)(SECTOR - span->offset);
    struct buffer *b;

    if (!span->offset && span->bytes >= SECTOR) {
        uint16_t sectors = (uint16_t)(span->bytes / SECTOR);

        *moved = (uint32_t)sectors * SECTOR;
        if (write)
            buffer_drop(d, span->sector, sectors);
        return disk_transfer(d, write, span->sector, sectors, memory);
    }
    if (part > span->bytes)
        part = (uint16_t)span->bytes;
    *moved = part;
    b = buffer_get(d, span->sector);
    if (!b)
        return E_FAILED;
    if (!write) {
        far_copy(memory, KFP(b->data + span->offset), part);
        return E_OK;
    }
    far_copy(KFP(b->data + span->offset), memory, part);
    return buffer_write(b);
}

static unsigned transfer(struct sft *s, bool write, uint32_t memory, uint32_t count, uint16_t *done)
{
    struct dpb *d = NEAR(s->device);

    while (count) {
        struct span span;
        uint32_t moved;
        unsigned error;

        if (!span_at(d, s, count, &span))
            break;
        error = move(d, write, &span, memory, &moved);
        if (error)
            return error;
        s->position += moved;
        count -= moved;
        *done = (uint16_t)(*done + moved);
        memory = FP(FP_SEG(memory) + (FP_OFF(memory) + moved) / 16, (FP_OFF(memory) + moved) % 16);
    }
    return E_OK;
}

unsigned fat_read(struct sft *s, uint32_t to, uint16_t count, uint16_t *done)
{
    unsigned error;

    *done = 0;
    if (s->position >= s->size)
        return E_OK;
    if (count > s->size - s->position)
        count = (uint16_t)(s->size - s->position);
    error = share_may_transfer(s, s->position, count);
    return error ? error : transfer(s, false, to, count, done);
}

/* Cuts or lengthens to the position. */
static unsigned set_size(struct dpb *d, struct sft *s)
{
    unsigned shift = d->cluster_shift + 9u;

    if (s->position > s->size) {
        if (!grow(d, s, s->position))
            return E_OK;
    } else if (!s->position) {
        uint16_t first = s->cluster;

        s->cluster = s->relative = s->absolute = 0;
        s->size = 0;
        fat_write_entry(s);
        fat_free_chain(d, first);
    } else {
        uint16_t last = seek_cluster(d, s, (uint16_t)((s->position - 1) >> shift));
        uint16_t rest = last ? fat_next(d, last) : CLUSTER_BAD;

        if (rest != CLUSTER_END && rest != CLUSTER_BAD) {
            fat_set(d, last, CLUSTER_END);
            fat_free_chain(d, rest);
        }
    }
    s->size = s->position;
    s->info &= (uint16_t) ~(INFO_NOT_EOF | INFO_KEEP_TIME);
    share_tell(s);
    return E_OK;
}

/* What lies between the old end and a position behind it is zeros. */
static unsigned fill_gap(struct dpb *d, struct sft *s)
{
    uint32_t target = s->position;
    unsigned error = E_OK;

    s->position = s->size;
    while (s->position < target && !error) {
        struct span span;
        struct buffer *b;
        uint32_t part;

        if (!span_at(d, s, target - s->position, &span))
            break;
        part = SECTOR - span.offset;
        if (part > target - s->position)
            part = target - s->position;
        b = buffer_get(d, span.sector);
        if (!b)
            return E_FAILED;
        memset(b->data + span.offset, 0, part);
        error = buffer_write(b);
        s->position += part;
    }
    s->position = target;
    return error;
}

unsigned fat_write(struct sft *s, uint32_t from, uint16_t count, uint16_t *done)
{
    struct dpb *d = NEAR(s->device);
    unsigned error = share_may_transfer(s, s->position, count);

    *done = 0;
    if (error)
        return error;
    if (!count)
        return set_size(d, s);
    if (s->position + count > s->size && !grow(d, s, s->position + count) && s->position > s->size)
        return E_OK; /* not even the gap has room: nothing was written */
    if (s->position > s->size)
        error = fill_gap(d, s);
    if (!error)
        error = transfer(s, true, from, count, done);
    if (s->position > s->size)
        s->size = s->position;
    s->info &= (uint16_t) ~(INFO_NOT_EOF | INFO_KEEP_TIME);
    share_tell(s);
    return error;
}
