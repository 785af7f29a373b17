/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System instructions as SDM volume 2 has them, and what a hostile state may do: nothing. */
#include <string.h>

#include "tests/check_main.h"
#include "tests/unit/cpu/system_bench.h"

static void open_486(void)
{
    bench_open(CPU_486);
}

static void open_p5(void)
{
    bench_open(CPU_PENTIUM);
}

static void open_p2(void)
{
    bench_open(CPU_PENTIUM2);
}

/* ---- flags ---- */

START_TEST(a_segment_of_4_gb_wraps_at_its_end)
{
    start_protected(0);
    poke32(0, 0x00332211);
    /* mov eax,[FFFFFFFFh] / mov [FFFFFFFEh],ebx: above the RAM is nothing */
    bench.x.gpr[R_EBX] = 0x55aa1234;
    ck_assert_int_eq(RUN("\xa1\xff\xff\xff\xff\x89\x1d\xfe\xff\xff\xff"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x332211ff);
    ck_assert_uint_eq(peek32(0), 0x003355aa);
    /* one byte less, and the last access is over the end */
    start_protected(0);
    put_desc(SEL_FREE, 0, 0xffffe, ACC_DATA, FLAG_32 | FLAG_4K);
    ck_assert_int_eq(RUN("\x66\xb8\x60\x00\x8e\xe0\x64\xa1\xfd\xef\xff\xff"), EXC_GP);
}
END_TEST

START_TEST(popf_at_ring_0_sets_all_but_vm_rf_vif_vip)
{
    start_protected(0);
    /* push 00247fd5h | IF ... with TF clear / popf / pushf / pop eax */
    ck_assert_int_eq(RUN("\x68\xff\xfe\xff\xff\x9d\x9c\x58"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x00247ed7);
}
END_TEST

START_TEST(popf_at_ring_3_leaves_iopl_and_below_it_if)
{
    start_protected(3);
    ck_assert_int_eq(RUN("\x68\xff\xfe\xff\xff\x9d\x9c\x58"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x00244cd7);
    start_protected(3);
    bench.x.eflags |= FL_IOPL | FL_IF;
    ck_assert_int_eq(RUN("\x6a\x00\x9d\x9c\x58"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], FL_ONE | FL_IOPL);
}
END_TEST

START_TEST(popf_of_16_bits_leaves_the_high_half)
{
    start_protected(0);
    bench.x.eflags |= FL_AC | FL_ID;
    ck_assert_int_eq(RUN("\x6a\x00\x66\x9d\x9c\x58"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], FL_ONE | FL_AC | FL_ID);
}
END_TEST

START_TEST(iret_at_ring_3_obeys_iopl)
{
    start_protected(3);
    /* push all flags but VM and TF, NT / push 1bh / push 2000fh / iret / pushf / pop eax */
    ck_assert_int_eq(RUN("\x68\xff\xbe\xfd\xff\x6a\x1b\x68\x0d\x00\x02\x00\xcf\x9c\x58"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x00240cd7);
}
END_TEST

START_TEST(cli_and_sti_need_iopl)
{
    start_protected(3);
    ck_assert_int_eq(RUN("\xfa"), EXC_GP);
    start_protected(3);
    bench.x.eflags |= FL_IOPL;
    ck_assert_int_eq(RUN("\xfb\x90\x9c\x58"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], FL_ONE | FL_IOPL | FL_IF);
}
END_TEST

START_TEST(an_interrupt_waits_one_instruction_after_sti_and_mov_ss)
{
    start_protected(0);
    bench.cpu->ops->set_intr(bench.cpu, true);
    /* sti / inc eax */
    ck_assert_int_eq(RUN("\xfb\x40\x40"), 0x20);
    ck_assert_uint_eq(frame(0), AT_CODE + 2);
    start_protected(0);
    bench.x.eflags |= FL_IF;
    bench.x.shadow_sti = 1;
    bench.x.gpr[R_EBX] = DATA0;
    bench.cpu->ops->set_intr(bench.cpu, true);
    /* mov ss,bx / mov esp,48000h / inc eax */
    ck_assert_int_eq(RUN("\x8e\xd3\xbc\x00\x80\x04\x00\x40"), 0x20);
    ck_assert_uint_eq(frame(0), AT_CODE + 7);
    ck_assert_uint_eq(bench.x.gpr[R_ESP], 0x48000 - 12);
    bench.cpu->ops->set_intr(bench.cpu, false);
}
END_TEST

START_TEST(hlt_needs_ring_0_and_waits_for_an_interrupt)
{
    start_protected(3);
    ck_assert_int_eq(RUN("\xf4"), EXC_GP);
    start_protected(0);
    bench.x.eflags |= FL_IF;
    poke_code(AT_CODE, "\xf4\x40\xf4", 3);
    ck_assert_int_eq(run(10), CPU_EXIT_HALT);
    ck_assert_uint_eq(bench.x.eip, AT_CODE + 1);
    bench.cpu->ops->set_intr(bench.cpu, true);
    ck_assert_int_eq(run_to_halt(), 0x20);
    ck_assert_uint_eq(frame(0), AT_CODE + 1);
    bench.cpu->ops->set_intr(bench.cpu, false);
}
END_TEST

/* ---- control registers ---- */

struct cr_write {
    const char *what;
    const char *code; /* mov crN,eax */
    uint32_t value;
    int vector;
};

static const struct cr_write cr_writes[] = {
    { "PG without PE", "\x0f\x22\xc0", 0x80000000, EXC_GP },
    { "NW without CD", "\x0f\x22\xc0", CR0_PE | CR0_NW, EXC_GP },
    { "CD and NW", "\x0f\x22\xc0", CR0_PE | CR0_NW | CR0_CD, DONE },
    { "CR1", "\x0f\x22\xc8", 0, EXC_UD },
    { "CR5", "\x0f\x22\xe8", 0, EXC_UD },
    { "CR4 reserved", "\x0f\x22\xe0", 0x80000000, EXC_GP },
    { "CR4 PAE", "\x0f\x22\xe0", CR4_PAE, EXC_GP },
    { "CR4 PGE on a Pentium", "\x0f\x22\xe0", CR4_PGE, EXC_GP },
    { "CR4 of a Pentium", "\x0f\x22\xe0", 0x5f, DONE },
};

START_TEST(a_bad_control_register_write_is_13)
{
    const struct cr_write *w = &cr_writes[_i];
    int vector;

    start_protected(0);
    bench.x.gpr[R_EAX] = w->value;
    vector = run_code(w->code, 3);
    ck_assert_msg(vector == w->vector, "%s: vector %d", w->what, vector);
}
END_TEST

START_TEST(et_is_always_one)
{
    start_protected(0);
    /* mov eax,1 / mov cr0,eax / mov ebx,cr0 / smsw ecx */
    ck_assert_int_eq(RUN("\xb8\x01\x00\x00\x00\x0f\x22\xc0\x0f\x20\xc3\x0f\x01\xe1"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], CR0_PE | CR0_ET);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], CR0_PE | CR0_ET);
}
END_TEST

START_TEST(lmsw_sets_pe_but_cannot_clear_it)
{
    start_protected(0);
    /* xor eax,eax / lmsw ax / smsw ebx / mov al,8 / lmsw ax / smsw ecx / clts / smsw edx */
    ck_assert_int_eq(RUN("\x31\xc0\x0f\x01\xf0\x0f\x01\xe3\xb0\x08\x0f\x01\xf0\x0f\x01\xe1\x0f\x06"
                         "\x0f\x01\xe2"),
                     DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], CR0_PE | CR0_ET);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], CR0_PE | CR0_ET | CR0_TS);
    ck_assert_uint_eq(bench.x.gpr[R_EDX], CR0_PE | CR0_ET);
}
END_TEST

