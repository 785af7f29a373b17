/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shape of a disk: by its size, by what is written on it, and what the BIOS makes of it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/host/geometry.h"
#include "core/host/image_probe.h"
#include "tests/check_main.h"

struct partition {
    uint32_t start, count;
};

static void put32(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

static void put_chs(uint8_t *p, uint32_t lba, unsigned heads, unsigned sectors)
{
    uint32_t cylinder = lba / (heads * sectors);
    unsigned head = lba / sectors % heads, sector = lba % sectors + 1;

    if (cylinder > 1023) {
        cylinder = 1023;
        head = heads - 1;
        sector = sectors;
    }
    p[0] = (uint8_t)head;
    p[1] = (uint8_t)(sector | (cylinder >> 2 & 0xc0));
    p[2] = (uint8_t)cylinder;
}

static void put_table(uint8_t *sector, const struct partition *parts, unsigned count,
                      unsigned heads, unsigned sectors)
{
    memset(sector, 0, 512);
    for (unsigned i = 0; i < count; i++) {
        uint8_t *entry = sector + 446 + 16 * i;

        entry[0] = i ? 0 : 0x80;
        entry[4] = 6;
        put_chs(entry + 1, parts[i].start, heads, sectors);
        put_chs(entry + 5, parts[i].start + parts[i].count - 1, heads, sectors);
        put32(entry + 8, parts[i].start);
        put32(entry + 12, parts[i].count);
    }
    sector[510] = 0x55;
    sector[511] = 0xaa;
}

static void put_bpb(uint8_t *sector, unsigned heads, unsigned sectors)
{
    memset(sector, 0, 512);
    memcpy(sector, "\xeb\x3c\x90MSDOS5.0\0\2\4\1\0\2\0\2\0\0\xf8", 22);
    sector[24] = (uint8_t)sectors;
    sector[26] = (uint8_t)heads;
    sector[510] = 0x55;
    sector[511] = 0xaa;
}

/* An image of that size with one sector in it at `at`. */
static int image(uint64_t sectors)
{
    int fd = memfd_create("disk", MFD_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, (off_t)(sectors * 512)), 0);
    return fd;
}

static void put(int fd, uint64_t at, const uint8_t *sector)
{
    ck_assert_int_eq(pwrite(fd, sector, 512, (off_t)(at * 512)), 512);
}

static void expect(int fd, uint64_t sectors, enum geometry_source source, unsigned heads,
                   unsigned per_track)
{
    struct disk_shape shape = { 0, 0, 0 };

    ck_assert_int_eq(geometry_read(fd, sectors, &shape), source);
    if (source != GEOMETRY_SIZE) {
        ck_assert_uint_eq(shape.heads, heads);
        ck_assert_uint_eq(shape.sectors, per_track);
    }
}

/* ---- what is written on the disk ---- */

START_TEST(a_partition_table_tells_the_shape)
{
    static const struct {
        unsigned cylinders, heads, sectors;
    } disks[] = { { 615, 4, 17 },   { 1023, 16, 63 }, { 980, 10, 17 }, { 700, 240, 63 },
                  { 400, 255, 63 }, { 900, 64, 32 },  { 306, 6, 26 } };
    uint8_t sector[512];

    for (unsigned i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
        unsigned h = disks[i].heads, s = disks[i].sectors, cylinder = h * s;
        uint32_t all = disks[i].cylinders * cylinder;
        struct partition parts[2] = { { s, 100 * cylinder - s }, { 100 * cylinder, all / 2 } };
        int fd = image(all + 5);

        parts[1].count -= parts[1].count % cylinder;
        put_table(sector, parts, 2, h, s);
        put(fd, 0, sector);
        expect(fd, all + 5, GEOMETRY_TABLE, h, s);
        close(fd);
    }
}
END_TEST

START_TEST(what_tools_of_today_write_tells_it_too)
{
    static const struct partition one = { 2048, 63488 }; /* begins and ends anywhere */
    uint8_t sector[512];
    int fd = image(65536);

    put_table(sector, &one, 1, 255, 63);
    put(fd, 0, sector);
    expect(fd, 65536, GEOMETRY_TABLE, 255, 63);
    put_table(sector, &one, 1, 16, 63);
    put(fd, 0, sector);
    expect(fd, 65536, GEOMETRY_TABLE, 16, 63);
    close(fd);
}
END_TEST

