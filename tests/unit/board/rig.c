/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/board/rig.h"

enum {
    MEMORY = 1 << 20,
    BIOS = 128 << 10,
    VGABIOS = 32 << 10,
    VRAM = 1 << 20,
    PORTS = 65536,
};

static void hook_init(void *ctx)
{
    ((struct rig *)ctx)->inits++;
}

static void hook_reset(void *ctx)
{
    ((struct rig *)ctx)->resets++;
}

static void hook_power_off(void *ctx, int code)
{
    (void)code;
    ((struct rig *)ctx)->power_offs++;
}

static void hook_intr(void *ctx, bool level)
{
    ((struct rig *)ctx)->intr = level;
}

static void hook_nmi(void *ctx)
{
    ((struct rig *)ctx)->nmis++;
}

static const struct board_hooks hooks = {
    .init = hook_init,
    .reset = hook_reset,
    .power_off = hook_power_off,
    .intr = hook_intr,
    .nmi = hook_nmi,
};

static bool insert(void *ctx, struct media_hub *hub, struct error *err)
{
    struct rig *rig = ctx;

    (void)err;
    drive_set_media(media_drive(hub, "floppy0"), media_memory_new(rig->floppy, RIG_FLOPPY, false));
    drive_set_media(media_drive(hub, "disk0"), media_memory_new(rig->disk, RIG_DISK, false));
    return true;
}

struct rig *rig_new(void)
{
    static uint8_t bios[BIOS], vgabios[VGABIOS];
    struct rig *rig = calloc(1, sizeof(*rig));
    struct pc_config config = {
        .memory = MEMORY,
        .cpu = CPU_486,
        .bios = bios,
        .bios_size = BIOS,
        .vgabios = vgabios,
        .vgabios_size = VGABIOS,
        .has_serial = { true, true, true, true },
        .cdrom = { [2] = true }, /* an empty drive */
        .disk_fast = true,
        .wall_start = 951868799,
        .vram = VRAM,
    };
    struct error err;

