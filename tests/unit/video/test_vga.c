/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA registers, memory paths, beam, dispi extension, PCI function. */
#include <string.h>

#include "devices/video/vga.h"
#include "devices/video/vga_chip.h"
#include "tests/check_main.h"
#include "tests/unit/video/chip_vga.h"
#include "tests/unit/video/vga_bench.h"

/* ---- registers ---- */

START_TEST(crtc_answers_at_3bx_or_3dx_as_misc_bit_0_says)
{
    struct vga_bench v = vb_new();

    vb_out(&v, 0x3c2, 0x67);
    vb_set(&v, 0x3d4, 0x0e, 0x12);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0x0e), 0x12);
    ck_assert_uint_eq(vb_in(&v, 0x3b5), 0xff);
    vb_set(&v, 0x3b4, 0x0e, 0x55);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0x0e), 0x12);
    vb_out(&v, 0x3c2, 0x66);
    ck_assert_uint_eq(vb_in(&v, 0x3d5), 0xff);
    ck_assert_uint_eq(vb_get(&v, 0x3b4, 0x0e), 0x12);
    ck_assert_uint_eq(vb_in(&v, 0x3da), 0xff);
    ck_assert_uint_eq(vb_in(&v, 0x3cc), 0x66);
    vb_free(&v);
}
END_TEST

START_TEST(protect_bit_locks_crtc_0_to_7_except_line_compare_bit_8)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0x11), 0x8e);
    vb_set(&v, 0x3d4, 0, 0x11);
    vb_set(&v, 0x3d4, 6, 0x11);
    vb_set(&v, 0x3d4, 7, 0x00);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0), 0x5f);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 6), 0xbf);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 7), 0x0f);
    vb_set(&v, 0x3d4, 8, 0x11);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 8), 0x11);
    vb_set(&v, 0x3d4, 0x11, 0x0e);
    vb_set(&v, 0x3d4, 0, 0x11);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0), 0x11);
    vb_free(&v);
}
END_TEST

START_TEST(a_mode_may_be_set_before_misc_selects_the_crtc_address)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 7);
    vb_set(&v, 0x3d4, 0x0f, 0x55); /* looking for another adapter: nothing happens */
    ck_assert_uint_eq(vb_in(&v, 0x3d5), 0xff);
    ck_assert_uint_eq(vb_get(&v, 0x3b4, 0x0f), 0);
    vb_out(&v, 0x3c0, 0x05);
    ck_assert_uint_eq(vb_in(&v, 0x3da), 0xff);
    vb_out(&v, 0x3c0, 0x06); /* an index again */
    vb_out(&v, 0x3c0, 0x2a);
    ck_assert_uint_eq(vb_in(&v, 0x3c1), 0x2a);
    vb_set(&v, 0x3d4, 0x11, 0x0e);
    vb_set(&v, 0x3d4, 0x12, 0xdf);
    vb_set(&v, 0x3d4, 0x11, 0x8c);
    vb_out(&v, 0x3c2, 0x67);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0x12), 0xdf);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0x11), 0x8c);
    vb_set(&v, 0x3b4, 0x12, 0x11); /* closed again */
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0x12), 0xdf);
    vb_free(&v);
}
END_TEST

START_TEST(reserved_indices_read_ff_and_are_no_aliases)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    for (unsigned i = 5; i < 256; i++) {
        vb_set(&v, 0x3c4, (uint8_t)i, 0);
        ck_assert_uint_eq(vb_in(&v, 0x3c5), 0xff);
    }
    for (unsigned i = 9; i < 256; i++) {
        vb_set(&v, 0x3ce, (uint8_t)i, 0);
        ck_assert_uint_eq(vb_in(&v, 0x3cf), 0xff);
    }
    for (unsigned i = 25; i < 256; i++)
        if (i != 0x22 && i != 0x24 && i != 0x26) {
            vb_set(&v, 0x3d4, (uint8_t)i, 0);
            ck_assert_uint_eq(vb_in(&v, 0x3d5), 0xff);
        }
    ck_assert_uint_eq(vb_get(&v, 0x3c4, 2), 3);
    ck_assert_uint_eq(vb_get(&v, 0x3ce, 8), 0xff);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 1), 0x4f);
    ck_assert_uint_eq(vb_in(&v, 0x3cb), 0xff);
    vb_free(&v);
}
END_TEST

START_TEST(unused_register_bits_read_0)
{
    struct vga_bench v = vb_new();

    vb_out(&v, 0x3c2, 0x01);
    vb_set(&v, 0x3c4, 1, 0xff);
    vb_set(&v, 0x3ce, 5, 0xff);
    vb_set(&v, 0x3d4, 0x17, 0xff);
    vb_attr(&v, 0x10, 0xff);
    ck_assert_uint_eq(vb_get(&v, 0x3c4, 1), 0x3d);
    ck_assert_uint_eq(vb_get(&v, 0x3ce, 5), 0x7b);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0x17), 0xef);
    vb_in(&v, 0x3da);
    vb_out(&v, 0x3c0, 0x30);
    ck_assert_uint_eq(vb_in(&v, 0x3c1), 0xef);
    ck_assert_uint_eq(vb_in(&v, 0x3c0), 0x30);
    vb_free(&v);
}
END_TEST

