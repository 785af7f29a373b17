/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The run loop: counting, budget, interrupts, single steps, code that changes, and what devices do
 * in the middle of an instruction. */
#include <stdlib.h>
#include <string.h>

#include "core/cpu/insn.h"
#include "core/device.h"
#include "tests/check_main.h"
#include "tests/unit/cpu/system_bench.h"

static const struct cpu_ops *ops;

/* Called by reads and writes of port 10h; its value is what a read gives. */
static uint32_t (*at_port)(bool write, uint32_t value);
static struct device nobody;

static uint32_t port_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)dev;
    (void)offset;
    (void)size;
    return at_port ? at_port(false, 0) : 0;
}

static void port_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)dev;
    (void)offset;
    (void)size;
    if (at_port)
        at_port(true, value);
}

static const struct port_range range = {
    .count = 4, .sizes = 7, .read = port_read, .write = port_write
};

static void open_bench(void)
{
    struct error err;

    bench_open(CPU_PENTIUM2);
    ops = bench.cpu->ops;
    at_port = NULL;
    ck_assert(bus_add(bench.bus, &nobody, &range, 0x10, &err) != NULL);
    start_real();
}

/* Loads bench.x and puts code at CS:EIP. */
static void load(const char *bytes, unsigned len)
{
    struct error err;

    poke_code(bench.x.seg[S_CS].base + bench.x.eip, bytes, len);
    ck_assert(ops->set(bench.cpu, &bench.x, &err));
}
#define LOAD(bytes) load(bytes, sizeof(bytes) - 1)

/* Goes on for n instructions, without touching the state. */
static enum cpu_exit go(uint64_t n)
{
    struct cpu_slice slice = { .insns = n };
    enum cpu_exit why = ops->run(bench.cpu, &slice);

    ops->get(bench.cpu, &bench.x);
    return why;
}

static uint32_t ax(void)
{
    return bench.x.gpr[R_EAX] & 0xffff;
}

/* ---- counting ---- */

#define COUNT_UP "\x40\x43\xeb\xfc" /* inc ax; inc bx; jmp $-2 */

START_TEST(the_budget_is_exact)
{
    uint64_t total = 0;

    LOAD(COUNT_UP);
    for (unsigned n = 0; n < 200; n++) {
        ck_assert_int_eq(go(n), CPU_EXIT_BUDGET);
        total += n;
        ck_assert_uint_eq(ops->icount(bench.cpu), total);
        ck_assert_uint_eq(bench.x.eip, total % 3);
        ck_assert_uint_eq(ax(), (total + 2) / 3);
    }
}
END_TEST

START_TEST(each_turn_of_rep_counts_one)
{
    bench.x.gpr[R_ECX] = 100;
    bench.x.gpr[R_EDI] = 0x4000;
    LOAD("\xf3\xaa\x90\xf4"); /* rep stosb; nop; hlt */
    ck_assert_int_eq(go(10), CPU_EXIT_BUDGET);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], 90);
    ck_assert_uint_eq(bench.x.gpr[R_EDI], 0x400a);
    ck_assert_uint_eq(bench.x.eip, 0);
    ck_assert_uint_eq(ops->icount(bench.cpu), 10);
    ck_assert_int_eq(go(90), CPU_EXIT_BUDGET);
    ck_assert_uint_eq(bench.x.eip, 2);
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(ops->icount(bench.cpu), 102);
}
END_TEST

START_TEST(rep_with_a_count_of_zero_counts_one)
{
    LOAD("\xf3\xaa\xf4");
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(ops->icount(bench.cpu), 2);
}
END_TEST

static uint64_t seen[8];
static unsigned seen_count;

static uint32_t note_icount(bool write, uint32_t value)
{
    (void)write;
    (void)value;
    if (seen_count < 8)
        seen[seen_count++] = ops->icount(bench.cpu);
    return 0;
}

START_TEST(a_device_sees_the_exact_count)
{
    at_port = note_icount;
    seen_count = 0;
    /* nop; out 10h,al; nop; nop; in al,10h; hlt */
    LOAD("\x90\xe6\x10\x90\x90\xe4\x10\xf4");
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(seen_count, 2);
    ck_assert_uint_eq(seen[0], 1);
    ck_assert_uint_eq(seen[1], 4);
}
END_TEST

START_TEST(a_device_sees_each_turn_of_ins)
{
    at_port = note_icount;
    seen_count = 0;
    bench.x.gpr[R_EDX] = 0x10;
    bench.x.gpr[R_ECX] = 3;
    bench.x.gpr[R_EDI] = 0x8000;
    bench.x.eflags |= FL_DF;
    LOAD("\x90\xf3\x6c\xf4"); /* nop; rep insb; hlt */
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(seen_count, 3);
    for (unsigned n = 0; n < 3; n++)
        ck_assert_uint_eq(seen[n], 1 + n);
    ck_assert_uint_eq(ops->icount(bench.cpu), 5);
}
END_TEST

/* ---- changing code ---- */

START_TEST(a_store_into_the_next_instruction_is_seen)
{
    /* mov byte cs:[7],42h; mov al,0 (the operand is at 7); hlt */
    LOAD("\x2e\xc6\x06\x07\x00\x42\xb0\x00\xf4");
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(ax(), 0x42);
}
END_TEST

