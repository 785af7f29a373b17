/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instruction table, made from insn.def.
 */

#include "core/cpu/handlers.h"
#include "core/cpu/insn.h"

#define FORM_ANY     INSN_FORM(0, FORM_REG_ANY, FORM_RM_ANY)
#define FORM_MEM     INSN_FORM(FORM_MOD_MEM, FORM_REG_ANY, FORM_RM_ANY)
#define FORM_E(n)    INSN_FORM(0, n, FORM_RM_ANY)
#define FORM_M(n)    INSN_FORM(FORM_MOD_MEM, n, FORM_RM_ANY)
#define FORM_R(n)    INSN_FORM(FORM_MOD_REG, n, FORM_RM_ANY)
#define FORM_F(n, m) INSN_FORM(FORM_MOD_REG, n, m)

#define HOW_H1(f)                                                                                  \
    {                                                                                              \
        f, f, f, f                                                                                 \
    }
#define HOW_H2(f)                                                                                  \
    {                                                                                              \
        f##_16, f##_16, f##_32, f##_32                                                             \
    }
#define HOW_HB(f)                                                                                  \
    {                                                                                              \
        f##_r8, f##_m8, f##_r8, f##_m8                                                             \
    }
#define HOW_HR(f)                                                                                  \
    {                                                                                              \
        f##_r, f##_m, f##_r, f##_m                                                                 \
    }
#define HOW_HV(f)                                                                                  \
    {                                                                                              \
        f##_r16, f##_m16, f##_r32, f##_m32                                                         \
    }

#define INSN(m, code, f, text, o1, o2, o3, rd, wr, un, c, cpu, at, how)                            \
    { .name = text,                                                                                \
      .map = MAP_##m,                                                                              \
      .opcode = (uint8_t)(code),                                                                   \
      .form = FORM_##f,                                                                            \
      .op = { OP_##o1, OP_##o2, OP_##o3 },                                                         \
      .cls = c,                                                                                    \
      .since = cpu,                                                                                \
      .attr = at,                                                                                  \
      .reads = rd,                                                                                 \
      .writes = wr,                                                                                \
      .undefined = un,                                                                             \
      .fn = HOW_##how },

const struct insn_row insn_rows[] = {
#include "core/cpu/insn.def"
};

const unsigned insn_row_count = sizeof(insn_rows) / sizeof(insn_rows[0]);

enum insn_cpu insn_model_level(enum x86_model model)
{
    switch (model) {
    case CPU_486:
        return ON_486;
    case CPU_PENTIUM:
        return ON_P5;
    default:
        return ON_P2;
    }
}

bool insn_operand_modrm(enum insn_operand op)
{
    switch (op) {
    case OP_Eb ... OP_Gv:
    case OP_M ... OP_Td:
    case OP_Pq ... OP_STi:
        return true;
    default:
        return false;
    }
}
