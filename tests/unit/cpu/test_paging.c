/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paging as SDM volume 3, chapter 4 has it, and the breakpoints of chapter 17. */
#include "tests/check_main.h"
#include "tests/unit/cpu/system_bench.h"

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, PS = 0x80, G = 0x100 };

static void open_p5(void)
{
    bench_open(CPU_PENTIUM);
}

static void open_p2(void)
{
    bench_open(CPU_PENTIUM2);
}

/* mov eax,[60000h] / mov [60000h],eax */
#define LOAD  "\xa1\x00\x00\x06\x00"
#define STORE "\xa3\x00\x00\x06\x00"

START_TEST(a_read_sets_accessed_and_not_dirty)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(AT_DATA, 0x12345678);
    ck_assert_int_eq(RUN(LOAD), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x12345678);
    ck_assert_uint_eq(peek32(pte_at(AT_DATA)) & (A | D), A);
    ck_assert_uint_eq(peek32(AT_PD) & (A | D), A);
}
END_TEST

START_TEST(a_write_sets_dirty_also_after_a_read)
{
    start_protected(0);
    start_paging(P | W | U);
    ck_assert_int_eq(RUN(LOAD STORE), DONE);
    ck_assert_uint_eq(peek32(pte_at(AT_DATA)) & (A | D), A | D);
}
END_TEST

START_TEST(a_denied_access_leaves_the_tables_alone)
{
    start_protected(3);
    start_paging(P | W | U);
    poke32(pte_at(AT_DATA), AT_DATA | P | U);
    ck_assert_int_eq(RUN(STORE), EXC_PF);
    ck_assert_uint_eq(frame(0), 7);
    ck_assert_uint_eq(bench.x.cr2, AT_DATA);
    ck_assert_uint_eq(peek32(pte_at(AT_DATA)), AT_DATA | P | U);
}
END_TEST

struct right {
    uint32_t pde, pte; /* U, W bits */
    unsigned cpl;
    bool wp, write;
    int code; /* -1: allowed */
};

static const struct right rights[] = {
    { U | W, U | W, 3, false, true, -1 }, { U, U | W, 3, false, true, 7 },
    { U | W, U, 3, false, true, 7 },      { U | W, U, 3, false, false, -1 },
    { W, U | W, 3, false, false, 5 },     { U | W, W, 3, false, false, 5 },
    { U | W, W, 3, false, true, 7 },      { 0, 0, 0, false, true, -1 },
    { U, U, 0, true, true, 3 },           { W, W, 0, true, true, -1 },
    { U | W, 0, 0, true, true, 3 },       { 0, 0, 0, true, false, -1 },
};

START_TEST(rights_of_both_levels_are_combined)
{
    const struct right *r = &rights[_i];
    int vector;

    start_protected(r->cpl);
    start_paging(P | W | U);
    if (r->wp)
        bench.x.cr0 |= CR0_WP;
    /* 1:1 at 400000h, where only the data is */
    poke32(AT_PD + 4, (AT_PT + 0x1000) | P | r->pde);
    poke32(pte_at(0x400000), 0x400000 | P | r->pte);
    vector = r->write ? RUN("\xa3\x00\x00\x40\x00") : RUN("\xa1\x00\x00\x40\x00");
    ck_assert_int_eq(vector, r->code < 0 ? DONE : EXC_PF);
    if (r->code >= 0) {
        ck_assert_uint_eq(frame(0), r->code);
        ck_assert_uint_eq(bench.x.cr2, 0x400000);
        ck_assert_uint_eq(frame(1), AT_CODE);
    }
}
END_TEST

