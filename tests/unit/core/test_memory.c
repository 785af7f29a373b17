/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory map: priorities, kinds of backing, splits, A20, DMA, the listener. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "tests/check_main.h"

enum { SIZE = 0x10000 };

static struct memory *memory;
static uint8_t *one, *two;
static char seen[512];
static unsigned changes, writes;
static uint32_t written_at[64], written_len[64];

static void setup(void)
{
    memory = mem_new();
    one = malloc(SIZE);
    two = malloc(SIZE);
    memset(one, 0x11, SIZE);
    memset(two, 0x22, SIZE);
    seen[0] = 0;
    changes = writes = 0;
}

static void teardown(void)
{
    mem_free(memory);
    free(one);
    free(two);
}

static void note(const char *fmt, uint32_t offset, unsigned size, uint32_t value)
{
    size_t used = strlen(seen);

    snprintf(seen + used, sizeof(seen) - used, fmt, size, offset, value);
}

static uint32_t mmio_read(void *ctx, uint32_t offset, unsigned size)
{
    (void)ctx;
    note("r%u@%x ", offset, size, 0);
    return 0xddccbbaa;
}

static void mmio_write(void *ctx, uint32_t offset, uint32_t value, unsigned size)
{
    (void)ctx;
    note("w%u@%x=%x ", offset, size, value);
}

static const struct mem_ops bytes_only = { mmio_read, mmio_write, 1 };
static const struct mem_ops any_size = { mmio_read, mmio_write, 7 };
static const struct mem_ops dwords_only = { mmio_read, mmio_write, 4 };

static struct mem_region *ram(const char *name, uint32_t base, int priority, uint8_t *host)
{
    struct error err;
    struct mem_region *r = mem_add_ram(memory, name, base, SIZE, priority, host, &err);

    ck_assert_msg(r != NULL, "%s", r ? "" : err.text);
    return r;
}

static void changed(void *ctx)
{
    (void)ctx;
    changes++;
}

static void written(void *ctx, uint32_t phys, uint32_t len)
{
    (void)ctx;
    written_at[writes] = phys;
    written_len[writes++] = len;
}

/* ---- the map ---- */

START_TEST(nobody_there_reads_give_all_ones_and_writes_vanish)
{
    ck_assert_uint_eq(mem_read(memory, 0x1000, 4), 0xffffffff);
    ck_assert_uint_eq(mem_read(memory, 0x1000, 1), 0xff);
    mem_write(memory, 0x1000, 0, 4);
    ck_assert_uint_eq(mem_read(memory, 0x1000, 2), 0xffff);
    ck_assert_uint_eq(mem_read(memory, 0xffffffff, 4), 0xffffffff); /* round the end */
    ck_assert_ptr_null(mem_page(memory, 0x1000)->read);
}
END_TEST

START_TEST(ram_is_read_and_written_directly)
{
    ram("ram", 0x20000, 0, one);
    mem_write(memory, 0x20000, 0x04030201, 4);
    ck_assert_uint_eq(one[0], 1);
    ck_assert_uint_eq(one[3], 4);
    ck_assert_uint_eq(mem_read(memory, 0x20001, 2), 0x0302);
    ck_assert_ptr_eq(mem_page(memory, 0x21234)->read, one + 0x1000);
    ck_assert_ptr_eq(mem_page(memory, 0x21234)->write, one + 0x1000);
    ck_assert_uint_eq(mem_read(memory, 0x2ffff, 2), 0xff11); /* half of it nowhere */
    ck_assert_uint_eq(mem_read(memory, 0x1ffff, 2), 0x01ff);
}
END_TEST

START_TEST(higher_priority_hides_lower)
{
    struct mem_region *over;

    ram("low", 0x0, 0, one);
    over = mem_add_ram(memory, "high", 0x4000, 0x1000, 5, two, NULL);
    ck_assert_uint_eq(mem_read(memory, 0x3fff, 2), 0x2211);
    ck_assert_uint_eq(mem_read(memory, 0x4fff, 2), 0x1122);
    mem_move(over, 0x4000, false);
    ck_assert_uint_eq(mem_read(memory, 0x4000, 4), 0x11111111);
    mem_remove(over);
    ck_assert_uint_eq(mem_read(memory, 0x4000, 4), 0x11111111);
}
END_TEST

START_TEST(overlap_of_equal_priority_is_an_error_that_names_both)
{
    struct error err = { "" };

    ram("first", 0x0, 3, one);
    ck_assert_ptr_null(mem_add_ram(memory, "second", 0xf000, SIZE, 3, two, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "first"));
    ck_assert_ptr_nonnull(strstr(err.text, "second"));
    ck_assert_ptr_nonnull(mem_add_ram(memory, "second", 0x10000, SIZE, 3, two, &err));
}
END_TEST

