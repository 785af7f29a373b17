/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions of the system registers: descriptor tables, TR and LDTR, selectors examined, control
 * and debug registers, MSRs, time stamp, SYSENTER.
 *
 * Source: Intel 64 and IA-32 Architectures SDM volume 2; volume 3, 2.4-2.8, 17.2; volume 4 (MSRs of
 * the P5 and P6 families).
 *
 * Not modelled: caches (INVD, WBINVD do nothing), performance counters (they read 0), last branch
 * records, machine check.
 */

#include "core/cpu/handlers.h"
#include "core/cpu/sysop.h"
#include "core/vclock.h"

#define CR0_DEFINED                                                                                \
    (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD |     \
     CR0_PG)

enum {
    DR6_FIXED = (int)0xffff0ff0,
    DR6_DEFINED = 0xe00f,
    DR6_BD = 1 << 13,
    DR7_FIXED = 0x400,
    DR7_GD = 1 << 13,
    DR7_DEFINED = (int)0xffff23ff,
};

/* Bits of CPUID leaf 1, EDX, that CR4 goes by */
enum {
    CPUID_VME = 1 << 1,
    CPUID_DE = 1 << 2,
    CPUID_PSE = 1 << 3,
    CPUID_TSC = 1 << 4,
    CPUID_PGE = 1 << 13,
    CPUID_FXSR = 1 << 24,
};

static void need_protected(struct interp *c)
{
    if (!c->prot)
        cpu_raise(c, EXC_UD);
}

/* ---- descriptor tables ---- */

static void store_table(struct interp *c, const struct insn *i, const struct x86_table *t)
{
    uint32_t ea = system_address(c, i);
    uint32_t base = i->flags & INSN_OP32 ? t->base : t->base & 0x00ffffff;

    cpu_write(c, i->seg, ea, t->limit, 2);
    cpu_write(c, i->seg, (ea + 2) & i->addr_mask, base, 4);
}

static void load_table(struct interp *c, const struct insn *i, struct x86_table *t)
{
    uint32_t ea = system_address(c, i), base;
    uint16_t limit;

    cpu_need_cpl0(c);
    limit = (uint16_t)cpu_read(c, i->seg, ea, 2);
    base = cpu_read(c, i->seg, (ea + 2) & i->addr_mask, 4);
    t->limit = limit;
    t->base = i->flags & INSN_OP32 ? base : base & 0x00ffffff;
}

void op_sgdt(struct interp *c, const struct insn *i)
{
    store_table(c, i, &c->x.gdtr);
}

void op_sidt(struct interp *c, const struct insn *i)
{
    store_table(c, i, &c->x.idtr);
}

void op_lgdt(struct interp *c, const struct insn *i)
{
    load_table(c, i, &c->x.gdtr);
}

void op_lidt(struct interp *c, const struct insn *i)
{
    load_table(c, i, &c->x.idtr);
}

void op_sldt(struct interp *c, const struct insn *i)
{
    need_protected(c);
    system_store16(c, i, c->x.ldtr.selector);
}

void op_str(struct interp *c, const struct insn *i)
{
    need_protected(c);
    system_store16(c, i, c->x.tr.selector);
}

void op_lldt(struct interp *c, const struct insn *i)
{
    struct descriptor d;
    uint16_t selector;

    need_protected(c);
    cpu_need_cpl0(c);
    selector = system_load16(c, i);
    if (selector_is_null(selector)) {
        c->x.ldtr = seg_null(selector);
        return;
    }
    if (selector & 4)
        desc_fault(c, EXC_GP, selector);
    desc_need(c, selector, &d, EXC_GP);
    if (desc_type(&d) != DESC_LDT)
        desc_fault(c, EXC_GP, selector);
    if (!desc_present(&d))
        desc_fault(c, EXC_NP, selector);
    c->x.ldtr = seg_from(&d, selector);
}

void op_ltr(struct interp *c, const struct insn *i)
{
    struct descriptor d;
    uint16_t selector;

    need_protected(c);
    cpu_need_cpl0(c);
    selector = system_load16(c, i);
    if (selector_is_null(selector))
        cpu_raise_code(c, EXC_GP, 0);
    if (selector & 4)
        desc_fault(c, EXC_GP, selector);
    desc_need(c, selector, &d, EXC_GP);
    if (desc_type(&d) != DESC_TSS16 && desc_type(&d) != DESC_TSS32)
        desc_fault(c, EXC_GP, selector);
    if (!desc_present(&d))
        desc_fault(c, EXC_NP, selector);
    d.hi |= DESC_BUSY << 8;
    cpu_sys_write(c, d.linear + 5, d.hi >> 8 & 0xff, 1);
    c->x.tr = seg_from(&d, selector);
}

