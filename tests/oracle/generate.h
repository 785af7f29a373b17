/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ORACLE_GENERATE_H
#define TESTS_ORACLE_GENERATE_H

/*
 * Makes cases: a group is one row of the table in one of its variants; a case is one instruction of
 * the group with everything it sees.
 */

#include "tests/oracle/oracle.h"
#include "tests/oracle/rows.h"

struct oracle_group {
    const struct row *row;
    bool op32, addr32; /* sizes in force */
    bool mem;          /* the ModRM operand is in memory */
    bool code32;       /* D bit of the code segment */
};

/* Small and good enough; the state is the seed of the case. */
struct rng {
    uint64_t s;
};
uint64_t rng64(struct rng *r);
uint32_t rng_below(struct rng *r, uint32_t n);
bool rng_chance(struct rng *r, uint32_t percent);

enum { ORACLE_LONGEST = 15 };

struct oracle_case {
    struct oracle_input in;
    struct oracle_group group;
    struct rng rng;
    uint8_t *data, *stack; /* pages to fill */
    /* while encoding */
    uint8_t modrm_at; /* index of the ModRM byte; 0: none */
    uint8_t mem_seg;  /* enum x86_seg of the memory operand */
    uint32_t mem_at;  /* its offset */
    uint32_t mem_size;
    uint8_t override; /* segment of an override prefix, or 0xff */
    bool rep, lock;
    bool absolute;             /* memory operands without registers */
    uint32_t undefined;        /* EFLAGS that mean nothing afterwards */
    uint32_t undefined_inside; /* of a block: that mean nothing somewhere inside */
    uint32_t count;            /* of a shift, masked */
};

/* All groups of the table, made once. */
unsigned groups_make(void);
const struct oracle_group *group_get(unsigned index);
unsigned group_total(void);
/* Fills c (and its two pages) from seed. */
void case_make(struct oracle_case *c, const struct oracle_group *group, uint64_t seed);

/* ---- shared with block.c ---- */
void pick_segments(struct oracle_case *c);
void pick_registers(struct oracle_case *c);
void pick_eip(struct oracle_case *c);
/* Appends one instruction of c->group. */
void encode(struct oracle_case *c);
/* Several instructions one after the other. */
void block_make(struct oracle_case *c);
/* Sets the displacement of the branch at the end. */
void shape_relative(struct oracle_case *c, unsigned size);

/* ---- shared with shape.c ---- */
uint32_t edge_value(struct rng *r);
/* Writes into the data or stack window, if linear is there. */
void case_poke(struct oracle_case *c, uint32_t linear, const void *bytes, uint32_t len);
void case_poke32(struct oracle_case *c, uint32_t linear, uint32_t value, uint32_t len);
/* An offset for size bytes in seg: mostly valid, sometimes at or over an edge. */
uint32_t pick_offset(struct oracle_case *c, enum x86_seg seg, uint32_t size, bool addr32);
/* A selector as a guest might load: mostly good for a data segment register. */
uint16_t pick_selector(struct rng *r);
uint16_t pick_code_selector(struct rng *r);
/* Where a branch may go in the given code segment without meeting what is not INT3. */
uint32_t pick_landing(struct oracle_case *c, uint16_t selector, bool op32);
/* What the row needs beyond a general operand: before and after the encoding. */
void shape_before(struct oracle_case *c);
void shape_after(struct oracle_case *c);
/* The row's immediate, by meaning. */
uint32_t shape_immediate(struct oracle_case *c, const struct row_operand *op, const char *name);

#endif
