/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle: does our interpreter compute what this computer's processor computes?
 *
 *   oracle [--cases N] [--seed S] [--row MNEMONIC] [--case I] [--table] [--long] [--self]
 *          [--translate] [--blocks]
 *
 * --cases   how many (default 1,000,000, or BYGONE_ORACLE_CASES)
 * --long    20 million: 2,000 and more for every variant of every row
 * --row     only rows of this name
 * --case    only this one, printed whole
 * --table   the coverage of each row
 * --self    the host against itself: tests the generator and the way in and out
 * --translate  the translator in the interpreter's place
 * --blocks  nothing but blocks
 *
 * Among the single instructions, which start with nothing decoded, come blocks of several, for what
 * an engine does across instructions: lazy flags, fused branches, faults in the middle.
 *
 * One check of the closing line is one variant of one row: operand size, address size, register or
 * memory operand, 16- or 32-bit code segment.
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cpu/cpu.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/guest.h"
#include "tests/oracle/host.h"
#include "tests/oracle/report.h"
#include "tests/oracle/segs.h"

enum { DEFAULT_CASES = 1000000, LONG_CASES = 20000000, TRIES = 3 };
/* One case in so many is a block of instructions. */
enum { BLOCK_EVERY = 8, BLOCK_GROUPS = 8 };

static struct options {
    uint64_t cases, seed;
    int64_t only;
    const char *row;
    bool table, self, translate, blocks;
} options = { .cases = DEFAULT_CASES, .seed = 1, .only = -1 };

static uint8_t data_page[ORACLE_PAGE], stack_page[ORACLE_PAGE];
static uint8_t second_data[ORACLE_PAGE], second_stack[ORACLE_PAGE];

/* ---- the code page ---- */

static uint8_t *code_byte(const struct oracle_case *c, unsigned i)
{
    const struct oracle_seg *cs = seg_find(c->in.seg[S_CS]);

    return host_code() + (cs->base + c->in.eip + i) % ORACLE_PAGE;
}

enum { STUB = 8 };

static void tell_guest(const struct oracle_case *c)
{
    const struct oracle_seg *cs = seg_find(c->in.seg[S_CS]);
    uint32_t at = (cs->base + c->in.eip) % ORACLE_PAGE, len = c->in.len + STUB;

    if (options.self)
        return;
    if (at + len > ORACLE_PAGE) {
        guest_code_changed(at, ORACLE_PAGE - at);
        guest_code_changed(0, at + len - ORACLE_PAGE);
    } else {
        guest_code_changed(at, len);
    }
}

static void place_code(const struct oracle_case *c)
{
    const struct oracle_seg *cs = seg_find(c->in.seg[S_CS]);
    uint32_t offset = host_exit_offset();
    uint8_t bytes[sizeof c->in.code + STUB];
    unsigned n = c->in.len;

    memcpy(bytes, c->in.code, n);
    if (!cs->big)
        bytes[n++] = 0x66;
    bytes[n++] = 0xea;
    memcpy(bytes + n, &offset, 4);
    n += 4;
    bytes[n++] = (uint8_t)host_exit_selector();
    bytes[n++] = (uint8_t)(host_exit_selector() >> 8);
    for (unsigned i = 0; i < n; i++)
        *code_byte(c, i) = bytes[i];
    tell_guest(c);
}

static void clear_code(const struct oracle_case *c)
{
    for (unsigned i = 0; i < c->in.len + (unsigned)STUB; i++)
        *code_byte(c, i) = 0xcc;
    tell_guest(c);
}

/* ---- one case ---- */

static void run_host(const struct oracle_case *c, struct oracle_output *out)
{
    for (unsigned try = 0; try < TRIES; try++) {
        memcpy(host_data(), data_page, ORACLE_PAGE);
        memcpy(host_stack(), stack_page, ORACLE_PAGE);
        host_run(&c->in, out);
        if (out->trap != TRAP_HANG) /* or the one-second tick came in between */
            return;
    }
}

static unsigned run_case(struct oracle_case *c, struct oracle_output *host,
                         struct oracle_output *guest, char *hidden, unsigned size)
{
    struct oracle_side h = { host, host_data(), host_stack() };
    struct oracle_side g = { guest, second_data, second_stack };
    unsigned diff, hidden_diff = 0;