/* ---- examining selectors ---- */

static void set_zf(struct interp *c, bool on)
{
    cpu_set_arith(c, on ? FL_ZF : 0, FL_ZF);
}

/* Reads the descriptor of a selector that the program may see; false: it may not. */
static bool visible(struct interp *c, uint16_t selector, struct descriptor *d)
{
    if (selector_is_null(selector) || !desc_read(c, selector, d))
        return false;
    if (desc_is_conforming(d))
        return true;
    return desc_dpl(d) >= c->cpl && desc_dpl(d) >= (selector & 3u);
}

void op_lar(struct interp *c, const struct insn *i)
{
    const uint32_t system_types = 1u << DESC_TSS16 | 1u << DESC_LDT | 1u << DESC_TSS16_BUSY |
                                  1u << DESC_CALL16 | 1u << DESC_TASK_GATE | 1u << DESC_TSS32 |
                                  1u << DESC_TSS32_BUSY | 1u << DESC_CALL32;
    struct descriptor d;
    bool good;

    need_protected(c);
    good = visible(c, system_load16(c, i), &d) &&
           ((desc_type(&d) & SEG_S) || (system_types >> desc_type(&d) & 1));
    if (good)
        system_set_reg(c, i, i->reg, d.hi & 0x00f0ff00);
    set_zf(c, good);
}

void op_lsl(struct interp *c, const struct insn *i)
{
    const uint32_t system_types = 1u << DESC_TSS16 | 1u << DESC_LDT | 1u << DESC_TSS16_BUSY |
                                  1u << DESC_TSS32 | 1u << DESC_TSS32_BUSY;
    struct descriptor d;
    bool good;

    need_protected(c);
    good = visible(c, system_load16(c, i), &d) &&
           ((desc_type(&d) & SEG_S) || (system_types >> desc_type(&d) & 1));
    if (good)
        system_set_reg(c, i, i->reg, desc_limit(&d));
    set_zf(c, good);
}

void op_verr(struct interp *c, const struct insn *i)
{
    struct descriptor d;

    need_protected(c);
    set_zf(c, visible(c, system_load16(c, i), &d) && desc_is_readable(&d));
}

void op_verw(struct interp *c, const struct insn *i)
{
    struct descriptor d;

    need_protected(c);
    set_zf(c, visible(c, system_load16(c, i), &d) && desc_is_writable(&d));
}

void op_arpl(struct interp *c, const struct insn *i)
{
    uint16_t source = (uint16_t)c->x.gpr[i->reg & 7], value;
    uint32_t ea = 0;

    need_protected(c);
    if (i->flags & INSN_REG) {
        value = (uint16_t)c->x.gpr[i->rm & 7];
    } else {
        ea = system_address(c, i);
        value = (uint16_t)cpu_read(c, i->seg, ea, 2); /* written only if it changes */
    }
    if ((value & 3) >= (source & 3)) {
        set_zf(c, false);
        return;
    }
    value = (value & 0xfffc) | (source & 3);
    if (i->flags & INSN_REG)
        c->x.gpr[i->rm & 7] = (c->x.gpr[i->rm & 7] & 0xffff0000) | value;
    else
        cpu_write(c, i->seg, ea, value, 2);
    set_zf(c, true);
}

/* ---- control registers ---- */

void cpu_set_cr0(struct interp *c, uint32_t value)
{
    uint32_t changed = c->x.cr0 ^ value;

    c->x.cr0 = value;
    if (changed & (CR0_PG | CR0_PE | CR0_WP))
        tlb_flush(c, true);
    cpu_update_mode(c);
    cpu_wake(c);
}

static void write_cr0(struct interp *c, uint32_t value)
{
    value = (value & CR0_DEFINED) | CR0_ET;
    if (((value & CR0_PG) && !(value & CR0_PE)) || ((value & CR0_NW) && !(value & CR0_CD)))
        cpu_raise_code(c, EXC_GP, 0);
    cpu_set_cr0(c, value);
}

/* The bits a model has, by what its CPUID promises; machine check and performance counters, of
 * which it promises nothing, may still be switched on and off. */
