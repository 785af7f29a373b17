/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments, gates, interrupts and tasks: SDM volume 3, chapters 5, 6, 7 and 20. */
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/cpu/system_bench.h"

static void open_p5(void)
{
    bench_open(CPU_PENTIUM);
}

static void free_desc(uint32_t base, uint32_t limit, unsigned access, unsigned flags)
{
    put_desc(SEL_FREE, base, limit, access, flags);
}

/* ---- segment loads ---- */

struct load {
    const char *what;
    unsigned cpl;
    uint16_t selector;
    unsigned access; /* of the descriptor at SEL_FREE */
    bool ss;
    int vector;
    uint32_t code;
};

static const struct load loads[] = {
    { "null data", 0, 3, 0, false, DONE, 0 },
    { "null SS", 0, 0, 0, true, EXC_GP, 0 },
    { "data", 0, SEL_FREE, ACC_DATA, false, DONE, 0 },
    { "read-only data", 0, SEL_FREE, ACC_DATA_RO, false, DONE, 0 },
    { "read-only SS", 0, SEL_FREE, ACC_DATA_RO, true, EXC_GP, SEL_FREE },
    { "readable code", 0, SEL_FREE, ACC_CODE, false, DONE, 0 },
    { "execute-only code", 0, SEL_FREE, ACC_CODE_X, false, EXC_GP, SEL_FREE },
    { "a call gate", 0, SEL_FREE, ACC_CALL32, false, EXC_GP, SEL_FREE },
    { "ring 0 data at ring 3", 3, SEL_FREE, ACC_DATA, false, EXC_GP, SEL_FREE },
    { "ring 0 code at ring 3", 3, SEL_FREE, ACC_CODE, false, EXC_GP, SEL_FREE },
    { "conforming ring 0 code at ring 3", 3, SEL_FREE | 3, ACC_CODE_CONF, false, DONE, 0 },
    { "RPL 3 to ring 0 data", 0, SEL_FREE | 3, ACC_DATA, false, EXC_GP, SEL_FREE },
    { "ring 3 data at ring 0", 0, SEL_FREE, ACC_DATA | ACC_DPL3, false, DONE, 0 },
    { "not present data", 0, SEL_FREE, ACC_DATA & 0x7f, false, EXC_NP, SEL_FREE },
    { "not present SS", 0, SEL_FREE, ACC_DATA & 0x7f, true, EXC_SS, SEL_FREE },
    { "SS of ring 3 at ring 0", 0, SEL_FREE, ACC_DATA | ACC_DPL3, true, EXC_GP, SEL_FREE },
    { "SS with RPL 3 at ring 0", 0, SEL_FREE | 3, ACC_DATA, true, EXC_GP, SEL_FREE },
    { "SS of code", 0, SEL_FREE, ACC_CODE, true, EXC_GP, SEL_FREE },
    { "beyond the GDT", 0, 0x200, 0, false, EXC_GP, 0x200 },
    { "beyond the LDT", 0, 0x107, 0, false, EXC_GP, 0x104 },
};

START_TEST(a_segment_load_is_checked)
{
    const struct load *l = &loads[_i];
    int vector;

    start_protected(l->cpl);
    free_desc(0x12345678, 0xabcde, l->access, FLAG_32);
    bench.x.gpr[R_EAX] = l->selector;
    /* mov ss,ax or mov es,ax */
    vector = l->ss ? RUN("\x8e\xd0") : RUN("\x8e\xc0");
    ck_assert_msg(vector == l->vector, "%s: vector %d", l->what, vector);
    if (vector != DONE) {
        ck_assert_msg(frame(0) == l->code, "%s: code %x", l->what, frame(0));
        ck_assert_uint_eq(frame(1), AT_CODE);
    } else if (l->selector > 3) {
        ck_assert_uint_eq(bench.x.seg[S_ES].base, 0x12345678);
        ck_assert_uint_eq(bench.x.seg[S_ES].limit, 0xabcde);
        ck_assert_uint_eq(bench.x.seg[S_ES].attr, l->access | 1 | FLAG_32 << 8);
        ck_assert_uint_eq(peek32(AT_GDT + SEL_FREE + 4) >> 8 & 1, 1);
    }
}
END_TEST

START_TEST(a_segment_may_come_from_the_ldt)
{
    start_protected(0);
    put_desc(0x14, AT_DATA, 0xfff, ACC_DATA, FLAG_32);
    poke32(AT_DATA, 0x1234);
    bench.x.gpr[R_EAX] = 0x14;
    /* mov es,ax / mov eax,es:[0] / mov al,es:[1000h] */
    ck_assert_int_eq(RUN("\x8e\xc0\x26\xa1\x00\x00\x00\x00\x26\xa0\x00\x10\x00\x00"), EXC_GP);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x1234);
    ck_assert_uint_eq(frame(0), 0);
}
END_TEST

struct limit {
    unsigned access, flags;
    uint32_t limit, offset;
    bool write;
    bool good;
};

static const struct limit limits[] = {
    { ACC_DATA, FLAG_32, 0xfff, 0xffc, false, true },
    { ACC_DATA, FLAG_32, 0xfff, 0xffd, false, false },
    { ACC_DATA, FLAG_32 | FLAG_4K, 0xfff, 0xffc, true, true },
    { ACC_DATA_DOWN, FLAG_32, 0xfff, 0xfff, true, false },
    { ACC_DATA_DOWN, FLAG_32, 0xfff, 0x1000, true, true },
    { ACC_DATA_DOWN, FLAG_32, 0xfff, 0x20000, true, true },
    { ACC_DATA_DOWN, 0, 0xfff, 0xfffc, true, true },
    { ACC_DATA_DOWN, 0, 0xfff, 0xfffd, true, false },
    { ACC_DATA_RO, FLAG_32, 0xfff, 0, true, false },
    { ACC_DATA_RO, FLAG_32, 0xfff, 0, false, true },
    { ACC_CODE, FLAG_32, 0xfff, 0, true, false },
    { ACC_CODE, FLAG_32, 0xfff, 0, false, true },
};

START_TEST(an_access_is_checked_against_limit_and_type)
{
    const struct limit *l = &limits[_i];
    int vector;

    start_protected(0);
    free_desc(AT_DATA, l->limit, l->access, l->flags);
    bench.x.gpr[R_EAX] = SEL_FREE;
    bench.x.gpr[R_EBX] = l->offset;
    /* mov es,ax / mov es:[ebx],ecx or mov ecx,es:[ebx] */
    vector = l->write ? RUN("\x8e\xc0\x26\x89\x0b") : RUN("\x8e\xc0\x26\x8b\x0b");
    ck_assert_int_eq(vector, l->good ? DONE : EXC_GP);
}
END_TEST

