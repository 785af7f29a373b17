/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processor models: SDM volume 3, table 9-1, and what CPUID must and must not report.
 */

#include <string.h>

#include "core/cpu/x86.h"
#include "tests/check_main.h"

START_TEST(reset_starts_16_bytes_below_4_gb)
{
    struct x86_state x;

    memset(&x, 0xa5, sizeof(x));
    x86_reset(&x, CPU_PENTIUM, 0);
    ck_assert_uint_eq(x.seg[S_CS].base + x.eip, 0xfffffff0);
    ck_assert_uint_eq(x.seg[S_CS].selector, 0xf000);
    ck_assert_uint_eq(x.eflags, 2);
    ck_assert_uint_eq(x.cr0, 0x60000010);
    ck_assert_uint_eq(x.cr2 | x.cr3 | x.cr4, 0);
    ck_assert_uint_eq(x.gpr[R_EDX], 0x052c);
    ck_assert_uint_eq(x.gpr[R_EAX], 0);
    ck_assert_uint_eq(x.dr[6], 0xffff0ff0);
    ck_assert_uint_eq(x.dr[7], 0x400);
    ck_assert_uint_eq(x.idtr.limit, 0xffff);
    ck_assert_uint_eq(x.seg[S_SS].limit, 0xffff);
    ck_assert_uint_eq(x.seg[S_SS].attr & (SEG_P | SEG_S | SEG_W), SEG_P | SEG_S | SEG_W);
    ck_assert_uint_eq(x.fpu.fcw, 0x40);
    ck_assert_uint_eq(x.fpu.ftw, 0x5555);
}
END_TEST

START_TEST(init_keeps_the_fpu_the_msrs_and_the_cache_bits)
{
    struct x86_state x = { 0 };

    x86_reset(&x, CPU_PENTIUM2, 0);
    x.fpu.mant[3] = 0x123456789abcdef;
    x.fpu.fcw = 0x37f;
    x.sysenter_eip = 0x1234;
    x.tsc_offset = 99;
    x.cr0 = CR0_PE | CR0_CD;
    x.eip = 7;
    x86_reset(&x, CPU_PENTIUM2, 1);
    ck_assert_uint_eq(x.cr0, CR0_CD | CR0_ET);
    ck_assert_uint_eq(x.eip, 0xfff0);
    ck_assert(x.fpu.mant[3] == 0x123456789abcdef);
    ck_assert_uint_eq(x.fpu.fcw, 0x37f);
    ck_assert_uint_eq(x.sysenter_eip, 0x1234);
    ck_assert_uint_eq(x.tsc_offset, 99);
}
END_TEST

START_TEST(cpuid_reports_just_what_the_engines_do)
{
    static const uint32_t features[CPU_MODELS] = { 0x00000003, 0x0000013f, 0x0180a93f };
    struct x86_state x = { 0 };
    uint32_t out[4];

    for (unsigned m = 0; m < CPU_MODELS; m++) {
        x86_cpuid((enum x86_model)m, 1, out);
        ck_assert_uint_eq(out[3], features[m]);
        ck_assert_uint_eq(out[1], 0);
        ck_assert_uint_eq(out[2], 0);
        x86_reset(&x, (enum x86_model)m, 0);
        ck_assert_uint_eq(out[0], x.gpr[R_EDX]);
        ck_assert_uint_eq(out[0] >> 8 & 15, 4 + m);
        x86_cpuid((enum x86_model)m, 0, out);
        ck_assert_mem_eq(&out[1], "Genu", 4);
        ck_assert_mem_eq(&out[3], "ineI", 4);
        ck_assert_mem_eq(&out[2], "ntel", 4);
    }
}
END_TEST

START_TEST(leaves_out_of_range_answer_as_the_highest_basic_leaf)
{
    static const uint32_t leaves[] = { 3, 0x40000000, 0x80000000, 0xffffffff };
    uint32_t out[4], top[4];

    for (unsigned m = 0; m < CPU_MODELS; m++) {
        x86_cpuid((enum x86_model)m, 0, out);
        x86_cpuid((enum x86_model)m, out[0], top);
        for (unsigned n = 0; n < 4; n++) {
            x86_cpuid((enum x86_model)m, leaves[n], out);
            ck_assert_mem_eq(out, top, sizeof(out));
        }
    }
}
END_TEST

START_TEST(models_have_names)
{
    ck_assert_str_eq(x86_model_name(CPU_486), "486");
    ck_assert_str_eq(x86_model_name(CPU_PENTIUM), "Pentium");
    ck_assert_str_eq(x86_model_name(CPU_PENTIUM2), "PentiumII");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("x86");

    CHECK_CASE(s, "models", reset_starts_16_bytes_below_4_gb,
               init_keeps_the_fpu_the_msrs_and_the_cache_bits,
               cpuid_reports_just_what_the_engines_do,
               leaves_out_of_range_answer_as_the_highest_basic_leaf, models_have_names);
    return check_main(s);
}
