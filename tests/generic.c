/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bench and the six tests every chip gets.  A chip is driven by random port traffic, clock
 * steps and its own poke; hundreds of seeds, because one misses rare registers.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/state.h"
#include "tests/generic.h"

#define RAM_SIZE (2u << 20)
#define SEEDS    200
#define STEPS    120

/* ---- the bench ---- */

static void sink(void *ctx, unsigned n, bool level)
{
    struct bench *b = ctx;

    if (level && !b->level[n])
        b->edges[n]++;
    b->level[n] = level;
}

static void hook_init(void *ctx)
{
    ((struct bench *)ctx)->inits++;
}

static void hook_reset(void *ctx)
{
    ((struct bench *)ctx)->resets++;
}

static void hook_power_off(void *ctx, int code)
{
    ((struct bench *)ctx)->power_offs++;
    ((struct bench *)ctx)->power_off_code = code;
}

static void hook_pause(void *ctx, const char *why)
{
    (void)why;
    ((struct bench *)ctx)->pauses++;
}

static void hook_debug(void *ctx, uint16_t port, uint8_t c)
{
    struct bench *b = ctx;

    (void)port;
    b->debug[b->debug_len++ % sizeof(b->debug)] = (char)c;
}

static void hook_intr(void *ctx, bool level)
{
    ((struct bench *)ctx)->intr = level;
}

static bool hook_registers(void *ctx, uint32_t gpr[8])
{
    memcpy(gpr, ((struct bench *)ctx)->gpr, sizeof(((struct bench *)ctx)->gpr));
    return true;
}

static void hook_set_registers(void *ctx, const uint32_t gpr[8])
{
    memcpy(((struct bench *)ctx)->gpr, gpr, sizeof(((struct bench *)ctx)->gpr));
}

static void hook_clock_set(void *ctx, int64_t offset)
{
    ((struct bench *)ctx)->clock_sets++;
    ((struct bench *)ctx)->clock_offset = offset;
}

struct bench *bench_new(void)
{
    struct bench *b = calloc(1, sizeof(*b));
    struct mem_region *region;
    uint8_t *ram;

    assert(b); /* not ck_assert: fuzzers run outside of a suite */
    b->board = board_new();
    b->hooks = (struct board_hooks){ .init = hook_init,
                                     .reset = hook_reset,
                                     .power_off = hook_power_off,
                                     .pause = hook_pause,
                                     .debug_char = hook_debug,
                                     .intr = hook_intr,
                                     .registers = hook_registers,
                                     .set_registers = hook_set_registers,
                                     .clock_set = hook_clock_set };
    b->board->hooks = &b->hooks;
    b->board->hooks_ctx = b;
    b->board->input = &b->input;
    b->board->media = media_hub_new(b->board->clock);
    ram = board_block(b->board, "ram", RAM_SIZE, NULL);
    region = ram ? mem_add_ram(b->board->memory, "ram", 0, RAM_SIZE, 0, ram, NULL) : NULL;
    assert(region);
    (void)region;
    return b;
}

void bench_free(struct bench *bench)
{
    struct media_hub *hub = bench->board->media;

    board_free_devices(bench->board); /* chips cancel their operations first */
    media_hub_free(hub);
    board_free(bench->board);
    free(bench);
}

struct irq bench_irq(struct bench *bench, unsigned n)
{
    return (struct irq){ sink, bench, n };
}

uint32_t bench_in(struct bench *bench, uint16_t port, unsigned size)
{
    return bus_in(bench->board->bus, port, size);
}

void bench_out(struct bench *bench, uint16_t port, uint32_t value, unsigned size)
{
    bus_out(bench->board->bus, port, value, size);
}

void bench_run(struct bench *bench, uint64_t ns)
{
    vclock_advance(bench->board->clock, vclock_now(bench->board->clock) + ns);
}

/* ---- random traffic ---- */

struct traffic {
    const uint8_t *data; /* fuzz bytes, or NULL: the generator */
    size_t size, at;
    uint32_t seed;
    uint32_t hash; /* of everything the chip answered */
};

