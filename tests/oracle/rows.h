/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ORACLE_ROWS_H
#define TESTS_ORACLE_ROWS_H

/*
 * The instruction table as the oracle sees it: read as text, so that a mistake in how the decoder
 * interprets its own table cannot hide here.
 */

#include <stdbool.h>
#include <stdint.h>

enum row_form { FORM_ANY, FORM_E, FORM_M, FORM_R, FORM_MEM, FORM_REG, FORM_F };

enum {
    ATTR_LOCK = 1 << 0,
    ATTR_STR = 1 << 1,
    ATTR_REPZ = 1 << 2,
    ATTR_END = 1 << 3,
    ATTR_PRIV = 1 << 4,
    ATTR_X87 = 1 << 5,
    ATTR_MMX = 1 << 6,
    ATTR_CONDU = 1 << 7,
    ATTR_BITS = 1 << 8,
    ATTR_NONE = 1 << 9,   /* must be #UD */
    ATTR_BLOCK = 1 << 10, /* no row: several instructions in a row (block.c) */
    ATTR_IOPL = 1 << 11,
};

enum operand_kind {
    OP_NONE,
    OP_E,     /* ModRM: register or memory */
    OP_MEM,   /* memory only */
    OP_G,     /* ModRM.reg */
    OP_IMM,   /* immediate of `size` (0: operand size, at most 4) */
    OP_REL,   /* branch displacement */
    OP_FAR,   /* immediate far pointer */
    OP_OFFS,  /* moffs */
    OP_SI,    /* DS:ESI */
    OP_DI,    /* ES:EDI */
    OP_XLAT,  /* DS:EBX+AL */
    OP_OTHER, /* fixed registers, nothing to encode */
    OP_OPREG, /* register in the low bits of the opcode */
};

struct row_operand {
    uint8_t kind;
    bool modrm;    /* makes a ModRM byte necessary */
    uint16_t size; /* bytes with 16-bit operands */
    uint16_t size32;
};

struct row {
    const char *name;
    bool two;
    uint8_t opcode;
    uint8_t form;
    uint8_t reg, rm; /* of the form */
    bool modrm;
    struct row_operand op[3];
    const char *op_name[3];
    uint32_t reads, writes, undefined; /* EFLAGS masks */
    uint32_t attr;
};

extern struct row oracle_rows[];
extern const unsigned oracle_row_count;

void rows_init(void);
bool row_is(const struct row *r, const char *name); /* any of the "a|b" alternatives */
/* Why a row is not compared, or NULL. */
const char *row_excluded(const struct row *r);
/* Its ModRM operand in memory, or NULL. */
const struct row_operand *row_memory(const struct row *r);

#endif