START_TEST(attribute_writes_alternate_between_index_and_data)
{
    struct vga_bench v = vb_new();

    vb_out(&v, 0x3c2, 0x67);
    vb_in(&v, 0x3da);
    vb_out(&v, 0x3c0, 0x05);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0x24), 0x80);
    vb_out(&v, 0x3c0, 0x2a);
    vb_out(&v, 0x3c0, 0x06);
    vb_out(&v, 0x3c0, 0x2b);
    vb_out(&v, 0x3c0, 0x05);
    ck_assert_uint_eq(vb_in(&v, 0x3c1), 0x2a);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0x26), 0x05);
    vb_in(&v, 0x3da); /* reading status 1 makes the next write an index */
    vb_out(&v, 0x3c0, 0x06);
    ck_assert_uint_eq(vb_in(&v, 0x3c1), 0x2b);
    vb_out(&v, 0x3c0, 0x11);
    vb_out(&v, 0x3c0, 0x1f);
    ck_assert_uint_eq(vb_in(&v, 0x3c1), 0xff);
    vb_free(&v);
}
END_TEST

START_TEST(dac_writes_arrive_with_the_third_value_and_step_on)
{
    struct vga_bench v = vb_new();

    vb_dac(&v, 7, 1, 2, 3);
    vb_out(&v, 0x3c9, 0xff);
    vb_out(&v, 0x3c9, 0x3e);
    vb_out(&v, 0x3c7, 8); /* two values of colour 8 are lost */
    ck_assert_uint_eq(vb_in(&v, 0x3c9), 0);
    vb_dac(&v, 8, 0xff, 0x7e, 5);
    ck_assert_uint_eq(vb_in(&v, 0x3c8), 9);
    vb_out(&v, 0x3c7, 7);
    ck_assert_uint_eq(vb_in(&v, 0x3c8), 8); /* colour 7 is fetched already */
    for (unsigned i = 1; i <= 3; i++)
        ck_assert_uint_eq(vb_in(&v, 0x3c9), i);
    ck_assert_uint_eq(vb_in(&v, 0x3c9), 0x3f); /* six bits */
    ck_assert_uint_eq(vb_in(&v, 0x3c9), 0x3e);
    ck_assert_uint_eq(vb_in(&v, 0x3c9), 5);
    vb_free(&v);
}
END_TEST

START_TEST(dac_state_tells_reading_from_writing)
{
    struct vga_bench v = vb_new();

    vb_out(&v, 0x3c7, 1);
    ck_assert_uint_eq(vb_in(&v, 0x3c7), 3);
    vb_out(&v, 0x3c8, 1);
    ck_assert_uint_eq(vb_in(&v, 0x3c7), 0);
    ck_assert_uint_eq(vb_in(&v, 0x3c6), 0xff);
    vb_out(&v, 0x3c6, 0x0f);
    ck_assert_uint_eq(vb_in(&v, 0x3c6), 0x0f);
    vb_free(&v);
}
END_TEST

START_TEST(dac_takes_8_bits_if_dispi_says_so)
{
    struct vga_bench v = vb_new();

    vb_dispi(&v, 4, 0x20);
    vb_dac(&v, 255, 0xff, 0x81, 0x40);
    vb_out(&v, 0x3c7, 255);
    ck_assert_uint_eq(vb_in(&v, 0x3c9), 0xff);
    ck_assert_uint_eq(vb_in(&v, 0x3c9), 0x81);
    ck_assert_uint_eq(vb_in(&v, 0x3c9), 0x40);
    ck_assert_uint_eq(vb_in(&v, 0x3c8), 1); /* 255, then 0 was fetched */
    vb_free(&v);
}
END_TEST

START_TEST(feature_control_is_read_at_3ca)
{
    struct vga_bench v = vb_new();

    vb_out(&v, 0x3c2, 0x67);
    vb_out(&v, 0x3da, 0xff);
    ck_assert_uint_eq(vb_in(&v, 0x3ca), 0x0b);
    vb_out(&v, 0x3c3, 0);
    ck_assert_uint_eq(vb_in(&v, 0x3c3), 0);
    ck_assert_uint_eq(vb_in(&v, 0x3c4), 0);
    vb_free(&v);
}
END_TEST

/* ---- the beam ---- */

static unsigned count_retraces(struct vga_bench *v, unsigned us)
{
    unsigned count = 0, was = 8;

    for (unsigned i = 0; i < us / 20; i++) {
        unsigned is = vb_in(v, 0x3da) & 8;

        count += is && !was;
        was = is;
        bench_run(v->b, 20000);
    }
    return count;
}

START_TEST(retrace_comes_at_70_hz_in_400_and_60_hz_in_480_lines)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    ck_assert_uint_eq(count_retraces(&v, 10000000), 700);
    vb_mode(&v, 0x12);
    ck_assert_uint_eq(count_retraces(&v, 10000000), 599);
    vb_mode(&v, 0x13);
    ck_assert_uint_eq(count_retraces(&v, 10000000), 700);
    vb_vbe(&v, 640, 480, 16);
    ck_assert_uint_eq(count_retraces(&v, 10000000), 600);
    vb_free(&v);
}
END_TEST

START_TEST(display_enable_follows_the_lines)
{
    struct vga_bench v = vb_new();
    unsigned lines = 0, was = 1;

    vb_mode(&v, 0x12); /* one frame: 480 lines that start and end, of 525 */
    for (unsigned i = 0; i < 800 * 525 / 4; i++) {
        unsigned is = vb_in(&v, 0x3da) & 1;

        lines += was && !is;
        was = is;
        bench_run(v.b, 159); /* four dots, rounded up */
    }
    ck_assert_uint_ge(lines, 480);
    ck_assert_uint_le(lines, 482);
    vb_free(&v);
}
END_TEST