START_TEST(a_range_is_whole_pages_below_4_gb)
{
    struct error err = { "" };

    ck_assert_ptr_null(mem_add_ram(memory, "crooked", 0x800, 0x1000, 0, one, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "crooked"));
    ck_assert_ptr_null(mem_add_ram(memory, "short", 0, 0x800, 0, one, &err));
    ck_assert_ptr_null(mem_add_ram(memory, "empty", 0, 0, 0, one, &err));
    ck_assert_ptr_null(mem_add_ram(memory, "long", 0xfffff000, 0x2000, 0, one, &err));
    ck_assert_ptr_nonnull(mem_add_ram(memory, "last", 0xfffff000, 0x1000, 0, one, &err));
    ck_assert_uint_eq(mem_read(memory, 0xfffffffc, 4), 0x11111111);
}
END_TEST

START_TEST(more_ranges_than_there_are_is_an_error)
{
    struct error err = { "" };
    unsigned n = 0;

    while (n <= MEM_REGIONS && mem_add_ram(memory, "page", n * 0x1000, 0x1000, 0, one, &err))
        n++;
    ck_assert_uint_eq(n, MEM_REGIONS);
    ck_assert_ptr_nonnull(strstr(err.text, "page"));
}
END_TEST

START_TEST(a_moved_range_is_seen_at_its_new_place)
{
    struct mem_region *r = ram("ram", 0, 0, one);

    mem_move(r, 0xe0000000, true);
    ck_assert_uint_eq(mem_read(memory, 0, 4), 0xffffffff);
    ck_assert_uint_eq(mem_read(memory, 0xe000fffc, 4), 0x11111111);
    mem_move(r, 0xe0000000, false);
    ck_assert_uint_eq(mem_read(memory, 0xe0000000, 4), 0xffffffff);
    mem_move(r, 0x1000, true);
    ck_assert_uint_eq(mem_read(memory, 0x1000, 4), 0x11111111);
}
END_TEST

START_TEST(a_range_moved_beyond_4_gb_is_nowhere)
{
    struct mem_region *r = ram("ram", 0, 0, one);

    mem_move(r, 0xfffff000, true); /* as when a BAR is sized */
    ck_assert_uint_eq(mem_read(memory, 0xfffff000, 4), 0xffffffff);
    ck_assert_uint_eq(mem_read(memory, 0, 4), 0xffffffff);
    mem_move(r, 0x10000, true);
    ck_assert_uint_eq(mem_read(memory, 0x10000, 4), 0x11111111);
}
END_TEST

START_TEST(moved_over_an_equal_one_the_range_added_first_wins)
{
    struct mem_region *first = ram("first", 0, 0, one), *second = ram("second", 0x10000, 0, two);

    mem_move(second, 0x8000, true);
    ck_assert_uint_eq(mem_read(memory, 0x8000, 4), 0x11111111);
    ck_assert_uint_eq(mem_read(memory, 0x10000, 4), 0x22222222);
    mem_move(first, 0x20000, true);
    ck_assert_uint_eq(mem_read(memory, 0x8000, 4), 0x22222222);
    mem_move(first, 0x8000, true);
    ck_assert_uint_eq(mem_read(memory, 0x8000, 4), 0x11111111);
}
END_TEST

/* ---- kinds of backing ---- */

START_TEST(writes_to_rom_vanish)
{
    struct error err;

    ck_assert_ptr_nonnull(mem_add_rom(memory, "rom", 0xf0000, SIZE, 0, one, &err));
    mem_write(memory, 0xf0000, 0, 4);
    ck_assert_uint_eq(mem_read(memory, 0xf0000, 4), 0x11111111);
    ck_assert_ptr_null(mem_page(memory, 0xf0000)->write);
    mem_dma_write(memory, 0xf0000, "xxxx", 4);
    ck_assert_uint_eq(one[0], 0x11);
}
END_TEST

