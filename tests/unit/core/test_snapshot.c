/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The saved machine as a file: whole it is taken, anything else is refused and changes nothing. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/state.h"
#include "tests/check_main.h"

enum { RAM = 5 * MEM_PAGE, VRAM = 2 * MEM_PAGE };

struct toy {
    struct device dev;
    struct vtimer timer;
    struct toy_state {
        uint32_t words[4];
    } s;
};

struct extra { /* as the CPU's state */
    uint64_t value;
};

static const struct field toy_fields[] = { FIELD_ARRAY(struct toy, s.words),
                                           FIELD_TIMER(struct toy, timer),
                                           { 0 } };
static const struct field extra_fields[] = { FIELD(struct extra, value), { 0 } };

static void toy_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    memset(((struct toy *)dev)->s.words, 0, sizeof(((struct toy *)dev)->s.words));
}

static const struct device_class toy_class = {
    .name = "toy",
    .version = 3,
    .state_offset = offsetof(struct toy, s),
    .state_size = sizeof(struct toy_state),
    .fields = toy_fields,
    .reset = toy_reset,
};

struct rig {
    struct board *board;
    struct toy *toy;
    uint8_t *ram, *vram;
    struct extra extra;
};

static int fd = -1;
static struct error err;

static struct rig rig_new(uint32_t vram_size)
{
    struct rig r = { .board = board_new() };

    r.ram = board_block(r.board, "ram", RAM, &err);
    r.vram = board_block(r.board, "vram", vram_size, &err);
    r.toy = device_new(r.board, &toy_class, sizeof(*r.toy), "toy", 0, &err);
    vtimer_init(&r.toy->timer, r.board->clock, NULL, r.toy);
    return r;
}

static void fill(struct rig *r)
{
    vclock_advance(r->board->clock, 1000);
    r->toy->s = (struct toy_state){ { 1, 2, 3, 4 } };
    vtimer_arm(&r->toy->timer, 5000);
    memset(r->ram + MEM_PAGE, 0x5a, 100); /* pages 0, 2, 4 stay zero */
    r->ram[4 * MEM_PAGE - 1] = 1;
    r->vram[0] = 0x77;
    r->extra.value = 99;
}

static bool write_file(struct rig *r)
{
    struct state_item item = { "cpu", 1, extra_fields, &r->extra };

    if (fd >= 0)
        close(fd);
    fd = memfd_create("snapshot", MFD_CLOEXEC);
    return snapshot_write(fd, r->board, &item, 1, &err);
}

static bool read_file(struct rig *r)
{
    struct state_item item = { "cpu", 1, extra_fields, &r->extra };

    lseek(fd, 0, SEEK_SET);
    err.text[0] = 0;
    return snapshot_read(fd, r->board, &item, 1, &err);
}

/* Something everywhere, to see whether it was touched. */
static void scribble(struct rig *r)
{
    r->toy->s = (struct toy_state){ { 11, 12, 13, 14 } };
    memset(r->ram, 0xee, RAM);
    memset(r->vram, 0xdd, VRAM);
    r->extra.value = 5;
}

static bool untouched(const struct rig *r)
{
    for (unsigned i = 0; i < RAM; i++)
        if (r->ram[i] != 0xee)
            return false;
    for (unsigned i = 0; i < VRAM; i++)
        if (r->vram[i] != 0xdd)
            return false;
    return r->toy->s.words[0] == 11 && r->extra.value == 5 && vclock_now(r->board->clock) == 0;
}

START_TEST(a_snapshot_holds_memory_devices_and_items)
{
    struct rig a = rig_new(VRAM), b = rig_new(VRAM);

    fill(&a);
    ck_assert_msg(write_file(&a), "%s", err.text);
    scribble(&b);
    ck_assert_msg(read_file(&b), "%s", err.text);
    ck_assert_mem_eq(a.ram, b.ram, RAM);
    ck_assert_mem_eq(a.vram, b.vram, VRAM);
    ck_assert_mem_eq(&a.toy->s, &b.toy->s, sizeof(a.toy->s));
    ck_assert_uint_eq(b.extra.value, 99);
    ck_assert_uint_eq(vclock_now(b.board->clock), 1000);
    ck_assert_uint_eq(vclock_next(b.board->clock), 5000);
    board_free(a.board);
    board_free(b.board);
}
END_TEST

START_TEST(zero_pages_take_no_room)
{
    struct rig a = rig_new(VRAM);
    off_t empty;

    ck_assert(write_file(&a));
    empty = lseek(fd, 0, SEEK_END);
    ck_assert_int_lt(empty, MEM_PAGE);
    a.ram[3 * MEM_PAGE] = 1;
    ck_assert(write_file(&a));
    ck_assert_int_eq(lseek(fd, 0, SEEK_END), empty + MEM_PAGE + 8);
    board_free(a.board);
}
END_TEST