    place_code(c);
    run_host(c, host);
    hidden[0] = 0;
    if (options.self) {
        memcpy(second_data, host_data(), ORACLE_PAGE);
        memcpy(second_stack, host_stack(), ORACLE_PAGE);
        run_host(c, guest);
    } else {
        g.data = guest_data();
        g.stack = guest_stack();
        memcpy(g.data, data_page, ORACLE_PAGE);
        memcpy(g.stack, stack_page, ORACLE_PAGE);
        guest_run(&c->in, guest);
    }
    if (!options.self && !guest_check_hidden(hidden, size))
        hidden_diff = DIFF_HIDDEN;
    diff = compare(c, &h, &g);
    /* The host's kernel makes null selectors 1 to 3 into 0 when it lets somebody else run in
     * between; what is really different stays so. */
    for (unsigned try = 1; diff && try < TRIES; try++) {
        run_host(c, host);
        diff = compare(c, &h, &g);
    }
    diff |= hidden_diff;
    if (diff || options.only >= 0)
        report_case(c, &h, &g, diff, hidden);
    clear_code(c);
    return diff;
}

static bool wanted(const struct oracle_group *g)
{
    return options.row == NULL || row_is(g->row, options.row);
}

static void run_all(unsigned groups)
{
    static struct oracle_case c;
    struct oracle_output host, guest;
    char hidden[128];
    unsigned *list = calloc(groups, sizeof *list), n = 0;
    uint64_t done = 0, singles = 0;

    for (unsigned i = 0; i < groups; i++)
        if (wanted(group_get(i)))
            list[n++] = i;
    c.data = data_page;
    c.stack = stack_page;
    memset(&host, 0, sizeof host);
    memset(&guest, 0, sizeof guest);
    for (uint64_t i = 0; n && done < options.cases; i++, done++) {
        uint64_t number;
        unsigned index, diff;

        if (options.blocks) { /* the last groups are those */
            number = i * groups + groups - 1 - (unsigned)(i % BLOCK_GROUPS);
        } else if (options.row == NULL && i % BLOCK_EVERY == 0) {
            number = i * groups + groups - 1 - (unsigned)(i / BLOCK_EVERY % BLOCK_GROUPS);
        } else { /* a count of their own, so that each variant gets its share */
            number = singles / n * groups + list[singles % n];
            singles++;
        }
        if (options.only >= 0)
            number = (uint64_t)options.only;
        index = (unsigned)(number % groups);
        report_begin(number);
        case_make(&c, group_get(index), options.seed * 0x9e3779b97f4a7c15 + number);
        diff = run_case(&c, &host, &guest, hidden, sizeof hidden);
        report_count(index, diff, host.trap != TRAP_NONE);
        if (options.only >= 0)
            break;
    }
    free(list);
}

static bool parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        { "cases", required_argument, NULL, 'c' }, { "seed", required_argument, NULL, 's' },
        { "row", required_argument, NULL, 'r' },   { "case", required_argument, NULL, 'o' },
        { "table", no_argument, NULL, 't' },       { "long", no_argument, NULL, 'l' },
        { "self", no_argument, NULL, 'S' },        { "translate", no_argument, NULL, 'T' },
        { "blocks", no_argument, NULL, 'B' },      { 0 },
    };
    const char *cases = getenv("BYGONE_ORACLE_CASES");
    int option;

    if (cases)
        options.cases = strtoull(cases, NULL, 0);
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (option) {
        case 'c':
            options.cases = strtoull(optarg, NULL, 0);
            break;
        case 's':
            options.seed = strtoull(optarg, NULL, 0);
            break;
        case 'r':
            options.row = optarg;
            break;
        case 'o':
            options.only = strtoll(optarg, NULL, 0);
            break;
        case 't':
            options.table = true;
            break;
        case 'l':
            options.cases = LONG_CASES;
            break;
        case 'S':
            options.self = true;
            break;
        case 'T':
            options.translate = true;
            break;
        case 'B':
            options.blocks = true;
            break;
        default:
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    const char *why = "";
    unsigned groups, failed;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!parse_options(argc, argv))
        return EXIT_FAILURE;
    rows_init();
    groups = groups_make();
    if (!host_open(oracle_segs, oracle_seg_count, &why)) {
        printf("SKIP: %s\n0 passed, 0 failed, %u skipped\n", why, groups);
        return EXIT_SUCCESS;
    }
    memset(host_code(), 0xcc, ORACLE_PAGE);
    if (!options.self)
        guest_open(options.translate ? &translate_ops : &interp_ops, host_code());
    report_open(groups);
    run_all(groups);
    if (options.table)
        report_table();
    failed = report_close(options.seed);
    if (!options.self)
        guest_close();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