START_TEST(a_new_timing_starts_a_new_frame)
{
    struct vga_bench v = vb_new();

    bench_run(v.b, 123456789);
    vb_mode(&v, 0x12);
    ck_assert_uint_eq(vb_in(&v, 0x3da) & 9, 0);
    bench_run(v.b, 480 * 31778 + 5 * 31778); /* lines 480-489 are border, 490 and 491 retrace */
    ck_assert_uint_eq(vb_in(&v, 0x3da) & 9, 1);
    bench_run(v.b, 6 * 31778);
    ck_assert_uint_eq(vb_in(&v, 0x3da) & 9, 9);
    bench_run(v.b, 2 * 31778);
    ck_assert_uint_eq(vb_in(&v, 0x3da) & 9, 1);
    vb_free(&v);
}
END_TEST

START_TEST(vertical_interrupt_flag_is_set_after_the_picture_and_cleared_by_bit_4)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_set(&v, 0x3d4, 0x11, 0x0c);
    ck_assert_uint_eq(vb_in(&v, 0x3c2) & 0x80, 0);
    bench_run(v.b, 40000000);
    ck_assert_uint_eq(vb_in(&v, 0x3c2) & 0x80, 0);
    vb_set(&v, 0x3d4, 0x11, 0x1c);
    ck_assert_uint_eq(vb_in(&v, 0x3c2) & 0x80, 0);
    bench_run(v.b, 17000000);
    ck_assert_uint_eq(vb_in(&v, 0x3c2) & 0x80, 0x80);
    vb_set(&v, 0x3d4, 0x11, 0x0c);
    ck_assert_uint_eq(vb_in(&v, 0x3c2) & 0x80, 0);
    vb_free(&v);
}
END_TEST

START_TEST(retrace_lasts_until_the_lower_four_bits_match)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_set(&v, 0x3d4, 0x11, 0x0a); /* start is 1EAh: 16 lines */
    bench_run(v.b, 490 * 31778 + 1000);
    ck_assert_uint_eq(vb_in(&v, 0x3da) & 8, 8);
    bench_run(v.b, 15 * 31778);
    ck_assert_uint_eq(vb_in(&v, 0x3da) & 8, 8);
    bench_run(v.b, 31778);
    ck_assert_uint_eq(vb_in(&v, 0x3da) & 8, 0);
    vb_free(&v);
}
END_TEST

START_TEST(sense_bit_compares_the_dac_outputs)
{
    struct vga_bench v = vb_new();

    vb_dac(&v, 0, 4, 4, 4);
    ck_assert_uint_eq(vb_in(&v, 0x3c2) & 0x10, 0x10);
    vb_dac(&v, 0, 0x3f, 0x3f, 0x3f);
    ck_assert_uint_eq(vb_in(&v, 0x3c2) & 0x10, 0);
    vb_free(&v);
}
END_TEST

START_TEST(next_retrace_is_where_status_1_shows_it)
{
    struct vga_bench v = vb_new();
    struct board *board = v.b->board;
    uint64_t at, now;

    vb_mode(&v, 3);
    bench_run(v.b, 333333);
    now = vclock_now(board->clock);
    at = board->screen->next_retrace(board->screen_ctx, now);
    ck_assert_uint_gt(at, now);
    ck_assert_uint_lt(at, now + 14300000);
    bench_run(v.b, at - now - 40);
    ck_assert_uint_eq(vb_in(&v, 0x3da) & 8, 0);
    bench_run(v.b, 40);
    ck_assert_uint_eq(vb_in(&v, 0x3da) & 8, 8);
    ck_assert_uint_gt(board->screen->next_retrace(board->screen_ctx, at), at + 14000000);
    vb_set(&v, 0x3d4, 0x17, 0x23); /* no sync: still some time or other */
    ck_assert_uint_gt(board->screen->next_retrace(board->screen_ctx, at), at);
    vb_free(&v);
}
END_TEST

/* ---- memory ---- */

START_TEST(memory_maps_of_graphics_register_6)
{
    static const struct {
        uint8_t value;
        uint32_t first, last;
    } maps[] = { { 0x01, 0xa0000, 0xbffff },
                 { 0x05, 0xa0000, 0xaffff },
                 { 0x09, 0xb0000, 0xb7fff },
                 { 0x0d, 0xb8000, 0xbffff } };
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    for (unsigned i = 0; i < 4; i++) {
        vb_set(&v, 0x3ce, 6, maps[i].value);
        for (uint32_t at = 0xa0000; at < 0xc0000; at += 0x4000) {
            bool inside = at >= maps[i].first && at <= maps[i].last;
            uint32_t word = (at - maps[i].first) & 0xffff;

            memset(v.vram, 0x5a, 4 * 65536);
            ck_assert_uint_eq(vb_read(&v, at), inside ? 0x5a : 0xff);
            vb_write(&v, at, 0x11);
            ck_assert_uint_eq(vb_plane(&v, 0, word), inside ? 0x11 : 0x5a);
        }
        ck_assert_uint_eq(mem_read(v.memory, maps[i].last, 1), 0x5a);
    }
    vb_out(&v, 0x3c2, 0xe1); /* RAM disabled */
    ck_assert_uint_eq(vb_read(&v, 0xb8000), 0xff);
    vb_write(&v, 0xb8004, 0x22);
    ck_assert_uint_eq(vb_plane(&v, 0, 4), 0x5a);
    vb_free(&v);
}
END_TEST

START_TEST(map_mask_selects_the_planes_written)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_set(&v, 0x3c4, 2, 0x05);
    vb_write(&v, 0xa0010, 0xc3);
    ck_assert_uint_eq(vb_plane(&v, 0, 0x10), 0xc3);
    ck_assert_uint_eq(vb_plane(&v, 1, 0x10), 0x00);
    ck_assert_uint_eq(vb_plane(&v, 2, 0x10), 0xc3);
    ck_assert_uint_eq(vb_plane(&v, 3, 0x10), 0x00);
    vb_set(&v, 0x3ce, 4, 2);
    ck_assert_uint_eq(vb_read(&v, 0xa0010), 0xc3);
    ck_assert_uint_eq(vb_get(&v, 0x3d4, 0x22), 0xc3);
    vb_set(&v, 0x3ce, 4, 3);
    ck_assert_uint_eq(vb_read(&v, 0xa0010), 0x00);
    vb_free(&v);
}
END_TEST