START_TEST(a_null_segment_faults_when_used)
{
    start_protected(0);
    /* xor eax,eax / mov es,ax / mov al,es:[0] */
    ck_assert_int_eq(RUN("\x31\xc0\x8e\xc0\x26\xa0\x00\x00\x00\x00"), EXC_GP);
}
END_TEST

START_TEST(real_mode_keeps_a_limit_loaded_in_protected_mode)
{
    start_real();
    bench.x.gdtr = (struct x86_table){ .base = AT_GDT, .limit = GDT_LIMIT };
    poke32(0x612340, 0xfeed);
    /* mov eax,cr0 / or al,1 / mov cr0,eax / mov bx,10h / mov ds,bx / and al,0feh / mov cr0,eax /
     * xor bx,bx / mov ds,bx / mov ebx,612340h / mov eax,[ebx] / mov cx,1 / mov ds,cx */
    ck_assert_int_eq(
        RUN("\x0f\x20\xc0\x0c\x01\x0f\x22\xc0\xbb\x10\x00\x8e\xdb\x24\xfe\x0f\x22\xc0"
            "\x31\xdb\x8e\xdb\x66\xbb\x40\x23\x61\x00\x67\x66\x8b\x03\xb9\x01\x00\x8e\xd9"),
        DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0xfeed);
    ck_assert_uint_eq(bench.x.seg[S_DS].limit, 0xffffffff);
    ck_assert_uint_eq(bench.x.seg[S_DS].base, 0x10);
}
END_TEST

START_TEST(real_mode_beyond_64_kb_is_13_or_12)
{
    start_real();
    /* mov ax,[0ffffh] */
    ck_assert_int_eq(RUN("\xa1\xff\xff"), EXC_GP);
    ck_assert_uint_eq(peek16(bench.x.gpr[R_ESP]), 0);
    start_real();
    /* mov bp,0ffffh / mov ax,[bp+0] */
    ck_assert_int_eq(RUN("\xbd\xff\xff\x8b\x46\x00"), EXC_SS);
}
END_TEST

/* ---- far transfers ---- */

START_TEST(a_far_call_and_return_in_real_mode)
{
    start_real();
    poke_code(0x30010, "\x40\xca\x02\x00", 4); /* inc ax / retf 2 */
    /* push ax / call 3000h:0010h */
    ck_assert_int_eq(RUN("\x50\x9a\x10\x00\x00\x30"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 1);
    ck_assert_uint_eq(bench.x.gpr[R_ESP], 0xf000 - 6);
}
END_TEST

START_TEST(a_far_jump_to_16_bit_code_and_back)
{
    start_protected(0);
    /* at CODE16:8000h: mov ax,1234h / jmp dword 8:28010h */
    poke_code(0x28000, "\xb8\x34\x12\x66\xea\x10\x80\x02\x00\x08\x00", 11);
    poke_code(0x28010, "\xcd\x80", 2);
    bench.x.gpr[R_EAX] = 0xffffffff;
    ck_assert_int_eq(RUN("\xea\x00\x80\x00\x00\x48\x00"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0xffff1234);
}
END_TEST

struct jump {
    const char *what;
    unsigned cpl;
    unsigned access;
    uint16_t selector;
    int vector;
    uint32_t code;
};

static const struct jump jumps[] = {
    { "null", 0, 0, 2, EXC_GP, 0 },
    { "same level", 0, ACC_CODE, SEL_FREE, DONE, 0 },
    { "RPL above CPL", 0, ACC_CODE, SEL_FREE | 3, EXC_GP, SEL_FREE },
    { "outer level", 0, ACC_CODE | ACC_DPL3, SEL_FREE | 3, EXC_GP, SEL_FREE },
    { "inner level", 3, ACC_CODE, SEL_FREE, EXC_GP, SEL_FREE },
    { "inner conforming", 3, ACC_CODE_CONF, SEL_FREE, DONE, 0 },
    { "outer conforming", 0, ACC_CODE_CONF | ACC_DPL3, SEL_FREE | 3, EXC_GP, SEL_FREE },
    { "data", 0, ACC_DATA, SEL_FREE, EXC_GP, SEL_FREE },
    { "not present", 0, ACC_CODE & 0x7f, SEL_FREE, EXC_NP, SEL_FREE },
    { "LDT", 0, ACC_LDT, SEL_FREE, EXC_GP, SEL_FREE },
    { "busy TSS", 0, ACC_TSS32 | 2, SEL_FREE, EXC_GP, SEL_FREE },
};

START_TEST(a_far_jump_is_checked)
{
    const struct jump *j = &jumps[_i];
    uint16_t cs = CODE0;
    int vector;

    start_protected(j->cpl);
    cs = bench.x.seg[S_CS].selector;
    free_desc(0, 0xffffffff, j->access, FLAG_32 | FLAG_4K);
    poke_code(0x28000, "\x8c\xc8\xcd\x80", 4); /* mov eax,cs */
    poke32(AT_DATA, 0x28000);
    poke16(AT_DATA + 4, j->selector);
    vector = RUN("\xff\x2d\x00\x00\x06\x00"); /* jmp far [60000h] */
    ck_assert_msg(vector == j->vector, "%s: vector %d", j->what, vector);
    if (vector == DONE) {
        ck_assert_uint_eq(bench.x.gpr[R_EAX], SEL_FREE | j->cpl);
    } else {
        ck_assert_msg(frame(0) == j->code, "%s: code %x", j->what, frame(0));
        ck_assert_uint_eq(frame(2), cs);
    }
}
END_TEST

START_TEST(a_jump_beyond_the_limit_is_13_in_the_old_segment)
{
    start_protected(0);
    free_desc(0, 0xfff, ACC_CODE, FLAG_32);
    ck_assert_int_eq(RUN("\xea\x00\x10\x00\x00\x60\x00"), EXC_GP);
    ck_assert_uint_eq(frame(0), 0);
    ck_assert_uint_eq(frame(1), AT_CODE);
    ck_assert_uint_eq(frame(2), CODE0);
}
END_TEST

START_TEST(a_call_gate_switches_stacks_and_copies_parameters)
{
    start_protected(3);
    put_gate(SEL_FREE, CODE0, 0x28000, ACC_CALL32 | ACC_DPL3, 2);
    /* mov eax,[esp+8] / mov ebx,[esp+12] / mov ecx,[esp+16] / mov edx,[esp+20] / mov si,ss /
     * mov ebp,[esp] / retf 8 */
    poke_code(0x28000,
              "\x8b\x44\x24\x08\x8b\x5c\x24\x0c\x8b\x4c\x24\x10\x8b\x54\x24\x14\x8c\xd6"
              "\x8b\x2c\x24\xca\x08\x00",
              24);
    /* push 11h / push 22h / call 60h:0 / mov edi,esp */
    ck_assert_int_eq(RUN("\x6a\x11\x6a\x22\x9a\x00\x00\x00\x00\x60\x00\x89\xe7"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x22);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 0x11);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], STACK3 - 8);
    ck_assert_uint_eq(bench.x.gpr[R_EDX], DATA3);
    ck_assert_uint_eq(bench.x.gpr[R_ESI], DATA0);
    ck_assert_uint_eq(bench.x.gpr[R_EDI], STACK3);
    ck_assert_uint_eq(frame(1), CODE3);
    ck_assert_uint_eq(bench.x.gpr[R_EBP], AT_CODE + 11);
}
END_TEST

