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

/* ---- environment ---- */

static void random_bytes(uint8_t *p, unsigned n)
{
    while (n--)
        *p++ = (uint8_t)(bench_random() >> 40);
}

START_TEST(environment_and_state_are_stored_as_the_host_stores_them)
{
    static const struct form stores[] = { { 0xd9, 6, 28, false }, { 0xdd, 6, 108, false } };

    for (unsigned n = 0; n < 20 * STATES; n++) {
        const struct form *form = &stores[n & 1];
        uint8_t code[2] = { form->opcode, (uint8_t)(form->reg << 3 | 7) }, theirs[128];
        struct host_image host;
        struct x86_fpu state;

        random_state(&state);
        if (n & 2)
            state.fsw |= bench_random() & 0x3f; /* pending: these two do not wait */
        state.fop = 0x123;
        state.fip = 0x11223344;
        state.fcs = 0x8;
        state.fdp = 0x55667788;
        state.fds = 0x10;
        bench.cpu->x.fpu = state;
        bench_x87(&bench, code[0], code[1]);
        host_run(&state, code, 2, theirs, 0, &host);
        ck_assert(bench_same(&bench.cpu->x.fpu, &host));
        ck_assert_mem_eq(bench.memory, theirs, 12);
        ck_assert_mem_eq(bench.memory + 12, "\x44\x33\x22\x11\x08\x00\x23\x01", 8);
        ck_assert_mem_eq(bench.memory + 20, "\x88\x77\x66\x55\x10\x00\xff\xff", 8);
        ck_assert_mem_eq(bench.memory + 28, theirs + 28, form->size - 28);
    }
}
END_TEST

START_TEST(environment_and_state_are_loaded_as_the_host_loads_them)
{
    static const struct form loads[] = { { 0xd9, 4, 28, false }, { 0xdd, 4, 108, false } };

    for (unsigned n = 0; n < 20 * STATES; n++) {
        const struct form *form = &loads[n & 1];
        uint8_t code[2] = { form->opcode, (uint8_t)(form->reg << 3 | 7) }, image[128];
        struct host_image host;
        struct x86_fpu state;

        random_state(&state);
        bench.cpu->x.fpu = state;
        random_bytes(image, sizeof(image));
        for (unsigned r = 0; r < 8; r++) {
            uint64_t mant;
            uint16_t exp;

            random_real(&mant, &exp);
            memcpy(image + 28 + 10 * r, &mant, 8);
            memcpy(image + 36 + 10 * r, &exp, 2);
        }
        memcpy(bench.memory, image, sizeof(image));
        bench_x87(&bench, code[0], code[1]);
        host_run(&state, code, 2, image, 0, &host);
        ck_assert(bench_same(&bench.cpu->x.fpu, &host));
        ck_assert_mem_eq(&bench.cpu->x.fpu.fip, image + 12, 4);
        ck_assert_mem_eq(&bench.cpu->x.fpu.fds, image + 24, 2);
        ck_assert_uint_eq(bench.cpu->x.fpu.fop, (image[18] | image[19] << 8) & 0x7ff);
    }
}
END_TEST

/* FSTENV in one layout: op32, protected */
static void store_environment(bool op32, bool prot)
{
    struct insn i[2] = { bench_insn(op_fpu, 0xd9, 6 << 3 | 5) };
    struct interp *c = bench.cpu;

    i[0].flags = INSN_ADDR32 | (op32 ? INSN_OP32 : 0);
    c->prot = prot;
    c->x.fpu.fcw = 0x37f;
    c->x.fpu.fsw = 0x3800;
    c->x.fpu.ftw = 0xffff;
    c->x.fpu.fop = 0x5a5;
    c->x.fpu.fip = 0x4321;
    c->x.fpu.fcs = 0xf765;
    c->x.fpu.fdp = 0x8765;
    c->x.fpu.fds = 0x1234;
    memset(bench.memory, 0xee, 32);
    bench_run(&bench, i, 1);
}

START_TEST(sixteen_bit_protected_environment_has_selectors)
{
    store_environment(false, true);
    ck_assert_mem_eq(bench.memory, "\x7f\x03\x00\x38\xff\xff\x21\x43\x65\xf7\x65\x87\x34\x12\xee",
                     15);
}
END_TEST

START_TEST(sixteen_bit_real_environment_has_linear_addresses_and_the_opcode)
{
    store_environment(false, false); /* F7650 + 4321 = FB971, 12340 + 8765 = 1AAA5 */
    ck_assert_mem_eq(bench.memory, "\x7f\x03\x00\x38\xff\xff\x71\xb9\xa5\xf5\xa5\xaa\x00\x10\xee",
                     15);
}
END_TEST

