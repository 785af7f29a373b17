/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MMX: the 57 instructions of the Pentium with MMX and the Pentium II, in portable C.
 *
 * MM0-MM7 are the significands of the physical x87 registers R0-R7.  Every instruction but EMMS
 * marks all registers as full and sets TOP to 0; a written register gets the exponent FFFFh.  The
 * x87's condition codes and pointers stay as they are.
 *
 * Source: SDM volume 1, chapter 9, and volume 2; volume 3, table 12-1 (effects on the x87 state).
 */

#include "core/cpu/fpu_impl.h"

union lanes { /* little-endian host: lane 0 is the least significant */
    uint64_t q;
    uint8_t ub[8];
    int8_t sb[8];
    uint16_t uw[4];
    int16_t sw[4];
    uint32_t ud[2];
    int32_t sd[2];
};

/* ---- the operations ---- */

static inline int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

#define SAT_SB(v) (int8_t) clamp((v), -128, 127)
#define SAT_UB(v) (uint8_t) clamp((v), 0, 255)
#define SAT_SW(v) (int16_t) clamp((v), -32768, 32767)
#define SAT_UW(v) (uint16_t) clamp((v), 0, 65535)

/* Not inlined when the address sanitizer watches the lanes: they would keep NEXT from being a jump
 * (see FPU_APART). */
#define LANES __attribute__((no_sanitize_address)) static inline uint64_t

/* Lane by lane: r.to[k] = expr of a and b */
#define LANEWISE(name, n, to, expr)                                                                \
    LANES name(uint64_t dst, uint64_t src)                                                         \
    {                                                                                              \
        union lanes a = { dst }, b = { src }, r;                                                   \
                                                                                                   \
        for (unsigned k = 0; k < (n); k++)                                                         \
            r.to[k] = expr;                                                                        \
        return r.q;                                                                                \
    }

LANEWISE(paddb, 8, ub, (uint8_t)(a.ub[k] + b.ub[k]))
LANEWISE(paddw, 4, uw, (uint16_t)(a.uw[k] + b.uw[k]))
LANEWISE(paddd, 2, ud, a.ud[k] + b.ud[k])
LANEWISE(paddsb, 8, sb, SAT_SB(a.sb[k] + b.sb[k]))
LANEWISE(paddsw, 4, sw, SAT_SW(a.sw[k] + b.sw[k]))
LANEWISE(paddusb, 8, ub, SAT_UB(a.ub[k] + b.ub[k]))
LANEWISE(paddusw, 4, uw, SAT_UW(a.uw[k] + b.uw[k]))
LANEWISE(psubb, 8, ub, (uint8_t)(a.ub[k] - b.ub[k]))
LANEWISE(psubw, 4, uw, (uint16_t)(a.uw[k] - b.uw[k]))
LANEWISE(psubd, 2, ud, a.ud[k] - b.ud[k])
LANEWISE(psubsb, 8, sb, SAT_SB(a.sb[k] - b.sb[k]))
LANEWISE(psubsw, 4, sw, SAT_SW(a.sw[k] - b.sw[k]))
LANEWISE(psubusb, 8, ub, SAT_UB(a.ub[k] - b.ub[k]))
LANEWISE(psubusw, 4, uw, SAT_UW(a.uw[k] - b.uw[k]))
LANEWISE(pcmpeqb, 8, ub, a.ub[k] == b.ub[k] ? 0xff : 0)
LANEWISE(pcmpeqw, 4, uw, a.uw[k] == b.uw[k] ? 0xffff : 0)
LANEWISE(pcmpeqd, 2, ud, a.ud[k] == b.ud[k] ? 0xffffffff : 0)
LANEWISE(pcmpgtb, 8, ub, a.sb[k] > b.sb[k] ? 0xff : 0)
LANEWISE(pcmpgtw, 4, uw, a.sw[k] > b.sw[k] ? 0xffff : 0)
LANEWISE(pcmpgtd, 2, ud, a.sd[k] > b.sd[k] ? 0xffffffff : 0)
LANEWISE(pmullw, 4, uw, (uint16_t)(a.sw[k] * b.sw[k]))
LANEWISE(pmulhw, 4, uw, (uint16_t)((uint32_t)(a.sw[k] * b.sw[k]) >> 16))
/* All four -32768: the sum wraps to 80000000h. */
LANEWISE(pmaddwd, 2, ud,
         (uint32_t)(a.sw[2 * k] * b.sw[2 * k]) + (uint32_t)(a.sw[2 * k + 1] * b.sw[2 * k + 1]))
