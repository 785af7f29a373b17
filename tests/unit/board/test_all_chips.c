/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board as it is wired: no chip on it was forgotten by the generic tests, and all of them
 * together pass what each passes alone.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/board_pc.h"
#include "tests/check_main.h"
#include "tests/chips.h"

enum {
    MEMORY = 1 << 20,
    BIOS = 128 << 10,
    VGABIOS = 32 << 10,
    VRAM = 1 << 20,
    FLOPPY = 1440 << 10,
    DISK = 4 << 20,
    SEEDS = 12,
    STEPS = 1500,
    PORTS = 65536,
};

/* A PC with a floppy and a disk, and what it said to the world. */
struct rig {
    struct pc *pc;
    struct chardev line;
    uint8_t *floppy, *disk;
    bool intr;
    unsigned inits, resets, power_offs, nmis;
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
    drive_set_media(media_drive(hub, "floppy0"), media_memory_new(rig->floppy, FLOPPY, false));
    drive_set_media(media_drive(hub, "disk0"), media_memory_new(rig->disk, DISK, false));
    return true;
}

static struct rig *rig_new(void)
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
        .disk_fast = true,
        .wall_start = 951868799,
        .vram = VRAM,
    };
    struct error err;

    assert(rig);
    rig->floppy = calloc(1, FLOPPY);
    rig->disk = calloc(1, DISK);
    assert(rig->floppy && rig->disk);
    config.serial[0] = &rig->line;
    rig->pc = pc_new(&config, &hooks, rig, insert, rig, &err);
    ck_assert_msg(rig->pc != NULL, "%s", rig->pc ? "" : err.text);
    return rig;
}

static void rig_free(struct rig *rig)
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

static uint32_t run(struct rig *rig, uint32_t seed, unsigned steps)
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

static struct state_buffer save(struct rig *rig)
{
    struct state_buffer buf = { 0 };

    media_hub_drain(rig->pc->board->media);
    state_save_board(&buf, rig->pc->board);
    return buf;
}

static void copy_contents(struct rig *to, const struct rig *from)
{
    const struct board *f = from->pc->board, *t = to->pc->board;

    for (unsigned i = 0; i < f->block_count; i++)
        memcpy(t->blocks[i].host, f->blocks[i].host, f->blocks[i].size);
    memcpy(to->floppy, from->floppy, FLOPPY);
    memcpy(to->disk, from->disk, DISK);
    to->line.lines = from->line.lines;
    to->inits = from->inits;
    to->resets = from->resets;
    to->power_offs = from->power_offs;
    to->nmis = from->nmis;
}

static void load(struct rig *rig, const struct state_buffer *buf)
{
    struct error err;
    size_t at = 0;

    ck_assert_msg(state_load_board(buf->data, buf->used, &at, rig->pc->board, &err), "%s",
                  err.text);
    ck_assert_uint_eq(at, buf->used);
}

/* Name of the section in which two streams differ first; both begin alike. */
static const char *first_difference(const struct state_buffer *a, const struct state_buffer *b)
{
    static char name[64];
    size_t at = 0;

    while (at < a->used && at < b->used) {
        uint32_t length;
        size_t end;

        memcpy(&length, a->data + at + 1 + a->data[at] + 2, 4);
        end = at + 1 + a->data[at] + 6 + length + 4;
        snprintf(name, sizeof(name), "%.*s", a->data[at], a->data + at + 1);
        if (end > b->used || memcmp(a->data + at, b->data + at, end - at))
            return name;
        at = end;
    }
    return a->used == b->used ? NULL : "the end";
}

/* ---- the tests ---- */

static bool covers(const struct generic_chip *chip, const char *name)
{
    struct bench *b = bench_new();
    struct error err;
    bool found = false;

    ck_assert_msg(chip->make(b, &err), "%s: %s", chip->name, err.text);
    for (const struct device *dev = b->board->devices; dev; dev = dev->next)
        found = found || !strcmp(dev->cls->name, name);
    bench_free(b);
    return found;
}

START_TEST(no_chip_of_the_board_is_without_the_generic_tests)
{
    struct rig *rig = rig_new();

    for (const struct device *dev = rig->pc->board->devices; dev; dev = dev->next) {
        bool found = false;

        for (unsigned i = 0; all_chips[i] && !found; i++)
            found = covers(all_chips[i], dev->cls->name);
        ck_assert_msg(found, "%s (%s) has no generic tests: put it into tests/chips.c", dev->name,
                      dev->cls->name);
    }
    rig_free(rig);
}
END_TEST

START_TEST(every_listed_chip_is_on_its_own_bench)
{
    for (unsigned i = 0; all_chips[i]; i++)
        ck_assert_msg(covers(all_chips[i], all_chips[i]->name), "%s makes no device of that class",
                      all_chips[i]->name);
}
END_TEST

START_TEST(tables_cover_every_byte_of_every_chip)
{
    struct rig *rig = rig_new();

    for (const struct device *dev = rig->pc->board->devices; dev; dev = dev->next)
        generic_check_table(dev);
    rig_free(rig);
}
END_TEST