START_TEST(not_present_gives_code_0_2_4_6)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(pte_at(AT_DATA), AT_DATA | W | U);
    ck_assert_int_eq(RUN(LOAD), EXC_PF);
    ck_assert_uint_eq(frame(0), 0);
    start_protected(0);
    switch_paging_on();
    ck_assert_int_eq(RUN(STORE), EXC_PF);
    ck_assert_uint_eq(frame(0), 2);
    start_protected(3);
    switch_paging_on();
    ck_assert_int_eq(RUN(LOAD), EXC_PF);
    ck_assert_uint_eq(frame(0), 4);
    start_protected(3);
    switch_paging_on();
    ck_assert_int_eq(RUN(STORE), EXC_PF);
    ck_assert_uint_eq(frame(0), 6);
}
END_TEST

START_TEST(a_fetch_from_a_supervisor_page_faults_at_cpl_3)
{
    start_protected(3);
    start_paging(P | W | U);
    poke32(pte_at(AT_CODE), AT_CODE | P | W);
    ck_assert_int_eq(RUN("\x90"), EXC_PF);
    ck_assert_uint_eq(frame(0), 5);
    ck_assert_uint_eq(bench.x.cr2, AT_CODE);
}
END_TEST

START_TEST(the_byte_after_fifteen_prefixes_is_fetched_before_they_are_too_long)
{
    static const char prefixes[] = "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66";
    const bool absent = _i != 0;

    start_protected(0);
    start_paging(P | W | U);
    if (absent)
        poke32(pte_at(AT_CODE + 0x1000), 0);
    bench.x.eip += 0x1000 - 15;
    ck_assert_int_eq(RUN(prefixes), absent ? EXC_PF : EXC_GP);
    if (absent)
        ck_assert_uint_eq(bench.x.cr2, AT_CODE + 0x1000);
}
END_TEST

START_TEST(a_jump_to_an_absent_page_faults_at_its_target)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(pte_at(0x70000), 0);
    /* nop / jmp 70010h */
    ck_assert_int_eq(RUN("\x90\xe9\x0a\x00\x05\x00"), EXC_PF);
    ck_assert_uint_eq(frame(0), 0);
    ck_assert_uint_eq(frame(1), 0x70010);
    ck_assert_uint_eq(bench.x.cr2, 0x70010);
}
END_TEST

START_TEST(an_instruction_over_a_page_end_faults_with_the_second_page)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(pte_at(0x71000), 0);
    poke_code(0x70ffe, "\xa1\x00", 2);
    bench.x.eip = 0x70ffe;
    ck_assert_int_eq(run_to_halt(), EXC_PF);
    ck_assert_uint_eq(frame(1), 0x70ffe);
    ck_assert_uint_eq(bench.x.cr2, 0x71000);
}
END_TEST

START_TEST(a_fault_in_a_block_names_its_own_instruction)
{
    start_protected(3);
    start_paging(P | W | U);
    poke32(pte_at(AT_DATA), 0);
    bench.x.gpr[R_EBX] = STACK3 - 64;
    /* inc ecx / mov [ebx],ecx / inc ecx / push ecx / pop [60000h] / inc ecx */
    ck_assert_int_eq(RUN("\x41\x89\x0b\x41\x51\x8f\x05\x00\x00\x06\x00\x41"), EXC_PF);
    ck_assert_uint_eq(frame(1), AT_CODE + 5);
    ck_assert_uint_eq(frame(4), STACK3 - 4); /* POP did not happen */
    ck_assert_uint_eq(bench.x.gpr[R_ECX], 2);
    ck_assert_uint_eq(peek32(STACK3 - 64), 1);
}
END_TEST

START_TEST(a_write_over_a_page_end_faults_before_it_writes)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(pte_at(AT_DATA + 0x1000), 0);
    poke32(AT_DATA + 0xffc, 0x11223344);
    /* mov dword [60ffeh], -1 */
    ck_assert_int_eq(RUN("\xc7\x05\xfe\x0f\x06\x00\xff\xff\xff\xff"), EXC_PF);
    ck_assert_uint_eq(bench.x.cr2, AT_DATA + 0x1000);
    ck_assert_uint_eq(peek32(AT_DATA + 0xffc), 0x11223344);
}
END_TEST

