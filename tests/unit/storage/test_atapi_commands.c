/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a CD-ROM drive answers: table of contents, raw sectors, mode pages, features. */
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/storage/cd_bench.h"

#define SECTORS 5000u /* lead-out at 01:08:50 */

static uint8_t data[32768];

static void expect_bytes(unsigned at, const void *bytes, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        ck_assert_msg(data[at + i] == ((const uint8_t *)bytes)[i], "byte %u is %02x, not %02x",
                      at + i, data[at + i], ((const uint8_t *)bytes)[i]);
}

static unsigned big16(unsigned at)
{
    return (unsigned)data[at] << 8 | data[at + 1];
}

/* ---- contents ---- */

START_TEST(toc_has_one_data_track_and_the_lead_out)
{
    struct ide *ide = cd_new_ready(SECTORS);

    CD_PACKET(ide, 2048, 0x43, 0, 0, 0, 0, 0, 0, 0x08, 0);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 20);
    expect_bytes(0, "\0\x12\1\1\0\x14\1\0\0\0\0\0\0\x14\xaa\0\0\0\x13\x88", 20);
    CD_PACKET(ide, 2048, 0x43, 2, 0, 0, 0, 0, 0, 0x08, 0); /* by minutes */
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 20);
    expect_bytes(4, "\0\x14\1\0\0\0\2\0\0\x14\xaa\0\0\1\x08\x32", 16);
    CD_PACKET(ide, 2048, 0x43, 2, 0, 0, 0, 0, 0xaa, 0x08, 0); /* the lead-out alone */
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 12);
    expect_bytes(0, "\0\x0a\1\1\0\x14\xaa\0\0\1\x08\x32", 12);
    CD_PACKET(ide, 2048, 0x43, 2, 0, 0, 0, 0, 2, 0x08, 0); /* there is no track 2 */
    cd_expect_sense(ide, 5, 0x24, 0);
    CD_PACKET(ide, 2048, 0x43, 0, 0, 0, 0, 0, 0, 0, 4); /* the header says how much there is */
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 4);
    expect_bytes(0, "\0\x12\1\1", 4);
    ide_free(ide);
}
END_TEST

START_TEST(toc_formats_1_and_2)
{
    static const uint8_t raw[] = { 0, 0x2e, 1, 1,                            /* */
                                   1, 0x14, 0, 0xa0, 0, 0, 0, 0, 1, 0, 0,    /* */
                                   1, 0x14, 0, 0xa1, 0, 0, 0, 0, 1, 0, 0,    /* */
                                   1, 0x14, 0, 0xa2, 0, 0, 0, 0, 1, 8, 0x32, /* */
                                   1, 0x14, 0, 1,    0, 0, 0, 0, 0, 2, 0 };
    struct ide *ide = cd_new_ready(SECTORS);

    for (unsigned old = 0; old < 2; old++) { /* the format where SFF-8020i and MMC have it */
        CD_PACKET(ide, 2048, 0x43, 0, old ? 0 : 1, 0, 0, 0, 0, 0x08, 0, old ? 0x40 : 0);
        ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 12);
        expect_bytes(0, "\0\x0a\1\1\0\x14\1\0\0\0\0\0", 12);
        CD_PACKET(ide, 2048, 0x43, 2, old ? 0 : 2, 0, 0, 0, 0, 0x08, 0, old ? 0x80 : 0);
        ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), sizeof(raw));
        expect_bytes(0, raw, sizeof(raw));
    }
    for (uint8_t format = 3; format < 16; format++) {
        CD_PACKET(ide, 2048, 0x43, 2, format, 0, 0, 0, 0, 0x08, 0);
        cd_expect_sense(ide, 5, 0x24, 0);
    }
    ide_free(ide);
}
END_TEST