START_TEST(entering_protected_mode_keeps_segments_until_they_are_loaded)
{
    start_real();
    bench.x.gdtr = (struct x86_table){ .base = AT_GDT, .limit = GDT_LIMIT };
    bench.x.seg[S_DS].selector = 0x6000;
    bench.x.seg[S_DS].base = 0x60000;
    poke16(AT_DATA, 0x5a5a);
    /* mov eax,cr0 / or al,1 / mov cr0,eax / mov ax,[0] / hlt */
    poke_code(AT_CODE, "\x0f\x20\xc0\x0c\x01\x0f\x22\xc0\xa1\x00\x00\xf4", 12);
    ck_assert_int_eq(run(10), CPU_EXIT_HALT);
    ck_assert_uint_eq(bench.x.gpr[R_EAX] & 0xffff, 0x5a5a);
    ck_assert_uint_eq(bench.x.cr0 & CR0_PE, 1);
}
END_TEST

static const struct {
    const char *code;
    unsigned len;
} privileged[] = {
    { "\x0f\x22\xc0", 3 },             /* mov cr0,eax */
    { "\x0f\x20\xd8", 3 },             /* mov eax,cr3 */
    { "\x0f\x21\xf8", 3 },             /* mov eax,dr7 */
    { "\x0f\x23\xf8", 3 },             /* mov dr7,eax */
    { "\x0f\x01\x15\x00\x00\x06", 7 }, /* lgdt [60000h] */
    { "\x0f\x01\x1d\x00\x00\x06", 7 }, /* lidt [60000h] */
    { "\x0f\x00\xd0", 3 },             /* lldt ax */
    { "\x0f\x00\xd8", 3 },             /* ltr ax */
    { "\x0f\x01\xf0", 3 },             /* lmsw ax */
    { "\x0f\x06", 2 },                 /* clts */
    { "\x0f\x08", 2 },                 /* invd */
    { "\x0f\x09", 2 },                 /* wbinvd */
    { "\x0f\x01\x38", 3 },             /* invlpg [eax] */
    { "\x0f\x30", 2 },                 /* wrmsr */
    { "\x0f\x32", 2 },                 /* rdmsr */
};

