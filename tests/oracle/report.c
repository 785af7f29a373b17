/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the oracle prints: differences, coverage, exclusions, the closing line. */

#include "tests/oracle/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/guest.h"
#include "tests/oracle/known.h"
#include "tests/oracle/segs.h"

enum { PER_ROW = 3, AT_ALL = 60 };

struct count {
    uint32_t cases, faults, differences;
    unsigned kinds; /* DIFF_* met */
};

static struct count *counts;
static unsigned group_count, printed;
static uint8_t *printed_of_row;
static uint64_t number;

void report_open(unsigned groups)
{
    counts = calloc(groups, sizeof *counts);
    printed_of_row = calloc(oracle_row_count, 1);
    group_count = groups;
}

void report_begin(uint64_t n)
{
    number = n;
}

void report_count(unsigned group, unsigned diff, bool fault)
{
    struct count *n = &counts[group];

    n->cases++;
    n->faults += fault;
    n->differences += diff != 0;
    n->kinds |= diff;
}

static void print_kinds(unsigned kinds)
{
    for (unsigned bit = 1; bit <= DIFF_HIDDEN; bit <<= 1)
        if (kinds & bit)
            printf(" %s", diff_name(bit));
    putchar('\n');
}

static void print_state(const char *who, const uint32_t *gpr, uint32_t eip, uint32_t eflags,
                        const uint16_t *seg)
{
    printf("  %-5s eax %08x ecx %08x edx %08x ebx %08x esp %08x ebp %08x esi %08x edi %08x\n", who,
           gpr[0], gpr[1], gpr[2], gpr[3], gpr[4], gpr[5], gpr[6], gpr[7]);
    printf("        eip %08x efl %08x es %04x cs %04x ss %04x ds %04x fs %04x gs %04x\n", eip,
           eflags, seg[0], seg[1], seg[2], seg[3], seg[4], seg[5]);
}

static void print_fpu(const uint8_t *fx)
{
    uint16_t w[4];
    uint32_t fip, fdp;

    memcpy(w, fx, 8);
    memcpy(&fip, fx + 8, 4);
    memcpy(&fdp, fx + 16, 4);
    printf("        fcw %04x fsw %04x tags %02x fop %03x fip %08x fdp %08x\n", w[0], w[1],
           w[2] & 0xff, w[3], fip, fdp);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t mant;
        uint16_t exponent;

        memcpy(&mant, fx + 32 + i * 16, 8);
        memcpy(&exponent, fx + 40 + i * 16, 2);
        printf("%s%04x:%016" PRIx64 "%s", i % 4 ? " " : "        ", exponent, mant,
               i % 4 == 3 ? "\n" : "");
    }
}

static void print_output(const char *who, const struct oracle_case *c,
                         const struct oracle_output *o)
{
    print_state(who, o->gpr, o->eip, o->eflags, o->seg);
    if (o->trap != TRAP_NONE)
        printf("        trap %u code %x cr2 %08x\n", o->trap, o->code, o->cr2);
    if (c->in.fpu)
        print_fpu(o->fx);
}

static void print_memory(const char *name, const uint8_t *host, const uint8_t *guest)
{
    unsigned shown = 0;

    for (unsigned i = 0; i < ORACLE_PAGE && shown < 24; i++)
        if (host[i] != guest[i]) {
            printf("%s%03x: %02x/%02x",
                   shown % 8 ? " "
                   : shown   ? "\n        "
                             : name,
                   i, host[i], guest[i]);
            shown++;
        }
    if (shown)
        putchar('\n');
}