static uint32_t cr4_defined(const struct interp *c)
{
    uint32_t out[4], features;

    x86_cpuid(c->cpu.model, 1, out);
    features = out[3];
    return (features & CPUID_VME ? CR4_VME | CR4_PVI : 0) | (features & CPUID_TSC ? CR4_TSD : 0) |
           (features & CPUID_DE ? CR4_DE : 0) | (features & CPUID_PSE ? CR4_PSE : 0) |
           (features & CPUID_PGE ? CR4_PGE : 0) | (features & CPUID_FXSR ? CR4_OSFXSR : 0) |
           (c->cpu.model >= CPU_PENTIUM ? CR4_MCE : 0) |
           (c->cpu.model >= CPU_PENTIUM2 ? CR4_PCE : 0);
}

static void write_cr4(struct interp *c, uint32_t value)
{
    uint32_t changed = c->x.cr4 ^ value;

    if (value & ~cr4_defined(c))
        cpu_raise_code(c, EXC_GP, 0);
    c->x.cr4 = value;
    if (changed & (CR4_PSE | CR4_PGE | CR4_PAE))
        tlb_flush(c, true);
    if (changed & CR4_DE)
        cpu_debug_update(c);
    cpu_wake(c);
}

void op_mov_from_cr(struct interp *c, const struct insn *i)
{
    uint32_t value = 0;

    switch (i->reg) {
    case 0:
        value = c->x.cr0;
        break;
    case 2:
        value = c->x.cr2;
        break;
    case 3:
        value = c->x.cr3;
        break;
    case 4:
        value = c->x.cr4;
        break;
    default:
        cpu_raise(c, EXC_UD);
    }
    cpu_need_cpl0(c);
    c->x.gpr[i->modrm & 7] = value;
}

void op_mov_to_cr(struct interp *c, const struct insn *i)
{
    uint32_t value = c->x.gpr[i->modrm & 7];

    if (i->reg == 1 || i->reg > 4)
        cpu_raise(c, EXC_UD);
    cpu_need_cpl0(c);
    switch (i->reg) {
    case 0:
        write_cr0(c, value);
        break;
    case 2:
        c->x.cr2 = value;
        break;
    case 3:
        c->x.cr3 = value & CR3_DEFINED;
        tlb_flush(c, false);
        cpu_wake(c);
        break;
    default:
        write_cr4(c, value);
        break;
    }
}

void op_smsw(struct interp *c, const struct insn *i)
{
    system_store16(c, i, c->x.cr0);
}

/* PE can be set this way, not cleared. */
void op_lmsw(struct interp *c, const struct insn *i)
{
    uint32_t low = CR0_MP | CR0_EM | CR0_TS;
    uint16_t value;

    cpu_need_cpl0(c);
    value = system_load16(c, i);
    cpu_set_cr0(c, (c->x.cr0 & ~low) | (value & (low | CR0_PE)));
}

void op_clts(struct interp *c, const struct insn *i)
{
    (void)i;
    cpu_need_cpl0(c);
    cpu_set_cr0(c, c->x.cr0 & ~(uint32_t)CR0_TS);
}

void op_invlpg(struct interp *c, const struct insn *i)
{
    cpu_need_cpl0(c);
    tlb_flush_page(c, c->x.seg[i->seg].base + system_address(c, i));
    cpu_wake(c);
}

void op_invd(struct interp *c, const struct insn *i)
{
    (void)i;
    cpu_need_cpl0(c);
}

void op_wbinvd(struct interp *c, const struct insn *i)
{
    (void)i;
    cpu_need_cpl0(c);
}

/* ---- debug registers ---- */

/* The register meant: DR4 and DR5 are DR6 and DR7 unless CR4.DE says they are not there. */
static unsigned debug_register(struct interp *c, const struct insn *i)
{
    unsigned n = i->reg & 7;

    if (n == 4 || n == 5) {
        if (c->x.cr4 & CR4_DE)
            cpu_raise(c, EXC_UD);
        n += 2;
    }
    cpu_need_cpl0(c);
    if (c->x.dr[7] & DR7_GD)
        cpu_raise_debug(c, DR6_BD);
    return n;
}

void op_mov_from_dr(struct interp *c, const struct insn *i)
{
    c->x.gpr[i->modrm & 7] = c->x.dr[debug_register(c, i)];
}

void op_mov_to_dr(struct interp *c, const struct insn *i)
{
    uint32_t value = c->x.gpr[i->modrm & 7];
    unsigned n = debug_register(c, i);

    if (n == 6)
        value = (value & DR6_DEFINED) | (uint32_t)DR6_FIXED;
    if (n == 7)
        value = (value & (uint32_t)DR7_DEFINED) | DR7_FIXED;
    c->x.dr[n] = value;
    cpu_debug_update(c);
}