START_TEST(privileged_instructions_are_13_at_ring_3)
{
    start_protected(3);
    ck_assert_int_eq(run_code(privileged[_i].code, privileged[_i].len), EXC_GP);
    ck_assert_uint_eq(frame(0), 0);
}
END_TEST

START_TEST(protected_mode_instructions_are_6_in_real_and_v86_mode)
{
    static const char *const list[] = { "\x0f\x00\xc0", "\x0f\x00\xc8", "\x0f\x00\xd0",
                                        "\x0f\x00\xe0", "\x0f\x02\xc0", "\x0f\x03\xc0",
                                        "\x63\xc0\x90" };

    for (unsigned i = 0; i < 7; i++) {
        start_real();
        ck_assert_int_eq(run_code(list[i], 3), EXC_UD);
        start_v86(3);
        ck_assert_int_eq(run_code(list[i], 3), EXC_UD);
    }
}
END_TEST

/* ---- tables and selectors ---- */

START_TEST(a_16_bit_lgdt_takes_24_bits_of_base)
{
    start_real();
    poke16(0x500, 0x1ff);
    poke32(0x502, 0x12345678);
    /* lgdt [500h] / o32 lidt [500h] / sgdt [510h] / o32 sgdt [520h] */
    poke32(0x510, ~0u);
    poke32(0x514, ~0u);
    poke_code(AT_CODE,
              "\x0f\x01\x16\x00\x05\x66\x0f\x01\x1e\x00\x05\x0f\x01\x06\x10\x05\x66\x0f\x01\x0e\x20"
              "\x05\xf4",
              23);
    run(10);
    ck_assert_uint_eq(bench.x.gdtr.base, 0x345678);
    ck_assert_uint_eq(bench.x.gdtr.limit, 0x1ff);
    ck_assert_uint_eq(bench.x.idtr.base, 0x12345678);
    ck_assert_uint_eq(peek32(0x512), 0x345678);
    ck_assert_uint_eq(peek32(0x522), 0x12345678);
}
END_TEST

START_TEST(ltr_marks_the_tss_busy_and_refuses_a_busy_one)
{
    start_protected(0);
    /* mov ax,38h / ltr ax / str ebx / ltr ax */
    ck_assert_int_eq(RUN("\x66\xb8\x38\x00\x0f\x00\xd8\x0f\x00\xcb\x0f\x00\xd8"), EXC_GP);
    ck_assert_uint_eq(frame(0), SEL_TSS2);
    ck_assert_uint_eq(frame(1), AT_CODE + 10);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], SEL_TSS2);
    ck_assert_uint_eq(peek32(AT_GDT + SEL_TSS2 + 4) >> 8 & 0xff, ACC_TSS32 | 2);
}
END_TEST

