/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The known differences.  Most are about what a processor does on its way into a fault, which the
 * manuals leave open: order of accesses, parts already moved.
 */

#include "tests/oracle/known.h"

#include <stdio.h>
#include <string.h>

#include "tests/oracle/host.h"
#include "tests/oracle/segs.h"

enum { LINUX_CPU_SELECTOR = 0x78 };

static const char *const general[] = {
    "EFLAGS: bits the manual calls undefined after the row (table column, shift count)",
    "EFLAGS.RF: the host's signal frame shows it after faults only",
    "null selectors: 1 to 3 count as 0, since the host's return from any interrupt clears them",
    "#PF error code: bit 4 (instruction fetch) comes from NX, which no model of ours has",
    "x87 FCS and FDS: deprecated, many hosts store 0",
    "x87 FOP and FDP: many hosts update them at unmasked exceptions only, else they keep the old "
    "value; compared after control instructions and after unmasked exceptions",
    "x87 FOP, FIP and FDP: where the host's FXSAVE has them only with an exception pending, "
    "compared "
    "then",
    "PUSH and POP of a segment register, 32-bit: upper half of the stack word written or not, by "
    "processor; the generator keeps both halves equally accessible",
    "LSL of selector 78h: the limit of Linux's per-CPU segment tells which CPU this is",
    "LAR, 32-bit: bits 16-19 of the result are undefined",
    "SHLD, SHRD, 16-bit, by more than 16: result undefined, not generated",
    "FXSAVE, FXRSTOR: only bytes 0-23 and 32-159 (no model of ours has SSE); with 66h not "
    "generated",
    "IRET with NT: 64-bit kernels have no task return, not generated",
    "POPF, IRET setting TF: not generated",
    "INT 80h: Linux's system call, not generated",
    "LOCK and XCHG across a 64-byte line: not generated, some kernels punish it",
};

/* ---- is an operand accessible? ---- */

static bool is_memory_fault(uint8_t trap)
{
    return trap == EXC_SS || trap == EXC_GP || trap == EXC_PF || trap == EXC_AC;
}

static bool page_allows(uint32_t linear, bool write)
{
    unsigned page = linear % (ORACLE_PAGES * ORACLE_PAGE) / ORACLE_PAGE;
    uint32_t window = linear - linear % (2 * ORACLE_PAGES * ORACLE_PAGE);

    if (linear < ORACLE_DATA || linear - window >= ORACLE_PAGES * ORACLE_PAGE)
        return false;
    if (window == ORACLE_DATA)
        return page != DATA_ABSENT && !(write && page == DATA_READONLY);
    if (window == ORACLE_STACK)
        return page != STACK_ABSENT && !(write && page == STACK_READONLY);
    return window == ORACLE_CODE && page != CODE_ABSENT && !write;
}

static bool accessible(const struct oracle_case *c, uint16_t selector, uint32_t offset,
                       uint32_t size, bool write)
{
    const struct oracle_seg *s = seg_find(selector);
    uint32_t first, last;

    if (s == NULL || s->absent || (write && !seg_writable(s)) || (seg_is_code(s) && s->readonly))
        return false;
    first = seg_first(s);
    last = seg_last(s);
    if (offset < first || offset > last || last - offset < size - 1)
        return false;
    if ((c->in.eflags & FL_AC) && (s->base + offset) % (size < 8 ? size & -size : 8))
        return false; /* perhaps: what the parts need is not known here */
    for (uint32_t i = 0; i < size; i++)
        if (!page_allows(s->base + offset + i, write))
            return false;
    return true;
}

static bool operand_accessible(const struct oracle_case *c)
{
    unsigned reg = c->group.row->reg;
    bool write = reg == 2 || reg == 3 || reg >= 6 || row_is(c->group.row, "fxsave");

    return accessible(c, c->in.seg[c->mem_seg], c->mem_at, c->mem_size, write);
}

static uint32_t stack_offset(const struct oracle_case *c, uint32_t delta)
{
    uint32_t at = c->in.gpr[R_ESP] + delta;

    return seg_find(c->in.seg[S_SS])->big ? at : at & 0xffff;
}

/* Can n bytes be pushed? */
static bool stack_accessible(const struct oracle_case *c, uint32_t n)
{
    return accessible(c, c->in.seg[S_SS], stack_offset(c, -n), n, true);
}

/* ---- memory ---- */

enum { FX_FCS = 12, FX_FDS = 20, FX_END = 160 };

static void take_over(uint8_t *to, const uint8_t *from, uint32_t at, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        to[(at + i) % ORACLE_PAGE] = from[(at + i) % ORACLE_PAGE];
}