START_TEST(real_environment_of_32_bits_splits_linear_addresses)
{
    store_environment(true, false);
    ck_assert_mem_eq(bench.memory, "\x7f\x03\xff\xff\x00\x38\xff\xff\xff\xff\xff\xff", 12);
    ck_assert_mem_eq(bench.memory + 12, "\x71\xb9\xff\xff\xa5\xf5\x00\x00", 8);
    ck_assert_mem_eq(bench.memory + 20, "\xa5\xaa\xff\xff\x00\x10\x00\x00\xee", 9);
}
END_TEST

START_TEST(every_layout_is_loaded_as_it_was_stored)
{
    struct interp *c = bench.cpu;

    for (unsigned layout = 0; layout < 4; layout++) {
        struct insn i[2] = { bench_insn(op_fpu, 0xd9, 4 << 3 | 5) };
        uint8_t before[32];

        store_environment(layout & 1, layout & 2);
        memcpy(before, bench.memory, 32);
        memset(&c->x.fpu, 0, sizeof(c->x.fpu));
        c->x.fpu.fcw = 0x37f;
        i[0].flags = INSN_ADDR32 | (layout & 1 ? INSN_OP32 : 0);
        bench_run(&bench, i, 1);
        i[0] = bench_insn(op_fpu, 0xd9, 6 << 3 | 5);
        i[0].flags = INSN_ADDR32 | (layout & 1 ? INSN_OP32 : 0);
        bench_run(&bench, i, 1);
        ck_assert_mem_eq(bench.memory, before, 32);
    }
}
END_TEST

START_TEST(fxsave_stores_what_the_host_stores)
{
    static const uint8_t code[3] = { 0x0f, 0xae, 0x07 };

    for (unsigned n = 0; n < 2 * STATES; n++) {
        struct insn i[2] = { bench_insn(op_fxsave, 0xae, 0x05) };
        _Alignas(16) uint8_t theirs[512] = { 0 };
        struct host_image host;
        struct x86_fpu state;

        random_state(&state);
        bench.cpu->x.fpu = state;
        memset(bench.memory, 0xee, 512);
        bench_run(&bench, i, 1);
        host_run(&state, code, 3, theirs, 0, &host);
        ck_assert(bench_same(&bench.cpu->x.fpu, &host));
        ck_assert_mem_eq(bench.memory, theirs, 6);
        ck_assert_mem_eq(bench.memory + 32, theirs + 32, 128);
        ck_assert_mem_eq(bench.memory + 24, "\xee\xee\xee\xee\xee\xee\xee\xee", 8);
        for (unsigned k = 160; k < 512; k++)
            ck_assert_uint_eq(bench.memory[k], 0xee);
    }
}
END_TEST

START_TEST(fxrstor_loads_what_the_host_loads)
{
    static const uint8_t code[3] = { 0x0f, 0xae, 0x0f };

    for (unsigned n = 0; n < 2 * STATES; n++) {
        struct insn i[2] = { bench_insn(op_fxrstor, 0xae, 0x0d) };
        _Alignas(16) uint8_t image[512];
        struct host_image host;
        struct x86_fpu state;

        random_state(&state);
        bench.cpu->x.fpu = state;
        random_bytes(image, 512);
        memcpy(image + 24, "\x80\x1f\x00\x00", 4);
        memcpy(bench.memory, image, 512);
        bench_run(&bench, i, 1);
        host_run(&state, code, 3, image, 0, &host);
        ck_assert(bench_same(&bench.cpu->x.fpu, &host));
    }
}
END_TEST

START_TEST(fxsave_needs_an_aligned_operand)
{
    struct insn i[2] = { bench_insn(op_fxsave, 0xae, 0x05) };

    i[0].disp += 8;
    bench_run(&bench, i, 1);
    ck_assert_int_eq(bench.vector, EXC_GP);
}
END_TEST

/* ---- pointers ---- */

START_TEST(non_control_instructions_leave_their_address_and_operand)
{
    struct interp *c = bench.cpu;
    struct insn i[4] = { bench_insn(op_fpu, 0xd9, 0xe8), bench_insn(op_fpu, 0xdd, 0x1d),
                         bench_insn(op_fpu, 0xd9, 0x3d) };

    c->x.fpu.ftw = 0xffff;
    c->x.fpu.fcw = 0x37f;
    bench_run(&bench, i, 3); /* fld1; fstp m64; fnstcw */
    ck_assert_uint_eq(c->x.fpu.fip, BENCH_CODE + 2);
    ck_assert_uint_eq(c->x.fpu.fcs, 0x08);
    ck_assert_uint_eq(c->x.fpu.fdp, BENCH_MEMORY);
    ck_assert_uint_eq(c->x.fpu.fds, 0x10);
    ck_assert_uint_eq(c->x.fpu.fop, 0x51d);
}
END_TEST