START_TEST(a_16_bit_call_gate_pushes_words)
{
    start_protected(3);
    free_desc(0x28000, 0xffff, ACC_CODE, FLAG_32);
    put_gate(SEL_FREE + 8, SEL_FREE, 0x99990010, ACC_CALL16 | ACC_DPL3, 1);
    poke_code(0x28010, "\xf4", 1);
    bench.x.eip = AT_CODE & 0xffff;
    bench.x.seg[S_CS].base = AT_CODE - bench.x.eip;
    poke_code(AT_CODE, "\x66\x6a\x77\x9a\x00\x00\x00\x00\x68\x00", 10);
    run(3);
    ck_assert_uint_eq(bench.x.eip, 0x11);
    ck_assert_uint_eq(bench.x.gpr[R_ESP], TSS_STACK0 - 10);
    ck_assert_uint_eq(peek16(TSS_STACK0 - 10), 10);
    ck_assert_uint_eq(peek16(TSS_STACK0 - 8), CODE3);
    ck_assert_uint_eq(peek16(TSS_STACK0 - 6), 0x77);
    ck_assert_uint_eq(peek16(TSS_STACK0 - 4), (STACK3 - 2) & 0xffff);
    ck_assert_uint_eq(peek16(TSS_STACK0 - 2), DATA3);
}
END_TEST

struct gate {
    const char *what;
    unsigned access;
    uint16_t cs;
    unsigned tss_ss;
    uint32_t tss_limit;
    int vector;
    uint32_t code;
};

static const struct gate gates[] = {
    { "DPL 0 from ring 3", ACC_CALL32, CODE0, DATA0, 0x67, EXC_GP, SEL_FREE },
    { "not present", (ACC_CALL32 | ACC_DPL3) & 0x7f, CODE0, DATA0, 0x67, EXC_NP, SEL_FREE },
    { "null CS", ACC_CALL32 | ACC_DPL3, 0, DATA0, 0x67, EXC_GP, 0 },
    { "CS is data", ACC_CALL32 | ACC_DPL3, DATA0, DATA0, 0x67, EXC_GP, DATA0 },
    { "CS beyond GDT", ACC_CALL32 | ACC_DPL3, 0x300, DATA0, 0x67, EXC_GP, 0x300 },
    { "no SS0", ACC_CALL32 | ACC_DPL3, CODE0, 0, 0x67, EXC_TS, 0 },
    { "SS0 of ring 3", ACC_CALL32 | ACC_DPL3, CODE0, DATA3, 0x67, EXC_TS, DATA3 & 0xfc },
    { "SS0 is code", ACC_CALL32 | ACC_DPL3, CODE0, CODE0, 0x67, EXC_TS, CODE0 },
    { "short TSS", ACC_CALL32 | ACC_DPL3, CODE0, DATA0, 0x09, EXC_TS, SEL_TSS },
};

/* Exceptions come by a task gate: the ring 0 stack may be what is broken. */
START_TEST(a_call_gate_is_checked)
{
    const struct gate *g = &gates[_i];

    start_protected(3);
    put_gate(SEL_FREE, g->cs, 0x28000, g->access, 0);
    poke16(AT_TSS + 8, (uint16_t)g->tss_ss);
    bench.x.tr.limit = g->tss_limit;
    if (g->tss_limit < 0x60)
        bench.x.tr.limit = g->tss_limit;
    poke_code(AT_CODE, "\x9a\x00\x00\x00\x00\x60\x00", 7);
    /* The fault itself is what counts; look at it before it is delivered, through a conforming
     * handler that needs no stack switch. */
    put_desc(SEL_FREE + 8, 0, 0xffffffff, ACC_CODE_CONF, FLAG_32 | FLAG_4K);
    put_idt((unsigned)g->vector, SEL_FREE + 8, 0x29000, ACC_INTR32);
    poke_code(0x29000, "\x58\xeb\xfe", 3); /* pop eax / jmp $ */
    run(4);
    ck_assert_msg(bench.x.eip == 0x29001, "%s: eip %x", g->what, bench.x.eip);
    ck_assert_msg(bench.x.gpr[R_EAX] == g->code, "%s: code %x", g->what, bench.x.gpr[R_EAX]);
}
END_TEST

START_TEST(a_return_to_an_outer_level_drops_inner_data_segments)
{
    start_protected(0);
    free_desc(0, 0xffff, ACC_CODE_CONF, FLAG_32);
    bench.x.gpr[R_EAX] = SEL_FREE;
    bench.x.gpr[R_EBX] = DATA3;
    poke_code(0x28000, "\xcd\x80", 2);
    /* mov fs,ax / mov gs,bx / push 23h / push 50000h / push 1bh / push 28000h / retf */
    ck_assert_int_eq(
        RUN("\x8e\xe0\x8e\xeb\x6a\x23\x68\x00\x00\x05\x00\x6a\x1b\x68\x00\x80\x02\x00\xcb"), DONE);
    ck_assert_uint_eq(bench.x.seg[S_DS].selector, 0);
    ck_assert(bench.x.seg[S_DS].attr & SEG_NULL);
    ck_assert(bench.x.seg[S_ES].attr & SEG_NULL);
    ck_assert_uint_eq(bench.x.seg[S_FS].selector, SEL_FREE);
    ck_assert_uint_eq(bench.x.seg[S_GS].selector, DATA3);
    ck_assert_uint_eq(frame(1), CODE3);
    ck_assert_uint_eq(frame(3), STACK3);
}
END_TEST

START_TEST(a_return_to_a_16_bit_stack_keeps_the_high_half_of_esp)
{
    start_protected(0);
    free_desc(AT_DATA, 0xffff, ACC_DATA | ACC_DPL3, 0);
    poke_code(0x28000, "\x89\xe0\xcd\x80", 4); /* mov eax,esp */
    /* push 63h / push 1000h / push 1bh / push 28000h / retf */
    ck_assert_int_eq(RUN("\x6a\x63\x68\x00\x10\x00\x00\x6a\x1b\x68\x00\x80\x02\x00\xcb"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], (STACK0 & 0xffff0000) - 0x10000 + 0x1000);
}
END_TEST

