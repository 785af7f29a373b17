/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87 against the host's: the same bytes on the same state, whole states compared bit by bit; and
 * the parts that no host shows to a program (layouts of real mode, FERR#, #NM).
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/cpu/fpu_bench.h"

enum { STATES = 400 }; /* random states for each of the about 500 encodings */

static struct fpu_bench bench;

/* Register forms that are instructions (SDM volume 2, appendix A, and the undocumented doubles). */
static bool is_instruction(unsigned opcode, unsigned modrm)
{
    switch (opcode) {
    case 0xd9:
        return modrm < 0xd0 ? true
                            : modrm == 0xd0 || (modrm >= 0xd8 && modrm < 0xe2) || modrm == 0xe4 ||
                                  modrm == 0xe5 || (modrm >= 0xe8 && modrm != 0xef);
    case 0xda:
        return modrm < 0xe0 || modrm == 0xe9;
    case 0xdb:
        return modrm < 0xe5 || (modrm >= 0xe8 && modrm < 0xf8);
    case 0xdd:
        return modrm < 0xf0;
    case 0xde:
        return modrm < 0xd8 || modrm == 0xd9 || modrm >= 0xe0;
    case 0xdf:
        return modrm < 0xe1 || (modrm >= 0xe8 && modrm < 0xf8);
    default:
        return true;
    }
}

/* Executes the bytes here and there and compares everything. */
static void compare_one(const struct x86_fpu *state, unsigned opcode, unsigned modrm,
                        const uint8_t operand[16])
{
    uint8_t code[2] = { (uint8_t)opcode, (uint8_t)modrm }, theirs[16];
    uint32_t flags = (uint32_t)bench_random() & FL_ARITH, after;
    struct interp *c = bench.cpu;
    struct host_image host;
    bool same;

    c->x.fpu = *state;
    cpu_set_arith(c, flags, FL_ARITH);
    c->x.gpr[R_EAX] = 0x12345678;
    memcpy(bench.memory, operand, 16);
    memcpy(theirs, operand, 16);
    bench_x87(&bench, (uint8_t)opcode, (uint8_t)modrm);
    after = host_run(state, code, 2, theirs, flags, &host);
    same = bench_same(&c->x.fpu, &host) && !memcmp(bench.memory, theirs, 16) &&
           (cpu_flags(c) & FL_ARITH) == (after & FL_ARITH) && bench.vector == -1;
    if (same)
        return;
    fprintf(stderr, "before: fcw %04x fsw %04x ftw %04x\n", state->fcw, state->fsw, state->ftw);
    for (unsigned r = 0; r < 8; r++)
        fprintf(stderr, "R%u %04x.%016llx\n", r, state->exp[r], (unsigned long long)state->mant[r]);
    for (unsigned n = 0; n < 16; n++)
        fprintf(stderr, "%02x %02x %02x\n", operand[n], bench.memory[n], theirs[n]);
    ck_abort_msg("%02x %02x differs, vector %d, flags %x: %x and %x", opcode, modrm, bench.vector,
                 flags, cpu_flags(c) & FL_ARITH, after & FL_ARITH);
}

START_TEST(register_forms_do_what_the_host_does)
{
    static const uint8_t none[16];
    struct x86_fpu state;

    for (unsigned n = 0; n < STATES; n++) {
        for (unsigned opcode = 0xd8; opcode < 0xe0; opcode++) {
            for (unsigned modrm = 0xc0; modrm < 0x100; modrm++) {
                /* FNSTSW AX: EAX is not compared here */
                if (!is_instruction(opcode, modrm) || (opcode == 0xdf && modrm == 0xe0))
                    continue;
                random_state(&state);
                compare_one(&state, opcode, modrm, none);
            }
        }
    }
}
END_TEST

struct form {
    uint8_t opcode, reg, size;
    bool real;
};

static const struct form mem_forms[] = {
    { 0xd8, 0xff, 4, true },  { 0xda, 0xff, 4, false }, { 0xdc, 0xff, 8, true },
    { 0xde, 0xff, 2, false }, { 0xd9, 0, 4, true },     { 0xd9, 2, 4, true },
    { 0xd9, 3, 4, true },     { 0xd9, 5, 2, false },    { 0xd9, 7, 2, false },
    { 0xdb, 0, 4, false },    { 0xdb, 2, 4, false },    { 0xdb, 3, 4, false },
    { 0xdb, 5, 10, true },    { 0xdb, 7, 10, true },    { 0xdd, 0, 8, true },
    { 0xdd, 2, 8, true },     { 0xdd, 3, 8, true },     { 0xdd, 7, 2, false },
    { 0xdf, 0, 2, false },    { 0xdf, 2, 2, false },    { 0xdf, 3, 2, false },
    { 0xdf, 4, 10, false },   { 0xdf, 5, 8, false },    { 0xdf, 6, 10, false },
    { 0xdf, 7, 8, false },
};

START_TEST(memory_forms_do_what_the_host_does)
{
    struct x86_fpu state;
    uint8_t operand[16];

    for (unsigned n = 0; n < 20 * STATES; n++) {
        for (unsigned k = 0; k < sizeof(mem_forms) / sizeof(mem_forms[0]); k++) {
            const struct form *form = &mem_forms[k];
            unsigned reg = form->reg == 0xff ? bench_random() & 7 : form->reg;

            random_state(&state);
            random_operand(operand, form->size, form->real);
            compare_one(&state, form->opcode, reg << 3 | 7, operand);
        }
    }
}
END_TEST

/* Without leaving the live state in between: flags that the host keeps must not leak. */
START_TEST(sequences_end_as_the_host_ends)
{
    struct interp *c = bench.cpu;
    struct x86_fpu state;
    struct host_image host;

    for (unsigned n = 0; n < 20 * STATES; n++) {
        struct insn chain[33];
        uint8_t code[64];
        unsigned count = 0;

        random_state(&state);
        state.fcw |= 0x3f;
        while (count < 32) {
            unsigned opcode = 0xd8 + (bench_random() & 7), modrm = 0xc0 + (bench_random() & 63);

            /* no FNSTSW AX, and FNINIT would make the rest dull */
            if (!is_instruction(opcode, modrm) || (opcode == 0xdf && modrm == 0xe0) ||
                (opcode == 0xdb && modrm == 0xe3))
                continue;
            code[2 * count] = (uint8_t)opcode;
            code[2 * count + 1] = (uint8_t)modrm;
            chain[count++] = bench_insn(op_fpu, (uint8_t)opcode, (uint8_t)modrm);
        }
        c->x.fpu = state;
        cpu_set_arith(c, 0, FL_ARITH);
        bench_run(&bench, chain, count);
        ck_assert_uint_eq(c->next_eip, BENCH_CODE + 2 * count);
        host_run(&state, code, 2 * count, NULL, FL_ONE, &host);
        ck_assert(bench_same(&c->x.fpu, &host));
    }
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

static Suite *fpu_suite(void)
{
    Suite *s = suite_create("fpu");
    TCase *tc = tcase_create("host");

    tcase_set_timeout(tc, 300);
    tcase_add_checked_fixture(tc, open_bench, close_bench);
    tcase_add_test(tc, register_forms_do_what_the_host_does);
    tcase_add_test(tc, memory_forms_do_what_the_host_does);
    tcase_add_test(tc, sequences_end_as_the_host_ends);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    return check_main(fpu_suite());
}
