/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sectors of block devices: through the driver with INT 24h, a write-through cache, INT 25h/26h. */
#include "fat.h"

static struct buffer *buffers;
static unsigned buffer_count;
static uint16_t now;

void buffers_init(unsigned count)
{
    buffer_count = count;
    buffers = kernel_alloc((unsigned)(count * sizeof(struct buffer)));
    list_of_lists.buffer_count = (uint16_t)count;
}

/* What INT 24h is told in AH: the area of the disk. */
static uint8_t area(const struct dpb *d, uint32_t sector)
{
    if (sector < d->reserved)
        return 0;
    if (sector < d->root_sector)
        return 1;
    return sector < d->data_sector ? 2 : 3;
}

/* One request; the driver's status. */
static uint16_t request_sectors(const struct dpb *d, uint8_t command, uint32_t sector,
                                uint16_t count, uint32_t memory)
{
    struct device_request *q = (struct device_request *)sda.request;

    memset(q, 0, sizeof(sda.request));
    q->length = sizeof(sda.request);
    q->unit = d->unit;
    q->command = command;
    q->io.media = d->media;
    q->io.address = memory;
    q->io.count = count;
    q->io.sector = sector > 0xfffe ? 0xffff : (uint16_t)sector;
    q->io.big_sector = sector;
    call_driver(d->device, KFP(q));
    return q->status;
}

unsigned disk_transfer(struct dpb *d, bool write, uint32_t sector, uint16_t count, uint32_t memory)
{
    uint8_t command = write ? verify_flag ? CMD_WRITE_VERIFY : CMD_WRITE : CMD_READ;

    for (;;) {
        uint16_t status = request_sectors(d, command, sector, count, memory);
        uint8_t flags = (uint8_t)(CRITICAL_ALL | area(d, sector) << 1 | write);

        if (!(status & STATUS_ERROR))
            return E_OK;
        if (area(d, sector) != 3)
            flags &= (uint8_t)~CRITICAL_IGNORE;
        switch (critical_error(flags, d->drive, (uint8_t)status, d->device)) {
        case CRITICAL_AGAIN:
            break;
        case CRITICAL_GO_ON:
            return E_OK;
        default:
            return E_FAILED;
        }
    }
}

struct buffer *buffer_get(struct dpb *d, uint32_t sector)
{
    struct buffer *oldest = buffers;

    now++;
    for (unsigned i = 0; i < buffer_count; i++) {
        struct buffer *b = &buffers[i];

        if (b->dpb == d && b->sector == sector) {
            b->used = now;
            return b;
        }
        if (!b->dpb)
            oldest = b;
        else if (oldest->dpb && (uint16_t)(now - b->used) > (uint16_t)(now - oldest->used))
            oldest = b;
    }
    oldest->dpb = NULL;
    if (disk_transfer(d, false, sector, 1, KFP(oldest->data)))
        return NULL;
    oldest->dpb = d;
    oldest->sector = sector;
    oldest->used = now;
    return oldest;
}

unsigned buffer_write(struct buffer *b)
{
    struct dpb *d = b->dpb;
    unsigned error = disk_transfer(d, true, b->sector, 1, KFP(b->data));

    if (error) {
        b->dpb = NULL;
        return error;
    }
    if (b->sector < d->reserved || b->sector >= (uint32_t)d->reserved + d->fat_sectors)
        return E_OK;
    for (unsigned i = 1; i < d->fats; i++)
        disk_transfer(d, true, b->sector + (uint32_t)i * d->fat_sectors, 1, KFP(b->data));
    return E_OK;
}

void buffer_forget(const struct dpb *d)
{
    for (unsigned i = 0; i < buffer_count; i++)
        if (buffers[i].dpb == d)
            buffers[i].dpb = NULL;
}

void buffer_drop(const struct dpb *d, uint32_t sector, uint16_t count)
{
    for (unsigned i = 0; i < buffer_count; i++)
        if (buffers[i].dpb == d && buffers[i].sector - sector < count)
            buffers[i].dpb = NULL;
}

/* ---- INT 25h, 26h: AL drive, CX count, DX sector, DS:BX memory; CX = FFFFh: DS:BX a packet. ----
 */

static void absolute(struct c_frame *f, bool write)
{
    struct cds *c = cds_of((uint8_t)f->eax);
    uint32_t sector = (uint16_t)f->edx, memory = FP(f->ds, f->ebx), flags_at;
    uint16_t count = (uint16_t)f->ecx, status = 0x8001, flags;

    if (c && !is_network(cds_behind(c))) {
        struct dpb *d = NEAR(cds_behind(c)->dpb);

        if (count == 0xffff) {
            sector = get32(memory);
            count = get16(memory + 4);
            memory = get32(memory + 6);
        }
        status = request_sectors(d, write ? CMD_WRITE : CMD_READ, sector, count, memory);
        if (write)
            buffer_forget(d);
    }
    flags_at = FP(f->caller_ss, f->caller_esp + 4);
    flags = get16(flags_at) & (uint16_t)~FLAG_CARRY;
    if (status & STATUS_ERROR) {
        static const uint8_t bios_code[] = { 3, 1, 0x80, 1, 0x10, 1, 0x40, 1, 4, 1, 1, 1, 2 };
        uint8_t code = (uint8_t)status;

        f->eax =
            (f->eax & 0xffff0000) | code | (code < sizeof(bios_code) ? bios_code[code] : 2) << 8;
        flags |= FLAG_CARRY;
    }
    put16(flags_at, flags);
}

void absolute_read(struct c_frame *f)
{
    absolute(f, false);
}

void absolute_write(struct c_frame *f)
{
    absolute(f, true);
}