START_TEST(lldt_takes_null_and_ldts_only)
{
    start_protected(0);
    /* xor eax,eax / lldt ax / sldt ebx / mov al,30h / lldt ax / mov al,28h / lldt ax */
    ck_assert_int_eq(
        RUN("\x31\xc0\x0f\x00\xd0\x0f\x00\xc3\xb0\x30\x0f\x00\xd0\xb0\x28\x0f\x00\xd0"), EXC_GP);
    ck_assert_uint_eq(frame(0), SEL_TSS);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 0);
    ck_assert_uint_eq(bench.x.ldtr.base, AT_LDT);
}
END_TEST

struct look {
    unsigned cpl;
    uint16_t selector;
    unsigned access;
    bool lar, lsl, verr, verw;
};

static const struct look looks[] = {
    { 0, SEL_FREE, ACC_DATA, true, true, true, true },
    { 0, SEL_FREE, ACC_DATA_RO, true, true, true, false },
    { 0, SEL_FREE, ACC_CODE, true, true, true, false },
    { 0, SEL_FREE, ACC_CODE_X, true, true, false, false },
    { 3, SEL_FREE, ACC_DATA, false, false, false, false },
    { 3, SEL_FREE, ACC_CODE_CONF, true, true, true, false },
    { 0, SEL_FREE | 3, ACC_DATA, false, false, false, false },
    { 0, SEL_FREE, ACC_TSS32, true, true, false, false },
    { 0, SEL_FREE, ACC_CALL32, true, false, false, false },
    { 0, SEL_FREE, ACC_TASK_GATE, true, false, false, false },
    { 0, SEL_FREE, ACC_INTR32, false, false, false, false },
    { 0, SEL_FREE, ACC_LDT, true, true, false, false },
    { 0, 0, ACC_DATA, false, false, false, false },
    { 0, 0x300, ACC_DATA, false, false, false, false },
};

START_TEST(lar_lsl_verr_verw_look_without_faulting)
{
    const struct look *l = &looks[_i];
    static const char *const code[] = { "\x0f\x02\xd9", "\x0f\x03\xd9", "\x0f\x00\xe1",
                                        "\x0f\x00\xe9" };
    const bool want[] = { l->lar, l->lsl, l->verr, l->verw };

    for (unsigned i = 0; i < 4; i++) {
        char bytes[] = "\x0f\x02\xd9\x0f\x94\xc2"; /* ..., setz dl */

        memcpy(bytes, code[i], 3);
        start_protected(l->cpl);
        put_desc(SEL_FREE, 0x1000, 0x12fff, l->access, FLAG_4K);
        bench.x.gpr[R_ECX] = l->selector;
        bench.x.gpr[R_EBX] = 0x77777777;
        bench.x.gpr[R_EDX] = 0;
        ck_assert_int_eq(run_code(bytes, 6), DONE);
        ck_assert_uint_eq(bench.x.gpr[R_EDX], want[i]);
        if (i == 0)
            ck_assert_uint_eq(bench.x.gpr[R_EBX], want[i] ? 0x800000 | l->access << 8 : 0x77777777);
        if (i == 1)
            ck_assert_uint_eq(bench.x.gpr[R_EBX], want[i] ? 0x12fff : 0x77777777);
    }
}
END_TEST

START_TEST(arpl_raises_the_rpl_only)
{
    start_protected(0);
    /* mov eax,11h / mov ecx,3 / arpl ax,cx / setz dl / arpl cx,ax / setz dh */
    ck_assert_int_eq(
        RUN("\xb8\x11\x00\x00\x00\xb9\x03\x00\x00\x00\x63\xc8\x0f\x94\xc2\x63\xc1\x0f\x94\xc6"),
        DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x13);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], 3);
    ck_assert_uint_eq(bench.x.gpr[R_EDX] & 0xffff, 1);
}
END_TEST

START_TEST(lss_loads_both_or_nothing)
{
    start_protected(0);
    poke32(AT_DATA, 0x1234);
    poke16(AT_DATA + 4, DATA3);
    bench.x.gpr[R_EBX] = 7;
    ck_assert_int_eq(RUN("\x0f\xb2\x1d\x00\x00\x06\x00"), EXC_GP); /* lss ebx,[60000h] */
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 7);
    start_protected(0);
    poke16(AT_DATA + 4, DATA0);
    ck_assert_int_eq(RUN("\xc4\x1d\x00\x00\x06\x00\x8c\xc1"),
                     DONE); /* les ebx,[60000h] / mov ecx,es */
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 0x1234);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], DATA0);
}
END_TEST