START_TEST(write_mode_0_rotates_sets_and_combines_with_the_latches)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_set(&v, 0x3c4, 2, 0x0f);
    vb_set(&v, 0x3ce, 3, 3); /* rotate by 3 */
    vb_write(&v, 0xa0000, 0x85);
    ck_assert_uint_eq(vb_plane(&v, 0, 0), 0xb0);
    vb_set(&v, 0x3ce, 3, 0);
    vb_set(&v, 0x3ce, 0, 0x02); /* set/reset: plane 1 set, plane 0 reset, others from the CPU */
    vb_set(&v, 0x3ce, 1, 0x03);
    vb_write(&v, 0xa0001, 0x3c);
    ck_assert_uint_eq(vb_plane(&v, 0, 1), 0x00);
    ck_assert_uint_eq(vb_plane(&v, 1, 1), 0xff);
    ck_assert_uint_eq(vb_plane(&v, 2, 1), 0x3c);
    vb_set(&v, 0x3ce, 1, 0);
    vb_set(&v, 0x3ce, 8, 0xf0); /* the lower half comes from the latch */
    vb_put_plane(&v, 3, 2, 0x99);
    vb_read(&v, 0xa0002);
    vb_write(&v, 0xa0003, 0x66);
    ck_assert_uint_eq(vb_plane(&v, 3, 3), 0x69);
    ck_assert_uint_eq(vb_plane(&v, 0, 3), 0x60);
    vb_free(&v);
}
END_TEST

START_TEST(function_select_ands_ors_and_xors_with_the_latches)
{
    static const uint8_t expected[4] = { 0x5c, 0x5c & 0x36, 0x5c | 0x36, 0x5c ^ 0x36 };
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_put_plane(&v, 2, 0, 0x36);
    for (unsigned f = 0; f < 4; f++) {
        vb_set(&v, 0x3ce, 3, (uint8_t)(f << 3));
        vb_read(&v, 0xa0000);
        vb_write(&v, 0xa0100, 0x5c);
        ck_assert_uint_eq(vb_plane(&v, 2, 0x100), expected[f]);
    }
    vb_free(&v);
}
END_TEST

START_TEST(write_mode_1_copies_the_latches)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    for (unsigned p = 0; p < 4; p++)
        vb_put_plane(&v, p, 0x200, (uint8_t)(0x11 * (p + 1)));
    vb_set(&v, 0x3ce, 8, 0x0f); /* the bit mask does not matter */
    vb_set(&v, 0x3ce, 5, 1);
    vb_read(&v, 0xa0200);
    vb_write(&v, 0xa0300, 0xee);
    for (unsigned p = 0; p < 4; p++)
        ck_assert_uint_eq(vb_plane(&v, p, 0x300), 0x11 * (p + 1));
    vb_free(&v);
}
END_TEST

START_TEST(write_mode_2_takes_a_colour_from_the_cpu)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_set(&v, 0x3ce, 5, 2);
    vb_set(&v, 0x3ce, 8, 0x81);
    vb_read(&v, 0xa0000);
    vb_write(&v, 0xa0000, 0xfa);
    ck_assert_uint_eq(vb_plane(&v, 0, 0), 0x00);
    ck_assert_uint_eq(vb_plane(&v, 1, 0), 0x81);
    ck_assert_uint_eq(vb_plane(&v, 2, 0), 0x00);
    ck_assert_uint_eq(vb_plane(&v, 3, 0), 0x81);
    vb_free(&v);
}
END_TEST

START_TEST(write_mode_3_masks_set_reset_by_cpu_data_and_bit_mask)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    memset(v.vram, 0xff, 16);
    vb_set(&v, 0x3ce, 5, 3);
    vb_set(&v, 0x3ce, 0, 0x05);
    vb_set(&v, 0x3ce, 1, 0x00); /* enable set/reset does not matter */
    vb_set(&v, 0x3ce, 8, 0x3c);
    vb_set(&v, 0x3ce, 3, 4);
    vb_read(&v, 0xa0000);
    vb_write(&v, 0xa0001, 0xf1); /* rotated: 1Fh; with the mask: 1Ch */
    ck_assert_uint_eq(vb_plane(&v, 0, 1), 0xff);
    ck_assert_uint_eq(vb_plane(&v, 1, 1), 0xe3);
    ck_assert_uint_eq(vb_plane(&v, 2, 1), 0xff);
    ck_assert_uint_eq(vb_plane(&v, 3, 1), 0xe3);
    vb_free(&v);
}
END_TEST

START_TEST(read_mode_1_compares_colours)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x12);
    vb_put_plane(&v, 0, 0, 0xf0);
    vb_put_plane(&v, 1, 0, 0xcc);
    vb_put_plane(&v, 2, 0, 0xaa);
    vb_set(&v, 0x3ce, 5, 8);
    vb_set(&v, 0x3ce, 2, 0x03);
    vb_set(&v, 0x3ce, 7, 0x0f);
    ck_assert_uint_eq(vb_read(&v, 0xa0000), 0x40); /* colour 3 exactly */
    vb_set(&v, 0x3ce, 7, 0x03);
    ck_assert_uint_eq(vb_read(&v, 0xa0000), 0xc0); /* planes 2 and 3 do not matter */
    vb_set(&v, 0x3ce, 7, 0x00);
    ck_assert_uint_eq(vb_read(&v, 0xa0000), 0xff);
    vb_free(&v);
}
END_TEST

