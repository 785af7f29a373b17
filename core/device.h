/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

/*
 * What every chip stands on: the device itself, its class, lines to other chips, and the board that
 * holds them together.  A device is wiring plus a pointer-free state struct `s`; one table of named
 * fields describes `s` for snapshot, reset test, monitor and documentation.
 *
 * All device code runs on the machine thread.  A device never fails on a guest's account and never
 * allocates after its creation.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bus.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/vclock.h"

struct board;
struct device;

/* ---- lines ---- */

/* One interrupt (or other) line as its source sees it; `set` NULL: not connected. */
struct irq {
    void (*set)(void *ctx, unsigned number, bool level);
    void *ctx;
    unsigned number;
};

static inline void irq_set(const struct irq *irq, bool level)
{
    if (irq->set)
        irq->set(irq->ctx, irq->number, level);
}

/* One DMA channel as the device that owns it sees it (the i8237 fills it in). */
enum dma_direction { DMA_TO_MEMORY, DMA_FROM_MEMORY, DMA_VERIFY };

struct dma_line {
    /* Moves up to len bytes between buf and memory if the channel is programmed, unmasked and of
     * that direction; returns how many (0: the channel does not answer now) and whether terminal
     * count was reached by the last of them.  For 16-bit channels len is in bytes, even. */
    unsigned (*transfer)(void *ctx, unsigned channel, enum dma_direction direction, void *buf,
                         unsigned len, bool *terminal_count);
    /* The DREQ line, visible in the status register. */
    void (*request)(void *ctx, unsigned channel, bool level);
    void *ctx;
    unsigned channel;
};

static inline unsigned dma_transfer(const struct dma_line *line, enum dma_direction direction,
                                    void *buf, unsigned len, bool *terminal_count)
{
    *terminal_count = false;
    return line->transfer
               ? line->transfer(line->ctx, line->channel, direction, buf, len, terminal_count)
               : 0;
}

static inline void dma_request(const struct dma_line *line, bool level)
{
    if (line->request)
        line->request(line->ctx, line->channel, level);
}

/* ---- state ---- */

enum field_kind {
    FIELD_UINT,  /* unsigned integers of 1, 2, 4 or 8 bytes, or an array of them */
    FIELD_CLOCK, /* a struct vtimer: armed or not, and its deadline */
};
enum { FIELD_KEEP = 1 }; /* survives a reset (battery-backed, or host's) */

struct field {
    const char *name;
    uint32_t offset; /* inside the device struct */
    uint16_t size;   /* of one element */
    uint32_t count;
    uint16_t since; /* class version that brought it; 0 = the first */
    uint8_t flags;
    uint8_t kind;
};

/* No bool in `s`: a hostile state may hold any value; use uint8_t. */
#define FIELD(type, member, ...)                                                                   \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member), .size = sizeof(((type *)0)->member),    \
        .count = 1, .kind = FIELD_UINT, ##__VA_ARGS__                                              \
    }
#define FIELD_ARRAY(type, member, ...)                                                             \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member), .size = sizeof(((type *)0)->member[0]), \
        .count = sizeof(((type *)0)->member) / sizeof(((type *)0)->member[0]), .kind = FIELD_UINT, \
        ##__VA_ARGS__                                                                              \
    }
#define FIELD_TIMER(type, member, ...)                                                             \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member), .size = 8, .count = 1,                  \
        .kind = FIELD_CLOCK, ##__VA_ARGS__                                                         \
    }

enum reset_kind {
    RESET_POWER_ON, /* everything */
    RESET_HARD,     /* RESET#: every chip; CMOS and RAM stay (FIELD_KEEP fields stay) */
};

struct device_class {
    const char *name; /* the chip, as in the data sheet: "i8254" */
    uint16_t version;
    uint32_t state_offset, state_size; /* of `s` in the device struct */
    const struct port_range *ports;    /* ends with count = 0; may be NULL */
    const struct field *fields;        /* ends with name = NULL; may be NULL */
    void (*reset)(struct device *dev, enum reset_kind kind);
    /* After a load has filled `s`: is every value one the chip could have?  Must not call others.
     */
    bool (*check)(struct device *dev, struct error *err);
    /* After all devices were loaded and checked: rebuild what is derived (mappings, requests to the
     * media layer).  Must not raise interrupt edges: line levels are the PIC's state. */
    void (*resume)(struct device *dev);
    /* Releases what xxx_new acquired beyond the struct, ports and timers. May be NULL. */
    void (*free)(struct device *dev);
};

#define DEVICE_MAPS 8

struct device { /* first member of every chip's struct */
    const struct device_class *cls;
    struct board *board;
    char name[24]; /* unique on its board: "pic0", "floppy" */
    struct port_map *maps[DEVICE_MAPS];
    uint32_t trace_mask; /* TRACE_* that are shown */
    struct device *next;
};