/* ---- exceptions ---- */

/* FLDZ; FLD1; FDIV ST, ST(1) with division by zero unmasked: pending after it. */
static void divide_by_zero(void)
{
    struct insn i[4] = { bench_insn(op_fpu, 0xd9, 0xee), bench_insn(op_fpu, 0xd9, 0xe8),
                         bench_insn(op_fpu, 0xd8, 0xf1) };
    struct interp *c = bench.cpu;

    c->x.fpu.fcw = 0x37b;
    c->x.fpu.fsw = 0;
    c->x.fpu.ftw = 0xffff;
    bench_run(&bench, i, 3);
    ck_assert_int_eq(bench.vector, -1);
    ck_assert_uint_eq(c->x.fpu.fsw & 0x80bf, 0x8084);
    ck_assert_uint_eq(c->x.fpu.exp[6], 0x3fff); /* operands as they were */
}

START_TEST(a_pending_exception_is_reported_at_the_next_waiting_instruction)
{
    struct insn fwait[2] = { bench_insn(op_fwait, 0x9b, 0) };

    divide_by_zero();
    ck_assert(!bench.ferr);
    bench_x87(&bench, 0xdf, 0xe0); /* FNSTSW AX does not wait */
    ck_assert_int_eq(bench.vector, -1);
    bench_x87(&bench, 0xd9, 0xd0); /* FNOP does */
    ck_assert_int_eq(bench.vector, EXC_MF);
    bench_run(&bench, fwait, 1);
    ck_assert_int_eq(bench.vector, EXC_MF);
    bench_x87(&bench, 0xdb, 0xe2); /* FNCLEX */
    bench_x87(&bench, 0xd9, 0xd0);
    ck_assert_int_eq(bench.vector, -1);
}
END_TEST

START_TEST(without_ne_the_error_pin_rises_at_once_and_the_processor_stops_later)
{
    struct interp *c = bench.cpu;

    c->x.cr0 &= ~(uint32_t)CR0_NE;
    divide_by_zero();
    ck_assert(bench.ferr);
    ck_assert_uint_eq(c->x.ferr, 1);
    bench_x87(&bench, 0xd9, 0xd0);
    ck_assert_int_eq(bench.vector, BENCH_FROZEN);
    ck_assert_uint_eq(c->x.halted, 1);
    c->x.halted = 0;
    c->x.ignne = 1; /* port F0h */
    bench_x87(&bench, 0xd9, 0xd0);
    ck_assert_int_eq(bench.vector, -1);
    ck_assert(bench.ferr);
    bench_x87(&bench, 0xdb, 0xe2);
    ck_assert(!bench.ferr);
    ck_assert_uint_eq(bench.ferr_changes, 2);
}
END_TEST

/* In real mode: FNINIT; FLDCW [1000]; FLDZ; FLD1; STI; FDIVRP; FWAIT; HLT, and a handler of IRQ 13:
 * INC BX; OUT F0, AL; FNCLEX; IRET */
START_TEST(irq_13_interrupts_the_waiting_instruction_which_then_goes_on)
{
    static const char code[] = "\xdb\xe3\xd9\x2e\x00\x10\xd9\xee\xd9\xe8\xfb\xde\xf1\x9b\xf4";
    static const char handler[] = "\x43\xe6\xf0\xdb\xe2\xcf";
    struct cpu *cpu = &bench.cpu->cpu;
    struct cpu_slice slice = { .insns = 1000 };
    struct x86_state x = { 0 };
    struct error err;

    x86_reset(&x, CPU_486, 0);
    x.seg[S_CS].selector = 0;
    x.seg[S_CS].base = 0;
    x.eip = 0x2000;
    x.gpr[R_ESP] = 0x4000;
    memcpy(bench.ram + 0x2000, code, sizeof(code));
    memcpy(bench.ram + 0x3000, handler, sizeof(handler));
    memcpy(bench.ram + 0x1000, "\x7b\x03", 2);
    memcpy(bench.ram + 4 * 0x75, "\x00\x30\x00\x00", 4);
    bench.irq13 = true;
    ck_assert(cpu->ops->set(cpu, &x, &err));
    ck_assert_int_eq(cpu->ops->run(cpu, &slice), CPU_EXIT_HALT);
    cpu->ops->get(cpu, &x);
    ck_assert_uint_eq(x.gpr[R_EBX], 1);
    ck_assert_uint_eq(x.eip, 0x2000 + sizeof(code) - 1);
    ck_assert_uint_eq(bench.ferr_changes, 2);
    ck_assert_uint_eq(x.fpu.fsw & 0x80ff, 0);
}
END_TEST