void report_case(const struct oracle_case *c, const struct oracle_side *host,
                 const struct oracle_side *guest, unsigned diff, const char *hidden)
{
    const struct oracle_group *g = &c->group;
    const struct oracle_seg *s;
    char text[512];

    if (diff && (printed_of_row[g->row - oracle_rows]++ >= PER_ROW || printed++ >= AT_ALL))
        return;
    printf("case %" PRIu64 ": %s (o%u a%u %s cs%u):", number, g->row->name, g->op32 ? 32 : 16,
           g->addr32 ? 32 : 16, g->mem ? "mem" : "reg", g->code32 ? 32 : 16);
    for (unsigned i = 0; i < c->in.len; i++)
        printf(" %02x", c->in.code[i]);
    guest_disassemble(&c->in, g->code32, text, sizeof text);
    printf("\n  %s\n  differs in:", text);
    print_kinds(diff);
    print_state("in", c->in.gpr, c->in.eip, c->in.eflags, c->in.seg);
    if (c->in.fpu)
        print_fpu(c->in.fx);
    for (unsigned i = 0; i < 6; i++)
        if ((s = seg_find(c->in.seg[i])))
            printf("        %.2s base %08x offsets %x-%x%s%s%s\n", &"ESCSSSDSFSGS"[i * 2],
                   s -> base, seg_first(s), seg_last(s), s -> big ? " big" : "",
                   s->readonly ? " ro" : "", seg_expands_down(s) ? " down" : "");
    if (c->mem_size)
        printf("        operand %.2s:%08x size %u\n", &"ESCSSSDSFSGS"[c->mem_seg * 2], c -> mem_at,
               c -> mem_size);
    print_output("host", c, host->out);
    print_output("guest", c, guest->out);
    print_memory("  data  ", host->data, guest->data);
    print_memory("  stack ", host->stack, guest->stack);
    if (hidden[0])
        printf("  hidden %s\n", hidden);
}

void report_table(void)
{
    printf("%-4s %-12s %9s %9s %9s %9s\n", "op", "row", "variants", "least", "cases", "faults");
    for (unsigned i = 0; i < oracle_row_count; i++) {
        const struct row *row = &oracle_rows[i];
        uint64_t cases = 0, faults = 0;
        uint32_t least = UINT32_MAX;
        unsigned variants = 0;
        char form[16] = "";

        for (unsigned g = 0; g < group_count; g++) {
            if (group_get(g)->row != row)
                continue;
            variants++;
            cases += counts[g].cases;
            faults += counts[g].faults;
            if (counts[g].cases < least)
                least = counts[g].cases;
        }
        if (row->form == FORM_E || row->form == FORM_M || row->form == FORM_R)
            snprintf(form, sizeof form, " /%u", row->reg);
        else if (row->form == FORM_F)
            snprintf(form, sizeof form, " %02X", 0xc0 | row->reg << 3 | row->rm);
        if (variants)
            printf("%s%02X%-4s %-12s %8u %9u %9" PRIu64 " %8.1f%%\n", row->two ? "0F" : "  ",
                   row->opcode, form, row->name, variants, least, cases,
                   cases ? 100.0 * (double)faults / (double)cases : 0.0);
        else
            printf("%s%02X%-4s %-12s excluded: %s\n", row->two ? "0F" : "  ", row->opcode, form,
                   row->name, row_excluded(row) ? row_excluded(row) : "no variant");
    }
}

static void print_failures(void)
{
    for (unsigned i = 0; i < oracle_row_count; i++) {
        uint64_t cases = 0, differences = 0;
        unsigned kinds = 0;

        for (unsigned g = 0; g < group_count; g++) {
            if (group_get(g)->row != &oracle_rows[i])
                continue;
            cases += counts[g].cases;
            differences += counts[g].differences;
            kinds |= counts[g].kinds;
        }
        if (differences) {
            printf("DIFFERS %s%02X %-8s %7" PRIu64 " of %7" PRIu64 ":",
                   oracle_rows[i].two ? "0F" : "", oracle_rows[i].opcode, oracle_rows[i].name,
                   differences, cases);
            print_kinds(kinds);
        }
    }
}

unsigned report_close(uint64_t seed)
{
    uint64_t cases = 0, faults = 0, differences = 0;
    uint32_t least = UINT32_MAX;
    unsigned failed = 0, passed = 0;

    print_failures();
    for (unsigned g = 0; g < group_count; g++) {
        cases += counts[g].cases;
        faults += counts[g].faults;
        differences += counts[g].differences;
        if (counts[g].cases && counts[g].cases < least)
            least = counts[g].cases;
        if (counts[g].differences)
            failed++;
        else if (counts[g].cases)
            passed++;
    }
    for (unsigned i = 0; i < oracle_row_count; i++)
        if (row_excluded(&oracle_rows[i]))
            printf("excluded: %s: %s\n", oracle_rows[i].name, row_excluded(&oracle_rows[i]));
    known_print();
    printf("seed %" PRIu64 ": %" PRIu64 " cases, %.1f%% faults, at least %u per variant, %" PRIu64
           " differences\n",
           seed, cases, cases ? 100.0 * (double)faults / (double)cases : 0.0, least, differences);
    printf("%u passed, %u failed, 0 skipped\n", passed, failed);
    free(counts);
    free(printed_of_row);
    return failed;
}