START_TEST(a_loop_may_change_its_own_operand_each_time)
{
    /* mov cx,100; l: mov al,0; add dx,ax; inc byte cs:[4]; loop l; hlt */
    bench.x.gpr[R_EDX] = 0;
    LOAD("\xb9\x64\x00\xb0\x00\x01\xc2\x2e\xfe\x06\x04\x00\xe2\xf5\xf4");
    ck_assert_int_eq(go(100000), CPU_EXIT_HALT);
    ck_assert_uint_eq(bench.x.gpr[R_EDX], 99 * 100 / 2);
}
END_TEST

START_TEST(data_beside_code_may_be_written)
{
    /* mov cx,1000; l: inc word cs:[20h]; loop l; hlt */
    LOAD("\xb9\xe8\x03\x2e\xff\x06\x20\x00\xe2\xf9\xf4");
    ck_assert_int_eq(go(100000), CPU_EXIT_HALT);
    ck_assert_uint_eq(peek16(AT_CODE + 0x20), 1000);
}
END_TEST

START_TEST(a_string_store_over_code_is_seen)
{
    /* mov cx,3; mov di,0bh; mov al,40h (inc ax); xor..: rep stosb over the three NOPs; hlt */
    bench.x.seg[S_ES] = bench.x.seg[S_CS];
    LOAD("\xb9\x03\x00\xbf\x0a\x00\xb0\x40\xf3\xaa\x90\x90\x90\xf4");
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(ax(), 0x43);
    ck_assert_int_eq(memcmp(bench.ram + AT_CODE + 10, "\x40\x40\x40", 3), 0);
}
END_TEST

START_TEST(decoded_code_survives_until_a_device_writes_it)
{
    LOAD(COUNT_UP);
    go(300);
    ck_assert_uint_eq(ax(), 100);
    /* Behind the processor's back: not seen. */
    poke8(AT_CODE, 0x48); /* dec ax */
    go(300);
    ck_assert_uint_eq(ax(), 200);
    ops->ram_written(bench.cpu, AT_CODE, 1);
    go(300);
    ck_assert_uint_eq(ax(), 100);
}
END_TEST

START_TEST(an_instruction_over_a_page_border_dies_with_either_page)
{
    bench.x.eip = 0xffd;
    LOAD("\xb8\x11\x11\x22\x22\xeb\xf9");                              /* placed below */
    poke_code(AT_CODE + 0xffd, "\x66\xb8\x11\x11\x22\x22\xeb\xf8", 8); /* mov eax,imm32; jmp */
    go(20);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x22221111);
    poke_code(AT_CODE + 0x1002, "\x33", 1);
    go(20);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x33221111);
    poke_code(AT_CODE + 0xfff, "\x44", 1);
    go(20);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0x33221144);
}
END_TEST

START_TEST(linked_blocks_do_not_outlive_what_they_link_to)
{
    /* 0: jmp 10h; 10h: inc ax; jmp 20h; 20h: inc bx; jmp 0 */
    poke_code(AT_CODE + 0x10, "\x40\xeb\x0d", 3);
    poke_code(AT_CODE + 0x20, "\x43\xeb\xdd", 3);
    LOAD("\xeb\x0e");
    go(500);
    ck_assert_uint_eq(ax(), 100);
    poke_code(AT_CODE + 0x20, "\x4b", 1); /* dec bx */
    go(500);
    ck_assert_uint_eq(ax(), 200);
    ck_assert_uint_eq(bench.x.gpr[R_EBX] & 0xffff, 0);
}
END_TEST

START_TEST(the_same_code_at_another_cs_may_branch_elsewhere)
{
    /* At physical 20FF0: jmp $+20h.  With CS = 2000 to 21012; with CS:IP = 10FFh:FFFE... the target
     * wraps inside the segment. */
    poke_code(0x20ff0, "\xeb\x0e", 2);
    poke_code(0x21000, "\xf4", 1);
    poke_code(0x11000, "\x43\xf4", 2);
    bench.x.eip = 0xff0;
    bench.x.seg[S_CS].base = 0x20000;
    LOAD("\xeb\x0e");
    ck_assert_int_eq(go(10), CPU_EXIT_HALT);
    ck_assert_uint_eq(bench.x.eip, 0x1001);
    bench.x.halted = 0;
    bench.x.seg[S_CS].base = 0x11000; /* IP FFF0: the jump goes to 10000h, that is 0 */
    bench.x.eip = 0xfff0;
    LOAD("\xeb\x0e");
    ck_assert_int_eq(go(10), CPU_EXIT_HALT);
    ck_assert_uint_eq(bench.x.eip, 2);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 1);
}
END_TEST

/* ---- fetching ---- */

START_TEST(a_jump_beyond_the_limit_faults_at_the_jump)
{
    start_protected(0);
    bench.x.seg[S_CS].limit = AT_CODE + 0xff;
    ck_assert_int_eq(RUN("\x90\x90\xe9\x00\x10\x00\x00"), EXC_GP);
    ck_assert_uint_eq(frame(1), AT_CODE + 2);
}
END_TEST