START_TEST(pop_of_a_bad_selector_leaves_esp)
{
    start_protected(0);
    /* push 200h / pop es */
    ck_assert_int_eq(RUN("\x68\x00\x02\x00\x00\x07"), EXC_GP);
    ck_assert_uint_eq(bench.x.gpr[R_ESP], STACK0 - 4 - 16);
}
END_TEST

/* ---- ports ---- */

struct port {
    uint16_t bit; /* set in the map; 0: none */
    const char *code;
    unsigned len;
    int vector;
};

static const struct port ports[] = {
    { 0, "\xe4\x60", 2, DONE }, /* in al,60h */
    { 0x60, "\xe4\x60", 2, EXC_GP },     { 0x61, "\xe4\x60", 2, DONE },
    { 0x61, "\x66\xe5\x60", 3, EXC_GP }, /* in ax,60h */
    { 0x68, "\xe5\x65", 2, EXC_GP },     /* in eax,65h: bits 65h-68h */
    { 0x69, "\xe5\x65", 2, DONE },
};

START_TEST(the_io_map_allows_ports_bit_by_bit)
{
    const struct port *p = &ports[_i];

    start_protected(3);
    if (p->bit)
        poke8(AT_TSS + 0x88 + p->bit / 8, 1 << (p->bit & 7));
    ck_assert_int_eq(run_code(p->code, p->len), p->vector);
    start_protected(3);
    bench.x.eflags |= FL_IOPL;
    ck_assert_int_eq(run_code(p->code, p->len), DONE);
}
END_TEST

START_TEST(ports_beyond_the_tss_limit_are_13)
{
    start_protected(3);
    bench.x.tr.limit = 0x88 + 0x60 / 8;
    ck_assert_int_eq(RUN("\xe4\x58"), DONE);
    start_protected(3);
    bench.x.tr.limit = 0x88 + 0x60 / 8;
    ck_assert_int_eq(RUN("\xe4\x60"), EXC_GP);
    start_v86(3);
    bench.x.tr.limit = 0x67;
    ck_assert_int_eq(RUN("\xe4\x60"), EXC_GP);
}
END_TEST

/* ---- debug registers ---- */

START_TEST(general_detect_is_a_fault_with_bd)
{
    start_protected(0);
    bench.x.dr[7] = 0x400 | 0x2000;
    ck_assert_int_eq(RUN("\x0f\x21\xc0"), EXC_DB); /* mov eax,dr0 */
    ck_assert_uint_eq(frame(0), AT_CODE);
    ck_assert_uint_eq(frame(2) & FL_RF, FL_RF);
    ck_assert_uint_eq(bench.x.dr[6] & 0x2000, 0x2000);
    ck_assert_uint_eq(bench.x.dr[7] & 0x2000, 0);
}
END_TEST

START_TEST(dr4_and_dr5_are_dr6_and_dr7_unless_de)
{
    start_protected(0);
    ck_assert_int_eq(RUN("\x0f\x21\xe0\x0f\x21\xeb"), DONE); /* mov eax,dr4 / mov ebx,dr5 */
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0xffff0ff0);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 0x400);
    start_protected(0);
    bench.x.cr4 = CR4_DE;
    ck_assert_int_eq(RUN("\x0f\x21\xe0"), EXC_UD);
}
END_TEST

START_TEST(tf_traps_after_the_instruction_with_bs)
{
    start_protected(0);
    bench.x.eflags |= FL_TF;
    ck_assert_int_eq(RUN("\x40\x40"), EXC_DB);
    ck_assert_uint_eq(frame(0), AT_CODE + 1);
    ck_assert_uint_eq(bench.x.dr[6] & 0x4000, 0x4000);
    ck_assert_uint_eq(frame(2) & FL_TF, FL_TF);
    ck_assert_uint_eq(frame(2) & FL_RF, 0);
}
END_TEST

START_TEST(popf_with_tf_traps_one_instruction_later)
{
    start_protected(0);
    /* push 102h / popf / inc eax */
    ck_assert_int_eq(RUN("\x68\x02\x01\x00\x00\x9d\x40\x40"), EXC_DB);
    ck_assert_uint_eq(frame(0), AT_CODE + 7);
}
END_TEST

/* ---- MSRs, TSC, SYSENTER ---- */