static uint32_t next_random(void *ctx)
{
    struct traffic *t = ctx;
    uint32_t value = 0;

    if (t->data) {
        for (unsigned i = 0; i < 4; i++)
            value = value << 8 | (t->at < t->size ? t->data[t->at++] : 0);
        return value;
    }
    t->seed ^= t->seed << 13;
    t->seed ^= t->seed >> 17;
    t->seed ^= t->seed << 5;
    return t->seed * 2654435761u;
}

static void answer(struct traffic *t, uint32_t value)
{
    t->hash = (t->hash ^ value) * 16777619u;
}

static unsigned port_ranges(const struct generic_chip *chip)
{
    unsigned n = 0;

    while (n < 8 && chip->ports[n].count)
        n++;
    return n;
}

static void one_step(struct bench *b, const struct generic_chip *chip, struct traffic *t)
{
    static const uint64_t times[8] = { 100,    1000,    15000,    60000,
                                       500000, 3000000, 55000000, 1100000000 };
    uint32_t r = next_random(t);
    unsigned ranges = port_ranges(chip);
    unsigned size = 1u << (r >> 3 & 31 ? 0 : r >> 8 & 3) % 3;
    uint16_t port = 0;

    if (ranges) {
        unsigned i = (r >> 12) % ranges;

        port = (uint16_t)(chip->ports[i].base + (r >> 16) % chip->ports[i].count);
    }
    switch (r & 7) {
    case 0:
        bench_run(b, times[next_random(t) & 7]);
        break;
    case 1:
        if (chip->poke) {
            chip->poke(b, next_random, t);
            break;
        }
        /* fall through */
    case 2:
    case 3:
        if (ranges)
            answer(t, bench_in(b, port, size));
        break;
    default:
        if (ranges)
            bench_out(b, port, next_random(t) >> (r >> 24 & 24), size);
        break;
    }
    for (unsigned i = 0; i < BENCH_LINES; i++)
        answer(t, b->level[i]);
    answer(t, b->intr);
}

static struct bench *make(const struct generic_chip *chip)
{
    struct bench *b = bench_new();
    struct error err = { { 0 } };

    mem_begin(b->board->memory); /* as a board does: one flattening for all */
    if (!chip->make(b, &err)) {
        fprintf(stderr, "%s: %s\n", chip->name, err.text);
        abort();
    }
    mem_end(b->board->memory);
    return b;
}

static void run(struct bench *b, const struct generic_chip *chip, uint32_t seed, unsigned steps,
                uint32_t *hash)
{
    struct traffic t = { .seed = seed * 2654435761u | 1, .hash = 2166136261u };

    for (unsigned i = 0; i < steps; i++)
        one_step(b, chip, &t);
    if (hash)
        *hash = t.hash;
}

static struct state_buffer save(struct bench *b)
{
    struct state_buffer buf = { 0 };

    media_hub_drain(b->board->media);
    state_save_board(&buf, b->board);
    return buf;
}

static void copy_memory(struct bench *to, const struct bench *from)
{
    for (unsigned i = 0; i < from->board->block_count; i++)
        memcpy(to->board->blocks[i].host, from->board->blocks[i].host, from->board->blocks[i].size);
}

static void load(struct bench *to, const struct state_buffer *buf)
{
    struct error err = { { 0 } };
    size_t at = 0;

    ck_assert_msg(state_load_board(buf->data, buf->used, &at, to->board, &err), "%s", err.text);
    ck_assert_uint_eq(at, buf->used);
}

/* ---- the six tests ---- */

static const struct generic_chip *const *chips_under_test;

static bool same(const struct state_buffer *a, const struct state_buffer *b)
{
    return a->used == b->used && !memcmp(a->data, b->data, a->used);
}