static bool stores_image(const struct row *row)
{
    return row_is(row, "fxsave") || row_is(row, "fnsave") || row_is(row, "fnstenv");
}

static bool pushes_many(const struct row *row)
{
    return row_is(row, "call") || row_is(row, "call far") || row_is(row, "pusha") ||
           row_is(row, "enter");
}

/* The selectors, FOP and FDP of a stored image, and what belongs to SSE. */
static void forget_image(const struct oracle_case *c, uint8_t *to, const uint8_t *from, uint32_t at)
{
    bool pointers = known_pointers_count(c, c->in.fx);

    if (row_is(c->group.row, "fxsave")) {
        take_over(to, from, at + FX_FCS, 4);
        take_over(to, from, at + FX_FDS, 12);
        take_over(to, from, at + FX_END, 512 - FX_END);
    } else if (c->group.op32) {
        take_over(to, from, at + 16, pointers ? 2 : 4);
        take_over(to, from, at + 24, 2);
    } else {
        take_over(to, from, at + 8, 2);
        take_over(to, from, at + 12, 2);
    }
}

void known_forget_memory(const struct oracle_case *c, const struct oracle_side *host,
                         const struct oracle_side *guest)
{
    const struct row *row = c->group.row;
    const struct oracle_seg *s = seg_find(c->in.seg[c->mem_seg]);
    const struct oracle_seg *ss = seg_find(c->in.seg[S_SS]);
    uint32_t at = (s ? s->base : 0) + c->mem_at;
    bool stack = at - ORACLE_STACK < ORACLE_PAGES * ORACLE_PAGE;
    bool faults = host->out->trap != TRAP_NONE;

    if (stores_image(row) && !faults && host->out->trap == guest->out->trap)
        forget_image(c, stack ? guest->stack : guest->data, stack ? host->stack : host->data, at);
    if (row_is(row, "push") && row->op_name[0][0] == 'S' && c->group.op32 && !faults)
        take_over(guest->stack, host->stack, ss->base + stack_offset(c, -2u), 2);
    /* What was pushed before the fault stays below the stack pointer. */
    if (pushes_many(row) && faults && is_memory_fault(guest->out->trap))
        for (uint32_t i = 1; i <= 136; i++)
            take_over(guest->stack, host->stack, ss->base + stack_offset(c, -i), 1);
}

uint32_t known_loose_bits(const struct oracle_case *c, const struct oracle_output *host,
                          unsigned reg)
{
    if (row_is(c->group.row, "lar") && c->group.op32 && (host->eflags & FL_ZF) &&
        reg == (c->in.code[c->modrm_at] >> 3 & 7))
        return 0xf0000;
    if (row_is(c->group.row, "lsl") && !c->group.mem &&
        (c->in.gpr[c->in.code[c->modrm_at] & 7] & 0xfffc) == LINUX_CPU_SELECTOR &&
        reg == (c->in.code[c->modrm_at] >> 3 & 7))
        return 0xffffffff;
    return 0;
}

/* ---- x87 ---- */

static bool is_fpu_control(const struct row *row)
{
    static const char *const names[] = { "fldenv", "fnstenv", "fldcw",  "fnstcw",  "frstor",
                                         "fnsave", "fnstsw",  "fnclex", "fninit",  "fneni",
                                         "fndisi", "fnsetpm", "fxsave", "fxrstor", "fwait" };

    if (row->attr & ATTR_MMX)
        return true;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (row_is(row, names[i]))
            return true;
    return false;
}

bool known_pointers_count(const struct oracle_case *c, const uint8_t *host)
{
    if (!host_fdp_on_exception_only())
        return true;
    return is_fpu_control(c->group.row) || ((host[2] & 0x80) && !(c->in.fx[2] & 0x80));
}

/* ---- rules ---- */

struct pair {
    const struct oracle_case *c;
    const struct oracle_output *host, *guest;
};

/* Each answers: does the rule cover this pair of results? */

static bool long_operand(const struct pair *p)
{
    return p->c->mem_size >= 10 && !operand_accessible(p->c) && is_memory_fault(p->guest->trap);
}

static bool fpu_exception_first(const struct pair *p)
{
    bool invalid = (p->host->fx[2] & 0x41) == 0x41; /* stack fault, masked or not */

    return (p->c->group.row->attr & ATTR_X87) && p->c->mem_size && p->host->trap == TRAP_NONE &&
           is_memory_fault(p->guest->trap) && !operand_accessible(p->c) &&
           (invalid || (p->host->fx[2] & 0x80));
}

static bool misaligned_image(const struct pair *p)
{
    const struct row *row = p->c->group.row;

    return (row_is(row, "fxsave") || row_is(row, "fxrstor")) && (p->c->in.eflags & FL_AC) &&
           (p->host->trap == EXC_AC || p->host->trap == EXC_GP) && p->guest->trap == EXC_GP;
}

