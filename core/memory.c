/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory map.  Ranges are kept in a small array; flatten() paints them, lowest priority first,
 * into one entry per 4 KB page.  The page arrays cover 4 GB but only touched parts cost memory.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/memory.h"

#define PAGES (1u << 20)

struct mem_region {
    struct memory *memory; /* NULL: free */
    char name[32];
    uint32_t base, size;
    int priority;
    bool enabled;
    enum mem_kind kind;
    uint8_t *host, *shadow;
    const struct mem_ops *ops;
    void *ctx;
};

struct memory {
    struct mem_page *pages; /* direct access, or NULLs */
    uint8_t *owner;         /* index of the region that owns a page, plus one */
    struct mem_region regions[MEM_REGIONS];
    uint32_t cpu_mask;
    unsigned nesting;
    uint32_t generation;
    bool stale;
    void (*changed)(void *ctx);
    void (*written)(void *ctx, uint32_t phys, uint32_t len);
    void *ctx;
};

static void *reserve(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    assert(p != MAP_FAILED);
    return p;
}

struct memory *mem_new(void)
{
    struct memory *memory = calloc(1, sizeof(*memory));

    assert(memory);
    memory->pages = reserve(PAGES * sizeof(struct mem_page));
    memory->owner = reserve(PAGES);
    memory->cpu_mask = UINT32_MAX;
    return memory;
}

void mem_free(struct memory *memory)
{
    if (!memory)
        return;
    munmap(memory->pages, PAGES * sizeof(struct mem_page));
    munmap(memory->owner, PAGES);
    free(memory);
}

static uint64_t region_end(const struct mem_region *r)
{
    return (uint64_t)r->base + r->size;
}

static void paint(struct memory *memory, const struct mem_region *r)
{
    uint32_t first = r->base / MEM_PAGE;
    uint32_t count = r->size / MEM_PAGE;
    uint8_t owner = (uint8_t)(r - memory->regions + 1);

    for (uint32_t i = 0; i < count; i++) {
        struct mem_page *page = &memory->pages[first + i];
        size_t at = (size_t)i * MEM_PAGE;

        memory->owner[first + i] = owner;
        page->read = r->kind != MEM_MMIO ? r->host + at : NULL;
        page->write = r->kind == MEM_RAM ? r->host + at : NULL;
        if (r->kind == MEM_ROM_OVER_RAM)
            page->write = r->shadow + at;
    }
}

/* madvise drops whole host pages of the tables, so an empty map costs nothing. */
static void clear(struct memory *memory)
{
    madvise(memory->pages, PAGES * sizeof(struct mem_page), MADV_DONTNEED);
    madvise(memory->owner, PAGES, MADV_DONTNEED);
}

static void flatten(struct memory *memory)
{
    struct mem_region *order[MEM_REGIONS];
    unsigned count = 0;

    memory->stale = false;
    memory->generation++;
    clear(memory);
    /* Highest index first among equals, so that the range added first is painted last. */
    for (unsigned i = MEM_REGIONS; i-- > 0;)
        if (memory->regions[i].memory && memory->regions[i].enabled)
            order[count++] = &memory->regions[i];
    for (unsigned i = 1; i < count; i++) {
        struct mem_region *r = order[i];
        unsigned j = i;

        for (; j > 0 && order[j - 1]->priority > r->priority; j--)
            order[j] = order[j - 1];
        order[j] = r;
    }
    for (unsigned i = 0; i < count; i++)
        paint(memory, order[i]);
    if (memory->changed)
        memory->changed(memory->ctx);
}

void mem_begin(struct memory *memory)
{
    memory->nesting++;
}

void mem_end(struct memory *memory)
{
    assert(memory->nesting > 0);
    if (--memory->nesting == 0 && memory->stale)
        flatten(memory);
}

static void touch(struct memory *memory)
{
    memory->stale = true;
    if (memory->nesting == 0)
        flatten(memory);
}

static struct mem_region *add(struct memory *memory, const char *name, uint32_t base, uint32_t size,
                              int priority, enum mem_kind kind, struct error *err)
{
    struct mem_region *r = NULL;

    if (base % MEM_PAGE || size % MEM_PAGE || !size || (uint64_t)base + size > 1ull << 32) {
        error_set(err, "memory %s: %08x+%x is not a range of whole pages below 4 GB", name, base,
                  size);
        return NULL;
    }
    for (unsigned i = 0; i < MEM_REGIONS; i++) {
        struct mem_region *o = &memory->regions[i];

        if (!o->memory) {
            r = r ? r : o;
        } else if (o->enabled && o->priority == priority && o->base < (uint64_t)base + size &&
                   base < region_end(o)) {
            error_set(err, "memory %s: %08x+%x overlaps %s at %08x+%x", name, base, size, o->name,
                      o->base, o->size);
            return NULL;
        }
    }
    if (!r) {
        error_set(err, "memory %s: all %d ranges are in use", name, MEM_REGIONS);
        return NULL;
    }
    *r = (struct mem_region){ .memory = memory,
                              .base = base,
                              .size = size,
                              .priority = priority,
                              .enabled = true,
                              .kind = kind };
    strncpy(r->name, name, sizeof(r->name) - 1);
    return r;
}

