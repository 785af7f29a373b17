/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raising exceptions and delivering them: double fault, shutdown, debug status.
 *
 * Source: Intel 64 and IA-32 Architectures SDM volume 3, 6.3-6.15 (table 6-5 for double faults),
 * 17.2.3 (DR6).
 */

#include "core/cpu/segment.h"

enum {
    DR6_TRAPS = 0xf,
    DR6_BD = 1 << 13,
    DR7_GD = 1 << 13,
};

static _Noreturn void raise_with(struct interp *c, unsigned vector, bool has_code, uint32_t code,
                                 uint32_t payload)
{
    struct x86_state *x = &c->x;

    x->exception_pending = 1;
    x->exception_vector = (uint8_t)vector;
    x->exception_has_code = has_code;
    x->exception_code = code;
    x->exception_payload = payload;
    c->ext = 0;
    longjmp(*c->escape, 1);
}

_Noreturn void cpu_raise(struct interp *c, unsigned vector)
{
    raise_with(c, vector, false, 0, 0);
}

_Noreturn void cpu_raise_code(struct interp *c, unsigned vector, uint32_t code)
{
    if (vector >= EXC_TS && vector <= EXC_GP)
        code |= c->ext;
    raise_with(c, vector, true, code, 0);
}

_Noreturn void cpu_raise_page(struct interp *c, uint32_t linear, uint32_t code)
{
    c->x.cr2 = linear;
    raise_with(c, EXC_PF, true, code, linear);
}

_Noreturn void cpu_raise_debug(struct interp *c, uint32_t dr6)
{
    raise_with(c, EXC_DB, false, 0, dr6);
}

/* ---- delivery ---- */

static bool contributory(unsigned vector)
{
    return vector == EXC_DE || (vector >= EXC_TS && vector <= EXC_GP);
}

/* Faults push RF, so that a breakpoint on the instruction does not come twice; the breakpoint
 * itself leaves that to its handler. */
static bool pushes_rf(const struct x86_state *x)
{
    switch (x->exception_vector) {
    case EXC_DB:
        return x->exception_payload & DR6_BD;
    case EXC_NMI:
    case EXC_BP:
    case EXC_OF:
        return false;
    default:
        return true;
    }
}

/* What CR2, DR6 and DR7 show when the handler starts. */
static void apply_payload(struct interp *c)
{
    struct x86_state *x = &c->x;

    if (x->exception_vector == EXC_PF)
        x->cr2 = x->exception_payload;
    if (x->exception_vector == EXC_DB) {
        x->dr[6] = (x->dr[6] & ~(uint32_t)DR6_TRAPS) | x->exception_payload;
        x->dr[7] &= ~(uint32_t)DR7_GD;
    }
}

static void deliver_pending(struct interp *c)
{
    struct x86_state *x = &c->x;

    apply_payload(c);
    if (pushes_rf(x))
        x->eflags |= FL_RF;
    x->exception_pending = 0;
    cpu_interrupt(c, x->exception_vector, INTR_EXCEPTION, x->exception_has_code, x->exception_code,
                  x->eip);
}

bool cpu_deliver_exception(struct interp *c)
{
    struct x86_state *x = &c->x;
    jmp_buf *outer = c->escape;
    jmp_buf here;
    /* Survive longjmp: */
    volatile unsigned first;
    volatile unsigned tries = 0;

    c->db_pending = 0;
    c->escape = &here;
    first = x->exception_vector;
    if (setjmp(here)) {
        unsigned second = x->exception_vector;
        bool bad = contributory(second) || second == EXC_PF;

        /* A processor may spin for ever in benign faults (#AC in the handler of #AC): shut down. */
        if ((first == EXC_DF && bad) || ++tries > 16) {
            c->escape = outer;
            x->exception_pending = 0;
            return false;
        }
        if ((contributory(first) && contributory(second)) || (first == EXC_PF && bad)) {
            x->exception_vector = EXC_DF;
            x->exception_has_code = 1;
            x->exception_code = 0;
        }
        first = x->exception_vector;
    }
    deliver_pending(c);
    c->escape = outer;
    return true;
}
