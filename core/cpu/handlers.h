/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_HANDLERS_H
#define CORE_CPU_HANDLERS_H

/* Prototypes of all instruction handlers, made from the table. */

#include "core/cpu/insn.h"

#define HANDLER_(f)                                                                  void f(struct interp *c, const struct insn *i);
#define HANDLE_H1(f)                                                                 HANDLER_(f)
#define HANDLE_H2(f)                                                                 HANDLER_(f##_16) HANDLER_(f##_32)
#define HANDLE_HB(f)                                                                 HANDLER_(f##_r8) HANDLER_(f##_m8)
#define HANDLE_HR(f)                                                                 HANDLER_(f##_r) HANDLER_(f##_m)
#define HANDLE_HV(f)                                                                 HANDLER_(f##_r16) HANDLER_(f##_m16) HANDLER_(f##_r32) HANDLER_(f##_m32)
#define INSN(map, opcode, form, name, o1, o2, o3, rd, wr, un, cls, since, attr, how) HANDLE_##how

#include "core/cpu/insn.def"

#undef INSN
#undef HANDLER_
#undef HANDLE_H1
#undef HANDLE_H2
#undef HANDLE_HB
#undef HANDLE_HR
#undef HANDLE_HV

#endif
