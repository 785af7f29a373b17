/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MMX against the host's: the same bytes on the same x87 and MMX state.
 */

#include <stdio.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/cpu/fpu_bench.h"

enum { STATES = 3000 };

static struct fpu_bench bench;

static const uint8_t opcodes[] = {
    0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6e, 0x6f, 0x74, 0x75,
    0x76, 0x7e, 0x7f, 0xd1, 0xd2, 0xd3, 0xd5, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xdf, 0xe1, 0xe2, 0xe5,
    0xe8, 0xe9, 0xeb, 0xec, 0xed, 0xef, 0xf1, 0xf2, 0xf3, 0xf5, 0xf8, 0xf9, 0xfa, 0xfc, 0xfd, 0xfe,
};

static uint64_t random_lanes(void)
{
    static const uint64_t special[] = { 0,
                                        ~0ull,
                                        0x8000800080008000,
                                        0x7fff7fff7fff7fff,
                                        0x8080808080808080,
                                        0x7f7f7f7f7f7f7f7f,
                                        0x8000000080000000,
                                        0x8000800000010001,
                                        0x00ff00ffff00ff00 };

    switch (bench_random() >> 61) {
    case 0:
        return special[(bench_random() >> 32) % 9];
    case 1:
        return bench_random() % 70; /* a shift count */
    default:
        return bench_random();
    }
}

/* code: 0F opcode modrm [immediate] */
static void compare_one(const uint8_t *code, unsigned len)
{
    struct insn i[2] = { bench_insn(op_mmx, code[1], code[2]) };
    struct interp *c = bench.cpu;
    struct host_image host;
    struct x86_fpu state;
    uint64_t memory = random_lanes(), theirs = memory;

    random_state(&state);
    for (unsigned r = 0; r < 8; r++)
        state.mant[r] = random_lanes();
    memcpy(bench.memory, &memory, 8);
    c->x.fpu = state;
    i[0].imm = code[len - 1];
    i[0].flags |= INSN_0F;
    bench_run(&bench, i, 1);
    host_run(&state, code, len, &theirs, 0, &host);
    ck_assert_int_eq(bench.vector, -1);
    if (!bench_same(&c->x.fpu, &host) || memcmp(bench.memory, &theirs, 8))
        ck_abort_msg("0f %02x %02x differs", code[1], code[2]);
}

START_TEST(every_instruction_does_what_the_host_does)
{
    for (unsigned n = 0; n < STATES; n++) {
        for (unsigned k = 0; k < sizeof(opcodes); k++) {
            uint8_t reg = (uint8_t)((bench_random() >> 32 & 7) << 3);
            uint8_t memory[3] = { 0x0f, opcodes[k], (uint8_t)(reg | 7) };
            uint8_t registers[3] = { 0x0f, opcodes[k],
                                     (uint8_t)(0xc0 | reg | (bench_random() >> 32 & 7)) };

            compare_one(memory, 3);
            if (opcodes[k] != 0x6e && opcodes[k] != 0x7e) /* general registers: below */
                compare_one(registers, 3);
        }
    }
}
END_TEST

START_TEST(shifts_by_an_immediate_do_what_the_host_does)
{
    static const uint8_t forms[][2] = { { 0x71, 2 }, { 0x71, 4 }, { 0x71, 6 }, { 0x72, 2 },
                                        { 0x72, 4 }, { 0x72, 6 }, { 0x73, 2 }, { 0x73, 6 } };

    for (unsigned n = 0; n < STATES; n++) {
        for (unsigned k = 0; k < 8; k++) {
            uint8_t code[4] = { 0x0f, forms[k][0],
                                (uint8_t)(0xc0 | forms[k][1] << 3 | (bench_random() >> 32 & 7)),
                                (uint8_t)(bench_random() % 70) };

            compare_one(code, 4);
        }
    }
}
END_TEST

START_TEST(emms_empties_all_registers)
{
    static const uint8_t code[3] = { 0x0f, 0x77, 0x90 }; /* and a NOP */

    for (unsigned n = 0; n < 100; n++)
        compare_one(code, 3);
}
END_TEST

START_TEST(movd_moves_general_registers)
{
    struct insn i[3] = { bench_insn(op_mmx, 0x6e, 0xd9), bench_insn(op_mmx, 0x7e, 0xda) };
    struct interp *c = bench.cpu;

    c->x.gpr[R_ECX] = 0x89abcdef;
    c->x.fpu.mant[3] = ~0ull;
    bench_run(&bench, i, 2); /* movd mm3, ecx; movd edx, mm3 */
    ck_assert_uint_eq(c->x.fpu.mant[3], 0x89abcdef);
    ck_assert_uint_eq(c->x.fpu.exp[3], 0xffff);
    ck_assert_uint_eq(c->x.gpr[R_EDX], 0x89abcdef);
}
END_TEST

START_TEST(em_makes_mmx_undefined_and_ts_makes_it_unavailable)
{
    struct insn i[2] = { bench_insn(op_mmx, 0xfc, 0xc1) };
    struct interp *c = bench.cpu;

    c->x.cr0 |= CR0_EM | CR0_TS;
    bench_run(&bench, i, 1);
    ck_assert_int_eq(bench.vector, EXC_UD);
    c->x.cr0 &= ~(uint32_t)CR0_EM;
    bench_run(&bench, i, 1);
    ck_assert_int_eq(bench.vector, EXC_NM);
}
END_TEST

START_TEST(a_pending_x87_exception_is_reported_first)
{
    struct insn i[2] = { bench_insn(op_mmx, 0x77, 0) };
    struct interp *c = bench.cpu;

    c->x.fpu.fcw = 0x37b; /* division by zero is not masked */
    c->x.fpu.fsw = 0x0004;
    bench_run(&bench, i, 1);
    ck_assert_int_eq(bench.vector, EXC_MF);
}
END_TEST

static void open_bench(void)
{
    bench_open(&bench);
}

static void close_bench(void)
{
    bench_close(&bench);
}

int main(void)
{
    Suite *s = suite_create("mmx");
    TCase *tc = tcase_create("mmx");

    tcase_set_timeout(tc, 300);
    tcase_add_checked_fixture(tc, open_bench, close_bench);
    tcase_add_test(tc, every_instruction_does_what_the_host_does);
    tcase_add_test(tc, shifts_by_an_immediate_do_what_the_host_does);
    tcase_add_test(tc, emms_empties_all_registers);
    tcase_add_test(tc, movd_moves_general_registers);
    tcase_add_test(tc, em_makes_mmx_undefined_and_ts_makes_it_unavailable);
    tcase_add_test(tc, a_pending_x87_exception_is_reported_first);
    suite_add_tcase(s, tc);
    return check_main(s);
}