START_TEST(saved_and_loaded_board_runs_in_lockstep)
{
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        struct rig *a = rig_new(), *b = rig_new();
        struct state_buffer first, second;
        const char *where;

        run(a, seed, STEPS);
        run(b, seed + 7777, STEPS / 4); /* load into a used board */
        first = save(a);
        copy_contents(b, a);
        load(b, &first);
        second = save(b);
        where = first_difference(&first, &second);
        ck_assert_msg(!where, "save, load, save differs in %s (seed %u)", where, seed);
        ck_assert_msg(a->intr == b->intr, "INTR differs after load (seed %u)", seed);
        state_buffer_free(&first);
        state_buffer_free(&second);
        for (uint32_t part = 0; part < 20; part++) {
            uint32_t hash = run(a, seed + 1000 * (part + 1), STEPS / 20);
            bool same = hash == run(b, seed + 1000 * (part + 1), STEPS / 20);

            first = save(a);
            second = save(b);
            where = first_difference(&first, &second);
            ck_assert_msg(!where, "states differ in %s after load and use (seed %u, part %u)",
                          where, seed, part);
            ck_assert_msg(same, "answers differ after load (seed %u, part %u)", seed, part);
            state_buffer_free(&first);
            state_buffer_free(&second);
        }
        rig_free(a);
        rig_free(b);
    }
}
END_TEST

START_TEST(reset_after_use_equals_power_on)
{
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        struct rig *used = rig_new(), *fresh = rig_new();
        struct device *u, *n;

        run(used, seed, STEPS);
        vclock_advance(fresh->pc->board->clock, vclock_now(used->pc->board->clock));
        board_reset(used->pc->board, RESET_HARD);
        board_reset(fresh->pc->board, RESET_HARD);
        for (u = used->pc->board->devices, n = fresh->pc->board->devices; u && n;
             u = u->next, n = n->next)
            generic_check_reset(u, n);
        ck_assert(!u && !n);
        for (unsigned port = 0; port < PORTS; port++) {
            u = bus_owner(used->pc->board->bus, (uint16_t)port);
            n = bus_owner(fresh->pc->board->bus, (uint16_t)port);
            ck_assert_msg(!u == !n && (!u || !strcmp(u->name, n->name)),
                          "port %x belongs to %s after a reset, to %s at power-on (seed %u)", port,
                          u ? u->name : "nobody", n ? n->name : "nobody", seed);
        }
        ck_assert_msg(used->intr == fresh->intr, "INTR is not as at power-on (seed %u)", seed);
        rig_free(used);
        rig_free(fresh);
    }
}
END_TEST

START_TEST(hostile_streams_are_refused_or_harmless)
{
    struct rig *rig = rig_new();
    struct state_buffer good;
    struct traffic t = { .seed = 4711 };
    unsigned taken = 0;

    run(rig, 3, STEPS);
    good = save(rig);
    for (unsigned n = 0; n < 300; n++) {
        struct state_buffer bad = { malloc(good.used), good.used, good.used };
        struct error err = { { 0 } };
        size_t at = 0;
        bool mended = n % 4 != 1;

        memcpy(bad.data, good.data, good.used);
        if (n % 8 == 0)
            bad.used = next(&t) % good.used;
        for (unsigned flips = next(&t) % 8 + 1; flips-- > 0 && bad.used;)
            bad.data[next(&t) % bad.used] ^= (uint8_t)(1u << (next(&t) & 7));
        if (mended)
            generic_mend_checksums(&bad);
        if (state_load_board(bad.data, bad.used, &at, rig->pc->board, &err)) {
            ck_assert_msg(mended, "a flipped stream was taken");
            taken++;
            run(rig, n, 100);
        } else {
            ck_assert_msg(err.text[0], "refused without a sentence");
        }
        free(bad.data);
    }
    ck_assert_uint_gt(taken, 10); /* else nothing was tested behind the checks */
    state_buffer_free(&good);
    rig_free(rig);
}
END_TEST

START_TEST(free_leaves_no_port_and_no_timer_behind)
{
    struct rig *rig = rig_new();
    struct board *board = rig->pc->board;

    run(rig, 5, STEPS);
    board_free_devices(board);
    for (unsigned port = 0; port < PORTS; port++)
        ck_assert_msg(!bus_owner(board->bus, (uint16_t)port), "port %x is still owned", port);
    ck_assert_uint_eq(vclock_timers(board->clock), 0);
    rig_free(rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("all chips");

    CHECK_CASE(suite, "board", no_chip_of_the_board_is_without_the_generic_tests,
               every_listed_chip_is_on_its_own_bench, tables_cover_every_byte_of_every_chip,
               saved_and_loaded_board_runs_in_lockstep, reset_after_use_equals_power_on,
               hostile_streams_are_refused_or_harmless, free_leaves_no_port_and_no_timer_behind);
    return check_main(suite);
}