START_TEST(an_operand_over_a_page_end_is_joined_from_two_frames)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(pte_at(AT_DATA + 0x1000), 0x70000 | P | W);
    poke32(AT_DATA + 0xffc, 0x22110000);
    poke32(0x70000, 0x4433);
    /* mov eax,[60ffeh] / inc dword [60ffeh] */
    ck_assert_int_eq(RUN("\xa1\xfe\x0f\x06\x00\xff\x05\xfe\x0f\x06\x00"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x44332211);
    ck_assert_uint_eq(peek32(AT_DATA + 0xffc), 0x22120000);
    ck_assert_uint_eq(peek32(0x70000), 0x4433);
}
END_TEST

START_TEST(read_modify_write_of_a_read_only_page_is_a_write_fault)
{
    start_protected(3);
    start_paging(P | W | U);
    poke32(pte_at(AT_DATA), AT_DATA | P | U);
    /* inc dword [60000h] */
    ck_assert_int_eq(RUN("\xff\x05\x00\x00\x06\x00"), EXC_PF);
    ck_assert_uint_eq(frame(0), 7);
}
END_TEST

START_TEST(a_page_of_4_mb_maps_with_its_own_dirty_bit)
{
    start_protected(0);
    start_paging(P | W | U);
    bench.x.cr4 = CR4_PSE;
    poke32(AT_PD + 4, P | W | PS); /* 400000h -> 0 */
    poke32(AT_DATA, 0xcafe);
    /* mov eax,[460000h] */
    ck_assert_int_eq(RUN("\xa1\x00\x00\x46\x00"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0xcafe);
    ck_assert_uint_eq(peek32(AT_PD + 4), P | W | PS | A);
    start_protected(0);
    switch_paging_on();
    bench.x.cr4 = CR4_PSE;
    /* mov [460000h],eax */
    ck_assert_int_eq(RUN("\xa3\x00\x00\x46\x00"), DONE);
    ck_assert_uint_eq(peek32(AT_PD + 4), P | W | PS | A | D);
}
END_TEST

START_TEST(reserved_bits_of_a_4_mb_page_fault_with_bit_3)
{
    start_protected(0);
    start_paging(P | W | U);
    bench.x.cr4 = CR4_PSE;
    poke32(AT_PD + 4, P | W | PS | 0x2000);
    ck_assert_int_eq(RUN("\xa1\x00\x00\x46\x00"), EXC_PF);
    ck_assert_uint_eq(frame(0), 9);
}
END_TEST

START_TEST(without_pse_the_ps_bit_means_nothing)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(AT_PD + 4, (AT_PT + 0x1000) | P | W | PS);
    poke32(0x400000, 0xbeef);
    ck_assert_int_eq(RUN("\xa1\x00\x00\x40\x00"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0xbeef);
}
END_TEST

START_TEST(invlpg_drops_one_translation_also_of_a_4_mb_page)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(AT_DATA, 1);
    poke32(0x70000, 2);
    /* mov eax,[60000h] / mov dword [81180h],70003h / invlpg [60000h] / mov ebx,[60000h] */
    ck_assert_int_eq(RUN(LOAD "\xc7\x05\x80\x11\x08\x00\x03\x00\x07\x00"
                              "\x0f\x01\x3d\x00\x00\x06\x00\x8b\x1d\x00\x00\x06\x00"),
                     DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 1);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 2);

    start_protected(0);
    start_paging(P | W | U);
    bench.x.cr4 = CR4_PSE;
    poke32(AT_PD + 4, P | W | PS);
    poke32(0x400000 + AT_DATA, 3);
    /* mov eax,[460000h] / mov dword [80004h],400083h / invlpg [700000h] / mov ebx,[460000h] */
    ck_assert_int_eq(RUN("\xa1\x00\x00\x46\x00\xc7\x05\x04\x00\x08\x00\x83\x00\x40\x00"
                         "\x0f\x01\x3d\x00\x00\x70\x00\x8b\x1d\x00\x00\x46\x00"),
                     DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 1);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 3);
}
END_TEST