START_TEST(running_off_the_limit_faults_behind_it)
{
    start_protected(0);
    bench.x.seg[S_CS].limit = AT_CODE + 2;
    ck_assert_int_eq(RUN("\x90\x90\x90\x90"), EXC_GP);
    ck_assert_uint_eq(frame(1), AT_CODE + 3);
}
END_TEST

START_TEST(an_instruction_half_beyond_the_limit_faults)
{
    start_protected(0);
    bench.x.seg[S_CS].limit = AT_CODE + 3;
    ck_assert_int_eq(RUN("\x90\xb8\x01\x02\x03\x04"), EXC_GP);
    ck_assert_uint_eq(frame(1), AT_CODE + 1);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0);
}
END_TEST

START_TEST(sixteen_bytes_are_a_general_protection_fault)
{
    start_protected(0);
    ck_assert_int_eq(RUN("\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x90"),
                     EXC_GP);
    ck_assert_uint_eq(frame(0), 0);
}
END_TEST

START_TEST(a_division_by_zero_faults_at_the_division)
{
    start_protected(0);
    bench.x.gpr[R_EAX] = AT_DATA;
    ck_assert_int_eq(RUN("\x90\x8b\xd0\xf7\x30\x90"), EXC_DE); /* nop; mov edx,eax; div [eax] */
    ck_assert_uint_eq(frame(0), AT_CODE + 3);
    start_protected(0);
    ck_assert_int_eq(RUN("\x90\xf7\xf9\x90"), EXC_DE); /* nop; idiv ecx */
    ck_assert_uint_eq(frame(0), AT_CODE + 1);
}
END_TEST

START_TEST(an_undefined_opcode_faults_with_its_own_address)
{
    start_protected(0);
    ck_assert_int_eq(RUN("\x90\x0f\xff\xc0"), EXC_UD);
    ck_assert_uint_eq(frame(0), AT_CODE + 1);
}
END_TEST

static uint32_t rom_byte(void *ctx, uint32_t offset, unsigned size)
{
    static unsigned turn;
    uint32_t value = 0;

    (void)ctx;
    for (unsigned n = 0; n < size; n++)
        value |= (uint32_t)(offset + n == 0 ? (turn++ & 1 ? 0x43 : 0x40) : 0xf4) << (8 * n);
    return value;
}

static void rom_ignore(void *ctx, uint32_t offset, uint32_t value, unsigned size)
{
    (void)ctx;
    (void)offset;
    (void)value;
    (void)size;
}

START_TEST(code_in_device_memory_is_fetched_each_time)
{
    static const struct mem_ops mmio = { .read = rom_byte, .write = rom_ignore, .sizes = 1 };
    struct error err;

    ck_assert(mem_add_mmio(bench.memory, "strange", 0x20000, 0x1000, 1, &mmio, NULL, &err));
    for (unsigned n = 1; n <= 6; n++) {
        bench.x.eip = 0;
        bench.x.halted = 0;
        LOAD("");
        ck_assert_int_eq(go(10), CPU_EXIT_HALT);
        ck_assert_uint_eq(ax() + (bench.x.gpr[R_EBX] & 0xffff), n);
    }
    ck_assert_uint_eq(ax(), 3);
}
END_TEST

/* ---- interrupts ---- */

START_TEST(sti_holds_interrupts_back_for_one_instruction)
{
    ops->set_intr(bench.cpu, true);
    LOAD("\xfb\x40\x40\xf4"); /* sti; inc ax; inc ax; hlt */
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(ax(), 1);
    ck_assert_uint_eq(peek16(bench.x.gpr[R_ESP]), 2); /* return address */
}
END_TEST

START_TEST(sti_hlt_waits_with_interrupts_enabled)
{
    LOAD("\xfb\xf4\x40\xf4");
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(bench.x.eip, 2);
    ck_assert_int_eq(go(100), CPU_EXIT_HALT); /* nothing woke it */
    ck_assert_uint_eq(ops->icount(bench.cpu), 2);
    ops->set_intr(bench.cpu, true);
    ck_assert_int_eq(go(100), CPU_EXIT_HALT); /* the handler's HLT */
    ck_assert_uint_eq(peek16(bench.x.gpr[R_ESP]), 2);
}
END_TEST

START_TEST(a_masked_interrupt_waits_until_popf)
{
    ops->set_intr(bench.cpu, true);
    /* inc ax; push 0202h; popf; inc bx; hlt */
    LOAD("\x40\x68\x02\x02\x9d\x43\xf4");
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(ax(), 1);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 0);
    ck_assert_uint_eq(peek16(bench.x.gpr[R_ESP]), 5);
}
END_TEST

START_TEST(a_load_of_ss_holds_interrupts_back)
{
    ops->set_intr(bench.cpu, true);
    bench.x.eflags |= FL_IF;
    /* The first instruction is interrupted; so start behind a shadow. */
    bench.x.shadow_ss = 1;
    LOAD("\x8e\xd0\xbc\x00\x80\x40\xf4"); /* mov ss,ax; mov sp,8000h; inc ax; hlt */
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(ax(), 0);
    ck_assert_uint_eq(bench.x.gpr[R_ESP], 0x8000 - 6);
}
END_TEST

