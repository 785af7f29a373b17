/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87, the exact way: the host executes the guest's instruction on the guest's whole state, with
 * the guest's exception masks.  Stack faults, unmasked responses (operands kept, results with the
 * wrapped exponent), condition codes and tags come out as the hardware makes them.
 */

#include "core/cpu/fpu_impl.h"
#include "core/cpu/fpu_thunk.h"

static void image_from_live(struct interp *c, struct fpu_image *image)
{
    const struct fpu_live *f = &c->fpu;

    memset(image, 0, offsetof(struct fpu_image, st));
    image->fcw = c->x.fpu.fcw;
    image->fsw = (uint16_t)((f->sw & SW_CC) | f->top << 11);
    image->ftw = fpu_tags_of_mask(f->full, f->top);
    for (unsigned n = 0; n < 8; n++)
        memcpy(image->st[n], &f->reg[fpu_phys(f, n)], 10);
}

static void live_from_image(struct interp *c, const struct fpu_image *image)
{
    struct fpu_live *f = &c->fpu;

    f->top = image->fsw >> 11 & 7;
    for (unsigned n = 0; n < 8; n++)
        memcpy(&f->reg[fpu_phys(f, n)], image->st[n], 10);
    f->full = fpu_mask_of_tags(image->ftw, f->top);
    f->sw = (f->sw & (SW_EXC | SW_SF)) | (image->fsw & (SW_EXC | SW_SF | SW_CC));
    fpu_update_error(c);
}

/* The value: EFLAGS after. */
static uint32_t run(struct interp *c, const struct insn *i, struct fpu_image *image, void *mem)
{
    uint32_t flags;

    image_from_live(c, image);
    flags = thunk_run(image, i->opcode, i->modrm, mem, cpu_flags(c));
    thunk_set_cw(c->fpu.host_cw); /* it left the host as FNINIT does */
    return flags;
}

/* FCOMI, FCOMIP, FUCOMI, FUCOMIP */
static bool compares_to_eflags(const struct insn *i)
{
    return (i->opcode | 4) == 0xdf && (i->modrm & 0xf0) >= 0xe0 && i->modrm >= 0xe8;
}

static FPU_APART void exact_reg(struct interp *c, const struct insn *i)
{
    struct fpu_image image;
    uint32_t flags = run(c, i, &image, NULL);

    if (compares_to_eflags(i))
        cpu_set_arith(c, flags, FL_ARITH);
    fpu_note(c, i);
    live_from_image(c, &image);
}

unsigned fpu_operand(const struct insn *i)
{
    enum { W = FPU_WRITES };
    static const uint8_t sizes[8][8] = {
        { 4, 4, 4, 4, 4, 4, 4, 4 }, { 4, 0, W | 4, W | 4, 0, 0, 0, 0 },
        { 4, 4, 4, 4, 4, 4, 4, 4 }, { 4, 0, W | 4, W | 4, 0, 10, 0, W | 10 },
        { 8, 8, 8, 8, 8, 8, 8, 8 }, { 8, 0, W | 8, W | 8, 0, 0, 0, 0 },
        { 2, 2, 2, 2, 2, 2, 2, 2 }, { 2, 0, W | 2, W | 2, 10, 8, W | 10, W | 8 },
    };

    return sizes[i->opcode & 7][i->modrm >> 3 & 7];
}

static FPU_APART void exact_mem(struct interp *c, const struct insn *i)
{
    struct fpu_image image;
    uint32_t offset = op_offset(c, i);
    unsigned size = fpu_operand(i) & 0x7f;
    bool writes = fpu_operand(i) & FPU_WRITES;
    uint8_t buf[16] = { 0 };

    c->current = i;
    if (!writes)
        cpu_read_bytes(c, (enum x86_seg)i->seg, offset, buf, size);
    run(c, i, &image, buf);
    /* An unmasked exception other than precision keeps the instruction from storing. */
    if (writes && !(image.fsw & c->fpu.unmasked & (SW_IE | SW_OE | SW_UE)))
        cpu_write_bytes(c, (enum x86_seg)i->seg, offset, buf, size);
    fpu_note_data(c, i, offset);
    live_from_image(c, &image);
}

void fpu_exact_reg(struct interp *c, const struct insn *i)
{
    exact_reg(c, i);
    NEXT;
}

void fpu_exact_mem(struct interp *c, const struct insn *i)
{
    exact_mem(c, i);
    NEXT;
}

void fpu_any_reg(struct interp *c, const struct insn *i)
{
    fpu_begin(c, i);
    fpu_exact_reg(c, i);
}

void fpu_any_mem(struct interp *c, const struct insn *i)
{
    fpu_begin(c, i);
    fpu_exact_mem(c, i);
}

void fpu_retry(struct interp *c, const struct insn *i)
{
    fpu_begin(c, i);
    i->fn(c, i);
}

/* ---- the whole state in the host, for translated code ---- */

bool fpu_to_host(struct interp *c)
{
    struct fpu_image image;

    if (c->x.cr0 & (CR0_EM | CR0_TS))
        return false;
    fpu_enter(c);
    if (!c->fpu.ready || c->fpu.unmasked)
        return false;
    image_from_live(c, &image);
    image.fsw |= c->fpu.sw & (SW_EXC | SW_SF);
    __asm__ volatile("frstor %0" : : "m"(image));
    return true;
}

void fpu_from_host(struct interp *c)
{
    struct fpu_image image;

    __asm__ volatile("fnsave %0" : "=m"(image));
    thunk_set_cw(c->fpu.host_cw); /* FNSAVE left the host as FNINIT does */
    c->fpu.sw = 0;
    live_from_image(c, &image);
}
