/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves between a register and device memory, as video memory with its latches is used: straight to
 * the device's handler.  The interpreter's way there, through TLB and slow paths, takes longer than
 * the device.
 */

#include <stdatomic.h>

#include "core/cpu/translate/emit.h"
#include "core/memory.h"

bool xlat_is_move(const struct insn *i)
{
    if (i->flags & (INSN_0F | INSN_REG) || stage_is_fault(i))
        return false;
    return (i->opcode & 0xfc) == 0x88 || (i->opcode & 0xfc) == 0xa0 || (i->opcode & 0xfe) == 0xc6;
}

/* MOV AL, [..] and its likes */
static bool is_accumulator(const struct insn *i)
{
    return (i->opcode & 0xfc) == 0xa0;
}

static bool is_store(const struct insn *i)
{
    return is_accumulator(i) ? i->opcode & 2 : !(i->opcode & 2) || i->opcode >= 0xc6;
}

static unsigned size_of(const struct insn *i)
{
    return !(i->opcode & 1) ? 1 : i->flags & INSN_OP32 ? 4 : 2;
}

/* What an instruction does, packed for the helpers: its number, how far its register is turned
 * right, the register, bits of the operand that are none of it. */
static unsigned pack(const struct insn *i, unsigned k)
{
    unsigned reg = is_accumulator(i) ? (unsigned)R_EAX : i->reg, size = size_of(i), turn = 0;

    if (size == 1) {
        turn = 8 * (reg & 3);
        reg >>= 2;
    }
    return k | turn << 8 | reg << 16 | (32 - 8 * size) << 24;
}

/* Begin and end of a call to a device by instruction k, which looks at the clock. */
static inline uint32_t begin(struct interp *c, struct block *b, unsigned k)
{
    if (c->xl.native)
        xlat_fpu_before(c, b, k); /* if the block should die of it */
    c->block = b;
    c->current = &b->insn[k];
    return b->xc->eip;
}

static inline int end(struct interp *c, const struct block *b, unsigned k, uint32_t eip)
{
    if (b->key == BLOCK_DEAD) {
        c->next_eip =
            (eip + b->insn[k].offset + b->insn[k].len) & (c->code32 ? UINT32_MAX : 0xffff);
        c->budget += b->count - (k + 1);
        return xlat_end_block(c);
    }
    if (atomic_load_explicit(&c->events, memory_order_relaxed))
        xlat_end_soon(c);
    return -1;
}

int xlat_device_load(struct interp *c, struct block *b, unsigned what, uint32_t phys)
{
    unsigned k = what & 0xff, turn = what >> 8 & 31, size = (32 - (what >> 24)) / 8;
    uint32_t eip, value, *word = &c->x.gpr[what >> 16 & 7], mask = UINT32_MAX >> (what >> 24);

    if (c->dr7_armed || (phys & 0xfff) > MEM_PAGE - size)
        return xlat_step(c, b, k);
    eip = begin(c, b, k);
    value = mem_read(c->cpu.host.memory, phys, size);
    *word = (*word & ~(mask << turn)) | value << turn; /* a whole word, as it is read next */
    return end(c, b, k, eip);
}

int xlat_device_store(struct interp *c, struct block *b, unsigned what, uint32_t phys)
{
    unsigned k = what & 0xff, size = (32 - (what >> 24)) / 8;
    struct memory *memory = c->cpu.host.memory;
    uint32_t eip, value = c->x.gpr[what >> 16 & 7] >> (what >> 8 & 31);

    if (c->dr7_armed || (phys & 0xfff) > MEM_PAGE - size || mem_page(memory, phys)->write ||
        code_on_page(c, phys))
        return xlat_step(c, b, k);
    if (b->insn[k].opcode >= 0xc6)
        value = b->insn[k].imm;
    eip = begin(c, b, k);
    mem_write(memory, phys, value, size);
    return end(c, b, k, eip);
}

bool emit_device(struct emit *e, const struct insn *i)
{
    if (e->mode->paging || e->mode->a20 != UINT32_MAX ||
        !emit_linear(e, i, size_of(i), is_store(i)))
        return false;
    e_mov_imm64(e, H_R11, (uintptr_t)e->block);
    e_mov_imm(e, H_R8, pack(i, e->k));
    e_call_to(e, is_store(i) ? e->t->at_device_store : e->t->at_device_load);
    return true;
}