START_TEST(odd_even_puts_characters_in_plane_0_and_attributes_in_plane_1)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    mem_write(v.memory, 0xb8002, 0x1f41, 2);
    ck_assert_uint_eq(vb_plane(&v, 0, 2), 0x41);
    ck_assert_uint_eq(vb_plane(&v, 1, 2), 0x1f);
    ck_assert_uint_eq(mem_read(v.memory, 0xb8002, 2), 0x1f41);
    mem_write(v.memory, 0xb8004, 0x07420743, 4);
    ck_assert_uint_eq(mem_read(v.memory, 0xb8004, 4), 0x07420743);
    ck_assert_uint_eq(mem_read(v.memory, 0xb8003, 4), 0x4207431f);
    ck_assert_uint_eq(mem_read(v.memory, 0xb0000, 2), 0xffff);
    vb_put_plane(&v, 2, 2, 0x3c);
    vb_set(&v, 0x3ce, 4, 2); /* read map: planes 2 and 3 */
    ck_assert_uint_eq(vb_read(&v, 0xb8002), 0x3c);
    vb_set(&v, 0x3ce, 4, 0);
    vb_out(&v, 0x3c2, 0x47); /* the other page: odd addresses of the planes */
    vb_write(&v, 0xb8000, 0x44);
    ck_assert_uint_eq(vb_plane(&v, 0, 1), 0x44);
    vb_set(&v, 0x3ce, 6, 0x02); /* 128 KB: A16 is the lowest bit */
    vb_write(&v, 0xb8006, 0x55);
    ck_assert_uint_eq(vb_plane(&v, 0, 0x8007), 0x55);
    vb_write(&v, 0xa8006, 0x66);
    ck_assert_uint_eq(vb_plane(&v, 0, 0x8006), 0x66);
    vb_set(&v, 0x3ce, 6, 0x0c); /* no chain: A0 stays in the address */
    vb_write(&v, 0xb8007, 0x77);
    ck_assert_uint_eq(vb_plane(&v, 1, 7), 0x77);
    vb_free(&v);
}
END_TEST

START_TEST(fonts_are_written_to_plane_2_sequentially)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 3);
    vb_set(&v, 0x3c4, 2, 4);
    vb_set(&v, 0x3c4, 4, 6);
    vb_set(&v, 0x3ce, 5, 0);
    vb_set(&v, 0x3ce, 6, 4);
    vb_write(&v, 0xa0821, 0x7e);
    ck_assert_uint_eq(vb_plane(&v, 2, 0x821), 0x7e);
    ck_assert_uint_eq(vb_plane(&v, 0, 0x821), 0);
    vb_free(&v);
}
END_TEST

START_TEST(chain_4_is_linear_and_mapped_as_ram_while_writes_pass_unchanged)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x13);
    ck_assert_ptr_eq(mem_page(v.memory, 0xa0000)->write, v.vram);
    ck_assert_ptr_eq(mem_page(v.memory, 0xaf000)->read, v.vram + 0xf000);
    ck_assert_ptr_null(mem_page(v.memory, 0xb0000)->write);
    vb_write(&v, 0xa0007, 0x99);
    ck_assert_uint_eq(v.vram[7], 0x99);
    vb_set(&v, 0x3c4, 2, 0x03);
    ck_assert_ptr_null(mem_page(v.memory, 0xa0000)->write);
    mem_write(v.memory, 0xa0004, 0x04030201, 4);
    ck_assert_uint_eq(vb_plane(&v, 0, 1), 1);
    ck_assert_uint_eq(vb_plane(&v, 1, 1), 2);
    ck_assert_uint_eq(vb_plane(&v, 2, 1), 0);
    ck_assert_uint_eq(vb_plane(&v, 3, 1), 0x99);
    vb_set(&v, 0x3c4, 2, 0x0f);
    ck_assert_ptr_eq(mem_page(v.memory, 0xa0000)->write, v.vram);
    vb_set(&v, 0x3ce, 8, 0x0f);
    vb_write(&v, 0xa0008, 0xff);
    ck_assert_uint_eq(v.vram[8], 0x0f);
    ck_assert_uint_eq(vb_read(&v, 0xa0007), 0x99);
    vb_set(&v, 0x3ce, 8, 0xff);
    vb_set(&v, 0x3ce, 5, 0x41); /* write mode 1: the latches, loaded by chain-4 reads */
    vb_read(&v, 0xa0007);
    vb_write(&v, 0xa000f, 0);
    ck_assert_uint_eq(v.vram[15], 0x99);
    vb_free(&v);
}
END_TEST

START_TEST(all_of_128_kb_is_seen_by_handlers_in_chain_4)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, 0x13);
    vb_set(&v, 0x3ce, 6, 1);
    ck_assert_ptr_null(mem_page(v.memory, 0xa0000)->write);
    vb_write(&v, 0xb8001, 0x31);
    ck_assert_uint_eq(v.vram[0x18001], 0x31);
    ck_assert_uint_eq(vb_read(&v, 0xb8001), 0x31);
    vb_free(&v);
}
END_TEST

static unsigned changes;

static void count_change(void *ctx)
{
    (void)ctx;
    changes++;
}

