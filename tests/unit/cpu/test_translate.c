/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only translated code can get wrong, where random programs (tests/lockstep/soup.c) seldom
 * come: the host's own x87 after a fault.
 */

#include <string.h>

#include "core/cpu/translate/xlat.h"
#include "tests/check_main.h"
#include "tests/unit/cpu/system_bench.h"

/* Each with a memory operand */
static const uint8_t mmx[] = {
    0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6e, 0x6f, 0x74, 0x75,
    0x76, 0x7e, 0x7f, 0xd1, 0xd2, 0xd3, 0xd5, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xdf, 0xe1, 0xe2, 0xe5,
    0xe8, 0xe9, 0xeb, 0xec, 0xed, 0xef, 0xf1, 0xf2, 0xf3, 0xf5, 0xf8, 0xf9, 0xfa, 0xfc, 0xfd, 0xfe,
};
enum { MMX = sizeof(mmx) };

static const struct xlat *translator;

static void open_bench(void)
{
    struct xlat *t;

    bench_open_engine(CPU_PENTIUM2, &translate_ops);
    t = ((struct interp *)bench.cpu)->xl.xlat;
    t->heat = 0;
    translator = t;
}

/* Six numbers are on the stack; the instruction meets an absent page. */
START_TEST(an_mmx_instruction_that_faults_leaves_top_and_tags)
{
    char code[] = "\xdb\xe3\xd9\xe8\xd9\xe8\xd9\xe8\xd9\xe8\xd9\xe8\xd9\xe8" /* fninit; fld1 */
                  "\x0f?\x35\x00\x00\x06\x00";                               /* mm6, [60000h] */

    code[15] = (char)mmx[_i];
    start_protected(0);
    start_paging(7);
    poke32(pte_at(AT_DATA), 0);
    ck_assert_int_eq(RUN(code), EXC_PF);
    ck_assert_uint_eq(bench.x.cr2, AT_DATA);
    ck_assert_uint_gt(translator->faults, 0);
    ck_assert_uint_eq(bench.x.fpu.fsw, 2 << 11);
    ck_assert_uint_eq(bench.x.fpu.ftw, 0x000f);
    ck_assert_uint_eq(bench.x.fpu.mant[2], 1ull << 63);
}
END_TEST

/* And when the fault was the translator's own affair: the page is there. */
START_TEST(an_mmx_instruction_that_is_repeated_makes_top_zero)
{
    char code[] = "\xdb\xe3\xd9\xe8\xd9\xe8\xd9\xe8\xd9\xe8\xd9\xe8\xd9\xe8"
                  "\x0f?\x35\x00\x00\x06\x00";

    code[15] = (char)mmx[_i];
    start_protected(0);
    start_paging(7);
    ck_assert_int_eq(RUN(code), DONE);
    ck_assert_uint_gt(translator->faults, 0);
    ck_assert_uint_eq(bench.x.fpu.fsw, 0);
    ck_assert_uint_eq(bench.x.fpu.ftw & bench.x.fpu.ftw >> 1 & 0x5555, 0); /* none is empty */
    ck_assert_uint_eq(bench.x.fpu.mant[2], 1ull << 63);
}
END_TEST

START_TEST(all_of_them)
{
    const char *why_not = "";

    ck_assert(!xlat_possible(&why_not));
    check_skip(why_not);
}
END_TEST

int main(void)
{
    const char *why_not;
    Suite *s = suite_create("translate");
    TCase *tc = tcase_create("mmx");

    tcase_set_timeout(tc, 60);
    suite_add_tcase(s, tc);
    if (!xlat_possible(&why_not)) {
        tcase_add_test(tc, all_of_them);
        return check_main(s);
    }
    tcase_add_checked_fixture(tc, open_bench, bench_close);
    tcase_add_loop_test(tc, an_mmx_instruction_that_faults_leaves_top_and_tags, 0, MMX);
    tcase_add_loop_test(tc, an_mmx_instruction_that_is_repeated_makes_top_zero, 0, MMX);
    return check_main(s);
}
