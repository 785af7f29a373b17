/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_INSN_H
#define CORE_CPU_INSN_H

/*
 * One decoded instruction and the table behind it (insn.def).  The table is the only list of what
 * the processors understand: decoder, disassembler, interpreter, oracle and, later, the
 * translator's classes are generated from it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cpu/x86.h"

struct interp;
struct insn;

typedef void (*insn_fn)(struct interp *c, const struct insn *i);

struct insn {
    insn_fn go;         /* what the run loop calls: handler or a stage before it (interp.c) */
    insn_fn fn;         /* the handler */
    uint32_t imm;       /* immediate (sign-extended where the table says), or branch displacement */
    uint32_t disp;      /* displacement of the memory operand, sign-extended */
    uint32_t addr_mask; /* FFFFh or FFFFFFFFh: address size of the memory operand */
    uint16_t row;       /* index into the table */
    uint16_t imm2;      /* second immediate: selector of a far pointer, ENTER's level */
    uint16_t offset;    /* from the start of its block, for the run loop */
    uint8_t len;        /* bytes, 1-15 */
    uint8_t opcode;     /* last opcode byte */
    uint8_t modrm;      /* raw; mod 3: register form */
    uint8_t base;       /* register number, or INSN_NOREG */
    uint8_t index;      /* register number, or INSN_NOREG */
    uint8_t scale;      /* shift count 0-3 */
    uint8_t seg;        /* enum x86_seg the memory operand uses, overrides applied */
    uint8_t flags;      /* INSN_* */
    uint8_t reg;        /* ModRM reg or the opcode's register; of a byte operand: INSN_BYTE_REG */
    uint8_t rm;         /* ModRM r/m as a register, likewise */
    uint8_t site;       /* for the translator: how its memory operand is reached */
    uint8_t tries;      /* and how often that failed */
};

/* Also the place of a word that is always zero, counted in words from EAX (interp.h): the address
 * of an operand is made without asking what it lacks. */
#define INSN_NOREG 64

/* Byte registers AL-BL are the low bytes of the first four, AH-BH the second bytes: place of the
 * byte from the start of the register file. */
#define INSN_BYTE_REG(n) (((n)&3) * 4 + ((n) >> 2))

enum {
    INSN_OP32 = 1 << 0,   /* operand size 32 */
    INSN_ADDR32 = 1 << 1, /* address size 32 */
    INSN_REP = 1 << 2,    /* F3 */
    INSN_REPNE = 1 << 3,  /* F2 */
    INSN_LOCK = 1 << 4,
    INSN_REG = 1 << 5, /* ModRM operand is a register */
    INSN_0F = 1 << 6,  /* two-byte opcode */
    INSN_SEG = 1 << 7, /* a segment override was given */
};

/* ---- the table ---- */

enum insn_map { MAP_ONE, MAP_TWO };

/* Which ModRM bytes a row stands for: bits 0-1 mod, 4-7 reg, 8-11 r/m; 8 in a field means any. */
enum { FORM_MOD = 0x003, FORM_MOD_MEM = 1, FORM_MOD_REG = 2, FORM_REG_ANY = 8, FORM_RM_ANY = 8 };
#define INSN_FORM(mod, reg, rm) ((mod) | (reg) << 4 | (rm) << 8)
#define INSN_FORM_REG(form)     ((form) >> 4 & 15)
#define INSN_FORM_RM(form)      ((form) >> 8 & 15)

/* Operands.  E: ModRM register or memory, G: ModRM reg, Z: register in the opcode, I: immediate,
 * J: branch displacement, O: memory at an immediate offset, X and Y: DS:(E)SI and ES:(E)DI,
 * M: memory only, P and Q: MMX.  Sizes: b 8, w 16, d 32, v 16 or 32 by operand size, q 64, t 80. */
enum insn_operand {
    OP_NO,
    OP_Eb,
    OP_Ew,
    OP_Ed,
    OP_Ev,
    OP_Evw, /* register by operand size, memory always 16 bits */
    OP_Gb,
    OP_Gw,
    OP_Gv,
    OP_Zb,
    OP_Zd,
    OP_Zv,
    OP_Ib,  /* 8 bits, not extended */
    OP_Ibs, /* 8 bits, sign-extended to the operand size */
    OP_Iw,
    OP_Iz,
    OP_I1, /* the number 1 */
    OP_Jb,
    OP_Jz,
    OP_Ap, /* far pointer in the instruction: imm offset, imm2 selector */
    OP_Ob,
    OP_Ov,
    OP_M, /* address only */
    OP_Mb,
    OP_Mw,
    OP_Md,
    OP_Mq,
    OP_Mt,
    OP_Mp, /* far pointer in memory */
    OP_Ma, /* two bounds */
    OP_Ms, /* pseudo-descriptor, 6 bytes */
    OP_Me, /* x87 environment, 14 or 28 bytes */
    OP_Mx, /* x87 state, 94 or 108 bytes */
    OP_M512,
    OP_Sw, /* segment register in ModRM reg */
    OP_Rd, /* general register in r/m, mod ignored */
    OP_Cd,
    OP_Dd,
    OP_Td, /* control, debug, test register in ModRM reg */
    OP_AL,
    OP_AX, /* AX or EAX */
    OP_AXw,
    OP_CL,
    OP_DX,
    OP_S0,
    OP_S1,
    OP_S2,
    OP_S3,
    OP_S4,
    OP_S5, /* ES CS SS DS FS GS */
    OP_Xb,
    OP_Xv,
    OP_Yb,
    OP_Yv,
    OP_Xlat, /* DS:(E)BX + AL */
    OP_Pq,
    OP_Qd,
    OP_Qq,
    OP_ST,
    OP_STi,
};