LANEWISE(packsswb, 8, sb, SAT_SB(k < 4 ? a.sw[k] : b.sw[k - 4]))
LANEWISE(packuswb, 8, ub, SAT_UB(k < 4 ? a.sw[k] : b.sw[k - 4]))
LANEWISE(packssdw, 4, sw, SAT_SW(k < 2 ? a.sd[k] : b.sd[k - 2]))
LANEWISE(punpcklbw, 8, ub, k & 1 ? b.ub[k / 2] : a.ub[k / 2])
LANEWISE(punpcklwd, 4, uw, k & 1 ? b.uw[k / 2] : a.uw[k / 2])
LANEWISE(punpckldq, 2, ud, k & 1 ? b.ud[0] : a.ud[0])
LANEWISE(punpckhbw, 8, ub, k & 1 ? b.ub[4 + k / 2] : a.ub[4 + k / 2])
LANEWISE(punpckhwd, 4, uw, k & 1 ? b.uw[2 + k / 2] : a.uw[2 + k / 2])
LANEWISE(punpckhdq, 2, ud, k & 1 ? b.ud[1] : a.ud[1])

static inline uint64_t pand(uint64_t a, uint64_t b)
{
    return a & b;
}

static inline uint64_t pandn(uint64_t a, uint64_t b)
{
    return ~a & b;
}

static inline uint64_t por(uint64_t a, uint64_t b)
{
    return a | b;
}

static inline uint64_t pxor(uint64_t a, uint64_t b)
{
    return a ^ b;
}

static inline uint64_t movq(uint64_t a, uint64_t b)
{
    (void)a;
    return b;
}

/* The count is the whole second operand; counts beyond the lane empty it. */
#define SHIFT(name, n, to, bits, expr)                                                             \
    LANES name(uint64_t dst, uint64_t count)                                                       \
    {                                                                                              \
        union lanes a = { dst }, r;                                                                \
                                                                                                   \
        if (count >= (bits))                                                                       \
            return 0;                                                                              \
        for (unsigned k = 0; k < (n); k++)                                                         \
            r.to[k] = expr;                                                                        \
        return r.q;                                                                                \
    }

SHIFT(psllw, 4, uw, 16, (uint16_t)(a.uw[k] << count))
SHIFT(pslld, 2, ud, 32, a.ud[k] << count)
SHIFT(psrlw, 4, uw, 16, (uint16_t)(a.uw[k] >> count))
SHIFT(psrld, 2, ud, 32, a.ud[k] >> count)
LANEWISE(psraw, 4, sw, (int16_t)(a.sw[k] >> (b.q > 15 ? 15 : b.q)))
LANEWISE(psrad, 2, sd, a.sd[k] >> (b.q > 31 ? 31 : b.q))

static inline uint64_t psllq(uint64_t dst, uint64_t count)
{
    return count > 63 ? 0 : dst << count;
}

static inline uint64_t psrlq(uint64_t dst, uint64_t count)
{
    return count > 63 ? 0 : dst >> count;
}

/* ---- execution ---- */

static inline void begin(struct interp *c, const struct insn *i)
{
    c->current = i;
    if (fpu_plain(c))
        return;
    if (c->x.cr0 & CR0_EM)
        cpu_raise(c, EXC_UD);
    fpu_wait(c);
}

/* The x87 state becomes MMX state. */
static inline void enter(struct fpu_live *f)
{
    f->top = 0;
    f->full = 0xff;
}

static inline void write_mm(struct fpu_live *f, unsigned n, uint64_t value)
{
    enter(f);
    f->reg[n].mant = value;
    f->reg[n].exp = 0xffff;
}

static inline unsigned reg_of(const struct insn *i)
{
    return i->modrm >> 3 & 7;
}