START_TEST(nmi_is_blocked_until_iret)
{
    poke_code(AT_HANDLERS + 2 * 16, "\x40\x3d\x01\x00\x75\x02\xeb\xfe\xcf", 9);
    /* inc ax; cmp ax,1; jnz; jmp $; iret */
    LOAD("\x90\xf4");
    ops->raise_nmi(bench.cpu);
    go(20);
    ck_assert_uint_eq(ax(), 1);
    ops->raise_nmi(bench.cpu);
    go(20);
    ck_assert_uint_eq(ax(), 1);
    ck_assert_uint_eq(bench.x.nmi_pending, 1);
}
END_TEST

START_TEST(a_kick_ends_the_run)
{
    LOAD(COUNT_UP);
    ops->kick(bench.cpu);
    ck_assert_int_eq(go(1000000), CPU_EXIT_KICK);
    ck_assert_int_eq(go(9), CPU_EXIT_BUDGET);
    ck_assert_uint_eq(ax(), 3);
}
END_TEST

static uint32_t raise_intr(bool write, uint32_t value)
{
    (void)write;
    (void)value;
    ops->set_intr(bench.cpu, true);
    return 0x5a;
}

START_TEST(rep_ins_is_interrupted_between_turns)
{
    at_port = raise_intr;
    bench.x.eflags |= FL_IF;
    bench.x.gpr[R_EDX] = 0x10;
    bench.x.gpr[R_ECX] = 50;
    bench.x.gpr[R_EDI] = 0x8ffe; /* the page ends soon */
    LOAD("\xf3\x6c\xf4");
    ck_assert_int_eq(go(1000), CPU_EXIT_HALT);
    ck_assert_uint_lt(bench.x.gpr[R_ECX], 50);
    ck_assert_uint_gt(bench.x.gpr[R_ECX], 0);
    ck_assert_uint_eq(peek16(bench.x.gpr[R_ESP]), 0); /* back to the REP */
}
END_TEST

/* A CALL whose return address falls on its own displacement: the next one goes elsewhere, although
 * the block it goes from lies where the dead one did. */
START_TEST(a_call_may_overwrite_itself)
{
    uint32_t at = bench.x.eip;

    bench.x.seg[S_SS] = bench.x.seg[S_CS];
    bench.x.gpr[R_EDI] = 0x8000;
    bench.x.gpr[R_ESI] = at + 8;
    poke_code(bench.x.seg[S_CS].base + 2 * at + 16, "\xf4", 1);
    LOAD("\x40\x89\xfc\x87\xfe\xe8\xf8\xff"); /* inc ax; mov sp,di; xchg di,si; call $-6 */
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(ax(), 3);
    ck_assert_uint_eq(bench.x.eip, 2 * at + 17);
}
END_TEST

/* ---- single steps ---- */

START_TEST(tf_traps_after_each_instruction)
{
    /* The handler of vector 1 counts in SI and returns. */
    poke_code(AT_HANDLERS + 1 * 16, "\x46\xcf", 2);
    bench.x.eflags |= FL_TF;
    LOAD("\x40\x40\x40\x40\xf4");
    go(4 * 4);
    ck_assert_uint_eq(ax(), 4);
    ck_assert_uint_eq(bench.x.gpr[R_ESI] & 0xffff, 4);
    ck_assert_uint_ne(bench.x.dr[6] & 0x4000, 0);
}
END_TEST

START_TEST(tf_traps_after_each_turn_of_rep)
{
    poke_code(AT_HANDLERS + 1 * 16, "\x46\xcf", 2);
    bench.x.eflags |= FL_TF;
    bench.x.gpr[R_ECX] = 5;
    bench.x.gpr[R_EDI] = 0x8000;
    LOAD("\xf3\xaa\xf4");
    go(5 * 4);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], 0);
    ck_assert_uint_eq(bench.x.gpr[R_ESI] & 0xffff, 5);
}
END_TEST

START_TEST(popf_that_sets_tf_traps_after_the_next_instruction)
{
    /* push 0102h; popf; inc ax; inc ax */
    LOAD("\x68\x02\x01\x9d\x40\x40\xf4");
    ck_assert_int_eq(go(100), CPU_EXIT_HALT);
    ck_assert_uint_eq(ax(), 1);
    ck_assert_uint_eq(peek16(bench.x.gpr[R_ESP]), 5);
}
END_TEST

/* ---- devices in the middle of an instruction ---- */

static struct mem_region *window;

static uint32_t move_window(bool write, uint32_t value)
{
    (void)write;
    mem_move(window, 0x100000, value & 1);
    return 0;
}

START_TEST(a_map_changed_by_out_is_seen_by_the_next_instruction)
{
    static uint8_t other[0x1000];
    struct error err;

    start_protected(0);
    memset(other, 0x77, sizeof(other));
    window = mem_add_ram(bench.memory, "window", 0x100000, 0x1000, 1, other, &err);
    ck_assert(window != NULL);
    mem_move(window, 0x100000, false);
    at_port = move_window;
    poke8(0x100000, 0x11);
    /* mov bl,[100000h]; mov al,1; out 10h,al; mov bh,[100000h] */
    ck_assert_int_eq(RUN("\x8a\x1d\x00\x00\x10\x00\xb0\x01\xe6\x10\x8a\x3d\x00\x00\x10\x00"), DONE);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 0x7711);
}
END_TEST