START_TEST(where_the_table_leaves_a_choice_the_usual_shape_wins)
{
    static const struct partition first_track = { 1, 10 };
    uint8_t sector[512], boot[512];
    int fd = image(41820);

    put_table(sector, &first_track, 1, 4, 17);
    put(fd, 0, sector);
    expect(fd, 41820, GEOMETRY_TABLE, 16, 63); /* by the size of the disk */
    put_table(sector, &(struct partition){ 17, 34 * 4 }, 1, 4, 17);
    put_bpb(boot, 4, 17);
    put(fd, 0, sector);
    put(fd, 17, boot);
    expect(fd, 41820, GEOMETRY_TABLE, 4, 17); /* by the file system's own numbers */
    close(fd);
}
END_TEST

START_TEST(a_file_system_tells_where_the_table_does_not)
{
    struct partition parts = { 34, 5000 };
    uint8_t sector[512], boot[512];
    int fd = image(41820);

    put_bpb(boot, 4, 17);
    put(fd, 0, boot); /* no table at all */
    expect(fd, 41820, GEOMETRY_BPB, 4, 17);
    put_table(sector, &parts, 1, 4, 17);
    memset(sector + 446 + 1, 0xff, 3); /* addresses that say nothing */
    memset(sector + 446 + 5, 0xff, 3);
    put(fd, 0, sector);
    put(fd, 34, boot);
    expect(fd, 41820, GEOMETRY_BPB, 4, 17);
    memset(boot, 0, 512);
    put(fd, 34, boot);
    expect(fd, 41820, GEOMETRY_SIZE, 0, 0);
    close(fd);
}
END_TEST

START_TEST(nonsense_says_nothing)
{
    uint8_t sector[512];
    int fd = image(41820);

    expect(fd, 41820, GEOMETRY_SIZE, 0, 0);
    expect(fd, 0, GEOMETRY_SIZE, 0, 0);
    put_table(sector, &(struct partition){ 17, 60000 }, 1, 4, 17); /* beyond the end */
    put(fd, 0, sector);
    expect(fd, 41820, GEOMETRY_SIZE, 0, 0);
    put_table(sector, &(struct partition){ 17, 2023 }, 1, 4, 17);
    sector[446] = 0x12; /* not a table's mark */
    put(fd, 0, sector);
    expect(fd, 41820, GEOMETRY_SIZE, 0, 0);
    put_table(sector, &(struct partition){ 1, 41819 }, 1, 4, 17);
    sector[450] = 0xee; /* a GPT's guard */
    put(fd, 0, sector);
    expect(fd, 41820, GEOMETRY_SIZE, 0, 0);
    memset(sector, 0xff, 512);
    put(fd, 0, sector);
    expect(fd, 41820, GEOMETRY_SIZE, 0, 0);
    close(fd);
}
END_TEST

/* ---- what the BIOS shows ---- */

START_TEST(any_shape_can_be_shown)
{
    static const struct {
        uint64_t sectors;
        struct disk_shape bios;
        enum disk_translation translation;
        bool told;
    } cases[] = {
        { 41820, { 0, 4, 17 }, TRANSLATION_NONE, false },
        { 1032192, { 0, 16, 63 }, TRANSLATION_NONE, false },
        { 4194304, { 0, 16, 63 }, TRANSLATION_NONE, false }, /* partitioned without translation */
        { 4194304, { 0, 128, 63 }, TRANSLATION_LBA, false },
        { 16777216, { 0, 255, 63 }, TRANSLATION_LBA, false },
        { 2000000, { 0, 64, 32 }, TRANSLATION_LARGE, false },
        { 6000000, { 0, 120, 63 }, TRANSLATION_LARGE, false }, /* 15 heads, doubled */
        { 15000000, { 0, 240, 63 }, TRANSLATION_LARGE, false },
        { 65536, { 0, 255, 63 }, TRANSLATION_NONE, true }, /* too small for any */
        { 4194304, { 0, 13, 37 }, TRANSLATION_NONE, false },
        { 4194304, { 0, 77, 33 }, TRANSLATION_NONE, true },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct disk_geometry g;

        geometry_choose(cases[i].sectors, &cases[i].bios, &g);
        ck_assert_uint_eq(g.bios.heads, cases[i].bios.heads);
        ck_assert_uint_eq(g.bios.sectors, cases[i].bios.sectors);
        ck_assert_uint_ge(g.bios.cylinders, 1);
        ck_assert_uint_le(g.bios.cylinders, 1024);
        ck_assert_msg(g.told == cases[i].told, "case %u", i);
        ck_assert_msg(g.told || g.translation == cases[i].translation, "case %u: %d", i,
                      g.translation);
        ck_assert_uint_le(g.drive.heads, 16);
        ck_assert_uint_le((uint64_t)g.drive.cylinders * g.drive.heads * g.drive.sectors,
                          cases[i].sectors);
    }
}
END_TEST

