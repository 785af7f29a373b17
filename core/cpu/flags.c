/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arithmetic flags computed from the last result.  Source: Intel SDM volume 1, 3.4.3.
 */

#include "core/cpu/flags.h"

#define P2(n) n, n ^ FL_PF, n ^ FL_PF, n
#define P4(n) P2(n), P2((n) ^ FL_PF), P2((n) ^ FL_PF), P2(n)
#define P6(n) P4(n), P4((n) ^ FL_PF), P4((n) ^ FL_PF), P4(n)

const uint8_t flags_parity[256] = { P6(FL_PF), P6(0), P6(0), P6(FL_PF) };

struct flags_of_host flags_host;

#ifdef __x86_64__
/* What an instruction makes of the flags after XOR, which clears AF and sets ZF.  The 128 bytes are
 * the compiler's. */
#define FLAGS_AFTER(insn)                                                                          \
    ({                                                                                             \
        uint64_t after;                                                                            \
        __asm__("lea -128(%%rsp), %%rsp\n mov $1, %%eax\n xor %%ecx, %%ecx\n" insn                 \
                "\n pushfq\n pop %0\n lea 128(%%rsp), %%rsp"                                       \
                : "=r"(after)                                                                      \
                :                                                                                  \
                : "rax", "rcx", "cc", "memory");                                                   \
        after;                                                                                     \
    })

static __attribute__((constructor)) void ask_host(void)
{
    flags_host.shift_af = FLAGS_AFTER("shl $1, %%eax") & FL_AF ? 2 : 0;
    flags_host.multiply_keeps = FLAGS_AFTER("imul %%eax, %%eax") & FL_ZF; /* of 1 */
}
#endif

bool flag_o(const struct interp *c)
{
    const struct lazy_flags *lf = &c->lf;

    switch (lf->op) {
    case LF_NONE:
        return c->x.eflags & FL_OF;
    case LF_ADD:
        return (lf->a ^ lf->dst) & (lf->b ^ lf->dst) & flags_sign(lf->size);
    case LF_SUB:
        return (lf->a ^ lf->b) & (lf->a ^ lf->dst) & flags_sign(lf->size);
    case LF_SHIFT:
        return lf->a & 1;
    default:
        return false;
    }
}

bool flag_a(const struct interp *c)
{
    const struct lazy_flags *lf = &c->lf;

    switch (lf->op) {
    case LF_NONE:
        return c->x.eflags & FL_AF;
    case LF_ADD:
    case LF_SUB:
        return (lf->a ^ lf->b ^ lf->dst) & 0x10;
    case LF_SHIFT:
        return lf->a & 2;
    default:
        return false;
    }
}

uint32_t cpu_flags(struct interp *c)
{
    uint32_t value = c->x.eflags & ~(uint32_t)FL_ARITH;

    if (flag_c(c))
        value |= FL_CF;
    if (flag_p(c))
        value |= FL_PF;
    if (flag_a(c))
        value |= FL_AF;
    if (flag_z(c))
        value |= FL_ZF;
    if (flag_s(c))
        value |= FL_SF;
    if (flag_o(c))
        value |= FL_OF;
    return value;
}

void cpu_set_arith(struct interp *c, uint32_t value, uint32_t mask)
{
    mask &= FL_ARITH;
    flags_load(c, (cpu_flags(c) & ~mask) | (value & mask));
}

void cpu_set_eflags(struct interp *c, uint32_t value)
{
    c->x.eflags = value | FL_ONE;
    flags_load(c, value);
    cpu_update_mode(c);
    atomic_fetch_or(&c->events, EV_CHECK);
}