START_TEST(a_return_to_an_inner_level_is_13)
{
    start_protected(3);
    /* push 8 / push 28000h / retf */
    ck_assert_int_eq(RUN("\x6a\x08\x68\x00\x80\x02\x00\xcb"), EXC_GP);
    ck_assert_uint_eq(frame(0), CODE0);
}
END_TEST

/* ---- interrupts ---- */

START_TEST(a_real_mode_interrupt_pushes_flags_cs_ip_and_clears_if_tf)
{
    start_real();
    bench.x.eflags |= FL_IF | FL_CF;
    ck_assert_int_eq(RUN("\xcd\x21"), 0x21);
    ck_assert_uint_eq(bench.x.gpr[R_ESP], 0xf000 - 6);
    ck_assert_uint_eq(peek16(0xf000 - 2), FL_ONE | FL_IF | FL_CF);
    ck_assert_uint_eq(peek16(0xf000 - 4), AT_CODE / 16);
    ck_assert_uint_eq(peek16(0xf000 - 6), 2);
    ck_assert_uint_eq(bench.x.eflags & FL_IF, 0);
}
END_TEST

START_TEST(a_real_mode_vector_beyond_the_idt_limit_is_13_then_8_then_shutdown)
{
    start_real();
    bench.x.idtr.limit = 14 * 4 - 1;
    ck_assert_int_eq(RUN("\xcd\x21"), EXC_GP);
    start_real();
    bench.x.idtr.limit = 9 * 4 - 1;
    ck_assert_int_eq(RUN("\xcd\x21"), EXC_DF);
    start_real();
    bench.x.idtr.limit = 3;
    ck_assert_int_eq(RUN("\xcd\x21"), -1);
    start_real();
    bench.x.idtr.limit = 3;
    poke_code(AT_CODE, "\xcd\x21", 2);
    ck_assert_int_eq(run(10), CPU_EXIT_SHUTDOWN);
}
END_TEST

START_TEST(a_trap_gate_leaves_if_and_iret_brings_all_back)
{
    start_protected(3);
    put_idt(0x40, CODE0, 0x28000, ACC_TRAP32 | ACC_DPL3);
    poke_code(0x28000, "\x9c\x58\x89\xe3\xcf", 5); /* pushf / pop eax / mov ebx,esp / iret */
    bench.x.eflags |= FL_IF | FL_NT;
    ck_assert_int_eq(RUN("\xf9\xcd\x40\x89\xe1"), DONE); /* stc / int 40h / mov ecx,esp */
    ck_assert_uint_eq(bench.x.gpr[R_EAX], FL_ONE | FL_IF | FL_CF);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], TSS_STACK0 - 20);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], STACK3);
    ck_assert_uint_eq(frame(1), CODE3);
    ck_assert_uint_eq(frame(2), FL_ONE | FL_IF | FL_NT | FL_CF);
}
END_TEST

START_TEST(int_n_needs_the_gates_dpl)
{
    start_protected(3);
    ck_assert_int_eq(RUN("\xcd\x10"), EXC_GP);
    ck_assert_uint_eq(frame(0), 0x10 * 8 + 2);
    ck_assert_uint_eq(frame(1), AT_CODE);
    start_protected(3);
    ck_assert_int_eq(RUN("\xcc"), EXC_BP);
    ck_assert_uint_eq(frame(0), AT_CODE + 1);
    start_protected(3);
    put_idt(3, CODE0, AT_HANDLERS + 48, ACC_INTR32);
    ck_assert_int_eq(RUN("\xcc"), EXC_GP);
    ck_assert_uint_eq(frame(0), 3 * 8 + 2);
}
END_TEST

START_TEST(a_fault_pushes_rf_and_a_trap_does_not)
{
    start_protected(0);
    ck_assert_int_eq(RUN("\x0f\x0b"), EXC_UD);
    ck_assert_uint_eq(frame(2) & FL_RF, FL_RF);
    start_protected(0);
    ck_assert_int_eq(RUN("\xcc"), EXC_BP);
    ck_assert_uint_eq(frame(2) & FL_RF, 0);
}
END_TEST

START_TEST(a_bad_gate_gives_its_place_in_the_idt_with_ext)
{
    start_protected(0);
    put_idt(EXC_UD, CODE0, 0, ACC_LDT);
    ck_assert_int_eq(RUN("\x0f\x0b"), EXC_GP);
    ck_assert_uint_eq(frame(0), EXC_UD * 8 + 3);
    start_protected(0);
    put_idt(EXC_UD, CODE0, 0, ACC_INTR32 & 0x7f);
    ck_assert_int_eq(RUN("\x0f\x0b"), EXC_NP);
    ck_assert_uint_eq(frame(0), EXC_UD * 8 + 3);
    start_protected(0);
    put_idt(EXC_UD, SEL_FREE, 0, ACC_INTR32);
    free_desc(0, 0xffff, ACC_DATA, 0);
    ck_assert_int_eq(RUN("\x0f\x0b"), EXC_GP);
    ck_assert_uint_eq(frame(0), SEL_FREE | 1);
    start_protected(0);
    put_idt(0x40, SEL_FREE, 0, ACC_INTR32);
    ck_assert_int_eq(RUN("\xcd\x40"), EXC_GP);
    ck_assert_uint_eq(frame(0), SEL_FREE);
}
END_TEST

START_TEST(contributory_faults_make_a_double_fault)
{
    start_protected(0);
    put_idt(EXC_GP, CODE0, 0, ACC_INTR32 & 0x7f);
    /* mov ax,200h / mov es,ax: #GP, then #NP */
    ck_assert_int_eq(RUN("\x66\xb8\x00\x02\x8e\xc0"), EXC_DF);
    ck_assert_uint_eq(frame(0), 0);
    ck_assert_uint_eq(frame(1), AT_CODE + 4);
}
END_TEST

START_TEST(a_third_fault_shuts_down)
{
    start_protected(0);
    bench.x.idtr.limit = 0;
    poke_code(AT_CODE, "\x0f\x0b", 2);
    ck_assert_int_eq(run(10), CPU_EXIT_SHUTDOWN);
}
END_TEST