/* 1: every byte of `s` is in the table, none twice, and table entries lie in `s` or are timers. */
void generic_check_table(const struct device *dev)
{
    const struct device_class *cls = dev->cls;
    uint8_t *seen = calloc(1, cls->state_size + 1);

    for (const struct field *f = cls->fields; f && f->name; f++) {
        uint32_t at = f->offset - cls->state_offset;

        if (f->kind == FIELD_CLOCK)
            continue;
        ck_assert_msg(f->offset >= cls->state_offset &&
                          at + (size_t)f->size * f->count <= cls->state_size,
                      "%s: field %s is not in s", cls->name, f->name);
        for (uint32_t i = 0; i < f->size * f->count; i++)
            ck_assert_msg(!seen[at + i]++, "%s: byte %u is twice in the table (%s)", cls->name,
                          at + i, f->name);
    }
    for (uint32_t i = 0; i < cls->state_size; i++)
        ck_assert_msg(seen[i], "%s: byte %u of s is not in the table", cls->name, i);
    free(seen);
}

START_TEST(table_covers_every_byte_of_the_state)
{
    struct bench *b = make(chips_under_test[_i]);

    for (const struct device *dev = b->board->devices; dev; dev = dev->next)
        generic_check_table(dev);
    bench_free(b);
}
END_TEST

/* 2 and 3 */
START_TEST(saved_and_loaded_chip_runs_in_lockstep)
{
    const struct generic_chip *chip = chips_under_test[_i];

    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        struct bench *a = make(chip), *b = make(chip);
        struct state_buffer first, second;
        uint32_t hash_a, hash_b;

        run(a, chip, seed, STEPS, NULL);
        run(b, chip, seed + 7777, STEPS / 4, NULL); /* load into a used chip */
        first = save(a);
        copy_memory(b, a);
        load(b, &first);
        second = save(b);
        ck_assert_msg(same(&first, &second), "%s: save, load, save differs (seed %u)", chip->name,
                      seed);
        memcpy(b->level, a->level, sizeof(a->level));
        b->intr = a->intr;
        state_buffer_free(&first);
        state_buffer_free(&second);
        run(a, chip, seed + 1000000, STEPS, &hash_a);
        run(b, chip, seed + 1000000, STEPS, &hash_b);
        first = save(a);
        second = save(b);
        ck_assert_msg(hash_a == hash_b, "%s: answers differ after load (seed %u)", chip->name,
                      seed);
        ck_assert_msg(same(&first, &second), "%s: states differ after load and use (seed %u)",
                      chip->name, seed);
        state_buffer_free(&first);
        state_buffer_free(&second);
        bench_free(a);
        bench_free(b);
    }
}
END_TEST

void generic_check_reset(const struct device *used, const struct device *fresh)
{
    for (const struct field *f = used->cls->fields; f && f->name; f++) {
        const char *u = (const char *)used + f->offset;
        const char *n = (const char *)fresh + f->offset;

        if (f->flags & FIELD_KEEP)
            continue;
        if (f->kind == FIELD_CLOCK)
            ck_assert_msg(vtimer_armed((const struct vtimer *)u) ==
                              vtimer_armed((const struct vtimer *)n),
                          "%s: timer %s is not as at power-on", used->name, f->name);
        else
            ck_assert_msg(!memcmp(u, n, (size_t)f->size * f->count),
                          "%s: field %s is not as at power-on", used->name, f->name);
    }
}

/* 4: at the same virtual time, since some registers are counted from it. */
START_TEST(reset_after_use_equals_power_on)
{
    const struct generic_chip *chip = chips_under_test[_i];

    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        struct bench *used = make(chip), *fresh = make(chip);
        struct device *u, *n;

        run(used, chip, seed, STEPS, NULL);
        vclock_advance(fresh->board->clock, vclock_now(used->board->clock));
        board_reset(used->board, RESET_HARD);
        board_reset(fresh->board, RESET_HARD);
        for (u = used->board->devices, n = fresh->board->devices; u && n; u = u->next, n = n->next)
            generic_check_reset(u, n);
        bench_free(used);
        bench_free(fresh);
    }
}
END_TEST