/* mov eax,[60000h] / mov dword [81180h],... / mov ecx,cr3 / mov cr3,ecx / mov ebx,[60000h] */
#define REMAP_BY_CR3                                                                               \
    LOAD "\xc7\x05\x80\x11\x08\x00\x03\x01\x07\x00\x0f\x20\xd9\x0f\x22\xd9\x8b\x1d\x00\x00\x06"    \
         "\x00"

START_TEST(loading_cr3_keeps_global_pages_only)
{
    for (unsigned pge = 0; pge < 2; pge++) {
        start_protected(0);
        start_paging(P | W | U);
        bench.x.cr4 = pge ? CR4_PGE : 0;
        poke32(pte_at(AT_DATA), AT_DATA | P | W | G);
        poke32(AT_DATA, 1);
        poke32(0x70000, 2);
        ck_assert_int_eq(RUN(REMAP_BY_CR3), DONE);
        ck_assert_uint_eq(bench.x.gpr[R_EAX], 1);
        ck_assert_uint_eq(bench.x.gpr[R_EBX], pge ? 1 : 2);
    }
}
END_TEST

START_TEST(clearing_cr4_pge_drops_global_pages)
{
    start_protected(0);
    start_paging(P | W | U);
    bench.x.cr4 = CR4_PGE;
    poke32(pte_at(AT_DATA), AT_DATA | P | W | G);
    poke32(AT_DATA, 1);
    poke32(0x70000, 2);
    /* ..., xor ecx,ecx / mov cr4,ecx, ... */
    ck_assert_int_eq(RUN(LOAD "\xc7\x05\x80\x11\x08\x00\x03\x01\x07\x00\x31\xc9\x0f\x22\xe1"
                              "\x8b\x1d\x00\x00\x06\x00"),
                     DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 2);
}
END_TEST

START_TEST(a_directory_may_map_itself)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(AT_PD + 4 * 1023, AT_PD | P | W);
    /* mov eax,[fffffffch]: the directory entry that maps it */
    ck_assert_int_eq(RUN("\xa1\xfc\xff\xff\xff"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], AT_PD | P | W | A);
}
END_TEST

START_TEST(page_tables_in_rom_work_and_stay_as_they_are)
{
    static uint8_t rom[0x2000];
    struct error err;
    uint32_t pde = 0x801000 | P | W | U;

    memset(rom, 0, sizeof(rom));
    memcpy(rom, &pde, 4);
    for (uint32_t i = 0; i < 1024; i++) {
        uint32_t pte = i << 12 | P | W | U;

        memcpy(rom + 0x1000 + 4 * i, &pte, 4);
    }
    ck_assert(mem_add_rom(bench.memory, "rom", 0x800000, 0x2000, 0, rom, &err) != NULL);
    start_protected(0);
    switch_paging_on();
    bench.x.cr3 = 0x800000;
    poke32(AT_DATA, 7);
    ck_assert_int_eq(RUN(LOAD STORE), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 7);
    ck_assert_uint_eq(rom[0x1000 + 0x180], P | W | U);
}
END_TEST