/* PAM: what the i440FX does with C0000-FFFFF. */
START_TEST(rom_over_ram_reads_one_and_writes_the_other)
{
    struct mem_region *r = ram("shadow", 0xf0000, 0, one);

    mem_set_backing(r, MEM_ROM_OVER_RAM, two, one);
    ck_assert_uint_eq(mem_read(memory, 0xf1234, 1), 0x22);
    mem_write(memory, 0xf1234, 0x55, 1);
    ck_assert_uint_eq(mem_read(memory, 0xf1234, 1), 0x22);
    ck_assert_uint_eq(one[0x1234], 0x55);
    mem_set_backing(r, MEM_ROM, two, NULL);
    mem_write(memory, 0xf1234, 0x66, 1);
    ck_assert_uint_eq(one[0x1234], 0x55);
    ck_assert_uint_eq(two[0x1234], 0x22);
    mem_set_backing(r, MEM_ROM, one, NULL);
    ck_assert_uint_eq(mem_read(memory, 0xf1234, 1), 0x55);
    mem_set_backing(r, MEM_RAM, one, NULL);
    mem_write(memory, 0xf1234, 0x77, 1);
    ck_assert_uint_eq(one[0x1234], 0x77);
}
END_TEST

/* ---- device memory ---- */

START_TEST(an_access_wider_than_the_device_is_split_low_first)
{
    mem_add_mmio(memory, "bytes", 0xa0000, 0x1000, 0, &bytes_only, NULL, NULL);
    ck_assert_uint_eq(mem_read(memory, 0xa0010, 4), 0xaaaaaaaa);
    mem_write(memory, 0xa0020, 0x04030201, 4);
    ck_assert_str_eq(seen, "r1@10 r1@11 r1@12 r1@13 w1@20=1 w1@21=2 w1@22=3 w1@23=4 ");
}
END_TEST

START_TEST(an_access_that_fits_is_not_split)
{
    mem_add_mmio(memory, "any", 0xa0000, 0x1000, 0, &any_size, NULL, NULL);
    ck_assert_uint_eq(mem_read(memory, 0xa0010, 4), 0xddccbbaa);
    ck_assert_uint_eq(mem_read(memory, 0xa0010, 2), 0xbbaa);
    mem_write(memory, 0xa0013, 0xabcd, 2);
    ck_assert_str_eq(seen, "r4@10 r2@10 w2@13=abcd ");
}
END_TEST

START_TEST(a_device_that_knows_no_bytes_is_not_asked_for_one)
{
    mem_add_mmio(memory, "dwords", 0xa0000, 0x1000, 0, &dwords_only, NULL, NULL);
    ck_assert_uint_eq(mem_read(memory, 0xa0000, 1), 0xff);
    mem_write(memory, 0xa0000, 1, 1);
    mem_write(memory, 0xa0000, 1, 2);
    ck_assert_str_eq(seen, "");
    ck_assert_uint_eq(mem_read(memory, 0xa0000, 4), 0xddccbbaa);
}
END_TEST

START_TEST(an_access_that_crosses_the_regions_end_is_split)
{
    mem_add_mmio(memory, "any", 0xa0000, 0x1000, 0, &any_size, NULL, NULL);
    mem_add_ram(memory, "ram", 0xa1000, 0x1000, 0, one, NULL);
    ck_assert_uint_eq(mem_read(memory, 0xa0fff, 4), 0x111111aa);
    mem_write(memory, 0xa0ffe, 0x04030201, 4);
    ck_assert_uint_eq(one[0], 3);
    ck_assert_uint_eq(one[1], 4);
    ck_assert_uint_eq(mem_read(memory, 0x9ffff, 2), 0xaaff);
    ck_assert_str_eq(seen, "r1@fff w2@ffe=201 r1@0 ");
}
END_TEST

START_TEST(an_access_may_cross_pages)
{
    ram("ram", 0, 0, one);
    mem_move(ram("other", 0x20000, 0, two), 0x10000, true);
    for (unsigned at = 0xfffd; at <= 0xffff; at++)
        for (unsigned size = 1; size <= 4; size *= 2) {
            mem_write(memory, at, 0x87654321, size);
            ck_assert_uint_eq(mem_read(memory, at, size),
                              size == 4 ? 0x87654321 : 0x87654321 & ((1u << 8 * size) - 1));
        }
    ck_assert_uint_eq(two[2], 0x87);
}
END_TEST

/* ---- A20 ---- */

START_TEST(with_a20_off_bit_20_of_every_cpu_address_is_0)
{
    ck_assert(mem_a20(memory));
    ck_assert_uint_eq(mem_cpu_mask(memory), 0xffffffff);
    mem_set_a20(memory, false);
    ck_assert(!mem_a20(memory));
    ck_assert_uint_eq(mem_cpu_mask(memory), 0xffefffff);
    mem_set_a20(memory, true);
    ck_assert_uint_eq(mem_cpu_mask(memory), 0xffffffff);
}
END_TEST