START_TEST(code_of_a_window_is_that_of_the_memory_behind_it)
{
    static uint8_t other[0x1000];
    struct error err;

    memset(other, 0, sizeof(other));
    memcpy(other, "\x40\xc3", 2); /* inc ax; ret */
    window = mem_add_ram(bench.memory, "window", 0x28000, 0x1000, 1, other, &err);
    mem_move(window, 0x28000, false);
    poke_code(0x28000, "\x43\xc3", 2); /* inc bx; ret */
    LOAD("\xe8\xfd\x7f\xeb\xfb");      /* call 8000h; jmp 0 */
    for (unsigned n = 1; n <= 5; n++) {
        go(40);
        ck_assert_uint_eq(bench.x.gpr[R_EBX] & 0xffff, n * 10);
        mem_move(window, 0x28000, true);
        go(40);
        ck_assert_uint_eq(ax(), n * 10);
        mem_move(window, 0x28000, false);
    }
}
END_TEST

static uint32_t replace_code(bool write, uint32_t value)
{
    (void)write;
    (void)value;
    poke_code(AT_CODE + 2, "\x43", 1);
    return 0;
}

START_TEST(code_written_by_a_device_is_seen_by_the_next_instruction)
{
    at_port = replace_code;
    LOAD("\xe6\x10\x40\xf4"); /* out 10h,al; inc ax (becomes inc bx); hlt */
    ck_assert_int_eq(go(10), CPU_EXIT_HALT);
    ck_assert_uint_eq(ax(), 0);
    ck_assert_uint_eq(bench.x.gpr[R_EBX], 1);
    ck_assert_uint_eq(ops->icount(bench.cpu), 3);
}
END_TEST

static uint32_t reset_cpu(bool write, uint32_t value)
{
    (void)value;
    if (write)
        cpu_reset(bench.cpu, false);
    return 0;
}

START_TEST(a_reset_by_a_device_takes_effect_after_its_instruction)
{
    at_port = reset_cpu;
    LOAD("\x40\xe6\x10\x40\xf4");
    ck_assert_int_eq(go(2), CPU_EXIT_BUDGET);
    ck_assert_uint_eq(bench.x.eip, 0xfff0);
    ck_assert_uint_eq(bench.x.seg[S_CS].base, 0xffff0000);
    ck_assert_uint_eq(bench.x.gpr[R_EAX], 0);
    ck_assert_uint_eq(ops->icount(bench.cpu), 2);
}
END_TEST

static uint32_t stop_run(bool write, uint32_t value)
{
    (void)write;
    (void)value;
    ops->kick(bench.cpu);
    return 0;
}

START_TEST(a_device_may_end_the_run)
{
    at_port = stop_run;
    LOAD("\x40\xe6\x10\xeb\xfb"); /* inc ax; out 10h,al; jmp 0 */
    ck_assert_int_eq(go(1000000), CPU_EXIT_KICK);
    ck_assert_uint_le(ax(), 2);
}
END_TEST

/* ---- string instructions against a model made of single bytes ---- */

static uint32_t seed = 1;

static uint32_t rnd(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

/* MOVS or STOS on 64 KB in real mode. */
static void model_string(uint8_t *es, const uint8_t *ds, bool movs, unsigned size, bool down)
{
    uint16_t si = (uint16_t)bench.x.gpr[R_ESI], di = (uint16_t)bench.x.gpr[R_EDI];

    for (uint16_t cx = (uint16_t)bench.x.gpr[R_ECX]; cx; cx--) {
        uint32_t value = bench.x.gpr[R_EAX];

        if (movs)
            memcpy(&value, ds + si, size);
        memcpy(es + di, &value, size);
        si = (uint16_t)(down ? si - size : si + size);
        di = (uint16_t)(down ? di - size : di + size);
    }
}

START_TEST(repeated_moves_and_stores_go_element_by_element)
{
    enum { DS = 0x30000, ES = 0x38000 }; /* 64 KB each, half shared */
    static uint8_t want[0x20000];
    static const char *const code[] = { "\xf3\xa4\xf4", "\xf3\xa5\xf4", "\x66\xf3\xa5\xf4",
                                        "\xf3\xaa\xf4", "\xf3\xab\xf4", "\x66\xf3\xab\xf4" };

    for (unsigned n = 0; n < 600; n++) {
        unsigned kind = n % 6, size = 1u << kind % 3;
        bool down = rnd() & 1;

        start_real();
        bench.x.seg[S_DS].base = DS;
        bench.x.seg[S_ES].base = rnd() & 1 ? DS : ES;
        bench.x.eflags |= down ? FL_DF : 0;
        bench.x.gpr[R_EAX] = rnd() * 0x10001;
        bench.x.gpr[R_ECX] = rnd() % 0x1800;
        /* No element may lie across FFFFh: that faults. */
        bench.x.gpr[R_ESI] = (rnd() & 0xffff) / size * size;
        bench.x.gpr[R_EDI] = rnd() & 1 ? (rnd() & 0xffff) / size * size
                                       : (bench.x.gpr[R_ESI] + rnd() % 64 / size * size) & 0xffff;
        for (unsigned k = 0; k < sizeof(want); k++)
            bench.ram[DS + k] = (uint8_t)rnd();
        memcpy(want, bench.ram + DS, sizeof(want));
        model_string(want + (bench.x.seg[S_ES].base - DS), want, kind < 3, size, down);
        load(code[kind], (unsigned)strlen(code[kind]));
        while (go(1 + rnd() % 5000) == CPU_EXIT_BUDGET)
            ;
        ck_assert_uint_eq(bench.x.gpr[R_ECX], 0);
        ck_assert_int_eq(memcmp(want, bench.ram + DS, sizeof(want)), 0);
    }
}
END_TEST

START_TEST(repne_scas_stops_behind_the_match)
{
    memset(bench.ram + 0x30000, 0, 0x10000);
    bench.ram[0x30000 + 0x2345] = 0x99;
    bench.x.seg[S_ES].base = 0x30000;
    bench.x.gpr[R_EDI] = 0x10;
    bench.x.gpr[R_ECX] = 0xffff;
    bench.x.gpr[R_EAX] = 0x99;
    LOAD("\xf2\xae\xf4");
    ck_assert_int_eq(go(1000000), CPU_EXIT_HALT);
    ck_assert_uint_eq(bench.x.gpr[R_EDI], 0x2346);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], 0xffff - 0x2336);
    ck_assert_uint_ne(bench.x.eflags & FL_ZF, 0);
}
END_TEST

