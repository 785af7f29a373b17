/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_INSN_H
#define CORE_CPU_INSN_H

/*
 * One decoded instruction and the table behind it (insn.def).  The table is the only list of what
 * the processors understand: decoder, disassembler, interpreter, oracle and, later, the translator's
 * classes are generated from it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interp;
struct insn;

typedef void (*insn_fn)(struct interp *c, const struct insn *i);

struct insn {
    insn_fn fn;      /* the handler */
    uint32_t imm;    /* immediate (sign-extended where the table says), or branch displacement */
    uint32_t disp;   /* displacement of the memory operand, sign-extended */
    uint16_t row;    /* index into the table */
    uint16_t imm2;   /* second immediate: selector of a far pointer, ENTER's level, SHLD's count */
    uint8_t len;     /* bytes, 1-15 */
    uint8_t opcode;  /* last opcode byte */
    uint8_t modrm;   /* raw; mod 3: register form */
    uint8_t base;    /* register number, or INSN_NOREG */
    uint8_t index;   /* register number, or INSN_NOREG */
    uint8_t scale;   /* shift count 0-3 */
    uint8_t seg;     /* enum x86_seg the memory operand uses, overrides applied */
    uint8_t flags;   /* INSN_* */
};

#define INSN_NOREG 0xff

enum {
    INSN_OP32 = 1 << 0,   /* operand size 32 */
    INSN_ADDR32 = 1 << 1, /* address size 32 */
    INSN_REP = 1 << 2,    /* F3 */
    INSN_REPNE = 1 << 3,  /* F2 */
    INSN_LOCK = 1 << 4,
    INSN_REG = 1 << 5,    /* ModRM operand is a register */
    INSN_0F = 1 << 6,     /* two-byte opcode */
    INSN_SEG = 1 << 7,    /* a segment override was given */
};

#endif