START_TEST(a_page_fault_while_delivering_a_page_fault_is_a_double_fault)
{
    start_protected(3);
    start_paging(7);
    poke32(pte_at(TSS_STACK0 - 4), 0);
    put_gate(SEL_FREE, 0, 0, 0, 0);
    /* #DF by a task with its own stack */
    poke32(AT_IDT + 8 * 8, (uint32_t)SEL_TSS2 << 16);
    poke32(AT_IDT + 8 * 8 + 4, ACC_TASK_GATE << 8);
    poke32(AT_TSS2 + 0x1c, AT_PD);
    poke32(AT_TSS2 + 0x20, AT_HANDLERS + 8 * 16);
    poke32(AT_TSS2 + 0x24, FL_ONE);
    poke32(AT_TSS2 + 0x38, STACK0);
    for (unsigned i = 0; i < 6; i++)
        poke32(AT_TSS2 + 0x48 + 4 * i, i == 1 ? CODE0 : DATA0);
    poke32(pte_at(AT_DATA), 0);
    ck_assert_int_eq(RUN("\xa1\x00\x00\x06\x00"), EXC_DF);
    ck_assert_uint_eq(frame(0), 0);
    ck_assert_uint_eq(bench.x.cr2, TSS_STACK0 - 4);
    ck_assert_uint_eq(peek32(AT_TSS + 0x20), AT_CODE);
}
END_TEST

START_TEST(an_unaligned_ring_3_handler_of_17_does_not_hang_the_processor)
{
    start_protected(3);
    bench.x.cr0 |= CR0_AM;
    bench.x.eflags |= FL_AC;
    bench.x.gpr[R_ESP] = STACK3 - 1;
    put_idt(EXC_AC, CODE3, AT_HANDLERS, ACC_INTR32);
    poke_code(AT_CODE, "\x50", 1);
    ck_assert_int_eq(run(2), CPU_EXIT_SHUTDOWN);
}
END_TEST

/* ---- V86 ---- */

START_TEST(an_exception_leaves_v86_with_all_segments_on_the_stack)
{
    start_v86(3);
    ck_assert_int_eq(RUN("\x0f\x0b"), EXC_UD);
    ck_assert_uint_eq(frame(0), 0);
    ck_assert_uint_eq(frame(1), AT_CODE / 16);
    ck_assert(frame(2) & FL_VM);
    ck_assert_uint_eq(frame(3), 0x1000);
    ck_assert_uint_eq(frame(4), 0x5000);
    ck_assert_uint_eq(frame(5), 0x6000);
    ck_assert_uint_eq(frame(6), 0x6300);
    ck_assert_uint_eq(frame(7), 0x6400);
    ck_assert_uint_eq(frame(8), 0x6500);
    ck_assert_uint_eq(bench.x.gpr[R_ESP], TSS_STACK0 - 36);
    ck_assert(bench.x.seg[S_DS].attr & SEG_NULL);
    ck_assert_uint_eq(bench.x.eflags & FL_VM, 0);
}
END_TEST

START_TEST(iret_from_ring_0_enters_v86)
{
    start_protected(0);
    poke_code(0x30000, "\x8c\xd8\x8e\xc0\xcd\x80", 6); /* mov ax,ds / mov es,ax */
    /* push GS FS DS ES SS ESP EFLAGS CS EIP / iret */
    ck_assert_int_eq(RUN("\x6a\x05\x6a\x04\x6a\x03\x6a\x02\x68\x00\x50\x00\x00\x68\x00\x10\x00\x00"
                         "\x68\x02\x30\x02\x00\x68\x00\x30\x00\x00\x6a\x00\xcf"),
                     DONE);
    ck_assert_uint_eq(frame(1), 0x3000);
    ck_assert_uint_eq(frame(2), 0x00023002);
    ck_assert_uint_eq(frame(5), 3);
    ck_assert_uint_eq(frame(6), 3);
    ck_assert_uint_eq(frame(7), 4);
    ck_assert_uint_eq(frame(8), 5);
    ck_assert_uint_eq(bench.x.gpr[R_EAX] & 0xffff, 3);
}
END_TEST

START_TEST(sensitive_instructions_in_v86_need_iopl_3)
{
    static const char *const list[] = { "\xfa", "\xfb", "\x9c", "\x9d", "\xcf", "\xcd\x21" };

    for (unsigned i = 0; i < 6; i++) {
        start_v86(0);
        ck_assert_int_eq(run_code(list[i], i == 5 ? 2 : 1), EXC_GP);
        ck_assert_uint_eq(frame(0), 0);
        ck_assert_uint_eq(frame(1), 0);
    }
    start_v86(3);
    ck_assert_int_eq(RUN("\xfa\x9c\x9d\xfb\xcd\x21"), 0x21);
}
END_TEST

START_TEST(vme_sends_an_interrupt_to_the_programs_own_handler)
{
    start_v86(0);
    bench.x.cr4 = CR4_VME;
    bench.x.eflags |= FL_VIF;
    poke32(0x21 * 4, 0x30000000);
    poke8(AT_TSS + 0x68 + 0x80 / 8, 1); /* INT 80h goes to the monitor, all else does not */
    /* pushf / pop ax / iret */
    poke_code(0x30000, "\x9c\x58\xcf", 3);
    start_v86(0);
    bench.x.cr4 = CR4_VME;
    bench.x.eflags |= FL_VIF;
    /* With IOPL 0, an interrupt that is not redirected is #GP. */
    ck_assert_int_eq(RUN("\xcd\x21\x9c\x5b"), EXC_GP);
    ck_assert_uint_eq(frame(1), 4);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], FL_ONE | FL_IOPL);         /* in the handler: VIF clear */
    ck_assert_uint_eq(bench.x.gpr[R_EBX], FL_ONE | FL_IOPL | FL_IF); /* after: set again */
    ck_assert_uint_eq(peek16(0x50ffe), FL_ONE | FL_IOPL | FL_IF);
}
END_TEST

START_TEST(vme_with_iopl_3_uses_if_and_obeys_the_bitmap)
{
    start_v86(3);
    bench.x.cr4 = CR4_VME;
    bench.x.eflags |= FL_IF;
    poke8(AT_TSS + 0x68 + 0x80 / 8, 1);
    poke32(0x21 * 4, 0x30000000);
    poke_code(0x30000, "\x9c\x58\xcf", 3); /* pushf / pop ax / iret */
    /* int 21h / pushf / pop bx / int 80h: to the monitor, as its bit is set */
    ck_assert_int_eq(RUN("\xcd\x21\x9c\x5b"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], FL_ONE | FL_IOPL);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], FL_ONE | FL_IOPL | FL_IF);
    ck_assert_uint_eq(bench.x.cr0 & CR0_PE, CR0_PE);
    ck_assert_uint_eq(bench.x.seg[S_CS].selector, CODE0);
}
END_TEST

START_TEST(int3_in_v86_asks_neither_iopl_nor_the_bitmap)
{
    start_v86(0);
    bench.x.cr4 = CR4_VME;
    ck_assert_int_eq(RUN("\xcc"), EXC_BP);
    ck_assert_uint_eq(bench.x.seg[S_CS].selector, CODE0);
    ck_assert_uint_eq(frame(0), 1);
}
END_TEST