/* Handlers call one another; each must be a jump, or a long loop ends the host's stack. */
START_TEST(a_long_loop_needs_no_stack)
{
    static const char code[] =
        "\xdb\xe3\xd9\xe8\xd9\xe8"                         /* FNINIT; FLD1; FLD1 */
        "\xd9\xfb\xdd\xd8\xd9\xf8\xd9\xf5"                 /* 6: FSINCOS; FSTP; FPREM; FPREM1 */
        "\xd9\xf2\xdd\xd8\xd9\xf4\xdd\xd8"                 /* FPTAN; FSTP; FXTRACT; FSTP */
        "\xdd\x36\x00\x10\xdd\x26\x00\x10"                 /* FNSAVE, FRSTOR [1000] */
        "\xd9\x36\x00\x10\xd9\x26\x00\x10"                 /* FNSTENV, FLDENV [1000] */
        "\xdf\x36\x00\x10\xdf\x26\x00\x10"                 /* FBSTP, FBLD [1000] */
        "\xd9\x2e\x00\x11\x9b\xdf\xe0"                     /* FLDCW [1100]; FWAIT; FNSTSW AX */
        "\x0f\x6f\x06\x00\x10\x0f\x7f\x06\x00\x10"         /* MOVQ both ways */
        "\x0f\x71\xd0\x03\x0f\x77\xdb\xe3\xd9\xe8\xd9\xe8" /* PSRLW, EMMS */
        "\x66\x49\x75\xb7\xf4";                            /* DEC ECX; JNZ 6; HLT */
    struct cpu *cpu = &bench.cpu->cpu;
    struct cpu_slice slice = { .insns = 100000000 };
    struct x86_state x = { 0 };
    struct error err;

    x86_reset(&x, CPU_PENTIUM2, 0);
    x.seg[S_CS].selector = 0;
    x.seg[S_CS].base = 0;
    x.eip = 0x2000;
    x.gpr[R_ECX] = 50000;
    x.cr0 |= CR0_NE;
    memcpy(bench.ram + 0x2000, code, sizeof(code));
    memcpy(bench.ram + 0x1100, "\x7f\x03", 2);
    ck_assert(cpu->ops->set(cpu, &x, &err));
    ck_assert_int_eq(cpu->ops->run(cpu, &slice), CPU_EXIT_HALT);
    cpu->ops->get(cpu, &x);
    ck_assert_uint_eq(x.gpr[R_ECX], 0);
    ck_assert_uint_eq(x.eip, 0x2000 + sizeof(code) - 1);
}
END_TEST

START_TEST(unmasking_a_raised_flag_makes_it_pending)
{
    struct interp *c = bench.cpu;
    uint16_t cw = 0x37b;

    c->x.fpu.fcw = 0x37f;
    c->x.fpu.fsw = 0x0004;
    memcpy(bench.memory, &cw, 2);
    bench_x87(&bench, 0xd9, 0x2d); /* FLDCW */
    ck_assert_uint_eq(c->x.fpu.fsw, 0x8084);
    bench_x87(&bench, 0xd9, 0xe8);
    ck_assert_int_eq(bench.vector, EXC_MF);
}
END_TEST

START_TEST(em_and_ts_make_the_fpu_unavailable)
{
    struct insn fwait[2] = { bench_insn(op_fwait, 0x9b, 0) };
    struct interp *c = bench.cpu;
    static const struct {
        uint32_t cr0;
        int x87, fwait;
    } rows[] = { { CR0_EM, EXC_NM, -1 },
                 { CR0_TS, EXC_NM, -1 },
                 { CR0_MP, -1, -1 },
                 { CR0_MP | CR0_TS, EXC_NM, EXC_NM },
                 { CR0_EM | CR0_MP, EXC_NM, -1 },
                 { 0, -1, -1 } };

    for (unsigned n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
        c->x.cr0 = CR0_PE | CR0_NE | CR0_ET | rows[n].cr0;
        bench_x87(&bench, 0xdb, 0xe3); /* FNINIT: #NM, too */
        ck_assert_int_eq(bench.vector, rows[n].x87);
        bench_x87(&bench, 0xd9, 0xe8);
        ck_assert_int_eq(bench.vector, rows[n].x87);
        bench_run(&bench, fwait, 1);
        ck_assert_int_eq(bench.vector, rows[n].fwait);
    }
}
END_TEST