START_TEST(flipping_the_map_mask_does_not_remap_for_ever)
{
    struct vga_bench v = vb_new();
    struct board *board = v.b->board;

    vb_mode(&v, 0x13);
    mem_set_listener(v.memory, count_change, NULL, NULL);
    changes = 0;
    for (unsigned i = 0; i < 10000; i++) {
        vb_set(&v, 0x3c4, 2, i & 1 ? 0x0f : 0x01);
        vb_write(&v, 0xa0001, (uint8_t)i); /* plane 1: only while all are enabled */
        ck_assert_uint_eq(v.vram[1], (uint8_t)(i & 1 ? i : i - 1) * (i > 0));
    }
    ck_assert_uint_lt(changes, 200);
    ck_assert_ptr_null(mem_page(v.memory, 0xa0000)->write);
    bench_run(v.b, 100000000);
    vb_draw(&v, true); /* calm again: mapped */
    ck_assert_ptr_nonnull(mem_page(v.memory, 0xa0000)->write);
    changes = 0;
    vb_set(&v, 0x3c4, 4, 6); /* mode X never maps */
    for (unsigned i = 0; i < 1000; i++)
        vb_set(&v, 0x3c4, 2, (uint8_t)(1 << (i & 3)));
    ck_assert_uint_le(changes, 1);
    ck_assert_uint_eq(v.mode.width, 320);
    mem_set_listener(board->memory, NULL, NULL, NULL);
    vb_free(&v);
}
END_TEST

START_TEST(unchained_planes_are_written_by_map_mask)
{
    struct vga_bench v = vb_new();

    vb_mode(&v, MODE_X);
    vb_set(&v, 0x3c4, 2, 2);
    vb_write(&v, 0xaffff, 0x12);
    ck_assert_uint_eq(v.vram[4 * 0xffff + 1], 0x12);
    vb_free(&v);
}
END_TEST

/* ---- dispi ---- */

START_TEST(dispi_registers_answer)
{
    struct vga_bench v = vb_new();

    ck_assert_uint_eq(vb_dispi_get(&v, 0), 0xb0c5);
    vb_dispi(&v, 0, 0xb0c2);
    ck_assert_uint_eq(vb_dispi_get(&v, 0), 0xb0c2);
    vb_dispi(&v, 0, 0x1234);
    ck_assert_uint_eq(vb_dispi_get(&v, 0), 0xb0c2);
    ck_assert_uint_eq(vb_dispi_get(&v, 10), VB_VRAM / 65536);
    vb_dispi(&v, 4, 2);
    ck_assert_uint_eq(vb_dispi_get(&v, 1), SCREEN_MAX_W);
    ck_assert_uint_eq(vb_dispi_get(&v, 2), SCREEN_MAX_H);
    ck_assert_uint_eq(vb_dispi_get(&v, 3), 32);
    vb_dispi(&v, 4, 0);
    ck_assert_uint_eq(vb_dispi_get(&v, 1), 0);
    ck_assert_uint_eq(vb_dispi_get(&v, 11), 0);
    bench_out(v.b, 0x1ce, 3, 2);
    bench_out(v.b, 0x1d0, 16, 2); /* the aligned data port */
    ck_assert_uint_eq(bench_in(v.b, 0x1d0, 2), 16);
    ck_assert_uint_eq(bench_in(v.b, 0x1ce, 2), 3);
    vb_free(&v);
}
END_TEST

START_TEST(enabling_sets_virtual_size_and_clears_the_picture)
{
    struct vga_bench v = vb_new();

    memset(v.vram, 0xee, VB_VRAM);
    vb_mode(&v, 3);
    memset(v.vram, 0xee, VB_VRAM);
    vb_dispi(&v, 8, 55);
    vb_dispi(&v, 1, 640);
    vb_dispi(&v, 2, 400);
    vb_dispi(&v, 3, 8);
    vb_dispi(&v, 4, 0xc1);
    ck_assert_uint_eq(v.vram[0], 0xee); /* bit 7: not cleared */
    ck_assert_uint_eq(vb_dispi_get(&v, 6), 640);
    ck_assert_uint_eq(vb_dispi_get(&v, 7), VB_VRAM / 640);
    ck_assert_uint_eq(vb_dispi_get(&v, 8), 0);
    vb_dispi(&v, 4, 0);
    vb_dispi(&v, 4, 0x41);
    ck_assert_uint_eq(v.vram[640 * 400 - 1], 0);
    ck_assert_uint_eq(v.vram[640 * 400], 0xee);
    vb_dispi(&v, 6, 1024);
    ck_assert_uint_eq(vb_dispi_get(&v, 6), 1024);
    ck_assert_uint_eq(vb_dispi_get(&v, 7), 1024);
    vb_dispi(&v, 6, 8); /* not narrower than the screen */
    ck_assert_uint_eq(vb_dispi_get(&v, 6), 640);
    vb_free(&v);
}
END_TEST

START_TEST(sizes_that_do_not_fit_are_cut)
{
    struct vga_bench v = vb_new();

    vb_vbe(&v, 2047, 2048, 32); /* 1 MB: 128 lines of 8,160 bytes */
    ck_assert_uint_eq(vb_dispi_get(&v, 1), 2040);
    ck_assert_uint_eq(vb_dispi_get(&v, 2), VB_VRAM / 8160);
    vb_vbe(&v, 0, 0, 0);
    ck_assert_uint_eq(vb_dispi_get(&v, 1), 8);
    ck_assert_uint_eq(vb_dispi_get(&v, 2), 1);
    ck_assert_uint_eq(vb_dispi_get(&v, 3), 8);
    vb_free(&v);
}
END_TEST

