/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87: state in and out of struct x86_state, pending exceptions, and the control instructions.
 *
 * Sources: SDM volume 1, sections 8.1 (environment, figures 8-9 to 8-12), 8.6 and 8.7 (pending
 * exceptions, FERR# and IGNNE#), 10.5 (FXSAVE); volume 3, section 2.5 (EM, MP, TS, NE).
 * Not modelled: FSTENV of a 486 or 387 may show other reserved bits than the ones here.
 */

#include "core/cpu/fpu_impl.h"
#include "core/cpu/fpu_thunk.h"

/* ---- tags ---- */

enum { TAG_VALID, TAG_ZERO, TAG_SPECIAL, TAG_EMPTY };

static unsigned tag_of(uint64_t mant, uint16_t exp)
{
    exp &= 0x7fff;
    if (exp == 0 && mant == 0)
        return TAG_ZERO;
    if (exp == 0 || exp == 0x7fff || !(mant >> 63))
        return TAG_SPECIAL;
    return TAG_VALID;
}

static uint16_t full_tags(const struct fpu_live *f)
{
    unsigned ftw = fpu_tags_of_mask(f->full, f->top);

    for (unsigned r = 0; r < 8; r++) {
        if ((ftw >> (2 * r) & 3) != TAG_EMPTY)
            ftw |= tag_of(f->reg[r].mant, f->reg[r].exp) << (2 * r);
    }
    return (uint16_t)ftw;
}

uint16_t fpu_tags_of_mask(uint8_t full, unsigned top)
{
    unsigned ftw = 0;

    for (unsigned r = 0; r < 8; r++)
        ftw |= (full >> ((r - top) & 7) & 1 ? 0u : TAG_EMPTY) << (2 * r);
    return (uint16_t)ftw;
}

uint8_t fpu_mask_of_tags(uint16_t ftw, unsigned top)
{
    unsigned full = 0;

    for (unsigned r = 0; r < 8; r++)
        full |= ((ftw >> (2 * r) & 3) != TAG_EMPTY ? 1u : 0u) << ((r - top) & 7);
    return (uint8_t)full;
}

/* The abridged tag word of FXSAVE: a bit for each physical register */
static uint8_t turned(uint8_t full, unsigned by)
{
    return (uint8_t)(full << by | full >> (8 - by));
}

/* ---- state in and out ---- */

static void set_status(struct fpu_live *f, uint16_t fsw)
{
    f->sw = fsw & (SW_EXC | SW_SF | SW_CC);
    f->top = fsw >> 11 & 7;
    thunk_clear(); /* the host's flags must not exceed the guest's */
}

static uint16_t fop_of(uint16_t bytes)
{
    return (uint16_t)((bytes & 7) << 8 | bytes >> 8);
}

static uint16_t fop_bytes(uint16_t fop)
{
    return (uint16_t)((fop >> 8 & 7) | fop << 8);
}

void fpu_set_cw(struct interp *c, uint16_t cw)
{
    struct fpu_live *f = &c->fpu;
    uint16_t host = (cw & CW_CONTROL) | CW_ONE | CW_MASKS;

    c->x.fpu.fcw = (cw & CW_USED) | CW_ONE;
    f->unmasked = ~cw & CW_MASKS;
    /* Tiny results trap even when they are exact, which masked operations do not tell.  So that all
     * operations go the exact way then: the thunks return a status word with TOP = 7. */
    if (f->unmasked & SW_UE)
        f->unmasked |= SW_TOP;
    if (host != f->host_cw) {
        f->host_cw = host;
        thunk_set_cw(host);
    }
}

void fpu_enter(struct interp *c)
{
    const struct x86_fpu *x = &c->x.fpu;
    struct fpu_live *f = &c->fpu;

    if (f->live)
        return;
    for (unsigned r = 0; r < 8; r++) {
        f->reg[r].mant = x->mant[r];
        f->reg[r].exp = x->exp[r];
    }
    f->live = 1;
    f->host_cw = 0; /* unknown */
    set_status(f, x->fsw);
    f->full = fpu_mask_of_tags(x->ftw, f->top);
    f->op = fop_bytes(x->fop);
    fpu_set_cw(c, x->fcw);
    fpu_update_error(c);
}

void fpu_leave(struct interp *c)
{
    struct x86_fpu *x = &c->x.fpu;
    struct fpu_live *f = &c->fpu;

    xlat_fpu_back(c);
    if (!f->live)
        return;
    for (unsigned r = 0; r < 8; r++) {
        x->mant[r] = f->reg[r].mant;
        x->exp[r] = f->reg[r].exp;
    }
    x->ftw = full_tags(f);
    x->fsw = fpu_status(f);
    x->fop = fop_of(f->op);
    f->live = 0;
    f->ready = 0;
    thunk_init();
}

/* ---- exceptions ---- */

static void drive_ferr(struct interp *c, bool level)
{
    const struct cpu_host *host = &c->cpu.host;

    if (!!c->x.ferr == level)
        return;
    c->x.ferr = level;
    if (host->ferr)
        host->ferr(host->ctx, level);
}

void fpu_update_error(struct interp *c)
{
    struct fpu_live *f = &c->fpu;
    bool error = (f->sw & f->unmasked) != 0;

    if (error)
        f->sw |= SW_ES | SW_B;
    else
        f->sw &= (uint16_t) ~(SW_ES | SW_B);
    f->ready = !error;
    drive_ferr(c, error && !(c->x.cr0 & CR0_NE));
}

/* Before a waiting instruction: reports a pending exception. */
static void report_pending(struct interp *c)
{
    if (!(c->fpu.sw & SW_ES))
        return;
    if (c->x.cr0 & CR0_NE)
        cpu_raise(c, EXC_MF);
    drive_ferr(c, true); /* NE may have been set when the error occurred */
    if (c->x.ignne) {
        c->fpu.ready = 1; /* IGNNE# stays as long as FERR# does */
        return;
    }
    /* The processor stops here until an interrupt comes (IRQ 13 if the system is a PC); that
     * returns to this very instruction. */
    c->x.halted = 1;
    longjmp(*c->escape, 1);
}

void fpu_wait(struct interp *c)
{
    if (c->x.cr0 & (CR0_EM | CR0_TS))
        cpu_raise(c, EXC_NM);
    fpu_enter(c);
    report_pending(c);
}

void fpu_begin_nowait(struct interp *c, const struct insn *i)
{
    c->current = i;
    if (c->x.cr0 & (CR0_EM | CR0_TS))
        cpu_raise(c, EXC_NM);
    fpu_enter(c);
}

/* Not chained: the run loop has set c->current. */
void op_fwait(struct interp *c, const struct insn *i)
{
    (void)i;
    if ((c->x.cr0 & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS))
        cpu_raise(c, EXC_NM);
    if (c->fpu.ready)
        return;
    fpu_enter(c);
    report_pending(c);
}

/* ---- control and status word ---- */

void fpu_fldcw(struct interp *c, const struct insn *i)
{
    fpu_begin(c, i);
    fpu_set_cw(c, (uint16_t)cpu_read(c, (enum x86_seg)i->seg, op_offset(c, i), 2));
    if (c->fpu.sw & SW_EXC)
        fpu_update_error(c);
    NEXT;
}

static void store_word(struct interp *c, const struct insn *i, uint16_t value)
{
    cpu_write(c, (enum x86_seg)i->seg, op_offset(c, i), value, 2);
}

void fpu_fnstcw(struct interp *c, const struct insn *i)
{
    fpu_begin_nowait(c, i);
    store_word(c, i, c->x.fpu.fcw);
    NEXT;
}

void fpu_fnstsw(struct interp *c, const struct insn *i)
{
    fpu_begin_nowait(c, i);
    store_word(c, i, fpu_status(&c->fpu));
    NEXT;
}

void fpu_fnstsw_ax(struct interp *c, const struct insn *i)
{
    fpu_begin_nowait(c, i);
    c->x.gpr[R_EAX] = (c->x.gpr[R_EAX] & 0xffff0000) | fpu_status(&c->fpu);
    NEXT;
}

static void init(struct interp *c)
{
    struct x86_fpu *x = &c->x.fpu;

    x->fcs = x->fds = 0;
    x->fip = x->fdp = 0;
    c->fpu.full = 0;
    c->fpu.op = 0;
    set_status(&c->fpu, 0);
    fpu_set_cw(c, CW_INIT);
    fpu_update_error(c);
}

void fpu_fninit(struct interp *c, const struct insn *i)
{
    fpu_begin_nowait(c, i);
    init(c);
    NEXT;
}

void fpu_fnclex(struct interp *c, const struct insn *i)
{
    fpu_begin_nowait(c, i);
    c->fpu.sw &= SW_CC;
    thunk_clear();
    fpu_update_error(c);
    NEXT;
}

/* FNENI, FNDISI of the 8087 and FNSETPM of the 287: nothing since the 387. */
void fpu_fnop_nowait(struct interp *c, const struct insn *i)
{
    fpu_begin_nowait(c, i);
    NEXT;
}

/* ---- environment ---- */

static void put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value);
    put16(p + 2, value >> 16);
}