/*
 * Allocates a zeroed device of `size` bytes, puts it on the board under `name` and places its port
 * ranges at io_base.  NULL and err: overlap or name taken.  xxx_new() then fills the wiring,
 * initialises its timers, and calls device_reset(dev, RESET_POWER_ON).
 */
void *device_new(struct board *board, const struct device_class *cls, size_t size, const char *name,
                 uint16_t io_base, struct error *err);
/* Frees one device: its ports, its FIELD_TIMER timers, the struct. */
void device_free(struct device *dev);
void device_reset(struct device *dev, enum reset_kind kind);
/* By name; NULL if there is none. */
struct device *device_find(struct board *board, const char *name);

/* ---- trace and log ---- */

enum { TRACE_IO = 1, TRACE_IRQ = 2, TRACE_DMA = 4, TRACE_STATE = 8, TRACE_ODD = 16 };

void trace_write(const struct device *dev, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
#define trace(dev, mask, ...)                                                                      \
    do {                                                                                           \
        if (__builtin_expect((dev)->trace_mask & (mask), 0))                                       \
            trace_write((dev), __VA_ARGS__);                                                       \
    } while (0)

/* For the person who owns the machine; rate-limited. */
void log_warn(const struct device *dev, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- the board ---- */

struct screen_ops;
struct input;
struct media_hub;
struct sound_source;

/* What the machine around the board does for it.  Any may be NULL (tests). */
struct board_hooks {
    /* A chip pulls INIT# (CPU alone) or RESET#; happens after the current instruction. */
    void (*init)(void *ctx);
    void (*reset)(void *ctx);
    /* The guest switches the machine off; code as isa-debug-exit wrote it, or 0. */
    void (*power_off)(void *ctx, int code);
    /* Something of the host failed under a guest: stop it until the user goes on. */
    void (*pause)(void *ctx, const char *why);
    /* A character for debug ports 402h and E9h. */
    void (*debug_char)(void *ctx, uint16_t port, uint8_t c);
    void (*ferr_ack)(void *ctx, bool ignne); /* IGNNE# pin to the CPU */
    void (*intr)(void *ctx, bool level);     /* INTR pin to the CPU */
    void (*nmi)(void *ctx);
    void (*log)(void *ctx, const char *text);
    /* For a port whose protocol takes more than the value (devices/input/vmmouse.c): the general
     * registers of the processor, in the order of enum x86_reg, while its IN waits for the answer
     * of a read handler.  False: who reads is not an IN (string I/O, a test).  EAX is what the
     * handler returns, whatever is set here. */
    bool (*registers)(void *ctx, uint32_t gpr[8]);
    void (*set_registers)(void *ctx, const uint32_t gpr[8]);
    /* The guest has set its clock: it is now so many seconds ahead of the wall clock that it was
     * given.  Once for a change of several registers. */
    void (*clock_set)(void *ctx, int64_t offset);
    /* What the processor would access at a linear address now, in the page tables of this moment
     * (A20 not applied).  False: it would fault.  NULL: linear is physical. */
    bool (*linear)(void *ctx, uint32_t linear, bool write, uint32_t *phys);
    /* The guest has nothing to do until the next deadline, key or interrupt. */
    void (*idle)(void *ctx);
};

#define BOARD_BLOCKS 8

/* Memory that is saved with the machine as pages: RAM, VRAM, ROM images. */
struct mem_block {
    char name[24];
    uint8_t *host;
    uint32_t size;
    int fd; /* the memfd behind it */
};

struct board {
    struct bus *bus;
    struct memory *memory;
    struct vclock *clock;
    struct device *devices; /* in order of creation */
    struct mem_block blocks[BOARD_BLOCKS];
    unsigned block_count;
    struct media_hub *media;
    struct input *input;
    const struct screen_ops *screen; /* set by the display adapter */
    void *screen_ctx;
    struct sound_source *sounds; /* of all chips that make sound */
    unsigned pictures; /* screen dumps so far: each takes changes that the console then missed */
    const struct board_hooks *hooks;
    void *hooks_ctx;
    uint64_t wall_start; /* guest's wall clock at virtual time 0: seconds since 1970, as the guest
                            shall see it (local time already applied); the RTC starts from it */
    bool wall_frozen;    /* the wall clock stands still at wall_start */
    uint64_t speed;      /* of the processor (speed.h); saved with the clock */
};

struct board *board_new(void);
/* Frees all devices, last created first: before the media hub goes. */
void board_free_devices(struct board *board);
/* Frees all devices (last created first), blocks, bus, memory, clock. */
void board_free(struct board *board);
/* A zeroed block of `size` bytes (multiple of MEM_PAGE) in a memfd, freed with the board. */
uint8_t *board_block(struct board *board, const char *name, uint32_t size, struct error *err);
void board_reset(struct board *board, enum reset_kind kind);

#endif