START_TEST(addresses_after_translation_go_through_a20)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(AT_DATA, 1);
    poke32(0x100000 + AT_DATA, 2);
    mem_set_a20(bench.memory, false);
    /* mov eax,[160000h] */
    ck_assert_int_eq(RUN("\xa1\x00\x00\x16\x00"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 1);
    mem_set_a20(bench.memory, true);
    start_protected(0);
    switch_paging_on();
    ck_assert_int_eq(RUN("\xa1\x00\x00\x16\x00"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 2);
}
END_TEST

START_TEST(code_that_is_written_through_another_page_is_fetched_anew)
{
    start_protected(0);
    start_paging(P | W | U);
    poke32(pte_at(0x70000), AT_CODE | P | W);
    /* mov cl,2 / again: mov eax,5 / mov byte [70003h],9 / dec cl / jnz again */
    ck_assert_int_eq(
        RUN("\xb1\x02\xb8\x05\x00\x00\x00\xc6\x05\x03\x00\x07\x00\x09\xfe\xc9\x75\xf0"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 9);
}
END_TEST

/* ---- alignment ---- */

START_TEST(unaligned_user_access_under_am_and_ac_is_17)
{
    start_protected(3);
    bench.x.cr0 |= CR0_AM;
    bench.x.eflags |= FL_AC;
    /* mov eax,[60000h] / mov ax,[60002h] / mov al,[60001h] / mov eax,[60002h] */
    ck_assert_int_eq(RUN(LOAD "\x66\xa1\x02\x00\x06\x00\xa0\x01\x00\x06\x00\xa1\x02\x00\x06\x00"),
                     EXC_AC);
    ck_assert_uint_eq(frame(0), 0);
    ck_assert_uint_eq(frame(1), AT_CODE + 16);
}
END_TEST

START_TEST(alignment_is_checked_at_cpl_3_only)
{
    start_protected(0);
    bench.x.cr0 |= CR0_AM;
    bench.x.eflags |= FL_AC;
    ck_assert_int_eq(RUN("\xa1\x02\x00\x06\x00"), DONE);
    start_protected(3);
    bench.x.cr0 |= CR0_AM;
    ck_assert_int_eq(RUN("\xa1\x02\x00\x06\x00"), DONE);
}
END_TEST

/* ---- breakpoints ---- */

enum { DR7_L0 = 1, DR7_W0 = 1 << 16, DR7_IO0 = 2 << 16, DR7_RW0 = 3 << 16, DR7_LEN4 = 3 << 18 };

START_TEST(a_data_breakpoint_traps_after_the_write)
{
    start_protected(0);
    bench.x.dr[0] = AT_DATA;
    bench.x.dr[7] = 0x400 | DR7_L0 | DR7_W0 | DR7_LEN4;
    /* mov eax,[60000h] / mov byte [60004h],1 / mov byte [60003h],1 / nop */
    ck_assert_int_eq(RUN(LOAD "\xc6\x05\x04\x00\x06\x00\x01\xc6\x05\x03\x00\x06\x00\x01\x90"),
                     EXC_DB);
    ck_assert_uint_eq(frame(0), AT_CODE + 19);
    ck_assert_uint_eq(bench.x.dr[6] & 0xf, 1);
    ck_assert_uint_eq(bench.ram[AT_DATA + 3], 1);
}
END_TEST

START_TEST(a_read_write_breakpoint_sees_reads)
{
    start_protected(0);
    start_paging(P | W | U);
    bench.x.dr[0] = AT_DATA;
    bench.x.dr[7] = 0x400 | DR7_L0 | DR7_RW0 | DR7_LEN4;
    ck_assert_int_eq(RUN(LOAD "\x90"), EXC_DB);
    ck_assert_uint_eq(frame(0), AT_CODE + 5);
}
END_TEST

START_TEST(a_code_breakpoint_faults_before_the_instruction)
{
    start_protected(0);
    bench.x.dr[1] = AT_CODE + 1;
    bench.x.dr[7] = 0x400 | 4;
    ck_assert_int_eq(RUN("\x90\x40\x90"), EXC_DB);
    ck_assert_uint_eq(frame(0), AT_CODE + 1);
    ck_assert_uint_eq(bench.x.dr[6] & 0xf, 2);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0);
}
END_TEST

START_TEST(rf_holds_a_code_breakpoint_back_once)
{
    start_protected(0);
    bench.x.dr[1] = AT_CODE;
    bench.x.dr[7] = 0x400 | 4;
    bench.x.eflags |= FL_RF;
    bench.x.gpr[R_ECX] = 1;
    /* again: inc eax / dec ecx / jns again */
    ck_assert_int_eq(RUN("\x40\x49\x79\xfc"), EXC_DB);
    ck_assert_uint_eq(frame(0), AT_CODE);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 1);
}
END_TEST