static inline bool is_memory(const struct insn *i)
{
    return i->modrm < 0xc0;
}

static FPU_APART uint64_t read_slow(struct interp *c, const struct insn *i, unsigned size)
{
    uint64_t value = 0;

    cpu_read_bytes(c, (enum x86_seg)i->seg, op_offset(c, i), &value, size);
    return value;
}

static FPU_APART void write_slow(struct interp *c, const struct insn *i, uint64_t value,
                                 unsigned size)
{
    cpu_write_bytes(c, (enum x86_seg)i->seg, op_offset(c, i), &value, size);
}

static inline uint64_t read_memory(struct interp *c, const struct insn *i, unsigned size)
{
    const void *src = fpu_source(c, i, op_offset(c, i), size);
    uint64_t value = 0;

    if (unlikely(!src))
        return read_slow(c, i, size);
    memcpy(&value, src, size);
    return value;
}

static inline void write_memory(struct interp *c, const struct insn *i, uint64_t value,
                                unsigned size)
{
    void *dst = fpu_target(c, i, op_offset(c, i), size);

    if (unlikely(!dst))
        write_slow(c, i, value, size);
    else
        memcpy(dst, &value, size);
}

/* mm = op(mm, mm/mem); memory operands are 8 bytes, for the low unpacks 4. */
static inline void binary(struct interp *c, const struct insn *i,
                          uint64_t (*op)(uint64_t, uint64_t), unsigned size)
{
    struct fpu_live *f = &c->fpu;
    uint64_t src;

    begin(c, i);
    src = is_memory(i) ? read_memory(c, i, size) : f->reg[i->modrm & 7].mant;
    write_mm(f, reg_of(i), op(f->reg[reg_of(i)].mant, src));
    NEXT;
}

#define BINARY(name, size)                                                                         \
    static void op_##name(struct interp *c, const struct insn *i)                                  \
    {                                                                                              \
        binary(c, i, name, size);                                                                  \
    }

BINARY(paddb, 8)
BINARY(paddw, 8)
BINARY(paddd, 8)
BINARY(paddsb, 8)
BINARY(paddsw, 8)
BINARY(paddusb, 8)
BINARY(paddusw, 8)
BINARY(psubb, 8)
BINARY(psubw, 8)
BINARY(psubd, 8)
BINARY(psubsb, 8)
BINARY(psubsw, 8)
BINARY(psubusb, 8)
BINARY(psubusw, 8)
BINARY(pcmpeqb, 8)
BINARY(pcmpeqw, 8)
BINARY(pcmpeqd, 8)
BINARY(pcmpgtb, 8)
BINARY(pcmpgtw, 8)
BINARY(pcmpgtd, 8)
BINARY(pmullw, 8)
BINARY(pmulhw, 8)
BINARY(pmaddwd, 8)
BINARY(packsswb, 8)
BINARY(packuswb, 8)
BINARY(packssdw, 8)
BINARY(punpcklbw, 4)
BINARY(punpcklwd, 4)
BINARY(punpckldq, 4)
BINARY(punpckhbw, 8)
BINARY(punpckhwd, 8)
BINARY(punpckhdq, 8)
BINARY(pand, 8)
BINARY(pandn, 8)
BINARY(por, 8)
BINARY(pxor, 8)
BINARY(movq, 8)
BINARY(psllw, 8)
BINARY(pslld, 8)
BINARY(psllq, 8)
BINARY(psrlw, 8)
BINARY(psrld, 8)
BINARY(psrlq, 8)
BINARY(psraw, 8)
BINARY(psrad, 8)

/* 0F 71-73: shifts by an immediate; bits 3-5 of ModRM choose, the register is in bits 0-2. */
static void shift_imm(struct interp *c, const struct insn *i)
{
    static uint64_t (*const shifts[3][4])(uint64_t, uint64_t) = {
        { NULL, psrlw, psraw, psllw }, /* by reg / 2 */
        { NULL, psrld, psrad, pslld },
        { NULL, psrlq, NULL, psllq },
    };
    uint64_t (*shift)(uint64_t, uint64_t) = NULL;
    unsigned n = i->modrm & 7;

    begin(c, i);
    if (!is_memory(i) && !(reg_of(i) & 1))
        shift = shifts[i->opcode - 0x71][reg_of(i) >> 1];
    if (!shift)
        cpu_raise(c, EXC_UD);
    write_mm(&c->fpu, n, shift(c->fpu.reg[n].mant, i->imm & 0xff));
    NEXT;
}