START_TEST(repe_cmps_stops_behind_the_difference)
{
    for (unsigned n = 0; n < 0x10000; n++)
        bench.ram[0x30000 + n] = bench.ram[0x40000 + n] = (uint8_t)(n * 7);
    bench.ram[0x40000 + 0x3001] ^= 0x80;
    bench.x.seg[S_DS].base = 0x30000;
    bench.x.seg[S_ES].base = 0x40000;
    bench.x.gpr[R_ECX] = 0x7000;
    LOAD("\xf3\xa7\xf4");
    ck_assert_int_eq(go(1000000), CPU_EXIT_HALT);
    ck_assert_uint_eq(bench.x.gpr[R_ESI], 0x3002);
    ck_assert_uint_eq(bench.x.gpr[R_EDI], 0x3002);
    ck_assert_uint_eq(bench.x.gpr[R_ECX], 0x7000 - 0x1801);
    ck_assert_uint_eq(bench.x.eflags & FL_ZF, 0);
}
END_TEST

/* ---- branches inside blocks: what they know about the flags against the flags themselves ---- */

static bool holds(uint32_t flags, unsigned condition)
{
    bool cf = flags & FL_CF, zf = flags & FL_ZF, sf = flags & FL_SF, of = flags & FL_OF;
    bool yes[8] = { of, cf, zf, cf || zf, sf, flags & FL_PF, sf != of, zf || sf != of };

    return yes[condition >> 1] != (condition & 1);
}

/* Appends a random instruction that touches flags, on DX, CX, DL or DH; returns its length. */
static unsigned flag_insn(uint8_t *at)
{
    static const char *const some[] = {
        "\x01\xca",     "\x09\xca", "\x11\xca", "\x19\xca", "\x21\xca", "\x29\xca", "\x31\xca",
        "\x39\xca",     "\x85\xca", "\x38\xce", "\x28\xf2", "\x84\xd2", "\x4a",     "\x42",
        "\xf7\xda",     "\xf6\xda", "\xd1\xe2", "\xd1\xfa", "\xd0\xea", "\xd3\xe2", "\xd1\xc2",
        "\xd3\xda",     "\xd0\xd6", "\xf8",     "\xf9",     "\xf5",     "\xf7\xe1", "\x0f\xaf\xd1",
        "\x0f\xa3\xca", "\x27",     "\x9e",     "\x89\xca"
    };
    const char *pick = some[rnd() % (sizeof(some) / sizeof(some[0]))];
    unsigned len = 0, body = (unsigned)strlen(pick);

    if (rnd() & 1)
        at[len++] = 0x66;
    memcpy(at + len, pick, body);
    return len + body;
}

START_TEST(branches_agree_with_the_flags)
{
    for (unsigned n = 0; n < 20000; n++) {
        unsigned condition = rnd() & 15, len = 0, count = 1 + rnd() % 3;
        uint8_t code[32];

        while (count--)
            len += flag_insn(code + len);
        code[len++] = (uint8_t)(0x70 | condition);
        code[len++] = 3;
        memcpy(code + len, "\xbb\x01\x00\xf4", 4); /* mov bx,1; hlt */
        start_real();
        bench.x.eflags |= rnd() & FL_ARITH;
        bench.x.gpr[R_EDX] = rnd() & 1 ? rnd() * 0x101 : (rnd() & 3) - 1;
        bench.x.gpr[R_ECX] = rnd() & 1 ? rnd() * 0x101 : bench.x.gpr[R_EDX];
        load((const char *)code, len + 4);
        ck_assert_int_eq(go(100), CPU_EXIT_HALT);
        ck_assert_uint_eq(bench.x.gpr[R_EBX], !holds(bench.x.eflags, condition));
    }
}
END_TEST

/* ---- the stack of the host ---- */

static uintptr_t deepest, highest;