START_TEST(subchannel_and_header_tell_the_place)
{
    struct ide *ide = cd_new_ready(SECTORS);

    CD_PACKET(ide, 64, 0x2b, 0, 0, 0, 0x10, 0); /* 4096: 00:56:46 */
    cd_expect_good(ide);
    CD_PACKET(ide, 64, 0x42, 2, 0x40, 1, 0, 0, 0, 0, 64);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 16);
    expect_bytes(0, "\0\x15\0\x0c\1\x14\1\1\0\0\x38\x2e\0\0\x36\x2e", 16);
    CD_PACKET(ide, 64, 0x42, 0, 0x40, 1, 0, 0, 0, 0, 64);
    cd_take(ide, data, sizeof(data), NULL);
    expect_bytes(8, "\0\0\x10\0\0\0\x10\0", 8);
    CD_PACKET(ide, 64, 0x42, 0, 0, 1, 0, 0, 0, 0, 64); /* without Q */
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 4);
    for (uint8_t format = 2; format <= 3; format++) { /* neither catalogue number nor code */
        CD_PACKET(ide, 64, 0x42, 0, 0x40, format, 0, 0, 0, 0, 64);
        ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 24);
        ck_assert_uint_eq(data[4], format);
        ck_assert_uint_eq(data[8], 0);
    }
    CD_PACKET(ide, 64, 0x42, 0, 0x40, 4, 0, 0, 0, 0, 64);
    cd_expect_sense(ide, 5, 0x24, 0);
    CD_PACKET(ide, 64, 0x44, 2, 0, 0, 0x10, 0, 0, 0, 8);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 8);
    expect_bytes(0, "\1\0\0\0\0\0\x38\x2e", 8);
    CD_PACKET(ide, 64, 0x44, 0, 0, 0, 0x20, 0, 0, 0, 8);
    cd_expect_sense(ide, 5, 0x21, 0);
    ide_free(ide);
}
END_TEST

START_TEST(disc_and_track_information)
{
    struct ide *ide = cd_new_ready(SECTORS);

    CD_PACKET(ide, 64, 0x51, 0, 0, 0, 0, 0, 0, 0, 64);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 34);
    expect_bytes(0, "\0\x20\x0e\1\1\1\1\x20\0", 9);
    for (uint8_t kind = 0; kind < 3; kind++) {
        CD_PACKET(ide, 64, 0x52, kind, 0, 0, 0, kind ? 1 : 77, 0, 0, 64);
        ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 28);
        expect_bytes(0, "\0\x1a\1\1\0\4\1", 7);
        expect_bytes(24, "\0\0\x13\x88", 4);
    }
    CD_PACKET(ide, 64, 0x52, 1, 0, 0, 0, 2, 0, 0, 64);
    cd_expect_sense(ide, 5, 0x24, 0);
    CD_PACKET(ide, 64, 0x52, 0, 0, 0, 0x20, 0, 0, 0, 64);
    cd_expect_sense(ide, 5, 0x24, 0);
    ide_free(ide);
}
END_TEST

/* ---- raw sectors ---- */

static uint8_t gf_times(uint8_t a, uint8_t b)
{
    unsigned product = 0;

    for (unsigned i = 0; i < 8; i++)
        if (b >> i & 1)
            product ^= (unsigned)a << i;
    for (int i = 14; i >= 8; i--)
        if (product >> i & 1)
            product ^= 0x11du << (i - 8);
    return (uint8_t)product;
}

/* Both check sums of a code word of `size` bytes of one half of the words listed are zero. */
static void check_code_word(const uint8_t *words, const unsigned *at, unsigned size, unsigned half)
{
    uint8_t sum = 0, weighted = 0, weight = 1;

    for (unsigned i = size; i-- > 0;) {
        sum ^= words[2 * at[i] + half];
        weighted ^= gf_times(words[2 * at[i] + half], weight);
        weight = gf_times(weight, 2);
    }
    ck_assert_uint_eq(sum, 0);
    ck_assert_uint_eq(weighted, 0);
}

static void check_correction_codes(const uint8_t *raw)
{
    unsigned at[45];

    for (unsigned half = 0; half < 2; half++) {
        for (unsigned n = 0; n < 43; n++) { /* P: columns of 26 rows */
            for (unsigned i = 0; i < 26; i++)
                at[i] = 43 * i + n;
            check_code_word(raw + 12, at, 26, half);
        }
        for (unsigned n = 0; n < 26; n++) { /* Q: diagonals, and the parity of each */
            for (unsigned i = 0; i < 43; i++)
                at[i] = (44 * i + 43 * n) % 1118;
            at[43] = 1118 + n;
            at[44] = 1144 + n;
            check_code_word(raw + 12, at, 45, half);
        }
    }
}