static unsigned get16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) | get16(p + 2) << 16;
}

/* Real and V86 mode keep linear addresses instead of selector and offset. */
static uint32_t real_address(uint16_t selector, uint32_t offset)
{
    return ((uint32_t)selector << 4) + offset;
}

/* Returns the size: 14 or 28. */
static unsigned env_write(struct interp *c, const struct insn *i, uint8_t *p)
{
    const struct x86_fpu *x = &c->x.fpu;
    uint16_t sw = fpu_status(&c->fpu), tags = full_tags(&c->fpu), fop = fop_of(c->fpu.op);
    uint32_t ip = real_address(x->fcs, x->fip), dp = real_address(x->fds, x->fdp);

    if (!(i->flags & INSN_OP32)) {
        put16(p, x->fcw);
        put16(p + 2, sw);
        put16(p + 4, tags);
        put16(p + 6, c->prot ? x->fip : ip);
        put16(p + 8, c->prot ? x->fcs : (ip >> 4 & 0xf000) | fop);
        put16(p + 10, c->prot ? x->fdp : dp);
        put16(p + 12, c->prot ? x->fds : dp >> 4 & 0xf000);
        return 14;
    }
    put32(p, 0xffff0000 | x->fcw); /* reserved halves read as ones */
    put32(p + 4, 0xffff0000 | sw);
    put32(p + 8, 0xffff0000 | tags);
    if (c->prot) {
        put32(p + 12, x->fip);
        put32(p + 16, x->fcs | (uint32_t)fop << 16);
        put32(p + 20, x->fdp);
        put32(p + 24, 0xffff0000 | x->fds);
    } else {
        put32(p + 12, 0xffff0000 | (ip & 0xffff));
        put32(p + 16, (ip >> 4 & 0x0ffff000) | fop);
        put32(p + 20, 0xffff0000 | (dp & 0xffff));
        put32(p + 24, dp >> 4 & 0x0ffff000);
    }
    return 28;
}

