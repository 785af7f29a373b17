/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processor models: state after RESET and INIT, CPUID, names.
 *
 * Source: Intel SDM volume 3, table 9-1 (state after power-up, RESET, INIT), volume 2 (CPUID);
 * AP-485 for signatures and cache descriptors.  Not modelled: processor serial number, brand
 * strings, the self-test value in EAX (the BIST is never requested: EAX = 0).
 */

#include <string.h>

#include "core/cpu/x86.h"

/* CPUID leaf 1, EDX */
enum {
    CPUID_FPU = 1 << 0,
    CPUID_VME = 1 << 1,
    CPUID_DE = 1 << 2,
    CPUID_PSE = 1 << 3,
    CPUID_TSC = 1 << 4,
    CPUID_MSR = 1 << 5,
    CPUID_CX8 = 1 << 8,
    CPUID_SEP = 1 << 11,
    CPUID_PGE = 1 << 13,
    CPUID_CMOV = 1 << 15,
    CPUID_MMX = 1 << 23,
    CPUID_FXSR = 1 << 24,
};

struct model {
    const char *name;
    uint32_t signature; /* type, family, model, stepping */
    uint32_t features;
    uint32_t max_leaf;
    uint32_t tsc_khz; /* where the board does not say */
};

static const struct model models[CPU_MODELS] = {
    /* DX4 with write-back cache: the 486 that has CPUID and the virtual-8086 extensions */
    [CPU_486] = { "486", 0x0480, CPUID_FPU | CPUID_VME, 1, 100000 },
    [CPU_PENTIUM] = { "Pentium", 0x052c,
                      CPUID_FPU | CPUID_VME | CPUID_DE | CPUID_PSE | CPUID_TSC | CPUID_MSR |
                          CPUID_CX8,
                      1, 133000 },
    [CPU_PENTIUM2] = { "PentiumII", 0x0652,
                       CPUID_FPU | CPUID_VME | CPUID_DE | CPUID_PSE | CPUID_TSC | CPUID_MSR |
                           CPUID_CX8 | CPUID_SEP | CPUID_PGE | CPUID_CMOV | CPUID_MMX | CPUID_FXSR,
                       2, 300000 },
};

_Static_assert((CPUID_FPU | CPUID_VME | CPUID_DE | CPUID_PSE | CPUID_TSC | CPUID_MSR | CPUID_CX8 |
                CPUID_SEP | CPUID_PGE | CPUID_CMOV | CPUID_MMX | CPUID_FXSR) == 0x0180a93f,
               "the feature word of the Pentium II");

static const struct model *find_model(enum x86_model model)
{
    return &models[(unsigned)model < CPU_MODELS ? (unsigned)model : CPU_MODELS - 1];
}

static void reset_fpu(struct x86_fpu *fpu)
{
    memset(fpu, 0, sizeof(*fpu));
    fpu->fcw = 0x0040;
    fpu->ftw = 0x5555; /* eight times zero */
}

static void reset_segments(struct x86_state *x)
{
    static const struct x86_segment data = { .limit = 0xffff,
                                             .attr = SEG_P | SEG_S | SEG_W | SEG_A };
    /* LDT (type 2) and busy 32-bit TSS (type 11), present */
    static const struct x86_segment ldt = { .limit = 0xffff, .attr = SEG_P | 0x2 };
    static const struct x86_segment tss = { .limit = 0xffff, .attr = SEG_P | 0xb };

    for (unsigned s = 0; s < 6; s++)
        x->seg[s] = data;
    /* The base that no selector gives: until the first far jump, code runs below 4 GB.  The
     * attributes stay those of a data segment, as in all of real mode. */
    x->seg[S_CS].selector = 0xf000;
    x->seg[S_CS].base = 0xffff0000;
    x->ldtr = ldt;
    x->tr = tss;
    x->gdtr = (struct x86_table){ .limit = 0xffff };
    x->idtr = (struct x86_table){ .limit = 0xffff };
}

/* What INIT leaves as it was. */
static void keep_over_init(struct x86_state *x, const struct x86_state *old)
{
    x->fpu = old->fpu;
    x->sse = old->sse;
    x->tsc_offset = old->tsc_offset;
    x->msr_mcaddr = old->msr_mcaddr;
    x->msr_mctype = old->msr_mctype;
    x->sysenter_cs = old->sysenter_cs;
    x->sysenter_esp = old->sysenter_esp;
    x->sysenter_eip = old->sysenter_eip;
    x->ferr = old->ferr;
    x->cr0 = (x->cr0 & ~(uint32_t)(CR0_CD | CR0_NW)) | (old->cr0 & (CR0_CD | CR0_NW));
}

void x86_reset(struct x86_state *x, enum x86_model model, int init)
{
    const struct model *m = find_model(model);
    struct x86_state old = *x;

    memset(x, 0, sizeof(*x));
    reset_fpu(&x->fpu);
    reset_segments(x);
    x->sse.mxcsr = 0x1f80;
    x->gpr[R_EDX] = m->signature;
    x->eip = 0xfff0;
    x->eflags = FL_ONE;
    x->cr0 = CR0_CD | CR0_NW | CR0_ET;
    x->dr[6] = 0xffff0ff0;
    x->dr[7] = 0x400;
    x->tsc_khz = old.tsc_khz ? old.tsc_khz : m->tsc_khz;
    x->ignne = old.ignne; /* a pin, not ours to reset */
    if (init)
        keep_over_init(x, &old);
}

static void put_text(uint32_t out[4], const char text[12])
{
    memcpy(&out[1], text, 4);     /* EBX */
    memcpy(&out[3], text + 4, 4); /* EDX */
    memcpy(&out[2], text + 8, 4); /* ECX */
}

void x86_cpuid(enum x86_model model, uint32_t leaf, uint32_t out[4])
{
    const struct model *m = find_model(model);

    memset(out, 0, 4 * sizeof(out[0]));
    if (leaf > m->max_leaf) /* extended leaves too: they came with later processors */
        leaf = m->max_leaf;
    switch (leaf) {
    case 0:
        out[0] = m->max_leaf;
        put_text(out, "GenuineIntel");
        break;
    case 1:
        out[0] = m->signature;
        out[3] = m->features;
        break;
    default:
        /* One call; TLBs for 4 KB and 4 MB pages, 16 KB code, 16 KB data, 512 KB second level. */
        out[0] = 0x03020101;
        out[3] = 0x0c040843;
        break;
    }
}

const char *x86_model_name(enum x86_model model)
{
    return find_model(model)->name;
}