START_TEST(any_flipped_bit_is_refused_in_one_sentence_and_changes_nothing)
{
    struct rig a = rig_new(VRAM), b = rig_new(VRAM);
    off_t size;
    uint8_t byte;

    fill(&a);
    ck_assert(write_file(&a));
    scribble(&b);
    size = lseek(fd, 0, SEEK_END);
    for (off_t at = 0; at < size; at += at < 600 ? 1 : 61)
        for (unsigned bit = 0; bit < 8; bit++) {
            ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
            byte ^= (uint8_t)(1u << bit);
            ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
            ck_assert_msg(!read_file(&b), "bit %u of byte %ld", bit, (long)at);
            ck_assert_msg(strlen(err.text) > 10, "%s", err.text);
            byte ^= (uint8_t)(1u << bit);
            ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
        }
    ck_assert(untouched(&b));
    ck_assert(read_file(&b));
    board_free(a.board);
    board_free(b.board);
}
END_TEST

START_TEST(any_truncation_is_refused_and_changes_nothing)
{
    struct rig a = rig_new(VRAM), b = rig_new(VRAM);
    off_t size;

    fill(&a);
    ck_assert(write_file(&a));
    scribble(&b);
    for (size = lseek(fd, 0, SEEK_END) - 1; size >= 0; size -= size < 600 ? 1 : 37) {
        ck_assert_int_eq(ftruncate(fd, size), 0);
        ck_assert_msg(!read_file(&b), "%ld bytes", (long)size);
    }
    ck_assert(untouched(&b));
    board_free(a.board);
    board_free(b.board);
}
END_TEST

START_TEST(bytes_behind_the_end_are_refused)
{
    struct rig a = rig_new(VRAM), b = rig_new(VRAM);

    ck_assert(write_file(&a));
    ck_assert_int_eq(write(fd, "x", 1), 1);
    scribble(&b);
    ck_assert(!read_file(&b));
    ck_assert_ptr_nonnull(strstr(err.text, "behind its end"));
    ck_assert(untouched(&b));
    board_free(a.board);
    board_free(b.board);
}
END_TEST

START_TEST(a_machine_of_another_size_is_refused_by_name_and_sizes)
{
    struct rig a = rig_new(VRAM), b = rig_new(2 * VRAM);

    ck_assert(write_file(&a));
    scribble(&b);
    ck_assert(!read_file(&b));
    ck_assert_ptr_nonnull(strstr(err.text, "vram of 8 KB"));
    ck_assert_ptr_nonnull(strstr(err.text, "vram of 16 KB"));
    ck_assert(untouched(&b));
    board_free(a.board);
    board_free(b.board);
}
END_TEST

START_TEST(another_file_is_not_a_saved_state)
{
    struct rig b = rig_new(VRAM);
    char text[64];

    memset(text, 'A', sizeof(text));
    close(fd);
    fd = memfd_create("other", MFD_CLOEXEC);
    ck_assert_int_eq(write(fd, text, sizeof(text)), sizeof(text));
    scribble(&b);
    ck_assert(!read_file(&b));
    ck_assert_str_eq(err.text, "this is not a saved state of Bygone");
    close(fd);
    fd = -1;
    ck_assert(!read_file(&b)); /* no file at all */
    ck_assert(err.text[0]);
    ck_assert(untouched(&b));
    board_free(b.board);
}
END_TEST

/* The sections are whole but another machine's: found out when they are taken apart. */
START_TEST(more_sections_than_this_machine_has_are_refused)
{
    struct rig a = rig_new(VRAM), b = rig_new(VRAM);
    struct state_item items[2] = { { "cpu", 1, extra_fields, &a.extra },
                                   { "fpu", 1, extra_fields, &a.extra } };

    fill(&a);
    close(fd);
    fd = memfd_create("snapshot", MFD_CLOEXEC);
    ck_assert(snapshot_write(fd, a.board, items, 2, &err));
    ck_assert(!read_file(&b));
    ck_assert_ptr_nonnull(strstr(err.text, "more devices"));
    board_free(a.board);
    board_free(b.board);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    struct rig a = rig_new(VRAM);
    struct state_item item = { "cpu", 1, extra_fields, &a.extra };
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    close(ends[1]);
    ck_assert(!snapshot_write(ends[0], a.board, &item, 1, &err)); /* cannot be written to */
    ck_assert_ptr_nonnull(strstr(err.text, "could not be written"));
    close(ends[0]);
    board_free(a.board);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot");

    CHECK_CASE(suite, "file", a_snapshot_holds_memory_devices_and_items, zero_pages_take_no_room,
               any_flipped_bit_is_refused_in_one_sentence_and_changes_nothing,
               any_truncation_is_refused_and_changes_nothing, bytes_behind_the_end_are_refused,
               a_machine_of_another_size_is_refused_by_name_and_sizes,
               another_file_is_not_a_saved_state, more_sections_than_this_machine_has_are_refused,
               a_full_disk_is_told);
    return check_main(suite);
}