static bool mmx_store(const struct pair *p)
{
    return (p->c->group.row->attr & ATTR_MMX) && is_memory_fault(p->host->trap) &&
           p->host->trap == p->guest->trap;
}

static bool popa_part(const struct pair *p)
{
    return row_is(p->c->group.row, "popa") && is_memory_fault(p->host->trap) &&
           p->host->trap == p->guest->trap;
}

static bool compare_string_flags(const struct pair *p)
{
    const struct row *row = p->c->group.row;

    return (row->attr & ATTR_REPZ) && p->c->rep && is_memory_fault(p->host->trap) &&
           is_memory_fault(p->guest->trap) && p->host->gpr[R_ECX] != p->c->in.gpr[R_ECX];
}

static bool return_frame(const struct pair *p)
{
    const struct row *row = p->c->group.row;
    uint32_t size = (p->c->group.op32 ? 4 : 2) * (row_is(row, "iret") ? 3 : 2);

    return (row_is(row, "ret far") || row_is(row, "iret")) && is_memory_fault(p->host->trap) &&
           is_memory_fault(p->guest->trap) &&
           !accessible(p->c, p->c->in.seg[S_SS], stack_offset(p->c, 0), size, false);
}

static bool two_operands(const struct pair *p)
{
    const struct row *row = p->c->group.row;
    uint8_t source = p->c->override != 0xff ? p->c->override : S_DS;
    uint32_t mask = p->c->group.addr32 ? 0xffffffff : 0xffff;
    uint32_t size = row->opcode == 0xa6 ? 1 : p->c->group.op32 ? 4 : 2;

    return (row_is(row, "cmpsb") || row_is(row, "cmpsw")) && is_memory_fault(p->host->trap) &&
           is_memory_fault(p->guest->trap) &&
           !accessible(p->c, p->c->in.seg[source], p->host->gpr[R_ESI] & mask, size, false) &&
           !accessible(p->c, p->c->in.seg[S_ES], p->host->gpr[R_EDI] & mask, size, false);
}

static bool call_order(const struct pair *p)
{
    const struct row *row = p->c->group.row;

    return (row_is(row, "call") || row_is(row, "call far")) && is_memory_fault(p->host->trap) &&
           is_memory_fault(p->guest->trap) && !stack_accessible(p->c, p->c->group.op32 ? 8 : 4);
}

static const struct rule {
    const char *text;
    bool (*covers)(const struct pair *p);
    unsigned excuses; /* DIFF_* bits */
} rules[] = {
    { "operands of 10 bytes and more (80-bit reals, x87 images) that are not wholly accessible: "
      "hosts access them in parts and may wrap at 64 KB between; checked is only that ours faults",
      long_operand, ~0u },
    { "x87 with an inaccessible operand and an exception known beforehand (stack fault, unmasked): "
      "hosts may report the exception without touching memory",
      fpu_exception_first, ~0u },
    { "FXSAVE, FXRSTOR misaligned under alignment checking: #AC or #GP", misaligned_image,
      DIFF_TRAP },
    { "MMX store that faults: hosts have set TOP and tags already", mmx_store, DIFF_FPU },
    { "POPA that faults: hosts may have loaded some registers", popa_part, DIFF_GPR },
    { "REP CMPS and SCAS that fault after the first turn: flags are those from before the "
      "instruction",
      compare_string_flags, DIFF_FLAGS },
    { "RETF and IRET with an inaccessible frame: which of its words is reported", return_frame,
      DIFF_TRAP | DIFF_CODE | DIFF_CR2 },
    { "CMPS with both operands inaccessible: which of them is reported", two_operands,
      DIFF_TRAP | DIFF_CODE | DIFF_CR2 },
    { "CALL with an inaccessible stack and a bad target: which of them is reported", call_order,
      DIFF_TRAP | DIFF_CODE | DIFF_CR2 },
};

unsigned known_excuse(const struct oracle_case *c, const struct oracle_side *host,
                      const struct oracle_side *guest, unsigned diff)
{
    struct pair p = { c, host->out, guest->out };

    for (unsigned i = 0; diff && i < sizeof rules / sizeof rules[0]; i++)
        if ((diff & rules[i].excuses) && rules[i].covers(&p))
            diff &= ~rules[i].excuses;
    return diff;
}

void known_print(void)
{
    for (unsigned i = 0; i < sizeof general / sizeof general[0]; i++)
        printf("known: %s\n", general[i]);
    for (unsigned i = 0; i < sizeof rules / sizeof rules[0]; i++)
        printf("known: %s\n", rules[i].text);
}