/* ---- model-specific registers and counters ---- */

void op_cpuid(struct interp *c, const struct insn *i)
{
    uint32_t out[4];

    (void)i;
    x86_cpuid(c->cpu.model, c->x.gpr[R_EAX], out);
    c->x.gpr[R_EAX] = out[0];
    c->x.gpr[R_EBX] = out[1];
    c->x.gpr[R_ECX] = out[2];
    c->x.gpr[R_EDX] = out[3];
}

static uint64_t tsc_ticks(const struct interp *c)
{
    uint64_t now = c->cpu.host.clock ? vclock_now(c->cpu.host.clock) : 0;

    return (uint64_t)((unsigned __int128)now * c->x.tsc_khz / 1000000u);
}

static void set_edx_eax(struct interp *c, uint64_t value)
{
    c->x.gpr[R_EAX] = (uint32_t)value;
    c->x.gpr[R_EDX] = (uint32_t)(value >> 32);
}

void op_rdtsc(struct interp *c, const struct insn *i)
{
    (void)i;
    if ((c->x.cr4 & CR4_TSD) && c->cpl != 0)
        cpu_raise_code(c, EXC_GP, 0);
    set_edx_eax(c, tsc_ticks(c) + c->x.tsc_offset);
}

void op_rdpmc(struct interp *c, const struct insn *i)
{
    (void)i;
    if ((!(c->x.cr4 & CR4_PCE) && c->cpl != 0) || c->x.gpr[R_ECX] > 1)
        cpu_raise_code(c, EXC_GP, 0);
    set_edx_eax(c, 0);
}

enum {
    MSR_MCADDR = 0x00,
    MSR_MCTYPE = 0x01,
    MSR_TSC = 0x10,
    MSR_SYSENTER_CS = 0x174,
    MSR_SYSENTER_ESP = 0x175,
    MSR_SYSENTER_EIP = 0x176,
};

/* Registers that software reads and whose writes have no effect that it could see here. */
struct quiet_msr {
    uint32_t number;
    uint64_t value;
};

static const struct quiet_msr p5_msrs[] = {
    { 0x0e, 0 }, /* TR12 */
    { 0x11, 0 }, /* CESR */
    { 0x12, 0 }, /* CTR0 */
    { 0x13, 0 }, /* CTR1 */
};

static const struct quiet_msr p6_msrs[] = {
    { 0x17, 0 },           /* PLATFORM_ID: slot 1, first platform */
    { 0x1b, 0xfee00100 },  /* APIC_BASE: bootstrap processor, switched off for good */
    { 0x2a, 0 },           /* EBL_CR_POWERON */
    { 0x33, 0 },           /* TEST_CTL */
    { 0x79, 0 },           /* BIOS_UPDT_TRIG */
    { 0x88, 0 },           /* BBL_CR_D0 */
    { 0x89, 0 },           /* BBL_CR_D1 */
    { 0x8a, 0 },           /* BBL_CR_D2 */
    { 0x8b, 0 },           /* BIOS_SIGN: no microcode update */
    { 0xc1, 0 },           /* PERFCTR0 */
    { 0xc2, 0 },           /* PERFCTR1 */
    { 0x116, 0 },          /* BBL_CR_ADDR */
    { 0x118, 0 },          /* BBL_CR_DECC */
    { 0x119, 0 },          /* BBL_CR_CTL */
    { 0x11b, 0 },          /* BBL_CR_BUSY */
    { 0x11e, 0x00000500 }, /* BBL_CR_CTL3: second-level cache present, not enabled by us */
    { 0x186, 0 },          /* EVNTSEL0 */
    { 0x187, 0 },          /* EVNTSEL1 */
    { 0x1d9, 0 },          /* DEBUGCTL */
    { 0x1db, 0 },          /* LASTBRANCHFROMIP */
    { 0x1dc, 0 },          /* LASTBRANCHTOIP */
    { 0x1dd, 0 },          /* LASTINTFROMIP */
    { 0x1de, 0 },          /* LASTINTTOIP */
    { 0x1e0, 0 },          /* ROB_CR_BKUPTMPDR6 */
};

static const struct quiet_msr *quiet_msr(const struct interp *c, uint32_t number)
{
    bool p6 = c->cpu.model >= CPU_PENTIUM2;
    const struct quiet_msr *list = p6 ? p6_msrs : p5_msrs;
    size_t count = p6 ? sizeof(p6_msrs) / sizeof(p6_msrs[0]) : sizeof(p5_msrs) / sizeof(p5_msrs[0]);

    for (size_t n = 0; n < count; n++) {
        if (list[n].number == number)
            return &list[n];
    }
    return NULL;
}

