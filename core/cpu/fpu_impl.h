/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_FPU_IMPL_H
#define CORE_CPU_FPU_IMPL_H

/*
 * What fpu.c, fpu_env.c and mmx.c share.  Names of bits as in SDM volume 1, chapter 8.
 */

#include "core/cpu/access.h"
#include "core/cpu/fpu.h"

enum {
    SW_IE = 1 << 0, /* invalid operation; with SF: stack fault */
    SW_DE = 1 << 1,
    SW_ZE = 1 << 2,
    SW_OE = 1 << 3,
    SW_UE = 1 << 4,
    SW_PE = 1 << 5,
    SW_EXC = 0x3f,
    SW_SF = 1 << 6,
    SW_ES = 1 << 7, /* an unmasked exception is pending */
    SW_C0 = 1 << 8,
    SW_C1 = 1 << 9,
    SW_C2 = 1 << 10,
    SW_TOP = 7 << 11,
    SW_C3 = 1 << 14,
    SW_CC = SW_C0 | SW_C1 | SW_C2 | SW_C3,
    SW_B = 1 << 15, /* follows ES since the 387 */
};

enum {
    CW_MASKS = 0x3f,
    CW_ONE = 0x40,       /* always set */
    CW_USED = 0x1f3f,    /* masks, precision, rounding, infinity control (without effect) */
    CW_CONTROL = 0x0f00, /* precision and rounding: what the host must know */
    CW_INIT = 0x037f,
};

/* ---- fpu_env.c ---- */
/* The slow part of fpu_begin(). */
bool fpu_wait(struct interp *c);
/* Takes x.fpu into c->fpu unless it is there already. */
void fpu_enter(struct interp *c);
/* Recomputes ES, B and the FERR# pin after flags or masks changed. */
void fpu_update_error(struct interp *c);
void fpu_set_cw(struct interp *c, uint16_t cw);
/* #NM for the instructions that do not wait; then takes the state in. */
void fpu_begin_nowait(struct interp *c);

void fpu_fldenv(struct interp *c, const struct insn *i);
void fpu_fnstenv(struct interp *c, const struct insn *i);
void fpu_frstor(struct interp *c, const struct insn *i);
void fpu_fnsave(struct interp *c, const struct insn *i);
void fpu_fldcw(struct interp *c, const struct insn *i);
void fpu_fnstcw(struct interp *c, const struct insn *i);
void fpu_fnstsw(struct interp *c, const struct insn *i);
void fpu_fnstsw_ax(struct interp *c, const struct insn *i);
void fpu_fninit(struct interp *c, const struct insn *i);
void fpu_fnclex(struct interp *c, const struct insn *i);
void fpu_fnop_nowait(struct interp *c, const struct insn *i);

/* ---- inline parts ---- */

/* Every waiting x87 instruction begins with this.  Raises #NM or #MF; false: the processor froze
 * before the instruction (FERR# without IGNNE#) and the handler has to return. */
static inline bool fpu_begin(struct interp *c)
{
    if (__builtin_expect(!(c->x.cr0 & (CR0_EM | CR0_TS)) && c->fpu.ready, 1))
        return true;
    return fpu_wait(c);
}

static inline unsigned fpu_phys(const struct fpu_live *f, unsigned n)
{
    return (f->top + n) & 7;
}

static inline uint16_t fpu_status(const struct fpu_live *f)
{
    return (uint16_t)(f->sw | f->top << 11);
}

/* Instruction pointer and opcode of a non-control instruction. */
static inline void fpu_note(struct interp *c, const struct insn *i)
{
    c->x.fpu.fip = c->x.eip;
    c->x.fpu.fcs = c->x.seg[S_CS].selector;
    c->x.fpu.fop = (uint16_t)((i->opcode & 7) << 8 | i->modrm);
}

static inline void fpu_note_data(struct interp *c, const struct insn *i, uint32_t offset)
{
    fpu_note(c, i);
    c->x.fpu.fdp = offset;
    c->x.fpu.fds = c->x.seg[i->seg].selector;
}

static inline uint32_t fpu_offset(const struct interp *c, const struct insn *i)
{
    uint32_t offset = i->disp;

    if (i->base != INSN_NOREG)
        offset += c->x.gpr[i->base];
    if (i->index != INSN_NOREG)
        offset += c->x.gpr[i->index] << i->scale;
    return i->flags & INSN_ADDR32 ? offset : offset & 0xffff;
}

/* Where the operand can be read: in the guest's memory itself or copied to buf. */
static inline const void *fpu_source(struct interp *c, const struct insn *i, uint32_t offset,
                                     void *buf, unsigned size)
{
    const struct tlb_entry *e;
    uint32_t linear = c->x.seg[i->seg].base + offset;

    cpu_seg_check(c, (enum x86_seg)i->seg, offset, size, false);
    e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];
    if (__builtin_expect(tlb_hit(e->read_tag, linear, size), 1))
        return (const void *)(e->host + linear);
    cpu_read_bytes(c, (enum x86_seg)i->seg, offset, buf, size);
    return buf;
}

/* Where the operand (2, 4 or 8 bytes) can be written; NULL: it can be, but only by cpu_write_bytes.
 * Raises what the store would raise. */
static inline void *fpu_target(struct interp *c, const struct insn *i, uint32_t offset,
                               unsigned size)
{
    const struct tlb_entry *e;
    uint32_t linear = c->x.seg[i->seg].base + offset;

    cpu_seg_check(c, (enum x86_seg)i->seg, offset, size, true);
    e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];
    if (__builtin_expect(tlb_hit(e->write_tag, linear, size), 1))
        return (void *)(e->host + linear);
    cpu_lin_probe_write(c, linear, size, c->cpl == 3);
    return NULL;
}

#endif