START_TEST(sizes_no_mode_has_are_refused)
{
    struct vga_bench v = vb_new();

    vb_vbe(&v, 640, 480, 16);
    for (unsigned on = 0; on < 2; on++) {
        vb_dispi(&v, 4, on ? 0x41 : 0);
        vb_dispi(&v, 1, SCREEN_MAX_W + 1);
        vb_dispi(&v, 2, SCREEN_MAX_H + 1);
        vb_dispi(&v, 3, 17);
        ck_assert_uint_eq(vb_dispi_get(&v, 1), 640);
        ck_assert_uint_eq(vb_dispi_get(&v, 2), 480);
        ck_assert_uint_eq(vb_dispi_get(&v, 3), 16);
    }
    vb_dispi(&v, 1, 800); /* good ones too, while a mode is on */
    vb_dispi(&v, 2, 600);
    vb_dispi(&v, 3, 8);
    ck_assert_uint_eq(vb_dispi_get(&v, 1), 640);
    ck_assert_uint_eq(vb_dispi_get(&v, 2), 480);
    ck_assert_uint_eq(vb_dispi_get(&v, 3), 16);
    vb_free(&v);
}
END_TEST

START_TEST(banks_move_the_window)
{
    struct vga_bench v = vb_new();

    vb_vbe(&v, 640, 480, 8);
    vb_dispi(&v, 5, 3);
    ck_assert_ptr_eq(mem_page(v.memory, 0xa0000)->write, v.vram + 0x30000);
    vb_write(&v, 0xa0001, 0x77);
    ck_assert_uint_eq(v.vram[0x30001], 0x77);
    vb_set(&v, 0x3c4, 2, 0x07);
    vb_write(&v, 0xa0002, 0x78);
    vb_write(&v, 0xa0003, 0x79);
    ck_assert_uint_eq(v.vram[0x30002], 0x78);
    ck_assert_uint_eq(v.vram[0x30003], 0);
    vb_dispi(&v, 5, 0x13); /* 16 banks */
    ck_assert_uint_eq(vb_dispi_get(&v, 5), 3);
    vb_dispi(&v, 4, 0);
    ck_assert_uint_eq(vb_dispi_get(&v, 5), 0);
    vb_set(&v, 0x3c4, 2, 0x0f);
    vb_write(&v, 0xa0000, 0x55);
    ck_assert_uint_eq(v.vram[0], 0x55);
    vb_vbe(&v, 800, 600, 4); /* planar banks are 64 KB of each plane */
    vb_dispi(&v, 5, 1);
    vb_set(&v, 0x3c4, 2, 4);
    vb_write(&v, 0xa0000, 0x66);
    ck_assert_uint_eq(vb_plane(&v, 2, 0x10000), 0x66);
    vb_free(&v);
}
END_TEST

/* ---- PCI ---- */

START_TEST(configuration_space_names_a_vga)
{
    struct vga_bench v = vb_new();

    ck_assert_uint_eq(vb_config_get(&v, 0), 0x11111234);
    ck_assert_uint_eq(vb_config_get(&v, 8) >> 8, 0x030000);
    ck_assert_uint_eq(vb_config_get(&v, 0x10), VB_LFB | 8);
    vb_config(&v, 0x10, 0xffffffff);
    ck_assert_uint_eq(vb_config_get(&v, 0x10), (~(VB_VRAM - 1u)) | 8);
    vb_config(&v, 0x18, 0xffffffff);
    ck_assert_uint_eq(vb_config_get(&v, 0x18), 0xfffff000);
    vb_config(&v, 0x30, 0xfffffffe);
    ck_assert_uint_eq(vb_config_get(&v, 0x30), 0xffff0000);
    ck_assert_uint_eq(vb_config_get(&v, 0x14), 0);
    vb_free(&v);
}
END_TEST

START_TEST(bars_show_memory_registers_and_rom)
{
    struct vga_bench v = vb_new();

    mem_write(v.memory, VB_LFB + 0x12344, 0xcafe, 2);
    ck_assert_uint_eq(v.vram[0x12345], 0xca);
    ck_assert_uint_eq(vb_read(&v, VB_ROM), 0x55);
    vb_config(&v, 0x30, VB_ROM);
    ck_assert_uint_eq(vb_read(&v, VB_ROM), 0xff);
    vb_config(&v, 4, 0);
    ck_assert_uint_eq(mem_read(v.memory, VB_LFB + 0x12344, 2), 0xffff);
    vb_free(&v);
}
END_TEST

START_TEST(registers_are_mirrored_in_memory)
{
    struct vga_bench v = vb_new();

    mem_write(v.memory, VB_MMIO + 0x402, 0x67, 1);
    ck_assert_uint_eq(vb_in(&v, 0x3cc), 0x67);
    mem_write(v.memory, VB_MMIO + 0x404, 0x0a02, 2);
    ck_assert_uint_eq(vb_get(&v, 0x3c4, 2), 0x0a);
    ck_assert_uint_eq(mem_read(v.memory, VB_MMIO + 0x405, 1), 0x0a);
    mem_write(v.memory, VB_MMIO + 0x506, 24, 2);
    ck_assert_uint_eq(vb_dispi_get(&v, 3), 24);
    mem_write(v.memory, VB_MMIO + 0x502, 600u << 16 | 800, 4);
    ck_assert_uint_eq(mem_read(v.memory, VB_MMIO + 0x502, 4), 600u << 16 | 800);
    mem_write(v.memory, VB_MMIO + 0x502, 1, 1); /* no bytes */
    ck_assert_uint_eq(vb_dispi_get(&v, 1), 800);
    ck_assert_uint_eq(mem_read(v.memory, VB_MMIO + 0x600, 4), 0);
    vb_free(&v);
}
END_TEST