static bool read_msr(struct interp *c, uint32_t number, uint64_t *value)
{
    const struct quiet_msr *quiet = quiet_msr(c, number);

    if (quiet) {
        *value = quiet->value;
        return true;
    }
    switch (number) {
    case MSR_MCADDR:
        *value = c->x.msr_mcaddr;
        return true;
    case MSR_MCTYPE:
        *value = c->x.msr_mctype;
        return true;
    case MSR_TSC:
        *value = tsc_ticks(c) + c->x.tsc_offset;
        return true;
    case MSR_SYSENTER_CS:
        *value = c->x.sysenter_cs;
        break;
    case MSR_SYSENTER_ESP:
        *value = c->x.sysenter_esp;
        break;
    case MSR_SYSENTER_EIP:
        *value = c->x.sysenter_eip;
        break;
    default:
        return false;
    }
    return c->cpu.model >= CPU_PENTIUM2;
}

static bool write_msr(struct interp *c, uint32_t number, uint64_t value)
{
    bool p6 = c->cpu.model >= CPU_PENTIUM2;

    if (quiet_msr(c, number))
        return true;
    switch (number) {
    case MSR_MCADDR:
        c->x.msr_mcaddr = value;
        return true;
    case MSR_MCTYPE:
        c->x.msr_mctype = value;
        return true;
    case MSR_TSC:
        /* The P6 family takes the low half only and clears the high one. */
        c->x.tsc_offset = (p6 ? (uint32_t)value : value) - tsc_ticks(c);
        return true;
    case MSR_SYSENTER_CS:
        if (p6)
            c->x.sysenter_cs = (uint32_t)value;
        return p6;
    case MSR_SYSENTER_ESP:
        if (p6)
            c->x.sysenter_esp = (uint32_t)value;
        return p6;
    case MSR_SYSENTER_EIP:
        if (p6)
            c->x.sysenter_eip = (uint32_t)value;
        return p6;
    default:
        return false;
    }
}

void op_rdmsr(struct interp *c, const struct insn *i)
{
    uint64_t value;

    (void)i;
    cpu_need_cpl0(c);
    if (!read_msr(c, c->x.gpr[R_ECX], &value))
        cpu_raise_code(c, EXC_GP, 0);
    set_edx_eax(c, value);
}

void op_wrmsr(struct interp *c, const struct insn *i)
{
    uint64_t value = (uint64_t)c->x.gpr[R_EDX] << 32 | c->x.gpr[R_EAX];

    (void)i;
    cpu_need_cpl0(c);
    if (!write_msr(c, c->x.gpr[R_ECX], value))
        cpu_raise_code(c, EXC_GP, 0);
}

/* ---- SYSENTER ---- */

static struct x86_segment flat(uint32_t selector, unsigned dpl, uint16_t type)
{
    return (struct x86_segment){
        .limit = 0xffffffff,
        .selector = (uint16_t)((selector & 0xfffc) | dpl),
        .attr = (uint16_t)(SEG_G | SEG_DB | SEG_P | SEG_S | SEG_W | SEG_A | dpl << 5 | type),
    };
}

static void enter_flat(struct interp *c, uint32_t selector, unsigned dpl, uint32_t eip,
                       uint32_t esp)
{
    c->x.seg[S_CS] = flat(selector, dpl, SEG_CODE);
    c->x.seg[S_SS] = flat(selector + 8, dpl, 0);
    c->x.gpr[R_ESP] = esp;
    c->next_eip = eip;
    cpu_update_mode(c);
}

void op_sysenter(struct interp *c, const struct insn *i)
{
    (void)i;
    if (!(c->x.cr0 & CR0_PE) || selector_is_null((uint16_t)c->x.sysenter_cs))
        cpu_raise_code(c, EXC_GP, 0);
    cpu_merge_flags(c, 0, FL_VM | FL_IF | FL_RF);
    enter_flat(c, c->x.sysenter_cs, 0, c->x.sysenter_eip, c->x.sysenter_esp);
}

void op_sysexit(struct interp *c, const struct insn *i)
{
    (void)i;
    if (!c->prot || c->cpl != 0 || selector_is_null((uint16_t)c->x.sysenter_cs))
        cpu_raise_code(c, EXC_GP, 0);
    enter_flat(c, c->x.sysenter_cs + 16, 3, c->x.gpr[R_EDX], c->x.gpr[R_ECX]);
}