void generic_mend_checksums(struct state_buffer *buf)
{
    size_t at = 0;

    while (at + 8 < buf->used) {
        size_t name = buf->data[at];
        uint32_t length, crc;

        if (!name || at + name + 11 > buf->used)
            return;
        memcpy(&length, buf->data + at + 1 + name + 2, 4);
        if (length > buf->used - (at + name + 7) - 4)
            return;
        crc = state_crc32(0, buf->data + at, name + 7 + length);
        memcpy(buf->data + at + name + 7 + length, &crc, 4);
        at += name + 7 + length + 4;
    }
}

/* 5 */
START_TEST(hostile_streams_are_refused_or_harmless)
{
    const struct generic_chip *chip = chips_under_test[_i];
    struct bench *b = make(chip);
    struct state_buffer good;
    struct traffic t = { .seed = 4711 };

    run(b, chip, 3, STEPS, NULL);
    good = save(b);
    for (unsigned n = 0; n < 3 * SEEDS; n++) {
        struct state_buffer bad = { malloc(good.used), good.used, good.used };
        struct error err = { { 0 } };
        size_t at = 0;
        bool whole;

        memcpy(bad.data, good.data, good.used);
        if (n % 8 == 0)
            bad.used = next_random(&t) % good.used;
        for (unsigned flips = next_random(&t) % 8 + 1; flips-- > 0 && bad.used;)
            bad.data[next_random(&t) % bad.used] ^= (uint8_t)(1u << (next_random(&t) & 7));
        whole = n % 4 == 1;
        if (!whole)
            generic_mend_checksums(&bad);
        if (state_load_board(bad.data, bad.used, &at, b->board, &err)) {
            ck_assert_msg(!whole, "%s: a flipped stream was taken", chip->name);
            run(b, chip, n, STEPS / 2, NULL);
        } else {
            ck_assert_msg(err.text[0], "%s: refused without a sentence", chip->name);
        }
        free(bad.data);
    }
    state_buffer_free(&good);
    bench_free(b);
}
END_TEST

/* 6 */
START_TEST(free_leaves_no_port_and_no_timer_behind)
{
    const struct generic_chip *chip = chips_under_test[_i];
    struct bench *b = bench_new();
    unsigned timers = vclock_timers(b->board->clock);
    struct error err = { { 0 } };

    ck_assert_msg(chip->make(b, &err), "%s", err.text);
    run(b, chip, 5, STEPS, NULL);
    while (b->board->devices)
        device_free(b->board->devices);
    for (unsigned port = 0; port < 65536; port++)
        ck_assert_msg(!bus_owner(b->board->bus, (uint16_t)port), "port %x is still owned", port);
    ck_assert_uint_eq(vclock_timers(b->board->clock), timers);
    bench_free(b);
}
END_TEST

#define MAX_CHIPS 32
static const struct generic_chip *chip_list[MAX_CHIPS];

void generic_tests(Suite *suite, const struct generic_chip *chip)
{
    static int count;
    TCase *tcase = tcase_create(chip->name);
    const TTest *const tests[] = {
        table_covers_every_byte_of_the_state,    saved_and_loaded_chip_runs_in_lockstep,
        reset_after_use_equals_power_on,         hostile_streams_are_refused_or_harmless,
        free_leaves_no_port_and_no_timer_behind,
    };

    assert(count < MAX_CHIPS); /* not ck_assert: no test runs yet */
    chips_under_test = chip_list;
    chip_list[count] = chip;
    tcase_set_timeout(tcase, 0);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_loop_test(tcase, tests[i], count, count + 1);
    count++;
    suite_add_tcase(suite, tcase);
}

int generic_fuzz(const struct generic_chip *chip, const uint8_t *data, size_t size)
{
    struct traffic t = { .data = data, .size = size };
    struct bench *b = make(chip);

    while (t.at < t.size)
        one_step(b, chip, &t);
    bench_free(b);
    return 0;
}