static uint32_t note_depth(bool write, uint32_t value)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    (void)write;
    (void)value;
    if (here < deepest)
        deepest = here;
    if (here > highest)
        highest = here;
    return 0;
}

/* A row as bytes with its operand in AT_DATA or a register; the length, or 0. */
static unsigned encode(const struct insn_row *row, bool memory, uint8_t *at)
{
    static const uint8_t data[4] = { AT_DATA & 0xff, AT_DATA >> 8 & 0xff, AT_DATA >> 16 };
    unsigned reg = INSN_FORM_REG(row->form) & 7, rm = INSN_FORM_RM(row->form) & 7, len = 0;
    struct insn i;

    memset(at, 0, 24);
    if (row->map == MAP_TWO)
        at[len++] = 0x0f;
    at[len++] = row->opcode;
    at[len] = (uint8_t)((memory ? 5 : 0xc0 | rm) | reg << 3);
    memcpy(at + len + 1, data, 4);
    if (insn_decode(&i, at, 24, true, ON_P2) != INSN_OK || &insn_rows[i.row] != row)
        return 0;
    return i.len;
}

START_TEST(no_instruction_leaves_something_on_the_stack_of_the_host)
{
    at_port = note_depth;
    for (unsigned n = 0; n < 2 * insn_row_count; n++) {
        const struct insn_row *row = &insn_rows[n / 2];
        uint8_t code[160];
        unsigned len = 0, one = encode(row, n & 1, code);

        if (!one || (row->attr & (A_PRIV | A_END)))
            continue;
        for (unsigned k = 0; k < 6; k++)
            len += encode(row, n & 1, code + len);
        memcpy(code + len, "\xbc\x00\x00\x04\x00\xe4\x10\xeb", 8); /* mov esp; in al; jmp */
        code[len + 8] = (uint8_t) - (len + 9);
        start_protected(0);
        bench.x.gpr[R_ESI] = bench.x.gpr[R_EDI] = AT_DATA;
        load((const char *)code, len + 9);
        deepest = UINTPTR_MAX;
        highest = 0;
        go(3000);
        ck_assert_msg(highest <= deepest || highest - deepest < 4096, "%s: %lu", row->name,
                      (unsigned long)(highest - deepest));
    }
}
END_TEST

/* ---- hostile states ---- */

START_TEST(any_saved_state_can_be_run)
{
    for (unsigned n = 0; n < 3000; n++) {
        uint8_t *raw = (uint8_t *)&bench.x;
        struct error err;

        for (unsigned k = 0; k < sizeof(bench.x); k++)
            raw[k] = (uint8_t)rnd();
        if (n & 1)
            bench.x.cr0 &= ~CR0_PG;
        if (n & 2) {
            bench.x.eip &= 0xffff;
            bench.x.seg[S_CS].base &= RAM_SIZE / 2 - 1;
            bench.x.seg[S_CS].limit = 0xffffffff;
        }
        if (n & 4)
            bench.x.seg[S_CS].attr = 0x009b;
        bench.x.halted &= n >> 3 & 1;
        for (unsigned k = 0; k < 64; k++)
            bench.ram[rnd() % RAM_SIZE] = (uint8_t)rnd();
        ck_assert(ops->set(bench.cpu, &bench.x, &err));
        go(200);
    }
}
END_TEST

START_TEST(random_code_runs_for_ever)
{
    for (unsigned n = 0; n < 1500; n++) {
        if (n % 3 == 0)
            start_real();
        else
            start_protected(n % 3 == 1 ? 0 : 3);
        for (unsigned k = 0; k < 6; k++)
            bench.x.gpr[k < 4 ? k : k + 2] = rnd() & (n & 1 ? 0x7fffff : 0xffff);
        for (unsigned k = 0; k < 0x400; k++)
            bench.ram[AT_CODE + k] = (uint8_t)rnd();
        LOAD("");
        go(2000);
        ck_assert_uint_le(ops->icount(bench.cpu), 2000ull * (n + 1) + n * 4);
    }
}
END_TEST

/* A random program of valid looking instructions with loops; more than noise survives of it. */
static void random_program(uint8_t *code, unsigned size)
{
    for (unsigned k = 0; k < size; k++)
        code[k] = (uint8_t)rnd();
    for (unsigned k = 0; k + 8 < size; k += 3 + rnd() % 12) {
        switch (rnd() % 6) {
        case 0: /* short branches backwards and forwards */
            code[k] = (uint8_t)(0x70 | (rnd() & 15));
            code[k + 1] = (uint8_t)(rnd() % 64 - 32);
            break;
        case 1:
            code[k] = (uint8_t)(0xe0 | (rnd() & 3));
            code[k + 1] = (uint8_t)(0 - rnd() % 32);
            break;
        case 2: /* stores into the code itself */
            code[k] = 0x88;
            code[k + 1] = 0x05;
            code[k + 2] = (uint8_t)rnd();
            code[k + 3] = (uint8_t)(AT_CODE >> 8);
            code[k + 4] = (uint8_t)(AT_CODE >> 16);
            code[k + 5] = 0;
            break;
        default:
            code[k] = (uint8_t)(rnd() & 0x3f);
            code[k + 1] = (uint8_t)(0xc0 | rnd());
            break;
        }
    }
}