struct mem_region *mem_add_ram(struct memory *memory, const char *name, uint32_t base,
                               uint32_t size, int priority, uint8_t *host, struct error *err)
{
    struct mem_region *r = add(memory, name, base, size, priority, MEM_RAM, err);

    if (r) {
        r->host = host;
        touch(memory);
    }
    return r;
}

struct mem_region *mem_add_rom(struct memory *memory, const char *name, uint32_t base,
                               uint32_t size, int priority, uint8_t *host, struct error *err)
{
    struct mem_region *r = add(memory, name, base, size, priority, MEM_ROM, err);

    if (r) {
        r->host = host;
        touch(memory);
    }
    return r;
}

struct mem_region *mem_add_mmio(struct memory *memory, const char *name, uint32_t base,
                                uint32_t size, int priority, const struct mem_ops *ops, void *ctx,
                                struct error *err)
{
    struct mem_region *r = add(memory, name, base, size, priority, MEM_MMIO, err);

    if (r) {
        r->ops = ops;
        r->ctx = ctx;
        touch(memory);
    }
    return r;
}

void mem_move(struct mem_region *region, uint32_t base, bool enabled)
{
    base &= ~(MEM_PAGE - 1);
    if ((uint64_t)base + region->size > 1ull << 32)
        enabled = false; /* a BAR that was sized: nowhere */
    if (region->enabled == enabled && region->base == base)
        return;
    if (enabled)
        region->base = base;
    if (region->enabled || enabled) {
        region->enabled = enabled;
        touch(region->memory);
    }
}

void mem_set_backing(struct mem_region *region, enum mem_kind kind, uint8_t *host, uint8_t *shadow)
{
    assert(kind != MEM_MMIO || region->ops);
    if (region->kind == kind && region->host == host && region->shadow == shadow)
        return;
    region->kind = kind;
    region->host = host;
    region->shadow = shadow;
    if (region->enabled)
        touch(region->memory);
}

void mem_remove(struct mem_region *region)
{
    struct memory *memory;

    if (!region)
        return;
    memory = region->memory;
    region->memory = NULL;
    if (region->enabled)
        touch(memory);
}

void mem_set_a20(struct memory *memory, bool on)
{
    uint32_t mask = on ? UINT32_MAX : UINT32_MAX & ~(1u << 20);

    if (mask == memory->cpu_mask)
        return;
    memory->cpu_mask = mask;
    if (memory->changed)
        memory->changed(memory->ctx);
}

bool mem_a20(const struct memory *memory)
{
    return memory->cpu_mask == UINT32_MAX;
}

uint32_t mem_cpu_mask(const struct memory *memory)
{
    return memory->cpu_mask;
}

void mem_set_listener(struct memory *memory, void (*changed)(void *ctx),
                      void (*written)(void *ctx, uint32_t phys, uint32_t len), void *ctx)
{
    memory->changed = changed;
    memory->written = written;
    memory->ctx = ctx;
}

struct mem_page *mem_page(struct memory *memory, uint32_t phys)
{
    return &memory->pages[phys / MEM_PAGE];
}

static struct mem_region *owner_of(struct memory *memory, uint32_t phys)
{
    uint8_t owner = memory->owner[phys / MEM_PAGE];

    return owner ? &memory->regions[owner - 1] : NULL;
}

uint32_t mem_generation(const struct memory *memory)
{
    return memory->generation;
}

const struct mem_region *mem_owner(const struct memory *memory, uint32_t phys)
{
    uint8_t owner = memory->owner[phys / MEM_PAGE];

    return owner ? &memory->regions[owner - 1] : NULL;
}

/* Largest access that is allowed at offset of a region, at most size. */
static unsigned chunk(const struct mem_region *r, uint32_t offset, unsigned size)
{
    while (size > 1 && (!(r->ops->sizes & size) || size > r->size - offset))
        size /= 2;
    return size;
}

static uint32_t mmio_read(struct mem_region *r, uint32_t offset, unsigned size)
{
    if (!(r->ops->sizes & 1) && size == 1) /* a device that knows no bytes */
        return 0xff;
    return r->ops->read(r->ctx, offset, size);
}

/* The device memory that takes an access in one piece, or NULL. */
static struct mem_region *whole_access(struct memory *memory, uint32_t phys, unsigned size)
{
    struct mem_region *r;

    if (phys % MEM_PAGE > MEM_PAGE - size)
        return NULL;
    r = owner_of(memory, phys);
    return r && r->kind == MEM_MMIO && (r->ops->sizes & size) ? r : NULL;
}