START_TEST(a_16_bit_gate_pushes_words)
{
    start_protected(0);
    put_idt(0x40, CODE0, 0x99990000 | 0x8000, ACC_INTR16);
    poke_code(0x8000, "\x89\xe0\x66\xcf", 4); /* mov eax,esp / o16 iret */
    poke_code(0x4100, "\x89\xe3\xcd\x80", 4);
    bench.x.eip = 0x40fe;
    poke_code(0x40fe, "\xcd\x40", 2);
    ck_assert_int_eq(run_to_halt(), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], STACK0 - 6);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], STACK0);
}
END_TEST

START_TEST(an_inner_stack_may_expand_down_also_from_v86)
{
    start_v86(3);
    put_desc(SEL_FREE, 0, 0x3ffff, ACC_DATA_DOWN, FLAG_32);
    poke16(AT_TSS + 8, SEL_FREE);
    ck_assert_int_eq(RUN("\x90"), DONE);
    ck_assert_uint_eq(bench.x.seg[S_SS].selector, SEL_FREE);
    start_v86(3);
    put_desc(SEL_FREE, 0, 0x4ffff, ACC_DATA_DOWN, FLAG_32);
    put_idt(EXC_DF, 0, 0, 0);
    poke_code(AT_CODE, "\xcd\x80", 2);
    ck_assert_int_eq(run(10), CPU_EXIT_SHUTDOWN);
}
END_TEST

START_TEST(vme_cli_and_sti_change_vif_and_sti_with_vip_is_13)
{
    start_v86(0);
    bench.x.cr4 = CR4_VME;
    bench.x.eflags |= FL_VIF;
    poke_code(AT_CODE, "\xfa\xfb\xfa", 3);
    run(1);
    ck_assert_uint_eq(bench.x.eflags & (FL_VIF | FL_IF), 0);
    run(1);
    ck_assert_uint_eq(bench.x.eflags & (FL_VIF | FL_IF), FL_VIF);
    start_v86(0);
    bench.x.cr4 = CR4_VME;
    bench.x.eflags |= FL_VIP;
    ck_assert_int_eq(RUN("\xfb"), EXC_GP);
}
END_TEST

START_TEST(pvi_gives_ring_3_its_own_interrupt_flag)
{
    start_protected(3);
    bench.x.cr4 = CR4_PVI;
    poke_code(AT_CODE, "\xfb\xfa", 2);
    run(1);
    ck_assert_uint_eq(bench.x.eflags & (FL_VIF | FL_IF), FL_VIF);
    run(1);
    ck_assert_uint_eq(bench.x.eflags & (FL_VIF | FL_IF), 0);
    start_protected(3);
    ck_assert_int_eq(RUN("\xfb"), EXC_GP);
}
END_TEST

/* ---- tasks ---- */

static void put_tss2(uint32_t eip, uint32_t flags)
{
    for (unsigned i = 0; i < 0x68; i += 4)
        poke32(AT_TSS2 + i, 0);
    poke32(AT_TSS2 + 0x04, TSS_STACK0 - 0x1000);
    poke32(AT_TSS2 + 0x08, DATA0);
    poke32(AT_TSS2 + 0x1c, AT_PD);
    poke32(AT_TSS2 + 0x20, eip);
    poke32(AT_TSS2 + 0x24, flags);
    for (unsigned i = 0; i < 8; i++)
        poke32(AT_TSS2 + 0x28 + 4 * i, 0x1000 * (i + 1));
    poke32(AT_TSS2 + 0x38, STACK0 - 0x1000);
    for (unsigned i = 0; i < 6; i++)
        poke32(AT_TSS2 + 0x48 + 4 * i, i == 1 ? CODE0 : DATA0);
    poke32(AT_TSS2 + 0x60, SEL_LDT);
}

static unsigned access_of(uint16_t selector)
{
    return peek32(AT_GDT + (selector & 0xfff8) + 4) >> 8 & 0xff;
}

START_TEST(a_jump_to_a_tss_saves_all_and_moves_the_busy_bit)
{
    start_protected(0);
    put_tss2(0x28000, FL_ONE | FL_CF);
    poke_code(0x28000, "\xf4", 1);
    bench.x.gpr[R_EBX] = 0xb0b0b0b0;
    poke_code(AT_CODE, "\xf9\xea\x00\x00\x00\x00\x38\x00", 8); /* stc / jmp 38h:0 */
    run(2);
    ck_assert_uint_eq(bench.x.eip, 0x28000);
    ck_assert_uint_eq(bench.x.eflags, FL_ONE | FL_CF);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], 0x2000);
    ck_assert_uint_eq(bench.x.gpr[R_ESP], STACK0 - 0x1000);
    ck_assert_uint_eq(bench.x.tr.selector, SEL_TSS2);
    ck_assert_uint_eq(bench.x.tr.base, AT_TSS2);
    ck_assert_uint_eq(bench.x.cr0 & CR0_TS, CR0_TS);
    ck_assert_uint_eq(peek32(AT_TSS + 0x20), AT_CODE + 8);
    ck_assert_uint_eq(peek32(AT_TSS + 0x24), FL_ONE | FL_CF);
    ck_assert_uint_eq(peek32(AT_TSS + 0x34), 0xb0b0b0b0);
    ck_assert_uint_eq(peek16(AT_TSS + 0x4c), CODE0);
    ck_assert_uint_eq(access_of(SEL_TSS), ACC_TSS32);
    ck_assert_uint_eq(access_of(SEL_TSS2), ACC_TSS32 | 2);
    ck_assert_uint_eq(peek16(AT_TSS2), 0);
}
END_TEST

START_TEST(a_called_task_returns_by_iret)
{
    start_protected(0);
    put_tss2(0x28000, FL_ONE);
    /* pushf / pop eax / mov [60000h],eax / str [60004h] / iret */
    poke_code(0x28000, "\x9c\x58\xa3\x00\x00\x06\x00\x0f\x00\x0d\x04\x00\x06\x00\xcf", 15);
    /* call 38h:0 / str ecx */
    ck_assert_int_eq(RUN("\x9a\x00\x00\x00\x00\x38\x00\x0f\x00\xc9"), DONE);
    ck_assert_uint_eq(peek32(AT_DATA), FL_ONE | FL_NT);
    ck_assert_uint_eq(peek16(AT_DATA + 4), SEL_TSS2);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], SEL_TSS);
    ck_assert_uint_eq(peek16(AT_TSS2), SEL_TSS);
    ck_assert_uint_eq(peek32(AT_TSS2 + 0x20), 0x2800f);
    ck_assert_uint_eq(peek32(AT_TSS2 + 0x24) & FL_NT, 0);
    ck_assert_uint_eq(access_of(SEL_TSS), ACC_TSS32 | 2);
    ck_assert_uint_eq(access_of(SEL_TSS2), ACC_TSS32);
    ck_assert_uint_eq(frame(2) & FL_NT, 0);
}
END_TEST