START_TEST(the_tsc_follows_the_virtual_clock)
{
    start_protected(0);
    bench.x.tsc_khz = 100000;
    bench.x.tsc_offset = 5;
    vclock_advance(bench.clock, 1000000);
    ck_assert_int_eq(RUN("\x0f\x31"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 100005);
    start_protected(3);
    bench.x.cr4 = CR4_TSD;
    ck_assert_int_eq(RUN("\x0f\x31"), EXC_GP);
}
END_TEST

START_TEST(wrmsr_sets_the_tsc)
{
    start_protected(0);
    /* mov ecx,10h / mov eax,1000h / mov edx,1 / wrmsr / rdtsc */
    ck_assert_int_eq(
        RUN("\xb9\x10\x00\x00\x00\xb8\x00\x10\x00\x00\xba\x01\x00\x00\x00\x0f\x30\x0f\x31"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x1000);
    ck_assert_uint_eq(bench.x.gpr[R_EDX], 1);
}
END_TEST

START_TEST(an_unknown_msr_is_13)
{
    start_protected(0);
    bench.x.gpr[R_ECX] = 0x174;
    ck_assert_int_eq(RUN("\x0f\x32"), EXC_GP);
    start_protected(0);
    bench.x.gpr[R_ECX] = 0xc0000080;
    ck_assert_int_eq(RUN("\x0f\x30"), EXC_GP);
}
END_TEST

START_TEST(a_486_has_neither_tsc_nor_msrs_and_its_cr4_has_vme_only)
{
    start_protected(0);
    ck_assert_int_eq(RUN("\x0f\x31"), EXC_UD);
    start_protected(0);
    ck_assert_int_eq(RUN("\x0f\x32"), EXC_UD);
    start_protected(0);
    bench.x.gpr[R_EAX] = CR4_VME | CR4_PVI;
    ck_assert_int_eq(RUN("\x0f\x22\xe0"), DONE);
    start_protected(0);
    bench.x.gpr[R_EAX] = CR4_PSE;
    ck_assert_int_eq(RUN("\x0f\x22\xe0"), EXC_GP);
}
END_TEST

START_TEST(sysenter_and_sysexit_move_between_flat_segments)
{
    start_protected(3);
    bench.x.sysenter_cs = 0x08;
    bench.x.sysenter_esp = 0x44000;
    bench.x.sysenter_eip = 0x28000;
    bench.x.eflags |= FL_IF;
    /* mov eax,cs / mov ebx,ss / pushf / pop esi / mov edx,28100h / mov ecx,4f000h / sysexit */
    poke_code(0x28000, "\x8c\xc8\x8c\xd3\x9c\x5e\xba\x00\x81\x02\x00\xb9\x00\xf0\x04\x00\x0f\x35",
              18);
    poke_code(0x28100, "\xcd\x80", 2);
    ck_assert_int_eq(RUN("\x0f\x34"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x08);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 0x10);
    ck_assert_uint_eq(bench.x.gpr[R_ESI] & FL_IF, 0);
    ck_assert_uint_eq(frame(1), 0x1b);
    ck_assert_uint_eq(frame(3), 0x4f000);
    ck_assert_uint_eq(frame(4), 0x23);
    start_protected(3);
    bench.x.sysenter_cs = 0;
    ck_assert_int_eq(RUN("\x0f\x34"), EXC_GP);
}
END_TEST

START_TEST(rdpmc_below_ring_0_needs_pce)
{
    start_protected(3);
    ck_assert_int_eq(RUN("\x0f\x33"), EXC_GP);
    start_protected(3);
    bench.x.cr4 = CR4_PCE;
    ck_assert_int_eq(RUN("\x0f\x33"), DONE);
    start_protected(0);
    bench.x.gpr[R_ECX] = 2;
    ck_assert_int_eq(RUN("\x0f\x33"), EXC_GP);
}
END_TEST

/* ---- hostile states ---- */

static uint32_t lcg(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) ^ (uint32_t)(*seed >> 13);
}

/* A state from a file may hold anything; running it must stay inside the emulator. */
START_TEST(no_state_can_hurt)
{
    uint64_t seed = (uint64_t)_i + 1;

    for (unsigned n = 0; n < 40; n++) {
        uint8_t *bytes = (uint8_t *)&bench.x;

        start_protected(0);
        if (n & 1)
            bench.x.cr3 = 0;
        for (size_t i = 0; i < sizeof(bench.x); i++) {
            if (!(n & 2) || (lcg(&seed) & 7) == 0)
                bytes[i] = (uint8_t)lcg(&seed);
        }
        for (uint32_t at = 0; at < 0x10000; at += 4)
            poke32(at, lcg(&seed));
        for (uint32_t at = AT_CODE; at < AT_CODE + 0x1000; at += 4)
            poke32(at, lcg(&seed));
        if (n & 4) {
            bench.x.seg[S_CS] = (struct x86_segment){
                .base = AT_CODE,
                .limit = 0xffff,
                .attr = SEG_P | SEG_S | SEG_CODE | SEG_W | (n & 8 ? SEG_DB : 0),
            };
            bench.x.eip = 0;
            bench.x.cr0 &= ~CR0_PG;
        }
        bench.x.halted = 0;
        run(200);
    }
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static TCase *add_case(Suite *suite, const char *name, void (*setup)(void))
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, setup, bench_close);
    suite_add_tcase(suite, tc);
    return tc;
}