START_TEST(dma_never_goes_through_a20)
{
    uint8_t byte = 0;

    ram("low", 0, 0, one);
    ram("high", 0x100000, 0, two);
    mem_set_a20(memory, false);
    mem_dma_read(memory, 0x100000, &byte, 1);
    ck_assert_uint_eq(byte, 0x22);
    mem_dma_write(memory, 0x100001, &byte, 1);
    ck_assert_uint_eq(one[1], 0x11);
}
END_TEST

/* ---- DMA ---- */

START_TEST(dma_reaches_ram_and_device_memory)
{
    uint8_t buf[0x3000], back[0x3000];

    ram("ram", 0, 0, one);
    mem_add_mmio(memory, "any", 0x10000, 0x1000, 0, &any_size, NULL, NULL);
    for (unsigned i = 0; i < sizeof(buf); i++)
        buf[i] = (uint8_t)(i * 7);
    mem_dma_write(memory, 0x801, buf, sizeof(buf));
    mem_dma_read(memory, 0x801, back, sizeof(back));
    ck_assert_mem_eq(buf, back, sizeof(buf));
    ck_assert_uint_eq(one[0x800], 0x11);
    ck_assert_uint_eq(one[0x3801], 0x11);
    mem_dma_read(memory, 0xfffe, back, 4);
    ck_assert_uint_eq(back[1], 0x11);
    ck_assert_uint_eq(back[2], 0xaa);
    ck_assert_str_eq(seen, "r1@0 r1@1 ");
    mem_dma_read(memory, 0x20000, back, 2);
    ck_assert_uint_eq(back[0] & back[1], 0xff);
}
END_TEST

START_TEST(a_dma_write_tells_the_listener)
{
    uint8_t buf[0x1800] = { 0 };

    ram("ram", 0, 0, one);
    mem_set_listener(memory, NULL, written, NULL);
    mem_dma_write(memory, 0x900, buf, sizeof(buf));
    ck_assert_uint_eq(writes, 3);
    ck_assert_uint_eq(written_at[0], 0x900);
    ck_assert_uint_eq(written_len[0], 0x700);
    ck_assert_uint_eq(written_at[1], 0x1000);
    ck_assert_uint_eq(written_len[1], 0x1000);
    ck_assert_uint_eq(written_len[2], 0x100);
    mem_dma_write(memory, 0x50000, buf, 4); /* nobody there */
    ck_assert_uint_eq(writes, 3);
}
END_TEST

/* ---- changes ---- */

START_TEST(several_changes_make_one_flattening)
{
    struct mem_region *r;

    mem_set_listener(memory, changed, NULL, NULL);
    r = ram("ram", 0, 0, one);
    ck_assert_uint_eq(changes, 1);
    mem_begin(memory);
    mem_begin(memory);
    mem_move(r, 0x10000, true);
    mem_move(r, 0x20000, true);
    mem_end(memory);
    ck_assert_uint_eq(changes, 1);
    mem_end(memory);
    ck_assert_uint_eq(changes, 2);
    ck_assert_uint_eq(mem_read(memory, 0x20000, 1), 0x11);
    mem_begin(memory);
    mem_end(memory); /* nothing has changed */
    ck_assert_uint_eq(changes, 2);
}
END_TEST

START_TEST(nothing_happens_if_nothing_changes)
{
    struct mem_region *r = ram("ram", 0, 0, one);

    mem_set_listener(memory, changed, NULL, NULL);
    mem_move(r, 0, true);
    mem_set_backing(r, MEM_RAM, one, NULL);
    mem_set_a20(memory, true);
    ck_assert_uint_eq(changes, 0);
    mem_set_a20(memory, false);
    ck_assert_uint_eq(changes, 1);
    mem_move(r, 0, false);
    ck_assert_uint_eq(changes, 2);
    mem_move(r, 0x5000, false); /* hidden before and after */
    mem_set_backing(r, MEM_ROM, two, NULL);
    ck_assert_uint_eq(changes, 2);
}
END_TEST

/* ---- spans ---- */

struct spans {
    struct mem_span span[16];
    unsigned count;
};

static void collect(void *ctx, const struct mem_span *span)
{
    struct spans *s = ctx;

    s->span[s->count++] = *span;
}