START_TEST(a_16_bit_task_is_entered_and_left)
{
    start_protected(0);
    for (unsigned i = 0; i < 0x2c; i += 2)
        poke16(AT_TSS16 + i, 0);
    poke16(AT_TSS16 + 0x0e, 0x8000);
    poke16(AT_TSS16 + 0x10, FL_ONE);
    poke16(AT_TSS16 + 0x12, 0x1234);
    poke16(AT_TSS16 + 0x1a, 0xf000);
    poke16(AT_TSS16 + 0x22, DATA16);
    poke16(AT_TSS16 + 0x24, CODE16);
    poke16(AT_TSS16 + 0x26, DATA16);
    poke16(AT_TSS16 + 0x28, DATA16);
    /* mov [7000h],ax / mov [7002h],fs / iret */
    poke_code(0x28000, "\xa3\x00\x70\x8c\x26\x02\x70\xcf", 8);
    poke16(0x27002, 0xffff);
    bench.x.gpr[R_EAX] = 0xaaaaaaaa;
    ck_assert_int_eq(RUN("\x9a\x00\x00\x00\x00\x40\x00"), DONE);
    ck_assert_uint_eq(peek16(0x27000), 0x1234);
    ck_assert_uint_eq(peek16(0x27002), 0);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0xaaaaaaaa);
    ck_assert_uint_eq(peek16(AT_TSS16 + 0x0e), 0x8008);
    ck_assert_uint_eq(peek16(AT_TSS16), SEL_TSS);
    ck_assert_uint_eq(access_of(SEL_TSS16), ACC_TSS16);
}
END_TEST

START_TEST(a_task_gate_interrupt_pushes_the_error_code_on_the_new_stack)
{
    start_protected(3);
    put_tss2(0x28000, FL_ONE);
    poke_code(0x28000, "\x58\xf4", 2); /* pop eax / hlt */
    poke32(AT_IDT + EXC_GP * 8, (uint32_t)SEL_TSS2 << 16);
    poke32(AT_IDT + EXC_GP * 8 + 4, ACC_TASK_GATE << 8);
    poke_code(AT_CODE, "\x66\xb8\x08\x01\x8e\xc0", 6); /* mov ax,108h / mov es,ax: not there */
    put_desc(0x108, 0, 0, 0, 0);
    ck_assert_int_eq(run(10), CPU_EXIT_HALT);
    ck_assert_uint_eq(bench.x.eip, 0x28002);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x108);
    ck_assert_uint_eq(bench.x.gpr[R_ESP], STACK0 - 0x1000);
    ck_assert_uint_eq(peek32(AT_TSS + 0x20), AT_CODE + 4);
    ck_assert_uint_eq(peek16(AT_TSS + 0x4c), CODE3);
    ck_assert_uint_eq(peek32(AT_TSS + 0x24) & FL_RF, FL_RF);
    ck_assert_uint_eq(bench.x.eflags & FL_NT, FL_NT);
}
END_TEST

struct task_error {
    const char *what;
    unsigned offset; /* word of the new TSS */
    uint16_t value;
    int vector;
    uint32_t code;
};

static const struct task_error task_errors[] = {
    { "LDT is code", 0x60, CODE0, EXC_TS, CODE0 },
    { "LDT from the LDT", 0x60, 0x0c, EXC_TS, 0x0c },
    { "CS null", 0x4c, 0, EXC_TS, 0 },
    { "CS data", 0x4c, DATA0, EXC_TS, DATA0 },
    { "CS of another level", 0x4c, CODE0 | 3, EXC_TS, CODE0 },
    { "CS beyond", 0x4c, 0x400, EXC_TS, 0x400 },
    { "SS null", 0x50, 0, EXC_TS, 0 },
    { "SS of another level", 0x50, DATA3, EXC_TS, DATA3 & 0xfc },
    { "SS not present", 0x50, SEL_FREE, EXC_SS, SEL_FREE },
    { "DS execute-only", 0x54, SEL_FREE + 8, EXC_TS, SEL_FREE + 8 },
    { "DS not present", 0x54, SEL_FREE, EXC_NP, SEL_FREE },
    { "EIP beyond the limit", 0x4c, SEL_FREE + 16, EXC_GP, 0 },
};

/* The fault belongs to the new task; its handler runs by a third task, so that it needs nothing of
 * a task that is half there. */
START_TEST(a_bad_segment_in_a_tss_faults_in_the_new_task)
{
    const struct task_error *e = &task_errors[_i];
    const uint32_t third = 0xa000;

    start_protected(0);
    put_tss2(0x28000, FL_ONE);
    put_desc(SEL_FREE, 0, 0xffff, ACC_DATA & 0x7f, FLAG_32);
    put_desc(SEL_FREE + 8, 0, 0xffff, ACC_CODE_X, FLAG_32);
    put_desc(SEL_FREE + 16, 0, 0xffff, ACC_CODE, FLAG_32);
    put_desc(SEL_FREE + 24, third, 0x67, ACC_TSS32, 0);
    memcpy(bench.ram + third, bench.ram + AT_TSS2, 0x68);
    poke32(third + 0x20, AT_HANDLERS + (uint32_t)e->vector * 16);
    poke32(AT_IDT + (uint32_t)e->vector * 8, (SEL_FREE + 24u) << 16);
    poke32(AT_IDT + (uint32_t)e->vector * 8 + 4, ACC_TASK_GATE << 8);
    poke16(AT_TSS2 + e->offset, e->value);
    ck_assert_msg(RUN("\xea\x00\x00\x00\x00\x38\x00") == e->vector, "%s: eip %x", e->what,
                  bench.x.eip);
    ck_assert_msg(frame(0) == e->code, "%s: code %x", e->what, frame(0));
    ck_assert_uint_eq(peek16(third), SEL_TSS2);
    ck_assert_uint_eq(peek32(AT_TSS2 + 0x20), 0x28000);
    ck_assert_uint_eq(access_of(SEL_TSS), ACC_TSS32);
}
END_TEST