START_TEST(by_size_alone)
{
    struct disk_geometry g;

    geometry_choose(20160, NULL, &g);
    ck_assert_uint_eq(g.drive.cylinders, 20);
    ck_assert_int_eq(g.translation, TRANSLATION_NONE);
    geometry_choose(1024 * 16 * 63, NULL, &g);
    ck_assert_uint_eq(g.drive.cylinders, 1024);
    ck_assert_int_eq(g.translation, TRANSLATION_NONE);
    geometry_choose(1100 * 16 * 63, NULL, &g);
    ck_assert_int_eq(g.translation, TRANSLATION_LBA);
    ck_assert_uint_eq(g.bios.heads, 32);
    geometry_choose(1ull << 32, NULL, &g);
    ck_assert_uint_eq(g.drive.cylinders, 16383);
    ck_assert_uint_eq(g.bios.heads, 255);
    ck_assert_uint_eq(g.bios.cylinders, 1024);
}
END_TEST

/* ---- recognising ---- */

static void expect_refused(int fd, const char *word)
{
    struct image_info info;
    struct error err = { { 0 } };

    ck_assert(!image_probe(fd, "some.iso", &info, &err));
    ck_assert_msg(strstr(err.text, word) != NULL, "%s", err.text);
    ck_assert(!strncmp(err.text, "some.iso", 8));
}

START_TEST(cds_are_known_by_their_volume)
{
    struct image_info info;
    struct error err = { { 0 } };
    uint8_t sector[512] = { 0 };
    int fd = image(80); /* 20 sectors of a CD */

    ck_assert(image_probe(fd, "some.iso", &info, &err));
    ck_assert_int_eq(info.kind, IMAGE_DISK);
    ck_assert(!image_is_cdrom(&info, "some.iso", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "not one of a CD"));
    ck_assert_int_eq(pwrite(fd, "\1CD001", 6, 32768), 6);
    ck_assert(image_probe(fd, "some.iso", &info, &err));
    ck_assert_int_eq(info.kind, IMAGE_CDROM);
    ck_assert(image_is_cdrom(&info, "some.iso", &err));
    put_table(sector, &(struct partition){ 1, 79 }, 1, 64, 32); /* also a disk for a USB stick */
    put(fd, 0, sector);
    ck_assert(image_probe(fd, "some.iso", &info, &err));
    ck_assert_int_eq(info.kind, IMAGE_CDROM);
    ck_assert(info.boot_signature);
    ck_assert_int_eq(ftruncate(fd, 80 * 512 - 512), 0);
    expect_refused(fd, "multiple of 2048");
    ck_assert_int_eq(ftruncate(fd, 32772), 0); /* ends inside the identifier */
    expect_refused(fd, "multiple of 512");
    memset(sector, 0xff, 12);
    sector[0] = sector[11] = 0;
    put(fd, 0, sector);
    expect_refused(fd, "raw CD sectors");
    close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("disk geometry");

    CHECK_CASE(suite, "reading", a_partition_table_tells_the_shape,
               what_tools_of_today_write_tells_it_too,
               where_the_table_leaves_a_choice_the_usual_shape_wins,
               a_file_system_tells_where_the_table_does_not, nonsense_says_nothing);
    CHECK_CASE(suite, "BIOS", any_shape_can_be_shown, by_size_alone);
    CHECK_CASE(suite, "CD", cds_are_known_by_their_volume);
    return check_main(suite);
}