/* MOVD mm, r/m32 */
static void movd_load(struct interp *c, const struct insn *i)
{
    uint64_t value;

    begin(c, i);
    value = is_memory(i) ? read_memory(c, i, 4) : c->x.gpr[i->modrm & 7];
    write_mm(&c->fpu, reg_of(i), value);
    NEXT;
}

/* MOVD r/m32, mm */
static void movd_store(struct interp *c, const struct insn *i)
{
    uint64_t value;

    begin(c, i);
    value = c->fpu.reg[reg_of(i)].mant;
    if (is_memory(i))
        write_memory(c, i, value, 4);
    else
        c->x.gpr[i->modrm & 7] = (uint32_t)value;
    enter(&c->fpu);
    NEXT;
}

/* MOVQ mm/m64, mm */
static void movq_store(struct interp *c, const struct insn *i)
{
    uint64_t value;

    begin(c, i);
    value = c->fpu.reg[reg_of(i)].mant;
    if (is_memory(i)) {
        write_memory(c, i, value, 8);
        enter(&c->fpu);
    } else {
        write_mm(&c->fpu, i->modrm & 7, value);
    }
    NEXT;
}

static void emms(struct interp *c, const struct insn *i)
{
    begin(c, i);
    c->fpu.full = 0;
    c->fpu.top = 0;
    NEXT;
}

static void undefined(struct interp *c, const struct insn *i)
{
    c->current = i;
    cpu_raise(c, EXC_UD);
}

/* ---- dispatch ---- */

/* clang-format off */
static const insn_fn low_forms[0x20] = { /* 0F 60 - 0F 7F */
    op_punpcklbw, op_punpcklwd, op_punpckldq, op_packsswb,
    op_pcmpgtb, op_pcmpgtw, op_pcmpgtd, op_packuswb,
    op_punpckhbw, op_punpckhwd, op_punpckhdq, op_packssdw,
    [0x0e] = movd_load, [0x0f] = op_movq,
    [0x11] = shift_imm, [0x12] = shift_imm, [0x13] = shift_imm,
    [0x14] = op_pcmpeqb, [0x15] = op_pcmpeqw, [0x16] = op_pcmpeqd, [0x17] = emms,
    [0x1e] = movd_store, [0x1f] = movq_store,
};

static const insn_fn high_forms[0x30] = { /* 0F D0 - 0F FF */
    [0x01] = op_psrlw, [0x02] = op_psrld, [0x03] = op_psrlq, [0x05] = op_pmullw,
    [0x08] = op_psubusb, [0x09] = op_psubusw, [0x0b] = op_pand,
    [0x0c] = op_paddusb, [0x0d] = op_paddusw, [0x0f] = op_pandn,
    [0x11] = op_psraw, [0x12] = op_psrad, [0x15] = op_pmulhw,
    [0x18] = op_psubsb, [0x19] = op_psubsw, [0x1b] = op_por,
    [0x1c] = op_paddsb, [0x1d] = op_paddsw, [0x1f] = op_pxor,
    [0x21] = op_psllw, [0x22] = op_pslld, [0x23] = op_psllq, [0x25] = op_pmaddwd,
    [0x28] = op_psubb, [0x29] = op_psubw, [0x2a] = op_psubd,
    [0x2c] = op_paddb, [0x2d] = op_paddw, [0x2e] = op_paddd,
};
/* clang-format on */

insn_fn mmx_handler(const struct insn *i)
{
    insn_fn fn = NULL;

    if (i->opcode >= 0xd0)
        fn = high_forms[i->opcode - 0xd0];
    else if (i->opcode >= 0x60 && i->opcode < 0x80)
        fn = low_forms[i->opcode - 0x60];
    return fn ? fn : undefined;
}

void op_mmx(struct interp *c, const struct insn *i)
{
    mmx_handler(i)(c, i);
}