START_TEST(read_cd_gives_whole_sectors)
{
    static const uint8_t sync[12] = { 0,    0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0 };
    struct ide *ide = cd_new_ready(SECTORS);
    uint32_t crc = 0;

    CD_PACKET(ide, 0xfffe, 0xbe, 0, 0, 0, 0x10, 0, 0, 0, 13, 0xf8);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 13 * 2352);
    for (unsigned n = 0; n < 13; n++) {
        const uint8_t *raw = data + n * 2352;

        ck_assert(!memcmp(raw, sync, 12));
        ck_assert_uint_eq(raw[12], 0x00); /* 00:56:46 and on, in BCD */
        ck_assert_uint_eq(raw[13], 0x56);
        ck_assert_uint_eq(raw[14], (46 + n) / 10 << 4 | (46 + n) % 10);
        ck_assert_uint_eq(raw[15], 1);
        for (unsigned i = 0; i < 2048; i++)
            ck_assert_uint_eq(raw[16 + i], ide_pattern((4096ull + n) * 2048 + i));
        check_correction_codes(raw);
    }
    /* The error detection code makes the remainder of data and code zero. */
    for (unsigned i = 0; i < 2068; i++) {
        crc ^= data[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xd8018001u : crc >> 1;
    }
    ck_assert_uint_eq(crc, 0);
    ide_free(ide);
}
END_TEST

START_TEST(read_cd_gives_the_fields_that_are_asked_for)
{
    static const struct {
        uint8_t fields, sub;
        unsigned size;
    } cases[] = {
        { 0x10, 0, 2048 }, { 0x20, 0, 4 },    { 0x80, 0, 12 },   { 0xb0, 0, 2064 },
        { 0x08, 0, 288 },  { 0x18, 0, 2336 }, { 0xf8, 2, 2368 }, { 0xfa, 0, 2646 },
        { 0xfc, 2, 2664 }, { 0x00, 2, 16 },   { 0x30, 0, 2052 },
    };
    struct ide *ide = cd_new_ready(SECTORS);

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CD_PACKET(ide, 0xfffe, 0xbe, 8, 0, 0, 0, 0, 0, 0, 3, cases[i].fields, cases[i].sub);
        ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 3 * cases[i].size);
    }
    expect_bytes(2052, "\0\2\1\1", 4); /* the header of sector 1, of the last case */
    CD_PACKET(ide, 0xfffe, 0xbe, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 2);
    cd_take(ide, data, sizeof(data), NULL);
    expect_bytes(0, "\x41\1\1\0\x54\x46\0\0\x56\x46", 10);
    CD_PACKET(ide, 0xfffe, 0xbe, 0, 0, 0, 0, 0, 0, 0, 3, 0);
    cd_expect_good(ide); /* of nothing, nothing */
    ide_free(ide);
}
END_TEST

START_TEST(read_cd_refuses_what_is_not_there)
{
    struct ide *ide = cd_new_ready(SECTORS);

    for (uint8_t type = 1; type < 8; type++) { /* types of sector that this track has not */
        if (type == 2)
            continue;
        CD_PACKET(ide, 0xfffe, 0xbe, (uint8_t)(type << 2), 0, 0, 0, 0, 0, 0, 1, 0x10);
        cd_expect_sense(ide, 5, type < 6 ? 0x64 : 0x24, 0);
    }
    CD_PACKET(ide, 0xfffe, 0xbe, 0, 0, 0, 0, 0, 0, 0, 1, 0xf8, 1); /* raw sub-channels */
    cd_expect_sense(ide, 5, 0x24, 0);
    CD_PACKET(ide, 0xfffe, 0xbe, 0, 0, 0, 0x13, 0x87, 0, 0, 2, 0x10);
    cd_expect_sense(ide, 5, 0x21, 0);
    ide_free(ide);
}
END_TEST

START_TEST(read_cd_msf_goes_up_to_its_end)
{
    struct ide *ide = cd_new_ready(SECTORS);

    CD_PACKET(ide, 0xfffe, 0xb9, 0, 0, 0, 56, 46, 0, 56, 49, 0x10);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 3 * 2048);
    ck_assert_uint_eq(data[1], ide_pattern(4096 * 2048 + 1));
    CD_PACKET(ide, 0xfffe, 0xb9, 0, 0, 0, 56, 46, 0, 56, 45, 0x10);
    cd_expect_sense(ide, 5, 0x24, 0);
    CD_PACKET(ide, 0xfffe, 0xb9, 0, 0, 0, 1, 0, 0, 2, 0, 0x10); /* the lead-in */
    cd_expect_sense(ide, 5, 0x24, 0);
    ide_free(ide);
}
END_TEST

