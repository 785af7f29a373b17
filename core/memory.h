/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

/*
 * Guest-physical memory: RAM, ROM, device memory and aliases as up to MEM_REGIONS ranges with
 * priorities, flattened into a page table whenever something changes.  32-bit physical addresses.
 *
 * The CPU's accesses go through the A20 mask; DMA does not (DESIGN.md section 6).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define MEM_REGIONS 64
#define MEM_PAGE    4096u

enum mem_kind {
    MEM_RAM,          /* read and written directly */
    MEM_ROM,          /* read directly, writes vanish */
    MEM_MMIO,         /* handlers */
    MEM_ROM_OVER_RAM, /* reads come from `host`, writes go to `shadow` (PAM: read ROM, write RAM) */
};

/* Handlers of device memory: offset inside the region; size 1, 2 or 4.  Accesses that are wider
 * than `sizes` allows, or that cross the region's end, are split into smaller ones, low first. */
struct mem_ops {
    uint32_t (*read)(void *ctx, uint32_t offset, unsigned size);
    void (*write)(void *ctx, uint32_t offset, uint32_t value, unsigned size);
    unsigned sizes; /* mask of 1, 2, 4 */
};

struct mem_region; /* owned by the memory */
struct memory;

/* What a page is for the CPU, after flattening. */
struct mem_page {
    uint8_t *read;  /* host address of the page for reads, or NULL: mem_read() */
    uint8_t *write; /* for writes, or NULL: mem_write() */
};

struct memory *mem_new(void);
void mem_free(struct memory *memory);

/* Adds a range; base and size are multiples of MEM_PAGE; higher priority hides lower.  Two enabled
 * ranges of the same priority must not overlap: the error names both.  `host` is the backing store
 * for RAM and ROM, owned by the caller; `fd`/`fd_offset` its memfd for a second mapping (-1: none).
 * Returned regions start enabled. */
struct mem_region *mem_add_ram(struct memory *memory, const char *name, uint32_t base,
                               uint32_t size, int priority, uint8_t *host, struct error *err);
struct mem_region *mem_add_rom(struct memory *memory, const char *name, uint32_t base,
                               uint32_t size, int priority, uint8_t *host, struct error *err);
struct mem_region *mem_add_mmio(struct memory *memory, const char *name, uint32_t base,
                                uint32_t size, int priority, const struct mem_ops *ops, void *ctx,
                                struct error *err);
/* Moves, shows or hides a range (a guest may do this at any time, so an overlap is no error here:
 * the range added first wins).  Nothing happens if nothing changes. */
void mem_move(struct mem_region *region, uint32_t base, bool enabled);
/* Changes what a RAM/ROM range does: MEM_RAM, MEM_ROM or MEM_ROM_OVER_RAM (then shadow takes the
 * writes).  host is what is read. */
void mem_set_backing(struct mem_region *region, enum mem_kind kind, uint8_t *host, uint8_t *shadow);
void mem_remove(struct mem_region *region);

/* A20: when off, bit 20 of every CPU address is 0. */
void mem_set_a20(struct memory *memory, bool on);
bool mem_a20(const struct memory *memory);

/* Several changes, one flattening: begin/end nest. */
void mem_begin(struct memory *memory);
void mem_end(struct memory *memory);

/* Called after each flattening and each A20 change (the CPU flushes what it cached; KVM sets its
 * slots).  One listener. */
void mem_set_listener(struct memory *memory, void (*changed)(void *ctx),
                      void (*written)(void *ctx, uint32_t phys, uint32_t len), void *ctx);

/* The flattened page of a physical address (A20 NOT applied; apply mem_cpu_mask first). */
struct mem_page *mem_page(struct memory *memory, uint32_t phys);
/* Another number after each change of the map; A20 is none. */
uint32_t mem_generation(const struct memory *memory);
/* The range that a physical page belongs to, NULL: none; to be compared, nothing else. */
const struct mem_region *mem_owner(const struct memory *memory, uint32_t phys);
/* FFFFFFFFh, or FFEFFFFFh with A20 off. */
uint32_t mem_cpu_mask(const struct memory *memory);

/* Access of 1, 2 or 4 bytes at any physical address (A20 not applied; may cross pages).  Nobody
 * there: reads give all ones, writes vanish.  Handlers are called.  Little-endian. */
uint32_t mem_read(struct memory *memory, uint32_t phys, unsigned size);
void mem_write(struct memory *memory, uint32_t phys, uint32_t value, unsigned size);

/* Bus-master (DMA) access, any length, RAM and device memory; never through A20.  A write tells the
 * listener, so that code caches drop the range. */
void mem_dma_read(struct memory *memory, uint32_t phys, void *buf, size_t len);
void mem_dma_write(struct memory *memory, uint32_t phys, const void *buf, size_t len);

/* One stretch of the flattened map, for KVM's slots and for "info mtree". */
struct mem_span {
    const char *name;
    uint32_t base, size; /* size 0 stands for 4 GB; spans never do that in practice */
    enum mem_kind kind;
    uint8_t *host;   /* RAM, ROM */
    uint8_t *shadow; /* MEM_ROM_OVER_RAM */
};
/* Calls `each` for every stretch in ascending order, neighbours of one range joined. */
void mem_spans(const struct memory *memory, void (*each)(void *ctx, const struct mem_span *span),
               void *ctx);

#endif
