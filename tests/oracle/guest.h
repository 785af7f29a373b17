/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ORACLE_GUEST_H
#define TESTS_ORACLE_GUEST_H

/* Our side of the oracle: the same instruction in one of our engines, with equal descriptors. */

#include "core/cpu/cpu.h"
#include "tests/oracle/oracle.h"

/* code is the page both sides share.  Ends the program if the engine cannot be made. */
void guest_open(const struct cpu_ops *ops, uint8_t *code);
void guest_close(void);
/* The bytes [offset, offset+len) of the code page changed. */
void guest_code_changed(uint32_t offset, uint32_t len);
void guest_run(const struct oracle_input *in, struct oracle_output *out);

/* What our disassembler makes of the instruction. */
void guest_disassemble(const struct oracle_input *in, bool code32, char *text, unsigned size);

uint8_t *guest_data(void);
uint8_t *guest_stack(void);

/* Does each segment register's hidden part say what its descriptor says?  False: text says what is
 * wrong. */
bool guest_check_hidden(char *text, unsigned size);

#endif