static void env_read_pointers(struct interp *c, const struct insn *i, const uint8_t *p)
{
    struct x86_fpu *x = &c->x.fpu;
    unsigned fop = 0; /* one layout has no place for it */

    if (!(i->flags & INSN_OP32) && c->prot) {
        x->fip = get16(p + 6);
        x->fcs = (uint16_t)get16(p + 8);
        x->fdp = get16(p + 10);
        x->fds = (uint16_t)get16(p + 12);
    } else if (!(i->flags & INSN_OP32)) {
        x->fip = get16(p + 6) | (get16(p + 8) & 0xf000) << 4;
        fop = get16(p + 8);
        x->fdp = get16(p + 10) | (get16(p + 12) & 0xf000) << 4;
        x->fcs = x->fds = 0;
    } else if (c->prot) {
        x->fip = get32(p + 12);
        x->fcs = (uint16_t)get16(p + 16);
        fop = get16(p + 18);
        x->fdp = get32(p + 20);
        x->fds = (uint16_t)get16(p + 24);
    } else {
        x->fip = get16(p + 12) | (get32(p + 16) & 0x0ffff000) << 4;
        fop = get16(p + 16);
        x->fdp = get16(p + 20) | (get32(p + 24) & 0x0ffff000) << 4;
        x->fcs = x->fds = 0;
    }
    c->fpu.op = fop_bytes((uint16_t)fop);
}

static void env_read(struct interp *c, const struct insn *i, const uint8_t *p)
{
    unsigned step = i->flags & INSN_OP32 ? 4 : 2;

    env_read_pointers(c, i, p);
    set_status(&c->fpu, (uint16_t)get16(p + step));
    c->fpu.full = fpu_mask_of_tags((uint16_t)get16(p + 2 * step), c->fpu.top);
    fpu_set_cw(c, (uint16_t)get16(p));
}

static unsigned env_size(const struct insn *i)
{
    return i->flags & INSN_OP32 ? 28 : 14;
}

static FPU_APART void fldenv(struct interp *c, const struct insn *i)
{
    uint8_t buf[28];

    fpu_begin(c, i);
    cpu_read_bytes(c, (enum x86_seg)i->seg, op_offset(c, i), buf, env_size(i));
    env_read(c, i, buf);
    fpu_update_error(c);
}

static FPU_APART void fnstenv(struct interp *c, const struct insn *i)
{
    uint8_t buf[28];
    unsigned size;

    fpu_begin_nowait(c, i);
    size = env_write(c, i, buf);
    cpu_write_bytes(c, (enum x86_seg)i->seg, op_offset(c, i), buf, size);
    fpu_set_cw(c, c->x.fpu.fcw | CW_MASKS);
    fpu_update_error(c);
}