START_TEST(constructor_refuses_sizes_no_chip_has)
{
    struct bench *b = bench_new();
    struct pci_bus *bus = pci_bus_new();
    uint8_t *block = board_block(b->board, "vram", VB_VRAM, NULL);
    struct error err = { { 0 } };

    ck_assert_ptr_null(vga_new(b->board, bus, block, 3 << 18, NULL, 0, &err));
    ck_assert_str_ne(err.text, "");
    ck_assert_ptr_null(vga_new(b->board, bus, block, 1 << 17, NULL, 0, NULL));
    ck_assert_ptr_null(vga_new(b->board, bus, block, VB_VRAM, block, 40960, NULL));
    ck_assert_ptr_nonnull(vga_new(b->board, bus, block, VB_VRAM, NULL, 0, &err));
    ck_assert_ptr_null(vga_new(b->board, bus, block, VB_VRAM, NULL, 0, &err)); /* the second */
    ck_assert_ptr_nonnull(b->board->screen);
    board_free_devices(b->board);
    ck_assert_ptr_null(b->board->screen);
    pci_bus_free(bus);
    bench_free(b);
}
END_TEST

static bool loads(struct vga_bench *v)
{
    struct device *dev = device_find(v->b->board, "vga");
    struct error err;

    return dev->cls->check(dev, &err);
}

START_TEST(states_no_chip_can_have_are_refused)
{
    struct vga_bench v = vb_new();
    struct vga *vga = (struct vga *)device_find(v.b->board, "vga");

    ck_assert(loads(&v));
    vga->s.dac_cycle = 3;
    ck_assert(!loads(&v));
    vga->s.dac_cycle = 2;
    vga->s.attr_index = 0x40;
    ck_assert(!loads(&v));
    vga->s.attr_index = 0x3f;
    vga->s.crtc[0x19] = 1;
    ck_assert(!loads(&v));
    vga->s.crtc[0x19] = 0;
    vga->s.dispi[DISPI_YRES] = SCREEN_MAX_H + 1;
    ck_assert(!loads(&v));
    vga->s.dispi[DISPI_YRES] = SCREEN_MAX_H;
    vga->s.frame_epoch = UINT64_MAX;
    ck_assert(!loads(&v));
    vga->s.frame_epoch = 1000000000; /* the future: now */
    ck_assert(loads(&v));
    vga->pci.dev.cls->resume(&vga->pci.dev);
    ck_assert_uint_eq(vga->s.frame_epoch, vclock_now(v.b->board->clock));
    vb_free(&v);
}
END_TEST

START_TEST(edid_has_its_header_and_checksum)
{
    static const uint8_t header[8] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };
    struct vga_bench v = vb_new();
    uint8_t edid[128], sum = 0;

    mem_dma_read(v.memory, VB_MMIO, edid, 128);
    for (unsigned i = 0; i < 128; i++)
        sum = (uint8_t)(sum + edid[i]);
    ck_assert_mem_eq(edid, header, 8);
    ck_assert_uint_eq(sum, 0);
    ck_assert_uint_eq(edid[54] | edid[55] << 8, 6500); /* the preferred timing's clock */
    ck_assert_uint_eq(edid[75], 0xfd);
    ck_assert_uint_eq(edid[93], 0xfc);
    ck_assert_uint_eq(edid[126], 0);
    vb_free(&v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vga");

    CHECK_CASE(suite, "registers", crtc_answers_at_3bx_or_3dx_as_misc_bit_0_says,
               protect_bit_locks_crtc_0_to_7_except_line_compare_bit_8,
               a_mode_may_be_set_before_misc_selects_the_crtc_address,
               reserved_indices_read_ff_and_are_no_aliases, unused_register_bits_read_0,
               attribute_writes_alternate_between_index_and_data,
               dac_writes_arrive_with_the_third_value_and_step_on,
               dac_state_tells_reading_from_writing, dac_takes_8_bits_if_dispi_says_so,
               feature_control_is_read_at_3ca);
    CHECK_CASE(suite, "beam", retrace_comes_at_70_hz_in_400_and_60_hz_in_480_lines,
               display_enable_follows_the_lines, a_new_timing_starts_a_new_frame,
               vertical_interrupt_flag_is_set_after_the_picture_and_cleared_by_bit_4,
               retrace_lasts_until_the_lower_four_bits_match, sense_bit_compares_the_dac_outputs,
               next_retrace_is_where_status_1_shows_it);
    CHECK_CASE(
        suite, "memory", memory_maps_of_graphics_register_6, map_mask_selects_the_planes_written,
        write_mode_0_rotates_sets_and_combines_with_the_latches,
        function_select_ands_ors_and_xors_with_the_latches, write_mode_1_copies_the_latches,
        write_mode_2_takes_a_colour_from_the_cpu,
        write_mode_3_masks_set_reset_by_cpu_data_and_bit_mask, read_mode_1_compares_colours,
        odd_even_puts_characters_in_plane_0_and_attributes_in_plane_1,
        fonts_are_written_to_plane_2_sequentially,
        chain_4_is_linear_and_mapped_as_ram_while_writes_pass_unchanged,
        all_of_128_kb_is_seen_by_handlers_in_chain_4, flipping_the_map_mask_does_not_remap_for_ever,
        unchained_planes_are_written_by_map_mask);
    CHECK_CASE(suite, "dispi", dispi_registers_answer,
               enabling_sets_virtual_size_and_clears_the_picture, sizes_that_do_not_fit_are_cut,
               sizes_no_mode_has_are_refused, banks_move_the_window);
    CHECK_CASE(suite, "pci", configuration_space_names_a_vga, bars_show_memory_registers_and_rom,
               registers_are_mirrored_in_memory, constructor_refuses_sizes_no_chip_has,
               states_no_chip_can_have_are_refused, edid_has_its_header_and_checksum);
    generic_tests(suite, &chip_vga);
    return check_main(suite);
}