START_TEST(a_bad_tss_faults_in_the_old_task)
{
    start_protected(0);
    put_desc(SEL_TSS2, AT_TSS2, 0x66, ACC_TSS32, 0);
    ck_assert_int_eq(RUN("\xea\x00\x00\x00\x00\x38\x00"), EXC_TS);
    ck_assert_uint_eq(frame(0), SEL_TSS2);
    ck_assert_uint_eq(frame(1), AT_CODE);
    start_protected(0);
    put_desc(SEL_TSS2, AT_TSS2, 0x67, ACC_TSS32 & 0x7f, 0);
    ck_assert_int_eq(RUN("\xea\x00\x00\x00\x00\x38\x00"), EXC_NP);
    start_protected(0);
    put_desc(SEL_TSS2, AT_TSS2, 0x67, ACC_TSS32 | 2, 0);
    ck_assert_int_eq(RUN("\x9a\x00\x00\x00\x00\x38\x00"), EXC_GP);
    ck_assert_uint_eq(frame(0), SEL_TSS2);
    start_protected(0);
    put_desc(0x0c, AT_TSS2, 0x67, ACC_TSS32, 0);
    ck_assert_int_eq(RUN("\xea\x00\x00\x00\x00\x0c\x00"), EXC_GP);
    ck_assert_uint_eq(frame(0), 0x0c);
    start_protected(0);
    bench.x.eflags |= FL_NT;
    poke16(AT_TSS, SEL_TSS16); /* not busy */
    ck_assert_int_eq(RUN("\xcf"), EXC_TS);
    ck_assert_uint_eq(frame(0), SEL_TSS16);
}
END_TEST

START_TEST(the_trap_bit_of_a_tss_is_a_debug_exception_in_the_new_task)
{
    start_protected(0);
    put_tss2(0x28000, FL_ONE);
    poke16(AT_TSS2 + 0x64, 1);
    ck_assert_int_eq(RUN("\xea\x00\x00\x00\x00\x38\x00"), EXC_DB);
    ck_assert_uint_eq(frame(0), 0x28000);
    ck_assert_uint_eq(bench.x.dr[6] & 0x8000, 0x8000);
}
END_TEST

START_TEST(a_task_may_be_a_v86_program)
{
    start_protected(0);
    put_tss2(0, FL_ONE | FL_VM | FL_IOPL);
    for (unsigned i = 0; i < 6; i++)
        poke32(AT_TSS2 + 0x48 + 4 * i, 0x3000 + i);
    poke_code(0x30010, "\x8c\xd8\xcd\x80", 4); /* mov ax,ds */
    ck_assert_int_eq(RUN("\xea\x00\x00\x00\x00\x38\x00"), DONE);
    ck_assert_uint_eq(frame(1), 0x3001);
    ck_assert_uint_eq(frame(4), 0x3002);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x3003);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static void add_segments(TCase *tc)
{
    tcase_add_loop_test(tc, a_segment_load_is_checked, 0, COUNT(loads));
    tcase_add_test(tc, a_segment_may_come_from_the_ldt);
    tcase_add_loop_test(tc, an_access_is_checked_against_limit_and_type, 0, COUNT(limits));
    tcase_add_test(tc, a_null_segment_faults_when_used);
    tcase_add_test(tc, real_mode_keeps_a_limit_loaded_in_protected_mode);
    tcase_add_test(tc, real_mode_beyond_64_kb_is_13_or_12);
    tcase_add_test(tc, a_far_call_and_return_in_real_mode);
    tcase_add_test(tc, a_far_jump_to_16_bit_code_and_back);
    tcase_add_loop_test(tc, a_far_jump_is_checked, 0, COUNT(jumps));
    tcase_add_test(tc, a_jump_beyond_the_limit_is_13_in_the_old_segment);
    tcase_add_test(tc, a_call_gate_switches_stacks_and_copies_parameters);
    tcase_add_test(tc, a_16_bit_call_gate_pushes_words);
    tcase_add_loop_test(tc, a_call_gate_is_checked, 0, COUNT(gates));
    tcase_add_test(tc, a_return_to_an_outer_level_drops_inner_data_segments);
    tcase_add_test(tc, a_return_to_a_16_bit_stack_keeps_the_high_half_of_esp);
    tcase_add_test(tc, a_return_to_an_inner_level_is_13);
}

static void add_interrupts(TCase *tc)
{
    tcase_add_test(tc, a_real_mode_interrupt_pushes_flags_cs_ip_and_clears_if_tf);
    tcase_add_test(tc, a_real_mode_vector_beyond_the_idt_limit_is_13_then_8_then_shutdown);
    tcase_add_test(tc, a_trap_gate_leaves_if_and_iret_brings_all_back);
    tcase_add_test(tc, int_n_needs_the_gates_dpl);
    tcase_add_test(tc, a_fault_pushes_rf_and_a_trap_does_not);
    tcase_add_test(tc, a_bad_gate_gives_its_place_in_the_idt_with_ext);
    tcase_add_test(tc, contributory_faults_make_a_double_fault);
    tcase_add_test(tc, a_third_fault_shuts_down);
    tcase_add_test(tc, a_page_fault_while_delivering_a_page_fault_is_a_double_fault);
    tcase_add_test(tc, an_unaligned_ring_3_handler_of_17_does_not_hang_the_processor);
    tcase_add_test(tc, an_exception_leaves_v86_with_all_segments_on_the_stack);
    tcase_add_test(tc, iret_from_ring_0_enters_v86);
    tcase_add_test(tc, sensitive_instructions_in_v86_need_iopl_3);
    tcase_add_test(tc, vme_sends_an_interrupt_to_the_programs_own_handler);
    tcase_add_test(tc, vme_with_iopl_3_uses_if_and_obeys_the_bitmap);
    tcase_add_test(tc, int3_in_v86_asks_neither_iopl_nor_the_bitmap);
    tcase_add_test(tc, a_16_bit_gate_pushes_words);
    tcase_add_test(tc, an_inner_stack_may_expand_down_also_from_v86);
    tcase_add_test(tc, vme_cli_and_sti_change_vif_and_sti_with_vip_is_13);
    tcase_add_test(tc, pvi_gives_ring_3_its_own_interrupt_flag);
}

static void add_tasks(TCase *tc)
{
    tcase_add_test(tc, a_jump_to_a_tss_saves_all_and_moves_the_busy_bit);
    tcase_add_test(tc, a_called_task_returns_by_iret);
    tcase_add_test(tc, a_16_bit_task_is_entered_and_left);
    tcase_add_test(tc, a_task_gate_interrupt_pushes_the_error_code_on_the_new_stack);
    tcase_add_loop_test(tc, a_bad_segment_in_a_tss_faults_in_the_new_task, 0, COUNT(task_errors));
    tcase_add_test(tc, a_bad_tss_faults_in_the_old_task);
    tcase_add_test(tc, the_trap_bit_of_a_tss_is_a_debug_exception_in_the_new_task);
    tcase_add_test(tc, a_task_may_be_a_v86_program);
}

int main(void)
{
    static void (*const groups[])(TCase *) = { add_segments, add_interrupts, add_tasks };
    static const char *const names[] = { "segments", "interrupts", "tasks" };
    Suite *suite = suite_create("gates");

    for (int i = 0; i < COUNT(groups); i++) {
        TCase *tc = tcase_create(names[i]);

        tcase_add_checked_fixture(tc, open_p5, bench_close);
        groups[i](tc);
        suite_add_tcase(suite, tc);
    }
    return check_main(suite);
}