    assert(rig);
    rig->floppy = calloc(1, RIG_FLOPPY);
    rig->disk = calloc(1, RIG_DISK);
    assert(rig->floppy && rig->disk);
    config.serial[0] = &rig->line;
    rig->pc = pc_new(&config, &hooks, rig, insert, rig, &err);
    if (!rig->pc) { /* no ck_assert: fuzzers run outside of a suite */
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    return rig;
}

void rig_free(struct rig *rig)
{
    pc_free(rig->pc);
    free(rig->floppy);
    free(rig->disk);
    free(rig);
}

/* ---- random traffic ---- */

struct traffic {
    uint32_t seed, hash;
    uint16_t owned[PORTS]; /* ports with somebody behind them, at power-on */
    unsigned owned_count;
};

static uint32_t next(struct traffic *t)
{
    t->seed ^= t->seed << 13;
    t->seed ^= t->seed >> 17;
    t->seed ^= t->seed << 5;
    return t->seed * 2654435761u;
}

static void answer(struct traffic *t, uint32_t value)
{
    t->hash = (t->hash ^ value) * 16777619u;
}

/* Half of the accesses go where somebody lives, the others anywhere. */
static uint16_t any_port(struct traffic *t)
{
    uint32_t r = next(t);

    return r & 1 ? t->owned[(r >> 8) % t->owned_count] : (uint16_t)(r >> 8);
}

/* A configuration write to a function that is there; BARs, PAM, IDE timing, PM base. */
static void configure(struct rig *rig, struct traffic *t)
{
    static const uint8_t functions[] = { 0, 8, 9, 11, 16 };
    struct bus *bus = rig->pc->board->bus;
    uint32_t r = next(t), offset = r >> 16 & 0xfc;

    bus_out(bus, 0xcf8, 0x80000000u | (uint32_t)functions[r % 5] << 8 | offset, 4);
    if (r & 0x100)
        answer(t, bus_in(bus, 0xcfc, 4));
    else
        bus_out(bus, 0xcfc, next(t), 1u << (r >> 9) % 3);
}

static void touch_memory(struct rig *rig, struct traffic *t)
{
    static const uint32_t bases[] = { 0, 0xa0000, 0xc0000, 0xf0000, 0xfff00000 };
    struct memory *memory = rig->pc->board->memory;
    uint32_t r = next(t), at = bases[r % 5] + (r >> 8 & 0xffff);
    unsigned size = 1u << (r >> 4) % 3;

    if (r & 0x80)
        mem_write(memory, at, next(t), size);
    else
        answer(t, mem_read(memory, at, size));
}

static void person(struct rig *rig, struct traffic *t)
{
    struct input *input = &rig->pc->input;
    uint32_t r = next(t);
    uint8_t byte = (uint8_t)(r >> 8);

    switch (r & 3) {
    case 0:
        input->pointer(input->pointer_ctx, (int8_t)(r >> 8), (int8_t)(r >> 16), 0, r >> 24 & 7);
        break;
    case 1:
        if (rig->line.room(rig->line.ctx))
            rig->line.receive(rig->line.ctx, &byte, 1);
        break;
    default:
        input->key(input->key_ctx, r >> 8 & 0x7f, r >> 16 & 1);
        break;
    }
}

static void one_step(struct rig *rig, struct traffic *t)
{
    static const uint64_t times[] = {
        100, 1000, 15000, 60000, 500000, 3000000, 55000000, 1100000000
    };
    struct board *board = rig->pc->board;
    uint32_t r = next(t);
    unsigned size = 1u << (r >> 4 & 15 ? 0 : r >> 8) % 3;

    switch (r & 15) {
    case 0:
        vclock_advance(board->clock, vclock_now(board->clock) + times[next(t) & 7]);
        break;
    case 1:
        configure(rig, t);
        break;
    case 2:
        touch_memory(rig, t);
        break;
    case 3:
        person(rig, t);
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        answer(t, bus_in(board->bus, any_port(t), size));
        break;
    default:
        bus_out(board->bus, any_port(t), next(t) >> (r >> 24 & 24), size);
        break;
    }
    answer(t, rig->intr);
}

uint32_t rig_run(struct rig *rig, uint32_t seed, unsigned steps)
{
    static struct traffic t;
    struct rig *fresh;

    if (!t.owned_count) { /* the same list for all, whatever has moved since */
        fresh = rig_new();
        for (unsigned port = 0; port < PORTS; port++)
            if (bus_owner(fresh->pc->board->bus, (uint16_t)port))
                t.owned[t.owned_count++] = (uint16_t)port;
        rig_free(fresh);
    }
    t.seed = seed * 2654435761u | 1;
    t.hash = 2166136261u;
    for (unsigned i = 0; i < steps; i++)
        one_step(rig, &t);
    return t.hash ^ rig->inits ^ rig->resets << 8 ^ rig->nmis << 16 ^ rig->power_offs << 24;
}

struct state_buffer rig_save(struct rig *rig)
{
    struct state_buffer buf = { 0 };

    media_hub_drain(rig->pc->board->media);
    state_save_board(&buf, rig->pc->board);
    return buf;
}

void rig_copy_contents(struct rig *to, const struct rig *from)
{
    const struct board *f = from->pc->board, *t = to->pc->board;

    for (unsigned i = 0; i < f->block_count; i++)
        memcpy(t->blocks[i].host, f->blocks[i].host, f->blocks[i].size);
    memcpy(to->floppy, from->floppy, RIG_FLOPPY);
    memcpy(to->disk, from->disk, RIG_DISK);
    to->line.lines = from->line.lines;
    to->inits = from->inits;
    to->resets = from->resets;
    to->power_offs = from->power_offs;
    to->nmis = from->nmis;
}