START_TEST(one_at_a_time_gives_the_same_as_all_at_once)
{
    enum { STEPS = 1500 };
    uint8_t *before = malloc(RAM_SIZE), *after = malloc(RAM_SIZE);
    struct x86_state first, all_at_once;
    struct error err;

    ck_assert(before && after);
    for (unsigned n = 0; n < 300; n++) {
        if (n & 1)
            start_real();
        else
            start_protected(n & 2 ? 3 : 0);
        for (unsigned k = 0; k < 6; k++)
            bench.x.gpr[k < 4 ? k : k + 2] = AT_CODE + (rnd() & (n & 4 ? 0x3ff : 0xfffff));
        random_program(bench.ram + AT_CODE, 0x400);
        memcpy(before, bench.ram, RAM_SIZE);
        first = bench.x;
        ck_assert(ops->set(bench.cpu, &first, &err));
        go(STEPS);
        all_at_once = bench.x;
        memcpy(after, bench.ram, RAM_SIZE);

        memcpy(bench.ram, before, RAM_SIZE);
        ck_assert(ops->set(bench.cpu, &first, &err));
        for (unsigned left = STEPS; left > 0;) {
            unsigned slice = n % 3 ? 1 : 1 + rnd() % 20;

            slice = slice < left ? slice : left;
            go(slice);
            left -= slice;
        }
        ck_assert_int_eq(memcmp(&bench.x, &all_at_once, sizeof(first)), 0);
        ck_assert_int_eq(memcmp(bench.ram, after, RAM_SIZE), 0);
    }
    free(before);
    free(after);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("interp");
    TCase *tc = tcase_create("loop");

    tcase_set_timeout(tc, 0);
    tcase_add_checked_fixture(tc, open_bench, bench_close);
    tcase_add_test(tc, the_budget_is_exact);
    tcase_add_test(tc, each_turn_of_rep_counts_one);
    tcase_add_test(tc, rep_with_a_count_of_zero_counts_one);
    tcase_add_test(tc, a_device_sees_the_exact_count);
    tcase_add_test(tc, a_device_sees_each_turn_of_ins);
    tcase_add_test(tc, a_store_into_the_next_instruction_is_seen);
    tcase_add_test(tc, a_loop_may_change_its_own_operand_each_time);
    tcase_add_test(tc, data_beside_code_may_be_written);
    tcase_add_test(tc, a_string_store_over_code_is_seen);
    tcase_add_test(tc, decoded_code_survives_until_a_device_writes_it);
    tcase_add_test(tc, an_instruction_over_a_page_border_dies_with_either_page);
    tcase_add_test(tc, linked_blocks_do_not_outlive_what_they_link_to);
    tcase_add_test(tc, the_same_code_at_another_cs_may_branch_elsewhere);
    tcase_add_test(tc, a_jump_beyond_the_limit_faults_at_the_jump);
    tcase_add_test(tc, running_off_the_limit_faults_behind_it);
    tcase_add_test(tc, an_instruction_half_beyond_the_limit_faults);
    tcase_add_test(tc, sixteen_bytes_are_a_general_protection_fault);
    tcase_add_test(tc, a_division_by_zero_faults_at_the_division);
    tcase_add_test(tc, an_undefined_opcode_faults_with_its_own_address);
    tcase_add_test(tc, code_in_device_memory_is_fetched_each_time);
    tcase_add_test(tc, sti_holds_interrupts_back_for_one_instruction);
    tcase_add_test(tc, sti_hlt_waits_with_interrupts_enabled);
    tcase_add_test(tc, a_masked_interrupt_waits_until_popf);
    tcase_add_test(tc, a_load_of_ss_holds_interrupts_back);
    tcase_add_test(tc, nmi_is_blocked_until_iret);
    tcase_add_test(tc, a_kick_ends_the_run);
    tcase_add_test(tc, rep_ins_is_interrupted_between_turns);
    tcase_add_test(tc, a_call_may_overwrite_itself);
    tcase_add_test(tc, tf_traps_after_each_instruction);
    tcase_add_test(tc, tf_traps_after_each_turn_of_rep);
    tcase_add_test(tc, popf_that_sets_tf_traps_after_the_next_instruction);
    tcase_add_test(tc, a_map_changed_by_out_is_seen_by_the_next_instruction);
    tcase_add_test(tc, code_of_a_window_is_that_of_the_memory_behind_it);
    tcase_add_test(tc, code_written_by_a_device_is_seen_by_the_next_instruction);
    tcase_add_test(tc, a_reset_by_a_device_takes_effect_after_its_instruction);
    tcase_add_test(tc, a_device_may_end_the_run);
    tcase_add_test(tc, repeated_moves_and_stores_go_element_by_element);
    tcase_add_test(tc, repne_scas_stops_behind_the_match);
    tcase_add_test(tc, repe_cmps_stops_behind_the_difference);
    tcase_add_test(tc, branches_agree_with_the_flags);
    tcase_add_test(tc, no_instruction_leaves_something_on_the_stack_of_the_host);
    tcase_add_test(tc, any_saved_state_can_be_run);
    tcase_add_test(tc, one_at_a_time_gives_the_same_as_all_at_once);
    tcase_add_test(tc, random_code_runs_for_ever);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