/* Sets of flags. */
enum {
    F_C = FL_CF,
    F_P = FL_PF,
    F_A = FL_AF,
    F_Z = FL_ZF,
    F_S = FL_SF,
    F_O = FL_OF,
    F_D = FL_DF,
    F_I = FL_IF,
    F_CO = F_C | F_O,
    F_CA = F_C | F_A,
    F_CZ = F_C | F_Z,
    F_OA = F_O | F_A,
    F_OS = F_O | F_S,
    F_OSZ = F_O | F_S | F_Z,
    F_OAC = F_O | F_A | F_C,
    F_OSZP = F_O | F_S | F_Z | F_P,
    F_OSAP = F_O | F_S | F_A | F_P,
    F_OSAPC = F_OSAP | F_C,
    F_SZAP = F_S | F_Z | F_A | F_P,
    F_SZAPC = F_SZAP | F_C,
    F_OSZAP = F_O | F_SZAP,
    F_OSZAPC = F_O | F_SZAPC,
    F_ALL = F_OSZAPC | F_D | F_I | FL_TF | FL_IOPL | FL_NT,
};

/* What a translator for x86 hosts may do with the instruction. */
enum insn_class {
    C_COPY, /* registers and flags only: the same bytes do the same on the host */
    C_MEM,  /* like it, with one ModRM operand whose address must be translated if it is memory */
    C_SPECIAL, /* needs its own translation: implicit memory, branches, may fault by value */
    C_INTERP,  /* leave it to the interpreter */
};

enum insn_cpu { ON_8086, ON_186, ON_286, ON_386, ON_486, ON_P5, ON_MMX, ON_P6, ON_P2 };

enum {
    A_PRIV = 1 << 0,  /* CPL 0 only */
    A_LOCK = 1 << 1,  /* LOCK is legal with a memory destination */
    A_PROT = 1 << 2,  /* #UD in real and V86 mode */
    A_IOPL = 1 << 3,  /* depends on IOPL or the I/O permission map */
    A_CONDU = 1 << 4, /* flags are undefined, or untouched, depending on the shift count */
    A_END = 1 << 5,   /* ends a block: branches, or changes what the run loop must look at */
    A_STR = 1 << 6,   /* string instruction: REP means something */
    A_REPZ = 1 << 7,  /* REPE/REPNE also look at ZF */
    A_BITS = 1 << 8,  /* the bit offset register reaches beyond the memory operand */
    A_X87 = 1 << 9,
    A_MMX = 1 << 10,
};

struct insn_row {
    const char *name;
    uint8_t map; /* enum insn_map */
    uint8_t opcode;
    uint16_t form;                     /* INSN_FORM */
    uint8_t op[3];                     /* enum insn_operand */
    uint8_t cls;                       /* enum insn_class */
    uint8_t since;                     /* enum insn_cpu */
    uint16_t attr;                     /* A_* */
    uint16_t reads, writes, undefined; /* FL_*; undefined ones are among the written */
    insn_fn fn[4];                     /* [operand size 32 ? 2 : 0] + [memory operand ? 1 : 0] */
};

extern const struct insn_row insn_rows[];
extern const unsigned insn_row_count;

/* The newest instructions a model knows. */
enum insn_cpu insn_model_level(enum x86_model model);

/* Has an instruction with this operand a ModRM byte? */
bool insn_operand_modrm(enum insn_operand op);

/* ---- decoding ---- */

enum insn_error {
    INSN_OK,
    INSN_UNDEFINED, /* #UD: no such instruction, or LOCK where it must not be; len is right as far
                       as it matters */
    INSN_TOO_LONG,  /* more than 15 bytes: #GP */
    INSN_MORE,      /* the given bytes end inside the instruction */
};

/* Decodes the instruction at bytes[0], of which `avail` may be looked at (more than 15 are never
 * needed).  Sets everything in `i` but `go` and `offset`. */
enum insn_error insn_decode(struct insn *i, const uint8_t *bytes, unsigned avail, bool code32,
                            enum insn_cpu level);

/* Text of a decoded instruction at address eip, Intel syntax, into buf. */
void insn_format(const struct insn *i, uint32_t eip, char *buf, size_t size);

#endif