START_TEST(a_data_track_does_not_play)
{
    struct ide *ide = cd_new_ready(SECTORS);

    CD_PACKET(ide, 0, 0x45, 0, 0, 0, 0, 0, 0, 0, 9);
    cd_expect_sense(ide, 5, 0x64, 0);
    CD_PACKET(ide, 0, 0x45, 0, 0, 0, 0, 0, 0, 0, 0);
    cd_expect_good(ide);
    CD_PACKET(ide, 0, 0xa5, 0, 0, 0, 0, 0, 0, 0, 0, 9);
    cd_expect_sense(ide, 5, 0x64, 0);
    CD_PACKET(ide, 0, 0x47, 0, 0, 0, 2, 0, 0, 3, 0);
    cd_expect_sense(ide, 5, 0x64, 0);
    CD_PACKET(ide, 0, 0x47, 0, 0, 0, 3, 0, 0, 2, 0);
    cd_expect_sense(ide, 5, 0x24, 0);
    CD_PACKET(ide, 0, 0x48, 0, 0, 0, 1, 1, 0, 1, 1);
    cd_expect_sense(ide, 5, 0x64, 0);
    CD_PACKET(ide, 0, 0x48, 0, 0, 0, 2, 1, 0, 1, 1);
    cd_expect_sense(ide, 5, 0x24, 0);
    CD_PACKET(ide, 0, 0xba);
    cd_expect_sense(ide, 5, 0x64, 0);
    CD_PACKET(ide, 0, 0x4b, 0, 0, 0, 0, 0, 0, 0, 1);
    cd_expect_sense(ide, 5, 0x2c, 0);
    CD_PACKET(ide, 0, 0x4e);
    cd_expect_good(ide);
    CD_PACKET(ide, 0, 0xd8);
    cd_expect_sense(ide, 5, 0x20, 0);
    ide_free(ide);
}
END_TEST

/* ---- mode pages ---- */

START_TEST(mode_pages_in_both_forms)
{
    static const struct {
        uint8_t page, length;
    } pages[] = { { 0x01, 6 }, { 0x0d, 6 }, { 0x0e, 14 }, { 0x2a, 18 } };
    struct ide *ide = cd_new_ready(SECTORS);
    unsigned at = 8;

    for (unsigned i = 0; i < 4; i++) {
        unsigned size = 2u + pages[i].length;

        CD_PACKET(ide, 2048, 0x5a, 0, pages[i].page, 0, 0, 0, 0, 0, 255);
        ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 8 + size);
        ck_assert_uint_eq(big16(0), 6 + size);
        ck_assert_uint_eq(data[2], 1); /* a data disc of 120 mm */
        ck_assert_uint_eq(big16(6), 0);
        expect_bytes(8, &pages[i], 2);
        CD_PACKET(ide, 2048, 0x1a, 0, pages[i].page, 0, 255);
        ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 4 + size);
        ck_assert_uint_eq(data[0], 3 + size);
        expect_bytes(4, &pages[i], 2);
    }
    CD_PACKET(ide, 2048, 0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 255);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 8 + 8 + 8 + 16 + 20);
    for (unsigned i = 0; i < 4; at += 2u + pages[i++].length)
        expect_bytes(at, &pages[i], 2);
    CD_PACKET(ide, 2048, 0x5a, 0, 0xc1, 0, 0, 0, 0, 0, 255);
    cd_expect_sense(ide, 5, 0x39, 0); /* saved values */
    CD_PACKET(ide, 2048, 0x5a, 0, 0x30, 0, 0, 0, 0, 0, 255);
    cd_expect_sense(ide, 5, 0x24, 0);
    ide_free(ide);
}
END_TEST

static void select_page(struct ide *ide, const uint8_t *page, unsigned size)
{
    uint8_t list[64] = { 0 };

    memcpy(list + 8, page, size);
    CD_PACKET(ide, 2048, 0x55, 0x10, 0, 0, 0, 0, 0, 0, (uint8_t)(8 + size));
    cd_wait(ide);
    ck_assert_uint_eq(ide_in(ide, 7), 0x58);
    ck_assert_uint_eq(ide_in(ide, 2) & 7, 0); /* data to the drive */
    ck_assert_uint_eq(ide_in(ide, 4), 8 + size);
    ide_write_words(ide, list, 8 + size);
}