static void add_common(TCase *tc)
{
    tcase_add_test(tc, a_segment_of_4_gb_wraps_at_its_end);
    tcase_add_test(tc, popf_at_ring_0_sets_all_but_vm_rf_vif_vip);
    tcase_add_test(tc, popf_at_ring_3_leaves_iopl_and_below_it_if);
    tcase_add_test(tc, popf_of_16_bits_leaves_the_high_half);
    tcase_add_test(tc, iret_at_ring_3_obeys_iopl);
    tcase_add_test(tc, cli_and_sti_need_iopl);
    tcase_add_test(tc, an_interrupt_waits_one_instruction_after_sti_and_mov_ss);
    tcase_add_test(tc, hlt_needs_ring_0_and_waits_for_an_interrupt);
    tcase_add_loop_test(tc, a_bad_control_register_write_is_13, 0, COUNT(cr_writes));
    tcase_add_test(tc, et_is_always_one);
    tcase_add_test(tc, lmsw_sets_pe_but_cannot_clear_it);
    tcase_add_test(tc, entering_protected_mode_keeps_segments_until_they_are_loaded);
    tcase_add_loop_test(tc, privileged_instructions_are_13_at_ring_3, 0, COUNT(privileged));
    tcase_add_test(tc, protected_mode_instructions_are_6_in_real_and_v86_mode);
    tcase_add_test(tc, a_16_bit_lgdt_takes_24_bits_of_base);
    tcase_add_test(tc, ltr_marks_the_tss_busy_and_refuses_a_busy_one);
    tcase_add_test(tc, lldt_takes_null_and_ldts_only);
    tcase_add_loop_test(tc, lar_lsl_verr_verw_look_without_faulting, 0, COUNT(looks));
    tcase_add_test(tc, arpl_raises_the_rpl_only);
    tcase_add_test(tc, lss_loads_both_or_nothing);
    tcase_add_test(tc, pop_of_a_bad_selector_leaves_esp);
    tcase_add_loop_test(tc, the_io_map_allows_ports_bit_by_bit, 0, COUNT(ports));
    tcase_add_test(tc, ports_beyond_the_tss_limit_are_13);
    tcase_add_test(tc, general_detect_is_a_fault_with_bd);
    tcase_add_test(tc, dr4_and_dr5_are_dr6_and_dr7_unless_de);
    tcase_add_test(tc, tf_traps_after_the_instruction_with_bs);
    tcase_add_test(tc, popf_with_tf_traps_one_instruction_later);
    tcase_add_test(tc, the_tsc_follows_the_virtual_clock);
    tcase_add_test(tc, wrmsr_sets_the_tsc);
    tcase_add_test(tc, an_unknown_msr_is_13);
}

int main(void)
{
    Suite *suite = suite_create("system");
    TCase *tc;

    add_common(add_case(suite, "Pentium", open_p5));
    tc = add_case(suite, "486", open_486);
    tcase_add_test(tc, a_486_has_neither_tsc_nor_msrs_and_its_cr4_has_vme_only);
    tc = add_case(suite, "Pentium II", open_p2);
    tcase_add_test(tc, sysenter_and_sysexit_move_between_flat_segments);
    tcase_add_test(tc, rdpmc_below_ring_0_needs_pce);
    tcase_add_loop_test(tc, no_state_can_hurt, 0, 25);
    return check_main(suite);
}