START_TEST(every_stretch_in_ascending_order)
{
    struct spans s = { .count = 0 };
    struct mem_region *hole;

    ram("ram", 0, 0, one);
    hole = mem_add_mmio(memory, "window", 0x4000, 0x2000, 1, &any_size, NULL, NULL);
    mem_add_rom(memory, "rom", 0xffff0000, SIZE, 0, two, NULL);
    mem_spans(memory, collect, &s);
    ck_assert_uint_eq(s.count, 4);
    ck_assert_str_eq(s.span[0].name, "ram");
    ck_assert_uint_eq(s.span[0].size, 0x4000);
    ck_assert_ptr_eq(s.span[0].host, one);
    ck_assert_str_eq(s.span[1].name, "window");
    ck_assert_int_eq(s.span[1].kind, MEM_MMIO);
    ck_assert_uint_eq(s.span[1].base, 0x4000);
    ck_assert_uint_eq(s.span[2].base, 0x6000);
    ck_assert_ptr_eq(s.span[2].host, one + 0x6000);
    ck_assert_uint_eq(s.span[3].base, 0xffff0000);
    ck_assert_uint_eq(s.span[3].size, SIZE);
    mem_move(hole, 0x4000, false);
    s.count = 0;
    mem_spans(memory, collect, &s);
    ck_assert_uint_eq(s.count, 2); /* neighbours of one range joined */
}
END_TEST

START_TEST(a_span_of_rom_over_ram_names_its_shadow)
{
    struct spans s = { .count = 0 };
    struct mem_region *r = ram("shadow", 0xf0000, 0, one);

    mem_set_backing(r, MEM_ROM_OVER_RAM, two, one);
    mem_add_mmio(memory, "window", 0xf0000, 0x1000, 1, &any_size, NULL, NULL);
    mem_spans(memory, collect, &s);
    ck_assert_uint_eq(s.count, 2);
    ck_assert_ptr_eq(s.span[1].host, two + 0x1000);
    ck_assert_ptr_eq(s.span[1].shadow, one + 0x1000);
}
END_TEST

/* The page table against a map that is asked anew for each page. */
START_TEST(random_moves_flatten_as_the_rules_say)
{
    enum { N = 12, SPACE = 64 };
    struct mem_region *regions[N];
    uint8_t host[N];
    uint32_t base[N], pages[N];
    bool on[N];
    uint8_t *store = calloc(N, SPACE * 0x1000);

    srand(3);
    for (unsigned i = 0; i < N; i++) {
        host[i] = (uint8_t)(i + 1);
        pages[i] = 1 + (unsigned)rand() % 8;
        memset(store + i * SPACE * 0x1000, host[i], pages[i] * 0x1000);
        base[i] = i * 16; /* no overlap yet */
        regions[i] = mem_add_ram(memory, "r", base[i] * 0x1000, pages[i] * 0x1000, (int)i % 3,
                                 store + i * SPACE * 0x1000, NULL);
        ck_assert_ptr_nonnull(regions[i]);
        on[i] = true;
    }
    for (unsigned round = 0; round < 100; round++) {
        unsigned i = (unsigned)rand() % N;

        base[i] = (unsigned)rand() % (SPACE - 8);
        on[i] = rand() % 4;
        mem_move(regions[i], base[i] * 0x1000, on[i]);
        for (unsigned page = 0; page < SPACE; page++) {
            int best = -1;

            for (int n = 0; n < N; n++)
                if (on[n] && page >= base[n] && page < base[n] + pages[n] &&
                    (best < 0 || n % 3 > best % 3))
                    best = n;
            ck_assert_uint_eq(mem_read(memory, page * 0x1000 + 5, 1), best < 0 ? 0xff : host[best]);
        }
    }
    free(store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("map");
    const TTest *tests[] = { nobody_there_reads_give_all_ones_and_writes_vanish,
                             ram_is_read_and_written_directly,
                             higher_priority_hides_lower,
                             overlap_of_equal_priority_is_an_error_that_names_both,
                             a_range_is_whole_pages_below_4_gb,
                             more_ranges_than_there_are_is_an_error,
                             a_moved_range_is_seen_at_its_new_place,
                             a_range_moved_beyond_4_gb_is_nowhere,
                             moved_over_an_equal_one_the_range_added_first_wins,
                             writes_to_rom_vanish,
                             rom_over_ram_reads_one_and_writes_the_other,
                             an_access_wider_than_the_device_is_split_low_first,
                             an_access_that_fits_is_not_split,
                             a_device_that_knows_no_bytes_is_not_asked_for_one,
                             an_access_that_crosses_the_regions_end_is_split,
                             an_access_may_cross_pages,
                             with_a20_off_bit_20_of_every_cpu_address_is_0,
                             dma_never_goes_through_a20,
                             dma_reaches_ram_and_device_memory,
                             a_dma_write_tells_the_listener,
                             several_changes_make_one_flattening,
                             nothing_happens_if_nothing_changes,
                             every_stretch_in_ascending_order,
                             a_span_of_rom_over_ram_names_its_shadow,
                             random_moves_flatten_as_the_rules_say };

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