START_TEST(reserved_encodings_are_undefined)
{
    static const uint8_t memory[][2] = { { 0xd9, 1 }, { 0xdb, 1 }, { 0xdb, 4 }, { 0xdb, 6 },
                                         { 0xdd, 1 }, { 0xdd, 5 }, { 0xdf, 1 } };

    for (unsigned opcode = 0xd8; opcode < 0xe0; opcode++) {
        for (unsigned modrm = 0xc0; modrm < 0x100; modrm++) {
            if (is_instruction(opcode, modrm))
                continue;
            bench_x87(&bench, (uint8_t)opcode, (uint8_t)modrm);
            ck_assert_int_eq(bench.vector, EXC_UD);
        }
    }
    for (unsigned n = 0; n < sizeof(memory) / sizeof(memory[0]); n++) {
        bench_x87(&bench, memory[n][0], (uint8_t)(memory[n][1] << 3 | 5));
        ck_assert_int_eq(bench.vector, EXC_UD);
    }
}
END_TEST

/* ---- state ---- */

START_TEST(untouched_state_stays_bit_for_bit)
{
    struct x86_fpu state;

    random_bytes((uint8_t *)&state, sizeof(state));
    bench.cpu->x.fpu = state;
    fpu_leave(bench.cpu);
    ck_assert_mem_eq(&bench.cpu->x.fpu, &state, sizeof(state));
}
END_TEST

START_TEST(any_state_may_be_loaded)
{
    struct interp *c = bench.cpu;

    for (unsigned n = 0; n < 50 * STATES; n++) {
        unsigned opcode = 0xd8 + (bench_random() & 7), modrm = bench_random() & 0xff;

        random_bytes((uint8_t *)&c->x.fpu, sizeof(c->x.fpu));
        c->x.cr0 = CR0_PE | (n & 1 ? CR0_NE : 0);
        c->x.ignne = n & 2;
        bench_x87(&bench, (uint8_t)opcode, (uint8_t)modrm);
        ck_assert(bench.vector == -1 || bench.vector == EXC_UD || bench.vector == EXC_MF ||
                  bench.vector == BENCH_FROZEN);
        c->x.halted = 0;
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

static void add_cases(Suite *s)
{
    TCase *tc = tcase_create("host");

    tcase_set_timeout(tc, 300);
    tcase_add_checked_fixture(tc, open_bench, close_bench);
    tcase_add_test(tc, register_forms_do_what_the_host_does);
    tcase_add_test(tc, memory_forms_do_what_the_host_does);
    tcase_add_test(tc, sequences_end_as_the_host_ends);
    tcase_add_test(tc, environment_and_state_are_stored_as_the_host_stores_them);
    tcase_add_test(tc, environment_and_state_are_loaded_as_the_host_loads_them);
    tcase_add_test(tc, fxsave_stores_what_the_host_stores);
    tcase_add_test(tc, fxrstor_loads_what_the_host_loads);
    suite_add_tcase(s, tc);
    tc = tcase_create("rules");
    tcase_add_checked_fixture(tc, open_bench, close_bench);
    tcase_add_test(tc, sixteen_bit_protected_environment_has_selectors);
    tcase_add_test(tc, sixteen_bit_real_environment_has_linear_addresses_and_the_opcode);
    tcase_add_test(tc, real_environment_of_32_bits_splits_linear_addresses);
    tcase_add_test(tc, every_layout_is_loaded_as_it_was_stored);
    tcase_add_test(tc, fxsave_needs_an_aligned_operand);
    tcase_add_test(tc, non_control_instructions_leave_their_address_and_operand);
    tcase_add_test(tc, a_pending_exception_is_reported_at_the_next_waiting_instruction);
    tcase_add_test(tc, without_ne_the_error_pin_rises_at_once_and_the_processor_stops_later);
    tcase_add_test(tc, irq_13_interrupts_the_waiting_instruction_which_then_goes_on);
    tcase_add_test(tc, a_long_loop_needs_no_stack);
    tcase_add_test(tc, unmasking_a_raised_flag_makes_it_pending);
    tcase_add_test(tc, em_and_ts_make_the_fpu_unavailable);
    tcase_add_test(tc, reserved_encodings_are_undefined);
    tcase_add_test(tc, untouched_state_stays_bit_for_bit);
    tcase_add_test(tc, any_state_may_be_loaded);
    suite_add_tcase(s, tc);
}

int main(void)
{
    Suite *s = suite_create("fpu");

    add_cases(s);
    return check_main(s);
}
