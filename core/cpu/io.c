/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IN, OUT, INS, OUTS.  Source: Intel SDM volume 2.  All are plain handlers: x.eip is true while
 * devices run.
 */

#include <string.h>

#include "core/bus.h"
#include "core/cpu/repeat.h"

static uint32_t in(struct interp *c, uint16_t port, unsigned size)
{
    uint32_t value;

    cpu_check_io(c, port, size);
    c->in_port = true;
    value = bus_in(c->cpu.host.bus, port, size);
    c->in_port = false;
    return value;
}

static void out(struct interp *c, uint16_t port, uint32_t value, unsigned size)
{
    cpu_check_io(c, port, size);
    bus_out(c->cpu.host.bus, port, value, size);
}

bool interp_in_registers(struct cpu *cpu, uint32_t gpr[8])
{
    const struct interp *c = (const struct interp *)cpu;

    memcpy(gpr, c->x.gpr, sizeof(c->x.gpr));
    return c->in_port;
}

void interp_set_in_registers(struct cpu *cpu, const uint32_t gpr[8])
{
    struct interp *c = (struct interp *)cpu;

    if (c->in_port)
        memcpy(c->x.gpr, gpr, sizeof(c->x.gpr));
}

#define PORTS(w)                                                                                   \
    OP(op_in_i_##w)                                                                                \
    {                                                                                              \
        SET##w(R_EAX, in(c, (uint16_t)i->imm, w / 8));                                             \
    }                                                                                              \
    OP(op_in_d_##w)                                                                                \
    {                                                                                              \
        (void)i;                                                                                   \
        SET##w(R_EAX, in(c, R16(R_EDX), w / 8));                                                   \
    }                                                                                              \
    OP(op_out_i_##w)                                                                               \
    {                                                                                              \
        out(c, (uint16_t)i->imm, R##w(R_EAX), w / 8);                                              \
    }                                                                                              \
    OP(op_out_d_##w)                                                                               \
    {                                                                                              \
        (void)i;                                                                                   \
        out(c, R16(R_EDX), R##w(R_EAX), w / 8);                                                    \
    }

/* clang-format off */
PORTS(8)
PORTS(16)
PORTS(32)
/* clang-format on */

/* ---- strings ---- */

static void advance(struct interp *c, const struct insn *i, enum x86_reg reg, uint32_t bytes)
{
    string_add(c, i, reg, c->x.eflags & FL_DF ? -bytes : bytes);
}

static void ins_one(struct interp *c, const struct insn *i, unsigned size)
{
    uint32_t offset = R32(R_EDI) & i->addr_mask;

    /* The port must not be read if the store would fault. */
    cpu_check_io(c, R16(R_EDX), size);
    cpu_seg_check(c, S_ES, offset, size, true);
    cpu_lin_probe_write(c, c->x.seg[S_ES].base + offset, size, c->cpl == 3);
    cpu_write(c, S_ES, offset, bus_in(c->cpu.host.bus, R16(R_EDX), size), size);
}

static void outs_one(struct interp *c, const struct insn *i, unsigned size)
{
    uint32_t value;

    cpu_check_io(c, R16(R_EDX), size);
    value = cpu_read(c, i->seg, R32(R_ESI) & i->addr_mask, size);
    bus_out(c->cpu.host.bus, R16(R_EDX), value, size);
}

static uint32_t ins_chunk(struct interp *c, const struct insn *i, uint32_t most, unsigned size)
{
    uint32_t room, n;
    uint8_t *to = string_write(c, S_ES, R32(R_EDI) & i->addr_mask, i->addr_mask,
                               string_bytes(most, size), &room);

    n = to ? room / size : 0;
    n = n < most ? n : most;
    if (n) {
        cpu_check_io(c, R16(R_EDX), size);
        bus_in_block(c->cpu.host.bus, R16(R_EDX), to, n, size);
    }
    return n;
}

static uint32_t outs_chunk(struct interp *c, const struct insn *i, uint32_t most, unsigned size)
{
    uint32_t room, n;
    uint8_t *from = string_read(c, i->seg, R32(R_ESI) & i->addr_mask, i->addr_mask, &room);

    n = from ? room / size : 0;
    n = n < most ? n : most;
    if (n) {
        cpu_check_io(c, R16(R_EDX), size);
        bus_out_block(c->cpu.host.bus, R16(R_EDX), from, n, size);
    }
    return n;
}

static void repeat(struct interp *c, const struct insn *i, unsigned size, bool input)
{
    enum x86_reg reg = input ? R_EDI : R_ESI;
    uint32_t turns = string_turns(c, i), done = 0;

    cpu_check_io(c, R16(R_EDX), size); /* even if the count is 0 */
    while (done < turns) {
        uint32_t n = 0;

        if (!(c->x.eflags & FL_DF))
            n = (input ? ins_chunk : outs_chunk)(c, i, turns - done, size);
        if (!n) {
            (input ? ins_one : outs_one)(c, i, size);
            n = 1;
        }
        advance(c, i, reg, n * size);
        string_count(c, i, n);
        done += n;
        if (atomic_load_explicit(&c->events, memory_order_relaxed))
            break;
    }
    string_leave(c, i, done != 0, false);
}

static void string_io(struct interp *c, const struct insn *i, unsigned size, bool input)
{
    if (i->flags & (INSN_REP | INSN_REPNE)) {
        repeat(c, i, size, input);
        return;
    }
    (input ? ins_one : outs_one)(c, i, size);
    advance(c, i, input ? R_EDI : R_ESI, size);
}

#define STRINGS(suffix, size)                                                                      \
    OP(op_ins_##suffix)                                                                            \
    {                                                                                              \
        string_io(c, i, size, true);                                                               \
    }                                                                                              \
    OP(op_outs_##suffix)                                                                           \
    {                                                                                              \
        string_io(c, i, size, false);                                                              \
    }

/* clang-format off */
STRINGS(8, 1)
STRINGS(16, 2)
STRINGS(32, 4)
/* clang-format on */