uint32_t mem_read(struct memory *memory, uint32_t phys, unsigned size)
{
    struct mem_region *device = whole_access(memory, phys, size);
    uint32_t value = 0;

    if (device) {
        value = device->ops->read(device->ctx, phys - device->base, size);
        return size < 4 ? value & ((1u << (8 * size)) - 1) : value;
    }

    for (unsigned done = 0; done < size;) {
        uint32_t at = phys + done;
        uint32_t in_page = MEM_PAGE - at % MEM_PAGE;
        unsigned n = size - done;
        struct mem_page *page = mem_page(memory, at);
        struct mem_region *r;
        uint32_t part = 0;

        while (n > in_page || (n & (n - 1)))
            n--;
        if (page->read) {
            memcpy(&part, page->read + at % MEM_PAGE, n);
        } else if ((r = owner_of(memory, at))) {
            n = chunk(r, at - r->base, n);
            part = mmio_read(r, at - r->base, n);
        } else {
            part = UINT32_MAX;
        }
        if (n < 4)
            part &= (1u << (8 * n)) - 1;
        value |= part << (8 * done);
        done += n;
    }
    return value;
}

void mem_write(struct memory *memory, uint32_t phys, uint32_t value, unsigned size)
{
    struct mem_region *device = whole_access(memory, phys, size);

    if (device) {
        if (size < 4)
            value &= (1u << (8 * size)) - 1;
        device->ops->write(device->ctx, phys - device->base, value, size);
        return;
    }
    for (unsigned done = 0; done < size;) {
        uint32_t at = phys + done;
        uint32_t in_page = MEM_PAGE - at % MEM_PAGE;
        unsigned n = size - done;
        struct mem_page *page = mem_page(memory, at);
        struct mem_region *r;
        uint32_t part = value >> (8 * done);

        while (n > in_page || (n & (n - 1)))
            n--;
        if (n < 4)
            part &= (1u << (8 * n)) - 1;
        if (page->write) {
            memcpy(page->write + at % MEM_PAGE, &part, n);
        } else if ((r = owner_of(memory, at)) && r->kind == MEM_MMIO) {
            n = chunk(r, at - r->base, n);
            if (n < 4)
                part &= (1u << (8 * n)) - 1;
            if ((r->ops->sizes & 1) || n > 1)
                r->ops->write(r->ctx, at - r->base, part, n);
        }
        done += n;
    }
}

void mem_dma_read(struct memory *memory, uint32_t phys, void *buf, size_t len)
{
    uint8_t *out = buf;

    while (len) {
        size_t n = MEM_PAGE - phys % MEM_PAGE;
        struct mem_page *page = mem_page(memory, phys);

        n = n < len ? n : len;
        if (page->read)
            memcpy(out, page->read + phys % MEM_PAGE, n);
        else
            for (size_t i = 0; i < n; i++)
                out[i] = (uint8_t)mem_read(memory, phys + (uint32_t)i, 1);
        out += n;
        len -= n;
        phys += (uint32_t)n;
    }
}

void mem_dma_write(struct memory *memory, uint32_t phys, const void *buf, size_t len)
{
    const uint8_t *in = buf;

    while (len) {
        size_t n = MEM_PAGE - phys % MEM_PAGE;
        struct mem_page *page = mem_page(memory, phys);

        n = n < len ? n : len;
        if (page->write) {
            memcpy(page->write + phys % MEM_PAGE, in, n);
            if (memory->written)
                memory->written(memory->ctx, phys, (uint32_t)n);
        } else {
            for (size_t i = 0; i < n; i++)
                mem_write(memory, phys + (uint32_t)i, in[i], 1);
        }
        in += n;
        len -= n;
        phys += (uint32_t)n;
    }
}

/* The first page behind those that belong to the same range as this one. */
static uint32_t span_end(const struct memory *memory, uint32_t page)
{
    const uint8_t *owner = memory->owner;
    uint64_t same = owner[page] * 0x0101010101010101u, eight;

    for (uint8_t first = owner[page]; page < PAGES && owner[page] == first; page++) {
        while (page % 8 == 0 && page < PAGES) { /* most of 4 GB is nobody's */
            memcpy(&eight, owner + page, 8);
            if (eight != same)
                break;
            page += 8;
        }
        if (page == PAGES || owner[page] != first)
            break;
    }
    return page;
}

void mem_spans(const struct memory *memory, void (*each)(void *ctx, const struct mem_span *span),
               void *ctx)
{
    uint32_t page = 0;

    while (page < PAGES) {
        uint8_t owner = memory->owner[page];
        uint32_t first = page;
        const struct mem_region *r;
        struct mem_span span;

        page = span_end(memory, page);
        if (!owner)
            continue;
        r = &memory->regions[owner - 1];
        span = (struct mem_span){ .name = r->name,
                                  .base = first * MEM_PAGE,
                                  .size = (page - first) * MEM_PAGE,
                                  .kind = r->kind };
        if (r->host)
            span.host = r->host + (span.base - r->base);
        if (r->shadow)
            span.shadow = r->shadow + (span.base - r->base);
        each(ctx, &span);
    }
}