START_TEST(a_port_breakpoint_needs_cr4_de)
{
    start_protected(0);
    bench.x.dr[0] = 0x80;
    bench.x.dr[7] = 0x400 | DR7_L0 | DR7_IO0;
    /* out 80h,al */
    ck_assert_int_eq(RUN("\xe6\x80\x90"), DONE);
    start_protected(0);
    bench.x.dr[0] = 0x80;
    bench.x.dr[7] = 0x400 | DR7_L0 | DR7_IO0;
    bench.x.cr4 = CR4_DE;
    ck_assert_int_eq(RUN("\xe6\x80\x90"), EXC_DB);
    ck_assert_uint_eq(frame(0), AT_CODE + 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("paging");
    TCase *tc = tcase_create("walk");
    TCase *p6 = tcase_create("global");
    TCase *db = tcase_create("alignment and breakpoints");

    tcase_add_checked_fixture(tc, open_p5, bench_close);
    tcase_add_test(tc, a_read_sets_accessed_and_not_dirty);
    tcase_add_test(tc, a_write_sets_dirty_also_after_a_read);
    tcase_add_test(tc, a_denied_access_leaves_the_tables_alone);
    tcase_add_loop_test(tc, rights_of_both_levels_are_combined, 0,
                        sizeof(rights) / sizeof(rights[0]));
    tcase_add_test(tc, not_present_gives_code_0_2_4_6);
    tcase_add_test(tc, a_fetch_from_a_supervisor_page_faults_at_cpl_3);
    tcase_add_loop_test(tc, the_byte_after_fifteen_prefixes_is_fetched_before_they_are_too_long, 0,
                        2);
    tcase_add_test(tc, a_jump_to_an_absent_page_faults_at_its_target);
    tcase_add_test(tc, an_instruction_over_a_page_end_faults_with_the_second_page);
    tcase_add_test(tc, a_fault_in_a_block_names_its_own_instruction);
    tcase_add_test(tc, a_write_over_a_page_end_faults_before_it_writes);
    tcase_add_test(tc, an_operand_over_a_page_end_is_joined_from_two_frames);
    tcase_add_test(tc, read_modify_write_of_a_read_only_page_is_a_write_fault);
    tcase_add_test(tc, a_page_of_4_mb_maps_with_its_own_dirty_bit);
    tcase_add_test(tc, reserved_bits_of_a_4_mb_page_fault_with_bit_3);
    tcase_add_test(tc, without_pse_the_ps_bit_means_nothing);
    tcase_add_test(tc, invlpg_drops_one_translation_also_of_a_4_mb_page);
    tcase_add_test(tc, a_directory_may_map_itself);
    tcase_add_test(tc, page_tables_in_rom_work_and_stay_as_they_are);
    tcase_add_test(tc, addresses_after_translation_go_through_a20);
    tcase_add_test(tc, code_that_is_written_through_another_page_is_fetched_anew);
    suite_add_tcase(suite, tc);

    tcase_add_checked_fixture(p6, open_p2, bench_close);
    tcase_add_test(p6, loading_cr3_keeps_global_pages_only);
    tcase_add_test(p6, clearing_cr4_pge_drops_global_pages);
    suite_add_tcase(suite, p6);

    tcase_add_checked_fixture(db, open_p5, bench_close);
    tcase_add_test(db, unaligned_user_access_under_am_and_ac_is_17);
    tcase_add_test(db, alignment_is_checked_at_cpl_3_only);
    tcase_add_test(db, a_data_breakpoint_traps_after_the_write);
    tcase_add_test(db, a_read_write_breakpoint_sees_reads);
    tcase_add_test(db, a_code_breakpoint_faults_before_the_instruction);
    tcase_add_test(db, rf_holds_a_code_breakpoint_back_once);
    tcase_add_test(db, a_port_breakpoint_needs_cr4_de);
    suite_add_tcase(suite, db);
    return check_main(suite);
}