static FPU_APART void frstor(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    unsigned size = env_size(i);
    uint8_t buf[28 + 80];

    fpu_begin(c, i);
    cpu_read_bytes(c, (enum x86_seg)i->seg, op_offset(c, i), buf, size + 80);
    env_read(c, i, buf);
    for (unsigned n = 0; n < 8; n++) {
        const uint8_t *p = buf + size + 10 * n;

        memcpy(&f->reg[fpu_phys(f, n)].mant, p, 8);
        f->reg[fpu_phys(f, n)].exp = (uint16_t)get16(p + 8);
    }
    fpu_update_error(c);
}

static FPU_APART void fnsave(struct interp *c, const struct insn *i)
{
    struct fpu_live *f = &c->fpu;
    uint8_t buf[28 + 80];
    unsigned size;

    fpu_begin_nowait(c, i);
    size = env_write(c, i, buf);
    for (unsigned n = 0; n < 8; n++) {
        uint8_t *p = buf + size + 10 * n;

        memcpy(p, &f->reg[fpu_phys(f, n)].mant, 8);
        put16(p + 8, f->reg[fpu_phys(f, n)].exp);
    }
    cpu_write_bytes(c, (enum x86_seg)i->seg, op_offset(c, i), buf, size + 80);
    init(c);
}

#define CHAINED(name)                                                                              \
    void fpu_##name(struct interp *c, const struct insn *i)                                        \
    {                                                                                              \
        name(c, i);                                                                                \
        NEXT;                                                                                      \
    }

CHAINED(fldenv)
CHAINED(fnstenv)
CHAINED(frstor)
CHAINED(fnsave)

/* ---- FXSAVE, FXRSTOR without SSE: bytes 24-31 and everything behind the registers stay ---- */

enum { FX_SIZE = 512, FX_HEAD = 24, FX_REGS = 32, FX_REGS_SIZE = 128 };

static uint32_t fx_begin(struct interp *c, const struct insn *i)
{
    uint32_t offset = op_offset(c, i);

    fpu_begin_nowait(c, i);
    if ((c->x.seg[i->seg].base + offset) & 15)
        cpu_raise_code(c, EXC_GP, 0);
    return offset;
}

void op_fxsave(struct interp *c, const struct insn *i)
{
    uint32_t offset = fx_begin(c, i);
    enum x86_seg seg = (enum x86_seg)i->seg;
    const struct x86_fpu *x = &c->x.fpu;
    const struct fpu_live *f = &c->fpu;
    uint8_t head[FX_HEAD] = { 0 }, regs[FX_REGS_SIZE] = { 0 };

    put16(head, x->fcw);
    put16(head + 2, fpu_status(f));
    head[4] = turned(f->full, f->top);
    put16(head + 6, fop_of(f->op));
    put32(head + 8, x->fip);
    put16(head + 12, x->fcs);
    put32(head + 16, x->fdp);
    put16(head + 20, x->fds);
    for (unsigned n = 0; n < 8; n++) {
        memcpy(regs + 16 * n, &f->reg[fpu_phys(f, n)].mant, 8);
        put16(regs + 16 * n + 8, f->reg[fpu_phys(f, n)].exp);
    }
    cpu_seg_check(c, seg, offset, FX_SIZE, true);
    cpu_lin_probe_write(c, c->x.seg[seg].base + offset, FX_SIZE, c->cpl == 3);
    cpu_write_bytes(c, seg, offset, head, FX_HEAD);
    cpu_write_bytes(c, seg, offset + FX_REGS, regs, FX_REGS_SIZE);
}

void op_fxrstor(struct interp *c, const struct insn *i)
{
    uint32_t offset = fx_begin(c, i);
    struct x86_fpu *x = &c->x.fpu;
    struct fpu_live *f = &c->fpu;
    uint8_t buf[FX_SIZE];

    cpu_read_bytes(c, (enum x86_seg)i->seg, offset, buf, FX_SIZE);
    f->op = fop_bytes((uint16_t)get16(buf + 6));
    x->fip = get32(buf + 8);
    x->fcs = (uint16_t)get16(buf + 12);
    x->fdp = get32(buf + 16);
    x->fds = (uint16_t)get16(buf + 20);
    set_status(f, (uint16_t)get16(buf + 2));
    f->full = turned(buf[4], 8 - f->top);
    for (unsigned n = 0; n < 8; n++) {
        const uint8_t *p = buf + FX_REGS + 16 * n;

        memcpy(&f->reg[fpu_phys(f, n)].mant, p, 8);
        f->reg[fpu_phys(f, n)].exp = (uint16_t)get16(p + 8);
    }
    fpu_set_cw(c, (uint16_t)get16(buf));
    fpu_update_error(c);
}