START_TEST(mode_select_changes_what_can_be_changed)
{
    static const uint8_t volume[16] = {
        0x0e, 14, 0xff, 0, 0, 0, 0, 0, 1, 99, 2, 98, 0x0f, 7, 3, 4
    };
    static const uint8_t recovery[8] = { 0x01, 6, 0xff, 5 }, abilities[20] = { 0x2a, 18 };
    struct ide *ide = cd_new_ready(SECTORS);

    select_page(ide, volume, 16);
    cd_expect_good(ide);
    CD_PACKET(ide, 2048, 0x5a, 0, 0x0e, 0, 0, 0, 0, 0, 255);
    cd_take(ide, data, sizeof(data), NULL);
    expect_bytes(8, "\x0e\x0e\6\0\0\0\0\0\1\x63\2\x62\0\0\0\0", 16);
    CD_PACKET(ide, 2048, 0x5a, 0, 0x8e, 0, 0, 0, 0, 0, 255); /* the defaults are as they were */
    cd_take(ide, data, sizeof(data), NULL);
    expect_bytes(8, "\x0e\x0e\4\0\0\0\0\0\1\xff\2\xff\0\0\0\0", 16);
    CD_PACKET(ide, 2048, 0x5a, 0, 0x4e, 0, 0, 0, 0, 0, 255); /* a mask */
    cd_take(ide, data, sizeof(data), NULL);
    expect_bytes(16, "\x0f\xff\x0f\xff\0\0\0\0", 8);
    select_page(ide, recovery, 8);
    cd_expect_good(ide);
    CD_PACKET(ide, 2048, 0x1a, 0, 0x01, 0, 255);
    cd_take(ide, data, sizeof(data), NULL);
    expect_bytes(4, "\1\6\x3d\5", 4);
    select_page(ide, abilities, 20);
    cd_expect_sense(ide, 5, 0x26, 0);
    select_page(ide, recovery, 6); /* the list ends within the page */
    cd_expect_sense(ide, 5, 0x1a, 0);
    CD_PACKET(ide, 2048, 0x55, 0x11, 0, 0, 0, 0, 0, 0, 16);
    cd_expect_sense(ide, 5, 0x24, 0); /* pages cannot be saved */
    ide_free(ide);
}
END_TEST

/* ---- features ---- */

START_TEST(configuration_lists_features)
{
    struct ide *ide = cd_new_ready(SECTORS);

    CD_PACKET(ide, 2048, 0x46, 0, 0, 0, 0, 0, 0, 1, 0);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 8 + 8 * 5 + 12);
    expect_bytes(0, "\0\0\0\x38\0\0\0\x08\0\0\3\4\0\x08\1\0", 16);
    CD_PACKET(ide, 2048, 0x46, 2, 0, 0x1e, 0, 0, 0, 1, 0); /* one of them */
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 16);
    expect_bytes(8, "\0\x1e\1\4", 4);
    CD_PACKET(ide, 2048, 0x46, 0, 0, 0x10, 0, 0, 0, 1, 0); /* from one on */
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 8 + 12 + 8);
    CD_PACKET(ide, 2048, 0x46, 3, 0, 0, 0, 0, 0, 1, 0);
    cd_expect_sense(ide, 5, 0x24, 0);
    ide_free(ide);
    ide = cd_new(0, false);
    CD_PACKET(ide, 2048, 0x46, 1, 0, 0, 0, 0, 0, 1, 0); /* the current ones without a disc */
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 8 + 4 * 8);
    ck_assert_uint_eq(big16(6), 0);
    ide_free(ide);
}
END_TEST

START_TEST(events_are_polled_for)
{
    struct ide *ide = cd_new_ready(SECTORS);

    CD_PACKET(ide, 64, 0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8); /* not without polling */
    cd_expect_sense(ide, 5, 0x24, 0);
    CD_PACKET(ide, 64, 0x4a, 1, 0, 0, 0x04, 0, 0, 0, 8);
    ck_assert_uint_eq(cd_take(ide, data, sizeof(data), NULL), 4);
    expect_bytes(0, "\0\2\x80\x10", 4);
    ide_free(ide);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("atapi commands");

    CHECK_CASE(suite, "contents", toc_has_one_data_track_and_the_lead_out, toc_formats_1_and_2,
               subchannel_and_header_tell_the_place, disc_and_track_information);
    CHECK_CASE(suite, "raw", read_cd_gives_whole_sectors,
               read_cd_gives_the_fields_that_are_asked_for, read_cd_refuses_what_is_not_there,
               read_cd_msf_goes_up_to_its_end, a_data_track_does_not_play);
    CHECK_CASE(suite, "mode", mode_pages_in_both_forms, mode_select_changes_what_can_be_changed);
    CHECK_CASE(suite, "features", configuration_lists_features, events_are_polled_for);
    return check_main(suite);
}
